"""What policies refuse: who, what, by which kind of policy, and what is to be pasted where."""

from __future__ import annotations

import json

import pytest
from fault_cases import (
    NO_IDENTITY_POLICY,
    OBJECT,
    WHO,
    Case,
    D,
    L,
    R,
    U,
    listing,
    reading,
    run_case,
    shows,
    writing,
)
from s3_faults import ARN, BUCKET, KEY, PREFIX, Answer, Reply, Request, S3Faults, World, calm, denied, error
from watched_checks import target_at, watch

from core.lights.check import Checker
from core.lights.diagnosis import Asked, diagnose
from core.lights.outcome import Outcome
from core.lights.states import ProbeMode, State
from core.lights.target import CheckOptions
from core.location import S3Location
from core.needs import OPERATIONS, Operation


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


@pytest.fixture(scope="module")
def checker() -> Checker:
    """One checker for the many cases: its clients are kept for each server apart."""
    return Checker()


SCP = "arn:aws:organizations::999988887777:policy/o-1/service_control_policy/p-1"
RCP = "arn:aws:organizations::999988887777:policy/o-1/resource_control_policy/p-2"
BOUNDARY = "arn:aws:iam::111122223333:policy/boundary"
QUARANTINE = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"
BARE = error("AccessDenied", 403, "Access Denied")
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"


def no(layer: str, action: str) -> str:
    """Say that nothing of a layer allows an action, as AWS does."""
    return f"because no {layer} allows the {action} action"


