"""Which operations follow from what the user will do."""

from __future__ import annotations

from itertools import product

import pytest

from core.needs import OPERATIONS, InputType, Needs, Operation


@pytest.mark.parametrize(("input_type", "crops", "thumbnails"), product(InputType, (False, True), (False, True)))
def test_list_and_read_follow_always_and_write_from_what_stores_something(
    input_type: InputType, crops: bool, thumbnails: bool
) -> None:
    needs = Needs(input_type, object_level=crops, thumbnails=thumbnails)
    stores = input_type is InputType.VIDEOS or crops or thumbnails
    assert needs.operations == (OPERATIONS if stores else OPERATIONS[:2])


def test_each_operation_that_is_needed_says_why_and_no_other_does() -> None:
    for needs in (Needs(), Needs(InputType.VIDEOS, object_level=True, thumbnails=True)):
        for operation in OPERATIONS:
            assert bool(needs.reasons(operation)) == (operation in needs.operations)
    assert len(Needs(InputType.VIDEOS, object_level=True, thumbnails=True).reasons(Operation.WRITE)) == 3


@pytest.mark.parametrize("write", [False, True])
def test_what_changes_only_the_policy_changes_no_operation_and_no_reason(write: bool) -> None:
    plain = Needs(thumbnails=write)
    assert (plain.delete, plain.lightly_folder_only) == (False, False)
    more = Needs(thumbnails=write, delete=True, lightly_folder_only=True)
    assert more.operations == plain.operations
    for operation in OPERATIONS:
        assert more.reasons(operation) == plain.reasons(operation)


def test_an_operation_names_the_action_that_allows_it() -> None:
    assert [operation.action for operation in OPERATIONS] == ["s3:ListBucket", "s3:GetObject", "s3:PutObject"]
