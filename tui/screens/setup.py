"""The guided setup: one screen that shows the step at which the guide stands."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, Static

from core.guide import flow
from core.guide.facts import Failed, Saved
from core.guide.fields import Problems, StepView
from core.guide.requests import Check
from core.guide.runner import RunnerEvent
from core.guide.saving import Phase, SaveProgress
from core.guide.state import Given, State
from core.guide.steps.bucket import region_of
from core.guide.strip import strip
from core.lights.states import CheckReport
from core.lights.target import CheckOptions
from core.needs import Operation

from ..diagnosed import Seen, offers_waiting
from ..not_yet import NotYet, end_sentence
from ..setup_seen import about, seen_of, subject
from ..widgets.fields import FieldBox
from ..widgets.header import TwoSided
from ..widgets.keybar import Key, KeyBar
from ..widgets.step_body import StepBody
from ..widgets.strip import LightCell, LightStrip
from ..words import worst_of
from .base import BaseScreen, close
from .diagnosis import DiagnosisScreen

if TYPE_CHECKING:
    from datetime import datetime

    from core.guide.plan import StepId
    from core.guide.runner import Runner

    from ..engine import Engine

__all__ = ["SetupScreen"]

NO_KEYRING = "No keyring can be used here: secrets stay in memory until you leave."
_NEXT = {"save": "save", "next": "home"}
_MARKS = {Phase.STARTED: "…", Phase.DONE: "✓", Phase.SKIPPED: "✓"}


class SetupScreen(BaseScreen):
    """Shows a step, hands what was typed to the guide, and shows what comes of it."""

    CSS_PATH = "setup.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "next", "next", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("w,f2", "why", "why", show=False),
        Binding("f", "fixed", "I fixed it", show=False),
        Binding("ctrl+t", "fill_in", "fill in", show=False),
    ]
    KEYS = (
        Key("next", "Enter", "next"),
        Key("back", "Esc", "back"),
        Key("app.help", "?", "help", "F1"),
        Key("check_again", "r", "check again", "Ctrl+R", "again"),
        Key("app.all_actions", "Ctrl+O", "all actions", typing_label="actions"),
        Key("app.leave", "q", "leave", "Ctrl+Q"),
    )
    MORE = (
        Key("why", "w", "why a light is not green"),
        Key("check_again", "r", "check again"),
        Key("fixed", "f", "I fixed it"),
    )
    FILL_IN = Key("fill_in", "Ctrl+T", "fill in")
    HELP = """Answer one question a screen. Enter goes on, Esc goes back and keeps your answers.

The lights show what works at this moment, tried from this machine: List, Read and Write. They are checked when a step \
is confirmed, and on [b]r[/b]. Enter on a light says why it is as it is, and what to do. After a fix [b]f[/b] checks \
for a minute, since IAM takes that long to spread it.

