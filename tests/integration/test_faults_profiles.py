"""What is wrong with the credentials that this machine's own files hold, read by the real botocore."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fault_cases import EXPIRED_SIGNATURE, B, D, Evidence, I, L, shows
from s3_faults import REGION, Reply, S3Faults, World, calm, dead_port, sts_error
from watched_checks import LOCATION, SECRET

from core import __version__
from core.lights.check import Checker
from core.lights.states import Light, State
from core.lights.target import CheckOptions
from core.needs import OPERATIONS
from core.recheck import check_uri


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


class Machine:
    """A machine's AWS configuration, to be written as a test needs it."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config"
        self.credentials = folder / "credentials"
        self.folder = folder

    def program(self, source: str) -> str:
        """Write a program and return the command that runs it."""
        file = self.folder / "program.py"
        file.write_text(source)
        return f"{sys.executable} {file}"

    def check(self, profile: str | None = None) -> Light:
        """Check with what is configured, and return the light of List: all three tell the same."""
        result = check_uri(LOCATION, checker=Checker(), options=CheckOptions(), required=OPERATIONS, profile=profile)
        assert len({(light.state, light.cause) for light in result.local}) == 1
        assert SECRET not in repr(result)
        return result.local[0]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Give this machine a configuration of its own, which is empty at first."""
    made = Machine(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(made.config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(made.credentials))
    return made


def said(light: Light) -> str:
    """Give a light as `state cause`."""
    return f"{light.state} {light.cause}"


@shows("C1", B)
def test_nothing_configured_is_red_with_both_ways_out(machine: Machine) -> None:
    light = machine.check()
    assert said(light) == "red no-credentials"
    assert "--profile" in (light.fix or "")


@shows("C2", B)
def test_half_a_key_is_red(machine: Machine) -> None:
    machine.credentials.write_text("[farm]\naws_access_key_id = AKIAFARM\n")
    assert said(machine.check("farm")) == "red partial-credentials"


@shows("C23", B)
def test_a_login_that_is_over_names_the_command_for_a_new_one(machine: Machine) -> None:
    machine.config.write_text(
        "[profile s]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = r\nregion = eu-west-3\n"
        "[sso-session corp]\nsso_start_url = https://corp.example.test/start\nsso_region = eu-west-3\n"
    )
    light = machine.check("s")
    assert said(light) == "red sso-login-expired"
    assert "aws sso login --profile s" in (light.fix or "")


@shows("C24", B)
def test_an_aws_login_that_is_over_names_its_own_command(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.config.write_text("[profile l]\nlogin_session = arn:aws:iam::111122223333:user/me\nregion = eu-west-3\n")
    light = machine.check("l")
    assert said(light) == "red sso-login-expired"
    assert "botocore[crt]" in (light.fix or ""), "the part that makes its signatures is not installed here"
    monkeypatch.setattr("botocore.credentials.EC", object())
    light = machine.check("l")
    assert said(light) == "red sso-login-expired"
    assert "aws login --profile l" in (light.fix or "")


PROGRAMS = {
    "fails": (f"import sys; sys.exit('no vault for {SECRET}')", "no vault for"),
    "prints-no-json": (f"print('hello {SECRET}')", "JSONDecodeError"),
    "prints-half": (f"""print('{{"Version": 1, "SecretAccessKey": "{SECRET}"}}')""", "Missing required key"),
    "prints-another-version": ("print('{\"Version\": 9}')", "version '9'"),
}


@shows("C25", B)
@pytest.mark.parametrize(("source", "word"), PROGRAMS.values(), ids=PROGRAMS.keys())
def test_a_process_that_fails_is_quoted_without_a_secret(machine: Machine, source: str, word: str) -> None:
    machine.config.write_text(f"[profile p]\ncredential_process = {machine.program(source)}\n")
    light = machine.check("p")
    assert said(light) == "red credential-process-failed"
    assert word in light.summary
    assert "by hand" in (light.fix or "")


@shows("C25", B)
def test_a_process_that_is_not_there_is_named_as_that(machine: Machine) -> None:
    machine.config.write_text("[profile p]\ncredential_process = /nowhere/tool\n")
    light = machine.check("p")
    assert said(light) == "red credential-process-failed"
    assert "FileNotFoundError" in light.summary


@shows("C26", B)
@pytest.mark.parametrize(
    "config",
    [
        "[profile other]\nregion = eu-west-3\n",
        "this is [ no config",
        "[profile p]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = gone\n",
    ],
    ids=["not-there", "not-readable", "points-to-none"],
)
def test_a_profile_that_cannot_be_used_is_red(machine: Machine, config: str) -> None:
    machine.config.write_text(config)
    assert said(machine.check("p")) == "red profile-invalid"


def test_a_profile_that_wants_a_code_is_not_proven(machine: Machine) -> None:
    machine.credentials.write_text(f"[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = {SECRET}\n")
    machine.config.write_text(
        "[profile guarded]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = base\n"
        "mfa_serial = arn:aws:iam::111122223333:mfa/me\nregion = eu-west-3\n"
    )
    assert said(machine.check("guarded")) == "unknown mfa-needed"


# A profile that is to assume a role


def role_profile(machine: Machine, url: str, *more: str) -> None:
    """Write a profile whose role is assumed at a server of ours."""
    machine.credentials.write_text(f"[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = {SECRET}\n")
    lines = (
        "[profile r]",
        "role_arn = arn:aws:iam::111122223333:role/r",
        "source_profile = base",
        f"region = {REGION}",
    )
    machine.config.write_text("\n".join((*lines, f"endpoint_url = {url}", *more)) + "\n")


ASSUME = "User: arn:aws:iam::111122223333:user/base is not authorized to perform: sts:AssumeRole on resource: {}"
REFUSED = ASSUME.format("arn:aws:iam::111122223333:role/r")
OF_A_PROFILE: list[tuple[str, Evidence, Reply, str, str]] = [
    ("S1", I, sts_error("AccessDenied", 403, REFUSED), "red assume-role-refused", "role/r"),
    (
        "S2",
        D,
        sts_error("AccessDenied", 403, f"{REFUSED} because no identity-based policy allows the sts:AssumeRole action"),
        "red assume-role-caller-side",
        "user base (account 111122223333)",
    ),
    (
        "S3",
        D,
        sts_error("AccessDenied", 403, f"{REFUSED} because no role trust policy allows the sts:AssumeRole action"),
        "red assume-role-trust-side",
        "trust policy",
    ),
    (
        "S3",
        D,
        sts_error("AccessDenied", 403, f"{REFUSED} with an explicit deny in the role trust policy"),
        "red assume-role-trust-side",
        "trust policy",
    ),
    (
        "S4",
        D,
        sts_error("AccessDenied", 403, f"{REFUSED} with an explicit deny in a service control policy"),
        "red service-control-policy",
        "sts:AssumeRole",
    ),
    (
        "S4",
        D,
        sts_error("AccessDenied", 403, f"{REFUSED} with an explicit deny in a resource control policy"),
        "red resource-control-policy",
        "sts:AssumeRole",
    ),
    (
        "S5",
        I,
        sts_error("AccessDenied", 403, "Roles may not be assumed by root accounts."),
        "red assume-role-root",
        "IAM user",
    ),
    (
        "S6",
        I,
        sts_error("AccessDenied", 403, "MultiFactorAuthentication failed with invalid MFA one time pass code."),
        "red assume-role-mfa",
        "MFA",
    ),
    (
        "S7",
        I,
        sts_error(
            "ValidationError", 400, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        ),
        "red max-session-too-short",
        "43,200",
    ),
    (
        "S8",
        D,
        sts_error(
            "ValidationError",
            400,
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ),
        "unknown role-chaining-limit",
        "an hour",
    ),
    ("S9", L, sts_error("ValidationError", 400, "arn:aws:iam::1:user/r is invalid"), "red role-arn-malformed", "ARN"),
    (
        "S10",
        L,
        sts_error("ValidationError", 400, "1 validation error detected: Value 'x y' at 'externalId' failed to satisfy"),
        "red external-id-malformed",
        "external ID",
    ),
    (
        "S10",
        L,
        sts_error("ValidationError", 400, "Value 'x y' at 'roleSessionName' failed to satisfy constraint"),
        "red profile-invalid",
        "role_session_name",
    ),
    (
        "S11",
        I,
        sts_error("RegionDisabledException", 403, "STS is not activated in this region for account:111122223333."),
        "unknown sts-region-disabled",
        "STS",
    ),
    ("C8", D, sts_error("InvalidClientTokenId", 403, "The security token is invalid"), "red unknown-access-key", "key"),
    ("C10", I, sts_error("SignatureDoesNotMatch", 403, EXPIRED_SIGNATURE), "red clock-skew", "42 minutes"),
    ("C13", I, sts_error("ExpiredToken", 403, "The security token is expired"), "red expired-session", "expired"),
    (
        "S12",
        B,
        sts_error("PackedPolicyTooLarge", 400, "Packed policy consumes 200%"),
        "unknown secret-unavailable",
        "r",
    ),
]


@pytest.mark.parametrize(("reply", "light", "word"), [each[2:] for each in OF_A_PROFILE])
def test_a_role_that_a_profile_may_not_assume_is_diagnosed(
    machine: Machine, reply: Reply, light: str, word: str
) -> None:
    with S3Faults({"AssumeRole": reply}) as server:
        role_profile(machine, server.url)
        shown = machine.check("r")
    assert said(shown) == light
    assert word in f"{shown.summary} {shown.fix} {shown.paste}"


def test_a_profile_whose_role_cannot_be_asked_for_is_not_proven(machine: Machine) -> None:
    with dead_port() as port:
        role_profile(machine, f"http://127.0.0.1:{port}", "retry_mode = standard", "max_attempts = 1")
        light = machine.check("r")
    assert said(light) == "unknown secret-unavailable"
    assert "EndpointConnectionError" in light.summary


def test_a_profile_whose_role_is_assumed_is_checked(machine: Machine) -> None:
    with S3Faults(world=World()) as server:
        role_profile(machine, server.url)
        result = check_uri(
            LOCATION,
            checker=Checker(),
            options=CheckOptions(),
            required=OPERATIONS,
            profile="r",
            endpoint_url=server.url,
            region=REGION,
        )
        agents = [request.headers["user-agent"] for request in server.seen]
    assert [light.state for light in result.local] == [State.GREEN] * 3
    assert all(f"bucketlight/{__version__}" in agent for agent in agents)


@shows("S10", B)
@pytest.mark.parametrize(
    ("line", "light"),
    [
        ("external_id = x", "red external-id-malformed"),
        ("role_session_name = x", "red profile-invalid"),
        ("role_arn = short", "red role-arn-malformed"),
        ("duration_seconds = 1", "red profile-invalid"),
    ],
)
def test_what_botocore_itself_refuses_in_a_profile_with_a_role_is_named(
    machine: Machine, line: str, light: str
) -> None:
    with S3Faults() as server:
        role_profile(machine, server.url, line)
        if line.startswith("role_arn"):
            config = machine.config.read_text().replace("role_arn = arn:aws:iam::111122223333:role/r\n", "")
            machine.config.write_text(config)
        assert said(machine.check("r")) == light
        assert server.seen == []
