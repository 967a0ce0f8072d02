"""The external ID that a role for delegated access demands of whoever assumes it."""

from __future__ import annotations

import secrets

from .access import Secret

__all__ = ["EXTERNAL_ID_LETTERS", "LONGEST_EXTERNAL_ID", "SHORTEST_EXTERNAL_ID", "new_external_id"]

EXTERNAL_ID_LETTERS = "A-Za-z0-9_+=,.@:/-"
"""What an external ID is made of, as a set of a regular expression or a shell pattern (STS API, AssumeRole)."""

SHORTEST_EXTERNAL_ID = 10
"""The platform takes no shorter one (Lightly API, `s3ExternalId`)."""

LONGEST_EXTERNAL_ID = 1_224
"""AWS takes no longer one (STS API reference, AssumeRole)."""

_PREFIX = "lightly-"
_RANDOM_BYTES = 20


def new_external_id() -> Secret:
    r"""Make an external ID that nobody can guess: 160 random bits, written so that both sides take it.

    AWS takes 2 to 1,224 characters of `[\w+=,.@:/-]` (STS API reference, AssumeRole), the platform ten or more of
    `[a-zA-Z0-9_+=,.@:/-]` (Lightly API, `s3ExternalId`). It has no line break or blank in it, so it is selected and
    pasted as one word.
    """
    return Secret(_PREFIX + secrets.token_hex(_RANDOM_BYTES))
