"""Where moto's answers differ from AWS's, and what makes them the same.

Three of moto's methods are replaced, once in a process and only when a sandbox starts: the evaluation of policies (moto
ignores conditions, `?`, accounts and most trust policies), the check before an upload (moto stores what does not match
its Content-MD5), and the length of a role's session.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import json
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qs, urlsplit

from .policy import Question, Verdict, decide, trusts

if TYPE_CHECKING:
    from moto.iam.access_control import IAMRequestBase
    from moto.iam.models import Role

__all__ = ["bucket_region", "enforce", "forget_account", "relax"]

_MARK = "_bucketlight_sandbox"
_HEAD_ACTIONS = {"s3:HeadBucket": "s3:ListBucket"}
_PREFIX_ACTIONS = {"s3:ListBucket", "s3:ListBucketVersions"}

_lock = threading.Lock()
_sandboxes = 0
_count_before: float = 0


def enforce() -> None:
    """Make moto truthful, and let it check every request from now on. To be undone with one `relax`."""
    global _sandboxes, _count_before  # noqa: PLW0603 - moto's own switch is one for the process
    from moto import settings
    from moto.iam.access_control import IAMRequestBase
    from moto.s3.responses import S3Response
    from moto.sts.responses import TokenResponse

    with _lock:
        _replace(IAMRequestBase, "check_action_permitted", _check_action_permitted)
        _replace(S3Response, "_authenticate_and_authorize_s3_action", _check_digest_too)
        _replace(TokenResponse, "assume_role", _check_duration_too)
        if not _sandboxes:
            _count_before = settings.INITIAL_NO_AUTH_ACTION_COUNT
        _sandboxes += 1
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0


def relax() -> None:
    """Put moto's switch back when the last sandbox has gone."""
    global _sandboxes  # noqa: PLW0603 - as above
    from moto import settings

    with _lock:
        _sandboxes -= 1
        if not _sandboxes:
            settings.INITIAL_NO_AUTH_ACTION_COUNT = _count_before


def bucket_region(bucket: str) -> str | None:
    """Name the region of a bucket, or None where there is no such bucket."""
    from moto.s3.models import s3_backends

    place = s3_backends.bucket_accounts.get(bucket)
    if place is None:
        return None
    partition, account = place
    found = s3_backends[account][partition].buckets.get(bucket)
    return str(found.region_name) if found else None


def forget_account(account: str) -> None:
    """Drop everything that an account holds in moto, and close the buffers of its objects."""
    from moto.iam.models import iam_backends
    from moto.s3.models import s3_backends
    from moto.sts.models import sts_backends

    for backend in list(s3_backends[account].values()):
        for bucket in list(backend.buckets.values()):
            for key in [*bucket.keys.values(), *bucket.multiparts.values()]:
                if dispose := getattr(key, "dispose", None):  # a delete marker has nothing to drop
                    dispose()
            s3_backends.bucket_accounts.pop(bucket.name, None)
    for backends in (s3_backends, iam_backends, sts_backends):
        backends.pop(account, None)


