"""Policy documents, evaluated for one request, with three answers: yes, no, and None for what cannot be known here.

The rules are IAM's (IAM user guide, policy evaluation logic, JSON policy elements, condition operators). What they do
not settle with what is known of the request - a key that is not in the context, an operator that is not known here, a
document of an odd shape - is None, and never an exception.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Literal

from .policy import VERSION

__all__ = [
    "Asked",
    "Known",
    "NamedPolicy",
    "Statement",
    "action_matches",
    "all_of",
    "any_of",
    "arn_parts",
    "arn_reaches",
    "condition_parts",
    "condition_texts",
    "conditions_hold",
    "matches",
    "part_holds",
    "resource_matches",
    "statements_of",
    "texts",
]

Known = bool | None
"""Yes, no, or not to be known."""

_ARN_PARTS = 6
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_LITERALS = {"*", "?", "$"}


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy document as IAM returned it, and its name (for an inline policy its own, for a group's the group's)."""

    name: str
    document: object


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: an action on a resource.

    `below` is true where the resource is the start of an ARN and stands for any object whose ARN goes on from there.
    `context` holds the condition keys whose values are known; None as a value says that the request has no such key.
    """

    action: str
    resource: str
    below: bool = False
    context: Mapping[str, str | None] = field(default_factory=dict)

    def value_of(self, key: str) -> str | Literal[False] | None:
        """Look up a condition key, whose case does not matter: its value, None without one, False where not known."""
        return next((value for name, value in self.context.items() if name.lower() == key.lower()), False)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `variables`: whether its document's version knows policy variables."""

    policy: str
    elements: Mapping[object, object]
    variables: bool

    @property
    def sid(self) -> str | None:
        """Its Sid, if it has one."""
        sid = self.elements.get("Sid")
        return sid if isinstance(sid, str) and sid else None

    @property
    def effect(self) -> str | None:
        """`Allow` or `Deny`; None for anything else."""
        effect = self.elements.get("Effect")
        return effect if isinstance(effect, str) and effect in {"Allow", "Deny"} else None


def statements_of(policies: Iterable[NamedPolicy]) -> tuple[list[Statement], bool]:
    """Give the statements of some documents, and whether all could be read."""
    found: list[Statement] = []
    whole = True
    for policy in policies:
        document = policy.document
        content = document.get("Statement") if isinstance(document, Mapping) else None
        variables = isinstance(document, Mapping) and document.get("Version") == VERSION
        for one in content if isinstance(content, list) else [content]:
            if isinstance(one, Mapping):
                found.append(Statement(policy.name, one, variables))
            else:
                whole = False
    return found, whole and all(one.effect for one in found)


def matches(statement: Statement, asked: Asked) -> Known:
    """Tell whether a statement applies to a request, whatever its effect and its principals."""
    return all_of(
        [
            action_matches(statement, asked.action),
            resource_matches(statement, asked),
            conditions_hold(statement, asked),
        ]
    )


# --- three-valued logic ---


def all_of(parts: Iterable[Known]) -> Known:
    """Yes where all are yes, no where one is no."""
    seen = list(parts)
    return False if False in seen else None if None in seen else True


def any_of(parts: Iterable[Known]) -> Known:
    """Yes where one is yes, no where all are no."""
    seen = list(parts)
    return True if True in seen else None if None in seen else False


def _not(part: Known) -> Known:
    return None if part is None else not part


# --- actions and resources ---


