"""The way back to the old key: it is given to nobody before it works, and where it never does the new one stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sandbox_fixtures
from rotation_stage import Stage, not_yet

from core.dataset import Purpose
from core.provision.rotation.outcome import NotYet, Progress, Rotated, RotateEvent, Stopped, WentBack
from core.provision.rotation.record import BACKWARD, Step
from core.sandbox import Sandbox
from core.store.secrets import MemorySecretStore

box = sandbox_fixtures.rotation_box


@pytest.fixture
def stage(box: Sandbox, tmp_path: Path) -> Iterator[Stage]:
    yield Stage(box, tmp_path, MemorySecretStore())
    not_yet.clear()


def test_lightly_and_this_machine_get_the_old_key_back_only_when_it_works(stage: Stage) -> None:
    dataset = stage.dataset("spreads slowly", purposes=(Purpose.INPUT, Purpose.LIGHTLY))
    assert isinstance(stage.run(dataset), Rotated)
    old = stage.key.access_key_id
    activated: list[float] = []
    not_yet.append(lambda key_id: key_id == old and stage.waiter.seconds < (*activated, 0.0)[0] + 20)

    def look(event: RotateEvent) -> None:
        if event == Progress(Step.ACTIVATE, done=True):
            activated.append(stage.waiter.seconds)
        stage.check_working(dataset)

    stage.events.clear()
    assert isinstance(stage.run(dataset, back=True, on_event=look), WentBack)
    assert [event.step for event in stage.events if isinstance(event, Progress) and event.done] == list(BACKWARD)
    assert {event.step for event in stage.events if isinstance(event, NotYet)} == {Step.PROVE_AGAIN}
    assert stage.user_keys() == {old: "Active"}
    stage.check_settled(old, dataset)


def never_back(stage: Stage, name: str) -> str:
    """Rotate, and ask in vain to go back; return the ID of the new key."""
    dataset = stage.dataset(name)
    assert isinstance(stage.run(dataset), Rotated)
    (new,) = set(stage.user_keys()) - {stage.key.access_key_id}
    not_yet.append(lambda key_id: key_id == stage.key.access_key_id)
    outcome = stage.run(dataset, back=True)
    assert isinstance(outcome, Stopped)
    assert "The old key is activated and does not work yet, so nothing was given it" in outcome.reason
    assert "or do not go back" in outcome.reason
    assert outcome.holds.startswith("Everything uses the new key")
    assert "was not seen to work" in outcome.holds
    stage.check_settled(new, dataset)
    return new


def test_where_the_old_key_never_works_again_the_new_one_stays(stage: Stage) -> None:
    new = never_back(stage, "never back")
    (dataset,) = stage.datasets.load()
    plan = stage.plan(dataset)
    assert plan.steps == (Step.DEACTIVATE, Step.PROVE_ALONE)
    assert "It does not go back any more" in "\n".join(plan.lines())
    assert isinstance(stage.run(dataset), Rotated)
    assert stage.user_keys() == {stage.key.access_key_id: "Inactive", new: "Active"}
    stage.check_settled(new, dataset)
    stage.day_goes_by()
    assert isinstance(stage.run(dataset, finish=True), Rotated)
    assert stage.user_keys() == {new: "Active"}
    stage.check_settled(new, dataset)


def test_where_the_old_key_works_later_the_same_way_back_goes_on(stage: Stage) -> None:
    never_back(stage, "later back")
    (dataset,) = stage.datasets.load()
    not_yet.clear()
    assert stage.plan(dataset, back=True).steps[0] is Step.PROVE_AGAIN
    assert isinstance(stage.run(dataset, back=True), WentBack)
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}
    stage.check_settled(stage.key.access_key_id, dataset)


def test_a_way_back_that_was_given_up_can_be_asked_for_again(stage: Stage) -> None:
    never_back(stage, "back again")
    (dataset,) = stage.datasets.load()
    assert isinstance(stage.run(dataset), Rotated)
    not_yet.clear()
    assert isinstance(stage.run(dataset, back=True), WentBack)
    stage.check_settled(stage.key.access_key_id, dataset)
