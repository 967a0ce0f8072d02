"""A rotation that is killed before every single change that it makes: nothing is lost.

After each kill somebody looks from outside: the key that Lightly has works, and so does the one in the keyring. The
next run that is left alone comes to its end, and AWS has no key whose secret nobody knows.

`BUCKETLIGHT_KILLS=3` kills three runs in a row: each before the same change, or the first of those that remain.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import keyring.core
import pytest
import sandbox_fixtures
from process_terminal import bare_environment
from rotation_runs import Ended, Runs
from rotation_stage import Stage, not_yet
from socket_keyring import PORT, Keyring, KeyringServer

import core
from core.access import AccessKind, UserAccess
from core.dataset import Dataset, Purpose
from core.sandbox import Sandbox
from core.store.keyring_thread import KeyringThread
from core.store.secrets import KeyringSecretStore

SOURCE = Path(core.__file__).parents[1]
TIMES = int(os.environ.get("BUCKETLIGHT_KILLS", "1"))

FORWARD = (
    "shelve old",
    "save start",
    "save create begun",
    "save create asked",
    "create",
    "shelve new",
    "save create known",
    "describe new",
    "save create done",
    "save prove begun",
    "save prove done",
    "save platform begun",
    "configure one INPUT_OUTPUT",
    "configure two INPUT",
    "configure two LIGHTLY",
    "save platform done",
    "save verify begun",
    "save verify done",
    "save local begun",
    "keep one",
    "write down one",
    "keep two",
    "write down two",
    "keep made",
    "save local done",
    "save deactivate begun",
    "deactivate",
    "save deactivate done",
    "save prove-alone begun",
    "save prove-alone rests",
    "save prove-alone done",
)
FINISH = (
    "save delete-old begun",
    "undescribe old",
    "delete old",
    "save delete-old done",
    "unshelve new",
    "unshelve old",
    "remove",
)
MAKING_ROOM = ("save remove-inactive begun", "delete new", "save remove-inactive done")
BACK = (
    "save turned",
    "save activate begun",
    "activate",
    "save activate done",
    "save prove-again begun",
    "save prove-again done",
    "save platform-back begun",
    "configure one INPUT_OUTPUT",
    "configure two INPUT",
    "configure two LIGHTLY",
    "save platform-back done",
    "save local-back begun",
    "keep one",
    "write down one",
    "keep two",
    "write down two",
    "keep made",
    "save local-back done",
    "save prove-old begun",
    "save prove-old done",
    "save delete-new begun",
    "undescribe new",
    "delete new",
    "unshelve new",
    "save delete-new done",
    "unshelve old",
    "remove",
)


@dataclass
class Tally:
    """What is counted over all tests here."""

    points: set[tuple[str, str]] = field(default_factory=set)
    kills: int = 0
    looks: int = 0
    orphans: int = 0


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    counted = Tally()
    yield counted
    said = (
        f"{len(counted.points)} points, killed {counted.kills} times ({TIMES} in a row), {counted.looks} looks from "
        f"outside, {counted.orphans} orphaned keys"
    )
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        request.config.get_terminal_writer().line(f"\n{said}")
    assert counted.kills == TIMES * len(counted.points)


@pytest.fixture(scope="module")
def vault() -> Iterator[KeyringServer]:
    with pytest.MonkeyPatch.context() as patch, KeyringServer() as server:
        patch.setenv(PORT, str(server.port))
        patch.setattr(keyring.core, "_keyring_backend", Keyring())  # type: ignore[no-untyped-call]
        yield server


box = sandbox_fixtures.rotation_box


@pytest.fixture(scope="module")
def runs(box: Sandbox, vault: KeyringServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("runs")
    with Runs.ready(environment(box, folder, vault), folder) as ready:
        yield ready


def environment(box: Sandbox, folder: Path, vault: KeyringServer | None) -> dict[str, str]:
    """Make a machine with the profile of an administrator."""
    profile = folder / "credentials"
    profile.write_text(
        f"[admin]\naws_access_key_id = {box.admin.access_key_id}\n"
        f"aws_secret_access_key = {box.admin.secret_access_key.reveal()}\n"
    )
    path = os.pathsep.join([str(SOURCE), str(Path(__file__).parent)])
    kept = {"PYTHON_KEYRING_BACKEND": "socket_keyring.Keyring", PORT: str(vault.port)} if vault else {}
    return bare_environment(folder, PYTHONPATH=path, AWS_SHARED_CREDENTIALS_FILE=str(profile), **kept)


@dataclass
class Scene:
    """Two datasets that share a key, on a machine whose runs are killed."""

    stage: Stage
    runs: Runs
    tally: Tally
    one: Dataset
    two: Dataset

    def run(self, *more: str, stop: Sequence[str] = ()) -> Ended:
        return self.runs.run(
            *("rotate", "one", "--home", str(self.stage.folder / "home"), "--profile", "admin"),
            *("--platform-url", self.stage.box.lightly_url, "--account", self.stage.box.world.account_id),
            *("--endpoint-url", self.stage.box.s3_url, *more),
            stop=stop,
            old=self.stage.key.access_key_id,
        )

    def look(self) -> None:
        """Look from outside whether both have a working key."""
        self.tally.looks += 1
        self.stage.check_working(self.one, self.two)

    def killed(self, way: Sequence[str], change: str, *more: str) -> None:
        """Be killed before one change of a way, as often in a row as asked for; look each time.

        A run after a kill stops before the same change, or where it does not come there again, the first that remains.
        """
        before = self.runs.kills
        remaining = way[way.index(change) :]
        for stops in [[change], *[remaining] * (TIMES - 1)]:
            ended = self.run(*more, stop=stops)
            assert ended.stopped in stops, f"nobody was killed: {ended.said}"
            assert ended.code == -signal.SIGKILL
            self.look()
        assert self.runs.kills - before == TIMES
        self.tally.kills += TIMES
        self.tally.points.add((" ".join(more), change))

    def orphans(self) -> set[str]:
        """The keys whose secret nobody knows."""
        store, account = self.stage.secrets, self.stage.box.world.account_id
        known = self.stage.used_here(self.one) | self.stage.used_here(self.two)
        for key_id in self.stage.user_keys():
            kept = store.get_made(account, AccessKind.USER, f"{self.stage.user}/{key_id}")
            known |= {kept.access_key_id} if isinstance(kept, UserAccess) else set()
        found = set(self.stage.user_keys()) - known
        self.tally.orphans += len(found)
        return found

    def settled(self, statuses: list[str]) -> None:
        """See that it is over: one key is used everywhere, and this is what the user's keys are."""
        assert self.orphans() == set()
        assert sorted(self.stage.user_keys().values()) == statuses
        (active,) = [key_id for key_id, status in self.stage.user_keys().items() if status == "Active"]
        self.stage.check_settled(active, self.one, self.two)


