"""From the facts of a check, complete or not, to its three lights. Pure; called again whenever a fact arrives."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

from ..needs import OPERATIONS, Operation
from .diagnosis import Asked, Diagnosis, diagnose, light_of
from .outcome import Outcome
from .states import Light, State
from .target import Target
from .write import WriteMove, judge_write

__all__ = ["Facts", "judge", "principal_of"]

_PRINCIPAL = re.compile(r"^\s*User:\s*(arn:\S+)\s+is not authorized", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known so far. `ended` says why no further fact comes: `deadline` or `cancelled`; None while it may.

    `region` is the one that the answers come from; it differs from the target's where that one was wrong.
    `probe_key` is the object that is being stored, where one is.
    """

    target: Target
    move: WriteMove
    region: str | None = None
    listed: Outcome | None = None
    read: Outcome | None = None
    read_over: bool = False
    written: Outcome | None = None
    identity: str | None = None
    identity_over: bool = False
    remembered_write: Light | None = None
    probe_key: str | None = None
    ended: str | None = None
    waited: float = 0.0

    @property
    def settled(self) -> bool:
        """Tell whether every light has its last word, so far as the probes go."""
        listed = self.listed is not None or not self.lists
        return listed and self.read_over and (self.written is not None or not self.move.asks)

    @property
    def lists(self) -> bool:
        """Tell whether the folder is listed: also for Read, which is judged on a listed object."""
        return Operation.LIST in self.target.required or Operation.READ in self.target.required


def principal_of(facts: Facts) -> str | None:
    """Name who was checked: as STS says, or as a refusal says in passing."""
    if facts.identity:
        return facts.identity
    for outcome in (facts.listed, facts.read, facts.written):
        found = _PRINCIPAL.match(outcome.message or "") if outcome else None
        if found:
            return found[1]
    return None


def judge(facts: Facts) -> tuple[Light, ...]:
    """Give each operation its light, in the order list, read, write."""
    principal = principal_of(facts)
    accepted = principal is not None or any(map(_accepts, (facts.listed, facts.read, facts.written)))
    asked = Asked(facts.target, facts.region or facts.target.region, principal, accepted)
    lights = (_list(facts, asked), _read(facts, asked), _write(facts, asked))
    return tuple(_region_corrected(light, facts) for light in lights)


def _accepts(outcome: Outcome | None) -> bool:
    """Tell whether an answer proves that the server took the credentials."""
    return outcome is not None and (outcome.ok or (outcome.code == "BadDigest" and outcome.request_id is not None))


def _open(operation: Operation, facts: Facts) -> Light:
    """Make the light of a question that has no answer yet, or will have none."""
    required = operation in facts.target.required
    if facts.ended is None:
        return Light(operation=operation, state=State.CHECKING, required=required, summary="")
    left = (
        f" A test object may be there: {facts.probe_key}." if operation is Operation.WRITE and facts.probe_key else ""
    )
    delete = f" Delete {facts.probe_key} if it is there." if left else ""
    if facts.ended == "cancelled":
        verdict = Diagnosis(State.UNKNOWN, "cancelled", f"the check was given up.{left}", f"Check again.{delete}")
    else:
        verdict = Diagnosis(
            State.UNKNOWN,
            "read-timeout",
            f"no answer came within {facts.waited:.0f} seconds.{left}",
            f"Look at the network between this machine and S3, then check again.{delete}",
        )
    return light_of(operation, verdict, required=required)


def _off(operation: Operation) -> Light:
    name = operation.value.capitalize()
    return Light(operation=operation, state=State.OFF, required=False, summary=f"{name} is not needed.")


def _list(facts: Facts, asked: Asked) -> Light:
    if Operation.LIST not in facts.target.required:
        return _off(Operation.LIST)
    outcome = facts.listed
    if outcome is None:
        return _open(Operation.LIST, facts)
    verdict = (
        Diagnosis(State.GREEN, None, "the folder was listed.")
        if outcome.ok
        else diagnose(Operation.LIST, outcome, asked)
    )
    return light_of(Operation.LIST, verdict, required=True, outcome=outcome)


def _read(facts: Facts, asked: Asked) -> Light:
    if Operation.READ not in facts.target.required:
        return _off(Operation.READ)
    if facts.listed is None or not facts.read_over:
        return _open(Operation.READ, facts)
    outcome = facts.read
    if outcome is None:
        return light_of(Operation.READ, _no_key(facts.listed, asked), required=True, outcome=facts.listed)
    verdict = (
        Diagnosis(State.GREEN, None, "a listed object was read.")
        if outcome.ok
        else diagnose(Operation.READ, outcome, asked)
    )
    return light_of(Operation.READ, verdict, required=True, outcome=outcome)


def _no_key(listed: Outcome, asked: Asked) -> Diagnosis:
    """Say why nothing was read: read is judged on a listed object, never on a made-up key."""
    if listed.ok:
        return Diagnosis(
            State.UNKNOWN,
            "nothing-to-read",
            f"{asked.target.location.uri} holds no object with anything to read.",
            "Add a file, or correct the path.",
        )
    verdict = diagnose(Operation.READ, listed, asked)
    if verdict.decides_all:
        return verdict
    return Diagnosis(
        State.UNKNOWN,
        "needs-list",
        "nothing could be listed, so there is no object to read.",
        "Mend List first, then check again.",
    )


def _write(facts: Facts, asked: Asked) -> Light:
    if facts.move is WriteMove.NOT_NEEDED:
        return _off(Operation.WRITE)
    if facts.move is WriteMove.REMEMBERED and facts.remembered_write is not None:
        return facts.remembered_write
    outcome = facts.written
    if facts.move.asks and outcome is None:
        return _open(Operation.WRITE, facts)
    kms = facts.target.kms_key_arn is not None or _meets_kms(facts.read, asked)
    verdict = judge_write(facts.move, outcome, asked, kms=kms)
    if verdict.state is State.GREEN and not facts.read_over and facts.ended is None:
        # Whether a KMS key is in play is known when an object was read.
        return _open(Operation.WRITE, facts)
    return light_of(Operation.WRITE, verdict, required=True, outcome=outcome)


def _meets_kms(read: Outcome | None, asked: Asked) -> bool:
    """Tell whether reading showed that a KMS key encrypts what lies here, be it by a refusal."""
    if read is None:
        return False
    return read.kms or (not read.ok and (diagnose(Operation.READ, read, asked).cause or "").startswith("kms-"))


def _region_corrected(light: Light, facts: Facts) -> Light:
    typed = facts.target.region
    if light.state is not State.GREEN or typed is None or facts.region in {None, typed}:
        return light
    return dataclasses.replace(
        light,
        state=State.AMBER,
        cause="wrong-region",
        summary=f"{light.operation.value.capitalize()} works, but in {facts.region}: the region was given as {typed}.",
        fix=f"Change the region to {facts.region}.",
    )


def without_credentials(required: tuple[Operation, ...], diagnosis: Diagnosis) -> tuple[Light, ...]:
    """Make the lights of a check that could not begin, because there is nothing to sign requests with."""
    return tuple(
        light_of(operation, diagnosis, required=True) if operation in required else _off(operation)
        for operation in OPERATIONS
    )
