"""All actions of a screen in a list, each with its key; Enter does it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ..widgets.keybar import Key
from .base import NewestSize, close

__all__ = ["ActionsScreen"]


class ActionsScreen(NewestSize, ModalScreen[str | None]):
    """Gives the action that was chosen, or None."""

    DEFAULT_CSS = """
    ActionsScreen { align: center middle; }
    ActionsScreen > Vertical {
        width: 46; max-width: 96%; height: auto; max-height: 90%; padding: 1 2; background: $surface;
        border: solid $line;
    }
    ActionsScreen OptionList { height: auto; max-height: 14; background: $surface; border: none; padding: 0; }
    ActionsScreen OptionList:focus { border: none; }
    ActionsScreen OptionList > .option-list--option-highlighted,
    ActionsScreen OptionList:focus > .option-list--option-highlighted {
        background: $panel; color: $foreground; text-style: underline;
    }
    ActionsScreen Static { color: $faint; margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,b,ctrl+o", "close", show=False)]

    def __init__(self, keys: tuple[Key, ...]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical():
            yield Static("All actions", markup=False)
            yield OptionList(
                *(
                    Option(
                        Content.assemble((f"{key.key:<9}", "$accent"), key.label[:1].upper() + key.label[1:]),
                        id=key.action,
                    )
                    for key in self._keys
                )
            )

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Close with the action."""
        close(self, message.option.id)

    def action_close(self) -> None:
        """Close without one."""
        close(self)
