"""What an IAM policy says about one request: the part of AWS's evaluation that the sandbox needs, as pure functions.

Sources: IAM user guide, "Policy evaluation logic", "IAM JSON policy elements", "Condition operators".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any

__all__ = ["Question", "Verdict", "decide", "matches", "trusts"]


class Verdict(Enum):
    """The outcome of an evaluation. An explicit deny beats every allow; what nobody allows is refused."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "not allowed"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Question:
    """A request as policies see it: `action` (`s3:ListBucket`), the ARN of the resource, and the condition keys."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


def decide(documents: Iterable[Mapping[str, Any]], question: Question) -> Verdict:
    """Evaluate the identity-based policies of a principal, given as parsed documents."""
    verdict = Verdict.NOT_ALLOWED
    for document in documents:
        for statement in _as_list(document.get("Statement")):
            if not (_covers_action(statement, question) and _covers_resource(statement, question)):
                continue
            denies = statement.get("Effect") == "Deny"
            if _conditions_hold(statement, question.context, unknown=denies):
                if denies:
                    return Verdict.DENIED
                verdict = Verdict.ALLOWED
    return verdict


def trusts(document: Mapping[str, Any], principal_arn: str, question: Question) -> bool:
    """Tell whether the trust policy of a role lets a principal assume it.

    A principal is named by its ARN, by its account's number or root ARN, or by `*`.
    """
    account = principal_arn.split(":")[4]
    names = {principal_arn, account, f"arn:aws:iam::{account}:root", "*"}
    trusted = False
    for statement in _as_list(document.get("Statement")):
        principals = statement.get("Principal")
        listed = _as_list(principals.get("AWS")) if isinstance(principals, dict) else _as_list(principals)
        if not names.intersection(listed) or not _covers_action(statement, question):
            continue
        denies = statement.get("Effect") == "Deny"
        if _conditions_hold(statement, question.context, unknown=denies):
            if denies:
                return False
            trusted = True
    return trusted


def matches(pattern: str, text: str) -> bool:
    """Match as IAM does: `*` stands for any characters or none, `?` for exactly one; upper and lower case differ.

    `${*}`, `${?}` and `${$}` stand for the character itself (IAM user guide, policy variables, special characters).
    """
    return bool(_compiled(pattern).fullmatch(text))


_PARTS = re.compile(r"\$\{[*?$]\}|\*+|.", re.DOTALL)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_expression(part) for part in _PARTS.findall(pattern)), re.DOTALL)


def _expression(part: str) -> str:
    if part.startswith("*"):
        return ".*"
    if part == "?":
        return "."
    return re.escape(part[2] if part.startswith("${") else part)


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _covers_action(statement: Mapping[str, Any], question: Question) -> bool:
    def named(element: str) -> bool:
        wanted = question.action.lower()
        return any(matches(str(pattern).lower(), wanted) for pattern in _as_list(statement[element]))

    return not named("NotAction") if "NotAction" in statement else "Action" in statement and named("Action")


def _covers_resource(statement: Mapping[str, Any], question: Question) -> bool:
    def named(element: str) -> bool:
        return any(matches(str(pattern), question.resource) for pattern in _as_list(statement[element]))

    return not named("NotResource") if "NotResource" in statement else "Resource" in statement and named("Resource")


def _conditions_hold(statement: Mapping[str, Any], context: Mapping[str, str], *, unknown: bool) -> bool:
    """Tell whether every condition of a statement is met. `unknown` is the answer to an operator not known here.

    It is chosen so that a statement which cannot be understood never lets anything through.
    """
    seen = {key.lower(): value for key, value in context.items()}
    return all(
        _condition_holds(operator, seen.get(key.lower()), [_text(item) for item in _as_list(wanted)], unknown=unknown)
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )


def _condition_holds(operator: str, actual: str | None, wanted: list[str], *, unknown: bool) -> bool:
    name = operator.removesuffix("IfExists")
    if name == "Null":
        return (actual is None) == (wanted == ["true"])
    negated = "Not" in name
    if actual is None:
        return negated or operator.endswith("IfExists")
    match name.replace("Not", ""):
        case "StringEquals":
            found = actual in wanted
        case "StringEqualsIgnoreCase" | "Bool":
            found = actual.lower() in (item.lower() for item in wanted)
        case "StringLike" | "ArnLike" | "ArnEquals":
            found = any(matches(pattern, actual) for pattern in wanted)
        case "IpAddress":
            found = any(ipaddress.ip_address(actual) in ipaddress.ip_network(net, strict=False) for net in wanted)
        case _:
            return unknown
    return found != negated
