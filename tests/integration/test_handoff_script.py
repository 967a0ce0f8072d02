"""The script of a hand-off, run by bash against the sandbox: what it makes there is what is wanted."""

from __future__ import annotations

import json
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
import sandbox_fixtures
from botocore.exceptions import ClientError
from handoff_desk import EXTERNAL_ID, FOREIGN, Desk, a_desk, a_user, documents, tags

from core.access import AccessKind, Secret, UserAccess
from core.aws.grants import Networks
from core.location import S3Location
from core.needs import OPERATIONS
from core.pasted import read_key_file
from core.provision.wanted import Wanted
from core.sandbox import Sandbox

ODD = 'it\'s "odd" `here` $(touch pwned) ${x} a*b \\ & ; | < > # !\nEOF\n%{y} Kühe 日本/'


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


def test_the_script_makes_the_user_that_is_wanted(desk: Desk, user: Wanted) -> None:
    done = desk.run(user, "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    found = desk.user(user.name)
    assert found is not None
    assert found["Policies"] == documents(user)
    assert tags(found) == dict(user.tags)
    assert found["Path"] == "/"
    assert "PermissionsBoundary" not in found
    assert desk.iam.list_access_keys(UserName=user.name)["AccessKeyMetadata"] == []
    assert "--key lightly-key.csv" in done.stdout


def test_the_script_makes_the_role_that_is_wanted_and_only_its_external_id_opens_it(desk: Desk, role: Wanted) -> None:
    done = desk.run(role, "--yes", EXTERNAL_ID=EXTERNAL_ID.reveal())
    assert (done.returncode, done.stderr) == (0, "")
    found = desk.role(role.name)
    assert found is not None
    assert found["AssumeRolePolicyDocument"] == role.trust()
    assert found["MaxSessionDuration"] == 43_200
    assert found["Policies"] == documents(role)
    assert tags(found) == dict(role.tags)
    assert done.stdout.splitlines()[-1] == found["Arn"]
    lightly = desk.box.world.lightly
    sts = boto3.client(
        "sts",
        region_name=desk.box.region,
        endpoint_url=desk.box.s3_url,
        aws_access_key_id=lightly.access_key_id,
        aws_secret_access_key=lightly.secret_access_key.reveal(),
    )
    asked = {"RoleArn": found["Arn"], "RoleSessionName": "lightly"}
    assert sts.assume_role(**asked, ExternalId=EXTERNAL_ID.reveal(), DurationSeconds=43_200)["Credentials"]
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(**asked, ExternalId="lightly-another-one")


@pytest.mark.parametrize("kind", ["user", "role"])
def test_path_boundary_key_output_and_networks_arrive(kind: str, desk: Desk, user: Wanted, role: Wanted) -> None:
    boundary = desk.iam.create_policy(
        PolicyName=f"edge-{kind}",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        ),
    )["Policy"]["Arn"]
    first = user.grants[0]
    key = f"arn:aws:kms:{desk.box.region}:{desk.box.world.account_id}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    wanted = replace(
        user if kind == "user" else role,
        grants=(
            replace(first, operations=OPERATIONS[:2], kms_key_arn=key),
            replace(first, location=S3Location(desk.box.world.output_bucket, "results/"), delete=True),
        ),
        networks=Networks(source_ips=("203.0.113.0/24",)),
        path="/lightly/team/",
        boundary_arn=boundary,
    )
    done = desk.run(wanted, "--yes", EXTERNAL_ID=EXTERNAL_ID.reveal())
    assert (done.returncode, done.stderr) == (0, "")
    found = desk.user(wanted.name) if kind == "user" else desk.role(wanted.name)
    assert found is not None
    assert found["Path"] == "/lightly/team/"
    assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert found["Policies"] == documents(wanted)
    assert desk.run(wanted, "--yes", EXTERNAL_ID=EXTERNAL_ID.reveal()).returncode == 0
    assert f"put-{kind}-permissions-boundary" in desk.operations()


def test_a_folder_with_every_odd_letter_is_only_a_folder(desk: Desk, role: Wanted) -> None:
    odd = replace(
        role,
        grants=(replace(role.grants[0], location=S3Location(desk.box.bucket, ODD)),),
        path="/a_+=,.@-/=/--x/",
    )
    done = desk.run(odd, "--yes", EXTERNAL_ID=EXTERNAL_ID.reveal())
    assert (done.returncode, done.stderr) == (0, "")
    found = desk.role(odd.name)
    assert found is not None
    assert found["Policies"] == documents(odd)
    assert found["Path"] == odd.path
    assert not (desk.folder / "pwned").exists()
    assert r"!\nEOF\n%{y}" in done.stdout


