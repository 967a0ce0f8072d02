"""Reading what a rotation has to know before it says what it is going to do. Nothing is changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ...access import UserAccess, mask_key_id
from ...dataset import Dataset, Datasource, Purpose
from ..found import Caller, KeyFound
from ..journal import JournalError
from .administrator import KeyAdministrator, KeysError, LeftError
from .journal import RotationJournal
from .plan import (
    SETTLES,
    RotatePlan,
    RotationRefusedError,
    UserGoneError,
    check_finish,
    is_stray,
    key_of,
    places_of,
    record_of,
    room_for_a_key,
)
from .record import Goal, Owner, Place, Record, Step
from .words import moment
from .world import World, WorldError

__all__ = ["Asked", "plan_rotation", "source_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asks for: how far to go, and what may be deleted on the way.

    `finish`: only delete the old key of a rotation that rests. `delete_old`: do not wait with that. `back`: go back to
    the old key. `delete_inactive`: a deactivated second key may be deleted to make room.
    """

    finish: bool = False
    delete_old: bool = False
    back: bool = False
    delete_inactive: bool = False

    @property
    def goal(self) -> Goal:
        """How far that is."""
        if self.back:
            return Goal.BACK
        return Goal.DELETED if self.finish or self.delete_old else Goal.REST


def source_of(dataset: Dataset, purpose: Purpose | None, records: Sequence[Record]) -> Datasource:
    """Return the datasource whose key is replaced: it says which server, and which region.

    Raises:
        RotationRefusedError: where there is none, or more than one.
    """
    record = record_of(dataset, purpose, records)
    if record is None:
        return key_of(dataset, purpose)
    purposes = {
        each
        for place in record.places
        if (place.platform_url, place.name) == (dataset.platform_url, dataset.name)
        for each in place.purposes
    }
    found = next((each for each in dataset.datasources if each.purpose in purposes), None)
    if found is None:
        raise RotationRefusedError(f"{dataset.name} has not the datasource any more whose key was being replaced.")
    return found


def plan_rotation(
    dataset: Dataset,
    purpose: Purpose | None,
    asked: Asked,
    *,
    world: World,
    administrator: KeyAdministrator,
    journal: RotationJournal,
    now: datetime | None = None,
) -> RotatePlan:
    """Find out what there is, and plan what follows. It may take some seconds. `now` is AWS's, unless it is given.

    Raises:
        UserGoneError: where there is nothing to go on with; `forget` the record.
        RotationRefusedError: where it is not begun; the text says why and what to do.
        StoreError: where a record cannot be read.
    """
    record = record_of(dataset, purpose, journal.load())
    try:
        caller = administrator.identity()
        now = now or administrator.now()
        if caller.is_root:
            raise RotationRefusedError(
                "These are root credentials, which can do everything and cannot be limited. Use a profile of an IAM "
                "user or role."
            )
        if record is not None:
            return _going_on(dataset, asked, record, caller, administrator, world, now)
        if asked.finish or asked.back:
            raise RotationRefusedError(f"No key of {dataset.name} is being replaced, so there is nothing to end.")
        return _new(dataset, purpose, asked, caller, administrator, world, journal, now)
    except (KeysError, LeftError, WorldError, JournalError) as error:
        raise RotationRefusedError(str(error)) from None


def _going_on(
    dataset: Dataset,
    asked: Asked,
    record: Record,
    caller: Caller,
    administrator: KeyAdministrator,
    world: World,
    now: datetime,
) -> RotatePlan:
    if caller.account_id != record.owner.account_id:
        raise _foreign(caller, record.owner.account_id)
    _refuse_the_keys(administrator.access, record)
    keys = _keys_of(record, administrator)
    is_there = any(each.access_key_id == record.old_key for each in keys)
    if asked.back and not (record.may_go_back and is_there):
        raise RotationRefusedError(
            "The old key is deleted, or about to be: there is no way back. Let it go on to its end.",
            cause="no-way-back",
        )
    ahead = record.heading(asked.goal)
    if asked.goal is Goal.REST and ahead.rests and ahead.rests_since and now - ahead.rests_since >= SETTLES:
        raise RotationRefusedError(
            f"The key of {dataset.name} was replaced on {moment(ahead.rests_since)}, and the old one is "
            "deactivated. Delete the old one; then this can begin anew.",
            cause="rests",
        )
    if asked.finish and ahead.back is not None:
        raise RotationRefusedError("This rotation goes back to the old key. Let it do that first.", cause="goes-back")
    last = administrator.last_use(record.old_key) if Step.DEACTIVATE in record.done else None
    if asked.finish and not asked.delete_old and is_there and Step.DELETE_OLD not in record.begun:
        check_finish(ahead, last, now)
    plan = RotatePlan(
        dataset=dataset.name,
        goal=asked.goal,
        record=record,
        goes_on=True,
        account_alias=administrator.alias(),
        caller_arn=caller.arn,
        partition=caller.partition,
        endpoint_url=administrator.endpoint_url,
        last_use=last,
    )
    if {Step.CREATE, Step.DELETE_NEW}.isdisjoint(plan.steps):
        return plan  # no other step looks for them
    return dataclasses.replace(plan, strays=_strays(record, keys, administrator, world))


