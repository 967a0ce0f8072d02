"""AWS's answer to CreateAccessKey comes late, or never: in the end there is one new key, and its secret is known."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import sandbox_fixtures
from late_answers import LateAnswers
from provision_stage import front_of
from rotation_stage import Stage

from core.access import AccessKind, UserAccess
from core.dataset import Dataset
from core.provision.plan import KEY_TAG
from core.provision.rotation.outcome import NotYet, Rotated, RotateEvent, Stopped, WentBack
from core.provision.rotation.plan import RotationRefusedError
from core.provision.rotation.record import Goal, Step
from core.provision.rotation.run import rotate
from core.sandbox import Sandbox
from core.sandbox.calls import access_key
from core.store.secrets import MemorySecretStore

box = sandbox_fixtures.rotation_box


def staged(box: Sandbox, folder: Path, proxy: LateAnswers) -> tuple[Stage, Dataset]:
    stage = Stage(box, folder, MemorySecretStore(), aws_url=proxy.url)
    return stage, stage.dataset(f"late {folder.name}"[:40].replace("[", "-").replace("]", "-"))


def test_a_late_answer_makes_one_key(box: Sandbox, tmp_path: Path) -> None:
    with LateAnswers(box.s3_url, "late") as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        assert isinstance(stage.run(dataset), Rotated)
        assert proxy.tampered == ["late"]
        assert proxy.asked == 2
        stage.check_one_new_key(dataset)
    stage.check_one_new_key(dataset)  # also after the answer has come


def test_a_lost_answer_makes_one_key(box: Sandbox, tmp_path: Path) -> None:
    with LateAnswers(box.s3_url, "lost", faulty=2) as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        assert isinstance(stage.run(dataset), Rotated)
        assert proxy.tampered == ["lost", "lost"]
        stage.check_one_new_key(dataset)


@pytest.mark.parametrize("after", [1, 2, 4])
def test_a_request_that_arrives_late_makes_one_key(box: Sandbox, tmp_path: Path, after: int) -> None:
    with LateAnswers(box.s3_url, "held", after=after) as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        assert isinstance(stage.run(dataset), Rotated)
        assert proxy.tampered == ["held"]
        stage.check_one_new_key(dataset)


def test_a_request_that_arrives_when_all_is_over_makes_a_key_that_the_next_run_deletes(
    box: Sandbox, tmp_path: Path
) -> None:
    with LateAnswers(box.s3_url, "held") as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        outcome = stage.run(dataset)
        assert isinstance(outcome, Stopped)
        assert "not known whether a key was made" in outcome.reason
        stage.check_settled(stage.key.access_key_id, dataset)
        proxy.deliver()
        assert len(stage.user_keys()) == 2
        plan = stage.plan(dataset)
        assert len(plan.strays) == 1
        assert "A key that nobody knows the secret of is deleted" in "\n".join(plan.lines())
        assert isinstance(stage.run(dataset), Rotated)
        assert set(plan.strays).isdisjoint(stage.user_keys())
        stage.check_one_new_key(dataset)


def test_a_login_page_in_the_place_of_aws_leaves_everything_as_it_is_and_the_next_run_goes_on(
    box: Sandbox, tmp_path: Path
) -> None:
    with LateAnswers(box.s3_url, "portal") as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        outcome = stage.run(dataset)
        assert isinstance(outcome, Stopped)
        assert "not AWS" in outcome.reason
        stage.check_settled(stage.key.access_key_id, dataset)
        assert isinstance(stage.run(dataset), Rotated)
        stage.check_one_new_key(dataset)


@pytest.mark.parametrize("code", ["Throttling", "RequestThrottled", "SlowDown"])
def test_where_aws_asks_to_go_slower_it_does(box: Sandbox, tmp_path: Path, code: str) -> None:
    with LateAnswers(box.s3_url, "throttled", faulty=3) as proxy:
        proxy.code = code
        stage, dataset = staged(box, tmp_path, proxy)
        assert isinstance(stage.run(dataset), Rotated)
        assert proxy.asked == 4
        stage.check_one_new_key(dataset)


def test_where_aws_goes_on_asking_to_go_slower_nothing_is_half_made(box: Sandbox, tmp_path: Path) -> None:
    with LateAnswers(box.s3_url, "throttled", faulty=99) as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        outcome = stage.run(dataset)
        assert isinstance(outcome, WentBack)
        assert "AWS takes no more requests of this account just now" in outcome.reason
        assert "goes on" not in outcome.reason
        assert stage.user_keys() == {stage.key.access_key_id: "Active"}
        stage.check_settled(stage.key.access_key_id, dataset)
        assert stage.journal.load() == ()


def test_who_leaves_while_aws_asks_for_patience_does_not_wait_and_nothing_was_asked_for(
    box: Sandbox, tmp_path: Path
) -> None:
    with LateAnswers(box.s3_url, "throttled", faulty=99) as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        told: list[NotYet] = []

        def leave(event: RotateEvent) -> None:
            if isinstance(event, NotYet):
                told.append(event)
                stage.waiter.stops = True

        outcome = stage.run(dataset, on_event=leave)
        assert told == [NotYet(Step.CREATE, "AWS asks for patience.", 1, 1)]
        assert isinstance(outcome, Stopped)
        assert outcome.reason == "It was left before its end."
        assert proxy.asked == 1
        assert outcome.record.asked == ()
        stage.check_settled(stage.key.access_key_id, dataset)
        proxy.faulty, stage.waiter.stops = 0, False
        assert isinstance(stage.run(dataset), Rotated)
        stage.check_one_new_key(dataset)


DENIED = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: "
    "arn:aws:iam::111122223333:user/administrator is not authorized to perform: iam:{} on resource: user x {}"
    "</Message></Error><RequestId>1</RequestId></ErrorResponse>"
)


def test_where_it_cannot_be_read_whether_a_key_was_used_it_is_not_deleted(box: Sandbox, tmp_path: Path) -> None:
    with LateAnswers(box.s3_url, "held") as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        assert isinstance(stage.run(dataset), Stopped)
        proxy.deliver()
        before = stage.user_keys()
        plan = stage.plan(dataset)
        proxy.refusals["GetAccessKeyLastUsed"] = DENIED.format("GetAccessKeyLastUsed", "").encode()
        for back in (False, True):
            with pytest.raises(RotationRefusedError, match="cannot be read whether it was ever used"):
                stage.plan(dataset, back=back)
        for goal in (Goal.REST, Goal.BACK):
            with stage.journal.held():
                outcome = rotate(
                    dataclasses.replace(plan, goal=goal),
                    world=stage.world(),
                    administrator=stage.administrator(),
                    journal=stage.journal,
                    on_event=stage.events.append,
                    waiter=stage.waiter,
                )
            assert isinstance(outcome, Stopped)
            assert "iam:GetAccessKeyLastUsed" in outcome.reason
            assert stage.user_keys() == before
        proxy.refusals.clear()
        assert isinstance(stage.run(dataset, back=True), WentBack)
        stage.check_settled(stage.key.access_key_id, dataset)


def test_where_it_cannot_be_read_whether_another_machine_keeps_a_key_it_is_not_deleted(
    box: Sandbox, tmp_path: Path
) -> None:
    with LateAnswers(box.s3_url, "held") as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        assert isinstance(stage.run(dataset), Stopped)
        theirs = access_key(stage.iam("CreateAccessKey", UserName=stage.user)).access_key_id
        stage.iam("TagUser", UserName=stage.user, **{"Tags.member.1.Key": theirs, "Tags.member.1.Value": KEY_TAG})
        plan = stage.plan(dataset)
        assert plan.strays == ()
        proxy.refusals["GetUser"] = DENIED.format("GetUser", "").encode()
        with pytest.raises(RotationRefusedError, match="whether another machine keeps its secret"):
            stage.plan(dataset)
        with stage.journal.held():
            outcome = rotate(
                plan,
                world=stage.world(),
                administrator=stage.administrator(),
                journal=stage.journal,
                on_event=stage.events.append,
                waiter=stage.waiter,
            )
        assert isinstance(outcome, Stopped)
        assert "iam:GetUser" in outcome.reason
        assert theirs in stage.user_keys()


@pytest.mark.parametrize("lost_before", [False, True])
def test_a_key_that_somebody_makes_at_the_same_moment_is_theirs(
    box: Sandbox, tmp_path: Path, *, lost_before: bool
) -> None:
    """AWS refuses ours then, as a third one."""
    theirs: list[str] = []
    with front_of(box.s3_url) as front:
        stage = Stage(box, tmp_path, MemorySecretStore(), aws_url=front.url)
        dataset = stage.dataset(f"same moment {lost_before}")

        def somebody_is_first(action: str, _: object) -> None:
            if action == "CreateAccessKey" and not theirs:
                theirs.append(access_key(stage.iam("CreateAccessKey", UserName=stage.user)).access_key_id)
                if lost_before:
                    stage.use(theirs[0])

        if lost_before:
            front.refuse("CreateAccessKey", 500, "ServiceFailure", "it was never carried out", times=1)
            assert isinstance(stage.run(dataset), Stopped)
        front.rules.append(somebody_is_first)
        outcome = stage.run(dataset)
        assert isinstance(outcome, WentBack)
        assert "Somebody made another key for the user meanwhile" in outcome.reason
        assert stage.user_keys() == {stage.key.access_key_id: "Active", theirs[0]: "Active"}
        stage.check_settled(stage.key.access_key_id, dataset)


@pytest.mark.parametrize("how", ["used", "described"])
def test_a_key_that_was_used_or_that_another_machine_keeps_is_somebodys_and_stays(
    box: Sandbox, tmp_path: Path, how: str
) -> None:
    with LateAnswers(box.s3_url, "held") as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        assert isinstance(stage.run(dataset), Stopped)
        proxy.deliver()
        (theirs,) = set(stage.user_keys()) - {stage.key.access_key_id}
        if how == "used":
            stage.use(theirs)
        if how == "described":
            tag = {"Tags.member.1.Key": theirs, "Tags.member.1.Value": KEY_TAG}
            stage.iam("TagUser", UserName=stage.user, **tag)
        assert stage.plan(dataset).strays == ()
        assert isinstance(stage.run(dataset), WentBack)
        assert stage.user_keys() == {stage.key.access_key_id: "Active", theirs: "Active"}


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("", "The user administrator may not do iam:CreateAccessKey. Ask for that permission"),
        ("with an explicit deny in a service control policy", "A service control policy of the organization"),
        ("because no permissions boundary allows the iam:CreateAccessKey action", "The permissions boundary of that"),
    ],
)
def test_a_denial_names_the_policy_that_denies(box: Sandbox, tmp_path: Path, how: str, said: str) -> None:
    with LateAnswers(box.s3_url, "late", faulty=0) as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        proxy.refusals["CreateAccessKey"] = DENIED.format("CreateAccessKey", how).encode()
        outcome = stage.run(dataset)
        assert isinstance(outcome, WentBack)
        assert said in outcome.reason
        stage.check_settled(stage.key.access_key_id, dataset)


def test_such_a_key_is_deleted_as_well_where_somebody_goes_back(box: Sandbox, tmp_path: Path) -> None:
    with LateAnswers(box.s3_url, "held") as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        assert isinstance(stage.run(dataset), Stopped)
        proxy.deliver()
        assert isinstance(stage.run(dataset, back=True), WentBack)
        assert stage.user_keys() == {stage.key.access_key_id: "Active"}
        stage.check_settled(stage.key.access_key_id, dataset)


def test_where_it_cannot_be_read_whether_the_old_key_was_used_it_is_deleted_only_on_demand(
    box: Sandbox, tmp_path: Path
) -> None:
    with LateAnswers(box.s3_url, "late", faulty=0) as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        assert isinstance(stage.run(dataset), Rotated)
        stage.day_goes_by()
        proxy.refusals["GetAccessKeyLastUsed"] = DENIED.format("GetAccessKeyLastUsed", "").encode()
        with pytest.raises(RotationRefusedError, match="cannot be read whether the old key"):
            stage.plan(dataset, finish=True)
        assert len(stage.user_keys()) == 2
        assert isinstance(stage.run(dataset, delete_old=True), Rotated)
        assert stage.key.access_key_id not in stage.user_keys()


def test_answers_that_are_lost_every_time_leave_no_key(box: Sandbox, tmp_path: Path) -> None:
    with LateAnswers(box.s3_url, "lost", faulty=99) as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        outcome = stage.run(dataset)
        assert isinstance(outcome, WentBack)
        assert "lost, three times" in outcome.reason
        assert stage.user_keys() == {stage.key.access_key_id: "Active"}
        stage.check_settled(stage.key.access_key_id, dataset)


def test_a_key_that_somebody_else_made_meanwhile_is_left_alone(box: Sandbox, tmp_path: Path) -> None:
    """It was made long after the one that was asked for could have been."""
    from moto.iam.models import iam_backends

    with LateAnswers(box.s3_url, "held") as proxy:
        stage, dataset = staged(box, tmp_path, proxy)
        assert isinstance(stage.run(dataset), Stopped)
        stage.iam("CreateAccessKey", UserName=stage.user)
        (theirs,) = set(stage.user_keys()) - {stage.key.access_key_id}
        for key in iam_backends[box.world.account_id]["aws"].list_access_keys(stage.user):
            if key.access_key_id == theirs:
                key.create_date = key.create_date.replace(year=key.create_date.year + 1)
        assert stage.plan(dataset).strays == ()
        outcome = stage.run(dataset)
        assert isinstance(outcome, WentBack)
        assert "Somebody made another key" in outcome.reason
        assert stage.user_keys() == {stage.key.access_key_id: "Active", theirs: "Active"}
        made = stage.secrets.get_made(box.world.account_id, AccessKind.USER, f"{stage.user}/{theirs}")
        assert not isinstance(made, UserAccess)
