"""A monkey at the keyboard: whatever it presses, pastes, clicks and resizes, nothing breaks, is lost or is shown.

`BUCKETLIGHT_MONKEY=20000` lets it act that often, `BUCKETLIGHT_MONKEY_SEED=7` repeats one batch. How often each step
was reached is printed (`pytest -rP`).
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

import pytest
from monkey_ways import ADMINISTRATOR, demo_of, keys_made_in, makers_of, own_machine
from textual import events
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size
from walker import PATIENCE, Walker, World, screen_lines

from core.guide import flow
from core.guide.drafts import to_draft
from core.guide.state import Maker
from core.guide.steps.credentials import is_delegated
from core.guide.steps.onward import saved_of
from core.sandbox import Sandbox
from core.store.drafts import DraftStore
from tui.app import BucketlightApp
from tui.screens.aws_change import AwsChangeScreen
from tui.screens.base import BaseScreen
from tui.screens.handoff import HandoffScreen
from tui.screens.help import AskScreen
from tui.screens.home import HomeScreen
from tui.screens.setup import SetupScreen
from tui.widgets.dataset_row import DatasetRow
from tui.widgets.fields import FieldBox
from tui.widgets.secret_input import SecretInput
from tui.widgets.step_body import StepBody

BATCH = 250
"""Actions of one batch, which is one test: several processes share them. An action is a key, a paste, a click, a resize
and the like."""

ACTIONS = int(os.environ.get("BUCKETLIGHT_MONKEY", "2000"))
_ONE = os.environ.get("BUCKETLIGHT_MONKEY_SEED")
SEEDS = [int(_ONE)] if _ONE else [20_261_122 + number for number in range(max(ACTIONS // BATCH, 1))]

SECRET_KEY = "canarySecretKey/0123456789abcdefghijKLMN"
SESSION_TOKEN = "canarySessionToken//" + "Zx9" * 60
LIGHTLY_TOKEN = "canary0lightly0token0f5e2a9c7d1b3"
EXTERNAL_ID = "canary-external-id-7f3a9b2c4d5e6f70"
KEY_ID = "AKIAIOSFODNN7CANARY1"

KEYS = (
    *("tab", "shift+tab", "up", "down", "left", "right", "space", "enter", "enter", "escape", "home", "end"),
    *("pageup", "pagedown", "backspace", "delete", "f1", "f2", "ctrl+r", "ctrl+o", "ctrl+t", "ctrl+a", "ctrl+e"),
    *("ctrl+u", "ctrl+k", "ctrl+w", "ctrl+left", "ctrl+right", "shift+left", "shift+end", "ctrl+x", "ctrl+z"),
    *("alt+x", "f10", "f12", "ctrl+@", "insert", "ctrl+c", "ctrl+q", "ctrl+l", "shift+f3"),
)
LETTERS = "abcefghijklmnoprstuwxyz?:0123456789-_/.,;'\"ABCXYZäß€漢🐑" + "v"

HARMLESS = (
    "farm-animals",
    "  two words  ",
    "a\nb\nc",
    "eu-central-1",
    "s3://nowhere-at-all/a/b/",
    "https://s3.console.aws.amazon.com/s3/buckets/datalake?prefix=a%2Fb%2F",
    "arn:aws:iam::111122223333:role/somebody-else",
    "\u202eright to left\u202c \u200bzero\u200dwidth\ufeff",
    "e\u0301\u0302\u0303 👩\u200d👩\u200d👧\u200d👦 ﷽ 𝕬 \u0000\u0007\x1b[2J\x1b]0;title\x07",
    "[red]markup[/red] [link=https://example.com] \\[",
    "\r\n\r\n\t",
    "x" * 20_000,
    "line\n" * 2_000,
    f"aws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET_KEY}\n",
    f"AWS_ACCESS_KEY_ID={KEY_ID}\nAWS_SECRET_ACCESS_KEY={SECRET_KEY}\nAWS_SESSION_TOKEN={SESSION_TOKEN}",
    f"Access key ID,Secret access key\n{KEY_ID},{SECRET_KEY}\n",
    f"{SECRET_KEY}\n{KEY_ID}\n",
)
"""Pastes for anywhere: what holds a secret has several lines, and such a text lands in no plain line."""

SECRET = (SECRET_KEY, SESSION_TOKEN, LIGHTLY_TOKEN, EXTERNAL_ID)
"""Pastes for a line of dots. Whoever pastes a secret into another line sees it there."""

Kind = Literal["go_on", "key", "letters", "paste", "click", "drag", "scroll", "resize", "keys", "wait", "leave"]
_WEIGHTS: dict[Kind, int] = {
    "go_on": 34,
    "key": 22,
    "letters": 8,
    "paste": 8,
    "click": 10,
    "drag": 2,
    "scroll": 2,
    "resize": 6,
    "keys": 3,
    "wait": 4,
    "leave": 1,
}


def _stripped(draft: dict[str, object]) -> dict[str, object]:
    """Leave out of a draft what is no answer: where the person stands, and what was found out."""
    output = draft["output"]
    kept = {name: value for name, value in draft.items() if name not in {"position", "region_found", "output"}}
    if isinstance(output, dict):
        kept["output"] = {name: value for name, value in output.items() if name != "region_found"}
    return kept


@dataclass
class Monkey:
    """Somebody without a plan. `shown_on_request` counts how often secrets were asked for."""

    world: World
    seed: int
    reached: Counter[str] = field(default_factory=Counter)
    did: Counter[str] = field(default_factory=Counter)
    last: deque[str] = field(default_factory=lambda: deque(maxlen=40))
    left: int = 0
    shown_on_request: list[str] = field(default_factory=list)
    setup: SetupScreen | None = None
    rng: Random = field(init=False)
    step: str = ""
    allowed: list[dict[str, object]] = field(default_factory=list)
    made_external_ids: set[str] = field(default_factory=set)
    last_made: object = None
    on_top: object = None
    face: object = None

    def secrets(self) -> Iterator[tuple[str, bool]]:
        """Every secret there is, and whether it may be shown on request."""
        box = self.world.box
        for text in (*keys_made_in(box), box.token.reveal(), SECRET_KEY, SESSION_TOKEN, LIGHTLY_TOKEN):
            yield text, False
        for text in (box.world.external_id.reveal(), EXTERNAL_ID, *self.made_external_ids):
            yield text, True

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)

    # Acting

    async def act(self, walker: Walker) -> None:
        """Do one thing."""
        kind = self.rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        self.did[kind] += 1
        self.last.append(kind)
        await getattr(self, f"_{kind}")(walker)

    async def _done(self, walker: Walker, actions: int = 1) -> None:
        """Let the app take what was done; where that makes it end, nothing more is to be waited for."""
        self.left -= actions
        taken = asyncio.ensure_future(walker.pilot.pause(0))
        while not taken.done() and walker.app.return_code is None:
            await asyncio.wait({taken}, timeout=0.05)
        if walker.app.return_code is None:
            taken.result()
        else:
            taken.cancel()

    async def _keyed(self, walker: Walker, *keys: str) -> None:
        self.last[-1] += f" {' '.join(keys)}"
        driver = walker.app._driver
        assert driver is not None
        for key in keys:
            driver.process_message(events.Key(key, key if len(key) == 1 else None))
        await self._done(walker, len(keys))

    async def _key(self, walker: Walker) -> None:
        key = self.rng.choice(KEYS)
        if key == "ctrl+q" and self.rng.random() < 0.8:
            key = "enter"
        await self._keyed(walker, key)

    async def _keys(self, walker: Walker) -> None:
        """Several keys at once, before the app comes after."""
        await self._keyed(walker, *self.rng.choices(("enter", "escape", "tab", "down", "r", "b", "space"), k=5))

    async def _letters(self, walker: Walker) -> None:
        await self._keyed(walker, *self.rng.choices(LETTERS, k=self.rng.randint(1, 6)))

    async def _paste(self, walker: Walker) -> None:
        harmless, secret = self.rng.choice(HARMLESS), self.rng.choice(SECRET)
        is_dots = isinstance(walker.screen.focused, SecretInput)
        text = secret if is_dots and self.rng.random() < 0.6 else harmless
        self.last[-1] += f" {text[:40]!r}"
        walker.app.post_message(events.Paste(text))
        await self._done(walker)

    def _point(self, walker: Walker) -> tuple[int, int]:
        width, height = walker.app.size
        at = self.rng.randrange(160) * width // 160, self.rng.randrange(50) * height // 50
        self.last[-1] += f" {at}"
        return at

    def _mouse(self, walker: Walker, kind: type[events.MouseEvent], at: tuple[int, int], button: int = 1) -> None:
        driver = walker.app._driver
        assert driver is not None
        x, y = at
        driver.process_message(kind(None, x, y, 0, 0, button, False, False, False, screen_x=x, screen_y=y))

    async def _click(self, walker: Walker) -> None:
        at = self._point(walker)
        times = self.rng.choice((1, 1, 1, 2, 3))
        for _ in range(times):
            self._mouse(walker, events.MouseMove, at, 0)
            self._mouse(walker, events.MouseDown, at)
            self._mouse(walker, events.MouseUp, at)
        await self._done(walker, times)

    async def _drag(self, walker: Walker) -> None:
        start, end = self._point(walker), self._point(walker)
        self._mouse(walker, events.MouseDown, start)
        self._mouse(walker, events.MouseMove, end)
        self._mouse(walker, events.MouseUp, end)
        await self._done(walker)

    async def _scroll(self, walker: Walker) -> None:
        at = self._point(walker)
        kind = self.rng.choice((events.MouseScrollDown, events.MouseScrollUp))
        for _ in range(3):
            self._mouse(walker, kind, at, 0)
        await self._done(walker)

    async def _resize(self, walker: Walker, size: tuple[int, int] | None = None) -> None:
        width, height = size or (self.rng.randint(40, 160), self.rng.randint(10, 50))
        self.last[-1] += f" {width}x{height}"
        driver = walker.app._driver
        assert isinstance(driver, HeadlessDriver)
        driver._size = (width, height)
        walker.app.post_message(events.Resize(Size(width, height), Size(width, height)))
        await self._done(walker)

    async def _wait(self, walker: Walker) -> None:
        """Let everything come that was asked for."""
        screen = walker.app.screen
        if isinstance(screen, SetupScreen):
            await walker.until(lambda: _is_quiet(screen), "an end of what is under way")
        elif isinstance(screen, AwsChangeScreen):
            await walker.until(lambda: not screen.is_attached or screen.state.waiting is None, "an answer of AWS")

    async def _go_on(self, walker: Walker) -> None:
        """Do what leads on: fill in what is asked for, and confirm it."""
        again, waits = self.rng.random() < 0.1, self.rng.random() < 0.8
        screen = walker.app.screen
        if screen.has_class("-too-small"):
            await self._resize(walker, (80, 24))
        match screen:
            case HomeScreen():
                await self._keyed(walker, self.rng.choice(("n", "n", "k", "u")) if screen.query(DatasetRow) else "n")
            case SetupScreen():
                await self._go_on_in_setup(walker, screen, again=again)
            case AskScreen():
                await self._keyed(walker, *(["down"] if again else []), "enter")
            case AwsChangeScreen():
                account = self.world.box.world.account_id
                answers = {"profile": ADMINISTRATOR, "account": account, "made_name": f"{self.world.name}-m"}
                for body in screen.query(StepBody):  # it may be on its way here, or gone
                    screen.call_later(body.fill, answers)  # on its task: it may be laid out just now
                await self._keyed(walker, "enter")
            case HandoffScreen():
                await self._keyed(walker, self.rng.choice(("c", "s", "x", "down", "enter", "escape", "escape")))
            case _:
                await self._keyed(walker, "escape")
        if waits:
            await self._wait(walker)

    async def _go_on_in_setup(self, walker: Walker, screen: SetupScreen, *, again: bool) -> None:
        links = [box for box in screen.query(FieldBox) if box.field_name == "handoff"]
        if links and self.rng.random() < 0.4 and links[0].focus_field():
            await self._keyed(walker, "enter")
        else:
            await self._keyed(walker, *(["ctrl+t"] * (2 if again else 1)), "enter")

    async def _leave(self, walker: Walker) -> None:
        await self._keyed(walker, self.rng.choice(("ctrl+q", "q")))

    # Looking

    def look(self, walker: Walker) -> None:
        """Hold what is there against what must be there."""
        app = walker.app
        if app._exception is not None:
            raise app._exception
        screen = next((each for each in app.screen_stack if isinstance(each, SetupScreen)), None)
        if screen is not None and screen.ready:
            if screen is not self.setup:
                self.setup, self.step = screen, ""
                self.allowed = [_stripped(to_draft(screen.state))]
                if given := screen.state.answers.given.external_id:
                    self.made_external_ids.add(given.reveal())
            if screen.state.position.step != self.step:
                self.step = screen.state.position.step
                self.reached[self.step] += 1
            if is_delegated(screen.state.answers):
                self.reached["(delegated)"] += self.step in {"role", "save", "next"}
            if self.step == "make" and (made := screen.state.answers.made) is not None and made is not self.last_made:
                self.last_made = made
                self.reached["(made)"] += 1
        if app.screen is not self.on_top:
            self.on_top = app.screen
            self.reached[f"<{type(app.screen).__name__}>"] += 1
        if isinstance(app.screen, AwsChangeScreen) and app.screen.state.face is not self.face:
            self.face = app.screen.state.face
            self.reached[f"<{self.face}>"] += 1
        self.look_for_secrets("\n".join(_texts(app)))

    def look_for_secrets(self, text: str) -> None:
        """Find no secret in what is shown, however it is wrapped."""
        joined = "".join(text.split())
        for secret, on_request in self.secrets():
            if secret in joined:
                assert on_request, f"a secret is on the screen: {secret}\n{text}"
                assert self.shown_on_request, f"an external ID is on the screen, and nobody asked for it\n{text}"

    def look_at_draft(self) -> None:
        """Compare the draft on the disk with what was confirmed."""
        if self.setup is None:
            return
        state = self.setup.state
        expected = to_draft(state)
        if saved_of(state) is not None:
            self.allowed.append(_stripped(expected))
        found = DraftStore(self.world.home).load("setup")
        assert found.problem is None, found.problem
        if found.draft is None:
            assert _stripped(expected) in self.allowed, f"no draft of {expected}"
            return
        assert _stripped(found.draft.content) == _stripped(expected)


def _is_quiet(screen: SetupScreen) -> bool:
    """Tell whether nothing is under way in a setup, or it was left."""
    return not screen.is_attached or (screen.ready and not flow.pending(screen.state))


def _texts(app: BucketlightApp) -> list[str]:
    """What each screen shows, the ones behind included."""
    return ["\n".join(strip.text for strip in screen._compositor.render_strips()) for screen in app.screen_stack]


@contextmanager
def _watched(monkey: Monkey, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Write down when somebody asks to see what is hidden."""
    reveal: Callable[[BaseScreen[object]], None] = BaseScreen.action_reveal
    hand_out: Callable[[HandoffScreen], Awaitable[None]] = HandoffScreen.action_external_id

    def asked(screen: BaseScreen[object]) -> None:
        monkey.shown_on_request.append(type(screen).__name__)
        reveal(screen)

    async def asked_for_the_file(screen: HandoffScreen) -> None:
        monkey.shown_on_request.append(type(screen).__name__)
        await hand_out(screen)

    with patch.context() as within:
        within.setattr(BaseScreen, "action_reveal", asked)
        within.setattr(HandoffScreen, "action_external_id", asked_for_the_file)
        yield


