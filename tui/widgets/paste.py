"""What is to be pasted, as it is: a policy statement, a document, a command."""

from __future__ import annotations

import json
import textwrap

from rich.cells import cell_len, chop_cells
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

__all__ = ["Paste", "laid_out"]

_NARROWEST = 20


def laid_out(text: str, width: int) -> tuple[tuple[str, ...], bool]:
    """Lay a text out in lines of at most `width` cells, and tell whether the lines can be pasted as they stand.

    JSON is broken only where blanks mean nothing. What cannot be broken so, a long name or a command, is cut, and
    then the lines are for reading only.
    """
    width = max(width, _NARROWEST)
    lines: list[str] = []
    whole = True
    is_json = _is_json(text)
    for line in text.splitlines():
        if cell_len(line) <= width:
            lines.append(line)
            continue
        parts = _refilled(line, width) if is_json else _at_blanks(line, width)
        whole = whole and is_json and all(cell_len(part) <= width for part in parts)
        lines += [piece for part in parts for piece in chop_cells(part, width)]
    return tuple(lines), whole


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _refilled(line: str, width: int) -> list[str]:
    """Break a line of JSON after commas, colons and opening brackets, none of them inside of a string."""
    indent = " " * min(len(line) - len(line.lstrip()) + 2, width // 3)
    lines, current = [], ""
    for part in _parts(line):
        if cell_len(current + part.rstrip()) > width:
            lines.append(current.rstrip())
            current = indent if cell_len(indent + part.rstrip()) <= width else ""
        current += part
    return [each for each in (*lines, current.rstrip()) if each]


def _at_blanks(line: str, width: int) -> list[str]:
    return textwrap.wrap(
        line, width, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False, replace_whitespace=False
    )


def _parts(line: str) -> list[str]:
    parts, start, inside, escaped = [], 0, False, False
    for index, letter in enumerate(line):
        if inside:
            inside, escaped = escaped or letter != '"', letter == "\\" and not escaped
        elif letter == '"':
            inside = True
        elif letter in ",:[{":
            end = index + 2 if line[index + 1 : index + 2] == " " else index + 1
            parts.append(line[start:end])
            start = end
    return [*parts, line[start:]]


class Paste(Widget):
    """Shows such a text, and where it is too wide for that, how to get it whole."""

    DEFAULT_CSS = """
    Paste { height: auto; padding: 0 1; background: $surface; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._text = ""

    def show(self, text: str) -> None:
        """Show this text."""
        if text != self._text:
            self._text = text
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return how many lines it takes."""
        lines, whole = laid_out(self._text, width)
        return len(lines) + (0 if whole else 1)

    def render(self) -> Content:
        """Draw the lines."""
        lines, whole = laid_out(self._text, self.content_size.width)
        shown = Content("\n".join(lines))
        if whole:
            return shown
        return Content.assemble(shown, ("\nWider than this window: c copies it whole, s saves it.", "$faint"))
