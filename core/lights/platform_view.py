"""The platform's verdict as lights, and the effective state of an operation from all viewpoints. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ..aws.credential_problems import fill
from ..needs import OPERATIONS, Operation
from .causes import FOUND
from .states import Light, State, Viewpoint

__all__ = ["agree", "effective_state", "platform_lights", "platform_unknown"]

_ASK_PLATFORM = frozenset({"only-lightly-can-assume", "secret-unavailable"})


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
            row = FOUND["platform-denies"]
            said = fill(row.says, {"said": errors.get(operation.value, "")})
            lights.append(
                _light(
                    operation,
                    row.state,
                    required=True,
                    cause=row.cause,
                    summary=f"{name} fails: {said}",
                    fix=row.fix,
                    link=row.link,
                )
            )
    return tuple(lights)


def platform_unknown(
    cause: str, required: tuple[Operation, ...], *, why: str = "", fix: str | None = None
) -> tuple[Light, ...]:
    """Make lights for a platform that gave no verdict: not proven, with the reason, and what to do about that one."""
    row = FOUND[cause]
    says = why or row.says
    return tuple(
        _light(
            operation,
            State.UNKNOWN,
            required=True,
            cause=cause,
            summary=f"{operation.value.capitalize()} is not proven: {says}",
            fix=fix or row.fix,
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
    link: str | None = None,
) -> Light:
    return Light(
        operation=operation,
        state=state,
        required=required,
        viewpoint=Viewpoint.PLATFORM,
        cause=cause,
        summary=summary,
        fix=fix,
        link=link,
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
    asks_platform = local.state is State.UNKNOWN and local.cause in _ASK_PLATFORM
    if asks_platform and platform is not None and platform.state is not State.RED:
        return platform.state
    return local.state
