"""What AWS's answers mean for somebody who wants a user or a role made: a cause, a sentence, a way on. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..aws.denial import Layer, parse_denial
from ..aws.setup_policy import NAMES
from ..aws.statements import name_of
from .found import Finding
from .refusals import Evidence, Refusal

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

__all__ = ["code_of", "evidence_of", "is_throttled", "not_seen", "policy_hint", "refusal_of", "unanswered"]

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_THROTTLED = frozenset(
    {
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)
_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_HAND_OVER = "or hand the plan to an administrator of the account"
_LAYERS = {
    Layer.SERVICE_CONTROL: ("service-control-policy", "a service control policy of the organization"),
    Layer.RESOURCE_CONTROL: ("resource-control-policy", "a resource control policy of the organization"),
    Layer.BOUNDARY: ("permissions-boundary", "the permissions boundary of that principal"),
    Layer.SESSION: ("access-denied", "the policy of that session"),
}


def code_of(error: ClientError) -> str:
    """Return AWS's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_throttled(error: ClientError) -> bool:
    """Tell whether AWS asked for patience: the request was not carried out."""
    return code_of(error) in _THROTTLED


def evidence_of(error: ClientError, call: str) -> Evidence:
    """Return what was asked and answered."""
    fields, metadata = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
    return Evidence(
        call=call,
        status=metadata.get("HTTPStatusCode"),
        code=fields.get("Code"),
        message=fields.get("Message"),
        request_id=metadata.get("RequestId"),
        region=metadata.get("HTTPHeaders", {}).get("x-amz-bucket-region"),
    )


def refusal_of(error: ClientError, call: str, about: str) -> Refusal:
    """Say what an error means. `call` is botocore's name of the operation, `about` what it concerns: `user NAME`."""
    code, seen = code_of(error), evidence_of(error, call)
    if code in _DENIED:
        return _denied(seen, call, about)
    if code in _THROTTLED:
        return _refusal(
            "throttled",
            f"AWS takes no more requests of this account just now ({call}: {code}).",
            "Run the same again in a minute: it goes on where it ended.",
            seen,
            again=True,
        )
    if code in _CREDENTIALS:
        return _refusal(
            "credentials-expired",
            f"AWS does not take these credentials, or no longer ({code}).",
            "Log in again with the profile, or correct it, then run the same again: it goes on where it ended.",
            seen,
            again=True,
        )
    if (seen.status or 0) >= 500 or code in {"ConcurrentModification", "EntityTemporarilyUnmodifiable"}:
        return _refusal(
            "no-answer",
            f"AWS could not carry out {call} for the {about} ({code}).",
            "Run the same again in a minute: it goes on where it ended.",
            seen,
            again=True,
        )
    return _by_code(code, seen, call, about)


def _by_code(code: str, seen: Evidence, call: str, about: str) -> Refusal:
    match code:
        case "EntityAlreadyExists":
            return _refusal(
                "name-exists",
                f"The {about} is there already, and bucketlight did not make it.",
                "Choose another name; or look at it in IAM, and adopt it.",
                seen,
            )
        case "LimitExceeded":
            return _limit(seen, call, about)
        case "NoSuchEntity" if call in {
            "CreateUser",
            "CreateRole",
            "PutUserPermissionsBoundary",
            "PutRolePermissionsBoundary",
        }:
            return _refusal(
                "boundary-missing",
                "The policy that is named as permissions boundary is not there.",
                "Name a managed policy of this account by its ARN.",
                seen,
            )
        case "NoSuchEntity":
            return _refusal(
                "changed-meanwhile",
                f"The {about}, or what belongs to it, is no longer there.",
                "Run the same again: it looks afresh at what there is.",
                seen,
                again=True,
            )
        case "DeleteConflict":
            return _refusal(
                "delete-conflict",
                f"The {about} has something that bucketlight did not make, so AWS does not delete it.",
                "Look at it in the IAM console, remove what is not needed, then run the same again.",
                seen,
            )
        case "MalformedPolicyDocument":
            return _refusal(
                "policy-refused",
                f"AWS does not take the policy for the {about}.",
                "Look whether a statement that bucketlight did not write names a principal that is gone, and mend it.",
                seen,
            )
    return _refusal(
        "not-accepted",
        f"AWS does not take {call} for the {about} ({code or 'no code'}).",
        "Look at what AWS says, change what is asked for, then run the same again.",
        seen,
    )


