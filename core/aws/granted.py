"""Why policies that IAM returned do not allow an operation: the statement that nearly does, or the one that denies.

Nothing is guessed: where the documents do not settle it with what is known of the request, the answer is None.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ..location import S3Location
from ..needs import Operation
from .evaluation import (
    Asked,
    NamedPolicy,
    Statement,
    action_matches,
    any_of,
    arn_parts,
    arn_reaches,
    condition_parts,
    condition_texts,
    conditions_hold,
    matches,
    part_holds,
    resource_matches,
    statements_of,
    texts,
)
from .policy import PolicyError, partition_of, statement_for
from .statements import account_of, name_of

__all__ = ["Finding", "Hint", "NamedPolicy", "Why", "explain", "names_of", "request_of"]


class Why(StrEnum):
    """The cause that a reading of the policies proves; spelled as in the check's results."""

    LIST_GRANTED_ON_OBJECTS = "list-granted-on-objects"
    LIST_CONDITION_MISMATCH = "list-condition-mismatch"
    EXPLICIT_DENY = "explicit-deny-identity-policy"
    NOT_ALLOWED = "denied-identity-policy"


class Hint(StrEnum):
    """What is wrong with a statement that nearly allows an operation, the likeliest slip first."""

    CONDITION = "condition"
    LETTER_CASE = "letter-case"
    LEADING_SLASH = "leading-slash"
    NO_STAR = "no-star"
    ARN_FIELDS = "arn-fields"
    PARTITION = "partition"
    EXCLUDED = "excluded"
    OTHER_PREFIX = "other-prefix"
    OTHER_BUCKET = "other-bucket"
    ACTION_NAME = "action-name"


@dataclass(frozen=True, slots=True)
class Finding:
    """The statement to look at.

    `detail` is a sentence part for people: which statement, what it says, and why that does not fit. `change` is the
    sentence that says what to do. `element` (Resource, Condition, Action, Effect), `found` and `should_be` are the same
    as data; `should_be` is None where the statement is to go. No key of the user's data is in any of them.
    """

    cause: Why
    policy: str
    sid: str | None
    element: str
    found: str
    should_be: str | None
    detail: str
    change: str
    hint: Hint | None = None


_LIST_KEYS = {"s3:prefix", "s3:delimiter", "s3:max-keys"}
# Names of API calls that are no IAM actions (S3 user guide, required permissions for S3 API operations).
_CALLS = {
    Operation.LIST: {"s3:listobjects", "s3:listobjectsv2", "s3:headbucket"},
    Operation.READ: {"s3:headobject"},
    Operation.WRITE: {"s3:createmultipartupload", "s3:uploadpart", "s3:completemultipartupload"},
}
_SLIPS = {Hint.LETTER_CASE, Hint.LEADING_SLASH, Hint.NO_STAR, Hint.ARN_FIELDS, Hint.PARTITION}
_SHOWN = 3
"""How many names of a list are shown."""


def request_of(
    operation: Operation,
    location: S3Location,
    *,
    key: str | None = None,
    partition: str = "aws",
    principal_arn: str | None = None,
    context: Mapping[str, str | None] | None = None,
    max_keys: int = 10,
) -> Asked:
    """Describe the request that a check sends, as policies see it.

    List asks with the prefix, a number of keys and no delimiter; objects are asked for without these. Without a key,
    Read and Write stand for any object below the prefix. `context` adds condition keys, and goes before what is known
    from here; None as a value means that the request has no such key.
    """
    bucket = f"arn:{partition}:s3:::{location.bucket}"
    known: dict[str, str | None] = dict.fromkeys(_LIST_KEYS)
    if operation is Operation.LIST:
        known |= {"s3:prefix": location.prefix, "s3:max-keys": str(max_keys)}
    known |= _known_of(principal_arn) if principal_arn else {}
    known |= {name.lower(): value for name, value in (context or {}).items()}
    if operation is Operation.LIST:
        return Asked(operation.action, bucket, context=known)
    if key is not None:
        return Asked(operation.action, f"{bucket}/{key}", context=known)
    return Asked(operation.action, f"{bucket}/{location.prefix}", below=True, context=known)


