"""Make the pictures: walk through the app on a seeded sandbox, and export each screen as SVG at 80x24.

Run `python screenshots/make.py [FOLDER]`; without a folder the pictures here are replaced. Ports, keys, token and the
bucket's name come from the seed, times and request ids are made the same, the cursor does not blink, and the home
folder is shown as ~: so the pictures stay the same, byte by byte, until a screen changes.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from core.guide.flow import pending, view
from core.lights.check import Checker, CheckRun
from core.lights.events import CheckFinished, Event, LightChanged
from core.lights.states import Light
from core.lights.target import CheckOptions, Target
from core.sandbox import Sandbox
from core.store.paths import Home
from tui.app import BucketlightApp
from tui.clocks import Clocks
from tui.engine import Demo, Setting
from tui.screens.home import HomeScreen
from tui.screens.setup import SetupScreen
from tui.widgets.dataset_row import DatasetRow
from tui.widgets.fields import FieldBox

SEED = 2026
# Below the range from which systems lend ports to whoever asks for any.
S3_PORT = 21080
LIGHTLY_PORT = 21081
MOMENT = datetime(2026, 11, 22, 10, 42, 7, tzinfo=UTC)
HERE = Path(__file__).parent


async def until(pilot: Pilot[int], done: Callable[[], bool]) -> None:
    """Let the app work until a condition holds; a minute at most."""
    async with asyncio.timeout(60):
        while not done():
            await pilot.pause(0.02)


class SteadyChecker(Checker):
    """Checks, and tells the same time and request id for every light."""

    def start(
        self, target: Target, options: CheckOptions | None = None, on_event: Callable[[Event], None] | None = None
    ) -> CheckRun:
        """Check a target in the background."""

        def tell(event: Event) -> None:
            if on_event is None:
                return
            match event:
                case LightChanged():
                    event = replace(event, light=_steady(event.light))
                case CheckFinished():
                    lights = tuple(_steady(light) for light in event.report.lights)
                    event = replace(event, report=replace(event.report, lights=lights))
            on_event(event)

        return super().start(target, options, tell)


def _steady(light: Light) -> Light:
    if light.evidence is None:
        return light
    evidence = replace(light.evidence, request_id=light.evidence.request_id and "7B1F0C2E9A4D6358")
    return replace(light, evidence=evidence, elapsed_ms=light.elapsed_ms and 42.0)


class Photographer:
    """Walks and takes pictures."""

    def __init__(self, pilot: Pilot[int], app: BucketlightApp, folder: Path) -> None:
        self._pilot = pilot
        self._app = app
        self._folder = folder

    async def take(self, name: str) -> None:
        """Write what is on the screen to NAME.svg."""
        for line in self._app.screen.query(Input):
            line.cursor_blink = False
        await self._pilot.pause()
        svg = self._app.export_screenshot(title="bucketlight", simplify=False)
        # Rich names the styles after a random number; a picture that is the same should read the same.
        svg = re.sub(r"terminal-\d+", "terminal", svg)
        svg = re.sub(r"(request&#160;id&#160;)[0-9A-F]{16}", r"\g<1>7B1F0C2E9A4D6358", svg)
        (self._folder / f"{name}.svg").write_text(svg, encoding="utf-8")

    async def press(self, *keys: str) -> None:
        """Press keys, and let the app take them in."""
        await self._pilot.press(*keys)
        await self._pilot.pause()

    async def at(self, step: str) -> None:
        """Wait until the setup stands at a step and nothing is under way."""

        def there() -> bool:
            screen = self._app.screen
            if not isinstance(screen, SetupScreen) or screen.state.position.step != step:
                return False
            laid_out = [box.field_name for box in screen.query(FieldBox)]
            is_shown = laid_out == [field.name for field in view(screen.state).fields]
            return screen.ready and is_shown and not pending(screen.state)

        await until(self._pilot, there)


def demo_of(box: Sandbox) -> Demo:
    """Return what the demo fills in."""
    uri = f"s3://{box.bucket}/{box.prefix}"

    def answers(access: object) -> dict[str, str]:
        user = box.writer if access == "writer" else box.reader
        return {
            "uri": uri,
            "access_key_id": user.access_key_id,
            "secret_access_key": user.secret_access_key.reveal(),
            "name": "farm-animals",
            "token": box.token.reveal(),
        }

    return Demo(
        fill_ins=(
            ("a user who may only read", answers("reader")),
            ("a user who may also write", answers("writer")),
        ),
        check_command="(. /tmp/bucketlight-demo/env; bucketlight check --home /tmp/bucketlight-demo)",
        lend=lambda _key, _secret: None,
    )


async def walk(see: Photographer) -> None:
    """Go through the app once, and take each picture."""
    await see.take("home-empty")
    await see.press("n")
    await see.at("needs")
    await see.press("down", "down", "down", "space")
    await see.take("setup-needs")
    await see.press("enter")
    await see.at("bucket")
    await see.press("ctrl+t")
    await see.take("setup-bucket")
    await see.press("enter")
    await see.at("keys")
    await see.press("ctrl+t")
    await see.take("setup-keys")
    await see.press("enter")
    await see.at("dataset")
    await see.take("setup-write-fails")
    await see.press("f2")
    await see.take("diagnosis")
    await see.press("l")
    await see.take("diagnosis-closer")
    await see.press("escape", "escape", "escape")
    await see.at("keys")
    await see.press("ctrl+t", "enter")
    await see.at("dataset")
    await see.press("f2", "left", "p")
    await see.take("diagnosis-prove")
    await see.press("escape", "escape")
    await see.press("ctrl+t")
    await see.take("setup-dataset")
    await see.press("enter")
    await see.at("save")
    await see.take("setup-save")
    await see.press("enter")
    await see.at("next")
    await see.take("setup-next")
    await see.press("question_mark")
    await see.take("help")
    await see.press("escape", "enter", "r")


async def make(folder: Path) -> None:
    """Make every picture in this folder."""
    with (
        Sandbox(seed=SEED, s3_port=S3_PORT, lightly_port=LIGHTLY_PORT) as box,
        tempfile.TemporaryDirectory() as home,
    ):
        os.environ["HOME"] = home
        setting = Setting(
            home=Home.at(Path(home) / ".config" / "bucketlight"),
            platform_url=box.lightly_url,
            endpoint_url=box.s3_url,
            demo=demo_of(box),
            clocks=Clocks(day=lambda: MOMENT),
        )
        app = BucketlightApp(setting)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.engine is not None)
            assert app.engine is not None  # noqa: S101 - for the type checker
            app.engine = replace(app.engine, checker=SteadyChecker())
            see = Photographer(pilot, app, folder)
            await walk(see)

            def checked() -> bool:
                rows = list(app.screen.query(DatasetRow))
                return isinstance(app.screen, HomeScreen) and bool(rows) and rows[0].principal is not None

            await until(pilot, checked)
            await see.take("home")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    target.mkdir(parents=True, exist_ok=True)
    SetupScreen.PLAN_STANDS = 0.0
    asyncio.run(make(target))
