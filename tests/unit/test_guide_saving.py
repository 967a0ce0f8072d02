"""Saving: steps in order, journalled; interrupted anywhere and gone on with, none is repeated."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from guide_walk import (
    DATASET_ID,
    DELEGATED,
    ELSEWHERE,
    EXTERNAL_ID,
    KEY_ID,
    OTHER_KEYS,
    OUTPUT_KEY_ID,
    OUTPUT_SECRET,
    ROLE_ARN,
    SECRET,
    TOKEN,
    MemoryJournal,
    World,
    at,
    report,
    taken,
)

from core.access import DelegatedAccess, Secret, UserAccess
from core.dataset import Purpose
from core.guide.facts import Saved, SaveFailed
from core.guide.fields import Raw
from core.guide.flow import pending, submit
from core.guide.journal import FileJournal
from core.guide.plan import StepId
from core.guide.requests import Save
from core.guide.saving import DatasetGoneError, EffectError, Phase, SaveProgress, journal_key, save
from core.guide.state import Given, State, TokenSource
from core.store.paths import Home

CALLS = ["create", "configure", "secrets", "file", "verify"]
JOURNALLED = CALLS[:4]


def request(given: Given | None = None, name: str = "farm-animals") -> Save:
    raw: dict[str, str | bool] = {"name": name} if given and given.token else {"name": name, "token": TOKEN}
    (asked,) = pending(taken(submit(at("save", given, dataset=raw), {})))
    assert isinstance(asked, Save)
    return asked


def asked_for(state: State) -> Save:
    """Return what confirming the last page asks for."""
    (asked,) = pending(taken(submit(state, {})))
    assert isinstance(asked, Save)
    return asked


def run(world: World, journal: MemoryJournal, asked: Save | None = None) -> Saved | SaveFailed:
    return save(asked or request(), world, journal, lambda _: None)


def test_everything_is_done_once_and_in_order() -> None:
    world, journal, told = World(), MemoryJournal(), list[SaveProgress]()
    assert save(request(), world, journal, told.append) == Saved(DATASET_ID, report().lights)
    assert world.calls == CALLS
    steps = [step for step in StepId if step is not StepId.OUTPUT]
    assert told == [SaveProgress(step, phase) for step in steps for phase in (Phase.STARTED, Phase.DONE)]
    assert journal.texts == {}
    assert world.written[0].dataset_id == DATASET_ID


@pytest.mark.parametrize("failing", JOURNALLED)
def test_a_failure_names_the_step_done_last_and_going_on_repeats_none(failing: str) -> None:
    world, journal = World(failing={failing}), MemoryJournal()
    failed = run(world, journal)
    number = CALLS.index(failing)
    assert isinstance(failed, SaveFailed)
    assert failed.sentence == f"{failing} failed. Try again."
    assert failed.last_done == (request().plan.steps[number - 1].sentence if number else None)
    assert failed.dataset_id == (DATASET_ID if number else None)
    assert world.calls == CALLS[: number + 1]
    world.failing.clear()
    assert isinstance(run(world, journal), Saved)
    assert world.calls == [*CALLS[: number + 1], *CALLS[number:]]


class Crash(BaseException):
    """The program ends here."""


class Dying(MemoryJournal):
    """A journal whose program ends after so many writes."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self._writes = writes

    def save(self, key: str, content: dict[str, object]) -> None:
        super().save(key, content)
        if len(self.history) == self._writes:
            raise Crash


@pytest.mark.parametrize("writes", range(1, 9))
def test_a_crash_between_any_two_lines_of_the_journal_is_gone_on_from(writes: int) -> None:
    world, dying = World(), Dying(writes)
    with pytest.raises(Crash):
        run(world, dying)
    done = [step for step, entry in json.loads(dying.history[-1])["steps"].items() if entry["phase"] == "done"]
    journal = MemoryJournal()
    journal.texts = dict(dying.texts)
    before = len(world.calls)
    assert isinstance(run(world, journal), Saved)
    assert world.calls[before:] == CALLS[len(done) :]
    assert journal.texts == {}