def unanswered(error: Exception, call: str) -> Refusal:
    """Say that no answer came; botocore's own words are left out: they name addresses, and say no more."""
    return Refusal(
        cause="no-answer",
        sentence=f"No answer came to {call} ({type(error).__name__}).",
        fix="Look at the network of this machine, then run the same again: it goes on where it ended.",
        evidence=Evidence(call=call),
        again=True,
    )


def not_seen(finding: Finding, *, what: str = "it", so: str = "") -> Refusal:
    """Say that something may not be looked up. `what` an administrator can do instead; `so` says what follows."""
    return Refusal(
        cause="look-up-denied",
        sentence=f"{finding.why or finding.sentence}{so}",
        fix=f"Allow {finding.call}{policy_hint(finding.about)}, name another profile, or hand {what} to an "
        "administrator of the account.",
    )


def policy_hint(about: str) -> str:
    """Name the command that writes what is needed, where it does so for what this is about: `user NAME`."""
    kind, _, name = about.partition(" ")
    named = kind not in {"user", "role"} or name.lower().startswith(NAMES.rstrip("*").lower())
    return " (`bucketlight policy --for-setup` writes all that is needed)" if named else f" for the {about}"


def _denied(seen: Evidence, call: str, about: str) -> Refusal:
    denial = parse_denial(seen.message)
    action = denial.action if denial else f"iam:{call}"
    named = name_of(denial.principal) if denial else None
    who = f"the {named.replace('/', ' ', 1)}" if named else "the principal of this profile"
    cause, by = _LAYERS.get(denial.layer, ("access-denied", "")) if denial and denial.layer else ("access-denied", "")
    if by:
        which = f" ({denial.policy_arn})" if denial and denial.policy_arn else ""
        whom = "who administers the organization" if "organization" in by else "who set it"
        return _refusal(
            cause,
            f"{by[0].upper()}{by[1:]}{which} does not let {who} do {action}.",
            f"Ask {whom} to allow it, name another profile, {_HAND_OVER}.",
            seen,
        )
    return _refusal(
        cause,
        f"{who[0].upper()}{who[1:]} may not do {action}.",
        f"Allow it{policy_hint(about)}, name another profile, {_HAND_OVER}.",
        seen,
    )


def _limit(seen: Evidence, call: str, about: str) -> Refusal:
    match call:
        case "CreateAccessKey":
            return _refusal(
                "two-keys",
                f"The {about} has two access keys, and AWS gives no third one.",
                "Deactivate and delete one that is not used in the IAM console, then run the same again.",
                seen,
            )
        case "PutUserPolicy" | "PutRolePolicy":
            longest = "2,048 characters for a user" if call == "PutUserPolicy" else "10,240 characters for a role"
            role = " choose a role," if call == "PutUserPolicy" else ""
            return _refusal(
                "policy-too-long",
                f"The inline policies of the {about} would be longer than AWS takes: {longest}, all together.",
                f"Remove another inline policy from it,{role} or give the output credentials of its own.",
                seen,
            )
    return _refusal(
        "limit-exceeded",
        f"The account has reached a quota of IAM: {seen.message or call}.",
        "Ask for a higher quota in the console of Service Quotas, or delete what is not used, then run the same again.",
        seen,
    )


def _refusal(cause: str, sentence: str, fix: str, seen: Evidence, *, again: bool = False) -> Refusal:
    return Refusal(cause=cause, sentence=sentence, fix=fix, evidence=seen, again=again)
