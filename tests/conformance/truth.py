"""What credentials can really do under a prefix: found with plain boto3, by doing it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from plain_s3 import Snapshot, remove_new, snapshot

from core.location import S3Location
from core.needs import Operation

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_READ = 5
"""The objects that are read at most."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What worked. `can_read` is None where there is no object to read, and false where one of them was refused.

    The last two are None where Write was refused.
    """

    can_list: bool
    can_read: bool | None
    can_read_some: bool
    can_write: bool
    can_delete: bool | None = None
    can_abort: bool | None = None

    @property
    def operations(self) -> frozenset[Operation]:
        """The operations that worked."""
        worked = ((Operation.LIST, self.can_list), (Operation.READ, self.can_read), (Operation.WRITE, self.can_write))
        return frozenset(operation for operation, yes in worked if yes)


def find_truth(user: S3Client, admin: S3Client, location: S3Location) -> Truth:
    """Try everything as the user, and put the bucket back as the administrator.

    What the administrator sees tells which keys there are, so that Read is tried whether or not the user may list.
    """
    before = snapshot(admin, location.bucket)
    try:
        return _try_everything(user, location, before)
    finally:
        remove_new(admin, location.bucket, before)


def _try_everything(user: S3Client, location: S3Location, before: Snapshot) -> Truth:
    bucket, prefix = location.bucket, location.prefix
    can_list = _works(lambda: user.list_objects_v2(Bucket=bucket, Prefix=prefix))
    keys = sorted(
        key
        for kind, key, _, size, _ in before
        if kind == "object" and key.startswith(prefix) and size  # without a byte, it proves nothing about Read
    )[:_READ]
    reads = {_works(partial(_read, user, bucket, key)) for key in keys}
    can_read, can_read_some = (all(reads), any(reads)) if reads else (None, False)
    key = f"{prefix}.lightly/truth-{secrets.token_hex(6)}"
    can_write = _works(lambda: user.put_object(Bucket=bucket, Key=key, Body=b"truth"))
    if not can_write:
        return Truth(can_list, can_read, can_read_some, can_write)
    can_delete = _works(lambda: user.delete_object(Bucket=bucket, Key=key))
    upload = user.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    can_abort = _works(lambda: user.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload))
    return Truth(can_list, can_read, can_read_some, can_write, can_delete, can_abort)


def _works(request: Callable[[], object]) -> bool:
    """Send a request: true for a success, false for a refusal. Everything else is no answer, and raised."""
    try:
        request()
    except ClientError as error:
        refused = error.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        if refused or error.response["Error"].get("Code") == "InvalidToken":
            return False
        raise
    return True


def _read(user: S3Client, bucket: str, key: str) -> bytes:
    return user.get_object(Bucket=bucket, Key=key)["Body"].read()
