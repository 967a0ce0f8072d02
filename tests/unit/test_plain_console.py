"""Where the plain lines go: streams that end, that nobody reads, that know only some letters; a terminal's echo."""

from __future__ import annotations

import io
import os
import pty
import termios
from pathlib import Path

import pytest

from tui.plain.console import Console, InputEndedError, OutputGoneError


def test_a_question_and_a_line_from_a_pipe() -> None:
    output = io.StringIO()
    console = Console(io.StringIO("an answer\r\n"), output)
    assert console.ask("Name:") == "an answer"
    assert output.getvalue() == "Name: \n", "what is said next begins a line of its own"


def test_the_end_of_the_input_is_no_empty_answer() -> None:
    console = Console(io.StringIO(""), io.StringIO())
    with pytest.raises(InputEndedError):
        console.ask("Name:")


def test_lines_are_read_up_to_an_empty_one_or_the_end() -> None:
    console = Console(io.StringIO("a\nb\n\nc\n"), io.StringIO())
    assert console.ask_lines("Paste:") == ["a", "b"]
    assert console.ask_lines("Paste:") == ["c"]


def test_an_output_that_nobody_reads_is_noticed() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as output:
        with pytest.raises(OutputGoneError):
            Console(io.StringIO(), output).say("a line")
        os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())  # so that closing it has somewhere to write to


def test_letters_that_the_output_does_not_know_are_written_plainly() -> None:
    raw = io.BytesIO()
    output = io.TextIOWrapper(raw, encoding="ascii")
    Console(io.StringIO(), output).say("Waiting …")
    assert raw.getvalue() == b"Waiting ...\n"


def test_what_would_steer_a_terminal_is_escaped() -> None:
    output = io.StringIO()
    Console(io.StringIO(), output).say("a\x1b[2Jb\rc")
    assert output.getvalue() == "a\\x1b[2Jb\\rc\n"


def test_on_a_terminal_a_secret_is_read_without_echo_and_the_echo_comes_back() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "r", encoding="utf-8") as terminal:
        echoes: list[bool] = []

        class Watched(io.StringIO):
            def write(self, text: str, /) -> int:
                echoes.append(bool(termios.tcgetattr(slave)[3] & termios.ECHO))
                return super().write(text)

        console = Console(terminal, Watched())
        os.write(master, b"canary\nseen\n")
        assert console.ask_secret("Secret:") == "canary"
        assert console.ask("Name:") == "seen", "what was typed ahead is not thrown away"
        assert not echoes[0], "from before the question on"
        assert termios.tcgetattr(slave)[3] & termios.ECHO
        echoes.clear()
        os.write(master, b"canary\n\n")
        assert console.ask_lines("Paste:") == ["canary"]
        assert echoes == [False]
    os.close(master)


def test_the_echo_comes_back_when_the_reading_is_interrupted(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "r", encoding="utf-8") as terminal:

        class Interrupted(io.StringIO):
            def flush(self) -> None:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            Console(terminal, Interrupted()).ask_secret("Secret:")
        assert termios.tcgetattr(slave)[3] & termios.ECHO
    os.close(master)
