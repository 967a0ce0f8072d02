"""How Write is tried, and what the answer to a try means."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum

from ..location import S3Location
from ..needs import Operation
from .diagnosis import Asked, Diagnosis, diagnose
from .outcome import Outcome
from .states import ProbeMode, State
from .target import Target

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
_WHY_NOT = {
    WriteMove.SWITCHED_OFF: "it was not tried, as was asked for.",
    WriteMove.NO_DRY_RUN: "it was not tried, because a dry run would store an object here.",
}


def judge_write(move: WriteMove, outcome: Outcome | None, asked: Asked, *, kms: bool) -> Diagnosis:
    """Turn the answer to a try into a verdict. `kms`: a KMS key is configured here, or encrypts what was read."""
    if outcome is None:
        return _unproven(_WHY_NOT.get(move, "it was not tried."), asked)
    if outcome.left_behind is not None and (outcome.proof or outcome.status is None):
        return _left_behind(outcome)
    if move is WriteMove.DRY:
        refused = outcome.code == "InvalidDigest" and asked.target.endpoint_url is not None
        if outcome.status == 400 and outcome.request_id and (outcome.code in _ALLOWED_CODES or refused):
            if kms:
                return _unproven(
                    "a dry run was accepted, but a KMS key is in play, which a dry run does not touch.", asked
                )
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


def prove_command(target: Target) -> str:
    """Return the command that proves Write by storing and deleting one test object, here and nowhere else."""
    endpoint = f" --endpoint-url {target.endpoint_url}" if target.endpoint_url else ""
    where = shlex.quote(target.location.uri)
    return f"bucketlight check {where} --needs list,read,write --write-probe real{endpoint}"


def _unproven(why: str, asked: Asked) -> Diagnosis:
    how = "Prove it by storing and deleting one test object, with this key in the environment:"
    return Diagnosis(State.UNKNOWN, "write-unproven", why, f"{how}\n{prove_command(asked.target)}")


def _left_behind(outcome: Outcome) -> Diagnosis:
    if outcome.upload_id is not None:
        return Diagnosis(
            State.AMBER,
            "probe-left-behind",
            f"an upload that was begun could not be taken back: {outcome.left_behind}.",
            f"Abort the upload of {outcome.left_behind}; someone with s3:AbortMultipartUpload can.",
        )
    if outcome.proof:
        return Diagnosis(
            State.AMBER,
            "probe-left-behind",
            f"one test object could not be deleted: {outcome.left_behind}.",
            f"Delete {outcome.left_behind}; someone with s3:DeleteObject "
            "(in a versioned bucket s3:DeleteObjectVersion) can.",
        )
    return Diagnosis(
        State.UNKNOWN,
        "read-timeout",
        f"the answer was lost, and the test object may be there: {outcome.left_behind}.",
        f"Check again, and delete {outcome.left_behind} if it is there.",
    )
