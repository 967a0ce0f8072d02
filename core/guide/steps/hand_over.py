"""What the steps Keys and Role show while an administrator has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ..fields import Field, Info, Link, Opens
from ..state import Maker, State
from .credentials import maker_of
from .wanted import made_on_of, not_limited

__all__ = ["COMES_BACK", "QUESTION", "handed_out", "handed_over", "waits_since"]

QUESTION = "Hand this over, then paste what comes back."
COMES_BACK = "comes back from the administrator"
_STEPS = {"keys", "role"}


def waits_since(state: State) -> date | None:
    """Return the day since which a setup waits for an administrator once it is left, or None where it does not."""
    answers = state.answers
    if maker_of(answers) is not Maker.HAND_OVER or state.position.step not in _STEPS:
        return None
    return made_on_of(answers)


def handed_out(state: State) -> State:
    """Take down that files were copied or saved: from now on it waits."""
    return replace(state, answers=replace(state.answers, waits=True))


def handed_over(state: State) -> tuple[Field, ...]:
    """Return the first fields of the step: the way to the files, and what is to be known. None where it is not."""
    answers = state.answers
    if maker_of(answers) is not Maker.HAND_OVER:
        return ()
    link = Link(name="handoff", label="What to hand over: files and a message", opens=Opens.HANDOFF)
    since = made_on_of(answers).isoformat()
    waits = (f"Waiting for the administrator since {since}.",) if answers.waits else ()
    lines = (*waits, *not_limited(answers))
    return (link, Info(name="waiting", label="", lines=lines)) if lines else (link,)
