"""The light strip: List, Read and Write, always in view, and who they are about."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from core.lights.states import Light, State
from core.needs import OPERATIONS, Operation

from ..theme import light_markup
from .header import TwoSided

__all__ = ["LightCell", "LightStrip"]

MARK = "> "
_UNMARKED = "  "
_MARKED = 22
"""Cells that a light takes with a mark before it."""


class LightCell(Static, can_focus=True):
    """One light. Enter or a click opens its diagnosis."""

    BINDINGS = [Binding("enter", "open", "why", show=False)]

    class Opened(Message):
        """Somebody wants to know why this light is as it is."""

        def __init__(self, operation: Operation) -> None:
            self.operation = operation
            super().__init__()

    def __init__(self, operation: Operation) -> None:
        super().__init__(id=f"light-{operation.value}")
        self.operation = operation
        self._state = State.UNCHECKED
        self._mark: str | None = None

    def show(self, state: State, mark: str | None = None) -> None:
        """Show a state; before it the mark, where there is room for it."""
        if (state, mark) != (self._state, self._mark) or not str(self.visual):
            self._state, self._mark = state, mark
            self._draw()

    def _draw(self) -> None:
        mark = self._mark if self._mark is not None and self.size.width >= _MARKED else ""
        self.set_class(self._mark == MARK, "-marked")
        self.update(f"[$accent]{mark}[/]{self.operation.value.capitalize()} {light_markup(self._state)}")

    def on_resize(self) -> None:
        """Show the mark, or leave it out."""
        self._draw()

    def action_open(self) -> None:
        """Ask for the diagnosis."""
        self.post_message(self.Opened(self.operation))

    def on_click(self) -> None:
        """Ask for the diagnosis."""
        self.action_open()


class LightStrip(Vertical):
    """Three lights and a line about them. It shows what it is given, and nothing else."""

    DEFAULT_CSS = """
    LightStrip { height: 4; border-top: solid $line; border-bottom: solid $line; padding: 0 1; }
    LightStrip > Horizontal { height: 1; }
    LightStrip LightCell { width: 1fr; }
    LightStrip LightCell.-marked { text-style: bold; }
    LightStrip LightCell:focus { text-style: underline; }
    LightStrip #about { color: $faint; padding: 0; }
    LightStrip.-waiting #about { color: $accent; }
    """

    def compose(self) -> ComposeResult:
        """Make the three lights and the line below them."""
        with Horizontal():
            for operation in OPERATIONS:
                yield LightCell(operation)
        yield TwoSided(id="about")

    def show(self, lights: tuple[Light, ...], about: str, right: str = "", *, marked: Operation | None = None) -> None:
        """Show three lights, and the line about them with its right part. One light may be marked."""
        for light in lights:
            mark = None if marked is None else MARK if light.operation is marked else _UNMARKED
            self.query_one(f"#light-{light.operation.value}", LightCell).show(light.state, mark)
        self.query_one("#about", TwoSided).show(about, right)

    def wait(self, sentence: str, left: str) -> None:
        """Show what is waited for, and how much of the time is left, in place of that line; empty ends it."""
        self.set_class(bool(sentence), "-waiting")
        if sentence:
            self.query_one("#about", TwoSided).show(sentence, left)
