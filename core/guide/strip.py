"""The lights of a setup that is under way: what the strip above the steps shows."""

from __future__ import annotations

from ..dataset import Purpose
from ..lights.states import CheckReport, Light
from ..lights.states import State as LightState
from ..location import S3Location
from ..needs import OPERATIONS
from .facts import Failed
from .fingerprint import fingerprint
from .flow import pending
from .state import State
from .steps.checks import check_request, input_purpose, required
from .steps.credentials import is_separate

__all__ = ["place", "principal", "purpose_of", "strip"]


def purpose_of(state: State) -> Purpose:
    """Return which datasource the strip is about: the output on its own step, else the input."""
    if state.position.step == "output" and is_separate(state.answers):
        return Purpose.LIGHTLY
    return input_purpose(state.answers)


def place(state: State) -> S3Location | None:
    """Return the folder that the strip is about, or None while it is not known."""
    output = state.answers.output
    return output.location if purpose_of(state) is Purpose.LIGHTLY and output else state.answers.location


def strip(state: State, purpose: Purpose | None = None) -> tuple[Light, ...]:
    """Return a light for each operation, in the order list, read, write, of one datasource.

    Unchecked before there is a key to check, off where not needed; live while the check runs.
    """
    purpose = purpose or purpose_of(state)
    request = check_request(state, purpose)
    needed = required(state.answers, purpose)
    idle = LightState.UNCHECKED
    if request:
        if report := state.facts.get(request, CheckReport):
            return report.lights
        if failed := state.facts.get(request, Failed):
            return tuple(_broken(light, failed.sentence) for light in _all(needed, idle))
        mark = fingerprint(request)
        if any(fingerprint(other) == mark for other in pending(state)):
            idle = LightState.CHECKING
    return tuple(
        (state.facts.light(request, light.operation) if request else None) or light for light in _all(needed, idle)
    )


def principal(state: State) -> str | None:
    """Return the ARN of who is checked, as soon as the server has told it, or None."""
    request = check_request(state, purpose_of(state))
    return state.facts.principal(request) if request else None


def _all(needed: tuple[str, ...], idle: LightState) -> tuple[Light, ...]:
    return tuple(
        Light(operation=operation, state=idle if operation in needed else LightState.OFF, required=operation in needed)
        for operation in OPERATIONS
    )


def _broken(light: Light, sentence: str) -> Light:
    if not light.required:
        return light
    return Light(
        operation=light.operation, state=LightState.UNKNOWN, required=True, cause="internal-error", summary=sentence
    )
