"""From an outcome to a cause: whatever comes back, nothing is red that the table does not know, and nothing green."""

from __future__ import annotations

import json
import re

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.utils import validate_region_name
from hypothesis import example, given
from hypothesis import strategies as st

from core.access import DelegatedAccess, Secret, UserAccess
from core.aws.credentials import CredentialsError, Refusal
from core.lights.causes import ALL_ROWS, BROKEN_OFF, DEFAULT, FOUND, NOT_S3, PROFILE, ROWS, Paste, Row
from core.lights.diagnosis import (
    Asked,
    diagnose,
    evidence_of,
    found,
    from_credentials_error,
    is_retryable,
    light_of,
    row_for,
)
from core.lights.judge import Facts, judge, principal_of
from core.lights.outcome import ListedKey, Outcome, from_answer, from_exception
from core.lights.states import State
from core.lights.target import Target
from core.lights.words import Words
from core.lights.write import WriteMove
from core.location import S3Location
from core.needs import OPERATIONS, Operation

ACCESS = UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("x" * 40))
TARGETS = [
    Target(location=S3Location("datalake", "a/"), access=access, region=region, endpoint_url=url)
    for access in (ACCESS, UserAccess("ASIAIOSFODNN7EXAMPLE", Secret("x" * 40)), UserAccess("", Secret("")))
    for region in (None, "eu-central-1", "cn-north-1")
    for url in (None, "http://127.0.0.1:9000", "nonsense", "http://[")
] + [Target(location=S3Location("d--euw3-az1--x-s3", ""), access=ACCESS)]
RED_CODES = frozenset().union(*(row.codes | row.exceptions for row in ROWS if row.state is State.RED))
ALL_CODES = sorted(frozenset().union(*(row.codes for row in ROWS)) | {"BadDigest", "InvalidDigest", "403", "Teapot"})
ALL_EXCEPTIONS = sorted(frozenset().union(*(row.exceptions for row in ROWS)) | {"ClientError", "KeyError"})

TEXTS = st.text(max_size=60) | st.sampled_from(
    [
        "User: arn:aws:iam::111122223333:user/x is not authorized to perform: s3:GetObject on resource: arn because",
        "User: arn:x is not authorized",
        "User: arn::: is not authorized",
        "The unspecified location constraint is incompatible",
        "expecting 'eu-west-3'",
        "explicit deny in a resource-based policy",
    ]
)
DATES = TEXTS | st.sampled_from(
    [
        "20261122T100000Z",
        "99991231T235959Z",
        "2026-11-22T10:00:00Z",
        "0001-01-01T00:00:00",
        "9999-12-31",
        "1",
        "Sun, 22 Nov 2026 11:05:00 GMT",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Sun, 22 Nov 99999 11:05:00 GMT",
    ]
)
OUTCOMES = st.builds(
    Outcome,
    call=st.sampled_from(["ListObjectsV2", "GetObject", "PutObject"]),
    status=st.none() | st.integers(100, 999) | st.sampled_from([200, 301, 400, 403, 404, 500, 503]),
    code=st.none() | st.sampled_from(ALL_CODES) | TEXTS.filter(bool),
    message=st.none() | TEXTS,
    request_id=st.none() | TEXTS,
    exception=st.none() | st.sampled_from(ALL_EXCEPTIONS),
    detail=st.none() | TEXTS,
    error_fields=st.dictionaries(
        st.sampled_from(["Region", "BucketName", "StorageClass", "RequestTime", "ServerTime"]),
        DATES | st.from_regex(r"[a-z0-9-]{1,3}", fullmatch=True),
    ),
    headers=st.dictionaries(st.sampled_from(["date", "x-amz-bucket-region", "x-amz-server-side-encryption"]), DATES),
    left_behind=st.none() | st.just("a/.lightly/bucketlight-probe-1"),
    upload_id=st.none() | st.just("u"),
)


