"""Which of the system's keyrings may be trusted with a secret. All of this runs on the keyring's thread."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .keyring_thread import NO_KEYRING, SecretUnavailableError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

__all__ = ["USER", "name_of", "open_backend", "refuse_prompt", "why_refused"]

USER = "bucketlight"
"""The user name of every item: one item for one service name, as Windows moves a second one."""

_NAMES = {
    "keyring.backends.SecretService": "the Secret Service",
    "keyring.backends.libsecret": "the Secret Service",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.macOS": "the macOS Keychain",
    "keyring.backends.Windows": "the Windows Credential Manager",
}
_FIX = "Use the keyring of your desktop, or PYTHON_KEYRING_BACKEND to name another one."


def name_of(backend: KeyringBackend) -> str:
    """Name a keyring for the screen."""
    return next((_NAMES[kind.__module__] for kind in type(backend).__mro__ if kind.__module__ in _NAMES), backend.name)


def why_refused(backend: KeyringBackend) -> str | None:
    """Say why a keyring is not used, or return None where it may be tried.

    Refused are those that keep nothing, those that keep secrets in plain text, and those that would ask for their
    passphrase on the terminal, in the middle of a screen (packages `keyrings.alt` and `keyrings.cryptfile`).
    """
    from keyring.backends import chainer, fail, null

    if isinstance(backend, fail.Keyring):
        return NO_KEYRING[0]
    if isinstance(backend, null.Keyring):
        return "The keyring is switched off: what is given to it is lost."
    if isinstance(backend, chainer.ChainerBackend):
        return "There is only a chain of keyrings, and none in it may be used."
    kind = type(backend)
    if "plaintext" in f"{kind.__module__}.{kind.__qualname__}".lower().replace("_", ""):
        return "The only keyring found keeps secrets in plain text."
    if kind.__module__.split(".")[0] == "keyrings":
        return "The only keyring found is a file that asks for its passphrase on the terminal."
    return None


def open_backend(*, may_prompt: bool) -> KeyringBackend:
    """Find the keyring of this machine and see that it keeps what it is given.

    Raises:
        SecretUnavailableError: where none may be used, or it does not keep things.
        Exception: whatever a backend raises.
    """
    import keyring
    from keyring.backends import fail
    from keyring.backends.chainer import ChainerBackend

    found = keyring.get_keyring()
    members: Sequence[KeyringBackend] = found.backends if isinstance(found, ChainerBackend) else (found,)
    for member in members:
        if why_refused(member) is None:
            if not may_prompt:
                refuse_prompt(member)
            backend = _steady(member)
            with contextlib.suppress(NotImplementedError):  # a member of a chain that cannot write
                if may_prompt:
                    _try_canary(backend)
                else:
                    backend.get_password("bucketlight-canary", USER)  # who may not ask does not write either
                return backend
    if isinstance(found, fail.Keyring):
        raise SecretUnavailableError(*NO_KEYRING)
    raise SecretUnavailableError(why_refused(members[0] if members else found) or "The keyring cannot write.", _FIX)


def _steady(backend: KeyringBackend) -> KeyringBackend:
    """Put the one that keeps its connection in the place of keyring's own Secret Service."""
    from keyring.backends import SecretService

    if type(backend) is not SecretService.Keyring:
        return backend
    from .secret_service import OneConnection

    steady: KeyringBackend = OneConnection()  # type: ignore[no-untyped-call]
    steady.__dict__.update(backend.__dict__)  # the collection and scheme that keyring's settings name
    return steady


def _try_canary(backend: KeyringBackend) -> None:
    service, value = f"bucketlight-canary-{secrets.token_hex(8)}", secrets.token_hex(8)
    backend.set_password(service, USER, value)
    try:
        kept = backend.get_password(service, USER) == value
    finally:
        with contextlib.suppress(Exception):
            backend.delete_password(service, USER)
    if not kept:
        raise SecretUnavailableError("The keyring takes secrets but does not keep them.", _FIX)


def refuse_prompt(backend: KeyringBackend) -> None:
    """Stop before a dialog opens, where that can be told: a locked or missing collection of the Secret Service.

    Raises:
        SecretUnavailableError: where a person would be asked.
    """
    from keyring.backends import SecretService

    if not isinstance(backend, SecretService.Keyring):
        return
    import secretstorage
    from secretstorage.exceptions import ItemNotFoundException

    with contextlib.closing(secretstorage.dbus_init()) as bus:
        path = getattr(backend, "preferred_collection", "/org/freedesktop/secrets/aliases/default")
        try:
            is_locked = secretstorage.Collection(bus, path).is_locked()
        except ItemNotFoundException:
            is_locked = True
    if is_locked:
        raise SecretUnavailableError(
            "The keyring is locked, and this command asks for no password.",
            "Unlock it, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        )
