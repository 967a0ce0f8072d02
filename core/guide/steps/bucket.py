"""Step Bucket: which folder, and in which region it lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..fields import Field, Info, Link, Opens, Problem, Problems, Raw, Text
from ..requests import Request
from ..state import Answers, Hints, State
from .places import find_region, parse_place, place_problems, region_at, region_shape_problem
from .step import Part, Step, text_of

__all__ = ["STEP", "region_of"]


def region_of(state: State) -> str | None:
    """Return the bucket's region: typed, else found, else None."""
    return region_at(state, state.answers.location, state.answers.region)


def _view(state: State) -> Part:
    answers = state.answers
    fields: list[Field] = [
        Text(
            name="uri",
            label="S3 URI of the folder",
            value=answers.location.uri if answers.location else "",
            placeholder="s3://datalake/projects/farm-animals/",
        )
    ]
    if answers.region or _problems(state):
        fields.append(
            Text(
                name="region",
                label="Region",
                value=answers.region or "",
                placeholder="eu-central-1",
                note="empty: it is looked up",
            )
        )
    if answers.given.endpoint_url:
        fields.append(Info(name="endpoint", label="S3 server", lines=(answers.given.endpoint_url,)))
    fields.append(Link(name="browse", label="Look for the folder in your buckets", opens=Opens.BROWSE))
    return Part(
        question="Which folder holds the files?",
        consequence="Its region is looked up without credentials. Nothing is written.",
        fields=tuple(fields),
    )


def _submit(state: State, raw: Raw) -> Answers | Hints | Problems:
    region = text_of(raw, "region").strip()
    location, wrong, hints = parse_place(text_of(raw, "uri"), "uri")
    problems = Problems(wrong)
    if region and (problem := region_shape_problem(region, state.answers.given.endpoint_url)):
        problems["region"] = problem
    if problems or location is None:
        return problems
    answers = replace(state.answers, location=location, region=region or None)
    if location != state.answers.location and answers.agreed is None:
        answers = replace(answers, made_name=None, made_on=None)  # nothing bears the name yet
    return Hints(answers, hints) if hints else answers


def _answered(answers: Answers) -> bool:
    return answers.location is not None


def _requests(state: State) -> tuple[Request, ...]:
    request = find_region(state, state.answers.location)
    return (request,) if request and not state.answers.region else ()


def _waiting(state: State) -> str | None:
    request = find_region(state, state.answers.location)
    if request is None or state.answers.region or state.facts.has(request):
        return None
    return f"Looking up the region of {request.location.bucket} …"


def _problems(state: State) -> Mapping[str, Problem]:
    location = state.answers.location
    return place_problems(state, location, state.answers.region) if location else {}


STEP = Step(
    id="bucket",
    title="Bucket",
    view=_view,
    submit=_submit,
    answered=_answered,
    requests=_requests,
    waiting=_waiting,
    problems=_problems,
)
