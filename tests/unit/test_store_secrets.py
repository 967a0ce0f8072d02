"""Where secrets go: which keyrings are trusted, what happens when one fails, and what never leaves."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

import keyring
import keyring.core
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null
from keyring.errors import KeyringLocked, PasswordDeleteError

import core
from core.access import AccessKind, DelegatedAccess, Secret, UserAccess
from core.dataset import Purpose
from core.store.environment import environment_access, environment_token, missing_half
from core.store.keyring_thread import KeyringThread
from core.store.secrets import (
    KeyringSecretStore,
    MemorySecretStore,
    SecretStore,
    SecretUnavailableError,
    open_secret_store,
)

_PLATFORM = "https://api.lightly.ai"
_CANARY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCANARYKEY"
_ACCESS = {
    Purpose.INPUT: UserAccess("AKIAIOSFODNN7EXAMPLE", Secret(_CANARY)),
    Purpose.LIGHTLY: UserAccess("AKIAI44QH8DHBEXAMPLE", Secret("other")),
}


class GoodBackend(KeyringBackend):
    """Keeps items in memory, as strictly as the real ones: deleting what is not there is an error."""

    priority = 1
    viable = False  # not to be found by a search for keyrings, in this test or another

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.items: dict[tuple[str, str], str] = {}
        self.calls: list[str] = []

    def get_password(self, service: str, username: str) -> str | None:
        self.calls.append(threading.current_thread().name)
        return self.items.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.calls.append(threading.current_thread().name)
        self.items[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.calls.append(threading.current_thread().name)
        if (service, username) not in self.items:
            raise PasswordDeleteError("not there")
        del self.items[service, username]


class LockedBackend(GoodBackend):
    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"could not save {password}")


class HangingBackend(GoodBackend):
    """Answers nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def set_password(self, service: str, username: str, password: str) -> None:
        self.calls.append("set")
        self.let_go.wait()


class DyingBackend(GoodBackend):
    """Works until it is killed; then fails as a broken connection does, and quotes the secret."""

    is_dead = False

    def get_password(self, service: str, username: str) -> str | None:
        found = super().get_password(service, username)
        if self.is_dead:
            raise ConnectionResetError(f"lost {found}")
        return found

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.is_dead:
            raise ConnectionResetError(f"lost {password}")
        super().set_password(service, username, password)


class ForgetfulBackend(GoodBackend):
    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class ReadOnlyBackend(GoodBackend):
    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


class PlaintextKeyring(GoodBackend):
    pass


class StrictFileBackend(GoodBackend):
    """Stands for the file keyrings of the packages `keyrings.alt` and `keyrings.cryptfile`."""

    __module__ = "keyrings.cryptfile.cryptfile"


def _chain(*members: KeyringBackend) -> KeyringBackend:
    class Chain(chainer.ChainerBackend):
        backends = members
        priority = 10
        viable = False

    return Chain()  # type: ignore[no-untyped-call]


@pytest.fixture(autouse=True)
def _own_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)


def _store(backend: KeyringBackend, timeout: float = 30.0) -> KeyringSecretStore:
    keyring.set_keyring(backend)
    return KeyringSecretStore(thread=KeyringThread(), timeout=timeout)


@pytest.fixture(params=["memory", "keyring"])
def store(request: pytest.FixtureRequest) -> SecretStore:
    return MemorySecretStore() if request.param == "memory" else _store(GoodBackend())


def test_what_was_put_is_got_until_it_is_deleted(store: SecretStore) -> None:
    assert store.get_access(_PLATFORM, "farm") == {}
    assert store.get_token(_PLATFORM) is None
    assert store.get_draft_external_id(_PLATFORM) is None
    store.put_access(_PLATFORM, "farm", _ACCESS)
    store.put_token(_PLATFORM, Secret("token"))
    store.put_draft_external_id(_PLATFORM, Secret("lightly-123"))
    assert store.get_access(_PLATFORM, "farm") == _ACCESS
    assert store.get_token(_PLATFORM) == Secret("token")
    assert store.get_draft_external_id(_PLATFORM) == Secret("lightly-123")
    for _ in range(2):  # the second time there is nothing to delete, and that is fine
        store.delete_access(_PLATFORM, "farm")
        store.delete_draft_external_id(_PLATFORM)
    assert store.get_access(_PLATFORM, "farm") == {}
    assert store.get_draft_external_id(_PLATFORM) is None
    assert store.get_token(_PLATFORM) == Secret("token")


