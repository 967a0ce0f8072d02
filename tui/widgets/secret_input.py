"""Fields that are typed into: a plain line, and one for a secret, out of which nothing is ever copied."""

from __future__ import annotations

import re
from typing import Protocol, runtime_checkable

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Input

__all__ = ["PlainInput", "SecretInput", "TakesPastes"]

_PARTS = re.compile(r"[\s,;]")


@runtime_checkable
class TakesPastes(Protocol):
    """A screen that knows what to do with a paste of several parts."""

    def take_paste(self, text: str) -> bool:
        """Fill in what the text holds, and tell whether anything was."""


class PlainInput(Input):
    """A line of text. A paste loses the blanks and line breaks around it.

    What has several parts is offered to the screen first. Of what it does not take, one line goes in here, several do
    not.
    """

    DEFAULT_CSS = """
    PlainInput > .input--placeholder { color: $faint; }
    """

    class ManyLines(Message):
        """Several lines were pasted where one belongs."""

    class Kept(Message):
        """Somebody wanted to copy or cut what is hidden, and did not get it."""

    def on_focus(self) -> None:
        """Let the terminal's own cursor follow once the line has its place: input methods and readers look there."""
        self.call_after_refresh(self._place_cursor)

    def _place_cursor(self) -> None:
        if self.has_focus:
            self.app.cursor_position = self.cursor_screen_offset

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        lines = [line.strip() for line in event.text.splitlines() if line.strip()]
        has_parts = len(lines) > 1 or (lines and _PARTS.search(lines[0]))
        if has_parts and isinstance(self.screen, TakesPastes) and self.screen.take_paste(event.text):
            return
        if len(lines) == 1:
            self.insert_text_at_cursor(lines[0])
        elif lines:
            self.post_message(self.ManyLines())

    def action_copy(self) -> None:
        """Copy what is marked, unless it is hidden: a secret stays in its field."""
        if self.password:
            self.post_message(self.Kept())
        else:
            super().action_copy()

    def action_cut(self) -> None:
        """Cut what is marked, unless it is hidden."""
        if self.password:
            self.post_message(self.Kept())
        else:
            super().action_cut()


class SecretInput(PlainInput):
    """A masked line. Copy and cut do nothing but say so; left alone, it does not even show how long the secret is."""

    def __init__(self, *, id: str | None = None, placeholder: str = "") -> None:  # noqa: A002 - Textual's name
        super().__init__(password=True, id=id, placeholder=placeholder, compact=True)

    def render_line(self, y: int) -> Strip:
        """Draw a dot for each character while somebody types, and always the same eight dots otherwise."""
        if self.has_focus or not self.value or y:
            return super().render_line(y)
        style = self.rich_style
        return Strip([Segment("•" * 8, style)]).adjust_cell_length(self.size.width, style)
