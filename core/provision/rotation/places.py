"""Where the keys of a rotation are used: in the keyring, in the file of datasets, at the platform."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from ...access import UserAccess
from ...needs import Operation
from .before import works
from .record import Place, Record, Step
from .world import UNTOLD, World, WorldError

__all__ = ["Places"]


@dataclasses.dataclass(frozen=True, slots=True)
class Places:
    """The places of a record, as the world has them. Every method may block for some seconds, and be called twice.

    All raise `WorldError` where something cannot be reached.
    """

    record: Record
    world: World

    def at_platform(self) -> Iterator[Place]:
        """Give each place with each ID that it had at the platform: removed here, or set up anew, it has a key there.

        What never was at the platform is left out.
        """
        for place in self.record.places:
            yield from self._ids_of(place)

    def _ids_of(self, place: Place) -> Iterator[Place]:
        dataset = self.world.dataset(place)
        ids = dict.fromkeys((place.dataset_id, dataset.dataset_id if dataset else None))
        return (dataclasses.replace(place, dataset_id=each) for each in ids if each is not None)

    def tell_platform(self, key: UserAccess, *, back: bool = False) -> None:
        """Give the platform a key in the place of ours. One of somebody else's is left alone."""
        for place in self.at_platform():
            there = self.world.platform_keys(place)
            for purpose in place.purposes:
                at_present = there.get(purpose)
                # What the platform lost meanwhile needs no key back, nor what this machine removed as well.
                gone = at_present is None and (back or self.world.dataset(place) is None)
                if gone or at_present == key.access_key_id or at_present not in {None, UNTOLD, *self.record.ours}:
                    continue
                self.world.configure(place, purpose, key)

    def use_here(self, key: UserAccess) -> None:
        """Use a key on this machine in the place of ours."""
        ours = self.record.ours
        for place in self.record.places:
            if self.world.dataset(place) is not None:
                self.world.keep(place, key, ours)
                self.world.write_down(place, key.access_key_id, ours)
        self.world.keep_made(self.record.owner, key, ours)

    def user_of(self, key_id: str) -> str | None:
        """Name a dataset that uses a key: one of this machine, or one of the rotation's at the platform."""
        used = [
            dataset.name
            for dataset in self.world.datasets()
            if any(source.access_key_id == key_id for source in dataset.datasources)
        ]
        used += [place.name for place in self.record.places if key_id in self._in_use(place)]
        return used[0] if used else None

    def _in_use(self, place: Place) -> set[str]:
        """Return the IDs of the keys that a place uses: in the keyring and at the platform."""
        known_here = self.world.dataset(place) is not None
        used = {key.access_key_id for key in self.world.kept(place).values()} if known_here else set()
        if Step.PLATFORM in self.record.begun:
            for there in self._ids_of(place):
                used |= set(self.world.platform_keys(there).values())
        return used

    def missing_here(self, key: UserAccess) -> str | None:
        """Say what worked with the old key and does not work from this machine with this one."""
        for place in self.record.places:
            lights = self.world.lights(place, key)
            for used in place.used:
                for light in lights.get(used.purpose, ()):
                    if light.operation in used.worked and not works(light):
                        return f"{place.name} ({used.purpose}): {light.summary}"
        return None

    def missing_there(self) -> str | None:
        """Say what Lightly could do with the old key and cannot do now. That it cannot be asked is said, too."""
        for place in self.at_platform():
            if not place.verified:
                continue
            try:
                can = self.world.verified(place)
            except WorldError as error:
                return str(error)
            if can is None:
                if self.world.dataset(place) is None:
                    continue
                return f"Lightly does not know the dataset {place.name} any more."
            missing = [operation for operation in place.verified if operation not in can]
            if missing:
                return f"Lightly says that {_listed(missing)} does not work for {place.name}."
        return None


def _listed(operations: list[Operation]) -> str:
    return " and ".join(operation.value.capitalize() for operation in operations)
