"""A value that belongs somewhere else: shown as far as there is room, sent to the clipboard whole."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len, chop_cells
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from core.access import Secret

__all__ = ["LABEL", "CopyRow", "folded"]

LABEL = 21
"""Cells of the labels at the left of a step."""

_LINES = 3
"""Lines of a value that are shown at the most."""

_NARROWEST = 16
_DOTS = "•" * 8


def folded(text: str, width: int, most: int = _LINES) -> tuple[list[str], str]:
    """Fold a text into at most so many lines of `width` cells; the second part says how much is not shown, or is empty.

    A text of one line goes on in the next; of several lines each is cut where it is too wide.
    """
    width = max(width, _NARROWEST)
    lines = text.splitlines() or [""]
    if len(lines) > 1:
        shown = [_cut(line, width) for line in lines[:most]]
        left = len(lines) - len(shown)
        return shown, f"… and {left} more line{'' if left == 1 else 's'}" if left else ""
    parts = chop_cells(lines[0], width)
    if len(parts) <= most:
        return parts or [""], ""
    return [*parts[: most - 1], _cut("".join(parts[most - 1 :]), width)], ""


def _cut(line: str, width: int) -> str:
    return line if cell_len(line) <= width else chop_cells(line, width - 1)[0] + "…"


class CopyRow(Widget, can_focus=True):
    """A label and a value. Enter, c or a click asks to copy it; a secret is dots until it is revealed."""

    DEFAULT_CSS = "CopyRow { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,c", "copy", show=False)]

    class Wanted(Message):
        """Somebody wants the value in the clipboard."""

        def __init__(self, row: CopyRow) -> None:
            self.row = row
            super().__init__()

    def __init__(self, label: str, value: str | Secret) -> None:
        super().__init__()
        self.label = label
        self.value = value
        self.is_revealed = False

    def show(self, label: str, value: str | Secret) -> None:
        """Show another value; one that is not the same is hidden again."""
        if (label, value) != (self.label, self.value):
            if value != self.value:
                self.is_revealed = False
            self.label, self.value = label, value
            self.refresh(layout=True)

    def reveal(self, *, on: bool) -> None:
        """Show a secret, or dots in its place."""
        if self.is_secret and on != self.is_revealed:
            self.is_revealed = on
            self.refresh(layout=True)

    @property
    def is_secret(self) -> bool:
        """Tell whether it is hidden at first."""
        return isinstance(self.value, Secret)

    @property
    def text(self) -> str:
        """The whole value, for the clipboard."""
        return self.value.reveal() if isinstance(self.value, Secret) else self.value

    def _shown(self, width: int) -> tuple[list[str], str]:
        if self.is_secret and not self.is_revealed:
            return [_DOTS], ""
        return folded(self.text, width - LABEL)

    @property
    def _label_above(self) -> bool:
        """Tell whether the label is too long to stand beside the value."""
        return cell_len(self.label) > LABEL - 2

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return how many lines it takes."""
        lines, more = self._shown(width)
        return len(lines) + bool(more) + self._label_above

    def render(self) -> Content:
        """Draw label and value, and what can be done with it while it has the focus."""
        width = self.content_size.width
        lines, more = self._shown(width)
        style, mark = ("$accent", "> ") if self.has_focus else ("", "  ")
        above, beside = (self.label, "") if self._label_above else ("", self.label)
        first = Content.assemble((f"{beside:<{LABEL - 2}}", style), (mark, "$accent"), lines[0])
        if self.has_focus:
            hint = "Enter copies it, v shows it" if self.is_secret and not self.is_revealed else "Enter copies it"
            blank = width - first.cell_length - cell_len(hint)
            if blank >= 2:
                first += Content.assemble(" " * blank, (hint, "$faint"))
        drawn = [Content.styled(above, style), first] if above else [first]
        drawn += [Content(" " * LABEL + line) for line in lines[1:]]
        if more:
            drawn.append(Content.styled(" " * LABEL + more, "$faint"))
        return Content("\n").join(drawn)

    def watch_has_focus(self, _has: bool) -> None:
        """Move the mark along with the focus."""
        super().watch_has_focus(_has)
        self.refresh()

    def action_copy(self) -> None:
        """Ask for the value in the clipboard."""
        self.post_message(self.Wanted(self))

    def on_click(self) -> None:
        """Ask for the value in the clipboard."""
        self.action_copy()
