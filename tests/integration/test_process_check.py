"""`bucketlight check` as a process, on the sandbox: exit codes, what goes to stdout, and what it refuses."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from process_terminal import COMMAND, PATIENCE, bare_environment, run

from core.access import AccessKind, CredentialSource, SourceKind, UserAccess
from core.dataset import Dataset, Datasource, Purpose
from core.location import S3Location
from core.needs import Needs
from core.sandbox import Sandbox
from core.sandbox.calls import Aws
from core.store.datasets import DatasetStore
from core.store.paths import Home

Ended = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(seed=7) as running:
        yield running


def keys_of(access: UserAccess) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": access.access_key_id,
        "AWS_SECRET_ACCESS_KEY": access.secret_access_key.reveal(),
    }


def check(folder: Path, *arguments: str, who: UserAccess | None = None) -> Ended:
    environment = bare_environment(folder, **(keys_of(who) if who else {}))
    return run("check", *arguments, "--home", str(folder / "home"), environment=environment, cwd=folder)


def at(box: Sandbox, *more: str) -> tuple[str, ...]:
    """Name the sandbox's folder and where it is."""
    return (f"s3://{box.bucket}/{box.prefix}", "--endpoint-url", box.s3_url, *more)


def states(ended: Ended) -> dict[str, str]:
    effective: dict[str, str] = json.loads(ended.stdout)["results"][0]["effective"]
    return effective


def everything_in(box: Sandbox) -> list[str]:
    aws = Aws(box.s3_url, box.admin, box.region)
    try:
        return aws.s3("List", "GET", box.bucket, query={"list-type": "2"}).texts("Key")
    finally:
        aws.close()


def known(
    box: Sandbox, name: str, *, prefix: str | None = None, platform_url: str = "https://api.lightly.ai"
) -> Dataset:
    source = Datasource(
        purpose=Purpose.INPUT_OUTPUT,
        location=S3Location(box.bucket, box.prefix if prefix is None else prefix),
        region=box.region,
        access=AccessKind.USER,
        access_key_id=box.reader.access_key_id,
        credentials=CredentialSource(SourceKind.ENVIRONMENT),
        endpoint_url=box.s3_url,
    )
    return Dataset(name=name, dataset_id=None, needs=Needs(), platform_url=platform_url, datasources=(source,))


def keep(folder: Path, *datasets: Dataset) -> None:
    store = DatasetStore(Home.at(folder / "home"))
    for dataset in datasets:
        store.save(dataset)


def test_0_where_every_required_operation_works(box: Sandbox, tmp_path: Path) -> None:
    ended = check(tmp_path, *at(box, "--needs", "list,read"), who=box.reader)
    assert ended.returncode == 0, ended
    assert "user/lightly-reader" in ended.stdout
    assert "List" in ended.stdout
    assert "not needed" in ended.stdout


def test_list_and_read_are_required_of_a_folder_unless_more_is_said(box: Sandbox, tmp_path: Path) -> None:
    ended = check(tmp_path, *at(box, "--format", "json"), who=box.reader)
    assert ended.returncode == 0
    assert states(ended) == {"list": "green", "read": "green", "write": "off"}


def test_1_where_a_required_operation_fails(box: Sandbox, tmp_path: Path) -> None:
    ended = check(tmp_path, *at(box, "--needs", "write,list,read", "--format", "json"), who=box.reader)
    assert ended.returncode == 1
    assert states(ended) == {"list": "green", "read": "green", "write": "red"}


def test_the_table_says_how_to_mend_what_fails(box: Sandbox, tmp_path: Path) -> None:
    ended = check(tmp_path, *at(box, "--needs", "list,read,write"), who=box.reader)
    assert ended.returncode == 1
    assert "fails" in ended.stdout
    assert "s3:PutObject" in ended.stdout


