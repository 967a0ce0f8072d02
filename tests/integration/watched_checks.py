"""A check that is watched from outside, and what holds for every one of them, whatever the server answered."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime

from s3_faults import BUCKET, PERSON, PREFIX, REGION

from core.access import AccessKind, Secret, UserAccess
from core.lights.causes import ROWS
from core.lights.check import Checker
from core.lights.events import CheckFinished, Event, LightChanged
from core.lights.states import CheckReport, Light, ProbeMode, State
from core.lights.target import CheckOptions, Target
from core.location import S3Location
from core.needs import OPERATIONS, Operation
from core.recheck import Result
from core.report import to_json, to_table

SECRET = "canary-secret-key-0123456789-0123456789-"
SESSION = "canary-session-token-0123456789"
ACCESS = UserAccess("AKIAIOSFODNN7EXAMPLE", Secret(SECRET), Secret(SESSION))
LOCATION = S3Location(BUCKET, PREFIX)

_UNEXPLAINED = frozenset({State.GREEN, State.OFF, State.UNCHECKED})
_RED_CODES = frozenset().union(*(row.codes | row.exceptions for row in ROWS if row.state is State.RED))


def target_at(endpoint_url: str | None, **changes: object) -> Target:
    """Name the bucket of the fault server as a user would."""
    target = Target(location=LOCATION, access=ACCESS, region=REGION, endpoint_url=endpoint_url)
    return dataclasses.replace(target, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Watched:
    """A check's report, and the events on the way to it."""

    report: CheckReport
    events: tuple[Event, ...]

    def said(self, operation: Operation) -> str:
        """Give a light as `state cause`, or only its state where it has no cause."""
        light = self.report.light(operation)
        return f"{light.state} {light.cause}" if light.cause else str(light.state)

    @property
    def all_said(self) -> tuple[str, ...]:
        """Give the three lights."""
        return tuple(self.said(operation) for operation in OPERATIONS)

    @property
    def shown(self) -> str:
        """Everything that a person or a program may get to see of it."""
        result = result_of(self.report)
        now = datetime(2026, 11, 22, tzinfo=UTC)
        return "\n".join(
            (repr(self.events), repr(self.report), repr(result), to_json((result,), now), to_table((result,)))
        ) + to_table((result,), explain=True)


def result_of(report: CheckReport, required: tuple[Operation, ...] = OPERATIONS) -> Result:
    """Make the result of a bare URI from a report."""
    return Result(
        dataset=None,
        datasource=None,
        location=LOCATION,
        region=report.region,
        endpoint_url=None,
        access=AccessKind.AMBIENT,
        principal=report.principal,
        write_probe=ProbeMode.DRY,
        required=required,
        local=report.lights,
        notes=report.notes,
    )


def watch(checker: Checker, target: Target, options: CheckOptions | None = None) -> Watched:
    """Check a target, and hold the check to its promises."""
    events: list[Event] = []
    watched = Watched(checker.check(target, options, events.append), ())
    watched = Watched(watched.report, tuple(events))
    assert_it_told_its_story(watched)
    for light in watched.report.lights:
        assert_it_explains_itself(light)
    assert_nothing_leaked(watched.shown)
    return watched


def assert_it_told_its_story(watched: Watched) -> None:
    """Every event is of this run, the last one is its end, and the lights told are those of the report."""
    assert {event.run_id for event in watched.events} == {watched.report.run_id}
    assert [isinstance(event, CheckFinished) for event in watched.events].index(True) == len(watched.events) - 1
    told = {event.light.operation: event.light for event in watched.events if isinstance(event, LightChanged)}
    assert tuple(told[operation] for operation in OPERATIONS) == watched.report.lights


def assert_it_explains_itself(light: Light) -> None:
    """No light without a cause, words and a fix where they are due; green and red on proof only."""
    assert light.state in {State.GREEN, State.AMBER, State.RED, State.UNKNOWN, State.OFF}
    assert light.summary, light
    assert (light.cause is None) == (light.state in _UNEXPLAINED), light
    assert light.fix or light.state in _UNEXPLAINED, light
    evidence = light.evidence
    if light.state is State.GREEN:
        assert evidence is not None
        assert evidence.request_id, light
        assert (evidence.status or 0) // 100 == 2 or (evidence.status, evidence.call) == (400, "PutObject"), light
    if light.state is State.RED:
        assert evidence is not None
        assert evidence.code in _RED_CODES, light


def assert_nothing_leaked(shown: str) -> None:
    """Neither a secret nor the name of one of the user's objects."""
    for canary in (SECRET, SESSION, PERSON):
        assert canary not in shown
