"""Requests that go out only where somebody asked for them: the look at IAM, and tries outside the folder.

All of them only read.
"""

from __future__ import annotations

from dataclasses import replace

from .call import Call, Cost, Stage, Whose

__all__ = ["IAM_CALLS", "OUTSIDE_CALLS"]

_ASKS_IAM = (Whose.CHECKED, Whose.CALLER)
_ONLY_IAM = "it is off, unless `--look-ups iam` is given, or you look closer in the app"
_NEVER_BY_ITSELF = "do not ask for it: `check` never sends it"


def _iam(operation: str, when: str) -> Call:
    return Call(
        stage=Stage.IAM,
        service="iam",
        operation=operation,
        actions=(f"iam:{operation}",),
        whose=_ASKS_IAM,
        when=when,
        cost=Cost.FREE,
        off=_ONLY_IAM,
    )


def _s3(operation: str, action: str, when: str) -> Call:
    return replace(_iam(operation, when), service="s3", actions=(f"s3:{action}",), cost=Cost.GET)


IAM_CALLS: tuple[Call, ...] = (
    _iam("ListUserPolicies", "The key is a user's."),
    _iam("GetUserPolicy", "For each inline policy of the user."),
    _iam("ListAttachedUserPolicies", "The key is a user's."),
    _iam("ListGroupsForUser", "The key is a user's."),
    _iam("ListGroupPolicies", "For each group of the user."),
    _iam("GetGroupPolicy", "For each inline policy of such a group."),
    _iam("ListAttachedGroupPolicies", "For each group of the user."),
    _iam("ListRolePolicies", "The key is a role's session."),
    _iam("GetRolePolicy", "For each inline policy of the role."),
    _iam("ListAttachedRolePolicies", "The key is a role's session."),
    _iam(
        "GetRole",
        "The dataset is reached by a role: whom it trusts, and for how long. Or the key is another role's session, "
        "which does not name the role's path: for the simulator.",
    ),
    _iam(
        "ListAccessKeys",
        "A dataset's key is a user's: how many keys it has, and how old they are. No secret is in that.",
    ),
    _iam("GetPolicy", "For each attached policy: names the version that is in force."),
    _iam("GetPolicyVersion", "For each attached policy: its document."),
    _iam(
        "SimulatePrincipalPolicy",
        "For each operation that is needed: what IAM's simulator says of the bucket, the prefix and a made-up name.",
    ),
    _s3(
        "GetBucketEncryption", "GetEncryptionConfiguration", "Which KMS key the bucket uses when a request names none."
    ),
    _s3(
        "GetBucketPolicy",
        "GetBucketPolicy",
        "Whether a Deny of the bucket's policy is in the way, and whether it refuses requests without TLS.",
    ),
    _s3(
        "GetBucketPolicyStatus",
        "GetBucketPolicyStatus",
        "The bucket may have a policy: whether S3 counts it as public.",
    ),
    _s3("GetPublicAccessBlock", "GetBucketPublicAccessBlock", "Whether the bucket blocks public access."),
    _s3("GetBucketAcl", "GetBucketAcl", "The bucket does not ignore public ACLs: whether its own lets the public in."),
)

OUTSIDE_CALLS: tuple[Call, ...] = (
    Call(
        stage=Stage.OUTSIDE,
        service="s3",
        operation="ListObjectsV2",
        actions=("s3:ListBucket",),
        whose=(Whose.CHECKED, Whose.ROLE),
        how="the folder above, and the whole bucket; at most 10 names each",
        when="You agreed to it, and the folder is not the whole bucket: whether List works outside of it.",
        cost=Cost.LIST_OR_PUT,
        off=_NEVER_BY_ITSELF,
    ),
    Call(
        stage=Stage.OUTSIDE,
        service="s3",
        operation="HeadObject",
        actions=("s3:GetObject",),
        whose=(Whose.CHECKED, Whose.ROLE),
        how="one object outside the folder that was listed so; its content is not read",
        when="You agreed to it, and such an object was found: whether Read works outside of the folder.",
        cost=Cost.GET,
        off=_NEVER_BY_ITSELF,
    ),
)
