"""What a rotation is going to do, and when it is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.access import AccessKind, CredentialSource, SourceKind, mask_key_id
from core.dataset import Dataset, Datasource, Purpose
from core.location import S3Location
from core.needs import Needs
from core.provision.found import Caller, KeyFound, LastUse
from core.provision.rotation.outcome import Progress
from core.provision.rotation.plan import (
    RotatePlan,
    RotationRefusedError,
    check_finish,
    key_of,
    places_of,
    record_of,
    room_for_a_key,
)
from core.provision.rotation.record import FORWARD, Goal, Owner, Place, Record, Step, Used
from core.provision.rotation.words import holds, sentence, went_back

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
OLD, OTHER = "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"
KEYRING = CredentialSource(SourceKind.KEYRING)


def source(
    purpose: Purpose = Purpose.INPUT_OUTPUT,
    key: str | None = OLD,
    *,
    access: AccessKind = AccessKind.USER,
    credentials: CredentialSource = KEYRING,
    endpoint_url: str | None = None,
) -> Datasource:
    return Datasource(
        purpose=purpose,
        location=S3Location("datalake", "projects/"),
        region="eu-central-1",
        access=access,
        access_key_id=key,
        credentials=credentials,
        endpoint_url=endpoint_url,
        role_arn="arn:aws:iam::111122223333:role/lightly" if access is AccessKind.DELEGATED else None,
    )


def dataset(name: str, *sources: Datasource) -> Dataset:
    return Dataset(
        name=name, dataset_id="a" * 24, needs=Needs(), platform_url="https://api.lightly.ai", datasources=sources
    )


def refusal(one: Dataset, purpose: Purpose | None = None) -> str:
    with pytest.raises(RotationRefusedError) as caught:
        key_of(one, purpose)
    return str(caught.value)


def test_a_role_has_no_key_to_rotate() -> None:
    assert "there is no key to rotate" in refusal(dataset("farm", source(key=None, access=AccessKind.DELEGATED)))


def test_of_two_keys_one_is_to_be_named() -> None:
    two = dataset("farm", source(Purpose.INPUT), source(Purpose.LIGHTLY, OTHER))
    assert refusal(two).endswith("one for INPUT and one for LIGHTLY. Name the datasource of one.")
    assert key_of(two, Purpose.LIGHTLY).access_key_id == OTHER
    assert "has no INPUT_OUTPUT datasource; it has INPUT, LIGHTLY" in refusal(two, Purpose.INPUT_OUTPUT)


def test_two_datasources_with_one_key_are_one_rotation() -> None:
    assert key_of(dataset("farm", source(Purpose.INPUT), source(Purpose.LIGHTLY)), None).access_key_id == OLD


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (CredentialSource(SourceKind.PROFILE, "data"), "profile data, whose files bucketlight does not change"),
        (CredentialSource(SourceKind.ENVIRONMENT), "environment variables, which bucketlight cannot change"),
    ],
)
def test_a_key_that_is_kept_elsewhere_is_rotated_there(where: CredentialSource, said: str) -> None:
    assert said in refusal(dataset("farm", source(credentials=where)))


def test_all_datasets_with_the_key_are_found_by_whichever_address() -> None:
    known = (
        dataset("one", source()),
        dataset("two", source(Purpose.INPUT), source(Purpose.LIGHTLY, OTHER)),
        dataset("three", source(Purpose.INPUT, OTHER), source(Purpose.LIGHTLY)),
        dataset("by another address", source(endpoint_url="https://s3.dualstack.eu-central-1.amazonaws.com")),
        dataset("by role", source(key=OLD, access=AccessKind.DELEGATED)),
    )
    found = places_of(source(), known)
    assert [(place.name, place.purposes) for place in found] == [
        ("one", (Purpose.INPUT_OUTPUT,)),
        ("two", (Purpose.INPUT,)),
        ("three", (Purpose.LIGHTLY,)),
        ("by another address", (Purpose.INPUT_OUTPUT,)),
    ]


def made(*, active: bool, key_id: str = OTHER) -> KeyFound:
    return KeyFound(access_key_id=key_id, active=active, created_at=NOW)


def room(*keys: KeyFound, remove: bool = False, used: frozenset[str] = frozenset()) -> str | None:
    return room_for_a_key(keys, OLD, used_here=used, remove_inactive=remove, user_name="lightly")


def test_one_key_leaves_room_for_a_second() -> None:
    assert room(made(active=True, key_id=OLD)) is None


@pytest.mark.parametrize(
    ("keys", "remove", "used", "said"),
    [
        ((), False, frozenset(), "has no key"),
        ((made(active=False, key_id=OLD),), False, frozenset(), "is deactivated, so the dataset has no working key"),
        ((made(active=True, key_id=OLD), made(active=True)), True, frozenset(), "is active: find out who uses it"),
        (
            (made(active=True, key_id=OLD), made(active=False)),
            False,
            frozenset(),
            "let it be deleted first",
        ),
        ((made(active=True, key_id=OLD), made(active=False)), True, frozenset({OTHER}), "is used by a dataset of this"),
    ],
)
def test_without_room_it_says_how_to_make_some(
    keys: tuple[KeyFound, ...], remove: bool, used: frozenset[str], said: str
) -> None:
    with pytest.raises(RotationRefusedError, match=said):
        room(*keys, remove=remove, used=used)


def test_a_deactivated_second_key_makes_room_where_it_may_go() -> None:
    assert room(made(active=True, key_id=OLD), made(active=False), remove=True) == OTHER


def record(*, begun: int = 0, done: int = 0, **more: object) -> Record:
    way = FORWARD[1:]
    fields: dict[str, object] = {
        "owner": Owner("111122223333", "lightly"),
        "old_key": OLD,
        "known": (OLD,),
        "places": (Place(platform_url="https://api.lightly.ai", name="farm", used=(Used(Purpose.INPUT_OUTPUT),)),),
        "began_at": NOW,
        "begun": way[:begun],
        "done": way[:done],
        **more,
    }
    return Record(**fields)  # type: ignore[arg-type]


RESTING = record(begun=7, done=7, new_key=OTHER, rests_since=NOW)


@pytest.mark.parametrize("last", [LastUse(None), LastUse(NOW - timedelta(minutes=1), "s3", "eu-central-1")])
def test_the_old_key_goes_when_a_day_is_over_and_nobody_is_seen_to_have_used_it(last: LastUse | None) -> None:
    check_finish(RESTING, last, NOW + timedelta(hours=24))


@pytest.mark.parametrize(
    ("one", "last", "after", "said"),
    [
        (record(begun=3, done=2), LastUse(None), timedelta(days=2), "Let it go on first."),
        (RESTING, None, timedelta(days=2), "cannot be read whether the old key AKIA…MPLE was used since"),
        (RESTING, LastUse(None), timedelta(hours=23), "Try again after 2026-11-23 10:00 UTC"),
        (
            RESTING,
            LastUse(NOW - timedelta(minutes=1), "s3", "eu-central-1"),
            timedelta(minutes=1),
            "Try again after 2026-11-23 10:00 UTC",
        ),
        (
            RESTING,
            LastUse(NOW + timedelta(hours=1), "s3", "eu-central-1"),
            timedelta(days=2),
            "was used on 2026-11-22 11:00 UTC for s3 in eu-central-1, after it was deactivated",
        ),
    ],
)
def test_an_old_key_that_may_be_needed_stays(one: Record, last: LastUse | None, after: timedelta, said: str) -> None:
    with pytest.raises(RotationRefusedError, match=said):
        check_finish(one, last, NOW + after)


def test_the_record_of_a_dataset_is_found_by_its_name_platform_and_purpose() -> None:
    mine = dataset("farm", source())
    assert record_of(mine, None, [RESTING]) is RESTING
    assert record_of(mine, Purpose.INPUT, [RESTING]) is None
    assert record_of(dataset("barn", source()), None, [RESTING]) is None
    with pytest.raises(RotationRefusedError, match="Name the datasource of one"):
        record_of(mine, None, [RESTING, record(old_key=OTHER)])


def plan(one: Record, goal: Goal = Goal.REST, *, goes_on: bool = True) -> RotatePlan:
    return RotatePlan(
        dataset="farm",
        goal=goal,
        record=one,
        goes_on=goes_on,
        account_alias="acme",
        caller_arn="arn:aws:iam::111122223333:user/admin",
        partition="aws",
    )


def test_a_plan_begins_with_the_account_and_shows_no_whole_key() -> None:
    shown = plan(record(), goes_on=False)
    lines = shown.lines()
    assert [line.split()[0] for line in lines[:4]] == ["Account", "Alias", "Caller", "Partition"]
    assert [line.split()[1] for line in lines[:4]] == [
        "111122223333",
        "acme",
        "arn:aws:iam::111122223333:user/admin",
        "aws",
    ]
    assert lines[-1] == "Note: The old key is deleted later, when it was unused for a day."
    assert lines[: len(shown.head)] == shown.head
    assert [note.cause for note in shown.notes] == ["deleted-later"]
    assert OLD not in "\n".join(lines)
    assert OLD not in str(shown.to_json())
    assert shown.to_json()["account_id"] == "111122223333"


def test_a_plan_says_what_it_goes_on_with_and_which_way() -> None:
    on = plan(record(begun=4, done=3))
    assert [note.cause for note in on.notes] == ["goes-on", "deleted-later"]
    assert on.notes[0].sentence == "This goes on with the rotation that was begun on 2026-11-22 10:00 UTC."
    back = plan(record(begun=4, done=3, back="Lightly refused it."), Goal.BACK)
    assert [note.sentence for note in back.notes][1:] == ["It goes back: Lightly refused it."]
    assert "back" not in plan(RESTING, Goal.DELETED).lines()[-1]


def test_no_sentence_of_a_plan_names_an_option() -> None:
    for goal in Goal:
        shown = plan(record(begun=4, done=3), goal)
        assert "--" not in "\n".join(shown.lines())


def test_a_plan_that_goes_on_has_only_the_steps_that_are_left() -> None:
    assert plan(record(begun=4, done=3)).steps == FORWARD[4:-1]
    assert plan(RESTING).steps == ()
    assert plan(RESTING, Goal.DELETED).steps == (Step.DELETE_OLD,)
    assert plan(RESTING, Goal.BACK).steps == (
        Step.ACTIVATE,
        Step.PROVE_AGAIN,
        Step.PLATFORM_BACK,
        Step.LOCAL_BACK,
        Step.PROVE_OLD,
        Step.DELETE_NEW,
    )


@pytest.mark.parametrize("step", Step)
def test_every_step_has_its_sentence_without_a_whole_key(step: Step) -> None:
    said = sentence(step, record(remove_first=OTHER, new_key=OTHER))
    assert said.endswith((".", ").", "used again."))
    assert OLD not in said
    assert OTHER not in said
    assert Progress(step, done=True).step is step


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (record(), "Nothing was changed"),
        (
            record(remove_first=OTHER).having(Step.REMOVE_INACTIVE),
            f"The deactivated key {mask_key_id(OTHER)} of the user is deleted; the key {mask_key_id(OLD)} is used",
        ),
        (record(remove_first=OTHER).beginning(Step.REMOVE_INACTIVE), "is deleted, or about to be; the key"),
        (record(begun=1), "is used as before, and works; the new one is not used yet"),
        (record(begun=3, done=2), "Both keys are active"),
        (record(begun=6, done=5), "the old key AKIA…MPLE is deactivated, or about to be"),
        (record(begun=8, done=7), "Everything uses the new key."),
        (record(begun=6, done=6, back="x").having(Step.ACTIVATE), "old key AKIA…MPLE is active, and was not seen"),
        (record(begun=6, done=6, back="x").having(Step.ACTIVATE).having(Step.PROVE_AGAIN), "Both keys are active"),
        (
            record(begun=6, done=6, back="x").having(Step.ACTIVATE).having(Step.PROVE_AGAIN).having(Step.DELETE_NEW),
            "as before, which works",
        ),
    ],
)
def test_where_it_stops_it_says_which_key_holds(one: Record, said: str) -> None:
    assert said in holds(one)


def test_what_went_back_says_what_is_not_as_before() -> None:
    assert went_back(record(begun=2, done=2, new_key=OTHER)).endswith("is used as before, and the new one is deleted.")
    no_key_made = went_back(record(remove_first=OTHER).having(Step.REMOVE_INACTIVE).beginning(Step.CREATE))
    assert "new one" not in no_key_made
    assert no_key_made.endswith(f"The deactivated key {mask_key_id(OTHER)} of the user is deleted.")


@pytest.mark.parametrize(
    ("arn", "name", "is_root"),
    [
        ("arn:aws:iam::111122223333:user/lightly", "lightly", False),
        ("arn:aws-cn:iam::111122223333:user/teams/data/lightly", "lightly", False),
        ("arn:aws:iam::111122223333:root", None, True),
        ("arn:aws:sts::111122223333:assumed-role/admin/me", None, False),
    ],
)
def test_who_signs_is_read_from_the_arn(arn: str, name: str | None, is_root: bool) -> None:
    found = Caller(arn=arn, account_id="111122223333", partition=arn.split(":")[1])
    assert (found.user_name, found.is_root) == (name, is_root)
