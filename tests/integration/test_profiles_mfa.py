"""A profile that wants an MFA code: the code travels to a real STS, and what STS says to it is understood."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import boto3
import pytest
from moto.server import ThreadedMotoServer
from s3_faults import REGION, SESSION_KEY, Reply, Request, S3Faults, calm, dead_port, sts_error

from core.access import Secret
from core.aws.credentials import CredentialsError, ambient_credentials
from core.aws.profiles import CodeWantedError, list_profiles, read_profile

SECRET = "canary-secret-0123456789-0123456789-0123"
DEVICE = "arn:aws:iam::111122223333:mfa/me"
CODE = "314159"
WRONG = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
UNKNOWN = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  "
    "Please verify your MFA serial number is valid and associated with this user."
)


@pytest.fixture(autouse=True)
def _nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object) -> str:
        raise AssertionError("somebody was asked")

    calm(monkeypatch)
    monkeypatch.setattr("getpass.getpass", asked)
    monkeypatch.setattr("getpass.unix_getpass", asked)
    monkeypatch.setattr(sys, "stdin", io.StringIO())


class Machine:
    """A machine with a profile `guarded`, whose role wants a code, and one `chained` behind it."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config"
        self.credentials = folder / "credentials"

    def use(self, url: str | None, *more: str) -> None:
        """Write the profiles; STS is at `url`, or where the environment says."""
        self.credentials.write_text(f"[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = {SECRET}\n")
        common = [f"region = {REGION}", *([f"endpoint_url = {url}"] if url else []), *more]
        role = "role_arn = arn:aws:iam::123456789012:role/"
        guarded = [f"{role}lightly", "source_profile = base", f"mfa_serial = {DEVICE}", *common]
        chained = [f"{role}second", "source_profile = guarded", *common]
        self.config.write_text("\n".join(["[profile guarded]", *guarded, "[profile chained]", *chained, ""]))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Give this machine a configuration of its own."""
    made = Machine(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(made.config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(made.credentials))
    return made


@pytest.fixture(scope="module")
def sts() -> Iterator[str]:
    """Run AWS's STS as moto plays it, and give its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        # A sandbox that is still open in this process lets moto check every key, and these it does not know.
        patch.setattr("moto.settings.INITIAL_NO_AUTH_ACTION_COUNT", float("inf"))
        yield f"http://{host}:{port}"
    server.stop()


def fields(request: Request) -> dict[str, str]:
    """Give the parameters of a request to STS."""
    return dict(parse_qsl(request.body.decode()))


def wanted(name: str, code: str | None) -> CodeWantedError:
    """Read a profile that wants a code, or another one."""
    with pytest.raises(CodeWantedError) as caught:
        read_profile(name, code=Secret(code) if code is not None else None)
    assert not code or code not in f"{caught.value!r} {caught.value}"
    return caught.value


@pytest.mark.parametrize(("name", "role"), [("guarded", "lightly"), ("chained", "second")])
def test_with_its_code_a_profile_gives_a_session_of_its_role(machine: Machine, sts: str, name: str, role: str) -> None:
    machine.use(sts)
    access = read_profile(name, code=Secret(CODE))
    assert access.access_key_id.startswith("ASIA")
    assert access.session_token
    client = boto3.client(
        "sts",
        region_name=REGION,
        endpoint_url=sts,
        aws_access_key_id=access.access_key_id,
        aws_secret_access_key=access.secret_access_key.reveal(),
        aws_session_token=access.session_token.reveal(),
    )
    assert f"assumed-role/{role}/" in client.get_caller_identity()["Arn"]


def test_the_address_of_sts_may_stand_in_the_environment(
    machine: Machine, sts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.use(None)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts)
    assert read_profile("guarded", code=Secret(CODE)).access_key_id.startswith("ASIA")


@pytest.mark.parametrize("typed", [CODE, "314 159", " 314159\n"])
def test_the_code_is_sent_as_six_digits_with_its_device(machine: Machine, typed: str) -> None:
    with S3Faults() as server:
        machine.use(server.url)
        assert read_profile("guarded", code=Secret(typed)).access_key_id == SESSION_KEY
        [request] = server.seen
    assert (fields(request)["SerialNumber"], fields(request)["TokenCode"]) == (DEVICE, CODE)


