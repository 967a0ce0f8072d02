"""Where moto's IAM differs from AWS's in what users and roles may be, and what makes it the same.

AWS knows names without regard to case, limits how long inline policies are, keeps a user's permissions boundary, takes
no key that was deactivated, and deletes no user that still has keys (IAM user guide, IAM and STS quotas; IAM API
reference). Its policies know a user or role by its path too, and its boundary as a condition key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moto.core.responses import EmptyResult
    from moto.iam.models import IAMBackend

__all__ = ["ADDED", "ANSWERED", "REPLACED", "boundary_of", "only_active", "resource_of"]

_LONGEST = {"user": 2_048, "role": 10_240}
_BLANKS = re.compile(r"\s")

Make = Callable[[Callable[..., Any]], Callable[..., Any]]
Parameter = Callable[[str], str | None]
"""Looks a parameter of a request up."""


def resource_of(backend: IAMBackend, action: str, parameter: Parameter) -> str:
    """Name the user or role that an IAM request is about, as policies do; `*` where it is about neither.

    Its path is known where it is there already, and where Create says one: any other request bears the name only.
    """
    if (found := _found(backend, parameter)) is not None:
        return str(found.arn)
    for kind in ("User", "Role"):
        if (name := parameter(f"{kind}Name")) is not None:
            path = parameter("Path") if action == f"iam:Create{kind}" else None
            return f"arn:{backend.partition}:iam::{backend.account_id}:{kind.lower()}{path or '/'}{name}"
    return "*"


def boundary_of(backend: IAMBackend, parameter: Parameter) -> dict[str, str]:
    """Give `iam:PermissionsBoundary`: what is to be the boundary, or what is that of the user or role already.

    Without a boundary the request has no such key (IAM user guide, permissions boundaries, delegation).
    """
    if (asked := parameter("PermissionsBoundary")) is not None:
        return {"iam:PermissionsBoundary": asked}
    there = getattr(_found(backend, parameter), "permissions_boundary", None)
    return {"iam:PermissionsBoundary": there["PermissionsBoundaryArn"]} if there else {}


def _found(backend: IAMBackend, parameter: Parameter) -> Any:
    """Find the user or role that is named, or the user whose key is; None where it is not there."""
    user, role, key = (parameter(name) for name in ("UserName", "RoleName", "AccessKeyId"))
    if role is not None:
        return next((each for each in backend.get_roles() if each.name == role), None)
    if user is not None:
        return backend.users.get(user)
    return next((each for each in backend.users.values() for one in each.access_keys if one.access_key_id == key), None)


def only_active(original: Callable[..., Any]) -> Callable[..., Any]:
    """Take a deactivated key for one that is not known, as AWS does."""

    def begin(self: Any, account_id: str, partition: str, access_key_id: str, headers: Any) -> None:
        from moto.iam.access_control import CreateAccessKeyFailure

        original(self, account_id, partition, access_key_id, headers)
        user = self.backend.get_user(self._owner_user_name)
        if user.get_access_key_by_id(access_key_id).status != "Active":
            raise CreateAccessKeyFailure(reason="InvalidId")

    return begin


def _unique(kind: str, there: Callable[[Any], Iterable[str]]) -> Make:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def create(self: Any, *args: Any, **named: Any) -> Any:
            from moto.iam.exceptions import EntityAlreadyExists

            name = named.get(f"{kind}_name") or args[1 if kind == "user" else 0]
            if name.lower() in {each.lower() for each in there(self)}:
                raise EntityAlreadyExists(f"{kind.capitalize()} with name {name} already exists.")
            return original(self, *args, **named)

        return create

    return make


def _limited(kind: str) -> Make:
    """Count all inline policies of a user or role together, without blanks, as AWS does."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def put(self: Any, name: str, policy_name: str, policy_json: str) -> None:
            from moto.iam.exceptions import LimitExceededException

            found = getattr(self, f"get_{kind}")(name)
            kept: Mapping[str, str] = {**found.policies, policy_name: policy_json}
            if sum(len(_BLANKS.sub("", each)) for each in kept.values()) > _LONGEST[kind]:
                sentence = f"Maximum policy size of {_LONGEST[kind]} bytes exceeded for {kind} {name}"
                raise LimitExceededException(sentence)
            original(self, name, policy_name, policy_json)

        return put

    return make


def _without_keys(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_user(self: Any, user_name: str) -> None:
        from moto.iam.exceptions import DeleteConflictException

        if self.get_user(user_name).access_keys:
            raise DeleteConflictException("Cannot delete entity, must delete access keys first.")
        original(self, user_name)

    return delete_user


def _with_boundary(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_user(self: Any) -> Any:
        result = original(self)
        _bound(self.backend.get_user(self._get_param("UserName")), self._get_param("PermissionsBoundary"))
        return result

    return create_user


def _put_user_permissions_boundary(self: Any) -> EmptyResult:
    """Answer PutUserPermissionsBoundary, which moto does not know."""
    from moto.core.responses import EmptyResult

    _bound(self.backend.get_user(self._get_param("UserName")), self._get_param("PermissionsBoundary"))
    return EmptyResult()


def _bound(user: Any, arn: str | None) -> None:
    if arn:
        user.permissions_boundary = {
            "PermissionsBoundaryArn": arn,
            "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
        }


REPLACED: Mapping[str, Make] = {
    "create_user": _unique("user", lambda backend: backend.users),
    "create_role": _unique("role", lambda backend: (role.name for role in backend.get_roles())),
    "put_user_policy": _limited("user"),
    "put_role_policy": _limited("role"),
    "delete_user": _without_keys,
}
"""What stands in the place of which method of moto's IAM backend."""

ANSWERED: Mapping[str, Make] = {"create_user": _with_boundary}
"""The same for what takes its requests."""

ADDED: Mapping[str, Callable[..., Any]] = {"put_user_permissions_boundary": _put_user_permissions_boundary}
"""What is added to that."""
