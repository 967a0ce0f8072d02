"""The evaluator by which the tests judge policies: each rule of the IAM user guide, with examples."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_semantics import Request, allows, is_allowed_across_accounts, text_matches

ANNA = "arn:aws:iam::111122223333:user/anna"
KEY = "arn:aws:s3:::lake/a/cat.jpg"


def policy(*statements: Mapping[str, Any], version: str | None = "2012-10-17") -> str:
    whole = [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | dict(one) for one in statements]
    return json.dumps({"Statement": whole} | ({"Version": version} if version else {}))


def reads(text: str, resource: str = KEY, **context: str) -> bool:
    given_context = {key.replace("_", ":", 1): value for key, value in context.items()}
    return allows(text, Request("s3:GetObject", resource, given_context))


def test_nothing_is_allowed_that_nobody_allows_and_a_deny_beats_every_allow() -> None:
    assert not allows([], Request("s3:GetObject", KEY))
    assert reads(policy({}))
    assert not reads(policy({}, {"Effect": "Deny", "Resource": "arn:aws:s3:::lake/a/*"}))
    assert not allows([policy({}), policy({"Effect": "Deny"})], Request("s3:GetObject", KEY))


@pytest.mark.parametrize(
    ("action", "covered"),
    [
        ("s3:GetObject", True),
        ("S3:getobject", True),
        ("s3:Get*", True),
        ("s3:GetObjec?", True),
        ("*", True),
        ("s3:GetObject?", False),
        ("s3:GetObjectAcl", False),
        (["s3:PutObject", "s3:GetObject"], True),
        ([], False),
    ],
)
def test_actions_have_wildcards_and_no_case(action: str | list[str], covered: bool) -> None:
    assert reads(policy({"Action": action})) is covered


def test_what_is_excepted_is_all_the_rest() -> None:
    other = json.dumps({"Statement": {"Effect": "Allow", "NotAction": "s3:Put*", "NotResource": "arn:aws:s3:::b/*"}})
    assert reads(other)
    assert not reads(other, "arn:aws:s3:::b/x")
    assert not allows(other, Request("s3:PutObject", KEY))


@pytest.mark.parametrize(
    ("resource", "covered"),
    [
        ("arn:aws:s3:::lake/a/*", True),
        ("arn:aws:s3:::lake/*", True),
        ("arn:aws:s3:::lake/*/cat.jpg", True),
        ("arn:aws:s3:::lake/?/c?t.jpg", True),
        ("arn:aws:s3:::lake/a", False),
        ("arn:aws:s3:::LAKE/a/*", False),
        ("arn:aws:s3:::lake*", True),
        ("arn:*:s3:::lake/*", True),
        ("arn:aws:*:::lake/*", True),
        ("arn:aws:s3::*:lake/*", True),
        ("arn:*s3:::*:*:lake/*", False),
    ],
)
def test_resources_are_matched_segment_by_segment_and_their_case_matters(resource: str, covered: bool) -> None:
    assert reads(policy({"Resource": resource})) is covered


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("a${*}b", "a*b", True),
        ("a${*}b", "axb", False),
        ("a${?}b", "a?b", True),
        ("a${?}b", "axb", False),
        ("${$}{aws:username}", "${aws:username}", True),
        ("${$}{aws:username}", "anna", False),
        ("home/${aws:username}/*", "home/anna/x", True),
        ("home/${aws:username}/*", "home/${aws:username}/x", False),
        ("${aws:PrincipalTag/team}*", "anything", False),
        ("$5", "$5", True),
        ("{a}", "{a}", True),
        ("*", "", True),
        ("?", "", False),
        ("a*b*c", "aXbXbXc", True),
        ("a*b*c", "aXbXbX", False),
    ],
)
def test_patterns_know_wildcards_and_variables(pattern: str, text: str, fits: bool) -> None:
    assert text_matches(pattern, text, {"aws:username": "anna"}) is fits


def test_a_variables_value_is_no_pattern() -> None:
    assert text_matches("home/${aws:username}/x", "home/*/x", {"aws:username": "*"})
    assert not text_matches("home/${aws:username}/x", "home/anna/x", {"aws:username": "*"})


def test_older_documents_know_no_variables() -> None:
    for version in (None, "2008-10-17"):
        old = policy({"Resource": "arn:aws:s3:::lake/${aws:username}"}, version=version)
        assert reads(old, "arn:aws:s3:::lake/${aws:username}", aws_username="anna")
        assert not reads(old, "arn:aws:s3:::lake/anna", aws_username="anna")


@pytest.mark.parametrize("odd", ["a${b", "${no colon}"])
def test_what_iam_would_not_take_fails_the_test(odd: str) -> None:
    with pytest.raises(AssertionError):
        text_matches(odd, "a", {})


@pytest.mark.parametrize(
    ("condition", "context", "holds"),
    [
        ({"StringEquals": {"s3:prefix": "a/*"}}, {"s3_prefix": "a/*"}, True),
        ({"StringEquals": {"s3:prefix": "a/*"}}, {"s3_prefix": "a/b"}, False),
        ({"StringLike": {"s3:prefix": "a/*"}}, {"s3_prefix": "a/b"}, True),
        ({"StringLike": {"s3:prefix": ["b/*", "a/*"]}}, {"s3_prefix": "a/b"}, True),
        ({"StringLike": {"s3:prefix": "a/*"}}, {}, False),
        ({"StringLike": {"S3:PREFIX": "a/*"}}, {"s3_prefix": "a/b"}, True),
        ({"StringLikeIfExists": {"s3:prefix": "a/*"}}, {}, True),
        ({"StringNotEquals": {"s3:prefix": ["a", "b"]}}, {"s3_prefix": "b"}, False),
        ({"StringNotEquals": {"s3:prefix": ["a", "b"]}}, {"s3_prefix": "c"}, True),
        ({"StringNotEquals": {"s3:prefix": "a"}}, {}, True),
        ({"StringNotLike": {"s3:prefix": "a*"}}, {"s3_prefix": "ab"}, False),
        ({"Null": {"s3:prefix": "true"}}, {}, True),
        ({"Null": {"s3:prefix": "false"}}, {}, False),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"aws_SourceIp": "203.0.113.9"}, True),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"aws_SourceIp": "203.0.114.9"}, False),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {}, False),
        ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}, {"aws_SourceIp": "2001:db8::1"}, True),
        ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"aws_SourceIp": "203.0.113.9"}, False),
        ({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:user/anna"}}, {"aws_PrincipalArn": ANNA}, True),
        ({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:user/ann"}}, {"aws_PrincipalArn": ANNA}, False),
        ({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:user/anna"}}, {}, False),
        (
            {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}},
            {"aws_SourceIp": "203.0.113.9"},
            False,
        ),
    ],
)
def test_all_parts_of_a_condition_hold_and_one_value_of_each(
    condition: Mapping[str, Any], context: dict[str, str], holds: bool
) -> None:
    assert reads(policy({"Condition": condition}), **context) is holds


def test_an_operator_that_is_not_known_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="DateLessThan"):
        reads(policy({"Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-01"}}}), aws_CurrentTime="2029-01-01")


def test_a_sid_that_occurs_twice_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="twice"):
        reads(policy({"Sid": "A"}, {"Sid": "A"}))


def test_into_another_account_both_sides_have_to_allow() -> None:
    theirs = policy({"Principal": {"AWS": ANNA}})
    request = Request("s3:GetObject", KEY, principal=ANNA)
    assert is_allowed_across_accounts(policy({}), theirs, request)
    assert not is_allowed_across_accounts(policy({"Action": "s3:PutObject"}), theirs, request)
    assert not is_allowed_across_accounts(policy({}), policy({"Principal": {"AWS": ANNA + "2"}}), request)


@given(st.text(st.sampled_from("ab*?"), max_size=8), st.text(st.sampled_from("ab"), max_size=8))
def test_a_pattern_fits_where_some_choice_of_letters_for_its_wildcards_does(pattern: str, text: str) -> None:
    def fits(rest: str, letters: str) -> bool:
        if not rest:
            return not letters
        if rest[0] == "*":
            return any(fits(rest[1:], letters[at:]) for at in range(len(letters) + 1))
        return bool(letters) and rest[0] in {"?", letters[0]} and fits(rest[1:], letters[1:])

    assert text_matches(pattern, text) is fits(pattern, text)
