"""IAM in the sandbox is as truthful as AWS's where users and roles are made, and taken back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import sandbox_fixtures
from botocore.exceptions import ClientError

from core.access import Secret, UserAccess
from core.aws.session import Clients
from core.sandbox.sandbox import Sandbox

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
OTHER = "arn:aws:iam::aws:policy/ReadOnlyAccess"


box = sandbox_fixtures.box


@pytest.fixture
def iam(box: Sandbox) -> IAMClient:
    return Clients(may_change=True).iam(box.admin, region=box.region, endpoint_url=box.s3_url)


def policy(length: int) -> str:
    """Write a policy of so many characters; blanks do not count."""
    text = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]},
        separators=(",", ":"),
    )
    padded = text.replace('"*"', f'"arn:aws:s3:::{"b" * (length - len(text) - 12)}"')
    assert len(padded) == length
    return f"  {padded}\n"


def trust() -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::916419735646:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "lightly-0123456789"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def code(refused: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    answer = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


@pytest.mark.parametrize(("own", "refused"), [(True, False), (False, True)])
def test_a_bucket_is_refused_where_another_account_is_expected_to_own_it(
    box: Sandbox, own: bool, refused: bool
) -> None:
    s3 = Clients(may_change=True).s3(box.admin, region=box.region, endpoint_url=box.s3_url)
    owner = box.world.account_id if own else "123456789012"
    if not refused:
        assert s3.head_bucket(Bucket=box.bucket, ExpectedBucketOwner=owner)["BucketRegion"] == box.region
        return
    with pytest.raises(ClientError) as error:
        s3.head_bucket(Bucket=box.bucket, ExpectedBucketOwner=owner)
    assert code(error)[0] == 403


def test_names_differ_by_more_than_their_case(iam: IAMClient) -> None:
    iam.create_user(UserName="Lightly-S3-one")
    with pytest.raises(ClientError) as user:
        iam.create_user(UserName="lightly-s3-ONE")
    iam.create_role(RoleName="Lightly-S3-one", AssumeRolePolicyDocument=trust())
    with pytest.raises(ClientError) as role:
        iam.create_role(RoleName="lightly-s3-one", AssumeRolePolicyDocument=trust())
    assert code(user) == code(role) == (409, "EntityAlreadyExists")


def test_inline_policies_are_limited_together_and_blanks_do_not_count(iam: IAMClient) -> None:
    iam.create_user(UserName="long")
    iam.put_user_policy(UserName="long", PolicyName="one", PolicyDocument=policy(1500))
    iam.put_user_policy(UserName="long", PolicyName="one", PolicyDocument=policy(2048))
    with pytest.raises(ClientError) as user:
        iam.put_user_policy(UserName="long", PolicyName="two", PolicyDocument=policy(200))
    iam.create_role(RoleName="long", AssumeRolePolicyDocument=trust())
    iam.put_role_policy(RoleName="long", PolicyName="one", PolicyDocument=policy(10_240))
    with pytest.raises(ClientError) as role:
        iam.put_role_policy(RoleName="long", PolicyName="one", PolicyDocument=policy(10_241))
    assert code(user) == code(role) == (409, "LimitExceeded")
    assert iam.list_user_policies(UserName="long")["PolicyNames"] == ["one"]


def test_a_user_has_its_tags_and_its_boundary(iam: IAMClient) -> None:
    iam.create_user(UserName="bound", PermissionsBoundary=BOUNDARY, Tags=[{"Key": "a", "Value": "b"}], Path="/x/")
    user = iam.get_user(UserName="bound")["User"]
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
    assert (user["Tags"], user["Path"]) == ([{"Key": "a", "Value": "b"}], "/x/")
    iam.put_user_permissions_boundary(UserName="bound", PermissionsBoundary=OTHER)
    assert iam.get_user(UserName="bound")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == OTHER
    iam.create_user(UserName="free")
    assert "PermissionsBoundary" not in iam.get_user(UserName="free")["User"]


def test_a_role_has_its_session_its_tags_and_its_boundary(iam: IAMClient) -> None:
    iam.create_role(RoleName="whole", AssumeRolePolicyDocument=trust(), Tags=[{"Key": "a", "Value": "b"}])
    assert iam.get_role(RoleName="whole")["Role"]["MaxSessionDuration"] == 3600
    iam.update_role(RoleName="whole", MaxSessionDuration=43_200)
    iam.put_role_permissions_boundary(RoleName="whole", PermissionsBoundary=BOUNDARY)
    role = iam.get_role(RoleName="whole")["Role"]
    assert role["MaxSessionDuration"] == 43_200
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
    assert role["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_user_with_a_key_is_not_deleted(iam: IAMClient) -> None:
    iam.create_user(UserName="keyed")
    key = iam.create_access_key(UserName="keyed")["AccessKey"]["AccessKeyId"]
    with pytest.raises(ClientError) as refused:
        iam.delete_user(UserName="keyed")
    assert code(refused) == (409, "DeleteConflict")
    iam.delete_access_key(UserName="keyed", AccessKeyId=key)
    iam.delete_user(UserName="keyed")
    with pytest.raises(ClientError) as gone:
        iam.get_user(UserName="keyed")
    assert code(gone) == (404, "NoSuchEntity")


def test_a_key_that_was_deactivated_is_not_known_and_one_that_is_active_again_is(box: Sandbox, iam: IAMClient) -> None:
    iam.create_user(UserName="switched")
    made = iam.create_access_key(UserName="switched")["AccessKey"]
    access = UserAccess(made["AccessKeyId"], Secret(made["SecretAccessKey"]))
    sts = Clients().sts(access, region=box.region, endpoint_url=box.s3_url)
    sts.get_caller_identity()
    iam.update_access_key(UserName="switched", AccessKeyId=access.access_key_id, Status="Inactive")
    with pytest.raises(ClientError) as refused:
        sts.get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"
    iam.update_access_key(UserName="switched", AccessKeyId=access.access_key_id, Status="Active")
    sts.get_caller_identity()
