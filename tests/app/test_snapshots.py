"""Screens as they look, beyond those in `screenshots/` (see test_pictures): with problems, small, light, colourless.

`pytest tests/app/test_snapshots.py --snapshot-update` takes them anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from walker import Walker, World

from core.sandbox import Sandbox

Compare = Callable[..., bool]
Walk = Callable[[World, Walker], Awaitable[None]]


@pytest.fixture(scope="module")
def seeded() -> Iterator[Sandbox]:
    """The same sandbox each time: names and keys from a seed, ports that no system lends out by itself."""
    with Sandbox(seed=7, s3_port=21082, lightly_port=21083) as sandbox:
        yield sandbox


@pytest.fixture
def world(seeded: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(seeded, tmp_path / "bucketlight", "farm-animals", monkeypatch)


async def another_kind_of_address(world: World, walker: Walker) -> None:
    await world.to_bucket(walker)
    await walker.put(uri=f"https://{world.box.bucket}.s3.eu-central-1.amazonaws.com/{world.box.prefix}")
    await walker.press("enter")


async def keys_left_empty(world: World, walker: Walker) -> None:
    await world.to_keys(walker)
    await walker.press("enter")


async def a_temporary_key(world: World, walker: Walker) -> None:
    await world.to_keys(walker)
    await walker.put(access_key_id="ASIAIOSFODNN7EXAMPLE", secret_access_key="x" * 40)
    await walker.press("enter")
    await walker.until(lambda: "session_token" in walker.fields(), "the session token's field")


async def a_name_that_is_taken(world: World, walker: Walker) -> None:
    world.name = "taken"
    if not world.home.datasets_file.exists():
        world.know(world.box.writer)
    await world.to_dataset(walker)
    await walker.put(name="taken", token=world.box.token.reveal())
    await walker.press("enter")
    await walker.until(lambda: "reuse" in walker.fields(), "the offer to use what is there")
    await walker.quiet()


async def a_refused_token(world: World, walker: Walker) -> None:
    await world.to_dataset(walker, world.box.reader)
    await walker.put(token="not-the-token-of-anybody")
    await walker.press("enter")
    await walker.until(lambda: bool(walker.problem("token")), "the problem")


async def all_actions(world: World, walker: Walker) -> None:
    await world.to_dataset(walker)
    await walker.press("ctrl+o")


async def in_light_colours(world: World, walker: Walker) -> None:
    await world.to_dataset(walker, world.box.reader)
    walker.app.action_change_light()


async def as_it_is(world: World, walker: Walker) -> None:
    await world.to_dataset(walker, world.box.reader)


async def the_first_step(world: World, walker: Walker) -> None:
    await walker.at("needs")


WALKS: dict[str, tuple[Walk, tuple[int, int]]] = {
    "another-kind-of-address": (another_kind_of_address, (80, 24)),
    "keys-left-empty": (keys_left_empty, (80, 24)),
    "a-temporary-key": (a_temporary_key, (80, 24)),
    "a-name-that-is-taken": (a_name_that_is_taken, (80, 24)),
    "a-refused-token": (a_refused_token, (80, 24)),
    "all-actions": (all_actions, (80, 24)),
    "light-colours": (in_light_colours, (80, 24)),
    "smallest": (as_it_is, (60, 20)),
    "smallest-first-step": (the_first_step, (60, 20)),
    "wide": (as_it_is, (120, 40)),
}


@pytest.mark.parametrize("name", WALKS)
def test_a_setup_looks_as_it_should(world: World, snap_compare: Compare, name: str) -> None:
    walk, size = WALKS[name]

    async def before(pilot: Pilot[int]) -> None:
        walker = Walker(app, pilot)
        await walker.until(lambda: app.engine is not None, "the engine")
        await walk(world, walker)

    app = world.app()
    assert snap_compare(app, terminal_size=size, run_before=before)


def test_a_terminal_that_is_too_small_says_how_much_room_it_takes(world: World, snap_compare: Compare) -> None:
    async def before(pilot: Pilot[int]) -> None:
        await pilot.pause()

    assert snap_compare(world.app(), terminal_size=(59, 20), run_before=before)


def test_without_colours_a_setup_looks_as_it_should(
    world: World, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def before(pilot: Pilot[int]) -> None:
        walker = Walker(app, pilot)
        await walker.until(lambda: app.engine is not None, "the engine")
        await as_it_is(world, walker)

    app = world.app()
    assert snap_compare(app, run_before=before)


def test_what_was_left_is_asked_about_as_it_should(world: World, snap_compare: Compare) -> None:
    async def leave() -> None:
        async with world.running() as walker:
            await world.to_keys(walker)

    asyncio.run(leave())

    async def before(pilot: Pilot[int]) -> None:
        walker = Walker(app, pilot)
        await walker.sees("was left before it was done")

    app = world.app()
    assert snap_compare(app, run_before=before)


def test_several_datasets_look_as_they_should(world: World, snap_compare: Compare) -> None:
    async def before(pilot: Pilot[int]) -> None:
        walker = Walker(app, pilot)
        await walker.until(lambda: len(walker.rows()) == 3, "the datasets")
        await walker.press("r")
        await walker.until(lambda: all(row.principal for row in walker.rows()), "the end of the checks")

    for name, access, platforms in [
        ("cows", world.box.writer, None),
        ("hens-and-their-chicks", world.box.reader, None),
        ("sheep", world.box.writer, world.box.reader),
    ]:
        world.name = name
        world.know(access, lightly_gets=platforms)
    app = world.app(start="home")
    assert snap_compare(app, run_before=before)
