"""What there is in AWS already, as plain values. `looking.look` reads them, `plan.plan_for` and `undo` judge them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ..access import AccessKind
from .wanted import CREATED_BY, NamedPolicy

__all__ = [
    "ADOPTED_BY",
    "ADOPTED_FOR",
    "RUN",
    "BucketFound",
    "Caller",
    "Finding",
    "Found",
    "KeyFound",
    "LastUse",
    "Ownership",
    "PrincipalFound",
]

ADOPTED_BY = ("adopted-by", "bucketlight")
"""The tag of a user or role that was there before, and got our policy on demand. It is never deleted by us."""

ADOPTED_FOR = "adopted-for"
"""The tag that names the dataset of what was adopted. What is not ours may have a `dataset` of its own."""

RUN = "bucketlight-run"
"""The tag of what bucketlight makes that tells one journal's runs from all others: a random text. By the other tags
nobody can say which of two machines sent the request that made it."""

_LOOKING = frozenset({"iam:GetUser", "iam:GetRole"})


class Ownership(StrEnum):
    """Whether a bucket belongs to the administrator's account (HeadBucket with `x-amz-expected-bucket-owner`)."""

    OK = "ok"
    FOREIGN = "foreign"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who signs: the administrator, or whose key it is, as AWS names it."""

    arn: str
    account_id: str
    partition: str

    @property
    def is_root(self) -> bool:
        """Tell whether this is the account's root user."""
        return self.arn.endswith(":root")

    @property
    def user_name(self) -> str | None:
        """The name of the IAM user, without its path; None for anybody else."""
        # Other servers have accounts of another form than AWS's.
        kind, _, name = self.arn.rpartition(":")[2].partition("/")
        return name.rpartition("/")[2] if kind == "user" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketFound:
    """A bucket, and whose it is."""

    name: str
    ownership: Ownership


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFound:
    """An access key of a user, without its secret: that nobody can read again. `created_at` is in UTC."""

    access_key_id: str
    active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LastUse:
    """When a key was used last, and for what; `at` is None where it never was (IAM API, AccessKeyLastUsed)."""

    at: datetime | None
    service: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalFound:
    """A user or role that is there.

    Attributes:
        policies: its inline policies that bear one of our names, whole.
        other_policies: the names of its other inline policies.
        attached: the ARNs of the managed policies that are attached to it.
        groups: the groups of a user.
        keys: the access keys of a user.
        trust: the trust policy of a role. It holds external IDs in clear.
        session_seconds: the longest session of a role.
        created_at: in UTC.
    """

    kind: AccessKind
    name: str
    arn: str
    path: str
    created_at: datetime
    tags: tuple[tuple[str, str], ...] = ()
    boundary_arn: str | None = None
    policies: tuple[NamedPolicy, ...] = ()
    other_policies: tuple[str, ...] = ()
    attached: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    keys: tuple[KeyFound, ...] = ()
    trust: Mapping[str, object] | None = field(default=None, repr=False)
    session_seconds: int | None = None

    def tag(self, key: str) -> str | None:
        """Return the value of a tag, or None. IAM keeps tags apart without regard to the case of their keys."""
        return next((value for name, value in self.tags if name.lower() == key.lower()), None)

    @property
    def serves(self) -> str | None:
        """The dataset for which bucketlight made or adopted it; None where it did neither."""
        if self.tag(CREATED_BY[0]) == CREATED_BY[1]:
            return self.tag("dataset")
        return self.tag(ADOPTED_FOR) if self.tag(ADOPTED_BY[0]) == ADOPTED_BY[1] else None

    def is_ours(self, dataset: str) -> bool:
        """Tell whether bucketlight made or adopted it for this dataset."""
        return self.serves == dataset

    def made_by_us(self, dataset: str) -> bool:
        """Tell whether bucketlight made it for this dataset, by its tags."""
        return self.is_ours(dataset) and self.tag(CREATED_BY[0]) == CREATED_BY[1]

    def policy(self, name: str) -> Mapping[str, object] | None:
        """Return the document of an inline policy that bears one of our names, or None."""
        return next((policy.document for policy in self.policies if policy.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that may not be looked up: the call (`iam:ListGroupsForUser`), for what, and the sentence for it.

    `why` says alone who may not do what, where a refusal says the rest.
    """

    call: str
    about: str
    sentence: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that a plan is made from.

    Attributes:
        caller: who asks.
        account_alias: the account's name for people, or None.
        buckets: the buckets that are wanted, in their order.
        principals: the users and roles of the wanted names that are there.
        kept_keys: the IDs of the access keys whose secrets are kept on this machine, as those of their users.
        shelved: of the listed keys those that a rotation keeps here beside them.
        leftovers: of the listed keys those that a run of ours made that broke off: nobody has their secrets.
        begun: what a run that broke off has begun to make or to take back: kind, name and dataset.
        secrets_problem: why no secret can be kept on this machine, or None where it can.
        findings: what could not be looked up.
    """

    caller: Caller
    account_alias: str | None = None
    buckets: tuple[BucketFound, ...] = ()
    principals: tuple[PrincipalFound, ...] = ()
    kept_keys: frozenset[str] = frozenset()
    shelved: frozenset[str] = frozenset()
    leftovers: frozenset[str] = frozenset()
    begun: tuple[tuple[AccessKind, str, str], ...] = ()
    secrets_problem: str | None = None
    findings: tuple[Finding, ...] = ()

    def principal(self, kind: AccessKind, name: str) -> PrincipalFound | None:
        """Return the user or role of that name, or None. IAM keeps names apart without regard to case."""
        return next((each for each in self.principals if each.kind is kind and each.name.lower() == name.lower()), None)

    @property
    def hidden(self) -> tuple[Finding, ...]:
        """The users and roles of which it may not be seen whether they are there."""
        return tuple(each for each in self.findings if each.call in _LOOKING)
