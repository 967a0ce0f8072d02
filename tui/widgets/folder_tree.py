"""Buckets and folders as a tree that is filled node by node, a page of names at a time."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text, TextType
from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import Tree
from textual.widgets.tree import TreeNode, UnknownNodeID

from core.location import S3Location

__all__ = ["FolderTree", "Node", "Page", "Place", "Said"]

_LONGEST = 28
"""Cells of a name where two of them stand for a page."""
_NARROWEST = 24


@dataclass(slots=True, eq=False)
class Place:
    """What a node stands for that can be opened: a folder, or, where `location` is None, the account's buckets.

    `is_more`: a further page of that place, not the place itself; it begins at `continuation`, and leaves out the one
    that is shown beside it already. `request` is the number of the request that is under way, or 0.
    """

    location: S3Location | None
    is_more: bool = False
    continuation: str | None = None
    beside: S3Location | None = None
    is_meant: bool = False
    request: int = 0
    listed: bool = False


@dataclass(slots=True, eq=False)
class Said:
    """A line that can neither be opened nor taken. `sentence` is the whole of what it is a line of."""

    sentence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a place is filled with. `meant` stand first, and are marked; `remark` is said above them."""

    names: tuple[S3Location, ...] = ()
    meant: tuple[S3Location, ...] = ()
    files: int = 0
    continuation: str | None = None
    remark: str | None = None
    problem: str | None = None


Node = TreeNode[Place | Said]


