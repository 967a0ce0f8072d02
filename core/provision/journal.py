"""What is being made in AWS, written down before each request that makes something: a crash anywhere can be mended.

There is a file for each user or role, while somebody makes it or takes it back; and afterwards as long as a request for
a key, whose answer was lost, can still arrive. It holds no secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from ..access import AccessKind
from ..store.errors import StoreError
from ..store.files import locked, read_text, write_text
from ..store.paths import Home
from .found import KeyFound
from .leftover import may_have_made, may_still_arrive

__all__ = [
    "ADOPTED",
    "KEY_MADE",
    "Attempt",
    "Entry",
    "Journal",
    "JournalError",
    "Task",
    "Writer",
    "leftovers",
]

SCHEMA = 1

ADOPTED = "adopted"
"""Stands in `Entry.made` where a user or role that was there before got our tags."""

KEY_MADE = "key"
"""Stands in `Entry.made` before the ID of a key that was made and kept."""


class JournalError(Exception):
    """The journal cannot be read or written; the text says what to do. Nothing is made then."""


class Task(StrEnum):
    """What is being done with a user or role. DONE: all is, but a request for a key may still arrive."""

    MAKE = "make"
    UNDO = "undo"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One CreateAccessKey, written down before it is sent.

    Attributes:
        at: when, by AWS's clock where that is known (UTC).
        existing: the IDs of the keys that there were before.
        key_id: the key that it made, once its secret is kept; None where its answer never came, or was not kept.
    """

    at: datetime
    existing: tuple[str, ...]
    key_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is written down of one user or role.

    Attributes:
        began_at: when, by AWS's clock where that is known (UTC).
        region: one of the partition's, by which IAM is asked; None for the usual partition.
        created: the user or role itself was not there, and this entry's runs make it.
        mark: the random text of the tag that what they make bears, `found.RUN`. Whether a request whose answer was
            lost made what is there is known by it alone.
        kept: they put the external ID of a role into the keyring, which held nothing of that name.
        made: what has been done, in its order: the kinds of steps, with what they concern (`put-policy NAME`).
        fresh: of these, the documents in which no statement of ours stood before, written down before they are sent.
        attempts: each CreateAccessKey that was sent.
        last: the sentence of the step that was done last.
    """

    account_id: str
    kind: AccessKind
    name: str
    dataset: str
    task: Task
    began_at: datetime
    endpoint_url: str | None = None
    region: str | None = None
    created: bool = False
    mark: str | None = None
    kept: bool = False
    made: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    last: str | None = None


def leftovers(
    entry: Entry | None, keys: Sequence[KeyFound], kept: Collection[str], described: Collection[str] = ()
) -> frozenset[str]:
    """Name the keys that a lost answer may have left behind.

    Such a key was not there before an attempt of ours whose answer is not known, was made in the time in which AWS
    takes that request, its secret is not kept here, and nobody described it: another machine of ours would have, or the
    console (`described` are the IDs that a tag bears). A colleague may have made it all the same: before it is deleted,
    it is looked whether it was ever used.
    """
    found: set[str] = set()
    for attempt in entry.attempts if entry else ():
        if attempt.key_id is not None:
            continue
        found |= {
            key.access_key_id
            for key in keys
            if key.access_key_id not in attempt.existing
            and key.access_key_id not in kept
            and key.access_key_id not in described
            and may_have_made(attempt.at, key.created_at)
        }
    # What an attempt is known to have made is no leftover, however another attempt ended.
    return frozenset(found - {each.key_id for each in (entry.attempts if entry else ()) if each.key_id})


class Writer:
    """The journal of one user or role while its lock is held. Every method writes before it returns.

    All raise `JournalError` where the file cannot be written.
    """

    def __init__(self, path: Path, entry: Entry | None) -> None:
        self._path = path
        self._entry = entry

    @property
    def entry(self) -> Entry | None:
        """What is written there now; None where nothing is."""
        return self._entry

    def write(self, entry: Entry) -> None:
        """Put this in place of what is there."""
        try:
            write_text(self._path, json.dumps(_to_json(entry), indent=1))
        except StoreError as error:
            raise JournalError(str(error)) from None
        self._entry = entry

    def made(self, thing: str, *, last: str | None = None) -> None:
        """Write down that something was made, once."""
        entry = self._current()
        things = entry.made if thing in entry.made else (*entry.made, thing)
        self.write(replace(entry, made=things, last=last or entry.last))

    def attempt(self, at: datetime, existing: Sequence[str]) -> None:
        """Write down that a CreateAccessKey is about to be sent."""
        entry = self._current()
        self.write(replace(entry, attempts=(*entry.attempts, Attempt(at=at, existing=tuple(existing)))))

    def kept(self, key_id: str) -> None:
        """Write down that the last attempt made this key, and that its secret is kept."""
        entry = self._current()
        *earlier, last = entry.attempts
        things = (*entry.made, f"{KEY_MADE} {key_id}")
        self.write(replace(entry, attempts=(*earlier, replace(last, key_id=key_id)), made=things))

    def refused(self) -> None:
        """Write down that AWS refused the last attempt: it made nothing."""
        entry = self._current()
        self.write(replace(entry, attempts=entry.attempts[:-1]))

    def end(self, now: datetime) -> None:
        """All is done: forget it, but for requests for a key that were not answered and may still arrive."""
        entry = self._entry
        attempts = entry.attempts if entry else ()
        late = tuple(each for each in attempts if each.key_id is None and may_still_arrive(each.at, now))
        if entry is None or not late:
            self.close()
        else:
            done = replace(entry, task=Task.DONE, created=False, mark=None, kept=False, made=(), fresh=(), last=None)
            self.write(replace(done, attempts=late))

    def close(self) -> None:
        """Forget all of it."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise JournalError(f"{self._path} cannot be removed: {error.strerror}. Remove it by hand.") from None
        self._entry = None

    def _current(self) -> Entry:
        if self._entry is None:
            raise JournalError("Nothing is being made.")
        return self._entry


