"""The engine under load and in trouble: deadlines, cancellation, threads, connections, and what is asked how often."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from s3_faults import KEY, Answer, Reply, Request, S3Faults, World, calm, error, marked, silent_port
from watched_checks import ACCESS, result_of, target_at, watch

from core import __version__
from core.access import Secret, UserAccess
from core.lights.check import Checker
from core.lights.events import CheckFinished, Event, Identified, LightChanged
from core.lights.states import LookUps, ProbeMode, State
from core.lights.target import CheckOptions
from core.location import S3Location
from core.needs import OPERATIONS, Operation
from core.report import to_table
from core.store.observations import Observations
from core.store.paths import Home

SHORT = CheckOptions(deadline=0.5)
LONG = 60.0
OTHER = UserAccess("AKIAOTHEREXAMPLE0000", Secret("x" * 40))


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


@pytest.fixture
def checker() -> Checker:
    return Checker()


class Listener(list[Event]):
    """Gathers events, and lets a test wait for one."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._changed:
            self.append(event)
            self._changed.notify_all()

    def wait_for_state(self, operation: Operation, state: State) -> None:
        def told() -> bool:
            return any(
                isinstance(e, LightChanged) and e.light.operation is operation and e.light.state is state for e in self
            )

        with self._changed:
            assert self._changed.wait_for(told, LONG)


# The end of a check


def test_answers_after_the_deadline_change_nothing() -> None:
    release = threading.Event()
    events = Listener()
    checker = Checker(threads=1)
    with S3Faults({"ListObjectsV2": error("NoSuchBucket", 404, until=release)}) as server:
        report = checker.check(target_at(server.url), SHORT, events)
        ended = list(events)
        release.set()
        # The one thread comes to this check when it has worked off the late answer.
        assert watch(checker, target_at(server.url)).said(Operation.LIST) == "red no-such-bucket"
    assert {light.cause for light in report.lights} == {"read-timeout"}
    assert isinstance(ended[-1], CheckFinished)
    assert list(events) == ended


def test_a_name_that_comes_after_the_end_is_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.lights.conductor._IDENTITY_GRACE", 0.1)
    release = threading.Event()
    world = World()
    identity = world(Request("POST", "/", {}, {}, b"", 0))
    events = Listener()
    checker = Checker(threads=1)
    script: dict[str, list[Answer]] = {
        "GetCallerIdentity": [Reply(200, identity.body, identity.headers, until=release), world]
    }
    with S3Faults(script, world=world) as server:
        report = checker.check(target_at(server.url), on_event=events)
        server.wait_for("GetCallerIdentity")
        release.set()
        watch(checker, target_at(server.url, access=OTHER))
    assert [light.state for light in report.lights] == ["green", "green", "green"]
    assert report.principal is None
    assert isinstance(events[-1], CheckFinished)
    assert not [event for event in events if isinstance(event, Identified)]


def test_cancelling_ends_a_check_at_once_and_silences_it(checker: Checker) -> None:
    events = Listener()
    with silent_port() as port:
        run = checker.start(target_at(f"http://127.0.0.1:{port}"), on_event=events)
        events.wait_for_state(Operation.LIST, State.CHECKING)
        run.cancel()
        told = len(events)
        report = run.result(LONG)
    assert {light.cause for light in report.lights} == {"cancelled"}
    assert {light.state for light in report.lights} == {State.UNKNOWN}
    assert all(light.fix for light in report.lights)
    assert len(events) == told
    assert not [event for event in events if isinstance(event, CheckFinished)]


def test_lights_that_were_known_before_a_cancellation_stay(checker: Checker) -> None:
    events = Listener()
    never = threading.Event()
    with S3Faults({"PutObject": Reply(until=never)}) as server:
        run = checker.start(target_at(server.url), on_event=events)
        events.wait_for_state(Operation.READ, State.GREEN)
        run.cancel()
        report = run.result(LONG)
        never.set()
    assert [light.state for light in report.lights] == ["green", "green", "unknown"]
    assert report.light(Operation.WRITE).cause == "cancelled"


def test_a_cancelled_check_sends_nothing_more(checker: Checker) -> None:
    release = threading.Event()
    single = Checker(threads=1)
    with S3Faults({"ListObjectsV2": error("SlowDown", 503, until=release)}) as server:
        run = single.start(target_at(server.url))
        server.wait_for("ListObjectsV2")
        run.cancel()
        run.result(LONG)
        release.set()
        # The same one thread works off what the first check left behind before it comes to this one.
        single.check(target_at(server.url, access=OTHER))
    mine = [request for request in server.seen if ACCESS.access_key_id in request.headers.get("authorization", "")]
    assert [request.call for request in mine] == ["ListObjectsV2"]


