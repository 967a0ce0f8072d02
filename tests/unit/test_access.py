"""A secret is not seen, whichever way it is looked at."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access import CredentialSource, Secret, SourceKind, UserAccess, is_key_id, mask_key_id

CANARY = "canary-wJalrXUtnFEMI"


def test_a_secret_shows_dots_whose_number_tells_nothing() -> None:
    short, long = Secret("x"), Secret(CANARY)
    for shown in (repr, str, "{}".format, "{:>40}".format, lambda secret: f"{secret!r}", lambda secret: f"{secret!s}"):
        assert CANARY not in shown(long)
        assert shown(short) == shown(long)


def test_a_secret_is_neither_pickled_nor_copied_nor_written_as_json() -> None:
    for way in (pickle.dumps, copy.deepcopy, copy.copy, json.dumps):
        with pytest.raises(TypeError) as caught:
            way(Secret(CANARY))
        assert CANARY not in str(caught.value)


def test_a_secret_has_no_dictionary_to_look_into() -> None:
    assert not hasattr(Secret(CANARY), "__dict__")


@given(st.text(), st.text())
def test_secrets_are_equal_as_their_texts_are(one: str, other: str) -> None:
    assert (Secret(one) == Secret(other)) == (one == other)
    assert hash(Secret(one)) == hash(Secret(one))
    assert bool(Secret(one)) == bool(one)
    assert Secret(one).reveal() == one


def test_a_secret_is_not_its_text() -> None:
    assert Secret(CANARY) != CANARY


def test_an_access_key_keeps_its_secrets_to_itself() -> None:
    assert CANARY not in repr(UserAccess("AKIAIOSFODNN7EXAMPLE", Secret(CANARY), Secret(CANARY)))
    assert CANARY not in repr(UserAccess(CANARY, Secret("AKIAIOSFODNN7EXAMPLE"))), "they may be exchanged"


@given(st.text(max_size=40))
def test_a_key_id_is_shown_by_its_ends_alone(key_id: str) -> None:
    shown = mask_key_id(key_id)
    assert len(shown) <= 9
    assert shown == ("…" if not 12 <= len(key_id) <= 32 else f"{key_id[:4]}…{key_id[-4:]}")


def test_a_secret_in_the_key_ids_place_shows_nothing() -> None:
    assert mask_key_id("wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY0") == "…"


@pytest.mark.parametrize(
    ("text", "of_aws", "is_one"),
    [
        ("AKIAIOSFODNN7EXAMPLE", True, True),
        ("ASIAIOSFODNN7EXAMPLE", True, True),
        ("AIDAIOSFODNN7EXAMPLE", True, False),
        ("AKIAIOSFODNN7EXAMPLE\n", True, False),
        ("minio", True, False),
        ("0555B35654AD1656D804", False, True),
        ("minio", False, False),
        ("wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY0", False, False),
        ("with blank", False, False),
        ("", False, False),
    ],
)
def test_a_key_id_is_known_by_its_shape_where_that_is_sure(text: str, of_aws: bool, is_one: bool) -> None:
    assert is_key_id(text, of_aws=of_aws) is is_one


@pytest.mark.parametrize(
    "source",
    [
        CredentialSource(SourceKind.KEYRING),
        CredentialSource(SourceKind.ENVIRONMENT),
        CredentialSource(SourceKind.PROFILE, "farm animals"),
    ],
    ids=str,
)
def test_a_source_reads_what_it_writes(source: CredentialSource) -> None:
    assert CredentialSource.parse(f" {source} ") == source


@pytest.mark.parametrize("text", ["", "profile", "profile ", "keyring farm", "environment x", "vault", "PROFILE x"])
def test_any_other_source_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        CredentialSource.parse(text)
