"""What a step shows: its fields by kind, its problems and hints, and the whole view that a front end renders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = [
    "WHOLE_STEP",
    "Choice",
    "Field",
    "Info",
    "Option",
    "Problem",
    "Problems",
    "Raw",
    "SecretText",
    "StepView",
    "Text",
    "Toggle",
]

WHOLE_STEP = ""
"""The name under which a problem stands that belongs to no one field."""

Raw = Mapping[str, str | bool]
"""What a front end submits: for each field its text, the value of its chosen option, or whether it is on."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field, or odd about it.

    Attributes:
        sentence: what is wrong and what to do.
        suggestion: the text that was probably meant, ready to be put into the field, or None. Never a secret.
        swap_with: the name of the field whose content was probably exchanged with this one's, or None.
    """

    sentence: str
    suggestion: str | None = None
    swap_with: str | None = None


class Problems(dict[str, Problem]):
    """Why answers were not taken: a problem for each field, `WHOLE_STEP` for the step as such."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice. `value` is submitted, `label` shown, `note` says what follows from it."""

    value: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Exactly one of several options."""

    name: str
    label: str
    options: tuple[Option, ...]
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toggle:
    """On or off."""

    name: str
    label: str
    value: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A line of text. `placeholder` is an example, not a value."""

    name: str
    label: str
    value: str
    placeholder: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretText:
    """A line that is shown as dots. It never carries its value.

    `kept` is true where an empty line keeps the known one.
    """

    name: str
    label: str
    kept: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """Lines to read, under a heading that may be empty."""

    name: str
    label: str
    lines: tuple[str, ...]


Field = Choice | Toggle | Text | SecretText | Info


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One screen of the guide, or a few lines of it.

    Attributes:
        step: the stable id of the step.
        number: counts from 1 over the steps that apply; `total` is how many these are.
        title: one word for the rail; `done` and `upcoming` are the titles before and after it.
        question: what is asked; `consequence` says in one line what follows.
        preview: what would follow from the answers as they stand.
        problems: what keeps the step from being left, at the field.
        hints: what looks odd, at the field; submitting the same once more goes on.
        waiting: what is being looked up, or None. The step is left by itself when the answer is good.
    """

    step: str
    number: int
    total: int
    title: str
    question: str
    consequence: str
    fields: tuple[Field, ...]
    preview: tuple[str, ...]
    problems: Mapping[str, Problem]
    hints: Mapping[str, Problem]
    waiting: str | None
    done: tuple[str, ...]
    upcoming: tuple[str, ...]

    def field(self, name: str) -> Field | None:
        """Return the field of that name, or None where the step does not show it now."""
        return next((field for field in self.fields if field.name == name), None)
