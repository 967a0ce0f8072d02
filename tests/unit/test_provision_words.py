"""What AWS's refusals are in words: each a cause, a sentence, and a way on."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from core.provision.explain import refusal_of, unanswered

WHO = "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: iam:CreateRole on resource: role x"


def _error(code: str, status: int = 400, message: str = "said") -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "RequestId": "r",
                "HTTPHeaders": {},
                "RetryAttempts": 0,
                "HostId": "",
            },
        },
        "X",
    )


CASES = [
    ("AccessDenied", "CreateRole", f"{WHO} because no identity-based policy allows it", "access-denied"),
    ("AccessDenied", "CreateRole", "Access Denied", "access-denied"),
    ("AccessDenied", "CreateRole", f"{WHO} with an explicit deny in an identity-based policy", "access-denied"),
    (
        "AccessDenied",
        "CreateRole",
        f"{WHO} with an explicit deny in a service control policy",
        "service-control-policy",
    ),
    (
        "AccessDenied",
        "CreateRole",
        f"{WHO} because no service control policy allows the iam:CreateRole action",
        "service-control-policy",
    ),
    (
        "AccessDenied",
        "CreateRole",
        f"{WHO} because no permissions boundary allows the iam:CreateRole action",
        "permissions-boundary",
    ),
    ("Throttling", "CreateUser", "Rate exceeded", "throttled"),
    ("ExpiredToken", "GetUser", "expired", "credentials-expired"),
    ("ServiceFailure", "GetUser", "sorry", "no-answer"),
    ("EntityAlreadyExists", "CreateUser", "exists", "name-exists"),
    ("LimitExceeded", "CreateAccessKey", "2", "two-keys"),
    ("LimitExceeded", "PutUserPolicy", "2048", "policy-too-long"),
    ("LimitExceeded", "PutRolePolicy", "10240", "policy-too-long"),
    ("LimitExceeded", "CreateUser", "Cannot exceed quota for UsersPerAccount: 5000", "limit-exceeded"),
    ("NoSuchEntity", "CreateUser", "Scope ARN does not exist", "boundary-missing"),
    ("NoSuchEntity", "PutUserPolicy", "gone", "changed-meanwhile"),
    ("DeleteConflict", "DeleteUser", "mfa", "delete-conflict"),
    ("MalformedPolicyDocument", "UpdateAssumeRolePolicy", "principal", "policy-refused"),
    ("ConcurrentModification", "TagRole", "busy", "no-answer"),
    ("ValidationError", "CreateUser", "name", "not-accepted"),
]


@pytest.mark.parametrize(("code", "call", "message", "cause"), CASES)
def test_a_refusal_has_a_cause_a_sentence_and_a_way_on(code: str, call: str, message: str, cause: str) -> None:
    refusal = refusal_of(_error(code, 500 if code == "ServiceFailure" else 400, message), call, "user farm")
    assert refusal.cause == cause
    for text in (refusal.sentence, refusal.fix):
        assert text.endswith(".")
        assert text[0].isupper()
        assert not any(word in text.lower() for word in ("please", "invalid", "oops", "!", "sorry"))
        assert "--" not in text.replace("policy --for-setup", ""), "the screens have no options"
    assert refusal.evidence is not None
    assert (refusal.evidence.call, refusal.evidence.code, refusal.evidence.message) == (call, code, message)


def test_who_is_refused_and_what_is_named() -> None:
    refusal = refusal_of(_error("AccessDenied", 403, f"{WHO} because no identity-based policy allows it"), "X", "y")
    assert refusal.sentence == "The user ann may not do iam:CreateRole."


@pytest.mark.parametrize("code", ["Throttling", "ExpiredToken", "ConcurrentModification"])
def test_what_may_work_later_as_it_is_says_so(code: str) -> None:
    assert refusal_of(_error(code), "CreateUser", "user farm").again
    assert not refusal_of(_error("AccessDenied"), "CreateUser", "user farm").again


def test_where_nothing_answers_no_address_is_repeated() -> None:
    refusal = unanswered(ReadTimeoutError(endpoint_url="https://user:secret@example.com"), "CreateUser")
    assert (refusal.cause, refusal.again) == ("no-answer", True)
    assert "secret" not in repr(refusal)
