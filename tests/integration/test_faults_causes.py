"""Each cause that the diagnosis table can give, brought about at the socket."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from s3_faults import (
    BUCKET,
    KEY,
    REGION,
    Answer,
    Reply,
    S3Faults,
    World,
    calm,
    denied,
    error,
    marked,
    page,
)
from watched_checks import ACCESS, SESSION, assert_nothing_leaked, target_at, watch

from core.access import UserAccess
from core.lights.causes import ROWS
from core.lights.check import Checker
from core.lights.states import ProbeMode
from core.lights.target import CheckOptions
from core.needs import Operation

OBJECT = f"arn:aws:s3:::{BUCKET}/{KEY}"
NEEDS_LIST = "unknown needs-list"
TEMPORARY = UserAccess("ASIAIOSFODNN7EXAMPLE", ACCESS.secret_access_key)
KMS_KEY = "arn:aws:kms:eu-central-1:111122223333:key/1"


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


@pytest.fixture(scope="module")
def checker() -> Checker:
    """One checker for the many cases: its clients are kept for each server apart."""
    return Checker()


@dataclass(frozen=True)
class Case:
    """What the server answers, and the lights that are due: `state cause`, one for all or one for each."""

    name: str
    script: Mapping[str, Answer | Sequence[Answer]]
    lights: tuple[str, str, str]
    says: str = ""
    """What the first light that is not green has to say in its summary or fix."""
    changes: Mapping[str, object] = field(default_factory=dict)
    mode: ProbeMode = ProbeMode.DRY


def everywhere(name: str, reply: Answer, light: str, says: str = "", **changes: object) -> Case:
    """Answer every call so, whatever was asked; all lights tell the same."""
    return Case(name, {"*": reply}, (light, light, light), says, changes)


def unheard_of(name: str, reply: Answer, says: str) -> Case:
    """Answer every call with what the table does not know: no light is decided for another."""
    return Case(name, {"*": reply}, ("unknown internal-error", NEEDS_LIST, "unknown internal-error"), says)


def listing(name: str, reply: Answer, light: str, says: str = "") -> Case:
    """Answer so to List alone."""
    return Case(name, {"ListObjectsV2": reply}, (light, NEEDS_LIST, "green"), says)


def reading(name: str, reply: Answer, light: str, says: str = "") -> Case:
    """Answer so to Get alone."""
    return Case(name, {"GetObject": reply}, ("green", light, "green"), says)


def writing(name: str, reply: Answer, light: str, says: str = "", mode: ProbeMode = ProbeMode.DRY) -> Case:
    """Answer so to Put alone."""
    calls = {"PutObject": reply, "CreateMultipartUpload": reply}
    return Case(name, calls, ("green", "green", light), says, {}, mode)


NO_IDENTITY_POLICY = "because no identity-based policy allows the {} action"
ARCHIVED = error("InvalidObjectState", 403, "not valid for the object's storage class", StorageClass="DEEP_ARCHIVE")

CREDENTIALS = [
    everywhere("key-unknown", error("InvalidAccessKeyId"), "red unknown-access-key", "AKIA…MPLE"),
    everywhere("sts-key-unknown", error("InvalidClientTokenId"), "red unknown-access-key"),
    everywhere(
        "temporary", error("InvalidAccessKeyId"), "red session-token-missing", "session token", access=TEMPORARY
    ),
    everywhere("secret-wrong", error("SignatureDoesNotMatch"), "red wrong-secret", "secret"),
    everywhere(
        "clock",
        error(
            "RequestTimeTooSkewed",
            403,
            "The difference between the request time and the current time is too large.",
            RequestTime="20261122T100000Z",
            ServerTime="2026-11-22T10:42:00Z",
        ),
        "red clock-skew",
        "42 minutes off",
    ),
    everywhere(
        "clock-in-signature",
        error("SignatureDoesNotMatch", 403, "Signature expired: 20261122T100000Z is now earlier than 20261122T101000Z"),
        "red clock-skew",
        "clock",
    ),
    everywhere("expired", error("ExpiredToken", 400, "The provided token has expired."), "red expired-session"),
    everywhere("refresh", error("TokenRefreshRequired", 400), "red expired-session"),
    everywhere("token", error("InvalidToken", 400, "The provided token is malformed"), "red invalid-session-token"),
    everywhere(
        "token-echoed",
        error("InvalidToken", 400, f"The token {SESSION} is malformed", Token=SESSION),
        "red invalid-session-token",
    ),
    everywhere(
        "swapped",
        error(
            "AuthorizationHeaderMalformed", 400, "The authorization header is malformed; the Credential is mal-formed"
        ),
        "red key-and-secret-swapped",
    ),
    everywhere(
        "no-key-id",
        error("AuthorizationHeaderMalformed", 400, "a non-empty Access Key (AKID) must be provided in the credential."),
        "red key-id-malformed",
    ),
    everywhere(
        "blank-in-key-id",
        error("IncompleteSignature", 400, "'lightly' not a valid key=value pair (missing equal-sign)"),
        "red key-id-malformed",
    ),
    unheard_of(
        "header-malformed-otherwise",
        error("AuthorizationHeaderMalformed", 400, "The authorization header is malformed; the date is missing"),
        "AuthorizationHeaderMalformed",
    ),
    everywhere("billing", error("AccountProblem"), "red account-problem", "AccountProblem"),
    everywhere("not-signed-up", error("NotSignedUp"), "red account-problem"),
    everywhere("closed", error("AllAccessDisabled"), "red access-disabled", BUCKET),
    everywhere("stripped", error("MissingAuthenticationToken"), "unknown request-altered", "proxy"),
    everywhere(
        "unsigned-headers",
        error("AccessDenied", 403, "There were headers present in the request which were not signed"),
        "unknown request-altered",
    ),
]

PLACE = [
    everywhere("bucket-missing", error("NoSuchBucket", 404), "red no-such-bucket", BUCKET),
    everywhere("bucket-name", error("InvalidBucketName", 400), "red invalid-bucket-name", BUCKET),
    everywhere("region-unnamed", error("PermanentRedirect", 301), "red wrong-region", REGION),
    everywhere(
        "region-of-its-own-kind",
        error("IllegalLocationConstraintException", 400, "The location constraint is incompatible"),
        "red wrong-region",
    ),
    everywhere("endpoint-of-another-region", error("IncorrectEndpoint", 400), "red wrong-region"),
    everywhere(
        "region-wrong-and-not-named",
        error("AuthorizationHeaderMalformed", 400, "The authorization header is malformed; the region is wrong"),
        "red wrong-region",
    ),
    everywhere("address-not-known-yet", error("TemporaryRedirect", 307), "unknown endpoint-unreachable"),
]

DENIED = [
    listing(
        "list-no-allow",
        denied("s3:ListBucket", NO_IDENTITY_POLICY.format("s3:ListBucket")),
        "red denied-identity-policy",
        '"s3:ListBucket"',
    ),
    reading(
        "read-no-allow",
        denied("s3:GetObject", NO_IDENTITY_POLICY.format("s3:GetObject"), OBJECT),
        "red denied-identity-policy",
        '"s3:GetObject"',
    ),
    writing(
        "write-no-allow",
        denied("s3:PutObject", NO_IDENTITY_POLICY.format("s3:PutObject")),
        "red denied-identity-policy",
        '"s3:PutObject"',
    ),
    reading(
        "deny",
        denied("s3:GetObject", "with an explicit deny in an identity-based policy", OBJECT),
        "red explicit-deny-identity-policy",
        "user lightly (account 111122223333)",
    ),
    listing(
        "bucket-deny",
        denied("s3:ListBucket", "with an explicit deny in a resource-based policy"),
        "red bucket-policy-denies",
        BUCKET,
    ),
    reading(
        "bucket-no-allow",
        denied("s3:GetObject", "because no resource-based policy allows the s3:GetObject action", OBJECT),
        "red bucket-policy-missing-allow",
    ),
    listing(
        "scp",
        denied("s3:ListBucket", "with an explicit deny in a service control policy: arn:aws:organizations::1:policy/p"),
        "red service-control-policy",
    ),
    listing(
        "rcp",
        denied("s3:ListBucket", "with an explicit deny in a resource control policy"),
        "red resource-control-policy",
    ),
    writing(
        "boundary",
        denied("s3:PutObject", "because no permissions boundary allows the s3:PutObject action"),
        "red permissions-boundary",
    ),
    writing(
        "session-policy",
        denied("s3:PutObject", "because no session policy allows the s3:PutObject action"),
        "red session-policy",
    ),
    reading(
        "vpc",
        denied("s3:GetObject", "because no VPC endpoint policy allows the s3:GetObject action", OBJECT),
        "unknown vpc-endpoint-policy",
    ),
    listing("bare-with-message", error("AccessDenied", 403, "Access Denied"), "red access-denied", "does not say why"),
    listing(
        "bare-of-a-known-key",
        error("AccessDenied", 403, None, BucketName=BUCKET),
        "red access-denied",
        "does not say why",
    ),
    everywhere(
        "bare-of-an-unknown-key", error("AccessDenied", 403, None), "red access-denied", "does not know the key"
    ),
    Case(
        "kms-decrypt",
        {"GetObject": denied("kms:Decrypt", NO_IDENTITY_POLICY.format("kms:Decrypt"), KMS_KEY)},
        ("green", "red kms-decrypt-denied", "unknown write-unproven"),  # a dry run says nothing about the key
        "kms:Decrypt",
    ),
    reading("signature-broken-on-the-way", error("SignatureDoesNotMatch"), "unknown request-altered", "proxy"),
    reading(
        "bare-of-a-key-that-was-taken",
        error("AccessDenied", 403, None),
        "red access-denied",
        "does not say why",
    ),
    writing(
        "kms-data-key",
        denied("kms:GenerateDataKey", NO_IDENTITY_POLICY.format("kms:GenerateDataKey"), KMS_KEY),
        "red kms-generate-data-key-denied",
        "kms:GenerateDataKey",
    ),
    writing("quota", error("QuotaExceeded"), "red quota-exceeded"),
]

OBJECTS = [
    reading("archived", ARCHIVED, "amber archived-object", "DEEP_ARCHIVE"),
    reading(
        "vanished", error("NoSuchKey", 404, "The specified key does not exist.", Key=KEY), "unknown object-vanished"
    ),
    writing("no-dry-run", error("NotImplemented", 501), "unknown write-unproven", "--write-probe real"),
    writing("no-such-method", error("MethodNotAllowed", 405), "unknown write-unproven"),
    writing(
        "digest-refused-with-another-status",
        error("BadDigest", 500),
        "unknown internal-error",
    ),
    writing("upload-refused", error("AccessDenied"), "red access-denied", mode=ProbeMode.MULTIPART),
    writing("store-refused", error("AccessDenied"), "red access-denied", mode=ProbeMode.REAL),
]

NETWORK = [
    everywhere("slow-down", error("SlowDown", 503), "unknown throttled"),
    everywhere("too-many", error("TooManyRequests", 429), "unknown throttled"),
    everywhere("own-error", error("InternalError", 500), "unknown server-error", "InternalError"),
    everywhere("upload-too-slow", error("RequestTimeout", 400), "unknown server-error"),
    everywhere("dropped", Reply(drop=True), "unknown connection-closed"),
    everywhere("own-error-without-words", Reply(503, headers=marked()), "unknown server-error"),
    everywhere(
        "cut",
        Reply(200, b"<ListBucketResult><Name>datalake</Name></ListBucketResult>", marked(), cut=True),
        "unknown server-error",
        "broke off",
    ),
    everywhere("not-http", Reply(raw=b"SSH-2.0-OpenSSH_9.2\r\n"), "unknown connection-closed"),
    reading("byte-missing", Reply(206, b"x", marked({"ETag": '"1"'}), cut=True), "unknown server-error", "broke off"),
    everywhere("portal", page(200), "unknown not-s3"),
    everywhere("portal-in-good-xml", page(200, "<html><body><p>Hello</p></body></html>"), "unknown not-s3"),
    everywhere("empty", Reply(200), "unknown not-s3"),
    everywhere("empty-with-a-mark", Reply(200, headers=marked()), "unknown not-s3"),
    everywhere("moved", Reply(302, headers={"Location": "/login"}), "unknown not-s3"),
    everywhere("moved-to-itself", Reply(301, headers={"Location": "/"}), "unknown not-s3"),
    everywhere("page-403", page(403), "unknown not-s3"),
    everywhere("page-403-in-good-xml", page(403, "<html><body/></html>"), "unknown not-s3"),
    everywhere("page-404", page(404), "unknown not-s3"),
    everywhere("page-511", page(511), "unknown not-s3"),
    everywhere("page-503", page(503), "unknown not-s3"),
    everywhere("no-content", Reply(204), "unknown not-s3"),
    everywhere("proxy-login", page(407), "unknown proxy-refused"),
    unheard_of("no-such-code", error("Teapot", 418), "418 Teapot"),
    reading("no-etag", Reply(206, b"x", marked()), "unknown not-s3"),
    reading("no-mark", Reply(206, b"x", {"ETag": '"1"'}), "unknown not-s3"),
    listing(
        "another-bucket",
        Reply(200, b"<ListBucketResult><Name>other</Name><KeyCount>0</KeyCount></ListBucketResult>", marked()),
        "unknown not-s3",
    ),
]
# A portal decides for every light: where List met one, Read says so too, instead of "needs List".
NETWORK[-1] = Case("another-bucket", NETWORK[-1].script, ("unknown not-s3", "unknown not-s3", "green"))

CASES = [*CREDENTIALS, *PLACE, *DENIED, *OBJECTS, *NETWORK]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_cause_shows_as_it_should(case: Case, checker: Checker, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="core")
    with S3Faults(case.script) as server:
        watched = watch(checker, target_at(server.url, **case.changes), CheckOptions(write_probe=case.mode))
    assert watched.all_said == case.lights
    first = next(light for light in watched.report.lights if light.cause)
    assert case.says in f"{first.summary} {first.fix}"
    assert_nothing_leaked(caplog.text)


def test_every_cause_of_the_table_is_brought_about_somewhere() -> None:
    shown = {light.partition(" ")[2] for case in CASES for light in case.lights}
    # These begin at the client, and have tests of their own (test_faults_client.py).
    at_the_client = {
        "connect-timeout",
        "read-timeout",
        "tls-mismatch",
        "tls-untrusted",
        "ca-bundle-missing",
        "invalid-region",
        "misconfigured-client",
    }
    assert {row.cause for row in ROWS} == (shown | at_the_client) - {"", "needs-list", "internal-error"}


def test_a_clock_is_measured_by_the_date_of_the_answer_where_s3_does_not_tell_its_own(checker: Checker) -> None:
    when = {"Date": "Sun, 22 Nov 2026 11:05:00 GMT"}
    late = error("RequestTimeTooSkewed", 403, RequestTime="20261122T100000Z", headers=when)
    with S3Faults({"*": late}) as server:
        watched = watch(checker, target_at(server.url))
    assert "65 minutes off" in watched.report.light(Operation.LIST).summary


def test_an_archived_object_is_passed_over_for_one_that_is_not(checker: Checker) -> None:
    world = World(keys=[f"{KEY}-{number}" for number in range(3)])
    with S3Faults({"GetObject": [ARCHIVED, world]}, world=world) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("green", "green", "green")
    assert len({request.key for request in server.of("GetObject")}) == 2


def test_three_objects_are_tried_and_no_more(checker: Checker) -> None:
    with S3Faults({"GetObject": ARCHIVED}, world=World(keys=[f"{KEY}-{number}" for number in range(9)])) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.said(Operation.READ) == "amber archived-object"
    assert len(server.of("GetObject")) == 3


def test_an_empty_folder_can_be_listed_and_proves_nothing_about_read(checker: Checker) -> None:
    with S3Faults(world=World(keys=())) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("green", "unknown nothing-to-read", "green")
    assert server.of("GetObject") == []


def test_a_probe_that_somebody_left_is_no_object_to_read(checker: Checker) -> None:
    left = "projects/farm-animals/.lightly/bucketlight-probe-0011223344556677"
    with S3Faults(world=World(keys=(left,))) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.said(Operation.READ) == "unknown nothing-to-read"


@pytest.mark.parametrize("mode", [ProbeMode.REAL, ProbeMode.MULTIPART])
def test_a_probe_that_cannot_be_taken_back_is_named(checker: Checker, mode: ProbeMode) -> None:
    script = {"DeleteObject": error("AccessDenied"), "AbortMultipartUpload": error("AccessDenied")}
    with S3Faults(script) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(write_probe=mode))
    light = watched.report.light(Operation.WRITE)
    assert watched.said(Operation.WRITE) == "amber probe-left-behind"
    [key] = {*server.world.objects, *server.world.uploads} - {KEY}
    assert key in light.summary
    assert light.fix is not None
    assert key in light.fix


def test_a_lost_answer_to_a_real_write_is_cleaned_up_after(checker: Checker) -> None:
    with S3Faults({"PutObject": Reply(drop=True)}) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(write_probe=ProbeMode.REAL))
    assert watched.said(Operation.WRITE) == "unknown connection-closed"
    assert {request.key for request in server.of("DeleteObject")} == {r.key for r in server.of("PutObject")}


def test_a_lost_answer_that_cannot_be_cleaned_up_after_names_the_object(checker: Checker) -> None:
    with S3Faults({"PutObject": Reply(drop=True), "DeleteObject": error("AccessDenied")}) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(write_probe=ProbeMode.REAL))
    light = watched.report.light(Operation.WRITE)
    assert light.state == "unknown"
    assert server.of("PutObject")[-1].key in light.summary


@pytest.mark.parametrize("mode", [ProbeMode.DRY, ProbeMode.REAL, ProbeMode.MULTIPART])
def test_a_success_in_name_only_is_no_proof_that_write_works(checker: Checker, mode: ProbeMode) -> None:
    calls = ("PutObject", "CreateMultipartUpload", "DeleteObject", "AbortMultipartUpload")
    with S3Faults(dict.fromkeys(calls, page(200))) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(write_probe=mode))
    assert watched.all_said == ("green", "green", "unknown not-s3")


def test_a_kms_key_makes_a_dry_run_no_proof(checker: Checker) -> None:
    with S3Faults() as server:
        named = watch(checker, target_at(server.url, kms_key_arn=KMS_KEY))
    seen = Reply(206, b"x", marked({"ETag": '"1"', "x-amz-server-side-encryption": "aws:kms"}))
    with S3Faults({"GetObject": seen}) as server:
        met = watch(checker, target_at(server.url))
    assert named.all_said == met.all_said == ("green", "green", "unknown write-unproven")


def test_a_kms_key_is_named_in_the_write_that_proves_it(checker: Checker) -> None:
    with S3Faults() as server:
        target = target_at(server.url, kms_key_arn=KMS_KEY)
        assert watch(checker, target, CheckOptions(write_probe=ProbeMode.REAL)).said(Operation.WRITE) == "green"
    headers = server.of("PutObject")[0].headers
    assert headers["x-amz-server-side-encryption-aws-kms-key-id"] == KMS_KEY


def test_a_refusal_names_the_principal_where_nobody_else_does(checker: Checker) -> None:
    script = {
        "ListObjectsV2": denied("s3:ListBucket", NO_IDENTITY_POLICY.format("s3:ListBucket")),
        "GetCallerIdentity": error("MethodNotAllowed", 405),
    }
    with S3Faults(script) as server:
        assert watch(checker, target_at(server.url)).report.principal == "arn:aws:iam::111122223333:user/lightly"
