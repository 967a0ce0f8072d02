"""Where the credentials of a check come from, and what is said where they cannot be had. Nobody is ever asked."""

from __future__ import annotations

import dataclasses
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.access import Access, AccessKind, CredentialSource, Secret, SourceKind, UserAccess
from core.aws.credentials import CredentialsError
from core.dataset import Dataset, Datasource, Purpose
from core.lightly.client import LightlyClient
from core.lights.check import Checker
from core.lights.states import State
from core.lights.target import CheckOptions
from core.location import S3Location
from core.needs import OPERATIONS, Needs
from core.recheck import Credentials, check_uri, credentials_of, exit_code, recheck, token_of
from core.store.secrets import MemorySecretStore, SecretUnavailableError

PLATFORM = "https://platform.example.test"
KEY = UserAccess("AKIAFARM000000000000", Secret("canary-secret"))
LOCATION = S3Location("datalake", "a/")


@pytest.fixture(autouse=True)
def _no_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("AWS_", "LIGHTLY_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


class LockedStore(MemorySecretStore):
    """A keyring that is locked."""

    def get_access(self, platform_url: str, dataset: str) -> dict[Purpose, Access]:
        raise SecretUnavailableError("The keyring is locked.", "Unlock it.")

    def get_token(self, platform_url: str) -> Secret | None:
        raise SecretUnavailableError("The keyring is locked.", "Unlock it.")


def dataset_with(source: CredentialSource, purpose: Purpose = Purpose.INPUT_OUTPUT) -> tuple[Dataset, Datasource]:
    datasource = Datasource(
        purpose=purpose,
        location=LOCATION,
        region="eu-central-1",
        access=AccessKind.USER,
        access_key_id=KEY.access_key_id,
        credentials=source,
        endpoint_url="http://127.0.0.1:9",
    )
    return Dataset(
        name="farm-animals",
        dataset_id=None,
        needs=Needs(),
        platform_url=PLATFORM,
        datasources=(datasource,),
    ), datasource


def key_of(dataset: Dataset, datasource: Datasource, secrets: MemorySecretStore) -> UserAccess:
    found = credentials_of(dataset, datasource, secrets)
    assert found.access is not None
    assert found.role is None
    return found.access


KEYRING = CredentialSource(SourceKind.KEYRING)
ENVIRONMENT = CredentialSource(SourceKind.ENVIRONMENT)


def set_environment(monkeypatch: pytest.MonkeyPatch, key_id: str) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "from-environment")


def test_the_keyring_gives_the_key_of_the_purpose() -> None:
    secrets = MemorySecretStore()
    other = UserAccess("AKIAOTHER", Secret("x"))
    secrets.put_access(PLATFORM, "farm-animals", {Purpose.INPUT_OUTPUT: KEY, Purpose.LIGHTLY: other})
    assert credentials_of(*dataset_with(KEYRING), secrets) == Credentials(KEY)


@pytest.mark.parametrize("secrets", [MemorySecretStore(), LockedStore()], ids=["empty", "locked"])
def test_the_environment_stands_in_for_the_keyring_where_its_key_is_the_same(
    monkeypatch: pytest.MonkeyPatch, secrets: MemorySecretStore
) -> None:
    set_environment(monkeypatch, KEY.access_key_id)
    assert key_of(*dataset_with(KEYRING), secrets).secret_access_key.reveal() == "from-environment"


@pytest.mark.parametrize(
    ("secrets", "word"), [(MemorySecretStore(), "farm-animals"), (LockedStore(), "locked")], ids=["empty", "locked"]
)
def test_another_key_in_the_environment_does_not_stand_in(
    monkeypatch: pytest.MonkeyPatch, secrets: MemorySecretStore, word: str
) -> None:
    set_environment(monkeypatch, "AKIASOMEONEELSES0000")
    with pytest.raises(CredentialsError, match=word) as caught:
        credentials_of(*dataset_with(KEYRING), secrets)
    assert caught.value.cause == "secret-unavailable"
    assert caught.value.fix


def test_the_environment_gives_the_key_where_it_is_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CredentialsError, match="environment") as caught:
        credentials_of(*dataset_with(ENVIRONMENT), MemorySecretStore())
    assert caught.value.cause == "secret-unavailable"
    set_environment(monkeypatch, "AKIAANY")
    assert key_of(*dataset_with(ENVIRONMENT), MemorySecretStore()).access_key_id == "AKIAANY"


