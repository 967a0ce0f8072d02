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

__all__ = ["LightCell", "LightStrip"]


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

    def show(self, state: State) -> None:
        """Show a state."""
        self.update(f"{self.operation.value.capitalize()} {light_markup(state)}")

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
    LightStrip LightCell:focus { text-style: underline; }
    LightStrip #about { color: $faint; height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def compose(self) -> ComposeResult:
        """Make the three lights and the line below them."""
        with Horizontal():
            for operation in OPERATIONS:
                yield LightCell(operation)
        yield Static("", id="about", markup=False)

    def show(self, lights: tuple[Light, ...], about: str) -> None:
        """Show three lights, and the line about them."""
        for light in lights:
            self.query_one(f"#light-{light.operation.value}", LightCell).show(light.state)
        self.query_one("#about", Static).update(about)
