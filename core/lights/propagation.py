"""Waiting for IAM to spread a change: which lights that can help, when to try again, and when to stop. Pure.

IAM is eventually consistent (IAM user guide, Troubleshooting: "Changes that I make are not always immediately
visible"); a change is usually everywhere within a minute.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from enum import StrEnum

from .states import Light, State

__all__ = ["LASTS", "OF_POLICIES", "PASSES", "Ended", "Waiting", "may_spread"]

LASTS = 60.0
"""Seconds after which waiting is over: what is not there by then is not there."""

PASSES = 2
"""So many tries in a row must pass: while a change spreads, one server knows it and the next does not."""

_DELAYS = (1.0, 2.0, 4.0, 8.0)

OF_POLICIES = frozenset(
    {
        "access-denied",
        "access-disabled",
        "assume-role-caller-side",
        "assume-role-refused",
        "assume-role-trust-side",
        "bucket-policy-denies",
        "bucket-policy-missing-allow",
        "denied-identity-policy",
        "explicit-deny-identity-policy",
        "kms-decrypt-denied",
        "kms-generate-data-key-denied",
        "kms-key-policy",
        "list-condition-mismatch",
        "list-granted-on-objects",
        "not-yet-propagated",
        "permissions-boundary",
        "public-acl-blocked",
        "resource-control-policy",
        "service-control-policy",
        "unknown-access-key",
        "vpc-endpoint-policy",
    }
)
"""Causes that somebody mends in IAM or in a policy."""


def may_spread(light: Light) -> bool:
    """Tell whether a light is down for a cause that somebody mends in IAM or in a policy: that takes time to spread."""
    return light.state in {State.RED, State.UNKNOWN} and light.cause in OF_POLICIES


class Ended(StrEnum):
    """How waiting ended."""

    WORKS = "works"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Trying again until it works. Times are seconds of any one clock that only goes forward.

    The first try is due at once; then 1, 2, 4, 8 and again 8 seconds lie between the end of a try and the next. The
    last is made when the time is over.
    """

    began: float
    due: float
    tries: int = 0
    passes: int = 0

    @classmethod
    def begin(cls, now: float) -> Waiting:
        """Begin: somebody says that the fix is made."""
        return cls(began=now, due=now)

    @property
    def ends(self) -> float:
        """The time at which the last try is made."""
        return self.began + LASTS

    def after(self, *, passed: bool, now: float) -> Waiting | Ended:
        """Return what follows when a try has ended: the waiting as it goes on, or how it ended."""
        passes = self.passes + 1 if passed else 0
        if passes >= PASSES:
            return Ended.WORKS
        if now >= self.ends:
            return Ended.OVER
        delay = _DELAYS[min(self.tries, len(_DELAYS) - 1)]
        return dataclasses.replace(self, due=min(now + delay, self.ends), tries=self.tries + 1, passes=passes)

    def next_in(self, now: float) -> int:
        """Return in how many whole seconds the next try is due; 0 where it is."""
        return max(0, math.ceil(self.due - now))

    def left(self, now: float) -> int:
        """Return how many whole seconds are left."""
        return max(0, math.ceil(self.ends - now))