def _replace(owner: type, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    original = getattr(owner, name)
    if not hasattr(original, _MARK):
        replacement = functools.wraps(original)(make(original))
        setattr(replacement, _MARK, True)
        setattr(owner, name, replacement)


def _check_action_permitted(_original: Callable[..., Any]) -> Callable[..., Any]:
    def check(self: IAMRequestBase, resource: str) -> None:
        action = _HEAD_ACTIONS.get(self._action, self._action)
        if action == "sts:GetCallerIdentity":
            return
        if action.startswith("s3:"):
            _check_bucket(self, action, resource)
        question = Question(action, _resource(self, action, resource), _context(self, action))
        verdict = decide(_documents(self), question)
        if action == "sts:AssumeRole":
            if verdict is not Verdict.ALLOWED or not _is_trusted(self, question):
                _refuse(self, question, "")
        elif verdict is Verdict.DENIED:
            _refuse(self, question, " with an explicit deny in an identity-based policy")
        elif verdict is Verdict.NOT_ALLOWED:
            _refuse(self, question, f" because no identity-based policy allows the {action} action")

    return check


def _check_bucket(request: IAMRequestBase, action: str, resource: str) -> None:
    """Raise where the bucket is not there, or is another account's: its own policy would have to allow that."""
    from moto.s3.exceptions import BucketAccessDeniedError, MissingBucket
    from moto.s3.models import s3_backends

    bucket = resource.partition(":::")[2].partition("/")[0]
    if bucket == "*" or action == "s3:CreateBucket":
        return
    place = s3_backends.bucket_accounts.get(bucket)
    if place is None:
        raise MissingBucket(bucket=bucket)
    if place[1] != request.account_id:
        raise BucketAccessDeniedError(bucket=bucket)


def _documents(request: IAMRequestBase) -> list[dict[str, Any]]:
    from moto.iam.access_control import IAMPolicy

    return [IAMPolicy(policy)._policy_json for policy in request._access_key.collect_policies()]


def _parameter(request: IAMRequestBase, name: str) -> str | None:
    value = request._data.get(name)
    return value[0] if isinstance(value, list) else value


def _resource(request: IAMRequestBase, action: str, resource: str) -> str:
    """Name the resource of an IAM call, where moto only says `*`."""
    if action.startswith("iam:") and resource == "*":
        for kind in ("User", "Role"):
            if name := _parameter(request, f"{kind}Name"):
                return f"arn:aws:iam::{request.account_id}:{kind.lower()}/{name}"
    return resource


def _context(request: IAMRequestBase, action: str) -> dict[str, str]:
    """Gather the condition keys of a request. A list without a prefix counts as one with an empty prefix."""
    context = {
        "aws:SecureTransport": "false",
        "aws:SourceIp": "127.0.0.1",
        "aws:PrincipalArn": request._access_key.arn,
        "aws:PrincipalAccount": request.account_id,
    }
    if action in _PREFIX_ACTIONS:
        query = parse_qs(urlsplit(request._path).query, keep_blank_values=True)
        context["s3:prefix"] = query.get("prefix", [""])[0]
        context |= {f"s3:{name}": query[name][0] for name in ("delimiter", "max-keys") if name in query}
    if action == "sts:AssumeRole" and (external_id := _parameter(request, "ExternalId")) is not None:
        context["sts:ExternalId"] = external_id
    return context


def _is_trusted(request: IAMRequestBase, question: Question) -> bool:
    role = _role(question.resource)
    return role is not None and trusts(json.loads(role.assume_role_policy_document), request._access_key.arn, question)


def _role(arn: str) -> Role | None:
    from moto.iam.exceptions import NotFoundException
    from moto.iam.models import iam_backends

    parts = arn.split(":")
    if len(parts) != 6 or parts[4] not in iam_backends:
        return None
    try:
        return iam_backends[parts[4]]["aws"].get_role_by_arn(arn)
    except NotFoundException:
        return None


def _refuse(request: IAMRequestBase, question: Question, because: str) -> NoReturn:
    """Raise what AWS says (IAM user guide, "Troubleshoot access denied error messages")."""
    from moto.core.exceptions import AccessDeniedError
    from moto.s3.exceptions import S3AccessDeniedError

    if not question.action.startswith("s3:"):
        action = f"{question.action} on resource: {question.resource}{because}"
        raise AccessDeniedError(user_arn=request._access_key.arn, action=action)
    refusal = S3AccessDeniedError()
    refusal.message = (
        f"User: {request._access_key.arn} is not authorized to perform: {question.action} "
        f'on resource: "{question.resource}"{because}'
    )
    raise refusal


def _check_digest_too(original: Callable[..., Any]) -> Callable[..., Any]:
    def authorize(self: Any, bucket_name: str | None = None, key_name: str | None = None) -> None:
        original(self, bucket_name=bucket_name, key_name=key_name)
        wanted = self.headers.get("Content-MD5")
        if key_name and wanted is not None and self.method == "PUT":
            _check_digest(wanted, self.body or b"")

    return authorize


def _check_digest(wanted: str, body: bytes) -> None:
    """Raise where a body is not what its Content-MD5 says (S3 API reference, PutObject and error responses)."""
    from moto.s3.exceptions import S3ClientError

    try:
        digest = base64.b64decode(wanted, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != 16:
        raise S3ClientError("InvalidDigest", "The Content-MD5 you specified was invalid.")
    if digest != hashlib.md5(body, usedforsecurity=False).digest():
        raise S3ClientError("BadDigest", "The Content-MD5 you specified did not match what we received.")


def _check_duration_too(original: Callable[..., Any]) -> Callable[..., Any]:
    def assume_role(self: Any) -> Any:
        from moto.sts.exceptions import STSValidationError

        role = _role(self._get_param("RoleArn"))
        longest = int(role.max_session_duration or 3600) if role else 3600
        if self._get_int_param("DurationSeconds", 3600) > longest:
            raise STSValidationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        return original(self)

    return assume_role
