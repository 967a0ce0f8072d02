"""What lies on the way to S3: it proves nothing, so no light is ever red for it, but for settings that cannot be."""

from __future__ import annotations

import pytest
from fault_cases import B, Case, D, everywhere, reading, run_case, shows
from s3_faults import Answer, Reply, S3Faults, World, calm, dead_port, error, marked, page
from watched_checks import target_at, watch

from core.lights.check import Checker
from core.lights.diagnosis import row_for
from core.lights.outcome import Outcome
from core.needs import OPERATIONS, Operation


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)
    monkeypatch.setattr("core.lights.legs._BACK_OFF", 0.001)


@pytest.fixture(scope="module")
def checker() -> Checker:
    """One checker for the many cases: its clients are kept for each server apart."""
    return Checker()


ERROR_EVERYWHERE = ("unknown server-error", "unknown server-error", "unknown write-unproven")
"""Some servers answer a dry run with an error of their own, so Write says how it can be proven."""

CASES = [
    everywhere("N4", B, "dropped", Reply(drop=True), "unknown connection-closed"),
    everywhere("N4", B, "not-http", Reply(raw=b"SSH-2.0-OpenSSH_9.2\r\n"), "unknown connection-closed"),
    everywhere("N6", B, "proxy-login", page(407), "unknown proxy-refused", "login"),
    everywhere("N7", B, "portal", page(200), "unknown not-s3"),
    everywhere("N7", B, "portal-in-good-xml", page(200, "<html><body><p>Hello</p></body></html>"), "unknown not-s3"),
    everywhere("N7", B, "empty", Reply(200), "unknown not-s3"),
    everywhere("N7", B, "empty-with-a-mark", Reply(200, headers=marked()), "unknown not-s3"),
    everywhere("N7", B, "moved", Reply(302, headers={"Location": "/login"}), "unknown not-s3"),
    everywhere("N7", B, "moved-to-itself", Reply(301, headers={"Location": "/"}), "unknown not-s3"),
    everywhere("N7", B, "page-403", page(403), "unknown not-s3"),
    everywhere("N7", B, "page-403-in-good-xml", page(403, "<html><body/></html>"), "unknown not-s3"),
    everywhere("N7", B, "page-404", page(404), "unknown not-s3"),
    everywhere("N7", B, "page-511", page(511), "unknown not-s3"),
    everywhere("N7", B, "page-503", page(503), "unknown not-s3"),
    everywhere("N7", B, "no-content", Reply(204), "unknown not-s3"),
    reading("N7", B, "no-etag", Reply(206, b"x", marked()), "unknown not-s3"),
    reading("N7", B, "no-mark", Reply(206, b"x", {"ETag": '"1"'}), "unknown not-s3"),
    Case(
        "N7",
        B,
        "another-bucket",
        {
            "ListObjectsV2": Reply(
                200, b"<ListBucketResult><Name>other</Name><KeyCount>0</KeyCount></ListBucketResult>", marked()
            )
        },
        # A portal decides for every light: where List met one, Read says so too, instead of "needs List".
        ("unknown not-s3", "unknown not-s3", "green"),
    ),
    everywhere("N8", D, "slow-down", error("SlowDown", 503), "unknown throttled"),
    everywhere("N8", D, "unavailable", error("ServiceUnavailable", 503), "unknown throttled"),
    everywhere("N8", D, "too-many", error("TooManyRequests", 429), "unknown throttled"),
    everywhere("N8", D, "throttling", error("ThrottlingException", 400), "unknown throttled"),
    everywhere("N8", D, "limit", error("RequestLimitExceeded", 503), "unknown throttled"),
    Case(
        "N9",
        D,
        "own-error",
        {"*": error("InternalError", 500)},
        ERROR_EVERYWHERE,
        "InternalError",
    ),
    everywhere("N9", D, "bad-gateway", error("BadGateway", 502), "unknown server-error"),
    everywhere("N9", D, "gateway-timeout", error("GatewayTimeout", 504), "unknown server-error"),
    everywhere("N9", B, "own-error-without-words", Reply(503, headers=marked()), "unknown server-error"),
    everywhere("N10", D, "upload-too-slow", error("RequestTimeout", 400), "unknown server-error"),
    everywhere(
        "N11",
        B,
        "cut",
        Reply(200, b"<ListBucketResult><Name>datalake</Name></ListBucketResult>", marked(), cut=True),
        "unknown server-error",
        "broke off",
    ),
    reading(
        "N11",
        B,
        "byte-missing",
        Reply(206, b"x", marked({"ETag": '"1"'}), cut=True),
        "unknown server-error",
        "broke off",
    ),
    Case(
        "N9",
        B,
        "list-alone-without-words",
        {"ListObjectsV2": Reply(503, headers=marked())},
        ("unknown server-error", "unknown server-error", "green"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_way_to_s3_answers(case: Case, checker: Checker, caplog: pytest.LogCaptureFixture) -> None:
    run_case(case, checker, caplog)


@shows("N8", D)
@shows("N9", D)
@shows("N10", D)
@pytest.mark.parametrize(
    "reply",
    [
        error("SlowDown", 503),
        error("TooManyRequests", 429),
        error("InternalError", 500),
        error("RequestTimeout", 400),
        Reply(503, headers=marked()),
        Reply(drop=True),
    ],
    ids=["slow-down", "too-many", "own-error", "upload-too-slow", "without-words", "dropped"],
)
def test_what_passes_by_itself_is_asked_once_more(checker: Checker, reply: Reply) -> None:
    world = World()
    script: dict[str, list[Answer]] = {call: [reply, world] for call in ("ListObjectsV2", "GetObject", "PutObject")}
    with S3Faults(script, world=world) as server:
        assert watch(checker, target_at(server.url)).all_said == ("green", "green", "green")
        assert len(server.of("ListObjectsV2")) == 2


@shows("N11", B)
def test_a_byte_that_broke_off_is_asked_for_once_more(checker: Checker) -> None:
    world = World()
    half = Reply(206, b"x", marked({"ETag": '"1"'}), cut=True)
    with S3Faults({"GetObject": [half, world]}, world=world) as server:
        assert watch(checker, target_at(server.url)).said(Operation.READ) == "green"


@shows("N1", B)
def test_a_port_where_nobody_listens_proves_nothing(checker: Checker) -> None:
    with dead_port() as port:
        watched = watch(checker, target_at(f"http://127.0.0.1:{port}"))
    assert watched.all_said == ("unknown endpoint-unreachable",) * 3


@shows("N13", B)
@pytest.mark.parametrize("url", ["s3.example.com", "http://[", "http://exa mple.com", "http://127.0.0.1:99999"])
def test_an_endpoint_that_cannot_be_one_is_red(checker: Checker, url: str) -> None:
    assert watch(checker, target_at(url)).all_said == ("red misconfigured-client",) * 3


@pytest.mark.parametrize("status", [302, 403, 404, 407, 500, 502, 503, 511])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_number_in_place_of_a_code_is_never_red(status: int, operation: Operation) -> None:
    outcome = Outcome(call="ListObjectsV2", status=status, code=str(status), exception="ClientError")
    row = row_for(outcome, operation, target_at("http://127.0.0.1:9"))
    assert row.cause == ("proxy-refused" if status == 407 else "not-s3")


def test_nothing_is_read_where_a_portal_listed(checker: Checker) -> None:
    with S3Faults({"ListObjectsV2": page(200)}) as server:
        watch(checker, target_at(server.url))
        assert server.of("GetObject") == []
