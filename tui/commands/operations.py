"""The operations as they are written on the command line."""

from __future__ import annotations

from core.needs import OPERATIONS, Operation

from .common import fail

__all__ = ["parse_operations"]


def parse_operations(text: str) -> tuple[Operation, ...]:
    """Read `list,read,write` or a part of it; the order does not matter."""
    words = {word.strip().lower() for word in text.split(",") if word.strip()}
    unknown = words - {operation.value for operation in OPERATIONS}
    if unknown or not words:
        what = f"{', '.join(sorted(unknown))} is no operation" if unknown else "no operation is named"
        fail(f"--needs: {what}. Write one or more of list, read, write, with commas.")
    return tuple(operation for operation in OPERATIONS if operation.value in words)
