"""The viewpoints together: what holds for an operation, and how the platform's verdict is shown."""

from __future__ import annotations

from itertools import product

import pytest

from core.lights.check import unchecked_report
from core.lights.diagnosis import Diagnosis
from core.lights.platform_view import agree, effective_state, platform_lights, platform_unknown
from core.lights.states import Light, State, Viewpoint
from core.needs import OPERATIONS, Operation

CAN_NOT_LOOK = ("secret-unavailable", "only-lightly-can-assume")


def local(state: State, cause: str | None = None) -> Light:
    return Light(operation=Operation.LIST, state=state, required=True, cause=cause)


def platform(state: State) -> Light:
    return Light(operation=Operation.LIST, state=state, required=True, viewpoint=Viewpoint.PLATFORM)


G, A, R, U, OFF = State.GREEN, State.AMBER, State.RED, State.UNKNOWN, State.OFF
TABLE = {
    # local: without the platform, and where it says green, red, unknown
    G: (G, G, R, G),
    A: (A, A, R, A),
    R: (R, R, R, R),
    U: (U, U, R, U),
    OFF: (OFF, OFF, R, OFF),
}


@pytest.mark.parametrize("state", TABLE)
def test_a_proven_red_counts_first_and_the_local_view_next(state: State) -> None:
    seen = tuple(
        effective_state(local(state, "read-timeout"), verdict)
        for verdict in (None, platform(G), platform(R), platform(U))
    )
    assert seen == TABLE[state]


@pytest.mark.parametrize(("cause", "verdict"), product(CAN_NOT_LOOK, (G, A, R, U)))
def test_the_platforms_verdict_holds_where_this_machine_cannot_look(cause: str, verdict: State) -> None:
    assert effective_state(local(U, cause), platform(verdict)) is verdict
    assert effective_state(local(U, cause), None) is U


@pytest.mark.parametrize("state", [G, A, U])
def test_where_access_is_restricted_the_platforms_red_does_not_count(state: State) -> None:
    assert effective_state(local(state, "x"), platform(R), restricted=True) is state
    assert effective_state(local(R, "x"), platform(G), restricted=True) is R


def test_what_the_platform_found_is_shown_for_what_is_needed() -> None:
    can = {Operation.LIST: True, Operation.READ: False, Operation.WRITE: False}
    listed, read, written = platform_lights(can, {"read": "no such key"}, OPERATIONS[:2])
    assert (listed.state, listed.cause) == (G, None)
    assert (read.state, read.cause) == (R, "platform-denies")
    assert "no such key" in read.summary
    assert read.fix
    assert (written.state, written.required) == (OFF, False)
    assert {light.viewpoint for light in (listed, read, written)} == {Viewpoint.PLATFORM}


def test_where_there_is_nothing_to_read_the_platforms_red_proves_nothing() -> None:
    empty = Light(
        operation=Operation.READ, state=U, required=True, cause="nothing-to-read", summary="empty.", fix="Add a file."
    )
    taken_back = agree(empty, platform(R))
    assert (taken_back.state, taken_back.cause, taken_back.viewpoint) == (U, "nothing-to-read", Viewpoint.PLATFORM)
    assert agree(empty, platform(G)) == platform(G)
    assert agree(local(U, "read-timeout"), platform(R)) == platform(R)


def test_no_verdict_is_not_proven_and_says_why() -> None:
    lights = platform_unknown("platform-unreachable", OPERATIONS[:2], why="Lightly did not answer.")
    assert [light.state for light in lights] == [U, U, OFF]
    assert lights[0].summary == "List is not proven: Lightly did not answer."


@pytest.mark.parametrize("state", [R, U])
def test_without_credentials_every_light_says_the_same(state: State) -> None:
    report = unchecked_report(OPERATIONS[:2], Diagnosis(state, "some-cause", "there are none.", "Get some."))
    assert [(light.state, light.cause) for light in report.lights] == [(state, "some-cause")] * 2 + [(OFF, None)]
    assert report.light(Operation.READ).fix == "Get some."
