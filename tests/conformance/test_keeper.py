"""The keeper of the gateway: nothing of a test run stays behind, however the run ended."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keeper
import pytest


@contextlib.contextmanager
def waiting_program(name: str, directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run something that looks like a daemon of that name on a directory, and waits."""
    command = [name, "-c", "read", f"{directory}/ceph.conf"]
    program = subprocess.Popen(command, executable="/bin/bash", stdin=subprocess.PIPE)
    try:
        yield program
    finally:
        program.kill()
        program.communicate()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A gateway's directory."""
    made = tmp_path / "gateway"
    (made / "log").mkdir(parents=True)
    return made


def test_when_the_run_lets_go_its_daemons_end_and_their_directory_goes(directory: Path) -> None:
    command = [sys.executable, keeper.__file__, str(directory)]
    with (
        waiting_program("radosgw", directory) as daemon,
        subprocess.Popen(command, stdin=subprocess.PIPE) as kept,
    ):
        assert daemon.poll() is None
        assert kept.stdin is not None
        kept.stdin.close()
        assert kept.wait(30) == 0
        assert daemon.wait(30) == -9
    assert not directory.exists()


def test_daemons_of_another_directory_and_other_programs_go_on(directory: Path, tmp_path: Path) -> None:
    other = tmp_path / "gateway-2"
    with waiting_program("radosgw", other) as daemon, waiting_program("less", directory) as reader:
        keeper.end_all(directory)
        assert daemon.poll() is None
        assert reader.poll() is None
    assert not directory.exists()


def test_an_empty_directory_is_no_trouble(tmp_path: Path) -> None:
    keeper.end_all(tmp_path / "never made")
    assert keeper.daemons_of(tmp_path / "never made") == ()
