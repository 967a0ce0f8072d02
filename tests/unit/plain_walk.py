"""Somebody at the plain prompts: answers each question by what it asks, and a world that is made up behind it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from guide_walk import KEY_ID, SECRET, TOKEN, URI, World

from core.guide import flow
from core.guide.journal import FileJournal
from core.guide.runner import Effects, Runner, RunnerEvent
from core.guide.state import State
from core.store.paths import Home
from tui.engine import Demo, Engine, Setting, build_engine
from tui.plain.asking import ask_all
from tui.plain.console import Console, InputEndedError
from tui.plain.session import Session

END = None
"""An answer that is none: the input ends there."""

GOOD: Mapping[str, object] = {
    "Thumbnails (the web app": "y",
    "S3 URI": URI,
    "Access key ID": KEY_ID,
    "Secret access key": SECRET,
    "Lightly token": TOKEN,
    "Type save": "save",
}


class Person(io.StringIO):
    """A standard input that reads the question before it answers.

    An answer belongs to the questions that begin so; of several the next one each time, and the last one for ever.
    What has none gets an empty line. Under the empty text stand lines that no question asks for, as in a paste.
    """

    def __init__(self, output: io.StringIO, answers: Mapping[str, object]) -> None:
        super().__init__()
        self._output = output
        self._answers = {
            question: list(answer) if isinstance(answer, list) else [answer] for question, answer in answers.items()
        }
        self.asked: list[str] = []

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        question = self._output.getvalue().rpartition("\n")[2]
        self.asked.append(question)
        assert len(self.asked) < 300, "the questions do not end"
        fitting = (each for begin, each in self._answers.items() if begin and question.startswith(begin))
        answers = next(fitting, [""]) if question else self._answers.get("", [""])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return "" if answer is END else f"{answer}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpEngine(Engine):
    """An engine with real drafts and a real journal, secrets in memory, and effects that are made up."""

    effects: Effects

    def runner(self, on_event: Callable[[RunnerEvent], None]) -> Runner:
        return Runner(self.effects, FileJournal(self.setting.home), on_event)


def made_up_engine(folder: Path, effects: Effects | None = None) -> MadeUpEngine:
    nothing = Demo(fill_ins=(), check_command="bucketlight check", lend=lambda *_: None)
    setting = Setting(home=Home.at(folder), platform_url="https://api.lightly.ai", demo=nothing)
    real = build_engine(setting)
    return MadeUpEngine(
        setting=setting,
        checker=real.checker,
        late_secrets=real.late_secrets,
        datasets=real.datasets,
        drafts=real.drafts,
        effects=effects or World(),
    )


@dataclass(frozen=True, slots=True)
class Walked:
    """What came of a walk. `ended`: the input was over before the setup was."""

    output: str
    session: Session
    person: Person
    ended: bool

    @property
    def lines(self) -> list[str]:
        return self.output.splitlines()

    @property
    def step(self) -> str:
        return self.session.state.position.step


def walk(
    folder: Path,
    answers: Mapping[str, object] = GOOD,
    *,
    effects: Effects | None = None,
    state: State | None = None,
    ascii_only: bool = False,
    secrets: Iterable[str] = (SECRET, TOKEN),
) -> Walked:
    """Walk through the plain setup; no output may hold one of the secrets."""
    engine = made_up_engine(folder, effects)
    output = io.StringIO()
    person = Person(output, answers)
    stdin: TextIO = person
    session = Session(Console(stdin, output, ascii_only=ascii_only), engine, state or flow.start(engine.given()))
    ended = False
    try:
        ask_all(session)
    except InputEndedError:
        ended = True
    finally:
        session.close()
    text = output.getvalue()
    assert not [secret for secret in secrets if secret in text]
    return Walked(text, session, person, ended)
