"""Cases about the conditions in a user's own policy: prefixes, levels, numbers, networks, times, headers."""

from __future__ import annotations

from cases import (
    LIST,
    NEIGHBOUR,
    READ,
    WRITE,
    Case,
    Document,
    below,
    deny,
    document,
    everything_and,
    on_bucket,
    on_objects,
    when,
)

from core.location import S3Location
from core.needs import OPERATIONS


def _under_prefix(at: S3Location, *prefixes: str, operator: str = "StringLike") -> Document:
    return document(on_bucket(at, **when(operator, "s3:prefix", *prefixes)), on_objects(at))


_PREFIXES = (
    Case(
        name="is limited by s3:prefix",
        allows=OPERATIONS,
        policy=lambda at: document(
            on_bucket(at, **when("StringLike", "s3:prefix", at.prefix, f"{at.prefix}*")),
            on_objects(at, "GetObject PutObject"),
        ),
    ),
    Case(
        name="is limited to exactly the prefix",
        allows=OPERATIONS,
        policy=lambda at: _under_prefix(at, at.prefix, operator="StringEquals"),
    ),
    Case(
        name="is limited to the prefix without its slash",
        allows=(READ,),
        policy=lambda at: document(
            on_bucket(at, **when("StringLike", "s3:prefix", at.prefix.rstrip("/"))), on_objects(at, "GetObject")
        ),
    ),
    Case(
        name="is limited to all that begins like the prefix",
        allows=OPERATIONS,
        policy=lambda at: _under_prefix(at, f"{at.prefix.rstrip('/')}*"),
    ),
    Case(
        name="is limited to a prefix and a star that is taken as it is",
        allows=(READ, WRITE),
        policy=lambda at: _under_prefix(at, f"{at.prefix}*", operator="StringEquals"),
    ),
    Case(
        name="is limited to the prefix in letters of another case",
        allows=(READ, WRITE),
        policy=lambda at: _under_prefix(at, f"{at.prefix.title()}*"),
    ),
    Case(
        name="is limited to the prefix in letters of any case",
        allows=OPERATIONS,
        policy=lambda at: _under_prefix(at, at.prefix.title(), operator="StringEqualsIgnoreCase"),
    ),
    Case(
        name="is limited to the neighbour's prefix",
        allows=(READ, WRITE),
        policy=lambda at: _under_prefix(at, f"{NEIGHBOUR}*"),
    ),
    Case(
        name="is limited to the folder above",
        allows=(READ, WRITE),
        policy=lambda at: _under_prefix(at, "", "projects/", operator="StringEquals"),
    ),
    Case(
        name="is limited to a prefix with a slash before it",
        allows=(READ, WRITE),
        policy=lambda at: _under_prefix(at, f"/{at.prefix}*"),
    ),
    Case(
        name="is denied all prefixes but its own",
        allows=OPERATIONS,
        policy=lambda at: everything_and(
            at, deny("ListBucket", at.bucket, **when("StringNotLike", "s3:prefix", f"{at.prefix}*"))
        ),
    ),
    Case(
        name="is denied all prefixes but the neighbour's",
        allows=(READ, WRITE),
        policy=lambda at: everything_and(
            at, deny("ListBucket", at.bucket, **when("StringNotLike", "s3:prefix", f"{NEIGHBOUR}*"))
        ),
        denies=(LIST,),
    ),
)

