"""All that a rotation reads and changes beside IAM: the keyring, the datasets, the platform, the lights."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...access import AccessKind, UserAccess
from ...dataset import Dataset, Purpose
from ...lightly.environment import ca_bundle_from_environment
from ...lights.check import Checker
from ...lights.states import Light
from ...lights.target import CheckOptions
from ...needs import Operation
from ...recheck import recheck, token_of
from ...store.datasets import DatasetStore
from ...store.errors import StoreError
from ...store.secrets import MemorySecretStore, SecretStore, SecretUnavailableError
from .record import Owner, Place

if TYPE_CHECKING:
    from ...lightly.client import LightlyClient
    from ...lightly.models import DatasourceData

__all__ = ["UNTOLD", "World", "WorldError"]

UNTOLD = ""
"""In place of a key's ID where the platform does not tell it."""


class WorldError(Exception):
    """Something that did not succeed. The text says what, and what to do; no secret is in it."""


class World:
    """The keyring, the datasets of this machine, the platforms that they are on, and the check.

    Every method may block for some seconds, raises `WorldError`, and may be called twice. `platform_url` is the
    platform that was named for this run: its token may come from the environment.
    """

    def __init__(
        self,
        *,
        datasets: DatasetStore,
        secrets: SecretStore,
        checker: Checker,
        options: CheckOptions | None = None,
        platform_url: str | None = None,
    ) -> None:
        self._datasets = datasets
        self._secrets = secrets
        self._checker = checker
        self._options = options or CheckOptions()
        self._named = platform_url

    def datasets(self) -> tuple[Dataset, ...]:
        """Return every dataset of this machine."""
        with _said():
            return self._datasets.load()

    def dataset(self, place: Place) -> Dataset | None:
        """Return the dataset of a place, or None where this machine does not know it any more."""
        with _said():
            return self._datasets.get(place.name, place.platform_url)

    # The keys that are changed over, beside those that datasets use: each under its own ID.

    def shelve(self, owner: Owner, key: UserAccess) -> None:
        """Put a key into the keyring under its own ID, and see that it is there."""
        with _said():
            self._secrets.put_made(owner.account_id, AccessKind.USER, _shelf(owner, key.access_key_id), key)
        if self.shelved(owner, key.access_key_id) != key:
            raise WorldError("The keyring takes secrets but does not keep them. Look at its service, then try again.")

    def shelved(self, owner: Owner, key_id: str) -> UserAccess | None:
        """Return a key that was put there, or None."""
        with _said():
            found = self._secrets.get_made(owner.account_id, AccessKind.USER, _shelf(owner, key_id))
        return found if isinstance(found, UserAccess) else None

    def unshelve(self, owner: Owner, key_id: str) -> None:
        """Forget a key that was put there."""
        with _said():
            self._secrets.delete_made(owner.account_id, AccessKind.USER, _shelf(owner, key_id))

    def keep_made(self, owner: Owner, key: UserAccess, instead_of: frozenset[str]) -> None:
        """Put a key in the place of one that the keyring holds for a user that bucketlight made."""
        with _said():
            made = self._secrets.get_made(owner.account_id, AccessKind.USER, owner.user_name)
            if isinstance(made, UserAccess) and made.access_key_id in instead_of:
                self._secrets.put_made(owner.account_id, AccessKind.USER, owner.user_name, key)

    # What datasets use.

    def kept(self, place: Place) -> dict[Purpose, UserAccess]:
        """Return the keys that the keyring holds for the datasources of a place."""
        with _said():
            found = self._secrets.get_access(place.platform_url, place.name)
        return {
            purpose: access
            for purpose, access in found.items()
            if purpose in place.purposes and isinstance(access, UserAccess)
        }

    def keep(self, place: Place, key: UserAccess, instead_of: frozenset[str]) -> None:
        """Put a key in the place of those that the keyring holds for the datasources of a place."""
        changed = {purpose: key for purpose, old in self.kept(place).items() if old.access_key_id in instead_of}
        with _said():
            found = self._secrets.get_access(place.platform_url, place.name)
            if changed and found | changed != found:
                self._secrets.put_access(place.platform_url, place.name, found | changed)

    def write_down(self, place: Place, key_id: str, instead_of: frozenset[str]) -> None:
        """Write the ID of a key into the file of datasets, in place of others, for the datasources of a place."""
        with _said():
            dataset = self._datasets.get(place.name, place.platform_url)
            if dataset is None:
                return
            changed = tuple(
                dataclasses.replace(each, access_key_id=key_id)
                if each.purpose in place.purposes and each.access_key_id in instead_of
                else each
                for each in dataset.datasources
            )
            if changed != dataset.datasources:
                self._datasets.save(dataclasses.replace(dataset, datasources=changed))

    # The platform.

    def platform_keys(self, place: Place) -> dict[Purpose, str]:
        """Return which key's ID the platform has for each datasource of a place; `UNTOLD` where it does not say.

        What the platform does not have is not in it: a place without an ID has nothing there. A role has no key; in
        place of that stands a word of the platform's. It does not matter whether this machine still knows the dataset.
        """
        from ...lightly.errors import DatasetUnknownError

        try:
            found = self._live(place)
        except DatasetUnknownError:
            return {}
        return {
            purpose: (data.access_key_id or UNTOLD) if data.type == "S3" else data.type
            for purpose, data in found.items()
        }

    def configure(self, place: Place, purpose: Purpose, key: UserAccess) -> None:
        """Give the platform another key for a datasource; all else of it stays as the platform has it."""
        import msgspec

        from ...lightly.models import UserKeyConfig
        from ...lightly.rules import platform_region

        if place.dataset_id is None:
            return
        with _said():
            live = self._live(place).get(purpose)
        if live is None:
            raise WorldError(f"Lightly has no {purpose} datasource for {place.name}. Run `bucketlight setup` for it.")
        dataset = self.dataset(place)
        source = next((each for each in dataset.datasources if each.purpose is purpose), None) if dataset else None
        region = live.region or (platform_region(source.region) if source else None)
        if region is None:
            raise WorldError(
                f"Lightly does not tell the region of {place.name}, which was removed from this machine. Run "
                "`bucketlight setup` for it."
            )
        kms_key = live.kms_key_arn or (source.kms_key_arn if source else None)
        with _said(), self._client(place) as client:
            config = UserKeyConfig(
                purpose=purpose,
                full_path=live.full_path,
                thumb_suffix=live.thumb_suffix,
                region=region,
                kms_key_arn=kms_key or msgspec.UNSET,
                access_key_id=key.access_key_id,
                secret_access_key=key.secret_access_key,
            )
            client.configure_datasource(place.dataset_id, config)

    def verified(self, place: Place) -> tuple[Operation, ...] | None:
        """Let the platform try a dataset, and return what it can do; None where it has no such dataset any more."""
        from ...lightly.errors import DatasetUnknownError

        if place.dataset_id is None:
            return ()
        try:
            with _said(but_unknown=True), self._client(place) as client:
                said = client.verify(place.dataset_id)
        except DatasetUnknownError:
            return None
        can = {Operation.LIST: said.can_list, Operation.READ: said.can_read, Operation.WRITE: said.can_write}
        return tuple(operation for operation, works in can.items() if works)

    # The lights.

    def lights(self, place: Place, key: UserAccess) -> Mapping[Purpose, tuple[Light, ...]]:
        """Check the datasources of a place with a key, from this machine."""
        dataset = self.dataset(place)
        if dataset is None:
            return {}
        tried = dataclasses.replace(
            dataset,
            datasources=tuple(
                dataclasses.replace(each, access_key_id=key.access_key_id)
                for each in dataset.datasources
                if each.purpose in place.purposes
            ),
        )
        if not tried.datasources:
            return {}
        secrets = MemorySecretStore()
        secrets.put_access(dataset.platform_url, dataset.name, dict.fromkeys(place.purposes, key))
        results = recheck(tried, checker=self._checker, secrets=secrets, options=self._options)
        return {result.datasource: result.local for result in results if result.datasource is not None}

    def _live(self, place: Place) -> dict[Purpose, DatasourceData]:
        if place.dataset_id is None:
            return {}
        with _said(but_unknown=True), self._client(place) as client:
            found = client.datasources(place.dataset_id)
        return {
            Purpose(data.purpose): data for data in found if data.purpose in {each.value for each in place.purposes}
        }

    @contextmanager
    def _client(self, place: Place) -> Iterator[LightlyClient]:
        from ...lightly.client import LightlyClient

        token = token_of(place.platform_url, self._secrets, named=self._named)
        if token is None:
            raise WorldError(
                f"There is no Lightly token here for {place.platform_url}. Run `bucketlight setup`, or set "
                "LIGHTLY_TOKEN."
            )
        with LightlyClient(place.platform_url, token, ca_bundle=ca_bundle_from_environment()) as client:
            yield client


def _shelf(owner: Owner, key_id: str) -> str:
    return f"{owner.user_name}/{key_id}"  # no user's name holds a slash (IAM API, CreateUser)


@contextmanager
def _said(*, but_unknown: bool = False) -> Iterator[None]:
    """Turn what the layers below raise into `WorldError`; their texts are sentences without secrets."""
    from ...lightly.errors import DatasetUnknownError, LightlyError

    try:
        yield
    except (LightlyError, StoreError, SecretUnavailableError, ValueError) as error:
        if but_unknown and isinstance(error, DatasetUnknownError):
            raise
        raise WorldError(str(error)) from None
