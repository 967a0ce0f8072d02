"""Folders and their regions: what is asked of S3 about them, and what is said of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...lightly.rules import region_problem
from ...location import LocationError, S3Location
from ..facts import Failed, RegionFound
from ..fields import Problem
from ..requests import FindRegion
from ..state import State

__all__ = ["find_region", "output_region_of", "parse_place", "place_problems", "region_at", "region_shape_problem"]

_AWS_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d+")
_OTHER_REGION = re.compile(r"[A-Za-z0-9._-]{1,63}")
_DEFAULT_REGION = "us-east-1"
"""What S3 servers other than AWS sign with where they name no region."""


def find_region(state: State, location: S3Location | None) -> FindRegion | None:
    """Return the request that finds a folder's region."""
    return FindRegion(location, state.answers.given.endpoint_url) if location else None


def region_at(state: State, location: S3Location | None, typed: str | None) -> str | None:
    """Return a folder's region: typed, else found, else None.

    A server other than AWS that names none gets the usual default.
    """
    if typed:
        return typed
    request = find_region(state, location)
    found = state.facts.get(request, RegionFound) if request else None
    if found is None or found.exists is False:
        return None
    if found.region is None and found.problem is None and state.answers.given.endpoint_url:
        return _DEFAULT_REGION
    return found.region


def output_region_of(state: State) -> str | None:
    """Return the region of a separate output: that of the input where it is the same bucket."""
    output, location = state.answers.output, state.answers.location
    if output is None or output.location is None:
        return None
    if output.region is None and location and location.bucket == output.location.bucket:
        return region_at(state, location, state.answers.region)
    return region_at(state, output.location, output.region)


def parse_place(text: str, field: str) -> tuple[S3Location | None, dict[str, Problem], dict[str, Problem]]:
    """Read a URI: the location, or a problem at the field; and a hint where it is unusual but may be right."""
    try:
        return S3Location.parse(text), {}, {}
    except LocationError as error:
        suggestion = error.suggestion.uri if error.suggestion else None
        if error.usable is None:
            return None, {field: Problem(str(error), suggestion)}, {}
        return error.usable, {}, {field: Problem(f"{error} If this is one, go on.", suggestion)}


def region_shape_problem(region: str, endpoint_url: str | None) -> Problem | None:
    """Say what is wrong with a region that was typed, by its form."""
    if endpoint_url:
        return None if _OTHER_REGION.fullmatch(region) else Problem("A region is one word, as us-east-1 is.")
    if _AWS_REGION.fullmatch(region):
        return None
    nearest = re.sub(r"[\s_-]+", "-", region.lower())
    return Problem(
        f"A region looks like {_DEFAULT_REGION}; the console shows it beside the bucket's name.",
        nearest if _AWS_REGION.fullmatch(nearest) else None,
    )


def place_problems(
    state: State, location: S3Location, typed: str | None, *, uri: str = "uri", region: str = "region"
) -> Mapping[str, Problem]:
    """Say what was found out about a folder that keeps its step from being left; `uri` and `region` are its fields."""
    request = FindRegion(location, state.answers.given.endpoint_url)
    if known := region_at(state, location, typed):
        # Another server's regions are its own; what Lightly takes is said at Save then.
        unknown = None if request.endpoint_url else region_problem(known)
        return {region if typed else uri: Problem(unknown)} if unknown else {}
    if failed := state.facts.get(request, Failed):
        return {region: Problem(f"{failed.sentence} Press r to try again, or enter the region.")}
    found = state.facts.get(request, RegionFound)
    if found is None:
        return {}
    if found.exists is False:
        name = location.bucket
        if request.endpoint_url:
            return {uri: Problem(f"No bucket of the name {name} exists on {request.endpoint_url}. Correct the name.")}
        return {
            uri: Problem(
                f"No bucket of the name {name} exists in AWS. Correct the name; one in AWS China or GovCloud is not "
                "seen from here: enter its region."
            )
        }
    why = f": {found.problem}" if found.problem else ""
    return {
        region: Problem(
            f"The region could not be looked up{why}. Press r to try again, or enter it: the S3 console shows it."
        )
    }
