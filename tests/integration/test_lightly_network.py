"""What happens on the way to the platform: faults, retries, redirects, proxies, certificates."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from pathlib import Path

import pytest
from lightly_faults import FaultServer, Reply, Seen, api_error, as_json, in_turn, page

from core.access import Secret
from core.lightly.client import LightlyClient
from core.lightly.errors import NotLightlyError, PlatformFaultError, PlatformUnreachableError, ThrottledError
from core.needs import InputType

TOKEN = Secret("a-token")
PROXY_VARIABLES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "https_proxy", "http_proxy")


class Waits(list[float]):
    """Notes how long was to be waited, and does not wait."""

    def __call__(self, seconds: float) -> bool:
        self.append(seconds)
        return False


class Clock:
    """A clock that stands still until it is put forward."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    "first",
    [
        api_error("TOO_MANY", 429),
        api_error("TIMEOUT", 408),
        api_error("INTERNAL", 500),
        page(status=502),
        page(status=503),
        Reply(504),
        Reply(drop=True),
        Reply(200, b"[]" * 20, cut=True),
    ],
    ids=["429", "408", "500", "502", "503", "504", "dropped", "cut"],
)
def test_what_passes_is_tried_again(first: Reply) -> None:
    waits = Waits()
    with FaultServer(in_turn(first, as_json([]))) as server:
        LightlyClient(server.url, TOKEN, wait=waits).try_token()
    assert len(server.seen) == 2
    assert waits == [0.5]


def test_three_attempts_are_enough_and_the_pause_grows() -> None:
    waits = Waits()
    with FaultServer(in_turn(api_error("INTERNAL", 503))) as server, pytest.raises(PlatformFaultError) as caught:
        LightlyClient(server.url, TOKEN, wait=waits).try_token()
    assert len(server.seen) == 3
    assert waits == [0.5, 1.0]
    assert "try again" in str(caught.value)


def test_a_throttle_is_waited_for_as_long_as_the_platform_asks() -> None:
    waits = Waits()
    with FaultServer(in_turn(api_error("TOO_MANY", 429, Retry_After="4"), as_json([]))) as server:
        LightlyClient(server.url, TOKEN, wait=waits).try_token()
    assert waits == [4.0]


@pytest.mark.parametrize(("asked", "known", "said"), [("60", 60.0, "in 60 s"), ("tomorrow", None, "in a minute")])
def test_a_throttle_says_when_to_come_back(asked: str, known: float | None, said: str) -> None:
    with FaultServer(in_turn(api_error("TOO_MANY", 429, Retry_After=asked))) as server:
        with pytest.raises(ThrottledError, match=said) as caught:
            LightlyClient(server.url, TOKEN, wait=Waits()).try_token()
    assert caught.value.retry_after == known
    assert len(server.seen) == (1 if known else 3)


def test_no_retry_begins_when_the_budget_is_spent() -> None:
    clock = Clock()

    def answer(_: Seen) -> Reply:
        clock.now += 11.8
        return api_error("INTERNAL", 500)

    waits = Waits()
    with FaultServer(answer) as server, pytest.raises(PlatformFaultError):
        LightlyClient(server.url, TOKEN, wait=waits, clock=clock).try_token()
    assert len(server.seen) == 1
    assert waits == []


def test_a_post_is_sent_once_whatever_comes_back() -> None:
    def answer(seen: Seen) -> Reply:
        return as_json([]) if seen.method == "GET" else api_error("INTERNAL", 500)

    with FaultServer(answer) as server, pytest.raises(Exception, match="did not say whether"):
        LightlyClient(server.url, TOKEN, wait=Waits()).create_dataset("farm-animals", InputType.IMAGES)
    assert server.count("POST") == 1


