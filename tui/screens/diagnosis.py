"""Why a light is as it is: the sentence, the fix, the evidence; to be copied or saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from core.lights.states import WORDS, Light, State
from core.needs import OPERATIONS, Operation

from ..widgets.header import TwoSided
from ..widgets.keybar import Key
from ..widgets.strip import LightCell, LightStrip
from .base import BaseScreen

__all__ = ["DiagnosisScreen", "Seen", "evidence_lines", "fix_text"]


def evidence_lines(light: Light) -> tuple[str, ...]:
    """Write the evidence of a light in two columns: what was asked, what came back, the cause's id."""
    rows: list[tuple[str, str]] = []
    if light.evidence is not None:
        seen = light.evidence
        rows.append(("asked", seen.call))
        answered = " ".join(str(part) for part in (seen.status, seen.code) if part is not None) or "nothing"
        rows.append(("answered", f"{answered}, request id {seen.request_id}" if seen.request_id else answered))
        if seen.message:
            rows.append(("it said", f"“{seen.message}”"))
    if light.cause:
        rows.append(("cause", light.cause))
    return tuple(f"{name:<11}{text}" for name, text in rows)


def fix_text(light: Light) -> str:
    """Write down what is to be handed on: the verdict, the fix, and the evidence."""
    return "\n".join((light.summary, "", f"Fix: {light.fix}" if light.fix else "", "", *evidence_lines(light))) + "\n"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a diagnosis is about, as it stands: the three lights, whose they are, and where."""

    lights: tuple[Light, ...]
    subject: str
    region: str
    about: str


class DiagnosisScreen(BaseScreen):
    """One light at a time; Left and Right go to the others."""

    CSS_PATH = "diagnosis.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", show=False),
        Binding("right", "turn(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("c", "copy", "copy fix", show=False),
        Binding("s", "save", "save fix", show=False),
    ]
    KEYS = (
        Key("check_again", "r", "check again"),
        Key("copy", "c", "copy"),
        Key("save", "s", "save"),
        Key("app.help", "?", "help"),
        Key("back", "Esc", "back"),
        Key("app.leave", "q", "leave"),
    )
    MORE = (Key("app.all_actions", "Ctrl+O", "all actions"), Key("turn(1)", "Right", "the next light"))
    HELP = """A light is green or red on proof only. What is [b]not proven[/b] may work or not: nobody could tell.

[b]c[/b] copies the fix with its evidence, [b]s[/b] saves it to a file. AWS names one reason at a time: after a fix, \
check again. Left and Right go to the other lights."""

    def __init__(
        self,
        *,
        seen: Callable[[], Seen],
        operation: Operation,
        again: Callable[[], object],
    ) -> None:
        super().__init__()
        self._seen = seen
        self._operation = operation
        self._again = again

    @property
    def light(self) -> Light:
        """The light that is shown."""
        return next(light for light in self._seen().lights if light.operation is self._operation)

    def compose_content(self) -> ComposeResult:
        """Make the head, the strip and the text."""
        yield TwoSided(id="rail")
        yield TwoSided(id="subject")
        yield LightStrip()
        with VerticalScroll(id="text"):
            yield Static("", id="summary", markup=False)
            yield Static("", id="fix", markup=False)
            yield Static("Evidence", id="evidence-head", markup=False)
            yield Static("", id="evidence", markup=False)

    def on_mount(self) -> None:
        """Show the light that was asked for."""
        self._show()
        self.query_one("#text", VerticalScroll).focus()

    def _show(self) -> None:
        seen, light = self._seen(), self.light
        name = light.operation.value.capitalize()
        what = {State.RED: f"Why {name} fails", State.GREEN: f"{name} works"}.get(
            light.state, f"{name}: {WORDS[light.state]}"
        )
        self.query_one("#rail", TwoSided).show(what, "←  other lights  →")
        self.query_one("#subject", TwoSided).show(seen.subject, seen.region)
        self.query_one(LightStrip).show(seen.lights, seen.about)
        self.query_one("#summary", Static).update(light.summary or f"{name} is {WORDS[light.state]}.")
        fix = self.query_one("#fix", Static)
        fix.update(Content.assemble(("Fix  ", "$accent"), light.fix or ""))
        fix.display = bool(light.fix)
        lines = evidence_lines(light)
        self.query_one("#evidence-head", Static).display = bool(lines)
        self.query_one("#evidence", Static).update("\n".join(lines))

    def action_turn(self, by: int) -> None:
        """Show another light."""
        self._operation = OPERATIONS[(OPERATIONS.index(self._operation) + by) % len(OPERATIONS)]
        self._show()

    def on_light_cell_opened(self, message: LightCell.Opened) -> None:
        """Show the light that was pressed."""
        self._operation = message.operation
        self._show()

    def action_scroll(self, by: int) -> None:
        """Scroll the text."""
        self.query_one("#text", VerticalScroll).scroll_relative(y=by, animate=False)

    def action_check_again(self) -> None:
        """Check again; what is shown here follows."""
        self._again()

    def renew(self) -> None:
        """Show what is known now."""
        if self.is_mounted:
            self._show()

    def action_copy(self) -> None:
        """Send the fix to the clipboard of the terminal; whether it takes it, nobody is told."""
        self.app.copy_to_clipboard(fix_text(self.light))
        self.say("Sent to the clipboard. If it did not arrive, s saves it to a file.")

    def action_save(self) -> None:
        """Save the fix to a new file in the present folder."""
        stem = f"bucketlight-{self.light.operation.value}-{self.light.cause or 'works'}"
        for number in range(1, 100):
            name = f"{stem}{'' if number == 1 else f'-{number}'}.txt"
            try:
                path = Path.cwd() / name
                with path.open("x", encoding="utf-8") as file:
                    file.write(fix_text(self.light))
            except FileExistsError:
                continue
            except OSError as error:
                self.say(f"{name} cannot be written here: {error.strerror}.")
                return
            self.say(f"Saved to {path}.")
            return
