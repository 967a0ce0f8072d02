"""Drafts: they bring a setup back, without a secret, and a broken one is said."""

from __future__ import annotations

import base64
import contextlib
import json
from dataclasses import replace
from urllib.parse import quote

import pytest
from guide_walk import (
    DELEGATED,
    ELSEWHERE,
    EXTERNAL_ID,
    KEY_ID,
    OTHER_KEYS,
    OUTPUT_KEY_ID,
    OUTPUT_ROLE_ARN,
    ROLE_ARN,
    SECRET,
    URI,
    at,
    check_of,
    onward,
    refused,
    taken,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from core.access import AccessKind, DelegatedAccess, Secret, UserAccess
from core.dataset import Purpose
from core.guide.drafts import DraftError, from_draft, to_draft
from core.guide.existing import from_dataset
from core.guide.facts import Facts, RegionFound
from core.guide.fields import Raw
from core.guide.flow import pending, plan, start, submit, view
from core.guide.keys_source import KeysFrom, KeysSource
from core.guide.requests import FindRegion, Save
from core.guide.state import Answers, Given, Limits, Made, Maker, Output, Position, State
from core.guide.steps import STEPS
from core.guide.steps.checks import check_request
from core.guide.steps.credentials import external_id_of
from core.location import S3Location
from core.needs import InputType, Needs

KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012"
CANARY = "canary/SECRET+0123456789abcdefghijklmnopq"


def locations() -> st.SearchStrategy[S3Location]:
    prefixes = st.lists(st.text(min_size=1, max_size=8).filter(lambda text: "/" not in text), max_size=3)
    buckets = st.sampled_from(["datalake", "my.lake", "My_Lake"])

    def location(bucket: str, parts: list[str]) -> S3Location:
        return S3Location(bucket, "".join(f"{part}/" for part in parts))

    encodable = prefixes.filter(lambda parts: "".join(parts).isprintable() and "".join(parts).isascii())
    return st.builds(location, buckets, encodable)


def outputs() -> st.SearchStrategy[Output]:
    keys = st.builds(UserAccess, st.sampled_from([KEY_ID, "minio", CANARY]), st.just(Secret(CANARY)))
    roles = st.builds(DelegatedAccess, st.just(OUTPUT_ROLE_ARN), st.sampled_from([Secret(""), Secret(CANARY)]))
    return st.builds(
        Output,
        location=st.none() | locations(),
        region=st.sampled_from([None, "eu-west-1"]),
        access=st.none() | keys | roles,
        made=st.booleans(),
        accepted=st.booleans(),
    )


@st.composite
def states(draw: st.DrawFn) -> State:
    answers = Answers(
        given=Given(endpoint_url=draw(st.sampled_from([None, "http://127.0.0.1:9000"])), token=Secret(CANARY)),
        needs=draw(st.none() | st.builds(Needs, st.sampled_from(InputType), *[st.booleans()] * 4)),
        location=draw(st.none() | locations()),
        region=draw(st.sampled_from([None, "eu-central-1"])),
        access=draw(
            st.none()
            | st.builds(
                UserAccess,
                st.sampled_from([KEY_ID, "minio", CANARY]),
                st.just(Secret(CANARY)),
                st.sampled_from([None, Secret(CANARY)]),
            )
        ),
        access_kind=draw(st.sampled_from([None, AccessKind.USER, AccessKind.DELEGATED])),
        maker=draw(st.sampled_from([None, *Maker])),
        administrator=draw(
            st.none()
            | st.builds(
                KeysSource, st.just(KeysFrom.PROFILE), st.just("admin"), st.sampled_from([None, Secret(CANARY)])
            )
        ),
        made_name=draw(st.none() | st.text(min_size=1, max_size=20)),
        made_on=draw(st.none() | st.dates()),
        agreed=draw(st.sampled_from([None, "", "0" * 32])),
        made=draw(st.none() | st.builds(Made, st.just("0" * 32), st.just((UserAccess(KEY_ID, Secret(CANARY)),)))),
        keys_source=draw(
            st.none()
            | st.builds(KeysSource, st.just(KeysFrom.FILE), st.just("~/keys.csv"))
            | st.builds(KeysSource, st.just(KeysFrom.PROFILE), st.just("work"), st.sampled_from([None, Secret(CANARY)]))
            | st.builds(KeysSource, st.just(KeysFrom.ENVIRONMENT))
        ),
        stays=draw(st.booleans()),
        role_arn=draw(st.sampled_from([None, ROLE_ARN])),
        external_id=draw(st.sampled_from([None, Secret(CANARY)])),
        output=draw(st.none() | outputs()),
        limits=draw(
            st.none()
            | st.builds(
                Limits,
                kms_key_arn=st.sampled_from([None, KEY_ARN]),
                output_kms_key_arn=st.sampled_from([None, KEY_ARN]),
                restricted=st.booleans(),
            )
        ),
        name=draw(st.none() | st.text(max_size=20)),
        token=draw(st.sampled_from([None, Secret(CANARY)])),
        reuse_id=draw(st.sampled_from([None, "0" * 24])),
    )
    facts = Facts()
    if answers.location and draw(st.booleans()):
        facts = facts.adding(FindRegion(answers.location, answers.given.endpoint_url), RegionFound("us-west-2", True))
    if answers.output and answers.output.location and draw(st.booleans()):
        there = FindRegion(answers.output.location, answers.given.endpoint_url)
        facts = facts.adding(there, RegionFound("us-west-2", True))
    return State(answers, facts, Position(draw(st.sampled_from([step.id for step in STEPS]))))


@given(states())
@settings(max_examples=300)
def test_a_draft_comes_back_as_it_went_without_a_secret(state: State) -> None:
    text = json.dumps(to_draft(state))
    for form in (CANARY, base64.b64encode(CANARY.encode()).decode(), quote(CANARY, safe="")):
        assert form not in text
    back = from_draft(json.loads(text))
    again = to_draft(back)
    assert {**again, "position": None} == {**to_draft(state), "position": None}
    assert to_draft(from_draft(again)) == again
    view(back)
    pending(back)


def test_a_setup_goes_on_at_the_keys_that_have_to_be_entered_again() -> None:
    state = from_draft(to_draft(at("save")))
    assert state.position.step == "keys"
    assert pending(state) == ()
    assert state.answers.name == "farm-animals"
    assert state.answers.access == UserAccess(KEY_ID, Secret(""))
    assert isinstance(submit(state, {"access_key_id": KEY_ID}), dict)
    assert onward(state, "save").answers.access == UserAccess(KEY_ID, Secret(SECRET))


def test_a_setup_goes_on_where_it_was_left() -> None:
    for step in ("needs", "bucket", "access", "keys"):
        assert from_draft(to_draft(at(step))).position.step == step


DETAILS: dict[str, Raw] = {"output": OTHER_KEYS, "limits": {"kms_key_arn": KEY_ARN, "restricted": True}}


def test_everything_but_the_secrets_comes_back() -> None:
    state = from_draft(to_draft(onward(start(), "save", **DETAILS)))
    assert state.position.step == "keys"
    state = onward(state, "output")
    output = state.answers.output
    assert output is not None
    assert output.location == S3Location("datalake", "lightly-output/")
    assert output.access == UserAccess(OUTPUT_KEY_ID, Secret(""))
    raw: Raw = {**OTHER_KEYS, "output_secret_access_key": ""}
    assert set(refused(submit(state, raw))) == {"output_secret_access_key"}
    assert plan(onward(state, "save", **DETAILS)) == plan(onward(start(), "save", **DETAILS))


def test_a_profile_is_read_again_and_nothing_is_asked_before_the_step_is_confirmed() -> None:
    given = Given(profiles=("lightly",))
    raw: Raw = {"way": "profile", "profile": "lightly", "copy": False}
    left = at("save", given, keys=raw)
    state = from_draft(to_draft(left), given)
    assert state.position.step == "keys"
    assert pending(state) == ()
    assert state.answers.stays
    assert plan(onward(state, "save", keys=raw)) == plan(left)


def test_an_mfa_code_is_in_no_draft() -> None:
    raw: Raw = {"way": "profile", "profile": "lightly", "copy": False, "code": "123456"}
    assert "123456" not in json.dumps(to_draft(at("save", Given(profiles=("lightly",)), keys=raw)))


def test_a_role_goes_on_with_the_external_id_that_was_kept_for_it() -> None:
    given = Given(external_id=Secret("lightly-canary-made-0123456789"))
    left = at("limits", given, access=DELEGATED, role={"role_arn": ROLE_ARN, "external_id": ""})
    assert from_draft(to_draft(left), given).position.step == "limits"
    assert from_draft(to_draft(left)).position.step == "role", "without one it is asked for"
    assert "canary" not in json.dumps(to_draft(left))


def test_a_role_whose_external_id_could_not_be_kept_is_asked_for_it_and_gets_no_new_one() -> None:
    left = to_draft(at("output", access=DELEGATED))
    new = Given(external_id=Secret("lightly-canary-made-just-now"), external_id_is_new=True)
    state = from_draft(left, new)
    assert state.position.step == "role"
    assert external_id_of(state.answers) is None


@pytest.mark.parametrize("typed", [True, False])
def test_a_role_gets_no_other_external_id_than_it_had(typed: bool) -> None:
    older = Secret("lightly-canary-made-0123456789")
    raw: Raw = {"role_arn": ROLE_ARN, "external_id": EXTERNAL_ID if typed else ""}
    left = to_draft(at("limits", Given(external_id=older), access=DELEGATED, role=raw))
    own, other = (Secret(EXTERNAL_ID), older) if typed else (older, Secret(EXTERNAL_ID))
    assert external_id_of(from_draft(left, Given(external_id=own)).answers) == own
    assert external_id_of(from_draft(left, Given(external_id=other)).answers) is None
    again = to_draft(from_draft(left, Given(external_id=other)))
    assert external_id_of(from_draft(again, Given(external_id=own)).answers) == own, "it may be found another day"


def test_the_mark_of_an_external_id_is_too_short_to_tell_what_it_is() -> None:
    mark = to_draft(at("limits", access=DELEGATED))["external_id_mark"]
    assert isinstance(mark, str)
    assert len(mark) == 4


@pytest.mark.parametrize("own", ["", "another-external-id-of-ours"])
def test_an_external_id_of_the_outputs_own_role_is_asked_for_again(own: str) -> None:
    given = Given(external_id=Secret("lightly-canary-made-0123456789"))
    raw: Raw = {**ELSEWHERE, "credentials": "other", "output_role_arn": OUTPUT_ROLE_ARN, "output_external_id": own}
    left = at("limits", given, access=DELEGATED, role={"role_arn": ROLE_ARN, "external_id": ""}, output=raw)
    state = from_draft(to_draft(left), given)
    assert state.position.step == "output"
    outcome = submit(state, {**raw, "output_external_id": ""})
    if own:
        assert set(refused(outcome)) == {"output_external_id"}
        assert check_request(state, Purpose.LIGHTLY) is None, "nobody is asked with an external ID that is another's"
        outcome = submit(state, raw)
    assert check_of(taken(outcome), Purpose.LIGHTLY).target.role == DelegatedAccess(
        OUTPUT_ROLE_ARN, Secret(own) if own else Secret("lightly-canary-made-0123456789")
    )


@pytest.mark.parametrize(
    ("position", "stands"), [("needs", "needs"), ("bucket", "bucket"), ("keys", "access"), ("dataset", "access")]
)
def test_a_draft_of_the_six_steps_is_still_read(position: str, stands: str) -> None:
    old: dict[str, object] = {
        "schema": 1,
        "position": position,
        "needs": {"input_type": "Images", "object_level": False, "thumbnails": True},
        "uri": URI,
        "region": None,
        "region_found": "eu-central-1",
        "endpoint_url": None,
        "access_key_id": KEY_ID,
        "name": "farm-animals",
        "reuse_id": None,
    }
    state = from_draft(old)
    assert state.position.step == stands
    assert plan(onward(state, "save")) == plan(at("save"))


@pytest.mark.parametrize(
    ("change", "field"), [({"keys_from": "typed"}, "keys_source"), ({"access_kind": "ambient"}, "access_kind")]
)
def test_what_no_step_offers_is_not_taken_from_a_draft(change: dict[str, object], field: str) -> None:
    assert getattr(from_draft({**to_draft(at("access")), **change}).answers, field) is None


def test_a_setup_of_an_existing_dataset_is_called_so() -> None:
    (asked,) = pending(taken(submit(at("save"), {})))
    assert isinstance(asked, Save)
    given = Given(editing=asked.plan.dataset)
    left = to_draft(from_dataset(asked.plan.dataset, {}, given))
    assert (left["editing"], left["editing_at"]) == ("farm-animals", given.platform_url)
    assert to_draft(at("save"))["editing"] is None


def test_a_setup_left_before_its_region_was_known_goes_on_at_the_bucket() -> None:
    waiting = taken(submit(at("bucket"), {"uri": URI}))
    state = from_draft({**to_draft(waiting), "position": "keys"})
    assert state.position.step == "bucket"
    assert pending(state) == ()


def test_the_command_line_stands_above_the_draft() -> None:
    draft = to_draft(at("keys", Given(endpoint_url="http://127.0.0.1:1")))
    assert from_draft(draft).answers.given.endpoint_url == "http://127.0.0.1:1"
    state = from_draft(draft, Given(endpoint_url="http://127.0.0.1:2"))
    assert state.answers.given.endpoint_url == "http://127.0.0.1:2"
    # The region was found at the other server: it is not taken for this one's.
    assert state.position.step == "bucket"


def test_a_secret_typed_as_key_id_does_not_reach_a_draft() -> None:
    raw = {"access_key_id": SECRET, "secret_access_key": KEY_ID}
    state = taken(submit(taken(submit(at("keys"), raw)), raw))
    assert SECRET not in json.dumps(to_draft(state))
    assert SECRET not in json.dumps(
        to_draft(replace(state, answers=replace(state.answers, given=Given(endpoint_url="http://127.0.0.1:1"))))
    )


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"schema": 2}, "newer"),
        ({"schema": 0}, "schema"),
        ({"schema": "1"}, "schema"),
        ({"position": 3}, "position"),
        ({"needs": []}, "needs"),
        ({"needs": {"input_type": "Crops", "object_level": False, "thumbnails": False}}, "needs.input_type"),
        ({"uri": "https://example.org/"}, "uri"),
        ({"uri": 7}, "uri"),
        ({"name": {}}, "name"),
        ({"access_kind": "root"}, "access_kind"),
        ({"keys_from": "telepathy"}, "keys_from"),
        ({"output": []}, "output"),
        ({"output": {"uri": "https://example.org/"}}, "uri"),
        ({"output": {"secret_access_key": "x"}}, "output"),
        ({"limits": {"restricted": 1}}, "limits.restricted"),
    ],
)
def test_a_broken_draft_says_where(change: dict[str, object], word: str) -> None:
    with pytest.raises(DraftError, match=word):
        from_draft({**to_draft(at("keys")), **change})


@given(
    st.dictionaries(
        st.sampled_from(
            ["schema", "position", "needs", "uri", "name", "output", "limits", "keys_from", "keys_name", "x"]
        ),
        st.none() | st.integers() | st.text() | st.booleans() | st.lists(st.integers()),
    )
)
def test_no_draft_crashes(draft: dict[str, object]) -> None:
    with contextlib.suppress(DraftError):
        view(from_draft(draft))


def test_an_unknown_position_starts_where_the_first_answer_is_missing() -> None:
    assert from_draft({**to_draft(start()), "position": "nowhere"}).position.step == "needs"