Nothing is made or sent before Save, except the checks themselves. Write is tried by a dry run, which AWS does not \
store."""

    PLAN_STANDS: ClassVar[float] = 0.5
    """Seconds for which the plan is shown at the least before Enter carries it out."""

    class Said(Message):
        """The runner has something to tell. Posted from its threads."""

        def __init__(self, event: RunnerEvent) -> None:
            self.event = event
            super().__init__()

    class Prepared(Message):
        """What stands before the first question is known. Posted from a thread."""

        def __init__(self, given: Given) -> None:
            self.given = given
            super().__init__()

    def __init__(self, engine: Engine, state: State | None = None) -> None:
        super().__init__()
        self._engine = engine
        setting = engine.setting
        given = Given(platform_url=setting.platform_url, endpoint_url=setting.endpoint_url)
        self.state = state or flow.start(given)
        self._runner: Runner | None = None
        self._phases: dict[StepId, Phase] = {}
        self._fill_ins = self._checks_ended = 0
        self._checked_at: datetime | None = None
        self.not_yet = NotYet(
            owner=self,
            clocks=setting.clocks,
            ask=self._ask,
            look=lambda: (self._checks_ended, strip(self.state)),
            changed=self._show_strip,
            ended=lambda outcome, light: self.say(end_sentence(outcome, light)),
        )
        self._step_since = time.monotonic()

    def keys(self) -> tuple[Key, ...]:
        """Return what the key bar shows: in the demo, how to fill a step in, in place of checking again."""
        if self._engine.setting.demo is None:
            return self.KEYS
        return tuple(self.FILL_IN if key.action == "check_again" else key for key in self.KEYS)

    def all_keys(self) -> tuple[Key, ...]:
        """Return every action that makes sense now, each once."""
        left_out = {key.action for key in self.keys()}
        if not self.not_yet.waits and not offers_waiting(worst_of(strip(self.state))):
            left_out.add("fixed")
        return (*self.keys(), *(key for key in self.MORE if key.action not in left_out))

    def compose_content(self) -> ComposeResult:
        """Make the rail, the light strip, and the room for the step."""
        yield TwoSided(id="rail")
        yield TwoSided(id="subject")
        yield LightStrip()
        yield StepBody()
        yield Static("", id="consequence", markup=False)

    async def on_mount(self) -> None:
        """Show the first step, and find out on a thread what is known beforehand."""
        await self._show()
        engine = self._engine
        if not engine.setting.demo:
            self.say("Opening the keyring …")

        def prepare() -> None:
            self.post_message(self.Prepared(engine.given()))

        threading.Thread(target=prepare, name="prepare", daemon=True).start()

    def on_unmount(self) -> None:
        """Give up what is under way; a save goes on, its journal knows how far."""
        self.not_yet.stop()
        if self._runner is not None:
            self._runner.close()

    async def on_setup_screen_prepared(self, message: Prepared) -> None:
        """Begin to work: from now on requests are carried out."""
        # The server of a setup that is gone on with stays the one that the person had named then.
        given = replace(message.given, endpoint_url=self.state.answers.given.endpoint_url)
        self.state = replace(self.state, answers=replace(self.state.answers, given=given))
        self._runner = self._engine.runner(self._told)
        self.say(NO_KEYRING if self._engine.secrets_problem else "")
        await self._follow()

    async def on_setup_screen_said(self, message: Said) -> None:
        """Take in what the runner found out."""
        event = message.event
        if isinstance(event, SaveProgress):
            self._phases[event.step] = event.phase
            self._show_progress()
            return
        if isinstance(event.fact, CheckReport | Failed) and isinstance(event.request, Check):
            self._checks_ended += 1
            self._checked_at = self._engine.setting.clocks.day()
        before = self.state.position.step
        self.state = flow.learn(self.state, event.request, event.fact)
        if isinstance(event.fact, Saved):
            self._drop_draft()
        elif self.state.position.step != before:
            self._keep()
        await self._follow()

    def _told(self, event: RunnerEvent) -> None:
        self.post_message(self.Said(event))

    async def _follow(self, *, asked: bool = False) -> None:
        if self._runner is not None:
            self._runner.follow(self.state, asked=asked)
        await self._show()

    @property
    def ready(self) -> bool:
        """Tell whether requests are carried out by now."""
        return self._runner is not None

    # What is shown

    async def _show(self) -> None:
        """Bring the screen in line with the state."""
        if self._is_closed:
            return
        view = flow.view(self.state)
        self._show_frame(view)
        if await self._body.show(view):
            self._step_since = time.monotonic()
            self.say("")
        self._show_preview()
        self._show_progress()

    @property
    def _body(self) -> StepBody:
        return self.query_one(StepBody)

    def _show_frame(self, view: StepView) -> None:
        done = f"done: {', '.join(view.done)}" if view.done else ""
        upcoming = f"next: {view.upcoming[0]}" if view.upcoming else ""
        self.query_one("#rail", TwoSided).show(
            f"Step {view.number} of {view.total}   {view.title}", "    ".join(part for part in (done, upcoming) if part)
        )
        self.query_one("#subject", TwoSided).show(subject(self.state), region_of(self.state) or "")
        self.not_yet.follow()
        self._show_strip()
        if isinstance(self.app.screen, DiagnosisScreen):
            self.app.screen.renew()
        self.query_one(KeyBar).relabel("next", _NEXT.get(view.step, "next"))
        self.query_one("#consequence", Static).update(view.consequence)

    def _show_strip(self) -> None:
        shown = self.query_one(LightStrip)
        shown.show(strip(self.state), about(self.state))
        shown.wait(*self.not_yet.line())

    def _show_preview(self) -> None:
        self._body.preview(flow.preview(self.state, self._body.raw()))

    def _show_progress(self) -> None:
        """Mark the steps of the plan that were begun or are done."""
        if self._phases and self.state.position.step == "save":
            marks = {step: _MARKS[phase] for step, phase in self._phases.items()}
            plan = flow.plan(self.state)
            self._body.lines("steps", tuple(f"{marks.get(step.id, '·')} {step.sentence}" for step in plan.steps))

    # What is done

    # Keys arrive on the tasks of the widgets that have the focus; the state changes on this screen's task only.

    def action_next(self) -> None:
        """Confirm the step."""
        self.call_later(self._next)

    def action_back(self) -> None:
        """Stop waiting; else go a step back, with every answer kept, from the first step to the screen before."""
        if self.not_yet.waits:
            self._stop_waiting()
        else:
            self.call_later(self._back)

    def action_fixed(self) -> None:
        """Check again and again until the fix has spread; once more, and that ends."""
        worst = worst_of(strip(self.state))
        if self.not_yet.waits:
            self._stop_waiting()
        elif offers_waiting(worst):
            self.not_yet.begin(worst.operation)

    def _stop_waiting(self) -> None:
        self.not_yet.stop()
        self.say("Stopped. r checks again, f waits again.")
        self._show_strip()

    def action_check_again(self) -> None:
        """Ask anew what was asked: the check, and what went badly in this step."""
        self._ask(None)

    def _ask(self, options: CheckOptions | None) -> None:
        self.call_later(self._again, options)

    @property
    def _is_closed(self) -> bool:
        """Tell whether this screen was left: a key or a fact that was under way then changes nothing any more."""
        return self not in self.app.screen_stack

    async def _next(self) -> None:
        if self._is_closed or flow.view(self.state).waiting or self.has_class("-too-small") or not self._is_read():
            return
        taken = flow.submit(self.state, self._body.raw())
        if isinstance(taken, Problems):
            self._body.refuse(taken)
            return
        self.state = taken
        if flow.finished(taken):
            self._engine.drop_draft()
            close(self)
            return
        self._keep()
        await self._follow()

    def _is_read(self) -> bool:
        """Tell whether the plan has stood on the screen for a moment: a key held down must not save unread."""
        return self.state.position.step != "save" or time.monotonic() - self._step_since >= self.PLAN_STANDS

    async def _back(self) -> None:
        view = flow.view(self.state)
        if view.number == 1 and not view.waiting:
            close(self)
            return
        self.state = flow.back(self.state)
        self._phases = {}
        await self._follow()

    async def _again(self, options: CheckOptions | None) -> None:
        self.state = flow.again(self.state, options)
        await self._follow(asked=True)

    def _keep(self) -> None:
        """Write the draft down; that it fails loses nothing yet, so it is only said."""
        from core.store.errors import StoreError

        try:
            self._engine.keep_draft(self.state)
        except (StoreError, OSError) as error:
            self.say(f"This setup is not kept when you leave: {error}")

    def _drop_draft(self) -> None:
        from core.store.errors import StoreError

        try:
            self._engine.drop_draft()
        except (StoreError, OSError) as error:
            self.say(f"The draft of this setup stays on this machine: {error}")

    def action_why(self) -> None:
        """Open the diagnosis of the light that is least well."""
        self._open(worst_of(strip(self.state)).operation)

    def on_light_cell_opened(self, message: LightCell.Opened) -> None:
        """Open the diagnosis of a light."""
        self._open(message.operation)

    def _open(self, operation: Operation) -> None:
        if self.not_yet.waits:
            self._stop_waiting()  # the diagnosis waits by itself
        self.app.push_screen(
            DiagnosisScreen(seen=self._seen, operation=operation, again=self._ask, clocks=self._engine.setting.clocks)
        )

    def _seen(self) -> Seen:
        return seen_of(self.state, checked_at=self._checked_at, ended=self._checks_ended)

    def action_move(self, by: int) -> None:
        """Go to the field above or below; where there is none, scroll."""
        if not self._body.has_inputs:
            self._body.scroll_relative(y=by, animate=False)
        elif by > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_fill_in(self) -> None:
        """In the demo: fill the fields of this step in with what the sandbox takes."""
        demo = self._engine.setting.demo
        if demo is None:
            return
        whose, answers = demo.fill_ins[self._fill_ins % len(demo.fill_ins)]
        if "secret_access_key" in self._body.fill(answers):
            self._fill_ins += 1
            demo.lend(answers["access_key_id"], answers["secret_access_key"])
            self.say(f"Filled in: {whose}. Ctrl+T again: another user.")

    def on_field_box_changed(self) -> None:
        """Show what would follow from what stands in the fields now. No request goes out."""
        self._show_preview()

    async def on_field_box_offer_taken(self, message: FieldBox.OfferTaken) -> None:
        """Put what was meant into the field, and go on."""
        self._body.take(message.field, message.problem)
        await self._next()

    def on_secret_input_kept(self) -> None:
        """Say why nothing was copied."""
        self.say("A secret is not copied out of its field.")

    def on_plain_input_many_lines(self) -> None:
        """Say why nothing was pasted."""
        self.say("Those were several lines; paste one line here.")

    async def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go on, as Enter does outside of a line."""
        message.stop()
        await self._next()
