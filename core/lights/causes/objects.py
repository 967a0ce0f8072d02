"""Causes that lie in single objects, or in how Write was tried."""

from __future__ import annotations

from ...needs import Operation
from ..states import State
from .links import RESTORING
from .row import Paste, Row, row

__all__ = ["OBJECTS", "unproven"]

_READ = (Operation.READ,)
_WRITE = (Operation.WRITE,)


def unproven(says: str, **more: object) -> Row:
    """Make the row of a Write that is not proven; `says` is why."""
    return row(
        "write-unproven",
        State.UNKNOWN,
        says,
        "Prove it by storing and deleting one test object, with this key in the environment:",
        paste=Paste.COMMAND,
        fix_without_paste="Prove it in the app (key p), or with `--write-probe real` in a check of this dataset.",
        command="bucketlight check {provable_uri} --needs list,read,write --write-probe real "
        "[--endpoint-url={endpoint}]",
        **more,  # type: ignore[arg-type]
    )


OBJECTS = (
    row(
        "archived-object",
        State.AMBER,
        "the objects that were tried are archived ({storage_class}) and cannot be read until they are restored.",
        "Restore them (`aws s3api restore-object`), or move what Lightly reads to another storage class.",
        codes="InvalidObjectState",
        operations=_READ,
        link=RESTORING,
    ),
    row(
        "object-vanished",
        State.UNKNOWN,
        "the objects that were listed are gone.",
        "Check again.",
        codes="NoSuchKey NoSuchVersion MethodNotAllowed",
        operations=_READ,
    ),
    row(
        "nothing-to-read",
        State.UNKNOWN,
        "the objects that were tried are empty, so there was no byte to read.",
        "Add a file with content, or correct the path.",
        codes="InvalidRange",
        operations=_READ,
    ),
    unproven(
        "{host} does not take a dry run ({code}).",
        codes="NotImplemented MethodNotAllowed InvalidDigest PreconditionFailed ConditionalRequestConflict",
        operations=_WRITE,
    ),
    unproven(
        "{host} answered the try with an error of its own ({code}); some servers do so to a dry run.",
        codes="InternalError",
        operations=_WRITE,
        server="other",
        retry=True,
    ),
)
