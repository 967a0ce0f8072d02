"""What the benches share: medians, and one way to print them beside the peer that was measured in the same run."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Series", "header", "show"]


@dataclass(frozen=True, slots=True)
class Series:
    """Several runs of one thing, in seconds."""

    name: str
    seconds: Sequence[float]

    @property
    def median(self) -> float:
        """The run in the middle."""
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        low, high = min(self.seconds) * 1000, max(self.seconds) * 1000
        spread = f"{low:.1f} to {high:.1f} in {len(self.seconds)} runs"
        return f"  {self.name:<34} median {self.median * 1000:8.1f} ms   {spread}"


def header(title: str) -> None:
    """Print what the next figures are about."""
    print(f"\n{title}")  # noqa: T201


def show(ours: Series, *peers: Series, target: str) -> None:
    """Print our runs, the peers', and the ratio to each."""
    for series in (ours, *peers):
        print(series)  # noqa: T201
    for peer in peers:
        print(f"  {ours.median / peer.median:.2f} x {peer.name}")  # noqa: T201
    print(f"  target: {target}")  # noqa: T201
