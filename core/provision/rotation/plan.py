"""What a rotation is going to do, and when it is refused. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...access import AccessKind, SourceKind, mask_key_id
from ...dataset import Dataset, Datasource, Purpose
from ..found import KeyFound, LastUse
from ..plan_values import Note, head_json, head_lines, note_lines
from .record import Goal, Place, Record, Step, Used, next_step
from .words import moment, names, of_key, sentence

__all__ = [
    "SETTLES",
    "RotatePlan",
    "RotationRefusedError",
    "UserGoneError",
    "check_finish",
    "is_stray",
    "key_of",
    "places_of",
    "record_of",
    "room_for_a_key",
]

SETTLES = timedelta(hours=24)
"""How long a deactivated key is kept: whoever still used it notices within a day, and it can be activated again."""


class RotationRefusedError(Exception):
    """A rotation that is not begun. The text says why and what to do; nothing was changed.

    `cause` is a stable id where there is something to choose, such as `two-rotations` or `settles`; else empty.
    """

    def __init__(self, text: str, *, cause: str = "") -> None:
        super().__init__(text)
        self.cause = cause


class UserGoneError(RotationRefusedError):
    """The user whose key was being replaced is deleted, and its keys with it: `record` is to be forgotten."""

    def __init__(self, record: Record) -> None:
        super().__init__(
            f"The user {record.owner.user_name} is not in AWS any more, and its keys are gone with it. All that is "
            "left is to forget the rotation: its record, and the secrets that the keyring holds for it."
        )
        self.record = record


@dataclass(frozen=True, slots=True, kw_only=True)
class RotatePlan:
    """What is going to happen: shown whole before anything does.

    Attributes:
        dataset: the dataset that was named.
        goal: how far this run goes.
        record: how far the rotation has come: of a new one nothing is begun.
        goes_on: whether it goes on with one that was begun by an earlier run.
        account_alias: the account's alias, or None.
        caller_arn: the administrator.
        partition: the AWS partition.
        endpoint_url: another server than AWS, or None.
        last_use: when the old key was used last, where that is known.
        strays: keys that an interrupted run made and whose secret nobody has: they are deleted.
    """

    dataset: str
    goal: Goal
    record: Record
    goes_on: bool
    account_alias: str | None
    caller_arn: str
    partition: str
    endpoint_url: str | None = None
    last_use: LastUse | None = None
    strays: tuple[str, ...] = ()

    @property
    def account_id(self) -> str:
        """The account, as it is to be typed."""
        return self.record.owner.account_id

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that are left, in their order."""
        return tuple(self._steps())

    def _steps(self) -> Iterator[Step]:
        record = self.record.heading(self.goal)
        if not self.goes_on:
            yield Step.BEFORE
        while (step := next_step(record, self.goal)) is not None:
            yield step
            record = record.having(step)

    @property
    def head(self) -> tuple[str, ...]:
        """The lines above it. The first four name account ID, alias, caller and partition."""
        record = self.record
        return (
            *head_lines(self),
            f"User       {record.owner.user_name}",
            f"Key        {mask_key_id(record.old_key)}{_used(self.last_use)}",
            f"Used by    {names(record)}",
        )

    @property
    def notes(self) -> tuple[Note, ...]:
        """What to know before agreeing to it."""
        return tuple(self._notes())

    def _notes(self) -> Iterator[Note]:
        record = self.record
        if self.goes_on:
            began = moment(record.began_at)
            yield Note(cause="goes-on", sentence=f"This goes on with the rotation that was begun on {began}.")
            if record.heading(self.goal).back is None and record.back is not None:
                said = "It does not go back any more: the new key is used everywhere, and stays."
                yield Note(cause="stays-ahead", sentence=said)
            elif record.back is not None:
                yield Note(cause="turned-back", sentence=f"It goes back: {record.back}")
        for each in self.strays:
            said = f"A key that nobody knows the secret of is deleted: {mask_key_id(each)}."
            yield Note(cause="stray-key", sentence=said)
        if self.goal is Goal.REST and Step.DEACTIVATE in self.steps:
            yield Note(cause="deleted-later", sentence="The old key is deleted later, when it was unused for a day.")

    def lines(self) -> tuple[str, ...]:
        """Say it in plain words, a line each, the head first."""
        steps = (f"{number}. {sentence(step, self.record)}" for number, step in enumerate(self.steps, 1))
        return (*self.head, "", *steps, *note_lines(self.notes))

    def to_json(self) -> dict[str, object]:
        """Write it as plain JSON values."""
        record = self.record
        return {
            **head_json(self),
            "user_name": record.owner.user_name,
            "dataset": self.dataset,
            "goal": self.goal.value,
            "goes_on": self.goes_on,
            "old_key": mask_key_id(record.old_key),
            "new_key": mask_key_id(record.new_key) if record.new_key else None,
            "remove_first": mask_key_id(record.remove_first) if record.remove_first else None,
            "strays": [mask_key_id(each) for each in self.strays],
            "places": [
                {"platform_url": place.platform_url, "dataset": place.name, "datasources": list(place.purposes)}
                for place in record.places
            ],
            "steps": [{"id": step.value, "text": sentence(step, record)} for step in self.steps],
        }


