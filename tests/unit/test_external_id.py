"""The external ID that is made for a role: hard to guess, and taken by both who read it."""

from __future__ import annotations

import re

from core.external_id import new_external_id
from core.lightly.rules import external_id_problem

AWS = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
LIGHTLY = re.compile(r"[a-zA-Z0-9_+=,.@:/-]{10,}")


def test_aws_and_lightly_both_take_it() -> None:
    text = new_external_id().reveal()
    assert AWS.fullmatch(text)
    assert LIGHTLY.fullmatch(text)
    assert external_id_problem(text) is None
    assert text.startswith("lightly-")


def test_it_has_at_least_128_bits_and_each_is_another() -> None:
    made = [new_external_id().reveal().removeprefix("lightly-") for _ in range(200)]
    assert len(set(made)) == len(made)
    assert all(re.fullmatch(r"[0-9a-f]{32,}", text) for text in made), "four bits a character"
    bits = {(at, digit) for text in made for at, digit in enumerate(text)}
    assert len(bits) > 15 * len(made[0]), "every place takes every digit"


def test_it_is_not_in_a_repr() -> None:
    made = new_external_id()
    assert made.reveal() not in f"{made!r} {made}"
