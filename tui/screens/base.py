"""What every screen of the app shares: the keys that arrive everywhere, and the check that there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from ..widgets.copy_row import CopyRow
from ..widgets.keybar import Key, KeyBar

__all__ = ["MIN_HEIGHT", "MIN_WIDTH", "BaseScreen", "NewestSize", "close"]

_Result = TypeVar("_Result")

if TYPE_CHECKING:
    from typing_extensions import TypeVar as _TypeVar  # only that one knows a default, before Python 3.13

    _Given = _TypeVar("_Given", default=None)
else:
    _Given = TypeVar("_Given")

MIN_WIDTH = 60
MIN_HEIGHT = 20


def close(screen: Screen[_Result], result: _Result | None = None) -> None:
    """Close a screen. Of two quick keys the second finds it closed, and must not close the one below."""
    if screen.app.screen is screen:
        screen.dismiss(result)


class NewestSize(MessagePump):
    """A screen that takes no size which the terminal has no more.

    Laid out, a screen tells itself its new size. Two sizes that wait with something between them are laid out by
    turns, for ever (Textual 8): an old one must not be taken.
    """

    def on_resize(self, event: events.Resize) -> None:
        """Leave an old size; the newest has arrived, or is on its way."""
        if event.size != self.app.size:
            event.prevent_default()


class BaseScreen(NewestSize, Screen[_Given]):
    """A screen with content and a key bar. Below 60x20 it says how much room it needs, and keeps everything.

    A screen that gives something when it is closed says of which type: `BaseScreen[S3Location | None]`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", show=False),
        Binding("b", "back", "back", show=False),
        Binding("question_mark,f1", "app.help", "help", show=False),
        Binding("colon", "app.all_actions", "all actions", show=False),
        Binding("q", "app.leave", "leave", show=False),
        Binding("r,ctrl+r", "check_again", "check again", show=False),
    ]
    DEFAULT_CSS = """
    BaseScreen #too-small { display: none; width: 100%; height: 100%; content-align: center middle; }
    BaseScreen.-too-small > * { display: none; }
    BaseScreen.-too-small > #too-small { display: block; }
    BaseScreen > #content { height: 1fr; }
    """
    HELP: ClassVar[str] = ""
    KEYS: ClassVar[tuple[Key, ...]] = ()

    MORE: ClassVar[tuple[Key, ...]] = ()
    AUTO_FOCUS = ""
    _scrolled: Widget | None = None

    def keys(self) -> tuple[Key, ...]:
        """Return what the key bar shows."""
        return self.KEYS

    def all_keys(self) -> tuple[Key, ...]:
        """Return every action of the screen: those of the key bar, and those that it has no room for."""
        return (*self.keys(), *self.MORE)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let nothing but leaving happen on a screen that cannot be seen, and nothing at all while the app ends."""
        if self.app.return_code is not None:
            return False
        if self.has_class("-too-small") and action != "leave":
            return False
        return super().check_action(action, parameters)

    def compose(self) -> ComposeResult:
        """Make the content, the key bar, and the sentence for a terminal that is too small."""
        with Vertical(id="content"):
            yield from self.compose_content()
        yield KeyBar(*self.keys())
        yield Static("", id="too-small", markup=False)

    def compose_content(self) -> ComposeResult:
        """Make what the screen is about."""
        yield from ()

    def on_resize(self, _: events.Resize) -> None:
        """Show the screen, or how much room it needs."""
        size = self.app.size
        small = size.width < MIN_WIDTH or size.height < MIN_HEIGHT
        if small:
            self.query_one("#too-small", Static).update(
                f"bucketlight needs {MIN_WIDTH}x{MIN_HEIGHT}; this terminal has {size.width}x{size.height}.\n"
                "Make it larger. Nothing is lost."
            )
        self.set_class(small, "-too-small")
        self._hint_later()

    def is_closed(self) -> bool:
        """Tell whether this screen was left: a key or a fact that was under way then changes nothing any more."""
        # While the app ends, its screens are still on the stack, but emptied one by one.
        return self not in self.app.screen_stack or self.app.return_code is not None

    def watch_for_more(self, scrolled: Widget) -> None:
        """Follow whether there is more of it than is seen, and say so in the key bar."""
        self._scrolled = scrolled
        for name in ("scroll_y", "virtual_size"):
            self.watch(scrolled, name, self._hint_later, init=False)

    def _hint_later(self) -> None:
        self.call_after_refresh(self._hint)

    def _hint(self) -> None:
        if (scrolled := self._scrolled) is not None and not self.is_closed():
            self.query_one(KeyBar).hint("Down for more" if scrolled.scroll_y < scrolled.max_scroll_y else "")

    def say(self, sentence: str) -> None:
        """Say what was just done, or why it was not, above the key bar."""
        self.query_one(KeyBar).say(sentence)

    def on_copy_row_wanted(self, message: CopyRow.Wanted) -> None:
        """Send a value to the terminal's clipboard, whole; whether it takes it, nobody is told."""
        self.app.copy_to_clipboard(message.row.text)
        self.say(f"{message.row.label}: sent to the clipboard.")

    def action_reveal(self) -> None:
        """Show the secrets among the values to be copied, or hide them again."""
        rows = [row for row in self.query(CopyRow) if row.is_secret]
        on = not any(row.is_revealed for row in rows)
        for row in rows:
            row.reveal(on=on)

    def help_text(self) -> str:
        """Say what can be done here; Textual's markup."""
        return self.HELP

    def action_back(self) -> None:
        """Go back to the screen before."""
        if len(self.app.screen_stack) > 1:
            close(self)

    def action_check_again(self) -> None:
        """Check again what the screen is about."""
