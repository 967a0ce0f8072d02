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
    OUTPUT,
    OUTPUT_KEY_ID,
    ROLE_ARN,
    SECRET,
    TOKEN,
    MemoryJournal,
    World,
    at,
    back_at,
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
from core.guide.facts import FoundDataset, KeysRead, NameLookedUp, Saved, SaveFailed
from core.guide.fields import Info, Raw, SecretText, Text
from core.guide.flow import learn, pending, plan, submit, view
from core.guide.keys_source import KeysFrom, KeysSource
from core.guide.requests import FindRegion, LookUpName, ReadKeys, Save
from core.guide.saving import save
from core.guide.state import Given, State, TokenSource
from core.guide.steps.credentials import external_id_of

GIVEN = Given(token=Secret(TOKEN), token_from=TokenSource.KEYRING, profiles=("lightly",), environment_keys=True)
PROFILE: Raw = {"way": "profile", "profile": "lightly", "copy": False}
KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012"


def saved(**changed: Raw) -> tuple[Dataset, Mapping[Purpose, Access]]:
    """Return a dataset as a walk with these answers saves it, and what the keyring then keeps for it."""
    (request,) = pending(taken(submit(at("save", replace(GIVEN, token=None, token_from=None), **changed), {})))
    assert isinstance(request, Save)
    dataset = replace(request.plan.dataset, dataset_id=DATASET_ID)
    kept = {source.purpose: request.access[source.purpose] for source in dataset.datasources if source.in_keyring}
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


def test_an_external_id_that_the_keyring_lost_is_not_replaced_by_one_that_was_made_just_now() -> None:
    dataset, _ = saved(access=DELEGATED)
    made = replace(GIVEN, external_id=Secret("lightly-canary-made-just-now"), external_id_is_new=True)
    state = confirmed(from_dataset(dataset, {}, made), "role")
    refused_there = refused(submit(state, {"role_arn": ROLE_ARN, "external_id": ""}))
    assert "external ID" in refused_there["external_id"].sentence
    field = view(state).field("external_id")
    assert isinstance(field, SecretText)
    assert not field.kept
    entered = taken(submit(state, {"role_arn": ROLE_ARN, "external_id": EXTERNAL_ID}))
    assert external_id_of(entered.answers) == Secret(EXTERNAL_ID)


@pytest.mark.parametrize("kind", [SourceKind.KEYRING, SourceKind.PROFILE])
def test_credentials_of_the_output_that_are_not_known_here_are_not_taken_for_the_inputs(kind: SourceKind) -> None:
    dataset, _ = saved(output=OTHER_KEYS)
    data, output = (replace(each, access_key_id=None) for each in dataset.datasources)
    if kind is SourceKind.PROFILE:
        output = replace(output, credentials=CredentialSource(kind, "output"))
    dataset = replace(dataset, datasources=(data, output))
    state = from_dataset(dataset, {}, GIVEN)
    assert state.answers.output is not None
    assert state.answers.output.access == UserAccess("", Secret(""))


def test_a_role_that_is_tried_with_a_profile_stays_so() -> None:
    dataset, kept = saved(access=DELEGATED)
    source = replace(dataset.datasources[0], credentials=CredentialSource(SourceKind.PROFILE, "auditor"))
    state = from_dataset(replace(dataset, datasources=(source,)), kept, GIVEN)
    assert plan(confirmed(state, "save")).dataset.datasources == (source,)
    other = {"role_arn": f"{ROLE_ARN}-2", "external_id": EXTERNAL_ID}
    moved = settle(taken(submit(confirmed(state, "role"), other)))
    assert plan(confirmed(moved, "save")).dataset.datasources[0].credentials.kind is SourceKind.KEYRING


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


# What the platform has of it by now


def looked_up(state: State, found: FoundDataset | None) -> State:
    """Confirm the dataset step, where the platform has this of its name."""
    state = confirmed(state, "dataset")
    return settle(
        taken(submit(state, as_shown(state))),
        lambda request: NameLookedUp(found) if isinstance(request, LookUpName) else good_fact(request),
    )


def test_one_that_is_gone_from_the_platform_is_made_anew() -> None:
    dataset, kept = saved()
    state = taken(submit(confirmed(from_dataset(dataset, kept, GIVEN), "save"), {}))
    (request,) = pending(state)
    assert isinstance(request, Save)
    state = learn(state, request, SaveFailed("Lightly has no such dataset.", None, gone=DATASET_ID))
    state = taken(submit(settle(state), {}))
    (request,) = pending(state)
    assert isinstance(request, Save)
    assert request.plan.dataset == replace(dataset, dataset_id=None)


def test_there_is_no_choice_but_to_use_the_one_that_is_edited() -> None:
    dataset, kept = saved()
    state = looked_up(from_dataset(dataset, kept, GIVEN), FoundDataset(DATASET_ID, "Images"))
    assert view(back_at(state, "dataset")).field("reuse") is None


def test_another_dataset_of_the_same_name_is_not_saved_over() -> None:
    dataset, kept = saved()
    state = looked_up(from_dataset(dataset, kept, GIVEN), FoundDataset("f" * 24, "Images"))
    assert state.position.step == "dataset"
    assert view(state).field("reuse") is None
    problem = view(state).problems["name"]
    assert DATASET_ID in problem.sentence
    assert "f" * 24 in problem.sentence
    state = settle(taken(submit(state, {"name": problem.suggestion or ""})))
    assert plan(state).dataset.dataset_id is None


@pytest.mark.parametrize(
    ("before", "now", "left"),
    [
        (OUTPUT, ELSEWHERE, "the earlier datasource for input and output"),
        (ELSEWHERE, OUTPUT, "the earlier datasources for input and for output"),
    ],
)
def test_a_datasource_that_stays_at_the_platform_is_said_before_saving(before: Raw, now: Raw, left: str) -> None:
    dataset, kept = saved(output=before)
    state = confirmed(from_dataset(dataset, kept, GIVEN), "output")
    state = confirmed(settle(taken(submit(state, now))), "save")
    mind = view(state).field("mind")
    assert isinstance(mind, Info)
    assert any(left in line for line in mind.lines)
    assert "is replaced" not in plan(state).steps[0].sentence


@pytest.mark.parametrize("answers", [{}, {"output": ELSEWHERE}])
def test_nothing_is_said_to_stay_where_each_datasource_is_replaced(answers: dict[str, Raw]) -> None:
    dataset, kept = saved(**answers)
    assert plan(confirmed(from_dataset(dataset, kept, GIVEN), "save")).left_over is None


def test_nothing_stays_of_a_new_dataset_with_another_name() -> None:
    dataset, kept = saved()
    state = confirmed(from_dataset(dataset, kept, GIVEN), "output")
    state = confirmed(settle(taken(submit(state, ELSEWHERE))), "dataset")
    assert plan(settle(taken(submit(state, {"name": "cattle"})))).left_over is None
