"""A keyring in the test's own process, behind a loopback port: it outlives whoever is killed, and no file holds it."""

from __future__ import annotations

import http.client
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from keyring.backend import KeyringBackend
from serving import Serving

__all__ = ["PORT", "Keyring", "KeyringServer"]

PORT = "SOCKET_KEYRING_PORT"
"""The variable with its port."""


class KeyringServer(Serving):
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

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_port
        super().__init__(server)


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
