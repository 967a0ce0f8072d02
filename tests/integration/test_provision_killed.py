"""kill -9 at every step of making and of taking back: no key that nobody has, and the next run ends it.

Once at each point; with `BUCKETLIGHT_KILLS=3` the two runs that follow are killed as well, each at the first point of
the same kind that it still comes by, else at its first. While a key is asked for it is always three times.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from provision_runs import PID, Runs
from provision_stage import Stage, front_of
from socket_keyring import PORT, KeyringServer

from core.console import resource_name
from core.provision.journal import Entry
from core.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.timeout(600)

IN_A_ROW = int(os.environ.get("BUCKETLIGHT_KILLS", "1"))
WHILE_A_KEY_IS_MADE = 3


class World:
    """The sandbox, a keyring that outlives every run, and the runs."""

    def __init__(self, box: Sandbox, keyring: KeyringServer, runs: Runs, folder: Path) -> None:
        self.box = box
        self.keyring = keyring
        self.runs = runs
        self.folder = folder
        self.stage = Stage.at(box, folder)
        self.orphans = 0
        self.tried: dict[tuple[str, str, tuple[str, ...]], tuple[str, ...]] = {}

    def order(self, access: str, dataset: str, task: str = "make") -> dict[str, Any]:
        admin = self.box.admin
        return {
            "task": task,
            "access": access,
            "dataset": dataset,
            "home": str(self.folder),
            "url": self.box.s3_url,
            "bucket": self.box.bucket,
            "key": admin.access_key_id,
            "secret": admin.secret_access_key.reveal(),
        }

    def kept(self, dataset: str) -> str:
        """Return what the keyring holds of a dataset; an empty text where nothing is."""
        end = resource_name(dataset).lower()
        return next((text for (service, _), text in self.keyring.items.items() if service.endswith(f"/{end}")), "")

    def has_a_user(self, dataset: str) -> bool:
        return resource_name(dataset) in self.stage.users()

    def has_a_role(self, dataset: str) -> bool:
        return resource_name(dataset) in {role["RoleName"] for role in self.stage.iam("list_roles")["Roles"]}

    def count_orphans(self, dataset: str) -> int:
        """Count the keys of the user whose secrets nobody has."""
        keys = self.stage.keys(resource_name(dataset)) if self.has_a_user(dataset) else []
        orphans = [key for key in keys if key not in self.kept(dataset)]
        self.orphans += len(orphans)
        return len(orphans)

    def journals(self) -> tuple[Entry, ...]:
        return self.stage.journal.unfinished()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Sandbox() as box, KeyringServer() as keyring:
        environment = {"PYTHON_KEYRING_BACKEND": "socket_keyring.Keyring", PORT: str(keyring.port)}
        with Runs(environment) as runs:
            yield World(box, keyring, runs, tmp_path_factory.mktemp("home"))


def _points(world: World, access: str, why: str, task: str = "make") -> tuple[str, ...]:
    """Find the points of a whole run."""
    dataset = f"whole {access} {why}"
    ran = world.runs.run(world.order(access, dataset))
    if task == "undo":
        ran = world.runs.run(world.order(access, dataset, "undo"))
    assert ran.points
    assert len(set(ran.points)) == len(ran.points)
    assert world.journals() == ()
    return ran.points


def _after(world: World, access: str, task: str, kills: tuple[str, ...]) -> tuple[str, ...]:
    """Find the points of a run that follows those which were killed; it is tried, and brought to its end."""
    tried = access, task, kills
    if tried not in world.tried:
        dataset = f"tried {task} {access} {len(world.tried)}"
        if task == "undo":
            assert world.runs.run(world.order(access, dataset)).outcome == "Made"
        _kill(world, access, dataset, task, kills)
        ran = world.runs.run(world.order(access, dataset, task))
        assert ran.outcome in {"Made", "Undone", "nothing-there"}, tried
        world.tried[tried] = ran.points
        assert world.count_orphans(dataset) == 0, tried
        assert world.journals() == (), tried
    return world.tried[tried]


def _in_a_row(world: World, access: str, task: str, first: str) -> tuple[str, ...]:
    """Say where the runs that follow each other are killed: as often as is asked for, or as there is a point left."""
    kind = first.rpartition(" ")[0]
    kills: tuple[str, ...] = (first,)
    while len(kills) < IN_A_ROW and (points := _after(world, access, task, kills)):
        same_kind = (point for point in points if point.rpartition(" ")[0] == kind)
        kills = (*kills, next(same_kind, points[0]))
    return kills


def _kill(world: World, access: str, dataset: str, task: str, kills: tuple[str, ...]) -> int:
    """Kill one run after the other, and return how many."""
    for point in kills:
        assert world.runs.run(world.order(access, dataset, task), kill_at=point).killed, kills
    return len(kills)


@pytest.mark.parametrize("access", ["user", "delegated"])
@pytest.mark.parametrize("ending", ["go on", "roll back"])
def test_killed_at_every_point_of_making(world: World, access: str, ending: str, record_property: Any) -> None:
    points = _points(world, access, ending)
    assert {"after CreateUser 1", "after CreateAccessKey 1"} <= {*points} or "after CreateRole 1" in points
    killed = 0
    for number, point in enumerate(points):
        dataset = f"{access} {ending} {number}"
        killed += _kill(world, access, dataset, "make", _in_a_row(world, access, "make", point))
        if ending == "go on":
            assert world.runs.run(world.order(access, dataset)).outcome == "Made", point
            assert world.has_a_user(dataset) if access == "user" else world.has_a_role(dataset)
            assert world.kept(dataset), point
            if access == "user":
                assert len(world.stage.keys(resource_name(dataset))) == 1, point
        else:
            finished = not world.journals()
            assert world.runs.run(world.order(access, dataset, "roll back")).outcome == "rolled back", point
            if not finished:
                assert not world.has_a_user(dataset), point
                assert not world.has_a_role(dataset), point
                assert not world.kept(dataset), point
        assert world.count_orphans(dataset) == 0, point
        assert world.journals() == (), point
    assert killed == IN_A_ROW * len(points)
    record_property("points", len(points))
    record_property("kills", killed)
    record_property("orphans", world.orphans)
    print(  # noqa: T201 - the counts, for whoever runs it with -s
        f"\n{access}, {ending}: {len(points)} points, {killed} kills, {world.orphans} orphaned keys"
    )


def test_killed_from_outside_while_the_request_for_a_key_is_under_way(world: World) -> None:
    dataset, killed = "under way", 0
    with front_of(world.box.s3_url) as front:

        def rule(action: str, pass_on: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes] | None:
            nonlocal killed
            if action != "CreateAccessKey" or killed == WHILE_A_KEY_IS_MADE:
                return None
            killed += 1
            os.kill(int((world.folder / PID).read_text()), signal.SIGKILL)
            return pass_on()  # AWS makes the key, and nobody is there any more to hear of it

        front.rules.append(rule)
        order = world.order("user", dataset) | {"url": front.url}
        assert all(world.runs.run(order).killed for _ in range(WHILE_A_KEY_IS_MADE))
        assert killed == WHILE_A_KEY_IS_MADE
        assert len(world.stage.keys(resource_name(dataset))) == 1  # of the last; the others were deleted in between
        assert world.runs.run(order).outcome == "Made"
    assert len(world.stage.keys(resource_name(dataset))) == 1
    assert world.count_orphans(dataset) == 0
    assert world.journals() == ()


@pytest.mark.parametrize("access", ["user", "delegated"])
def test_killed_at_every_point_of_taking_back(world: World, access: str, record_property: Any) -> None:
    points = _points(world, access, "taken back", "undo")
    killed = 0
    for number, point in enumerate(points):
        dataset = f"undo {access} {number}"
        assert world.runs.run(world.order(access, dataset)).outcome == "Made"
        killed += _kill(world, access, dataset, "undo", _in_a_row(world, access, "undo", point))
        last = world.runs.run(world.order(access, dataset, "undo")).outcome
        assert last in {"Undone", "nothing-there"}, point
        assert not world.has_a_user(dataset), point
        assert not world.has_a_role(dataset), point
        assert not world.kept(dataset), point
        assert world.journals() == (), point
    assert world.orphans == 0
    assert killed >= len(points)  # where nothing is left to take back, no further run comes by any point
    record_property("points", len(points))
    record_property("kills", killed)
    print(f"\n{access}, undo: {len(points)} points, {killed} kills")  # noqa: T201 - as above