def test_run_again_it_brings_back_what_was_changed_and_keeps_what_is_there(desk: Desk, role: Wanted) -> None:
    assert desk.run(role, "--yes", EXTERNAL_ID=EXTERNAL_ID.reveal()).returncode == 0
    before = desk.role(role.name)
    desk.iam.update_role(RoleName=role.name, MaxSessionDuration=3_600)
    other = replace(role, external_id=Secret("lightly-another-one"))
    desk.iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=json.dumps(other.trust()))
    desk.iam.delete_role_policy(RoleName=role.name, PolicyName=role.policy().name)
    foreign = json.dumps(dict(role.policy().document) | {"Statement": [FOREIGN]})
    desk.iam.put_role_policy(RoleName=role.name, PolicyName="annas", PolicyDocument=foreign)
    again = desk.run(role, "--yes", EXTERNAL_ID=EXTERNAL_ID.reveal())
    assert (again.returncode, again.stderr) == (0, "")
    found = desk.role(role.name)
    assert found is not None
    assert found["Policies"].pop("annas") == json.loads(foreign)
    assert found == before
    assert "Brings up to date" in again.stdout


@pytest.mark.parametrize("typed", ["", "no\n", "y\n", "YES\n"])
def test_without_a_yes_nothing_is_changed(typed: str, desk: Desk, user: Wanted) -> None:
    done = desk.run(user, typed=typed)
    assert done.returncode == 1
    assert f"Account: {desk.box.world.account_id}" in done.stdout
    assert "Nothing was changed." in done.stderr
    assert desk.user(user.name) is None


def test_a_typed_yes_and_a_typed_external_id_are_enough(desk: Desk, role: Wanted) -> None:
    done = desk.run(role, typed=f"yes\n{EXTERNAL_ID.reveal()}\n")
    assert (done.returncode, done.stderr) == (0, "")
    found = desk.role(role.name)
    assert found is not None
    assert found["AssumeRolePolicyDocument"] == role.trust()


def test_another_account_is_refused_before_anything_is_asked_of_iam(desk: Desk, user: Wanted) -> None:
    done = desk.run(user, "--yes", account_id="999988887777")
    assert done.returncode == 1
    assert "belongs into account 999988887777" in done.stderr
    assert desk.operations() == ["get-caller-identity"]


@pytest.mark.parametrize("external_id", ["short", 'a"},{"b":"cdefghij', "ten letters", "lightly-é-1234567"])
def test_what_is_no_external_id_is_refused_before_anything_is_made(external_id: str, desk: Desk, role: Wanted) -> None:
    done = desk.run(role, "--yes", EXTERNAL_ID=external_id)
    assert done.returncode == 1
    assert "An external ID has" in done.stderr
    assert external_id not in done.stderr
    assert desk.role(role.name) is None


def test_the_external_id_is_in_no_argument_no_environment_no_output_no_trace_and_no_file(
    desk: Desk, role: Wanted
) -> None:
    done = desk.run(role, "--yes", traced=True, EXTERNAL_ID=EXTERNAL_ID.reveal(), external_id="exported")
    assert done.returncode == 0
    secret = EXTERNAL_ID.reveal()
    assert secret not in done.stdout + done.stderr
    assert secret not in json.dumps(desk.calls())
    assert [path for path in desk.folder.rglob("*") if path.is_file() and secret in path.read_text()] == []
    assert [*(desk.folder / "tmp").iterdir()] == []
    assert "create-role" in desk.operations()


def test_a_key_is_made_only_when_asked_for_into_a_file_for_one_pair_of_eyes(desk: Desk, user: Wanted) -> None:
    done = desk.run(user, "--yes", "--key", "lightly-key.csv", traced=True)
    assert done.returncode == 0
    file = desk.folder / "lightly-key.csv"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    [key] = desk.iam.list_access_keys(UserName=user.name)["AccessKeyMetadata"]
    found = read_key_file(file)
    assert found.access_key_id == key["AccessKeyId"]
    assert found.secret_access_key is not None
    assert found.secret_access_key.reveal() not in done.stdout + done.stderr
    [made] = [call for call in desk.calls() if call["arguments"][1] == "create-access-key"]
    assert made["environment"]["AWS_MAX_ATTEMPTS"] == "1"


def test_a_second_key_is_never_made(desk: Desk, user: Wanted) -> None:
    assert desk.run(user, "--yes", "--key", "first.csv").returncode == 0
    again = desk.run(user, "--yes", "--key", "second.csv")
    assert again.returncode == 1
    assert "has an access key already" in again.stderr
    assert not (desk.folder / "second.csv").exists()
    assert len(desk.iam.list_access_keys(UserName=user.name)["AccessKeyMetadata"]) == 1


def test_a_file_that_is_there_is_not_overwritten_with_a_key(desk: Desk, user: Wanted) -> None:
    (desk.folder / "mine.csv").write_text("mine")
    done = desk.run(user, "--yes", "--key", "mine.csv")
    assert done.returncode == 2
    assert (desk.folder / "mine.csv").read_text() == "mine"
    assert desk.calls() == []


def test_a_file_that_cannot_be_made_costs_no_key(desk: Desk, user: Wanted) -> None:
    done = desk.run(user, "--yes", "--key", "no-such-folder/key.csv")
    assert done.returncode == 1
    assert "No key was made." in done.stderr
    assert desk.iam.list_access_keys(UserName=user.name)["AccessKeyMetadata"] == []


