"""The words that work at any prompt, and how a text that is such a word is given all the same. Pure."""

from __future__ import annotations

import re
from enum import StrEnum

__all__ = ["HELP", "Word", "read"]


class Word(StrEnum):
    """What may be typed in place of an answer."""

    BACK = "back"
    HELP = "help"
    AGAIN = "again"
    WHY = "why"
    PASTE = "paste"
    CONSOLE = "console"
    SHOW = "show"
    TAKE = "take"
    LEAVE = "leave"


HELP = (
    "An empty line keeps what stands in brackets; a single - empties a field. These words work at any question:",
    "  back     one step back, with every answer kept",
    "  again    check again, and look up again what was not found",
    "  why      why the light that is least well is as it is, and what to do",
    "  paste    several lines at once, with keys in any form, up to an empty line",
    "  take     put in what was proposed",
    "  console  print the way through the AWS console for this step",
    "  show     print the hidden values of this step",
    "  leave    end here; the setup is kept without its secrets",
    "  help     this; so does ?",
    r"An answer that is one of these words takes a backslash before it: \back",
)

_WORD = re.compile("|".join(word.value for word in Word), re.IGNORECASE)


def read(line: str) -> Word | str:
    r"""Tell a word from an answer. With a backslash before it (`\back`) a word is an answer, and the backslash goes."""
    text = line.strip()
    if text == "?":
        return Word.HELP
    if _WORD.fullmatch(text):
        return Word(text.lower())
    rest = text.lstrip("\\")
    if rest != text and (rest == "?" or _WORD.fullmatch(rest)):
        return text[1:]
    return line
