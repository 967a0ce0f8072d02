"""What a case of the conformance tests is: who may do what, as policies, for any server that has IAM."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from plain_s3 import Snapshot

from core.access import UserAccess
from core.location import S3Location
from core.needs import OPERATIONS, Operation

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

Document = Mapping[str, object]
LIST, READ, WRITE = OPERATIONS
FOLDER = "projects/farm-animals/"
NEIGHBOUR = "projects/farm-animals-secret/"
PICTURES = ("cat-0001.jpg", "cows/cow-0001.jpg", "cows/cow-0002.jpg")
READ_AND_WRITE = "GetObject PutObject DeleteObject AbortMultipartUpload"


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

    def make_role(self, name: str, user: str) -> str:
        """Make a role without permissions, which this user may assume, and return its ARN."""

    def put_role_policy(self, role: str, document: Document) -> None:
        """Give a role an identity policy."""

    def assume(self, access: UserAccess, role_arn: str, document: Document | None) -> UserAccess:
        """Begin a session of a role, with a policy of its own or none."""

    def make_bucket(self, bucket: str, *, versioned: bool = False) -> None:
        """Make a bucket."""

    def put_bucket_policy(self, bucket: str, document: Document) -> None:
        """Give a bucket a policy."""

    def snapshot(self, bucket: str) -> Snapshot:
        """Read everything in a bucket."""


class Pair(Enum):
    """Which credentials the check is given: the right ones, or how they are wrong."""

    OWN = "own"
    WRONG_SECRET = "wrong secret"
    UNKNOWN_KEY = "unknown key"
    CUT_TOKEN = "session token that was cut"
    NO_TOKEN = "no session token"
    ANOTHERS_TOKEN = "session token of another session"


@dataclass(frozen=True, slots=True)
class RoleSession:
    """The check is given a session of a role: `policy` is then the role's, and the session has one of its own or none.

    The user who assumes the role may nothing else.
    """

    policy: Callable[[S3Location], Document] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A situation. `allows` is what IAM's rules make of it; servers are asked, not trusted, so the truth may differ.

    `bucket_policy` takes the location and the principal's ARN. `denies` names what a Deny statement takes away.
    `pictures` are the names below the folder. `on_the_gateway` is what the gateway's release makes of the policies
    where that is known not to be what IAM does. `beyond_the_sandbox` marks what the sandbox does not evaluate;
    policies of buckets are never for it.
    """

    name: str
    allows: tuple[Operation, ...]
    policy: Callable[[S3Location], Document] | None = None
    bucket_policy: Callable[[S3Location, str], Document] | None = None
    session: RoleSession | None = None
    denies: tuple[Operation, ...] = ()
    pair: Pair = Pair.OWN
    pictures: tuple[str, ...] = PICTURES
    folder: str = FOLDER
    on_the_gateway: tuple[Operation, ...] | None = None
    beyond_the_sandbox: bool = False

    def __str__(self) -> str:
        return self.name


def document(*statements: Document) -> Document:
    """Wrap statements into a policy."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(actions: str, /, *resources: str, effect: object = "Allow", **more: object) -> Document:
    """Write a statement on resources, which are named without `arn:aws:s3:::`; the actions without `s3:`."""
    names = [f"s3:{action}" for action in actions.split()]
    return {"Effect": effect, "Action": names, "Resource": arns(*resources), **more}


def deny(actions: str, /, *resources: str, **more: object) -> Document:
    """Write a statement that takes away."""
    return statement(actions, *resources, effect="Deny", **more)


def arns(*resources: str) -> list[str]:
    """Name buckets and objects in full."""
    return [f"arn:aws:s3:::{resource}" for resource in resources]


def when(operator: str, key: str, *values: str) -> dict[str, object]:
    """Write a condition, to be given to a statement as its last arguments."""
    return {"Condition": {operator: {key: list(values)}}}


def below(at: S3Location) -> str:
    """Name every object under a location."""
    return f"{at.bucket}/{at.prefix}*"


def on_bucket(at: S3Location, actions: str = "ListBucket", /, **more: object) -> Document:
    """Allow actions on the bucket."""
    return statement(actions, at.bucket, **more)


def on_objects(at: S3Location, actions: str = READ_AND_WRITE, /, **more: object) -> Document:
    """Allow actions on the objects under a location."""
    return statement(actions, below(at), **more)


def everything(at: S3Location) -> Document:
    """Allow all three operations, and to tidy up after them."""
    return document(on_bucket(at), on_objects(at))


def everything_and(at: S3Location, *statements: Document) -> Document:
    """Allow all three operations and add statements, which mostly take something away."""
    return document(on_bucket(at), on_objects(at), *statements)
