"""A keyring that takes its time, for processes: `PYTHON_KEYRING_BACKEND=slow_keyring.Slow`, and the path of a file."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from keyring.backend import KeyringBackend

__all__ = ["Slow", "environment_for", "items"]

_FILE = "SLOW_KEYRING_FILE"


def environment_for(file: Path) -> dict[str, str]:
    """Return the variables with which a process has this keyring."""
    here = str(Path(__file__).parent)
    return {"PYTHONPATH": here, "PYTHON_KEYRING_BACKEND": "slow_keyring.Slow", _FILE: str(file)}


def items(file: Path) -> dict[str, str]:
    """Return what it holds, by the service."""
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return found


class Slow(KeyringBackend):
    """Keeps its items in a file; each is written as slowly as over a busy bus."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        return items(self._file).get(service)

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write({**items(self._file), service: password})

    def delete_password(self, service: str, username: str) -> None:
        self._write({name: text for name, text in items(self._file).items() if name != service})

    @property
    def _file(self) -> Path:
        return Path(os.environ[_FILE])

    def _write(self, found: dict[str, str]) -> None:
        time.sleep(0.1)
        self._file.write_text(json.dumps(found), encoding="utf-8")
