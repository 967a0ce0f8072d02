"""What can go wrong with the platform. The text of each is one sentence: what happened, and what to do."""

from __future__ import annotations

__all__ = [
    "CreationUnknownError",
    "DatasetUnknownError",
    "DatasourceRefusedError",
    "DatasourceUnknownError",
    "ForbiddenError",
    "LightlyError",
    "NameExistsError",
    "NotLightlyError",
    "PlanInsufficientError",
    "PlatformFaultError",
    "PlatformUnreachableError",
    "RequestRefusedError",
    "ThrottledError",
    "TokenRefusedError",
]


class LightlyError(Exception):
    """A call to the platform that did not succeed. It holds no secret.

    Attributes:
        code: the platform's ApiErrorCode, or None where it gave none.
        status: the HTTP status, or None where no answer came.
        request_id: the platform's, for its support, or None.
        said: the platform's own words, redacted and shortened, or None.
        attempts: how many times the request was sent.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        said: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.request_id = request_id
        self.said = said
        self.attempts = 1

    @property
    def passing(self) -> bool:
        """Tell whether the same request may succeed a moment later."""
        return False


class TokenRefusedError(LightlyError):
    """The platform does not take the token, or the account behind it."""


class ForbiddenError(LightlyError):
    """The token is taken, but its user may not do this."""


class PlanInsufficientError(LightlyError):
    """The team's plan does not include this."""


class RequestRefusedError(LightlyError):
    """The platform refuses the request itself, for a reason that has no class of its own."""


class NameExistsError(LightlyError):
    """The user has a dataset of this name already; `existing_id` is its ID, or None where it was not found."""

    def __init__(self, name: str, existing_id: str | None, *, request_id: str | None = None) -> None:
        super().__init__(
            f"You already have a dataset named “{name}”: use that one, or choose another name.",
            code="DATASET_NAME_EXISTS",
            request_id=request_id,
        )
        self.name = name
        self.existing_id = existing_id


class DatasetUnknownError(LightlyError):
    """The platform has no such dataset, or not for this user."""


class DatasourceRefusedError(LightlyError):
    """The platform does not take a datasource, or cannot use it."""


class DatasourceUnknownError(DatasourceRefusedError):
    """The dataset has no datasource yet."""


class CreationUnknownError(LightlyError):
    """It is not known whether a dataset was made: the answer was lost, and looking for it did not find it."""


class NotLightlyError(LightlyError):
    """Something answered that is not the platform: a captive portal, a proxy, another server."""


class PlatformUnreachableError(LightlyError):
    """No answer came. `arrived` tells whether the request may have reached the platform all the same."""

    def __init__(self, message: str, *, arrived: bool, passing: bool = True) -> None:
        super().__init__(message)
        self.arrived = arrived
        self._passing = passing

    @property
    def passing(self) -> bool:
        """Tell whether the same request may succeed a moment later."""
        return self._passing


class PlatformFaultError(LightlyError):
    """The platform answered that it has a fault of its own."""

    @property
    def passing(self) -> bool:
        """A fault may be over a moment later."""
        return True


class ThrottledError(LightlyError):
    """Too many requests. `retry_after` is the number of seconds that the platform asks to wait, or None."""

    retry_after: float | None = None

    @property
    def passing(self) -> bool:
        """A throttle is over some time later."""
        return True