class FolderTree(Tree[Place | Said], inherit_bindings=False):
    """The tree. It asks for nothing itself: whoever holds it fills a place when its node was opened.

    Of Textual's bindings those are left out that open many nodes at once: each would be a request.
    """

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    COMPONENT_CLASSES: ClassVar[set[str]] = {"folder-tree--said", "folder-tree--meant"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", show=False),
        Binding("up", "cursor_up", show=False),
        Binding("down", "cursor_down", show=False),
        Binding("left", "out", show=False),
        Binding("right", "into", show=False),
        Binding("home", "scroll_home", show=False),
        Binding("end", "scroll_end", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
    ]
    DEFAULT_CSS = """
    FolderTree { background: $background; scrollbar-size-vertical: 1; }
    FolderTree:focus { background-tint: $background 0%; }
    FolderTree > .tree--guides, FolderTree:focus > .tree--guides { color: $line; }
    FolderTree > .tree--cursor, FolderTree:focus > .tree--cursor {
        background: $panel; color: $accent; text-style: underline;
    }
    FolderTree > .folder-tree--said { color: $faint; }
    FolderTree > .folder-tree--meant { color: $accent; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__("", id=id)
        self.show_root = False
        self.guide_depth = 3
        self.auto_expand = False
        self.root.expand()

    # How it looks

    def process_label(self, label: TextType) -> Text:
        """Take a label as it is: no markup, and nothing in it that could steer the terminal."""
        text = label.plain if isinstance(label, Text) else label
        return Text("".join(each if each.isprintable() else "·" for each in text), no_wrap=True)

    def get_label_width(self, node: Node) -> int:
        """Measure a label without drawing it: this is asked for each line whenever a node opens."""
        return cell_len(str(node.label)) + (len(self.ICON_NODE) if node.allow_expand else 0) + len(_mark(node))

    def render_label(self, node: Node, base_style: Style, style: Style) -> Text:
        """Draw a label, with a mark where the folder is probably the one that was meant."""
        text = super().render_label(node, base_style, style)
        if isinstance(node.data, Said):
            text.stylize(self.get_component_rich_style("folder-tree--said", partial=True))
        return text.append(_mark(node), self.get_component_rich_style("folder-tree--meant", partial=True))

    # What is in it

    def is_here(self, node: Node) -> bool:
        """Tell whether a node is still in the tree."""
        try:
            return self.get_node_by_id(node.id) is node
        except UnknownNodeID:
            return False

    def add_place(self, under: Node, place: Place, label: str | None = None, *, is_open: bool = False) -> Node:
        """Add a node that can be opened; without a label it is called by its own name."""
        return under.add(label or _name(place), place, expand=is_open)

    def wait(self, node: Node) -> None:
        """Show that a place is being asked for."""
        node.remove_children()
        node.add_leaf("…", Said())

    def fill(self, node: Node, place: Place, page: Page) -> None:
        """Show what is in a place, or why that is not known. What comes after it is a node of its own."""
        node.remove_children()
        for sentence in filter(None, (page.remark, page.problem)):
            self._tell(node, sentence)
        place.listed = page.problem is None
        if not place.listed:
            return
        for location in page.meant:
            self.add_place(node, Place(location, is_meant=True))
        shown = {*page.meant, place.beside}
        names = [location for location in page.names if location not in shown]
        for location in names:
            self.add_place(node, Place(location))
        if page.files:
            node.add_leaf(f"{page.files:,} file{'' if page.files == 1 else 's'}", Said())
        elif not (names or page.meant or page.continuation):
            node.add_leaf("nothing else here" if place.is_more else "nothing here", Said())
        if place.is_more:
            node.set_label(_span(names, page.files) if place.continuation else str(node.label).removesuffix(" …"))
            self._fold_others(node)
        if page.continuation:
            more = Place(place.location, is_more=True, continuation=page.continuation, beside=place.beside)
            self.add_place(node.parent if place.is_more and node.parent else node, more, "more …")

    def _fold_others(self, node: Node) -> None:
        """Close the pages beside this one, so that the tree never has to lay out more than a few thousand lines."""
        for each in node.siblings:
            if each is not node and isinstance(each.data, Place) and each.data.is_more and each.is_expanded:
                each.collapse()

    def _tell(self, node: Node, sentence: str, before: int | None = None) -> None:
        """Say something below a node, in as many lines as it takes."""
        depth, above = 1, node.parent
        while above is not None:
            depth, above = depth + 1, above.parent
        room = max(self.size.width - self.guide_depth * depth, _NARROWEST)
        for number, line in enumerate(textwrap.wrap(sentence, room)):
            node.add_leaf(line, Said(sentence), before=None if before is None else before + number)

    def on_resize(self, _: events.Resize) -> None:
        """Break what is said anew."""
        self._tell_anew(self.root)

    def _tell_anew(self, node: Node) -> None:
        told: dict[str, list[Node]] = {}
        for child in node.children:
            if isinstance(child.data, Said) and child.data.sentence:
                told.setdefault(child.data.sentence, []).append(child)
            elif child.children:
                self._tell_anew(child)
        for sentence, lines in told.items():
            at = list(node.children).index(lines[0])
            for line in lines:
                line.remove()
            self._tell(node, sentence, at)

    # What is done

    def go_to(self, node: Node) -> None:
        """Put the cursor on a node that may have been added just now."""
        if self.last_line >= 0 and self.is_here(node):  # asking for the last line counts them, the new ones too
            self.move_cursor(node)

    def action_into(self) -> None:
        """Open the folder; in one that is open, go to its first line."""
        node = self.cursor_node
        if node is not None and node.allow_expand and not node.is_expanded:
            node.expand()
        else:
            self.action_cursor_down()

    def action_out(self) -> None:
        """Close the folder; from one that is closed, go to the one it is in."""
        node = self.cursor_node
        if node is None:
            return
        if node.allow_expand and node.is_expanded:
            node.collapse()
        elif node.parent is not None and not node.parent.is_root:
            self.go_to(node.parent)


def _name(place: Place) -> str:
    if place.location is None:
        return "buckets"
    *_, name = place.location.prefix.removesuffix("/").split("/")
    return f"{name}/" if place.location.prefix else place.location.bucket


def _mark(node: Node) -> str:
    return "   this one?" if isinstance(node.data, Place) and node.data.is_meant else ""


def _span(names: Sequence[S3Location], files: int) -> str:
    """Name a page by its first and its last name."""
    ends = dict.fromkeys(_cut(_name(Place(location))) for location in (*names[:1], *names[-1:]))
    return " to ".join(ends) if ends else f"{files:,} more files"


def _cut(name: str) -> str:
    return name if cell_len(name) <= _LONGEST else name[: _LONGEST // 2] + "…"
