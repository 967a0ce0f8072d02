"""Secrets: not on the screen, not in the clipboard, not in files, not in what a crash shows."""

from __future__ import annotations

import base64
import html
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from walker import Walker, World

from tui.app import BucketlightApp
from tui.screens.diagnosis import DiagnosisScreen
from tui.widgets.secret_input import SecretInput

CANARY = "cAnary+Secret/Key0123456789=abcdefghijkl"
CANARY_TOKEN = "canary-lightly-token-5f2a91"


def forms(secret: str) -> list[bytes]:
    """The forms in which a secret might get somewhere: raw, in base64 (padding left out), and in URLs."""
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return [form.encode() for form in {secret, encoded, quote(secret, safe=""), quote_plus(secret)}]


def holds(content: bytes, *secrets: str) -> list[bytes]:
    return [form for secret in secrets for form in forms(secret) if form in content]


def secrets_of(world: World) -> tuple[str, ...]:
    secrets = (world.box.writer.secret_access_key, world.box.world.output.secret_access_key, world.box.token)
    return tuple(secret.reveal() for secret in secrets)


def seen(walker: Walker) -> bytes:
    """All that a picture of the screen holds, as it is and read, with line breaks and without."""
    svg = walker.picture()
    lines = walker.lines()
    whole = "\n".join(lines)
    return "\0".join((svg, html.unescape(svg), whole, "".join(line.strip() for line in lines))).encode()


# The field


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+x", "super+c", "super+x"])
async def test_nothing_is_copied_or_cut_out_of_a_secret_field(world: World, key: str) -> None:
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.go_to("secret_access_key")
        await walker.paste(CANARY)
        await walker.press("home", "shift+end", key)
        assert walker.app.clipboard == ""
        assert walker.value("secret_access_key") == CANARY
        await walker.press("ctrl+u", "ctrl+v")
        assert walker.value("secret_access_key") == ""


async def test_a_secret_dragged_over_with_the_mouse_is_not_copied(world: World) -> None:
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.put(secret_access_key=CANARY)
        field = walker.box("secret_access_key").query_one(SecretInput)
        await walker.pilot.mouse_down(field, offset=(1, 0))
        await walker.pilot.hover(field, offset=(30, 0))
        await walker.pilot.mouse_up(field, offset=(30, 0))
        await walker.press("super+c")
        assert walker.app.clipboard == ""


@pytest.mark.parametrize("around", ["{}\n", "\r\n \n\t {} \t\r\n\n", "   {}"])
async def test_a_paste_loses_the_blanks_and_line_breaks_around_it(world: World, around: str) -> None:
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.put(secret_access_key=around.format(CANARY))
        assert walker.value("secret_access_key") == CANARY


async def test_a_paste_of_several_lines_that_say_nothing_is_not_taken_and_that_is_said(world: World) -> None:
    async with world.running() as walker:
        await world.to_keys(walker)
        for name in ("access_key_id", "secret_access_key"):
            await walker.put(**{name: f"{CANARY[:20]}\nor so\n{CANARY[20:]}"})
            assert walker.value(name) == ""
            assert "lines" in walker.said()
            assert holds(seen(walker), CANARY) == []


@pytest.mark.parametrize("name", ["access_key_id", "secret_access_key"])
async def test_key_id_and_secret_pasted_together_go_into_their_fields_and_on_no_screen(world: World, name: str) -> None:
    key_id, secret = world.box.writer.access_key_id, world.box.writer.secret_access_key.reveal()
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.put(**{name: f"aws_secret_access_key = {secret}\naws_access_key_id = {key_id}\n"})
        assert walker.said() == "Filled in: key ID and secret."
        assert (walker.value("access_key_id"), walker.value("secret_access_key")) == (key_id, secret)
        assert holds(seen(walker), secret) == []
        await walker.confirm("output")
        assert set(walker.lights().values()) == {"works"}


async def test_a_paste_of_nothing_changes_nothing(world: World) -> None:
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.put(secret_access_key=CANARY)
        await walker.paste(" \n\n ")
        assert walker.value("secret_access_key") == CANARY


# Pictures and files


async def test_no_picture_of_any_screen_holds_a_secret(world: World) -> None:
    pictures: list[bytes] = []

    async def look(walker: Walker) -> None:
        pictures.append(seen(walker))
        await walker.press("f1")
        pictures.append(seen(walker))
        await walker.press("escape", "ctrl+o")
        pictures.append(seen(walker))
        await walker.press("escape")

    secret, _, token = secrets_of(world)
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.put(access_key_id=world.box.writer.access_key_id, secret_access_key=secret)
        await look(walker)
        await walker.confirm("output")
        await walker.fill(
            where="elsewhere",
            output_uri=f"s3://{world.box.world.output_bucket}/{world.box.world.output_prefix}",
            credentials="other",
            output_access_key_id=world.box.world.output.access_key_id,
            output_secret_access_key=world.box.world.output.secret_access_key.reveal(),
        )
        await look(walker)
        await walker.confirm("limits")
        await look(walker)
        await walker.confirm("dataset")
        await walker.put(name=world.name, token=token)
        await look(walker)
        await walker.press("f2")
        assert isinstance(walker.screen, DiagnosisScreen)
        for _ in range(3):
            pictures.append(seen(walker))
            await walker.press("right")
        await walker.press("escape")
        await walker.confirm("save")
        await look(walker)
        await walker.press(*["down"] * 12)
        pictures.append(seen(walker))
        await walker.confirm("next")
        await look(walker)
        await walker.press("enter")
        await walker.until(lambda: bool(walker.rows()), "home")
        await look(walker)
    assert len(pictures) > 15
    assert [found for picture in pictures if (found := holds(picture, *secrets_of(world)))] == []


