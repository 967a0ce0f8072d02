"""Clients depend on nothing but what they are given: not on this machine's AWS configuration, however broken."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES, DEFAULT_S3_CONFIG_VARS
from botocore.exceptions import ClientError, HTTPClientError

from core import __version__
from core.access import Secret, UserAccess
from core.aws.call import Whose
from core.aws.calls import CALLS
from core.aws.gate import UnlistedCallError
from core.aws.session import CONNECT_TIMEOUT, READ_TIMEOUT, Clients, iam_endpoint

ACCESS = UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("x" * 40))
_REACHING_THE_NETWORK = {"AWS_CA_BUNDLE"}
_VARIABLES = sorted(
    {
        name
        for _, names, *_ in (*BOTOCORE_DEFAUT_SESSION_VARIABLES.values(), *DEFAULT_S3_CONFIG_VARS.values())
        for name in ([names] if isinstance(names, str) else names or [])
    }
    - _REACHING_THE_NETWORK
)


@dataclass
class Seen:
    """What a server of nothing was asked: a line for each request, with what could differ."""

    url: str
    requests: list[tuple[str, str, str, str]] = field(default_factory=list)


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def _serve() -> Iterator[Seen]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            scope = self.headers.get("Authorization", "").partition("Credential=")[2].partition(",")[0]
            checksums = ",".join(sorted(name for name in self.headers if "checksum" in name.lower()))
            agent = self.headers.get("User-Agent", "")
            seen.requests.append((f"{self.command} {self.path}", "/".join(scope.split("/")[2:]), checksums, agent))
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _any  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen = Seen(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield seen
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def server() -> Iterator[Seen]:
    yield from _serve()


@pytest.fixture
def elsewhere() -> Iterator[Seen]:
    yield from _serve()


def _ask_everything(clients: Clients, url: str) -> None:
    s3 = clients.s3(ACCESS, region="eu-central-1", endpoint_url=url)
    for ask in (
        lambda: s3.list_objects_v2(Bucket="datalake", Prefix="a/"),
        lambda: s3.put_object(Bucket="datalake", Key="a/b", Body=b"x"),
        lambda: clients.sts(ACCESS, region="eu-central-1", endpoint_url=url).get_caller_identity(),
        lambda: clients.iam(ACCESS, region="eu-central-1", endpoint_url=url).list_user_policies(UserName="ann"),
        lambda: clients.anonymous_s3(endpoint_url=url).head_bucket(Bucket="datalake"),
    ):
        with pytest.raises(ClientError):
            ask()


EXPECTED = [
    ("GET /datalake?list-type=2&prefix=a%2F&encoding-type=url", "eu-central-1/s3/aws4_request", ""),
    ("PUT /datalake/a/b", "eu-central-1/s3/aws4_request", ""),
    ("POST /", "eu-central-1/sts/aws4_request", ""),
    ("POST /", "eu-central-1/iam/aws4_request", ""),
    ("HEAD /datalake", "", ""),
]


AT_AWS = [
    "https://datalake.s3.eu-central-1.amazonaws.com/?list-type=2&encoding-type=url",
    "https://sts.eu-central-1.amazonaws.com/",
    "https://iam.amazonaws.com/",
]


def _addresses_at_aws(clients: Clients) -> list[str]:
    """Ask AWS itself, and stop each request on its way out."""
    sent: list[str] = []

    def stop(request: AWSPreparedRequest, **_: object) -> None:
        sent.append(request.url)
        raise HTTPClientError(error="stopped")

    s3 = clients.s3(ACCESS, region="eu-central-1")
    sts = clients.sts(ACCESS, region="eu-central-1")
    iam = clients.iam(ACCESS, region="eu-central-1")
    s3.meta.events.register("before-send.s3", stop)
    sts.meta.events.register("before-send.sts", stop)
    iam.meta.events.register("before-send.iam", stop)
    with pytest.raises(HTTPClientError):
        s3.list_objects_v2(Bucket="datalake")
    with pytest.raises(HTTPClientError):
        sts.get_caller_identity()
    with pytest.raises(HTTPClientError):
        iam.list_user_policies(UserName="ann")
    return sent


def _plain(seen: Seen) -> list[tuple[str, str, str]]:
    return [request[:3] for request in seen.requests]


def test_each_call_is_sent_once_and_names_its_program(server: Seen) -> None:
    _ask_everything(Clients(), server.url)
    assert _plain(server) == EXPECTED  # 503 is not repeated: that is the check's to decide
    assert all(f"bucketlight/{__version__}" in agent for *_, agent in server.requests)


@pytest.mark.parametrize("names", [[name] for name in _VARIABLES], ids="".join)
def test_no_variable_of_awss_libraries_changes_a_request(
    server: Seen, monkeypatch: pytest.MonkeyPatch, names: list[str]
) -> None:
    _unchanged_under(server, monkeypatch, names, "banana")


@pytest.mark.parametrize("value", ["true", "9", "s3.example.com"])
def test_nor_do_all_variables_together(server: Seen, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    _unchanged_under(server, monkeypatch, _VARIABLES, value)


def _unchanged_under(server: Seen, monkeypatch: pytest.MonkeyPatch, names: list[str], value: str) -> None:
    for name in names:
        monkeypatch.setenv(name, value)
    clients = Clients()
    _ask_everything(clients, server.url)
    assert _plain(server) == EXPECTED
    assert _addresses_at_aws(clients) == AT_AWS


@pytest.mark.parametrize(
    "variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_STS", "AWS_DEFAULT_REGION", "AWS_REGION"]
)
def test_no_request_goes_to_an_endpoint_that_a_variable_names(
    server: Seen, elsewhere: Seen, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, elsewhere.url)
    clients = Clients()
    _ask_everything(clients, server.url)
    assert _plain(server) == EXPECTED
    assert elsewhere.requests == []
    assert _addresses_at_aws(clients) == AT_AWS


BROKEN = {
    "not-a-config": "this is [ no config",
    "no-such-parent": "[default]\nsource_profile = nobody\nrole_arn = arn:aws:iam::1:role/r\n",
    "steering": "[default]\nendpoint_url = http://127.0.0.1:9\nretry_mode = banana\nmax_attempts = x\n"
    "s3 =\n  addressing_style = banana\n  use_accelerate_endpoint = true\n  payload_signing_enabled = true\n"
    "use_fips_endpoint = true\nuse_dualstack_endpoint = true\nca_bundle = /nowhere\nregion = banana!\n",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_explicit_keys_work_beside_any_config_file(
    server: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, str(file))
    monkeypatch.setenv("AWS_PROFILE", "nope")
    _ask_everything(Clients(), server.url)
    assert _plain(server) == EXPECTED


def test_keys_of_the_environment_are_never_mixed_in(server: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT00000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y" * 40)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "t")
    credentials = Clients().s3(ACCESS, region="eu-central-1", endpoint_url=server.url)._request_signer._credentials  # type: ignore[attr-defined]
    assert (credentials.access_key, credentials.token) == (ACCESS.access_key_id, None)


def test_a_client_is_kept_for_each_credentials_region_and_endpoint() -> None:
    clients = Clients()
    one = clients.s3(ACCESS, region="eu-central-1")
    assert clients.s3(UserAccess(ACCESS.access_key_id, Secret("x" * 40)), region="eu-central-1") is one
    others = [
        clients.s3(ACCESS, region="eu-west-1"),
        clients.s3(ACCESS, region="eu-central-1", endpoint_url="http://127.0.0.1:9"),
        clients.s3(UserAccess(ACCESS.access_key_id, Secret("z" * 40)), region="eu-central-1"),
        clients.s3(UserAccess(ACCESS.access_key_id, Secret("x" * 40), Secret("t")), region="eu-central-1"),
        clients.anonymous_s3(region="eu-central-1"),
    ]
    assert len({id(client) for client in (one, *others)}) == 6


def test_threads_that_ask_at_once_get_the_same_client() -> None:
    clients = Clients()
    barrier = threading.Barrier(8)

    def get(_: int) -> int:
        barrier.wait()
        return id(clients.s3(ACCESS, region="eu-central-1"))

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(get, range(8)))) == 1


def test_time_outs_are_those_that_are_promised() -> None:
    config = Clients().s3(ACCESS, region="eu-central-1").meta.config
    assert (CONNECT_TIMEOUT, READ_TIMEOUT) == (3.0, 7.0)
    assert (config.connect_timeout, config.read_timeout) == (3.0, 7.0)  # type: ignore[attr-defined]


def test_a_proxy_is_honoured_since_it_is_how_this_machine_reaches_the_network(
    elsewhere: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", elsewhere.url)
    with pytest.raises(ClientError):
        Clients().s3(ACCESS, region="eu-central-1", endpoint_url="http://s3.example.test").list_objects_v2(Bucket="b")
    assert [line for line, *_ in elsewhere.requests] == ["GET http://s3.example.test/b?list-type=2&encoding-type=url"]


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy"])
def test_no_proxy_stands_before_this_machines_own_servers(
    server: Seen, elsewhere: Seen, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, elsewhere.url)
    _ask_everything(Clients(), server.url)
    assert _plain(server) == EXPECTED
    assert elsewhere.requests == []


def test_a_secret_stays_out_of_a_clients_keys_and_reprs() -> None:
    clients = Clients()
    clients.s3(UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("canary-secret"), Secret("canary-token")), region=None)
    assert "canary" not in repr(clients.__dict__)


def _client_of(clients: Clients, service: str, url: str) -> Any:
    make = {"s3": clients.s3, "sts": clients.sts, "iam": clients.iam}[service]
    return make(ACCESS, region="eu-central-1", endpoint_url=url)


def _parameters(client: Any, operation: str) -> dict[str, Any]:
    """Make up what an operation requires; each text is long enough for all of them."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    values: dict[str, Any] = {"string": "a" * 32, "list": ["s3:ListBucket"], "integer": 1, "boolean": True}
    values["Tags"] = [{"Key": "dataset", "Value": "farm"}]
    members = shape.required_members if shape else ()
    return {name: values.get(name, values[shape.members[name].type_name]) for name in members}


