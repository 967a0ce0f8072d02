"""What is to be there in AWS for a dataset: plain values, from which it is made, handed over, or compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ..access import AccessKind, Secret
from ..aws.account_rules import check_place
from ..aws.grants import Grant, Networks, grants_policy
from ..aws.policy import PolicyError, partition_of
from ..aws.policy_size import MANAGED, ROLE_INLINE, USER_INLINE, compact, size
from ..aws.statements import trust_policy, trust_problem
from ..console import resource_name

__all__ = ["CREATED_BY", "NamedPolicy", "PolicyTooLongError", "Wanted", "WantedError"]

CREATED_BY = ("created-by", "bucketlight")
"""The tag of everything that bucketlight makes. Only what bears it is ever taken back."""


class PolicyTooLongError(PolicyError):
    """The policy is longer than IAM takes."""


class WantedError(ValueError):
    """What was asked for cannot be there; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """An inline policy: its name and its document."""

    name: str
    document: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One principal for Lightly: an IAM user with an access key, or a role that Lightly's account assumes.

    Attributes:
        access: USER or DELEGATED.
        dataset: the dataset's name. The principal is named after it, unless `named` says otherwise.
        grants: what it may do: the input's folder, and the output's where that has the same credentials. The first
            one's region is where its bucket lies.
        external_id: what a role's trust policy demands; None for a user.
        networks: from where objects may be read and written.
        path: the IAM path that the account demands, `/` otherwise.
        boundary_arn: the permissions boundary that the account demands, or None.
        made_on: the day for the tag.
        named: a name of its own for user or role, where it is to be adopted or another is demanded.
    """

    access: AccessKind
    dataset: str
    grants: tuple[Grant, ...]
    external_id: Secret | None = field(default=None)
    networks: Networks | None = None
    path: str = "/"
    boundary_arn: str | None = None
    made_on: date
    named: str | None = None

    def __post_init__(self) -> None:
        if not self.grants:
            raise WantedError("There is no folder to grant anything in.")
        try:
            check_place(path=self.path, boundary_arn=self.boundary_arn)
        except PolicyError as error:
            raise WantedError(str(error)) from None
        if (self.access is AccessKind.DELEGATED) != (self.external_id is not None):
            raise WantedError("A role has an external ID, and a user has none.")
        if self.access is AccessKind.DELEGATED and (problem := trust_problem(self.partition)):
            raise WantedError(problem)

    @property
    def name(self) -> str:
        """The name of the user or role, and of its policy: `Lightly-S3-NAME`."""
        return self.named or resource_name(self.dataset)

    def arn(self, account_id: str) -> str:
        """Give the ARN that the user or role has in an account."""
        return f"arn:{self.partition}:iam::{account_id}:{self.access.entity}{self.path}{self.name}"

    @property
    def partition(self) -> str:
        """The AWS partition, which follows from the region of the first grant."""
        return partition_of(self.grants[0].region)

    @property
    def buckets(self) -> tuple[str, ...]:
        """The buckets of the grants, each once, in their order."""
        return tuple(dict.fromkeys(grant.location.bucket for grant in self.grants))

    @property
    def tags(self) -> tuple[tuple[str, str], ...]:
        """The tags of user or role. Their order is fixed."""
        return (CREATED_BY, ("created-on", self.made_on.isoformat()), ("dataset", self.dataset))

    def policy(self) -> NamedPolicy:
        """Write the inline policy: a single one, since IAM's limit holds for all of them together.

        Where the statements are too long one by one they are drawn together.

        Raises:
            PolicyTooLongError: where it would be longer than IAM takes.
            PolicyError: where none can be written.
        """
        document = grants_policy(self.grants, partition=self.partition, networks=self.networks)
        who, longest = ("user", USER_INLINE) if self.access is AccessKind.USER else ("role", ROLE_INLINE)
        if size(document) > longest:
            document = compact(document)
        if (length := size(document)) > longest:
            other = ", a role instead of a user" if self.access is AccessKind.USER else ""
            raise PolicyTooLongError(
                f"The policy has {length:,} characters, and IAM takes at most {longest:,} in all inline policies of a "
                f"{who} together. Choose a folder with a shorter name{other}, or let an administrator make managed "
                f"policies, of {MANAGED:,} characters each, from what `bucketlight policy` writes."
            )
        return NamedPolicy(self.name, document)

    def trust(self, stand_in: object = None) -> dict[str, object] | None:
        """Write the trust policy of a role; None for a user.

        The external ID is in it in clear, or what stands in for it.
        """
        if self.external_id is None:
            return None
        return trust_policy(self.external_id.reveal() if stand_in is None else stand_in, partition=self.partition)
