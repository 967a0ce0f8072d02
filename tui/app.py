"""The app: its screens, what works everywhere, and how it ends."""

from __future__ import annotations

import signal
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.message import Message
from textual.reactive import reactive

from .ascii_only import AsciiFilter
from .screens.base import BaseScreen
from .screens.home import HomeScreen
from .theme import DARK, LIGHT
from .widgets.keybar import Key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.filter import LineFilter

    from core.dataset import Dataset
    from core.guide.state import State

    from .engine import Engine, Setting

__all__ = ["BucketlightApp"]

_BROKEN = 70
"""The exit code of a fault of ours (sysexits.h, EX_SOFTWARE)."""

_TWICE = 2.0
"""Seconds in which a second Ctrl+C leaves."""


class BucketlightApp(App[int]):
    """bucketlight in a terminal."""

    TITLE = "bucketlight"
    ENABLE_COMMAND_PALETTE = False
    # Ctrl+C leaves, so nothing could be copied that way; and Textual breaks where it begins on a field that goes away.
    ALLOW_SELECT = False
    # Home is the default screen, and of that Textual loads no CSS of its own.
    CSS_PATH = "screens/home.tcss"
    CSS = """
    Screen { background: $background; color: $foreground; }
    ModalScreen { background: $background 60%; }
    * {
        scrollbar-color: $line; scrollbar-color-hover: $faint; scrollbar-color-active: $faint;
        scrollbar-background: $background; scrollbar-background-hover: $background;
        scrollbar-background-active: $background; scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "leave_on_second", show=False, priority=True),
        Binding("ctrl+q", "leave", "leave", show=False, priority=True),
        Binding("ctrl+o", "all_actions", "all actions", show=False),
        # Before any widget: what is sent in one piece with a Tab belongs to the next field.
        Binding("tab", "app.focus_next", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", show=False, priority=True),
    ]
    engine = reactive["Engine | None"](None, init=False)

    class EngineBuilt(Message):
        """The working parts are there. Posted from a thread."""

        def __init__(self, engine: Engine) -> None:
            self.engine = engine
            super().__init__()

    class EngineBroken(Message):
        """They could not be built. Posted from a thread."""

        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__()

    def __init__(
        self, setting: Setting, *, start: Literal["home", "setup"] = "home", like: Dataset | None = None
    ) -> None:
        """Make it. With `start="setup"` a setup is begun at once, with `like` one of another dataset like that one."""
        super().__init__()
        self.setting = setting
        self._start = start
        self._like = like
        self._plain = (AsciiFilter(),) if setting.ascii else ()
        self._interrupted = -_TWICE
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what everything drawn goes through."""
        return (*super().get_line_filters(), *self._plain)

    def get_default_screen(self) -> HomeScreen:
        """Begin with home: an empty screen below it would be laid out first."""
        return HomeScreen()

    def on_mount(self) -> None:
        """Show home, then build what is slow to build."""
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            # Without this the terminal would be left as the app has set it.
            if number := getattr(signal, name, None):
                self._loop_signal(number)
        self.call_after_refresh(self._build)

    def _loop_signal(self, number: int) -> None:
        import asyncio

        try:
            asyncio.get_running_loop().add_signal_handler(number, self._end_by, number)
        except (NotImplementedError, RuntimeError, ValueError):
            return  # no signals here (Windows, or not the main thread)

    def _end_by(self, number: int) -> None:
        """Somebody else ends the program: a closed terminal, or kill."""
        self._keep_setup()
        self.exit(128 + number)

    def _keep_setup(self) -> None:
        """Keep the setup that is under way as it stands."""
        from .screens.setup import SetupScreen

        for screen in self.screen_stack:
            if isinstance(screen, SetupScreen):
                screen.keep()

    def _build(self) -> None:
        def build() -> None:
            from core.provision import interrupted  # noqa: F401 - so that home need not
            from core.provision.rotation import journal, words  # noqa: F401 - the same

            from . import setup_left  # noqa: F401 - the same
            from .engine import build_engine

            try:
                engine = build_engine(self.setting)
            except Exception as error:  # noqa: BLE001 - on a thread it would vanish, and the app say "starting" for ever
                self.post_message(self.EngineBroken(type(error).__name__))
            else:
                self.post_message(self.EngineBuilt(engine))

        threading.Thread(target=build, name="build", daemon=True).start()

    async def on_bucketlight_app_engine_built(self, message: EngineBuilt) -> None:
        """Hand the engine to the screens; begin the setup where that was asked for."""
        self.engine = message.engine
        if self._start == "setup":
            self._start = "home"
            self.set_up(self._like, like=self._like is not None)

    def on_bucketlight_app_engine_broken(self, message: EngineBroken) -> None:
        """Leave with a sentence: without its parts the app can do nothing."""
        self.exit(_BROKEN, message=f"bucketlight could not start ({message.name}). Install it anew, or report this.")

    def action_setup(self) -> None:
        """Begin a setup, or go on with the one that was left."""
        self.set_up()

    def on_home_screen_set_up(self, message: HomeScreen.SetUp) -> None:
        """Go through the setup of a dataset again, or set up another like it."""
        self.set_up(message.dataset, like=message.like)

    def set_up(self, dataset: Dataset | None = None, *, like: bool = False) -> None:
        """Begin a setup: of a new dataset, of one that exists, or of another like it."""
        if self.engine is None:
            self._say("One moment: bucketlight is still starting.")
            return
        begun = any(worker.group == "setup" and not worker.is_finished for worker in self.workers)
        if isinstance(self.screen, HomeScreen) and not begun:
            self.run_worker(self._set_up(self.engine, dataset, like=like), group="setup")

    async def _set_up(self, engine: Engine, dataset: Dataset | None, *, like: bool) -> None:
        from .screens.setup import SetupScreen

        state, begin = await self._left_before(engine)
        if begin:
            anew = state is None
            self.push_screen(SetupScreen(engine, state, dataset=dataset if anew else None, like=like))

    async def _left_before(self, engine: Engine) -> tuple[State | None, bool]:
        """Find the setups that were left, and ask what to do with them: the state to go on with, and whether to begin.

        Nothing is done to any of them before the last answer.
        """
        from .screens.help import AskScreen
        from .setup_left import begin_anew, go_on_with, left_setups

        setups = left_setups(engine)
        for left in setups:
            if left.state is None:
                ask = AskScreen(left.problem, "Start anew; the old one is kept aside", "Leave it")
                if not await self.push_screen_wait(ask):
                    return None, False
                continue
            again = " (keys are entered again)" if left.asks_for_keys else ""
            ask = AskScreen(left.sentence, f"Go on where it was left{again}", left.otherwise)
            going_on = await self.push_screen_wait(ask)
            if going_on is None:
                return None, False
            if going_on:
                return left.state, self._stored(partial(go_on_with, engine, left, setups))
        return None, self._stored(partial(begin_anew, engine, setups))

    def _stored(self, act: Callable[[], None]) -> bool:
        """Do something to a file, and say so where that fails."""
        from core.store.errors import StoreError

        try:
            act()
        except (StoreError, OSError) as error:
            self._say(str(error))
            return False
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let nothing but leaving happen on a screen that is too small to be seen."""
        if self.screen.has_class("-too-small") and action not in {"leave", "leave_on_second"}:
            return False
        return super().check_action(action, parameters)

    def action_help(self) -> None:
        """Show what can be done on this screen."""
        from .screens.help import HelpScreen

        if isinstance(self.screen, BaseScreen):
            self.push_screen(HelpScreen(self.screen.help_text()))

    async def on_event(self, event: events.Event) -> None:
        """Drop keys that come behind the one that ends the program: the screens are going."""
        if not (isinstance(event, events.Key) and self.return_code is not None):
            await super().on_event(event)

    def action_leave(self) -> None:
        """Leave. A setup that is under way is kept, without its secrets."""
        self._keep_setup()
        self.exit(0)

    def action_leave_on_second(self) -> None:
        """Leave on the second Ctrl+C within two seconds."""
        now = time.monotonic()
        if now - self._interrupted < _TWICE:
            self._keep_setup()
            self.exit(130)
            return
        self._interrupted = now
        self._say("Ctrl+C once more leaves; so does Ctrl+Q.")

    def _say(self, sentence: str) -> None:
        if isinstance(self.screen, BaseScreen):
            self.screen.say(sentence)

    def action_change_light(self) -> None:
        """Switch between dark and light."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name

    def action_all_actions(self) -> None:
        """List what can be done on this screen, and do what is chosen."""
        from .screens.actions import ActionsScreen

        screen = self.screen
        if not isinstance(screen, BaseScreen):
            return
        own = tuple(key for key in screen.all_keys() if key.action != "app.all_actions")

        async def do(action: str | None) -> None:
            if action is not None:
                await screen.run_action(action)

        self.push_screen(ActionsScreen((*own, Key("app.change_light", "", "dark or light"))), do)

    def _handle_exception(self, error: Exception) -> None:
        """Let pass what a widget misses while the app ends: its screens are emptied then, also those still being made.

        Textual has no public place for this.
        """
        if self.return_code is None or not isinstance(error, NoMatches):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Show a crash without the local variables: secrets are among them.

        Textual's own shows them and offers no way to switch that off, hence this override of a private method.
        """
        from rich.traceback import Traceback

        self.bell()
        self._exit_renderables.append(Traceback(show_locals=False, width=None, suppress=[]))
        self._close_messages_no_wait()