def _is_over(app: BucketlightApp) -> bool:
    return app.return_code is not None


async def _run(monkey: Monkey) -> None:
    """Act, in one run of the app after the other, until the batch is over."""
    monkey.setup = None
    start: Literal["home", "setup"] = monkey.rng.choice(("home", "setup"))
    async with monkey.world.running(start=start, demo=demo_of(monkey.world, monkey.seed)) as walker:
        while monkey.left > 0 and not _is_over(walker.app):
            await monkey.act(walker)
            if _is_over(walker.app):
                break
            monkey.look(walker)
            monkey.look_at_draft()
            if monkey.setup not in walker.app.screen_stack:
                monkey.setup = None  # it was compared just now; from here on its draft can be dropped on request
            if sum(monkey.did.values()) % 50 == 0:
                monkey.look_for_secrets("\n".join(screen_lines(walker.picture())))
        if not _is_over(walker.app):
            await monkey._keyed(walker, "ctrl+q")
            async with asyncio.timeout(PATIENCE):
                while not _is_over(walker.app):  # the key stands behind those that came before
                    await asyncio.sleep(0)
    if walker.app._exception is not None:
        raise walker.app._exception
    assert walker.app.return_code == 0
    monkey.look_at_draft()


@pytest.fixture
def own_box() -> Iterator[Sandbox]:
    """A sandbox of its own: a monkey replaces keys and deletes users."""
    with Sandbox() as box:
        yield box


