"""What goes wrong while answers are given: it is said at the field, nothing is lost, and going on is one key away."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from textual import events
from walker import Walker, World

from core.store.datasets import DatasetStore
from tui.widgets.fields import Offer

GREEN = {"list": "works", "read": "works", "write": "works"}
NOT_PROVEN = {"list": "not proven", "read": "not proven", "write": "not proven"}


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody answers: the port is taken, and no connection to it is accepted."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def focused_field(walker: Walker) -> str:
    focused = walker.screen.focused
    assert focused is not None
    return next(name for name in walker.fields() if walker.box(name) in focused.ancestors)


async def take_offer(walker: Walker) -> None:
    """Go to what is offered with Tab, and take it with Enter."""
    await walker.tab_to(lambda: isinstance(walker.screen.focused, Offer))
    assert walker.screen.focused is not None
    assert walker.is_in_view(walker.screen.focused)
    await walker.press("enter")


# Bucket


async def test_an_address_of_another_kind_is_rewritten_on_request_and_gone_on_with(world: World) -> None:
    async with world.running() as walker:
        await world.to_bucket(walker)
        before = world.asked()
        await walker.put(uri=f"https://{world.box.bucket}.s3.eu-central-1.amazonaws.com/{world.box.prefix}")
        await walker.press("enter")
        assert walker.step == "bucket"
        assert walker.problem("uri")
        assert focused_field(walker) == "uri"
        assert world.asked() == before
        await take_offer(walker)
        await walker.at("access")
        assert walker.setup.state.answers.location is not None
        assert walker.setup.state.answers.location.uri == world.uri


@pytest.mark.parametrize("text", ["", "s3://", "gs://datalake/x/", "farm animals"])
async def test_what_is_no_folder_in_s3_is_a_problem_of_the_field(world: World, text: str) -> None:
    async with world.running() as walker:
        await world.to_bucket(walker)
        if text:
            await walker.put(uri=text)
        await walker.press("enter")
        assert walker.step == "bucket"
        assert walker.problem("uri")
        assert walker.value("uri") == text


async def test_a_bucket_that_does_not_exist_is_said_at_the_field(world: World) -> None:
    async with world.running() as walker:
        await world.to_bucket(walker)
        await walker.put(uri="s3://no-such-bucket-of-anybody/x/")
        await walker.press("enter")
        await walker.until(lambda: bool(walker.problem("uri")), "the problem")
        assert walker.step == "bucket"
        await walker.put(uri=world.uri)
        await walker.confirm("access")


async def test_without_s3_the_region_is_typed_and_the_lights_are_not_proven_and_never_red(
    world: World, nobody: str
) -> None:
    async with world.running(endpoint_url=nobody) as walker:
        await world.to_bucket(walker)
        await walker.put(uri=world.uri)
        await walker.press("enter")
        await walker.until(lambda: "region" in walker.fields(), "the region's field")
        assert walker.step == "bucket"
        assert walker.problem("region")
        assert walker.value("uri") == world.uri
        await walker.put(region="eu-central-1")
        await walker.confirm("access")
        await walker.confirm("keys")
        await world.to_dataset_from_keys(walker)
        assert walker.lights() == NOT_PROVEN
        await walker.press("f2")
        assert walker.shows("endpoint-unreachable")


# Keys


async def test_blanks_and_line_breaks_around_a_key_are_trimmed(world: World) -> None:
    writer = world.box.writer
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.put(
            access_key_id=f"\n \t{writer.access_key_id}  \r\n",
            secret_access_key=f"  {writer.secret_access_key.reveal()}\n",
        )
        assert walker.value("access_key_id") == writer.access_key_id
        await walker.confirm("output")
        assert walker.lights() == GREEN


async def test_blanks_that_were_typed_around_a_key_are_trimmed_too(world: World) -> None:
    writer = world.box.writer
    async with world.running() as walker:
        await world.to_keys(walker)
        for name, text in [
            ("access_key_id", writer.access_key_id),
            ("secret_access_key", writer.secret_access_key.reveal()),
        ]:
            await walker.go_to(name)
            await walker.type(f" {text} ")
        await walker.confirm("output")
        assert walker.lights() == GREEN


async def test_a_blank_inside_of_a_key_is_said_at_its_field(world: World) -> None:
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.put(access_key_id=world.box.writer.access_key_id, secret_access_key="abc def")
        await walker.press("enter")
        assert "blank" in walker.problem("secret_access_key")
        assert focused_field(walker) == "secret_access_key"
        assert "abc def" not in walker.text()


async def test_exchanged_keys_are_exchanged_on_request(world: World) -> None:
    writer = world.box.writer
    async with world.running() as walker:
        await world.to_keys(walker)
        before = world.asked()
        await walker.put(access_key_id=writer.secret_access_key.reveal(), secret_access_key=writer.access_key_id)
        await walker.press("enter")
        assert walker.step == "keys"
        assert walker.hint("access_key_id")
        assert world.asked() == before
        await take_offer(walker)
        await walker.at("output")
        assert walker.lights() == GREEN
        assert walker.setup.state.answers.access == writer


async def test_an_offer_is_taken_once_however_often_enter_arrives(world: World) -> None:
    writer = world.box.writer
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.put(access_key_id=writer.secret_access_key.reveal(), secret_access_key=writer.access_key_id)
        await walker.press("enter")
        offer = walker.screen.query_one(Offer)
        offer.action_take()
        offer.action_take()
        await walker.at("output")
        assert walker.setup.state.answers.access == writer


async def test_a_secret_in_the_field_of_the_key_id_is_hidden_as_soon_as_it_is_noticed(world: World) -> None:
    writer = world.box.writer
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.put(access_key_id=writer.secret_access_key.reveal(), secret_access_key=writer.access_key_id)
        await walker.press("enter")
        assert walker.hint("access_key_id")
        assert writer.secret_access_key.reveal() not in walker.text()
        assert focused_field(walker) == "access_key_id"
        await walker.press("ctrl+a", "ctrl+c")
        assert writer.secret_access_key.reveal() not in walker.app.clipboard
        await walker.put(access_key_id=writer.access_key_id)
        assert writer.access_key_id in walker.text()


async def test_what_was_wrong_with_a_field_is_not_said_of_what_is_typed_next(world: World) -> None:
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.put(access_key_id=world.box.writer.access_key_id, secret_access_key="abc def")
        await walker.press("enter")
        assert walker.problem("secret_access_key")
        await walker.put(secret_access_key="abcdef")
        assert not walker.problem("secret_access_key")


async def test_keys_that_come_in_one_piece_with_a_tab_go_to_the_field_behind_it(world: World) -> None:
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.go_to("access_key_id")
        for key in ("A", "K", "tab", "s", "e", "c"):
            walker.app.post_message(events.Key(key, None if len(key) > 1 else key))
        await walker.until(lambda: walker.value("secret_access_key") == "sec", "the secret in its field")
        assert walker.value("access_key_id") == "AK"


async def test_an_odd_looking_key_of_aws_is_hinted_at_and_taken_the_second_time(
    world: World, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS itself is behind a proxy here that nobody runs: no request leaves this machine."""
    monkeypatch.setenv("HTTPS_PROXY", nobody)
    async with world.running(endpoint_url=None) as walker:
        await world.to_bucket(walker)
        await walker.put(uri=world.uri)
        await walker.press("enter")
        await walker.until(lambda: "region" in walker.fields(), "the region's field")
        await walker.put(region="eu-central-1")
        await walker.confirm("access")
        await walker.confirm("keys")
        await walker.put(access_key_id="AIDAIOSFODNN7EXAMPLE", secret_access_key="short")
        await walker.press("enter")
        assert walker.step == "keys"
        assert "user" in walker.hint("access_key_id")
        assert "40" in walker.hint("secret_access_key")
        assert "short" not in walker.text()
        await walker.confirm("output")
        assert walker.lights() == NOT_PROVEN


