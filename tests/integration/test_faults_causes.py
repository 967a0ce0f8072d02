"""The whole list of what can go wrong, against the cases: none is forgotten, and no row of the table is idle."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import fault_cases
import pytest
import test_faults_credentials
import test_faults_denials
import test_faults_kms
import test_faults_network
import test_faults_objects
import test_faults_places
import test_faults_profiles
import test_faults_roles
from botocore.exceptions import ClientError
from botocore.model import Shape
from botocore.parsers import create_parser
from fault_cases import Case, Evidence
from s3_faults import Reply
from watched_checks import target_at

from core.aws.credential_problems import PROBLEMS
from core.lights.causes import ALL_ROWS, BROKEN_OFF, DEFAULT, FOUND, NOT_S3, PROFILE, ROWS, Row
from core.lights.diagnosis import row_for
from core.lights.outcome import Outcome, from_exception
from core.needs import OPERATIONS, Operation

ENTRIES = [
    *(f"C{number}" for number in range(1, 30)),
    *(f"B{number}" for number in range(1, 25)),
    *(f"A{number}" for number in range(1, 24)),
    *(f"K{number}" for number in range(1, 13)),
    *(f"O{number}" for number in range(1, 14)),
    *(f"S{number}" for number in range(1, 17)),
    *(f"N{number}" for number in range(1, 14)),
]
"""What can go wrong in a check: credentials, bucket and region, denials, keys, objects, roles, network."""

WITHOUT_CASE: Mapping[str, str] = {}
"""The entries that no case shows, with the reason."""

IN_OTHER_FILES: Mapping[str, tuple[Evidence, tuple[str, ...]]] = {
    "N2": (Evidence.BOTOCORE, ("test_faults_client.test_a_firewall_that_drops_ends_at_the_time_out",)),
    "N3": (
        Evidence.BOTOCORE,
        (
            "test_faults_client.test_a_server_that_never_answers_ends_at_the_time_out",
            "test_faults_client.test_a_server_that_never_answers_ends_at_the_deadline",
            "test_faults_client.test_an_answer_that_drips_ends_at_the_deadline",
        ),
    ),
    "N5": (
        Evidence.BOTOCORE,
        (
            "test_faults_client.test_a_certificate_of_a_stranger_is_not_trusted",
            "test_faults_client.test_a_ca_bundle_that_is_not_there_is_named",
            "test_faults_client.test_a_certificate_for_another_name_is_a_mismatch",
            "test_faults_client.test_plain_http_on_an_https_address_is_a_mismatch",
        ),
    ),
    "N6": (
        Evidence.BOTOCORE,
        (
            "test_faults_client.test_a_proxy_that_wants_a_login_for_a_tunnel_is_named",
            "test_faults_client.test_a_proxy_that_is_not_there_is_named",
        ),
    ),
    "N12": (
        Evidence.BOTOCORE,
        ("test_faults_client.test_a_line_break_in_what_goes_into_a_header_is_not_taken_for_the_network",),
    ),
}
"""The entries that are shown by tests of other files."""

FOUND_BY: Mapping[str, str] = {
    "cancelled": "test_faults_engine.test_cancelling_ends_a_check_at_once_and_silences_it",
    "deadline": "test_faults_client.test_a_server_that_never_answers_ends_at_the_deadline",
    "internal-error/own": "test_faults_engine.test_a_bug_of_ours_is_said_and_holds_up_nobody",
    "not-yet-propagated": "test_faults_credentials.test_a_key_of_the_last_minute_is_not_red_yet",
    "wrong-region/corrected": "test_faults_places.test_the_region_that_an_answer_names_is_tried_and_said",
    "write-unproven/unread": "test_faults_client.test_a_byte_that_never_comes_leaves_open_whether_a_kms_key_is_in_play",
    "root-credentials": "test_faults_credentials.test_the_keys_of_root_work_but_open_the_whole_account",
    "requester-pays": "test_faults_denials.test_a_bucket_whose_requester_pays_works_with_a_warning",
    "nothing-to-read": "test_faults_objects.test_an_empty_folder_can_be_listed_and_proves_nothing_about_read",
    "needs-list": "test_faults_denials.test_what_a_policy_refuses",
    "foreign-object-owner": "test_faults_denials.test_one_object_of_another_owner_leaves_read_working_with_a_warning",
    "sse-c-object/some": "test_faults_kms.test_one_object_with_a_customers_key_leaves_read_working_with_a_warning",
    "write-unproven/off": "test_faults_objects.test_write_that_was_not_tried_names_the_command_that_proves_it",
    "write-unproven/no-dry-run": "test_faults_places.test_a_directory_bucket_never_gets_a_dry_run",
    "write-unproven/kms": "test_faults_kms.test_a_dry_run_proves_nothing_about_a_key",
    "probe-may-be-left": "test_faults_objects.test_a_lost_answer_that_cannot_be_cleaned_up_after_names_the_object",
    "probe-left-behind/object": (
        "test_faults_objects.test_a_real_object_that_cannot_be_deleted_is_named_with_the_command"
    ),
    "probe-left-behind/version": "test_faults_second_look.test_a_version_that_may_only_be_hidden_is_said_to_stay",
    "probe-left-behind/upload": "test_faults_objects.test_an_upload_that_cannot_be_taken_back_is_named",
    "object-lock/left": "test_faults_denials.test_a_test_object_that_a_lock_keeps_is_named",
    "bucket-policy-denies/header": "test_faults_denials.test_a_bucket_that_wants_the_encryption_named_is_found_out",
    "list-condition-mismatch": "test_faults_denials.test_a_condition_that_wants_more_in_the_request_is_told_apart",
    "only-lightly-can-assume": "test_faults_roles.test_a_refusal_proves_nothing_where_the_caller_is_not_lightly",
    "external-id-not-required": (
        "test_faults_roles.test_a_role_that_lets_one_in_without_its_external_id_works_with_a_warning"
    ),
    "role-chaining-limit": "test_faults_roles.test_a_caller_who_is_a_role_gets_an_hour_and_a_warning",
    "max-session-too-short": "test_faults_roles.test_what_holds_for_whoever_asks_is_red",
    "sts-region-disabled": "test_faults_roles.test_where_sts_is_switched_off_the_role_is_assumed_elsewhere",
}
"""What the check finds out by itself, and the test that brings it about."""

FOUND_ELSEWHERE = frozenset(
    {
        "list-granted-on-objects",
        "denied-identity-policy/near",
        "explicit-deny-identity-policy/named",
        "simulation-incomplete",
        "platform-denies",
        "platform-unreachable",
        "platform-unauthorized",
        "platform-untested",
    }
)
"""What the policies of a principal, IAM's simulator or the platform say: the tests of those bring it about."""

