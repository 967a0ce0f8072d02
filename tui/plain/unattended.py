"""A setup that needs no person: the answers come from a file, what is missing takes the guide's default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.access import Secret
from core.guide import flow
from core.guide.fields import WHOLE_STEP, Choice, Problem, Problems, SecretText, StepView
from core.guide.keys_source import KeysFrom
from core.guide.state import Position
from core.guide.steps import steps_of
from core.guide.steps.dataset import STEP as DATASET
from core.guide.steps.make import STEP as MAKE
from core.guide.steps.onward import STEP as LAST

from .prompts import heading, reading_lines, shown_raw

if TYPE_CHECKING:
    from .session import Session

__all__ = ["FAILED", "Answered", "StoppedError", "answer_all"]

_READ = {"make", "save", LAST.id}
_LATER: Mapping[str, KeysFrom | None] = {
    "account": None,
    "administrator_code": None,
    "administrator_profile": None,
    "adopt": None,
    "boundary_arn": None,
    "code": KeysFrom.PROFILE,
    "demanded": None,
    "iam_path": None,
    "made_name": None,
    "output_region": None,
    "region": None,
    "reuse": None,
    "session_token": KeysFrom.TYPED,
}
"""Fields that a step shows only once something was found out; an answer given before is as good. Some belong to one
way by which a key comes."""
FAILED, _USAGE = 1, 2

_KEYS = {
    "Press r to try again": "Run the same command again",
    "Press Enter to try again, or leave the name empty": "Everything else is saved. To try again, run the command with "
    "reuse: true for the dataset",
}
"""What the guide's sentences say of a key, and what is done here in its place."""


