"""`bucketlight provision` and `bucketlight undo` as processes: plan, consent, exit codes, and no secret shown."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import sandbox_fixtures
from process_terminal import COMMAND, Terminal, bare_environment, run
from provision_stage import Front, Stage
from socket_keyring import PORT, KeyringServer

import core
from core.access import AccessKind, DelegatedAccess, UserAccess, mask_key_id
from core.sandbox.sandbox import Sandbox
from core.store.keyring_thread import KeyringThread
from core.store.secrets import KeyringSecretStore

DEVICE = "arn:aws:iam::111122223333:mfa/me"


@pytest.fixture(scope="module")
def vault() -> Iterator[KeyringServer]:
    with KeyringServer() as server:
        yield server


box = sandbox_fixtures.box
front = sandbox_fixtures.front


@pytest.fixture
def stage(box: Sandbox, vault: KeyringServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    import keyring.core
    from socket_keyring import Keyring

    monkeypatch.setenv(PORT, str(vault.port))
    monkeypatch.setattr(keyring.core, "_keyring_backend", Keyring())  # type: ignore[no-untyped-call]
    return Stage.at(box, tmp_path / "home", secrets=KeyringSecretStore(timeout=30.0, thread=KeyringThread()))


def _environment(stage: Stage, folder: Path, *, with_keyring: bool = True) -> dict[str, str]:
    """Make a machine with an administrator's profile, and one of a role that asks for an MFA code."""
    admin, box = stage.admin, stage.box
    (folder / "credentials").write_text(
        f"[admin]\naws_access_key_id = {admin.access_key_id}\n"
        f"aws_secret_access_key = {admin.secret_access_key.reveal()}\n"
    )
    (folder / "config").write_text(
        f"[profile guarded]\nrole_arn = arn:aws:iam::{box.world.account_id}:role/guarded\n"
        f"source_profile = admin\nmfa_serial = {DEVICE}\nregion = {box.region}\nendpoint_url = {box.s3_url}\n"
    )
    files = {
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        "AWS_CONFIG_FILE": str(folder / "config"),
        "PYTHONPATH": os.pathsep.join([str(Path(core.__file__).parents[1]), str(Path(__file__).parent)]),
    }
    kept = {"PYTHON_KEYRING_BACKEND": "socket_keyring.Keyring", PORT: os.environ[PORT]} if with_keyring else {}
    return bare_environment(folder, **files, **kept)


def _arguments(stage: Stage, dataset: str, *more: str, access: str = "user", profile: str = "admin") -> list[str]:
    uri = f"s3://{stage.box.bucket}/{stage.box.prefix}"
    where = ["--endpoint-url", stage.url, "--region", stage.box.region, "--home", str(stage.home.config)]
    return ["provision", uri, "--dataset", dataset, "--access", access, "--profile", profile, *where, *more]


def _provision(
    stage: Stage, dataset: str, *more: str, access: str = "user", with_keyring: bool = True
) -> subprocess.CompletedProcess[str]:
    folder = stage.home.config.parent
    where = _environment(stage, folder, with_keyring=with_keyring)
    return run(*_arguments(stage, dataset, *more, access=access), environment=where, cwd=folder)


def _undo(
    stage: Stage, dataset: str, *more: str, with_keyring: bool = True, at: tuple[str, ...] | None = None
) -> subprocess.CompletedProcess[str]:
    folder = stage.home.config.parent
    server = ("--endpoint-url", stage.url) if at is None else at
    where = [*server, "--home", str(stage.home.config), "--profile", "admin"]
    environment = _environment(stage, folder, with_keyring=with_keyring)
    return run("undo", dataset, *where, *more, environment=environment, cwd=folder)


def _kept(stage: Stage, name: str, kind: AccessKind = AccessKind.USER) -> UserAccess | DelegatedAccess:
    access = stage.secrets.get_made(stage.box.world.account_id, kind, name)
    assert access is not None
    return access


