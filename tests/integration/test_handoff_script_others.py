"""What the script of a hand-off finds there already, and whose the buckets are: nothing of others is changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sandbox_fixtures
from handoff_desk import EXTERNAL_ID, FOREIGN, Desk, a_desk, a_user

from core.access import AccessKind, Secret, UserAccess
from core.location import S3Location
from core.provision.wanted import Wanted
from core.sandbox import Sandbox

box = sandbox_fixtures.box


@pytest.fixture
def desk(box: Sandbox, tmp_path: Path) -> Desk:
    return a_desk(box, tmp_path)


@pytest.fixture
def user(request: pytest.FixtureRequest, box: Sandbox) -> Wanted:
    return a_user(box, request.node.name)


@pytest.fixture
def role(user: Wanted) -> Wanted:
    return replace(user, access=AccessKind.DELEGATED, external_id=EXTERNAL_ID)


@pytest.mark.parametrize("tags", [{}, {"created-by": "somebody"}, {"created-by": "bucketlight", "dataset": "another"}])
@pytest.mark.parametrize("kind", ["user", "role"])
def test_what_was_not_made_for_this_is_left_alone(
    kind: str, tags: dict[str, str], desk: Desk, user: Wanted, role: Wanted
) -> None:
    wanted = user if kind == "user" else role
    pairs: Any = [{"Key": key, "Value": value} for key, value in tags.items()]
    if kind == "user":
        desk.iam.create_user(UserName=wanted.name, Tags=pairs)
    else:
        trust = json.dumps(replace(role, external_id=Secret("lightly-another-one")).trust())
        desk.iam.create_role(RoleName=wanted.name, AssumeRolePolicyDocument=trust, Tags=pairs)
    before = desk.user(wanted.name) if kind == "user" else desk.role(wanted.name)
    done = desk.run(wanted, "--yes", EXTERNAL_ID=EXTERNAL_ID.reveal())
    assert done.returncode == 1
    assert ("of another dataset: another" if "dataset" in tags else "not made for this") in done.stderr
    assert (desk.user(wanted.name) if kind == "user" else desk.role(wanted.name)) == before


@pytest.mark.parametrize("kind", ["user", "role"])
def test_two_datasets_whose_names_make_one_name_do_not_take_each_others_place(
    kind: str, desk: Desk, user: Wanted, role: Wanted
) -> None:
    first = replace(user if kind == "user" else role, dataset=f"{kind} of farm animals")
    second = replace(first, dataset=f"{kind} of farm-animals")
    assert first.name == second.name
    assert desk.run(first, "--yes", EXTERNAL_ID=EXTERNAL_ID.reveal()).returncode == 0
    before = desk.user(first.name) if kind == "user" else desk.role(first.name)
    done = desk.run(second, "--yes", EXTERNAL_ID=EXTERNAL_ID.reveal())
    assert done.returncode == 1
    assert f"of another dataset: {first.dataset}. Nothing was changed." in done.stderr
    assert (desk.user(first.name) if kind == "user" else desk.role(first.name)) == before


@pytest.mark.parametrize("sid", [{"Sid": "AnnasOwn"}, {}])
@pytest.mark.parametrize("where", ["trust policy", "policy"])
def test_a_statement_of_others_is_never_dropped(where: str, sid: dict[str, str], desk: Desk, role: Wanted) -> None:
    assert desk.run(role, "--yes", EXTERNAL_ID=EXTERNAL_ID.reveal()).returncode == 0
    policy = role.policy()
    document: Any = role.trust() if where == "trust policy" else dict(policy.document)
    own: dict[str, object] = {**sid, "Effect": "Allow", "Action": "sts:AssumeRole"}
    if where == "trust policy":
        own["Principal"] = {"AWS": f"arn:aws:iam::{desk.box.world.account_id}:root"}
        changed = json.dumps(document | {"Statement": [*document["Statement"], own]})
        desk.iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=changed)
    else:
        # A single statement needs no list.
        changed = json.dumps(document | {"Statement": {**own, "Action": "s3:ListBucket", "Resource": "*"}})
        desk.iam.put_role_policy(RoleName=role.name, PolicyName=policy.name, PolicyDocument=changed)
    before = desk.role(role.name)
    done = desk.run(role, "--yes", EXTERNAL_ID=EXTERNAL_ID.reveal())
    assert done.returncode == 1
    assert f"The {where} of the role {role.name} has a statement that was not made for this" in done.stderr
    assert f"its Sid is {sid.get('Sid', 'missing')}. Nothing was changed." in done.stderr
    assert desk.role(role.name) == before


def test_a_users_policy_with_a_statement_of_others_is_left_alone_too(desk: Desk, user: Wanted) -> None:
    assert desk.run(user, "--yes").returncode == 0
    policy = user.policy()
    document: Any = policy.document
    changed = json.dumps(document | {"Statement": [FOREIGN, *document["Statement"]]})
    desk.iam.put_user_policy(UserName=user.name, PolicyName=policy.name, PolicyDocument=changed)
    done = desk.run(user, "--yes")
    assert done.returncode == 1
    assert "its Sid is AnnasOwn" in done.stderr
    found = desk.user(user.name)
    assert found is not None
    assert found["Policies"] == {policy.name: json.loads(changed)}


def test_a_bucket_that_is_not_there_stops_it_before_anything_is_made(desk: Desk, user: Wanted) -> None:
    lost = replace(user, grants=(*user.grants, replace(user.grants[0], location=S3Location("no-such-bucket-1", "x/"))))
    done = desk.run(lost, "--yes", "--unseen-bucket")
    assert done.returncode == 1
    assert "There is no bucket no-such-bucket-1. Nothing was changed." in done.stderr
    assert desk.user(user.name) is None


def test_a_bucket_of_another_account_stops_it_before_anything_is_made(desk: Desk, user: Wanted) -> None:
    done = desk.run(user, "--yes", "--unseen-bucket", bucket_account_id="999988887777")
    assert done.returncode == 1
    assert f"The bucket {desk.box.bucket} is not of account 999988887777. Nothing was changed." in done.stderr
    assert desk.user(user.name) is None


def may_not_look_at_buckets(desk: Desk, name: str) -> UserAccess:
    """Make an administrator of IAM who may do nothing in S3."""
    desk.iam.create_user(UserName=name)
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]}
    desk.iam.put_user_policy(UserName=name, PolicyName="iam", PolicyDocument=json.dumps(document))
    made = desk.iam.create_access_key(UserName=name)["AccessKey"]
    return UserAccess(made["AccessKeyId"], Secret(made["SecretAccessKey"]))


def test_where_the_buckets_owner_cannot_be_known_it_goes_on_only_where_that_is_agreed_to(
    desk: Desk, user: Wanted
) -> None:
    who = may_not_look_at_buckets(desk, "iam-only")
    done = desk.run(user, "--yes", who=who)
    assert done.returncode == 1
    assert f"is of account {desk.box.world.account_id} is not known" in done.stdout
    assert "add --unseen-bucket" in done.stderr
    assert desk.user(user.name) is None
    assert desk.run(user, typed="no\n", who=who).returncode == 1
    assert desk.user(user.name) is None
    done = desk.run(user, typed="yes\n", who=who)
    assert (done.returncode, done.stderr) == (0, "")
    assert desk.run(user, "--yes", "--unseen-bucket", who=who).returncode == 0


def test_the_buckets_own_account_is_as_good_where_it_is_named(desk: Desk, user: Wanted) -> None:
    done = desk.run(user, "--yes", bucket_account_id=desk.box.world.account_id)
    assert (done.returncode, done.stderr) == (0, "")
    heads = [call["arguments"] for call in desk.calls() if call["arguments"][1] == "head-bucket"]
    assert [each[-2:] for each in heads] == [["--expected-bucket-owner", desk.box.world.account_id]]
