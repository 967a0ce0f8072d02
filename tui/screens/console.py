"""The way through the AWS console: numbered steps, in which every value is ready to be copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from core.access import Secret

from ..instructed import steps_as_text
from ..text_file import save_text
from ..widgets.copy_row import CopyRow
from ..widgets.header import TwoSided
from ..widgets.keybar import Key
from ..widgets.lines import Lines
from ..widgets.scrolling import Scrolling
from .base import BaseScreen

if TYPE_CHECKING:
    from core.console import Instruction

__all__ = ["ConsoleScreen", "as_text"]

_HIDDEN = "(not written here: the app shows it)"


def as_text(title: str, instructions: tuple[Instruction, ...]) -> str:
    """Write the steps down, to be handed on. Secrets are left out."""
    steps = steps_as_text(instructions, lambda _: _HIDDEN)
    return "\n\n".join((title, *("\n".join(lines) for lines in steps))) + "\n"


class ConsoleScreen(BaseScreen):
    """Shows the steps. Up and Down go from value to value, and scroll beyond the last."""

    DEFAULT_CSS = """
    ConsoleScreen #rail { text-style: bold; }
    ConsoleScreen #subject { border-bottom: solid $line; height: 2; }
    ConsoleScreen #steps { padding: 1 1 0 1; height: 1fr; }
    ConsoleScreen .step { height: auto; margin-bottom: 1; }
    ConsoleScreen .step Lines { padding-left: 0; }
    ConsoleScreen .step CopyRow { margin-left: 3; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("enter,c", "copy", "copy", show=False),
        Binding("v", "reveal", "show", show=False),
        Binding("s", "save", "save", show=False),
    ]
    KEYS = (
        Key("copy", "Enter", "copy"),
        Key("reveal", "v", "show secret", short="show"),
        Key("save", "s", "save as text", short="save"),
        Key("app.help", "?", "help"),
        Key("back", "Esc", "back"),
        Key("app.leave", "q", "leave"),
    )
    MORE = (Key("app.all_actions", "Ctrl+O", "all actions"),)
    HELP = """Do these steps in the AWS console, in a browser. Up and Down go from value to value; Enter sends one to \
the clipboard. Some terminals do not take it: then [b]s[/b] saves everything to a text file.

An external ID is dots until [b]v[/b] shows it, and is never written to that file. Treat it like a passphrase.

Come back with Esc and enter what AWS has given you."""

    def __init__(self, instructions: tuple[Instruction, ...], *, title: str, subject: str, stem: str) -> None:
        """Make it. `stem` names the file that `s` writes, without its ending."""
        super().__init__()
        self._instructions = instructions
        self._title = title
        self._subject = subject
        self._stem = stem

    def keys(self) -> tuple[Key, ...]:
        """Return what the key bar shows; showing a secret only where there is one."""
        has_secret = any(isinstance(value.value, Secret) for each in self._instructions for value in each.values)
        return tuple(key for key in self.KEYS if has_secret or key.action != "reveal")

    def compose_content(self) -> ComposeResult:
        """Make the head and the steps."""
        yield TwoSided(id="rail")
        yield TwoSided(id="subject")
        with Scrolling(id="steps"):
            for number, instruction in enumerate(self._instructions, 1):
                with Vertical(classes="step"):
                    yield Lines((f"{number}. {instruction.text}",))
                    for value in instruction.values:
                        yield CopyRow(value.label, value.value)

    def on_mount(self) -> None:
        """Stand at the first step."""
        count = len(self._instructions)
        self.query_one("#rail", TwoSided).show(self._title, f"{count} step{'' if count == 1 else 's'}")
        self.query_one("#subject", TwoSided).show(self._subject)
        self.watch_for_more(self._text)
        for row in self.query(CopyRow):
            row.focus()
            break

    @property
    def _text(self) -> Scrolling:
        return self.query_one("#steps", Scrolling)

    def action_move(self, by: int) -> None:
        """Go to the value above or below, with the step that it belongs to in view; where there is none, scroll."""
        rows = list(self.query(CopyRow))
        index = rows.index(self.focused) + by if isinstance(self.focused, CopyRow) else -1
        if not 0 <= index < len(rows):
            self._text.scroll_relative(y=by, animate=False, immediate=True)
            return
        row = rows[index]
        row.focus(scroll_visible=False)
        if isinstance(row.parent, Vertical):
            self._text.scroll_to_widget(row.parent, animate=False, immediate=True)
        self._text.scroll_to_widget(row, animate=False, immediate=True)

    def action_page(self, by: int) -> None:
        """Scroll by as much as is seen at a time."""
        self._text.scroll_relative(y=by * (self._text.size.height - 2), animate=False, immediate=True)

    def action_copy(self) -> None:
        """Copy the value with the focus."""
        if isinstance(self.focused, CopyRow):
            self.focused.action_copy()
        else:
            self.say("Go to a value with Tab, then Enter.")

    def action_save(self) -> None:
        """Save the steps to a new file in the present folder."""
        self.say(save_text(self._stem, as_text(f"{self._title}: {self._subject}", self._instructions)))
