"""Drawing with ASCII alone: whatever is drawn comes out as ASCII, in as many cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color

from tui.ascii_only import AsciiFilter, ascii_cells

LINES = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12), max_size=6)


def drawn(line: str) -> str:
    return "".join(letter for letter, _ in ascii_cells([(letter, None) for letter in line]))


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("List ✓ works", "List + works"),
        ("Write ✗ fails", "Write x fails"),
        ("Read – not needed", "Read - not needed"),
        ("Read … checking", "Read ~ checking"),
        ("Read · not checked", "Read . not checked"),
        ("Trying the token …    ", "Trying the token ...  "),
        ("user/x, key AKIA…7Q2F   from here", "user/x, key AKIA...7Q2F from here"),
        ("cut to the very end…", "cut to the very end~"),
        ("┌──┐│█│", "+--+| |"),
        ("“Users”", '"Users"'),
        ("••••", "****"),
        ("Zürich", "Zurich"),
        ("畑", "??"),
    ],
)
def test_symbols_borders_and_dots_have_a_plain_form(line: str, plain: str) -> None:
    assert drawn(line) == plain


@given(parts=LINES)
def test_everything_is_ascii_and_takes_as_many_cells(parts: list[str]) -> None:
    segments = [Segment(part) for part in parts]
    plain = "".join(segment.text for segment in AsciiFilter().apply(segments, Color.parse("black")))
    assert plain.isascii()
    assert len(plain) == sum(cell_len(letter) for part in parts for letter in part)
