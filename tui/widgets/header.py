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
        self._rights: tuple[str, ...] = ("",)

    def show(self, left: str, right: str = "", *shorter: str) -> None:
        """Show these texts; none is taken as markup. Where the right one leaves no room, the first that does is shown.

        Without a shorter one the left one is cut.
        """
        if (left, right, *shorter) != (self._left, *self._rights):
            self._left, self._rights = left, (right, *shorter)
            self.refresh()

    def render(self) -> RenderResult:
        """Draw the line."""
        width = self.content_size.width
        beside = width - cell_len(self._left) - 2
        right = next((each for each in self._rights if cell_len(each) <= beside), self._rights[-1])
        right = right if cell_len(right) < width - 12 else ""
        room = width - cell_len(right) - (2 if right else 0)
        left = Content(self._left).truncate(max(room, 1), ellipsis=True)
        gap = " " * max(width - left.cell_length - cell_len(right), 0)
        return Content.assemble(left, gap, (right, "$faint not bold"))
