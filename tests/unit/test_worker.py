"""The commands of the Lightly Worker, run by a real shell; and the lines of LightlyStudio, read by Python."""

from __future__ import annotations

import ast
import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.access import AccessKind, CredentialSource, SourceKind
from core.dataset import Dataset, Datasource, Purpose
from core.lightly.rules import DEFAULT_PLATFORM_URL
from core.location import S3Location
from core.needs import InputType, Needs
from core.worker import studio_snippet, worker_commands

DATASET = "0123456789abcdef01234567"
WORKER = "89abcdef0123456789abcdef"
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab"
TOKEN = "canary-of-the-token"
PULL = ["pull", "lightly/worker:latest"]
RUN = ["run", "--shm-size=1024m", "--gpus", "all", "--rm", "-it", "-e", "LIGHTLY_TOKEN", "-e"]

STUB = f"""#!{sys.executable}
import json, os, sys
with open(os.environ["SEEN"], "a") as file:
    seen = {{name: os.environ.get(name) for name in ("LIGHTLY_TOKEN", "LIGHTLY_WORKER_ID")}}
    file.write(json.dumps([sys.argv[1:], seen]) + "\\n")
sys.exit(int(os.environ.get("EXIT", "0")))
"""


def commands(
    *,
    dataset_id: str | None = DATASET,
    platform_url: str = DEFAULT_PLATFORM_URL,
    kms_key_arn: str | None = None,
    restricted: bool = False,
    worker_id: str | None = WORKER,
) -> tuple[str, ...]:
    return worker_commands(
        dataset_id=dataset_id,
        platform_url=platform_url,
        kms_key_arn=kms_key_arn,
        restricted=restricted,
        worker_id=worker_id,
    )


