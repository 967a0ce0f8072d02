"""A setup that is killed, at every step and in the middle of everything that Save does: the next run goes on.

Nothing is confirmed twice, nothing is made twice, and what comes out in the end is what was answered in the beginning.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import select
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sandbox_fixtures
from process_terminal import COMMAND, PATIENCE, bare_environment

import core
from core.sandbox import Sandbox

SOURCE = Path(core.__file__).parents[1]
TITLES = ("Needs", "Bucket", "Access", "Keys", "Output", "Encryption", "Dataset", "Save", "Next")
STOPPED = "<stopped here>"

# Runs the program up to a place in Save: `begun` after a step's beginning was written into the journal, `done` when it
# is done and that is not written yet. There it says so and does nothing any more.
_STOPPING = f"""
import os, sys, threading
from core.guide import effects, journal, saving

step, phase = sys.argv[1].split(":")
sys.argv[:2] = ["bucketlight"]

def stop():
    os.write(1, b"\\n{STOPPED}\\n")
    threading.Event().wait()

write = saving._Saving._write

def stopping_write(self, this_step, this_phase, mark, result=""):
    here = this_step.value == step
    if here and phase == "done" and this_phase is saving.Phase.DONE:
        stop()
    write(self, this_step, this_phase, mark, result)
    if here and phase == "begun" and this_phase is saving.Phase.STARTED:
        stop()

saving._Saving._write = stopping_write
if step == "verify" and phase == "begun":
    effects.RealEffects.verify = lambda self, dataset, token: stop()
if step == "verify" and phase == "done":
    journal.FileJournal.remove = lambda self, key: stop()

from tui.entry import main
raise SystemExit(main())
"""


box = sandbox_fixtures.box


@dataclass
class Person:
    """Somebody with a dataset to set up: what they answer, by the title of the step and what the prompt begins with.

    Where a list is asked, the key is one of its options. An answer that is in `confirmed` is not given again: an empty
    line keeps it.
    """

    box: Sandbox
    folder: Path
    name: str
    answers: Mapping[str, Mapping[str, str]]
    confirmed: set[str] = field(default_factory=set)

    @property
    def arguments(self) -> list[str]:
        where = ["--home", str(self.folder / "home"), "--endpoint-url", self.box.s3_url]
        return ["setup", *where, "--platform-url", self.box.lightly_url]

    def ask(self, path: str, **query: str) -> Any:
        """Ask the platform, without any code of the program's."""
        words = "&".join(f"{key}={quote(text)}" for key, text in {**query, "token": self.box.token.reveal()}.items())
        with urllib.request.urlopen(f"{self.box.lightly_url}{path}?{words}") as answer:
            return json.load(answer)

    def datasets(self) -> list[dict[str, Any]]:
        """What the platform has under this person's name, and names that begin so."""
        found: list[dict[str, Any]] = self.ask(f"/v1/datasets/query/name/{self.name}")
        return found

    def datasources(self) -> dict[str, dict[str, Any]]:
        """The datasources of the one dataset, by purpose."""
        (dataset,) = self.datasets()
        assert dataset["name"] == self.name
        return {each["purpose"]: each for each in self.ask(f"/v1/datasets/{dataset['id']}/datasource/all")}

    def draft(self) -> dict[str, Any] | None:
        """What the disk holds of the setup that was left."""
        paths = list((self.folder / "home").rglob("drafts/*.json"))
        content: dict[str, Any] | None = json.loads(paths[0].read_text(encoding="utf-8"))["content"] if paths else None
        return content


def _shared(box: Sandbox, name: str) -> dict[str, dict[str, str]]:
    return {
        "Needs": {"Thumbnails": "y"},
        "Bucket": {"S3 URI": f"s3://{box.bucket}/{box.prefix}"},
        # The last is asked where a run was killed before it could note what it had made.
        "Dataset": {"Dataset name": name, "Lightly token": box.token.reveal(), "Use the dataset that exists": "y"},
        "Save": {"Type save": "save"},
    }


