"""What is handed to an administrator, in the plain setup: listed, shown, saved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from guide_walk import (
    DELEGATED,
    EXTERNAL_ID,
    HAND_IT,
    KEY_ID,
    OUTPUT_KEY_ID,
    OUTPUT_ROLE_ARN,
    OUTPUT_SECRET,
    OWN_OUTPUT,
    ROLE_ARN,
    SECRET,
    at,
)
from plain_walk import END, walk

from core.access import DelegatedAccess, Secret, UserAccess
from core.dataset import Purpose
from core.guide.fields import Raw
from core.guide.hand_over import handoff
from core.guide.state import Given, State
from core.guide.steps.credentials import access_of
from core.provision.handoff import EXTERNAL_ID_FILE
from tui.handoff_files import save_pack
from tui.plain.handing import handed


@pytest.fixture
def waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    """A setup with a role that waits for the administrator."""
    monkeypatch.chdir(tmp_path)
    return at("role", Given(external_id=Secret(EXTERNAL_ID)), access={"access": "delegated", "maker": "hand-over"})


def said(state: State, line: str) -> str:
    lines = handed(state, line)
    assert lines is not None
    return "\n".join(lines)


def test_files_lists_each_with_what_it_is(waiting: State) -> None:
    lines = said(waiting, " Files ")
    assert "  1 message-to-the-administrator.txt  - the message: it says the rest" in lines
    assert "lightly-aws-cli.sh" in lines
    assert EXTERNAL_ID not in lines


def test_show_prints_the_file_of_that_number(waiting: State) -> None:
    assert said(waiting, "show 1").startswith("message-to-the-administrator.txt:\nSubject:")
    assert EXTERNAL_ID not in said(waiting, "show 1")


def test_a_number_that_is_none_of_the_files_is_said(waiting: State) -> None:
    assert said(waiting, "show 99").startswith("Type show and a number from 1 to ")


def test_the_external_id_is_shown_where_its_own_file_is_asked_for(waiting: State) -> None:
    number = sum(line.startswith("  ") for line in said(waiting, "files").splitlines())
    assert EXTERNAL_ID in said(waiting, f"show {number}")


def test_save_makes_a_new_folder_without_the_external_id(waiting: State, tmp_path: Path) -> None:
    assert said(waiting, "save").endswith(f" files in {tmp_path}/bucketlight-handoff-farm-animals.")
    folder = tmp_path / "bucketlight-handoff-farm-animals"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert not any(EXTERNAL_ID in path.read_text() for path in folder.iterdir())


def test_plain_save_writes_the_external_id_nowhere_and_the_rest_wherever_it_is_asked_for(
    waiting: State, tmp_path: Path
) -> None:
    for line in ("save", "save .", "save new", "SAVE new"):
        said(waiting, line)
    saved = [path for path in tmp_path.rglob("*") if path.is_file()]
    without = set(handoff(waiting))
    assert {path.name for path in saved} == without == set(handoff(waiting, external_id=True)) - {EXTERNAL_ID_FILE}
    assert len(saved) == 4 * len(without)
    assert not any(EXTERNAL_ID in path.read_text() for path in saved)


def test_save_never_replaces_what_is_there(waiting: State, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "lightly-console.txt").write_text("mine")
    assert f"files in {tmp_path}/mine/bucketlight-handoff-farm-animals." in said(waiting, "save mine")
    assert f"files in {tmp_path}/mine/bucketlight-handoff-farm-animals-2." in said(waiting, "save mine/")
    assert f"files in {tmp_path}/new." in said(waiting, "save new")
    assert f"files in {tmp_path}/new/bucketlight-handoff-farm-animals." in said(waiting, "save new")
    assert (tmp_path / "mine" / "lightly-console.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("line", "where"), [("save .", "."), ("save ./", "."), ("save ..", ".."), ("save missing/..", "."), ("save", ".")]
)
def test_in_a_folder_that_is_there_the_pack_gets_one_of_its_own(
    line: str, where: str, waiting: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert " files in /" in said(waiting, line)
    assert (here / where / "bucketlight-handoff-farm-animals" / "lightly-console.txt").is_file()


@pytest.mark.parametrize("line", ["save ~no-such-user/x", "save a\0b", f"save {'x' * 300}", "save /proc/x"])
def test_what_can_be_no_folder_is_said(line: str, waiting: State) -> None:
    text = said(waiting, line)
    assert "can be made here" in text or "cannot be made here" in text
    assert text.endswith(".")


def test_a_folder_that_cannot_be_made_is_said(waiting: State, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be made here" in said(waiting, "save file/below")


def test_elsewhere_such_a_line_is_an_answer() -> None:
    state = at("keys")
    assert handed(state, "files") is None
    assert handed(state, "save") is None


@pytest.mark.parametrize("line", ["show", "shows 1", "file", "saved", "", "arn:aws:iam::111122223333:role/save"])
def test_what_is_no_such_word_is_an_answer(waiting: State, line: str) -> None:
    assert handed(waiting, line) is None


def test_where_a_user_is_to_be_made_there_is_no_external_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    state = at("keys", access=HAND_IT)
    assert "apart" not in said(state, "files")


def test_where_the_external_id_is_lost_it_is_said_what_to_do(waiting: State) -> None:
    given = replace(waiting.answers.given, external_id=None)
    lost = replace(waiting, answers=replace(waiting.answers, given=given))
    assert "external ID" in said(lost, "files")


def test_the_outputs_own_user_is_handed_over_too_and_both_keys_are_asked_for(tmp_path: Path) -> None:
    csv = ["Access key ID,Secret access key", f"{OUTPUT_KEY_ID},{OUTPUT_SECRET}"]
    answers = {
        "Number": ["2", "3", ""],
        "S3 URI of the output": OWN_OUTPUT["output_uri"],
        "Input: key ID": KEY_ID,
        "Input: secret key": SECRET,
        "Output: key ID": ["files", "paste"],
        "Lightly token": END,
        "": [*csv, ""],
    }
    walked = walk(tmp_path, answers, state=at("output", access=HAND_IT), secrets=(SECRET, OUTPUT_SECRET))
    assert walked.step == "dataset"
    assert "Its own, handed over too" in walked.output
    assert "lightly-output-aws-cli.sh" in walked.output
    state = walked.session.state
    assert access_of(state, Purpose.INPUT) == UserAccess(KEY_ID, Secret(SECRET))
    assert access_of(state, Purpose.LIGHTLY) == UserAccess(OUTPUT_KEY_ID, Secret(OUTPUT_SECRET))


def test_the_outputs_own_role_is_asked_for_too(tmp_path: Path) -> None:
    given = Given(external_id=Secret(EXTERNAL_ID))
    access: Raw = {**DELEGATED, "maker": "hand-over"}
    answers = {
        "Number": ["2", "3", ""],
        "S3 URI of the output": OWN_OUTPUT["output_uri"],
        "Output: role ARN": f'output_role_arn = "{OUTPUT_ROLE_ARN}"',
        "Input: role ARN": f'"{ROLE_ARN}"',
        "Lightly token": END,
    }
    walked = walk(tmp_path, answers, state=at("output", given, access=access), secrets=(EXTERNAL_ID,))
    assert walked.step == "dataset"
    state = walked.session.state
    assert access_of(state, Purpose.INPUT) == DelegatedAccess(ROLE_ARN, Secret(EXTERNAL_ID))
    assert access_of(state, Purpose.LIGHTLY) == DelegatedAccess(OUTPUT_ROLE_ARN, Secret(EXTERNAL_ID))


@pytest.mark.parametrize("line", ["save .", "save ~no-such-user/x"])
def test_the_setup_goes_on_after_a_folder_that_is_there_or_cannot_be(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = Given(external_id=Secret(EXTERNAL_ID))
    state = at("role", given, access={**DELEGATED, "maker": "hand-over"})
    walked = walk(tmp_path / "home", {"Role ARN": [line, END]}, state=state, secrets=(EXTERNAL_ID,))
    assert walked.ended
    assert walked.step == "role"
    assert (" files in /" if line == "save ." else "is no folder that can be made here") in walked.output


def test_the_external_id_is_saved_beside_the_folder_and_never_in_it(waiting: State, tmp_path: Path) -> None:
    files = handoff(waiting, external_id=True)
    saved = save_pack(files, "farm-animals")
    folder, apart = tmp_path / "bucketlight-handoff-farm-animals", tmp_path / "bucketlight-external-id-farm-animals.txt"
    assert saved == ((f"{len(files) - 1} files in {folder}", f"External ID apart: {apart}"), True)
    assert EXTERNAL_ID_FILE not in {path.name for path in folder.iterdir()}
    assert apart.read_text() == files[EXTERNAL_ID_FILE]
    assert apart.stat().st_mode & 0o777 == 0o600


def test_the_external_id_has_the_number_of_its_folder_and_replaces_none(waiting: State, tmp_path: Path) -> None:
    (tmp_path / "bucketlight-external-id-farm-animals.txt").write_text("mine")
    saved = save_pack(handoff(waiting, external_id=True), "farm-animals")
    assert saved.lines[0].endswith("bucketlight-handoff-farm-animals-2")
    assert saved.lines[1].endswith("bucketlight-external-id-farm-animals-2.txt")
    assert (tmp_path / "bucketlight-external-id-farm-animals.txt").read_text() == "mine"


def test_what_cannot_be_saved_is_said_to_be_not_whole(waiting: State, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not save_pack(handoff(waiting), "farm-animals", "file/below").is_whole
