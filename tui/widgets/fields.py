"""The fields of a step as widgets: each shows what the guide says of it, and gives back what stands in it."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from core.guide.fields import Choice, Field, Info, Problem, SecretText, Text, Toggle

from .lines import Lines
from .secret_input import PlainInput, SecretInput

__all__ = ["ChoiceField", "FieldBox", "InfoField", "LineField", "ToggleField", "make_field"]


class FieldBox(Vertical):
    """A field with room for what is wrong with it. `name` is the guide's name of the field."""

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

    class OfferTaken(Message):
        """Somebody takes what a problem suggests."""

        def __init__(self, field: str, problem: Problem) -> None:
            self.field = field
            self.problem = problem
            super().__init__()

    def __init__(self, name: str) -> None:
        super().__init__(id=f"field-{name.replace('_', '-')}")
        self.field_name = name

    @property
    def value(self) -> str | bool | None:
        """What stands in the field; None where there is nothing to give back."""
        return None

    def put(self, value: str | bool) -> None:
        """Set what stands in the field."""

    def focus_field(self) -> bool:
        """Bring the cursor here, and tell whether there is anything to bring it to."""
        for child in self.walk_children(Widget):
            if child.focusable and not isinstance(child, Offer):
                self.screen.set_focus(child)
                return True
        return False

    def refresh_from(self, field: Field) -> None:
        """Take over what the guide says of the field now, without touching what was typed."""

    def say(self, problem: Problem | None, *, is_hint: bool = False) -> None:
        """Show what is wrong with the field or odd about it, and offer what was probably meant; None clears it."""
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


class LineField(FieldBox):
    """A line of text, or of dots."""

    DEFAULT_CSS = """
    LineField > Horizontal { height: 1; }
    LineField .label { width: 21; }
    LineField Input { width: 1fr; height: 1; border: none; padding: 0 1; background: $panel; }
    LineField Input:focus { background: $panel; border: none; }
    LineField:focus-within .label { color: $accent; }
    """

    def __init__(self, field: Text | SecretText) -> None:
        super().__init__(field.name)
        self._field = field

    def compose(self) -> ComposeResult:
        """Make label and line, the note and the message below it."""
        with Horizontal():
            yield Static(self._field.label, classes="label", markup=False)
            if isinstance(self._field, SecretText):
                yield SecretInput(placeholder="kept; type to replace it" if self._field.kept else "")
            else:
                yield PlainInput(value=self._field.value, placeholder=self._field.placeholder, compact=True)
        if self._field.note:
            yield Static(self._field.note, classes="note", markup=False)
        yield Static("", classes="message", markup=False)

    @property
    def value(self) -> str:
        """What was typed."""
        return self.query_one(PlainInput).value

    def put(self, value: str | bool) -> None:
        """Set the line."""
        line = self.query_one(PlainInput)
        line.value = str(value)
        line.cursor_position = len(line.value)

    def refresh_from(self, field: Field) -> None:
        """Say whether an empty line keeps a secret that is known."""
        if isinstance(field, SecretText):
            self.query_one(SecretInput).placeholder = "kept; type to replace it" if field.kept else ""

    def on_input_changed(self) -> None:
        """Tell that something was typed."""
        self.post_message(self.Changed())


class _Marked(Widget, can_focus=True):
    """Lines of which one can be chosen, drawn with a mark where the focus is."""

    DEFAULT_CSS = "_Marked { height: auto; }"


