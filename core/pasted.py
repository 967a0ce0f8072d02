"""Access keys in what people paste: in any order, with or without labels, as the tools and consoles write them.

Recognised are values by AWS's own shapes, wherever they stand, and by a label beside them, whatever their shape (other
S3 servers have their own). A table with a header (the IAM console's CSV files) and JSON are read as what they are.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from .access import AWS_KEY_ID, Secret, UserAccess

__all__ = ["MAX_FILE_BYTES", "FoundKeys", "KeyFileError", "find_keys", "read_key_file"]

MAX_FILE_BYTES = 64 * 1024
"""Larger files are not read: a file with a key has some hundred bytes."""

_CHOOSE = "Choose the CSV file that the IAM console offered with the key."


class _Part(Enum):
    KEY_ID = auto()
    SECRET = auto()
    TOKEN = auto()


_LABELS = {
    "accesskeyid": _Part.KEY_ID,
    "accesskey": _Part.KEY_ID,
    "secretaccesskey": _Part.SECRET,
    "secretkey": _Part.SECRET,
    "sessiontoken": _Part.TOKEN,
    "securitytoken": _Part.TOKEN,
}

_BEFORE, _AFTER = r"(?<![A-Za-z0-9/+_-])", r"(?![A-Za-z0-9/+=_-])"
_SHAPES = {
    _Part.KEY_ID: re.compile(f"{_BEFORE}(?:{AWS_KEY_ID.pattern}){_AFTER}"),
    # Forty letters of base64 that are not the hexadecimal of a checksum.
    _Part.SECRET: re.compile(_BEFORE + r"(?![0-9a-f]{40}(?![A-Za-z0-9/+]))[A-Za-z0-9/+]{40}" + _AFTER),
    # AWS promises no length; the tokens of STS have some hundred letters, large and small.
    _Part.TOKEN: re.compile(_BEFORE + r"(?=[A-Z0-9/+]*[a-z])(?=[a-z0-9/+]*[A-Z])[A-Za-z0-9/+]{100,}={0,2}" + _AFTER),
}

# `aws configure` shows in brackets, behind the label, what it has already.
_LABEL = re.compile(
    r"(?<![A-Za-z0-9/+])"
    r"((?:aws[ _-]?)?(?:access[ _-]?key(?:[ _-]?id)?|secret[ _-]?(?:access[ _-]?)?key|(?:session|security)[ _-]?token))"
    r"[\"'`]?[^\S\r\n]*(?:\[[^]\r\n]{0,80}\])?[:=][^\S\r\n]*",
    re.IGNORECASE,
)
_LINE = re.compile(r"[^\r\n]*")
_QUOTES = "\"'`"
_DELIMITERS = ",;\t"
# Stars, the bracket in which JSON goes on, or what is to be replaced.
_PLACEHOLDER = re.compile(r"[^A-Za-z0-9]*|<.*")
# Zero-width characters and the byte order mark ride along in copies from web pages.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


@dataclass(frozen=True, slots=True)
class FoundKeys:
    """What a text holds of an access key; each part may be missing.

    `several`: it holds more than one key, and then none is given: the parts might be of two.
    """

    access_key_id: str | None = field(default=None, repr=False)  # a secret may stand there under a wrong label
    secret_access_key: Secret | None = None
    session_token: Secret | None = None
    several: bool = False


class KeyFileError(ValueError):
    """A file gives no key. The sentence says what to do, and repeats nothing of the file or its name."""


def find_keys(text: str) -> FoundKeys:
    """Find the access key in what was pasted. Never raises."""
    text = text.translate(_UNSEEN)
    found: dict[_Part, dict[str, None]] = {part: {} for part in _Part}  # in order, each once
    for part, value in _labelled(text):
        if _usable(value):
            found[_Part.KEY_ID if AWS_KEY_ID.fullmatch(value) else part][value] = None
    key_ids, secrets = found[_Part.KEY_ID], found[_Part.SECRET]
    if not secrets:
        # A secret under the label of the ID: alone, or the two are exchanged.
        for value in [value for value in key_ids if _SHAPES[_Part.SECRET].fullmatch(value)]:
            secrets[value] = key_ids.pop(value)
    key_ids |= _shaped(_Part.KEY_ID, text)
    secrets = secrets or _shaped(_Part.SECRET, text)
    tokens = found[_Part.TOKEN] or _shaped(_Part.TOKEN, text)
    if max(len(key_ids), len(secrets), len(tokens)) > 1:
        return FoundKeys(several=True)
    secret, token = next(iter(secrets), None), next(iter(tokens), None)
    return FoundKeys(next(iter(key_ids), None), Secret(secret) if secret else None, Secret(token) if token else None)


def read_key_file(path: Path) -> UserAccess:
    """Read an access key from a file; `~` is the home folder.

    Raises:
        KeyFileError: where there is none to be had, or more than one.
    """
    found = find_keys(_decoded(_content(path)))
    if found.several:
        raise KeyFileError("The file holds several keys. Keep only the one to use in it, or paste that one.")
    if found.access_key_id is None and found.secret_access_key is None:
        raise KeyFileError(f"The file holds no access key. {_CHOOSE}")
    if found.secret_access_key is None:
        raise KeyFileError("The file holds an access key ID without its secret. Enter both, or choose another file.")
    if found.access_key_id is None:
        raise KeyFileError("The file holds a secret without its access key ID. Enter both, or choose another file.")
    return UserAccess(found.access_key_id, found.secret_access_key, found.session_token)


def _content(path: Path) -> bytes:
    # What was given as a path may be a secret in the wrong field: no sentence repeats it.
    try:
        path = path.expanduser()
        kind = path.stat().st_mode
        content = _start(path) if S_ISREG(kind) else b""  # a pipe would be waited for without end
    except (FileNotFoundError, NotADirectoryError):
        raise KeyFileError("There is no such file. Compare its path.") from None
    except PermissionError:
        raise KeyFileError("You may not read that file. Change its permissions, or paste the key.") from None
    except (OSError, ValueError, RuntimeError):  # a name that can be none; a home that nobody has
        raise KeyFileError("That file cannot be read. Compare its path, or paste the key.") from None
    if S_ISDIR(kind):
        raise KeyFileError("That is a folder. Name the file in it that holds the key.")
    if not S_ISREG(kind):
        raise KeyFileError("That is not an ordinary file. Name the file that holds the key.")
    if len(content) > MAX_FILE_BYTES:
        raise KeyFileError(f"The file is larger than 64 KB, so it is none that holds just a key. {_CHOOSE}")
    return content


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE_BYTES + 1)


def _decoded(content: bytes) -> str:
    # PowerShell writes UTF-16. Elsewhere a letter that is not UTF-8 stands in a name, never in a key.
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = content.decode("utf-16" if wide else "utf-8", errors="replace")
    if "\0" in text:
        raise KeyFileError(f"The file is not a text. {_CHOOSE}")
    return text


_Labelled = Iterator[tuple[_Part, str]]


def _labelled(text: str) -> _Labelled:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict | list):
        yield from _in_json(document)
        return
    yield from _in_table(text)
    yield from _in_lines(text)


def _shaped(part: _Part, text: str) -> dict[str, None]:
    return dict.fromkeys(match[0] for match in _SHAPES[part].finditer(text))


def _part(label: str) -> _Part | None:
    return _LABELS.get(re.sub(r"[\s_-]", "", label).lower().removeprefix("aws"))


def _in_json(document: object) -> _Labelled:
    waiting = [document]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting.extend(each.values())
            for label, value in each.items():
                if (part := _part(label)) and isinstance(value, str):
                    yield part, value
        elif isinstance(each, list):
            waiting.extend(each)


def _in_table(text: str) -> _Labelled:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        for delimiter in filter(line.__contains__, _DELIMITERS):
            header = [_part(cell.strip(" " + _QUOTES)) for cell in line.split(delimiter)]
            if {_Part.KEY_ID, _Part.SECRET} <= set(header):
                yield from _rows(lines[number + 1 :], header, delimiter)
                return


def _rows(lines: list[str], header: list[_Part | None], delimiter: str) -> _Labelled:
    try:
        for row in csv.reader(lines, delimiter=delimiter):
            for part, cell in zip(header, row, strict=False):
                if part is not None:
                    yield part, cell.strip()
    except csv.Error:
        return


def _in_lines(text: str) -> _Labelled:
    labels = list(_LABEL.finditer(text))
    starts = [*(label.start() for label in labels), len(text)]
    for label, end in zip(labels, starts[1:], strict=True):
        part, rest = _part(label[1]), _LINE.match(text, label.end(), end)
        if part is None or rest is None:
            continue
        alone = rest.end() < end or end == len(text)
        value = _value(rest[0], alone=alone, assigned=label[0].endswith("="))
        shaped = _SHAPES[part].match(value)
        yield part, shaped[0] if shaped else value


def _value(rest: str, *, alone: bool, assigned: bool) -> str:
    """Take the value from what follows a label.

    `alone`: its line ends behind it, and not another label comes. `assigned`: it follows an equals sign at once.
    """
    if rest[:1] and rest[0] in _QUOTES:
        return rest[1:].partition(rest[0])[0]
    word, more = [*rest.split(maxsplit=1), "", ""][:2]
    if more and not assigned and not more.startswith("#"):
        return ""  # a word that others follow is prose
    return word.rstrip(",;" + _QUOTES) if alone else re.split("[,;&|]", word)[0]


def _usable(value: str) -> bool:
    return all("!" <= character <= "~" for character in value) and not _PLACEHOLDER.fullmatch(value)
