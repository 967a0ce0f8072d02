"""The fields of a step as widgets: each shows what the guide says of it, and gives back what stands in it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from core.guide.fields import Choice, Copy, Field, Info, Link, Opens, Problem, SecretText, Text, Toggle

from .choices import ChoiceField, ToggleField
from .copy_row import CopyRow
from .field_box import FieldBox, Offer
from .lines import Lines
from .secret_input import PlainInput, SecretInput

__all__ = ["CopyField", "FieldBox", "InfoField", "LineField", "LinkField", "Offer", "make_field"]

_KEPT = "kept; type to replace it"


class LineField(FieldBox):
    """A line of text, or of dots."""

    DEFAULT_CSS = """
    LineField > Horizontal { height: 1; }
    LineField .label { width: 21; }
    LineField.-pinned Input { width: 18; }
    LineField.-pinned > Horizontal > .note { width: 1fr; padding: 0 0 0 2; }
    LineField Input { width: 1fr; height: 1; border: none; padding: 0 1; background: $panel; }
    LineField Input:focus { background: $panel; border: none; }
    LineField:focus-within .label { color: $accent; }
    """

    def __init__(self, field: Text | SecretText) -> None:
        super().__init__(field)
        self._line = field
        self._said_of = ""
        self.set_class(self.is_pinned, "-pinned")

    def compose(self) -> ComposeResult:
        """Make label and line, the note and the message below it."""
        note = Static("", classes="note", markup=False)
        with Horizontal():
            yield Static("", classes="label", markup=False)
            if isinstance(self._line, SecretText):
                yield SecretInput()
            else:
                yield PlainInput(value=self._line.value, compact=True)
            if self.is_pinned:
                yield note
        if not self.is_pinned:
            yield note
        yield Static("", classes="message", markup=False)

    def on_mount(self) -> None:
        """Say what the guide says of it."""
        self.renew()

    def renew(self) -> None:
        """Show the label, the example and the note; of a secret, whether an empty line keeps the one that is known."""
        field = self.field
        if not isinstance(field, Text | SecretText):
            return
        self.query_one(".label", Static).update(field.label)
        note = self.query_one(".note", Static)
        note.update(field.note)
        note.display = bool(field.note)
        example = field.placeholder if isinstance(field, Text) else _KEPT if field.kept else ""
        self.query_one(PlainInput).placeholder = example

    @property
    def value(self) -> str:
        """What was typed."""
        return self.query_one(PlainInput).value

    def put(self, value: str | bool) -> None:
        """Set the line."""
        line = self.query_one(PlainInput)
        line.value = str(value)
        line.cursor_position = len(line.value)

    def say(self, problem: Problem | None, *, is_hint: bool = False) -> None:
        """Show what is wrong with the line. What may be a secret, exchanged with another field's, is hidden."""
        super().say(problem, is_hint=is_hint)
        line = self.query_one(PlainInput)
        self._said_of = line.value
        line.password = isinstance(self._line, SecretText) or bool(problem and problem.swap_with)

    def on_input_changed(self) -> None:
        """Tell that something was typed. What was said of the line before is not true of it any more."""
        if self.problem is not None and self.value != self._said_of:
            self.say(None)
        self.post_message(self.Changed())


class InfoField(FieldBox):
    """Lines to read."""

    DEFAULT_CSS = """
    InfoField .label { color: $faint; }
    """

    def __init__(self, field: Info) -> None:
        super().__init__(field)
        self._info = field

    def compose(self) -> ComposeResult:
        """Make the heading and the lines."""
        if self._info.label:
            yield Static(self._info.label, classes="label", markup=False)
        yield Lines(self._info.lines)
        yield Static("", classes="message", markup=False)

    def renew(self) -> None:
        """Show the lines as they are now."""
        if isinstance(self.field, Info):
            self.show(self.field.lines)

    def show(self, lines: tuple[str, ...]) -> None:
        """Show other lines than the guide's."""
        self.query_one(Lines).show(lines)


class CopyField(FieldBox):
    """A value to be copied."""

    def __init__(self, field: Copy) -> None:
        super().__init__(field)
        self._copy = field

    def compose(self) -> ComposeResult:
        """Make the row, the note and the message."""
        yield CopyRow(self._copy.label, self._copy.value)
        yield Static("", classes="note", markup=False)
        yield Static("", classes="message", markup=False)

    def on_mount(self) -> None:
        """Say what the guide says of it."""
        self.renew()

    def renew(self) -> None:
        """Show the value as it is now."""
        if isinstance(self.field, Copy):
            self.query_one(CopyRow).show(self.field.label, self.field.value)
            note = self.query_one(".note", Static)
            note.update(self.field.note)
            note.display = bool(self.field.note)


class _Way(Widget, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "open", show=False)]
    DEFAULT_CSS = "_Way { height: 1; }"

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label

    def render(self) -> Content:
        return Content.assemble(
            ("> " if self.has_focus else "  ", "$accent"), (self.label, "$accent"), (" →", "$faint")
        )

    def watch_has_focus(self, _has: bool) -> None:
        super().watch_has_focus(_has)
        self.refresh()

    def action_open(self) -> None:
        if isinstance(self.parent, LinkField):
            self.parent.open()

    def on_click(self) -> None:
        self.action_open()


class LinkField(FieldBox):
    """A way to something more; Enter or a click takes it."""

    class Opened(Message):
        """Somebody takes it."""

        def __init__(self, opens: Opens) -> None:
            self.opens = opens
            super().__init__()

    def __init__(self, field: Link) -> None:
        super().__init__(field)
        self._link = field

    def compose(self) -> ComposeResult:
        """Make the line and the message."""
        yield _Way(self._link.label)
        yield Static("", classes="message", markup=False)

    def renew(self) -> None:
        """Show the label as it is now."""
        if isinstance(self.field, Link):
            way = self.query_one(_Way)
            way.label = self.field.label
            way.refresh()

    def open(self) -> None:
        """Take it."""
        if isinstance(self.field, Link):
            self.post_message(self.Opened(self.field.opens))


def make_field(field: Field) -> FieldBox:
    """Make the widget of a field."""
    match field:
        case Text() | SecretText():
            return LineField(field)
        case Choice():
            return ChoiceField(field)
        case Toggle():
            return ToggleField(field)
        case Info():
            return InfoField(field)
        case Copy():
            return CopyField(field)
        case Link():
            return LinkField(field)