def test_the_external_id_of_a_draft_that_was_set_aside_is_kept_apart(store: SecretStore) -> None:
    store.put_draft_external_id(_PLATFORM, Secret("lightly-123"))
    store.put_draft_external_id(_PLATFORM, Secret("lightly-456"), "aside one")
    store.delete_draft_external_id(_PLATFORM)
    assert store.get_draft_external_id(_PLATFORM) is None
    assert store.get_draft_external_id(_PLATFORM, "aside one") == Secret("lightly-456")
    assert store.get_draft_external_id(_PLATFORM, "aside two") is None


def test_putting_access_replaces_all_that_was_kept_for_the_dataset(store: SecretStore) -> None:
    store.put_access(_PLATFORM, "farm", _ACCESS)
    store.put_access(_PLATFORM, "farm", {Purpose.INPUT_OUTPUT: _ACCESS[Purpose.INPUT]})
    assert store.get_access(_PLATFORM, "farm") == {Purpose.INPUT_OUTPUT: _ACCESS[Purpose.INPUT]}


def test_datasets_and_platforms_do_not_share_secrets(store: SecretStore) -> None:
    store.put_access(_PLATFORM, "farm", _ACCESS)
    store.put_token(_PLATFORM, Secret("token"))
    store.put_draft_external_id(_PLATFORM, Secret("lightly-123"))
    assert store.get_access(_PLATFORM, "farm2") == {}
    assert store.get_draft_external_id("https://other.example") is None
    assert store.get_access("https://other.example", "farm") == {}
    assert store.get_token("https://other.example") is None
    assert store.get_token(f"{_PLATFORM}:8443") is None
    assert store.get_token("https://API.lightly.ai:443/v1") == Secret("token")


def test_an_address_without_a_host_is_refused(store: SecretStore) -> None:
    with pytest.raises(ValueError, match="names no host"):
        store.put_token("api.lightly.ai", Secret("token"))


def test_temporary_credentials_are_not_saved(store: SecretStore) -> None:
    with pytest.raises(ValueError, match="Temporary credentials are not saved") as caught:
        store.put_access(_PLATFORM, "farm", {Purpose.INPUT: UserAccess("ASIA", Secret(_CANARY), Secret("session"))})
    assert _CANARY not in str(caught.value)
    assert store.get_access(_PLATFORM, "farm") == {}


def test_what_windows_cannot_hold_in_one_item_is_refused_everywhere(store: SecretStore) -> None:
    store.put_token(_PLATFORM, Secret("x" * 1280))
    with pytest.raises(ValueError, match="longer than the 1280 characters"):
        store.put_token(_PLATFORM, Secret("x" * 1281))
    with pytest.raises(ValueError, match="longer than the 1280 characters"):
        store.put_token(_PLATFORM, Secret("\U0001f7e2" * 641))
    with pytest.raises(ValueError, match="longer than the 1280 characters"):
        store.put_draft_external_id(_PLATFORM, Secret("x" * 1281))
    with pytest.raises(ValueError, match="longer than the 1280 characters") as caught:
        store.put_access(_PLATFORM, "farm", {Purpose.INPUT: UserAccess("AKIA", Secret(_CANARY * 40))})
    assert _CANARY not in str(caught.value)
    assert store.get_token(_PLATFORM) == Secret("x" * 1280)