def _strays(record: Record, keys: Sequence[KeyFound], administrator: KeyAdministrator, world: World) -> tuple[str, ...]:
    """Name the keys that were asked for and whose secret nobody has."""
    return tuple(
        each.access_key_id
        for each in keys
        if each.access_key_id not in {*record.known, record.new_key}
        and world.shelved(record.owner, each.access_key_id) is None
        and is_stray(each, record, described=administrator.described, last_use=administrator.last_use)
    )


def _keys_of(record: Record, administrator: KeyAdministrator) -> tuple[KeyFound, ...]:
    try:
        return administrator.keys(record.owner.user_name)
    except KeysError as error:
        if error.gone:
            raise UserGoneError(record) from None
        raise


def _new(
    dataset: Dataset,
    purpose: Purpose | None,
    asked: Asked,
    caller: Caller,
    administrator: KeyAdministrator,
    world: World,
    journal: RotationJournal,
    now: datetime,
) -> RotatePlan:
    source = key_of(dataset, purpose)
    datasets = world.datasets()
    places = places_of(source, datasets)
    old = source.access_key_id or ""
    key = _kept_everywhere(places, old, world)
    if administrator.access.access_key_id == old:
        raise _same_key(old)
    identity = _whose(key, source, administrator)
    if identity.is_root or identity.user_name is None:
        raise RotationRefusedError(
            f"The key {mask_key_id(old)} belongs to {identity.arn}, and not to an IAM user. Make a user for Lightly "
            "with `bucketlight setup`."
        )
    if identity.account_id != caller.account_id:
        raise _foreign(caller, identity.account_id)
    used_here = frozenset(
        each.access_key_id for known in datasets for each in known.datasources if each.access_key_id is not None
    )
    used_here |= {administrator.access.access_key_id}
    keys = administrator.keys(identity.user_name)
    owner = Owner(identity.account_id, identity.user_name)
    late = journal.late(owner)
    asked_earlier = Record(
        owner=owner,
        old_key=old,
        known=tuple({old, *used_here, *(key_id for each in late for key_id in each.existing)}),
        asked=tuple(each.at for each in late),
        places=places,
        began_at=now,
    )
    strays = _strays(asked_earlier, keys, administrator, world) if late else ()
    others = [each for each in keys if each.access_key_id not in strays]
    record = dataclasses.replace(
        asked_earlier,
        known=tuple(each.access_key_id for each in others),
        remove_first=room_for_a_key(
            others,
            old,
            used_here=used_here,
            remove_inactive=asked.delete_inactive,
            user_name=owner.user_name,
        ),
    )
    return RotatePlan(
        dataset=dataset.name,
        goal=asked.goal,
        record=record,
        goes_on=False,
        account_alias=administrator.alias(),
        caller_arn=caller.arn,
        partition=caller.partition,
        endpoint_url=administrator.endpoint_url,
        last_use=administrator.last_use(old),
        strays=strays,
    )


def _whose(key: UserAccess, source: Datasource, administrator: KeyAdministrator) -> Caller:
    try:
        return administrator.identity(key)
    except KeysError as error:
        if source.endpoint_url is None or administrator.endpoint_url is not None:
            raise
        raise RotationRefusedError(
            f"{error} AWS was asked, and the dataset is at {source.endpoint_url}.",
            cause="another-server",
        ) from None


def _kept_everywhere(places: tuple[Place, ...], old: str, world: World) -> UserAccess:
    """Return the key, which the keyring has to hold for every datasource that uses it."""
    found: UserAccess | None = None
    for place in places:
        kept = world.kept(place)
        for purpose in place.purposes:
            key = kept.get(purpose)
            if key is None or key.access_key_id != old:
                raise RotationRefusedError(
                    f"The keyring does not hold the key {mask_key_id(old)} for {place.name} ({purpose}). Run "
                    "`bucketlight setup` for it first."
                )
            found = key
    if found is None:  # the dataset that was named is one of them
        raise AssertionError(old)
    return found


def _refuse_the_keys(access: UserAccess, record: Record) -> None:
    if access.access_key_id in record.ours:
        raise _same_key(access.access_key_id)


def _same_key(key_id: str) -> RotationRefusedError:
    return RotationRefusedError(
        f"The profile has the very key that is replaced, {mask_key_id(key_id)}: once deactivated it could not activate "
        "itself again. Use an administrator's profile."
    )


def _foreign(caller: Caller, account: str) -> RotationRefusedError:
    return RotationRefusedError(
        f"The profile is of account {caller.account_id}, and the key of account {account}. Use a profile of that one."
    )
