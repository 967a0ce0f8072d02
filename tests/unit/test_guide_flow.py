"""The guide's flow: forward, back, what is looked up when, and what becomes of facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from guide_walk import (
    ACCEPTED,
    ACCESS,
    BUCKET,
    DATASET,
    DATASET_ID,
    DELEGATED,
    FREE,
    KEY_ID,
    KEYS,
    MAKE_IT,
    NEEDS,
    OUTPUT,
    REGION,
    SECRET,
    TOKEN,
    URI,
    WALK,
    at,
    back_at,
    onward,
    report,
    settle,
    taken,
)

from core.access import Secret
from core.guide.facts import Failed, FoundDataset, NameLookedUp, RegionFound, Saved, SaveFailed
from core.guide.fields import WHOLE_STEP, Info, Problems, SecretText, Text, Toggle
from core.guide.fingerprint import fingerprint
from core.guide.flow import again, back, finished, learn, pending, plan, preview, start, submit, view, wanted
from core.guide.requests import Check, FindRegion, LookUpName, Save, TryToken
from core.guide.state import Given, State, TokenSource
from core.guide.steps import STEPS
from core.guide.steps.onward import saved_of
from core.guide.strip import principal, strip
from core.lights.events import Identified
from core.lights.states import Light, LookUps, ProbeMode
from core.lights.states import State as LightState
from core.lights.target import CheckOptions
from core.location import S3Location
from core.needs import Operation

TITLES = ["Needs", "Bucket", "Access", "Keys", "Output", "Encryption", "Dataset", "Save", "Next"]


def test_the_steps_come_in_their_order_and_are_numbered() -> None:
    seen: list[tuple[int, int, str]] = []
    state = start()
    while not finished(state):
        shown = view(state)
        seen.append((shown.number, shown.total if seen else 9, shown.title))
        # Where Lightly writes is asked only once it is known that something is written.
        titles = [title for title in TITLES if seen[1:] or title != "Output"]
        assert [*shown.done, shown.title, *shown.upcoming] == titles
        state = settle(taken(submit(state, WALK[shown.step])))
    assert seen == [(number, 9, title) for number, title in enumerate(TITLES, 1)]


def test_with_a_role_its_step_stands_in_the_place_of_the_keys() -> None:
    shown = view(at("role", access=DELEGATED))
    titles = [title.replace("Keys", "Role") for title in TITLES]
    assert [*shown.done, shown.title, *shown.upcoming] == titles
    assert (shown.number, shown.total) == (4, 9)


def test_the_steps_close_up_where_nothing_is_written() -> None:
    shown = view(at("limits", needs={"input_type": "Images", "thumbnails": False}))
    titles = [title for title in TITLES if title != "Output"]
    assert [*shown.done, shown.title, *shown.upcoming] == titles
    assert (shown.number, shown.total) == (5, 8)


def test_every_step_asks_a_question_and_names_its_consequence() -> None:
    for step in STEPS:
        access = {"role": DELEGATED, "make": MAKE_IT}.get(step.id, ACCESS)
        shown = view(at(step.id, access=access))
        assert shown.question.endswith(("?", "."))
        assert shown.consequence.endswith(".")
        assert len(shown.consequence) <= 78
        assert not shown.problems
        assert not shown.hints
        assert shown.waiting is None


def test_nothing_is_asked_of_anybody_before_a_step_is_confirmed() -> None:
    state = taken(submit(start(), NEEDS))
    assert pending(state) == ()
    preview(state, {"uri": URI})
    view(state)
    assert pending(state) == ()
    state = taken(submit(state, BUCKET))
    assert pending(state) == (FindRegion(S3Location.parse(URI), None),)


def test_a_known_token_is_not_tried_before_the_dataset_step_is_confirmed() -> None:
    given = Given(token=Secret(TOKEN), token_from=TokenSource.KEYRING)
    assert pending(at("dataset", given)) == ()
    assert [type(request) for request in pending(taken(submit(at("dataset", given), {"name": "farm-animals"})))] == [
        TryToken
    ]


def test_a_step_that_needs_a_fact_waits_and_is_then_left_by_itself() -> None:
    state = taken(submit(at("bucket"), BUCKET))
    assert view(state).waiting == "Looking up the region of datalake …"
    assert state.position.step == "bucket"
    state = learn(state, pending(state)[0], REGION)
    assert state.position.step == "access"
    assert view(state).waiting is None


def test_the_check_starts_with_the_keys_and_nobody_waits_for_it() -> None:
    state = taken(submit(at("keys"), KEYS))
    assert state.position.step == "output"
    (request,) = pending(state)
    assert isinstance(request, Check)
    assert request.target.region == "eu-central-1"
    assert request.target.access.access_key_id == KEY_ID
    assert request.target.required == (Operation.LIST, Operation.READ, Operation.WRITE)


def test_the_check_asks_only_for_what_is_needed() -> None:
    state = at("keys", needs={"input_type": "Images", "object_level": False, "thumbnails": False})
    (request,) = pending(taken(submit(state, KEYS)))
    assert isinstance(request, Check)
    assert request.target.required == (Operation.LIST, Operation.READ)


def test_token_and_name_are_looked_up_one_after_the_other() -> None:
    state = taken(submit(at("dataset"), DATASET))
    assert [type(request) for request in pending(state)] == [TryToken]
    assert view(state).waiting == "Trying the token at https://api.lightly.ai …"
    state = learn(state, pending(state)[0], ACCEPTED)
    assert [type(request) for request in pending(state)] == [LookUpName]
    assert view(state).waiting == "Looking for a dataset named farm-animals …"
    state = learn(state, pending(state)[0], FREE)
    assert state.position.step == "save"


def test_back_keeps_every_answer() -> None:
    state = at("next")
    answers = state.answers
    for title in [*reversed(TITLES[:-1]), "Needs"]:
        state = back(state)
        assert view(state).title == title
        assert state.answers == answers
    thumbnails = view(state).field("thumbnails")
    assert isinstance(thumbnails, Toggle)
    assert thumbnails.value
    uri = view(settle(taken(submit(state, {})))).field("uri")
    assert isinstance(uri, Text)
    assert uri.value == URI


def test_secrets_are_kept_too_but_never_shown_again() -> None:
    state = back_at(at("save"), "keys")
    secret = view(state).field("secret_access_key")
    assert isinstance(secret, SecretText)
    assert secret.kept
    state = taken(submit(state, {"access_key_id": KEY_ID, "secret_access_key": ""}))
    assert state.answers.access is not None
    assert state.answers.access.secret_access_key == Secret(SECRET)


def test_back_with_a_lookup_under_way_lets_the_step_be_answered_anew() -> None:
    state = back(taken(submit(at("bucket"), BUCKET)))
    assert state.position.step == "needs"
    assert pending(state) == ()


def test_an_answer_that_comes_after_going_back_is_not_lost() -> None:
    waiting = taken(submit(at("bucket"), BUCKET))
    state = learn(back(waiting), pending(waiting)[0], REGION)
    assert state.position.step == "needs"
    state = taken(submit(taken(submit(state, NEEDS)), BUCKET))
    assert state.position.step == "access"


def test_another_location_invalidates_region_and_check_but_not_the_token() -> None:
    state = back_at(at("save"), "bucket")
    state = taken(submit(state, {"uri": "s3://other-lake/"}))
    assert pending(state) == (FindRegion(S3Location("other-lake", ""), None),)
    state = learn(state, pending(state)[0], RegionFound("us-west-2", True))
    state = taken(submit(state, ACCESS))
    state = taken(submit(state, {"access_key_id": KEY_ID, "secret_access_key": ""}))
    (request,) = pending(state)
    assert isinstance(request, Check)
    assert request.target.region == "us-west-2"
    state = onward(settle(state), "dataset")
    state = taken(submit(state, {"name": "farm-animals"}))
    assert [type(request) for request in pending(state)] == [LookUpName]


def test_other_needs_invalidate_the_check_but_not_the_region() -> None:
    state = taken(submit(back_at(at("save"), "needs"), {**NEEDS, "thumbnails": False}))
    state = taken(submit(state, BUCKET))
    assert state.position.step == "access", "the region is known"
    state = taken(submit(state, ACCESS))
    state = taken(submit(state, {"access_key_id": KEY_ID}))
    assert [type(request) for request in pending(state)] == [Check]


def test_a_name_is_looked_up_anew_when_one_comes_back_to_it() -> None:
    state = taken(submit(back(at("save")), {"name": "farm-animals"}))
    assert [type(request) for request in pending(state)] == [LookUpName]


def test_a_stale_fact_changes_nothing() -> None:
    old = taken(submit(at("bucket"), {"uri": "s3://old-lake/"}))
    state = taken(submit(old, BUCKET))
    assert learn(state, pending(old)[0], RegionFound("us-east-1", True)) is state
    other = Check(replace(_check().target, location=S3Location("old-lake", "")))
    assert learn(at("dataset"), other, report()) == at("dataset")


def test_a_fact_of_another_kind_changes_nothing() -> None:
    state = taken(submit(at("dataset"), DATASET))
    assert learn(state, pending(state)[0], FREE) is state


def test_a_fact_for_another_secret_is_stale() -> None:
    state = at("dataset")
    request = _check()
    access = replace(request.target.access, secret_access_key=Secret("another"))
    assert learn(state, Check(replace(request.target, access=access)), report(state=LightState.RED)) == state


def test_r_asks_for_the_check_again() -> None:
    state = at("save")
    assert pending(state) == ()
    assert [type(request) for request in pending(again(state))] == [Check]


PROVE = CheckOptions(write_probe=ProbeMode.REAL, read_back=True)


def test_a_check_can_be_asked_for_that_goes_about_it_otherwise() -> None:
    state = settle(taken(submit(at("keys"), KEYS)))
    asked = again(state, PROVE)
    (request,) = pending(asked)
    assert isinstance(request, Check)
    assert request.options == PROVE
    assert fingerprint(request) == fingerprint(_check()), "what it finds answers the same question"
    assert {light.state for light in strip(asked)} == {LightState.CHECKING}


def test_that_holds_for_one_check_only() -> None:
    state = again(settle(taken(submit(at("keys"), KEYS))), PROVE)
    learnt = learn(state, pending(state)[0], report())
    assert pending(learnt) == ()
    for once_more in (
        again(learnt),
        again(learn(state, pending(state)[0], Failed("This met a fault of bucketlight (KeyError)."))),
    ):
        (request,) = pending(once_more)
        assert isinstance(request, Check)
        assert request.options is None


def test_a_check_that_is_under_way_is_not_turned_into_another() -> None:
    state = taken(submit(at("keys"), KEYS))
    (request,) = pending(again(state, PROVE))
    assert isinstance(request, Check)
    assert request.options is None


@pytest.mark.parametrize("leave", [back, lambda state: taken(submit(state, OUTPUT))])
def test_whoever_goes_on_or_back_meanwhile_has_not_asked_for_it_again(leave: Callable[[State], State]) -> None:
    state = leave(again(settle(taken(submit(at("keys"), KEYS))), PROVE))
    wanted_check = next(request for request in wanted(state) if isinstance(request, Check))
    assert wanted_check.options is None


def test_asking_for_such_a_check_asks_nothing_else_again() -> None:
    state = taken(submit(at("dataset"), DATASET))
    state = settle(state, lambda request: _exists("another") if isinstance(request, LookUpName) else ACCEPTED)
    assert view(state).problems
    assert [type(request) for request in pending(again(state, CheckOptions(look_ups=LookUps.IAM)))] == [Check]


def test_a_write_that_was_proved_is_what_save_goes_by() -> None:
    state = settle(taken(submit(at("keys"), KEYS)), lambda _request: report(state=LightState.UNKNOWN))
    state = again(state, PROVE)
    state = settle(learn(state, pending(state)[0], report()))
    state = onward(state, "save")
    assert state.position.step == "save"
    assert plan(state).obstacle is None
    assert {light.state for light in strip(state)} == {LightState.GREEN}


def test_r_asks_again_for_what_went_badly_and_a_good_answer_goes_on() -> None:
    state = taken(submit(at("bucket"), BUCKET))
    state = learn(state, pending(state)[0], RegionFound(None, None, "no connection"))
    assert pending(state) == ()
    state = again(state)
    assert pending(state) == (FindRegion(S3Location.parse(URI), None),)
    assert learn(state, pending(state)[0], REGION).position.step == "access"


def test_enter_asks_again_as_well() -> None:
    state = taken(submit(at("bucket"), BUCKET))
    state = learn(state, pending(state)[0], RegionFound(None, False))
    assert view(state).problems
    state = taken(submit(state, BUCKET))
    assert not view(state).problems
    assert [type(request) for request in pending(state)] == [FindRegion]


def test_r_never_begins_to_save() -> None:
    state = taken(submit(at("save"), {}))
    state = learn(state, pending(state)[0], SaveFailed("The file is locked.", None))
    assert not [request for request in pending(again(state)) if isinstance(request, Save)]
    assert view(again(state)).problems


def test_a_failed_save_names_what_was_done_last_and_enter_goes_on() -> None:
    state = taken(submit(at("save"), {}))
    (request,) = pending(state)
    state = learn(state, request, SaveFailed("The file is locked.", "Create the dataset", DATASET_ID))
    assert view(state).problems[WHOLE_STEP].sentence == (
        "The file is locked. Done last: Create the dataset. Save again to go on from there."
    )
    state = taken(submit(state, {}))
    assert pending(state) == (request,)
    assert view(state).waiting == "Saving …"
    assert learn(state, request, Saved(DATASET_ID)).position.step == "next"


def test_what_a_stopped_save_made_is_used_unasked() -> None:
    state = taken(submit(at("save"), {}))
    state = learn(state, pending(state)[0], SaveFailed("Lightly cannot be reached.", "Create", DATASET_ID))
    state = taken(submit(back(state), {"name": "farm-animals"}))
    state = learn(state, pending(state)[0], _exists(DATASET_ID))
    assert state.position.step == "save"
    assert plan(state).dataset.dataset_id == DATASET_ID


@pytest.mark.parametrize("step", ["bucket", "dataset", "save"])
def test_a_fault_of_our_own_is_said_where_it_is_waited_for(step: str) -> None:
    state = taken(submit(at(step), WALK[step]))
    state = learn(state, pending(state)[0], Failed("This met a fault of bucketlight (KeyError)."))
    assert state.position.step == step
    assert any("a fault of bucketlight" in problem.sentence for problem in view(state).problems.values())


def test_the_strip_is_unchecked_until_there_is_a_key() -> None:
    assert [light.state for light in strip(start())] == [LightState.UNCHECKED, LightState.UNCHECKED, LightState.OFF]
    assert {light.state for light in strip(at("keys"))} == {LightState.UNCHECKED}


def test_the_strip_is_live_while_the_check_runs() -> None:
    state = taken(submit(at("keys"), KEYS))
    assert {light.state for light in strip(state)} == {LightState.CHECKING}
    (request,) = pending(state)
    state = learn(state, request, report().lights[0])
    state = learn(state, request, Identified(1, "arn:aws:iam::111122223333:user/lightly"))
    assert [light.state for light in strip(state)] == [LightState.GREEN, LightState.CHECKING, LightState.CHECKING]
    assert principal(state) == "arn:aws:iam::111122223333:user/lightly"
    assert pending(state) == (request,)
    state = learn(state, request, report(state=LightState.AMBER, principal="arn:x"))
    assert {light.state for light in strip(state)} == {LightState.AMBER}
    assert principal(state) == "arn:x"
    late = Light(operation=Operation.LIST, state=LightState.CHECKING, required=True)
    assert learn(state, request, late) == state


def test_other_keys_put_the_strip_back() -> None:
    state = back_at(at("dataset"), "keys")
    state = taken(submit(state, {"access_key_id": "AKIAIOSFODNN7CANARY2", "secret_access_key": SECRET}))
    assert {light.state for light in strip(state)} == {LightState.CHECKING}
    assert principal(state) is None


def test_a_check_that_broke_makes_no_red() -> None:
    state = taken(submit(at("keys"), KEYS))
    state = learn(state, pending(state)[0], Failed("This met a fault of bucketlight (KeyError)."))
    assert {light.state for light in strip(state)} == {LightState.UNKNOWN}
    assert {light.cause for light in strip(state)} == {"internal-error"}


def test_no_repr_shows_a_secret() -> None:
    state = at("next")
    text = repr((state, view(state), plan(state), pending(taken(submit(at("keys"), KEYS)))))
    assert SECRET not in text
    assert TOKEN not in text


def test_fingerprints_tell_values_of_different_kinds_apart() -> None:
    assert fingerprint("a", "b") != fingerprint("ab", "")
    assert fingerprint(None) != fingerprint("None")
    assert fingerprint(Secret("a")) != fingerprint("a")
    assert fingerprint(Secret("a")) == fingerprint(Secret("a"))
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    with pytest.raises(TypeError):
        fingerprint(object())


def _check() -> Check:
    (request,) = pending(taken(submit(at("keys"), KEYS)))
    assert isinstance(request, Check)
    return request


def _exists(dataset_id: str, input_type: str = "Images") -> NameLookedUp:
    return NameLookedUp(FoundDataset(dataset_id, input_type))


# What is found out while a save is under way


def _saving_while_checked() -> State:
    """Confirm the plan before the check of the keys has ended."""
    state = taken(submit(again(at("save")), {}))
    assert {type(request) for request in pending(state)} == {Check, Save}
    return state


def _found_elsewhere(state: State) -> State:
    """Let the check find the bucket in another region than the one that is saved."""
    check = next(request for request in pending(state) if isinstance(request, Check))
    return learn(state, check, replace(report(), region="us-west-2"))


def _save_of(state: State) -> Save:
    return next(request for request in wanted(state) if isinstance(request, Save))


def test_a_check_that_ends_during_save_takes_nothing_from_its_result() -> None:
    state = _found_elsewhere(_saving_while_checked())
    assert view(state).waiting == "Saving …"
    assert not view(state).problems
    state = learn(state, _save_of(state), Saved(DATASET_ID))
    assert state.position.step == "next"
    assert state.answers.given.ours == (DATASET_ID,)
    assert saved_of(state) == Saved(DATASET_ID)


def test_what_was_found_out_during_save_is_said_after_it() -> None:
    state = _found_elsewhere(_saving_while_checked())
    state = learn(state, _save_of(state), Saved(DATASET_ID))
    state = _found_elsewhere(state)
    lights = view(state).field("lights")
    assert isinstance(lights, Info)
    assert "The bucket is in us-west-2, not in eu-central-1. Go back to Bucket and correct the region." in lights.lines


def test_the_check_after_save_takes_the_last_page_from_nobody() -> None:
    state = taken(submit(at("save"), {}))
    state = learn(state, _save_of(state), Saved(DATASET_ID))
    names = [field.name for field in view(state).fields]
    state = _found_elsewhere(state)
    assert saved_of(state) == Saved(DATASET_ID)
    assert [field.name for field in view(state).fields] == names


def test_a_save_that_stopped_says_what_was_found_out_meanwhile_and_goes_on_after_it() -> None:
    state = _found_elsewhere(_saving_while_checked())
    state = learn(state, _save_of(state), SaveFailed("The file is locked.", "Create", DATASET_ID))
    sentence = view(state).problems[WHOLE_STEP].sentence
    assert "Done last: Create." in sentence
    assert "correct the region" in sentence
    assert "Save again" not in sentence
    assert isinstance(submit(state, {}), Problems)


def test_what_a_save_made_is_known_although_one_went_back_meanwhile() -> None:
    state = taken(submit(at("dataset"), DATASET))
    state = settle(state, lambda request: _exists(DATASET_ID) if isinstance(request, LookUpName) else ACCEPTED)
    state = taken(submit(taken(submit(state, {**DATASET, "reuse": True})), {}))
    request = _save_of(state)
    state = learn(back(state), request, Saved(DATASET_ID))
    assert state.position.step == "dataset"
    assert state.answers.given.ours == (DATASET_ID,)


# A dataset that is gone


def _save_that_finds_it_gone() -> State:
    state = taken(submit(at("dataset"), DATASET))
    state = settle(state, lambda request: _exists(DATASET_ID) if isinstance(request, LookUpName) else ACCEPTED)
    state = taken(submit(taken(submit(state, {**DATASET, "reuse": True})), {}))
    return learn(state, _save_of(state), SaveFailed("Lightly has no such dataset.", None, gone=DATASET_ID))


def test_a_dataset_that_is_gone_is_said_and_its_name_looked_up_anew() -> None:
    state = _save_that_finds_it_gone()
    assert state.position.step == "save"
    assert "Lightly has no such dataset." in view(state).hints[WHOLE_STEP].sentence
    assert [type(request) for request in pending(state)] == [LookUpName], "nothing is made before it was read"


def test_in_place_of_one_that_is_gone_a_new_one_is_made() -> None:
    state = settle(_save_that_finds_it_gone(), lambda _: FREE)
    assert plan(state).dataset.dataset_id is None
    assert plan(state).steps[0].sentence.startswith("Create the dataset farm-animals")
    state = taken(submit(state, {}))
    assert pending(state) == (_save_of(state),)


def test_another_of_the_name_of_one_that_is_gone_is_offered_and_not_just_taken() -> None:
    state = settle(_save_that_finds_it_gone(), lambda _: _exists("f" * 24))
    outcome = submit(state, {})
    assert isinstance(outcome, Problems)
    assert outcome[WHOLE_STEP].sentence.endswith("Go back to Dataset.")
    state = settle(taken(submit(back(state), DATASET)), lambda _: _exists("f" * 24))
    assert isinstance(view(state).field("reuse"), Toggle)
    assert plan(taken(submit(state, {**DATASET, "reuse": True}))).dataset.dataset_id == "f" * 24
