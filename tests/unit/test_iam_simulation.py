"""Whose policies there are, and what the policy simulator's word makes of a light: pure decisions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access import Secret, UserAccess
from core.aws.iam import Entity, Simulation, entity_of
from core.lights.iam_look import simulated_light
from core.lights.states import State, Viewpoint
from core.lights.target import Target
from core.lights.words import Asked
from core.location import S3Location
from core.needs import OPERATIONS, Operation

TARGET = Target(
    location=S3Location("datalake", "projects/farm/"), access=UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("x" * 40))
)
ANN = "arn:aws:iam::111122223333:user/people/ann"


@pytest.mark.parametrize(
    ("arn", "entity"),
    [
        ("arn:aws:iam::111122223333:user/ann", Entity("user", "ann", "arn:aws:iam::111122223333:user/ann")),
        (ANN, Entity("user", "ann", ANN)),
        ("arn:aws-cn:iam::111122223333:user/a", Entity("user", "a", "arn:aws-cn:iam::111122223333:user/a")),
        ("arn:aws:iam::111122223333:role/x/r", Entity("role", "r", "arn:aws:iam::111122223333:role/x/r")),
        ("arn:aws:sts::111122223333:assumed-role/lightly/session", Entity("role", "lightly", None)),
        ("arn:aws:iam:::user/ceph", Entity("user", "ceph", "arn:aws:iam:::user/ceph")),
        ("arn:aws:iam::111122223333:root", None),
        ("arn:aws:sts::111122223333:federated-user/ann", None),
        ("arn:aws:iam::111122223333:user/", None),
        ("arn:aws:iam::111122223333:group/g", None),
        ("", None),
    ],
)
def test_only_users_and_roles_have_policies_of_their_own(arn: str, entity: Entity | None) -> None:
    assert entity_of(arn) == entity


@given(st.text())
def test_no_text_breaks_the_reading_of_a_principal(text: str) -> None:
    found = entity_of(text)
    assert found is None or found.name


simulations = st.builds(
    Simulation,
    decision=st.sampled_from(["allowed", "implicitDeny", "explicitDeny", "", "Allowed", "other"]) | st.text(),
    by_organization=st.booleans(),
    by_boundary=st.booleans(),
    missing=st.booleans(),
    sources=st.lists(st.text() | st.text().map("arn:{}".format), max_size=3).map(tuple),
    status=st.none() | st.just(200),
    request_id=st.none() | st.text(),
)


@given(
    simulations, st.sampled_from(OPERATIONS), st.sampled_from([ANN, None, "?"]), st.sampled_from([None, "cn-north-1"])
)
def test_green_and_red_take_a_plain_answer(
    said: Simulation, operation: Operation, principal: str | None, region: str | None
) -> None:
    light = simulated_light(operation, said, Asked(TARGET, region, principal))
    assert light.viewpoint is Viewpoint.SIMULATED
    assert light.operation is operation
    assert (light.state is State.GREEN) == (said.decision == "allowed" and not said.missing)
    assert (light.state is State.RED) == (said.decision in {"implicitDeny", "explicitDeny"} and not said.missing)
    assert (light.cause is None) == (light.state is State.GREEN)
    assert bool(light.fix) == (light.state is not State.GREEN)
    assert light.summary.endswith(".")
    assert light.summary.isprintable()
    assert light.evidence is not None
    assert ((light.evidence.code or "") + (light.evidence.request_id or "")).isprintable()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_policy_that_is_named_by_its_arn_is_shown_and_one_without_is_not(operation: Operation) -> None:
    arn = "arn:aws:iam::111122223333:policy/strict"
    shown = Simulation("explicitDeny", sources=("user_ann_own", arn))
    assert arn in simulated_light(operation, shown, Asked(TARGET, None, ANN)).summary
    hidden = Simulation("explicitDeny", sources=("user_ann_own",))
    assert "user_ann_own" not in simulated_light(operation, hidden, Asked(TARGET, None, ANN)).summary
