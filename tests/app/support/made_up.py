"""Diagnoses of lights that are made up: each kind that a screen has to show, with nothing that changes by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from walker import Walker

from core.lights.states import Evidence, Light, State, Viewpoint
from core.lights.target import CheckOptions
from core.location import S3Location
from core.needs import OPERATIONS, Operation
from core.store.paths import Home
from tui.app import BucketlightApp
from tui.clocks import Clocks
from tui.diagnosed import Seen
from tui.engine import Setting
from tui.not_yet import NotYet
from tui.screens.diagnosis import DiagnosisScreen

__all__ = [
    "AMBER",
    "BY_LIGHTLY",
    "COMMAND",
    "GREEN",
    "RED",
    "STATEMENT",
    "UNPROVEN",
    "HandClock",
    "Subject",
    "seen_with",
]

MOMENT = datetime(2026, 11, 22, 10, 42, 7, tzinfo=UTC)
PROBE = "projects/farm-animals/.lightly/bucketlight-probe-9f2c41d7aa03b1c5"
STATEMENT = """{
  "Sid": "WritePrefix",
  "Effect": "Allow",
  "Action": ["s3:PutObject", "s3:AbortMultipartUpload"],
  "Resource": "arn:aws:s3:::datalake/projects/farm-animals/*"
}"""
COMMAND = f"aws s3api delete-object --bucket datalake --key {PROBE}"

RED = Light(
    operation=Operation.WRITE,
    state=State.RED,
    required=True,
    cause="denied-identity-policy",
    summary="Write fails: the IAM policies of user lightly-farm-animals do not allow it to put objects under "
    "projects/farm-animals/.",
    fix="Add this statement to that user's policy in account 111122223333.",
    paste=STATEMENT,
    link="https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
    evidence=Evidence(
        call="PutObject",
        how="dry run: nothing was stored",
        status=403,
        code="AccessDenied",
        request_id="7B1F0C2E9A4D6358",
        message="User: arn:aws:iam::111122223333:user/lightly-farm-animals is not authorized to perform: s3:PutObject "
        "because no identity-based policy allows the s3:PutObject action",
        said="no identity-based policy allows the s3:PutObject action",
    ),
)
AMBER = Light(
    operation=Operation.WRITE,
    state=State.AMBER,
    required=True,
    cause="probe-left-behind",
    summary=f"Write works, but one test object could not be deleted: {PROBE}.",
    fix="Ask someone with s3:DeleteObject to delete it.",
    paste=COMMAND,
    link="https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjects.html",
    evidence=Evidence(call="PutObject", how="a test object", status=200, request_id="7B1F0C2E9A4D6358"),
)
UNPROVEN = Light(
    operation=Operation.WRITE,
    state=State.UNKNOWN,
    required=True,
    cause="write-unproven",
    summary="Write is not proven: a dry run was accepted, but a KMS key is in play, which a dry run does not touch.",
    fix="Prove it by storing, reading and deleting one small object.",
    paste="bucketlight check farm-animals --write-probe real",
    evidence=Evidence(
        call="PutObject",
        how="dry run: nothing was stored",
        status=400,
        code="BadDigest",
        request_id="7B1F0C2E9A4D6358",
    ),
)
GREEN = Light(
    operation=Operation.WRITE,
    state=State.GREEN,
    required=True,
    summary="Write works: a dry run was accepted, nothing was stored.",
    evidence=Evidence(
        call="PutObject", how="dry run: nothing was stored", status=400, code="BadDigest", request_id="7B1F0C2E9A4D6358"
    ),
)
BY_LIGHTLY = replace(
    RED,
    viewpoint=Viewpoint.PLATFORM,
    cause="platform-denies",
    summary="Write fails: Lightly tried it, without success. It says: Access Denied.",
    fix="Look at what only Lightly meets: conditions on IP address or VPC in a policy.",
    paste=None,
    link=None,
    evidence=None,
)


def _works(operation: Operation) -> Light:
    name = operation.value.capitalize()
    return replace(GREEN, operation=operation, summary=f"{name} works.", evidence=None)


def seen_with(*lights: Light, others: tuple[Light, ...] = ()) -> Seen:
    """Return a dataset with these lights; what is not among them works."""
    given = {light.operation: light for light in lights}
    return Seen(
        lights=tuple(given.get(operation) or _works(operation) for operation in OPERATIONS),
        name="farm-animals",
        subject="INPUT_OUTPUT  s3://datalake/projects/farm-animals/",
        region="eu-central-1",
        about="user/lightly-farm-animals, key AKIA…7Q2F   from this machine",
        others=others,
        location=S3Location("datalake", "projects/farm-animals/"),
        checked_at=MOMENT,
    )


@dataclass
class HandClock:
    """A clock that is moved by hand."""

    seconds: float = 1000.0

    def clocks(self) -> Clocks:
        return Clocks(lambda: MOMENT + timedelta(seconds=self.seconds - 1000.0), lambda: self.seconds)


@dataclass
class Subject:
    """What a diagnosis is about, in the hands of a test: it says what is seen, and keeps what is asked."""

    seen: Seen
    clock: HandClock = field(default_factory=HandClock)
    asked: list[CheckOptions | None] = field(default_factory=list)
    worked: list[bool] = field(default_factory=list)

    def screen(self, operation: Operation = Operation.WRITE) -> DiagnosisScreen:
        return DiagnosisScreen(
            seen=lambda: self.seen,
            operation=operation,
            again=self.asked.append,
            clocks=self.clock.clocks(),
            worked=lambda: self.worked.append(True),
        )

    def app(self, folder: Path) -> BucketlightApp:
        return BucketlightApp(Setting(home=Home.at(folder), platform_url="https://api.lightly.ai"))

    def answer(self, screen: DiagnosisScreen, *lights: Light) -> None:
        """A check has ended with these lights."""
        self.seen = replace(seen_with(*lights, others=self.seen.others), ended=self.seen.ended + 1)
        screen.renew()

    @asynccontextmanager
    async def shown(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        *,
        size: tuple[int, int] = (80, 24),
        operation: Operation = Operation.WRITE,
    ) -> AsyncIterator[Walker]:
        """Run the app with the diagnosis on top; its timer is moved by hand, too."""
        monkeypatch.setattr(NotYet, "EVERY", 3600.0)
        app = self.app(folder)
        async with app.run_test(size=size) as pilot:
            walker = Walker(app, pilot)
            await walker.until(lambda: app.engine is not None, "the engine")
            await app.push_screen(self.screen(operation))
            await pilot.pause()
            yield walker
