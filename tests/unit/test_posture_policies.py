"""What is too open in the policies of a user or a role: each rule speaks of what surely is, and of nothing near it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from posture_cases import (
    ARN,
    BUCKET,
    CONTEXT,
    FINE,
    FOLDER,
    LEAST,
    ONLY_HERE,
    OPEN,
    READING,
    WRITING,
    allow,
    causes,
    deny,
    found,
)

from core.aws.evaluation import NamedPolicy
from core.aws.grants import Grant, Networks, grants_policy
from core.location import S3Location
from core.needs import OPERATIONS, Operation
from core.posture.policies import posture_of_policies, posture_of_principal
from core.posture.rules import RULES, weakness


@pytest.mark.parametrize("name", OPEN)
def test_what_is_too_open_is_said(name: str) -> None:
    cause, statements, grants = OPEN[name]
    assert cause in causes(*statements, grants=grants)


@pytest.mark.parametrize("name", FINE)
def test_what_is_near_it_or_not_certain_is_not_spoken_of(name: str) -> None:
    statements, grants = FINE[name]
    assert causes(*statements, grants=grants) == []


def test_every_rule_of_policies_has_its_case() -> None:
    of_policies = {"administrator-credentials", "too-many-actions", "too-wide-resource", "write-not-needed"}
    assert {cause for cause, _, _ in OPEN.values()} == of_policies | {"list-without-prefix", "objects-without-prefix"}


def test_of_an_administrator_nothing_else_is_said_for_it_follows() -> None:
    assert causes(allow("*", "*"), allow("s3:*", "*"), grants=(READING,)) == ["administrator-credentials"]
    [one] = found(allow("*", "*"))
    assert "User ann has an administrator's permissions" in one.summary


def test_the_wide_resource_is_named_and_not_the_narrow_one_beside_it() -> None:
    [one] = found(allow("s3:GetObject", [FOLDER, "arn:aws:s3:::*/*"]))
    assert "Resource is arn:aws:s3:::*/*." in one.summary


def test_what_is_open_in_the_whole_bucket_is_named_with_the_resource_that_is_enough() -> None:
    [one] = found(*LEAST, allow(["s3:GetObject", "s3:PutObject"], f"{BUCKET}/*"))
    assert "allows s3:GetObject and s3:PutObject in the whole bucket datalake, and not only under" in one.summary
    assert f"Narrow its Resource to {FOLDER};" in one.fix


@pytest.mark.parametrize(
    ("prefix", "where"),
    [
        ("", "the whole bucket datalake"),
        ("projects/", "the whole folder s3://datalake/projects/"),
        ("projects/farm", "every folder that begins with s3://datalake/projects/farm-"),
    ],
)
def test_how_far_it_reaches_is_said_and_no_farther(prefix: str, where: str) -> None:
    condition = {"StringLike": {"s3:prefix": f"{prefix}*"}}
    reads, lists = found(
        allow("s3:GetObject", f"{BUCKET}/{prefix}*"),
        allow("s3:ListBucket", BUCKET, Condition=condition),
        grants=(READING,),
    )
    assert (reads.cause, lists.cause) == ("objects-without-prefix", "list-without-prefix")
    assert f"in {where}, and not only under s3://datalake/projects/farm/." in reads.summary
    assert f"lets List see {where}, and not only s3://datalake/projects/farm/." in lists.summary


def test_what_reaches_into_every_bucket_is_not_said_a_second_time() -> None:
    assert causes(*LEAST, allow("s3:GetObject", "arn:aws:s3:::*/*")) == ["too-wide-resource"]


def test_the_condition_to_add_is_the_one_of_our_own_policy() -> None:
    [one] = found(allow("s3:ListBucket", BUCKET))
    assert '{"StringLike": {"s3:prefix": "projects/farm/*"}}' in one.fix


def test_each_rule_speaks_once() -> None:
    several = [allow("s3:PutObject", FOLDER), allow("s3:DeleteObject", FOLDER), allow("s3:Put*", FOLDER)]
    assert causes(*LEAST, *several, grants=(READING, READING)) == ["write-not-needed"]


@pytest.mark.parametrize("unread", [None, "text", {"Statement": "odd"}, {}, {"Statement": [{"Effect": "Maybe"}]}])
def test_where_a_document_was_not_read_nothing_is_claimed(unread: object) -> None:
    policies = [NamedPolicy("own", {"Statement": allow("*", "*")}), NamedPolicy("unread", unread)]
    assert posture_of_policies(policies, [WRITING]) == ()


def test_a_deny_in_another_policy_counts() -> None:
    policies = [
        NamedPolicy("own", {"Statement": [*LEAST, allow("s3:PutObject", FOLDER)]}),
        NamedPolicy("guard", {"Statement": deny("s3:Put*", "*")}),
    ]
    assert posture_of_policies(policies, [READING]) == ()


def test_what_cannot_be_printed_does_not_reach_the_terminal() -> None:
    policies = [NamedPolicy("own\x1b[2J", {"Statement": {**allow("s3:*", FOLDER), "Sid": "\x85"}})]
    [one] = posture_of_policies(policies, [WRITING])
    assert one.cause == "too-many-actions"
    assert "own" in one.summary
    assert one.summary.isprintable()
    assert one.fix.isprintable()


def test_roots_keys_are_said_to_be_roots() -> None:
    assert [one.cause for one in posture_of_principal("arn:aws:iam::111122223333:root")] == ["root-credentials"]
    assert posture_of_principal(ARN) == ()


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.cause)
def test_a_rule_is_a_sentence_a_fix_that_begins_with_a_verb_and_a_link(rule: Any) -> None:
    assert rule.says.endswith(".")
    assert rule.fix.endswith(".")
    assert rule.fix.split()[0] in {
        *(
            "Add",
            "Allow",
            "Name",
            "Remove",
            "Take",
            "Set",
            "Narrow",
            "Give",
            "Make",
            "Deactivate",
            "Switch",
            "Limit",
            "Replace",
        )
    }
    assert rule.link.startswith("https://docs.aws.amazon.com/")


def test_a_name_that_looks_like_a_gap_is_left_as_it_is() -> None:
    one = weakness("public-bucket", bucket="{bucket}{")
    assert "{bucket}{" in one.summary


# Whatever there is, and what we write ourselves

_NAMES = st.text(alphabet="ab-/*?$({.}", max_size=6)
_PREFIXES = _NAMES.map(lambda name: f"{name}/" if name else "")
_BUCKETS = st.sampled_from(["datalake", "output"])
_KEY = "arn:aws:kms:eu-central-1:111122223333:key/0a1b"


@st.composite
def grants(draw: st.DrawFn) -> Grant:
    wanted = draw(st.sets(st.sampled_from(OPERATIONS), min_size=1))
    return Grant(
        location=S3Location(draw(_BUCKETS), draw(_PREFIXES)),
        operations=tuple(each for each in OPERATIONS if each in wanted),
        region="eu-central-1",
        kms_key_arn=draw(st.sampled_from([None, _KEY])),
        delete=draw(st.booleans()) and Operation.WRITE in wanted,
        lightly_folder_only=draw(st.booleans()),
    )


@given(
    st.lists(grants(), min_size=1, max_size=2),
    st.sampled_from([None, Networks(source_ips=("203.0.113.0/24",)), Networks(vpcs=("vpc-0a1b2c3d",))]),
)
@settings(deadline=None)
def test_the_policy_that_we_write_is_never_too_open(made: list[Grant], networks: Networks | None) -> None:
    # Deleting without writing is asked for by nobody.
    assume(all(not grant.delete or Operation.WRITE in grant.operations for grant in made))
    document = grants_policy(made, partition="aws", networks=networks)
    before = copy.deepcopy(document)
    assert posture_of_policies([NamedPolicy("own", document)], made, principal_arn=ARN, context=CONTEXT) == ()
    assert document == before


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_WORDS = st.sampled_from(["*", "s3:*", "s3:PutObject", "s3:ListBucket", BUCKET, FOLDER, "${aws:username}", "arn:", ""])
_ODD = st.fixed_dictionaries(
    {},
    optional={
        "Effect": st.sampled_from(["Allow", "Deny"]) | _JSON,
        **{
            name: _WORDS | st.lists(_WORDS, max_size=2) | _JSON
            for name in ("Action", "NotAction", "Resource", "NotResource")
        },
        "Condition": _JSON | st.just(ONLY_HERE),
        "Sid": _JSON,
    },
)


@given(st.lists(_ODD, max_size=3), st.booleans())
def test_no_document_whatever_raises(statements: list[object], reads: bool) -> None:
    document = {"Version": "2012-10-17", "Statement": statements}
    for one in posture_of_policies([NamedPolicy("own", document)], [READING if reads else WRITING]):
        assert one.cause in RULES
