"""From the facts of a check, complete or not, to its three lights. Pure; called again whenever a fact arrives."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..aws.denial import parse_denial
from ..aws.granted import Why
from ..needs import OPERATIONS, Operation
from .diagnosis import Asked, Diagnosis, diagnose, found, light_of
from .outcome import Outcome
from .second_look import AssumeAgain
from .states import Light, Note, State
from .target import Target
from .write import WriteMove, judge_write

if TYPE_CHECKING:
    from .iam_look import IamFindings

__all__ = ["Facts", "cannot_assume", "judge", "notes_of", "principal_of", "without_credentials"]

_A_SKEW = 300
"""Seconds of a clock's error that are worth a word; from 900 on S3 refuses (S3 API reference, RequestTimeTooSkewed)."""

_OF_THE_ROLE = frozenset({"role-arn-malformed", "external-id-malformed", "max-session-too-short"})
"""Refusals of AssumeRole that hold for whoever asks; the others may lie in the caller, who is not Lightly."""

_OF_THE_BUCKET = frozenset({"access-denied", "bucket-policy-denies"})
_REFINED = frozenset({"denied-identity-policy", "explicit-deny-identity-policy", *_OF_THE_BUCKET})
"""Causes about which the policies themselves say more."""


_WANTS_A_DELIMITER = {
    "detail": "s3:ListBucket is allowed only with delimiter=/ in the request, and Lightly sends none",
    "change": "Take the condition on s3:delimiter out of the statement that allows s3:ListBucket.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known so far. `ended` says why no further fact comes: `deadline` or `cancelled`; None while it may.

    `region` is the one that the answers come from; it differs from the target's where that one was wrong. `age` is how
    many seconds ago a key or policy was changed, where that is known. `probe_key` is the object that is being stored,
    where one is. An operation is over when its second look is: `listed_over`, `read_over`, `written_over`.
    What the second look found: `pays` (it works for a requester who pays), `listed_with_delimiter`,
    `read_of_another` (another object that was refused), `written_with` (an encryption that the bucket wants named),
    `iam` (what the policies say). Of a role: `assumed`, how it was assumed (`assumed_how`), and whether it let us in
    without its external ID (`opened`).
    """

    target: Target
    move: WriteMove
    region: str | None = None
    age: float | None = None
    assumed: Outcome | None = None
    assumed_how: AssumeAgain | None = None
    opened: bool = False
    open_over: bool = True
    listed: Outcome | None = None
    listed_over: bool = False
    listed_with_delimiter: bool = False
    read: Outcome | None = None
    read_of_another: Outcome | None = None
    read_over: bool = False
    written: Outcome | None = None
    written_over: bool = False
    written_with: str | None = None
    pays: bool = False
    identity: str | None = None
    identity_over: bool = False
    iam: IamFindings | None = None
    iam_over: bool = True
    remembered_write: Light | None = None
    probe_key: str | None = None
    ended: str | None = None
    waited: float = 0.0

    @property
    def settled(self) -> bool:
        """Tell whether every light has its last word, so far as the probes go."""
        if self.is_outside:
            return self.iam_over
        listed = self.listed_over or not self.lists
        written = self.written_over or not self.move.asks
        return listed and self.read_over and written and self.iam_over and self.open_over

    @property
    def lists(self) -> bool:
        """Tell whether the folder is listed: also for Read, which is judged on a listed object."""
        return Operation.LIST in self.target.required or Operation.READ in self.target.required

    @property
    def is_outside(self) -> bool:
        """Tell whether the role could not be assumed, so that nothing can be asked as that role."""
        return self.assumed is not None and not self.assumed.ok


def principal_of(facts: Facts) -> str | None:
    """Name who was checked: as STS says, or as a refusal says in passing."""
    if facts.identity:
        return facts.identity
    for outcome in (facts.listed, facts.read, facts.written):
        denial = parse_denial(outcome.message) if outcome else None
        if denial:
            return denial.principal
    return None


def notes_of(facts: Facts) -> tuple[Note, ...]:
    """Say what is worth saying and decides no light: a clock that is off, but not yet too far; what is too open."""
    return (*_of_the_clock(facts), *(facts.iam.notes if facts.iam else ()))


def _of_the_clock(facts: Facts) -> tuple[Note, ...]:
    outcomes = (facts.listed, facts.written, facts.read)
    skew = next((outcome.skew for outcome in outcomes if outcome is not None and outcome.ok and outcome.skew), 0.0)
    if abs(skew) < _A_SKEW:
        return ()
    which = "fast" if skew > 0 else "slow"
    return (
        Note(
            "clock-skew",
            f"The clock of this machine is {abs(skew) / 60:.0f} minutes {which}; from 15 on, S3 refuses every request.",
            "Set this machine's clock, best by NTP (on Linux `timedatectl set-ntp true`).",
        ),
    )


def judge(facts: Facts) -> tuple[Light, ...]:
    """Give each operation its light, in the order list, read, write."""
    principal = principal_of(facts)
    accepted = principal is not None or any(map(_accepts, (facts.listed, facts.read, facts.written)))
    asked = Asked(facts.target, facts.region or facts.target.region, principal, accepted, facts.age)
    if facts.assumed is not None and facts.is_outside:
        return without_credentials(facts.target.required, _not_assumed(facts.assumed, asked), facts.assumed)
    lights = (_list(facts, asked), _read(facts, asked), _write(facts, asked))
    return tuple(_warned(light, facts, asked) for light in lights)


def _not_assumed(outcome: Outcome, asked: Asked) -> Diagnosis:
    """Judge a role that this machine may not assume: that says little, since the role is made for Lightly."""
    verdict = diagnose(Operation.LIST, outcome, asked)
    if verdict.state is not State.RED or verdict.cause in _OF_THE_ROLE:
        return verdict
    of_the_caller = verdict.cause is not None and not verdict.cause.startswith(("assume-role-", "access-denied"))
    return cannot_assume(asked.target, verdict if of_the_caller else None)


def cannot_assume(target: Target, problem: Diagnosis | None = None) -> Diagnosis:
    """Say that only Lightly can assume a role, as it should be: then only the platform can tell.

    `problem` is what is wrong with the keys of this machine, where they are not even good for a try.
    """
    role = target.role.role_arn if target.role else "the role"
    only = found("only-lightly-can-assume", Operation.LIST, Asked(target), role=role)
    if problem is None:
        return only
    return dataclasses.replace(
        only,
        says=f"{role} could not be tried from here: {problem.says}",
        fix=problem.fix,
        paste=problem.paste,
        link=problem.link,
    )


def _accepts(outcome: Outcome | None) -> bool:
    """Tell whether an answer proves that the server took the credentials."""
    return outcome is not None and (outcome.ok or (outcome.code == "BadDigest" and outcome.request_id is not None))


def _awaits_identity(outcome: Outcome | None, facts: Facts) -> bool:
    """Tell whether a refused signature may still turn out not to lie in the secret: STS may take the same key."""
    refused = outcome is not None and outcome.code == "SignatureDoesNotMatch"
    return refused and not facts.identity_over and facts.ended is None


def _open(operation: Operation, facts: Facts, asked: Asked) -> Light:
    """Make the light of a question that has no answer yet, or will have none."""
    required = operation in facts.target.required
    if facts.ended is None:
        return Light(operation=operation, state=State.CHECKING, required=required, summary="")
    name = "cancelled" if facts.ended == "cancelled" else "deadline"
    verdict = found(name, operation, asked, seconds=f"{facts.waited:.0f}")
    if operation is Operation.WRITE and facts.probe_key:
        left = found("probe-may-be-left", operation, asked, key=facts.probe_key)
        verdict = dataclasses.replace(left, cause=verdict.cause)
    return light_of(operation, verdict, required=required)


def _off(operation: Operation) -> Light:
    name = operation.value.capitalize()
    return Light(operation=operation, state=State.OFF, required=False, summary=f"{name} is not needed.")


def _list(facts: Facts, asked: Asked) -> Light:
    operation, outcome = Operation.LIST, facts.listed
    if operation not in facts.target.required:
        return _off(operation)
    if outcome is None or not (facts.listed_over or facts.ended):
        return _open(operation, facts, asked)
    if _awaits_identity(outcome, facts):
        return _open(operation, facts, asked)
    if outcome.ok:
        verdict = Diagnosis(State.GREEN, None, "the folder was listed.")
    elif facts.listed_with_delimiter:
        verdict = found("list-condition-mismatch", operation, asked, **_WANTS_A_DELIMITER)
    else:
        verdict = _refined(operation, diagnose(operation, outcome, asked), facts, asked)
    return light_of(operation, verdict, required=True, outcome=outcome)


def _refined(operation: Operation, verdict: Diagnosis, facts: Facts, asked: Asked) -> Diagnosis:
    """Say more of a refusal, where the policies could be read."""
    if facts.iam is None or verdict.state is not State.RED or verdict.cause not in _REFINED:
        return verdict
    finding, of_bucket = facts.iam.findings.get(operation), facts.iam.bucket_policy.get(operation)
    if verdict.cause in _OF_THE_BUCKET and of_bucket:
        return dataclasses.replace(verdict, says=f"{verdict.says} The bucket's policy was read: {of_bucket}.")
    if finding is None or verdict.cause == "bucket-policy-denies":
        return verdict
    explicit = verdict.cause == "explicit-deny-identity-policy"
    if verdict.cause != "access-denied" and explicit != (finding.cause is Why.EXPLICIT_DENY):
        return verdict  # what was found is not what AWS refused it for
    name = {
        "denied-identity-policy": "denied-identity-policy/near",
        "explicit-deny-identity-policy": "explicit-deny-identity-policy/named",
    }.get(finding.cause, finding.cause)
    return found(name, operation, asked, detail=finding.detail, change=finding.change)


def _read(facts: Facts, asked: Asked) -> Light:
    operation, outcome = Operation.READ, facts.read
    if operation not in facts.target.required:
        return _off(operation)
    if facts.listed is None or not (facts.read_over or (facts.ended and facts.listed_over)):
        return _open(operation, facts, asked)
    if _awaits_identity(outcome or facts.listed, facts):
        return _open(operation, facts, asked)
    if outcome is None:
        if not facts.read_over:
            return _open(operation, facts, asked)
        return _read_without_a_key(facts, facts.listed, asked)
    if outcome.ok and facts.read_of_another is not None:
        verdict = _read_but_not_all(diagnose(operation, facts.read_of_another, asked), facts.read_of_another, asked)
    elif outcome.ok:
        verdict = Diagnosis(State.GREEN, None, "a listed object was read.")
    else:
        verdict = _refined(operation, diagnose(operation, outcome, asked), facts, asked)
    return light_of(operation, verdict, required=True, outcome=outcome)


def _read_but_not_all(refusal: Diagnosis, outcome: Outcome, asked: Asked) -> Diagnosis:
    """Warn of an object that was refused, though another one could be read."""
    if refusal.cause == "sse-c-object":
        return found("sse-c-object/some", Operation.READ, asked)
    if outcome.bare:
        return found("foreign-object-owner", Operation.READ, asked)
    return dataclasses.replace(refusal, state=State.AMBER, says=f"not for every object: {refusal.says}")


def _read_without_a_key(facts: Facts, listed: Outcome, asked: Asked) -> Light:
    """Judge Read where no object was there to be read: never by a made-up key."""
    operation = Operation.READ
    outcome = listed
    verdict = diagnose(operation, listed, asked) if not listed.ok else None
    if verdict is None or not verdict.decides_all:
        verdict = found("nothing-to-read" if listed.ok else "needs-list", operation, asked)
    stored = facts.written.read_back if facts.written else None
    if facts.move is WriteMove.REAL and facts.written is None and facts.ended is None:
        # The object that is being stored may be read back.
        return _open(operation, facts, asked)
    if stored is not None and listed.ok:
        outcome = stored
        verdict = (
            Diagnosis(State.GREEN, None, "the test object that was stored was read back.")
            if stored.ok
            else diagnose(operation, stored, asked)
        )
    return light_of(operation, verdict, required=True, outcome=outcome)


def _write(facts: Facts, asked: Asked) -> Light:
    operation, outcome = Operation.WRITE, facts.written
    if facts.move is WriteMove.NOT_NEEDED:
        return _off(operation)
    if facts.move is WriteMove.REMEMBERED and facts.remembered_write is not None:
        return _remembered(facts.remembered_write, facts, asked)
    if facts.move.asks and (outcome is None or not (facts.written_over or facts.ended)):
        return _open(operation, facts, asked)
    if _awaits_identity(outcome, facts):
        return _open(operation, facts, asked)
    kms = facts.target.kms_key_arn is not None or _meets_kms(facts, asked)
    verdict = judge_write(facts.move, outcome, asked, kms=kms)
    if verdict.state is State.GREEN and not (facts.read_over and facts.iam_over):
        # Whether a KMS key is in play is known when an object was read, or the bucket's settings were.
        if facts.ended is None:
            return _open(operation, facts, asked)
        if facts.move is WriteMove.DRY:
            verdict = found("write-unproven/unread", operation, asked)
    if facts.written_with is not None and verdict.state in {State.RED, State.GREEN}:
        verdict = found("bucket-policy-denies/header", operation, asked, header=facts.written_with)
    return light_of(operation, _refined(operation, verdict, facts, asked), required=True, outcome=outcome)


def _remembered(light: Light, facts: Facts, asked: Asked) -> Light:
    """Show what an earlier try found, unless this check found what holds for every operation."""
    if not facts.lists:
        return light
    if facts.listed is None or not (facts.listed_over or facts.ended):
        return _open(Operation.WRITE, facts, asked)
    if facts.listed.ok:
        return light
    verdict = diagnose(Operation.WRITE, facts.listed, asked)
    return light_of(Operation.WRITE, verdict, required=True, outcome=facts.listed) if verdict.decides_all else light


def _meets_kms(facts: Facts, asked: Asked) -> bool:
    """Tell whether a KMS key encrypts what lies here: an object says so, a refusal, or the bucket's settings."""
    if facts.iam is not None and facts.iam.kms_key is not None:
        return True
    return any(
        read.kms or (not read.ok and (diagnose(Operation.READ, read, asked).cause or "").startswith("kms-"))
        for read in (facts.read, facts.read_of_another)
        if read is not None
    )


def _warned(light: Light, facts: Facts, asked: Asked) -> Light:
    """Turn a green light amber where something will bite; the gravest thing first."""
    if light.state is not State.GREEN:
        return light
    if not facts.open_over and facts.ended is None:
        return _open(light.operation, facts, asked)
    operation, typed, principal = light.operation, facts.target.region, asked.principal or ""
    if facts.pays:
        verdict = found("requester-pays", operation, asked)
    elif facts.opened and facts.target.role:
        verdict = found("external-id-not-required", operation, asked, role=facts.target.role.role_arn)
    elif principal.endswith(":root"):
        verdict = found("root-credentials", operation, asked)
    elif facts.assumed_how is AssumeAgain.ELSEWHERE:
        verdict = found("sts-region-disabled", operation, asked)
    elif facts.assumed_how is AssumeAgain.AN_HOUR:
        verdict = found("role-chaining-limit", operation, asked)
    elif typed is not None and facts.region not in {None, typed}:
        verdict = found("wrong-region/corrected", operation, asked, given=typed)
    else:
        return light
    warned = light_of(operation, verdict, required=light.required)
    return dataclasses.replace(warned, evidence=light.evidence, elapsed_ms=light.elapsed_ms)


def without_credentials(
    required: tuple[Operation, ...], diagnosis: Diagnosis, outcome: Outcome | None = None
) -> tuple[Light, ...]:
    """Make the lights of a check that could not begin, because there is nothing to sign requests with."""
    return tuple(
        light_of(operation, diagnosis, required=True, outcome=outcome) if operation in required else _off(operation)
        for operation in OPERATIONS
    )
