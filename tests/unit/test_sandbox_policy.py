"""The sandbox's reading of IAM policies, against what AWS documents."""

from __future__ import annotations

import fnmatch
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sandbox.policy import Question, Verdict, decide, matches, trusts

BUCKET = "arn:aws:s3:::datalake"
ROLE = "arn:aws:iam::111122223333:role/Lightly-S3-Integration"
LIGHTLY = "arn:aws:iam::916419735646:user/platform"


def allow(**elements: Any) -> dict[str, Any]:
    return {"Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": BUCKET} | elements}


def listing(prefix: str) -> Question:
    return Question("s3:ListBucket", BUCKET, {"s3:prefix": prefix})


def test_what_nobody_allows_is_not_allowed() -> None:
    assert decide([], listing("")) is Verdict.NOT_ALLOWED


def test_one_allow_among_several_policies_is_enough() -> None:
    assert decide([{"Statement": []}, allow()], listing("")) is Verdict.ALLOWED


def test_a_deny_beats_every_allow_wherever_it_stands() -> None:
    deny = {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    assert decide([allow(), deny], listing("")) is Verdict.DENIED
    assert decide([deny, allow()], listing("")) is Verdict.DENIED


def test_a_deny_of_another_prefix_does_not_matter() -> None:
    deny = allow(Effect="Deny", Condition={"StringLike": {"s3:prefix": "secret/*"}})
    assert decide([allow(), deny], listing("p/")) is Verdict.ALLOWED
    assert decide([allow(), deny], listing("secret/x")) is Verdict.DENIED


def test_the_bucket_is_not_its_objects() -> None:
    assert decide([allow(Resource=f"{BUCKET}/*")], listing("")) is Verdict.NOT_ALLOWED


def test_actions_match_whatever_their_case_and_resources_do_not() -> None:
    assert decide([allow(Action="S3:listbucket")], listing("")) is Verdict.ALLOWED
    assert decide([allow(Resource=BUCKET.upper())], listing("")) is Verdict.NOT_ALLOWED


def test_not_action_and_not_resource_cover_the_rest() -> None:
    others: dict[str, Any] = {"Statement": [{"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}]}
    assert decide([others], listing("")) is Verdict.ALLOWED
    assert decide([others], Question("s3:GetObject", f"{BUCKET}/a")) is Verdict.NOT_ALLOWED
    elsewhere: dict[str, Any] = {"Statement": [{"Effect": "Allow", "Action": "*", "NotResource": BUCKET}]}
    assert decide([elsewhere], listing("")) is Verdict.NOT_ALLOWED


@pytest.mark.parametrize(
    ("prefix", "passes"),
    [
        ("projects/farm-animals/", True),
        ("projects/farm-animals/cow/", True),
        ("projects/farm-animals", False),
        ("projects/farm-animals-raw/", False),
        ("projects/", False),
        ("", False),
    ],
)
def test_a_prefix_condition_covers_the_folder_and_nothing_beside_it(prefix: str, passes: bool) -> None:
    policy = allow(Condition={"StringLike": {"s3:prefix": "projects/farm-animals/*"}})
    assert (decide([policy], listing(prefix)) is Verdict.ALLOWED) == passes


def test_a_star_in_string_equals_is_a_star() -> None:
    policy = allow(Condition={"StringEquals": {"s3:prefix": ["p/*", "q/"]}})
    assert decide([policy], listing("p/x")) is Verdict.NOT_ALLOWED
    assert decide([policy], listing("q/")) is Verdict.ALLOWED


def test_all_conditions_must_hold_and_keys_ignore_case() -> None:
    both = {"StringLike": {"S3:PREFIX": "p/*"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    policy = allow(Condition=both)
    near = Question("s3:ListBucket", BUCKET, {"s3:prefix": "p/", "aws:SourceIp": "10.1.2.3"})
    far = Question("s3:ListBucket", BUCKET, {"s3:prefix": "p/", "aws:SourceIp": "127.0.0.1"})
    assert decide([policy], near) is Verdict.ALLOWED
    assert decide([policy], far) is Verdict.NOT_ALLOWED


@pytest.mark.parametrize(
    ("operator", "passes"),
    [("StringEquals", False), ("StringEqualsIfExists", True), ("StringNotEquals", True), ("Null", False)],
)
def test_a_key_that_is_missing_from_the_request(operator: str, passes: bool) -> None:
    policy = allow(Condition={operator: {"s3:delimiter": "false" if operator == "Null" else "/"}})
    assert (decide([policy], listing("")) is Verdict.ALLOWED) == passes


def test_json_booleans_are_texts() -> None:
    policy = allow(Condition={"Bool": {"aws:SecureTransport": False}})
    question = Question("s3:ListBucket", BUCKET, {"aws:SecureTransport": "false"})
    assert decide([policy], question) is Verdict.ALLOWED


def test_an_operator_that_is_not_understood_lets_nothing_through() -> None:
    condition = {"StringMoonPhase": {"s3:prefix": "full"}}
    assert decide([allow(Condition=condition)], listing("full")) is Verdict.NOT_ALLOWED
    deny = allow(Effect="Deny", Condition=condition)
    assert decide([allow(), deny], listing("full")) is Verdict.DENIED


def trust(principal: object, **condition: object) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Statement": [statement | ({"Condition": condition} if condition else {})]}


def assuming(external_id: str | None) -> Question:
    return Question("sts:AssumeRole", ROLE, {} if external_id is None else {"sts:ExternalId": external_id})


@pytest.mark.parametrize("principal", [{"AWS": "arn:aws:iam::916419735646:root"}, {"AWS": ["916419735646"]}, "*"])
def test_an_account_is_trusted_by_root_arn_number_or_star(principal: object) -> None:
    assert trusts(trust(principal), LIGHTLY, assuming(None))


def test_another_account_is_not_trusted() -> None:
    assert not trusts(trust({"AWS": "arn:aws:iam::916419735646:root"}), "arn:aws:iam::1:user/x", assuming(None))


@pytest.mark.parametrize(("external_id", "trusted"), [("right-one-123", True), ("wrong", False), (None, False)])
def test_only_the_right_external_id_opens_a_role_that_wants_one(external_id: str | None, trusted: bool) -> None:
    document = trust({"AWS": "916419735646"}, StringEquals={"sts:ExternalId": "right-one-123"})
    assert trusts(document, LIGHTLY, assuming(external_id)) == trusted


def test_a_deny_in_a_trust_policy_counts() -> None:
    statements = [
        {"Effect": "Allow", "Principal": "*", "Action": "sts:*"},
        {"Effect": "Deny", "Principal": {"AWS": "916419735646"}, "Action": "sts:AssumeRole"},
    ]
    assert not trusts({"Statement": statements}, LIGHTLY, assuming(None))


def test_brackets_and_dots_in_a_pattern_are_themselves() -> None:
    assert matches("a[b].c", "a[b].c")
    assert not matches("a.c", "abc")


@given(st.text("ab/*?", max_size=12), st.text("ab/\n", max_size=12))
def test_wildcards_match_as_a_shell_without_brackets_does(pattern: str, text: str) -> None:
    assert matches(pattern, text) == fnmatch.fnmatchcase(text, pattern)


def test_an_escaped_wildcard_stands_for_itself() -> None:
    assert matches("a/${*}/${?}/${$}{x}*", "a/*/?/${x}/more")
    assert not matches("a/${*}/b", "a/anything/b")
    assert not matches("a/${?}", "a/b")
