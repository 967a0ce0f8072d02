"""Fixtures of the app's tests: nothing of the developer's machine counts, and the cursor does not blink."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import textual.app
import textual.pilot

_HERE = Path(__file__).parent
sys.path[:0] = [str(_HERE / "support"), *(str(_HERE.parent / each) for each in ("integration", "unit"))]

from textual.widgets import Input  # noqa: E402
from walker import World  # noqa: E402

from core.sandbox import Sandbox  # noqa: E402
from tui.screens.setup import SetupScreen  # noqa: E402

_SOON = 0.02


async def _until_the_loop_rests(_min_sleep: float = 0.0, _max_sleep: float = 1.0) -> None:
    """Wait until the event loop has nothing to do, and no timer that ends soon: Textual's own waits for this process.

    Textual's is over when the process has not used its processor for 20 ms, which the sandbox's threads, or other
    tests, put off for up to a second. What comes from a thread is waited for with `Walker.until` and its like.
    """
    loop: Any = asyncio.get_running_loop()
    end = loop.time() + _max_sleep
    rested = 0
    while rested < 3 and loop.time() < end:
        await asyncio.sleep(0)
        soon = min((each.when() for each in loop._scheduled if not each.cancelled()), default=end) - loop.time()
        if loop._ready:
            rested = 0
        elif soon < _SOON:
            await asyncio.sleep(max(soon, 0.001))
            rested = 0
        else:
            rested += 1


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
    monkeypatch.setattr(textual.app, "wait_for_idle", _until_the_loop_rests)
    monkeypatch.setattr(textual.pilot, "wait_for_idle", _until_the_loop_rests)
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
