"""A row of the diagnosis table, and the rows for what no other knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from ...aws.denial import Layer
from ...needs import Operation
from ..states import State

__all__ = ["BROKEN_OFF", "DEFAULT", "NOT_S3", "Paste", "Row", "pattern", "row"]


class Paste(StrEnum):
    """What a fix speaks of, and what is to be pasted: written for this bucket, prefix, principal and key."""

    IDENTITY = "a statement for a policy of the user or role"
    ASSUME = "a statement for a policy of the user or role that assumes the role"
    SESSION = "a statement for a policy of the user or role, on a directory bucket"
    BUCKET = "a statement for the bucket's policy"
    KEY_USE = "a statement for a policy of the user or role, on the KMS key"
    KEY_POLICY = "a statement for the KMS key's policy"
    TRUST = "the role's trust policy"
    TRUST_STATEMENT = "the statement of the role's trust policy for Lightly's account"
    COMMAND = "a command"


def pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern that is searched in a message, whatever its case and line breaks."""
    return re.compile(text, re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way to recognise one cause, what it makes of a light, and the words for it.

    An outcome fits when each criterion that is given fits: the call, its code, the exception, a pattern in the message;
    the layer, explicitness and service of AWS's denial sentence (`layers`, where None stands for a refusal that names
    none; `explicit`; `service`: "kms" for kms:Decrypt); the operation, whose server it is, what kind of bucket, whether
    the role is one for Lightly (`delegated`) or a profile's, how the access key ID begins, whether AWS has a region of
    the name in the address, and whether the server took the key in another request (`accepted`: then the credentials
    are not at fault). `scope` says whether what was seen decides all three lights (credentials, place, network) or only
    its own. `retry`: it often passes by itself.

    `says` and `fix` hold names in braces; what stands in brackets is left out where its name has nothing to say.
    `fix_without_paste` is the fix where there is nothing to paste, if `fix` speaks of something. `command` is what
    `Paste.COMMAND` pastes; it is filled in word by word, see `words.command_of`.
    """

    cause: str
    state: State
    says: str
    fix: str
    scope: Literal["all", "operation"] = "operation"
    calls: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    exceptions: frozenset[str] = frozenset()
    message: re.Pattern[str] | None = None
    layers: frozenset[Layer | None] = frozenset()
    explicit: bool | None = None
    service: str | None = None
    operations: tuple[Operation, ...] = ()
    server: Literal["aws", "other", "any"] = "any"
    directory_bucket: bool | None = None
    access_point: bool | None = None
    delegated: bool | None = None
    temporary_key: bool | None = None
    known_region: bool | None = None
    bare: bool = False
    accepted: bool | None = None
    retry: bool = False
    paste: Paste | None = None
    fix_without_paste: str | None = None
    command: str | None = None
    link: str | None = None


def row(cause: str, state: State, says: str, fix: str, *, codes: str = "", exceptions: str = "", **more: object) -> Row:
    """Make a row; `codes`, `exceptions` and `calls` are words with blanks between them, `layers` are layers."""
    return Row(
        cause=cause,
        state=state,
        says=says,
        fix=fix,
        codes=frozenset(codes.split()),
        exceptions=frozenset(exceptions.split()),
        calls=frozenset(str(more.pop("calls", "")).split()),
        layers=frozenset(more.pop("layers", ())),  # type: ignore[call-overload]
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
