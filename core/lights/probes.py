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
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..access import DelegatedAccess, Secret, UserAccess
from ..location import S3Location
from .outcome import ListedKey, Outcome, from_answer, from_exception, printable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

__all__ = [
    "A_FEW",
    "assume_role",
    "identify",
    "is_probe_key",
    "list_objects",
    "new_probe_key",
    "read_byte",
    "write_dry",
    "write_multipart",
    "write_real",
]

A_FEW: Mapping[str, Any] = {"MaxKeys": 10}
"""A list of a few names, however many there are."""
_PROBE = ".lightly/bucketlight-probe-"
_BODY = b"bucketlight write probe; safe to delete\n"
_DRY = "dry run: nothing was stored"
_SESSION_NAME = "bucketlight-check"
_NOTHING: Mapping[str, Any] = {}
_NEVER_SENT = frozenset(
    {
        "ConnectTimeoutError",
        "EndpointConnectionError",
        "HTTPClientError",
        "ParamValidationError",
        "ProxyConnectionError",
        "SSLError",
    }
)
"""Failures before a request is on its way (botocore.exceptions; HTTPClientError itself is of a malformed header)."""


def new_probe_key(location: S3Location) -> str:
    """Name an object that cannot be there yet, under the folder that Lightly writes to."""
    return f"{location.prefix}{_PROBE}{secrets.token_hex(8)}"


def is_probe_key(location: S3Location, key: str) -> bool:
    """Tell whether an object is a probe of this program, of this run or another: it proves nothing about the data."""
    return key.startswith(f"{location.prefix}{_PROBE}")


def _timed(call: str, send: Callable[[], Outcome], how: str | None = None) -> Outcome:
    start = time.perf_counter()
    try:
        outcome = send()
    except Exception as error:  # noqa: BLE001 - botocore raises more than its own (OSError, RecursionError, parsers)
        outcome = from_exception(call, error)
    return dataclasses.replace(
        outcome, elapsed_ms=(time.perf_counter() - start) * 1000, received_at=time.time(), how=outcome.how or how
    )


def list_objects(client: S3Client, location: S3Location, more: Mapping[str, Any] = A_FEW) -> Outcome:
    """List objects of the folder (S3 API reference, ListObjectsV2; action s3:ListBucket).

    The proof of a success is that the answer repeats the bucket's name and counts keys. `more` holds further
    parameters of the request.
    """

    def send() -> Outcome:
        answer = client.list_objects_v2(Bucket=location.bucket, Prefix=location.prefix, **more)
        keys = tuple(
            ListedKey(item["Key"], item.get("Size", 0), item.get("StorageClass"))
            for item in answer.get("Contents", ())
            if not is_probe_key(location, item["Key"])
        )
        proof = answer.get("Name") == location.bucket and "KeyCount" in answer
        return from_answer("ListObjectsV2", answer, proof=proof, keys=keys)

    return _timed("ListObjectsV2", send)


def read_byte(client: S3Client, location: S3Location, key: str, more: Mapping[str, Any] = _NOTHING) -> Outcome:
    """Read the first byte of an object that is there (S3 API reference, GetObject; action s3:GetObject).

    The byte is really read: a HEAD neither decrypts nor thaws.
    """

    def send() -> Outcome:
        answer = client.get_object(Bucket=location.bucket, Key=key, Range="bytes=0-0", **more)
        with contextlib.closing(answer["Body"]) as body:  # as its own context it is urllib3's, unchecked
            read = body.read(1)
            if answer.get("ContentLength", 0) <= 1:
                body.read()  # to its end: only then is the connection kept for the next request
        return from_answer("GetObject", answer, proof=bool(answer.get("ETag")) and len(read) == 1)

    return _timed("GetObject", send, "the first byte of a listed object")


def _wrong_md5() -> str:
    # Well-formed, and the digest of something else: a server that looks at it must refuse the body.
    return base64.b64encode(hashlib.md5(secrets.token_bytes(32), usedforsecurity=False).digest()).decode()


def encryption(kms_key_arn: str | None) -> Mapping[str, Any]:
    """Return the parameters with which Lightly writes where a KMS key is configured; none without a key."""
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key_arn} if kms_key_arn else _NOTHING


def write_dry(client: S3Client, location: S3Location, key: str, more: Mapping[str, Any] = _NOTHING) -> Outcome:
    """Try PutObject so that nothing is stored: with a Content-MD5 that is not the body's (action s3:PutObject).

    Whoever may write gets 400 BadDigest, whoever may not 403. A server that ignores the digest stores the object:
    then it is deleted at once.
    """

    def send() -> Outcome:
        answer = client.put_object(Bucket=location.bucket, Key=key, Body=_BODY, ContentMD5=_wrong_md5(), **more)
        stored = from_answer("PutObject", answer, proof=bool(answer.get("ETag")), how="a dry run, which was stored")
        return _cleared(client, location, key, stored, answer.get("VersionId"))

    return _timed("PutObject", send, _DRY)


