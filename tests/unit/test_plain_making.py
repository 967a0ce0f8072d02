"""Making it line by line, and without a person: nothing is made before the account was typed."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from guide_walk import ACCOUNT, DATASET_ID, MADE_SECRET, PROFILE, SECRET, TOKEN, URI, World, report
from plain_walk import END, GOOD, made_up_engine, walk

from core.access import Secret
from core.guide import flow
from core.guide.facts import AwsStopped, TokenTried, TokenVerdict
from core.lights.events import CheckFinished, Event
from core.lights.states import State as LightState
from tui.plain.console import Console
from tui.plain.session import Session
from tui.plain.unattended import Answered, StoppedError, answer_all

GROUPS: dict[str, Mapping[str, str | bool]] = {
    "needs": {"thumbnails": True},
    "bucket": {"uri": URI},
    "access": {"access": "user", "maker": "make"},
    "make": {"administrator_profile": PROFILE, "account": ACCOUNT},
    "dataset": {"name": "farm-animals"},
}


def unattended(folder: Path, world: World, groups: Mapping[str, Mapping[str, str | bool]] = GROUPS) -> str:
    """Run without a person; what it said, and nothing of it a secret."""
    output = io.StringIO()
    engine = made_up_engine(folder, world)
    session = Session(Console(io.StringIO(), output), engine, flow.start(engine.given()), keeps=False)
    try:
        answer_all(session, Answered(groups=groups, secrets={"dataset": {"token": Secret(TOKEN)}}))
        assert flow.finished(session.state)
    finally:
        session.close()
        assert not [secret for secret in (SECRET, MADE_SECRET, TOKEN) if secret in output.getvalue()]
    return output.getvalue()


def test_without_a_person_the_plan_is_said_and_made_and_saved(tmp_path: Path) -> None:
    world = World()
    said = unattended(tmp_path, world).splitlines()
    assert world.calls.count("make_aws") == 1
    assert [dataset.name for dataset in world.written] == ["farm-animals"]
    assert said.index("  1. Make Lightly-S3-farm-animals") < said.index("  Made Lightly-S3-farm-animals")
    assert "Write works" in said


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        ({"administrator_profile": PROFILE}, "make.account: Type the account ID to agree to the plan."),
        ({"administrator_profile": PROFILE, "account": "999999999999"}, "make.account: This is not the account"),
    ],
)
def test_without_the_right_account_nothing_is_made(tmp_path: Path, make: dict[str, str | bool], sentence: str) -> None:
    world = World()
    with pytest.raises(StoppedError) as stopped:
        unattended(tmp_path, world, {**GROUPS, "make": make})
    assert sentence in str(stopped.value)
    assert stopped.value.code == 2
    assert "make_aws" not in world.calls
    assert not world.written


def test_without_a_person_a_path_and_a_boundary_are_demanded_or_refused(tmp_path: Path) -> None:
    world, boundary = World(), f"arn:aws:iam::{ACCOUNT}:policy/edge"
    demands = {**GROUPS["make"], "demanded": True, "iam_path": "/service-users/", "boundary_arn": boundary}
    unattended(tmp_path, world, {**GROUPS, "make": demands})
    assert world.calls.count("make_aws") == 1
    with pytest.raises(StoppedError, match=r"make\.boundary_arn: A permissions boundary is named by the ARN"):
        unattended(tmp_path, World(), {**GROUPS, "make": {**demands, "boundary_arn": "edge"}})
    with pytest.raises(StoppedError, match=r"make\.iam_path: This is not asked with the other answers"):
        unattended(tmp_path, World(), {**GROUPS, "make": {**GROUPS["make"], "iam_path": "/service-users/"}})


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        ({"keys": {"way": "typed"}}, "keys: this step is not asked with the other answers."),
        ({"next": {"worker": "ab"}}, "next.worker: "),
        ({"dataset": {"name": "x"}}, "dataset.name: "),
        ({"dataset": {"name": "taken"}}, "dataset.name: Lightly has a dataset named taken already"),
    ],
)
def test_what_would_stop_it_later_is_found_before_anything_is_made(
    tmp_path: Path, groups: dict[str, Mapping[str, str | bool]], sentence: str
) -> None:
    world = World(datasets={"taken": DATASET_ID})
    with pytest.raises(StoppedError) as stopped:
        unattended(tmp_path, world, {**GROUPS, **groups})
    assert str(stopped.value).startswith(sentence)
    assert stopped.value.code == 2
    assert "make_aws" not in world.calls


def test_a_refused_token_is_found_before_anything_is_made(tmp_path: Path) -> None:
    class Refusing(World):
        def try_token(self, platform_url: str, token: Secret) -> TokenTried:
            return TokenTried(TokenVerdict.REFUSED)

    world = Refusing()
    with pytest.raises(StoppedError, match="Lightly refuses this token") as stopped:
        unattended(tmp_path, world)
    assert stopped.value.code == 2
    assert "make_aws" not in world.calls


def test_what_stops_it_after_it_was_made_says_what_there_is(tmp_path: Path) -> None:
    world = World(failing={"create"})
    with pytest.raises(StoppedError) as stopped:
        unattended(tmp_path, world)
    assert stopped.value.code == 1
    assert str(stopped.value).endswith(
        "In AWS there is now, and the same command goes on with it:\n  Made Lightly-S3-farm-animals"
    )


def test_making_that_stopped_half_way_is_no_wrong_usage(tmp_path: Path) -> None:
    world = World(on_make=lambda _: AwsStopped("AWS refused it.", "Make the user."))
    with pytest.raises(StoppedError, match=r"Done last: Make the user\.") as stopped:
        unattended(tmp_path, world)
    assert stopped.value.code == 1


def test_line_by_line_each_step_in_aws_is_said(tmp_path: Path) -> None:
    world = World()
    answers = {
        **GOOD,
        "Number": ["", "", "make", "", "", ""],
        "AWS profile": PROFILE,
        f"Type {ACCOUNT} to agree:": ["999999999999", "", ACCOUNT],
    }
    walked = walk(tmp_path, answers, effects=world, secrets=(MADE_SECRET, TOKEN))
    assert flow.finished(walked.session.state), walked.output
    assert world.calls.count("make_aws") == 1
    assert "1 of 1: Make Lightly-S3-farm-animals …" in walked.lines
    assert sum("This is not the account of the plan" in line for line in walked.lines) == 1
    assert "Type the account ID to agree to the plan." in walked.lines
    assert "Which network" not in walked.output
    assert "Write works" in walked.lines


def test_of_a_role_just_made_one_line_says_that_lightly_tries_it(tmp_path: Path) -> None:
    def only_lightly(on_event: Callable[[Event], None]) -> None:
        lights = tuple(
            replace(light, state=LightState.UNKNOWN, cause="only-lightly-can-assume", fix="Let Lightly test it.")
            if light.required
            else light
            for light in report().lights
        )
        on_event(CheckFinished(1, replace(report(), lights=lights)))

    world = World(on_check=only_lightly)
    answers = {
        **GOOD,
        "Number": ["", "delegated", "make", ""],
        "AWS profile": PROFILE,
        f"Type {ACCOUNT} to agree:": [ACCOUNT],
        "Lightly token": END,
    }
    walked = walk(tmp_path, answers, effects=world, secrets=(MADE_SECRET, TOKEN))
    assert world.calls.count("make_aws") == 1, walked.output
    assert [line for line in walked.lines if "Lightly tries them" in line] == [
        "List, Read, Write: Lightly tries them when you save."
    ]
    assert "Let Lightly test it." not in walked.output
    assert "as it should be" not in walked.output


def test_a_network_is_asked_for_only_where_access_is_limited_to_one(tmp_path: Path) -> None:
    answers = {**GOOD, "Number": ["", "", "make", ""], "Only from my network": "y", "Which network": END}
    walked = walk(tmp_path, answers, effects=World(), secrets=(MADE_SECRET, TOKEN))
    assert walked.step == "limits"
    assert "Which network" in walked.output
