"""The guided setup: one screen that shows the step at which the guide stands."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Input, Static

from core.guide import flow
from core.guide.fields import WHOLE_STEP, Info, Problem, Problems, StepView
from core.guide.runner import RunnerEvent
from core.guide.saving import Phase, SaveProgress
from core.guide.state import Given, State
from core.guide.strip import principal, strip
from core.lights.states import State as LightState
from core.needs import Operation

from ..widgets.fields import FieldBox, make_field
from ..widgets.header import TwoSided
from ..widgets.keybar import Key
from ..widgets.strip import LightCell, LightStrip
from ..words import about_principal
from .base import BaseScreen
from .diagnosis import DiagnosisScreen

if TYPE_CHECKING:
    from core.guide.plan import StepId
    from core.guide.runner import Runner

    from ..engine import Engine

__all__ = ["SetupScreen"]

NO_KEYRING = "No keyring can be used here: secrets stay in memory until you leave."
_MARKS = {Phase.STARTED: "…", Phase.DONE: "✓", Phase.SKIPPED: "✓"}


class SetupScreen(BaseScreen):
    """Shows a step, hands what was typed to the guide, and shows what comes of it."""

    CSS_PATH = "setup.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "next", "next", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("w,f2", "why", "why", show=False),
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
    MORE = (Key("why", "w", "why a light is not green"), Key("check_again", "r", "check again"))
    FILL_IN = Key("fill_in", "Ctrl+T", "fill in")
    HELP = """Answer one question a screen. Enter goes on, Esc goes back and keeps your answers.

The lights show what works at this moment, tried from this machine: List, Read and Write. They are checked when a step \
is confirmed, and on [b]r[/b]. Enter on a light says why it is as it is, and what to do.

