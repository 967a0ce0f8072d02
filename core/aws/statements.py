"""What is pasted elsewhere than into a principal's own policy: bucket policies, key policies, trust policies.

Each allows what `policy` allows, and nothing beside it. Pure: the same arguments give the same text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from ..location import S3Location
from ..needs import OPERATIONS, Operation
from .grants import Grant, Networks, common_partition, grants_policy
from .policy import VERSION, key_actions, key_place, partition_of, statement_for, statement_list, via_service

__all__ = [
    "LIGHTLY_ACCOUNT",
    "SESSION_SECONDS",
    "account_of",
    "bucket_policies",
    "bucket_policy_statement",
    "is_root",
    "key_policy_statement",
    "key_policy_statements",
    "name_of",
    "paste",
    "role_session_arn_to_role",
    "trust_policy",
    "trust_problem",
    "trust_statement",
]

LIGHTLY_ACCOUNT = "916419735646"
"""The AWS account from which Lightly assumes the roles of its users (Lightly's docs, delegated access to S3)."""

SESSION_SECONDS = 43_200
"""12 hours: what Lightly asks for when it assumes a role (Lightly's docs, delegated access to S3)."""

_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):(?P<service>iam|sts)::(?P<account>\d{12}):(?P<name>\S+)")
_SESSION = re.compile(r"assumed-role/(?P<role>[^/]+)/.+")
_WIDTH = 78
"""How wide a pasted text is where that is possible: a terminal of 80 columns, with a blank on either side."""


def account_of(arn: str) -> str | None:
    """Read the account from a principal's ARN; None where it is no such ARN."""
    found = _ARN.fullmatch(arn)
    return found["account"] if found else None


def name_of(arn: str) -> str | None:
    """Name a principal as people do, without account, path and session: `user/anna`, `role/lightly`, `root`.

    None where it is no ARN of a principal.
    """
    found = _ARN.fullmatch(role_session_arn_to_role(arn))
    if found is None:
        return None
    kind, _, name = found["name"].partition("/")
    return f"{kind}/{name.rpartition('/')[2]}" if name else kind


def is_root(arn: str) -> bool:
    """Tell whether an ARN is an account's root user, which no identity policy limits (IAM user guide, root user)."""
    found = _ARN.fullmatch(arn)
    return found is not None and found["name"] == "root"


def role_session_arn_to_role(arn: str) -> str:
    """Give the ARN of the role that a session belongs to; any other ARN as it is.

    A session does not tell the path of its role, so a role made under a path gets an ARN that is not quite its own:
    then S3 and KMS say that the principal is unknown, and IAM's page of the role has the right one.
    """
    found = _ARN.fullmatch(arn)
    session = _SESSION.fullmatch(found["name"]) if found and found["service"] == "sts" else None
    if found is None or session is None:
        return arn
    return f"arn:{found['partition']}:iam::{found['account']}:role/{session['role']}"


def bucket_policy_statement(
    operation: Operation,
    location: S3Location,
    principal_arn: str,
    *,
    partition: str | None = None,
    region: str | None = None,
) -> dict[str, object]:
    """Write the statement for the bucket's policy that allows one principal, often of another account, an operation.

    For a role's session the role is named, see `role_session_arn_to_role`. The partition follows from the region, or
    else from the principal: both are always in one.

    Raises:
        PolicyError: as `policy.statement_for` does.
    """
    found = _ARN.fullmatch(principal_arn)
    if partition is None and region is None and found:
        partition = found["partition"]
    return _with_principal(statement_for(operation, location, partition=partition, region=region), principal_arn)


def key_policy_statement(
    operations: Collection[Operation], principal_arn: str, *, region: str | None = None
) -> dict[str, object] | None:
    """Write the statement for a KMS key's own policy; None where no operation uses the key.

    In a key's policy, the resource `*` is that key and no other (KMS developer guide, key policies). Where the region
    is known, the key may be used through S3 only.
    """
    actions = key_actions(operations)
    if not actions:
        return None
    statement: dict[str, object] = dict([("Sid", "UseKeyViaS3"), ("Effect", "Allow"), _principal(principal_arn)])
    statement |= {"Action": actions if len(actions) > 1 else actions[0], "Resource": "*"}
    if region:
        statement["Condition"] = via_service(region, partition_of(region))
    return statement


def bucket_policies(
    grants: Sequence[Grant], principal_arn: str, *, partition: str | None = None, networks: Networks | None = None
) -> dict[str, dict[str, object]]:
    """Write, for each bucket of the grants, the policy that allows one principal there what its own policy would.

    A bucket's policy is replaced as a whole (S3 API reference, PutBucketPolicy): where a bucket has one, these
    statements are added to it. A principal of the bucket's own account does without.

    Raises:
        PolicyError: as `grants.grants_policy` does.
    """
    named = _ARN.fullmatch(principal_arn)
    partition = partition or common_partition(grants) or (named["partition"] if named else None)
    of_objects = [replace(grant, region=None, kms_key_arn=None) for grant in grants]
    documents: dict[str, dict[str, object]] = {}
    for bucket in dict.fromkeys(grant.location.bucket for grant in grants):
        there = [grant for grant in of_objects if grant.location.bucket == bucket]
        document = grants_policy(there, partition=partition, networks=networks)
        document["Statement"] = [_with_principal(one, principal_arn) for one in statement_list(document)]
        documents[bucket] = document
    return documents


