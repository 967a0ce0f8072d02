"""Credentials from a profile or the ordinary chain: had, or refused with a cause and a fix; never asked for."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import botocore.exceptions
import pytest
from aws_machine import Machine, own_machine
from hypothesis import given
from hypothesis import strategies as st

from core.aws.credential_problems import PROBLEMS, problem_of, profile_option, redact
from core.aws.credentials import CredentialsError, ambient_credentials

SECRET = "canary-secret-0123456789-0123456789-0123"
KEYS = {"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": SECRET}


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return own_machine(tmp_path, monkeypatch)


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


@pytest.mark.parametrize("profile", ["my work", "x; rm -rf ~", "it's", "$(id)"])
def test_a_profile_whose_name_a_shell_would_part_stays_one_word_of_the_command(machine: Machine, profile: str) -> None:
    machine.config.write_text(
        f'[profile "{profile}"]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = r\n'
        "region = eu-west-3\n"
        "[sso-session corp]\nsso_start_url = https://corp.example.test/start\nsso_region = eu-west-3\n"
    )
    error = refusal(profile)
    assert error.cause == "sso-login-expired"
    command = error.fix.partition("`")[2].rpartition("`")[0]
    assert command == shlex.join(["aws", "sso", "login", "--profile", profile])


@given(st.text(min_size=1))
def test_the_option_that_names_a_profile_is_two_words_that_can_be_seen(profile: str) -> None:
    option = profile_option(profile)
    assert option.isprintable()
    assert shlex.split(option) == ["--profile", profile if profile.isprintable() else "NAME"]
    assert profile_option(None) == ""


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


# What a program says, shown without a secret


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("vault: connection refused\nsecond line", "vault: connection refused"),
        ("\n  \n/usr/local/bin/vault-helper: not logged in\n", "/usr/local/bin/vault-helper: not logged in"),
        ("error: could not resolve vault.corp.example.test", "error: could not resolve vault.corp.example.test"),
        ("bad token: abc", "bad token: …"),
        ("password=hunter2 rejected", "password=… rejected"),
        ("Secret is hunter2", "Secret is …"),
        (f"got {SECRET} instead", "got … instead"),
        ("got wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "got …"),
        ("for AKIAIOSFODNN7EXAMPLE", "for …"),
        ("bell \x07 and \x1b[31mred", "bell   and  [31mred"),
        ("", ""),
    ],
)
def test_of_what_a_program_writes_the_first_line_is_kept_without_a_secret(said: str, shown: str) -> None:
    assert redact(said) == shown


@given(st.text(max_size=400))
def test_whatever_a_program_writes_fits_a_line_that_can_be_shown(said: str) -> None:
    shown = redact(said)
    assert len(shown) <= 160
    assert "\n" not in shown
    assert all(each.isprintable() for each in shown)


@given(
    st.from_regex(r"[A-Za-z0-9/+]{40}", fullmatch=True).filter(
        lambda text: re.search(r"\d|[a-z][A-Z]|[A-Z][a-z]", text)
    )
)
def test_a_secret_access_key_is_never_shown(secret: str) -> None:
    assert secret not in redact(f"the tool printed {secret} and stopped")
    assert secret not in redact(f"secret={secret}")


def test_the_words_of_a_program_come_with_the_refusal(machine: Machine) -> None:
    machine.config.write_text(
        f"[profile p]\ncredential_process = {machine.program('import sys; sys.exit(chr(118) + str(len(sys.argv)))')}\n"
    )
    assert "It says: v1." in str(refusal("p"))


# What each reason is


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_reason_is_told_with_a_fix(name: str) -> None:
    error = CredentialsError.because(
        name, who="The profile p", option="--profile p", said="no", error="OSError", dataset="farm"
    )
    assert error.cause == PROBLEMS[name].cause == name.partition("/")[0]
    assert error.proven == PROBLEMS[name].proven
    assert str(error).endswith(".")
    assert error.fix.endswith(".")
    assert not re.search(r"[{}]|\[ ", f"{error} {error.fix}")


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (botocore.exceptions.LoginRefreshRequired(), "sso-login-expired/login"),
        (botocore.exceptions.LoginTokenLoadError(error_msg="x"), "sso-login-expired/login"),
        (botocore.exceptions.MissingDependencyException(msg="botocore[crt]"), "sso-login-expired/crt"),
        (botocore.exceptions.SSOTokenLoadError(error_msg="x"), "sso-login-expired"),
        (botocore.exceptions.TokenRetrievalError(provider="sso", error_msg="x"), "sso-login-expired"),
        (
            botocore.exceptions.CredentialRetrievalError(provider="custom-process", error_msg="x"),
            "credential-process-failed/said",
        ),
        (botocore.exceptions.CredentialRetrievalError(provider="iam-role", error_msg="x"), "secret-unavailable"),
        (botocore.exceptions.PartialCredentialsError(provider="env", cred_var="x"), "partial-credentials"),
        (botocore.exceptions.InvalidConfigError(error_msg="x"), "profile-invalid"),
        (KeyError("x"), "secret-unavailable"),
    ],
    ids=lambda each: each if isinstance(each, str) else type(each).__name__,
)
def test_what_botocore_raises_is_recognised_by_its_name(error: Exception, name: str) -> None:
    assert problem_of(error) == name
