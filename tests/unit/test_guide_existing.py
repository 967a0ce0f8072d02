"""A dataset that exists, gone through again, or taken as the pattern of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from guide_walk import (
    DATASET_ID,
    DELEGATED,
    ELSEWHERE,
    EXTERNAL_ID,
    KEY_ID,
    OTHER_KEYS,
    OUTPUT_KEY_ID,
    ROLE_ARN,
    SECRET,
    TOKEN,
    MemoryJournal,
    World,
    at,
    check_of,
    good_fact,
    onward,
    refused,
    settle,
    taken,
)

from core.access import Access, CredentialSource, Secret, SourceKind, UserAccess
from core.dataset import Dataset, Purpose
from core.guide.existing import from_dataset
from core.guide.facts import FoundDataset, KeysRead, NameLookedUp, Saved
from core.guide.fields import Raw, SecretText, Text
from core.guide.flow import pending, plan, submit, view
from core.guide.keys_source import KeysFrom, KeysSource
from core.guide.requests import FindRegion, LookUpName, ReadKeys, Save
from core.guide.saving import save
from core.guide.state import Given, State, TokenSource

GIVEN = Given(token=Secret(TOKEN), token_from=TokenSource.KEYRING, profiles=("lightly",), environment_keys=True)
PROFILE: Raw = {"way": "profile", "profile": "lightly", "copy": False}
KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012"


def saved(**changed: Raw) -> tuple[Dataset, Mapping[Purpose, Access]]:
    """Return a dataset as a walk with these answers saves it, and what the keyring then keeps for it."""
    (request,) = pending(taken(submit(at("save", replace(GIVEN, token=None, token_from=None), **changed), {})))
    assert isinstance(request, Save)
    dataset = replace(request.plan.dataset, dataset_id=DATASET_ID)
    kept = {
        source.purpose: request.access[source.purpose]
        for source in dataset.datasources
        if source.credentials.kind is SourceKind.KEYRING
    }
    return dataset, kept


def as_shown(state: State) -> Raw:
    """Return what the fields of a step hold as they are shown; secrets are left empty."""
    raw: dict[str, str | bool] = {}
    for field in view(state).fields:
        if isinstance(field, SecretText):
            raw[field.name] = ""
        elif not isinstance(value := getattr(field, "value", None), Secret | None):
            raw[field.name] = value
    return raw


def confirmed(state: State, step: str) -> State:
    """Confirm every step as it stands, until one is reached."""
    while state.position.step != step:
        before = state.position.step
        state = settle(taken(submit(state, as_shown(state))))
        assert state.position.step != before, (before, dict(view(state).problems), dict(view(state).hints))
    return state


SETUPS: list[dict[str, Raw]] = [
    {},
    {"needs": {"input_type": "Images", "thumbnails": False}},
    {"output": ELSEWHERE},
    {"output": OTHER_KEYS},
    {"access": DELEGATED},
    {"access": DELEGATED, "output": ELSEWHERE},
    {"keys": PROFILE},
    {"keys": PROFILE, "output": ELSEWHERE},
    {"keys": {"way": "environment", "copy": False}},
    {"limits": {"kms_key_arn": KEY_ARN, "restricted": True}},
]


@pytest.mark.parametrize("answers", SETUPS)
def test_a_dataset_confirmed_as_it_stands_is_saved_as_it_was(answers: dict[str, Raw]) -> None:
    dataset, kept = saved(**answers)
    state = from_dataset(dataset, kept, GIVEN)
    assert state.position.step == "needs"
    assert pending(state) == ()
    assert plan(confirmed(state, "save")).dataset == dataset


def test_the_platforms_own_dataset_is_used_and_its_name_is_no_conflict() -> None:
    dataset, kept = saved()
    state = confirmed(from_dataset(dataset, kept, GIVEN), "dataset")
    state = settle(
        taken(submit(state, as_shown(state))),
        lambda request: (
            NameLookedUp(FoundDataset(DATASET_ID, "Images")) if isinstance(request, LookUpName) else good_fact(request)
        ),
    )
    assert state.position.step == "save"
    assert plan(state).dataset.dataset_id == DATASET_ID
    assert "Use the dataset" in plan(state).steps[0].sentence


def test_another_name_is_another_dataset() -> None:
    dataset, kept = saved()
    state = confirmed(from_dataset(dataset, kept, GIVEN), "dataset")
    state = settle(taken(submit(state, {"name": "cattle"})))
    assert plan(state).dataset.dataset_id is None


def test_no_region_is_looked_up_that_the_dataset_knows() -> None:
    dataset, kept = saved(output={**ELSEWHERE, "output_uri": "s3://other-lake/out/"})
    state = from_dataset(dataset, kept, GIVEN)
    for raw_step in ("needs", "bucket"):
        assert state.position.step == raw_step
        state = taken(submit(state, as_shown(state)))
        assert not [request for request in pending(state) if isinstance(request, FindRegion)]


@pytest.mark.parametrize("answers", [{}, {"output": ELSEWHERE}])
def test_a_key_that_the_keyring_lost_is_asked_for_once(answers: dict[str, Raw]) -> None:
    dataset, _ = saved(**answers)
    state = confirmed(from_dataset(dataset, {}, GIVEN), "keys")
    field = view(state).field("access_key_id")
    assert isinstance(field, Text)
    assert field.value == KEY_ID
    assert set(refused(submit(state, as_shown(state)))) == {"secret_access_key"}
    state = settle(taken(submit(state, {"access_key_id": KEY_ID, "secret_access_key": SECRET})))
    assert plan(confirmed(state, "save")).dataset == dataset


def test_the_outputs_own_key_that_the_keyring_lost_is_asked_for_there() -> None:
    dataset, kept = saved(output=OTHER_KEYS)
    data_only: dict[Purpose, Access] = {purpose: access for purpose, access in kept.items() if purpose is Purpose.INPUT}
    state = confirmed(from_dataset(dataset, data_only, GIVEN), "output")
    raw = as_shown(state)
    assert raw["output_access_key_id"] == OUTPUT_KEY_ID
    assert set(refused(submit(state, raw))) == {"output_secret_access_key"}


def test_an_external_id_that_the_keyring_lost_is_asked_for() -> None:
    dataset, kept = saved(access=DELEGATED)
    state = confirmed(from_dataset(dataset, {}, GIVEN), "role")
    assert as_shown(state)["role_arn"] == ROLE_ARN
    assert set(refused(submit(state, as_shown(state)))) == {"external_id"}
    state = settle(taken(submit(state, {"role_arn": ROLE_ARN, "external_id": EXTERNAL_ID})))
    assert check_of(state).target.role == kept[Purpose.INPUT_OUTPUT]


def test_a_key_of_a_profile_is_read_from_there_again() -> None:
    dataset, kept = saved(keys=PROFILE)
    assert kept == {}
    state = from_dataset(dataset, kept, GIVEN)
    assert state.answers.stays
    state = confirmed(state, "keys")
    state = taken(submit(state, as_shown(state)))
    (request,) = pending(state)
    assert request == ReadKeys(KeysSource(KeysFrom.PROFILE, "lightly"))
    fact = KeysRead(UserAccess(KEY_ID, Secret(SECRET)))
    state = settle(state, lambda request: fact if isinstance(request, ReadKeys) else good_fact(request))
    (source,) = plan(confirmed(state, "save")).dataset.datasources
    assert source.credentials == CredentialSource(SourceKind.PROFILE, "lightly")


def test_the_datasets_own_servers_stand_above_the_command_line() -> None:
    dataset, kept = saved()
    (source,) = dataset.datasources
    dataset = replace(
        dataset,
        platform_url="https://lightly.example.org",
        datasources=(replace(source, endpoint_url="http://127.0.0.1:9000"),),
    )
    given = from_dataset(dataset, kept, replace(GIVEN, endpoint_url="http://127.0.0.1:1")).answers.given
    assert (given.platform_url, given.endpoint_url) == ("https://lightly.example.org", "http://127.0.0.1:9000")


@pytest.mark.parametrize("answers", SETUPS)
def test_another_dataset_like_it_is_asked_only_for_folder_and_name(answers: dict[str, Raw]) -> None:
    dataset, kept = saved(**answers)
    state = from_dataset(dataset, kept, GIVEN, like=True)
    assert state.position.step == "bucket"
    assert as_shown(state)["uri"] == ""
    state = settle(taken(submit(state, {"uri": "s3://datalake/projects/cattle/"})))
    state = confirmed(state, "dataset")
    assert as_shown(state)["name"] == "cattle"
    made = plan(confirmed(state, "save")).dataset
    assert (made.name, made.dataset_id) == ("cattle", None)
    assert made.datasources[0].location.uri == "s3://datalake/projects/cattle/"
    assert made.datasources[1:] == dataset.datasources[1:]
    assert (made.needs, made.restricted) == (dataset.needs, dataset.restricted)
    assert made.datasources[0].credentials == dataset.datasources[0].credentials


def test_like_it_is_not_it() -> None:
    dataset, kept = saved()
    state = from_dataset(dataset, kept, GIVEN, like=True)
    state = onward(state, "dataset")
    state = settle(
        taken(submit(state, {"name": dataset.name})),
        lambda request: (
            NameLookedUp(FoundDataset(DATASET_ID, "Images")) if isinstance(request, LookUpName) else good_fact(request)
        ),
    )
    assert state.position.step == "dataset"
    assert "already" in view(state).problems["name"].sentence


def test_no_repr_of_an_existing_dataset_shows_a_secret() -> None:
    dataset, kept = saved(output=OTHER_KEYS)
    assert "canarySecretKey" not in repr((from_dataset(dataset, kept, GIVEN), kept))


def test_a_dataset_whose_key_moves_into_a_profile_leaves_none_in_the_keyring() -> None:
    dataset, kept = saved()
    state = onward(from_dataset(dataset, kept, GIVEN), "save", keys=PROFILE, dataset={"name": dataset.name})
    (request,) = pending(taken(submit(state, {})))
    assert isinstance(request, Save)
    world = World()
    assert isinstance(save(request, world, MemoryJournal(), lambda _: None), Saved)
    assert world.kept_access == [{}]
    assert any(step.sentence.startswith("Forget the secrets") for step in request.plan.steps)