def test_closing_ends_the_wait_for_a_retry() -> None:
    with FaultServer(in_turn(api_error("TOO_MANY", 429, Retry_After="11"))) as server:
        client = LightlyClient(server.url, TOKEN)
        client.close()
        with pytest.raises(ThrottledError):
            client.try_token()
    assert len(server.seen) == 1


def test_a_server_that_is_silent_is_given_up() -> None:
    with FaultServer(in_turn(Reply(hold=True))) as server:
        with pytest.raises(PlatformUnreachableError, match="too long") as caught:
            LightlyClient(server.url, TOKEN, read_timeout=0.1, wait=lambda _: True).try_token()
    assert caught.value.arrived


def test_verify_may_be_silent_for_longer_than_other_calls() -> None:
    with FaultServer(in_turn(Reply(hold=True))) as server:
        client = LightlyClient(server.url, TOKEN, read_timeout=60.0, verify_timeout=0.1, wait=lambda _: True)
        with pytest.raises(PlatformUnreachableError, match="too long"):
            client.verify("0" * 24)


def test_a_server_that_drips_is_given_up_at_the_deadline() -> None:
    clock = Clock()

    def answer(_: Seen) -> Reply:
        clock.now += 13.0
        return Reply(200, b"[" + b" " * 100, drip=True)

    with FaultServer(answer) as server:
        with pytest.raises(PlatformUnreachableError, match="too long"):
            LightlyClient(server.url, TOKEN, read_timeout=60.0, clock=clock).try_token()
    assert len(server.seen) == 1


def test_nobody_listening_is_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    waits = Waits()
    with pytest.raises(PlatformUnreachableError, match="No connection to 127") as caught:
        LightlyClient(f"http://127.0.0.1:{port}", TOKEN, wait=waits).try_token()
    assert not caught.value.arrived
    assert len(waits) == 2


def test_something_that_speaks_no_http_is_a_cut_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=babble, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(PlatformUnreachableError, match="cut"):
            LightlyClient(url, TOKEN, wait=lambda _: True).try_token()
        thread.join()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_named_and_not_followed(status: int) -> None:
    with FaultServer(in_turn(as_json([]))) as target:
        there = Reply(status, headers={"Location": f"{target.url}/login?next=1"})
        with FaultServer(in_turn(there)) as server, pytest.raises(NotLightlyError) as caught:
            LightlyClient(server.url, TOKEN).try_token()
    assert target.seen == []
    assert f"“127.0.0.1:{target.port}”" in str(caught.value)
    assert caught.value.status == status


@pytest.mark.parametrize("location", ["https://user:pass@[half", "/elsewhere", "https://\u00e4.example", ""])
def test_a_redirect_to_no_plain_host_names_none(location: str) -> None:
    there = Reply(302, headers={"Location": location.encode().decode("latin-1")})
    with FaultServer(in_turn(there)) as server, pytest.raises(NotLightlyError, match="another address") as caught:
        LightlyClient(server.url, TOKEN).try_token()
    assert "pass" not in str(caught.value)


ODD = {
    "captive portal": page(),
    "no content": Reply(204),
    "empty": Reply(200),
    "text": Reply(200, b"ok"),
    "not UTF-8": Reply(200, b'["\xff\xfe"]'),
    "an object for a list": as_json({"error": "x"}),
    "a list of other things": as_json([1, 2]),
    "cut JSON of full length": Reply(200, b'[{"id": '),
    "deep nesting": Reply(200, b"[" * 100_000),
}


@pytest.mark.parametrize("reply", ODD.values(), ids=ODD.keys())
def test_a_success_that_is_not_the_platforms_is_none(reply: Reply) -> None:
    with FaultServer(in_turn(reply)) as server, pytest.raises(NotLightlyError, match="not as the Lightly platform"):
        LightlyClient(server.url, TOKEN).try_token()
    assert len(server.seen) == 1