def test_a_result_that_is_not_there_yet_says_so(checker: Checker) -> None:
    with silent_port() as port:
        run = checker.start(target_at(f"http://127.0.0.1:{port}"), SHORT)
        with pytest.raises(TimeoutError):
            run.result(0)
        assert run.result(LONG).run_id == run.run_id


def test_each_check_has_an_id_of_its_own(checker: Checker) -> None:
    with S3Faults() as server:
        first, second = (watch(checker, target_at(server.url)) for _ in range(2))
    assert first.report.run_id != second.report.run_id


def test_the_lights_come_as_they_are_known(checker: Checker) -> None:
    with S3Faults() as server:
        watched = watch(checker, target_at(server.url))
    changes = [(e.light.operation, e.light.state) for e in watched.events if isinstance(e, LightChanged)]
    assert changes[:3] == [(operation, State.CHECKING) for operation in OPERATIONS]
    assert sorted(changes[3:]) == sorted((operation, State.GREEN) for operation in OPERATIONS)
    assert changes.index((Operation.LIST, State.GREEN)) < changes.index((Operation.READ, State.GREEN))


def test_a_listener_that_fails_leaves_nobody_waiting(checker: Checker) -> None:
    def fail(_: Event) -> None:
        raise RuntimeError

    with S3Faults() as server:
        with pytest.raises(RuntimeError):
            checker.check(target_at(server.url), on_event=fail)
        assert watch(checker, target_at(server.url)).all_said == ("green", "green", "green")


def test_a_bug_of_ours_is_said_and_holds_up_nobody(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr("core.lights.probes.list_objects", broken)
    with S3Faults() as server:
        report = checker.check(target_at(server.url))
    assert {(light.state, light.cause) for light in report.lights} == {("unknown", "internal-error")}
    assert "KeyError" in report.lights[0].summary


# Threads


def test_no_more_requests_are_open_than_there_are_threads() -> None:
    release = threading.Event()
    checker = Checker(threads=3)
    with S3Faults({"ListObjectsV2": error("AccessDenied", 403, "Access Denied", until=release)}) as server:
        once = CheckOptions(look_ups=LookUps.NONE)
        runs = [checker.start(target_at(server.url, region=f"eu-west-{number}"), once) for number in range(1, 9)]
        server.wait_for("ListObjectsV2", 3)
        release.set()
        for run in runs:
            assert run.result(LONG).light(Operation.LIST).cause == "access-denied"
    assert server.most_at_once == 3
    assert len(server.of("ListObjectsV2")) == 8


def test_hung_calls_hold_up_later_checks_no_longer_than_their_own_deadline() -> None:
    checker = Checker(threads=1)
    never = threading.Event()
    with S3Faults({"ListObjectsV2": Reply(until=never)}) as silent, S3Faults() as server:
        hung = checker.start(target_at(silent.url), SHORT)
        silent.wait_for("ListObjectsV2")
        report = checker.check(target_at(server.url), SHORT)
        assert hung.result(LONG).light(Operation.LIST).cause == "read-timeout"
        assert server.seen == []
        never.set()
        # The one thread comes to this check after what the two others left; of that it sends nothing any more.
        checker.check(target_at(server.url, access=OTHER))
    assert all(OTHER.access_key_id in request.headers["authorization"] for request in server.seen)
    assert {light.cause for light in report.lights} == {"read-timeout"}


# What is asked, how often, over which connections


def test_a_check_is_four_requests_and_without_look_ups_three(checker: Checker) -> None:
    with S3Faults() as server:
        watch(checker, target_at(server.url))
    assert sorted(server.calls()) == ["GetCallerIdentity", "GetObject", "ListObjectsV2", "PutObject"]
    with S3Faults() as server:
        watch(checker, target_at(server.url), CheckOptions(look_ups=LookUps.NONE))
    assert sorted(server.calls()) == ["GetObject", "ListObjectsV2", "PutObject"]


def test_who_we_are_is_asked_once_for_each_key(checker: Checker) -> None:
    with S3Faults() as server:
        for _ in range(3):
            watched = watch(checker, target_at(server.url))
    assert len(server.of("GetCallerIdentity")) == 1
    assert watched.report.principal == "arn:aws:iam::111122223333:user/lightly"


def test_list_and_get_share_a_connection_beside_put(checker: Checker) -> None:
    put_came, get_came = threading.Event(), threading.Event()
    world = World()

    def signal(request: Request) -> Reply:
        {"PutObject": put_came, "GetObject": get_came}[request.call].set()
        reply = world(request)
        # Put stays open until Get is there, so that Get cannot have come over Put's connection.
        return Reply(reply.status, reply.body, reply.headers, get_came if request.call == "PutObject" else None)

    def listing(request: Request) -> Reply:
        reply = world(request)
        return Reply(reply.status, reply.body, reply.headers, put_came)

    script = {"PutObject": signal, "GetObject": signal, "ListObjectsV2": listing}
    with S3Faults(script, world=world) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(look_ups=LookUps.NONE))
    assert watched.all_said == ("green", "green", "green")
    [listed], [got], [put] = (server.of(call) for call in ("ListObjectsV2", "GetObject", "PutObject"))
    assert listed.connection == got.connection != put.connection