def test_who_may_make_nothing_is_told_what_aws_says_and_nothing_is_made(desk: Desk, user: Wanted) -> None:
    done = desk.run(user, "--yes", who=desk.box.reader)
    assert done.returncode == 1
    assert "AccessDenied" in done.stderr
    assert "Nothing was changed." in done.stderr
    assert desk.user(user.name) is None


def test_stopped_in_the_midst_it_says_so_and_goes_on_when_it_is_run_again(desk: Desk, user: Wanted) -> None:
    helper = f"helper-of-{user.name}"[:64]
    desk.iam.create_user(UserName=helper)
    allowed = ["iam:GetUser", "iam:CreateUser", "iam:TagUser", "s3:ListBucket"]
    statement = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
    desk.iam.put_user_policy(
        UserName=helper,
        PolicyName="some",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    made = desk.iam.create_access_key(UserName=helper)["AccessKey"]
    done = desk.run(user, "--yes", who=UserAccess(made["AccessKeyId"], Secret(made["SecretAccessKey"])))
    assert done.returncode != 0
    assert "iam:PutUserPolicy" in done.stderr
    assert "Once the cause is gone, run this again" in done.stderr
    assert desk.run(user, "--yes").returncode == 0
    found = desk.user(user.name)
    assert found is not None
    assert found["Policies"] == documents(user)


def test_a_history_of_the_command_that_would_keep_a_secret_stops_it(desk: Desk, role: Wanted) -> None:
    settings = desk.folder / "config"
    settings.write_text("[default]\ncli_history = enabled\n")
    done = desk.run(role, "--yes", EXTERNAL_ID=EXTERNAL_ID.reveal(), AWS_CONFIG_FILE=str(settings))
    assert done.returncode == 1
    assert "Turn cli_history off" in done.stderr
    assert desk.role(role.name) is None


@pytest.mark.parametrize("options", [("--force",), ("--key",), ("--yes", "x")])
def test_what_is_no_option_is_refused_before_anything_is_asked(
    options: tuple[str, ...], desk: Desk, user: Wanted
) -> None:
    assert desk.run(user, *options).returncode == 2
    assert desk.calls() == []


@pytest.mark.parametrize(
    "wrong",
    [
        ("iamm", "get-user"),
        ("s3", "head-bucket", "--bucket", "x"),
        ("iam", "get-the-user"),
        ("iam", "get-user", "--name", "x"),
        ("iam", "get-user", "--user-name"),
        ("iam", "create-user", "--path", "/"),
    ],
)
def test_the_stand_in_for_the_command_refuses_what_the_command_would(wrong: tuple[str, ...], desk: Desk) -> None:
    environment = desk.environment(desk.box.admin)
    assert subprocess.run(["aws", *wrong], env=environment, capture_output=True, check=False).returncode in {252, 254}


@pytest.mark.program("aws")
@pytest.mark.parametrize("kind", ["user", "role"])
def test_the_aws_cli_itself_makes_the_same(kind: str, desk: Desk, user: Wanted, role: Wanted) -> None:
    (desk.folder / "bin" / "aws").unlink()  # so that the next one on the path is found
    first = (user if kind == "user" else role).grants[0]
    wanted = replace(
        user if kind == "user" else role, grants=(replace(first, location=S3Location(desk.box.bucket, ODD)),)
    )
    options = ("--yes", "--key", "key.csv") if kind == "user" else ("--yes",)
    done = desk.run(wanted, *options, EXTERNAL_ID=EXTERNAL_ID.reveal())
    assert (done.returncode, done.stderr) == (0, "")
    found = desk.user(wanted.name) if kind == "user" else desk.role(wanted.name)
    assert found is not None
    assert found["Policies"] == documents(wanted)
    assert tags(found) == dict(wanted.tags)
    if kind == "user":
        assert read_key_file(desk.folder / "key.csv").secret_access_key is not None
    else:
        assert found["AssumeRolePolicyDocument"] == role.trust()
    again = desk.run(wanted, "--yes", EXTERNAL_ID=EXTERNAL_ID.reveal())
    assert (again.returncode, again.stderr) == (0, "")
    other = desk.run(replace(wanted, dataset="other", named=wanted.name), "--yes", EXTERNAL_ID=EXTERNAL_ID.reveal())
    assert f"of another dataset: {wanted.dataset}" in other.stderr
    put = desk.iam.put_user_policy if kind == "user" else desk.iam.put_role_policy
    whose: Any = {f"{kind.title()}Name": wanted.name, "PolicyName": wanted.name}
    put(**whose, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": FOREIGN}))
    assert "its Sid is AnnasOwn" in desk.run(wanted, "--yes", EXTERNAL_ID=EXTERNAL_ID.reveal()).stderr
    lost = replace(wanted, grants=(replace(first, location=S3Location("no-such-bucket-1", "x/")),), named="lost")
    assert "There is no bucket no-such-bucket-1." in desk.run(lost, "--yes").stderr
    foreign = desk.run(replace(wanted, named="lost"), "--yes", bucket_account_id="999988887777")
    assert "is not of account 999988887777" in foreign.stderr
