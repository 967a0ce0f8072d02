"""A step and its fields as lines: what is said, what is asked, and what an answer means. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from core.access import Secret, is_key_id, mask_key_id
from core.guide.fields import (
    Choice,
    Copy,
    Field,
    Info,
    Link,
    Opens,
    Option,
    Problem,
    Raw,
    SecretText,
    StepView,
    Text,
    Toggle,
    is_shown,
)

from ..instructed import steps_as_text, value_lines

if TYPE_CHECKING:
    from core.console import Instruction

__all__ = [
    "Input",
    "NotUnderstoodError",
    "default_of",
    "heading",
    "in_words",
    "instruction_lines",
    "is_input",
    "offer_line",
    "prompt",
    "read_answer",
    "reading_lines",
    "shown_raw",
]

Input = Choice | Toggle | Text | SecretText

_YES = {"y", "yes", "on", "true"}
_NO = {"n", "no", "off", "false"}
_EMPTIES = "-"

_KEYS = {
    "Press r to try again, or enter": "Type again to try once more, or enter",
    "Press r to try again": "Type again to try once more",
    "Press Enter to try again, or leave the name empty": "An empty line tries again, a - leaves the name out",
    "Tab to it, then v shows it": "type show to see it",
}
"""What the guide's sentences say of a key, and what is typed here in its place."""


class NotUnderstoodError(ValueError):
    """An answer that is none of those that are possible. The text says what is."""


def in_words(sentence: str) -> str:
    """Say a sentence of the guide without the keys of the app."""
    for key, word in _KEYS.items():
        sentence = sentence.replace(key, word)
    return sentence


def heading(view: StepView) -> tuple[str, ...]:
    """Return the lines with which a step begins."""
    return ("", f"Step {view.number} of {view.total}: {view.title}", view.question, view.consequence)


def is_input(field: Field) -> bool:
    """Tell whether a field is answered, and not only read."""
    return isinstance(field, Input)


def default_of(field: Input) -> str | bool:
    """Return what stands in a field before it is answered; a known secret is kept by an empty text."""
    return "" if isinstance(field, SecretText) else field.value


def shown_raw(view: StepView, raw: Raw) -> dict[str, str | bool]:
    """Return what stands in the fields that are there, with their defaults where nothing was answered yet."""
    found: dict[str, str | bool] = {}
    for field in view.fields:
        # In the order of the step: a field that hangs on a hidden one is hidden too.
        if isinstance(field, Input) and is_shown(field, found):
            found[field.name] = raw.get(field.name, default_of(field))
    return found


def reading_lines(field: Field, *, secrets: bool = False) -> tuple[str, ...]:
    """Return the lines of a field that is only read. `secrets`: somebody has asked to see them."""
    match field:
        case Info():
            head = (f"{field.label}:",) if field.label else ()
            return (*head, *(f"  {line}" for line in field.lines))
        case Link(opens=Opens.CONSOLE):
            return (f"{field.label}: type console.",)
        case Link(opens=Opens.HANDOFF):
            return (f"{field.label}: type files.",)
        case Copy():
            note, value = f"  ({in_words(field.note)})" if field.note else "", field.value
            text = _shown(value, secrets=secrets, hint=not note) if isinstance(value, Secret) else value
            return value_lines(field.label, text, note=note)
        case _:
            return ()


def instruction_lines(field: Link, instructions: tuple[Instruction, ...], *, secrets: bool = False) -> tuple[str, ...]:
    """Return the numbered way through the console, with the values to copy; nothing for another kind of link."""
    if field.opens is not Opens.CONSOLE or not instructions:
        return ()
    steps = steps_as_text(instructions, partial(_shown, secrets=secrets), indent="   ")
    return (f"{field.label}:", *(f"  {line}" for lines in steps for line in lines))


def _shown(secret: Secret, *, secrets: bool, hint: bool = True) -> str:
    """Return a secret as dots, with the word that shows it, unless somebody has asked to see it."""
    return secret.reveal() if secrets else f"{secret}{'  (type show to see it)' if hint else ''}"


def prompt(field: Input, current: str | bool) -> tuple[tuple[str, ...], str]:
    """Return the lines before a question, and the question with what an empty line keeps.

    What was only just typed is not repeated: it may be a secret in the wrong field.
    """
    match field:
        case Choice():
            head = ": ".join(part for part in (field.label, field.note) if part)
            lines = [head] if head else []
            chosen = 0
            for number, option in enumerate(field.options, 1):
                if option.value == current:
                    chosen = number
                lines.append(_option_line(number, option, is_current=option.value == current))
            return tuple(lines), f"Number [{chosen}]:" if chosen else "Number:"
        case Toggle():
            return (), f"{_label(field.label, field.note)} y/n [{'y' if current else 'n'}]:"
        case Text(pinned=True):  # its note says of what: `of 111122223333`
            return (), f"Type {field.note.removeprefix('of ')} to agree:"
        case Text():
            example = f"such as {field.placeholder}" if field.placeholder and not current else ""
            return (), f"{_label(field.label, field.note, example)}{_kept(field, current)}:"
        case SecretText():
            kept = " [keep]" if field.kept or current else ""
            return (), f"{_label(field.label, field.note, 'not shown')}{kept}:"


def _kept(field: Text, current: str | bool) -> str:
    if not current:
        return ""
    if current != field.value:
        return " [as typed]"
    if not field.name.endswith("access_key_id"):
        return f" [{current}]"
    # After an exchange that somebody insisted on, a secret stands there.
    return f" [{mask_key_id(field.value)}]" if is_key_id(field.value, of_aws=False) else " [keep]"


def _label(label: str, *details: str) -> str:
    about = "; ".join(detail.rstrip(".") for detail in details if detail)
    return f"{label} ({about})" if about else label


def _option_line(number: int, option: Option, *, is_current: bool) -> str:
    note = f"  - {option.note}" if option.note else ""
    return f"  {number} {option.label}{note}{'  (current)' if is_current else ''}"


def read_answer(field: Input, line: str, current: str | bool) -> str | bool:
    """Return what a line means as the answer to a field; an empty one keeps what stands there.

    Where something is typed to agree, nothing is kept: an empty line does not agree.

    Raises:
        NotUnderstoodError: where it is none of the possible answers. The line is not repeated.
    """
    text = line.strip()
    if not text:
        return "" if isinstance(field, Text) and field.pinned else current
    match field:
        case Choice():
            return _choose(field.options, text)
        case Toggle():
            if text.lower() in _YES | _NO:
                return text.lower() in _YES
            raise NotUnderstoodError("Type y for yes or n for no.")
        case Text() | SecretText():
            if text == _EMPTIES:
                return ""
            return _EMPTIES if text == f"\\{_EMPTIES}" else line


def _choose(options: tuple[Option, ...], text: str) -> str:
    if text.isdecimal() and 1 <= int(text) <= len(options):
        return options[int(text) - 1].value
    for option in options:
        if text.casefold() in {option.value.casefold(), option.label.casefold()}:
            return option.value
    raise NotUnderstoodError(f"Type a number from 1 to {len(options)}.")


def offer_line(problem: Problem, labels: Mapping[str, str]) -> str:
    """Say what may be taken in place of what was answered; empty where nothing is proposed."""
    if problem.swap_with:
        return f"Type take to exchange it with: {labels.get(problem.swap_with, problem.swap_with)}."
    return f"Type take for: {problem.suggestion}" if problem.suggestion else ""
