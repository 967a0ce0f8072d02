"""YAML as it is read and written here: a small, strict part of it, in which nothing means something else than it says.

Read are mappings, lists and scalars. Plain `true`, `false`, `null`, and whole numbers without a leading zero mean
what they say; every other scalar is text, so that an account number stays one. Anchors, aliases, tags, duplicate keys,
further documents and deep nesting are refused. A document ends with `...`: one that was cut off has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yaml.events import Event
    from yaml.nodes import ScalarNode

__all__ = ["Document", "Place", "YamlError", "dotted", "parse", "render"]

Place = tuple[str | int, ...]
"""The way from the top of a document to a field."""

MAX_DEPTH = 10

_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


class YamlError(Exception):
    """A text that is not read. `line` counts from 1."""

    def __init__(self, problem: str, *, line: int | None = None, place: Place = ()) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line
        self.place = place


@dataclass(frozen=True, slots=True)
class Document:
    """The value of a YAML text, and the line on which each of its fields begins."""

    value: object
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int | None:
        """Return the line of a field, or of the nearest one around it."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place)


def dotted(place: Place) -> str:
    """Write a place as people do: `datasets[0].name`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".")


def parse(text: str) -> Document:
    """Read a YAML text.

    Raises:
        YamlError: for what is not YAML, and for all of YAML that is not read here.
    """
    import yaml

    if found := _NOT_TEXT.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise YamlError("There is a control character in this line. Remove it.", line=line)
    try:
        return _Reader(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = f"This is not YAML: {error.problem}."
        raise YamlError(problem, line=mark.line + 1 if mark else None) from None


def render(value: object, *, comment: str) -> str:
    """Write plain values as YAML: keys bare, every text in double quotes, `...` at the end."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  the base class asks for it
            return True

    def quoted(dumper: Dumper, text: _Quoted) -> ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')

    Dumper.add_representer(_Quoted, quoted)
    body: str = yaml.dump(
        _quote(value), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=2**31, explicit_end=True
    )
    return f"# {comment}\n{body}"


class _Quoted(str):
    """A text that is written in double quotes."""

    __slots__ = ()


def _quote(value: object) -> object:
    if isinstance(value, str):
        return _Quoted(value)
    if isinstance(value, Mapping):
        return {key: _quote(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_quote(each) for each in value]
    return value


class _Reader:
    """Builds values from the parser's events, and stops at the first one that is refused."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._lines: dict[Place, int] = {}

    def document(self) -> Document:
        import yaml

        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise YamlError("The file is empty. Delete it to start afresh.")
        value = self._value(next(self._events), ())
        end = next(self._events)
        if not isinstance(next(self._events), yaml.StreamEndEvent):
            raise YamlError("A second document begins here. Keep one.", line=_line(end))
        if not (isinstance(end, yaml.DocumentEndEvent) and end.explicit):
            raise YamlError(
                "The file does not end with a line of three dots, so a part may be missing."
                " If it is complete, add that line: ...",
                line=_line(end),
            )
        return Document(value, self._lines)

    def _value(self, event: Event, place: Place) -> object:
        import yaml

        line = _line(event)
        self._lines.setdefault(place, line)
        if len(place) > MAX_DEPTH:
            raise YamlError("This is nested too deeply.", line=line)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise YamlError("Anchors and aliases (& and *) are not read here. Write it out.", line=line, place=place)
        if getattr(event, "tag", None) is not None:
            raise YamlError("Tags (!) are not read here. Remove it.", line=line, place=place)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(place)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event.value, plain=event.implicit[0])
        return self._sequence(place)

    def _mapping(self, place: Place) -> dict[str, object]:
        import yaml

        found: dict[str, object] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None:
                raise YamlError("The name of a field is plain text.", line=line, place=place)
            key: str = event.value
            here = (*place, key)
            if key in found:
                raise YamlError(f"This field stands twice, first in line {self._lines[here]}.", line=line, place=here)
            self._lines[here] = line
            found[key] = self._value(next(self._events), here)
        return found

    def _sequence(self, place: Place) -> list[object]:
        import yaml

        found: list[object] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._value(event, (*place, len(found))))
        return found


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(text: str, *, plain: bool) -> str | int | bool | None:
    if not plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text
