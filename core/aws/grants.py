"""Permissions for one principal on one or two folders, as one policy; and the networks that it is limited to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from ..location import S3Location
from ..needs import Operation
from .policy import VERSION, PolicyError, key_place, partition_of, permission_policy, statement_list

__all__ = ["Grant", "Networks", "common_partition", "grants_policy"]

_VPC = re.compile(r"vpc-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_PRIVATE = tuple(
    IPv4Network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16")
)
_PRIVATE_6 = tuple(IPv6Network(text) for text in ("fc00::/7", "fe80::/10", "::1/128"))
_OF_OBJECTS = ("Read", "Write", "Delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a principal may do under one location.

    `region` is the bucket's. `kms_key_arn` is the key that encrypts there, or None. With `delete` what may be stored
    may be deleted too (without Write that is nothing); with `lightly_folder_only` both are limited to `.lightly/`.
    """

    location: S3Location
    operations: tuple[Operation, ...]
    region: str | None = None
    kms_key_arn: str | None = None
    delete: bool = False
    lightly_folder_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Networks:
    """From where objects may be read and written: IP ranges (CIDR) and VPCs. Empty: from everywhere.

    Any one of them is enough. List stays open: Lightly itself lists the folder (Lightly's docs, more restrictive
    policies).

    Raises:
        PolicyError: for what is no IP range or no VPC's ID, and for the range that is everywhere.
    """

    source_ips: tuple[str, ...] = ()
    vpcs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for text in self.source_ips:
            _range(text)
        for text in self.vpcs:
            if not _VPC.fullmatch(text):
                raise PolicyError(f"“{text}” is no VPC's ID: those look like vpc-0a1b2c3d4e5f60718.")

    @property
    def ranges(self) -> tuple[str, ...]:
        """The IP ranges in their canonical form, each once, in their order."""
        return tuple(dict.fromkeys(_range(text) for text in self.source_ips))

    @property
    def private(self) -> tuple[str, ...]:
        """The ranges that AWS never sees: a private address is behind a public one, or comes through a VPC endpoint.

        A request through an endpoint has no `aws:SourceIp` (VPC user guide, endpoints for Amazon S3).
        """
        return tuple(text for text in self.ranges if _is_private(text))

    @property
    def unseen(self) -> str | None:
        """Say of private ranges that they let nobody in; None where there are none."""
        if not (private := self.private):
            return None
        return (
            f"AWS never sees a private address ({', '.join(private)}), so it lets nobody in: name the public one of "
            "the network, or its VPC."
        )

    def conditions(self) -> tuple[tuple[str, dict[str, object]], ...]:
        """Write the conditions, of which one must hold, each with the end that its statement's Sid has.

        They belong into statements of their own: all parts of one condition must hold at once, and a request from a
        VPC's endpoint has no `aws:SourceIp`, any other no `aws:SourceVpc` (IAM user guide, global condition keys).
        """
        kinds: list[dict[str, object]] = []
        if self.ranges:
            kinds.append({"IpAddress": {"aws:SourceIp": _one_or_all(self.ranges)}})
        if self.vpcs:
            kinds.append({"StringEquals": {"aws:SourceVpc": _one_or_all(tuple(dict.fromkeys(self.vpcs)))}})
        return tuple(zip(("", "FromVpc"), kinds, strict=False))


def grants_policy(
    grants: Sequence[Grant], *, partition: str | None = None, networks: Networks | None = None
) -> dict[str, object]:
    """Write one policy for all of these grants: the input's first, then the output's.

    The statements of the second grant bear Sids that begin with `Output`. The same grants give the same document.
    With networks, what concerns objects is allowed from there only. The use of a key is not limited to them: S3 asks
    KMS from an address of its own, and only for whom it let in (KMS developer guide, condition keys).

    Raises:
        PolicyError: without a grant, for buckets of several partitions, and as `policy.permission_policy` does.
    """
    if not grants:
        raise PolicyError("A policy allows something in at least one folder.")
    known = common_partition(grants)
    partition = partition or known
    statements: list[dict[str, object]] = []
    for number, grant in enumerate(grants):
        document = permission_policy(
            grant.location,
            grant.operations,
            kms_key_arn=grant.kms_key_arn,
            partition=partition,
            region=grant.region,
            delete=grant.delete,
            lightly_folder_only=grant.lightly_folder_only,
        )
        start = "" if number == 0 else "Output" if number == 1 else f"Output{number}"
        for each in statement_list(document):
            statements += [one | {"Sid": f"{start}{one['Sid']}"} for one in _limited(each, networks)]
    return {"Version": VERSION, "Statement": statements}


def common_partition(grants: Sequence[Grant]) -> str | None:
    """Name the partition that all of these buckets are in, as their regions and KMS keys tell it; None if none does.

    Raises:
        PolicyError: where they are in several, or a key is not named by its key ARN.
    """
    found = dict.fromkeys(known for grant in grants if (known := _partition_of(grant)))
    if len(found) > 1:
        raise PolicyError(
            f"No credentials reach buckets of {' and '.join(found)} alike: choose credentials of its own for each."
        )
    return next(iter(found), None)


def _partition_of(grant: Grant) -> str | None:
    if grant.region:
        return partition_of(grant.region)
    return key_place(grant.kms_key_arn)[0] if grant.kms_key_arn else None


def _limited(statement: dict[str, object], networks: Networks | None) -> list[dict[str, object]]:
    conditions = networks.conditions() if networks else ()
    sid = str(statement["Sid"])
    if not conditions or not sid.startswith(_OF_OBJECTS):
        return [statement]
    return [{**statement, "Sid": sid + end, "Condition": condition} for end, condition in conditions]


def _range(text: str) -> str:
    """Read an IP range as AWS takes it, and write it in its canonical form."""
    try:
        found = ip_network(text)
    except ValueError:
        raise PolicyError(_range_problem(text)) from None
    if found.prefixlen == 0:
        raise PolicyError(f"{found} is everywhere, so it limits nothing: leave it out.")
    return str(found)


def _range_problem(text: str) -> str:
    try:
        return f"“{text}” begins in the midst of a range: write {ip_network(text, strict=False)}."
    except ValueError:
        return f"“{text}” is no IP range: those look like 203.0.113.0/24, and a single address is taken too."


def _is_private(text: str) -> bool:
    found = ip_network(text)
    if isinstance(found, IPv4Network):
        return any(found.subnet_of(one) for one in _PRIVATE)
    return any(found.subnet_of(one) for one in _PRIVATE_6)


def _one_or_all(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)
