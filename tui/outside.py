"""Tries outside a folder: which there are, whose key is tried, and what is said of what came of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.lights.states import Note

from .words import joined

if TYPE_CHECKING:
    from core.access import Access
    from core.aws.grants import Grant
    from core.dataset import Dataset, Datasource
    from core.guide.state import State

    from .diagnosed import Seen
    from .engine import Engine

__all__ = ["OutsideLook", "Tried", "of_dataset", "of_setup", "with_notes"]

_ROLE = "Only Lightly can be the role: from here its rights outside of the folder cannot be tried."
_NOTHING = "Outside of the folder this key is refused, as it should be."
_UNKNOWN = "S3 gave no clear answer outside of the folder: nothing is known of it."
_NO_KEY = "There is no key here to try it with."


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it: what is too open, and a sentence for the line above the keys."""

    notes: tuple[Note, ...]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideLook:
    """What may be tried for one folder. `access` may ask the keyring; it is called on a thread.

    `beside` is what the same key is for elsewhere.
    """

    engine: Engine
    grant: Grant
    access: Callable[[], Access | None] = field(repr=False)
    endpoint_url: str | None
    beside: tuple[Grant, ...] = ()

    def tries(self) -> tuple[str, ...]:
        """Name every request; none where there is no outside."""
        from core.aws.outside import tries_outside

        return tuple(f"{each.call} {each.what}" for each in tries_outside(self.grant.location, self.beside))

    def look(self) -> Tried:
        """Try them. It blocks for as long as S3 takes to answer; it never raises."""
        from core.access import UserAccess
        from core.aws.credentials import CredentialsError
        from core.aws.outside import look_outside
        from core.posture.outside import posture_outside

        try:
            access = self.access()
        except CredentialsError as error:
            return Tried((), str(error))
        if not isinstance(access, UserAccess):
            return Tried((), _ROLE if access else _NO_KEY)
        client = self.engine.checker.clients().s3(access, region=self.grant.region, endpoint_url=self.endpoint_url)
        found = look_outside(client, self.grant.location, beside=self.beside)
        weak = posture_outside(self.grant, found, self.beside)
        notes = tuple(Note(each.cause, each.summary, each.fix, each.link) for each in weak)
        if notes:
            return Tried(notes, "More than the folder is open: see what it says now.")
        return Tried((), _NOTHING if found.refused and not found.listed else _UNKNOWN)


def of_dataset(engine: Engine, dataset: Dataset, datasource: Datasource) -> OutsideLook:
    """Return what may be tried for a datasource that is known here."""
    from core.recheck import granted, granted_beside

    def access() -> Access | None:
        from core.recheck import credentials_of

        found = credentials_of(dataset, datasource, engine.secrets)
        return found.role or found.access

    return OutsideLook(
        engine=engine,
        grant=granted(dataset, datasource),
        access=access,
        endpoint_url=datasource.endpoint_url,
        beside=granted_beside(dataset, datasource),
    )


def of_setup(engine: Engine, state: State) -> OutsideLook | None:
    """Return what may be tried for the folder that a setup is about; None before there is one."""
    from core.aws.grants import Grant
    from core.guide.steps.checks import granted_beside, kms_key_of, place_of, required
    from core.guide.steps.credentials import access_of
    from core.guide.strip import purpose_of
    from core.needs import Needs, Operation

    purpose = purpose_of(state)
    place, access = place_of(state, purpose), access_of(state, purpose)
    if place is None:
        return None
    operations, needs = required(state.answers, purpose), state.answers.needs or Needs()
    writes = Operation.WRITE in operations
    grant = Grant(
        location=place[0],
        operations=operations,
        region=place[1],
        kms_key_arn=kms_key_of(state.answers, purpose),
        delete=writes and needs.delete,
        lightly_folder_only=writes and needs.lightly_folder_only,
    )
    return OutsideLook(
        engine=engine,
        grant=grant,
        access=lambda: access,
        endpoint_url=state.answers.given.endpoint_url,
        beside=granted_beside(state, purpose),
    )


def with_notes(seen: Seen, notes: tuple[Note, ...]) -> Seen:
    """Add notes to what a diagnosis is about; one that is there already is not said twice."""
    return replace(seen, notes=joined(seen.notes, notes))
