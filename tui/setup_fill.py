"""What the demo fills a step in with, one key after the other. Pure, but for whose turn it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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

        Asked for a second time in a step, it is the next set that differs here.
        """
        here = [{name: value for name, value in answers.items() if name in fields} for _, answers in self.sets]
        count = len(here)
        others = [(self._index + by) % count for by in range(1, count)]
        differing = [index for index in others if here[index] != here[self._index]]
        if step == self._step and differing:
            self._index = differing[0]
        self._step = step
        return self.sets[self._index][0], here[self._index], bool(differing)
