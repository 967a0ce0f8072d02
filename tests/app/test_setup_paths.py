"""Every way through the guide: both accesses, one place and two, a dataset that exists, another like it."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from walker import PATIENCE, Walker, World

from core.access import Access, AccessKind, DelegatedAccess, Secret, SourceKind
from core.dataset import Dataset, Purpose
from core.guide.effects import RealEffects
from core.guide.facts import RegionFound
from core.lightly.client import LightlyClient
from core.location import S3Location
from core.needs import InputType, Needs
from core.store.datasets import DatasetStore
from core.store.secrets import MemorySecretStore, SecretUnavailableError
from tui.screens.browse import BrowseScreen
from tui.screens.console import ConsoleScreen
from tui.screens.home import HomeScreen
from tui.widgets.copy_row import CopyRow

GREEN = {"list": "works", "read": "works", "write": "works"}


def output_uri(world: World) -> str:
    return f"s3://{world.box.world.output_bucket}/{world.box.world.output_prefix}"


async def other_output(world: World, walker: Walker) -> None:
    """On the step Output: another place, with a key of its own."""
    own = world.box.world.output
    await walker.choose("where", "elsewhere")
    await walker.put(output_uri=output_uri(world))
    await walker.choose("credentials", "other")
    await walker.put(output_access_key_id=own.access_key_id, output_secret_access_key=own.secret_access_key.reveal())


async def to_end(world: World, walker: Walker, *, after: str = "output") -> None:
    """Confirm what is left, from the step Output on."""
    for step in ("limits", "dataset")[0 if after == "output" else 1 :]:
        await walker.press("enter")
        await walker.at(step)
    await world.to_save_from_dataset(walker)
    await walker.confirm("next")


def saved(world: World) -> Dataset:
    (dataset,) = DatasetStore(world.home).load()
    return dataset


@pytest.fixture
def team_profile(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine have one AWS profile, `team`, with the writer's key."""
    user, credentials = world.box.writer, tmp_path / "credentials"
    credentials.write_text(
        f"[team]\naws_access_key_id = {user.access_key_id}\naws_secret_access_key = {user.secret_access_key.reveal()}\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


# Ways through the guide


async def test_a_role_is_kept_with_its_external_id_and_lightly_tells_what_works(world: World) -> None:
    async with world.running() as walker:
        await world.to_output_from_role(walker)
        assert "fails" not in walker.lights().values()
        await to_end(world, walker)
        assert walker.shows("Lightly  List works   Read works   Write works")
        assert walker.lights() == GREEN
    (source,) = saved(world).datasources
    assert (source.access, source.role_arn) == (AccessKind.DELEGATED, world.box.world.role_arn)
    kept = world.secrets.get_access(world.box.lightly_url, world.name)
    assert kept == {source.purpose: DelegatedAccess(world.box.world.role_arn, world.box.world.external_id)}


async def test_another_output_with_a_key_of_its_own_has_lights_of_its_own(world: World) -> None:
    async with world.running() as walker:
        await world.to_output(walker, world.box.reader)
        assert walker.lights()["write"] == "fails"
        await other_output(world, walker)
        await walker.press("enter")
        await walker.until(lambda: walker.step == "limits" or bool(walker.trouble()), "the check of the output")
        if walker.step == "output":
            assert walker.shows(output_uri(world))
            assert walker.lights() == GREEN
            await walker.confirm("limits")
        await walker.at("limits")
        assert walker.lights() == {"list": "works", "read": "works", "write": "not needed"}
        assert walker.shows(world.uri)
        await to_end(world, walker, after="limits")
    purposes = {source.purpose: source.location.uri for source in saved(world).datasources}
    assert purposes == {Purpose.INPUT: world.uri, Purpose.LIGHTLY: output_uri(world)}
    kept = world.secrets.get_access(world.box.lightly_url, world.name)
    assert kept == {Purpose.INPUT: world.box.reader, Purpose.LIGHTLY: world.box.world.output}


async def test_without_write_there_is_no_output_step_and_the_numbers_close_up(world: World) -> None:
    async with world.running() as walker:
        await walker.at("needs")
        await walker.confirm("bucket")
        assert "Step 2 of 8" in walker.text()
        await walker.put(uri=world.uri)
        await walker.confirm("access")
        await walker.confirm("keys")
        access = world.box.reader
        await walker.put(access_key_id=access.access_key_id, secret_access_key=access.secret_access_key.reveal())
        await walker.confirm("limits")
        assert walker.lights() == {"list": "works", "read": "works", "write": "not needed"}


async def test_a_key_in_a_file_is_read_from_there(world: World, tmp_path: Path) -> None:
    writer = world.box.writer
    path = tmp_path / "lightly_accessKeys.csv"
    path.write_text(f"Access key ID,Secret access key\n{writer.access_key_id},{writer.secret_access_key.reveal()}\n")
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.choose("way", "file")
        assert "access_key_id" not in walker.there()
        await walker.put(key_file=str(path))
        await walker.confirm("output")
        assert walker.lights() == GREEN


async def test_a_key_in_a_profile_stays_there(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, path = world.box.writer, tmp_path / "credentials"
    secret = writer.secret_access_key.reveal()
    path.write_text(f"[work]\naws_access_key_id = {writer.access_key_id}\naws_secret_access_key = {secret}\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.choose("way", "profile")
        assert walker.value("profile") == "work"
        await walker.confirm("output")
        assert walker.lights() == GREEN
        await to_end(world, walker)
    (source,) = saved(world).datasources
    assert (source.credentials.kind, source.credentials.profile) == (SourceKind.PROFILE, "work")
    assert world.secrets.get_access(world.box.lightly_url, world.name) == {}


# What is opened from a step


async def test_the_way_through_the_console_has_each_value_ready_and_hides_the_external_id(world: World) -> None:
    async with world.running() as walker:
        await world.to_role(walker)
        made = walker.setup.state.answers.given.external_id
        assert made is not None
        walker.screen.query_one("#light-list").focus()
        await walker.press("a")
        assert isinstance(walker.screen, ConsoleScreen)
        rows = {row.label: row for row in walker.screen.query(CopyRow)}
        assert rows["Account ID"].text == "916419735646"
        assert rows["External ID"].text == made.reveal()
        assert f"arn:aws:s3:::{world.box.bucket}" in rows["Policy"].text
        rows["External ID"].focus()
        await walker.pilot.pause()
        assert made.reveal() not in walker.text()
        await walker.press("enter")
        assert walker.app.clipboard == made.reveal()
        await walker.press("v")
        assert walker.shows(made.reveal())
        await walker.press("escape")
        await walker.at("role")


async def test_the_way_through_the_console_is_saved_without_the_external_id(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with world.running() as walker:
        await world.to_role(walker)
        made = walker.setup.state.answers.given.external_id
        assert made is not None
        await walker.go_to("console")
        await walker.press("enter", "s")
        (path,) = tmp_path.glob("bucketlight-console-*.txt")
        assert str(path)[:40] in walker.said()
    text = path.read_text(encoding="utf-8")
    assert "916419735646" in text
    assert '"Version": "2012-10-17"' in text
    assert made.reveal() not in text


async def test_a_folder_that_is_taken_while_browsing_goes_into_the_field(world: World) -> None:
    async with world.running() as walker:
        await world.to_output(walker)
        await walker.choose("where", "elsewhere")
        await walker.go_to("browse")
        await walker.press("enter")
        assert isinstance(walker.screen, BrowseScreen)
        await walker.sees("farm-animals")
        await walker.press("space")
        await walker.until(lambda: not isinstance(walker.screen, BrowseScreen), "the step")
        assert str(walker.value("output_uri")).startswith(f"s3://{world.box.bucket}/")


async def test_before_there_is_a_key_nothing_can_be_browsed_and_that_is_said(world: World) -> None:
    async with world.running() as walker:
        await world.to_bucket(walker)
        await walker.go_to("browse")
        await walker.press("enter")
        assert "access key" in walker.said()
        await walker.at("bucket")


@pytest.mark.usefixtures("team_profile")
async def test_before_there_is_a_key_a_profile_can_be_browsed_with(world: World) -> None:
    async with world.running() as walker:
        await world.to_bucket(walker)
        await walker.put(uri=world.uri)
        await walker.go_to("browse")
        await walker.press("enter")
        await walker.sees("With which AWS profile")
        assert walker.shows("team")
        await walker.press("enter")
        await walker.until(lambda: isinstance(walker.screen, BrowseScreen), "the folders")
        await walker.sees("farm-animals")
        await walker.press("space")
        await walker.at("bucket")
        assert walker.value("uri") == world.uri


@pytest.mark.usefixtures("team_profile")
async def test_a_folder_that_is_taken_after_the_setup_went_on_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, find = threading.Event(), RealEffects.find_region

    def held(effects: RealEffects, location: S3Location, endpoint_url: str | None) -> RegionFound:
        found.wait(PATIENCE)
        return find(effects, location, endpoint_url)

    monkeypatch.setattr(RealEffects, "find_region", held)
    async with world.running() as walker:
        await world.to_bucket(walker)
        await walker.put(uri=world.uri)
        await walker.press("enter")
        setup = walker.setup
        await walker.go_to("browse")
        await walker.press("enter")
        await walker.sees("With which AWS profile")
        await walker.press("enter")
        await walker.until(lambda: isinstance(walker.screen, BrowseScreen), "the folders")
        await walker.sees("farm-animals")
        found.set()
        await walker.until(lambda: setup.state.position.step == "access", "the setup to go on")
        await walker.press("space")
        await walker.at("access")
        assert "go back" in walker.said()


# Datasets that exist


async def test_editing_walks_the_setup_with_the_answers_filled_in_and_the_key_from_the_keyring(world: World) -> None:
    before = world.know(world.box.writer)
    made = world.creations()
    async with world.running(start="home") as walker:
        await walker.until(lambda: bool(walker.rows()), "the dataset")
        await walker.press("enter")
        await walker.at("needs")
        assert walker.value("thumbnails") is True
        await walker.confirm("bucket")
        assert walker.value("uri") == world.uri
        await walker.confirm("access")
        await walker.confirm("keys")
        assert walker.value("access_key_id") == world.box.writer.access_key_id
        await walker.confirm("output")
        assert walker.lights() == GREEN
        await walker.confirm("limits")
        await walker.go_to("restricted")
        await walker.press("space")
        await walker.confirm("dataset")
        assert walker.value("name") == world.name
        await walker.confirm("save")
        await walker.confirm("next")
        await walker.press("enter")
        await walker.until(lambda: isinstance(walker.screen, HomeScreen) and bool(walker.rows()), "home")
    assert saved(world).dataset_id == before.dataset_id
    assert saved(world).restricted
    assert world.creations() == made


async def test_another_like_it_asks_for_folder_and_name_and_has_the_rest(world: World) -> None:
    first = world.know(world.box.writer)
    async with world.running(start="home") as walker:
        await walker.until(lambda: bool(walker.rows()), "the dataset")
        await walker.press("l")
        await walker.at("bucket")
        assert walker.value("uri") == ""
        await walker.put(uri=world.uri)
        await walker.confirm("access")
        await walker.confirm("keys")
        await walker.confirm("output")
        assert walker.lights() == GREEN
        await world.to_dataset_from_output(walker)
        await walker.put(name=f"{world.name}-2")
        await walker.confirm("save")
        await walker.confirm("next")
    names = {dataset.name: dataset.dataset_id for dataset in DatasetStore(world.home).load()}
    assert set(names) == {world.name, f"{world.name}-2"}
    assert names[world.name] == first.dataset_id
    with LightlyClient(world.box.lightly_url, world.box.token) as client:
        found = client.find_dataset(f"{world.name}-2")
    assert found is not None
    assert found.id == names[f"{world.name}-2"]


async def test_a_setup_like_another_is_begun_from_the_command_line(world: World) -> None:
    dataset = world.know(world.box.writer)
    async with world.running(like=dataset) as walker:
        await walker.at("bucket")
        assert walker.setup.state.answers.access == world.box.writer


async def test_a_setup_like_another_takes_nothing_of_a_namesake_at_another_platform(world: World) -> None:
    dataset = world.know(world.box.writer)
    namesake = replace(dataset, platform_url="https://api.lightly.example", needs=Needs(InputType.VIDEOS))
    store = DatasetStore(world.home)
    store.remove(dataset.name, dataset.platform_url)
    for each in (namesake, dataset):
        store.save(each)
    async with world.running(like=dataset) as walker:
        await walker.at("bucket")
        answers = walker.setup.state.answers
        assert answers.given.platform_url == world.box.lightly_url
        assert answers.needs == dataset.needs


async def test_editing_is_gone_on_with_at_the_platform_where_it_was_left(world: World) -> None:
    dataset = world.know(world.box.writer)
    async with world.running(start="home") as walker:
        await walker.until(lambda: bool(walker.rows()), "the dataset")
        await walker.press("e")
        await walker.at("needs")
        await walker.confirm("bucket")
    store = DatasetStore(world.home)
    store.remove(dataset.name, dataset.platform_url)
    for each in (replace(dataset, platform_url="https://api.lightly.example"), dataset):
        store.save(each)
    async with world.running() as walker:
        await walker.sees(world.name)
        await walker.press("enter")
        await walker.at("bucket")
        assert walker.setup.state.answers.given.editing == dataset


async def test_editing_goes_on_where_it_was_left_and_is_still_the_same_dataset(world: World) -> None:
    before = world.know(world.box.writer)
    made = world.creations()
    async with world.running(start="home") as walker:
        await walker.until(lambda: bool(walker.rows()), "the dataset")
        await walker.press("e")
        await walker.at("needs")
        await walker.confirm("bucket")
    async with world.running() as walker:
        await walker.sees(world.name)
        await walker.press("enter")
        await walker.at("bucket")
        await walker.confirm("access")
        await walker.confirm("keys")
        await world.to_dataset_from_keys(walker)
        await walker.confirm("save")
        await walker.confirm("next")
    assert saved(world).dataset_id == before.dataset_id
    assert world.creations() == made


# The external ID of a setup that is under way


async def test_a_setup_with_a_role_that_is_gone_on_with_has_the_same_external_id(world: World) -> None:
    async with world.running() as walker:
        await world.to_role(walker)
        made = walker.setup.state.answers.given.external_id
        await walker.until(lambda: world.secrets.get_draft_external_id(world.box.lightly_url) == made, "the keyring")
    async with world.running() as walker:
        await walker.sees("was left before it was done")
        await walker.press("enter")
        await walker.at("role")
        assert walker.setup.state.answers.given.external_id == made


async def test_the_external_id_of_a_setup_is_forgotten_once_it_is_saved(world: World) -> None:
    async with world.running() as walker:
        await world.to_output_from_role(walker)
        await to_end(world, walker)
        await walker.until(
            lambda: world.secrets.get_draft_external_id(world.box.lightly_url) is None, "the keyring to forget it"
        )


async def test_a_setup_with_a_key_puts_no_external_id_into_the_keyring(world: World) -> None:
    async with world.running() as walker:
        await world.to_output(walker)
    assert world.secrets.get_draft_external_id(world.box.lightly_url) is None


# Resizing


@pytest.mark.parametrize("size", [(60, 20), (120, 40), (59, 19)])
async def test_resizing_keeps_what_is_typed_and_chosen(world: World, size: tuple[int, int]) -> None:
    async with world.running() as walker:
        await world.to_output(walker)
        await other_output(world, walker)
        before = {name: walker.value(name) for name in walker.there()}
        for each in (size, (80, 24)):
            await walker.pilot.resize_terminal(*each)
            await walker.pilot.pause()
        assert {name: walker.value(name) for name in walker.there()} == before


# ASCII


async def test_with_ascii_every_screen_of_a_setup_is_drawn_in_ascii(world: World) -> None:
    seen: set[str] = set()

    async def look(walker: Walker) -> None:
        await walker.pilot.pause()
        seen.update(*walker.lines())
        assert {letter for letter in seen if not letter.isascii()} == set(), walker.step

    async with world.running(ascii_only=True) as walker:
        await walker.at("needs")
        await look(walker)
        await world.to_bucket(walker)
        await look(walker)
        await walker.put(uri=world.uri)
        await walker.confirm("access")
        await look(walker)
        await walker.confirm("keys")
        await look(walker)
        await walker.press("ctrl+o")
        seen.update(*walker.lines())
        await walker.press("escape", "f1")
        seen.update(*walker.lines())
        await walker.press("escape")
        await walker.go_to("console")
        await walker.press("enter")
        seen.update(*walker.lines())
        await walker.press("escape")
        await world.to_output_from_keys(walker, world.box.reader)
        await look(walker)
        assert "Write x fails" in walker.text()
        assert "List + works" in walker.text()
        await other_output(world, walker)
        await look(walker)
        await walker.press("enter")
        await walker.until(lambda: walker.step == "limits" or bool(walker.trouble()), "the check of the output")
        await look(walker)
        if walker.step == "output":
            await walker.confirm("limits")
        await walker.confirm("dataset")
        await look(walker)
        await walker.press("f2")
        seen.update(*walker.lines())
        await walker.press("escape")
        await world.to_save_from_dataset(walker)
        await look(walker)
        await walker.confirm("next")
        await look(walker)
        await walker.press("enter")
        await walker.until(lambda: bool(walker.rows()), "home")
        seen.update(*walker.lines())
        assert {letter for letter in seen if not letter.isascii()} == set()


async def test_with_ascii_the_role_and_its_console_are_drawn_in_ascii(world: World) -> None:
    async with world.running(ascii_only=True) as walker:
        await world.to_role(walker)
        assert all(line.isascii() for line in walker.lines())
        assert "********" in walker.text()
        await walker.go_to("console")
        await walker.press("enter")
        assert all(line.isascii() for line in walker.lines())


async def test_where_the_keyring_fails_the_screen_says_why_the_secrets_are_asked_for_again(world: World) -> None:
    class Locked(MemorySecretStore):
        def get_access(self, platform_url: str, dataset: str) -> dict[Purpose, Access]:
            raise SecretUnavailableError("The keyring is locked.", "Unlock it.")

    dataset = world.know(world.box.writer)
    world.secrets = Locked()
    async with world.running(like=dataset) as walker:
        await walker.sees("asked for again: The keyring is locked.")


async def test_another_external_id_than_that_of_the_setup_is_asked_for(world: World) -> None:
    async with world.running() as walker:
        await world.to_output_from_role(walker)
    world.secrets.put_draft_external_id(world.box.lightly_url, Secret("lightly-an-older-one"))
    async with world.running() as walker:
        await walker.sees("was left before it was done")
        await walker.press("enter")
        await walker.at("role")
        await walker.press("enter")
        assert "Enter the external ID" in walker.problem("external_id")
