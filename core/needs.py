"""What the user will do with the data, and which S3 operations follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["OPERATIONS", "InputType", "Needs", "Operation"]


class Operation(StrEnum):
    """One of the three things that Lightly does in a bucket; each has a light."""

    LIST = "list"
    READ = "read"
    WRITE = "write"

    @property
    def action(self) -> str:
        """The IAM action that allows it (Service Authorization Reference, Amazon S3)."""
        return {"list": "s3:ListBucket", "read": "s3:GetObject", "write": "s3:PutObject"}[self.value]


OPERATIONS = (Operation.LIST, Operation.READ, Operation.WRITE)


class InputType(StrEnum):
    """The input type of a dataset, spelled as the platform's API spells it."""

    IMAGES = "Images"
    VIDEOS = "Videos"


@dataclass(frozen=True, slots=True)
class Needs:
    """What the user will do. List and Read follow always; Write only from what stores something.

    The last two change the permission policy only, and no light. `delete` adds `s3:DeleteObject`, which Lightly's
    newer page asks for. `lightly_folder_only` limits Write to the folder `.lightly/`, where Lightly stores all that it
    makes (Lightly API, `purpose` LIGHTLY).
    """

    input_type: InputType = InputType.IMAGES
    object_level: bool = False
    thumbnails: bool = False
    delete: bool = False
    lightly_folder_only: bool = False

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operations that are needed, in the order list, read, write."""
        return OPERATIONS if self.reasons(Operation.WRITE) else OPERATIONS[:2]

    def reasons(self, operation: Operation) -> tuple[str, ...]:
        """Say why an operation is needed, a phrase for each reason; empty where it is not needed."""
        if operation is Operation.LIST:
            return ("to find the files in your folder",)
        if operation is Operation.READ:
            return ("to process the files, and to show them in the web app",)
        writers = (
            (self.input_type is InputType.VIDEOS, "frames taken from videos are stored"),
            (self.object_level, "the object-level workflow stores crops"),
            (self.thumbnails, "the Lightly Worker stores thumbnails"),
        )
        return tuple(reason for applies, reason in writers if applies)