def _known_of(principal_arn: str) -> dict[str, str | None]:
    """Give the condition keys that a principal's ARN settles (IAM user guide, global condition context keys)."""
    name, account = name_of(principal_arn) or "", account_of(principal_arn)
    known: dict[str, str | None] = {"aws:principalaccount": account} if account else {}
    if name.startswith("user/"):
        known |= {"aws:principalarn": principal_arn, "aws:username": name.removeprefix("user/")}
    elif name.startswith("role/"):
        # The role's own ARN may have a path, which a session does not tell.
        known["aws:username"] = None
    return known


def explain(
    documents: Sequence[NamedPolicy],
    operation: Operation,
    location: S3Location,
    *,
    key: str | None = None,
    explicit: bool | None = None,
    region: str | None = None,
    principal_arn: str | None = None,
    context: Mapping[str, str | None] | None = None,
    max_keys: int = 10,
) -> Finding | None:
    """Find why these policies, all that a principal has, refuse an operation; None where they do not, or it is open.

    `key` is the object that was tried, if one was. `explicit` is what AWS's own sentence said (`denial.Denial`): true
    for a Deny, false where nothing allows it, None where it said nothing. Never raises.
    """
    partition = partition_of(region)
    try:
        wanted = statement_for(operation, location, partition=partition)
    except PolicyError:
        return None
    asked = request_of(
        operation,
        location,
        key=key,
        partition=partition,
        principal_arn=principal_arn,
        context=context,
        max_keys=max_keys,
    )
    statements, whole = statements_of(documents)
    denials = [one for one in statements if one.effect == "Deny"]
    if explicit is not False:
        found = next((one for one in denials if matches(one, asked)), None)
        if found is not None:
            return _denied(found, asked)
        if explicit or not whole or any(matches(one, asked) is None for one in denials):
            return None
    allowing = [one for one in statements if one.effect == "Allow"]
    if not whole or any_of(matches(one, asked) for one in allowing) is not False:
        return None
    near = [one for statement in allowing for one in _near_misses(statement, asked, operation, location, wanted) if one]
    return min(near, key=_rank, default=None)


def _rank(finding: Finding) -> int:
    causes = (Why.LIST_CONDITION_MISMATCH, Why.LIST_GRANTED_ON_OBJECTS)
    if finding.cause in causes:
        return causes.index(finding.cause)
    return len(causes) + (list(Hint).index(finding.hint) if finding.hint else 0)


def _denied(statement: Statement, asked: Asked) -> Finding:
    keys = names_of(dict.fromkeys(key for _, key, _ in condition_parts(statement) or []))
    where = f", by its condition on {keys}" if keys else ""
    return Finding(
        cause=Why.EXPLICIT_DENY,
        policy=statement.policy,
        sid=statement.sid,
        element="Effect",
        found="Deny",
        should_be=None,
        detail=f"{_title(statement)} denies {asked.action}{_by(statement, asked)}{where}",
        change="Remove that statement, or narrow it so that it leaves this out: no Allow outweighs a Deny.",
    )


def _near_misses(
    statement: Statement, asked: Asked, operation: Operation, location: S3Location, wanted: Mapping[str, object]
) -> Iterable[Finding | None]:
    about = action_matches(statement, asked.action)
    if about is False:
        yield _wrong_action(statement, asked, operation)
    if not about:
        return
    reaches = resource_matches(statement, asked)
    if reaches is False:
        yield _wrong_resource(statement, asked, operation, location, str(wanted["Resource"]))
    elif reaches and conditions_hold(statement, asked) is False:
        yield _wrong_condition(statement, asked, wanted)


# --- a Resource that does not fit ---


