"""Step Access: how Lightly reaches the folder, side by side with what follows."""

from __future__ import annotations

from dataclasses import replace

from ...access import AccessKind
from ...needs import InputType, Needs
from ..fields import Choice, Info, Option, Problem, Problems, Raw, Toggle
from ..state import Answers, State
from .step import Part, Step, is_on, text_of

__all__ = ["STEP"]

_OPTIONS = (
    Option(AccessKind.USER.value, "User access", "an access key that you give to Lightly"),
    Option(AccessKind.DELEGATED.value, "Delegated access", "a role of yours that Lightly's account assumes"),
)

_ROWS = (
    ("", "User access", "Delegated access"),
    ("Long-lived secret", "yes, kept by Lightly", "none"),
    ("Speed", "fastest", "slower with small files"),
    ("You make in AWS", "a user and a key", "a role"),
    ("To revoke", "deactivate the key", "delete the role"),
    ("Checked", "now, from this machine", "after Save, by Lightly"),
)


def _suggested(state: State, raw: Raw) -> AccessKind:
    delegated = state.answers.access_kind is AccessKind.DELEGATED
    return AccessKind.DELEGATED if is_on(raw, "no_keys", default=delegated) else AccessKind.USER


def _view(state: State) -> Part:
    kind = state.answers.access_kind
    return Part(
        question="How may Lightly reach this folder?",
        consequence="Nothing is made or sent in this step.",
        fields=(
            Choice(name="access", label="", options=_OPTIONS, value=(kind or AccessKind.USER).value),
            Info(name="table", label="", lines=tuple(f"{a:<21}{b:<28}{c}".rstrip() for a, b, c in _ROWS)),
            Toggle(
                name="no_keys",
                label="No long-lived keys",
                value=kind is AccessKind.DELEGATED,
                note="a rule of your organisation",
            ),
        ),
    )


def _submit(state: State, raw: Raw) -> Answers | Problems:
    before = state.answers.access_kind or AccessKind.USER
    text = text_of(raw, "access") or before.value
    if text not in {AccessKind.USER.value, AccessKind.DELEGATED.value}:
        return Problems(access=Problem("Choose user access or delegated access."))
    return replace(state.answers, access_kind=AccessKind(text))


def _preview(state: State, raw: Raw) -> tuple[str, ...]:
    suggested = _suggested(state, raw)
    if suggested is AccessKind.DELEGATED:
        return ("Suggested: Delegated access (your rules allow no long-lived keys).",)
    if (state.answers.needs or Needs()).input_type is InputType.VIDEOS:
        return ("Suggested: User access (simple; with videos a role is hardly slower).",)
    return ("Suggested: User access (simple, and fastest with many small files).",)


def _answered(answers: Answers) -> bool:
    return answers.access_kind is not None


STEP = Step(id="access", title="Access", view=_view, submit=_submit, answered=_answered, preview=_preview)