@given(OUTCOMES, st.sampled_from(OPERATIONS), st.sampled_from(TARGETS), st.none() | TEXTS)
def test_any_outcome_has_a_cause_words_and_a_fix(
    outcome: Outcome, operation: Operation, target: Target, principal: str | None
) -> None:
    verdict = diagnose(operation, outcome, Asked(target, target.region, principal))
    assert verdict.state in {State.RED, State.AMBER, State.UNKNOWN}
    assert verdict.cause
    assert verdict.says
    assert verdict.fix
    if verdict.state is State.RED:
        assert outcome.code in RED_CODES or (outcome.code is None and outcome.exception in RED_CODES)
    assert is_retryable(outcome, operation, target) == row_for(outcome, operation, target).retry
    light = light_of(operation, verdict, required=True, outcome=outcome)
    assert light.summary.startswith(operation.value.capitalize())
    assert len(evidence_of(outcome).message or "") <= 500


@given(
    listed=st.none() | OUTCOMES,
    read=st.none() | OUTCOMES,
    written=st.none() | OUTCOMES,
    target=st.sampled_from(TARGETS),
    move=st.sampled_from(list(WriteMove)),
    read_over=st.booleans(),
    ended=st.sampled_from([None, "deadline", "cancelled"]),
)
def test_no_light_is_green_without_a_proof_or_red_without_a_code(
    listed: Outcome | None,
    read: Outcome | None,
    written: Outcome | None,
    target: Target,
    move: WriteMove,
    read_over: bool,
    ended: str | None,
) -> None:
    facts = Facts(target=target, move=move, listed=listed, read=read, written=written, read_over=read_over, ended=ended)
    lights = judge(facts)
    principal_of(facts)
    assert [light.operation for light in lights] == list(OPERATIONS)
    for light, outcome in zip(lights, (listed, read, written), strict=True):
        if light.state is State.GREEN:
            assert light.operation is Operation.WRITE
            assert outcome is not None
            assert (outcome.status, outcome.code) in {(400, "BadDigest"), (400, "InvalidDigest")}
        if light.state is State.RED:
            # Where nothing was read, Read is judged by what List met.
            seen = listed if outcome is None else outcome
            assert seen is not None
            assert (seen.code or seen.exception) in RED_CODES
        if light.state not in {State.OFF, State.CHECKING, State.GREEN}:
            assert light.cause
            assert light.fix
        if ended is not None:
            assert light.state is not State.CHECKING


@given(
    st.recursive(
        st.none() | st.text(max_size=20) | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    ),
    st.dictionaries(st.sampled_from(["Code", "Message", "Region", "StorageClass", "Key"]), st.text(max_size=20)),
    st.integers(100, 999),
)
def test_any_parsed_refusal_becomes_an_outcome(odd: object, fields: dict[str, str], status: int) -> None:
    answer = {
        "Error": {**fields, "Odd": odd, "ServerTime": odd},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {"Date": odd, "x-amz-request-id": "1"}},
    }
    outcome = from_exception("GetObject", ClientError(answer, "GetObject"))  # type: ignore[arg-type]
    assert outcome.status == status
    assert not outcome.ok
    assert "Key" not in outcome.error_fields
    diagnose(Operation.READ, outcome, Asked(TARGETS[0]))


def test_a_code_is_read_from_the_answer_and_not_from_the_exceptions_text() -> None:
    answer = {"Error": {"Code": "SlowDown", "Message": ""}, "ResponseMetadata": {"MaxAttemptsReached": True}}
    outcome = from_exception("ListObjectsV2", ClientError(answer, "ListObjectsV2"))  # type: ignore[arg-type]
    assert (outcome.code, outcome.message, outcome.status) == ("SlowDown", None, None)


def test_an_exception_without_an_answer_keeps_its_name() -> None:
    outcome = from_exception("ListObjectsV2", EndpointConnectionError(endpoint_url="http://x"))
    assert (outcome.exception, outcome.status, outcome.code) == ("EndpointConnectionError", None, None)


