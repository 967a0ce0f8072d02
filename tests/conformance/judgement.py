"""What the lights have to show, judged from the truth alone; and one check, watched from outside."""

from __future__ import annotations

from dataclasses import dataclass

from cases import Pair
from plain_s3 import Snapshot
from stage import Stage

from core.lights.check import Checker
from core.lights.states import CheckReport, Light, ProbeMode, State
from core.lights.target import CheckOptions, Target
from core.needs import OPERATIONS, Operation

TRIED_MODES = (ProbeMode.DRY, ProbeMode.MULTIPART, ProbeMode.REAL)
_BAD_PAIR = {
    Pair.WRONG_SECRET: "wrong-secret",
    Pair.UNKNOWN_KEY: "unknown-access-key",
    Pair.CUT_TOKEN: "invalid-session-token",
    Pair.NO_TOKEN: "session-token-missing",
    Pair.ANOTHERS_TOKEN: "invalid-session-token",
}


@dataclass(frozen=True, slots=True)
class Observation:
    """A check of a stage: its report, and everything in the bucket before and after it."""

    stage: Stage
    mode: ProbeMode
    report: CheckReport
    before: Snapshot
    after: Snapshot

    @property
    def added(self) -> Snapshot:
        """What the check left in the bucket."""
        return self.after - self.before

    @property
    def may_leave_its_probe(self) -> bool:
        """Tell whether the user could put the probe there, but not take it away."""
        truth = self.stage.truth
        allowed = {ProbeMode.REAL: truth.can_delete, ProbeMode.MULTIPART: truth.can_abort}.get(self.mode, True)
        return truth.can_write and not allowed


@dataclass(frozen=True, slots=True)
class Verdict:
    """The states that are right, and the causes of which one explains them; without, there is nothing to explain."""

    states: frozenset[State]
    causes: frozenset[str] = frozenset()

    def fits(self, light: Light) -> bool:
        """Tell whether a light shows this."""
        cause_fits = light.cause in self.causes if self.causes else light.cause is None
        return light.state in self.states and cause_fits

    def __str__(self) -> str:
        return f"{'|'.join(sorted(self.states))}/{'|'.join(sorted(self.causes))}"


def _verdict(state: State, *causes: str) -> Verdict:
    return Verdict(frozenset({state}), frozenset(causes))


GREEN = _verdict(State.GREEN)
NEEDS_LIST = _verdict(State.UNKNOWN, "needs-list")
NOTHING_TO_READ = _verdict(State.UNKNOWN, "nothing-to-read")
LEFT_BEHIND = _verdict(State.AMBER, "probe-left-behind")
_IN_PART = Verdict(
    frozenset({State.RED, State.AMBER}),
    frozenset({"access-denied", "denied-identity-policy", "explicit-deny-identity-policy", "foreign-object-owner"}),
)
"""Some objects could be read and some could not: both are right, as long as it is not shown as if all were well."""


def target_of(stage: Stage) -> Target:
    """Name what is to be checked, as a user of this server would."""
    return Target(
        location=stage.location, access=stage.access, region=stage.server.region, endpoint_url=stage.server.url
    )


def observe(checker: Checker, stage: Stage, mode: ProbeMode) -> Observation:
    """Check a stage, and look at the bucket before and after."""
    before = stage.server.snapshot(stage.location.bucket)
    report = checker.check(target_of(stage), CheckOptions(write_probe=mode))
    return Observation(stage, mode, report, before, stage.server.snapshot(stage.location.bucket))


def due(observation: Observation) -> dict[Operation, Verdict]:
    """Say what each light has to show, from what plain boto3 could do."""
    truth, pair = observation.stage.truth, observation.stage.case.pair
    if pair is not Pair.OWN:
        return dict.fromkeys(OPERATIONS, _bad_pair(pair, explains=observation.stage.server.explains))
    write = LEFT_BEHIND if observation.may_leave_its_probe else GREEN
    return {
        Operation.LIST: GREEN if truth.can_list else _refused(observation, Operation.LIST),
        Operation.READ: _read_due(observation),
        Operation.WRITE: write if truth.can_write else _refused(observation, Operation.WRITE),
    }


def _read_due(observation: Observation) -> Verdict:
    truth = observation.stage.truth
    if not truth.can_list:
        return NEEDS_LIST
    if truth.can_read is None:
        return NOTHING_TO_READ
    if truth.can_read:
        return GREEN
    return _IN_PART if truth.can_read_some else _refused(observation, Operation.READ)


def _refused(observation: Observation, operation: Operation) -> Verdict:
    conditions = {"list-condition-mismatch"} if operation is Operation.LIST else set()
    if not observation.stage.server.explains:
        return _verdict(State.RED, "access-denied", *conditions)
    if operation in observation.stage.case.denies:
        return _verdict(State.RED, "explicit-deny-identity-policy", *conditions)
    if operation is Operation.LIST:
        conditions.add("list-granted-on-objects")
    return _verdict(State.RED, "denied-identity-policy", *conditions)


def _bad_pair(pair: Pair, *, explains: bool) -> Verdict:
    """Say what credentials that are not in order have to show. A server without reasons can only refuse."""
    if explains:
        return _verdict(State.RED, _BAD_PAIR[pair])
    return _verdict(State.RED, "access-denied", *_BAD_PAIR.values())


def assert_the_lights_are_due(observation: Observation) -> None:
    """Compare every light with the truth."""
    wrong = [
        f"{operation}: {light.state}/{light.cause}, but the truth is {verdict} ({light.summary}; {light.evidence})"
        for operation, verdict in due(observation).items()
        if not verdict.fits(light := observation.report.light(operation))
    ]
    assert not wrong, "\n".join(wrong)


def assert_only_a_named_probe_was_left(observation: Observation) -> None:
    """Compare the bucket with what it was: the same, or one probe more, which the Write light names exactly."""
    assert observation.before <= observation.after
    if not observation.may_leave_its_probe:
        assert not observation.added
        return
    [(_, key, *_)] = observation.added
    assert key.startswith(observation.stage.location.prefix + ".lightly/bucketlight-probe-")
    light = observation.report.light(Operation.WRITE)
    assert key in light.summary
    assert key in (light.fix or "")


def assert_every_light_explains_itself(observation: Observation) -> None:
    """Hold the report to its contract: causes and fixes where they are due, and no key of the user's data."""
    for light in observation.report.lights:
        assert (light.cause is None) == (light.state is State.GREEN), light
        assert light.state not in {State.RED, State.AMBER} or light.fix, light
        assert light.summary, light
        assert light.evidence is not None or light.cause in {"needs-list", "nothing-to-read"}, light
    for picture in filter(None, observation.stage.case.pictures):
        assert picture not in said_in(observation.report)
    access = observation.stage.access
    for secret in filter(None, (access.secret_access_key, access.session_token)):
        assert secret.reveal() not in repr(observation.report)


def said_in(report: CheckReport) -> str:
    """Put together all that a report says, as it stands there."""
    lights = [(light.summary, light.fix) for light in report.lights]
    evidence = [light.evidence for light in report.lights if light.evidence]
    answers = [(each.call, each.code, each.request_id, each.message) for each in evidence]
    notes = [(note.summary, note.fix) for note in report.notes]
    return "\n".join(text for part in (*lights, *answers, *notes) for text in part if text)
