"""Facts in two columns: what it is, and what it says, wrapped so that the second column stays one."""

from __future__ import annotations

import textwrap

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

__all__ = ["COLUMN", "Columns", "in_columns"]

COLUMN = 12
"""Cells of the first column."""

_NARROWEST = 20

Rows = tuple[tuple[str, str], ...]


def in_columns(rows: Rows, width: int | None = None) -> list[str]:
    """Write rows in two columns; without a width nothing is wrapped."""
    lines: list[str] = []
    for name, text in rows:
        room = max(width - COLUMN, _NARROWEST) if width else None
        parts = textwrap.wrap(text, room, break_on_hyphens=False) if room else [text]
        lines += [f"{'' if index else name:<{COLUMN}}{part}" for index, part in enumerate(parts or [""])]
    return lines


class Columns(Widget):
    """Shows such rows."""

    DEFAULT_CSS = "Columns { height: auto; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._rows: Rows = ()

    def show(self, rows: Rows) -> None:
        """Show these rows."""
        if rows != self._rows:
            self._rows = rows
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return how many lines they take."""
        return len(in_columns(self._rows, width))

    def render(self) -> Content:
        """Draw the rows."""
        return Content("\n".join(in_columns(self._rows, self.content_size.width)))