BOTH = ["create", "configure", "output", "secrets", "file", "verify"]


def test_both_places_are_told_to_the_platform_each_with_its_own_key() -> None:
    world, journal, told = World(), MemoryJournal(), list[SaveProgress]()
    asked = asked_for(at("save", output=OTHER_KEYS))
    assert isinstance(save(asked, world, journal, told.append), Saved)
    assert world.calls == BOTH
    assert told == [SaveProgress(step, phase) for step in StepId for phase in (Phase.STARTED, Phase.DONE)]
    keys = {
        Purpose.INPUT: UserAccess(KEY_ID, Secret(SECRET)),
        Purpose.LIGHTLY: UserAccess(OUTPUT_KEY_ID, Secret(OUTPUT_SECRET)),
    }
    assert world.configured == list(keys.items())
    assert world.kept_access == [keys]
    assert journal.texts == {}
    for text in journal.history:
        assert OUTPUT_SECRET not in text


@pytest.mark.parametrize("failing", BOTH[:-1])
def test_with_two_places_a_failure_names_what_was_done_last_and_none_is_repeated(failing: str) -> None:
    world, journal = World(failing={failing}), MemoryJournal()
    asked = asked_for(at("save", output=ELSEWHERE))
    failed = run(world, journal, asked)
    number = BOTH.index(failing)
    assert isinstance(failed, SaveFailed)
    assert failed.last_done == (asked.plan.steps[number - 1].sentence if number else None)
    world.failing.clear()
    assert isinstance(run(world, journal, asked), Saved)
    assert world.calls == [*BOTH[: number + 1], *BOTH[number:]]


@pytest.mark.parametrize("writes", range(1, 11))
def test_with_two_places_a_crash_after_any_line_of_the_journal_is_gone_on_from(writes: int) -> None:
    world, dying, asked = World(), Dying(writes), asked_for(at("save", output=ELSEWHERE))
    with pytest.raises(Crash):
        run(world, dying, asked)
    done = [step for step, entry in json.loads(dying.history[-1])["steps"].items() if entry["phase"] == "done"]
    journal, before = MemoryJournal(), len(world.calls)
    journal.texts = dict(dying.texts)
    assert isinstance(run(world, journal, asked), Saved)
    assert world.calls[before:] == BOTH[len(done) :]


def test_another_key_of_the_output_repeats_only_what_depends_on_it() -> None:
    world, journal, asked = World(failing={"file"}), MemoryJournal(), asked_for(at("save", output=OTHER_KEYS))
    run(world, journal, asked)
    world.calls.clear()
    other = UserAccess(OUTPUT_KEY_ID, Secret("x" * 40))
    run(world, journal, replace(asked, access={**asked.access, Purpose.LIGHTLY: other}))
    assert world.calls == ["output", "secrets", "file"]


def test_a_role_is_told_and_kept_with_its_external_id() -> None:
    world, journal = World(), MemoryJournal()
    assert isinstance(run(world, journal, asked_for(at("save", access=DELEGATED))), Saved)
    role = DelegatedAccess(ROLE_ARN, Secret(EXTERNAL_ID))
    assert world.configured == [(Purpose.INPUT_OUTPUT, role)]
    assert world.kept_access == [{Purpose.INPUT_OUTPUT: role}]
    assert world.written[0].datasources[0].role_arn == ROLE_ARN
    assert all(EXTERNAL_ID not in text for text in journal.history)


PROFILE: Raw = {"way": "profile", "profile": "lightly", "copy": False}


