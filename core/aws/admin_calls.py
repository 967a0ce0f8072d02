"""Requests that make something in AWS, change it there or take it back, and what is asked before and after.

Only clients that were made for it send them (`session.Clients`, `may_change`): a check cannot. An administrator's
credentials sign them, but for the question whose key it is.
"""

from __future__ import annotations

from .call import Call, Cost, Stage, Whose

__all__ = ["ADMIN_CALLS"]

_NOTHING_MADE = "do not let bucketlight make or change it: hand it to an administrator, or do it by hand"


def _whose_key(stage: Stage, how: str, when: str) -> Call:
    return Call(
        stage=stage,
        service="sts",
        operation="GetCallerIdentity",
        actions=(),
        whose=(Whose.CHECKED,),
        how=how,
        when=when,
        cost=Cost.FREE,
        off=_NOTHING_MADE,
    )


def _whose_bucket(how: str, when: str) -> Call:
    return Call(
        stage=Stage.PLAN,
        service="s3",
        operation="HeadBucket",
        actions=("s3:ListBucket",),
        whose=(Whose.ADMINISTRATOR,),
        how=how,
        when=f"{when} Once more in the bucket's own region, where the answer names another one.",
        cost=Cost.GET,
        off=_NOTHING_MADE,
    )


def _call(stage: Stage, operation: str, when: str, *, leaves: str = "nothing") -> Call:
    return Call(
        stage=stage,
        service="iam",
        operation=operation,
        actions=(f"iam:{operation}",),
        whose=(Whose.ADMINISTRATOR,),
        when=when,
        cost=Cost.FREE,
        leaves=leaves,
        off=_NOTHING_MADE,
    )


_PLAN = (
    Call(
        stage=Stage.PLAN,
        service="sts",
        operation="GetCallerIdentity",
        actions=(),
        whose=(Whose.ADMINISTRATOR,),
        when="First of all, and again right before anything is changed: names the account, the partition and who asks.",
        cost=Cost.FREE,
        off=_NOTHING_MADE,
    ),
    _whose_key(Stage.PLAN, "with the dataset's key", "The key is to be replaced: names the user whose key it is."),
    _call(Stage.PLAN, "ListAccountAliases", "Names the account as people do."),
    _whose_bucket("with `x-amz-expected-bucket-owner`", "Whether the bucket belongs to the account."),
    _whose_bucket("whoever owns it", "It did not answer as the account's: whether it answers at all."),
    _call(Stage.PLAN, "GetUser", "Whether the user is there, and whether bucketlight made it and its keys (the tags)."),
    _call(Stage.PLAN, "ListUserPolicies", "The user is there."),
    _call(Stage.PLAN, "GetUserPolicy", "For the user's inline policy of our name."),
    _call(Stage.PLAN, "ListAttachedUserPolicies", "The user is there: what else it may do is shown."),
    _call(Stage.PLAN, "ListGroupsForUser", "The user is there: what else it may do is shown."),
    _call(Stage.PLAN, "ListAccessKeys", "The user is there: it can have two keys at most."),
    _call(
        Stage.PLAN,
        "GetAccessKeyLastUsed",
        "A key is to be replaced, or there is one that nobody seems to know: when and where it was used last. Again "
        "right before it is deactivated or deleted.",
    ),
    _call(Stage.PLAN, "GetRole", "Whether the role is there, whom it trusts, and whether bucketlight made it."),
    _call(Stage.PLAN, "ListRolePolicies", "The role is there."),
    _call(Stage.PLAN, "GetRolePolicy", "For the role's inline policy of our name."),
    _call(Stage.PLAN, "ListAttachedRolePolicies", "The role is there: what else it may do is shown."),
)

_MAKE = (
    _call(Stage.MAKE, "CreateUser", "The user is not there.", leaves="the user: it is what was asked for"),
    _call(Stage.MAKE, "TagUser", "An adopted user lacks our tags; and a key that was made gets its description."),
    _call(Stage.MAKE, "PutUserPolicy", "The user's inline policy is not as planned."),
    _call(
        Stage.MAKE,
        "CreateAccessKey",
        "The user needs a key that is known here, or another one. Never sent again where it may have been carried out: "
        "its answer alone holds the secret.",
        leaves="where the answer is lost a key that nobody knows: it is deleted by the next run",
    ),
    _whose_key(
        Stage.MAKE,
        "with the new key",
        "A user's key was made just now: until AWS takes it twice in a row, for 60 seconds at most.",
    ),
    _call(Stage.MAKE, "CreateRole", "The role is not there.", leaves="the role: it is what was asked for"),
    _call(Stage.MAKE, "TagRole", "An adopted role lacks our tags."),
    _call(Stage.MAKE, "UpdateAssumeRolePolicy", "Our statement of the role's trust policy is not as planned."),
    _call(Stage.MAKE, "UpdateRole", "The role's longest session is shorter than 12 hours."),
    _call(Stage.MAKE, "PutRolePolicy", "The role's inline policy is not as planned."),
    _call(Stage.MAKE, "PutUserPermissionsBoundary", "A boundary is demanded and an adopted user has another."),
    _call(Stage.MAKE, "PutRolePermissionsBoundary", "A boundary is demanded and an adopted role has another."),
)

_UNDO = (
    _call(Stage.UNDO, "UpdateAccessKey", "The old key is deactivated, or activated again where the new one fails."),
    _call(
        Stage.UNDO,
        "DeleteAccessKey",
        "A key that bucketlight made is taken back, or was replaced; or one that is deactivated makes room.",
    ),
    _call(
        Stage.UNDO,
        "UntagUser",
        "Our tags are taken from a user that was there before; and the description of a key that goes.",
    ),
    _call(Stage.UNDO, "UntagRole", "Our tags are taken from a role that was there before."),
    _call(Stage.UNDO, "DeleteUserPolicy", "Our inline policy is taken back."),
    _call(Stage.UNDO, "DeleteUser", "A user that bucketlight made is taken back."),
    _call(Stage.UNDO, "DeleteRolePolicy", "Our inline policy is taken back."),
    _call(Stage.UNDO, "DeleteRole", "A role that bucketlight made is taken back."),
)

ADMIN_CALLS: tuple[Call, ...] = (*_PLAN, *_MAKE, *_UNDO)
"""Every such request, in the order of the stages."""
