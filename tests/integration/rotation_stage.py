"""A sandbox with datasets whose key is rotated, and somebody who looks from outside whether they work."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.access import AccessKind, CredentialSource, SourceKind, UserAccess
from core.aws.session import Clients
from core.dataset import Dataset, Datasource, Purpose
from core.lights.check import Checker
from core.location import S3Location
from core.needs import Needs
from core.provision.rotation.administrator import KeyAdministrator
from core.provision.rotation.journal import RotationJournal
from core.provision.rotation.look import Asked, plan_rotation, source_of
from core.provision.rotation.outcome import Outcome, RotateEvent
from core.provision.rotation.plan import RotatePlan
from core.provision.rotation.run import rotate
from core.provision.rotation.world import World
from core.sandbox import Sandbox
from core.sandbox.calls import Aws, CallError, access_key
from core.store.datasets import DatasetStore
from core.store.paths import Home
from core.store.secrets import SecretStore

__all__ = ["FastWaiter", "Stage", "not_yet", "refuse_inactive_keys", "sandbox_for_rotation"]


not_yet: list[Callable[[str], bool]] = []
"""Who is asked of each key whether IAM has not spread it yet; while one says so, the key is not known."""


def refuse_inactive_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let moto refuse a deactivated key as AWS does: as one that it does not know; and one that is `not_yet` there."""
    from moto.iam.access_control import CreateAccessKeyFailure, IAMUserAccessKey

    original = IAMUserAccessKey.__init__

    def refusing(self: Any, account_id: str, partition: str, access_key_id: str, headers: dict[str, str]) -> None:
        original(self, account_id, partition, access_key_id, headers)
        user = self.backend.get_user(self._owner_user_name)
        inactive = user.get_access_key_by_id(access_key_id).status != "Active"
        if inactive or any(refuses(access_key_id) for refuses in not_yet):
            raise CreateAccessKeyFailure(reason="InvalidId")

    monkeypatch.setattr(IAMUserAccessKey, "__init__", refusing)


@contextmanager
def sandbox_for_rotation() -> Iterator[Sandbox]:
    """Run a sandbox with what `refuse_inactive_keys` changes."""
    with pytest.MonkeyPatch.context() as patch:
        refuse_inactive_keys(patch)
        with Sandbox() as running:
            yield running