@pytest.mark.parametrize(
    ("service", "operation"),
    sorted({(call.service, call.operation) for call in CALLS if Whose.NOBODY not in call.whose}),
)
def test_a_call_of_the_catalogue_is_sent(server: Seen, service: str, operation: str) -> None:
    client = _client_of(Clients(may_change=True), service, server.url)
    with pytest.raises(ClientError):
        getattr(client, xform_name(operation))(**_parameters(client, operation))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("service", "operation"),
    sorted(
        {(call.service, call.operation) for call in CALLS if call.whose == (Whose.ADMINISTRATOR,)}
        - {(call.service, call.operation) for call in CALLS if not {Whose.ADMINISTRATOR, Whose.NOBODY} & {*call.whose}}
    ),
)
def test_what_administrators_send_is_not_sent_by_other_clients(server: Seen, service: str, operation: str) -> None:
    client = _client_of(Clients(), service, server.url)
    with pytest.raises(UnlistedCallError):
        getattr(client, xform_name(operation))(**_parameters(client, operation))
    assert server.requests == []


@pytest.mark.parametrize(
    ("service", "method", "parameters"),
    [
        ("s3", "list_parts", {"Bucket": "datalake", "Key": "a", "UploadId": "b"}),
        ("s3", "delete_bucket", {"Bucket": "datalake"}),
        ("s3", "head_bucket", {"Bucket": "datalake"}),
        ("s3", "copy_object", {"Bucket": "datalake", "Key": "a", "CopySource": "b/c"}),
        ("sts", "get_session_token", {}),
        ("iam", "delete_user", {"UserName": "ann"}),
        ("iam", "create_access_key", {}),
    ],
)
def test_a_call_that_no_document_tells_of_cannot_be_sent(
    server: Seen, service: str, method: str, parameters: dict[str, str]
) -> None:
    client = _client_of(Clients(), service, server.url)
    with pytest.raises(UnlistedCallError):
        getattr(client, method)(**parameters)
    assert server.requests == []


