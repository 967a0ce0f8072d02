"""How Lightly is let in: the choice of the access, a key from where it lies, what is pasted, and a role."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from guide_walk import (
    ACCESS,
    DELEGATED,
    ELSEWHERE,
    EXTERNAL_ID,
    KEY_ID,
    KEYS,
    OUTPUT_KEY_ID,
    OUTPUT_SECRET,
    ROLE,
    ROLE_ARN,
    SECRET,
    at,
    back_at,
    check_of,
    onward,
    refused,
    report,
    settle,
    taken,
)

from core.access import AccessKind, CredentialSource, DelegatedAccess, Secret, SourceKind, UserAccess
from core.external_id import new_external_id
from core.guide.facts import Failed, KeysRead
from core.guide.fields import WHOLE_STEP, Choice, Copy, Info, Link, Option, Raw, SecretText, Shown, Toggle, is_shown
from core.guide.flow import browsable, instructions, learn, pasted, pending, plan, preview, submit, view
from core.guide.keys_source import KeysFrom, KeysSource
from core.guide.requests import Check, LookAround, ReadKeys
from core.guide.state import Given, State
from core.lightly.rules import external_id_problem
from core.needs import OPERATIONS, Operation

FOUND = UserAccess("AKIAIOSFODNN7CANARY3", Secret("canaryReadKey00/0123456789abcdefghijKLMN"))
PROFILES = Given(profiles=("lightly", "work"), environment_keys=True)
FILE: Raw = {"way": "file", "key_file": "~/Downloads/lightly_accessKeys.csv"}
PROFILE: Raw = {"way": "profile", "profile": "lightly", "copy": False}
ENVIRONMENT: Raw = {"way": "environment", "copy": False}
MFA = "arn:aws:iam::111122223333:mfa/ada"
TEMPORARY = UserAccess("ASIAIOSFODNN7CANARY1", Secret(SECRET), Secret("canary-session"))


def reading(raw: Raw, given: Given | None = PROFILES) -> tuple[State, ReadKeys]:
    """Submit a way in which a key is read; return the state that waits, and what it asks for."""
    state = taken(submit(at("keys", given), raw))
    (request,) = pending(state)
    assert isinstance(request, ReadKeys)
    return state, request


def read(raw: Raw, fact: KeysRead, given: Given | None = PROFILES) -> State:
    state, request = reading(raw, given)
    return learn(state, request, fact)


# Access


def test_both_kinds_of_access_stand_side_by_side_with_what_follows() -> None:
    shown = view(at("access"))
    choice, table = shown.field("access"), shown.field("table")
    assert isinstance(choice, Choice)
    assert [option.value for option in choice.options] == ["user", "delegated"]
    assert choice.value == "user"
    assert isinstance(table, Info)
    starts = [line.index("User access") for line in table.lines[:1]]
    assert all(line[starts[0] - 1] == " " and line[starts[0]] != " " for line in table.lines)
    assert max(len(line) for line in table.lines) <= 78


@pytest.mark.parametrize(
    ("needs", "suggested"),
    [
        ({"input_type": "Images"}, "suggested: simple, fast"),
        ({"input_type": "Videos"}, "suggested: simple"),
    ],
)
def test_the_suggestion_follows_from_the_needs(needs: Raw, suggested: str) -> None:
    user, role = _options(at("access", needs=needs))
    assert user.note.endswith(suggested)
    assert "suggested" not in role.note


def test_a_key_against_the_rule_that_is_switched_on_is_said() -> None:
    state = at("access")
    (line,) = preview(state, {"access": "user", "no_keys": True})
    assert "choose Delegated access" in line
    fine: tuple[Raw, ...] = ({"access": "user", "no_keys": False}, {"access": "delegated", "no_keys": True})
    for raw in fine:
        assert preview(state, raw) == ()


def _options(state: State) -> tuple[Option, ...]:
    choice = view(state).field("access")
    assert isinstance(choice, Choice)
    return choice.options


def test_a_suggestion_decides_nothing() -> None:
    state = taken(submit(at("access"), {"access": "user", "no_keys": True}))
    assert state.answers.access_kind is AccessKind.USER
    assert state.position.step == "keys"


def test_the_suggestion_agrees_with_what_stands_in_the_fields() -> None:
    shown = view(back_at(at("role", access=DELEGATED), "access"))
    rule = shown.field("no_keys")
    assert isinstance(rule, Toggle)
    assert rule.value
    assert "suggested: your rule" in _options(back_at(at("role", access=DELEGATED), "access"))[1].note


def test_an_access_that_does_not_exist_is_a_problem() -> None:
    for text in ("ambient", "root"):
        assert set(refused(submit(at("access"), {"access": text}))) == {"access"}


def test_the_other_access_is_checked_with_its_own_credentials_only() -> None:
    state = back_at(settle(taken(submit(at("keys"), KEYS))), "access")
    state = taken(submit(state, DELEGATED))
    assert state.position.step == "role"
    assert pending(state) == ()
    (request,) = pending(taken(submit(state, ROLE)))
    assert isinstance(request, Check)
    assert request.target.role == DelegatedAccess(ROLE_ARN, Secret(EXTERNAL_ID))
    assert not request.target.access.secret_access_key
    state = taken(submit(back_at(taken(submit(state, ROLE)), "access"), ACCESS))
    state = taken(submit(state, {"access_key_id": KEY_ID, "secret_access_key": ""}))
    assert check_of(state).target.role is None
    assert check_of(state).target.access == UserAccess(KEY_ID, Secret(SECRET)), "the key was not forgotten"


# Keys that are read


def test_only_the_ways_that_this_machine_has_are_offered() -> None:
    for given, ways in [
        (Given(), ["typed", "file"]),
        (Given(profiles=("lightly",)), ["typed", "file", "profile"]),
        (PROFILES, ["typed", "file", "profile", "environment"]),
    ]:
        way = view(at("keys", given)).field("way")
        assert isinstance(way, Choice)
        assert [option.value for option in way.options] == ways
    assert set(refused(submit(at("keys"), PROFILE))) == {"way"}
    assert set(refused(submit(at("keys"), {"way": "telepathy"}))) == {"way"}


def test_each_way_shows_only_its_own_fields() -> None:
    shown = view(at("keys", PROFILES))
    ways = {
        way: {field.name for field in shown.fields if is_shown(field, {"way": way})} - {"way", "console"}
        for way in ("typed", "file", "profile", "environment")
    }
    assert ways == {
        "typed": {"access_key_id", "secret_access_key"},
        "file": {"key_file"},
        "profile": {"profile", "copy"},
        "environment": {"copy"},
    }


@pytest.mark.parametrize(
    ("raw", "source", "waiting"),
    [
        (FILE, KeysSource(KeysFrom.FILE, "~/Downloads/lightly_accessKeys.csv"), "file"),
        (PROFILE, KeysSource(KeysFrom.PROFILE, "lightly"), "profile"),
        (ENVIRONMENT, KeysSource(KeysFrom.ENVIRONMENT), "environment"),
    ],
)
def test_a_key_is_read_from_where_it_lies_and_then_checked(raw: Raw, source: KeysSource, waiting: str) -> None:
    state, request = reading(raw)
    assert request == ReadKeys(source)
    assert view(state).waiting == f"Reading the key from the {waiting} …", "a secret may stand in place of the name"
    state = learn(state, request, KeysRead(FOUND))
    assert state.position.step == "output"
    (check,) = pending(state)
    assert isinstance(check, Check)
    assert check.target.access == FOUND
    shown = view(back_at(state, "keys")).field("read")
    assert isinstance(shown, Info)
    assert shown.lines == ("AKIA…ARY3",)


@pytest.mark.parametrize(
    ("raw", "missing"), [({"way": "file", "key_file": " "}, "key_file"), ({"way": "profile", "profile": ""}, "profile")]
)
def test_a_way_without_its_name_is_asked_for_it(raw: Raw, missing: str) -> None:
    assert set(refused(submit(at("keys", PROFILES), raw))) == {missing}


@pytest.mark.parametrize(("raw", "field"), [(FILE, "key_file"), (PROFILE, "profile"), (ENVIRONMENT, WHOLE_STEP)])
def test_why_there_is_no_key_is_said_at_its_field_and_enter_reads_again(raw: Raw, field: str) -> None:
    state = read(raw, KeysRead(None, "There is no key. Choose another."))
    assert state.position.step == "keys"
    assert view(state).problems[field].sentence == "There is no key. Choose another."
    state = taken(submit(state, raw))
    (request,) = pending(state)
    assert learn(state, request, KeysRead(FOUND)).position.step == "output"


def test_a_fault_while_reading_is_said() -> None:
    state, request = reading(FILE)
    state = learn(state, request, Failed("No answer came within 30 seconds."))
    assert "No answer came" in view(state).problems[WHOLE_STEP].sentence


@pytest.mark.parametrize(
    ("raw", "source"),
    [
        (FILE, CredentialSource(SourceKind.KEYRING)),
        (PROFILE, CredentialSource(SourceKind.PROFILE, "lightly")),
        ({**PROFILE, "copy": True}, CredentialSource(SourceKind.KEYRING)),
        (ENVIRONMENT, CredentialSource(SourceKind.ENVIRONMENT)),
        ({**ENVIRONMENT, "copy": True}, CredentialSource(SourceKind.KEYRING)),
    ],
)
def test_a_key_stays_where_it_is_or_is_copied_to_the_keyring(raw: Raw, source: CredentialSource) -> None:
    made = plan(onward(read(raw, KeysRead(FOUND)), "save"))
    (datasource,) = made.dataset.datasources
    assert datasource.credentials == source
    assert datasource.access_key_id == FOUND.access_key_id
    stays = source.kind is not SourceKind.KEYRING
    assert any("stays in the" in line for line in made.written) == stays
    assert any("secret key" in line and line.startswith("Keyring") for line in made.written) != stays


def test_whoever_comes_back_finds_what_was_chosen() -> None:
    shown = view(back_at(read({**PROFILE, "copy": True}, KeysRead(FOUND)), "keys"))
    way, copy = shown.field("way"), shown.field("copy")
    assert isinstance(way, Choice)
    assert isinstance(copy, Toggle)
    assert (way.value, copy.value) == ("profile", True)


def test_typing_a_key_leaves_the_profile() -> None:
    state = back_at(read(PROFILE, KeysRead(FOUND)), "keys")
    state = taken(submit(state, {"way": "typed", **KEYS}))
    assert state.answers.keys_source is None
    assert check_of(state).target.access.access_key_id == KEY_ID
    (datasource,) = plan(onward(settle(state), "save")).dataset.datasources
    assert datasource.credentials == CredentialSource(SourceKind.KEYRING)


def test_temporary_credentials_of_a_profile_are_checked_but_not_saved() -> None:
    state = onward(taken(submit(read(PROFILE, KeysRead(TEMPORARY)), PROFILE)), "save")
    assert check_of(state).target.access == TEMPORARY
    assert "temporary" in view(state).problems[WHOLE_STEP].sentence


@pytest.mark.parametrize(("raw", "field"), [(FILE, "key_file"), (PROFILE, "profile"), (ENVIRONMENT, WHOLE_STEP)])
def test_temporary_credentials_that_were_read_are_hinted_at_once_and_then_taken(raw: Raw, field: str) -> None:
    state = read(raw, KeysRead(TEMPORARY))
    assert state.position.step == "keys"
    assert not view(state).problems
    assert "Lightly cannot use them" in view(state).hints[field].sentence
    assert pending(state) == (), "nothing is checked before somebody goes on"
    state = taken(submit(state, raw))
    assert state.position.step == "output"
    assert [type(request) for request in pending(state)] == [Check]


def test_after_temporary_credentials_another_way_is_as_it_always_was() -> None:
    state = taken(submit(read(PROFILE, KeysRead(TEMPORARY)), {"way": "typed", **KEYS}))
    assert state.position.step == "output"
    assert check_of(state).target.access.access_key_id == KEY_ID


# What stands in the wrong field


PAIR = f"{KEY_ID} {SECRET}"
MISPLACED: list[tuple[str, str]] = [
    (SECRET, "Secret access key"),
    (KEY_ID, "Access key ID"),
    (PAIR, "Secret access key"),
    (f"aws_secret_access_key={SECRET}", "Secret access key"),
]


@pytest.mark.parametrize(("text", "where"), MISPLACED)
@pytest.mark.parametrize(("way", "field"), [("file", "key_file"), ("profile", "profile")])
def test_a_key_in_the_wrong_field_goes_nowhere(way: str, field: str, text: str, where: str) -> None:
    problems = refused(submit(at("keys", PROFILES), {"way": way, field: text}))
    assert set(problems) == {field}
    assert f"“{where}”" in problems[field].sentence
    assert text not in problems[field].sentence
    assert problems[field].suggestion is None


def test_a_path_may_hold_what_has_the_shape_of_a_key() -> None:
    path = "/home/ada/Downloads/abc/accessKeysOfMine.csv"
    assert len(path.removesuffix(".csv")) == 40
    state = taken(submit(at("keys", PROFILES), {"way": "file", "key_file": path}))
    assert pending(state) == (ReadKeys(KeysSource(KeysFrom.FILE, path)),)


def test_a_profile_that_is_not_here_is_refused_with_those_that_are_and_not_repeated() -> None:
    problem = refused(submit(at("keys", PROFILES), {**PROFILE, "profile": "s3cret-of-another-server"}))["profile"]
    assert problem.sentence == "No profile of this machine has that name. Enter one of: lightly, work."


def test_no_repr_shows_what_may_be_a_secret_in_the_wrong_field() -> None:
    state, request = reading({**FILE, "key_file": "canary-of-another-server"})
    assert "canary-of" not in repr((state, request, view(state).waiting))
    swapped: Raw = {"access_key_id": SECRET, "secret_access_key": KEY_ID}
    state = taken(submit(taken(submit(at("keys"), swapped)), swapped))
    assert SECRET not in repr((state, pending(state)))
    state = learn(state, pending(state)[0], report())
    (look,) = pending(state)
    assert isinstance(look, LookAround)
    assert SECRET not in repr((state, look, KeysRead(look.access)))


# MFA


def code_wanted(*, was_refused: bool = False) -> KeysRead:
    return KeysRead(None, code_wanted=MFA, code_refused=was_refused)


def test_a_profile_that_wants_a_code_is_asked_for_it_with_its_device() -> None:
    assert view(at("keys", PROFILES)).field("code") is None
    state = read(PROFILE, code_wanted())
    assert state.position.step == "keys"
    assert view(state).problems["code"].sentence == "Enter the code that your MFA device shows now."
    field = view(state).field("code")
    assert isinstance(field, SecretText)
    assert field.note == MFA
    state = taken(submit(state, {**PROFILE, "code": " 123456 "}))
    (request,) = pending(state)
    assert request == ReadKeys(KeysSource(KeysFrom.PROFILE, "lightly", Secret("123456")))
    assert learn(state, request, KeysRead(FOUND)).position.step == "output"


def test_a_refused_code_is_said_to_be_refused_and_another_is_asked_of_aws() -> None:
    state = taken(submit(read(PROFILE, code_wanted()), {**PROFILE, "code": "123456"}))
    state = learn(state, pending(state)[0], code_wanted(was_refused=True))
    assert view(state).problems["code"].sentence.startswith("AWS did not take this code.")
    state = taken(submit(state, {**PROFILE, "code": "654321"}))
    (request,) = pending(state)
    assert isinstance(request, ReadKeys)
    assert request.source.code == Secret("654321")
    assert learn(state, request, KeysRead(FOUND)).position.step == "output"


def test_a_code_can_be_asked_for_again_after_it_was_refused() -> None:
    state = taken(submit(read(PROFILE, code_wanted()), {**PROFILE, "code": "123456"}))
    state = learn(state, pending(state)[0], code_wanted(was_refused=True))
    state = taken(submit(state, {**PROFILE, "code": ""}))
    (request,) = pending(state)
    assert learn(state, request, code_wanted(was_refused=True)).position.step == "keys"


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a", "123 45", "١٢٣٤٥٦"])
def test_a_code_that_has_not_six_digits_goes_nowhere(code: str) -> None:
    state = read(PROFILE, code_wanted())
    problems = refused(submit(state, {**PROFILE, "code": code}))
    assert code not in problems["code"].sentence


def test_a_code_may_have_a_blank_as_authenticators_show_it() -> None:
    (request,) = pending(taken(submit(read(PROFILE, code_wanted()), {**PROFILE, "code": "123 456"})))
    assert request == ReadKeys(KeysSource(KeysFrom.PROFILE, "lightly", Secret("123456")))


def test_a_code_is_in_no_repr_and_belongs_to_one_profile() -> None:
    state = taken(submit(read(PROFILE, code_wanted()), {**PROFILE, "code": "123456"}))
    assert "123456" not in repr(state)
    state = learn(state, pending(state)[0], code_wanted(was_refused=True))
    state = taken(submit(state, {**PROFILE, "profile": "work"}))
    (request,) = pending(state)
    assert request == ReadKeys(KeysSource(KeysFrom.PROFILE, "work"))


# What is pasted


PASTES: list[Callable[[str, str], str]] = [
    lambda key_id, secret: f"{key_id}\n{secret}\n",
    lambda key_id, secret: f"{secret}\r\n{key_id}",
    lambda key_id, secret: f"{key_id} {secret}",
    lambda key_id, secret: f"Access key ID,Secret access key\n{key_id},{secret}\n",
    lambda key_id, secret: f"export AWS_ACCESS_KEY_ID={key_id}\nexport AWS_SECRET_ACCESS_KEY={secret}\n",
    lambda key_id, secret: f'{{"AccessKeyId": "{key_id}", "SecretAccessKey": "{secret}"}}',
]


@pytest.mark.parametrize("paste", PASTES)
def test_a_key_that_is_pasted_whole_fills_every_field_in(paste: Callable[[str, str], str]) -> None:
    values = pasted(at("keys"), paste(KEY_ID, SECRET))
    assert values == {"way": "typed", "access_key_id": KEY_ID, "secret_access_key": SECRET}
    assert taken(submit(at("keys"), values)).position.step == "output"


@pytest.mark.parametrize("paste", PASTES)
def test_a_key_that_is_pasted_on_the_output_is_the_outputs_own(paste: Callable[[str, str], str]) -> None:
    values = pasted(at("output"), paste(OUTPUT_KEY_ID, OUTPUT_SECRET))
    assert values == {
        "where": "elsewhere",
        "credentials": "other",
        "output_access_key_id": OUTPUT_KEY_ID,
        "output_secret_access_key": OUTPUT_SECRET,
    }
    state = taken(submit(at("output"), {**ELSEWHERE, **values}))
    assert state.answers.output is not None
    assert state.answers.output.access == UserAccess(OUTPUT_KEY_ID, Secret(OUTPUT_SECRET))


def test_one_value_belongs_into_the_field_where_it_was_pasted() -> None:
    for text in (KEY_ID, SECRET, f" {KEY_ID} ", "hello", ""):
        assert pasted(at("keys"), text) == {}


def test_two_keys_at_once_fill_in_nothing() -> None:
    assert pasted(at("keys"), f"{KEY_ID}\n{SECRET}\n{OUTPUT_KEY_ID}\n{OUTPUT_SECRET}\n") == {}


@pytest.mark.parametrize("step", ["needs", "bucket", "access", "limits", "dataset", "save", "next"])
def test_a_key_that_is_pasted_elsewhere_fills_in_nothing(step: str) -> None:
    assert pasted(at(step), f"{KEY_ID}\n{SECRET}\n") == {}


def test_a_key_has_no_place_where_a_role_is_used() -> None:
    for step in ("role", "output"):
        assert pasted(at(step, access=DELEGATED), f"{KEY_ID}\n{SECRET}\n") == {}


def test_a_temporary_key_brings_its_session_token() -> None:
    token = "canarySession" + "aB3" * 40
    text = f"aws_access_key_id = ASIAIOSFODNN7CANARY1\naws_secret_access_key = {SECRET}\naws_session_token = {token}\n"
    assert pasted(at("keys"), text)["session_token"] == token


# Role


def test_an_external_id_is_made_and_can_be_copied_and_the_arn_suffices() -> None:
    made = new_external_id()
    state = at("role", Given(external_id=made), access=DELEGATED)
    copy = view(state).field("made_external_id")
    assert isinstance(copy, Copy)
    assert copy.value == made
    state = taken(submit(state, {"role_arn": f" {ROLE_ARN}\n", "external_id": ""}))
    assert check_of(state).target.role == DelegatedAccess(ROLE_ARN, made)
    assert made.reveal() not in repr((state, view(state), pending(state)))


def test_a_typed_external_id_stands_in_place_of_the_one_that_was_made() -> None:
    state = taken(submit(at("role", Given(external_id=new_external_id()), access=DELEGATED), ROLE))
    assert check_of(state).target.role == DelegatedAccess(ROLE_ARN, Secret(EXTERNAL_ID))
    copy = view(back_at(state, "role")).field("made_external_id")
    assert isinstance(copy, Copy)
    assert copy.value == Secret(EXTERNAL_ID), "what is pasted in AWS is what Lightly will say"


@pytest.mark.parametrize("arn", ["", "Lightly-S3", "arn:aws:iam::111122223333:user/lightly", "arn:aws:iam::1:role/x"])
def test_what_is_no_role_is_said(arn: str) -> None:
    assert set(refused(submit(at("role", access=DELEGATED), {**ROLE, "role_arn": arn}))) == {"role_arn"}


def test_a_role_of_another_partition_is_said_to_be_of_no_use() -> None:
    arn = "arn:aws-cn:iam::111122223333:role/Lightly-S3"
    assert "arn:aws:" in refused(submit(at("role", access=DELEGATED), {**ROLE, "role_arn": arn}))["role_arn"].sentence


@pytest.mark.parametrize("external_id", ["short", "has a blank in it", "lightly-ünsicher-77"])
def test_an_external_id_that_is_none_is_said_without_repeating_it(external_id: str) -> None:
    problem = refused(submit(at("role", access=DELEGATED), {**ROLE, "external_id": external_id}))["external_id"]
    assert problem.sentence == external_id_problem(external_id)
    assert external_id not in problem.sentence


def test_without_any_external_id_it_is_asked_for() -> None:
    assert set(refused(submit(at("role", access=DELEGATED), {"role_arn": ROLE_ARN}))) == {"external_id"}


def test_the_check_of_a_role_starts_with_its_step_and_nobody_waits_for_it() -> None:
    state = taken(submit(at("role", access=DELEGATED), ROLE))
    assert state.position.step == "output"
    (request,) = pending(state)
    assert isinstance(request, Check)
    assert request.target.required == OPERATIONS
    state = settle(state)
    assert not [each for each in pending(state) if isinstance(each, LookAround)], "there is no key to look with"
    assert browsable(state) is None


def test_the_instructions_for_a_role_have_every_value_ready() -> None:
    made = new_external_id()
    state = at("role", Given(external_id=made), access=DELEGATED)
    assert isinstance(view(state).field("console"), Link)
    steps = instructions(state)
    values = [value.value for step in steps for value in step.values]
    assert made in values
    assert "916419735646" in values
    assert any("12 hours" in step.text for step in steps)
    assert made.reveal() not in repr(steps)


def test_the_plan_of_a_role_keeps_the_external_id_in_the_keyring_and_nothing_else() -> None:
    made = plan(at("save", access=DELEGATED))
    (source,) = made.dataset.datasources
    assert (source.access, source.role_arn, source.access_key_id) == (AccessKind.DELEGATED, ROLE_ARN, None)
    assert any(line.startswith("Keyring: external ID and token") for line in made.written)
    assert any(f"role {ROLE_ARN} with its external ID" in line for line in made.sent)
    assert EXTERNAL_ID not in repr(made)


def test_where_a_field_is_shown_follows_from_the_choice() -> None:
    field = Toggle(name="copy", label="Copy it", value=False, only_if=Shown("way", ("profile",)))
    assert is_shown(field, {"way": "profile"})
    assert not is_shown(field, {"way": "typed"})
    assert not is_shown(field, {})


def test_with_a_role_a_folder_that_is_only_read_needs_only_list_and_read() -> None:
    needs: Raw = {"input_type": "Images", "thumbnails": False}
    state = taken(submit(at("role", needs=needs, access=DELEGATED), ROLE))
    assert check_of(state).target.required == (Operation.LIST, Operation.READ)
