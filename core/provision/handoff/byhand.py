"""The numbered steps in the AWS console, as plain text."""

from __future__ import annotations

from collections.abc import Sequence

from ...access import Secret
from ...aws.policy import to_json
from ...console import ByHand, Copyable, Instruction, key_policy_instructions, role_steps, user_steps
from ..wanted import Wanted
from .formats import HandoffError
from .words import is_role, shown, wrapped

__all__ = ["instructions"]

_APART = "(it reaches you apart from this file)"
_INDENT = "    "


def instructions(wanted: Wanted, *, account_id: str | None = None) -> str:
    """Write the steps. The external ID is not in them.

    With `account_id` those for the policies of KMS keys follow: they name the user or role by its ARN.

    Raises:
        HandoffError: where the account demands a path, which the console cannot give.
        PolicyError: where no policy can be written.
    """
    kind = wanted.access.entity
    if wanted.path != "/":
        raise HandoffError(
            f"The console makes no {kind} under a path, and {shown(wanted.path)} is demanded. Use the AWS CLI script."
        )
    policy = wanted.policy()
    by_hand = ByHand(
        name=wanted.name,
        policy=(policy.name, to_json(policy.document)),
        tags=wanted.tags,
        boundary_arn=wanted.boundary_arn,
        partition=wanted.partition,
        account_id=account_id,
    )
    steps = (*role_steps(by_hand, _APART), _ROLE_END) if is_role(wanted) else (*user_steps(by_hand), _USER_END)
    parts = [f"The IAM {kind} {shown(wanted.name)}, by hand in the AWS console", numbered(steps)]
    for grant in wanted.grants:
        if grant.kms_key_arn and account_id:
            key = key_policy_instructions(
                kms_key_arn=grant.kms_key_arn, principal_arn=wanted.arn(account_id), operations=grant.operations
            )
            parts += [f"Then the policy of the KMS key {shown(grant.kms_key_arn)}", numbered(key)] if key else []
    return "\n".join(f"{part}\n" for part in dict.fromkeys(parts))


def numbered(steps: Sequence[Instruction]) -> str:
    """Number the steps, with the values of each below it. A value of several lines stands by itself, unindented."""
    return "\n".join(_step(number, step) for number, step in enumerate(steps, start=1))


def _step(number: int, step: Instruction) -> str:
    text = wrapped(step.text, f"{number:>2}. ")
    return "\n".join([text, *(_value(each) for each in step.values)]) + "\n"


def _value(each: Copyable) -> str:
    if isinstance(each.value, Secret):
        raise TypeError("a hand-off holds no secret")
    if "\n" in each.value:
        return f"{_INDENT}{each.label}:\n\n{each.value.rstrip()}"
    return f"{_INDENT}{each.label}:  {shown(each.value)}"


_USER_END = Instruction(
    "AWS shows the secret access key on this page only. Choose “Download .csv file”, then “Done”. Hand the file over "
    "in a safe way, not by mail or chat."
)
_ROLE_END = Instruction("Copy the “ARN” from the role's “Summary”, and hand it back.")
