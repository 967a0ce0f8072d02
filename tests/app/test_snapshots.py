"""Home, and the questions on the way from there, as they look. What is seen is made up; nothing is asked of anybody.

`pytest tests/app/test_snapshots.py --snapshot-update` takes the pictures anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from made_up import BY_LIGHTLY, GREEN, MOMENT, RED, UNPROVEN
from still import PRINCIPAL, at, setting
from textual.pilot import Pilot
from walker import Walker

from core.access import AccessKind, CredentialSource, SourceKind
from core.dataset import Dataset, Datasource, Purpose
from core.guide.drafts import to_draft
from core.lights.states import Light, ProbeMode, State
from core.location import S3Location
from core.needs import OPERATIONS, InputType, Needs, Operation
from core.recheck import Result
from core.store.datasets import DatasetStore
from core.store.drafts import DraftStore
from core.store.paths import Home
from tui.app import BucketlightApp

Compare = Callable[..., bool]

CHECKING = replace(GREEN, state=State.CHECKING, summary="", evidence=None)
KNOWN: Mapping[str, Light] = {
    "cows": GREEN,
    "goats-which-are-being-checked": CHECKING,
    "hens-and-their-chicks": RED,
    "pigs": UNPROVEN,
    "sheep": BY_LIGHTLY,
}
"""Datasets, each with what is known of Write."""


def datasource(name: str, *, region: str = "eu-central-1") -> Datasource:
    return Datasource(
        purpose=Purpose.INPUT_OUTPUT,
        location=S3Location("datalake", f"projects/{name}/"),
        region=region,
        access=AccessKind.USER,
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        credentials=CredentialSource(SourceKind.KEYRING),
    )


def known(folder: Path) -> None:
    """Have these datasets on this machine."""
    for number, name in enumerate(KNOWN):
        dataset = Dataset(
            name=name,
            dataset_id=f"{number:024x}",
            needs=Needs(InputType.IMAGES, thumbnails=True),
            platform_url="https://api.lightly.ai",
            datasources=(datasource(name),),
        )
        DatasetStore(Home.at(folder)).save(dataset)


def result(name: str, write: Light) -> Result:
    """Return a check in which all is well but Write, which is as it is."""
    source = datasource(name)
    well = {each: replace(GREEN, operation=each, summary=f"{each.value.capitalize()} works.") for each in OPERATIONS}
    by_lightly = write.viewpoint is BY_LIGHTLY.viewpoint
    return Result(
        dataset=name,
        datasource=source.purpose,
        location=source.location,
        region=source.region,
        endpoint_url=None,
        access=source.access,
        principal=PRINCIPAL,
        write_probe=ProbeMode.DRY,
        required=OPERATIONS,
        local=tuple((well if by_lightly else well | {Operation.WRITE: write}).values()),
        platform=(write,) if by_lightly else (),
    )


async def until_built(app: BucketlightApp, pilot: Pilot[int]) -> Walker:
    walker = Walker(app, pilot)
    await walker.until(lambda: app.engine is not None, "the engine")
    return walker


async def with_all_known(app: BucketlightApp, pilot: Pilot[int]) -> None:
    """Show every dataset, one of them while it is checked."""
    walker = await until_built(app, pilot)
    await walker.until(lambda: len(walker.rows()) == len(KNOWN), "the datasets")
    for row in walker.rows():
        write = KNOWN[row.dataset.name]
        if write is CHECKING:
            for operation in OPERATIONS:
                row.take(replace(CHECKING, operation=operation))
        else:
            row.finish(result(row.dataset.name, write), MOMENT)
    await pilot.pause()


@pytest.mark.parametrize("name", ["dark", "wide-and-light", "without-colours", "smallest"])
def test_home_with_several_datasets_looks_as_it_should(
    tmp_path: Path, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if name == "without-colours":
        monkeypatch.setenv("NO_COLOR", "1")
    known(tmp_path)
    app = BucketlightApp(setting(tmp_path))
    if name == "wide-and-light":
        app.action_change_light()
    size = {"wide-and-light": (120, 40), "smallest": (60, 20)}.get(name, (80, 24))
    assert snap_compare(app, terminal_size=size, run_before=lambda pilot: with_all_known(app, pilot))


KEYS: dict[str, tuple[str, ...]] = {"nothing": (), "help": ("f1",), "all-actions": ("ctrl+o",)}


@pytest.mark.parametrize("name", KEYS)
def test_home_without_a_dataset_looks_as_it_should(tmp_path: Path, snap_compare: Compare, name: str) -> None:
    async def before(pilot: Pilot[int]) -> None:
        walker = await until_built(app, pilot)
        await walker.sees("No dataset is known")
        await walker.press(*KEYS[name])

    app = BucketlightApp(setting(tmp_path))
    assert snap_compare(app, run_before=before)


def test_what_was_left_is_asked_about_as_it_should(tmp_path: Path, snap_compare: Compare) -> None:
    async def before(pilot: Pilot[int]) -> None:
        walker = await until_built(app, pilot)
        await walker.sees("before it was done")

    DraftStore(Home.at(tmp_path)).save("setup", to_draft(at("keys")))
    app = BucketlightApp(setting(tmp_path), start="setup")
    assert snap_compare(app, run_before=before)


def test_a_terminal_that_is_too_small_says_how_much_room_it_takes(tmp_path: Path, snap_compare: Compare) -> None:
    async def before(pilot: Pilot[int]) -> None:
        await until_built(app, pilot)

    app = BucketlightApp(setting(tmp_path))
    assert snap_compare(app, terminal_size=(59, 20), run_before=before)