def test_a_user_is_made_after_the_account_was_named_and_its_secret_is_in_the_keyring_only(stage: Stage) -> None:
    ended = _provision(stage, "farm", "--account", stage.box.world.account_id)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f"Account    {stage.box.world.account_id}\nAlias ")
    access = _kept(stage, "Lightly-S3-farm")
    assert isinstance(access, UserAccess)
    assert mask_key_id(access.access_key_id) in ended.stdout
    assert access.access_key_id not in ended.stdout + ended.stderr
    assert "keyring of this computer" in ended.stdout
    assert access.secret_access_key.reveal() not in ended.stdout + ended.stderr
    assert ended.stderr.count("  done  ") == 4
    again = _provision(stage, "farm")
    assert again.returncode == 0
    assert "Everything is there already: nothing will be made." in again.stdout
    assert stage.keys("Lightly-S3-farm") == [access.access_key_id]


def test_a_role_is_made_with_a_new_external_id_and_the_next_run_knows_it(stage: Stage) -> None:
    for times in range(2):
        ended = _provision(stage, "roles", "--account", stage.box.world.account_id, "--format", "json", access="role")
        assert ended.returncode == 0, ended.stderr
        told = json.loads(ended.stdout)
        assert len(told["plan"]["steps"]) == (0 if times else 2)
        access = _kept(stage, "Lightly-S3-roles", AccessKind.DELEGATED)
        assert isinstance(access, DelegatedAccess)
        assert access.role_arn == told["result"]["principals"][0]["arn"]
        assert access.external_id.reveal() not in ended.stdout + ended.stderr


def test_a_machine_that_lost_its_keyring_takes_the_external_id_from_the_role(stage: Stage) -> None:
    agreed = ("--account", stage.box.world.account_id)
    assert _provision(stage, "lost roles", *agreed, access="role").returncode == 0
    before = _kept(stage, "Lightly-S3-lost-roles", AccessKind.DELEGATED)
    stage.secrets.delete_made(stage.box.world.account_id, AccessKind.DELEGATED, "Lightly-S3-lost-roles")
    again = _provision(stage, "lost roles", *agreed, access="role")
    assert "Everything is there already: nothing will be made." in again.stdout
    assert _kept(stage, "Lightly-S3-lost-roles", AccessKind.DELEGATED) == before


def test_an_external_id_may_come_from_a_file(stage: Stage) -> None:
    stage.home.config.parent.mkdir(exist_ok=True)
    file = stage.home.config.parent / "external-id"
    file.write_text("lightly-from-a-file-0123456789\n")
    more = ("--external-id-file", str(file), "--account", stage.box.world.account_id)
    assert _provision(stage, "from file", *more, access="role").returncode == 0
    access = _kept(stage, "Lightly-S3-from-file", AccessKind.DELEGATED)
    assert isinstance(access, DelegatedAccess)
    assert access.external_id.reveal() == "lightly-from-a-file-0123456789"


def test_a_dry_run_shows_the_plan_makes_nothing_and_needs_no_keyring(stage: Stage) -> None:
    ended = _provision(stage, "dry", "--dry-run", with_keyring=False)
    assert ended.returncode == 0, ended.stderr
    assert "3. Make an access key" in ended.stdout
    note = ended.stdout.splitlines()[-1]
    assert note.startswith("Note: There is no keyring on this machine.")
    assert "nothing can be made from here" in note
    told = json.loads(_provision(stage, "dry", "--dry-run", "--format", "json").stdout)
    assert told["schema"] == 1
    assert told["plan"]["steps"][0]["call"] == "iam:CreateUser"
    assert list(told["plan"])[:4] == ["account_id", "account_alias", "caller", "partition"]
    assert "Lightly-S3-dry" not in stage.users()


