"""Policies that IAM returned, read to find why an operation is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.aws.bucket_policy import bucket_policy_denies
from core.aws.evaluation import Asked, Known, NamedPolicy, all_of, any_of, matches, statements_of
from core.aws.granted import Finding, Hint, Why, explain, request_of
from core.aws.policy import permission_policy, statement_for
from core.location import S3Location
from core.needs import OPERATIONS, Operation

untimed = settings(deadline=None)
LIST, READ, WRITE = OPERATIONS
FARM = S3Location("datalake", "projects/farm-animals/")
BUCKET = "arn:aws:s3:::datalake"
BELOW = f"{BUCKET}/projects/farm-animals/*"
ANNA = "arn:aws:iam::111122223333:user/team/anna"
SESSION = "arn:aws:sts::111122223333:assumed-role/lightly-role/check"


def allow(action: object, resource: object, **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: object, resource: object, **more: object) -> dict[str, object]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def policy(*statements: object, name: str = "farm-data") -> NamedPolicy:
    return NamedPolicy(name, {"Version": "2012-10-17", "Statement": list(statements)})


def may_allow(policies: Sequence[NamedPolicy], action: str, resource: str, context: Mapping[str, str | None]) -> Known:
    """Put together what the evaluation says of single statements: some allows it, and none denies it."""
    asked = Asked(action, resource, context=context)
    statements, whole = statements_of(policies)
    unread = [] if whole else [None]
    said = {
        effect: any_of([*(matches(one, asked) for one in statements if one.effect == effect), *unread])
        for effect in ("Allow", "Deny")
    }
    denied = said["Deny"]
    return all_of([said["Allow"], None if denied is None else not denied])


def finding(operation: Operation, *statements: object, **more: Any) -> Finding:
    found = explain([policy(*statements)], operation, FARM, **more)
    assert found is not None
    return found


# --- List on objects ---


@pytest.mark.parametrize(
    "resource", [f"{BUCKET}/*", f"{BUCKET}/projects/*", BELOW, f"{BUCKET}/", f"{BUCKET}/projects/farm-animals/"]
)
def test_list_that_is_granted_on_objects_is_found(resource: str) -> None:
    found = finding(LIST, allow("s3:ListBucket", resource, Sid="ListFarm"))
    assert found.cause is Why.LIST_GRANTED_ON_OBJECTS
    assert (found.policy, found.sid, found.element) == ("farm-data", "ListFarm", "Resource")
    assert (found.found, found.should_be) == (resource, BUCKET)
    assert found.detail == (
        f"policy farm-data (statement ListFarm) grants s3:ListBucket on {resource}, "
        "but AWS checks it on the bucket itself"
    )
    assert found.change == f"Change that Resource to {BUCKET}."


def test_where_the_statement_serves_objects_too_the_bucket_is_added() -> None:
    found = finding(LIST, allow(["s3:GetObject", "s3:listbucket"], [f"{BUCKET}/*"]))
    assert found.cause is Why.LIST_GRANTED_ON_OBJECTS
    assert found.change == f"Add {BUCKET} to that Resource."


@pytest.mark.parametrize("action", ["s3:*", "s3:List*", "*", "S3:L?stBucket"])
def test_where_a_wildcard_grants_list_no_wider_resource_is_advised(action: str) -> None:
    found = finding(LIST, allow(action, f"{BUCKET}/*"))
    assert found.cause is Why.LIST_GRANTED_ON_OBJECTS
    assert f"grants s3:ListBucket by {action} on" in found.detail
    assert found.change == f"Add a statement that allows s3:ListBucket on {BUCKET}."


def test_a_single_statement_and_single_texts_are_read_like_lists() -> None:
    document = {"Version": "2012-10-17", "Statement": allow("s3:ListBucket", f"{BUCKET}/*")}
    found = explain([NamedPolicy("one", document)], LIST, FARM)
    assert found is not None
    assert found.cause is Why.LIST_GRANTED_ON_OBJECTS


# --- a condition that List does not meet ---

PREFIX = '{"StringLike": {"s3:prefix": "projects/farm-animals/*"}}'


def where(operator: str, key: str, value: object) -> dict[str, object]:
    return allow("s3:ListBucket", BUCKET, Condition={operator: {key: value}})


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("StringLike", "home/*"),
        ("StringLike", "Projects/farm-animals/*"),
        ("StringLike", "projects/farm-animals"),
        ("StringLike", "/projects/farm-animals/*"),
        ("StringEquals", "projects/"),
        ("StringNotLike", "projects/*"),
        ("Null", "true"),
    ],
)
def test_a_condition_on_another_prefix_is_found(operator: str, value: str) -> None:
    found = finding(LIST, where(operator, "s3:prefix", value))
    assert (found.cause, found.element, found.should_be) == (Why.LIST_CONDITION_MISMATCH, "Condition", PREFIX)
    assert found.detail == (
        f'policy farm-data grants s3:ListBucket only for {operator} s3:prefix "{value}", '
        'but List asks with s3:prefix "projects/farm-animals/"'
    )
    assert found.change == f"Change that part of the Condition to {PREFIX}."


def test_a_star_that_is_no_wildcard_is_named() -> None:
    found = finding(LIST, where("StringEquals", "S3:Prefix", "projects/farm-animals/*"))
    assert found.cause is Why.LIST_CONDITION_MISMATCH
    assert found.detail.endswith("StringEquals takes * for a plain letter")


def test_a_condition_on_several_prefixes_keeps_them() -> None:
    found = finding(LIST, where("StringLike", "s3:prefix", ["home/*", "logs/*"]))
    assert found.change == f"Add a statement that allows s3:ListBucket with the Condition {PREFIX}."


@pytest.mark.parametrize(
    ("operator", "key", "value", "says"),
    [
        ("StringEquals", "s3:delimiter", "/", 'only for StringEquals s3:delimiter "/", but List asks for no'),
        ("NumericLessThanEquals", "s3:max-keys", "5", 's3:max-keys "5", but List asks with s3:max-keys "10"'),
        ("NumericEquals", "s3:max-keys", 1, 's3:max-keys "1", but List asks with s3:max-keys "10"'),
        ("Null", "s3:delimiter", False, 'Null s3:delimiter "false", but List asks for no s3:delimiter'),
    ],
)
def test_a_condition_on_how_is_listed_is_found(operator: str, key: str, value: object, says: str) -> None:
    found = finding(LIST, where(operator, key, value))
    assert (found.cause, found.should_be) == (Why.LIST_CONDITION_MISMATCH, None)
    assert says in found.detail
    assert found.change == f"Remove {key} from that Condition."


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringLike", "s3:prefix", "projects/farm-animals/*"),
        ("StringLike", "s3:prefix", ["x/*", "projects/*"]),
        ("StringEquals", "s3:prefix", "projects/farm-animals/"),
        ("StringEqualsIgnoreCase", "s3:prefix", "Projects/Farm-Animals/"),
        ("StringEqualsIfExists", "s3:delimiter", "/"),
        ("StringNotEquals", "s3:delimiter", "/"),
        ("NumericLessThanEquals", "s3:max-keys", "10"),
        ("Null", "s3:delimiter", "true"),
        ("StringLike", "s3:prefix", "projects/${aws:username}/*"),
    ],
)
def test_a_condition_that_list_meets_explains_nothing(operator: str, key: str, value: object) -> None:
    assert explain([policy(where(operator, key, value))], LIST, FARM, context={"aws:username": "farm-animals"}) is None


def test_a_condition_of_list_on_a_statement_for_objects_is_found() -> None:
    found = finding(
        READ,
        allow(
            ["s3:ListBucket", "s3:GetObject"], [BUCKET, BELOW], Condition={"StringLike": {"s3:prefix": "projects/*"}}
        ),
    )
    assert (found.cause, found.hint) == (Why.NOT_ALLOWED, Hint.CONDITION)
    assert found.detail.endswith('only for StringLike s3:prefix "projects/*", but only List has s3:prefix')
    assert found.change == "Move s3:GetObject into a statement without a condition on s3:prefix."


def test_a_condition_on_another_user_is_found() -> None:
    bobs = allow("s3:GetObject", BELOW, Condition={"StringEquals": {"aws:username": "bob"}})
    found = finding(READ, bobs, principal_arn=ANNA)
    assert (found.hint, found.found) == (Hint.CONDITION, 'StringEquals aws:username "bob"')


# --- a resource that does not fit ---


@pytest.mark.parametrize(
    ("resource", "hint", "change"),
    [
        (f"{BUCKET}/Projects/farm-animals/*", Hint.LETTER_CASE, "Change that Resource to"),
        ("arn:aws:s3:::DataLake/*", Hint.LETTER_CASE, "Change that Resource to"),
        (f"{BUCKET}//projects/farm-animals/*", Hint.LEADING_SLASH, "Change that Resource to"),
        (BUCKET, Hint.NO_STAR, "Change that Resource to"),
        (f"{BUCKET}/projects/farm-animals", Hint.NO_STAR, "Change that Resource to"),
        (f"{BUCKET}/projects/farm-animals/", Hint.NO_STAR, "Change that Resource to"),
        ("arn:aws:s3:eu-central-1:111122223333:datalake/*", Hint.ARN_FIELDS, "Change that Resource to"),
        ("arn:aws-cn:s3:::datalake/*", Hint.PARTITION, "Change that Resource to"),
        (f"{BUCKET}/projects/farm-animals-2/*", Hint.OTHER_PREFIX, "Add"),
        ("arn:aws:s3:::lake/*", Hint.OTHER_BUCKET, "Add"),
    ],
)
@pytest.mark.parametrize("operation", [READ, WRITE])
def test_a_resource_that_nearly_fits_is_named(operation: Operation, resource: str, hint: Hint, change: str) -> None:
    found = finding(operation, allow(operation.action, resource))
    assert (found.cause, found.hint, found.element) == (Why.NOT_ALLOWED, hint, "Resource")
    assert (found.found, found.should_be) == (resource, BELOW)
    assert found.detail.startswith(f"policy farm-data grants {operation.action} on {resource}, ")
    assert found.change.startswith(f"{change} {BELOW}")


@pytest.mark.parametrize(
    ("resource", "hint"),
    [
        ("arn:aws:s3:::DATALAKE", Hint.LETTER_CASE),
        ("arn:aws:s3:::lake", Hint.OTHER_BUCKET),
        ("arn:aws:s3::111122223333:datalake", Hint.ARN_FIELDS),
    ],
)
def test_a_bucket_that_is_not_this_one_is_named(resource: str, hint: Hint) -> None:
    found = finding(LIST, allow("s3:ListBucket", resource))
    assert (found.cause, found.hint, found.should_be) == (Why.NOT_ALLOWED, hint, BUCKET)


def test_the_likeliest_slip_is_told_first() -> None:
    found = finding(
        READ,
        allow("s3:GetObject", ["arn:aws:s3:::lake/*", "arn:aws:s3:::pond/*"]),
        allow("s3:GetObject", [f"{BUCKET}/logs/*", f"{BUCKET}/projects/Farm-animals/*"]),
    )
    assert (found.hint, found.found) == (Hint.LETTER_CASE, f"{BUCKET}/projects/Farm-animals/*")
    assert found.change == f"Add {BELOW} to that Resource."
    both = finding(LIST, allow("s3:ListBucket", f"{BUCKET}/*"), where("StringLike", "s3:prefix", "home/*"))
    assert both.cause is Why.LIST_CONDITION_MISMATCH


def test_what_notresource_leaves_out_is_named() -> None:
    found = finding(READ, {"Effect": "Allow", "NotAction": "iam:*", "NotResource": f"{BUCKET}/*"})
    assert (found.hint, found.element) == (Hint.EXCLUDED, "NotResource")
    assert found.detail == (
        f"policy farm-data grants s3:GetObject by NotAction, but its NotResource leaves out {BUCKET}/*"
    )


@pytest.mark.parametrize(
    ("operation", "name"),
    [(LIST, "s3:ListObjectsV2"), (LIST, "s3:ListObjects"), (READ, "s3:HeadObject"), (WRITE, "s3:UploadPart")],
)
def test_an_action_that_is_an_api_calls_name_is_found(operation: Operation, name: str) -> None:
    found = finding(operation, allow(name, [BUCKET, f"{BUCKET}/*"]))
    assert (found.hint, found.element, found.should_be) == (Hint.ACTION_NAME, "Action", operation.action)


def test_the_partition_follows_the_region() -> None:
    chinese = allow("s3:ListBucket", "arn:aws-cn:s3:::datalake/*")
    found = finding(LIST, chinese, region="cn-north-1")
    assert (found.cause, found.should_be) == (Why.LIST_GRANTED_ON_OBJECTS, "arn:aws-cn:s3:::datalake")


def test_many_resources_are_shortened() -> None:
    found = finding(READ, allow("s3:GetObject", [f"arn:aws:s3:::lake-{n}/*" for n in range(9)]))
    assert found.found == "arn:aws:s3:::lake-0/*, arn:aws:s3:::lake-1/*, arn:aws:s3:::lake-2/* and 6 more"


def test_no_key_of_the_users_data_is_told() -> None:
    key = "projects/farm-animals/Secret Cat.jpg"
    for resource in (f"{BUCKET}/projects/Farm-animals/*", BUCKET, f"{BUCKET}//projects/*", "arn:aws:s3:::lake/*"):
        found = finding(READ, allow("s3:GetObject", resource), key=key)
        assert found.should_be == BELOW
        assert "Cat" not in repr(found)


# --- a Deny ---


def test_a_deny_that_applies_is_found() -> None:
    found = finding(WRITE, allow("*", "*"), deny("s3:Put*", f"{BUCKET}/*", Sid="ReadOnly"))
    assert (found.cause, found.sid, found.element) == (Why.EXPLICIT_DENY, "ReadOnly", "Effect")
    assert found.detail == "policy farm-data (statement ReadOnly) denies s3:PutObject by s3:Put*"


def test_a_deny_names_the_keys_it_goes_by() -> None:
    only_https = deny("s3:*", "*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    found = finding(READ, only_https, context={"aws:SecureTransport": "false"})
    assert found.detail.endswith("denies s3:GetObject by s3:*, by its condition on aws:SecureTransport")
    assert explain([policy(allow("*", "*"), only_https)], READ, FARM, context={"aws:securetransport": "true"}) is None


def test_what_aws_said_decides_between_deny_and_allow() -> None:
    both = [policy(deny("s3:*", f"{BUCKET}/*"), allow("s3:ListBucket", f"{BUCKET}/*"))]
    assert explain(both, LIST, FARM, explicit=True) is None
    found = explain(both, LIST, FARM, explicit=False)
    assert found is not None
    assert found.cause is Why.LIST_GRANTED_ON_OBJECTS
    denied = [policy(deny("s3:*", "*"), allow("s3:ListBucket", f"{BUCKET}/*"))]
    for explicit, cause in (
        (None, Why.EXPLICIT_DENY),
        (True, Why.EXPLICIT_DENY),
        (False, Why.LIST_GRANTED_ON_OBJECTS),
    ):
        found = explain(denied, LIST, FARM, explicit=explicit)
        assert found is not None
        assert found.cause is cause


# --- what cannot be known ---

UNKNOWN = [
    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
    {"ForAnyValue:StringLike": {"s3:prefix": "projects/*"}},
    {"StringSounds": {"s3:prefix": "projects/*"}},
    {"StringLike": {"s3:prefix": {"not": "texts"}}},
    {"StringLike": {"s3:prefix": [None]}},
    {"StringEquals": "s3:prefix"},
    {"NumericLessThan": {"s3:max-keys": "many"}},
    {"NumericLessThan": {"s3:max-keys": "NaN"}},
    {"StringLike": {"s3:prefix": "projects/${aws:PrincipalTag/team}/*"}},
    ["StringLike"],
    "",
    None,
]


@pytest.mark.parametrize("condition", UNKNOWN)
def test_where_a_condition_cannot_be_known_nothing_is_said(condition: object) -> None:
    unsure = allow("s3:ListBucket", BUCKET, Condition=condition)
    wrong = allow("s3:ListBucket", f"{BUCKET}/*")
    assert explain([policy(unsure)], LIST, FARM) is None
    assert explain([policy(unsure, wrong)], LIST, FARM) is None
    denying = deny("s3:ListBucket", BUCKET, Condition=condition)
    assert explain([policy(denying, wrong)], LIST, FARM) is None
    asked = request_of(LIST, FARM)
    request = (asked.action, asked.resource, asked.context)
    assert may_allow([policy(unsure)], *request) is None
    assert may_allow([policy(unsure), policy(allow("s3:*", "*"))], *request) is True
    assert may_allow([policy(allow("s3:*", "*"), denying)], *request) is None
    assert may_allow([policy(denying)], *request) is False


@pytest.mark.parametrize(
    "statement",
    [
        allow(5, BUCKET),
        allow("s3:ListBucket", {"a": 1}),
        {"Effect": "Allow", "Resource": BUCKET},
        {"Effect": "Allow", "Action": "s3:*"},
        {"Effect": "Allow", "Action": "s3:*", "NotAction": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Action": 5, "NotAction": "iam:*", "Resource": "*"},
        allow("s3:ListBucket", "arn:aws:s3*"),
        allow("s3:ListBucket", "arn:aws:s3:::${aws:PrincipalTag/bucket}"),
        {"Effect": ["Allow"], "Action": "s3:*", "Resource": "*"},
        "Allow",
        7,
    ],
)
def test_where_a_statement_is_odd_nothing_is_said(statement: object) -> None:
    assert explain([policy(statement, allow("s3:ListBucket", f"{BUCKET}/*"))], LIST, FARM) is None
    assert may_allow([policy(statement)], "s3:ListBucket", BUCKET, {}) is None


@pytest.mark.parametrize("document", [None, 5, "{}", [], {}, {"Statement": None}, {"Statement": [[]]}])
def test_where_a_document_is_odd_nothing_is_said(document: object) -> None:
    wrong = policy(allow("s3:ListBucket", f"{BUCKET}/*"))
    odd = NamedPolicy("odd", document)
    assert explain([wrong, odd], LIST, FARM) is None
    assert may_allow([policy(allow("*", "*")), odd], "s3:ListBucket", BUCKET, {}) is None
    assert may_allow([policy(deny("*", "*")), odd], "s3:ListBucket", BUCKET, {}) is False
    assert bucket_policy_denies(document, LIST, FARM, ANNA) is None


def test_where_only_some_keys_are_covered_nothing_is_said_without_a_key() -> None:
    only_png = [policy(allow("s3:GetObject", f"{BUCKET}/projects/*.png"))]
    assert explain(only_png, READ, FARM) is None
    assert explain(only_png, READ, FARM, key="projects/farm-animals/cat.png") is None
    found = explain(only_png, READ, FARM, key="projects/farm-animals/cat.jpg")
    assert found is not None
    assert found.hint is Hint.OTHER_PREFIX


def test_where_the_policies_allow_it_or_never_speak_of_it_nothing_is_said() -> None:
    for operation in OPERATIONS:
        assert explain([policy(allow("s3:*", "*"))], operation, FARM) is None
        assert explain([policy(allow("ec2:*", "*"))], operation, FARM) is None
        assert explain([], operation, FARM) is None
        assert explain([policy(allow("s3:*", "*"))], operation, S3Location("farm--euc1-az1--x-s3", "")) is None


# --- wildcards and variables ---


@pytest.mark.parametrize(
    ("pattern", "key", "fits"),
    [
        ("a*c", "abbc", True),
        ("a*c", "ac", True),
        ("a**c", "abc", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("*", "", True),
        ("a/*", "a/b:c/d", True),
        ("${*}", "*", True),
        ("${*}", "x", False),
        ("${?}${$}", "?$", True),
        ("${$}{x}", "${x}", True),
        ("${aws:username}/*", "anna/cat", True),
        ("${aws:UserName}/*", "bob/cat", False),
        ("${aws:userid}/*", "bob/cat", None),
        ("x/${aws:userid}/*", "y/bob/cat", False),
        ("${aws:username", "${aws:username", True),
        ("Ä*", "ä", False),
    ],
)
def test_wildcards_and_variables(pattern: str, key: str, fits: bool | None) -> None:
    documents = [policy(allow("s3:GetObject", f"{BUCKET}/{pattern}"))]
    assert may_allow(documents, "s3:GetObject", f"{BUCKET}/{key}", {"aws:username": "anna"}) is fits


def test_an_old_document_knows_no_variables() -> None:
    old = [NamedPolicy("old", {"Version": "2008-10-17", "Statement": allow("s3:GetObject", f"{BUCKET}/${{*}}/x")})]
    assert may_allow(old, "s3:GetObject", f"{BUCKET}/${{any}}/x", {}) is True
    assert may_allow(old, "s3:GetObject", f"{BUCKET}/*/x", {}) is False


def test_a_wildcard_does_not_cross_the_parts_of_an_arn() -> None:
    documents = [policy(allow("s3:GetObject", "arn:aws:s*:::datalake/*"))]
    assert may_allow(documents, "s3:GetObject", f"{BUCKET}/x", {}) is True
    assert may_allow(documents, "s3:GetObject", "arn:aws:sqs:eu:1:datalake/x", {}) is False
    wide = [policy(allow("s3:GetObject", "arn:*:s3:*:*:datalake/*"))]
    assert may_allow(wide, "s3:GetObject", f"{BUCKET}/x", {}) is True


@pytest.mark.parametrize(
    ("pattern", "covers"),
    [
        ("*", True),
        ("a*", True),
        ("a/*", True),
        ("a/**", True),
        ("a/?", None),
        ("a/b", None),
        ("a/*.png", None),
        ("a*/", None),
        ("a/", False),
        ("a", False),
        ("b*", False),
        ("a/${aws:userid}*", None),
    ],
)
def test_below_a_prefix_a_pattern_covers_all_or_none_or_it_is_open(pattern: str, covers: bool | None) -> None:
    (statement,), _ = statements_of([policy(allow("s3:GetObject", f"{BUCKET}/{pattern}"))])
    assert matches(statement, Asked("s3:GetObject", f"{BUCKET}/a/", below=True)) is covers


def test_a_long_pattern_on_a_long_key_ends() -> None:
    documents = [policy(allow("s3:GetObject", f"{BUCKET}/{'a*' * 3000}b"))]
    assert may_allow(documents, "s3:GetObject", f"{BUCKET}/{'a' * 1024}", {}) is False


@pytest.mark.parametrize(
    ("operator", "wanted", "found", "holds"),
    [
        ("ArnLike", "arn:aws:iam::*:user/team/*", ANNA, True),
        ("ArnEquals", ANNA, ANNA, True),
        ("ArnNotLike", "arn:aws:iam::111122223333:user/*", ANNA, False),
        ("ArnLike", "arn:aws:iam:*", ANNA, None),
        ("Bool", "TRUE", "true", True),
        ("Bool", True, "false", False),
        ("BoolIfExists", "true", None, True),
        ("Bool", "true", None, False),
        ("StringNotLike", "a*", None, True),
        ("StringNotLike", ["a*", "b*"], "bc", False),
        ("NumericGreaterThan", "9.5", "10", True),
        ("NumericNotEquals", 10, "10.0", False),
        ("Null", "true", None, True),
        ("Null", "maybe", None, None),
        ("DateLessThan", "2030-01-01", "2026-01-01", None),
    ],
)
def test_conditions_compare_as_iam_does(operator: str, wanted: object, found: str | None, holds: bool | None) -> None:
    documents = [policy(allow("s3:GetObject", "*", Condition={operator: {"aws:x": wanted}}))]
    assert may_allow(documents, "s3:GetObject", f"{BUCKET}/k", {"AWS:X": found}) is holds


# --- what a request is, as policies see it ---


def test_list_asks_with_the_prefix_and_a_number_and_no_delimiter() -> None:
    asked = request_of(LIST, FARM, principal_arn=ANNA, max_keys=7)
    assert asked.resource == BUCKET
    assert asked.context == {
        "s3:prefix": FARM.prefix,
        "s3:max-keys": "7",
        "s3:delimiter": None,
        "aws:principalaccount": "111122223333",
        "aws:principalarn": ANNA,
        "aws:username": "anna",
    }


def test_a_roles_session_tells_neither_user_nor_the_roles_path() -> None:
    context = request_of(READ, FARM, key="k", principal_arn=SESSION).context
    assert context["aws:username"] is None
    assert "aws:principalarn" not in context


def test_what_the_caller_knows_goes_first() -> None:
    asked = request_of(LIST, FARM, principal_arn=ANNA, context={"AWS:UserName": "bob", "s3:Prefix": None})
    assert (asked.value_of("aws:username"), asked.value_of("s3:prefix")) == ("bob", None)


# --- the bucket's own policy ---


def test_a_deny_of_the_buckets_policy_names_the_keys_in_play() -> None:
    document = policy(
        deny(
            "s3:*",
            [BUCKET, f"{BUCKET}/*"],
            Sid="Tls",
            Principal="*",
            Condition={"Bool": {"aws:SecureTransport": False}},
        ),
        deny(
            "s3:PutObject",
            f"{BUCKET}/*",
            Principal="*",
            Condition={"Null": {"s3:x-amz-server-side-encryption": "true"}},
        ),
        allow("s3:*", f"{BUCKET}/*", Principal="*"),
    ).document
    tls = "statement Tls of the bucket's policy denies {}, depending on aws:SecureTransport"
    assert bucket_policy_denies(document, READ, FARM, ANNA) == tls.format("s3:GetObject")
    assert bucket_policy_denies(document, WRITE, FARM, ANNA) == (
        tls.format("s3:PutObject") + "; statement number 2 of the bucket's policy denies s3:PutObject, "
        "depending on s3:x-amz-server-side-encryption"
    )


def test_a_perimeter_names_each_of_its_keys_once() -> None:
    perimeter = deny(
        "s3:*",
        "*",
        Sid="Perimeter",
        Principal={"AWS": "*"},
        Condition={
            "StringNotEquals": {"aws:PrincipalOrgID": "o-1", "aws:SourceVpc": "vpc-1"},
            "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"},
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-2"},
        },
    )
    said = bucket_policy_denies(policy(perimeter).document, LIST, FARM, ANNA)
    assert said is not None
    assert said.endswith("depending on aws:PrincipalOrgID, aws:SourceVpc and aws:SourceIp")


@pytest.mark.parametrize(
    ("principal", "arn", "says"),
    [
        ("*", ANNA, "denies"),
        ({"AWS": "*"}, None, "denies"),
        ({"AWS": [ANNA]}, ANNA, "denies"),
        ({"AWS": "111122223333"}, ANNA, "denies"),
        ({"AWS": "arn:aws:iam::111122223333:root"}, SESSION, "denies"),
        ({"AWS": "arn:aws:iam::111122223333:role/lightly-role"}, SESSION, "denies"),
        ({"AWS": "arn:aws:iam::111122223333:role/path/lightly-role"}, SESSION, "denies"),
        ({"AWS": SESSION}, SESSION, "denies"),
        ({"AWS": "arn:aws:iam::111122223333:role/other"}, SESSION, None),
        ({"AWS": "arn:aws:iam::111122223333:user/bob"}, ANNA, None),
        ({"AWS": "arn:aws:iam::111122223333:user/anna"}, ANNA, None),
        ({"AWS": "444455556666"}, ANNA, None),
        ({"AWS": "arn:aws:iam::444455556666:root"}, ANNA, None),
        ({"AWS": "arn:aws:iam::444455556666:role/lightly-role"}, SESSION, None),
        ({"Service": "logging.s3.amazonaws.com"}, ANNA, None),
        ({"AWS": "AIDAEXAMPLE"}, ANNA, "may deny"),
        ({"AWS": ANNA}, None, "may deny"),
        ({"CanonicalUser": "79a59d"}, ANNA, "may deny"),
        (None, ANNA, "may deny"),
    ],
)
def test_a_deny_is_told_to_whom_it_may_concern(principal: object, arn: str | None, says: str | None) -> None:
    document = policy(deny("s3:*", "*", Sid="X", Principal=principal)).document
    told = f"statement X of the bucket's policy {says} s3:GetObject" if says else None
    assert bucket_policy_denies(document, READ, FARM, arn) == told


def test_a_deny_that_spares_the_principal_is_not_told() -> None:
    spared = {"StringNotEquals": {"aws:PrincipalAccount": ["111122223333"]}}
    document = policy(deny("s3:*", "*", Principal="*", Condition=spared)).document
    assert bucket_policy_denies(document, READ, FARM, ANNA) is None
    spared = {"ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:user/team/*"]}}
    document = policy(deny("s3:*", "*", Principal="*", Condition=spared)).document
    assert bucket_policy_denies(document, READ, FARM, ANNA) is None


def test_of_many_statements_the_first_are_told() -> None:
    document = policy(*[deny("s3:*", "*", Principal="*") for _ in range(5)]).document
    said = bucket_policy_denies(document, READ, FARM, ANNA)
    assert said is not None
    assert said.count("denies") == 3
    assert said.endswith("; 2 more of its statements may deny it too")


# --- any JSON ---

ELEMENTS = ("Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal", "Sid")
words = st.sampled_from(
    [
        *ELEMENTS,
        "Version",
        "Statement",
        "Allow",
        "Deny",
        "2012-10-17",
        "s3:*",
        "*",
        BUCKET,
        f"{BUCKET}/*",
        "AWS",
        "Bool",
    ]
)
jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | st.text(max_size=4), inner, max_size=5),
    max_leaves=20,
)
odd_statements = st.fixed_dictionaries({}, optional=dict.fromkeys(ELEMENTS, jsons | words))


@untimed
@given(jsons | st.fixed_dictionaries({"Statement": odd_statements | st.lists(odd_statements, max_size=3)}))
def test_any_json_is_read_without_an_exception(document: object) -> None:
    for operation in OPERATIONS:
        for explicit in (None, True, False):
            explain([NamedPolicy("any", document)], operation, FARM, explicit=explicit)
        bucket_policy_denies(document, operation, FARM, SESSION)


def test_a_number_of_thousands_of_digits_is_read_without_an_exception() -> None:
    assert explain([policy(where("NumericEquals", "s3:max-keys", 10**5000))], LIST, FARM) is None


# --- agreement with an evaluator of its own, that knows every key of the request and has no third answer ---

CONTEXT = {"s3:prefix": "a/b/", "s3:max-keys": "10", "s3:delimiter": None, "aws:username": "b", "aws:x": "true"}


def glob(pattern: str, text: str, context: Mapping[str, str | None], *, wild: bool = True) -> bool:
    """Match by regular expression. All variables are known here."""
    parts = []
    for part in re.findall(r"\$\{[^}]*\}|.", pattern, re.DOTALL):
        if part.startswith("${"):
            parts.append(re.escape(context.get(part[2:-1]) or part[2:-1]))
        else:
            parts.append({"*": ".*", "?": "."}.get(part, re.escape(part)) if wild else re.escape(part))
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def condition_holds(operator: str, value: str | None, wanted: list[str], context: Mapping[str, str | None]) -> bool:
    name = operator.removesuffix("IfExists")
    if name == "Null":
        return any((value is None) == (one == "true") for one in wanted)
    if value is None:
        return "Not" in name or name != operator
    compare = {
        "StringEquals": lambda one: glob(one, value, context, wild=False),
        "StringLike": lambda one: glob(one, value, context),
        "NumericLessThanEquals": lambda one: value.isdecimal() and int(value) <= int(one),
        "Bool": lambda one: one == value,
    }[name.replace("Not", "")]
    return any(map(compare, wanted)) != ("Not" in name)


def applies(statement: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str | None]) -> bool:
    def named(element: str, text: str) -> bool:
        if f"Not{element}" in statement:
            return not any(glob(one, text, context) for one in as_list(statement[f"Not{element}"]))
        return any(glob(one, text, context) for one in as_list(statement[element]))

    return (
        named("Action", action)
        and named("Resource", resource)
        and all(
            condition_holds(operator, context[key], as_list(values), context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def verdict(statements: list[Mapping[str, Any]], *request: Any) -> bool:
    effects = {one["Effect"] for one in statements if applies(one, *request)}
    return "Allow" in effects and "Deny" not in effects


def one_or_more(values: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    return values | st.lists(values, min_size=1, max_size=3)


patterns = st.text(st.sampled_from("ab/*?"), max_size=6) | st.sampled_from(["a/b/*", "a/${aws:username}/*", "${*}"])
resources = patterns.map(lambda one: f"arn:aws:s3:::lake/{one}") | st.sampled_from(
    ["*", "arn:aws:s3:::lake", "arn:aws:s3:::lak?", "arn:*:s3:::*", "arn:aws:s3:::pond/*", "arn:aws:s3:::lake*"]
)
granted_actions = st.sampled_from(["s3:*", "*", "s3:GetObject", "s3:ListBucket", "s3:Get*", "s3:PutObject", "iam:*"])
string_conditions = st.tuples(
    st.sampled_from(
        [
            "StringLike",
            "StringEquals",
            "StringNotLike",
            "StringNotEquals",
            "StringLikeIfExists",
            "StringNotLikeIfExists",
        ]
    ),
    st.dictionaries(st.sampled_from(["s3:prefix", "s3:delimiter", "aws:username"]), one_or_more(patterns), max_size=2),
)
other_conditions = st.sampled_from(
    [
        ("NumericLessThanEquals", {"s3:max-keys": "9"}),
        ("NumericLessThanEquals", {"s3:max-keys": ["9", "10"]}),
        ("Null", {"s3:delimiter": "true"}),
        ("Null", {"s3:prefix": "true"}),
        ("Bool", {"aws:x": "true"}),
        ("Bool", {"aws:x": "false"}),
    ]
)
conditions = st.lists(string_conditions | other_conditions, max_size=2).map(dict)
statement_sets = st.lists(
    st.builds(
        lambda effect, no_action, actions, no_resource, named, condition: {
            "Effect": effect,
            ("NotAction" if no_action else "Action"): actions,
            ("NotResource" if no_resource else "Resource"): named,
            "Condition": condition,
        },
        st.sampled_from(["Allow", "Allow", "Deny"]),
        st.integers(0, 5).map(lambda n: n == 5),
        one_or_more(granted_actions),
        st.integers(0, 5).map(lambda n: n == 5),
        one_or_more(resources),
        conditions,
    ),
    max_size=4,
)
requests = st.tuples(
    st.sampled_from(["s3:GetObject", "s3:ListBucket", "s3:PutObject"]),
    st.just("arn:aws:s3:::lake")
    | st.text(st.sampled_from("ab/*"), max_size=6).map(lambda key: f"arn:aws:s3:::lake/{key}"),
)


@untimed
@given(statement_sets, requests)
def test_the_verdict_is_that_of_a_plain_evaluator(
    statements: list[Mapping[str, Any]], request: tuple[str, str]
) -> None:
    assert may_allow([policy(*statements)], *request, CONTEXT) is verdict(statements, *request, CONTEXT)


@untimed
@given(statement_sets, requests, st.sets(st.sampled_from(sorted(CONTEXT))))
def test_with_less_known_the_verdict_is_the_same_or_open(
    statements: list[Mapping[str, Any]], request: tuple[str, str], forgotten: set[str]
) -> None:
    known = {key: value for key, value in CONTEXT.items() if key not in forgotten}
    assert may_allow([policy(*statements)], *request, known) in {None, verdict(statements, *request, CONTEXT)}


@untimed
@given(statement_sets, st.text(st.sampled_from("ab/"), max_size=5), st.text(st.sampled_from("abc/"), min_size=1))
def test_what_holds_for_all_below_a_prefix_holds_for_each_key(
    statements: list[Mapping[str, Any]], prefix: str, rest: str
) -> None:
    asked = Asked("s3:GetObject", f"arn:aws:s3:::lake/{prefix}", below=True, context=CONTEXT)
    read, _ = statements_of([policy(*statements)])
    for mine, plain in zip(read, statements, strict=True):
        each = applies(plain, "s3:GetObject", f"arn:aws:s3:::lake/{prefix}{rest}", CONTEXT)
        assert matches(mine, asked) in {None, each}


LAKE = S3Location("lake", "a/b/")
CAT = "a/b/cat"


@untimed
@given(statement_sets, st.sampled_from(OPERATIONS))
def test_what_is_found_is_so(statements: list[Mapping[str, Any]], operation: Operation) -> None:
    key = None if operation is LIST else CAT
    asked = request_of(operation, LAKE, key=key, context={"aws:username": "b", "aws:x": "true"})
    request = (asked.action, asked.resource, asked.context)
    found = explain([policy(*statements)], operation, LAKE, key=key, context={"aws:username": "b", "aws:x": "true"})
    denied = any(applies(one, *request) for one in statements if one["Effect"] == "Deny")
    assert (found is not None and found.cause is Why.EXPLICIT_DENY) == denied
    if found is not None:
        assert not verdict(statements, *request)
        assert found.detail.startswith("policy farm-data ")
        assert found.change.endswith(".")


@untimed
@given(statement_sets, st.sampled_from(OPERATIONS))
def test_what_is_advised_mends_it(statements: list[Mapping[str, Any]], operation: Operation) -> None:
    key = None if operation is LIST else CAT
    context = {"aws:username": "b", "aws:x": "true"}
    found = explain([policy(*statements)], operation, LAKE, key=key, context=context)
    assume(found is not None and found.cause is not Why.EXPLICIT_DENY)
    assert explain([policy(*statements, statement_for(operation, LAKE))], operation, LAKE, context=context) is None
    asked = request_of(operation, LAKE, key=key, context=context)
    whole = NamedPolicy("whole", permission_policy(LAKE, OPERATIONS))
    assert may_allow([policy(*statements), whole], asked.action, asked.resource, asked.context) is True
