"""The runner: everything pending once, on daemon threads; what is stale is given up and never told."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from guide_walk import ELSEWHERE, KEYS, REGION, SECRET, TOKEN, WALK, MemoryJournal, World, at, report, taken

from core.access import Secret
from core.guide.facts import Failed, RegionFound, Saved, TokenTried
from core.guide.flow import again, back, finished, learn, pending, start, submit, view
from core.guide.requests import FindRegion, Save
from core.guide.runner import Learned, Runner, RunnerEvent
from core.guide.saving import SaveProgress
from core.guide.state import Given, State
from core.guide.strip import strip
from core.lights.events import CheckFinished, Event
from core.lights.states import CheckReport, ProbeMode
from core.lights.states import State as LightState
from core.lights.target import CheckOptions
from core.location import S3Location

WAIT = 10.0


class Front:
    """What a front end does: it owns the state, learns, and lets the runner follow."""

    def __init__(self, world: World) -> None:
        self.events: queue.Queue[RunnerEvent] = queue.Queue()
        self.runner = Runner(world, MemoryJournal(), self.events.put)
        self.state = start()

    def submit(self, step: str) -> None:
        self.become(taken(submit(self.state, WALK[step])))

    def become(self, state: State) -> None:
        self.state = state
        self.runner.follow(state)

    def next(self) -> RunnerEvent:
        event = self.events.get(timeout=WAIT)
        if isinstance(event, Learned):
            self.become(learn(self.state, event.request, event.fact))
        return event

    def until(self, step: str) -> None:
        while self.state.position.step != step:
            self.next()


class Gate(World):
    """A world in which finding a region waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Semaphore(0)
        self.let_go = threading.Event()

    def find_region(self, location: S3Location, endpoint_url: str | None) -> RegionFound:
        self._do("find_region")
        self.entered.release()
        assert self.let_go.wait(WAIT)
        return REGION


def test_the_whole_walk_asks_everything_once_and_checks_again_what_was_saved() -> None:
    world = World()
    front = Front(world)
    for step in ("needs", "bucket", "access", "keys", "output", "limits", "dataset", "save"):
        front.until(step)
        front.submit(step)
    front.until("next")
    while LightState.CHECKING in {light.state for light in strip(front.state)}:
        front.next()
    assert {light.state for light in strip(front.state)} == {LightState.GREEN}
    wanted = [
        "find_region",
        "start_check",
        "look_around",
        "try_token",
        "look_up_name",
        "create",
        "configure",
        "secrets",
        "file",
        "verify",
        "start_check",
    ]
    assert sorted(world.calls) == sorted(wanted)
    assert world.automatic == [False, True], "nobody asked for the second: it tries Write no second time"


def test_a_key_is_read_then_checked_and_both_places_are_looked_at() -> None:
    world = World()
    front = Front(world)
    front.state = at("keys", Given(profiles=("lightly",)))
    front.become(taken(submit(front.state, {"way": "profile", "profile": "lightly"})))
    while pending(front.state):
        front.next()
    assert world.calls == ["read_keys", "start_check", "look_around"]
    front.become(taken(submit(front.state, ELSEWHERE)))
    while pending(front.state):
        front.next()
    assert front.state.position.step == "limits"
    # The input is checked a second time: it needs no Write any more.
    assert sorted(world.calls[3:]) == ["look_around"] * 2 + ["start_check"] * 2


def test_a_worker_is_registered_through_its_request_once() -> None:
    world = World()
    front = Front(world)
    state = at("next")
    for _ in range(2):
        front.become(taken(submit(state, {"worker": "barn"})))
    while not view(front.state).problems and view(front.state).waiting:
        front.next()
    assert world.calls == ["register_worker"]
    front.become(taken(submit(front.state, {"worker": "barn"})))
    assert finished(front.state)


def test_how_a_check_goes_about_it_is_handed_on_once() -> None:
    world = World()
    front = Front(world)
    front.state = at("keys")
    front.submit("keys")
    while pending(front.state):
        front.next()
    prove = CheckOptions(write_probe=ProbeMode.REAL, read_back=True)
    for options in (prove, None):
        front.state = again(front.state, options)
        front.runner.follow(front.state, asked=True)
        while pending(front.state):
            front.next()
    assert world.options == [None, prove, None]
    assert world.automatic == [False, False, False]


def test_progress_of_a_save_is_told() -> None:
    front = Front(World())
    front.become(taken(submit(at("save"), {})))
    seen: list[RunnerEvent] = []
    while not (seen and isinstance(seen[-1], Learned)):
        seen.append(front.next())
    assert len([event for event in seen if isinstance(event, SaveProgress)]) == 10
    assert isinstance(seen[-1], Learned)
    assert isinstance(seen[-1].fact, Saved)


def test_following_twice_begins_nothing_twice() -> None:
    world = Gate()
    front = Front(world)
    state = taken(submit(at("bucket"), WALK["bucket"]))
    for _ in range(3):
        front.become(state)
    world.let_go.set()
    # Answered, but not learnt yet: it is not asked again either.
    event = front.events.get(timeout=WAIT)
    front.runner.follow(state)
    assert isinstance(event, Learned)
    front.become(learn(state, event.request, event.fact))
    assert front.state.position.step == "access"
    assert world.calls == ["find_region"]
    assert front.events.empty()