@pytest.mark.parametrize("more", [(), ("--account", "111122223333"), ("--account", "")])
def test_without_the_right_account_nothing_is_made(stage: Stage, more: tuple[str, ...]) -> None:
    ended = _provision(stage, "unagreed", *more)
    assert ended.returncode == 2
    assert stage.box.world.account_id in ended.stderr
    assert "Nothing was done" in ended.stderr or "nothing was done" in ended.stderr
    assert "Lightly-S3-unagreed" not in stage.users()


def test_without_a_keyring_no_key_is_made(stage: Stage) -> None:
    ended = _provision(stage, "unkept", "--account", stage.box.world.account_id, with_keyring=False)
    assert ended.returncode == 2
    assert "Nothing was done." in ended.stderr
    assert "Lightly-S3-unkept" not in stage.users()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--path", "lightly"), "slash"),
        (("--boundary", "limits"), "permissions boundary"),
        (("--external-id-file", "-"), "only a role"),
        (("--needs", "lisp"), "is no operation"),
        (("--dataset", "farm#1"), "holds “#”"),
        (("--kms-key", "alias/x"), "alias does not work"),
        (("--needs", "list,read", "--delete"), "leave --delete out"),
        (("--source-ip", "office"), "no IP range"),
    ],
)
def test_wrong_usage_is_2_and_says_what_is_right(stage: Stage, more: tuple[str, ...], said: str) -> None:
    ended = _provision(stage, "wrong", *more, "--account", stage.box.world.account_id)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Lightly-S3-wrong" not in stage.users()


def test_a_profile_that_is_not_there_is_2(stage: Stage) -> None:
    folder = stage.home.config.parent
    ended = run(*_arguments(stage, "nobodys", profile="nobody"), environment=_environment(stage, folder), cwd=folder)
    assert ended.returncode == 2
    assert "nobody" in ended.stderr


def test_an_output_of_its_own_leaves_the_input_unwritten(stage: Stage) -> None:
    output = f"s3://{stage.box.world.output_bucket}/{stage.box.world.output_prefix}"
    told = json.loads(_provision(stage, "two", "--output-uri", output, "--dry-run", "--format", "json").stdout)
    (policy,) = [step for step in told["plan"]["steps"] if step["kind"] == "put-policy"]
    assert [change["sid"] for change in policy["changes"]] == [
        "ListPrefix",
        "ReadPrefix",
        "OutputListPrefix",
        "OutputReadPrefix",
        "OutputWritePrefix",
    ]


def test_objects_are_read_and_written_from_the_named_network_only(stage: Stage) -> None:
    more = ("--source-ip", "203.0.113.0/24", "--vpc", "vpc-0a1b2c3d", "--dry-run", "--format", "json")
    told = json.loads(_provision(stage, "near", *more).stdout)
    (policy,) = [step for step in told["plan"]["steps"] if step["kind"] == "put-policy"]
    sids = [change["sid"] for change in policy["changes"]]
    assert sids == ["ListPrefix", "ReadPrefix", "ReadPrefixFromVpc", "WritePrefix", "WritePrefixFromVpc"]


def test_a_name_that_is_taken_says_which_options_there_are(stage: Stage) -> None:
    stage.iam("create_user", UserName="Lightly-S3-taken")
    ended = _provision(stage, "taken", "--account", stage.box.world.account_id)
    assert ended.returncode == 2
    assert ended.stderr.endswith("Use --name, or --adopt.\n")


def test_ctrl_c_while_it_is_taken_back_is_130_and_nothing_of_it_is_lost(stage: Stage, front: Front) -> None:
    stage.url = front.url
    front.refuse("CreateAccessKey", 403, "AccessDenied", "User: a is not authorized to perform: x:y")
    front.refuse("DeleteUserPolicy", 400, "Throttling", "Rate exceeded")
    folder = stage.home.config.parent
    argv = [*COMMAND, *_arguments(stage, "halfway back", "--account", stage.box.world.account_id)]
    with Terminal.running(argv, environment=_environment(stage, folder), cwd=folder) as terminal:
        terminal.wait_for(b"asks for patience")
        terminal.press(b"\x03")
        assert terminal.end() == 130
        assert "Traceback" not in terminal.text
    assert "Lightly-S3-halfway-back" in stage.users()
    assert stage.unfinished() == 1
    front.rules.clear()
    assert _provision(stage, "halfway back", "--account", stage.box.world.account_id).returncode == 0
    assert len(stage.keys("Lightly-S3-halfway-back")) == 1


