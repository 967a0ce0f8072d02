"""What an account demands of its users and roles: its ID, their path, their permissions boundary. Pure."""

from __future__ import annotations

import re

from .policy import PolicyError

__all__ = ["check_place"]

_ACCOUNT = re.compile(r"[0-9]{12}")
_LONGEST_PATH = 512
_PATH = re.compile(r"/(?:[A-Za-z0-9_+=,.@-]+/)*")
"""IAM itself takes more; a wildcard in a path would open the policies that name it."""

_BOUNDARY = re.compile(r"arn:aws[a-z-]*:iam::(?:[0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+")


def check_place(*, account_id: str | None = None, path: str = "/", boundary_arn: str | None = None) -> None:
    """Check what an account demands of its users and roles (IAM user guide, names and quotas).

    Raises:
        PolicyError: for what is no account's ID, no path or no ARN of a managed policy.
    """
    if account_id is not None and not _ACCOUNT.fullmatch(account_id):
        raise PolicyError("An account's ID has twelve digits.")
    if not _PATH.fullmatch(path) or len(path) > _LONGEST_PATH:
        raise PolicyError(
            f"“{path}” is no path: it begins and ends with a slash, as /service-users/ does, and has at most "
            f"{_LONGEST_PATH} characters: letters, digits and _+=,.@- between the slashes."
        )
    if boundary_arn is not None and not _BOUNDARY.fullmatch(boundary_arn):
        raise PolicyError("A permissions boundary is named by the ARN of a policy, arn:aws:iam::ACCOUNT:policy/NAME.")
