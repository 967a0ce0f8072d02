"""Values in the language of Terraform (HCL native syntax specification), laid out as `terraform fmt` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

__all__ = ["Block", "Expression", "block", "quoted", "value"]

_STEP = "  "
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TEMPLATES = "$%"


@dataclass(frozen=True, slots=True)
class Expression:
    """What stands in the file as it is, such as `var.external_id`."""

    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """What stands inside of a block: arguments and further blocks, in their order."""

    head: str
    body: tuple[tuple[str, object] | Block, ...]


def quoted(text: str) -> str:
    r"""Write a text so that Terraform reads that text, and no template, in it.

    `${` and `%{` would begin a template; doubled, they are letters. A `$` or `%` before such a doubled one is written
    by its number: in a row of them it would be unclear which are a pair. So is what cannot be seen.
    """
    parts: list[str] = []
    for place, each in enumerate(text):
        following = text[place + 1 : place + 3]
        if each in _ESCAPES:
            parts.append(_ESCAPES[each])
        elif each in _TEMPLATES and following[:1] == "{":
            parts.append(each * 2)
        elif (each in _TEMPLATES and following[:1] == each) or not each.isprintable():
            parts.append(f"\\u{ord(each):04x}" if ord(each) <= 0xFFFF else f"\\U{ord(each):08x}")
        else:
            parts.append(each)
    return f'"{"".join(parts)}"'


def value(what: object, depth: int = 0) -> str:
    """Write a value: a text, a number, true or false, a list, an object, or an expression."""
    match what:
        case Expression(text):
            return text
        case bool():
            return "true" if what else "false"
        case int():
            return str(what)
        case str():
            return quoted(what)
        case Mapping():
            if not what:
                return "{}"
            lines = _aligned([(_key(str(name)), value(inner, depth + 1)) for name, inner in what.items()], depth + 1)
            return "{\n" + lines + _STEP * depth + "}"
        case Sequence():
            flat = [value(each, depth + 1) for each in what]
            if not any("\n" in each for each in flat):
                return f"[{', '.join(flat)}]"
            inner_lines = "".join(f"{_STEP * (depth + 1)}{each},\n" for each in flat)
            return "[\n" + inner_lines + _STEP * depth + "]"
    raise TypeError(f"HCL has no {type(what).__name__}")


def _key(name: str) -> str:
    plain = name.isascii() and name.isidentifier() and name != "for"  # which would begin a loop
    return name if plain else quoted(name)


def block(what: Block, depth: int = 0) -> str:
    """Write a block, with a newline at its end."""
    lines, run = [f"{_STEP * depth}{what.head} {{\n"], list[tuple[str, str]]()
    for each in what.body:
        if isinstance(each, Block):
            lines += [_aligned(run, depth + 1), *(["\n"] if len(lines) > 1 or run else []), block(each, depth + 1)]
            run = []
        else:
            run.append((each[0], value(each[1], depth + 1)))
    return "".join([*lines, _aligned(run, depth + 1), f"{_STEP * depth}}}\n"])


def _aligned(items: Sequence[tuple[str, str]], depth: int) -> str:
    """Write `name = value` lines; those of a row of single lines have their equals signs below each other."""
    lines: list[str] = []
    for broken, row in groupby(items, lambda item: "\n" in item[1]):
        found = list(row)
        width = 0 if broken else max(len(name) for name, _ in found)
        lines += [f"{_STEP * depth}{name.ljust(width)} = {text}\n" for name, text in found]
    return "".join(lines)
