"""How soon the app shows its name, and how soon it is gone while calls hang; in a real terminal of 80x24."""

from __future__ import annotations

import contextlib
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from process_terminal import PATIENCE, Terminal, bare_environment

from core.access import AccessKind, CredentialSource, SourceKind
from core.dataset import Dataset, Datasource, Purpose
from core.location import S3Location
from core.needs import Needs
from core.store.datasets import DatasetStore
from core.store.paths import Home

from .measure import Series, header, show

__all__ = ["first_frame", "quit_while_checking", "quitting"]

_HELLO = (sys.executable, Path(__file__).with_name("hello.py"))
_KEY_ID = "AKIAIOSFODNN7BENCH00"
_CALLS = 4


def _app(home: Path) -> tuple[str, ...]:
    # Not `python -m tui`: what a person starts is the console script, which is these two lines.
    return (sys.executable, "-c", "from tui.entry import main; main()", "--home", str(home))


def first_frame(runs: int = 11) -> None:
    """Time from the start of the process until the app's name is on the terminal, beside a bare Textual app."""
    header("First frame")
    ours: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(runs + 1):
            ours.append(_until_shown(_app(folder / "home"), b"bucketlight", folder))
            bare.append(_until_shown(_HELLO, b"hello-textual", folder))
            if number == 0:  # what is read from the disk for the first time is not compared
                ours.clear()
                bare.clear()
    show(Series("bucketlight", ours), Series("a bare Textual app", bare), target="1.3 x a bare Textual app")


def _until_shown(argv: tuple[str | Path, ...], word: bytes, folder: Path) -> float:
    start = time.monotonic()
    with Terminal.running(argv, environment=bare_environment(folder), cwd=folder) as terminal:
        shown = terminal.wait_for(word)
        terminal.press(b"q")
        terminal.end()
    return shown - start


class _BlackHole:
    """A server on loopback that accepts every connection and never answers; it counts them."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        self._news = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def wait_for(self, connections: int) -> None:
        """Wait until so many connections have come in."""
        with self._news:
            if not self._news.wait_for(lambda: len(self._held) >= connections, PATIENCE):
                raise AssertionError(f"only {len(self._held)} of {connections} connections came")

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                with self._news:
                    self._held.append(connection)
                    self._news.notify_all()

    def close(self) -> None:
        """Hang up on everybody."""
        self._socket.close()
        for connection in self._held:
            connection.close()


@contextlib.contextmanager
def _black_hole() -> Iterator[_BlackHole]:
    hole = _BlackHole()
    try:
        yield hole
    finally:
        hole.close()


def _known(home: Path, endpoint_url: str, count: int = _CALLS) -> None:
    """Write down datasets whose bucket is at this address."""
    store = DatasetStore(Home.at(home))
    for number in range(count):
        source = Datasource(
            purpose=Purpose.INPUT_OUTPUT,
            location=S3Location("bench-bucket", f"folder-{number}/"),
            region="eu-central-1",
            access=AccessKind.USER,
            access_key_id=_KEY_ID,
            credentials=CredentialSource(SourceKind.ENVIRONMENT),
            endpoint_url=endpoint_url,
        )
        store.save(
            Dataset(
                name=f"bench-{number}",
                dataset_id=None,
                needs=Needs(),
                platform_url="https://api.lightly.ai",
                datasources=(source,),
            )
        )


def quitting(runs: int = 7) -> None:
    """Time from the key `q` until the process has ended, while four calls hang, beside a bare Textual app."""
    header("Quit with four hung calls")
    ours: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(runs):
            home = folder / f"home-{number}"
            ours.append(_quit_with_hung_calls(home, folder))
            with Terminal.running(_HELLO, environment=bare_environment(folder), cwd=folder) as terminal:
                terminal.wait_for(b"hello-textual")
                bare.append(_quit(terminal))
    show(Series("bucketlight, four calls hung", ours), Series("a bare Textual app", bare), target="500 ms")


def _quit_with_hung_calls(home: Path, folder: Path) -> float:
    with _black_hole() as hole:
        return quit_while_checking(home, folder, hole.url, _CALLS, lambda _: hole.wait_for(_CALLS))


def quit_while_checking(
    home: Path, folder: Path, url: str, count: int, under_way: Callable[[Terminal], object]
) -> float:
    """Start the app with so many datasets at an address, check them, and quit when that is under way; in seconds."""
    _known(home, url, count)
    environment = bare_environment(folder, AWS_ACCESS_KEY_ID=_KEY_ID, AWS_SECRET_ACCESS_KEY="bench")
    with Terminal.running(_app(home), environment=environment, cwd=folder) as terminal:
        terminal.wait_for(f"bench-{count - 1}".encode())
        terminal.press(b"r")
        under_way(terminal)
        return _quit(terminal)


def _quit(terminal: Terminal) -> float:
    start = time.monotonic()
    terminal.press(b"q")
    code = terminal.process.wait(PATIENCE)
    took = time.monotonic() - start
    if terminal.end() != 0 or code != 0 or not terminal.is_as_before() or not terminal.has_line_mode():
        raise AssertionError(f"it ended with {code}, and left behind {terminal.written[-400:]!r}")
    return took
