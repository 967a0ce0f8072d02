"""The pages that are made from code are as the code would make them now, and say all that it knows."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import pytest

from core.aws.calls import CALLS
from core.lightly.calls import CALLS as LIGHTLY_CALLS

_DOCS = Path(__file__).resolve().parents[2] / "docs"


def _pages() -> Mapping[str, str]:
    make = cast("Callable[[], Mapping[str, str]]", runpy.run_path(str(_DOCS / "make.py"))["pages"])
    return make()


@pytest.mark.parametrize("name", sorted(_pages()))
def test_a_page_is_as_the_code_makes_it(name: str) -> None:
    file = _DOCS / name
    current = file.read_text(encoding="utf-8") if file.exists() else ""
    assert current == _pages()[name], "run python docs/make.py"


def test_no_page_is_left_over() -> None:
    assert {file.name for file in _DOCS.glob("*.md")} == set(_pages())


def test_every_request_has_its_line() -> None:
    page = _pages()["requests.md"]
    for call in CALLS:
        assert re.search(
            rf"^\| {call.service} \*\*{call.operation}\*\*{', ' if call.how else ' '}.*", page, re.MULTILINE
        )
        assert call.stage in page
    for entry in LIGHTLY_CALLS:
        assert f"| {entry.method} `{entry.path}` |" in page


def test_every_table_has_as_many_cells_in_each_row() -> None:
    for name, page in _pages().items():
        rows = [re.split(r"(?<!\\)\|", line) for line in page.splitlines() if line.startswith("|")]
        assert rows, name
        tables: list[set[int]] = []
        for line in page.splitlines():
            if line.startswith("|"):
                tables[-1].add(len(re.split(r"(?<!\\)\|", line)))
            else:
                tables.append(set())
        assert all(len(widths) <= 1 for widths in tables), name
