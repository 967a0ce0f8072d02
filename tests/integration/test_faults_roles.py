"""What STS refuses where a role is to be assumed: in a check of a role, and for a profile that names one."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest
from fault_cases import B, D, Evidence, I, L, shows
from s3_faults import REGION, ROLE, Reply, S3Faults, World, calm, page, sts_error
from watched_checks import target_at, watch

from core.access import DelegatedAccess, Secret
from core.lights.check import Checker
from core.lights.diagnosis import Asked, diagnose
from core.lights.outcome import Outcome
from core.lights.states import LookUps, State
from core.lights.target import CheckOptions
from core.needs import Operation

EXTERNAL_ID = "canary-external-id-0123456789"
LIGHTLYS_ROLE = DelegatedAccess(ROLE, Secret(EXTERNAL_ID))
CALLER = "arn:aws:iam::999988887777:user/me"
REFUSED = f"User: {CALLER} is not authorized to perform: sts:AssumeRole on resource: {ROLE}"


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker()


def said(outcome: Outcome, age: float | None = None) -> str:
    """Give what the table makes of an answer of STS, as `state cause`."""
    verdict = diagnose(Operation.LIST, outcome, Asked(target_at(None, role=LIGHTLYS_ROLE), REGION, age=age))
    assert EXTERNAL_ID not in repr(verdict)
    return f"{verdict.state} {verdict.cause}"


def refused(message: str, code: str = "AccessDenied", status: int = 403) -> Outcome:
    """Make an answer of STS to AssumeRole."""
    return Outcome(call="AssumeRole", status=status, code=code, message=message, request_id="1")


NO = "because no {} allows the sts:AssumeRole action"
ANSWERS: list[tuple[str, Evidence, Outcome, str]] = [
    ("S1", I, refused(REFUSED), "red assume-role-refused"),
    ("S1", I, refused("Access denied"), "red assume-role-refused"),
    ("S2", D, refused(f"{REFUSED} {NO.format('identity-based policy')}"), "red assume-role-caller-side"),
    ("S2", D, refused(f"{REFUSED} with an explicit deny in an identity-based policy"), "red assume-role-caller-side"),
    ("S3", D, refused(f"{REFUSED} {NO.format('role trust policy')}"), "red assume-role-trust-side"),
    ("S3", D, refused(f"{REFUSED} {NO.format('resource-based policy')}"), "red assume-role-trust-side"),
    ("S3", D, refused(f"{REFUSED} with an explicit deny in the role trust policy"), "red assume-role-trust-side"),
    ("S4", D, refused(f"{REFUSED} with an explicit deny in a service control policy"), "red service-control-policy"),
    ("S4", D, refused(f"{REFUSED} with an explicit deny in a resource control policy"), "red resource-control-policy"),
    ("S4", D, refused(f"{REFUSED} {NO.format('permissions boundary')}"), "red permissions-boundary"),
    ("S4", D, refused(f"{REFUSED} {NO.format('session policy')}"), "red session-policy"),
    ("S4", D, refused(f"{REFUSED} {NO.format('VPC endpoint policy')}"), "unknown vpc-endpoint-policy"),
    ("S5", I, refused("Roles may not be assumed by root accounts."), "red assume-role-root"),
    ("S6", I, refused("MultiFactorAuthentication failed with invalid MFA one time pass code."), "red assume-role-mfa"),
    (
        "S7",
        I,
        refused(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", "ValidationError", 400
        ),
        "red max-session-too-short",
    ),
    (
        "S8",
        D,
        refused(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
            "ValidationError",
            400,
        ),
        "unknown role-chaining-limit",
    ),
    ("S9", L, refused("arn:aws:iam::1:user/r is invalid", "ValidationError", 400), "red role-arn-malformed"),
    (
        "S10",
        L,
        refused("Value 'x' at 'externalId' failed to satisfy constraint: pattern", "ValidationError", 400),
        "red external-id-malformed",
    ),
    (
        "S11",
        I,
        refused("STS is not activated in this region for account:111122223333.", "RegionDisabledException"),
        "unknown sts-region-disabled",
    ),
    ("S12", B, refused("Packed policy consumes 132%", "PackedPolicyTooLarge", 400), "unknown internal-error"),
    ("S12", B, refused("not well-formed", "MalformedPolicyDocument", 400), "unknown internal-error"),
    ("S13", D, refused(REFUSED), "red assume-role-refused"),
]


@pytest.mark.parametrize(
    ("outcome", "light"), [each[2:] for each in ANSWERS], ids=[f"{each[0]}-{n}" for n, each in enumerate(ANSWERS)]
)
def test_what_sts_says_is_told_apart(outcome: Outcome, light: str) -> None:
    assert said(outcome) == light


@shows("S16", I)
@pytest.mark.parametrize(("age", "light"), [(10.0, "unknown not-yet-propagated"), (60.0, "red assume-role-refused")])
def test_a_role_of_the_last_minute_may_not_have_arrived(age: float, light: str) -> None:
    assert said(refused(REFUSED), age) == light


def test_a_refused_role_gets_its_whole_trust_policy_without_the_external_id() -> None:
    asked = Asked(target_at(None, role=LIGHTLYS_ROLE), REGION)
    verdict = diagnose(Operation.LIST, refused(REFUSED), asked)
    policy = json.loads(verdict.paste or "")
    [statement] = policy["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::916419735646:root"}
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "EXTERNAL-ID"}}
    assert ROLE in verdict.says


def test_a_refused_role_of_a_profile_gets_the_callers_statement_and_not_lightlys_trust_policy() -> None:
    for because in ("", f" {NO.format('role trust policy')}"):
        verdict = diagnose(Operation.LIST, refused(f"{REFUSED}{because}"), Asked(target_at(None), REGION))
        assert "916419735646" not in repr(verdict)
        assert "user me (account 999988887777)" in (verdict.fix or "")


def test_a_caller_without_leave_gets_the_statement_for_that_role() -> None:
    outcome = refused(f"{REFUSED} {NO.format('identity-based policy')}")
    verdict = diagnose(Operation.LIST, outcome, Asked(target_at(None, role=LIGHTLYS_ROLE), REGION))
    statement = json.loads(verdict.paste or "")
    assert (statement["Action"], statement["Resource"]) == ("sts:AssumeRole", ROLE)
    assert "user me (account 999988887777)" in verdict.says


def test_a_session_that_ends_too_early_gets_the_command_that_raises_it() -> None:
    outcome = refused("exceeds the MaxSessionDuration set for this role", "ValidationError", 400)
    verdict = diagnose(Operation.LIST, outcome, Asked(target_at(None, role=LIGHTLYS_ROLE), REGION))
    assert verdict.paste == "aws iam update-role --role-name=Lightly-S3-Integration --max-session-duration 43200"


def test_a_role_that_has_no_arn_is_still_diagnosed(checker: Checker) -> None:
    role = DelegatedAccess("my-role-name-without-colons", Secret(EXTERNAL_ID))
    with S3Faults({"AssumeRole": sts_error("AccessDenied")}) as server:
        watched = watch(checker, target_at(server.url, role=role))
    assert watched.all_said == ("unknown only-lightly-can-assume",) * 3


def test_a_role_of_a_profile_is_not_named_in_a_command_where_its_name_is_not_known() -> None:
    outcome = refused("exceeds the MaxSessionDuration set for this role", "ValidationError", 400)
    verdict = diagnose(Operation.LIST, outcome, Asked(target_at(None), REGION))
    assert (verdict.cause, verdict.paste) == ("max-session-too-short", None)
    assert "12 hours" in (verdict.fix or "")


# In a check


def guarded() -> World:
    """A server whose role demands the external ID."""
    return World(external_id=EXTERNAL_ID)


@shows("S15", D)
@pytest.mark.parametrize(
    "message",
    [REFUSED, f"{REFUSED} {NO.format('identity-based policy')}", f"{REFUSED} {NO.format('role trust policy')}"],
    ids=["plain", "caller", "trust"],
)
def test_a_refusal_proves_nothing_where_the_caller_is_not_lightly(checker: Checker, message: str) -> None:
    with S3Faults({"AssumeRole": sts_error("AccessDenied", 403, message)}) as server:
        watched = watch(checker, target_at(server.url, role=LIGHTLYS_ROLE))
    assert watched.all_said == ("unknown only-lightly-can-assume",) * 3


IN_A_CHECK: list[tuple[str, str, str]] = [
    ("S7", "The requested DurationSeconds exceeds the MaxSessionDuration set", "red max-session-too-short"),
    ("S9", f"{ROLE} is invalid", "red role-arn-malformed"),
    ("S10", "Value 'x y' at 'externalId' failed to satisfy constraint", "red external-id-malformed"),
]


@pytest.mark.parametrize(("entry", "message", "light"), IN_A_CHECK)
def test_what_holds_for_whoever_asks_is_red(checker: Checker, entry: str, message: str, light: str) -> None:
    with S3Faults({"AssumeRole": sts_error("ValidationError", 400, message)}) as server:
        watched = watch(checker, target_at(server.url, role=LIGHTLYS_ROLE))
    assert watched.all_said == (light,) * 3, entry


@shows("S8", D)
def test_a_caller_who_is_a_role_gets_an_hour_and_a_warning(checker: Checker) -> None:
    world = guarded()
    chained = sts_error("ValidationError", 400, "exceeds the 1 hour session limit for roles assumed by role chaining.")
    with S3Faults({"AssumeRole": [chained, world]}, world=world) as server:
        watched = watch(checker, target_at(server.url, role=LIGHTLYS_ROLE))
        fields = dict(parse_qsl(server.of("AssumeRole")[1].body.decode()))
    assert watched.all_said == ("amber role-chaining-limit",) * 3
    assert fields["DurationSeconds"] == "3600"


@shows("S11", I)
def test_where_sts_is_switched_off_the_role_is_assumed_elsewhere(checker: Checker) -> None:
    world = guarded()
    off: Reply = sts_error("RegionDisabledException", 403, f"STS is not activated in {REGION}")
    with S3Faults({"AssumeRole": [off, world]}, world=world) as server:
        watched = watch(checker, target_at(server.url, role=LIGHTLYS_ROLE))
    assert watched.all_said == ("amber sts-region-disabled",) * 3


@pytest.mark.parametrize("body", ["<html><body/></html>", "<html><p>Welcome<br></html>", ""])
def test_a_portal_in_the_place_of_sts_proves_nothing(checker: Checker, body: str) -> None:
    with S3Faults({"AssumeRole": page(200, body)}) as server:
        watched = watch(checker, target_at(server.url, role=LIGHTLYS_ROLE), CheckOptions(look_ups=LookUps.NONE))
    assert watched.all_said == ("unknown not-s3",) * 3


@shows("S14", D)
def test_a_role_that_lets_one_in_without_its_external_id_works_with_a_warning(checker: Checker) -> None:
    with S3Faults() as server:
        watched = watch(checker, target_at(server.url, role=LIGHTLYS_ROLE))
    assert watched.all_said == ("amber external-id-not-required",) * 3
    light = watched.report.light(Operation.LIST)
    assert "this caller" in light.summary
    assert "other statements stay as they are" in (light.fix or "")
    assert "sts:ExternalId" in json.loads(light.paste or "")["Condition"]["StringEquals"]
    assert light.state is State.AMBER
