"""Home: what stands there at first, and what a check does to it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from walker import World

import tui.engine
from core.access import AccessKind
from core.provision.journal import Entry, Journal, Task
from core.store.datasets import DatasetStore
from core.store.secrets import MemorySecretStore
from tui.engine import Engine, Setting
from tui.screens.diagnosis import DiagnosisScreen
from tui.screens.home import HomeScreen
from tui.screens.setup import SetupScreen

GREEN = {"list": "works", "read": "works", "write": "works"}


async def test_the_first_frame_bears_the_name_before_anything_slow_is_built(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, build = threading.Event(), tui.engine.build_engine

    def slow(setting: Setting) -> Engine:
        go_on.wait()
        return build(setting)

    monkeypatch.setattr(tui.engine, "build_engine", slow)
    async with world.running(start="home", built=False) as walker:
        await walker.pilot.pause()
        assert walker.app.engine is None
        assert "bucketlight" in walker.lines()[0]
        await walker.press("n")
        assert isinstance(walker.screen, HomeScreen)
        assert "starting" in walker.said()
        go_on.set()
        await walker.until(lambda: walker.app.engine is not None, "the engine")


async def test_without_a_dataset_home_shows_the_ways_in(world: World) -> None:
    async with world.running(start="home") as walker:
        await walker.sees("No dataset is known on this machine yet")
        assert walker.shows("bucketlight demo")
        await walker.press("n")
        await walker.at("needs")


async def test_the_way_into_a_setup_is_also_a_label_that_tab_reaches(world: World) -> None:
    async with world.running(start="home") as walker:
        await walker.tab_to(lambda: walker.screen.focused is walker.screen.query_one("#key-app-setup"))
        await walker.press("enter")
        await walker.at("needs")


async def test_the_way_into_a_setup_taken_twice_at_once_leads_into_one(world: World) -> None:
    async with world.running(start="home") as walker:
        for _ in range(2):
            walker.app.action_setup()
        await walker.at("needs")
        assert sum(isinstance(screen, SetupScreen) for screen in walker.app.screen_stack) == 1


async def test_a_file_that_somebody_broke_is_named_with_its_line_and_left_alone(world: World) -> None:
    path = world.home.datasets_file
    path.parent.mkdir(parents=True)
    broken = b"schema: 1\ndatasets:\n  - name: [farm\n"
    path.write_bytes(broken)
    async with world.running(start="home") as walker:
        await walker.sees(f"{path}, line ")
        await walker.press("r")
        assert walker.rows() == []
    assert path.read_bytes() == broken


async def test_known_datasets_are_listed_unchecked_and_nothing_is_asked(world: World) -> None:
    world.know(world.box.writer)
    before = world.asked(), world.connections()
    async with world.running(start="home") as walker:
        await walker.until(lambda: len(walker.rows()) == 1, "the dataset")
        assert walker.shows(f"{world.name} {world.uri}")
        assert walker.row_words()[0].count("not checked") == 3
        await walker.press("tab", "down", "up", "question_mark", "escape")
        await walker.pilot.pause(0.2)
        assert (world.asked(), world.connections()) == before


async def test_checking_again_turns_the_lights_of_each_dataset_to_what_is_so(world: World) -> None:
    world.know(world.box.writer)
    first, world.name = world.name, f"{world.name}-reader"
    world.know(world.box.reader)
    async with world.running(start="home") as walker:
        await walker.until(lambda: len(walker.rows()) == 2, "both datasets")
        await walker.press("r")
        await walker.until(lambda: all(row.principal for row in walker.rows()), "the end of both checks")
        words = {row.dataset.name: text for row, text in zip(walker.rows(), walker.row_words(), strict=True)}
        assert words[first].count("works") == 3
        assert words[world.name].count("works") == 2
        assert "Write ✗ fails" in words[world.name]
        assert walker.shows("s3:PutObject") or "Write fails" in walker.text()


async def test_w_on_a_dataset_says_why_its_worst_light_is_as_it_is(world: World) -> None:
    world.know(world.box.reader)
    async with world.running(start="home") as walker:
        await walker.until(lambda: bool(walker.rows()), "the dataset")
        await walker.press("r")
        await walker.until(lambda: walker.rows()[0].principal is not None, "the check")
        await walker.press("w")
        assert isinstance(walker.screen, DiagnosisScreen)
        assert "Why Write fails" in walker.text()
        assert walker.shows("s3:PutObject")
        await walker.press("escape")
        await walker.until(lambda: isinstance(walker.screen, HomeScreen), "home")


async def test_what_lightly_refuses_is_shown_although_it_works_from_here(world: World) -> None:
    world.know(world.box.writer, lightly_gets=world.box.reader)
    async with world.running(start="home") as walker:
        await walker.until(lambda: bool(walker.rows()), "the dataset")
        await walker.press("r")
        await walker.until(lambda: walker.rows()[0].principal is not None, "the check")
        assert "Write ✗ fails" in walker.row_words()[0]
        await walker.press("w")
        assert walker.shows("platform-denies")


async def test_a_row_names_lightly_where_lightly_decides(world: World) -> None:
    world.know(world.box.writer, lightly_gets=world.box.reader)
    async with world.running(start="home") as walker:
        await walker.until(lambda: bool(walker.rows()), "the dataset")
        await walker.press("r")
        await walker.until(lambda: walker.rows()[0].principal is not None, "the check")
        assert "By Lightly: Write fails" in walker.row_words()[0]
        await walker.press("w")
        assert walker.shows("Why Write fails at Lightly")
        assert walker.shows("from here Write works")


async def test_a_row_that_works_says_where_lightly_could_not_be_asked(world: World) -> None:
    dataset = world.know(world.box.writer)
    keys = world.secrets.get_access(dataset.platform_url, dataset.name)
    world.secrets = MemorySecretStore()  # without the token
    world.secrets.put_access(dataset.platform_url, dataset.name, keys)
    async with world.running(start="home") as walker:
        await walker.until(lambda: bool(walker.rows()), "the dataset")
        await walker.press("r")
        await walker.until(lambda: walker.rows()[0].principal is not None, "the check")
        words = walker.row_words()[0]
        assert words.count("works") == 3
        assert "By Lightly: " in words
        assert "not proven" in words


async def test_checking_again_in_the_diagnosis_of_a_row_checks_that_dataset_alone(world: World) -> None:
    world.know(world.box.writer)
    world.name = f"{world.name}-other"
    world.know(world.box.reader)
    async with world.running(start="home") as walker:
        await walker.until(lambda: len(walker.rows()) == 2, "both datasets")
        first, second = walker.rows()
        await walker.press("w", "r")
        await walker.until(lambda: first.checked_at is not None, "the check")
        assert second.checked_at is None


async def test_rows_that_are_there_keep_their_lights_when_one_more_is_set_up(world: World) -> None:
    world.know(world.box.writer)
    async with world.running(start="home") as walker:
        await walker.until(lambda: bool(walker.rows()), "the dataset")
        await walker.press("r")
        await walker.until(lambda: walker.rows()[0].principal is not None, "the check")
        world.name = f"{world.name}-more"
        await walker.press("n")
        await world.to_next(walker)
        await walker.press("enter")
        await walker.until(lambda: len(walker.rows()) == 2, "both datasets")
        assert walker.row_words()[0].count("works") == 3
        assert walker.row_words()[1].count("not checked") == 3


async def test_a_dataset_that_somebody_removed_from_the_file_goes_from_the_screen(world: World) -> None:
    dataset = world.know(world.box.writer)
    async with world.running(start="home") as walker:
        await walker.until(lambda: bool(walker.rows()), "the dataset")
        DatasetStore(world.home).remove(dataset.name, dataset.platform_url)
        await walker.press("n")
        await walker.at("needs")
        await walker.press("escape")
        await walker.sees("No dataset is known on this machine yet")
        assert walker.rows() == []


async def test_what_was_begun_in_aws_and_not_ended_is_told(world: World) -> None:
    began = datetime(2026, 5, 4, 10, 30, tzinfo=UTC)
    with Journal(world.home).open("111122223333", AccessKind.USER, "Lightly-S3-cows") as writer:
        writer.write(
            Entry(
                account_id="111122223333",
                kind=AccessKind.USER,
                name="Lightly-S3-cows",
                dataset="cows",
                task=Task.MAKE,
                began_at=began,
                made=("user",),
            )
        )
    async with world.running(start="home") as walker:
        await walker.sees("! Making the user Lightly-S3-cows was interrupted (begun 2026-05-04 10:30 UTC)")
        assert walker.shows("bucketlight undo cows")
