"""The lights on the sandbox: the same cases, and the same truth, as on a real server."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from cases import Case
from judgement import (
    TRIED_MODES,
    Observation,
    assert_every_light_explains_itself,
    assert_only_a_named_probe_was_left,
    assert_the_lights_are_due,
    observe,
)
from plain_s3 import remove_new
from sandbox_server import SandboxServer
from stage import CASES, Stage, case_named, set_up

from core.lights.check import Checker
from core.lights.states import ProbeMode, State
from core.needs import Operation

CASES_OF_IAM = tuple(case for case in CASES if case.bucket_policy is None and not case.beyond_the_sandbox)
"""The sandbox evaluates the policies of users and roles; those of buckets and sessions are for a real server."""

each_case = pytest.mark.parametrize("case", CASES_OF_IAM, ids=str)
each_mode = pytest.mark.parametrize("mode", TRIED_MODES, ids=str)


@pytest.fixture(scope="module")
def stage_of(sandbox: SandboxServer) -> Callable[[Case], Stage]:
    """Set a case up on the sandbox, once."""
    return cache(lambda case: set_up(sandbox, case))


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
def test_the_sandbox_grants_what_iam_would(case: Case, stage_of: Callable[[Case], Stage]) -> None:
    assert stage_of(case).truth.operations == set(case.allows)


@each_mode
@each_case
def test_the_lights_equal_what_plain_boto3_can_do_on_the_sandbox(
    case: Case, mode: ProbeMode, observed: Callable[[Case, ProbeMode], Observation]
) -> None:
    assert_the_lights_are_due(observed(case, mode))


@each_mode
@each_case
def test_the_sandbox_bucket_is_afterwards_as_before_or_the_light_names_what_is_left(
    case: Case, mode: ProbeMode, observed: Callable[[Case, ProbeMode], Observation]
) -> None:
    assert_only_a_named_probe_was_left(observed(case, mode))


@each_mode
@each_case
def test_every_light_on_the_sandbox_explains_itself_without_naming_the_users_files(
    case: Case, mode: ProbeMode, observed: Callable[[Case, ProbeMode], Observation]
) -> None:
    assert_every_light_explains_itself(observed(case, mode))


def test_the_principal_is_the_user_who_was_checked(
    sandbox: SandboxServer, observed: Callable[[Case, ProbeMode], Observation]
) -> None:
    observation = observed(case_named("may list and read"), ProbeMode.DRY)
    assert observation.report.principal == sandbox.arn_of(observation.stage.location.bucket)


def test_a_list_that_must_go_level_by_level_is_told_from_other_refusals_on_the_sandbox(
    observed: Callable[[Case, ProbeMode], Observation],
) -> None:
    light = observed(case_named("may list level by level only"), ProbeMode.DRY).report.light(Operation.LIST)
    assert (light.state, light.cause) == (State.RED, "list-condition-mismatch")
