"""How long a policy may be in IAM, and what is done with one that is longer.

Source of the numbers: IAM user guide, IAM and AWS STS quotas, character limits. White space is not counted there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from .policy import PolicyError, statement_list

__all__ = ["MANAGED", "ROLE_INLINE", "USER_INLINE", "compact", "fit", "size"]

USER_INLINE = 2_048
"""How many characters all inline policies of a user may have together."""

ROLE_INLINE = 10_240
"""How many characters all inline policies of a role may have together."""

MANAGED = 6_144
"""How many characters a managed policy may have. A user or a role has up to ten of them."""

_SID = re.compile(r"(?P<start>(?:Output\d*)?)(?P<verb>[A-Z][a-z]+)(?P<end>Prefix\w*)")


def size(document: Mapping[str, object]) -> int:
    """Count the characters of a document as IAM does, at most one too many for each blank in a folder's name.

    IAM leaves out white space. Whether it does so inside of a text too is not written anywhere: here it is counted.
    """
    return len(json.dumps(document, separators=(",", ":"), ensure_ascii=True))


def compact(document: Mapping[str, object]) -> dict[str, object]:
    """Write the same permissions in fewer statements: those that differ in their actions only become one.

    It stands where the first of them stood, and its Sid tells all of them: `ReadWritePrefix`.
    """
    together: dict[str, list[dict[str, object]]] = {}
    for statement in statement_list(document):
        rest = {key: value for key, value in statement.items() if key not in {"Sid", "Action"}}
        together.setdefault(json.dumps(rest, sort_keys=True), []).append(statement)
    return {**document, "Statement": [_one(several) for several in together.values()]}


def fit(document: Mapping[str, object], longest: int) -> tuple[dict[str, object], ...]:
    """Split a document so that each part has at most `longest` characters. The parts together allow the same.

    Each statement stays whole, and they keep their order. A document that fits is the only part.

    Raises:
        PolicyError: where a single statement is longer than that.
    """
    parts: list[dict[str, object]] = []
    held: list[dict[str, object]] = []
    for statement in statement_list(document):
        alone = {**document, "Statement": [statement]}
        if size(alone) > longest:
            raise PolicyError(
                f"One statement of the policy has {size(alone)} characters, and IAM takes at most {longest} in a "
                "policy. Choose a folder with a shorter name."
            )
        if held and size({**document, "Statement": [*held, statement]}) > longest:
            parts.append({**document, "Statement": held})
            held = []
        held.append(statement)
    return (*parts, {**document, "Statement": held})


def _one(several: Sequence[dict[str, object]]) -> dict[str, object]:
    first, *others = several
    if not others:
        return first
    actions: list[object] = []
    for statement in several:
        named = statement["Action"]
        actions += named if isinstance(named, list) else [named]
    sids = [_SID.fullmatch(str(statement["Sid"])) for statement in several]
    sid = first["Sid"]
    if sids[0] and all(sids):
        verbs = dict.fromkeys(found["verb"] for found in sids if found)
        sid = f"{sids[0]['start']}{''.join(verbs)}{sids[0]['end']}"
    return {**first, "Sid": sid, "Action": list(dict.fromkeys(actions))}
