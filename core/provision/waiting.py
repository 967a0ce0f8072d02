"""A clock, and waiting, that a test or a screen brings along."""

from __future__ import annotations

import threading
import time
from typing import Protocol

__all__ = ["RealWaiter", "Waiter"]


class Waiter(Protocol):
    """How time passes while something is made."""

    def now(self) -> float:
        """Return the seconds of a clock that only goes forward."""

    def wait(self, seconds: float) -> bool:
        """Wait; False at once, or as soon as it is so, where the person wants it to stop."""


class RealWaiter:
    """Waits as long as it is told, or until `stop`."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End what waits now, and all waiting that follows. Safe from any thread."""
        self._stopped.set()

    def now(self) -> float:
        """See `Waiter`."""
        return time.monotonic()

    def wait(self, seconds: float) -> bool:
        """See `Waiter`."""
        return not self._stopped.wait(seconds)
