"""The benches: `python tests/bench/run.py [first-frame|check|cpu|quit|faults|all]`.

Each prints medians of several runs, and ratios to a peer that is measured in the same run. Nothing is asserted of time:
machines differ, and a figure is to be read by a person.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

__all__ = ["main"]


def _benches() -> dict[str, Callable[[], None]]:
    root = Path(__file__).resolve().parents[2]
    sys.path[:0] = [str(root), str(root / "tests" / "integration")]
    from tests.bench import checking, failing, starting

    return {
        "first-frame": starting.first_frame,
        "check": checking.check,
        "cpu": checking.processor_time,
        "quit": starting.quitting,
        "faults": failing.faults,
    }


def main(arguments: list[str]) -> int:
    """Run the benches that are named, or all."""
    benches = _benches()
    wanted = list(benches) if arguments in ([], ["all"]) else arguments
    if unknown := [name for name in wanted if name not in benches]:
        sys.stderr.write(f"There is no bench named {', '.join(unknown)}: take {', '.join(benches)} or all.\n")
        return 2
    for name in wanted:
        benches[name]()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
