"""The check of a role: who may assume it from this machine is found out first, and never for longer than the check."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.access import DelegatedAccess, Secret, UserAccess
from core.aws.credentials import CredentialsError
from core.guide.effects import RealEffects
from core.guide.role_check import RoleCheck
from core.lights.check import Checker, CheckRun
from core.lights.events import CheckFinished, Event
from core.lights.states import State as LightState
from core.lights.target import CheckOptions, Target
from core.location import S3Location
from core.needs import Operation
from core.store.datasets import DatasetStore
from core.store.paths import Home
from core.store.secrets import MemorySecretStore

WAIT = 30.0
ROLE = "arn:aws:iam::111122223333:role/Lightly-S3"
# Port 9 of loopback: nobody listens there, so each request ends at once.
TARGET = Target(
    location=S3Location("datalake", "projects/"),
    access=UserAccess("", Secret("")),
    region="eu-central-1",
    endpoint_url="http://127.0.0.1:9",
    required=(Operation.LIST, Operation.READ),
    role=DelegatedAccess(ROLE, Secret("canary-external-id-77")),
)
CALLER = UserAccess("AKIAIOSFODNN7CANARY1", Secret("canarySecretKey/0123456789abcdefghijKLMN"))


class Recording(Checker):
    """A checker that tells what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[Target, CheckOptions]] = []

    def start(
        self, target: Target, options: CheckOptions | None = None, on_event: Callable[[Event], None] | None = None
    ) -> CheckRun:
        self.asked.append((target, options or CheckOptions()))
        return super().start(target, options, on_event)


class Held:
    """Credentials that do not come before they are let go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.let_go = threading.Event()

    def __call__(self) -> UserAccess:
        self.entered.set()
        self.let_go.wait(WAIT)
        return CALLER


@pytest.fixture
def held() -> Iterator[Held]:
    credentials = Held()
    yield credentials
    credentials.let_go.set()


class Watched:
    """A check of the role, and what it says."""

    def __init__(self, ambient: Callable[[], UserAccess], *, deadline: float = 15.0) -> None:
        self.events: queue.Queue[Event] = queue.Queue()
        self.checker = Recording()
        options = CheckOptions(deadline=deadline)
        self.check = RoleCheck(self.checker, TARGET, options, self.events.put, ambient).start()

    def finished(self) -> CheckFinished:
        while not isinstance(event := self.events.get(timeout=WAIT), CheckFinished):
            pass
        return event


def nothing_here() -> UserAccess:
    raise CredentialsError.because("no-credentials")


def test_without_keys_of_its_own_this_machine_leaves_it_to_lightly_and_asks_nobody() -> None:
    watched = Watched(nothing_here)
    lights = {light.operation: light for light in watched.finished().report.lights}
    for operation in TARGET.required:
        assert lights[operation].state is LightState.UNKNOWN
        assert lights[operation].cause == "only-lightly-can-assume"
        assert ROLE in lights[operation].summary
    assert lights[Operation.WRITE].state is LightState.OFF
    assert watched.checker.asked == []


def test_keys_that_are_no_good_are_said_beside_it() -> None:
    def broken() -> UserAccess:
        raise CredentialsError("profile-invalid", "The profile work names a region that is none.", "Correct it.")

    light = Watched(broken).finished().report.lights[0]
    assert light.cause == "only-lightly-can-assume"
    assert "The profile work names a region that is none." in light.summary
    assert light.fix == "Correct it."


def test_the_machines_own_keys_try_the_role() -> None:
    watched = Watched(lambda: CALLER)
    assert {light.state for light in watched.finished().report.lights if light.required} == {LightState.UNKNOWN}
    ((target, _),) = watched.checker.asked
    assert (target.access, target.role) == (CALLER, TARGET.role)


def test_what_the_keys_took_of_the_deadline_is_not_given_twice() -> None:
    watched = Watched(lambda: CALLER, deadline=15.0)
    watched.finished()
    ((_, options),) = watched.checker.asked
    assert 0 < options.deadline < 15.0


def test_keys_that_never_come_end_with_the_deadline(held: Held) -> None:
    watched = Watched(held, deadline=0.05)
    light = watched.finished().report.lights[0]
    assert light.state is LightState.UNKNOWN
    assert "did not come in time" in light.summary
    assert watched.checker.asked == []


def test_a_check_that_is_given_up_says_nothing_more(held: Held) -> None:
    watched = Watched(held)
    assert held.entered.wait(WAIT)
    threads = [thread for thread in threading.enumerate() if thread.name == "role-check"]
    watched.check.cancel()
    held.let_go.set()
    for thread in threads:
        thread.join(WAIT)
        assert not thread.is_alive()
    assert watched.events.empty()
    assert watched.checker.asked == []


def test_a_check_that_is_given_up_twice_is_given_up() -> None:
    watched = Watched(nothing_here)
    watched.finished()
    watched.check.cancel()
    watched.check.cancel()
    assert watched.events.empty()


def test_the_effects_check_a_role_so_and_a_key_at_once(tmp_path: Path) -> None:
    checker = Recording()
    asked: list[bool] = []

    def ambient() -> UserAccess:
        asked.append(True)
        return CALLER

    effects = RealEffects(
        checker=checker,
        secrets=MemorySecretStore(),
        datasets=DatasetStore(Home.at(tmp_path)),
        options=CheckOptions(deadline=5.0),
        ambient=ambient,
    )
    events: queue.Queue[Event] = queue.Queue()

    def until_finished() -> None:
        while not isinstance(events.get(timeout=WAIT), CheckFinished):
            pass

    assert isinstance(effects.start_check(TARGET, events.put, automatic=False), RoleCheck)
    until_finished()
    assert asked == [True]
    key = Target(location=TARGET.location, access=CALLER, region="eu-central-1", endpoint_url=TARGET.endpoint_url)
    assert not isinstance(effects.start_check(key, events.put, automatic=True), RoleCheck)
    until_finished()
    assert asked == [True], "a key needs nobody else's"
    assert [options.automatic for _, options in checker.asked] == [False, True]
