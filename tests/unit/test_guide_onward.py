"""The later steps of the guide: encryption and limits, what lies in the folder, and what comes after Save."""

from __future__ import annotations

import json

import pytest
from guide_walk import (
    DATASET,
    DATASET_ID,
    DELEGATED,
    ELSEWHERE,
    KEY_ID,
    KEYS,
    NEEDS,
    OTHER_KEYS,
    OUTPUT_KEY_ID,
    REGION,
    ROLE_ARN,
    TOKEN,
    WORKER_ID,
    at,
    back_at,
    check_of,
    good_fact,
    onward,
    refused,
    report,
    settle,
    taken,
)

from core.access import Secret
from core.dataset import Purpose
from core.guide.by_hand import policy_text
from core.guide.facts import Fact, Failed, FoundDataset, NameLookedUp, Saved, WorkerRegistered
from core.guide.fields import Choice, Info, Problem, Raw, Text
from core.guide.flow import again, back, finished, instructions, learn, pending, plan, preview, start, submit, view
from core.guide.requests import Check, LookAround, LookUpName, RegisterWorker, Request
from core.guide.state import State
from core.guide.steps.onward import saved_of
from core.lightly.rules import worker_name_problem
from core.lights.states import Light
from core.lights.states import State as LightState
from core.needs import InputType, Operation
from core.survey import Survey

KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012"
PRINCIPAL = "arn:aws:iam::111122223333:user/lightly"
FAR_KEY_ARN = KEY_ARN.replace("eu-central-1", "us-west-2")
OTHER_KEY_ARN = KEY_ARN.replace("12345678", "87654321")
ALIAS_ARN = "arn:aws:kms:eu-central-1:111122223333:alias/lightly"


def lines_of(state: State, name: str) -> tuple[str, ...]:
    field = view(state).field(name)
    assert isinstance(field, Info)
    return field.lines


# Encryption and limits


def test_without_a_key_nothing_is_asked_anew() -> None:
    state = taken(submit(at("limits"), {"kms_key_arn": "", "restricted": False}))
    assert state.position.step == "dataset"
    assert pending(state) == ()
    assert plan(onward(state, "save")).dataset.datasources[0].kms_key_arn is None


@pytest.mark.parametrize(
    ("arn", "word"), [("lightly-key", "arn:aws:kms:"), (FAR_KEY_ARN, "us-west-2"), (ALIAS_ARN, "key/ID")]
)
def test_a_key_that_cannot_be_the_buckets_is_refused(arn: str, word: str) -> None:
    problems = refused(submit(at("limits"), {"kms_key_arn": arn}))
    assert set(problems) == {"kms_key_arn"}
    assert word in problems["kms_key_arn"].sentence


def test_a_key_is_checked_and_saved_with_its_place() -> None:
    state = taken(submit(at("limits"), {"kms_key_arn": f" {KEY_ARN}\n"}))
    assert state.position.step == "dataset"
    assert check_of(state).target.kms_key_arn == KEY_ARN
    assert [type(request) for request in pending(state)] == [Check], "with a key the lights may be others"
    assert "UseKeyViaS3" in (policy_text(state, Purpose.INPUT_OUTPUT) or "")
    assert plan(onward(settle(state), "save")).dataset.datasources[0].kms_key_arn == KEY_ARN


def test_each_place_has_a_key_of_its_own() -> None:
    state = at("limits", output=ELSEWHERE)
    assert isinstance(view(state).field("output_kms_key_arn"), Text)
    assert view(at("limits")).field("output_kms_key_arn") is None
    assert set(refused(submit(state, {"kms_key_arn": "", "output_kms_key_arn": FAR_KEY_ARN}))) == {"output_kms_key_arn"}
    state = taken(submit(state, {"kms_key_arn": "", "output_kms_key_arn": KEY_ARN}))
    assert check_of(state, Purpose.INPUT).target.kms_key_arn is None
    assert check_of(state, Purpose.LIGHTLY).target.kms_key_arn == KEY_ARN
    data, output = plan(onward(settle(state), "save")).dataset.datasources
    assert (data.kms_key_arn, output.kms_key_arn) == (None, KEY_ARN)


