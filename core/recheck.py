"""From what this machine knows of a dataset to what works now: credentials, checks, the platform's verdict."""

from __future__ import annotations

import dataclasses
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from .access import AccessKind, Secret, SourceKind, UserAccess
from .aws.credentials import CredentialsError, ambient_credentials
from .dataset import Dataset, Datasource, Purpose
from .lightly.environment import ca_bundle_from_environment, platform_url_from_environment
from .lights.check import Checker, unchecked_report
from .lights.events import Event
from .lights.platform_view import agree, effective_state, platform_lights, platform_unknown
from .lights.states import CheckReport, Light, Note, ProbeMode, State
from .lights.target import CheckOptions, Target
from .location import S3Location
from .needs import Operation
from .store.environment import environment_access, environment_token
from .store.secrets import SecretStore, SecretUnavailableError

if TYPE_CHECKING:
    from .lightly.client import LightlyClient

__all__ = ["Result", "check_uri", "client_for", "credentials_of", "exit_code", "recheck", "token_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a check of one location found. For a bare URI `dataset` and `datasource` are None."""

    dataset: str | None
    datasource: Purpose | None
    location: S3Location
    region: str | None
    endpoint_url: str | None
    access: AccessKind
    principal: str | None
    write_probe: ProbeMode
    required: tuple[Operation, ...]
    local: tuple[Light, ...]
    platform: tuple[Light, ...] = ()
    notes: tuple[Note, ...] = ()

    def effective(self, operation: Operation) -> State:
        """Return what holds for an operation, all viewpoints together."""
        return effective_state(*self._views(operation))

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


def credentials_of(dataset: Dataset, datasource: Datasource, secrets: SecretStore) -> UserAccess:
    """Fetch the credentials of a datasource from where they are kept. Never prompts; may block for seconds.

    Raises:
        CredentialsError: with cause `secret-unavailable` where they should be there and are not.
    """
    source = datasource.credentials
    if source.kind is SourceKind.PROFILE:
        return ambient_credentials(source.profile)
    if source.kind is SourceKind.ENVIRONMENT:
        found = environment_access()
        if found is None:
            raise CredentialsError(
                "secret-unavailable",
                "The environment holds no AWS access key.",
                "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then check again.",
            )
        return found
    kept: UserAccess | None = None
    problem: SecretUnavailableError | None = None
    try:
        kept = secrets.get_access(dataset.platform_url, dataset.name).get(datasource.purpose)
    except SecretUnavailableError as error:
        problem = error
    if kept is None and (found := environment_access()) and found.access_key_id == datasource.access_key_id:
        return found  # the way of a machine without a keyring
    if problem is not None:
        raise CredentialsError("secret-unavailable", problem.reason, problem.fix)
    if kept is None:
        raise CredentialsError(
            "secret-unavailable",
            f"The keyring of this machine holds no key for {dataset.name}.",
            f"Run `bucketlight setup` and enter the key of {dataset.name} again, or set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY to it.",
        )
    return kept


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
    target = Target(location=location, access=nobody, region=region, endpoint_url=endpoint_url, required=required)
    try:
        access = _fetched(lambda: ambient_credentials(profile))(options.deadline)
    except CredentialsError as error:
        report = unchecked_report(required, error.cause, str(error), error.fix)
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
    verdict = _ask_platform(dataset, client) if client is not None and dataset.dataset_id else None
    started = time.monotonic()

    def left() -> float:
        return max(0.0, options.deadline - (time.monotonic() - started))

    keys = [(each, _fetched(partial(credentials_of, dataset, each, secrets))) for each in dataset.datasources]
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
    credentials: Callable[[float], UserAccess],
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
    )
    try:
        access = credentials(left())
    except CredentialsError as error:
        report = unchecked_report(target.required, error.cause, str(error), error.fix)
        return target, lambda: report
    target = dataclasses.replace(target, access=access)
    options = dataclasses.replace(options, deadline=left())
    listen = None if on_event is None else lambda event: on_event(purpose, event)
    return target, checker.start(target, options, listen).result


