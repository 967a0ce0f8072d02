"""A small HTTP/1.1 server on the loopback interface that keeps connections open and can be closed at once.

moto's own server (werkzeug's) closes each connection after one answer. A client that keeps its connections warm could
not be tried against it.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

__all__ = ["Answer", "HttpServer", "Request"]

_LOOPBACK = "127.0.0.1"
_LONGEST_BODY = 64 * 1024 * 1024
_END_WITHIN = 2.0


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was read whole. `target` is what stood in the request line; header names are as they came."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first header of that name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back. Date, Server and (where there is a body) Content-Length are added on the way."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default=())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves in one piece: headers and body apart would wait for a delayed ACK
    server: HttpServer
    _own_headers: ClassVar = frozenset({"date", "server", "connection", "transfer-encoding", "content-length"})

    def _serve(self) -> None:
        body = self._read_body()
        if body is None:
            self.close_connection = True
            self._send(Answer(400))
            return
        self._send(self.server.answer(Request(self.command, self.path, tuple(self.headers.items()), body)))

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = do_OPTIONS = _serve  # noqa: N815 - http.server's names

    def _read_body(self) -> bytes | None:
        """Read the request's body to its end, so that the next request starts where it should; None if it cannot be."""
        try:
            if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
                return self._read_chunks()
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            return None
        return self.rfile.read(length) if 0 <= length <= _LONGEST_BODY else None

    def _read_chunks(self) -> bytes | None:
        body = bytearray()
        while size := int(self.rfile.readline(1024).split(b";")[0], 16):
            if size < 0 or len(body) + size > _LONGEST_BODY:
                return None
            body += self.rfile.read(size)
            self.rfile.readline(1024)
        while self.rfile.readline(65536).strip():
            pass
        return bytes(body)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        bodiless = self.command == "HEAD" or answer.status in {204, 304}
        length = str(len(answer.body))
        for name, value in answer.headers:
            if name.lower() == "content-length" and self.command == "HEAD":
                length = value  # of the body that a GET would bring
            elif name.lower() not in self._own_headers:
                self.send_header(name, value)
        if answer.status not in {204, 304}:
            self.send_header("Content-Length", length)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if not bodiless:
            self.wfile.write(answer.body)

    def handle_expect_100(self) -> bool:
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def version_string(self) -> str:
        return "bucketlight-sandbox"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing: what is asked of the sandbox is nobody's reading on a terminal."""


class HttpServer(ThreadingHTTPServer):
    """Serve a function on a loopback port, from the moment it is made until `close`.

    Attributes:
        connections: how many connections were accepted so far.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, application: Callable[[Request], Answer], port: int = 0) -> None:
        """Bind and serve. `port` 0 takes a free one.

        Raises:
            OSError: where the port is taken.
        """
        self.connections = 0
        self._application = application
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        super().__init__((_LOOPBACK, port), _Handler)
        self._loop = threading.Thread(target=self.serve_forever, args=(0.05,), name="sandbox-server", daemon=True)
        self._loop.start()

    @property
    def url(self) -> str:
        """The server's address, without a final slash."""
        return f"http://{_LOOPBACK}:{self.server_address[1]}"

    def answer(self, request: Request) -> Answer:
        """Ask the application; what it does not expect is a server error to the client."""
        try:
            return self._application(request)
        except Exception:  # noqa: BLE001 - the border between the application and the wire
            return Answer(500)

    def server_bind(self) -> None:
        """Bind without looking the host's name up, as `HTTPServer` does: that can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = _LOOPBACK, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a new connection on a thread of its own, and remember both so that `close` can end them."""
        serve = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        with self._lock:
            self.connections += 1
            self._open[request] = serve
        serve.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection until it ends."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that hangs up is no news."""

    def close(self) -> None:
        """Free the port, hang up on every client, and wait for the threads to end. Closing twice is allowed."""
        if not self._loop.is_alive():
            return
        self.shutdown()
        self._loop.join(_END_WITHIN)
        self.server_close()
        with self._lock:
            still_open = dict(self._open)
        for client in still_open:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for thread in still_open.values():
            thread.join(_END_WITHIN)
