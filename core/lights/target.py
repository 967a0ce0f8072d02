"""What a check is about: a location, the credentials to try there, and what is asked of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..access import DelegatedAccess, UserAccess
from ..location import S3Location
from ..needs import OPERATIONS, Operation
from .states import LookUps, ProbeMode

__all__ = ["CheckOptions", "Target"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A location with the access key to try. `region` None means: find it first.

    `endpoint_url` is an S3 server that the user named; then every call goes there, and none to AWS.
    `write_elsewhere` is true for an input beside a separate output: it is never written to. With a `role`, `access` is
    the caller who tries to assume it, and everything else is asked as the role.
    """

    location: S3Location
    access: UserAccess
    region: str | None = None
    endpoint_url: str | None = None
    required: tuple[Operation, ...] = OPERATIONS
    kms_key_arn: str | None = None
    write_elsewhere: bool = False
    role: DelegatedAccess | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """How a check goes about it. `deadline` is in seconds, for the whole check.

    `automatic` marks a check that nobody asked for just now: Write is then tried once for each credentials and
    location, and remembered. `read_back` reads what a real write stored, before it is deleted: so an empty folder can
    prove Read as well. `changed_at` is when the key, the role or a policy was last made or changed, where that is
    known: IAM takes up to a minute to spread it.
    """

    write_probe: ProbeMode = ProbeMode.DRY
    look_ups: LookUps = LookUps.PREFIX
    deadline: float = 15.0
    automatic: bool = False
    read_back: bool = False
    changed_at: datetime | None = None
