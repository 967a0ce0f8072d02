"""The plan of what Save does: shown whole before anything happens, and equal for equal answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..access import AccessKind, SourceKind, mask_key_id
from ..dataset import Dataset, Datasource, Purpose
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
    OUTPUT = "output"
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
    """Write the plan for a dataset. Where its `dataset_id` is set, that dataset is used.

    `secrets_problem` says why the secrets do not go into the keyring.
    """
    what = _what(dataset, stores_token=stores_token)
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


def _kept(dataset: Dataset) -> tuple[Datasource, ...]:
    """Return the datasources whose secrets are kept: those of a profile stay there."""
    return tuple(each for each in dataset.datasources if each.credentials.kind is SourceKind.KEYRING)


def _what(dataset: Dataset, *, stores_token: bool) -> str:
    """Name the secrets that are kept; empty where there are none."""
    words = []
    kinds = {each.access for each in _kept(dataset)}
    if AccessKind.USER in kinds:
        words.append("secret key")
    if AccessKind.DELEGATED in kinds:
        words.append("external ID")
    if stores_token:
        words.append("token")
    if len(words) < 2:
        return f"the {words[0]}" if words else ""
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _steps(dataset: Dataset, home: SecretsHome, what: str, path: str) -> tuple[PlanStep, ...]:
    sources = dataset.datasources
    first = (
        f"Use the dataset {dataset.name} that Lightly has; its datasource is replaced"
        if dataset.dataset_id
        else f"Create the dataset {dataset.name} at Lightly, for {_files(dataset.needs.input_type)}"
    )
    where = "in the keyring" if home is SecretsHome.KEYRING else "in memory until this program ends"
    verb = "Store" if home is SecretsHome.KEYRING else "Keep"
    kept = f"{verb} {what} {where}" if what else "Forget the secrets that are kept for it, if there are any"
    ids = (StepId.DATASOURCE, StepId.OUTPUT)
    return (
        PlanStep(StepId.DATASET, first),
        *(
            PlanStep(id_, f"Set {each.location} in {each.region} as its {_called(each)} ({each.purpose})")
            for id_, each in zip(ids, sources, strict=False)
        ),
        *((PlanStep(StepId.SECRETS, kept),) if what or dataset.dataset_id else ()),
        PlanStep(StepId.FILE, f"Write the dataset to {path}"),
        PlanStep(StepId.VERIFY, "Ask Lightly to try the three operations itself"),
    )


def _called(source: Datasource) -> str:
    return "output" if source.purpose is Purpose.LIGHTLY else "datasource"


def _files(input_type: InputType) -> str:
    return {InputType.IMAGES: "images", InputType.VIDEOS: "videos"}[input_type]


def _written(dataset: Dataset, home: SecretsHome, what: str, path: str, problem: str | None) -> tuple[str, ...]:
    names = "role" if dataset.datasources[0].role_arn else "key ID"
    lines = [f"{path}: name, bucket, region, needs and {names}. No secret."]
    if what and home is SecretsHome.KEYRING:
        lines.append(f"Keyring: {what}, for the dataset {dataset.name}.")
    elif what:
        lines.append(f"Memory only: {what}. It is gone when this program ends." + (f" {problem}" if problem else ""))
    lines += [
        f"The key of the {_called(each)} stays in the {each.credentials}."
        for each in dataset.datasources
        if each.credentials.kind is not SourceKind.KEYRING
    ]
    return tuple(lines)


def _sent(dataset: Dataset) -> tuple[str, ...]:
    servers = dict.fromkeys(each.endpoint_url for each in dataset.datasources if each.endpoint_url)
    what = dict.fromkeys(_sent_for(each) for each in dataset.datasources)
    return (
        f"To Lightly ({dataset.platform_url}): location, region, {' and '.join(what)}. Lightly keeps them.",
        "Lightly tries them on the bucket when it verifies; files that this leaves under .lightly/ are Lightly's.",
        *(f"{url} is used by this machine only: Lightly has no field for an endpoint." for url in servers),
    )


def _sent_for(source: Datasource) -> str:
    if source.role_arn:
        return f"role {source.role_arn} with its external ID"
    return f"key {mask_key_id(source.access_key_id or '')} and its secret key"
