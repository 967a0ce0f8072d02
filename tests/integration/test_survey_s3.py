"""What lies in a folder and the way to it, asked of servers: the sandbox's, and one that answers wrongly as told."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import boto3
import pytest
import sandbox_fixtures
from botocore.config import Config
from s3_faults import (
    BUCKET,
    KEY,
    PERSON,
    PREFIX,
    REGION,
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
    page,
)
from s3_lists import buckets_of, level_of, listing, root

from core.access import Secret, UserAccess
from core.aws.session import Clients
from core.location import S3Location
from core.sandbox import Sandbox
from core.survey import Browser, Level, Survey, survey

ACCESS = UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("canary-secret"))
LOCATION = S3Location(BUCKET, PREFIX)
OWN, OTHER = "111122223333", "444455556666"
NO_POLICY = "because no identity-based policy allows the s3:ListBucket action"


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


@pytest.fixture(scope="module")
def clients() -> Clients:
    return Clients()


box = sandbox_fixtures.box


@pytest.fixture(scope="module")
def admin(box: Sandbox) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=box.s3_url,
        region_name=box.region,
        aws_access_key_id=box.admin.access_key_id,
        aws_secret_access_key=box.admin.secret_access_key.reveal(),
        config=Config(proxies={}, s3={"addressing_style": "path"}),
    )


@pytest.fixture
def folder(box: Sandbox, admin: Any) -> Callable[..., S3Location]:
    """Make a folder of its own with these objects: name -> size in bytes."""

    def make(**sizes: int) -> S3Location:
        location = S3Location(box.bucket, f"t-{secrets.token_hex(4)}/")
        for name, size in sizes.items():
            admin.put_object(Bucket=box.bucket, Key=location.prefix + name, Body=b"x" * size)
        return location

    return make


def look(clients: Clients, box: Sandbox, location: S3Location, access: UserAccess | None = None, **more: Any) -> Survey:
    return survey(clients, location, access or box.admin, region=box.region, endpoint_url=box.s3_url, **more)


def look_at(clients: Clients, server: S3Faults, location: S3Location = LOCATION, **more: Any) -> Survey:
    return survey(clients, location, ACCESS, region=REGION, endpoint_url=server.url, **more)


# The survey


def test_files_are_counted_by_their_extension_in_any_case(
    clients: Clients, box: Sandbox, folder: Callable[..., S3Location]
) -> None:
    names = ("a.JPG", "b.jpeg", "deep/er/c.Webp", "clip.MOV", "clip.webm", "clip.mkv", "jpg", "notes.txt", "x.jpg/y")
    location = folder(**dict.fromkeys(names, 100))
    seen = look(clients, box, location)
    assert (seen.images, seen.videos, seen.others, seen.total_bytes) == (3, 2, 4, 900)
    assert seen.newest is not None
    assert seen.newest.tzinfo is not None
    assert (seen.more, seen.problem) == (False, None)


def test_folder_markers_and_what_lightly_stored_are_not_counted(
    clients: Clients, box: Sandbox, folder: Callable[..., S3Location]
) -> None:
    stored = {".lightly/thumbnails/a.jpg": 5, "sub/.lightly/frames/b.jpg": 5}
    location = folder(**{"": 0, "sub/": 0, "a.jpg": 7, "empty.jpg": 0, **stored})
    seen = look(clients, box, location)
    assert (seen.images, seen.videos, seen.others, seen.total_bytes) == (2, 0, 0, 7)


@pytest.mark.parametrize("name", ["", ".lightly/thumbnails/a.jpg"])
def test_a_folder_with_a_marker_or_with_what_lightly_stored_is_there(
    clients: Clients, box: Sandbox, folder: Callable[..., S3Location], name: str
) -> None:
    assert look(clients, box, folder(**{name: 0})) == Survey(there=True)


def test_a_neighbour_whose_name_begins_alike_is_not_looked_at(clients: Clients, box: Sandbox) -> None:
    seen = look(clients, box, S3Location(box.bucket, box.prefix), box.reader)
    assert seen.files == len(box.world.objects)
    assert seen.images > 0


def test_an_empty_folder_is_empty_and_no_problem(clients: Clients, box: Sandbox) -> None:
    assert look(clients, box, S3Location(box.bucket, "nothing/here/")) == Survey(there=False)


def test_a_large_folder_is_looked_at_in_part(clients: Clients, box: Sandbox, folder: Callable[..., S3Location]) -> None:
    location = folder(**{f"{number}.png": 1 for number in range(7)})
    seen = look(clients, box, location, limit=5)
    assert (seen.images, seen.more, seen.limit) == (5, True, 5)


def test_what_lightly_stored_does_not_hide_the_files_behind_it(
    clients: Clients, box: Sandbox, folder: Callable[..., S3Location]
) -> None:
    stored = {f".lightly/thumbnails/{number}.jpg": 1 for number in range(9)}
    location = folder(**{"#1.png": 1, **stored, "a.mp4": 1, "b.mp4": 1})
    seen = look(clients, box, location, limit=5)
    assert (seen.images, seen.videos, seen.more) == (1, 2, False)


def test_a_folder_that_the_key_may_not_list_is_refused(clients: Clients, box: Sandbox) -> None:
    seen = look(clients, box, S3Location(box.bucket, "elsewhere/"), box.reader)
    assert seen.problem is not None
    assert seen.problem.startswith("refused")
    assert seen.files == 0


def test_one_list_of_the_own_prefix_is_all_that_is_asked(clients: Clients) -> None:
    with S3Faults() as server:
        look_at(clients, server)
    (request,) = server.seen
    assert request.call == "ListObjectsV2"
    assert request.query["prefix"] == PREFIX
    assert request.query["max-keys"] == "1000"
    assert "x-amz-expected-bucket-owner" not in request.headers


def test_no_name_of_an_object_is_kept(clients: Clients) -> None:
    with S3Faults() as server:
        seen = look_at(clients, server, account=OWN)
    assert seen.images == 1
    assert PERSON not in repr(seen)


def owned_by(owner: str, refusal: Reply | None = None) -> Answer:
    """Answer as the bucket of an account does (S3 API reference, x-amz-expected-bucket-owner)."""
    world = World()

    def answer(request: Request) -> Reply:
        expected = request.headers.get("x-amz-expected-bucket-owner", owner)
        return world(request) if expected == owner else refusal or error("AccessDenied", 403, "Access Denied")

    return answer


def test_a_bucket_of_another_account_is_known_by_the_refusal(clients: Clients) -> None:
    with S3Faults({"ListObjectsV2": owned_by(OTHER)}) as server:
        seen = look_at(clients, server, account=OWN)
    assert seen.foreign_owner is True
    first, second = server.seen
    assert first.query == second.query
    assert second.headers["x-amz-expected-bucket-owner"] == OWN


def test_another_server_may_not_know_what_an_owner_is(clients: Clients) -> None:
    with S3Faults({"ListObjectsV2": owned_by(OWN)}) as server:
        assert look_at(clients, server, account=OWN).foreign_owner is None


@pytest.mark.parametrize(
    "refusal",
    [
        error("ExpiredToken", 400),
        error("SlowDown", 503),
        error("InvalidBucketOwnerAWSAccountID", 400),
        denied("s3:ListBucket", NO_POLICY),
        page(403),
        page(200),
        Reply(drop=True),
    ],
)
def test_anything_but_that_refusal_proves_nothing_of_the_owner(clients: Clients, refusal: Reply) -> None:
    with S3Faults({"ListObjectsV2": owned_by(OTHER, refusal)}) as server:
        seen = look_at(clients, server, account=OWN)
    assert seen.foreign_owner is None
    assert seen.images == 1
    assert len(server.seen) == 2


@pytest.mark.parametrize("account", [None, "", "datalake", "11112222333"])
def test_without_an_account_nobody_is_asked_for_the_owner(clients: Clients, account: str | None) -> None:
    with S3Faults() as server:
        look_at(clients, server, account=account)
    assert len(server.seen) == 1


def test_after_a_refusal_nothing_more_is_asked(clients: Clients) -> None:
    with S3Faults({"*": error("AccessDenied")}) as server:
        assert look_at(clients, server, account=OWN).problem == "refused"
    assert len(server.seen) == 1


TROUBLES = {
    "denied": (denied("s3:ListBucket", NO_POLICY), "refused, since no identity-based policy allows the s3:ListBucket"),
    "denied-explicitly": (
        denied("s3:ListBucket", "with an explicit deny in a resource-based policy"),
        "refused, by an explicit deny in a resource-based policy",
    ),
    "no-bucket": (error("NoSuchBucket", 404), "there is no such bucket"),
    "key": (error("InvalidAccessKeyId"), "S3 does not take the key (InvalidAccessKeyId)"),
    "key-with-a-slash": (error("AuthorizationHeaderMalformed", 400), "S3 does not take the key"),
    "region": (error("AuthorizationHeaderMalformed", 400, Region="eu-west-1"), "the bucket lies in another region"),
    "redirect": (error("PermanentRedirect", 301), "the bucket lies in another region"),
    "clock": (error("RequestTimeTooSkewed"), "the clock of this machine is wrong"),
    "busy": (error("SlowDown", 503), "S3 could not answer (503)"),
    "odd": (error("TeapotException", 418), "S3 answered 418 TeapotException"),
    "steering-the-terminal": (error("Tea\N{CONTROL SEQUENCE INTRODUCER}2J", 418), "S3 answered 418"),
    "portal": (page(200), "the answer was not S3's"),
    "portal-of-xml": (Reply(200, b"<html><Name>hotel</Name></html>"), "the answer was not S3's"),
    "portal-that-refuses": (page(403), "the answer was not S3's"),
    "cut": (Reply(200, b"x" * 64, marked(), cut=True), "S3 could not answer (500)"),
    "dropped": (Reply(drop=True), "the connection was cut"),
    "no-http": (Reply(raw=b"SSH-2.0-OpenSSH_9.2\r\n"), "the connection was cut"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_whatever_goes_wrong_is_a_few_words_and_never_raised(clients: Clients, name: str) -> None:
    answer, words = TROUBLES[name]
    with S3Faults({"*": answer}) as server:
        seen = look_at(clients, server, account=OWN)
    assert seen.problem is not None
    assert seen.problem.startswith(words)
    assert seen.problem.isprintable()
    assert seen == Survey(problem=seen.problem)


def test_a_server_that_is_not_there_is_said(clients: Clients) -> None:
    with dead_port() as port:
        seen = survey(clients, LOCATION, ACCESS, region=REGION, endpoint_url=f"http://127.0.0.1:{port}")
    assert seen.problem == "no connection"


def test_a_region_that_cannot_be_one_is_a_problem_like_others(clients: Clients) -> None:
    seen = survey(clients, LOCATION, ACCESS, region="not a region", endpoint_url=None)
    assert seen.problem == "no answer (InvalidRegionError)"


# Browsing


def browser_at(clients: Clients, server: S3Faults) -> Browser:
    return Browser(clients, ACCESS, region=REGION, endpoint_url=server.url)


@pytest.fixture
def browser(clients: Clients, box: Sandbox) -> Browser:
    return Browser(clients, box.admin, region=box.region, endpoint_url=box.s3_url)


@pytest.fixture
def readers(clients: Clients, box: Sandbox) -> Browser:
    """Browse as somebody who may list one folder only."""
    return Browser(clients, box.reader, region=box.region, endpoint_url=box.s3_url)


def test_the_buckets_of_the_account_are_listed(browser: Browser, box: Sandbox) -> None:
    assert box.bucket in browser.buckets().names


def test_who_may_not_list_buckets_is_told_what_to_do(readers: Browser) -> None:
    buckets = readers.buckets()
    assert buckets.names == ()
    assert buckets.problem is not None
    assert buckets.problem.startswith("Refused")
    assert buckets.problem.endswith("A folder that you know can be used all the same: enter its URI.")


def test_a_level_has_its_folders_and_the_number_of_its_files(
    browser: Browser, box: Sandbox, folder: Callable[..., S3Location]
) -> None:
    location = folder(**{"": 0, "a/1.jpg": 1, "a/b/2.jpg": 1, "c d/ü&%/3.jpg": 1, "4.jpg": 1, "5.txt": 1})
    level = browser.level(box.bucket, location.prefix)
    assert level == Level(folders=(f"{location.prefix}a/", f"{location.prefix}c d/"), files=2)
    inner = browser.level(box.bucket, level.folders[1])
    assert inner.folders == (f"{location.prefix}c d/ü&%/",)


def test_a_folder_that_is_only_a_marker_is_there(
    browser: Browser, box: Sandbox, folder: Callable[..., S3Location]
) -> None:
    location = folder(**{"": 0})
    assert browser.level(box.bucket, location.prefix) == Level()
    assert browser.level(box.bucket, f"{location.prefix}nothing/") == Level(there=False)


def test_a_huge_folder_comes_page_by_page(clients: Clients) -> None:
    names = [f"{number:06}/" for number in range(2500)]
    answer = level_of({PREFIX: names})
    with S3Faults({"ListObjectsV2": answer}) as server:
        browser = browser_at(clients, server)
        first = browser.level(BUCKET, PREFIX)
        assert [request.call for request in server.seen] == ["HeadBucket", "ListObjectsV2"]
        second = browser.level(BUCKET, PREFIX, first.continuation)
        third = browser.level(BUCKET, PREFIX, second.continuation)
    assert [len(level.folders) for level in (first, second, third)] == [1000, 1000, 500]
    assert third.continuation is None
    assert (*first.folders, *second.folders, *third.folders) == tuple(PREFIX + name for name in names)
    assert {request.query["delimiter"] for request in server.of("ListObjectsV2")} == {"/"}


def test_the_region_of_a_bucket_is_found_once_and_used(clients: Clients) -> None:
    with S3Faults(world=World(region="eu-west-1")) as server:
        browser = browser_at(clients, server)
        for _ in range(2):
            assert browser.level(BUCKET, PREFIX).problem is None
    assert server.calls() == ["HeadBucket", "ListObjectsV2", "ListObjectsV2"]
    assert server.of("HeadBucket")[0].signed_for is None


def test_a_region_that_the_list_of_buckets_names_is_not_asked_for(clients: Clients) -> None:
    with S3Faults(root(buckets_of("eu-west-1")), world=World(region="eu-west-1")) as server:
        browser = browser_at(clients, server)
        assert browser.buckets().names == (BUCKET,)
        assert browser.level(BUCKET, PREFIX).problem is None
    assert server.calls() == ["GetObject", "ListObjectsV2"]


def test_many_buckets_come_page_by_page(clients: Clients) -> None:
    def answer(request: Request) -> Reply:
        more = "continuation-token" not in request.query
        return buckets_of("eu-west-1", "eu-west-1", following="2" if more else "")

    with S3Faults(root(answer)) as server:
        browser = browser_at(clients, server)
        first = browser.buckets()
        last = browser.buckets(first.continuation)
    assert (len(first.names), first.continuation, last.continuation) == (2, "2", None)
    assert [request.query.get("continuation-token") for request in server.seen] == [None, "2"]
    assert {request.query["max-buckets"] for request in server.seen} == {"1000"}


@pytest.mark.parametrize("name", TROUBLES)
def test_trouble_on_the_way_is_a_sentence_and_never_raised(clients: Clients, name: str) -> None:
    answer, words = TROUBLES[name]
    with S3Faults({"ListObjectsV2": answer, **root(answer)}) as server:
        browser = browser_at(clients, server)
        for problem in (browser.level(BUCKET, PREFIX).problem, browser.buckets().problem):
            assert problem is not None
            assert problem.lower().startswith(words.lower())
            assert problem.endswith(".")
            assert problem.isprintable()


def test_a_bucket_that_is_not_there_is_known_before_it_is_listed(clients: Clients) -> None:
    with S3Faults({"HeadBucket": Reply(404, headers=marked())}) as server:
        level = browser_at(clients, server).level(BUCKET, "")
    assert level.problem == "There is no such bucket. Correct its name."
    assert server.calls() == ["HeadBucket"]


def test_without_a_connection_a_level_says_so_and_asks_anew_the_next_time(clients: Clients) -> None:
    with dead_port() as port:
        browser = Browser(clients, ACCESS, region=REGION, endpoint_url=f"http://127.0.0.1:{port}")
        assert browser.level(BUCKET, "").problem == (
            "No connection. Look at the network and the proxy, then try again."
        )
        assert browser.buckets().problem is not None
    with S3Faults({"HeadBucket": [Reply(drop=True), World()]}) as server:
        browser = browser_at(clients, server)
        assert browser.level(BUCKET, PREFIX).problem is not None
        assert browser.level(BUCKET, PREFIX).problem is None


def test_browsing_only_asks_for_lists(clients: Clients) -> None:
    with S3Faults(root(buckets_of("eu-west-1"))) as server:
        browser = browser_at(clients, server)
        browser.buckets()
        browser.open(S3Location(BUCKET, "a/b/"))
    assert {request.method for request in server.seen} == {"GET"}
    assert all(request.path == "/" or request.call == "ListObjectsV2" for request in server.seen)


# A folder to begin at


def test_a_folder_that_is_there_opens_itself(readers: Browser, box: Sandbox) -> None:
    opened = readers.open(S3Location(box.bucket, box.prefix))
    assert opened.location.prefix == box.prefix
    assert (opened.missing, opened.similar) == (None, ())
    assert opened.level.there


def test_a_misspelt_folder_opens_the_one_above_with_those_that_were_meant(browser: Browser, box: Sandbox) -> None:
    opened = browser.open(S3Location(box.bucket, "projects/Farm_Animal/"))
    assert opened.location.prefix == "projects/"
    assert opened.missing == "projects/Farm_Animal/"
    assert opened.similar[0] == "projects/farm-animals/"
    assert set(opened.similar) <= set(opened.level.folders)


def test_a_path_misspelt_further_up_is_followed_up(browser: Browser, box: Sandbox) -> None:
    opened = browser.open(S3Location(box.bucket, "project/farm-animals/2026/"))
    assert opened.location.prefix == ""
    assert opened.missing == "project/"
    assert opened.similar == ("projects/",)


def test_where_the_folder_above_is_refused_the_refusal_is_what_is_known(clients: Clients) -> None:
    answers = [listing(), denied("s3:ListBucket", NO_POLICY)]
    with S3Faults({"ListObjectsV2": answers}) as server:
        opened = browser_at(clients, server).open(LOCATION)
    assert opened.location.prefix == "projects/"
    assert opened.missing == PREFIX
    assert opened.level.problem is not None
    assert opened.level.problem.startswith("Refused, since")


def test_an_empty_bucket_is_the_end_of_the_way_up(clients: Clients) -> None:
    with S3Faults({"ListObjectsV2": listing()}) as server:
        opened = browser_at(clients, server).open(S3Location(BUCKET, "a/"))
    assert opened.location == S3Location(BUCKET, "")
    assert opened.level == Level(there=False)
    assert len(server.of("ListObjectsV2")) == 2


def test_files_of_the_user_are_counted_and_not_named(clients: Clients) -> None:
    with S3Faults({"ListObjectsV2": listing(keys=[KEY])}) as server:
        opened = browser_at(clients, server).open(LOCATION)
    assert opened.level.files == 1
    assert PERSON not in repr(opened)
