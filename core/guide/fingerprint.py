"""A short, stable mark of a value, to tell whether a fact or a step done still belongs to the answers at hand."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum

from ..access import Secret

__all__ = ["fingerprint"]

_KEY = secrets.token_bytes(32)


def fingerprint(*values: object) -> str:
    """Return 32 hex digits that differ where the values differ.

    It is made of dataclasses, mappings, tuples, enums, texts, numbers, days and None. Without a Secret in it the mark
    is the same in every run. A Secret enters through a digest whose key lives as long as this process: what is written
    to a file tells nothing about it, and a later run cannot compare with it.

    Raises:
        TypeError: for a value of another kind.
    """
    digest = hashlib.blake2b(digest_size=16)
    _feed(digest, values)
    return digest.hexdigest()


def _feed(digest: hashlib.blake2b, value: object) -> None:
    """Add a value with its kind and length, so that neighbours cannot run into each other."""
    match value:
        case Secret():
            marked = hashlib.blake2b(value.reveal().encode("utf-8", "surrogatepass"), key=_KEY, digest_size=16)
            _add(digest, "secret", marked.digest())
        case None | bool() | int() | float() | str():
            kind = value.__class__.__name__ if not isinstance(value, Enum) else value.__class__.__qualname__
            text = value.value if isinstance(value, Enum) else value
            _add(digest, kind, str(text).encode("utf-8", "surrogatepass"))
        case date():
            _add(digest, "date", value.isoformat().encode())
        case tuple():
            _add(digest, "tuple", str(len(value)).encode())
            for item in value:
                _feed(digest, item)
        case Mapping():
            _feed(digest, tuple(sorted((str(key), item) for key, item in value.items())))
        case _ if is_dataclass(value) and not isinstance(value, type):
            parts = tuple(getattr(value, field.name) for field in fields(value) if field.compare)
            _add(digest, value.__class__.__qualname__, b"")
            _feed(digest, parts)
        case _:
            raise TypeError(f"no fingerprint of a {value.__class__.__name__}")


def _add(digest: hashlib.blake2b, kind: str, data: bytes) -> None:
    digest.update(f"{kind}:{len(data)}:".encode() + data)
