"""Every step of the setup as it looks, in each of its states. The states are made up; nothing is asked of anybody.

`pytest tests/app/test_setup_snapshots.py --snapshot-update` takes the pictures anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from guide_walk import (
    DATASET_ID,
    DELEGATED,
    ELSEWHERE,
    KEY_ID,
    OTHER_KEYS,
    ROLE,
    ROLE_ARN,
    SECRET,
    TOKEN,
    settle,
    taken,
)
from made_up import RED
from still import GIVEN, answering, at, setting, shown
from textual.pilot import Pilot
from walker import Walker

from core.guide.facts import (
    Fact,
    FoundDataset,
    KeysRead,
    NameLookedUp,
    RegionFound,
    Saved,
    SaveFailed,
    TokenTried,
    TokenVerdict,
    WorkerRegistered,
)
from core.guide.fields import Raw
from core.guide.flow import back, start, submit
from core.guide.plan import StepId
from core.guide.requests import (
    FindRegion,
    LookUpName,
    ReadKeys,
    RegisterWorker,
    Request,
    Save,
    TryToken,
)
from core.guide.saving import Phase, SaveProgress
from core.guide.state import State
from core.needs import InputType
from core.survey import Survey
from tui.app import BucketlightApp
from tui.screens.setup import SetupScreen

Compare = Callable[..., bool]
Answer = Callable[[Request], Fact]

KMS_KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OUTPUT_ROLE: Raw = {**ELSEWHERE, "credentials": "other", "output_role_arn": f"{ROLE_ARN}-output"}
SWAPPED: Raw = {"access_key_id": "x" * 40, "secret_access_key": "AKIAIOSFODNN7EXAMPLE"}
TEMPORARY: Raw = {"access_key_id": "ASIAIOSFODNN7EXAMPLE", "secret_access_key": "x" * 40}
VIDEOS: Raw = {"input_type": "Videos", "object_level": False, "thumbnails": False, "delete": False}
PROFILE: Raw = {"way": "profile", "profile": "farm"}
WORKER: Raw = {"worker": "barn"}


@dataclass(frozen=True)
class Seen:
    """A state of the guide, what is filled in and pressed then, and what a save has told."""

    state: Callable[[], State]
    fill: Raw = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    told: tuple[SaveProgress, ...] = ()


def saying(kind: type[Request], fact: Fact) -> Answer:
    """Return what answers one kind of request so, and the others well."""
    well = answering()
    return lambda request: fact if isinstance(request, kind) else well(request)


def given_up(step: str, raw: Raw, answer: Answer) -> State:
    """Confirm a step with these answers, and have them answered so."""
    return settle(taken(submit(at(step), raw)), answer)


def waiting(step: str, raw: Raw) -> State:
    """Confirm a step with these answers, and have nobody answer."""
    return taken(submit(at(step), raw))


def asked_back(step: str, raw: Raw) -> State:
    """Confirm a step, and come back to it."""
    return back(settle(taken(submit(at(step), raw)), answering()))


EMPTY_BUT_THERE = answering(survey=Survey(there=False))
FAILING = answering(RED)
NEAR = "s3://datalake/projects/farm-animals/out/"

SEEN: dict[str, Seen] = {
    # Needs
    "needs-fresh": Seen(partial(start, GIVEN)),
    "needs-filled-in": Seen(
        partial(start, GIVEN), {**VIDEOS, "object_level": True, "thumbnails": True, "delete": True}
    ),
    # Bucket
    "bucket-fresh": Seen(partial(at, "bucket")),
    "bucket-filled-in": Seen(partial(at, "bucket"), {"uri": "s3://datalake/projects/farm-animals/"}),
    "bucket-another-kind-of-address": Seen(
        partial(at, "bucket"),
        {"uri": "https://datalake.s3.eu-central-1.amazonaws.com/projects/farm-animals/"},
        ("enter",),
    ),
    "bucket-no-region": Seen(
        lambda: given_up(
            "bucket",
            {"uri": "s3://datalake/projects/"},
            saying(FindRegion, RegionFound(None, None, "no route to the host")),
        )
    ),
    "bucket-unknown": Seen(
        lambda: given_up("bucket", {"uri": "s3://datalaek/projects/"}, saying(FindRegion, RegionFound(None, False)))
    ),
    "bucket-waiting": Seen(partial(waiting, "bucket", {"uri": "s3://datalake/projects/farm-animals/"})),
    # Access
    "access-fresh": Seen(partial(at, "access")),
    "access-delegated": Seen(partial(at, "access"), {"access": "delegated", "no_keys": True}),
    # Keys
    "keys-fresh": Seen(partial(at, "keys")),
    "keys-typed": Seen(partial(at, "keys"), {"access_key_id": KEY_ID, "secret_access_key": SECRET}),
    "keys-left-empty": Seen(partial(at, "keys"), {}, ("enter",)),
    "keys-swapped": Seen(partial(at, "keys"), SWAPPED, ("enter",)),
    "keys-temporary": Seen(partial(at, "keys"), TEMPORARY, ("enter",)),
    "keys-from-a-file": Seen(partial(at, "keys"), {"way": "file", "key_file": "~/Downloads/lightly_accessKeys.csv"}),
    "keys-no-such-file": Seen(
        lambda: given_up(
            "keys",
            {"way": "file", "key_file": "~/keys.csv"},
            saying(ReadKeys, KeysRead(None, "There is no file ~/keys.csv. Correct the path.")),
        )
    ),
    "keys-from-a-profile": Seen(partial(at, "keys"), PROFILE),
    "keys-waiting": Seen(partial(waiting, "keys", PROFILE)),
    "keys-code-wanted": Seen(
        lambda: given_up(
            "keys", PROFILE, saying(ReadKeys, KeysRead(None, code_wanted="arn:aws:iam::111122223333:mfa/someone"))
        )
    ),
    "keys-from-the-environment": Seen(partial(at, "keys"), {"way": "environment", "copy": True}),
    "keys-found-in-a-profile": Seen(partial(asked_back, "keys", PROFILE)),
    # Role
    "role-fresh": Seen(partial(at, "role", access=DELEGATED)),
    "role-filled-in": Seen(partial(at, "role", access=DELEGATED), ROLE),
    "role-left-empty": Seen(partial(at, "role", access=DELEGATED), {}, ("enter",)),
    # Output
    "output-checking": Seen(partial(waiting, "keys", {"access_key_id": KEY_ID, "secret_access_key": SECRET})),
    "output-write-fails": Seen(partial(at, "output", FAILING)),
    "output-elsewhere": Seen(partial(at, "output"), ELSEWHERE),
    "output-other-keys": Seen(partial(at, "output"), OTHER_KEYS),
    "output-other-role": Seen(partial(at, "output", access=DELEGATED), OUTPUT_ROLE),
    "output-the-input-itself": Seen(
        partial(at, "output"), {**ELSEWHERE, "output_uri": "s3://datalake/projects/farm-animals/"}, ("enter",)
    ),
    "output-inside-the-input": Seen(partial(at, "output"), {**ELSEWHERE, "output_uri": NEAR}, ("enter",)),
    "output-waiting": Seen(partial(waiting, "output", OTHER_KEYS)),
    "output-nothing-there": Seen(partial(given_up, "output", ELSEWHERE, EMPTY_BUT_THERE)),
    "output-fails-there": Seen(partial(given_up, "output", OTHER_KEYS, FAILING)),
    # Encryption
    "limits-fresh": Seen(partial(at, "limits")),
    "limits-a-key": Seen(partial(at, "limits"), {"kms_key_arn": KMS_KEY}),
    "limits-not-a-key": Seen(partial(at, "limits"), {"kms_key_arn": KMS_KEY.replace("kms", "s3", 1)}, ("enter",)),
    "limits-restricted": Seen(partial(at, "limits", output=OTHER_KEYS), {"restricted": True}),
    # Dataset
    "dataset-fresh": Seen(partial(at, "dataset")),
    "dataset-filled-in": Seen(partial(at, "dataset", FAILING), {"name": "farm-animals", "token": TOKEN}),
    "dataset-left-empty": Seen(partial(at, "dataset"), {"name": "farm/animals"}, ("enter",)),
    "dataset-waiting": Seen(partial(waiting, "dataset", {"name": "farm-animals", "token": TOKEN})),
    "dataset-token-refused": Seen(
        lambda: given_up(
            "dataset",
            {"name": "farm-animals", "token": TOKEN},
            saying(TryToken, TokenTried(TokenVerdict.REFUSED)),
        )
    ),
    "dataset-name-taken": Seen(
        lambda: given_up(
            "dataset",
            {"name": "farm-animals", "token": TOKEN},
            saying(LookUpName, NameLookedUp(FoundDataset(DATASET_ID, InputType.IMAGES))),
        )
    ),
    "dataset-other-files": Seen(
        lambda: at("dataset", answering(survey=Survey(videos=12, total_bytes=4_100_000_000))),
        {"name": "farm-animals", "token": TOKEN},
        ("enter",),
    ),
    # Save
    "save-fresh": Seen(partial(at, "save", FAILING)),
    "save-to-its-end": Seen(partial(at, "save", output=OTHER_KEYS), {}, ("end",)),
    "save-temporary-key": Seen(partial(at, "save", keys={**TEMPORARY, "session_token": "x" * 60}), {}, ("enter",)),
    "save-running": Seen(
        partial(waiting, "save", {}),
        told=(
            SaveProgress(StepId.DATASET, Phase.DONE),
            SaveProgress(StepId.DATASOURCE, Phase.DONE),
            SaveProgress(StepId.SECRETS, Phase.STARTED),
        ),
    ),
    "save-failed": Seen(
        lambda: given_up(
            "save",
            {},
            saying(
                Save,
                SaveFailed(
                    "The keyring is locked. Unlock it, then save again.",
                    "Set s3://datalake/projects/farm-animals/ in eu-central-1 as its datasource (INPUT_OUTPUT)",
                    DATASET_ID,
                ),
            ),
        ),
        told=(SaveProgress(StepId.DATASET, Phase.DONE), SaveProgress(StepId.DATASOURCE, Phase.DONE)),
    ),
    # Next
    "next-fresh": Seen(partial(at, "next", output=OTHER_KEYS)),
    "next-not-verified": Seen(
        lambda: at(
            "next",
            answering(saved=Saved(DATASET_ID, (), "https://api.lightly.ai did not answer in time.")),
            limits={"kms_key_arn": KMS_KEY, "restricted": True},
        )
    ),
    "next-waiting": Seen(partial(waiting, "next", WORKER)),
    "next-registered": Seen(partial(given_up, "next", WORKER, answering())),
    "next-not-registered": Seen(
        lambda: given_up(
            "next",
            WORKER,
            saying(RegisterWorker, WorkerRegistered(None, "Lightly refuses this token. Enter another.")),
        )
    ),
    # What is opened from a step
    "console-of-keys": Seen(partial(at, "keys"), keys=("console",)),
    "console-of-role": Seen(partial(at, "role", access=DELEGATED), keys=("console", "pagedown", "pagedown")),
    "console-of-limits": Seen(partial(at, "limits"), {"kms_key_arn": KMS_KEY}, ("console",)),
    "help": Seen(partial(at, "access"), keys=("f1",)),
    "all-actions": Seen(partial(at, "role", access=DELEGATED), keys=("ctrl+o",)),
}

OF_EACH_STEP = (
    "needs-filled-in",
    "bucket-another-kind-of-address",
    "access-fresh",
    "keys-code-wanted",
    "role-filled-in",
    "output-fails-there",
    "limits-a-key",
    "dataset-name-taken",
    "save-running",
    "next-registered",
    "console-of-role",
)


@pytest.fixture
def app(tmp_path: Path) -> BucketlightApp:
    return BucketlightApp(setting(tmp_path))


async def show(app: BucketlightApp, pilot: Pilot[int], folder: Path, seen: Seen) -> None:
    """Bring the app to what is to be seen."""
    walker = Walker(app, pilot)
    await walker.until(lambda: app.engine is not None, "the engine")
    screen = await shown(walker, folder, seen.state())
    await walker.fill(**seen.fill)
    for progress in seen.told:
        screen.post_message(SetupScreen.Said(progress))
    await pilot.pause()
    for key in seen.keys:
        if key == "console":
            await walker.go_to("console")
        await walker.press("enter" if key == "console" else key)
    await pilot.pause()


@pytest.mark.parametrize("name", SEEN)
def test_a_step_looks_as_it_should(app: BucketlightApp, tmp_path: Path, snap_compare: Compare, name: str) -> None:
    assert snap_compare(app, run_before=lambda pilot: show(app, pilot, tmp_path, SEEN[name]))


@pytest.mark.parametrize("name", OF_EACH_STEP)
def test_a_wide_terminal_in_light_colours_looks_as_it_should(
    app: BucketlightApp, tmp_path: Path, snap_compare: Compare, name: str
) -> None:
    app.action_change_light()
    assert snap_compare(app, terminal_size=(120, 40), run_before=lambda pilot: show(app, pilot, tmp_path, SEEN[name]))


@pytest.mark.parametrize("name", OF_EACH_STEP)
def test_without_colours_a_step_looks_as_it_should(
    tmp_path: Path, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = BucketlightApp(setting(tmp_path))
    assert snap_compare(app, run_before=lambda pilot: show(app, pilot, tmp_path, SEEN[name]))


@pytest.mark.parametrize("name", ["needs-fresh", "output-other-keys", "dataset-name-taken"])
def test_the_smallest_terminal_looks_as_it_should(
    app: BucketlightApp, tmp_path: Path, snap_compare: Compare, name: str
) -> None:
    assert snap_compare(app, terminal_size=(60, 20), run_before=lambda pilot: show(app, pilot, tmp_path, SEEN[name]))
