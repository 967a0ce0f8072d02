"""What is sent to the platform, exactly, and what is read of its answers. Source: the Lightly API's schema.

Answers may hold more fields than these; what is sent holds no other. Secret fields are in no answer's model: the
platform masks them, and what it masked must never be written back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from ..access import Secret, UserAccess
from ..dataset import THUMBNAIL_SUFFIX, Datasource, Purpose
from ..needs import InputType
from .rules import external_id_problem, kms_key_problem, platform_region, region_problem, role_arn_problem

__all__ = [
    "CREATOR",
    "ApiError",
    "CreateAnswer",
    "CreatedDataset",
    "DatasetData",
    "DatasourceConfig",
    "DatasourceData",
    "NewDataset",
    "NewWorker",
    "RoleConfig",
    "UserKeyConfig",
    "Verification",
    "VerifyAnswer",
    "role_config",
    "to_json",
    "user_key_config",
]

CREATOR = "USER_PIP"
"""Who made a dataset, as the platform's clients outside its web app say it."""

_Id = Annotated[str, msgspec.Meta(pattern="^[a-f0-9]{24}$")]


class NewDataset(msgspec.Struct, frozen=True, kw_only=True):
    """The body that makes a dataset."""

    name: str
    type: InputType
    creator: str = CREATOR


class NewWorker(msgspec.Struct, frozen=True, kw_only=True):
    """The body that registers a Lightly Worker."""

    name: str
    worker_type: str = msgspec.field(default="FULL", name="workerType")
    labels: tuple[str, ...] = ()
    creator: str = CREATOR


class _Config(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    purpose: Purpose
    full_path: str = msgspec.field(name="fullPath")
    thumb_suffix: str | None = msgspec.field(name="thumbSuffix")
    region: str = msgspec.field(name="s3Region")
    kms_key_arn: str | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="s3ServerSideEncryptionKMSKey")


class UserKeyConfig(_Config, frozen=True, kw_only=True, tag="S3"):
    """A datasource that the platform reaches with an access key. Make it with `user_key_config`."""

    access_key_id: str = msgspec.field(name="s3AccessKeyId")
    secret_access_key: Secret = msgspec.field(name="s3SecretAccessKey")

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What of it must not be shown."""
        return (self.secret_access_key,)


class RoleConfig(_Config, frozen=True, kw_only=True, tag="S3DelegatedAccess"):
    """A datasource that the platform reaches by assuming a role. Make it with `role_config`."""

    role_arn: str = msgspec.field(name="s3ARN")
    external_id: Secret = msgspec.field(name="s3ExternalId")

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What of it must not be shown."""
        return (self.external_id,)


DatasourceConfig = UserKeyConfig | RoleConfig


def user_key_config(datasource: Datasource, access: UserAccess, *, thumbnails: bool) -> UserKeyConfig:
    """Make what the platform is told about a datasource with an access key.

    Raises:
        ValueError: a sentence, where the platform would not take it.
    """
    if access.session_token is not None:
        raise ValueError(
            "The platform needs a key that lasts, and this one is temporary: make an access key for an IAM user."
        )
    return UserKeyConfig(
        purpose=datasource.purpose,
        full_path=datasource.location.uri,
        thumb_suffix=THUMBNAIL_SUFFIX if thumbnails else None,
        region=_region(datasource),
        kms_key_arn=_kms_key(datasource),
        access_key_id=access.access_key_id,
        secret_access_key=access.secret_access_key,
    )


def role_config(datasource: Datasource, role_arn: str, external_id: Secret, *, thumbnails: bool) -> RoleConfig:
    """Make what the platform is told about a datasource with a role that it assumes.

    Raises:
        ValueError: a sentence, where the platform would not take it.
    """
    if problem := role_arn_problem(role_arn) or external_id_problem(external_id.reveal()):
        raise ValueError(problem)
    return RoleConfig(
        purpose=datasource.purpose,
        full_path=datasource.location.uri,
        thumb_suffix=THUMBNAIL_SUFFIX if thumbnails else None,
        region=_region(datasource),
        kms_key_arn=_kms_key(datasource),
        role_arn=role_arn,
        external_id=external_id,
    )


def _region(datasource: Datasource) -> str:
    if problem := region_problem(datasource.region):
        raise ValueError(problem)
    return platform_region(datasource.region)


def _kms_key(datasource: Datasource) -> str | msgspec.UnsetType:
    if datasource.kms_key_arn is None:
        return msgspec.UNSET
    if problem := kms_key_problem(datasource.kms_key_arn):
        raise ValueError(problem)
    return datasource.kms_key_arn


def to_json(body: msgspec.Struct) -> bytes:
    """Write a body as JSON, its secrets in clear: for the request only."""
    return msgspec.json.encode(body, enc_hook=_reveal)


def _reveal(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")


class DatasetData(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A dataset as the platform lists it. Times are in Unix milliseconds, sizes in bytes."""

    id: _Id
    name: str
    type: str
    user_id: str | None = None
    n_samples: int | None = None
    size_in_bytes: int | None = None
    created_at: int | None = None
    last_modified_at: int | None = None
    access_type: str | None = None

    @property
    def input_type(self) -> InputType | None:
        """Give the input type, or None for one that the setup does not offer (`Crops`)."""
        return next((kind for kind in InputType if kind.value == self.type), None)


class CreateAnswer(msgspec.Struct, frozen=True):
    """The answer to making a dataset or registering a worker, as it comes."""

    id: _Id


class CreatedDataset(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset that was just made. `answer_lost`: the platform's answer was lost, and it was found by its name."""

    dataset_id: str
    answer_lost: bool = False


class DatasourceData(msgspec.Struct, frozen=True, kw_only=True):
    """A datasource as the platform knows it, without its secrets."""

    type: str
    purpose: str
    full_path: str = msgspec.field(name="fullPath")
    thumb_suffix: str | None = msgspec.field(default=None, name="thumbSuffix")
    region: str | None = msgspec.field(default=None, name="s3Region")
    access_key_id: str | None = msgspec.field(default=None, name="s3AccessKeyId")
    role_arn: str | None = msgspec.field(default=None, name="s3ARN")
    kms_key_arn: str | None = msgspec.field(default=None, name="s3ServerSideEncryptionKMSKey")


class _VerifyTexts(msgspec.Struct, frozen=True, rename="camel"):
    can_list: str | None = None
    can_read: str | None = None
    can_write: str | None = None
    can_overwrite: str | None = None


class VerifyAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """The answer of the platform's verify, as it comes."""

    can_list: bool
    can_read: bool
    can_write: bool
    can_overwrite: bool
    errors: _VerifyTexts | None = None

    def texts(self) -> dict[str, str]:
        """Give what the platform says about each thing that failed, under list, read, write and overwrite."""
        found = self.errors or _VerifyTexts()
        pairs = {
            "list": found.can_list,
            "read": found.can_read,
            "write": found.can_write,
            "overwrite": found.can_overwrite,
        }
        return {word: text for word, text in pairs.items() if text}


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform can do with a dataset's datasource, by its own trial.

    `errors` has its words for what failed, redacted, under `list`, `read`, `write` and `overwrite`.
    """

    can_list: bool
    can_read: bool
    can_write: bool
    can_overwrite: bool
    errors: Mapping[str, str]


class ApiError(msgspec.Struct, frozen=True, rename="camel"):
    """The platform's own form of an error."""

    code: Annotated[str, msgspec.Meta(pattern="^[A-Z][A-Z0-9_]*$")]
    error: str
    request_id: str | None = None
