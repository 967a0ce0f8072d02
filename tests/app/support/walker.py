"""Driving the app in tests: keys in, what stands on the screen out, and a sandbox that counts what it is asked."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from textual import events
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

import core.store.secrets
from core.access import AccessKind, CredentialSource, SourceKind, UserAccess
from core.dataset import Dataset, Datasource, Purpose
from core.guide.fields import Info
from core.guide.flow import pending, view
from core.lightly.client import LightlyClient
from core.lightly.models import user_key_config
from core.location import S3Location
from core.needs import InputType, Needs
from core.sandbox import Sandbox
from core.sandbox.server import Answer, Request
from core.store.datasets import DatasetStore
from core.store.paths import Home
from core.store.secrets import MemorySecretStore, Opened
from tui.app import BucketlightApp
from tui.clocks import Clocks
from tui.engine import Demo, Setting
from tui.screens.home import HomeScreen
from tui.screens.setup import SetupScreen
from tui.widgets.choices import ChoiceField
from tui.widgets.dataset_row import DatasetRow
from tui.widgets.fields import FieldBox
from tui.widgets.secret_input import PlainInput
from tui.widgets.step_body import StepBody
from tui.widgets.strip import LightCell

__all__ = ["PATIENCE", "Walker", "World", "open_real_keyring", "screen_lines"]

open_real_keyring = core.store.secrets.open_secret_store
"""What opens the keyring that the machine has; in a `World` it is one in memory, unless this is put back."""

PATIENCE = 60.0
"""Seconds after which a wait has failed; nothing here comes near it."""

_TEXT = re.compile(r'<text class="(?!terminal[-\d]*-title)[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>', re.DOTALL)
_CELL = 12.2
_LINE = 24.4


def screen_lines(svg: str) -> list[str]:
    """Read the lines of text in a picture of the screen."""
    lines: dict[int, str] = {}
    for x, y, text in _TEXT.findall(svg):
        row, column = int(float(y) // _LINE), round(float(x) / _CELL)
        shown = html.unescape(text).replace("\xa0", " ").rstrip("\n")
        lines[row] = lines.get(row, "").ljust(column) + shown
    return [lines.get(row, "") for row in range(max(lines, default=-1) + 1)]


class Walker:
    """Somebody at the keyboard."""

    def __init__(self, app: BucketlightApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    # What is seen

    @property
    def screen(self) -> Screen[object]:
        return self.app.screen

    @property
    def setup(self) -> SetupScreen:
        assert isinstance(self.app.screen, SetupScreen), self.app.screen
        return self.app.screen

    @property
    def home(self) -> HomeScreen:
        assert isinstance(self.app.screen, HomeScreen), self.app.screen
        return self.app.screen

    @property
    def step(self) -> str:
        return self.setup.state.position.step

    def picture(self) -> str:
        return self.app.export_screenshot()

    def lines(self) -> list[str]:
        return screen_lines(self.picture())

    def text(self) -> str:
        """What stands on the screen, with every break and gap as one blank: wrapped sentences can be looked for."""
        return " ".join(" ".join(self.lines()).split())

    def shows(self, text: str) -> bool:
        """Tell whether a text stands on the screen, however it is wrapped."""
        return "".join(text.split()) in "".join("".join(self.lines()).split())

    def is_in_view(self, widget: Widget) -> bool:
        """Tell whether a widget is seen whole, with nothing in front of it and no scrolling."""
        found = self.screen.find_widget(widget)
        if not widget.region or found.visible_region != widget.region:
            return False
        top, _ = self.screen.get_widget_at(*widget.region.offset)
        return widget in top.ancestors_with_self

    def lights(self) -> dict[str, str]:
        """The words of the light strip: operation -> what it says."""
        found = {}
        for cell in self.screen.query(LightCell):
            words = str(cell.visual).removeprefix("> ").split(maxsplit=2)
            found[cell.operation.value] = words[2] if len(words) > 2 else ""
        return found

    def rows(self) -> list[DatasetRow]:
        return list(self.screen.query(DatasetRow))

    def row_words(self) -> list[str]:
        """What each dataset on the home screen says."""
        return [" ".join(str(row.render()).split()) for row in self.rows()]

    def said(self) -> str:
        """The line for what was just done."""
        return str(self.screen.query_one("#said", Static).visual)

    def box(self, name: str) -> FieldBox:
        return next(box for box in self.screen.query(FieldBox) if box.field_name == name)

    def fields(self) -> list[str]:
        return [box.field_name for box in self.screen.query(FieldBox)]

    def there(self) -> list[str]:
        """The names of the fields that are there for what is chosen now."""
        return [box.field_name for box in self.screen.query(FieldBox) if box.display]

    def message(self, name: str) -> str:
        """What is said at a field."""
        return str(self.box(name).query_one(".message", Static).visual)

    def problem(self, name: str) -> str:
        """What is wrong with a field; empty where nothing is."""
        return self.message(name) if self.box(name).query(".message.problem") else ""

    def hint(self, name: str) -> str:
        """What is odd about a field; empty where nothing is."""
        return self.message(name) if self.box(name).query(".message.hint") else ""

    def trouble(self) -> str:
        """What is wrong with the step as such."""
        return str(self.screen.query_one("#trouble", Static).visual)

    def plan_lines(self) -> tuple[str, ...]:
        """All that the step Save shows of what it would do, scrolled to or not."""
        return tuple(line for shown in view(self.setup.state).fields if isinstance(shown, Info) for line in shown.lines)

    def value(self, name: str) -> str | bool | None:
        return self.box(name).value

    # What is done

    async def until(self, done: Callable[[], bool], what: str = "") -> None:
        """Let the app work until a condition holds."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not done():
                    if self.app._exception is not None:
                        raise self.app._exception
                    await self.pilot.pause(0.01)
        except TimeoutError:
            raise AssertionError(f"this did not come: {what}\n" + "\n".join(self.lines())) from None
        await self.pilot.pause()

    async def sees(self, text: str) -> None:
        """Wait until a text stands on the screen, however it is wrapped."""
        await self.until(lambda: self.shows(text), text)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def burst(self, *keys: str) -> None:
        """Press keys as fast as they can be pressed, and let the app come after."""
        driver = self.app._driver
        assert driver is not None
        for key in keys:
            event = events.Key(key, key if len(key) == 1 else None)
            event.set_sender(self.app)
            driver.send_message(event)
        await self.until(lambda: not self.app.message_queue_size, "every key to be taken")

    async def type(self, text: str) -> None:
        await self.burst(*text)

    async def paste(self, text: str) -> None:
        """Paste, as the terminal does it."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def go_to(self, name: str) -> None:
        """Bring the cursor to a field."""
        assert self.box(name).focus_field(), name
        await self.pilot.pause()

    async def put(self, **answers: str) -> None:
        """Replace what stands in these fields by what is pasted."""
        for name, text in answers.items():
            await self.go_to(name)
            self.box(name).query_one(PlainInput).clear()
            await self.paste(text)

    async def tab_to(self, there: Callable[[], bool]) -> None:
        """Press Tab until a condition holds."""
        for _ in range(40):
            if there():
                return
            await self.press("tab")
        raise AssertionError("Tab does not lead there\n" + "\n".join(self.lines()))

    async def at(self, step: str, *, settled: bool = True) -> None:
        """Wait until the setup stands at a step, laid out, and nothing is under way."""

        def there() -> bool:
            screen = self.app.screen
            if not isinstance(screen, SetupScreen) or screen.state.position.step != step or not screen.ready:
                return False
            if settled and pending(screen.state):
                return False
            return self.fields() == [shown.name for shown in view(screen.state).fields]

        await self.until(there, f"the step {step}")

    async def quiet(self) -> None:
        """Wait until nothing is under way in the setup."""
        await self.until(lambda: self.setup.ready and not pending(self.setup.state), "quiet")

    async def fill(self, **answers: str | bool) -> None:
        """Have these answers stand in the fields, however they came there."""
        self.screen.query_one(StepBody).fill(answers)
        await self.pilot.pause()

    async def choose(self, name: str, value: str) -> None:
        """Go to a choice with the keyboard, and choose this option."""
        box = self.box(name)
        assert isinstance(box, ChoiceField), name
        await self.go_to(name)
        for key in ["up"] * 8 + ["down"] * 8:
            if box.pointed == value:
                break
            if box.has_focus_within:
                await self.press(key)
            else:
                await self.go_to(name)
        await self.press("space")
        assert self.value(name) == value

    async def confirm(self, step: str) -> None:
        """Press Enter, and wait until the setup stands at this step."""
        await self.press("enter")
        await self.at(step)


@dataclass
class World:
    """A sandbox, the folders of one person, and their keyring (in memory): what outlives a run of the app."""

    box: Sandbox
    folder: Path
    name: str
    monkeypatch: pytest.MonkeyPatch
    secrets: MemorySecretStore = field(default_factory=MemorySecretStore)
    s3_requests: list[tuple[str, str]] = field(default_factory=list)
    clocks: Clocks = field(default_factory=Clocks)

    def __post_init__(self) -> None:
        answer = self.box.aws.server._application

        def counted(request: Request) -> Answer:
            self.s3_requests.append((request.method, request.target))
            return answer(request)

        self.monkeypatch.setattr(self.box.aws.server, "_application", counted)
        self.monkeypatch.setattr(core.store.secrets, "open_secret_store", self._open_keyring)

    def _open_keyring(self, **_options: object) -> Opened:
        return Opened(self.secrets)

    @property
    def home(self) -> Home:
        return Home.at(self.folder)

    @property
    def uri(self) -> str:
        return f"s3://{self.box.bucket}/{self.box.prefix}"

    def asked(self) -> int:
        """How many requests both servers have had."""
        return len(self.s3_requests) + len(self.box.platform.requests)

    def connections(self) -> int:
        """How many connections both servers have had."""
        return self.box.aws.server.connections + self.box.platform.server.connections

    def creations(self) -> int:
        """How often the platform was asked to make a dataset."""
        return sum(1 for each in self.box.platform.requests if (each.method, each.path) == ("POST", "/v1/datasets"))

    def app(
        self,
        *,
        start: Literal["home", "setup"] = "setup",
        platform_url: str | None = None,
        endpoint_url: str | None = "sandbox",
        demo: Demo | None = None,
        ascii_only: bool = False,
        like: Dataset | None = None,
    ) -> BucketlightApp:
        """Make the app as this person starts it."""
        setting = Setting(
            home=self.home,
            platform_url=platform_url or self.box.lightly_url,
            endpoint_url=self.box.s3_url if endpoint_url == "sandbox" else endpoint_url,
            demo=demo,
            clocks=self.clocks,
            ascii=ascii_only,
        )
        return BucketlightApp(setting, start=start, like=like)

    @asynccontextmanager
    async def running(
        self,
        *,
        start: Literal["home", "setup"] = "setup",
        size: tuple[int, int] = (80, 24),
        platform_url: str | None = None,
        endpoint_url: str | None = "sandbox",
        demo: Demo | None = None,
        ascii_only: bool = False,
        like: Dataset | None = None,
        built: bool = True,
    ) -> AsyncIterator[Walker]:
        """Run the app; without more it stands at the first step of a setup."""
        app = self.app(
            start=start,
            platform_url=platform_url,
            endpoint_url=endpoint_url,
            demo=demo,
            ascii_only=ascii_only,
            like=like,
        )
        async with app.run_test(size=size) as pilot:
            walker = Walker(app, pilot)
            if built:
                await walker.until(lambda: app.engine is not None, "the engine")
            yield walker

    def demo(self, lent: list[str]) -> Demo:
        """What the demo would fill in here; the key IDs that it lends go into the list."""

        def answers(access: UserAccess) -> dict[str, str | bool]:
            return {
                "uri": self.uri,
                "access_key_id": access.access_key_id,
                "secret_access_key": access.secret_access_key.reveal(),
                "name": self.name,
                "token": self.box.token.reveal(),
            }

        return Demo(
            fill_ins=(("the writer", answers(self.box.writer)), ("the reader", answers(self.box.reader))),
            check_command="env $(cat /tmp/demo/env) bucketlight check --home /tmp/demo",
            lend=lambda key_id, _secret: lent.append(key_id),
        )

    def know(self, access: UserAccess, *, lightly_gets: UserAccess | None = None) -> Dataset:
        """Have a dataset that was set up on this machine: for images with thumbnails, so that it takes every light.

        `lightly_gets` is the key that the platform has, where that is another one.
        """
        source = Datasource(
            purpose=Purpose.INPUT_OUTPUT,
            location=S3Location(self.box.bucket, self.box.prefix),
            region=self.box.region,
            access=AccessKind.USER,
            access_key_id=access.access_key_id,
            credentials=CredentialSource(SourceKind.KEYRING),
            endpoint_url=self.box.s3_url,
        )
        with LightlyClient(self.box.lightly_url, self.box.token) as client:
            dataset = Dataset(
                name=self.name,
                dataset_id=client.create_dataset(self.name, InputType.IMAGES).dataset_id,
                needs=Needs(InputType.IMAGES, thumbnails=True),
                platform_url=self.box.lightly_url,
                datasources=(source,),
            )
            config = user_key_config(source, lightly_gets or access, thumbnails=True)
            client.configure_datasource(dataset.dataset_id or "", config)
        DatasetStore(self.home).save(dataset)
        self.secrets.put_access(dataset.platform_url, dataset.name, {source.purpose: access})
        self.secrets.put_token(dataset.platform_url, self.box.token)
        return dataset

    # Walks: `to_x` from the first step on, `to_x_from_y` from the step before.

    async def to_bucket(self, walker: Walker) -> None:
        """Answer the needs: images with thumbnails, which takes List, Read and Write."""
        await walker.at("needs")
        if walker.value("thumbnails") is False:
            await walker.go_to("thumbnails")
            await walker.press("space")
        await walker.confirm("bucket")

    async def to_access(self, walker: Walker) -> None:
        await self.to_bucket(walker)
        await walker.put(uri=self.uri)
        await walker.confirm("access")

    async def to_keys(self, walker: Walker) -> None:
        await self.to_access(walker)
        await walker.confirm("keys")

    async def to_role(self, walker: Walker) -> None:
        await self.to_access(walker)
        await walker.choose("access", "delegated")
        await walker.confirm("role")

    async def to_output(self, walker: Walker, access: UserAccess | None = None) -> None:
        await self.to_keys(walker)
        await self.to_output_from_keys(walker, access)

    async def to_output_from_keys(self, walker: Walker, access: UserAccess | None = None) -> None:
        access = access or self.box.writer
        await walker.put(access_key_id=access.access_key_id, secret_access_key=access.secret_access_key.reveal())
        await walker.confirm("output")

    async def to_output_from_role(self, walker: Walker) -> None:
        """From the first step on, with the sandbox's role."""
        await self.to_role(walker)
        await walker.put(role_arn=self.box.world.role_arn, external_id=self.box.world.external_id.reveal())
        await walker.confirm("output")

    async def to_limits(self, walker: Walker, access: UserAccess | None = None) -> None:
        await self.to_output(walker, access)
        await walker.confirm("limits")

    async def to_dataset(self, walker: Walker, access: UserAccess | None = None) -> None:
        await self.to_keys(walker)
        await self.to_dataset_from_keys(walker, access)

    async def to_dataset_from_keys(self, walker: Walker, access: UserAccess | None = None) -> None:
        """The output is the input's folder, and nothing is encrypted or limited."""
        await self.to_output_from_keys(walker, access)
        await self.to_dataset_from_output(walker)

    async def to_dataset_from_output(self, walker: Walker) -> None:
        await walker.confirm("limits")
        await walker.confirm("dataset")

    async def to_save(self, walker: Walker, access: UserAccess | None = None) -> None:
        await self.to_dataset(walker, access)
        await self.to_save_from_dataset(walker)

    async def to_save_from_dataset(self, walker: Walker) -> None:
        await walker.put(name=self.name, token=self.box.token.reveal())
        await walker.confirm("save")

    async def to_next(self, walker: Walker, access: UserAccess | None = None) -> None:
        await self.to_save(walker, access)
        await walker.confirm("next")
