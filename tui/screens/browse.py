"""Looking for the folder: buckets and folders, each opened when somebody opens it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static, Tree

from core.lights.threads import DaemonThreads
from core.location import S3Location
from core.survey import Browser, Buckets, Level, Opened

from ..widgets.folder_tree import FolderTree, Node, Page, Place, Said
from ..widgets.header import TwoSided
from ..widgets.keybar import Key, KeyBar
from .base import BaseScreen, close

__all__ = ["BrowseScreen"]

_ASKS_LEVEL = "Opening a folder asks S3 for its list (ListObjectsV2)."
_ASKS_BUCKETS = "Opening this asks S3 for your buckets (ListBuckets)."


class BrowseScreen(BaseScreen[S3Location | None]):
    """Gives the folder that was taken, or None. It begins at `start`, or at the list of buckets.

    `browser` is made by what is given for it, on a thread, since that may load what is slow to load.
    """

    CSS_PATH = "browse.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "take", show=False),
    ]
    KEYS = (
        Key("open", "Enter", "open"),
        Key("take", "Space", "take this folder", short="take it"),
        Key("check_again", "r", "ask again"),
        Key("app.help", "?", "help"),
        Key("back", "Esc", "back"),
        Key("app.leave", "q", "leave"),
    )
    MORE = (Key("app.all_actions", "Ctrl+O", "all actions"),)
    HELP = """[b]Up[/b] and [b]Down[/b] go through the folders. [b]Enter[/b] opens and closes one, [b]Right[/b] and \
[b]Left[/b] do so too. [b]Space[/b] takes the folder with the cursor as the answer, opened or not.