def _fetched(fetch: Callable[[], UserAccess]) -> Callable[[float], UserAccess]:
    """Fetch credentials on a daemon thread, since a profile's process may hang; wait with what is returned.

    That waits for so many seconds, and raises CredentialsError.
    """
    box: queue.SimpleQueue[UserAccess | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            box.put(fetch())
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            box.put(error)

    threading.Thread(target=run, name="credentials", daemon=True).start()

    def wait(seconds: float) -> UserAccess:
        try:
            found = box.get(timeout=seconds)
        except queue.Empty:
            raise CredentialsError(
                "secret-unavailable",
                "The credentials did not come in time.",
                "Run `aws sts get-caller-identity` to see what they wait for, then check again.",
            ) from None
        if isinstance(found, Exception):
            raise found
        return found

    return wait


_Verdict = Callable[[Datasource, tuple[Operation, ...]], tuple[Light, ...]]


def _ask_platform(dataset: Dataset, client: Callable[[], LightlyClient | None]) -> Callable[[float], _Verdict]:
    """Ask the platform on a daemon thread; the function returned waits for the verdict, for so many seconds."""
    box: queue.SimpleQueue[_Verdict] = queue.SimpleQueue()

    def ask() -> None:
        box.put(_verify(dataset, client))

    threading.Thread(target=ask, name="verify", daemon=True).start()

    def wait(seconds: float) -> _Verdict:
        try:
            return box.get(timeout=seconds)
        except queue.Empty:
            return _silent("platform-unreachable", "Lightly did not answer in time.", "Check again in a minute.")

    return wait


def _silent(cause: str, says: str, fix: str | None) -> _Verdict:
    return lambda _datasource, required: platform_unknown(cause, says, fix, required)


def _verify(dataset: Dataset, make_client: Callable[[], LightlyClient | None]) -> _Verdict:
    from .lightly.errors import (
        ForbiddenError,
        LightlyError,
        NotLightlyError,
        PlatformFaultError,
        PlatformUnreachableError,
        ThrottledError,
        TokenRefusedError,
    )

    again = f"Run `bucketlight setup` for {dataset.name} again."
    try:
        client = make_client()
        if client is None:
            return _silent(
                "platform-unauthorized", "there is no Lightly token at hand.", "Set LIGHTLY_TOKEN, then check again."
            )
        with client:
            answer = client.verify(dataset.dataset_id or "")
    except TokenRefusedError as error:
        return _silent("platform-unauthorized", str(error), "Get a token in Lightly's web app, under Preferences.")
    except ForbiddenError as error:
        return _silent("platform-unauthorized", str(error), "Ask whom the dataset belongs to.")
    except (NotLightlyError, PlatformFaultError, PlatformUnreachableError, ThrottledError) as error:
        return _silent("platform-unreachable", str(error), "Check again in a minute.")
    except ValueError as error:
        return _silent("platform-unreachable", str(error), "Correct the address or the certificate file.")
    except LightlyError as error:
        return _silent("platform-untested", str(error), again)
    can = {Operation.LIST: answer.can_list, Operation.READ: answer.can_read, Operation.WRITE: answer.can_write}

    def lights(datasource: Datasource, required: tuple[Operation, ...]) -> tuple[Light, ...]:
        if datasource.purpose is Purpose.LIGHTLY:
            says = "Lightly's own test does not say what it finds at a separate output."
            return platform_unknown("platform-untested", says, None, required)
        return platform_lights(can, answer.errors, required)

    return lights


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


def _result(
    dataset: Dataset | None,
    datasource: Datasource | None,
    target: Target,
    options: CheckOptions,
    report: CheckReport,
    platform: tuple[Light, ...] = (),
) -> Result:
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
        local=report.lights,
        platform=tuple(agree(report.light(light.operation), light) for light in platform),
        notes=report.notes,
    )
