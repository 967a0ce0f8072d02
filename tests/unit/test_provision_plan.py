"""The plan of what is made in AWS: pure, so every case of what there may be is made up here."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access import AccessKind, Secret
from core.aws.grants import Grant, Networks
from core.location import S3Location
from core.needs import OPERATIONS, Operation
from core.provision.differences import changes_between, is_ours, merged, same, statements_of, without_ours
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
from core.provision.plan import KEY_TAG, AwsPlan, StepKind, plan_for, without_keyring
from core.provision.refusals import Refusal
from core.provision.undo import UndoPlan, principals_of, undo_plan_for
from core.provision.wanted import NamedPolicy, Wanted, WantedError

ACCOUNT = "111122223333"
CALLER = Caller(arn=f"arn:aws:iam::{ACCOUNT}:user/ann", account_id=ACCOUNT, partition="aws")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = "lightly-0123456789abcdef0123456789abcdef"
OURS = (("created-by", "bucketlight"), ("created-on", "2026-01-01"), ("dataset", "farm"))
KEY, OTHER_KEY = "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"


def _wanted(access: AccessKind = AccessKind.USER, **more: Any) -> Wanted:
    operations: tuple[Operation, ...] = more.pop("operations", OPERATIONS)
    region = more.pop("region", "eu-central-1")
    return Wanted(
        access=access,
        dataset=more.pop("dataset", "farm"),
        grants=(Grant(location=S3Location("datalake", "farm/"), operations=operations, region=region),),
        external_id=Secret(SECRET) if access is AccessKind.DELEGATED else None,
        made_on=date(2026, 11, 22),
        **more,
    )


def _found(*principals: PrincipalFound, **more: Any) -> Found:
    buckets = more.pop("buckets", (BucketFound(name="datalake", ownership=Ownership.OK),))
    return Found(caller=CALLER, account_alias="acme", buckets=buckets, principals=principals, **more)


def _key(key_id: str = KEY, *, active: bool = True) -> KeyFound:
    return KeyFound(access_key_id=key_id, active=active, created_at=LONG_AGO)


def _user(**more: Any) -> PrincipalFound:
    document = _wanted().policy().document
    given = {
        "kind": AccessKind.USER,
        "name": "Lightly-S3-farm",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/Lightly-S3-farm",
        "path": "/",
        "created_at": LONG_AGO,
        "tags": (*OURS, (KEY, KEY_TAG)),
        "policies": (NamedPolicy("Lightly-S3-farm", document),),
        "keys": (_key(),),
    }
    return PrincipalFound(**{**given, **more})


def _role(**more: Any) -> PrincipalFound:
    wanted = _wanted(AccessKind.DELEGATED)
    return _user(
        **{
            "kind": AccessKind.DELEGATED,
            "arn": f"arn:aws:iam::{ACCOUNT}:role/Lightly-S3-farm",
            "tags": OURS,
            "keys": (),
            "trust": wanted.trust(),
            "session_seconds": 43_200,
            **more,
        }
    )


def _plan(wanted: Wanted, found: Found, *, adopt: bool = False) -> AwsPlan:
    plan = plan_for([wanted], found, adopt=adopt)
    assert isinstance(plan, AwsPlan), plan
    return plan


def _refused(wanted: Wanted, found: Found, *, adopt: bool = False) -> Refusal:
    refused = plan_for([wanted], found, adopt=adopt)
    assert isinstance(refused, Refusal), refused
    assert refused.sentence.endswith((".", "…"))
    assert refused.fix.endswith(".")
    return refused


def _calls(plan: AwsPlan | UndoPlan) -> list[str]:
    return [step.call for step in plan.steps]


@pytest.mark.parametrize("access", [AccessKind.USER, AccessKind.DELEGATED])
def test_the_first_lines_name_account_alias_caller_and_partition(access: AccessKind) -> None:
    plan = _plan(_wanted(access), _found())
    assert plan.lines()[:4] == (
        f"Account    {ACCOUNT}",
        "Alias      acme",
        f"Caller     {CALLER.arn}",
        "Partition  aws",
    )
    assert list(plan.to_json())[:4] == ["account_id", "account_alias", "caller", "partition"]
    assert json.loads(json.dumps(plan.to_json()))["account_id"] == ACCOUNT


def test_where_nothing_is_there_all_is_made() -> None:
    plan = _plan(_wanted(), _found())
    assert _calls(plan) == ["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"]
    assert dict(plan.steps[0].tags) == {"created-by": "bucketlight", "created-on": "2026-11-22", "dataset": "farm"}
    assert _calls(_plan(_wanted(AccessKind.DELEGATED), _found())) == ["iam:CreateRole", "iam:PutRolePolicy"]


def test_where_all_is_there_nothing_is_made_however_the_document_is_written() -> None:
    turned = json.loads(json.dumps(_wanted().policy().document))
    for statement in turned["Statement"]:
        actions = statement["Action"]
        statement["Action"] = [actions] if isinstance(actions, str) else actions[::-1]
    user = _user(policies=(NamedPolicy("Lightly-S3-farm", turned),))
    assert _plan(_wanted(), _found(user, kept_keys=frozenset({KEY}))).steps == ()
    plan = _plan(_wanted(AccessKind.DELEGATED), _found(_role()))
    assert plan.steps == ()
    assert "Everything is there already: nothing will be made." in plan.lines()


def test_a_private_address_is_noted_since_aws_never_sees_it() -> None:
    wanted = _wanted(networks=Networks(source_ips=("10.0.0.0/8", "203.0.113.0/24")))
    [note] = _plan(wanted, _found()).notes
    assert note.cause == "private-address"
    assert "AWS never sees a private address (10.0.0.0/8)" in note.sentence
    elsewhere = plan_for([wanted], _found(), endpoint_url="http://127.0.0.1:7480")
    assert isinstance(elsewhere, AwsPlan)
    assert elsewhere.notes == ()
    assert _plan(_wanted(networks=Networks(source_ips=("203.0.113.0/24",))), _found()).notes == ()


def test_a_name_of_another_case_is_the_same_name() -> None:
    user = _user(name="LIGHTLY-S3-FARM")
    assert "iam:CreateUser" not in _calls(_plan(_wanted(), _found(user, kept_keys=frozenset({KEY}))))


def test_no_external_id_is_shown_anywhere() -> None:
    foreign = {"Sid": "X", "Effect": "Allow", "Condition": {"StringEquals": {"sts:externalID": SECRET}}}
    role = _role(trust={"Version": "2012-10-17", "Statement": [foreign]})
    for plan in (_plan(_wanted(AccessKind.DELEGATED), found) for found in (_found(), _found(role))):
        assert SECRET not in "\n".join(plan.lines()) + json.dumps(plan.to_json()) + repr(plan)
        assert any(SECRET in str(step.after) for step in plan.steps)


@pytest.mark.parametrize(
    ("ownership", "cause"), [(Ownership.FOREIGN, "bucket-foreign"), (Ownership.MISSING, "no-such-bucket")]
)
def test_a_bucket_that_is_not_the_accounts_is_refused(ownership: Ownership, cause: str) -> None:
    refused = _refused(_wanted(), _found(buckets=(BucketFound(name="datalake", ownership=ownership),)))
    assert refused.cause == cause
    assert "datalake" in refused.sentence


def test_a_bucket_of_which_that_is_not_known_is_a_note() -> None:
    plan = _plan(_wanted(), _found(buckets=(BucketFound(name="datalake", ownership=Ownership.UNKNOWN),)))
    assert [note.cause for note in plan.notes] == ["bucket-owner-unknown"]
    assert any(line.startswith("Note: ") for line in plan.lines())


def test_a_bucket_of_another_partition_is_refused() -> None:
    assert _refused(_wanted(region="cn-north-1"), _found()).cause == "partition-mismatch"


def test_a_role_of_another_partition_cannot_even_be_wanted() -> None:
    with pytest.raises(WantedError, match="aws-cn"):
        _wanted(AccessKind.DELEGATED, region="cn-north-1")


@pytest.mark.parametrize(
    "path", ["lightly", "/lightly", "lightly/", "/li ghtly/", "", "/*/", "/a//b/", f"/{'x' * 511}/"]
)
def test_a_path_that_iam_does_not_take_cannot_be_wanted(path: str) -> None:
    with pytest.raises(WantedError, match="slash"):
        _wanted(path=path)


@pytest.mark.parametrize("boundary", ["limits", "arn:aws:iam::111122223333:user/limits", "arn:aws:iam::1:policy/x"])
def test_a_boundary_that_is_no_policy_cannot_be_wanted(boundary: str) -> None:
    with pytest.raises(WantedError, match="permissions boundary"):
        _wanted(boundary_arn=boundary)


@pytest.mark.parametrize("access", [AccessKind.USER, AccessKind.DELEGATED])
def test_what_bucketlight_did_not_make_is_adopted_only_after_a_yes(access: AccessKind) -> None:
    there = _user(tags=(("team", "vision"),)) if access is AccessKind.USER else _role(tags=())
    assert _refused(_wanted(access), _found(there)).cause == "name-exists"
    plan = _plan(_wanted(access), _found(there), adopt=True)
    assert plan.steps[0].kind is StepKind.TAGS
    assert plan.steps[0].tags == (ADOPTED_BY, (ADOPTED_FOR, "farm"))
    assert not {"iam:CreateUser", "iam:CreateRole"} & {*_calls(plan)}


@pytest.mark.parametrize(
    "tags",
    [(("created-by", "bucketlight"), ("dataset", "barn")), (("Adopted-By", "bucketlight"), ("ADOPTED-FOR", "barn"))],
)
def test_what_serves_another_dataset_is_refused_even_after_a_yes(tags: tuple[tuple[str, str], ...]) -> None:
    there = _user(tags=tags)
    for adopt in (False, True):
        refused = _refused(_wanted(), _found(there), adopt=adopt)
        assert refused.cause == "name-of-other-dataset"
        assert "barn" in refused.sentence


@pytest.mark.parametrize("tag", [("Adopted-By", "terraform"), ("adopted-FOR", "the shelter")])
def test_a_tag_of_ours_that_somebody_else_uses_is_not_overwritten(tag: tuple[str, str]) -> None:
    refused = _refused(_wanted(), _found(_user(tags=(tag,))), adopt=True)
    assert refused.cause == "tag-taken"
    assert tag[1] in refused.sentence


def test_a_dataset_tag_of_somebody_elses_stands_in_no_ones_way() -> None:
    there = _user(tags=(("dataset", "finance"), ("created-by", "terraform")))
    plan = _plan(_wanted(), _found(there, kept_keys=frozenset({KEY})), adopt=True)
    assert plan.steps[0].tags == (ADOPTED_BY, (ADOPTED_FOR, "farm"))


def test_a_key_that_a_rotation_keeps_here_is_neither_unknown_nor_enough() -> None:
    plan = _plan(_wanted(), _found(_user(), shelved=frozenset({KEY})))
    assert _calls(plan) == ["iam:CreateAccessKey"]
    assert plan.notes == ()


def test_only_our_statements_change_and_the_others_are_noted() -> None:
    own = {"Sid": "Own", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    old = {**_wanted().policy().document, "Statement": [own, {"Sid": "ReadPrefix", "Effect": "Allow"}]}
    plan = _plan(_wanted(), _found(_user(policies=(NamedPolicy("Lightly-S3-farm", old),)), kept_keys=frozenset({KEY})))
    (step,) = plan.steps
    assert [(change.kind.value, change.sid) for change in step.changes] == [
        ("kept", "Own"),
        ("changed", "ReadPrefix"),
        ("added", "ListPrefix"),
        ("added", "WritePrefix"),
    ]
    assert statements_of(step.after)[0] == own
    assert [note.cause for note in plan.notes] == ["other-statements"]
    assert "Own" in plan.notes[0].sentence


def test_a_session_of_an_hour_and_another_boundary_are_set_right_and_a_path_stays() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/limits"
    role = _role(session_seconds=3600, path="/old/")
    plan = _plan(_wanted(AccessKind.DELEGATED, boundary_arn=arn), _found(role))
    assert _calls(plan) == ["iam:PutRolePermissionsBoundary", "iam:UpdateRole"]
    assert [note.cause for note in plan.notes] == ["other-path"]


def test_a_session_that_is_long_enough_and_a_boundary_that_nobody_demands_stay() -> None:
    role = _role(boundary_arn=f"arn:aws:iam::{ACCOUNT}:policy/limits")
    assert _plan(_wanted(AccessKind.DELEGATED), _found(role)).steps == ()


@pytest.mark.parametrize(
    ("keys", "kept", "left", "expected"),
    [
        ((), (), (), ["iam:CreateAccessKey"]),
        ((_key(),), (KEY,), (), []),
        ((_key(active=False),), (KEY,), (), ["iam:CreateAccessKey"]),
        ((_key(),), (), (), ["iam:CreateAccessKey"]),
        ((_key(), _key(OTHER_KEY)), (KEY,), (), []),
        ((_key(), _key(OTHER_KEY)), (), (OTHER_KEY,), ["iam:DeleteAccessKey", "iam:CreateAccessKey"]),
        ((_key(), _key(OTHER_KEY)), (KEY,), (OTHER_KEY,), ["iam:DeleteAccessKey"]),
    ],
)
def test_a_key_is_made_only_where_none_is_known_here(
    keys: tuple[KeyFound, ...], kept: tuple[str, ...], left: tuple[str, ...], expected: list[str]
) -> None:
    found = _found(_user(keys=keys), kept_keys=frozenset(kept), leftovers=frozenset(left))
    assert _calls(_plan(_wanted(), found)) == expected


@pytest.mark.parametrize("active", [True, False])
def test_two_keys_leave_no_room_for_a_third(active: bool) -> None:
    refused = _refused(_wanted(), _found(_user(keys=(_key(), _key(OTHER_KEY, active=active)))))
    assert refused.cause == "two-keys"
    assert f"AKIA…MPLE ({'active' if active else 'inactive'}, made 2026-01-01)" in refused.sentence


def test_a_key_that_was_kept_and_not_described_gets_its_description() -> None:
    plan = _plan(_wanted(), _found(_user(tags=OURS), kept_keys=frozenset({KEY})))
    assert [(step.kind, step.tags) for step in plan.steps] == [(StepKind.TAGS, ((KEY, KEY_TAG),))]


def test_without_a_place_for_secrets_nothing_is_made() -> None:
    refused = _refused(_wanted(), _found(secrets_problem="There is no keyring on this machine."))
    assert refused.cause == "secret-unavailable"


def test_a_plan_that_was_made_without_a_keyring_says_so() -> None:
    plan = without_keyring(_plan(_wanted(), _found(_user())), "There is no keyring on this machine.")
    assert plan.lines()[-1].startswith("Note: There is no keyring on this machine. So what is kept")
    assert [note.cause for note in plan.notes] == ["no-keyring"]


def test_two_of_one_name_are_refused() -> None:
    refused = plan_for([_wanted(), _wanted(operations=(Operation.LIST,))], _found())
    assert isinstance(refused, Refusal)
    assert refused.cause == "name-twice"


def test_a_look_up_that_was_refused_refuses_the_plan_only_where_it_matters() -> None:
    def finding(call: str, about: str) -> Finding:
        return Finding(call=call, about=about, sentence="It was not looked at.")

    essential = _found(findings=(finding("iam:GetUser", "user Lightly-S3-farm"),))
    assert _refused(_wanted(), essential).cause == "look-up-denied"
    others = _found(
        findings=(finding("iam:GetUser", "user Somebody"), finding("iam:ListAccountAliases", "account")),
    )
    assert [note.cause for note in _plan(_wanted(), others).notes] == ["not-looked-at"] * 2


def test_a_policy_that_cannot_be_is_refused_in_its_own_words() -> None:
    express = replace(_wanted(), grants=(Grant(location=S3Location("b--x-s3", ""), operations=OPERATIONS),))
    assert _refused(express, _found()).cause == "policy-impossible"


# What is taken back


def test_what_bucketlight_made_is_taken_back_whole() -> None:
    plan = undo_plan_for("farm", _found(_user(), kept_keys=frozenset({KEY})))
    assert isinstance(plan, UndoPlan)
    assert _calls(plan) == ["iam:DeleteAccessKey", "iam:DeleteUserPolicy", "iam:DeleteUser"]
    assert plan.lines()[0] == f"Account    {ACCOUNT}"
    role = undo_plan_for("farm", _found(_role()))
    assert isinstance(role, UndoPlan)
    assert _calls(role) == ["iam:DeleteRolePolicy", "iam:DeleteRole"]
    assert SECRET not in repr(role) + json.dumps(role.to_json()) + "\n".join(role.lines())


FOREIGN_TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}}]}


@pytest.mark.parametrize(
    ("there", "cause"),
    [
        (_user(keys=(_key(), _key(OTHER_KEY))), "other-key"),
        (_user(attached=("arn:aws:iam::aws:policy/ReadOnlyAccess",)), "other-permissions"),
        (_user(groups=("people",)), "other-permissions"),
        (_user(other_policies=("more",)), "other-permissions"),
        (_user(policies=(NamedPolicy("Lightly-S3-farm", FOREIGN_TRUST),)), "other-statements"),
        (_role(trust=FOREIGN_TRUST), "other-statements"),
        (_user(tags=(("created-by", "bucketlight"), ("dataset", "barn"))), "not-ours"),
        (_user(tags=()), "not-ours"),
    ],
)
def test_what_bucketlight_did_not_make_is_never_taken_back(there: PrincipalFound, cause: str) -> None:
    refused = undo_plan_for("farm", _found(there))
    assert isinstance(refused, Refusal)
    assert refused.cause == cause
    assert refused.fix.endswith(".")


def test_where_nothing_is_there_that_is_said() -> None:
    refused = undo_plan_for("farm", _found())
    assert isinstance(refused, Refusal)
    assert refused.cause == "nothing-there"


def test_what_was_adopted_loses_only_what_is_ours() -> None:
    own = {"Sid": "Own", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = merged({"Version": "2012-10-17", "Statement": [own]}, _wanted().policy().document)
    tags = (ADOPTED_BY, (ADOPTED_FOR, "farm"), ("dataset", "finance"), (KEY, KEY_TAG))
    user = _user(
        tags=tags, keys=(_key(), _key(OTHER_KEY)), policies=(NamedPolicy("Lightly-S3-farm", document),), groups=("x",)
    )
    plan = undo_plan_for("farm", _found(user))
    assert isinstance(plan, UndoPlan)
    assert _calls(plan) == ["iam:DeleteAccessKey", "iam:PutUserPolicy", "iam:UntagUser"]
    assert plan.steps[0].value == KEY
    assert statements_of(plan.steps[1].after) == [own]
    assert {key for key, _ in plan.steps[2].tags} == {"adopted-by", "adopted-for", KEY}


def test_an_adopted_role_that_would_trust_nobody_is_left() -> None:
    refused = undo_plan_for("farm", _found(_role(tags=(ADOPTED_BY, (ADOPTED_FOR, "farm")))))
    assert isinstance(refused, Refusal)
    assert refused.cause == "only-our-trust"


def test_the_names_to_look_at_are_those_of_the_dataset_and_of_its_output() -> None:
    assert {name for _, name in principals_of("farm")} == {"Lightly-S3-farm", "Lightly-S3-farm-output"}
    assert principals_of("farm", "mine") == ((AccessKind.USER, "mine"), (AccessKind.DELEGATED, "mine"))


# Statements of ours among others

_SIDS = st.sampled_from(
    ["ListPrefix", "ReadPrefix", "OutputWritePrefix", "ReadPrefixFromVpc", "UseKeyViaS3", "LightlyAssumesThisRole"]
)
_FOREIGN = st.sampled_from(["Own", "listprefix", "S3", "PrefixList", ""])
_STATEMENT = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": st.lists(st.sampled_from(["s3:Get*", "s3:Put*"]))}
)
_OURS = st.dictionaries(_SIDS, _STATEMENT, max_size=4).map(
    lambda found: [{"Sid": sid, **statement} for sid, statement in found.items()]
)
_THERE = st.lists(
    st.one_of(
        _STATEMENT,
        st.tuples(_FOREIGN, _STATEMENT).map(lambda pair: {"Sid": pair[0], **pair[1]}),
        st.tuples(_SIDS, _STATEMENT).map(lambda pair: {"Sid": pair[0], **pair[1]}),
    ),
    max_size=5,
)


def _document(statements: list[dict[str, Any]]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": statements}


@given(_THERE, _OURS)
def test_merging_keeps_what_is_foreign_and_leaves_of_ours_just_what_is_wanted(
    there: list[dict[str, Any]], ours: list[dict[str, Any]]
) -> None:
    result = merged(_document(there), _document(ours))
    statements = statements_of(result)
    assert [each for each in statements if not is_ours(each)] == [each for each in there if not is_ours(each)]
    kept = {str(each["Sid"]): each for each in statements if is_ours(each)}
    assert kept.keys() == {each["Sid"] for each in ours}
    assert all(same(kept[each["Sid"]], each) for each in ours)
    assert len([each for each in statements if is_ours(each)]) == len(ours)
    assert same(merged(result, _document(ours)), result)


@given(_THERE, _OURS)
def test_taking_ours_out_again_leaves_what_was_foreign(there: list[dict[str, Any]], ours: list[dict[str, Any]]) -> None:
    left = without_ours(merged(_document(there), _document(ours)))
    assert statements_of(left) == [each for each in there if not is_ours(each)]


@given(_THERE, _THERE)
def test_every_statement_is_told_of_once(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    changes = changes_between(_document(before), _document(after))
    kinds = [change.kind.value for change in changes]
    assert len(before) == kinds.count("kept") + kinds.count("changed") + kinds.count("removed")
    assert len(after) == kinds.count("kept") + kinds.count("changed") + kinds.count("added")


@pytest.mark.parametrize("document", [None, {}, {"Statement": "x"}, {"Statement": None}, {"Statement": [1, "a"]}])
def test_a_document_of_any_shape_has_statements_or_none(document: dict[str, object] | None) -> None:
    assert statements_of(document) == []


def test_a_single_statement_stands_without_a_list() -> None:
    assert statements_of({"Statement": {"Sid": "Own"}}) == [{"Sid": "Own"}]
