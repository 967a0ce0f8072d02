"""Step Dataset: its name at Lightly, and the token that speaks for the user there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from ...access import Secret
from ...lightly.rules import dataset_name_problem
from ...location import S3Location
from ...needs import InputType, Needs
from ...survey import describe, suggested_type, warnings
from ..facts import Failed, FoundDataset, NameLookedUp, TokenTried, TokenVerdict
from ..fields import WHOLE_STEP, Choice, Field, Info, Option, Problem, Problems, Raw, SecretText, Text, Toggle
from ..requests import LookUpName, Request, TryToken
from ..state import Answers, Hints, State, TokenSource
from .checks import check_request, checked, look_request, looked
from .credentials import is_delegated
from .step import Part, Step, is_on, text_of
from .typed import token_problem, trim

__all__ = ["STEP", "existing_id", "name_taken", "suggested_name", "token_of"]

_WHERE = "You find it in Lightly's web app under Preferences."
_NOTES = {
    TokenSource.KEYRING: "known from your keyring; empty keeps it",
    TokenSource.ENVIRONMENT: "known from LIGHTLY_TOKEN; empty keeps it",
}


def token_of(answers: Answers) -> Secret | None:
    """Return the Lightly token: the typed one, else the one that was known before."""
    return answers.token or answers.given.token


def existing_id(state: State) -> str | None:
    """Return the id of the platform's dataset that is used instead of a new one, or None.

    That is one that the person agreed to use, or one that an unfinished save of this setup made.
    """
    if editing := _edited(state.answers):
        return editing
    found = _found(state)
    if found is None or found.input_type != _input_type(state):
        return None
    return found.dataset_id if found.dataset_id in (state.answers.reuse_id, *state.answers.given.ours) else None


def suggested_name(location: S3Location | None) -> str:
    """Make a dataset name out of the folder's: its last part, or the bucket; empty where that gives none."""
    if location is None:
        return ""
    last = location.prefix.rstrip("/").rpartition("/")[2] or location.bucket
    name = re.sub(r"[^a-zA-Z0-9 _-]+", "-", last).strip("-_ ")
    return "" if dataset_name_problem(name) else name


def _edited(answers: Answers) -> str | None:
    """Return the id of the dataset whose setup is gone through again, or None for another one."""
    editing, needs = answers.given.editing, answers.needs or Needs()
    if editing is None or (answers.name, needs.input_type) != (editing.name, editing.needs.input_type):
        return None
    return editing.dataset_id


def _input_type(state: State) -> InputType:
    return (state.answers.needs or Needs()).input_type


def _try_token(state: State) -> TryToken | None:
    token = token_of(state.answers)
    return TryToken(state.answers.given.platform_url, token) if token and state.answers.name else None


def _look_up(state: State) -> LookUpName | None:
    """Return the look-up of the name; there is none before the token was accepted."""
    tried = _try_token(state)
    answer = state.facts.get(tried, TokenTried) if tried else None
    if tried is None or state.answers.name is None or answer is None or answer.verdict is not TokenVerdict.ACCEPTED:
        return None
    return LookUpName(tried.platform_url, tried.token, state.answers.name)


def _found(state: State) -> FoundDataset | None:
    request = _look_up(state)
    answer = state.facts.get(request, NameLookedUp) if request else None
    return answer.found if answer else None


def _view(state: State) -> Part:
    answers = state.answers
    name = answers.name if answers.name is not None else answers.made_name or suggested_name(answers.location)
    needs = answers.needs or Needs()
    fields: list[Field] = [Text(name="name", label="Dataset name", value=name, placeholder="farm-animals")]
    found = _found(state)
    if found and found.input_type == _input_type(state) and _edited(answers) is None:
        fields.append(
            Toggle(
                name="reuse",
                label="Use the dataset that exists",
                value=existing_id(state) == found.dataset_id,
                note="its datasource is replaced by this one",
            )
        )
    known = _NOTES.get(answers.given.token_from) if answers.given.token_from and not answers.token else None
    fields.append(
        SecretText(name="token", label="Lightly token", kept=token_of(answers) is not None, note=known or _WHERE)
    )
    fields += [
        Choice(name="input_type", label="Input type", options=_types(state), value=needs.input_type.value),
        Toggle(name="thumbnails", label="Thumbnails", value=needs.thumbnails, note="the Lightly Worker stores them"),
    ]
    fields.append(Info(name="seen", label="What lies there", lines=_seen(state)))
    return Part(
        question="What is the dataset called at Lightly?",
        consequence="The token is tried and the name looked up; nothing is made before you save.",
        fields=tuple(fields),
    )


def _types(state: State) -> tuple[Option, ...]:
    """Return the input types; the one of most files is suggested, where it is not the chosen one already."""
    survey = looked(state)
    suggested = suggested_type(survey) if survey else None
    if suggested is _input_type(state):
        suggested = None
    return tuple(
        Option(
            kind.value, kind.value, "suggested: most of the files here are of this type" if kind is suggested else ""
        )
        for kind in InputType
    )


def _seen(state: State) -> tuple[str, ...]:
    """Say what lies in the folder. There is always a line, so that no field moves while somebody types."""
    if survey := looked(state):
        return describe(survey)
    if is_delegated(state.answers):
        return ("not looked at: that is done with an access key only, not with a role",)
    check, look = check_request(state), look_request(state)
    for request in (check, look):
        if request is not None and not state.facts.has(request):
            return ("being looked at …",)
        if request is not None and (failed := state.facts.get(request, Failed)):
            return (f"could not be looked at: {failed.sentence}",)
    return ("not looked at: this machine cannot list the folder",)


