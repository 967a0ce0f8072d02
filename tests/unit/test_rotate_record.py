"""The order of a rotation's steps, whatever happens in between: no moment without a working key."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dataset import Purpose
from core.needs import Operation
from core.provision.rotation.journal import RotationJournal
from core.provision.rotation.record import (
    FORWARD,
    Goal,
    Owner,
    Place,
    Record,
    RecordError,
    Step,
    Used,
    next_step,
    read_record,
    written,
)
from core.store.errors import StoreError
from core.store.paths import Home

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def record(**changes: object) -> Record:
    made = Record(
        owner=Owner("111122223333", "lightly"),
        old_key="AKIAIOSFODNN7EXAMPLE",
        known=("AKIAIOSFODNN7EXAMPLE",),
        places=(
            Place(
                platform_url="https://api.lightly.ai",
                name="farm-animals",
                used=(Used(Purpose.INPUT, (Operation.LIST, Operation.READ)), Used(Purpose.LIGHTLY)),
                verified=(Operation.LIST,),
            ),
        ),
        began_at=NOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class Model:
    """The world as it is while steps are done, begun, repeated and taken back. Nothing of the program's is in it.

    A key that is made or activated is `active` at once, and `known` everywhere only when somebody has waited for it.
    """

    record: Record = field(default_factory=record)
    active: set[str] = field(default_factory=lambda: {"old"})
    known: set[str] = field(default_factory=lambda: {"old"})
    there: set[str] = field(default_factory=lambda: {"old"})
    platform: str = "old"
    local: str = "old"

    def act(self, step: Step) -> None:
        match step:
            case Step.CREATE:
                self.there.add("new")
                self.active.add("new")
            case Step.PROVE:
                self.known.add("new")
            case Step.PLATFORM:
                self.platform = "new"
            case Step.LOCAL:
                self.local = "new"
            case Step.DEACTIVATE:
                self.active.discard("old")
                self.known.discard("old")
            case Step.DELETE_OLD:
                self.there.discard("old")
                self.active.discard("old")
            case Step.ACTIVATE:
                assert "old" in self.there, "what is deleted is not activated"
                self.active.add("old")
            case Step.PROVE_AGAIN | Step.PROVE_OLD:
                assert "old" in self.active, "what is not active never works"
                self.known.add("old")
            case Step.PLATFORM_BACK:
                self.platform = "old"
            case Step.LOCAL_BACK:
                self.local = "old"
            case Step.DELETE_NEW:
                self.there.discard("new")
                self.active.discard("new")
            case _:
                pass

    def check(self) -> None:
        assert self.platform in self.active & self.known
        assert self.local in self.active & self.known


FAULTS = st.lists(st.sampled_from(["failed before", "failed after", "killed before", "killed after"]), max_size=2)


@settings(max_examples=500, deadline=None)
@given(
    goals=st.lists(st.sampled_from(Goal), max_size=4),
    faults=st.dictionaries(st.sampled_from(list(Step)), FAULTS),
)
def test_whatever_fails_or_is_killed_platform_and_machine_have_a_working_key(
    goals: list[Goal], faults: dict[Step, list[str]]
) -> None:
    model = Model()
    for goal in [*goals, Goal.DELETED]:
        if goal is not Goal.BACK or model.record.may_go_back:
            model.record = model.record.heading(goal)
        while (step := next_step(model.record, goal)) is not None:
            what = faults[step].pop() if faults.get(step) else "done"
            model.record = model.record.beginning(step)
            if "before" not in what:
                model.act(step)
                model.check()
            if what == "done":
                model.record = model.record.having(step)
            elif "failed" in what and model.record.back is None and step not in {Step.DEACTIVATE, Step.DELETE_OLD}:
                model.record = model.record.turned("it failed")
            elif goal is not Goal.DELETED:
                break  # that run is over, and another one follows
            model.check()
        assert not (model.record.rests and "old" in model.active), "of an active key nobody says that it rests"
    if model.record.back is not None:
        assert (model.platform, model.local, model.there, model.active) == ("old", "old", {"old"}, {"old"})
    else:
        assert (model.platform, model.local, model.there, model.active) == ("new", "new", {"new"}, {"new"})


RESTED = record(begun=FORWARD[1:-1], done=FORWARD[1:-1], rests_since=NOW)


def test_nothing_gets_the_old_key_back_before_it_is_seen_to_work() -> None:
    back = RESTED.heading(Goal.BACK)
    assert next_step(back, Goal.BACK) is Step.ACTIVATE
    assert next_step(back.having(Step.ACTIVATE), Goal.BACK) is Step.PROVE_AGAIN
    assert next_step(back.having(Step.ACTIVATE).having(Step.PROVE_AGAIN), Goal.BACK) is Step.PLATFORM_BACK


def test_a_way_back_that_was_asked_for_is_dropped_until_something_has_the_old_key_again() -> None:
    asked = RESTED.heading(Goal.BACK)
    assert asked.heading(Goal.DELETED) == RESTED
    activated = asked.having(Step.ACTIVATE).beginning(Step.PROVE_AGAIN)
    assert activated.heading(Goal.BACK) == activated
    on = activated.heading(Goal.REST)
    assert (on.back, on.rests, on.rests_since) == (None, False, None)
    assert next_step(on, Goal.REST) is Step.DEACTIVATE
    given = activated.having(Step.PROVE_AGAIN).beginning(Step.PLATFORM_BACK)
    assert given.heading(Goal.REST) == given


def test_a_way_back_for_which_there_was_a_reason_is_not_dropped() -> None:
    failed = RESTED.turned("not permitted")
    assert failed.heading(Goal.REST) == failed
    assert failed.heading(Goal.BACK) == failed


def test_what_was_asked_for_and_may_be_deleted_by_now_is_not_gone_on_with() -> None:
    early = record(begun=(Step.CREATE, Step.PROVE), done=(Step.CREATE,)).heading(Goal.BACK).beginning(Step.DELETE_NEW)
    assert early.heading(Goal.REST) == early


def test_the_old_key_is_deleted_only_where_that_is_the_goal() -> None:
    rested = record(begun=FORWARD[1:-1], done=FORWARD[1:-1])
    assert next_step(rested, Goal.REST) is None
    assert next_step(rested, Goal.DELETED) is Step.DELETE_OLD
    assert rested.rests


def test_a_deletion_that_was_begun_is_brought_to_its_end_and_there_is_no_way_back() -> None:
    begun = record(begun=FORWARD[1:], done=FORWARD[1:-1])
    assert next_step(begun, Goal.REST) is Step.DELETE_OLD
    assert not begun.rests
    with pytest.raises(RecordError):
        begun.turned("asked")


def test_only_what_was_begun_is_taken_back() -> None:
    early = record(begun=(Step.CREATE, Step.PROVE), done=(Step.CREATE,)).turned("not permitted")
    assert next_step(early, Goal.REST) is Step.DELETE_NEW
    assert next_step(early.having(Step.DELETE_NEW), Goal.REST) is None


def test_the_first_reason_to_go_back_stays() -> None:
    assert record().turned("first").turned("second").back == "first"


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(-2, False), (-1, True), (0, True), (15, True), (30, True), (32, False), (60 * 24, False)],
)
def test_a_key_is_taken_for_a_lost_one_only_if_it_was_made_when_that_could_be(minutes: int, expected: bool) -> None:
    asked = record(asked=(NOW,))
    assert asked.may_have_made(NOW + timedelta(minutes=minutes)) is expected
    assert not record().may_have_made(NOW)


steps = st.lists(st.sampled_from([each for each in Step if each is not Step.BEFORE]), unique=True).map(tuple)


@given(
    begun=steps,
    done=steps,
    new=st.none() | st.just("AKIAI44QH8DHBEXAMPLE"),
    asked=st.lists(st.datetimes(timezones=st.just(UTC)), max_size=3).map(tuple),
    back=st.none() | st.text(min_size=1),
)
def test_a_record_is_read_as_it_was_written(
    begun: tuple[Step, ...], done: tuple[Step, ...], new: str | None, asked: tuple[datetime, ...], back: str | None
) -> None:
    made = record(begun=begun, done=done, new_key=new, asked=asked, back=back, rests_since=asked[0] if asked else None)
    assert read_record(json.loads(json.dumps(written(made)))) == made


@given(
    field_name=st.sampled_from(sorted(written(record()))),
    value=st.none() | st.integers() | st.text() | st.lists(st.integers(), min_size=1) | st.just({"a": 1}),
)
def test_what_is_no_record_is_refused_and_raises_nothing_else(field_name: str, value: object) -> None:
    content = written(record()) | {field_name: value}
    try:
        read = read_record(content)
    except RecordError:
        return
    assert isinstance(read, Record)


def test_a_record_of_a_newer_program_is_refused() -> None:
    with pytest.raises(RecordError, match="schema is 2"):
        read_record(written(record()) | {"schema": 2})


def test_the_journal_keeps_a_record_for_each_key_and_forgets_it(tmp_path: Path) -> None:
    journal = RotationJournal(Home.at(tmp_path))
    first, second = record(), record(old_key="AKIAI44QH8DHBEXAMPLE")
    assert journal.load() == ()
    with journal.held():
        journal.save(first)
        journal.save(second)
        journal.save(first.beginning(Step.CREATE))
        assert set(journal.load()) == {first.beginning(Step.CREATE), second}
        journal.remove(first)
        journal.remove(first)
        assert journal.load() == (second,)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 1}'])
def test_a_record_that_cannot_be_read_is_never_passed_over(tmp_path: Path, text: str) -> None:
    journal = RotationJournal(Home.at(tmp_path))
    with journal.held():
        journal.save(record())
    (path,) = (tmp_path / "state" / "rotations").glob("*.json")
    path.write_text(text)
    with pytest.raises(StoreError, match="cannot be read"):
        journal.load()


def test_one_rotation_at_a_time(tmp_path: Path) -> None:
    journal = RotationJournal(Home.at(tmp_path))
    with journal.held(), pytest.raises(StoreError, match="process"), RotationJournal(Home.at(tmp_path)).held():
        raise AssertionError("two hold it")
