"""Why a light is as it is: the sentence, the fix, what to paste, the evidence; and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from core.lights.propagation import Ended
from core.lights.states import Light, Note, State
from core.lights.target import CheckOptions
from core.lights.threads import DaemonThreads
from core.needs import OPERATIONS, Operation

from ..clocks import Clocks
from ..diagnosed import (
    Seen,
    can_prove,
    copied,
    evidence_rows,
    fix_text,
    headline,
    offers_closer,
    offers_proof,
    offers_waiting,
    outcome_sentence,
    time_of_day,
    tried_by,
)
from ..not_yet import NotYet, end_sentence
from ..text_file import save_text
from ..widgets.columns import Columns
from ..widgets.header import TwoSided
from ..widgets.keybar import Key, KeyBar
from ..widgets.notes import Notes
from ..widgets.paste import Paste
from ..widgets.strip import LightCell, LightStrip
from .base import BaseScreen

if TYPE_CHECKING:
    from ..outside import OutsideLook, Tried
    from .consent import Consent

__all__ = ["DiagnosisScreen", "Seen"]

_SOMETIMES = ("fixed", "prove", "closer", "outside", "copy")


class DiagnosisScreen(BaseScreen):
    """One light at a time; Left and Right go to the others.

    `again` checks once more; with options it goes about it so. `worked` is called when waiting has ended well. `renew`
    is to be called whenever `seen` has changed.
    """

    CSS_PATH = "diagnosis.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", show=False),
        Binding("right", "turn(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("f", "fixed", "I fixed it", show=False),
        Binding("p", "prove", "prove it", show=False),
        Binding("l", "closer", "look closer", show=False),
        Binding("t", "outside", "try outside", show=False),
        Binding("c", "copy", "copy fix", show=False),
        Binding("s", "save", "save fix", show=False),
    ]
    KEYS = (
        Key("check_again", "r", "check again", short="again"),
        Key("fixed", "f", "I fixed it", short="fixed it"),
        Key("prove", "p", "prove it"),
        Key("closer", "l", "look closer", short="closer"),
        Key("outside", "t", "try outside", short="outside"),
        Key("copy", "c", "copy fix"),
        Key("save", "s", "save fix", short="save"),
        Key("app.help", "?", "help"),
        Key("back", "Esc", "back"),
        Key("app.leave", "q", "leave"),
    )
    MORE = (
        Key("app.all_actions", "Ctrl+O", "all actions"),
        Key("turn(1)", "Right", "the next light"),
    )
    HELP = """A light works or fails on proof only. What is [b]not proven[/b] may work or not: nobody could tell. \
Left and Right go to the other lights.

[b]c[/b] copies what is to be pasted, [b]s[/b] saves everything to a file. AWS names one reason at a time: after a \
fix, check again. [b]f[/b] does so for a minute, since IAM takes that long; [b]f[/b] or Esc stops it.

