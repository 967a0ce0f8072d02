"""A machine with an AWS configuration of its own, on which nobody can be asked for anything."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

__all__ = ["Machine", "own_machine"]


class Machine:
    """A machine's AWS configuration, to be written as a test needs it."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config"
        self.credentials = folder / "credentials"
        self.folder = folder

    def configure(self, **sections: str) -> None:
        """Write profiles of the config file by their name."""
        self.config.write_text("".join(f"[profile {name}]\n{lines}\n" for name, lines in sections.items()))

    def program(self, source: str) -> str:
        """Write a program and return the command that runs it."""
        file = self.folder / "program.py"
        file.write_text(source)
        return f"{sys.executable} {file}"


def own_machine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Give this machine a configuration of its own, which is empty at first."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    made = Machine(folder)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(made.config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(made.credentials))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr("getpass.getpass", _asked)
    monkeypatch.setattr("builtins.input", _asked)
    return made


def _asked(*_: object) -> str:
    raise AssertionError("somebody was asked")
