"""`bucketlight rotate` as a process: the plan, the consent, exit codes, what goes to stdout, and who interrupts it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import keyring.core
import pytest
import sandbox_fixtures
from late_answers import LateAnswers
from process_terminal import COMMAND, Terminal, bare_environment, run
from rotation_stage import Stage, not_yet
from socket_keyring import PORT, Keyring, KeyringServer

import core
from core.access import AccessKind, CredentialSource, Secret, SourceKind
from core.dataset import Dataset, Datasource, Purpose
from core.location import S3Location
from core.needs import Needs
from core.sandbox import Sandbox
from core.store.keyring_thread import KeyringThread
from core.store.secrets import KeyringSecretStore

DEVICE = "arn:aws:iam::111122223333:mfa/me"


@pytest.fixture(scope="module")
def vault() -> Iterator[KeyringServer]:
    with pytest.MonkeyPatch.context() as patch, KeyringServer() as server:
        patch.setenv(PORT, str(server.port))
        patch.setattr(keyring.core, "_keyring_backend", Keyring())  # type: ignore[no-untyped-call]
        yield server


box = sandbox_fixtures.rotation_box


@pytest.fixture
def stage(box: Sandbox, vault: KeyringServer, tmp_path: Path) -> Stage:
    vault.items.clear()
    made = Stage(box, tmp_path, KeyringSecretStore(timeout=30.0, thread=KeyringThread()))
    made.forget_datasets()
    return made


def environment(stage: Stage, *, with_keyring: bool = True) -> dict[str, str]:
    """Make a machine with an administrator's profile, and one that asks for an MFA code."""
    admin, box = stage.box.admin, stage.box
    credentials, config = stage.folder / "credentials", stage.folder / "config"
    credentials.write_text(
        f"[admin]\naws_access_key_id = {admin.access_key_id}\n"
        f"aws_secret_access_key = {admin.secret_access_key.reveal()}\n"
    )
    config.write_text(
        f"[profile guarded]\nrole_arn = arn:aws:iam::{box.world.account_id}:role/{stage.user}-admin\n"
        f"source_profile = admin\nmfa_serial = {DEVICE}\nregion = {box.region}\nendpoint_url = {box.s3_url}\n"
    )
    path = os.pathsep.join([str(Path(core.__file__).parents[1]), str(Path(__file__).parent)])
    kept = {"PYTHON_KEYRING_BACKEND": "socket_keyring.Keyring", PORT: os.environ[PORT]} if with_keyring else {}
    files = {"AWS_SHARED_CREDENTIALS_FILE": str(credentials), "AWS_CONFIG_FILE": str(config)}
    return bare_environment(stage.folder, PYTHONPATH=path, **files, **kept)


def arguments(stage: Stage, *more: str, profile: str = "admin") -> tuple[str, ...]:
    where = ("--platform-url", stage.box.lightly_url, "--endpoint-url", stage.box.s3_url)
    return ("rotate", *more, "--home", str(stage.folder / "home"), *where, "--profile", profile)


def rotate(stage: Stage, *more: str, with_keyring: bool = True) -> subprocess.CompletedProcess[str]:
    where = environment(stage, with_keyring=with_keyring)
    return run(*arguments(stage, *more), environment=where, cwd=stage.folder)


def agreed(stage: Stage) -> tuple[str, str]:
    return "--account", stage.box.world.account_id


def test_0_and_a_sentence_where_it_is_done(stage: Stage) -> None:
    dataset = stage.dataset("done")
    ended = rotate(stage, "done", *agreed(stage))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f"Account    {stage.box.world.account_id}")
    assert "Everything uses the new key AKIA…" in ended.stdout
    assert f"bucketlight rotate done --profile admin --endpoint-url {stage.box.s3_url} --finish" in ended.stdout
    assert "Make a second key" in ended.stderr
    (new,) = set(stage.user_keys()) - {stage.key.access_key_id}
    stage.check_settled(new, dataset)
    early = rotate(stage, "done", "--finish", *agreed(stage))
    assert early.returncode == 2
    assert early.stderr.endswith("UTC. Or delete it now with --delete-old.\n")
    stage.day_goes_by()
    finished = rotate(stage, "done", "--finish", *agreed(stage))
    assert finished.returncode == 0, finished.stderr
    assert list(stage.user_keys()) == [new]


def test_json_is_all_there_is_on_stdout(stage: Stage) -> None:
    stage.dataset("as json")
    ended = rotate(stage, "as json", "--format", "json", *agreed(stage))
    told = json.loads(ended.stdout)
    assert ended.returncode == 0
    assert told["schema"] == 1
    assert told["plan"]["account_id"] == stage.box.world.account_id
    assert told["outcome"]["state"] == "rotated"
    assert told["outcome"]["rests_since"]
    for text in (ended.stdout, ended.stderr):
        assert stage.key.access_key_id not in text
        assert stage.key.secret_access_key.reveal() not in text


