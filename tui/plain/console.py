"""Where the plain lines go and come from: append-only, no cursor movement, no colour; secrets are read without echo."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Iterator
from typing import TextIO

from ..ascii_table import IN_ONE_CELL

__all__ = ["Console", "InputEndedError", "OutputGoneError", "to_ascii", "visible"]

_PLAIN = {**IN_ONE_CELL, "…": "...", "→": "->"}


class InputEndedError(Exception):
    """Nobody types any more."""


class OutputGoneError(Exception):
    """Nobody reads any more."""


def visible(text: str) -> str:
    """Escape what cannot be printed: a folder's name or a server's words may hold it, and must not steer a terminal."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


def to_ascii(text: str) -> str:
    """Write a text in ASCII. Letters of names stay told apart: what has no plain form is escaped."""
    return "".join(_ascii(each) for each in text)


def _ascii(letter: str) -> str:
    if letter.isascii():
        return letter
    if letter in _PLAIN:
        return _PLAIN[letter]
    # Signs that are only drawn otherwise, such as a wide comma; not letters with an accent: they are other letters.
    same = unicodedata.normalize("NFKC", letter)
    return same if same.isascii() else letter.encode("ascii", "backslashreplace").decode("ascii")


class Console:
    """Writes lines and reads lines. On a terminal a secret is read without echo; from a pipe like any other line."""

    def __init__(self, stdin: TextIO, stdout: TextIO, *, ascii_only: bool = False) -> None:
        self._in = stdin
        self._out = stdout
        self._ascii = ascii_only
        self._open = False
        self.is_terminal = stdin.isatty()

    def say(self, *lines: str) -> None:
        """Write lines; each may hold line breaks of its own.

        Raises:
            OutputGoneError: where nobody reads them any more.
        """
        if self._open and lines:
            self._end_line()  # a question that nobody has answered
        for line in lines:
            self._write("".join(f"{visible(part)}\n" for part in line.split("\n")))

    def ask(self, prompt: str) -> str:
        """Read a line, without its end.

        Raises:
            InputEndedError: where there is none.
            OutputGoneError: where nobody reads the question.
        """
        return self._ask(prompt, echoed=self.is_terminal)

    def ask_secret(self, prompt: str) -> str:
        """Read a line that is not shown. See `ask`."""
        with self._no_echo():  # from before the question on: what is typed at once is not shown either
            return self._ask(prompt, echoed=False)

    def ask_lines(self, prompt: str) -> list[str]:
        """Read lines that are not shown, up to an empty one or the end of what there is."""
        lines: list[str] = []
        with self._no_echo():
            self.say(prompt)
            while line := self._read().rstrip("\r\n"):
                lines.append(line)
        return lines

    def _ask(self, prompt: str, *, echoed: bool) -> str:
        self._open = True
        self._write(f"{visible(prompt)} ")
        line = self._read()
        self._open = not (echoed and line.endswith("\n"))
        if self._open:
            self._end_line()  # in place of the one that the terminal has not shown
        if not line:
            raise InputEndedError
        return line.rstrip("\r\n")

    def _read(self) -> str:
        try:
            return self._in.readline()
        except OSError:  # EIO: the terminal is gone
            return ""

    def _end_line(self) -> None:
        self._open = False
        self._write("\n")

    def _write(self, text: str) -> None:
        try:
            self._out.write(self._fit(text))
            self._out.flush()
        except (OSError, ValueError) as error:
            raise OutputGoneError from error

    def _fit(self, text: str) -> str:
        if not self._ascii:
            try:
                text.encode(self._out.encoding or "utf-8")
            except UnicodeEncodeError:
                return to_ascii(text)
            return text
        return to_ascii(text)

    @contextlib.contextmanager
    def _no_echo(self) -> Iterator[None]:
        if not self.is_terminal:
            yield
            return
        import termios

        before = termios.tcgetattr(self._in)
        silent = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
        # Without a flush: what was pasted together stays.
        termios.tcsetattr(self._in, termios.TCSADRAIN, silent)
        try:
            yield
        finally:
            with contextlib.suppress(termios.error):  # the terminal may be gone
                termios.tcsetattr(self._in, termios.TCSADRAIN, before)
