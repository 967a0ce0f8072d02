"""What is too open in the policies of a user or a role, beside what Lightly needs. Pure.

A claim is about what the policies say; a boundary, an organization or a bucket's policy may still refuse it. It is made
only where one statement surely allows something, no statement that was read may deny it, and all could be read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..aws.evaluation import (
    Asked,
    NamedPolicy,
    Statement,
    action_matches,
    arn_reaches,
    matches,
    statements_of,
    texts,
)
from ..aws.granted import names_of, request_of
from ..aws.grants import Grant
from ..aws.outside import is_granted
from ..aws.policy import PolicyError, partition_of, statement_for
from ..aws.statements import is_root, name_of
from ..needs import Operation
from .enough import command_for, networks_of
from .rules import MADE_UP, Weakness, weakness

__all__ = ["posture_of_policies", "posture_of_principal"]

_OF_BUCKETS = ("s3:PutBucketPolicy", "s3:DeleteBucket")
_OF_OBJECTS = ("s3:PutObjectAcl", "s3:DeleteObjectVersion")
"""What Lightly never does, on either kind of resource. A statement that names a few actions has not all of a kind."""

_OF_ADMINISTRATORS = ("iam:CreateUser", "ec2:TerminateInstances", "s3:DeleteBucket")
_STORING = ("s3:PutObject", "s3:DeleteObject")
_WIDE = (*(each.action for each in Operation), "s3:DeleteObject", "kms:Decrypt", "kms:GenerateDataKey")
_LIST_PREFIX = "s3:prefix"


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read: the statements that allow, those that deny, and what is known of every request."""

    allowing: tuple[Statement, ...]
    denying: tuple[Statement, ...]
    principal: str | None
    context: Mapping[str, str | None]

    def allows(self, statement: Statement, asked: Asked) -> bool:
        """Tell whether a statement surely allows a request that surely no other denies."""
        return matches(statement, asked) is True and all(matches(one, asked) is False for one in self.denying)

    def asked(self, grant: Grant, operation: Operation) -> Asked:
        return request_of(
            operation,
            grant.location,
            partition=partition_of(grant.region),
            principal_arn=self.principal,
            context=self.context,
        )

    def command(self, grant: Grant) -> str:
        """Write the command that writes the policy which is enough; the networks that are asked for stay so."""
        return command_for(grant, networks_of(self.allowing, self.asked(grant, Operation.READ)))


def posture_of_principal(principal_arn: str) -> tuple[Weakness, ...]:
    """Say what is too open in a principal as such: a root user's keys."""
    return (weakness("root-credentials"),) if is_root(principal_arn) else ()


def posture_of_policies(
    policies: Sequence[NamedPolicy],
    grants: Sequence[Grant],
    *,
    principal_arn: str | None = None,
    context: Mapping[str, str | None] | None = None,
) -> tuple[Weakness, ...]:
    """Say what these policies, all that a user or role has, allow beyond what is needed.

    `grants` are all that the principal is for: a place that is not among them is no place to write to or to list. Each
    rule speaks once, of the first statement that it finds. `context` holds condition keys whose values are known.
    Nothing is said where a document could not be read (one that is None, or of an odd shape), nor for a directory
    bucket, which has other actions. Never raises.
    """
    statements, whole = statements_of(policies)
    usual = [grant for grant in grants if not grant.location.is_directory_bucket]
    if not whole or not usual:
        return ()
    read = _Read(
        tuple(one for one in statements if one.effect == "Allow"),
        tuple(one for one in statements if one.effect == "Deny"),
        principal_arn,
        context or {},
    )
    administrator = next(_administrators(read, usual[0]), None)
    if administrator is not None:
        return (administrator,)  # all else follows from it
    found = (
        next((one for grant in usual for one in rule(read, grant, usual)), None)
        for rule in (_actions, _resources, _writes, _objects, _lists)
    )
    return tuple(one for one in found if one is not None)


def _administrators(read: _Read, grant: Grant) -> Iterator[Weakness]:
    base = read.asked(grant, Operation.READ)
    wanted = [
        replace(base, action=action, resource=_made_up(action, name, grant), below=False)
        for action in _OF_ADMINISTRATORS
        for name in MADE_UP
    ]
    for statement in read.allowing:
        if all(read.allows(statement, asked) for asked in wanted):
            who = name_of(read.principal) if read.principal else None
            yield weakness(
                "administrator-credentials",
                who=(who or "This principal").replace("/", " ", 1),
                statement=_title(statement),
                command=read.command(grant),
            )


def _made_up(action: str, name: str, grant: Grant) -> str:
    """Name a resource of an action's kind that is nobody's."""
    partition, region = partition_of(grant.region), grant.region or "us-east-1"
    service, _, call = action.partition(":")
    match service:
        case "iam":
            return f"arn:{partition}:iam::000000000000:user/{name}"
        case "ec2":
            return f"arn:{partition}:ec2:{region}:000000000000:instance/{name}"
        case "kms":
            return f"arn:{partition}:kms:{region}:000000000000:key/{name}"
        case _:
            bucket = f"arn:{partition}:s3:::{name}"
            return bucket if "Bucket" in call else f"{bucket}/{name}"


