"""What a check tells while it runs. Each event bears the id of its run, so that a late one can be told and dropped."""

from __future__ import annotations

from dataclasses import dataclass

from .states import CheckReport, Light

__all__ = ["CheckFinished", "Event", "Identified", "LightChanged"]


@dataclass(frozen=True, slots=True)
class LightChanged:
    """A light has a new state, or better words for it."""

    run_id: int
    light: Light


@dataclass(frozen=True, slots=True)
class Identified:
    """The server told who the credentials are: an ARN."""

    run_id: int
    principal: str


@dataclass(frozen=True, slots=True)
class CheckFinished:
    """The check is over; nothing more comes of this run."""

    run_id: int
    report: CheckReport


Event = LightChanged | Identified | CheckFinished
