"""The setup line by line: the same guide as on the screen, a question for each field, words at each question."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from guide_walk import (
    DATASET_ID,
    EXTERNAL_ID,
    FREE,
    KEY_ID,
    ROLE_ARN,
    SECRET,
    TOKEN,
    URI,
    World,
    at,
    report,
)
from plain_walk import END, GOOD, made_up_engine, walk

from core.access import Secret
from core.dataset import Dataset
from core.guide import flow
from core.guide.facts import NameLookedUp, RegionFound, TokenTried, TokenVerdict
from core.guide.state import Given
from core.lights.events import CheckFinished, Event, LightChanged
from core.lights.states import CheckReport, Evidence, Light
from core.lights.states import State as LightState
from core.location import S3Location
from core.needs import Operation
from tui.plain.asking import Left

WRITE_FAILS = Light(
    operation=Operation.WRITE,
    state=LightState.RED,
    required=True,
    cause="denied-identity-policy",
    summary="Write fails: the policy of user lightly does not allow it.",
    fix="Add this statement to that user's policy.",
    paste='{"Sid": "WritePrefix"}',
    evidence=Evidence(call="PutObject", how="a dry run: nothing was stored", status=403, code="AccessDenied"),
)


def finding(*lights: Light) -> Callable[[Callable[[Event], None]], None]:
    """Let a check find these lights, and green ones else."""
    found = {light.operation: light for light in lights}
    all_lights = tuple(found.get(light.operation, light) for light in report().lights)

    def check(on_event: Callable[[Event], None]) -> None:
        for light in all_lights:
            on_event(LightChanged(1, light))
        on_event(CheckFinished(1, CheckReport(run_id=1, lights=all_lights, region="eu-central-1")))

    return check


def test_the_walk_ends_with_the_dataset_saved_and_its_lights_said(tmp_path: Path) -> None:
    world = World()
    walked = walk(tmp_path, effects=world)
    assert flow.finished(walked.session.state)
    assert [dataset.name for dataset in world.written] == ["farm-animals"]
    for line in ("Step 1 of 8: Needs", "Step 3 of 9: Access", "List works", "Read works", "Write works"):
        assert line in walked.lines
    assert any(line.startswith("Done: Create the dataset farm-animals") for line in walked.lines)
    assert made_up_engine(tmp_path).draft().draft is None


def test_the_same_answers_make_the_same_plan_as_through_the_guide_itself(tmp_path: Path) -> None:
    walked = walk(tmp_path, {**GOOD, "Type save": END})
    assert walked.step == "save"
    assert flow.plan(walked.session.state) == flow.plan(at("save", walked.session.state.answers.given))


def test_the_same_answers_with_a_role_make_the_same_plan(tmp_path: Path) -> None:
    role = {"Number": ["", "Delegated access", ""], "Role ARN": ROLE_ARN, "External ID": EXTERNAL_ID}
    walked = walk(tmp_path, {**GOOD, **role, "Type save": END}, secrets=(EXTERNAL_ID, TOKEN))
    assert walked.step == "save", walked.output
    given = walked.session.state.answers.given
    assert flow.plan(walked.session.state) == flow.plan(at("save", given, access={"access": "delegated"}))


def test_the_same_answers_with_another_output_make_the_same_plan(tmp_path: Path) -> None:
    output = {"Number": ["", "", "", "", "elsewhere", ""], "S3 URI of the output": "s3://results/farm/"}
    walked = walk(tmp_path, {**output, **GOOD, "Type save": END})
    assert walked.step == "save", walked.output
    given, raw = walked.session.state.answers.given, {"where": "elsewhere", "output_uri": "s3://results/farm/"}
    assert flow.plan(walked.session.state) == flow.plan(at("save", given, output=raw))
    assert {"Input: List works", "Output: Write works"} <= set(walked.lines)


def test_what_takes_its_time_is_said(tmp_path: Path) -> None:
    lines = walk(tmp_path, {**GOOD, "Type save": END}).lines
    said = [
        *("Looking up the region of datalake …", "Checking List, Read, Write from this machine …"),
        *("Looking at what lies there …", "Looking for a dataset named farm-animals …"),
    ]
    assert [line for line in lines if line in said] == said


def test_lines_are_only_appended(tmp_path: Path) -> None:
    text = walk(tmp_path).output
    assert not {"\r", "\x1b", "\b"} & set(text)
    assert all(each.isprintable() or each == "\n" for each in text)


def test_with_ascii_only_ascii_is_written(tmp_path: Path) -> None:
    assert walk(tmp_path, ascii_only=True).output.isascii()
    assert not walk(tmp_path / "other").output.isascii(), "else this proves nothing"


def test_a_light_that_is_not_green_is_said_with_its_sentence_and_its_fix(tmp_path: Path) -> None:
    world = World()
    world.on_check = finding(WRITE_FAILS)
    lines = walk(tmp_path, {**GOOD, "Number [1]": ["", "", "", "", END]}, effects=world).lines
    at = lines.index("Write fails: the policy of user lightly does not allow it.")
    assert lines[at + 1 : at + 3] == ["  Fix: Add this statement to that user's policy.", '  {"Sid": "WritePrefix"}']


def test_a_fix_that_mends_several_lights_is_said_once(tmp_path: Path) -> None:
    world = World()
    read_fails = dataclasses.replace(WRITE_FAILS, operation=Operation.READ, summary="Read fails: for the same reason.")
    world.on_check = finding(read_fails, WRITE_FAILS)
    lines = walk(tmp_path, {**GOOD, "KMS key ARN": ["again", END]}, effects=world).lines
    at = lines.index("Write fails: the policy of user lightly does not allow it.")
    assert lines[at + 1] == "  Fix: as above."
    assert lines.count("  Fix: Add this statement to that user's policy.") == 2, "once for each check"


def test_a_light_is_said_once_for_each_change(tmp_path: Path) -> None:
    lines = walk(tmp_path, {**GOOD, "Type save": END}).lines
    assert lines.count("List works") == 1
    assert len([line for line in lines if line.startswith("Checking ")]) == 1


def test_why_tells_the_sentence_the_fix_what_to_paste_and_the_evidence(tmp_path: Path) -> None:
    world = World()
    world.on_check = finding(WRITE_FAILS)
    lines = walk(tmp_path, {**GOOD, "KMS key ARN": ["why", END]}, effects=world).lines
    said = lines[lines.index("Write fails: the policy of user lightly does not allow it.", 60) :]
    assert "Fix: Add this statement to that user's policy." in said
    assert '  {"Sid": "WritePrefix"}' in said
    assert "Asked: PutObject, a dry run: nothing was stored" in said
    assert "Answered: 403 AccessDenied" in said
    assert "Cause: denied-identity-policy" in said


def test_why_before_there_is_a_key_says_when_checks_start(tmp_path: Path) -> None:
    assert "Checks start when there is a key to check." in walk(tmp_path, {"Number": ["why", END]}).lines


def test_again_checks_again_and_says_what_it_found(tmp_path: Path) -> None:
    world = World()
    walked = walk(tmp_path, {**GOOD, "KMS key ARN": ["again", END]}, effects=world)
    assert walked.step == "limits"
    assert world.calls.count("start_check") == 2
    assert world.automatic == [False, False], "a person has asked for it"
    assert walked.lines.count("List works") == 2


def test_again_where_nothing_was_checked_says_so(tmp_path: Path) -> None:
    world = World()
    walked = walk(tmp_path, {"Number": ["again", END]}, effects=world)
    assert any("nothing to check again" in line for line in walked.lines)
    assert world.calls == []


def test_back_keeps_every_answer(tmp_path: Path) -> None:
    walked = walk(tmp_path, {**GOOD, "Lightly token": ["back", TOKEN], "KMS key ARN": ["", "back", END]})
    assert walked.lines.count("Step 5 of 9: Output") == 2
    assert walked.session.state.answers.location == S3Location.parse(URI)


def test_back_at_the_first_step_says_how_to_leave(tmp_path: Path) -> None:
    walked = walk(tmp_path, {"Number": ["back", END]})
    assert "This is the first step. Type leave to end here." in walked.lines


@pytest.mark.parametrize("word", ["help", "?", "HELP"])
def test_help_lists_the_words_and_how_to_give_one_as_an_answer(word: str, tmp_path: Path) -> None:
    text = walk(tmp_path, {"Number": [word, END]}).output
    for each in ("back", "again", "why", "paste", "leave", "show"):
        assert f"\n  {each}" in text
    assert r"\back" in text


def test_leave_keeps_what_was_answered(tmp_path: Path) -> None:
    with pytest.raises(Left):
        walk(tmp_path, {**GOOD, "Lightly token": "leave"})
    found = made_up_engine(tmp_path).draft().draft
    assert found is not None
    assert found.content["position"] == "dataset"
    assert SECRET not in str(found.content)


def test_a_name_that_is_a_word_takes_a_backslash(tmp_path: Path) -> None:
    walked = walk(tmp_path, {**GOOD, "Dataset name": r"\again", "Type save": END})
    assert walked.session.state.answers.name == "again"


def test_keys_are_pasted_in_any_form_and_not_asked_then(tmp_path: Path) -> None:
    answers = {**GOOD, "Access key ID": ["paste", END], "Type save": END}
    walked = walk(tmp_path, answers | pasted(f"aws_secret_access_key = {SECRET}", f"aws_access_key_id = {KEY_ID}"))
    assert walked.step == "save"
    assert "Secret access key (not shown):" not in walked.output
    assert walked.session.state.answers.access is not None
    assert walked.session.state.answers.access.secret_access_key == Secret(SECRET)


def pasted(*lines: str) -> dict[str, object]:
    """Answer what stands after `paste`: a line that is no question."""
    return {"": [*lines, ""]}


def test_a_paste_without_keys_says_so(tmp_path: Path) -> None:
    walked = walk(tmp_path, {**GOOD, "Access key ID": ["paste", END]} | pasted("some", "prose"))
    assert any(line.startswith("No key was found in that.") for line in walked.lines)


def test_what_cannot_be_taken_is_said_and_asked_again(tmp_path: Path) -> None:
    walked = walk(tmp_path, {**GOOD, "S3 URI": ["my bucket", END]})
    assert walked.step == "bucket"
    assert walked.person.asked[-1].startswith("S3 URI of the folder [as typed]")


def test_a_number_that_is_not_offered_is_asked_again(tmp_path: Path) -> None:
    walked = walk(tmp_path, {**GOOD, "Number": ["7", END]})
    assert "Type a number from 1 to 2." in walked.lines


def test_what_looks_odd_is_kept_by_an_empty_line(tmp_path: Path) -> None:
    short = "short/but/typed/on/purpose"
    walked = walk(tmp_path, {**GOOD, "Secret access key": [short, ""], "Type save": END}, secrets=(short, TOKEN))
    assert any(line.endswith("Enter once more keeps it.") for line in walked.lines)
    assert walked.step == "save"


def test_exchanged_key_and_secret_are_exchanged_by_take(tmp_path: Path) -> None:
    answers = {**GOOD, "Access key ID": [SECRET, "take"], "Secret access key": KEY_ID, "Type save": END}
    walked = walk(tmp_path, answers)
    access = walked.session.state.answers.access
    assert access is not None
    assert (access.access_key_id, access.secret_access_key) == (KEY_ID, Secret(SECRET))


def test_what_is_proposed_is_put_in_by_take(tmp_path: Path) -> None:
    walked = walk(
        tmp_path, {**GOOD, "S3 URI": ["https://datalake.s3.amazonaws.com/projects/wild/", "take"], "Type save": END}
    )
    assert any(line.startswith("Type take for: s3://datalake/projects/wild/") for line in walked.lines)
    assert walked.session.state.answers.location == S3Location.parse("s3://datalake/projects/wild/")


def test_a_region_that_is_not_found_is_asked_for(tmp_path: Path) -> None:
    class Silent(World):
        def find_region(self, location: S3Location, endpoint_url: str | None) -> RegionFound:
            self._do("find_region")
            return RegionFound(None, None, "no answer")

    world = Silent()
    walked = walk(tmp_path, {**GOOD, "Region": ["again", "eu-west-1"], "Type save": END}, effects=world)
    assert world.calls.count("find_region") == 2
    assert walked.session.state.answers.region == "eu-west-1"
    assert any("Type again to try once more" in line for line in walked.lines)
    assert walked.person.asked.count("S3 URI of the folder (such as s3://datalake/projects/farm-animals/): ") == 1


def test_a_dataset_of_that_name_can_be_used(tmp_path: Path) -> None:
    world = World(datasets={"farm-animals": DATASET_ID})
    walked = walk(tmp_path, {**GOOD, "Use the dataset that exists": "y", "Type save": END}, effects=world)
    assert walked.step == "save"
    assert walked.session.state.answers.reuse_id == DATASET_ID


def test_a_dataset_of_that_name_can_be_left_alone(tmp_path: Path) -> None:
    world = World(datasets={"farm-animals": DATASET_ID})
    answers = {**GOOD, "Use the dataset": "n", "Dataset name": ["", "take"], "Type save": END}
    walked = walk(tmp_path, answers, effects=world)
    assert walked.session.state.answers.name == "farm-animals-2"


def test_a_refused_token_is_asked_for_again_and_nothing_else_is(tmp_path: Path) -> None:
    class Strict(World):
        def try_token(self, platform_url: str, token: Secret) -> TokenTried:
            self._do("try_token")
            good = token == Secret(TOKEN)
            return TokenTried(TokenVerdict.ACCEPTED if good else TokenVerdict.REFUSED)

    walked = walk(tmp_path, {**GOOD, "Lightly token": ["wrong-token-77", TOKEN], "Type save": END}, effects=Strict())
    assert walked.step == "save"
    assert len([question for question in walked.person.asked if question.startswith("Dataset name")]) == 1
    assert "wrong-token-77" not in walked.output


def test_a_platform_that_is_not_reached_is_asked_again_with_what_was_answered(tmp_path: Path) -> None:
    class Flaky(World):
        def look_up_name(self, platform_url: str, token: Secret, name: str) -> NameLookedUp:
            self._do("look_up_name")
            return NameLookedUp(None, "Lightly cannot be reached.") if self.calls.count("look_up_name") == 1 else FREE

    walked = walk(tmp_path, {**GOOD, "Lightly token": [TOKEN, ""], "Type save": END}, effects=Flaky())
    assert walked.step == "save"
    assert any(question.startswith("Lightly token") and "[keep]" in question for question in walked.person.asked)


def test_save_needs_its_word(tmp_path: Path) -> None:
    world = World()
    walked = walk(tmp_path, {**GOOD, "Type save": ["", "", END]}, effects=world)
    assert walked.step == "save"
    assert "create" not in world.calls


def test_a_save_that_fails_says_what_was_done_and_goes_on_from_there(tmp_path: Path) -> None:
    class Mending(World):
        def write_dataset(self, dataset: Dataset) -> None:
            self.failing = {"file"} if "file" not in self.calls else set()
            super().write_dataset(dataset)

    world = Mending()
    walked = walk(tmp_path, effects=world)
    assert any("file failed. Try again. Done last:" in line for line in walked.lines)
    assert any(line.startswith("Done before: Create the dataset") for line in walked.lines)
    assert world.calls.count("create") == 1
    assert flow.finished(walked.session.state)


def test_the_external_id_is_dots_until_it_is_asked_for(tmp_path: Path) -> None:
    made = "lightly-" + "0f" * 20
    state = flow.start(Given(external_id=Secret(made)))
    role = {**GOOD, "Number": ["", "Delegated access", ""], "Role ARN": END}
    hidden = walk(tmp_path, role, state=state, secrets=(made,))
    assert hidden.step == "role"
    assert "••••••••" in hidden.output
    assert made in walk(tmp_path / "2", {**role, "Role ARN": ["show", END]}, state=state, secrets=()).output


def test_the_way_through_the_console_is_numbered_and_keeps_the_external_id_hidden(tmp_path: Path) -> None:
    made = "lightly-" + "0f" * 20
    state = flow.start(Given(external_id=Secret(made)))
    role = {**GOOD, "Number": ["", "Delegated access", ""], "Role ARN": ["console", END]}
    text = walk(tmp_path, role, state=state, secrets=(made,)).output
    assert "\n  1. " in text
    assert "916419735646" in text


def test_browsing_is_not_offered(tmp_path: Path) -> None:
    walked = walk(tmp_path, {**GOOD, "S3 URI": END})
    assert "buckets" not in walked.output.partition("Step 2")[2]


def test_a_setup_that_was_left_is_gone_on_with_at_its_step(tmp_path: Path) -> None:
    from core.guide.drafts import from_draft

    walk(tmp_path, {**GOOD, "KMS key ARN": END})
    engine = made_up_engine(tmp_path)
    found = engine.draft().draft
    assert found is not None
    walked = walk(tmp_path, {**GOOD, "Type save": END}, state=from_draft(found.content, engine.given()))
    assert walked.lines[1].startswith("Step 4 of 9: Keys"), "the first one that lacks an answer: its secret"
    assert walked.step == "save"


def test_nothing_is_made_before_save(tmp_path: Path) -> None:
    world = World()
    assert walk(tmp_path, {**GOOD, "Type save": END}, effects=world).step == "save"
    assert not {"create", "configure", "secrets", "file"} & set(world.calls)
