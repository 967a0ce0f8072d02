"""What the screens work with: built on a daemon thread after the first frame, since its imports cost 200 ms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.access import Secret

if TYPE_CHECKING:
    from core.dataset import Dataset
    from core.guide.runner import Runner, RunnerEvent
    from core.guide.state import Given, State
    from core.lightly.client import LightlyClient
    from core.lights.check import Checker
    from core.store.datasets import DatasetStore
    from core.store.drafts import DraftStore
    from core.store.paths import Home
    from core.store.secrets import SecretStore

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The working parts. `secrets_problem` says why secrets are not kept in the keyring, where they are not."""

    setting: Setting
    checker: Checker
    secrets: SecretStore
    secrets_problem: str | None
    datasets: DatasetStore
    drafts: DraftStore

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
            return self.secrets.get_token(platform_url) if self.setting.demo else token_of(platform_url, self.secrets)
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

        def make() -> LightlyClient | None:
            from core.lightly.client import LightlyClient
            from core.lightly.environment import ca_bundle_from_environment

            token = self.token(dataset.platform_url)
            if token is None:
                return None
            return LightlyClient(dataset.platform_url, token, ca_bundle=ca_bundle_from_environment())

        return make

    def keep_draft(self, state: State) -> None:
        """Write the setup down as far as it is, without secrets, so that it can be gone on with."""
        from core.guide.drafts import to_draft

        self.drafts.save("setup", to_draft(state))

    def drop_draft(self) -> None:
        """Forget the setup that was left."""
        self.drafts.remove("setup")


def build_engine(setting: Setting) -> Engine:
    """Make the engine: imports what is slow, and opens the keyring. Blocks for up to some seconds."""
    from core.lights.check import Checker
    from core.store.datasets import DatasetStore
    from core.store.drafts import DraftStore
    from core.store.observations import Observations
    from core.store.secrets import MemorySecretStore, Opened, open_secret_store

    opened = Opened(MemorySecretStore()) if setting.demo else open_secret_store()
    return Engine(
        setting=setting,
        checker=Checker(stored_dry_writes=Observations(setting.home)),
        secrets=opened.store,
        secrets_problem=opened.problem,
        datasets=DatasetStore(setting.home),
        drafts=DraftStore(setting.home),
    )


def _short(path: str) -> str:
    from pathlib import Path

    home = str(Path.home())
    return "~" + path[len(home) :] if path.startswith(home + "/") else path
