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

from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from core.access import Secret, UserAccess
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
from tui.screens.aws_change import AwsChangeScreen
from tui.screens.home import HomeScreen
from tui.screens.setup import SetupScreen
from tui.widgets.dataset_row import DatasetRow
from tui.widgets.fields import FieldBox
from tui.widgets.folder_tree import FolderTree
from tui.widgets.step_body import StepBody

SEED = 2026
# Below the range from which systems lend ports to whoever asks for any.
S3_PORT = 21080
LIGHTLY_PORT = 21081
EXTERNAL_ID = Secret("lightly-2f6b0c9d4e8a7135bb02c4d6e8f01a3579bdf246")
KMS_KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
MOMENT = datetime(2026, 11, 22, 10, 42, 7, tzinfo=UTC)
ADMINISTRATOR = "demo-administrator"
HERE = Path(__file__).parent
_TELLING = 12
"""So many characters of a secret are enough to call it shown: a line may break in it."""


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


def _steady_names(svg: str) -> str:
    return re.sub(r"terminal-\d+", "terminal", svg)


class Photographer:
    """Walks and takes pictures."""

    def __init__(self, pilot: Pilot[int], app: BucketlightApp, folder: Path, secrets: tuple[Secret, ...]) -> None:
        self._pilot = pilot
        self._app = app
        self._folder = folder
        self._secrets = secrets

    async def take(self, name: str) -> None:
        """Write what is on the screen to NAME.svg."""
        for line in self._app.screen.query(Input):
            line.cursor_blink = False
        svg = await self._settled()
        # Rich names the styles after a random number; a picture that is the same should read the same.
        svg = _steady_names(svg)
        svg = re.sub(r"(request&#160;id&#160;)[0-9A-F]{16}", r"\g<1>7B1F0C2E9A4D6358", svg)
        svg = re.sub(
            r"(last&#160;on&#160;)[0-9-]{10}&#160;[0-9:]{5}", rf"\g<1>{MOMENT:%Y-%m-%d}&#160;{MOMENT:%H:%M}", svg
        )
        if any(secret.reveal()[:_TELLING] in svg for secret in self._secrets):
            raise RuntimeError(f"the picture {name} would show a secret")
        (self._folder / f"{name}.svg").write_text(svg, encoding="utf-8")

    async def _settled(self) -> str:
        """Return what is on the screen once it has been the same for a few looks: a layout may take several rounds."""
        seen, same = "", 0
        while same < 5:
            await self._pilot.pause(0.02)
            before, seen = seen, self._app.export_screenshot(title="bucketlight", simplify=False)
            same = same + 1 if _steady_names(seen) == _steady_names(before) else 0
        return seen

    async def press(self, *keys: str) -> None:
        """Press keys, and let the app take them in."""
        await self._pilot.press(*keys)
        await self._pilot.pause()

    async def paste(self, text: str) -> None:
        """Paste, as the terminal does it."""
        self._app.post_message(events.Paste(text))
        await self._pilot.pause()

    async def follow(self, way: str) -> None:
        """Take a way to something more on this step."""
        self._app.screen.query_one(StepBody).box(way).focus_field()
        await self.press("enter")

    async def clear(self, field: str) -> None:
        """Empty a field."""
        self._app.screen.query_one(StepBody).fill({field: ""})
        await self._pilot.pause()

    async def answer(self, **answers: str | bool) -> None:
        """Have these answers stand in the fields."""
        self._app.screen.query_one(StepBody).fill(answers)
        await self._pilot.pause()

    async def back_to(self, step: str, *by: str) -> None:
        """Go back, step by step; `by` are the steps before that one."""
        for each in (*by, step):
            await self.press("escape")
            await self.at(each)

    async def hand_over(self) -> None:
        """Open what is handed to an administrator."""
        await self._app.screen.run_action("handoff")
        await self._pilot.pause()

    async def until_asked(self, name: str) -> None:
        """Wait until a field of that name is there, and nothing is under way."""

        def there() -> bool:
            screen = self._app.screen
            names = [box.field_name for box in screen.query(FieldBox)]
            return isinstance(screen, AwsChangeScreen) and name in names and not screen.state.waiting

        await until(self._pilot, there)

    async def until_browsed(self) -> None:
        """Wait until the folders are there."""

        def listed() -> bool:
            tree = self._app.screen.query_one(FolderTree)
            return tree.cursor_node is not None and bool(tree.cursor_node.children)

        await until(self._pilot, listed)

    async def until_checked(self) -> None:
        """Wait until every dataset at home is checked."""

        def checked() -> bool:
            rows = list(self._app.screen.query(DatasetRow))
            return isinstance(self._app.screen, HomeScreen) and bool(rows) and all(row.ended for row in rows)

        await until(self._pilot, checked)

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
    """Return what the demo fills in: the ways that the pictures go."""
    output = box.world
    shared: dict[str, str | bool] = {
        "input_type": "Images",
        "thumbnails": True,
        "uri": f"s3://{box.bucket}/{box.prefix}",
        "way": "typed",
        "where": "same",
        "role_arn": box.world.role_arn,
        "name": "farm-animals",
        "token": box.token.reveal(),
        "worker": "",
    }
    elsewhere: dict[str, str | bool] = {
        "where": "elsewhere",
        "output_uri": f"s3://{output.output_bucket}/{output.output_prefix}",
        "credentials": "other",
        "output_access_key_id": output.output.access_key_id,
        "output_secret_access_key": output.output.secret_access_key.reveal(),
    }
    return Demo(
        fill_ins=(
            ("a user who may also write", shared | _typed(box.writer)),
            ("a user who may only read", shared | _typed(box.reader)),
            ("a user who may only read, and another for the output", shared | _typed(box.reader) | elsewhere),
        ),
        check_command="(. /tmp/bucketlight-demo/env; bucketlight check --home /tmp/bucketlight-demo)",
        lend=lambda _key, _secret: None,
        profiles=("sandbox", ADMINISTRATOR),
    )


