"""The cases of the conformance tests: who may do what, as policies, for any server that has IAM."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from plain_s3 import Snapshot, s3_client
from truth import Truth, find_truth

from core.access import Secret, UserAccess
from core.aws.policy import permission_policy
from core.location import S3Location
from core.needs import OPERATIONS, Operation

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

Document = Mapping[str, object]
LIST, READ, WRITE = OPERATIONS
FOLDER = "projects/farm-animals/"
NEIGHBOUR = "projects/farm-animals-secret/"
PICTURES = ("cat-0001.jpg", "cows/cow-0001.jpg", "cows/cow-0002.jpg")


class Server(Protocol):
    """An S3 server with IAM, in the hands of its administrator.

    `s3` is plain boto3 as the administrator, who owns what `make_bucket` makes. `explains` tells whether its refusals
    say why, as AWS's do.
    """

    url: str
    region: str
    s3: S3Client
    explains: bool

    def make_user(self, name: str) -> UserAccess:
        """Make a user without permissions."""

    def arn_of(self, user: str) -> str:
        """Name a user as policies do."""

    def put_policy(self, user: str, document: Document) -> None:
        """Give a user an identity policy."""

    def make_bucket(self, bucket: str, *, versioned: bool = False) -> None:
        """Make a bucket."""

    def put_bucket_policy(self, bucket: str, document: Document) -> None:
        """Give a bucket a policy."""

    def snapshot(self, bucket: str) -> Snapshot:
        """Read everything in a bucket."""


class Pair(Enum):
    """Which access key the check is given."""

    OWN = "own"
    WRONG_SECRET = "wrong secret"
    UNKNOWN_KEY = "unknown key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A situation. `allows` is what IAM's rules make of it; servers are asked, not trusted, so the truth may differ.

    `bucket_policy` takes the location and the user's ARN. `denies` names what
    a Deny statement takes away. `pictures` are the names below the folder.
    """

    name: str
    allows: tuple[Operation, ...]
    policy: Callable[[S3Location], Document] | None = None
    bucket_policy: Callable[[S3Location, str], Document] | None = None
    denies: tuple[Operation, ...] = ()
    pair: Pair = Pair.OWN
    pictures: tuple[str, ...] = PICTURES
    folder: str = FOLDER

    def __str__(self) -> str:
        return self.name


def case_named(name: str) -> Case:
    """Find a case."""
    return next(case for case in CASES if case.name == name)


