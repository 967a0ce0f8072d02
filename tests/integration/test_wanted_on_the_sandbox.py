"""What is wanted, made as it is written down: who may assume the role, and what role and user may then do."""

from __future__ import annotations

import datetime
import json
import os
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
import sandbox_fixtures
from botocore.config import Config
from botocore.exceptions import ClientError

from core.access import AccessKind, Secret, UserAccess
from core.aws.grants import Grant, Networks
from core.aws.statements import SESSION_SECONDS
from core.location import S3Location
from core.needs import OPERATIONS
from core.provision.wanted import Wanted
from core.sandbox import Sandbox

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LIST, READ, WRITE = OPERATIONS
EXTERNAL_ID = Secret("lightly-the-right-one-0123")
ISOLATED = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
FOLDERS = ("projects/farm-animals/", "a*b/", "a?b/", "${x}/", "${aws:username}/", "$/", "Kühe + 日本/")


box = sandbox_fixtures.box


def client(box: Sandbox, service: str, access: UserAccess) -> Any:
    session = boto3.Session(botocore_session=botocore.session.Session(session_vars=ISOLATED))
    return session.client(  # type: ignore[call-overload]
        service,
        endpoint_url=box.s3_url,
        region_name=box.region,
        aws_access_key_id=access.access_key_id,
        aws_secret_access_key=access.secret_access_key.reveal(),
        aws_session_token=access.session_token.reveal() if access.session_token else None,
        config=Config(proxies={}, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


def is_refused(call: Callable[..., object], *arguments: Any, **parameters: Any) -> bool:
    """Tell whether a call is refused; any other error fails the test."""
    try:
        call(*arguments, **parameters)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
            raise
        return True
    return False


def wanted(box: Sandbox, access: AccessKind, folder: str, networks: Networks | None = None) -> Wanted:
    """Say that a new principal may list, read and write in a folder of the sandbox's bucket."""
    return Wanted(
        access=access,
        dataset=f"made {secrets.token_hex(4)}",
        grants=(Grant(location=S3Location(box.bucket, folder), operations=OPERATIONS, region=box.region),),
        external_id=EXTERNAL_ID if access is AccessKind.DELEGATED else None,
        networks=networks,
        made_on=datetime.date(2026, 11, 22),
    )


def make_role(box: Sandbox, wish: Wanted) -> str:
    """Make a role as it is written down, with the administrator's hands, and return its ARN."""
    iam = client(box, "iam", box.admin)
    made = iam.create_role(
        RoleName=wish.name, AssumeRolePolicyDocument=json.dumps(wish.trust()), MaxSessionDuration=SESSION_SECONDS
    )
    policy = wish.policy()
    iam.put_role_policy(RoleName=wish.name, PolicyName=policy.name, PolicyDocument=json.dumps(policy.document))
    arn: str = made["Role"]["Arn"]
    return arn


def make_user(box: Sandbox, wish: Wanted) -> UserAccess:
    """Make a user as it is written down, with the administrator's hands, and return its key."""
    iam = client(box, "iam", box.admin)
    iam.create_user(UserName=wish.name)
    policy = wish.policy()
    iam.put_user_policy(UserName=wish.name, PolicyName=policy.name, PolicyDocument=json.dumps(policy.document))
    key = iam.create_access_key(UserName=wish.name)["AccessKey"]
    return UserAccess(key["AccessKeyId"], Secret(key["SecretAccessKey"]))


def assume(box: Sandbox, who: UserAccess, role: str, **more: Any) -> UserAccess:
    keys = client(box, "sts", who).assume_role(RoleArn=role, RoleSessionName="test", **more)["Credentials"]
    return UserAccess(keys["AccessKeyId"], Secret(keys["SecretAccessKey"]), Secret(keys["SessionToken"]))


def assert_only_the_folder_is_open(box: Sandbox, access: UserAccess, folder: str) -> None:
    """Try everything in the folder and around it."""
    bucket, neighbour = box.bucket, f"{folder[:-1]}-secret/"
    admin = client(box, "s3", box.admin)
    for key in (f"{folder}cat.jpg", f"{neighbour}cat.jpg", "cat.jpg"):
        admin.put_object(Bucket=bucket, Key=key, Body=b"picture")
    s3: S3Client = client(box, "s3", access)
    assert s3.list_objects_v2(Bucket=bucket, Prefix=folder)["KeyCount"] > 0
    assert s3.get_object(Bucket=bucket, Key=f"{folder}cat.jpg")["Body"].read() == b"picture"
    s3.put_object(Bucket=bucket, Key=f"{folder}new", Body=b"1")
    assert is_refused(s3.delete_object, Bucket=bucket, Key=f"{folder}cat.jpg")
    assert is_refused(s3.put_object_acl, Bucket=bucket, Key=f"{folder}cat.jpg", ACL="public-read")
    assert is_refused(s3.put_bucket_policy, Bucket=bucket, Policy='{"Version":"2012-10-17","Statement":[]}')
    assert is_refused(s3.list_objects_v2, Bucket=bucket)
    for prefix in (neighbour, folder[:-1], folder.rpartition("/")[0].rpartition("/")[0], "axb/", "anna/"):
        assert is_refused(s3.list_objects_v2, Bucket=bucket, Prefix=prefix), prefix
    for key in (f"{neighbour}cat.jpg", "cat.jpg", "axb/cat.jpg", "ab/cat.jpg"):
        assert is_refused(s3.get_object, Bucket=bucket, Key=key), key
        assert is_refused(s3.put_object, Bucket=bucket, Key=key, Body=b"1"), key


# --- who may assume the role ---


def test_lightly_assumes_the_role_with_the_right_external_id_for_twelve_hours(box: Sandbox) -> None:
    role = make_role(box, wanted(box, AccessKind.DELEGATED, box.prefix))
    right = {"ExternalId": EXTERNAL_ID.reveal()}
    assert assume(box, box.world.lightly, role, **right).session_token
    assert assume(box, box.world.lightly, role, DurationSeconds=43_200, **right).session_token


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"ExternalId": "lightly-a-wrong-one-0123"},
        {"ExternalId": EXTERNAL_ID.reveal().upper()},
        {"ExternalId": EXTERNAL_ID.reveal() + "0"},
        {"ExternalId": EXTERNAL_ID.reveal()[:-1]},
    ],
    ids=["missing", "wrong", "other letters' case", "longer", "shorter"],
)
def test_with_another_external_id_or_none_the_role_stays_closed(box: Sandbox, more: dict[str, str]) -> None:
    role = make_role(box, wanted(box, AccessKind.DELEGATED, box.prefix))
    assert is_refused(assume, box, box.world.lightly, role, **more)