def test_unattended_what_a_refusal_left_is_taken_back(stage: Stage, front: Front) -> None:
    stage.url = front.url
    front.refuse(
        "CreateAccessKey", 403, "AccessDenied", "User: arn:aws:iam::1:user/a is not authorized to perform: x:y"
    )
    ended = _provision(stage, "denied", "--account", stage.box.world.account_id, "--format", "json")
    assert ended.returncode == 1
    assert "To take it back:\n  Delete the inline policy of the user Lightly-S3-denied.\n" in ended.stderr
    told = json.loads(ended.stdout)["result"]
    assert told["stopped"]["cause"] == "access-denied"
    assert told["taken_back"] == [
        "Delete the inline policy of the user Lightly-S3-denied.",
        "Delete the user Lightly-S3-denied.",
    ]
    assert "Lightly-S3-denied" not in stage.users()
    assert stage.unfinished() == 0


def test_a_refusal_before_anything_is_made_is_2(stage: Stage, front: Front) -> None:
    stage.url = front.url
    front.refuse("CreateUser", 403, "AccessDenied", "User: arn:aws:iam::1:user/a is not authorized to perform: x:y")
    ended = _provision(stage, "never", "--account", stage.box.world.account_id)
    assert ended.returncode == 2
    assert "--for-setup" in ended.stderr


def test_on_a_terminal_the_code_and_the_account_are_asked_for(stage: Stage) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": stage.box.world.account_id}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    stage.iam("create_role", RoleName="guarded", AssumeRolePolicyDocument=json.dumps(document))
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    stage.iam("put_role_policy", RoleName="guarded", PolicyName="all", PolicyDocument=json.dumps(everything))
    folder = stage.home.config.parent
    argv = [*COMMAND, *_arguments(stage, "typed", profile="guarded")]
    with Terminal.running(argv, environment=_environment(stage, folder), cwd=folder) as terminal:
        terminal.wait_for(b"MFA code of")
        terminal.press(b"123456\r")
        terminal.wait_for(b"Type the account ID to go on")
        assert "Lightly-S3-typed" not in stage.users()
        terminal.press(stage.box.world.account_id.encode() + b"\r")
        assert terminal.end() == 0, terminal.text
        assert "123456" not in terminal.text
        assert re.search(r"Caller +arn:aws:sts::\d+:assumed-role/guarded/", terminal.text)
    assert len(stage.keys("Lightly-S3-typed")) == 1


def test_ctrl_c_at_the_question_is_130_and_nothing_is_made(stage: Stage) -> None:
    folder = stage.home.config.parent
    argv = [*COMMAND, *_arguments(stage, "interrupted")]
    with Terminal.running(argv, environment=_environment(stage, folder), cwd=folder) as terminal:
        terminal.wait_for(b"Type the account ID to go on")
        terminal.press(b"\x03")
        assert terminal.end() == 130
    assert "Lightly-S3-interrupted" not in stage.users()


def test_ctrl_c_while_it_is_made_is_130_and_the_same_again_ends_it(stage: Stage, front: Front) -> None:
    stage.url = front.url
    left = [4]
    from provision_stage import error_body

    def rule(action: str, _: object) -> tuple[int, bytes] | None:
        if action != "PutUserPolicy" or not left[0]:
            return None
        left[0] -= 1
        return 400, error_body("Throttling", "Rate exceeded")

    front.rules.append(rule)
    folder = stage.home.config.parent
    argv = [*COMMAND, *_arguments(stage, "broken off", "--account", stage.box.world.account_id)]
    with Terminal.running(argv, environment=_environment(stage, folder), cwd=folder) as terminal:
        terminal.wait_for(b"asks for patience")
        terminal.press(b"\x03")
        assert terminal.end() == 130
        assert "goes on where it ended" in terminal.text
    left[0] = 0
    assert _provision(stage, "broken off", "--account", stage.box.world.account_id).returncode == 0
    assert len(stage.keys("Lightly-S3-broken-off")) == 1


