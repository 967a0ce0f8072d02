"""Plain boto3, as anybody would write it: the clients and the look at a bucket that the tests judge by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, TypedDict

import boto3
from botocore.config import Config

from core.access import Secret, UserAccess

if TYPE_CHECKING:
    from mypy_boto3_iam.client import IAMClient
    from mypy_boto3_s3.client import S3Client

Snapshot = frozenset[tuple[str, str, str, int, str]]
"""Everything in a bucket: (kind, key, version or upload id, size in bytes, ETag)."""

_CONFIG = Config(
    retries={"total_max_attempts": 2, "mode": "standard"},
    connect_timeout=5,
    read_timeout=30,
    s3={"addressing_style": "path"},
)


class _Credentials(TypedDict):
    aws_access_key_id: str
    aws_secret_access_key: str
    aws_session_token: str | None


@cache
def _boto(region: str) -> boto3.Session:
    """Make a session without credentials: to load the descriptions of the services takes longer than a request."""
    return boto3.Session(region_name=region)


def _credentials(access: UserAccess) -> _Credentials:
    return {
        "aws_access_key_id": access.access_key_id,
        "aws_secret_access_key": access.secret_access_key.reveal(),
        "aws_session_token": access.session_token.reveal() if access.session_token else None,
    }


def s3_client(url: str, region: str, access: UserAccess) -> S3Client:
    """Make an S3 client that signs as this principal."""
    return _boto(region).client("s3", endpoint_url=url, config=_CONFIG, **_credentials(access))


def iam_client(url: str, region: str, access: UserAccess) -> IAMClient:
    """Make an IAM client that signs as this principal."""
    return _boto(region).client("iam", endpoint_url=url, config=_CONFIG, **_credentials(access))


def begin_session(
    url: str, region: str, access: UserAccess, role_arn: str, document: Mapping[str, object] | None
) -> UserAccess:
    """Assume a role as this principal (STS API reference, AssumeRole); with a document, the session has a policy."""
    sts = _boto(region).client("sts", endpoint_url=url, config=_CONFIG, **_credentials(access))
    if document is None:
        answer = sts.assume_role(RoleArn=role_arn, RoleSessionName="conformance")
    else:
        answer = sts.assume_role(RoleArn=role_arn, RoleSessionName="conformance", Policy=policy_text(document))
    keys = answer["Credentials"]
    return UserAccess(keys["AccessKeyId"], Secret(keys["SecretAccessKey"]), Secret(keys["SessionToken"]))


def policy_text(document: Mapping[str, object]) -> str:
    r"""Write a policy so that it survives a form that is decoded once too little or too often.

    No blank, plus or percent sign is in it: between tokens there is none, and inside strings they are `\u0020`,
    `\u002b` and `\u0025`, which mean the same in JSON.
    """
    text = json.dumps(document, separators=(",", ":"))
    return text.replace(" ", "\\u0020").replace("+", "\\u002b").replace("%", "\\u0025")


def snapshot(s3: S3Client, bucket: str) -> Snapshot:
    """Read everything in a bucket: each version of each object, delete markers, and uploads that are open."""
    found: set[tuple[str, str, str, int, str]] = set()
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for version in page.get("Versions", []):
            found.add(("object", version["Key"], version["VersionId"], version["Size"], version["ETag"]))
        for marker in page.get("DeleteMarkers", []):
            found.add(("delete marker", marker["Key"], marker["VersionId"], 0, ""))
    for uploads in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in uploads.get("Uploads", []):
            found.add(("upload", upload["Key"], upload["UploadId"], 0, ""))
    return frozenset(found)


def remove_new(s3: S3Client, bucket: str, before: Snapshot) -> None:
    """Bring a bucket back to an earlier snapshot, as far as things were added since."""
    for kind, key, identity, _, _ in snapshot(s3, bucket) - before:
        if kind == "upload":
            s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=identity)
        else:
            s3.delete_object(Bucket=bucket, Key=key, VersionId=identity)
