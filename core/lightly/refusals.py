"""From an answer that is not a success to the error that says so. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msgspec

from ..access import Secret
from .errors import (
    DatasetUnknownError,
    DatasourceRefusedError,
    DatasourceUnknownError,
    ForbiddenError,
    LightlyError,
    NotLightlyError,
    PlanInsufficientError,
    PlatformFaultError,
    RequestRefusedError,
    ThrottledError,
    TokenRefusedError,
)
from .models import ApiError
from .redaction import tidy

__all__ = ["Answer", "refusal"]

_COPY_TOKEN = "copy the token again from Preferences in the Lightly web app"  # noqa: S105
_ASK_ADMIN = "ask your team's administrator"

# What each of the platform's codes means to the person: `{host}` answered, `{said}` are its words.
_BY_CODE: dict[str, tuple[type[LightlyError], str]] = {
    "UNAUTHORIZED": (TokenRefusedError, f"{{host}} refuses the token: {_COPY_TOKEN}."),
    "JWT_INVALID": (TokenRefusedError, f"{{host}} refuses the token: {_COPY_TOKEN}."),
    "JWT_MALFORMED": (TokenRefusedError, f"{{host}} says that this is no token: {_COPY_TOKEN}."),
    "USER_NOT_KNOWN": (TokenRefusedError, f"{{host}} does not know the user of this token: {_COPY_TOKEN}."),
    "USER_ACCOUNT_DEACTIVATED": (
        TokenRefusedError,
        f"{{host}} says that the account of this token is deactivated: {_ASK_ADMIN}, or Lightly's support.",
    ),
    "USER_ACCOUNT_BLOCKED": (
        TokenRefusedError,
        f"{{host}} says that the account of this token is blocked: {_ASK_ADMIN}, or Lightly's support.",
    ),
    "FORBIDDEN": (ForbiddenError, f"{{host}} knows the token, but does not let its user do this: {_ASK_ADMIN}."),
    "ACCESS_CONTROL_UNKNOWN": (
        ForbiddenError,
        "{host} finds no right of this token's user to the dataset: ask its owner to share it with you.",
    ),
    "TEAM_ACCOUNT_PLAN_INSUFFICIENT": (
        PlanInsufficientError,
        f"{{host}} says that your team's plan does not include this: {_ASK_ADMIN} about the plan.",
    ),
    "DATASET_UNKNOWN": (
        DatasetUnknownError,
        "{host} has no such dataset for this token: look whether it was deleted, or ask its owner to share it.",
    ),
    "DATASET_NAME_EXISTS": (RequestRefusedError, "{host} has a dataset of yours with this name: choose another name."),
    "DATASET_AT_MAX_CAPACITY": (
        RequestRefusedError,
        "{host} says that this dataset is full: use a new dataset.",
    ),
    "DATASET_DATASOURCE_UNKNOWN": (
        DatasourceUnknownError,
        "{host} has no datasource for this dataset yet: go through Save in the setup again.",
    ),
    "DATASET_DATASOURCE_CREDENTIALS_ERROR": (
        DatasourceRefusedError,
        "{host} cannot use the credentials of this datasource{said}: check the key or role, and what it may do.",
    ),
    "DATASET_DATASOURCE_INVALID": (
        DatasourceRefusedError,
        "{host} does not take this datasource{said}: check the folder's URI, the region and the key.",
    ),
    "DATASET_DATASOURCE_ILLEGAL_ACTION": (
        DatasourceRefusedError,
        "{host} does not allow this with the dataset's datasource{said}: use a new dataset.",
    ),
    "CONFLICT": (RequestRefusedError, "{host} says that something else changed this just now{said}: try again."),
}
_BY_STATUS = {401: "UNAUTHORIZED", 403: "FORBIDDEN"}
_PLAIN_HOST = re.compile(r"[a-zA-Z0-9.:\[\]-]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Its body and its `location` may repeat the token: they are in no repr."""

    status: int
    body: bytes = field(repr=False)
    location: str | None = field(default=None, repr=False)
    retry_after: float | None = None

    @property
    def succeeded(self) -> bool:
        """Tell whether the status is a success."""
        return 200 <= self.status < 300


def refusal(host: str, answer: Answer, *, about_dataset: bool, secrets: Iterable[Secret]) -> LightlyError:
    """Give the error for an answer of `host` with a status other than 2xx.

    `about_dataset`: the request named a dataset by its ID, so that NOT_FOUND means that.
    """
    known = tuple(secrets)
    if 300 <= answer.status < 400:
        return _redirect(host, answer, known)
    api = _api_error(answer.body)
    error = _judge(host, answer, api, about_dataset=about_dataset, secrets=known)
    error.status = answer.status
    if api is not None:
        error.code = api.code
        error.said = tidy(api.error, known) or None
        error.request_id = tidy(api.request_id or "", known, limit=80) or None
    return error


def _judge(
    host: str, answer: Answer, api: ApiError | None, *, about_dataset: bool, secrets: tuple[Secret, ...]
) -> LightlyError:
    status = answer.status
    if status == 429:
        wait = answer.retry_after
        when = "in a minute" if wait is None else f"in {max(1, round(wait))} s"
        throttled = ThrottledError(f"{host} gets too many requests at this moment: try again {when}.")
        throttled.retry_after = wait
        return throttled
    if status == 408 or status >= 500:
        return PlatformFaultError(f"{host} has a fault of its own (status {status}): try again in a minute.")
    if status == 407:
        return NotLightlyError("The proxy on the way wants a login: give one in the proxy's address.")
    if api is None:
        return NotLightlyError(
            f"{host} answered {status}, but not as the Lightly platform does: "
            "check the platform's address, and the proxy or login page on the way."
        )
    code = "DATASET_UNKNOWN" if api.code == "NOT_FOUND" and about_dataset else api.code
    found = _BY_CODE.get(code) or _BY_CODE.get(_BY_STATUS.get(status, ""))
    said = tidy(api.error, secrets)
    if found is not None:
        make, sentence = found
        return make(sentence.format(host=host, said=f" (“{said}”)" if said else ""))
    return RequestRefusedError(
        f"{host} refuses the request with {tidy(code, secrets, limit=60)}"
        + (f" (“{said}”)" if said else "")
        + ": correct what it names, or ask Lightly's support."
    )


def _redirect(host: str, answer: Answer, secrets: tuple[Secret, ...]) -> NotLightlyError:
    try:
        target = urlsplit(answer.location or "").netloc.rpartition("@")[2]
    except ValueError:
        target = ""
    where = f"“{tidy(target, secrets, limit=80)}”" if _PLAIN_HOST.fullmatch(target) else "another address"
    error = NotLightlyError(
        f"{host} wants to send the request on to {where}, and the token is not sent there: "
        "check the platform's address, and whether the network has a login page."
    )
    error.status = answer.status
    return error


def _api_error(body: bytes) -> ApiError | None:
    try:
        return msgspec.json.decode(body, type=ApiError)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
