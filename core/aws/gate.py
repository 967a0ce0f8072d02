"""What stands between a client and the network: a request that is not in the catalogue is not sent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from .call import Stage, Whose
from .calls import CALLS

__all__ = ["UnlistedCallError", "allowed_operations", "refuse_unlisted"]


class UnlistedCallError(Exception):
    """A request that is not in the catalogue was about to be sent; it was not. That is a bug of bucketlight."""


_OF_ADMINISTRATORS = frozenset({Stage.PLAN, Stage.MAKE, Stage.UNDO})


@cache
def allowed_operations(*, signed: bool, may_change: bool = False) -> Mapping[str, frozenset[str]]:
    """Return by service the operations that a client may send: one with credentials, or one that signs nothing.

    With `may_change` also those that look at what is to be made in IAM, make it, change it and delete it.
    """
    allowed: dict[str, set[str]] = {}
    for call in CALLS:
        if call.stage in _OF_ADMINISTRATORS and not may_change:
            continue
        if any((whose is not Whose.NOBODY) is signed for whose in call.whose):
            allowed.setdefault(call.service, set()).add(call.operation)
    return {service: frozenset(operations) for service, operations in allowed.items()}


def refuse_unlisted(service: str, operation: str, *, signed: bool, may_change: bool = False) -> None:
    """See that a request is in the catalogue.

    Raises:
        UnlistedCallError: where it is not.
    """
    if operation not in allowed_operations(signed=signed, may_change=may_change).get(service, frozenset()):
        kind = "signed" if signed else "unsigned"
        raise UnlistedCallError(f"{service} {operation} ({kind}) is not in the catalogue of calls")
