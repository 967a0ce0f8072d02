"""Drafts: they bring a setup back, without a secret, and a broken one is said."""

from __future__ import annotations

import base64
import contextlib
import json
from dataclasses import replace
from urllib.parse import quote

import pytest
from guide_walk import KEY_ID, KEYS, SECRET, TOKEN, URI, at, settle, taken
from hypothesis import given, settings
from hypothesis import strategies as st

from core.access import Secret, UserAccess
from core.guide.drafts import DraftError, from_draft, to_draft
from core.guide.facts import Facts, RegionFound
from core.guide.flow import pending, start, submit, view
from core.guide.requests import FindRegion
from core.guide.state import Answers, Given, Position, State
from core.guide.steps import STEPS
from core.location import S3Location
from core.needs import InputType, Needs

CANARY = "canary/SECRET+0123456789abcdefghijklmnopq"


def locations() -> st.SearchStrategy[S3Location]:
    prefixes = st.lists(st.text(min_size=1, max_size=8).filter(lambda text: "/" not in text), max_size=3)
    buckets = st.sampled_from(["datalake", "my.lake", "My_Lake"])

    def location(bucket: str, parts: list[str]) -> S3Location:
        return S3Location(bucket, "".join(f"{part}/" for part in parts))

    encodable = prefixes.filter(lambda parts: "".join(parts).isprintable() and "".join(parts).isascii())
    return st.builds(location, buckets, encodable)


@st.composite
def states(draw: st.DrawFn) -> State:
    answers = Answers(
        given=Given(endpoint_url=draw(st.sampled_from([None, "http://127.0.0.1:9000"])), token=Secret(CANARY)),
        needs=draw(st.none() | st.builds(Needs, st.sampled_from(InputType), st.booleans(), st.booleans())),
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
        name=draw(st.none() | st.text(max_size=20)),
        token=draw(st.sampled_from([None, Secret(CANARY)])),
        reuse_id=draw(st.sampled_from([None, "0" * 24])),
    )
    facts = Facts()
    if answers.location and draw(st.booleans()):
        facts = facts.adding(FindRegion(answers.location, answers.given.endpoint_url), RegionFound("us-west-2", True))
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
    state = settle(taken(submit(state, KEYS)))
    state = settle(taken(submit(state, {"name": "farm-animals", "token": TOKEN})))
    assert state.position.step == "save"


def test_a_setup_goes_on_where_it_was_left() -> None:
    for step in ("needs", "bucket", "keys"):
        assert from_draft(to_draft(at(step))).position.step == step


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
    ],
)
def test_a_broken_draft_says_where(change: dict[str, object], word: str) -> None:
    with pytest.raises(DraftError, match=word):
        from_draft({**to_draft(at("keys")), **change})


@given(
    st.dictionaries(
        st.sampled_from(["schema", "position", "needs", "uri", "name", "x"]),
        st.none() | st.integers() | st.text() | st.booleans() | st.lists(st.integers()),
    )
)
def test_no_draft_crashes(draft: dict[str, object]) -> None:
    with contextlib.suppress(DraftError):
        view(from_draft(draft))


def test_an_unknown_position_starts_where_the_first_answer_is_missing() -> None:
    assert from_draft({**to_draft(start()), "position": "access"}).position.step == "needs"
