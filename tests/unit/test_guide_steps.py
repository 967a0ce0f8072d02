"""What each step of the guide says to odd and bad input."""

from __future__ import annotations

import pytest
from guide_walk import (
    ACCEPTED,
    DATASET_ID,
    KEY_ID,
    KEYS,
    SECRET,
    TOKEN,
    URI,
    at,
    back_at,
    onward,
    refused,
    settle,
    taken,
)
from hypothesis import given
from hypothesis import strategies as st

from core.access import Secret
from core.dataset import Purpose
from core.guide.by_hand import instructions, policy_text
from core.guide.facts import FoundDataset, NameLookedUp, RegionFound, TokenTried, TokenVerdict
from core.guide.fields import WHOLE_STEP, Info, Link, Problem, Raw, SecretText, Text, Toggle
from core.guide.flow import back, learn, pending, plan, preview, start, submit, view
from core.guide.requests import Check
from core.guide.state import Given, State, TokenSource
from core.guide.steps.dataset import suggested_name
from core.guide.steps.typed import token_problem, trim
from core.lightly.rules import dataset_name_problem
from core.location import S3Location
from core.needs import InputType, Needs

CEPH = Given(endpoint_url="http://127.0.0.1:7480")


# Needs


def test_the_operations_follow_live_each_with_its_reasons() -> None:
    state = start()
    assert preview(state, {"input_type": "Images", "thumbnails": False}) == (
        "List   needed      to find the files in your folder",
        "Read   needed      to process the files, and to show them in the web app",
        "Write  not needed  nothing is stored in your bucket",
    )
    lines = preview(state, {"input_type": "Videos", "object_level": True, "thumbnails": True})
    assert lines[2:] == (
        "Write  needed      frames taken from videos are stored",
        "                   the object-level workflow stores crops",
        "                   the Lightly Worker stores thumbnails",
    )
    assert state == start()


def test_an_input_type_that_does_not_exist_is_a_problem() -> None:
    assert refused(submit(start(), {"input_type": "Crops"})) == {"input_type": Problem("Choose Images or Videos.")}


def test_the_needs_are_taken_as_they_stand() -> None:
    state = taken(submit(start(), {"input_type": "Videos", "object_level": True, "thumbnails": False}))
    assert state.answers.needs == Needs(InputType.VIDEOS, object_level=True)


# Bucket


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("", None),
        (f"{URI} ", URI),
        (URI.removesuffix("/"), URI),
        ("s3:/datalake/projects/", "s3://datalake/projects/"),
        ("https://datalake.s3.eu-central-1.amazonaws.com/projects/", "s3://datalake/projects/"),
        ("arn:aws:s3:::datalake/projects/*", "s3://datalake/projects/"),
        ("gs://datalake/", None),
    ],
)
def test_what_is_no_folder_uri_is_said_with_what_was_meant(typed: str, suggestion: str | None) -> None:
    problem = refused(submit(at("bucket"), {"uri": typed}))["uri"]
    assert problem.sentence.endswith(".")
    assert problem.suggestion == suggestion
    if suggestion:
        assert taken(submit(at("bucket"), {"uri": suggestion})).answers.location == S3Location.parse(suggestion)


def test_an_odd_old_bucket_name_is_taken_the_second_time() -> None:
    state = taken(submit(at("bucket"), {"uri": "s3://My_Lake/photos/"}))
    assert pending(state) == ()
    assert state.answers.location is None
    hint = view(state).hints["uri"]
    assert "old buckets" in hint.sentence
    shown = view(state).field("uri")
    assert isinstance(shown, Text)
    assert shown.value == "s3://My_Lake/photos/"
    state = taken(submit(state, {"uri": "s3://My_Lake/photos/"}))
    assert state.answers.location == S3Location("My_Lake", "photos/")
    assert pending(state)


def test_an_accepted_odd_name_is_not_hinted_at_again() -> None:
    odd: Raw = {"uri": "s3://My_Lake/"}
    state = settle(taken(submit(taken(submit(at("bucket"), odd)), odd)))
    assert taken(submit(back(state), odd)).position.step == "access"


def test_another_odd_name_is_hinted_at_anew() -> None:
    state = taken(submit(at("bucket"), {"uri": "s3://My_Lake/"}))
    state = taken(submit(state, {"uri": "s3://Their_Lake/"}))
    assert view(state).hints
    assert state.answers.location is None


def test_a_hint_goes_when_the_answer_is_corrected() -> None:
    state = taken(submit(at("bucket"), {"uri": "s3://My_Lake/"}))
    state = taken(submit(state, {"uri": URI}))
    assert not view(state).hints
    assert state.answers.location == S3Location.parse(URI)


def region(fact: RegionFound, given: Given | None = None) -> State:
    state = taken(submit(at("bucket", given), {"uri": URI}))
    return learn(state, pending(state)[0], fact)