def test_a_success_is_proven_by_the_mark_of_s3() -> None:
    def answer(headers: dict[str, str]) -> Outcome:
        metadata = {"HTTPStatusCode": 200, "HTTPHeaders": headers}
        return from_answer("ListObjectsV2", {"ResponseMetadata": metadata}, proof=True)

    assert answer({"x-amz-request-id": "1"}).ok
    assert answer({"X-Amz-Request-Id": "1"}).ok
    assert not answer({}).ok
    assert not from_answer("ListObjectsV2", {}, proof=True).ok


_GIVEN = {"seconds", "given", "detail", "change", "header", "said", "why", "exception"}
"""Words that the caller of `found` adds, beside those that are always there."""

_OF_A_PROFILE = {"who", "option", "said", "error", "dataset"}
_RECOGNISED = [*ROWS, NOT_S3, BROKEN_OFF, DEFAULT]
_OURS = [*_RECOGNISED, *FOUND.values()]
REAL = Target(
    location=S3Location("datalake", "projects/farm-animals/"),
    access=ACCESS,
    region="eu-central-1",
    role=DelegatedAccess("arn:aws:iam::111122223333:role/Lightly", Secret("canary-external-id")),
)
USER = "arn:aws:iam::111122223333:user/lightly"


def _row_id(row: Row) -> str:
    return f"{row.cause}-{ALL_ROWS.index(row)}"


def _words_of(row: Row) -> set[str]:
    return set(re.findall(r"{(\w+)}", f"{row.says} {row.fix} {row.fix_without_paste or ''} {row.command or ''}"))


def _filled(template: str) -> str:
    """Fill a template with words as long as they usually are; what may be left out stands."""
    long = {"who": "user lightly (account 111122223333)", "said": "it said so"}
    opened = re.sub(r"\[([^\[\]]*{\w+}[^\[\]]*)\]", r"\1", template)
    return re.sub(r"{(\w+)}", lambda found: long.get(found[1], found[1]), opened)


@pytest.mark.parametrize("row", ALL_ROWS, ids=_row_id)
def test_a_row_is_complete(row: Row) -> None:
    assert row.state in {State.RED, State.AMBER, State.UNKNOWN}
    assert row.says.rstrip("]").endswith((".", "{why}", "{said}"))
    assert row.fix.endswith((".", ":"))
    assert (row.paste is Paste.COMMAND) == (row.command is not None)
    assert row.fix.endswith(":") <= (row.paste is Paste.COMMAND)
    assert (row.fix_without_paste is None) or (row.paste is not None and row.fix_without_paste.endswith("."))


@pytest.mark.parametrize("row", ROWS, ids=_row_id)
def test_a_row_is_recognised_by_a_code_or_an_exception(row: Row) -> None:
    assert row.codes or row.exceptions


@pytest.mark.parametrize("row", _OURS, ids=_row_id)
def test_the_braces_of_a_row_can_be_filled(row: Row) -> None:
    words = Words(Operation.LIST, Asked(REAL, "eu-central-1"), Outcome(call="x"), None, {})
    given = set() if row in _RECOGNISED else _GIVEN
    assert _words_of(row) <= set(words) | given
    for word in _words_of(row) - given:
        assert isinstance(words[word], str)


@pytest.mark.parametrize("row", PROFILE, ids=_row_id)
def test_the_braces_of_a_reason_for_missing_credentials_are_known(row: Row) -> None:
    assert _words_of(row) <= _OF_A_PROFILE


@pytest.mark.parametrize("row", ALL_ROWS, ids=_row_id)
def test_the_words_are_calm_and_the_fix_starts_with_a_verb(row: Row) -> None:
    text = f"{row.says} {row.fix} {row.fix_without_paste or ''}"
    assert "!" not in text
    assert not re.search(r"\b(please|oops|invalid)\b", text, re.IGNORECASE)
    assert row.fix.split()[0] in _VERBS or row.fix.startswith("{change}"), "what was read brings its own fix"
    assert row.fix_without_paste is None or row.fix_without_paste.split()[0] in _VERBS
    if row.link is not None:
        assert row.link.startswith("https://docs.aws.amazon.com/")


