"""Step Save: the whole plan on one page, then the doing of it."""

from __future__ import annotations

from collections.abc import Mapping

from ...access import Access, AccessKind, DelegatedAccess, Secret, UserAccess
from ...dataset import THUMBNAIL_SUFFIX, Dataset, Datasource, Purpose
from ...lightly.rules import region_problem
from ...needs import Needs
from ...survey import warnings
from ..facts import Failed, SaveFailed
from ..fields import WHOLE_STEP, Info, Problem, Problems, Raw
from ..plan import Plan, make_plan
from ..requests import Request, Save
from ..state import Answers, Limits, Maker, State
from .checks import checked, is_as_it_must, kms_key_of, look_request, looked, place_of
from .credentials import access_of, credential_source, hands_over_output, is_delegated, maker_of, purposes
from .dataset import existing_id, name_taken, token_of
from .key_shapes import looks_swapped
from .keys import public_key_id
from .make import taking_back
from .output import notes as output_notes
from .step import Part, Step

__all__ = ["STEP", "plan_of", "save_request"]


def plan_of(state: State) -> Plan | None:
    """Return the plan that follows from the answers, or None while one of them is missing."""
    answers = state.answers
    sources = tuple(_datasource(state, purpose) for purpose in purposes(answers))
    if answers.needs is None or answers.name is None or token_of(answers) is None:
        return None
    given = [source for source in sources if source is not None]
    if len(given) < len(sources):
        return None
    dataset = Dataset(
        name=answers.name,
        dataset_id=existing_id(state),
        needs=answers.needs,
        platform_url=answers.given.platform_url,
        datasources=tuple(given),
        restricted=(answers.limits or Limits()).restricted,
    )
    return make_plan(
        dataset,
        thumb_suffix=THUMBNAIL_SUFFIX if answers.needs.thumbnails else None,
        secrets_home=answers.given.secrets_home,
        stores_token=answers.token is not None,
        secrets_problem=answers.given.secrets_problem,
        datasets_path=answers.given.datasets_path,
        before=answers.given.editing,
        obstacle=_obstacle(state, tuple(given)),
    )


def _datasource(state: State, purpose: Purpose) -> Datasource | None:
    answers = state.answers
    place, access = place_of(state, purpose), access_of(state, purpose)
    if place is None or access is None:
        return None
    role = access if isinstance(access, DelegatedAccess) else None
    return Datasource(
        purpose=purpose,
        location=place[0],
        region=place[1],
        access=AccessKind.DELEGATED if role else AccessKind.USER,
        access_key_id=public_key_id(state, access) if isinstance(access, UserAccess) else None,
        credentials=credential_source(answers, purpose),
        endpoint_url=answers.given.endpoint_url,
        kms_key_arn=kms_key_of(answers, purpose),
        role_arn=role.role_arn if role else None,
    )


def _obstacle(state: State, sources: tuple[Datasource, ...]) -> str | None:
    """Say why this cannot be saved, or None."""
    for source in sources:
        access = access_of(state, source.purpose)
        made = maker_of(state.answers) is Maker.MAKE
        typed_there = source.purpose is Purpose.LIGHTLY and not hands_over_output(state.answers)
        step = "Output" if typed_there else "Make" if made else "Keys"
        if isinstance(access, UserAccess) and (sentence := _key_obstacle(access, step)):
            return sentence
        if sentence := _elsewhere(state, source) or region_problem(source.region):
            return sentence
    # The name is looked up anew where the dataset that was to be used is gone.
    taken = name_taken(state)
    return f"{taken.sentence} Go back to Dataset." if taken else None


def _key_obstacle(access: UserAccess, step: str) -> str | None:
    if access.session_token:
        return (
            "These are temporary credentials: they are checked, but not saved, and Lightly cannot use them. "
            f"Go back to {step} and enter the key of an IAM user."
        )
    if Secret(access.access_key_id) == access.secret_access_key:
        return f"The key ID and the secret are the same text. Go back to {step} and enter each in its field."
    if looks_swapped(access):
        return (
            f"Key ID and secret look exchanged, and the key ID is stored in clear. Go back to {step} and exchange them."
        )
    return None


