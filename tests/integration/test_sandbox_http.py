"""The sandbox's HTTP server: connections that stay open, bodies of every kind, and an end that is one."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator

import pytest

from core.sandbox.server import Answer, HttpServer, Request


def echo(request: Request) -> Answer:
    if request.target == "/broken":
        raise RuntimeError("this is the application's own fault")
    told = {"method": request.method, "target": request.target, "body": request.body.decode()}
    return Answer(204 if request.target == "/empty" else 200, json.dumps(told).encode(), (("X-Sandbox", "yes"),))


@pytest.fixture
def server() -> Iterator[HttpServer]:
    running = HttpServer(echo)
    yield running
    running.close()


@pytest.fixture
def connection(server: HttpServer) -> Iterator[http.client.HTTPConnection]:
    opened = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    yield opened
    opened.close()


def ask(
    connection: http.client.HTTPConnection, method: str, target: str, body: bytes | None = None
) -> tuple[int, bytes]:
    connection.request(method, target, body=body)
    response = connection.getresponse()
    return response.status, response.read()


def raw(server: HttpServer, sent: bytes, until: bytes) -> bytes:
    """Send bytes as they are, and read until an answer ends with `until`."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as client:
        client.sendall(sent)
        received = b""
        while not received.endswith(until):
            part = client.recv(65536)
            if not part:
                break
            received += part
    return received


def test_one_connection_serves_many_requests(server: HttpServer, connection: http.client.HTTPConnection) -> None:
    for method, target, body in (("GET", "/a", None), ("PUT", "/b", b"x" * 100_000), ("DELETE", "/empty", None)):
        status, _ = ask(connection, method, target, body)
        assert status in {200, 204}
    assert ask(connection, "HEAD", "/c") == (200, b"")
    assert server.connections == 1


def test_an_error_inside_is_a_500_and_the_connection_goes_on(
    server: HttpServer, connection: http.client.HTTPConnection
) -> None:
    assert ask(connection, "GET", "/broken") == (500, b"")
    assert ask(connection, "GET", "/fine")[0] == 200
    assert server.connections == 1


def test_a_body_is_asked_for_when_the_client_waits_for_that(server: HttpServer) -> None:
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as client:
        client.sendall(b"PUT /k HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"hello")
        answer = client.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b'"body": "hello"' in answer


def test_a_chunked_body_is_put_together(server: HttpServer) -> None:
    chunked = b"PUT /k HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nfar\r\n1;a=b\r\nm\r\n0\r\n\r\n"
    assert b'"body": "farm"' in raw(server, chunked, b"}")


@pytest.mark.parametrize("length", [b"-1", b"many", b"99999999999"])
def test_a_body_that_cannot_be_read_ends_the_connection(server: HttpServer, length: bytes) -> None:
    answer = raw(server, b"PUT /k HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n", b"never")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close" in answer


def test_closing_hangs_up_on_idle_clients_and_ends_every_thread() -> None:
    before = set(threading.enumerate())
    server = HttpServer(echo)
    clients = [http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10) for _ in range(3)]
    for client in clients:
        assert ask(client, "GET", "/")[0] == 200
    server.close()
    assert set(threading.enumerate()) <= before
    for client in clients:
        assert client.sock.recv(1) == b""
        client.close()


def test_closing_twice_is_allowed_and_frees_the_port() -> None:
    server = HttpServer(echo)
    port = server.server_port
    server.close()
    server.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)
    with contextlib.closing(HttpServer(echo, port)) as again:
        assert again.server_port == port


def test_a_port_that_is_taken_is_an_error(server: HttpServer) -> None:
    with pytest.raises(OSError, match="in use"):
        HttpServer(echo, server.server_port)