_VERBS = frozenset(
    re.findall(
        r"\w+",
        "Abort Activate Add Allow Ask Cancel Change Check Choose Compare Copy Correct Delete Enable Enter Except Get "
        "Go Leave Let Look Make Mend Name Open Paste Prove Put Raise Report Restore Run See Send Set Store Switch Take "
        "Use Write",
    )
)


@pytest.mark.parametrize("row", ALL_ROWS, ids=_row_id)
def test_what_was_seen_is_told_in_two_short_sentences(row: Row) -> None:
    sentences = [each for each in re.split(r"(?<=[.?])\s+", _filled(row.says)) if each]
    assert len(sentences) <= 2
    for sentence in sentences:
        assert len(sentence.split()) <= 20 + (4 if "user lightly" in sentence else 0), sentence


@pytest.mark.parametrize("row", [row for row in ALL_ROWS if row.state in {State.RED, State.AMBER}], ids=_row_id)
def test_what_amazon_answers_for_has_a_page_of_its_documents(row: Row) -> None:
    assert row.link or row.cause in _WITHOUT_A_PAGE


_WITHOUT_A_PAGE = frozenset(
    {
        "sso-login-expired",
        "invalid-region",
        "wrong-region",
        "quota-exceeded",
        "access-denied",
        "misconfigured-client",
        "probe-left-behind",
    }
)


@pytest.mark.parametrize("row", [row for row in ROWS if row.state is State.RED], ids=_row_id)
def test_nothing_red_is_tried_again(row: Row) -> None:
    assert not row.retry


@pytest.mark.parametrize("cause", ["endpoint-unreachable", "throttled", "not-s3", "tls-untrusted", "proxy-refused"])
def test_no_fault_of_the_network_is_red(cause: str) -> None:
    assert {row.state for row in ROWS if row.cause == cause} == {State.UNKNOWN}


@pytest.mark.parametrize(
    ("principal", "named"),
    [
        ("arn:aws:iam::111122223333:user/lightly", "user lightly (account 111122223333)"),
        ("arn:aws:iam::111122223333:user/team/lightly", "user team/lightly (account 111122223333)"),
        ("arn:aws:sts::111122223333:assumed-role/reader/me", "assumed-role reader/me (account 111122223333)"),
        ("arn:aws:iam::111122223333:root", "root (account 111122223333)"),
        ("somebody", "somebody"),
        (None, "the owner of AKIA…MPLE"),
    ],
)
def test_a_refusal_names_the_principal_as_people_do(principal: str | None, named: str) -> None:
    outcome = Outcome(call="ListObjectsV2", status=403, code="AccessDenied", message="Access Denied")
    assert named in diagnose(Operation.LIST, outcome, Asked(TARGETS[0], None, principal)).says


@pytest.mark.parametrize(
    ("target", "host"),
    [
        (Target(location=S3Location("datalake", ""), access=ACCESS, region="eu-west-3"), "s3.eu-west-3.amazonaws.com"),
        (Target(location=S3Location("datalake", ""), access=ACCESS), "s3.amazonaws.com"),
        (Target(location=S3Location("datalake", ""), access=ACCESS, endpoint_url="http://u:p@h:9/x"), "h:9"),
        (Target(location=S3Location("datalake", ""), access=ACCESS, endpoint_url="http://["), "http://["),
    ],
)
def test_the_host_is_named_and_no_login_that_its_address_bears(target: Target, host: str) -> None:
    outcome = Outcome(call="ListObjectsV2", exception="EndpointConnectionError")
    assert diagnose(Operation.LIST, outcome, Asked(target, target.region)).says == f"no connection to {host}."


def test_a_directory_bucket_gets_the_one_statement_that_it_knows() -> None:
    target = Target(location=S3Location("d--euw3-az1--x-s3", ""), access=ACCESS)
    outcome = Outcome(call="CreateSession", status=403, code="AccessDenied", message="Access Denied")
    verdict = diagnose(Operation.LIST, outcome, Asked(target, "eu-west-3", USER))
    assert verdict.cause == "directory-bucket"
    statement = json.loads(verdict.paste or "")
    assert statement["Resource"] == "arn:aws:s3express:eu-west-3:111122223333:bucket/d--euw3-az1--x-s3"


