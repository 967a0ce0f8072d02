"""The plan of what Save does: shown whole before anything happens, and equal for equal answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..access import mask_key_id
from ..dataset import Dataset
from ..needs import InputType

__all__ = ["Plan", "PlanStep", "SecretsHome", "StepId", "make_plan"]


class SecretsHome(StrEnum):
    """Where the secrets are kept: the keyring, or only the memory of this run."""

    KEYRING = "keyring"
    MEMORY = "memory"


class StepId(StrEnum):
    """The steps of a plan, in their order. Journals hold these words."""

    DATASET = "dataset"
    DATASOURCE = "datasource"
    SECRETS = "secrets"
    FILE = "file"
    VERIFY = "verify"


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step; doing it again with the same answers changes nothing. `sentence` says what it does."""

    id: StepId
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done, in order, and what follows. It holds no secret.

    Attributes:
        dataset: what is saved; its `dataset_id` is set where an existing dataset is used.
        thumb_suffix: where the platform puts thumbnails, or None for no thumbnails.
        secrets_home: where the secrets go.
        stores_token: whether the token is stored too; one that came from keyring or environment stays there.
        steps: what is done, in order.
        written: what is written where on this machine.
        sent: what is sent to whom.
        obstacle: why this plan cannot be carried out, or None.
    """

    dataset: Dataset
    thumb_suffix: str | None
    secrets_home: SecretsHome
    stores_token: bool
    steps: tuple[PlanStep, ...]
    written: tuple[str, ...]
    sent: tuple[str, ...]
    obstacle: str | None = None


def make_plan(
    dataset: Dataset,
    *,
    thumb_suffix: str | None,
    secrets_home: SecretsHome,
    stores_token: bool,
    datasets_path: str,
    secrets_problem: str | None = None,
    obstacle: str | None = None,
) -> Plan:
    """Write the plan for a dataset with one datasource. Where its `dataset_id` is set, that dataset is used.

    `secrets_problem` says why the secrets do not go into the keyring.
    """
    what = "secret key and token" if stores_token else "the secret key"
    return Plan(
        dataset=dataset,
        thumb_suffix=thumb_suffix,
        secrets_home=secrets_home,
        stores_token=stores_token,
        steps=_steps(dataset, secrets_home, what, datasets_path),
        written=_written(dataset, secrets_home, what, datasets_path, secrets_problem),
        sent=_sent(dataset),
        obstacle=obstacle,
    )


def _steps(dataset: Dataset, home: SecretsHome, what: str, path: str) -> tuple[PlanStep, ...]:
    (source,) = dataset.datasources
    first = (
        f"Use the dataset {dataset.name} that Lightly has; its datasource is replaced"
        if dataset.dataset_id
        else f"Create the dataset {dataset.name} at Lightly, for {_files(dataset.needs.input_type)}"
    )
    kept = (
        f"Store {what} in the keyring"
        if home is SecretsHome.KEYRING
        else f"Keep {what} in memory until this program ends"
    )
    return (
        PlanStep(StepId.DATASET, first),
        PlanStep(StepId.DATASOURCE, f"Set {source.location} in {source.region} as its datasource ({source.purpose})"),
        PlanStep(StepId.SECRETS, kept),
        PlanStep(StepId.FILE, f"Write the dataset to {path}"),
        PlanStep(StepId.VERIFY, "Ask Lightly to try the three operations itself"),
    )


def _files(input_type: InputType) -> str:
    return {InputType.IMAGES: "images", InputType.VIDEOS: "videos"}[input_type]


def _written(dataset: Dataset, home: SecretsHome, what: str, path: str, problem: str | None) -> tuple[str, ...]:
    secrets = (
        f"Keyring: {what}, for the dataset {dataset.name}."
        if home is SecretsHome.KEYRING
        else f"Memory only: {what}. It is gone when this program ends." + (f" {problem}" if problem else "")
    )
    return (f"{path}: name, bucket, region, needs and key ID. No secret.", secrets)


def _sent(dataset: Dataset) -> tuple[str, ...]:
    (source,) = dataset.datasources
    key = mask_key_id(source.access_key_id or "")
    server = (
        (f"{source.endpoint_url} is used by this machine only: Lightly has no field for an endpoint.",)
        if source.endpoint_url
        else ()
    )
    return (
        f"To Lightly ({dataset.platform_url}): location, region, key {key} and its secret key. Lightly keeps them.",
        "Lightly tries them on the bucket when it verifies; files that this leaves under .lightly/ are Lightly's.",
        *server,
    )
