"""The bottom line: what can be done here, and the key for it. Each label can be focused and clicked, too."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

__all__ = ["Key", "KeyBar"]

_LESS_NEEDED = ("app.all_actions", "app.help", "back")


@dataclass(frozen=True, slots=True)
class Key:
    """An action of the screen, the key for it, and what is shown while letters go into a field.

    `short` is the label where there is no room for the whole one.
    """

    action: str
    key: str
    label: str
    typing_key: str | None = None
    typing_label: str | None = None
    short: str | None = None


class _KeyLabel(Static, can_focus=True):
    BINDINGS = [Binding("enter,space", "press", show=False)]

    def __init__(self, key: Key) -> None:
        super().__init__(id=f"key-{key.action.replace('.', '-')}")
        self.key = key
        self.is_short = False
        self.show(typing=False)

    def show(self, *, typing: bool) -> None:
        key, label = self._parts(typing=typing)
        self.update(Content.assemble((key, "$accent"), f" {label}"))

    def _parts(self, *, typing: bool) -> tuple[str, str]:
        key = (self.key.typing_key if typing else None) or self.key.key
        label = (self.key.short if self.is_short else None) or self.key.label
        return key, (self.key.typing_label if typing else None) or label

    def wanted_width(self, *, typing: bool) -> int:
        """Return how many cells it takes, with the gap after it."""
        return sum(len(part) for part in self._parts(typing=typing)) + 3

    async def action_press(self) -> None:
        await self.screen.run_action(self.key.action)

    async def on_click(self) -> None:
        await self.action_press()


class KeyBar(Vertical):
    """The labels, from left to right, and above them a line for what was just done, and at its right for a hint."""

    DEFAULT_CSS = """
    KeyBar { dock: bottom; height: 2; padding: 0 1; }
    KeyBar > Horizontal { height: 1; }
    KeyBar #said { width: 1fr; height: 1; color: $accent; text-wrap: nowrap; text-overflow: ellipsis; }
    KeyBar #hint { width: auto; height: 1; color: $faint; }
    KeyBar _KeyLabel { width: auto; margin-right: 2; }
    KeyBar _KeyLabel:focus { text-style: underline; }
    """
    SHOWN_FOR = 8.0
    """Seconds for which a sentence stays."""

    def __init__(self, *keys: Key) -> None:
        super().__init__(
            Horizontal(Static("", id="said", markup=False), Static("", id="hint", markup=False)),
            Horizontal(*(_KeyLabel(key) for key in keys)),
        )
        self._ending: Timer | None = None
        self._offered: frozenset[str] | None = None

    def say(self, sentence: str) -> None:
        """Show a sentence for a while, in place of the last one. The hint makes room for it."""
        said, hint = self.query_one("#said", Static), self.query_one("#hint", Static)

        def show(text: str) -> None:
            said.update(text)
            hint.display = not text

        show(sentence)
        if self._ending is not None:
            self._ending.stop()
        self._ending = self.set_timer(self.SHOWN_FOR, lambda: show(""))

    def hint(self, text: str) -> None:
        """Show a hint at the right of that line; it stays."""
        self.query_one("#hint", Static).update(text)

    def offer(self, actions: frozenset[str]) -> None:
        """Show the labels of these actions only."""
        if actions != self._offered:
            self._offered = actions
            self._fit()

    def show(self, *, typing: bool) -> None:
        """Show the keys that work now: letters do not while somebody types into a field."""
        for label in self.query(_KeyLabel):
            label.show(typing=typing)

    def relabel(self, action: str, label: str, short: str | None = None) -> None:
        """Call an action by another word, where it means something more particular now."""
        for each in self.query(_KeyLabel):
            if each.key.action == action and each.key.label != label:
                each.key = replace(each.key, label=label, short=short)
                self._fit()
        self._focus_moved()

    def on_resize(self) -> None:
        """Fit the labels into the room there is."""
        self._fit()

    def _fit(self) -> None:
        """Shorten labels, then leave out the least needed, where there is no room for all; their keys still work."""
        if not self.content_size.width:
            return
        labels = {label.key.action: label for label in self.query(_KeyLabel)}
        for label in labels.values():
            label.display = self._offered is None or label.key.action in self._offered
            label.is_short = False
        for label in reversed(labels.values()):
            label.is_short = self._is_too_wide(labels)
        for action in _LESS_NEEDED:
            if action in labels and self._is_too_wide(labels):
                labels[action].display = False
        self._focus_moved()

    def _is_too_wide(self, labels: dict[str, _KeyLabel]) -> bool:
        shown = [label for label in labels.values() if label.display]
        wide = max(sum(label.wanted_width(typing=typing) for label in shown) for typing in (False, True))
        return wide - 2 > self.content_size.width

    def on_mount(self) -> None:
        """Follow the focus of the screen."""
        self.watch(self.screen, "focused", self._focus_moved)

    def _focus_moved(self) -> None:
        self.show(typing=isinstance(self.screen.focused, Input))
