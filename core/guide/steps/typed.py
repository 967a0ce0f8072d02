"""Reading what people paste: keys and tokens come with blanks and line ends around them."""

from __future__ import annotations

from ..fields import Problem

__all__ = ["token_problem", "trim"]

# Zero-width characters and the byte order mark ride along in copies from web pages; str.strip leaves them.
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"


def trim(text: str) -> str:
    """Strip blanks, line ends and unseen characters from both ends."""
    before = None
    while text != before:
        before, text = text, text.strip().strip(_UNSEEN)
    return text


def token_problem(text: str, what: str) -> Problem | None:
    """Say why a trimmed key or token can be none: it has a blank inside, or a character that no key has.

    The sentence never repeats the text.
    """
    if any(character.isspace() for character in text):
        return Problem(f"The {what} has a blank or a line break inside. Paste it again in one piece.")
    if not all("!" <= character <= "~" for character in text):
        return Problem(f"The {what} has a character that does not belong there. Copy it again from where it was made.")
    return None
