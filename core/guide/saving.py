"""Carrying a plan out: its steps in order, each journalled before and after, so that going on repeats none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Protocol

from ..access import Access, Secret
from ..dataset import Dataset, Datasource, Purpose
from ..lights.states import Light
from ..needs import InputType
from .facts import Saved, SaveFailed
from .fingerprint import fingerprint
from .plan import Plan, StepId
from .requests import Save

__all__ = ["DatasetGoneError", "EffectError", "Journal", "Phase", "SaveEffects", "SaveProgress", "journal_key", "save"]

_SCHEMA = 1


class EffectError(Exception):
    """An effect that did not succeed. The text is for the screen: what happened and what to do. It holds no secret."""


class DatasetGoneError(EffectError):
    """The platform no longer has the dataset."""


class Journal(Protocol):
    """Where it is written down what a save has done. It holds no secret.

    Each method may raise `EffectError`; nothing is then done that would not be written down.
    """

    def load(self, key: str) -> dict[str, object] | None:
        """Return what was written last, or None."""

    def save(self, key: str, content: dict[str, object]) -> None:
        """Write in place of what was there; when this returns, it outlasts a crash."""

    def remove(self, key: str) -> None:
        """Forget it, where there is any."""


class SaveEffects(Protocol):
    """What saving does to the world. Each may block for some seconds, raises `EffectError`, and may be done twice."""

    def create_dataset(self, platform_url: str, token: Secret, name: str, input_type: InputType, *, adopt: bool) -> str:
        """Make a dataset and return its id. With `adopt`, one of that name and type is taken for made."""

    def configure(
        self, dataset: Dataset, source: Datasource, token: Secret, access: Access, *, thumbnails: bool
    ) -> None:
        """Tell the platform one datasource.

        Raises:
            DatasetGoneError: the platform does not know the dataset.
        """

    def store_secrets(self, dataset: Dataset, access: Mapping[Purpose, Access], token: Secret | None) -> None:
        """Keep the secrets of these datasources; `token` is None where it is not to be kept."""

    def write_dataset(self, dataset: Dataset) -> None:
        """Write the dataset down on this machine."""

    def verify(self, dataset: Dataset, token: Secret) -> tuple[Light, ...]:
        """Let the platform try the datasource, and return its lights."""


class Phase(StrEnum):
    """What a step of the plan is at."""

    STARTED = "started"
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class SaveProgress:
    """A step of the plan was begun, is done, or was done before."""

    step: StepId
    phase: Phase


def journal_key(dataset: Dataset) -> str:
    """Return the key of a dataset's journal; the same in every run."""
    return fingerprint(dataset.platform_url, dataset.name)


def save(
    request: Save, effects: SaveEffects, journal: Journal, on_progress: Callable[[SaveProgress], None]
) -> Saved | SaveFailed:
    """Carry out a plan and return how it ended. Blocks for as long as the effects do.

    A step that the journal calls done for the same answers is not done again. In a later run of the program that goes
    for the steps without a secret: what carries one is done again, since it cannot be told whether it is the same.
    An error in the platform's verify is no failure: everything is saved by then.
    """
    return _Saving(request, effects, journal, on_progress).run()


