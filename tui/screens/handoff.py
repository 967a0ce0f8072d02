"""What is handed to an administrator: the files with what each is, one of them to read, all of them to save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from core.provision.handoff.formats import EXTERNAL_ID_FILE, about

from ..handoff_files import save_pack
from ..widgets.header import TwoSided
from ..widgets.keybar import Key, KeyBar
from ..widgets.scrolling import Scrolling
from .base import BaseScreen, close

__all__ = ["FileRow", "HandoffFileScreen", "HandoffScreen"]

_COLUMN = 37
"""Cells of the names, with the mark before them."""

_WAITS = "Leave with q: the setup waits for the administrator, and goes on here."
_WAITS_IN_DEMO = "q ends the demo and all in it. Esc until home, then n: it goes on here."

_X_ADDS, _X_LEAVES_OUT = "external ID", "leave it out"


class FileRow(Widget, can_focus=True):
    """A file's name, and what it is. Enter or a click opens it."""

    DEFAULT_CSS = "FileRow { height: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "open", show=False)]

    class Opened(Message):
        """Somebody wants to read it."""

        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.file_name = name

    def render(self) -> Content:
        """Draw name and description."""
        mark = "> " if self.has_focus else "  "
        name = f"{self.file_name:<{_COLUMN - 2}}"
        row = Content.assemble((mark, "$accent"), name, (about(self.file_name), "$faint"))
        return row.truncate(max(self.content_size.width, 1), ellipsis=True)

    def watch_has_focus(self, _has: bool) -> None:
        """Move the mark along with the focus."""
        super().watch_has_focus(_has)
        self.refresh()

    def action_open(self) -> None:
        """Ask for it."""
        self.post_message(self.Opened(self.file_name))

    def on_click(self) -> None:
        """Ask for it."""
        self.action_open()


class HandoffFileScreen(BaseScreen[bool]):
    """One file to read. It gives back whether it was copied."""

    DEFAULT_CSS = """
    HandoffFileScreen #rail { text-style: bold; }
    HandoffFileScreen #subject { border-bottom: solid $line; height: 2; }
    HandoffFileScreen #text { padding: 1 0 0 1; height: 1fr; }
    HandoffFileScreen #text > Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("c", "copy", "copy", show=False),
    ]
    KEYS = (
        Key("copy", "c", "copy"),
        Key("app.help", "?", "help"),
        Key("back", "Esc", "back"),
        Key("app.leave", "q", "leave"),
    )
    MORE = (Key("app.all_actions", "Ctrl+O", "all actions"),)
    HELP = """[b]c[/b] sends the whole file to the clipboard. Some terminals do not take it: then [b]s[/b] on the \
screen before saves all files. Up, Down and Space scroll."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__()
        self._file = name
        self._text = text
        self._copied = False

    def compose_content(self) -> ComposeResult:
        """Make the head and the text."""
        yield TwoSided(id="rail")
        yield TwoSided(id="subject")
        with VerticalScroll(id="text"):
            yield Static(self._text, markup=False)

    def on_mount(self) -> None:
        """Stand at the first line."""
        lines = len(self._text.splitlines())
        self.query_one("#rail", TwoSided).show(self._file, f"{lines} line{'' if lines == 1 else 's'}")
        self.query_one("#subject", TwoSided).show(about(self._file))
        self.watch_for_more(self._shown)
        self._shown.focus()

    @property
    def _shown(self) -> VerticalScroll:
        return self.query_one("#text", VerticalScroll)

    def action_scroll(self, by: int) -> None:
        """Scroll by a line."""
        self._shown.scroll_relative(y=by, animate=False, immediate=True)

    def action_page(self, by: int) -> None:
        """Scroll by as much as is seen at a time."""
        self._shown.scroll_relative(y=by * (self._shown.size.height - 2), animate=False, immediate=True)

    def action_copy(self) -> None:
        """Send the file to the terminal's clipboard; whether it takes it, nobody is told."""
        self.app.copy_to_clipboard(self._text)
        self._copied = True
        self.say("Sent to the clipboard. If it is not there, save it: Esc, then s.")

    def action_back(self) -> None:
        """Go back to the list."""
        close(self, self._copied)


class HandoffScreen(BaseScreen[bool]):
    """The files by their names; the one with the external ID, where there is one, only when it is asked for.

    `name` is what the folder is named after. In the demo nothing outlasts the app, and that is said. The screen gives
    back whether any of it was copied or saved.
    """

    DEFAULT_CSS = """
    HandoffScreen #rail { text-style: bold; }
    HandoffScreen #subject { border-bottom: solid $line; height: 2; }
    HandoffScreen #files { padding: 1 1 0 1; height: 1fr; }
    HandoffScreen #files > Static { height: auto; }
    HandoffScreen #foot > Static { height: auto; margin-top: 1; }
    HandoffScreen #question { text-style: bold; margin-bottom: 1; }
    HandoffScreen #apart { color: $faint; }
    HandoffScreen #foot { dock: bottom; height: auto; padding: 0 1; background: $background; }
    HandoffScreen #saved { color: $accent; }
    HandoffScreen #waits { color: $faint; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("c", "copy", "copy", show=False),
        Binding("s", "save", "save all", show=False),
        Binding("x", "external_id", "external ID", show=False),
    ]
    KEYS = (
        Key("open", "Enter", "read"),
        Key("copy", "c", "copy"),
        Key("save", "s", "save all"),
        Key("external_id", "x", "external ID"),
        Key("app.help", "?", "help"),
        Key("back", "Esc", "back"),
        Key("app.leave", "q", "leave"),
    )
    MORE = (Key("app.all_actions", "Ctrl+O", "all actions"),)
    HELP = """These files say what Lightly needs in AWS, in the forms that administrators use: one of them is enough. \
