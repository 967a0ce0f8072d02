"""Small files: replaced as a whole, for the user alone, and not by two at once."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import core
from core.store.errors import StoreError, StoreLockedError
from core.store.files import MAX_BYTES, locked, make_folder, move_aside, read_text, write_text
from core.store.paths import Home

_HOLD = """
import sys
from pathlib import Path
from core.store.files import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
print("released", flush=True)
"""


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_and_the_folders_made_for_it_are_for_the_user_alone(tmp_path: Path) -> None:
    old_mask = os.umask(0)
    try:
        write_text(tmp_path / "one" / "two" / "file", "text")
    finally:
        os.umask(old_mask)
    assert [_mode(tmp_path / each) for each in ("one", "one/two", "one/two/file")] == [0o700, 0o700, 0o600]


def test_an_existing_folder_keeps_its_mode_and_an_existing_file_loses_what_others_could_read(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(0o755)
    file = folder / "file"
    file.write_text("old")
    file.chmod(0o644)
    write_text(file, "new")
    assert (_mode(folder), _mode(file), file.read_text()) == (0o755, 0o600, "new")


def test_a_symlink_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "real.yaml"
    target.parent.mkdir()
    target.write_text("old")
    link = tmp_path / "link.yaml"
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert [each.name for each in target.parent.iterdir()] == ["real.yaml"]


def test_a_symlink_to_nothing_yet_makes_the_file_it_points_to(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere" / "file")
    write_text(link, "text")
    assert link.is_symlink()
    assert (tmp_path / "elsewhere" / "file").read_text() == "text"


def test_a_disk_that_fills_up_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    write_text(file, "old")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device") as caught:
        write_text(file, "new")
    assert caught.value.path == file
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("file", "old")]


def test_what_a_killed_write_left_behind_goes_with_the_next_write(tmp_path: Path) -> None:
    (tmp_path / ".file.abc123.tmp").write_text("half")
    (tmp_path / ".other.abc123.tmp").write_text("not ours")
    write_text(tmp_path / "file", "text")
    assert sorted(each.name for each in tmp_path.iterdir()) == [".other.abc123.tmp", "file"]


def test_no_file_is_none() -> None:
    assert read_text(Path("/nonexistent/file")) is None


def test_a_file_of_the_largest_size_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x" * MAX_BYTES)
    assert read_text(file) == "x" * MAX_BYTES
    file.write_text("x" * (MAX_BYTES + 1))
    with pytest.raises(StoreError, match="larger than 64 KB"):
        read_text(file)


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="larger than 64 KB"):
        write_text(tmp_path / "file", "x" * (MAX_BYTES + 1))
    assert list(tmp_path.iterdir()) == []


def test_bytes_that_are_not_utf8_are_refused_with_their_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"one\ntwo\nthr\xffee\n")
    with pytest.raises(StoreError, match="not UTF-8") as caught:
        read_text(file)
    assert caught.value.line == 3


def test_a_pipe_in_the_place_of_the_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StoreError, match="not an ordinary file"):
        read_text(tmp_path / "pipe")


def test_moving_aside_never_hits_what_was_moved_before(tmp_path: Path) -> None:
    for content in ("first", "second", "third"):
        (tmp_path / "file").write_text(content)
        move_aside(tmp_path / "file")
    found = {each.name: each.read_text() for each in tmp_path.iterdir()}
    assert found == {"file.broken": "first", "file.broken-2": "second", "file.broken-3": "third"}


def test_whoever_meets_the_lock_is_told_the_process_that_holds_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    environment = os.environ | {"PYTHONPATH": str(Path(core.__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreLockedError, match=f"process {holder.pid}") as caught, locked(file):
            pass
        assert caught.value.holder == holder.pid
        holder.stdin.write("\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "released\n"
        with locked(file):
            pass


def test_a_lock_whose_holder_was_killed_is_free(tmp_path: Path) -> None:
    file = tmp_path / "file"
    environment = os.environ | {"PYTHONPATH": str(Path(core.__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
        holder.wait()
    with locked(file):
        pass


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be locked"), locked(tmp_path / "file" / "below" / "it"):
        pass
    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "file" / "below")


def test_a_home_of_its_own_holds_everything(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    assert all(tmp_path / "home" in each.parents for each in (home.datasets_file, home.drafts, home.observations_file))
    assert not (tmp_path / "home").exists(), "nothing is made before the first write"


@pytest.mark.skipif(sys.platform != "linux", reason="the XDG folders are Linux's")
def test_the_usual_home_is_where_the_desktop_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    home = Home.default()
    assert home.datasets_file == tmp_path / "config" / "bucketlight" / "datasets.yaml"
    assert home.drafts.parent == tmp_path / "state" / "bucketlight"
