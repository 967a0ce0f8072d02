"""What a check is about: a location, the credentials to try there, and what is asked of them."""

from __future__ import annotations

from dataclasses import dataclass

from ..access import UserAccess
from ..location import S3Location
from ..needs import OPERATIONS, Operation
from .states import LookUps, ProbeMode

__all__ = ["CheckOptions", "Target"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A location with the access key to try. `region` None means: find it first.

    `endpoint_url` is an S3 server that the user named; then every call goes there, and none to AWS.
    `write_elsewhere` is true for an input beside a separate output: it is never written to.
    """

    location: S3Location
    access: UserAccess
    region: str | None = None
    endpoint_url: str | None = None
    required: tuple[Operation, ...] = OPERATIONS
    kms_key_arn: str | None = None
    write_elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """How a check goes about it. `deadline` is in seconds, for the whole check.

    `automatic` marks a check that nobody asked for just now: Write is then tried once for each credentials and
    location, and remembered.
    """

    write_probe: ProbeMode = ProbeMode.DRY
    look_ups: LookUps = LookUps.PREFIX
    deadline: float = 15.0
    automatic: bool = False