def test_writing_works_for_who_may_write_and_leaves_nothing(box: Sandbox, tmp_path: Path) -> None:
    before = everything_in(box)
    ended = check(tmp_path, *at(box, "--needs", "list,read,write", "--format", "json"), who=box.writer)
    assert (ended.returncode, states(ended)["write"]) == (0, "green")
    assert everything_in(box) == before


def test_3_where_write_is_required_and_not_to_be_tried(box: Sandbox, tmp_path: Path) -> None:
    ended = check(
        tmp_path, *at(box, "--needs", "list,read,write", "--write-probe", "off", "--format", "json"), who=box.writer
    )
    assert ended.returncode == 3
    assert states(ended) == {"list": "green", "read": "green", "write": "unknown"}


def test_3_where_nobody_answers(tmp_path: Path, box: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    ended = check(
        tmp_path,
        *("s3://datalake/x/", "--endpoint-url", f"http://127.0.0.1:{port}", "--region", "eu-central-1"),
        who=box.reader,
    )
    assert ended.returncode == 3


def test_2_for_a_dataset_that_is_not_known(box: Sandbox, tmp_path: Path) -> None:
    keep(tmp_path, known(box, "farm-animals"))
    ended = check(tmp_path, "farm-animal", who=box.reader)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "no dataset named “farm-animal” is known here. Known: farm-animals." in ended.stderr


def test_2_where_there_is_nothing_to_check(tmp_path: Path) -> None:
    ended = check(tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "`bucketlight setup`" in ended.stderr


def test_2_where_the_chosen_platform_has_no_dataset_here(box: Sandbox, tmp_path: Path) -> None:
    keep(tmp_path, known(box, "farm-animals"))
    ended = check(tmp_path, "--platform-url", "https://lightly.example.com", who=box.reader)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "https://lightly.example.com" in ended.stderr


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("s3://datalake/projects/x", "s3://datalake/projects/x/"),
        ("s3:/datalake/projects/x/", "s3://datalake/projects/x/"),
        ("https://datalake.s3.eu-central-1.amazonaws.com/projects/x/", "s3://datalake/projects/x/"),
        ("arn:aws:s3:::datalake/projects/*", "s3://datalake/projects/"),
    ],
)
def test_2_for_a_uri_of_another_form_with_the_one_that_was_meant(text: str, meant: str, tmp_path: Path) -> None:
    ended = check(tmp_path, text)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"Write {meant}." in ended.stderr


def test_2_for_an_operation_that_there_is_not(tmp_path: Path) -> None:
    ended = check(tmp_path, "s3://datalake/x/", "--needs", "list,delete")
    assert ended.returncode == 2
    assert "delete is no operation" in ended.stderr
    assert check(tmp_path, "s3://datalake/x/", "--needs", "").returncode == 2


@pytest.mark.parametrize(
    "option",
    [("--needs", "list"), ("--endpoint-url", "https://s3.example.com"), ("--region", "x"), ("--profile", "x")],
    ids=lambda option: option[0],
)
def test_2_for_an_option_that_would_change_nothing(option: tuple[str, str], box: Sandbox, tmp_path: Path) -> None:
    keep(tmp_path, known(box, "farm-animals"))
    ended = check(tmp_path, "farm-animals", *option, who=box.reader)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"{option[0]}: only for a folder" in ended.stderr


