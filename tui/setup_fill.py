"""What the demo fills a step in with, one key after the other. Pure, but for whose turn it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["FillIns"]

FillIn = tuple[str, Mapping[str, str | bool]]


@dataclass(slots=True)
class FillIns:
    """Sets of answers, each with the words for whose they are. A set stays until another is asked for."""

    sets: tuple[FillIn, ...]
    _index: int = 0
    _step: str = ""

    def take(self, step: str, fields: Collection[str]) -> tuple[str, dict[str, str | bool], bool]:
        """Return words, the answers for these fields, and whether another set would give others here.

        Asked for a second time in a step, or where the set has nothing to say, it is the next set that differs here.
        """
        here = [{name: value for name, value in answers.items() if name in fields} for _, answers in self.sets]
        if step == self._step or not here[self._index]:
            self._index = self._next(here)
        self._step = step
        return self.sets[self._index][0], here[self._index], self._next(here) != self._index

    def _next(self, here: Sequence[Mapping[str, str | bool]]) -> int:
        """Name the next set that gives other answers here; the present one where there is none."""
        others = ((self._index + by) % len(here) for by in range(1, len(here)))
        return next((index for index in others if here[index] and here[index] != here[self._index]), self._index)
