"""Which grant each folder gets, from what a person wishes: the same rules for every way to say it. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..location import S3Location
from ..needs import OPERATIONS, Operation
from .grants import Grant
from .policy import PolicyError, key_place

__all__ = ["Place", "WishError", "check_wishes", "grants_for"]


class WishError(PolicyError):
    """What is wished for says nothing, or contradicts itself; the text says why.

    `cause` is `delete-without-write`, `folder-without-write`, `key-without-output`, `output-is-input` or
    `nothing-in-input`.
    """

    def __init__(self, cause: str, sentence: str) -> None:
        super().__init__(sentence)
        self.cause = cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder, its bucket's region where that is known, and the KMS key that encrypts there, or None."""

    location: S3Location
    region: str | None = None
    kms_key_arn: str | None = None


def grants_for(
    place: Place,
    operations: Collection[Operation] = OPERATIONS,
    *,
    output: Place | None = None,
    delete: bool = False,
    lightly_folder_only: bool = False,
) -> tuple[Grant, ...]:
    """Say what is allowed in the input's folder, and in the output's where Lightly writes to another one.

    An input beside an output is never written to. The output gets List, Read and Write (Lightly's docs, a different
    output datasource). `delete` and `lightly_folder_only` hold where Write does, and nowhere else. Each place has its
    own key. Two folders of one bucket have one region; where none is known a key tells it.

    Raises:
        WishError: where nothing would be allowed in the input, or the output is the input.
        PolicyError: for a key that is not named by its key ARN.
    """
    if output is None:
        return (_grant(place, operations, delete=delete, lightly_folder_only=lightly_folder_only),)
    if output.location == place.location:
        raise WishError("output-is-input", "The output is the folder of the input.")
    only_read = [each for each in operations if each is not Operation.WRITE]
    if not only_read:
        raise WishError(
            "nothing-in-input", "An input beside an output is never written to, so nothing would be allowed in it."
        )
    source = _grant(place, only_read)
    shared = source.region if output.location.bucket == place.location.bucket else None
    stored = _grant(output, OPERATIONS, region=shared, delete=delete, lightly_folder_only=lightly_folder_only)
    return (source, stored)


def check_wishes(
    operations: Collection[Operation],
    *,
    has_output: bool,
    delete: bool = False,
    lightly_folder_only: bool = False,
    output_kms_key_arn: str | None = None,
) -> None:
    """See that nothing was wished for in vain: it would be left out, and somebody believes that it holds.

    Raises:
        WishError: where something was.
    """
    if not has_output and output_kms_key_arn is not None:
        raise WishError("key-without-output", "There is no output that this key could encrypt.")
    if has_output or Operation.WRITE in operations:
        return
    if delete:
        raise WishError("delete-without-write", "Only what Write stores can be deleted, and nothing may be written.")
    if lightly_folder_only:
        raise WishError(
            "folder-without-write",
            "Only what Write stores can be kept to the folder .lightly/, and nothing may be written.",
        )


def _grant(
    place: Place,
    operations: Collection[Operation],
    *,
    region: str | None = None,
    delete: bool = False,
    lightly_folder_only: bool = False,
) -> Grant:
    of_key = key_place(place.kms_key_arn)[1] if place.kms_key_arn else None
    writes = Operation.WRITE in operations
    return Grant(
        location=place.location,
        operations=tuple(each for each in OPERATIONS if each in operations),
        region=place.region or region or of_key,
        kms_key_arn=place.kms_key_arn,
        delete=delete and writes,
        lightly_folder_only=lightly_folder_only and writes,
    )
