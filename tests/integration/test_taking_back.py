"""What a stopped run has made is offered to be taken back; where the journal cannot be read, a sentence says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sandbox_fixtures
from provision_stage import Front, Stage, wanted

from core.aws.session import Clients
from core.provision.plan import AwsPlan
from core.provision.refusals import Stopped
from core.sandbox.sandbox import Sandbox
from tui.commands.taking_back import Means, TakenBack, offer_to_take_back

box = sandbox_fixtures.box
front = sandbox_fixtures.front


def stopped(front: Front, box: Sandbox, folder: Path, dataset: str) -> tuple[Stage, Means, AwsPlan, Stopped]:
    """Make a user whose key AWS refuses."""
    stage = Stage.at(box, folder / "home", url=front.url)
    front.refuse("CreateAccessKey", 403, "AccessDenied", "User: a is not authorized to perform: x:y", times=1)
    plan = stage.planned(wanted(box, dataset))
    outcome = stage.apply(plan)
    assert isinstance(outcome, Stopped)
    return stage, Means(stage.admin, stage.secrets, stage.journal, Clients(may_change=True)), plan, outcome


def test_unattended_it_is_taken_back(
    front: Front, box: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage, means, plan, outcome = stopped(front, box, tmp_path, "taken back")
    back = offer_to_take_back(plan, outcome, means, attended=False)
    assert back.done[-1] == "Delete the user Lightly-S3-taken-back."
    assert not back.interrupted
    assert "To take it back:" in capsys.readouterr().err
    assert stage.unfinished() == 0


def test_a_journal_that_cannot_be_read_is_a_sentence_and_nothing_is_taken_back(
    front: Front, box: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage, means, plan, outcome = stopped(front, box, tmp_path, "unreadable")
    (file,) = (stage.home.state / "provisioning").glob("*.json")
    file.write_text("{")
    assert offer_to_take_back(plan, outcome, means, attended=False) == TakenBack()
    said = capsys.readouterr().err
    assert f"bucketlight: {file} cannot be read. Look in IAM" in said
    assert "Lightly-S3-unreadable" in stage.users()


def test_what_may_work_later_as_it_is_stays_where_nobody_is_asked(front: Front, box: Sandbox, tmp_path: Path) -> None:
    stage, means, plan, outcome = stopped(front, box, tmp_path, "later")
    again = replace(outcome, refusal=replace(outcome.refusal, again=True))
    assert offer_to_take_back(plan, again, means, attended=False) == TakenBack()
    assert "Lightly-S3-later" in stage.users()
