"""A setup in which nothing happens by itself: its screen at a state that is made up, and nobody who answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import guide_walk
from guide_walk import DATASET_ID, WALK, good_fact, settle, taken
from made_up import GREEN, MOMENT
from walker import Walker

from core.access import Secret
from core.guide.facts import Fact, Saved
from core.guide.fields import Raw
from core.guide.flow import start, submit
from core.guide.requests import Check, LookAround, Request, Save
from core.guide.runner import Runner, RunnerEvent
from core.guide.state import Given, State
from core.lights.platform_view import platform_lights
from core.lights.states import CheckReport, Light
from core.lights.states import State as LightState
from core.needs import OPERATIONS
from core.store.paths import Home
from core.survey import Survey
from tui.clocks import Clocks
from tui.engine import Engine, Setting, build_engine
from tui.screens.setup import SetupScreen

__all__ = ["BY_LIGHTLY", "GIVEN", "PRINCIPAL", "SURVEY", "StillEngine", "answering", "at", "setting", "shown"]

PRINCIPAL = "arn:aws:iam::111122223333:user/lightly-farm-animals"
GIVEN = Given(
    external_id=Secret("lightly-0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"),
    profiles=("default", "farm"),
    environment_keys=True,
    datasets_path="~/.config/bucketlight/datasets.yaml",
)
BY_LIGHTLY = platform_lights(dict.fromkeys(OPERATIONS, True), {}, OPERATIONS)
"""What Lightly's own test says where it succeeds."""

SURVEY = Survey(images=40, others=3, total_bytes=12_400_000, newest=datetime(2026, 11, 20, tzinfo=UTC))

Answer = Callable[[Request], Fact]


class StillRunner(Runner):
    """Begins nothing."""

    def follow(self, state: State, *, asked: bool = False) -> None:
        """Leave everything as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StillEngine(Engine):
    """An engine that knows beforehand what it is told, and carries nothing out."""

    known: Given

    def given(self, platform_url: str | None = None) -> Given:
        """Return what it was told."""
        return replace(self.known, platform_url=platform_url or self.known.platform_url)

    def runner(self, on_event: Callable[[RunnerEvent], None]) -> Runner:
        """Return one that begins nothing."""
        return StillRunner(guide_walk.World(), guide_walk.MemoryJournal(), on_event)


def setting(folder: Path) -> Setting:
    """Return how the app is started, with a clock that stands still."""
    return Setting(home=Home.at(folder), platform_url=GIVEN.platform_url, clocks=Clocks(lambda: MOMENT, lambda: 1000.0))


def _engine(folder: Path, known: Given) -> StillEngine:
    made = build_engine(setting(folder))
    return StillEngine(
        setting=made.setting,
        checker=made.checker,
        late_secrets=made.late_secrets,
        datasets=made.datasets,
        drafts=made.drafts,
        known=known,
    )


async def shown(walker: Walker, folder: Path, state: State) -> SetupScreen:
    """Show a setup at this state, and wait until it is all there."""
    screen = SetupScreen(_engine(folder, state.answers.given))
    await walker.app.push_screen(screen)
    await walker.at("needs")
    screen.state = state
    screen.post_message(SetupScreen.Prepared(state.answers.given, None))
    await walker.at(state.position.step, settled=False)
    return screen


def answering(*lights: Light, saved: Saved | None = None, survey: Survey = SURVEY) -> Answer:
    """Return what answers requests: well, but for these lights, or for how saving ends."""

    def answer(request: Request) -> Fact:
        match request:
            case Check():
                return _report(request, lights)
            case LookAround():
                return survey
            case Save():
                return saved or Saved(DATASET_ID, BY_LIGHTLY)
            case _:
                return good_fact(request)

    return answer


def _report(request: Check, lights: tuple[Light, ...]) -> CheckReport:
    given = {light.operation: light for light in lights}
    found = tuple(
        given.get(operation, replace(GREEN, operation=operation, summary=f"{operation.value.capitalize()} works."))
        if operation in request.target.required
        else Light(operation=operation, state=LightState.OFF, required=False)
        for operation in OPERATIONS
    )
    return CheckReport(run_id=1, lights=found, principal=PRINCIPAL, region="eu-central-1")


def at(step: str, answer: Answer | None = None, *, given: Given = GIVEN, **answers: Raw) -> State:
    """Walk until a step is reached, with good answers, or those given for a step; nothing is asked for any more."""
    state = start(given)
    while state.position.step != step:
        before = state.position.step
        state = settle(taken(submit(state, answers.get(before, WALK[before]))), answer or answering())
        assert state.position.step != before, before
    return state
