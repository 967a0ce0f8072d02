"""What is to be seen of a setup beside its step: the lights of each place, and what they come to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.dataset import Purpose
from core.guide.flow import plan
from core.guide.steps.checks import check_request, checked
from core.guide.steps.credentials import purposes
from core.guide.steps.onward import saved_of
from core.guide.strip import strip
from core.lights.platform_view import agree
from core.lights.states import ProbeMode
from core.lights.states import State as LightState

from ..words import from_where, short_principal, worst_of
from .lights import why_lines

if TYPE_CHECKING:
    from core.guide.state import State
    from core.lights.states import CheckReport, Light

__all__ = ["Place", "exit_code", "places", "why"]


_NAMES = {Purpose.INPUT: "Input", Purpose.LIGHTLY: "Output", Purpose.INPUT_OUTPUT: "Input"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder with its lights. `name` stands before each line about it; it is empty where there is one folder only."""

    name: str
    lights: tuple[Light, ...]
    report: CheckReport | None
    principal: str | None
    platform: tuple[Light, ...] = ()


def places(state: State) -> tuple[Place, ...]:
    """Return every place that is checked: the input's folder, and the output's where that is another one."""
    saved, asked = saved_of(state), purposes(state.answers)
    found = []
    for purpose in asked:
        request = check_request(state, purpose)
        found.append(
            Place(
                name=f"{_NAMES[purpose]}: " if len(asked) > 1 else "",
                lights=strip(state, purpose),
                report=checked(state, purpose),
                principal=state.facts.principal(request) if request else None,
                platform=saved.verdict if saved and purpose is not Purpose.LIGHTLY else (),
            )
        )
    return tuple(found)


def why(state: State) -> tuple[str, ...]:
    """Say why the light that is least well is as it is."""
    seen = places(state)
    worst = worst_of(tuple(light for place in seen for light in place.lights))
    if worst.state in {LightState.UNCHECKED, LightState.OFF}:
        return ("Checks start when there is a key to check.",)
    place = next(place for place in seen if worst in place.lights)
    where = from_where(state.answers.given.endpoint_url)
    tried = f"{short_principal(place.principal)} {where}" if place.principal else where
    first, *more = why_lines(worst, place.report, tried)
    return (f"{place.name}{first}", *more)


def exit_code(state: State) -> int:
    """Sum the lights up as `check` does: 0 all well, 1 a required operation fails, 3 one is not proven."""
    from core.recheck import Result
    from core.recheck import exit_code as of_results

    dataset = plan(state).dataset
    results = tuple(
        Result(
            dataset=dataset.name,
            datasource=source.purpose,
            location=source.location,
            region=source.region,
            endpoint_url=source.endpoint_url,
            access=source.access,
            principal=place.principal,
            write_probe=ProbeMode.DRY,
            required=dataset.required(source),
            restricted=dataset.restricted,
            local=place.lights,
            platform=tuple(agree(*pair) for pair in zip(place.lights, place.platform, strict=bool(place.platform))),
        )
        for source, place in zip(dataset.datasources, places(state), strict=True)
    )
    return of_results(results)
