"""The way through the AWS console for the step at hand, with the policy that follows from the answers."""

from __future__ import annotations

from dataclasses import replace

from ..access import DelegatedAccess, Secret
from ..aws.grants import grants_policy
from ..aws.policy import PolicyError, partition_of, to_json
from ..console import (
    Copyable,
    Instruction,
    key_policy_instructions,
    resource_name,
    role_instructions,
    user_instructions,
)
from ..dataset import Purpose
from ..needs import Operation
from .fields import Raw
from .state import Output, State
from .steps.bucket import region_of
from .steps.checks import check_request, input_purpose, place_of, required
from .steps.credentials import access_of, external_id_of, is_delegated
from .steps.dataset import suggested_name
from .steps.limits import key_fields, typed_key_arn
from .steps.places import output_region_of, parse_place
from .steps.step import text_of
from .steps.wanted import granted

__all__ = ["instructions", "policy_text"]

_LIMITS, _OUTPUT = "limits", "output"


def policy_text(state: State, purpose: Purpose) -> str | None:
    """Return the least-privilege policy of a datasource as JSON, or None while its folder is not known.

    Raises:
        PolicyError: where no policy can be written for it.
    """
    grant = granted(state).get(purpose) if place_of(state, purpose) else None
    return to_json(grants_policy([grant])) if grant else None


def instructions(state: State, raw: Raw | None = None) -> tuple[Instruction, ...]:
    """Return the numbered steps in the console for what the step at hand asks for; empty where it has none.

    On the output step they are for the place that stands in the fields of `raw`, else for the one that was confirmed.
    Where no policy can be written there is a single step, which says why.
    """
    if state.position.step == _LIMITS:
        return _key_policy(state, raw or {})
    output = state.position.step == _OUTPUT
    if output and raw is not None:
        state = _with_output(state, raw)
    answers = state.answers
    purpose = Purpose.LIGHTLY if output else input_purpose(answers)
    try:
        policy = policy_text(state, purpose)
    except PolicyError as error:
        return (Instruction(str(error)),)
    if policy is None:
        return ()
    place = place_of(state, purpose)
    name = (answers.name or suggested_name(answers.location) or "dataset") + ("-output" if output else "")
    chosen = text_of(raw or {}, "credentials")
    own = chosen == "other" or (not chosen and answers.output is not None and answers.output.access is not None)
    if output and not own:
        return _added(name, policy, role=is_delegated(answers))
    partition = partition_of(place[1] if place else None)
    if not is_delegated(answers):
        return user_instructions(name=name, policy=policy, partition=partition)
    external_id = _external_id(state, raw or {}, purpose)
    return role_instructions(name=name, policy=policy, external_id=external_id or Secret(""), partition=partition)


def _external_id(state: State, raw: Raw, purpose: Purpose) -> Secret | None:
    """Return the external ID that is typed, else the one that Lightly would get."""
    if purpose is not Purpose.LIGHTLY:
        typed = text_of(raw, "external_id").strip()
        return Secret(typed) if typed else external_id_of(state.answers)
    typed = text_of(raw, "output_external_id").strip()
    if typed:
        return Secret(typed)
    own = access_of(state, purpose)
    if isinstance(own, DelegatedAccess) and text_of(raw, "output_role_arn").strip() in {"", own.role_arn}:
        return own.external_id
    return external_id_of(state.answers)


def _key_user(state: State, purpose: Purpose) -> str | None:
    """Return the ARN of who has to be allowed the use of a place's KMS key, or None while that is not known."""
    access, request = access_of(state, purpose), check_request(state, purpose)
    if isinstance(access, DelegatedAccess):
        return access.role_arn
    return state.facts.principal(request) if request else None


def _key_policy(state: State, raw: Raw) -> tuple[Instruction, ...]:
    """Return the steps for the policy of each key that stands in a field, else of the one that was confirmed."""
    uses: dict[tuple[str, str], set[Operation]] = {}
    for name, purpose in key_fields(state.answers).items():
        arn, who = typed_key_arn(state, raw, name), _key_user(state, purpose)
        if arn and who:
            # One key for both places, with the same user or role, is allowed all that either needs.
            uses.setdefault((arn, who), set()).update(required(state.answers, purpose))
    return tuple(step for (arn, who), operations in uses.items() for step in _key_steps(arn, who, operations))


def _key_steps(arn: str, who: str, operations: set[Operation]) -> tuple[Instruction, ...]:
    try:
        return key_policy_instructions(kms_key_arn=arn, principal_arn=who, operations=operations)
    except PolicyError as error:
        return (Instruction(str(error)),)


def _with_output(state: State, raw: Raw) -> State:
    """Take the output's folder as it was typed, in the input's region where its own is not known yet."""
    location, _, _ = parse_place(text_of(raw, "output_uri"), "output_uri")
    if location is None:
        return state
    before = state.answers.output or Output()
    typed = State(replace(state.answers, output=replace(before, location=location)), state.facts, state.position)
    if output_region_of(typed) is not None:
        return typed
    there = replace(before, location=location, region=region_of(state))
    return replace(typed, answers=replace(typed.answers, output=there))


def _added(name: str, policy: str, *, role: bool) -> tuple[Instruction, ...]:
    """Say how a user or role that there is gets a second policy."""
    who = "role" if role else "user"
    return (
        Instruction(
            f"Open the IAM console, and there the {who} that the input has. Choose “Add permissions”, then “Create "
            "inline policy”, and “JSON” as the policy editor. Put this in place of what stands there, then “Next”.",
            (Copyable("Policy", policy),),
        ),
        Instruction("Enter the policy's name, then “Create policy”.", (Copyable("Policy name", resource_name(name)),)),
    )
