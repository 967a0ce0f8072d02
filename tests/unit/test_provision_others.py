"""What is there beside ours: adopting it, and taking ours back, says what changes of it and what stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.access import AccessKind, Secret, mask_key_id
from core.aws.grants import Grant
from core.location import S3Location
from core.needs import OPERATIONS
from core.provision.differences import changes_version, external_id_of, merged, statements_of
from core.provision.explain import policy_hint
from core.provision.found import (
    ADOPTED_BY,
    ADOPTED_FOR,
    BucketFound,
    Caller,
    Finding,
    Found,
    KeyFound,
    Ownership,
    PrincipalFound,
)
from core.provision.plan import NEW_EXTERNAL_ID, AwsPlan, plan_for, with_trusted_id
from core.provision.refusals import Refusal
from core.provision.undo import UndoPlan, undo_plan_for
from core.provision.undo_plan import gone_lines, without_keyring
from core.provision.wanted import NamedPolicy, Wanted
from tui.aws_undo import shown_steps

ACCOUNT = "111122223333"
NAME = "Lightly-S3-farm"
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
OURS = (("created-by", "bucketlight"), ("dataset", "farm"))
ADOPTED = (ADOPTED_BY, (ADOPTED_FOR, "farm"))
EXTERNAL_ID = "lightly-0123456789abcdef0123456789abcdef"
OWN = {"Sid": "Own", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:username}/*"}
OLD = {"Version": "2008-10-17", "Statement": [OWN]}
LIMITS, OTHER_LIMITS = (f"arn:aws:iam::{ACCOUNT}:policy/{name}" for name in ("limits", "others"))


def _wanted(access: AccessKind = AccessKind.USER, *, prefix: str = "farm/", **more: Any) -> Wanted:
    return Wanted(
        access=access,
        dataset="farm",
        grants=(Grant(location=S3Location("datalake", prefix), operations=OPERATIONS, region="eu-central-1"),),
        external_id=Secret(EXTERNAL_ID) if access is AccessKind.DELEGATED else None,
        made_on=date(2026, 11, 22),
        **more,
    )


def _there(kind: AccessKind = AccessKind.USER, **more: Any) -> PrincipalFound:
    word = kind.entity
    role = {"trust": _wanted(kind).trust(), "session_seconds": 43_200} if kind is AccessKind.DELEGATED else {}
    given = {
        "kind": kind,
        "name": NAME,
        "arn": f"arn:aws:iam::{ACCOUNT}:{word}/{NAME}",
        "path": "/",
        "created_at": WHEN,
        "tags": OURS,
        "policies": (NamedPolicy(NAME, _wanted().policy().document),),
    }
    return PrincipalFound(**{**given, **role, **more})


def _found(*there: PrincipalFound, **more: Any) -> Found:
    caller = Caller(arn=f"arn:aws:iam::{ACCOUNT}:user/ann", account_id=ACCOUNT, partition="aws")
    return Found(
        caller=caller, buckets=(BucketFound(name="datalake", ownership=Ownership.OK),), principals=there, **more
    )


def _plan(wanted: Wanted, found: Found) -> AwsPlan:
    plan = plan_for([wanted], found, adopt=True)
    assert isinstance(plan, AwsPlan), plan
    return plan


def _undo(found: Found) -> UndoPlan:
    plan = undo_plan_for("farm", found)
    assert isinstance(plan, UndoPlan), plan
    return plan


def _finding(call: str, about: str) -> Finding:
    return Finding(call=call, about=about, sentence="It was not looked at.")


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (AccessKind.USER, "iam:GetUserPolicy"),
        (AccessKind.USER, "iam:ListAccessKeys"),
        (AccessKind.USER, "iam:ListAttachedUserPolicies"),
        (AccessKind.USER, "iam:ListGroupsForUser"),
        (AccessKind.DELEGATED, "iam:ListRolePolicies"),
        (AccessKind.DELEGATED, "iam:ListAttachedRolePolicies"),
    ],
)
def test_what_could_not_be_looked_at_is_not_taken_back(kind: AccessKind, call: str) -> None:
    about = f"{'role' if kind is AccessKind.DELEGATED else 'user'} {NAME}"
    refused = undo_plan_for("farm", _found(_there(kind), findings=(_finding(call, about),)))
    assert isinstance(refused, Refusal)
    assert refused.cause == "look-up-denied"
    assert call in refused.fix


def test_a_refused_look_up_begins_with_who_may_not_and_says_it_once() -> None:
    about = f"user {NAME}"
    why = "The user reader may not do iam:GetUserPolicy."
    finding = Finding(call="iam:GetUserPolicy", about=about, sentence=f"The {about} was not looked at: {why}", why=why)
    planned = plan_for([_wanted()], _found(_there(), findings=(finding,)))
    taken_back = undo_plan_for("farm", _found(_there(), findings=(finding,)))
    for refused in (planned, taken_back):
        assert isinstance(refused, Refusal)
        assert refused.sentence.startswith(why)
        assert "not looked at" not in refused.sentence


def test_of_an_adopted_role_only_what_is_ours_has_to_be_seen() -> None:
    trust = merged({"Version": "2012-10-17", "Statement": [OWN]}, _wanted(AccessKind.DELEGATED).trust() or {})
    role = _there(AccessKind.DELEGATED, tags=ADOPTED, trust=trust)
    attached = _finding("iam:ListAttachedRolePolicies", f"role {NAME}")
    assert _undo(_found(role, findings=(attached,))).steps
    refused = undo_plan_for("farm", _found(role, findings=(_finding("iam:GetRolePolicy", f"role {NAME}"),)))
    assert isinstance(refused, Refusal)


def test_what_could_not_be_looked_at_of_others_is_a_note() -> None:
    plan = _undo(_found(_there(), findings=(_finding("iam:ListAccountAliases", "account"),)))
    assert [note.cause for note in plan.notes] == ["not-looked-at"]


@pytest.mark.parametrize("there", [(), (_there(),)])
def test_where_it_may_not_be_seen_whether_a_role_is_there_nothing_is_taken_back(
    there: tuple[PrincipalFound, ...],
) -> None:
    begun = ((AccessKind.DELEGATED, NAME, "farm"),)
    refused = undo_plan_for("farm", _found(*there, begun=begun, findings=(_finding("iam:GetRole", f"role {NAME}"),)))
    assert isinstance(refused, Refusal)
    assert refused.cause == "look-up-denied"
    assert "iam:GetRole" in refused.fix


def test_a_boundary_that_is_replaced_is_named() -> None:
    plan = _plan(_wanted(boundary_arn=LIMITS), _found(_there(boundary_arn=OTHER_LIMITS)))
    assert plan.steps[0].sentence.endswith(f"to {LIMITS} instead of {OTHER_LIMITS}.")


def test_the_version_of_a_policy_with_other_statements_stays_where_ours_need_no_variables() -> None:
    plan = _plan(_wanted(), _found(_there(tags=(), policies=(NamedPolicy(NAME, OLD),))))
    after = next(step.after for step in plan.steps if step.call == "iam:PutUserPolicy")
    assert after is not None
    assert after["Version"] == "2008-10-17"
    assert "policy-version" not in [note.cause for note in plan.notes]


def test_where_our_statements_need_variables_the_new_version_is_said() -> None:
    wanted = _wanted(prefix="what?/")
    assert changes_version(OLD, wanted.policy().document)
    plan = _plan(wanted, _found(_there(tags=(), policies=(NamedPolicy(NAME, OLD),))))
    after = next(step.after for step in plan.steps if step.call == "iam:PutUserPolicy")
    assert after is not None
    assert after["Version"] == "2012-10-17"
    assert "policy-version" in [note.cause for note in plan.notes]


def test_a_policy_of_ours_alone_gets_our_version() -> None:
    ours = _wanted().policy().document
    assert merged({**ours, "Version": "2008-10-17"}, ours)["Version"] == "2012-10-17"


def test_undoing_an_adoption_names_what_it_leaves() -> None:
    trust = merged({"Version": "2012-10-17", "Statement": [OWN]}, _wanted(AccessKind.DELEGATED).trust() or {})
    plan = _undo(_found(_there(AccessKind.DELEGATED, tags=ADOPTED, trust=trust, boundary_arn=LIMITS)))
    (note,) = plan.notes
    assert "43,200" in note.sentence
    assert LIMITS in note.sentence


def test_what_was_adopted_is_not_called_gone() -> None:
    adopted = _there(tags=ADOPTED, policies=())
    lines = gone_lines(_undo(_found(adopted)))
    assert not any(line.startswith("What bucketlight made is gone") for line in lines)
    assert lines[0] == f"What bucketlight added is gone from the user {NAME}, which was there before and stays."
    assert gone_lines(_undo(_found(_there())))[0] == f"What bucketlight made is gone: the user {NAME}."


def test_of_two_keys_it_is_said_which_one_is_used() -> None:
    used, rests = "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPL2"
    keys = tuple(KeyFound(access_key_id=each, active=each == used, created_at=WHEN) for each in (used, rests))
    plan = _undo(_found(_there(keys=keys), kept_keys=frozenset({used}), shelved=frozenset({rests})))
    said = [step.sentence for step in plan.steps]
    assert said[0].startswith(f"Delete the access key {mask_key_id(used)} (in use) of the user {NAME}: whoever uses it")
    assert said[1] == f"Delete the access key {mask_key_id(rests)} (deactivated) of the user {NAME}."


def test_without_a_keyring_a_plan_that_takes_back_says_what_it_does_not_know() -> None:
    plan = without_keyring(_undo(_found(_there())), "There is no keyring on this machine.")
    assert plan.lines()[-1].startswith("Note: There is no keyring on this machine. So what is kept")
    assert plan.lines()[: len(plan.head)] == plan.head


def test_what_only_this_machine_remembers_can_be_agreed_to() -> None:
    plan = _undo(_found(begun=((AccessKind.USER, NAME, "farm"),)))
    assert plan.steps == ()
    assert shown_steps(plan) == ("Forget what this machine still keeps of it; nothing is left in AWS.",)
    assert gone_lines(plan)[0] == f"What bucketlight made is gone: the user {NAME}."


def test_a_role_that_is_there_keeps_the_external_id_that_it_demands() -> None:
    wanted = replace(_wanted(AccessKind.DELEGATED), external_id=Secret("lightly-another-0123456789"))
    role = _there(AccessKind.DELEGATED)
    known = with_trusted_id(wanted, _found(role))
    assert known.external_id == Secret(EXTERNAL_ID)
    assert _plan(known, _found(role)).steps == ()
    assert with_trusted_id(wanted, _found()) == wanted
    assert with_trusted_id(_wanted(), _found(role)) == _wanted()


def test_a_new_external_id_says_that_lightly_has_to_get_it() -> None:
    wanted = replace(_wanted(AccessKind.DELEGATED), external_id=Secret("lightly-another-0123456789"))
    plan = _plan(wanted, _found(_there(AccessKind.DELEGATED)))
    (step,) = plan.steps
    assert "now stops working until it is saved with the new one." in step.sentence
    assert "   ~ LightlyAssumesThisRole: external ID replaced" in plan.lines()
    assert plan.notes[0].cause == NEW_EXTERNAL_ID
    changed = {**(_wanted(AccessKind.DELEGATED).trust() or {})}
    changed["Statement"] = [{**dict(statements_of(changed)[0]), "Principal": {"AWS": ACCOUNT}}]
    (step,) = _plan(_wanted(AccessKind.DELEGATED), _found(_there(AccessKind.DELEGATED, trust=changed))).steps
    assert step.sentence.endswith("with the external ID.")


@pytest.mark.parametrize(
    "condition",
    [None, "x", {}, {"StringEquals": "x"}, {"StringEquals": {"sts:ExternalId": ["a", "b"]}}, {"StringLike": {}}],
)
def test_a_condition_of_another_shape_holds_no_external_id(condition: object) -> None:
    statement = {"Sid": "LightlyAssumesThisRole", "Condition": condition}
    assert external_id_of({"Statement": [statement]}) is None
    foreign = {"Sid": "Own", "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}}
    assert external_id_of({"Statement": [foreign]}) is None


def test_an_external_id_may_be_a_list_of_one() -> None:
    condition = {"StringEquals": {"STS:externalid": [EXTERNAL_ID]}}
    assert external_id_of({"Statement": {"Sid": "LightlyAssumesThisRole", "Condition": condition}}) == EXTERNAL_ID


def test_the_policy_for_setting_up_is_named_only_where_it_covers_the_name() -> None:
    assert "--for-setup" in policy_hint(f"user {NAME}")
    assert "--for-setup" in policy_hint("account")
    assert policy_hint("user svc-lightly") == " for the user svc-lightly"
    finding = _finding("iam:GetUser", "user svc-lightly")
    refused = plan_for([_wanted(named="svc-lightly")], _found(findings=(finding,)))
    assert isinstance(refused, Refusal)
    assert "--for-setup" not in refused.fix