@pytest.mark.skipif(len(SEEDS) < 3, reason="fewer monkeys than makers")
def test_among_the_monkeys_are_some_of_each_maker() -> None:
    assert makers_of(SEEDS) == {maker.value for maker in Maker}


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=pytest.mark.xdist_group(f"monkey {seed}")) for seed in SEEDS]
)
async def test_a_monkey_breaks_nothing_loses_nothing_and_sees_no_secret(
    own_box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.chdir(tmp_path)  # what it saves as a text lands here
    own_machine(own_box, tmp_path, monkeypatch)
    world = World(own_box, tmp_path / "bucketlight", f"farm-{seed}", monkeypatch)
    monkey = Monkey(world, seed, left=BATCH)
    runs = 0
    with _watched(monkey, monkeypatch):
        try:
            while monkey.left > 0:
                runs += 1
                await _run(monkey)
        except BaseException:
            print(f"seed {seed}, {BATCH - monkey.left} actions; the last ones:", *monkey.last, sep="\n  ")  # noqa: T201
            raise
    did, reached = dict(monkey.did), dict(monkey.reached)
    print(f"seed {seed}: {BATCH - monkey.left} actions in {runs} runs {did}, reached {reached}")  # noqa: T201
    # Two keys in one piece may pass Access before it is looked at; nothing behind it is reached without it.
    assert reached.keys() & {"access", "keys", "role", "output"}, f"it came nowhere: {reached}"
