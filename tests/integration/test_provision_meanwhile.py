"""Somebody else was faster while a plan waited for a yes, or an answer was lost: nothing of theirs is changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sandbox_fixtures
from moto.iam.models import iam_backends
from provision_stage import EXTERNAL_ID, Clock, Front, Stage, error_body, wanted

from core.access import AccessKind, DelegatedAccess
from core.external_id import new_external_id
from core.provision.apply import Made
from core.provision.found import RUN
from core.provision.journal import Entry
from core.provision.refusals import Refusal, Stopped
from core.provision.rollback import RollBack, roll_back, what_goes_back
from core.provision.wanted import Wanted
from core.sandbox.sandbox import Sandbox

DENIED = "User: arn:aws:iam::1:user/x is not authorized to perform: iam:Something"
KINDS = pytest.mark.parametrize("access", [AccessKind.USER, AccessKind.DELEGATED])


box = sandbox_fixtures.box
front = sandbox_fixtures.front


@pytest.fixture
def stage(box: Sandbox, tmp_path: Path, front: Front) -> Stage:
    return Stage.at(box, tmp_path, url=front.url)


@pytest.fixture
def colleague(box: Sandbox, tmp_path: Path) -> Stage:
    return Stage.at(box, tmp_path / "another machine")


def _five_minutes_go_by(stage: Stage, what: Wanted) -> None:
    aws = iam_backends[stage.box.world.account_id]["aws"]
    there = aws.get_user(what.name) if what.access is AccessKind.USER else aws.get_role(what.name)
    there.create_date -= timedelta(minutes=5)


def _kept(stage: Stage, what: Wanted) -> object:
    return stage.secrets.get_made(stage.box.world.account_id, what.access, what.name)


def _external_id(stage: Stage, what: Wanted) -> str:
    """Return what the role demands."""
    trust = stage.iam("get_role", RoleName=what.name)["Role"]["AssumeRolePolicyDocument"]
    return str(trust["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"])


def _stopped(outcome: Made | Stopped, cause: str = "changed-meanwhile") -> Stopped:
    assert isinstance(outcome, Stopped), outcome
    assert outcome.refusal.cause == cause
    return outcome


def _entry(stage: Stage) -> Entry:
    (entry,) = stage.journal.unfinished()
    return entry


def _roll_back(stage: Stage) -> RollBack | Stopped:
    return roll_back(_entry(stage), stage.admin, secrets=stage.secrets, journal=stage.journal, waiter=Clock())


def _meanwhile(front: Front, action: str, do: Callable[[], object]) -> None:
    """Let something happen right before an action of ours arrives, once."""
    left = [1]

    def rule(asked: str, _: object) -> tuple[int, bytes] | None:
        if asked == action and left[0]:
            left[0] -= 1
            do()
        return None

    front.rules.append(rule)


def _lose(front: Front, action: str, times: int = 1) -> None:
    """Let AWS carry an action out, and its answer get lost."""
    left = [times]

    def rule(asked: str, pass_on: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes] | None:
        if asked != action or not left[0]:
            return None
        left[0] -= 1
        pass_on()
        return 500, error_body("InternalFailure", "lost")

    front.rules.append(rule)


# A plan that waited for a yes


@KINDS
@pytest.mark.parametrize("old", [False, True])
def test_a_plan_that_waited_while_another_run_made_it_leaves_all_as_it_is(
    stage: Stage, access: AccessKind, old: bool
) -> None:
    what = wanted(stage.box, f"waited {access} {old}", access)
    plans = stage.planned(what), stage.planned(what)
    assert isinstance(stage.apply(plans[0]), Made)
    if old:
        _five_minutes_go_by(stage, what)
    kept = _kept(stage, what)
    assert kept is not None
    stopped = _stopped(stage.apply(plans[1]))
    assert (stopped.made, stopped.step, stopped.refusal.again) == ((), None, True)
    assert _kept(stage, what) == kept
    if access is AccessKind.USER:
        assert stage.keys(what.name) == [stage.kept_key(what.name)]
    assert stage.unfinished() == 0
    assert stage.planned(what).steps == ()


@pytest.mark.parametrize("old", [False, True])
def test_a_waiting_plan_with_another_external_id_changes_neither_keyring_nor_role(stage: Stage, old: bool) -> None:
    what = wanted(stage.box, f"another id {old}", AccessKind.DELEGATED)
    other = replace(what, external_id=new_external_id())
    plans = stage.planned(what), stage.planned(other)
    stage.apply(plans[0])
    if old:
        _five_minutes_go_by(stage, what)
    _stopped(stage.apply(plans[1]))
    kept = _kept(stage, what)
    assert isinstance(kept, DelegatedAccess)
    assert kept.external_id.reveal() == _external_id(stage, what) == EXTERNAL_ID.reveal()


def test_a_plan_without_steps_keeps_no_external_id_that_the_role_does_not_demand_any_more(stage: Stage) -> None:
    what = wanted(stage.box, "changed since", AccessKind.DELEGATED)
    stage.make(what)
    plan = stage.planned(what)
    assert plan.steps == ()
    other = replace(what, external_id=new_external_id())
    stage.make(other)
    _stopped(stage.apply(plan))
    kept = _kept(stage, what)
    assert isinstance(kept, DelegatedAccess)
    assert kept.external_id == other.external_id


def test_an_external_id_that_is_kept_is_not_replaced_before_there_is_a_role_that_demands_another(
    stage: Stage, front: Front
) -> None:
    what = wanted(stage.box, "kept before", AccessKind.DELEGATED)
    stage.make(what)
    kept = _kept(stage, what)
    stage.iam("delete_role_policy", RoleName=what.name, PolicyName=what.name)
    stage.iam("delete_role", RoleName=what.name)  # by hand: the keyring does not know
    other = replace(what, external_id=new_external_id())
    front.refuse("CreateRole", 403, "AccessDenied", DENIED, times=1)
    assert stage.stop(other).refusal.cause == "access-denied"
    assert _kept(stage, what) == kept
    assert stage.make(other).access[other] == _kept(stage, what)
    assert other.external_id is not None
    assert _external_id(stage, what) == other.external_id.reveal()


def test_what_came_between_the_look_and_the_request_is_not_taken_for_our_own(
    stage: Stage, colleague: Stage, front: Front
) -> None:
    what = wanted(stage.box, "a blink")
    plan = stage.planned(what)
    _meanwhile(front, "CreateUser", lambda: colleague.make(what))
    stopped = _stopped(stage.apply(plan))
    assert stopped.made == ()
    assert stage.unfinished() == 0
    assert stage.keys(what.name) == [colleague.kept_key(what.name)]
    assert stage.kept_key(what.name) is None


def test_a_role_that_came_with_another_external_id_keeps_it_and_nothing_is_kept_here(
    stage: Stage, colleague: Stage, front: Front
) -> None:
    what = wanted(stage.box, "a blink role", AccessKind.DELEGATED)
    plan = stage.planned(replace(what, external_id=new_external_id()))
    _meanwhile(front, "CreateRole", lambda: colleague.make(what))
    _stopped(stage.apply(plan))
    assert stage.unfinished() == 0
    assert _kept(stage, what) is None
    assert _external_id(stage, what) == EXTERNAL_ID.reveal()


@KINDS
def test_what_is_gone_since_the_plan_was_made_is_not_changed(stage: Stage, access: AccessKind) -> None:
    what = wanted(stage.box, f"gone {access}", access)
    word = "User" if access is AccessKind.USER else "Role"
    trust = {} if access is AccessKind.USER else {"AssumeRolePolicyDocument": json.dumps(what.trust())}
    stage.iam(f"create_{word.lower()}", **{f"{word}Name": what.name}, **trust)
    plan = stage.planned(what, adopt=True)
    stage.iam(f"delete_{word.lower()}", **{f"{word}Name": what.name})
    stopped = _stopped(stage.apply(plan))
    assert stopped.made == ()
    assert stage.unfinished() == 0


def test_no_key_is_made_for_a_user_that_is_somebody_elses_now(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "handed over")
    front.refuse("CreateAccessKey", 403, "AccessDenied", DENIED, times=1)
    stage.stop(what)
    plan = stage.planned(what)
    stage.iam("untag_user", UserName=what.name, TagKeys=["created-by", "dataset"])
    _stopped(stage.apply(plan))
    assert stage.keys(what.name) == []


# Two machines, and answers that were lost


def test_taking_back_never_deletes_a_user_that_another_machine_has_just_made(
    stage: Stage, colleague: Stage, front: Front
) -> None:
    what = wanted(stage.box, "two machines")
    _lose(front, "CreateUser", 5)
    assert stage.stop(what).refusal.again
    entry = _entry(stage)
    stage.iam("delete_user", UserName=what.name)  # somebody tidied up, and another machine made it anew
    colleague.make(what)
    shown = what_goes_back(entry, stage.admin, secrets=stage.secrets, journal=stage.journal, waiter=Clock())
    assert shown == _roll_back(stage)
    assert isinstance(shown, RollBack)
    assert shown.steps == ()
    assert stage.keys(what.name) == [colleague.kept_key(what.name)]


def test_taking_back_leaves_a_half_made_user_of_another_machine(stage: Stage, colleague: Stage, front: Front) -> None:
    what = wanted(stage.box, "half of another")
    _lose(front, "CreateUser", 5)
    stage.stop(what)
    mine = stage.iam("get_user", UserName=what.name)["User"]
    assert {"Key": RUN, "Value": _entry(stage).mark} in mine["Tags"]
    stage.iam("delete_user", UserName=what.name)
    tags = [{"Key": "created-by", "Value": "bucketlight"}, {"Key": "dataset", "Value": what.dataset}]
    stage.iam("create_user", UserName=what.name, Tags=tags)  # what a run on another machine has just sent
    done = _roll_back(stage)
    assert isinstance(done, RollBack)
    assert done.steps == ()
    assert what.name in stage.users()


@KINDS
def test_a_lost_answer_of_this_very_run_is_its_own(stage: Stage, front: Front, access: AccessKind) -> None:
    what = wanted(stage.box, f"own {access}", access)
    _lose(front, "CreateUser" if access is AccessKind.USER else "CreateRole")
    stage.make(what)
    assert _kept(stage, what) is not None
    assert stage.unfinished() == 0


def test_a_role_of_a_lost_answer_keeps_the_external_id_that_it_was_made_with(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "own other id", AccessKind.DELEGATED)
    _lose(front, "CreateRole", 5)
    stage.stop(what)
    front.rules.clear()
    front.refuse("GetRole", 404, "NoSuchEntity", "It is not known everywhere yet.", times=1)
    plan = stage.planned(replace(what, external_id=new_external_id()))
    assert plan.steps[0].call == "iam:CreateRole"
    _stopped(stage.apply(plan))
    kept = _kept(stage, what)
    assert isinstance(kept, DelegatedAccess)
    assert kept.external_id.reveal() == _external_id(stage, what) == EXTERNAL_ID.reveal()
    stage.make(what)
    assert stage.unfinished() == 0


def test_a_refusal_after_lost_answers_leaves_the_journal_of_a_half_made_user(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "lost create")
    plan = stage.planned(what)
    _lose(front, "CreateUser", 5)
    stopped = _stopped(stage.apply(plan), "no-answer")
    assert stopped.made == ()
    front.rules.clear()
    front.refuse("PutUserPolicy", 403, "AccessDenied", DENIED)
    assert stage.stop(what).refusal.cause == "access-denied"
    assert what.name in stage.users()
    assert stage.unfinished() == 1
    done = _roll_back(stage)
    assert isinstance(done, RollBack)
    assert done.steps == (f"Delete the user {what.name}.",)
    assert what.name not in stage.users()


def test_a_refusal_where_it_may_not_be_seen_what_is_there_leaves_the_journal(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "unseen end")
    plan = stage.planned(what)

    def rule(asked: str, _: object) -> tuple[int, bytes] | None:
        if asked == "CreateUser" or (asked == "GetUser" and "CreateUser" in front.asked):
            return 403, error_body("AccessDenied", DENIED)
        return None

    front.rules.append(rule)
    _stopped(stage.apply(plan), "access-denied")
    assert stage.unfinished() == 1
    front.rules.clear()
    stage.make(what)
    assert stage.unfinished() == 0


# Two datasets whose names are one in IAM


def test_what_is_made_for_a_dataset_of_the_same_name_in_iam_is_taken_back_as_its_own(
    stage: Stage, front: Front
) -> None:
    first, second = wanted(stage.box, "farm animals"), wanted(stage.box, "farm-animals")
    assert first.name == second.name
    front.refuse("CreateUser", 400, "Throttling", "Rate exceeded", times=5)
    stage.stop(first)
    front.refuse("TagUser", 403, "AccessDenied", DENIED, times=1)
    assert "the access key" in stage.stop(second).made[-1]
    assert _entry(stage).dataset == "farm-animals"
    done = _roll_back(stage)
    assert isinstance(done, RollBack)
    assert len(done.steps) == 3
    assert first.name not in stage.users()
    assert stage.kept_key(first.name) is None


def test_what_was_begun_for_a_dataset_of_the_same_name_in_iam_is_named_and_stays(stage: Stage, front: Front) -> None:
    first, second = wanted(stage.box, "barn owls"), wanted(stage.box, "barn-owls")
    plan = stage.planned(second)
    front.refuse("PutUserPolicy", 403, "AccessDenied", DENIED, times=1)
    stage.stop(first)
    stage.iam("delete_user", UserName=first.name)
    stopped = _stopped(stage.apply(plan), "name-of-other-dataset")
    assert "“barn owls”" in stopped.refusal.sentence
    assert _entry(stage).dataset == "barn owls"
    assert first.name not in stage.users()


def test_a_secret_is_not_forgotten_where_it_may_not_be_seen_whether_its_user_is_there(
    stage: Stage, front: Front
) -> None:
    what = wanted(stage.box, "blind")
    front.refuse("TagUser", 403, "AccessDenied", DENIED, times=1)
    stage.stop(what)
    front.refuse("GetUser", 403, "AccessDenied", DENIED)
    entry = _entry(stage)
    shown = what_goes_back(entry, stage.admin, secrets=stage.secrets, journal=stage.journal, waiter=Clock())
    assert isinstance(shown, Refusal)
    assert shown.cause == "look-up-denied"
    outcome = _roll_back(stage)
    assert isinstance(outcome, Stopped)
    assert outcome.refusal == shown
    assert stage.keys(what.name) == [stage.kept_key(what.name)]
    assert _entry(stage) == entry


# Adopting


def test_adopting_leaves_every_tag_that_was_there(stage: Stage) -> None:
    what = wanted(stage.box, "farm", named="svc-x")
    own = [{"Key": "dataset", "Value": "finance"}, {"Key": "created-by", "Value": "terraform"}]
    stage.iam("create_user", UserName="svc-x", Tags=own)
    stage.make(what, adopt=True)
    tags = stage.iam("list_user_tags", UserName="svc-x")["Tags"]
    assert [tag for tag in tags if tag in own] == own
    assert {"Key": "adopted-for", "Value": "farm"} in tags
    assert stage.planned(what).steps == ()


def test_an_adoption_that_waited_does_not_retag_what_was_adopted_for_another_dataset(
    stage: Stage, colleague: Stage
) -> None:
    what, other = (wanted(stage.box, name, named="svc-y") for name in ("mine", "theirs"))
    stage.iam("create_user", UserName="svc-y")
    plan = stage.planned(what, adopt=True)
    colleague.make(other, adopt=True)
    before = stage.iam("list_user_tags", UserName="svc-y")["Tags"]
    stopped = _stopped(stage.apply(plan))
    assert stopped.made == ()
    assert stage.iam("list_user_tags", UserName="svc-y")["Tags"] == before
    assert stage.keys("svc-y") == [colleague.kept_key("svc-y")]


def test_a_boundary_that_was_set_meanwhile_stays(stage: Stage, front: Front) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    ours, theirs = (
        stage.iam("create_policy", PolicyName=name, PolicyDocument=document)["Policy"]["Arn"] for name in ("b1", "b2")
    )
    stage.iam("create_user", UserName="svc-b")
    what = wanted(stage.box, "bounded", named="svc-b", boundary_arn=ours)

    def set_theirs() -> None:
        stage.iam("put_user_permissions_boundary", UserName="svc-b", PermissionsBoundary=theirs)

    before, between = stage.planned(what, adopt=True), stage.planned(what, adopt=True)
    _meanwhile(front, "TagUser", set_theirs)
    for plan, tags in (between, 2), (before, 2):
        _stopped(stage.apply(plan))
        user = stage.iam("get_user", UserName="svc-b")["User"]
        assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == theirs
        assert len(user["Tags"]) == tags
    assert stage.keys("svc-b") == []
