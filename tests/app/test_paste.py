"""What is to be pasted, laid out: it fits, and it can still be pasted."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from made_up import COMMAND, STATEMENT

from tui.widgets.paste import laid_out

WIDTHS = st.integers(min_value=20, max_value=120)
WORDS = st.text(st.characters(codec="ascii", exclude_characters="\r\n"), max_size=60)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def test_what_fits_stands_as_it_is() -> None:
    assert laid_out(STATEMENT, 76) == (tuple(STATEMENT.splitlines()), True)
    assert laid_out(COMMAND, 200) == ((COMMAND,), True)


@given(document=DOCUMENTS, width=WIDTHS, indent=st.sampled_from([None, 1, 2]))
def test_json_is_broken_only_where_blanks_mean_nothing(document: object, width: int, indent: int | None) -> None:
    lines, whole = laid_out(json.dumps(document, indent=indent), width)
    assert all(len(line) <= width for line in lines)
    if whole:
        # A terminal hands over what it shows: each line filled up with blanks.
        assert json.loads("\n".join(line.ljust(width) for line in lines)) == document
    assert "".join("".join(lines).split()) == "".join(json.dumps(document).split())


@given(width=WIDTHS)
def test_json_whose_parts_all_fit_can_be_pasted_as_it_is_shown(width: int) -> None:
    document = {"Action": ["s3:PutObject"] * 9, "Note": 'say "{[,:" \\', "Effect": {"Allow": True}}
    lines, whole = laid_out(json.dumps(document), max(width, 24))
    assert whole
    assert json.loads("\n".join(lines)) == document


@given(width=st.integers(min_value=20, max_value=len(COMMAND) - 1))
def test_a_command_that_does_not_fit_is_for_reading_only(width: int) -> None:
    lines, whole = laid_out(COMMAND, width)
    assert not whole
    assert "".join("".join(lines).split()) == "".join(COMMAND.split())
