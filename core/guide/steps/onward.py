"""Step Next: what to do with the dataset now that it is saved."""

from __future__ import annotations

import shlex

from ...lights.states import Light
from ...lights.states import State as LightState
from ..facts import Saved
from ..fields import Info, Raw
from ..state import Answers, State
from .save import save_request
from .step import Part, Step

__all__ = ["STEP", "saved_of"]

_WORKER = (
    "export LIGHTLY_TOKEN LIGHTLY_WORKER_ID",
    'docker run --shm-size="1024m" --gpus all --rm -it \\',
    "  -e LIGHTLY_TOKEN -e LIGHTLY_WORKER_ID lightly/worker:latest",
)
"""How the Worker starts; the token goes by the environment (Lightly's documentation, Docker set-up)."""


def saved_of(state: State) -> Saved | None:
    """Return what saving these answers has brought, or None."""
    request = save_request(state)
    return state.facts.get(request, Saved) if request else None


def _view(state: State) -> Part:
    name, saved = state.answers.name or "", saved_of(state)
    check = state.answers.given.check_command or f"bucketlight check {shlex.quote(name)}"
    fields = [
        Info(name="check", label="Check it again in another terminal, or in a script", lines=(check,)),
        Info(name="worker", label="Start the Lightly Worker, with both variables set", lines=_WORKER),
    ]
    if saved and saved.verify_problem:
        fields.insert(0, Info(name="verify", label="Lightly has not verified it yet", lines=(saved.verify_problem,)))
    elif saved:
        lines = tuple(_said(light) for light in saved.verdict if light.required)
        fields.insert(0, Info(name="verify", label="What Lightly itself finds", lines=lines))
    return Part(
        question=f"{name} is saved.",
        consequence="It is on the home screen now, with its lights.",
        fields=tuple(fields),
    )


def _said(light: Light) -> str:
    return f"{light.operation.value.capitalize()} works" if light.state is LightState.GREEN else light.summary


def _submit(state: State, _raw: Raw) -> Answers:
    return state.answers


def _answered(_answers: Answers) -> bool:
    return True


STEP = Step(id="next", title="Next", view=_view, submit=_submit, answered=_answered)
