"""An administrator's machine for the tests of the hand-off script: it runs with bash, and reaches the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import boto3

from core.access import AccessKind, Secret, UserAccess
from core.aws.grants import Grant
from core.location import S3Location
from core.needs import OPERATIONS
from core.provision.handoff import Format, write
from core.provision.wanted import Wanted
from core.sandbox import Sandbox

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

SHIM = Path(__file__).with_name("aws_command.py")
EXTERNAL_ID = Secret("lightly-canary/of=the+external.id")
FOREIGN = {"Sid": "AnnasOwn", "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}


@dataclass
class Desk:
    """An administrator's machine: a folder with the script, and an `aws` command that reaches the sandbox."""

    box: Sandbox
    folder: Path

    def environment(self, who: UserAccess, **more: str) -> dict[str, str]:
        return {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),
            "AWS_ENDPOINT_URL": self.box.s3_url,
            "AWS_ACCESS_KEY_ID": who.access_key_id,
            "AWS_SECRET_ACCESS_KEY": who.secret_access_key.reveal(),
            "AWS_REGION": self.box.region,
            "AWS_COMMAND_LOG": str(self.folder / "log"),
            **more,
        }

    def run(
        self,
        wanted: Wanted,
        *options: str,
        typed: str = "",
        who: UserAccess | None = None,
        account_id: str | None = None,
        bucket_account_id: str | None = None,
        traced: bool = False,
        **more: str,
    ) -> subprocess.CompletedProcess[str]:
        script = self.folder / "lightly-aws-cli.sh"
        of_account = account_id or self.box.world.account_id
        script.write_text(write(wanted, Format.CLI, account_id=of_account, bucket_account_id=bucket_account_id))
        return subprocess.run(
            ["bash", *(["-x"] if traced else []), script.name, *options],
            cwd=self.folder,
            env=self.environment(who or self.box.admin, **more),
            input=typed,
            text=True,
            capture_output=True,
            check=False,
        )

    def calls(self) -> list[dict[str, Any]]:
        """Return what the script asked of `aws`."""
        log = self.folder / "log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def operations(self) -> list[str]:
        return [call["arguments"][1] for call in self.calls()]

    @property
    def iam(self) -> IAMClient:
        return boto3.client(
            "iam",
            region_name=self.box.region,
            endpoint_url=self.box.s3_url,
            aws_access_key_id=self.box.admin.access_key_id,
            aws_secret_access_key=self.box.admin.secret_access_key.reveal(),
        )

    def role(self, name: str) -> dict[str, Any] | None:
        """Return a role as it is, with its policies, or None."""
        try:
            found: dict[str, Any] = dict(self.iam.get_role(RoleName=name)["Role"])
        except self.iam.exceptions.NoSuchEntityException:
            return None
        names = self.iam.list_role_policies(RoleName=name)["PolicyNames"]
        documents = {each: self.iam.get_role_policy(RoleName=name, PolicyName=each) for each in names}
        return found | {"Policies": {each: document["PolicyDocument"] for each, document in documents.items()}}

    def user(self, name: str) -> dict[str, Any] | None:
        """Return a user as it is, with its policies, or None."""
        try:
            found: dict[str, Any] = dict(self.iam.get_user(UserName=name)["User"])
        except self.iam.exceptions.NoSuchEntityException:
            return None
        names = self.iam.list_user_policies(UserName=name)["PolicyNames"]
        documents = {each: self.iam.get_user_policy(UserName=name, PolicyName=each) for each in names}
        return found | {"Policies": {each: document["PolicyDocument"] for each, document in documents.items()}}


def a_desk(box: Sandbox, folder: Path) -> Desk:
    """Make one in an empty folder; its `aws` is the stand-in."""
    (folder / "bin").mkdir()
    (folder / "tmp").mkdir()
    command = folder / "bin" / "aws"
    command.write_text(f'#!/bin/sh\nexec {quote(sys.executable)} {quote(str(SHIM))} "$@"\n')
    command.chmod(0o755)
    return Desk(box, folder)


def a_user(box: Sandbox, test: str) -> Wanted:
    """Want a user that is a test's own."""
    grants = (Grant(location=S3Location(box.bucket, box.prefix), operations=OPERATIONS, region=box.region),)
    name = test.replace("test_", "")
    return Wanted(access=AccessKind.USER, dataset=name, grants=grants, made_on=date(2026, 11, 22))


def documents(wanted: Wanted) -> dict[str, object]:
    policy = wanted.policy()
    return {policy.name: policy.document}


def tags(found: dict[str, Any]) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in found["Tags"]}
