"""What is too open in a role for Lightly: whom it trusts, on which condition, and for how long."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.aws.statements import LIGHTLY_ACCOUNT, SESSION_SECONDS, trust_policy
from core.posture.rules import RULES
from core.posture.trust import posture_of_role

Statement = Mapping[str, object]

ROLE = "arn:aws:iam::111122223333:role/service/lightly"
LIGHTLY = f"arn:aws:iam::{LIGHTLY_ACCOUNT}:root"
WITH_ID = {"StringEquals": {"sts:ExternalId": "canary-external-id"}}
ANY_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def lets(principal: object, condition: object = None, **more: object) -> Statement:
    made: dict[str, object] = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return made if condition is None else {**made, "Condition": condition}


def aws(*names: str) -> dict[str, object]:
    return {"AWS": list(names) if len(names) > 1 else names[0]}


OURS = lets(aws(LIGHTLY), WITH_ID)
DENY: Statement = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sts:AssumeRole",
    "Condition": {"StringNotEquals": {"sts:ExternalId": "canary-external-id"}},
}

OPEN: dict[str, tuple[str, tuple[Statement, ...]]] = {
    "no condition": ("trust-without-external-id", (lets(aws(LIGHTLY)),)),
    "the account's number": ("trust-without-external-id", (lets(aws(LIGHTLY_ACCOUNT)),)),
    "a user of Lightly's": ("trust-without-external-id", (lets(aws(f"arn:aws:iam::{LIGHTLY_ACCOUNT}:user/x")),)),
    "another condition": (
        "trust-without-external-id",
        (lets(aws(LIGHTLY), {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),),
    ),
    "any ID": ("trust-without-external-id", (lets(aws(LIGHTLY), {"StringLike": {"sts:ExternalId": "*"}}),)),
    "an ID if there is one": (
        "trust-without-external-id",
        (lets(aws(LIGHTLY), {"StringEqualsIfExists": {"sts:ExternalId": "one"}}),),
    ),
    "a second statement without": ("trust-without-external-id", (OURS, lets(aws(LIGHTLY)))),
    "everybody": ("trust-anyone", (lets("*"),)),
    "everybody as AWS": ("trust-anyone", (lets(aws("*"), WITH_ID),)),
    "everybody beside": ("trust-anyone", (OURS, lets(aws("*")))),
    "a foreign account": ("trust-foreign-account", (OURS, lets(aws("999988887777")))),
    "a foreign user, with an ID": (
        "trust-foreign-account",
        (lets(aws(LIGHTLY, "arn:aws:iam::999988887777:user/x"), WITH_ID),),
    ),
    "a foreign account, from a network": (
        "trust-foreign-on-condition",
        (OURS, lets(aws("999988887777"), {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})),
    ),
    "a foreign account's one role": (
        "trust-foreign-on-condition",
        (
            lets(
                aws(LIGHTLY, "999988887777"),
                {**WITH_ID, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::999988887777:role/x"}},
            ),
        ),
    ),
    "nobody but a foreign account": ("trust-foreign-only", (lets(aws("999988887777"), WITH_ID),)),
    "nobody but a foreign account, with MFA": ("trust-foreign-only", (lets(aws("999988887777"), ANY_MFA),)),
    "the own account": ("trust-others", (OURS, lets(aws("arn:aws:iam::111122223333:root")))),
    "the own account's number": ("trust-others", (OURS, lets(aws("111122223333")))),
    "a service": ("trust-others", (OURS, lets({"Service": "ec2.amazonaws.com"}))),
    "an identity provider": (
        "trust-others",
        (OURS, lets({"Federated": "cognito-identity.amazonaws.com"}, Action="sts:AssumeRoleWithWebIdentity")),
    ),
    "MFA": ("assume-role-mfa", (lets(aws(LIGHTLY), {**WITH_ID, **ANY_MFA}),)),
    "MFA of late": (
        "assume-role-mfa",
        (lets(aws(LIGHTLY), {**WITH_ID, "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}),),
    ),
}

FINE: dict[str, object] = {
    "ours": [OURS],
    "one statement that is no list": OURS,
    "one of several IDs": [lets(aws(LIGHTLY), {"StringEquals": {"sts:ExternalId": ["one", "two"]}})],
    "a pattern": [lets(aws(LIGHTLY), {"StringLike": {"sts:ExternalId": "lightly-*"}})],
    "an operator that is not known": [lets(aws(LIGHTLY), {"ForAnyValue:StringEquals": {"sts:ExternalId": "one"}})],
    "a Deny that may demand it": [lets(aws(LIGHTLY)), DENY],
    "everybody of an organization": [OURS, lets("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1"}})],
    "everybody, denied": [{**OURS, "Effect": "Deny", "Principal": "*"}],
    "a foreign account, under a condition of an odd shape": [OURS, {**lets(aws("999988887777")), "Condition": "odd"}],
    "a single user of one's own": [OURS, lets(aws("arn:aws:iam::111122223333:user/ann"))],
    "the own account with MFA": [OURS, lets(aws("111122223333"), ANY_MFA)],
    "a service for one account": [
        OURS,
        lets({"Service": "ec2.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": "111122223333"}}),
    ],
    "who was deleted": [OURS, lets(aws("AIDAEXAMPLEEXAMPLE123"))],
    "another action": [OURS, lets(aws("999988887777"), Action="sts:TagSession")],
    "an action that such a principal cannot use": [
        OURS,
        lets(aws("999988887777"), Action="sts:AssumeRoleWithSAML"),
    ],
    "two elements of which one only may be there": [lets(aws(LIGHTLY), NotPrincipal=aws("999988887777"))],
    "all but somebody": [{"Effect": "Allow", "NotPrincipal": aws("999988887777"), "Action": "sts:AssumeRole"}],
    "MFA in one of two ways": [lets(aws(LIGHTLY), {**WITH_ID, **ANY_MFA}), OURS],
    "MFA for people": [OURS, lets(aws("arn:aws:iam::111122223333:user/ann"), ANY_MFA)],
    "MFA if it is told": [lets(aws(LIGHTLY), {**WITH_ID, "BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})],
    "no statement": [],
    "an odd statement": [OURS, "*"],
    "odd principals": [{"Effect": "Allow", "Principal": {"AWS": {"a": 1}, "Moon": "x"}, "Action": "sts:AssumeRole"}],
}


BOB = aws("arn:aws:iam::111122223333:user/bob")
FOREIGN = lets(aws("999988887777"))
OWN = lets(aws("111122223333"))
SERVICE = lets({"Service": "ec2.amazonaws.com"})


def denied(principal: object, action: str = "sts:AssumeRole", **more: object) -> Statement:
    return {"Effect": "Deny", "Principal": principal, "Action": action, **more}


STILL_OPEN: dict[str, tuple[str, Statement, Statement]] = {
    "one of one's own is denied": ("trust-without-external-id", lets(aws(LIGHTLY)), denied(BOB)),
    "another account is denied": ("trust-without-external-id", lets(aws(LIGHTLY)), denied(aws("888877776666"))),
    "a service is denied": ("trust-without-external-id", lets(aws(LIGHTLY)), denied({"Service": "ec2.amazonaws.com"})),
    "another action is denied to all": ("trust-without-external-id", lets(aws(LIGHTLY)), denied("*", "sts:TagSession")),
    "everybody but one": ("trust-anyone", lets("*"), denied(BOB)),
    "a foreign account, and Lightly is denied": (
        "trust-foreign-account",
        FOREIGN,
        denied(aws(LIGHTLY), "sts:TagSession"),
    ),
    "a foreign account, and another is denied": ("trust-foreign-account", FOREIGN, denied(aws("888877776666"))),
    "the own account, but for one": ("trust-others", OWN, denied(BOB)),
    "a service, and another is denied": ("trust-others", SERVICE, denied({"Service": "lambda.amazonaws.com"})),
    "a service, and an account is denied": ("trust-others", SERVICE, denied(aws("999988887777"))),
}
MAY_BE_SHUT: dict[str, tuple[Statement, Statement]] = {
    "Lightly's account": (lets(aws(LIGHTLY)), denied(aws(LIGHTLY_ACCOUNT))),
    "a role of Lightly's": (lets(aws(LIGHTLY)), denied(aws(f"arn:aws:iam::{LIGHTLY_ACCOUNT}:role/x"))),
    "everybody": (lets(aws(LIGHTLY)), denied("*")),
    "everybody as AWS": (lets(aws(LIGHTLY)), denied(aws("*"))),
    "everybody, every action": (lets(aws(LIGHTLY)), denied("*", "*")),
    "everybody but one": (
        lets(aws(LIGHTLY)),
        {"Effect": "Deny", "NotPrincipal": BOB, "Action": "sts:AssumeRole"},
    ),
    "everybody, all actions but one": (
        lets(aws(LIGHTLY)),
        {"Effect": "Deny", "Principal": "*", "NotAction": "sts:TagSession"},
    ),
    "whoever that is": (lets(aws(LIGHTLY)), denied(aws("AIDAEXAMPLEEXAMPLE123"))),
    "a kind that is not known": (lets(aws(LIGHTLY)), denied({"Moon": "x"})),
    "an account of everybody": (lets("*"), denied(aws("999988887777"))),
    "the foreign account": (FOREIGN, denied(aws("999988887777"))),
    "a user of the foreign account": (FOREIGN, denied(aws("arn:aws:iam::999988887777:user/x"))),
    "the own account": (OWN, denied(aws("arn:aws:iam::111122223333:root"))),
    "the service": (SERVICE, denied({"Service": ["ec2.amazonaws.com"]})),
}


@pytest.mark.parametrize("name", STILL_OPEN)
def test_a_deny_for_somebody_else_hides_nothing(name: str) -> None:
    cause, opened, shut = STILL_OPEN[name]
    beside = [] if cause == "trust-without-external-id" else [OURS]
    assert causes([*beside, opened, shut]) == [cause]


@pytest.mark.parametrize("name", MAY_BE_SHUT)
def test_of_whom_a_deny_may_keep_out_nothing_is_said(name: str) -> None:
    opened, shut = MAY_BE_SHUT[name]
    assert causes([OURS, opened, shut]) == []


def causes(statements: object, longest: int | None = SESSION_SECONDS) -> list[str]:
    found = posture_of_role(ROLE, {"Version": "2012-10-17", "Statement": statements}, longest)
    assert all("canary" not in f"{one.summary}{one.fix}" for one in found)
    return [one.cause for one in found]


@pytest.mark.parametrize("name", OPEN)
def test_what_is_too_open_is_said_and_nothing_else(name: str) -> None:
    cause, statements = OPEN[name]
    assert causes(list(statements)) == [cause]


@pytest.mark.parametrize("name", FINE)
def test_what_is_near_it_or_not_certain_is_not_spoken_of(name: str) -> None:
    assert causes(FINE[name]) == []


def test_a_session_is_to_last_twelve_hours() -> None:
    assert causes([OURS], 43_199) == ["max-session-too-short"]
    assert causes([OURS], 43_200) == []
    assert causes([OURS], None) == []


def test_several_things_are_said_together_each_once() -> None:
    trust = [lets(aws(LIGHTLY)), lets(aws(LIGHTLY)), lets("*"), lets(aws("999988887777", "888877776666"))]
    assert causes(trust, 3600) == [
        "trust-without-external-id",
        "trust-anyone",
        "trust-foreign-account",
        "max-session-too-short",
    ]


def test_role_statement_and_accounts_are_named() -> None:
    [one] = posture_of_role(ROLE, {"Statement": [OURS, {**lets(aws("999988887777")), "Sid": "Partner"}]}, None)
    assert "the role lightly" in one.summary
    assert "statement Partner" in one.summary
    assert "account 999988887777" in one.summary
    [other] = posture_of_role(ROLE, {"Statement": [OURS, lets("*")]}, None)
    assert "statement number 2" in other.summary


def test_where_lightly_is_not_named_it_is_not_said_that_another_is_named_beside_it() -> None:
    role = {"Statement": [lets(aws("999988887777"), WITH_ID), lets({"Service": "ec2.amazonaws.com"}, ANY_MFA)]}
    [one] = posture_of_role(ROLE, role, None)
    assert "names account 999988887777" in one.summary
    assert "also" not in one.summary
    assert LIGHTLY_ACCOUNT in one.fix
    [other] = posture_of_role(ROLE, {"Statement": [lets(aws("999988887777")), lets({"AWS": {"a": 1}}, ANY_MFA)]}, None)
    assert other.cause == "trust-foreign-account", "whom the other statement names is not known"


@pytest.mark.parametrize("trust", [None, "", [], {"Statement": 1}, {"Statement": [{"Effect": "Perhaps"}]}])
def test_of_a_trust_policy_that_was_not_read_nothing_is_said(trust: object) -> None:
    assert posture_of_role(ROLE, trust, SESSION_SECONDS) == ()


def test_whose_account_is_not_known_has_no_foreign_ones() -> None:
    assert posture_of_role("lightly", {"Statement": [OURS, lets(aws("999988887777"))]}, None) == ()


@given(st.text(alphabet=st.characters(codec="ascii"), min_size=2), st.sampled_from([43_200, None]))
def test_the_trust_policy_that_we_write_is_never_too_open(external_id: str, longest: int | None) -> None:
    # STS takes letters, digits and +=,.@:/- in an external ID, so neither a wildcard nor a variable.
    assert posture_of_role(ROLE, trust_policy(external_id.replace("$", "")), longest) == ()


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from(["*", LIGHTLY, LIGHTLY_ACCOUNT, "999988887777", "111122223333", "arn:aws:iam::1:root", "x"])
_PRINCIPALS = st.dictionaries(
    st.sampled_from(["AWS", "Service", "Federated", "Other"]), _NAMES | st.lists(_NAMES, max_size=2) | _JSON, max_size=2
)
_ODD = st.fixed_dictionaries(
    {},
    optional={
        "Effect": st.sampled_from(["Allow", "Deny"]) | _JSON,
        "Principal": _PRINCIPALS | _JSON,
        "Action": st.sampled_from(["sts:AssumeRole", "*"]) | _JSON,
        "Condition": st.sampled_from([WITH_ID, ANY_MFA]) | _JSON,
        "Sid": _JSON,
    },
)


@given(st.lists(_ODD, max_size=3), st.integers() | st.none())
def test_no_trust_policy_whatever_raises(statements: list[object], longest: int | None) -> None:
    for one in posture_of_role(ROLE, {"Statement": statements}, longest):
        assert one.cause in RULES
