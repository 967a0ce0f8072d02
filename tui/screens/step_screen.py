"""What every screen with fields to fill in shares: moving between them, scrolling, and what is pasted or copied."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from ..widgets.choices import ChoiceField
from ..widgets.copy_row import CopyRow
from ..widgets.keybar import KeyBar
from ..widgets.step_body import StepBody
from .base import BaseScreen

__all__ = ["StepScreen"]


class StepScreen(BaseScreen):
    """A screen whose middle is a StepBody."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "next", "next", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
    ]

    @property
    def _body(self) -> StepBody:
        return self.query_one(StepBody)

    def next_label(self) -> str:
        """Say what Enter does here."""
        return "next"

    def _name_next(self) -> None:
        """Say in the key bar what Enter does."""
        self.query_one(KeyBar).relabel("next", self._enter())

    def _enter(self) -> str:
        """Say what Enter does here and now: a value, a link and an option that is pointed at come first."""
        if isinstance(self.focused, CopyRow):
            return "copy"
        if self._body.is_at_link:
            return "open"
        chooses = any(box.would_choose for box in self._body.query(ChoiceField))
        return "choose" if chooses else self.next_label()

    def on_descendant_focus(self) -> None:
        """Follow what Enter does."""
        self.on_field_box_pointed()

    def on_field_box_pointed(self) -> None:
        """Follow what Enter does."""
        if not self.is_closed():
            self._name_next()

    def action_move(self, by: int) -> None:
        """Go to the field above or below; where there is none, scroll as long as there is more to see.

        A step without fields only scrolls.
        """
        body = self._body
        if body.has_focus or (not body.leads(by) and body.can_scroll(by)):
            body.scroll_relative(y=by, animate=False, immediate=True)
        elif by > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_page(self, by: int) -> None:
        """Scroll by as much as is seen at a time."""
        self._body.scroll_relative(y=by * (self._body.size.height - 2), animate=False, immediate=True)

    def take_paste(self, _text: str) -> bool:
        """Take a pasted text of several parts; False leaves it to the line that it goes into."""
        return False

    def on_paste(self, event: events.Paste) -> None:
        """Take a paste outside of a line."""
        event.stop()
        if not self.take_paste(event.text):
            self.say("There is no field here for what was pasted; go to one first.")

    def on_field_box_changed(self) -> None:
        """Let fields be there that belong to what is chosen now, and show what would follow from it."""
        self._body.show_and_hide()
        self._show_preview()

    def _show_preview(self) -> None:
        """Show what would follow from what stands in the fields now. No request goes out."""

    def on_plain_input_kept(self) -> None:
        """Say why nothing was copied."""
        self.say("A secret is not copied out of its field.")

    def on_plain_input_many_lines(self) -> None:
        """Say why nothing was pasted."""
        self.say("Those were several lines; paste one line here.")
