"""A small HTTP server on loopback that answers as it is told, wrongly above all."""

from __future__ import annotations

import json
import socketserver
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, unquote, urlsplit

from serving import Serving


@dataclass(frozen=True)
class Seen:
    """A request that arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What goes back. `drop`: nothing, the connection is closed. `cut`: half the body. `hold`: nothing until the end.

    `drip`: the body's first byte, and nothing more until the end.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    cut: bool = False
    hold: bool = False
    drip: bool = False


def as_json(value: object, status: int = 200, **headers: str) -> Reply:
    """Answer with JSON; an underscore in a header's name stands for a hyphen."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json", **named})


def api_error(code: str, status: int, text: str = "as told", **headers: str) -> Reply:
    """Answer with the platform's form of an error."""
    return as_json({"code": code, "error": text, "requestId": "req-7"}, status, **headers)


def page(text: str = "<html><body>Welcome to the hotel</body></html>", status: int = 200) -> Reply:
    """Answer as a captive portal does."""
    return Reply(status, text.encode(), {"Content-Type": "text/html"})


def in_turn(*replies: Reply) -> Callable[[Seen], Reply]:
    """Answer with one after the other, and with the last one from then on."""
    left = list(replies)

    def answer(_: Seen) -> Reply:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the tests."""


class FaultServer(Serving):
    """Runs while its `with` block does. `seen` holds what arrived, in order."""

    def __init__(self, answer: Callable[[Seen], Reply], *, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self._answer = answer
        self._lock = threading.Lock()
        server = _Server(("127.0.0.1", 0), self._handler())
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        self.port = int(server.server_address[1])
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        super().__init__(server)

    def count(self, method: str, path: str = "") -> int:
        """Count the requests of a method whose path ends so."""
        return sum(1 for seen in self.seen if seen.method == method and seen.path.endswith(path))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                headers = {name.lower(): text for name, text in self.headers.items()}
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                seen = Seen(self.command, unquote(parts.path), query, headers, body)
                with outer._lock:
                    outer.seen.append(seen)
                    reply = outer._answer(seen)
                self._send(reply)

            def do_GET(self) -> None:
                self._any()

            def do_POST(self) -> None:
                self._any()

            def do_PUT(self) -> None:
                self._any()

            def do_DELETE(self) -> None:
                self._any()

            def do_CONNECT(self) -> None:
                self._any()

            def _send(self, reply: Reply) -> None:
                if reply.hold:
                    outer._ended.wait(60)
                if reply.drop or reply.hold:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, text in reply.headers.items():
                    self.send_header(name, text)
                if reply.status != 204:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                part = 1 if reply.drip else len(reply.body) // 2 if reply.cut else len(reply.body)
                self.wfile.write(reply.body[:part])
                self.wfile.flush()
                if reply.drip:
                    outer._ended.wait(60)
                if reply.drip or reply.cut:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
                """Keep quiet."""

        return Handler
