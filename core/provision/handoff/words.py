"""What is said of a user or role in every form: what it is, what it may do, and how a text is shown safely."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from ...access import AccessKind
from ...aws.grants import Grant
from ...aws.policy import key_actions
from ...needs import Operation
from ..wanted import Wanted

__all__ = ["as_comment", "is_role", "plain_ascii", "sentences", "shown", "wrapped"]

_WIDTH = 78


def is_role(wanted: Wanted) -> bool:
    """Tell whether it is a role that Lightly's account assumes."""
    return wanted.access is AccessKind.DELEGATED


def shown(text: str) -> str:
    """Write a text so that it stays on its line, and does nothing to a terminal; all else is as it was.

    Names of folders come from other people. A line break in one would end a comment.
    """
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


def plain_ascii(text: str) -> str:
    """Write a text in ASCII, as CloudFormation and IAM want descriptions."""
    return shown(text).encode("ascii", "backslashreplace").decode("ascii")


def sentences(wanted: Wanted) -> tuple[str, ...]:
    """Say what the user or role may do, what it may not, and what is demanded of it."""
    phrases = dict.fromkeys(phrase for grant in wanted.grants for phrase in _of_grant(grant))
    found = [f"It may {phrase}." for phrase in phrases]
    refused = [] if any(grant.delete for grant in wanted.grants) else ["delete anything"]
    whole = any(not grant.location.prefix for grant in wanted.grants)
    refused += [f"reach another {'bucket' if whole else 'folder'}", "change the settings of a bucket"]
    found.append(f"It may not {_joined(refused, 'or')}.")
    if wanted.networks and (places := (*wanted.networks.source_ips, *wanted.networks.vpcs)):
        found.append(f"It reads and stores from these networks only: {shown(_joined(places, 'and'))}.")
    if wanted.networks and wanted.networks.unseen:
        found.append(wanted.networks.unseen)
    if wanted.boundary_arn:
        found.append(f"Its permissions boundary is {shown(wanted.boundary_arn)}.")
    if wanted.path != "/":
        found.append(f"It is made under the path {shown(wanted.path)}.")
    return tuple(found)


def _of_grant(grant: Grant) -> Iterable[str]:
    where = shown(grant.location.uri)
    stored = f"{where}.lightly/" if grant.lightly_folder_only else where
    here = [
        verb
        for verb, operation in (("list", Operation.LIST), ("read", Operation.READ))
        if operation in grant.operations
    ]
    there = ["store"] * (Operation.WRITE in grant.operations) + ["delete"] * grant.delete
    if stored == where:
        here, there = here + there, []
    for verbs, place in ((here, where), (there, stored)):
        if verbs:
            yield f"{_joined(verbs, 'and')} files under {place}"
    if grant.kms_key_arn and key_actions(grant.operations):
        yield f"use the KMS key {shown(grant.kms_key_arn)}, through S3 only"


def _joined(parts: Sequence[str], word: str) -> str:
    *first, last = parts
    return f"{', '.join(first)} {word} {last}" if first else last


def wrapped(text: str, start: str = "", indent: str | None = None) -> str:
    """Break a text into lines of at most 78 characters, unless a single word is longer."""
    below = " " * len(start) if indent is None else indent
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=start,
        subsequent_indent=below,
        break_long_words=False,
        break_on_hyphens=False,
    )


def as_comment(*paragraphs: str) -> str:
    """Write paragraphs as comment lines that begin with `#`, for a shell and for Terraform; a newline at the end."""
    return "".join(wrapped(shown(each), "# ", "# ") + "\n" if each else "#\n" for each in paragraphs)
