"""The guided setup: one screen that shows the step at which the guide stands."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import events
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
from ..widgets.fields import FieldBox, LinkField
from ..widgets.header import TwoSided
from ..widgets.keybar import Key, KeyBar
from ..widgets.step_body import StepBody
from ..widgets.strip import LightStrip
from ..words import filled_in
from .base import close
from .setup_lights import LightsScreen
from .setup_more import browse_as, browse_for, console_for, profiles_to_browse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.access import Access
    from core.dataset import Dataset, Purpose
    from core.guide.plan import StepId
    from core.guide.runner import Runner
    from core.location import S3Location

    from ..engine import Engine, Kept

__all__ = ["SetupScreen"]

NO_KEYRING = "No keyring can be used here: secrets stay in memory until you leave."
_NEXT = {"save": "save", "next": "home"}
_MARKS = {Phase.STARTED: "…", Phase.DONE: "✓", Phase.SKIPPED: "✓"}


class SetupScreen(LightsScreen):
    """Shows a step, hands what was typed to the guide, and shows what comes of it."""

    CSS_PATH = "setup.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "next", "next", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("w,f2", "why", "why", show=False),
        Binding("f", "fixed", "I fixed it", show=False),
        Binding("ctrl+t", "fill_in", "fill in", show=False),
        Binding("v", "reveal", "show secrets", show=False),
        Binding("o", "browse", "browse", show=False),
        Binding("a", "console", "AWS console", show=False),
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
        Key("reveal", "v", "show or hide secrets to copy"),
    )
    FILL_IN = Key("fill_in", "Ctrl+T", "fill in")
    HELP = """Answer one question a screen. Enter goes on, Esc goes back and keeps your answers.

The lights show what works at this moment, tried from this machine: List, Read and Write. They are checked when a step \
is confirmed, and on [b]r[/b]. Enter on a light says why it is as it is, and what to do. After a fix [b]f[/b] checks \
for a minute, since IAM takes that long to spread it.