@pytest.mark.parametrize("name", FOUND)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_the_check_finds_out_has_words_for_every_operation(name: str, operation: Operation) -> None:
    given = {word: f"{word}-given" for word in (*_GIVEN, "key", "role")}
    verdict = found(name, operation, Asked(REAL, "eu-central-1", USER), **given)
    assert (verdict.state, verdict.cause) == (FOUND[name].state, FOUND[name].cause)
    assert not re.search(r"{\w+}", f"{verdict.says} {verdict.fix} {verdict.paste if FOUND[name].command else ''}")
    assert "canary" not in repr(verdict)


def test_what_has_nothing_to_say_leaves_no_trace_in_a_sentence() -> None:
    asked = Asked(REAL, "eu-central-1", USER)
    assert found("platform-denies", Operation.LIST, asked, said="").says == "Lightly tried it, without success."
    assert found("platform-denies", Operation.LIST, asked, said="no.").says.endswith("It says: no.")


def test_braces_and_brackets_in_what_others_say_are_left_as_they_are() -> None:
    said = "{who} [{key}] {"
    assert said in found("platform-denies", Operation.LIST, Asked(REAL), said=said).says


KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/1234"


@pytest.mark.parametrize(
    ("operation", "action", "layer", "pasted"),
    [
        (Operation.LIST, "s3:ListBucket", "identity-based policy", ["ListPrefix", "arn:aws:s3:::datalake"]),
        (Operation.READ, "s3:GetObject", "identity-based policy", ["ReadPrefix", "projects/farm-animals/*"]),
        (Operation.READ, "s3:ListBucket", "identity-based policy", ["ListPrefix"]),
        (Operation.WRITE, "s3:PutObject", "permissions boundary", ["WritePrefix"]),
        (Operation.WRITE, "s3:PutObject", "resource-based policy", ["WritePrefix", "Principal", USER]),
        (Operation.READ, "kms:Decrypt", "identity-based policy", ["UseKeyViaS3", KEY_ARN]),
        (Operation.WRITE, "kms:GenerateDataKey", "identity-based policy", ["kms:GenerateDataKey", KEY_ARN]),
        (Operation.READ, "kms:Decrypt", "resource-based policy", ["Principal", USER, "kms:ViaService"]),
        (Operation.READ, "kms:Decrypt", "permissions boundary", ["kms:Decrypt", KEY_ARN]),
    ],
)
def test_a_refusal_brings_the_statement_that_is_missing(
    operation: Operation, action: str, layer: str, pasted: list[str]
) -> None:
    resource = KEY_ARN if action.startswith("kms:") else "arn:aws:s3:::datalake/projects/farm-animals/a.jpg"
    message = (
        f'User: {USER} is not authorized to perform: {action} on resource: "{resource}" because no {layer} allows the '
        f"{action} action"
    )
    outcome = Outcome(call="x", status=403, code="AccessDenied", message=message, request_id="1")
    verdict = diagnose(operation, outcome, Asked(REAL, "eu-central-1"))
    json.loads(verdict.paste or "")
    for text in pasted:
        assert text in (verdict.paste or "")
    assert "a.jpg" not in repr(verdict)
    assert "{" not in (verdict.fix or "")
    light = light_of(operation, verdict, required=True, outcome=outcome)
    assert light.whole_fix == f"{verdict.fix}\n{verdict.paste}"
    assert light.link == verdict.link


def test_the_policy_that_the_sentence_names_is_named() -> None:
    policy = "arn:aws:iam::111122223333:policy/team/limits"
    deny = f"with an explicit deny in a permissions boundary: {policy}"
    message = f"User: {USER} is not authorized to perform: s3:PutObject {deny}"
    outcome = Outcome(call="x", status=403, code="AccessDenied", message=message)
    assert policy in diagnose(Operation.WRITE, outcome, Asked(REAL)).says


