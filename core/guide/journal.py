"""The journal of saves, in files: one for each dataset that is being saved, gone when that is done."""

from __future__ import annotations

import json
from pathlib import Path

from ..store.errors import StoreError
from ..store.files import locked, read_text, write_text
from ..store.paths import Home
from .plan import StepId
from .saving import EffectError

__all__ = ["FileJournal"]


class FileJournal:
    """A journal under the state folder of a home. See `Journal`."""

    def __init__(self, home: Home) -> None:
        self._folder = home.state / "saves"

    def load(self, key: str) -> dict[str, object] | None:
        """Return what was written last; None also where it cannot be read as JSON."""
        try:
            return _read(self._path(key))
        except StoreError as error:
            raise EffectError(str(error)) from None

    def save(self, key: str, content: dict[str, object]) -> None:
        """Write it down for good."""
        path = self._path(key)
        try:
            with locked(path):
                write_text(path, json.dumps(content))
        except StoreError as error:
            raise EffectError(str(error)) from None

    def remove(self, key: str) -> None:
        """Forget it."""
        path = self._path(key)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise EffectError(f"{path} cannot be removed: {error.strerror}. Remove it, then save again.") from None

    def made(self) -> tuple[str, ...]:
        """Return the ids of datasets that unfinished saves have made: `Given.ours` of the next setup."""
        ids: list[str] = []
        for path in sorted(self._folder.glob("*.json")) if self._folder.is_dir() else []:
            try:
                content = _read(path)
            except StoreError:
                continue
            steps = content.get("steps") if content else None
            entry = steps.get(StepId.DATASET.value) if isinstance(steps, dict) else None
            made = entry.get("result") if isinstance(entry, dict) else None
            if isinstance(made, str) and made:
                ids.append(made)
        return tuple(ids)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"


def _read(path: Path) -> dict[str, object] | None:
    text = read_text(path)
    if text is None:
        return None
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
