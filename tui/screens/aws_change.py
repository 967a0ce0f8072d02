"""A change that an administrator makes in AWS: the profile, the plan, the account ID typed, the progress, the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Input, Static

from core.access import Secret
from core.guide.fields import Field, Problems
from core.lights.threads import DaemonThreads

from ..aws_change_view import ChangeState, Face, agreed, asked, gone_back, looked, progressed, view_of
from ..aws_changes import (
    Change,
    ChangePlan,
    CodeWanted,
    Ended,
    RefusedError,
    Told,
    read_administrator,
)
from ..widgets.field_box import FieldBox
from ..widgets.header import TwoSided
from ..widgets.keybar import Key, KeyBar
from ..widgets.step_body import StepBody
from .base import close
from .step_screen import StepScreen

if TYPE_CHECKING:
    from core.access import UserAccess
    from core.guide.fields import Raw
    from core.provision.waiting import RealWaiter

__all__ = ["AwsChangeScreen"]


_NUMBER = {Face.ASK: "1 of 3: the profile", Face.PLAN: "2 of 3: the plan"}
_NEXT = {Face.ASK: "look", Face.PLAN: "do it", Face.RUNS: "next", Face.ENDED: "home"}


class AwsChangeScreen(StepScreen):
    """Leads through a change. AWS is asked on a thread; nothing is changed before the account ID was typed.

    `profiles` returns the AWS profiles to choose from.
    """

    DEFAULT_CSS = """
    AwsChangeScreen #rail { text-style: bold; }
    AwsChangeScreen #subject { border-bottom: solid $line; height: 2; }
    AwsChangeScreen #consequence { dock: bottom; height: auto; max-height: 2; padding: 0 1; color: $faint; }
    """
    KEYS = (
        Key("next", "Enter", "look"),
        Key("back", "Esc", "back"),
        Key("app.help", "?", "help", "F1"),
        Key("app.all_actions", "Ctrl+O", "all actions", typing_label="actions"),
        Key("app.leave", "q", "leave", "Ctrl+Q"),
    )

    class Prepared(Message):
        """What there is to choose from is known. Posted from a thread."""

        def __init__(self, profiles: tuple[str, ...], fields: tuple[Field, ...]) -> None:
            self.profiles = profiles
            self.fields = fields
            super().__init__()

    class Looked(Message):
        """What there is was looked at. Posted from a thread."""

        def __init__(self, number: int, found: ChangePlan | CodeWanted | str) -> None:
            self.number = number
            self.found = found
            super().__init__()

    class Progressed(Message):
        """A step is under way or done. Posted from a thread."""

        def __init__(self, told: Told) -> None:
            self.told = told
            super().__init__()

    class Over(Message):
        """It is over. Posted from a thread."""

        def __init__(self, ended: Ended) -> None:
            self.ended = ended
            super().__init__()

    def __init__(self, change: Change, *, subject: str, profiles: Callable[[], tuple[str, ...]]) -> None:
        super().__init__()
        self._change = change
        self._subject = subject
        self._find_profiles = profiles
        self.state = ChangeState()
        self._threads = DaemonThreads(1, "aws")
        self._looks = 0
        self._waiter: RealWaiter | None = None

    def help_text(self) -> str:
        """Say what comes of it."""
        return self._change.help

    def compose_content(self) -> ComposeResult:
        """Make the head and the room for what is asked."""
        yield TwoSided(id="rail")
        yield TwoSided(id="subject")
        yield StepBody()
        yield Static("", id="consequence", markup=False)

    async def on_mount(self) -> None:
        """Find out on a thread what there is to choose from."""
        self.watch_for_more(self._body)
        await self.renew()
        find, change = self._find_profiles, self._change

        def prepare() -> None:
            self.post_message(self.Prepared(find(), change.fields()))

        self._threads.run(prepare)

    async def on_aws_change_screen_prepared(self, message: Prepared) -> None:
        """Ask for the profile."""
        self.state = replace(self.state, profiles=message.profiles, asked=message.fields)
        await self.renew()

    def on_unmount(self) -> None:
        """Let what is under way end between two requests."""
        if self._waiter is not None:
            self._waiter.stop()

    # What is shown

    async def renew(self) -> None:
        """Bring the screen in line with how far it is."""
        if self.is_closed():
            return
        view, face = view_of(self.state, self._change), self.state.face
        self.query_one("#rail", TwoSided).show(self._change.title, _NUMBER.get(face, "3 of 3"))
        self.query_one("#subject", TwoSided).show(self._subject)
        self.query_one("#consequence", Static).update(view.consequence)
        self._name_next()
        bar, runs = self.query_one(KeyBar), face is Face.RUNS
        bar.offer(frozenset(key.action for key in self.KEYS if not (runs and key.action == "next")))
        bar.relabel("back", "stop" if runs else "back")
        await self._body.show(view)
        self._body.preview(())
        if view.problems:
            self._body.refuse(Problems(view.problems))

    def next_label(self) -> str:
        """Say what Enter does."""
        return _NEXT[self.state.face]

    # What is done

    def action_next(self) -> None:
        """Look, agree, or go home."""
        self.call_later(self._next)

    async def _next(self) -> None:
        state = self.state
        if self.is_closed() or state.profiles is None or state.waiting or self.has_class("-too-small"):
            return
        match state.face:
            case Face.ASK:
                self._look(self._body.raw())
            case Face.PLAN:
                self.state = agreed(replace(state, problem=None), str(self._body.raw().get("account", "")))
                if self.state.face is Face.RUNS and self.state.plan:
                    self._carry_out(self.state.plan)
            case Face.ENDED:
                close(self)
                return
        await self.renew()

    def _look(self, raw: Raw) -> None:
        self.state, code = asked(self.state, raw)
        if self.state.problem:
            return
        self._looks += 1
        number, change, profile = self._looks, self._change, self.state.profile

        def look() -> None:
            try:
                found: UserAccess | CodeWanted = read_administrator(profile, Secret(code) if code else None)
                seen = found if isinstance(found, CodeWanted) else change.plan(found, raw)
                self.post_message(self.Looked(number, seen))
            except RefusedError as error:
                self.post_message(self.Looked(number, str(error)))
            except Exception as error:  # noqa: BLE001 - on a thread it would vanish, and the screen wait for ever
                self.post_message(self.Looked(number, _fault(error)))

        self._threads.run(look)

    async def on_aws_change_screen_looked(self, message: Looked) -> None:
        """Show the plan, or why there is none."""
        if message.number == self._looks and self.state.face is Face.ASK and self.state.waiting:  # not left meanwhile
            self.state = looked(self.state, message.found)
            await self.renew()

    def _carry_out(self, plan: ChangePlan) -> None:
        from core.provision.waiting import RealWaiter

        waiter = self._waiter = RealWaiter()

        def tell(told: Told) -> None:
            self.post_message(self.Progressed(told))

        def run() -> None:
            try:
                ended = plan.carry_out(tell, waiter)
            except RefusedError as error:
                ended = Ended("Nothing was done.", (str(error),), well=False)
            except Exception as error:  # noqa: BLE001 - on a thread it would vanish, and the screen wait for ever
                ended = Ended("It was not done to its end.", (_fault(error), "Come here again: it goes on."), False)
            self.post_message(self.Over(ended))

        self._threads.run(run)

    async def on_aws_change_screen_progressed(self, message: Progressed) -> None:
        """Mark the step, and say what is under way."""
        self.state = progressed(self.state, message.told)
        await self.renew()

    async def on_aws_change_screen_over(self, message: Over) -> None:
        """Show how it ended."""
        self._waiter = None
        self.say("")  # that it stops is past
        self.state = replace(self.state, face=Face.ENDED, ended=message.ended, waiting=None)
        await self.renew()

    def action_back(self) -> None:
        """Stop what runs; else go to what was shown before."""
        self.call_later(self._back)

    async def _back(self) -> None:
        if self.is_closed():
            return
        if self.state.face is Face.RUNS:
            if self._waiter is not None:
                self._waiter.stop()
            self.say("It stops after the request that is under way.")
            return
        before = gone_back(self.state)
        if before is None:
            close(self)
            return
        self.state = before
        await self.renew()

    def action_check_again(self) -> None:
        """Look again, where a profile is asked for."""
        if self.state.face is Face.ASK:
            self.action_next()

    async def on_field_box_offer_taken(self, message: FieldBox.OfferTaken) -> None:
        """Put what was meant into the field."""
        self._body.take(message.field, message.problem)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go on, as Enter does outside of a line."""
        message.stop()
        self.action_next()


def _fault(error: Exception) -> str:
    return f"This met a fault of bucketlight ({type(error).__name__}). Report it."
