"""A proxy before the sandbox's AWS, at which the answer to CreateAccessKey is late, lost, or the request itself is."""

from __future__ import annotations

import contextlib
import http.client
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from serving import Serving

__all__ = ["LateAnswers"]


_THROTTLED = (
    b"<ErrorResponse><Error><Type>Sender</Type><Code>CODE</Code><Message>Rate exceeded</Message></Error>"
    b"<RequestId>1</RequestId></ErrorResponse>"
)


@dataclass(frozen=True, slots=True)
class _Sent:
    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes


class LateAnswers(Serving):
    """A context manager. `faulty` is how many of the next CreateAccessKey fare badly, `how` in which way.

    - late: it is carried out, and the answer comes at the end.
    - lost: it is carried out, and the connection ends without an answer.
    - portal: it never arrives; a login page answers.
    - throttled: it is refused, because there were too many requests, with the error `code`.
    - held: the connection ends, and it is carried out at the `after`-th ListAccessKeys that follows; never with 0, but
      when `deliver` is called.

    `refusals`: what each call of IAM that is named is refused with, as it stands. `ahead` is how far AWS's clock is
    ahead of this machine's. `actions`: the calls of IAM and STS that came.
    """

    def __init__(self, url: str, how: str, *, faulty: int = 1, after: int = 0, ahead: timedelta = timedelta(0)) -> None:
        self._netloc = urlsplit(url).netloc
        self.how = how
        self.faulty = faulty
        self.after = after
        self.ahead = ahead
        self.asked = 0
        self.tampered: list[str] = []
        self.code = "Throttling"
        self.refusals: dict[str, bytes] = {}
        self.actions: list[str] = []
        self._held: list[_Sent] = []
        self._lists = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                sent = _Sent(self.command, self.path, list(self.headers.items()), body)
                answer = outer._answer(sent)
                if answer is None:
                    self.close_connection = True
                    return
                status, headers, content = answer
                with contextlib.suppress(OSError):  # whoever asked may have gone
                    self.send_response_only(status)
                    for name, value in headers:
                        if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                            self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    if self.command != "HEAD":
                        self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _pass  # noqa: N815 - as the base class wants them

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        super().__init__(server)

    def deliver(self) -> None:
        """Let what was held back arrive."""
        with self._lock:
            held, self._held = self._held, []
        for sent in held:
            self._forward(sent)

    def _answer(self, sent: _Sent) -> tuple[int, list[tuple[str, str]], bytes] | None:
        action = parse_qs(sent.body.decode(errors="replace")).get("Action", [""])[0]
        self.actions += [action] if action else []
        if action in self.refusals:
            return 403, [("Content-Type", "text/xml")], self.refusals[action]
        if b"Action=ListAccessKeys" in sent.body:
            with self._lock:
                due = bool(self._held) and self.after == self._lists + 1
                self._lists += bool(self._held)
            if due:
                self.deliver()
        if b"Action=CreateAccessKey" not in sent.body:
            return self._forward(sent)
        with self._lock:
            self.asked += 1
            bad = self.asked <= self.faulty
        if not bad:
            return self._forward(sent)
        self.tampered.append(self.how)
        if self.how == "held":
            with self._lock:
                self._held.append(sent)
            return None
        if self.how == "throttled":
            return 400, [("Content-Type", "text/xml")], _THROTTLED.replace(b"CODE", self.code.encode())
        if self.how == "portal":
            return 200, [("Content-Type", "text/html")], b"<html><body>Welcome to the hotel</body></html>"
        answer = self._forward(sent)
        if self.how == "lost":
            return None
        self._ended.wait()
        return answer

    def _forward(self, sent: _Sent) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self._netloc, timeout=30)
        try:
            connection.putrequest(sent.method, sent.path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.headers:
                if name.lower() != "connection":
                    connection.putheader(name, value)
            connection.endheaders(sent.body)
            response = connection.getresponse()
            headers = [(name, value) for name, value in response.getheaders() if name.lower() != "date"]
            date = format_datetime(datetime.now(UTC) + self.ahead, usegmt=True)
            return response.status, [*headers, ("Date", date)], response.read()
        finally:
            connection.close()
