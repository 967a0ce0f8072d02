"""What stands between a client and the network: a request that is not in the catalogue is not sent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from .calls import CALLS, Whose

__all__ = ["UnlistedCallError", "allowed_operations", "refuse_unlisted"]


class UnlistedCallError(Exception):
    """A request that is not in the catalogue was about to be sent; it was not. That is a bug of bucketlight."""


@cache
def allowed_operations(*, signed: bool) -> Mapping[str, frozenset[str]]:
    """Return by service the operations that a client may send: one with credentials, or one that signs nothing."""
    allowed: dict[str, set[str]] = {}
    for call in CALLS:
        if any((whose is not Whose.NOBODY) is signed for whose in call.whose):
            allowed.setdefault(call.service, set()).add(call.operation)
    return {service: frozenset(operations) for service, operations in allowed.items()}


def refuse_unlisted(service: str, operation: str, *, signed: bool) -> None:
    """See that a request is in the catalogue.

    Raises:
        UnlistedCallError: where it is not.
    """
    if operation not in allowed_operations(signed=signed).get(service, frozenset()):
        kind = "signed" if signed else "unsigned"
        raise UnlistedCallError(f"{service} {operation} ({kind}) is not in the catalogue of calls")
