"""Step Encryption: a KMS key, and access that is limited to certain networks."""

from __future__ import annotations

from dataclasses import replace

from ...aws.grants import Networks
from ...aws.policy import PolicyError, key_statement
from ...aws.statements import paste
from ...dataset import Purpose
from ...lightly.rules import dataset_name_problem, kms_key_problem
from ..fields import WHOLE_STEP, Field, Link, Opens, Problem, Problems, Raw, Shown, Text, Toggle
from ..state import Answers, Hints, Limits, Maker, State
from .checks import input_purpose, kms_key_of, place_of, required
from .credentials import is_handed_over, is_separate, maker_of
from .demanded import demanded_fields, demanded_of
from .step import Part, Step, is_on, text_of
from .typed import trim
from .wanted import fixed, made_name_of, name_field, unseen_networks, wanted_of

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
    if maker_of(state.answers) is not Maker.HAVE:
        fields.append(
            Text(
                name="networks",
                label="Which network",
                value=_typed_networks(limits.networks),
                placeholder="203.0.113.0/24, vpc-0a1b2c3d",
                note="IP ranges and VPCs that the policy is limited to",
                only_if=Shown("restricted", (True,)),
            )
        )
    if maker_of(state.answers) is Maker.HAND_OVER:
        fields += [name_field(state.answers), *demanded_fields(state.answers)]
    label = "How to allow it in the key's own policy"
    fields.append(Link(name="console", label=label, opens=Opens.CONSOLE))
    return Part(
        question="Is the bucket encrypted with a KMS key, or limited to a network?",
        consequence="Empty where you do not know: the lights tell when a key is in the way.",
        fields=tuple(fields),
    )


def _submit(state: State, raw: Raw) -> Answers | Hints | Problems:
    problems = Problems()
    taken: dict[str, str | None] = {}
    for name, purpose in key_fields(state.answers).items():
        arn = trim(text_of(raw, name))
        taken[name] = arn or None
        if arn and (sentence := _key_problem(state, arn, purpose)):
            problems[name] = Problem(sentence)
    made_name = text_of(raw, "made_name").strip() or state.answers.made_name
    named = made_name or made_name_of(state.answers)
    if maker_of(state.answers) is Maker.HAND_OVER and (sentence := dataset_name_problem(named)):
        problems["made_name"] = Problem(sentence)
    before = state.answers.limits or Limits()
    restricted = is_on(raw, "restricted", default=before.restricted)
    networks = before.networks if restricted else None
    if "networks" in raw:
        try:
            networks = _networks(text_of(raw, "networks"))
        except PolicyError as error:
            problems["networks"] = Problem(str(error))
    demanded = demanded_of(state.answers, raw, problems)
    if problems:
        return problems
    limits = Limits(
        kms_key_arn=taken["kms_key_arn"],
        output_kms_key_arn=taken.get("output_kms_key_arn"),
        restricted=restricted or networks is not None,
        networks=networks,
    )
    answers = fixed(replace(state.answers, limits=limits, made_name=made_name, demanded=demanded))
    # One that was handed over and is not known any more is asked for in the step that follows.
    asked_later = is_handed_over(answers) and answers.external_id_lost
    if maker_of(answers) is Maker.HAVE or asked_later:
        return answers
    wanted = wanted_of(replace(state, answers=answers))
    if isinstance(wanted, str):
        return Problems({WHOLE_STEP: Problem(wanted)})
    unseen = unseen_networks(answers, limits)
    return Hints(answers, {"networks": Problem(f"{unseen} Or go on.")}) if unseen else answers


def _typed_networks(networks: Networks | None) -> str:
    return ", ".join((*networks.source_ips, *networks.vpcs)) if networks else ""


def _networks(text: str) -> Networks | None:
    """Read IP ranges and VPCs, with commas or blanks between them.

    Raises:
        PolicyError: for what is neither.
    """
    each = tuple(text.replace(",", " ").split())
    vpcs = tuple(one for one in each if one.startswith("vpc"))
    return Networks(source_ips=tuple(one for one in each if one not in vpcs), vpcs=vpcs) if each else None


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
        if maker_of(state.answers) is not Maker.HAVE and not text_of(raw, "networks").strip():
            lines.append("What is made or handed over is limited to your network only if you name it below.")
    return tuple(lines)


def _answered(answers: Answers) -> bool:
    return answers.limits is not None


STEP = Step(id="limits", title="Encryption", view=_view, submit=_submit, answered=_answered, preview=_preview)
