"""Our statements in a policy that may hold others: what changes, and what is kept. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "OUR_SIDS",
    "Change",
    "Kind",
    "changes_between",
    "changes_version",
    "external_id_of",
    "is_ours",
    "merged",
    "same",
    "statements_of",
    "without_ours",
]

OUR_SIDS = "(Output[0-9]*)?((List|Read|Write|Delete)+Prefix[A-Za-z0-9]*|UseKeyViaS3)|LightlyAssumesThisRole"
"""The Sids that bucketlight gives, as a regular expression for Python and for bash (POSIX, extended)."""

_OUR_SIDS = re.compile(OUR_SIDS)
_EXTERNAL_ID = "sts:externalid"
_DOTS = "••••••••"


class Kind(StrEnum):
    """What happens to a statement."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happens to one statement. `before` and `after` are the statements, with dots for an external ID."""

    kind: Kind
    sid: str | None
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None


def statements_of(document: Mapping[str, object] | None) -> list[Mapping[str, object]]:
    """Return the statements of a document; a single one may stand there without a list (IAM policy grammar)."""
    found = document.get("Statement") if document else None
    listed = found if isinstance(found, list) else [found]
    return [each for each in listed if isinstance(each, Mapping)]


def is_ours(statement: Mapping[str, object]) -> bool:
    """Tell whether a statement bears a Sid that bucketlight gives."""
    return isinstance(sid := statement.get("Sid"), str) and _OUR_SIDS.fullmatch(sid) is not None


def same(one: object, other: object) -> bool:
    """Tell whether two parts of policies mean the same: the order of a list, and a list of one, say nothing."""
    return _plain(one) == _plain(other)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        parts = sorted((_plain(each) for each in value), key=repr)
        return parts[0] if len(parts) == 1 else parts
    return value


def merged(there: Mapping[str, object] | None, wanted: Mapping[str, object]) -> dict[str, object]:
    """Put our statements into a document, in place of those that bear our Sids; all others stay as and where they are.

    What is wanted already is left as it is written there; so is the version, where others' statements are read by it
    (see `changes_version`).
    """
    ours = {str(each["Sid"]): each for each in statements_of(wanted)}
    written: list[Mapping[str, object]] = []
    for statement in statements_of(there):
        if not is_ours(statement):
            written.append(statement)
        elif (new := ours.pop(str(statement["Sid"]), None)) is not None:
            written.append(statement if same(statement, new) else new)
    foreign = any(not is_ours(each) for each in written)
    version = {} if foreign and not _has_variables(wanted) else {"Version": wanted.get("Version")}
    return {**(there or {}), **version, "Statement": [*written, *ours.values()]}


def changes_version(there: Mapping[str, object] | None, wanted: Mapping[str, object]) -> bool:
    """Tell whether `merged` changes how others' statements are read.

    An older version knows no variables, `${...}` (IAM user guide, policy elements, Version): where ours need them, the
    document gets the version that does.
    """
    foreign = any(not is_ours(each) for each in statements_of(there))
    return foreign and _has_variables(wanted) and (there or {}).get("Version") != wanted.get("Version")


def _has_variables(document: Mapping[str, object]) -> bool:
    return "${" in json.dumps(document)


def external_id_of(trust: Mapping[str, object] | None) -> str | None:
    """Return the external ID that our statement of a trust policy demands; None where there is no such one."""
    for statement in statements_of(trust):
        condition = statement.get("Condition")
        equals = condition.get("StringEquals") if isinstance(condition, Mapping) and is_ours(statement) else None
        for key, value in equals.items() if isinstance(equals, Mapping) else ():
            if str(key).lower() == _EXTERNAL_ID and isinstance(only := _plain(value), str):
                return only
    return None


def without_ours(there: Mapping[str, object]) -> dict[str, object] | None:
    """Take our statements out of a document; None where nothing is left."""
    kept = [each for each in statements_of(there) if not is_ours(each)]
    return {**there, "Statement": kept} if kept else None


def changes_between(before: Mapping[str, object] | None, after: Mapping[str, object] | None) -> tuple[Change, ...]:
    """Compare two documents, statement by statement, in the order of the first and then of the second."""
    new = [*statements_of(after)]
    found: list[Change] = []
    for old in statements_of(before):
        twin = next((each for each in new if same(each, old)), None)
        if twin is None and isinstance(old.get("Sid"), str):
            twin = next((each for each in new if each.get("Sid") == old["Sid"]), None)
        if twin is not None:
            new.remove(twin)
        kind = Kind.REMOVED if twin is None else Kind.KEPT if same(twin, old) else Kind.CHANGED
        found.append(_change(kind, old, twin))
    return (*found, *(_change(Kind.ADDED, None, each) for each in new))


def _change(kind: Kind, before: Mapping[str, object] | None, after: Mapping[str, object] | None) -> Change:
    sid = (after or before or {}).get("Sid")
    return Change(
        kind=kind,
        sid=sid if isinstance(sid, str) else None,
        before=_shown(before) if before else None,
        after=_shown(after) if after else None,
    )


def _shown(statement: Mapping[str, object]) -> dict[str, object]:
    condition = statement.get("Condition")
    if not isinstance(condition, Mapping):
        return dict(statement)
    hidden = {
        operator: {key: _DOTS if str(key).lower() == _EXTERNAL_ID else value for key, value in keys.items()}
        if isinstance(keys, Mapping)
        else keys
        for operator, keys in condition.items()
    }
    return {**statement, "Condition": hidden}
