"""A role that Lightly assumes: what this machine can tell about it, and what only Lightly can."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from s3_faults import REGION, ROLE, SESSION_KEY, Reply, S3Faults, World, calm, dead_port, error, sts_error
from watched_checks import LOCATION, SECRET, target_at, watch

from core.access import AccessKind, CredentialSource, DelegatedAccess, Secret, SourceKind
from core.dataset import Dataset, Datasource, Purpose
from core.lights.check import Checker
from core.lights.states import LookUps, State
from core.lights.target import CheckOptions
from core.needs import OPERATIONS, InputType, Needs
from core.recheck import recheck
from core.store.secrets import MemorySecretStore

EXTERNAL_ID = "canary-external-id-0123456789"
LIGHTLYS_ROLE = DelegatedAccess(ROLE, Secret(EXTERNAL_ID))
REFUSED = f"User: arn:aws:iam::111122223333:user/me is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
UNKNOWN = ("unknown only-lightly-can-assume",) * 3


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


@pytest.fixture
def checker() -> Checker:
    return Checker()


def guarded() -> World:
    """A server whose role demands the external ID."""
    return World(external_id=EXTERNAL_ID)


def test_whoever_may_assume_the_role_checks_as_that_role(checker: Checker) -> None:
    with S3Faults(world=guarded()) as server:
        watched = watch(checker, target_at(server.url, role=LIGHTLYS_ROLE))
        used = {request.headers["authorization"].partition("Credential=")[2][:20] for request in server.of("PutObject")}
    assert watched.all_said == ("green",) * 3
    assert used == {SESSION_KEY}


def test_the_role_is_assumed_as_lightly_does_with_external_id_and_for_twelve_hours(checker: Checker) -> None:
    with S3Faults(world=guarded()) as server:
        watch(checker, target_at(server.url, role=LIGHTLYS_ROLE), CheckOptions(look_ups=LookUps.NONE))
        [request] = server.of("AssumeRole")
    fields = dict(parse_qsl(request.body.decode()))
    assert (fields["RoleArn"], fields["ExternalId"], fields["DurationSeconds"]) == (ROLE, EXTERNAL_ID, "43200")


def test_a_role_that_needs_no_external_id_works_with_a_warning(checker: Checker) -> None:
    with S3Faults(world=World(external_id=None)) as server:
        watched = watch(checker, target_at(server.url, role=LIGHTLYS_ROLE))
        tries = [dict(parse_qsl(request.body.decode())) for request in server.of("AssumeRole")]
    assert watched.all_said == ("amber external-id-not-required",) * 3
    assert ["ExternalId" in fields for fields in tries] == [True, False]


@pytest.mark.parametrize(
    "refusal",
    [
        sts_error("AccessDenied", 403, REFUSED),
        sts_error("AccessDenied", 403, f"{REFUSED} because no identity-based policy allows the sts:AssumeRole action"),
        sts_error("AccessDenied", 403, f"{REFUSED} because no role trust policy allows the sts:AssumeRole action"),
        sts_error("AccessDenied", 403, f"{REFUSED} with an explicit deny in a service control policy"),
        sts_error("AccessDenied", 403, "Roles may not be assumed by root accounts."),
        sts_error("AccessDenied", 403, "MultiFactorAuthentication failed with invalid MFA one time pass code."),
        sts_error("InvalidClientTokenId", 403, "The security token included in the request is invalid."),
    ],
    ids=["plain", "caller", "trust", "organization", "root", "mfa", "bad-key"],
)
def test_a_role_that_this_machine_may_not_assume_proves_nothing(refusal: Reply, checker: Checker) -> None:
    with S3Faults({"AssumeRole": refusal}) as server:
        watched = watch(checker, target_at(server.url, role=LIGHTLYS_ROLE))
        assert set(server.calls()) == {"AssumeRole"}
    assert watched.all_said == UNKNOWN
    assert ROLE in watched.shown


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        (f"{ROLE} is invalid", "role-arn-malformed"),
        (
            "Value 'x y' at 'externalId' failed to satisfy constraint: regular expression pattern: [\\w+=,.@:\\/-]*",
            "external-id-malformed",
        ),
        (
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            "max-session-too-short",
        ),
    ],
)
def test_what_holds_for_whoever_asks_is_proof_against_the_role(message: str, cause: str, checker: Checker) -> None:
    with S3Faults({"AssumeRole": sts_error("ValidationError", 400, message)}) as server:
        watched = watch(checker, target_at(server.url, role=LIGHTLYS_ROLE))
    assert watched.all_said == (f"red {cause}",) * 3


def test_a_caller_who_is_a_role_gets_an_hour_and_a_warning(checker: Checker) -> None:
    world = guarded()
    chained = sts_error(
        "ValidationError",
        400,
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    )
    with S3Faults({"AssumeRole": [chained, world]}, world=world) as server:
        watched = watch(checker, target_at(server.url, role=LIGHTLYS_ROLE))
        durations = [dict(parse_qsl(request.body.decode()))["DurationSeconds"] for request in server.of("AssumeRole")]
    assert watched.all_said == ("amber role-chaining-limit",) * 3
    assert durations[:2] == ["43200", "3600"]


def test_where_sts_is_switched_off_the_role_is_assumed_elsewhere(checker: Checker) -> None:
    world = guarded()
    off = sts_error("RegionDisabledException", 403, f"STS is not activated in {REGION} for account: 111122223333.")
    with S3Faults({"AssumeRole": [off, world]}, world=world) as server:
        watched = watch(checker, target_at(server.url, role=LIGHTLYS_ROLE))
        assert [request.signed_for for request in server.of("AssumeRole")][:2] == [REGION, "us-east-1"]
    assert watched.all_said == ("amber sts-region-disabled",) * 3


def test_a_throttle_of_sts_is_waited_out_once(checker: Checker) -> None:
    world = guarded()
    with S3Faults({"AssumeRole": [sts_error("Throttling", 400, "Rate exceeded"), world]}, world=world) as server:
        assert watch(checker, target_at(server.url, role=LIGHTLYS_ROLE)).all_said == ("green",) * 3
    with S3Faults({"AssumeRole": sts_error("Throttling", 400, "Rate exceeded")}) as server:
        assert watch(checker, target_at(server.url, role=LIGHTLYS_ROLE)).all_said == ("unknown throttled",) * 3
        assert len(server.of("AssumeRole")) == 2


def test_a_network_that_fails_says_so_and_not_that_the_role_cannot_be_assumed(checker: Checker) -> None:
    with dead_port() as port:
        watched = watch(checker, target_at(f"http://127.0.0.1:{port}", role=LIGHTLYS_ROLE))
    assert watched.all_said == ("unknown endpoint-unreachable",) * 3


def test_neither_external_id_nor_session_is_shown(checker: Checker) -> None:
    echo = sts_error("AccessDenied", 403, f"no: {EXTERNAL_ID} {SECRET}")
    with S3Faults({"AssumeRole": echo}) as server:
        refused = watch(checker, target_at(server.url, role=LIGHTLYS_ROLE))
    with S3Faults({"PutObject": error("InvalidToken", 400, "canary-token-of-session")}, world=guarded()) as server:
        granted = watch(checker, target_at(server.url, role=LIGHTLYS_ROLE))
    for shown in (refused.shown, granted.shown):
        assert EXTERNAL_ID not in shown
        assert "canary-token-of-session" not in shown
        assert "canary-of-session" not in shown


# From a dataset


def dataset_at(url: str) -> Dataset:
    datasource = Datasource(
        purpose=Purpose.INPUT_OUTPUT,
        location=LOCATION,
        region=REGION,
        access=AccessKind.DELEGATED,
        access_key_id=None,
        credentials=CredentialSource(SourceKind.KEYRING),
        endpoint_url=url,
        role_arn=ROLE,
    )
    needs = Needs(input_type=InputType.IMAGES, object_level=True, thumbnails=True)
    return Dataset(
        name="farm-animals",
        dataset_id=None,
        needs=needs,
        platform_url="https://platform.example.test",
        datasources=(datasource,),
    )


def secrets_with_the_role() -> MemorySecretStore:
    secrets = MemorySecretStore()
    secrets.put_access("https://platform.example.test", "farm-animals", {Purpose.INPUT_OUTPUT: LIGHTLYS_ROLE})
    return secrets


def test_a_dataset_with_a_role_is_checked_with_the_keys_of_this_machine(
    checker: Checker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAADMINEXAMPLE0000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-of-the-admin")
    with S3Faults(world=guarded()) as server:
        [result] = recheck(
            dataset_at(server.url), checker=checker, secrets=secrets_with_the_role(), options=CheckOptions()
        )
    assert [light.state for light in result.local] == [State.GREEN] * 3
    assert result.access is AccessKind.DELEGATED


def test_without_keys_on_this_machine_only_lightly_can_tell_and_nothing_is_asked(checker: Checker) -> None:
    with S3Faults() as server:
        [result] = recheck(
            dataset_at(server.url), checker=checker, secrets=secrets_with_the_role(), options=CheckOptions()
        )
        assert not server.seen
    assert {(light.state, light.cause) for light in result.local} == {(State.UNKNOWN, "only-lightly-can-assume")}
    assert [result.effective(operation) for operation in OPERATIONS] == [State.UNKNOWN] * 3


def test_an_external_id_that_is_not_kept_is_said_to_be_missing(checker: Checker) -> None:
    [result] = recheck(
        dataset_at("http://127.0.0.1:9"), checker=checker, secrets=MemorySecretStore(), options=CheckOptions()
    )
    assert {light.cause for light in result.local} == {"secret-unavailable"}
    assert "external ID" in result.local[0].summary