class StoppedError(Exception):
    """The setup cannot go on without a person.

    Attributes:
        code: the exit code: 2 where an answer is wanting, 1 where making or saving has failed, or what comes after it.
    """

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answers to a setup.

    Attributes:
        groups: the answers to each step, by the step's id and the names of its fields.
        secrets: the secret answers, by step and field as well.
        accept_hints: whether what looks odd is gone on with.
    """

    groups: Mapping[str, Mapping[str, str | bool]]
    secrets: Mapping[str, Mapping[str, Secret]] = field(default_factory=dict)
    accept_hints: bool = False


def answer_all(session: Session, answered: Answered) -> None:
    """Answer every step, up to the last one. The dataset's comes before what is made in AWS, and once more after it.

    Raises:
        StoppedError: where a person would have to answer, or making, saving or what comes after it has failed. Before
            Make and Save nothing is made.
        OutputGoneError: nobody reads what is said.
    """
    visited: set[str] = set()
    try:
        while not flow.finished(session.state):
            view = flow.view(session.state)
            if view.step == MAKE.id and DATASET.id not in visited:
                # A refused token or a name that is taken is to be known before anything is made.
                session.become(replace(session.state, position=Position(DATASET.id)))
                view = flow.view(session.state)
            visited.add(view.step)
            if view.step in {MAKE.id, "save"}:
                _refuse_what_is_not_asked(session, answered, visited)
                _try_last(session, answered)
            session.console.say(*heading(view))
            _answer(session, answered)
    except StoppedError as stopped:
        if session.state.answers.made is None:
            raise
        made = "\n".join(f"  {line}" for line in session.state.answers.made.lines)
        sentence = f"{stopped}\nIn AWS there is now, and the same command goes on with it:\n{made}"
        raise StoppedError(sentence, FAILED) from None


def _answer(session: Session, answered: Answered) -> None:
    """Answer one step; where that brings up a field that has an answer too, once more."""
    step, known, said = session.state.position.step, set[str](), set[tuple[str, ...]]()
    while True:
        view = flow.view(session.state)
        known |= {each.name for each in view.fields}
        _say_what_is_read(session, view, said)
        raw = _raw(view, answered)
        if lines := flow.preview(session.state, raw):
            session.console.say(*(f"  {line}" for line in lines))
        taken = flow.submit(session.state, raw)
        if isinstance(taken, Problems):
            raise _stopped(view, taken, _code(session))
        session.become(taken)
        if session.state.position.step != step or flow.finished(session.state):
            return
        view = flow.view(session.state)
        if {each.name for each in view.fields} & _given(answered, step).keys() - known:
            continue
        if view.problems:
            raise _stopped(view, view.problems, _code(session))
        if view.hints and not answered.accept_hints:
            raise _stopped(view, view.hints, _USAGE, more=" Correct the answer, or set accept_hints: true.")
        session.console.say(*(_in_words(hint.sentence) for hint in view.hints.values()))


def _given(answered: Answered, step: str) -> dict[str, str | bool]:
    secrets = {name: secret.reveal() for name, secret in answered.secrets.get(step, {}).items()}
    return {**answered.groups.get(step, {}), **secrets}


def _raw(view: StepView, answered: Answered) -> dict[str, str | bool]:
    """Return what is submitted: the answers at hand, the defaults for the rest. A field not shown yet may follow."""
    given = _given(answered, view.step)
    for name in given:
        shown = view.field(name)
        if isinstance(shown, Choice):
            given[name] = _chosen(view, shown, str(given[name]))
    raw = shown_raw(view, given)
    for name in given:
        if name not in raw and not _may_follow(view, name, raw):
            raise _stopped(view, {name: Problem("This is not asked with the other answers. Remove it.")}, _USAGE)
    return raw | {name: value for name, value in given.items() if view.field(name) is None}


def _may_follow(view: StepView, name: str, raw: Mapping[str, str | bool]) -> bool:
    """Tell whether a field that is not there yet may show itself, with these answers to the others."""
    return view.field(name) is None and name in _LATER and _LATER[name] in {None, raw.get("way")}


def _chosen(view: StepView, choice: Choice, text: str) -> str:
    for option in choice.options:
        if text.casefold() == option.value.casefold():
            return option.value
    values = " or ".join(option.value for option in choice.options)
    raise _stopped(view, {choice.name: Problem(f"Write {values}.")}, _USAGE)


def _refuse_what_is_not_asked(session: Session, answered: Answered, visited: set[str]) -> None:
    applying = (step.id for step in steps_of(session.state.answers) if step.applies(session.state))
    asked = {*visited, *applying}
    for step, group in answered.groups.items():
        if group and step not in asked:
            raise StoppedError(f"{step}: this step is not asked with the other answers. Remove it.", _USAGE)
    for step, secrets in answered.secrets.items():
        if secrets and step not in asked:
            sentence = f"this step is not asked with the other answers. Remove {' and '.join(secrets)}"
            raise StoppedError(f"{step}: {sentence} from standard input.", _USAGE)


def _try_last(session: Session, answered: Answered) -> None:
    """See before Make and Save that what the last step gets can be taken: nothing is to stop half-way.

    Raises:
        StoppedError: where it cannot.
    """
    taken = LAST.submit(session.state, _given(answered, LAST.id))
    if isinstance(taken, Problems):
        said = (f"{LAST.id}.{name}: {problem.sentence}" for name, problem in taken.items())
        raise StoppedError("\n".join(said), _USAGE)


def _code(session: Session) -> int:
    """Tell whether making or saving has begun, so that something has failed, or only an answer is wanting.

    An obstacle that the plan has is known before it is begun.
    """
    position = session.state.position
    saving = session.is_saved or (position.step == "save" and position.confirmed)
    answers = session.state.answers
    return FAILED if saving or answers.agreed is not None or answers.made else _USAGE


def _in_words(sentence: str) -> str:
    """Say a sentence of the guide without the keys of the app."""
    for key, words in _KEYS.items():
        sentence = sentence.replace(key, words)
    return sentence


def _stopped(view: StepView, complaints: Mapping[str, Problem], code: int, *, more: str = "") -> StoppedError:
    said = []
    for name, problem in complaints.items():
        where = f"{view.step}.{name}" if name != WHOLE_STEP else view.step
        typed = f" It comes on standard input: {name}=…" if isinstance(view.field(name), SecretText) else ""
        said.append(f"{where}: {_in_words(problem.sentence)}{typed}")
    return StoppedError("\n".join(said) + more, code)


def _say_what_is_read(session: Session, view: StepView, said: set[tuple[str, ...]]) -> None:
    """Say what will be done, and in the end what was done; in between nobody reads before an answer."""
    for each in view.fields if view.step in _READ else ():
        lines = reading_lines(each)
        if lines and lines not in said:
            said.add(lines)
            session.console.say(*lines)
