"""The two lines on top of a screen: where one is, and what it is about."""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

__all__ = ["TwoSided"]


class TwoSided(Widget):
    """One line with a text at its left and another at its right. Where both do not fit, the left one is cut."""

    DEFAULT_CSS = "TwoSided { height: 1; padding: 0 1; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._left = ""
        self._right = ""

    def show(self, left: str, right: str = "") -> None:
        """Show these texts; neither is taken as markup."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def render(self) -> RenderResult:
        """Draw the line."""
        width = self.content_size.width
        right = self._right if cell_len(self._right) < width - 12 else ""
        room = width - cell_len(right) - (2 if right else 0)
        left = Content(self._left).truncate(max(room, 1), ellipsis=True)
        gap = " " * max(width - left.cell_length - cell_len(right), 0)
        return Content.assemble(left, gap, (right, "$faint"))
