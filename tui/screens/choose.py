"""A short list to choose one line of."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from .base import NewestSize, close

__all__ = ["ChooseScreen"]


class ChooseScreen(NewestSize, ModalScreen[str | None]):
    """A question and its answers, a line each. Enter or a click takes one; Esc is None."""

    DEFAULT_CSS = """
    ChooseScreen { align: center middle; }
    ChooseScreen > Vertical {
        width: 64; max-width: 96%; height: auto; max-height: 90%; padding: 1 2; background: $surface;
        border: solid $line;
    }
    ChooseScreen Static { height: auto; margin-bottom: 1; }
    ChooseScreen OptionList { height: auto; max-height: 10; border: none; padding: 0; background: $surface; }
    ChooseScreen OptionList:focus { border: none; background-tint: transparent 0%; }
    ChooseScreen #note { color: $faint; margin: 1 0 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "neither", show=False)]

    def __init__(self, question: str, answers: tuple[str, ...], *, note: str) -> None:
        super().__init__()
        self._question = question
        self._answers = answers
        self._note = note

    def compose(self) -> ComposeResult:
        """Make the question, its answers and the note."""
        with Vertical():
            yield Static(self._question, id="question", markup=False)
            yield OptionList(*(Option(answer) for answer in self._answers), markup=False)
            yield Static(self._note, id="note", markup=False)

    def on_mount(self) -> None:
        """Let the keys go to the list."""
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Close it with the answer."""
        message.stop()
        close(self, self._answers[message.option_index])

    def action_neither(self) -> None:
        """Close it without an answer."""
        close(self)
