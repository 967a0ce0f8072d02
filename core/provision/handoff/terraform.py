"""A Terraform configuration of one user or role, as a file for a folder of its own."""

from __future__ import annotations

from ...aws.statements import SESSION_SECONDS
from ...external_id import EXTERNAL_ID_LETTERS, LONGEST_EXTERNAL_ID, SHORTEST_EXTERNAL_ID
from ..wanted import Wanted
from .documents import check_letters
from .hcl import Block, Expression, block, value
from .words import as_comment, is_role

__all__ = ["configuration"]

_FOLDER = (
    "Terraform reads all .tf files of a folder as one: give this file a folder of its own, then run there: "
    "terraform init, terraform plan, terraform apply."
)
_ROLE = (
    "The external ID is not in this file. Terraform asks for it, or takes it from the environment variable "
    "TF_VAR_external_id. It is part of the role's trust policy, and so it is kept in Terraform's state, readable: keep "
    "the state where only those read it who may know the external ID."
)
_USER = (
    "This makes no access key (aws_iam_access_key): Terraform's state would keep its secret, readable. After the apply "
    "make the key in the IAM console: Users, this user, tab Security credentials, Create access key, use case "
    "Third-party service, Download .csv file."
)


def configuration(wanted: Wanted, *, account_id: str | None = None) -> str:
    """Write the configuration. It holds no secret, and makes no access key.

    With `account_id` Terraform refuses any other account.

    Raises:
        HandoffError: for names that Terraform's provider for AWS would change on their way to IAM.
        PolicyError: where no policy can be written.
    """
    role = is_role(wanted)
    head = as_comment(
        f"The IAM {wanted.access.entity} {wanted.name} for Lightly, and what it may do in S3. Made by bucketlight.",
        "",
        _FOLDER,
        "",
        _ROLE if role else _USER,
    )
    blocks = [_terraform(), _provider(wanted, account_id)]
    if role:
        blocks.append(_variable())
    blocks += [_principal(wanted), _policy(wanted), _output(wanted)]
    return "\n".join([head, *(block(each) for each in blocks)])


def _terraform() -> Block:
    aws = {"source": "hashicorp/aws", "version": ">= 5.0"}
    return Block("terraform", (Block("required_providers", (("aws", aws),)),))


def _provider(wanted: Wanted, account_id: str | None) -> Block:
    region = wanted.grants[0].region
    found: list[tuple[str, object]] = [("region", region)] if region else []
    if account_id:
        found.append(("allowed_account_ids", [account_id]))
    return Block('provider "aws"', tuple(found))


def _variable() -> Block:
    condition = (
        f"length(var.external_id) >= {SHORTEST_EXTERNAL_ID} && length(var.external_id) <= {LONGEST_EXTERNAL_ID} && "
        f'can(regex("^[{EXTERNAL_ID_LETTERS}]+$", var.external_id))'
    )
    return Block(
        'variable "external_id"',
        (
            ("description", "The external ID of the hand-off. It reaches you apart from this file."),
            ("type", Expression("string")),
            ("sensitive", True),
            ("nullable", False),
            Block(
                "validation",
                (
                    ("condition", Expression(condition)),
                    (
                        "error_message",
                        f"An external ID has {SHORTEST_EXTERNAL_ID} or more letters, digits, and _ + = , . @ : / -.",
                    ),
                ),
            ),
        ),
    )


def _principal(wanted: Wanted) -> Block:
    body: list[tuple[str, object] | Block] = [("name", wanted.name), ("path", wanted.path)]
    if wanted.boundary_arn:
        body.append(("permissions_boundary", wanted.boundary_arn))
    if is_role(wanted):
        trust = wanted.trust(Expression("var.external_id"))
        body += [("max_session_duration", SESSION_SECONDS), ("assume_role_policy", _json(trust))]
    body.append(("tags", dict(wanted.tags)))
    return Block(f'resource "aws_iam_{wanted.access.entity}" "lightly"', tuple(body))


def _policy(wanted: Wanted) -> Block:
    kind, policy = wanted.access.entity, wanted.policy()
    check_letters(policy.document, "Terraform")
    body = (
        ("name", policy.name),
        (kind, Expression(f"aws_iam_{kind}.lightly.name")),
        ("policy", _json(policy.document)),
    )
    return Block(f'resource "aws_iam_{kind}_policy" "lightly"', body)


def _output(wanted: Wanted) -> Block:
    if is_role(wanted):
        return Block(
            'output "role_arn"',
            (("description", "Hand this back."), ("value", Expression("aws_iam_role.lightly.arn"))),
        )
    return Block(
        'output "user_name"',
        (
            ("description", "Make the access key of this user by hand."),
            ("value", Expression("aws_iam_user.lightly.name")),
        ),
    )


def _json(document: object) -> Expression:
    return Expression(f"jsonencode({value(document, 1)})")
