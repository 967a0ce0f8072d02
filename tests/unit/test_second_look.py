"""What is asked again where a light would not be green: the decisions, without a server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access import Secret, UserAccess
from core.lights import second_look
from core.lights.outcome import ListedKey, Outcome
from core.lights.second_look import AssumeAgain
from core.lights.states import State
from core.lights.target import Target
from core.lights.write import WriteMove
from core.location import S3Location

TARGET = Target(location=S3Location("datalake", "a/"), access=UserAccess("AKIA", Secret("x")))
BARE = Outcome(call="PutObject", status=403, code="AccessDenied", message="Access Denied")
BY_POLICY = Outcome(
    call="PutObject",
    status=403,
    code="AccessDenied",
    message="User: arn:aws:iam::111122223333:user/a is not authorized to perform: s3:PutObject on resource: "
    '"arn:aws:s3:::datalake/a/b" with an explicit\ndeny in a resource-based policy',
)

_OUTCOMES = st.builds(
    Outcome,
    call=st.just("GetObject"),
    status=st.none() | st.integers(100, 599),
    code=st.none()
    | st.sampled_from(["AccessDenied", "NoSuchKey", "BadDigest", "ValidationError"])
    | st.text(max_size=9),
    message=st.none() | st.text(max_size=30),
    proof=st.booleans(),
)


@given(st.lists(st.builds(ListedKey, st.text(max_size=5), st.integers(0, 2), st.sampled_from([None, "GLACIER"]))))
def test_at_most_three_objects_are_tried_none_of_them_empty_and_archived_ones_last(keys: list[ListedKey]) -> None:
    chosen = second_look.candidates(keys)
    assert len(chosen) <= 3
    assert all(key.size and key in keys for key in chosen)
    archived = [key.storage_class == "GLACIER" for key in chosen]
    assert archived == sorted(archived)
    if len(chosen) < 3:
        assert len(chosen) == sum(1 for key in keys if key.size)


@given(st.lists(_OUTCOMES, min_size=1, max_size=3), st.sampled_from(list(State)))
def test_a_success_says_most_and_a_proof_more_than_a_doubt(tried: list[Outcome], doubt: State) -> None:
    def state_of(outcome: Outcome) -> State:
        return State.RED if outcome.code == "AccessDenied" else doubt

    best = second_look.telling(tried, state_of)
    assert best in tried
    if tried[-1].ok:
        assert best is tried[-1]
    elif doubt is not State.AMBER and any(state_of(outcome) is State.RED for outcome in tried):
        assert state_of(best) is State.RED


@given(_OUTCOMES, st.sampled_from(list(WriteMove)))
def test_nothing_is_stored_by_a_second_look_at_write(outcome: Outcome, move: WriteMove) -> None:
    if second_look.may_demand_encryption(outcome, move, TARGET):
        assert move is WriteMove.DRY
        assert outcome.denied
    if second_look.is_dry_success(move, outcome):
        assert move is WriteMove.DRY


def test_only_a_refusal_by_the_bucket_or_without_a_reason_asks_for_an_encryption() -> None:
    of_identity = Outcome(
        call="PutObject",
        status=403,
        code="AccessDenied",
        message="User: arn:aws:iam::111122223333:user/a is not authorized to perform: s3:PutObject "
        "because no identity-based policy allows the s3:PutObject action",
    )
    assert second_look.may_demand_encryption(BARE, WriteMove.DRY, TARGET)
    assert second_look.may_demand_encryption(BY_POLICY, WriteMove.DRY, TARGET)
    assert not second_look.may_demand_encryption(of_identity, WriteMove.DRY, TARGET)


@pytest.mark.parametrize(
    ("code", "message", "again"),
    [
        ("ValidationError", "exceeds the 1 hour session limit for roles assumed by role chaining", AssumeAgain.AN_HOUR),
        ("ValidationError", "exceeds the MaxSessionDuration set for this role", None),
        ("RegionDisabledException", "STS is not activated in this region", AssumeAgain.ELSEWHERE),
        ("AccessDenied", "not authorized to perform: sts:AssumeRole", None),
        (None, None, None),
    ],
)
def test_a_role_is_assumed_again_only_where_the_refusal_lies_in_the_caller_or_the_region(
    code: str | None, message: str | None, again: AssumeAgain | None
) -> None:
    assert second_look.assume_again(Outcome(call="AssumeRole", status=400, code=code, message=message)) is again


def test_a_host_that_is_not_there_may_be_the_one_of_a_wrong_region_at_aws_only() -> None:
    gone = Outcome(call="ListObjectsV2", exception="EndpointConnectionError")
    elsewhere = Target(location=TARGET.location, access=TARGET.access, endpoint_url="https://s3.example.com")
    assert second_look.may_be_elsewhere(gone, TARGET)
    assert not second_look.may_be_elsewhere(gone, elsewhere)