def test_a_bucket_that_does_not_exist_is_said_at_its_field() -> None:
    state = region(RegionFound(None, False))
    assert state.position.step == "bucket"
    assert view(state).problems["uri"].sentence == (
        "No bucket of the name datalake exists in AWS. Correct the name; one in AWS China or GovCloud is not seen from "
        "here: enter its region."
    )
    assert view(state).field("region") is not None, "it may lie in another partition"


def test_without_a_network_the_region_can_be_entered() -> None:
    state = region(RegionFound(None, None, "no connection"))
    assert "no connection" in view(state).problems["region"].sentence
    assert view(state).field("region")
    state = taken(submit(state, {"uri": URI, "region": "eu-central-1"}))
    assert state.position.step == "access"
    assert pending(state) == ()
    (request,) = pending(taken(submit(onward(state, "keys"), KEYS)))
    assert isinstance(request, Check)
    assert request.target.region == "eu-central-1"


@pytest.mark.parametrize(
    ("typed", "suggestion"), [("us_east_1", "us-east-1"), ("EU-Central-1", "eu-central-1"), ("Frankfurt", None)]
)
def test_a_region_of_another_form_is_a_problem(typed: str, suggestion: str | None) -> None:
    state = region(RegionFound(None, None, "no connection"))
    assert refused(submit(state, {"uri": URI, "region": typed}))["region"].suggestion == suggestion


def test_a_region_that_lightly_does_not_take_is_said_at_once() -> None:
    state = region(RegionFound("il-central-1", True))
    assert "il-central-1" in view(state).problems["uri"].sentence
    state = region(RegionFound(None, None, "no connection"))
    state = taken(submit(state, {"uri": URI, "region": "il-central-1"}))
    assert "il-central-1" in view(state).problems["region"].sentence


def test_a_server_that_names_no_region_gets_the_usual_one() -> None:
    state = taken(submit(onward(region(RegionFound(None, None), CEPH), "keys"), KEYS))
    (request,) = pending(state)
    assert isinstance(request, Check)
    assert (request.target.region, request.target.endpoint_url) == ("us-east-1", "http://127.0.0.1:7480")


def test_a_server_of_the_users_own_is_shown() -> None:
    assert view(at("bucket", CEPH)).field("endpoint") == Info(
        name="endpoint", label="S3 server", lines=("http://127.0.0.1:7480",)
    )


def test_aws_without_a_region_in_its_answer_is_asked_of_the_person() -> None:
    assert "region" in view(region(RegionFound(None, True))).problems


# Keys


@pytest.mark.parametrize("around", [" {}", "{}\n", "\t{} \r\n", "\ufeff{}", "\u200b {}\u200b"])
def test_what_is_around_a_pasted_key_is_stripped(around: str) -> None:
    raw = {"access_key_id": around.format(KEY_ID), "secret_access_key": around.format(SECRET)}
    access = taken(submit(at("keys"), raw)).answers.access
    assert access is not None
    assert (access.access_key_id, access.secret_access_key) == (KEY_ID, Secret(SECRET))


@pytest.mark.parametrize("inside", ["AKIA IOSF", "AKIA\nIOSF", "AKIA\u00a0IOSF", "AKIAÄOSF"])
def test_a_blank_inside_a_key_is_a_problem_and_nothing_of_it_is_repeated(inside: str) -> None:
    problems = refused(submit(at("keys"), {"access_key_id": inside, "secret_access_key": inside}))
    assert set(problems) == {"access_key_id", "secret_access_key"}
    assert all(inside not in problem.sentence and problem.suggestion is None for problem in problems.values())


def test_missing_halves_are_asked_for() -> None:
    assert set(refused(submit(at("keys"), {}))) == {"access_key_id", "secret_access_key"}


def test_another_key_id_needs_its_own_secret() -> None:
    state = back_at(at("dataset"), "keys")
    problems = refused(submit(state, {"access_key_id": "AKIAIOSFODNN7CANARY2", "secret_access_key": ""}))
    assert set(problems) == {"secret_access_key"}


ODD = [
    ({"access_key_id": "AKIASHORT", "secret_access_key": SECRET}, "access_key_id"),
    ({"access_key_id": "AIDAIOSFODNN7CANARY1", "secret_access_key": SECRET}, "access_key_id"),
    ({"access_key_id": "AROAIOSFODNN7CANARY1", "secret_access_key": SECRET}, "access_key_id"),
    ({"access_key_id": KEY_ID, "secret_access_key": SECRET[:-1]}, "secret_access_key"),
    ({"access_key_id": SECRET, "secret_access_key": KEY_ID}, "access_key_id"),
    ({"access_key_id": "ASIAIOSFODNN7CANARY1", "secret_access_key": SECRET}, "session_token"),
]


