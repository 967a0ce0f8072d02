"""The check's requests run side by side: what one stores for a moment, another must not take for the user's data."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from gateway import Gateway
from judgement import assert_the_lights_are_due, observe, target_of
from relay import Request, relay
from stage import case_named, set_up

from core.lights.check import Checker
from core.lights.states import ProbeMode
from core.lights.target import CheckOptions

pytestmark = [pytest.mark.rgw, pytest.mark.timeout(300)]

PATIENCE = 2.0
"""Seconds that a request waits for another at most: a check that sends them one after the other is not stopped."""


class MeetingPoint:
    """Holds requests up so that the list comes between the store of the probe and its removal."""

    def __init__(self) -> None:
        self._stored = threading.Event()
        self._listed = threading.Event()

    def before(self, request: Request) -> None:
        if request.lists:
            self._stored.wait(PATIENCE)
        elif request.method == "DELETE":
            self._listed.wait(PATIENCE)

    def after(self, request: Request, _content: bytes) -> None:
        if request.lists:
            self._listed.set()
        elif request.method == "PUT":
            self._stored.set()


def test_the_probe_that_is_just_stored_is_not_taken_for_something_to_read(gateway: Gateway) -> None:
    stage = set_up(gateway, case_named("finds an empty prefix"))
    calm = observe(Checker(), stage, ProbeMode.REAL)
    point = MeetingPoint()
    with relay(gateway.url, before=point.before, after=point.after) as url:
        target = replace(target_of(stage), endpoint_url=url)
        report = Checker().check(target, CheckOptions(write_probe=ProbeMode.REAL))
    assert_the_lights_are_due(replace(calm, report=report))
    assert gateway.snapshot(stage.location.bucket) == calm.before
