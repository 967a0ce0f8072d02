"""The lights on a real S3 server: equal to what plain boto3 can do there, and the bucket afterwards as before."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from cases import LIST, READ, WRITE, Case, below, deny, document, everything, on_bucket, on_objects, statement, when
from gateway import Gateway
from judgement import (
    TRIED_MODES,
    Observation,
    assert_every_light_explains_itself,
    assert_only_a_named_probe_was_left,
    assert_the_lights_are_due,
    observe,
    target_of,
)
from plain_s3 import remove_new
from stage import CASES, Stage, case_named, set_up

from core.lights.check import Checker
from core.lights.states import ProbeMode, State
from core.needs import OPERATIONS, Operation

pytestmark = [pytest.mark.rgw, pytest.mark.timeout(300)]

each_case = pytest.mark.parametrize("case", CASES, ids=str)
each_mode = pytest.mark.parametrize("mode", TRIED_MODES, ids=str)


@pytest.fixture(scope="module")
def stage_of(gateway: Gateway) -> Callable[[Case], Stage]:
    """Set a case up on the gateway, once."""
    return cache(lambda case: set_up(gateway, case))


@pytest.fixture(scope="module")
def observed(stage_of: Callable[[Case], Stage]) -> Callable[[Case, ProbeMode], Observation]:
    """Check a case in a mode, once; what the check left behind is taken away."""
    checker = Checker()

    @cache
    def look(case: Case, mode: ProbeMode) -> Observation:
        stage = stage_of(case)
        observation = observe(checker, stage, mode)
        remove_new(stage.server.s3, stage.location.bucket, observation.before)
        return observation

    return look


@each_case
def test_plain_boto3_can_do_what_the_policies_allow(case: Case, stage_of: Callable[[Case], Stage]) -> None:
    strays = case.on_the_gateway
    assert stage_of(case).truth.operations == set(case.allows if strays is None else strays)


@each_mode
@each_case
def test_the_lights_equal_what_plain_boto3_can_do(
    case: Case, mode: ProbeMode, observed: Callable[[Case, ProbeMode], Observation]
) -> None:
    assert_the_lights_are_due(observed(case, mode))


@each_mode
@each_case
def test_the_bucket_is_afterwards_as_before_or_the_light_names_what_is_left(
    case: Case, mode: ProbeMode, observed: Callable[[Case, ProbeMode], Observation]
) -> None:
    assert_only_a_named_probe_was_left(observed(case, mode))


@each_mode
@each_case
def test_every_light_explains_itself_without_naming_the_users_files(
    case: Case, mode: ProbeMode, observed: Callable[[Case, ProbeMode], Observation]
) -> None:
    assert_every_light_explains_itself(observed(case, mode))


@each_case
def test_a_dry_check_never_changes_the_bucket(case: Case, observed: Callable[[Case, ProbeMode], Observation]) -> None:
    observation = observed(case, ProbeMode.DRY)
    assert observation.after == observation.before
    assert not observation.report.stored_dry_write


def test_no_principal_is_named_where_the_server_tells_none(
    observed: Callable[[Case, ProbeMode], Observation],
) -> None:
    assert observed(case_named("may list and read"), ProbeMode.DRY).report.principal is None


@pytest.mark.parametrize("name", ["may list level by level only", "is denied by the bucket to list without levels"])
def test_a_list_that_must_go_level_by_level_is_told_from_other_refusals(
    name: str, observed: Callable[[Case, ProbeMode], Observation]
) -> None:
    light = observed(case_named(name), ProbeMode.DRY).report.light(Operation.LIST)
    assert (light.state, light.cause) == (State.RED, "list-condition-mismatch")


def test_write_stays_unproven_where_it_may_not_be_tried(stage_of: Callable[[Case], Stage]) -> None:
    observation = observe(Checker(), stage_of(case_named("may write too, and tidy up")), ProbeMode.OFF)
    light = observation.report.light(Operation.WRITE)
    assert (light.state, light.cause) == (State.UNKNOWN, "write-unproven")
    assert observation.after == observation.before


@pytest.mark.parametrize("actions", ["DeleteObject", "DeleteObject DeleteObjectVersion"])
@each_mode
def test_a_versioned_bucket_keeps_no_trace_or_the_light_names_it(
    gateway: Gateway, mode: ProbeMode, actions: str
) -> None:
    case = Case(
        name="may write and delete versions",
        allows=OPERATIONS,
        policy=lambda at: document(
            statement("ListBucket", at.bucket),
            statement(f"GetObject PutObject AbortMultipartUpload {actions}", below(at)),
        ),
    )
    stage = set_up(gateway, case, versioned=True)
    observation = observe(Checker(), stage, mode)
    light = observation.report.light(Operation.WRITE)
    if observation.added:
        assert (light.state, light.cause) == (State.AMBER, "probe-left-behind"), observation.added
        assert all(key in (light.fix or "") for _, key, *_ in observation.added)
    else:
        assert light.state is State.GREEN


@pytest.mark.parametrize("mode", [ProbeMode.DRY, ProbeMode.REAL], ids=str)
def test_a_bucket_that_demands_an_acl_is_red_for_write(gateway: Gateway, mode: ProbeMode) -> None:
    # Not with multipart: this release does not look at the ACL when an upload is begun.
    case = Case(
        name="names no acl",
        allows=(LIST, READ),
        policy=everything,
        bucket_policy=lambda at, _: document(
            deny(
                "PutObject",
                below(at),
                Principal="*",
                **when("StringNotEquals", "s3:x-amz-acl", "bucket-owner-full-control"),
            )
        ),
    )
    observation = observe(Checker(), set_up(gateway, case), mode)
    assert observation.stage.truth.operations == set(case.allows)
    assert_the_lights_are_due(observation)


def test_that_a_policy_allows_only_short_lists_is_not_seen(gateway: Gateway) -> None:
    # Known and accepted: a list of up to a thousand names for each check would make every light slow.
    case = Case(
        name="may list a hundred keys at once",
        allows=(READ, WRITE),
        policy=lambda at: document(
            on_bucket(at, **when("NumericLessThanEquals", "s3:max-keys", "100")), on_objects(at)
        ),
    )
    observation = observe(Checker(), set_up(gateway, case), ProbeMode.DRY)
    assert observation.stage.truth.operations == set(case.allows)
    assert observation.report.light(Operation.LIST).state is State.GREEN


def test_a_policy_that_allows_only_plain_lists_is_green(gateway: Gateway) -> None:
    case = Case(
        name="may list without a number only",
        allows=OPERATIONS,
        policy=lambda at: document(on_bucket(at, **when("NumericEquals", "s3:max-keys", "1000")), on_objects(at)),
    )
    observation = observe(Checker(), set_up(gateway, case), ProbeMode.DRY)
    assert observation.stage.truth.operations == set(case.allows)
    assert_the_lights_are_due(observation)


def test_checks_at_the_same_time_do_not_mix_up(stage_of: Callable[[Case], Stage]) -> None:
    checker = Checker()
    stages = [stage_of(case_named(name)) for name in ("may list only", "may write only", "may list and read")] * 3
    runs = [checker.start(target_of(stage)) for stage in stages]
    for stage, run in zip(stages, runs, strict=True):
        report = run.result(60)
        green = {light.operation for light in report.lights if light.state is State.GREEN}
        assert green == stage.truth.operations
