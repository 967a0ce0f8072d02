"""Step Bucket: which folder, and in which region it lies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from ...lightly.rules import region_problem
from ...location import LocationError, S3Location
from ..facts import Failed, RegionFound
from ..fields import Field, Info, Problem, Problems, Raw, Text
from ..requests import FindRegion, Request
from ..state import Answers, Hints, State
from .step import Part, Step, text_of

__all__ = ["STEP", "region_of"]

_AWS_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d+")
_OTHER_REGION = re.compile(r"[A-Za-z0-9._-]{1,63}")
_DEFAULT_REGION = "us-east-1"
"""What S3 servers other than AWS sign with where they name no region."""


def region_of(state: State) -> str | None:
    """Return the bucket's region: typed, else found, else None.

    A server other than AWS that names none gets the usual default.
    """
    if state.answers.region:
        return state.answers.region
    found = _found(state)
    if found is None or found.exists is False:
        return None
    if found.region is None and found.problem is None and state.answers.given.endpoint_url:
        return _DEFAULT_REGION
    return found.region


def _request(state: State) -> FindRegion | None:
    location = state.answers.location
    return FindRegion(location, state.answers.given.endpoint_url) if location else None


def _found(state: State) -> RegionFound | None:
    request = _request(state)
    return state.facts.get(request, RegionFound) if request else None


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
    return Part(
        question="Which folder holds the files?",
        consequence="Its region is looked up without credentials. Nothing is written.",
        fields=tuple(fields),
    )


def _submit(state: State, raw: Raw) -> Answers | Hints | Problems:
    problems = Problems()
    region = text_of(raw, "region").strip()
    if region and (problem := _region_problem(region, state.answers.given.endpoint_url)):
        problems["region"] = problem
    hints: dict[str, Problem] = {}
    location: S3Location | None = None
    try:
        location = S3Location.parse(text_of(raw, "uri"))
    except LocationError as error:
        suggestion = error.suggestion.uri if error.suggestion else None
        if error.usable is None:
            problems["uri"] = Problem(str(error), suggestion)
        else:
            location = error.usable
            hints["uri"] = Problem(f"{error} If this is one, go on.", suggestion)
    if problems or location is None:
        return problems
    answers = replace(state.answers, location=location, region=region or None)
    return Hints(answers, hints) if hints else answers


def _region_problem(region: str, endpoint_url: str | None) -> Problem | None:
    if endpoint_url:
        return None if _OTHER_REGION.fullmatch(region) else Problem("A region is one word, as us-east-1 is.")
    if _AWS_REGION.fullmatch(region):
        return None
    nearest = re.sub(r"[\s_-]+", "-", region.lower())
    return Problem(
        f"A region looks like {_DEFAULT_REGION}; the console shows it beside the bucket's name.",
        nearest if _AWS_REGION.fullmatch(nearest) else None,
    )


def _answered(answers: Answers) -> bool:
    return answers.location is not None


def _requests(state: State) -> tuple[Request, ...]:
    request = _request(state)
    return (request,) if request and not state.answers.region else ()


def _waiting(state: State) -> str | None:
    request = _request(state)
    if request is None or state.answers.region or state.facts.has(request):
        return None
    return f"Looking up the region of {request.location.bucket} …"


def _problems(state: State) -> Mapping[str, Problem]:
    request = _request(state)
    if request is None:
        return {}
    if region := region_of(state):
        # Another server's regions are its own; what Lightly takes is said at Save then.
        unknown = None if request.endpoint_url else region_problem(region)
        return {"region" if state.answers.region else "uri": Problem(unknown)} if unknown else {}
    if failed := state.facts.get(request, Failed):
        return {"region": Problem(f"{failed.sentence} Press r to try again, or enter the region.")}
    found = _found(state)
    if found is None:
        return {}
    if found.exists is False:
        name = request.location.bucket
        if request.endpoint_url:
            return {"uri": Problem(f"No bucket of the name {name} exists on {request.endpoint_url}. Correct the name.")}
        return {
            "uri": Problem(
                f"No bucket of the name {name} exists in AWS. Correct the name; one in AWS China or GovCloud is not "
                "seen from here: enter its region."
            )
        }
    why = f": {found.problem}" if found.problem else ""
    return {
        "region": Problem(
            f"The region could not be looked up{why}. Press r to try again, or enter it: the S3 console shows it."
        )
    }


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
