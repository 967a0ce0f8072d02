"""Causes that lie in single objects, or in how Write was tried."""

from __future__ import annotations

from ...needs import Operation
from ..states import State
from .row import S3, row

__all__ = ["OBJECTS"]

OBJECTS = (
    row(
        "archived-object",
        State.AMBER,
        "the objects that were tried are archived ({storage_class}) and cannot be read until they are restored.",
        "Restore them (`aws s3api restore-object`), or move what Lightly reads to another storage class.",
        codes="InvalidObjectState",
        operations=(Operation.READ,),
        link=f"{S3}/userguide/restoring-objects.html",
    ),
    row(
        "object-vanished",
        State.UNKNOWN,
        "the objects that were listed are gone.",
        "Check again.",
        codes="NoSuchKey",
        operations=(Operation.READ,),
    ),
    row(
        "write-unproven",
        State.UNKNOWN,
        "{host} does not take a dry run.",
        "Prove it by storing and deleting one test object, with `--write-probe real` in place of a dry run.",
        codes="NotImplemented MethodNotAllowed",
        operations=(Operation.WRITE,),
    ),
)