class _Saving:
    def __init__(
        self, request: Save, effects: SaveEffects, journal: Journal, on_progress: Callable[[SaveProgress], None]
    ) -> None:
        self._plan: Plan = request.plan
        self._access = request.access
        self._token = request.token
        self._effects = effects
        self._journal = journal
        self._on_progress = on_progress
        self._key = journal_key(request.plan.dataset)
        self._done: dict[str, dict[str, str]] = {}
        self._last: StepId | None = None
        self._dataset_id: str | None = None

    def run(self) -> Saved | SaveFailed:
        try:
            self._done = _entries(self._journal.load(self._key))
            dataset = self._create()
            for step, source in zip((StepId.DATASOURCE, StepId.OUTPUT), dataset.datasources, strict=False):
                self._step(
                    step,
                    fingerprint(dataset.dataset_id, source, self._plan.thumb_suffix, self._access[source.purpose]),
                    partial(self._configure, dataset, source),
                )
            kept = self._token if self._plan.stores_token else None
            access = {
                source.purpose: self._access[source.purpose] for source in dataset.datasources if source.in_keyring
            }
            if access or kept or self._plan.dataset.dataset_id:
                self._step(
                    StepId.SECRETS,
                    fingerprint(dataset.dataset_id, self._plan.secrets_home, access, kept),
                    lambda: self._effects.store_secrets(dataset, access, kept),
                )
            self._step(StepId.FILE, fingerprint(dataset), lambda: self._effects.write_dataset(dataset))
            lights, problem = self._verify(dataset)
            self._journal.remove(self._key)
        except DatasetGoneError as error:
            return replace(self._failed(str(error)), gone=self._plan.dataset.dataset_id)
        except EffectError as error:
            return self._failed(str(error))
        except Exception as error:  # noqa: BLE001 - its text could quote a secret; its kind can be reported
            return self._failed(f"Saving met a fault of bucketlight ({type(error).__name__}).")
        return Saved(dataset.dataset_id or "", lights, problem)

    def _failed(self, sentence: str) -> SaveFailed:
        last = next((step.sentence for step in self._plan.steps if step.id is self._last), None)
        return SaveFailed(sentence, last, self._dataset_id)

    def _create(self) -> Dataset:
        dataset = self._plan.dataset
        mark = fingerprint(dataset.platform_url, dataset.name, dataset.needs.input_type, dataset.dataset_id)

        def create(begun: bool) -> str:
            if dataset.dataset_id:
                return dataset.dataset_id
            # Begun and not known to be done: a dataset of that name is the one that this setup made.
            return self._effects.create_dataset(
                dataset.platform_url, self._token, dataset.name, dataset.needs.input_type, adopt=begun
            )

        before = self._done.get(StepId.DATASET, {})
        begun = before.get("mark") == mark
        made = before.get("result", "")
        if begun and before.get("phase") == Phase.DONE and made:
            self._skip(StepId.DATASET)
        else:
            self._write(StepId.DATASET, Phase.STARTED, mark)
            made = create(begun)
            self._dataset_id = made
            self._write(StepId.DATASET, Phase.DONE, mark, made)
        self._dataset_id = made
        return replace(dataset, dataset_id=made)

    def _configure(self, dataset: Dataset, source: Datasource) -> None:
        thumbnails = self._plan.thumb_suffix is not None
        try:
            self._effects.configure(dataset, source, self._token, self._access[source.purpose], thumbnails=thumbnails)
        except DatasetGoneError:
            # What was made is not there any more: it is made anew when saving goes on.
            self._done.clear()
            self._last = self._dataset_id = None
            self._journal.remove(self._key)
            raise

    def _step(self, step: StepId, mark: str, act: Callable[[], None]) -> None:
        before = self._done.get(step, {})
        if before.get("mark") == mark and before.get("phase") == Phase.DONE:
            self._skip(step)
            return
        self._write(step, Phase.STARTED, mark)
        act()
        self._write(step, Phase.DONE, mark)

    def _verify(self, dataset: Dataset) -> tuple[tuple[Light, ...], str | None]:
        self._on_progress(SaveProgress(StepId.VERIFY, Phase.STARTED))
        try:
            lights, problem = self._effects.verify(dataset, self._token), None
        except EffectError as error:
            lights, problem = (), str(error)
        self._on_progress(SaveProgress(StepId.VERIFY, Phase.DONE))
        return lights, problem

    def _skip(self, step: StepId) -> None:
        self._last = step
        self._on_progress(SaveProgress(step, Phase.SKIPPED))

    def _write(self, step: StepId, phase: Phase, mark: str, result: str = "") -> None:
        """Write a phase down, then tell it: a step that is shown as begun or done is in the journal."""
        self._done[step] = {"phase": phase.value, "mark": mark, "result": result}
        self._journal.save(
            self._key, {"schema": _SCHEMA, "steps": {key: dict(each) for key, each in self._done.items()}}
        )
        if phase is Phase.DONE:
            self._last = step
        self._on_progress(SaveProgress(step, phase))


def _entries(content: dict[str, object] | None) -> dict[str, dict[str, str]]:
    """Read a journal; one that is not understood counts as empty, since every step may be done twice."""
    steps = content.get("steps") if content and content.get("schema") == _SCHEMA else None
    if not isinstance(steps, dict):
        return {}
    return {
        str(step): {str(key): value for key, value in entry.items() if isinstance(value, str)}
        for step, entry in steps.items()
        if isinstance(entry, dict)
    }
