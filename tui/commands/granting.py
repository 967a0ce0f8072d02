"""What is allowed where, from the options of `grant_options`: the same for every command that has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.aws.granting import Place, check_wishes, grants_for
from core.aws.grants import Grant, Networks
from core.location import S3Location
from core.needs import OPERATIONS, Operation

from .common import parse_location, remark
from .operations import parse_operations

__all__ = ["GrantOptions", "grants_of", "networks_of"]

FindRegion = Callable[[S3Location], str]
"""Finds the region of a bucket, or ends the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantOptions:
    """The options as they were typed."""

    needs: str | None
    delete: bool
    write_only_lightly: bool
    kms_key: str | None
    output_uri: str | None
    output_kms_key: str | None
    source_ips: tuple[str, ...]
    vpcs: tuple[str, ...]
    region: str | None


def grants_of(options: GrantOptions, location: S3Location, *, find: FindRegion | None = None) -> tuple[Grant, ...]:
    """Say what is allowed under `location`, and in the output where there is one.

    A region that was not given is asked of `find`, where there is one, after all else was seen to.

    Raises:
        WishError, PolicyError: for what contradicts itself.
    """
    operations = parse_operations(options.needs) if options.needs is not None else OPERATIONS
    output = parse_location(options.output_uri) if options.output_uri is not None else None
    check_wishes(
        operations,
        has_output=output is not None,
        delete=options.delete,
        lightly_folder_only=options.write_only_lightly,
        output_kms_key_arn=options.output_kms_key,
    )

    def grants(region: str | None, output_region: str | None) -> tuple[Grant, ...]:
        return grants_for(
            Place(location=location, region=region, kms_key_arn=options.kms_key),
            operations,
            output=Place(location=output, region=output_region, kms_key_arn=options.output_kms_key) if output else None,
            delete=options.delete,
            lightly_folder_only=options.write_only_lightly,
        )

    found = grants(options.region, None)
    if options.needs is not None and output is not None and Operation.WRITE in operations:
        remark(f"Write is allowed in {output.uri} only: an input beside an output is never written to.")
    if find is None:
        return found
    region = options.region or find(location)
    elsewhere = output is not None and output.bucket != location.bucket
    return grants(region, find(output) if output is not None and elsewhere else None)


def networks_of(options: GrantOptions) -> Networks | None:
    """Read from where objects may be read and written, or None for everywhere.

    Raises:
        PolicyError: for what is no IP range or no VPC.
    """
    if not (options.source_ips or options.vpcs):
        return None
    return Networks(source_ips=options.source_ips, vpcs=options.vpcs)
