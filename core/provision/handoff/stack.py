"""A CloudFormation template, as JSON.

JSON, because the policies stand in it as IAM shows them, because its writer is Python's own and gives the same text for
the same value, and because no reader takes an account ID for a number or a date for anything but a text, as readers of
YAML do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from ...aws.statements import LIGHTLY_ACCOUNT, SESSION_SECONDS
from ...console import console_of
from ...external_id import EXTERNAL_ID_LETTERS, LONGEST_EXTERNAL_ID, SHORTEST_EXTERNAL_ID
from ..wanted import Wanted
from .documents import check_letters
from .formats import HandoffError
from .words import is_role, plain_ascii

__all__ = ["CAPABILITY", "quick_create_link", "stack_name", "stacks_page", "template", "upload_link"]

CAPABILITY = "CAPABILITY_NAMED_IAM"
"""What has to be acknowledged for a stack that names what it makes in IAM (CloudFormation API, CreateStack)."""

_PARAMETER = "ExternalId"
_LONGEST_DESCRIPTION = 1_024
_DYNAMIC = "{{resolve:"
_S3_HOST = re.compile(r"(?:.+\.)?s3(?:[.-][a-z0-9-]+)*\.amazonaws\.(?:com(?:\.cn)?|eu)")
_PLACE = "TEMPLATE-URL"


def template(wanted: Wanted, *, account_id: str | None = None) -> str:
    """Write the template of one user or role. It holds no secret, and makes no access key.

    Raises:
        HandoffError: for names that CloudFormation would change on their way to IAM.
        PolicyError: where no policy can be written.
    """
    kind = wanted.access.entity
    document: dict[str, object] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": _description(wanted, account_id),
    }
    if is_role(wanted):
        document["Parameters"] = {_PARAMETER: _parameter()}
    document["Resources"] = {f"Lightly{kind.title()}": _role(wanted) if is_role(wanted) else _user(wanted)}
    document["Outputs"] = _outputs(wanted)
    text = json.dumps(document, indent=2, ensure_ascii=True) + "\n"
    if _DYNAMIC in text:
        raise HandoffError(
            f"CloudFormation replaces what begins with {_DYNAMIC}, and a name here does. Use the AWS CLI script."
        )
    return text


def stack_name(wanted: Wanted) -> str:
    """Name the stack: letters, digits and hyphens, up to 128, a letter first (CloudFormation API, CreateStack)."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", wanted.name).strip("-")[:100]
    return name if name[:1].isalpha() else f"Lightly-{name}".rstrip("-")


def stacks_page(wanted: Wanted) -> str:
    """Give the address of the console's page of stacks, in the region of the bucket where that is known."""
    region = wanted.grants[0].region
    query = f"?region={quote(region, safe='')}" if region else ""
    return f"https://{console_of(wanted.partition)}/cloudformation/home{query}#/stacks"


def upload_link(wanted: Wanted) -> str:
    """Give the address of the console's page on which a template is uploaded."""
    return f"{stacks_page(wanted)}/create"


def quick_create_link(wanted: Wanted, template_url: str | None = None) -> str:
    """Give the link to a page of the console on which the stack is filled in (CloudFormation user guide, quick-create).

    CloudFormation reads a template from S3 only, so `template_url` is the https address of the template's object in a
    bucket; without it the link has the word `TEMPLATE-URL` in its place. The external ID is not in it: CloudFormation
    takes none there, and whoever sees the link would see it.

    Raises:
        HandoffError: where `template_url` is not an https address of S3.
    """
    if template_url is not None:
        address = urlsplit(template_url)
        if address.scheme != "https" or not _S3_HOST.fullmatch(address.hostname or ""):
            raise HandoffError(
                "CloudFormation reads a template from S3 only: upload it to a bucket, and give its https address."
            )
    where = quote(template_url, safe="") if template_url else _PLACE
    return f"{stacks_page(wanted)}/create/review?templateURL={where}&stackName={stack_name(wanted)}"


def _description(wanted: Wanted, account_id: str | None) -> str:
    where = f" Meant for account {account_id}." if account_id else ""
    if is_role(wanted):
        text = (
            f"IAM role {wanted.name}, which Lightly's account {LIGHTLY_ACCOUNT} may assume with an external ID, and "
            f"what it may do in S3.{where} Made by bucketlight. Hand back the output RoleArn."
        )
    else:
        text = (
            f"IAM user {wanted.name} for Lightly, and what it may do in S3.{where} Made by bucketlight. It makes no "
            "access key, because a stack would keep its secret: after this, make one in the IAM console (the user's "
            "tab Security credentials, Create access key, Third-party service) and download its CSV file. Delete that "
            "key before the stack."
        )
    return plain_ascii(text)[:_LONGEST_DESCRIPTION]


def _parameter() -> dict[str, object]:
    return {
        "Type": "String",
        "NoEcho": True,
        "Description": "The external ID of the hand-off. It reaches you apart from this template. Not shown again.",
        "MinLength": SHORTEST_EXTERNAL_ID,
        "MaxLength": LONGEST_EXTERNAL_ID,
        "AllowedPattern": f"[{EXTERNAL_ID_LETTERS}]+",
        "ConstraintDescription": f"{SHORTEST_EXTERNAL_ID} or more letters, digits, and _ + = , . @ : / -",
    }


def _user(wanted: Wanted) -> dict[str, object]:
    return {"Type": "AWS::IAM::User", "Properties": {"UserName": wanted.name, **_common(wanted)}}


def _role(wanted: Wanted) -> dict[str, object]:
    properties = {
        "RoleName": wanted.name,
        "AssumeRolePolicyDocument": wanted.trust({"Ref": _PARAMETER}),
        "MaxSessionDuration": SESSION_SECONDS,
        **_common(wanted),
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def _common(wanted: Wanted) -> Mapping[str, Any]:
    policy = wanted.policy()
    check_letters(policy.document, "CloudFormation")
    policies = [{"PolicyName": policy.name, "PolicyDocument": policy.document}]
    boundary = {"PermissionsBoundary": wanted.boundary_arn} if wanted.boundary_arn else {}
    tags = [{"Key": key, "Value": value} for key, value in wanted.tags]
    return {"Path": wanted.path, **boundary, "Policies": policies, "Tags": tags}


def _outputs(wanted: Wanted) -> dict[str, object]:
    if is_role(wanted):
        return {
            "RoleArn": {
                "Description": "The role's ARN: hand it back.",
                "Value": {"Fn::GetAtt": ["LightlyRole", "Arn"]},
            }
        }
    return {
        "UserName": {
            "Description": "The user's name: make its access key in the IAM console.",
            "Value": {"Ref": "LightlyUser"},
        }
    }
