"""A program in a terminal of its own: a pty that is written to and read from, as a person would."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

__all__ = ["COMMAND", "MODULE", "PATIENCE", "Terminal", "bare_environment", "run"]

COMMAND = (str(Path(sys.executable).with_name("bucketlight")),)
"""The console script of the environment that the tests run in."""
MODULE = (sys.executable, "-m", "tui")
"""The same program, from the package."""

ENTERED = b"\x1b[?1049h"
"""The alternate screen begins (xterm control sequences, DECSET 1049)."""
LEFT = b"\x1b[?1049l"
"""The alternate screen ends, and what was there before is back."""
SHOWN = b"\x1b[?25h"
"""The cursor is shown."""

PATIENCE = 30.0
"""Seconds after which a wait has failed; nothing measured here comes near it."""


def bare_environment(home: Path, **more: str) -> dict[str, str]:
    """Make an environment in which nothing of this machine's user counts: no AWS, no Lightly, no keyring, no proxy."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        **more,
    }


class Terminal:
    """A process whose terminal is a pty, 80x24. What it writes is gathered by a thread, and can be waited for."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self._master = master
        self._written = bytearray()
        self._news = threading.Condition()
        self._over = False
        self._stop, self._stopping = os.pipe()
        self._reader = threading.Thread(target=self._read, name="pty", daemon=True)
        self._reader.start()

    @classmethod
    @contextlib.contextmanager
    def running(
        cls, argv: Sequence[str | Path], *, environment: Mapping[str, str], cwd: Path, stdout: int | None = None
    ) -> Iterator[Terminal]:
        """Start a program as the leader of a session with this terminal; at the end of the block it is ended."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        try:
            process = subprocess.Popen(
                argv,
                stdin=slave,
                stdout=slave if stdout is None else stdout,
                stderr=slave,
                env=dict(environment),
                cwd=cwd,
                start_new_session=True,
                preexec_fn=_take_terminal,  # noqa: PLW1509 - only this makes the pty the controlling terminal
            )
        finally:
            os.close(slave)
        terminal = cls(process, master)
        try:
            yield terminal
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            terminal.close()

    def _read(self) -> None:
        while True:
            # Not a plain read: a descriptor that somebody reads from stays open when it is closed.
            ready, _, _ = select.select([self._master, self._stop], [], [])
            try:
                data = b"" if self._stop in ready else os.read(self._master, 65536)
            except OSError:  # EIO: nobody holds the other end any more
                data = b""
            with self._news:
                self._written += data
                self._over = not data
                self._news.notify_all()
            if not data:
                return

    @property
    def written(self) -> bytes:
        """All that the program has written so far."""
        with self._news:
            return bytes(self._written)

    @property
    def text(self) -> str:
        """The same as text."""
        return self.written.decode(errors="replace")

    def wait_for(self, text: bytes, *, times: int = 1) -> float:
        """Wait until the program has written this text so many times; the monotonic time at which it had."""
        with self._news:
            seen = self._news.wait_for(lambda: self._written.count(text) >= times or self._over, PATIENCE)
            at = time.monotonic()
            if not seen or self._written.count(text) < times:
                raise AssertionError(f"{text!r} did not come; what came: {bytes(self._written[-4000:])!r}")
        return at

    def press(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._master, keys)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Wait until the program has ended and all it wrote is read; its exit code."""
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def is_as_before(self) -> bool:
        """Tell whether the terminal was given back: alternate screen left, cursor shown."""
        written = self.written
        return (
            written.rfind(LEFT) > written.rfind(ENTERED) >= 0
            and written.rfind(SHOWN) > written.rfind(b"\x1b[?25l") >= 0
        )

    def has_line_mode(self) -> bool:
        """Tell whether the terminal hands lines over and echoes what is typed, as a shell expects it."""
        flags: int = termios.tcgetattr(self._master)[3]
        return bool(flags & termios.ICANON and flags & termios.ECHO)

    def close(self) -> None:
        """Take the terminal away, as closing its window does: the kernel sends SIGHUP."""
        if self._master < 0:
            return
        os.write(self._stopping, b".")
        self._reader.join()
        for descriptor in (self._master, self._stop, self._stopping):
            os.close(descriptor)
        self._master = -1


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def run(
    *arguments: str, environment: Mapping[str, str], cwd: Path, start: Sequence[str] = COMMAND
) -> subprocess.CompletedProcess[str]:
    """Run bucketlight without a terminal until it ends."""
    return subprocess.run(
        (*start, *arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=dict(environment),
        cwd=cwd,
        timeout=2 * PATIENCE,
        check=False,
    )
