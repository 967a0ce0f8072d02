"""Signs that have a form in ASCII which takes one cell as well."""

from __future__ import annotations

__all__ = ["IN_ONE_CELL"]

IN_ONE_CELL = {
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("–—−", "-"),
    "•": "*",
    "·": ".",
    "×": "x",
    "\N{NO-BREAK SPACE}": " ",
}
