"""The step Make: a plan that is agreed to by typing the account, and what comes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from guide_walk import (
    ACCESS,
    ACCOUNT,
    AGREED,
    DELEGATED,
    ELSEWHERE,
    KEY_ID,
    MADE_KEY_ID,
    MADE_SECRET,
    MAKE,
    MAKE_IT,
    OTHER_KEYS,
    OUTPUT_KEY_ID,
    OWN_OUTPUT,
    PROFILE,
    ROLE_ARN,
    SECRET,
    at,
    back_at,
    good_fact,
    made_for,
    onward,
    planned_for,
    refused,
    settle,
    taken,
)

from core.access import AccessKind, DelegatedAccess, Secret, UserAccess
from core.aws.grants import Networks
from core.dataset import Purpose
from core.guide.drafts import from_draft, to_draft
from core.guide.facts import AwsMade, AwsPlanned, AwsStep, AwsStopped, Fact, Failed, KeysRead
from core.guide.fields import WHOLE_STEP, Choice, Info, Raw, SecretText, Text, Toggle
from core.guide.flow import again, back, learn, pending, plan, preview, start, submit, view, wanted
from core.guide.plan import SecretsHome
from core.guide.requests import Check, MakeAws, PlanAws, ReadKeys, Request
from core.guide.state import Given, Maker, State
from core.guide.steps.credentials import access_of, external_id_of
from core.guide.steps.save import save_request
from core.guide.steps.wanted import wanted_of
from core.guide.strip import strip
from core.lights.states import State as LightState
from core.needs import OPERATIONS
from core.provision.wanted import Wanted

EXTERNAL = Secret("lightly-canary-made-0123456789")
DAY = date(2026, 11, 22)
GIVEN = Given(external_id=EXTERNAL, profiles=("default", PROFILE), today=DAY)
MAKE_ROLE: Raw = {**DELEGATED, "maker": "make"}
READS: Raw = {"input_type": "Images", "object_level": False, "thumbnails": False}


def at_make(access: Raw = MAKE_IT, **changed: Raw) -> State:
    return at("make", GIVEN, access=access, **changed)


def planned(access: Raw = MAKE_IT, **changed: Raw) -> State:
    """Return the state with a plan on the screen."""
    return settle(taken(submit(at_make(access, **changed), MAKE)))


def made(access: Raw = MAKE_IT, **changed: Raw) -> State:
    """Return the state with what was made on the screen."""
    return settle(taken(submit(planned(access, **changed), AGREED)))


def lines_of(state: State, name: str) -> tuple[str, ...]:
    shown = view(state).field(name)
    assert isinstance(shown, Info)
    return shown.lines


def wanted_in(state: State) -> tuple[Wanted, ...]:
    found = wanted_of(state)
    assert not isinstance(found, str), found
    return found


def request_of(state: State, kind: type[Request]) -> Request:
    (found,) = [request for request in pending(state) if isinstance(request, kind)]
    return found


def answering(kind: type[Request], fact: Fact) -> object:
    return lambda request: fact if isinstance(request, kind) else good_fact(request)


def making(access: Raw = MAKE_IT) -> tuple[State, MakeAws]:
    """Return the state in which it is being made, and the request for it."""
    state = taken(submit(planned(access), AGREED))
    request = request_of(state, MakeAws)
    assert isinstance(request, MakeAws)
    return state, request


# The order of the steps


@pytest.mark.parametrize(
    ("access", "needs", "titles"),
    [
        (MAKE_IT, None, ["Needs", "Bucket", "Access", "Output", "Encryption", "Make", "Dataset", "Save", "Next"]),
        (MAKE_ROLE, None, ["Needs", "Bucket", "Access", "Output", "Encryption", "Make", "Dataset", "Save", "Next"]),
        (MAKE_IT, READS, ["Needs", "Bucket", "Access", "Encryption", "Make", "Dataset", "Save", "Next"]),
    ],
)
def test_what_is_made_is_asked_whole_before_it_is_made(access: Raw, needs: Raw | None, titles: list[str]) -> None:
    state = at_make(access, **({"needs": needs} if needs else {}))
    for step in ("make", "dataset", "save", "next"):
        state = onward(state, step)
        shown = view(state)
        assert [*shown.done, shown.title, *shown.upcoming] == titles
        assert (shown.number, shown.total) == (titles.index(shown.title) + 1, len(titles))


def test_who_makes_it_is_asked_with_the_access_and_may_be_changed_again() -> None:
    shown = view(at("access")).field("maker")
    assert isinstance(shown, Choice)
    assert [option.value for option in shown.options] == ["have", "make", "hand-over"]
    assert shown.value == "have"
    state = back_at(at_make(), "access")
    assert state.answers.maker is Maker.MAKE
    assert onward(state, "keys", access={**ACCESS, "maker": "have"}).position.step == "keys"
    assert refused(submit(state, {**ACCESS, "maker": "nobody"}))["maker"].sentence == "Choose who makes it."


# What is wanted


def test_the_same_credentials_are_one_user_with_two_grants() -> None:
    (only,) = wanted_in(at_make(output=ELSEWHERE))
    assert only.access is AccessKind.USER
    assert only.name == "Lightly-S3-farm-animals"
    assert [grant.operations for grant in only.grants] == [OPERATIONS[:2], OPERATIONS]
    assert [grant.location.uri for grant in only.grants] == [
        "s3://datalake/projects/farm-animals/",
        "s3://datalake/lightly-output/",
    ]
    assert only.made_on == DAY


def test_an_output_with_its_own_is_a_second_user() -> None:
    first, second = wanted_in(at_make(output=OWN_OUTPUT))
    assert (first.name, second.name) == ("Lightly-S3-farm-animals", "Lightly-S3-farm-animals-output")
    assert [grant.operations for grant in first.grants] == [OPERATIONS[:2]]
    assert [grant.operations for grant in second.grants] == [OPERATIONS]
    assert first.dataset == second.dataset == "farm-animals", "both are taken back for it"


def test_for_an_output_whose_key_is_typed_nothing_is_made() -> None:
    (only,) = wanted_in(at_make(output=OTHER_KEYS))
    assert [grant.operations for grant in only.grants] == [OPERATIONS[:2]]


def test_only_what_is_made_offers_an_output_of_its_own() -> None:
    for state, offered in ((at("output"), False), (at("output", GIVEN, access=MAKE_IT), True)):
        shown = view(state).field("credentials")
        assert isinstance(shown, Choice)
        assert ("made" in {option.value for option in shown.options}) is offered


def test_a_role_has_the_external_id_of_the_setup() -> None:
    (only,) = wanted_in(at_make(MAKE_ROLE))
    assert only.external_id == EXTERNAL
    assert only.grants[0].operations == OPERATIONS


def test_the_needs_are_in_the_grants() -> None:
    needs: Raw = {"input_type": "Videos", "delete": True}
    arn = "arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012"
    state = at_make(needs=needs, output={"where": "same", "lightly_folder_only": True}, limits={"kms_key_arn": arn})
    (grant,) = wanted_in(state)[0].grants
    assert (grant.delete, grant.lightly_folder_only, grant.kms_key_arn) == (True, True, arn)


def test_what_stores_nothing_deletes_nothing() -> None:
    (only,) = wanted_in(at_make(needs={**READS, "delete": True}))
    assert not only.grants[0].delete, "only what Lightly stored is to be deleted"
    source, output = wanted_in(at_make(needs={**READS, "thumbnails": True, "delete": True}, output=ELSEWHERE))[0].grants
    assert (source.delete, output.delete) == (False, True)


def test_what_is_made_is_limited_to_the_network_that_is_named() -> None:
    named: Raw = {"kms_key_arn": "", "networks": "203.0.113.0/24, vpc-0a1b2c3d"}
    state = at_make(limits=named)
    networks = Networks(source_ips=("203.0.113.0/24",), vpcs=("vpc-0a1b2c3d",))
    assert [each.networks for each in wanted_in(state)] == [networks]
    assert state.answers.limits is not None
    assert state.answers.limits.restricted, "a network that is named is a limit"
    assert from_draft(to_draft(state), GIVEN).answers.limits == state.answers.limits
    state = at("limits", GIVEN, access=MAKE_IT)
    assert "no IP range" in refused(submit(state, {**named, "networks": "office"}))["networks"].sentence
    assert view(at("limits", GIVEN)).field("networks") is None


def test_a_network_goes_with_the_limit_that_it_belongs_to() -> None:
    named: Raw = {"kms_key_arn": "", "restricted": True, "networks": "203.0.113.0/24"}
    state = back_at(at_make(limits=named), "limits")
    state = taken(submit(state, {"kms_key_arn": "", "restricted": False}))
    assert state.answers.limits is not None
    assert (state.answers.limits.restricted, state.answers.limits.networks) == (False, None)


def test_a_limit_without_its_network_is_said_beside_the_plan() -> None:
    open_policy: Raw = {"kms_key_arn": "", "restricted": True, "networks": ""}
    state = at("limits", GIVEN, access=MAKE_IT)
    assert "only if you name it below" in "\n".join(preview(state, open_policy))
    assert "limited to no network" in lines_of(planned(limits=open_policy), "notes")[0]
    assert view(planned()).field("notes") is None


def test_where_lightly_cannot_assume_a_role_it_is_said_before_anything_is_asked_of_aws() -> None:
    china: Raw = {"uri": "s3://datalake/projects/farm-animals/", "region": "cn-north-1"}
    given = replace(GIVEN, endpoint_url="http://127.0.0.1:9000")
    state = at("limits", given, access=MAKE_ROLE, bucket=china)
    problems = refused(submit(state, {"kms_key_arn": ""}))
    assert "choose the access key of an IAM user" in problems[WHOLE_STEP].sentence


def test_a_role_waits_for_its_external_id() -> None:
    state = at("limits", Given(), access=MAKE_ROLE)
    assert "still being opened" in refused(submit(state, {"kms_key_arn": ""}))[WHOLE_STEP].sentence


def test_a_role_that_is_made_needs_no_external_id_of_another_one() -> None:
    given = Given(external_id=EXTERNAL, today=DAY)
    left = replace(start(given), answers=replace(start(given).answers, role_arn=ROLE_ARN, external_id_lost=True))
    state = onward(left, "make", access=MAKE_ROLE)
    assert wanted_in(state)[0].external_id == EXTERNAL
    on = from_draft(to_draft(state), given)
    assert wanted_in(on)[0].external_id == EXTERNAL
    assert external_id_of(replace(on.answers, maker=Maker.HAVE)) is None, "the other role's is another one"


# The plan


def test_nothing_is_asked_of_aws_before_the_profile_is_confirmed() -> None:
    assert pending(at_make()) == ()


def test_the_administrators_profile_is_offered() -> None:
    shown = view(at_make()).field("administrator_profile")
    assert isinstance(shown, Choice)
    assert shown.value == PROFILE, "the likely one first"
    without = view(at("make", Given(), access=MAKE_IT)).field("administrator_profile")
    assert isinstance(without, Text)
    problems = refused(submit(at("make", Given(), access=MAKE_IT), {"administrator_profile": " "}))
    assert "name of a profile" in problems["administrator_profile"].sentence


def test_the_profile_is_read_then_aws_is_looked_at_and_the_plan_stands_there_to_be_read() -> None:
    state = taken(submit(at_make(), MAKE))
    assert view(state).waiting == f"Reading the profile {PROFILE} …"
    read = request_of(state, ReadKeys)
    state = learn(state, read, good_fact(read))
    assert view(state).waiting == "Looking at what there is in AWS …"
    asked = request_of(state, PlanAws)
    assert isinstance(asked, PlanAws)
    assert asked.wanted == wanted_in(state)
    assert asked.administrator == UserAccess(KEY_ID, Secret(SECRET))
    state = learn(state, asked, planned_for(asked))
    assert (state.position.step, view(state).waiting, pending(state)) == ("make", None, ())
    assert lines_of(state, "account_lines")[0] == f"Account {ACCOUNT}"
    assert lines_of(state, "steps") == ("1. Make Lightly-S3-farm-animals",)
    assert isinstance(view(state).field("account"), Text)
    assert not view(state).problems


def test_a_profile_that_wants_a_code_asks_for_it() -> None:
    wants = answering(ReadKeys, KeysRead(None, code_wanted="arn:aws:iam::111122223333:mfa/ada"))
    state = settle(taken(submit(at_make(), MAKE)), wants)  # type: ignore[arg-type]
    assert isinstance(view(state).field("administrator_code"), SecretText)
    assert "MFA device" in view(state).problems["administrator_code"].sentence
    assert "six digits" in refused(submit(state, {**MAKE, "administrator_code": "12"}))["administrator_code"].sentence
    state = taken(submit(state, {**MAKE, "administrator_code": "123 456"}))
    read = request_of(state, ReadKeys)
    assert isinstance(read, ReadKeys)
    assert read.source.code == Secret("123456")
    assert view(settle(state)).field("account")


@pytest.mark.parametrize(
    ("kind", "fact", "field", "sentence"),
    [
        (ReadKeys, KeysRead(None, "There is no profile x."), "administrator_profile", "There is no profile x."),
        (ReadKeys, Failed("No answer came."), WHOLE_STEP, "No answer came. Enter tries again."),
        (PlanAws, AwsPlanned(problem="The bucket is another account's. Choose."), WHOLE_STEP, "another account's"),
        (PlanAws, Failed("No answer came."), WHOLE_STEP, "Enter tries again."),
    ],
)
def test_what_stands_against_a_plan_is_said_and_enter_tries_again(
    kind: type[Request], fact: Fact, field: str, sentence: str
) -> None:
    state = settle(taken(submit(at_make(), MAKE)), answering(kind, fact))  # type: ignore[arg-type]
    assert state.position.step == "make"
    assert sentence in view(state).problems[field].sentence
    assert view(settle(taken(submit(state, MAKE)))).field("account")


NO_KEYRING = replace(GIVEN, secrets_home=SecretsHome.MEMORY, secrets_problem="There is no keyring.")


def test_without_a_keyring_no_key_is_made_and_a_role_is() -> None:
    said = "Make it for me needs a keyring: a key could be lost."
    assert said in refused(submit(at("access", NO_KEYRING), MAKE_IT))["maker"].sentence
    late = at_make()
    late = replace(late, answers=replace(late.answers, given=NO_KEYRING))
    assert said in refused(submit(late, MAKE))[WHOLE_STEP].sentence
    assert view(settle(taken(submit(at("make", NO_KEYRING, access=MAKE_ROLE), MAKE)))).field("account")


def test_the_demo_has_no_keyring_and_makes_a_key() -> None:
    demo = replace(GIVEN, secrets_home=SecretsHome.MEMORY)
    assert view(settle(taken(submit(at("make", demo, access=MAKE_IT), MAKE)))).field("account")


# Agreeing


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "Type the account ID to agree to the plan."), ("999999999999", "not the account of the plan")],
)
def test_without_the_right_account_nothing_is_made(typed: str, said: str) -> None:
    state = planned()
    problems = refused(submit(state, {**MAKE, "account": typed}))
    assert said in problems["account"].sentence
    assert not [request for request in wanted(state) if isinstance(request, MakeAws)]


@pytest.mark.parametrize("typed", [ACCOUNT, f" {ACCOUNT} ", "1111-2222-3333"])
def test_the_account_is_taken_as_people_write_it(typed: str) -> None:
    state = taken(submit(planned(), {**MAKE, "account": typed}))
    assert request_of(state, MakeAws)


def test_an_account_that_is_typed_before_there_is_a_plan_agrees_to_nothing() -> None:
    state = settle(taken(submit(at_make(), AGREED)))
    assert state.answers.agreed is None
    assert pending(state) == ()


def test_another_name_or_profile_is_planned_anew_and_not_made() -> None:
    for raw in ({**AGREED, "made_name": "cattle"}, {**AGREED, "administrator_profile": "default"}):
        state = taken(submit(planned(), raw))
        assert not [request for request in wanted(state) if isinstance(request, MakeAws)]
        state = settle(state)
        assert state.answers.made is None
        assert view(state).field("account")
    (only,) = wanted_in(settle(taken(submit(planned(), {**MAKE, "made_name": "cattle"}))))
    assert only.name == "Lightly-S3-cattle"
    assert refused(submit(planned(), {**MAKE, "made_name": "ä/ö"}))["made_name"]


def test_what_bucketlight_did_not_make_is_changed_only_with_consent() -> None:
    def differing(request: Request) -> Fact:
        changed = ("Changed: statement ListPrefix of Lightly-S3-farm-animals",)
        return planned_for(request, differences=changed) if isinstance(request, PlanAws) else good_fact(request)

    state = settle(taken(submit(at_make(), MAKE)), differing)
    assert lines_of(state, "differences") == ("Changed: statement ListPrefix of Lightly-S3-farm-animals",)
    assert isinstance(view(state).field("adopt"), Toggle)
    assert "Switch this on" in refused(submit(state, AGREED))["adopt"].sentence
    assert request_of(taken(submit(state, {**AGREED, "adopt": True})), MakeAws)


def test_a_plan_that_changed_meanwhile_is_agreed_to_anew() -> None:
    state = taken(submit(planned(), AGREED))
    stopped = settle(state, answering(MakeAws, AwsStopped("AWS refused it.")))  # type: ignore[arg-type]

    def smaller(request: Request) -> Fact:
        less = AwsPlanned(account_id=ACCOUNT, head=("Account",), steps=("Write the policy",))
        return less if isinstance(request, PlanAws) else good_fact(request)

    state = settle(taken(submit(stopped, AGREED)), smaller)
    assert lines_of(state, "steps") == ("1. Write the policy",)
    assert pending(state) == ()
    assert state.answers.made is None
    assert settle(taken(submit(state, AGREED)), smaller).answers.made


# Making


def test_each_step_is_said_as_it_begins() -> None:
    state, request = making()
    assert view(state).waiting == "Making it in AWS …"
    state = learn(state, request, AwsStep(2, 4, "Write the inline policy."))
    assert view(state).waiting == "2 of 4: Write the inline policy …"
    state = learn(state, request, AwsStep(3, 4, "Make an access key."))
    assert view(state).waiting == "3 of 4: Make an access key …"
    assert learn(state, request, made_for(request)).answers.made


def test_what_was_made_is_read_and_checked_before_the_step_is_left() -> None:
    state, request = making()
    state = learn(state, request, made_for(request))
    shown = view(state)
    assert (state.position.step, shown.waiting, dict(shown.problems)) == ("make", None, {})
    undo = "To take it back: bucketlight undo farm-animals, or u in the app."
    assert lines_of(state, "made") == ("Made Lightly-S3-farm-animals", undo)
    (check,) = pending(state)
    assert isinstance(check, Check)
    assert check.target.access == UserAccess(MADE_KEY_ID, Secret(MADE_SECRET))
    state = settle(state)
    assert {light.state for light in strip(state)} == {LightState.GREEN}
    assert taken(submit(state, {})).position.step == "dataset"


@pytest.mark.parametrize("output", [{"where": "same"}, ELSEWHERE, OWN_OUTPUT, OTHER_KEYS])
@pytest.mark.parametrize("access", [MAKE_IT, MAKE_ROLE])
def test_what_was_made_is_what_is_saved(access: Raw, output: Raw) -> None:
    if access is MAKE_ROLE and output is OTHER_KEYS:
        output = {**ELSEWHERE, "credentials": "other", "output_role_arn": "arn:aws:iam::111122223333:role/Other"}
    state = settle(onward(made(access, output=output), "save"))
    request = save_request(state)
    assert request is not None
    found = request.access
    first = next(iter(found.values()))
    if access is MAKE_IT:
        assert first == UserAccess(MADE_KEY_ID, Secret(MADE_SECRET))
    else:
        assert first == DelegatedAccess(f"arn:aws:iam::{ACCOUNT}:role/Lightly-S3-farm-animals", EXTERNAL)
    if output is OWN_OUTPUT and access is MAKE_ROLE:
        second = DelegatedAccess(f"arn:aws:iam::{ACCOUNT}:role/Lightly-S3-farm-animals-output", EXTERNAL)
        assert found[Purpose.LIGHTLY] == second
    elif output is OTHER_KEYS:
        typed = found[Purpose.LIGHTLY]
        assert isinstance(typed, UserAccess)
        assert typed.access_key_id == OUTPUT_KEY_ID
    elif output is ELSEWHERE:
        assert found[Purpose.LIGHTLY] == first
    assert lines_of(state, "made")[-1] == "To take it back: bucketlight undo farm-animals, or u in the app."
    what = "user" if access is MAKE_IT else "role"
    assert view(state).consequence == f"The {what} in AWS is made. Nothing else is made or stored yet."
    assert not plan(state).obstacle


def test_a_plan_without_steps_is_carried_out_unasked_for_its_key() -> None:
    def all_there(request: Request) -> Fact:
        return AwsPlanned(account_id=ACCOUNT) if isinstance(request, PlanAws) else good_fact(request)

    state = settle(taken(submit(at_make(), MAKE)), all_there)
    assert state.answers.made
    assert access_of(state, Purpose.INPUT_OUTPUT) == UserAccess(MADE_KEY_ID, Secret(MADE_SECRET))


def test_where_it_stopped_it_is_said_and_enter_plans_anew() -> None:
    state, request = making()
    state = learn(state, request, AwsStopped("AWS refused it. Ask.", "Make the user."))
    said = view(state).problems[WHOLE_STEP].sentence
    assert said == "AWS refused it. Ask. Done last: Make the user. Enter plans again, and goes on from there."
    state = taken(submit(state, MAKE))
    assert [type(each) for each in pending(state)] == [ReadKeys]
    assert settle(taken(submit(settle(state), AGREED))).answers.made


def test_where_it_stopped_another_profile_can_be_chosen() -> None:
    state, request = making()
    state = learn(state, request, AwsStopped("AWS refused it.", "Make the user."))
    assert view(state).field("administrator_profile")
    assert view(state).field("made_name")
    assert view(state).field("account") is None
    other = settle(taken(submit(state, {"administrator_profile": "default"})))
    assert other.answers.administrator is not None
    assert other.answers.administrator.name == "default"
    assert view(other).field("account"), "its plan is read and agreed to anew"
    assert not [each for each in wanted(other) if isinstance(each, MakeAws)]


@pytest.mark.parametrize("planned_again", [False, True])
def test_the_way_back_from_where_it_stopped_leads_to_the_profile(planned_again: bool) -> None:
    state, request = making()
    state = learn(state, request, AwsStopped("AWS refused it.", "Make the user."))
    state = back(settle(taken(submit(state, MAKE))) if planned_again else state)
    assert state.position.step == "make"
    assert view(state).field("administrator_profile")
    assert not view(state).problems
    assert from_draft(to_draft(state), GIVEN).answers.agreed == "", "what was begun is known"


def test_asking_again_never_makes_anything() -> None:
    state, request = making()
    stopped = learn(state, request, AwsStopped("AWS refused it."))
    for asked in (planned(), stopped, settle(again(stopped)), made()):
        assert not [each for each in pending(again(asked)) if isinstance(each, MakeAws)]


def test_going_back_while_it_is_made_loses_nothing() -> None:
    state, request = making()
    state = back(state)
    assert request in wanted(state)
    state = learn(state, request, made_for(request))
    assert state.answers.made
    assert onward(state, "dataset").position.step == "dataset"


def test_what_was_made_for_other_answers_is_not_used() -> None:
    state = back_at(made(), "needs")
    state = onward(state, "make", needs={"input_type": "Images", "thumbnails": True, "delete": True})
    assert state.answers.made is None
    assert access_of(state, Purpose.INPUT_OUTPUT) is None
    assert pending(state) == ()
    assert onward(state, "save").answers.made


def test_an_answer_at_the_last_moment_that_needs_more_is_made_first() -> None:
    state = onward(made(needs=READS), "dataset")
    state = settle(taken(submit(state, {"name": "farm", "token": "canary-lightly-token-5f2a", "thumbnails": True})))
    assert state.position.step == "output"
    assert onward(state, "make").position.step == "make"
    assert onward(state, "save").answers.made


def test_what_a_later_answer_has_undone_is_not_made_again_unasked() -> None:
    state = taken(submit(onward(made(), "dataset"), {"name": "farm", "token": "t-0123456789", "thumbnails": False}))
    assert state.answers.made is None
    assert not [request for request in pending(state) if isinstance(request, ReadKeys | PlanAws | MakeAws)]
    state = settle(state)
    assert state.position.step == "make"
    assert pending(state) == ()


def test_a_result_that_comes_after_other_answers_is_not_taken() -> None:
    state, request = making()
    state = onward(back_at(state, "needs"), "make", needs={"input_type": "Videos", "delete": True})
    assert learn(state, request, made_for(request)) == state


# Leaving, and going on


def left(state: State) -> State:
    text = json.dumps(to_draft(state))
    for canary in (SECRET, MADE_SECRET, EXTERNAL.reveal()):
        assert canary not in text
    later = Given(external_id=EXTERNAL, profiles=(PROFILE,), today=date(2026, 12, 24))
    return from_draft(json.loads(text), later)


@pytest.mark.parametrize("access", [MAKE_IT, MAKE_ROLE])
def test_going_on_wants_the_very_same(access: Raw) -> None:
    for state in (planned(access), taken(submit(planned(access), AGREED)), made(access), onward(made(access), "save")):
        on = left(state)
        assert on.position.step == "make"
        assert wanted_in(on) == wanted_in(state)
        assert on.answers.made is None
        assert pending(on) == ()


def test_going_on_keeps_the_name_that_was_chosen_and_the_profile() -> None:
    state = settle(taken(submit(planned(), {**MAKE, "made_name": "cattle"})))
    on = left(state)
    assert on.answers.made_name == "cattle"
    shown = view(on).field("administrator_profile")
    assert isinstance(shown, Choice)
    assert shown.value == PROFILE


def test_the_way_back_from_a_plan_leads_to_what_it_was_made_from() -> None:
    shown = view(planned())
    assert shown.field("account")
    assert shown.field("administrator_profile") is None
    state = back(planned())
    assert state.position.step == "make"
    assert view(state).field("administrator_profile")
    assert pending(state) == ()
    assert back(state).position.step == "limits"


def test_the_name_follows_the_folder_until_something_bears_it() -> None:
    other: Raw = {"uri": "s3://datalake/projects/cows/"}
    assert wanted_in(onward(back_at(planned(), "bucket"), "make", bucket=other))[0].name == "Lightly-S3-cows"
    assert wanted_in(onward(back_at(made(), "bucket"), "make", bucket=other))[0].name == "Lightly-S3-farm-animals"


def test_no_secret_of_it_is_in_a_repr() -> None:
    state = made()
    text = repr(state)
    assert MADE_SECRET not in text
    assert EXTERNAL.reveal() not in text
    assert isinstance(state.answers.made and state.answers.made.access[0], UserAccess)
    assert MADE_SECRET not in repr(AwsMade((UserAccess(MADE_KEY_ID, Secret(MADE_SECRET)),)))
