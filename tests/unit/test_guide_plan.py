"""The plan: the whole of what Save does, equal for equal answers, and without a secret."""

from __future__ import annotations

import pytest
from guide_walk import ELSEWHERE, KEY_ID, NEEDS, SECRET, TOKEN, URI, at, back_at, onward, taken

from core.access import CredentialSource, Secret, SourceKind
from core.dataset import THUMBNAIL_SUFFIX, Purpose
from core.guide.fields import Info
from core.guide.flow import pending, plan, start, submit, view
from core.guide.plan import SecretsHome, StepId
from core.guide.requests import Save
from core.guide.state import Given, TokenSource


def test_equal_answers_give_equal_plans_however_they_were_given() -> None:
    straight = plan(at("save"))
    state = at("save", needs={**NEEDS, "thumbnails": False}, bucket={"uri": "s3://elsewhere/"})
    assert plan(state) != straight
    state = back_at(state, "needs")
    state = onward(state, "save", keys={"access_key_id": f" {KEY_ID}", "secret_access_key": ""})
    assert plan(state) == straight


def test_there_is_no_plan_before_every_answer_is_there() -> None:
    for step in ("needs", "bucket", "access", "keys", "output", "limits", "dataset"):
        with pytest.raises(ValueError, match="every step"):
            plan(at(step))


def test_the_steps_come_in_their_order() -> None:
    assert [step.id for step in plan(at("save")).steps] == [step for step in StepId if step is not StepId.OUTPUT]
    assert [step.id for step in plan(at("save", output=ELSEWHERE)).steps] == list(StepId)


def test_the_plan_says_what_is_saved() -> None:
    made = plan(at("save"))
    (source,) = made.dataset.datasources
    assert made.dataset.name == "farm-animals"
    assert made.dataset.dataset_id is None
    assert (source.location.uri, source.region, source.access_key_id) == (URI, "eu-central-1", KEY_ID)
    assert source.credentials == CredentialSource(SourceKind.KEYRING)


@pytest.mark.parametrize(
    ("needs", "purpose", "suffix"),
    [
        ({"input_type": "Images", "thumbnails": False}, Purpose.INPUT, None),
        ({"input_type": "Images", "thumbnails": True}, Purpose.INPUT_OUTPUT, THUMBNAIL_SUFFIX),
        ({"input_type": "Videos", "thumbnails": False}, Purpose.INPUT_OUTPUT, None),
        ({"input_type": "Images", "object_level": True}, Purpose.INPUT_OUTPUT, None),
    ],
)
def test_the_purpose_follows_from_whether_write_is_needed(
    needs: dict[str, str | bool], purpose: Purpose, suffix: str | None
) -> None:
    made = plan(at("save", needs=needs))
    assert made.dataset.datasources[0].purpose is purpose
    assert made.thumb_suffix == suffix


def test_save_shows_the_whole_plan_before_anything_happens() -> None:
    state = at("save", Given(datasets_path="/home/ada/.config/bucketlight/datasets.yaml"))
    assert pending(state) == ()
    lines = [line for field in view(state).fields if isinstance(field, Info) for line in field.lines]
    text = "\n".join(lines)
    for said in (
        "1. Create the dataset farm-animals at Lightly, for images",
        "/home/ada/.config/bucketlight/datasets.yaml",
        "Keyring: secret key and token",
        "To Lightly (https://api.lightly.ai)",
        "Lightly keeps them",
        "files that this leaves under .lightly/ are Lightly's",
        "AKIA…ARY1",
    ):
        assert said in text
    assert SECRET not in text
    assert TOKEN not in text
    assert KEY_ID not in text


def test_without_a_keyring_memory_is_said_aloud() -> None:
    made = plan(at("save", Given(secrets_home=SecretsHome.MEMORY)))
    assert made.written[1].startswith("Memory only: secret key and token.")
    assert "in memory until this program ends" in made.steps[2].sentence


def test_a_token_from_elsewhere_stays_there() -> None:
    given = Given(token=Secret(TOKEN), token_from=TokenSource.ENVIRONMENT)
    made = plan(at("save", given, dataset={"name": "farm-animals"}))
    assert not made.stores_token
    assert made.written[1] == "Keyring: the secret key, for the dataset farm-animals."


def test_another_server_is_said_to_be_used_by_this_machine_only() -> None:
    made = plan(at("save", Given(endpoint_url="http://127.0.0.1:9000")))
    assert "http://127.0.0.1:9000 is used by this machine only" in made.sent[-1]


def test_neither_plan_nor_request_shows_a_secret() -> None:
    state = taken(submit(at("save"), {}))
    (request,) = pending(state)
    assert isinstance(request, Save)
    assert SECRET not in repr(request)
    assert TOKEN not in repr(request)


def test_save_without_answers_says_so() -> None:
    from dataclasses import replace

    from core.guide.state import Position

    state = replace(start(), position=Position("save"))
    outcome = submit(state, {})
    assert isinstance(outcome, dict)
    assert "missing" in outcome[""].sentence


def test_next_names_the_commands_without_the_token() -> None:
    state = at("next", dataset={"name": "farm animals", "token": TOKEN})
    lines = [line for field in view(state).fields if isinstance(field, Info) for line in field.lines]
    assert "bucketlight check 'farm animals'" in lines
    assert any("-e LIGHTLY_TOKEN " in line for line in lines)
    assert TOKEN not in "".join(lines)
