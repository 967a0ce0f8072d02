"""Where access keys and Lightly tokens are kept: the OS keyring, or this program's memory."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlsplit

from ..access import Access, AccessKind, DelegatedAccess, Secret, UserAccess
from ..dataset import Purpose
from .keyring_backend import USER, name_of, open_backend, refuse_prompt
from .keyring_thread import KeyringThread, SecretUnavailableError, shared_thread

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

__all__ = [
    "CALL_TIMEOUT",
    "KeyringSecretStore",
    "MemorySecretStore",
    "Opened",
    "SecretStore",
    "SecretUnavailableError",
    "open_secret_store",
]

CALL_TIMEOUT = 3.0
"""How long one call of the keyring may take, in seconds."""

MAX_UNITS = 1280
"""The longest item in UTF-16 units: 2,560 bytes (Windows, CRED_MAX_CREDENTIAL_BLOB_SIZE)."""

_Answer = TypeVar("_Answer")


class SecretStore(Protocol):
    """A place for secrets. Every method may wait for some seconds: it is not for a screen's thread.

    All raise `SecretUnavailableError` where the place cannot be reached, and ValueError where `platform_url` names no
    host.
    """

    @property
    def description(self) -> str:
        """One sentence for the screen: where secrets go."""

    def get_access(self, platform_url: str, dataset: str) -> dict[Purpose, Access]:
        """Return the access keys, or roles with their external IDs, of a dataset; empty where there are none."""

    def put_access(self, platform_url: str, dataset: str, access: Mapping[Purpose, Access]) -> None:
        """Keep the access keys and external IDs of a dataset, in place of all that were kept for it.

        Raises:
            ValueError: for temporary credentials, which are not saved, and for what is too long for a keyring.
        """

    def delete_access(self, platform_url: str, dataset: str) -> None:
        """Forget the access keys of a dataset, where there are any."""

    def get_token(self, platform_url: str) -> Secret | None:
        """Return the Lightly token for a platform's host, or None."""

    def put_token(self, platform_url: str, token: Secret) -> None:
        """Keep the Lightly token for a platform's host.

        Raises:
            ValueError: for what is too long for a keyring.
        """

    def get_draft_external_id(self, platform_url: str, draft: str = "") -> Secret | None:
        """Return the external ID that was made for a setup which is not saved yet, or None."""

    def put_draft_external_id(self, platform_url: str, external_id: Secret, draft: str = "") -> None:
        """Keep the external ID of a setup that is not saved yet.

        There is one for each platform's host, and one for each `draft` there that was set aside.

        Raises:
            ValueError: for what is too long for a keyring.
        """

    def delete_draft_external_id(self, platform_url: str, draft: str = "") -> None:
        """Forget the external ID of a setup that is not saved yet, where there is one."""

    def get_made(self, account_id: str, kind: AccessKind, name: str) -> Access | None:
        """Return the key of an IAM user, or the role, that bucketlight made in an AWS account; None without one."""

    def put_made(self, account_id: str, kind: AccessKind, name: str, access: Access) -> None:
        """Keep the key of an IAM user, or a role with its external ID, in place of what was kept for that name.

        Raises:
            ValueError: for temporary credentials, which are not saved, and for what is too long for a keyring.
        """

    def delete_made(self, account_id: str, kind: AccessKind, name: str) -> None:
        """Forget what was made in an AWS account under that name, where there is something."""


