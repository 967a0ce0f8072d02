"""Walks that nobody planned: odd answers, facts in any order, back and forth. Nothing raises and nothing is lost."""

from __future__ import annotations

import json
from dataclasses import fields, replace

from guide_walk import (
    ACCOUNT,
    AGREED,
    DATASET_ID,
    EXTERNAL_ID,
    KEY_ID,
    MADE_SECRET,
    OTHER_KEYS,
    OUTPUT_SECRET,
    OWN_OUTPUT,
    ROLE_ARN,
    SECRET,
    TOKEN,
    URI,
    back_at,
    good_fact,
    onward,
    planned_for,
    report,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.access import Secret, UserAccess
from core.guide.drafts import from_draft, to_draft
from core.guide.facts import (
    AwsPlanned,
    AwsStep,
    AwsStopped,
    Fact,
    Failed,
    FoundDataset,
    KeysRead,
    NameLookedUp,
    RegionFound,
    SaveFailed,
    TokenTried,
    TokenVerdict,
    WorkerRegistered,
)
from core.guide.fields import Raw, Text
from core.guide.flow import (
    again,
    back,
    browsable,
    instructions,
    learn,
    pasted,
    pending,
    plan,
    preview,
    start,
    submit,
    view,
    wanted,
)
from core.guide.requests import (
    Check,
    FindRegion,
    LookAround,
    LookUpName,
    MakeAws,
    PlanAws,
    ReadKeys,
    RegisterWorker,
    Request,
    Save,
    TryToken,
)
from core.guide.state import Answers, Given, State
from core.guide.steps import steps_of
from core.guide.steps.make import under_way
from core.guide.steps.wanted import wanted_of
from core.guide.strip import place, principal, strip
from core.lights.states import State as LightState
from core.survey import Survey

GIVEN = Given(
    profiles=("lightly",), environment_keys=True, external_id=Secret("lightly-canary-made-0123456789"), ours=("e" * 24,)
)
CANARIES = (SECRET, OUTPUT_SECRET, MADE_SECRET, TOKEN, EXTERNAL_ID, "lightly-canary-made-0123456789")
ODD = ("", " ", "odd-text with a blank", "\u0000", "\ud800", "ä/ö", "x" * 300, "s3://", "\n")
KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012"

TEXTS: dict[str, tuple[str | bool, ...]] = {
    "input_type": ("Images", "Videos", "Crops"),
    "object_level": (True, False),
    "thumbnails": (True, False),
    "delete": (True, False),
    "uri": (URI, "s3://datalake/", "s3://My_Lake/photos/", "s3:/datalake/x"),
    "region": ("", "eu-central-1", "us_west_2"),
    "access": ("user", "delegated", "ambient"),
    "maker": ("have", "make", "hand-over", "nobody"),
    "administrator_profile": ("lightly", "work"),
    "administrator_code": ("123456", "12"),
    "made_name": ("cattle", "", "ä/ö"),
    "account": (ACCOUNT, "", "999999999999"),
    "adopt": (True, False),
    "no_keys": (True, False),
    "way": ("typed", "file", "profile", "environment", "telepathy"),
    "access_key_id": (KEY_ID, "AKIASHORT", "ASIAIOSFODNN7CANARY1", SECRET),
    "secret_access_key": (SECRET, "", KEY_ID),
    "session_token": ("", "odd-session-token"),
    "key_file": ("~/keys.csv",),
    "profile": ("lightly", "work"),
    "copy": (True, False),
    "code": ("123456", "12"),
    "role_arn": (ROLE_ARN, "lightly"),
    "external_id": (EXTERNAL_ID, "", "short"),
    "where": ("same", "elsewhere", "nowhere"),
    "lightly_folder_only": (True, False),
    "output_uri": ("s3://datalake/lightly-output/", "s3://other-lake/out/", URI, f"{URI}in/"),
    "output_region": ("", "us-west-2"),
    "credentials": ("same", "other", "made"),
    "output_access_key_id": (KEY_ID, "AKIASHORT"),
    "output_secret_access_key": (OUTPUT_SECRET, ""),
    "output_role_arn": (ROLE_ARN, "lightly"),
    "output_external_id": ("", EXTERNAL_ID),
    "kms_key_arn": ("", KEY_ARN, "alias"),
    "output_kms_key_arn": ("", KEY_ARN),
    "restricted": (True, False),
    "name": ("farm-animals", "cattle", "x"),
    "token": (TOKEN, "", "a b"),
    "reuse": (True, False),
    "worker": ("barn", "", "ab"),
}

# What the fields of a step hold; the rest of what is answered is not its business.
OWN = {
    "needs": {"needs"},
    "bucket": {"location", "region", "made_name", "made_on"},
    "access": {"access_kind", "maker"},
    "make": {"administrator", "made_name", "agreed"},
    "keys": {"access", "keys_source", "stays"},
    "role": {"role_arn", "external_id"},
    "output": {"output", "needs"},
    "limits": {"limits", "made_name", "made_on"},
    "dataset": {"name", "token", "needs", "reuse_id"},
    "save": set(),
    "next": {"worker"},
}


def facts_for(request: Request) -> tuple[Fact, ...]:
    """Return what may come of a request: first what is good, then what is not."""
    failed = Failed("No answer came within 30 seconds.")
    bad: dict[type, tuple[Fact, ...]] = {
        FindRegion: (RegionFound(None, None, "no connection"), RegionFound(None, False)),
        ReadKeys: (
            KeysRead(None, "There is no such file."),
            KeysRead(None, code_wanted="arn:aws:iam::111122223333:mfa/ada"),
            KeysRead(UserAccess("ASIAIOSFODNN7CANARY1", Secret(SECRET), Secret("odd-session-token"))),
        ),
        LookAround: (Survey(), Survey(there=False), Survey(videos=4, foreign_owner=True), Survey(problem="refused")),
        TryToken: (TokenTried(TokenVerdict.REFUSED), TokenTried(TokenVerdict.UNREACHABLE, "no connection")),
        LookUpName: (NameLookedUp(FoundDataset("f" * 24, "Images")), NameLookedUp(None, "no connection")),
        Check: (report(state=LightState.RED), report(state=LightState.UNKNOWN), report().lights[0]),
        Save: (SaveFailed("The file is locked.", None, DATASET_ID), SaveFailed("No connection.", None)),
        RegisterWorker: (WorkerRegistered(None, "no connection"),),
        PlanAws: (
            AwsPlanned(problem="The bucket belongs to another account. Use a profile of that one."),
            planned_for(request, differences=("Changed: statement ListPrefix",)),
            AwsPlanned(account_id=ACCOUNT),
        )
        if isinstance(request, PlanAws)
        else (),
        MakeAws: (AwsStopped("AWS refused it.", "Create the user"), AwsStep(1, 2, "Create the user")),
    }
    return (good_fact(request), *bad[type(request)], failed)


@st.composite
def raws(draw: st.DrawFn, names: list[str]) -> dict[str, str | bool]:
    """Draw what stands in fields: mostly something that fits, of fields that are there and of others."""
    raw: dict[str, str | bool] = {}
    for name in [*names, *draw(st.lists(st.sampled_from(sorted(TEXTS)), max_size=2))]:
        choice = draw(st.integers(0, 9))
        if choice == 0:
            raw[name] = draw(st.sampled_from(ODD) | st.booleans() | st.text(max_size=20))
        elif choice < 9 and name in TEXTS:
            raw[name] = draw(st.sampled_from(TEXTS[name]))
    return raw


def shown_names(state: State) -> list[str]:
    return [field.name for field in view(state).fields if field.name in TEXTS]


def look(state: State) -> None:
    """Look at all that a front end shows."""
    shown = view(state)
    assert 1 <= shown.number <= shown.total == len(shown.done) + 1 + len(shown.upcoming)
    assert len(strip(state)) == 3
    place(state), principal(state), browsable(state)
    # A line of text shows what was typed into it, be it a secret in the wrong line.
    text = repr(replace(shown, fields=tuple(field for field in shown.fields if not isinstance(field, Text))))
    for canary in CANARIES:
        assert canary not in text
    instructions(state)
    asked = wanted(state)
    assert all(request in asked for request in pending(state))


def unchanged(before: Answers, after: Answers, but: set[str]) -> None:
    for field in fields(Answers):
        if field.name not in {*but, "given", "made"}:
            assert getattr(after, field.name) == getattr(before, field.name), field.name


def drafted(state: State) -> None:
    """Leave the setup and go on with it."""
    text = json.dumps(to_draft(state))
    for canary in CANARIES:
        assert canary not in text
    on = from_draft(json.loads(text), state.answers.given)
    look(on)
    assert {**to_draft(on), "position": 0} == {**to_draft(state), "position": 0}
    order = [step.id for step in steps_of(on.answers)]
    assert order.index(on.position.step) <= order.index(state.position.step)


def moved(data: st.DataObject, state: State, seen: list[Request]) -> State:
    """Do one thing: submit, go back, learn, ask again."""
    before = state.answers
    move = data.draw(st.sampled_from(["submit", "submit", "submit", "learn", "learn", "learn", "back", "again", "odd"]))
    if move == "submit":
        step, raw = state.position.step, data.draw(raws(shown_names(state)))
        preview(state, raw)
        instructions(state, raw)
        outcome = submit(state, raw)
        if isinstance(outcome, State):
            state = outcome
            unchanged(before, state.answers, OWN[step])
        else:
            assert outcome, "what is not taken is said"
            assert all(problem.sentence for problem in outcome.values())
        return state
    if move == "learn" and (requests := pending(state)):
        request = data.draw(st.sampled_from(requests))
        good, *bad = facts_for(request)
        state = learn(state, request, good if data.draw(st.integers(0, 3)) else data.draw(st.sampled_from(bad)))
        seen.append(request)
    elif move == "odd" and seen:
        request = data.draw(st.sampled_from(seen))
        state = learn(state, request, data.draw(st.sampled_from(facts_for(data.draw(st.sampled_from(seen))))))
        pasted(state, data.draw(st.sampled_from([*ODD, f"{KEY_ID}\n{SECRET}"])))
    elif move == "back":
        state = back(state)
    elif move == "again":
        state = again(state)
    unchanged(before, state.answers, set())
    return state


WHOLE: dict[str, Raw] = {
    "needs": {"input_type": "Images", "object_level": False, "thumbnails": True, "delete": False},
    "bucket": {"uri": URI, "region": ""},
    "access": {"access": "user", "no_keys": False, "maker": "have"},
    "keys": {"way": "typed", "access_key_id": KEY_ID, "secret_access_key": SECRET, "session_token": ""},
    "output": {**OTHER_KEYS, "lightly_folder_only": False, "output_region": ""},
    "limits": {"kms_key_arn": KEY_ARN, "output_kms_key_arn": "", "restricted": True},
    "dataset": {"name": "farm-animals", "token": TOKEN, "reuse": False, "input_type": "Images", "thumbnails": True},
}
MAKING: dict[str, Raw] = {
    **{step: raw for step, raw in WHOLE.items() if step != "keys"},
    "access": {"access": "user", "no_keys": False, "maker": "make"},
    "output": {**OWN_OUTPUT, "lightly_folder_only": False, "output_region": ""},
    "make": {**AGREED, "administrator_profile": "lightly", "made_name": "cattle", "adopt": True},
}
HANDING: dict[str, Raw] = {**WHOLE, "access": {"access": "user", "no_keys": False, "maker": "hand-over"}}


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_is_done_nothing_raises_and_no_answer_is_lost(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([WHOLE, MAKING, HANDING]))
    step = data.draw(st.sampled_from([*whole, "save", "next"]))
    state, seen = onward(start(GIVEN), step, **whole), list[Request]()
    for _ in range(data.draw(st.integers(1, 15))):
        state = moved(data, state, seen)
        look(state)
    drafted(state)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_the_same_answers_give_equal_plans_whatever_was_answered_before(data: st.DataObject) -> None:
    state, seen = start(replace(GIVEN, ours=())), list[Request]()
    straight = plan(onward(state, "save", **WHOLE))
    for _ in range(data.draw(st.integers(0, 15))):
        state = moved(data, state, seen)
    assert plan(onward(back_at(state, "needs"), "save", **WHOLE)) == straight


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_the_same_answers_want_the_same_in_aws_whatever_was_answered_before(data: st.DataObject) -> None:
    state, seen = start(replace(GIVEN, ours=())), list[Request]()
    straight = wanted_of(onward(state, "save", **MAKING))
    state = onward(state, data.draw(st.sampled_from([*MAKING])), **MAKING)
    for _ in range(data.draw(st.integers(0, 15))):
        state = moved(data, state, seen)
    assume(state.answers.made is None and under_way(state) is None)  # that has its name already
    assert wanted_of(onward(back_at(state, "needs"), "save", **MAKING)) == straight


def test_a_walk_with_everything_in_it_can_be_left_at_every_step() -> None:
    for whole in (WHOLE, MAKING, HANDING):
        state = start(GIVEN)
        steps = [step.id for step in steps_of(onward(state, "save", **whole).answers) if step.id in {*whole, "save"}]
        for step in steps[1:]:
            state = onward(state, step, **whole)
            drafted(state)
