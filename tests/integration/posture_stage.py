"""The sandbox in the hands of its administrator, and checks of what was given to Lightly there."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from process_terminal import bare_environment, run

from core.access import AccessKind, CredentialSource, Secret, SourceKind, UserAccess
from core.aws.policy import permission_policy
from core.aws.statements import LIGHTLY_ACCOUNT
from core.dataset import Dataset, Datasource, Purpose
from core.location import S3Location
from core.needs import OPERATIONS, Needs
from core.sandbox import Sandbox
from core.store.datasets import DatasetStore
from core.store.paths import Home

if TYPE_CHECKING:
    from mypy_boto3_iam.client import IAMClient
    from mypy_boto3_s3.client import S3Client

__all__ = ["EXTERNAL_ID", "LIGHTLY", "MAY_LOOK", "Account", "Document", "Told", "check", "document", "environment_of"]

Document = Mapping[str, object]

MAY_LOOK: Document = {"Sid": "Look", "Effect": "Allow", "Action": ["iam:List*", "iam:Get*"], "Resource": "*"}
EXTERNAL_ID = "canary-external-id-0123456789"
LIGHTLY = {"AWS": f"arn:aws:iam::{LIGHTLY_ACCOUNT}:root"}


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@dataclass(slots=True)
class Account:
    """The sandbox in the hands of its administrator."""

    box: Sandbox
    iam: IAMClient = field(init=False)
    s3: S3Client = field(init=False)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        admin = self.box.admin
        session = boto3.Session(admin.access_key_id, admin.secret_access_key.reveal(), region_name=self.box.region)
        self.iam = session.client("iam", endpoint_url=self.box.s3_url)
        self.s3 = session.client("s3", endpoint_url=self.box.s3_url)

    @property
    def arn(self) -> str:
        return f"arn:aws:s3:::{self.box.bucket}"

    @property
    def location(self) -> S3Location:
        return S3Location(self.box.bucket, self.box.prefix)

    @property
    def least(self) -> list[Document]:
        statements = permission_policy(self.location, OPERATIONS[:2])["Statement"]
        assert isinstance(statements, list)
        return statements

    def user(self, *statements: Document) -> tuple[str, UserAccess]:
        name = f"posture-{next(self._numbers)}"
        self.iam.create_user(UserName=name)
        self.iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
        return name, self.key(name)

    def key(self, user: str) -> UserAccess:
        made = self.iam.create_access_key(UserName=user)["AccessKey"]
        return UserAccess(made["AccessKeyId"], Secret(made["SecretAccessKey"]))

    def make_older(self, key: UserAccess, days: int) -> None:
        """Make a key older than it is: nobody can ask AWS for that."""
        from moto.iam.models import iam_backends

        kept = iam_backends[self.box.world.account_id]["aws"].access_keys[key.access_key_id]
        kept.create_date = (datetime.now(UTC) - timedelta(days=days)).replace(tzinfo=None)

    def role(self, *trust: object, seconds: int = 43_200, statements: tuple[Document, ...] = ()) -> str:
        name = f"posture-{next(self._numbers)}"
        arn = self.iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=document(*trust), MaxSessionDuration=seconds
        )["Role"]["Arn"]
        self.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*(statements or self.least)))
        return arn

    def bucket(self) -> str:
        name = f"posture-{next(self._numbers)}"
        place: Any = {"LocationConstraint": self.box.region}
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)
        self.s3.put_object(Bucket=name, Key="in/one.png", Body=b"one")
        return name


@dataclass(frozen=True, slots=True)
class Told:
    """What `bucketlight check` told as JSON."""

    ended: subprocess.CompletedProcess[str]

    @property
    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.ended.stdout)["results"][0]
        return found

    @property
    def causes(self) -> list[str]:
        return [note["cause"] for note in self.result["notes"]]

    @property
    def states(self) -> tuple[int, dict[str, str]]:
        return self.ended.returncode, self.result["effective"]


def environment_of(folder: Path, who: UserAccess) -> dict[str, str]:
    return bare_environment(
        folder,
        AWS_ACCESS_KEY_ID=who.access_key_id,
        AWS_SECRET_ACCESS_KEY=who.secret_access_key.reveal(),
    )


def check(
    account: Account,
    folder: Path,
    who: UserAccess,
    *more: str,
    location: S3Location | None = None,
    writes: bool = False,
) -> Told:
    """Check a dataset whose key is in the environment, where it was given to Lightly."""
    source = Datasource(
        purpose=Purpose.INPUT_OUTPUT,
        location=location or account.location,
        region=account.box.region,
        access=AccessKind.USER,
        access_key_id=who.access_key_id,
        credentials=CredentialSource(SourceKind.ENVIRONMENT),
        endpoint_url=account.box.s3_url,
    )
    dataset = Dataset(
        name="farm",
        dataset_id=None,
        needs=Needs(thumbnails=writes),
        platform_url="http://127.0.0.1",
        datasources=(source,),
    )
    home = folder / "home"
    DatasetStore(Home.at(home)).save(dataset)
    told = run(
        *("check", "farm", "--no-platform", "--format", "json", "--home", str(home), *more),
        environment=environment_of(folder, who),
        cwd=folder,
    )
    assert told.returncode in {0, 1, 3}, told
    return Told(told)