CASES = [
    listing(
        "A1",
        D,
        "list-no-allow",
        denied("s3:ListBucket", NO_IDENTITY_POLICY.format("s3:ListBucket")),
        "red denied-identity-policy",
        WHO,
        f'"Resource": "{BUCKET_ARN}"',
    ),
    listing(
        "A2",
        R,
        "list-no-allow-that-fits",
        denied("s3:ListBucket", NO_IDENTITY_POLICY.format("s3:ListBucket")),
        "red denied-identity-policy",
        "Often it is granted on `/*` behind the bucket, or for another prefix.",
        f'"s3:prefix": "{PREFIX}*"',
    ),
    reading(
        "A4",
        D,
        "read-no-allow",
        denied("s3:GetObject", NO_IDENTITY_POLICY.format("s3:GetObject"), OBJECT),
        "red denied-identity-policy",
        WHO,
        f'"{BUCKET_ARN}/{PREFIX}*"',
    ),
    writing(
        "A5",
        D,
        "write-no-allow",
        denied("s3:PutObject", NO_IDENTITY_POLICY.format("s3:PutObject")),
        "red denied-identity-policy",
        WHO,
        '"s3:PutObject"',
    ),
    reading(
        "A6",
        D,
        "deny",
        denied("s3:GetObject", "with an explicit deny in an identity-based policy", OBJECT),
        "red explicit-deny-identity-policy",
        "No Allow outweighs that",
    ),
    listing(
        "A6",
        D,
        "quarantine",
        denied("s3:ListBucket", f"with an explicit deny in an identity-based policy: {QUARANTINE}"),
        "red explicit-deny-identity-policy",
        QUARANTINE,
    ),
    reading(
        "A7",
        D,
        "bucket-no-allow",
        denied("s3:GetObject", no("resource-based policy", "s3:GetObject"), OBJECT),
        "red bucket-policy-missing-allow",
        "the bucket's owner can",
        f'"AWS": "{ARN}"',
    ),
    listing(
        "A8",
        D,
        "bucket-deny",
        denied("s3:ListBucket", "with an explicit deny in a resource-based policy"),
        "red bucket-policy-denies",
        "TLS, an IP address, a VPC or an organization",
    ),
    writing(
        "A8",
        D,
        "bucket-deny-of-writes",
        denied("s3:PutObject", "with an explicit deny in a resource-based policy"),
        "red bucket-policy-denies",
        "x-amz-server-side-encryption",
    ),
    listing(
        "A9",
        D,
        "scp",
        denied("s3:ListBucket", f"with an explicit deny in a service control policy: {SCP}"),
        "red service-control-policy",
        SCP,
    ),
    reading(
        "A9",
        D,
        "scp-without-an-allow",
        denied("s3:GetObject", no("service control policy", "s3:GetObject"), OBJECT),
        "red service-control-policy",
        "organization's administrator",
    ),
    listing(
        "A10",
        D,
        "rcp",
        denied("s3:ListBucket", f"with an explicit deny in a resource control policy: {RCP}"),
        "red resource-control-policy",
        "916419735646",
    ),
    writing(
        "A11",
        D,
        "boundary",
        denied("s3:PutObject", no("permissions boundary", "s3:PutObject")),
        "red permissions-boundary",
        "boundary",
        '"s3:PutObject"',
    ),
    reading(
        "A11",
        D,
        "boundary-that-denies",
        denied("s3:GetObject", f"with an explicit deny in a permissions boundary: {BOUNDARY}", OBJECT),
        "red permissions-boundary",
        BOUNDARY,
    ),
    writing(
        "A12",
        D,
        "session-policy",
        denied("s3:PutObject", no("session policy", "s3:PutObject")),
        "red session-policy",
        "session",
        '"s3:PutObject"',
    ),
    reading(
        "A13",
        D,
        "vpc",
        denied("s3:GetObject", no("VPC endpoint policy", "s3:GetObject"), OBJECT),
        "unknown vpc-endpoint-policy",
        "outside of the VPC",
    ),
    listing(
        "A13",
        D,
        "vpc-that-denies",
        denied("s3:ListBucket", "with an explicit deny in a VPC endpoint policy"),
        "unknown vpc-endpoint-policy",
    ),
    Case(
        "A14",
        D,
        "bare",
        {"ListObjectsV2": BARE},
        ("red access-denied", "unknown needs-list", "green"),
        "does not say why",
        '"s3:ListBucket"',
    ),
    reading(
        "A14",
        R,
        "bare-without-a-message",
        error("AccessDenied", 403, None),
        "red access-denied",
        "in the bucket's policy; with a KMS key, its policy has to allow kms:Decrypt",
        '"s3:GetObject"',
    ),
    writing("A14", D, "bare-write", BARE, "red access-denied", "kms:GenerateDataKey", '"s3:PutObject"'),
    writing("A14", D, "upload-refused", error("AccessDenied"), "red access-denied", mode=ProbeMode.MULTIPART),
    writing("A14", D, "store-refused", error("AccessDenied"), "red access-denied", mode=ProbeMode.REAL),
    writing(
        "A18",
        D,
        "public-acl",
        denied(
            "s3:PutObject",
            "because public ACLs are blocked by the BlockPublicAcls setting in S3 Block Public Access",
        ),
        "red public-acl-blocked",
        "Send no ACL",
    ),
    writing(
        "A18",
        D,
        "public-acl-prevented",
        denied(
            "s3:PutObject",
            "because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access",
        ),
        "red public-acl-blocked",
    ),
    writing(
        "A19",
        D,
        "sse-c-blocked",
        error(
            "AccessDenied",
            403,
            f'User: {ARN} is not authorized to perform: s3:PutObject on resource: "{OBJECT}" because this bucket has '
            "blocked upload requests that specify\nServer Side Encryption with Customer provided keys (SSE-C).",
        ),
        "red sse-c-blocked",
        "default encryption",
    ),
    writing(
        "A20",
        D,
        "acl",
        error("AccessControlListNotSupported", 400, "The bucket does not allow ACLs"),
        "red acl-not-supported",
        "Send no ACL",
    ),
    writing(
        "A21",
        L,
        "locked",
        error("AccessDenied", 403, "Access Denied because object protected by object lock."),
        "amber object-lock",
        "cannot be overwritten",
    ),
    writing("A23", U, "quota", error("QuotaExceeded"), "red quota-exceeded"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_policy_refuses(case: Case, checker: Checker, caplog: pytest.LogCaptureFixture) -> None:
    for light in run_case(case, checker, caplog):
        if light.paste:
            json.loads(light.paste)


@shows("A3", R)
def test_a_policy_for_the_folder_alone_is_green_though_the_bucket_is_closed(checker: Checker) -> None:
    world = World()

    def scoped(request: Request) -> Reply:
        inside = request.query.get("prefix", "").startswith(PREFIX)
        return world(request) if inside else denied("s3:ListBucket", NO_IDENTITY_POLICY.format("s3:ListBucket"))

    with S3Faults({"ListObjectsV2": scoped, "HeadBucket": Reply(403)}, world=world) as server:
        assert watch(checker, target_at(server.url)).all_said == ("green", "green", "green")


@shows("A2", R)
def test_a_condition_that_wants_more_in_the_request_is_told_apart(checker: Checker) -> None:
    world = World()
    refusal = denied("s3:ListBucket", NO_IDENTITY_POLICY.format("s3:ListBucket"))
    answer: Answer = lambda request: world(request) if "delimiter" in request.query else refusal  # noqa: E731
    with S3Faults({"ListObjectsV2": answer}, world=world) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.said(Operation.LIST) == "red list-condition-mismatch"


@shows("A15", R)
@pytest.mark.parametrize("keys", [(), (PREFIX,), (PREFIX + ".lightly/bucketlight-probe-0011223344556677",)])
def test_read_is_never_judged_by_a_key_that_was_made_up(checker: Checker, keys: tuple[str, ...]) -> None:
    world = World(keys=keys)
    world.objects.update(dict.fromkeys([key for key in keys if key.endswith("/")], b""))
    with S3Faults({"GetObject": BARE}, world=world) as server:
        assert watch(checker, target_at(server.url)).said(Operation.READ) == "unknown nothing-to-read"
        assert server.of("GetObject") == []


@shows("A15", D)
def test_a_key_that_is_gone_is_no_refusal(checker: Checker) -> None:
    with S3Faults({"GetObject": error("NoSuchKey", 404, Key=KEY)}) as server:
        assert watch(checker, target_at(server.url)).said(Operation.READ) == "unknown object-vanished"


@shows("A16", D)
def test_one_object_of_another_owner_leaves_read_working_with_a_warning(checker: Checker) -> None:
    world = World(keys=[f"{KEY}-{number}" for number in range(3)])
    with S3Faults({"GetObject": [BARE, world]}, world=world) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.said(Operation.READ) == "amber foreign-object-owner"
    assert "Bucket owner enforced" in (watched.report.light(Operation.READ).fix or "")


@shows("A17", D)
def test_a_bucket_whose_requester_pays_works_with_a_warning(checker: Checker) -> None:
    world = World()
    answer: Answer = lambda request: world(request) if "x-amz-request-payer" in request.headers else BARE  # noqa: E731
    with S3Faults(dict.fromkeys(("ListObjectsV2", "GetObject", "PutObject"), answer), world=world) as server:
        assert watch(checker, target_at(server.url)).all_said == ("amber requester-pays",) * 3


@shows("A8", D)
def test_a_bucket_that_wants_the_encryption_named_is_found_out(checker: Checker) -> None:
    world = World()
    refusal = denied("s3:PutObject", "with an explicit deny in a resource-based policy", OBJECT)
    answer: Answer = (  # noqa: E731
        lambda request: world(request) if "x-amz-server-side-encryption" in request.headers else refusal
    )
    with S3Faults({"PutObject": answer}, world=world) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.said(Operation.WRITE) == "red bucket-policy-denies"
    assert "AES256" in watched.report.light(Operation.WRITE).summary


@shows("A21", L)
def test_a_test_object_that_a_lock_keeps_is_named(checker: Checker) -> None:
    locked = error("AccessDenied", 403, "Access Denied because object protected by object lock.")
    with S3Faults({"DeleteObject": locked}) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(write_probe=ProbeMode.REAL))
        [left] = set(server.world.objects) - {KEY}
    assert watched.said(Operation.WRITE) == "amber object-lock"
    assert left in watched.report.light(Operation.WRITE).summary


def test_the_statement_for_a_chinese_region_names_its_partition(checker: Checker) -> None:
    refusal = denied("s3:ListBucket", NO_IDENTITY_POLICY.format("s3:ListBucket"))
    with S3Faults({"ListObjectsV2": refusal}) as server:
        watched = watch(checker, target_at(server.url, region="cn-north-1", required=OPERATIONS[:2]))
    assert f"arn:aws-cn:s3:::{BUCKET}" in (watched.report.light(Operation.LIST).paste or "")


def test_a_refusal_names_the_principal_where_nobody_else_does(checker: Checker) -> None:
    script = {
        "ListObjectsV2": denied("s3:ListBucket", NO_IDENTITY_POLICY.format("s3:ListBucket")),
        "GetCallerIdentity": error("MethodNotAllowed", 405),
    }
    with S3Faults(script) as server:
        assert watch(checker, target_at(server.url)).report.principal == ARN


def test_the_evidence_quotes_the_reason_and_no_key_of_an_object(checker: Checker) -> None:
    because = NO_IDENTITY_POLICY.format("s3:GetObject")
    with S3Faults({"GetObject": denied("s3:GetObject", because, OBJECT)}) as server:
        evidence = watch(checker, target_at(server.url)).report.light(Operation.READ).evidence
    assert evidence is not None
    assert evidence.said == because.removeprefix("because ")


@pytest.mark.parametrize(
    "message",
    [
        f"User: {ARN} is not authorized to perform: s3:ListBucket {NO_IDENTITY_POLICY.format('s3:ListBucket')}",
        f"User: {ARN} is not authorized to perform: s3:ListBucket with an explicit deny in an identity-based policy",
        None,
    ],
    ids=["with-a-reason", "denied-explicitly", "bare"],
)
@pytest.mark.parametrize("age", [0.0, 59.0])
def test_a_policy_of_the_last_minute_may_not_have_arrived(message: str | None, age: float) -> None:
    refused = Outcome(call="ListObjectsV2", status=403, code="AccessDenied", message=message, request_id="1")
    fresh = diagnose(Operation.LIST, refused, Asked(target_at(None), age=age))
    settled = diagnose(Operation.LIST, refused, Asked(target_at(None), age=3600.0))
    assert (fresh.state, fresh.cause) == (State.UNKNOWN, "not-yet-propagated")
    assert settled.state is State.RED


def test_a_sessions_own_policy_is_no_matter_of_waiting() -> None:
    message = f"User: {ARN} is not authorized to perform: s3:ListBucket with an explicit deny in a session policy"
    refused = Outcome(call="ListObjectsV2", status=403, code="AccessDenied", message=message, request_id="1")
    assert diagnose(Operation.LIST, refused, Asked(target_at(None), age=1.0)).cause == "session-policy"


def test_an_access_points_alias_is_in_no_statement() -> None:
    point = S3Location("my-ap-abcdefghijklmnopqrstuvwxyz12-s3alias", "p/")
    message = (
        f"User: {ARN} is not authorized to perform: s3:GetObject on resource: "
        '"arn:aws:s3:eu-central-1:111122223333:accesspoint/my-ap/object/p/x" '
        "because no identity-based policy allows the s3:GetObject action"
    )
    refused = Outcome(call="GetObject", status=403, code="AccessDenied", message=message, request_id="1")
    verdict = diagnose(Operation.READ, refused, Asked(target_at(None, location=point)))
    assert (verdict.cause, verdict.paste) == ("denied-identity-policy", None)
    assert f"the access point {point.bucket}" in (verdict.fix or "")
