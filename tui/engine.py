"""What the screens work with: built on a daemon thread after the first frame, since its imports cost 200 ms."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from secrets import token_hex
from typing import TYPE_CHECKING, ClassVar

from core.access import AccessKind, Secret
from core.lights.threads import DaemonThreads

from .clocks import Clocks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.access import Access, UserAccess
    from core.dataset import Dataset, Purpose
    from core.guide.runner import Runner, RunnerEvent
    from core.guide.state import Given, State
    from core.lightly.client import LightlyClient
    from core.lights.check import Checker
    from core.store.datasets import DatasetStore
    from core.store.drafts import Draft, DraftFound, DraftStore
    from core.store.paths import Home
    from core.store.secrets import Opened, SecretStore

_ASIDE = "aside "
"""How the name begins of a draft that was set aside, to be gone on with later."""
_DIALOG = 60.0
"""Seconds for a person to unlock the keyring in a desktop's dialog."""
_FAREWELL = 0.3
"""Seconds for which leaving waits for the keyring at the most."""

__all__ = ["Demo", "Engine", "Kept", "Setting", "build_engine"]


@dataclass(frozen=True, slots=True)
class Demo:
    """The sandbox that the demo runs against, as far as the screens need it: what one key fills in.

    `fill_ins` are sets of answers, by the guide's names of the fields, each with the words for whose key it is;
    pressing the key again takes the next. `check_command` is what to run in a second terminal; `lend` makes a key
    available to it. `profiles` are AWS profiles that are the sandbox's own.
    """

    fill_ins: tuple[tuple[str, Mapping[str, str | bool]], ...]
    check_command: str
    lend: Callable[[str, str], None]
    profiles: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Demo()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What this run of the app was started with. `ascii`: nothing but ASCII is drawn."""

    home: Home
    platform_url: str
    endpoint_url: str | None = None
    demo: Demo | None = None
    clocks: Clocks = field(default_factory=Clocks)
    ascii: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept for a dataset; with a `problem` it cannot be had, and its secrets are asked for again."""

    access: Mapping[Purpose, Access]
    problem: str | None = None


