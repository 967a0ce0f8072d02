"""The records of rotations, in files: one for each key that is being replaced, gone when the old key is deleted.

What can come after that, a key that was asked for and whose request is still under way, is handed over to the journal
of what is made: whoever looks at that user next, rotation, provision or undo, finds it there and deletes such a key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ...access import AccessKind
from ...store.errors import StoreError
from ...store.files import locked, read_text, write_text
from ...store.paths import Home
from ..journal import Attempt, Entry, Journal, Task
from .record import Owner, Record, RecordError, read_record, written

__all__ = ["RotationJournal"]


class RotationJournal:
    """Records under the state folder of a home. What `save` wrote outlasts a crash.

    A file that cannot be read is never passed over: it may speak of a key that nobody else knows of.
    """

    def __init__(self, home: Home) -> None:
        self._folder = home.state / "rotations"
        self._made = Journal(home)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from rotating anything meanwhile. The lock ends with the process.

        Raises:
            StoreError: where another one does, or there can be no lock.
        """
        with locked(self._folder):
            yield

    def load(self) -> tuple[Record, ...]:
        """Return every record.

        Raises:
            StoreError: where one cannot be read.
        """
        paths = sorted(self._folder.glob("*.json")) if self._folder.is_dir() else []
        return tuple(record for path in paths if (record := _read(path)) is not None)

    def save(self, record: Record) -> None:
        """Write a record, in place of the earlier one. To be called while it is `held`.

        Raises:
            StoreError: where it cannot be written; the earlier one is then as it was.
        """
        write_text(self._path(record), json.dumps(written(record), indent=1))

    def remove(self, record: Record) -> None:
        """Forget a record, where there is one.

        Raises:
            StoreError: where it cannot be removed.
        """
        path = self._path(record)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(path, f"The file cannot be removed: {error.strerror}. Remove it.") from error

    def late(self, owner: Owner) -> tuple[Attempt, ...]:
        """Return the requests for a key of a user whose answers never came, of whatever has come to its end.

        Raises:
            JournalError: where that cannot be read.
        """
        entry = self._made.read(owner.account_id, AccessKind.USER, owner.user_name)
        return tuple(each for each in entry.attempts if each.key_id is None) if entry and _is_over(entry) else ()

    def leave_late(self, record: Record, now: datetime) -> None:
        """Hand over the requests of a rotation that can still arrive, by AWS's clock. It may be done twice.

        Raises:
            JournalError, StoreError: where that cannot be written.
        """
        owner, late = record.owner, record.late(now)
        if not late:
            return
        with self._made.open(owner.account_id, AccessKind.USER, owner.user_name) as writer:
            entry = writer.entry or Entry(
                account_id=owner.account_id,
                kind=AccessKind.USER,
                name=owner.user_name,
                dataset=record.places[0].name,
                task=Task.DONE,
                began_at=record.began_at,
            )
            there = {each.at for each in entry.attempts}
            existing = tuple(sorted({*record.known, *record.ours}))
            more = tuple(Attempt(at=each, existing=existing) for each in late if each not in there)
            writer.write(replace(entry, attempts=(*entry.attempts, *more)))

    def take_late(self, owner: Owner) -> None:
        """Forget the requests that `late` returned: another rotation's record has them.

        Raises:
            JournalError, StoreError: where that cannot be written.
        """
        if not self.late(owner):
            return
        with self._made.open(owner.account_id, AccessKind.USER, owner.user_name) as writer:
            if writer.entry is not None and _is_over(writer.entry):
                writer.close()

    def _path(self, record: Record) -> Path:
        # Other servers take any text as the ID of a key.
        return self._folder / f"{hashlib.sha256(record.old_key.encode()).hexdigest()[:16]}.json"


def _is_over(entry: Entry) -> bool:
    return entry.task is Task.DONE


def _read(path: Path) -> Record | None:
    text = read_text(path)
    if text is None:
        return None
    try:
        return read_record(json.loads(text))
    except (ValueError, RecursionError, RecordError) as error:
        reason = str(error) if isinstance(error, RecordError) else "it is no JSON"
        raise StoreError(
            path,
            f"This record of a key's rotation cannot be read ({reason}). Look in IAM which keys the user has, then "
            "move the file away.",
        ) from None
