"""One policy for a principal's folders, and the networks it is limited to, judged by what AWS makes of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from policy_semantics import Request, allows, is_allowed_across_accounts

from core.aws.grants import Grant, Networks, grants_policy
from core.aws.policy import PolicyError, permission_policy, to_json
from core.aws.policy_size import compact, fit, size
from core.aws.statements import bucket_policies, key_policy_statements
from core.location import S3Location
from core.needs import OPERATIONS

LIST, READ, WRITE = OPERATIONS
INPUT = Grant(location=S3Location("datalake", "projects/farm-animals/"), operations=(LIST, READ))
OUTPUT = Grant(location=S3Location("results", "farm/"), operations=OPERATIONS)
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ANNA = "arn:aws:iam::444455556666:user/anna"
OFFICE, HOME, VPC = "203.0.113.0/24", "2001:db8:1::/48", "vpc-0a1b2c3d4e5f60718"
OFFICE_ADDRESS, HOME_ADDRESS = "203.0.113.77", "2001:db8:1:2::3"
ACTION_OF = {READ: ("s3:GetObject",), WRITE: ("s3:PutObject", "s3:AbortMultipartUpload")}
NEVER_ON_OBJECTS = (
    "s3:PutObjectAcl",
    "s3:GetObjectAcl",
    "s3:GetObjectVersion",
    "s3:DeleteObjectVersion",
    "s3:PutObjectTagging",
    "s3:BypassGovernanceRetention",
    "s3:RestoreObject",
)
NEVER_ON_BUCKETS = (
    "s3:PutBucketPolicy",
    "s3:GetBucketPolicy",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:ListBucketVersions",
    "s3:ListBucketMultipartUploads",
    "s3:PutLifecycleConfiguration",
    "s3:PutReplicationConfiguration",
)

# --- strategies ---

buckets = st.from_regex(r"[a-z0-9][a-z0-9.-]{1,20}[a-z0-9]", fullmatch=True).filter(lambda text: ".." not in text)
odd = st.sampled_from(
    ["${aws:username}", "${*}", "${", "${$}", "$", "{", "}", "*", "?", "a", "b", ".", ":", " ", "+", "%2F", "é", "日"]
)
segments = st.lists(odd | st.characters(exclude_characters="/", codec="utf-8"), min_size=1, max_size=6).map("".join)
prefixes = st.just("") | st.lists(segments, min_size=1, max_size=3).map(lambda parts: "/".join(parts) + "/")
tails = st.text(st.sampled_from("ab/*?${}.:") | st.characters(codec="utf-8"), max_size=12)
some_operations = st.sets(st.sampled_from(OPERATIONS), min_size=1).map(
    lambda found: tuple(one for one in OPERATIONS if one in found)
)
grants_of_one = st.builds(
    Grant,
    location=st.builds(S3Location, buckets, prefixes),
    operations=some_operations,
    delete=st.booleans(),
    lightly_folder_only=st.booleans(),
)
some_grants = st.lists(grants_of_one, min_size=1, max_size=2)
some_networks = st.none() | st.builds(
    Networks,
    source_ips=st.sampled_from([(), (OFFICE,), (OFFICE, HOME)]),
    vpcs=st.sampled_from([(), (VPC,), (VPC, "vpc-0a1b2c3d")]),
)
places = st.sampled_from(
    [
        {},
        {"aws:SourceIp": OFFICE_ADDRESS},
        {"aws:SourceIp": HOME_ADDRESS},
        {"aws:SourceIp": "198.51.100.1"},
        {"aws:SourceVpc": VPC},
        {"aws:SourceVpc": "vpc-00000000"},
    ]
)


# --- what may be done, said once more without any policy ---


def is_let_in(networks: Networks | None, place: dict[str, str]) -> bool:
    """Say by hand whether a place is one of the named networks."""
    if networks is None or not (networks.source_ips or networks.vpcs):
        return True
    named = {OFFICE_ADDRESS: OFFICE, HOME_ADDRESS: HOME}.get(place.get("aws:SourceIp", ""))
    return named in networks.source_ips or place.get("aws:SourceVpc") in networks.vpcs


def may(grants: Iterable[Grant], action: str, bucket: str, key: str) -> bool:
    """Say by plain comparison of texts what these grants mean for an object."""
    for grant in grants:
        if grant.location.bucket != bucket or not key.startswith(grant.location.prefix):
            continue
        stored = key.startswith(grant.location.prefix + (".lightly/" if grant.lightly_folder_only else ""))
        reads = READ in grant.operations and action in ACTION_OF[READ]
        writes = stored and WRITE in grant.operations and action in ACTION_OF[WRITE]
        deletes = stored and WRITE in grant.operations and grant.delete and action == "s3:DeleteObject"
        if reads or writes or deletes:
            return True
    return False


def near(grant: Grant, tail: str) -> Iterator[str]:
    """Name keys inside a grant's folder, and around it."""
    prefix = grant.location.prefix
    stem = prefix[:-1]
    yield from (prefix + tail, f"{prefix}.lightly/{tail}", f"{prefix}.lightly", tail, stem, stem + tail)
    yield from (stem + "-secret/cat.jpg", "x" + prefix, "/" + prefix, stem.rpartition("/")[0], prefix.swapcase() + "a")
    yield re.sub(r"([*?$])", r"${\1}", prefix) + tail
    for wild in "*?":
        yield prefix.replace(wild, "zz") + tail
        yield prefix.replace(wild, "/", 1) + tail
    yield prefix.replace("${aws:username}", "anna") + tail


