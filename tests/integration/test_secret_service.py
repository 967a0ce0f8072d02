"""The keyring on a real Secret Service: gnome-keyring on a private bus, started for each test."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import keyring.core
import pytest

import core
from core.access import Secret, UserAccess
from core.dataset import Purpose
from core.store.keyring_thread import KeyringThread
from core.store.secrets import KeyringSecretStore, MemorySecretStore, SecretUnavailableError, open_secret_store

_PROGRAMS = ("gnome-keyring-daemon", "dbus-run-session", "dbus-send", "secret-tool", "bash")
_MISSING = [name for name in _PROGRAMS if shutil.which(name) is None]

pytestmark = [
    pytest.mark.keyring,
    pytest.mark.skipif(
        bool(_MISSING),
        reason=f"No Secret Service can be started: install gnome-keyring, dbus and libsecret-tools ({_MISSING}).",
    ),
]

_PLATFORM = "https://api.lightly.ai"
_ACCESS = {Purpose.INPUT_OUTPUT: UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI"))}
_TELL_BUS = 'echo "$DBUS_SESSION_BUS_ADDRESS"; read -r'


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Start a Secret Service, let this process use it, and give the address of its bus."""
    script = Path(__file__).with_name("with_secret_service.sh")
    with subprocess.Popen(
        [str(script), "bash", "-c", _TELL_BUS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as session:
        assert session.stdin is not None
        assert session.stdout is not None
        address = session.stdout.readline().strip()
        assert address, f"the Secret Service does not come up (exit status {session.wait()})"
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "PYTHON_KEYRING_BACKEND"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        from keyring.backends import SecretService

        monkeypatch.setattr(keyring.core, "_keyring_backend", SecretService.Keyring())  # type: ignore[no-untyped-call]
        try:
            yield address
        finally:
            with contextlib.suppress(BrokenPipeError):
                session.stdin.close()
            session.wait()


def _store(*, may_prompt: bool = True) -> KeyringSecretStore:
    return KeyringSecretStore(may_prompt=may_prompt, timeout=30.0, thread=KeyringThread())


def _daemon_pid() -> int:
    """Ask the bus which process is the Secret Service."""
    bus = "org.freedesktop.DBus"
    question = [f"--dest={bus}", "/", f"{bus}.GetConnectionUnixProcessID", "string:org.freedesktop.secrets"]
    answer = subprocess.run(
        ["dbus-send", "--session", "--print-reply=literal", *question],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(answer.stdout.split()[-1])


def _lock_collection() -> None:
    import secretstorage

    with contextlib.closing(secretstorage.dbus_init()) as connection:
        secretstorage.get_default_collection(connection).lock()


def test_eight_threads_put_and_get_without_an_error(bus: str) -> None:
    store = _store()
    wrong: list[object] = []

    def work(who: int) -> None:
        for number in range(50):
            token = Secret(f"{who}-{number}")
            try:
                store.put_token(f"https://host-{who}.example", token)
                found = store.get_token(f"https://host-{who}.example")
            except SecretUnavailableError as error:
                wrong.append(error)
            else:
                if found != token:
                    wrong.append((token, found))

    workers = [threading.Thread(target=work, args=(who,)) for who in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []
    assert [store.get_token(f"https://host-{who}.example") for who in range(8)] == [Secret(f"{n}-49") for n in range(8)]


def test_what_one_process_puts_another_one_gets(bus: str) -> None:
    opening = (
        "from core.access import Secret, UserAccess\n"
        "from core.dataset import Purpose\n"
        "from core.store.secrets import open_secret_store\n"
        "opened = open_secret_store(timeout=30.0)\n"
        "assert opened.problem is None, opened.problem\n"
    )
    put = (
        "opened.store.put_access('https://api.lightly.ai', 'farm ü/1',\n"
        "    {Purpose.INPUT_OUTPUT: UserAccess('AKIAIOSFODNN7EXAMPLE', Secret('wJalrXUtnFEMI'))})\n"
        "print(opened.store.description)\n"
    )
    get = (
        "(access,) = opened.store.get_access('https://api.lightly.ai', 'farm ü/1').values()\n"
        "print(access.access_key_id, access.secret_access_key.reveal())\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(core.__file__).parents[1])}
    said = [
        subprocess.run(
            [sys.executable, "-c", opening + each], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for each in (put, get)
    ]
    assert said == [
        "Secrets are kept in the keyring of this computer (the Secret Service).\n",
        "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI\n",
    ]


def test_one_connection_serves_every_call_and_a_broken_one_is_made_anew(
    bus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import secretstorage

    made: list[Any] = []
    connect = secretstorage.dbus_init

    def noted() -> Any:
        made.append(connect())
        return made[-1]

    store = _store()
    store.open()
    monkeypatch.setattr(secretstorage, "dbus_init", noted)
    for number in range(5):
        store.put_token(_PLATFORM, Secret(f"{number}"))
        assert store.get_token(_PLATFORM) == Secret(f"{number}")
    assert made == []
    again = _store()
    again.open()
    (connection,) = made
    connection.sock.close()
    assert again.get_token(_PLATFORM) == Secret("4")
    assert len(made) == 2


def test_an_item_is_replaced_and_deleted_and_nothing_else_stays(bus: str) -> None:
    import secretstorage

    store = _store()
    store.put_access(_PLATFORM, "farm", {Purpose.INPUT: UserAccess("AKIA", Secret("old"))})
    store.put_access(_PLATFORM, "farm", _ACCESS)
    assert store.get_access(_PLATFORM, "farm") == _ACCESS

    def services() -> list[str]:
        with contextlib.closing(secretstorage.dbus_init()) as connection:
            items = secretstorage.get_default_collection(connection).get_all_items()
            return [item.get_attributes()["service"] for item in items]

    assert services() == ["bucketlight/api.lightly.ai/dataset/farm"]
    store.delete_access(_PLATFORM, "farm")
    store.delete_access(_PLATFORM, "farm")
    assert store.get_access(_PLATFORM, "farm") == {}
    assert services() == []


def test_a_daemon_that_is_killed_is_unavailable_and_neither_a_crash_nor_a_hang(bus: str) -> None:
    store = _store()
    store.put_access(_PLATFORM, "farm", _ACCESS)
    os.kill(_daemon_pid(), signal.SIGKILL)
    with pytest.raises(SecretUnavailableError) as caught:
        store.get_access(_PLATFORM, "farm")
    assert caught.value.fix
    with pytest.raises(SecretUnavailableError):
        store.put_access(_PLATFORM, "farm", _ACCESS)


@pytest.mark.parametrize("may_prompt", [True, False])
def test_a_locked_collection_is_unavailable_where_nobody_can_be_asked(bus: str, may_prompt: bool) -> None:
    store = _store(may_prompt=may_prompt)
    store.put_access(_PLATFORM, "farm", _ACCESS)
    _lock_collection()
    with pytest.raises(SecretUnavailableError, match="locked"):
        store.get_access(_PLATFORM, "farm")
    opened = open_secret_store(may_prompt=may_prompt, timeout=30.0, thread=KeyringThread())
    assert isinstance(opened.store, MemorySecretStore)
    assert opened.problem is not None
    assert "locked" in opened.problem


def test_where_no_question_is_allowed_a_locked_collection_is_not_asked_to_unlock(
    bus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import secretstorage

    store = _store(may_prompt=False)
    store.put_access(_PLATFORM, "farm", _ACCESS)
    assert store.get_access(_PLATFORM, "farm") == _ACCESS
    asked: list[object] = []
    unlock = secretstorage.Collection.unlock

    def noted(collection: secretstorage.Collection) -> bool:
        asked.append(collection)
        return unlock(collection)

    monkeypatch.setattr(secretstorage.Collection, "unlock", noted)
    _lock_collection()
    with pytest.raises(SecretUnavailableError, match="asks for no password"):
        store.get_access(_PLATFORM, "farm")
    assert asked == []
    with pytest.raises(SecretUnavailableError):
        _store().get_access(_PLATFORM, "farm")
    assert len(asked) == 1, "where questions are allowed, it is asked"
