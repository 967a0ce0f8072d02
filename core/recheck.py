"""From what this machine knows of a dataset to what works now: credentials, checks, the platform's verdict."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from .access import AccessKind, DelegatedAccess, Secret, SourceKind, UserAccess
from .aws.credentials import CredentialsError, ambient_credentials
from .aws.grants import Grant
from .dataset import Dataset, Datasource, Purpose
from .lightly.environment import ca_bundle_from_environment, platform_url_from_environment
from .lights.check import Checker, unchecked_report
from .lights.diagnosis import Diagnosis, from_credentials_error
from .lights.events import Event
from .lights.judge import cannot_assume
from .lights.platform_view import agree, effective_state
from .lights.states import CheckReport, Light, Note, ProbeMode, State
from .lights.target import CheckOptions, Target
from .lights.threads import later
from .location import S3Location
from .needs import Operation
from .store.environment import environment_access, environment_token
from .store.secrets import SecretStore, SecretUnavailableError
from .verdict import ask_platform

if TYPE_CHECKING:
    from .lightly.client import LightlyClient

__all__ = [
    "Credentials",
    "Result",
    "check_uri",
    "client_for",
    "credentials_of",
    "exit_code",
    "granted",
    "granted_beside",
    "recheck",
    "token_of",
]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a datasource is checked with: a key; or a role, with a key that may be able to assume it, or none.

    `problem` is why there is no key, where there should be one.
    """

    access: UserAccess | None
    role: DelegatedAccess | None = None
    problem: Diagnosis | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a check of one location found. For a bare URI `dataset` and `datasource` are None.

    `restricted` is the dataset's: then what the platform cannot do does not count.
    """

    dataset: str | None
    datasource: Purpose | None
    location: S3Location
    region: str | None
    endpoint_url: str | None
    access: AccessKind
    principal: str | None
    write_probe: ProbeMode
    required: tuple[Operation, ...]
    restricted: bool = False
    local: tuple[Light, ...]
    platform: tuple[Light, ...] = ()
    simulated: tuple[Light, ...] = ()
    notes: tuple[Note, ...] = ()

    def effective(self, operation: Operation) -> State:
        """Return what holds for an operation, all viewpoints together."""
        local, platform = self._views(operation)
        return effective_state(local, platform, restricted=self.restricted)

    def _views(self, operation: Operation) -> tuple[Light, Light | None]:
        local = next(light for light in self.local if light.operation is operation)
        return local, next((light for light in self.platform if light.operation is operation), None)

    def decisive(self, operation: Operation) -> Light:
        """Return the light that the effective state comes from, with its words."""
        local, platform = self._views(operation)
        effective = self.effective(operation)
        return platform if platform and local.state is not effective and platform.state is effective else local

    @property
    def ok(self) -> bool:
        """Tell whether every required operation works, be it with a warning."""
        return all(self.effective(operation) in {State.GREEN, State.AMBER} for operation in self.required)


def exit_code(results: tuple[Result, ...]) -> int:
    """Sum results up: 0 all well, 1 a required operation fails, 3 none fails but one is not proven, 2 nothing to do."""
    if not results:
        return 2
    states = {result.effective(operation) for result in results for operation in result.required}
    if State.RED in states:
        return 1
    return 0 if states <= {State.GREEN, State.AMBER} else 3


def credentials_of(dataset: Dataset, datasource: Datasource, secrets: SecretStore) -> Credentials:
    """Fetch the credentials of a datasource from where they are kept. Never prompts; may block for seconds.

    Raises:
        CredentialsError: with cause `secret-unavailable` where they should be there and are not.
    """
    if datasource.access is AccessKind.DELEGATED:
        return _role_of(dataset, datasource, secrets)
    source = datasource.credentials
    if source.kind is SourceKind.PROFILE:
        return Credentials(ambient_credentials(source.profile))
    if source.kind is SourceKind.ENVIRONMENT:
        found = environment_access()
        if found is None:
            raise CredentialsError.because("secret-unavailable/environment")
        return Credentials(found)
    try:
        return Credentials(_kept(dataset, datasource, secrets, UserAccess))
    except CredentialsError:
        found = environment_access()  # the way of a machine without a keyring
        if found is None or found.access_key_id != datasource.access_key_id:
            raise
        return Credentials(found)


_Kept = TypeVar("_Kept", UserAccess, DelegatedAccess)


def _kept(dataset: Dataset, datasource: Datasource, secrets: SecretStore, kind: type[_Kept]) -> _Kept:
    """Fetch what is kept for a datasource, of the kind that its access needs."""
    try:
        kept = secrets.get_access(dataset.platform_url, dataset.name).get(datasource.purpose)
    except SecretUnavailableError as error:
        raise CredentialsError("secret-unavailable", error.reason, error.fix) from None
    if isinstance(kept, kind):
        return kept
    what = "external-id" if kind is DelegatedAccess else "keyring"
    raise CredentialsError.because(f"secret-unavailable/{what}", dataset=dataset.name)


def _role_of(dataset: Dataset, datasource: Datasource, secrets: SecretStore) -> Credentials:
    """Fetch the external ID of a role, and whoever may be able to assume it from here."""
    kept = _kept(dataset, datasource, secrets, DelegatedAccess)
    role = DelegatedAccess(datasource.role_arn or kept.role_arn, kept.external_id)
    try:
        return Credentials(ambient_credentials(datasource.credentials.profile), role)
    except CredentialsError as error:
        # Then only Lightly can tell. That this machine has no key at all is as it should be.
        nothing = error.cause == "no-credentials" and datasource.credentials.profile is None
        return Credentials(None, role, None if nothing else from_credentials_error(error))


def check_uri(
    location: S3Location,
    *,
    checker: Checker,
    options: CheckOptions,
    required: tuple[Operation, ...],
    endpoint_url: str | None = None,
    region: str | None = None,
    profile: str | None = None,
) -> Result:
    """Check a location with the credentials that AWS's own tools would use here (`check s3://…`)."""
    nobody = UserAccess("", Secret(""))
    target = Target(
        location=location, access=nobody, region=region, endpoint_url=endpoint_url, required=required, given=False
    )
    try:
        access = _in_time(later("credentials", lambda: ambient_credentials(profile)), options.deadline)
    except CredentialsError as error:
        report = unchecked_report(required, from_credentials_error(error))
    else:
        target = dataclasses.replace(target, access=access)
        report = checker.check(target, options)
    return _result(None, None, target, options, report)


