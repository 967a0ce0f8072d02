"""The wrong region: corrected where the server names the right one, once, and never silently."""

from __future__ import annotations

import pytest
from s3_faults import BUCKET, Answer, Reply, Request, S3Faults, World, calm, error, marked
from watched_checks import target_at, watch

from core.lights.check import Checker
from core.lights.states import ProbeMode
from core.lights.target import CheckOptions
from core.needs import OPERATIONS, Operation

RIGHT = "eu-west-3"


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker()


def _only_in(right: str, refusal: Reply) -> dict[str, Answer]:
    """Refuse so what is signed for another region, and work for the right one."""
    world = World()

    def answer(request: Request) -> Reply:
        if request.call == "GetCallerIdentity" or request.signed_for == right:
            return world(request)
        return refusal

    return {"*": answer}


REFUSALS = {
    "AuthorizationHeaderMalformed": error(
        "AuthorizationHeaderMalformed",
        400,
        f"The authorization header is malformed; the region 'eu-central-1' is wrong; expecting '{RIGHT}'",
    ),
    "AuthorizationHeaderMalformed-with-field": error(
        "AuthorizationHeaderMalformed", 400, "the region is wrong", Region=RIGHT
    ),
    "IllegalLocationConstraint": error(
        "IllegalLocationConstraintException",
        400,
        f"The {RIGHT} location constraint is incompatible for the region specific endpoint this request was sent to.",
    ),
    "PermanentRedirect": error(
        "PermanentRedirect",
        301,
        "The bucket you are attempting to access must be addressed using the specified endpoint.",
        headers={"x-amz-bucket-region": RIGHT},
        Endpoint=f"{BUCKET}.s3-{RIGHT}.amazonaws.com",
    ),
    "TemporaryRedirect": error("TemporaryRedirect", 307, headers={"x-amz-bucket-region": RIGHT}),
    "IncorrectEndpoint": error("IncorrectEndpoint", 400, Region=RIGHT),
    "without-a-body": Reply(301, headers=marked({"x-amz-bucket-region": RIGHT})),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_region_that_was_given_wrong_is_corrected_and_said(checker: Checker, refusal: Reply) -> None:
    with S3Faults(_only_in(RIGHT, refusal)) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("amber wrong-region",) * 3
    assert watched.report.region == RIGHT
    for light in watched.report.lights:
        assert (
            light.summary
            == f"{light.operation.capitalize()} works, but in {RIGHT}: the region was given as eu-central-1."
        )
        assert light.fix == f"Change the region to {RIGHT}."


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_region_that_nobody_gave_is_found_and_green(checker: Checker, refusal: Reply) -> None:
    with S3Faults(_only_in(RIGHT, refusal)) as server:
        watched = watch(checker, target_at(server.url, region=None))
    assert watched.all_said == ("green", "green", "green")
    assert watched.report.region == RIGHT


def test_only_the_region_that_was_named_is_tried(checker: Checker) -> None:
    with S3Faults(world=World(region=RIGHT)) as server:
        watch(checker, target_at(server.url))
    asked = [(request.call, request.signed_for) for request in server.seen if request.call != "GetCallerIdentity"]
    assert sorted(asked) == [
        ("GetObject", RIGHT),
        ("ListObjectsV2", "eu-central-1"),
        ("ListObjectsV2", RIGHT),
        ("PutObject", "eu-central-1"),
        ("PutObject", RIGHT),
    ]


def test_a_region_found_by_the_anonymous_look_up_saves_the_detour(checker: Checker) -> None:
    with S3Faults(world=World(region=RIGHT)) as server:
        watched = watch(checker, target_at(server.url, region=None))
    assert watched.all_said == ("green", "green", "green")
    assert server.calls()[0] == "HeadBucket"
    assert {request.signed_for for request in server.seen[1:]} == {RIGHT}


def test_an_unspecified_location_is_the_oldest_region(checker: Checker) -> None:
    refusal = error(
        "IllegalLocationConstraintException", 400, "The unspecified location constraint is incompatible for the region"
    )
    with S3Faults(_only_in("us-east-1", refusal)) as server:
        assert watch(checker, target_at(server.url)).report.region == "us-east-1"


def test_a_server_that_sends_us_in_circles_is_asked_twice_and_red(checker: Checker) -> None:
    def circle(request: Request) -> Reply:
        other = RIGHT if request.signed_for == "eu-central-1" else "eu-central-1"
        return error("AuthorizationHeaderMalformed", 400, f"the region is wrong; expecting '{other}'", Region=other)

    with S3Faults({"*": circle}) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("red wrong-region",) * 3
    assert len(server.of("ListObjectsV2")) == len(server.of("PutObject")) == 2


@pytest.mark.parametrize("named", ["not a region", "eu-west-3.evil.example", "EU", "", "x" * 80, "../../etc"])
def test_what_cannot_be_a_region_is_not_tried(checker: Checker, named: str) -> None:
    with S3Faults({"*": error("AuthorizationHeaderMalformed", 400, "the region is wrong", Region=named)}) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("red wrong-region",) * 3
    assert len(server.of("ListObjectsV2")) == 1


@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown", "Teapot"])
def test_a_region_in_any_other_refusal_is_not_followed(checker: Checker, code: str) -> None:
    with S3Faults({"*": error(code, 403, Region=RIGHT)}) as server:
        watch(checker, target_at(server.url))
    assert RIGHT not in {request.signed_for for request in server.seen}


def test_a_refusal_in_the_right_region_is_a_refusal(checker: Checker) -> None:
    world = World(region=RIGHT)

    def answer(request: Request) -> Reply:
        return world(request) if request.signed_for != RIGHT else error("AccessDenied", 403, "Access Denied")

    with S3Faults({"*": answer}) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.said(Operation.LIST) == watched.said(Operation.WRITE) == "red access-denied"


def test_a_throttle_before_the_correction_does_not_hide_it(checker: Checker) -> None:
    world = World(region=RIGHT)
    with S3Faults({"ListObjectsV2": [error("SlowDown", 503), world]}, world=world) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("amber wrong-region",) * 3


def test_a_multipart_upload_that_was_refused_for_its_region_is_begun_in_the_right_one(checker: Checker) -> None:
    with S3Faults(world=World(region=RIGHT)) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(write_probe=ProbeMode.MULTIPART))
    assert watched.said(Operation.WRITE) == "amber wrong-region"
    assert server.world.uploads == set()


def test_the_statement_for_a_chinese_region_names_its_partition(checker: Checker) -> None:
    script: dict[str, Answer] = {
        "ListObjectsV2": error("AccessDenied", 403, "because no identity-based policy allows the s3:ListBucket action")
    }
    with S3Faults(script) as server:
        watched = watch(checker, target_at(server.url, region="cn-north-1", required=OPERATIONS[:2]))
    assert f"arn:aws-cn:s3:::{BUCKET}" in (watched.report.light(Operation.LIST).paste or "")