@pytest.mark.parametrize(("raw", "field"), ODD)
def test_an_odd_key_is_hinted_at_and_taken_the_second_time(raw: dict[str, str], field: str) -> None:
    state = taken(submit(at("keys"), raw))
    assert state.position.step == "keys"
    assert pending(state) == ()
    assert list(view(state).hints) == [field]
    assert taken(submit(state, raw)).position.step == "output"


@pytest.mark.parametrize(("raw", "field"), ODD)
def test_an_odd_key_is_also_taken_with_its_secret_left_as_it_is(raw: dict[str, str], field: str) -> None:
    state = taken(submit(at("keys"), raw))
    secret = view(state).field("secret_access_key")
    assert isinstance(secret, SecretText)
    assert secret.kept
    state = taken(submit(state, {"access_key_id": raw["access_key_id"], "secret_access_key": ""}))
    assert state.position.step == "output"


def test_the_id_of_a_user_or_a_role_is_called_that() -> None:
    for start_of_id, kind in [("AIDA", "a user"), ("AROA", "a role")]:
        raw: Raw = {"access_key_id": f"{start_of_id}IOSFODNN7CANARY1", "secret_access_key": SECRET}
        assert kind in view(taken(submit(at("keys"), raw))).hints["access_key_id"].sentence


def test_exchanged_keys_are_offered_to_be_exchanged_without_showing_the_secret() -> None:
    state = taken(submit(at("keys"), {"access_key_id": SECRET, "secret_access_key": KEY_ID}))
    hint = view(state).hints["access_key_id"]
    assert hint.swap_with == "secret_access_key"
    assert hint.suggestion is None
    assert SECRET not in hint.sentence
    assert SECRET not in repr(state)


def test_the_shape_of_a_key_says_nothing_about_another_server() -> None:
    state = taken(submit(at("keys", CEPH), {"access_key_id": "minio", "secret_access_key": "short"}))
    assert state.position.step == "output"


def test_a_temporary_key_gets_a_field_for_its_session_token() -> None:
    assert view(at("keys")).field("session_token") is None
    raw: Raw = {"access_key_id": "ASIAIOSFODNN7CANARY1", "secret_access_key": SECRET}
    state = taken(submit(at("keys"), raw))
    assert view(state).field("session_token")
    state = taken(submit(state, {**raw, "secret_access_key": "", "session_token": " canary-session\n"}))
    assert state.position.step == "output"
    (request,) = pending(state)
    assert isinstance(request, Check)
    assert request.target.access.session_token == Secret("canary-session")


def test_temporary_credentials_are_checked_but_save_says_that_they_are_not_saved() -> None:
    temporary: Raw = {
        "access_key_id": "ASIAIOSFODNN7CANARY1",
        "secret_access_key": SECRET,
        "session_token": "canary-session",
    }
    state = at("save", keys=temporary)
    assert "temporary" in view(state).problems[WHOLE_STEP].sentence
    assert "not saved" in refused(submit(state, {}))[WHOLE_STEP].sentence
    assert pending(state) == ()


def test_exchanged_keys_never_reach_the_plan() -> None:
    raw: Raw = {"access_key_id": SECRET, "secret_access_key": KEY_ID}
    state = taken(submit(taken(submit(at("keys"), raw)), raw))
    state = onward(settle(state), "save")
    assert "exchange" in refused(submit(state, {}))[WHOLE_STEP].sentence
    assert SECRET not in repr(plan(state))
    assert SECRET not in repr(view(state))


def test_the_way_through_the_console_has_the_policy_for_exactly_this_folder() -> None:
    state = at("keys", bucket={"uri": "s3://datalake/a $(id)/"})
    assert isinstance(view(state).field("console"), Link)
    texts = [str(each.value) for step in instructions(state) for each in step.values]
    assert policy_text(state, Purpose.INPUT_OUTPUT) in texts
    assert any("arn:aws:s3:::datalake/a ${$}(id)/*" in text for text in texts)


# Dataset


@pytest.mark.parametrize("name", ["", "ab", "-farm", "farm/animals", "tierbauernhöfe"])
def test_a_name_that_lightly_does_not_take_is_a_problem(name: str) -> None:
    problem = refused(submit(at("dataset"), {"name": name, "token": TOKEN}))["name"]
    assert problem.sentence == dataset_name_problem(name)
    assert problem.suggestion is None or dataset_name_problem(problem.suggestion) is None


def test_the_folder_gives_the_name() -> None:
    shown = view(at("dataset")).field("name")
    assert isinstance(shown, Text)
    assert shown.value == "farm-animals"


@given(st.text(max_size=40))
def test_a_suggested_name_is_one_that_lightly_takes(folder: str) -> None:
    name = suggested_name(S3Location("datalake", folder.replace("/", "") + "/"))
    assert not name or dataset_name_problem(name) is None


