"""The bottom line: what can be done here, and the key for it. Each label can be focused and clicked, too."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

__all__ = ["Key", "KeyBar"]


@dataclass(frozen=True, slots=True)
class Key:
    """An action of the screen, the key for it, and what is shown while letters go into a field."""

    action: str
    key: str
    label: str
    typing_key: str | None = None
    typing_label: str | None = None


class _KeyLabel(Static, can_focus=True):
    BINDINGS = [Binding("enter,space", "press", show=False)]

    def __init__(self, key: Key) -> None:
        super().__init__(id=f"key-{key.action.replace('.', '-')}")
        self.key = key
        self.show(typing=False)

    def show(self, *, typing: bool) -> None:
        key = (self.key.typing_key if typing else None) or self.key.key
        label = (self.key.typing_label if typing else None) or self.key.label
        self.update(Content.assemble((key, "$accent"), f" {label}"))

    async def action_press(self) -> None:
        await self.screen.run_action(self.key.action)

    async def on_click(self) -> None:
        await self.action_press()


class KeyBar(Vertical):
    """The labels, from left to right, and above them a line for what was just done."""

    DEFAULT_CSS = """
    KeyBar { dock: bottom; height: 2; padding: 0 1; }
    KeyBar > #said { height: 1; color: $accent; text-wrap: nowrap; text-overflow: ellipsis; }
    KeyBar > Horizontal { height: 1; }
    KeyBar _KeyLabel { width: auto; margin-right: 2; }
    KeyBar _KeyLabel:focus { text-style: underline; }
    """
    SHOWN_FOR = 8.0
    """Seconds for which a sentence stays."""

    def __init__(self, *keys: Key) -> None:
        super().__init__(Static("", id="said", markup=False), Horizontal(*(_KeyLabel(key) for key in keys)))
        self._ending: Timer | None = None

    def say(self, sentence: str) -> None:
        """Show a sentence for a while, in place of the last one."""
        said = self.query_one("#said", Static)
        said.update(sentence)
        if self._ending is not None:
            self._ending.stop()
        self._ending = self.set_timer(self.SHOWN_FOR, lambda: said.update(""))

    def show(self, *, typing: bool) -> None:
        """Show the keys that work now: letters do not while somebody types into a field."""
        for label in self.query(_KeyLabel):
            label.show(typing=typing)

    def relabel(self, action: str, label: str) -> None:
        """Call an action by another word, where it means something more particular now."""
        for each in self.query(_KeyLabel):
            if each.key.action == action and each.key.label != label:
                each.key = replace(each.key, label=label)
        self._focus_moved()

    def on_mount(self) -> None:
        """Follow the focus of the screen."""
        self.watch(self.screen, "focused", self._focus_moved)

    def _focus_moved(self) -> None:
        self.show(typing=isinstance(self.screen.focused, Input))
