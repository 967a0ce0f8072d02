"""A rotation with a real Secret Service, killed while secrets are put there, moved and removed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import keyring.core
import pytest
from process_terminal import bare_environment
from rotation_runs import Runs
from rotation_stage import Stage, sandbox_for_rotation

import core
from core.access import AccessKind, UserAccess
from core.sandbox import Sandbox
from core.store.keyring_thread import KeyringThread
from core.store.secrets import KeyringSecretStore

_PROGRAMS = ("gnome-keyring-daemon", "dbus-run-session", "secret-tool", "bash")
_MISSING = [name for name in _PROGRAMS if shutil.which(name) is None]

pytestmark = [
    pytest.mark.keyring,
    pytest.mark.skipif(
        bool(_MISSING),
        reason=f"No Secret Service can be started: install gnome-keyring, dbus and libsecret-tools ({_MISSING}).",
    ),
]

HERE = Path(__file__).parent
_TELL_BUS = 'echo "$DBUS_SESSION_BUS_ADDRESS"; read -r'


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Start a Secret Service, let this process use it, and give the address of its bus."""
    with subprocess.Popen(
        [str(HERE / "with_secret_service.sh"), "bash", "-c", _TELL_BUS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
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


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with sandbox_for_rotation() as running:
        yield running


def test_killed_around_every_secret_a_rotation_leaves_one_key_and_its_secret_in_the_secret_service(
    bus: str, box: Sandbox, tmp_path: Path
) -> None:
    store = KeyringSecretStore(timeout=30.0, thread=KeyringThread())
    stage = Stage(box, tmp_path, store)
    dataset = stage.dataset("farm animals")
    profile = tmp_path / "credentials"
    profile.write_text(
        f"[admin]\naws_access_key_id = {box.admin.access_key_id}\n"
        f"aws_secret_access_key = {box.admin.secret_access_key.reveal()}\n"
    )
    environment = bare_environment(
        tmp_path,
        PYTHONPATH=os.pathsep.join([str(Path(core.__file__).parents[1]), str(HERE)]),
        PYTHON_KEYRING_BACKEND="keyring.backends.SecretService.Keyring",
        DBUS_SESSION_BUS_ADDRESS=bus,
        AWS_SHARED_CREDENTIALS_FILE=str(profile),
    )
    command = ("rotate", "farm animals", "--home", str(tmp_path / "home"), "--profile", "admin", "--delete-old")
    agreed = ("--platform-url", box.lightly_url, "--account", box.world.account_id, "--endpoint-url", box.s3_url)
    old = stage.key.access_key_id
    with Runs.ready(environment, tmp_path) as runs:
        for change in ("shelve old", "shelve new", "save create known", "keep farm animals", "write down farm animals"):
            for _ in range(3):
                ended = runs.run(*command, *agreed, stop=[change], old=old)
                assert (ended.stopped, ended.code) == (change, -signal.SIGKILL), ended.said
                stage.check_working(dataset)
        for change in ("deactivate", "delete old", "unshelve new", "unshelve old", "remove"):
            ended = runs.run(*command, *agreed, stop=[change], old=old)
            assert (ended.stopped, ended.code) == (change, -signal.SIGKILL), ended.said
            stage.check_working(dataset)
        ended = runs.run(*command, *agreed, old=old)
        assert ended.code == 0, ended.said
    (new,) = stage.user_keys()
    assert new != old
    stage.check_settled(new, dataset)
    for key_id in (old, new):
        kept = store.get_made(box.world.account_id, AccessKind.USER, f"{stage.user}/{key_id}")
        assert not isinstance(kept, UserAccess)
