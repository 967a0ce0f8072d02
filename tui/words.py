"""Sentences about lights that several screens show."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from core.access import mask_key_id
from core.lights.states import Light, Note, State

__all__ = ["about_principal", "filled_in", "from_where", "joined", "short_principal", "worst_of"]

_PARTS = {"access_key_id": "key ID", "secret_access_key": "secret", "session_token": "session token"}


def joined(found: tuple[Note, ...], more: tuple[Note, ...]) -> tuple[Note, ...]:
    """Add notes to those that are there; what is said already is not said twice."""
    there = {note.cause for note in found}
    return (*found, *(note for note in more if note.cause not in there))


def filled_in(fields: Iterable[str]) -> str:
    """Say what a paste has filled in, by the names of the fields."""
    names = {name.removeprefix("own_").removeprefix("output_") for name in fields}
    parts = [words for name, words in _PARTS.items() if name in names]
    if not parts:
        return "Filled in what was pasted."
    last = parts.pop()
    return f"Filled in: {', '.join(parts)} and {last}." if parts else f"Filled in: {last}."


def short_principal(arn: str) -> str:
    """Shorten an ARN to what tells people apart: `user/NAME`, or the role and its session."""
    return arn.rpartition(":")[2] or arn


def from_where(endpoint_url: str | None, *, short: bool = False) -> str:
    """Say from where it was tried, and at which server where that is not AWS; `short`: only that server then."""
    if endpoint_url is None:
        return "from this machine"
    server = f"at {urlsplit(endpoint_url).netloc}"
    return server if short else f"from this machine {server}"


def about_principal(principal: str | None, access_key_id: str | None, *, where: str = "from this machine") -> str:
    """Say who was checked and from where."""
    parts = []
    if principal:
        parts.append(short_principal(principal))
    if access_key_id:
        parts.append(f"key {mask_key_id(access_key_id)}")
    return f"{', '.join(parts)}   {where}" if parts else ""


def worst_of(lights: tuple[Light, ...]) -> Light:
    """Return the light that most wants a look: failing, then warning, then not proven."""
    order = (State.RED, State.AMBER, State.UNKNOWN, State.CHECKING)
    return min(lights, key=lambda light: order.index(light.state) if light.state in order else len(order))