def asked(action: str, bucket: str, key: str | None, context: dict[str, str], partition: str = "aws") -> Request:
    resource = f"arn:{partition}:s3:::{bucket}" + ("" if key is None else f"/{key}")
    return Request(action, resource, {"aws:username": "anna", **context}, principal=ANNA)


# --- both against each other ---


@given(some_grants, tails, some_networks, places)
def test_objects_are_open_where_they_are_granted_and_nowhere_else(
    grants: list[Grant], tail: str, networks: Networks | None, place: dict[str, str]
) -> None:
    text = to_json(grants_policy(grants, networks=networks))
    let_in = is_let_in(networks, place)
    for bucket in {grant.location.bucket for grant in grants} | {grants[0].location.bucket + "2", "x"}:
        for key in {key for grant in grants for key in near(grant, tail)}:
            for action in ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"):
                due = let_in and may(grants, action, bucket, key)
                assert allows(text, asked(action, bucket, key, place)) is due, (action, bucket, key)


@given(some_grants, tails, some_networks, places)
def test_listing_is_open_below_the_prefix_from_everywhere(
    grants: list[Grant], tail: str, networks: Networks | None, place: dict[str, str]
) -> None:
    text = to_json(grants_policy(grants, networks=networks))
    for bucket in {grant.location.bucket for grant in grants} | {"x"}:
        listed = [one.location.prefix for one in grants if one.location.bucket == bucket and LIST in one.operations]
        for prefix in {key for grant in grants for key in near(grant, tail)}:
            due = any(prefix.startswith(one) for one in listed)
            assert allows(text, asked("s3:ListBucket", bucket, None, {"s3:prefix": prefix, **place})) is due, prefix
        without = asked("s3:ListBucket", bucket, None, place)
        assert allows(text, without) is ("" in listed), "a request without a prefix lists the whole bucket"


@given(some_grants, tails, some_networks, places)
def test_nothing_is_granted_that_was_not_asked_for(
    grants: list[Grant], tail: str, networks: Networks | None, place: dict[str, str]
) -> None:
    text = to_json(grants_policy(grants, networks=networks))
    for grant in grants:
        bucket = grant.location.bucket
        for action in NEVER_ON_OBJECTS:
            assert not allows(text, asked(action, bucket, grant.location.prefix + tail, place))
        for action in NEVER_ON_BUCKETS:
            assert not allows(text, asked(action, bucket, None, {"s3:prefix": grant.location.prefix, **place}))
    assert not allows(text, asked("s3:ListAllMyBuckets", "*", None, place))
    assert not allows(text, Request("iam:CreateUser", "arn:aws:iam::111122223333:user/x", place))
    assert not allows(text, Request("kms:Decrypt", KEY, place))


