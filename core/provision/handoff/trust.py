"""A role's trust policy without the external ID: in its place stands what brings it in later."""

from __future__ import annotations

import copy
from typing import Any

from ..wanted import Wanted

__all__ = ["trust_with"]

_KEY = "sts:ExternalId"


def trust_with(wanted: Wanted, stand_in: object) -> dict[str, Any] | None:
    """Write the trust policy with `stand_in` for the external ID; None for a user.

    Raises:
        RuntimeError: where the external ID would stay in it. That is a defect.
    """
    found = wanted.trust()
    if found is None or wanted.external_id is None:
        return None
    document: dict[str, Any] = copy.deepcopy(found)
    replaced = 0
    for statement in document["Statement"]:
        for condition in statement.get("Condition", {}).values():
            if condition.get(_KEY) == wanted.external_id.reveal():
                condition[_KEY] = stand_in
                replaced += 1
    if replaced != 1:
        raise RuntimeError("the trust policy has not exactly one external ID")
    return document
