"""Reading and writing small files so that neither a crash nor a full disk loses what was there."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .errors import StoreError, StoreLockedError

__all__ = ["MAX_BYTES", "locked", "make_folder", "move_aside", "read_text", "write_text"]

MAX_BYTES = 64 * 1024
"""The largest file that is read or written here, in bytes."""

LOCK_TIMEOUT = 0.5
"""How long to wait for another process that writes the same file, in seconds."""


def read_text(path: Path) -> str | None:
    """Return the text of a file, or None where there is no file.

    Raises:
        StoreError: where it is no ordinary file, larger than `MAX_BYTES`, not readable, or not UTF-8.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for ever
            raise StoreError(path, "This is not an ordinary file. Move it away.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(path, f"The file cannot be read: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise StoreError(path, f"The file is larger than {MAX_BYTES // 1024} KB, the most that is read here.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise StoreError(path, "The file is not UTF-8 text. Save it as UTF-8.", line=line) from None


def write_text(path: Path, text: str) -> None:
    """Replace a file as a whole: afterwards there is the old one or the new one, whatever happens meanwhile.

    The file is readable by the user alone (0600). A symlink stays, and what it points to is replaced. To be called
    with `locked`: what an earlier, killed write left behind is removed.

    Raises:
        StoreError: where it cannot be written or is larger than `MAX_BYTES`. The old file is then as it was.
    """
    data = text.encode()
    if len(data) > MAX_BYTES:
        raise StoreError(path, f"This would make the file larger than {MAX_BYTES // 1024} KB. Nothing was saved.")
    target = Path(os.path.realpath(path))
    try:
        make_folder(target.parent)
        _remove_leftovers(target)
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreError(path, f"The file cannot be written: {error.strerror}. Nothing was saved.") from error
    _sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for the user alone. Existing ones stay as they are."""
    missing = [above for above in (folder, *folder.parents) if not above.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def move_aside(path: Path) -> Path:
    """Rename a broken file so that nothing in it is lost; return its new name.

    Raises:
        StoreError: where it cannot be renamed.
    """
    aside = path.with_name(f"{path.name}.broken")
    number = 1
    while os.path.lexists(aside):
        number += 1
        aside = path.with_name(f"{path.name}.broken-{number}")
    try:
        path.rename(aside)
    except OSError as error:
        raise StoreError(path, f"The file is broken and cannot be moved aside: {error.strerror}.") from error
    return aside


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes and threads from writing a file, as long as they ask here as well.

    The lock is the operating system's: it ends with the process that holds it. The holder's process ID stands beside
    it, for the others to name.

    Raises:
        StoreLockedError: where somebody else holds it for longer than `LOCK_TIMEOUT`.
        StoreError: where the lock cannot be made, as in a folder that is not writable.
    """
    from filelock import FileLock, Timeout

    holder = path.with_name(f".{path.name}.pid")
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=LOCK_TIMEOUT, mode=0o600, poll_interval=0.02)
    try:
        make_folder(path.parent)
        lock.acquire()
    except Timeout:
        raise StoreLockedError(path, _read_pid(holder)) from None
    except (OSError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or "this file system has no locks"
        raise StoreError(path, f"The file cannot be locked for writing: {reason}. Nothing was saved.") from error
    try:
        _write_pid(holder)
        yield
    finally:
        with contextlib.suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()


def _write_pid(holder: Path) -> None:
    with contextlib.suppress(OSError):  # it only serves a sentence
        descriptor = os.open(holder, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(str(os.getpid()))


def _read_pid(holder: Path) -> int | None:
    try:
        return int(holder.read_text())
    except (OSError, ValueError):
        return None


def _remove_leftovers(target: Path) -> None:
    for old in target.parent.iterdir():
        if old.name.startswith(f".{target.name}.") and old.name.endswith(".tmp"):
            old.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, where the system can do that (Windows cannot open a folder)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