def _typed(user: UserAccess) -> dict[str, str | bool]:
    return {"access_key_id": user.access_key_id, "secret_access_key": user.secret_access_key.reveal()}


def secrets_of(box: Sandbox) -> tuple[Secret, ...]:
    """Return everything that no picture may show."""
    users = (box.admin, box.reader, box.writer, box.world.output)
    return (*(user.secret_access_key for user in users), box.token, box.world.external_id, EXTERNAL_ID)


def own_aws(folder: Path, box: Sandbox) -> None:
    """Let there be the profile of the sandbox's administrator, and no other."""
    path = folder / "aws"
    path.write_text(
        f"[{ADMINISTRATOR}]\naws_access_key_id = {box.admin.access_key_id}\n"
        f"aws_secret_access_key = {box.admin.secret_access_key.reveal()}\nregion = {box.region}\n",
        encoding="utf-8",
    )
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(path)
    os.environ["AWS_CONFIG_FILE"] = str(folder / "no-aws-config")


def date_everything(box: Sandbox) -> None:
    """Let every object in the sandbox be as old as the other."""
    from moto.s3.models import s3_backends

    for bucket in s3_backends[box.world.account_id]["aws"].buckets.values():
        for key in bucket.keys.values():
            key.last_modified = MOMENT


async def walk(see: Photographer) -> None:
    """Go through the app once, and take each picture."""
    await see.take("home-empty")
    await see.press("n")
    await see.at("needs")
    await see.press("ctrl+t")
    await see.take("setup-needs")
    await see.press("enter")
    await see.at("bucket")
    await see.press("ctrl+t")
    await see.take("setup-bucket")
    await see.press("enter")
    await see.at("access")
    await see.take("setup-access")
    await with_what_is_made(see)
    await with_an_administrator(see)
    await with_a_role(see)
    await with_a_writers_key(see)
    await with_a_readers_key(see)
    await to_another_place(see)
    await to_the_end(see)


async def to_limits(see: Photographer) -> None:
    """From the step Access over Output to Encryption, where credentials come last."""
    await see.press("enter")
    await see.at("output")
    await see.press("enter")
    await see.at("limits")
    await see.press("enter")


