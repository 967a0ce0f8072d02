"""Drawing with ASCII alone, for terminals and readers that have nothing else: a filter over every line drawn."""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from .ascii_table import IN_ONE_CELL

__all__ = ["AsciiFilter", "ascii_cells"]

_ELLIPSIS = "…"
_PLAIN = {
    **dict.fromkeys("─━═▔▁╌┄", "-"),
    **dict.fromkeys("│┃║▏▕╎┆", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯", "+"),
    **dict.fromkeys("█▉▊▋▌▍▎▇▆▅▄▃▂▀▐", " "),
    **IN_ONE_CELL,
    "✓": "+",
    "✗": "x",
    "→": ">",
    "←": "<",
}

Cell = tuple[str, Style | None]


def _plain(letter: str) -> str:
    """Write a character as ASCII that takes as many cells."""
    width = cell_len(letter)
    if letter in _PLAIN:
        return _PLAIN[letter]
    base = "".join(each for each in unicodedata.normalize("NFKD", letter) if each.isascii() and each.isprintable())
    return base if base and len(base) == width else "?" * width


def ascii_cells(cells: list[Cell]) -> list[Cell]:
    """Write a line of characters as ASCII, in as many cells.

    An ellipsis becomes three dots where blanks after it can make room for them; else it is a tilde.
    """
    line: list[Cell] = []
    for letter, style in cells:
        if letter == _ELLIPSIS or letter.isascii():
            line.append((letter, style))
        else:
            line.extend((each, style) for each in _plain(letter))
    index = 0
    while index < len(line):
        letter, style = line[index]
        if letter == _ELLIPSIS:
            room = None if _is_mark(line, index) else _room_after(line, index)
            if room is None:
                line[index] = ("~", style)
            else:
                del line[room : room + 2]
                line[index : index + 1] = [(".", style)] * 3
        index += 1
    return line


def _is_mark(line: list[Cell], index: int) -> bool:
    """Tell whether an ellipsis stands alone before a word, as a symbol."""
    around = (_letter(line, index - 1), _letter(line, index + 1), _letter(line, index + 2))
    return around[0] == " " and around[1] == " " and around[2] != " "


def _letter(line: list[Cell], index: int) -> str:
    return line[index][0] if 0 <= index < len(line) else " "


def _room_after(line: list[Cell], index: int) -> int | None:
    """Find two blanks that nobody misses: of a gap of three or more, or at the end of the line."""
    blanks = 0
    for place in range(index + 1, len(line)):
        blanks = blanks + 1 if line[place][0] == " " else 0
        if blanks == 3 or (blanks == 2 and place == len(line) - 1):
            return place - 1
    return None


class AsciiFilter(LineFilter):
    """Turns whatever is drawn into ASCII, cell by cell: what screens and widgets say need not know of it."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        """Return the line in ASCII."""
        if all(segment.text.isascii() for segment in segments):
            return segments
        cells = [(letter, segment.style) for segment in segments for letter in segment.text]
        drawn: list[Segment] = []
        text, style = "", None
        for letter, its_style in ascii_cells(cells):
            if text and its_style != style:
                drawn.append(Segment(text, style))
                text = ""
            text, style = text + letter, its_style
        return [*drawn, Segment(text, style)] if text else drawn
