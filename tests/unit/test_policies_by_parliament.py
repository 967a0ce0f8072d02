"""parliament, a linter of IAM policies that others wrote, finds nothing to say about the policies that are made here.

It knows the actions, resources and condition keys of the Service Authorization Reference. No finding is excepted; two
things are left out here, because it does not know them: IPv6 ranges in their short form (`2001:db8::/32`), and a colon
in the name of an object.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parliament import analyze_policy_string

from core.aws.grants import Grant, Networks, grants_policy
from core.aws.policy import to_json
from core.aws.policy_size import compact, fit
from core.aws.setup_policy import setup_policy
from core.aws.statements import bucket_policies, key_policy_statements, trust_statement
from core.location import S3Location
from core.needs import OPERATIONS

ARNS = {
    "eu-central-1": "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "cn-north-1": "arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "us-gov-west-1": "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
}
PREFIXES = ("", "projects/farm-animals/", "a*b/", "a?b/", "${x}/", "$/", "Kühe 日本/", "{a}/b c/")
NETWORKS = (
    None,
    Networks(source_ips=("203.0.113.0/24", "198.51.100.7/32")),
    Networks(vpcs=("vpc-0a1b2c3d", "vpc-0a1b2c3d4e5f60718")),
    Networks(source_ips=("203.0.113.0/24",), vpcs=("vpc-0a1b2c3d",)),
)
BOUNDARY = "arn:aws:iam::111122223333:policy/LightlyBoundary"


def findings(document: dict[str, object]) -> list[str]:
    """Give what parliament says of a document, as IAM would get it."""
    return [str(finding) for finding in analyze_policy_string(to_json(document)).findings]


def test_parliament_sees_what_is_wrong() -> None:
    wrong = {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:Nothing"], "Resource": "arn:aws:s3:::lake/*"}
    said = " ".join(findings({"Version": "2012-10-17", "Statement": [wrong]}))
    assert "RESOURCE_MISMATCH" in said or "UNKNOWN_ACTION" in said


def grants_at(prefix: str, region: str) -> Iterator[list[Grant]]:
    """Give one grant and two, for each set of operations, with and without what is optional."""
    for count, key, more in product((1, 2, 3), (None, ARNS[region]), (False, True)):
        grant = Grant(
            location=S3Location("datalake", prefix),
            operations=OPERATIONS[:count],
            region=region,
            kms_key_arn=key,
            delete=more,
            lightly_folder_only=more,
        )
        output = Grant(location=S3Location("results", prefix), operations=OPERATIONS, region=region, kms_key_arn=key)
        yield from ([grant], [grant, output])


@pytest.mark.parametrize("networks", NETWORKS, ids=["anywhere", "ranges", "vpcs", "both"])
@pytest.mark.parametrize("region", ARNS)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_it_finds_nothing_in_permission_policies(prefix: str, region: str, networks: Networks | None) -> None:
    for grants in grants_at(prefix, region):
        document = grants_policy(grants, networks=networks)
        assert findings(document) == []
        assert findings(compact(document)) == []
        for part in fit(document, 700):
            assert findings(part) == []


@pytest.mark.parametrize("region", ARNS)
def test_it_finds_nothing_in_what_is_pasted_elsewhere(region: str) -> None:
    who = f"arn:{ARNS[region].split(':')[1]}:iam::444455556666:user/anna"
    for grants in grants_at("projects/farm-animals/", region):
        for networks in NETWORKS:
            for document in bucket_policies(grants, who, networks=networks).values():
                assert findings(document) == []
        for arn, statement in key_policy_statements(grants, who).items():
            # In a key's own policy "*" is that key; parliament reads it as in any other policy.
            of_this_key = {**statement, "Resource": arn}
            assert findings({"Version": "2012-10-17", "Statement": [of_this_key]}) == []


def test_it_finds_nothing_in_the_trust_policy() -> None:
    # A trust policy has no resource, it is the role's that bears it; parliament wants one in every policy.
    statement = {**trust_statement("lightly-0123456789abcdef"), "Resource": "arn:aws:iam::111122223333:role/Lightly"}
    assert findings({"Version": "2012-10-17", "Statement": [statement]}) == []


@pytest.mark.parametrize("boundary", [None, BOUNDARY])
@pytest.mark.parametrize("account", [None, "111122223333"])
def test_it_finds_nothing_in_the_administrators_policy(account: str | None, boundary: str | None) -> None:
    for path, bucket in product(("/", "/vendors/"), (None, "datalake")):
        assert findings(setup_policy(account_id=account, path=path, bucket=bucket, boundary_arn=boundary)) == []


folders = st.lists(st.text(st.sampled_from("ab*?${} .+%é日\"'\\"), min_size=1, max_size=8), min_size=1, max_size=3).map(
    lambda parts: "/".join(parts) + "/"
)


@settings(max_examples=40)
@given(folders, st.booleans())
def test_it_finds_nothing_whatever_the_folders_name(prefix: str, delete: bool) -> None:
    grant = Grant(location=S3Location("datalake", prefix), operations=OPERATIONS, delete=delete)
    assert findings(grants_policy([grant])) == []
