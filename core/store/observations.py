"""What was seen of servers, and has to be remembered for the sake of whoever owns the data."""

from __future__ import annotations

import json

from .errors import StoreError
from .files import locked, move_aside, read_text, write_text
from .paths import Home

__all__ = ["Observations"]

SCHEMA = 1
_FIELD = "stores_dry_writes"


class Observations:
    """Which endpoints stored the object of a dry write: they are not to be probed so again unasked."""

    def __init__(self, home: Home) -> None:
        self._path = home.observations_file

    def stores_dry_writes(self, endpoint: str) -> bool:
        """Tell whether this endpoint was seen to store a dry write.

        Where the file cannot be read the answer is yes: what may have been seen is not tried again.
        """
        try:
            found = self._load()
        except StoreError:
            return True
        return endpoint in found

    def remember_stored_dry_write(self, endpoint: str) -> None:
        """Remember that this endpoint stored a dry write. A broken file is moved aside first.

        Raises:
            StoreError: where the file cannot be written.
        """
        with locked(self._path):
            try:
                found = self._load()
            except StoreError:
                move_aside(self._path)
                found = frozenset()
            if endpoint not in found:
                write_text(self._path, json.dumps({"schema": SCHEMA, _FIELD: sorted({*found, endpoint})}, indent=1))

    def _load(self) -> frozenset[str]:
        text = read_text(self._path)
        if text is None:
            return frozenset()
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        known = value.get(_FIELD) if isinstance(value, dict) and value.get("schema") == SCHEMA else None
        if not isinstance(known, list) or not all(isinstance(each, str) for each in known):
            raise StoreError(self._path, "The file is not as it should be. Delete it.")
        return frozenset(known)
