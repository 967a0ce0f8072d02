"""Cases about what a bucket's policy says, alone and together with the user's."""

from __future__ import annotations

from cases import (
    LIST,
    READ,
    WRITE,
    Case,
    arns,
    below,
    deny,
    document,
    everything,
    on_bucket,
    on_objects,
    when,
)

from core.location import S3Location
from core.needs import OPERATIONS

_EVERYBODY = {"Principal": "*"}
_SOMEBODY_ELSE = ["arn:aws:iam:::user/somebody-else"]


def _only(arn: str) -> dict[str, object]:
    return {"Principal": {"AWS": [arn]}}


def _whole(at: S3Location) -> tuple[str, str]:
    return at.bucket, f"{at.bucket}/*"


_GRANTS = (
    Case(
        name="is granted List and Read by the bucket alone",
        allows=(LIST, READ),
        bucket_policy=lambda at, user: document(
            on_bucket(at, **_only(user)), on_objects(at, "GetObject", **_only(user))
        ),
    ),
    Case(
        name="is granted everything by the bucket, as everybody",
        allows=OPERATIONS,
        bucket_policy=lambda at, _: document(on_bucket(at, Principal="*"), on_objects(at, Principal={"AWS": "*"})),
    ),
    Case(
        name="is not the one whom the bucket lets in",
        allows=(),
        bucket_policy=lambda at, _: document(
            on_bucket(at, Principal={"AWS": _SOMEBODY_ELSE}), on_objects(at, Principal={"AWS": _SOMEBODY_ELSE})
        ),
    ),
    Case(
        name="is granted its own prefix by the bucket, and Read by its policy",
        allows=(LIST, READ),
        policy=lambda at: document(on_objects(at, "GetObject")),
        bucket_policy=lambda at, user: document(
            on_bucket(at, **_only(user), **when("StringLike", "s3:prefix", f"{at.prefix}*"))
        ),
    ),
    Case(
        name="is granted List by its policy, the rest by the bucket",
        allows=OPERATIONS,
        policy=lambda at: document(on_bucket(at)),
        bucket_policy=lambda at, user: document(on_objects(at, **_only(user))),
    ),
    Case(
        name="is granted everything by the bucket, but denied Read by its policy",
        allows=(LIST, WRITE),
        policy=lambda at: document(deny("GetObject", below(at))),
        bucket_policy=lambda at, user: document(on_bucket(at, **_only(user)), on_objects(at, **_only(user))),
        denies=(READ,),
    ),
    Case(
        name="is granted everything by the bucket, from another network",
        allows=(LIST,),
        policy=lambda at: document(on_bucket(at)),
        bucket_policy=lambda at, user: document(
            on_objects(at, **_only(user), **when("IpAddress", "aws:SourceIp", "203.0.113.0/24"))
        ),
    ),
)

_DENIALS = (
    Case(
        name="is denied Write by the bucket, as everybody",
        allows=(LIST, READ),
        policy=everything,
        bucket_policy=lambda at, _: document(deny("PutObject", below(at), **_EVERYBODY)),
        denies=(WRITE,),
    ),
    Case(
        name="is denied Read by the bucket, by name",
        allows=(LIST, WRITE),
        policy=everything,
        bucket_policy=lambda at, user: document(deny("GetObject", below(at), **_only(user))),
        denies=(READ,),
    ),
    Case(
        name="is denied everything by the bucket, by name",
        allows=(),
        policy=everything,
        bucket_policy=lambda at, user: document(deny("*", *_whole(at), **_only(user))),
        denies=OPERATIONS,
    ),
    Case(
        name="is excepted from what the bucket denies",
        allows=OPERATIONS,
        policy=everything,
        bucket_policy=lambda at, user: document(deny("PutObject", below(at), NotPrincipal={"AWS": [user]})),
    ),
    Case(
        name="is not excepted from what the bucket denies",
        allows=(LIST, READ),
        policy=everything,
        bucket_policy=lambda at, _: document(deny("PutObject", below(at), NotPrincipal={"AWS": _SOMEBODY_ELSE})),
        denies=(WRITE,),
    ),
    Case(
        name="is denied everything but List by the bucket",
        allows=(LIST,),
        policy=everything,
        bucket_policy=lambda at, _: document(
            {"Effect": "Deny", "NotAction": "s3:ListBucket", "Resource": arns(*_whole(at)), **_EVERYBODY}
        ),
        denies=(READ, WRITE),
        on_the_gateway=OPERATIONS,  # it takes no statement with NotAction for one that applies
    ),
    Case(
        name="is denied by the bucket to read anything but its readme",
        allows=(LIST, WRITE),
        policy=everything,
        bucket_policy=lambda at, _: document(
            {
                "Effect": "Deny",
                "Action": "s3:GetObject",
                "NotResource": arns(f"{at.bucket}/readme.txt"),
                **_EVERYBODY,
            }
        ),
        denies=(READ,),
    ),
    Case(
        name="is denied Write by the bucket, from this machine",
        allows=(LIST, READ),
        policy=everything,
        bucket_policy=lambda at, _: document(
            deny("PutObject", below(at), **_EVERYBODY, **when("IpAddress", "aws:SourceIp", "127.0.0.0/8"))
        ),
        denies=(WRITE,),
    ),
    Case(
        name="is denied everything by the bucket, except from this machine",
        allows=OPERATIONS,
        policy=everything,
        bucket_policy=lambda at, _: document(
            deny("*", *_whole(at), **_EVERYBODY, **when("NotIpAddress", "aws:SourceIp", "127.0.0.0/8"))
        ),
    ),
    Case(
        name="is denied by the bucket to list other prefixes",
        allows=OPERATIONS,
        policy=everything,
        bucket_policy=lambda at, _: document(
            deny("ListBucket", at.bucket, **_EVERYBODY, **when("StringNotLike", "s3:prefix", f"{at.prefix}*"))
        ),
    ),
    Case(
        name="is denied by the bucket to list its prefix",
        allows=(READ, WRITE),
        policy=everything,
        bucket_policy=lambda at, user: document(
            deny("ListBucket", at.bucket, **_only(user), **when("StringLike", "s3:prefix", f"{at.prefix}*"))
        ),
        denies=(LIST,),
    ),
    Case(
        name="is denied by the bucket to list without levels",
        allows=(READ, WRITE),
        policy=everything,
        bucket_policy=lambda at, user: document(
            deny("ListBucket", at.bucket, **_only(user), **when("Null", "s3:delimiter", "true"))
        ),
        denies=(LIST,),
    ),
    Case(
        name="is denied by the bucket to write without encryption asked for",
        allows=(LIST, READ),
        policy=everything,
        bucket_policy=lambda at, _: document(
            deny("PutObject", below(at), **_EVERYBODY, **when("Null", "s3:x-amz-server-side-encryption", "true"))
        ),
        denies=(WRITE,),
    ),
    Case(
        name="is denied by the bucket to write without a tag",
        allows=(LIST, READ),
        policy=everything,
        bucket_policy=lambda at, _: document(
            deny("PutObject", below(at), **_EVERYBODY, **when("Null", "s3:RequestObjectTag/team", "true"))
        ),
        denies=(WRITE,),
    ),
)

BUCKET_CASES = (*_GRANTS, *_DENIALS)
