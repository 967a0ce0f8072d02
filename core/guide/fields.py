"""What a step shows: its fields by kind, its problems and hints, and the whole view that a front end renders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..access import Secret

__all__ = [
    "WHOLE_STEP",
    "Choice",
    "Copy",
    "Field",
    "Info",
    "Link",
    "Opens",
    "Option",
    "Problem",
    "Problems",
    "Raw",
    "SecretText",
    "Shown",
    "StepView",
    "Text",
    "Toggle",
    "is_shown",
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


@dataclass(frozen=True, slots=True)
class Shown:
    """When a field is there at all: while the choice or toggle of that name has one of these values."""

    name: str
    values: tuple[str | bool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Exactly one of several options."""

    name: str
    label: str
    options: tuple[Option, ...]
    value: str
    note: str = ""
    only_if: Shown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Toggle:
    """On or off."""

    name: str
    label: str
    value: bool
    note: str = ""
    only_if: Shown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A line of text. `placeholder` is an example, not a value.

    `pinned`: it stays in view whatever else is scrolled, as it is typed to agree to what stands there.
    """

    name: str
    label: str
    value: str
    placeholder: str = ""
    note: str = ""
    only_if: Shown | None = None
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretText:
    """A line that is shown as dots. It never carries its value.

    `kept` is true where an empty line keeps the known one.
    """

    name: str
    label: str
    kept: bool = False
    note: str = ""
    only_if: Shown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """Lines to read, under a heading that may be empty."""

    name: str
    label: str
    lines: tuple[str, ...]
    only_if: Shown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A value to be copied elsewhere. A Secret is shown as dots until somebody asks to see it."""

    name: str
    label: str
    value: str | Secret
    note: str = ""
    only_if: Shown | None = None


class Opens(StrEnum):
    """What a link opens: the folders of the bucket, the way through the AWS console, or what is handed over."""

    BROWSE = "browse"
    CONSOLE = "console"
    HANDOFF = "handoff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A line that opens something more. It is no answer."""

    name: str
    label: str
    opens: Opens
    only_if: Shown | None = None


Field = Choice | Toggle | Text | SecretText | Info | Copy | Link


def is_shown(field: Field, raw: Raw) -> bool:
    """Tell whether a field is there, by what stands in the others. What stands in a hidden field is not submitted."""
    return field.only_if is None or raw.get(field.only_if.name) in field.only_if.values


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