@given(some_grants, tails, some_networks, places, st.booleans())
def test_drawn_together_or_split_it_allows_the_same(
    grants: list[Grant], tail: str, networks: Networks | None, place: dict[str, str], together: bool
) -> None:
    document = grants_policy(grants, networks=networks)
    text = to_json(document)
    if together:
        others = [to_json(compact(document))]
        assert size(compact(document)) <= size(document)
    else:
        statements = document["Statement"]
        assert isinstance(statements, list)
        longest = max(size({**document, "Statement": [one]}) for one in statements)
        others = [to_json(part) for part in fit(document, longest)]
        assert all(size(json.loads(part)) <= longest for part in others)
    for bucket in {grant.location.bucket for grant in grants}:
        for key in {key for grant in grants for key in near(grant, tail)}:
            for action in ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"):
                request = asked(action, bucket, key, place)
                assert allows(others, request) is allows(text, request)
            listing = asked("s3:ListBucket", bucket, None, {"s3:prefix": key, **place})
            assert allows(others, listing) is allows(text, listing)


@given(some_grants, tails, some_networks, places)
def test_into_another_account_both_policies_together_open_the_same(
    grants: list[Grant], tail: str, networks: Networks | None, place: dict[str, str]
) -> None:
    own = to_json(grants_policy(grants))
    theirs = {name: to_json(text) for name, text in bucket_policies(grants, ANNA, networks=networks).items()}
    assert set(theirs) == {grant.location.bucket for grant in grants}
    let_in = is_let_in(networks, place)
    for bucket, text in theirs.items():
        for key in {key for grant in grants for key in near(grant, tail)}:
            for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:PutObjectAcl"):
                request = asked(action, bucket, key, place)
                assert is_allowed_across_accounts(own, text, request) is (let_in and may(grants, action, bucket, key))
                bob = Request(action, request.resource, request.context, principal=ANNA.replace("anna", "bob"))
                assert not is_allowed_across_accounts(own, text, bob)


@given(some_grants, some_networks)
def test_the_same_grants_have_the_same_text(grants: list[Grant], networks: Networks | None) -> None:
    first, second = (to_json(grants_policy(list(grants), networks=networks)) for _ in range(2))
    assert first == second
    assert first.isascii()
    turned = [Grant(location=one.location, operations=one.operations[::-1], delete=one.delete) for one in grants]
    straight = [Grant(location=one.location, operations=one.operations, delete=one.delete) for one in grants]
    assert grants_policy(turned) == grants_policy(straight)


# --- golden forms ---


def test_one_grant_is_the_policy_of_its_folder() -> None:
    assert grants_policy([INPUT]) == permission_policy(INPUT.location, INPUT.operations)


def test_input_and_output_of_one_principal_are_one_policy_with_sids_of_their_own() -> None:
    document = grants_policy([INPUT, OUTPUT])
    statements: Any = document["Statement"]
    assert [one["Sid"] for one in statements] == [
        "ListPrefix",
        "ReadPrefix",
        "OutputListPrefix",
        "OutputReadPrefix",
        "OutputWritePrefix",
    ]
    assert {one["Resource"].split(":::")[1] for one in statements if one["Sid"].startswith("Output")} == {
        "results",
        "results/farm/*",
    }