def document(*statements: Document) -> Document:
    """Wrap statements into a policy."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(actions: str, resource: str, *, effect: str = "Allow", **more: object) -> Document:
    """Write a statement on a resource, which is named without `arn:aws:s3:::`; the actions without `s3:`."""
    names = [f"s3:{action}" for action in actions.split()]
    return {"Effect": effect, "Action": names, "Resource": f"arn:aws:s3:::{resource}", **more}


def below(at: S3Location) -> str:
    """Name every object under a location."""
    return f"{at.bucket}/{at.prefix}*"


def _on_bucket(at: S3Location, actions: str) -> Document:
    return statement(actions, at.bucket)


def _on_objects(at: S3Location, actions: str) -> Document:
    return statement(actions, below(at))


def _under_prefix(at: S3Location, *prefixes: str) -> Document:
    return statement("ListBucket", at.bucket, Condition={"StringLike": {"s3:prefix": list(prefixes)}})


def _everything(at: S3Location) -> Document:
    return document(_on_bucket(at, "ListBucket"), _on_objects(at, "GetObject PutObject DeleteObject"))


def _everything_but(at: S3Location, actions: str, resource: str) -> Document:
    return document(
        _on_bucket(at, "ListBucket"),
        _on_objects(at, "GetObject PutObject DeleteObject AbortMultipartUpload"),
        statement(actions, resource, effect="Deny"),
    )


CASES = (
    Case(
        name="may list and read",
        allows=(LIST, READ),
        policy=lambda at: document(_on_bucket(at, "ListBucket"), _on_objects(at, "GetObject")),
    ),
    Case(
        name="may write too, and tidy up",
        allows=OPERATIONS,
        policy=lambda at: document(
            _on_bucket(at, "ListBucket"), _on_objects(at, "GetObject PutObject DeleteObject AbortMultipartUpload")
        ),
    ),
    Case(name="may write too, but not abort", allows=OPERATIONS, policy=_everything),
    Case(
        name="has our policy to list and read",
        allows=(LIST, READ),
        policy=lambda at: permission_policy(at, (LIST, READ)),
    ),
    Case(name="has our policy to write too", allows=OPERATIONS, policy=lambda at: permission_policy(at, OPERATIONS)),
    Case(name="has our policy to write only", allows=(WRITE,), policy=lambda at: permission_policy(at, (WRITE,))),
    Case(
        name="has our policy for the whole bucket",
        allows=OPERATIONS,
        policy=lambda at: permission_policy(S3Location(at.bucket, ""), OPERATIONS),
    ),
    Case(
        name="has our policy for a folder with letters beyond ASCII",
        allows=OPERATIONS,
        policy=lambda at: permission_policy(at, OPERATIONS),
        folder="Kühe & Schafe + 日本/",
    ),
    Case(
        name="is limited by s3:prefix",
        allows=OPERATIONS,
        policy=lambda at: document(
            _under_prefix(at, at.prefix, f"{at.prefix}*"), _on_objects(at, "GetObject PutObject")
        ),
    ),
    Case(
        name="is limited to the prefix without its slash",
        allows=(READ,),
        policy=lambda at: document(_under_prefix(at, at.prefix.rstrip("/")), _on_objects(at, "GetObject")),
    ),
    Case(name="may nothing at all", allows=()),
    Case(name="may list only", allows=(LIST,), policy=lambda at: document(_on_bucket(at, "ListBucket"))),
    Case(name="may read only", allows=(READ,), policy=lambda at: document(_on_objects(at, "GetObject"))),
    Case(name="may write only", allows=(WRITE,), policy=lambda at: document(_on_objects(at, "PutObject"))),
    Case(
        name="may write only where the probe goes",
        allows=(LIST, WRITE),
        policy=lambda at: document(
            _on_bucket(at, "ListBucket"),
            statement("PutObject DeleteObject AbortMultipartUpload", f"{at.bucket}/{at.prefix}.lightly/*"),
        ),
    ),
    Case(name="has the wrong secret", allows=(), policy=_everything, pair=Pair.WRONG_SECRET),
    Case(name="has a key nobody knows", allows=(), policy=_everything, pair=Pair.UNKNOWN_KEY),
    Case(name="finds an empty prefix", allows=(LIST, WRITE), policy=_everything, pictures=()),
    Case(name="finds only the folder's marker", allows=(LIST, WRITE), policy=_everything, pictures=("",)),
    Case(
        name="finds only a marker it may not read",
        allows=(LIST,),
        policy=lambda at: document(_on_bucket(at, "ListBucket")),
        pictures=("",),
    ),
    Case(
        name="is denied Write explicitly",
        allows=(LIST, READ),
        policy=lambda at: _everything_but(at, "PutObject", below(at)),
        denies=(WRITE,),
    ),
    Case(
        name="is denied Read explicitly",
        allows=(LIST, WRITE),
        policy=lambda at: _everything_but(at, "GetObject", below(at)),
        denies=(READ,),
    ),
    Case(
        name="is denied List explicitly",
        allows=(READ, WRITE),
        policy=lambda at: _everything_but(at, "ListBucket", at.bucket),
        denies=(LIST,),
    ),
    Case(
        name="has the policy of a neighbour",
        allows=(),
        policy=lambda at: permission_policy(S3Location(at.bucket, NEIGHBOUR), OPERATIONS),
    ),
    Case(
        name="was granted ListBucket on objects",
        allows=(READ, WRITE),
        policy=lambda at: document(statement("ListBucket GetObject PutObject", f"{at.bucket}/*")),
    ),
    Case(
        name="is denied Write by the bucket, as everybody",
        allows=(LIST, READ),
        policy=_everything,
        bucket_policy=lambda at, _: document(statement("PutObject", below(at), effect="Deny", Principal="*")),
    ),
    Case(
        name="is denied Read by the bucket, by name",
        allows=(LIST, WRITE),
        policy=_everything,
        bucket_policy=lambda at, user: document(
            statement("GetObject", below(at), effect="Deny", Principal={"AWS": [user]})
        ),
    ),
    Case(
        name="is granted List and Read by the bucket alone",
        allows=(LIST, READ),
        bucket_policy=lambda at, user: document(
            {**_on_bucket(at, "ListBucket"), "Principal": {"AWS": [user]}},
            {**_on_objects(at, "GetObject"), "Principal": {"AWS": [user]}},
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """A case set up on a server, and what plain boto3 found there to be true."""

    case: Case
    server: Server
    location: S3Location
    access: UserAccess
    truth: Truth


def set_up(server: Server, case: Case, *, versioned: bool = False) -> Stage:
    """Make the bucket, the user and the policies of a case, and find the truth."""
    name = "".join(letter if letter.isalnum() else "-" for letter in case.name.lower())
    unique = f"{name[:44].strip('-')}-{secrets.token_hex(4)}"
    location = S3Location(unique, case.folder)
    server.make_bucket(unique, versioned=versioned)
    for picture in case.pictures:
        server.s3.put_object(Bucket=unique, Key=case.folder + picture, Body=b"picture" if picture else b"")
    for key in (NEIGHBOUR + "secret.jpg", "readme.txt"):
        server.s3.put_object(Bucket=unique, Key=key, Body=b"not ours")
    own = server.make_user(unique)
    if case.policy is not None:
        server.put_policy(unique, case.policy(location))
    if case.bucket_policy is not None:
        server.put_bucket_policy(unique, case.bucket_policy(location, server.arn_of(unique)))
    access = _pair(case.pair, own)
    truth = find_truth(s3_client(server.url, server.region, access), server.s3, location)
    return Stage(case, server, location, access, truth)


def _pair(pair: Pair, own: UserAccess) -> UserAccess:
    match pair:
        case Pair.OWN:
            return own
        case Pair.WRONG_SECRET:
            return UserAccess(own.access_key_id, Secret(secrets.token_hex(20)))
        case Pair.UNKNOWN_KEY:
            return UserAccess("AKIA" + secrets.token_hex(8).upper(), own.secret_access_key)
