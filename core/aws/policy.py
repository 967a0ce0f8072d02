"""The least-privilege permission policy: what a principal needs under one prefix, and nothing beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import cast

from ..location import S3Location
from ..needs import OPERATIONS, Operation

__all__ = [
    "VERSION",
    "PolicyError",
    "key_actions",
    "key_place",
    "key_statement",
    "partition_of",
    "permission_policy",
    "statement_for",
    "statement_list",
    "to_json",
    "via_service",
]

VERSION = "2012-10-17"
"""The policy language that knows policy variables (IAM user guide, Version)."""

_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("eusc-", "aws-eusc"))
_OWN_DOMAINS = {"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"}
_KEY_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):kms:(?P<region>[a-z0-9-]+):\d{12}:key/[A-Za-z0-9-]+")
_LIGHTLY_FOLDER = ".lightly/"
_SPECIAL = re.compile(r"[*?$]")


class PolicyError(ValueError):
    """No policy can be written for what was asked; the text says why."""


def partition_of(region: str | None) -> str:
    """Name the AWS partition that a region belongs to; `aws` where no region is known (AWS General Reference, ARNs)."""
    return next((name for start, name in _PARTITIONS if region and region.startswith(start)), "aws")


def permission_policy(
    location: S3Location,
    operations: Collection[Operation],
    *,
    kms_key_arn: str | None = None,
    partition: str | None = None,
    region: str | None = None,
    delete: bool = False,
    lightly_folder_only: bool = False,
) -> dict[str, object]:
    """Write the IAM policy document that allows these operations under this location, and nothing else.

    The statements come in the order list, read, write, delete, key, whatever the order of `operations`. The partition
    follows from the region unless it is given; where no region is, a KMS key tells it. With `delete` what Write may
    store may be deleted too; without Write nothing may. With `lightly_folder_only` both are limited to the folder
    `.lightly/` under the location, where Lightly stores all that it makes (Lightly API, `purpose` LIGHTLY).

    Raises:
        PolicyError: without operations, for a directory bucket, for a prefix without its final slash, and for a KMS
            key that is not named by its key ARN or cannot serve a bucket in that region.
    """
    wanted = [operation for operation in OPERATIONS if operation in operations]
    if not wanted:
        raise PolicyError("A policy allows at least one operation: list, read or write.")
    _check(location)
    if kms_key_arn is not None and region is None and partition is None:
        partition = key_place(kms_key_arn)[0]
    stored = replace(location, prefix=location.prefix + _LIGHTLY_FOLDER) if lightly_folder_only else location
    statements = [
        statement_for(
            operation, stored if operation is Operation.WRITE else location, partition=partition, region=region
        )
        for operation in wanted
    ]
    if delete and Operation.WRITE in wanted:
        statements.append(_delete_statement(stored, partition=partition, region=region))
    if kms_key_arn is not None and (key := key_statement(kms_key_arn, wanted, partition=partition, region=region)):
        statements.append(key)
    return {"Version": VERSION, "Statement": statements}


def statement_for(
    operation: Operation,
    location: S3Location,
    *,
    partition: str | None = None,
    region: str | None = None,
) -> dict[str, object]:
    """Write the one statement that allows an operation under a location.

    List is asked of the bucket and narrowed by the prefix of the request; Read and Write are asked of objects
    (Service Authorization Reference, Amazon S3). Write comes with the right to abort an upload that it began.

    Raises:
        PolicyError: for a directory bucket, and for a prefix without its final slash.
    """
    _check(location)
    bucket = f"arn:{partition or partition_of(region)}:s3:::{_literal(location.bucket)}"
    below = _literal(location.prefix) + "*"
    match operation:
        case Operation.LIST:
            statement = _allow("ListPrefix", operation.action, bucket)
            if location.prefix:
                # "*" also stands for nothing, so this covers the prefix itself and all below it, and no neighbour.
                statement["Condition"] = {"StringLike": {"s3:prefix": below}}
            return statement
        case Operation.READ:
            return _allow("ReadPrefix", operation.action, f"{bucket}/{below}")
        case Operation.WRITE:
            return _allow("WritePrefix", [operation.action, "s3:AbortMultipartUpload"], f"{bucket}/{below}")


def _delete_statement(location: S3Location, *, partition: str | None, region: str | None) -> dict[str, object]:
    write = statement_for(Operation.WRITE, location, partition=partition, region=region)
    return write | {"Sid": "DeletePrefix", "Action": "s3:DeleteObject"}


def key_statement(
    kms_key_arn: str,
    operations: Collection[Operation],
    *,
    partition: str | None = None,
    region: str | None = None,
) -> dict[str, object] | None:
    """Write the statement that allows the use of a KMS key through S3 only; None where no operation uses the key.

    The key is in the bucket's region, so its ARN tells the region of S3.

    Raises:
        PolicyError: for an alias or anything else that is no key ARN, and for a key of another region or partition.
    """
    named = _key_parts(kms_key_arn)
    wanted_partition = partition or (partition_of(region) if region else named["partition"])
    if (region is not None and named["region"] != region) or named["partition"] != wanted_partition:
        raise PolicyError(
            f"The KMS key is in {named['region']} ({named['partition']}), but S3 takes only keys of the bucket's own "
            f"region, {region or wanted_partition}."
        )
    actions = key_actions(operations)
    if not actions:
        return None
    statement = _allow("UseKeyViaS3", actions if len(actions) > 1 else actions[0], kms_key_arn)
    statement["Condition"] = via_service(named["region"], named["partition"])
    return statement


def key_place(kms_key_arn: str) -> tuple[str, str]:
    """Read the partition and the region from the ARN of a KMS key.

    Raises:
        PolicyError: for an alias or anything else that is no key ARN.
    """
    named = _key_parts(kms_key_arn)
    return named["partition"], named["region"]


def key_actions(operations: Collection[Operation]) -> list[str]:
    """Name what these operations do with a KMS key, if anything.

    Read decrypts. Write makes a data key, and decrypts it for each further part of an upload (S3 user guide, SSE-KMS
    permissions).
    """
    actions = ["kms:Decrypt"] if {Operation.READ, Operation.WRITE} & set(operations) else []
    if Operation.WRITE in operations:
        actions.append("kms:GenerateDataKey")
    return actions


def via_service(region: str, partition: str) -> dict[str, object]:
    """Write the condition that a KMS key is used through S3 of this region only (KMS developer guide, kms:ViaService).

    KMS's documents know the usual form only. Where a partition has a domain of its own, both are named: both mean S3.
    """
    usual, own = f"s3.{region}.amazonaws.com", _OWN_DOMAINS.get(partition)
    return {"StringEquals": {"kms:ViaService": [usual, f"s3.{region}.{own}"] if own else usual}}


def statement_list(document: Mapping[str, object]) -> list[dict[str, object]]:
    """Give the statements of a document that was made here."""
    return cast("list[dict[str, object]]", document["Statement"])


def to_json(document: Mapping[str, object]) -> str:
    """Print a document: the same text for the same document, two blanks of indent, a newline at the end.

    Everything beyond ASCII is escaped: IAM takes no character above U+00FF (IAM API reference, PutUserPolicy).
    """
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _key_parts(kms_key_arn: str) -> re.Match[str]:
    named = _KEY_ARN.fullmatch(kms_key_arn)
    if named is None:
        raise PolicyError(
            "A policy names a KMS key by its key ARN, arn:aws:kms:REGION:ACCOUNT:key/KEY-ID; an alias does not work."
        )
    return named


def _allow(sid: str, action: str | list[str], resource: str) -> dict[str, object]:
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource}


def _literal(text: str) -> str:
    """Escape what a policy would take for a wildcard or a variable (IAM user guide, policy variables)."""
    return _SPECIAL.sub(lambda found: f"${{{found[0]}}}", text)


def _check(location: S3Location) -> None:
    if location.is_directory_bucket:
        raise PolicyError(
            f"{location.bucket} is a directory bucket (S3 Express One Zone): it has no permissions per prefix, "
            "only s3express:CreateSession on the whole bucket. Choose a general purpose bucket."
        )
    if location.prefix and not location.prefix.endswith("/"):
        raise PolicyError(f"The prefix {location.prefix} needs a slash at its end, or its neighbours would be opened.")
