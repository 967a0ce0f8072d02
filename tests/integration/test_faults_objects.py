"""What lies in single objects, and in how Write is tried."""

from __future__ import annotations

import pytest
from fault_cases import Case, D, I, L, R, U, everywhere, reading, run_case, shows, unheard_of, writing
from s3_faults import KEY, PREFIX, Reply, S3Faults, World, calm, denied, error, marked, page
from watched_checks import ACCESS, target_at, watch

from core.lights.check import Checker
from core.lights.diagnosis import Asked
from core.lights.outcome import Outcome
from core.lights.states import ProbeMode, State
from core.lights.target import CheckOptions
from core.lights.write import WriteMove, judge_write
from core.needs import Operation


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


@pytest.fixture(scope="module")
def checker() -> Checker:
    """One checker for the many cases: its clients are kept for each server apart."""
    return Checker()


PROVE = "--write-probe real"
ARCHIVED = error("InvalidObjectState", 403, "not valid for the object's storage class", StorageClass="DEEP_ARCHIVE")
CHECKSUM = "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters"

CASES = [
    reading("O1", L, "archived", ARCHIVED, "amber archived-object", "DEEP_ARCHIVE"),
    reading(
        "O2",
        L,
        "empty-though-listed-otherwise",
        error("InvalidRange", 416, "The requested range is not satisfiable", ActualObjectSize="0"),
        "unknown nothing-to-read",
        "empty",
    ),
    reading(
        "O3",
        D,
        "vanished",
        error("NoSuchKey", 404, "The specified key does not exist.", Key=KEY),
        "unknown object-vanished",
    ),
    reading(
        "O4",
        L,
        "delete-marker",
        error("MethodNotAllowed", 405, headers={"x-amz-delete-marker": "true"}),
        "unknown object-vanished",
    ),
    writing("O6", L, "digest-refused", error("BadDigest", 400, "The Content-MD5 you specified did not match"), "green"),
    writing(
        "O7", I, "digest-refused-otherwise", error("InvalidDigest", 400, "MD5 checksum verification failed"), "green"
    ),
    writing("O9", I, "error-instead-of-a-refusal", error("InternalError", 500), "unknown write-unproven", "", PROVE),
    writing("O10", L, "condition", error("PreconditionFailed", 412), "unknown write-unproven", "dry run", PROVE),
    writing("O10", L, "conflict", error("ConditionalRequestConflict", 409), "unknown write-unproven"),
    writing("O11", I, "no-dry-run", error("NotImplemented", 501), "unknown write-unproven", "dry run", PROVE),
    writing("O11", U, "no-such-method", error("MethodNotAllowed", 405), "unknown write-unproven"),
    writing(
        "O12",
        I,
        "checksum-wanted",
        error("InvalidRequest", 400, CHECKSUM),
        "amber object-lock",
        "checksum",
        mode=ProbeMode.REAL,
    ),
    writing("O6", U, "digest-refused-with-another-status", error("BadDigest", 500), "unknown internal-error"),
    unheard_of("O9", U, "no-such-code", error("Teapot", 418), "418 Teapot"),
    everywhere("O9", U, "error-everywhere", Reply(503, headers=marked()), "unknown server-error"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_objects_and_writes_answer(case: Case, checker: Checker, caplog: pytest.LogCaptureFixture) -> None:
    run_case(case, checker, caplog)


@shows("O7", I)
def test_a_digest_that_aws_calls_malformed_proves_nothing() -> None:
    refused = Outcome(call="PutObject", status=400, code="InvalidDigest", request_id="1")
    verdict = judge_write(WriteMove.DRY, refused, Asked(target_at(None)), kms=False)
    assert (verdict.state, verdict.cause) == (State.UNKNOWN, "write-unproven")


@shows("O1", L)
def test_an_archived_object_is_passed_over_for_one_that_is_not(checker: Checker) -> None:
    world = World(keys=[f"{KEY}-{number}" for number in range(3)])
    with S3Faults({"GetObject": [ARCHIVED, world]}, world=world) as server:
        watched = watch(checker, target_at(server.url))
        assert len({request.key for request in server.of("GetObject")}) == 2
    assert watched.all_said == ("green", "green", "green")


def test_three_objects_are_tried_and_no_more(checker: Checker) -> None:
    with S3Faults({"GetObject": ARCHIVED}, world=World(keys=[f"{KEY}-{number}" for number in range(9)])) as server:
        watched = watch(checker, target_at(server.url))
        assert len(server.of("GetObject")) == 3
    assert watched.said(Operation.READ) == "amber archived-object"


@shows("O3", D)
def test_an_object_that_vanished_is_passed_over(checker: Checker) -> None:
    world = World(keys=[f"{KEY}-{number}" for number in range(3)])
    with S3Faults({"GetObject": [error("NoSuchKey", 404, Key=KEY), world]}, world=world) as server:
        assert watch(checker, target_at(server.url)).said(Operation.READ) == "green"


@shows("O2", R)
def test_a_folders_own_empty_object_is_not_read(checker: Checker) -> None:
    world = World(keys=[PREFIX, KEY])
    world.objects[PREFIX] = b""
    with S3Faults(world=world) as server:
        assert watch(checker, target_at(server.url)).said(Operation.READ) == "green"
        assert {request.key for request in server.of("GetObject")} == {KEY}


@shows("O5", D)
def test_an_empty_folder_can_be_listed_and_proves_nothing_about_read(checker: Checker) -> None:
    with S3Faults(world=World(keys=())) as server:
        watched = watch(checker, target_at(server.url))
        assert server.of("GetObject") == []
    assert watched.all_said == ("green", "unknown nothing-to-read", "green")


def test_a_probe_that_somebody_left_is_no_object_to_read(checker: Checker) -> None:
    left = "projects/farm-animals/.lightly/bucketlight-probe-0011223344556677"
    with S3Faults(world=World(keys=(left,))) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.said(Operation.READ) == "unknown nothing-to-read"


@shows("O6", R)
def test_a_dry_run_that_is_refused_for_its_digest_is_green_and_stores_nothing(checker: Checker) -> None:
    with S3Faults() as server:
        assert watch(checker, target_at(server.url)).said(Operation.WRITE) == "green"
        assert set(server.world.objects) == {KEY}


@shows("O8", I)
def test_a_server_that_stores_the_dry_run_is_cleaned_up_after(checker: Checker) -> None:
    with S3Faults(world=World(ignores_md5=True)) as server:
        watched = watch(checker, target_at(server.url))
        assert set(server.world.objects) == {KEY}
    assert watched.said(Operation.WRITE) == "green"
    assert watched.report.stored_dry_write


@shows("O8", I)
def test_a_dry_run_that_was_stored_and_stays_is_named(checker: Checker) -> None:
    with S3Faults({"DeleteObject": error("AccessDenied")}, world=World(ignores_md5=True)) as server:
        watched = watch(checker, target_at(server.url))
        [left] = set(server.world.objects) - {KEY}
    light = watched.report.light(Operation.WRITE)
    assert watched.said(Operation.WRITE) == "amber probe-left-behind"
    assert left in (light.paste or "")


@shows("O13", D)
def test_an_upload_that_cannot_be_taken_back_is_named(checker: Checker) -> None:
    refusal = denied(
        "s3:AbortMultipartUpload", "because no identity-based policy allows the s3:AbortMultipartUpload action"
    )
    with S3Faults({"AbortMultipartUpload": refusal}) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(write_probe=ProbeMode.MULTIPART))
        [key] = server.world.uploads
    light = watched.report.light(Operation.WRITE)
    assert watched.said(Operation.WRITE) == "amber probe-left-behind"
    assert "s3:AbortMultipartUpload" in (light.fix or "")
    assert key in light.summary


def test_a_real_object_that_cannot_be_deleted_is_named_with_the_command(checker: Checker) -> None:
    with S3Faults({"DeleteObject": error("AccessDenied")}) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(write_probe=ProbeMode.REAL))
        [key] = set(server.world.objects) - {KEY}
    light = watched.report.light(Operation.WRITE)
    assert watched.said(Operation.WRITE) == "amber probe-left-behind"
    assert light.paste == f"aws s3api delete-object --bucket datalake --key={key} --endpoint-url={server.url}"


