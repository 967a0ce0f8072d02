"""What AWS makes of a policy: an evaluator for the tests, written from the IAM user guide and from nothing of ours.

It takes the text of documents, as IAM gets it, and raises on what it does not know: a test that meets an operator or a
variable of which nothing is said here has to fail. Sources, all in the IAM user guide: policy evaluation logic; JSON
policy elements (Action, Resource, Principal, Condition); policy variables; condition operators; condition logic with
multiple keys or values.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Request", "allows", "is_allowed_across_accounts", "text_matches"]

_NEW = "2012-10-17"
_ARN_SEGMENTS = 6


@dataclass(frozen=True)
class Request:
    """A request as policies see it. A condition key that the request does not have is not in `context`."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)
    principal: str | None = None


class _Star:
    """Any text, the empty one too."""


class _One:
    """Any single character."""


class _NoValueError(Exception):
    """A policy variable without a value in this request: what holds it matches nothing."""


_Piece = str | _Star | _One


def allows(documents: str | Iterable[str], request: Request) -> bool:
    """Tell whether identity policies of one principal allow a request: one does, and none denies."""
    texts = [documents] if isinstance(documents, str) else list(documents)
    effects = {effect for text in texts for effect in _effects(text, request, of_resource=False)}
    return "Allow" in effects and "Deny" not in effects


def is_allowed_across_accounts(identity: str, resource: str, request: Request) -> bool:
    """Tell whether a request into another account is allowed: the caller's policy and the resource's both do."""
    found = set(_effects(resource, request, of_resource=True))
    return allows(identity, request) and "Allow" in found and "Deny" not in found


def _effects(text: str, request: Request, *, of_resource: bool) -> Iterator[str]:
    document = json.loads(text)
    modern = document.get("Version", "2008-10-17") == _NEW
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    sids = [one["Sid"] for one in statements if "Sid" in one]
    assert len(sids) == len(set(sids)), "IAM takes no document in which a Sid occurs twice"
    for statement in statements:
        assert set(statement) <= _ELEMENTS, f"unknown elements {set(statement) - _ELEMENTS}"
        assert ("Principal" in statement) == of_resource, "only a resource's policy names principals"
        if of_resource and not _is_about(statement["Principal"], request.principal):
            continue
        if (
            _covers_action(statement, request.action)
            and _covers_resource(statement, request, modern=modern)
            and _holds(statement.get("Condition", {}), request.context, modern=modern)
        ):
            yield statement["Effect"]


_ELEMENTS = {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}


def _is_about(principal: Any, arn: str | None) -> bool:
    named = principal if isinstance(principal, str) else _all(principal["AWS"])
    assert set(principal) == {"AWS"} if isinstance(principal, dict) else principal == "*"
    return named == "*" or arn in named


def _covers_action(statement: Mapping[str, Any], action: str) -> bool:
    """Match actions: upper and lower case are alike, and there are no variables in them."""
    assert ("Action" in statement) != ("NotAction" in statement)
    named = _all(statement.get("Action", statement.get("NotAction")))
    found = any(_matches(_pieces(one.lower(), None), action.lower()) for one in named)
    return found == ("Action" in statement)


def _covers_resource(statement: Mapping[str, Any], request: Request, *, modern: bool) -> bool:
    assert ("Resource" in statement) != ("NotResource" in statement)
    context = request.context if modern else None
    named = _all(statement.get("Resource", statement.get("NotResource")))
    found = any(_reaches(one, request.resource, context) for one in named)
    return found == ("Resource" in statement)


def _reaches(pattern: str, resource: str, context: Mapping[str, str] | None) -> bool:
    """Match an ARN segment by segment: a wildcard does not reach over a colon between them."""
    if pattern == "*":
        return True
    try:
        wanted = _segments(_pieces(pattern, context))
    except _NoValueError:
        return False
    found = resource.split(":", _ARN_SEGMENTS - 1)
    assert len(wanted) == len(found) == _ARN_SEGMENTS, f"{pattern} or {resource} is no ARN"
    return all(_matches(*pair) for pair in zip(wanted, found, strict=True))


