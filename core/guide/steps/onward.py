"""Step Next: what to do with the dataset now that it is saved."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace

from ...dataset import Dataset, Purpose
from ...lightly.rules import worker_name_problem
from ...lights.states import WORDS, CheckReport, Light
from ...worker import studio_snippet, worker_commands
from ..facts import Failed, Saved, WorkerRegistered
from ..fields import Field, Info, Problem, Problems, Raw, Text
from ..requests import RegisterWorker, Request
from ..state import Answers, State
from .checks import check_request, is_as_it_must
from .credentials import purposes
from .dataset import token_of
from .save import plan_of, save_request
from .step import Part, Step, text_of

__all__ = ["STEP", "saved_of"]

_PLACES = {Purpose.INPUT: "Input", Purpose.LIGHTLY: "Output", Purpose.INPUT_OUTPUT: "Here"}


def saved_of(state: State) -> Saved | None:
    """Return what saving these answers has brought, or None."""
    request = save_request(state)
    return state.facts.get(request, Saved) if request else None


def _dataset(state: State) -> Dataset | None:
    """Return the dataset as it was saved."""
    request, saved = save_request(state), saved_of(state)
    return replace(request.plan.dataset, dataset_id=saved.dataset_id) if request and saved else None


def _register(state: State) -> RegisterWorker | None:
    token, name = token_of(state.answers), state.answers.worker
    return RegisterWorker(state.answers.given.platform_url, token, name) if token and name else None


def _registered(state: State) -> WorkerRegistered | None:
    request = _register(state)
    return state.facts.get(request, WorkerRegistered) if request else None


def _view(state: State) -> Part:
    name, dataset = state.answers.name or "", _dataset(state)
    check = state.answers.given.check_command or f"bucketlight check {shlex.quote(name)}"
    fields: list[Field] = [Info(name="lights", label="What works now", lines=_lights(state))]
    if dataset:
        worker = _registered(state)
        commands = worker_commands(
            dataset_id=dataset.dataset_id or "",
            platform_url=dataset.platform_url,
            kms_key_arn=dataset.datasources[-1].kms_key_arn,
            restricted=dataset.restricted,
            worker_id=worker.worker_id if worker else None,
        )
        fields += [
            Text(
                name="worker",
                label="Register a Worker",
                value=state.answers.worker or "",
                placeholder="my-worker",
                note=f"registered: {worker.worker_id}" if worker and worker.worker_id else "empty: you have one",
            ),
            Info(name="check", label="Check it again in another terminal, or in a script", lines=(check,)),
            Info(name="worker_commands", label="Start the Lightly Worker", lines=commands),
            Info(name="studio", label="Look at the data in LightlyStudio", lines=studio_snippet(dataset)),
        ]
    return Part(
        question=f"{name} is saved.",
        consequence="It is on the home screen now; r checks it there.",
        fields=tuple(fields),
    )


def _lights(state: State) -> tuple[str, ...]:
    """Say what works: from here for each place, and by Lightly's own test."""
    lines = [f"{_PLACES[purpose]:<9}{_from_here(state, purpose)}" for purpose in purposes(state.answers)]
    saved, plan = saved_of(state), plan_of(state)
    if saved and plan and plan.obstacle:
        lines.append(plan.obstacle)  # it was found out only once the save was under way
    if saved and saved.verify_problem:
        lines.append(f"Lightly  has not verified it yet: {saved.verify_problem}")
    elif saved:
        lines.append(f"Lightly  {_row(saved.verdict)}")
        lines += [light.summary for light in saved.verdict if light.required and light.cause]
        limits = state.answers.limits
        if limits and limits.restricted and any(light.cause for light in saved.verdict if light.required):
            lines.append("Access is limited to your network, so a red of Lightly's can be right as it is.")
    return tuple(lines)


def _from_here(state: State, purpose: Purpose) -> str:
    request = check_request(state, purpose)
    if request is None:
        return "not checked"
    if failed := state.facts.get(request, Failed):
        return f"not checked: {failed.sentence}"
    report = state.facts.get(request, CheckReport)
    if report is None:
        return "being checked …"
    if any(is_as_it_must(light) for light in report.lights):
        return "not tried from this machine: only Lightly can assume the role"
    return _row(report.lights)


def _row(lights: tuple[Light, ...]) -> str:
    return "   ".join(f"{light.operation.value.capitalize()} {WORDS[light.state]}" for light in lights)


def _submit(state: State, raw: Raw) -> Answers | Problems:
    name = text_of(raw, "worker").strip()
    if name and (sentence := worker_name_problem(name)):
        return Problems(worker=Problem(sentence))
    return replace(state.answers, worker=name or None)


def _answered(_answers: Answers) -> bool:
    return True


def _requests(state: State) -> tuple[Request, ...]:
    request = _register(state)
    return (request,) if request and saved_of(state) else ()


def _waiting(state: State) -> str | None:
    request = _register(state)
    return f"Registering the Worker {request.name} …" if request and not state.facts.has(request) else None


def _problems(state: State) -> Mapping[str, Problem]:
    request, found = _register(state), _registered(state)
    failed = state.facts.get(request, Failed) if request else None
    if failed or (found and found.problem):
        why = failed.sentence if failed else (found.problem if found else "")
        return {"worker": Problem(f"{why} Press Enter to try again, or leave the name empty.")}
    return {}


STEP = Step(
    id="next",
    title="Next",
    view=_view,
    submit=_submit,
    answered=_answered,
    requests=_requests,
    waiting=_waiting,
    problems=_problems,
)