def test_each_item_has_a_service_name_of_its_own_and_the_canary_is_gone() -> None:
    backend = GoodBackend()
    store = _store(backend)
    store.put_access(_PLATFORM, "farm", _ACCESS)
    store.put_access("http://127.0.0.1:8000", "farm", _ACCESS)
    store.put_token(_PLATFORM, Secret("token"))
    store.put_draft_external_id(_PLATFORM, Secret("lightly-123"))
    assert sorted(service for service, _ in backend.items) == [
        "bucketlight/127.0.0.1:8000/dataset/farm",
        "bucketlight/api.lightly.ai/dataset/farm",
        "bucketlight/api.lightly.ai/draft",
        "bucketlight/api.lightly.ai/token",
    ]
    assert {user for _, user in backend.items} == {"bucketlight"}


def test_every_call_is_made_on_the_one_thread() -> None:
    backend = GoodBackend()
    store = _store(backend)
    callers = [threading.Thread(target=store.put_access, args=(_PLATFORM, str(n), _ACCESS)) for n in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    store.get_access(_PLATFORM, "0")
    assert set(backend.calls) == {"keyring"}
    assert len(backend.items) == 8


def test_an_item_that_somebody_else_wrote_is_unavailable_and_not_quoted() -> None:
    for item in ("", "[]", "{", f'{{"INPUT": "{_CANARY}"}}', f'{{"{_CANARY}": {{}}}}', '{"INPUT": {}}', "[" * 1000):
        backend = GoodBackend()
        store = _store(backend)
        backend.items["bucketlight/api.lightly.ai/dataset/farm", "bucketlight"] = item
        with pytest.raises(SecretUnavailableError, match="cannot be read") as caught:
            store.get_access(_PLATFORM, "farm")
        assert _CANARY not in "".join(traceback.format_exception(caught.value))
        store.put_access(_PLATFORM, "farm", _ACCESS)
        assert store.get_access(_PLATFORM, "farm") == _ACCESS


@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        (fail.Keyring, "no keyring on this machine"),
        (null.Keyring, "switched off"),
        (LockedBackend, "locked"),
        (ForgetfulBackend, "does not keep them"),
        (ReadOnlyBackend, "cannot write"),
        (PlaintextKeyring, "plain text"),
        (StrictFileBackend, "asks for its passphrase on the terminal"),
        (lambda: _chain(PlaintextKeyring(), StrictFileBackend()), "plain text"),
        (_chain, "chain"),
    ],
)
def test_a_keyring_that_cannot_be_trusted_is_refused_and_memory_takes_its_place(
    backend: Callable[[], KeyringBackend], reason: str
) -> None:
    keyring.set_keyring(backend())
    opened = open_secret_store(thread=KeyringThread(), timeout=30.0)
    assert isinstance(opened.store, MemorySecretStore)
    assert opened.problem is not None
    assert reason in opened.problem
    assert "memory" in opened.store.description


def test_a_good_keyring_is_opened_and_named() -> None:
    keyring.set_keyring(GoodBackend())
    opened = open_secret_store(thread=KeyringThread(), timeout=30.0)
    assert opened.problem is None
    assert isinstance(opened.store, KeyringSecretStore)
    assert "GoodBackend" in opened.store.description


def test_of_a_chain_the_first_member_that_may_be_used_and_can_write_is_taken() -> None:
    plain, reading, good, later = PlaintextKeyring(), ReadOnlyBackend(), GoodBackend(), GoodBackend()
    store = _store(_chain(plain, reading, good, later))
    store.put_access(_PLATFORM, "farm", _ACCESS)
    assert len(good.items) == 1
    assert (plain.items, plain.calls, later.items) == ({}, [], {})


def test_a_keyring_that_does_not_answer_is_gone_for_every_later_call() -> None:
    backend, thread = HangingBackend(), KeyringThread()
    keyring.set_keyring(backend)
    patient = KeyringSecretStore(thread=thread, timeout=3600.0)  # would wait an hour if it asked
    attempts: tuple[Callable[[], object], ...] = (
        lambda: patient.put_access(_PLATFORM, "farm", _ACCESS),
        lambda: patient.get_access(_PLATFORM, "farm"),
        patient.open,
    )
    try:
        with pytest.raises(SecretUnavailableError, match="does not answer"):
            KeyringSecretStore(thread=thread, timeout=0.05).get_token(_PLATFORM)
        for attempt in attempts:
            with pytest.raises(SecretUnavailableError, match="does not answer"):
                attempt()
        assert backend.calls == ["set"], "the keyring was asked once, and never again"
    finally:
        backend.let_go.set()


