"""What there is in the sandbox's AWS: an account with its administrator, users, a role, and two buckets."""

from __future__ import annotations

import csv
import io
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from ..access import Secret, UserAccess
from .calls import Aws, access_key
from .pictures import ANIMALS, HEIGHT, WIDTH, draw
from .truth import forget_account

__all__ = ["LIGHTLY_ACCOUNT", "World", "build", "tear_down"]

LIGHTLY_ACCOUNT = "916419735646"
"""The AWS account from which the Lightly platform assumes roles (its public documentation)."""

REGION = "eu-central-1"
PREFIX = "projects/farm-animals/"
NEIGHBOUR = "projects/farm-animals-raw/"
EMPTY = "projects/empty/"
VIDEOS = "projects/farm-videos/"
OUTPUT = "farm-output/"

_PICTURES_PER_ANIMAL = 8
_ROLE = "lightly-role"
_ROLE_SECONDS = 43_200
_ADMINISTRATOR = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@dataclass(frozen=True, slots=True)
class World:
    """The names and keys of what was made. No secret is in its repr.

    `prefix` holds pictures and a few other files, `videos_prefix` films, `neighbour_prefix` begins with the same
    letters and belongs to somebody else, `empty_prefix` holds nothing. `objects` are the keys under `prefix`. `reader`
    may list and read the pictures and the films, `writer` may write there too, `admin` may do everything. `role_arn`
    may do what `writer` may: `lightly`, the platform's own principal in its own account, assumes it with the
    `external_id`. `output` may list, read and write under `output_prefix` in `output_bucket`, and nowhere else.
    """

    account_id: str
    region: str
    bucket: str
    prefix: str
    neighbour_prefix: str
    empty_prefix: str
    videos_prefix: str
    output_bucket: str
    output_prefix: str
    objects: tuple[str, ...]
    admin: UserAccess
    reader: UserAccess
    writer: UserAccess
    output: UserAccess
    role_arn: str
    external_id: Secret
    lightly: UserAccess
    lightly_user: str