def key_policy_statements(grants: Sequence[Grant], principal_arn: str) -> dict[str, dict[str, object]]:
    """Write, for each KMS key of the grants, the statement that its policy needs; nothing where none is used.

    Raises:
        PolicyError: where a key is not named by its key ARN.
    """
    statements: dict[str, dict[str, object]] = {}
    for arn in dict.fromkeys(grant.kms_key_arn for grant in grants if grant.kms_key_arn):
        named = {operation for grant in grants if grant.kms_key_arn == arn for operation in grant.operations}
        operations = [operation for operation in OPERATIONS if operation in named]
        if statement := key_policy_statement(operations, principal_arn, region=key_place(arn)[1]):
            statements[arn] = statement
    return statements


def trust_problem(partition: str) -> str | None:
    """Say why Lightly can assume no role of a partition, and what to do; None for its own.

    A role trusts only accounts of its own partition (AWS GovCloud user guide, IAM), and Lightly's is in `aws`.
    """
    if partition == "aws":
        return None
    return f"Lightly's AWS account cannot assume a role of {partition}: choose the access key of an IAM user."


def trust_policy(external_id: object, *, account: str = LIGHTLY_ACCOUNT, partition: str = "aws") -> dict[str, object]:
    """Write the trust policy of a role for delegated access: one account may assume it, with this external ID only.

    Nobody else may then: where others are to, `trust_statement` is added to what is there. `external_id` is the text,
    or what brings it in later.
    """
    return {"Version": VERSION, "Statement": [trust_statement(external_id, account=account, partition=partition)]}


def trust_statement(
    external_id: object, *, account: str = LIGHTLY_ACCOUNT, partition: str = "aws"
) -> dict[str, object]:
    """Write the one statement of a trust policy that lets an account assume the role, with this external ID only.

    Without the condition, anybody whom Lightly serves could have Lightly use the role (IAM user guide, the confused
    deputy problem).
    """
    return {
        "Sid": "LightlyAssumesThisRole",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }


def _with_principal(statement: Mapping[str, object], arn: str) -> dict[str, object]:
    sid, effect, *rest = statement.items()
    return dict([sid, effect, _principal(arn), *rest])


def _principal(arn: str) -> tuple[str, object]:
    return "Principal", {"AWS": role_session_arn_to_role(arn)}


def paste(document: Mapping[str, object]) -> str:
    """Print a statement, or a document of statements, to be read and pasted: JSON, a line for each element.

    Sid and Effect share a line. A line is at most 78 cells wide, unless a single name or text is wider than that. All
    beyond ASCII is escaped, as in `policy.to_json`, so a character is a cell.
    """
    return _elements(document, 0, 0)


def _render(value: object, column: int, tail: int) -> str:
    """Print a value that starts at a column. `tail` is how many cells have to stay free behind it."""
    if isinstance(value, Mapping) and "Effect" in value:
        return _elements(value, column, tail)
    flat = json.dumps(value)
    if column + len(flat) + tail <= _WIDTH or not value:
        return flat
    if isinstance(value, Mapping):
        return _elements(value, column, tail)
    if isinstance(value, list | tuple):
        return f"[{_joined([_render(one, column + 1, tail + 1) for one in value], column + 1)}]"
    return flat


def _elements(elements: Mapping[str, object], column: int, tail: int) -> str:
    lines = [_element(name, value, column + 1, tail + 1) for name, value in elements.items()]
    if [*elements][:2] == ["Sid", "Effect"] and column + len(lines[0]) + len(lines[1]) + tail + 4 <= _WIDTH:
        lines[:2] = [f"{lines[0]}, {lines[1]}"]
    return f"{{{_joined(lines, column + 1)}}}"


def _element(name: str, value: object, column: int, tail: int) -> str:
    start = f"{json.dumps(name)}: "
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        # Statements of a document: beside its name there would be too little room for them.
        inner = _joined([_render(one, column + 1, tail + 1) for one in value], column + 1)
        return f"{start}[\n{' ' * (column + 1)}{inner}]"
    beside = start + _render(value, column + len(start), tail)
    below = f"{start.rstrip()}\n{' ' * (column + 1)}{_render(value, column + 1, tail)}"
    if "\n" not in beside and _widest(beside, column, tail) <= _WIDTH:
        return beside
    fitting = [text for text in (beside, below) if _widest(text, column, tail) <= _WIDTH]
    # Fewest lines; a list begins beside its name, any other value below.
    order = (beside, below) if isinstance(value, list) else (below, beside)
    if fitting:
        return min((text for text in order if text in fitting), key=lambda text: text.count("\n"))
    # A text in it is wider than a line by itself: no break helps that one.
    return beside if isinstance(value, list) else start + json.dumps(value)


def _widest(text: str, column: int, tail: int) -> int:
    first, *others = text.split("\n")
    *between, last = (column + len(first), *map(len, others))
    return max(*between, last + tail) if between else last + tail


def _joined(parts: Iterable[str], column: int) -> str:
    return f",\n{' ' * column}".join(parts)
