"""What is too open in the keys of a user, in a bucket's settings, and outside a folder."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.aws.bucket_settings import ALL_USERS, AWS_USERS, BLOCKS, BucketSettings
from core.aws.grants import Grant
from core.aws.iam import KeyFact
from core.aws.outside import Outside, tries_outside
from core.location import S3Location
from core.needs import OPERATIONS
from core.posture.bucket import posture_of_bucket
from core.posture.keys import posture_of_keys
from core.posture.outside import posture_outside
from core.posture.rules import RULES

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def key(days: float | None, letter: str = "A", *, active: bool = True) -> KeyFact:
    return KeyFact(f"AKIA{letter * 12}{letter * 4}", active, None if days is None else NOW - timedelta(days=days))


@pytest.mark.parametrize(
    ("keys", "causes"),
    [
        ((), []),
        ((key(1),), []),
        ((key(90.9),), []),
        ((key(91),), ["old-access-key"]),
        ((key(400, active=False), key(3, "B")), []),
        ((key(-5),), []),
        ((key(None),), []),
        ((key(1), key(2, "B")), ["two-access-keys"]),
        ((key(1), key(2, "B", active=False)), []),
        ((key(100), key(None, "B")), ["old-access-key", "two-access-keys"]),
    ],
)
def test_an_old_key_and_a_second_one_are_said(keys: tuple[KeyFact, ...], causes: list[str]) -> None:
    assert [one.cause for one in posture_of_keys("ann", keys, NOW)] == causes


def test_the_oldest_key_is_named_in_part_only() -> None:
    old, two = posture_of_keys("ann", (key(100), key(120, "B")), NOW)
    assert "AKIA…BBBB of user ann is 120 days old" in old.summary
    assert "AKIA…AAAA and AKIA…BBBB" in two.summary
    assert "AAAAA" not in f"{old}{two}"


def test_an_old_key_of_a_dataset_that_is_known_here_is_replaced_by_rotation() -> None:
    [known] = posture_of_keys("ann", (key(100),), NOW, dataset="farm animals")
    assert known.fix == "Replace it: `bucketlight rotate 'farm animals'`, or k in the app."
    [unknown] = posture_of_keys("ann", (key(100),), NOW)
    assert "make a new key" in unknown.fix
    assert "bucketlight" not in unknown.fix


# A bucket

FARM = S3Location("datalake", "projects/farm/")
ALL = frozenset(BLOCKS)
EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::datalake/*"}
TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def bucket(
    *statements: object, none: bool = False, public: bool | None = None, blocked: frozenset[str] | None = None
) -> BucketSettings:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)}) if statements else None
    return BucketSettings(policy=text, has_no_policy=none, public=public, blocked=blocked)


def causes_of(settings: BucketSettings, *, plain_http: bool = False) -> list[str]:
    return [one.cause for one in posture_of_bucket(FARM, settings, plain_http=plain_http)]


LAKE = "arn:aws:s3:::datalake"
BOB = "arn:aws:iam::111122223333:user/bob"
ALL_BUT_BOB = {**{name: value for name, value in TLS.items() if name != "Principal"}, "NotPrincipal": {"AWS": BOB}}
MORE = {"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "false"}}
CONDITIONED = {**EVERYBODY, "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}
DENIED = {**EVERYBODY, "Effect": "Deny"}


@pytest.mark.parametrize(
    ("settings", "causes"),
    [
        (bucket(), []),
        (bucket(TLS, blocked=ALL), []),
        (bucket(EVERYBODY, TLS, public=True, blocked=frozenset()), ["public-bucket"]),
        (bucket(EVERYBODY, TLS, public=True, blocked=ALL - {"RestrictPublicBuckets"}), ["public-bucket"]),
        (bucket(EVERYBODY, TLS, public=True, blocked=ALL), []),
        (bucket(EVERYBODY, TLS, public=True), []),
        (bucket(EVERYBODY, public=False, blocked=frozenset()), ["public-access-not-blocked", "plain-http-allowed"]),
        (bucket(public=True, blocked=frozenset()), ["public-bucket"]),
        (bucket(EVERYBODY, blocked=frozenset()), ["public-bucket", "plain-http-allowed"]),
        (
            bucket({**EVERYBODY, "Principal": {"AWS": "*"}}, blocked=frozenset()),
            ["public-bucket", "plain-http-allowed"],
        ),
        (bucket(EVERYBODY, TLS, blocked=frozenset()), ["public-access-not-blocked"]),
        (bucket(CONDITIONED, blocked=frozenset()), ["public-access-not-blocked", "plain-http-allowed"]),
        (bucket(DENIED, TLS, blocked=frozenset()), ["public-access-not-blocked"]),
        (bucket(TLS, blocked=ALL - {"IgnorePublicAcls"}), ["public-access-not-blocked"]),
        (bucket(none=True, blocked=ALL), ["plain-http-allowed"]),
        (bucket(CONDITIONED, blocked=ALL), ["plain-http-allowed"]),
        (bucket({**TLS, "Action": "s3:PutObject"}, blocked=ALL), ["plain-http-allowed"]),
        (bucket({**TLS, "Principal": {"AWS": BOB}}, blocked=ALL), ["plain-http-allowed"]),
        (bucket({**TLS, "Principal": {"AWS": BOB}, "Action": "s3:PutObject"}, blocked=ALL), ["plain-http-allowed"]),
        (bucket({**TLS, "Principal": {"AWS": [BOB, "*"]}}, blocked=ALL), []),
        (bucket(ALL_BUT_BOB, blocked=ALL), []),
        (bucket({**TLS, "Resource": f"{LAKE}/other/*"}, blocked=ALL), ["plain-http-allowed"]),
        (bucket({**TLS, "Resource": f"{LAKE}/projects/farm/raw/*"}, blocked=ALL), ["plain-http-allowed"]),
        (bucket({**TLS, "Resource": [LAKE, f"{LAKE}/*"]}, blocked=ALL), []),
        (bucket({**TLS, "Resource": f"{LAKE}/projects/*"}, blocked=ALL), []),
        (bucket({**TLS, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, blocked=ALL), ["plain-http-allowed"]),
        (bucket({**TLS, "Condition": MORE}, blocked=ALL), []),
        (bucket({**TLS, "Condition": "odd"}, blocked=ALL), []),
        (bucket({**TLS, "Effect": "Allow"}, blocked=ALL), ["plain-http-allowed"]),
        (bucket("odd", CONDITIONED, blocked=ALL), []),
        (BucketSettings(policy="no JSON", blocked=ALL), []),
        (BucketSettings(policy="[" * 100_000), []),
    ],
)
def test_a_bucket_is_said_to_be_open_as_far_as_it_could_be_read(settings: BucketSettings, causes: list[str]) -> None:
    assert causes_of(settings) == causes


@pytest.mark.parametrize(
    ("groups", "blocked", "causes"),
    [
        ({ALL_USERS}, set(), ["public-acl"]),
        ({AWS_USERS}, ALL - {"IgnorePublicAcls"}, ["public-acl"]),
        ({ALL_USERS}, {"IgnorePublicAcls"}, ["public-access-not-blocked"]),
        ({ALL_USERS}, ALL, []),
        ({ALL_USERS}, None, []),
        (set(), set(), ["public-access-not-blocked"]),
        (None, set(), ["public-access-not-blocked"]),
    ],
)
def test_an_acl_that_lets_the_public_in_is_said_unless_it_is_ignored(
    groups: set[str] | None, blocked: set[str] | None, causes: list[str]
) -> None:
    settings = BucketSettings(
        policy=json.dumps({"Version": "2012-10-17", "Statement": [TLS]}),
        public=False,
        blocked=None if blocked is None else frozenset(blocked),
        acl_groups=None if groups is None else frozenset(groups),
    )
    assert causes_of(settings) == causes


@pytest.mark.parametrize(
    ("groups", "who"),
    [
        ({ALL_USERS, AWS_USERS}, "lets in everybody, and"),
        ({AWS_USERS}, "lets in everybody who has an AWS account, and"),
    ],
)
def test_whom_an_acl_lets_in_is_said_beside_what_the_policy_does(groups: set[str], who: str) -> None:
    settings = BucketSettings(public=True, blocked=frozenset(), acl_groups=frozenset(groups))
    by_policy, by_acl = posture_of_bucket(FARM, settings)
    assert by_policy.cause == "public-bucket"
    assert who in by_acl.summary


def test_a_bucket_of_another_partition_is_read_by_its_own_arns() -> None:
    of_china = {**TLS, "Resource": ["arn:aws-cn:s3:::datalake", "arn:aws-cn:s3:::datalake/*"]}
    settings = bucket(of_china, blocked=ALL)
    assert posture_of_bucket(FARM, settings, partition="aws-cn") == ()
    assert causes_of(settings) == ["plain-http-allowed"]


def test_a_server_without_tls_is_not_advised_to_refuse_it() -> None:
    assert causes_of(bucket(none=True, blocked=ALL), plain_http=True) == []


def test_what_is_not_blocked_is_named() -> None:
    [one] = posture_of_bucket(FARM, bucket(TLS, blocked=ALL - {"IgnorePublicAcls", "BlockPublicAcls"}))
    assert ": BlockPublicAcls and IgnorePublicAcls are off." in one.summary
    [one] = posture_of_bucket(FARM, bucket(TLS, blocked=frozenset()))
    assert ": Block Public Access is off." in one.summary
    [one] = posture_of_bucket(FARM, bucket(TLS, blocked=ALL - {"IgnorePublicAcls"}))
    assert ": IgnorePublicAcls is off." in one.summary


@given(st.text() | st.none(), st.booleans(), st.booleans() | st.none(), st.sets(st.sampled_from(BLOCKS)) | st.none())
def test_no_settings_whatever_raise(text: str | None, none: bool, public: bool | None, on: set[str] | None) -> None:
    blocked = None if on is None else frozenset(on)
    for cause in causes_of(BucketSettings(policy=text, has_no_policy=none, public=public, blocked=blocked)):
        assert cause in RULES


# Outside the folder

GRANT = Grant(location=FARM, operations=OPERATIONS[:2])


def test_every_try_outside_is_told_before_and_none_of_them_writes() -> None:
    tries = tries_outside(FARM)
    assert [each.call for each in tries] == ["ListObjectsV2", "ListObjectsV2", "HeadObject"]
    assert [each.what.partition(",")[0] for each in tries[:2]] == [
        "lists s3://datalake/projects/",
        "lists s3://datalake/",
    ]
    assert all(each.call.startswith(("List", "Head")) for each in tries)


@pytest.mark.parametrize(
    ("location", "tries"),
    [
        (S3Location("datalake", "farm/"), ["lists s3://datalake/"]),
        (S3Location("datalake", ""), []),
        (S3Location("fast--euc1-az1--x-s3", "a/"), []),
        (S3Location("datalake", "/"), ["lists s3://datalake/"]),
    ],
)
def test_outside_of_a_whole_bucket_there_is_nothing_to_try(location: S3Location, tries: list[str]) -> None:
    assert [each.what.partition(",")[0] for each in tries_outside(location) if each.call == "ListObjectsV2"] == tries


def test_where_another_grant_of_the_same_key_lies_is_not_outside() -> None:
    output = Grant(location=S3Location("datalake", "projects/"), operations=OPERATIONS)
    whole = Grant(location=S3Location("datalake", ""), operations=OPERATIONS)
    elsewhere = Grant(location=S3Location("other", ""), operations=OPERATIONS)
    below = Grant(location=S3Location("datalake", "projects/out/"), operations=OPERATIONS)
    tries = tries_outside(FARM, (output,))
    assert [each.what.partition(",")[0] for each in tries] == [
        "lists s3://datalake/",
        tries_outside(FARM)[-1].what.partition(",")[0],
    ]
    assert tries_outside(FARM, (whole,)) == ()
    assert tries_outside(FARM, (elsewhere, below)) == tries_outside(FARM)


def test_what_works_where_another_grant_lies_is_no_weakness() -> None:
    output = Grant(location=S3Location("datalake", "projects/"), operations=OPERATIONS)
    assert posture_outside(GRANT, Outside(listed=(output.location,)), (output,)) == ()
    [one] = posture_outside(GRANT, Outside(listed=(output.location, S3Location("datalake", ""))), (output,))
    assert "s3://datalake/ could be listed" in one.summary


def test_what_works_outside_is_said() -> None:
    above = S3Location("datalake", "projects/")
    found = posture_outside(GRANT, Outside(listed=(above,), read=True))
    assert [one.cause for one in found] == ["list-outside-prefix", "read-outside-prefix"]
    assert "s3://datalake/projects/ could be listed" in found[0].summary
    assert "--needs list,read" in found[0].fix


@pytest.mark.parametrize("outside", [Outside(), Outside(refused=(FARM,), read=False)])
def test_what_is_refused_or_not_known_is_not_spoken_of(outside: Outside) -> None:
    assert posture_outside(GRANT, outside) == ()
