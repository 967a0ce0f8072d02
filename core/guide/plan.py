"""The plan of what Save does: shown whole before anything happens, and equal for equal answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ..access import AccessKind, mask_key_id
from ..dataset import Dataset, Datasource, Purpose
from ..needs import InputType

__all__ = ["Plan", "PlanStep", "SecretsHome", "StepId", "make_plan"]

_FOR = {Purpose.INPUT: "for input", Purpose.LIGHTLY: "for output", Purpose.INPUT_OUTPUT: "for input and output"}


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
        left_over: what the platform keeps of the dataset beside this, in a sentence, or None.
        obstacle: why this plan cannot be carried out, or None. It may be found out while the plan is carried out
            already, so it is no part of what the plan is.
    """

    dataset: Dataset
    thumb_suffix: str | None
    secrets_home: SecretsHome
    stores_token: bool
    steps: tuple[PlanStep, ...]
    written: tuple[str, ...]
    sent: tuple[str, ...]
    left_over: str | None = None
    obstacle: str | None = field(default=None, compare=False)


def make_plan(
    dataset: Dataset,
    *,
    thumb_suffix: str | None,
    secrets_home: SecretsHome,
    stores_token: bool,
    datasets_path: str,
    secrets_problem: str | None = None,
    before: Dataset | None = None,
    obstacle: str | None = None,
) -> Plan:
    """Write the plan for a dataset. Where its `dataset_id` is set, that dataset is used.

    `secrets_problem` says why the secrets do not go into the keyring. `before` is the dataset as it was saved the last
    time, where that is known.
    """
    what = _what(dataset, stores_token=stores_token)
    left_over = _left_over(dataset, before)
    return Plan(
        dataset=dataset,
        thumb_suffix=thumb_suffix,
        secrets_home=secrets_home,
        stores_token=stores_token,
        steps=_steps(dataset, secrets_home, what, datasets_path, replaces=left_over is None),
        written=_written(dataset, secrets_home, what, datasets_path, secrets_problem),
        sent=_sent(dataset),
        left_over=left_over,
        obstacle=obstacle,
    )


def _kept(dataset: Dataset) -> tuple[Datasource, ...]:
    """Return the datasources whose secrets are kept: those of a profile stay there."""
    return tuple(each for each in dataset.datasources if each.in_keyring)


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


def _left_over(dataset: Dataset, before: Dataset | None) -> str | None:
    """Say which datasources stay at the platform: each purpose is set by itself, and none is removed (Lightly API)."""
    if before is None or dataset.dataset_id is None or before.dataset_id != dataset.dataset_id:
        return None
    purposes = {each.purpose for each in dataset.datasources}
    stay = [_FOR[each.purpose] for each in before.datasources if each.purpose not in purposes]
    if not stay:
        return None
    noun, it = ("datasource", "it") if len(stay) == 1 else ("datasources", "them")
    return (
        f"Lightly keeps the earlier {noun} {' and '.join(stay)} beside what is set now, and may go on using {it}. "
        f"Remove {it} in the web app, or go back to Dataset and choose another name for a new dataset."
    )


def _steps(dataset: Dataset, home: SecretsHome, what: str, path: str, *, replaces: bool) -> tuple[PlanStep, ...]:
    sources = dataset.datasources
    besides = "its datasource is replaced" if replaces else "a datasource that it has stays beside the new"
    first = (
        f"Use the dataset {dataset.name} that Lightly has; {besides}"
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
        if not each.in_keyring
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