def test_a_key_that_stays_in_its_profile_is_told_to_lightly_and_not_kept_again() -> None:
    given = Given(profiles=("lightly",), token=Secret(TOKEN), token_from=TokenSource.KEYRING)
    world, journal, told = World(), MemoryJournal(), list[SaveProgress]()
    asked = asked_for(at("save", given, keys=PROFILE, dataset={"name": "farm-animals"}))
    assert isinstance(save(asked, world, journal, told.append), Saved)
    assert world.calls == ["create", "configure", "file", "verify"]
    assert StepId.SECRETS not in {progress.step for progress in told}
    assert StepId.SECRETS not in {step.id for step in asked.plan.steps}
    assert world.configured == [(Purpose.INPUT_OUTPUT, UserAccess(KEY_ID, Secret(SECRET)))]
    assert not [line for line in asked.plan.written if line.startswith("Keyring")]


def test_beside_a_key_that_stays_in_its_profile_only_the_token_is_kept() -> None:
    world = World()
    assert isinstance(
        run(world, MemoryJournal(), asked_for(at("save", Given(profiles=("lightly",)), keys=PROFILE))), Saved
    )
    assert world.kept_access == [{}]
    assert world.kept_tokens == [Secret(TOKEN)]


def test_the_outputs_own_key_is_kept_where_that_of_the_input_stays_in_its_profile() -> None:
    world = World()
    state = at("save", Given(profiles=("lightly",)), keys=PROFILE, output=OTHER_KEYS)
    assert isinstance(run(world, MemoryJournal(), asked_for(state)), Saved)
    assert world.kept_access == [{Purpose.LIGHTLY: UserAccess(OUTPUT_KEY_ID, Secret(OUTPUT_SECRET))}]


def test_a_creation_that_was_begun_before_takes_what_it_finds() -> None:
    world, journal = World(failing={"create"}), MemoryJournal()
    run(world, journal)
    world.failing.clear()
    run(world, journal)
    assert world.adopted == [False, True]


def test_what_is_done_is_written_before_it_is_told() -> None:
    journal = MemoryJournal()

    def on_progress(progress: SaveProgress) -> None:
        if progress.step is not StepId.VERIFY:
            entry = json.loads(journal.history[-1])["steps"][progress.step.value]
            assert entry["phase"] == progress.phase.value
            seen.append(progress)

    seen: list[SaveProgress] = []
    save(request(), World(), journal, on_progress)
    assert len(seen) == 8


def test_other_answers_repeat_only_what_depends_on_them() -> None:
    world, journal, asked = World(failing={"file"}), MemoryJournal(), request()
    run(world, journal, asked)
    world.calls.clear()
    run(world, journal, replace(asked, access={Purpose.INPUT_OUTPUT: UserAccess(KEY_ID, Secret("x" * 40))}))
    assert world.calls == ["configure", "secrets", "file"]


def test_another_name_is_another_dataset() -> None:
    world, journal = World(failing={"configure"}), MemoryJournal()
    run(world, journal)
    world.calls.clear()
    run(world, journal, request(name="cattle"))
    assert world.calls == ["create", "configure"]
    assert world.adopted == [False, False]


def test_an_existing_dataset_is_used_and_none_is_made() -> None:
    asked = request()
    dataset = replace(asked.plan.dataset, dataset_id="f" * 24)
    world = World()
    outcome = run(world, MemoryJournal(), replace(asked, plan=replace(asked.plan, dataset=dataset)))
    assert isinstance(outcome, Saved)
    assert outcome.dataset_id == "f" * 24
    assert world.calls == CALLS[1:]


def test_a_dataset_that_is_gone_is_made_anew() -> None:
    class Emptied(World):
        gone = True

        def configure(self, *args: object, **more: object) -> None:
            self._do("configure")
            if self.gone:
                raise DatasetGoneError("Lightly has no such dataset. Save again.")

    world, journal = Emptied(), MemoryJournal()
    failed = run(world, journal)
    assert isinstance(failed, SaveFailed)
    assert (failed.last_done, failed.dataset_id) == (None, None)
    world.gone = False
    assert isinstance(run(world, journal), Saved)
    assert world.calls == ["create", "configure", *CALLS]


