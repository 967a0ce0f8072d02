"""The second look: what a check asks again, and within which limits, where a light would not be green."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable

import pytest
from s3_faults import (
    BUCKET,
    KEY,
    PREFIX,
    ROLE,
    SESSION_KEY,
    Answer,
    Reply,
    Request,
    S3Faults,
    World,
    calm,
    dead_port,
    denied,
    error,
    marked,
)
from watched_checks import target_at, watch

from core.access import DelegatedAccess, Secret, UserAccess
from core.lights.check import Checker
from core.lights.events import Event, LightChanged
from core.lights.states import LookUps, ProbeMode, State
from core.lights.target import CheckOptions
from core.needs import Operation

LIST, READ, WRITE = Operation.LIST, Operation.READ, Operation.WRITE
BARE = error("AccessDenied", 403, "Access Denied")
NO_POLICY = "because no identity-based policy allows the {} action"
BY_THE_BUCKET = "with an explicit deny in a resource-based policy"
THREE = (KEY, PREFIX + "canary-two.jpg", PREFIX + "canary-three.jpg")
NO_LOOK = CheckOptions(look_ups=LookUps.NONE)
PROBE = f"arn:aws:s3:::{BUCKET}/{PREFIX}.lightly/bucketlight-probe-1"
OBJECT = f"arn:aws:s3:::{BUCKET}/{KEY}"


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


@pytest.fixture
def checker() -> Checker:
    return Checker()


def unless(world: World, condition: Callable[[Request], bool], refusal: Reply) -> Answer:
    """Refuse what does not fulfil the condition."""
    return lambda request: world(request) if condition(request) else refusal


def payer(request: Request) -> bool:
    return request.headers.get("x-amz-request-payer") == "requester"


def encrypted_with(name: str) -> Callable[[Request], bool]:
    return lambda request: request.headers.get("x-amz-server-side-encryption") == name


# Requester Pays


def test_a_bucket_whose_requester_pays_works_with_a_warning(checker: Checker) -> None:
    world = World()
    paying = unless(world, payer, BARE)
    with S3Faults({"ListObjectsV2": paying, "GetObject": paying, "PutObject": paying}, world=world) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("amber requester-pays",) * 3


def test_nobody_is_made_to_pay_where_that_does_not_help(checker: Checker) -> None:
    with S3Faults({"*": BARE}) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.said(LIST) == "red access-denied"
    assert not server.of("GetObject")
    assert [payer(request) for request in server.of("ListObjectsV2")].count(True) == 1


def test_a_refusal_that_gives_its_reason_is_no_question_of_payment(checker: Checker) -> None:
    with S3Faults({"ListObjectsV2": denied("s3:ListBucket", NO_POLICY.format("s3:ListBucket"))}) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.said(LIST) == "red denied-identity-policy"
    assert not any(payer(request) for request in server.seen)


# List under a condition


def test_a_policy_that_wants_a_delimiter_is_found_out(checker: Checker) -> None:
    world = World()
    delimited = unless(
        world,
        lambda request: request.query.get("delimiter") == "/",
        denied("s3:ListBucket", NO_POLICY.format("s3:ListBucket")),
    )
    with S3Faults({"ListObjectsV2": delimited}, world=world) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.said(LIST) == "red list-condition-mismatch"
    assert watched.said(READ) == "unknown needs-list"
    assert all(request.query["prefix"] == PREFIX for request in server.of("ListObjectsV2"))


def test_a_policy_that_takes_only_a_list_without_a_number_is_no_refusal(checker: Checker) -> None:
    world = World()
    plain = unless(world, lambda request: "max-keys" not in request.query, BARE)
    with S3Faults({"ListObjectsV2": plain}, world=world) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("green",) * 3


# Other objects


@pytest.mark.parametrize(
    ("refusal", "light"),
    [
        (BARE, "amber foreign-object-owner"),
        (denied("kms:Decrypt", NO_POLICY.format("kms:Decrypt"), OBJECT), "amber kms-decrypt-denied"),
        (
            error("InvalidRequest", 400, "The object was stored using a form of Server Side Encryption."),
            "amber sse-c-object",
        ),
        (error("InvalidObjectState", 403, "not valid for the object's storage class"), "green"),
        (error("NoSuchKey", 404), "green"),
    ],
    ids=["another-owner", "another-key", "customer-key", "archived", "vanished"],
)
def test_one_object_that_cannot_be_read_does_not_speak_for_the_others(
    refusal: Reply, light: str, checker: Checker
) -> None:
    world = World(keys=THREE)
    with S3Faults({"GetObject": [refusal, world]}, world=world) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.said(READ) == light
    assert [request.key for request in server.of("GetObject")] == list(THREE[:2])


def test_where_no_object_can_be_read_the_first_refusal_counts(checker: Checker) -> None:
    with S3Faults({"GetObject": BARE}, world=World(keys=THREE)) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.said(READ) == "red access-denied"
    assert len(server.of("GetObject")) == 3


def test_a_refusal_that_holds_for_the_folder_is_not_asked_for_three_times(checker: Checker) -> None:
    reason = denied("s3:GetObject", NO_POLICY.format("s3:GetObject"), OBJECT)
    with S3Faults({"GetObject": reason}, world=World(keys=THREE)) as server:
        assert watch(checker, target_at(server.url)).said(READ) == "red denied-identity-policy"
        assert len(server.of("GetObject")) == 1


# Write under a condition


@pytest.mark.parametrize("header", ["AES256", "aws:kms"])
@pytest.mark.parametrize("refusal", [BARE, denied("s3:PutObject", BY_THE_BUCKET, PROBE)], ids=["bare", "by-policy"])
def test_a_bucket_that_takes_only_encrypted_writes_is_found_out(refusal: Reply, header: str, checker: Checker) -> None:
    world = World()
    with S3Faults({"PutObject": unless(world, encrypted_with(header), refusal)}, world=world) as server:
        watched = watch(checker, target_at(server.url))
        assert set(server.world.objects) == {KEY}
    assert watched.said(WRITE) == "red bucket-policy-denies"
    assert header in watched.report.light(WRITE).summary


def test_no_other_encryption_is_tried_where_a_key_is_configured_or_the_write_would_be_real(checker: Checker) -> None:
    key = "arn:aws:kms:eu-central-1:111122223333:key/1"
    with S3Faults({"PutObject": BARE}) as server:
        watch(checker, target_at(server.url, kms_key_arn=key))
        watch(checker, target_at(server.url), CheckOptions(write_probe=ProbeMode.REAL))
        sent = [request.headers.get("x-amz-server-side-encryption") for request in server.of("PutObject")]
    assert set(sent) == {"aws:kms", None}
    assert "AES256" not in sent


# Where the bucket is


@pytest.mark.parametrize(
    "refusal",
    [error("NoSuchBucket", 404), error("PermanentRedirect", 301), error("IllegalLocationConstraintException", 400)],
    ids=["no-such-bucket", "redirect", "location-constraint"],
)
def test_an_answer_that_leaves_the_region_open_makes_the_check_ask_for_it(refusal: Reply, checker: Checker) -> None:
    world = World()

    def in_the_north(request: Request) -> Reply:
        return world(request) if request.signed_for == "eu-north-1" else refusal

    head = Reply(200, headers=marked({"x-amz-bucket-region": "eu-north-1"}))
    calls = dict.fromkeys(("ListObjectsV2", "GetObject", "PutObject"), in_the_north)
    with S3Faults({**calls, "HeadBucket": head}, world=world) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("amber wrong-region",) * 3
    assert watched.report.region == "eu-north-1"
    assert len(server.of("HeadBucket")) == 1


def test_a_bucket_that_is_nowhere_is_not_there(checker: Checker) -> None:
    missing = error("NoSuchBucket", 404)
    with S3Faults({"*": missing, "HeadBucket": Reply(404, headers=marked())}) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("red no-such-bucket",) * 3


# Limits


def test_without_look_ups_nothing_is_asked_twice(checker: Checker) -> None:
    world = World(keys=THREE)
    refusals = {"GetObject": BARE, "PutObject": BARE}
    with S3Faults(refusals, world=world) as server:
        watched = watch(checker, target_at(server.url), NO_LOOK)
        assert sorted(server.calls()) == ["GetObject", "ListObjectsV2", "PutObject"]
    assert (watched.said(READ), watched.said(WRITE)) == ("red access-denied", "red access-denied")
    with S3Faults({"*": BARE}) as server:
        assert watch(checker, target_at(server.url), NO_LOOK).said(LIST) == "red access-denied"
        assert sorted(server.calls()) == ["ListObjectsV2", "PutObject"]


def test_a_green_check_takes_no_second_look(checker: Checker) -> None:
    with S3Faults() as server:
        watch(checker, target_at(server.url))
        assert sorted(server.calls()) == ["GetCallerIdentity", "GetObject", "ListObjectsV2", "PutObject"]


def test_credentials_that_are_refused_as_a_whole_are_not_tried_in_other_ways(checker: Checker) -> None:
    with S3Faults({"*": error("SignatureDoesNotMatch")}) as server:
        watch(checker, target_at(server.url))
        assert sorted(server.calls()) == ["GetCallerIdentity", "ListObjectsV2", "PutObject"]


def test_a_second_look_that_hangs_does_not_take_the_first_answer_away(checker: Checker) -> None:
    never = threading.Event()
    hanging = Reply(until=never)
    with S3Faults({"ListObjectsV2": [BARE, hanging], "PutObject": [BARE, hanging]}) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(deadline=6.0))
        never.set()
    assert watched.said(LIST) == "red access-denied"
    assert watched.said(WRITE) == "red access-denied"


# Who


def test_the_keys_of_root_work_with_a_warning(checker: Checker) -> None:
    body = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        "<Arn>arn:aws:iam::111122223333:root</Arn><UserId>1</UserId><Account>111122223333</Account>"
        "</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    with S3Faults({"GetCallerIdentity": Reply(200, body.encode(), {"Content-Type": "text/xml"})}) as server:
        watched = watch(checker, target_at(server.url))
        closer = watch(checker, target_at(server.url), CheckOptions(look_ups=LookUps.IAM))
    assert watched.all_said == closer.all_said == ("amber root-credentials",) * 3
    assert closer.report.notes == ()  # the lights say it already


# The clock


def test_a_clock_that_is_off_but_not_yet_too_far_is_a_note(checker: Checker) -> None:
    world = World()

    def ten_minutes_ago(request: Request) -> Reply:
        reply = world(request)
        return Reply(reply.status, reply.body, {**reply.headers, "Date": "Sun, 22 Nov 2020 10:00:00 GMT"})

    with S3Faults({"ListObjectsV2": ten_minutes_ago}, world=world) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("green",) * 3
    [note] = watched.report.notes
    assert note.cause == "clock-skew"
    assert "fast" in note.summary


# Proving it


PROVE = CheckOptions(write_probe=ProbeMode.REAL, read_back=True)


def test_proving_it_in_an_empty_folder_proves_read_as_well(checker: Checker) -> None:
    with S3Faults(world=World(keys=())) as server:
        assert watch(checker, target_at(server.url)).said(READ) == "unknown nothing-to-read"
        watched = watch(checker, target_at(server.url), PROVE)
        assert not server.world.objects
    assert watched.all_said == ("green",) * 3
    assert "read back" in watched.report.light(READ).summary


def test_what_was_stored_and_cannot_be_read_back_is_proof_against_read(checker: Checker) -> None:
    refusal = denied("s3:GetObject", NO_POLICY.format("s3:GetObject"), OBJECT)
    with S3Faults({"GetObject": refusal}, world=World(keys=())) as server:
        watched = watch(checker, target_at(server.url), PROVE)
    assert watched.all_said == ("green", "red denied-identity-policy", "green")


def test_a_real_write_alone_reads_nothing_back(checker: Checker) -> None:
    with S3Faults(world=World(keys=())) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(write_probe=ProbeMode.REAL))
        assert not server.of("GetObject")
    assert watched.said(READ) == "unknown nothing-to-read"


def test_proving_it_settles_what_a_kms_key_left_open(checker: Checker) -> None:
    key = "arn:aws:kms:eu-central-1:111122223333:key/1"
    with S3Faults() as server:
        target = target_at(server.url, kms_key_arn=key)
        assert watch(checker, target).said(WRITE) == "unknown write-unproven"
        assert watch(checker, target, PROVE).said(WRITE) == "green"
        assert {request.headers.get("x-amz-server-side-encryption") for request in server.of("PutObject")} == {
            "aws:kms"
        }


VERSION = Reply(200, headers=marked({"ETag": '"2"', "x-amz-version-id": "v7"}))
MARKER = Reply(204, headers=marked({"x-amz-delete-marker": "true", "x-amz-version-id": "m1"}))


def test_a_version_that_may_only_be_hidden_is_said_to_stay(checker: Checker) -> None:
    with S3Faults({"PutObject": VERSION, "DeleteObject": [BARE, MARKER]}) as server:
        watched = watch(checker, target_at(server.url), PROVE)
    light = watched.report.light(WRITE)
    assert watched.said(WRITE) == "amber probe-left-behind"
    assert "marker" in light.summary
    assert server.of("PutObject")[0].key in light.summary


def test_an_object_under_a_lock_is_said_to_stay_until_its_retention_ends(checker: Checker) -> None:
    locked = error("AccessDenied", 403, "Access Denied because object protected by object lock.")
    with S3Faults({"PutObject": VERSION, "DeleteObject": [locked, MARKER]}) as server:
        watched = watch(checker, target_at(server.url), PROVE)
    assert watched.said(WRITE) == "amber object-lock"
    assert server.of("PutObject")[0].key in watched.report.light(WRITE).summary


def test_without_leave_to_delete_the_object_that_stays_is_named(checker: Checker) -> None:
    with S3Faults({"DeleteObject": BARE}) as server:
        watched = watch(checker, target_at(server.url), PROVE)
        [left] = set(server.world.objects) - {KEY}
    light = watched.report.light(WRITE)
    assert light.state is State.AMBER
    assert left in light.summary


# What a review found


def test_a_refusal_counts_before_objects_that_are_only_archived(checker: Checker) -> None:
    archived = error("InvalidObjectState", 403, "not valid for the object's storage class")
    with S3Faults({"GetObject": [BARE, archived, archived]}, world=World(keys=THREE)) as server:
        assert watch(checker, target_at(server.url)).said(READ) == "red access-denied"


def test_a_server_that_stores_the_write_with_an_encryption_is_told(checker: Checker) -> None:
    world = World(ignores_md5=True)
    script: dict[str, Answer] = {
        "PutObject": unless(world, encrypted_with("AES256"), BARE),
        "DeleteObject": error("AccessDenied"),
    }
    with S3Faults(script, world=world) as server:
        watched = watch(checker, target_at(server.url))
        [left] = set(server.world.objects) - {KEY}
        again = watch(checker, target_at(server.url))
    assert watched.report.stored_dry_write
    assert watched.said(WRITE) == "amber probe-left-behind"
    assert left in watched.report.light(WRITE).summary
    assert again.said(WRITE) == "unknown write-unproven"


def test_a_real_write_whose_answer_was_lost_is_not_begun_again(checker: Checker) -> None:
    with S3Faults({"PutObject": [Reply(drop=True), VERSION], "DeleteObject": [MARKER]}) as server:
        watched = watch(checker, target_at(server.url), PROVE)
        assert len(server.of("PutObject")) == 1
    assert watched.report.light(WRITE).state is not State.GREEN


def test_nothing_is_cleaned_up_after_a_write_that_never_went_out(checker: Checker) -> None:
    with dead_port() as port:
        watched = watch(checker, target_at(f"http://127.0.0.1:{port}"), PROVE)
    assert watched.said(WRITE) == "unknown endpoint-unreachable"
    assert "test object" not in watched.report.light(WRITE).summary


def test_a_remembered_write_does_not_outlive_the_key(checker: Checker) -> None:
    automatic = CheckOptions(automatic=True)
    with S3Faults() as server:
        assert watch(checker, target_at(server.url), automatic).said(WRITE) == "green"
        server.answer("*", error("InvalidAccessKeyId", 403))
        assert watch(checker, target_at(server.url), automatic).all_said == ("red unknown-access-key",) * 3
        assert len(server.of("PutObject")) == 1


def test_a_write_that_no_answer_came_to_is_not_remembered(checker: Checker) -> None:
    automatic = CheckOptions(automatic=True)
    with S3Faults() as server:
        server.answer("PutObject", Reply(drop=True))
        assert watch(checker, target_at(server.url), automatic).said(WRITE) == "unknown connection-closed"
        server.answer("PutObject", server.world)
        assert watch(checker, target_at(server.url), automatic).said(WRITE) == "green"


def test_an_automatic_check_tries_a_refused_write_once(checker: Checker) -> None:
    with S3Faults({"PutObject": BARE}) as server:
        watch(checker, target_at(server.url), CheckOptions(automatic=True))
        assert len(server.of("PutObject")) == 1


def test_a_key_that_is_added_makes_the_remembered_write_worthless(checker: Checker) -> None:
    automatic = CheckOptions(automatic=True)
    key = "arn:aws:kms:eu-central-1:111122223333:key/1"
    with S3Faults() as server:
        assert watch(checker, target_at(server.url), automatic).said(WRITE) == "green"
        assert watch(checker, target_at(server.url, kms_key_arn=key), automatic).said(WRITE) == "unknown write-unproven"


def test_write_alone_in_another_region_is_told_with_that_region(checker: Checker) -> None:
    world = World(region="eu-north-1")
    with S3Faults(world=world) as server:
        watched = watch(checker, target_at(server.url, required=(WRITE,)))
    assert watched.said(WRITE) == "amber wrong-region"
    assert watched.report.region == "eu-north-1"


def test_a_refused_object_is_told_where_the_next_one_never_answers(checker: Checker) -> None:
    never = threading.Event()
    with S3Faults({"GetObject": [BARE, Reply(until=never)]}, world=World(keys=THREE)) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(deadline=6.0))
        never.set()
    assert watched.said(READ) == "red access-denied"


def test_a_wrong_secret_is_not_told_before_it_is_known_whether_the_key_works_elsewhere(checker: Checker) -> None:
    later = threading.Event()
    world = World()

    def slowly(request: Request) -> Reply:
        return dataclasses.replace(world(request), until=later)

    refused = error("SignatureDoesNotMatch")
    script: dict[str, Answer] = {"ListObjectsV2": refused, "PutObject": refused, "GetCallerIdentity": slowly}
    seen: list[Event] = []
    with S3Faults(script, world=world) as server:
        run = checker.start(target_at(server.url), on_event=seen.append)
        server.wait_for("ListObjectsV2")
        server.wait_for("PutObject")
        later.set()
        report = run.result(30)
    assert {light.cause for light in report.lights} == {"request-altered", "needs-list"}
    states = [event.light.state for event in seen if isinstance(event, LightChanged)]
    assert State.RED not in states


def test_no_client_of_a_roles_session_is_kept(checker: Checker) -> None:
    role = DelegatedAccess(ROLE, Secret("external-id-0123456789"))
    with S3Faults(world=World(external_id="external-id-0123456789")) as server:
        assert watch(checker, target_at(server.url, role=role)).all_said == ("green",) * 3
    assert SESSION_KEY not in {
        key[1].access_key_id for key in checker.clients()._kept if isinstance(key[1], UserAccess)
    }
