"""How a rotation ended is said in the same words on the screen and by the command; what to do next, in their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.access import mask_key_id
from core.dataset import Purpose
from core.provision.rotation.administrator import LeftError
from core.provision.rotation.ended import ended, ended_lines, forgotten
from core.provision.rotation.outcome import Outcome, Rotated, Stopped, WentBack
from core.provision.rotation.plan import RotatePlan
from core.provision.rotation.record import Goal, Owner, Place, Record, Used
from core.provision.rotation.words import went_back
from tui.aws_rotation import _ended
from tui.commands.rotate_run import _how_to_go_on

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
OLD, NEW = "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"
RECORD = Record(
    owner=Owner("111122223333", "lightly"),
    old_key=OLD,
    known=(OLD,),
    places=(Place(platform_url="https://api.lightly.ai", name="farm", used=(Used(Purpose.INPUT_OUTPUT),)),),
    began_at=NOW,
    new_key=NEW,
)
RESTS = replace(RECORD, rests_since=NOW)
OUTCOMES: dict[str, tuple[Outcome, Goal, str, bool]] = {
    "rests": (Rotated(RESTS, deleted=False), Goal.REST, "rotated", True),
    "is deleted": (Rotated(RESTS, deleted=True), Goal.DELETED, "deleted", True),
    "went back, as asked": (WentBack(RECORD, "You asked for it."), Goal.BACK, "went-back", True),
    "went back by itself": (WentBack(RECORD, "Lightly refused it."), Goal.REST, "went-back", False),
    "stopped": (Stopped(RECORD, "It was interrupted.", "Nothing was changed."), Goal.REST, "stopped", False),
}


def plan(goal: Goal) -> RotatePlan:
    return RotatePlan(
        dataset="farm",
        goal=goal,
        record=RECORD,
        goes_on=False,
        account_alias=None,
        caller_arn="arn:aws:iam::111122223333:user/admin",
        partition="aws",
    )


@pytest.mark.parametrize(("outcome", "goal", "state", "well"), OUTCOMES.values(), ids=OUTCOMES)
def test_the_screen_and_the_command_have_one_source_of_words(
    outcome: Outcome, goal: Goal, state: str, well: bool
) -> None:
    ending = ended(outcome, goal)
    assert (ending.state, ending.well, ending.lines) == (state, well, ended_lines(outcome))
    shown = _ended(outcome, plan(goal))
    assert (shown.headline, shown.well) == (ending.headline, ending.well)
    assert shown.lines[: len(ending.lines)] == ending.lines
    more, commands = shown.lines[len(ending.lines) :], _how_to_go_on(outcome, "bucketlight rotate farm")
    assert bool(more) is bool(commands)
    assert not any("--" in line for line in (*ending.lines, *more))


def test_whoever_stopped_it_is_told_which_key_is_used_and_how_it_goes_on() -> None:
    shown = _ended(Stopped(RECORD, str(LeftError()), "Both keys are active."), plan(Goal.REST))
    assert (shown.headline, shown.lines) == ("Stopped.", ("Both keys are active.", "k goes on."))


def test_what_there_is_now_is_said_and_no_whole_key() -> None:
    old, new = mask_key_id(OLD), mask_key_id(NEW)
    assert ended_lines(Rotated(RESTS, deleted=False)) == (
        f"Everything uses the new key {new}.",
        f"The old key {old} is deactivated since 2026-11-22 10:00 UTC.",
    )
    assert ended_lines(Rotated(RESTS, deleted=True))[1] == f"The old key {old} is deleted."
    assert ended_lines(WentBack(RECORD, "You asked for it.")) == ("You asked for it.", went_back(RECORD))


def test_a_dataset_whose_user_is_gone_is_not_well_for_anybody() -> None:
    ending = forgotten(RECORD)
    assert (ending.state, ending.well) == ("forgotten", False)
    assert "Give the dataset another key." in ending.lines[0]


def test_the_command_names_what_may_follow() -> None:
    command = "bucketlight rotate farm"
    finish, back = _how_to_go_on(Rotated(RESTS, deleted=False), command)
    assert finish.endswith(f"{command} --finish")
    assert back.endswith(f"{command} --back")
    (on,) = _how_to_go_on(Stopped(RECORD, "a", "b"), command)
    assert on == f"The same command goes on: {command}"
