"""`bucketlight demo` as a process: the sandbox alone, and the app in front of it; afterwards nothing is left."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from process_terminal import COMMAND, PATIENCE, Terminal, bare_environment, run

Serving = subprocess.Popen[str]


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[tuple[Serving, dict[str, Any]]]:
    """Run `demo --serve` in a folder, with its temporary files there too; yields its announcement."""
    with subprocess.Popen(
        (*COMMAND, "demo", "--serve"),
        env=bare_environment(folder, TMPDIR=str(folder)),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            if process.poll() is None:
                process.kill()


def members(session: int) -> list[int]:
    """Find the processes of a session, by its leader's id (proc(5), the sixth field of stat)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(stat.parent.name))
    return found


def is_open(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0), (signal.SIGHUP, 0)], ids=["INT", "TERM", "HUP"]
)
def test_the_sandbox_says_where_it_is_and_ends_without_a_trace(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    with serving(tmp_path) as (process, told):
        assert {"s3", "lightly", "token", "bucket", "prefix", "admin"} <= set(told)
        assert set(told["admin"]) == {"access_key_id", "secret_access_key"}
        assert is_open(told["s3"])
        assert is_open(told["lightly"])
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    assert (out, err) == ("", "")
    assert not is_open(told["s3"])
    assert not is_open(told["lightly"])
    assert members(process.pid) == []
    assert list(tmp_path.iterdir()) == []


def test_the_sandbox_serves_what_it_announced(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, told):
        environment = bare_environment(
            tmp_path,
            AWS_ACCESS_KEY_ID=told["writer"]["access_key_id"],
            AWS_SECRET_ACCESS_KEY=told["writer"]["secret_access_key"],
        )
        uri = f"s3://{told['bucket']}/{told['prefix']}"
        arguments = ("check", uri, "--needs", "list,read,write", "--endpoint-url", told["s3"])
        ended = run(*arguments, environment=environment, cwd=tmp_path)
        assert ended.returncode == 0, ended
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130


@contextlib.contextmanager
def demo(folder: Path, *, cwd: Path | None = None) -> Iterator[Terminal]:
    """Run the demo in a terminal until the app shows itself."""
    environment = bare_environment(folder, TMPDIR=str(folder))
    with Terminal.running((*COMMAND, "demo"), environment=environment, cwd=cwd or folder) as terminal:
        terminal.wait_for(b"\x1b[?1049h")
        terminal.wait_for(b"leave")
        yield terminal


def descendants(pid: int) -> list[int]:
    """Find the processes that a process has started, and theirs."""
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            children += map(int, task.read_text().split())
    return [each for child in children for each in (child, *descendants(child))]


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("way", ["q", "SIGTERM", "SIGHUP"])
def test_leaving_the_demo_leaves_no_process_and_no_file(way: str, tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        started = descendants(terminal.process.pid)
        assert started
        if way == "q":
            terminal.press(b"q")
        else:
            terminal.send(signal.Signals[way])
        code = terminal.end()
        assert code == (0 if way == "q" else 128 + signal.Signals[way])
        assert all(map(gone, started))
        assert terminal.is_as_before()
    assert list(tmp_path.iterdir()) == []


def test_a_demo_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        started = descendants(terminal.process.pid)
        handles = [os.pidfd_open(pid) for pid in started]
        terminal.process.kill()
        terminal.end()
        for handle in handles:
            wait_for_end(handle)


def wait_for_end(handle: int) -> None:
    """Wait until a process has ended (pidfd_open(2): its descriptor is then readable)."""
    ready, _, _ = select.select([handle], [], [], PATIENCE)
    os.close(handle)
    assert ready


def test_the_demo_is_not_misled_by_the_folder_it_is_started_in(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for package in ("core", "tui"):
        (project / package).mkdir(parents=True)
        (project / package / "__init__.py").write_text("raise RuntimeError('the wrong package')\n", encoding="utf-8")
    with demo(tmp_path, cwd=project) as terminal:
        terminal.press(b"q")
        assert terminal.end() == 0
        assert re.search("wrong package|Traceback", terminal.text) is None


def test_the_demo_takes_no_home(tmp_path: Path) -> None:
    ended = run("demo", "--home", str(tmp_path), environment=bare_environment(tmp_path), cwd=tmp_path)
    assert ended.returncode == 2
    assert "--home" in ended.stderr
