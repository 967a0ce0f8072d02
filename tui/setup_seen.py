"""What the strip and a diagnosis show of a setup that is under way. Pure."""

from __future__ import annotations

from datetime import datetime

from core.dataset import Purpose
from core.guide.state import State
from core.guide.steps.bucket import region_of
from core.guide.steps.keys import checked
from core.guide.steps.onward import saved_of
from core.guide.strip import principal, strip
from core.lights.states import State as LightState
from core.needs import Needs, Operation

from .diagnosed import Seen
from .words import about_principal, from_where

__all__ = ["about", "seen_of", "subject"]


def about(state: State, *, short: bool = False) -> str:
    """Say who is checked and from where."""
    if {light.state for light in strip(state)} <= {LightState.UNCHECKED, LightState.OFF}:
        return "Checks start when there is a key to check."
    access, where = state.answers.access, from_where(state.answers.given.endpoint_url, short=short)
    return about_principal(principal(state), access.access_key_id if access else None, where=where)


def subject(state: State) -> str:
    """Name the dataset and its folder, as far as they are known."""
    name, folder = state.answers.name, _folder(state)
    return f"{name}  {folder}" if name else folder


def seen_of(state: State, *, checked_at: datetime | None, ended: int) -> Seen:
    """Return what a diagnosis is about. `ended`: so many checks have ended, the last one at `checked_at`."""
    answers, report, saved = state.answers, checked(state), saved_of(state)
    writes = Operation.WRITE in (answers.needs or Needs()).operations
    return Seen(
        lights=strip(state),
        name=answers.name or "",
        subject=f"{Purpose.INPUT_OUTPUT if writes else Purpose.INPUT}  {_folder(state)}",
        region=region_of(state) or "",
        about=about(state, short=True),
        others=(*(saved.verdict if saved else ()), *(report.simulated if report else ())),
        notes=report.notes if report else (),
        location=answers.location,
        checked_at=checked_at if report else None,
        ended=ended,
        busy=LightState.CHECKING in {light.state for light in strip(state)},
        at_aws=answers.given.endpoint_url is None,
    )


def _folder(state: State) -> str:
    return state.answers.location.uri if state.answers.location else "no folder yet"
