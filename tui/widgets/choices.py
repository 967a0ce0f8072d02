"""Fields that are chosen, not typed: one of several options, and on or off."""

from __future__ import annotations

import textwrap
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from core.guide.fields import Choice, Option, Toggle

from .field_box import FieldBox

__all__ = ["ChoiceField", "ToggleField", "beside"]

_LEAD = 6
"""Cells before the label: the mark of the focus, and what shows whether it is chosen."""

_NARROWEST = 24
"""Cells below which a note stands under its label and not beside it."""

_SWITCH_LABEL = 27


def beside(label: str, note: str, column: int, width: int) -> list[tuple[str, str]]:
    """Lay a label and its note out beside each other; the note folds in a column of its own, or below.

    Each line is a text to the left and one to the right; `column` is where the right one begins, `width` the room.
    """
    gap = max(column, cell_len(label) + 2)
    if not note or gap + cell_len(note) <= width:
        return [(f"{label:<{gap}}" if note else label, note)]
    if width - gap >= _NARROWEST:
        parts = textwrap.wrap(note, width - gap, break_on_hyphens=False)
        return [(f"{'' if index else label:<{gap}}", part) for index, part in enumerate(parts)]
    parts = textwrap.wrap(note, max(width - 2, _NARROWEST // 2), break_on_hyphens=False)
    return [(label, ""), *(("  ", part) for part in parts)]


class _Marked(Widget, can_focus=True):
    """Lines that are drawn with a mark where the focus is."""

    DEFAULT_CSS = "_Marked { height: auto; }"

    def rows(self, width: int) -> list[tuple[int, str, str]]:
        """Return the lines, each with the index of what it belongs to."""
        raise NotImplementedError

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return how many lines it takes."""
        return len(self.rows(width - _LEAD))

    def watch_has_focus(self, _has: bool) -> None:
        """Move the mark along with the focus."""
        super().watch_has_focus(_has)
        self.refresh()


class _Options(_Marked):
    """The options. `at` is the one that is pointed at: going past must not change an answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("space", "choose", show=False),
        Binding("enter", "choose_or_skip", show=False),
    ]
    chosen: reactive[int] = reactive(0)
    at: reactive[int] = reactive(0)

    def __init__(self, field: Choice) -> None:
        super().__init__()
        self._options = field.options
        self.set_reactive(_Options.chosen, max(self._index(field.value), 0))
        self.set_reactive(_Options.at, self.chosen)

    def _index(self, value: str) -> int:
        return next((index for index, option in enumerate(self._options) if option.value == value), -1)

    def take(self, options: tuple[Option, ...]) -> None:
        """Offer other options; what was chosen stays chosen where it is still among them."""
        value, self._options = self.value, options
        self.chosen = self.at = max(self._index(value), 0)
        self.refresh(layout=True)

    def rows(self, width: int) -> list[tuple[int, str, str]]:
        column = max((cell_len(option.label) for option in self._options), default=0) + 4
        return [
            (index, *line)
            for index, option in enumerate(self._options)
            for line in beside(option.label, option.note, column, width)
        ]

    def render(self) -> RenderResult:
        lines: list[Content] = []
        before = -1
        for index, left, right in self.rows(self.content_size.width - _LEAD):
            is_chosen, first = index == self.chosen, index != before
            mark = "> " if index == self.at and first and self.has_focus else "  "
            dot = ("(•) " if is_chosen else "( ) ") if first else "    "
            lines.append(
                Content.assemble(
                    (mark, "$accent"), (dot, "$accent" if is_chosen else "$faint"), left, (right, "$faint")
                )
            )
            before = index
        return Content("\n").join(lines)

    def action_move(self, by: int) -> None:
        target = self.at + by
        if 0 <= target < len(self._options):
            self.at = target
        elif by < 0:
            self.screen.focus_previous()
        else:
            self.screen.focus_next()

    def action_choose(self) -> None:
        self.chosen = self.at

    def action_choose_or_skip(self) -> None:
        if self.at == self.chosen:
            raise SkipAction  # the step is confirmed
        self.action_choose()

    def on_click(self, event: events.Click) -> None:
        rows = self.rows(self.content_size.width - _LEAD)
        if 0 <= event.y < len(rows):
            self.chosen = self.at = rows[event.y][0]

    def watch_has_focus(self, has: bool) -> None:
        """Point at what is chosen whenever the cursor comes or goes."""
        super().watch_has_focus(has)
        self.at = self.chosen
        self.post_message(FieldBox.Pointed())

    def watch_chosen(self) -> None:
        self.post_message(FieldBox.Changed())
        self.post_message(FieldBox.Pointed())
        self.call_after_refresh(self._into_view)

    def watch_at(self) -> None:
        self.post_message(FieldBox.Pointed())
        self.call_after_refresh(self._into_view)

    def _into_view(self) -> None:
        """Scroll a long list along with what is pointed at."""
        body = next((each for each in self.ancestors if isinstance(each, ScrollableContainer)), None)
        if body is None or not self.has_focus:
            return
        rows = self.rows(self.content_size.width - _LEAD)
        line = next((number for number, row in enumerate(rows) if row[0] == self.at), 0)
        for each in self.ancestors_with_self:
            if each is body or not isinstance(each, Widget):
                break
            line += each.virtual_region.y
        last = body.scroll_offset.y + body.size.height - 1
        if line < body.scroll_offset.y or line > last:
            there = line if line < last else line - body.size.height + 1
            body.scroll_to(y=there, animate=False, immediate=True)

    @property
    def value(self) -> str:
        return self._options[self.chosen].value if self._options else ""

    @property
    def pointed(self) -> str:
        return self._options[self.at].value if self._options else ""

    def put(self, value: str) -> None:
        if (index := self._index(value)) >= 0:
            self.chosen = self.at = index


class ChoiceField(FieldBox):
    """One of several options; Up and Down point, Space or Enter chooses what is pointed at."""

    DEFAULT_CSS = """
    ChoiceField .label { padding-left: 2; color: $faint; }
    ChoiceField .note, ChoiceField .message { padding-left: 6; }
    """

    def __init__(self, field: Choice) -> None:
        super().__init__(field)
        self._choice = field

    def compose(self) -> ComposeResult:
        """Make the label, the options, the note and the message."""
        yield Static(self._choice.label, classes="label", markup=False)
        yield _Options(self._choice)
        yield Static(self._choice.note, classes="note", markup=False)
        yield Static("", classes="message", markup=False)

    def on_mount(self) -> None:
        """Let what is empty take no room."""
        self._show(self._choice)

    def renew(self) -> None:
        """Show the label, the options and the note as they are now."""
        if isinstance(self.field, Choice):
            self._show(self.field)
            self.query_one(_Options).take(self.field.options)

    def _show(self, field: Choice) -> None:
        for where, text in ((".label", field.label), (".note", field.note)):
            line = self.query_one(where, Static)
            line.update(text)
            line.display = bool(text)

    @property
    def value(self) -> str:
        """The value of the chosen option."""
        return self.query_one(_Options).value

    @property
    def pointed(self) -> str:
        """The value of the option that is pointed at."""
        return self.query_one(_Options).pointed

    @property
    def would_choose(self) -> bool:
        """Tell whether Enter would choose another option, and not confirm the step."""
        # Between two steps they may not be there yet, or gone.
        return any(options.has_focus and options.pointed != options.value for options in self.query(_Options))

    def put(self, value: str | bool) -> None:
        """Choose the option of this value."""
        self.query_one(_Options).put(str(value))


class _Switch(_Marked):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "flip", show=False)]
    on: reactive[bool] = reactive(False)

    def __init__(self, field: Toggle) -> None:
        super().__init__()
        self._label, self._note = field.label, field.note
        self.set_reactive(_Switch.on, field.value)

    def take(self, label: str, note: str) -> None:
        """Say something else beside it."""
        self._label, self._note = label, note
        self.refresh(layout=True)

    def rows(self, width: int) -> list[tuple[int, str, str]]:
        return [(0, *line) for line in beside(self._label, self._note, _SWITCH_LABEL, width)]

    def render(self) -> RenderResult:
        lines: list[Content] = []
        for _, left, right in self.rows(self.content_size.width - _LEAD):
            mark = "> " if self.has_focus and not lines else "  "
            box = ("[x] " if self.on else "[ ] ") if not lines else "    "
            lines.append(
                Content.assemble((mark, "$accent"), (box, "$accent" if self.on else "$faint"), left, (right, "$faint"))
            )
        return Content("\n").join(lines)

    def action_flip(self) -> None:
        self.on = not self.on

    def on_click(self) -> None:
        self.action_flip()

    def watch_on(self) -> None:
        self.post_message(FieldBox.Changed())


class ToggleField(FieldBox):
    """On or off; Space turns it."""

    DEFAULT_CSS = "ToggleField { margin-bottom: 0; }"

    def __init__(self, field: Toggle) -> None:
        super().__init__(field)
        self._toggle = field

    def compose(self) -> ComposeResult:
        """Make the switch and the message."""
        yield _Switch(self._toggle)
        yield Static("", classes="message", markup=False)

    def renew(self) -> None:
        """Show the label and the note as they are now."""
        if isinstance(self.field, Toggle):
            self.query_one(_Switch).take(self.field.label, self.field.note)

    @property
    def value(self) -> bool:
        """Whether it is on."""
        return self.query_one(_Switch).on

    def put(self, value: str | bool) -> None:
        """Turn it on or off."""
        self.query_one(_Switch).on = bool(value)