The message goes with it.

[b]s[/b] saves all of them in a new folder that only you can read. [b]c[/b] copies the one with the mark.

No file holds a secret. A role demands an external ID: [b]x[/b] adds a file with it. Send that file in another way \
than the rest: [b]s[/b] saves it beside the folder."""
    LEAVING = "Then leave with [b]q[/b]. The setup is kept: start it again when you have the answer."
    LEAVING_IN_DEMO = "With [b]q[/b] the demo ends, and nothing of it stays. Outside of it a setup that waits is kept."

    def __init__(self, files: Mapping[str, str], *, name: str, subject: str, in_demo: bool = False) -> None:
        super().__init__()
        self._files = files
        self._called = name
        self._subject = subject
        self._has_external_id = EXTERNAL_ID_FILE in files
        self._with_external_id = False
        self._in_demo = in_demo
        self._handed_out = False

    def keys(self) -> tuple[Key, ...]:
        """Return what the key bar shows; the external ID only where there is one."""
        keys = (key for key in self.KEYS if self._has_external_id or key.action != "external_id")
        return tuple(replace(key, label=self._x) if key.action == "external_id" else key for key in keys)

    @property
    def _shown(self) -> Mapping[str, str]:
        return {name: text for name, text in self._files.items() if self._with_external_id or name != EXTERNAL_ID_FILE}

    @property
    def _x(self) -> str:
        return _X_LEAVES_OUT if self._with_external_id else _X_ADDS

    def help_text(self) -> str:
        """Say what can be done here, and what comes of leaving."""
        return f"{self.HELP}\n\n{self.LEAVING_IN_DEMO if self._in_demo else self.LEAVING}"

    def compose_content(self) -> ComposeResult:
        """Make the head, and room for the files."""
        yield TwoSided(id="rail")
        yield TwoSided(id="subject")
        with Scrolling(id="files"):
            yield Static("Hand the message over, with one of the other files.", id="question", markup=False)
        with Vertical(id="foot"):
            yield Static("", id="apart", markup=False)
            yield Static("", id="saved", markup=False)
            yield Static(_WAITS_IN_DEMO if self._in_demo else _WAITS, id="waits", markup=False)

    async def on_mount(self) -> None:
        """Stand at the message."""
        self.query_one("#subject", TwoSided).show(self._subject)
        self.query_one("#saved", Static).display = False
        self.watch_for_more(self.query_one("#files", Scrolling))
        await self._show()

    async def _show(self) -> None:
        focused = self.focused.file_name if isinstance(self.focused, FileRow) else None
        await self.query(FileRow).remove()
        rows = [FileRow(name) for name in self._shown]
        await self.query_one("#files", Scrolling).mount_all(rows, after="#question")
        self.query_one("#rail", TwoSided).show("What to hand over", f"{len(rows)} files")
        self.query_one("#apart", Static).update(self._apart())
        self.query_one(KeyBar).relabel("external_id", self._x)
        next((row for row in rows if row.file_name == focused), rows[0]).focus()

    def _apart(self) -> str:
        if not self._has_external_id:
            return "No file holds a secret. The administrator sends the access key in a safe way."
        if self._with_external_id:
            return "The last file holds the external ID: send it another way. s saves it apart."
        return "No file holds a secret. The external ID goes in another way: x adds a file."

    def on_file_row_opened(self, message: FileRow.Opened) -> None:
        """Show the file."""
        self.app.push_screen(HandoffFileScreen(message.name, self._shown[message.name]), self._file_closed)

    def _file_closed(self, copied: bool | None) -> None:
        self._handed_out = self._handed_out or bool(copied)

    def action_open(self) -> None:
        """Show the file with the mark."""
        if isinstance(self.focused, FileRow):
            self.focused.action_open()
        else:
            self.say("Go to a file first, with Up and Down.")

    def action_move(self, by: int) -> None:
        """Go to the file above or below."""
        if by > 0:
            self.focus_next(FileRow)
        else:
            self.focus_previous(FileRow)

    def action_copy(self) -> None:
        """Send a file to the terminal's clipboard; whether it takes it, nobody is told."""
        if not isinstance(self.focused, FileRow):
            self.say("Go to a file first, with Up and Down.")
            return
        self.app.copy_to_clipboard(self._shown[self.focused.file_name])
        self._handed_out = True
        self.say("Sent to the clipboard. If it is not there, s saves all files.")

    def action_save(self) -> None:
        """Save all files in a new folder below the present one, the external ID beside it."""
        saved, shown = save_pack(self._shown, self._called), self.query_one("#saved", Static)
        shown.update("\n".join(saved.lines))
        shown.display = True
        self._handed_out = self._handed_out or saved.is_whole

    def action_back(self) -> None:
        """Go back to the setup. What x added is said to be left out again: it is no part of the setup."""
        below = self.app.screen_stack[-2]
        close(self, self._handed_out)
        if self._with_external_id and isinstance(below, BaseScreen):
            below.say("The external ID is left out of the files again: x adds it.")

    async def action_external_id(self) -> None:
        """Add the file with the external ID, or leave it out again."""
        if not self._has_external_id:
            self.say("There is no external ID: it is a user that is to be made.")
            return
        self._with_external_id = not self._with_external_id
        await self._show()
