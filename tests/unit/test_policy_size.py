"""IAM's limits on the length of policies: counted as IAM does, drawn together where it helps, split, or refused."""

from __future__ import annotations

import datetime
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from policy_semantics import Request, allows

from core.access import AccessKind, Secret
from core.aws.grants import Grant, Networks, grants_policy
from core.aws.policy import PolicyError, to_json
from core.aws.policy_size import MANAGED, ROLE_INLINE, USER_INLINE, compact, fit, size
from core.location import S3Location
from core.needs import OPERATIONS
from core.provision.wanted import Wanted

LIST, READ, WRITE = OPERATIONS
TODAY = datetime.date(2026, 11, 22)


def at(prefix: str, bucket: str = "lake", **more: Any) -> Grant:
    return Grant(location=S3Location(bucket, prefix), operations=OPERATIONS, **more)


def wanted(access: AccessKind, *grants: Grant, networks: Networks | None = None) -> Wanted:
    external_id = Secret("an-external-id") if access is AccessKind.DELEGATED else None
    return Wanted(
        access=access, dataset="farm", grants=grants, external_id=external_id, networks=networks, made_on=TODAY
    )


def statements_of(document: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["Statement"]
    return found


# --- counting ---


def test_white_space_between_the_parts_of_a_document_does_not_count() -> None:
    document = grants_policy([at("farm/")])
    text = to_json(document)
    assert " " in text
    assert size(document) == len("".join(text.split()))


def test_a_letter_beyond_ascii_counts_as_it_is_sent() -> None:
    assert size(grants_policy([at("日/")])) - size(grants_policy([at("x/")])) == 3 * (len("\\u65e5") - 1)


# --- drawing together ---


def test_statements_that_differ_in_their_actions_only_become_one() -> None:
    document = grants_policy([at("farm/", delete=True)], networks=Networks(source_ips=("203.0.113.0/24",)))
    assert statements_of(compact(document)) == [
        statements_of(document)[0],
        {
            "Sid": "ReadWriteDeletePrefix",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"],
            "Resource": "arn:aws:s3:::lake/farm/*",
            "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        },
    ]


def test_what_concerns_another_folder_or_network_stays_apart() -> None:
    networks = Networks(source_ips=("203.0.113.0/24",), vpcs=("vpc-0a1b2c3d",))
    document = grants_policy([at("in/"), at("out/", "results", lightly_folder_only=True)], networks=networks)
    assert [one["Sid"] for one in statements_of(compact(document))] == [
        "ListPrefix",
        "ReadWritePrefix",
        "ReadWritePrefixFromVpc",
        "OutputListPrefix",
        "OutputReadPrefix",
        "OutputReadPrefixFromVpc",
        "OutputWritePrefix",
        "OutputWritePrefixFromVpc",
    ]


def test_drawn_together_twice_is_drawn_together_once() -> None:
    document = compact(grants_policy([at("in/"), at("in/")]))
    assert compact(document) == document
    assert [one["Sid"] for one in statements_of(document)] == ["ListPrefix", "ReadWritePrefix"]


# --- splitting ---


def test_a_document_that_fits_is_the_only_part() -> None:
    document = grants_policy([at("farm/")])
    assert fit(document, MANAGED) == (document,)
    assert fit(document, size(document)) == (document,)


def test_one_that_is_too_long_is_split_between_statements() -> None:
    document = grants_policy([at("farm/")])
    parts = fit(document, size(document) - 1)
    assert [[one["Sid"] for one in statements_of(part)] for part in parts] == [
        ["ListPrefix", "ReadPrefix"],
        ["WritePrefix"],
    ]
    assert all(part["Version"] == "2012-10-17" for part in parts)


def test_a_statement_that_is_too_long_by_itself_is_said() -> None:
    document = grants_policy([at("farm/")])
    with pytest.raises(PolicyError, match="Choose a folder with a shorter name"):
        fit(document, 120)


@given(st.lists(st.integers(1, 900), min_size=1, max_size=6), st.integers(200, 3000))
def test_parts_are_in_order_whole_and_short_enough(lengths: list[int], longest: int) -> None:
    statements: list[dict[str, object]] = [
        {"Sid": f"S{number}", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "x" * length}
        for number, length in enumerate(lengths)
    ]
    document: dict[str, object] = {"Version": "2012-10-17", "Statement": statements}
    assume(all(size({**document, "Statement": [one]}) <= longest for one in statements))
    parts = fit(document, longest)
    assert [one for part in parts for one in statements_of(part)] == statements
    assert all(size(part) <= longest and statements_of(part) for part in parts)
    for part, following in pairwise(parts):
        assert size({**part, "Statement": [*statements_of(part), statements_of(following)[0]]}) > longest


# --- what a user and a role get ---


def test_a_short_policy_is_written_statement_by_statement() -> None:
    policy = wanted(AccessKind.USER, at("farm/")).policy()
    assert policy.name == "Lightly-S3-farm"
    assert policy.document == grants_policy([at("farm/")], partition="aws")


def test_a_policy_that_is_too_long_for_a_user_is_drawn_together() -> None:
    grant = at("x" * 600 + "/")
    assert size(grants_policy([grant])) > USER_INLINE
    policy = wanted(AccessKind.USER, grant).policy()
    assert size(policy.document) <= USER_INLINE
    assert [one["Sid"] for one in statements_of(policy.document)] == ["ListPrefix", "ReadWritePrefix"]
    of_role = wanted(AccessKind.DELEGATED, grant).policy()
    assert of_role.document == grants_policy([grant])


def test_where_nothing_helps_a_user_the_ways_on_are_named() -> None:
    with pytest.raises(PolicyError) as caught:
        wanted(AccessKind.USER, at("日" * 300 + "/")).policy()
    said = str(caught.value)
    assert "at most 2,048" in said
    for way in ("shorter name", "a role instead", "managed policies, of 6,144"):
        assert way in said


def test_a_role_has_more_room_but_not_without_end() -> None:
    long = at("日" * 300 + "/")
    policy = wanted(AccessKind.DELEGATED, long).policy()
    assert USER_INLINE < size(policy.document) <= ROLE_INLINE
    endless = at("*" * 1000 + "/"), at("?" * 1000 + "/", "results")
    with pytest.raises(PolicyError, match=r"of a role together\. Choose a folder with a shorter name, or"):
        wanted(AccessKind.DELEGATED, *endless).policy()


@given(
    st.text(st.sampled_from("ab*?$日 "), min_size=1, max_size=340),
    st.sampled_from([AccessKind.USER, AccessKind.DELEGATED]),
    st.booleans(),
)
def test_what_is_given_out_fits_and_means_what_was_wanted(name: str, access: AccessKind, vpc: bool) -> None:
    networks = Networks(source_ips=("203.0.113.0/24",), vpcs=("vpc-0a1b2c3d",)) if vpc else None
    grant = at(name + "/", delete=True)
    longest = USER_INLINE if access is AccessKind.USER else ROLE_INLINE
    wish = wanted(access, grant, networks=networks)
    if size(compact(grants_policy([grant], networks=networks))) > longest:
        with pytest.raises(PolicyError, match="shorter name"):
            wish.policy()
        return
    policy = wish.policy()
    assert size(policy.document) <= longest
    texts = [json.dumps(policy.document)]
    inside = {"aws:SourceIp": "203.0.113.1"} if vpc else {}
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        assert allows(texts, Request(action, f"arn:aws:s3:::lake/{name}/x", inside))
        assert not allows(texts, Request(action, f"arn:aws:s3:::lake/{name}x", inside))
        assert allows(texts, Request(action, f"arn:aws:s3:::lake/{name}/x")) is not vpc
