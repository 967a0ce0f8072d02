"""What tries outside a folder prove to be too open. Pure; the tries are in `aws.outside`."""

from __future__ import annotations

from collections.abc import Sequence

from ..aws.granted import names_of
from ..aws.grants import Grant
from ..aws.outside import Outside, is_granted
from ..needs import Operation
from .enough import command_for
from .rules import Weakness, weakness

__all__ = ["posture_outside"]


def posture_outside(grant: Grant, outside: Outside, beside: Sequence[Grant] = ()) -> tuple[Weakness, ...]:
    """Say what works outside the folder of a grant; `beside` is all else that the principal is for."""
    uri, command = grant.location.uri, command_for(grant)
    found: list[Weakness] = []
    listed = [place for place in outside.listed if not is_granted(place, Operation.LIST, beside)]
    if listed:
        places = names_of(place.uri for place in listed)
        found.append(weakness("list-outside-prefix", uri=uri, places=places, command=command))
    if outside.read:
        found.append(weakness("read-outside-prefix", uri=uri, command=command))
    return tuple(found)
