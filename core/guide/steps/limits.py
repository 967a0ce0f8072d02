"""Step Encryption: a KMS key, and access that is limited to certain networks."""

from __future__ import annotations

from dataclasses import replace

from ...aws.policy import PolicyError, key_statement
from ...aws.statements import paste
from ...dataset import Purpose
from ...lightly.rules import kms_key_problem
from ..fields import Field, Link, Opens, Problem, Problems, Raw, Text, Toggle
from ..state import Answers, Limits, State
from .checks import input_purpose, kms_key_of, place_of, required
from .credentials import is_separate
from .step import Part, Step, is_on, text_of
from .typed import trim

__all__ = ["STEP", "key_fields", "typed_key_arn"]

_EXAMPLE = "arn:aws:kms:eu-central-1:111122223333:key/…"


_POLICIES = {
    Purpose.INPUT: "The policy for the input",
    Purpose.LIGHTLY: "The policy for the output",
    Purpose.INPUT_OUTPUT: "The policy",
}


def key_fields(answers: Answers) -> dict[str, Purpose]:
    """Return the field of each place's key, by its name."""
    fields = {"kms_key_arn": input_purpose(answers)}
    return fields | ({"output_kms_key_arn": Purpose.LIGHTLY} if is_separate(answers) else {})


def typed_key_arn(state: State, raw: Raw, name: str) -> str:
    """Return the ARN that stands in a field, else the one that was confirmed; empty where there is none."""
    if name in raw:
        return trim(text_of(raw, name))
    return kms_key_of(state.answers, key_fields(state.answers)[name]) or ""


def _view(state: State) -> Part:
    limits, separate = state.answers.limits or Limits(), is_separate(state.answers)
    fields: list[Field] = [
        Text(
            name="kms_key_arn",
            label="KMS key ARN",
            value=limits.kms_key_arn or "",
            placeholder=_EXAMPLE,
            note="empty: no key of your own is used",
        )
    ]
    if separate:
        fields.append(
            Text(
                name="output_kms_key_arn",
                label="Key of the output",
                value=limits.output_kms_key_arn or "",
                placeholder=_EXAMPLE,
            )
        )
    fields.append(
        Toggle(
            name="restricted",
            label="Only from my network",
            value=limits.restricted,
            note="reading is limited by IP range or VPC",
        )
    )
    label = "How to allow it in the key's own policy"
    fields.append(Link(name="console", label=label, opens=Opens.CONSOLE))
    return Part(
        question="Is the bucket encrypted with a KMS key, or limited to a network?",
        consequence="Empty where you do not know: the lights tell when a key is in the way.",
        fields=tuple(fields),
    )


def _submit(state: State, raw: Raw) -> Answers | Problems:
    problems = Problems()
    taken: dict[str, str | None] = {}
    for name, purpose in key_fields(state.answers).items():
        arn = trim(text_of(raw, name))
        taken[name] = arn or None
        if arn and (sentence := _key_problem(state, arn, purpose)):
            problems[name] = Problem(sentence)
    if problems:
        return problems
    before = state.answers.limits or Limits()
    limits = Limits(
        kms_key_arn=taken["kms_key_arn"],
        output_kms_key_arn=taken.get("output_kms_key_arn"),
        restricted=is_on(raw, "restricted", default=before.restricted),
    )
    return replace(state.answers, limits=limits)


def _key_problem(state: State, arn: str, purpose: Purpose) -> str | None:
    """Say why a key cannot be the one of this place: Lightly's pattern, AWS's, and the bucket's region."""
    if sentence := kms_key_problem(arn):
        return sentence
    place = place_of(state, purpose)
    try:
        key_statement(arn, required(state.answers, purpose), region=place[1] if place else None)
    except PolicyError as error:
        return str(error)
    return None


def _preview(state: State, raw: Raw) -> tuple[str, ...]:
    """Show what the key's use needs in the policy, as soon as there is a key; and what a limit means."""
    lines: list[str] = []
    limits = state.answers.limits or Limits()
    for name, purpose in key_fields(state.answers).items():
        arn = typed_key_arn(state, raw, name)
        if not arn or _key_problem(state, arn, purpose) is not None:
            continue
        if statement := key_statement(arn, required(state.answers, purpose)):
            lines.append(f"{_POLICIES[purpose]} needs this; the key's own must allow the same user or role:")
            lines += paste(statement).splitlines()
    if is_on(raw, "restricted", default=limits.restricted):
        lines.append(
            "Then Lightly's own lights can be red and all is well: the Worker reads from inside your network, with "
            "bypass_verify. List must stay open to Lightly. Relevant filenames do not work."
        )
    return tuple(lines)


def _answered(answers: Answers) -> bool:
    return answers.limits is not None


STEP = Step(id="limits", title="Encryption", view=_view, submit=_submit, answered=_answered, preview=_preview)
