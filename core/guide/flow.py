"""The guide as pure functions: state in, state out. Both front ends go through these and nothing else.

`submit` gives `Problems` where the answers cannot be taken, and nothing has changed. Else it gives a state: the next
step; or the same one, waiting for what `pending` names; or the same one with hints, which the same answers, submitted
once more, pass.
"""

from __future__ import annotations

from dataclasses import replace

from ..lights.states import CheckReport
from ..lights.target import CheckOptions
from .browsing import browsable
from .by_hand import instructions
from .facts import AwsMade, AwsPlanned, Fact, Facts, Failed, Saved, SaveFailed
from .fields import WHOLE_STEP, Problem, Problems, Raw, StepView
from .fingerprint import fingerprint
from .hand_over import handed_out, handoff, waits_since
from .pasting import pasted
from .plan import Plan
from .requests import Check, LookUpName, MakeAws, PlanAws, RegisterWorker, Request, Save, fits
from .state import Answers, Given, Hints, Made, Position, State
from .steps import STEPS, steps_of
from .steps.access import STEP as ACCESS
from .steps.make import STEP as MAKE
from .steps.make import planned, unagreed, under_way
from .steps.save import STEP as SAVE
from .steps.save import plan_of
from .steps.step import Step
from .steps.wanted import without_stale

__all__ = [
    "again",
    "back",
    "browsable",
    "finished",
    "foreseen",
    "handed_out",
    "handoff",
    "instructions",
    "learn",
    "makes",
    "pasted",
    "pending",
    "plan",
    "preview",
    "start",
    "submit",
    "view",
    "waits_since",
    "wanted",
]


def start(given: Given | None = None) -> State:
    """Return the state before the first question."""
    return State(Answers(given=given or Given()), Facts(), Position(STEPS[0].id))


def view(state: State) -> StepView:
    """Return what to show. It asks nobody and changes nothing."""
    step, hints = _step(state), state.position.hints
    applying = _applying(state)
    index = applying.index(step)
    shown = replace(state, answers=hints.answers) if hints else state
    part = step.view(shown)
    return StepView(
        step=step.id,
        number=index + 1,
        total=len(applying),
        title=step.title,
        question=part.question,
        consequence=part.consequence,
        fields=part.fields,
        preview=step.preview(shown, {}),
        problems={} if hints else step.problems(state),
        hints=hints.problems if hints else {},
        waiting=step.waiting(state) if state.position.confirmed else None,
        done=tuple(other.title for other in applying[:index]),
        upcoming=tuple(other.title for other in applying[index + 1 :]),
    )


def preview(state: State, raw: Raw) -> tuple[str, ...]:
    """Return the lines that say what would follow from what stands in the fields now."""
    return _step(state).preview(state, raw)


def foreseen(state: State, raw: Raw) -> StepView | None:
    """Return what to show with the steps that would follow from what is marked; None where none would change.

    Who makes it decides on these, and nothing else.
    """
    step = _step(state)
    if step is not ACCESS:
        return None
    taken = step.submit(state, raw)
    return view(replace(state, answers=taken) if isinstance(taken, Answers) else state)


def submit(state: State, raw: Raw) -> State | Problems:
    """Take what stands in the fields of the current step. An empty secret keeps the known one."""
    step, hints = _step(state), state.position.hints
    taken = step.submit(replace(state, answers=hints.answers) if hints else state, raw)
    if isinstance(taken, Problems):
        return taken
    if isinstance(taken, Hints):
        if taken.answers != state.answers and (hints is None or taken.answers != hints.answers):
            return State(state.answers, state.facts, Position(step.id, hints=taken))
        taken = taken.answers
    stopped = step is MAKE and step.problems(state)
    state = without_stale(State(taken, state.facts, Position(step.id, confirmed=True)))
    state = replace(state, facts=state.facts.only(*wanted(state)))
    if stopped or step.problems(state):
        # Submitted although it was bad: it may have become good, so it is asked anew.
        state = replace(state, facts=state.facts.without(*step.requests(state)))
    return _advance(state)


def back(state: State) -> State:
    """Go one step back, with every answer kept; at the first step only what was waited for is let go.

    From a plan that nobody agreed to, or that was carried out in part, the way back leads to what it was made from, in
    the same step.
    """
    asked = [request for request in _step(state).requests(state) if isinstance(request, PlanAws | MakeAws)]
    begun = any(isinstance(request, MakeAws) and not state.facts.has(request) for request in asked)
    if _step(state) is MAKE and not state.answers.made and planned(state) and not begun:
        return State(unagreed(state.answers), state.facts.without(*asked), Position(MAKE.id))
    applying = _applying(state)
    before = applying[max(applying.index(_step(state)) - 1, 0)]
    # A name may be taken by the time the step is confirmed again, by others or by a save that stopped half-way.
    aged = [request for request in before.requests(state) if isinstance(request, LookUpName)]
    return State(state.answers, state.facts.without(*aged), Position(before.id))


def makes(state: State) -> bool:
    """Tell whether this step makes something in AWS now. It goes on where the step is left."""
    return _step(state) is MAKE and under_way(state) is not None


def wanted(state: State) -> tuple[Request, ...]:
    """Return every request that belongs to the confirmed answers, answered or not. Facts of any other are stale."""
    return tuple(request for step in _applying(state) for request in step.requests(state))


def pending(state: State) -> tuple[Request, ...]:
    """Return what is to be found out or done now: what belongs to confirmed steps and is not answered yet."""
    applying, current = _applying(state), _step(state)
    end = applying.index(current) + (1 if state.position.confirmed else 0)
    # A step before that was left unfinished, since a later answer undid it, asks only when it is stood at again.
    asking = (step for step in applying[:end] if step is current or not step.holds(state))
    requests = (request for step in asking for request in step.requests(state))
    return tuple(request for request in requests if not state.facts.has(request))


