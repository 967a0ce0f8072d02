"""One List, and in words why there was no answer to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ..aws.denial import parse_denial

__all__ = ["NO_BUCKET", "NotS3Error", "Trouble", "ask", "unreachable"]

_Answer = TypeVar("_Answer")

_CODE = re.compile(r"[A-Za-z0-9.]{1,64}")
_MALFORMED = "AuthorizationHeaderMalformed"
"""Names the region where that is what is wrong; else it is the key ID (S3 API reference, error responses)."""
_KEY_REFUSED = frozenset(
    {
        _MALFORMED,
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
    }
)
_OTHER_REGION = frozenset(
    {
        "IllegalLocationConstraintException",
        "IncorrectEndpoint",
        "PermanentRedirect",
        "TemporaryRedirect",
    }
)
_BUSY = frozenset({"RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequests"})
_NO_ANSWER = {
    "ConnectTimeoutError": "no connection in time",
    "ConnectionClosedError": "the connection was cut",
    "EndpointConnectionError": "no connection",
    "ProxyConnectionError": "the proxy does not answer",
    "ReadTimeoutError": "no answer in time",
    "SSLError": "TLS failed",
}


class NotS3Error(Exception):
    """Something answered that is not S3: a login page, a proxy."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no answer: in a few words, and in a sentence what to do. `code` is S3's own, where it gave one.

    `by_policy` is true where a refusal names the kind of policy that decided.
    """

    words: str
    fix: str
    code: str | None = None
    by_policy: bool = False

    @property
    def sentence(self) -> str:
        """Say both, to stand alone."""
        return f"{self.words[0].upper()}{self.words[1:]}. {self.fix}"


NO_BUCKET = Trouble("there is no such bucket", "Correct its name.", "NoSuchBucket")
_NOT_S3 = Trouble("the answer was not S3's", "Look for a login page or a proxy in between.")


def unreachable(words: str) -> Trouble:
    """Say that nothing answered."""
    return Trouble(words, "Look at the network and the proxy, then try again.")


def ask(send: Callable[[], _Answer]) -> _Answer | Trouble:
    """Send a request; what comes instead of an answer is a `Trouble`, whatever was raised.

    botocore raises more than its own (OSError, RecursionError, parsers), so nothing is let through.
    """
    try:
        return send()
    except Exception as error:  # noqa: BLE001 - see above
        return _trouble(error)


def _trouble(error: Exception) -> Trouble:
    response = getattr(error, "response", None)
    if isinstance(response, Mapping) and "Error" in response:
        return _refusal(response)
    if isinstance(error, NotS3Error) or type(error).__name__ == "ResponseParserError":
        return _NOT_S3
    return unreachable(_NO_ANSWER.get(type(error).__name__, f"no answer ({type(error).__name__})"))


def _refusal(response: Mapping[str, Any]) -> Trouble:
    """Read an error that has the form of S3's (S3 API reference, error responses)."""
    metadata, fields = response.get("ResponseMetadata", {}), response["Error"] or {}
    status = metadata.get("HTTPStatusCode") or 0
    said = str(fields.get("Code") or "")
    code = said if _CODE.fullmatch(said) else None
    headers = {str(name).lower() for name in metadata.get("HTTPHeaders", {})}
    if "x-amz-request-id" not in headers and not metadata.get("RequestId"):
        return _NOT_S3
    if code == "AccessDenied":
        return _denied(str(fields.get("Message") or ""))
    if code == "NoSuchBucket":
        return NO_BUCKET
    if code in _OTHER_REGION or (code == _MALFORMED and fields.get("Region")):
        return Trouble("the bucket lies in another region", "Correct the region.", code)
    if code in _KEY_REFUSED:
        return Trouble(f"S3 does not take the key ({code})", "Correct the key, or make a new one.", code)
    if code == "RequestTimeTooSkewed":
        return Trouble("the clock of this machine is wrong", "Set the clock, then try again.", code)
    if code in _BUSY or status >= 500:
        return Trouble(f"S3 could not answer ({status})", "Try again in a moment.", code)
    return Trouble(f"S3 answered {status}{f' {code}' if code else ''}", "Enter the folder's URI instead.", code)


def _denied(message: str) -> Trouble:
    denial = parse_denial(message)
    words, named = "refused", denial is not None and denial.layer is not None
    if denial is not None and denial.layer is not None:
        words += f", {'by' if denial.explicit else 'since'} {denial.reason}"
    return Trouble(words, "A folder that you know can be used all the same: enter its URI.", "AccessDenied", named)
