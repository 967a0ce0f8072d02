"""What an organisation demands of its users and roles: a path and a permissions boundary, in Make and handed over."""

from __future__ import annotations

import pytest
from guide_walk import ACCOUNT, AGREED, HAND_IT, MAKE, MAKE_IT, PROFILE, at, refused, settle, taken

from core.access import Secret
from core.guide.drafts import DraftError, from_draft, to_draft
from core.guide.fields import Raw, is_shown
from core.guide.flow import submit, view
from core.guide.state import Given, State
from core.guide.steps.wanted import wanted_of
from core.provision.wanted import Wanted

GIVEN = Given(external_id=Secret("lightly-canary-made-0123456789"), profiles=("default", PROFILE))
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/edge"
DEMANDED: Raw = {"demanded": True, "iam_path": "/service-users/", "boundary_arn": BOUNDARY}
STEPS = {"make": (MAKE_IT, MAKE), "limits": (HAND_IT, {})}


def at_step(step: str) -> tuple[State, Raw]:
    access, raw = STEPS[step]
    return at(step, GIVEN, access=access), raw


def only_wanted(state: State) -> Wanted:
    found = wanted_of(state)
    assert not isinstance(found, str), found
    return found[0]


@pytest.mark.parametrize("step", STEPS)
def test_a_path_and_a_boundary_are_wanted_and_kept_when_the_setup_is_left(step: str) -> None:
    state, raw = at_step(step)
    state = taken(submit(state, {**raw, **DEMANDED}))
    wanted = only_wanted(state)
    assert (wanted.path, wanted.boundary_arn) == ("/service-users/", BOUNDARY)
    assert from_draft(to_draft(state), GIVEN).answers.demanded == state.answers.demanded


def test_what_is_demanded_stays_where_it_is_not_asked_any_more() -> None:
    state = settle(taken(submit(at_step("make")[0], {**MAKE, **DEMANDED})))
    assert view(state).field("demanded") is None
    state = settle(taken(submit(state, AGREED)))
    assert state.answers.made
    assert only_wanted(state).boundary_arn == BOUNDARY


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("wrong", "name", "said"),
    [
        ({"iam_path": "service-users"}, "iam_path", "is no path"),
        ({"boundary_arn": "edge"}, "boundary_arn", "named by the ARN of a policy"),
        ({"iam_path": "", "boundary_arn": ""}, "iam_path", "switch this off"),
    ],
)
def test_a_wrong_path_or_boundary_is_refused(step: str, wrong: Raw, name: str, said: str) -> None:
    state, raw = at_step(step)
    assert said in refused(submit(state, {**raw, **DEMANDED, **wrong}))[name].sentence


@pytest.mark.parametrize("step", STEPS)
def test_the_two_are_there_only_where_something_is_demanded(step: str) -> None:
    shown = view(at_step(step)[0])
    for on in (True, False):
        there = {field.name for field in shown.fields if is_shown(field, {"demanded": on})}
        assert ({"iam_path", "boundary_arn"} <= there) is on


def test_one_of_the_two_is_enough_and_both_can_be_switched_off() -> None:
    state = taken(submit(at_step("make")[0], {**MAKE, **DEMANDED, "iam_path": ""}))
    assert only_wanted(state).path == "/"
    state = taken(submit(state, {**MAKE, "demanded": False}))
    assert only_wanted(state).boundary_arn is None


def test_a_draft_with_a_wrong_path_is_not_gone_on_with() -> None:
    draft = to_draft(taken(submit(at_step("make")[0], {**MAKE, **DEMANDED})))
    with pytest.raises(DraftError, match="iam_path"):
        from_draft({**draft, "iam_path": "no path"}, GIVEN)
