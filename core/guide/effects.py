"""The guide's effects on the real world: S3, the Lightly platform, the keyring, the files of this machine."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..access import Access, DelegatedAccess, Secret, UserAccess
from ..aws.credentials import CredentialsError, ambient_credentials
from ..aws.region import find_region
from ..dataset import Dataset, Datasource, Purpose
from ..lightly.environment import ca_bundle_from_environment
from ..lights.check import Checker
from ..lights.events import Event
from ..lights.platform_view import platform_lights
from ..lights.states import Light
from ..lights.target import CheckOptions, Target
from ..location import S3Location
from ..needs import InputType, Operation
from ..pasted import KeyFileError, read_key_file
from ..store.datasets import DatasetStore
from ..store.environment import environment_access, missing_half
from ..store.errors import StoreError
from ..store.secrets import SecretStore, SecretUnavailableError
from ..survey import Survey, survey
from .facts import (
    AwsMade,
    AwsPlanned,
    AwsStep,
    AwsStopped,
    FoundDataset,
    KeysRead,
    NameLookedUp,
    RegionFound,
    TokenTried,
    TokenVerdict,
    WorkerRegistered,
)
from .keys_source import KeysFrom, KeysSource
from .requests import MakeAws, PlanAws
from .role_check import RoleCheck
from .saving import DatasetGoneError, EffectError

if TYPE_CHECKING:
    from ..lightly.client import LightlyClient
    from ..provision.journal import Journal
    from .runner import Running

__all__ = ["RealEffects"]


class RealEffects:
    """See `Effects`. `options` says how checks go about it; `ambient` gives the key that may assume a role from here.

    `ambient` raises `CredentialsError` where there is none. `provisioning` is the journal of what is made in AWS;
    without one nothing is.
    """

    def __init__(
        self,
        *,
        checker: Checker,
        secrets: SecretStore,
        datasets: DatasetStore,
        options: CheckOptions | None = None,
        ambient: Callable[[], UserAccess] | None = None,
        provisioning: Journal | None = None,
    ) -> None:
        self._provisioning = provisioning
        self._ambient = ambient or ambient_credentials
        self._checker = checker
        self._secrets = secrets
        self._datasets = datasets
        self._options = options or CheckOptions()

    def find_region(self, location: S3Location, endpoint_url: str | None) -> RegionFound:
        """Ask S3 for a bucket's region, without credentials."""
        answer = find_region(location, endpoint_url=endpoint_url, clients=self._checker.clients())
        return RegionFound(answer.region, answer.exists, answer.problem)

    def read_keys(self, source: KeysSource) -> KeysRead:
        """Read an access key from a file, a profile or the environment."""
        if source.way is KeysFrom.PROFILE:
            return _of_profile(source)
        if source.way is KeysFrom.ENVIRONMENT:
            found = environment_access()
            missing = missing_half() or "AWS_ACCESS_KEY_ID"
            return KeysRead(found, None if found else f"{missing} is not set. Set it, or choose another way.")
        try:
            return KeysRead(read_key_file(Path(source.name)))
        except KeyFileError as error:
            return KeysRead(None, str(error))

    def look_around(
        self, location: S3Location, access: UserAccess, *, region: str, endpoint_url: str | None, account: str | None
    ) -> Survey:
        """Look at a sample of what lies in a folder."""
        clients = self._checker.clients()
        return survey(clients, location, access, region=region, endpoint_url=endpoint_url, account=account)

    def register_worker(self, platform_url: str, token: Secret, name: str) -> WorkerRegistered:
        """Register a Worker at the platform."""
        from ..lightly.errors import LightlyError

        try:
            with _client(platform_url, token) as client:
                return WorkerRegistered(client.register_worker(name))
        except (LightlyError, ValueError) as error:
            return WorkerRegistered(None, str(error))

    def plan_aws(self, request: PlanAws) -> AwsPlanned:
        """Look at what there is in AWS, and plan what is wanted."""
        from .making import plan_aws

        with _said():
            return plan_aws(request, secrets=self._secrets, journal=self._journal())

    def make_aws(self, request: MakeAws, on_step: Callable[[AwsStep], None]) -> AwsMade | AwsStopped:
        """Carry a plan in AWS out."""
        from .making import make_aws

        with _said():
            return make_aws(request, on_step, secrets=self._secrets, journal=self._journal())

    def _journal(self) -> Journal:
        if self._provisioning is None:
            raise EffectError("Nothing can be made in AWS from here: there is no place for its journal.")
        return self._provisioning

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
    ) -> Running:
        """Begin a check and return at once."""
        options = dataclasses.replace(options or self._options, automatic=automatic)
        if target.role is not None:
            return RoleCheck(self._checker, target, options, on_event, self._ambient).start()
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

    def configure(
        self, dataset: Dataset, source: Datasource, token: Secret, access: Access, *, thumbnails: bool
    ) -> None:
        """Tell the platform one datasource; the secret key, or the external ID, goes along."""
        from ..lightly.errors import DatasetUnknownError
        from ..lightly.models import role_config, user_key_config

        with _said(), _client(dataset.platform_url, token) as client:
            config = (
                role_config(source, access.role_arn, access.external_id, thumbnails=thumbnails)
                if isinstance(access, DelegatedAccess)
                else user_key_config(source, access, thumbnails=thumbnails)
            )
            try:
                client.configure_datasource(dataset.dataset_id or "", config)
            except DatasetUnknownError as error:
                raise DatasetGoneError(str(error)) from None

    def store_secrets(self, dataset: Dataset, access: Mapping[Purpose, Access], token: Secret | None) -> None:
        """Put the secrets where they are kept, in place of those that the dataset had."""
        with _said():
            if access:
                self._secrets.put_access(dataset.platform_url, dataset.name, access)
            else:
                self._secrets.delete_access(dataset.platform_url, dataset.name)
            if token is not None:
                self._secrets.put_token(dataset.platform_url, token)

    def write_dataset(self, dataset: Dataset) -> None:
        """Write the dataset into the YAML file."""
        with _said():
            self._datasets.save(dataset)

    def verify(self, dataset: Dataset, token: Secret) -> tuple[Light, ...]:
        """Let the platform try the datasource, and return its lights."""
        source = dataset.datasources[0]
        with _said(), _client(dataset.platform_url, token) as client:
            answer = client.verify(dataset.dataset_id or "")
        can = {Operation.LIST: answer.can_list, Operation.READ: answer.can_read, Operation.WRITE: answer.can_write}
        return platform_lights(can, answer.errors, dataset.required(source))


def _of_profile(source: KeysSource) -> KeysRead:
    from ..aws.profiles import CodeWantedError, read_profile

    try:
        return KeysRead(read_profile(source.name, code=source.code))
    except CodeWantedError as wanted:
        return KeysRead(None, code_wanted=wanted.mfa_serial, code_refused=wanted.refused)
    except CredentialsError as error:
        return KeysRead(None, f"{error} {error.fix}")


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
