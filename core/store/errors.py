"""What goes wrong with the files that are kept here, said so that it can be put right."""

from __future__ import annotations

from pathlib import Path

__all__ = ["StoreError", "StoreLockedError"]


class StoreError(Exception):
    """A file that cannot be used as it is, or cannot be written. It is left as it was.

    Attributes:
        path: the file.
        problem: one plain sentence, or two: what is wrong and what to do.
        line: the line, counted from 1, where it is known.
        field: the dotted path of the field, such as `datasets[0].name`, where it is known.
    """

    def __init__(self, path: Path, problem: str, *, line: int | None = None, field: str | None = None) -> None:
        where = [str(path)]
        if line is not None:
            where.append(f"line {line}")
        if field:
            where.append(field)
        super().__init__(f"{', '.join(where)}: {problem}")
        self.path = path
        self.problem = problem
        self.line = line
        self.field = field


class StoreLockedError(StoreError):
    """Another process is writing the file. `holder` is its process ID, where that is known."""

    def __init__(self, path: Path, holder: int | None) -> None:
        who = f"Another bucketlight (process {holder})" if holder else "Another program"
        super().__init__(path, f"{who} is writing this file. Nothing was saved; try again when it is done.")
        self.holder = holder
