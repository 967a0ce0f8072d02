"""The lights of a setup that is under way: what the strip above the steps shows."""

from __future__ import annotations

from ..lights.states import CheckReport, Light
from ..lights.states import State as LightState
from ..needs import OPERATIONS, Needs
from .facts import Failed
from .fingerprint import fingerprint
from .flow import pending
from .state import State
from .steps.keys import check_request

__all__ = ["principal", "strip"]


def strip(state: State) -> tuple[Light, ...]:
    """Return a light for each operation, in the order list, read, write.

    Unchecked before there is a key to check, off where not needed; live while the check runs.
    """
    request = check_request(state)
    required = (state.answers.needs or Needs()).operations
    idle = LightState.UNCHECKED
    if request:
        if report := state.facts.get(request, CheckReport):
            return report.lights
        if failed := state.facts.get(request, Failed):
            return tuple(_broken(light, failed.sentence) for light in _all(required, idle))
        mark = fingerprint(request)
        if any(fingerprint(other) == mark for other in pending(state)):
            idle = LightState.CHECKING
    return tuple(
        (state.facts.light(request, light.operation) if request else None) or light for light in _all(required, idle)
    )


def principal(state: State) -> str | None:
    """Return the ARN of who is checked, as soon as the server has told it, or None."""
    request = check_request(state)
    return state.facts.principal(request) if request else None


def _all(required: tuple[str, ...], idle: LightState) -> tuple[Light, ...]:
    return tuple(
        Light(
            operation=operation, state=idle if operation in required else LightState.OFF, required=operation in required
        )
        for operation in OPERATIONS
    )


def _broken(light: Light, sentence: str) -> Light:
    if not light.required:
        return light
    return Light(
        operation=light.operation, state=LightState.UNKNOWN, required=True, cause="internal-error", summary=sentence
    )
