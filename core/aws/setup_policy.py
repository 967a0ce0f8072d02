"""What whoever lets bucketlight make users and roles needs to be allowed: these calls, on these names, nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from ..access import AccessKind
from .account_rules import check_place
from .admin_calls import ADMIN_CALLS
from .call import Call
from .policy import VERSION, PolicyError

__all__ = ["NAMES", "setup_policy"]

NAMES = "Lightly-S3-*"
"""The names of the users and roles that bucketlight makes, as a policy's pattern."""

_USERS, _ROLES, _BUCKETS, _ANYTHING = "Users", "Roles", "Buckets", "Account"
_WITHOUT_RESOURCE = frozenset({"iam:ListAccountAliases"})
"""Actions that IAM grants on `*` only (Service Authorization Reference, IAM)."""

_BOUNDED = frozenset(
    {
        "iam:CreateRole",
        "iam:CreateUser",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:PutUserPermissionsBoundary",
        "iam:PutUserPolicy",
    }
)
"""What gives rights, and knows the key `iam:PermissionsBoundary` (Service Authorization Reference, IAM)."""

_LOOKS = {_USERS: ("iam:GetUser", "user"), _ROLES: ("iam:GetRole", "role")}
"""What is asked of a user or role that may not be there yet: IAM cannot know its path then, only the name."""


def setup_policy(
    *,
    partition: str = "aws",
    account_id: str | None = None,
    path: str = "/",
    bucket: str | None = None,
    access: AccessKind | None = None,
    boundary_arn: str | None = None,
    calls: Iterable[Call] = ADMIN_CALLS,
) -> dict[str, object]:
    """Write the policy that allows bucketlight's own calls with an administrator's credentials.

    They may touch users and roles of our names under `path` only, and attach no managed policy. What is not there has
    no path yet, so whether a user or role is there may be asked of its mere name. Without an account's ID the policy
    says `*`: it reaches no further, since users and roles are always those of one's own account. Without a bucket all
    are named. `access` leaves out what only the other kind needs.

    Whoever may write a user's inline policy can give that user any right. Only a permissions boundary limits that:
    with `boundary_arn`, users and roles are made, and policies written, where they have that boundary (IAM user guide,
    permissions boundaries, delegation).

    Raises:
        PolicyError: for what is no account's ID, no path or no ARN of a managed policy.
    """
    check_place(account_id=account_id, path=path, boundary_arn=boundary_arn)
    start = f"arn:{partition}:iam::{account_id or '*'}"
    resources = {
        _ANYTHING: "*",
        _BUCKETS: f"arn:{partition}:s3:::{bucket or '*'}",
        _USERS: f"{start}:user{path}{NAMES}",
        _ROLES: f"{start}:role{path}{NAMES}",
    }
    left_out = {AccessKind.USER: _ROLES, AccessKind.DELEGATED: _USERS}.get(access) if access else None
    grouped: dict[tuple[str, bool], list[str]] = {
        (kind, bounded): [] for kind in resources for bounded in (False, True)
    }
    for action in dict.fromkeys(action for call in calls for action in call.actions):
        kind = _kind_of(action)
        if kind != left_out:
            grouped[kind, bool(boundary_arn) and action in _BOUNDED].append(action)
    statements: list[dict[str, object]] = []
    for (kind, bounded), actions in grouped.items():
        if not actions:
            continue
        statement: dict[str, object] = {
            "Sid": f"SetUp{kind}{'WithinBoundary' if bounded else ''}",
            "Effect": "Allow",
            "Action": actions if len(actions) > 1 else actions[0],
            "Resource": resources[kind],
        }
        if bounded:
            statement["Condition"] = {"ArnEquals": {"iam:PermissionsBoundary": boundary_arn}}
        statements.append(statement)
    if path != "/":
        looks = [look for kind, look in _LOOKS.items() if kind != left_out]
        statements.append(
            {
                "Sid": "SetUpLooksByName",
                "Effect": "Allow",
                "Action": [action for action, _ in looks],
                "Resource": [f"{start}:{word}/{NAMES}" for _, word in looks],
            }
        )
    return {"Version": VERSION, "Statement": statements}


def _kind_of(action: str) -> str:
    """Tell of what kind of resource an action is asked.

    Raises:
        PolicyError: for an action of which that is not known here.
    """
    service, _, name = action.partition(":")
    if action in _WITHOUT_RESOURCE:
        return _ANYTHING
    if service == "s3" and "Object" not in name:
        return _BUCKETS
    if service == "iam" and ("User" in name or "AccessKey" in name):
        return _USERS
    if service == "iam" and ("Role" in name or "AssumeRolePolicy" in name):
        return _ROLES
    raise PolicyError(f"It is not known here on what {action} is allowed.")
