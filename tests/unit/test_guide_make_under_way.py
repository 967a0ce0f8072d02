"""The step Make while something is made: how far it is, and what is said where that is not known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from guide_walk import ACCOUNT, AGREED, DELEGATED, MAKE, MAKE_IT, PROFILE, at, good_fact, made_for, settle, taken

from core.access import Secret
from core.guide.facts import AwsPlanned, AwsStep, AwsStopped, Fact, Failed
from core.guide.fields import WHOLE_STEP, Info, Raw
from core.guide.flow import back, learn, makes, pending, submit, view
from core.guide.requests import MakeAws, PlanAws, Request
from core.guide.state import Given, State

GIVEN = Given(external_id=Secret("lightly-canary-made-0123456789"), profiles=("default", PROFILE))
MAKE_ROLE: Raw = {**DELEGATED, "maker": "make"}
STEPS = ("Make the user.", "Write the policy.\n   + ListPrefix  s3:ListBucket on datalake", "Wait until it works.")


def making(access: Raw = MAKE_IT) -> tuple[State, MakeAws]:
    """Return the state in which it is being made, and the request for it."""

    def answer(request: Request) -> Fact:
        whole = AwsPlanned(account_id=ACCOUNT, head=("Account",), steps=STEPS)
        return whole if isinstance(request, PlanAws) else good_fact(request)

    planned = settle(taken(submit(at("make", GIVEN, access=access), MAKE)), answer)
    state = taken(submit(planned, AGREED))
    (request,) = [each for each in pending(state) if isinstance(each, MakeAws)]
    return state, request


def progress(state: State) -> tuple[str, ...]:
    (shown,) = view(state).fields
    assert isinstance(shown, Info)
    return shown.lines


def test_while_it_is_made_each_step_is_marked_and_nothing_is_asked() -> None:
    state, request = making()
    assert progress(state) == ("· Make the user.", "· Write the policy.", "· Wait until it works.")
    state = learn(state, request, AwsStep(2, 3, "Write the policy."))
    assert progress(state) == ("✓ Make the user.", "… Write the policy.", "· Wait until it works.")
    assert makes(state)


def test_waiting_is_a_step_of_the_plan() -> None:
    state, request = making()
    state = learn(state, request, AwsStep(3, 3, "Wait until it works. (not yet, 42 s left)"))
    assert progress(state)[-1] == "… Wait until it works."
    assert view(state).waiting == "3 of 3: Wait until it works. (not yet, 42 s left) …"


def test_whoever_goes_back_while_it_is_made_comes_back_to_how_far_it_is() -> None:
    state, request = making()
    away = back(state)
    assert (away.position.step, makes(away)) == ("limits", False)
    away = learn(away, request, AwsStep(1, 3, "Make the user."))
    again = taken(submit(away, {}))
    assert makes(again)
    assert view(again).waiting == "1 of 3: Make the user …"
    assert learn(again, request, made_for(request)).answers.made


@pytest.mark.parametrize("fact", [Failed("A fault."), AwsStopped("No answer came.", unclear=True)])
def test_where_it_is_not_known_whether_it_was_made_that_is_said(fact: Fact) -> None:
    state, request = making()
    state = learn(state, request, fact)
    said = view(state).problems[WHOLE_STEP].sentence
    assert "It is not known whether the change was made. Enter " in said
    assert "Nothing was made" not in said
    assert not makes(state)


@pytest.mark.parametrize(("access", "said"), [(MAKE_IT, "the lights say so"), (MAKE_ROLE, "Lightly tries it")])
def test_what_follows_is_said_of_a_user_or_of_a_role(access: Raw, said: str) -> None:
    state, request = making(access)
    assert said in view(learn(state, request, made_for(request))).consequence


def test_a_plan_that_is_carried_out_holds_only_for_its_own_answers() -> None:
    state, _ = making()
    state = replace(state, answers=replace(state.answers, made_name="cattle"))
    assert not makes(state)
