"""What is wrong with the credentials, as the server says it."""

from __future__ import annotations

import pytest
from fault_cases import (
    EXPIRED_SIGNATURE,
    TEMPORARY,
    B,
    Case,
    D,
    I,
    L,
    R,
    U,
    everywhere,
    run_case,
    shows,
    unheard_of,
)
from s3_faults import BUCKET, Reply, S3Faults, calm, error, sts_error
from watched_checks import ACCESS, SECRET, SESSION, target_at, watch

from core.access import Secret, UserAccess
from core.lights.check import Checker
from core.lights.diagnosis import Asked, diagnose
from core.lights.outcome import Outcome
from core.lights.states import State
from core.needs import Operation


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


@pytest.fixture(scope="module")
def checker() -> Checker:
    """One checker for the many cases: its clients are kept for each server apart."""
    return Checker()


SKEWED = error(
    "RequestTimeTooSkewed",
    403,
    "The difference between the request time and the current time is too large.",
    RequestTime="20261122T100000Z",
    ServerTime="2026-11-22T10:42:00Z",
)
EARLY_SIGNATURE = (
    "Signature not yet current: 20261122T104200Z is still later than 20261122T101500Z (20261122T100000Z + 15 min.)"
)
UNSIGNED = "There were headers present in the request which were not signed"
ALGORITHM = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."

