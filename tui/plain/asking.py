"""A person at the prompts: each step is asked field by field, until the guide is at its end or the person leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.access import Secret
from core.guide import flow
from core.guide.fields import Copy, Field, Link, Problem, Problems, Raw, SecretText, StepView, is_shown

from .handing import handed
from .prompts import (
    Input,
    NotUnderstoodError,
    default_of,
    heading,
    in_words,
    instruction_lines,
    is_input,
    offer_line,
    prompt,
    read_answer,
    reading_lines,
    shown_raw,
)
from .seen import why
from .words import HELP, Word, read

if TYPE_CHECKING:
    from .session import Session

__all__ = ["Left", "ask_all"]

_SAVES = {"save", "y", "yes"}
_ONLY_WORDS = "An empty line goes on. Type help for the words that work here."


class Left(Exception):  # noqa: N818 - no error: a person leaves
    """The person leaves; the setup is kept."""


class _Moved(Exception):  # noqa: N818 - no error
    """The guide stands at another step now."""


class _Filled(Exception):  # noqa: N818 - no error
    """Fields were filled in with something else than a line."""


def ask_all(session: Session) -> None:
    """Ask every step, until the last one is confirmed.

    Raises:
        Left: the person leaves before.
        InputEndedError, OutputGoneError: there is nobody.
    """
    while not flow.finished(session.state):
        try:
            _Asked(session).until_left()
        except _Moved:
            continue


class _Asked:
    """One step, from its heading until it is left."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._console = session.console
        self._id = session.state.position.step
        self._raw: dict[str, str | bool] = {}
        self._answered: set[str] = set()
        self._said: set[tuple[str, ...]] = set()
        self._previewed: tuple[str, ...] = ()
        self._complaints: Mapping[str, Problem] = {}

    def until_left(self) -> None:
        """Ask, hand in, and ask again what is wrong.

        Raises:
            _Moved: always, at the end.
        """
        view = self._view
        self._console.say(*heading(view))
        self._preview(shown_raw(view, {}))
        self._complain(view)
        while True:
            self._ask_fields()
            self._hand_in()

    @property
    def _view(self) -> StepView:
        return flow.view(self._session.state)

    def _stay(self) -> StepView:
        """Return the view of this step, where it is still the one to be asked."""
        if self._session.state.position.step != self._id or flow.finished(self._session.state):
            raise _Moved
        return self._view

    # What is wrong or odd

    def _complain(self, view: StepView, refused: Problems | None = None) -> None:
        """Say what is wrong, or odd; it is asked again then."""
        self._complaints = refused or view.problems or view.hints
        kept = " Enter once more keeps it." if view.hints and not refused else ""
        labels = {field.name: field.label for field in view.fields}
        for problem in self._complaints.values():
            self._console.say(f"{in_words(problem.sentence)}{kept}")
            if offer := offer_line(problem, labels):
                self._console.say(offer)

    def _hand_in(self) -> None:
        """Hand in what was answered, and wait for what follows from it."""
        view = self._view
        raw = shown_raw(view, self._raw)
        # What was pasted may belong to a field that shows itself only then.
        raw |= {name: value for name, value in self._raw.items() if view.field(name) is None}
        self._preview(raw)
        if not any(is_input(field) for field in view.fields):
            self._confirm(view)
        taken = flow.submit(self._session.state, raw)
        if isinstance(taken, Problems):
            self._complain(view, taken)
        else:
            self._session.become(taken)
            self._complain(self._stay())
        if not self._complaints.keys() & shown_raw(self._view, self._raw).keys():
            self._answered.clear()  # it is about no field that is there: each may be the one to change

    def _preview(self, raw: Raw) -> None:
        """Say what would follow, where that was not said just before."""
        lines = tuple(f"  {line}" for line in flow.preview(self._session.state, raw))
        if lines and lines != self._previewed:
            self._console.say(*lines)
        self._previewed = lines

    def _confirm(self, view: StepView) -> None:
        """Ask to go on, in a step that has no fields."""
        saves = view.step == "save"
        question = "Type save to save:" if saves else "Enter goes on:" if view.upcoming else "Enter ends:"
        while True:
            answer = self._line(question).strip().lower()
            if answer in _SAVES if saves else not answer:
                return
            self._console.say("Nothing is saved yet. Type save, back or leave." if saves else _ONLY_WORDS)

    # The fields

    def _ask_fields(self) -> None:
        """Ask what was not asked yet, then what is wrong; what an answer brings up is asked as well."""
        first = not self._answered
        changed = self._ask_new()
        if first or changed:
            return
        self._answered -= self._complaints.keys()
        self._ask_new()

    def _ask_new(self) -> bool:
        """Ask every field that is there and was not asked; tell whether one that nobody complained about changed."""
        changed = False
        while (field := self._next_field()) is not None:
            self._ask_field(field)
            answer = self._raw.get(field.name)
            changed |= field.name not in self._complaints and answer != default_of(field)
        return changed

    def _next_field(self) -> Input | None:
        view = self._view
        raw = shown_raw(view, self._raw)
        for field in view.fields:
            if not is_input(field) and is_shown(field, raw):
                self._say_once(reading_lines(field))
        return next(
            (field for field in view.fields if isinstance(field, Input) and field.name in raw.keys() - self._answered),
            None,
        )

    def _say_once(self, lines: tuple[str, ...]) -> None:
        if lines and lines not in self._said:
            self._said.add(lines)
            self._console.say(*lines)

    def _ask_field(self, field: Input) -> None:
        while field.name not in self._answered:
            current = self._raw.get(field.name, default_of(field))
            lines, question = prompt(field, current)
            if lines:
                self._console.say(*lines)
            try:
                line = self._line(question, field)
                self._raw[field.name] = read_answer(field, line, current)
            except NotUnderstoodError as error:
                self._console.say(str(error))
            except _Filled:
                continue
            else:
                self._answered.add(field.name)

    # The words

    def _line(self, question: str, field: Input | None = None) -> str:
        """Read an answer; words are done on the way, and the question is asked again after them.

        Raises:
            _Filled: a word has filled in fields.
            _Moved: a word led elsewhere.
        """
        ask = self._console.ask_secret if isinstance(field, SecretText) else self._console.ask
        while True:
            line = ask(question)
            if (said := handed(self._session.state, line)) is not None:
                self._console.say(*said)
                continue
            answer = read(line)
            if not isinstance(answer, Word):
                return answer
            self._do(answer, field)

    def _do(self, word: Word, field: Input | None) -> None:
        match word:
            case Word.BACK:
                self._back()
            case Word.HELP:
                self._console.say(*HELP)
            case Word.AGAIN:
                self._again()
            case Word.WHY:
                self._console.say(*why(self._session.state))
            case Word.PASTE:
                self._paste(field)
            case Word.CONSOLE:
                self._tell_way()
            case Word.SHOW:
                self._show()
            case Word.TAKE:
                self._take(field)
            case Word.LEAVE:
                raise Left

    def _back(self) -> None:
        if self._view.number == 1:
            self._console.say("This is the first step. Type leave to end here.")
            return
        self._session.become(flow.back(self._session.state))
        raise _Moved

    def _again(self) -> None:
        state = flow.again(self._session.state)
        if state.facts == self._session.state.facts:
            self._console.say("Nothing was checked yet, so there is nothing to check again.")
            return
        self._session.become(state, asked=True)
        self._complain(self._stay())

    def _paste(self, field: Input | None) -> None:
        lines = self._console.ask_lines("Paste now, and end with an empty line. What you paste is not shown.")
        found = flow.pasted(self._session.state, "\n".join(lines), field.name if field else None)
        labels = {each.name: each.label for each in self._view.fields}
        self._raw |= found
        self._answered |= found.keys()
        if found:
            self._console.say(
                f"Taken: {', '.join(labels.get(name, name) for name in found if labels.get(name, name))}."
            )
            raise _Filled
        self._console.say("No key was found in that. Paste it as the console or the file shows it.")

    def _shown(self) -> list[Field]:
        view = self._view
        raw = shown_raw(view, self._raw)
        return [field for field in view.fields if is_shown(field, raw)]

    def _way(self, *, secrets: bool) -> tuple[str, ...]:
        """Return the lines of the way through the console; none where this step has none."""
        links = [field for field in self._shown() if isinstance(field, Link)]
        raw = shown_raw(self._view, self._raw)
        found = flow.instructions(self._session.state, raw) if links else ()
        return tuple(line for link in links for line in instruction_lines(link, found, secrets=secrets))

    def _tell_way(self) -> None:
        self._console.say(*(self._way(secrets=False) or ("There is nothing to do in the AWS console in this step.",)))

    def _show(self) -> None:
        copies = [field for field in self._shown() if isinstance(field, Copy) and isinstance(field.value, Secret)]
        lines = tuple(line for field in copies for line in reading_lines(field, secrets=True))
        if not lines and self._way(secrets=True) != self._way(secrets=False):
            lines = self._way(secrets=True)
        self._console.say(*(lines or ("Nothing is hidden in this step, but what you typed.",)))

    def _take(self, field: Input | None) -> None:
        problem = self._complaints.get(field.name) if field else None
        if field is None or problem is None or not (problem.swap_with or problem.suggestion):
            self._console.say("Nothing is proposed for this.")
            return
        if problem.swap_with:
            mine, other = self._raw.get(field.name, ""), self._raw.get(problem.swap_with, "")
            self._raw |= {field.name: other, problem.swap_with: mine}
            self._answered.add(problem.swap_with)
        else:
            self._raw[field.name] = problem.suggestion or ""
        self._answered.add(field.name)
        raise _Filled
