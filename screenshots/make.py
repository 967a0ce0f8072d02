"""Make the pictures: walk through the app on a seeded sandbox, and export each screen as SVG at 80x24.

Run `python screenshots/make.py [FOLDER]`; without a folder the pictures here are replaced. Ports, keys, token and the
bucket's name come from the seed; times are left out of the screens, so that the pictures stay the same.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from core.sandbox import Sandbox
from core.store.paths import Home
from tui.app import BucketlightApp
from tui.engine import Demo, Setting
from tui.screens.setup import SetupScreen

SEED = 2026
S3_PORT = 41080
LIGHTLY_PORT = 41081
HERE = Path(__file__).parent


async def until(pilot: Pilot[int], done: Callable[[], bool]) -> None:
    """Let the app work until a condition holds; a minute at most."""
    async with asyncio.timeout(60):
        while not done():
            await pilot.pause(0.02)


class Photographer:
    """Walks and takes pictures."""

    def __init__(self, pilot: Pilot[int], app: BucketlightApp, folder: Path) -> None:
        self._pilot = pilot
        self._app = app
        self._folder = folder

    async def take(self, name: str) -> None:
        """Write what is on the screen to NAME.svg."""
        await self._pilot.pause()
        svg = self._app.export_screenshot(title="bucketlight", simplify=False)
        # Rich names the styles after a random number; a picture that is the same should read the same.
        svg = re.sub(r"terminal-\d+", "terminal", svg)
        (self._folder / f"{name}.svg").write_text(svg, encoding="utf-8")

    async def press(self, *keys: str) -> None:
        """Press keys, and let the app take them in."""
        await self._pilot.press(*keys)
        await self._pilot.pause()

    async def at(self, step: str) -> None:
        """Wait until the setup stands at a step and nothing is under way."""
        from core.guide.flow import pending

        def there() -> bool:
            screen = self._app.screen
            if not isinstance(screen, SetupScreen) or screen.state.position.step != step:
                return False
            return screen.ready and not pending(screen.state)

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
    await see.press("escape", "escape")
    await see.at("keys")
    await see.press("ctrl+t", "enter")
    await see.at("dataset")
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
        setting = Setting(
            home=Home.at(Path(home)), platform_url=box.lightly_url, endpoint_url=box.s3_url, demo=demo_of(box)
        )
        app = BucketlightApp(setting)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.engine is not None)
            see = Photographer(pilot, app, folder)
            await walk(see)
            from tui.screens.home import DatasetRow, HomeScreen

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