def test_undo_shows_what_goes_and_takes_it_back_after_the_account_was_named(stage: Stage) -> None:
    _provision(stage, "gone", "--account", stage.box.world.account_id)
    shown = _undo(stage, "gone", "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert "Delete the user Lightly-S3-gone." in shown.stdout
    assert _undo(stage, "gone").returncode == 2
    assert "Lightly-S3-gone" in stage.users()
    unkept = _undo(stage, "gone", "--dry-run", with_keyring=False)
    assert unkept.stdout.splitlines()[-1].endswith("nothing can be taken back from here.")
    _provision(stage, "gone too", "--account", stage.box.world.account_id)
    ended = _undo(stage, "gone too", "--account", stage.box.world.account_id)
    assert ended.stdout.endswith(
        "\n\nWhat bucketlight made is gone: the user Lightly-S3-gone-too.\n"
        "The dataset at Lightly and the files in the bucket stay.\n"
    )
    ended = _undo(stage, "gone", "--account", stage.box.world.account_id, "--format", "json")
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["schema"] == 1
    assert len(told["result"]["steps"]) == 3
    assert "Lightly-S3-gone" not in stage.users()
    nothing = _undo(stage, "gone", "--account", stage.box.world.account_id)
    assert nothing.returncode == 2
    assert nothing.stderr.endswith("Use --name for a user or role of another name.\n")


def test_undo_asks_the_datasets_own_server_where_no_other_one_is_named(stage: Stage) -> None:
    agreed = ("--account", stage.box.world.account_id)
    assert _provision(stage, "served", *agreed).returncode == 0
    stage.knows("served", stage.box.s3_url)
    ended = _undo(stage, "served", *agreed, at=())
    assert ended.returncode == 0, ended.stderr
    assert f"Server     {stage.box.s3_url}" in ended.stdout
    assert "Lightly-S3-served" not in stage.users()


def test_undo_of_a_dataset_at_two_servers_has_one_of_them_named(stage: Stage) -> None:
    agreed = ("--account", stage.box.world.account_id)
    assert _provision(stage, "split", *agreed).returncode == 0
    stage.knows("split", stage.box.s3_url, None)
    ended = _undo(stage, "split", *agreed, at=())
    assert ended.returncode == 2
    assert f"split is at AWS and at {stage.box.s3_url}. Name the server of the account" in ended.stderr
    assert "Lightly-S3-split" in stage.users()
    assert _undo(stage, "split", *agreed).returncode == 0


def test_on_a_terminal_it_is_shown_what_would_be_taken_back_before_it_is_asked(stage: Stage, front: Front) -> None:
    stage.url = front.url
    front.refuse("CreateAccessKey", 403, "AccessDenied", "User: a is not authorized to perform: x:y")
    folder = stage.home.config.parent
    argv = [*COMMAND, *_arguments(stage, "asked back")]
    with Terminal.running(argv, environment=_environment(stage, folder), cwd=folder) as terminal:
        terminal.wait_for(b"Type the account ID to go on")
        terminal.press(stage.box.world.account_id.encode() + b"\r")
        terminal.wait_for(b"Take that back?")
        assert "Delete the user Lightly-S3-asked-back." in terminal.text
        assert "Lightly-S3-asked-back" in stage.users()
        terminal.press(b"y\r")
        assert terminal.end() == 1, terminal.text
    assert "Lightly-S3-asked-back" not in stage.users()