Keys can be pasted together, as they come: several lines fill in several fields. What is to be copied goes to the \
clipboard with Enter, and only then.

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

        def __init__(self, given: Given, kept: Kept | None) -> None:
            self.given = given
            self.kept = kept
            super().__init__()

    def __init__(
        self, engine: Engine, state: State | None = None, *, dataset: Dataset | None = None, like: bool = False
    ) -> None:
        """Make it, at a state that was left, or for a dataset that exists; `like`: for another one like that."""
        setting = engine.setting
        self._engine = engine
        self._dataset, self._like = dataset, like
        given = Given(platform_url=setting.platform_url, endpoint_url=setting.endpoint_url)
        super().__init__(state or self._at_start(given, {}), setting.clocks)
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
        if self._engine.setting.demo is None:
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
        if self._is_closed():
            return
        for name in ("scroll_y", "virtual_size"):
            self.watch(self._body, name, self._hint_later, init=False)
        await self._show()
        if self._is_closed():
            return
        engine, dataset, platform_url = self._engine, self._dataset, self.state.answers.given.platform_url
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
        self._runner = self._engine.runner(self._told)
        self.say((kept.problem if kept else None) or (NO_KEYRING if self._engine.secrets_problem else ""))
        await self._follow()

    async def on_setup_screen_said(self, message: Said) -> None:
        """Take in what the runner found out."""
        event = message.event
        if isinstance(event, SaveProgress):
            self._phases[event.step] = event.phase
            if not self._is_closed():
                self._show_progress()
            return
        if isinstance(event.fact, CheckReport | Failed) and isinstance(event.request, Check):
            self._check_ended(event.request.target.location)
        before = self.state.position.step
        self.state = flow.learn(self.state, event.request, event.fact)
        if isinstance(event.fact, Saved) and saved_of(self.state):  # not what was gone back from meanwhile
            self._draft.drop(self.state)
        elif self.state.position.step != before:
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
        if self._is_closed():
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
        self.query_one("#rail", TwoSided).show(f"Step {view.number} of {view.total}   {view.title}", *around(view))
        self.query_one("#subject", TwoSided).show(subject(self.state), region(self.state))
        self._show_lights()
        self.query_one(KeyBar).relabel("next", _NEXT.get(view.step, "next"))
        self.query_one("#consequence", Static).update(view.consequence)

    def _hint_later(self) -> None:
        self.call_after_refresh(self._hint)

    def _hint(self) -> None:
        """Say that there is more than is seen."""
        self.query_one(KeyBar).hint("Down for more" if self._body.can_scroll(1) else "")

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

    def _is_closed(self) -> bool:
        """Tell whether this screen was left: a key or a fact that was under way then changes nothing any more."""
        # While the app ends, its screens are still on the stack, but emptied one by one.
        return self not in self.app.screen_stack or self.app.return_code is not None

    async def _next(self) -> None:
        if self._is_closed() or flow.view(self.state).waiting or self.has_class("-too-small") or not self._is_read():
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
        self.state = flow.back(self.state)
        self._phases = {}
        await self._follow()

    async def again(self, options: CheckOptions | None) -> None:
        """Ask anew what was asked: with options the check alone, and it goes about it so."""
        self.state = flow.again(self.state, options)
        await self._follow(asked=True)

    def action_move(self, by: int) -> None:
        """Go to the field above or below; where there is none, scroll as long as there is more to see."""
        body = self._body
        if not body.leads(by) and body.can_scroll(by):
            body.scroll_relative(y=by, animate=False)
        elif by > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_page(self, by: int) -> None:
        """Scroll by as much as is seen at a time."""
        self._body.scroll_relative(y=by * (self._body.size.height - 2), animate=False)

    def action_fill_in(self) -> None:
        """In the demo: fill the fields of this step in with what the sandbox takes."""
        self.call_later(self._fill_in)

    def _fill_in(self) -> None:
        demo = self._engine.setting.demo
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

    # What is opened from a step

    def on_link_field_opened(self, message: LinkField.Opened) -> None:
        """Open the folders, or the way through the console."""
        if message.opens is Opens.BROWSE:
            self.action_browse()
        else:
            self.action_console()

    def action_console(self) -> None:
        """Show the way through the AWS console for this step."""
        screen = console_for(self.state, self._body.raw()) if self._offers(Opens.CONSOLE) else None
        if screen is None:
            self.say("There is nothing to do in the AWS console in this step.")
        else:
            self.app.push_screen(screen)

    def action_browse(self) -> None:
        """Look through buckets and folders; the one that is taken goes into the field."""
        if not self._offers(Opens.BROWSE):
            self.say("There is no folder to look for in this step.")
            return
        field = "output_uri" if "output_uri" in self._body.names else "uri"

        def take(location: S3Location | None) -> None:
            if location is None:
                return
            if field in self._body.names:
                self._body.fill({field: location.uri})
                self._body.box(field).focus_field()
            else:
                self.say("The setup has gone on meanwhile: go back to take another folder.")

        def look_as(profile: str | None) -> None:
            if profile is not None:
                typed = str(self._body.raw().get(field, ""))
                self.app.push_screen(browse_as(profile, self._engine, self.state, typed), take)

        if screen := browse_for(self._engine, self.state):
            self.app.push_screen(screen, take)
        elif ask := profiles_to_browse(self.state):
            self.app.push_screen(ask, look_as)
        else:
            self.say("That takes an access key: come back here after the step Keys.")

    def _offers(self, opens: Opens) -> bool:
        return any(isinstance(field, Link) and field.opens is opens for field in flow.view(self.state).fields)

    # What is typed and pasted

    def take_paste(self, text: str) -> bool:
        """Fill in what a pasted text of several parts holds, and say so."""
        if self.has_class("-too-small"):
            return False
        names = self._body.fill(flow.pasted(self.state, text))
        if names:
            self.say(filled_in(names))
        return bool(names)

    def on_paste(self, event: events.Paste) -> None:
        """Take a paste outside of a line."""
        event.stop()
        if not self.take_paste(event.text):
            self.say("There is no field here for what was pasted; go to one first.")

    def on_field_box_changed(self) -> None:
        """Show what would follow from what stands in the fields now. No request goes out."""
        self._body.show_and_hide()
        self._show_preview()

    async def on_field_box_offer_taken(self, message: FieldBox.OfferTaken) -> None:
        """Put what was meant into the field, and go on. An offer is taken once, while it stands."""
        if not self._is_closed() and self._body.take(message.field, message.problem):
            await self._next()

    def on_plain_input_kept(self) -> None:
        """Say why nothing was copied."""
        self.say("A secret is not copied out of its field.")

    def on_plain_input_many_lines(self) -> None:
        """Say why nothing was pasted."""
        self.say("Those were several lines; paste one line here.")

    async def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go on, as Enter does outside of a line."""
        message.stop()
        await self._next()
