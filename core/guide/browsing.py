"""With what, and from where, a person can look through the buckets at the step at hand."""

from __future__ import annotations

from dataclasses import dataclass

from ..access import UserAccess
from ..location import S3Location
from .state import State
from .steps.bucket import region_of
from .steps.credentials import keys_of
from .steps.places import output_region_of

__all__ = ["Browsable", "browsable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Browsable:
    """The key to look with, and the folder to begin at, where one is known."""

    access: UserAccess
    region: str | None
    endpoint_url: str | None
    start: S3Location | None


def browsable(state: State) -> Browsable | None:
    """Return it, or None while there is no key at hand: before the step Keys, and with a role."""
    answers = state.answers
    output = answers.output
    own = output.access if output else None
    at_output = state.position.step == "output"
    access = own if at_output and isinstance(own, UserAccess) and own.secret_access_key else keys_of(state)
    if access is None:
        return None
    there = output.location if at_output and output and output.location else None
    return Browsable(
        access=access,
        region=output_region_of(state) if there else region_of(state),
        endpoint_url=answers.given.endpoint_url,
        start=there or answers.location,
    )