class _Options(_Marked):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
    ]
    chosen: reactive[int] = reactive(0)

    def __init__(self, field: Choice) -> None:
        super().__init__()
        self._options = field.options
        values = [option.value for option in field.options]
        self.set_reactive(_Options.chosen, values.index(field.value) if field.value in values else 0)

    def render(self) -> RenderResult:
        width = max(len(option.label) for option in self._options) + 4
        lines = []
        for index, option in enumerate(self._options):
            here = index == self.chosen
            mark = "> " if here and self.has_focus else "  "
            dot = "(•) " if here else "( ) "
            lines.append(
                Content.assemble(
                    (mark, "$accent"),
                    (dot, "$accent" if here else "$faint"),
                    f"{option.label:<{width}}",
                    (option.note, "$faint"),
                )
            )
        return Content("\n").join(lines)

    def action_move(self, by: int) -> None:
        target = self.chosen + by
        if 0 <= target < len(self._options):
            self.chosen = target
        elif by < 0:
            self.screen.focus_previous()
        else:
            self.screen.focus_next()

    def on_click(self, event: events.Click) -> None:
        if 0 <= event.y < len(self._options):
            self.chosen = event.y

    def watch_chosen(self) -> None:
        self.post_message(FieldBox.Changed())

    def watch_has_focus(self, _has: bool) -> None:
        super().watch_has_focus(_has)
        self.refresh()

    @property
    def value(self) -> str:
        return self._options[self.chosen].value

    def put(self, value: str) -> None:
        values = [option.value for option in self._options]
        if value in values:
            self.chosen = values.index(value)


class ChoiceField(FieldBox):
    """One of several options; Up and Down choose."""

    DEFAULT_CSS = "ChoiceField .label { padding-left: 2; color: $faint; }"

    def __init__(self, field: Choice) -> None:
        super().__init__(field.name)
        self._field = field

    def compose(self) -> ComposeResult:
        """Make the label, the options and the message."""
        yield Static(self._field.label, classes="label", markup=False)
        yield _Options(self._field)
        yield Static("", classes="message", markup=False)

    @property
    def value(self) -> str:
        """The value of the chosen option."""
        return self.query_one(_Options).value

    def put(self, value: str | bool) -> None:
        """Choose the option of this value."""
        self.query_one(_Options).put(str(value))


class _Switch(_Marked):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "flip", show=False)]
    on: reactive[bool] = reactive(False)

    def __init__(self, field: Toggle) -> None:
        super().__init__()
        self._field = field
        self.set_reactive(_Switch.on, field.value)

    def render(self) -> RenderResult:
        return Content.assemble(
            ("> " if self.has_focus else "  ", "$accent"),
            ("[x] " if self.on else "[ ] ", "$accent" if self.on else "$faint"),
            f"{self._field.label:<27}",
            (self._field.note, "$faint"),
        )

    def action_flip(self) -> None:
        self.on = not self.on

    def on_click(self) -> None:
        self.action_flip()

    def watch_on(self) -> None:
        self.post_message(FieldBox.Changed())

    def watch_has_focus(self, _has: bool) -> None:
        super().watch_has_focus(_has)
        self.refresh()


class ToggleField(FieldBox):
    """On or off; Space turns it."""

    DEFAULT_CSS = "ToggleField { margin-bottom: 0; }"

    def __init__(self, field: Toggle) -> None:
        super().__init__(field.name)
        self._field = field

    def compose(self) -> ComposeResult:
        """Make the switch and the message."""
        yield _Switch(self._field)
        yield Static("", classes="message", markup=False)

    @property
    def value(self) -> bool:
        """Whether it is on."""
        return self.query_one(_Switch).on

    def put(self, value: str | bool) -> None:
        """Turn it on or off."""
        self.query_one(_Switch).on = bool(value)


class InfoField(FieldBox):
    """Lines to read."""

    DEFAULT_CSS = """
    InfoField .label { color: $faint; }
    """

    def __init__(self, field: Info) -> None:
        super().__init__(field.name)
        self._field = field

    def compose(self) -> ComposeResult:
        """Make the heading and the lines."""
        if self._field.label:
            yield Static(self._field.label, classes="label", markup=False)
        yield Lines(self._field.lines)
        yield Static("", classes="message", markup=False)

    def refresh_from(self, field: Field) -> None:
        """Show the lines as they are now."""
        if isinstance(field, Info):
            self.query_one(Lines).show(field.lines)


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
