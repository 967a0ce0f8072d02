"""What a check is about: a location, the credentials to try there, and what is asked of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ..access import DelegatedAccess, UserAccess
from ..aws.grants import Grant
from ..location import S3Location
from ..needs import OPERATIONS, Operation
from .states import LookUps, ProbeMode

__all__ = ["CheckOptions", "Target"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A location with the access key to try. `region` None means: find it first.

    `endpoint_url` is an S3 server that the user named; then every call goes there, and none to AWS.
    `write_elsewhere` is true for an input beside a separate output: it is never written to. With a `role`, `access` is
    the caller who tries to assume it, and everything else is asked as the role. `beside` is what the same credentials
    are for elsewhere in the dataset.

    `given` is false where nothing of it was given to Lightly: a folder that is checked with one's own credentials. The
    others are for words only: `dataset` is its name where it is known here, and `delete` and `lightly_folder_only` are
    what its policy has beside the operations.
    """

    location: S3Location
    access: UserAccess
    region: str | None = None
    endpoint_url: str | None = None
    required: tuple[Operation, ...] = OPERATIONS
    kms_key_arn: str | None = None
    write_elsewhere: bool = False
    role: DelegatedAccess | None = None
    beside: tuple[Grant, ...] = ()
    given: bool = True
    dataset: str | None = field(default=None, compare=False)
    delete: bool = field(default=False, compare=False)
    lightly_folder_only: bool = field(default=False, compare=False)

    def grant(self, region: str | None = None) -> Grant:
        """Say what the credentials are for in this place; `region` is the one that was found."""
        writes = Operation.WRITE in self.required
        return Grant(
            location=self.location,
            operations=self.required,
            region=region or self.region,
            kms_key_arn=self.kms_key_arn,
            delete=self.delete and writes,
            lightly_folder_only=self.lightly_folder_only and writes,
        )


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