def by_key(box: Sandbox, folder: Path) -> Person:
    """User access, and an output elsewhere with a key of its own."""
    name, world = f"killed-{secrets.token_hex(4)}", box.world
    keys = {
        "Access": {"1 User access": "1"},
        "Keys": {
            "Access key ID": box.writer.access_key_id,
            "Secret access key": box.writer.secret_access_key.reveal(),
        },
        "Output": {
            "2 Another place": "2",
            "S3 URI": f"s3://{world.output_bucket}/{world.output_prefix}",
            "2 Others": "2",
            "Access key ID": world.output.access_key_id,
            "Secret access key": world.output.secret_access_key.reveal(),
        },
    }
    return Person(box, folder, name, _shared(box, name) | keys)


def by_role(box: Sandbox, folder: Path) -> Person:
    """Delegated access, and the output in the same folder."""
    name, world = f"killed-{secrets.token_hex(4)}", box.world
    role = {
        "Access": {"2 Delegated access": "2"},
        "Role": {"Role ARN": world.role_arn, "External ID": world.external_id.reveal()},
    }
    return Person(box, folder, name, _shared(box, name) | role)


class Lines:
    """The setup line by line, on pipes: it is answered when it asks, and killed where it stands."""

    def __init__(self, person: Person, process: subprocess.Popen[bytes]) -> None:
        self.person = person
        self.process = process
        self.text = ""
        self._answered = 0

    @classmethod
    @contextmanager
    def running(cls, person: Person, stop: str | None = None) -> Iterator[Lines]:
        """Run it; with `stop` only up to that place in Save. At the end of the block it is killed."""
        start = [*COMMAND] if stop is None else [sys.executable, "-c", _STOPPING, stop]
        process = subprocess.Popen(
            [*start, *person.arguments, "--plain"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=bare_environment(person.folder, PYTHONPATH=str(SOURCE)),
            cwd=person.folder,
        )
        try:
            yield cls(person, process)
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()

    @property
    def title(self) -> str:
        """The step that was begun last."""
        found = re.findall(r"^Step \d of \d: (\w+)$", self.text, re.MULTILINE)
        return found[-1] if found else ""

    def _prompt(self) -> str:
        return self.text.rpartition("\n")[2]

    def read(self) -> bool:
        """Read until it asks, has stopped or is over; tell whether it asks."""
        assert self.process.stdout is not None
        descriptor = self.process.stdout.fileno()
        end = time.monotonic() + PATIENCE
        while not self._prompt().endswith(": ") and STOPPED not in self.text:
            ready, _, _ = select.select([descriptor], [], [], max(end - time.monotonic(), 0))
            assert ready, f"nothing more came:\n{self.text}"
            data = os.read(descriptor, 65536)
            if not data:
                return False
            self.text += data.decode()
        return STOPPED not in self.text

    def answer(self, line: str) -> None:
        """Type a line."""
        assert self.process.stdin is not None
        self.text += "\n"
        self._answered = len(self.text)
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def reply(self) -> str:
        """What this person answers to what is asked now."""
        prompt, asked = self._prompt(), self.text[self._answered :]
        if prompt.startswith("Go on where it was left?"):
            return "y"
        wanted = self.person.answers.get(self.title, {})
        is_secret = "not shown" in prompt
        if self.title in self.person.confirmed and not is_secret and not prompt.startswith("Use the dataset"):
            return ""
        is_list = prompt.startswith("Number")
        fits = (text for label, text in wanted.items() if (label in asked if is_list else prompt.startswith(label)))
        return next(fits, "")

    def until(self, title: str) -> None:
        """Answer until the step of this title asks for something."""
        self.person.confirmed.discard("Save")
        while self.read() and self.title != title:
            before = self.title
            self.answer(self.reply())
            if self.read() and self.title != before:
                self.person.confirmed.add(before)
        assert self.title == title, self.text

    def until_stopped(self) -> None:
        """Answer until it has stopped."""
        while self.read():
            assert self.title != "Next", self.text
            self.answer(self.reply())
        assert STOPPED in self.text, self.text

    def to_the_end(self) -> int:
        """Answer until it is over; the exit code."""
        while self.read():
            self.answer(self.reply())
        return self.process.wait(PATIENCE)


def is_offered(text: str) -> bool:
    return "was left before it was done" in text


def check_key_dataset(person: Person) -> None:
    """There is one dataset, with both datasources of the person with the keys."""
    world, sources = person.box.world, person.datasources()
    assert set(sources) == {"INPUT", "LIGHTLY"}
    assert sources["INPUT"]["fullPath"].rstrip("/") == person.answers["Bucket"]["S3 URI"].rstrip("/")
    assert sources["INPUT"]["s3AccessKeyId"] == person.box.writer.access_key_id
    assert sources["LIGHTLY"]["fullPath"].rstrip("/") == f"s3://{world.output_bucket}/{world.output_prefix}".rstrip("/")
    assert sources["LIGHTLY"]["s3AccessKeyId"] == world.output.access_key_id


def check_role_dataset(person: Person) -> None:
    """There is one dataset, with the one datasource of the person with the role; and Lightly can use it."""
    sources = person.datasources()
    assert set(sources) == {"INPUT_OUTPUT"}
    assert sources["INPUT_OUTPUT"]["s3ARN"] == person.box.world.role_arn
    (dataset,) = person.datasets()
    verdict = person.ask(f"/v1/datasets/{dataset['id']}/datasource/verify")
    assert [verdict[name] for name in ("canList", "canRead", "canWrite")] == [True] * 3


def test_killed_at_each_of_the_nine_steps_it_goes_on_with_every_answer_but_the_secrets(
    box: Sandbox, tmp_path: Path
) -> None:
    person = by_key(box, tmp_path)
    for number, title in enumerate(TITLES):
        with Lines.running(person) as lines:
            lines.until(title)
            assert f"Step {number + 1} of {8 if number == 0 else 9}: {title}" in lines.text
            assert is_offered(lines.text) is (number > 1)
            lines.process.send_signal(signal.SIGKILL)
            assert lines.process.wait(PATIENCE) == -signal.SIGKILL
        draft = person.draft()
        if title in {"Needs", "Next"}:
            assert draft is None
        else:
            assert draft is not None
            assert draft["position"] == {"Encryption": "limits"}.get(title, title.lower())
            assert (draft["uri"] == person.answers["Bucket"]["S3 URI"]) is (number > 1)
            assert (draft["access_key_id"] == box.writer.access_key_id) is (number > 3)
            assert (draft["output"] is not None) is (number > 4)
            assert (draft["name"] == person.name) is (number > 6)
        text = json.dumps(draft)
        for secret in (box.writer.secret_access_key, box.world.output.secret_access_key, box.token):
            assert secret.reveal() not in text
    check_key_dataset(person)
    with Lines.running(person) as lines:
        lines.until("Needs")
        assert not is_offered(lines.text)


@pytest.mark.parametrize("phase", ["begun", "done"])
@pytest.mark.parametrize("make", [by_key, by_role])
def test_killed_in_each_step_of_save_it_goes_on_and_makes_one_dataset(
    box: Sandbox, tmp_path: Path, make: Any, phase: str
) -> None:
    """Each run goes on from where the last one was killed, and is killed a step later."""
    person: Person = make(box, tmp_path)
    outputs = ["output"] if make is by_key else []
    before = len(box.platform.requests)
    for step in ("dataset", "datasource", *outputs, "secrets", "file", "verify"):
        with Lines.running(person, stop=f"{step}:{phase}") as lines:
            lines.until("Save")
            lines.until_stopped()
            lines.process.send_signal(signal.SIGKILL)
            assert lines.process.wait(PATIENCE) == -signal.SIGKILL
        assert is_offered(lines.text) is (step != "dataset")
        assert len(person.datasets()) == (0 if (step, phase) == ("dataset", "begun") else 1)
    with Lines.running(person) as lines:
        assert lines.to_the_end() == 0, lines.text
    made = [each for each in box.platform.requests[before:] if (each.method, each.path) == ("POST", "/v1/datasets")]
    assert [each.status for each in made] == [201]
    (check_key_dataset if make is by_key else check_role_dataset)(person)
    assert person.draft() is None
    assert list((tmp_path / "home").rglob("saves/*.json")) == []
    text = (tmp_path / "home" / "datasets.yaml").read_text(encoding="utf-8")
    assert text.count(person.name) == 1
