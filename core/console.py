"""What a person does in the AWS console, as numbered steps in which every value is ready to be copied.

Each function gives the steps in order; whoever shows them numbers them. A label of the console stands in “ ”, as it is
spelled there. What they make is what bucketlight itself makes: policies are inline. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256

from .access import Secret
from .aws.policy import key_statement
from .aws.statements import LIGHTLY_ACCOUNT, SESSION_SECONDS, key_policy_statement, paste, trust_problem
from .needs import Operation

__all__ = [
    "ByHand",
    "Copyable",
    "Instruction",
    "console_of",
    "key_policy_instructions",
    "resource_name",
    "role_instructions",
    "role_steps",
    "user_instructions",
    "user_steps",
]

_PREFIX = "Lightly-S3"
_LONGEST = 64
_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9_+=,.@-]+")
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-eusc": "console.amazonaws-eusc.eu",
}
"""Where each partition has its console (AWS General Reference; the user guides of China, GovCloud and the ESC)."""

_TAG = ("created-by", "bucketlight")

_BOUNDARY = (
    " Open “Set permissions boundary”, tick “Use a permissions boundary to control the maximum permissions”, and "
    "choose the policy that your account demands."
)


@dataclass(frozen=True, slots=True)
class Copyable:
    """A value to be copied, with the name that it has in the console."""

    label: str
    value: str | Secret


@dataclass(frozen=True, slots=True)
class Instruction:
    """One step: what to do, in a few sentences, and the values that it needs, in the order in which they are used."""

    text: str
    values: tuple[Copyable, ...] = ()


def resource_name(dataset_name: str) -> str:
    """Make a name for what IAM keeps for a dataset: `Lightly-S3-NAME`. IAM takes it for users, roles and policies.

    That is up to 64 characters of `[A-Za-z0-9_+=,.@-]` (IAM user guide, names and quotas). A name that has to be cut
    gets a mark that is its own.
    """
    plain = unicodedata.normalize("NFKD", dataset_name).encode("ascii", "ignore").decode("ascii")
    name = f"{_PREFIX}-{_NOT_IN_NAME.sub('-', plain).strip('-')}".rstrip("-")
    if len(name) <= _LONGEST:
        return name
    mark = sha256(dataset_name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name[: _LONGEST - len(mark) - 1].rstrip('-')}-{mark}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """A user or a role that a person makes in the console.

    `policy` is the name and the text of its inline policy. `account_id` is the account that it belongs into, where that
    is known.
    """

    name: str
    policy: tuple[str, str]
    tags: tuple[tuple[str, str], ...] = (_TAG,)
    boundary_arn: str | None = None
    partition: str = "aws"
    account_id: str | None = None


def console_of(partition: str) -> str:
    """Name the host of a partition's console."""
    return _CONSOLES.get(partition, _CONSOLES["aws"])


def user_instructions(*, name: str, policy: str, partition: str = "aws") -> tuple[Instruction, ...]:
    """Say how an IAM user with an access key is made. `name` is the dataset's, `policy` the text of its policy."""
    named = resource_name(name)
    return (
        *user_steps(ByHand(name=named, policy=(named, policy), partition=partition)),
        Instruction(
            "AWS shows the secret access key on this page only. Choose “Download .csv file”, or copy both keys, and "
            "give them here. Then “Done”."
        ),
    )


def user_steps(user: ByHand) -> tuple[Instruction, ...]:
    """Say how an IAM user is made, up to the page that shows its new access key."""
    return (
        _sign_in(user, "users"),
        Instruction(
            "Choose “Users”, then “Create user”. Enter the name. Leave “Provide user access to the AWS Management "
            "Console” without a tick: nobody signs in as this user. Then “Next”.",
            (Copyable("User name", user.name),),
        ),
        Instruction(
            "Choose “Attach policies directly” and tick none: the user gets a policy of its own later."
            + (_BOUNDARY if user.boundary_arn else "")
            + " Then “Next”.",
            _boundary(user),
        ),
        Instruction(
            "Under “Tags”, choose “Add new tag” and enter key and value, so that it is seen later what the user is "
            "for. Then “Create user”.",
            _tags(user),
        ),
        *_policy_steps(user, "user"),
        Instruction(
            "Choose the user's tab “Security credentials”. Under “Access keys”, choose “Create access key”, as use "
            "case “Third-party service”, tick the confirmation, then “Next” and “Create access key”."
        ),
    )