async def test_no_file_holds_a_secret_at_any_moment(world: World, tmp_path: Path) -> None:
    """Looked at with a draft, with the journal of a save that stopped, and after the save."""

    def found() -> list[Path]:
        files = [path for folder in (tmp_path, Path.home()) for path in folder.rglob("*") if path.is_file()]
        looked_at.extend(path.name for path in files)
        return [path for path in files if holds(path.read_bytes(), *secrets_of(world))]

    looked_at: list[str] = []
    async with world.running() as walker:
        await world.to_save(walker)
        assert list(world.home.drafts.iterdir())
        assert found() == []
        world.home.datasets_file.write_text("datasets: [", encoding="utf-8")
        await walker.press("enter")
        await walker.until(lambda: bool(walker.trouble()), "the save to stop")
        assert list((world.home.state / "saves").glob("*.json"))
        assert found() == []
        world.home.datasets_file.unlink()
        await walker.confirm("next")
        await walker.press("enter")
        await walker.until(lambda: bool(walker.rows()), "home")
        assert found() == []
    assert world.home.datasets_file.exists()
    assert "datasets.yaml" in looked_at
    assert found() == []


async def test_a_refused_token_and_key_are_in_no_picture_and_no_file(world: World, tmp_path: Path) -> None:
    async with world.running() as walker:
        await world.to_keys(walker)
        await walker.put(access_key_id=world.box.writer.access_key_id, secret_access_key=CANARY)
        await walker.confirm("output")
        await world.to_dataset_from_output(walker)
        assert walker.lights()["list"] == "fails"
        await walker.put(name=world.name, token=CANARY_TOKEN)
        await walker.press("enter")
        await walker.until(lambda: bool(walker.problem("token")), "the refusal")
        pictures = [seen(walker)]
        await walker.press("f2")
        pictures.append(seen(walker))
    contents = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert [found for each in (*pictures, *contents) if (found := holds(each, CANARY, CANARY_TOKEN))] == []


# Crashes


async def _home(world: World, walker: Walker) -> None:
    world.know(world.box.writer)
    await walker.press("escape")
    await walker.until(lambda: bool(walker.rows()), "home")
    await walker.press("r")
    await walker.until(lambda: walker.rows()[0].principal is not None, "the check")


async def _keys_typed(world: World, walker: Walker) -> None:
    await world.to_keys(walker)
    access = world.box.writer
    await walker.put(access_key_id=access.access_key_id, secret_access_key=access.secret_access_key.reveal())


async def _keys_exchanged(world: World, walker: Walker) -> None:
    """The secret was typed as the key ID, and confirmed."""
    await world.to_keys(walker)
    access = world.box.writer
    await walker.put(access_key_id=access.secret_access_key.reveal(), secret_access_key=access.access_key_id)
    await walker.press("enter")
    assert walker.hint("access_key_id")


async def _dataset_typed(world: World, walker: Walker) -> None:
    await world.to_dataset(walker)
    await walker.put(name=world.name, token=world.box.token.reveal())


async def _save(world: World, walker: Walker) -> None:
    await world.to_save(walker)


async def _next(world: World, walker: Walker) -> None:
    await world.to_next(walker)


async def _diagnosis(world: World, walker: Walker) -> None:
    await world.to_dataset(walker)
    await walker.press("f2")
    assert isinstance(walker.screen, DiagnosisScreen)


PLACES = [_home, _keys_typed, _keys_exchanged, _dataset_typed, _save, _next, _diagnosis]


@pytest.mark.parametrize("place", PLACES, ids=[place.__name__.strip("_") for place in PLACES])
async def test_a_crash_shows_where_it_was_and_no_secret(
    world: World,
    place: Callable[[World, Walker], Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def crash(app: BucketlightApp) -> None:
        screen = app.screen
        state = getattr(screen, "state", None)
        a_secret_at_hand, everything = secrets_of(world), (app, screen, state, app.engine)
        raise RuntimeError(f"forced, with {len(a_secret_at_hand) + len(everything)} things at hand")

    monkeypatch.setattr(BucketlightApp, "action_help", crash)

    async def walk() -> None:
        async with world.running() as walker:
            await walker.at("needs")
            await place(world, walker)
            await walker.press("f1")

    capfd.readouterr()
    with pytest.raises(RuntimeError, match="forced"):
        await walk()
    shown = "".join(capfd.readouterr())
    assert "RuntimeError" in shown
    assert "forced, with 7 things at hand" in shown
    assert "a_secret_at_hand =" not in shown
    # The console wraps, and draws frames around: without those, a secret would stand in one piece.
    unframed = "".join(line.strip(" │╭╮╰╯─") for line in shown.splitlines())
    assert holds(f"{shown}\0{unframed}".encode(), *secrets_of(world)) == []