def test_a_dry_run_shows_the_plan_and_changes_nothing(stage: Stage) -> None:
    dataset = stage.dataset("dry run")
    before = len(stage.box.platform.requests)
    ended = rotate(stage, "dry run", "--dry-run")
    assert ended.returncode == 0, ended.stderr
    assert "Deactivate the old key" in ended.stdout
    later = "\nNote: The old key is deleted later, when it was unused for a day.\nUse --finish for that.\n"
    assert ended.stdout.endswith(later)
    assert len(stage.box.platform.requests) == before
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}
    stage.check_settled(stage.key.access_key_id, dataset)


def test_1_where_it_stopped_and_it_says_which_key_is_used(stage: Stage) -> None:
    dataset = stage.dataset("stopped")
    stage.secrets.put_token(stage.box.lightly_url, Secret("0" * 40))
    ended = rotate(stage, "stopped", *agreed(stage), "--format", "json")
    assert ended.returncode == 1
    told = json.loads(ended.stdout)["outcome"]
    assert told["state"] == "stopped"
    assert "token" in told["reason"]
    assert "Nothing was changed" in told["holds"]
    stage.check_settled(stage.key.access_key_id, dataset)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("nowhere",), "no dataset named “nowhere” is known here. Known: refused."),
        (("refused",), "Agree to the plan with --account"),
        (("refused", "--account", "999999999999"), "that is not the account of the plan"),
        (("refused", "--finish"), "No key of refused is being replaced"),
        (("refused", "--back", "--delete-old"), "--back does the opposite"),
    ],
)
def test_2_for_wrong_usage_and_nothing_is_changed(stage: Stage, more: tuple[str, ...], said: str) -> None:
    dataset = stage.dataset("refused")
    ended = rotate(stage, *more)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}
    stage.check_settled(stage.key.access_key_id, dataset)


def test_2_for_delegated_access(stage: Stage) -> None:
    role = Datasource(
        purpose=Purpose.INPUT_OUTPUT,
        location=S3Location(stage.box.bucket, stage.box.prefix),
        region=stage.box.region,
        access=AccessKind.DELEGATED,
        access_key_id=None,
        credentials=CredentialSource(SourceKind.KEYRING),
        role_arn=stage.box.world.role_arn,
    )
    stage.datasets.save(
        Dataset(
            name="by role",
            dataset_id=None,
            needs=Needs(),
            platform_url=stage.box.lightly_url,
            datasources=(role,),
        )
    )
    ended = rotate(stage, "by role")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "there is no key to rotate" in ended.stderr


def test_2_without_a_keyring(stage: Stage) -> None:
    stage.dataset("no keyring")
    ended = rotate(stage, "no keyring", *agreed(stage), with_keyring=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "There is no keyring on this machine" in ended.stderr
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}


def test_a_person_types_the_mfa_code_and_the_account(stage: Stage) -> None:
    dataset, account = stage.dataset("by hand"), stage.box.world.account_id
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    role, everything = f"{stage.user}-admin", {"Effect": "Allow", "Action": "*", "Resource": "*"}
    written = [json.dumps({"Version": "2012-10-17", "Statement": [each]}) for each in (trust, everything)]
    stage.iam("CreateRole", RoleName=role, AssumeRolePolicyDocument=written[0])
    stage.iam("PutRolePolicy", RoleName=role, PolicyName="all", PolicyDocument=written[1])
    argv = (*COMMAND, *arguments(stage, "by hand", profile="guarded"))
    with Terminal.running(argv, environment=environment(stage), cwd=stage.folder) as terminal:
        terminal.wait_for(f"MFA code of {DEVICE}".encode())
        terminal.press(b"314159\r")
        terminal.wait_for(b"Type the account ID to go on")
        terminal.press(account.encode() + b"\r")
        assert terminal.end() == 0, terminal.text
    assert "314159" not in terminal.text
    assert f"assumed-role/{role}" in terminal.text
    (new,) = set(stage.user_keys()) - {stage.key.access_key_id}
    stage.check_settled(new, dataset)


def test_another_account_typed_than_the_plans_changes_nothing(stage: Stage) -> None:
    stage.dataset("not meant")
    argv = (*COMMAND, *arguments(stage, "not meant"))
    with Terminal.running(argv, environment=environment(stage), cwd=stage.folder) as terminal:
        terminal.wait_for(b"Type the account ID to go on")
        terminal.press(b"yes\r")
        assert terminal.end() == 2
    assert "Nothing was done" in terminal.text
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}


def test_ctrl_c_at_the_question_changes_nothing(stage: Stage) -> None:
    stage.dataset("left there")
    argv = (*COMMAND, *arguments(stage, "left there"))
    with Terminal.running(argv, environment=environment(stage), cwd=stage.folder) as terminal:
        terminal.wait_for(b"Type the account ID to go on")
        terminal.press(b"\x03")
        assert terminal.end() == 130
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}


