"""The entry point of the command `bucketlight`."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

__all__ = ["main"]

_LOGS_OF_INPUT = ("TEXTUAL", "TEXTUAL_LOG")
"""Variables that make Textual write a log or open a debug connection; both would hold what is typed, secrets too."""

_INTERRUPTED = 130
"""The exit code after Ctrl+C, wherever it came."""


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    for name in _LOGS_OF_INPUT:
        os.environ.pop(name, None)
    problem = _shadowed()
    if problem is not None:
        sys.stderr.write(f"bucketlight: {problem}\n")
        raise SystemExit(2)
    try:
        from .commands import run

        code = run()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    raise SystemExit(code)


def _shadowed() -> str | None:
    """Say so where another package named `core` would be imported in place of ours."""
    ours = Path(__file__).resolve().parent.parent / "core" / "__init__.py"
    found = importlib.util.find_spec("core")
    origin = Path(found.origin).resolve() if found is not None and found.origin else None
    if origin == ours:
        return None
    where = f"the one at {origin.parent}" if origin is not None else "another one"
    return (
        f"it needs its own package named core, but Python finds {where}. "
        "Install bucketlight by itself, with pipx or in a virtual environment, and unset PYTHONPATH."
    )
