"""Sending a request of an administrator: again where AWS asks for patience, and in words where it is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ..access import UserAccess
from ..aws.session import Clients
from .explain import code_of, is_throttled, refusal_of, unanswered
from .refusals import Refusal, RefusedError
from .waiting import Waiter

__all__ = ["INTERRUPTED", "Administrator", "LostAnswerError", "moment_of"]

_DELAYS = (1.0, 2.0, 4.0, 8.0)
"""Seconds between the tries of a request that AWS throttles."""

_PAGES = 20
_BUSY = frozenset({"ConcurrentModification", "EntityTemporarilyUnmodifiable"})
_DID_NOTHING = _BUSY | {"NoSuchEntity"}
_NOT_SENT = frozenset({"ConnectTimeoutError", "EndpointConnectionError", "NoCredentialsError", "ProxyConnectionError"})
"""What botocore raises before anything was sent."""

INTERRUPTED = Refusal(
    cause="interrupted",
    sentence="You ended it before it was done.",
    fix="Run the same again: it goes on where it ended.",
    again=True,
)


class LostAnswerError(Exception):
    """A request that must not be repeated went out, and whether it was carried out is not known."""


class Administrator:
    """An administrator's requests. `asked_to_wait` is told the seconds until the next try."""

    def __init__(
        self,
        access: UserAccess,
        *,
        region: str | None,
        endpoint_url: str | None,
        clients: Clients,
        waiter: Waiter,
        asked_to_wait: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._access = access
        self._region = region
        self._endpoint_url = endpoint_url
        self._clients = clients
        self._waiter = waiter
        self._asked_to_wait = asked_to_wait

    def iam(self, method: str, about: str, *, fresh: bool = False, **parameters: Any) -> Mapping[str, Any]:
        """Send a request of IAM that may be repeated.

        `about` is what it concerns (`user NAME`); `fresh` says that this was just made: where IAM does not know it
        yet, it is asked again.

        Raises:
            RefusedError: where AWS refuses it, does not answer, or the person ends it.
        """
        client = self._clients.iam(self._access, region=self._region, endpoint_url=self._endpoint_url)
        return self._repeated(getattr(client, method), method, about, parameters, fresh=fresh)

    def iam_pages(self, method: str, about: str, field: str, **parameters: Any) -> Iterator[Any]:
        """Send a request of IAM that lists, page after page, and give what stands in a field. See `iam`."""
        marker: dict[str, Any] = {}
        for _ in range(_PAGES):
            answer = self.iam(method, about, **parameters, **marker)
            yield from answer.get(field, ())
            if not answer.get("IsTruncated") or not answer.get("Marker"):
                return
            marker = {"Marker": str(answer["Marker"])}

    def iam_once(self, method: str, about: str, **parameters: Any) -> Mapping[str, Any]:
        """Send a request of IAM that must not be repeated after it may have been carried out.

        Where IAM does not know yet what was just made, it is asked again: then it did nothing.

        Raises:
            RefusedError: where AWS certainly did not carry it out.
            LostAnswerError: where that is not known.
        """
        from botocore.exceptions import ClientError

        client = self._clients.iam(self._access, region=self._region, endpoint_url=self._endpoint_url)
        for delay in (*_DELAYS, None):
            try:
                answer: Mapping[str, Any] = getattr(client, method)(**parameters)
                return answer
            except ClientError as error:
                status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
                if status >= 500 and not is_throttled(error):
                    raise LostAnswerError from None
                if delay is None or not (is_throttled(error) or code_of(error) in _DID_NOTHING):
                    raise RefusedError(refusal_of(error, _operation(method), about)) from None
            except Exception as error:  # noqa: BLE001 - a broken connection, half an answer: it may have been carried out
                if type(error).__name__ not in _NOT_SENT:
                    raise LostAnswerError from None
                if delay is None or delay > _DELAYS[0]:
                    raise RefusedError(unanswered(error, _operation(method))) from None
            self._pause(delay)
        raise AssertionError

    def identity(self) -> Mapping[str, Any]:
        """Ask STS who this is. See `iam` for what it raises."""
        client = self._clients.sts(self._access, region=self._region, endpoint_url=self._endpoint_url)
        return self._repeated(client.get_caller_identity, "get_caller_identity", "caller", {}, fresh=False)

    def head_bucket(self, bucket: str, region: str | None, owner: str | None) -> Mapping[str, Any]:
        """Ask S3 for a bucket, which has to belong to `owner` where that is given. See `iam` for what it raises."""
        client = self._clients.s3(self._access, region=region, endpoint_url=self._endpoint_url)
        expected = {"ExpectedBucketOwner": owner} if owner else {}
        return self._repeated(
            client.head_bucket, "head_bucket", f"bucket {bucket}", {"Bucket": bucket, **expected}, fresh=False
        )

    def _repeated(
        self, send: Callable[..., Any], method: str, about: str, parameters: Mapping[str, Any], *, fresh: bool
    ) -> Mapping[str, Any]:
        from botocore.exceptions import ClientError

        operation, unheard = _operation(method), False
        for delay in (*_DELAYS, None):
            try:
                answer: Mapping[str, Any] = send(**parameters)
                return answer
            except ClientError as error:
                status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
                code = code_of(error)
                waits = is_throttled(error) or status >= 500 or code in _BUSY or (fresh and code == "NoSuchEntity")
                unheard = unheard or (status >= 500 and not is_throttled(error))
                if delay is None or not waits:
                    raise RefusedError(refusal_of(error, operation, about), unheard=unheard) from None
            except Exception as error:  # noqa: BLE001 - no connection, or an answer that is not AWS's
                unheard = unheard or type(error).__name__ not in _NOT_SENT
                if delay is None or delay > _DELAYS[0]:  # one more try; each may take as long as the time-outs
                    raise RefusedError(unanswered(error, operation), unheard=unheard) from None
            self._pause(delay)
        raise AssertionError

    def _pause(self, seconds: float) -> None:
        self._asked_to_wait(round(seconds))
        if not self._waiter.wait(seconds):
            raise RefusedError(INTERRUPTED)


def moment_of(answer: Mapping[str, Any], default: datetime) -> datetime:
    """Return when an answer was given, by the server's clock (HTTP's Date)."""
    text = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else default
    except ValueError:
        return default


def _operation(method: str) -> str:
    return "".join(word.capitalize() for word in method.split("_"))
