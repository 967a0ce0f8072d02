"""The core advises without options, and the commands say which there are: each hint belongs to a cause of the core."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import core
from core.aws.granting import WishError
from core.provision.plan_values import Note
from core.provision.refusals import Refusal
from core.provision.rotation.plan import RotationRefusedError
from tui.commands.hints import _OPTIONS, error_text, note_hints, refusal_text

SOURCES = "\n".join(path.read_text() for path in Path(core.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("cause", _OPTIONS)
def test_every_cause_with_a_hint_is_one_of_the_core(cause: str) -> None:
    assert f'"{cause}"' in SOURCES


@pytest.mark.parametrize("hint", _OPTIONS.values())
def test_a_hint_is_a_sentence_that_names_an_option(hint: str) -> None:
    assert hint[0].isupper()
    assert hint.endswith(".")
    assert "--" in hint


def test_the_option_stands_after_what_the_core_says() -> None:
    taken = Refusal(cause="name-exists", sentence="The user x is there.", fix="Choose another name.")
    assert refusal_text(taken) == "The user x is there. Choose another name. Use --name, or --adopt."
    other = Refusal(cause="throttled", sentence="AWS is busy.", fix="Try again.")
    assert refusal_text(other) == "AWS is busy. Try again."
    assert error_text(RotationRefusedError("Wait a day.", cause="settles")).startswith("Wait a day. Or delete it now")
    assert error_text(WishError("output-is-input", "It is the same.")) == "It is the same. Leave --output-uri out."
    assert error_text(ValueError("Something else.")) == "Something else."


def test_an_option_for_what_a_plan_notes_stands_below_it() -> None:
    notes = (Note(cause="goes-on", sentence="It goes on."), Note(cause="deleted-later", sentence="It is deleted."))
    assert list(note_hints(notes)) == ["Use --finish for that."]


def test_the_core_names_no_option_of_a_command_for_a_rotation() -> None:
    folder = Path(core.__file__).parent / "provision"
    for path in (folder / "rotation" / "plan.py", folder / "rotation" / "look.py"):
        assert not re.search(r"--[a-z]", path.read_text(encoding="utf-8")), path.name
