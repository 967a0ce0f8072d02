"""A server between a check and an S3 server: it passes everything on as it is, and tells what passed."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """A request: `target` is the path with the query."""

    method: str
    target: str

    @property
    def lists(self) -> bool:
        """Tell whether it is ListObjectsV2."""
        return self.method == "GET" and "list-type=2" in self.target


def _nothing(_request: Request) -> None:
    pass


def _nothing_more(_request: Request, _content: bytes) -> None:
    pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Relay

    def _pass_on(self) -> None:
        request = Request(self.command, self.path)
        self.server.before(request)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=30)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            upstream.putheader(name, value)
        upstream.endheaders(body)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        self.server.after(request, content)
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "content-length", "transfer-encoding"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass_on  # noqa: N815 - the names are http.server's

    def handle_expect_100(self) -> bool:
        self.send_response_only(100)
        self.end_headers()
        self.wfile.flush()
        return True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing."""


class _Relay(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, url: str, before: Callable[[Request], None], after: Callable[[Request, bytes], None]) -> None:
        self.upstream = urlsplit(url).netloc
        self.before = before
        self.after = after
        super().__init__(("127.0.0.1", 0), _Handler)


@contextmanager
def relay(
    url: str,
    *,
    before: Callable[[Request], None] = _nothing,
    after: Callable[[Request, bytes], None] = _nothing_more,
) -> Iterator[str]:
    """Stand before a server, at the address that is yielded.

    `before` is called ahead of each request, and may hold it up; `after` with the body of its answer, ahead of that.
    Both are called on the thread of the request.
    """
    with _Relay(url, before, after) as server:
        loop = threading.Thread(target=server.serve_forever, args=(0.05,))
        loop.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            loop.join()