def test_nobodys_client_may_ask_for_the_region_only(server: Seen) -> None:
    nobody = Clients().anonymous_s3(endpoint_url=server.url)
    with pytest.raises(UnlistedCallError):
        nobody.list_objects_v2(Bucket="datalake")
    with pytest.raises(UnlistedCallError):
        nobody.get_object(Bucket="datalake", Key="a")
    assert server.requests == []


def test_a_helper_of_the_library_sends_no_other_call_either(server: Seen) -> None:
    s3 = Clients().s3(ACCESS, region="eu-central-1", endpoint_url=server.url)
    with pytest.raises(UnlistedCallError):
        s3.get_waiter("bucket_exists").wait(Bucket="datalake")
    with pytest.raises(UnlistedCallError):
        list(s3.get_paginator("list_object_versions").paginate(Bucket="datalake"))
    assert server.requests == []


def test_the_session_that_a_directory_bucket_wants_is_sent_by_the_library_and_is_in_the_catalogue() -> None:
    s3 = Clients().s3(ACCESS, region="eu-central-1")
    sent: list[str] = []

    def stop(request: AWSPreparedRequest, **_: object) -> None:
        sent.append(request.url)
        raise HTTPClientError(error="stopped")

    s3.meta.events.register("before-send.s3", stop)
    with pytest.raises(HTTPClientError):
        s3.list_objects_v2(Bucket="datalake--euc1-az1--x-s3")
    assert sent == ["https://datalake--euc1-az1--x-s3.s3express-euc1-az1.eu-central-1.amazonaws.com/?session"]