async def with_what_is_made(see: Photographer) -> None:
    """From the step Access to the plan of what is made in AWS, and back."""
    await see.answer(maker="make")
    await to_limits(see)
    await see.at("make")
    await see.answer(administrator_profile=ADMINISTRATOR)
    await see.take("setup-make")
    await see.press("enter")
    await see.at("make")
    await see.take("setup-make-plan")
    # From the plan the way back leads to the profile that it was made with.
    await see.back_to("access", "make", "limits", "output")


async def with_an_administrator(see: Photographer) -> None:
    """From the step Access to what is handed over, and back."""
    await see.answer(access="delegated", maker="hand-over")
    await to_limits(see)
    await see.at("role")
    await see.hand_over()
    await see.take("handoff")
    await see.press("escape")
    await see.back_to("access", "limits", "output")
    await see.answer(access="user", maker="have")


async def with_a_new_key(see: Photographer) -> None:
    """From home to the plan of how a key is replaced, and back."""
    await see.press("k")
    await see.until_asked("profile")
    await see.answer(profile=ADMINISTRATOR)
    await see.press("enter")
    await see.until_asked("account")
    await see.take("rotate")
    await see.press("escape", "escape")


async def with_a_role(see: Photographer) -> None:
    """From the step Access to the step Role, and back."""
    await see.press("down", "space", "enter")
    await see.at("role")
    await see.press("ctrl+t")
    await see.take("setup-role")
    await see.follow("console")
    await see.take("console")
    await see.press("escape", "escape")
    await see.at("access")
    await see.press("up", "space", "enter")
    await see.at("keys")


async def with_a_writers_key(see: Photographer) -> None:
    """From the step Keys to a light that works, and back."""
    await see.press("ctrl+t")
    await see.take("setup-keys")
    await see.press("enter")
    await see.at("output")
    await see.press("f2", "left", "p")
    await see.take("diagnosis-prove")
    await see.press("escape", "escape", "escape")
    await see.at("keys")


async def with_a_readers_key(see: Photographer) -> None:
    """From the step Keys to a light that fails, and why."""
    await see.press("ctrl+t", "enter")
    await see.at("output")
    await see.take("setup-write-fails")
    await see.press("f2")
    await see.take("diagnosis")
    await see.press("l")
    await see.take("diagnosis-closer")
    await see.press("escape", "escape")


async def to_another_place(see: Photographer) -> None:
    """From the step Output to the next, with the folders looked through on the way."""
    await see.press("down", "space")
    await see.follow("browse")
    await see.until_browsed()
    await see.take("browse")
    await see.press("escape", "ctrl+t", "ctrl+t", "enter")
    await see.at("limits")
    await see.press("escape")
    await see.at("output")
    await see.take("setup-output")
    await see.press("enter")
    await see.at("limits")


async def to_the_end(see: Photographer) -> None:
    """From the step Encryption to home."""
    await see.paste(KMS_KEY)
    await see.take("setup-encryption")
    await see.clear("kms_key_arn")
    await see.press("enter")
    await see.at("dataset")
    await see.press("ctrl+t")
    await see.take("setup-dataset")
    await see.press("enter")
    await see.at("save")
    await see.take("setup-save")
    await see.press("enter")
    await see.at("next")
    await see.take("setup-next")
    await see.press("f1")
    await see.take("help")
    await see.press("escape", "enter", "r")
    await see.until_checked()
    await see.take("home")
    await with_a_new_key(see)


async def make(folder: Path) -> None:
    """Make every picture in this folder."""
    with (
        Sandbox(seed=SEED, s3_port=S3_PORT, lightly_port=LIGHTLY_PORT) as box,
        tempfile.TemporaryDirectory() as home,
    ):
        date_everything(box)
        os.environ["HOME"] = home
        own_aws(Path(home), box)
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
            app.engine.secrets.put_draft_external_id(box.lightly_url, EXTERNAL_ID)
            await walk(Photographer(pilot, app, folder, secrets_of(box)))


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    target.mkdir(parents=True, exist_ok=True)
    SetupScreen.PLAN_STANDS = 0.0
    asyncio.run(make(target))
