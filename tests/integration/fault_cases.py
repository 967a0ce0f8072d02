"""What a fault case is: what the server answers, which lights are due, and what that answer is known from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

import pytest
from s3_faults import BUCKET, KEY, Answer, S3Faults
from watched_checks import ACCESS, assert_nothing_leaked, target_at, watch

from core.access import UserAccess
from core.lights.check import Checker
from core.lights.states import Light, LookUps, ProbeMode
from core.lights.target import CheckOptions

OBJECT = f"arn:aws:s3:::{BUCKET}/{KEY}"
KMS_KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
NEEDS_LIST = "unknown needs-list"
NO_IDENTITY_POLICY = "because no identity-based policy allows the {} action"
EXPIRED_SIGNATURE = (
    "Signature expired: 20261122T100000Z is now earlier than 20261122T102700Z (20261122T104200Z - 15 min.)"
)
TEMPORARY = UserAccess("ASIAIOSFODNN7EXAMPLE", ACCESS.secret_access_key)
WHO = "user lightly (account 111122223333)"


class Evidence(StrEnum):
    """What an answer is known from."""

    DOCUMENTED = "D"
    RECORDED = "L"
    """By others, against AWS."""
    BOTOCORE = "B"
    """Its source, or a run of it."""
    RUN = "R"
    """Here, against the Ceph gateway."""
    ISSUE = "I"
    """A public report or other people's code."""
    UNVERIFIED = "U"
    """Then the state and the cause count, not the words."""


D, L, B, R, I, U = Evidence  # noqa: E741 - the marks' own letters


@dataclass(frozen=True)
class Case:
    """`entry` is the number of the fault in our list. `lights`: `state cause`, for List, Read and Write."""

    entry: str
    evidence: Evidence
    name: str
    script: Mapping[str, Answer | Sequence[Answer]]
    lights: tuple[str, str, str]
    says: str = ""
    """What the first light that is not green has to say in its summary or fix."""
    pastes: str = ""
    """What there has to be to paste."""
    changes: Mapping[str, object] = field(default_factory=dict)
    mode: ProbeMode = ProbeMode.DRY
    look_ups: LookUps = LookUps.PREFIX

    def __str__(self) -> str:
        return f"{self.entry}-{self.name}"


def everywhere(
    entry: str,
    evidence: Evidence,
    name: str,
    reply: Answer,
    light: str,
    says: str = "",
    pastes: str = "",
    **more: object,
) -> Case:
    """Answer every call so, whatever was asked; all lights tell the same."""
    return Case(entry, evidence, name, {"*": reply}, (light, light, light), says, pastes, more)


def unheard_of(entry: str, evidence: Evidence, name: str, reply: Answer, says: str) -> Case:
    """Answer every call with what the table does not know: no light is decided for another."""
    lights = ("unknown internal-error", NEEDS_LIST, "unknown internal-error")
    return Case(entry, evidence, name, {"*": reply}, lights, says)


def listing(
    entry: str,
    evidence: Evidence,
    name: str,
    reply: Answer,
    light: str,
    says: str = "",
    pastes: str = "",
    **more: object,
) -> Case:
    """Answer so to List alone."""
    return Case(entry, evidence, name, {"ListObjectsV2": reply}, (light, NEEDS_LIST, "green"), says, pastes, more)


def reading(
    entry: str,
    evidence: Evidence,
    name: str,
    reply: Answer,
    light: str,
    says: str = "",
    pastes: str = "",
    write: str = "green",
    **more: object,
) -> Case:
    """Answer so to Get alone."""
    return Case(entry, evidence, name, {"GetObject": reply}, ("green", light, write), says, pastes, more)


def writing(
    entry: str,
    evidence: Evidence,
    name: str,
    reply: Answer,
    light: str,
    says: str = "",
    pastes: str = "",
    mode: ProbeMode = ProbeMode.DRY,
    **more: object,
) -> Case:
    """Answer so to Put alone."""
    calls = {"PutObject": reply, "CreateMultipartUpload": reply}
    return Case(entry, evidence, name, calls, ("green", "green", light), says, pastes, more, mode)


def run_case(case: Case, checker: Checker, caplog: pytest.LogCaptureFixture) -> tuple[Light, ...]:
    """Check against a server that answers so, and hold the lights against what is due. Return them."""
    caplog.set_level(logging.DEBUG, logger="core")
    options = CheckOptions(write_probe=case.mode, look_ups=case.look_ups)
    with S3Faults(case.script) as server:
        watched = watch(checker, target_at(server.url, **case.changes), options)
    assert watched.all_said == case.lights
    first = next((light for light in watched.report.lights if light.cause), watched.report.lights[0])
    if case.evidence is not U:
        assert case.says in f"{first.summary} {first.fix}"
    assert case.pastes in (first.paste or "")
    assert_nothing_leaked(caplog.text)
    return watched.report.lights


_Test = TypeVar("_Test", bound=Callable[..., None])

COVERED: list[tuple[str, Evidence, str]] = []
"""The entries that tests of their own show: the number, what it is known from, the test."""


def shows(entry: str, evidence: Evidence) -> Callable[[_Test], _Test]:
    """Mark a test as the case of an entry."""

    def mark(test: _Test) -> _Test:
        COVERED.append((entry, evidence, f"{test.__module__}.{test.__name__}"))
        return test

    return mark