def _wrong_resource(
    statement: Statement, asked: Asked, operation: Operation, location: S3Location, should_be: str
) -> Finding | None:
    left_out = texts(statement.elements.get("NotResource"))
    named = texts(statement.elements.get("Resource")) or ()
    grants = f"{_title(statement)} grants {asked.action}{_by(statement, asked)}"
    base = Finding(Why.NOT_ALLOWED, statement.policy, statement.sid, "Resource", names_of(named), should_be, "", "")
    if left_out is not None:
        return replace(
            base,
            hint=Hint.EXCLUDED,
            element="NotResource",
            found=names_of(left_out),
            detail=f"{grants}, but its NotResource leaves out {names_of(left_out)}",
            change=f"A{_add(asked, should_be)[1:]}.",
        )
    start = asked.resource.partition("/")[0]
    if operation is Operation.LIST and (objects := [one for one in named if _is_below(one, start, statement)]):
        return replace(
            base,
            cause=Why.LIST_GRANTED_ON_OBJECTS,
            found=names_of(objects),
            detail=f"{grants} on {names_of(objects)}, but AWS checks it on the bucket itself",
            change=_change(statement, asked, should_be, slip=True),
        )
    hints = [(hint, one) for one in named if (hint := _hint(one, asked, statement, location))]
    if not hints:
        return None
    hint = min((hint for hint, _ in hints), key=list(Hint).index)
    shown = names_of([one for other, one in hints if other is hint])
    return replace(
        base,
        hint=hint,
        found=shown,
        detail=f"{grants} on {shown}, {_SAYS[hint].format(should_be=should_be)}",
        change=_change(statement, asked, should_be, slip=hint in _SLIPS),
    )


_SAYS = {
    Hint.LETTER_CASE: "which differs from {should_be} in upper and lower case",
    Hint.LEADING_SLASH: "which has a slash too many after the bucket's name",
    Hint.NO_STAR: "but AWS checks it on the objects, {should_be}",
    Hint.ARN_FIELDS: "but the ARNs of S3's buckets and objects name no region and no account",
    Hint.PARTITION: "but this bucket's ARN begins otherwise: {should_be}",
    Hint.OTHER_PREFIX: "but not on {should_be}",
    Hint.OTHER_BUCKET: "but not on {should_be}",
}


def _is_below(pattern: str, bucket_arn: str, statement: Statement) -> bool:
    """Tell whether an ARN stands for objects of a bucket, or may do so."""
    return any(
        arn_reaches(pattern, Asked("", f"{bucket_arn}/", below=below), variables=statement.variables) is not False
        for below in (True, False)
    )


def _hint(pattern: str, asked: Asked, statement: Statement, location: S3Location) -> Hint | None:
    """Say what keeps an ARN from covering the resource: the first change after which it would."""
    parts = arn_parts(pattern)
    if len(parts) < 6 or parts[2] not in {"s3", "*"}:
        return None
    bucket_arn = asked.resource.partition("/")[0]
    partition = bucket_arn.split(":")[1]

    def reaches(changed: str, what: Asked = asked) -> bool:
        return arn_reaches(changed, what, variables=statement.variables) is True

    if reaches(pattern.lower(), replace(asked, resource=asked.resource.lower())):
        return Hint.LETTER_CASE
    if reaches(pattern.replace(f"{location.bucket}//", f"{location.bucket}/", 1)):
        return Hint.LEADING_SLASH
    if not pattern.endswith("*") and "/" in asked.resource and reaches(f"{pattern.rstrip('/')}/*"):
        return Hint.NO_STAR
    if reaches(":".join((*parts[:3], "", "", parts[5]))):
        return Hint.ARN_FIELDS
    if reaches(":".join((parts[0], partition, *parts[2:]))):
        return Hint.PARTITION
    return Hint.OTHER_PREFIX if _is_below(pattern, bucket_arn, statement) else Hint.OTHER_BUCKET


def _change(statement: Statement, asked: Asked, should_be: str, *, slip: bool) -> str:
    actions = {one.lower() for one in texts(statement.elements.get("Action")) or ()}
    if asked.action.lower() not in actions:
        # By a wildcard: a wider Resource would grant all of that there too.
        return f"A{_add(asked, should_be)[1:]}."
    alone = actions <= {asked.action.lower(), "s3:abortmultipartupload"}
    one = len(texts(statement.elements.get("Resource")) or ()) == 1
    return f"Change that Resource to {should_be}." if slip and alone and one else f"Add {should_be} to that Resource."


