"""The entry point of the command `bucketlight`."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import threading
import traceback
from pathlib import Path

__all__ = ["main"]

_LOGS_OF_INPUT = ("TEXTUAL", "TEXTUAL_LOG")
"""Variables that make Textual write a log or open a debug connection; both would hold what is typed, secrets too."""

_INTERRUPTED = 130
"""The exit code after Ctrl+C, wherever it came."""

_BROKEN = 70
"""The exit code of a fault of ours (sysexits.h, EX_SOFTWARE): it must not be taken for a light that is red."""


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
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else _BROKEN if ended.code else 0
    except Exception:  # noqa: BLE001 - the last border: said, and not mistaken for a finding
        traceback.print_exc()
        code = _BROKEN
    _end(code)


def _end(code: int) -> None:
    """End the process. Where a thread is still in a call that hangs, without waiting for the interpreter to end."""
    if threading.active_count() > 1:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
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
