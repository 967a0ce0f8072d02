"""Lightly's own look at a datasource: the stored credentials are tried on the sandbox's S3."""

from __future__ import annotations

import http.client
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..access import Secret, UserAccess
from .calls import Aws, CallError, access_key
from .platform_models import DatasourceConfig, DelegatedAccessConfig

__all__ = ["Verification", "verify"]

Verification = dict[str, object]

_OPERATIONS = ("canList", "canRead", "canWrite", "canOverwrite")
_SESSION_SECONDS = 43_200
_LOOK_AT = 1000


class _FailedError(Exception):
    """An operation that did not work; its text says why."""


def verify(config: DatasourceConfig, aws_url: str, lightly: UserAccess) -> Verification:
    """List, read a listed object, write an object under `.lightly/`, overwrite it, and delete it where that is allowed.

    `lightly` is the principal that assumes a role. The answer is the one of `GET /v1/datasets/{id}/datasource/verify`.
    """
    try:
        access = _access(config, aws_url, lightly)
    except _FailedError as failure:
        return _report(dict.fromkeys(_OPERATIONS, str(failure)))
    aws = Aws(aws_url, access, config.s3Region)
    try:
        return _report(_try_all(aws, config.fullPath))
    finally:
        aws.close()


def _report(errors: dict[str, str]) -> Verification:
    answer: Verification = {name: name not in errors for name in _OPERATIONS}
    return answer | {"errors": errors} if errors else answer


@contextmanager
def _saying_why() -> Iterator[None]:
    try:
        yield
    except CallError as error:
        raise _FailedError(str(error)) from None
    except (OSError, http.client.HTTPException) as error:
        raise _FailedError(f"S3 cannot be reached: {type(error).__name__}") from None


def _access(config: DatasourceConfig, aws_url: str, lightly: UserAccess) -> UserAccess:
    if not isinstance(config, DelegatedAccessConfig):
        return UserAccess(config.s3AccessKeyId, Secret(config.s3SecretAccessKey))
    sts = Aws(aws_url, lightly, config.s3Region)
    wish = {
        "RoleArn": config.s3ARN,
        "RoleSessionName": "lightly",
        "ExternalId": config.s3ExternalId,
        "DurationSeconds": str(_SESSION_SECONDS),
    }
    try:
        with _saying_why():
            return access_key(sts.form("sts", "AssumeRole", "2011-06-15", wish))
    finally:
        sts.close()


def _try_all(aws: Aws, full_path: str) -> dict[str, str]:
    bucket, _, prefix = full_path.removeprefix("s3://").partition("/")
    if prefix and not prefix.endswith("/"):
        prefix += "/"
    probe = f"{prefix}.lightly/verify-{secrets.token_hex(8)}"
    errors: dict[str, str] = {}
    keys: list[str] = []

    def attempt(name: str, operation: Callable[[], None]) -> None:
        try:
            with _saying_why():
                operation()
        except _FailedError as failure:
            errors[name] = str(failure)

    def find() -> None:
        keys.extend(_listed(aws, bucket, prefix))

    def read() -> None:
        if not keys:
            raise _FailedError("No object was listed that could be read.")
        aws.s3("GetObject", "GET", bucket, keys[0], headers={"Range": "bytes=0-0"})

    def write() -> None:
        aws.s3("PutObject", "PUT", bucket, probe, body=b"verify")

    attempt("canList", find)
    attempt("canRead", read)
    attempt("canWrite", write)
    attempt("canOverwrite", write)
    if "canWrite" not in errors:
        _delete_if_allowed(aws, bucket, probe)
    return errors


def _listed(aws: Aws, bucket: str, prefix: str) -> list[str]:
    """List what the user put there: no folder markers, and nothing of Lightly's own."""
    query = {"list-type": "2", "prefix": prefix, "max-keys": str(_LOOK_AT)}
    keys = aws.s3("ListObjectsV2", "GET", bucket, query=query).texts("Key")
    return [key for key in keys if not key.endswith("/") and not key.startswith(f"{prefix}.lightly/")]


def _delete_if_allowed(aws: Aws, bucket: str, key: str) -> None:
    """Delete the object again. Lightly needs no right to do so: where it is refused the object stays."""
    try:
        aws.s3("DeleteObject", "DELETE", bucket, key)
    except (CallError, OSError, http.client.HTTPException):
        return
