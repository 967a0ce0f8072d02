"""The files for an administrator: how they get into a folder of their own, and the external ID beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

__all__ = ["SavedPack", "beside", "folder_name", "save_pack"]

_MOST_FOLDERS = 99
_FOLDER = "bucketlight-handoff-"


class SavedPack(NamedTuple):
    """What is to be said in a line or two: where the files are, or why they are not. `is_whole`: all are saved."""

    lines: tuple[str, ...]
    is_whole: bool = False


def folder_name(dataset: str) -> str:
    """Return the name of the folder that a pack is saved in."""
    return f"{_FOLDER}{re.sub(r'[^A-Za-z0-9._-]+', '-', dataset).strip('-.') or 'dataset'}"


def beside(folder: Path) -> Path:
    """Return where the external ID of a pack is saved: beside its folder, so that nobody sends both at once."""
    return folder.with_name(f"bucketlight-external-id-{folder.name.removeprefix(_FOLDER)}.txt")


def save_pack(files: Mapping[str, str], dataset: str, folder: str = "") -> SavedPack:
    """Save the files into a new folder for the user alone, and say where they are or why they are not.

    The file with the external ID, where there is one, is saved beside the folder. `folder` is what that is to be
    called; in one that is there, or where none is named, it is called after the dataset. Where there is one of that
    name, the next number is taken: nothing is ever replaced.
    """
    from core.provision.handoff import EXTERNAL_ID_FILE, save
    from core.store.errors import StoreError
    from core.store.files import write_text

    together = {name: text for name, text in files.items() if name != EXTERNAL_ID_FILE}
    apart = files.get(EXTERNAL_ID_FILE)
    said: tuple[str, ...] = ()
    try:
        wanted = Path(folder).expanduser()
        if wanted.name in {"", ".."} or wanted.is_dir():
            wanted /= folder_name(dataset)
        target = _made(wanted.absolute())
        if target is None:
            return SavedPack((f"There are {_MOST_FOLDERS} folders named {wanted.name} there already: delete some.",))
        save(together, target)
        said = (f"{len(together)} files in {target.resolve()}",)
        if apart is not None:
            write_text(beside(target), apart)
            said = (*said, f"External ID apart: {beside(target.resolve())}")
    except StoreError as error:
        return SavedPack((*said, str(error)))
    except OSError as error:
        return SavedPack((*said, f"{folder or 'A folder'} cannot be made here: {error.strerror}."))
    except (RuntimeError, ValueError):  # a home of nobody, or a letter that no name has
        return SavedPack((f"{folder!r} is no folder that can be made here. Name another.",))
    return SavedPack(said, is_whole=True)


def _made(wanted: Path) -> Path | None:
    """Make a folder that was not there: the one that is wanted, or with the next number; None where all are taken.

    A number is taken, too, where an external ID lies beside it.
    """
    for number in range(1, _MOST_FOLDERS + 1):
        target = wanted.with_name(f"{wanted.name}{'' if number == 1 else f'-{number}'}")
        if beside(target).exists():
            continue
        try:
            target.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            continue
        return target
    return None