def _used(last: LastUse | None) -> str:
    if last is None:
        return ""
    return f", used last on {moment(last.at)}" if last.at else ", not used so far"


def key_of(dataset: Dataset, purpose: Purpose | None) -> Datasource:
    """Return the datasource whose key is to be replaced.

    Raises:
        RotationRefusedError: where there is no such key, or more than one.
    """
    sources = [each for each in dataset.datasources if purpose in {None, each.purpose}]
    if not sources:
        there = ", ".join(each.purpose for each in dataset.datasources)
        raise RotationRefusedError(f"{dataset.name} has no {purpose} datasource; it has {there}.")
    keys = [each for each in sources if each.access is AccessKind.USER]
    if not keys:
        raise RotationRefusedError(
            f"{dataset.name} is reached through a role (delegated access): there is no key to rotate. Its external ID "
            "is changed in the role's trust policy and in the setup."
        )
    if len({each.access_key_id for each in keys}) > 1:
        them = " and one for ".join(each.purpose for each in keys)
        raise RotationRefusedError(
            f"{dataset.name} has two keys, of two users: one for {them}. Name the datasource of one.",
            cause="two-users",
        )
    for each in keys:
        _refuse_source(dataset, each)
    return keys[0]


def _refuse_source(dataset: Dataset, source: Datasource) -> None:
    kind = source.credentials.kind
    if kind is SourceKind.PROFILE:
        raise RotationRefusedError(
            f"The key of {dataset.name} comes from the AWS profile {source.credentials.profile}, whose files "
            "bucketlight does not change. Rotate it there, then run `bucketlight setup` for the dataset."
        )
    if kind is SourceKind.ENVIRONMENT:
        raise RotationRefusedError(
            f"The key of {dataset.name} comes from environment variables, which bucketlight cannot change. Put it into "
            "the keyring with `bucketlight setup`, or rotate it where the variables are set."
        )
    if source.access_key_id is None:
        raise RotationRefusedError(f"It is not known which key {dataset.name} has. Run `bucketlight setup` for it.")


def places_of(source: Datasource, datasets: Sequence[Dataset]) -> tuple[Place, ...]:
    """Return every dataset of this machine that uses the key of a datasource, by whichever address of the server.

    Raises:
        RotationRefusedError: where one gets the same key from where it cannot be replaced.
    """
    places = []
    for dataset in datasets:
        same = [
            each
            for each in dataset.datasources
            if each.access is AccessKind.USER and each.access_key_id == source.access_key_id
        ]
        for each in same:
            _refuse_source(dataset, each)
        if same:
            used = tuple(Used(each.purpose) for each in same)
            places.append(
                Place(platform_url=dataset.platform_url, name=dataset.name, dataset_id=dataset.dataset_id, used=used)
            )
    return tuple(places)


def record_of(dataset: Dataset, purpose: Purpose | None, records: Sequence[Record]) -> Record | None:
    """Return the record of a rotation that is under way for a dataset, or that rests; None where there is none.

    Raises:
        RotationRefusedError: where there are two.
    """
    found = [
        record
        for record in records
        for place in record.places
        if (place.platform_url, place.name) == (dataset.platform_url, dataset.name)
        and (purpose is None or purpose in place.purposes)
    ]
    if len(found) > 1:
        raise RotationRefusedError(
            f"Two keys of {dataset.name} are being replaced. Name the datasource of one.", cause="two-rotations"
        )
    return found[0] if found else None


