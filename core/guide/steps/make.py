"""Step Make: the user or role is made in AWS, with an administrator's profile, after a plan that was agreed to."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace

from ...access import Secret
from ...lightly.rules import dataset_name_problem
from ..agreeing import account_field, account_problem, mfa_code_problem, mfa_code_wanted, profile_field
from ..facts import AwsPlanned, AwsStopped, Failed, KeysRead
from ..fields import (
    WHOLE_STEP,
    Choice,
    Field,
    Info,
    Problem,
    Problems,
    Raw,
    SecretText,
    Text,
    Toggle,
)
from ..fingerprint import fingerprint
from ..keys_source import KeysFrom, KeysSource
from ..requests import MakeAws, PlanAws, ReadKeys, Request
from ..state import Answers, Maker, State
from .checks import check_request, look_request
from .credentials import is_delegated, maker_of, making_refused
from .demanded import demanded_fields, demanded_of
from .step import Part, Step, is_on, text_of
from .typed import trim
from .wanted import made_name_of, name_field, not_limited, wanted_of

__all__ = ["STEP", "planned", "taking_back", "unagreed", "under_way"]

_UNDER_WAY, _DONE, _OPEN = "…", "✓", "·"
_UNCLEAR = "It is not known whether the change was made."


def _read(state: State) -> ReadKeys | None:
    source = state.answers.administrator
    return ReadKeys(source) if source else None


def _plan(state: State) -> PlanAws | None:
    """Return the request for the plan; there is none before the administrator's key was read."""
    read, wanted = _read(state), wanted_of(state)
    found = state.facts.get(read, KeysRead) if read else None
    if found is None or found.access is None or isinstance(wanted, str):
        return None
    return PlanAws(wanted=wanted, administrator=found.access, endpoint_url=state.answers.given.endpoint_url)


def planned(state: State) -> AwsPlanned | None:
    """Return the plan of what would be made in AWS, or None while there is none."""
    request = _plan(state)
    found = state.facts.get(request, AwsPlanned) if request else None
    return found if found and not found.problem else None


def _make(state: State) -> MakeAws | None:
    """Return the request that makes it: of the plan that was agreed to, or of one that changes nothing."""
    asked = _plan(state)
    found = state.facts.get(asked, AwsPlanned) if asked else None
    if asked is None or found is None or found.problem:
        return None
    if found.steps and state.answers.agreed != fingerprint(asked.wanted, found):
        return None
    return MakeAws(asked=asked, planned=found)


def under_way(state: State) -> MakeAws | None:
    """Return the request that makes it, while something is being made; None before and after."""
    request = None if state.answers.made else _make(state)
    return request if request and request.planned.steps and not state.facts.has(request) else None


def taking_back(answers: Answers) -> str:
    """Say how what was made is taken back."""
    return f"To take it back: bucketlight undo {shlex.quote(made_name_of(answers))}, or u in the app."


def unagreed(answers: Answers) -> Answers:
    """Let go of a plan that was agreed to and is not carried out. That one was begun stays known: it may have stopped
    half-way.
    """
    return replace(answers, agreed="") if answers.agreed else answers


def _view(state: State) -> Part:
    answers = state.answers
    if answers.made:
        lines = (*answers.made.lines, taking_back(answers))
        return Part(
            question="It is made.",
            consequence="Lightly tries it when you save."
            if is_delegated(answers)
            else "It can take a minute until all of AWS knows it; the lights say so.",
            fields=(Info(name="made", label="In AWS there is now", lines=lines),),
        )
    if making := under_way(state):
        return Part(
            question="It is being made in AWS.",
            consequence="What is done is written down: whatever interrupts it, the same goes on.",
            fields=(Info(name="progress", label="", lines=_progress(state, making)),),
        )
    name = name_field(answers)
    if (found := planned(state)) and not _problems(state):
        return Part(
            question="Make this in AWS?",
            consequence="It can be taken back: bucketlight undo.",
            fields=tuple(_plan_fields(found, (*found.notes, *not_limited(answers)), name)),
        )
    fields: list[Field] = [_profile(state), name, *demanded_fields(answers)]
    read_request = _read(state)
    read = state.facts.get(read_request, KeysRead) if read_request else None
    if read and read.code_wanted:
        fields.append(SecretText(name="administrator_code", label="MFA code", note=read.code_wanted))
    return Part(
        question="With which administrator's profile may it be made?",
        consequence="What is there is looked at first; nothing is made before you agree to it.",
        fields=tuple(fields),
    )


def _profile(state: State) -> Choice | Text:
    source = state.answers.administrator
    return profile_field("administrator_profile", state.answers.given.profiles, source.name if source else "")


def _progress(state: State, making: MakeAws) -> tuple[str, ...]:
    """Say of each step of the plan how far it is."""
    step = state.facts.step(making)
    now = step.number if step else 0
    return tuple(
        f"{_DONE if number < now else _UNDER_WAY if number == now else _OPEN} {said.splitlines()[0]}"
        for number, said in enumerate(making.planned.steps, 1)
    )


