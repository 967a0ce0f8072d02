"""Cases about sessions of roles: temporary credentials, with a policy of their own or none."""

from __future__ import annotations

from cases import (
    LIST,
    NEIGHBOUR,
    READ,
    WRITE,
    Case,
    Document,
    Pair,
    RoleSession,
    below,
    deny,
    document,
    everything,
    everything_and,
    on_bucket,
    on_objects,
    statement,
    when,
)

from core.aws.policy import permission_policy
from core.location import S3Location
from core.needs import OPERATIONS


def _list_and_read(at: S3Location) -> Document:
    return document(on_bucket(at), on_objects(at, "GetObject"))


def _only(arn: str) -> dict[str, object]:
    return {"Principal": {"AWS": [arn]}}


_OF_ROLES = (
    Case(name="has a role that may everything", allows=OPERATIONS, policy=everything, session=RoleSession()),
    Case(name="has a role that may list and read", allows=(LIST, READ), policy=_list_and_read, session=RoleSession()),
    Case(
        name="has a role with our policy",
        allows=OPERATIONS,
        policy=lambda at: permission_policy(at, OPERATIONS),
        session=RoleSession(),
    ),
    Case(name="has a role that may nothing", allows=(), session=RoleSession()),
    Case(
        name="has a role that is denied Read",
        allows=(LIST, WRITE),
        policy=lambda at: everything_and(at, deny("GetObject", below(at))),
        session=RoleSession(),
        denies=(READ,),
    ),
    Case(
        name="has a role that is let in by the bucket",
        allows=(LIST, READ),
        session=RoleSession(),
        bucket_policy=lambda at, role: document(
            on_bucket(at, **_only(role)), on_objects(at, "GetObject", **_only(role))
        ),
    ),
    Case(
        name="has a role that is denied Write by the bucket",
        allows=(LIST, READ),
        policy=everything,
        session=RoleSession(),
        bucket_policy=lambda at, role: document(deny("PutObject", below(at), **_only(role))),
        denies=(WRITE,),
    ),
)

_WITH_A_POLICY = (
    Case(
        name="has a session that may list only",
        allows=(LIST,),
        policy=everything,
        session=RoleSession(lambda at: document(on_bucket(at))),
        beyond_the_sandbox=True,
    ),
    Case(
        name="has a session that may read only",
        allows=(READ,),
        policy=everything,
        session=RoleSession(lambda at: document(on_objects(at, "GetObject"))),
        beyond_the_sandbox=True,
    ),
    Case(
        name="has a session for the neighbour",
        allows=(),
        policy=everything,
        session=RoleSession(lambda at: permission_policy(S3Location(at.bucket, NEIGHBOUR), OPERATIONS)),
        beyond_the_sandbox=True,
    ),
    Case(
        name="has a session for its prefix, of a role for everything",
        allows=(LIST, READ),
        policy=lambda _: document(statement("*", "*")),
        session=RoleSession(lambda at: permission_policy(at, (LIST, READ))),
        beyond_the_sandbox=True,
    ),
    Case(
        name="has a session that is denied Write",
        allows=(LIST, READ),
        policy=everything,
        session=RoleSession(lambda at: everything_and(at, deny("PutObject", below(at)))),
        denies=(WRITE,),
        beyond_the_sandbox=True,
    ),
    Case(
        name="has a session for another network",
        allows=(LIST,),
        policy=everything,
        session=RoleSession(
            lambda at: document(on_bucket(at), on_objects(at, **when("IpAddress", "aws:SourceIp", "203.0.113.0/24")))
        ),
        beyond_the_sandbox=True,
    ),
    Case(
        name="has a session that may more than its role",
        allows=(LIST, READ),
        policy=_list_and_read,
        session=RoleSession(everything),
    ),
    Case(
        name="has a session for everything, of a role that may nothing",
        allows=(),
        session=RoleSession(everything),
    ),
    Case(
        name="has a session that may list only, of a role let in by the bucket",
        allows=(LIST,),
        session=RoleSession(lambda at: document(on_bucket(at))),
        bucket_policy=lambda at, role: document(on_bucket(at, **_only(role)), on_objects(at, **_only(role))),
    ),
)

_TOKENS = (
    Case(
        name="has a session token that was cut",
        allows=(),
        policy=everything,
        session=RoleSession(),
        pair=Pair.CUT_TOKEN,
    ),
    Case(name="has no session token", allows=(), policy=everything, session=RoleSession(), pair=Pair.NO_TOKEN),
    Case(
        name="has the session token of another session",
        allows=(),
        policy=everything,
        session=RoleSession(),
        pair=Pair.ANOTHERS_TOKEN,
    ),
    Case(
        name="has a session with the wrong secret",
        allows=(),
        policy=everything,
        session=RoleSession(),
        pair=Pair.WRONG_SECRET,
    ),
)

SESSION_CASES = (*_OF_ROLES, *_WITH_A_POLICY, *_TOKENS)
