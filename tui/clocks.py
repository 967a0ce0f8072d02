"""What time it is: handed in, so that it can stand still."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["Clocks"]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clocks:
    """The time of day, in UTC, and the seconds of a clock that only goes forward."""

    day: Callable[[], datetime] = _now
    seconds: Callable[[], float] = time.monotonic
