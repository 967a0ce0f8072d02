"""What came back from one probe, unjudged."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from ..aws.region import region_in

__all__ = ["ListedKey", "Outcome", "from_answer", "from_exception", "printable"]

_REGION_IN_MESSAGE = re.compile(
    r"expecting '([a-z0-9-]+)'|The ([a-z0-9-]+) location constraint is incompatible", re.IGNORECASE
)
_OTHER_REGION = frozenset(
    {
        "PermanentRedirect",
        "TemporaryRedirect",
        "301",
        "307",
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
        "IncorrectEndpoint",
    }
)
_KEPT_ERROR_FIELDS = frozenset({"Region", "BucketName", "StorageClass", "RequestTime", "ServerTime"})
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class ListedKey:
    """An object that was listed. Its key is data of the user: it stays out of reports."""

    key: str = field(repr=False)
    size: int
    storage_class: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The answer to one request, or what happened instead of one.

    `status` None means that no HTTP answer was understood; then `exception` names what was raised. `proof` tells
    whether a 2xx bears the marks of S3: any server can say 200. `left_behind` is the probe's own key where the object
    (or an upload, see `upload_id`) may still be there; `removal` is why, and `hidden` tells that a delete marker hides
    it. `read_back` is what came of reading the probe's object. `how` says how the call was tried. `received_at` is in
    seconds since the epoch, by this machine's clock.
    """

    call: str
    how: str | None = None
    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    exception: str | None = None
    detail: str | None = None
    error_fields: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    received_at: float | None = None
    elapsed_ms: float = 0.0
    proof: bool = False
    keys: tuple[ListedKey, ...] = ()
    stored: bool = False
    left_behind: str | None = None
    upload_id: str | None = None
    removal: Outcome | None = None
    hidden: bool = False
    read_back: Outcome | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the request succeeded, and the answer is S3's."""
        return self.status is not None and 200 <= self.status < 300 and self.code is None and self.proof

    @property
    def skew(self) -> float | None:
        """How far this machine's clock is ahead of the server's, in seconds; None where the server does not tell."""
        if self.received_at is None:
            return None
        try:
            return self.received_at - parsedate_to_datetime(self.headers.get("date", "")).timestamp()
        except (ValueError, TypeError, OverflowError):
            return None

    @property
    def denied(self) -> bool:
        """Tell whether a policy, or the want of one, refused this."""
        return self.code == "AccessDenied" and self.status == 403

    @property
    def bare(self) -> bool:
        """Tell whether a refusal gives no reason (IAM user guide, access denied error messages)."""
        return self.denied and (self.message or "").strip(" .").lower() in {"", "access denied"}

    @property
    def kms(self) -> bool:
        """Tell whether the object that was read is encrypted with a KMS key (S3 API reference, GetObject)."""
        return self.headers.get("x-amz-server-side-encryption", "").startswith("aws:kms")

    @property
    def region_named(self) -> str | None:
        """The region that a refusal says is the right one, or None (S3 API reference, error responses)."""
        if self.code not in _OTHER_REGION:
            return None
        found = _REGION_IN_MESSAGE.search(self.message or "")
        named = self.error_fields.get("Region") or (found and (found[1] or found[2]))
        if self.code in {"PermanentRedirect", "TemporaryRedirect", "301", "307"}:
            named = named or self.headers.get("x-amz-bucket-region")
        if self.code == "IllegalLocationConstraintException" and named == "unspecified":
            return "us-east-1"
        return region_in(named)

    def without(self, texts: Collection[str]) -> Outcome:
        """Return the outcome with these texts taken out of what the server, or an exception, says."""

        def clean(said: str | None) -> str | None:
            for text in texts:
                said = said.replace(text, "…") if said else said
            return said

        return dataclasses.replace(
            self,
            code=clean(self.code),
            message=clean(self.message),
            request_id=clean(self.request_id),
            detail=clean(self.detail),
            error_fields={name: clean(text) or "" for name, text in self.error_fields.items()},
            removal=self.removal and self.removal.without(texts),
            read_back=self.read_back and self.read_back.without(texts),
        )


def from_answer(call: str, answer: Mapping[str, Any], *, proof: bool, **more: Any) -> Outcome:
    """Make the outcome of a request that botocore took for a success."""
    metadata = answer.get("ResponseMetadata", {})
    headers = {str(k).lower(): str(v) for k, v in metadata.get("HTTPHeaders", {}).items()}
    request_id = printable(headers.get("x-amz-request-id"))
    return Outcome(
        call=call,
        status=metadata.get("HTTPStatusCode"),
        request_id=request_id,
        headers=headers,
        proof=proof and request_id is not None,
        **more,
    )


def from_exception(call: str, error: Exception, **more: Any) -> Outcome:
    """Make the outcome of a request that failed: with S3's code where the server answered, else with our name for it.

    The code and message are read from the parsed answer, never from the exception's text, to which botocore adds.
    """
    response = getattr(error, "response", None)
    if not isinstance(response, Mapping) or "Error" not in response:
        return Outcome(call=call, exception=type(error).__name__, detail=str(error), **more)
    metadata = response.get("ResponseMetadata", {})
    fields = response["Error"] or {}
    headers = {str(k).lower(): str(v) for k, v in metadata.get("HTTPHeaders", {}).items()}
    return Outcome(
        call=call,
        status=metadata.get("HTTPStatusCode"),
        code=printable(fields.get("Code")),
        message=printable(fields.get("Message")),
        request_id=printable(headers.get("x-amz-request-id") or metadata.get("RequestId")),
        exception=type(error).__name__,
        error_fields={k: printable(v) or "" for k, v in fields.items() if k in _KEPT_ERROR_FIELDS and v is not None},
        headers=headers,
        **more,
    )


def printable(value: object) -> str | None:
    """Return what a server says as text that cannot steer the terminal that shows it; None for nothing."""
    text = "" if value is None else str(value)[:_LONGEST]
    return "".join(each if each.isprintable() else " " for each in text) or None
