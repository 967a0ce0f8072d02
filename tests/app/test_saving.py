"""Save: what is shown before, what is told when it stops half-way, and how it goes on."""

from __future__ import annotations

from pathlib import Path

import keyring.core
import pytest
from keyring.backends import fail
from walker import World, open_real_keyring

import core.store.secrets
from core.sandbox.server import Answer, Request
from core.store.datasets import DatasetStore
from tui.screens.setup import SetupScreen


async def test_a_save_that_stops_names_what_was_done_last_and_goes_on_without_doing_it_twice(world: World) -> None:
    path = world.home.datasets_file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("datasets: [", encoding="utf-8")
    async with world.running() as walker:
        await world.to_save(walker)
        made = world.creations()
        await walker.press("enter")
        await walker.until(lambda: bool(walker.trouble()), "the sentence")
        assert walker.step == "save"
        assert "datasets.yaml" in walker.trouble()
        assert "Done last:" in walker.trouble()
        assert path.read_text(encoding="utf-8") == "datasets: ["
        assert world.creations() == made + 1
        path.unlink()
        await walker.confirm("next")
        assert world.creations() == made + 1
    assert [dataset.name for dataset in DatasetStore(world.home).load()] == [world.name]
    assert list((world.home.state / "saves").glob("*.json")) == []


async def test_a_save_that_stopped_is_gone_on_with_in_the_next_run_of_the_program(world: World) -> None:
    path = world.home.datasets_file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("datasets: [", encoding="utf-8")
    async with world.running() as walker:
        await world.to_save(walker)
        await walker.press("enter")
        await walker.until(lambda: bool(walker.trouble()), "the sentence")
    made = world.creations()
    path.unlink()
    async with world.running() as walker:
        await walker.sees(world.name)
        await walker.press("enter")
        await walker.at("keys")
        await world.to_dataset_from_keys(walker)
        await walker.put(token=world.box.token.reveal())
        await walker.confirm("save")
        await walker.confirm("next")
    assert world.creations() == made
    assert [dataset.name for dataset in DatasetStore(world.home).load()] == [world.name]


async def test_a_platform_that_fails_while_saving_is_gone_on_with(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, broken = world.box.platform.server._application, True

    def failing(request: Request) -> Answer:
        if broken and request.method == "PUT":
            return Answer(500, b'{"code": "INTERNAL", "error": "no"}', (("Content-Type", "application/json"),))
        return answer(request)

    monkeypatch.setattr(world.box.platform.server, "_application", failing)
    async with world.running() as walker:
        await world.to_save(walker)
        made = world.creations()
        await walker.press("enter")
        await walker.until(lambda: bool(walker.trouble()), "the sentence")
        assert "Done last:" in walker.trouble()
        assert not world.home.datasets_file.exists()
        broken = False
        await walker.confirm("next")
        assert world.creations() == made + 1


async def test_everything_that_is_done_written_and_sent_is_shown_before_it_is(world: World) -> None:
    async with world.running() as walker:
        await world.to_save(walker)
        before = world.asked()
        for _ in range(30):
            await walker.press("down")
        assert world.asked() == before
        assert not world.home.datasets_file.exists()
        said = " ".join(str(line) for line in walker.plan_lines())
        for part in (world.name, world.uri, "datasets.yaml", world.box.lightly_url, "secret key", "memory"):
            assert part in said


async def test_a_key_that_is_held_down_does_not_save_a_plan_that_nobody_has_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SetupScreen, "PLAN_STANDS", 1e9)
    async with world.running() as walker:
        await world.to_save(walker)
        made = world.creations()
        await walker.press(*["enter"] * 5)
        assert walker.step == "save"
        assert not walker.setup.state.position.confirmed
        monkeypatch.setattr(SetupScreen, "PLAN_STANDS", 0.0)
        await walker.confirm("next")
        assert world.creations() == made + 1


async def test_without_a_keyring_it_is_said_that_secrets_stay_in_memory_and_they_do(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(core.store.secrets, "open_secret_store", open_real_keyring)
    monkeypatch.setattr(keyring.core, "_keyring_backend", fail.Keyring())  # type: ignore[no-untyped-call]
    async with world.running() as walker:
        await walker.at("needs")
        assert "memory" in walker.said()
        await world.to_save(walker)
        assert "memory" in " ".join(walker.plan_lines()).lower()
        await walker.confirm("next")
    secret, token = world.box.writer.secret_access_key.reveal(), world.box.token.reveal()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes()
            assert token.encode() not in path.read_bytes()
