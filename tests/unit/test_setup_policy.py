"""The administrator's own least privilege: what bucketlight's own calls need, and nothing by which to get more."""

from __future__ import annotations

import json
from typing import Any

import pytest
from parliament import iam_definition
from policy_semantics import Request, allows

from core.access import AccessKind
from core.aws.admin_calls import ADMIN_CALLS
from core.aws.call import Call, Cost, Stage, Whose
from core.aws.policy import PolicyError, to_json
from core.aws.policy_size import MANAGED, size
from core.aws.setup_policy import setup_policy

ACCOUNT = "111122223333"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/LightlyBoundary"
IAM = f"arn:aws:iam::{ACCOUNT}"
ACTIONS = sorted({action for call in ADMIN_CALLS for action in call.actions})
OURS = {
    "user": f"{IAM}:user/Lightly-S3-farm",
    "role": f"{IAM}:role/Lightly-S3-farm",
    "bucket": "arn:aws:s3:::datalake",
    "": "*",
}
RESOURCE_TYPES: dict[str, str] = {
    f"{service['prefix']}:{privilege['privilege']}": privilege["resource_types"][0]["resource_type"].rstrip("*")
    for service in iam_definition
    if service["prefix"] in {"iam", "s3"}
    for privilege in service["privileges"]
}
"""What each action is asked of, as the Service Authorization Reference has it (parliament's copy)."""

WITH_BOUNDARY = ["iam:CreateUser", "iam:CreateRole", "iam:PutUserPolicy", "iam:PutRolePolicy"]
MORE_RIGHTS = [
    "iam:AttachUserPolicy",
    "iam:AttachRolePolicy",
    "iam:AddUserToGroup",
    "iam:CreatePolicyVersion",
    "iam:CreateLoginProfile",
    "iam:UpdateLoginProfile",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PassRole",
    "sts:AssumeRole",
]


def text_of(**more: Any) -> str:
    return to_json(setup_policy(account_id=ACCOUNT, bucket="datalake", **more))


def resource_of(action: str) -> str:
    """Name something of ours that an action of ours is asked of."""
    return OURS[RESOURCE_TYPES[action]]


@pytest.mark.parametrize("action", ACTIONS)
def test_every_call_that_bucketlight_makes_is_allowed_on_what_is_ours(action: str) -> None:
    assert allows(text_of(), Request(action, resource_of(action)))


@pytest.mark.parametrize("action", ACTIONS)
def test_nothing_else_can_be_touched(action: str) -> None:
    kind = RESOURCE_TYPES[action]
    others = {
        "user": [f"{IAM}:user/anna", f"{IAM}:user/lightly-s3-farm", f"{IAM}:user/team/Lightly-S3-farm"],
        "role": [f"{IAM}:role/Admin", f"{IAM}:role/aws-service-role/x/Lightly-S3-farm"],
        "bucket": ["arn:aws:s3:::other"],
        "": [],
    }
    for other in others[kind]:
        assert not allows(text_of(), Request(action, other)), other


@pytest.mark.parametrize("boundary", [None, BOUNDARY])
@pytest.mark.parametrize("action", [*MORE_RIGHTS, "iam:DeleteUser*", "s3:GetObject", "s3:PutObject", "iam:ListUsers"])
def test_no_call_is_allowed_that_bucketlight_does_not_make(action: str, boundary: str | None) -> None:
    assert action not in ACTIONS
    for resource in OURS.values():
        assert not allows(text_of(boundary_arn=boundary), Request(action, resource))


@pytest.mark.parametrize("action", WITH_BOUNDARY)
def test_with_a_boundary_rights_are_given_only_to_what_has_it(action: str) -> None:
    text = text_of(boundary_arn=BOUNDARY)
    resource = resource_of(action)
    assert allows(text, Request(action, resource, {"iam:PermissionsBoundary": BOUNDARY}))
    assert not allows(text, Request(action, resource))
    assert not allows(text, Request(action, resource, {"iam:PermissionsBoundary": BOUNDARY + "2"}))


@pytest.mark.parametrize("action", ["iam:PutUserPermissionsBoundary", "iam:PutRolePermissionsBoundary"])
def test_a_boundary_can_be_put_but_not_exchanged_for_another(action: str) -> None:
    text = text_of(boundary_arn=BOUNDARY)
    assert allows(text, Request(action, resource_of(action), {"iam:PermissionsBoundary": BOUNDARY}))
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert not allows(text, Request(action, resource_of(action), {"iam:PermissionsBoundary": admin}))


@pytest.mark.parametrize("action", [one for one in ACTIONS if one.split(":")[1].startswith(("Get", "List", "Delete"))])
def test_a_boundary_hinders_neither_looking_nor_taking_back(action: str) -> None:
    assert allows(text_of(boundary_arn=BOUNDARY), Request(action, resource_of(action)))


