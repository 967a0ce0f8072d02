"""Leaving, terminals that are too small, and terminals without colours."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from walker import Walker, World

import tui.app
from core.sandbox.server import Answer, Request
from core.store.paths import Home
from tui.app import BucketlightApp
from tui.engine import Engine, Setting
from tui.run import run_app


async def test_q_leaves_with_0(world: World) -> None:
    async with world.running(start="home") as walker:
        await walker.press("q")
        assert walker.app.return_value == 0


async def test_ctrl_q_leaves_with_0_from_inside_of_a_field(world: World) -> None:
    async with world.running() as walker:
        await world.to_bucket(walker)
        await walker.press("ctrl+q")
        assert walker.app.return_value == 0


async def test_keys_behind_the_one_that_leaves_are_dropped(world: World) -> None:
    async with world.running() as walker:
        await walker.press("ctrl+q")
    # By now the screens are gone; a key that was read with the last one may still be in the queue.
    await walker.app.on_event(events.Key("escape", None))
    assert walker.app.return_value == 0


@pytest.mark.parametrize("step", ["needs", "keys"])
async def test_ctrl_c_says_once_how_to_leave_and_leaves_the_second_time_with_130(world: World, step: str) -> None:
    async with world.running() as walker:
        await walker.at("needs") if step == "needs" else await world.to_keys(walker)
        await walker.press("ctrl+c")
        assert "Ctrl+C" in walker.said()
        assert walker.app.return_value is None
        await walker.press("ctrl+c")
        assert walker.app.return_value == 130


async def test_a_second_ctrl_c_much_later_is_a_first_one_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return clock[0]

    async with world.running(start="home") as walker:
        monkeypatch.setattr(tui.app, "time", Clock)
        await walker.press("ctrl+c")
        clock[0] += 10
        await walker.press("ctrl+c")
        assert walker.app.return_value is None


async def test_leaving_while_a_check_hangs_waits_for_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, hanging = threading.Event(), threading.Event()
    answer = world.box.aws.server._application

    def held_up(request: Request) -> Answer:
        if world.box.writer.access_key_id in (request.header("Authorization") or ""):
            hanging.set()
            go_on.wait()
        return answer(request)

    monkeypatch.setattr(world.box.aws.server, "_application", held_up)
    try:
        async with world.running() as walker:
            await world.to_keys(walker)
            access = world.box.writer
            await walker.put(access_key_id=access.access_key_id, secret_access_key=access.secret_access_key.reveal())
            await walker.press("enter")
            await walker.until(hanging.is_set, "the check")
            await walker.press("ctrl+q")
            assert walker.app.return_value == 0
        assert not go_on.is_set()
    finally:
        go_on.set()


@pytest.mark.parametrize("end", [lambda app: app.action_leave(), lambda app: app._end_by(15)], ids=["key", "signal"])
def test_leaving_waits_for_what_the_keyring_is_still_to_keep(
    end: Callable[[BucketlightApp], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, kept, run = threading.Event(), threading.Event(), BucketlightApp.run

    def keep() -> None:
        left.wait()
        kept.set()

    def without_terminal(app: BucketlightApp) -> int | None:
        async def leave(pilot: Pilot[object]) -> None:
            while app.engine is None:
                await pilot.pause()
            app.engine.keyring.run(keep)
            end(app)

        code = run(app, headless=True, auto_pilot=leave)
        left.set()
        return code

    monkeypatch.setattr(BucketlightApp, "run", without_terminal)
    monkeypatch.setattr("tui.run._keep_memory_private", lambda: None)
    monkeypatch.setattr("tui.engine._FAREWELL", None)
    run_app(home=Home.at(tmp_path), platform_url="http://127.0.0.1:9")
    assert kept.is_set()


# Too small


@pytest.mark.parametrize("size", [(59, 20), (60, 19), (20, 5)])
async def test_a_terminal_that_is_too_small_says_so_does_nothing_and_loses_nothing(
    world: World, size: tuple[int, int]
) -> None:
    async with world.running() as walker:
        await world.to_bucket(walker)
        await walker.put(uri=world.uri)
        before = world.asked()
        await walker.pilot.resize_terminal(*size)
        await walker.pilot.pause()
        assert walker.shows("60x20")
        assert walker.shows(f"{size[0]}x{size[1]}")
        assert not walker.shows("S3 URI")
        await walker.press("enter", "x", "y", "escape", "ctrl+r", "f1", "f2", "tab", "enter", "backspace")
        assert world.asked() == before
        assert walker.step == "bucket"
        await walker.pilot.resize_terminal(80, 24)
        await walker.pilot.pause()
        assert walker.shows("S3 URI")
        assert walker.value("uri") == world.uri
        await walker.go_to("uri")
        await walker.confirm("access")


@pytest.mark.parametrize(("key", "code"), [("q", 0), ("ctrl+q", 0)])
async def test_a_terminal_that_is_too_small_can_be_left(world: World, key: str, code: int) -> None:
    async with world.running(size=(59, 20)) as walker:
        await walker.pilot.pause()
        await walker.press(key)
        assert walker.app.return_value == code


async def test_a_terminal_of_60x20_is_large_enough(world: World) -> None:
    async with world.running(size=(60, 20)) as walker:
        await walker.at("needs")
        assert not walker.shows("Make it larger")
        await world.to_next(walker)
        assert walker.lights() == {"list": "works", "read": "works", "write": "works"}


# Without colours


async def test_without_colours_the_words_and_symbols_are_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    def colours(walker: Walker) -> set[str]:
        used = set(re.findall(r"#[0-9a-fA-F]{6}", walker.picture()))
        window = {"#ff5f57", "#febc2e", "#28c840"}  # the buttons of the window that Rich draws around
        return {each for each in used - window if len({each[1:3], each[3:5], each[5:7]}) > 1}

    async with world.running() as walker:
        await world.to_dataset(walker, world.box.reader)
        text = walker.text()
        assert text.count("✓ works") == 2
        assert "✗ fails" in text
        assert colours(walker) <= {"#c5c8c6"}  # the window's title


async def test_an_app_whose_parts_cannot_be_built_leaves_with_a_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(_setting: Setting) -> Engine:
        raise ImportError("a library is damaged")

    monkeypatch.setattr("tui.engine.build_engine", broken)
    app = BucketlightApp(Setting(home=Home.at(tmp_path), platform_url="http://127.0.0.1:9"))
    async with app.run_test():
        async with asyncio.timeout(30):
            while app.return_value is None:
                await asyncio.sleep(0)
    assert app.return_value == 70, "not 1, which means that a light is red"
