"""What a person does in the AWS console, as numbered steps in which every value is ready to be copied.

Each function gives the steps in order; whoever shows them numbers them. A label of the console stands in “ ”, as it is
spelled there. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256

from .access import Secret
from .aws.policy import key_statement
from .aws.statements import LIGHTLY_ACCOUNT, key_policy_statement, paste
from .needs import Operation

__all__ = [
    "Copyable",
    "Instruction",
    "key_policy_instructions",
    "resource_name",
    "role_instructions",
    "user_instructions",
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


def user_instructions(*, name: str, policy: str, partition: str = "aws") -> tuple[Instruction, ...]:
    """Say how an IAM user with an access key is made. `name` is the dataset's, `policy` the text of its policy."""
    named = resource_name(name)
    return (
        *_policy_steps(named, policy, partition),
        Instruction(
            "Choose “Users”, then “Create user”. Enter the name. Leave “Provide user access to the AWS Management "
            "Console” without a tick: nobody signs in as this user. Then “Next”.",
            (Copyable("User name", named),),
        ),
        Instruction(
            "Choose “Attach policies directly”, search for the policy by its name, tick it, then “Next”.",
            (Copyable("Policy name", named),),
        ),
        Instruction(
            "Under “Tags”, choose “Add new tag” and enter key and value, so that it is seen later what the user is "
            "for. Then “Create user”.",
            _tag(),
        ),
        Instruction(
            "Open the new user, then its tab “Security credentials”. Under “Access keys”, choose “Create access key”, "
            "as use case “Third-party service”, tick the confirmation, then “Next” and “Create access key”."
        ),
        Instruction(
            "AWS shows the secret access key on this page only. Choose “Download .csv file”, or copy both keys, and "
            "give them here. Then “Done”."
        ),
    )


def role_instructions(
    *, name: str, policy: str, external_id: Secret, partition: str = "aws"
) -> tuple[Instruction, ...]:
    """Say how a role is made that Lightly's account can assume. `name` is the dataset's, `policy` its policy's text.

    A role trusts only accounts of its own partition (AWS GovCloud user guide, IAM), and Lightly's is in `aws`: for
    another one there is a single step, which says so.
    """
    if partition != "aws":
        return (
            Instruction(
                f"Lightly's AWS account cannot assume a role of {partition}: go back, and choose the access key of an "
                "IAM user."
            ),
        )
    named = resource_name(name)
    return (
        *_policy_steps(named, policy, partition),
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
        Instruction("Search for the policy by its name, tick it, then “Next”.", (Copyable("Policy name", named),)),
        Instruction(
            "Enter the role's name. Under “Add tags” enter key and value. Then “Create role”.",
            (Copyable("Role name", named), *_tag()),
        ),
        Instruction(
            "Open the new role. Beside “Summary” choose “Edit”, set “Maximum session duration” to “12 hours”, then "
            "“Save changes”. With less, Lightly cannot use the role.",
            (Copyable("Maximum session duration, in seconds", "43200"),),
        ),
        Instruction("Copy the “ARN” from the role's “Summary”, and give it here."),
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
    console = _CONSOLES.get(partition, _CONSOLES["aws"])
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


def _policy_steps(named: str, policy: str, partition: str) -> tuple[Instruction, ...]:
    console = _CONSOLES.get(partition, _CONSOLES["aws"])
    return (
        Instruction(
            "Open the IAM console in the account of the bucket, as somebody who may make users, roles and policies.",
            (Copyable("IAM console", f"https://{console}/iam/home"),),
        ),
        Instruction(
            "Choose “Policies”, then “Create policy”, and “JSON” as the policy editor. Put this in place of what "
            "stands there, then “Next”.",
            (Copyable("Policy", policy),),
        ),
        Instruction("Enter the policy's name, then “Create policy”.", (Copyable("Policy name", named),)),
    )


def _tag() -> tuple[Copyable, ...]:
    return Copyable("Tag key", _TAG[0]), Copyable("Tag value", _TAG[1])
