"""An administrator who has the policy of `--for-setup` alone makes users and roles, and can do nothing else."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import sandbox_fixtures
from botocore.config import Config
from botocore.exceptions import ClientError
from provision_stage import Stage, wanted
from rotation_stage import Stage as RotationStage

from core.access import AccessKind, Secret, UserAccess
from core.aws.setup_policy import setup_policy
from core.provision.looking import look_at
from core.provision.plan import AwsPlan
from core.provision.refusals import Refusal, Stopped
from core.provision.rotation.outcome import Rotated
from core.provision.undo import Undone, UndoPlan, principals_of, undo, undo_plan_for
from core.provision.wanted import Wanted
from core.sandbox.sandbox import Sandbox
from core.store.secrets import MemorySecretStore

PATH = "/vendors/lightly/"
ACCESSES = (AccessKind.USER, AccessKind.DELEGATED)


box = sandbox_fixtures.box


@pytest.fixture(scope="module")
def boundary(box: Sandbox) -> str:
    """A policy that the account demands as a permissions boundary."""
    iam = client(box, box.admin)
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    arn: str = iam.create_policy(PolicyName="bound", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    return arn


@dataclass(frozen=True)
class Demands:
    """What the account demands of users and roles, for the policy and for what is made alike."""

    path: str
    boundary_arn: str | None

    @property
    def options(self) -> dict[str, Any]:
        return {"path": self.path, "boundary_arn": self.boundary_arn}


@pytest.fixture(params=["nothing", "a path", "a boundary", "a path and a boundary"])
def demands(request: pytest.FixtureRequest, boundary: str) -> Demands:
    said: str = request.param
    return Demands(PATH if "path" in said else "/", boundary if "boundary" in said else None)


def client(box: Sandbox, who: UserAccess) -> Any:
    """Make a client past our own gate."""
    return boto3.client(
        "iam",
        region_name=box.region,
        endpoint_url=box.s3_url,
        aws_access_key_id=who.access_key_id,
        aws_secret_access_key=who.secret_access_key.reveal(),
        config=Config(proxies={}, retries={"total_max_attempts": 1}),
    )


def administrator(box: Sandbox, **options: Any) -> UserAccess:
    """Make an administrator who has our policy only."""
    iam, name = client(box, box.admin), f"setup-{secrets.token_hex(4)}"
    iam.create_user(UserName=name)
    document = setup_policy(account_id=box.world.account_id, bucket=box.bucket, **options)
    iam.put_user_policy(UserName=name, PolicyName="setup", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return UserAccess(key["AccessKeyId"], Secret(key["SecretAccessKey"]))


@pytest.fixture
def stage(box: Sandbox, tmp_path: Path, demands: Demands) -> Stage:
    """A machine whose administrator has our policy only, as the account demands it."""
    stage = Stage.at(box, tmp_path)
    stage.administrator = administrator(box, **demands.options)
    return stage


def take_back(stage: Stage, dataset: str) -> None:
    """Undo what was made for a dataset, as the administrator."""
    found = look_at(
        stage.admin, principals_of(dataset), secrets=stage.secrets, journal=stage.journal, endpoint_url=stage.url
    )
    assert not isinstance(found, Refusal), found
    plan = undo_plan_for(dataset, found, endpoint_url=stage.url)
    assert isinstance(plan, UndoPlan), plan
    done = undo(plan, stage.admin, secrets=stage.secrets, journal=stage.journal, waiter=stage.clock)
    assert isinstance(done, Undone), done


def get(stage: Stage, what: Wanted) -> dict[str, Any]:
    """Look what was made up, as somebody else."""
    kind = "Role" if what.access is AccessKind.DELEGATED else "User"
    found: dict[str, Any] = stage.iam(f"get_{kind.lower()}", **{f"{kind}Name": what.name})[kind]
    return found


def names(stage: Stage) -> set[str]:
    return stage.users() | {role["RoleName"] for role in stage.iam("list_roles")["Roles"]}


@pytest.mark.parametrize("access", ACCESSES)
def test_it_makes_finds_and_takes_back_a_user_and_a_role(stage: Stage, demands: Demands, access: AccessKind) -> None:
    dataset = f"farm {secrets.token_hex(4)}"
    what = wanted(stage.box, dataset, access, **demands.options)
    assert stage.make(what).access[what] is not None
    made = get(stage, what)
    assert made["Path"] == demands.path
    assert made.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") == demands.boundary_arn
    again = stage.plan(what)
    assert isinstance(again, AwsPlan)
    assert again.steps == ()
    take_back(stage, dataset)
    assert what.name not in names(stage)


@pytest.mark.parametrize("access", ACCESSES)
def test_it_adopts_what_was_there_and_leaves_it_as_it_was(stage: Stage, demands: Demands, access: AccessKind) -> None:
    dataset = f"farm {secrets.token_hex(4)}"
    what = wanted(stage.box, dataset, access, **demands.options)
    if access is AccessKind.DELEGATED:
        theirs = {"Effect": "Allow", "Principal": {"AWS": stage.box.world.account_id}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": theirs})
        stage.iam("create_role", RoleName=what.name, Path=demands.path, AssumeRolePolicyDocument=trust)
    else:
        stage.iam("create_user", UserName=what.name, Path=demands.path)
    assert stage.make(what, adopt=True).access[what] is not None
    assert get(stage, what).get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") == demands.boundary_arn
    take_back(stage, dataset)
    assert what.name in names(stage)
    assert not get(stage, what).get("Tags")


def test_it_replaces_a_key_and_may_see_when_the_old_one_was_used(
    box: Sandbox, tmp_path: Path, demands: Demands
) -> None:
    stage = RotationStage(box, tmp_path, MemorySecretStore(), user=f"Lightly-S3-{secrets.token_hex(4)}")
    if demands.path != "/":
        client(box, box.admin).update_user(UserName=stage.user, NewPath=demands.path)
    stage.admin_access = administrator(box, **demands.options)
    dataset = stage.dataset(f"farm {secrets.token_hex(4)}")
    used = client(box, stage.admin_access).get_access_key_last_used(AccessKeyId=stage.key.access_key_id)
    assert used["UserName"] == stage.user
    assert isinstance(stage.run(dataset), Rotated)
    stage.day_goes_by()
    assert isinstance(stage.run(dataset, finish=True), Rotated)
    assert stage.key.access_key_id not in stage.user_keys()


@pytest.mark.parametrize("access", ACCESSES)
def test_without_the_boundary_that_it_demands_nothing_is_made(
    box: Sandbox, tmp_path: Path, boundary: str, access: AccessKind
) -> None:
    stage = Stage.at(box, tmp_path)
    stage.administrator = administrator(box, boundary_arn=boundary)
    what = wanted(box, f"farm {secrets.token_hex(4)}", access)
    stopped = stage.apply(stage.planned(what))
    assert isinstance(stopped, Stopped)
    assert stopped.refusal.cause == "access-denied"
    assert what.name not in names(stage)


def test_it_can_neither_touch_others_nor_give_rights_by_another_way(stage: Stage, demands: Demands) -> None:
    what = wanted(stage.box, f"farm {secrets.token_hex(4)}", **demands.options)
    stage.make(what)
    iam = client(stage.box, stage.admin)
    everything = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    elsewhere = f"Lightly-S3-{secrets.token_hex(4)}"
    stage.iam("create_user", UserName=elsewhere, Path="/others/")
    tries: list[Callable[[], object]] = [
        lambda: iam.create_user(UserName="somebody"),
        lambda: iam.create_user(UserName=f"{elsewhere}-2", Path="/others/"),
        lambda: iam.put_user_policy(UserName=elsewhere, PolicyName="x", PolicyDocument=everything),
        lambda: iam.delete_user(UserName=elsewhere),
        lambda: iam.create_access_key(UserName="administrator"),
        lambda: iam.put_user_policy(UserName="administrator", PolicyName="x", PolicyDocument=everything),
        lambda: iam.delete_user(UserName="lightly-reader"),
        lambda: iam.put_role_policy(RoleName="lightly-role", PolicyName="x", PolicyDocument=everything),
        lambda: iam.attach_user_policy(UserName=what.name, PolicyArn=administrator),
        lambda: iam.create_login_profile(UserName=what.name, Password="Canary-0123456789"),
        lambda: iam.create_policy(PolicyName="x", PolicyDocument=everything),
        iam.list_users,
    ]
    if demands.boundary_arn:
        tries += [
            lambda: iam.put_user_permissions_boundary(UserName=what.name, PermissionsBoundary=administrator),
            lambda: iam.create_user(UserName=f"{what.name}-2", Path=demands.path),
            lambda: iam.create_user(UserName=f"{what.name}-2", Path=demands.path, PermissionsBoundary=administrator),
        ]
    for send in tries:
        with pytest.raises(ClientError) as caught:
            send()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
