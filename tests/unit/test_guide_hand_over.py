"""Handing it over: what an administrator gets, a setup that waits, and what comes back days later."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from guide_walk import (
    DELEGATED,
    ELSEWHERE,
    EXTERNAL_ID,
    HAND_IT,
    KEY_ID,
    KEYS,
    LIMITS,
    MAKE,
    OUTPUT,
    OUTPUT_KEY_ID,
    OUTPUT_ROLE_ARN,
    OUTPUT_SECRET,
    OWN_OUTPUT,
    ROLE_ARN,
    SECRET,
    at,
    back_at,
    onward,
    refused,
    settle,
    taken,
)

from core.access import DelegatedAccess, Secret, UserAccess
from core.dataset import Purpose
from core.guide.drafts import from_draft, to_draft
from core.guide.fields import Choice, Info, Link, Opens, Raw, SecretText, Text, is_shown
from core.guide.flow import handed_out, handoff, pasted, pending, plan, start, submit, view, waits_since
from core.guide.requests import Check
from core.guide.state import Given, State
from core.guide.steps.credentials import access_of
from core.guide.steps.save import save_request
from core.provision.handoff import EXTERNAL_ID_FILE

DAY = date(2026, 11, 22)
GIVEN = Given(external_id=Secret(EXTERNAL_ID), today=DAY)
HAND_ROLE: Raw = {**DELEGATED, "maker": "hand-over"}


def waiting(access: Raw = HAND_IT, **changed: Raw) -> State:
    """Return the state that waits for an administrator."""
    return at("role" if access is HAND_ROLE else "keys", GIVEN, access=access, **changed)


def left(state: State) -> State:
    """Leave the setup, and go on with it a month later."""
    text = json.dumps(to_draft(state))
    assert EXTERNAL_ID not in text
    return from_draft(json.loads(text), replace(GIVEN, today=date(2026, 12, 24)))


@pytest.mark.parametrize(("access", "title"), [(HAND_IT, "Keys"), (HAND_ROLE, "Role")])
def test_what_is_handed_over_is_asked_whole_before(access: Raw, title: str) -> None:
    shown = view(waiting(access))
    titles = ["Needs", "Bucket", "Access", "Output", "Encryption", title, "Dataset", "Save", "Next"]
    assert [*shown.done, shown.title, *shown.upcoming] == titles


@pytest.mark.parametrize("access", [HAND_IT, HAND_ROLE])
def test_the_step_begins_with_what_is_handed_over(access: Raw) -> None:
    state = waiting(access)
    link = view(state).fields[0]
    assert isinstance(link, Link)
    assert link.opens is Opens.HANDOFF
    assert view(state).question == "Hand this over, then paste what comes back."
    assert view(state).field("console") is None
    assert waits_since(state) == DAY
    assert pending(state) == ()


@pytest.mark.parametrize("access", [HAND_IT, HAND_ROLE])
def test_it_waits_only_once_something_was_handed_out_or_the_setup_was_left(access: Raw) -> None:
    state = waiting(access)
    assert waiting_lines(state) == ()
    for on in (handed_out(state), left(state), left(handed_out(state))):
        assert waiting_lines(on) == ("Waiting for the administrator since 2026-11-22.",)


def test_what_comes_back_is_noted_until_it_is_there() -> None:
    arn, key_id = view(waiting(HAND_ROLE)).field("role_arn"), view(waiting()).field("access_key_id")
    assert isinstance(arn, Text)
    assert isinstance(key_id, Text)
    assert arn.note == key_id.note == "comes back from the administrator"
    own = view(at("role", GIVEN, access=DELEGATED)).field("role_arn")
    assert isinstance(own, Text)
    assert own.note == "", "nobody makes one"


def test_another_external_id_is_asked_for_only_where_there_is_one() -> None:
    state = waiting(HAND_ROLE)
    assert view(state).field("made_external_id") is None, "it is with the files"
    field = view(state).field("external_id")
    assert field is not None
    assert not is_shown(field, {"another_external_id": False})
    assert is_shown(field, {"another_external_id": True})
    other = "lightly-canary-typed-id-99"
    on = taken(submit(state, {"role_arn": ROLE_ARN, "another_external_id": True, "external_id": other}))
    assert access_of(on, Purpose.INPUT) == DelegatedAccess(ROLE_ARN, Secret(other))
    back = taken(submit(back_at(on, "role"), {"role_arn": ROLE_ARN, "another_external_id": False}))
    assert access_of(back, Purpose.INPUT) == DelegatedAccess(ROLE_ARN, Secret(EXTERNAL_ID))


def test_at_the_link_what_came_back_is_taken_whole() -> None:
    assert pasted(waiting(HAND_ROLE), f'role_arn = "{ROLE_ARN}"', "handoff") == {"role_arn": ROLE_ARN}
    assert pasted(waiting(HAND_ROLE), f'role_arn = "{ROLE_ARN}"', "role_arn") == {}, "the field takes it"
    assert pasted(waiting(HAND_ROLE), "no ARN", "handoff") == {}
    assert pasted(waiting(), KEY_ID, "handoff") == {"way": "typed", "access_key_id": KEY_ID}
    assert pasted(waiting(), KEY_ID, "access_key_id") == {}


def test_nothing_else_waits_for_anybody() -> None:
    for state in (start(GIVEN), at("keys", GIVEN), at("limits", GIVEN, access=HAND_IT)):
        assert waits_since(state) is None
        assert view(state).field("handoff") is None
    assert waits_since(onward(waiting(), "dataset")) is None


@pytest.mark.parametrize("output", [OUTPUT, ELSEWHERE])
@pytest.mark.parametrize("access", [HAND_IT, HAND_ROLE])
def test_the_files_hold_the_policy_of_these_answers_and_no_secret(access: Raw, output: Raw) -> None:
    files = handoff(waiting(access, output=output))
    assert next(iter(files)).startswith("message")
    text = "\n".join(files.values())
    assert "Lightly-S3-farm-animals" in text
    assert "projects/farm-animals/" in text
    assert ("lightly-output/" in text) is (output is ELSEWHERE)
    assert EXTERNAL_ID not in text


def test_the_external_id_goes_apart_and_only_where_it_is_asked_for() -> None:
    state = waiting(HAND_ROLE)
    more = set(handoff(state, external_id=True)) - set(handoff(state))
    assert more == {EXTERNAL_ID_FILE}
    assert EXTERNAL_ID in handoff(state, external_id=True)[EXTERNAL_ID_FILE]
    assert set(handoff(waiting(), external_id=True)) == set(handoff(waiting()))


def test_before_the_folder_is_known_it_is_said_that_nothing_can_be_handed_over() -> None:
    with pytest.raises(ValueError, match="region of a folder is not known"):
        handoff(start(GIVEN))


@pytest.mark.parametrize("access", [HAND_IT, HAND_ROLE])
def test_days_later_it_waits_where_it_was_left_with_the_very_same_files(access: Raw) -> None:
    state = waiting(access)
    on = left(state)
    assert on.position.step == state.position.step
    assert waits_since(on) == DAY
    assert handoff(on, external_id=True) == handoff(state, external_id=True)


def test_a_key_that_comes_back_is_pasted_into_the_setup_that_waits() -> None:
    on = left(waiting())
    raw = pasted(on, f"Access key ID,Secret access key\n{KEY_ID},{SECRET}\n")
    assert (raw["access_key_id"], raw["secret_access_key"]) == (KEY_ID, SECRET)
    on = taken(submit(on, raw))
    assert on.position.step == "dataset"
    assert isinstance(pending(on)[0], Check)
    assert not plan(onward(settle(on), "save")).obstacle


def test_a_key_may_come_back_as_a_file() -> None:
    on = taken(submit(left(waiting()), {"way": "file", "key_file": "~/lightly-key.csv"}))
    assert onward(settle(on), "save").position.step == "save"


def test_the_role_that_comes_back_has_the_external_id_of_the_setup() -> None:
    on = taken(submit(left(waiting(HAND_ROLE)), {"role_arn": ROLE_ARN, "external_id": ""}))
    assert on.position.step == "dataset"
    request = save_request(onward(settle(on), "save"))
    assert request is not None
    assert request.plan.dataset.datasources[0].role_arn == ROLE_ARN
    assert [access.external_id for access in request.access.values() if hasattr(access, "external_id")] == [
        Secret(EXTERNAL_ID)
    ]


@pytest.mark.parametrize("is_new", [True, False])
def test_a_role_that_was_handed_over_gets_no_other_external_id_than_it_was_handed_over_with(is_new: bool) -> None:
    other = replace(GIVEN, external_id=Secret("lightly-canary-another-id-88"), external_id_is_new=is_new)
    on = from_draft(to_draft(waiting(HAND_ROLE)), other)
    assert on.position.step == "role"
    assert on.answers.external_id_lost
    assert view(on).field("made_external_id") is None
    assert (
        "trust policy demands" in refused(submit(on, {"role_arn": ROLE_ARN, "external_id": ""}))["external_id"].sentence
    )
    with pytest.raises(ValueError, match="could not be kept on this machine"):
        handoff(on)
    assert onward(back_at(on, "access"), "role", access=HAND_ROLE).answers.external_id_lost, "it is asked for there"
    again = from_draft(to_draft(on), GIVEN)
    assert not again.answers.external_id_lost, "it may be found another day"
    on = taken(submit(on, {"role_arn": ROLE_ARN, "external_id": EXTERNAL_ID}))
    assert on.position.step == "dataset"


def test_another_role_is_handed_over_where_the_external_id_of_the_one_there_is_not_known() -> None:
    state = replace(start(GIVEN), answers=replace(start(GIVEN).answers, role_arn=ROLE_ARN, external_id_lost=True))
    on = onward(state, "role", access=HAND_ROLE)
    assert EXTERNAL_ID in handoff(on, external_id=True)[EXTERNAL_ID_FILE]
    assert on.answers.role_arn is None


def test_what_is_handed_over_is_limited_to_the_network_that_is_named() -> None:
    named: Raw = {"kms_key_arn": "", "restricted": True, "networks": "203.0.113.0/24 vpc-0a1b2c3d"}
    state = waiting(limits=named)
    text = "\n".join(handoff(state).values())
    assert "203.0.113.0/24" in text
    assert "vpc-0a1b2c3d" in text
    assert handoff(left(state)) == handoff(state)
    assert not [line for line in waiting_lines(state) if "limited to no network" in line]
    without = waiting(limits={"kms_key_arn": "", "restricted": True, "networks": ""})
    assert [line for line in waiting_lines(without) if "limited to no network" in line]


def waiting_lines(state: State) -> tuple[str, ...]:
    said = view(state).field("waiting")
    assert said is None or isinstance(said, Info)
    return said.lines if said else ()


def test_what_is_handed_over_can_be_named_otherwise() -> None:
    state = at("limits", GIVEN, access=HAND_IT)
    shown = view(state).field("made_name")
    assert isinstance(shown, Text)
    assert (shown.value, shown.note) == ("farm-animals", "makes Lightly-S3-farm-animals")
    assert refused(submit(state, {"made_name": "ä/ö"}))["made_name"]
    named = taken(submit(state, {"kms_key_arn": "", "made_name": "cattle"}))
    assert "Lightly-S3-cattle" in "\n".join(handoff(named).values())
    assert handoff(left(named)) == handoff(named)
    assert view(at("limits", GIVEN)).field("made_name") is None, "what is there has its name"


@pytest.mark.parametrize("maker", ["hand-over", "make"])
def test_a_folder_that_makes_no_name_is_asked_for_one(maker: str) -> None:
    step = "limits" if maker == "hand-over" else "make"
    state = at(step, GIVEN, access={**HAND_IT, "maker": maker}, bucket={"uri": "s3://lake/x/"})
    shown = view(state).field("made_name")
    assert isinstance(shown, Text)
    assert shown.value == ""
    raw = LIMITS if maker == "hand-over" else MAKE
    assert "three characters" in refused(submit(state, raw))["made_name"].sentence
    named = taken(submit(state, {**raw, "made_name": "cattle"}))
    assert named.answers.made_name == "cattle"


def test_the_name_of_what_is_handed_over_follows_the_folder() -> None:
    state = onward(back_at(waiting(), "bucket"), "keys", bucket={"uri": "s3://datalake/projects/cows/"})
    assert "Lightly-S3-cows" in "\n".join(handoff(state).values())


def test_a_separate_output_is_checked_as_soon_as_the_key_is_there() -> None:
    state = taken(submit(waiting(output=ELSEWHERE), KEYS))
    checked = {request.target.location.uri for request in pending(state) if isinstance(request, Check)}
    assert checked == {"s3://datalake/projects/farm-animals/", "s3://datalake/lightly-output/"}


OUTPUT_KEYS: Raw = {"own_output_access_key_id": OUTPUT_KEY_ID, "own_output_secret_access_key": OUTPUT_SECRET}


@pytest.mark.parametrize("access", [HAND_IT, HAND_ROLE])
def test_the_outputs_own_is_offered_and_handed_over_too(access: Raw) -> None:
    offered = view(at("output", GIVEN, access=access)).field("credentials")
    assert isinstance(offered, Choice)
    assert [option.label for option in offered.options][-1] == "Its own, handed over too"
    state = waiting(access, output=OWN_OUTPUT)
    files = handoff(state)
    assert len({name for name in files if "-input-" in name}) == len({name for name in files if "-output-" in name}) > 3
    message = " ".join(files["message-to-the-administrator.txt"].split())
    assert "It may list and read files under s3://datalake/projects/farm-animals/." in message
    assert "It may list, read and store files under s3://datalake/lightly-output/." in message
    assert "Lightly-S3-farm-animals-output" in message
    assert ("The access key of each user" in message) is (access is HAND_IT)
    assert handoff(left(state), external_id=True) == handoff(state, external_id=True)
    chosen = view(back_at(state, "output")).field("credentials")
    assert isinstance(chosen, Choice)
    assert chosen.value == "made"


def test_it_waits_for_the_keys_of_both_and_saves_each_with_its_own() -> None:
    on = left(waiting(output=OWN_OUTPUT))
    assert "own_output_access_key_id" in refused(submit(on, KEYS))
    assert {"access_key_id", "secret_access_key"} <= set(refused(submit(on, OUTPUT_KEYS)))
    twice: Raw = {"own_output_access_key_id": KEY_ID, "own_output_secret_access_key": SECRET}
    assert "key of the input" in refused(submit(on, {**KEYS, **twice}))["own_output_access_key_id"].sentence
    on = taken(submit(on, {**KEYS, **OUTPUT_KEYS}))
    assert on.position.step == "dataset"
    checks = {request.target.access for request in pending(on) if isinstance(request, Check)}
    assert checks == {UserAccess(KEY_ID, Secret(SECRET)), UserAccess(OUTPUT_KEY_ID, Secret(OUTPUT_SECRET))}
    request = save_request(onward(settle(on), "save"))
    assert request is not None
    assert request.access == {
        Purpose.INPUT: UserAccess(KEY_ID, Secret(SECRET)),
        Purpose.LIGHTLY: UserAccess(OUTPUT_KEY_ID, Secret(OUTPUT_SECRET)),
    }
    assert len({name for name in handoff(on) if "-output-" in name}) > 3, "what is handed over stays the same"


def test_it_waits_for_the_arns_of_both_roles() -> None:
    on = left(waiting(HAND_ROLE, output=OWN_OUTPUT))
    assert set(refused(submit(on, {"role_arn": ROLE_ARN}))) == {"own_output_role_arn"}
    said = refused(submit(on, {"role_arn": ROLE_ARN, "own_output_role_arn": ROLE_ARN}))
    assert "role of the input" in said["own_output_role_arn"].sentence
    on = taken(submit(on, {"role_arn": ROLE_ARN, "own_output_role_arn": OUTPUT_ROLE_ARN}))
    assert on.position.step == "dataset"
    for state in (on, from_draft(to_draft(on), GIVEN)):
        assert access_of(state, Purpose.INPUT) == DelegatedAccess(ROLE_ARN, Secret(EXTERNAL_ID))
        assert access_of(state, Purpose.LIGHTLY) == DelegatedAccess(OUTPUT_ROLE_ARN, Secret(EXTERNAL_ID))
        assert onward(settle(state), "save").position.step == "save"


def test_a_draft_knows_the_outputs_key_id_and_asks_for_its_secret_again() -> None:
    on = left(settle(taken(submit(waiting(output=OWN_OUTPUT), {**KEYS, **OUTPUT_KEYS}))))
    assert on.position.step == "keys"
    key_id, secret = view(on).field("own_output_access_key_id"), view(on).field("own_output_secret_access_key")
    assert isinstance(key_id, Text)
    assert isinstance(secret, SecretText)
    assert (key_id.value, secret.kept) == (OUTPUT_KEY_ID, False)
    assert access_of(on, Purpose.LIGHTLY) is None


def test_a_key_of_two_is_pasted_where_the_cursor_is() -> None:
    on = waiting(output=OWN_OUTPUT)
    text = f"Access key ID,Secret access key\n{OUTPUT_KEY_ID},{OUTPUT_SECRET}\n"
    assert pasted(on, text, "own_output_access_key_id") == OUTPUT_KEYS
    assert pasted(on, text, "access_key_id")["access_key_id"] == OUTPUT_KEY_ID
    assert "access_key_id" in pasted(waiting(), text, "own_output_access_key_id"), "no output of its own is asked for"


def test_no_access_is_the_inputs_while_the_outputs_own_has_not_come_back() -> None:
    state = waiting(output=OWN_OUTPUT)
    half = replace(state, answers=replace(state.answers, access=UserAccess(KEY_ID, Secret(SECRET))))
    assert access_of(half, Purpose.INPUT) is not None
    assert access_of(half, Purpose.LIGHTLY) is None


def test_one_that_came_back_is_not_mixed_up_with_one_that_is_made_after_all() -> None:
    back = settle(taken(submit(waiting(output=OWN_OUTPUT), {**KEYS, **OUTPUT_KEYS})))
    made = onward(back_at(back, "access"), "make", access={**HAND_IT, "maker": "make"}, output=OWN_OUTPUT)
    assert access_of(made, Purpose.LIGHTLY) is None
    made = onward(made, "dataset")
    found = access_of(made, Purpose.LIGHTLY)
    assert isinstance(found, UserAccess)
    assert found.access_key_id != OUTPUT_KEY_ID


def test_a_key_that_came_back_is_no_role_of_the_output() -> None:
    back = settle(taken(submit(waiting(output=OWN_OUTPUT), {**KEYS, **OUTPUT_KEYS})))
    on = onward(back_at(back, "access"), "role", access=HAND_ROLE, output=OWN_OUTPUT)
    assert access_of(on, Purpose.LIGHTLY) is None
    assert "own_output_role_arn" in refused(submit(on, {"role_arn": ROLE_ARN}))


@pytest.mark.parametrize(
    "text",
    [
        f'"{ROLE_ARN}"',
        f'role_arn = "{ROLE_ARN}"',
        f'Outputs:\n\nrole_arn = "{ROLE_ARN}"\n',
        f"RoleArn\t{ROLE_ARN}\tThe role's ARN: hand it back.",
        f'  "Value": "{ROLE_ARN}",',
        f"Its ARN is {ROLE_ARN}.",
        f"\u200b{ROLE_ARN}\n",
    ],
)
def test_the_arn_is_taken_out_of_what_terraform_and_the_console_show(text: str) -> None:
    on = taken(submit(waiting(HAND_ROLE), {"role_arn": text}))
    assert on.position.step == "dataset"
    assert on.answers.role_arn == ROLE_ARN


@pytest.mark.parametrize("text", ["", "role_arn", f"{ROLE_ARN} {OUTPUT_ROLE_ARN}", ROLE_ARN.replace("role/", "user/")])
def test_what_holds_no_one_arn_is_refused(text: str) -> None:
    assert "ARN of" in refused(submit(waiting(HAND_ROLE), {"role_arn": text}))["role_arn"].sentence


def test_another_role_than_was_handed_over_is_remarked_on_and_gone_on_with() -> None:
    other: Raw = {"role_arn": "arn:aws:iam::111122223333:role/lightly/Somebody-Elses"}
    on = taken(submit(waiting(HAND_ROLE), other))
    assert on.position.step == "role"
    assert "is named Lightly-S3-farm-animals" in view(on).hints["role_arn"].sentence
    assert taken(submit(on, other)).position.step == "dataset"
    under_a_path: Raw = {"role_arn": ROLE_ARN.replace("role/", "role/team/")}
    assert taken(submit(waiting(HAND_ROLE), under_a_path)).position.step == "dataset"
    assert taken(submit(at("role", GIVEN, access=DELEGATED), other)).position.step != "role", "nobody handed one over"


PRIVATE: Raw = {"kms_key_arn": "", "restricted": True, "networks": "10.0.0.0/8"}


@pytest.mark.parametrize("maker", ["make", "hand-over"])
def test_a_private_address_is_remarked_on_before_it_is_written_down(maker: str) -> None:
    state = taken(submit(at("limits", GIVEN, access={**HAND_IT, "maker": maker}), PRIVATE))
    assert state.position.step == "limits"
    said = view(state).hints["networks"].sentence
    assert "AWS never sees a private address (10.0.0.0/8)" in said
    assert taken(submit(state, PRIVATE)).position.step == ("make" if maker == "make" else "keys")


def test_a_private_address_is_remarked_on_in_what_is_handed_over_and_where_it_waits() -> None:
    state = waiting(limits=PRIVATE)
    assert [line for line in waiting_lines(state) if "never sees a private address" in line]
    assert "never sees a private address" in " ".join(handoff(state)["message-to-the-administrator.txt"].split())


def test_another_server_than_aws_may_see_a_private_address() -> None:
    there = replace(GIVEN, endpoint_url="http://127.0.0.1:7480")
    state = taken(submit(at("limits", there, access=HAND_IT), PRIVATE))
    assert state.position.step == "keys"
    assert not [line for line in waiting_lines(state) if "private" in line]


def test_one_who_has_it_after_all_is_asked_for_it_first() -> None:
    state = onward(back_at(waiting(), "access"), "keys", access={**HAND_IT, "maker": "have"})
    assert view(state).number == 4
    assert view(state).field("handoff") is None
    assert "key" in refused(submit(state, {"access_key_id": "", "secret_access_key": ""}))["access_key_id"].sentence
