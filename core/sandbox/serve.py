"""The sandbox as a program of its own: it says where it is, and serves until it is told to stop."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from typing import TextIO

from .sandbox import Sandbox

__all__ = ["serve"]


def serve(out: TextIO, *, seed: int | None = None, s3_port: int = 0, lightly_port: int = 0) -> int:
    """Print the announcement as one line of JSON, wait for SIGINT, SIGTERM or SIGHUP, and close the sandbox.

    To be called from the main thread. Returns the exit code: 130 after SIGINT, else 0.

    Raises:
        SandboxUnavailableError: where the extra `demo` is missing, or a port is taken.
    """
    with _signals() as wait, Sandbox(seed=seed, s3_port=s3_port, lightly_port=lightly_port) as box:
        out.write(json.dumps(box.announcement()) + "\n")
        out.flush()
        came = wait()
    return 130 if came == signal.SIGINT else 0


@contextlib.contextmanager
def _signals() -> Iterator[Callable[[], int]]:
    """Take over the signals that end a program; what is yielded waits for the next one, and returns its number.

    The signals travel through a pipe that the interpreter writes to, because a handler in Python would wait for the
    very call that it is to end.
    """
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    before = {number: signal.signal(number, lambda _number, _frame: None) for number in numbers}

    def wait() -> int:
        while (came := os.read(reading, 1)[0]) not in numbers:
            pass
        return came

    try:
        yield wait
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        os.close(reading)
        os.close(writing)