def test_callers_that_wait_behind_one_that_hangs_are_told_as_well() -> None:
    backend = HangingBackend()
    store = _store(backend, timeout=0.2)
    told: list[str] = []

    def ask() -> None:
        try:
            store.get_token(_PLATFORM)
        except SecretUnavailableError as error:
            told.append(error.reason)

    callers = [threading.Thread(target=ask) for _ in range(8)]
    try:
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert told == ["The keyring does not answer."] * 8
        assert backend.calls == ["set"]
    finally:
        backend.let_go.set()


def test_a_keyring_that_dies_is_unavailable_and_works_again_when_it_is_back() -> None:
    backend = DyingBackend()
    store = _store(backend)
    store.put_access(_PLATFORM, "farm", _ACCESS)
    backend.is_dead = True
    for attempt in (
        lambda: store.get_access(_PLATFORM, "farm"),
        lambda: store.put_access(_PLATFORM, "farm", _ACCESS),
        lambda: store.delete_access(_PLATFORM, "farm"),
    ):
        with pytest.raises(SecretUnavailableError, match="ConnectionResetError"):
            attempt()
    backend.is_dead = False
    assert store.get_access(_PLATFORM, "farm") == _ACCESS


@pytest.mark.parametrize("name", ["no_such_module.Keyring", "keyring.backends.null.NoSuchClass"])
def test_a_keyring_that_cannot_be_loaded_names_the_variable_to_correct(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
    opened = open_secret_store(thread=KeyringThread(), timeout=30.0)
    assert opened.problem is not None
    assert "PYTHON_KEYRING_BACKEND" in opened.problem


def test_a_program_with_a_hanging_keyring_still_ends(tmp_path: Path) -> None:
    (tmp_path / "hanging.py").write_text(
        "import threading\n"
        "from keyring.backend import KeyringBackend\n"
        "class Keyring(KeyringBackend):\n"
        "    priority = 1\n"
        "    def get_password(self, *_): threading.Event().wait()\n"
        "    set_password = delete_password = get_password\n"
    )
    script = (
        "from core.store.secrets import open_secret_store\n"
        "print(open_secret_store(timeout=0.2).problem)\n"
        "print(open_secret_store(timeout=0.2).problem)\n"
    )
    root = Path(core.__file__).parents[1]
    environment = os.environ | {
        "PYTHON_KEYRING_BACKEND": "hanging.Keyring",
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(root)]),
    }
    ended = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout.count("The keyring does not answer.") == 2
    assert ended.stderr == ""