def recheck(
    dataset: Dataset,
    *,
    checker: Checker,
    secrets: SecretStore,
    options: CheckOptions,
    client: Callable[[], LightlyClient | None] | None = None,
    on_event: Callable[[Purpose, Event], None] | None = None,
) -> tuple[Result, ...]:
    """Check every datasource of a dataset, and ask the platform at the same time. Ends with the checks' deadline.

    `client` makes the platform's client, or None where there is no token; without it the platform is not asked.
    """
    verdict = ask_platform(dataset, client) if client is not None and dataset.dataset_id else None
    started = time.monotonic()

    def left() -> float:
        return max(0.0, options.deadline - (time.monotonic() - started))

    keys = [
        (each, later("credentials", partial(credentials_of, dataset, each, secrets))) for each in dataset.datasources
    ]
    begun = [
        (datasource, *_begin(dataset, datasource, checker, key, left, options, on_event)) for datasource, key in keys
    ]
    ended = [(datasource, target, wait()) for datasource, target, wait in begun]
    lights = verdict(left()) if verdict is not None else None
    return tuple(
        _result(
            dataset,
            datasource,
            target,
            options,
            report,
            platform=() if lights is None else lights(datasource, target.required),
        )
        for datasource, target, report in ended
    )


def _begin(
    dataset: Dataset,
    datasource: Datasource,
    checker: Checker,
    credentials: Callable[[float], Credentials],
    left: Callable[[], float],
    options: CheckOptions,
    on_event: Callable[[Purpose, Event], None] | None,
) -> tuple[Target, Callable[[], CheckReport]]:
    """Begin the check of one datasource; the function returned waits for its end."""
    purpose = datasource.purpose
    target = Target(
        location=datasource.location,
        access=UserAccess(datasource.access_key_id or "", Secret("")),
        region=datasource.region,
        endpoint_url=datasource.endpoint_url,
        required=dataset.required(datasource),
        kms_key_arn=datasource.kms_key_arn,
        write_elsewhere=purpose is Purpose.INPUT and len(dataset.datasources) > 1,
        beside=granted_beside(dataset, datasource),
        dataset=dataset.name,
        delete=dataset.needs.delete,
        lightly_folder_only=dataset.needs.lightly_folder_only,
    )
    try:
        found = _in_time(credentials, left())
    except CredentialsError as error:
        report = unchecked_report(target.required, from_credentials_error(error))
        return target, lambda: report
    if found.access is None:
        target = dataclasses.replace(target, role=found.role)
        report = unchecked_report(target.required, cannot_assume(target, found.problem))
        return target, lambda: report
    target = dataclasses.replace(target, access=found.access, role=found.role)
    options = dataclasses.replace(options, deadline=left())
    listen = None if on_event is None else lambda event: on_event(purpose, event)
    return target, checker.start(target, options, listen).result


