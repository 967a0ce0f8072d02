"""Step Output: where Lightly writes, and with which credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...access import DelegatedAccess, Secret, UserAccess
from ...dataset import Purpose
from ...lightly.rules import external_id_problem, role_arn_problem
from ...lights.states import CheckReport, Light
from ...lights.states import State as LightState
from ...location import S3Location
from ...needs import Needs
from ...survey import Survey
from ..facts import Failed
from ..fields import (
    WHOLE_STEP,
    Choice,
    Field,
    Link,
    Opens,
    Option,
    Problem,
    Problems,
    Raw,
    SecretText,
    Shown,
    Text,
    Toggle,
)
from ..requests import Request
from ..state import Answers, Hints, Maker, Output, Place, State
from .checks import check_request, is_as_it_must, look_request, looked
from .credentials import hands_over_output, is_delegated, maker_of, writes
from .key_shapes import key_hints
from .keys import typed_key
from .places import find_region, output_region_of, parse_place, place_problems, region_shape_problem
from .step import Part, Step, is_on, text_of
from .typed import role_arn_in, trim

__all__ = ["STEP", "notes"]

_SAME, _ELSEWHERE, _OTHER, _MADE = "same", "elsewhere", "other", "made"
_PLACES = (
    Option(_SAME, "The same folder", "under .lightly/ in it"),
    Option(_ELSEWHERE, "Another place", "the input folder stays untouched"),
)
_CREDENTIALS = (
    Option(_SAME, "The same credentials", "they need List, Read and Write there"),
    Option(_OTHER, "Others", "the input's need only List and Read"),
)
_OF_ITS_OWN = {
    Maker.MAKE: Option(_MADE, "Its own, made too", "two; the input's need only List and Read"),
    Maker.HAND_OVER: Option(_MADE, "Its own, handed over too", "two; the input's need only List and Read"),
}
_IF_ELSEWHERE = Shown("where", (_ELSEWHERE,))
_IF_OTHER = Shown("credentials", (_OTHER,))


def _output(state: State) -> Output:
    return state.answers.output or Output()


def _view(state: State) -> Part:
    output, needs = _output(state), state.answers.needs or Needs()
    place = Place(output.location, output.region) if output.location else output.left
    fields: list[Field] = [
        Choice(name="where", label="", options=_PLACES, value=_ELSEWHERE if output.location else _SAME),
        Text(
            name="output_uri",
            label="S3 URI of the output",
            value=place.location.uri if place else "",
            placeholder="s3://datalake/lightly-output/",
            only_if=_IF_ELSEWHERE,
        ),
    ]
    region = place.region if place else None
    if region or "output_region" in _place_problems(state):
        fields.append(
            Text(
                name="output_region",
                label="Region",
                value=region or "",
                placeholder="eu-central-1",
                note="empty: it is looked up",
                only_if=_IF_ELSEWHERE,
            )
        )
    fields.append(Link(name="browse", label="Look for it in your buckets", opens=Opens.BROWSE, only_if=_IF_ELSEWHERE))
    if maker_of(state.answers) is Maker.HAVE:
        label = "How to allow it in the AWS console"
        fields.append(Link(name="console", label=label, opens=Opens.CONSOLE, only_if=_IF_ELSEWHERE))
    fields.append(
        Toggle(
            name="lightly_folder_only",
            label="Only under .lightly/",
            value=needs.lightly_folder_only,
            note="the policy allows Write nowhere else",
        )
    )
    fields.append(
        Choice(
            name="credentials",
            label="",
            options=_credentials(state.answers),
            value=_chosen(state.answers),
            only_if=_IF_ELSEWHERE,
        )
    )
    fields += _role_fields(output) if is_delegated(state.answers) else _key_fields(output)
    return Part(
        question="Where may Lightly write?",
        consequence="Another place needs List, Read and Write; the input then only List and Read.",
        fields=tuple(fields),
    )


def _credentials(answers: Answers) -> tuple[Option, ...]:
    own = _OF_ITS_OWN.get(maker_of(answers))
    return (*_CREDENTIALS, own) if own else _CREDENTIALS


def _chosen(answers: Answers) -> str:
    output = answers.output or Output()
    if output.made and maker_of(answers) in _OF_ITS_OWN:
        return _MADE
    return _OTHER if output.access else _SAME


def _key_fields(output: Output) -> list[Field]:
    own = output.access if isinstance(output.access, UserAccess) else None
    return [
        Text(
            name="output_access_key_id",
            label="Access key ID",
            value=own.access_key_id if own else "",
            placeholder="AKIA…",
            only_if=_IF_OTHER,
        ),
        SecretText(
            name="output_secret_access_key",
            label="Secret access key",
            kept=bool(own and own.secret_access_key),
            only_if=_IF_OTHER,
        ),
    ]


def _role_fields(output: Output) -> list[Field]:
    own = output.access if isinstance(output.access, DelegatedAccess) else None
    return [
        Text(
            name="output_role_arn",
            label="Role ARN",
            value=own.role_arn if own else "",
            placeholder="arn:aws:iam::111122223333:role/Lightly-S3-Output",
            only_if=_IF_OTHER,
        ),
        SecretText(
            name="output_external_id",
            label="External ID",
            kept=not output.external_id_lost,
            note="" if output.external_id_lost or (own and own.external_id) else "empty: the same as the input's role",
            only_if=_IF_OTHER,
        ),
    ]


def _submit(state: State, raw: Raw) -> Answers | Hints | Problems:
    before = _output(state)
    where = text_of(raw, "where") or (_ELSEWHERE if before.location else _SAME)
    needs = state.answers.needs or Needs()
    only = is_on(raw, "lightly_folder_only", default=needs.lightly_folder_only)
    answers = replace(state.answers, needs=replace(needs, lightly_folder_only=only))
    if where == _SAME:
        left = Place(before.location, before.region) if before.location else before.left
        kept = replace(before, location=None, region=None, accepted=False, left=left)
        return replace(answers, output=kept)
    location, wrong, hints = parse_place(text_of(raw, "output_uri"), "output_uri")
    problems = Problems(wrong)
    region = text_of(raw, "output_region").strip() or None
    if region and (problem := region_shape_problem(region, answers.given.endpoint_url)):
        problems["output_region"] = problem
    if location is not None and location == answers.location:
        sentence = "This is the input folder itself. Choose “The same folder”, or name another one."
        problems["output_uri"] = Problem(sentence)
    chosen = text_of(raw, "credentials") or _chosen(state.answers)
    access = _access(state, raw, before) if chosen == _OTHER else None
    if isinstance(access, Problems):
        problems.update(access)
        access = None
    if problems or location is None:
        return problems
    hints |= _overlap(answers.location, location)
    if isinstance(access, UserAccess):
        hints |= key_hints(access, of_aws=answers.given.endpoint_url is None, prefix="output_")
    own = chosen == _MADE and maker_of(answers) in _OF_ITS_OWN
    if own and maker_of(answers) is Maker.HAND_OVER and before.made and _fits(before.access, answers):
        access = before.access  # it came back already
    output = Output(location=location, region=region, access=access, made=own)
    if output == replace(before, accepted=False) and _reported(state):
        # What was found out there stood on the screen, and it is gone on with.
        output = replace(output, accepted=True)
    answers = replace(answers, output=output)
    return Hints(answers, hints) if hints and not output.accepted else answers


def _fits(access: UserAccess | DelegatedAccess | None, answers: Answers) -> bool:
    return isinstance(access, DelegatedAccess) is is_delegated(answers)


def _access(state: State, raw: Raw, before: Output) -> UserAccess | DelegatedAccess | Problems:
    if not is_delegated(state.answers):
        own = before.access if isinstance(before.access, UserAccess) else None
        return typed_key(
            own, text_of(raw, "output_access_key_id"), text_of(raw, "output_secret_access_key"), "", prefix="output_"
        )
    role = before.access if isinstance(before.access, DelegatedAccess) else None
    arn, external_id = role_arn_in(text_of(raw, "output_role_arn")), trim(text_of(raw, "output_external_id"))
    problems = Problems()
    if sentence := role_arn_problem(arn):
        problems["output_role_arn"] = Problem(sentence)
    if external_id and (sentence := external_id_problem(external_id)):
        problems["output_external_id"] = Problem(sentence)
    elif not external_id and before.external_id_lost:
        problems["output_external_id"] = Problem("Enter the external ID that this role's trust policy demands.")
    if problems:
        return problems
    if external_id or role is None or role.role_arn != arn:
        return DelegatedAccess(arn, Secret(external_id))
    return DelegatedAccess(arn, role.external_id)


def _overlap(data: S3Location | None, output: S3Location) -> dict[str, Problem]:
    if data is None or data.bucket != output.bucket:
        return {}
    if output.prefix.startswith(data.prefix):
        return {
            "output_uri": Problem(
                "The output lies inside the input folder, so what is written there is listed as input. Choose a folder "
                "beside it, or go on."
            )
        }
    if data.prefix.startswith(output.prefix):
        return {"output_uri": Problem("The input folder lies inside the output. Choose a folder beside it, or go on.")}
    return {}


def _preview(state: State, raw: Raw) -> tuple[str, ...]:
    if (text_of(raw, "where") or (_ELSEWHERE if _output(state).location else _SAME)) == _SAME:
        return ("Input and output   List, Read, Write",)
    return ("Input    List, Read", "Output   List, Read, Write")


def _answered(answers: Answers) -> bool:
    output = answers.output
    if output is None:
        return False
    own = output.access
    if output.location is None or own is None or hands_over_output(answers):
        return True  # one that is handed over comes back at Keys or Role
    return bool(own.secret_access_key) if isinstance(own, UserAccess) else not output.external_id_lost


def _find(state: State) -> Request | None:
    output, location = _output(state), state.answers.location
    if output.location is None or output.region or (location and location.bucket == output.location.bucket):
        return None
    return find_region(state, output.location)


def _requests(state: State) -> tuple[Request, ...]:
    if _output(state).location is None:
        return ()
    asked = (_find(state), check_request(state, Purpose.LIGHTLY), look_request(state, Purpose.LIGHTLY))
    return tuple(request for request in asked if request)


def _waiting(state: State) -> str | None:
    output = _output(state)
    if output.location is None:
        return None
    if (found := _find(state)) and not state.facts.has(found):
        return f"Looking up the region of {output.location.bucket} …"
    if output.accepted:
        return None
    check, look = check_request(state, Purpose.LIGHTLY), look_request(state, Purpose.LIGHTLY)
    if (check and not state.facts.has(check)) or (look and not state.facts.has(look)):
        return f"Checking {output.location} …"
    return None


def _reported(state: State) -> bool:
    check = check_request(state, Purpose.LIGHTLY)
    return check is not None and state.facts.has(check)


def _place_problems(state: State) -> Mapping[str, Problem]:
    output = _output(state)
    if output.location is None:
        return {}
    if output_region_of(state) and _find(state) is None and not output.region:
        return {}
    return place_problems(state, output.location, output.region, uri="output_uri", region="output_region")


def _problems(state: State) -> Mapping[str, Problem]:
    output = _output(state)
    if output.location is None:
        return {}
    if problems := _place_problems(state):
        return problems
    if output.accepted:
        return {}
    found = notes(state)
    return {WHOLE_STEP: Problem(f"{' '.join(found)} Enter goes on all the same.")} if found else {}


def notes(state: State) -> tuple[str, ...]:
    """Say what was found out about a separate output that a person should know, in sentences."""
    output, check = _output(state), check_request(state, Purpose.LIGHTLY)
    if output.location is None or check is None:
        return ()
    if failed := state.facts.get(check, Failed):
        return (failed.sentence,)
    report = state.facts.get(check, CheckReport)
    if report is None:
        return ()
    bad = [light.summary for light in report.lights if light.required and not _is_fine(light)]
    return (*bad[:1], *_seen_there(looked(state, Purpose.LIGHTLY), output.location))


def _is_fine(light: Light) -> bool:
    return light.state in {LightState.GREEN, LightState.AMBER} or is_as_it_must(light)


def _seen_there(survey: Survey | None, location: S3Location) -> tuple[str, ...]:
    if survey is None or survey.problem:
        return ()
    said = []
    if survey.foreign_owner:
        said.append("The output bucket belongs to another AWS account than the key.")
    if not survey.there:
        said.append(f"Nothing is at {location} yet; Lightly wants the folder to exist, so create it in the S3 console.")
    return tuple(said)


def _applies(state: State) -> bool:
    return writes(state.answers)


STEP = Step(
    id="output",
    title="Output",
    view=_view,
    submit=_submit,
    answered=_answered,
    applies=_applies,
    requests=_requests,
    waiting=_waiting,
    problems=_problems,
    preview=_preview,
)
