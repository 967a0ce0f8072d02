"""One setup that is gone through line by line: its state, what is waited for, and what is said as it changes."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING

from core.guide import flow
from core.guide.facts import Saved
from core.guide.requests import LookAround
from core.guide.saving import Phase, SaveProgress
from core.guide.steps.checks import is_as_it_must
from core.guide.steps.onward import saved_of
from core.lights.states import State as LightState

from ..setup_draft import DraftKeeper
from ..words import from_where, short_principal
from .lights import light_lines
from .seen import Place, places

if TYPE_CHECKING:
    from core.guide.runner import RunnerEvent
    from core.guide.state import State
    from core.lights.states import Light
    from core.needs import Operation

    from ..engine import Engine
    from .console import Console

__all__ = ["Session"]

_SILENT = {LightState.OFF, LightState.UNCHECKED, LightState.CHECKING}


class Session:
    """Owns the state. Every change of it goes through here, and is said where it concerns somebody.

    `keeps`: whether a draft is kept, so that it can be gone on with.
    """

    def __init__(self, console: Console, engine: Engine, state: State, *, keeps: bool = True) -> None:
        self.state = state
        self.console = console
        self._engine = engine
        self._draft = DraftKeeper(engine, console.say) if keeps else None
        self._events: queue.SimpleQueue[RunnerEvent] = queue.SimpleQueue()
        self._runner = engine.runner(self._events.put)
        self._waits_for: str | None = None
        self._told: dict[tuple[str, Operation], Light] = {}
        self._identified: dict[str, str] = {}
        self._fixes: set[str | None] = set()

    @property
    def is_saved(self) -> bool:
        """Tell whether everything is saved: then there is nothing left to keep."""
        return saved_of(self.state) is not None

    def close(self) -> None:
        """Give up what is under way; a save goes on, its journal knows how far."""
        self._runner.close()

    def settle(self) -> None:
        """Let the keyring take what it was given, but wait for that no longer than the end of a program may take."""
        self._engine.settle()

    def become(self, state: State, *, asked: bool = False) -> None:
        """Take a new state, and wait until all that follows from it is found out. What changes is said."""
        self.state = state
        self.keep()
        self._follow(asked=asked)
        while flow.pending(self.state):
            self._take(self._events.get())
        self._waits_for = None

    def keep(self) -> bool:
        """Write the draft down, and tell whether that was done: not before the first answer, nor after Save."""
        if self._draft is None or self.is_saved or self.state.answers.needs is None:
            return False
        return self._draft.keep(self.state)

    def _take(self, event: RunnerEvent) -> None:
        if isinstance(event, SaveProgress):
            self._progress(event)
            return
        before = self.state.position.step
        self.state = flow.learn(self.state, event.request, event.fact)
        if isinstance(event.fact, Saved):
            if self._draft is not None:
                self._draft.drop(self.state)
        elif self.state.position.step != before:
            self.keep()
        self._follow()

    def _follow(self, *, asked: bool = False) -> None:
        self._runner.follow(self.state, asked=asked)
        self._tell()

    def _progress(self, event: SaveProgress) -> None:
        if event.phase is Phase.STARTED:
            return
        sentence = next(step.sentence for step in flow.plan(self.state).steps if step.id is event.step)
        done = "Done before" if event.phase is Phase.SKIPPED else "Done"
        self.console.say(f"{done}: {sentence}")

    # What is said

    def _tell(self) -> None:
        for place in places(self.state):
            self._tell_place(place)
        waits_for = flow.view(self.state).waiting or self._looks
        if waits_for and waits_for != self._waits_for:
            self.console.say(waits_for)
        self._waits_for = waits_for

    @property
    def _looks(self) -> str | None:
        looks = any(isinstance(request, LookAround) for request in flow.pending(self.state))
        return "Looking at what lies there …" if looks else None

    def _tell_place(self, place: Place) -> None:
        begun = [light for light in place.lights if self._is_news(place, light) and light.state is LightState.CHECKING]
        if begun:
            names = ", ".join(light.operation.value.capitalize() for light in begun)
            where = from_where(self.state.answers.given.endpoint_url)
            self.console.say(f"{place.name}Checking {names} {where} …")
            self._identified.pop(place.name, None)
            self._fixes.clear()
        self._tell_what_lightly_tries(place)
        for light in place.lights:
            told = self._told.get((place.name, light.operation))
            is_change = told is not None and told.state not in {LightState.OFF, LightState.UNCHECKED}
            if is_as_it_must(light):
                pass  # said in a line of its own
            elif self._is_news(place, light) and (light.state not in _SILENT or (is_change and light not in begun)):
                repeats = light.whole_fix in self._fixes
                self._fixes.add(light.whole_fix)
                self.console.say(*light_lines(light, place.name, repeats_fix=repeats))
            self._told[place.name, light.operation] = light
        if place.principal and place.principal != self._identified.get(place.name):
            self._identified[place.name] = place.principal
            self.console.say(f"{place.name}Checked as {short_principal(place.principal)}.")

    def _tell_what_lightly_tries(self, place: Place) -> None:
        """Say in one line which lights nothing is wrong with, though this machine cannot try them."""
        lights = [light for light in place.lights if is_as_it_must(light)]
        if any(self._is_news(place, light) for light in lights):
            names = ", ".join(light.operation.value.capitalize() for light in lights)
            said = "Lightly has tried them." if self.is_saved else "Lightly tries them when you save."
            self.console.say(f"{place.name}{names}: {said}")

    def _is_news(self, place: Place, light: Light) -> bool:
        told = self._told.get((place.name, light.operation))
        return told is None or (told.state, told.summary, told.fix) != (light.state, light.summary, light.fix)
