"""What Ctrl+T fills in: the same way through the whole guide, until another is asked for."""

from __future__ import annotations

from tui.setup_fill import FillIns

WRITER = {"access_key_id": "W", "name": "farm"}
READER = {"access_key_id": "R", "name": "farm"}
MADE = {"account": "111122223333", "name": "farm"}


def fill_ins() -> FillIns:
    return FillIns((("a writer", WRITER), ("a reader", READER), ("one that is made", MADE)))


def test_once_in_a_step_it_is_the_first_way_and_others_are_told_of() -> None:
    assert fill_ins().take("keys", {"access_key_id"}) == ("a writer", {"access_key_id": "W"}, True)


def test_a_second_time_in_a_step_it_is_the_next_way_and_it_stays() -> None:
    ways = fill_ins()
    ways.take("keys", {"access_key_id"})
    assert ways.take("keys", {"access_key_id"}) == ("a reader", {"access_key_id": "R"}, True)
    assert ways.take("access", {"access_key_id"})[0] == "a reader"


def test_where_all_ways_give_the_same_there_is_no_other() -> None:
    ways = fill_ins()
    for _ in range(2):
        assert ways.take("dataset", {"name"}) == ("a writer", {"name": "farm"}, False)


def test_where_the_way_has_nothing_to_say_the_next_one_has() -> None:
    ways = fill_ins()
    ways.take("keys", {"access_key_id"})
    assert ways.take("make", {"account"}) == ("one that is made", {"account": "111122223333"}, False)


def test_where_no_way_has_anything_to_say_nothing_is_filled_in() -> None:
    assert fill_ins().take("save", {"else"}) == ("a writer", {}, False)
