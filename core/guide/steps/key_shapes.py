"""What looks odd about an access key, by its shape."""

from __future__ import annotations

from ...access import AWS_KEY_ID, UserAccess
from ..fields import Problem

__all__ = ["key_hints", "looks_swapped"]

_SECRET_LENGTH = 40
_IDENTITIES = {"AIDA": "a user", "AROA": "a role"}


def looks_swapped(access: UserAccess) -> bool:
    """Tell whether what stands as the key ID has the length of a secret, and the secret the form of a key ID."""
    secret = access.secret_access_key.reveal()
    return len(access.access_key_id) == _SECRET_LENGTH and AWS_KEY_ID.fullmatch(secret) is not None


def key_hints(access: UserAccess, *, of_aws: bool, prefix: str = "") -> dict[str, Problem]:
    """Say what looks odd, by field; `prefix` stands before the names of the output's fields.

    The output has none for a session token. Shapes are AWS's own: they say nothing about another server.
    """
    key_id, secret = access.access_key_id, access.secret_access_key.reveal()
    hints: dict[str, Problem] = {}
    if looks_swapped(access):
        return {
            f"{prefix}access_key_id": Problem(
                "Key ID and secret look exchanged: the ID is the short one. Exchange them, or go on as it is.",
                swap_with=f"{prefix}secret_access_key",
            )
        }
    if key_id.startswith("ASIA") and prefix:
        hints[f"{prefix}access_key_id"] = Problem(
            "This is a temporary key (ASIA), which Lightly cannot use. Enter the key of an IAM user, or go on."
        )
    elif key_id.startswith("ASIA") and access.session_token is None:
        hints["session_token"] = Problem(
            "This is a temporary key (ASIA): it works only with its session token. Enter that too, or go on."
        )
    if not of_aws:
        return hints
    if kind := _IDENTITIES.get(key_id[:4]):
        hints[f"{prefix}access_key_id"] = Problem(
            f"{key_id[:4]} starts the ID of {kind}, not of a key. Take the access key ID: it starts with AKIA."
        )
    elif not AWS_KEY_ID.fullmatch(key_id):
        hints[f"{prefix}access_key_id"] = Problem(
            "AWS key IDs start with AKIA or ASIA and have 20 characters. Compare it, or go on as it is."
        )
    if len(secret) != _SECRET_LENGTH:
        hints[f"{prefix}secret_access_key"] = Problem(
            f"AWS secret keys have {_SECRET_LENGTH} characters, this one has {len(secret)}. "
            "Paste it again, or go on as it is."
        )
    return hints
