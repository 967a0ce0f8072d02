"""The screen of a change in AWS: a code is wanted, a change is stopped, breaks, or is refused."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from still import setting
from walker import Walker

import tui.screens.aws_change
from core.access import Secret, UserAccess
from core.guide.fields import Field, Raw
from core.provision.waiting import RealWaiter
from tui.app import BucketlightApp
from tui.aws_change_view import Face
from tui.aws_changes import ChangePlan, CodeWanted, Ended, RefusedError, Told
from tui.screens.aws_change import AwsChangeScreen
from tui.screens.home import HomeScreen
from tui.widgets.secret_input import PlainInput

ACCOUNT = "111122223333"
DONE = Ended("It is done.", ("All of it.",), well=True)


@dataclass
class Change:
    """A change that does what a test says."""

    does: Callable[[Callable[[Told], None], RealWaiter], Ended] = field(default=lambda _tell, _waiter: DONE)
    title: str = "Change it"
    question: str = "With which profile?"
    consequence: str = "It is changed then."
    help: str = "It is changed."
    refuses: str = ""

    def fields(self) -> tuple[Field, ...]:
        return ()

    def plan(self, administrator: UserAccess, raw: Raw) -> ChangePlan:
        if self.refuses:
            raise RefusedError(self.refuses)
        head = (f"Account    {ACCOUNT}",)
        return ChangePlan(account_id=ACCOUNT, head=head, steps=("Do it.", "Prove it."), carry_out=self.does)


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> list[Secret | None]:
    """What codes the profiles were read with; `mfa` wants one, and takes 222222 only."""
    seen: list[Secret | None] = []

    def read(profile: str, code: Secret | None) -> UserAccess | CodeWanted:
        seen.append(code)
        if profile == "mfa" and (code is None or code.reveal() != "222222"):
            return CodeWanted("of arn:aws:iam::111122223333:mfa/maria", code is not None)
        return UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("x" * 40))

    monkeypatch.setattr(tui.screens.aws_change, "read_administrator", read)
    return seen


@asynccontextmanager
async def shown(folder: Path, change: Change, profile: str = "admin") -> AsyncIterator[tuple[Walker, AwsChangeScreen]]:
    app = BucketlightApp(setting(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        walker = Walker(app, pilot)
        await walker.until(lambda: app.engine is not None, "the engine")
        screen = AwsChangeScreen(change, subject="farm-animals", profiles=lambda: (profile,))
        await app.push_screen(screen)
        await walker.until(lambda: "profile" in walker.fields(), "the profiles")
        yield walker, screen


async def to_agreed(walker: Walker, screen: AwsChangeScreen) -> None:
    await walker.press("enter")
    await walker.until(lambda: screen.state.face is Face.PLAN and "account" in walker.fields(), "the plan")
    await walker.put(account="1111-2222-3333")
    await walker.press("enter")


async def test_a_code_is_asked_for_where_the_profile_wants_one(tmp_path: Path, codes: list[Secret | None]) -> None:
    async with shown(tmp_path, Change(), "mfa") as (walker, screen):
        await walker.press("enter")
        await walker.until(lambda: "code" in walker.fields(), "the code")
        assert "mfa/maria" in " ".join(walker.lines())
        await walker.put(code="111111")
        await walker.press("enter")
        await walker.until(lambda: "did not take" in walker.problem("code"), "that it is refused")
        await walker.put(code="222 222")
        await walker.press("enter")
        await walker.until(lambda: screen.state.face is Face.PLAN, "the plan")
    assert [code and code.reveal() for code in codes] == [None, "111111", "222222"]


@pytest.mark.usefixtures("codes")
async def test_why_it_is_not_begun_stands_on_the_screen(tmp_path: Path) -> None:
    async with shown(tmp_path, Change(refuses="The bucket is locked. Unlock it.")) as (walker, screen):
        await walker.press("enter")
        await walker.until(lambda: walker.trouble() == "The bucket is locked. Unlock it.", "why")
        assert screen.state.face is Face.ASK


@pytest.mark.usefixtures("codes")
async def test_what_is_under_way_is_numbered_and_esc_stops_it_between_two_requests(tmp_path: Path) -> None:
    def does(tell: Callable[[Told], None], waiter: RealWaiter) -> Ended:
        tell(Told(0, "Do it.", done=True))
        tell(Told(1, "Prove it."))
        while waiter.wait(60.0):
            continue
        return Ended("Stopped.", ("It was left.",), well=False)

    async with shown(tmp_path, Change(does)) as (walker, screen):
        await to_agreed(walker, screen)
        await walker.sees("2 of 2: Prove it …")
        assert walker.lines()[-1].strip().startswith("Esc stop")
        assert walker.shows("✓ Do it.")
        await walker.press("escape")
        await walker.until(lambda: screen.state.face is Face.ENDED, "the end")
        assert walker.shows("It was left.")
        assert not walker.shows("It stops after the request")
        await walker.press("enter")
        assert isinstance(walker.screen, HomeScreen)


@pytest.mark.usefixtures("codes")
async def test_enter_while_it_runs_does_it_once(tmp_path: Path) -> None:
    go_on, begun = threading.Event(), list[int]()

    def does(_tell: Callable[[Told], None], _waiter: RealWaiter) -> Ended:
        begun.append(1)
        go_on.wait()
        return DONE

    async with shown(tmp_path, Change(does)) as (walker, screen):
        await to_agreed(walker, screen)
        await walker.press("enter", "enter")
        go_on.set()
        await walker.until(lambda: screen.state.face is Face.ENDED, "the end")
    assert begun == [1]


@pytest.mark.usefixtures("codes")
async def test_a_fault_of_ours_is_told_and_not_waited_for(tmp_path: Path) -> None:
    def does(_tell: Callable[[Told], None], _waiter: RealWaiter) -> Ended:
        raise KeyError("a fault")

    async with shown(tmp_path, Change(does)) as (walker, screen):
        await to_agreed(walker, screen)
        await walker.until(lambda: screen.state.face is Face.ENDED, "the end")
        assert walker.shows("a fault of bucketlight (KeyError)")


@pytest.mark.usefixtures("codes")
async def test_the_account_is_asked_for_once_and_the_answer_is_not_its_example(tmp_path: Path) -> None:
    async with shown(tmp_path, Change()) as (walker, screen):
        await walker.press("enter")
        await walker.until(lambda: screen.state.face is Face.PLAN and "account" in walker.fields(), "the plan")
        assert walker.text().count("to agree") == 1
        assert walker.shows(f"of {ACCOUNT}")
        assert walker.box("account").query_one(PlainInput).placeholder == "12 digits"


@pytest.mark.usefixtures("codes")
async def test_every_face_says_how_much_room_is_needed_where_there_is_too_little(tmp_path: Path) -> None:
    async with shown(tmp_path, Change()) as (walker, screen):
        await walker.pilot.resize_terminal(59, 19)
        await walker.sees("bucketlight needs 60x20")
        await walker.press("enter")
        assert screen.state.waiting is None
        await walker.pilot.resize_terminal(60, 20)
        await to_agreed(walker, screen)
        await walker.until(lambda: screen.state.face is Face.ENDED, "the end")
