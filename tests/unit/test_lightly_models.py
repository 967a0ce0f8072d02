from __future__ import annotations

import json

import msgspec
import pytest

from core.access import AccessKind, CredentialSource, Secret, SourceKind, UserAccess
from core.dataset import Datasource, Purpose
from core.lightly.models import (
    DatasetData,
    DatasourceData,
    NewDataset,
    NewWorker,
    VerifyAnswer,
    role_config,
    to_json,
    user_key_config,
)
from core.location import S3Location
from core.needs import InputType

KEY_ID = "AKIAEXAMPLE000000001"
KEY = "canary-secret-key"
KMS = "arn:aws:kms:eu-central-1:111122223333:key/abc"
ROLE = "arn:aws:iam::111122223333:role/lightly"


def _datasource(
    purpose: Purpose = Purpose.INPUT_OUTPUT, region: str = "eu-central-1", kms: str | None = None
) -> Datasource:
    return Datasource(
        purpose=purpose,
        location=S3Location("datalake", "farm/"),
        region=region,
        access=AccessKind.USER,
        access_key_id=KEY_ID,
        credentials=CredentialSource(SourceKind.KEYRING),
        kms_key_arn=kms,
    )


def _access(token: Secret | None = None) -> UserAccess:
    return UserAccess(KEY_ID, Secret(KEY), token)


def test_a_users_key_is_sent_with_exactly_the_fields_of_the_platform() -> None:
    body = to_json(user_key_config(_datasource(), _access(), thumbnails=True))
    assert json.loads(body) == {
        "type": "S3",
        "purpose": "INPUT_OUTPUT",
        "fullPath": "s3://datalake/farm/",
        "thumbSuffix": ".lightly/thumbnails/[filename]_thumb.[extension]",
        "s3Region": "eu-central-1",
        "s3AccessKeyId": KEY_ID,
        "s3SecretAccessKey": KEY,
    }


def test_a_role_is_sent_with_exactly_the_fields_of_the_platform() -> None:
    config = role_config(_datasource(Purpose.INPUT, kms=KMS), ROLE, Secret("external-id-1"), thumbnails=False)
    assert json.loads(to_json(config)) == {
        "type": "S3DelegatedAccess",
        "purpose": "INPUT",
        "fullPath": "s3://datalake/farm/",
        "thumbSuffix": None,
        "s3Region": "eu-central-1",
        "s3ServerSideEncryptionKMSKey": KMS,
        "s3ARN": ROLE,
        "s3ExternalId": "external-id-1",
    }


def test_a_government_region_is_spelled_as_the_platform_does() -> None:
    config = user_key_config(_datasource(region="us-gov-east-1"), _access(), thumbnails=False)
    assert json.loads(to_json(config))["s3Region"] == "us-gov-east"


def test_a_new_dataset_names_its_creator() -> None:
    body = to_json(NewDataset(name="farm", type=InputType.VIDEOS))
    assert json.loads(body) == {"name": "farm", "type": "Videos", "creator": "USER_PIP"}


def test_a_new_worker_is_a_full_one_and_names_its_creator() -> None:
    body = json.loads(to_json(NewWorker(name="barn-1")))
    assert body == {"name": "barn-1", "workerType": "FULL", "labels": [], "creator": "USER_PIP"}


def test_a_config_shows_no_secret() -> None:
    user = user_key_config(_datasource(), _access(), thumbnails=True)
    role = role_config(_datasource(), ROLE, Secret(KEY), thumbnails=True)
    assert KEY not in f"{user!r} {user} {role!r} {role}"


def test_what_the_platform_would_refuse_is_not_made() -> None:
    with pytest.raises(ValueError, match="cn-north-1"):
        user_key_config(_datasource(region="cn-north-1"), _access(), thumbnails=True)
    with pytest.raises(ValueError, match="KMS"):
        user_key_config(_datasource(kms="alias/x"), _access(), thumbnails=True)
    with pytest.raises(ValueError, match="ARN of a role"):
        role_config(_datasource(), "arn:aws:iam::1:user/x", Secret("external-id-1"), thumbnails=True)
    with pytest.raises(ValueError, match="external ID") as caught:
        role_config(_datasource(), ROLE, Secret("tooshort"), thumbnails=True)
    assert "tooshort" not in str(caught.value)


def test_a_temporary_key_is_not_given_to_the_platform() -> None:
    with pytest.raises(ValueError, match="temporary"):
        user_key_config(_datasource(), _access(Secret("session")), thumbnails=True)


def test_answers_may_hold_fields_that_are_new() -> None:
    found = msgspec.json.decode(
        b'{"id":"0123456789abcdef01234567","name":"farm","type":"Crops","brandNew":[1,{"a":null}]}', type=DatasetData
    )
    assert found.name == "farm"
    assert found.input_type is None


def test_an_id_that_is_none_is_not_accepted() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"id":"../users","name":"farm","type":"Images"}', type=DatasetData)


def test_what_a_get_masked_cannot_be_held() -> None:
    masked = {"type": "S3", "purpose": "INPUT", "fullPath": "s3://b/", "s3SecretAccessKey": "*****"}
    found = msgspec.json.decode(json.dumps(masked).encode(), type=DatasourceData)
    assert b"*****" not in msgspec.json.encode(found)


def test_verify_names_what_failed() -> None:
    answer = msgspec.json.decode(
        b'{"canRead":true,"canWrite":false,"canList":true,"canOverwrite":false,'
        b'"errors":{"canWrite":"no","canOverwrite":null,"canFly":"new"}}',
        type=VerifyAnswer,
    )
    assert answer.texts() == {"write": "no"}
