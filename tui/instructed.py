"""The way through the AWS console as text: numbered steps, with the values that are to be copied."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from core.access import Secret

if TYPE_CHECKING:
    from core.console import Instruction

__all__ = ["steps_as_text", "value_lines"]


def steps_as_text(
    instructions: tuple[Instruction, ...], hidden: Callable[[Secret], str], *, indent: str = ""
) -> tuple[tuple[str, ...], ...]:
    """Return the lines of each step. `hidden` is what is written for a secret; values are indented further."""
    steps = []
    for number, instruction in enumerate(instructions, 1):
        lines = [f"{number}. {instruction.text}"]
        for each in instruction.values:
            text = hidden(each.value) if isinstance(each.value, Secret) else each.value
            lines += [f"{indent}{line}" for line in value_lines(each.label, text, indent=indent and "  ")]
        steps.append(tuple(lines))
    return tuple(steps)


def value_lines(label: str, text: str, *, note: str = "", indent: str = "  ") -> tuple[str, ...]:
    """Return a value beside its label; one of several lines stands below it, as it is to be copied."""
    text = text.rstrip()
    if "\n" in text:
        return (f"{label}:{note}", *(f"{indent}{line}" for line in text.split("\n")))
    return (f"{label}: {text}{note}",)
