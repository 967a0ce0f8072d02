"""The check's requests run side by side: what one stores for a moment, another must not take for the user's data."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from cases import case_named, set_up
from gateway import Gateway
from judgement import assert_the_lights_are_due, observe, target_of

from core.lights.check import Checker
from core.lights.states import ProbeMode
from core.lights.target import CheckOptions

pytestmark = [pytest.mark.rgw, pytest.mark.timeout(300)]

PATIENCE = 2.0
"""Seconds that a request waits for another at most: a check that sends them one after the other is not stopped."""


class _MeetingPoint(BaseHTTPRequestHandler):
    """Passes requests on to the gateway so that the list comes between the store of the probe and its removal."""

    protocol_version = "HTTP/1.1"
    server: _Proxy

    def _pass_on(self) -> None:
        lists = self.command == "GET" and "list-type=2" in self.path
        if lists:
            self.server.stored.wait(PATIENCE)
        elif self.command == "DELETE":
            self.server.listed.wait(PATIENCE)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=30)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            upstream.putheader(name, value)
        upstream.endheaders(body)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "content-length", "transfer-encoding"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        if lists:
            self.server.listed.set()
        elif self.command == "PUT":
            self.server.stored.set()

    do_GET = do_PUT = do_POST = do_DELETE = _pass_on  # noqa: N815 - the names are http.server's

    def handle_expect_100(self) -> bool:
        self.send_response_only(100)
        self.end_headers()
        self.wfile.flush()
        return True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing."""


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, url: str) -> None:
        self.upstream = urlsplit(url).netloc
        self.stored = threading.Event()
        self.listed = threading.Event()
        super().__init__(("127.0.0.1", 0), _MeetingPoint)


@contextmanager
def meeting_point(url: str) -> Iterator[str]:
    """Stand between a check and a server."""
    with _Proxy(url) as proxy:
        loop = threading.Thread(target=proxy.serve_forever, args=(0.05,))
        loop.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_address[1]}"
        finally:
            proxy.shutdown()
            loop.join()


def test_the_probe_that_is_just_stored_is_not_taken_for_something_to_read(gateway: Gateway) -> None:
    stage = set_up(gateway, case_named("finds an empty prefix"))
    calm = observe(Checker(), stage, ProbeMode.REAL)
    with meeting_point(gateway.url) as url:
        target = replace(target_of(stage), endpoint_url=url)
        report = Checker().check(target, CheckOptions(write_probe=ProbeMode.REAL))
    assert_the_lights_are_due(replace(calm, report=report))
    assert gateway.snapshot(stage.location.bucket) == calm.before