def test_every_action_that_knows_a_boundary_and_gives_rights_asks_for_it() -> None:
    knows = {
        f"iam:{privilege['privilege']}"
        for service in iam_definition
        if service["prefix"] == "iam"
        for privilege in service["privileges"]
        if any("iam:PermissionsBoundary" in kind["condition_keys"] for kind in privilege["resource_types"])
    }
    statements: Any = setup_policy(boundary_arn=BOUNDARY)["Statement"]
    asks = {action for one in statements if "Condition" in one for action in one["Action"]}
    taking_back = {"iam:DeleteUserPolicy", "iam:DeleteRolePolicy"}
    assert asks == (knows & set(ACTIONS)) - taking_back


def test_one_kind_of_access_leaves_out_the_other() -> None:
    for_users, for_roles = text_of(access=AccessKind.USER), text_of(access=AccessKind.DELEGATED)
    for action in ACTIONS:
        kind = RESOURCE_TYPES[action]
        assert allows(for_users, Request(action, resource_of(action))) is (kind != "role")
        assert allows(for_roles, Request(action, resource_of(action))) is (kind != "user")


def test_a_path_is_part_of_what_is_named() -> None:
    text = text_of(path="/vendors/lightly/")
    assert allows(text, Request("iam:CreateUser", f"{IAM}:user/vendors/lightly/Lightly-S3-farm"))
    assert not allows(text, Request("iam:CreateUser", OURS["user"]))


@pytest.mark.parametrize("action", [one for one in ACTIONS if RESOURCE_TYPES[one] in {"user", "role"}])
def test_what_has_no_path_yet_can_be_looked_for_by_its_name_and_nothing_else_be_done_to_it(action: str) -> None:
    looks = action in {"iam:GetUser", "iam:GetRole"}
    text = text_of(path="/vendors/lightly/")
    assert allows(text, Request(action, resource_of(action))) is looks
    assert not allows(text, Request(action, resource_of(action).replace("Lightly-S3-farm", "anna")))


@pytest.mark.parametrize(("access", "other"), [(AccessKind.USER, "role"), (AccessKind.DELEGATED, "user")])
def test_with_a_path_too_one_kind_of_access_leaves_out_the_other(access: AccessKind, other: str) -> None:
    text = text_of(path="/vendors/lightly/", access=access)
    for action in ("iam:GetUser", "iam:GetRole"):
        assert allows(text, Request(action, resource_of(action))) is (RESOURCE_TYPES[action] != other)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_account_and_bucket_may_be_unknown(partition: str) -> None:
    statements: Any = setup_policy(partition=partition)["Statement"]
    assert [one["Resource"] for one in statements] == [
        "*",
        f"arn:{partition}:s3:::*",
        f"arn:{partition}:iam::*:user/Lightly-S3-*",
        f"arn:{partition}:iam::*:role/Lightly-S3-*",
    ]


def test_what_has_no_resource_in_iam_is_allowed_on_all() -> None:
    statements: Any = setup_policy()["Statement"]
    (anywhere,) = [one for one in statements if one["Resource"] == "*"]
    named = anywhere["Action"] if isinstance(anywhere["Action"], list) else [anywhere["Action"]]
    assert {action for action in ACTIONS if RESOURCE_TYPES[action] == ""} == set(named)


def test_it_fits_one_managed_policy() -> None:
    longest = setup_policy(account_id=ACCOUNT, path=f"/{'x' * 500}/", bucket="b" * 63, boundary_arn=BOUNDARY)
    assert size(longest) <= MANAGED
    assert json.loads(to_json(longest)) == longest


def test_a_new_call_of_an_unknown_kind_is_not_forgotten() -> None:
    new = Call(
        stage=Stage.MAKE,
        service="kms",
        operation="PutKeyPolicy",
        actions=("kms:PutKeyPolicy",),
        whose=(Whose.ADMINISTRATOR,),
        when="",
        cost=Cost.FREE,
        off="",
    )
    with pytest.raises(PolicyError, match="kms:PutKeyPolicy"):
        setup_policy(calls=[*ADMIN_CALLS, new])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"account_id": "1111"}, "twelve digits"),
        ({"account_id": "*"}, "twelve digits"),
        ({"path": "x/"}, "begins and ends with a slash"),
        ({"path": "/*/"}, "begins and ends with a slash"),
        ({"boundary_arn": "arn:aws:iam::111122223333:role/x"}, "ARN of a policy"),
        ({"boundary_arn": "arn:aws:iam::111122223333:policy/*"}, "ARN of a policy"),
    ],
)
def test_what_would_widen_the_policy_is_refused(arguments: dict[str, str], said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        setup_policy(**arguments)  # type: ignore[arg-type]
