"""The walk through a setup: from the first screen to a saved dataset, forwards, backwards, with few keys."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

import pytest
from textual.widget import Widget
from walker import Walker, World

from core.lightly.client import LightlyClient
from core.lights.states import State as LightState
from core.needs import InputType
from core.sandbox.calls import Aws
from core.sandbox.server import Answer, Request
from core.store.datasets import DatasetStore
from tui.screens.diagnosis import DiagnosisScreen
from tui.screens.home import HomeScreen
from tui.widgets.fields import FieldBox
from tui.widgets.secret_input import PlainInput
from tui.widgets.strip import LightCell

GREEN = {"list": "works", "read": "works", "write": "works"}
WRITE_FAILS = {"list": "works", "read": "works", "write": "fails"}
UNCHECKED = {"list": "not checked", "read": "not checked", "write": "not checked"}


async def test_a_writers_key_goes_from_the_first_screen_to_three_green_lights_and_a_saved_dataset(world: World) -> None:
    async with world.running() as walker:
        await world.to_next(walker)
        assert walker.lights() == GREEN
        assert walker.shows(f"{world.name} is saved")
        assert walker.shows(f"bucketlight check {world.name}")
        await walker.press("enter")
        await walker.until(lambda: len(walker.rows()) == 1, "the dataset on the home screen")
    (saved,) = DatasetStore(world.home).load()
    (source,) = saved.datasources
    assert (saved.name, source.location.uri, source.region) == (world.name, world.uri, world.box.region)
    assert source.access_key_id == world.box.writer.access_key_id
    with LightlyClient(world.box.lightly_url, world.box.token) as client:
        found = client.find_dataset(world.name)
        assert found is not None
        assert found.id == saved.dataset_id
        (there,) = client.datasources(found.id)
        assert client.verify(found.id).can_write
    assert there.full_path == world.uri.rstrip("/") or there.full_path == world.uri
    assert world.secrets.get_access(saved.platform_url, saved.name) == {source.purpose: world.box.writer}
    assert world.secrets.get_token(saved.platform_url) == world.box.token


async def test_a_readers_key_shows_that_write_fails_why_and_what_to_do_and_is_saved_all_the_same(world: World) -> None:
    async with world.running() as walker:
        await world.to_dataset(walker, world.box.reader)
        assert walker.lights() == WRITE_FAILS
        await walker.press("f2")
        assert isinstance(walker.screen, DiagnosisScreen)
        light = walker.screen.light
        assert light.cause == "denied-identity-policy"
        assert walker.shows(light.summary)
        assert walker.shows('"Action": ["s3:PutObject", "s3:AbortMultipartUpload"]')
        await walker.press("escape")
        await walker.put(name=world.name, token=world.box.token.reveal())
        await walker.confirm("save")
        await walker.confirm("next")
        assert walker.lights() == WRITE_FAILS
    assert [dataset.name for dataset in DatasetStore(world.home).load()] == [world.name]


async def test_back_keeps_every_answer(world: World) -> None:
    async with world.running() as walker:
        await world.to_save(walker)
        for step in ("dataset", "limits", "output", "keys", "access", "bucket", "needs"):
            await walker.press("escape")
            await walker.at(step)
        assert walker.value("thumbnails") is True
        await walker.confirm("bucket")
        assert walker.value("uri") == world.uri
        await walker.confirm("access")
        assert walker.value("access") == "user"
        await walker.confirm("keys")
        assert walker.value("access_key_id") == world.box.writer.access_key_id
        assert walker.value("secret_access_key") == ""
        await walker.confirm("output")
        assert walker.value("where") == "same"
        await world.to_dataset_from_output(walker)
        assert walker.value("name") == world.name
        await walker.confirm("save")
        assert walker.lights() == GREEN


async def test_back_from_the_first_step_leads_home(world: World) -> None:
    async with world.running() as walker:
        await walker.at("needs")
        await walker.press("escape")
        await walker.until(lambda: isinstance(walker.screen, HomeScreen), "home")


async def test_everything_can_be_done_with_tab_enter_space_and_typing_alone(world: World) -> None:
    async def into(walker: Walker, name: str) -> None:
        await walker.tab_to(lambda: isinstance(walker.screen.focused, PlainInput) and name in _names(walker))

    def _names(walker: Walker) -> list[str]:
        focused = walker.screen.focused
        above = focused.ancestors_with_self if focused else []
        return [each.field_name for each in above if isinstance(each, FieldBox)]

    async def onward(walker: Walker, step: str) -> None:
        await walker.tab_to(lambda: walker.screen.focused is walker.screen.query_one("#key-next"))
        await walker.press("enter")
        await walker.at(step)

    async with world.running(start="home") as walker:
        await walker.tab_to(lambda: walker.screen.focused is walker.screen.query_one("#key-app-setup"))
        await walker.press("enter")
        await walker.at("needs")
        await walker.tab_to(lambda: "thumbnails" in _names(walker))
        await walker.press("space")
        assert walker.shows("Write needed")
        await onward(walker, "bucket")
        await into(walker, "uri")
        await walker.type(world.uri)
        await onward(walker, "access")
        await onward(walker, "keys")
        await into(walker, "access_key_id")
        await walker.type(world.box.writer.access_key_id)
        await into(walker, "secret_access_key")
        await walker.type(world.box.writer.secret_access_key.reveal())
        await onward(walker, "output")
        await onward(walker, "limits")
        await onward(walker, "dataset")
        await into(walker, "name")
        walker.box("name").query_one(PlainInput).clear()
        await walker.type(world.name)
        await into(walker, "token")
        await walker.type(world.box.token.reveal())
        await onward(walker, "save")
        await onward(walker, "next")
        assert walker.lights() == GREEN


async def test_the_arrows_go_from_option_to_option_and_from_field_to_field_and_space_answers(world: World) -> None:
    async with world.running() as walker:
        await walker.at("needs")
        await walker.press("down")
        assert walker.value("input_type") == "Images"
        await walker.press("space")
        assert walker.value("input_type") == "Videos"
        await walker.press("down", "space", "down", "space")
        assert (walker.value("object_level"), walker.value("thumbnails")) == (True, True)
        await walker.press("up", "space", "up", "up")
        assert (walker.value("input_type"), walker.value("object_level")) == ("Videos", False)


async def test_enter_on_another_option_chooses_it_and_the_next_enter_goes_on(world: World) -> None:
    async with world.running() as walker:
        await walker.at("needs")
        assert walker.shows("Enter next")
        await walker.press("down")
        assert walker.shows("Enter choose")
        await walker.press("enter")
        assert walker.step == "needs"
        assert walker.value("input_type") == "Videos"
        assert walker.shows("Enter next")
        await walker.press("up", "tab")
        assert walker.shows("Enter next")
        await walker.confirm("bucket")
        assert walker.setup.state.answers.needs is not None
        assert walker.setup.state.answers.needs.input_type is InputType.VIDEOS


async def test_no_request_goes_out_while_somebody_types(world: World) -> None:
    async def type_into(walker: Walker, **texts: str) -> None:
        before = world.asked(), world.connections()
        for name, text in texts.items():
            await walker.go_to(name)
            walker.box(name).query_one(PlainInput).clear()
            await walker.type(text)
            await walker.press("tab", "shift+tab")
        await walker.pilot.pause(0.2)
        assert (world.asked(), world.connections()) == before

    async with world.running() as walker:
        await world.to_bucket(walker)
        await type_into(walker, uri=world.uri)
        await walker.confirm("access")
        assert world.asked() > 0
        await walker.confirm("keys")
        writer = world.box.writer
        secret = writer.secret_access_key.reveal()
        await type_into(walker, access_key_id="ASIAIOSFODNN7EXAMPLE", secret_access_key=secret)
        await walker.press("enter")
        await walker.until(lambda: "session_token" in walker.fields(), "the session token's field")
        await type_into(
            walker, access_key_id=writer.access_key_id, secret_access_key=secret, session_token="abc/def+ghi"
        )
        walker.box("session_token").query_one(PlainInput).clear()
        await walker.confirm("output")
        await walker.choose("where", "elsewhere")
        await type_into(walker, output_uri=f"{world.uri}output/")
        await walker.choose("where", "same")
        await walker.confirm("limits")
        await type_into(walker, kms_key_arn="arn:aws:kms:eu-central-1:111122223333:key/0")
        walker.box("kms_key_arn").put("")
        await walker.confirm("dataset")
        await type_into(walker, name=world.name, token=world.box.token.reveal())


async def test_the_strip_is_in_view_on_every_step_and_says_not_checked_before_there_is_a_key(world: World) -> None:
    async with world.running() as walker:

        def is_there() -> bool:
            cells = list(walker.screen.query(LightCell))
            return len(cells) == 3 and all(walker.is_in_view(cell) for cell in cells)

        await walker.at("needs")
        assert is_there()
        await world.to_bucket(walker)
        assert is_there()
        assert walker.lights() == UNCHECKED
        await walker.put(uri=world.uri)
        await walker.confirm("access")
        assert is_there()
        await walker.confirm("keys")
        assert is_there()
        assert walker.lights() == UNCHECKED
        await world.to_output_from_keys(walker)
        assert is_there()
        assert walker.shows("user/lightly-writer")
        await walker.confirm("limits")
        assert is_there()
        await walker.confirm("dataset")
        assert is_there()
        await world.to_save_from_dataset(walker)
        assert is_there()
        await walker.confirm("next")
        assert is_there()
        assert walker.lights() == GREEN


@pytest.mark.parametrize(("key", "into_field"), [("r", False), ("ctrl+r", True), ("ctrl+r", False)])
async def test_checking_again_asks_anew(world: World, key: str, into_field: bool) -> None:
    async with world.running() as walker:
        await world.to_dataset(walker)
        if into_field:
            await walker.go_to("name")
        else:
            walker.screen.query_one("#light-list").focus()
        before = len(world.s3_requests)
        await walker.press(key)
        await walker.until(lambda: len(world.s3_requests) >= before + 3, "the requests of a check")
        await walker.quiet()
        assert walker.lights() == GREEN
        assert walker.step == "dataset"


async def test_the_lights_follow_what_changes_in_aws_when_checked_again(world: World) -> None:
    aws = Aws(world.box.s3_url, world.box.admin, world.box.region)
    deny = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}}'
    try:
        async with world.running() as walker:
            await world.to_dataset(walker)
            assert walker.lights() == GREEN
            aws.iam("PutUserPolicy", UserName="lightly-writer", PolicyName="no-write", PolicyDocument=deny)
            await walker.press("ctrl+r")
            await walker.until(lambda: walker.lights() == WRITE_FAILS, "Write to fail")
            aws.iam("DeleteUserPolicy", UserName="lightly-writer", PolicyName="no-write")
            await walker.press("ctrl+r")
            await walker.until(lambda: walker.lights() == GREEN, "Write to work again")
    finally:
        aws.close()


def controls_out_of_view(walker: Walker) -> list[Widget]:
    """What can be gone to on this screen but is not seen whole."""

    def is_there(widget: Widget) -> bool:
        return widget.focusable and all(each.display for each in widget.ancestors_with_self)

    controls = [each for each in walker.screen.query("*") if isinstance(each, Widget) and is_there(each)]
    assert len(controls) > 6
    return [each for each in controls if each.id != "step" and not walker.is_in_view(each)]


STEPS = ["needs", "bucket", "access", "keys", "role", "output", "limits", "dataset", "save", "next"]


@pytest.mark.parametrize("step", STEPS)
async def test_at_80x24_every_control_is_in_view_without_scrolling(world: World, step: str) -> None:
    async with world.running() as walker:
        await getattr(world, f"to_{step}")(walker) if step != "needs" else await walker.at("needs")
        assert controls_out_of_view(walker) == []


@pytest.mark.parametrize("way", ["typed", "file", "profile", "environment"])
async def test_at_80x24_every_way_to_a_key_is_in_view(
    world: World, way: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "credentials").write_text("[work]\naws_access_key_id = A\naws_secret_access_key = B\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "abc")
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.choose("way", way)
        assert controls_out_of_view(walker) == []


@pytest.mark.parametrize("access", ["user", "delegated"])
async def test_at_80x24_an_output_of_its_own_is_in_view(world: World, access: str) -> None:
    async with world.running() as walker:
        if access == "user":
            await world.to_output(walker)
        else:
            await world.to_output_from_role(walker)
        await walker.choose("where", "elsewhere")
        await walker.choose("credentials", "other")
        assert controls_out_of_view(walker) == []


async def test_the_dataset_steps_toggle_and_messages_leave_every_control_in_view(world: World) -> None:
    dataset = world.know(world.box.writer)
    async with world.running() as walker:
        await world.to_dataset(walker)
        await walker.put(name=dataset.name, token=world.box.token.reveal())
        await walker.press("enter")
        await walker.until(lambda: "reuse" in walker.fields(), "the offer to use what is there")
        await walker.quiet()
        assert controls_out_of_view(walker) == []


LETTERS = "qbrnwcsvoael?:"


async def test_letters_typed_into_a_field_are_text(world: World) -> None:
    async with world.running() as walker:
        await world.to_bucket(walker)
        before = world.asked()
        await walker.type(LETTERS)
        assert walker.value("uri") == LETTERS
        assert walker.step == "bucket"
        assert world.asked() == before


async def test_letters_outside_of_a_field_act(world: World) -> None:
    async with world.running() as walker:
        await walker.at("needs")
        for key, opened in [("question_mark", "HelpScreen"), ("colon", "ActionsScreen"), ("w", "DiagnosisScreen")]:
            await walker.press(key)
            assert type(walker.screen).__name__ == opened
            await walker.press("escape")
            await walker.at("needs")
        await world.to_bucket(walker)
        walker.screen.query_one("#light-list").focus()
        await walker.press("b")
        await walker.at("needs")
        await walker.press("b")
        await walker.until(lambda: isinstance(walker.screen, HomeScreen), "home")
        await walker.press("n")
        await walker.until(lambda: not isinstance(walker.screen, HomeScreen), "the setup")


async def test_every_action_of_a_screen_stands_in_the_list_of_all_actions_and_is_done_with_enter(world: World) -> None:
    async with world.running() as walker:
        await walker.at("needs")
        await walker.press("ctrl+o")
        assert walker.shows("All actions")
        await walker.press("enter")
        await walker.at("bucket")


async def test_a_change_of_the_key_drops_what_comes_late_of_the_old_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader's check hangs; the writer's is over; then the reader's answers come."""
    go_on, answered, late = threading.Event(), threading.Event(), world.box.reader.access_key_id
    answer = world.box.aws.server._application
    writes: list[int] = []

    def held_up(request: Request) -> Answer:
        if late not in (request.header("Authorization") or ""):
            return answer(request)
        go_on.wait()
        came = answer(request)
        if request.method == "PUT":
            writes.append(came.status)
            answered.set()
        return came

    monkeypatch.setattr(world.box.aws.server, "_application", held_up)
    seen: list[LightState] = []
    show = LightCell.show

    def watched(cell: LightCell, state: LightState, mark: str | None = None) -> None:
        seen.append(state)
        show(cell, state, mark)

    async with world.running() as walker:
        try:
            await world.to_keys(walker)
            await walker.put(access_key_id=late, secret_access_key=world.box.reader.secret_access_key.reveal())
            await walker.press("enter")
            await walker.at("output", settled=False)
            assert set(walker.lights().values()) == {"checking"}
            await walker.press("escape")
            await walker.at("keys", settled=False)
            monkeypatch.setattr(LightCell, "show", watched)
            await world.to_dataset_from_keys(walker)
            assert walker.lights() == GREEN
        finally:
            go_on.set()
        assert answered.wait(30)
        assert writes == [403]
        await walker.quiet()
        await walker.pilot.pause(0.2)
        assert walker.lights() == GREEN
        assert LightState.RED not in seen


