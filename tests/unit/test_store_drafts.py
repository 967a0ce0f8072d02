"""Drafts and observations: kept whole, moved aside when broken, never deleted unasked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access import Secret
from core.store.drafts import Draft, DraftStore
from core.store.errors import StoreError
from core.store.files import MAX_BYTES
from core.store.observations import Observations
from core.store.paths import Home

_START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class _Clock:
    """Every look at it is a minute later."""

    def __init__(self) -> None:
        self._now = _START

    def __call__(self) -> datetime:
        now, self._now = self._now, self._now + timedelta(minutes=1)
        return now


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def _only_file(home: Home) -> Path:
    (path,) = home.drafts.glob("*.json")
    return path


@given(name=st.text(max_size=300), content=st.dictionaries(st.text(), _json, max_size=4))
def test_a_draft_comes_back_as_it_was_saved(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: dict[str, object]
) -> None:
    store = DraftStore(Home.at(tmp_path_factory.mktemp("home")), now=_Clock())
    store.save(name, content)
    found = store.load(name)
    assert found.problem is None
    assert found.draft == Draft(name, content, _START)


def test_names_that_look_alike_are_different_drafts(home: Home) -> None:
    store = DraftStore(home)
    for name in ("Farm animals", "farm-animals", "farm/animals", "../farm-animals"):
        store.save(name, {"name": name})
    assert len(list(home.drafts.glob("*.json"))) == 4
    for name in ("Farm animals", "farm-animals", "farm/animals", "../farm-animals"):
        draft = store.load(name).draft
        assert draft is not None
        assert draft.content == {"name": name}


def test_of_drafts_the_one_saved_last_comes_first(home: Home) -> None:
    store = DraftStore(home, now=_Clock())
    assert store.named("") == ()
    for name in ("b", "c", "a", "b"):
        store.save(name, {"step": name})
    found = [(draft.name, draft.saved_at) for draft in store.named("")]
    assert found == [(name, _START + timedelta(minutes=minute)) for name, minute in (("b", 3), ("a", 2), ("c", 1))]


def test_a_removed_draft_is_gone_and_removing_none_is_nothing(home: Home) -> None:
    store = DraftStore(home)
    store.remove("a")
    assert not home.state.exists()
    store.save("a", {})
    store.remove("a")
    assert store.load("a").draft is None
    assert store.named("") == ()


def test_a_draft_is_for_the_user_alone(home: Home) -> None:
    DraftStore(home).save("a", {})
    assert _only_file(home).stat().st_mode & 0o777 == 0o600
    assert home.drafts.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 20_000,
        '{"schema": 1}',
        '{"schema": 1, "name": "a", "content": [], "saved_at": "2026-11-22T10:00:00+00:00"}',
        '{"schema": 1, "name": "a", "content": {}, "saved_at": "yesterday"}',
        '{"schema": 1, "name": "a", "content": {}, "saved_at": "2026-11-22T10:00:00"}',
        "\udcff",
        " " * (MAX_BYTES + 1),
    ],
)
def test_a_broken_draft_is_moved_aside_and_said(home: Home, text: str) -> None:
    store = DraftStore(home)
    store.save("a", {})
    path = _only_file(home)
    broken = text.encode(errors="surrogateescape")
    path.write_bytes(broken)
    found = store.load("a")
    aside = path.with_name(f"{path.name}.broken")
    assert found.draft is None
    assert found.problem is not None
    assert str(aside) in found.problem
    assert aside.read_bytes() == broken
    assert store.load("a").problem is None, "it is said once"


def test_a_look_at_a_draft_leaves_a_broken_one_where_it_is_to_be_told_of_later(home: Home) -> None:
    store = DraftStore(home)
    assert store.peek("setup") is None
    store.save("setup", {"step": "keys"})
    found = store.peek("setup")
    assert found is not None
    assert found.content == {"step": "keys"}
    [path] = home.drafts.glob("*.json")
    path.write_text("{")
    assert store.peek("setup") is None
    assert path.read_text() == "{"
    assert "moved to" in (store.load("setup").problem or "")


def test_a_draft_is_given_another_name_with_all_that_it_holds(home: Home) -> None:
    store = DraftStore(home, now=_Clock())
    store.save("setup", {"step": "keys"})
    before = store.peek("setup")
    assert before is not None
    assert store.rename("setup", "aside one")
    assert store.peek("setup") is None
    assert store.named("aside ") == (Draft("aside one", before.content, before.saved_at),)
    assert not store.rename("setup", "aside two"), "there is none"
    assert len(store.named("aside ")) == 1


def test_drafts_of_one_kind_are_found_the_last_first_and_broken_ones_stay(home: Home) -> None:
    store = DraftStore(home, now=_Clock())
    assert store.named("aside ") == ()
    store.save("aside broken", {})
    _only_file(home).write_text("{")
    for name in ("aside b", "setup", "aside a"):
        store.save(name, {})
    assert [each.name for each in store.named("aside ")] == ["aside a", "aside b"]
    assert len(list(home.drafts.glob("*.json"))) == 4


def test_a_broken_draft_does_not_hide_the_others(home: Home) -> None:
    store = DraftStore(home)
    store.save("broken", {})
    _only_file(home).write_text("{")
    store.save("whole", {"step": 2})
    assert [draft.name for draft in store.named("")] == ["whole"]


def test_the_draft_of_a_newer_program_stays_where_it_is(home: Home) -> None:
    store = DraftStore(home)
    store.save("a", {})
    path = _only_file(home)
    path.write_text(json.dumps({"schema": 2}))
    found = store.load("a")
    assert found.draft is None
    assert found.problem is not None
    assert "newer bucketlight" in found.problem
    assert path.read_text() == '{"schema": 2}'


def test_a_secret_never_gets_into_a_draft(home: Home) -> None:
    with pytest.raises(TypeError, match="not JSON serializable") as caught:
        DraftStore(home).save("a", {"secret": Secret("canary-text")})
    assert "canary-text" not in str(caught.value)
    assert not home.state.exists()


def test_a_draft_too_large_to_read_again_is_refused_and_the_earlier_one_stays(home: Home) -> None:
    store = DraftStore(home)
    store.save("a", {"step": 1})
    with pytest.raises(StoreError, match="larger than 64 KB"):
        store.save("a", {"step": "x" * MAX_BYTES})
    draft = store.load("a").draft
    assert draft is not None
    assert draft.content == {"step": 1}


def test_an_endpoint_that_stored_a_dry_write_is_remembered_and_no_other(home: Home) -> None:
    assert not Observations(home).stores_dry_writes("http://127.0.0.1:9000")
    assert not home.state.exists()
    Observations(home).remember_stored_dry_write("http://127.0.0.1:9000")
    Observations(home).remember_stored_dry_write("https://s3.example")
    Observations(home).remember_stored_dry_write("https://s3.example")
    later = Observations(home)
    assert later.stores_dry_writes("http://127.0.0.1:9000")
    assert later.stores_dry_writes("https://s3.example")
    assert not later.stores_dry_writes("https://other.example")
    assert home.observations_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"schema": 2, "stores_dry_writes": []}', '{"schema": 1, "stores_dry_writes": [1]}']
)
def test_where_the_observations_are_broken_no_endpoint_is_tried_unasked(home: Home, text: str) -> None:
    home.state.mkdir(parents=True)
    home.observations_file.write_text(text)
    assert Observations(home).stores_dry_writes("https://s3.example")
    assert home.observations_file.read_text() == text
    Observations(home).remember_stored_dry_write("https://other.example")
    assert home.observations_file.with_name("observations.json.broken").read_text() == text
    assert Observations(home).stores_dry_writes("https://other.example")
