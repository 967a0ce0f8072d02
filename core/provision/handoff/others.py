"""What the policies of KMS keys and of buckets get, which may be others' to change: each as JSON."""

from __future__ import annotations

from ...aws.policy import to_json
from ...aws.statements import bucket_policies, key_policy_statements
from ..wanted import Wanted

__all__ = ["ACCOUNT", "bucket_texts", "key_texts"]

ACCOUNT = "ACCOUNT"
"""In place of an account's ID that is not known."""


def key_texts(wanted: Wanted, part: str = "", *, account_id: str | None = None) -> dict[str, str]:
    """Write, for each KMS key that is used, the statement for its policy, by the ARN of the key.

    That of the `part` named `output` has a Sid of its own: both may go into one policy.

    Raises:
        PolicyError: where a key is not named by its key ARN.
    """
    found = key_policy_statements(wanted.grants, wanted.arn(account_id or ACCOUNT))
    start = "Output" if part == "output" else ""
    return {arn: to_json({**statement, "Sid": f"{start}{statement['Sid']}"}) for arn, statement in found.items()}


def bucket_texts(wanted: Wanted, *, account_id: str | None, bucket_account_id: str | None) -> dict[str, str]:
    """Write the policy of each bucket, by its name, where buckets and user or role are known to be of two accounts.

    Raises:
        PolicyError: where none can be written.
    """
    if account_id is None or bucket_account_id in {None, account_id}:
        return {}
    found = bucket_policies(wanted.grants, wanted.arn(account_id), partition=wanted.partition, networks=wanted.networks)
    return {bucket: to_json(document) for bucket, document in found.items()}
