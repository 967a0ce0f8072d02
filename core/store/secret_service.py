"""The Secret Service over one connection, which stays open. All of this runs on the keyring's thread.

The package keyring connects anew for every call. While connections come and go gnome-keyring aborts now and then, and
D-Bus starts a locked one in its place: seen in 3 of 9 runs of 800 calls on a busy machine, and with one connection in
none of 16.
"""

from __future__ import annotations

from typing import Any

import secretstorage
from keyring.backends import SecretService
from keyring.compat import properties
from keyring.errors import InitError, KeyringLocked
from secretstorage.exceptions import SecretStorageException

__all__ = ["OneConnection"]


class OneConnection(SecretService.Keyring):
    """Keyring's own backend in everything but how it connects."""

    _bus: Any = None  # jeepney's connection; it has no types

    @properties.classproperty
    def priority(cls) -> float:  # noqa: N805 - a property of the class
        """Never be chosen by keyring itself: it is put in the place of the one that was chosen."""
        raise RuntimeError("this backend is made by hand")

    def get_preferred_collection(self) -> secretstorage.Collection:
        """Return the default collection, unlocked; a connection that broke meanwhile is made anew.

        Raises:
            InitError: there is no collection, and none can be made.
            KeyringLocked: it stays locked.
        """
        kept = self._bus is not None
        try:
            collection = self._collection()
            locked = collection.is_locked()
        except (SecretStorageException, InitError, OSError):
            self._bus = None
            if not kept:
                raise
            collection = self._collection()
            locked = collection.is_locked()
        if locked and (collection.unlock() or collection.is_locked()):
            raise KeyringLocked("the collection stays locked")
        return collection

    def _collection(self) -> secretstorage.Collection:
        if self._bus is None:
            self._bus = secretstorage.dbus_init()
            # Every call of keyring's closes the connection that it got.
            self._bus.close = lambda: None
        path = getattr(self, "preferred_collection", None)
        try:
            if path:
                return secretstorage.Collection(self._bus, path)
            return secretstorage.get_default_collection(self._bus)
        except SecretStorageException as error:
            raise InitError(f"no collection ({type(error).__name__})") from error
