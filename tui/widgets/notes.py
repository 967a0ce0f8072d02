"""Notes beside the lights: what works, but is too open, each with its fix, in the colour of a warning."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

if TYPE_CHECKING:
    from core.lights.states import Note

__all__ = ["Notes", "note_lines"]

_MARK = "! "
_NARROWEST = 20


def note_lines(notes: tuple[Note, ...], width: int) -> list[tuple[str, bool]]:
    """Write notes in lines of at most `width` cells: the summary (true), then fix and link below it, indented."""
    room = max(width - len(_MARK), _NARROWEST)
    lines: list[tuple[str, bool]] = []
    for note in notes:
        said = textwrap.wrap(note.summary, room, break_on_hyphens=False)
        lines += [(f"{'  ' if index else _MARK}{part}", True) for index, part in enumerate(said)]
        lines += [(f"  {part}", False) for part in textwrap.wrap(note.fix, room, break_on_hyphens=False)]
        lines += [(f"  {note.link}", False)] if note.link else []
    return lines


class Notes(Widget):
    """Shows notes; nothing where there are none."""

    DEFAULT_CSS = "Notes { height: auto; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._notes: tuple[Note, ...] = ()
        self.display = False

    def show(self, notes: tuple[Note, ...]) -> None:
        """Show these notes."""
        self.display = bool(notes)
        if notes != self._notes:
            self._notes = notes
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return how many lines they take."""
        return len(note_lines(self._notes, width))

    def render(self) -> Content:
        """Draw them."""
        lines = note_lines(self._notes, self.content_size.width)
        return Content("\n").join(Content.styled(line, "$warning") if first else Content(line) for line, first in lines)
