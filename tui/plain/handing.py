"""What is handed to an administrator, line by line: the list of files, one of them, all of them in a folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.guide import flow
from core.guide.fields import Link, Opens
from core.guide.steps.wanted import made_name_of
from core.provision.handoff.formats import EXTERNAL_ID_FILE, about

from ..handoff_files import save_pack

if TYPE_CHECKING:
    from core.guide.state import State

__all__ = ["handed"]

_FILES = re.compile(r"\s*files\s*", re.IGNORECASE)
_SHOW = re.compile(r"\s*show\s+(\d+)\s*", re.IGNORECASE)
_SAVE = re.compile(r"\s*save(?:\s+(\S.*?))?\s*", re.IGNORECASE)


def handed(state: State, line: str) -> tuple[str, ...] | None:
    r"""Do what a line asks of the files: `files`, `show N` or `save [FOLDER]`, and return what is to be said.

    None where it asks nothing of them, or the step hands nothing over: then it is an answer.
    """
    if not any(isinstance(field, Link) and field.opens is Opens.HANDOFF for field in flow.view(state).fields):
        return None
    show, save = _SHOW.fullmatch(line), _SAVE.fullmatch(line)
    if not (_FILES.fullmatch(line) or show or save):
        return None
    try:
        files = flow.handoff(state, external_id=True)
    except ValueError as error:
        return (str(error),)
    if show:
        return _one(files, int(show[1]))
    if save:
        saved = save_pack(flow.handoff(state), made_name_of(state.answers), save[1] or "")
        return tuple(map(_sentence, saved.lines))
    return _list(files)


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _list(files: Mapping[str, str]) -> tuple[str, ...]:
    lines = [f"  {number} {name}  - {about(name)}" for number, name in enumerate(files, 1)]
    number = len(files)
    apart = (
        (f"Number {number} is a secret: send it apart from the rest. save leaves it out; show {number} shows it.",)
        if EXTERNAL_ID_FILE in files
        else ()
    )
    return (
        "Hand the message over, with one of the other files:",
        *lines,
        *apart,
        "Type show and a number to read one, save to have them in a new folder, or save FOLDER.",
        "Then type leave: the setup waits for the administrator, and goes on here.",
    )


def _one(files: Mapping[str, str], number: int) -> tuple[str, ...]:
    if not 1 <= number <= len(files):
        return (f"Type show and a number from 1 to {len(files)}.",)
    name, text = list(files.items())[number - 1]
    return (f"{name}:", *text.rstrip("\n").split("\n"))