class _Items(ABC):
    """What every place does alike: one item for each thing, under the name of its service."""

    def get_access(self, platform_url: str, dataset: str) -> dict[Purpose, Access]:
        """See `SecretStore`."""
        text = self._get(_dataset_service(platform_url, dataset))
        if text is None:
            return {}
        access = _decode(text)
        if access is None:
            raise SecretUnavailableError(
                f"What the keyring holds for the dataset {dataset} cannot be read.",
                "Enter the keys again; they replace it.",
            )
        return access

    def put_access(self, platform_url: str, dataset: str, access: Mapping[Purpose, Access]) -> None:
        """See `SecretStore`."""
        self._put(_dataset_service(platform_url, dataset), _encode(access))

    def delete_access(self, platform_url: str, dataset: str) -> None:
        """See `SecretStore`."""
        self._delete(_dataset_service(platform_url, dataset))

    def get_token(self, platform_url: str) -> Secret | None:
        """See `SecretStore`."""
        return self._get(_token_service(platform_url))

    def put_token(self, platform_url: str, token: Secret) -> None:
        """See `SecretStore`."""
        self._put(_token_service(platform_url), _fitting(token))

    def get_draft_external_id(self, platform_url: str, draft: str = "") -> Secret | None:
        """See `SecretStore`."""
        return self._get(_draft_service(platform_url, draft))

    def put_draft_external_id(self, platform_url: str, external_id: Secret, draft: str = "") -> None:
        """See `SecretStore`."""
        self._put(_draft_service(platform_url, draft), _fitting(external_id))

    def delete_draft_external_id(self, platform_url: str, draft: str = "") -> None:
        """See `SecretStore`."""
        self._delete(_draft_service(platform_url, draft))

    def get_made(self, account_id: str, kind: AccessKind, name: str) -> Access | None:
        """See `SecretStore`."""
        text = self._get(_made_service(account_id, kind, name))
        if text is None:
            return None
        access = _decode_one(text)
        if access is None:
            raise SecretUnavailableError(
                f"What the keyring holds for {name} of account {account_id} cannot be read.",
                f"Remove the item {_made_service(account_id, kind, name)} from the keyring.",
            )
        return access

    def put_made(self, account_id: str, kind: AccessKind, name: str, access: Access) -> None:
        """See `SecretStore`."""
        self._put(_made_service(account_id, kind, name), _encode_one(access))

    def delete_made(self, account_id: str, kind: AccessKind, name: str) -> None:
        """See `SecretStore`."""
        self._delete(_made_service(account_id, kind, name))

    @abstractmethod
    def _get(self, service: str) -> Secret | None:
        """Return an item, or None where there is none."""

    @abstractmethod
    def _put(self, service: str, text: Secret) -> None:
        """Keep an item, in place of the one that is there."""

    @abstractmethod
    def _delete(self, service: str) -> None:
        """Forget an item, where it is there."""


class MemorySecretStore(_Items):
    """Keeps secrets until the program ends."""

    def __init__(self) -> None:
        self._items: dict[str, Secret] = {}

    @property
    def description(self) -> str:
        """Where secrets go."""
        return "Secrets stay in this program's memory, and are gone when it ends."

    def _get(self, service: str) -> Secret | None:
        return self._items.get(service)

    def _put(self, service: str, text: Secret) -> None:
        self._items[service] = text

    def _delete(self, service: str) -> None:
        self._items.pop(service, None)


class KeyringSecretStore(_Items):
    """Keeps secrets in the keyring of the operating system: one item for each dataset, and for each platform one with
    its token and one with what a draft needs, for each draft.

    With `may_prompt` false, what would open a dialog is unavailable instead, as far as that can be told beforehand.
    `timeout` is in seconds for one call. All stores share one thread unless another one is given.
    """

    def __init__(
        self, *, may_prompt: bool = True, timeout: float = CALL_TIMEOUT, thread: KeyringThread | None = None
    ) -> None:
        self._may_prompt = may_prompt
        self._timeout = timeout
        self._thread = thread or shared_thread()
        self._backend: KeyringBackend | None = None

    @property
    def description(self) -> str:
        """Where secrets go."""
        where = f" ({name_of(self._backend)})" if self._backend else ""
        return f"Secrets are kept in the keyring of this computer{where}."

    def open(self) -> None:
        """Find the keyring and try it, as the first use does.

        Raises:
            SecretUnavailableError: where there is none that may be used, or that works.
        """
        self._call(lambda _: None)

    def _get(self, service: str) -> Secret | None:
        def get(backend: KeyringBackend) -> Secret | None:
            text = backend.get_password(service, USER)
            return None if text is None else Secret(text)

        return self._call(get)

    def _put(self, service: str, text: Secret) -> None:
        self._call(lambda backend: backend.set_password(service, USER, text.reveal()))

    def _delete(self, service: str) -> None:
        def delete(backend: KeyringBackend) -> None:
            if backend.get_password(service, USER) is not None:  # deleting what is not there is an error
                backend.delete_password(service, USER)

        self._call(delete)

    def _call(self, work: Callable[[KeyringBackend], _Answer]) -> _Answer:
        def on_thread() -> _Answer:
            if self._backend is None:
                self._backend = open_backend(may_prompt=self._may_prompt)
            elif not self._may_prompt:
                refuse_prompt(self._backend)
            return work(self._backend)

        return self._thread.call(on_thread, self._timeout)


