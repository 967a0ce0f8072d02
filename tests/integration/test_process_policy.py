"""`bucketlight policy` as a process: what it prints can be handed to IAM as it is."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from process_terminal import COMMAND, Terminal, bare_environment, run

from core.aws.policy import permission_policy, to_json
from core.aws.statements import trust_policy
from core.location import S3Location
from core.needs import OPERATIONS, Operation
from core.provision.handoff import EXTERNAL_ID_FILE

URI = "s3://datalake/projects/farm-animals/"
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def policy(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("policy", *arguments, environment=bare_environment(folder), cwd=folder)


@pytest.mark.parametrize(
    ("needs", "operations"),
    [
        ((), OPERATIONS),
        (("--needs", "list,read"), (Operation.LIST, Operation.READ)),
        (("--needs", " Write , list"), (Operation.LIST, Operation.WRITE)),
    ],
    ids=["all", "list,read", "write,list"],
)
def test_it_prints_the_bare_document(needs: tuple[str, ...], operations: tuple[Operation, ...], tmp_path: Path) -> None:
    ended = policy(tmp_path, URI, *needs)
    assert (ended.returncode, ended.stderr) == (0, "")
    document = permission_policy(S3Location.parse(URI), operations)
    assert json.loads(ended.stdout) == document
    assert ended.stdout == to_json(document)


def test_key_and_region_reach_the_document(tmp_path: Path) -> None:
    ended = policy(tmp_path, URI, "--kms-key", KEY, "--region", "eu-central-1")
    document = permission_policy(S3Location.parse(URI), OPERATIONS, kms_key_arn=KEY, region="eu-central-1")
    assert json.loads(ended.stdout) == document
    assert KEY in ended.stdout


def test_delete_and_the_limit_to_lightlys_folder_reach_the_document(tmp_path: Path) -> None:
    ended = policy(tmp_path, URI, "--delete", "--write-only-lightly")
    document = permission_policy(S3Location.parse(URI), OPERATIONS, delete=True, lightly_folder_only=True)
    assert json.loads(ended.stdout) == document
    assert "s3:DeleteObject" in ended.stdout
    assert f"{URI.removeprefix('s3://')}.lightly/*" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("s3://datalake/projects/farm-animals",), "Write s3://datalake/projects/farm-animals/."),
        (("datalake/x/",), "Write s3://datalake/x/."),
        ((URI, "--kms-key", "alias/mine"), "key ARN"),
        ((URI, "--kms-key", KEY, "--region", "us-east-1"), "us-east-1"),
        ((URI, "--needs", "everything"), "everything is no operation"),
        (("s3://animals--euc1-az1--x-s3/",), "directory bucket"),
    ],
)
def test_what_no_policy_can_be_written_for_ends_with_2_and_prints_none(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    ended = policy(tmp_path, *arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("bucketlight: ")
    assert said in ended.stderr


def test_an_old_name_of_a_bucket_is_taken_and_remarked_on(tmp_path: Path) -> None:
    ended = policy(tmp_path, "s3://Old_Bucket/x/")
    assert ended.returncode == 0
    assert "arn:aws:s3:::Old_Bucket" in ended.stdout
    assert "us-east-1" in ended.stderr


def test_the_external_id_is_asked_for_in_a_terminal_and_not_shown(tmp_path: Path) -> None:
    typed = "lightly-canary-0123456789"
    argv = [*COMMAND, "policy", URI, "--format", "trust", "--external-id", "ask"]
    printed = tmp_path / "trust.json"
    with printed.open("wb") as stdout:
        environment = bare_environment(tmp_path)
        with Terminal.running(argv, environment=environment, cwd=tmp_path, stdout=stdout.fileno()) as terminal:
            terminal.wait_for(b"External ID:")
            terminal.press(f"{typed}\r".encode())
            assert terminal.end() == 0
            assert typed not in terminal.text
    assert json.loads(printed.read_text()) == trust_policy(typed)


def test_the_pack_of_a_role_is_written_without_a_terminal(tmp_path: Path) -> None:
    ended = policy(tmp_path, URI, "--access", "role", "--out", "pack")
    assert ended.returncode == 0
    assert not (tmp_path / "pack" / EXTERNAL_ID_FILE).exists()
    assert (tmp_path / "bucketlight-external-id-pack.txt").is_file()
    assert len(ended.stdout.splitlines()) == len(list((tmp_path / "pack").iterdir())) + 1