def texts(value: object) -> tuple[str, ...] | None:
    """Read an element that is a text or a list of texts; None for anything else."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    return None


def action_matches(statement: Statement, action: str) -> Known:
    """Tell whether a statement is about an action. The case of an action does not matter."""
    return _element(statement, "Action", lambda named: _like(named.lower(), action.lower(), None))


def resource_matches(statement: Statement, asked: Asked) -> Known:
    """Tell whether a statement is about a resource. The case of a resource matters."""
    return _element(statement, "Resource", lambda named: arn_reaches(named, asked, variables=statement.variables))


def _element(statement: Statement, name: str, fits: Callable[[str], Known]) -> Known:
    named, but = texts(statement.elements.get(name)), texts(statement.elements.get(f"Not{name}"))
    both = name in statement.elements and f"Not{name}" in statement.elements
    if both or (named is None) == (but is None):
        return None
    return any_of(fits(one) for one in named) if named is not None else _not(any_of(fits(one) for one in but or ()))


def arn_reaches(pattern: str, asked: Asked, *, variables: bool) -> Known:
    """Tell whether an ARN with wildcards, and variables if so, covers the resource that is asked for."""
    context = asked.value_of if variables else None
    if pattern == "*":
        return True
    parts = arn_parts(pattern)
    if len(parts) < _ARN_PARTS:
        # IAM takes no such ARN; that it could match as a mere text is no proof that it does.
        return None if _like(pattern, asked.resource, context, below=asked.below) is not False else False
    named = asked.resource.split(":", _ARN_PARTS - 1)
    if len(named) < _ARN_PARTS:
        return False
    # A wildcard does not reach beyond the colons between the six parts of an ARN.
    *heads, last = zip(parts, named, strict=True)
    return all_of([*(_like(*head, context) for head in heads), _like(*last, context, below=asked.below)])


def arn_parts(pattern: str) -> list[str]:
    """Split an ARN at its first five colons, but not in a variable's name."""
    parts: list[str] = []
    inside, start = False, 0
    for at, character in enumerate(pattern):
        if character == ":" and not inside and len(parts) < _ARN_PARTS - 1:
            parts.append(pattern[start:at])
            start = at + 1
        elif character == "{" and pattern[at - 1 : at] == "$":
            inside = True
        elif character == "}":
            inside = False
    return [*parts, pattern[start:]]


# --- wildcards and variables ---

_ANY, _ONE = object(), object()
Lookup = Callable[[str], str | Literal[False] | None]


def _like(pattern: str, text: str, context: Lookup | None, *, below: bool = False, wild: bool = True) -> Known:
    """Match a text with `*`, `?` and, with a context, variables. `below`: any text that goes on from this one.

    The states of the match are the bits of a number, so that no pattern takes longer than its length times the text's.
    """
    tokens, sure = _tokens(pattern, context, wild=wild)
    star = sum(1 << at for at, token in enumerate(tokens) if token is _ANY)
    single = sum(1 << at for at, token in enumerate(tokens) if token is _ONE)
    letters: dict[object, int] = {}
    for at, token in enumerate(tokens):
        letters[token] = letters.get(token, 0) | 1 << at
    states = 1 | (star & 1) << 1
    for character in text:
        moved = ((states & (single | letters.get(character, 0))) << 1) | (states & star)
        states = moved | (moved & star) << 1
        if not states:
            return False
    end = 1 << len(tokens)
    if not below:
        return (True if sure else None) if states & end else False
    # Whatever follows, it is taken where only a "*" is left; else what follows decides.
    everything = len(tokens) > 0 and tokens[-1] is _ANY and bool(states & (end >> 1))
    return True if sure and everything else None if states & (end - 1) else False


def _tokens(pattern: str, context: Lookup | None, *, wild: bool) -> tuple[list[object], bool]:
    """Part a pattern into letters and wildcards. A variable of unknown value could be any text: then it is not sure."""
    tokens: list[object] = []
    sure, at = True, 0
    while at < len(pattern):
        variable = _VARIABLE.match(pattern, at) if context else None
        if variable is None or context is None:
            character = pattern[at]
            tokens.append(_ANY if wild and character == "*" else _ONE if wild and character == "?" else character)
            at += 1
            continue
        at = variable.end()
        value = variable[1] if variable[1] in _LITERALS else context(variable[1])
        if isinstance(value, str):
            tokens.extend(value)
        else:
            sure = False
            tokens.append(_ANY)
    # Two stars in a row are one, and the match above relies on it.
    return [one for before, one in zip([None, *tokens], tokens, strict=False) if (before, one) != (_ANY, _ANY)], sure


