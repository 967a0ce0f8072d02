"""Causes that lie in single objects, or in how Write was tried."""

from __future__ import annotations

from ...needs import Operation
from ..states import State
from .links import RESTORING
from .row import Paste, row

__all__ = ["OBJECTS"]

_READ = (Operation.READ,)
_WRITE = (Operation.WRITE,)
_PROVE = "Prove it by storing and deleting one test object, with this key in the environment:"

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
    row(
        "write-unproven",
        State.UNKNOWN,
        "{host} does not take a dry run ({code}).",
        _PROVE,
        codes="NotImplemented MethodNotAllowed InvalidDigest PreconditionFailed ConditionalRequestConflict",
        operations=_WRITE,
        paste=Paste.COMMAND,
        command="{prove}",
    ),
    row(
        "write-unproven",
        State.UNKNOWN,
        "{host} answered the try with an error of its own ({code}); some servers do so to a dry run.",
        _PROVE,
        codes="InternalError",
        operations=_WRITE,
        server="other",
        retry=True,
        paste=Paste.COMMAND,
        command="{prove}",
    ),
)
