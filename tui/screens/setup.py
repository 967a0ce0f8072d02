"""The guided setup: one screen that shows the step at which the guide stands."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, Static

from core.guide import flow
from core.guide.facts import Failed, Saved
from core.guide.fields import Link, Opens, Problems, StepView
from core.guide.requests import Check
from core.guide.runner import RunnerEvent
from core.guide.saving import Phase, SaveProgress
from core.guide.state import Given, State
from core.guide.steps.onward import saved_of
from core.lights.states import CheckReport
from core.lights.target import CheckOptions

from ..setup_draft import DraftKeeper
from ..setup_fill import FillIns
from ..setup_left import resume
from ..setup_seen import around, region, subject
from ..widgets.fields import FieldBox
from ..widgets.header import TwoSided
from ..widgets.keybar import Key, KeyBar
from ..widgets.step_body import StepBody
from ..widgets.strip import LightStrip
from ..words import filled_in
from .base import close
from .setup_links import LinksScreen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.access import Access
    from core.dataset import Dataset, Purpose
    from core.guide.plan import StepId
    from core.guide.runner import Runner

    from ..engine import Engine, Kept

__all__ = ["SetupScreen"]

_NOT_WHILE_MAKING = {"next", "fill_in", "check_again"}
_GOES_ON = "It goes on being made in AWS. Enter shows how far."
NO_KEYRING = "No keyring can be used here: secrets stay in memory until you leave."
_NEXT = {"save": "save", "next": "home"}
_MARKS = {Phase.STARTED: "…", Phase.DONE: "✓", Phase.SKIPPED: "✓"}


class SetupScreen(LinksScreen):
    """Shows a step, hands what was typed to the guide, and shows what comes of it."""

    CSS_PATH = "setup.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w,f2", "why", "why", show=False),
        Binding("f", "fixed", "I fixed it", show=False),
        Binding("ctrl+t", "fill_in", "fill in", show=False),
        Binding("v", "reveal", "show secrets", show=False),
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
        Key("browse", "o", "browse your buckets"),
        Key("console", "a", "the way in the AWS console"),
        Key("handoff", "h", "what to hand over"),
        Key("reveal", "v", "show or hide secrets to copy"),
    )
    FILL_IN = Key("fill_in", "Ctrl+T", "fill in")
    HELP = """Answer one question a screen. Enter goes on, Esc goes back and keeps your answers. Up and Down go from \
answer to answer; Space, or Enter on one that is not chosen, chooses it.

The lights show what works at this moment, tried from this machine: List, Read and Write. They are checked when a step \
is confirmed, and on [b]r[/b]. Enter on a light says why it is as it is, and what to do. After a fix [b]f[/b] checks \
for a minute, since IAM takes that long to spread it.

Keys can be pasted together, as they come: several lines fill in several fields. What is to be copied goes to the \
clipboard with Enter, and only then.

