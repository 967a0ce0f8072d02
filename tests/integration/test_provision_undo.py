"""Taking back what was made: only that, looked at again right before, and going on where it broke off."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.httpsession
import pytest
import sandbox_fixtures
from provision_stage import Stage, error_body, front_of, wanted

from core.access import AccessKind, Secret, UserAccess
from core.aws.setup_policy import setup_policy
from core.needs import OPERATIONS
from core.provision.looking import look_at
from core.provision.refusals import Refusal, Stopped
from core.provision.rotation.journal import RotationJournal
from core.provision.rotation.record import Owner, Record
from core.provision.undo import Undone, UndoPlan, principals_of, undo, undo_plan_for
from core.sandbox.sandbox import Sandbox
from core.store.secrets import MemorySecretStore

box = sandbox_fixtures.box


@pytest.fixture
def stage(box: Sandbox, tmp_path: Path) -> Stage:
    return Stage.at(box, tmp_path)


def _plan(stage: Stage, dataset: str) -> UndoPlan | Refusal:
    found = look_at(
        stage.admin,
        principals_of(dataset),
        secrets=stage.secrets,
        journal=stage.journal,
        endpoint_url=stage.url,
        waiter=stage.clock,
    )
    assert not isinstance(found, Refusal), found
    return undo_plan_for(dataset, found, endpoint_url=stage.url)


def _planned(stage: Stage, dataset: str) -> UndoPlan:
    plan = _plan(stage, dataset)
    assert isinstance(plan, UndoPlan), plan
    return plan


def _undo(stage: Stage, plan: UndoPlan) -> Undone | Stopped:
    return undo(
        plan,
        stage.admin,
        secrets=stage.secrets,
        journal=stage.journal,
        rotations=RotationJournal(stage.home),
        tell=stage.events.append,
        waiter=stage.clock,
    )


def _roles(stage: Stage) -> set[str]:
    return {str(role["RoleName"]) for role in stage.iam("list_roles")["Roles"]}


def test_what_was_made_for_a_dataset_is_gone_and_nothing_else(stage: Stage) -> None:
    other = wanted(stage.box, "stays")
    user, role = wanted(stage.box, "goes"), wanted(stage.box, "goes", AccessKind.DELEGATED)
    stage.make(other)
    stage.make(user, role)
    users, roles = stage.users(), _roles(stage)
    plan = _planned(stage, "goes")
    assert isinstance(_undo(stage, plan), Undone)
    assert users - stage.users() == {user.name}
    assert roles - _roles(stage) == {role.name}
    assert stage.kept_key(user.name) is None
    assert stage.secrets.get_made(plan.account_id, AccessKind.DELEGATED, role.name) is None
    assert stage.keys(other.name) == [stage.kept_key(other.name)]
    assert [event.number for event in stage.events[-2 * len(plan.steps) :: 2]] == list(range(1, len(plan.steps) + 1))
    assert stage.unfinished() == 0
    again = _plan(stage, "goes")
    assert isinstance(again, Refusal)
    assert again.cause == "nothing-there"


def test_the_policy_for_setting_up_suffices_to_make_all_and_to_take_it_back(stage: Stage) -> None:
    policy = setup_policy(account_id=stage.box.world.account_id, bucket=stage.box.bucket)
    stage.iam("create_user", UserName="setter-up")
    stage.iam("put_user_policy", UserName="setter-up", PolicyName="p", PolicyDocument=json.dumps(policy))
    key = stage.iam("create_access_key", UserName="setter-up")["AccessKey"]
    stage.administrator = UserAccess(key["AccessKeyId"], Secret(key["SecretAccessKey"]))
    both = wanted(stage.box, "least"), wanted(stage.box, "least", AccessKind.DELEGATED)
    stage.make(*both)
    changed = tuple(wanted(stage.box, "least", each.access, operations=OPERATIONS[:2]) for each in both)
    assert [step.call for step in stage.planned(*changed).steps] == ["iam:PutUserPolicy", "iam:PutRolePolicy"]
    stage.make(*changed)
    plan = _planned(stage, "least")
    assert plan.notes == ()
    assert isinstance(_undo(stage, plan), Undone)
    assert not stage.users() & {each.name for each in both}


def test_the_rotation_of_a_key_is_forgotten_with_its_user(stage: Stage) -> None:
    what = wanted(stage.box, "rotated")
    access = stage.make(what).access[what]
    assert isinstance(access, UserAccess)
    account = stage.box.world.account_id
    rotations = RotationJournal(stage.home)
    for user in (what.name, "Lightly-S3-stays"):
        for key in ("AKIAIOSFODNN7EXAMPLE", f"AKIAOF{user[-5:].upper()}"):
            stage.secrets.put_made(account, AccessKind.USER, f"{user}/{key}", access)
        owner = Owner(account, user)
        rotations.save(
            Record(
                owner=owner,
                old_key=f"AKIAOF{user[-5:].upper()}",
                new_key="AKIAIOSFODNN7EXAMPLE",
                known=(),
                places=(),
                began_at=datetime(2026, 11, 22, tzinfo=UTC),
            )
        )
    assert isinstance(_undo(stage, _planned(stage, "rotated")), Undone)
    assert [record.owner.user_name for record in rotations.load()] == ["Lightly-S3-stays"]
    for key in ("AKIAIOSFODNN7EXAMPLE", "AKIAOFTATED"):
        assert stage.secrets.get_made(account, AccessKind.USER, f"{what.name}/{key}") is None
    assert stage.secrets.get_made(account, AccessKind.USER, "Lightly-S3-stays/AKIAIOSFODNN7EXAMPLE") == access


def test_another_machine_knows_the_key_by_its_description(stage: Stage) -> None:
    what = wanted(stage.box, "by another")
    stage.make(what)
    stage.secrets = MemorySecretStore()
    assert isinstance(_undo(stage, _planned(stage, "by another")), Undone)
    assert what.name not in stage.users()


def test_a_key_that_was_made_by_hand_stands_in_the_way(stage: Stage) -> None:
    what = wanted(stage.box, "with another key")
    stage.make(what)
    by_hand = stage.iam("create_access_key", UserName=what.name)["AccessKey"]["AccessKeyId"]
    refused = _plan(stage, "with another key")
    assert isinstance(refused, Refusal)
    assert refused.cause == "other-key"
    assert by_hand[-4:] in refused.sentence
    assert len(stage.keys(what.name)) == 2


def test_a_policy_that_somebody_attached_stands_in_the_way(stage: Stage) -> None:
    what = wanted(stage.box, "attached")
    stage.make(what)
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    arn = stage.iam("create_policy", PolicyName="attached", PolicyDocument=document)["Policy"]["Arn"]
    stage.iam("attach_user_policy", UserName=what.name, PolicyArn=arn)
    refused = _plan(stage, "attached")
    assert isinstance(refused, Refusal)
    assert refused.cause == "other-permissions"
    assert arn in refused.sentence


def test_tags_that_went_since_the_plan_was_made_stop_it_before_anything_goes(stage: Stage) -> None:
    what = wanted(stage.box, "untagged")
    stage.make(what)
    plan = _planned(stage, "untagged")
    stage.iam("untag_user", UserName=what.name, TagKeys=["created-by"])
    stopped = _undo(stage, plan)
    assert isinstance(stopped, Stopped)
    assert stopped.refusal.cause == "changed-meanwhile"
    assert stage.keys(what.name) == [stage.kept_key(what.name)]


def test_a_policy_that_changed_since_the_plan_was_made_stops_it(stage: Stage) -> None:
    what = wanted(stage.box, "changed")
    stage.make(what)
    plan = _planned(stage, "changed")
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    stage.iam("put_user_policy", UserName=what.name, PolicyName=what.name, PolicyDocument=document)
    stopped = _undo(stage, plan)
    assert isinstance(stopped, Stopped)
    assert stopped.refusal.cause == "changed-meanwhile"
    assert what.name in stage.users()


def test_what_was_adopted_is_as_it_was_before(stage: Stage) -> None:
    what = wanted(stage.box, "adopted")
    own = {"Version": "2012-10-17", "Statement": [{"Sid": "Own", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    tags = [{"Key": "team", "Value": "vision"}, {"Key": "dataset", "Value": "finance"}]
    stage.iam("create_user", UserName=what.name, Tags=tags)
    stage.iam("put_user_policy", UserName=what.name, PolicyName=what.name, PolicyDocument=json.dumps(own))
    stage.make(what, adopt=True)
    assert isinstance(_undo(stage, _planned(stage, "adopted")), Undone)
    assert stage.keys(what.name) == []
    assert stage.iam("get_user", UserName=what.name)["User"]["Tags"] == tags
    assert stage.iam("get_user_policy", UserName=what.name, PolicyName=what.name)["PolicyDocument"] == own


def test_an_adopted_role_trusts_whom_it_trusted_before(stage: Stage) -> None:
    what = wanted(stage.box, "adopted role", AccessKind.DELEGATED)
    statement = {"Effect": "Allow", "Principal": {"AWS": stage.box.world.account_id}, "Action": "sts:AssumeRole"}
    own = {"Version": "2012-10-17", "Statement": [statement]}
    stage.iam("create_role", RoleName=what.name, AssumeRolePolicyDocument=json.dumps(own))
    stage.make(what, adopt=True)
    assert isinstance(_undo(stage, _planned(stage, "adopted role")), Undone)
    assert stage.iam("get_role", RoleName=what.name)["Role"]["AssumeRolePolicyDocument"] == own
    assert stage.iam("list_role_policies", RoleName=what.name)["PolicyNames"] == []


def test_a_refusal_half_way_says_what_was_done_last_and_the_same_again_goes_on(box: Sandbox, tmp_path: Path) -> None:
    with front_of(box.s3_url) as front:
        stage = Stage.at(box, tmp_path, url=front.url)
        what = wanted(box, "half")
        stage.make(what)
        front.refuse(
            "DeleteUser", 409, "DeleteConflict", "Cannot delete entity, must delete MFA device first.", times=1
        )
        stopped = _undo(stage, _planned(stage, "half"))
        assert isinstance(stopped, Stopped)
        assert stopped.refusal.cause == "delete-conflict"
        assert stopped.last is not None
        assert "inline policy" in stopped.last
        assert stopped.step == f"Delete the user {what.name}."
        plan = _planned(stage, "half")
        assert [step.call for step in plan.steps] == ["iam:DeleteUser"]
        assert isinstance(_undo(stage, plan), Undone)
    assert what.name not in stage.users()
    assert stage.unfinished() == 0


@pytest.mark.parametrize("action", ["DeleteAccessKey", "DeleteUserPolicy", "DeleteUser"])
def test_what_was_deleted_and_whose_answer_was_lost_stops_nothing(box: Sandbox, tmp_path: Path, action: str) -> None:
    with front_of(box.s3_url) as front:
        stage = Stage.at(box, tmp_path, url=front.url)
        what = wanted(box, f"lost {action}")
        stage.make(what)
        left = [1]

        def rule(asked: str, pass_on: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes] | None:
            if asked != action or not left[0]:
                return None
            left[0] -= 1
            pass_on()
            return 500, error_body("InternalFailure", "lost")

        front.rules.append(rule)
        assert isinstance(_undo(stage, _planned(stage, what.dataset)), Undone)
        assert left == [0]
    assert what.name not in stage.users()
    assert stage.kept_key(what.name) is None
    assert stage.unfinished() == 0


@pytest.mark.parametrize("action", ["GetUser", "GetRole"])
def test_what_may_not_be_seen_is_not_gone_and_nothing_is_taken_back(box: Sandbox, tmp_path: Path, action: str) -> None:
    denied = "User: arn:aws:iam::1:user/x is not authorized to perform: iam:Something"
    with front_of(box.s3_url) as front:
        stage = Stage.at(box, tmp_path, url=front.url)
        dataset = f"unseen {action}"
        user, role = wanted(box, dataset), wanted(box, dataset, AccessKind.DELEGATED)
        stage.make(role)
        front.refuse("TagUser", 403, "AccessDenied", denied, times=1)
        stage.stop(user)  # its key is kept, and the journal open
        plan = _planned(stage, dataset)
        front.refuse(action, 403, "AccessDenied", denied)
        refused = _plan(stage, dataset)
        assert isinstance(refused, Refusal)
        assert refused.cause == "look-up-denied"
        assert f"iam:{action}" in refused.fix
        stopped = _undo(stage, plan)  # a plan of before is not carried out either, of what may not be seen
        assert isinstance(stopped, Stopped)
        assert stopped.refusal.cause == "look-up-denied"
        assert stopped.last is None
        assert stage.keys(user.name) == [stage.kept_key(user.name)]
        assert stage.unfinished() == 1
        assert role.name in _roles(stage)
        front.rules.clear()
        left = _planned(stage, dataset)
        assert isinstance(_undo(stage, left), Undone)
    assert user.name not in stage.users()
    assert role.name not in _roles(stage)


def test_a_dataset_at_another_address_of_s3_is_made_and_taken_back_at_iam(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[tuple[str, str]] = set()
    send = botocore.httpsession.URLLib3Session.send

    def to_the_sandbox(self: Any, request: Any) -> Any:
        address = urlsplit(request.url)
        if address.netloc != urlsplit(stage.box.s3_url).netloc:
            asked.add((address.netloc, "S3" if request.method == "HEAD" else "IAM and STS"))
            request.headers["Host"] = address.netloc
            request.url = stage.box.s3_url + (f"{address.path}?{address.query}" if address.query else address.path)
        return send(self, request)

    monkeypatch.setattr(botocore.httpsession.URLLib3Session, "send", to_the_sandbox)
    stage.url = f"https://s3.dualstack.{stage.box.region}.amazonaws.com"
    both = wanted(stage.box, "dualstack"), wanted(stage.box, "dualstack", AccessKind.DELEGATED)
    made = stage.make(*both)
    assert made.works
    plan = _planned(stage, "dualstack")
    assert {each.name for each in both} == {name for _, name in plan.principals}
    assert isinstance(_undo(stage, plan), Undone)
    assert asked == {
        (f"s3.dualstack.{stage.box.region}.amazonaws.com", "S3"),
        (f"sts.{stage.box.region}.amazonaws.com", "IAM and STS"),
        ("sts.us-east-1.amazonaws.com", "IAM and STS"),
        ("iam.amazonaws.com", "IAM and STS"),
    }
    assert both[0].name not in stage.users()