@dataclass(frozen=True, slots=True)
class Opened:
    """A place for secrets, and why it is not the keyring where it is not."""

    store: SecretStore
    problem: str | None = None


def open_secret_store(
    *, may_prompt: bool = True, timeout: float = CALL_TIMEOUT, thread: KeyringThread | None = None
) -> Opened:
    """Open the keyring, or memory with the reason why. It may take `timeout` seconds: call it on a thread.

    The parameters are those of `KeyringSecretStore`.
    """
    store = KeyringSecretStore(may_prompt=may_prompt, timeout=timeout, thread=thread)
    try:
        store.open()
    except SecretUnavailableError as error:
        return Opened(MemorySecretStore(), str(error))
    return Opened(store)


def _host(platform_url: str) -> str:
    """Return host and port, without the port that the scheme has anyway."""
    parts = urlsplit(platform_url)
    if not parts.hostname:
        raise ValueError("the platform's address names no host")
    port = "" if parts.port in {None, {"https": 443, "http": 80}.get(parts.scheme)} else f":{parts.port}"
    return f"{parts.hostname}{port}"


def _dataset_service(platform_url: str, dataset: str) -> str:
    return f"bucketlight/{_host(platform_url)}/dataset/{dataset}"


def _token_service(platform_url: str) -> str:
    return f"bucketlight/{_host(platform_url)}/token"


def _draft_service(platform_url: str, draft: str) -> str:
    return f"bucketlight/{_host(platform_url)}/draft" + (f"/{draft}" if draft else "")


def _made_service(account_id: str, kind: AccessKind, name: str) -> str:
    # IAM keeps names apart without regard to case.
    return f"bucketlight/aws/{account_id}/{kind.entity}/{name.lower()}"


def _fitting(text: Secret) -> Secret:
    if len(text.reveal().encode("utf-16-le", "surrogatepass")) > 2 * MAX_UNITS:
        raise ValueError(f"This is longer than the {MAX_UNITS} characters that a keyring holds in one item.")
    return text


def _encode(access: Mapping[Purpose, Access]) -> Secret:
    return _fitting(Secret(json.dumps({purpose.value: _lasting(each) for purpose, each in access.items()})))


def _encode_one(access: Access) -> Secret:
    return _fitting(Secret(json.dumps(_lasting(access))))


def _lasting(access: Access) -> dict[str, str]:
    if isinstance(access, UserAccess) and access.session_token:
        raise ValueError("Temporary credentials are not saved: they expire. Use the key of an IAM user to save it.")
    return _written(access)


def _written(access: Access) -> dict[str, str]:
    if isinstance(access, DelegatedAccess):
        return {"role_arn": access.role_arn, "external_id": access.external_id.reveal()}
    return {"access_key_id": access.access_key_id, "secret_access_key": access.secret_access_key.reveal()}


def _decode(text: Secret) -> dict[Purpose, Access] | None:
    """Read an item; None where it is not as it should be. No error leaves here: its text could quote the item."""
    try:
        return {Purpose(purpose): _read(each) for purpose, each in json.loads(text.reveal()).items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _decode_one(text: Secret) -> Access | None:
    """Read an item; None where it is not as it should be. See `_decode`."""
    try:
        return _read(json.loads(text.reveal()))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _read(item: Mapping[str, object]) -> Access:
    if "role_arn" in item:
        return DelegatedAccess(_text(item["role_arn"]), Secret(_text(item["external_id"])))
    return UserAccess(_text(item["access_key_id"]), Secret(_text(item["secret_access_key"])))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