@pytest.mark.parametrize(
    ("region", "host", "signed_for"),
    [
        (None, "iam.amazonaws.com", "us-east-1"),
        ("eu-central-1", "iam.amazonaws.com", "us-east-1"),
        ("cn-northwest-1", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("us-gov-east-1", "iam.us-gov.amazonaws.com", "us-gov-west-1"),
    ],
)
def test_iam_is_one_for_each_partition(region: str | None, host: str, signed_for: str) -> None:
    iam = Clients().iam(ACCESS, region=region)
    sent: list[AWSPreparedRequest] = []

    def stop(request: AWSPreparedRequest, **_: object) -> None:
        sent.append(request)
        raise HTTPClientError(error="stopped")

    iam.meta.events.register("before-send.iam", stop)
    with pytest.raises(HTTPClientError):
        iam.list_user_policies(UserName="ann")
    (request,) = sent
    assert request.url == f"https://{host}/"
    assert f"/{signed_for}/iam/aws4_request" in str(request.headers["Authorization"])


AWS_S3 = [
    "https://s3.dualstack.eu-central-1.amazonaws.com",
    "https://s3-fips.dualstack.us-east-1.amazonaws.com.",
    "https://bucket.vpce-1a2b3c4d.s3.cn-north-1.vpce.amazonaws.com.cn",
]


@pytest.mark.parametrize("url", AWS_S3)
def test_beside_an_address_of_s3_at_aws_iam_and_sts_are_asked_at_their_own(url: str) -> None:
    clients = Clients()
    assert iam_endpoint(url) is None
    assert clients.iam(ACCESS, region="eu-central-1", endpoint_url=url).meta.endpoint_url == "https://iam.amazonaws.com"
    sts = clients.sts(ACCESS, region="eu-central-1", endpoint_url=url)
    assert sts.meta.endpoint_url == "https://sts.eu-central-1.amazonaws.com"
    assert sts is clients.sts(ACCESS, region="eu-central-1")
    assert clients.s3(ACCESS, region="eu-central-1", endpoint_url=url).meta.endpoint_url == url


@pytest.mark.parametrize("url", [None, "https://s3.example.com", "https://notamazonaws.com:9000"])
def test_another_server_answers_for_iam_itself(url: str | None) -> None:
    assert iam_endpoint(url) == url
