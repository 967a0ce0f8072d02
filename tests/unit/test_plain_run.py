"""How a plain setup begins and ends: the setup that was left, a missing keyring, every way out, exit codes."""

from __future__ import annotations

import dataclasses
import io
import os
import resource
import signal
import threading
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
from guide_walk import DELEGATED, EXTERNAL_ID, KEY_ID, SECRET, TOKEN, URI, WORKER_ID, World, at, report
from plain_walk import END, GOOD, MadeUpEngine, Person, made_up_engine

import tui.plain.run
from core.access import Access, Secret, mask_key_id
from core.dataset import Dataset, Purpose
from core.guide import flow
from core.guide.fields import Raw
from core.guide.state import Given
from core.lights.events import CheckFinished, Event
from core.lights.states import Light, Viewpoint
from core.lights.states import State as LightState
from core.store.secrets import MemorySecretStore, Opened, SecretUnavailableError
from tui.plain.run import run_from_answers, run_plain
from tui.plain.unattended import Answered
from tui.setup_left import waiting

Output = io.StringIO
"""What a run writes to."""


class Runs:
    """Runs in this process: each with new streams, all in one folder and with one keyring, in memory."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.world = World()
        self.secrets = MemorySecretStore()
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(tui.plain.run, "_keep_memory_private", lambda: None)
        monkeypatch.setattr(tui.plain.run, "build_engine", lambda _: self.engine())
        self.output = ""
        self.asked: list[str] = []

    def engine(self) -> MadeUpEngine:
        engine = made_up_engine(self.folder, self.world)
        engine.late_secrets.opened = Opened(self.secrets)
        return engine

    def _run(self, run: Callable[[], int], answers: Mapping[str, object]) -> int:
        output = Output()
        person = Person(output, answers)
        self._monkeypatch.setattr("sys.stdin", person)
        self._monkeypatch.setattr("sys.stdout", output)
        try:
            return run()
        finally:
            self.output, self.asked = output.getvalue(), person.asked
            assert SECRET not in self.output
            assert TOKEN not in self.output

    def ask(self, answers: Mapping[str, object] = GOOD, like: Dataset | None = None) -> int:
        return self._run(lambda: run_plain(self.engine().setting, like=like), answers)

    def answer(self, answered: Answered) -> int:
        return self._run(lambda: run_from_answers(self.engine().setting, answered), {})

    def draft(self) -> dict[str, object] | None:
        found = self.engine().draft().draft
        return found.content if found else None


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(tmp_path, monkeypatch)


def lights_are(state: LightState) -> Callable[[Callable[[Event], None]], None]:
    return lambda on_event: on_event(CheckFinished(1, report(state=state)))


@pytest.mark.parametrize(
    ("state", "code"), [(LightState.GREEN, 0), (LightState.AMBER, 0), (LightState.RED, 1), (LightState.UNKNOWN, 3)]
)
def test_after_save_the_lights_decide_the_exit_code(state: LightState, code: int, runs: Runs) -> None:
    runs.world.on_check = lights_are(state)
    assert runs.ask() == code
    assert runs.world.written


@pytest.mark.parametrize("way", [END, "leave"])
def test_leaving_the_last_step_loses_nothing(way: str | None, runs: Runs) -> None:
    assert runs.ask({**GOOD, "Register a Worker": way}) == 0
    assert "no more input" not in runs.output
    assert runs.draft() is None


def test_the_end_of_the_input_keeps_the_setup_and_ends_with_2(runs: Runs) -> None:
    assert runs.ask({**GOOD, "Lightly token": END}) == 2
    assert runs.output.endswith(
        "There is no more input. The setup is kept, without its secrets: `bucketlight setup --plain` goes on with it.\n"
    )
    draft = runs.draft()
    assert draft is not None
    assert draft["position"] == "dataset"
    assert SECRET not in str(draft)


def test_leaving_keeps_the_setup_and_ends_with_0(runs: Runs) -> None:
    assert runs.ask({**GOOD, "Lightly token": "leave"}) == 0
    assert "goes on with it" in runs.output.splitlines()[-1]
    assert runs.draft() is not None


def test_leaving_before_the_first_answer_keeps_nothing(runs: Runs) -> None:
    assert runs.ask({"Number": "leave"}) == 0
    assert "is kept, without" not in runs.output
    assert runs.draft() is None


class _Sends(Person):
    """Sends this process a signal in place of an answer."""

    number: signal.Signals

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        line = super().readline(size)
        if line == "signal\n":
            os.kill(os.getpid(), self.number)
        return line


@pytest.mark.parametrize(
    ("number", "code", "says"),
    [
        (signal.SIGINT, 130, "Interrupted."),
        (signal.SIGTERM, 2, "Ended by SIGTERM."),
        (signal.SIGHUP, 2, "Ended by SIGHUP."),
    ],
)
def test_a_signal_keeps_the_setup(
    number: signal.Signals, code: int, says: str, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.Person", _Sends)
    monkeypatch.setattr(_Sends, "number", number, raising=False)
    before = signal.getsignal(number)
    assert runs.ask({**GOOD, "Lightly token": "signal"}) == code
    assert runs.output.splitlines()[-1].startswith(says)
    assert runs.draft() is not None
    assert signal.getsignal(number) is before


def test_a_setup_that_was_left_is_offered_and_gone_on_with(runs: Runs) -> None:
    runs.ask({**GOOD, "Lightly token": END})
    assert runs.ask({**GOOD, "Go on": "y"}) == 0
    assert f"The setup of {URI} was left before it was done." in runs.output
    assert "Step 1 of" not in runs.output
    assert f"Access key ID [{mask_key_id(KEY_ID)}]:" in runs.output
    assert KEY_ID not in runs.output
    assert runs.draft() is None
    assert [dataset.name for dataset in runs.world.written] == ["farm-animals"]


def test_a_setup_that_was_left_can_be_begun_anew(runs: Runs) -> None:
    runs.ask({**GOOD, "Lightly token": END})
    assert runs.ask({**GOOD, "Go on": ["what", "n"], "Number": END}) == 2
    assert "Step 1 of" in runs.output
    assert "Type y for yes or n for no;" in runs.output


def test_a_draft_that_cannot_be_read_is_kept_aside(runs: Runs) -> None:
    engine = runs.engine()
    engine.drafts.save("setup", {"schema": 1, "position": 7})
    assert runs.ask({**GOOD, "Start anew?": "y"}) == 0
    assert "cannot be read" in runs.output
    left = list(engine.setting.home.drafts.glob("*"))
    assert any(path.suffix != ".json" or "." in path.stem for path in left), left


def test_somebody_may_rather_not_begin(runs: Runs) -> None:
    runs.engine().drafts.save("setup", {"schema": 1, "position": 7})
    assert runs.ask({"Start anew?": "n"}) == 0
    assert "Step" not in runs.output


def test_a_missing_keyring_is_said(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = runs.engine()
    engine.late_secrets.opened = Opened(MemorySecretStore(), "There is no keyring on this machine.")
    monkeypatch.setattr(tui.plain.run, "build_engine", lambda _: engine)
    runs.ask({"Number": END})
    lines = runs.output.splitlines()
    at_line = lines.index("No keyring can be used here: secrets stay in memory until this program ends.")
    assert lines[at_line + 1] == "There is no keyring on this machine."


def test_another_dataset_like_one_that_is_known(runs: Runs) -> None:
    assert runs.ask() == 0
    (known,) = runs.world.written
    answers = {**GOOD, "S3 URI": "s3://datalake/projects/second/", "Dataset name": "second"}
    assert runs.ask(answers, like=known) == 0
    assert "Step 1 of" not in runs.output, "what one has in common with the other is not asked"
    assert [dataset.name for dataset in runs.world.written] == ["farm-animals", "second"]
    assert runs.world.written[1].needs == known.needs


def test_where_the_keyring_fails_it_is_said_why_the_secrets_are_asked_for_again(runs: Runs) -> None:
    class Locked(MemorySecretStore):
        def get_access(self, platform_url: str, dataset: str) -> dict[Purpose, Access]:
            raise SecretUnavailableError("The keyring is locked.", "Unlock it.")

    assert runs.ask() == 0
    (known,) = runs.world.written
    runs.secrets = Locked()
    assert runs.ask({"S3 URI": END}, like=known) == 2
    assert "The secrets of farm-animals are asked for again: The keyring is locked. Unlock it." in runs.output


# The external ID of a setup that was left


def left_with_a_role(runs: Runs) -> None:
    """Have a setup that was left after a role and its external ID had been entered."""
    runs.engine().keep_draft(at("limits", access=DELEGATED))


def test_another_external_id_than_that_of_the_setup_is_never_used_in_its_place(runs: Runs) -> None:
    left_with_a_role(runs)
    runs.secrets.put_draft_external_id("https://api.lightly.ai", Secret("lightly-canary-an-older-one"))
    assert runs.ask({"Go on": "y", "External ID": ["show", "", END]}) == 2
    assert "Enter the external ID that the role's trust policy demands." in runs.output
    assert "older-one" not in runs.output


def test_the_external_id_of_the_setup_is_kept_by_an_empty_line(runs: Runs) -> None:
    left_with_a_role(runs)
    runs.secrets.put_draft_external_id("https://api.lightly.ai", Secret(EXTERNAL_ID))
    assert runs.ask({"Go on": "y", "Number": END}) == 2
    assert any(question.startswith("External ID") and "[keep]" in question for question in runs.asked)
    assert "trust policy demands" not in runs.output


# A setup that waits for an administrator

HANDED: Raw = {**DELEGATED, "maker": "hand-over"}
PLATFORM = "https://api.lightly.ai"


def waits_with_a_role(runs: Runs) -> str:
    """Have a setup that waits for an administrator; return the sentence for it."""
    given = Given(external_id=Secret(EXTERNAL_ID), today=date(2026, 11, 2))
    runs.engine().keep_draft(at("role", given, access=HANDED))
    runs.secrets.put_draft_external_id(PLATFORM, Secret(EXTERNAL_ID))
    return waiting(runs.engine())


def test_beginning_another_setup_keeps_the_one_that_waits_with_its_external_id(runs: Runs) -> None:
    waits = waits_with_a_role(runs)
    assert "waits for the administrator since 2026-11-02" in waits
    assert runs.ask({**GOOD, "Go on": "n"}) == 0
    assert [dataset.name for dataset in runs.world.written] == ["farm-animals"]
    assert any("n: Set up another one; this one is kept, and offered again." in each for each in runs.asked)
    assert runs.draft() is None, "the other one is saved"
    assert waiting(runs.engine()) == waits
    assert runs.secrets.get_draft_external_id(PLATFORM) is None, "no other setup is given it"
    assert runs.ask({"Go on": "y", "Role": END, "Number": END}) == 2
    assert waits in runs.output
    assert runs.secrets.get_draft_external_id(PLATFORM) == Secret(EXTERNAL_ID)
    assert runs.draft() is not None
    assert runs.engine().drafts_aside() == ()


def test_going_on_with_the_one_that_waits_keeps_the_one_that_was_left_meanwhile(runs: Runs) -> None:
    waits = waits_with_a_role(runs)
    assert runs.ask({**GOOD, "Go on": "n", "Lightly token": END}) == 2
    runs.secrets.put_draft_external_id(PLATFORM, Secret("lightly-canary-of-the-second"))
    assert runs.ask({"Go on": "y", "Role": END, "Number": END}) == 2
    assert waiting(runs.engine()) == waits
    assert runs.secrets.get_draft_external_id(PLATFORM) == Secret(EXTERNAL_ID)
    [aside] = runs.engine().drafts_aside()
    assert aside.content["position"] == "dataset"
    assert runs.secrets.get_draft_external_id(PLATFORM, aside.name) == Secret("lightly-canary-of-the-second")
    answers = {**GOOD, "Go on": ["n", "y"]}
    assert runs.ask(answers) == 0
    assert waiting(runs.engine()) == waits
    assert runs.draft() is None


def test_what_is_forgotten_is_said_and_done_only_once_the_last_question_is_answered(runs: Runs) -> None:
    waits = waits_with_a_role(runs)
    assert runs.ask({**GOOD, "Go on": "n", "Lightly token": END}) == 2
    before = runs.draft()
    assert runs.ask({"Go on": ["n", "leave"]}) == 0
    assert any("n: Start anew; this one is forgotten." in each for each in runs.asked)
    assert runs.draft() == before
    assert runs.ask({"Go on": "n", "Number": "leave"}) == 0
    assert runs.draft() is None
    assert waiting(runs.engine()) == waits


def test_a_waiting_setup_that_cannot_be_read_any_more_is_kept_aside(runs: Runs) -> None:
    runs.engine().drafts.save("aside one", {"schema": 1, "position": 7})
    assert runs.ask({"Start anew?": "n"}) == 0
    assert len(runs.engine().drafts_aside()) == 1
    assert runs.ask({"Start anew?": "y", "Number": END}) == 2
    assert runs.engine().drafts_aside() == ()
    assert [path for path in runs.engine().setting.home.drafts.iterdir() if "broken" in path.name]


# Leaving


def test_leaving_waits_until_the_keyring_has_the_external_id(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    told = threading.Event()

    class Slow(MemorySecretStore):
        def put_draft_external_id(self, platform_url: str, external_id: Secret, draft: str = "") -> None:
            told.wait()
            super().put_draft_external_id(platform_url, external_id, draft)

    class Heard(io.StringIO):
        def write(self, text: str) -> int:
            if "goes on with it" in text:
                told.set()
            return super().write(text)

    monkeypatch.setattr("tui.engine._FAREWELL", None)
    monkeypatch.setattr(f"{__name__}.Output", Heard)
    left_with_a_role(runs)
    runs.secrets = Slow()
    assert runs.ask({"Go on": "y", "External ID": EXTERNAL_ID, "Number": END}) == 2
    assert runs.secrets.get_draft_external_id("https://api.lightly.ai") == Secret(EXTERNAL_ID)


def test_leaving_does_not_wait_for_a_keyring_that_hangs(runs: Runs) -> None:
    engine, never = runs.engine(), threading.Event()

    def hang() -> None:
        never.wait()

    engine.keyring.run(hang)
    engine.settle()
    assert not never.is_set()


# A setup that cannot be kept


def test_a_setup_that_cannot_be_kept_is_not_called_kept(runs: Runs) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))  # as on a disk that is full
    try:
        assert runs.ask({**GOOD, "S3 URI": END}) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "This setup is not kept when you leave:" in runs.output
    assert "The setup is kept" not in runs.output


ANSWERED = Answered(
    groups={
        "needs": {"thumbnails": True},
        "bucket": {"uri": URI},
        "keys": {"access_key_id": KEY_ID},
        "dataset": {"name": "farm-animals"},
    },
    secrets={"keys": {"secret_access_key": Secret(SECRET)}, "dataset": {"token": Secret(TOKEN)}},
)


def test_without_a_person_the_lights_decide_too(runs: Runs) -> None:
    runs.world.on_check = lights_are(LightState.UNKNOWN)
    assert runs.answer(ANSWERED) == 3
    assert runs.asked == []


def test_without_a_person_a_missing_answer_ends_with_2(runs: Runs) -> None:
    assert runs.answer(Answered(groups={})) == 2
    assert runs.output.splitlines()[-1].startswith("bucket.uri: ")
    assert runs.draft() is None


def test_without_a_person_a_failed_save_ends_with_1(runs: Runs) -> None:
    runs.world.failing = {"configure"}
    assert runs.answer(ANSWERED) == 1
    assert "configure failed. Try again." in runs.output.splitlines()[-1]


def test_without_a_person_a_worker_that_is_not_registered_ends_with_1_and_its_sentence(runs: Runs) -> None:
    runs.world.failing = {"register_worker"}
    wanting = dataclasses.replace(ANSWERED, groups={**ANSWERED.groups, "next": {"worker": "my-worker"}})
    assert runs.answer(wanting) == 1
    assert runs.output.splitlines()[-1].startswith("next.worker: ")
    assert "run the command with reuse: true for the dataset." in runs.output.splitlines()[-1]
    assert [dataset.name for dataset in runs.world.written] == ["farm-animals"]
    runs.world.failing = set()
    using: Mapping[str, str | bool] = {"name": "farm-animals", "reuse": True}
    assert runs.answer(dataclasses.replace(wanting, groups={**wanting.groups, "dataset": using})) == 0
    assert WORKER_ID in runs.output
    assert runs.world.calls.count("create") == 1


def test_without_a_person_the_same_command_goes_on_where_saving_stopped(runs: Runs) -> None:
    runs.world.failing = {"file"}
    assert runs.answer(ANSWERED) == 1
    runs.world.failing = set()
    assert runs.answer(ANSWERED) == 0
    assert runs.world.calls.count("create") == 1
    assert any(line.startswith("Done before: ") for line in runs.output.splitlines())


def test_a_red_of_lightly_counts_unless_access_is_limited_to_a_network(runs: Runs) -> None:
    class Outside(World):
        def verify(self, dataset: Dataset, token: Secret) -> tuple[Light, ...]:
            lights = report(state=LightState.RED).lights
            return tuple(dataclasses.replace(light, viewpoint=Viewpoint.PLATFORM) for light in lights)

    runs.world = Outside()
    assert runs.ask() == 1
    assert runs.ask({**GOOD, "Dataset name": "inside", "Only from my network": "y"}) == 0


def test_the_plan_says_what_is_done_before_it_is_done(runs: Runs) -> None:
    assert runs.answer(ANSWERED) == 0
    sentence = flow.plan(at("save")).steps[0].sentence
    lines = runs.output.splitlines()
    assert lines.index(f"  1. {sentence}") < lines.index(f"Done: {sentence}")
