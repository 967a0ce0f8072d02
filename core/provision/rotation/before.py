"""What works with the old key: seen before a new one is made, which then has to do as much."""

from __future__ import annotations

import dataclasses

from ...access import UserAccess
from ...lights.states import Light, State
from .record import Place, Record, Used
from .world import UNTOLD, World

__all__ = ["NotBegunError", "see_what_works", "works"]


class NotBegunError(Exception):
    """There is nothing to compare a new key with, or no telling where the old one is used. Nothing was changed."""


def works(light: Light) -> bool:
    """Tell whether an operation works, be it with a warning."""
    return light.state in {State.GREEN, State.AMBER}


def see_what_works(record: Record, world: World) -> Record:
    """Return the record with what works for each place, and see that the keyring keeps a secret: the old one.

    Raises:
        NotBegunError: where nothing works, or the keyring or the platform has another key.
        WorldError: where something cannot be reached.
    """
    first = record.places[0]
    old = world.kept(first).get(first.purposes[0])
    if old is None or old.access_key_id != record.old_key:
        raise NotBegunError(f"The keyring does not hold the key of {first.name}. Run `bucketlight setup` for it.")
    places = tuple(_seen(place, old, world) for place in record.places)
    world.shelve(record.owner, old)
    return dataclasses.replace(record, places=places)


def _seen(place: Place, old: UserAccess, world: World) -> Place:
    lights = world.lights(place, old)
    used = []
    for purpose in place.purposes:
        required = [light for light in lights[purpose] if light.required]
        worked = tuple(light.operation for light in required if works(light))
        if not worked:
            raise NotBegunError(
                f"Nothing works for {place.name} ({purpose}) with the present key, so it could not be told whether a "
                f"new one does. {required[0].summary}"
            )
        used.append(Used(purpose, worked))
    seen = dataclasses.replace(place, used=tuple(used))
    if place.dataset_id is None:
        return seen
    there = world.platform_keys(place)
    for purpose in place.purposes:
        if there.get(purpose) not in {old.access_key_id, UNTOLD}:
            raise NotBegunError(
                f"Lightly has another key, or none, for {place.name} ({purpose}) than this machine. Run "
                "`bucketlight setup` for it first."
            )
    return dataclasses.replace(seen, verified=world.verified(place) or ())
