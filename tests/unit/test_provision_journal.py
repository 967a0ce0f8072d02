"""The journal of what is made in AWS, and what it tells of the keys that a lost answer left behind."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access import AccessKind
from core.provision.found import KeyFound
from core.provision.interrupted import interrupted
from core.provision.journal import Attempt, Entry, Journal, JournalError, Task, leftovers
from core.provision.leftover import may_have_made, may_still_arrive
from core.store.errors import StoreLockedError
from core.store.paths import Home

ACCOUNT = "111122223333"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ENTRY = Entry(
    account_id=ACCOUNT,
    kind=AccessKind.USER,
    name="Lightly-S3-farm",
    dataset="farm",
    task=Task.MAKE,
    began_at=NOW,
    endpoint_url="http://127.0.0.1:9",
    region="cn-north-1",
    created=True,
)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(Home.at(tmp_path))


def _read(journal: Journal) -> Entry | None:
    return journal.read(ACCOUNT, AccessKind.USER, "Lightly-S3-farm")


def _key(key_id: str, made: datetime = NOW) -> KeyFound:
    return KeyFound(access_key_id=key_id, active=True, created_at=made)


def test_what_is_written_is_read_again_by_the_next_run(journal: Journal) -> None:
    with journal.open(ACCOUNT, AccessKind.USER, "Lightly-S3-farm") as writer:
        assert not journal.unfinished()
        writer.write(ENTRY)
        writer.made("create-user", last="Make the user.")
        writer.attempt(NOW, ["AKIAOLD"])
        writer.kept("AKIANEW")
        written = writer.entry
    assert written == replace(
        ENTRY,
        made=("create-user", "key AKIANEW"),
        attempts=(Attempt(at=NOW, existing=("AKIAOLD",), key_id="AKIANEW"),),
        last="Make the user.",
    )
    assert _read(journal) == written
    assert journal.unfinished() == (written,)


def test_the_file_is_for_the_user_alone(journal: Journal, tmp_path: Path) -> None:
    with journal.open(ACCOUNT, AccessKind.USER, "Lightly-S3-farm") as writer:
        writer.write(ENTRY)
    (file,) = (tmp_path / "state" / "provisioning").glob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_is_done_is_forgotten(journal: Journal) -> None:
    with journal.open(ACCOUNT, AccessKind.USER, "Lightly-S3-farm") as writer:
        writer.write(ENTRY)
        writer.close()
        assert writer.entry is None
    assert (_read(journal), journal.unfinished()) == (None, ())


def test_a_refused_attempt_made_nothing(journal: Journal) -> None:
    with journal.open(ACCOUNT, AccessKind.USER, "Lightly-S3-farm") as writer:
        writer.write(ENTRY)
        writer.attempt(NOW, [])
        writer.attempt(NOW, [])
        writer.refused()
        assert writer.entry is not None
        assert len(writer.entry.attempts) == 1


def test_a_user_and_a_role_of_one_name_do_not_meet_and_case_is_no_difference(journal: Journal) -> None:
    with journal.open(ACCOUNT, AccessKind.USER, "Farm") as user:
        user.write(replace(ENTRY, name="Farm"))
        with journal.open(ACCOUNT, AccessKind.DELEGATED, "Farm") as role:
            assert role.entry is None
        with pytest.raises(StoreLockedError) as caught, journal.open(ACCOUNT, AccessKind.USER, "FARM"):
            pass
    assert caught.value.holder == os.getpid()
    assert journal.read(ACCOUNT, AccessKind.USER, "fARM") is not None


def test_nothing_is_written_down_before_it_was_begun(journal: Journal) -> None:
    with journal.open(ACCOUNT, AccessKind.USER, "x") as writer, pytest.raises(JournalError):
        writer.made("create-user")


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"kind": "group"},
        {"task": "dance"},
        {"began_at": "2026-11-22T10:00:00"},
        {"began_at": "yesterday"},
        {"made": "create-user"},
        {"made": [1]},
        {"attempts": [{"at": 1}]},
        {"attempts": None},
        {"name": None},
    ],
)
def test_a_journal_that_cannot_be_read_is_never_passed_over(
    journal: Journal, tmp_path: Path, change: dict[str, Any]
) -> None:
    with journal.open(ACCOUNT, AccessKind.USER, "Lightly-S3-farm") as writer:
        writer.write(ENTRY)
    (file,) = (tmp_path / "state" / "provisioning").glob("*.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(JournalError, match="Look in IAM"):
        _read(journal)
    file.write_text(file.read_text()[:-3])
    with pytest.raises(JournalError), journal.open(ACCOUNT, AccessKind.USER, "Lightly-S3-farm"):
        pass


def test_a_key_of_a_lost_answer_is_a_leftover() -> None:
    entry = replace(ENTRY, attempts=(Attempt(at=NOW, existing=("AKIAOLD",)),))
    keys = [_key("AKIAOLD"), _key("AKIALOST", NOW + timedelta(seconds=8))]
    assert leftovers(entry, keys, ()) == {"AKIALOST"}
    assert leftovers(entry, keys, {"AKIALOST"}) == frozenset()


def test_a_key_that_was_made_long_before_or_after_is_somebody_elses() -> None:
    entry = replace(ENTRY, attempts=(Attempt(at=NOW, existing=()),))
    others = [_key("AKIABEFORE", NOW - timedelta(minutes=5)), _key("AKIADAYSLATER", NOW + timedelta(days=2))]
    assert leftovers(entry, others, ()) == frozenset()


def test_where_no_answer_was_lost_there_is_no_leftover() -> None:
    entry = replace(ENTRY, attempts=(Attempt(at=NOW, existing=(), key_id="AKIAMADE"),))
    assert leftovers(entry, [_key("AKIAMADE"), _key("AKIAOTHER")], ()) == frozenset()
    assert leftovers(None, [_key("AKIAOTHER")], ()) == frozenset()


_IDS = st.sampled_from(["AKIAA", "AKIAB", "AKIAC", "AKIAD"])
_MOMENTS = st.integers(-3600, 3600).map(lambda seconds: NOW + timedelta(seconds=seconds))
_ATTEMPTS = st.builds(
    Attempt, at=_MOMENTS, existing=st.lists(_IDS, max_size=2).map(tuple), key_id=st.one_of(st.none(), _IDS)
)
_KEYS = st.lists(st.builds(_key, _IDS, _MOMENTS), max_size=4, unique_by=lambda key: key.access_key_id)


@given(st.lists(_ATTEMPTS, max_size=3), _KEYS, st.sets(_IDS))
def test_what_is_kept_or_known_or_was_there_before_every_attempt_is_never_a_leftover(
    attempts: list[Attempt], keys: list[KeyFound], kept: set[str]
) -> None:
    found = leftovers(replace(ENTRY, attempts=tuple(attempts)), keys, kept)
    lost = [each for each in attempts if each.key_id is None]
    assert found <= {key.access_key_id for key in keys}
    assert not found & kept
    assert not found & {each.key_id for each in attempts}
    assert all(any(key not in each.existing for each in lost) for key in found)


@given(st.lists(_ATTEMPTS, max_size=3), st.lists(st.text(max_size=20), max_size=3))
def test_every_entry_is_written_and_read_as_it_is(attempts: list[Attempt], made: list[str]) -> None:
    from core.provision.journal import _from_json, _to_json

    entry = replace(ENTRY, attempts=tuple(attempts), made=tuple(made))
    assert _from_json(json.loads(json.dumps(_to_json(entry)))) == entry


def test_a_key_may_be_of_a_request_from_shortly_before_it_until_twice_the_time_of_a_signature_after() -> None:
    assert may_have_made(NOW, NOW)
    assert may_have_made(NOW, NOW + timedelta(minutes=30))
    assert may_have_made(NOW, NOW - timedelta(seconds=30))
    assert not may_have_made(NOW, NOW - timedelta(minutes=2))
    assert not may_have_made(NOW, NOW + timedelta(minutes=32))


@given(_MOMENTS, _MOMENTS)
def test_what_may_have_been_made_might_still_have_arrived_then(asked: datetime, created: datetime) -> None:
    assert not may_have_made(asked, created) or may_still_arrive(asked, created)


def test_a_journal_of_before_marks_is_read_and_claims_nothing(journal: Journal, tmp_path: Path) -> None:
    with journal.open(ACCOUNT, AccessKind.USER, "Lightly-S3-farm") as writer:
        writer.write(replace(ENTRY, mark="a1b2", kept=True))
    (file,) = (tmp_path / "state" / "provisioning").glob("*.json")
    value = json.loads(file.read_text())
    assert (value.pop("mark"), value.pop("kept")) == ("a1b2", True)
    file.write_text(json.dumps(value))
    entry = _read(journal)
    assert entry is not None
    assert (entry.mark, entry.kept) == (None, False)


# What may be told of it


def test_what_was_interrupted_is_told_with_what_it_made_and_since_when(journal: Journal) -> None:
    made = ("create-user", "put-policy Lightly-S3-farm", "key AKIAIOSFODNN7EXAMPLE")
    with journal.open(ACCOUNT, AccessKind.USER, "Lightly-S3-farm") as writer:
        writer.write(replace(ENTRY, made=made))
    with journal.open(ACCOUNT, AccessKind.DELEGATED, "Lightly-S3-barn") as writer:
        writer.write(
            replace(
                ENTRY,
                kind=AccessKind.DELEGATED,
                name="Lightly-S3-barn",
                dataset="barn",
                task=Task.UNDO,
                began_at=NOW - timedelta(days=1),
            )
        )
    with journal.open(ACCOUNT, AccessKind.USER, "Lightly-S3-done") as writer:
        writer.write(replace(ENTRY, name="Lightly-S3-done", task=Task.DONE))
    barn, farm = interrupted(journal.unfinished())
    assert (barn.name, barn.dataset, barn.taken_back, barn.made) == ("Lightly-S3-barn", "barn", True, ())
    assert farm.since == NOW
    assert farm.made == (
        "the user Lightly-S3-farm",
        "our statements in the inline policy of the user Lightly-S3-farm",
        "the access key AKIA…MPLE of the user Lightly-S3-farm",
    )
    assert farm.sentence.startswith("Making the user Lightly-S3-farm was interrupted (begun 2026-11-22")
    assert "Made so far: the user Lightly-S3-farm, our statements" in farm.sentence
    assert barn.sentence.startswith("Taking back the role Lightly-S3-barn was interrupted")


def test_a_finished_entry_is_no_interruption() -> None:
    assert interrupted([replace(ENTRY, task=Task.DONE)]) == ()