CASES = [
    everywhere(
        "C5",
        I,
        "blank-in-key-id",
        error("IncompleteSignature", 400, "'lightly' not a valid key=value pair (missing equal-sign) in Authorization"),
        "red key-id-malformed",
        "without blanks",
    ),
    everywhere(
        "C6", D, "key-unknown", error("InvalidAccessKeyId"), "red unknown-access-key", "does not know the access key"
    ),
    everywhere("C6", U, "key-young", error("InvalidAccessKeyId"), "red unknown-access-key", "AKIA…MPLE"),
    everywhere(
        "C7",
        I,
        "temporary",
        error("InvalidAccessKeyId"),
        "red session-token-missing",
        "session token",
        access=TEMPORARY,
    ),
    everywhere("C8", D, "key-unknown-to-sts", error("InvalidClientTokenId"), "red unknown-access-key"),
    everywhere(
        "C8",
        D,
        "temporary-for-sts",
        error("InvalidClientTokenId"),
        "red session-token-missing",
        access=TEMPORARY,
    ),
    everywhere(
        "C9", L, "secret-wrong", error("SignatureDoesNotMatch"), "red wrong-secret", "Paste the secret again, whole"
    ),
    everywhere(
        "C10",
        I,
        "clock-in-signature",
        error("SignatureDoesNotMatch", 403, EXPIRED_SIGNATURE),
        "red clock-skew",
        "42 minutes off",
        "timedatectl",
    ),
    everywhere(
        "C10",
        I,
        "clock-ahead",
        error("SignatureDoesNotMatch", 403, EARLY_SIGNATURE),
        "red clock-skew",
        "42 minutes off",
    ),
    everywhere("C11", D, "clock", SKEWED, "red clock-skew", "42 minutes off", "timedatectl"),
    everywhere(
        "C12", D, "expired", error("ExpiredToken", 400, "The provided token has expired."), "red expired-session"
    ),
    everywhere(
        "C13",
        I,
        "expired-for-sts",
        error("ExpiredTokenException", 403, "The security token included in the request is expired"),
        "red expired-session",
    ),
    everywhere(
        "C14",
        I,
        "token",
        error("InvalidToken", 400, "The provided token is malformed or otherwise invalid."),
        "red invalid-session-token",
    ),
    everywhere(
        "C14",
        D,
        "token-echoed",
        error("InvalidToken", 400, f"The token {SESSION} is malformed", Token=SESSION),
        "red invalid-session-token",
    ),
    everywhere("C15", D, "refresh", error("TokenRefreshRequired", 400), "red expired-session"),
    everywhere(
        "C16",
        I,
        "no-key-id",
        error("AuthorizationHeaderMalformed", 400, "a non-empty Access Key (AKID) must be provided in the credential."),
        "red key-id-malformed",
    ),
    everywhere(
        "C17",
        L,
        "swapped",
        error(
            "AuthorizationHeaderMalformed", 400, "The authorization header is malformed; the Credential is mal-formed"
        ),
        "red key-and-secret-swapped",
        "in their own fields",
    ),
    everywhere("C18", D, "billing", error("AccountProblem"), "red account-problem", "AccountProblem"),
    everywhere("C18", D, "not-signed-up", error("NotSignedUp"), "red account-problem"),
    everywhere("C18", D, "payer", error("InvalidPayer"), "red account-problem"),
    everywhere("C19", I, "closed", error("AllAccessDisabled"), "red access-disabled", BUCKET),
    everywhere("C20", D, "stripped", error("MissingAuthenticationToken"), "unknown request-altered", "proxy"),
    everywhere("C21", L, "unsigned-headers", error("AccessDenied", 403, UNSIGNED), "unknown request-altered"),
    everywhere(
        "C22", D, "signature-version", error("InvalidRequest", 400, ALGORITHM), "red misconfigured-client", "Version 4"
    ),
    everywhere(
        "C22",
        D,
        "signature-unsupported",
        error("UnsupportedSignature", 400, "The provided request is signed with an unsupported signature version."),
        "red misconfigured-client",
    ),
    unheard_of(
        "C16",
        U,
        "header-malformed-otherwise",
        error("AuthorizationHeaderMalformed", 400, "The authorization header is malformed; the date is missing"),
        "AuthorizationHeaderMalformed",
    ),
    everywhere(
        "C29",
        R,
        "neither-key-nor-secret-known",
        error("AccessDenied", 403, None),
        "red access-denied",
        "does not know it",
    ),
    Case(
        "C29",
        R,
        "known-and-refused",
        {"ListObjectsV2": error("AccessDenied", 403, None, BucketName=BUCKET)},
        ("red access-denied", "unknown needs-list", "green"),
        "does not say why",
    ),
    Case(
        "C28",
        R,
        "nobody-says-who-we-are",
        {"GetCallerIdentity": error("Unknown", 405, None)},
        ("green", "green", "green"),
    ),
    Case(
        "C28",
        U,
        "who-we-are-is-refused",
        {"GetCallerIdentity": sts_error("AccessDenied", 403, "no")},
        ("green", "green", "green"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_server_says_of_the_credentials(
    case: Case, checker: Checker, caplog: pytest.LogCaptureFixture
) -> None:
    run_case(case, checker, caplog)


@shows("C9", I)
def test_a_signature_that_broke_on_the_way_is_not_blamed_on_the_secret(checker: Checker) -> None:
    with S3Faults({"GetObject": error("SignatureDoesNotMatch")}) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("green", "unknown request-altered", "green")


@shows("C14", I)
def test_a_token_that_sts_takes_and_the_region_does_not_is_made_for_other_regions() -> None:
    refused = Outcome(call="ListObjectsV2", status=400, code="InvalidToken", message="The provided token is malformed")
    target = target_at(None, region="af-south-1")
    verdict = diagnose(Operation.LIST, refused, Asked(target, "af-south-1", None, accepted=True))
    assert (verdict.state, verdict.cause) == (State.RED, "invalid-session-token")
    assert "sts.af-south-1.amazonaws.com" in (verdict.fix or "")


@shows("C3", B)
def test_a_key_of_an_odd_shape_is_asked_about_and_never_red_by_itself(checker: Checker) -> None:
    with S3Faults() as server:
        odd = UserAccess("minio", ACCESS.secret_access_key)
        assert watch(checker, target_at(server.url, access=odd)).all_said == ("green", "green", "green")


@shows("C4", B)
@pytest.mark.parametrize(
    "access",
    [
        UserAccess("AKIAIOSFODNN7EXAMPLE", Secret(SECRET), Secret("token\nwith a line break")),
        UserAccess("AKIAIOSFODNN7EXAMPLE\n", Secret(SECRET)),
    ],
    ids=["token", "key-id"],
)
def test_a_line_break_in_what_goes_into_a_header_is_no_fault_of_the_network(
    checker: Checker, access: UserAccess
) -> None:
    with S3Faults() as server:
        watched = watch(checker, target_at(server.url, access=access))
    assert watched.all_said == ("red key-id-malformed",) * 3


@shows("C6", I)
def test_a_key_of_the_last_minute_is_not_red_yet() -> None:
    unknown = Outcome(call="ListObjectsV2", status=403, code="InvalidAccessKeyId")
    verdicts = {
        age: diagnose(Operation.LIST, unknown, Asked(target_at(None), age=age)) for age in (None, 0.0, 59.9, 60.0)
    }
    assert [(each.state, each.cause) for each in verdicts.values()] == [
        (State.RED, "unknown-access-key"),
        (State.UNKNOWN, "not-yet-propagated"),
        (State.UNKNOWN, "not-yet-propagated"),
        (State.RED, "unknown-access-key"),
    ]
    assert verdicts[59.9].decides_all


@shows("C27", D)
def test_the_keys_of_root_work_but_open_the_whole_account(checker: Checker) -> None:
    body = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        "<Arn>arn:aws:iam::111122223333:root</Arn><UserId>1</UserId><Account>111122223333</Account>"
        "</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    with S3Faults({"GetCallerIdentity": Reply(200, body.encode(), {"Content-Type": "text/xml"})}) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.all_said == ("amber root-credentials",) * 3
    assert "delete root's access key" in (watched.report.light(Operation.LIST).fix or "")


@shows("C11", D)
def test_a_clock_is_measured_by_the_date_of_the_answer_where_s3_does_not_tell_its_own(checker: Checker) -> None:
    when = {"Date": "Sun, 22 Nov 2026 11:05:00 GMT"}
    late = error("RequestTimeTooSkewed", 403, RequestTime="20261122T100000Z", headers=when)
    with S3Faults({"*": late}) as server:
        watched = watch(checker, target_at(server.url))
    assert "65 minutes off" in watched.report.light(Operation.LIST).summary
