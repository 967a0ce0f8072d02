"""Who a bucket's settings let in: its policy, whether S3 calls that public, its ACL, and what is blocked.

A look-up that is refused, or fails, gives nothing: then it is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["ALL_USERS", "AWS_USERS", "BLOCKS", "BucketSettings", "bucket_settings", "default_key"]

BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
"""The four parts of Block Public Access (S3 API reference, PublicAccessBlockConfiguration)."""

_AWS_MANAGED_KEY = "alias/aws/s3"
_IGNORES = "IgnorePublicAcls"
_GROUPS = "http://acs.amazonaws.com/groups/global/"
ALL_USERS, AWS_USERS = f"{_GROUPS}AllUsers", f"{_GROUPS}AuthenticatedUsers"
"""The groups by which an ACL lets in everybody, and everybody who has an AWS account (S3 user guide, ACLs)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketSettings:
    """What could be read of a bucket.

    `policy` is the text of its policy, and `has_no_policy` is true where S3 said that there is none. `public` is S3's
    own verdict on the policy. `blocked` are the parts of Block Public Access that are on for this bucket (those of the
    whole account are not among them). None is for what is not known.
    """

    policy: str | None = None
    has_no_policy: bool = False
    public: bool | None = None
    blocked: frozenset[str] | None = None
    acl_groups: frozenset[str] | None = None


def bucket_settings(client: S3Client, bucket: str, stopped: Callable[[], bool]) -> BucketSettings:
    """Read what a bucket's settings say of who is let in. Never raises; `stopped` is asked before each request."""
    policy, code = _asked(client.get_bucket_policy, bucket, stopped)
    text = policy.get("Policy")
    has_none = code == "NoSuchBucketPolicy"
    status, code = _asked(client.get_bucket_policy_status, bucket, stopped) if not has_none else ({}, "")
    verdict = _within(status, "PolicyStatus").get("IsPublic")
    block, code = _asked(client.get_public_access_block, bucket, stopped)
    settings = _within(block, "PublicAccessBlockConfiguration")
    blocked: frozenset[str] | None = None
    if code == "NoSuchPublicAccessBlockConfiguration":
        blocked = frozenset()
    elif any(isinstance(settings.get(name), bool) for name in BLOCKS):
        blocked = frozenset(name for name in BLOCKS if settings.get(name) is True)
    ignored = blocked is None or _IGNORES in blocked
    acl = {} if ignored else _asked(client.get_bucket_acl, bucket, stopped)[0]
    return BucketSettings(
        policy=text if isinstance(text, str) else None,
        has_no_policy=has_none,
        public=verdict if isinstance(verdict, bool) else None,
        blocked=blocked,
        acl_groups=_groups(acl.get("Grants")),
    )


def default_key(client: S3Client, bucket: str, stopped: Callable[[], bool]) -> str | None:
    """Name the KMS key that a bucket uses where a request names none; None where it uses none, or does not tell.

    Without a key of its own, `aws:kms` means the account's key for S3 (S3 API reference, GetBucketEncryption).
    """
    answer, _ = _asked(client.get_bucket_encryption, bucket, stopped)
    rules = _within(answer, "ServerSideEncryptionConfiguration").get("Rules")
    for rule in rules if isinstance(rules, list) else ():
        default = _within(rule, "ApplyServerSideEncryptionByDefault") if isinstance(rule, Mapping) else {}
        if str(default.get("SSEAlgorithm", "")).startswith("aws:kms"):
            return str(default.get("KMSMasterKeyID") or _AWS_MANAGED_KEY)
    return None


def _groups(grants: object) -> frozenset[str] | None:
    if not isinstance(grants, list):
        return None
    grantees = [_within(grant, "Grantee").get("URI") for grant in grants if isinstance(grant, Mapping)]
    return frozenset(group for group in (ALL_USERS, AWS_USERS) if group in grantees)


def _within(answer: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    found = answer.get(field)
    return found if isinstance(found, Mapping) else {}


def _asked(call: Callable[..., Any], bucket: str, stopped: Callable[[], bool]) -> tuple[Mapping[str, Any], str]:
    """Send a request; its answer, and the code of a refusal."""
    from botocore.exceptions import ClientError

    if stopped():
        return {}, ""
    try:
        answer = call(Bucket=bucket)
    except ClientError as error:
        return {}, str(error.response.get("Error", {}).get("Code", ""))
    except Exception:  # noqa: BLE001 - whatever it was, nothing is known then
        return {}, ""
    return (answer if isinstance(answer, Mapping) else {}), ""
