"""The runner and what is made in AWS: once, never given up, and never with a plan that is out of date."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from guide_walk import AGREED, MAKE, MAKE_IT, PROFILE, MemoryJournal, World, at, back_at, made_for, onward, taken

from core.access import Secret
from core.guide.facts import AwsMade, AwsPlanned, AwsStep, AwsStopped, Failed
from core.guide.fields import WHOLE_STEP, Raw
from core.guide.flow import back, learn, pending, submit, view
from core.guide.requests import MakeAws, PlanAws
from core.guide.runner import Learned, Runner, RunnerEvent
from core.guide.state import Given, State

WAIT = 10.0
GIVEN = Given(external_id=Secret("lightly-0123456789"), profiles=(PROFILE,))


class Slow(World):
    """A world in which making waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Semaphore(0)
        self.let_go = threading.Semaphore(0)

    def make_aws(self, request: MakeAws, on_step: Callable[[AwsStep], None]) -> AwsMade | AwsStopped:
        on_step(AwsStep(1, 2, "Make the user."))
        self.entered.release()
        assert self.let_go.acquire(timeout=WAIT)
        return super().make_aws(request, on_step)


class Front:
    """What a front end does, from the step Make on."""

    def __init__(self, world: World) -> None:
        self.events: queue.Queue[RunnerEvent] = queue.Queue()
        self.runner = Runner(world, MemoryJournal(), self.events.put)
        self.facts: list[object] = []
        self.state = at("make", GIVEN, access=MAKE_IT)

    def become(self, state: State) -> None:
        self.state = state
        self.runner.follow(state)

    def settle(self) -> None:
        while pending(self.state):
            self.next()

    def next(self) -> None:
        event = self.events.get(timeout=WAIT)
        assert isinstance(event, Learned)
        self.facts.append(event.fact)
        self.become(learn(self.state, event.request, event.fact))

    def agree(self) -> None:
        self.become(taken(submit(self.state, MAKE)))
        self.settle()
        self.become(taken(submit(self.state, AGREED)))


def test_it_is_planned_then_made_then_checked() -> None:
    world = World()
    front = Front(world)
    front.agree()
    front.settle()
    assert world.calls == ["read_keys", "plan_aws", "make_aws", "start_check", "look_around"]
    kinds = [type(fact) for fact in front.facts]
    assert kinds.index(AwsStep) < kinds.index(AwsMade)
    assert front.state.answers.made


def test_while_it_is_made_nothing_begins_it_a_second_time() -> None:
    world = Slow()
    front = Front(world)
    front.agree()
    assert world.entered.acquire(timeout=WAIT)
    agreed = front.state
    # The person goes on to other answers, and comes back to these.
    front.become(onward(back_at(agreed, "needs"), "make", needs={"input_type": "Videos", "delete": True}))
    front.become(agreed)
    front.become(back(agreed))
    front.become(agreed)
    world.let_go.release()
    while front.state.answers.made is None:
        front.next()
    front.settle()
    assert world.calls.count("make_aws") == 1


def test_other_answers_do_not_stop_it_and_do_not_learn_of_it() -> None:
    world = Slow()
    front = Front(world)
    front.agree()
    assert world.entered.acquire(timeout=WAIT)
    front.become(onward(back_at(front.state, "needs"), "make", needs={"input_type": "Videos", "delete": True}))
    front.become(taken(submit(front.state, MAKE)))
    while not [request for request in pending(front.state) if isinstance(request, PlanAws)]:
        front.next()
    assert len(world.plans) == 1, "planned only when what is being made is done"
    world.let_go.release()
    front.settle()
    assert world.calls.count("make_aws") == 1
    assert [len(plan.wanted) for plan in world.plans] == [1, 1]
    assert world.plans[0].wanted != world.plans[1].wanted
    assert front.state.answers.made is None
    assert view(front.state).field("account")


def test_a_plan_that_waits_behind_it_is_not_made_when_it_is_not_wanted_any_more() -> None:
    world = Slow()
    front = Front(world)
    front.agree()
    assert world.entered.acquire(timeout=WAIT)
    begun = front.state
    others: tuple[Raw, ...] = ({"input_type": "Videos", "delete": True}, {"input_type": "Images", "thumbnails": False})
    for needs in others:
        front.become(onward(back_at(begun, "needs"), "make", needs=needs))
        front.become(taken(submit(front.state, MAKE)))
        while not [request for request in pending(front.state) if isinstance(request, PlanAws)]:
            front.next()
    world.let_go.release()
    front.settle()
    operations = [len(plan.wanted[0].grants[0].operations) for plan in world.plans]
    assert operations == [3, 2], "the first, which was made, and the last"
    assert not world.plans[0].wanted[0].grants[0].delete


def test_where_it_stopped_it_goes_on_from_a_new_plan() -> None:
    world = World()
    world.on_make = lambda _: AwsStopped("AWS refused it.", "Make the user.")
    front = Front(world)
    front.agree()
    front.settle()
    assert "Done last: Make the user." in view(front.state).problems[WHOLE_STEP].sentence
    world.on_make = made_for
    front.agree()
    front.settle()
    assert front.state.answers.made
    assert world.calls.count("plan_aws") == 2
    assert world.calls.count("make_aws") == 2


def test_a_fault_while_it_is_planned_or_made_is_a_sentence_without_its_text() -> None:
    class Broken(World):
        def plan_aws(self, request: PlanAws) -> AwsPlanned:
            if "plan_aws" in self.calls:
                return super().plan_aws(request)
            self.calls.append("plan_aws")
            raise RuntimeError("secret-canary")

        def make_aws(self, request: MakeAws, on_step: Callable[[AwsStep], None]) -> AwsMade | AwsStopped:
            raise KeyError("secret-canary")

    front = Front(Broken())
    front.become(taken(submit(front.state, MAKE)))
    front.settle()
    first = view(front.state).problems[WHOLE_STEP].sentence
    front.agree()
    front.settle()
    second = view(front.state).problems[WHOLE_STEP].sentence
    assert "RuntimeError" in first
    assert "KeyError" in second
    assert "canary" not in first + second
    assert [fact for fact in front.facts if isinstance(fact, Failed)]