def _plan_fields(found: AwsPlanned, notes: tuple[str, ...], name: Field) -> list[Field]:
    fields: list[Field] = [Info(name="account_lines", label="Where", lines=found.head)]
    steps = tuple(line for number, said in enumerate(found.steps, 1) for line in f"{number}. {said}".splitlines())
    if steps:
        fields.append(Info(name="steps", label="What is done, in this order", lines=steps))
    if notes:
        fields.append(Info(name="notes", label="Mind", lines=notes))
    if found.differences:
        fields.append(Info(name="differences", label="To be adopted", lines=found.differences))
    if found.adopts:
        fields.append(name)
        fields.append(
            Toggle(
                name="adopt",
                label="Adopt it",
                value=False,
                note="only our own statements are changed",
            )
        )
    if found.steps:
        fields.append(account_field(found.account_id))
    return fields


def _submit(state: State, raw: Raw) -> Answers | Problems:
    answers = state.answers
    if answers.made:
        return replace(answers, made=replace(answers.made, seen=True))
    if under_way(state):
        return answers
    if refused := making_refused(answers):
        return Problems({WHOLE_STEP: refused})
    problems = Problems()
    source = _source(state, raw, problems)
    name = text_of(raw, "made_name").strip() or made_name_of(answers)
    if sentence := dataset_name_problem(name):
        problems["made_name"] = Problem(sentence)
    demanded = demanded_of(answers, raw, problems)
    if problems or source is None:
        return problems
    taken = replace(answers, administrator=source, made_name=name, demanded=demanded)
    wanted = wanted_of(replace(state, answers=taken))
    if isinstance(wanted, str):
        return Problems({WHOLE_STEP: Problem(wanted)})
    if _problems(state):
        return unagreed(taken)  # it is planned anew, and read once more
    found = planned(state)
    same = (source, name, demanded) == (answers.administrator, made_name_of(answers), answers.demanded)
    if not same or found is None or not found.steps:
        return taken
    if problems := _disagreement(found, raw):
        return problems
    return replace(taken, agreed=fingerprint(wanted, found))


def _disagreement(found: AwsPlanned, raw: Raw) -> Problems:
    """Say what lacks for the plan that stands on the screen to be agreed to."""
    problems = Problems()
    if found.adopts and not is_on(raw, "adopt", default=False):
        problems["adopt"] = Problem("It was not made by bucketlight. Switch this on to change it, or choose a name.")
    if sentence := account_problem(trim(text_of(raw, "account")), found.account_id):
        problems["account"] = Problem(sentence)
    return problems


def _source(state: State, raw: Raw, problems: Problems) -> KeysSource | None:
    before = state.answers.administrator
    name = (text_of(raw, "administrator_profile") or _profile(state).value).strip()
    if not name:
        problems["administrator_profile"] = Problem("Enter the name of a profile, as in ~/.aws/config.")
        return None
    code = "".join(trim(text_of(raw, "administrator_code")).split())
    if sentence := mfa_code_problem(code):
        problems["administrator_code"] = Problem(sentence)
    same = before is not None and before.name == name
    kept = before.code if before and same else None
    return KeysSource(KeysFrom.PROFILE, name, Secret(code) if code else kept)


def _answered(answers: Answers) -> bool:
    return answers.made is not None


def _requests(state: State) -> tuple[Request, ...]:
    if state.answers.made:
        return tuple(request for request in (check_request(state), look_request(state)) if request)
    return tuple(request for request in (_read(state), _plan(state), _make(state)) if request)


def _waiting(state: State) -> str | None:
    if state.answers.made:
        return None
    read, plan, make = _read(state), _plan(state), _make(state)
    if read and not state.facts.has(read):
        return f"Reading the profile {read.source.name} …"
    if plan and not state.facts.has(plan):
        return "Looking at what there is in AWS …"
    if make and not state.facts.has(make):
        step = state.facts.step(make)
        if step is None:
            return "Making it in AWS …" if make.planned.steps else "Seeing that all of it is there …"
        return f"{step.number} of {step.total}: {step.sentence.rstrip('.')} …"
    return None


def _problems(state: State) -> Mapping[str, Problem]:
    if state.answers.made:
        return {}
    read, plan, make = _read(state), _plan(state), _make(state)
    for request in (read, plan):
        if request and (failed := state.facts.get(request, Failed)):
            return {WHOLE_STEP: Problem(f"{failed.sentence} Enter tries again.")}
    if make and (failed := state.facts.get(make, Failed)):
        return {WHOLE_STEP: Problem(f"{failed.sentence} {_UNCLEAR} Enter looks at AWS first.")}
    found = state.facts.get(read, KeysRead) if read else None
    if found and found.code_wanted:
        return {"administrator_code": Problem(mfa_code_wanted(refused=found.code_refused))}
    if found and found.access is None:
        return {"administrator_profile": Problem(found.problem or "This profile has no access key. Choose another.")}
    answer = state.facts.get(plan, AwsPlanned) if plan else None
    if answer and answer.problem:
        return {WHOLE_STEP: Problem(answer.problem)}
    if make and (stopped := state.facts.get(make, AwsStopped)):
        nothing = _UNCLEAR if stopped.unclear else "Nothing was made."
        done = f"Done last: {stopped.last_done.rstrip('.')}." if stopped.last_done else nothing
        return {WHOLE_STEP: Problem(f"{stopped.sentence} {done} Enter plans again, and goes on from there.")}
    return {}


def _applies(state: State) -> bool:
    return maker_of(state.answers) is Maker.MAKE


def _holds(state: State) -> bool:
    return state.answers.made is None or not state.answers.made.seen


STEP = Step(
    id="make",
    title="Make",
    view=_view,
    submit=_submit,
    answered=_answered,
    applies=_applies,
    requests=_requests,
    waiting=_waiting,
    problems=_problems,
    holds=_holds,
)
