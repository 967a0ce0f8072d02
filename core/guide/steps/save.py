"""Step Save: the whole plan on one page, then the doing of it."""

from __future__ import annotations

from collections.abc import Mapping

from ...access import AccessKind, CredentialSource, Secret, SourceKind, UserAccess
from ...dataset import THUMBNAIL_SUFFIX, Dataset, Datasource, Purpose
from ...lightly.rules import region_problem
from ...needs import Operation
from ..facts import Failed, SaveFailed
from ..fields import WHOLE_STEP, Info, Problem, Problems, Raw
from ..plan import Plan, make_plan
from ..requests import Request, Save
from ..state import Answers, State
from .bucket import region_of
from .dataset import existing_id, token_of
from .keys import checked, looks_swapped, public_key_id
from .step import Part, Step

__all__ = ["STEP", "plan_of", "save_request"]


def plan_of(state: State) -> Plan | None:
    """Return the plan that follows from the answers, or None while one of them is missing."""
    answers, region = state.answers, region_of(state)
    access = answers.access
    if answers.needs is None or answers.location is None or region is None or answers.name is None:
        return None
    if access is None or not access.secret_access_key or token_of(answers) is None:
        return None
    writes = Operation.WRITE in answers.needs.operations
    source = Datasource(
        purpose=Purpose.INPUT_OUTPUT if writes else Purpose.INPUT,
        location=answers.location,
        region=region,
        access=AccessKind.USER,
        access_key_id=public_key_id(state),
        credentials=CredentialSource(SourceKind.KEYRING),
        endpoint_url=answers.given.endpoint_url,
    )
    dataset = Dataset(
        name=answers.name,
        dataset_id=existing_id(state),
        needs=answers.needs,
        platform_url=answers.given.platform_url,
        datasources=(source,),
    )
    return make_plan(
        dataset,
        thumb_suffix=THUMBNAIL_SUFFIX if answers.needs.thumbnails else None,
        secrets_home=answers.given.secrets_home,
        stores_token=answers.token is not None,
        secrets_problem=answers.given.secrets_problem,
        datasets_path=answers.given.datasets_path,
        obstacle=_obstacle(access) or _elsewhere(state, region) or region_problem(region),
    )


def _obstacle(access: UserAccess) -> str | None:
    if access.session_token:
        return (
            "These are temporary credentials: they are checked, but not saved, and Lightly cannot use them. "
            "Go back to Keys and enter the key of an IAM user."
        )
    if Secret(access.access_key_id) == access.secret_access_key:
        return "The key ID and the secret are the same text. Go back to Keys and enter each in its field."
    if looks_swapped(access):
        return "Key ID and secret look exchanged, and the key ID is stored in clear. Go back to Keys and exchange them."
    return None


def _elsewhere(state: State, region: str) -> str | None:
    """Say so where the check has found the bucket in another region than the one that would be saved."""
    report = checked(state)
    if report is None or report.region in {None, region}:
        return None
    return f"The bucket is in {report.region}, not in {region}. Go back to Bucket and correct the region."


def save_request(state: State) -> Save | None:
    """Return the request that carries the plan out, or None while it cannot be."""
    plan, access, token = plan_of(state), state.answers.access, token_of(state.answers)
    if plan is None or plan.obstacle or access is None or token is None:
        return None
    return Save(plan, access, token)


def _view(state: State) -> Part:
    plan = plan_of(state)
    fields: tuple[Info, ...] = ()
    if plan:
        steps = tuple(f"{number}. {step.sentence}" for number, step in enumerate(plan.steps, 1))
        fields = (
            Info(name="steps", label="What is done, in this order", lines=steps),
            Info(name="written", label="Written on this machine", lines=plan.written),
            Info(name="sent", label="Sent", lines=plan.sent),
        )
    request = save_request(state)
    begun = bool(state.answers.given.ours) or (request is not None and state.facts.has(request))
    return Part(
        question="Save this?",
        consequence="What is done already is not done twice." if begun else "Nothing has been made or stored yet.",
        fields=fields,
    )


def _submit(state: State, _raw: Raw) -> Answers | Problems:
    plan = plan_of(state)
    if plan is None:
        return Problems({WHOLE_STEP: Problem("An answer is missing. Go back to the step that lacks it.")})
    if plan.obstacle:
        return Problems({WHOLE_STEP: Problem(plan.obstacle)})
    return state.answers


def _answered(_answers: Answers) -> bool:
    return False


def _requests(state: State) -> tuple[Request, ...]:
    request = save_request(state)
    return (request,) if request else ()


def _waiting(state: State) -> str | None:
    request = save_request(state)
    return "Saving …" if request and not state.facts.has(request) else None


def _problems(state: State) -> Mapping[str, Problem]:
    request = save_request(state)
    if request is None:
        plan = plan_of(state)
        return {WHOLE_STEP: Problem(plan.obstacle)} if plan and plan.obstacle else {}
    if failed := state.facts.get(request, Failed):
        return {WHOLE_STEP: Problem(failed.sentence)}
    if stopped := state.facts.get(request, SaveFailed):
        done = f"Done last: {stopped.last_done}." if stopped.last_done else "Nothing was done before."
        return {WHOLE_STEP: Problem(f"{stopped.sentence} {done} Save again to go on from there.")}
    return {}


STEP = Step(
    id="save",
    title="Save",
    view=_view,
    submit=_submit,
    answered=_answered,
    requests=_requests,
    waiting=_waiting,
    problems=_problems,
)