def test_the_statement_for_the_key_is_shown_while_it_is_typed() -> None:
    state = at("limits")
    shown = "\n".join(preview(state, {"kms_key_arn": KEY_ARN}))
    for said in ("kms:Decrypt", "kms:GenerateDataKey", KEY_ARN, "key's own", "s3.eu-central-1.amazonaws.com"):
        assert said in shown
    for text in ("", "arn:aws:kms:", FAR_KEY_ARN):
        assert preview(state, {"kms_key_arn": text}) == ()


def test_the_keys_own_policy_is_written_for_whoever_was_checked() -> None:
    state = taken(submit(at("keys"), KEYS))
    state = settle(
        state, lambda request: report(principal=PRINCIPAL) if isinstance(request, Check) else good_fact(request)
    )
    state = onward(state, "limits")
    assert instructions(state, {"kms_key_arn": ""}) == (), "there is no key yet"
    text = " ".join(str(value.value) for step in instructions(state, {"kms_key_arn": KEY_ARN}) for value in step.values)
    assert PRINCIPAL in text
    assert "kms:Decrypt" in text
    (said,) = instructions(state, {"kms_key_arn": "lightly-key"})
    assert not said.values
    assert said.text.endswith(".")


def test_the_keys_own_policy_is_written_for_the_role() -> None:
    state = at("limits", access=DELEGATED)
    text = " ".join(str(value.value) for step in instructions(state, {"kms_key_arn": KEY_ARN}) for value in step.values)
    assert ROLE_ARN in text


def test_the_outputs_key_gets_its_statement_with_the_input_or_alone() -> None:
    state = at("limits", output=ELSEWHERE)
    alone = "\n".join(preview(state, {"kms_key_arn": "", "output_kms_key_arn": KEY_ARN}))
    assert "The policy for the output needs this" in alone
    assert "kms:GenerateDataKey" in alone
    both = "\n".join(preview(state, {"kms_key_arn": KEY_ARN, "output_kms_key_arn": OTHER_KEY_ARN}))
    for said in ("The policy for the input", KEY_ARN, "The policy for the output", OTHER_KEY_ARN):
        assert said in both
    data, _, output = both.partition("The policy for the output")
    assert "kms:GenerateDataKey" not in data
    assert "kms:GenerateDataKey" in output


def statements(state: State, raw: Raw) -> dict[str, str]:
    """Return what is added to the policy of each key, by the key's ID."""
    values = [value for step in instructions(state, raw) for value in step.values]
    ids = [str(value.value) for value in values if value.label == "Key ID"]
    return dict(zip(ids, (str(value.value) for value in values if value.label == "Statement"), strict=True))


def test_each_keys_own_policy_is_written_for_the_user_of_its_place() -> None:
    state = settle(
        taken(submit(at("output"), OTHER_KEYS)),
        lambda request: (
            report(principal=f"{PRINCIPAL}-{request.target.access.access_key_id}")
            if isinstance(request, Check)
            else good_fact(request)
        ),
    )
    found = statements(state, {"kms_key_arn": KEY_ARN, "output_kms_key_arn": OTHER_KEY_ARN})
    data, output = (found[arn.rpartition("key/")[2]] for arn in (KEY_ARN, OTHER_KEY_ARN))
    assert f"{PRINCIPAL}-{KEY_ID}" in data
    assert "kms:GenerateDataKey" not in data
    assert f"{PRINCIPAL}-{OUTPUT_KEY_ID}" in output
    assert "kms:GenerateDataKey" in output
    assert list(statements(state, {"kms_key_arn": "", "output_kms_key_arn": KEY_ARN}).values()) == [output]


def test_one_key_for_both_places_of_one_role_is_allowed_once_all_that_either_needs() -> None:
    state = onward(start(), "limits", access=DELEGATED, output=ELSEWHERE)
    (statement,) = statements(state, {"kms_key_arn": KEY_ARN, "output_kms_key_arn": KEY_ARN}).values()
    assert ROLE_ARN in statement
    assert "kms:GenerateDataKey" in statement


