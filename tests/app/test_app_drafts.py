"""A setup that was left: it is gone on with where it was, without its secrets, or forgotten on request."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
from process_terminal import Terminal, bare_environment
from walker import Walker, World

import core
from tui.screens.help import AskScreen
from tui.screens.home import HomeScreen

SOURCE = Path(core.__file__).parents[1]


async def asked(walker: Walker) -> None:
    await walker.until(lambda: isinstance(walker.screen, AskScreen), "the question")


async def test_a_setup_that_was_left_is_gone_on_with_and_has_its_answers_but_no_secret(world: World) -> None:
    async with world.running() as walker:
        await world.to_save(walker)
        await walker.press("ctrl+q")
    async with world.running() as walker:
        await asked(walker)
        assert walker.shows(world.name)
        await walker.press("enter")
        await walker.at("keys")
        assert walker.value("access_key_id") == world.box.writer.access_key_id
        assert walker.value("secret_access_key") == ""
        await walker.press("enter")
        assert walker.problem("secret_access_key")
        await walker.put(secret_access_key=world.box.writer.secret_access_key.reveal())
        await walker.confirm("output")
        await world.to_dataset_from_output(walker)
        assert walker.value("name") == world.name
        await walker.press("enter")
        assert walker.problem("token")


async def test_the_position_is_kept_where_nothing_secret_is_missing(world: World) -> None:
    async with world.running() as walker:
        await world.to_bucket(walker)
        await walker.press("ctrl+q")
    async with world.running() as walker:
        await asked(walker)
        await walker.press("enter")
        await walker.at("bucket")
        await walker.press("escape")
        await walker.at("needs")
        assert walker.value("thumbnails") is True


async def test_what_was_left_at_the_keys_goes_on_without_looking_the_region_up_again(world: World) -> None:
    async with world.running() as walker:
        await world.to_keys(walker)
    async with world.running() as walker:
        await asked(walker)
        before = world.asked()
        await walker.press("enter")
        await walker.at("keys")
        assert walker.shows(world.uri)
        assert world.asked() == before


async def test_start_anew_forgets_what_was_left(world: World) -> None:
    async with world.running() as walker:
        await world.to_keys(walker)
    async with world.running() as walker:
        await asked(walker)
        await walker.press("down", "enter")
        await walker.at("needs")
        assert walker.value("thumbnails") is False
        assert list(world.home.drafts.glob("*.json")) == []
        await walker.confirm("bucket")
        assert walker.value("uri") == ""


async def test_neither_answer_leaves_the_draft_for_another_time(world: World) -> None:
    async with world.running() as walker:
        await world.to_keys(walker)
    async with world.running() as walker:
        await asked(walker)
        await walker.press("escape")
        await walker.until(lambda: isinstance(walker.screen, HomeScreen), "home")
        await walker.press("n")
        await asked(walker)


async def test_the_answer_pressed_twice_leads_into_one_setup(world: World) -> None:
    async with world.running() as walker:
        await world.to_keys(walker)
    async with world.running() as walker:
        await asked(walker)
        await walker.burst("enter", "enter")
        await walker.at("keys")
        await walker.press("escape", "escape", "escape", "escape")
        await walker.until(lambda: isinstance(walker.screen, HomeScreen), "home")


async def test_a_finished_setup_leaves_no_draft(world: World) -> None:
    async with world.running() as walker:
        await world.to_next(walker)
        await walker.press("enter")
        await walker.until(lambda: bool(walker.rows()), "home")
        assert list(world.home.drafts.glob("*.json")) == []
        await walker.press("n")
        await walker.at("needs")


@pytest.mark.parametrize("content", ["", "{", '{"schema": 1, "name": "setup"}'])
async def test_a_damaged_draft_is_moved_aside_and_stops_nobody(world: World, content: str) -> None:
    async with world.running() as walker:
        await world.to_bucket(walker)
    (path,) = world.home.drafts.glob("*.json")
    path.write_text(content, encoding="utf-8")
    async with world.running() as walker:
        await world.to_bucket(walker)
    contents = {each.read_text(encoding="utf-8") for each in world.home.drafts.iterdir() if each != path}
    assert content in contents


async def test_a_draft_of_a_newer_program_is_not_thrown_away(world: World) -> None:
    newer = '{"schema": 99, "something": "new"}'
    async with world.running() as walker:
        await world.to_bucket(walker)
    (path,) = world.home.drafts.glob("*.json")
    path.write_text(newer, encoding="utf-8")
    async with world.running() as walker:
        await asked(walker)
        assert walker.shows("newer")
        await walker.press("escape")
        await walker.until(lambda: isinstance(walker.screen, HomeScreen), "home")
        assert path.read_text(encoding="utf-8") == newer
        await walker.press("n")
        await asked(walker)
        await walker.press("enter")
        await world.to_bucket(walker)
    contents = {each.read_text(encoding="utf-8") for each in world.home.drafts.iterdir()}
    assert newer in contents


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGHUP, 128 + signal.SIGHUP)],
)
async def test_a_setup_that_was_ended_by_a_signal_is_gone_on_with(
    world: World, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """A real process in a terminal of its own, ended in the middle; a closed terminal sends SIGHUP."""
    argv = [sys.executable, "-m", "tui", "setup", "--home", str(world.folder), "--endpoint-url", world.box.s3_url]
    argv += ["--platform-url", world.box.lightly_url]
    environment = bare_environment(tmp_path, PYTHONPATH=str(SOURCE))
    with Terminal.running(argv, environment=environment, cwd=tmp_path) as terminal:
        terminal.wait_for(b"Thumbnails")
        terminal.press(b"\r")
        terminal.wait_for(b"S3 URI")
        terminal.press(world.uri.encode() + b"\r")
        terminal.wait_for(b"How may Lightly reach")
        terminal.press(b"\r")
        terminal.wait_for(b"Secret access key")
        terminal.send(number)
        assert terminal.end() == code
    async with world.running() as walker:
        await asked(walker)
        assert walker.shows(world.uri)
        await walker.press("enter")
        await walker.at("keys")
        assert walker.setup.state.answers.location is not None
        assert walker.setup.state.answers.location.uri == world.uri
