"""A change in AWS step by step: how far it is, what moves it on, and what is shown of it. Pure: no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from core.guide.agreeing import (
    account_field,
    account_problem,
    head_in_short,
    mfa_code_problem,
    mfa_code_wanted,
    profile_field,
)
from core.guide.fields import WHOLE_STEP, Choice, Field, Info, Problem, Problems, Raw, SecretText, StepView, Text

from .aws_changes import Change, ChangePlan, CodeWanted, Ended, Told

__all__ = ["ChangeState", "Face", "agreed", "asked", "gone_back", "looked", "progressed", "view_of"]

_UNDER_WAY, _DONE, _OPEN = "…", "✓", "·"


class Face(StrEnum):
    """What is shown."""

    ASK = "ask"
    PLAN = "plan"
    RUNS = "runs"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeState:
    """How far a change is.

    Attributes:
        profiles: the AWS profiles to choose from; None while they are not known.
        asked: what is asked beside the profile.
        profile: the one that was chosen.
        code_note: which MFA device asks for a code, where one does.
        marks: how far each step of the plan is, by its index.
        waiting: what is waited for.
        problem: the field that is wrong, and why.
    """

    face: Face = Face.ASK
    profiles: tuple[str, ...] | None = None
    asked: tuple[Field, ...] = ()
    profile: str = ""
    code_note: str | None = None
    plan: ChangePlan | None = None
    marks: Mapping[int, str] = field(default_factory=dict)
    ended: Ended | None = None
    waiting: str | None = None
    problem: tuple[str, str] | None = None


def view_of(state: ChangeState, change: Change) -> StepView:
    """Describe what is shown, as the guide describes its steps."""
    question, consequence, fields = _parts(state, change)
    return StepView(
        step=state.face,
        number=1,
        total=1,
        title=change.title,
        question=question,
        consequence=consequence,
        fields=fields,
        preview=(),
        problems=Problems({state.problem[0]: Problem(state.problem[1])} if state.problem else {}),
        hints={},
        waiting=state.waiting,
        done=(),
        upcoming=(),
    )


def asked(state: ChangeState, raw: Raw) -> tuple[ChangeState, str]:
    """Take what was filled in, and return the MFA code with it. It is to be looked now, unless there is a problem."""
    profile = str(raw.get("profile") or _profile(state).value).strip()
    code = "".join(str(raw.get("code", "")).split())
    problem = None if profile else ("profile", "Enter the name of a profile, as in ~/.aws/config.")
    if sentence := mfa_code_problem(code):
        problem = ("code", sentence)
    waiting = None if problem else "Looking at what there is in AWS …"
    return replace(state, profile=profile, waiting=waiting, problem=problem), code


def looked(state: ChangeState, found: ChangePlan | CodeWanted | str) -> ChangeState:
    """Take in what there is, or why it cannot be known."""
    if isinstance(found, ChangePlan):
        return replace(state, face=Face.PLAN, plan=found, code_note=None, waiting=None)
    if isinstance(found, CodeWanted):
        problem = ("code", mfa_code_wanted(refused=found.refused))
        return replace(state, code_note=found.note, waiting=None, problem=problem)
    return replace(state, waiting=None, problem=(WHOLE_STEP, found))


def agreed(state: ChangeState, typed: str) -> ChangeState:
    """Begin, where the account ID that was typed is the plan's."""
    plan = state.plan
    if plan is None or not plan.steps:
        return replace(state, problem=(WHOLE_STEP, "There is nothing to do. Esc goes back."))
    if sentence := account_problem(typed, plan.account_id):
        return replace(state, problem=("account", sentence))
    return replace(state, face=Face.RUNS, marks={}, waiting="Beginning …", problem=None)


def progressed(state: ChangeState, told: Told) -> ChangeState:
    """Mark the step, and say what is under way."""
    plan = state.plan
    if state.face is not Face.RUNS or plan is None:
        return state
    if told.index is not None:
        state = replace(state, marks={**state.marks, told.index: _DONE if told.done else _UNDER_WAY})
    if told.done:
        return state
    where = f"{told.index + 1} of {len(plan.steps)}: " if told.index is not None else "Going back: "
    return replace(state, waiting=f"{where}{told.sentence.rstrip('.')} …")


def gone_back(state: ChangeState) -> ChangeState | None:
    """Return what was shown before; None is the screen before. What runs is not gone back from."""
    if state.face is Face.ASK and state.waiting:
        return replace(state, waiting=None, problem=None)
    if state.face is Face.PLAN:
        return replace(state, face=Face.ASK, plan=None, problem=None)
    return None


def _profile(state: ChangeState) -> Choice | Text:
    return profile_field("profile", state.profiles or (), state.profile)


def _parts(state: ChangeState, change: Change) -> tuple[str, str, tuple[Field, ...]]:
    plan = state.plan
    if state.face is Face.ENDED and state.ended:
        return state.ended.headline, "", (Info(name="result", label="", lines=state.ended.lines),)
    if plan is None or state.face is Face.ASK:
        return change.question, "What is there is looked at first; nothing is changed by that.", _first(state)
    if state.face is Face.RUNS:
        lines = tuple(f"{state.marks.get(index, _OPEN)} {step}" for index, step in enumerate(plan.steps))
        return "It is being done.", "", (Info(name="steps", label="", lines=lines),)
    return "Do this in AWS?", change.consequence, _plan_fields(plan)


def _first(state: ChangeState) -> tuple[Field, ...]:
    if state.profiles is None:
        return ()
    fields: list[Field] = [_profile(state)]
    if state.code_note is not None:
        fields.append(SecretText(name="code", label="MFA code", note=state.code_note))
    return (*fields, *state.asked)


def _plan_fields(plan: ChangePlan) -> tuple[Field, ...]:
    steps = tuple(f"{number}. {step}" for number, step in enumerate(plan.steps, 1)) or ("Nothing.",)
    return (
        Info(name="head", label="Where", lines=head_in_short(plan.head)),
        Info(name="steps", label="What is done, in this order", lines=steps),
        *((Info(name="notes", label="Mind", lines=plan.notes),) if plan.notes else ()),
        account_field(plan.account_id),
    )