def granted_beside(dataset: Dataset, datasource: Datasource) -> tuple[Grant, ...]:
    """Say what the credentials of a datasource are for elsewhere in its dataset."""

    def credentials(each: Datasource) -> tuple[object, ...]:
        return each.access, each.access_key_id, each.role_arn, each.credentials, each.endpoint_url

    return tuple(
        granted(dataset, other)
        for other in dataset.datasources
        if other is not datasource and credentials(other) == credentials(datasource)
    )


def granted(dataset: Dataset, datasource: Datasource) -> Grant:
    """Say what the credentials of a datasource are for in its folder."""
    operations = dataset.required(datasource)
    writes = Operation.WRITE in operations
    return Grant(
        location=datasource.location,
        operations=operations,
        region=datasource.region,
        kms_key_arn=datasource.kms_key_arn,
        delete=dataset.needs.delete and writes,
        lightly_folder_only=dataset.needs.lightly_folder_only and writes,
    )


_Answer = TypeVar("_Answer")


def _in_time(wait: Callable[[float], _Answer], seconds: float) -> _Answer:
    """Wait for credentials: a profile's process may hang."""
    try:
        return wait(seconds)
    except TimeoutError:
        raise CredentialsError.because("secret-unavailable/late") from None


def client_for(dataset: Dataset, find_token: Callable[[], Secret | None]) -> Callable[[], LightlyClient | None]:
    """Return what makes the platform's client for a dataset, or None where no token is found. It may block."""

    def make() -> LightlyClient | None:
        from .lightly.client import LightlyClient

        token = find_token()
        return LightlyClient(dataset.platform_url, token, ca_bundle=ca_bundle_from_environment()) if token else None

    return make


def token_of(platform_url: str, secrets: SecretStore, *, named: str | None = None) -> Secret | None:
    """Return the token for a platform, or None: the environment's, else the one that is kept.

    LIGHTLY_TOKEN is for the platform that LIGHTLY_SERVER_LOCATION names (else Lightly's own), or that was `named` for
    this run. To any other it is not sent: the address in a file may be anybody's.
    """
    token = environment_token()
    if token is not None and platform_url in {named, _environments_platform()}:
        return token
    try:
        return secrets.get_token(platform_url)
    except SecretUnavailableError:
        return None


def _environments_platform() -> str | None:
    try:
        return platform_url_from_environment()
    except ValueError:
        return None


def _notes_of(dataset: Dataset | None, platform: tuple[Light, ...]) -> tuple[Note, ...]:
    """Say why a red light of the platform does not count, where one is shown and access is restricted."""
    if dataset is None or not dataset.restricted or all(light.state is not State.RED for light in platform):
        return ()
    return (
        Note(
            "platform-denies",
            "Access is limited to an IP range or a VPC that Lightly is not in, so its red lights can be right.",
            "Run the Lightly Worker inside of it, with bypass_verify=True; List has to stay open to Lightly.",
        ),
    )


def _result(
    dataset: Dataset | None,
    datasource: Datasource | None,
    target: Target,
    options: CheckOptions,
    report: CheckReport,
    platform: tuple[Light, ...] = (),
) -> Result:
    seen = tuple(agree(report.light(light.operation), light) for light in platform)
    return Result(
        dataset=dataset.name if dataset else None,
        datasource=datasource.purpose if datasource else None,
        location=target.location,
        region=report.region or target.region,
        endpoint_url=target.endpoint_url,
        access=datasource.access if datasource else AccessKind.AMBIENT,
        principal=report.principal,
        write_probe=options.write_probe,
        required=target.required,
        restricted=dataset.restricted if dataset else False,
        local=report.lights,
        platform=seen,
        simulated=report.simulated,
        notes=(*report.notes, *_notes_of(dataset, seen)),
    )
