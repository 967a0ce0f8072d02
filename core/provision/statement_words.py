"""A statement of a policy in words, as a plan shows it: what is always the same is left out. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

__all__ = ["statement_words"]

_S3_ARN = re.compile(r"arn:aws[a-z-]*:s3:::")

_ONLY: Mapping[tuple[str, str], str] = {
    ("stringlike", "s3:prefix"): "only {}",
    ("stringequals", "s3:prefix"): "only {}",
    ("stringequals", "sts:externalid"): "only with the external ID",
    ("ipaddress", "aws:sourceip"): "only from {}",
    ("stringequals", "aws:sourcevpc"): "only from {}",
    ("stringequals", "kms:viaservice"): "only through {}",
    ("stringlike", "kms:viaservice"): "only through {}",
}
"""What the usual conditions mean, by operator and key, both in lower case: neither is read by its case (IAM user guide,
condition elements)."""


def statement_words(statement: Mapping[str, object]) -> str:
    """Say what a statement allows: `s3:GetObject on datalake/projects/*`. An unusual condition is said as JSON."""
    effect = str(statement.get("Effect") or "")
    actions = _words(statement.get("Action")) or f"all but {_words(statement.get('NotAction'))}"
    said = actions if effect == "Allow" else f"{effect} {actions}"
    if statement.get("Resource"):
        said += f" on {_words(statement['Resource'])}"
    elif statement.get("NotResource"):
        said += f" on all but {_words(statement['NotResource'])}"
    if statement.get("Principal"):
        said += f" by {_words(statement['Principal'])}"
    condition = statement.get("Condition")
    return ", ".join((said, *_conditions(condition))) if isinstance(condition, Mapping) else said


def _conditions(condition: Mapping[str, object]) -> Iterator[str]:
    for operator, keys in condition.items():
        for key, value in keys.items() if isinstance(keys, Mapping) else ((None, keys),):
            words = _ONLY.get((operator.lower(), str(key).lower()))
            if words is not None:
                yield words.format(_words(value))
            else:
                yield f"if {json.dumps({operator: {key: value} if key else value}, ensure_ascii=False)}"


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(_words(each) for each in value.values())
    if isinstance(value, list | tuple):
        return ", ".join(_words(each) for each in value)
    return _S3_ARN.sub("", str(value)) if value else ""
