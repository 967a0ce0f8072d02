"""What holds for every test."""

from __future__ import annotations

import pytest
from hypothesis import settings

# The default deadline is a timed assertion: on a busy machine it fails by chance.
settings.register_profile("bucketlight", deadline=None)
settings.load_profile("bucketlight")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say what runs in one process where there are several (`-n`): a file, and all that needs one server."""
    for item in items:
        name = item.path.stem
        needs = next((mark for mark in ("rgw", "keyring", "tmux") if item.get_closest_marker(mark)), None)
        group = needs or name
        item.add_marker(pytest.mark.xdist_group(group))
