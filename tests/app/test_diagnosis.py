"""Why a light is as it is: reached from everywhere, turned, handed on."""

from __future__ import annotations

from pathlib import Path

import pytest
from walker import Walker, World

from core.lights.states import State as LightState
from core.sandbox.calls import Aws
from tui.screens.diagnosis import DiagnosisScreen
from tui.screens.setup import SetupScreen


def shown(walker: Walker) -> tuple[str, LightState]:
    assert isinstance(walker.screen, DiagnosisScreen), walker.screen
    return walker.screen.light.operation.value, walker.screen.light.state


async def test_enter_on_a_light_opens_its_diagnosis(world: World) -> None:
    async with world.running() as walker:
        await world.to_dataset(walker, world.box.reader)
        for operation, state in [("list", LightState.GREEN), ("write", LightState.RED)]:
            cell = walker.screen.query_one(f"#light-{operation}")
            await walker.tab_to(lambda cell=cell: walker.screen.focused is cell)  # type: ignore[misc]
            await walker.press("enter")
            assert shown(walker) == (operation, state)
            await walker.press("escape")
            assert isinstance(walker.screen, SetupScreen)


@pytest.mark.parametrize("key", ["f2", "w"])
async def test_why_opens_the_diagnosis_of_what_is_least_well(world: World, key: str) -> None:
    async with world.running() as walker:
        await world.to_dataset(walker, world.box.reader)
        if key == "w":
            walker.screen.query_one("#light-list").focus()
        await walker.press(key)
        assert shown(walker) == ("write", LightState.RED)


async def test_left_and_right_go_round_the_lights(world: World) -> None:
    async with world.running() as walker:
        await world.to_dataset(walker, world.box.reader)
        await walker.press("f2")
        seen = []
        for key in ("right", "right", "right", "left"):
            await walker.press(key)
            seen.append(shown(walker)[0])
        assert seen == ["list", "read", "write", "read"]


async def test_a_fix_is_saved_with_its_evidence_to_a_new_file_in_the_present_folder(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    async with world.running() as walker:
        await world.to_dataset(walker, world.box.reader)
        await walker.press("f2", "s")
        (path,) = here.iterdir()
        assert "Saved" in walker.said()
        await walker.press("s")
        assert len(list(here.iterdir())) == 2
        assert isinstance(walker.screen, DiagnosisScreen)
        light = walker.screen.light
    text = path.read_text(encoding="utf-8")
    assert light.evidence is not None
    assert light.fix is not None
    for part in (light.summary, light.fix, light.evidence.call, light.evidence.code, light.evidence.request_id):
        assert part is not None
        assert part in text
    assert world.box.reader.secret_access_key.reveal() not in text


async def test_where_the_folder_cannot_be_written_that_is_said(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "gone"
    here.mkdir()
    monkeypatch.chdir(here)
    async with world.running() as walker:
        await world.to_dataset(walker, world.box.reader)
        here.rmdir()
        await walker.press("f2", "s")
        assert "cannot be written" in walker.said()


async def test_a_fix_is_sent_to_the_clipboard(world: World) -> None:
    async with world.running() as walker:
        await world.to_dataset(walker, world.box.reader)
        await walker.press("f2", "c")
        assert "s3:PutObject" in walker.app.clipboard
        assert walker.said()


async def test_checking_again_in_the_diagnosis_shows_there_what_is_so_now(world: World) -> None:
    aws = Aws(world.box.s3_url, world.box.admin, world.box.region)
    deny = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}}'
    try:
        async with world.running() as walker:
            await world.to_dataset(walker)
            await walker.press("f2")
            while shown(walker)[0] != "write":
                await walker.press("right")
            aws.iam("PutUserPolicy", UserName="lightly-writer", PolicyName="no-write", PolicyDocument=deny)
            await walker.press("r")
            await walker.until(lambda: shown(walker) == ("write", LightState.RED), "Write to fail")
            assert walker.lights()["write"] == "fails"
            assert walker.shows("Why Write fails")
            aws.iam("DeleteUserPolicy", UserName="lightly-writer", PolicyName="no-write")
            await walker.press("r")
            await walker.until(lambda: shown(walker) == ("write", LightState.GREEN), "Write to work again")
            await walker.press("escape")
            await walker.at("dataset")
    finally:
        aws.close()