def test_an_answer_to_another_question_is_never_told() -> None:
    world = Gate()
    front = Front(world)
    front.become(taken(submit(at("bucket"), {"uri": "s3://old-lake/"})))
    assert world.entered.acquire(timeout=WAIT)
    front.become(taken(submit(front.state, WALK["bucket"])))
    assert world.entered.acquire(timeout=WAIT)
    world.let_go.set()
    event = front.next()
    assert isinstance(event, Learned)
    assert event.request == FindRegion(S3Location("datalake", "projects/farm-animals/"), None)
    assert front.state.position.step == "access"
    assert front.events.empty()


def test_a_request_is_answered_once_although_its_answer_comes_after_all() -> None:
    gate, events = Gate(), queue.Queue[RunnerEvent]()
    runner = Runner(gate, MemoryJournal(), events.put, patience=0.05, threads=1)

    def next_of(kind: type[CheckReport | Failed]) -> tuple[Learned, list[Learned]]:
        before: list[Learned] = []
        while isinstance(event := events.get(timeout=WAIT), Learned) and not isinstance(event.fact, kind):
            before.append(event)
        assert isinstance(event, Learned)
        return event, before

    state = taken(submit(at("output"), {**ELSEWHERE, "output_uri": "s3://other-lake/out/"}))
    runner.follow(state)
    report_of_input, _ = next_of(CheckReport)
    late, _ = next_of(Failed)
    assert isinstance(late.request, FindRegion)
    # The only thread checks once more when it is done with the region.
    state = learn(state, report_of_input.request, report_of_input.fact)
    for each in (state, again(state)):
        runner.follow(each)
    gate.let_go.set()
    _, before = next_of(CheckReport)
    assert not [event for event in before if isinstance(event.request, FindRegion)]
    runner.close()


def test_a_hung_lookup_holds_nobody_up() -> None:
    world = Gate()
    front = Front(world)
    front.become(taken(submit(at("bucket"), WALK["bucket"])))
    assert world.entered.acquire(timeout=WAIT)
    assert all(thread.daemon for thread in threading.enumerate() if thread.name.startswith("guide"))
    front.become(taken(submit(at("save"), {})))
    front.until("next")
    world.let_go.set()


def held(world: World) -> queue.Queue[Callable[[Event], None]]:
    """Let checks of this world begin and say nothing; return where their listeners arrive."""
    listeners: queue.Queue[Callable[[Event], None]] = queue.Queue()
    world.on_check = listeners.put
    return listeners


def test_a_check_of_other_keys_is_cancelled_and_its_events_are_dropped() -> None:
    world = World()
    listeners = held(world)
    front = Front(world)
    front.become(taken(submit(at("keys"), KEYS)))
    old = listeners.get(timeout=WAIT)
    front.become(taken(submit(back(front.state), {**KEYS, "access_key_id": "AKIAIOSFODNN7CANARY2"})))
    new = listeners.get(timeout=WAIT)
    old(CheckFinished(1, report(state=LightState.RED)))
    new(CheckFinished(2, report()))
    event = front.next()
    assert isinstance(event, Learned)
    assert isinstance(event.fact, CheckReport)
    assert event.fact.lights[0].state is LightState.GREEN
    assert front.events.empty()
    assert world.runs[0].cancelled


def test_going_back_does_not_give_a_check_up() -> None:
    world = World()
    listeners = held(world)
    front = Front(world)
    front.become(taken(submit(at("keys"), KEYS)))
    listener = listeners.get(timeout=WAIT)
    front.become(back(front.state))
    listener(CheckFinished(1, report()))
    front.next()
    assert {light.state for light in strip(front.state)} == {LightState.GREEN}
    assert not world.runs[0].cancelled


def test_a_fault_in_an_effect_is_told_without_its_text() -> None:
    class Broken(World):
        def try_token(self, platform_url: str, token: Secret) -> TokenTried:
            raise RuntimeError(f"?token={token.reveal()}")

    front = Front(Broken())
    front.become(taken(submit(at("dataset"), WALK["dataset"])))
    event = front.next()
    assert isinstance(event, Learned)
    assert event.fact == Failed("This met a fault of bucketlight (RuntimeError).")
    assert TOKEN not in repr(event)
    assert SECRET not in repr(event)


def test_after_close_nothing_is_begun_and_nothing_told() -> None:
    world = World()
    listeners = held(world)
    front = Front(world)
    front.become(taken(submit(at("keys"), KEYS)))
    listener = listeners.get(timeout=WAIT)
    front.runner.close()
    listener(CheckFinished(1, report()))
    front.runner.follow(taken(submit(at("bucket"), WALK["bucket"])))
    assert front.events.empty()
    assert world.calls == ["start_check"]


def test_a_save_is_not_given_up_by_going_back() -> None:
    front = Front(World())
    state = taken(submit(at("save"), {}))
    front.become(state)
    front.become(back(state))
    while True:
        event = front.next()
        if isinstance(event, Learned) and isinstance(event.request, Save):
            break
    assert isinstance(event.fact, Saved)
    assert [type(request) for request in pending(state)] == [Save]
