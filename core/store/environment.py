"""Secrets that the user keeps in environment variables. They are read, never written."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..access import Secret, UserAccess

__all__ = ["environment_access", "environment_token", "missing_half"]

_KEY_ID = "AWS_ACCESS_KEY_ID"
_SECRET = "AWS_SECRET_ACCESS_KEY"  # noqa: S105  a variable's name
_SESSION = "AWS_SESSION_TOKEN"
_TOKEN = "LIGHTLY_TOKEN"  # noqa: S105  a variable's name


def environment_access(environ: Mapping[str, str] | None = None) -> UserAccess | None:
    """Return the access key in the AWS variables, or None where either half of it is missing (see `missing_half`)."""
    key_id, secret, session = (_read(environ, name) for name in (_KEY_ID, _SECRET, _SESSION))
    if not key_id or not secret:
        return None
    return UserAccess(key_id, Secret(secret), Secret(session) if session else None)


def missing_half(environ: Mapping[str, str] | None = None) -> str | None:
    """Name the variable that is missing where only one half of an access key is set."""
    missing = [name for name in (_KEY_ID, _SECRET) if not _read(environ, name)]
    return missing[0] if len(missing) == 1 else None


def environment_token(environ: Mapping[str, str] | None = None) -> Secret | None:
    """Return the Lightly token in `LIGHTLY_TOKEN`, or None."""
    token = _read(environ, _TOKEN)
    return Secret(token) if token else None


def _read(environ: Mapping[str, str] | None, name: str) -> str:
    return (os.environ if environ is None else environ).get(name, "").strip()