@pytest.mark.parametrize(
    ("prefix", "escaped"),
    [
        ("a*b/", "a${*}b/*"),
        ("a?b/", "a${?}b/*"),
        ("${x}/", "${$}{x}/*"),
        ("${aws:username}/", "${$}{aws:username}/*"),
        ("$/", "${$}/*"),
        ("$$/", "${$}${$}/*"),
        ("${*}/", "${$}{${*}}/*"),
        ("{x}/", "{x}/*"),
        ("**/", "${*}${*}/*"),
    ],
)
def test_wildcards_and_variables_in_a_folders_name_stand_for_themselves(prefix: str, escaped: str) -> None:
    statements: Any = grants_policy([Grant(location=S3Location("lake", prefix), operations=OPERATIONS)])["Statement"]
    assert statements[0]["Resource"] == "arn:aws:s3:::lake"
    assert statements[0]["Condition"] == {"StringLike": {"s3:prefix": escaped}}
    assert {one["Resource"] for one in statements[1:]} == {f"arn:aws:s3:::lake/{escaped}"}


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov")]
)
def test_all_arns_are_of_the_buckets_partition(region: str, partition: str) -> None:
    key = KEY.replace("arn:aws:", f"arn:{partition}:").replace("eu-central-1", region)
    grants = [
        Grant(location=one.location, operations=OPERATIONS, region=region, kms_key_arn=key) for one in (INPUT, OUTPUT)
    ]
    for document in (grants_policy(grants), grants_policy(grants, partition=partition)):
        text = to_json(document)
        assert set(re.findall(r"arn:([a-z-]+):", text)) == {partition}
        assert allows(text, asked("s3:GetObject", "results", "farm/x", {}, partition))
        assert allows(text, Request("kms:Decrypt", key, {"kms:ViaService": f"s3.{region}.amazonaws.com"}))


def test_buckets_of_two_partitions_have_no_credentials_in_common() -> None:
    chinese = Grant(location=OUTPUT.location, operations=OPERATIONS, region="cn-north-1")
    european = Grant(location=INPUT.location, operations=OPERATIONS, region="eu-central-1")
    for partition in (None, "aws"):
        with pytest.raises(PolicyError, match="aws and aws-cn"):
            grants_policy([european, chinese], partition=partition)
    with pytest.raises(PolicyError, match="aws and aws-cn"):
        bucket_policies([european, chinese], ANNA)


def test_without_a_grant_there_is_no_policy() -> None:
    with pytest.raises(PolicyError, match="at least one folder"):
        grants_policy([])


# --- networks ---


def test_an_ip_range_limits_what_concerns_objects_and_leaves_list_open() -> None:
    grant = Grant(location=INPUT.location, operations=OPERATIONS, delete=True, kms_key_arn=KEY)
    statements: Any = grants_policy([grant], networks=Networks(source_ips=(OFFICE,)))["Statement"]
    conditions = {one["Sid"]: one["Condition"] for one in statements}
    limited = {"IpAddress": {"aws:SourceIp": OFFICE}}
    assert conditions == {
        "ListPrefix": {"StringLike": {"s3:prefix": "projects/farm-animals/*"}},
        "ReadPrefix": limited,
        "WritePrefix": limited,
        "DeletePrefix": limited,
        "UseKeyViaS3": {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}},
    }


def test_ranges_and_vpcs_together_are_statements_side_by_side_since_one_condition_would_ask_for_both() -> None:
    networks = Networks(source_ips=(OFFICE, HOME), vpcs=(VPC,))
    statements: Any = grants_policy([INPUT], networks=networks)["Statement"]
    assert [(one["Sid"], one["Condition"]) for one in statements[1:]] == [
        ("ReadPrefix", {"IpAddress": {"aws:SourceIp": [OFFICE, HOME]}}),
        ("ReadPrefixFromVpc", {"StringEquals": {"aws:SourceVpc": VPC}}),
    ]


def test_no_network_at_all_limits_nothing() -> None:
    assert grants_policy([INPUT], networks=Networks()) == grants_policy([INPUT])