def test_ctrl_c_while_it_waits_leaves_a_working_key_and_the_same_command_goes_on(stage: Stage) -> None:
    dataset = stage.dataset("interrupted")
    argv = (*COMMAND, *arguments(stage, "interrupted", *agreed(stage)))
    not_yet.append(lambda key_id: key_id != stage.key.access_key_id and key_id in stage.user_keys())
    try:
        with Terminal.running(argv, environment=environment(stage), cwd=stage.folder) as terminal:
            terminal.wait_for(b"not yet:")
            terminal.press(b"\x03")
            assert terminal.end() == 130
        assert "The same command goes on" in terminal.text
        assert "Traceback" not in terminal.text
        stage.check_working(dataset)
    finally:
        not_yet.clear()
    ended = rotate(stage, "interrupted", *agreed(stage))
    assert ended.returncode == 0, ended.stderr
    assert "This goes on with the rotation that was begun" in ended.stdout
    assert len(stage.user_keys()) == 2
    (new,) = set(stage.user_keys()) - {stage.key.access_key_id}
    stage.check_settled(new, dataset)


def test_the_datasets_own_server_is_asked_where_no_other_one_is_named(stage: Stage) -> None:
    stage.dataset("on a server")
    more = ("--home", str(stage.folder / "home"), "--platform-url", stage.box.lightly_url, *agreed(stage))
    ended = run("rotate", "on a server", *more, "--profile", "admin", environment=environment(stage), cwd=stage.folder)
    assert ended.returncode == 0, ended.stderr
    assert f"Server     {stage.box.s3_url}" in ended.stdout
    assert "bucketlight rotate 'on a server' --profile admin --finish" in ended.stdout


def test_aws_is_asked_where_an_address_of_aws_is_named(stage: Stage) -> None:
    stage.dataset("at aws")
    home = ("--home", str(stage.folder / "home"), "--platform-url", stage.box.lightly_url)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nowhere = f"http://127.0.0.1:{taken.getsockname()[1]}"
    where = environment(stage) | {"HTTPS_PROXY": nowhere, "https_proxy": nowhere}
    named = ("--endpoint-url", "https://s3.eu-central-1.amazonaws.com", "--profile", "admin")
    ended = run("rotate", "at aws", *home, *named, environment=where, cwd=stage.folder)
    assert ended.returncode == 2
    assert "GetCallerIdentity (ProxyConnectionError)" in ended.stderr


def test_iam_is_asked_at_the_server_that_is_named_and_not_at_the_datasets(
    box: Sandbox, vault: KeyringServer, tmp_path: Path
) -> None:
    vault.items.clear()
    with LateAnswers(box.s3_url, "late", faulty=0) as proxy:
        stage = Stage(box, tmp_path, KeyringSecretStore(timeout=30.0, thread=KeyringThread()), aws_url=proxy.url)
        stage.forget_datasets()
        stage.dataset("elsewhere")
        ended = rotate(stage, "elsewhere", *agreed(stage))
        assert ended.returncode == 0, ended.stderr
        assert set(proxy.actions) <= {"GetCallerIdentity"}  # which the check asks with the dataset's own key


def without_user(stage: Stage, name: str) -> None:
    """Rotate a key, and delete its user then."""
    stage.dataset(name)
    assert rotate(stage, name, *agreed(stage)).returncode == 0
    for key_id in stage.user_keys():
        stage.iam("DeleteAccessKey", UserName=stage.user, AccessKeyId=key_id)
    stage.iam("DeleteUserPolicy", UserName=stage.user, PolicyName="main")
    stage.iam("DeleteUser", UserName=stage.user)


def test_a_rotation_whose_user_is_deleted_meanwhile_is_forgotten(stage: Stage, vault: KeyringServer) -> None:
    without_user(stage, "user is gone")
    ended = rotate(stage, "user is gone", "--finish", *agreed(stage))
    assert ended.returncode == 1
    assert "The rotation is forgotten." in ended.stdout
    assert "Run `bucketlight setup` for that." in ended.stdout
    assert stage.journal.load() == ()
    assert not [service for service, _ in vault.items if f"{stage.user}/" in service]


@pytest.mark.parametrize("more", [("--dry-run",), (), ("--account", "999999999999")])
def test_it_is_not_forgotten_before_somebody_agrees(stage: Stage, vault: KeyringServer, more: tuple[str, ...]) -> None:
    without_user(stage, "not agreed")
    records, items = stage.journal.load(), dict(vault.items)
    ended = rotate(stage, "not agreed", "--finish", *more)
    assert ended.returncode == 2
    assert "is not in AWS any more" in ended.stderr
    assert (stage.journal.load(), dict(vault.items)) == (records, items)
