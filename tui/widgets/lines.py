"""Lines of text that are wrapped so that a list stays a list: what follows a number or a mark is indented."""

from __future__ import annotations

import re
import textwrap

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

__all__ = ["Lines", "wrap"]

_LEAD = re.compile(r"(\s*(?:\d+\. |[✓…·–+~=-] )?)(.*)", re.DOTALL)


def wrap(lines: tuple[str, ...], width: int) -> list[str]:
    """Wrap each line to `width` cells; continuation lines start below the first word."""
    wrapped: list[str] = []
    for line in lines:
        found = _LEAD.fullmatch(line)
        lead = found[1] if found else ""
        wrapped += textwrap.wrap(
            line, max(width, 20), subsequent_indent=" " * len(lead), break_on_hyphens=False, drop_whitespace=True
        ) or [""]
    return wrapped


class Lines(Widget):
    """Shows such lines."""

    DEFAULT_CSS = "Lines { height: auto; padding-left: 2; }"

    def __init__(self, lines: tuple[str, ...], *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._lines = lines

    def show(self, lines: tuple[str, ...]) -> None:
        """Show other lines."""
        if lines != self._lines:
            self._lines = lines
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return how many lines it takes."""
        return len(wrap(self._lines, width))

    def render(self) -> Content:
        """Draw the lines."""
        return Content("\n".join(wrap(self._lines, self.content_size.width)))