Nothing is made or sent before Save, except the checks themselves. Write is tried in a way that stores nothing."""

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
        self._shown: tuple[str, tuple[str, ...]] | None = None
        self._phases: dict[StepId, Phase] = {}
        self._fill_ins = 0

    def keys(self) -> tuple[Key, ...]:
        """Return what the key bar shows: in the demo, how to fill a step in, in place of checking again."""
        if self._engine.setting.demo is None:
            return self.KEYS
        return tuple(self.FILL_IN if key.action == "check_again" else key for key in self.KEYS)

    def all_keys(self) -> tuple[Key, ...]:
        """Return every action, each once."""
        shown = {key.action for key in self.keys()}
        return (*self.keys(), *(key for key in self.MORE if key.action not in shown))

    def compose_content(self) -> ComposeResult:
        """Make the rail, the light strip, and the room for the step."""
        yield TwoSided(id="rail")
        yield TwoSided(id="subject")
        yield LightStrip()
        with VerticalScroll(id="step", can_focus=False):
            yield Static("", id="question", markup=False)
            yield Vertical(id="fields")
            yield Static("", id="preview", markup=False)
            yield Static("", id="trouble", markup=False)
            yield Static("", id="waiting", markup=False)
        yield Static("", id="consequence", markup=False)

    async def on_mount(self) -> None:
        """Show the first step, and find out on a thread what is known beforehand."""
        await self._show()
        engine = self._engine

        def prepare() -> None:
            self.post_message(self.Prepared(engine.given()))

        threading.Thread(target=prepare, name="prepare", daemon=True).start()

    def on_unmount(self) -> None:
        """Give up what is under way; a save goes on, its journal knows how far."""
        if self._runner is not None:
            self._runner.close()

    async def on_setup_screen_prepared(self, message: Prepared) -> None:
        """Begin to work: from now on requests are carried out."""
        self.state = replace(self.state, answers=replace(self.state.answers, given=message.given))
        self._runner = self._engine.runner(self._told)
        if self._engine.secrets_problem:
            self.say(NO_KEYRING)
        await self._follow()

    async def on_setup_screen_said(self, message: Said) -> None:
        """Take in what the runner found out."""
        event = message.event
        if isinstance(event, SaveProgress):
            self._phases[event.step] = event.phase
            self._show_progress()
            return
        before = self.state.position.step
        self.state = flow.learn(self.state, event.request, event.fact)
        if self.state.position.step != before:
            self._keep()
        await self._follow()

    def _told(self, event: RunnerEvent) -> None:
        self.post_message(self.Said(event))

    async def _follow(self) -> None:
        if self._runner is not None:
            self._runner.follow(self.state)
        await self._show()

    @property
    def ready(self) -> bool:
        """Tell whether requests are carried out by now."""
        return self._runner is not None

    # What is shown

    async def _show(self) -> None:
        """Bring the screen in line with the state."""
        view = flow.view(self.state)
        self._show_frame(view)
        names = (view.step, tuple(field.name for field in view.fields))
        if self._shown is not None and self._shown[0] != view.step:
            self.say("")
        if names != self._shown:
            await self._lay_out(view, same_step=self._shown is not None and self._shown[0] == view.step)
            self._shown = names
        for field in view.fields:
            self._box(field.name).refresh_from(field)
        self._show_problems(view.problems, view.hints)
        self._show_preview()
        self._line("#waiting", view.waiting or "")
        self._show_progress()

    def _show_frame(self, view: StepView) -> None:
        answers = self.state.answers
        done = f"done: {', '.join(view.done)}" if view.done else ""
        upcoming = f"next: {view.upcoming[0]}" if view.upcoming else ""
        self.query_one("#rail", TwoSided).show(
            f"Step {view.number} of {view.total}   {view.title}", "    ".join(part for part in (done, upcoming) if part)
        )
        location = answers.location.uri if answers.location else "no folder yet"
        name = f"{answers.name}  " if answers.name else ""
        self.query_one("#subject", TwoSided).show(name + location, self._region() or "")
        lights = strip(self.state)
        self.query_one(LightStrip).show(lights, self._about(lights))
        self.query_one("#question", Static).update(view.question)
        self.query_one("#consequence", Static).update(view.consequence)

    def _region(self) -> str | None:
        from core.guide.steps.bucket import region_of

        return region_of(self.state)

    def _about(self, lights: tuple[object, ...]) -> str:
        access = self.state.answers.access
        states = {getattr(light, "state", None) for light in lights}
        if states <= {LightState.UNCHECKED, LightState.OFF}:
            return "Checks start when there is a key to check."
        server = self.state.answers.given.endpoint_url
        where = f"from this machine at {server}" if server else "from this machine"
        return about_principal(principal(self.state), access.access_key_id if access else None, where=where)

    async def _lay_out(self, view: StepView, *, same_step: bool) -> None:
        """Make the fields anew; within a step, what was typed stays."""
        typed = self._raw() if same_step else {}
        fields = self.query_one("#fields", Vertical)
        await fields.remove_children()
        boxes = [make_field(field) for field in view.fields]
        await fields.mount_all(boxes)
        for box in boxes:
            if box.field_name in typed:
                box.put(typed[box.field_name])
        self.query_one("#step", VerticalScroll).scroll_home(animate=False)
        self._focus_first(view, same_step=same_step)

    def _focus_first(self, view: StepView, *, same_step: bool) -> None:
        wrong = next((name for name in (*view.problems, *view.hints) if view.field(name)), None)
        new = wrong if same_step else None
        for box in self.query(FieldBox):
            if new in {None, box.field_name} and box.focus_field():
                return
        step = self.query_one("#step", VerticalScroll)
        step.can_focus = not self._has_inputs()
        if step.can_focus:
            step.focus()

    def _has_inputs(self) -> bool:
        return any(box.value is not None for box in self.query(FieldBox))

    def _show_problems(self, problems: Mapping[str, Problem], hints: Mapping[str, Problem]) -> None:
        for box in self.query(FieldBox):
            problem = problems.get(box.field_name)
            box.say(problem or hints.get(box.field_name), is_hint=problem is None)
        whole = problems.get(WHOLE_STEP)
        self._line("#trouble", whole.sentence if whole else "")

    def _show_preview(self) -> None:
        self._line("#preview", "\n".join(flow.preview(self.state, self._raw())))

    def _line(self, where: str, text: str) -> None:
        """Show a text; where there is none, it takes no room."""
        line = self.query_one(where, Static)
        line.update(text)
        line.display = bool(text)

    def _show_progress(self) -> None:
        """Mark the steps of the plan that were begun or are done."""
        boxes = [box for box in self.query(FieldBox) if box.field_name == "steps"]
        if not boxes or not self._phases:
            return
        plan = flow.plan(self.state)
        marks = {step: _MARKS[phase] for step, phase in self._phases.items()}
        lines = tuple(f"{marks.get(step.id, ' ')} {step.sentence}" for step in plan.steps)
        boxes[0].refresh_from(Info(name="steps", label="", lines=lines))

    def _box(self, name: str) -> FieldBox:
        return next(box for box in self.query(FieldBox) if box.field_name == name)

    def _raw(self) -> dict[str, str | bool]:
        return {box.field_name: box.value for box in self.query(FieldBox) if box.value is not None}

    # What is done

    async def action_next(self) -> None:
        """Confirm the step."""
        if flow.view(self.state).waiting:
            return
        taken = flow.submit(self.state, self._raw())
        if isinstance(taken, Problems):
            self._refuse(taken)
            return
        self.state = taken
        self._keep()
        if flow.finished(taken):
            self._engine.drop_draft()
            self.dismiss()
            return
        await self._follow()

    def _refuse(self, problems: Problems) -> None:
        self._show_problems(problems, {})
        for name in problems:
            if name != WHOLE_STEP:
                self._box(name).focus_field()
                break

    def _keep(self) -> None:
        """Write the draft down; that it fails loses nothing yet, so it is only said."""
        from core.store.errors import StoreError

        try:
            self._engine.keep_draft(self.state)
        except (StoreError, OSError) as error:
            self.say(f"This setup is not kept when you leave: {error}")

    async def action_back(self) -> None:  # type: ignore[override]
        """Go a step back, with every answer kept; from the first step to the screen before."""
        view = flow.view(self.state)
        if view.number == 1 and not view.waiting:
            self.dismiss()
            return
        self.state = flow.back(self.state)
        self._phases = {}
        await self._follow()

    async def action_check_again(self) -> None:  # type: ignore[override]
        """Ask anew what was asked: the check, and what went badly in this step."""
        self.state = flow.again(self.state)
        await self._follow()

    def action_why(self) -> None:
        """Open the diagnosis of the light that is least well."""
        order = [LightState.RED, LightState.AMBER, LightState.UNKNOWN, LightState.CHECKING]
        lights = sorted(strip(self.state), key=lambda light: order.index(light.state) if light.state in order else 9)
        self._open(lights[0].operation)

    def on_light_cell_opened(self, message: LightCell.Opened) -> None:
        """Open the diagnosis of a light."""
        self._open(message.operation)

    def _open(self, operation: Operation) -> None:
        answers = self.state.answers
        location = answers.location.uri if answers.location else "no folder yet"
        lights = strip(self.state)
        self.app.push_screen(
            DiagnosisScreen(
                lights=lights,
                operation=operation,
                subject=f"{answers.name}  {location}" if answers.name else location,
                region=self._region() or "",
                about=self._about(lights),
                again=lambda: self.call_later(self.action_check_again),
            )
        )

    def action_move(self, by: int) -> None:
        """Go to the field above or below; where there is none, scroll."""
        step = self.query_one("#step", VerticalScroll)
        if not self._has_inputs():
            step.scroll_relative(y=by, animate=False)
        elif by > 0:
            self.focus_next()
        else:
            self.focus_previous()

    async def action_fill_in(self) -> None:
        """In the demo: fill the fields of this step in with what the sandbox takes."""
        demo = self._engine.setting.demo
        if demo is None:
            return
        whose, answers = demo.fill_ins[self._fill_ins % len(demo.fill_ins)]
        names = [box.field_name for box in self.query(FieldBox) if box.field_name in answers]
        for name in names:
            self._box(name).put(answers[name])
        if "secret_access_key" in names:
            self._fill_ins += 1
            demo.lend(answers["access_key_id"], answers["secret_access_key"])
            self.say(f"Filled in: {whose}. Ctrl+T again: another user.")

    async def on_field_box_changed(self) -> None:
        """Show what would follow from what stands in the fields now. No request goes out."""
        self._show_preview()

    async def on_field_box_offer_taken(self, message: FieldBox.OfferTaken) -> None:
        """Put what was meant into the field, and go on."""
        box = self._box(message.field)
        if message.problem.swap_with:
            other = self._box(message.problem.swap_with)
            mine, theirs = box.value, other.value
            box.put(theirs or "")
            other.put(mine or "")
        elif message.problem.suggestion:
            box.put(message.problem.suggestion)
        await self.action_next()

    def on_secret_input_kept(self) -> None:
        """Say why nothing was copied."""
        self.say("A secret is not copied out of its field.")

    async def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go on, as Enter does outside of a line."""
        message.stop()
        await self.action_next()
