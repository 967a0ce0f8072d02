"""Help, and questions with a yes and a no: screens above a screen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from .base import NewestSize, close

__all__ = ["AskScreen", "HelpScreen"]

_KEYS = """[b]Enter[/b] next    [b]Esc[/b] or [b]b[/b] back    [b]r[/b] or [b]Ctrl+R[/b] check again
[b]w[/b] or [b]F2[/b] why    [b]?[/b] or [b]F1[/b] help    [b]Ctrl+O[/b] or [b]:[/b] all actions
[b]q[/b], [b]Ctrl+Q[/b] or [b]Ctrl+C[/b] twice leave    [b]Tab[/b] goes to every control
Letters act outside of text fields. Pasting is your terminal's own."""


class HelpScreen(NewestSize, ModalScreen[None]):
    """What can be done on a screen, and the keys that work everywhere. Any way out closes it."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll {
        width: 76; max-width: 96%; height: auto; max-height: 90%; padding: 1 2; background: $surface;
        border: solid $line;
    }
    HelpScreen Static { height: auto; margin-bottom: 1; padding-right: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q,b,question_mark,f1", "close", "close", show=False)]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """Make the text."""
        with VerticalScroll():
            yield Static(self._text)
            yield Static(_KEYS)
            yield Static("[$faint]Esc closes this.[/]")

    def action_close(self) -> None:
        """Close it."""
        close(self)


class _Answer(Static, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "press", show=False)]

    class Given(Message):
        def __init__(self, *, yes: bool) -> None:
            self.yes = yes
            super().__init__()

    def __init__(self, text: str, *, yes: bool) -> None:
        super().__init__(text, markup=False)
        self.yes = yes

    def action_press(self) -> None:
        self.post_message(self.Given(yes=self.yes))

    def on_click(self) -> None:
        self.action_press()


class AskScreen(NewestSize, ModalScreen[bool | None]):
    """A question with two answers; True for the first. Esc is None: neither."""

    DEFAULT_CSS = """
    AskScreen { align: center middle; }
    AskScreen > Vertical {
        width: 64; max-width: 96%; height: auto; padding: 1 2; background: $surface; border: solid $line;
    }
    AskScreen Static { height: auto; }
    AskScreen #question { margin-bottom: 1; }
    AskScreen _Answer { padding: 0 1; }
    AskScreen _Answer:focus { color: $accent; text-style: underline; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("escape", "neither", show=False),
    ]

    def __init__(self, question: str, first: str, second: str) -> None:
        super().__init__()
        self._question = question
        self._first = first
        self._second = second

    def compose(self) -> ComposeResult:
        """Make the question and its answers."""
        with Vertical():
            yield Static(self._question, id="question", markup=False)
            yield _Answer(self._first, yes=True)
            yield _Answer(self._second, yes=False)

    def on__answer_given(self, message: _Answer.Given) -> None:
        """Close it with the answer."""
        close(self, message.yes)

    def action_neither(self) -> None:
        """Close it without an answer."""
        close(self)
