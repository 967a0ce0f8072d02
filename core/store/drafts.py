"""Setups that were left before their end, so that they go on where they were left."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .errors import StoreError
from .files import locked, move_aside, read_text, write_text
from .paths import Home

__all__ = ["Draft", "DraftFound", "DraftStore"]

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Draft:
    """What was answered so far: plain JSON values, without secrets. `saved_at` is in UTC."""

    name: str
    content: dict[str, object]
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class DraftFound:
    """The draft, or None; and one sentence for each thing that stood in the way of reading one."""

    draft: Draft | None
    problem: str | None = None


class _BrokenError(Exception):
    pass


class _NewerError(Exception):
    pass


class DraftStore:
    """One file for each draft. A broken one is moved aside, never deleted."""

    def __init__(self, home: Home, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._folder = home.drafts
        self._now = now

    def save(self, name: str, content: dict[str, object]) -> None:
        """Keep a draft under a name, in place of an earlier one.

        Raises:
            StoreError: where the file cannot be written; the earlier draft is then as it was.
            TypeError, ValueError: where the content is not plain JSON (a `Secret` is not).
        """
        text = _text(name, content, self._now())
        with locked(self._folder):
            write_text(self._path(name), text)

    def load(self, name: str) -> DraftFound:
        """Return the draft of a name."""
        return self._read(self._path(name))

    def peek(self, name: str) -> Draft | None:
        """Return the draft of a name, or None; one that cannot be read stays where it is, for `load` to tell of."""
        return _readable(self._path(name))

    def named(self, beginning: str) -> tuple[Draft, ...]:
        """Return the drafts whose name begins so, the last saved first. What cannot be read stays where it is."""
        drafts = map(_readable, self._folder.glob("*.json"))
        found = (draft for draft in drafts if draft is not None and draft.name.startswith(beginning))
        return tuple(sorted(found, key=lambda draft: (draft.saved_at, draft.name), reverse=True))

    def rename(self, name: str, to: str) -> bool:
        """Give a draft another name, in place of what has that; tell whether there is one that can be read.

        Raises:
            StoreError: where the file cannot be written or removed; then the draft is there under its first name.
        """
        with locked(self._folder):
            draft = self.peek(name)
            if draft is not None:
                write_text(self._path(to), _text(to, draft.content, draft.saved_at))
                _unlink(self._path(name))
        return draft is not None

    def set_aside(self, name: str) -> None:
        """Move a draft that is not to be gone on with to a name of its own beside it; nothing of it is lost.

        Raises:
            StoreError: it cannot be moved.
        """
        path = self._path(name)
        with locked(self._folder):
            move_aside(path)

    def remove(self, name: str) -> None:
        """Forget a draft, where there is one.

        Raises:
            StoreError: where the file cannot be removed.
        """
        path = self._path(name)
        if not path.exists():
            return
        with locked(self._folder):
            _unlink(path)

    def _path(self, name: str) -> Path:
        # A name may hold anything, slashes too; the digest keeps two alike ones apart.
        readable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        return self._folder / f"{readable or 'draft'}-{digest}.json"

    def _read(self, path: Path) -> DraftFound:
        try:
            text = read_text(path)
            return DraftFound(None if text is None else _draft(text))
        except _NewerError:
            return DraftFound(None, f"The draft {path} was written by a newer bucketlight. Update to go on with it.")
        except (StoreError, _BrokenError):
            pass
        try:
            aside = move_aside(path)
        except StoreError as error:
            return DraftFound(None, str(error))
        return DraftFound(None, f"A draft could not be read and was moved to {aside}. Start the setup afresh.")


def _readable(path: Path) -> Draft | None:
    try:
        text = read_text(path)
        return None if text is None else _draft(text)
    except (StoreError, _BrokenError, _NewerError):
        return None


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(path, f"The draft cannot be removed: {error.strerror}.") from error


def _text(name: str, content: dict[str, object], saved_at: datetime) -> str:
    draft = {"schema": SCHEMA, "name": name, "saved_at": saved_at.isoformat(), "content": content}
    return json.dumps(draft, indent=1, allow_nan=False)


def _draft(text: str) -> Draft:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise _BrokenError from None
    if not isinstance(value, dict) or not isinstance(schema := value.get("schema"), int):
        raise _BrokenError
    if schema > SCHEMA:
        raise _NewerError
    name, content, saved_at = value.get("name"), value.get("content"), value.get("saved_at")
    if not isinstance(name, str) or not isinstance(content, dict) or not isinstance(saved_at, str):
        raise _BrokenError
    try:
        moment = datetime.fromisoformat(saved_at)
    except ValueError:
        raise _BrokenError from None
    if moment.tzinfo is None:
        raise _BrokenError
    return Draft(name, content, moment.astimezone(UTC))
