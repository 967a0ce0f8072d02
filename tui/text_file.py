"""A text that somebody wants to keep, in a new file of the present folder."""

from __future__ import annotations

from pathlib import Path

__all__ = ["save_text"]


def save_text(stem: str, text: str) -> str:
    """Write a text to a new file in the present folder, and say where it is or why it is not."""
    for number in range(1, 100):
        name = f"{stem}{'' if number == 1 else f'-{number}'}.txt"
        try:
            path = Path.cwd() / name
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            continue
        except OSError as error:
            return f"{name} cannot be written here: {error.strerror}."
        return f"Saved to {path}."
    return f"There are 99 files named {stem} here already: delete some."