def _segments(pieces: list[_Piece]) -> list[list[_Piece]]:
    segments: list[list[_Piece]] = [[]]
    for piece in pieces:
        if piece == ":" and len(segments) < _ARN_SEGMENTS:
            segments.append([])
        else:
            segments[-1].append(piece)
    return segments


def _holds(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, str], *, modern: bool) -> bool:
    """Every key of every operator must hold. Of several values one is enough; of a negated operator, none may fit."""
    present = {key.lower(): value for key, value in context.items()}
    return all(
        _key_holds(operator, present.get(key.lower()), _all(values), context if modern else None)
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


def _key_holds(operator: str, found: str | None, values: list[str], context: Mapping[str, str] | None) -> bool:
    if operator == "Null":
        return [str(found is None).lower()] == [str(value).lower() for value in values]
    name = operator.removesuffix("IfExists")
    negated = "Not" in name
    if found is None:
        # Without the key only what asks for a difference, or says IfExists, holds.
        return negated or name != operator
    match name.replace("Not", ""):
        case "StringEquals":
            fits = any(_text(value, context) == found for value in values)
        case "StringLike":
            fits = any(text_matches(value, found, context) for value in values)
        case "ArnEquals" | "ArnLike":  # the same, says the guide
            fits = any(_reaches(value, found, context) for value in values)
        case "IpAddress":
            address = ipaddress.ip_address(found)
            fits = any(address in ipaddress.ip_network(value) for value in values)
        case _:
            raise AssertionError(f"the evaluator does not know {operator}")
    return fits != negated


def text_matches(pattern: str, text: str, context: Mapping[str, str] | None = None) -> bool:
    """Match a text with `*`, `?` and, with a context, policy variables. The case of letters matters."""
    try:
        return _matches(_pieces(pattern, context), text)
    except _NoValueError:
        return False


def _text(value: str, context: Mapping[str, str] | None) -> str | None:
    """Read a value without wildcards; None where a variable in it has no value."""
    if context is None:
        return value
    parts, at = [], 0
    while at < len(value):
        part, at = _next(value, at, context)
        if part is None:
            return None
        parts.append(part)
    return "".join(parts)


def _pieces(pattern: str, context: Mapping[str, str] | None) -> list[_Piece]:
    pieces: list[_Piece] = []
    at = 0
    while at < len(pattern):
        if pattern[at] in "*?":
            pieces.append(_Star() if pattern[at] == "*" else _One())
            at += 1
        elif context is None:
            pieces.append(pattern[at])
            at += 1
        else:
            part, at = _next(pattern, at, context)
            if part is None:
                raise _NoValueError
            pieces += list(part)  # a value's own wildcards stand for themselves
    return pieces


def _next(text: str, at: int, context: Mapping[str, str]) -> tuple[str | None, int]:
    """Read a letter or a variable, and where what follows begins."""
    if not text.startswith("${", at):
        return text[at], at + 1
    end = text.find("}", at)
    assert end > 0, f"{text} holds a variable without an end: IAM takes no such policy"
    name = text[at + 2 : end]
    if name in {"*", "?", "$"}:
        return name, end + 1
    assert re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9/_-]+", name), f"{name} is no name of a variable"
    values = {key.lower(): value for key, value in context.items()}
    return values.get(name.lower()), end + 1


def _matches(pieces: list[_Piece], text: str) -> bool:
    """Match greedily, and go back to the last star where that fails."""
    at = piece = 0
    star: int | None = None
    resume = 0
    while at < len(text):
        current = pieces[piece] if piece < len(pieces) else None
        if isinstance(current, _Star):
            star, resume = piece, at
            piece += 1
        elif isinstance(current, _One) or current == text[at]:
            piece, at = piece + 1, at + 1
        elif star is not None:
            resume += 1
            piece, at = star + 1, resume
        else:
            return False
    return all(isinstance(one, _Star) for one in pieces[piece:])


def _all(value: Any) -> list[str]:
    return list(value) if isinstance(value, list) else [value]