# --- conditions ---


def condition_parts(statement: Statement) -> list[tuple[str, str, object]] | None:
    """Give operator, key and values of each part of a condition; None where it has another shape."""
    condition = statement.elements.get("Condition", {})
    if not isinstance(condition, Mapping):
        return None
    parts: list[tuple[str, str, object]] = []
    for operator, keys in condition.items():
        if not isinstance(operator, str) or not isinstance(keys, Mapping):
            return None
        for key, values in keys.items():
            if not isinstance(key, str):
                return None
            parts.append((operator, key, values))
    return parts


def conditions_hold(statement: Statement, asked: Asked) -> Known:
    """Tell whether all parts of a statement's condition hold for a request."""
    parts = condition_parts(statement)
    if parts is None:
        return None
    return all_of(part_holds(statement, asked, *part) for part in parts)


def condition_texts(values: object) -> tuple[str, ...] | None:
    """Read the values of a condition as texts; None where one of them is no text, number or truth."""
    several = values if isinstance(values, list) else [values]
    if not all(isinstance(one, str | int | float) for one in several):
        return None
    try:
        return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in several)
    except ValueError:  # a whole number of thousands of digits
        return None


def part_holds(statement: Statement, asked: Asked, operator: str, key: str, values: object) -> Known:
    """Tell whether one part of a condition holds: an operator, a key and the values it is compared with."""
    wanted, found = condition_texts(values), asked.value_of(key)
    if wanted is None or found is False:
        return None
    if operator == "Null":
        return any_of({"true": found is None, "false": found is not None}.get(one.lower()) for one in wanted)
    base = operator.removesuffix("IfExists")
    negated = base in _NEGATED
    compare = _COMPARISONS.get(_NEGATED.get(base, base))
    if compare is None:
        return None
    if found is None:
        # Without the key, only what asks for a difference holds.
        return negated or base != operator
    context = asked.value_of if statement.variables else None
    fits = any_of(compare(one, found, context) for one in wanted)
    return _not(fits) if negated else fits


def _equals(wanted: str, found: str, context: Lookup | None) -> Known:
    return _like(wanted, found, context, wild=False)


def _equals_in_any_case(wanted: str, found: str, context: Lookup | None) -> Known:
    if context and _VARIABLE.search(wanted):
        return None
    return wanted.casefold() == found.casefold()


def _is_truth(wanted: str, found: str, _: Lookup | None) -> Known:
    return wanted.lower() == found.lower() if wanted.lower() in {"true", "false"} else None


def _arn_alike(wanted: str, found: str, context: Lookup | None) -> Known:
    parts, named = arn_parts(wanted), found.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS or len(named) < _ARN_PARTS:
        return None
    return all_of(_like(*pair, context) for pair in zip(parts, named, strict=True))


def _number(holds: Callable[[Decimal, Decimal], bool]) -> Callable[[str, str, Lookup | None], Known]:
    def compare(wanted: str, found: str, _: Lookup | None) -> Known:
        try:
            return holds(Decimal(found), Decimal(wanted))
        except InvalidOperation:  # no number, or none that can be compared
            return None

    return compare


_COMPARISONS: Mapping[str, Callable[[str, str, Lookup | None], Known]] = {
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_in_any_case,
    "StringLike": _like,
    "ArnEquals": _arn_alike,
    "ArnLike": _arn_alike,
    "Bool": _is_truth,
    "NumericEquals": _number(lambda found, wanted: found == wanted),
    "NumericLessThan": _number(lambda found, wanted: found < wanted),
    "NumericLessThanEquals": _number(lambda found, wanted: found <= wanted),
    "NumericGreaterThan": _number(lambda found, wanted: found > wanted),
    "NumericGreaterThanEquals": _number(lambda found, wanted: found >= wanted),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}