def learn(state: State, request: Request, fact: Fact) -> State:
    """Take in a fact. One that belongs to other answers than those at hand, or is of another kind, changes nothing."""
    if not fits(request, fact):
        return state
    mark = fingerprint(request)
    is_wanted = any(fingerprint(other) == mark for other in wanted(state))
    if isinstance(fact, Saved | SaveFailed) and fact.dataset_id:
        # What a save has made is there, whatever the answers are by now.
        given = state.answers.given
        ours = tuple(dict.fromkeys((*given.ours, fact.dataset_id)))
        state = replace(state, answers=replace(state.answers, given=replace(given, ours=ours)))
    if isinstance(fact, SaveFailed) and fact.gone:
        return _without_dataset(state, fact.sentence, fact.gone)
    if not is_wanted:
        return state
    if isinstance(request, Check) and isinstance(fact, CheckReport | Failed):
        state = replace(state, asking=None)
    to_be_read = _is_to_be_read(state, request, fact)
    state = replace(state, facts=state.facts.adding(request, fact))
    if isinstance(request, MakeAws) and isinstance(fact, AwsMade):
        made = Made(fingerprint(request.asked.wanted), fact.access, fact.lines)
        state = replace(state, answers=replace(state.answers, made=made))
    if to_be_read:
        state = replace(state, position=Position(state.position.step))
    state = _advance(_hinted(state))
    # What was saved is checked once more, so that the lights are those of the dataset as it now is.
    return again(state) if isinstance(fact, Saved) else state


def _is_to_be_read(state: State, request: Request, fact: Fact) -> bool:
    """Tell whether what was found out is to be read, and the step confirmed once more, before anything follows."""
    if not isinstance(request, RegisterWorker | PlanAws) or request not in _step(state).requests(state):
        return False
    return not isinstance(fact, AwsPlanned) or (bool(fact.steps) and not fact.problem)


def again(state: State, options: CheckOptions | None = None) -> State:
    """Ask anew what `r` stands for: the check, and what went badly in this step. Nothing is saved or made by it.

    With `options` the check alone is asked anew, and goes about it so, this once. A check that is under way goes on as
    it was begun.
    """
    step = _step(state)
    asked: list[Request] = [
        request for request in wanted(state) if isinstance(request, Check) and state.facts.has(request)
    ]
    asking = options if asked else None
    if options is None and step.problems(state):
        asked += [request for request in step.requests(state) if not isinstance(request, Save | MakeAws)]
    return replace(state, facts=state.facts.without(*asked), asking=asking)


def plan(state: State) -> Plan:
    """Return what Save would do.

    Raises:
        ValueError: while an answer is missing.
    """
    made = plan_of(state)
    if made is None:
        raise ValueError("there is no plan before every step up to Save is answered")
    return made


def finished(state: State) -> bool:
    """Tell whether the last step was confirmed, and nothing is waited for there."""
    step = _step(state)
    done = state.position.confirmed and step is _applying(state)[-1]
    return done and not step.waiting(state) and not step.problems(state)


def _applying(state: State) -> tuple[Step, ...]:
    return tuple(step for step in steps_of(state.answers) if step.applies(state))


def _step(state: State) -> Step:
    return next(step for step in STEPS if step.id == state.position.step)


def _hinted(state: State) -> State:
    """Stay at a confirmed step where what was found out looks odd: the same once more leaves it."""
    step = _step(state)
    if not state.position.confirmed or step.waiting(state) or step.problems(state):
        return state
    found = step.found_odd(state)
    return replace(state, position=Position(step.id, hints=Hints(state.answers, found))) if found else state


def _without_dataset(state: State, sentence: str, gone: str) -> State:
    """Use a dataset no more that the platform has not: its name is looked up anew, and the plan follows from that.

    Whoever was saving is told, and nothing is made before the same is confirmed once more.
    """
    aged = [request for request in wanted(state) if isinstance(request, LookUpName)]
    given, position = state.answers.given, state.position
    if given.editing and given.editing.dataset_id == gone:
        given = replace(given, editing=replace(given.editing, dataset_id=None))
    given = replace(given, ours=tuple(each for each in given.ours if each != gone))
    reuse_id = state.answers.reuse_id if state.answers.reuse_id != gone else None
    answers = replace(state.answers, given=given, reuse_id=reuse_id)
    if position.step == SAVE.id:
        said = Problem(f"{sentence} Its name is looked up anew: read the plan, then save again to carry it out.")
        position = Position(SAVE.id, hints=Hints(answers, {WHOLE_STEP: said}))
    return replace(state, answers=answers, facts=state.facts.without(*aged), position=position)


def _advance(state: State) -> State:
    """Leave a confirmed step when nothing is waited for and nothing is wrong.

    The next one is the one that follows; or an earlier one that this step's answers have made necessary.
    """
    step, applying = _step(state), _applying(state)
    if not state.position.confirmed or step.waiting(state) or step.problems(state) or step is applying[-1]:
        return state
    if step.holds(state):
        return state
    index = applying.index(step)
    missing = [earlier for earlier in applying[:index] if not earlier.answered(state.answers)]
    following = missing[0] if missing else applying[index + 1]
    # What is being made goes on while somebody looks elsewhere: whoever comes back sees how far it is.
    goes_on = following is MAKE and under_way(state) is not None
    return replace(state, position=Position(following.id, confirmed=goes_on))
