"""What the strip and a diagnosis show of a setup that is under way. Pure."""

from __future__ import annotations

from datetime import datetime

from core.access import DelegatedAccess
from core.dataset import Purpose
from core.guide.fields import StepView
from core.guide.state import State
from core.guide.steps.bucket import region_of
from core.guide.steps.checks import checked
from core.guide.steps.credentials import access_of
from core.guide.steps.onward import saved_of
from core.guide.steps.places import output_region_of
from core.guide.strip import place, principal, purpose_of, strip
from core.lights.platform_view import effective_state
from core.lights.states import Light
from core.lights.states import State as LightState

from .diagnosed import Seen
from .words import about_principal, from_where

__all__ = ["about", "around", "lights_of", "region", "seen_of", "subject"]

_OPEN = frozenset({LightState.CHECKING, LightState.UNCHECKED, LightState.OFF})


def around(view: StepView) -> tuple[str, ...]:
    """Name the steps before and after; then what is shorter, for where there is not that much room."""
    upcoming = f"next: {view.upcoming[0]}" if view.upcoming else ""
    lately = [(", ".join(view.done[-count:]), count) for count in range(len(view.done), 0, -1)]
    done = [f"done: {'' if count == len(view.done) else '…, '}{names}" for names, count in lately]
    return (*("    ".join(part for part in (each, upcoming) if part) for each in done), upcoming)


def lights_of(state: State) -> tuple[Light, ...]:
    """Return the lights that hold: once it is saved, with Lightly's own verdict where that is the one that counts."""
    local, saved, limits = strip(state), saved_of(state), state.answers.limits
    if saved is None or purpose_of(state) is Purpose.LIGHTLY:
        return local
    verdict = {light.operation: light for light in saved.verdict}

    def decisive(light: Light) -> Light:
        other = verdict.get(light.operation)
        if other is None or light.state in _OPEN:
            return light
        holds = effective_state(light, other, restricted=limits is not None and limits.restricted)
        return other if other.state is holds and light.state is not holds else light

    return tuple(decisive(light) for light in local)


def about(state: State, *, short: bool = False) -> str:
    """Say who is checked and from where."""
    if {light.state for light in strip(state)} <= {LightState.UNCHECKED, LightState.OFF}:
        return "Checks start when there is a key or a role to check."
    access, where = access_of(state, purpose_of(state)), from_where(state.answers.given.endpoint_url, short=short)
    who = principal(state)
    if isinstance(access, DelegatedAccess):
        later = "tried by Lightly itself" if saved_of(state) else "by Lightly, after Save"
        return about_principal(who or access.role_arn, None, where=where if who else later)
    return about_principal(who, access.access_key_id if access else None, where=where)


def subject(state: State) -> str:
    """Name the dataset and the folder that the lights are about, as far as they are known."""
    name, where = state.answers.name, place(state)
    folder = where.uri if where else "no folder yet"
    if purpose_of(state) is Purpose.LIGHTLY:
        folder = f"output  {folder}"
    return f"{name}  {folder}" if name else folder


def region(state: State) -> str:
    """Name the region of that folder, or nothing where it is not known."""
    found = output_region_of(state) if purpose_of(state) is Purpose.LIGHTLY else region_of(state)
    return found or ""


def seen_of(state: State, *, checked_at: datetime | None, ended: int) -> Seen:
    """Return what a diagnosis is about. `ended`: so many checks have ended, the last one at `checked_at`."""
    answers, purpose, saved = state.answers, purpose_of(state), saved_of(state)
    report, where = checked(state, purpose), place(state)
    lights = lights_of(state)
    return Seen(
        lights=lights,
        name=answers.name or "",
        subject=f"{purpose}  {where.uri if where else 'no folder yet'}",
        region=region(state),
        about=about(state, short=True),
        # Lightly's verdict has no purpose: it is shown at what is read from.
        others=(
            *(saved.verdict if saved and purpose is not Purpose.LIGHTLY else ()),
            *(report.simulated if report else ()),
        ),
        notes=report.notes if report else (),
        location=where,
        checked_at=checked_at if report else None,
        ended=ended,
        busy=LightState.CHECKING in {light.state for light in lights},
        at_aws=answers.given.endpoint_url is None,
    )
