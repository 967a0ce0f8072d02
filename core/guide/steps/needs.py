"""Step Needs: what the user will do, and which operations follow."""

from __future__ import annotations

from dataclasses import replace

from ...needs import OPERATIONS, InputType, Needs, Operation
from ..fields import Choice, Option, Problem, Problems, Raw, Toggle
from ..state import Answers, State
from .step import Part, Step, is_on, text_of

__all__ = ["STEP", "operation_lines"]

_TYPES = (
    Option(InputType.IMAGES.value, "Images"),
    Option(InputType.VIDEOS.value, "Videos", "frames are taken from them and stored: needs Write"),
)
_NAME_WIDTH = 7
_VERDICT_WIDTH = 12


def operation_lines(needs: Needs) -> tuple[str, ...]:
    """Say for each operation whether it is needed and why, aligned in columns; a second reason has its own line."""
    lines: list[str] = []
    for operation in OPERATIONS:
        reasons = needs.reasons(operation) or ("nothing is stored in your bucket",)
        verdict = "needed" if operation in needs.operations else "not needed"
        head = f"{_word(operation):<{_NAME_WIDTH}}{verdict:<{_VERDICT_WIDTH}}"
        lines.append(head + reasons[0])
        lines.extend(" " * len(head) + reason for reason in reasons[1:])
    return tuple(lines)


def _word(operation: Operation) -> str:
    return operation.value.capitalize()


def _view(state: State) -> Part:
    needs = state.answers.needs or Needs()
    return Part(
        question="What will you do with the files?",
        consequence="List and Read are always needed; Write only where something is stored.",
        fields=(
            Choice(name="input_type", label="Your files are", options=_TYPES, value=needs.input_type.value),
            Toggle(
                name="object_level",
                label="Object-level workflow",
                value=needs.object_level,
                note="crops of single objects are stored",
            ),
            Toggle(
                name="thumbnails",
                label="Thumbnails",
                value=needs.thumbnails,
                note="the web app shows large images faster",
            ),
            Toggle(
                name="delete",
                label="Delete",
                value=needs.delete,
                note="a newer guide asks for it; no light needs it",
            ),
        ),
    )


def _read(state: State, raw: Raw) -> Needs | None:
    """Read the needs; a field that is left out keeps its value. None for an input type that does not exist."""
    before = state.answers.needs or Needs()
    try:
        input_type = InputType(text_of(raw, "input_type") or before.input_type)
    except ValueError:
        return None
    return Needs(
        input_type=input_type,
        object_level=is_on(raw, "object_level", default=before.object_level),
        thumbnails=is_on(raw, "thumbnails", default=before.thumbnails),
        delete=is_on(raw, "delete", default=before.delete),
        lightly_folder_only=before.lightly_folder_only,
    )


def _submit(state: State, raw: Raw) -> Answers | Problems:
    needs = _read(state, raw)
    if needs is None:
        return Problems(input_type=Problem("Choose Images or Videos."))
    return replace(state.answers, needs=needs)


def _preview(state: State, raw: Raw) -> tuple[str, ...]:
    return operation_lines(_read(state, raw) or state.answers.needs or Needs())


def _answered(answers: Answers) -> bool:
    return answers.needs is not None


STEP = Step(id="needs", title="Needs", view=_view, submit=_submit, answered=_answered, preview=_preview)
