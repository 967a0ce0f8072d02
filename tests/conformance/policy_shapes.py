"""The shapes of permission policies, and the requests by which each is tried: what lies inside, and all around it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.aws.grants import Grant, Networks, grants_policy
from core.aws.policy_size import compact, fit
from core.location import S3Location
from core.needs import OPERATIONS

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

LIST, READ, WRITE = OPERATIONS
FOLDER = "projects/farm-animals/"
NEIGHBOUR = "projects/farm-animals-secret/"
PARENT = "projects/"
OUTPUT = "out/farm/"
OTHER = "-other"
"""What is added to a bucket's name for another one, whose objects have the same keys."""

Documents = tuple[Mapping[str, object], ...]
Call = Callable[["S3Client"], object]


@dataclass(frozen=True, slots=True)
class Try:
    """One request: how policies see it, and how it is sent. `prefix` is what a List asks for, None for nothing."""

    name: str
    action: str
    bucket: str
    key: str | None
    prefix: str | None
    send: Call

    @property
    def resource(self) -> str:
        """Name what is asked for."""
        return f"arn:aws:s3:::{self.bucket}" + ("" if self.key is None else f"/{self.key}")


@dataclass(frozen=True, slots=True)
class Shape:
    """A policy, and the names of the requests that it lets through; all others it must not.

    Of a request's name the first word is what is done, the rest where. `documents` makes the policies for a bucket.
    """

    name: str
    documents: Callable[[str], Documents]
    inside: frozenset[str]
    folder: str = FOLDER


def listing(bucket: str, where: str, prefix: str | None) -> Try:
    """List objects with a prefix, or without."""

    def send(s3: S3Client) -> object:
        return s3.list_objects_v2(Bucket=bucket) if prefix is None else s3.list_objects_v2(Bucket=bucket, Prefix=prefix)

    return Try(f"list {where}", "s3:ListBucket", bucket, None, prefix, send)


def _multipart(bucket: str, key: str) -> Call:
    def send(s3: S3Client) -> object:
        upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        return s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)

    return send


def on_object(bucket: str, where: str, folder: str) -> tuple[Try, ...]:
    """Try everything that can be done with an object of a folder; each folder has one named `cat.jpg`."""
    key = f"{folder}cat.jpg"

    def asked(word: str, action: str, name: str, send: Call) -> Try:
        return Try(f"{word} {where}", f"s3:{action}", bucket, name, None, send)

    return (
        asked("get", "GetObject", key, lambda s3: s3.get_object(Bucket=bucket, Key=key)["Body"].read()),
        asked("head", "GetObject", key, lambda s3: s3.head_object(Bucket=bucket, Key=key)),
        asked(
            "put", "PutObject", f"{folder}new", lambda s3: s3.put_object(Bucket=bucket, Key=f"{folder}new", Body=b"1")
        ),
        asked("upload", "PutObject", f"{folder}parts", _multipart(bucket, f"{folder}parts")),
        asked("get-acl", "GetObjectAcl", key, lambda s3: s3.get_object_acl(Bucket=bucket, Key=key)),
        asked("acl", "PutObjectAcl", key, lambda s3: s3.put_object_acl(Bucket=bucket, Key=key, ACL="public-read")),
        asked("delete", "DeleteObject", f"{folder}old", lambda s3: s3.delete_object(Bucket=bucket, Key=f"{folder}old")),
    )


