"""A save that is killed, or met by others, loses nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import core
from core.access import AccessKind, CredentialSource, SourceKind
from core.dataset import Dataset, Datasource, Purpose
from core.location import S3Location
from core.needs import Needs
from core.store.datasets import DatasetStore
from core.store.paths import Home

_ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(core.__file__).parents[1])}

# For n = 1, 2, ... a fork of this process saves a dataset and stops before the n-th line of files.py that runs; there
# it is killed. Each time one line of JSON says what the file then holds, and how many temporary files there are.
_KILLING = """
import dataclasses, json, os, signal, sys
from pathlib import Path
from core.store import files
from core.store.datasets import DatasetStore
from core.store.paths import Home

folder = Path(sys.argv[1])
store = DatasetStore(Home.at(folder))
(old,) = store.load()
new = dataclasses.replace(old, name="new")

def save_and_stop(stop_at, report):
    seen = 0

    def trace(frame, event, _):
        nonlocal seen
        if frame.f_code.co_filename != files.__file__:
            return None
        if event == "line":
            seen += 1
            if seen == stop_at:
                os.write(report, b"stopped")
                signal.pause()
        return trace

    sys.settrace(trace)
    store.save(new)
    os.write(report, b"saved")

stop_at, said = 0, b""
while said != b"saved":
    stop_at += 1
    store.remove("new", old.platform_url)
    store.save(old)
    hear, report = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            save_and_stop(stop_at, report)
        finally:
            os._exit(0)
    os.close(report)
    said = os.read(hear, 100)
    os.close(hear)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    names = [each.name for each in store.load()]
    print(json.dumps([said.decode(), names, len(list(folder.glob(".*.tmp")))]), flush=True)
"""

_WRITING = """
import dataclasses, sys
from pathlib import Path
from core.store.datasets import DatasetStore
from core.store.errors import StoreLockedError
from core.store.paths import Home

store, who = DatasetStore(Home.at(Path(sys.argv[1]))), sys.argv[2]
dataset = store.load()[0]
print("ready", flush=True)
sys.stdin.readline()
for number in range(10):
    while True:
        try:
            store.save(dataclasses.replace(dataset, name=f"{who}-{number}"))
            break
        except StoreLockedError:
            continue
"""


def _dataset(name: str) -> Dataset:
    source = Datasource(
        purpose=Purpose.INPUT_OUTPUT,
        location=S3Location("datalake", "a/"),
        region="eu-central-1",
        access=AccessKind.USER,
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        credentials=CredentialSource(SourceKind.KEYRING),
    )
    return Dataset(
        name=name, dataset_id=None, needs=Needs(), platform_url="https://api.lightly.ai", datasources=(source,)
    )


def _child(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=_ENVIRONMENT,
    )


def test_a_save_that_is_killed_before_any_of_its_lines_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    store = DatasetStore(Home.at(tmp_path))
    store.save(_dataset("old"))
    with _child(_KILLING, str(tmp_path)) as child:
        told, _ = child.communicate()
    kills = [json.loads(line) for line in told.splitlines()]
    assert child.returncode == 0
    assert [said for said, _, _ in kills] == ["stopped"] * (len(kills) - 1) + ["saved"]
    held = [names for _, names, _ in kills]
    switch = held.index(["old", "new"])
    assert held == [["old"]] * switch + [["old", "new"]] * (len(held) - switch), "one line makes it the new file"
    assert 10 < switch < len(kills) - 1, "it was killed often before that line, and after it"
    assert any(temporary for _, _, temporary in kills), "it was killed while its temporary file was there"
    store.save(_dataset("old"))
    assert sorted(each.name for each in tmp_path.iterdir()) == [".datasets.yaml.lock", "datasets.yaml"]


def test_of_several_processes_that_save_at_once_none_loses_what_another_saved(tmp_path: Path) -> None:
    store = DatasetStore(Home.at(tmp_path))
    store.save(_dataset("old"))
    children = [_child(_WRITING, str(tmp_path), who) for who in "abcd"]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        child.communicate()
        assert child.returncode == 0
    found = {each.name for each in store.load()}
    assert found == {"old"} | {f"{who}-{number}" for who in "abcd" for number in range(10)}
