"""Making a user or a role in the sandbox's AWS: made once, adopted with care, never half."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sandbox_fixtures
from provision_stage import EXTERNAL_ID, Front, Stage, error_body, front_of, wanted

from core.access import AccessKind, DelegatedAccess, UserAccess
from core.aws.session import Clients
from core.console import resource_name
from core.needs import Operation
from core.provision.apply import Made
from core.provision.found import RUN
from core.provision.plan import KEY_TAG
from core.provision.progress import ProgressState
from core.provision.refusals import Refusal
from core.sandbox.sandbox import Sandbox
from core.store.secrets import MemorySecretStore, SecretUnavailableError

box = sandbox_fixtures.box
front = sandbox_fixtures.front


@pytest.fixture
def stage(box: Sandbox, tmp_path: Path) -> Stage:
    return Stage.at(box, tmp_path)


def _can(stage: Stage, access: UserAccess, key: str) -> bool:
    s3 = Clients().s3(access, region=stage.box.region, endpoint_url=stage.box.s3_url)
    try:
        s3.get_object(Bucket=stage.box.bucket, Key=key)
    except Exception:  # noqa: BLE001 - refused
        return False
    return True


def test_a_user_is_made_with_a_key_that_reads_its_folder_and_no_other(stage: Stage) -> None:
    what = wanted(stage.box, "farm")
    made = stage.make(what)
    access = made.access[what]
    assert isinstance(access, UserAccess)
    assert made.works
    assert stage.keys(what.name) == [access.access_key_id] == [stage.kept_key(what.name)]
    assert _can(stage, access, stage.box.world.objects[0])
    assert not _can(stage, access, stage.box.world.neighbour_prefix + "scan-01.png")
    user = stage.iam("get_user", UserName=what.name)["User"]
    tags = {tag["Key"]: tag["Value"] for tag in user["Tags"]}
    assert len(tags.pop(RUN)) == 16
    assert tags == {
        "created-by": "bucketlight",
        "created-on": "2026-11-22",
        "dataset": "farm",
        access.access_key_id: KEY_TAG,
    }
    assert stage.unfinished() == 0


def test_a_role_is_made_that_only_lightly_assumes_with_the_external_id_for_12_hours(stage: Stage) -> None:
    what = wanted(stage.box, "farm role", AccessKind.DELEGATED)
    made = stage.make(what)
    role = stage.iam("get_role", RoleName=what.name)["Role"]
    assert made.access[what] == DelegatedAccess(role["Arn"], EXTERNAL_ID)
    assert role["MaxSessionDuration"] == 43_200
    assert role["AssumeRolePolicyDocument"] == what.trust()
    kept = stage.secrets.get_made(stage.box.world.account_id, AccessKind.DELEGATED, what.name)
    assert kept == made.access[what]
    sts = Clients().sts(stage.box.world.lightly, region=stage.box.region, endpoint_url=stage.box.s3_url)
    right: dict[str, Any] = {"RoleArn": role["Arn"], "RoleSessionName": "lightly", "DurationSeconds": 43_200}
    assert sts.assume_role(**right, ExternalId=EXTERNAL_ID.reveal())["Credentials"]
    wrongs: list[dict[str, Any]] = [{"ExternalId": "lightly-of-somebody-else"}, {}]
    for wrong in wrongs:
        with pytest.raises(Exception, match="AccessDenied"):
            sts.assume_role(**right, **wrong)


@pytest.mark.parametrize("access", [AccessKind.USER, AccessKind.DELEGATED])
def test_the_same_plan_again_has_no_steps_and_sends_nothing_that_changes(
    box: Sandbox, tmp_path: Path, front: Front, access: AccessKind
) -> None:
    stage = Stage.at(box, tmp_path, url=front.url)
    what = wanted(box, f"again {access}", access)
    first = stage.make(what)
    front.asked.clear()
    plan = stage.planned(what)
    assert plan.steps == ()
    assert stage.apply(plan) == type(first)(
        access=first.access, arns=first.arns, works=True, steps=(), notes=plan.notes
    )
    assert not [each for each in front.asked if not each.startswith(("Get", "List", "HEAD"))]


def test_a_plan_alone_changes_nothing(box: Sandbox, tmp_path: Path, front: Front) -> None:
    stage = Stage.at(box, tmp_path, url=front.url)
    plan = stage.planned(wanted(box, "only planned"))
    assert len(plan.steps) == 3
    assert not [each for each in front.asked if not each.startswith(("Get", "List", "HEAD"))]
    assert "Lightly-S3-only-planned" not in stage.users()


def test_path_boundary_and_name_are_as_demanded(stage: Stage) -> None:
    arn = stage.iam("create_policy", PolicyName="limits", PolicyDocument=_allow("Edge", "s3:*", "*"))["Policy"]["Arn"]
    what = wanted(stage.box, "bound", path="/vendors/lightly/", boundary_arn=arn, named="lightly-bound")
    stage.make(what)
    user = stage.iam("get_user", UserName="lightly-bound")["User"]
    assert user["Path"] == "/vendors/lightly/"
    assert user["Arn"].endswith(":user/vendors/lightly/lightly-bound")
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    assert stage.planned(what).steps == ()


def _allow(sid: str, action: str, resource: str) -> str:
    statement = {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_what_has_the_name_and_is_not_ours_is_adopted_only_on_demand_and_keeps_what_it_has(stage: Stage) -> None:
    what = wanted(stage.box, "taken")
    stage.iam("create_user", UserName=what.name, Tags=[{"Key": "team", "Value": "vision"}])
    stage.iam("put_user_policy", UserName=what.name, PolicyName=what.name, PolicyDocument=_allow("Own", "s3:Get*", "*"))
    stage.iam("put_user_policy", UserName=what.name, PolicyName="other", PolicyDocument=_allow("X", "sqs:*", "*"))
    refused = stage.plan(what)
    assert isinstance(refused, Refusal)
    assert refused.cause == "name-exists"
    plan = stage.planned(what, adopt=True)
    assert {note.cause for note in plan.notes} == {"other-statements", "other-permissions"}
    assert [change.kind.value for step in plan.steps for change in step.changes] == ["kept", "added", "added", "added"]
    stage.apply(plan)
    document = stage.iam("get_user_policy", UserName=what.name, PolicyName=what.name)["PolicyDocument"]
    assert [statement["Sid"] for statement in document["Statement"]] == [
        "Own",
        "ListPrefix",
        "ReadPrefix",
        "WritePrefix",
    ]
    assert document["Statement"][0] == json.loads(_allow("Own", "s3:Get*", "*"))["Statement"][0]
    tags = {tag["Key"]: tag["Value"] for tag in stage.iam("get_user", UserName=what.name)["User"]["Tags"]}
    assert {**tags, stage.kept_key(what.name): KEY_TAG} == tags
    assert tags | {"team": "vision", "adopted-by": "bucketlight", "adopted-for": "taken"} == tags
    assert stage.planned(what).steps == ()


def test_a_role_that_is_adopted_keeps_whom_it_trusts_and_gets_12_hours(stage: Stage) -> None:
    what = wanted(stage.box, "old role", AccessKind.DELEGATED)
    own = {"Effect": "Allow", "Principal": {"AWS": stage.box.world.account_id}, "Action": "sts:AssumeRole"}
    ours = {**(what.trust() or {}), "Statement": [own, {"Sid": "LightlyAssumesThisRole", **own}]}
    stage.iam("create_role", RoleName=what.name, AssumeRolePolicyDocument=json.dumps(ours))
    plan = stage.planned(what, adopt=True)
    assert [step.call for step in plan.steps] == [
        "iam:TagRole",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
    ]
    assert EXTERNAL_ID.reveal() not in "\n".join(plan.lines()) + json.dumps(plan.to_json()) + repr(plan)
    stage.apply(plan)
    role = stage.iam("get_role", RoleName=what.name)["Role"]
    assert role["AssumeRolePolicyDocument"]["Statement"] == [own, *(what.trust() or {})["Statement"]]  # type: ignore[misc]
    assert role["MaxSessionDuration"] == 43_200
    assert stage.planned(what).steps == ()


def test_other_needs_change_our_statements_and_need_no_new_key(stage: Stage) -> None:
    stage.make(wanted(stage.box, "changing"))
    key = stage.kept_key(resource_name("changing"))
    reading = wanted(stage.box, "changing", operations=(Operation.LIST, Operation.READ))
    plan = stage.planned(reading)
    assert [step.call for step in plan.steps] == ["iam:PutUserPolicy"]
    assert [(change.kind.value, change.sid) for change in plan.steps[0].changes] == [
        ("kept", "ListPrefix"),
        ("kept", "ReadPrefix"),
        ("removed", "WritePrefix"),
    ]
    stage.apply(plan)
    assert (stage.keys(reading.name), stage.kept_key(reading.name)) == ([key], key)
    assert stage.planned(reading).steps == ()


def test_what_somebody_changed_since_the_plan_was_made_stops_it(stage: Stage) -> None:
    stage.make(wanted(stage.box, "raced"))
    reading = wanted(stage.box, "raced", operations=(Operation.LIST, Operation.READ))
    plan = stage.planned(reading)
    stage.iam(
        "put_user_policy", UserName=reading.name, PolicyName=reading.name, PolicyDocument=_allow("A", "s3:*", "*")
    )
    stopped = stage.apply(plan)
    assert stopped.refusal.cause == "changed-meanwhile"  # type: ignore[union-attr]
    document = stage.iam("get_user_policy", UserName=reading.name, PolicyName=reading.name)["PolicyDocument"]
    assert document == json.loads(_allow("A", "s3:*", "*"))


def test_a_plan_is_not_carried_out_in_another_account(stage: Stage, tmp_path: Path) -> None:
    plan = stage.planned(wanted(stage.box, "elsewhere"))
    with Sandbox() as other:
        elsewhere = Stage.at(stage.box, tmp_path, administrator=other.admin)
        stopped = elsewhere.apply(plan)
    assert stopped.refusal.cause == "other-account"  # type: ignore[union-attr]
    assert plan.wanted[0].name not in stage.users()


def test_a_bucket_of_another_account_is_refused(stage: Stage) -> None:
    with Sandbox() as other:
        refused = stage.plan(wanted(stage.box, "foreign", bucket=other.bucket))
        plan = stage.plan(wanted(stage.box, "no bucket", bucket="there-is-no-such-bucket"))
    assert isinstance(plan, Refusal)
    assert plan.cause == "no-such-bucket"
    assert not isinstance(refused, Refusal)  # to whom both accounts say no, nothing is known
    assert [note.cause for note in refused.notes] == ["bucket-owner-unknown"]


def test_a_bucket_that_answers_only_if_nobody_in_particular_has_to_own_it_is_another_accounts(
    box: Sandbox, tmp_path: Path
) -> None:
    with front_of(box.s3_url) as front:
        heads = iter([(403, b""), None])
        front.rules.append(lambda action, _: next(heads) if action == "HEAD" else None)
        refused = Stage.at(box, tmp_path, url=front.url).plan(wanted(box, "shared"))
    assert isinstance(refused, Refusal)
    assert refused.cause == "bucket-foreign"
    assert box.world.account_id in refused.sentence


def test_the_root_user_is_refused(box: Sandbox, tmp_path: Path) -> None:
    arn = f"arn:aws:iam::{box.world.account_id}:root"
    body = f"<R><GetCallerIdentityResult><Arn>{arn}</Arn><UserId>1</UserId></GetCallerIdentityResult></R>".encode()
    with front_of(box.s3_url) as front:
        front.rules.append(lambda action, _: (200, body) if action == "GetCallerIdentity" else None)
        refused = Stage.at(box, tmp_path, url=front.url).plan(wanted(box, "root"))
        assert front.asked == ["GetCallerIdentity"]
    assert isinstance(refused, Refusal)
    assert refused.cause == "root-credentials"


def test_no_key_is_made_where_its_secret_cannot_be_kept(stage: Stage) -> None:
    class Full(MemorySecretStore):
        def put_made(self, account_id: str, kind: AccessKind, name: str, access: Any) -> None:
            raise SecretUnavailableError("The keyring takes nothing more.", "Make room in it.")

    stage.secrets = Full()
    what = wanted(stage.box, "full keyring")
    stopped = stage.stop(what)
    assert stopped.refusal.cause == "secret-unavailable"
    assert stage.keys(what.name) == []


def test_a_key_whose_secret_the_keyring_lost_on_the_way_is_deleted_at_once(stage: Stage) -> None:
    class Breaking(MemorySecretStore):
        def put_made(self, account_id: str, kind: AccessKind, name: str, access: Any) -> None:
            if not name.endswith("/probe"):
                raise SecretUnavailableError("The keyring does not answer.", "Unlock it.")
            super().put_made(account_id, kind, name, access)

    stage.secrets = Breaking()
    what = wanted(stage.box, "breaking keyring")
    stopped = stage.stop(what)
    assert stopped.refusal.cause == "secret-unavailable"
    assert stage.keys(what.name) == []
    stage.secrets = MemorySecretStore()
    stage.make(what)
    assert stage.keys(what.name) == [stage.kept_key(what.name)]


def test_progress_tells_each_step_and_then_that_it_waits(stage: Stage) -> None:
    plan = stage.planned(wanted(stage.box, "told"))
    stage.apply(plan)
    assert [(event.number, event.state) for event in stage.events] == [
        (number, state) for number in (1, 2, 3, 4) for state in (ProgressState.STARTED, ProgressState.DONE)
    ]
    assert [event.sentence for event in stage.events[:6:2]] == [step.sentence for step in plan.steps]
    assert stage.clock.waits == [1.0]  # two answers in a row


def test_what_is_not_spread_yet_is_waited_for_with_growing_pauses(box: Sandbox, tmp_path: Path) -> None:
    with front_of(box.s3_url) as front:
        stage = Stage.at(box, tmp_path, url=front.url)
        plan = stage.planned(wanted(box, "slow"))
        made_now = [False]
        late = iter([False, True, False, False])

        def rule(action: str, _: object) -> tuple[int, bytes] | None:
            made_now[0] = made_now[0] or action == "CreateAccessKey"
            if action != "GetCallerIdentity" or not made_now[0] or next(late, True):
                return None
            return 403, error_body("InvalidClientTokenId", "The security token included in the request is invalid")

        front.rules.append(rule)
        made = stage.apply(plan)
    assert made.works  # type: ignore[union-attr]
    assert [(event.next_in, event.left) for event in stage.events if event.state is ProgressState.NOT_YET] == [
        (1, 60),
        (4, 57),
        (8, 53),
    ]
    assert stage.clock.waits == [1.0, 2.0, 4.0, 8.0, 8.0]


@pytest.mark.parametrize("access", [AccessKind.USER, AccessKind.DELEGATED])
def test_what_does_not_answer_for_a_minute_is_made_all_the_same_and_that_is_told(
    box: Sandbox, tmp_path: Path, front: Front, access: AccessKind
) -> None:
    stage = Stage.at(box, tmp_path, url=front.url)
    what = wanted(box, f"never there {access}", access)
    plan = stage.planned(what)
    last = "TagUser" if access is AccessKind.USER else "PutRolePolicy"
    looks = Counter[str]()

    def rule(action: str, _: object) -> tuple[int, bytes] | None:
        looks[action] += last in front.asked
        if action == "GetCallerIdentity" and looks[action]:
            return 403, error_body("InvalidClientTokenId", "The security token included in the request is invalid")
        if action == "GetRole" and looks[action] > 1:  # once for the role's ARN
            return 404, error_body("NoSuchEntity", "The role with name x cannot be found.")
        return None

    front.rules.append(rule)
    made = stage.apply(plan)
    assert isinstance(made, Made)
    assert not made.works
    assert len(made.steps) == len(plan.steps)
    assert stage.clock.now() == 60.0
    assert next(event.left for event in stage.events if event.state is ProgressState.NOT_YET) == 60
    assert stage.secrets.get_made(box.world.account_id, access, what.name) == made.access[what]
    assert stage.unfinished() == 0
    front.rules.clear()
    assert stage.planned(what).steps == ()


def test_two_users_of_one_dataset_are_made_together(stage: Stage) -> None:
    reading = wanted(stage.box, "pair", operations=(Operation.LIST, Operation.READ))
    output = wanted(stage.box, "pair", prefix="farm-output/", named="Lightly-S3-pair-output")
    made = stage.make(reading, output)
    assert len({access.access_key_id for access in made.access.values() if isinstance(access, UserAccess)}) == 2
    assert stage.planned(reading, output).steps == ()