_CONDITIONS = (
    Case(
        name="may list level by level only",
        allows=(READ, WRITE),
        policy=lambda at: document(on_bucket(at, **when("StringEquals", "s3:delimiter", "/")), on_objects(at)),
    ),
    Case(
        name="may list without levels only",
        allows=OPERATIONS,
        policy=lambda at: document(on_bucket(at, **when("Null", "s3:delimiter", "true")), on_objects(at)),
    ),
    Case(
        name="may list by levels, if any",
        allows=OPERATIONS,
        policy=lambda at: document(on_bucket(at, **when("StringEqualsIfExists", "s3:delimiter", "/")), on_objects(at)),
    ),
    Case(
        name="is denied to list many keys at once",
        allows=OPERATIONS,  # a request that names no number is not compared
        policy=lambda at: everything_and(
            at, deny("ListBucket", at.bucket, **when("NumericGreaterThan", "s3:max-keys", "1000"))
        ),
        beyond_the_sandbox=True,
    ),
    Case(
        name="may list few keys at once only",
        allows=(READ, WRITE),
        policy=lambda at: document(on_bucket(at, **when("NumericLessThanEquals", "s3:max-keys", "2")), on_objects(at)),
        beyond_the_sandbox=True,
    ),
    Case(
        name="may everything from this machine",
        allows=OPERATIONS,
        policy=lambda at: document(
            on_bucket(at, **when("IpAddress", "aws:SourceIp", "203.0.113.0/24", "127.0.0.0/8")),
            on_objects(at, **when("IpAddress", "aws:SourceIp", "127.0.0.1/32")),
        ),
    ),
    Case(
        name="may everything from another network",
        allows=(),
        policy=lambda at: document(
            on_bucket(at, **when("IpAddress", "aws:SourceIp", "203.0.113.0/24")),
            on_objects(at, **when("IpAddress", "aws:SourceIp", "203.0.113.0/24")),
        ),
    ),
    Case(
        name="is denied List from this machine",
        allows=(READ, WRITE),
        policy=lambda at: everything_and(
            at, deny("ListBucket", at.bucket, **when("IpAddress", "aws:SourceIp", "127.0.0.0/8"))
        ),
        denies=(LIST,),
    ),
    Case(
        name="is denied Write from everywhere but another network",
        allows=(LIST, READ),
        policy=lambda at: everything_and(
            at, deny("PutObject", below(at), **when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"))
        ),
        denies=(WRITE,),
    ),
    Case(
        name="is denied Read from everywhere but this machine",
        allows=OPERATIONS,
        policy=lambda at: everything_and(
            at, deny("GetObject", below(at), **when("NotIpAddress", "aws:SourceIp", "127.0.0.0/8"))
        ),
    ),
    Case(
        name="may list its prefix from another network",
        allows=(READ, WRITE),
        policy=lambda at: document(
            on_bucket(
                at,
                Condition={
                    "StringLike": {"s3:prefix": f"{at.prefix}*"},
                    "IpAddress": {"aws:SourceIp": "203.0.113.0/24"},
                },
            ),
            on_objects(at),
        ),
    ),
    Case(
        name="is denied everything without TLS",
        allows=(),
        policy=lambda at: everything_and(
            at, deny("*", at.bucket, f"{at.bucket}/*", **when("Bool", "aws:SecureTransport", "false"))
        ),
        denies=OPERATIONS,
        on_the_gateway=OPERATIONS,  # it knows nothing of aws:SecureTransport
    ),
    Case(
        name="may list with TLS only",
        allows=(READ, WRITE),
        policy=lambda at: document(on_bucket(at, **when("Bool", "aws:SecureTransport", "true")), on_objects(at)),
    ),
    Case(
        name="had Read and Write until a day that has passed",
        allows=(LIST,),
        policy=lambda at: document(
            on_bucket(at), on_objects(at, **when("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"))
        ),
        beyond_the_sandbox=True,
    ),
    Case(
        name="is denied Write unless it is itself",
        allows=OPERATIONS,
        policy=lambda at: everything_and(  # a case's user is named like its bucket
            at, deny("PutObject", below(at), **when("StringNotEquals", "aws:username", at.bucket))
        ),
        beyond_the_sandbox=True,
    ),
    Case(
        name="is denied Write unless it is somebody else",
        allows=(LIST, READ),
        policy=lambda at: everything_and(
            at, deny("PutObject", below(at), **when("StringNotEquals", "aws:username", "somebody-else"))
        ),
        denies=(WRITE,),
        beyond_the_sandbox=True,
    ),
    Case(
        name="may write only with encryption asked for",
        allows=(LIST, READ),
        policy=lambda at: document(
            on_bucket(at),
            on_objects(at, "GetObject"),
            on_objects(at, "PutObject", **when("StringEquals", "s3:x-amz-server-side-encryption", "AES256")),
        ),
    ),
)

CONDITION_CASES = (*_PREFIXES, *_CONDITIONS)
