"""Checking again while a fix spreads: the clockwork between `Waiting`, a screen's timer, and its checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual.message_pump import MessagePump
from textual.timer import Timer

from core.lights.propagation import Ended, Waiting
from core.lights.states import Light, State
from core.lights.target import CheckOptions
from core.needs import Operation

from .clocks import Clocks

__all__ = ["NotYet", "end_sentence"]

_WELL = frozenset({State.GREEN, State.AMBER})
_NOTHING = frozenset({State.UNCHECKED, State.OFF})


@dataclass(slots=True)
class NotYet:
    """Checks again by the schedule of `Waiting`, until a light works twice in a row, or a minute is over.

    Attributes:
        owner: whose timer ticks.
        clocks: what time it is.
        ask: begins a check with these options; one that is under way already counts as well.
        look: how many checks have ended so far, and the lights as they are.
        changed: called when there is something else to show.
        ended: called at the end, with the light that was waited for.
    """

    EVERY: ClassVar[float] = 1.0
    """Seconds between two looks at the clock."""

    owner: MessagePump
    clocks: Clocks
    ask: Callable[[CheckOptions], object]
    look: Callable[[], tuple[int, tuple[Light, ...]]]
    changed: Callable[[], object]
    ended: Callable[[Ended, Light], object]
    _waiting: Waiting | None = None
    _operation: Operation = Operation.LIST
    _since: datetime | None = None
    _trying: int | None = None
    _timer: Timer | None = None

    @property
    def waits(self) -> bool:
        """Tell whether it waits."""
        return self._waiting is not None

    def begin(self, operation: Operation) -> None:
        """Somebody says that this light is mended: try at once, and go on trying."""
        self.stop()
        self._operation = operation
        self._since = self.clocks.day()
        self._waiting = Waiting.begin(self.clocks.seconds())
        self._timer = self.owner.set_interval(self.EVERY, self.tick)
        self.tick()

    def stop(self) -> None:
        """Wait no more. A check that is under way ends by itself."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._waiting = self._trying = None

    def tick(self) -> None:
        """Look at the clock: try when a try is due, and show what is left."""
        if self._waiting is None:
            return
        if self._trying is None and self._waiting.due <= self.clocks.seconds():
            self._trying = self.look()[0]
            # Write as a dry run only: nobody has agreed to more.
            self.ask(CheckOptions(changed_at=self._since))
        self.changed()

    def follow(self) -> None:
        """Look at what the checks say by now."""
        if self._waiting is None:
            return
        count, lights = self.look()
        light = next(light for light in lights if light.operation is self._operation)
        if light.state in _NOTHING:
            self.stop()
            self.changed()
            return
        if self._trying is None or count <= self._trying:
            return
        self._trying = None
        outcome = self._waiting.after(passed=light.state in _WELL, now=self.clocks.seconds())
        if isinstance(outcome, Waiting):
            self._waiting = outcome
        else:
            self.stop()
            self.ended(outcome, light)
        self.changed()

    def line(self) -> tuple[str, str]:
        """Say what it waits for, and for how long; both are empty where it does not wait."""
        waiting = self._waiting
        if waiting is None:
            return "", ""
        now = self.clocks.seconds()
        left = f"{waiting.left(now)} s left"
        following = f"next try in {waiting.next_in(now)} s" if self._trying is None else "checking"
        if waiting.passes:
            return "It works now. One more try, to be sure.", f"{following}, {left}"
        if not waiting.tries:
            return "Checking what you fixed.", left
        return "Not yet: IAM may take a minute to spread a change.", f"{following}, {left}"


def end_sentence(outcome: Ended, light: Light) -> str:
    """Say how waiting ended."""
    name = light.operation.value.capitalize()
    if outcome is Ended.WORKS:
        return f"{name} works: two checks in a row have shown it."
    if light.state in _WELL:
        return f"{name} works, by the last check only. Check again in a minute."
    return "A minute is over. Compare the fix with what stands in AWS."
