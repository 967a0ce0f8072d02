"""A field for a secret: shown as dots of a fixed width, and nothing is ever copied out of it."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widgets import Input

__all__ = ["PlainInput", "SecretInput"]


class PlainInput(Input):
    """A line of text. A paste loses the blanks and line breaks around it, which no answer here has."""

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        lines = [line.strip() for line in event.text.splitlines() if line.strip()]
        if lines:
            self.insert_text_at_cursor(lines[0])


class SecretInput(PlainInput):
    """A masked line. Copy and cut do nothing but say so."""

    class Kept(Message):
        """Somebody wanted to copy or cut, and did not get it."""

    def __init__(self, *, id: str | None = None, placeholder: str = "") -> None:  # noqa: A002 - Textual's name
        super().__init__(password=True, id=id, placeholder=placeholder, compact=True)

    def action_copy(self) -> None:
        """Copy nothing: a secret stays in its field."""
        self.post_message(self.Kept())

    def action_cut(self) -> None:
        """Cut nothing: a secret stays in its field."""
        self.post_message(self.Kept())

    def get_selected_text(self) -> None:
        """Select nothing: a selection could be copied."""