MISSING_BY: Mapping[str, str] = {
    "no-credentials": "test_faults_profiles.test_nothing_configured_is_red_with_both_ways_out",
    "mfa-needed": "test_faults_profiles.test_a_profile_that_wants_a_code_is_not_proven",
    "partial-credentials": "test_faults_profiles.test_half_a_key_is_red",
    "sso-login-expired": "test_faults_profiles.test_a_login_that_is_over_names_the_command_for_a_new_one",
    "sso-login-expired/login": "test_faults_profiles.test_an_aws_login_that_is_over_names_its_own_command",
    "sso-login-expired/crt": "test_faults_profiles.test_an_aws_login_that_is_over_names_its_own_command",
    "credential-process-failed": "test_faults_profiles.test_a_process_that_is_not_there_is_named_as_that",
    "credential-process-failed/said": "test_faults_profiles.test_a_process_that_fails_is_quoted_without_a_secret",
    "profile-invalid": "test_faults_profiles.test_a_profile_that_cannot_be_used_is_red",
    "secret-unavailable": "test_faults_profiles.test_a_profile_whose_role_cannot_be_asked_for_is_not_proven",
}
"""Why there are no credentials in AWS's own files, and the test that brings it about."""

MISSING_IN_A_DATASET = frozenset(
    {
        "secret-unavailable/late",
        "secret-unavailable/environment",
        "secret-unavailable/keyring",
        "secret-unavailable/external-id",
    }
)
"""Why those of a dataset are not there: the tests of the re-check bring it about."""

