"""What the screens work with: built on a daemon thread after the first frame, since its imports cost 200 ms."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.access import Secret

from .clocks import Clocks

if TYPE_CHECKING:
    from core.dataset import Dataset
    from core.guide.runner import Runner, RunnerEvent
    from core.guide.state import Given, State
    from core.lightly.client import LightlyClient
    from core.lights.check import Checker
    from core.store.datasets import DatasetStore
    from core.store.drafts import DraftFound, DraftStore
    from core.store.paths import Home
    from core.store.secrets import Opened, SecretStore

_DRAFT = "setup"
_DIALOG = 60.0
"""Seconds for a person to unlock the keyring in a desktop's dialog."""

__all__ = ["Demo", "Engine", "Setting", "build_engine"]


@dataclass(frozen=True, slots=True)
class Demo:
    """The sandbox that the demo runs against, as far as the screens need it: what one key fills in.

    `fill_ins` are sets of answers, by the guide's names of the fields, each with the words for whose key it is;
    pressing the key again takes the next. `check_command` is what to run in a second terminal; `lend` makes a key
    available to it.
    """

    fill_ins: tuple[tuple[str, dict[str, str]], ...]
    check_command: str
    lend: Callable[[str, str], None]

    def __repr__(self) -> str:
        return "Demo()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What this run of the app was started with."""

    home: Home
    platform_url: str
    endpoint_url: str | None = None
    demo: Demo | None = None
    clocks: Clocks = field(default_factory=Clocks)


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
    """The working parts."""

    setting: Setting
    checker: Checker
    late_secrets: _LateSecrets
    datasets: DatasetStore
    drafts: DraftStore

    @property
    def secrets(self) -> SecretStore:
        """Where secrets are kept. It may block: call it on a thread, or after `given`."""
        return self.late_secrets.get().store

    @property
    def secrets_problem(self) -> str | None:
        """Why that is not the keyring, as far as that is known by now."""
        return self.late_secrets.opened.problem if self.late_secrets.opened else None

    def given(self) -> Given:
        """Return what stands before the first question of a setup. It may ask the keyring: call it on a thread."""
        from core.guide.journal import FileJournal
        from core.guide.plan import SecretsHome
        from core.guide.state import Given, TokenSource
        from core.store.environment import environment_token

        typed = None if self.setting.demo else environment_token()
        source = TokenSource.ENVIRONMENT if typed else None
        kept = None if typed else self.token(self.setting.platform_url)
        return Given(
            platform_url=self.setting.platform_url,
            endpoint_url=self.setting.endpoint_url,
            token=typed or kept,
            token_from=source or (TokenSource.KEYRING if kept else None),
            secrets_home=SecretsHome.MEMORY if self._in_memory else SecretsHome.KEYRING,
            secrets_problem=self.secrets_problem,
            datasets_path=_short(str(self.setting.home.datasets_file)),
            ours=FileJournal(self.setting.home).made(),
            check_command=self.setting.demo.check_command if self.setting.demo else None,
        )

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

        effects = RealEffects(checker=self.checker, secrets=self.secrets, datasets=self.datasets)
        return Runner(effects, FileJournal(self.setting.home), on_event)

    def client(self, dataset: Dataset) -> Callable[[], LightlyClient | None]:
        """Return what makes the platform's client for a dataset, or None where there is no token."""
        from core.recheck import client_for

        return client_for(dataset, lambda: self.token(dataset.platform_url))

    def keep_draft(self, state: State) -> None:
        """Write the setup down as far as it is, without secrets, so that it can be gone on with."""
        from core.guide.drafts import to_draft

        self.drafts.save(_DRAFT, to_draft(state))

    def draft(self) -> DraftFound:
        """Return the setup that was left, or why it cannot be gone on with; one that is damaged is moved aside."""
        self.drafts.load(_DRAFT)  # moves a damaged one aside; what is told then is told once
        return self.drafts.load(_DRAFT)

    def set_draft_aside(self) -> None:
        """Keep the draft under another name, out of the way."""
        self.drafts.set_aside(_DRAFT)

    def drop_draft(self) -> None:
        """Forget the setup that was left."""
        self.drafts.remove(_DRAFT)


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


def _short(path: str) -> str:
    from pathlib import Path

    home = str(Path.home())
    return "~" + path[len(home) :] if path.startswith(home + "/") else path
