"""Why a light is as it is: reached from everywhere, turned, handed on."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Literal

import pytest
from made_up import HandClock
from walker import Walker, World

from core.lights.states import State as LightState
from core.sandbox.calls import Aws, CallError
from tui.clocks import Clocks
from tui.not_yet import NotYet
from tui.screens.consent import ConsentScreen
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


def probes_in(world: World, before: int) -> list[str]:
    """The methods of the requests for the probe's own object since then."""
    return [method for method, target in world.s3_requests[before:] if "bucketlight-probe" in target]


async def to_write(walker: Walker) -> None:
    """Open the diagnosis of Write."""
    await walker.press("f2")
    while shown(walker)[0] != "write":
        await walker.press("right")


async def prove(world: World, walker: Walker) -> None:
    """Agree to the proof of Write, and see it made."""
    before = len(world.s3_requests), len(world.box.platform.requests)
    await walker.press("p")
    assert isinstance(walker.screen, ConsentScreen)
    assert walker.shows(f"{world.uri}.lightly/")
    assert len(world.s3_requests) == before[0], "nothing is asked before it is agreed to"
    await walker.press("enter")
    await walker.until(
        lambda: probes_in(world, before[0])[-1:] == ["DELETE"] and shown(walker)[1] is not LightState.CHECKING,
        "the proof",
    )
    assert probes_in(world, before[0])[:2] == ["PUT", "GET"]
    assert len(world.box.platform.requests) == before[1], "nobody agreed to Lightly's own test"


async def test_write_is_proved_from_the_setup_once(world: World) -> None:
    async with world.running() as walker:
        await world.to_dataset(walker)
        await to_write(walker)
        await prove(world, walker)
        assert shown(walker)[1] in {LightState.GREEN, LightState.AMBER}
        before = len(world.s3_requests)
        await walker.press("r")
        await walker.until(lambda: probes_in(world, before) != [], "the check")
        await walker.until(lambda: shown(walker)[1] is not LightState.CHECKING, "its end")
        assert probes_in(world, before) == ["PUT"], "the next check makes a dry run again"


async def test_write_is_proved_from_home(world: World) -> None:
    world.know(world.box.writer)
    async with world.running(start="home") as walker:
        await walker.until(lambda: bool(walker.rows()), "the dataset")
        await walker.press("r")
        await walker.until(lambda: walker.rows()[0].checked_at is not None, "the check")
        await to_write(walker)
        await prove(world, walker)
        assert shown(walker)[1] in {LightState.GREEN, LightState.AMBER}
        await walker.press("escape")
        result = walker.rows()[0].result
        assert result is not None
        assert result.platform, "what Lightly said before still holds"


async def test_a_closer_look_asks_iam_and_the_bucket_only_when_it_was_agreed_to(world: World) -> None:
    def looks() -> list[str]:
        return [target for method, target in world.s3_requests if method == "GET" and "?policy" in target]

    async with world.running() as walker:
        await world.to_dataset(walker, world.box.reader)
        await to_write(walker)
        await walker.press("l", "escape")
        assert looks() == []
        await walker.press("l", "enter")
        await walker.until(lambda: looks() != [], "the look at the bucket's policy")
        await walker.until(lambda: shown(walker)[1] is LightState.RED, "the light")


@pytest.mark.parametrize("start", ["setup", "home"])
async def test_after_a_fix_in_iam_waiting_ends_with_a_light_that_works(
    world: World, monkeypatch: pytest.MonkeyPatch, start: Literal["setup", "home"]
) -> None:
    clock = HandClock()
    world.clocks = Clocks(seconds=lambda: clock.seconds)
    monkeypatch.setattr(NotYet, "EVERY", 3600.0)
    allow = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}}'
    aws = Aws(world.box.s3_url, world.box.admin, world.box.region)
    try:
        if start == "home":
            world.know(world.box.reader)
        async with world.running(start=start) as walker:
            if start == "setup":
                await world.to_dataset(walker, world.box.reader)
                await walker.quiet()
            else:
                await walker.until(lambda: bool(walker.rows()), "the dataset")
                await walker.press("r")
                await walker.until(lambda: walker.rows()[0].checked_at is not None, "the check")
            await to_write(walker)
            screen = walker.screen
            assert isinstance(screen, DiagnosisScreen)
            assert shown(walker) == ("write", LightState.RED)
            before = len(world.s3_requests), len(world.box.platform.requests)
            await walker.press("f")
            await walker.sees("next try in 1 s, 60 s left")
            assert screen.light.cause == "not-yet-propagated"
            aws.iam("PutUserPolicy", UserName="lightly-reader", PolicyName="may-write", PolicyDocument=allow)
            clock.seconds += 1
            screen.not_yet.tick()
            await walker.sees("It works now. One more try, to be sure.")
            assert len(world.box.platform.requests) == before[1], "Lightly is not asked for each try"
            clock.seconds += 2
            screen.not_yet.tick()
            await walker.until(lambda: not screen.not_yet.waits, "the end of the waiting")
            assert "two checks in a row" in walker.said()
            if start == "home":
                await walker.until(lambda: len(world.box.platform.requests) > before[1], "Lightly's own word")
                await walker.until(lambda: shown(walker)[1] is not LightState.CHECKING, "the last check")
            assert shown(walker) == ("write", LightState.GREEN)
            assert set(probes_in(world, before[0])) == {"PUT"}, "dry runs only"
    finally:
        with contextlib.suppress(CallError):
            aws.iam("DeleteUserPolicy", UserName="lightly-reader", PolicyName="may-write")
        aws.close()


async def test_in_the_setup_the_strip_counts_down_as_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = HandClock()
    world.clocks = Clocks(seconds=lambda: clock.seconds)
    monkeypatch.setattr(NotYet, "EVERY", 3600.0)
    async with world.running() as walker:
        await world.to_dataset(walker, world.box.reader)
        await walker.quiet()
        await walker.press("ctrl+o")
        assert walker.shows("f I fixed it")
        await walker.press("escape")
        walker.screen.query_one("#light-list").focus()
        await walker.press("f")
        await walker.sees("next try in 1 s, 60 s left")
        assert walker.lights()["write"] == "not proven"
        await walker.press("escape")
        assert walker.step == "dataset", "Esc stops the waiting first"
        assert not walker.setup.not_yet.waits
        assert not walker.shows("s left")
        await walker.press("f")
        setup = walker.setup
        await walker.press("w")
        assert not setup.not_yet.waits, "the diagnosis waits by itself"


async def test_leaving_while_a_fix_spreads_waits_for_nothing(world: World) -> None:
    async with world.running() as walker:
        await world.to_dataset(walker, world.box.reader)
        await to_write(walker)
        await walker.press("f")
        await walker.sees("next try in")
        await walker.press("q")
        assert walker.app.return_value == 0


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