ALL_CASES: Sequence[Case] = [
    *test_faults_credentials.CASES,
    *test_faults_places.CASES,
    *test_faults_denials.CASES,
    *test_faults_kms.CASES,
    *test_faults_objects.CASES,
    *test_faults_network.CASES,
]

AT_THE_CLIENT = [
    Outcome(call="ListObjectsV2", exception=exception, detail=detail)
    for exception, detail in {
        "HTTPClientError": "An HTTP Client raised an unhandled exception: Invalid header value b'AKIA\\n'",
        "ParamValidationError": 'Parameter validation failed:\nInvalid bucket name "data lake"',
        "InvalidRegionError": "Provided region_name 'eu central' doesn't match a supported format.",
        "UnsupportedS3AccesspointConfigurationError": "Unsupported configuration when using S3 access-points",
        "MissingDependencyException": "Missing Dependency: Using S3 with an MRAP arn requires botocore[crt]",
        "ProxyConnectionError": "Failed to connect to proxy URL",
        "ResponseStreamingError": "An error occurred while reading from response stream",
        "ConnectTimeoutError": "Connect timeout on endpoint URL",
        "ReadTimeoutError": "Read timeout on endpoint URL",
        "ConnectionClosedError": "Connection was closed before we received a valid response",
        "ResponseParserError": "Unable to parse response",
        "InvalidProxiesConfigError": "Invalid configuration value(s) provided for proxies_config.",
        "EndpointProviderError": "Unable to resolve endpoint",
        "ValueError": "Invalid endpoint: s3.example.com",
    }.items()
] + [
    Outcome(call="ListObjectsV2", exception=exception, detail=detail)
    for exception, detail in (
        ("HTTPClientError", "An HTTP Client raised an unhandled exception: maximum recursion depth exceeded"),
        ("EndpointConnectionError", 'Could not connect to the endpoint URL: "https://b.s3.bogus-1.amazonaws.com/"'),
        (
            "EndpointConnectionError",
            'Could not connect to the endpoint URL: "https://s3-fips.eu-west-3.amazonaws.com/"',
        ),
        ("EndpointConnectionError", 'Could not connect to the endpoint URL: "http://127.0.0.1:9/"'),
        ("SSLError", "SSL validation failed: WRONG_VERSION_NUMBER"),
        ("SSLError", "SSL validation failed: [Errno 2] No such file or directory"),
        ("SSLError", "SSL validation failed: CERTIFICATE_VERIFY_FAILED self-signed certificate"),
    )
]
"""What botocore raises where no answer came, as the tests of places and network bring it about."""

OF_STS = (
    [outcome for _, _, outcome, _ in test_faults_roles.ANSWERS]
    + [
        Outcome(call="AssumeRole", exception="ParamValidationError", detail=f"Invalid length for parameter {name}")
        for name in ("RoleArn", "ExternalId", "RoleSessionName")
    ]
    + [
        Outcome(
            call="AssumeRole",
            status=400,
            code="ValidationError",
            message="Value 'a b' at 'roleSessionName' failed to satisfy",
        )
    ]
)

IN_PURE_TESTS: Sequence[tuple[Outcome, Operation]] = [
    (Outcome(call="AssumeRole", exception="KeyError", detail="'Credentials'"), Operation.LIST),
    (Outcome(call="ListObjectsV2", status=400, code="InvalidToken", request_id="1"), Operation.LIST),
    (Outcome(call="PutObject", status=400, code="InvalidDigest", request_id="1"), Operation.WRITE),
]
"""What cannot come from a server of ours, since AWS alone says so: judged without one."""


def _shown() -> list[tuple[str, Evidence]]:
    shown = [(case.entry, case.evidence) for case in ALL_CASES]
    shown += [(entry, evidence) for entry, evidence, _ in fault_cases.COVERED]
    shown += [each[:2] for each in test_faults_roles.ANSWERS]
    shown += [each[:2] for each in test_faults_profiles.OF_A_PROFILE]
    return shown + [(entry, evidence) for entry, (evidence, tests) in IN_OTHER_FILES.items() for _ in tests]


