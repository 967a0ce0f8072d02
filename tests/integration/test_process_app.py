"""How the app ends, in a real terminal, and what it leaves there and on the disk."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from process_terminal import COMMAND, PATIENCE, Terminal, bare_environment


@contextlib.contextmanager
def app(folder: Path, *arguments: str, **environment: str) -> Iterator[Terminal]:
    """Start the app in a terminal, and wait until its keys are shown."""
    home = folder / "home"
    with Terminal.running(
        (*COMMAND, "--home", str(home), *arguments), environment=bare_environment(folder, **environment), cwd=folder
    ) as terminal:
        terminal.wait_for(b"bucketlight")
        terminal.wait_for(b"leave")
        yield terminal


@pytest.mark.parametrize("key", [b"q", b"\x11"], ids=["q", "Ctrl+Q"])
def test_leaving_ends_with_0_and_gives_the_terminal_back(key: bytes, tmp_path: Path) -> None:
    with app(tmp_path) as terminal:
        assert not terminal.is_as_before()
        terminal.press(key)
        assert terminal.end() == 0
        assert terminal.is_as_before()
        assert terminal.has_line_mode()


def test_ctrl_c_leaves_on_the_second_press_only(tmp_path: Path) -> None:
    with app(tmp_path) as terminal:
        terminal.press(b"\x03")
        terminal.wait_for(b"once more")
        assert terminal.process.poll() is None
        terminal.press(b"\x03")
        assert terminal.end() == 130
        assert terminal.is_as_before()
        assert terminal.has_line_mode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_the_app_and_gives_the_terminal_back(number: signal.Signals, tmp_path: Path) -> None:
    with app(tmp_path) as terminal:
        terminal.send(number)
        assert terminal.end() == 128 + number
        assert terminal.is_as_before()
        assert terminal.has_line_mode()
        assert "Traceback" not in terminal.text


def test_closing_the_window_ends_the_app(tmp_path: Path) -> None:
    with app(tmp_path) as terminal:
        terminal.close()
        # 120 is Python's own: at the end there is nothing any more to which the last output could be written.
        assert terminal.process.wait(PATIENCE) in {128 + signal.SIGHUP, 120}


def test_textual_writes_no_log_of_what_is_typed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with app(tmp_path, TEXTUAL_LOG=str(log), TEXTUAL="devtools,debug") as terminal:
        terminal.press(b"\x0f")
        terminal.press(b"secret")
        terminal.send(signal.SIGTERM)
        terminal.end()
    assert not log.exists()


def test_looking_around_writes_no_file(tmp_path: Path) -> None:
    with app(tmp_path) as terminal:
        terminal.press(b"r?q")
        terminal.press(b"\x11")
        assert terminal.end() == 0
    assert list(tmp_path.iterdir()) == []


def test_a_chosen_platform_over_http_is_refused_before_the_app_starts(tmp_path: Path) -> None:
    with Terminal.running(
        (*COMMAND, "--platform-url", "http://lightly.example.com"), environment=bare_environment(tmp_path), cwd=tmp_path
    ) as terminal:
        assert terminal.end() == 2
        assert "https://" in terminal.text
        assert "\x1b" not in terminal.text
