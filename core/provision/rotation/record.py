"""How far the rotation of a key has come, and what follows. Pure; the record holds no secret.

Two promises stand here, and in `next_step` alone: the old key is deactivated only when everything uses the new one and
was seen to work with it, and the new one is deleted only when nothing uses it and the old one is active. Where the old
one was deactivated, nothing gets it back before it is seen to work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from ...dataset import Purpose
from ...needs import Operation
from ..leftover import may_have_made, may_still_arrive

__all__ = [
    "ASKED_FOR",
    "BACKWARD",
    "FORWARD",
    "SCHEMA",
    "Goal",
    "Owner",
    "Place",
    "Record",
    "RecordError",
    "Step",
    "Used",
    "next_step",
    "read_record",
    "written",
]

SCHEMA = 1

ASKED_FOR = "You asked for it."
"""The reason to go back where nothing failed: it can be dropped, as long as nothing has the old key again."""


class RecordError(ValueError):
    """A record that is not as it should be."""


class Step(StrEnum):
    """A step of a rotation. All but the first may be done twice, and are written down before and after."""

    BEFORE = "before"
    REMOVE_INACTIVE = "remove-inactive"
    CREATE = "create"
    PROVE = "prove"
    PLATFORM = "platform"
    VERIFY = "verify"
    LOCAL = "local"
    DEACTIVATE = "deactivate"
    PROVE_ALONE = "prove-alone"
    DELETE_OLD = "delete-old"
    ACTIVATE = "activate"
    PROVE_AGAIN = "prove-again"
    PLATFORM_BACK = "platform-back"
    LOCAL_BACK = "local-back"
    PROVE_OLD = "prove-old"
    DELETE_NEW = "delete-new"


FORWARD = (
    Step.REMOVE_INACTIVE,
    Step.CREATE,
    Step.PROVE,
    Step.PLATFORM,
    Step.VERIFY,
    Step.LOCAL,
    Step.DEACTIVATE,
    Step.PROVE_ALONE,
    Step.DELETE_OLD,
)
"""The way to the new key."""

BACKWARD = {
    Step.ACTIVATE: Step.DEACTIVATE,
    Step.PROVE_AGAIN: Step.DEACTIVATE,
    Step.PLATFORM_BACK: Step.PLATFORM,
    Step.LOCAL_BACK: Step.LOCAL,
    Step.PROVE_OLD: Step.DEACTIVATE,
    Step.DELETE_NEW: Step.CREATE,
}
"""The way back to the old key, in this order: each step, and the one that it takes back once that was begun."""

_REACTIVATING = frozenset({Step.ACTIVATE, Step.PROVE_AGAIN})
"""Of the way back, what changes nothing of which key is used."""


class Goal(StrEnum):
    """How far a run is to go: until the old key rests, deactivated; until it is deleted; or back to the old key."""

    REST = "rest"
    DELETED = "deleted"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Used:
    """A datasource that uses the key, and what worked with the old one from this machine."""

    purpose: Purpose
    worked: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A dataset of this machine that uses the key.

    `dataset_id` is its ID at Lightly, or None; it is told apart by that even where this machine forgets it. `verified`
    is what Lightly's own test could do with the old key.
    """

    platform_url: str
    name: str
    dataset_id: str | None = None
    used: tuple[Used, ...]
    verified: tuple[Operation, ...] = ()

    @property
    def purposes(self) -> tuple[Purpose, ...]:
        """The datasources that use it."""
        return tuple(each.purpose for each in self.used)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose key it is: an IAM user, in an AWS account."""

    account_id: str
    user_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is written down of a rotation.

    Attributes:
        owner: the IAM user whose key it is.
        old_key: the ID of the key that is replaced.
        known: the IDs of all keys that the user had before. What else there is later was made by this rotation.
        remove_first: an inactive key that is deleted to make room, or None.
        asked: when a key was asked for, each time that it is not known what came of it.
        new_key: the ID of the new key, once it is known and its secret is in the keyring.
        places: where the key is used.
        began_at: when this began, in UTC.
        rests_since: when the old key was deactivated and everything was seen to work without it.
        begun: the steps that were begun, done or not.
        done: those that are done.
        back: why it goes back to the old key; None as long as it goes forward.
    """

    owner: Owner
    old_key: str
    known: tuple[str, ...]
    remove_first: str | None = None
    asked: tuple[datetime, ...] = ()
    new_key: str | None = None
    places: tuple[Place, ...]
    began_at: datetime
    rests_since: datetime | None = None
    begun: tuple[Step, ...] = ()
    done: tuple[Step, ...] = ()
    back: str | None = None

    @property
    def rests(self) -> bool:
        """Tell whether the old key is deactivated, and all that is left is to delete it."""
        return self.back is None and Step.PROVE_ALONE in self.done and Step.DELETE_OLD not in self.begun

    @property
    def ours(self) -> frozenset[str]:
        """The IDs of the two keys that are changed over."""
        return frozenset({self.old_key, self.new_key or self.old_key})

    def may_have_made(self, created_at: datetime) -> bool:
        """Tell whether a key that there was not before may be one that was asked for and whose answer was lost."""
        return any(may_have_made(each, created_at) for each in self.asked)

    def late(self, now: datetime) -> tuple[datetime, ...]:
        """Return when a key was asked for whose request can still arrive. `now` is by AWS's clock."""
        return tuple(each for each in self.asked if may_still_arrive(each, now))

    @property
    def may_go_back(self) -> bool:
        """Tell whether there is a way back: the old key is deleted for good."""
        return Step.DELETE_OLD not in self.begun

    def beginning(self, step: Step) -> Record:
        """Return the record of a step that is about to be done."""
        return self if step in self.begun else replace(self, begun=(*self.begun, step))

    def having(self, step: Step) -> Record:
        """Return the record of a step that is done."""
        return self if step in self.done else replace(self.beginning(step), done=(*self.done, step))

    def turned(self, reason: str) -> Record:
        """Return the record of a rotation that goes back from here; the first reason stays.

        Raises:
            RecordError: where there is no way back.
        """
        if not self.may_go_back:
            raise RecordError("the old key is deleted")
        return self if self.back is not None else replace(self, back=reason)

    def heading(self, goal: Goal) -> Record:
        """Return the record as a run with this goal takes it up.

        Asked for, it turns back. What somebody asked to go back goes forward again where that is not asked any more,
        as long as nothing was given the old key: it is deactivated anew, and rests anew.

        Raises:
            RecordError: where there is no way back.
        """
        if goal is Goal.BACK:
            return self.turned(ASKED_FOR)
        if self.back != ASKED_FOR or not (BACKWARD.keys() & set(self.begun)) <= _REACTIVATING:
            return self
        if Step.ACTIVATE not in self.begun:
            return replace(self, back=None)
        anew = _REACTIVATING | {Step.DEACTIVATE, Step.PROVE_ALONE}
        return replace(
            self,
            back=None,
            rests_since=None,
            begun=tuple(each for each in self.begun if each not in anew),
            done=tuple(each for each in self.done if each not in anew),
        )


