"""What is pasted into bucket policies, key policies and trust policies, and how it is printed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.aws.policy import PolicyError, permission_policy, statement_for
from core.aws.statements import (
    LIGHTLY_ACCOUNT,
    account_of,
    bucket_policy_statement,
    is_root,
    key_policy_statement,
    name_of,
    paste,
    role_session_arn_to_role,
    trust_policy,
)
from core.location import S3Location
from core.needs import OPERATIONS, Operation

untimed = settings(deadline=None)
LIST, READ, WRITE = OPERATIONS
FARM = S3Location("datalake", "projects/farm-animals/")
ANNA = "arn:aws:iam::111122223333:user/team/anna"
ROLE = "arn:aws:iam::111122223333:role/lightly-role"
SESSION = "arn:aws:sts::111122223333:assumed-role/lightly-role/bucketlight-check"
ROOT = "arn:aws:iam::111122223333:root"

# --- principals ---


@pytest.mark.parametrize(
    ("arn", "account", "name", "root"),
    [
        (ANNA, "111122223333", "user/anna", False),
        (ROLE, "111122223333", "role/lightly-role", False),
        (SESSION, "111122223333", "role/lightly-role", False),
        (ROOT, "111122223333", "root", True),
        ("arn:aws-cn:iam::111122223333:root", "111122223333", "root", True),
        ("arn:aws:iam::111122223333:user/root", "111122223333", "user/root", False),
        ("arn:aws:sts::111122223333:federated-user/bob", "111122223333", "federated-user/bob", False),
        ("arn:aws:s3:::datalake", None, None, False),
        ("arn:aws:iam::anna:user/anna", None, None, False),
        ("anonymous", None, None, False),
        ("", None, None, False),
    ],
)
def test_an_arn_tells_account_and_name(arn: str, account: str | None, name: str | None, root: bool) -> None:
    assert (account_of(arn), name_of(arn), is_root(arn)) == (account, name, root)


def test_a_roles_session_leads_to_the_role() -> None:
    assert role_session_arn_to_role(SESSION) == ROLE
    assert role_session_arn_to_role("arn:aws-us-gov:sts::111122223333:assumed-role/r/a@b") == (
        "arn:aws-us-gov:iam::111122223333:role/r"
    )


@pytest.mark.parametrize(
    "arn",
    [ANNA, ROLE, ROOT, "arn:aws:sts::111122223333:federated-user/bob", "arn:aws:sts::1:assumed-role/r/s", "", "?"],
)
def test_any_other_arn_stays_as_it_is(arn: str) -> None:
    assert role_session_arn_to_role(arn) == arn


# --- statements ---


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(("arn", "named"), [(ANNA, ANNA), (SESSION, ROLE), (ROOT, ROOT)])
def test_a_bucket_policy_allows_one_principal_what_its_own_policy_would(
    operation: Operation, arn: str, named: str
) -> None:
    statement = bucket_policy_statement(operation, FARM, arn)
    assert statement.pop("Principal") == {"AWS": named}
    assert statement == statement_for(operation, FARM)


def test_the_principal_stands_before_what_it_may_do() -> None:
    assert list(bucket_policy_statement(LIST, FARM, ANNA)) == [
        "Sid",
        "Effect",
        "Principal",
        "Action",
        "Resource",
        "Condition",
    ]
    assert list(key_policy_statement([READ], ANNA) or {}) == ["Sid", "Effect", "Principal", "Action", "Resource"]


def test_the_partition_is_the_one_given_or_the_regions_or_the_principals() -> None:
    chinese = "arn:aws-cn:iam::111122223333:user/anna"
    assert bucket_policy_statement(READ, FARM, chinese)["Resource"] == (
        "arn:aws-cn:s3:::datalake/projects/farm-animals/*"
    )
    gov = bucket_policy_statement(LIST, FARM, ANNA, region="us-gov-west-1")
    assert gov["Resource"] == "arn:aws-us-gov:s3:::datalake"
    assert bucket_policy_statement(LIST, FARM, ANNA, partition="aws-eusc")["Resource"] == "arn:aws-eusc:s3:::datalake"


def test_a_bucket_without_permissions_per_prefix_gets_no_statement() -> None:
    with pytest.raises(PolicyError):
        bucket_policy_statement(LIST, S3Location("farm--euc1-az1--x-s3", ""), ANNA)


@pytest.mark.parametrize(
    ("operations", "actions"),
    [
        ([READ], "kms:Decrypt"),
        ([LIST, READ], "kms:Decrypt"),
        ([WRITE], ["kms:Decrypt", "kms:GenerateDataKey"]),
        (OPERATIONS, ["kms:Decrypt", "kms:GenerateDataKey"]),
    ],
)
def test_a_key_policy_allows_what_the_operations_need_of_this_key(operations: list[Operation], actions: object) -> None:
    assert key_policy_statement(operations, SESSION) == {
        "Sid": "UseKeyViaS3",
        "Effect": "Allow",
        "Principal": {"AWS": ROLE},
        "Action": actions,
        "Resource": "*",
    }


def test_a_key_is_used_through_s3_only_where_the_region_is_known() -> None:
    statement = key_policy_statement([READ], ANNA, region="eu-central-1")
    assert statement is not None
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}


def test_list_uses_no_key() -> None:
    assert key_policy_statement([LIST], ANNA) is None


def test_the_trust_policy_lets_lightly_in_with_the_external_id_only() -> None:
    assert trust_policy("farm-external-id") == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "LightlyAssumesThisRole",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{LIGHTLY_ACCOUNT}:root"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": "farm-external-id"}},
            }
        ],
    }
    other: Any = trust_policy("x" * 10, account="444455556666", partition="aws-cn")
    assert other["Statement"][0]["Principal"] == {"AWS": "arn:aws-cn:iam::444455556666:root"}


# --- how it is printed ---


def test_a_statement_has_a_line_for_each_element() -> None:
    assert paste(bucket_policy_statement(LIST, FARM, SESSION)) == (
        '{"Sid": "ListPrefix", "Effect": "Allow",\n'
        ' "Principal": {"AWS": "arn:aws:iam::111122223333:role/lightly-role"},\n'
        ' "Action": "s3:ListBucket",\n'
        ' "Resource": "arn:aws:s3:::datalake",\n'
        ' "Condition": {"StringLike": {"s3:prefix": "projects/farm-animals/*"}}}'
    )


def test_a_document_has_its_statements_below_each_other() -> None:
    assert paste(permission_policy(FARM, [LIST, WRITE])) == (
        '{"Version": "2012-10-17",\n'
        ' "Statement": [\n'
        '  {"Sid": "ListPrefix", "Effect": "Allow",\n'
        '   "Action": "s3:ListBucket",\n'
        '   "Resource": "arn:aws:s3:::datalake",\n'
        '   "Condition": {"StringLike": {"s3:prefix": "projects/farm-animals/*"}}},\n'
        '  {"Sid": "WritePrefix", "Effect": "Allow",\n'
        '   "Action": ["s3:PutObject", "s3:AbortMultipartUpload"],\n'
        '   "Resource": "arn:aws:s3:::datalake/projects/farm-animals/*"}]}'
    )


def test_what_is_too_wide_beside_its_name_stands_below_it() -> None:
    folder = S3Location("datalake", f"projects/{'x' * 25}/")
    assert paste(statement_for(LIST, folder)).splitlines()[-2:] == [
        ' "Condition":',
        f'  {{"StringLike": {{"s3:prefix": "projects/{"x" * 25}/*"}}}}}}',
    ]


def test_a_long_list_is_broken() -> None:
    statement = {
        "Sid": "A",
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
    }
    assert paste(statement) == (
        '{"Sid": "A", "Effect": "Allow",\n'
        ' "Action": ["s3:GetObject",\n'
        '            "s3:PutObject",\n'
        '            "s3:AbortMultipartUpload",\n'
        '            "s3:ListMultipartUploadParts"]}'
    )


def test_a_long_sid_has_a_line_of_its_own() -> None:
    sid = "x" * 55
    assert paste({"Sid": sid, "Effect": "Allow"}) == f'{{"Sid": "{sid}",\n "Effect": "Allow"}}'
    assert paste({"Sid": sid[:-7], "Effect": "Allow"}) == f'{{"Sid": "{sid[:-7]}", "Effect": "Allow"}}'


def test_a_text_that_no_break_makes_shorter_keeps_its_line() -> None:
    folder = S3Location("datalake", "x" * 100 + "/")
    assert paste(statement_for(READ, folder)).splitlines()[-1] == (
        f' "Resource": "arn:aws:s3:::datalake/{"x" * 100}/*"}}'
    )


names = st.text(st.characters(codec="utf-8", exclude_characters="\x00/"), min_size=1, max_size=12)
folders = st.lists(names, max_size=6).map(lambda parts: "".join(f"{part}/" for part in parts))
documents = st.builds(
    lambda folder, operations, arn, region: [
        permission_policy(
            S3Location("datalake", folder),
            operations,
            kms_key_arn=f"arn:aws:kms:{region}:111122223333:key/1234abcd",
            partition="aws",
        ),
        *[bucket_policy_statement(one, S3Location("datalake", folder), arn) for one in operations],
        key_policy_statement([READ, WRITE], arn, region=region) or {},
        trust_policy(folder or "x" * 10),
    ],
    folders,
    st.lists(st.sampled_from(OPERATIONS), min_size=1, unique=True),
    st.sampled_from([ANNA, SESSION, ROOT, f"arn:aws:iam::111122223333:user/{'y' * 64}"]),
    st.sampled_from(["eu-central-1", "cn-north-1"]),
)


def texts_of(value: Any) -> list[str]:
    """Give the texts of a document, as JSON has them: what cannot be broken."""
    if isinstance(value, dict):
        return [json.dumps(key) for key in value] + [text for one in value.values() for text in texts_of(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts_of(one)]
    return [json.dumps(value)]


@untimed
@given(documents)
def test_what_is_printed_is_the_document_and_fits_a_terminal(several: list[dict[str, object]]) -> None:
    for document in several:
        printed = paste(document)
        assert json.loads(printed) == document
        assert list(json.loads(printed)) == list(document)
        assert printed.isascii()
        if max(map(len, texts_of(document))) <= 60:
            assert max(map(len, printed.splitlines())) <= 78


@untimed
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
        max_leaves=12,
    )
)
def test_any_document_is_printed_as_it_is(value: Any) -> None:
    document = {"Sid": "x", "Effect": "Deny", "Condition": value}
    assert json.loads(paste(document)) == document