def test_the_keyring_is_loaded_on_first_use_only() -> None:
    script = (
        "import sys\n"
        "import core.store.datasets, core.store.drafts, core.store.observations, core.store.secrets\n"
        "core.store.secrets.KeyringSecretStore()\n"
        "heavy = {'keyring', 'secretstorage', 'yaml', 'msgspec', 'filelock', 'platformdirs'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(core.__file__).parents[1])}
    ended = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_no_secret_is_in_a_repr_an_error_or_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    backend = DyingBackend()
    store, memory = _store(backend), MemorySecretStore()
    shown: list[str] = []
    for each in (store, memory):
        each.put_access(_PLATFORM, "farm", _ACCESS)
        each.put_token(_PLATFORM, Secret(_CANARY))
        each.put_draft_external_id(_PLATFORM, Secret(_CANARY))
        shown += [repr(each), str(vars(each)), each.description, repr(each.get_access(_PLATFORM, "farm"))]
    backend.is_dead = True
    attempts: tuple[Callable[[], object], ...] = (
        lambda: store.put_token(_PLATFORM, Secret(_CANARY)),
        lambda: store.get_token(_PLATFORM),
        lambda: store.put_draft_external_id(_PLATFORM, Secret(_CANARY)),
        lambda: store.get_draft_external_id(_PLATFORM),
        lambda: store.put_access(_PLATFORM, "farm", _ACCESS),
    )
    for attempt in attempts:
        with pytest.raises(SecretUnavailableError) as caught:
            attempt()
        assert caught.value.__context__ is None
        assert caught.value.__cause__ is None
        shown += traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    keyring.set_keyring(LockedBackend())
    with pytest.raises(SecretUnavailableError):
        KeyringSecretStore(thread=KeyringThread(), timeout=30.0).put_token(_PLATFORM, Secret(_CANARY))
    assert _CANARY not in "".join(shown)
    assert _CANARY not in caplog.text


def test_the_environment_gives_an_access_key_and_a_token() -> None:
    environ = {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE\n",
        "AWS_SECRET_ACCESS_KEY": f" {_CANARY}",
        "LIGHTLY_TOKEN": "token\n",
    }
    assert environment_access(environ) == UserAccess("AKIAIOSFODNN7EXAMPLE", Secret(_CANARY))
    assert environment_access(environ | {"AWS_SESSION_TOKEN": "s"}) == UserAccess(
        "AKIAIOSFODNN7EXAMPLE", Secret(_CANARY), Secret("s")
    )
    assert environment_token(environ) == Secret("token")
    assert missing_half(environ) is None


def test_an_environment_with_half_a_key_gives_none_and_names_the_other_half() -> None:
    assert environment_access({"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": " "}) is None
    assert missing_half({"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": " "}) == "AWS_SECRET_ACCESS_KEY"
    assert missing_half({"AWS_SECRET_ACCESS_KEY": "x"}) == "AWS_ACCESS_KEY_ID"
    assert (environment_access({}), environment_token({}), missing_half({})) == (None, None, None)


def test_without_being_given_one_the_process_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTLY_TOKEN", "token")
    assert environment_token() == Secret("token")


_ACCOUNT = "111122223333"
_MADE = UserAccess("AKIAIOSFODNN7EXAMPLE", Secret(_CANARY))
_ROLE = DelegatedAccess("arn:aws:iam::111122223333:role/x", Secret("lightly-0123456789"))


@pytest.mark.parametrize("access", [_MADE, _ROLE])
def test_what_was_made_in_aws_is_kept_for_its_account_kind_and_name(
    store: SecretStore, access: UserAccess | DelegatedAccess
) -> None:
    store.put_made(_ACCOUNT, AccessKind.USER, "Lightly-S3-farm", access)
    assert store.get_made(_ACCOUNT, AccessKind.USER, "lightly-s3-FARM") == access  # as IAM does
    for other in (
        ("999999999999", AccessKind.USER, "Lightly-S3-farm"),
        (_ACCOUNT, AccessKind.DELEGATED, "Lightly-S3-farm"),
        (_ACCOUNT, AccessKind.USER, "Lightly-S3-barn"),
    ):
        assert store.get_made(*other) is None
    store.delete_made(_ACCOUNT, AccessKind.USER, "Lightly-S3-farm")
    assert store.get_made(_ACCOUNT, AccessKind.USER, "Lightly-S3-farm") is None
    store.delete_made(_ACCOUNT, AccessKind.USER, "Lightly-S3-farm")


def test_temporary_credentials_are_not_kept_as_made(store: SecretStore) -> None:
    with pytest.raises(ValueError, match="Temporary credentials") as caught:
        store.put_made(_ACCOUNT, AccessKind.USER, "x", UserAccess("ASIAX", Secret(_CANARY), Secret("t")))
    assert _CANARY not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"role_arn": 1}', '{"access_key_id": "AKIA"}', '"x"'])
def test_an_item_that_cannot_be_read_says_which_one_it_is(text: str) -> None:
    backend = GoodBackend()
    store = _store(backend)
    store.put_made(_ACCOUNT, AccessKind.USER, "farm", _MADE)
    ((item, user),) = backend.items
    backend.items[item, user] = text
    with pytest.raises(SecretUnavailableError) as caught:
        store.get_made(_ACCOUNT, AccessKind.USER, "farm")
    assert item in caught.value.fix
