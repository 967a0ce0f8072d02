"""Faults on the way to S3, and faults of what was entered: each brought about for real, on loopback."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from s3_faults import BUCKET, PREFIX, Reply, S3Faults, calm, dead_port, full_port, page, self_signed, silent_port
from watched_checks import ACCESS, LOCATION, SECRET, target_at, watch

from core.access import Secret, UserAccess
from core.aws.region import find_region
from core.aws.session import Clients
from core.lights.check import Checker
from core.lights.states import ProbeMode
from core.lights.target import CheckOptions
from core.location import S3Location
from core.needs import Operation

SHORT = CheckOptions(deadline=0.5)


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


@pytest.fixture
def checker() -> Checker:
    return Checker()


def all_three(light: str) -> tuple[str, str, str]:
    """The same light for all: what was seen says nothing about permissions."""
    return light, light, light


def test_a_port_where_nobody_listens_proves_nothing(checker: Checker) -> None:
    with dead_port() as port:
        watched = watch(checker, target_at(f"http://127.0.0.1:{port}"))
    assert watched.all_said == all_three("unknown endpoint-unreachable")
    assert f"127.0.0.1:{port}" in watched.report.light(Operation.LIST).summary


def test_a_name_that_does_not_resolve_proves_nothing(checker: Checker) -> None:
    watched = watch(checker, target_at("http://s3.nowhere.invalid"))
    assert watched.all_said == all_three("unknown endpoint-unreachable")


def test_a_firewall_that_drops_ends_at_the_time_out(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.aws.session.CONNECT_TIMEOUT", 0.2)
    with full_port() as port:
        watched = watch(checker, target_at(f"http://127.0.0.1:{port}"))
    assert watched.all_said == all_three("unknown connect-timeout")


def test_a_server_that_never_answers_ends_at_the_time_out(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.aws.session.READ_TIMEOUT", 0.2)
    with silent_port() as port:
        watched = watch(checker, target_at(f"http://127.0.0.1:{port}"))
    assert watched.all_said == all_three("unknown read-timeout")
    evidence = watched.report.light(Operation.LIST).evidence
    assert evidence is not None
    assert evidence.code == "ReadTimeoutError"


def test_a_server_that_never_answers_ends_at_the_deadline(checker: Checker) -> None:
    with silent_port() as port:
        watched = watch(checker, target_at(f"http://127.0.0.1:{port}"), SHORT)
    assert watched.all_said == all_three("unknown read-timeout")
    assert all(light.evidence is None for light in watched.report.lights)


def test_an_answer_that_drips_ends_at_the_deadline(checker: Checker) -> None:
    with S3Faults({"*": Reply(200, b"<ListBucketResult/>", drip=True)}) as server:
        watched = watch(checker, target_at(server.url), SHORT)
    assert watched.all_said == all_three("unknown read-timeout")


def test_a_byte_that_never_comes_leaves_open_whether_a_kms_key_is_in_play(checker: Checker) -> None:
    never = threading.Event()
    with S3Faults({"GetObject": Reply(206, b"x", until=never)}) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(deadline=6.0))
        never.set()
    assert watched.all_said == ("green", "unknown read-timeout", "unknown write-unproven")


def test_a_certificate_of_a_stranger_is_not_trusted(checker: Checker, tmp_path: Path) -> None:
    with S3Faults(tls=self_signed(tmp_path)) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == all_three("unknown tls-untrusted")
    assert "AWS_CA_BUNDLE" in (watched.report.light(Operation.LIST).fix or "")
    assert server.seen == []


def test_a_ca_bundle_that_names_the_stranger_helps(
    checker: Checker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = self_signed(tmp_path)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "server.pem"))
    with S3Faults(tls=tls) as server:
        assert watch(checker, target_at(server.url)).all_said == all_three("green")


def test_a_ca_bundle_that_is_not_there_is_named(
    checker: Checker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "company.pem"))
    with S3Faults(tls=self_signed(tmp_path)) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == all_three("unknown ca-bundle-missing")


def test_a_certificate_for_another_name_is_a_mismatch(
    checker: Checker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = self_signed(tmp_path)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "server.pem"))
    with S3Faults(tls=tls) as server:
        watched = watch(checker, target_at(f"https://localhost:{server.port}"))
    assert watched.all_said == all_three("unknown tls-mismatch")


def test_plain_http_on_an_https_address_is_a_mismatch(checker: Checker) -> None:
    with S3Faults() as server:
        watched = watch(checker, target_at(f"https://127.0.0.1:{server.port}"))
    assert watched.all_said == all_three("unknown tls-mismatch")


def test_a_proxy_that_wants_a_login_for_a_tunnel_is_named(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    with S3Faults({"CONNECT": page(407)}) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        watched = watch(checker, target_at("https://s3.example.test"))
    assert watched.all_said == all_three("unknown proxy-refused")
    assert {request.method for request in proxy.seen} == {"CONNECT"}


def test_a_proxy_that_wants_a_login_for_plain_http_is_named(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    with S3Faults({"*": page(407)}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        watched = watch(checker, target_at("http://s3.example.test"))
    assert watched.all_said == all_three("unknown proxy-refused")
    assert proxy.seen


def test_a_proxy_that_is_not_there_is_named(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    with dead_port() as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        watched = watch(checker, target_at("https://s3.example.test"))
    assert watched.all_said == all_three("unknown proxy-refused")


def test_the_login_of_a_proxy_stays_out_of_the_report(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    with dead_port() as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{SECRET}@127.0.0.1:{port}")
        watch(checker, target_at("https://s3.example.test"))  # which looks for that canary


def test_a_region_that_cannot_be_one_is_named(checker: Checker) -> None:
    with S3Faults() as server:
        watched = watch(checker, target_at(server.url, region="eu central"))
    assert watched.all_said == all_three("red invalid-region")
    assert "eu central" in watched.report.light(Operation.LIST).summary
    assert server.of("ListObjectsV2") == []


@pytest.mark.parametrize(
    "url",
    [
        "s3.example.com",
        "not a url",
        "http://",
        "http://[",
        "http://exa mple.com",
        "ftp:/x",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:port",
    ],
)
def test_an_endpoint_that_cannot_be_one_is_named(checker: Checker, url: str) -> None:
    watched = watch(checker, target_at(url))
    assert watched.all_said == all_three("red misconfigured-client")


def test_a_bucket_name_that_cannot_be_one_is_named(checker: Checker) -> None:
    with S3Faults() as server:
        watched = watch(checker, target_at(server.url, location=S3Location("data lake", PREFIX)))
    assert watched.all_said == all_three("red invalid-bucket-name")
    assert server.of("ListObjectsV2") == []


@pytest.mark.parametrize(
    "access",
    [
        UserAccess("AKIAIOSFODNN7EXAMPLE", Secret(SECRET), Secret("token\nwith a line break")),
        UserAccess("AKIAIOSFODNN7EXAMPLE\n", Secret(SECRET)),
    ],
    ids=["token", "key-id"],
)
def test_a_line_break_in_what_goes_into_a_header_is_not_taken_for_the_network(
    checker: Checker, access: UserAccess
) -> None:
    with S3Faults() as server:
        watched = watch(checker, target_at(server.url, access=access))
    assert watched.all_said == all_three("red key-id-malformed")


@pytest.mark.parametrize("mode", list(ProbeMode))
def test_nothing_is_green_or_red_without_a_network(checker: Checker, mode: ProbeMode) -> None:
    with dead_port() as port:
        watched = watch(checker, target_at(f"http://127.0.0.1:{port}"), CheckOptions(write_probe=mode))
    assert {light.state for light in watched.report.lights} == {"unknown"}


def test_the_region_of_a_bucket_is_found_without_credentials() -> None:
    with S3Faults(
        {"HeadBucket": Reply(403, headers={"x-amz-request-id": "1", "x-amz-bucket-region": "eu-west-3"})}
    ) as s:
        answer = find_region(LOCATION, endpoint_url=s.url, clients=Clients())
    assert (answer.region, answer.exists) == ("eu-west-3", True)
    assert [request.call for request in s.seen] == ["HeadBucket"]
    assert "authorization" not in s.seen[0].headers
    assert "bucketlight/" in s.seen[0].headers["user-agent"]


@pytest.mark.parametrize(
    ("reply", "region", "exists"),
    [
        (Reply(200, headers={"x-amz-request-id": "1"}), None, True),
        (Reply(404, headers={"x-amz-request-id": "1"}), None, False),
        (Reply(403, headers={"x-amz-request-id": "1"}), None, None),
        (Reply(301, headers={"x-amz-request-id": "1", "x-amz-bucket-region": "eu-west-3"}), "eu-west-3", True),
        (Reply(404), None, None),
        (Reply(200, headers={"x-amz-bucket-region": "eu-west-3"}), None, None),
        (page(200), None, None),
        (Reply(302, headers={"Location": "/"}), None, None),
        (Reply(drop=True), None, None),
        (Reply(raw=b"HTTP/1.1 banana\r\n\r\n"), None, None),
    ],
)
def test_a_region_is_believed_only_where_s3_says_so(reply: Reply, region: str | None, exists: bool | None) -> None:
    with S3Faults({"HeadBucket": reply}) as server:
        answer = find_region(LOCATION, endpoint_url=server.url, clients=Clients())
    assert (answer.region, answer.exists) == (region, exists)
    assert len(server.seen) == 1


def test_finding_the_region_says_why_it_could_not(tmp_path: Path) -> None:
    clients = Clients()
    with dead_port() as port:
        assert (
            find_region(LOCATION, endpoint_url=f"http://127.0.0.1:{port}", clients=clients).problem == "no connection"
        )
    with S3Faults(tls=self_signed(tmp_path)) as server:
        assert find_region(LOCATION, endpoint_url=server.url, clients=clients).problem == "TLS failed"
    assert find_region(S3Location("a b", ""), endpoint_url="http://127.0.0.1:9", clients=clients).problem
    assert find_region(LOCATION, endpoint_url="http://[", clients=clients).problem


def test_the_check_of_a_key_that_is_no_key_asks_and_believes_the_server(checker: Checker) -> None:
    # Other S3 servers have key IDs of their own shape: only the server can tell.
    with S3Faults() as server:
        odd = UserAccess("minio", ACCESS.secret_access_key)
        assert watch(checker, target_at(server.url, access=odd)).all_said == all_three("green")
    assert f"/{BUCKET}" in server.of("ListObjectsV2")[0].path
