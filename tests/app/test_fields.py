"""The fields of a step, with made-up views: what is shown, what is given back, what is copied."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from walker import PATIENCE, screen_lines

from core.access import Secret
from core.guide.fields import (
    Choice,
    Copy,
    Field,
    Info,
    Link,
    Opens,
    Option,
    Problem,
    Problems,
    SecretText,
    Shown,
    StepView,
    Text,
    Toggle,
)
from tui.screens.base import BaseScreen
from tui.theme import DARK
from tui.widgets.choices import beside
from tui.widgets.copy_row import CopyRow, folded
from tui.widgets.fields import FieldBox, LinkField
from tui.widgets.keybar import Key
from tui.widgets.secret_input import PlainInput
from tui.widgets.step_body import StepBody

WAY = Choice(
    name="way",
    label="Where is the key?",
    options=(Option("typed", "I type or paste it"), Option("file", "In a file", "the CSV of the console")),
    value="typed",
)
TYPED = Shown("way", ("typed",))
KEYS = (
    WAY,
    Text(name="access_key_id", label="Access key ID", value="", only_if=TYPED),
    SecretText(name="secret_access_key", label="Secret access key", only_if=TYPED),
    Text(name="key_file", label="File", value="", only_if=Shown("way", ("file",))),
)
ROLE = (
    Text(name="role_arn", label="Role ARN", value=""),
    Copy(name="account", label="Account ID", value="916419735646"),
    Copy(name="external", label="External ID", value=Secret("lightly-0123456789"), note="made for you"),
    Link(name="console", label="The way through the AWS console", opens=Opens.CONSOLE),
)


def a_view(fields: tuple[Field, ...], step: str = "keys", **more: object) -> StepView:
    plain: dict[str, object] = {"preview": (), "problems": {}, "hints": {}, "waiting": None} | more
    return replace(
        StepView(
            step=step,
            number=1,
            total=1,
            title="Keys",
            question="Which?",
            consequence="",
            fields=fields,
            preview=(),
            problems={},
            hints={},
            waiting=None,
            done=(),
            upcoming=(),
        ),
        **plain,  # type: ignore[arg-type]
    )


class Stage(BaseScreen):
    """A screen with a step and nothing behind it."""

    KEYS = (Key("reveal", "v", "show"),)
    BINDINGS = [("v", "reveal", "show")]

    def __init__(self, view: StepView) -> None:
        super().__init__()
        self.view = view
        self.opened: list[Opens] = []

    @property
    def body(self) -> StepBody:
        return self.query_one(StepBody)

    def compose_content(self) -> ComposeResult:
        yield StepBody()

    async def on_mount(self) -> None:
        await self.body.show(self.view)

    def on_field_box_changed(self) -> None:
        self.body.show_and_hide()

    def on_link_field_opened(self, message: LinkField.Opened) -> None:
        self.opened.append(message.opens)


class Theatre(App[None]):
    def __init__(self, view: StepView) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.stage = Stage(view)

    def get_default_screen(self) -> Stage:
        return self.stage

    def lines(self) -> list[str]:
        return screen_lines(self.export_screenshot())


@asynccontextmanager
async def on_stage(
    fields: tuple[Field, ...], size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Stage, Pilot[None]]]:
    app = Theatre(a_view(fields))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app.stage, pilot


def there(stage: Stage) -> list[str]:
    return [box.field_name for box in stage.query(FieldBox) if box.display]


def text(stage: Stage) -> str:
    assert isinstance(stage.app, Theatre)
    return "\n".join(stage.app.lines())


async def until(pilot: Pilot[None], done: Callable[[], bool]) -> None:
    """Let the app work until a condition holds."""
    async with asyncio.timeout(PATIENCE):
        while not done():
            await pilot.pause()


# Fields that hang on others


async def test_a_field_is_there_while_what_it_hangs_on_is_chosen() -> None:
    async with on_stage(KEYS) as (stage, pilot):
        assert there(stage) == ["way", "access_key_id", "secret_access_key"]
        await pilot.press("down", "space")
        assert there(stage) == ["way", "key_file"]
        assert list(stage.body.raw()) == ["way", "key_file"]


async def test_what_was_typed_into_a_hidden_field_is_there_when_it_comes_back() -> None:
    async with on_stage(KEYS) as (stage, pilot):
        stage.body.fill({"access_key_id": "AKIAIOSFODNN7EXAMPLE"})
        await pilot.press("down", "space")
        assert "access_key_id" not in stage.body.raw()
        await pilot.press("up", "space")
        assert stage.body.raw()["access_key_id"] == "AKIAIOSFODNN7EXAMPLE"


async def test_a_field_that_hangs_on_a_hidden_one_is_hidden_too() -> None:
    fields = (
        WAY,
        Toggle(name="copy", label="Copy it", value=True, only_if=Shown("way", ("file",))),
        Text(name="name", label="As", value="", only_if=Shown("copy", (True,))),
    )
    async with on_stage(fields) as (stage, pilot):
        assert there(stage) == ["way"]
        await pilot.press("down", "space")
        assert there(stage) == ["way", "copy", "name"]


async def test_a_field_that_goes_hands_the_cursor_to_the_one_that_decides() -> None:
    async with on_stage(KEYS) as (stage, pilot):
        stage.body.box("access_key_id").focus_field()
        await pilot.pause()
        stage.body.fill({"way": "file"})
        await pilot.pause()
        assert stage.focused is not None
        assert stage.body.box("way") in stage.focused.ancestors


async def test_what_is_said_of_a_field_that_is_not_there_is_said_of_the_step() -> None:
    async with on_stage(KEYS) as (stage, pilot):
        stage.body.refuse(Problems(key_file=Problem("There is no such file.")))
        await pilot.pause()
        assert "There is no such file." in text(stage)


async def test_options_that_change_leave_what_is_chosen_and_typed() -> None:
    async with on_stage(KEYS) as (stage, pilot):
        stage.body.fill({"access_key_id": "AKIA"})
        await pilot.press("down", "space")
        more = replace(WAY, options=(*WAY.options, Option("profile", "An AWS profile")))
        await stage.body.show(a_view((more, *KEYS[1:])))
        await pilot.pause()
        assert stage.body.raw()["way"] == "file"
        assert "An AWS profile" in text(stage)
        await pilot.press("up", "space")
        assert stage.body.raw()["access_key_id"] == "AKIA"


# Values to be copied


async def test_a_value_is_copied_only_when_somebody_asks_and_that_is_said() -> None:
    async with on_stage(ROLE) as (stage, pilot):
        assert stage.app.clipboard == ""
        row = stage.body.rows[0]
        row.focus()
        await pilot.pause()
        assert stage.app.clipboard == ""
        await pilot.press("enter")
        assert stage.app.clipboard == "916419735646"
        assert "Account ID: sent to the clipboard." in text(stage)


@pytest.mark.parametrize("way", ["c", "click"])
async def test_a_value_is_copied_with_c_and_with_a_click_too(way: str) -> None:
    async with on_stage(ROLE) as (stage, pilot):
        row = stage.body.rows[0]
        if way == "click":
            await pilot.click(row)
        else:
            row.focus()
            await pilot.press("c")
        await pilot.pause()
        assert stage.app.clipboard == "916419735646"


async def test_a_secret_to_be_copied_is_dots_until_v_and_dots_again_after() -> None:
    async with on_stage(ROLE) as (stage, pilot):
        assert "lightly-0123456789" not in text(stage)
        assert "••••••••" in text(stage)
        stage.body.rows[1].focus()
        await pilot.press("v")
        assert "lightly-0123456789" in text(stage)
        await pilot.press("v")
        assert "lightly-0123456789" not in text(stage)
        await pilot.press("enter")
        assert stage.app.clipboard == "lightly-0123456789"
        assert "lightly-0123456789" not in text(stage)


async def test_a_secret_that_changes_is_hidden_again() -> None:
    async with on_stage(ROLE) as (stage, pilot):
        stage.body.rows[1].focus()
        await pilot.press("v")
        other = replace(ROLE[2], value=Secret("lightly-another-one"))
        await stage.body.show(a_view((*ROLE[:2], other, ROLE[3])))
        await pilot.pause()
        assert "lightly-another-one" not in text(stage)


async def test_the_cursor_begins_at_what_is_to_be_answered_not_at_what_is_copied() -> None:
    async with on_stage((*ROLE[1:], ROLE[0])) as (stage, _pilot):
        assert isinstance(stage.focused, PlainInput)


async def test_a_link_opens_with_enter_and_with_a_click() -> None:
    async with on_stage(ROLE) as (stage, pilot):
        stage.body.box("console").focus_field()
        await pilot.press("enter")
        await pilot.click("#field-console")
        assert stage.opened == [Opens.CONSOLE, Opens.CONSOLE]


async def test_values_and_lines_stand_in_one_column() -> None:
    fields = (
        Text(name="role_arn", label="Role ARN", value="arn:aws:iam::111122223333:role/x"),
        Copy(name="account", label="Account ID", value="916419735646"),
    )
    async with on_stage(fields) as (stage, _pilot):
        lines = text(stage).splitlines()
        columns = [line.index(value) for line in lines for value in ("arn:aws", "916419735646") if value in line]
        assert len(columns) == 2
        assert columns[0] == columns[1]


def test_a_long_value_folds_and_a_document_is_cut_and_counted() -> None:
    assert folded("a" * 50, 20) == (["a" * 20, "a" * 20, "a" * 10], "")
    assert folded("a" * 90, 20) == (["a" * 20, "a" * 20, "a" * 19 + "…"], "")
    assert folded("{\n1\n2\n3\n}", 20) == (["{", "1", "2"], "… and 2 more lines")
    assert folded("{\n1\n2\n3", 20)[1] == "… and 1 more line"


async def test_a_value_that_does_not_fit_is_copied_whole() -> None:
    document = "\n".join(f"line {number}" for number in range(40))
    async with on_stage((Copy(name="policy", label="Policy", value=document),), size=(60, 20)) as (stage, pilot):
        await pilot.click(CopyRow)
        await pilot.pause()
        assert stage.app.clipboard == document


# Room


def test_a_note_stands_beside_its_label_or_folds_there_or_stands_below() -> None:
    assert beside("Same", "a note", 10, 40) == [("Same      ", "a note")]
    folds = beside("Same", "a note that is somewhat longer", 10, 36)
    assert [right for _, right in folds] == ["a note that is somewhat", "longer"]
    below = beside("A label that is long", "a note that is longer", 24, 40)
    assert below[0] == ("A label that is long", "")
    assert below[1][0] == "  "


async def test_going_past_the_options_changes_no_answer() -> None:
    fields = (replace(WAY, name="first"), replace(WAY, name="second"))
    async with on_stage(fields) as (stage, pilot):
        await pilot.press("down")
        assert "> ( ) In a file" in text(stage)
        await pilot.press("down", "down", "up", "up", "up")
        assert stage.body.raw() == {"first": "typed", "second": "typed"}


@pytest.mark.parametrize("key", ["space", "enter"])
async def test_space_or_enter_chooses_what_is_pointed_at(key: str) -> None:
    async with on_stage((WAY,)) as (stage, pilot):
        await pilot.press("down")
        assert stage.body.raw()["way"] == "typed"
        await pilot.press(key)
        assert stage.body.raw()["way"] == "file"


async def test_whoever_comes_to_the_options_begins_at_the_one_that_is_chosen() -> None:
    async with on_stage((WAY, Text(name="name", label="As", value=""))) as (stage, pilot):
        await pilot.press("down", "tab", "shift+tab")
        assert "> (•) I type or paste it" in text(stage)
        stage.body.box("name").focus_field()
        stage.body.fill({"way": "file"})
        await pilot.press("shift+tab")
        assert "> (•) In a file" in text(stage)


async def test_a_field_that_is_pinned_is_in_view_whatever_is_scrolled() -> None:
    plan = Info(name="plan", label="", lines=tuple(f"line {number}" for number in range(40)))
    account = Text(name="account", label="To agree", value="", note="of 111122223333", pinned=True)
    async with on_stage((plan, account)) as (stage, pilot):
        shown = text(stage)
        assert "line 0" in shown
        assert "To agree" in shown
        assert "of 111122223333" in shown
        await pilot.press("1")
        stage.body.refuse(Problems(account=Problem("That is another account.")))
        await pilot.pause()
        stage.body.scroll_end(animate=False)
        await pilot.pause()
        shown = text(stage)
        assert "line 39" in shown
        assert "That is another account." in shown
        assert stage.body.raw() == {"account": "1"}


async def test_a_click_chooses_the_option_whose_note_it_hits() -> None:
    note = "a note that takes two lines because there is not that much room for it in this terminal, alas"
    choice = replace(WAY, label="", options=(Option("typed", "First", note), Option("file", "Second")))
    async with on_stage((choice,), size=(60, 20)) as (stage, pilot):
        assert text(stage).count("alas") == 1
        lines = text(stage).splitlines()
        at = next(number for number, line in enumerate(lines) if "Second" in line)
        await pilot.click(offset=(8, at))
        assert stage.body.raw()["way"] == "file"
        await pilot.click(offset=(20, at - 1))
        assert stage.body.raw()["way"] == "typed"


async def test_a_long_list_scrolls_along_with_what_is_pointed_at() -> None:
    options = tuple(Option(f"p{number}", f"profile-{number}") for number in range(40))
    choice = Choice(name="profile", label="Which?", options=options, value="p0")
    async with on_stage((choice,)) as (stage, pilot):
        await pilot.press(*["down"] * 35)
        await until(pilot, lambda: "> ( ) profile-35" in text(stage))
        await pilot.press(*["up"] * 35)
        await until(pilot, lambda: "> (•) profile-0" in text(stage))


async def test_lines_that_are_only_read_change_with_the_view() -> None:
    async with on_stage((Info(name="plan", label="", lines=("one",)),)) as (stage, pilot):
        await stage.body.show(a_view((Info(name="plan", label="", lines=("two",)),)))
        await pilot.pause()
        assert "two" in text(stage)
