"""Causes that are a refusal: the credentials are known, and some policy says no."""

from __future__ import annotations

from ...needs import Operation
from ..states import State
from .row import DENIALS, Row, pattern, row

__all__ = ["DENIED"]


def _denied(cause: str, layer: str, says: str, fix: str, state: State = State.RED) -> Row:
    return row(
        cause,
        state,
        says,
        fix,
        codes="AccessDenied",
        message=pattern(layer),
        link=DENIALS,
    )


DENIED = (
    row(
        "kms-decrypt-denied",
        State.RED,
        "the object is encrypted, and {who} may not decrypt with its key.",
        "Allow kms:Decrypt on that key, in the policy of {who} and in the key's own policy.",
        codes="AccessDenied",
        message=pattern(r"perform:\s*kms:Decrypt"),
        operations=(Operation.READ,),
    ),
    row(
        "kms-generate-data-key-denied",
        State.RED,
        "the bucket encrypts what is stored, and {who} may not use its key for that.",
        "Allow kms:GenerateDataKey on that key, in the policy of {who} and in the key's own policy.",
        codes="AccessDenied",
        message=pattern(r"perform:\s*kms:GenerateDataKey"),
        operations=(Operation.WRITE,),
    ),
    _denied(
        "explicit-deny-identity-policy",
        "explicit deny in an identity-based policy",
        "a policy of {who} denies {action} explicitly, and no Allow outweighs that.",
        "Take {action} on {resource} out of that Deny statement.",
    ),
    _denied(
        "bucket-policy-denies",
        "explicit deny in a resource-based policy",
        "the policy of the bucket {bucket} denies {action} to {who}.",
        "Except {who} from that Deny statement; the bucket's owner can.",
    ),
    _denied(
        "service-control-policy",
        "service control policy",
        "a service control policy of the organization does not allow {action}.",
        "Ask the organization's administrator to allow {action} on {resource}.",
    ),
    _denied(
        "resource-control-policy",
        "resource control policy",
        "a resource control policy of the bucket's organization denies {action}.",
        "Ask that organization's administrator to except {who}.",
    ),
    _denied(
        "permissions-boundary",
        "permissions boundary",
        "the permissions boundary of {who} does not allow {action}.",
        "Add {action} on {resource} to the boundary.",
    ),
    _denied(
        "session-policy",
        "session policy",
        "the policy of the session does not allow {action}.",
        "Add {action} on {resource} to the session's policy, or assume the role without one.",
    ),
    _denied(
        "vpc-endpoint-policy",
        "VPC endpoint policy",
        "this machine reaches S3 by a VPC endpoint that does not allow {action}. That says nothing about the key.",
        "Check from outside of the VPC, or ask the endpoint's owner to allow {action} on {resource}.",
        State.UNKNOWN,
    ),
    _denied(
        "bucket-policy-missing-allow",
        "because no resource-based policy allows",
        "the policy of the bucket {bucket}, in another account, does not allow {action} to {who}.",
        "Ask the bucket's owner to add this statement to the bucket's policy, for {who}:\n{statement}",
    ),
    _denied(
        "denied-identity-policy",
        "because no identity-based policy allows",
        "the policies of {who} do not allow {action} on {resource}.",
        "Add this statement to a policy of {who}:\n{statement}",
    ),
    row(
        "quota-exceeded",
        State.RED,
        "the quota of this server is used up.",
        "Ask who runs {host} for a larger quota, or delete what is not needed.",
        codes="QuotaExceeded",
        operations=(Operation.WRITE,),
    ),
    row(
        "access-denied",
        State.RED,
        "{host} refuses the access key {key}: it does not know the key, or the secret is another one's.",
        "Enter access key and secret again; who runs {host} can make a new pair.",
        codes="AccessDenied",
        bare=True,
        accepted=False,
        server="other",
        scope="all",
    ),
    row(
        "access-denied",
        State.RED,
        "{server} refuses {action} on {resource} to {who}, and does not say why.",
        "Allow it in the policy of {who}; if the bucket is another account's, in the bucket's policy too. "
        "The statement:\n{statement}",
        codes="AccessDenied",
        link=DENIALS,
    ),
)