def _actions(read: _Read, grant: Grant, _: Sequence[Grant]) -> Iterator[Weakness]:
    on_bucket = read.asked(grant, Operation.LIST)
    on_objects = read.asked(grant, Operation.READ)
    kinds = ((_OF_BUCKETS, replace(on_bucket, context=on_objects.context)), (_OF_OBJECTS, on_objects))
    for statement in read.allowing:
        for actions, asked in kinds:
            if all(read.allows(statement, replace(asked, action=action)) for action in actions):
                yield weakness(
                    "too-many-actions",
                    statement=_title(statement),
                    actions=names_of(actions),
                    command=read.command(grant),
                )


def _resources(read: _Read, grant: Grant, _: Sequence[Grant]) -> Iterator[Weakness]:
    for statement in read.allowing:
        for action in _WIDE:
            base = read.asked(grant, Operation.LIST if action == Operation.LIST.action else Operation.READ)
            wanted = [
                replace(base, action=action, resource=_made_up(action, name, grant), below=False) for name in MADE_UP
            ]
            if not all(read.allows(statement, asked) for asked in wanted):
                continue
            named = texts(statement.elements.get("Resource"))
            wide = [
                one
                for one in named or ()
                if all(arn_reaches(one, asked, variables=statement.variables) for asked in wanted)
            ]
            left_out = texts(statement.elements.get("NotResource")) or ()
            yield weakness(
                "too-wide-resource",
                statement=_title(statement),
                action=action,
                bucket=grant.location.bucket,
                element="Resource" if named is not None else "NotResource",
                resource=names_of((wide or named) if named is not None else left_out),
                command=read.command(grant),
            )
            break


def _writes(read: _Read, grant: Grant, grants: Sequence[Grant]) -> Iterator[Weakness]:
    if is_granted(grant.location, Operation.WRITE, grants):
        return
    asked = read.asked(grant, Operation.WRITE)
    for statement in read.allowing:
        allowed = [action for action in _STORING if read.allows(statement, replace(asked, action=action))]
        if allowed:
            yield weakness(
                "write-not-needed",
                statement=_title(statement),
                actions=names_of(allowed),
                uri=grant.location.uri,
                command=read.command(grant),
            )


def _beyond(grant: Grant, grants: Sequence[Grant]) -> Iterator[tuple[str, str]]:
    """Say what holds more than a folder, the widest first: how its names begin, and what it is called.

    It is the whole bucket, the folder above, and the neighbours whose names go on where the folder's ends. What the
    principal is for is left out.
    """
    bucket, stem = grant.location.bucket, grant.location.prefix.removesuffix("/")
    above = stem.rpartition("/")[0]
    places = {
        "": f"the whole bucket {bucket}",
        **({f"{above}/": f"the whole folder s3://{bucket}/{above}/"} if above else {}),
        f"{stem}-": f"every folder that begins with s3://{bucket}/{stem}-",
    }
    for start, where in places.items():
        if not any(other.location.bucket == bucket and start.startswith(other.location.prefix) for other in grants):
            yield start, where


def _objects(read: _Read, grant: Grant, grants: Sequence[Grant]) -> Iterator[Weakness]:
    location = grant.location
    try:
        objects = str(statement_for(Operation.READ, location, region=grant.region)["Resource"])
    except PolicyError:
        return
    base = read.asked(grant, Operation.READ)
    bucket = f"arn:{partition_of(grant.region)}:s3:::{location.bucket}"

    def allows(statement: Statement, action: str, name: str) -> bool:
        return read.allows(statement, replace(base, action=action, resource=name, below=False))

    for start, where in _beyond(grant, grants):
        end = "/" if start.endswith("-") else ""
        for statement in read.allowing:
            allowed = [
                action
                for action in (Operation.READ.action, *_STORING)
                if all(allows(statement, action, f"{bucket}/{start}{name}{end}") for name in MADE_UP)
                # What reaches into other buckets too is said by another rule.
                and not all(allows(statement, action, _made_up(action, name, grant)) for name in MADE_UP)
            ]
            if allowed:
                yield weakness(
                    "objects-without-prefix",
                    statement=_title(statement),
                    actions=names_of(allowed),
                    where=where,
                    uri=location.uri,
                    objects=objects,
                    command=read.command(grant),
                )


def _lists(read: _Read, grant: Grant, grants: Sequence[Grant]) -> Iterator[Weakness]:
    try:
        condition = statement_for(Operation.LIST, grant.location).get("Condition")
    except PolicyError:
        return
    # Without a delimiter: who may list level by level only sees the way to the folder, and the names beside it.
    base = read.asked(grant, Operation.LIST)

    def allows(statement: Statement, prefix: str | None) -> bool:
        return read.allows(statement, replace(base, context={**base.context, _LIST_PREFIX: prefix}))

    for start, where in _beyond(grant, grants):
        for statement in read.allowing:
            if action_matches(statement, base.action) is not True:
                continue
            whole = any(allows(statement, prefix) for prefix in (start, *([] if start else [None])))
            if whole or all(allows(statement, f"{start}{name}/") for name in MADE_UP):
                yield weakness(
                    "list-without-prefix",
                    statement=_title(statement),
                    where=where,
                    uri=grant.location.uri,
                    condition=json.dumps(condition),
                )


def _title(statement: Statement) -> str:
    return f"policy {statement.policy}" + (f" (statement {statement.sid})" if statement.sid else "")