class _LateSecrets:
    """The keyring, opened when it is first needed: a desktop may ask for a password then."""

    def __init__(self, open_store: Callable[[], Opened]) -> None:
        self._open = open_store
        self._lock = threading.Lock()
        self.opened: Opened | None = None

    def get(self) -> Opened:
        """Return it; the first call may block for as long as somebody types a password."""
        with self._lock:
            if self.opened is None:
                self.opened = self._open()
            return self.opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The working parts. `keyring` is where the keyring is asked: one thing after the other, off the app's thread."""

    setting: Setting
    checker: Checker
    late_secrets: _LateSecrets
    datasets: DatasetStore
    drafts: DraftStore
    DRAFT: ClassVar[str] = "setup"
    """The name of the draft of the setup that is under way."""
    keyring: DaemonThreads = field(default_factory=lambda: DaemonThreads(1, "keyring"))

    @property
    def secrets(self) -> SecretStore:
        """Where secrets are kept. It may block: call it on a thread, or after `given`."""
        return self.late_secrets.get().store

    @property
    def secrets_problem(self) -> str | None:
        """Why that is not the keyring, as far as that is known by now."""
        return self.late_secrets.opened.problem if self.late_secrets.opened else None

    def given(self, platform_url: str | None = None) -> Given:
        """Return what stands before the first question of a setup. It may ask the keyring: call it on a thread.

        `platform_url` is the platform of a dataset that exists, where that may be another one than this run's.
        """
        from core.external_id import new_external_id
        from core.guide.journal import FileJournal
        from core.guide.plan import SecretsHome
        from core.guide.state import Given, TokenSource
        from core.store.environment import environment_access, environment_token

        platform_url = platform_url or self.setting.platform_url
        is_ours = platform_url == self.setting.platform_url
        typed = None if self.setting.demo or not is_ours else environment_token()
        source = TokenSource.ENVIRONMENT if typed else None
        kept = None if typed else self.token(platform_url)
        external_id = self._left_external_id(platform_url)
        return Given(
            platform_url=platform_url,
            endpoint_url=self.setting.endpoint_url,
            token=typed or kept,
            token_from=source or (TokenSource.KEYRING if kept else None),
            secrets_home=SecretsHome.MEMORY if self._in_memory else SecretsHome.KEYRING,
            secrets_problem=self.secrets_problem,
            datasets_path=_short(str(self.setting.home.datasets_file)),
            ours=FileJournal(self.setting.home).made(),
            external_id=external_id or new_external_id(),
            external_id_is_new=external_id is None,
            profiles=self.profiles(),
            environment_keys=self.setting.demo is None and environment_access() is not None,
            check_command=self.setting.demo.check_command if self.setting.demo else None,
        )

    def _left_external_id(self, platform_url: str) -> Secret | None:
        """Return the external ID of the setup that was left, where there is one and it can be had."""
        from core.store.secrets import SecretUnavailableError

        try:
            return self.secrets.get_draft_external_id(platform_url)
        except SecretUnavailableError:
            return None

    def profiles(self) -> tuple[str, ...]:
        """Return the names of the AWS profiles of this machine; in the demo those of the sandbox."""
        from core.aws.credentials import CredentialsError
        from core.aws.profiles import list_profiles

        if self.setting.demo:
            return self.setting.demo.profiles
        try:
            return tuple(profile.name for profile in list_profiles())
        except CredentialsError:
            return ()

    def kept(self, dataset: Dataset) -> Kept:
        """Return what is kept for a dataset, or why it cannot be had. It may ask the keyring: call it on a thread."""
        from core.store.secrets import SecretUnavailableError

        try:
            return Kept(self.secrets.get_access(dataset.platform_url, dataset.name))
        except SecretUnavailableError as error:
            return Kept({}, f"The secrets of {dataset.name} are asked for again: {error}")

    @property
    def _in_memory(self) -> bool:
        from core.store.secrets import MemorySecretStore

        return isinstance(self.secrets, MemorySecretStore)

    def token(self, platform_url: str) -> Secret | None:
        """Return the Lightly token that is kept, or None."""
        from core.recheck import token_of
        from core.store.secrets import SecretUnavailableError

        try:
            if self.setting.demo:
                return self.secrets.get_token(platform_url)
            return token_of(platform_url, self.secrets, named=self.setting.platform_url)
        except SecretUnavailableError:
            return None

    def runner(self, on_event: Callable[[RunnerEvent], None]) -> Runner:
        """Make the runner of a setup."""
        from core.guide.effects import RealEffects
        from core.guide.journal import FileJournal
        from core.guide.runner import Runner
        from core.provision.journal import Journal

        ambient = _nobody if self.setting.demo else None
        effects = RealEffects(
            checker=self.checker,
            secrets=self.secrets,
            datasets=self.datasets,
            ambient=ambient,
            provisioning=Journal(self.setting.home),
        )
        return Runner(effects, FileJournal(self.setting.home), on_event)

    def client(self, dataset: Dataset) -> Callable[[], LightlyClient | None]:
        """Return what makes the platform's client for a dataset, or None where there is no token."""
        from core.recheck import client_for

        return client_for(dataset, lambda: self.token(dataset.platform_url))

    def keep_draft(self, state: State) -> None:
        """Write the setup down as far as it is, without secrets, so that it can be gone on with."""
        from core.guide.drafts import to_draft

        self.drafts.save(self.DRAFT, to_draft(state))

    def keep_external_id(self, state: State) -> None:
        """Have the keyring keep the external ID of a setup with a role, so that it is the same when it is gone on with.

        It returns at once; `settle` waits for it.
        """
        from core.guide.steps.credentials import external_id_of

        answers = state.answers
        made = external_id_of(answers)
        if answers.access_kind is AccessKind.DELEGATED and made:
            self._with_secrets(lambda kept: kept.put_draft_external_id(answers.given.platform_url, made))

    def drop_external_id(self, platform_url: str, draft: str = DRAFT) -> None:
        """Forget it: it belongs to a dataset now, or to nothing. It returns at once."""
        name = self._item(draft)
        self._with_secrets(lambda kept: kept.delete_draft_external_id(platform_url, name))

    def _move_external_id(self, platform_url: str, draft: str, to: str) -> None:
        """Keep it for the draft's other name; it stays under the first one where that fails. It returns at once."""
        before, after = self._item(draft), self._item(to)

        def move(kept: SecretStore) -> None:
            external_id = kept.get_draft_external_id(platform_url, before)
            if external_id is not None:
                kept.put_draft_external_id(platform_url, external_id, after)
                kept.delete_draft_external_id(platform_url, before)

        self._with_secrets(move)

    def _item(self, draft: str) -> str:
        """Return what a draft is called in the keyring."""
        return "" if draft == self.DRAFT else draft

    def settle(self) -> None:
        """Wait for what the keyring is still to keep or to forget, but not for long: the program is about to end."""
        self.catch_up(_FAREWELL)

    def catch_up(self, seconds: float | None = None) -> None:
        """Wait for what the keyring is still to keep or to forget: for so many seconds at the most, if some are given.

        Never call it on the keyring's thread.
        """
        done = threading.Event()
        self.keyring.run(done.set)  # one thing after the other: what was asked for before is done by then
        done.wait(seconds)

    def _with_secrets(self, act: Callable[[SecretStore], None]) -> None:
        from core.store.secrets import SecretUnavailableError

        def run() -> None:
            with contextlib.suppress(SecretUnavailableError, ValueError):
                act(self.secrets)

        self.keyring.run(run)

    def draft(self) -> DraftFound:
        """Return the setup that was left, or why it cannot be gone on with; one that is damaged is moved aside."""
        self.drafts.load(self.DRAFT)  # moves a damaged one aside; what is told then is told once
        return self.drafts.load(self.DRAFT)

    def drafts_aside(self) -> tuple[Draft, ...]:
        """Return the setups that were left and set aside, to be gone on with later; the last one first."""
        return self.drafts.named(_ASIDE)

    def before(self, draft: Mapping[str, object]) -> Given:
        """Return what a draft is gone on with: the servers of this run, and the dataset that it is about, if any."""
        from core.guide.state import Given
        from core.store.errors import StoreError

        given = Given(platform_url=self.setting.platform_url, endpoint_url=self.setting.endpoint_url)
        try:
            known = self.datasets.load() if draft.get("editing") else ()
        except StoreError:
            known = ()  # home says what is wrong with the file
        named = [each for each in known if each.name == draft.get("editing")]
        found = [each for each in named if draft.get("editing_at") in {None, each.platform_url}]
        # Where it is not clear which one was meant, none is gone through.
        return replace(given, platform_url=found[0].platform_url, editing=found[0]) if len(found) == 1 else given

    def set_draft_aside(self, draft: str = DRAFT) -> None:
        """Keep a draft that cannot be gone on with under another name, out of the way."""
        self.drafts.set_aside(draft)

    def drop_draft(self, draft: str = DRAFT) -> None:
        """Forget a setup that was left."""
        self.drafts.remove(draft)

    def keep_aside(self, platform_url: str) -> None:
        """Keep the setup under a name of its own, with its external ID, so that another one can be under way.

        Raises:
            StoreError: its file cannot be moved.
        """
        name = f"{_ASIDE}{token_hex(4)}"
        if self.drafts.rename(self.DRAFT, name):
            self._move_external_id(platform_url, self.DRAFT, name)

    def take_up(self, draft: str, platform_url: str) -> None:
        """Make a setup that was set aside the one under way again, with its external ID.

        Raises:
            StoreError: its file cannot be moved.
        """
        if self.drafts.rename(draft, self.DRAFT):
            self._move_external_id(platform_url, draft, self.DRAFT)


