"""What holds for every test."""

from __future__ import annotations

import gc
import shutil
import sys
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent / "integration"))

from read_once import read_services_once

# The default deadline is a timed assertion: on a busy machine it fails by chance.
settings.register_profile("bucketlight", deadline=None)
settings.load_profile("bucketlight")

read_services_once()

_files = count(1)


def pytest_collection_finish() -> None:
    """Let the garbage collector come less often, and pass over ten thousand tests: it took a good part of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Let the process end: pytest looks five times through all that the tests have left in memory."""
    gc.freeze()


LONGEST = (
    "rgw",
    "test_rotate_killed",
    "test_monkey",
    "tmux",
    "test_handoff_script",
    "keyring",
    "test_provision_killed",
    "test_setup_walk",
    "test_setup_paths",
    "test_aws_paths",
    "test_handoff_script_others",
    "test_setup_snapshots",
    "test_diagnosis_screen",
    "test_pictures",
    "test_process_rotate",
    "test_setup_errors",
    "test_slow_terminal",
    "test_app_secrecy",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Say what runs in one process where there are several (`-n`): a file, and all that needs one server.

    What needs a program that nobody has to have (mark `program`) is left out where that is not there.
    """
    left_out = [item for item in items if any(not shutil.which(mark.args[0]) for mark in item.iter_markers("program"))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    # What takes long begins first (with xdist's `--no-loadscope-reorder`), so that nothing long is left for the end.
    items.sort(key=lambda item: LONGEST.index(_group(item)) if _group(item) in LONGEST else len(LONGEST))


def _group(item: pytest.Item) -> str:
    """Name what a test shares a process with: the server that it needs, or its file."""
    return next((mark for mark in ("rgw", "keyring", "tmux") if item.get_closest_marker(mark)), item.path.stem)


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Collect garbage between some files: sockets that tests leave open would add up, and `select` knows no more than
    1,024.
    """
    if nextitem is not None and nextitem.path != item.path and next(_files) % 6 == 0:
        gc.collect()