def test_nobody_but_lightlys_account_assumes_the_role(box: Sandbox) -> None:
    role = make_role(box, wanted(box, AccessKind.DELEGATED, box.prefix))
    for who in (box.writer, box.reader):
        assert is_refused(assume, box, who, role, ExternalId=EXTERNAL_ID.reveal())


# --- what user and role may do ---


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_user_reaches_its_folder_whatever_its_name_and_nothing_else(box: Sandbox, folder: str) -> None:
    assert_only_the_folder_is_open(box, make_user(box, wanted(box, AccessKind.USER, folder)), folder)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_role_reaches_its_folder_whatever_its_name_and_nothing_else(box: Sandbox, folder: str) -> None:
    role = make_role(box, wanted(box, AccessKind.DELEGATED, folder))
    session = assume(box, box.world.lightly, role, ExternalId=EXTERNAL_ID.reveal())
    assert_only_the_folder_is_open(box, session, folder)


@pytest.mark.parametrize(
    ("networks", "opens"),
    [
        (Networks(source_ips=("127.0.0.0/8",)), True),
        (Networks(source_ips=("127.0.0.0/8",), vpcs=("vpc-0a1b2c3d",)), True),
        (Networks(source_ips=("203.0.113.0/24",)), False),
        (Networks(vpcs=("vpc-0a1b2c3d",)), False),
    ],
    ids=["here", "here or a VPC", "elsewhere", "a VPC"],
)
def test_from_outside_the_networks_only_list_works(box: Sandbox, networks: Networks, opens: bool) -> None:
    access = make_user(box, wanted(box, AccessKind.USER, box.prefix, networks))
    s3: S3Client = client(box, "s3", access)
    assert s3.list_objects_v2(Bucket=box.bucket, Prefix=box.prefix)["KeyCount"] > 0
    key = box.world.objects[0]
    assert is_refused(s3.get_object, Bucket=box.bucket, Key=key) is not opens
    assert is_refused(s3.put_object, Bucket=box.bucket, Key=f"{box.prefix}new", Body=b"1") is not opens
