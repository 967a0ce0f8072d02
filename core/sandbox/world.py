"""What there is in the sandbox's AWS: an account, its administrator, two users, and a bucket of pictures."""

from __future__ import annotations

import csv
import io
import json
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

_PICTURES_PER_ANIMAL = 8
_ADMINISTRATOR = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@dataclass(frozen=True, slots=True)
class World:
    """The names and keys of what was made. No secret is in its repr.

    `prefix` holds pictures and a few other files, `neighbour_prefix` begins with the same letters and belongs to
    somebody else, `empty_prefix` holds nothing. `objects` are the keys under `prefix`. `reader` may list and read
    there, `writer` may write there too, `admin` may do everything. `lightly` is the platform's own principal, in its
    own account.
    """

    account_id: str
    region: str
    bucket: str
    prefix: str
    neighbour_prefix: str
    empty_prefix: str
    objects: tuple[str, ...]
    admin: UserAccess
    reader: UserAccess
    writer: UserAccess
    lightly: UserAccess
    lightly_user: str


def build(url: str, rng: Random) -> World:
    """Make the world behind an address where nothing is yet. The same state of `rng` gives the same files and names."""
    account = str(rng.randrange(10**11, 10**12))
    bucket = f"datalake-{rng.getrandbits(32):08x}"
    admin = _first_user(account, "administrator", _ADMINISTRATOR)
    lightly_user = f"lightly-platform-{rng.getrandbits(32):08x}"
    lightly = _first_user(
        LIGHTLY_ACCOUNT, lightly_user, {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    )
    aws = Aws(url, admin, REGION)
    try:
        _make_bucket(aws, bucket)
        files = _files(rng)
        for name, (kind, content) in files.items():
            aws.s3("PutObject", "PUT", bucket, PREFIX + name, headers={"Content-Type": kind}, body=content)
        for name, (kind, content) in _neighbours(rng).items():
            aws.s3("PutObject", "PUT", bucket, NEIGHBOUR + name, headers={"Content-Type": kind}, body=content)
        reader = _make_user(aws, "lightly-reader", _read_policy(bucket))
        writer = _make_user(aws, "lightly-writer", [*_read_policy(bucket), _write_policy(bucket)])
    finally:
        aws.close()
    return World(
        account_id=account,
        region=REGION,
        bucket=bucket,
        prefix=PREFIX,
        neighbour_prefix=NEIGHBOUR,
        empty_prefix=EMPTY,
        objects=tuple(sorted(PREFIX + name for name in files)),
        admin=admin,
        reader=reader,
        writer=writer,
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


def _make_bucket(aws: Aws, bucket: str) -> None:
    place = f"<LocationConstraint>{REGION}</LocationConstraint>"
    body = f'<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{place}'
    aws.s3("CreateBucket", "PUT", bucket, body=f"{body}</CreateBucketConfiguration>".encode())


def _document(statements: list[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _read_policy(bucket: str) -> list[Mapping[str, Any]]:
    arn = f"arn:aws:s3:::{bucket}"
    listing = {"StringLike": {"s3:prefix": f"{PREFIX}*"}}
    return [
        {"Sid": "List", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn, "Condition": listing},
        {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{arn}/{PREFIX}*"},
    ]


def _write_policy(bucket: str) -> Mapping[str, Any]:
    return {
        "Sid": "Write",
        "Effect": "Allow",
        "Action": ["s3:PutObject", "s3:AbortMultipartUpload"],
        "Resource": f"arn:aws:s3:::{bucket}/{PREFIX}*",
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
