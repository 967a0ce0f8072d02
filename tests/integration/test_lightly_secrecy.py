"""Whatever goes wrong, and however much is logged: no text of ours holds the token or a secret key."""

from __future__ import annotations

import base64
import logging
import socket
import traceback
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from lightly_faults import FaultServer, Reply, Seen, api_error, as_json, in_turn, page

from core.access import AccessKind, CredentialSource, Secret, SourceKind, UserAccess
from core.dataset import Datasource, Purpose
from core.lightly.client import LightlyClient
from core.lightly.errors import LightlyError, NotLightlyError
from core.lightly.models import user_key_config
from core.location import S3Location
from core.needs import InputType

TOKEN = "cAnArY/tok+en=7&x y"
KEY = "kEyFiSh/se+cret=key9"
ID = "0" * 24


def _forms(secret: str) -> set[str]:
    raw = secret.encode()
    plain = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}
    return plain | {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}


def _traces(secret: str) -> set[str]:
    """Give what would still betray a secret that was hidden in part: its beginning."""
    return {secret[:6], base64.b64encode(secret.encode())[:8].decode()}


ECHO = " ".join(sorted(_forms(TOKEN) | _forms(KEY)))


def _config_calls() -> dict[str, Callable[[LightlyClient], object]]:
    datasource = Datasource(
        purpose=Purpose.INPUT,
        location=S3Location("datalake", "farm/"),
        region="eu-central-1",
        access=AccessKind.USER,
        access_key_id="AKIAEXAMPLE000000001",
        credentials=CredentialSource(SourceKind.KEYRING),
    )
    config = user_key_config(datasource, UserAccess("AKIAEXAMPLE000000001", Secret(KEY)), thumbnails=True)
    return {
        "try_token": lambda client: client.try_token(),
        "list": lambda client: client.list_datasets(),
        "find": lambda client: client.find_dataset("farm-animals"),
        "create": lambda client: client.create_dataset("farm-animals", InputType.IMAGES),
        "configure": lambda client: client.configure_datasource(ID, config),
        "datasources": lambda client: client.datasources(ID),
        "verify": lambda client: client.verify(ID),
        "delete": lambda client: client.delete_dataset(ID),
    }


CALLS = _config_calls()

# What a server repeats of the request: the token anywhere, the key only where it was told.
FAULTS = {
    "refused": api_error("UNAUTHORIZED", 401, f"token {ECHO} is wrong"),
    "bad request": api_error("BAD_REQUEST", 400, f"body {ECHO} is wrong"),
    "datasource": api_error("DATASET_DATASOURCE_INVALID", 400, f"key {ECHO} is wrong"),
    "echo as a request id": as_json({"code": "FORBIDDEN", "error": "", "requestId": TOKEN}, 403),
    "throttled": api_error("TOO_MANY", 429, ECHO),
    "fault": api_error("INTERNAL", 500, ECHO),
    "portal": page(f"<html>{ECHO}</html>"),
    "portal refuses": page(f"<html>{ECHO}</html>", 403),
    "redirect": Reply(302, headers={"Location": f"https://portal.example/?token={quote(TOKEN, safe='')}"}),
    "dropped": Reply(drop=True),
    "cut": Reply(200, f'["{ECHO}"]'.encode(), cut=True),
    "silent": Reply(hold=True),
    "too long": Reply(200, ECHO.encode() * 2000),
    "bad header": Reply(200, b"[", headers={"X-Odd": quote(TOKEN)}),
}


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    names = ("urllib3", "requests", "urllib3.connectionpool", "urllib3.util.retry")
    for name in names:
        caplog.set_level(logging.DEBUG, logger=name)
    caplog.set_level(logging.DEBUG)
    return caplog


def _everything(error: BaseException) -> str:
    """Collect what a crash screen or a log could show of an exception, the locals of our frames included."""
    texts = [str(error), repr(error), repr(error.args), repr(vars(error))]
    chain: BaseException | None = error
    while chain is not None:
        texts.append(repr(chain))
        chain = chain.__cause__ or chain.__context__
    # Without the test's own frame, which knows all.
    assert error.__traceback__ is not None
    frames = traceback.TracebackException(type(error), error, error.__traceback__.tb_next, capture_locals=True)
    texts.extend(frames.format())
    return "\n".join(texts)


def _client(url: str) -> LightlyClient:
    return LightlyClient(
        url, Secret(TOKEN), read_timeout=0.2, verify_timeout=0.2, max_bytes=20_000, wait=lambda _: False
    )


def _assert_clean(text: str, *secrets: str) -> None:
    leaked = [form for secret in secrets for form in _forms(secret) | _traces(secret) if form in text]
    assert leaked == []


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_no_failure_shows_a_secret(
    fault: Reply, call: Callable[[LightlyClient], object], log: pytest.LogCaptureFixture
) -> None:
    with FaultServer(in_turn(fault)) as server, pytest.raises(LightlyError) as caught:
        call(_client(server.url))
    assert server.seen[0].query["token"] == TOKEN
    # The server repeats the key too, which only the call that sent it can know.
    secrets = (TOKEN, KEY) if server.seen[0].method == "PUT" else (TOKEN,)
    _assert_clean(_everything(caught.value), *secrets)
    _assert_clean(log.text, TOKEN, KEY)


def test_the_log_of_a_request_is_written_with_the_token_hidden(log: pytest.LogCaptureFixture) -> None:
    with FaultServer(in_turn(as_json([]))) as server:
        _client(server.url).try_token()
    assert "GET /v1/datasets?" in log.text
    assert "token=••••••••" in log.text
    _assert_clean(log.text, TOKEN)


def test_no_connection_shows_no_secret(log: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(LightlyError) as caught:
        _client(f"http://127.0.0.1:{port}").try_token()
    _assert_clean(_everything(caught.value) + log.text, TOKEN)


def test_a_lost_answer_to_a_creation_shows_no_secret(log: pytest.LogCaptureFixture) -> None:
    def answer(seen: Seen) -> Reply:
        return as_json([]) if seen.method == "GET" else api_error("INTERNAL", 500, ECHO)

    with FaultServer(answer) as server, pytest.raises(LightlyError) as caught:
        _client(server.url).create_dataset("farm-animals", InputType.IMAGES)
    _assert_clean(_everything(caught.value) + log.text, TOKEN)


def test_the_platforms_words_about_a_datasource_lose_the_token() -> None:
    said = {"canRead": False, "canWrite": False, "canList": False, "canOverwrite": False}
    with FaultServer(
        in_turn(as_json({**said, "errors": {"canList": f"no: {TOKEN} {quote(TOKEN, safe='')}"}}))
    ) as server:
        found = _client(server.url).verify(ID)
    assert found.errors["list"].startswith("no: ")
    _assert_clean(repr(found), TOKEN)


def test_a_client_shows_its_address_only() -> None:
    client = _client("http://127.0.0.1:9")
    assert repr(client) == "LightlyClient(http://127.0.0.1:9)"
    _assert_clean(repr(vars(client)), TOKEN)


def test_an_exception_of_requests_is_not_chained_to_ours() -> None:
    with FaultServer(in_turn(page())) as server, pytest.raises(NotLightlyError) as caught:
        _client(server.url).try_token()
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