def next_step(record: Record, goal: Goal) -> Step | None:
    """Return the step that follows, or None where the goal is reached."""
    if record.back is not None:
        return next(
            (step for step, undoes in BACKWARD.items() if undoes in record.begun and step not in record.done), None
        )
    for step in FORWARD:
        if step in record.done or (step is Step.REMOVE_INACTIVE and record.remove_first is None):
            continue
        # What was begun is brought to its end: of a key that may be deleted nobody says that it rests.
        if step is Step.DELETE_OLD and goal is not Goal.DELETED and step not in record.begun:
            return None
        return step
    return None


def written(record: Record) -> dict[str, object]:
    """Write a record as plain JSON values."""
    return {
        "schema": SCHEMA,
        "account_id": record.owner.account_id,
        "user_name": record.owner.user_name,
        "old_key": record.old_key,
        "known": list(record.known),
        "remove_first": record.remove_first,
        "asked": [each.isoformat() for each in record.asked],
        "new_key": record.new_key,
        "places": [
            {
                "platform_url": place.platform_url,
                "name": place.name,
                "dataset_id": place.dataset_id,
                "used": {each.purpose.value: [str(operation) for operation in each.worked] for each in place.used},
                "verified": [str(operation) for operation in place.verified],
            }
            for place in record.places
        ],
        "began_at": record.began_at.isoformat(),
        "rests_since": record.rests_since.isoformat() if record.rests_since else None,
        "begun": [step.value for step in record.begun],
        "done": [step.value for step in record.done],
        "back": record.back,
    }


def read_record(content: object) -> Record:
    """Read what `written` wrote.

    Raises:
        RecordError: for everything else.
    """
    if not isinstance(content, Mapping) or not isinstance(schema := content.get("schema"), int):
        raise RecordError("it has no schema")
    if schema != SCHEMA:
        raise RecordError(f"its schema is {schema}, and this program reads {SCHEMA}")
    try:
        return _read(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RecordError(f"{type(error).__name__}") from None


def _read(content: Mapping[str, Any]) -> Record:
    rests = content["rests_since"]
    return Record(
        owner=Owner(_text(content["account_id"]), _text(content["user_name"])),
        old_key=_text(content["old_key"]),
        known=tuple(_text(each) for each in content["known"]),
        remove_first=_optional(content["remove_first"]),
        asked=tuple(_moment(each) for each in content["asked"]),
        new_key=_optional(content["new_key"]),
        places=tuple(_place(each) for each in content["places"]),
        began_at=_moment(content["began_at"]),
        rests_since=None if rests is None else _moment(rests),
        begun=tuple(Step(each) for each in content["begun"]),
        done=tuple(Step(each) for each in content["done"]),
        back=_optional(content["back"]),
    )


def _place(content: Mapping[str, Any]) -> Place:
    return Place(
        platform_url=_text(content["platform_url"]),
        name=_text(content["name"]),
        dataset_id=_optional(content["dataset_id"]),
        used=tuple(Used(Purpose(purpose), _operations(each)) for purpose, each in content["used"].items()),
        verified=_operations(content["verified"]),
    )


def _operations(found: list[str]) -> tuple[Operation, ...]:
    return tuple(Operation(each) for each in found)


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _optional(value: object) -> str | None:
    return None if value is None else _text(value)
