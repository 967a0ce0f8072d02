"""Runs of the program, each in a process of its own that ends, or stops before a change of the world and is killed.

As a script it loads the program once and waits for orders, a line of JSON each; every run is a fork of it, so that it
needs no start. A run that stops says before which change, and does nothing any more.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any

__all__ = ["Ended", "Runs"]

PATIENCE = 60.0
_MARK = "\x1e"  # before a line that is not the program's


@dataclass
class Ended:
    """How a run came to its end: `stopped` is the change that it stopped before, where it did, and was killed."""

    code: int
    said: str
    stopped: str | None = None
    changes: list[str] = field(default_factory=list)


class Runs:
    """The script, from the outside."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._text = b""
        self.kills = 0

    @classmethod
    @contextlib.contextmanager
    def ready(cls, environment: Mapping[str, str], folder: Path) -> Iterator[Runs]:
        """Start it; at the end of the block it is ended."""
        process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=folder,
        )
        try:
            yield cls(process)
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()

    def run(self, *arguments: str, stop: Collection[str] = (), old: str = "") -> Ended:
        """Run the program. Before the first change that is in `stop` it is killed. `old` is the ID of the old key."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([list(arguments), list(stop), old]).encode() + b"\n")
        self._process.stdin.flush()
        said: list[str] = []
        ended = Ended(0, "")
        pid = 0
        while True:
            line = self._line()
            if not line.startswith(_MARK):
                said.append(line)
                continue
            word, _, rest = line[1:].partition(" ")
            if word == "pid":
                pid = int(rest)
            elif word == "change":
                ended.changes.append(rest)
            elif word == "stopped":
                os.kill(pid, signal.SIGKILL)
                ended.stopped = rest
                self.kills += 1
            else:
                ended.code, ended.said = int(rest), "\n".join(said)
                return ended

    def _line(self) -> str:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        end = time.monotonic() + PATIENCE
        while b"\n" not in self._text:
            ready, _, _ = select.select([descriptor], [], [], max(end - time.monotonic(), 0))
            data = os.read(descriptor, 65536) if ready else b""
            assert data, f"nothing more came: {self._text!r}"
            self._text += data
        line, _, self._text = self._text.partition(b"\n")
        return line.decode()


def _tell(text: str) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(1, f"{_MARK}{text}\n".encode())


def _watch(stop: Collection[str], old: str) -> None:
    """Tell every change of the world before it is made, and stop before one of them."""
    from core.provision.rotation.administrator import KeyAdministrator
    from core.provision.rotation.journal import RotationJournal
    from core.provision.rotation.record import BACKWARD, Record, Step
    from core.provision.rotation.world import World
    from core.provision.waiting import RealWaiter

    def which(key_id: str) -> str:
        return "old" if key_id == old else "new"

    def saved(record: Record) -> str:
        if not record.begun:
            return "start"
        step = record.begun[-1]
        if record.back is not None and step not in BACKWARD:
            return "turned"
        if step in record.done:
            return f"{step} done"
        if step is Step.CREATE and (record.new_key or record.asked):
            return f"{step} {'known' if record.new_key else 'asked'}"
        if step is Step.PROVE_ALONE and record.rests_since:
            return f"{step} rests"
        return f"{step} begun"

    labels: dict[tuple[type, str], Any] = {
        (KeyAdministrator, "create"): lambda user: "create",
        (KeyAdministrator, "set_active"): lambda user, key, active: "activate" if active else "deactivate",
        (KeyAdministrator, "delete"): lambda user, key: f"delete {which(key)}",
        (KeyAdministrator, "describe"): lambda user, key: f"describe {which(key)}",
        (KeyAdministrator, "forget_description"): lambda user, key: f"undescribe {which(key)}",
        (World, "shelve"): lambda owner, key: f"shelve {which(key.access_key_id)}",
        (World, "unshelve"): lambda owner, key: f"unshelve {which(key)}",
        (World, "configure"): lambda place, purpose, key: f"configure {place.name} {purpose}",
        (World, "keep"): lambda place, key, ours: f"keep {place.name}",
        (World, "write_down"): lambda place, key, ours: f"write down {place.name}",
        (World, "keep_made"): lambda owner, key, ours: "keep made",
        (RotationJournal, "save"): lambda record: f"save {saved(record)}",
        (RotationJournal, "remove"): lambda record: "remove",
    }

    def watched(owner: type, name: str, label: Any) -> None:
        original = getattr(owner, name)

        @wraps(original)
        def watching(self: object, *arguments: Any, **named: Any) -> Any:
            change = label(*arguments, **named)
            if change in stop:
                _tell(f"stopped {change}")
                threading.Event().wait()
            _tell(f"change {change}")
            return original(self, *arguments, **named)

        setattr(owner, name, watching)

    for (owner, name), label in labels.items():
        watched(owner, name, label)

    def at_once(self: RealWaiter, seconds: float) -> bool:
        return True

    RealWaiter.wait = at_once  # type: ignore[method-assign]


def _read_services() -> None:
    """Read what botocore knows of the services, for every fork."""
    from read_once import read_services_once

    from core.access import Secret, UserAccess
    from core.aws.session import Clients

    read_services_once()
    clients, nobody = Clients(may_change=True), UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("-" * 40))
    for make in (clients.s3, clients.iam, clients.sts):
        make(nobody, region=None)


def _serve() -> None:
    import boto3  # noqa: F401
    import filelock  # noqa: F401
    import keyring  # noqa: F401
    import yaml  # noqa: F401

    import core.lightly.client
    import core.lights.conductor
    import core.lights.legs
    import core.provision.rotation.look
    import core.provision.rotation.run
    import core.store.dataset_file  # noqa: F401
    import tui.commands.rotate  # noqa: F401
    from tui.entry import main

    _read_services()
    gc.freeze()
    for line in sys.stdin.buffer:
        arguments, stop, old = json.loads(line)
        child = os.fork()
        if child == 0:
            _tell(f"pid {os.getpid()}")
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            sys.argv = ["bucketlight", *arguments]
            _watch(stop, old)
            code = 1
            try:
                main()
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 0
            sys.stdout.flush()
            os._exit(code)
        _, status = os.waitpid(child, 0)
        _tell(f"ended {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    _serve()
