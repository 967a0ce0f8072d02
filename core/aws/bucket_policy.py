"""Why a bucket's own policy may refuse an operation: which of its Deny statements come into question, and by what."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..location import S3Location
from ..needs import Operation
from .evaluation import (
    Asked,
    Known,
    NamedPolicy,
    Statement,
    all_of,
    any_of,
    condition_parts,
    matches,
    statements_of,
    texts,
)
from .granted import names_of, request_of
from .policy import partition_of
from .statements import account_of, name_of, role_session_arn_to_role

__all__ = ["bucket_policy_denies"]

_SHOWN = 3
"""How many statements are named."""


def bucket_policy_denies(
    document: object,
    operation: Operation,
    location: S3Location,
    principal_arn: str | None,
    *,
    key: str | None = None,
    region: str | None = None,
    context: Mapping[str, str | None] | None = None,
) -> str | None:
    """Say which Deny statements of a bucket's policy may refuse an operation, and by which condition keys.

    A sentence part, as "statement DenyHttp of the bucket's policy denies s3:GetObject, depending on
    aws:SecureTransport"; None where no statement comes into question. Never raises.
    """
    asked = request_of(
        operation,
        location,
        key=key,
        partition=partition_of(region),
        principal_arn=principal_arn,
        context=context,
    )
    statements, _ = statements_of([NamedPolicy("", document)])
    said: list[str] = []
    for number, statement in enumerate(statements, start=1):
        denies = all_of([_is_about(statement, principal_arn), matches(statement, asked)])
        if statement.effect == "Deny" and denies is not False:
            said.append(_denial_of(statement, number, asked, sure=denies is True))
    if not said:
        return None
    more = f"; {len(said) - _SHOWN} more of its statements may deny it too" if len(said) > _SHOWN else ""
    return "; ".join(said[:_SHOWN]) + more


def _denial_of(statement: Statement, number: int, asked: Asked, *, sure: bool) -> str:
    named = statement.sid or f"number {number}"
    keys = names_of(dict.fromkeys(key for _, key, _ in condition_parts(statement) or []))
    depending = f", depending on {keys}" if keys else ""
    denies = "denies" if sure or keys else "may deny"
    return f"statement {named} of the bucket's policy {denies} {asked.action}{depending}"


def _is_about(statement: Statement, principal_arn: str | None) -> Known:
    """Tell whether a statement of a resource's policy is about a principal (IAM user guide, Principal element)."""
    principal = statement.elements.get("Principal")
    if principal == "*":
        return True
    if not isinstance(principal, Mapping) or "NotPrincipal" in statement.elements:
        return None
    kinds: dict[object, Callable[[str], Known]] = {
        "AWS": lambda named: _is_named(named, principal_arn),
        "Service": lambda _: False,
    }
    parts: list[Known] = []
    for kind, value in principal.items():
        names, fits = texts(value), kinds.get(kind)
        parts += [None] if names is None or fits is None else map(fits, names)
    return any_of(parts)


def _is_named(named: str, principal_arn: str | None) -> Known:
    if named == "*":
        return True
    account = account_of(principal_arn) if principal_arn else None
    if principal_arn is None or account is None or (account_of(named) is None and not named.isdecimal()):
        return None  # also the ID that stands for a principal that was deleted
    if named in {account, principal_arn, role_session_arn_to_role(principal_arn)}:
        return True
    if account_of(named) != account:
        return False
    ours, theirs = name_of(principal_arn), name_of(named)
    # A session does not tell the path of its role.
    return theirs == "root" or (ours == theirs and (ours or "").startswith("role/"))
