"""What is too open in the settings of a bucket. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ..aws.bucket_settings import ALL_USERS, BLOCKS, BucketSettings
from ..aws.evaluation import (
    Asked,
    Known,
    NamedPolicy,
    Statement,
    action_matches,
    condition_parts,
    matches,
    statements_of,
    texts,
)
from ..aws.granted import names_of, request_of
from ..location import S3Location
from ..needs import Operation
from .rules import MADE_UP, Weakness, weakness

__all__ = ["posture_of_bucket"]

_RESTRICTS, _IGNORES = "RestrictPublicBuckets", "IgnorePublicAcls"
_SECURE = "aws:securetransport"
_TRIED = ("s3:ListBucket", "s3:GetObject", "s3:PutObject")


def posture_of_bucket(
    location: S3Location, settings: BucketSettings, *, partition: str = "aws", plain_http: bool = False
) -> tuple[Weakness, ...]:
    """Say what is too open in a bucket: it is public, may become so, or takes requests without TLS in the folder.

    What could not be read is not known, and nothing is said of it. With `plain_http` the server itself is used without
    TLS: then that is not advised against, as it would lock out whoever follows the advice. Never raises.
    """
    statements = _read(settings)
    found = [*_public(location.bucket, settings, statements)]
    if statements is not None and not plain_http:
        keys = [f"{location.prefix}{name}" for name in MADE_UP]
        asked = [request_of(Operation.READ, location, key=key, partition=partition) for key in keys]
        if not any(_refuses_plain_http(one, asked) for one in statements):
            found.append(weakness("plain-http-allowed", bucket=location.bucket, uri=location.uri))
    return tuple(found)


def _public(bucket: str, settings: BucketSettings, statements: list[Statement] | None) -> Iterator[Weakness]:
    blocked, groups = settings.blocked, settings.acl_groups
    if blocked is None:
        return
    by_policy = settings.public if settings.public is not None else statements is not None and _is_public(statements)
    by_policy, by_acl = by_policy and _RESTRICTS not in blocked, bool(groups) and _IGNORES not in blocked
    if by_policy:
        yield weakness("public-bucket", bucket=bucket)
    if by_acl:
        public = "everybody" if ALL_USERS in (groups or ()) else "everybody who has an AWS account"
        yield weakness("public-acl", bucket=bucket, public=public)
    if not (by_policy or by_acl) and (missing := [name for name in BLOCKS if name not in blocked]):
        shown = "Block Public Access is" if len(missing) == len(BLOCKS) else names_of(missing)
        verb = "" if len(missing) == len(BLOCKS) else " is" if len(missing) == 1 else " are"
        yield weakness("public-access-not-blocked", bucket=bucket, missing=f"{shown}{verb}")


def _read(settings: BucketSettings) -> list[Statement] | None:
    """Read the policy's statements: none where there is no policy, None where it is not known."""
    if settings.has_no_policy:
        return []
    try:
        document = json.loads(settings.policy or "")
    except (ValueError, RecursionError):
        return None
    statements, whole = statements_of([NamedPolicy("", document)])
    return statements if whole else None


def _is_public(statements: list[Statement]) -> bool:
    """Tell whether a statement surely lets everybody in, where S3 itself did not say so."""
    if any(one.effect == "Deny" for one in statements):
        return False
    return any(
        _names_everybody(one) is True
        and condition_parts(one) == []
        and any(action_matches(one, action) for action in _TRIED)
        for one in statements
    )


def _refuses_plain_http(statement: Statement, asked: Sequence[Asked]) -> bool:
    """Tell whether a statement may refuse these requests where they come without TLS, as far as it can be read."""
    parts = condition_parts(statement)
    return (
        statement.effect == "Deny"
        and _names_everybody(statement) is not False
        and (parts is None or any(key.lower() == _SECURE for _, key, _ in parts))
        and all(matches(statement, replace(one, context={_SECURE: "false"})) is not False for one in asked)
    )


def _names_everybody(statement: Statement) -> Known:
    """Tell whether everybody is named; None for a shape that is not known, and for all but some."""
    principal = statement.elements.get("Principal")
    if principal == "*":
        return True
    if not isinstance(principal, Mapping) or "NotPrincipal" in statement.elements:
        return None
    names = texts(principal.get("AWS", []))
    return None if names is None else "*" in names
