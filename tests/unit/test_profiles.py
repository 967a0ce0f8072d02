"""The AWS profiles of this machine: listed without a secret or a request, read without anybody being asked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from aws_machine import Machine, own_machine

from core.access import Secret
from core.aws.credentials import CredentialsError, ambient_credentials
from core.aws.profiles import CodeWantedError, Profile, ProfileKind, list_profiles, read_profile

SECRET = "canary-secret-0123456789-0123456789-0123"
DEVICE, OTHER_DEVICE = "arn:aws:iam::111122223333:mfa/me", "arn:aws:iam::444455556666:mfa/me"
ROLE = "role_arn = arn:aws:iam::111122223333:role/r"
KEYS = f"aws_access_key_id = AKIAFARM\naws_secret_access_key = {SECRET}"


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return own_machine(tmp_path, monkeypatch)


def kinds() -> dict[str, str]:
    """Give the kind of each profile."""
    return {profile.name: profile.kind for profile in list_profiles()}


def devices() -> dict[str, str | None]:
    """Give the MFA device of each profile that has one."""
    return {profile.name: profile.mfa_serial for profile in list_profiles() if profile.mfa_serial}


# The list


def test_a_machine_without_files_has_no_profiles() -> None:
    assert list_profiles() == ()


def test_the_profiles_of_both_files_are_listed_each_once(machine: Machine) -> None:
    machine.config.write_text('[default]\nregion = eu-west-3\n[profile "my work"]\noutput = json\n')
    machine.credentials.write_text(f"[default]\n{KEYS}\n[old]\n{KEYS}\n")
    assert list_profiles() == (
        Profile("default", ProfileKind.KEYS, None, "eu-west-3"),
        Profile("my work", ProfileKind.OTHER, None, None),
        Profile("old", ProfileKind.KEYS, None, None),
    )


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (KEYS, "keys"),
        ("aws_access_key_id = AKIAHALF", "keys"),
        (f"{ROLE}\nsource_profile = base", "role"),
        (f"{ROLE}\nsource_profile = p\n{KEYS}", "role"),
        (f"{ROLE}\ncredential_source = Environment", "role"),
        (f"{ROLE}\nweb_identity_token_file = /t", "other"),
        ("sso_session = corp\nsso_account_id = 111122223333\nsso_role_name = r", "sso"),
        (
            "sso_start_url = https://c.example.test\nsso_region = eu-west-3\nsso_account_id = 1\nsso_role_name = r",
            "sso",
        ),
        ("credential_process = /bin/tool", "process"),
        ("login_session = arn:aws:iam::111122223333:user/me", "other"),
        ("region = eu-west-3", "other"),
    ],
)
def test_a_profile_is_of_the_kind_that_its_settings_say(machine: Machine, lines: str, kind: str) -> None:
    machine.configure(p=lines)
    assert kinds() == {"p": kind}


def test_an_sso_session_is_no_profile(machine: Machine) -> None:
    machine.config.write_text("[sso-session corp]\nsso_region = eu-west-3\n[services s]\ns3 =\n  endpoint_url = x\n")
    assert kinds() == {}


def test_a_device_is_named_where_its_code_will_be_asked_for(machine: Machine) -> None:
    mfa = f"mfa_serial = {DEVICE}"
    machine.configure(
        base=KEYS,
        keys=f"{KEYS}\n{mfa}",  # botocore asks for no code where keys are
        own=f"{ROLE}\nsource_profile = base\n{mfa}",
        plain=f"{ROLE}\nsource_profile = base",
        chained=f"{ROLE}\nsource_profile = own",
        both=f"{ROLE}\nsource_profile = own\nmfa_serial = {OTHER_DEVICE}",
        itself=f"{ROLE}\nsource_profile = itself\n{mfa}\n{KEYS}",
        behind=f"{ROLE}\nsource_profile = itself",  # which has keys
        gone=f"{ROLE}\nsource_profile = nowhere",
        left=f"{ROLE}\nsource_profile = right",
        right=f"{ROLE}\nsource_profile = left",
    )
    assert devices() == {"own": DEVICE, "chained": DEVICE, "both": OTHER_DEVICE, "itself": DEVICE}


def test_an_indented_block_is_no_value(machine: Machine) -> None:
    machine.configure(p="region =\n  a = b")
    assert list_profiles() == (Profile("p", ProfileKind.OTHER, None, None),)


@pytest.mark.parametrize("variable", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_the_list_does_not_mind_a_variable_that_names_none(
    machine: Machine, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.configure(p=KEYS)
    monkeypatch.setenv(variable, "nope")
    assert kinds() == {"p": "keys"}


@pytest.mark.parametrize("text", [b"this is [ no config", b"[profile a]\nregion = \xff\n", b"[a]\n[a]\n"])
def test_a_file_that_is_none_of_awss_is_the_configurations_fault(machine: Machine, text: bytes) -> None:
    machine.config.write_bytes(text)
    for ask in (list_profiles, lambda: read_profile("p")):
        with pytest.raises(CredentialsError) as caught:
            ask()
        assert caught.value.cause == "profile-invalid"
        assert caught.value.fix.endswith(".")


def test_the_list_holds_no_secret(machine: Machine) -> None:
    machine.credentials.write_text(f"[farm]\n{KEYS}\n")
    assert SECRET not in repr(list_profiles())
    assert not any(SECRET in str(getattr(list_profiles()[0], name)) for name in Profile.__slots__)


# One profile


def test_a_profile_gives_its_keys_and_not_those_of_the_environment(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.credentials.write_text(f"[farm]\n{KEYS}\naws_session_token = t\n")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    access = read_profile("farm")
    assert (access.access_key_id, access.secret_access_key.reveal()) == ("AKIAFARM", SECRET)
    assert access.session_token == Secret("t")
    assert SECRET not in repr(access)


def test_a_code_that_nobody_wanted_changes_nothing(machine: Machine) -> None:
    machine.credentials.write_text(f"[farm]\n{KEYS}\n")
    assert read_profile("farm", code=Secret("123456")) == read_profile("farm")


def test_a_process_gives_the_keys_that_it_prints(machine: Machine, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(f"""print('{{"Version": 1, "AccessKeyId": "AKIAP", "SecretAccessKey": "{SECRET}"}}')""")
    machine.configure(p=f"credential_process = {sys.executable} {program}")
    assert read_profile("p").access_key_id == "AKIAP"


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        ("aws_access_key_id = AKIAHALF", "partial-credentials"),
        (f"{ROLE}\nsource_profile = gone", "profile-invalid"),
        (f"{ROLE}\nsource_profile = base\nmfa_serial =", "profile-invalid"),
        ("credential_process = /nowhere/tool", "credential-process-failed"),
        ("sso_account_id = 111122223333\nsso_role_name = r", "profile-invalid"),
        ("region = eu-west-3", "no-credentials"),
    ],
)
def test_a_profile_without_credentials_says_why(machine: Machine, lines: str, cause: str) -> None:
    machine.configure(base=KEYS, p=lines)
    with pytest.raises(CredentialsError) as caught:
        read_profile("p", code=Secret("123456"))
    assert caught.value.cause == cause
    assert SECRET not in f"{caught.value!r} {caught.value} {caught.value.fix}"


def test_a_profile_that_is_not_there_is_named() -> None:
    with pytest.raises(CredentialsError) as caught:
        read_profile("nope")
    assert caught.value.cause == "profile-invalid"
    assert "nope" in str(caught.value)


# One that wants a code


@pytest.mark.parametrize("name", ["guarded", "chained"])
def test_a_wanted_code_is_asked_for_by_its_device_and_not_on_the_terminal(machine: Machine, name: str) -> None:
    machine.configure(
        base=KEYS,
        guarded=f"{ROLE}\nsource_profile = base\nmfa_serial = {DEVICE}\nregion = eu-west-3",
        chained=f"{ROLE}\nsource_profile = guarded\nregion = eu-west-3",
    )
    with pytest.raises(CodeWantedError) as caught:
        read_profile(name)
    assert (caught.value.mfa_serial, caught.value.refused) == (DEVICE, False)
    with pytest.raises(CredentialsError) as refused:
        ambient_credentials(name)
    assert refused.value.cause == "mfa-needed"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "१२३४५६", "-12345", "123456\n1"])
def test_a_code_that_is_not_six_digits_is_asked_for_again_and_not_sent(machine: Machine, code: str) -> None:
    machine.configure(
        base=KEYS,
        # Whoever sends it meets a server that is not there, and another error.
        guarded=f"{ROLE}\nsource_profile = base\nmfa_serial = {DEVICE}\nendpoint_url = http://127.0.0.1:1",
    )
    with pytest.raises(CodeWantedError) as caught:
        read_profile("guarded", code=Secret(code))
    assert (caught.value.mfa_serial, caught.value.refused) == (DEVICE, True)
    assert not code or code not in f"{caught.value!r} {caught.value}"


def test_a_profile_that_wants_two_codes_says_that_one_is_not_enough(machine: Machine) -> None:
    machine.configure(
        base=KEYS,
        inner=f"{ROLE}\nsource_profile = base\nmfa_serial = {DEVICE}",
        outer=f"{ROLE}\nsource_profile = inner\nmfa_serial = {OTHER_DEVICE}",
    )
    with pytest.raises(CredentialsError) as caught:
        read_profile("outer", code=Secret("123456"))
    assert caught.value.cause == "mfa-needed"
    assert "two MFA codes" in str(caught.value)
