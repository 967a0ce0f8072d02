"""What is wrong with the URI, the bucket or the region."""

from __future__ import annotations

import pytest
from fault_cases import B, Case, D, I, L, R, U, everywhere, run_case, shows
from s3_faults import BUCKET, PREFIX, REGION, Answer, Reply, S3Faults, World, calm, denied, error, marked, no_network
from watched_checks import target_at, watch

from core.lights.check import Checker
from core.lights.states import ProbeMode
from core.lights.target import CheckOptions
from core.location import LocationError, S3Location
from core.needs import Operation


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


@pytest.fixture(scope="module")
def checker() -> Checker:
    """One checker for the many cases: its clients are kept for each server apart."""
    return Checker()


ALIAS = S3Location("farm-abcdefghijklmnop-s3alias", PREFIX)
DIRECTORY = S3Location("farm--euc1-az1--x-s3", PREFIX)
BARE = error("AccessDenied", 403, "Access Denied")

CASES = [
    everywhere("B3", L, "bucket-name", error("InvalidBucketName", 400), "red invalid-bucket-name", BUCKET),
    everywhere("B4", L, "bucket-missing", error("NoSuchBucket", 404), "red no-such-bucket", BUCKET),
    Case(
        "B5",
        L,
        "bucket-missing-in-the-look-up-too",
        {"HeadBucket": Reply(404, headers=marked()), "*": error("NoSuchBucket", 404)},
        ("red no-such-bucket",) * 3,
        BUCKET,
        changes={"region": None},
    ),
    Case(
        "B6",
        D,
        "look-up-refused-with-the-region",
        {"HeadBucket": Reply(403, headers=marked({"x-amz-bucket-region": REGION}))},
        ("green", "green", "green"),
        changes={"region": None},
    ),
    Case(
        "B7",
        D,
        "look-up-refused-without-a-word",
        {
            "HeadBucket": Reply(400, headers=marked()),
            "*": error("ExpiredToken", 400, "The provided token has expired."),
        },
        ("red expired-session",) * 3,
        changes={"region": None},
    ),
    everywhere("B8", D, "region-unnamed", error("PermanentRedirect", 301), "red wrong-region", REGION),
    everywhere(
        "B9",
        L,
        "region-wrong-and-not-named",
        error("AuthorizationHeaderMalformed", 400, "The authorization header is malformed; the region is wrong"),
        "red wrong-region",
    ),
    everywhere(
        "B10",
        D,
        "region-of-its-own-kind",
        error("IllegalLocationConstraintException", 400, "The location constraint is incompatible"),
        "red wrong-region",
    ),
    everywhere("B11", D, "address-not-known-yet", error("TemporaryRedirect", 307), "unknown endpoint-unreachable"),
    everywhere("B11", D, "address-not-known-yet-otherwise", error("Redirect", 307), "unknown endpoint-unreachable"),
    everywhere("B12", D, "endpoint-of-another-region", error("IncorrectEndpoint", 400), "red wrong-region"),
    everywhere("B12", D, "endpoint-of-nothing", error("EndpointNotFound", 400), "red wrong-region"),
    everywhere(
        "B16",
        D,
        "access-point-odd",
        error("InvalidAccessPoint", 400),
        "red access-point-invalid",
        "access point",
        location=ALIAS,
    ),
    everywhere(
        "B16", D, "access-point-missing", error("NoSuchAccessPoint", 404), "red access-point-invalid", location=ALIAS
    ),
    everywhere(
        "B16",
        D,
        "access-point-alias",
        error("InvalidAccessPointAliasError", 400),
        "red access-point-invalid",
        location=ALIAS,
    ),
    Case(
        "B17",
        D,
        "access-point-refuses",
        {"*": BARE},
        ("red access-point-invalid", "unknown needs-list", "red access-point-invalid"),
        "both policies",
        changes={"location": ALIAS},
    ),
    Case(
        "B17",
        D,
        "access-point-or-bucket-allows-nothing",
        {"*": denied("s3:ListBucket", "because no resource-based policy allows the s3:ListBucket action")},
        ("red access-point-invalid", "unknown needs-list", "red access-point-invalid"),
        "both policies",
        changes={"location": ALIAS},
    ),
    Case(
        "B17",
        D,
        "bucket-behind-the-access-point-denies",
        {"*": denied("s3:ListBucket", "with an explicit deny in a resource-based policy")},
        ("red bucket-policy-denies", "unknown needs-list", "red bucket-policy-denies"),
        changes={"location": ALIAS},
    ),
    Case(
        "B18",
        D,
        "directory-bucket",
        {"*": BARE},
        ("red directory-bucket", "red directory-bucket", "unknown write-unproven"),
        "s3express:CreateSession",
        "s3express:CreateSession",
        changes={"location": DIRECTORY},
    ),
    Case(
        "B18",
        D,
        "directory-bucket-real-write",
        {"*": BARE},
        ("red directory-bucket",) * 3,
        changes={"location": DIRECTORY},
        mode=ProbeMode.REAL,
    ),
    everywhere(
        "B20", D, "owner-is-none", error("InvalidBucketOwnerAWSAccountID", 400), "red wrong-bucket-owner", "12 digits"
    ),
    everywhere("B21", D, "icp", error("UnauthorizedAccessError"), "red account-problem", "ICP"),
    everywhere("B21", D, "icp-address", error("UnexpectedIPError"), "red account-problem"),
    Case(
        "B24",
        D,
        "key-too-long",
        {"PutObject": error("KeyTooLongError", 400, "Your key is too long")},
        ("green", "green", "red key-too-long"),
        "1,024",
    ),
    Case(
        "B24",
        R,
        "key-too-long-for-the-gateway",
        {"PutObject": error("InvalidObjectName", 400, None)},
        ("green", "green", "red key-too-long"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_server_says_of_the_place(case: Case, checker: Checker, caplog: pytest.LogCaptureFixture) -> None:
    run_case(case, checker, caplog)


ACCEPTED_AND_REWRITTEN = [
    f"https://{BUCKET}.s3.eu-central-1.amazonaws.com/projects/farm-animals/",
    f"https://{BUCKET}.s3-eu-central-1.amazonaws.com/projects/farm-animals/",
    f"https://s3.eu-central-1.amazonaws.com/{BUCKET}/projects/farm-animals/",
    f"https://eu-central-1.console.aws.amazon.com/s3/buckets/{BUCKET}?prefix=projects/farm-animals/",
    f"arn:aws:s3:::{BUCKET}/projects/farm-animals/",
    f"{BUCKET}/projects/farm-animals/",
    f"s3:/{BUCKET}/projects/farm-animals/",
    f" s3://{BUCKET}/projects/farm-animals/",
    f"s3://{BUCKET}/projects/farm-animals",
]


@shows("B1", I)
@pytest.mark.parametrize("text", ACCEPTED_AND_REWRITTEN)
def test_what_is_no_uri_is_rewritten_before_anything_is_asked(text: str) -> None:
    with pytest.raises(LocationError) as caught:
        S3Location.parse(text)
    assert caught.value.cause == "invalid-uri"
    assert caught.value.suggestion == S3Location(BUCKET, PREFIX)


@shows("B2", B)
def test_a_bucket_name_that_cannot_be_one_is_named(checker: Checker) -> None:
    with S3Faults() as server:
        watched = watch(checker, target_at(server.url, location=S3Location("data lake", PREFIX)))
        assert server.of("ListObjectsV2") == []
    assert watched.all_said == ("red invalid-bucket-name",) * 3


@shows("B3", D)
@pytest.mark.parametrize("name", ["ab", "Data", "a..b", "192.168.0.1", "-lake"])
def test_a_bucket_name_against_the_rules_is_said_before_anything_is_asked(name: str) -> None:
    with pytest.raises(LocationError) as caught:
        S3Location.parse(f"s3://{name}/a/")
    assert caught.value.cause == "invalid-bucket-name"


RIGHT = "eu-west-3"
REGION_ANSWERS: dict[tuple[str, str], Reply] = {
    ("B8", "redirect"): error("PermanentRedirect", 301, headers={"x-amz-bucket-region": RIGHT}),
    ("B9", "signature"): error(
        "AuthorizationHeaderMalformed", 400, f"the region 'x' is wrong; expecting '{RIGHT}'", Region=RIGHT
    ),
    ("B10", "constraint"): error(
        "IllegalLocationConstraintException",
        400,
        f"The {RIGHT} location constraint is incompatible for the region specific endpoint this request was sent to.",
    ),
    ("B12", "endpoint"): error("IncorrectEndpoint", 400, Region=RIGHT),
}


@shows("B8", D)
@shows("B9", L)
@shows("B10", D)
@shows("B12", D)
@pytest.mark.parametrize("refusal", REGION_ANSWERS.values(), ids=[name for _, name in REGION_ANSWERS])
def test_the_region_that_an_answer_names_is_tried_and_said(checker: Checker, refusal: Reply) -> None:
    world = World(region=RIGHT)
    answer: Answer = lambda request: world(request) if request.signed_for in {None, RIGHT} else refusal  # noqa: E731
    with S3Faults({"*": answer}) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("amber wrong-region",) * 3
    assert RIGHT in (watched.report.light(Operation.LIST).fix or "")


@shows("B11", D)
def test_an_address_that_is_not_known_yet_is_asked_once_more(checker: Checker) -> None:
    world = World()
    with S3Faults({"ListObjectsV2": [error("TemporaryRedirect", 307), world]}, world=world) as server:
        assert watch(checker, target_at(server.url)).said(Operation.LIST) == "green"


@shows("B13", B)
@pytest.mark.parametrize("region", ["us-east-1 ", "us_east_1", "eu central"])
def test_a_region_that_cannot_be_one_is_named(checker: Checker, region: str) -> None:
    with S3Faults() as server:
        watched = watch(checker, target_at(server.url, region=region))
    assert watched.all_said == ("red invalid-region",) * 3


@shows("B14", B)
@pytest.mark.parametrize(
    ("region", "light"),
    [
        ("bogus-1", "red invalid-region"),
        ("eu-centrall-1", "red invalid-region"),
        ("eu-central-1", "unknown endpoint-unreachable"),
        ("cn-north-1", "unknown endpoint-unreachable"),
        ("us-east-1", "unknown endpoint-unreachable"),
    ],
)
def test_a_region_without_an_address_is_red_only_where_aws_has_none_of_that_name(
    checker: Checker, monkeypatch: pytest.MonkeyPatch, region: str, light: str
) -> None:
    no_network(monkeypatch)
    watched = watch(checker, target_at(None, region=region))
    assert watched.all_said == (light,) * 3


@shows("B15", B)
def test_an_access_point_of_another_partition_is_red(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    no_network(monkeypatch)
    arn = "arn:aws-cn:s3:cn-north-1:111122223333:accesspoint/farm"
    watched = watch(checker, target_at(None, location=S3Location(arn, PREFIX)))
    assert watched.all_said == ("red access-point-invalid",) * 3


@shows("B19", B)
def test_a_multi_region_access_point_wants_more_than_is_installed(
    checker: Checker, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_network(monkeypatch)
    arn = "arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap"
    watched = watch(checker, target_at(None, location=S3Location(arn, PREFIX)))
    assert watched.all_said == ("unknown access-point-invalid",) * 3
    assert "botocore[crt]" in (watched.report.light(Operation.LIST).paste or "")


@shows("B22", B)
@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_server_that_sends_everything_elsewhere_is_no_s3(checker: Checker, status: int) -> None:
    with S3Faults({"*": Reply(status, headers={"Location": "/"})}) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("unknown not-s3",) * 3


@shows("B23", B)
@pytest.mark.parametrize("host", ["s3-fips.eu-central-1.amazonaws.com", "s3.dualstack.eu-central-1.amazonaws.com"])
def test_a_fips_or_dual_stack_address_without_a_host_proves_nothing(
    checker: Checker, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    no_network(monkeypatch)
    watched = watch(checker, target_at(f"https://{host}"))
    assert watched.all_said == ("unknown endpoint-unreachable",) * 3
    assert "FIPS" in watched.report.light(Operation.LIST).summary


@shows("B18", U)
def test_a_directory_bucket_never_gets_a_dry_run(checker: Checker) -> None:
    with S3Faults({"*": BARE}) as server:
        watch(checker, target_at(server.url, location=DIRECTORY), CheckOptions(write_probe=ProbeMode.DRY))
        assert server.of("PutObject") == []
        assert server.of("CreateSession")
