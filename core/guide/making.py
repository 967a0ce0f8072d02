"""Planning and making what is wanted in AWS: what `core.provision` does and says, in the guide's facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ..access import DelegatedAccess, mask_key_id
from .agreeing import head_in_short
from .facts import AwsMade, AwsPlanned, AwsStep, AwsStopped
from .requests import MakeAws, PlanAws

if TYPE_CHECKING:
    from ..provision.apply import Made, Progress
    from ..provision.differences import Change
    from ..provision.journal import Journal
    from ..provision.plan import AwsPlan
    from ..provision.plan_values import PlannedStep
    from ..provision.refusals import Refusal
    from ..provision.wanted import Wanted
    from ..store.secrets import SecretStore

__all__ = ["make_aws", "plan_aws"]

_EXISTS, _OF_ANOTHER = "name-exists", "name-of-other-dataset"
_INTO_KEYRING = "goes into this machine's keyring at once"
_SILENT = "no-answer"
_OTHER_NAME = "Change what it is named after."


def plan_aws(request: PlanAws, *, secrets: SecretStore, journal: Journal) -> AwsPlanned:
    """Look at what there is, and plan. What is there and not ours is planned as adopted, with its differences."""
    from ..provision.apply import WAITING
    from ..provision.looking import look
    from ..provision.plan import plan_for
    from ..provision.refusals import Refusal

    found = look(
        request.administrator, request.wanted, secrets=secrets, journal=journal, endpoint_url=request.endpoint_url
    )
    if isinstance(found, Refusal):
        return AwsPlanned(problem=_said(found))
    plan = plan_for(request.wanted, found, endpoint_url=request.endpoint_url)
    exists = plan if isinstance(plan, Refusal) and plan.cause == _EXISTS else None
    if exists:
        plan = plan_for(request.wanted, found, adopt=True, endpoint_url=request.endpoint_url)
    if isinstance(plan, Refusal):
        return AwsPlanned(problem=_said(plan))
    return AwsPlanned(
        account_id=plan.account_id,
        head=head_in_short(plan.head),
        steps=(*(_step(step, secrets) for step in plan.steps), *((WAITING,) if plan.steps else ())),
        differences=(exists.sentence,) if exists else (),
        adopts=exists is not None,
        notes=tuple(note.sentence for note in plan.notes),
        plan=plan,
    )


def make_aws(
    request: MakeAws, on_step: Callable[[AwsStep], None], *, secrets: SecretStore, journal: Journal
) -> AwsMade | AwsStopped:
    """Carry a plan out, and wait until what was made works."""
    from ..provision.apply import ProgressState, apply
    from ..provision.refusals import Stopped

    plan = request.planned.plan
    if plan is None:
        return AwsStopped("The plan is gone.")

    def tell(progress: Progress) -> None:
        if progress.state is not ProgressState.DONE:
            on_step(AwsStep(progress.number, progress.total, _as_kept(_progress(progress), secrets)))

    made = apply(plan, request.asked.administrator, secrets=secrets, journal=journal, tell=tell)
    if isinstance(made, Stopped):
        last = _as_kept(made.last, secrets) if made.last else None
        unclear = made.step is not None and made.refusal.cause == _SILENT
        return AwsStopped(_said(made.refusal), last, unclear)
    return AwsMade(tuple(made.access[each] for each in request.asked.wanted), _there(plan, made, secrets))


def _step(step: PlannedStep, secrets: SecretStore) -> str:
    """Say a step, and in lines below it each statement as it was and as it will be."""
    from ..provision.plan_values import step_lines

    whole = replace(step, sentence=_as_kept(step.sentence, secrets), changes=tuple(_parts(step.changes)))
    _, _, said = "\n".join(step_lines((whole,))).partition(" ")
    return said


def _as_kept(sentence: str, secrets: SecretStore) -> str:
    """Say where a key's secret goes: without a keyring it stays in memory."""
    return sentence.replace(_INTO_KEYRING, "stays in memory until this ends") if _in_memory(secrets) else sentence


def _parts(changes: Iterable[Change]) -> Iterator[Change]:
    """Take apart what is changed: the statement as it was goes, and the one as it will be comes."""
    from ..provision.differences import Kind

    for change in changes:
        if change.kind is Kind.CHANGED and change.before != change.after:
            yield replace(change, kind=Kind.REMOVED, after=None)
            yield replace(change, kind=Kind.ADDED, before=None)
        else:
            yield change


def _in_memory(secrets: SecretStore) -> bool:
    from ..store.secrets import MemorySecretStore

    return isinstance(secrets, MemorySecretStore)


def _said(refusal: Refusal) -> str:
    fix = _OTHER_NAME if refusal.cause == _OF_ANOTHER else refusal.fix
    return f"{refusal.sentence} {fix}"


def _progress(progress: Progress) -> str:
    from ..provision.apply import ProgressState

    match progress.state:
        case ProgressState.RETRYING:
            return f"{progress.sentence} (AWS asks for patience, again in {progress.next_in or 0} s)"
        case ProgressState.NOT_YET:
            return f"{progress.sentence} (not yet, {progress.left or 0} s left)"
        case _:
            return progress.sentence


def _there(plan: AwsPlan, made: Made, secrets: SecretStore) -> tuple[str, ...]:
    """Say what there is now, for each that was wanted; never a secret."""
    lines = [line for wanted in plan.wanted for line in _lines_of(wanted, made, secrets)]
    lines += [f"Done now: {sentence}" for wanted in plan.wanted for sentence in _changed(plan, wanted)]
    if not made.steps:
        lines.append("All of it was there already: nothing was changed.")
    if not made.works:
        lines.append("AWS does not answer to it everywhere yet: that can take a minute.")
    return tuple(dict.fromkeys((*lines, *(note.sentence for note in made.notes))))


def _changed(plan: AwsPlan, wanted: Wanted) -> tuple[str, ...]:
    """Say what was changed of a user or role that was there before."""
    from ..provision.plan_values import StepKind

    steps = plan.steps_of(wanted)
    if any(step.kind in {StepKind.USER, StepKind.ROLE} for step in steps):
        return ()
    return tuple(step.sentence for step in steps if step.kind is not StepKind.KEY)


def _lines_of(wanted: Wanted, made: Made, secrets: SecretStore) -> tuple[str, ...]:
    access = made.access[wanted]
    first = f"{wanted.access.entity.capitalize()} {made.arns[wanted]}, tagged created-by: bucketlight"
    if isinstance(access, DelegatedAccess):
        return (first, "It demands the external ID of this setup.")
    kept = "in memory until this ends" if _in_memory(secrets) else "kept on this machine"
    return (first, f"Access key {mask_key_id(access.access_key_id)}; its secret is {kept}.")
