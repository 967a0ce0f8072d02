"""Reading what people paste: keys and tokens come with blanks and line ends around them."""

from __future__ import annotations

import re

from ...dataset import is_role_arn
from ..fields import Problem

__all__ = ["role_arn_in", "token_problem", "trim"]

_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+")

# Zero-width characters and the byte order mark ride along in copies from web pages; str.strip leaves them.
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"


def trim(text: str) -> str:
    """Strip blanks, line ends and unseen characters from both ends."""
    before = None
    while text != before:
        before, text = text, text.strip().strip(_UNSEEN)
    return text


def role_arn_in(text: str) -> str:
    """Take the one ARN of a role out of what was pasted, as `terraform apply` or the console show it, in quotes.

    The trimmed text itself where it holds none, or several.
    """
    text = trim(text)
    found = {each.rstrip(",.") for each in _ROLE_ARN.findall(text)} if not is_role_arn(text) else set[str]()
    return found.pop() if len(found) == 1 else text


def token_problem(text: str, what: str) -> Problem | None:
    """Say why a trimmed key or token can be none: it has a blank inside, or a character that no key has.

    The sentence never repeats the text.
    """
    if any(character.isspace() for character in text):
        return Problem(f"The {what} has a blank or a line break inside. Paste it again in one piece.")
    if not all("!" <= character <= "~" for character in text):
        return Problem(f"The {what} has a character that does not belong there. Copy it again from where it was made.")
    return None
