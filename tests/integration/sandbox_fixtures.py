"""Fixtures that many files use alike. A file takes one by its name: `box = sandbox_fixtures.box`.

They are in no conftest: for mypy there can be one module of that name, and the conformance tests have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from core.sandbox import Sandbox

if TYPE_CHECKING:
    from provision_stage import Front

__all__ = ["box", "front", "rotation_box"]


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """One sandbox for a file."""
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def rotation_box() -> Iterator[Sandbox]:
    """One sandbox for a file, which refuses a deactivated key as AWS does."""
    from rotation_stage import sandbox_for_rotation

    with sandbox_for_rotation() as running:
        yield running


@pytest.fixture
def front(box: Sandbox) -> Iterator[Front]:
    """What stands before the sandbox, for one test."""
    from provision_stage import front_of

    with front_of(box.s3_url) as front:
        yield front
