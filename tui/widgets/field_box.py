"""What the widgets of all fields share: a name, a value, and room for what is wrong with it."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from core.guide.fields import Field, Problem, Text

__all__ = ["FieldBox", "Offer"]


class FieldBox(Vertical):
    """A field with room for what is wrong with it. `field_name` is the guide's name of the field."""

    DEFAULT_CSS = """
    FieldBox { height: auto; margin-bottom: 1; }
    FieldBox .note, FieldBox .message { padding-left: 21; height: auto; }
    FieldBox .note { color: $faint; }
    FieldBox .message { display: none; }
    FieldBox .message.problem { display: block; color: $error; }
    FieldBox .message.hint { display: block; color: $warning; }
    """

    class Changed(Message):
        """What stands in a field has changed."""

    class Pointed(Message):
        """Enter may mean something else now: it chooses the option that is pointed at, or goes on."""

    class OfferTaken(Message):
        """Somebody takes what a problem suggests."""

        def __init__(self, field: str, problem: Problem) -> None:
            self.field = field
            self.problem = problem
            super().__init__()

    def __init__(self, field: Field) -> None:
        super().__init__(id=f"field-{field.name.replace('_', '-')}")
        self.field_name = field.name
        self.field = field
        self.problem: Problem | None = None

    @property
    def is_pinned(self) -> bool:
        """Tell whether it stays in view while the rest is scrolled."""
        return isinstance(self.field, Text) and self.field.pinned

    @property
    def value(self) -> str | bool | None:
        """What stands in the field; None where there is nothing to give back."""
        return None

    def put(self, value: str | bool) -> None:
        """Set what stands in the field."""

    def focus_field(self, *, scroll: bool = True) -> bool:
        """Bring the cursor here, and tell whether there is anything to bring it to; `scroll`: and into view."""
        for child in self.walk_children(Widget):
            if child.focusable and not isinstance(child, Offer):
                self.screen.set_focus(child, scroll_visible=scroll)
                return True
        return False

    def take(self, field: Field) -> None:
        """Take over what the guide says of the field now, without touching what was typed."""
        if field != self.field:
            self.field = field
            self.renew()

    def renew(self) -> None:
        """Show the field as it is described now."""

    def say(self, problem: Problem | None, *, is_hint: bool = False) -> None:
        """Show what is wrong with the field or odd about it, and offer what was probably meant; None clears it."""
        self.problem = problem
        message = self.query_one(".message", Static)
        message.set_class(problem is not None and not is_hint, "problem")
        message.set_class(problem is not None and is_hint, "hint")
        message.update(problem.sentence if problem else "")
        for old in self.query(Offer):
            if old.has_focus:
                self.focus_field()
            old.remove()
        if problem is not None and (problem.suggestion or problem.swap_with):
            self.mount(Offer(self.field_name, problem), after=message)


class Offer(Static, can_focus=True):
    """What was probably meant, to be taken with Enter or a click."""

    DEFAULT_CSS = """
    Offer { padding-left: 21; height: auto; color: $accent; }
    Offer:focus { text-style: underline; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "take", show=False)]

    def __init__(self, field: str, problem: Problem) -> None:
        what = "Exchange the two" if problem.swap_with else f"Use {problem.suggestion}"
        super().__init__(Content.assemble(what, ("   Tab, then Enter", "$faint")))
        self.field = field
        self.problem = problem

    def action_take(self) -> None:
        """Take it."""
        self.post_message(FieldBox.OfferTaken(self.field, self.problem))

    def on_click(self) -> None:
        """Take it."""
        self.action_take()