def _type_hints(state: State, input_type: InputType) -> dict[str, Problem]:
    """Warn where other files lie there than the input type says, nothing at all, or somebody else's."""
    survey, request, report = looked(state), look_request(state), checked(state)
    if survey is None or request is None or report is None:
        return {}
    said = warnings(survey, input_type=input_type, location=request.location, account=request.account)
    return {"input_type": Problem(f"{' '.join(said)} Correct it, or go on.")} if said else {}


def _submit(state: State, raw: Raw) -> Answers | Hints | Problems:
    name = text_of(raw, "name").strip()
    typed = trim(text_of(raw, "token"))
    problems = Problems()
    if sentence := dataset_name_problem(name):
        problems["name"] = Problem(sentence, _nearest(name))
    if problem := token_problem(typed, "token"):
        problems["token"] = problem
    elif not typed and token_of(state.answers) is None:
        problems["token"] = Problem(f"Enter your Lightly token. {_WHERE}")
    needs = state.answers.needs or Needs()
    try:
        input_type = InputType(text_of(raw, "input_type") or needs.input_type)
    except ValueError:
        problems["input_type"] = Problem("Choose Images or Videos.")
    if problems:
        return problems
    needs = replace(needs, input_type=input_type, thumbnails=is_on(raw, "thumbnails", default=needs.thumbnails))
    answers = replace(state.answers, name=name, needs=needs, token=Secret(typed) if typed else state.answers.token)
    answers = replace(answers, reuse_id=_agreed(replace(state, answers=answers), raw))
    hints = _type_hints(state, input_type)
    return Hints(answers, hints) if hints and answers != state.answers else answers


def _nearest(name: str) -> str | None:
    near = re.sub(r"[^a-zA-Z0-9 _-]+", "-", name).strip("-_ ")
    return near if near and near != name and dataset_name_problem(near) is None else None


def _agreed(state: State, raw: Raw) -> str | None:
    """Return the id of the dataset that the person agrees to use: one that the look-up of this very name has shown."""
    found = _found(state)
    if found is None:
        return None
    agrees = raw.get("reuse", state.answers.reuse_id == found.dataset_id)
    return found.dataset_id if agrees is True and found.input_type == _input_type(state) else None


def _answered(answers: Answers) -> bool:
    return answers.name is not None and token_of(answers) is not None


def _requests(state: State) -> tuple[Request, ...]:
    return tuple(request for request in (_try_token(state), _look_up(state)) if request)


def _waiting(state: State) -> str | None:
    tried, look_up = _try_token(state), _look_up(state)
    if tried and not state.facts.has(tried):
        return f"Trying the token at {tried.platform_url} …"
    if look_up and not state.facts.has(look_up):
        return f"Looking for a dataset named {look_up.name} …"
    return None


def _problems(state: State) -> Mapping[str, Problem]:
    tried, look_up = _try_token(state), _look_up(state)
    for request in (tried, look_up):
        if request and (failed := state.facts.get(request, Failed)):
            return {WHOLE_STEP: Problem(f"{failed.sentence} Press r to try again.")}
    if tried and (problem := _token_refused(state.facts.get(tried, TokenTried), tried.platform_url)):
        return problem
    answer = state.facts.get(look_up, NameLookedUp) if look_up else None
    if answer and answer.problem:
        return {WHOLE_STEP: Problem(f"{answer.problem} Press r to try again.")}
    return {"name": taken} if (taken := name_taken(state)) else {}


def _token_refused(answer: TokenTried | None, platform_url: str) -> Mapping[str, Problem]:
    if answer is None or answer.verdict is TokenVerdict.ACCEPTED:
        return {}
    if answer.verdict is TokenVerdict.REFUSED:
        return {"token": Problem(f"Lightly refuses this token. Enter another. {_WHERE}")}
    return {WHOLE_STEP: Problem(f"{answer.problem or f'{platform_url} cannot be reached.'} Press r to try again.")}


def name_taken(state: State) -> Problem | None:
    """Say that the name belongs to a dataset of the platform which nobody agreed to use, or None."""
    found, edited, name, wanted = _found(state), _edited(state.answers), state.answers.name, _input_type(state)
    if found is None:
        return None
    if edited and found.dataset_id != edited:
        return Problem(
            f"At Lightly the name {name} belongs to another dataset than this one: its ID is {found.dataset_id}, not "
            f"{edited}. Choose another name for a new dataset, or begin a new setup to use that one.",
            f"{name}-2",
        )
    if existing_id(state):
        return None
    if found.input_type != wanted:
        return Problem(
            f"Lightly has a dataset named {name} already, for {found.input_type}, and this one is for {wanted}. Choose "
            "another name.",
            f"{name}-{wanted.lower()}",
        )
    return Problem(
        f"Lightly has a dataset named {name} already. Use it (its datasource is replaced), or choose another name.",
        f"{name}-2",
    )


STEP = Step(
    id="dataset",
    title="Dataset",
    view=_view,
    submit=_submit,
    answered=_answered,
    requests=_requests,
    waiting=_waiting,
    problems=_problems,
)
