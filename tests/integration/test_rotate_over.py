"""A request for a key that arrives when its rotation is over: whoever looks at that user next deletes the key."""

from __future__ import annotations

from pathlib import Path

import sandbox_fixtures
from late_answers import LateAnswers
from rotation_stage import Stage

from core.access import AccessKind
from core.dataset import Dataset
from core.provision.found import Found
from core.provision.journal import Journal
from core.provision.looking import look_at
from core.provision.rotation.outcome import Progress, Rotated, RotateEvent, Stopped, WentBack
from core.provision.rotation.record import Step
from core.sandbox import Sandbox
from core.store.secrets import MemorySecretStore

box = sandbox_fixtures.rotation_box


def staged(box: Sandbox, folder: Path, proxy: LateAnswers) -> tuple[Stage, Dataset]:
    stage = Stage(box, folder, MemorySecretStore(), aws_url=proxy.url)
    return stage, stage.dataset(f"over {folder.name}"[:40])


def arrived(stage: Stage, proxy: LateAnswers, used: str) -> str:
    """Let the request arrive when everything is over; return the ID of the key that it makes."""
    assert stage.journal.load() == ()
    assert stage.user_keys() == {used: "Active"}
    proxy.deliver()
    (orphan,) = set(stage.user_keys()) - {used}
    return orphan


def test_a_request_that_arrives_after_somebody_went_back_makes_a_key_that_the_next_rotation_deletes(
    box: Sandbox, tmp_path: Path
) -> None:
    with LateAnswers(box.s3_url, "held") as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        assert isinstance(stage.run(dataset), Stopped)
        assert isinstance(stage.run(dataset, back=True), WentBack)
        orphan = arrived(stage, proxy, stage.key.access_key_id)
        plan = stage.plan(dataset)
        assert plan.strays == (orphan,)
        assert "A key that nobody knows the secret of is deleted" in "\n".join(plan.lines())
        assert isinstance(stage.run(dataset), Rotated)
        assert orphan not in stage.user_keys()
        stage.check_one_new_key(dataset)


def test_a_request_that_arrives_after_the_old_key_is_deleted_makes_a_key_that_the_next_rotation_deletes(
    box: Sandbox, tmp_path: Path
) -> None:
    with LateAnswers(box.s3_url, "held") as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        assert isinstance(stage.run(dataset), Stopped)
        assert isinstance(stage.run(dataset, delete_old=True), Rotated)
        (used,) = stage.user_keys()
        orphan = arrived(stage, proxy, used)
        stage.check_settled(used, dataset)
        again = stage.datasets.get(dataset.name)
        assert again is not None
        assert isinstance(stage.run(again, delete_old=True), Rotated)
        (new,) = stage.user_keys()
        assert new not in {orphan, used}
        stage.check_settled(new, dataset)


def test_between_two_rotations_a_request_can_arrive_in_the_midst_of_the_second(box: Sandbox, tmp_path: Path) -> None:
    with LateAnswers(box.s3_url, "held") as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        assert isinstance(stage.run(dataset), Stopped)
        assert isinstance(stage.run(dataset, back=True), WentBack)

        def arrive(event: RotateEvent) -> None:
            if event == Progress(Step.CREATE, done=False):
                proxy.deliver()

        assert isinstance(stage.run(dataset, on_event=arrive), Rotated)
        stage.check_one_new_key(dataset)


def test_a_request_that_arrives_when_all_is_over_makes_a_key_that_undo_takes_for_a_leftover(
    box: Sandbox, tmp_path: Path
) -> None:
    with LateAnswers(box.s3_url, "held") as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        assert isinstance(stage.run(dataset), Stopped)
        assert isinstance(stage.run(dataset, back=True), WentBack)
        orphan = arrived(stage, proxy, stage.key.access_key_id)
        found = look_at(
            stage.admin_access,
            [(AccessKind.USER, stage.user)],
            secrets=stage.secrets,
            journal=Journal(stage.home),
            endpoint_url=box.s3_url,
        )
        assert isinstance(found, Found)
        assert found.leftovers == {orphan}