def _add(asked: Asked, should_be: str) -> str:
    return f"add a statement that allows {asked.action} on {should_be}"


# --- a Condition or an Action that does not fit ---


def _wrong_condition(statement: Statement, asked: Asked, wanted: Mapping[str, object]) -> Finding | None:
    failing = [part for part in condition_parts(statement) or [] if part_holds(statement, asked, *part) is False]
    lists = asked.action == Operation.LIST.action
    ours = [part for part in failing if part[1].lower() in _LIST_KEYS]
    operator, key, values = (ours or failing)[0]
    shown = ", ".join(json.dumps(one) for one in (condition_texts(values) or ())[:_SHOWN])
    found = f"{operator} {key} {shown}"
    only = f"{_title(statement)} grants {asked.action}{_by(statement, asked)} only for {found}"
    base = Finding(Why.NOT_ALLOWED, statement.policy, statement.sid, "Condition", found, None, only, "", Hint.CONDITION)
    if ours and not lists:
        return replace(
            base,
            detail=f"{only}, but only List has {key}",
            change=f"Move {asked.action} into a statement without a condition on {key}.",
        )
    if not ours:
        return replace(base, change=f"Change that Condition on {key}, or {_add(asked, str(wanted['Resource']))}.")
    asks = asked.value_of(key)
    has = f"asks with {key} {json.dumps(asks)}" if asks else f"asks for no {key}"
    plain = operator.startswith("StringEquals") and "*" in shown
    detail = f"{only}, but List {has}" + (f"; {operator} takes * for a plain letter" if plain else "")
    condition = wanted.get("Condition") if key.lower() == "s3:prefix" else None
    should_be = json.dumps(condition) if condition else None
    if should_be is None:
        change = f"Remove {key} from that Condition."
    elif isinstance(values, list) and len(values) > 1:
        change = f"Add a statement that allows {asked.action} with the Condition {should_be}."
    else:
        change = f"Change that part of the Condition to {should_be}."
    return replace(
        base, cause=Why.LIST_CONDITION_MISMATCH, should_be=should_be, detail=detail, change=change, hint=None
    )


def _wrong_action(statement: Statement, asked: Asked, operation: Operation) -> Finding | None:
    named = texts(statement.elements.get("Action")) or ()
    calls = [one for one in named if one.lower() in _CALLS[operation]]
    if not calls or resource_matches(statement, asked) is False:
        return None
    return Finding(
        cause=Why.NOT_ALLOWED,
        policy=statement.policy,
        sid=statement.sid,
        element="Action",
        found=names_of(calls),
        should_be=asked.action,
        detail=f"{_title(statement)} names {names_of(calls)}, which is no IAM action: {asked.action} is",
        change=f"Change that Action to {asked.action}.",
        hint=Hint.ACTION_NAME,
    )


def _title(statement: Statement) -> str:
    return f"policy {statement.policy}" + (f" (statement {statement.sid})" if statement.sid else "")


def _by(statement: Statement, asked: Asked) -> str:
    """Say by which other name a statement is about an action, where it does not name the action itself."""
    named = texts(statement.elements.get("Action"))
    if named is None:
        return " by NotAction"
    if any(one.lower() == asked.action.lower() for one in named):
        return ""
    by = [one for one in named if action_matches(replace(statement, elements={"Action": one}), asked.action)]
    return f" by {by[0]}" if by else ""


def names_of(names: Iterable[str]) -> str:
    """List names in a sentence, the first few of many."""
    *shown, end = several = list(names) or [""]
    if len(several) > _SHOWN:
        return f"{', '.join(several[:_SHOWN])} and {len(several) - _SHOWN} more"
    return f"{', '.join(shown)} and {end}" if shown else end