def test_on_the_way_to_a_second_role_only_the_first_gets_the_code(machine: Machine) -> None:
    with S3Faults() as server:
        machine.use(server.url)
        read_profile("chained", code=Secret(CODE))
        sent = [fields(request) for request in server.seen]
    assert [(each["RoleArn"].rpartition("/")[2], each.get("TokenCode")) for each in sent] == [
        ("lightly", CODE),
        ("second", None),
    ]


def test_without_a_code_nothing_is_sent(machine: Machine) -> None:
    with S3Faults() as server:
        machine.use(server.url)
        asked = wanted("guarded", None)
        with pytest.raises(CredentialsError) as caught:
            ambient_credentials("guarded")
        list_profiles()
        assert server.seen == []
    assert (asked.mfa_serial, asked.refused) == (DEVICE, False)
    assert caught.value.cause == "mfa-needed"


@pytest.mark.parametrize("name", ["guarded", "chained"])
def test_a_refused_code_is_asked_for_again_and_the_next_one_counts(machine: Machine, name: str) -> None:
    def judge(request: Request) -> Reply:
        right = fields(request).get("TokenCode") in {CODE, None}
        return server.world(request) if right else sts_error("AccessDenied", 403, WRONG)

    with S3Faults({"AssumeRole": judge}) as server:
        machine.use(server.url)
        again = wanted(name, "000000")
        assert len(server.seen) == 1  # a code counts once, a refused one is not sent again
        assert read_profile(name, code=Secret(CODE)).access_key_id == SESSION_KEY
    assert (again.mfa_serial, again.refused) == (DEVICE, True)


def test_a_device_that_sts_does_not_know_is_the_profiles_fault(machine: Machine) -> None:
    with S3Faults({"AssumeRole": sts_error("AccessDenied", 403, UNKNOWN)}) as server:
        machine.use(server.url)
        with pytest.raises(CredentialsError) as caught:
            read_profile("guarded", code=Secret(CODE))
    assert caught.value.cause == "profile-invalid"
    assert not caught.value.proven
    assert DEVICE in str(caught.value)
    assert "mfa_serial" in caught.value.fix
    assert caught.value.refusal is not None
    assert caught.value.refusal.code == "AccessDenied"


@pytest.mark.parametrize(
    "reply",
    [
        sts_error("AccessDenied", 403, "User: x is not authorized to perform: sts:AssumeRole on resource: y"),
        sts_error("ExpiredToken", 403, "The security token included in the request is expired"),
        sts_error("Throttling", 400, "Rate exceeded"),
        Reply(200, b"<html>Welcome to the hotel</html>"),
    ],
    ids=["denied", "expired", "throttled", "portal"],
)
def test_what_is_not_the_codes_fault_asks_for_no_other_one(machine: Machine, reply: Reply) -> None:
    with S3Faults({"AssumeRole": reply}) as server:
        machine.use(server.url, "retry_mode = standard", "max_attempts = 1")
        with pytest.raises(CredentialsError) as caught:
            read_profile("guarded", code=Secret(CODE))
    assert CODE not in f"{caught.value!r} {caught.value} {caught.value.fix} {caught.value.refusal!r}"


def test_an_sts_that_cannot_be_reached_asks_for_no_other_code(machine: Machine) -> None:
    with dead_port() as port:
        machine.use(f"http://127.0.0.1:{port}", "retry_mode = standard", "max_attempts = 1")
        with pytest.raises(CredentialsError) as caught:
            read_profile("guarded", code=Secret(CODE))
    assert caught.value.cause == "secret-unavailable"


def test_neither_code_nor_secret_is_printed_or_logged(
    machine: Machine, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with S3Faults({"AssumeRole": sts_error("AccessDenied", 403, WRONG)}) as server:
        machine.use(server.url)
        wanted("guarded", CODE)
    said = "".join([*capfd.readouterr(), caplog.text])
    assert CODE not in said
    assert SECRET not in said
