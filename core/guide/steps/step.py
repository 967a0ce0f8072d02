"""What a step of the guide is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..fields import Field, Problem, Problems, Raw
from ..requests import Request
from ..state import Answers, Hints, State

__all__ = ["Part", "Step", "is_on", "text_of"]


@dataclass(frozen=True, slots=True)
class Part:
    """What a step itself contributes to its view."""

    question: str
    consequence: str
    fields: tuple[Field, ...]


def _always(_state: State) -> bool:
    return True


def _no_requests(_state: State) -> tuple[Request, ...]:
    return ()


def _not_waiting(_state: State) -> str | None:
    return None


def _holds_nothing(_state: State) -> bool:
    return False


def _no_problems(_state: State) -> Mapping[str, Problem]:
    return {}


def _no_preview(_state: State, _raw: Raw) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step, made of pure functions. A new step is a module with one of these, and a line in `steps`.

    Attributes:
        id: stable; drafts hold it.
        title: one word for the rail.
        view: question, consequence and fields for the answers as they stand.
        submit: reads what was typed. `Problems` where it cannot be taken, `Hints` where it looks odd.
        answered: whether these answers hold all that the step asks for.
        applies: whether the step is asked at all; where not, the numbers close up.
        requests: what follows from the confirmed answers of the step. Never from what is only typed.
        waiting: what the step waits for before it can be left, as a sentence, or None.
        problems: what was found out that keeps the step from being left.
        holds: whether there is something to read first; the step is left when it is confirmed once more.
        found_odd: what was found out that looks odd; the same submitted once more leaves the step.
        preview: what would follow from what is typed now; asks nobody.
    """

    id: str
    title: str
    view: Callable[[State], Part]
    submit: Callable[[State, Raw], Answers | Hints | Problems]
    answered: Callable[[Answers], bool]
    applies: Callable[[State], bool] = _always
    requests: Callable[[State], tuple[Request, ...]] = _no_requests
    waiting: Callable[[State], str | None] = _not_waiting
    problems: Callable[[State], Mapping[str, Problem]] = _no_problems
    holds: Callable[[State], bool] = _holds_nothing
    found_odd: Callable[[State], Mapping[str, Problem]] = _no_problems
    preview: Callable[[State, Raw], tuple[str, ...]] = _no_preview


def text_of(raw: Raw, name: str) -> str:
    """Return what was typed into a field; empty where the field was not shown."""
    value = raw.get(name, "")
    return value if isinstance(value, str) else ""


def is_on(raw: Raw, name: str, *, default: bool) -> bool:
    """Return whether a toggle is on; `default` where it was not shown."""
    value = raw.get(name, default)
    return value if isinstance(value, bool) else default