def test_every_entry_of_the_list_has_a_case_or_a_reason() -> None:
    shown = {entry for entry, _ in _shown()}
    assert shown <= set(ENTRIES)
    assert not shown & set(WITHOUT_CASE)
    assert [entry for entry in ENTRIES if entry not in shown and entry not in WITHOUT_CASE] == []


def test_every_case_says_what_it_is_known_from() -> None:
    marks = Counter(evidence for _, evidence in _shown())
    assert set(marks) == set(Evidence)
    assert marks[Evidence.UNVERIFIED] < len(_shown()) / 5


@pytest.mark.parametrize(
    "path",
    sorted(
        {*FOUND_BY.values(), *MISSING_BY.values(), *(test for _, tests in IN_OTHER_FILES.values() for test in tests)}
    ),
)
def test_a_test_that_is_named_as_a_case_is_there(path: str) -> None:
    module, _, name = path.partition(".")
    assert callable(getattr(importlib.import_module(module), name))


# No row is idle


def _replies(case: Case) -> Iterator[tuple[str, Reply]]:
    for call, answers in case.script.items():
        for answer in [answers] if isinstance(answers, Reply) or callable(answers) else answers:
            if isinstance(answer, Reply) and not answer.drop and answer.raw is None:
                yield call, answer


_CALLS = {Operation.LIST: "ListObjectsV2", Operation.READ: "GetObject", Operation.WRITE: "PutObject"}


def _outcome_of(call: str, reply: Reply) -> Outcome | None:
    """Read an answer as botocore does; None for what it would take for a success."""
    if reply.status < 300:
        return None
    answer = {"status_code": reply.status, "headers": dict(reply.headers), "body": reply.body, "context": {}}
    parsed = create_parser("rest-xml").parse(answer, Shape("Nothing", {"type": "structure"}))
    return from_exception(call, ClientError(parsed, call))


def _rows_of(case: Case) -> Iterator[Row]:
    for named, reply in _replies(case):
        for operation, call in _CALLS.items():
            if named not in {"*", call} or (outcome := _outcome_of(call, reply)) is None:
                continue
            for url in (None, "http://127.0.0.1:9000"):
                for accepted in (False, True):
                    yield row_for(outcome, operation, target_at(url, **case.changes), accepted=accepted)


def test_no_row_of_the_table_is_idle() -> None:
    met = {row for case in ALL_CASES for row in _rows_of(case)}
    for outcome in (*AT_THE_CLIENT, *OF_STS):
        for role in (None, test_faults_roles.LIGHTLYS_ROLE):
            met |= {row_for(outcome, operation, target_at(None, role=role)) for operation in OPERATIONS}
    for outcome, operation in IN_PURE_TESTS:
        met |= {row_for(outcome, operation, target_at(None), accepted=accepted) for accepted in (False, True)}
    assert [f"{row.cause}: {row.says}" for row in (*ROWS, NOT_S3, BROKEN_OFF, DEFAULT) if row not in met] == []


def test_every_finding_is_brought_about() -> None:
    assert set(FOUND) == set(FOUND_BY) | FOUND_ELSEWHERE


def test_every_reason_for_missing_credentials_is_brought_about() -> None:
    assert set(PROBLEMS) == set(MISSING_BY) | MISSING_IN_A_DATASET


def test_every_reason_for_missing_credentials_is_a_row() -> None:
    assert [row.says for row in PROFILE] == [problem.summary for problem in PROBLEMS.values()]
    assert set(PROFILE) <= set(ALL_ROWS)
    assert len(set(ALL_ROWS)) == len(ALL_ROWS)


def test_the_table_knows_every_cause_that_a_light_can_have() -> None:
    lights = {light for case in ALL_CASES for light in case.lights}
    causes = {light.partition(" ")[2] for light in lights} - {""}
    assert causes <= {row.cause for row in ALL_ROWS}
    assert all(re.fullmatch(r"[a-z0-9-]+", row.cause) for row in ALL_ROWS)
