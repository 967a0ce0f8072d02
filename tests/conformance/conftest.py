"""Fixtures of the conformance tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway import PACKAGES, Gateway, missing_programs, running_gateway
from sandbox_server import SandboxServer

from core.sandbox import Sandbox

sys.path.append(str(Path(__file__).parent.parent / "unit"))  # the evaluator of policies is there


@pytest.fixture(scope="session")
def gateway() -> Iterator[Gateway]:
    """A RADOS Gateway for the whole run; without its packages the tests skip, or fail where they must not."""
    if missing := missing_programs():
        sentence = f"The RADOS Gateway is not installed ({', '.join(missing)}): apt-get install {PACKAGES}"
        if os.environ.get("BUCKETLIGHT_REQUIRE_RGW") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    with running_gateway() as started:
        yield started


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxServer]:
    """A sandbox for the whole run."""
    with Sandbox() as box:
        yield SandboxServer(box)
