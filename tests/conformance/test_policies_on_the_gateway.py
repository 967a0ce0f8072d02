"""Our permission policies on a server that really evaluates them: all inside works, all outside is refused.

The evaluator of the unit tests has to say the same of each request. So it is held to a second opinion, and what the
gateway cannot judge (wildcards in names) rests on it.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from gateway import Gateway
from plain_s3 import policy_text, s3_client
from policy_semantics import Request, allows
from policy_shapes import OTHER, SHAPES, Documents, Shape, Try, named, places_of, tries

from core.access import UserAccess
from core.aws.grants import Grant, Networks
from core.aws.statements import bucket_policies
from core.location import S3Location
from core.needs import OPERATIONS

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

pytestmark = [pytest.mark.rgw, pytest.mark.timeout(300)]


def make_buckets(gateway: Gateway, shape: Shape) -> str:
    """Make a bucket and another one, with the same objects in the folders in which requests are tried."""
    bucket = f"policies-{secrets.token_hex(4)}"
    for name in (bucket, bucket + OTHER):
        gateway.make_bucket(name)
        for place in places_of(shape.folder).values():
            for key in ("cat.jpg", "old"):
                gateway.s3.put_object(Bucket=name, Key=place + key, Body=b"picture")
    return bucket


def make_user(gateway: Gateway, name: str, shape: Shape) -> tuple[UserAccess, list[str]]:
    """Make a user with a shape's policies, and return its key and the policies' texts."""
    access, texts = gateway.make_user(name), []
    for number, document in enumerate(shape.documents(name)):
        texts.append(json.dumps(document))
        gateway.iam.put_user_policy(UserName=name, PolicyName=f"part-{number}", PolicyDocument=policy_text(document))
    return access, texts


def is_let_through(s3: S3Client, one: Try) -> bool:
    """Send a request; anything but an answer and a plain refusal fails the test."""
    try:
        one.send(s3)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
            raise
        return False
    return True


def as_policies_see(one: Try) -> Request:
    context = {"aws:SourceIp": "127.0.0.1"} | ({"s3:prefix": one.prefix} if one.prefix is not None else {})
    return Request(one.action, one.resource, context)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_all_inside_works_and_all_outside_is_refused(gateway: Gateway, shape: Shape) -> None:
    bucket = make_buckets(gateway, shape)
    access, texts = make_user(gateway, bucket, shape)
    s3 = s3_client(gateway.url, gateway.region, access)
    asked = tries(bucket, shape.folder)
    assert shape.inside <= {one.name for one in asked}
    assert {one.name for one in asked if allows(texts, as_policies_see(one))} == shape.inside
    assert {one.name for one in asked if is_let_through(s3, one)} == shape.inside


def test_a_policy_that_is_too_wide_would_be_noticed(gateway: Gateway) -> None:
    def too_wide(bucket: str) -> Documents:
        (document,) = SHAPES[0].documents(bucket)
        return (json.loads(json.dumps(document).replace("farm-animals/*", "farm-animals*")),)

    shape = Shape("too wide", too_wide, SHAPES[0].inside)
    bucket = make_buckets(gateway, shape)
    access, texts = make_user(gateway, bucket, shape)
    s3 = s3_client(gateway.url, gateway.region, access)
    asked = tries(bucket, shape.folder)
    more = named("list get head", "neighbour") | named("list", "half")
    assert {one.name for one in asked if allows(texts, as_policies_see(one))} == shape.inside | more
    assert {one.name for one in asked if is_let_through(s3, one)} == shape.inside | more


@pytest.mark.parametrize("networks", [None, Networks(source_ips=("203.0.113.0/24",))], ids=["anywhere", "elsewhere"])
def test_a_buckets_policy_lets_its_principal_in_and_nobody_else(gateway: Gateway, networks: Networks | None) -> None:
    shape = SHAPES[1]
    bucket = make_buckets(gateway, shape)
    users = {name: gateway.make_user(f"{bucket}-{name}") for name in ("anna", "bob")}
    grant = Grant(location=S3Location(bucket, shape.folder), operations=OPERATIONS)
    arn = gateway.arn_of(f"{bucket}-anna")
    for name, document in bucket_policies([grant], arn, partition="aws", networks=networks).items():
        gateway.put_bucket_policy(name, document)
    asked = tries(bucket, shape.folder)
    anna, bob = (s3_client(gateway.url, gateway.region, users[name]) for name in ("anna", "bob"))
    due = shape.inside if networks is None else named("list", "here below lightly")
    assert {one.name for one in asked if is_let_through(anna, one)} == due
    assert not {one.name for one in asked if is_let_through(bob, one)}
