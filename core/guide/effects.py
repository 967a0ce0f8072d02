"""The guide's effects on the real world: S3, the Lightly platform, the keyring, the files of this machine."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..access import Secret, UserAccess
from ..aws.region import find_region
from ..dataset import Dataset
from ..lightly.environment import ca_bundle_from_environment
from ..lights.check import Checker, CheckRun
from ..lights.events import Event
from ..lights.platform_view import platform_lights
from ..lights.states import Light
from ..lights.target import CheckOptions, Target
from ..location import S3Location
from ..needs import InputType, Operation
from ..store.datasets import DatasetStore
from ..store.errors import StoreError
from ..store.secrets import SecretStore, SecretUnavailableError
from .facts import FoundDataset, NameLookedUp, RegionFound, TokenTried, TokenVerdict
from .saving import DatasetGoneError, EffectError

if TYPE_CHECKING:
    from ..lightly.client import LightlyClient

__all__ = ["RealEffects"]


class RealEffects:
    """See `Effects`. `options` says how checks go about it."""

    def __init__(
        self, *, checker: Checker, secrets: SecretStore, datasets: DatasetStore, options: CheckOptions | None = None
    ) -> None:
        self._checker = checker
        self._secrets = secrets
        self._datasets = datasets
        self._options = options or CheckOptions()

    def find_region(self, location: S3Location, endpoint_url: str | None) -> RegionFound:
        """Ask S3 for a bucket's region, without credentials."""
        answer = find_region(location, endpoint_url=endpoint_url, clients=self._checker.clients())
        return RegionFound(answer.region, answer.exists, answer.problem)

    def try_token(self, platform_url: str, token: Secret) -> TokenTried:
        """Try a token at the platform, with one request."""
        from ..lightly.errors import LightlyError, TokenRefusedError

        try:
            with _client(platform_url, token) as client:
                client.try_token()
        except TokenRefusedError as error:
            return TokenTried(TokenVerdict.REFUSED, str(error))
        except (LightlyError, ValueError) as error:
            return TokenTried(TokenVerdict.UNREACHABLE, str(error))
        return TokenTried(TokenVerdict.ACCEPTED)

    def look_up_name(self, platform_url: str, token: Secret, name: str) -> NameLookedUp:
        """Look for a dataset of that name: the user's own, shared, or the team's."""
        from ..lightly.errors import LightlyError

        try:
            with _client(platform_url, token) as client:
                found = client.find_dataset(name)
        except (LightlyError, ValueError) as error:
            return NameLookedUp(None, str(error))
        return NameLookedUp(FoundDataset(found.id, found.type) if found else None)

    def start_check(
        self,
        target: Target,
        on_event: Callable[[Event], None],
        *,
        automatic: bool,
        options: CheckOptions | None = None,
    ) -> CheckRun:
        """Begin a check and return at once."""
        options = dataclasses.replace(options or self._options, automatic=automatic)
        return self._checker.start(target, options, on_event)

    def create_dataset(self, platform_url: str, token: Secret, name: str, input_type: InputType, *, adopt: bool) -> str:
        """Make a dataset at the platform, which is looked for by its name first."""
        from ..lightly.errors import NameExistsError

        with _said(), _client(platform_url, token) as client:
            try:
                return client.create_dataset(name, input_type).dataset_id
            except NameExistsError as error:
                found = client.find_dataset(name) if adopt else None
                if found is None or found.id != error.existing_id or found.input_type is not input_type:
                    raise
                return found.id

    def configure(self, dataset: Dataset, token: Secret, access: UserAccess, *, thumbnails: bool) -> None:
        """Tell the platform the datasource; the secret key goes along."""
        from ..lightly.errors import DatasetUnknownError
        from ..lightly.models import user_key_config

        (source,) = dataset.datasources
        with _said(), _client(dataset.platform_url, token) as client:
            config = user_key_config(source, access, thumbnails=thumbnails)
            try:
                client.configure_datasource(dataset.dataset_id or "", config)
            except DatasetUnknownError as error:
                raise DatasetGoneError(str(error)) from None

    def store_secrets(self, dataset: Dataset, access: UserAccess, token: Secret | None) -> None:
        """Put the secrets where they are kept."""
        (source,) = dataset.datasources
        with _said():
            self._secrets.put_access(dataset.platform_url, dataset.name, {source.purpose: access})
            if token is not None:
                self._secrets.put_token(dataset.platform_url, token)

    def write_dataset(self, dataset: Dataset) -> None:
        """Write the dataset into the YAML file."""
        with _said():
            self._datasets.save(dataset)

    def verify(self, dataset: Dataset, token: Secret) -> tuple[Light, ...]:
        """Let the platform try the datasource, and return its lights."""
        (source,) = dataset.datasources
        with _said(), _client(dataset.platform_url, token) as client:
            answer = client.verify(dataset.dataset_id or "")
        can = {Operation.LIST: answer.can_list, Operation.READ: answer.can_read, Operation.WRITE: answer.can_write}
        return platform_lights(can, answer.errors, dataset.required(source))


def _client(platform_url: str, token: Secret) -> LightlyClient:
    from ..lightly.client import LightlyClient

    return LightlyClient(platform_url, token, ca_bundle=ca_bundle_from_environment())


@contextmanager
def _said() -> Iterator[None]:
    """Turn what the layers below raise into `EffectError`; their texts are sentences without secrets."""
    from ..lightly.errors import LightlyError

    try:
        yield
    except (LightlyError, StoreError, SecretUnavailableError, ValueError) as error:
        raise EffectError(str(error)) from None
