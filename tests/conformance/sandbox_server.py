"""The sandbox as a server of the conformance tests."""

from __future__ import annotations

from collections.abc import Mapping

from plain_s3 import Snapshot, begin_session, iam_client, policy_text, s3_client, snapshot

from core.access import Secret, UserAccess
from core.sandbox import Sandbox


class SandboxServer:
    """The sandbox in the hands of its administrator."""

    def __init__(self, box: Sandbox) -> None:
        self.url = box.s3_url
        self.region = box.region
        self.s3 = s3_client(self.url, self.region, box.admin)
        self.iam = iam_client(self.url, self.region, box.admin)
        self.explains = True

    def make_user(self, name: str) -> UserAccess:
        self.iam.create_user(UserName=name)
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return UserAccess(key["AccessKeyId"], Secret(key["SecretAccessKey"]))

    def arn_of(self, user: str) -> str:
        return self.iam.get_user(UserName=user)["User"]["Arn"]

    def put_policy(self, user: str, document: Mapping[str, object]) -> None:
        self.iam.put_user_policy(UserName=user, PolicyName="case", PolicyDocument=policy_text(document))

    def make_role(self, name: str, user: str) -> str:
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": self.arn_of(user)}, "Action": "sts:AssumeRole"}],
        }
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy_text(trust))
        arn = made["Role"]["Arn"]
        self.put_policy(
            user,
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn}],
            },
        )
        return arn

    def put_role_policy(self, role: str, document: Mapping[str, object]) -> None:
        self.iam.put_role_policy(RoleName=role, PolicyName="case", PolicyDocument=policy_text(document))

    def assume(self, access: UserAccess, role_arn: str, document: Mapping[str, object] | None) -> UserAccess:
        return begin_session(self.url, self.region, access, role_arn, document)

    def make_bucket(self, bucket: str, *, versioned: bool = False) -> None:
        self.s3.create_bucket(
            Bucket=bucket,
            CreateBucketConfiguration={"LocationConstraint": self.region},  # type: ignore[typeddict-item]
        )
        if versioned:
            self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def put_bucket_policy(self, bucket: str, document: Mapping[str, object]) -> None:
        self.s3.put_bucket_policy(Bucket=bucket, Policy=policy_text(document))

    def snapshot(self, bucket: str) -> Snapshot:
        return snapshot(self.s3, bucket)
