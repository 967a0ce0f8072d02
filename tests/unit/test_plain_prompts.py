"""The pure parts of the plain setup: words, questions, answers, lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import core.guide
from core.access import Secret
from core.console import Copyable, Instruction
from core.guide.agreeing import account_field
from core.guide.fields import (
    Choice,
    Copy,
    Info,
    Link,
    Opens,
    Option,
    Problem,
    SecretText,
    Shown,
    StepView,
    Text,
    Toggle,
)
from core.lights.states import CheckReport, Light, Note, State
from core.needs import Operation
from tui.plain.console import to_ascii, visible
from tui.plain.lights import light_lines, why_lines
from tui.plain.prompts import (
    Input,
    NotUnderstoodError,
    in_words,
    instruction_lines,
    offer_line,
    prompt,
    read_answer,
    reading_lines,
    shown_raw,
)
from tui.plain.words import Word, read

PLACES = Choice(
    name="where",
    label="Where",
    options=(Option("same", "The same folder", "under .lightly/"), Option("elsewhere", "Another place")),
    value="same",
)
THUMBNAILS = Toggle(name="thumbnails", label="Thumbnails", value=True, note="shown faster")
REGION = Text(name="region", label="Region", value="", placeholder="eu-central-1", note="empty: it is looked up")
KEY = SecretText(name="secret_access_key", label="Secret access key")


@pytest.mark.parametrize("text", ["back", " Back ", "BACK"])
def test_a_word_is_known_in_any_case(text: str) -> None:
    assert read(text) is Word.BACK


@pytest.mark.parametrize(
    ("line", "answer"),
    [(r"\back", "back"), (r"\Help", "Help"), (r"\\back", r"\back"), (r"\?", "?"), (r"\folder", r"\folder"), ("", "")],
)
def test_a_backslash_makes_an_answer_of_a_word_and_stays_elsewhere(line: str, answer: str) -> None:
    assert read(line) == answer


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"])))
def test_every_text_can_be_given_as_an_answer(text: str) -> None:
    line = text if not isinstance(read(text), Word) and read(text) == text else f"\\{text.strip()}"
    answer = read(line)
    assert not isinstance(answer, Word)
    assert answer.strip() == text.strip()


def test_a_choice_numbers_its_options_and_marks_the_current_one() -> None:
    lines, question = prompt(PLACES, "elsewhere")
    assert lines == ("Where", "  1 The same folder  - under .lightly/", "  2 Another place  (current)")
    assert question == "Number [2]:"


@pytest.mark.parametrize("line", ["2", "elsewhere", "another PLACE", " 2 "])
def test_an_option_is_chosen_by_number_value_or_label(line: str) -> None:
    assert read_answer(PLACES, line, "same") == "elsewhere"


@pytest.mark.parametrize("line", ["0", "3", "-1", "s", "²"])
def test_what_is_no_option_is_not_understood(line: str) -> None:
    with pytest.raises(NotUnderstoodError, match="number from 1 to 2"):
        read_answer(PLACES, line, "same")


def test_a_toggle_asks_y_or_n() -> None:
    assert prompt(THUMBNAILS, True) == ((), "Thumbnails (shown faster) y/n [y]:")
    assert read_answer(THUMBNAILS, "n", True) is False
    assert read_answer(THUMBNAILS, "YES", False) is True
    with pytest.raises(NotUnderstoodError):
        read_answer(THUMBNAILS, "perhaps", True)


def test_a_text_shows_its_note_and_an_example_until_there_is_a_value() -> None:
    assert prompt(REGION, "")[1] == "Region (empty: it is looked up; such as eu-central-1):"
    kept = Text(name="region", label="Region", value="eu-west-1", placeholder="eu-central-1")
    assert prompt(kept, "eu-west-1")[1] == "Region [eu-west-1]:"


def test_what_is_typed_to_agree_is_named_and_no_wrong_one_is_kept() -> None:
    field = account_field("580149301028")
    assert prompt(field, "")[1] == "Type 580149301028 to agree:"
    assert prompt(field, "580149301027")[1] == "Type 580149301028 to agree:"
    assert read_answer(field, "", "580149301027") == ""


def test_what_was_only_just_typed_is_not_repeated() -> None:
    assert "eu-west" not in prompt(REGION, "eu-west-1")[1]


def test_a_key_id_that_may_be_a_secret_is_not_shown() -> None:
    field = Text(name="output_access_key_id", label="Access key ID", value="canarySecretKey/0123456789abcdefghijKLMN")
    assert prompt(field, field.value)[1] == "Access key ID [keep]:"


@pytest.mark.parametrize("name", ["access_key_id", "output_access_key_id"])
def test_of_a_key_id_four_letters_are_shown_at_either_end(name: str) -> None:
    known = Text(name=name, label="Access key ID", value="AKIAIOSFODNN7EXAMPLE")
    assert prompt(known, known.value)[1] == "Access key ID [AKIA…MPLE]:"
    assert read_answer(known, "", known.value) == known.value


@pytest.mark.parametrize("field", [PLACES, THUMBNAILS, REGION, KEY])
def test_an_empty_line_keeps_what_stands_there(field: Input) -> None:
    assert read_answer(field, "  ", "what stands") == "what stands"


def test_a_single_minus_empties_a_text() -> None:
    assert read_answer(REGION, "-", "eu-west-1") == ""
    assert read_answer(REGION, "\\-", "eu-west-1") == "-"


def test_a_known_secret_is_kept_and_never_shown() -> None:
    assert prompt(SecretText(name="token", label="Token", kept=True), "")[1] == "Token (not shown) [keep]:"
    assert prompt(KEY, "typed before")[1] == "Secret access key (not shown) [keep]:"


def view_of(*fields: Input) -> StepView:
    return StepView(
        step="output",
        number=1,
        total=1,
        title="Output",
        question="?",
        consequence="",
        fields=fields,
        preview=(),
        problems={},
        hints={},
        waiting=None,
        done=(),
        upcoming=(),
    )


def test_only_what_is_shown_is_handed_in() -> None:
    there = Text(name="uri", label="URI", value="", only_if=Shown("where", ("elsewhere",)))
    below = Text(name="own_key", label="Key", value="x", only_if=Shown("uri", ("s3://a/",)))
    view = view_of(PLACES, there, below)
    assert shown_raw(view, {"uri": "s3://a/"}) == {"where": "same"}
    answers = {"where": "elsewhere", "uri": "s3://a/"}
    assert shown_raw(view, answers) == {**answers, "own_key": "x"}


def test_a_value_to_copy_is_shown_and_a_secret_only_when_asked_for() -> None:
    account = Copy(name="account", label="Account", value="916419735646")
    assert reading_lines(account) == ("Account: 916419735646",)
    external_id = Copy(name="id", label="External ID", value=Secret("canary-id"))
    assert "canary-id" not in " ".join(reading_lines(external_id))
    assert "type show" in reading_lines(external_id)[0]
    assert reading_lines(external_id, secrets=True) == ("External ID: canary-id",)


def test_lines_to_read_stand_below_their_heading() -> None:
    assert reading_lines(Info(name="sent", label="Sent", lines=("a", "b"))) == ("Sent:", "  a", "  b")
    assert reading_lines(Info(name="sent", label="", lines=("a",))) == ("  a",)


def test_instructions_are_numbered_with_their_values() -> None:
    link = Link(name="console", label="In the console", opens=Opens.CONSOLE)
    ways = (Instruction("Open IAM."), Instruction("Paste this.", (Copyable("Policy", "{\n}"),)))
    assert instruction_lines(link, ways) == (
        *("In the console:", "  1. Open IAM.", "  2. Paste this.", "     Policy:", "       {", "       }"),
    )
    assert instruction_lines(Link(name="browse", label="Look", opens=Opens.BROWSE), ways) == ()


def test_an_offer_says_what_take_does() -> None:
    assert offer_line(Problem("Odd.", "s3://a/"), {}) == "Type take for: s3://a/"
    assert "Secret key" in offer_line(Problem("Odd.", swap_with="secret"), {"secret": "Secret key"})
    assert offer_line(Problem("Odd."), {}) == ""


def test_no_sentence_of_the_guide_names_a_key_of_the_app() -> None:
    folder = Path(core.guide.__file__).parent
    sentences = [
        match[0]
        for path in folder.rglob("*.py")
        for match in re.finditer(r"\b(?:[Pp]ress \w+|Tab to it|v shows)[^\".{}]*", path.read_text(encoding="utf-8"))
    ]
    assert sentences, "else nothing is looked at"
    left = [sentence for sentence in sentences if re.search(r"\b[Pp]ress\b|\bv shows\b", in_words(sentence))]
    assert left == []


RED = Light(
    operation=Operation.WRITE,
    state=State.RED,
    required=True,
    summary="Write fails: no policy allows it.",
    fix="Add this.",
    paste="{\n}",
)


def test_a_light_is_one_line_with_its_fix_below() -> None:
    assert light_lines(RED) == ("Write fails: no policy allows it.", "  Fix: Add this.", "  {", "  }")
    assert light_lines(RED, "Output: ")[0] == "Output: Write fails: no policy allows it."
    green = Light(operation=Operation.LIST, state=State.GREEN, required=True, summary="List works: seen.")
    assert light_lines(green) == ("List works",)
    unknown = Light(
        operation=Operation.READ, state=State.UNKNOWN, required=True, summary="Read is not proven: it is empty."
    )
    assert light_lines(unknown) == ("Read not proven: it is empty.",)
    amber = Light(operation=Operation.READ, state=State.AMBER, required=True, summary="Read works, but slowly.")
    assert light_lines(amber) == ("Read works, but: slowly.",)


@given(st.text())
def test_what_is_written_cannot_steer_a_terminal(text: str) -> None:
    assert visible(text).isprintable()


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"])))
def test_ascii_is_ascii(text: str) -> None:
    assert to_ascii(text).isascii()


def test_ascii_keeps_names_told_apart() -> None:
    assert to_ascii("“Waiting …” • 1–2") == '"Waiting ..." * 1-2'
    assert to_ascii("bücher") != to_ascii("bucher")


def test_where_more_stands_about_a_note_is_said_below_it() -> None:
    green = Light(operation=Operation.LIST, state=State.GREEN, required=True, summary="List works.")
    noted = Note("public-acl", "It is public.", "Block it.", "https://docs.aws.amazon.com/x.html")
    report = CheckReport(run_id=1, lights=(green,), notes=(noted, Note("other", "More.", "Do it.")))
    assert why_lines(green, report, "from here")[-3:] == (
        "Note: It is public. Block it.",
        "More: https://docs.aws.amazon.com/x.html",
        "Note: More. Do it.",
    )