def build(url: str, rng: Random) -> World:
    """Make the world behind an address where nothing is yet. The same state of `rng` gives the same files and names."""
    account = str(rng.randrange(10**11, 10**12))
    bucket = f"datalake-{rng.getrandbits(32):08x}"
    more = Random(f"{account} {bucket}")  # noqa: S311 - of its own, so that what else `rng` gives stays the same
    output_bucket = f"lightly-output-{more.getrandbits(32):08x}"
    external_id = Secret(f"lightly-{more.getrandbits(128):032x}")
    admin = _first_user(account, "administrator", _ADMINISTRATOR)
    lightly_user = f"lightly-platform-{rng.getrandbits(32):08x}"
    lightly = _first_user(
        LIGHTLY_ACCOUNT, lightly_user, {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    )
    aws = Aws(url, admin, REGION)
    try:
        _make_bucket(aws, bucket)
        files = _files(rng)
        _put(aws, bucket, PREFIX, files)
        _put(aws, bucket, NEIGHBOUR, _neighbours(rng))
        reading = [*_read_policy(bucket, PREFIX), *_read_policy(bucket, VIDEOS, "Videos")]
        writing = [*reading, _write_policy(bucket, PREFIX), _write_policy(bucket, VIDEOS, "Videos")]
        reader = _make_user(aws, "lightly-reader", reading)
        writer = _make_user(aws, "lightly-writer", writing)
        role_arn = _make_role(aws, _ROLE, writing, external_id)
        _put(aws, bucket, VIDEOS, _videos())
        _make_bucket(aws, output_bucket)
        _put(
            aws,
            output_bucket,
            OUTPUT,
            {"README.txt": ("text/plain; charset=utf-8", b"What Lightly makes goes here.\n")},
        )
        output = _make_user(
            aws, "lightly-output", [*_read_policy(output_bucket, OUTPUT), _write_policy(output_bucket, OUTPUT)]
        )
    finally:
        aws.close()
    return World(
        account_id=account,
        region=REGION,
        bucket=bucket,
        prefix=PREFIX,
        neighbour_prefix=NEIGHBOUR,
        empty_prefix=EMPTY,
        videos_prefix=VIDEOS,
        output_bucket=output_bucket,
        output_prefix=OUTPUT,
        objects=tuple(sorted(PREFIX + name for name in files)),
        admin=admin,
        reader=reader,
        writer=writer,
        output=output,
        role_arn=role_arn,
        external_id=external_id,
        lightly=lightly,
        lightly_user=lightly_user,
    )


def tear_down(world: World) -> None:
    """Let everything go that `build` made, and what was added to the account since."""
    from moto.iam.models import iam_backends

    forget_account(world.account_id)
    accounts = iam_backends[LIGHTLY_ACCOUNT]["aws"]
    accounts.delete_access_key(world.lightly.access_key_id, world.lightly_user)
    accounts.delete_user_policy(world.lightly_user, "main")
    accounts.delete_user(world.lightly_user)


def _first_user(account: str, name: str, statement: Mapping[str, Any]) -> UserAccess:
    """Make the user that nobody can make with a request, because there is nobody yet who could sign it."""
    from moto.iam.models import iam_backends

    backend = iam_backends[account]["aws"]
    backend.create_user(REGION, name)
    backend.put_user_policy(name, "main", _document([statement]))
    key = backend.create_access_key(name)
    return UserAccess(key.access_key_id, Secret(key.secret_access_key))


def _make_user(aws: Aws, name: str, statements: list[Mapping[str, Any]]) -> UserAccess:
    aws.iam("CreateUser", UserName=name)
    aws.iam("PutUserPolicy", UserName=name, PolicyName="farm-animals", PolicyDocument=_document(statements))
    return access_key(aws.iam("CreateAccessKey", UserName=name))


def _make_role(aws: Aws, name: str, statements: list[Mapping[str, Any]], external_id: Secret) -> str:
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{LIGHTLY_ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": external_id.reveal()}},
    }
    made = aws.iam(
        "CreateRole",
        RoleName=name,
        AssumeRolePolicyDocument=_document([trust]),
        MaxSessionDuration=str(_ROLE_SECONDS),
    )
    aws.iam("PutRolePolicy", RoleName=name, PolicyName="farm-animals", PolicyDocument=_document(statements))
    return made.text("Arn")


def _make_bucket(aws: Aws, bucket: str) -> None:
    place = f"<LocationConstraint>{REGION}</LocationConstraint>"
    body = f'<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{place}'
    aws.s3("CreateBucket", "PUT", bucket, body=f"{body}</CreateBucketConfiguration>".encode())


def _put(aws: Aws, bucket: str, prefix: str, files: Mapping[str, tuple[str, bytes]]) -> None:
    for name, (kind, content) in files.items():
        aws.s3("PutObject", "PUT", bucket, prefix + name, headers={"Content-Type": kind}, body=content)


def _document(statements: list[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _read_policy(bucket: str, prefix: str, what: str = "") -> list[Mapping[str, Any]]:
    arn = f"arn:aws:s3:::{bucket}"
    listing = {"StringLike": {"s3:prefix": f"{prefix}*"}}
    return [
        {"Sid": f"List{what}", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn, "Condition": listing},
        {"Sid": f"Read{what}", "Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{arn}/{prefix}*"},
    ]


def _write_policy(bucket: str, prefix: str, what: str = "") -> Mapping[str, Any]:
    return {
        "Sid": f"Write{what}",
        "Effect": "Allow",
        "Action": ["s3:PutObject", "s3:AbortMultipartUpload"],
        "Resource": f"arn:aws:s3:::{bucket}/{prefix}*",
    }


def _files(rng: Random) -> dict[str, tuple[str, bytes]]:
    """Draw the pictures and write what lies beside them: name -> (content type, content)."""
    pictures = {
        f"{animal}/{animal}-{number:02}.png": ("image/png", draw(animal, rng))
        for animal in ANIMALS
        for number in range(1, _PICTURES_PER_ANIMAL + 1)
    }
    labels = [{"file": name, "label": name.partition("/")[0], "width": WIDTH, "height": HEIGHT} for name in pictures]
    table = io.StringIO(newline="")
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("animal", "pictures"))
    writer.writerows((animal, _PICTURES_PER_ANIMAL) for animal in ANIMALS)
    readme = "Pictures of farm animals, drawn for trying things out.\nlabels.json says which animal is in which file.\n"
    return pictures | {
        "README.txt": ("text/plain; charset=utf-8", readme.encode()),
        "animals.csv": ("text/csv", table.getvalue().encode()),
        "labels.json": ("application/json", json.dumps(labels, indent=1).encode()),
    }


def _neighbours(rng: Random) -> dict[str, tuple[str, bytes]]:
    return {f"scan-{number:02}.png": ("image/png", draw("cow", rng)) for number in range(1, 3)}


def _videos() -> dict[str, tuple[str, bytes]]:
    return {
        f"{animal}-01.mp4": ("video/mp4", _film(seconds)) for seconds, animal in zip((1, 2, 3), ANIMALS, strict=False)
    }


def _film(seconds: int) -> bytes:
    """Make the shortest file that is an MP4, without a track (ISO/IEC 14496-12, FileTypeBox and MovieHeaderBox)."""
    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    times = struct.pack(">5I", 0, 0, 0, 1000, seconds * 1000)  # version, made, changed, units a second, duration
    header = times + struct.pack(">IH10x", 0x10000, 0x100) + matrix + struct.pack(">24xI", 1)
    return _box(b"ftyp", b"isom" + struct.pack(">I", 512) + b"isommp41") + _box(b"moov", _box(b"mvhd", header))


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content
