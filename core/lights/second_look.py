"""What is asked again, and how, where a light would not be green. Pure: the requests are sent by `legs`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum

from ..aws.denial import Layer, parse_denial
from .outcome import ListedKey, Outcome
from .states import State
from .target import Target
from .write import WriteMove

__all__ = [
    "AS_REQUESTER",
    "ENCRYPTIONS",
    "AssumeAgain",
    "assume_again",
    "candidates",
    "is_dry_success",
    "is_of_one_object",
    "may_be_elsewhere",
    "may_be_requester_pays",
    "may_demand_encryption",
    "telling",
]

AS_REQUESTER: Mapping[str, str] = {"RequestPayer": "requester"}
"""Whoever asks so pays for the request himself (S3 user guide, Requester Pays buckets)."""

ENCRYPTIONS = ("AES256", "aws:kms")
"""What a bucket's policy may demand in `x-amz-server-side-encryption`, the cheaper one first."""

_OBJECTS_TRIED = 3
_ARCHIVE_CLASSES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
_OF_ONE_OBJECT = frozenset(
    {
        "archived-object",
        "object-vanished",
        "nothing-to-read",
        "sse-c-object",
        "kms-decrypt-denied",
        "kms-key-policy",
        "kms-key-disabled",
        "kms-key-pending",
        "kms-key-not-found",
    }
)
_MOST_TELLING = (State.RED, State.AMBER, State.UNKNOWN)
_IN_DOUBT = frozenset({"NoSuchBucket", "PermanentRedirect", "301", "IllegalLocationConstraintException"})
_HOUR = re.compile("1 hour session limit|role chaining", re.IGNORECASE)


class AssumeAgain(Enum):
    """How a role that was refused is assumed once more."""

    AN_HOUR = "for an hour"
    ELSEWHERE = "in another region"


def assume_again(outcome: Outcome) -> AssumeAgain | None:
    """Tell how to assume a role once more: a refusal may lie in the caller, or in the region, and not in the role.

    A caller that is itself a role gets an hour at most (STS API reference, AssumeRole, DurationSeconds). A region may
    be switched off for STS (IAM user guide, activating STS in a region).
    """
    if outcome.code == "ValidationError" and _HOUR.search(outcome.message or ""):
        return AssumeAgain.AN_HOUR
    return AssumeAgain.ELSEWHERE if outcome.code == "RegionDisabledException" else None


def candidates(keys: Sequence[ListedKey]) -> list[ListedKey]:
    """Choose the listed objects that can prove Read: with a byte in them; those that are not archived come first."""
    full = [item for item in keys if item.size]
    return sorted(full, key=lambda item: item.storage_class in _ARCHIVE_CLASSES)[:_OBJECTS_TRIED]


def is_of_one_object(cause: str) -> bool:
    """Tell whether a refusal may lie in the one object that was asked for, so that the next one is worth a try."""
    return cause in _OF_ONE_OBJECT


def telling(tried: Sequence[Outcome], state_of: Callable[[Outcome], State]) -> Outcome:
    """Return the outcome that says most about Read: a success, else what proves most, else the last."""
    if tried[-1].ok:
        return tried[-1]
    states = [state_of(outcome) for outcome in tried]
    return next((tried[states.index(state)] for state in _MOST_TELLING if state in states), tried[-1])


def may_be_requester_pays(outcome: Outcome) -> bool:
    """Tell whether the refusal may be one of a Requester Pays bucket: such a one gives no reason."""
    return outcome.bare


def may_demand_encryption(outcome: Outcome, move: WriteMove, target: Target) -> bool:
    """Tell whether the bucket's policy may refuse only writes that do not name their encryption.

    Asked again only by a dry run, which stores nothing, and only where no key is configured that would be sent anyway.
    """
    if move is not WriteMove.DRY or target.kms_key_arn is not None or not outcome.denied:
        return False
    denial = parse_denial(outcome.message)
    return outcome.bare or (denial is not None and denial.explicit and denial.layer is Layer.RESOURCE)


def is_dry_success(move: WriteMove, outcome: Outcome) -> bool:
    """Tell whether a dry run was let through: the digest was looked at, which is done after the permissions."""
    return move is WriteMove.DRY and outcome.status == 400 and outcome.code == "BadDigest" and bool(outcome.request_id)


def may_be_elsewhere(outcome: Outcome, target: Target) -> bool:
    """Tell whether the bucket may be in another region than the one that was given, though no answer names it."""
    unreachable = outcome.exception == "EndpointConnectionError" and target.endpoint_url is None
    return unreachable or outcome.code in _IN_DOUBT