def role_instructions(
    *, name: str, policy: str, external_id: Secret, partition: str = "aws"
) -> tuple[Instruction, ...]:
    """Say how a role is made that Lightly's account can assume. `name` is the dataset's, `policy` its policy's text.

    Where Lightly can assume no role of the partition there is a single step, which says so.
    """
    if problem := trust_problem(partition):
        return (Instruction(problem),)
    named = resource_name(name)
    return (
        *role_steps(ByHand(name=named, policy=(named, policy), partition=partition), external_id),
        Instruction("Copy the “ARN” from the role's “Summary”, and give it here."),
    )


def role_steps(role: ByHand, external_id: Secret | str) -> tuple[Instruction, ...]:
    """Say how a role is made that Lightly's account can assume, up to the page that shows its ARN.

    `external_id` is a text where it is not shown, but said how to come by it.
    """
    return (
        _sign_in(role, "roles"),
        Instruction(
            "Choose “Roles”, then “Create role”. As trusted entity type choose “AWS account”, below it “Another AWS "
            "account”, and enter Lightly's account ID.",
            (Copyable("Account ID", LIGHTLY_ACCOUNT),),
        ),
        Instruction(
            "Tick “Require external ID” and enter it; treat it like a passphrase. Leave “Require MFA” without a tick: "
            "Lightly cannot enter a code. Then “Next”.",
            (Copyable("External ID", external_id),),
        ),
        Instruction(
            "Tick no policy: the role gets one of its own later."
            + (_BOUNDARY if role.boundary_arn else "")
            + " Then “Next”.",
            _boundary(role),
        ),
        Instruction(
            "Enter the role's name. Under “Add tags” enter key and value. Then “Create role”.",
            (Copyable("Role name", role.name), *_tags(role)),
        ),
        *_policy_steps(role, "role"),
        Instruction(
            "Beside the role's “Summary” choose “Edit”, set “Maximum session duration” to “12 hours”, then “Save "
            "changes”. With less, Lightly cannot use the role.",
            (Copyable("Maximum session duration, in seconds", str(SESSION_SECONDS)),),
        ),
    )


def key_policy_instructions(
    *, kms_key_arn: str, principal_arn: str, operations: Collection[Operation]
) -> tuple[Instruction, ...]:
    """Say how the policy of a KMS key allows a user or a role to use the key; nothing where no operation uses it.

    The principal's own policy has to allow it as well; where the key's policy leaves the decision to its account, and
    the principal is of that account, that is enough (KMS developer guide, default key policy).

    Raises:
        PolicyError: where `kms_key_arn` is not the ARN of a key.
    """
    if key_statement(kms_key_arn, operations) is None:  # it also refuses what is no key
        return ()
    _, partition, _, region, account, key = kms_key_arn.split(":")
    statement = key_policy_statement(operations, principal_arn, region=region) or {}
    console = console_of(partition)
    return (
        Instruction(
            "Open the KMS console in the key's region, as somebody who may change the key's policy. Choose “Customer "
            "managed keys”, and there the key.",
            (
                Copyable("KMS console", f"https://{console}/kms/home?region={region}"),
                Copyable("Key ID", key.removeprefix("key/")),
            ),
        ),
        Instruction(
            f"On the tab “Key policy”, choose “Switch to policy view” where that is offered. Does a statement there "
            f"allow kms:* to arn:{partition}:iam::{account}:root, and is the user or role of that account? Then its "
            "own policy is enough, and nothing has to be changed here."
        ),
        Instruction(
            "Otherwise choose “Edit”, add this to the list “Statement”, with a comma between it and its neighbour, "
            "then “Save changes”.",
            (Copyable("Statement", paste(statement)),),
        ),
    )


def _sign_in(principal: ByHand, kind: str) -> Instruction:
    account = f"account {principal.account_id}" if principal.account_id else "the account of the bucket"
    return Instruction(
        f"Open the IAM console in {account}, as somebody who may make {kind} and their policies.",
        (Copyable("IAM console", f"https://{console_of(principal.partition)}/iam/home"),),
    )


def _policy_steps(principal: ByHand, kind: str) -> tuple[Instruction, ...]:
    name, text = principal.policy
    return (
        Instruction(
            f"Open the new {kind}. On its tab “Permissions”, choose “Add permissions”, then “Create inline policy”, "
            "and “JSON” as the policy editor. Put this in place of what stands there, then “Next”.",
            (Copyable("Policy", text),),
        ),
        Instruction("Enter the policy's name, then “Create policy”.", (Copyable("Policy name", name),)),
    )


def _boundary(principal: ByHand) -> tuple[Copyable, ...]:
    return (Copyable("Permissions boundary", principal.boundary_arn),) if principal.boundary_arn else ()


def _tags(principal: ByHand) -> tuple[Copyable, ...]:
    return tuple(
        Copyable(label, text)
        for tag in principal.tags
        for label, text in zip(("Tag key", "Tag value"), tag, strict=True)
    )