def write_real(
    client: S3Client, location: S3Location, key: str, more: Mapping[str, Any] = _NOTHING, *, read_back: bool = False
) -> Outcome:
    """Store a small object, with `read_back` read it, and delete it (actions s3:PutObject, GetObject, DeleteObject)."""

    def send() -> Outcome:
        answer = client.put_object(Bucket=location.bucket, Key=key, Body=_BODY, **more)
        stored = from_answer("PutObject", answer, proof=bool(answer.get("ETag")))
        if read_back and stored.proof:
            stored = dataclasses.replace(stored, read_back=_read_back(client, location, key, more))
        return _cleared(client, location, key, stored, answer.get("VersionId"))

    outcome = _timed("PutObject", send, "a test object")
    if outcome.status is None and outcome.exception not in _NEVER_SENT:
        # The answer was lost, not necessarily the object.
        return _cleared(client, location, key, outcome, None)
    return outcome


def _read_back(client: S3Client, location: S3Location, key: str, more: Mapping[str, Any]) -> Outcome:
    payer = {name: value for name, value in more.items() if name == "RequestPayer"}
    return dataclasses.replace(read_byte(client, location, key, payer), how="the test object that was just stored")


def _cleared(client: S3Client, location: S3Location, key: str, outcome: Outcome, version: str | None) -> Outcome:
    """Delete the probe's object; in a versioned bucket its one version, since a plain delete would keep that."""
    stored = outcome.proof
    refusal = _deleted(client, location, key, version)
    if refusal is None:
        return dataclasses.replace(outcome, stored=stored)
    marker: Outcome | None = refusal
    if version is not None:
        # Whoever may not delete a version may perhaps hide it: then at least nobody lists the object any more.
        marker = _deleted(client, location, key, None)
    hidden = marker is None or (marker.code is None and (marker.status or 0) // 100 == 2)
    return dataclasses.replace(outcome, stored=stored, left_behind=key, removal=refusal, hidden=hidden)


def _deleted(client: S3Client, location: S3Location, key: str, version: str | None) -> Outcome | None:
    """Delete an object; None where it is gone, else what came instead."""
    which = {"VersionId": version} if version else {}

    def send() -> Outcome:
        answer = client.delete_object(Bucket=location.bucket, Key=key, **which)  # type: ignore[arg-type]
        # A marker says that the bucket is versioned and the object only hidden (S3 API reference, DeleteObject).
        gone = bool(version) or not answer.get("DeleteMarker")
        return from_answer("DeleteObject", answer, proof=gone)

    outcome = _timed("DeleteObject", send)
    return None if outcome.ok else outcome


def write_multipart(client: S3Client, location: S3Location, key: str, more: Mapping[str, Any] = _NOTHING) -> Outcome:
    """Begin a multipart upload and abort it (S3 API reference, CreateMultipartUpload, AbortMultipartUpload).

    Beginning one takes the permissions of PutObject, the KMS key's included, and stores no object.
    """

    def send() -> Outcome:
        answer = client.create_multipart_upload(Bucket=location.bucket, Key=key, **more)
        upload = answer.get("UploadId")
        begun = from_answer("CreateMultipartUpload", answer, proof=bool(upload))
        if not upload:
            return begun
        try:
            client.abort_multipart_upload(Bucket=location.bucket, Key=key, UploadId=upload)
        except Exception as error:  # noqa: BLE001 - whatever it was, the upload may still be open
            refusal = from_exception("AbortMultipartUpload", error)
            return dataclasses.replace(begun, left_behind=key, upload_id=upload, removal=refusal)
        return begun

    return _timed("CreateMultipartUpload", send, "an upload that is taken back: nothing was stored")


def assume_role(
    client: STSClient, role: DelegatedAccess, seconds: int, *, external_id: bool = True
) -> tuple[Outcome, UserAccess | None]:
    """Assume a role for so many seconds, as Lightly does (STS API reference, AssumeRole), with or without external ID.

    Returns the session's credentials where it is granted; they are for this check only, and kept nowhere.
    """
    session: UserAccess | None = None

    def send() -> Outcome:
        nonlocal session
        more: Mapping[str, Any] = {"ExternalId": role.external_id.reveal()} if external_id else {}
        answer = client.assume_role(
            RoleArn=role.role_arn, RoleSessionName=_SESSION_NAME, DurationSeconds=seconds, **more
        )
        keys = answer["Credentials"]
        session = UserAccess(keys["AccessKeyId"], Secret(keys["SecretAccessKey"]), Secret(keys["SessionToken"]))
        return Outcome(
            call="AssumeRole", status=200, proof=True, detail=printable(answer.get("AssumedRoleUser", {}).get("Arn"))
        )

    how = f"for {seconds // 3600} hours, {'with' if external_id else 'without'} the external ID"
    return _timed("AssumeRole", send, how.replace("1 hours", "1 hour")), session


def identify(client: STSClient) -> Outcome:
    """Ask who the credentials are (STS API reference, GetCallerIdentity: no policy can refuse it). Detail: the ARN."""

    def send() -> Outcome:
        answer = client.get_caller_identity()
        arn = printable(answer.get("Arn"))
        return Outcome(call="GetCallerIdentity", status=200, proof=arn is not None, detail=arn)

    return _timed("GetCallerIdentity", send)
