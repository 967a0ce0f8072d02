"""Where Lightly writes: the same folder or another, what is found out there, and who says yes to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from guide_walk import (
    DELEGATED,
    ELSEWHERE,
    EXTERNAL_ID,
    KEY_ID,
    NEEDS,
    OTHER_KEYS,
    OUTPUT,
    OUTPUT_KEY_ID,
    OUTPUT_ROLE_ARN,
    OUTPUT_SECRET,
    ROLE_ARN,
    SECRET,
    URI,
    at,
    back_at,
    check_of,
    good_fact,
    onward,
    refused,
    report,
    settle,
    taken,
)

from core.access import AccessKind, DelegatedAccess, Secret, UserAccess
from core.dataset import Purpose
from core.guide.by_hand import policy_text
from core.guide.facts import Fact, Failed, RegionFound
from core.guide.fields import WHOLE_STEP, Choice, Info, Raw, SecretText, Text, is_shown
from core.guide.flow import again, back, browsable, instructions, learn, pending, plan, preview, submit, view
from core.guide.requests import Check, FindRegion, LookAround, Request
from core.guide.state import Given, State
from core.guide.steps.credentials import access_of, purposes
from core.guide.strip import place, principal, strip
from core.lights.states import CheckReport
from core.lights.states import State as LightState
from core.location import S3Location
from core.needs import OPERATIONS, Operation
from core.survey import Survey

OUT = S3Location("datalake", "lightly-output/")
OTHER_BUCKET: Raw = {**ELSEWHERE, "output_uri": "s3://other-lake/out/"}
ACCOUNT = "arn:aws:iam::111122223333:user/lightly"


def is_output(request: Request) -> bool:
    if isinstance(request, Check):
        return request.target.location == OUT
    return isinstance(request, LookAround) and request.location == OUT


def there(check: Fact | None = None, survey: Survey | None = None) -> Callable[[Request], Fact]:
    """Answer well, and so about the output."""

    def answer(request: Request) -> Fact:
        if is_output(request) and isinstance(request, Check) and check:
            return check
        if is_output(request) and isinstance(request, LookAround) and survey:
            return survey
        return good_fact(request)

    return answer


def confirmed(raw: Raw = ELSEWHERE, answer: Callable[[Request], Fact] = good_fact) -> State:
    """Submit the output, and let what it asks for be answered."""
    return settle(taken(submit(at("output"), raw)), answer)


# The same folder


def test_the_same_folder_asks_nobody_and_is_one_datasource() -> None:
    state = taken(submit(at("output"), {"where": "same"}))
    assert state.position.step == "limits"
    assert pending(state) == ()
    (source,) = plan(onward(state, "save")).dataset.datasources
    assert source.purpose is Purpose.INPUT_OUTPUT


def test_only_what_is_chosen_shows_its_fields() -> None:
    shown = view(at("output"))

    def names(raw: Raw) -> set[str]:
        return {field.name for field in shown.fields if is_shown(field, raw)}

    assert names({"where": "same", "credentials": "same"}) == {"where", "lightly_folder_only"}
    assert "output_uri" in names({"where": "elsewhere", "credentials": "same"})
    assert "output_access_key_id" not in names({"where": "elsewhere", "credentials": "same"})
    assert "output_access_key_id" in names({"where": "elsewhere", "credentials": "other"})


def test_write_can_be_limited_to_lightlys_folder() -> None:
    state = taken(submit(at("output"), {"where": "same", "lightly_folder_only": True}))
    assert "arn:aws:s3:::datalake/projects/farm-animals/.lightly/*" in (policy_text(state, Purpose.INPUT_OUTPUT) or "")
    assert check_of(state) == check_of(at("output")), "it changes the policy, and no light"
    state = taken(submit(back(state), {"where": "same", "lightly_folder_only": False}))
    assert ".lightly/" not in (policy_text(state, Purpose.INPUT_OUTPUT) or "")


def test_write_can_be_limited_to_lightlys_folder_in_another_place_too() -> None:
    raw: Raw = {**ELSEWHERE, "lightly_folder_only": True}
    field = view(at("output")).field("lightly_folder_only")
    assert field is not None
    assert is_shown(field, raw)
    state = taken(submit(at("output"), raw))
    assert "/.lightly/*" in (policy_text(state, Purpose.LIGHTLY) or "")
    assert ".lightly/" not in (policy_text(state, Purpose.INPUT) or "")


# Another place


def test_the_preview_says_what_each_place_has_to_allow() -> None:
    state = at("output")
    assert preview(state, {"where": "same"}) == ("Input and output   List, Read, Write",)
    assert preview(state, {"where": "elsewhere"}) == ("Input    List, Read", "Output   List, Read, Write")


def test_the_input_then_needs_only_list_and_read_and_is_never_written_to() -> None:
    state = confirmed()
    data, output = check_of(state, Purpose.INPUT).target, check_of(state, Purpose.LIGHTLY).target
    assert (data.location, data.required, data.write_elsewhere) == (
        S3Location.parse(URI),
        (Operation.LIST, Operation.READ),
        True,
    )
    assert (output.location, output.required, output.write_elsewhere) == (OUT, OPERATIONS, False)


def test_each_place_knows_what_the_same_credentials_are_for_beside_it() -> None:
    state = confirmed()
    data, output = check_of(state, Purpose.INPUT).target, check_of(state, Purpose.LIGHTLY).target
    assert [(each.location, each.operations) for each in data.beside] == [(OUT, OPERATIONS)]
    assert [(each.location, each.operations) for each in output.beside] == [(S3Location.parse(URI), OPERATIONS[:2])]


@pytest.mark.parametrize("answers", [OTHER_KEYS, OUTPUT])
def test_without_a_place_of_the_same_credentials_there_is_nothing_beside(answers: Raw) -> None:
    state = taken(submit(at("output"), answers))
    assert [check_of(state, purpose).target.beside for purpose in purposes(state.answers)] == [()] * len(
        purposes(state.answers)
    )


def test_without_another_place_nothing_is_said_to_be_written_elsewhere() -> None:
    assert not check_of(taken(submit(at("output"), {"where": "same"}))).target.write_elsewhere


def test_the_region_of_the_same_bucket_is_not_asked_for_twice() -> None:
    state = taken(submit(at("output"), ELSEWHERE))
    assert not [request for request in pending(state) if isinstance(request, FindRegion)]
    assert check_of(state, Purpose.LIGHTLY).target.region == "eu-central-1"


def test_another_buckets_region_is_looked_up() -> None:
    state = taken(submit(at("output"), OTHER_BUCKET))
    assert view(state).waiting == "Looking up the region of other-lake …"
    request = FindRegion(S3Location("other-lake", "out/"), None)
    assert request in pending(state)
    state = learn(state, request, RegionFound("us-west-2", True))
    assert check_of(state, Purpose.LIGHTLY).target.region == "us-west-2"
    assert view(state).waiting == "Checking s3://other-lake/out/ …"
    _, output = plan(onward(settle(state), "save")).dataset.datasources
    assert output.region == "us-west-2"


def test_a_region_that_could_not_be_looked_up_can_be_entered() -> None:
    state = taken(submit(at("output"), OTHER_BUCKET))
    state = learn(state, FindRegion(S3Location("other-lake", "out/"), None), RegionFound(None, None, "no connection"))
    assert state.position.step == "output"
    assert "no connection" in view(state).problems["output_region"].sentence
    assert isinstance(view(state).field("output_region"), Text)
    assert refused(submit(state, {**OTHER_BUCKET, "output_region": "us_west_2"}))["output_region"].suggestion == (
        "us-west-2"
    )
    state = taken(submit(state, {**OTHER_BUCKET, "output_region": "us-west-2"}))
    assert check_of(state, Purpose.LIGHTLY).target.region == "us-west-2"
    assert settle(state).position.step == "limits"


def test_a_look_up_that_failed_is_made_again_with_enter() -> None:
    state = taken(submit(at("output"), OTHER_BUCKET))
    request = FindRegion(S3Location("other-lake", "out/"), None)
    for fact in (RegionFound(None, None, "no connection"), Failed("No answer came within 30 seconds.")):
        state = learn(state, request, fact)
        assert state.position.step == "output"
        assert view(state).problems
        state = taken(submit(state, OTHER_BUCKET))
        assert request in pending(state)
    assert settle(state).position.step == "limits"


def test_a_bucket_that_does_not_exist_is_said_at_its_field() -> None:
    state = taken(submit(at("output"), OTHER_BUCKET))
    state = learn(state, FindRegion(S3Location("other-lake", "out/"), None), RegionFound(None, False))
    assert "No bucket of the name other-lake" in view(state).problems["output_uri"].sentence


def test_a_region_that_lightly_does_not_take_cannot_be_confirmed_away() -> None:
    state = taken(submit(at("output"), OTHER_BUCKET))
    request = FindRegion(S3Location("other-lake", "out/"), None)
    for _ in range(3):
        state = settle(learn(state, request, RegionFound("il-central-1", True)))
        assert state.position.step == "output"
        assert "il-central-1" in view(state).problems["output_uri"].sentence
        state = taken(submit(state, OTHER_BUCKET))


@pytest.mark.parametrize(("uri", "suggestion"), [("", None), ("s3:/other-lake/out", "s3://other-lake/out/")])
def test_what_is_no_folder_uri_is_said_at_its_field(uri: str, suggestion: str | None) -> None:
    assert refused(submit(at("output"), {**ELSEWHERE, "output_uri": uri}))["output_uri"].suggestion == suggestion


# Overlap


@pytest.mark.parametrize(
    ("uri", "word"),
    [
        (f"{URI}output/", "inside the input"),
        ("s3://datalake/projects/", "inside the output"),
        ("s3://datalake/", "inside the output"),
    ],
)
def test_folders_that_lie_in_each_other_are_hinted_at_once_and_then_taken(uri: str, word: str) -> None:
    raw: Raw = {**ELSEWHERE, "output_uri": uri}
    state = taken(submit(at("output"), raw))
    assert state.answers.output is None
    assert pending(state) == ()
    assert word in view(state).hints["output_uri"].sentence
    state = settle(taken(submit(state, raw)))
    assert state.position.step == "limits"


def test_folders_whose_names_only_begin_alike_do_not_overlap() -> None:
    assert not view(taken(submit(at("output"), {**ELSEWHERE, "output_uri": f"{URI[:-1]}-output/"}))).hints


def test_the_same_prefix_in_another_bucket_does_not_overlap() -> None:
    raw: Raw = {**ELSEWHERE, "output_uri": "s3://other-lake/projects/farm-animals/"}
    assert not view(taken(submit(at("output"), raw))).hints


def test_the_input_folder_itself_is_no_other_place() -> None:
    problems = refused(submit(at("output"), {**ELSEWHERE, "output_uri": URI}))
    assert "The same folder" in problems["output_uri"].sentence


# Credentials


def test_the_same_credentials_serve_both_places() -> None:
    state = confirmed()
    assert check_of(state, Purpose.LIGHTLY).target.access == check_of(state, Purpose.INPUT).target.access
    data, output = plan(onward(state, "save")).dataset.datasources
    assert (data.purpose, output.purpose) == (Purpose.INPUT, Purpose.LIGHTLY)
    assert data.access_key_id == output.access_key_id == KEY_ID


def test_other_credentials_are_used_there_and_only_there() -> None:
    state = confirmed(OTHER_KEYS)
    assert check_of(state, Purpose.LIGHTLY).target.access == UserAccess(OUTPUT_KEY_ID, Secret(OUTPUT_SECRET))
    assert check_of(state, Purpose.INPUT).target.access == UserAccess(KEY_ID, Secret(SECRET))
    data, output = plan(onward(state, "save")).dataset.datasources
    assert (data.access_key_id, output.access_key_id) == (KEY_ID, OUTPUT_KEY_ID)
    assert OUTPUT_SECRET not in repr((state, view(state), plan(onward(state, "save"))))


def test_other_credentials_are_kept_when_one_comes_back_and_never_shown() -> None:
    state = back_at(confirmed(OTHER_KEYS), "output")
    secret = view(state).field("output_secret_access_key")
    assert isinstance(secret, SecretText)
    assert secret.kept
    state = taken(submit(state, {**OTHER_KEYS, "output_secret_access_key": ""}))
    assert check_of(state, Purpose.LIGHTLY).target.access == UserAccess(OUTPUT_KEY_ID, Secret(OUTPUT_SECRET))


def test_other_credentials_that_are_missing_are_asked_for_at_their_fields() -> None:
    problems = refused(submit(at("output"), {**ELSEWHERE, "credentials": "other"}))
    assert set(problems) == {"output_access_key_id", "output_secret_access_key"}


def test_an_odd_key_of_the_output_is_hinted_at_and_taken_the_second_time() -> None:
    raw: Raw = {**OTHER_KEYS, "output_access_key_id": "AKIASHORT"}
    state = taken(submit(at("output"), raw))
    assert list(view(state).hints) == ["output_access_key_id"]
    assert settle(taken(submit(state, raw))).position.step == "limits"


def test_a_temporary_key_of_the_output_is_hinted_at_where_it_was_typed() -> None:
    state = taken(submit(at("output"), {**OTHER_KEYS, "output_access_key_id": "ASIAIOSFODNN7CANARY1"}))
    (name,) = view(state).hints
    assert view(state).field(name), name


def test_the_same_role_serves_both_places() -> None:
    state = settle(taken(submit(at("output", access=DELEGATED), ELSEWHERE)))
    role = DelegatedAccess(ROLE_ARN, Secret(EXTERNAL_ID))
    assert check_of(state, Purpose.INPUT).target.role == check_of(state, Purpose.LIGHTLY).target.role == role


@pytest.mark.parametrize(
    ("typed", "used"), [("", EXTERNAL_ID), ("another-external-id-of-ours", "another-external-id-of-ours")]
)
def test_another_role_has_the_same_external_id_or_its_own(typed: str, used: str) -> None:
    raw: Raw = {
        **ELSEWHERE,
        "credentials": "other",
        "output_role_arn": OUTPUT_ROLE_ARN,
        "output_external_id": typed,
    }
    state = settle(taken(submit(at("output", access=DELEGATED), raw)))
    assert check_of(state, Purpose.LIGHTLY).target.role == DelegatedAccess(OUTPUT_ROLE_ARN, Secret(used))
    assert check_of(state, Purpose.INPUT).target.role == DelegatedAccess(ROLE_ARN, Secret(EXTERNAL_ID))
    data, output = plan(onward(state, "save")).dataset.datasources
    assert (data.role_arn, output.role_arn) == (ROLE_ARN, OUTPUT_ROLE_ARN)
    assert output.access is AccessKind.DELEGATED
    again_there = taken(submit(back_at(state, "output"), {**raw, "output_external_id": ""}))
    assert check_of(again_there, Purpose.LIGHTLY) == check_of(state, Purpose.LIGHTLY), "an empty one keeps it"


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"output_role_arn": "lightly"}, "output_role_arn"),
        ({"output_role_arn": OUTPUT_ROLE_ARN, "output_external_id": "short"}, "output_external_id"),
    ],
)
def test_a_bad_role_of_the_output_is_said_at_its_field(raw: Raw, field: str) -> None:
    state = at("output", access=DELEGATED)
    assert set(refused(submit(state, {**ELSEWHERE, "credentials": "other", **raw}))) == {field}


def test_another_access_makes_the_outputs_own_credentials_be_asked_for_anew() -> None:
    state = taken(submit(back_at(confirmed(OTHER_KEYS), "access"), DELEGATED))
    state = onward(settle(state), "output")
    problems = refused(submit(state, {**ELSEWHERE, "credentials": "other"}))
    assert set(problems) == {"output_role_arn"}


# What is found there


def test_the_step_has_the_strip_of_the_output_and_the_others_that_of_the_input() -> None:
    state = taken(submit(at("output"), ELSEWHERE))
    assert place(state) == OUT
    assert {light.state for light in strip(state)} == {LightState.CHECKING}
    red = report(state=LightState.RED, principal=ACCOUNT)
    state = learn(state, check_of(state, Purpose.LIGHTLY), red)
    assert {light.state for light in strip(state)} == {LightState.RED}
    assert principal(state) == ACCOUNT
    assert {light.state for light in strip(settle(state), Purpose.INPUT)} == {LightState.GREEN}
    state = onward(settle(taken(submit(settle(state), ELSEWHERE))), "dataset")
    assert place(state) == S3Location.parse(URI)
    assert principal(state) is None


def red() -> CheckReport:
    lights = tuple(replace(light, summary=f"{light.operation} is refused there.") for light in report().lights)
    return CheckReport(run_id=1, lights=tuple(replace(light, state=LightState.RED) for light in lights))


@pytest.mark.parametrize(
    ("check", "survey", "word"),
    [
        (red(), None, "list is refused there."),
        (replace(report(), principal=ACCOUNT), Survey(images=1, foreign_owner=True), "another AWS account"),
        (None, Survey(there=False), "create it in the S3 console"),
        (Failed("This met a fault of bucketlight (KeyError)."), None, "a fault of bucketlight"),
    ],
)
def test_what_was_found_there_holds_the_step_until_it_is_confirmed_once_more(
    check: Fact | None, survey: Survey | None, word: str
) -> None:
    answer = there(check, survey)
    state = confirmed(answer=answer)
    assert state.position.step == "output"
    assert word in view(state).problems[WHOLE_STEP].sentence
    assert "Enter goes on" in view(state).problems[WHOLE_STEP].sentence
    state = settle(taken(submit(state, ELSEWHERE)), answer)
    assert state.position.step == "limits"
    mind = view(onward(state, "save")).field("mind")
    if not isinstance(check, Failed):
        assert isinstance(mind, Info)
        assert any(word in line for line in mind.lines), "it is said once more before anything is made"


def test_a_folder_that_was_only_just_made_or_holds_only_what_lightly_stored_is_there() -> None:
    assert confirmed(answer=there(survey=Survey(there=True))).position.step == "limits"


def test_confirming_twice_before_anything_was_found_is_no_yes() -> None:
    state = taken(submit(taken(submit(at("output"), ELSEWHERE)), ELSEWHERE))
    state = settle(state, there(red()))
    assert state.position.step == "output"
    assert view(state).problems


def test_a_yes_to_one_place_is_none_to_another() -> None:
    state = confirmed(answer=there(red()))
    elsewhere: Raw = {**ELSEWHERE, "output_uri": "s3://datalake/another-output/"}

    def answer(request: Request) -> Fact:
        return red() if isinstance(request, Check) else good_fact(request)

    state = settle(taken(submit(state, elsewhere)), answer)
    assert state.position.step == "output"
    assert view(state).problems
    assert settle(taken(submit(state, elsewhere)), answer).position.step == "limits"


def test_r_asks_for_the_output_again_and_a_green_goes_on() -> None:
    state = again(confirmed(answer=there(red())))
    assert check_of(state, Purpose.LIGHTLY) in pending(state)
    assert settle(state).position.step == "limits"


def test_that_only_lightly_can_assume_the_role_holds_nobody_up() -> None:
    unknown = report(state=LightState.UNKNOWN)
    lights = tuple(
        replace(light, cause="only-lightly-can-assume", summary="Lightly tries it.") for light in unknown.lights
    )
    state = taken(submit(at("output", access=DELEGATED), ELSEWHERE))
    state = settle(state, there(replace(unknown, lights=lights)))
    assert state.position.step == "limits"


def test_a_place_that_is_well_is_left_by_itself() -> None:
    state = taken(submit(at("output"), ELSEWHERE))
    assert view(state).waiting == f"Checking {OUT} …"
    assert settle(state).position.step == "limits"


def test_whoever_leaves_the_output_in_the_input_folder_again_has_one_datasource() -> None:
    state = back_at(confirmed(OTHER_KEYS), "output")
    state = onward(settle(taken(submit(state, {**OTHER_KEYS, "where": "same"}))), "save")
    assert [source.purpose for source in plan(state).dataset.datasources] == [Purpose.INPUT_OUTPUT]
    assert plan(state) == plan(at("save"))


def test_without_write_no_output_is_left_over() -> None:
    state = back_at(onward(confirmed(OTHER_KEYS), "save"), "needs")
    state = onward(settle(taken(submit(state, {**NEEDS, "thumbnails": False}))), "save", needs=NEEDS)
    (source,) = plan(state).dataset.datasources
    assert source.purpose is Purpose.INPUT
    assert not [request for request in pending(again(state)) if is_output(request)]


# Browsing and doing by hand


def test_the_output_is_browsed_from_where_it_is_with_its_own_key() -> None:
    found = browsable(back_at(confirmed(OTHER_KEYS), "output"))
    assert found is not None
    assert (found.access.access_key_id, found.start, found.region) == (OUTPUT_KEY_ID, OUT, "eu-central-1")
    found = browsable(at("output"))
    assert found is not None
    assert (found.access.access_key_id, found.start) == (KEY_ID, S3Location.parse(URI))
    assert browsable(at("bucket")) is None


def test_the_policy_of_the_output_is_for_the_output_only() -> None:
    state = back_at(confirmed(), "output")
    texts = [value.value for step in instructions(state) for value in step.values]
    assert policy_text(state, Purpose.LIGHTLY) in texts
    assert "lightly-output/*" in (policy_text(state, Purpose.LIGHTLY) or "")
    assert "farm-animals" not in (policy_text(state, Purpose.LIGHTLY) or "")
    assert "s3:PutObject" not in (policy_text(state, Purpose.INPUT) or "")


@pytest.mark.parametrize(("credentials", "steps"), [("same", "inline policy"), ("other", "Create user")])
def test_the_way_through_the_console_is_for_the_place_that_is_being_typed(credentials: str, steps: str) -> None:
    raw: Raw = {**OTHER_BUCKET, "credentials": credentials}
    told = instructions(at("output"), raw)
    assert any("arn:aws:s3:::other-lake/out/*" in str(value.value) for step in told for value in step.values)
    assert any(steps in step.text for step in told)
    assert instructions(at("output"), {**raw, "output_uri": "no place"}) == ()


def test_the_console_names_the_external_id_that_lightly_gets_for_the_output() -> None:
    own: Raw = {
        **ELSEWHERE,
        "credentials": "other",
        "output_role_arn": OUTPUT_ROLE_ARN,
        "output_external_id": "lightly-canary-of-the-output",
    }
    state = back(at("limits", access=DELEGATED, output=own))
    shown = {**own, "output_external_id": ""}
    assert external_ids(state, shown) == {Secret("lightly-canary-of-the-output")}
    assert external_ids(state, None) == {Secret("lightly-canary-of-the-output")}
    elsewhere = {**shown, "output_role_arn": f"{OUTPUT_ROLE_ARN}-2"}
    assert external_ids(state, elsewhere) == {Secret(EXTERNAL_ID)}
    moved = taken(submit(state, elsewhere))
    assert access_of(moved, Purpose.LIGHTLY) == DelegatedAccess(f"{OUTPUT_ROLE_ARN}-2", Secret(EXTERNAL_ID))


def external_ids(state: State, raw: Raw | None) -> set[object]:
    """Return the external IDs that the way through the console gives to be copied."""
    values = (value for step in instructions(state, raw) for value in step.values)
    return {value.value for value in values if value.label == "External ID"}


def test_another_server_keeps_its_usual_region_there_too() -> None:
    state = at("output", Given(endpoint_url="http://127.0.0.1:7480"))
    state = taken(submit(state, OTHER_BUCKET))
    state = settle(
        state, lambda request: RegionFound(None, None) if isinstance(request, FindRegion) else good_fact(request)
    )
    assert check_of(state, Purpose.LIGHTLY).target.region == "us-east-1"
    assert state.position.step == "limits"


def test_the_choice_stands_as_it_was_made() -> None:
    shown = view(back_at(confirmed(OTHER_KEYS), "output"))
    where, credentials = shown.field("where"), shown.field("credentials")
    assert isinstance(where, Choice)
    assert isinstance(credentials, Choice)
    assert (where.value, credentials.value) == ("elsewhere", "other")


def test_whoever_chooses_the_same_folder_for_a_moment_finds_the_other_place_again() -> None:
    raw: Raw = {**OTHER_BUCKET, "output_region": "us-west-2"}
    state = back_at(settle(taken(submit(at("output"), raw))), "output")
    for _ in range(2):
        state = back_at(settle(taken(submit(state, {**raw, "where": "same"}))), "output")
    shown = view(state)
    where, uri, region = shown.field("where"), shown.field("output_uri"), shown.field("output_region")
    assert isinstance(where, Choice)
    assert isinstance(uri, Text)
    assert isinstance(region, Text)
    assert (where.value, uri.value, region.value) == ("same", "s3://other-lake/out/", "us-west-2")
    assert not [request for request in pending(again(state)) if isinstance(request, LookAround)]
    state = settle(taken(submit(state, raw)))
    assert state.position.step == "limits"
    assert state.answers.output is not None
    assert state.answers.output.left is None