@pytest.mark.parametrize(
    ("message", "minutes"),
    [
        ("Signature expired: 20261122T100000Z is now earlier than 20261122T102700Z (20261122T104200Z - 15 min.)", "42"),
        ("Signature not yet current: 20261122T104200Z is still later than x (20261122T100000Z + 15 min.)", "42"),
    ],
)
def test_a_clock_is_measured_by_what_sts_says(message: str, minutes: str) -> None:
    outcome = Outcome(call="GetCallerIdentity", status=403, code="SignatureDoesNotMatch", message=message)
    assert f"{minutes} minutes off" in diagnose(Operation.LIST, outcome, Asked(REAL)).says


def test_a_clock_is_measured_by_the_answers_own_date_otherwise() -> None:
    headers = {"date": "Sun, 22 Nov 2026 10:00:00 GMT"}
    outcome = Outcome(
        call="x", status=403, code="RequestTimeTooSkewed", headers=headers, received_at=1_795_341_600.0 + 1800
    )
    assert "30 minutes off" in diagnose(Operation.LIST, outcome, Asked(REAL)).says
    unknown = Outcome(call="x", status=403, code="RequestTimeTooSkewed")
    assert "is off" in diagnose(Operation.LIST, unknown, Asked(REAL)).says


@pytest.mark.parametrize(
    "cause", ["unknown-access-key", "denied-identity-policy", "access-denied", "assume-role-refused"]
)
@given(age=st.none() | st.floats(0, 10_000))
def test_only_what_may_still_spread_is_spared_for_a_minute(cause: str, age: float | None) -> None:
    outcome = {
        "unknown-access-key": Outcome(call="x", status=403, code="InvalidAccessKeyId"),
        "denied-identity-policy": Outcome(
            call="x",
            status=403,
            code="AccessDenied",
            message=f"User: {USER} is not authorized to perform: s3:GetObject because no identity-based policy allows "
            "the s3:GetObject action",
        ),
        "access-denied": Outcome(call="x", status=403, code="AccessDenied", message="Access Denied"),
        "assume-role-refused": Outcome(call="AssumeRole", status=403, code="AccessDenied", message="no"),
    }[cause]
    verdict = diagnose(Operation.READ, outcome, Asked(REAL, age=age))
    assert verdict.cause == ("not-yet-propagated" if age is not None and age < 60 else cause)


# Without credentials


def test_missing_credentials_are_told_in_their_own_words() -> None:
    verdict = from_credentials_error(CredentialsError("secret-unavailable", "The keyring is locked.", "Unlock it."))
    assert (verdict.state, verdict.cause, verdict.says, verdict.fix) == (
        State.UNKNOWN,
        "secret-unavailable",
        "The keyring is locked.",
        "Unlock it.",
    )
    assert from_credentials_error(CredentialsError.because("no-credentials")).state is State.RED


@pytest.mark.parametrize(
    ("refusal", "cause"),
    [
        (Refusal("AssumeRole", 403, "AccessDenied", "no"), "assume-role-refused"),
        (Refusal("AssumeRole", 403, "ExpiredToken", "over"), "expired-session"),
        (Refusal("AssumeRole", 400, "Odd", "?"), "secret-unavailable"),
        (Refusal("GetRoleCredentials", 403, "ForbiddenException", "No access"), "secret-unavailable"),
        (Refusal("GetRoleCredentials", 403, "AccessDenied", None), "secret-unavailable"),
        (Refusal("GetSessionToken", 403, "InvalidClientTokenId", None), "unknown-access-key"),
        (
            Refusal("AssumeRole", message="Invalid length for parameter RoleArn", exception="ParamValidationError"),
            "role-arn-malformed",
        ),
        (Refusal("AssumeRole"), "secret-unavailable"),
    ],
)
def test_a_refusal_while_a_profile_fetched_its_credentials_is_diagnosed(refusal: Refusal, cause: str) -> None:
    error = CredentialsError("secret-unavailable", "The profile r gave no credentials.", "Look.", refusal=refusal)
    assert from_credentials_error(error).cause == cause