def test_a_range_is_written_in_its_canonical_form_and_once() -> None:
    networks = Networks(
        source_ips=("203.0.113.7", "203.0.113.7/32", "203.0.113.0/255.255.255.0", "2001:DB8:1:0::/48", HOME)
    )
    assert networks.ranges == ("203.0.113.7/32", OFFICE, HOME)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("203.0.113.7/24", "write 203.0.113.0/24"),
        ("2001:db8::1/32", "write 2001:db8::/32"),
        ("203.0.113.0/33", "is no IP range"),
        ("203.0.113", "is no IP range"),
        ("203.0.113.256", "is no IP range"),
        ("office", "is no IP range"),
        ("", "is no IP range"),
        ("0.0.0.0/0", "is everywhere"),
        ("::/0", "is everywhere"),
        ("203.0.113.0/24,198.51.100.0/24", "is no IP range"),
    ],
)
def test_what_is_no_range_is_refused_with_what_was_meant(text: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        Networks(source_ips=(text,))


@pytest.mark.parametrize(
    "text", ["vpc-1", "vpce-0a1b2c3d4e5f60718", "0a1b2c3d", "vpc-0A1B2C3D", f"{VPC}0", "vpc-*", ""]
)
def test_what_is_no_vpc_is_refused(text: str) -> None:
    with pytest.raises(PolicyError, match="no VPC's ID"):
        Networks(vpcs=(text,))


def test_private_ranges_are_named_because_aws_never_sees_them() -> None:
    assert Networks(source_ips=("10.1.0.0/16", OFFICE, "192.168.1.1", HOME, "fd00::/8")).private == (
        "10.1.0.0/16",
        "192.168.1.1/32",
        "fd00::/8",
    )
    assert not Networks(source_ips=(OFFICE, "198.51.100.4")).private


@given(st.ip_addresses().flatmap(lambda address: st.tuples(st.just(address), st.integers(1, address.max_prefixlen))))
def test_any_range_is_taken_or_refused_with_one_that_is_taken(found: tuple[Any, int]) -> None:
    address, length = found
    assume(not str(address).startswith("::ffff:"))
    try:
        Networks(source_ips=(f"{address}/{length}",))
    except PolicyError as error:
        meant = re.search(r"write (\S+)\.$", str(error))
        assert meant is not None
        assert Networks(source_ips=(meant[1],)).ranges == (meant[1],)


# --- other accounts ---


def test_a_bucket_has_one_policy_for_all_its_folders_without_what_is_the_keys() -> None:
    output = Grant(location=S3Location("datalake", "out/"), operations=OPERATIONS, kms_key_arn=KEY)
    documents: Any = bucket_policies([INPUT, output], ANNA)
    assert list(documents) == ["datalake"]
    statements = documents["datalake"]["Statement"]
    assert [one["Sid"] for one in statements] == [
        "ListPrefix",
        "ReadPrefix",
        "OutputListPrefix",
        "OutputReadPrefix",
        "OutputWritePrefix",
    ]
    assert all(one["Principal"] == {"AWS": ANNA} for one in statements)
    assert list(statements[0]) == ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"]


def test_the_partition_of_a_bucket_policy_is_the_principals_where_no_region_is_known() -> None:
    documents: Any = bucket_policies([INPUT], ANNA.replace("arn:aws:", "arn:aws-cn:"))
    assert documents["datalake"]["Statement"][0]["Resource"] == "arn:aws-cn:s3:::datalake"
    of_key = Grant(location=INPUT.location, operations=(READ,), kms_key_arn=KEY.replace("aws", "aws-us-gov", 1))
    documents = bucket_policies([of_key], ANNA)
    assert documents["datalake"]["Statement"][0]["Resource"].startswith("arn:aws-us-gov:s3:::datalake/")


def test_a_key_of_two_folders_has_one_statement_for_what_both_need() -> None:
    read = Grant(location=INPUT.location, operations=(LIST, READ), kms_key_arn=KEY)
    write = Grant(location=OUTPUT.location, operations=OPERATIONS, kms_key_arn=KEY)
    statements: Any = key_policy_statements([read, write], ANNA)
    assert statements == {
        KEY: {
            "Sid": "UseKeyViaS3",
            "Effect": "Allow",
            "Principal": {"AWS": ANNA},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}},
        }
    }
    other = Grant(location=OUTPUT.location, operations=(LIST,), kms_key_arn=KEY + "0")
    assert list(key_policy_statements([read, other], ANNA)) == [KEY]
    assert key_policy_statements([INPUT, OUTPUT], ANNA) == {}


def test_sids_are_unique_whatever_the_grants() -> None:
    for several in combinations([INPUT, OUTPUT, INPUT, OUTPUT], 3):
        statements: Any = grants_policy(several, networks=Networks(source_ips=(OFFICE,), vpcs=(VPC,)))["Statement"]
        sids = [one["Sid"] for one in statements]
        assert len(sids) == len(set(sids))
        assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)
