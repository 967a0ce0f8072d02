"""What a setup that was left says of itself: what may be in AWS by it, and whether keys are asked for again."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from guide_walk import AGREED, DELEGATED, EXTERNAL_ID, HAND_IT, MAKE, MAKE_IT, URI, at, settle, taken
from plain_walk import END, Person, made_up_engine

import tui.plain.run
from core.access import Secret
from core.guide.fields import Raw
from core.guide.flow import submit
from core.guide.state import Given, State
from tui.plain.run import run_plain
from tui.setup_left import LeftSetup, left_setups

NAME = "Lightly-S3-farm-animals"


def left(folder: Path, state: State) -> LeftSetup:
    """Leave a setup, and find it again."""
    engine = made_up_engine(folder)
    engine.keep_draft(state)
    (found,) = left_setups(engine)
    return found


def planned(access: Raw) -> State:
    given = Given(external_id=Secret(EXTERNAL_ID))
    return settle(taken(submit(at("make", given, access=access), MAKE)))


@pytest.mark.parametrize("access", [MAKE_IT, {**DELEGATED, "maker": "make"}], ids=["user", "role"])
def test_a_plan_that_was_agreed_to_is_named_with_what_starting_anew_leaves(tmp_path: Path, access: Raw) -> None:
    found = left(tmp_path, taken(submit(planned(access), AGREED)))
    assert found.sentence.endswith(f"was left before it was done. {NAME} was being made in AWS, or is made.")
    assert found.otherwise == f"Start anew; {NAME} stays, until bucketlight undo takes it back"


@pytest.mark.parametrize(
    "state", [at("make", access=MAKE_IT), planned(MAKE_IT), at("dataset")], ids=["asked", "planned", "keys"]
)
def test_before_a_plan_was_agreed_to_nothing_is_in_aws(tmp_path: Path, state: State) -> None:
    found = left(tmp_path, state)
    assert "AWS" not in found.sentence
    assert found.otherwise == "Start anew; this one is forgotten"


def test_a_setup_that_has_made_something_still_names_it(tmp_path: Path) -> None:
    found = left(tmp_path, at("dataset", access=MAKE_IT))
    assert f"{NAME} was being made in AWS, or is made." in found.sentence


@pytest.mark.parametrize(
    ("state", "again"),
    [
        (at("dataset"), True),
        (at("dataset", access=MAKE_IT), False),
        (at("dataset", access=DELEGATED), False),
        (at("keys", access=HAND_IT), False),
    ],
    ids=["typed", "made", "role", "handed over"],
)
def test_keys_are_asked_for_again_only_where_keys_were_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: State, again: bool
) -> None:
    assert left(tmp_path, state).asks_for_keys is again
    output = io.StringIO()
    person = Person(output, {"Go on": "leave", "": END})
    monkeypatch.setattr(tui.plain.run, "_keep_memory_private", lambda: None)
    monkeypatch.setattr(tui.plain.run, "build_engine", lambda _: made_up_engine(tmp_path))
    monkeypatch.setattr("sys.stdin", person)
    monkeypatch.setattr("sys.stdout", output)
    assert run_plain(made_up_engine(tmp_path).setting) == 0
    (question,) = person.asked
    assert ("Keys are entered again." in question) is again


def test_a_setup_without_a_name_is_known_by_its_folder(tmp_path: Path) -> None:
    assert left(tmp_path, at("access")).sentence == f"The setup of {URI} was left before it was done."
