"""Waiting for a change to spread: when it is tried, and when that ends."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.lights.propagation import LASTS, Ended, Waiting, may_spread
from core.lights.states import Light, State
from core.needs import Operation

BEGINNINGS = st.floats(min_value=0, max_value=1e6)
TOOK = st.floats(min_value=0, max_value=15)


def walk(passed: list[bool], *, began: float = 0.0, took: float = 0.0) -> tuple[list[float], Waiting | Ended]:
    """Try whenever it is due; return when each try began, seen from the beginning, and what came of it all."""
    waiting: Waiting | Ended = Waiting.begin(began)
    tried = []
    for each in passed:
        assert isinstance(waiting, Waiting)
        tried.append(waiting.due - began)
        waiting = waiting.after(passed=each, now=waiting.due + took)
        if isinstance(waiting, Ended):
            break
    return tried, waiting


def test_the_first_try_is_made_at_once_and_the_pauses_grow_to_eight_seconds() -> None:
    tried, ended = walk([False] * 20)
    assert tried == [0, 1, 3, 7, 15, 23, 31, 39, 47, 55, 60]
    assert ended is Ended.OVER


def test_one_pass_is_not_enough_because_the_next_server_may_not_know_yet() -> None:
    waiting = walk([False, True])[1]
    assert isinstance(waiting, Waiting)
    assert waiting.passes == 1
    assert waiting.after(passed=False, now=5.0) != Ended.WORKS


def test_two_passes_in_a_row_end_it() -> None:
    assert walk([True, True]) == ([0, 1], Ended.WORKS)
    assert walk([True, False, True, True])[1] is Ended.WORKS


def test_a_pass_before_a_failure_does_not_count() -> None:
    waiting = walk([True, False, True])[1]
    assert isinstance(waiting, Waiting)
    assert waiting.passes == 1


def test_what_is_left_is_counted_in_whole_seconds() -> None:
    waiting = Waiting.begin(100.0).after(passed=False, now=100.4)
    assert isinstance(waiting, Waiting)
    assert (waiting.next_in(100.4), waiting.left(100.4)) == (1, 60)
    assert (waiting.next_in(101.3), waiting.left(101.3)) == (1, 59)
    assert (waiting.next_in(101.5), waiting.left(170.0)) == (0, 0)


@given(passed=st.lists(st.booleans(), min_size=70, max_size=70), began=BEGINNINGS, took=TOOK)
def test_whatever_the_tries_say_it_ends_and_no_try_begins_after_a_minute(
    passed: list[bool], began: float, took: float
) -> None:
    tried, ended = walk(passed, began=began, took=took)
    assert isinstance(ended, Ended)
    assert tried[-1] <= LASTS + 1e-6
    assert tried == sorted(tried)


@given(passed=st.lists(st.booleans(), min_size=70, max_size=70), began=BEGINNINGS, took=TOOK)
def test_it_works_exactly_where_the_last_two_tries_passed(passed: list[bool], began: float, took: float) -> None:
    tried, ended = walk(passed, began=began, took=took)
    made = passed[: len(tried)]
    assert (ended is Ended.WORKS) == (made[-2:] == [True, True])
    assert all(pair != (True, True) for pair in itertools.pairwise(made[:-1])), "it ended too late"


def light(state: State, cause: str | None) -> Light:
    return Light(operation=Operation.WRITE, state=state, required=True, cause=cause)


@pytest.mark.parametrize(
    ("state", "cause"),
    [
        (State.RED, "denied-identity-policy"),
        (State.RED, "bucket-policy-denies"),
        (State.RED, "kms-key-policy"),
        (State.UNKNOWN, "not-yet-propagated"),
        (State.UNKNOWN, "vpc-endpoint-policy"),
    ],
)
def test_waiting_can_help_a_light_whose_cause_is_mended_in_a_policy(state: State, cause: str) -> None:
    assert may_spread(light(state, cause))


@pytest.mark.parametrize(
    ("state", "cause"),
    [
        (State.RED, "no-such-bucket"),
        (State.RED, "wrong-secret"),
        (State.UNKNOWN, "endpoint-unreachable"),
        (State.UNKNOWN, "needs-list"),
        (State.GREEN, None),
        (State.CHECKING, None),
    ],
)
def test_waiting_helps_no_other_light(state: State, cause: str | None) -> None:
    assert not may_spread(light(state, cause))