def test_a_profile_gives_the_key_where_it_is_the_source(tmp_path: Path) -> None:
    source = CredentialSource(SourceKind.PROFILE, "farm")
    with pytest.raises(CredentialsError) as caught:
        credentials_of(*dataset_with(source), MemorySecretStore())
    assert caught.value.cause == "profile-invalid"
    (tmp_path / "credentials").write_text("[farm]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\n")
    assert key_of(*dataset_with(source), MemorySecretStore()).access_key_id == "AKIAPROFILE"


def test_a_missing_secret_is_not_proven_and_the_rest_is_told() -> None:
    dataset, _ = dataset_with(KEYRING)
    [result] = recheck(dataset, checker=Checker(), secrets=LockedStore(), options=CheckOptions())
    assert {(light.state, light.cause) for light in result.local if light.required} == {
        (State.UNKNOWN, "secret-unavailable")
    }
    assert "The keyring is locked." in result.local[0].summary
    assert result.local[0].fix == "Unlock it."
    assert exit_code((result,)) == 3
    assert "canary" not in repr(result)


class Refusing(http.server.BaseHTTPRequestHandler):
    """A platform that can only list."""

    def do_GET(self) -> None:
        body = b'{"canList": true, "canRead": false, "canWrite": false, "canOverwrite": false}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def refusing() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("restricted", [False, True])
def test_where_access_is_restricted_it_is_said_that_the_platforms_red_can_be_right(
    refusing: str, restricted: bool
) -> None:
    dataset, _ = dataset_with(KEYRING)
    dataset = dataclasses.replace(dataset, dataset_id="0123456789abcdef01234567", restricted=restricted)
    [result] = recheck(
        dataset,
        checker=Checker(),
        secrets=LockedStore(),
        options=CheckOptions(),
        client=lambda: LightlyClient(refusing, Secret("canary-token")),
    )
    assert [light.state for light in result.platform] == [State.GREEN, State.RED, State.OFF]
    assert result.restricted is restricted
    assert exit_code((result,)) == (3 if restricted else 1)
    assert [note.cause for note in result.notes] == ["platform-denies"] * restricted
    for note in result.notes:
        assert "IP range or a VPC" in note.summary
        assert "bypass_verify=True" in note.fix


def test_without_a_red_light_of_the_platform_nothing_is_said_about_restrictions() -> None:
    dataset = dataclasses.replace(dataset_with(KEYRING)[0], restricted=True)
    [result] = recheck(dataset, checker=Checker(), secrets=LockedStore(), options=CheckOptions())
    assert (result.restricted, result.notes) == (True, ())


def test_no_credentials_for_a_uri_are_red_with_a_fix() -> None:
    result = check_uri(LOCATION, checker=Checker(), options=CheckOptions(), required=OPERATIONS[:2])
    assert [(light.state, light.cause) for light in result.local] == [
        (State.RED, "no-credentials"),
        (State.RED, "no-credentials"),
        (State.OFF, None),
    ]
    assert exit_code((result,)) == 1


def test_a_profile_that_wants_a_code_is_not_proven(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = s\n")
    (tmp_path / "config").write_text(
        "[profile guarded]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = base\nregion = eu-west-3\n"
        "mfa_serial = arn:aws:iam::111122223333:mfa/me\n"
    )
    result = check_uri(LOCATION, checker=Checker(), options=CheckOptions(), required=OPERATIONS[:2], profile="guarded")
    assert result.local[0].cause == "mfa-needed"
    assert exit_code((result,)) == 3


def test_a_source_that_hangs_holds_a_check_up_no_longer_than_its_deadline() -> None:
    release = threading.Event()

    class Hanging(MemorySecretStore):
        def get_access(self, platform_url: str, dataset: str) -> dict[Purpose, Access]:
            release.wait(60)
            return {}

    dataset, _ = dataset_with(KEYRING)
    [result] = recheck(dataset, checker=Checker(), secrets=Hanging(), options=CheckOptions(deadline=0.2))
    release.set()
    assert result.local[0].cause == "secret-unavailable"
    assert "in time" in result.local[0].summary


def test_a_token_comes_from_the_environment_then_the_keyring_and_else_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secrets = MemorySecretStore()
    assert token_of(PLATFORM, secrets) is None
    assert token_of(PLATFORM, LockedStore()) is None
    secrets.put_token(PLATFORM, Secret("kept"))
    assert token_of(PLATFORM, secrets) == Secret("kept")
    monkeypatch.setenv("LIGHTLY_TOKEN", "set")
    assert token_of(PLATFORM, secrets) == Secret("kept"), "the variable is for the environment's platform"
    assert token_of(PLATFORM, secrets, named=PLATFORM) == Secret("set")
    monkeypatch.setenv("LIGHTLY_SERVER_LOCATION", PLATFORM)
    assert token_of(PLATFORM, secrets) == Secret("set")
