"""The platform's verdict as lights, and the effective state of an operation from all viewpoints. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ..needs import OPERATIONS, Operation
from .states import Light, State, Viewpoint

__all__ = ["agree", "effective_state", "platform_lights", "platform_unknown"]

_ASK_PLATFORM = frozenset({"only-lightly-can-assume", "secret-unavailable"})
_ONLY_THERE = (
    "Look at what only Lightly meets: conditions on IP address or VPC in a policy, or a key that was changed on one "
    "side. If nothing fits, save the dataset again, so that Lightly gets the present key."
)


def platform_lights(
    can: Mapping[Operation, bool], errors: Mapping[str, str], required: tuple[Operation, ...]
) -> tuple[Light, ...]:
    """Make lights of the platform's own verify. What is not needed is off, whatever the platform says."""
    lights = []
    for operation in OPERATIONS:
        name = operation.value.capitalize()
        if operation not in required:
            lights.append(_light(operation, State.OFF, required=False, summary=f"{name} is not needed."))
        elif can[operation]:
            lights.append(_light(operation, State.GREEN, required=True, summary=f"{name} works: Lightly tried it."))
        else:
            said = f" It says: {errors[operation.value]}" if errors.get(operation.value) else ""
            lights.append(
                _light(
                    operation,
                    State.RED,
                    required=True,
                    cause="platform-denies",
                    summary=f"{name} fails: Lightly tried it, without success.{said}",
                    fix=_ONLY_THERE,
                )
            )
    return tuple(lights)


def platform_unknown(cause: str, says: str, fix: str | None, required: tuple[Operation, ...]) -> tuple[Light, ...]:
    """Make lights for a platform that gave no verdict: not proven, with the reason."""
    return tuple(
        _light(
            operation,
            State.UNKNOWN,
            required=True,
            cause=cause,
            summary=f"{operation.value.capitalize()} is not proven: {says}",
            fix=fix,
        )
        if operation in required
        else _light(operation, State.OFF, required=False, summary=f"{operation.value.capitalize()} is not needed.")
        for operation in OPERATIONS
    )


def _light(
    operation: Operation,
    state: State,
    *,
    required: bool,
    summary: str,
    cause: str | None = None,
    fix: str | None = None,
) -> Light:
    return Light(
        operation=operation,
        state=state,
        required=required,
        viewpoint=Viewpoint.PLATFORM,
        cause=cause,
        summary=summary,
        fix=fix,
    )


def agree(local: Light, platform: Light) -> Light:
    """Take back a red of the platform that proves nothing: in a folder without objects nobody can read one."""
    if local.cause == "nothing-to-read" and platform.state is State.RED:
        return dataclasses.replace(
            platform, state=State.UNKNOWN, cause=local.cause, summary=local.summary, fix=local.fix
        )
    return platform


def effective_state(local: Light, platform: Light | None, *, restricted: bool = False) -> State:
    """Combine the viewpoints: what holds for the dataset.

    A proven local red counts first. The platform's red counts next, unless access is restricted to addresses that the
    platform does not have (`restricted`). Then local green and amber; and the platform's verdict where this machine
    cannot look by itself.
    """
    if local.state is State.RED:
        return State.RED
    if platform is not None and platform.state is State.RED and not restricted:
        return State.RED
    if local.state is State.UNKNOWN and local.cause in _ASK_PLATFORM and platform is not None:
        return platform.state
    return local.state