@pytest.fixture
def scene(box: Sandbox, runs: Runs, vault: KeyringServer, tally: Tally, tmp_path: Path) -> Scene:
    vault.items.clear()
    return staged(box, runs, tally, tmp_path)


@pytest.fixture
def old_key_lags() -> Iterator[list[str]]:
    """For each time that a key's ID stands there, AWS does not know that key once though it is active."""
    lags: list[str] = []

    def lagging(key_id: str) -> bool:
        if key_id not in lags:
            return False
        lags.remove(key_id)
        return True

    not_yet.append(lagging)
    yield lags
    not_yet.remove(lagging)


def staged(box: Sandbox, runs: Runs, tally: Tally, folder: Path) -> Scene:
    stage = Stage(box, folder, KeyringSecretStore(timeout=30.0, thread=KeyringThread()))
    stage.forget_datasets()
    one, two = stage.dataset("one"), stage.dataset("two", purposes=(Purpose.INPUT, Purpose.LIGHTLY))
    return Scene(stage, runs, tally, one, two)


def test_no_change_is_left_out_below(scene: Scene) -> None:
    there = scene.run()
    assert there.code == 0, there.said
    assert tuple(there.changes) == FORWARD
    back = scene.run("--back")
    assert back.code == 0, back.said
    assert [each for each in back.changes if each != "unshelve new"] == [
        each for each in BACK if each != "unshelve new"
    ]
    assert scene.run("--delete-old").changes == [*FORWARD, *FINISH]
    scene.settled(["Active"])


@pytest.mark.parametrize("change", FORWARD)
def test_killed_before_a_change_on_the_way_there(scene: Scene, change: str) -> None:
    scene.killed(FORWARD, change)
    ended = scene.run()
    assert ended.code == 0, ended.said
    scene.settled(["Active", "Inactive"])
    scene.stage.day_goes_by()
    assert scene.run("--finish").code == 0
    scene.settled(["Active"])


@pytest.mark.parametrize("change", FINISH)
def test_killed_before_a_change_while_the_old_key_is_deleted(scene: Scene, change: str) -> None:
    assert scene.run().code == 0
    scene.stage.day_goes_by()
    scene.killed(FINISH, change, "--finish")
    ended = scene.run("--finish")
    assert ended.code == 0, ended.said
    scene.settled(["Active"])
    assert scene.stage.key.access_key_id not in scene.stage.user_keys()


@pytest.mark.parametrize("change", BACK)
def test_killed_before_a_change_on_the_way_back(scene: Scene, change: str, old_key_lags: list[str]) -> None:
    assert scene.run().code == 0
    old_key_lags += [scene.stage.key.access_key_id] * 5
    scene.killed(BACK, change, "--back")
    ended = scene.run("--back")
    assert ended.code == 0, ended.said
    assert old_key_lags == [], "the old key was not looked at while AWS did not know it yet"
    scene.settled(["Active"])
    assert scene.stage.key.access_key_id in scene.stage.user_keys()


@pytest.mark.parametrize("change", MAKING_ROOM)
def test_killed_before_a_change_while_a_deactivated_key_makes_room(scene: Scene, change: str) -> None:
    stage = scene.stage
    stage.iam("CreateAccessKey", UserName=stage.user)
    (second,) = set(stage.user_keys()) - {stage.key.access_key_id}
    stage.iam("UpdateAccessKey", UserName=stage.user, AccessKeyId=second, Status="Inactive")
    scene.killed((*MAKING_ROOM, *FORWARD), change, "--delete-inactive")
    ended = scene.run("--delete-inactive")
    assert ended.code == 0, ended.said
    assert second not in stage.user_keys()
    scene.settled(["Active", "Inactive"])


def test_killed_everywhere_one_after_the_other_it_still_comes_to_its_end(scene: Scene) -> None:
    way = (*FORWARD, *FINISH)
    for change in way:
        scene.killed(way, change, "--delete-old")
    assert scene.run("--delete-old").code == 0
    scene.settled(["Active"])
