"""Causes that are a refusal: the credentials are known, and some policy says no."""

from __future__ import annotations

from ...aws.denial import Layer
from ...aws.statements import LIGHTLY_ACCOUNT
from ...needs import Operation
from ..states import State
from .links import (
    ACLS_OFF,
    BOUNDARIES,
    CUSTOMER_KEYS,
    DENIALS,
    EXPLICIT,
    FORBIDDEN,
    OBJECT_LOCK,
    PUBLIC_ACCESS,
    RCPS,
    SCPS,
    VPC_ENDPOINTS,
)
from .row import Paste, Row, pattern, row

__all__ = ["DENIED"]

_ADMINISTRATOR = "an IAM administrator of that account can"
_ALLOW = f"Let a policy of {{who}} allow {{action}} on {{resource}}; {_ADMINISTRATOR}."


def _denied(
    cause: str, layer: Layer, says: str, fix: str, link: str = DENIALS, state: State = State.RED, **more: object
) -> Row:
    return row(cause, state, says, fix, codes="AccessDenied", layers=(layer,), link=link, **more)  # type: ignore[arg-type]


DENIED = (
    _denied(
        "explicit-deny-identity-policy",
        Layer.IDENTITY,
        "a policy[ ({policy})] of {who} denies {action} explicitly. No Allow outweighs that.",
        "Take {action} on {resource} out of that Deny, or mend its condition (IP address, MFA, region); "
        f"{_ADMINISTRATOR}.",
        EXPLICIT,
        explicit=True,
    ),
    _denied(
        "denied-identity-policy",
        Layer.IDENTITY,
        "no policy[ ({policy})] of {who} allows {action} on {resource}. "
        "Often it is granted on `/*` behind the bucket, or for another prefix.",
        f"Add this statement to a policy of {{who}}; {_ADMINISTRATOR}.",
        operations=(Operation.LIST,),
        paste=Paste.IDENTITY,
        fix_without_paste=_ALLOW,
    ),
    _denied(
        "denied-identity-policy",
        Layer.IDENTITY,
        "no policy[ ({policy})] of {who} allows {action} on {resource}. "
        "Often the folder is spelled otherwise there, or the final `/*` is missing.",
        f"Add this statement to a policy of {{who}}; {_ADMINISTRATOR}.",
        paste=Paste.IDENTITY,
        fix_without_paste=_ALLOW,
    ),
    _denied(
        "bucket-policy-denies",
        Layer.RESOURCE,
        "the policy of the bucket {bucket} denies {action} to {who}.",
        "Except {who} from that Deny; the bucket's owner can. For writes it often wants a header "
        "(x-amz-server-side-encryption, an ACL, a tag), else TLS, an IP address, a VPC or an organization.",
        FORBIDDEN,
        explicit=True,
        operations=(Operation.WRITE,),
    ),
    _denied(
        "bucket-policy-denies",
        Layer.RESOURCE,
        "the policy of the bucket {bucket} denies {action} to {who}.",
        "Except {who} from that Deny; the bucket's owner can. "
        "It often asks for TLS, an IP address, a VPC or an organization.",
        FORBIDDEN,
        explicit=True,
    ),
    _denied(
        "bucket-policy-missing-allow",
        Layer.RESOURCE,
        "the policy of the bucket {bucket}, which is another account's, does not allow {action} to {who}.",
        "Add this statement to the bucket's policy; the bucket's owner can.",
        FORBIDDEN,
        paste=Paste.BUCKET,
        fix_without_paste="Let the bucket's policy allow {action} on {resource} to {who}; the bucket's owner can.",
    ),
    _denied(
        "service-control-policy",
        Layer.SERVICE_CONTROL,
        "a service control policy[ ({policy})] of the organization of {who} does not allow {action}.",
        "Ask that organization's administrator to allow {action} on {resource}.",
        SCPS,
    ),
    _denied(
        "resource-control-policy",
        Layer.RESOURCE_CONTROL,
        "a resource control policy[ ({policy})] of the bucket's organization denies {action} to {who}.",
        f"Ask that organization's administrator to except {{who}}, and for a role Lightly's account {LIGHTLY_ACCOUNT}.",
        RCPS,
    ),
    _denied(
        "permissions-boundary",
        Layer.BOUNDARY,
        "the permissions boundary[ ({policy})] of {who} does not allow {action}.",
        f"Add this statement to the boundary; {_ADMINISTRATOR}.",
        BOUNDARIES,
        paste=Paste.IDENTITY,
        fix_without_paste=f"Let the boundary allow {{action}} on {{resource}}, and deny it nowhere; {_ADMINISTRATOR}.",
    ),
    _denied(
        "session-policy",
        Layer.SESSION,
        "the policy[ ({policy})] that the session of {who} was begun with does not allow {action}.",
        "Add this statement to the session's policy, or begin the session without one.",
        paste=Paste.IDENTITY,
        fix_without_paste="Let the session's policy allow {action} on {resource}, and deny it nowhere, or begin the "
        "session without one.",
    ),
    _denied(
        "vpc-endpoint-policy",
        Layer.VPC_ENDPOINT,
        "this machine reaches S3 by a VPC endpoint whose policy does not allow {action}. "
        "That says nothing about the key.",
        "Check from outside of the VPC, or ask the endpoint's owner to allow {action} on {resource}.",
        VPC_ENDPOINTS,
        State.UNKNOWN,
    ),
    row(
        "public-acl-blocked",
        State.RED,
        "the bucket {bucket} refuses writes with a public ACL (Block Public Access).",
        "Send no ACL with what is stored; the bucket's policy can give access instead.",
        codes="AccessDenied",
        message=pattern(r"because public (ACLs|policies) are (prevented|blocked)"),
        operations=(Operation.WRITE,),
        link=PUBLIC_ACCESS,
    ),
    row(
        "sse-c-blocked",
        State.RED,
        "the bucket {bucket} refuses writes whose key the writer sends along (SSE-C).",
        "Write with S3's own or a KMS key; the bucket's owner can also allow SSE-C in its default encryption.",
        codes="AccessDenied",
        message=pattern(r"blocked upload requests that specify\s+Server Side Encryption with Customer provided keys"),
        operations=(Operation.WRITE,),
        link=CUSTOMER_KEYS,
    ),
    row(
        "acl-not-supported",
        State.RED,
        "the bucket {bucket} does not take ACLs, and one was sent.",
        "Send no ACL with what is stored.",
        codes="AccessControlListNotSupported",
        operations=(Operation.WRITE,),
        link=ACLS_OFF,
    ),
    row(
        "object-lock",
        State.AMBER,
        "the bucket {bucket} keeps every object for a time, and takes only writes with a checksum (Object Lock).",
        "Write with a current AWS SDK, which sends one.",
        codes="InvalidRequest",
        message=pattern(r"Content-MD5 (OR|HTTP header|or) .*required|x-amz-checksum-.*required"),
        operations=(Operation.WRITE,),
        link=OBJECT_LOCK,
    ),
    row(
        "object-lock",
        State.AMBER,
        "Object Lock keeps what is there: it cannot be overwritten or deleted for a time.",
        "Choose another folder for the output, or wait until the retention ends.",
        codes="AccessDenied",
        message=pattern("because object protected by object lock"),
        operations=(Operation.WRITE,),
        link=OBJECT_LOCK,
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
        "{host} refuses the access key {key}: it does not know it, or secret or session token are another key's.",
        "Enter access key, secret and session token again; who runs {host} can make a new pair.",
        codes="AccessDenied",
        bare=True,
        accepted=False,
        server="other",
        scope="all",
    ),
    row(
        "access-denied",
        State.RED,
        "{server} refuses {action} on {resource} to {who}, and does not say why. "
        "The policies on either side or Requester Pays may be it.",
        "Add this statement to a policy of {who}. If the bucket is another account's, its owner has to allow the same "
        "in the bucket's policy.",
        codes="AccessDenied",
        operations=(Operation.LIST,),
        paste=Paste.IDENTITY,
        fix_without_paste="Let the policies of {who} allow {action} on {resource}, and none deny it. If the bucket is "
        "another account's, its owner has to allow the same in the bucket's policy.",
        link=FORBIDDEN,
    ),
    row(
        "access-denied",
        State.RED,
        "{server} refuses {action} on {resource} to {who}, and does not say why. "
        "The policies on either side, the object's owner or a KMS key may be it.",
        "Add this statement to a policy of {who}. If the bucket is another account's, its owner has to allow the same "
        "in the bucket's policy; with a KMS key, its policy has to allow {kms_action}.",
        codes="AccessDenied",
        paste=Paste.IDENTITY,
        fix_without_paste="Let the policies of {who} allow {action} on {resource}, and none deny it. If the bucket is "
        "another account's, its owner has to allow the same in the bucket's policy; with a KMS key, its policy has to "
        "allow {kms_action}.",
        link=FORBIDDEN,
    ),
)