def test_2_for_a_file_of_datasets_that_a_person_broke(tmp_path: Path) -> None:
    file = Home.at(tmp_path / "home").datasets_file
    file.parent.mkdir()
    file.write_text("schema: 1\ndatasets:\n- name: [\n", encoding="utf-8")
    ended = check(tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert str(file) in ended.stderr
    assert "line " in ended.stderr


@pytest.mark.parametrize(
    "url", ["http://s3.example.com", "http://192.168.0.4:9000", "https://key:hunter2@s3.example.com", "s3.example.com"]
)
def test_2_for_an_endpoint_to_which_no_key_should_travel(url: str, tmp_path: Path) -> None:
    ended = check(tmp_path, "s3://datalake/x/", "--endpoint-url", url)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "--endpoint-url" in ended.stderr
    assert "hunter2" not in ended.stderr


def test_the_endpoint_of_a_setup_is_judged_as_that_of_a_check(tmp_path: Path) -> None:
    environment = bare_environment(tmp_path)
    ended = run("setup", "--endpoint-url", "http://s3.example.com", environment=environment, cwd=tmp_path)
    assert ended.returncode == 2
    assert "--endpoint-url starts with http://" in ended.stderr


def test_json_is_all_there_is_on_stdout_even_where_something_is_said(box: Sandbox, tmp_path: Path) -> None:
    keep(tmp_path, known(box, "farm-animals"))
    ended = check(tmp_path, "farm-animals", "--format", "json", who=box.reader)
    assert json.loads(ended.stdout)["schema"] == 1
    assert ended.stdout.startswith("{")
    assert ended.stdout.endswith("}\n")
    assert "keyring" in ended.stderr  # there is none here, and that is said


def test_results_keep_the_order_of_the_arguments(box: Sandbox, tmp_path: Path) -> None:
    keep(tmp_path, known(box, "first"), known(box, "second"))
    uri = f"s3://{box.bucket}/{box.prefix}"
    names = ("second", f"{uri}cow/", "first", f"{uri}", f"{uri}cow/")
    ended = check(tmp_path, *names, "--endpoint-url", box.s3_url, "--format", "json", who=box.reader)
    results: list[dict[str, Any]] = json.loads(ended.stdout)["results"]
    assert tuple(result["dataset"] or result["uri"] for result in results) == names
    assert [result["access"] for result in results] == ["user", "ambient", "user", "ambient", "ambient"]


def test_all_known_datasets_are_checked_when_none_is_named(box: Sandbox, tmp_path: Path) -> None:
    keep(tmp_path, known(box, "first"), known(box, "second"))
    ended = check(tmp_path, "--format", "json", who=box.reader)
    assert ended.returncode == 0
    assert [result["dataset"] for result in json.loads(ended.stdout)["results"]] == ["first", "second"]


def test_one_that_fails_decides_the_exit_code_of_all(box: Sandbox, tmp_path: Path) -> None:
    keep(tmp_path, known(box, "right"), known(box, "wrong", prefix="somebody/elses/"))
    assert check(tmp_path, "right", who=box.reader).returncode == 0
    assert check(tmp_path, "right", "wrong", who=box.reader).returncode == 1
    assert check(tmp_path, "wrong", "right", who=box.reader).returncode == 1


def test_options_before_the_command_hold_too(box: Sandbox, tmp_path: Path) -> None:
    keep(tmp_path, known(box, "farm-animals"))
    environment = bare_environment(tmp_path, **keys_of(box.reader))
    home = str(tmp_path / "home")
    assert run("--home", home, "check", environment=environment, cwd=tmp_path).returncode == 0
    other = ("--platform-url", "https://lightly.example.com")
    assert run("--home", home, *other, "check", environment=environment, cwd=tmp_path).returncode == 2


def test_neither_secret_nor_key_of_an_object_is_told(box: Sandbox, tmp_path: Path) -> None:
    for form in ("json", "table"):
        ended = check(tmp_path, *at(box, "--needs", "list,read,write", "--explain", "--format", form), who=box.reader)
        told = ended.stdout + ended.stderr
        assert box.reader.secret_access_key.reveal() not in told
        assert not [key for key in box.world.objects if key in told]


def test_a_check_leaves_no_file(box: Sandbox, tmp_path: Path) -> None:
    check(tmp_path, *at(box, "--needs", "list,read,write"), who=box.writer)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_check_ends_with_130(box: Sandbox, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole:
        url = f"http://127.0.0.1:{hole.getsockname()[1]}"
        with subprocess.Popen(
            (*COMMAND, "check", "s3://datalake/x/", "--endpoint-url", url, "--region", "eu-central-1"),
            env=bare_environment(tmp_path, **keys_of(box.reader)),
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            hole.settimeout(PATIENCE)
            connection, _ = hole.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