async def test_the_shape_of_a_key_is_no_matter_of_another_server(world: World) -> None:
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.put(access_key_id="minio", secret_access_key="short")
        await walker.confirm("output")
        assert walker.lights() == {"list": "fails", "read": "fails", "write": "fails"}
        await walker.press("f2")
        assert walker.shows("unknown-access-key")


async def test_a_temporary_key_gets_a_field_for_its_session_token(world: World) -> None:
    async with world.running() as walker:
        await world.to_keys(walker)
        secret = world.box.writer.secret_access_key.reveal()
        await walker.put(access_key_id="ASIAIOSFODNN7EXAMPLE", secret_access_key=secret)
        await walker.press("enter")
        await walker.until(lambda: "session_token" in walker.fields(), "the session token's field")
        assert walker.step == "keys"
        assert walker.hint("session_token")
        assert focused_field(walker) == "session_token"
        assert walker.value("secret_access_key") == secret
        await walker.confirm("output")


async def test_an_empty_step_says_at_each_field_what_is_missing(world: World) -> None:
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.press("enter")
        assert walker.step == "keys"
        assert walker.problem("access_key_id")
        assert walker.problem("secret_access_key")
        assert focused_field(walker) == "access_key_id"
        await world.to_dataset_from_keys(walker)
        walker.box("name").put("")
        await walker.press("enter")
        assert walker.problem("name")
        assert walker.problem("token")
        assert focused_field(walker) == "name"


