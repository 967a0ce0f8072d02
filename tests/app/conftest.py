"""Fixtures of the app's tests: nothing of the developer's machine counts, and the cursor does not blink."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
sys.path[:0] = [str(_HERE / "support"), *(str(_HERE.parent / each) for each in ("integration", "unit"))]

from textual.widgets import Input  # noqa: E402
from walker import World  # noqa: E402

from core.sandbox import Sandbox  # noqa: E402
from tui.screens.setup import SetupScreen  # noqa: E402

_OURS = ("AWS_", "LIGHTLY_", "XDG_", "TEXTUAL")


@pytest.fixture(autouse=True)
def _isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(_OURS) or name in {"NO_COLOR", "COLORTERM"}]:
        if not name.startswith("TEXTUAL_SNAPSHOT"):  # the snapshots' own
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setattr(Input, "_toggle_cursor", lambda _input: None)
    monkeypatch.setattr(SetupScreen, "PLAN_STANDS", 0.0)


@pytest.fixture(scope="session")
def box() -> Iterator[Sandbox]:
    """One sandbox for all tests; each uses a dataset name of its own."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def world(box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(box, tmp_path / "bucketlight", f"farm-{secrets.token_hex(4)}", monkeypatch)
