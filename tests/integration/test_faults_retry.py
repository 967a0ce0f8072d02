"""What passes by itself is asked once more, in time, and only where asking twice can do no harm."""

from __future__ import annotations

import pytest
from s3_faults import Reply, S3Faults, calm, denied, error, marked
from watched_checks import target_at, watch

from core.lights.check import Checker
from core.lights.states import LookUps, ProbeMode
from core.lights.target import CheckOptions
from core.needs import Operation

PASSING = {
    "SlowDown": error("SlowDown", 503),
    "InternalError": error("InternalError", 500),
    "RequestTimeout": error("RequestTimeout", 400),
    "no-words": Reply(500, headers=marked()),
    "dropped": Reply(drop=True),
}
CALLS = {"ListObjectsV2": Operation.LIST, "GetObject": Operation.READ, "PutObject": Operation.WRITE}


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_what_passes_by_itself_is_asked_once_more(checker: Checker, call: str, fault: Reply) -> None:
    with S3Faults() as server:
        server.answer(call, fault, server.world)
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("green", "green", "green")
    assert len(server.of(call)) == 2


@pytest.mark.parametrize("call", CALLS)
def test_twice_is_enough(checker: Checker, call: str) -> None:
    with S3Faults({call: error("SlowDown", 503)}) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.said(CALLS[call]) == "unknown throttled"
    assert len(server.of(call)) == 2


def test_what_comes_the_second_time_counts(checker: Checker) -> None:
    script = {"GetObject": [error("SlowDown", 503), error("AccessDenied", 403, "Access Denied")]}
    with S3Faults(script) as server:
        assert watch(checker, target_at(server.url)).said(Operation.READ) == "red access-denied"


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_a_multipart_upload_is_never_begun_twice(checker: Checker, fault: Reply) -> None:
    with S3Faults({"CreateMultipartUpload": fault}) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(write_probe=ProbeMode.MULTIPART))
    assert watched.said(Operation.WRITE).startswith("unknown ")
    assert len(server.of("CreateMultipartUpload")) == 1


def test_nothing_is_repeated_where_the_deadline_would_pass(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.lights.legs._BACK_OFF", 20.0)  # longer than the whole check may take
    with S3Faults({"*": error("SlowDown", 503)}) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("unknown throttled",) * 3
    assert server.calls().count("ListObjectsV2") == server.calls().count("PutObject") == 1


@pytest.mark.parametrize(
    "verdict",
    [
        error("AccessDenied", 403, "Access Denied"),
        error("NoSuchBucket", 404),
        error("InvalidAccessKeyId", 403),
        denied("s3:ListBucket", "because no identity-based policy allows the s3:ListBucket action"),
        Reply(403, b"<html>"),
    ],
)
def test_a_verdict_is_not_asked_for_twice(checker: Checker, verdict: Reply) -> None:
    with S3Faults({"*": verdict}) as server:
        watch(checker, target_at(server.url), CheckOptions(look_ups=LookUps.NONE))
    assert sorted(server.calls()) == ["ListObjectsV2", "PutObject"]