def _elsewhere(state: State, source: Datasource) -> str | None:
    """Say so where the check has found the bucket in another region than the one that would be saved."""
    report = checked(state, source.purpose)
    if report is None or report.region in {None, source.region}:
        return None
    step = "Output" if source.purpose is Purpose.LIGHTLY else "Bucket"
    return f"The bucket is in {report.region}, not in {source.region}. Go back to {step} and correct the region."


def save_request(state: State) -> Save | None:
    """Return the request that carries the plan out, or None while an answer is missing.

    An obstacle that is found out once it is under way makes it no other one.
    """
    plan, token = plan_of(state), token_of(state.answers)
    if plan is None or token is None:
        return None
    access: dict[Purpose, Access] = {}
    for source in plan.dataset.datasources:
        found = access_of(state, source.purpose)
        if found is None:
            return None
        access[source.purpose] = found
    return Save(plan, access, token)


def _mind(state: State) -> tuple[str, ...]:
    """Say what was found out about the places that a person should know before saving."""
    survey, request = looked(state), look_request(state)
    said: tuple[str, ...] = ()
    if survey and request:
        input_type = (state.answers.needs or Needs()).input_type
        said = warnings(survey, input_type=input_type, location=request.location, account=request.account)
    report = checked(state)
    lights = report.lights if report else ()
    bad = [each.summary for each in lights if each.required and each.cause and each.fix and not is_as_it_must(each)]
    plan = plan_of(state)
    left_over = (plan.left_over,) if plan and plan.left_over else ()
    return (*bad[:1], *said, *output_notes(state), *left_over)


def _view(state: State) -> Part:
    plan = plan_of(state)
    fields: tuple[Info, ...] = ()
    if plan:
        steps = tuple(f"{number}. {step.sentence}" for number, step in enumerate(plan.steps, 1))
        mind = _mind(state)
        fields = (
            *((Info(name="mind", label="Mind", lines=mind),) if mind else ()),
            Info(name="steps", label="What is done, in this order", lines=steps),
            Info(name="written", label="Written on this machine", lines=plan.written),
            Info(name="sent", label="Sent", lines=plan.sent),
        )
        if state.answers.made and maker_of(state.answers) is Maker.MAKE:
            lines = (*state.answers.made.lines, taking_back(state.answers))
            fields = (*fields, Info(name="made", label="Made in AWS", lines=lines))
    request = save_request(state)
    begun = bool(state.answers.given.ours) or (request is not None and state.facts.has(request))
    return Part(
        question="Save this?",
        consequence=_done_so_far(state.answers, begun=begun),
        fields=fields,
    )


def _done_so_far(answers: Answers, *, begun: bool) -> str:
    if begun:
        return "What is done already is not done twice."
    if answers.made:
        what = "role" if is_delegated(answers) else "user"
        return f"The {what} in AWS is made. Nothing else is made or stored yet."
    return "Nothing has been made or stored yet."


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
    request, plan = save_request(state), plan_of(state)
    obstacle = plan.obstacle if plan else None
    if request and (failed := state.facts.get(request, Failed)):
        return {WHOLE_STEP: Problem(failed.sentence)}
    if request and (stopped := state.facts.get(request, SaveFailed)):
        done = f"Done last: {stopped.last_done}." if stopped.last_done else "Nothing was done before."
        return {WHOLE_STEP: Problem(f"{stopped.sentence} {done} {obstacle or 'Save again to go on from there.'}")}
    # One that is found out while a save is under way keeps nobody at this step.
    return {WHOLE_STEP: Problem(obstacle)} if obstacle and not state.position.confirmed else {}


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