[b]p[/b] proves Write by storing a small object. [b]l[/b] also reads the policies, where the key may: why a light is \
not green, and what is too open though it is. [b]t[/b] tries whether the key reaches more than its folder. All three \
say first what they do."""

    class TriedOutside(Message):
        """The key was tried outside of the folder. Posted from a thread."""

        def __init__(self, tried: Tried) -> None:
            self.tried = tried
            super().__init__()

    def __init__(
        self,
        *,
        seen: Callable[[], Seen],
        operation: Operation,
        again: Callable[[CheckOptions | None], object],
        clocks: Clocks,
        worked: Callable[[], object] | None = None,
        outside: Callable[[], OutsideLook | None] | None = None,
        noted: Callable[[tuple[Note, ...]], object] | None = None,
    ) -> None:
        """Make it. `outside` returns what may be tried outside of the folder, or None; `noted` keeps what was found."""
        super().__init__()
        self._seen = seen
        self._noted = noted
        self._outside = outside
        self._threads = DaemonThreads(1, "outside")
        self._operation = operation
        self._again = again
        self._before: Light | None = None
        self._agreed: tuple[CheckOptions, Seen] | None = None
        self._shown: dict[Operation, Light] = {}
        self._worked = worked
        self.not_yet = NotYet(
            owner=self, clocks=clocks, ask=again, look=self._look, changed=self._show, ended=self._waited
        )

    @property
    def light(self) -> Light:
        """The light that is shown, as it is now."""
        return self._seen().light(self._operation)

    def _told(self) -> Light:
        """Choose the light whose words are shown.

        While it is checked, that is the one before: words that come and go are hard to read. And while a fix spreads,
        the fix is what it was: whoever waits may want to compare it.
        """
        light, before = self.light, self._before
        if light.state is State.CHECKING:
            return self._shown.get(light.operation, light)
        self._shown[light.operation] = light
        spreads = self.not_yet.waits and light.cause == "not-yet-propagated"
        if spreads and before is not None and before.operation is light.operation:
            return replace(light, fix=before.fix, paste=before.paste, link=before.link)
        return light

    def _look(self) -> tuple[int, tuple[Light, ...]]:
        seen = self._seen()
        return seen.ended, seen.lights

    def compose_content(self) -> ComposeResult:
        """Make the head, the strip and the text."""
        yield TwoSided(id="rail")
        yield TwoSided(id="subject")
        yield LightStrip()
        with VerticalScroll(id="text"):
            yield Static("", id="summary", markup=False)
            yield Static("", id="fix", markup=False)
            yield Paste(id="paste")
            yield Notes(id="notes")
            yield Static("Evidence", id="evidence-head", markup=False)
            yield Columns(id="evidence")

    def on_mount(self) -> None:
        """Show the light that was asked for."""
        text = self.query_one("#text", VerticalScroll)
        self.watch_for_more(text)
        self._show()
        self.query_one(KeyBar).offer(self._offered())
        text.focus()

    def on_unmount(self) -> None:
        """Wait for nothing any more."""
        self.not_yet.stop()

    def all_keys(self) -> tuple[Key, ...]:
        """Return every action that makes sense for this light."""
        offered = self._offered(wide=True)
        keys = [replace(key, label=self._save_label()) if key.action == "save" else key for key in super().all_keys()]
        return tuple(key for key in keys if key.action not in _SOMETIMES or key.action in offered)

    def _save_label(self) -> str:
        return "save fix" if self._told().fix else "save"

    def _offered(self, *, wide: bool = False) -> frozenset[str]:
        """Choose the actions that are shown; `wide`: also those that make sense but are not what this light lacks."""
        seen, light = self._seen(), self.light
        sometimes = {
            "fixed": self.not_yet.waits or offers_waiting(light),
            "closer": not self.not_yet.waits and offers_closer(light),
            "outside": self._outside is not None and (wide or light.state is State.GREEN),
            "prove": can_prove(seen) if wide else offers_proof(seen, light),
            "copy": copied(light) is not None,
        }
        return frozenset(key.action for key in self.KEYS if sometimes.get(key.action, True))

    def _show(self) -> None:
        seen, light = self._seen(), self._told()
        head = headline(light if self.not_yet.waits else self.light)
        self.query_one("#rail", TwoSided).show(head, seen.name)
        self.query_one("#subject", TwoSided).show(seen.subject, seen.region)
        strip = self.query_one(LightStrip)
        strip.show(seen.lights, tried_by(seen, light), time_of_day(seen.checked_at), marked=self._operation)
        strip.wait(*self.not_yet.line())
        self.query_one("#summary", Static).update(light.summary or f"{headline(light)}.")
        fix = self.query_one("#fix", Static)
        fix.update(Content.assemble(("Fix: ", "$accent"), light.fix or ""))
        fix.display = bool(light.fix)
        paste = self.query_one(Paste)
        paste.show(light.paste or "")
        paste.display = bool(light.paste)
        self.query_one(Notes).show(seen.notes)
        rows = evidence_rows(seen, light)
        self.query_one("#evidence-head", Static).display = bool(rows)
        self.query_one(Columns).show(rows)
        bar = self.query_one(KeyBar)
        if self.not_yet.waits:
            bar.relabel("fixed", "stop waiting", "stop")
        else:
            bar.relabel("fixed", "I fixed it", "fixed it")
        bar.relabel("save", self._save_label(), "save")
        if self.light.state is not State.CHECKING:
            bar.offer(self._offered())  # while it checks, what can be done stays where it is

    def action_turn(self, by: int) -> None:
        """Show another light."""
        self._turn_to(OPERATIONS[(OPERATIONS.index(self._operation) + by) % len(OPERATIONS)])

    def on_light_cell_opened(self, message: LightCell.Opened) -> None:
        """Show the light that was pressed."""
        self._turn_to(message.operation)

    def _turn_to(self, operation: Operation) -> None:
        self._operation = operation
        self.query_one("#text", VerticalScroll).scroll_home(animate=False)
        self._show()

    def action_scroll(self, by: int) -> None:
        """Scroll the text."""
        self.query_one("#text", VerticalScroll).scroll_relative(y=by, animate=False, immediate=True)

    def action_check_again(self) -> None:
        """Check again; what is shown here follows."""
        self._again(None)

    def renew(self) -> None:
        """Show what is known now."""
        if self.is_mounted and self.app.return_code is None:
            self.not_yet.follow()
            self._tell_outcome()
            self._show()

    def _tell_outcome(self) -> None:
        """Say what came of what was agreed to, once that check has ended."""
        seen = self._seen()
        if self._agreed is None or seen.ended <= self._agreed[1].ended:
            return
        (options, before), self._agreed = self._agreed, None
        self.say(outcome_sentence(options, before, seen, self._operation))

    def action_fixed(self) -> None:
        """Check again and again until the fix has spread; once more, and that ends."""
        if self.not_yet.waits:
            self._stop_waiting()
        elif offers_waiting(self._told()):
            self.say("")
            self._before = self._told()
            self.not_yet.begin(self._operation)
        else:
            self.say("Waiting would change nothing here; r checks again.")

    def action_back(self) -> None:
        """Stop waiting; where nothing is waited for, go back."""
        if self.not_yet.waits:
            self._stop_waiting()
        else:
            super().action_back()

    def _stop_waiting(self) -> None:
        self.not_yet.stop()
        self.say("Stopped. r checks again, f waits again.")
        self._show()

    def _waited(self, outcome: Ended, light: Light) -> None:
        self.say(end_sentence(outcome, light))
        if outcome is Ended.WORKS and self._worked is not None:
            self._worked()

    def action_prove(self) -> None:
        """Tell what proving Write takes and may leave, then do it."""
        from .consent import proving

        seen = self._seen()
        if not can_prove(seen) or seen.location is None:
            self.say("There is no Write to prove here.")
            return
        self._do_if_agreed(proving(seen.location))

    def action_closer(self) -> None:
        """Tell what a closer look asks, then check again with it."""
        from .consent import closer

        if not offers_closer(self._told()):
            self.say("No policy decides this light.")
            return
        self._do_if_agreed(closer())

    def action_outside(self) -> None:
        """Tell what is tried outside of the folder, then do it."""
        from .consent import ConsentScreen
        from .consent import outside as asked

        look = self._outside() if self._outside else None
        tries = look.tries() if look else ()
        if look is None or not tries:
            self.say("There is nothing outside of this folder to try.")
            return

        def do(agreed: CheckOptions | None) -> None:
            if agreed is not None:
                self.say("Trying outside of the folder …")
                self._threads.run(lambda: self._tell_outside(look))

        self.app.push_screen(ConsentScreen(asked(tries)), do)

    def _tell_outside(self, look: OutsideLook) -> None:
        """Runs on a thread of this screen."""
        self.post_message(self.TriedOutside(look.look()))

    def on_diagnosis_screen_tried_outside(self, message: TriedOutside) -> None:
        """Show what was found."""
        if self.app.return_code is None:
            if self._noted is not None:
                self._noted(message.tried.notes)
            self.say(message.tried.sentence)
            self._show()

    def _do_if_agreed(self, consent: Consent) -> None:
        from .consent import ConsentScreen

        def do(options: CheckOptions | None) -> None:
            if options is not None and not self._is_busy():
                self.not_yet.stop()
                self._agreed = (options, self._seen())
                self._again(options)

        if not self._is_busy():
            self.app.push_screen(ConsentScreen(consent), do)

    def _is_busy(self) -> bool:
        """Tell, and say, whether a check is under way: it would not become the one that was agreed to."""
        busy = self._seen().busy
        if busy:
            self.say("A check is under way. Try again when it has ended.")
        return busy

    def action_copy(self) -> None:
        """Send what is to be pasted to the terminal's clipboard; whether it takes it, nobody is told."""
        text = copied(self._told())
        if text is None:
            self.say("There is no fix to copy.")
            return
        self.app.copy_to_clipboard(text)
        self.say("Sent to the clipboard. If it is not there, s saves it.")

    def action_save(self) -> None:
        """Save the whole to a new file in the present folder."""
        light = self._told()
        stem = f"bucketlight-{light.operation.value}-{light.cause or 'works'}"
        self.say(save_text(stem, fix_text(self._seen(), light)))
