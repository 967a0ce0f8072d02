"""The demo has AWS profiles of its own, and sees none of the user's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.access import Secret, UserAccess
from core.aws.profiles import list_profiles, read_profile
from core.guide import flow
from core.guide.fields import Choice
from core.guide.state import Given
from tui.commands.demo import _fill_ins, _own_aws


def key(number: int) -> dict[str, str]:
    return {"access_key_id": f"AKIAIOSFODNN7CANARY{number}", "secret_access_key": f"canary{number}" + "0" * 33}


BOX: dict[str, Any] = {
    "bucket": "datalake-1",
    "prefix": "projects/farm-animals/",
    "region": "eu-central-1",
    "account": "111122223333",
    "token": "t-0",
    "writer": key(1),
    "reader": key(2),
    "admin": key(3),
    "output": {"bucket": "out", "prefix": "farm/", **key(4)},
    "role": {"arn": "arn:aws:iam::111122223333:role/lightly-role", "external_id": "lightly-0123456789"},
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put back what the demo takes out of the environment, and puts into it."""
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


def test_the_profiles_are_the_sandboxs_writer_and_administrator_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").write_text("[mine]\naws_access_key_id = AKIAMINE\naws_secret_access_key = mine\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "mine"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAMINE")
    assert _own_aws(tmp_path, BOX) == ("sandbox", "demo-administrator")
    assert [profile.name for profile in list_profiles()] == ["sandbox", "demo-administrator"]
    for name, who in (("sandbox", "writer"), ("demo-administrator", "admin")):
        found = BOX[who]
        assert read_profile(name) == UserAccess(found["access_key_id"], Secret(found["secret_access_key"]))
    assert "AWS_ACCESS_KEY_ID" not in os.environ
    assert (tmp_path / "aws").stat().st_mode & 0o777 == 0o600


def test_the_administrators_profile_is_the_one_that_is_offered_for_making() -> None:
    from guide_walk import MAKE_IT, at

    shown = flow.view(at("make", Given(profiles=("sandbox", "demo-administrator")), access=MAKE_IT))
    choice = shown.field("administrator_profile")
    assert isinstance(choice, Choice)
    assert choice.value == "demo-administrator"


def test_what_one_key_fills_in_says_each_time_who_makes_it() -> None:
    sets = [answers for _, answers in _fill_ins(BOX)]
    assert [answers["maker"] for answers in sets] == ["have"] * 4 + ["make"] * 2
    assert [answers["access"] for answers in sets[4:]] == ["user", "delegated"]
    assert all(answers["account"] == "111122223333" for answers in sets[4:])
