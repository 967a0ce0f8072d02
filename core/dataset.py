"""The dataset that is set up: its name on the platform, and the datasources that it reads from and writes to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from .access import AccessKind, CredentialSource, SourceKind
from .location import S3Location
from .needs import OPERATIONS, Needs, Operation

__all__ = ["THUMBNAIL_SUFFIX", "Dataset", "Datasource", "Purpose", "is_role_arn"]

THUMBNAIL_SUFFIX = ".lightly/thumbnails/[filename]_thumb.[extension]"
"""Where the platform puts thumbnails, under the datasource's folder (Lightly API, `thumbSuffix`)."""

_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/(?:[!-~]{1,510}/)?[A-Za-z0-9_+=,.@-]{1,64}")


def is_role_arn(text: str) -> bool:
    """Tell whether a text is the ARN of a role, of any partition, with or without a path (IAM API, Role)."""
    return _ROLE_ARN.fullmatch(text) is not None


class Purpose(StrEnum):
    """What the platform uses a datasource for (Lightly API, `purpose`)."""

    INPUT = "INPUT"
    LIGHTLY = "LIGHTLY"
    INPUT_OUTPUT = "INPUT_OUTPUT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Datasource:
    """A location, the access to it and its purpose. It holds no secret: `credentials` says where that is.

    With delegated access `role_arn` is the role that Lightly assumes; its external ID is kept in the keyring, and
    `credentials` may name an AWS profile that can assume the role as well, for checks from this machine.
    """

    purpose: Purpose
    location: S3Location
    region: str
    access: AccessKind
    access_key_id: str | None
    credentials: CredentialSource
    endpoint_url: str | None = None
    kms_key_arn: str | None = None
    role_arn: str | None = None

    @property
    def in_keyring(self) -> bool:
        """Tell whether the keyring keeps a secret of it: a key that lies nowhere else, or a role's external ID."""
        return self.access is AccessKind.DELEGATED or self.credentials.kind is SourceKind.KEYRING


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A dataset of the Lightly platform, as this machine knows it. `dataset_id` is the platform's.

    `restricted`: who may read is limited to an IP range or a VPC, and the Lightly Worker runs inside it (with
    `bypass_verify`). Lightly itself is outside of it, so red lights of the platform can be right.
    """

    name: str
    dataset_id: str | None
    needs: Needs
    platform_url: str
    datasources: tuple[Datasource, ...]
    restricted: bool = False

    def required(self, datasource: Datasource) -> tuple[Operation, ...]:
        """Name the operations that this datasource must allow (Lightly API, `purpose`)."""
        match datasource.purpose:
            case Purpose.INPUT:
                return OPERATIONS[:2]
            case Purpose.LIGHTLY:
                return OPERATIONS
            case Purpose.INPUT_OUTPUT:
                return self.needs.operations
