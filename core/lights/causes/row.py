"""A row of the diagnosis table, and the rows for what no other knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ...needs import Operation
from ..states import State

__all__ = ["BROKEN_OFF", "DEFAULT", "DENIALS", "ERRORS", "KEYS", "NOT_S3", "S3", "Row", "pattern", "row"]

_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
S3 = "https://docs.aws.amazon.com/AmazonS3/latest"
KEYS = f"{_IAM}/id_credentials_access-keys.html"
DENIALS = f"{_IAM}/troubleshoot_access-denied.html"
ERRORS = f"{S3}/API/ErrorResponses.html"


def pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern that is searched in a message, whatever its case and line breaks."""
    return re.compile(text, re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way to recognise one cause.

    An outcome fits when each criterion that is given fits: its code, the exception, a pattern in the message, the
    operation, whose server it is, how the access key ID begins, and whether the server took the key in another request
    (`accepted`: then the credentials are not at fault). `scope` says whether what was seen
    decides all three lights (credentials, place, network) or only its own. `retry`: it often passes by itself.
    """

    cause: str
    state: State
    says: str
    fix: str
    scope: Literal["all", "operation"] = "operation"
    codes: frozenset[str] = frozenset()
    exceptions: frozenset[str] = frozenset()
    message: re.Pattern[str] | None = None
    operations: tuple[Operation, ...] = ()
    server: Literal["aws", "other", "any"] = "any"
    temporary_key: bool | None = None
    bare: bool = False
    accepted: bool | None = None
    retry: bool = False
    link: str | None = None


def row(cause: str, state: State, says: str, fix: str, *, codes: str = "", exceptions: str = "", **more: object) -> Row:
    """Make a row; `codes` and `exceptions` are words with blanks between them."""
    return Row(
        cause=cause,
        state=state,
        says=says,
        fix=fix,
        codes=frozenset(codes.split()),
        exceptions=frozenset(exceptions.split()),
        **more,  # type: ignore[arg-type]
    )


NOT_S3 = row(
    "not-s3",
    State.UNKNOWN,
    "what answered as {host} is not S3: a portal, a proxy, or another program.",
    "Open a web page to get past a network login, or correct the endpoint.",
    scope="all",
)
"""For an answer without S3's marks, whatever its status."""

BROKEN_OFF = row(
    "server-error",
    State.UNKNOWN,
    "{host} had an error of its own, or its answer broke off.",
    "Check again in a minute.",
    scope="all",
    retry=True,
)
"""For a 5xx that bears S3's mark and has no code; botocore makes one of a success whose XML was cut short."""

DEFAULT = row(
    "internal-error",
    State.UNKNOWN,
    "{host} answered {raw}, which bucketlight does not know.",
    "Report it with this code; it is a gap in bucketlight.",
)
"""For what no row knows: never red, always with the raw code."""
