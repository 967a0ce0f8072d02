"""A server that answers while a `with` block runs."""

from __future__ import annotations

import threading
from socketserver import BaseServer
from types import TracebackType
from typing import Self

__all__ = ["Serving"]


class Serving:
    """A context manager: the server answers in a thread of its own until the block ends, and is closed then.

    `_ended` is set first: whoever holds an answer back waits for that.
    """

    def __init__(self, server: BaseServer) -> None:
        self._ended = threading.Event()
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
