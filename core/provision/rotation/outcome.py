"""What a rotation tells while it is under way, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass

from .record import Record, Step

__all__ = ["NotYet", "Outcome", "Progress", "RotateEvent", "Rotated", "Stopped", "WentBack"]


@dataclass(frozen=True, slots=True)
class Progress:
    """A step was begun, or is done."""

    step: Step
    done: bool


@dataclass(frozen=True, slots=True)
class NotYet:
    """A step waits: what is missing, and in how many seconds it is tried again, of how many that are left."""

    step: Step
    missing: str
    next_in: int
    left: int


RotateEvent = Progress | NotYet


@dataclass(frozen=True, slots=True)
class Rotated:
    """The new key is used everywhere. The old one is deactivated since then, or deleted."""

    record: Record
    deleted: bool


@dataclass(frozen=True, slots=True)
class WentBack:
    """The old key is used everywhere, as before, and the new one is deleted. `reason` says why."""

    record: Record
    reason: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """It stands between two steps. `reason` says why, `holds` which key works; the next run goes on."""

    record: Record
    reason: str
    holds: str


Outcome = Rotated | WentBack | Stopped
