"""What is too open in the access keys of a user. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import datetime

from ..access import mask_key_id
from ..aws.granted import names_of
from ..aws.iam import KeyFact
from .rules import KEY_DAYS, Weakness, weakness

__all__ = ["posture_of_keys"]

_BY_HAND = "make a new key, give that to Lightly, then delete the old one; an IAM administrator can"


def posture_of_keys(
    user: str, keys: Sequence[KeyFact], now: datetime, *, dataset: str | None = None
) -> tuple[Weakness, ...]:
    """Say what is too open in a user's access keys: an active one that is old, and more than one that is active.

    `user` is the user's name, and `now` has a time zone. `dataset` is what the key is for, where that is known here.
    The oldest key is named. Keys whose age is not known are not old.
    """
    who = f"user {user}"
    active = [key for key in keys if key.active]
    days = {key: (now - key.created).days for key in active if key.created is not None}
    found: list[Weakness] = []
    if days and (age := max(days.values())) > KEY_DAYS:
        oldest = next(key for key in days if days[key] == age)
        found.append(
            weakness(
                "old-access-key",
                key=mask_key_id(oldest.access_key_id),
                who=who,
                days=str(age),
                how=f"`{shlex.join(['bucketlight', 'rotate', dataset])}`, or k in the app" if dataset else _BY_HAND,
            ),
        )
    if len(active) > 1:
        shown = names_of(mask_key_id(key.access_key_id) for key in active)
        found.append(weakness("two-access-keys", who=who, number=str(len(active)), keys=shown))
    return tuple(found)