def test_a_lost_answer_to_a_real_write_is_cleaned_up_after(checker: Checker) -> None:
    with S3Faults({"PutObject": Reply(drop=True)}) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(write_probe=ProbeMode.REAL))
        assert {request.key for request in server.of("DeleteObject")} == {r.key for r in server.of("PutObject")}
    assert watched.said(Operation.WRITE) == "unknown connection-closed"


def test_a_lost_answer_that_cannot_be_cleaned_up_after_names_the_object(checker: Checker) -> None:
    with S3Faults({"PutObject": Reply(drop=True), "DeleteObject": error("AccessDenied")}) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(write_probe=ProbeMode.REAL))
    light = watched.report.light(Operation.WRITE)
    assert watched.said(Operation.WRITE) == "unknown read-timeout"
    assert server.of("PutObject")[-1].key in light.summary


@pytest.mark.parametrize("mode", [ProbeMode.DRY, ProbeMode.REAL, ProbeMode.MULTIPART])
def test_a_success_in_name_only_is_no_proof_that_write_works(checker: Checker, mode: ProbeMode) -> None:
    calls = ("PutObject", "CreateMultipartUpload", "DeleteObject", "AbortMultipartUpload")
    with S3Faults(dict.fromkeys(calls, page(200))) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(write_probe=mode))
    assert watched.all_said == ("green", "green", "unknown not-s3")


def test_write_that_was_not_tried_names_the_command_that_proves_it(checker: Checker) -> None:
    with S3Faults() as server:
        watched = watch(checker, target_at(server.url), CheckOptions(write_probe=ProbeMode.OFF))
    light = watched.report.light(Operation.WRITE)
    assert watched.said(Operation.WRITE) == "unknown write-unproven"
    assert f"{PROVE} --endpoint-url={server.url}" in (light.paste or "")
    assert ACCESS.access_key_id not in (light.paste or "")