def test_a_second_check_opens_no_new_connection(checker: Checker) -> None:
    with S3Faults() as server:
        for _ in range(3):
            watch(checker, target_at(server.url, required=OPERATIONS[:2]), CheckOptions(look_ups=LookUps.NONE))
    assert {request.connection for request in server.seen} == {1}


def test_every_request_names_its_program_and_waits_for_no_leave(checker: Checker) -> None:
    with S3Faults() as server:
        for mode in (ProbeMode.DRY, ProbeMode.REAL, ProbeMode.MULTIPART):
            watch(checker, target_at(server.url, region=None), CheckOptions(write_probe=mode))
    assert {request.call for request in server.seen} == {
        "HeadBucket",
        "ListObjectsV2",
        "GetObject",
        "PutObject",
        "DeleteObject",
        "CreateMultipartUpload",
        "AbortMultipartUpload",
        "GetCallerIdentity",
    }
    for request in server.seen:
        assert f"bucketlight/{__version__}" in request.headers["user-agent"]
        assert "expect" not in request.headers


def test_one_byte_of_a_listed_object_is_read_and_no_more(checker: Checker) -> None:
    with S3Faults() as server:
        watch(checker, target_at(server.url))
    [request] = server.of("GetObject")
    assert request.headers["range"] == "bytes=0-0"
    assert request.key == KEY


def test_an_empty_object_proves_nothing_about_read_since_it_has_no_byte(checker: Checker) -> None:
    world = World(keys=(f"{KEY}-empty", KEY))
    world.objects[f"{KEY}-empty"] = b""
    with S3Faults(world=world) as server:
        assert watch(checker, target_at(server.url)).said(Operation.READ) == "green"
        world.objects[KEY] = b""
        assert watch(checker, target_at(server.url)).said(Operation.READ) == "unknown nothing-to-read"
    assert [request.key for request in server.of("GetObject")] == [KEY]


def test_write_alone_is_asked_alone(checker: Checker) -> None:
    with S3Faults() as server:
        watched = watch(
            checker, target_at(server.url, required=(Operation.WRITE,)), CheckOptions(look_ups=LookUps.NONE)
        )
    assert watched.all_said == ("off", "off", "green")
    assert server.calls() == ["PutObject"]


def test_read_alone_needs_a_listing_and_does_not_show_it(checker: Checker) -> None:
    with S3Faults() as server:
        watched = watch(checker, target_at(server.url, required=(Operation.READ,)), CheckOptions(look_ups=LookUps.NONE))
    assert watched.all_said == ("off", "green", "off")
    assert server.calls() == ["ListObjectsV2", "GetObject"]


# Write


def test_needs_without_write_send_none(checker: Checker) -> None:
    with S3Faults() as server:
        watched = watch(checker, target_at(server.url, required=OPERATIONS[:2]))
    assert watched.all_said == ("green", "green", "off")
    assert server.of("PutObject") == []


@pytest.mark.parametrize(
    ("changes", "mode", "light"),
    [({}, ProbeMode.OFF, "unknown write-unproven"), ({"write_elsewhere": True}, ProbeMode.REAL, "off")],
)
def test_write_is_not_tried_where_that_was_said(
    checker: Checker, changes: dict[str, object], mode: ProbeMode, light: str
) -> None:
    with S3Faults() as server:
        watched = watch(checker, target_at(server.url, **changes), CheckOptions(write_probe=mode))
    assert watched.said(Operation.WRITE) == light
    assert server.of("PutObject") == []


def test_a_dry_run_stores_nothing(checker: Checker) -> None:
    with S3Faults() as server:
        watch(checker, target_at(server.url))
    assert set(server.world.objects) == {KEY}
    assert server.of("DeleteObject") == []