class Shell:
    """Bash with a docker that only writes down how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        docker = folder / "docker"
        docker.write_text(STUB)
        docker.chmod(docker.stat().st_mode | stat.S_IXUSR)

    def __call__(
        self, lines: tuple[str, ...], typed: str = "", **environment: str
    ) -> list[tuple[list[str], dict[str, str]]]:
        seen = self.folder / "seen"
        seen.write_text("")
        ended = subprocess.run(
            ["bash", "-u", "-c", "\n".join(lines) + '\nprintf "after:%s" "${LIGHTLY_TOKEN:-}"'],
            input=typed,
            env={"PATH": f"{self.folder}{os.pathsep}{os.defpath}", "SEEN": str(seen), **environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        assert ended.stderr == ""
        self.said = ended.stdout
        return [(argv, variables) for argv, variables in map(json.loads, seen.read_text().splitlines())]


@pytest.fixture(scope="module")
def shell() -> Iterator[Shell]:
    with tempfile.TemporaryDirectory() as folder:
        yield Shell(Path(folder))


def test_the_container_is_fetched_tried_and_run_with_the_token_in_its_environment_only(shell: Shell) -> None:
    lines = commands()
    pulled, tried, ran = shell(lines, f"{TOKEN}\n")
    assert pulled[0] == PULL
    assert tried[0] == [*RUN, f"LIGHTLY_WORKER_ID={WORKER}", "lightly/worker:latest", "sanity_check=True"]
    assert ran[0] == [*RUN, f"LIGHTLY_WORKER_ID={WORKER}", "lightly/worker:latest"]
    assert [variables["LIGHTLY_TOKEN"] for _, variables in (pulled, tried, ran)] == [None, TOKEN, TOKEN]
    assert "Lightly token" in shell.said
    assert shell.said.endswith("after:"), "the token is gone from the shell afterwards"
    assert TOKEN not in shell.said
    assert any(DATASET in line for line in lines)


def test_a_token_that_is_set_already_is_not_asked_for(shell: Shell) -> None:
    _, tried, _ = shell(commands(), LIGHTLY_TOKEN=TOKEN)
    assert tried[1]["LIGHTLY_TOKEN"] == TOKEN
    assert "Lightly token" not in shell.said


def test_without_a_workers_id_it_is_asked_for(shell: Shell) -> None:
    _, tried, ran = shell(commands(worker_id=None), f"{TOKEN}\n{WORKER}\n")
    for argv, variables in (tried, ran):
        assert argv[: len(RUN) + 1] == [*RUN, "LIGHTLY_WORKER_ID"]
        assert variables == {"LIGHTLY_TOKEN": TOKEN, "LIGHTLY_WORKER_ID": WORKER}


def test_an_installation_that_does_not_work_is_not_run(shell: Shell) -> None:
    lines = (*commands()[:-1], ") || :")
    assert [argv[0] for argv, _ in shell(lines, f"{TOKEN}\n", EXIT="1")] == ["pull", "run"]


def test_another_platform_is_named_to_the_container(shell: Shell) -> None:
    _, _, (argv, _) = shell(commands(platform_url="https://lightly.example.test"), f"{TOKEN}\n")
    assert "LIGHTLY_SERVER_LOCATION=https://lightly.example.test" in argv
    assert not any("LIGHTLY_SERVER_LOCATION" in line for line in commands())


def test_where_access_is_restricted_the_worker_bypasses_verify_and_that_is_said(shell: Shell) -> None:
    lines = commands(restricted=True)
    _, tried, ran = shell(lines, f"{TOKEN}\n")
    assert ran[0][-1] == "datasource.bypass_verify=True"
    assert tried[0][-1] == "sanity_check=True"
    assert any(line.startswith("# ") and "bypass_verify=True" in line for line in lines)
    assert "bypass_verify" not in "".join(commands())


def test_a_key_of_kms_is_named_because_lightly_tells_the_worker(shell: Shell) -> None:
    assert any(line.startswith("# ") and KEY in line for line in commands(kms_key_arn=KEY))
    assert len(shell(commands(kms_key_arn=KEY), f"{TOKEN}\n")) == 3


_ANY = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["'; touch hacked #", "$(touch hacked)", "`touch hacked`", "a\ntouch hacked", "a\rb", "!!", "-x", "\\", "'\"'"]
)


@settings(max_examples=30, deadline=None)
@given(_ANY, _ANY, _ANY, _ANY, st.booleans())
def test_no_name_steers_the_shell(
    shell: Shell, dataset_id: str, platform_url: str, key: str, worker_id: str, restricted: bool
) -> None:
    lines = commands(
        dataset_id=dataset_id, platform_url=platform_url, kms_key_arn=key, restricted=restricted, worker_id=worker_id
    )
    calls = shell(lines, f"{TOKEN}\n")
    assert [argv[0] for argv, _ in calls] == ["pull", "run", "run"]
    for argv, _ in calls[1:]:
        assert argv[len(RUN) : len(RUN) + 3] == [
            f"LIGHTLY_WORKER_ID={worker_id}",
            "-e",
            f"LIGHTLY_SERVER_LOCATION={platform_url}",
        ]
    assert {file.name for file in shell.folder.iterdir()} == {"docker", "seen"}


def dataset(name: str, location: S3Location, input_type: InputType = InputType.IMAGES) -> Dataset:
    def source(purpose: Purpose, where: S3Location) -> Datasource:
        return Datasource(
            purpose=purpose,
            location=where,
            region="eu-central-1",
            access=AccessKind.USER,
            access_key_id="AKIAIOSFODNN7EXAMPLE",
            credentials=CredentialSource(SourceKind.KEYRING),
        )

    return Dataset(
        name=name,
        dataset_id=DATASET,
        needs=Needs(input_type),
        platform_url=DEFAULT_PLATFORM_URL,
        datasources=(source(Purpose.LIGHTLY, S3Location("results", "out/")), source(Purpose.INPUT, location)),
    )


@pytest.mark.parametrize(
    ("input_type", "lines"),
    [
        (
            InputType.IMAGES,
            (
                'dataset = ls.ImageDataset.load_or_create(name="farm")',
                'dataset.add_images_from_path(path="s3://datalake/a/")',
            ),
        ),
        (
            InputType.VIDEOS,
            (
                'dataset = ls.VideoDataset.load_or_create(name="farm")',
                'dataset.add_videos_from_path(path="s3://datalake/a/")',
            ),
        ),
    ],
)
def test_lightlystudio_looks_at_the_input_with_what_fits_the_files(
    input_type: InputType, lines: tuple[str, ...]
) -> None:
    snippet = studio_snippet(dataset("farm", S3Location("datalake", "a/"), input_type))
    assert snippet[0] == '# pip install "lightly-studio[cloud-storage]"'
    assert ast.dump(ast.parse("\n".join(snippet))) == ast.dump(
        ast.parse("\n".join(("import lightly_studio as ls", *lines, "ls.start_gui()")))
    )


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_name_steers_python(name: str, prefix: str) -> None:
    location = S3Location("datalake", f"{prefix}/")
    snippet = studio_snippet(dataset(name, location))
    assert all(line.isprintable() and line.isascii() for line in snippet)
    tree = ast.parse("\n".join(snippet))
    texts = [each.value for each in ast.walk(tree) if isinstance(each, ast.Constant)]
    assert texts == [name, location.uri]
    assert len(tree.body) == 4
