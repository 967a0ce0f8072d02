"""How Write is tried, and what the answer to a try means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..location import S3Location
from ..needs import Operation
from .diagnosis import Asked, Diagnosis, diagnose, found
from .outcome import Outcome
from .states import ProbeMode, State

__all__ = ["WriteMove", "decide_write", "judge_write"]


class WriteMove(StrEnum):
    """What a check does about Write."""

    NOT_NEEDED = "not-needed"
    SWITCHED_OFF = "switched-off"
    NO_DRY_RUN = "no-dry-run"
    REMEMBERED = "remembered"
    DRY = "dry"
    MULTIPART = "multipart"
    REAL = "real"

    @property
    def asks(self) -> bool:
        """Tell whether a request goes out."""
        return self in {WriteMove.DRY, WriteMove.MULTIPART, WriteMove.REAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteSituation:
    """What is known before Write is tried. `tried_before`: with these credentials, here, in this program's life."""

    location: S3Location
    required: bool
    write_elsewhere: bool = False
    automatic: bool = False
    tried_before: bool = False
    server_stores_dry_writes: bool = False


def decide_write(mode: ProbeMode, situation: WriteSituation) -> WriteMove:
    """Decide how Write is tried: the only place where that is decided.

    - Where Write is not needed, or goes to another datasource, nothing is tried.
    - A check that nobody asked for repeats no try, it remembers.
    - A dry write needs a server that looks at Content-MD5: not a directory bucket (S3 user guide, S3 Express One Zone:
      Content-MD5 is not supported), and not a server that stored one before. Multipart and real are only ever chosen
      by name.
    """
    if not situation.required or situation.write_elsewhere:
        return WriteMove.NOT_NEEDED
    if mode is ProbeMode.OFF:
        return WriteMove.SWITCHED_OFF
    if situation.automatic and situation.tried_before:
        return WriteMove.REMEMBERED
    if mode is ProbeMode.DRY and (situation.location.is_directory_bucket or situation.server_stores_dry_writes):
        return WriteMove.NO_DRY_RUN
    return WriteMove(mode.value)


_ALLOWED_CODES = frozenset({"BadDigest"})
_WHY_NOT = {WriteMove.SWITCHED_OFF: "write-unproven/off", WriteMove.NO_DRY_RUN: "write-unproven/no-dry-run"}


def judge_write(move: WriteMove, outcome: Outcome | None, asked: Asked, *, kms: bool) -> Diagnosis:
    """Turn the answer to a try into a verdict. `kms`: a KMS key is configured here, or encrypts what was read."""
    if outcome is None:
        return found(_WHY_NOT.get(move, "write-unproven/off"), Operation.WRITE, asked)
    if outcome.left_behind is not None and (outcome.proof or outcome.status is None):
        return _left_behind(outcome, outcome.left_behind, asked)
    if move is WriteMove.DRY:
        refused = outcome.code == "InvalidDigest" and asked.target.endpoint_url is not None
        if outcome.status == 400 and outcome.request_id and (outcome.code in _ALLOWED_CODES or refused):
            if kms:
                return found("write-unproven/kms", Operation.WRITE, asked)
            return Diagnosis(State.GREEN, None, "a dry run was accepted, nothing was stored.")
        if outcome.ok and outcome.stored:
            return Diagnosis(State.GREEN, None, "this server stored the dry run; it was deleted at once.")
    elif outcome.ok:
        what = {
            WriteMove.REAL: "a test object was stored and deleted.",
            WriteMove.MULTIPART: "an upload was begun and taken back, nothing was stored.",
        }[move]
        return Diagnosis(State.GREEN, None, what)
    return diagnose(Operation.WRITE, outcome, asked)


def _left_behind(outcome: Outcome, key: str, asked: Asked) -> Diagnosis:
    locked = outcome.removal is not None and "object lock" in (outcome.removal.message or "").lower()
    if outcome.upload_id is not None:
        name = "probe-left-behind/upload"
    elif not outcome.proof:
        name = "probe-may-be-left"
    elif locked:
        name = "object-lock/left"
    else:
        name = "probe-left-behind/version" if outcome.hidden else "probe-left-behind/object"
    return found(name, Operation.WRITE, asked, key=key)
