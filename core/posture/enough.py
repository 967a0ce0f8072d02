"""The command that writes the policy which is enough: the fix for whatever is too open. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from ..aws.evaluation import Asked, Statement, action_matches, condition_parts, condition_texts, resource_matches
from ..aws.grants import Grant, Networks
from ..aws.policy import PolicyError, partition_of
from ..needs import Operation

__all__ = ["command_for", "networks_of"]

_SOURCE_IP = ("IpAddress", "aws:sourceip")
_SOURCE_VPC = ("StringEquals", "aws:sourcevpc")


def command_for(grant: Grant, networks: Networks | None = None) -> str:
    """Write the command for a grant: run as it is, it writes what `grants_policy` writes for that."""
    words = ["bucketlight", "policy", grant.location.uri, "--needs", ",".join(grant.operations)]
    if Operation.WRITE in grant.operations:
        words += ["--delete"] if grant.delete else []
        words += ["--write-only-lightly"] if grant.lightly_folder_only else []
    words += ["--kms-key", grant.kms_key_arn] if grant.kms_key_arn else []
    words += ["--region", grant.region] if grant.region and partition_of(grant.region) != "aws" else []
    for option, values in (("--source-ip", networks.ranges), ("--vpc", networks.vpcs)) if networks else ():
        words += [word for value in values for word in (option, value)]
    return shlex.join(words)


def networks_of(allowing: Sequence[Statement], asked: Asked) -> Networks | None:
    """Read from which networks these statements let objects be read or written; None where they name none.

    `asked` is a request for an object of the folder. A limit that somebody has set is not to be lost with the fix.
    """
    found: dict[tuple[str, str], list[str]] = {_SOURCE_IP: [], _SOURCE_VPC: []}
    for statement in allowing:
        about = any(action_matches(statement, one.action) for one in (Operation.READ, Operation.WRITE))
        if not about or resource_matches(statement, asked) is False:
            continue
        for operator, key, values in condition_parts(statement) or ():
            found.get((operator, key.lower()), []).extend(condition_texts(values) or ())
    try:
        networks = Networks(source_ips=tuple(found[_SOURCE_IP]), vpcs=tuple(dict.fromkeys(found[_SOURCE_VPC])))
    except PolicyError:
        return None
    return networks if networks.ranges or networks.vpcs else None
