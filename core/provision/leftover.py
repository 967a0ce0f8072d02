"""Whether a request whose answer was lost may have made a key: the one window of time for it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

__all__ = ["may_have_made", "may_still_arrive"]

_CLOCKS_DIFFER = timedelta(minutes=1)
"""How far two clocks of AWS's may differ: one said when the key was asked for, another when it was made."""

_SIGNATURE_HOLDS = timedelta(minutes=15)
"""How far a request's signature may be away from AWS's clock, before it and after it (SigV4, request expiration)."""


def may_have_made(asked: datetime, created: datetime) -> bool:
    """Tell whether a request that was sent at one moment may have made a key at another, both by AWS's clock.

    No key is older than the request for it. It may be younger than that by twice the time for which a signature holds:
    this machine's clock, by which it is signed, may be that much fast already, and AWS takes it that long after.
    """
    return asked - _CLOCKS_DIFFER <= created and may_still_arrive(asked, created)


def may_still_arrive(asked: datetime, now: datetime) -> bool:
    """Tell whether AWS may still carry out a request that was sent at one moment, both by its clock."""
    return now <= asked + 2 * _SIGNATURE_HOLDS + _CLOCKS_DIFFER
