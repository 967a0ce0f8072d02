"""The least-privilege permission policy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import policy_semantics as semantics
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_semantics import Request

from core.aws.policy import PolicyError, key_statement, partition_of, permission_policy, statement_for, to_json
from core.location import S3Location
from core.needs import OPERATIONS, Operation

LIST, READ, WRITE = OPERATIONS
FARM = S3Location("datalake", "projects/farm-animals/")
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

LIST_PREFIX = {
    "Sid": "ListPrefix",
    "Effect": "Allow",
    "Action": "s3:ListBucket",
    "Resource": "arn:aws:s3:::datalake",
    "Condition": {"StringLike": {"s3:prefix": "projects/farm-animals/*"}},
}
READ_PREFIX = {
    "Sid": "ReadPrefix",
    "Effect": "Allow",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::datalake/projects/farm-animals/*",
}
WRITE_PREFIX = {
    "Sid": "WritePrefix",
    "Effect": "Allow",
    "Action": ["s3:PutObject", "s3:AbortMultipartUpload"],
    "Resource": "arn:aws:s3:::datalake/projects/farm-animals/*",
}

DELETE_PREFIX = {
    "Sid": "DeletePrefix",
    "Effect": "Allow",
    "Action": "s3:DeleteObject",
    "Resource": "arn:aws:s3:::datalake/projects/farm-animals/*",
}


# --- what IAM makes of a document ---


def allows(document: Mapping[str, Any], action: str, resource: str, **context: str) -> bool:
    """Tell whether a document allows one request; read from its text, as IAM would."""
    given_context = {key.replace("_", ":", 1): value for key, value in context.items()}
    return semantics.allows(to_json(document), Request(action, resource, given_context))


def may_list(document: Mapping[str, Any], bucket: str, prefix: str | None) -> bool:
    context = {} if prefix is None else {"s3_prefix": prefix}
    return allows(document, "s3:ListBucket", f"arn:aws:s3:::{bucket}", **context)


def may_touch(document: Mapping[str, Any], action: str, bucket: str, key: str) -> bool:
    return allows(document, action, f"arn:aws:s3:::{bucket}/{key}")


# --- strategies ---

tokens = st.sampled_from(
    ["${aws:username}", "${*}", "${$}", "$", "{", "}", "*", "?", "a", "b", ".", "-", " ", "+", "é", "日"]
)
segments = st.lists(tokens | st.characters(exclude_characters="/", codec="utf-8"), min_size=1, max_size=8).map("".join)
folders = st.lists(segments, min_size=1, max_size=3).map(lambda parts: "/".join(parts) + "/")
tails = st.text(st.sampled_from("ab/*?${}.") | st.characters(codec="utf-8"), max_size=12)
some_operations = st.sets(st.sampled_from(OPERATIONS), min_size=1)


def neighbours(prefix: str) -> Iterable[str]:
    """Name keys and prefixes that are near, but not below."""
    stem = prefix[:-1]
    yield from (
        "",
        stem,
        stem + "-secret/",
        stem + "-secret/cat.jpg",
        stem + "2/x",
        "x" + prefix,
        "/" + prefix,
        stem + "?",
    )
    yield prefix.upper() + "x" if prefix.upper() != prefix else prefix.lower() + "x"
    parent = stem.rpartition("/")[0]
    yield parent
    yield parent + "/" if parent else "top.txt"
    # What the escaped form would be, were it taken literally.
    yield re.sub(r"([*?$])", r"${\1}", stem) + "!/"
    for wild in "*?$":
        yield stem.replace(wild, "zz", 1) + "/x" if wild in stem else stem + "zz/x"


# --- golden documents ---


def test_the_whole_policy_is_four_narrow_statements() -> None:
    assert permission_policy(FARM, OPERATIONS, kms_key_arn=KEY, region="eu-central-1") == {
        "Version": "2012-10-17",
        "Statement": [
            LIST_PREFIX,
            READ_PREFIX,
            WRITE_PREFIX,
            {
                "Sid": "UseKeyViaS3",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": KEY,
                "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}},
            },
        ],
    }


def test_list_and_read_need_two_statements() -> None:
    assert permission_policy(FARM, (LIST, READ)) == {"Version": "2012-10-17", "Statement": [LIST_PREFIX, READ_PREFIX]}


def test_the_whole_bucket_needs_no_condition() -> None:
    assert permission_policy(S3Location("datalake", ""), OPERATIONS)["Statement"] == [
        {key: value for key, value in LIST_PREFIX.items() if key != "Condition"},
        {**READ_PREFIX, "Resource": "arn:aws:s3:::datalake/*"},
        {**WRITE_PREFIX, "Resource": "arn:aws:s3:::datalake/*"},
    ]


@pytest.mark.parametrize(
    ("operation", "golden"), zip(OPERATIONS, (LIST_PREFIX, READ_PREFIX, WRITE_PREFIX), strict=True)
)
def test_one_missing_statement_is_the_one_of_the_whole_policy(operation: Operation, golden: dict[str, object]) -> None:
    assert statement_for(operation, FARM) == golden


def test_characters_that_policies_read_as_wildcards_or_variables_are_escaped() -> None:
    odd = S3Location("datalake", "a*b/what?/${aws:username}/$5/")
    read = statement_for(READ, odd)
    assert read["Resource"] == "arn:aws:s3:::datalake/a${*}b/what${?}/${$}{aws:username}/${$}5/*"
    assert statement_for(LIST, odd)["Condition"] == {
        "StringLike": {"s3:prefix": "a${*}b/what${?}/${$}{aws:username}/${$}5/*"}
    }


@pytest.mark.parametrize(
    ("operations", "actions"),
    [
        ((READ,), "kms:Decrypt"),
        ((WRITE,), ["kms:Decrypt", "kms:GenerateDataKey"]),
        ((LIST, READ), "kms:Decrypt"),
        (OPERATIONS, ["kms:Decrypt", "kms:GenerateDataKey"]),
    ],
)
def test_the_key_is_used_for_what_the_operations_need(operations: tuple[Operation, ...], actions: object) -> None:
    statement = key_statement(KEY, operations)
    assert statement is not None
    assert statement["Action"] == actions


def test_listing_needs_no_key() -> None:
    assert key_statement(KEY, (LIST,)) is None
    assert permission_policy(FARM, (LIST,), kms_key_arn=KEY)["Statement"] == [LIST_PREFIX]


def test_delete_is_a_statement_of_its_own_beside_write() -> None:
    assert permission_policy(FARM, OPERATIONS, delete=True)["Statement"] == [
        LIST_PREFIX,
        READ_PREFIX,
        WRITE_PREFIX,
        DELETE_PREFIX,
    ]


def test_what_may_be_stored_and_deleted_can_be_limited_to_lightlys_own_folder() -> None:
    below = "arn:aws:s3:::datalake/projects/farm-animals/.lightly/*"
    document = permission_policy(FARM, OPERATIONS, delete=True, lightly_folder_only=True)
    assert document["Statement"] == [
        LIST_PREFIX,
        READ_PREFIX,
        {**WRITE_PREFIX, "Resource": below},
        {**DELETE_PREFIX, "Resource": below},
    ]
    whole = permission_policy(S3Location("datalake", ""), (WRITE,), lightly_folder_only=True)
    assert whole["Statement"] == [{**WRITE_PREFIX, "Resource": "arn:aws:s3:::datalake/.lightly/*"}]


# --- partitions ---


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        (None, "aws"),
        ("eu-central-1", "aws"),
        ("us-east-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_the_partition_follows_from_the_region(region: str | None, partition: str) -> None:
    assert partition_of(region) == partition
    statements = permission_policy(FARM, OPERATIONS, region=region)["Statement"]
    assert isinstance(statements, list)
    assert all(one["Resource"].startswith(f"arn:{partition}:s3:::datalake") for one in statements)


def test_where_no_region_is_known_the_keys_own_tells_the_partition() -> None:
    arn = KEY.replace("arn:aws:", "arn:aws-cn:").replace("eu-central-1", "cn-north-1")
    statements = permission_policy(FARM, OPERATIONS, kms_key_arn=arn)["Statement"]
    assert isinstance(statements, list)
    assert {one["Resource"].split(":")[1] for one in statements} == {"aws-cn"}


def test_a_partition_that_is_given_wins() -> None:
    assert statement_for(LIST, FARM, partition="aws-iso")["Resource"] == "arn:aws-iso:s3:::datalake"


def test_partitions_with_a_domain_of_their_own_name_s3_in_both_ways() -> None:
    arn = KEY.replace("arn:aws:", "arn:aws-cn:").replace("eu-central-1", "cn-north-1")
    statement = key_statement(arn, OPERATIONS, region="cn-north-1")
    assert statement is not None
    assert statement["Condition"] == {
        "StringEquals": {"kms:ViaService": ["s3.cn-north-1.amazonaws.com", "s3.cn-north-1.amazonaws.com.cn"]}
    }


# --- refusals ---


def test_no_operation_is_no_policy() -> None:
    with pytest.raises(PolicyError, match="at least one operation"):
        permission_policy(FARM, ())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_prefix_without_its_slash_is_refused_because_it_would_open_the_neighbours(operation: Operation) -> None:
    with pytest.raises(PolicyError, match="slash"):
        permission_policy(S3Location("datalake", "projects/farm-animals"), (operation,), lightly_folder_only=True)
    with pytest.raises(PolicyError, match="slash"):
        statement_for(operation, S3Location("datalake", "projects/farm-animals"))


def test_a_directory_bucket_is_refused_with_what_it_would_need() -> None:
    with pytest.raises(PolicyError, match="s3express:CreateSession"):
        permission_policy(S3Location("lake--euc1-az1--x-s3", "a/"), OPERATIONS)


@pytest.mark.parametrize(
    "not_a_key",
    [
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "alias/lake",
        "arn:aws:kms:eu-central-1:111122223333:alias/lake",
        KEY + "/*",
        KEY + "\n",
        KEY.replace("111122223333", "*"),
        KEY.replace("eu-central-1", "*"),
        "",
    ],
)
def test_a_key_is_named_by_its_key_arn_only(not_a_key: str) -> None:
    with pytest.raises(PolicyError, match="key ARN"):
        permission_policy(FARM, OPERATIONS, kms_key_arn=not_a_key)


@pytest.mark.parametrize("region", ["eu-west-1", "cn-north-1"])
def test_a_key_of_another_region_is_refused(region: str) -> None:
    with pytest.raises(PolicyError, match="bucket's own region"):
        permission_policy(FARM, OPERATIONS, kms_key_arn=KEY, region=region)


# --- what it allows, judged by the evaluator ---


def test_the_evaluator_knows_a_policy_that_is_too_wide() -> None:
    wide = {
        "Version": "2012-10-17",
        "Statement": [
            {**LIST_PREFIX, "Condition": {"StringLike": {"s3:prefix": "projects/farm-animals*"}}},
            {**READ_PREFIX, "Resource": "arn:aws:s3:::datalake/projects/farm-animals*"},
        ],
    }
    assert may_list(wide, "datalake", "projects/farm-animals-secret/")
    assert may_touch(wide, "s3:GetObject", "datalake", "projects/farm-animals-secret/cat.jpg")
    assert not may_touch(wide, "s3:PutObject", "datalake", "projects/farm-animals/cat.jpg")


@given(folders, tails, some_operations)
def test_everything_below_the_prefix_is_allowed(prefix: str, tail: str, operations: set[Operation]) -> None:
    document = permission_policy(S3Location("datalake", prefix), operations)
    assert may_list(document, "datalake", prefix + tail) == (LIST in operations)
    assert may_touch(document, "s3:GetObject", "datalake", prefix + tail) == (READ in operations)
    for action in ("s3:PutObject", "s3:AbortMultipartUpload"):
        assert may_touch(document, action, "datalake", prefix + tail) == (WRITE in operations)


@given(folders)
def test_nothing_beside_the_prefix_is_allowed(prefix: str) -> None:
    document = permission_policy(S3Location("datalake", prefix), OPERATIONS)
    assert not may_list(document, "datalake", None)
    for near in neighbours(prefix):
        if near.startswith(prefix):
            continue
        assert not may_list(document, "datalake", near), near
        for action in ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"):
            assert not may_touch(document, action, "datalake", near), near


@given(folders, tails, tails)
def test_no_key_at_all_that_does_not_begin_with_the_prefix_is_allowed(prefix: str, key: str, tail: str) -> None:
    document = permission_policy(S3Location("datalake", prefix), OPERATIONS)
    for candidate in (key, key + prefix, prefix[:-1] + tail):
        assert may_touch(document, "s3:GetObject", "datalake", candidate) == candidate.startswith(prefix)
        assert may_list(document, "datalake", candidate) == candidate.startswith(prefix)


@given(folders, some_operations)
def test_other_buckets_and_other_actions_stay_closed(prefix: str, operations: set[Operation]) -> None:
    document = permission_policy(S3Location("datalake", prefix), operations)
    for bucket in ("datalake2", "datalak", "my-datalake"):
        assert not may_list(document, bucket, prefix)
        assert not may_touch(document, "s3:GetObject", bucket, prefix + "cat.jpg")
    for action in ("s3:DeleteObject", "s3:PutObjectAcl", "s3:GetObjectVersion", "s3:PutBucketPolicy", "s3:*"):
        assert not may_touch(document, action, "datalake", prefix + "cat.jpg")
        assert not allows(document, action, "arn:aws:s3:::datalake", s3_prefix=prefix)


@given(folders, tails, some_operations, st.booleans(), st.booleans())
def test_what_is_stored_and_deleted_stays_where_it_may(
    prefix: str, tail: str, operations: set[Operation], delete: bool, own_folder: bool
) -> None:
    location = S3Location("datalake", prefix)
    document = permission_policy(location, operations, delete=delete, lightly_folder_only=own_folder)
    allowed_at = {prefix + tail: not own_folder or tail.startswith(".lightly/"), f"{prefix}.lightly/{tail}": True}
    allowed_at |= {near: False for near in neighbours(prefix) if not near.startswith(prefix)}
    for key, inside in allowed_at.items():
        for action in ("s3:PutObject", "s3:AbortMultipartUpload"):
            assert may_touch(document, action, "datalake", key) == (inside and WRITE in operations), key
        deletes = inside and delete and WRITE in operations
        assert may_touch(document, "s3:DeleteObject", "datalake", key) == deletes, key
    for key in (prefix + tail, f"{prefix}.lightly/{tail}"):
        assert may_list(document, "datalake", key) == (LIST in operations)
        assert may_touch(document, "s3:GetObject", "datalake", key) == (READ in operations)


@given(some_operations)
def test_the_key_serves_s3_in_its_region_and_nobody_else(operations: set[Operation]) -> None:
    document = permission_policy(FARM, operations, kms_key_arn=KEY)
    for service in ("ec2.eu-central-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"):
        assert not allows(document, "kms:Decrypt", KEY, kms_ViaService=service)
    assert not allows(document, "kms:Decrypt", KEY)
    uses_key = bool(operations - {LIST})
    assert allows(document, "kms:Decrypt", KEY, kms_ViaService="s3.eu-central-1.amazonaws.com") == uses_key


# --- the text ---


def test_the_text_is_indented_by_two_and_ends_with_a_newline() -> None:
    text = to_json(permission_policy(FARM, (READ,)))
    assert text == (
        "{\n"
        '  "Version": "2012-10-17",\n'
        '  "Statement": [\n'
        "    {\n"
        '      "Sid": "ReadPrefix",\n'
        '      "Effect": "Allow",\n'
        '      "Action": "s3:GetObject",\n'
        '      "Resource": "arn:aws:s3:::datalake/projects/farm-animals/*"\n'
        "    }\n"
        "  ]\n"
        "}\n"
    )


@given(folders, st.permutations(OPERATIONS))
def test_the_same_question_has_the_same_text_in_ascii(prefix: str, order: list[Operation]) -> None:
    location = S3Location("datalake", prefix)
    text = to_json(permission_policy(location, order))
    assert text == to_json(permission_policy(location, [*OPERATIONS, *order]))
    assert text.isascii()


@given(folders, some_operations, st.booleans())
def test_statement_ids_are_unique_and_plain(prefix: str, operations: set[Operation], delete: bool) -> None:
    document = permission_policy(S3Location("datalake", prefix), operations, kms_key_arn=KEY, delete=delete)
    statements = document["Statement"]
    assert isinstance(statements, list)
    ids = [one["Sid"] for one in statements]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9]+", one) for one in ids)
