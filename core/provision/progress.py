"""What is told while something is made in AWS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Progress", "ProgressState", "Teller"]


class ProgressState(StrEnum):
    """How a step is doing: `RETRYING` where AWS asked for patience, `NOT_YET` where it is made and not yet known
    everywhere at AWS.
    """

    STARTED = "started"
    RETRYING = "retrying"
    NOT_YET = "not yet"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """An event while a plan is applied.

    `number` of `total` steps; waiting until what was made works is the last one. `sentence` is the step's, as in the
    plan. `next_in` and `left` are whole seconds: until the next try (RETRYING, NOT_YET), and until waiting ends
    (NOT_YET).
    """

    state: ProgressState
    number: int
    total: int
    sentence: str
    next_in: int | None = None
    left: int | None = None


@dataclass(slots=True)
class Teller:
    """Tells what happens, step after step. `last` is the sentence of the step that was done last."""

    tell: Callable[[Progress], None]
    total: int
    number: int = field(default=0, init=False)
    sentence: str = field(default="", init=False)
    last: str | None = field(default=None, init=False)

    def start(self, sentence: str) -> None:
        """Begin the next step."""
        self.number += 1
        self.sentence = sentence
        self._say(ProgressState.STARTED)

    def done(self) -> None:
        """End the step."""
        self.last = self.sentence
        self._say(ProgressState.DONE)

    def retrying(self, seconds: int) -> None:
        """AWS asked for patience."""
        self._say(ProgressState.RETRYING, next_in=seconds)

    def not_yet(self, next_in: int, left: int) -> None:
        """What was made does not answer yet."""
        self._say(ProgressState.NOT_YET, next_in=next_in, left=left)

    def _say(self, state: ProgressState, *, next_in: int | None = None, left: int | None = None) -> None:
        self.tell(
            Progress(
                state=state,
                number=self.number,
                total=self.total,
                sentence=self.sentence,
                next_in=next_in,
                left=left,
            )
        )
