"""Credentials from a profile or the ordinary chain: had, or refused with a cause and a fix; never asked for."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from core.aws.credentials import CredentialsError, ambient_credentials

SECRET = "canary-secret-0123456789-0123456789-0123"
KEYS = {"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": SECRET}


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


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Give this machine a configuration of its own, which is empty at first."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    made = Machine(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(made.config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(made.credentials))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr("getpass.getpass", _asked)
    monkeypatch.setattr("builtins.input", _asked)
    return made


def _asked(*_: object) -> str:
    raise AssertionError("somebody was asked")


def refusal(profile: str | None = None) -> CredentialsError:
    """Ask for credentials that cannot be had."""
    with pytest.raises(CredentialsError) as caught:
        ambient_credentials(profile)
    assert SECRET not in f"{caught.value!r} {caught.value} {caught.value.fix}"
    assert str(caught.value).endswith(".")
    assert caught.value.fix.endswith(".")
    return caught.value


def test_a_profile_gives_its_keys(machine: Machine) -> None:
    machine.credentials.write_text(f"[farm]\naws_access_key_id = AKIAFARM\naws_secret_access_key = {SECRET}\n")
    access = ambient_credentials("farm")
    assert (access.access_key_id, access.secret_access_key.reveal(), access.session_token) == ("AKIAFARM", SECRET, None)
    assert SECRET not in repr(access)


def test_the_environment_gives_its_keys_with_their_session(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ACCESS_KEY_ID", "ASIA1"), ("SECRET_ACCESS_KEY", SECRET), ("SESSION_TOKEN", "token")):
        monkeypatch.setenv(f"AWS_{name}", value)
    access = ambient_credentials()
    assert access.access_key_id == "ASIA1"
    assert access.session_token is not None
    assert access.session_token.reveal() == "token"


def test_a_process_gives_the_keys_that_it_prints(machine: Machine) -> None:
    printed = json.dumps(KEYS)
    machine.config.write_text(f"[profile p]\ncredential_process = {machine.program(f'print({printed!r})')}\n")
    assert ambient_credentials("p").access_key_id == "AKIAPROCESS"


def test_nothing_configured_is_said_with_both_ways_out() -> None:
    error = refusal()
    assert error.cause == "no-credentials"
    assert "--profile" in error.fix
    assert "AWS_ACCESS_KEY_ID" in error.fix


def test_a_profile_that_is_not_there_is_named() -> None:
    error = refusal("nope")
    assert error.cause == "profile-invalid"
    assert "nope" in str(error)


def test_a_profile_variable_that_names_none_is_the_configurations_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nope")
    assert refusal().cause == "profile-invalid"


def test_a_config_file_that_cannot_be_read_is_the_profiles_fault(machine: Machine) -> None:
    machine.config.write_text("this is [ no config")
    assert refusal("farm").cause == "profile-invalid"


def test_a_profile_that_points_to_none_is_named(machine: Machine) -> None:
    machine.config.write_text("[profile p]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = gone\n")
    assert refusal("p").cause == "profile-invalid"


@pytest.mark.parametrize(
    "lines", ["aws_access_key_id = AKIAFARM", "aws_access_key_id = AKIAFARM\naws_session_token = t"]
)
def test_half_a_key_in_a_profile_is_said(machine: Machine, lines: str) -> None:
    machine.credentials.write_text(f"[farm]\n{lines}\n")
    error = refusal("farm")
    assert error.cause == "partial-credentials"
    assert "half" in str(error)


def test_half_a_key_in_the_environment_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAFARM")
    assert refusal().cause == "partial-credentials"


def test_a_profile_that_wants_a_code_is_not_answered_and_nobody_is_asked(machine: Machine) -> None:
    machine.credentials.write_text(f"[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = {SECRET}\n")
    machine.config.write_text(
        "[profile guarded]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = base\n"
        "mfa_serial = arn:aws:iam::111122223333:mfa/me\nregion = eu-west-3\n"
    )
    error = refusal("guarded")
    assert error.cause == "mfa-needed"
    assert "get-session-token" in error.fix


def test_a_login_that_is_over_names_the_command_for_a_new_one(machine: Machine) -> None:
    machine.config.write_text(
        "[profile s]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = r\nregion = eu-west-3\n"
        "[sso-session corp]\nsso_start_url = https://corp.example.test/start\nsso_region = eu-west-3\n"
    )
    error = refusal("s")
    assert error.cause == "sso-login-expired"
    assert "aws sso login --profile s" in error.fix


PROGRAMS = {
    "fails": f"import sys; sys.exit('no {SECRET}')",
    "prints-no-json": f"print('hello {SECRET}')",
    "prints-half": f"""print('{{"Version": 1, "SecretAccessKey": "{SECRET}"}}')""",
    "prints-another-version": "print('{\"Version\": 9}')",
}


@pytest.mark.parametrize("source", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_a_process_that_fails_is_to_be_run_by_hand(machine: Machine, source: str) -> None:
    machine.config.write_text(f"[profile p]\ncredential_process = {machine.program(source)}\n")
    error = refusal("p")
    assert error.cause == "credential-process-failed"
    assert "by hand" in error.fix


def test_a_process_that_is_not_there_is_to_be_run_by_hand(machine: Machine) -> None:
    machine.config.write_text("[profile p]\ncredential_process = /nowhere/tool\n")
    assert refusal("p").cause == "credential-process-failed"


@pytest.mark.parametrize(
    "source",
    [
        "print('[]')",
        "print('3')",
        f"print({json.dumps({**KEYS, 'Expiration': '2020-01-01T00:00:00Z'})!r})",
        f"print({json.dumps({**KEYS, 'Expiration': 'soon'})!r})",
    ],
    ids=["a-list", "a-number", "over-already", "no-date"],
)
def test_a_process_that_prints_what_nobody_expects_still_has_a_cause_and_a_fix(machine: Machine, source: str) -> None:
    machine.config.write_text(f"[profile p]\ncredential_process = {machine.program(source)}\n")
    assert refusal("p").cause in {"credential-process-failed", "secret-unavailable"}