def test_a_missing_token_is_asked_for_with_where_to_get_it() -> None:
    assert "Preferences" in refused(submit(at("dataset"), {"name": "farm-animals"}))["token"].sentence


def test_a_token_with_a_blank_inside_is_a_problem() -> None:
    assert "blank" in refused(submit(at("dataset"), {"name": "farm-animals", "token": "a b"}))["token"].sentence


@pytest.mark.parametrize(
    ("source", "word"), [(TokenSource.KEYRING, "keyring"), (TokenSource.ENVIRONMENT, "LIGHTLY_TOKEN")]
)
def test_a_known_token_is_said_to_be_known_and_may_be_left_empty(source: TokenSource, word: str) -> None:
    state = at("dataset", Given(token=Secret(TOKEN), token_from=source))
    field = view(state).field("token")
    assert isinstance(field, SecretText)
    assert field.kept
    assert word in field.note
    assert settle(taken(submit(state, {"name": "farm-animals"}))).position.step == "save"


def tried(fact: TokenTried) -> State:
    state = taken(submit(at("dataset"), {"name": "farm-animals", "token": TOKEN}))
    return learn(state, pending(state)[0], fact)


def test_a_refused_token_says_where_to_get_one() -> None:
    state = tried(TokenTried(TokenVerdict.REFUSED, "401"))
    assert state.position.step == "dataset"
    assert "Preferences" in view(state).problems["token"].sentence
    assert pending(state) == ()


def test_another_token_is_tried_in_place_of_a_refused_one() -> None:
    state = tried(TokenTried(TokenVerdict.REFUSED))
    state = taken(submit(state, {"name": "farm-animals", "token": "another"}))
    assert settle(state).position.step == "save"


def test_a_platform_out_of_reach_is_no_problem_of_the_token() -> None:
    problems = view(tried(TokenTried(TokenVerdict.UNREACHABLE, "api.lightly.ai cannot be reached."))).problems
    assert problems == {WHOLE_STEP: Problem("api.lightly.ai cannot be reached. Press r to try again.")}


def looked_up(found: FoundDataset | None, problem: str | None = None) -> State:
    state = tried(ACCEPTED)
    return learn(state, pending(state)[0], NameLookedUp(found, problem))


def test_a_name_that_could_not_be_looked_up_can_be_tried_again() -> None:
    problem = view(looked_up(None, "Lightly did not answer.")).problems[WHOLE_STEP]
    assert problem.sentence == "Lightly did not answer. Press r to try again."


def test_an_existing_dataset_is_offered_to_be_used() -> None:
    state = looked_up(FoundDataset(DATASET_ID, "Images"))
    assert view(state).problems["name"].suggestion == "farm-animals-2"
    reuse = view(state).field("reuse")
    assert isinstance(reuse, Toggle)
    assert not reuse.value
    state = taken(submit(state, {"name": "farm-animals", "token": "", "reuse": True}))
    assert state.position.step == "save"
    assert plan(state).dataset.dataset_id == DATASET_ID


def test_an_existing_dataset_is_not_used_without_a_yes() -> None:
    state = looked_up(FoundDataset(DATASET_ID, "Images"))
    state = taken(submit(state, {"name": "farm-animals", "reuse": False}))
    state = learn(state, pending(state)[0], ACCEPTED)
    state = learn(state, pending(state)[0], NameLookedUp(FoundDataset(DATASET_ID, "Images")))
    assert state.position.step == "dataset"
    assert state.answers.reuse_id is None


def test_a_yes_to_one_name_is_none_to_another() -> None:
    state = looked_up(FoundDataset(DATASET_ID, "Images"))
    state = taken(submit(state, {"name": "farm-animals-2", "reuse": True}))
    assert state.answers.reuse_id is None
    state = learn(state, pending(state)[0], NameLookedUp(FoundDataset("f" * 24, "Images")))
    assert state.position.step == "dataset"


def test_an_existing_dataset_of_another_type_is_not_offered() -> None:
    state = looked_up(FoundDataset(DATASET_ID, "Videos"))
    problem = view(state).problems["name"]
    assert "for Videos" in problem.sentence
    assert problem.suggestion == "farm-animals-images"
    assert view(state).field("reuse") is None
    state = taken(submit(state, {"name": "farm-animals", "reuse": True}))
    assert state.answers.reuse_id is None


# What is pasted


@given(st.text())
def test_trimming_twice_is_trimming_once(text: str) -> None:
    assert trim(trim(text)) == trim(text)


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_printable_ascii_is_left_alone(text: str) -> None:
    assert trim(f"\u200b \n{text}\r\n") == text
    assert token_problem(text, "token") is None