class FastWaiter:
    """Time passes only while somebody waits, and then at once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.stops = False

    def now(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> bool:
        self.seconds += seconds
        return not self.stops


@dataclass
class Stage:
    """A user with one key, and datasets that use it: at the platform, in the file, in the keyring."""

    box: Sandbox
    folder: Path
    secrets: SecretStore
    user: str = field(default_factory=lambda: f"lightly-{secrets.token_hex(4)}")
    aws_url: str | None = None

    def __post_init__(self) -> None:
        self.home = Home.at(self.folder / "home")
        self.datasets = DatasetStore(self.home)
        self.journal = RotationJournal(self.home)
        self.waiter = FastWaiter()
        self.events: list[RotateEvent] = []
        self.admin_access = self.box.admin
        with_policy = self.policy(self.box.bucket, self.box.prefix) + self.policy(
            self.box.bucket, "projects/farm-videos/"
        )
        self.iam("CreateUser", UserName=self.user)
        self.allow(with_policy)
        self.key = access_key(self.iam("CreateAccessKey", UserName=self.user))
        self.secrets.put_token(self.box.lightly_url, self.box.token)

    # What an administrator does by hand.

    def iam(self, action: str, **parameters: str) -> Any:
        aws = Aws(self.box.s3_url, self.box.admin, self.box.region)
        try:
            return aws.iam(action, **parameters)
        finally:
            aws.close()

    @staticmethod
    def policy(bucket: str, prefix: str) -> list[dict[str, Any]]:
        arn = f"arn:aws:s3:::{bucket}"
        # With the right to delete, what Lightly's test stores goes again: 1,000 such objects would hide the pictures.
        objects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        under = {"StringLike": {"s3:prefix": f"{prefix}*"}}
        return [
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn, "Condition": under},
            {"Effect": "Allow", "Action": objects, "Resource": f"{arn}/{prefix}*"},
        ]

    def allow(self, statements: list[dict[str, Any]]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.iam("PutUserPolicy", UserName=self.user, PolicyName="main", PolicyDocument=document)

    def day_goes_by(self) -> None:
        """Let every rotation rest for a good day longer, and every key have been used as much earlier."""
        from moto.iam.models import AccessKeyLastUsed, iam_backends

        day = timedelta(days=1, minutes=1)
        for record in self.journal.load():
            if record.rests_since is not None:
                self.journal.save(replace(record, rests_since=record.rests_since - day))
        for key in iam_backends[self.box.world.account_id]["aws"].list_access_keys(self.user):
            if (used := key.last_used) is not None:
                key.last_used = AccessKeyLastUsed(used.timestamp - day, used.service, used.region)

    def use(self, key_id: str) -> None:
        """Let somebody have used a key of the user."""
        from moto.iam.models import AccessKeyLastUsed, iam_backends

        for key in iam_backends[self.box.world.account_id]["aws"].list_access_keys(self.user):
            if key.access_key_id == key_id:
                key.last_used = AccessKeyLastUsed(datetime.now(UTC), "s3", self.box.region)

    def user_keys(self) -> dict[str, str]:
        """The user's keys and what they are, active or not."""
        from moto.iam.models import iam_backends

        found = iam_backends[self.box.world.account_id]["aws"].list_access_keys(self.user)
        return {key.access_key_id: key.status for key in found}

    # What a setup has made.

    def dataset(
        self, name: str, *, purposes: tuple[Purpose, ...] = (Purpose.INPUT_OUTPUT,), source: SourceKind | None = None
    ) -> Dataset:
        """Make a dataset whose datasources all use the user's key."""
        made = self.ask("POST", "/v1/datasets", {"name": name, "type": "Images", "creator": "USER_PIP"})
        kind = source or SourceKind.KEYRING
        dataset = Dataset(
            name=name,
            dataset_id=made["id"],
            needs=Needs(thumbnails=True),
            platform_url=self.box.lightly_url,
            datasources=tuple(self._source(purpose, kind) for purpose in purposes),
        )
        for each in dataset.datasources:
            self.tell_platform(dataset, each, self.key)
        self.secrets.put_access(dataset.platform_url, name, dict.fromkeys(purposes, self.key))
        self.datasets.save(dataset)
        return dataset

    def _source(self, purpose: Purpose, kind: SourceKind) -> Datasource:
        return Datasource(
            purpose=purpose,
            location=S3Location(self.box.bucket, self.box.prefix),
            region=self.box.region,
            access=AccessKind.USER,
            access_key_id=self.key.access_key_id,
            credentials=CredentialSource(kind, "lightly" if kind is SourceKind.PROFILE else None),
            endpoint_url=self.aws_url or self.box.s3_url,
        )

    def tell_platform(self, dataset: Dataset, source: Datasource, key: UserAccess) -> None:
        body = {
            "type": "S3",
            "purpose": source.purpose.value,
            "fullPath": source.location.uri,
            "thumbSuffix": ".lightly/thumbnails/[filename]_small.[extension]",
            "s3Region": source.region,
            "s3AccessKeyId": key.access_key_id,
            "s3SecretAccessKey": key.secret_access_key.reveal(),
        }
        self.ask("PUT", f"/v1/datasets/{dataset.dataset_id}/datasource", body)

    def forget_datasets(self) -> None:
        """Empty the platform: names are looked for there."""
        for each in self.ask("GET", "/v1/datasets"):
            self.ask("DELETE", f"/v1/datasets/{each['id']}")

    def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Ask the platform, without any code of the program's."""
        url = f"{self.box.lightly_url}{path}?token={self.box.token.reveal()}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    # What is rotated, in this process.

    def world(self, *, platform_url: str | None = None) -> World:
        return World(datasets=self.datasets, secrets=self.secrets, checker=Checker(), platform_url=platform_url)

    def administrator(self) -> KeyAdministrator:
        return KeyAdministrator(
            Clients(may_change=True),
            self.admin_access,
            region=self.box.region,
            endpoint_url=self.aws_url or self.box.s3_url,
            waiter=self.waiter,
        )

    def plan(
        self, dataset: Dataset, *, purpose: Purpose | None = None, now: datetime | None = None, **asked: bool
    ) -> RotatePlan:
        source_of(dataset, purpose, self.journal.load())
        return plan_rotation(
            dataset,
            purpose,
            Asked(**asked),
            world=self.world(),
            administrator=self.administrator(),
            journal=self.journal,
            now=now,
        )

    def run(
        self,
        dataset: Dataset,
        *,
        on_event: Callable[[RotateEvent], None] | None = None,
        purpose: Purpose | None = None,
        world: World | None = None,
        administrator: KeyAdministrator | None = None,
        **asked: bool,
    ) -> Outcome:
        """Plan it and carry it out."""

        def told(event: RotateEvent) -> None:
            self.events.append(event)
            if on_event is not None:
                on_event(event)

        with self.journal.held():
            return rotate(
                self.plan(dataset, purpose=purpose, now=None, **asked),
                world=world or self.world(),
                administrator=administrator or self.administrator(),
                journal=self.journal,
                on_event=told,
                waiter=self.waiter,
            )

    # What somebody sees from outside.

    def used_at_platform(self, dataset: Dataset) -> set[str]:
        found = self.ask("GET", f"/v1/datasets/{dataset.dataset_id}/datasource/all")
        return {each["s3AccessKeyId"] for each in found}

    def used_here(self, dataset: Dataset) -> set[str]:
        kept = self.secrets.get_access(dataset.platform_url, dataset.name)
        return {key.access_key_id for key in kept.values() if isinstance(key, UserAccess)}

    def written_down(self, dataset: Dataset) -> set[str | None]:
        found = self.datasets.get(dataset.name, dataset.platform_url)
        assert found is not None
        return {each.access_key_id for each in found.datasources}

    def works_at_platform(self, dataset: Dataset) -> bool:
        """Whether the key that the platform has works: all three operations, by its own test."""
        verdict = self.ask("GET", f"/v1/datasets/{dataset.dataset_id}/datasource/verify")
        return all(verdict[name] for name in ("canList", "canRead", "canWrite"))

    def works_here(self, dataset: Dataset) -> bool:
        """Whether every key of the dataset that the keyring has lists the folder, by a request of its own."""
        kept = self.secrets.get_access(dataset.platform_url, dataset.name)
        return bool(kept) and all(isinstance(key, UserAccess) and self.lists(key) for key in kept.values())

    def lists(self, key: UserAccess) -> bool:
        aws = Aws(self.box.s3_url, key, self.box.region)
        try:
            aws.s3("ListObjectsV2", "GET", self.box.bucket, query={"list-type": "2", "prefix": self.box.prefix})
        except CallError:
            return False
        finally:
            aws.close()
        return True

    def check_working(self, *datasets: Dataset) -> None:
        """See that nobody is without a working key, and that every key is one of those that are used or known."""
        for dataset in datasets:
            assert self.works_at_platform(dataset), f"Lightly has no working key for {dataset.name}: {self.user_keys()}"
            assert self.works_here(dataset), f"this machine has no working key for {dataset.name}: {self.user_keys()}"

    def check_settled(self, key_id: str, *datasets: Dataset) -> None:
        """See that everything uses this key."""
        for dataset in datasets:
            assert self.used_at_platform(dataset) == {key_id}
            assert self.used_here(dataset) == {key_id}
            assert self.written_down(dataset) == {key_id}
        self.check_working(*datasets)

    def check_one_new_key(self, dataset: Dataset) -> None:
        """See that there are two keys, the old one deactivated, and that the new one is used."""
        keys = self.user_keys()
        assert sorted(keys.values()) == ["Active", "Inactive"]
        assert keys[self.key.access_key_id] == "Inactive"
        (new,) = set(keys) - {self.key.access_key_id}
        self.check_settled(new, dataset)