def test_that_a_dataset_which_was_to_be_used_is_gone_is_told_with_its_id() -> None:
    class Emptied(World):
        def configure(self, *args: object, **more: object) -> None:
            raise DatasetGoneError("Lightly has no such dataset.")

    asked, journal = request(), MemoryJournal()
    used = replace(asked, plan=replace(asked.plan, dataset=replace(asked.plan.dataset, dataset_id="f" * 24)))
    assert run(Emptied(), journal, used) == SaveFailed("Lightly has no such dataset.", None, gone="f" * 24)
    assert run(Emptied(), journal, asked) == SaveFailed("Lightly has no such dataset.", None)


def test_a_platform_that_does_not_verify_is_no_failed_save() -> None:
    outcome = run(World(failing={"verify"}), MemoryJournal())
    assert outcome == Saved(DATASET_ID, (), "verify failed. Try again.")


def test_only_a_typed_token_is_stored() -> None:
    world = World()
    run(world, MemoryJournal())
    run(world, MemoryJournal(), request(Given(token=Secret(TOKEN), token_from=TokenSource.KEYRING)))
    assert world.kept_tokens == [Secret(TOKEN), None]


def test_the_journal_holds_no_secret() -> None:
    journal = MemoryJournal()
    run(World(), journal)
    for text in journal.history:
        for secret in (SECRET, TOKEN):
            for form in (secret, base64.b64encode(secret.encode()).decode(), quote(secret, safe="")):
                assert form not in text


def test_a_fault_of_ours_is_said_without_its_text() -> None:
    class Broken(World):
        def write_dataset(self, dataset: object) -> None:
            raise KeyError(SECRET)

    failed = run(Broken(), MemoryJournal())
    assert isinstance(failed, SaveFailed)
    assert "KeyError" in failed.sentence
    assert SECRET not in failed.sentence


def test_nothing_is_done_that_cannot_be_written_down() -> None:
    class Full(MemoryJournal):
        def save(self, key: str, content: dict[str, object]) -> None:
            raise EffectError("The disk is full.")

    world = World()
    assert run(world, Full()) == SaveFailed("The disk is full.", None)
    assert world.calls == []


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"schema": 1, "steps": 3}', '{"schema": 1, "steps": {"dataset": 3}}', "{"]
)
def test_a_journal_that_is_not_understood_counts_as_empty(text: str, tmp_path: Path) -> None:
    journal = FileJournal(Home.at(tmp_path))
    key = journal_key(request().plan.dataset)
    journal.save(key, {})
    (path,) = tmp_path.rglob(f"{key}.json")
    path.write_text(text)
    assert journal.made() == ()
    world = World()
    assert isinstance(save(request(), world, journal, lambda _: None), Saved)
    assert world.calls == CALLS


def test_a_later_run_goes_on_with_the_journal_in_the_file_and_makes_no_second_dataset(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    world = World(failing={"file"})
    assert isinstance(save(request(), world, FileJournal(home), lambda _: None), SaveFailed)
    assert FileJournal(home).made() == (DATASET_ID,)
    script = (
        "import sys; from pathlib import Path\n"
        "from guide_walk import World\n"
        "from test_guide_saving import request\n"
        "from core.guide.journal import FileJournal; from core.guide.saving import save\n"
        "from core.store.paths import Home\n"
        "world = World(); save(request(), world, FileJournal(Home.at(Path(sys.argv[1]))), lambda _: None)\n"
        "print(*world.calls)\n"
    )
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        env={"PYTHONPATH": f"{here}:{here.parent.parent}"},
        capture_output=True,
        text=True,
        check=True,
    )
    # A secret cannot be compared with that of an earlier run, so what carries one is done again.
    assert done.stdout.split() == ["configure", "secrets", "file", "verify"]
    assert FileJournal(home).made() == ()