def on_bucket(bucket: str, where: str) -> tuple[Try, ...]:
    """Try what can be done with a bucket's settings."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    everybody = json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def asked(word: str, action: str, send: Call) -> Try:
        return Try(f"{word} {where}", f"s3:{action}", bucket, None, None, send)

    return (
        asked("get-policy", "GetBucketPolicy", lambda s3: s3.get_bucket_policy(Bucket=bucket)),
        asked("policy", "PutBucketPolicy", lambda s3: s3.put_bucket_policy(Bucket=bucket, Policy=everybody)),
        asked("drop-policy", "DeleteBucketPolicy", lambda s3: s3.delete_bucket_policy(Bucket=bucket)),
        asked("bucket-acl", "PutBucketAcl", lambda s3: s3.put_bucket_acl(Bucket=bucket, ACL="public-read")),
        asked("versions", "ListBucketVersions", lambda s3: s3.list_object_versions(Bucket=bucket)),
        asked("uploads", "ListBucketMultipartUploads", lambda s3: s3.list_multipart_uploads(Bucket=bucket)),
        asked("drop", "DeleteBucket", lambda s3: s3.delete_bucket(Bucket=bucket)),
    )


def tries(bucket: str, folder: str) -> tuple[Try, ...]:
    """Give every request for a policy about `folder`: there, in its own folder of Lightly, and around it."""
    other = bucket + OTHER
    places = places_of(folder)
    return (
        *(one for where, place in places.items() for one in on_object(bucket, where, place)),
        *on_object(other, "elsewhere", folder),
        *(listing(bucket, where, place) for where, place in places.items()),
        listing(bucket, "half", folder[:-1]),
        listing(bucket, "all", None),
        listing(other, "elsewhere", folder),
        listing(other, "all-elsewhere", None),
        *on_bucket(bucket, "bucket"),
        *on_bucket(other, "elsewhere"),
    )


def places_of(folder: str) -> dict[str, str]:
    """Name the folders in which requests are tried."""
    return {
        "here": folder,
        "below": f"{folder}cows/",
        "lightly": f"{folder}.lightly/",
        "neighbour": NEIGHBOUR if folder == FOLDER else f"{folder[:-1]}-secret/",
        "parent": PARENT,
        "top": "",
        "output": OUTPUT,
    }


def named(words: str, places: str) -> frozenset[str]:
    """Name requests: each of the words in each of the places."""
    return frozenset(f"{word} {place}" for word in words.split() for place in places.split())


_READS, _WRITES = "get head", "put upload"
_IN = "here below lightly"
_EVERYWHERE = "here below lightly neighbour parent top output"
_LISTS = named("list", _IN)
_HERE, _ELSEWHERE = "127.0.0.0/8", "203.0.113.0/24"


def _one(
    *operations: object, networks: Networks | None = None, folder: str = FOLDER, **more: bool
) -> Callable[[str], Documents]:
    def documents(bucket: str) -> Documents:
        grant = Grant(
            location=S3Location(bucket, folder),
            operations=tuple(one for one in OPERATIONS if one in operations),
            delete=more.get("delete", False),
            lightly_folder_only=more.get("lightly", False),
        )
        return (grants_policy([grant], networks=networks),)

    return documents


def _two(bucket: str, *, other: bool = False) -> dict[str, object]:
    """Write the policy for an input that is read, and an output that is written."""
    output = Grant(
        location=S3Location(bucket + OTHER if other else bucket, FOLDER if other else OUTPUT), operations=OPERATIONS
    )
    return grants_policy([Grant(location=S3Location(bucket, FOLDER), operations=(LIST, READ)), output])


_ALL = _LISTS | named(f"{_READS} {_WRITES}", _IN)
_TWO = _LISTS | named(_READS, _IN) | named(f"list {_READS} {_WRITES}", "output")

SHAPES = (
    Shape("list and read", _one(LIST, READ), _LISTS | named(_READS, _IN)),
    Shape("list, read and write", _one(*OPERATIONS), _ALL),
    Shape("list only", _one(LIST), _LISTS),
    Shape("read only", _one(READ), named(_READS, _IN)),
    Shape("write only", _one(WRITE), named(_WRITES, _IN)),
    Shape("write and delete", _one(*OPERATIONS, delete=True), _ALL | named("delete", _IN)),
    Shape(
        "write and delete in Lightly's folder only",
        _one(*OPERATIONS, delete=True, lightly=True),
        _LISTS | named(_READS, _IN) | named(f"{_WRITES} delete", "lightly"),
    ),
    Shape(
        "the whole bucket",
        _one(*OPERATIONS, folder=""),
        named(f"list {_READS} {_WRITES}", _EVERYWHERE) | named("list", "half all"),
    ),
    Shape(
        "the whole bucket, writing in Lightly's folder only",
        _one(*OPERATIONS, folder="", lightly=True),
        named(f"list {_READS}", _EVERYWHERE) | named("list", "half all"),
    ),
    Shape("an output in the same bucket", lambda bucket: (_two(bucket),), _TWO),
    Shape(
        "an output in another bucket",
        lambda bucket: (_two(bucket, other=True),),
        _LISTS | named(_READS, _IN) | named(f"list {_READS} {_WRITES}", "elsewhere"),
    ),
    Shape("statements drawn together", lambda bucket: (compact(_two(bucket)),), _TWO),
    Shape("a policy split in several", lambda bucket: fit(_two(bucket), 500), _TWO),
    Shape("from here", _one(*OPERATIONS, networks=Networks(source_ips=(_HERE,))), _ALL),
    Shape("from here or there", _one(*OPERATIONS, networks=Networks(source_ips=(_ELSEWHERE, _HERE))), _ALL),
    Shape("from elsewhere", _one(*OPERATIONS, delete=True, networks=Networks(source_ips=(_ELSEWHERE,))), _LISTS),
    Shape("from a VPC", _one(*OPERATIONS, delete=True, networks=Networks(vpcs=("vpc-0a1b2c3d",))), _LISTS),
    Shape(
        "from here or from a VPC",
        _one(*OPERATIONS, networks=Networks(source_ips=(_HERE,), vpcs=("vpc-0a1b2c3d",))),
        _ALL,
    ),
    *(
        Shape(f"a folder named {folder}", _one(*OPERATIONS, folder=folder), _ALL, folder)
        for folder in ("Kühe & Schafe + 日本/", "{x}/%2F/", "a b/(c)[d]^e/", 'it\'s "quoted"/')
    ),
)
"""What this release of the gateway cannot judge is not among them: prefixes with `*`, `?` and `$`, since nothing
matches what stands for those there, and KMS keys, since it takes no policy with an action of KMS."""