def test_automatic_checks_try_write_once_and_remember(checker: Checker) -> None:
    automatic = CheckOptions(automatic=True)
    with S3Faults() as server:
        first, second = (watch(checker, target_at(server.url), automatic) for _ in range(2))
        assert len(server.of("PutObject")) == 1
        assert second.report.light(Operation.WRITE) == first.report.light(Operation.WRITE)
        asked = watch(checker, target_at(server.url))
        assert asked.said(Operation.WRITE) == "green"
        assert len(server.of("PutObject")) == 2
        watch(checker, target_at(server.url, access=OTHER), automatic)
        watch(checker, target_at(server.url, location=S3Location("datalake", "projects/")), automatic)
        assert len(server.of("PutObject")) == 4


def test_a_server_that_stores_a_dry_run_is_cleaned_and_not_tried_so_again(checker: Checker) -> None:
    with S3Faults(world=World(ignores_md5=True)) as server:
        first, second = (watch(checker, target_at(server.url)) for _ in range(2))
        real = watch(checker, target_at(server.url), CheckOptions(write_probe=ProbeMode.REAL))
    assert first.report.stored_dry_write
    assert first.said(Operation.WRITE) == "green"
    assert "stored the dry run" in first.report.light(Operation.WRITE).summary
    assert second.said(Operation.WRITE) == "unknown write-unproven"
    assert real.said(Operation.WRITE) == "green"
    assert len(server.of("PutObject")) == 2
    assert set(server.world.objects) == {KEY}


def test_a_server_that_stores_a_dry_run_and_lets_nobody_delete_it_is_told_with_the_key(checker: Checker) -> None:
    with S3Faults({"DeleteObject": error("AccessDenied")}, world=World(ignores_md5=True)) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.said(Operation.WRITE) == "amber probe-left-behind"
    [left] = set(server.world.objects) - {KEY}
    assert left in watched.report.light(Operation.WRITE).summary


def test_a_versioned_bucket_that_only_hides_the_probe_is_told_with_the_key(checker: Checker) -> None:
    hidden = Reply(204, headers=marked({"x-amz-delete-marker": "true", "x-amz-version-id": "2"}))
    with S3Faults({"DeleteObject": hidden}, world=World(ignores_md5=True)) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.said(Operation.WRITE) == "amber probe-left-behind"


def test_in_a_versioned_bucket_the_one_version_is_deleted(checker: Checker) -> None:
    stored = Reply(200, headers=marked({"ETag": '"2"', "x-amz-version-id": "v7"}))
    with S3Faults({"PutObject": stored}) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(write_probe=ProbeMode.REAL))
    assert watched.said(Operation.WRITE) == "green"
    assert server.of("DeleteObject")[0].query["versionId"] == "v7"


@pytest.mark.parametrize("mode", [ProbeMode.REAL, ProbeMode.MULTIPART])
def test_a_write_whose_answer_is_still_open_at_the_end_names_its_object(checker: Checker, mode: ProbeMode) -> None:
    never = threading.Event()
    with S3Faults({"PutObject": Reply(until=never), "CreateMultipartUpload": Reply(until=never)}) as server:
        watched = watch(checker, target_at(server.url), CheckOptions(write_probe=mode, deadline=4.0))
        never.set()
    light = watched.report.light(Operation.WRITE)
    assert watched.said(Operation.WRITE) == "unknown read-timeout"
    [request] = server.of("PutObject") or server.of("CreateMultipartUpload")
    assert request.key in light.summary
    assert request.key in (light.fix or "")


def test_that_a_server_stores_dry_runs_outlives_the_program(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    with S3Faults(world=World(ignores_md5=True)) as server:
        watch(Checker(stored_dry_writes=Observations(home)), target_at(server.url))
        later = watch(Checker(stored_dry_writes=Observations(home)), target_at(server.url))
    assert later.said(Operation.WRITE) == "unknown write-unproven"
    assert len(server.of("PutObject")) == 1


def test_a_memory_that_cannot_be_written_costs_a_note_and_no_light() -> None:
    class Full:
        def stores_dry_writes(self, endpoint: str) -> bool:
            return False

        def remember_stored_dry_write(self, endpoint: str) -> None:
            raise OSError

    checker = Checker(stored_dry_writes=Full())
    with S3Faults(world=World(ignores_md5=True)) as server:
        first, second = (watch(checker, target_at(server.url)) for _ in range(2))
    assert first.all_said == ("green", "green", "green")
    [note] = first.report.notes
    assert "--write-probe off" in note.fix
    assert note.summary in to_table((result_of(first.report),))
    assert second.said(Operation.WRITE) == "unknown write-unproven"
    assert len(server.of("PutObject")) == 1