def test_a_folder_that_is_only_read_needs_only_to_decrypt() -> None:
    state = at("limits", needs={**NEEDS, "thumbnails": False})
    shown = "\n".join(preview(state, {"kms_key_arn": KEY_ARN}))
    assert "kms:Decrypt" in shown
    assert "kms:GenerateDataKey" not in shown


def test_whoever_comes_back_sees_the_statement_of_the_known_key() -> None:
    state = back(taken(submit(at("limits"), {"kms_key_arn": KEY_ARN, "restricted": True})))
    assert view(state).preview == preview(state, {"kms_key_arn": KEY_ARN, "restricted": True})
    assert any("kms:Decrypt" in line for line in view(state).preview)


def test_limited_access_says_what_it_means_for_lightlys_own_lights() -> None:
    state = at("limits")
    said = " ".join(preview(state, {"restricted": True}))
    assert "bypass_verify" in said
    assert "red" in said
    made = plan(at("save", limits={"kms_key_arn": "", "restricted": True}))
    assert made.dataset.restricted
    assert not plan(at("save")).dataset.restricted


# What lies there


def seeing(survey: Survey, step: str = "dataset", **changed: Raw) -> State:
    """Walk to a step, with this as what lies in the folder."""
    state = settle(
        taken(submit(onward(start(), "keys", **changed), KEYS)), lambda request: seen_or_good(request, survey)
    )
    return onward(state, step, **changed)


def seen_or_good(request: Request, survey: Survey) -> Fact:
    fact = good_fact(request)
    return survey if isinstance(fact, Survey) else fact


def test_what_lies_there_is_shown() -> None:
    assert lines_of(seeing(Survey(images=3, videos=1, total_bytes=5_000_000)), "seen") == ("3 images, 1 video, 5.0 MB",)


def test_before_it_is_known_its_line_is_there_so_that_no_field_moves_while_somebody_types() -> None:
    state = at("keys")
    state = taken(submit(state, KEYS))
    while state.position.step != "dataset":
        state = taken(submit(state, {"where": "same"}))
    assert lines_of(state, "seen") == ("being looked at …",)
    assert [field.name for field in view(state).fields] == [field.name for field in view(settle(state)).fields]


def test_with_a_role_nobody_is_said_to_be_unable_to_list() -> None:
    (line,) = lines_of(at("dataset", access=DELEGATED), "seen")
    assert line.startswith("not looked at: ")
    assert "role" in line


def test_a_look_that_failed_is_said_to_have_failed() -> None:
    late = Failed("No answer came within 30 seconds.")
    state = settle(
        taken(submit(at("keys"), KEYS)),
        lambda request: late if isinstance(request, LookAround) else good_fact(request),
    )
    assert lines_of(onward(state, "dataset"), "seen") == ("could not be looked at: No answer came within 30 seconds.",)


def test_a_folder_that_cannot_be_listed_is_said_to_be_so() -> None:
    state = settle(
        taken(submit(at("keys"), KEYS)),
        lambda request: report(state=LightState.RED) if isinstance(request, Check) else good_fact(request),
    )
    assert lines_of(onward(state, "dataset"), "seen") == ("not looked at: this machine cannot list the folder",)


@pytest.mark.parametrize(
    ("survey", "suggested"),
    [(Survey(images=1, videos=4), "Videos"), (Survey(images=4, videos=1), None), (Survey(others=3), None)],
)
def test_the_type_of_most_files_is_suggested_where_another_is_chosen(survey: Survey, suggested: str | None) -> None:
    choice = view(seeing(survey)).field("input_type")
    assert isinstance(choice, Choice)
    assert choice.value == "Images", "a suggestion decides nothing"
    assert [option.value for option in choice.options if option.note] == ([suggested] if suggested else [])


@pytest.mark.parametrize(
    ("survey", "word"),
    [
        (Survey(videos=4, total_bytes=9), "video"),
        (Survey(), "no"),
        (Survey(images=1, total_bytes=9, foreign_owner=True), "account"),
    ],
)
def test_what_is_odd_there_is_hinted_at_once_and_then_taken(survey: Survey, word: str) -> None:
    state = taken(submit(seeing(survey), DATASET))
    assert state.position.step == "dataset"
    assert pending(state) == ()
    assert word in view(state).hints["input_type"].sentence
    state = settle(taken(submit(state, DATASET)))
    assert state.position.step == "save"
    assert word in " ".join(lines_of(state, "mind")), "it is said once more before anything is made"


