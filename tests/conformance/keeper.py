"""Ends the gateway of a test run when the run is over, however it ended; run as a program, it imports nothing of ours.

The test run holds the other end of this process's standard input. When that closes - the tests are done, or were
interrupted, or killed - every daemon that runs on the directory is ended and the directory is removed. Nothing in it is
worth saving, so the daemons get no time to say goodbye.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import sys
from pathlib import Path

DAEMONS = frozenset({"ceph-mgr", "ceph-mon", "ceph-osd", "radosgw", "radosgw-admin"})


def daemons_of(directory: Path) -> tuple[int, ...]:
    """Find the process ids of the daemons whose command line names this directory, which no other run shares."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            arguments = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if Path(arguments[0]).name in DAEMONS and f"{directory}/ceph.conf" in arguments:
                found.append(int(process.name))
    return tuple(found)


def end(pid: int) -> None:
    """Kill one process and wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            select.select([handle], [], [])
        finally:
            os.close(handle)


def end_all(directory: Path) -> None:
    """End every daemon of the directory, those included that a program was just about to start; then remove it."""
    while pids := daemons_of(directory):
        for pid in pids:
            end(pid)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.stdin.buffer.read()
    end_all(Path(sys.argv[1]))
