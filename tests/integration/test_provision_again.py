"""Provisioning beside others: runs that broke off, other machines, keys that others made. Nothing of theirs goes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sandbox_fixtures
from provision_stage import EXTERNAL_ID, Clock, Front, Stage, wanted

from core.access import AccessKind, DelegatedAccess, Secret, UserAccess
from core.aws.session import Clients
from core.external_id import new_external_id
from core.needs import Operation
from core.provision.apply import Made
from core.provision.asking import Administrator
from core.provision.journal import Task
from core.provision.plan import with_trusted_id
from core.provision.refusals import Refusal, RefusedError, Stopped
from core.provision.rollback import RollBack, roll_back, what_goes_back
from core.sandbox.sandbox import Sandbox

DENIED = "User: arn:aws:iam::1:user/x is not authorized to perform: iam:Something"
READ = (Operation.LIST, Operation.READ)


box = sandbox_fixtures.box
front = sandbox_fixtures.front


@pytest.fixture
def stage(box: Sandbox, tmp_path: Path, front: Front) -> Stage:
    return Stage.at(box, tmp_path, url=front.url)


@pytest.fixture
def colleague(box: Sandbox, tmp_path: Path) -> Stage:
    return Stage.at(box, tmp_path / "another machine")


def _roll_back(stage: Stage) -> RollBack:
    (entry,) = stage.journal.unfinished()
    shown = what_goes_back(entry, stage.box.admin, secrets=stage.secrets, journal=stage.journal, waiter=Clock())
    done = roll_back(entry, stage.box.admin, secrets=stage.secrets, journal=stage.journal, waiter=Clock())
    assert isinstance(done, RollBack)
    assert shown == done
    return done


def _role(stage: Stage, name: str) -> DelegatedAccess | None:
    access = stage.secrets.get_made(stage.box.world.account_id, AccessKind.DELEGATED, name)
    assert access is None or isinstance(access, DelegatedAccess)
    return access


def _lose_answers(front: Front, times: int, *, carried_out: bool = False) -> None:
    left = [times]

    def rule(asked: str, pass_on: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes] | None:
        if asked != "CreateAccessKey" or not left[0]:
            return None
        left[0] -= 1
        if carried_out:
            pass_on()
        return 500, b""

    front.rules.append(rule)


def _use(stage: Stage, key: UserAccess) -> None:
    Clients().sts(key, region=stage.box.region, endpoint_url=stage.box.s3_url).get_caller_identity()


def _by_hand(stage: Stage, user: str) -> UserAccess:
    made = stage.iam("create_access_key", UserName=user)["AccessKey"]
    return UserAccess(made["AccessKeyId"], Secret(made["SecretAccessKey"]))


# Keys of others


def test_the_key_of_another_machine_is_no_leftover_of_an_answer_that_was_lost(
    stage: Stage, colleague: Stage, front: Front
) -> None:
    what = wanted(stage.box, "two at once")
    _lose_answers(front, 3)
    stage.stop(what)
    colleague.make(what)
    plan = stage.planned(what)
    assert [step.call for step in plan.steps] == ["iam:CreateAccessKey"]
    assert isinstance(stage.apply(plan), Made)
    assert set(stage.keys(what.name)) == {stage.kept_key(what.name), colleague.kept_key(what.name)}


def test_a_key_that_somebody_uses_is_no_leftover(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "used by hand")
    _lose_answers(front, 3)
    stage.stop(what)
    key = _by_hand(stage, what.name)
    _use(stage, key)
    stage.make(what)
    assert set(stage.keys(what.name)) == {stage.kept_key(what.name), key.access_key_id}
    assert "DeleteAccessKey" not in front.asked


def test_a_key_that_is_used_between_plan_and_run_is_not_deleted_on_the_way(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "used meanwhile")
    _lose_answers(front, 1)
    left = [1]

    def rule(asked: str, _: object) -> tuple[int, bytes] | None:
        if asked == "CreateAccessKey" and front.asked.count(asked) == 1 and left[0]:
            left[0] -= 1
            _use(stage, _by_hand(stage, what.name))
        return None

    front.rules.insert(0, rule)
    stage.make(what)
    assert len(stage.keys(what.name)) == 2
    assert "DeleteAccessKey" not in front.asked


def test_where_it_may_not_be_looked_up_whether_a_key_is_used_it_stays_and_that_is_said(
    stage: Stage, front: Front
) -> None:
    what = wanted(stage.box, "unknown use")
    _lose_answers(front, 3)
    stage.stop(what)
    key = _by_hand(stage, what.name)
    front.refuse("GetAccessKeyLastUsed", 403, "AccessDenied", DENIED)
    plan = stage.planned(what)
    assert "iam:DeleteAccessKey" not in [step.call for step in plan.steps]
    assert [note.cause for note in plan.notes] == ["not-looked-at", "other-key"]
    stopped = stage.apply(plan)
    assert isinstance(stopped, Stopped)
    assert stopped.refusal.cause == "look-up-denied"
    assert "GetAccessKeyLastUsed" in stopped.refusal.fix
    assert stage.keys(what.name) == [key.access_key_id]


def test_a_request_that_was_never_sent_is_no_lost_answer(box: Sandbox) -> None:
    asked = Administrator(
        box.admin,
        region=box.region,
        endpoint_url="http://127.0.0.1:9",
        clients=Clients(may_change=True),
        waiter=Clock(),
    )
    with pytest.raises(RefusedError) as caught:
        asked.iam_once("create_access_key", "user x", UserName="x")
    assert (caught.value.refusal.cause, caught.value.refusal.again) == ("no-answer", True)


# Plans of before


def test_a_plan_that_is_carried_out_twice_makes_one_key(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "twice")
    plan = stage.planned(what)
    assert isinstance(stage.apply(plan), Made)
    key = stage.kept_key(what.name)
    front.asked.clear()
    second = stage.apply(plan)
    assert isinstance(second, Stopped)
    assert (second.refusal.cause, second.refusal.again) == ("changed-meanwhile", True)
    assert not [each for each in front.asked if not each.startswith("Get")]
    assert stage.keys(what.name) == [stage.kept_key(what.name)] == [key]


def test_a_plan_that_broke_off_is_carried_out_again_as_it_is(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "as it is")
    plan = stage.planned(what)
    front.refuse("CreateAccessKey", 400, "Throttling", "Rate exceeded", times=5)
    assert isinstance(stage.apply(plan), Stopped)
    assert isinstance(stage.apply(plan), Made)
    assert stage.keys(what.name) == [stage.kept_key(what.name)]


def test_two_plans_that_were_made_before_either_was_carried_out_make_one_key(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "two plans")
    makes_all = stage.planned(what), stage.planned(what)
    front.refuse("CreateAccessKey", 403, "AccessDenied", DENIED, times=1)
    assert isinstance(stage.apply(makes_all[0]), Stopped)
    makes_key = stage.planned(what), stage.planned(what)
    outcomes = [stage.apply(plan) for plan in (makes_key[0], makes_all[1], makes_key[1])]
    assert [isinstance(each, Made) for each in outcomes] == [True, False, True]
    assert front.asked.count("CreateAccessKey") == 2
    assert stage.keys(what.name) == [stage.kept_key(what.name)]
    assert stage.unfinished() == 0


def test_a_run_began_by_the_clock_of_aws(stage: Stage, front: Front) -> None:
    front.date = "Sun, 22 Nov 2026 09:00:00 GMT"
    front.refuse("CreateAccessKey", 403, "AccessDenied", DENIED)
    stage.stop(wanted(stage.box, "other clock"))
    (entry,) = stage.journal.unfinished()
    assert entry.began_at == datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_a_request_that_may_still_arrive_is_remembered_and_the_next_run_sweeps_it(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "late")
    _lose_answers(front, 1)
    stage.make(what)
    entry = stage.journal.read(stage.box.world.account_id, what.access, what.name)
    assert entry is not None
    assert (entry.task, entry.made, len(entry.attempts)) == (Task.DONE, (), 1)
    assert stage.unfinished() == 0
    late = _by_hand(stage, what.name)  # it arrives now
    plan = stage.planned(what)
    assert [(step.call, step.value) for step in plan.steps] == [("iam:DeleteAccessKey", late.access_key_id)]
    stage.apply(plan)
    assert stage.keys(what.name) == [stage.kept_key(what.name)]


def test_after_the_time_in_which_a_request_can_arrive_nothing_is_remembered(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "long since")
    _lose_answers(front, 1)
    stage.make(what)
    front.date = "Sun, 22 Nov 2099 09:00:00 GMT"
    assert stage.planned(what).steps == ()
    stage.make(what)
    assert stage.journal.read(stage.box.world.account_id, what.access, what.name) is None


def test_the_sweep_leaves_a_key_that_a_rotation_keeps(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "rotating")
    _lose_answers(front, 1)
    stage.make(what)
    key = _by_hand(stage, what.name)  # a rotation makes it, and keeps it beside the other
    stage.secrets.put_made(stage.box.world.account_id, what.access, f"{what.name}/{key.access_key_id}", key)
    assert stage.planned(what).steps == ()
    front.refuse("PutUserPolicy", 403, "AccessDenied", DENIED, times=1)
    reading = wanted(stage.box, "rotating", operations=READ)
    stage.stop(reading)
    stage.make(reading)
    assert set(stage.keys(what.name)) == {stage.kept_key(what.name), key.access_key_id}
    assert "DeleteAccessKey" not in front.asked


# What is taken back


def test_rolling_back_a_change_keeps_the_secret_and_says_what_stays(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "changed user", operations=READ)
    stage.make(what)
    key = stage.kept_key(what.name)
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    arn = stage.iam("create_policy", PolicyName="edge", PolicyDocument=document)["Policy"]["Arn"]
    front.refuse("PutUserPolicy", 403, "AccessDenied", DENIED, times=1)
    stage.stop(wanted(stage.box, "changed user", boundary_arn=arn))
    done = _roll_back(stage)
    assert done.steps == ()
    assert done.stays == (f"The permissions boundary of the user {what.name} stays as the run set it.",)
    assert key is not None
    assert [stage.kept_key(what.name)] == stage.keys(what.name) == [key]


def test_rolling_back_a_change_of_a_role_keeps_its_external_id(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "changed role", AccessKind.DELEGATED, operations=READ)
    kept = stage.make(what).access[what]
    stage.iam("update_role", RoleName=what.name, MaxSessionDuration=3600)
    front.refuse("UpdateRole", 403, "AccessDenied", DENIED, times=1)
    stage.stop(wanted(stage.box, "changed role", AccessKind.DELEGATED))
    done = _roll_back(stage)
    assert done.stays == (f"Our statements in the inline policy of the role {what.name} stay as the run wrote them.",)
    assert _role(stage, what.name) == kept


def test_rolling_back_an_adoption_leaves_the_policy_that_was_there(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "adopted", operations=READ)
    stage.iam("create_user", UserName=what.name)
    document = what.policy().document
    stage.iam("put_user_policy", UserName=what.name, PolicyName=what.name, PolicyDocument=json.dumps(document))
    key = _by_hand(stage, what.name)
    front.refuse("PutUserPolicy", 403, "AccessDenied", DENIED, times=1)
    stage.stop(wanted(stage.box, "adopted"), adopt=True)
    assert _roll_back(stage).steps == (f"Take our tags from the user {what.name}.",)
    there = stage.iam("get_user_policy", UserName=what.name, PolicyName=what.name)["PolicyDocument"]
    assert there == document
    assert stage.keys(what.name) == [key.access_key_id]
    assert stage.iam("list_user_tags", UserName=what.name)["Tags"] == []


def test_rolling_back_an_adoption_takes_what_it_added(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "adopted role", AccessKind.DELEGATED)
    statement = {"Effect": "Allow", "Principal": {"AWS": stage.box.world.account_id}, "Action": "sts:AssumeRole"}
    own = {"Version": "2012-10-17", "Statement": [statement]}
    stage.iam("create_role", RoleName=what.name, AssumeRolePolicyDocument=json.dumps(own))
    front.refuse("UpdateRole", 403, "AccessDenied", DENIED, times=1)
    stage.stop(what, adopt=True)
    assert _role(stage, what.name) is not None
    assert len(_roll_back(stage).steps) == 3
    assert stage.iam("get_role", RoleName=what.name)["Role"]["AssumeRolePolicyDocument"] == own
    assert stage.iam("list_role_policies", RoleName=what.name)["PolicyNames"] == []
    assert _role(stage, what.name) is None


# External IDs


def test_the_keyring_gets_a_new_external_id_only_after_aws_has_it(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "new id", AccessKind.DELEGATED)
    stage.make(what)
    front.refuse("UpdateAssumeRolePolicy", 403, "AccessDenied", DENIED, times=1)
    other = replace(what, external_id=new_external_id())
    assert "a new external ID" in stage.planned(other).steps[0].sentence
    stage.stop(other)
    kept = _role(stage, what.name)
    assert kept is not None
    assert kept.external_id == EXTERNAL_ID
    stage.make(other)
    kept = _role(stage, what.name)
    assert kept is not None
    assert kept.external_id == other.external_id


def test_an_external_id_that_aws_has_is_kept_whatever_comes_after(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "id before", AccessKind.DELEGATED)
    stage.make(what)
    stage.iam("update_role", RoleName=what.name, MaxSessionDuration=3600)
    front.refuse("UpdateRole", 403, "AccessDenied", DENIED, times=1)
    other = replace(what, external_id=new_external_id())
    stage.stop(other)
    kept = _role(stage, what.name)
    assert kept is not None
    assert kept.external_id == other.external_id


def test_a_role_that_another_machine_made_keeps_its_external_id(stage: Stage, colleague: Stage) -> None:
    what = wanted(stage.box, "from elsewhere", AccessKind.DELEGATED)
    colleague.make(what)
    fresh = replace(what, external_id=new_external_id())
    found = stage.look(fresh)
    assert not isinstance(found, Refusal)
    known = with_trusted_id(fresh, found)
    assert known.external_id == EXTERNAL_ID
    assert stage.planned(known).steps == ()
    stage.make(known)
    kept = _role(stage, what.name)
    assert kept is not None
    assert kept.external_id == EXTERNAL_ID