class Journal:
    """The journals of a home, a file for each user or role in `provisioning` under its state folder."""

    def __init__(self, home: Home) -> None:
        self._folder = home.state / "provisioning"

    @contextmanager
    def open(self, account_id: str, kind: AccessKind, name: str) -> Iterator[Writer]:
        """Take the lock of a user or role, for as long as the block lasts, and give what is written there.

        Raises:
            StoreLockedError: where another process holds it. It names that one.
            StoreError: where the lock cannot be made.
            JournalError: where the file cannot be read.
        """
        path = self._path(account_id, kind, name)
        with locked(path):
            yield Writer(path, _read(path))

    def read(self, account_id: str, kind: AccessKind, name: str) -> Entry | None:
        """Return what is written of a user or role, without its lock.

        Raises:
            JournalError: where it cannot be read.
        """
        return _read(self._path(account_id, kind, name))

    def unfinished(self) -> tuple[Entry, ...]:
        """Return what was begun and not ended, of what can be read."""
        entries: list[Entry] = []
        for path in sorted(self._folder.glob("*.json")) if self._folder.is_dir() else []:
            try:
                entry = _read(path)
            except JournalError:
                continue
            if entry is not None and entry.task is not Task.DONE:
                entries.append(entry)
        return tuple(entries)

    def _path(self, account_id: str, kind: AccessKind, name: str) -> Path:
        # IAM keeps names apart without regard to case, and all of their characters may stand in a file's name.
        return self._folder / f"{account_id}-{kind.entity}-{re.sub(r'[^a-z0-9_+=,.@-]', '-', name.lower())}.json"


def _read(path: Path) -> Entry | None:
    try:
        text = read_text(path)
    except StoreError as error:
        raise JournalError(str(error)) from None
    if text is None:
        return None
    try:
        return _from_json(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise JournalError(
            f"{path} cannot be read. Look in IAM whether the user or role has a key that nobody uses, then remove the "
            "file."
        ) from None


def _to_json(entry: Entry) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "account_id": entry.account_id,
        "kind": entry.kind.value,
        "name": entry.name,
        "dataset": entry.dataset,
        "task": entry.task.value,
        "began_at": entry.began_at.isoformat(),
        "endpoint_url": entry.endpoint_url,
        "region": entry.region,
        "created": entry.created,
        "mark": entry.mark,
        "kept": entry.kept,
        "made": list(entry.made),
        "fresh": list(entry.fresh),
        "attempts": [
            {"at": each.at.isoformat(), "existing": list(each.existing), "key_id": each.key_id}
            for each in entry.attempts
        ],
        "last": entry.last,
    }


def _from_json(value: dict[str, object]) -> Entry:
    if value["schema"] != SCHEMA:
        raise ValueError("another schema")
    attempts, made, fresh = value["attempts"], value["made"], value.get("fresh", [])
    if not isinstance(attempts, list) or not isinstance(made, list) or not isinstance(fresh, list):
        raise TypeError
    return Entry(
        account_id=_text(value["account_id"]),
        kind=AccessKind(_text(value["kind"])),
        name=_text(value["name"]),
        dataset=_text(value["dataset"]),
        task=Task(_text(value["task"])),
        began_at=_moment(value["began_at"]),
        endpoint_url=_text_or_none(value["endpoint_url"]),
        region=_text_or_none(value["region"]),
        created=value["created"] is True,
        mark=_text_or_none(value.get("mark")),
        kept=value.get("kept") is True,
        made=tuple(_text(each) for each in made),
        fresh=tuple(_text(each) for each in fresh),
        attempts=tuple(
            Attempt(
                at=_moment(each["at"]),
                existing=tuple(_text(one) for one in each["existing"]),
                key_id=_text_or_none(each["key_id"]),
            )
            for each in attempts
        ),
        last=_text_or_none(value["last"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment.astimezone(UTC)
