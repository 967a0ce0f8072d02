"""The peer of a first frame and of a quit: the least app that Textual makes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static


class Hello(App[None]):
    """One word, and a key to leave."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "quit")]

    def compose(self) -> ComposeResult:
        """Make the word."""
        yield Static("hello-textual")


if __name__ == "__main__":
    Hello().run()
