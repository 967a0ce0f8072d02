"""A terminal at the end of a slow line: the app stays usable there, writes no more than it must, and leaves cleanly.

How many bytes each step took is printed (`pytest -rP`). `BUCKETLIGHT_BAUD=9600` makes the serial line slower than it is
in the suite; that takes some 90 seconds.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any, ClassVar

import pytest
import sandbox_fixtures
from process_terminal import COMMAND, Terminal, bare_environment

import core
from core.sandbox import Sandbox
from tui.screens.setup import SetupScreen

SOURCE = Path(core.__file__).parents[1]
MOST = 64_000
"""Bytes that a step may take: some eight full screens. The first one has the start of the program in it."""

DOTS = "•" * 20
SEEN = {
    "Needs": "Thumbnails",
    "Bucket": "S3 URI",
    "Access": "Delegated",
    "Keys": "Secret access key",
    "Output": "Another place",
    "Encryption": "KMS key",
    "Dataset": "What lies there",
    "Save": "What is done",
    "Next": "is saved",
}


class SlowTerminal(Terminal):
    """A terminal that takes so many bytes, then none for a while."""

    BYTES: ClassVar[int]
    PAUSE: ClassVar[float]
    """Seconds."""

    def _read(self) -> None:
        line = threading.Event()
        while True:
            ready, _, _ = select.select([self._master, self._stop], [], [])
            try:
                data = b"" if self._stop in ready else os.read(self._master, self.BYTES)
            except OSError:  # EIO: nobody holds the other end any more
                data = b""
            with self._news:
                self._written += data
                self._over = not data
                self._news.notify_all()
            if not data:
                return
            line.wait(self.PAUSE * len(data) / self.BYTES)

    def see(self, text: str, *, times: int = 1) -> None:
        """Wait until a text has come through."""
        self.wait_for(text.encode(), times=times)

    def tab_to(self, label: str) -> None:
        """Press Tab, and wait until the field with this label shows that it has the focus."""
        before = self.written.count(label.encode())
        self.press(b"\t")
        self.see(label, times=before + 1)

    def type(self, text: str, shown: str | None = None) -> None:
        """Type, and wait until it stands there."""
        expected = (shown or text).encode()
        before = self.written.count(expected)
        self.press(text.encode())
        self.wait_for(expected, times=before + 1)


class Serial(SlowTerminal):
    """A serial line: with start and stop bit 9,600 baud are 960 bytes a second."""

    BYTES = int(os.environ.get("BUCKETLIGHT_BAUD", "38400")) // 100
    PAUSE = 0.1


class FarAway(SlowTerminal):
    """What comes, comes 200 ms late, up to a window of the network at a time."""

    BYTES = 4096
    PAUSE = 0.2


box = sandbox_fixtures.box


def _start(box: Sandbox, folder: Path) -> dict[str, Any]:
    where = ["--home", str(folder / "home"), "--endpoint-url", box.s3_url, "--platform-url", box.lightly_url]
    environment = bare_environment(folder, PYTHONPATH=str(SOURCE))
    return {"argv": [*COMMAND, "setup", *where], "environment": environment, "cwd": folder}


def _walk(terminal: SlowTerminal, box: Sandbox, name: str, last: str) -> dict[str, int]:
    """Answer every step up to the last one; the bytes that each has taken."""
    took: dict[str, int] = {}
    for number, (title, seen) in enumerate(SEEN.items(), 1):
        before = len(terminal.written)
        terminal.see(f"Step {number} of {9 if number > 1 else 8}")
        terminal.see(seen)
        if title == "Needs":
            terminal.see("No keyring can be used")
        if title != last:
            _answer(terminal, box, name, title)
        took[title] = len(terminal.written) - before
        if title == last:
            break
    return took


def _answer(terminal: SlowTerminal, box: Sandbox, name: str, title: str) -> None:
    if title == "Needs":
        terminal.tab_to("Object-level")
        terminal.tab_to("Thumbnails")
        terminal.type(" ", "[x] ")
    elif title == "Bucket":
        terminal.type(f"s3://{box.bucket}/{box.prefix}")
    elif title == "Keys":
        terminal.tab_to("Access key ID")
        terminal.type(box.writer.access_key_id)
        terminal.tab_to("Secret access key")
        terminal.type(box.writer.secret_access_key.reveal(), DOTS)
    elif title == "Dataset":
        terminal.type(name)
        terminal.tab_to("Lightly token")
        terminal.type(box.token.reveal(), DOTS)
    elif title == "Save":
        threading.Event().wait(SetupScreen.PLAN_STANDS)  # as somebody does who has read it
    terminal.press(b"\r")


def _leave(terminal: SlowTerminal, took: dict[str, int]) -> None:
    begun, before = time.monotonic(), len(terminal.written)
    terminal.press(b"\x11")
    assert terminal.end() == 0
    seconds, after = time.monotonic() - begun, len(terminal.written) - before
    print(f"{type(terminal).__name__}: bytes {took}; left within {seconds:.1f} s, {after} bytes")  # noqa: T201
    assert terminal.is_as_before()
    assert terminal.has_line_mode()
    assert "Traceback" not in terminal.text
    assert max(took.values()) < MOST, took
    assert after < MOST, "so much was still to be written"


def test_a_line_with_a_long_delay_lets_the_whole_setup_through(box: Sandbox, tmp_path: Path) -> None:
    name = f"far-away-{secrets.token_hex(4)}"
    with FarAway.running(**_start(box, tmp_path)) as terminal:
        assert isinstance(terminal, FarAway)
        _leave(terminal, _walk(terminal, box, name, "Next"))
    with urllib.request.urlopen(f"{box.lightly_url}/v1/datasets?token={box.token.reveal()}") as answer:
        assert [each["name"] for each in json.load(answer)] == [name]


@pytest.mark.timeout(300)
def test_a_serial_line_lets_the_first_steps_through_and_leaves_nothing_to_be_written(
    box: Sandbox, tmp_path: Path
) -> None:
    with Serial.running(**_start(box, tmp_path)) as terminal:
        assert isinstance(terminal, Serial)
        _leave(terminal, _walk(terminal, box, "unused", "Keys"))
