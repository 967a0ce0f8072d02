"""A keyring in the test's own process, behind a loopback port: it outlives whoever is killed, and no file holds it."""

from __future__ import annotations

import http.client
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from keyring.backend import KeyringBackend

__all__ = ["PORT", "Keyring", "KeyringServer"]

PORT = "SOCKET_KEYRING_PORT"
"""The variable with its port."""


class KeyringServer:
    """A context manager; `items` maps (service, user) to what is kept."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], str] = {}
        items = self.items

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                verb, service, user, text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                found = items.get((service, user))
                if verb == "set":
                    items[service, user] = text
                if verb == "delete":
                    items.pop((service, user), None)
                body = json.dumps(found).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Keyring(KeyringBackend):
    """What `PYTHON_KEYRING_BACKEND` names."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        found: str | None = self._ask("get", service, username)
        return found

    def set_password(self, service: str, username: str, password: str) -> None:
        self._ask("set", service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        self._ask("delete", service, username)

    @staticmethod
    def _ask(verb: str, service: str, username: str, text: str = "") -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", int(os.environ[PORT]), timeout=30)
        try:
            connection.request("POST", "/", json.dumps([verb, service, username, text]))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()