def test_the_right_type_is_taken_without_a_word() -> None:
    state = taken(submit(seeing(Survey(videos=4, total_bytes=9)), DATASET))
    state = settle(taken(submit(state, {**DATASET, "input_type": "Videos", "thumbnails": True})))
    assert not view(state).hints
    assert state.position.step == "save"
    assert plan(state).dataset.needs.input_type is InputType.VIDEOS


def test_an_input_type_that_does_not_exist_is_a_problem() -> None:
    assert set(refused(submit(at("dataset"), {**DATASET, "input_type": "Crops"}))) == {"input_type"}


# What is changed there leads back


READ_ONLY: Raw = {**NEEDS, "thumbnails": False}


def test_thumbnails_turned_on_there_ask_where_lightly_may_write() -> None:
    state = at("dataset", needs=READ_ONLY)
    assert "Output" not in view(state).done
    state = settle(taken(submit(state, {**DATASET, "thumbnails": True})))
    assert state.position.step == "output"
    assert state.answers.name == "farm-animals"
    state = taken(submit(state, {"where": "same"}))
    assert check_of(state).target.required == (Operation.LIST, Operation.READ, Operation.WRITE)
    state = onward(settle(state), "save")
    assert plan(state) == plan(at("save"))


def test_thumbnails_turned_on_again_find_the_output_that_was_answered() -> None:
    state = back_at(at("save", output=ELSEWHERE), "dataset")
    state = back(settle(taken(submit(state, {**DATASET, "thumbnails": False}))))
    assert "Output" not in view(state).done
    state = settle(taken(submit(state, {**DATASET, "thumbnails": True})))
    assert state.position.step == "save"
    assert plan(state) == plan(at("save", output=ELSEWHERE))


def test_videos_chosen_there_ask_where_lightly_may_write() -> None:
    raw: Raw = {**DATASET, "input_type": "Videos", "thumbnails": False}
    state = taken(submit(at("dataset", needs=READ_ONLY), raw))
    assert settle(taken(submit(state, raw))).position.step == "output"


def test_without_write_the_output_is_not_asked_for_any_more() -> None:
    state = settle(taken(submit(at("dataset"), {**DATASET, "thumbnails": False})))
    assert state.position.step == "save"
    assert "Output" not in view(state).done
    assert plan(state).dataset.datasources[0].purpose is Purpose.INPUT


# After Save


def registering(name: str = "barn") -> State:
    return taken(submit(at("next"), {"worker": name}))


def test_a_worker_is_registered_and_its_command_names_its_id() -> None:
    state = registering()
    assert pending(state) == (RegisterWorker("https://api.lightly.ai", Secret(TOKEN), "barn"),)
    assert view(state).waiting == "Registering the Worker barn …"
    assert not finished(state)
    state = learn(state, pending(state)[0], WorkerRegistered(WORKER_ID))
    assert not finished(state), "the command is to be read before one leaves"
    text = "\n".join(lines_of(state, "worker_commands"))
    assert f"LIGHTLY_WORKER_ID={WORKER_ID}" in text
    assert TOKEN not in text
    state = taken(submit(state, {"worker": "barn"}))
    assert finished(state)
    assert pending(state) == (), "it is not registered twice"


def test_an_empty_name_finishes() -> None:
    state = taken(submit(at("next"), {"worker": " "}))
    assert finished(state)
    assert pending(state) == ()


def test_a_name_that_lightly_does_not_take_is_a_problem() -> None:
    assert refused(submit(at("next"), {"worker": "ab"})) == {"worker": Problem(worker_name_problem("ab") or "")}