Each opening is one request, for at most 1,000 names; [b]more …[/b] asks for the next. Only lists are asked for, no \
file is read. Where a list is refused, you can still take the folder, or go back and enter its URI."""
    _THREADS = DaemonThreads(cap=8, name="browse")

    class Listed(Message):
        """What a place has was found out. Posted from a thread."""

        def __init__(self, node: Node, request: int, found: Level | Buckets) -> None:
            self.node = node
            self.request = request
            self.found = found
            super().__init__()

    class Found(Message):
        """The folder to begin at was looked for. Posted from a thread."""

        def __init__(self, node: Node, request: int, opened: Opened) -> None:
            self.node = node
            self.request = request
            self.opened = opened
            super().__init__()

    def __init__(self, browser: Callable[[], Browser], start: S3Location | None = None) -> None:
        super().__init__()
        self._make = browser
        self._start = start
        self._made: Browser | None = None
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._shown = ("", "", "")

    def compose_content(self) -> ComposeResult:
        """Make the head and the tree."""
        yield TwoSided(id="rail")
        yield Static("", id="asks", markup=False)
        yield Static("", id="chosen", markup=False)
        yield FolderTree(id="tree")

    @property
    def _tree(self) -> FolderTree:
        return self.query_one(FolderTree)

    def on_mount(self) -> None:
        """Begin at the folder that was given, or at the buckets."""
        self.query_one("#rail", TwoSided).show("Look for the folder")
        tree = self._tree
        tree.focus()
        if self._start is None:
            tree.root.data = Place(None)
            self._ask(tree.root, tree.root.data)
        else:
            self._begin_at(self._start)
        self._show_chosen()

    def on_resize(self, _: events.Resize) -> None:
        """Give the keys back to the tree after the terminal was too small to show it."""

        def focus() -> None:
            if self.focused is None:
                self._tree.focus()

        self.call_after_refresh(focus)

    # What is asked

    def _begin_at(self, start: S3Location) -> None:
        """Show the way to a folder, of which nothing but the end is asked for."""
        tree = self._tree
        at = node = tree.add_place(tree.root, Place(S3Location(start.bucket, "")), is_open=True)
        tree.add_place(tree.root, Place(None, is_more=True, beside=S3Location(start.bucket, "")), "other buckets …")
        for end in [index + 1 for index, sign in enumerate(start.prefix) if sign == "/"]:
            above, here = node.data, S3Location(start.bucket, start.prefix[:end])
            at = tree.add_place(node, Place(here), is_open=True)
            if isinstance(above, Place):
                above.listed = True
                tree.add_place(node, Place(above.location, is_more=True, beside=here), "other folders …")
            node = at
        place = at.data
        if isinstance(place, Place):
            place.request = request = next(self._numbers)
            tree.wait(at)
            self._run(at, request, lambda browser: self.Found(at, request, browser.open(start)))
        self.call_after_refresh(tree.go_to, at)

    def _ask(self, node: Node, place: Place) -> None:
        """Ask for what is in a place; what was asked for before is of no use then."""
        place.request = request = next(self._numbers)
        self._tree.wait(node)
        location, continuation = place.location, place.continuation

        def work(browser: Browser) -> Message:
            if location is None:
                return self.Listed(node, request, browser.buckets(continuation))
            return self.Listed(node, request, browser.level(location.bucket, location.prefix, continuation))

        self._run(node, request, work)

    def _run(self, node: Node, request: int, work: Callable[[Browser], Message]) -> None:
        def job() -> None:
            try:
                with self._lock:
                    browser = self._made = self._made or self._make()
                message = work(browser)
            except Exception as error:  # noqa: BLE001 - on a thread it would vanish, and the tree wait for ever
                sentence = _why(error)
                message = self.Listed(node, request, Level(problem=sentence))
            self.post_message(message)

        self._THREADS.run(job)

    # What came

    def on_browse_screen_listed(self, message: Listed) -> None:
        """Show what is in a place, if that is still wanted."""
        place = self._awaited(message.node, message.request)
        if place is not None:
            self._tree.fill(message.node, place, _page(message.found, place))
            self._settle(message.node if self._tree.cursor_node is None else None)

    def on_browse_screen_found(self, message: Found) -> None:
        """Show the folder to begin at; or the one above it, with those that were probably meant first."""
        if self._awaited(message.node, message.request) is None:
            return
        opened, node = message.opened, message.node
        while node.parent is not None and _location(node) != opened.location:
            node = node.parent
        if isinstance(node.data, Place):
            self._tree.fill(node, node.data, _opened_page(opened))
            meant = next((each for each in node.children if isinstance(each.data, Place) and each.data.is_meant), None)
            self._settle(meant or node)

    def _awaited(self, node: Node, request: int) -> Place | None:
        """Return the place that a result is for; None where it was asked for again, or is there no more."""
        place = node.data
        if not isinstance(place, Place) or place.request != request or not self._tree.is_here(node):
            return None
        place.request = 0
        return place

    def _settle(self, cursor: Node | None = None) -> None:
        """Once the new lines are there, put the cursor on this one, if any, and say what is chosen."""

        def settle() -> None:
            if cursor is not None:
                self._tree.go_to(next(iter(cursor.children), cursor) if cursor.is_root else cursor)
            self._show_chosen()

        self.call_after_refresh(settle)

    # What is chosen

    def _show_chosen(self) -> None:
        """Say what Space would take, what Enter would do, and what that asks."""
        node, taken = self._tree.cursor_node, self._takes()
        place = (node or self._tree.root).data
        asks = _ASKS_BUCKETS if isinstance(place, Place) and place.location is None else _ASKS_LEVEL
        enter = "close" if node is not None and node.allow_expand and node.is_expanded else "open"
        shown = (asks, taken.uri if taken else "–", enter)
        if shown == self._shown:
            return  # each update lays the screen out anew, and the cursor may be held down
        self._shown = shown
        self.query_one("#asks", Static).update(shown[0])
        self.query_one("#chosen", Static).update(shown[1])
        self.query_one(KeyBar).relabel("open", enter)

    def _takes(self) -> S3Location | None:
        node = self._tree.cursor_node
        return _location(node) if node is not None else None

    def on_tree_node_highlighted(self) -> None:
        """Follow the cursor."""
        self._show_chosen()

    def on_tree_node_selected(self, message: Tree.NodeSelected[Place | Said]) -> None:
        """Open or close what was pressed."""
        if message.node.allow_expand:
            message.node.toggle()

    def on_tree_node_expanded(self, message: Tree.NodeExpanded[Place | Said]) -> None:
        """Ask for what is in a folder that was opened, unless that is known or under way."""
        place = message.node.data
        if isinstance(place, Place) and not place.listed and not place.request:
            self._ask(message.node, place)
        self._show_chosen()

    def on_tree_node_collapsed(self) -> None:
        """Say anew what Enter does."""
        self._show_chosen()

    def action_open(self) -> None:
        """Open or close the folder with the cursor."""
        self._tree.focus()
        self._tree.action_select_cursor()

    def action_take(self) -> None:
        """Close with the folder that has the cursor."""
        taken = self._takes()
        if taken is None:
            self.say("Go to a folder first: Up and Down do that.")
        else:
            close(self, taken)

    def action_check_again(self) -> None:
        """Ask anew for what is in the folder with the cursor."""
        node = self._tree.cursor_node or self._tree.root
        while not isinstance(node.data, Place) and node.parent is not None:
            node = node.parent
        if isinstance(node.data, Place):
            self._ask(node, node.data)
            node.expand()


def _why(error: Exception) -> str:
    """Say why there is nothing to look with. Errors about credentials have sentences of their own, without secrets."""
    kind = type(error).__name__
    if kind == "CodeWantedError":
        return "This profile asks for an MFA code. Give it in the step Keys, then look from there."
    if kind == "CredentialsError":
        return f"{error} {getattr(error, 'fix', '')}"
    return f"Nothing could be asked ({kind}). Go back and enter the folder's URI."


def _location(node: Node) -> S3Location | None:
    """Name the folder that a node stands for; a further page of one stands for none."""
    return node.data.location if isinstance(node.data, Place) and not node.data.is_more else None


def _page(found: Level | Buckets, place: Place) -> Page:
    if isinstance(found, Buckets):
        names = tuple(S3Location(name, "") for name in found.names)
        return Page(names=names, continuation=found.continuation, problem=found.problem)
    bucket = place.location.bucket if place.location else ""
    names = tuple(S3Location(bucket, prefix) for prefix in found.folders)
    return Page(names=names, files=found.files, continuation=found.continuation, problem=found.problem)


def _opened_page(opened: Opened) -> Page:
    bucket, level = opened.location.bucket, opened.level
    remark = None
    if opened.missing is not None:
        name = opened.missing[len(opened.location.prefix) :]
        remark = f"There is no {name} here." + (" One of these may be meant:" if opened.similar else "")
    return Page(
        names=tuple(S3Location(bucket, prefix) for prefix in level.folders),
        meant=tuple(S3Location(bucket, prefix) for prefix in opened.similar),
        files=level.files,
        continuation=level.continuation,
        remark=remark,
        problem=level.problem,
    )