@given(OUTCOMES)
@example(Outcome(call="x", code="AuthorizationHeaderMalformed", error_fields={"Region": "eu-west-3\n"}))
def test_a_region_that_is_named_has_the_shape_of_one(outcome: Outcome) -> None:
    if outcome.region_named is not None:
        validate_region_name(outcome.region_named)  # botocore's own rule; raises


def test_texts_are_taken_out_of_whatever_a_server_says() -> None:
    said = Outcome(call="x", code="c-SECRET", message="a SECRET", request_id="SECRET", detail="SECRET!").without(
        ["SECRET"]
    )
    assert "SECRET" not in repr(said)
    assert said.message == "a …"


@pytest.mark.parametrize(
    "message",
    [
        'on resource: "arn:aws:s3:::datalake/a/maria.jpg" because no session policy allows the s3:GetObject action',
        "on resource: arn:aws:s3:::datalake/a/left because of maria.jpg because no session policy allows it",
        "on resource: arn:aws:s3:::datalake/a/with an explicit deny maria.jpg with an explicit deny in a policy",
        'on resource:\n"arn:aws:s3:::datalake/a/"maria".jpg"',
        f'User: {USER} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/a because maria.jpg"',
        f'User: {USER} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/a/m" because maria.jpg',
        "No right to open maria.jpg",
        "maria",
    ],
)
def test_the_resource_of_a_refused_read_stays_out_of_the_evidence(message: str) -> None:
    evidence = evidence_of(Outcome(call="GetObject", status=403, code="AccessDenied", message=message))
    assert evidence.message is None
    assert "maria" not in repr(evidence)


def test_what_s3_says_of_any_object_is_shown_of_a_refused_read() -> None:
    for message in ("Access Denied", "The operation is not valid for the object's storage class", "Access Denied."):
        assert evidence_of(Outcome(call="GetObject", status=403, code="x", message=message)).message == message


_REASON = "no identity-based policy allows the s3:GetObject action"


@given(
    folder=st.text(max_size=10),
    name=st.text(max_size=20) | st.just("a\tbecause Maria-Muster.jpg"),
    blanked=st.booleans(),
    sentence=st.sampled_from(
        [
            "{key}",
            "Cannot read {key} here",
            "No right to open {name}",
            "{name} because {name}",
            (
                f'User: {USER} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/{{key}}" '
                f"because {_REASON}"
            ),
            f'User: {USER} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/{{key}}"',
            f"User: {USER} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/{{key}}",
            (
                f'User: {USER} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/{{key}}" '
                "because {name} is not yours"
            ),
        ]
    ),
)
def test_no_key_in_whatever_form_gets_into_the_evidence(folder: str, name: str, blanked: bool, sentence: str) -> None:
    name = f"canary{name}"
    message = sentence.replace("{key}", f"{folder}/{name}").replace("{name}", name)
    if blanked:
        message = "".join(each if each.isprintable() else " " for each in message)
    evidence = evidence_of(Outcome(call="GetObject", status=403, code="AccessDenied", message=message))
    assert "canary" not in repr(evidence)
    assert evidence.said in {None, _REASON}


@pytest.mark.parametrize(
    ("key", "shown"), [("a/maria.jpg", False), ("a/.lightly/bucketlight-probe-0011223344556677", True)]
)
def test_of_a_refused_write_only_the_probes_own_object_is_shown(key: str, shown: bool) -> None:
    message = (
        f'User: {USER} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::datalake/{key}" '
        "because no identity-based policy allows the s3:PutObject action"
    )
    evidence = evidence_of(Outcome(call="PutObject", how="a dry run", status=403, code="AccessDenied", message=message))
    assert (key in (evidence.message or "")) is shown
    assert evidence.said == "no identity-based policy allows the s3:PutObject action"
    assert evidence.how == "a dry run"


def test_a_listed_key_stays_out_of_reprs() -> None:
    assert "maria" not in repr(ListedKey("a/maria.jpg", 3))