def build_engine(setting: Setting) -> Engine:
    """Make the engine: imports what is slow. The keyring is opened when it is needed."""
    from core.lights.check import Checker
    from core.store.datasets import DatasetStore
    from core.store.drafts import DraftStore
    from core.store.observations import Observations
    from core.store.secrets import MemorySecretStore, Opened, open_secret_store

    def open_secrets() -> Opened:
        if setting.demo:
            return Opened(MemorySecretStore())
        # Where there is a desktop, it may show a dialog that asks for the keyring's password.
        desktop = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        return open_secret_store(timeout=_DIALOG) if desktop else open_secret_store()

    return Engine(
        setting=setting,
        checker=Checker(stored_dry_writes=Observations(setting.home)),
        late_secrets=_LateSecrets(open_secrets),
        datasets=DatasetStore(setting.home),
        drafts=DraftStore(setting.home),
    )


def _nobody() -> UserAccess:
    """Stand for the credentials of this machine, which no sandbox is to see.

    Raises:
        CredentialsError: always.
    """
    from core.aws.credentials import CredentialsError

    raise CredentialsError.because("no-credentials")


def _short(path: str) -> str:
    from pathlib import Path

    home = str(Path.home())
    return "~" + path[len(home) :] if path.startswith(home + "/") else path