async def test_keys_pressed_faster_than_the_screen_is_laid_out_break_nothing(world: World) -> None:
    async with world.running() as walker:
        await world.to_bucket(walker)
        await walker.put(uri=world.uri)
        await walker.burst(
            *["enter", "enter", "escape", "ctrl+r", "tab", "enter", "f2", "escape", "down", "enter", "escape"] * 8
        )
        # Where it has led depends on how fast the screen is; from everywhere there is a way home, and on from there.
        while not isinstance(walker.screen, HomeScreen):
            await walker.press("escape")
        await walker.press("n")
        await walker.until(lambda: not isinstance(walker.screen, HomeScreen), "another setup")
        assert walker.app.is_running


async def test_the_demo_fills_a_step_in_with_one_key_and_the_next_user_with_the_same_again(world: World) -> None:
    lent: list[str] = []
    demo = world.demo(lent)
    async with world.running(demo=demo) as walker:
        await world.to_bucket(walker)
        await walker.press("ctrl+t")
        assert walker.value("uri") == world.uri
        await walker.confirm("access")
        await walker.confirm("keys")
        await walker.press("ctrl+t", "ctrl+t")
        assert walker.value("access_key_id") == world.box.reader.access_key_id
        assert lent == [world.box.writer.access_key_id, world.box.reader.access_key_id]
        await walker.confirm("output")
        await world.to_dataset_from_output(walker)
        assert walker.lights() == WRITE_FAILS
        await walker.press("ctrl+t")
        assert walker.value("name") == world.name
        await walker.confirm("save")
        await walker.confirm("next")
        assert walker.shows(demo.check_command)


async def test_outside_of_the_demo_nothing_is_filled_in(world: World) -> None:
    async with world.running() as walker:
        await world.to_bucket(walker)
        await walker.press("ctrl+t")
        assert walker.value("uri") == ""
        assert dataclasses.asdict(walker.setup.state.position)["step"] == "bucket"
