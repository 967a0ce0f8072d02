"""How a rotation ended, in words for every front end. Pure; what to do next is said by each in its own way."""

from __future__ import annotations

from dataclasses import dataclass

from ...access import mask_key_id
from .outcome import Outcome, Rotated, WentBack
from .record import Goal, Record
from .words import moment, went_back

__all__ = ["Ending", "ended", "ended_lines", "forgotten"]


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended: its name in JSON, a headline, and what there is now. `well`: what was asked for is so."""

    state: str
    headline: str
    lines: tuple[str, ...]
    well: bool


def ended(outcome: Outcome, goal: Goal) -> Ending:
    """Say how a rotation ended that was to go as far as `goal`."""
    lines = ended_lines(outcome)
    match outcome:
        case Rotated():
            return Ending("deleted" if outcome.deleted else "rotated", "The key is replaced.", lines, well=True)
        case WentBack():
            return Ending("went-back", "The old key is used again.", lines, well=goal is Goal.BACK)
    return Ending("stopped", "Stopped.", lines, well=False)


def ended_lines(outcome: Outcome) -> tuple[str, ...]:
    """Say what there is now, and why where it did not come to its end."""
    record = outcome.record
    match outcome:
        case Rotated():
            old, new = mask_key_id(record.old_key), mask_key_id(record.new_key or "")
            since = f" since {moment(record.rests_since)}" if record.rests_since else ""
            about_old = "deleted" if outcome.deleted else f"deactivated{since}"
            return f"Everything uses the new key {new}.", f"The old key {old} is {about_old}."
        case WentBack():
            return outcome.reason, went_back(record)
    return outcome.reason, outcome.holds


def forgotten(record: Record) -> Ending:
    """Say how it ended where the user was gone, and its rotation was forgotten: no key of the dataset works."""
    return Ending(
        "forgotten",
        "The rotation is forgotten.",
        (f"The user {record.owner.user_name} is gone, and its keys with it. Give the dataset another key.",),
        well=False,
    )