def test_the_page_of_a_redirect_is_not_read_whole() -> None:
    long = Reply(302, b" " * 2_000_000, {"Location": "https://portal.example/"})
    with FaultServer(in_turn(long)) as server, pytest.raises(NotLightlyError, match="more than"):
        LightlyClient(server.url, TOKEN, max_bytes=100_000).try_token()


def test_a_portals_page_is_no_success_where_nothing_is_expected() -> None:
    with FaultServer(in_turn(page())) as server, pytest.raises(NotLightlyError):
        LightlyClient(server.url, TOKEN).delete_dataset("0" * 24)


def test_an_answer_without_end_is_not_read_whole() -> None:
    with FaultServer(in_turn(Reply(200, b"[" + b" " * 2_000_000 + b"]"))) as server:
        with pytest.raises(NotLightlyError, match="more than"):
            LightlyClient(server.url, TOKEN, max_bytes=100_000).try_token()
    assert len(server.seen) == 1


def test_netrc_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    with FaultServer(in_turn(as_json([]))) as server:
        LightlyClient(server.url, TOKEN).try_token()
    assert "authorization" not in server.seen[0].headers
    assert server.seen[0].query["token"] == "a-token"


def test_cookies_are_not_kept() -> None:
    with FaultServer(in_turn(as_json([], Set_Cookie="session=1; Path=/"))) as server:
        client = LightlyClient(server.url, TOKEN)
        client.try_token()
        client.try_token()
    assert "cookie" not in server.seen[1].headers


def test_a_proxy_is_not_used_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(in_turn(page())) as proxy, FaultServer(in_turn(as_json([]))) as server:
        for name in PROXY_VARIABLES:
            monkeypatch.setenv(name, proxy.url)
        LightlyClient(server.url, TOKEN).try_token()
    assert proxy.seen == []
    assert len(server.seen) == 1


def test_a_proxy_that_refuses_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with FaultServer(in_turn(page(status=403))) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://me:hidden-word@127.0.0.1:{proxy.port}")
        with pytest.raises(PlatformUnreachableError, match=f"proxy 127.0.0.1:{proxy.port}") as caught:
            LightlyClient("https://lightly.test", TOKEN, wait=lambda _: True).try_token()
    assert proxy.count("CONNECT") == 1
    assert proxy.seen[0].query == {}
    assert "hidden-word" not in str(caught.value)


def test_a_kind_of_proxy_that_is_not_known_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("ALL_PROXY", "gopher://127.0.0.1:9")
    with pytest.raises(PlatformUnreachableError, match=r"proxy 127\.0\.0\.1:9"):
        LightlyClient("https://lightly.test", TOKEN, wait=lambda _: True).try_token()


@pytest.mark.parametrize("url", ["http://api.lightly.ai", "https://user@api.lightly.ai", "lightly"])
def test_a_client_takes_no_address_that_may_not_be_used(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        LightlyClient(url, TOKEN)


def test_a_client_needs_a_token() -> None:
    with pytest.raises(ValueError, match="Preferences"):
        LightlyClient("http://127.0.0.1:9", Secret(""))


def test_a_ca_bundle_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="LIGHTLY_CA_CERTS"):
        LightlyClient("http://127.0.0.1:9", TOKEN, ca_bundle=str(tmp_path / "none.pem"))


def _certificate(folder: Path) -> Path:
    """Make a key and a certificate for 127.0.0.1, signed by itself, in one file."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "loopback.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def test_a_certificate_is_always_checked_and_a_ca_bundle_helps(tmp_path: Path) -> None:
    file = _certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    with FaultServer(in_turn(as_json([])), tls=tls) as server:
        waits = Waits()
        with pytest.raises(PlatformUnreachableError, match="LIGHTLY_CA_CERTS") as caught:
            LightlyClient(server.url, TOKEN, wait=waits).try_token()
        assert server.seen == []
        assert waits == []
        assert not caught.value.arrived
        LightlyClient(server.url, TOKEN, ca_bundle=str(file)).try_token()
        assert len(server.seen) == 1