@pytest.mark.parametrize(
    "fact", [WorkerRegistered(None, "Lightly cannot be reached."), Failed("Lightly cannot be reached.")]
)
def test_a_worker_that_was_not_registered_is_said_and_can_be_tried_again_or_left(fact: Fact) -> None:
    state = registering()
    request = pending(state)[0]
    state = learn(state, request, fact)
    assert not finished(state)
    assert view(state).problems["worker"].sentence.startswith("Lightly cannot be reached.")
    assert WORKER_ID not in "\n".join(lines_of(state, "worker_commands"))
    assert pending(taken(submit(state, {"worker": "barn"}))) == (request,)
    assert finished(taken(submit(state, {"worker": ""})))


def test_nothing_is_registered_before_it_is_asked_for() -> None:
    assert pending(at("next")) == ()


def test_a_worker_that_answers_late_takes_no_step_from_whoever_went_back() -> None:
    state = registering()
    request = pending(state)[0]
    state = taken(submit(back_at(state, "dataset"), {**DATASET, "name": "farm-animals"}))
    look_up = next(each for each in pending(state) if isinstance(each, LookUpName))
    state = learn(state, request, WorkerRegistered(WORKER_ID))
    assert view(state).waiting
    assert learn(state, look_up, NameLookedUp(FoundDataset(DATASET_ID, "Images"))).position.step in {"dataset", "save"}


def test_the_lights_of_both_places_and_of_lightly_are_shown() -> None:
    lines = lines_of(at("next", output=ELSEWHERE), "lights")
    assert [line.split()[0] for line in lines] == ["Input", "Output", "Lightly"]
    assert lines_of(at("next"), "lights")[0].startswith("Here")


def test_a_platform_that_did_not_verify_is_said() -> None:
    state = taken(submit(at("save"), {}))
    state = learn(state, pending(state)[0], Saved(DATASET_ID, (), "Lightly cannot be reached."))
    assert any("has not verified it yet: Lightly cannot be reached." in line for line in lines_of(state, "lights"))


def test_a_check_that_failed_is_not_said_to_be_under_way() -> None:
    state = again(at("next"))
    state = learn(state, pending(state)[0], Failed("This met a fault of bucketlight (KeyError)."))
    assert lines_of(state, "lights")[0] == "Here     not checked: This met a fault of bucketlight (KeyError)."


@pytest.mark.parametrize("restricted", [True, False])
def test_a_red_of_lightlys_can_be_right_where_access_is_limited(restricted: bool) -> None:
    state = taken(submit(at("save", limits={"kms_key_arn": "", "restricted": restricted}), {}))
    light = Light(
        operation=Operation.LIST,
        state=LightState.RED,
        required=True,
        cause="platform-denies",
        summary="Lightly cannot list.",
        fix="Allow it.",
    )
    state = learn(state, pending(state)[0], Saved(DATASET_ID, (light,)))
    text = " ".join(lines_of(state, "lights"))
    assert "Lightly cannot list." in text
    assert ("can be right as it is" in text) is restricted
    assert ("bypass_verify" in "\n".join(lines_of(state, "worker_commands"))) is restricted


def test_what_comes_next_survives_the_check_that_follows_a_save() -> None:
    state = taken(submit(at("save"), {}))
    state = learn(state, pending(state)[0], Saved(DATASET_ID, report().lights))
    assert saved_of(state) is not None
    assert [type(request) for request in pending(state)] == [Check]
    assert "being checked" in lines_of(state, "lights")[0]
    assert saved_of(settle(state)) is not None


def test_a_dataset_that_was_just_saved_is_not_said_to_be_somebody_elses() -> None:
    state = back_at(at("next"), "dataset")
    state = settle(
        taken(submit(state, DATASET)),
        lambda request: (
            NameLookedUp(FoundDataset(DATASET_ID, "Images")) if isinstance(request, LookUpName) else good_fact(request)
        ),
    )
    assert state.position.step == "save"
    assert plan(state).dataset.dataset_id == DATASET_ID


def test_the_plan_of_everything_is_plain_text_without_a_secret() -> None:
    made = plan(at("save", output=ELSEWHERE, limits={"kms_key_arn": KEY_ARN, "restricted": True}))
    text = json.dumps([*made.written, *made.sent, *(step.sentence for step in made.steps)])
    assert TOKEN not in text
    assert "canary" not in text
    assert REGION.region is not None
    assert REGION.region in text
