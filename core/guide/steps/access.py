"""Step Access: how Lightly reaches the folder, side by side with what follows."""

from __future__ import annotations

from dataclasses import replace

from ...access import AccessKind
from ...needs import InputType, Needs
from ..fields import Choice, Info, Option, Problem, Problems, Raw, Toggle
from ..state import Answers, Maker, State
from .credentials import maker_of, making_refused
from .step import Part, Step, is_on, text_of

__all__ = ["STEP"]

_LABELS = {AccessKind.USER: "User access", AccessKind.DELEGATED: "Delegated access"}
_NOTES = {
    AccessKind.USER: "an access key that you give to Lightly",
    AccessKind.DELEGATED: "a role of yours that Lightly's account assumes",
}
_SHORT = {AccessKind.USER: "an access key for Lightly", AccessKind.DELEGATED: "a role that Lightly assumes"}

_MAKERS = (
    Option(Maker.HAVE.value, "I have it", "a key or a role that is there already"),
    Option(Maker.MAKE.value, "Make it for me", "now, with an administrator's AWS profile"),
    Option(Maker.HAND_OVER.value, "Hand it over", "files and a message for the administrator"),
)

_ROWS = (
    ("", "User access", "Delegated access"),
    ("Long-lived secret", "yes, kept by Lightly", "none"),
    ("To revoke", "deactivate the key", "delete the role"),
    ("Checked", "now, from this machine", "after Save, by Lightly"),
)


def _suggested(answers: Answers) -> tuple[AccessKind, str]:
    """Return what is suggested, and why in a few words."""
    if answers.access_kind is AccessKind.DELEGATED:
        return AccessKind.DELEGATED, "your rule"
    # With videos a role is hardly slower (Lightly's docs, delegated access).
    videos = (answers.needs or Needs()).input_type is InputType.VIDEOS
    return AccessKind.USER, "simple" if videos else "simple, fast"


def _options(answers: Answers) -> tuple[Option, ...]:
    kind, why = _suggested(answers)
    notes = _NOTES | {kind: f"{_SHORT[kind]}; suggested: {why}"}
    return tuple(Option(each.value, label, notes[each]) for each, label in _LABELS.items())


def _view(state: State) -> Part:
    kind = state.answers.access_kind
    return Part(
        question="How may Lightly reach this folder?",
        consequence="Nothing is made or sent in this step.",
        fields=(
            Choice(name="access", label="", options=_options(state.answers), value=(kind or AccessKind.USER).value),
            Info(name="table", label="", lines=tuple(f"{a:<21}{b:<28}{c}".rstrip() for a, b, c in _ROWS)),
            Toggle(
                name="no_keys",
                label="No long-lived keys",
                value=kind is AccessKind.DELEGATED,
                note="a rule of your organisation",
            ),
            Choice(name="maker", label="Who makes it", options=_MAKERS, value=maker_of(state.answers).value),
        ),
    )


def _submit(state: State, raw: Raw) -> Answers | Problems:
    before = state.answers.access_kind or AccessKind.USER
    text = text_of(raw, "access") or before.value
    if text not in {AccessKind.USER.value, AccessKind.DELEGATED.value}:
        return Problems(access=Problem("Choose user access or delegated access."))
    maker = text_of(raw, "maker")
    if maker and maker not in {option.value for option in _MAKERS}:
        return Problems(maker=Problem("Choose who makes it."))
    answers = replace(state.answers, access_kind=AccessKind(text), maker=Maker(maker) if maker else state.answers.maker)
    refused = making_refused(answers)
    return Problems(maker=refused) if refused else answers


def _preview(_state: State, raw: Raw) -> tuple[str, ...]:
    """Say it where what is chosen goes against the rule that is switched on."""
    if is_on(raw, "no_keys", default=False) and text_of(raw, "access") == AccessKind.USER:
        return ("User access is a long-lived key: with that rule choose Delegated access.",)
    return ()


def _answered(answers: Answers) -> bool:
    return answers.access_kind is not None


STEP = Step(id="access", title="Access", view=_view, submit=_submit, answered=_answered, preview=_preview)
