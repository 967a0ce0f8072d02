"""Waiting until AWS knows everywhere what was made: two answers in a row, 60 seconds at most."""

from __future__ import annotations

from collections.abc import Callable

from ..access import UserAccess
from ..aws.session import Clients
from ..lights.propagation import Ended, Waiting
from .waiting import Waiter

__all__ = ["key_answers", "wait_until"]


def wait_until(works: Callable[[], bool], *, waiter: Waiter, not_yet: Callable[[int, int], None]) -> bool:
    """Try until it works twice in a row; False where the time is over, or the person wants no more waiting.

    `not_yet` is told the seconds until the next try, and those that are left.
    """
    waiting = Waiting.begin(waiter.now())
    while True:
        passed = works()
        after = waiting.after(passed=passed, now=waiter.now())
        if isinstance(after, Ended):
            return after is Ended.WORKS
        waiting = after
        now = waiter.now()
        if not passed:
            not_yet(waiting.next_in(now), waiting.left(now))
        if not waiter.wait(waiting.due - now):
            return False


def key_answers(key: UserAccess, *, region: str | None, endpoint_url: str | None, clients: Clients) -> bool:
    """Tell whether AWS knows a key: whoever has one may ask who that is (STS API reference, GetCallerIdentity)."""
    try:
        clients.sts(key, region=region, endpoint_url=endpoint_url).get_caller_identity()
    except Exception:  # noqa: BLE001 - whatever it was: it did not work
        return False
    return True