# Dataset


async def test_a_name_that_lightly_does_not_take_is_a_problem_of_the_field_with_one_that_it_takes(world: World) -> None:
    async with world.running() as walker:
        await world.to_dataset(walker)
        await walker.put(name=f"{world.name}/cows", token=world.box.token.reveal())
        before = world.asked()
        await walker.press("enter")
        assert walker.step == "dataset"
        assert walker.problem("name")
        assert world.asked() == before
        await take_offer(walker)
        await walker.at("save")
        assert walker.setup.state.answers.name == f"{world.name}-cows"


async def test_a_dataset_that_is_there_already_is_used_on_request_and_keeps_its_id(world: World) -> None:
    dataset = world.know(world.box.reader)
    DatasetStore(world.home).remove(dataset.name, dataset.platform_url)
    async with world.running() as walker:
        await world.to_dataset(walker)
        made = world.creations()
        await walker.put(name=world.name, token=world.box.token.reveal())
        await walker.press("enter")
        await walker.until(lambda: "reuse" in walker.fields(), "the offer to use what is there")
        await walker.quiet()
        assert walker.step == "dataset"
        assert world.name in walker.problem("name")
        assert walker.value("reuse") is False
        await walker.go_to("reuse")
        await walker.press("space")
        assert walker.value("reuse") is True
        await walker.confirm("save")
        await walker.confirm("next")
        assert world.creations() == made
    (saved,) = DatasetStore(world.home).load()
    assert saved.dataset_id == dataset.dataset_id


async def test_instead_of_a_dataset_that_is_there_another_name_can_be_taken(world: World) -> None:
    world.know(world.box.reader)
    async with world.running() as walker:
        await world.to_dataset(walker)
        await walker.put(name=world.name, token=world.box.token.reveal())
        await walker.press("enter")
        await walker.until(lambda: "reuse" in walker.fields(), "the problem")
        await walker.quiet()
        await take_offer(walker)
        await walker.at("save")
        assert walker.setup.state.answers.name == f"{world.name}-2"


async def test_a_refused_token_is_said_at_the_tokens_field_and_another_is_taken(world: World) -> None:
    async with world.running() as walker:
        await world.to_dataset(walker)
        await walker.put(name=world.name, token="not-the-token-of-anybody")
        await walker.press("enter")
        await walker.until(lambda: bool(walker.problem("token")), "the problem")
        assert walker.step == "dataset"
        assert "Preferences" in walker.problem("token")
        assert walker.value("name") == world.name
        await walker.put(token=world.box.token.reveal())
        await walker.confirm("save")


async def test_a_platform_out_of_reach_is_said_and_tried_again_with_a_key(world: World, nobody: str) -> None:
    async with world.running(platform_url=nobody) as walker:
        await world.to_dataset(walker)
        await walker.put(name=world.name, token=world.box.token.reveal())
        await walker.press("enter")
        await walker.until(lambda: bool(walker.trouble()), "the sentence")
        assert walker.step == "dataset"
        assert walker.problem("token") == ""
        assert walker.value("name") == world.name
        await walker.press("ctrl+r")
        await walker.until(lambda: not walker.trouble(), "another try")
        await walker.until(lambda: bool(walker.trouble()), "its end")
        assert walker.lights() == GREEN
