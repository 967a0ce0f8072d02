"""Causes that lie in assuming a role: asked of STS, they decide all three lights."""

from __future__ import annotations

from ...aws.denial import Layer
from ..states import State
from .links import ROLES as TROUBLE
from .links import STS_REGIONS
from .row import Paste, Row, pattern, row

__all__ = ["ROLES", "TOO_SHORT"]

_CALLS = "AssumeRole AssumeRoleWithWebIdentity AssumeRoleWithSAML"


def _role(cause: str, state: State, says: str, fix: str, codes: str = "", **more: object) -> Row:
    more.setdefault("link", TROUBLE)
    return row(cause, state, says, fix, codes=codes, calls=_CALLS, scope="all", **more)  # type: ignore[arg-type]


TOO_SHORT = _role(
    "max-session-too-short",
    State.RED,
    "the sessions of {role} end too early: Lightly asks for 43,200 seconds (12 hours).",
    "Raise the role's maximum session duration; an IAM administrator of its account can:",
    "ValidationError",
    message=pattern("exceeds the MaxSessionDuration"),
    paste=Paste.COMMAND,
    fix_without_paste="Raise the role's maximum session duration to 12 hours (IAM > Roles); "
    "an IAM administrator of its account can.",
    command="aws iam update-role --role-name={role_name} --max-session-duration 43200",
)

ROLES = (
    _role(
        "assume-role-root",
        State.RED,
        "{role} was asked for with root's own keys, and root cannot assume a role.",
        "Use the keys of an IAM user or of another role.",
        "AccessDenied",
        message=pattern("may not be assumed by root"),
    ),
    _role(
        "assume-role-mfa",
        State.RED,
        "the trust policy of {role} asks for an MFA code, which no service can give.",
        "Take the condition aws:MultiFactorAuthPresent out of the trust policy; an IAM administrator of the role's "
        "account can.",
        "AccessDenied",
        message=pattern("MultiFactorAuthentication failed"),
    ),
    _role(
        "assume-role-caller-side",
        State.RED,
        "no policy[ ({policy})] of {who} allows it to assume {role}, or one denies it.",
        "Add this statement to a policy of {who}; an IAM administrator of that account can.",
        "AccessDenied",
        layers=(Layer.IDENTITY,),
        paste=Paste.ASSUME,
        fix_without_paste="Let the policies of {who} allow {action} on {role}, and none deny it; "
        "an IAM administrator of that account can.",
    ),
    _role(
        "assume-role-trust-side",
        State.RED,
        "the trust policy of {role} does not let {who} in.",
        "Make the role's trust policy this, with your external ID; an IAM administrator of its account can.",
        "AccessDenied",
        layers=(Layer.ROLE_TRUST, Layer.RESOURCE),
        delegated=True,
        paste=Paste.TRUST,
    ),
    _role(
        "assume-role-trust-side",
        State.RED,
        "the trust policy of {role} does not let {who} in.",
        "Name {who} in the role's trust policy; an IAM administrator of the role's account can.",
        "AccessDenied",
        layers=(Layer.ROLE_TRUST, Layer.RESOURCE),
        delegated=False,
    ),
    _role(
        "assume-role-refused",
        State.RED,
        "AWS refuses {role} to {who}, in the same words for every reason. "
        "The role, its trust policy, the external ID or the caller's policy may be it.",
        "Compare account, role name (upper and lower case) and external ID. Then save the role's trust policy again as "
        "this, with your external ID; an IAM administrator of its account can.",
        "AccessDenied",
        layers=(None,),
        delegated=True,
        paste=Paste.TRUST,
    ),
    _role(
        "assume-role-refused",
        State.RED,
        "AWS refuses {role} to {who}, in the same words for every reason. "
        "The role, its trust policy, an external ID or the caller's policy may be it.",
        "Compare role_arn and external_id in ~/.aws/config with the role's page in IAM. "
        "Its trust policy must name {who}, who also needs this statement in a policy.",
        "AccessDenied",
        layers=(None,),
        delegated=False,
        paste=Paste.ASSUME,
        fix_without_paste="Compare role_arn and external_id in ~/.aws/config with the role's page in IAM. "
        "Its trust policy must name {who}, who also needs leave to assume it in a policy.",
    ),
    TOO_SHORT,
    _role(
        "role-chaining-limit",
        State.UNKNOWN,
        "the caller is a role itself, and may assume another one for an hour at most.",
        "Check with the keys of an IAM user; Lightly is not bound by this.",
        "ValidationError",
        message=pattern("1 hour session limit"),
    ),
    _role(
        "external-id-malformed",
        State.RED,
        "the external ID cannot be one: it is too short, or holds a character that STS does not take.",
        "Correct the external ID: 10 or more letters, digits and signs out of `_+=,.@:/-`.",
        "ValidationError",
        message=pattern("at 'externalId' failed to satisfy"),
    ),
    _role(
        "external-id-malformed",
        State.RED,
        "the external ID cannot be one: it is too short or too long.",
        "Correct the external ID: 10 or more letters, digits and signs out of `_+=,.@:/-`.",
        exceptions="ParamValidationError",
        message=pattern("ExternalId"),
    ),
    _role(
        "profile-invalid",
        State.RED,
        "the session name that the profile gives for {role} cannot be one.",
        "Correct role_session_name in ~/.aws/config: 2 to 64 letters, digits and signs out of `_+=,.@-`.",
        "ValidationError",
        message=pattern("at 'roleSessionName' failed to satisfy"),
    ),
    _role(
        "role-arn-malformed",
        State.RED,
        "what was given as the ARN of the role[, {role_arn},] is not one.",
        "Copy the ARN from the role's page in the IAM console: arn:aws:iam::111122223333:role/NAME.",
        "ValidationError",
        message=pattern(r"\S+ is invalid\s*$|at 'roleArn' failed to satisfy"),
    ),
    _role(
        "profile-invalid",
        State.RED,
        "the session name that the profile gives for {role} cannot be one.",
        "Correct role_session_name in ~/.aws/config: 2 to 64 letters, digits and signs out of `_+=,.@-`.",
        exceptions="ParamValidationError",
        message=pattern("RoleSessionName"),
    ),
    _role(
        "role-arn-malformed",
        State.RED,
        "what was given as the ARN of the role[, {role_arn},] is not one.",
        "Copy the ARN from the role's page in the IAM console: arn:aws:iam::111122223333:role/NAME.",
        exceptions="ParamValidationError",
        message=pattern("RoleArn"),
    ),
    _role(
        "sts-region-disabled",
        State.UNKNOWN,
        "the role's account has switched STS off in {region}.",
        "Activate STS for {region} in IAM > Account settings; an administrator of the role's account can.",
        "RegionDisabledException",
        link=STS_REGIONS,
    ),
)
