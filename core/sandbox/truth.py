"""Where moto's answers differ from AWS's, and what makes them the same.

While a sandbox runs, some of moto's methods are replaced: whether a request is checked at all, the evaluation of
policies (moto ignores conditions, `?`, accounts, most trust policies and who is expected to own a bucket), the check
before an upload (moto stores what does not match its Content-MD5), the length of a role's session, and what `iam_truth`
has.

All that holds for the requests that a sandbox answers. Whoever else uses moto in this process meets it as it is.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qs, urlsplit

from .iam_truth import ADDED, ANSWERED, REPLACED, boundary_of, only_active, resource_of
from .policy import Question, Verdict, decide, trusts

if TYPE_CHECKING:
    from moto.iam.access_control import IAMRequestBase
    from moto.iam.models import Role

__all__ = ["answering", "bucket_region", "enforce", "forget_account", "relax"]

_MARK = "_bucketlight_sandbox"
_HEAD_ACTIONS = {"s3:HeadBucket": "s3:ListBucket"}
_EXPECTED_OWNER = "x-amz-expected-bucket-owner"
_PREFIX_ACTIONS = {"s3:ListBucket", "s3:ListBucketVersions"}

_lock = threading.Lock()
_sandboxes = 0
_before: list[Callable[[], None]] = []
"""What brings each method back that was replaced."""
_answers: ContextVar[bool] = ContextVar("a sandbox answers", default=False)


@contextmanager
def answering() -> Iterator[None]:
    """Let what is done in this block be a sandbox's: only there the replaced methods do what they are for."""
    token = _answers.set(True)
    try:
        yield
    finally:
        _answers.reset(token)


def enforce() -> None:
    """Make moto truthful, and let it check every request of a sandbox. To be undone with one `relax`."""
    global _sandboxes  # noqa: PLW0603 - moto's classes are there once for the process
    from moto.core.authorization import ActionAuthenticatorMixin
    from moto.iam.access_control import IAMRequestBase, IAMUserAccessKey
    from moto.iam.models import IAMBackend
    from moto.iam.responses import IamResponse
    from moto.s3.responses import S3Response
    from moto.sts.responses import TokenResponse

    with _lock:
        _sandboxes += 1
        if _sandboxes > 1:
            return
        _replace(ActionAuthenticatorMixin, "_authenticate_and_authorize_action", _check_every_request)
        _replace(IAMRequestBase, "check_action_permitted", _check_action_permitted)
        _replace(IAMUserAccessKey, "__init__", only_active)
        _replace(S3Response, "_authenticate_and_authorize_s3_action", _check_digest_too)
        _replace(TokenResponse, "assume_role", _check_duration_too)
        for name, make in REPLACED.items():
            _replace(IAMBackend, name, make)
        for name, make in ANSWERED.items():
            _replace(IamResponse, name, make)
        for name, added in ADDED.items():
            _add(IamResponse, name, added)


def relax() -> None:
    """Bring back all of moto's methods when the last sandbox has gone."""
    global _sandboxes  # noqa: PLW0603 - as above
    with _lock:
        _sandboxes -= 1
        if not _sandboxes:
            while _before:
                _before.pop()()


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
    """Put another method in the place of one, for as long as a sandbox answers."""
    original = getattr(owner, name)
    if hasattr(original, _MARK):
        return
    truthful = make(original)

    @functools.wraps(original)
    def method(*args: Any, **named: Any) -> Any:
        return (truthful if _answers.get() else original)(*args, **named)

    setattr(method, _MARK, True)
    _put(owner, name, method)


def _add(owner: type, name: str, added: Callable[..., Any]) -> None:
    """Add a method. Outside a sandbox it says what moto says of an action without one."""

    @functools.wraps(added)
    def method(*args: Any, **named: Any) -> Any:
        if not _answers.get():
            raise NotImplementedError(f"The {name} action has not been implemented")
        return added(*args, **named)

    _put(owner, name, method)


def _put(owner: type, name: str, method: Callable[..., Any]) -> None:
    if name in vars(owner):
        _before.append(functools.partial(setattr, owner, name, vars(owner)[name]))
    else:  # inherited, or new
        _before.append(functools.partial(delattr, owner, name))
    setattr(owner, name, method)


def _check_every_request(_original: Callable[..., Any]) -> Callable[..., Any]:
    """Check who asks, and what that one may do. moto does so from a number of requests on, which the process shares."""

    def authorize(self: Any, iam_request_cls: type[IAMRequestBase], resource: str = "*") -> None:
        query = urlsplit(self.uri).query
        request = iam_request_cls(
            account_id=self.current_account,
            method=self.method,
            path=f"{self.raw_path}?{query}" if query else self.raw_path,
            data=self.data,
            body=self.raw_body,
            headers=self.headers,
            action=self._get_action(),
        )
        request.check_signature()
        request.check_action_permitted(resource)

    return authorize


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
    # "If the bucket is owned by a different account, the request fails with 403" (S3 API reference, HeadBucket).
    expected = request._headers.get(_EXPECTED_OWNER, place[1])
    if place[1] != request.account_id or place[1] != expected:
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
        return resource_of(request.backend, action, functools.partial(_parameter, request))
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
    if action.startswith("iam:"):
        context |= boundary_of(request.backend, functools.partial(_parameter, request))
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
