"""The lights on the sandbox: the same cases, and the same truth, as on a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache

import pytest
from cases import CASES, Case, Stage, case_named, set_up
from judgement import (
    TRIED_MODES,
    Observation,
    assert_every_light_explains_itself,
    assert_only_a_named_probe_was_left,
    assert_the_lights_are_due,
    observe,
)
from plain_s3 import Snapshot, iam_client, policy_text, remove_new, s3_client, snapshot

from core.access import Secret, UserAccess
from core.lights.check import Checker
from core.lights.states import ProbeMode
from core.sandbox import Sandbox

CASES_OF_IAM = tuple(case for case in CASES if case.bucket_policy is None)
"""The sandbox evaluates the policies of users; those of buckets are for a real server."""

each_case = pytest.mark.parametrize("case", CASES_OF_IAM, ids=str)
each_mode = pytest.mark.parametrize("mode", TRIED_MODES, ids=str)


class SandboxServer:
    """The sandbox in the hands of its administrator."""

    def __init__(self, box: Sandbox) -> None:
        self.url = box.s3_url
        self.region = box.region
        self.s3 = s3_client(self.url, self.region, box.admin)
        self.iam = iam_client(self.url, self.region, box.admin)
        self.explains = True

    def make_user(self, name: str) -> UserAccess:
        self.iam.create_user(UserName=name)
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return UserAccess(key["AccessKeyId"], Secret(key["SecretAccessKey"]))

    def arn_of(self, user: str) -> str:
        return self.iam.get_user(UserName=user)["User"]["Arn"]

    def put_policy(self, user: str, document: Mapping[str, object]) -> None:
        self.iam.put_user_policy(UserName=user, PolicyName="case", PolicyDocument=policy_text(document))

    def make_bucket(self, bucket: str, *, versioned: bool = False) -> None:
        self.s3.create_bucket(
            Bucket=bucket,
            CreateBucketConfiguration={"LocationConstraint": self.region},  # type: ignore[typeddict-item]
        )
        if versioned:
            self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def put_bucket_policy(self, bucket: str, document: Mapping[str, object]) -> None:
        self.s3.put_bucket_policy(Bucket=bucket, Policy=policy_text(document))

    def snapshot(self, bucket: str) -> Snapshot:
        return snapshot(self.s3, bucket)


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    """A sandbox for the whole module."""
    with Sandbox() as box:
        yield SandboxServer(box)


@pytest.fixture(scope="module")
def stage_of(server: SandboxServer) -> Callable[[Case], Stage]:
    """Set a case up on the sandbox, once."""
    return cache(lambda case: set_up(server, case))


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
    server: SandboxServer, observed: Callable[[Case, ProbeMode], Observation]
) -> None:
    observation = observed(case_named("may list and read"), ProbeMode.DRY)
    assert observation.report.principal == server.arn_of(observation.stage.location.bucket)