def room_for_a_key(
    keys: Sequence[KeyFound], old: str, *, used_here: frozenset[str], remove_inactive: bool, user_name: str
) -> str | None:
    """Return the key that is to be deleted to make room for a new one, or None where there is room.

    Raises:
        RotationRefusedError: where the old key is not to be seen, not active, or there is no room.
    """
    mine = next((key for key in keys if key.access_key_id == old), None)
    if mine is None:
        raise RotationRefusedError(
            f"The user {user_name} has no key {mask_key_id(old)}. Run `bucketlight setup` again."
        )
    if not mine.active:
        raise RotationRefusedError(
            f"The key {mask_key_id(old)} is deactivated, so the dataset has no working key. Activate it in the IAM "
            "console, or run `bucketlight setup` with another one."
        )
    others = [key for key in keys if key.access_key_id != old]
    if not others:
        return None
    other = others[0]
    shown = f"{mask_key_id(other.access_key_id)}, made on {moment(other.created_at)}"
    two = f"The user {user_name} has two access keys, the most that AWS allows"
    if other.access_key_id in used_here:
        raise RotationRefusedError(f"{two}, and the other one ({shown}) is used by a dataset of this machine.")
    if other.active:
        raise RotationRefusedError(
            f"{two}. The other one ({shown}) is active: find out who uses it. Deactivate it in the IAM console, and "
            "let it be deleted first, to make room.",
            cause="no-room",
        )
    if not remove_inactive:
        raise RotationRefusedError(
            f"{two}. The other one ({shown}) is deactivated: let it be deleted first, to make room.", cause="no-room"
        )
    return other.access_key_id


def check_finish(record: Record, last: LastUse | None, now: datetime) -> None:
    """See that the old key may be deleted for good. `now` is by AWS's clock, as the record is.

    Raises:
        RotationRefusedError: where the rotation is not that far, the key was used since or that cannot be read, or a
            day is not over: AWS tells of a use late, and not of every one.
    """
    since = record.rests_since
    if not record.rests or since is None:
        raise RotationRefusedError(
            "The rotation was interrupted before the old key could be deleted. Let it go on first.",
            cause="not-that-far",
        )
    key = mask_key_id(record.old_key)
    if last is None:
        raise RotationRefusedError(
            f"It cannot be read whether the old key {key} was used since it was deactivated, so it is not deleted. Ask "
            "for iam:GetAccessKeyLastUsed; or delete the key in the IAM console once you know that nobody has it, and "
            "run the same again.",
            cause="use-unknown",
        )
    if last.at is not None and last.at > since:
        place = " in ".join(part for part in (last.service, last.region) if part)
        raise RotationRefusedError(
            f"The old key {key} was used on {moment(last.at)}{of_key(place)}, after it was deactivated: somebody "
            "still has it. Go back to it until that is mended.",
            cause="old-key-used",
        )
    if now - since < SETTLES:
        raise RotationRefusedError(
            f"The old key {key} was deactivated on {moment(since)}: for a day it stays, so that whoever still needs it "
            f"notices. Try again after {moment(since + SETTLES)}.",
            cause="settles",
        )


def is_stray(
    key: KeyFound,
    record: Record,
    *,
    described: Callable[[str], Collection[str] | None],
    last_use: Callable[[str], LastUse | None],
) -> bool:
    """Tell whether a key is one that was asked for and whose secret nobody has: so it cannot have been used.

    It is to be asked of a key that there was not before, and whose secret is not in the keyring. `described` names the
    user's keys whose secret another machine keeps; None where that cannot be read.

    Raises:
        RotationRefusedError: where it may be such a key, and it cannot be read whether it is described, or was used.
    """
    if not record.may_have_made(key.created_at):
        return False
    theirs = described(record.owner.user_name)
    if theirs is None:
        raise _not_known(key, record, "whether another machine keeps its secret", "iam:GetUser")
    if key.access_key_id in theirs:
        return False
    last = last_use(key.access_key_id)
    if last is None:
        raise _not_known(key, record, "whether it was ever used", "iam:GetAccessKeyLastUsed")
    return last.at is None


def _not_known(key: KeyFound, record: Record, what: str, permission: str) -> RotationRefusedError:
    return RotationRefusedError(
        f"The user {record.owner.user_name} has another key, {mask_key_id(key.access_key_id)}, made on "
        f"{moment(key.created_at)}, and it cannot be read {what}: so it is not deleted. Ask for {permission}; or find "
        "out who has it, and delete it in the IAM console. Then run the same again."
    )
