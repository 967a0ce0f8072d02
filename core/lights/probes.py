"""The probes: one request, sometimes with the one that takes it back, and what came of it.

A probe never raises. It takes the client as it is given and knows nothing of deadlines, threads or verdicts.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import hashlib
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..location import S3Location
from .outcome import ListedKey, Outcome, from_answer, from_exception

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

__all__ = [
    "identify",
    "is_probe_key",
    "list_objects",
    "new_probe_key",
    "read_byte",
    "write_dry",
    "write_multipart",
    "write_real",
]

_LISTED = 10
_PROBE = ".lightly/bucketlight-probe-"
_BODY = b"bucketlight write probe; safe to delete\n"


def new_probe_key(location: S3Location) -> str:
    """Name an object that cannot be there yet, under the folder that Lightly writes to."""
    return f"{location.prefix}{_PROBE}{secrets.token_hex(8)}"


def is_probe_key(location: S3Location, key: str) -> bool:
    """Tell whether an object is a probe of this program, of this run or another: it proves nothing about the data."""
    return key.startswith(f"{location.prefix}{_PROBE}")


def _timed(call: str, send: Callable[[], Outcome]) -> Outcome:
    start = time.perf_counter()
    try:
        outcome = send()
    except Exception as error:  # noqa: BLE001 - botocore raises more than its own (OSError, RecursionError, parsers)
        outcome = from_exception(call, error)
    return dataclasses.replace(outcome, elapsed_ms=(time.perf_counter() - start) * 1000)


def list_objects(client: S3Client, location: S3Location) -> Outcome:
    """List a few objects of the folder (S3 API reference, ListObjectsV2; action s3:ListBucket).

    The proof of a success is that the answer repeats the bucket's name and counts keys.
    """

    def send() -> Outcome:
        answer = client.list_objects_v2(Bucket=location.bucket, Prefix=location.prefix, MaxKeys=_LISTED)
        keys = tuple(
            ListedKey(item["Key"], item.get("Size", 0), item.get("StorageClass"))
            for item in answer.get("Contents", ())
            if not is_probe_key(location, item["Key"])
        )
        proof = answer.get("Name") == location.bucket and "KeyCount" in answer
        return from_answer("ListObjectsV2", answer, proof=proof, keys=keys)

    return _timed("ListObjectsV2", send)


def read_byte(client: S3Client, location: S3Location, listed: ListedKey) -> Outcome:
    """Read the first byte of a listed object (S3 API reference, GetObject; action s3:GetObject).

    The byte is really read: a HEAD neither decrypts nor thaws.
    """

    def send() -> Outcome:
        answer = client.get_object(Bucket=location.bucket, Key=listed.key, Range="bytes=0-0")
        with contextlib.closing(answer["Body"]) as body:  # as its own context it is urllib3's, unchecked
            read = body.read(1)
            if answer.get("ContentLength", 0) <= 1:
                body.read()  # to its end: only then is the connection kept for the next request
        return from_answer("GetObject", answer, proof=bool(answer.get("ETag")) and len(read) == 1)

    return _timed("GetObject", send)


def _wrong_md5() -> str:
    # Well-formed, and the digest of something else: a server that looks at it must refuse the body.
    return base64.b64encode(hashlib.md5(secrets.token_bytes(32), usedforsecurity=False).digest()).decode()


def _encryption(kms_key_arn: str | None) -> dict[str, Any]:
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key_arn} if kms_key_arn else {}


def write_dry(client: S3Client, location: S3Location, key: str, kms_key_arn: str | None = None) -> Outcome:
    """Try PutObject so that nothing is stored: with a Content-MD5 that is not the body's (action s3:PutObject).

    Whoever may write gets 400 BadDigest, whoever may not 403. A server that ignores the digest stores the object:
    then it is deleted at once.
    """

    def send() -> Outcome:
        answer = client.put_object(
            Bucket=location.bucket, Key=key, Body=_BODY, ContentMD5=_wrong_md5(), **_encryption(kms_key_arn)
        )
        return _after_put(client, location, key, answer)

    return _timed("PutObject", send)


def write_real(client: S3Client, location: S3Location, key: str, kms_key_arn: str | None = None) -> Outcome:
    """Store a small object and delete it (actions s3:PutObject, s3:DeleteObject)."""

    def send() -> Outcome:
        answer = client.put_object(Bucket=location.bucket, Key=key, Body=_BODY, **_encryption(kms_key_arn))
        return _after_put(client, location, key, answer)

    outcome = _timed("PutObject", send)
    if outcome.status is None:
        # The answer was lost, not necessarily the object.
        return dataclasses.replace(outcome, left_behind=None if _deleted(client, location, key) else key)
    return outcome


def _after_put(client: S3Client, location: S3Location, key: str, answer: Any) -> Outcome:
    proof = bool(answer.get("ETag"))
    left = None if _deleted(client, location, key, answer.get("VersionId")) else key
    return from_answer("PutObject", answer, proof=proof, stored=proof, left_behind=left)


def _deleted(client: S3Client, location: S3Location, key: str, version: str | None = None) -> bool:
    """Delete the probe's object; in a versioned bucket its one version, since a plain delete would keep that."""
    which = {"VersionId": version} if version else {}
    try:
        answer = client.delete_object(Bucket=location.bucket, Key=key, **which)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - whatever it was, the object may still be there
        return False
    # A marker says that the bucket is versioned and the object only hidden (S3 API reference, DeleteObject).
    return bool(version) or not answer.get("DeleteMarker")


def write_multipart(client: S3Client, location: S3Location, key: str, kms_key_arn: str | None = None) -> Outcome:
    """Begin a multipart upload and abort it (S3 API reference, CreateMultipartUpload, AbortMultipartUpload).

    Beginning one takes the permissions of PutObject, the KMS key's included, and stores no object.
    """

    def send() -> Outcome:
        answer = client.create_multipart_upload(Bucket=location.bucket, Key=key, **_encryption(kms_key_arn))
        upload = answer.get("UploadId")
        if not upload:
            return from_answer("CreateMultipartUpload", answer, proof=False)
        try:
            client.abort_multipart_upload(Bucket=location.bucket, Key=key, UploadId=upload)
        except Exception:  # noqa: BLE001 - whatever it was, the upload may still be open
            return from_answer("CreateMultipartUpload", answer, proof=True, left_behind=key, upload_id=upload)
        return from_answer("CreateMultipartUpload", answer, proof=True)

    return _timed("CreateMultipartUpload", send)


def identify(client: STSClient) -> Outcome:
    """Ask who the credentials are (STS API reference, GetCallerIdentity: no policy can refuse it). Detail: the ARN."""

    def send() -> Outcome:
        answer = client.get_caller_identity()
        arn = answer.get("Arn") or None
        return Outcome(call="GetCallerIdentity", status=200, proof=arn is not None, detail=arn)

    return _timed("GetCallerIdentity", send)
