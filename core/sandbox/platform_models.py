"""What the sandbox's Lightly platform takes: the fields, bounds and patterns of the platform's REST API.

They are written down here a second time, on purpose: were they shared with the client, both would be wrong together.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

__all__ = [
    "AccessBody",
    "DatasetBody",
    "DatasetUpdateBody",
    "DatasourceConfig",
    "DelegatedAccessConfig",
    "UserAccessConfig",
    "WorkerBody",
    "masked",
]

Creator = Literal["UNKNOWN", "USER_WEBAPP", "USER_PIP", "USER_PIP_LIGHTLY_MAGIC", "USER_WORKER"]
PurposeName = Literal["INPUT", "LIGHTLY", "INPUT_OUTPUT"]
Region = Literal[
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "af-south-1", "ap-east-1", "ap-south-1", "ap-south-2",
    "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-northeast-1", "ap-northeast-2",
    "ap-northeast-3", "ca-central-1", "cn-northwest-1", "eu-central-1", "eu-central-2", "eu-west-1", "eu-west-2",
    "eu-west-3", "eu-south-1", "eu-south-2", "eu-north-1", "me-south-1", "me-central-1", "sa-east-1", "us-gov-east",
    "us-gov-west",
]  # fmt: skip

DatasetName = Annotated[str, msgspec.Meta(min_length=3, pattern=r"^[a-zA-Z0-9][a-zA-Z0-9 _-]+\Z")]
ObjectId = Annotated[str, msgspec.Meta(pattern=r"^[a-f0-9]{24}\Z")]
Email = Annotated[str, msgspec.Meta(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+\Z")]
FullPath = Annotated[str, msgspec.Meta(pattern=r"^s3://[a-zA-Z0-9][a-zA-Z0-9._-]{1,253}[a-zA-Z0-9](/.*)?\Z")]
NonEmpty = Annotated[str, msgspec.Meta(min_length=1)]
ExternalId = Annotated[str, msgspec.Meta(min_length=10, pattern=r"^[a-zA-Z0-9_+=,.@:\/-]+\Z")]
RoleArn = Annotated[str, msgspec.Meta(pattern=r"^arn:aws:iam::[0-9]{12}:role.+\Z")]
KmsKeyArn = Annotated[str, msgspec.Meta(pattern=r"^arn:aws:kms:[a-zA-Z0-9-]*:[0-9]{12}:key.+\Z")]

_MASK = "********"
_MASKED_FIELDS = ("s3SecretAccessKey", "s3ExternalId")


class DatasetBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /v1/datasets`."""

    name: DatasetName
    type: Literal["Images", "Videos", "Crops"] = "Images"
    imgType: Literal["full", "thumbnail", "meta"] | None = None  # noqa: N815 - the API's spelling, here and below
    creator: Creator = "UNKNOWN"
    parentDatasetId: ObjectId | None = None  # noqa: N815


class DatasetUpdateBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `PUT /v1/datasets/{id}`."""

    name: DatasetName


class UserAccessConfig(
    msgspec.Struct, tag_field="type", tag="S3", forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """A datasource that is reached with a user's access key."""

    purpose: PurposeName
    fullPath: FullPath  # noqa: N815
    thumbSuffix: str | None = None  # noqa: N815
    s3Region: Region  # noqa: N815
    s3AccessKeyId: NonEmpty  # noqa: N815
    s3SecretAccessKey: NonEmpty  # noqa: N815
    s3ServerSideEncryptionKMSKey: KmsKeyArn | None = None  # noqa: N815

    def __repr__(self) -> str:
        return f"UserAccessConfig({self.purpose}, {self.fullPath})"


class DelegatedAccessConfig(
    msgspec.Struct,
    tag_field="type",
    tag="S3DelegatedAccess",
    forbid_unknown_fields=True,
    kw_only=True,
    omit_defaults=True,
):
    """A datasource that is reached by assuming a role."""

    purpose: PurposeName
    fullPath: FullPath  # noqa: N815
    thumbSuffix: str | None = None  # noqa: N815
    s3Region: Region  # noqa: N815
    s3ARN: RoleArn  # noqa: N815
    s3ExternalId: ExternalId  # noqa: N815
    s3ServerSideEncryptionKMSKey: KmsKeyArn | None = None  # noqa: N815

    def __repr__(self) -> str:
        return f"DelegatedAccessConfig({self.purpose}, {self.fullPath})"


DatasourceConfig = UserAccessConfig | DelegatedAccessConfig


class AccessBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /v1/datasets/{id}/collaboration/access`."""

    accessType: Literal["WRITE"]  # noqa: N815
    users: list[Email]
    teams: list[str] = []
    creator: Creator = "UNKNOWN"


class WorkerBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /v1/docker/worker`."""

    name: Annotated[str, msgspec.Meta(min_length=3)]
    workerType: Literal["FULL"]  # noqa: N815
    labels: list[str]
    creator: Creator = "UNKNOWN"


def masked(config: DatasourceConfig) -> dict[str, Any]:
    """Write a datasource down as a GET shows it: what is secret is masked."""
    shown: dict[str, Any] = msgspec.to_builtins(config)
    return {name: _MASK if name in _MASKED_FIELDS else value for name, value in shown.items()}