Nothing is made or sent before Save, except the checks themselves, and what you agree to in the step Make. Write is \
tried by a dry run, which AWS does not store."""

    PLAN_STANDS: ClassVar[float] = 0.5
    """Seconds for which the plan is shown at the least before Enter carries it out."""

    class Said(Message):
        """The runner has something to tell. Posted from its threads."""

        def __init__(self, event: RunnerEvent) -> None:
            self.event = event
            super().__init__()

    class Prepared(Message):
        """What stands before the first question is known. Posted from a thread."""

        def __init__(self, given: Given, kept: Kept | None) -> None:
            self.given = given
            self.kept = kept
            super().__init__()

    def __init__(
        self, engine: Engine, state: State | None = None, *, dataset: Dataset | None = None, like: bool = False
    ) -> None:
        """Make it, at a state that was left, or for a dataset that exists; `like`: for another one like that."""
        setting = engine.setting
        self._dataset, self._like = dataset, like
        given = Given(platform_url=setting.platform_url, endpoint_url=setting.endpoint_url)
        super().__init__(engine, state or self._at_start(given, {}))
        self._runner: Runner | None = None
        self._phases: dict[StepId, Phase] = {}
        self._fill_ins = FillIns(setting.demo.fill_ins if setting.demo else ())
        self._draft = DraftKeeper(engine, self.say)
        self._step_since = time.monotonic()

    def _at_start(self, given: Given, kept: Mapping[Purpose, Access]) -> State:
        from core.guide.existing import from_dataset

        if self._dataset is None:
            return flow.start(given)
        return from_dataset(self._dataset, kept, given, like=self._like)

    def keys(self) -> tuple[Key, ...]:
        """Return what the key bar shows: in the demo, how to fill a step in, in place of checking again."""
        if self.engine.setting.demo is None:
            return self.KEYS
        return tuple(self.FILL_IN if key.action == "check_again" else key for key in self.KEYS)

    def all_keys(self) -> tuple[Key, ...]:
        """Return every action that makes sense now, each once."""
        left_out = {key.action for key in self.keys()}
        if not self.can_wait:
            left_out.add("fixed")
        offered = {link.opens.value for link in flow.view(self.state).fields if isinstance(link, Link)}
        left_out |= {opens.value for opens in Opens} - offered
        if not any(row.is_secret for row in self._body.rows):
            left_out.add("reveal")
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
        if self.is_closed():
            return
        self.watch_for_more(self._body)
        await self._show()
        if self.is_closed():
            return
        engine, dataset, platform_url = self.engine, self._dataset, self.state.answers.given.platform_url
        if not engine.setting.demo:
            self.say("Opening the keyring …")

        def prepare() -> None:
            given = engine.given(platform_url)
            self.post_message(self.Prepared(given, engine.kept(dataset) if dataset else None))

        engine.keyring.run(prepare)

    def on_unmount(self) -> None:
        """Give up what is under way; a save goes on, its journal knows how far."""
        self.not_yet.stop()
        if self._runner is not None:
            self._runner.close()

    async def on_setup_screen_prepared(self, message: Prepared) -> None:
        """Begin to work: from now on requests are carried out."""
        kept = message.kept
        self.state = self._at_start(message.given, kept.access) if kept else resume(self.state, message.given)
        self._runner = self.engine.runner(self._told)
        self.say((kept.problem if kept else None) or (NO_KEYRING if self.engine.secrets_problem else ""))
        await self._follow()

    async def on_setup_screen_said(self, message: Said) -> None:
        """Take in what the runner found out."""
        event = message.event
        if isinstance(event, SaveProgress):
            self._phases[event.step] = event.phase
            if not self.is_closed():
                self._show_progress()
            return
        if isinstance(event.fact, CheckReport | Failed) and isinstance(event.request, Check):
            self._check_ended(event.request.target.location)
        before = self.state
        self.state = flow.learn(self.state, event.request, event.fact)
        if isinstance(event.fact, Saved) and saved_of(self.state):  # not what was gone back from meanwhile
            self._draft.drop(self.state)
        elif (self.state.position.step, self.state.answers) != (before.position.step, before.answers):
            self._draft.keep(self.state)
        await self._follow()

    def keep(self) -> None:
        """Keep the setup as it stands, where something was confirmed: the program is about to end."""
        self._draft.keep_if_begun(self.state)

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
        if self.is_closed():
            return
        view = flow.view(self.state)
        self._show_frame(view)
        if await self._body.show(view):
            self._step_since = time.monotonic()
            self.say("")
        self._show_preview()
        self._show_progress()

    def _show_frame(self, view: StepView) -> None:
        self._show_rail(view)
        self.query_one("#subject", TwoSided).show(subject(self.state), region(self.state))
        self._show_lights()
        self._name_keys()
        self.query_one("#consequence", Static).update(view.consequence)

    def _name_keys(self) -> None:
        """Offer what can be done now: while something is made in AWS there is nothing to confirm."""
        makes, bar = flow.makes(self.state), self.query_one(KeyBar)
        bar.offer(frozenset(key.action for key in self.keys() if not makes or key.action not in _NOT_WHILE_MAKING))
        bar.relabel("back", "back (it goes on)" if makes else "back")
        self._name_next()

    def next_label(self) -> str:
        """Say what Enter does."""
        return _NEXT.get(self.state.position.step, "next")

    def _show_preview(self) -> None:
        raw = self._body.raw()
        self._body.preview(flow.preview(self.state, raw))
        if (view := flow.foreseen(self.state, raw)) is not None:
            self._show_rail(view)

    def _show_rail(self, view: StepView) -> None:
        self.query_one("#rail", TwoSided).show(f"Step {view.number} of {view.total}   {view.title}", *around(view))

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

    async def _next(self) -> None:
        if self.is_closed() or flow.view(self.state).waiting or self.has_class("-too-small") or not self._is_read():
            return
        if self._dataset is not None and not self.ready:
            return  # what the keyring holds for the dataset would come too late
        taken = flow.submit(self.state, self._body.raw())
        if isinstance(taken, Problems):
            self._body.refuse(taken)
            return
        self.state = taken
        if flow.finished(taken):
            self._draft.drop(self.state)
            close(self)
            return
        self._draft.keep(self.state)
        await self._follow()

    def _is_read(self) -> bool:
        """Tell whether the plan has stood on the screen for a moment: a key held down must not save unread."""
        return self.state.position.step != "save" or time.monotonic() - self._step_since >= self.PLAN_STANDS

    async def _back(self) -> None:
        view = flow.view(self.state)
        if view.number == 1 and not view.waiting:
            close(self)
            return
        goes_on = flow.makes(self.state)
        self.state = flow.back(self.state)
        self._phases = {}
        await self._follow()
        if goes_on:
            self.say(_GOES_ON)

    async def again(self, options: CheckOptions | None) -> None:
        """Ask anew what was asked: with options the check alone, and it goes about it so."""
        self.state = flow.again(self.state, options)
        await self._follow(asked=True)

    def action_fill_in(self) -> None:
        """In the demo: fill the fields of this step in with what the sandbox takes."""
        self.call_later(self._fill_in)

    def _fill_in(self) -> None:
        demo = self.engine.setting.demo
        if demo is None:
            return
        whose, answers, others = self._fill_ins.take(self.state.position.step, self._body.names)
        if not self._body.fill(answers):
            return
        key_id, secret = answers.get("access_key_id"), answers.get("secret_access_key")
        if isinstance(key_id, str) and isinstance(secret, str):
            demo.lend(key_id, secret)
        if others:
            self.say(f"Filled in: {whose}. Ctrl+T again: another way.")

    # What is typed and pasted

    def take_paste(self, text: str) -> bool:
        """Fill in what a pasted text of several parts holds, and say so."""
        if self.has_class("-too-small"):
            return False
        names = self._body.fill(flow.pasted(self.state, text, self._body.focused_field))
        if names:
            self.say(filled_in(names))
        return bool(names)

    async def on_field_box_offer_taken(self, message: FieldBox.OfferTaken) -> None:
        """Put what was meant into the field, and go on. An offer is taken once, while it stands."""
        if not self.is_closed() and self._body.take(message.field, message.problem):
            await self._next()

    async def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go on, as Enter does outside of a line."""
        message.stop()
        await self._next()
