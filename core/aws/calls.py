"""Every request that goes to AWS, or to another S3 server: what it asks, when, and what it costs.

The clients of `session` refuse what is not written here (`gate`), and the page
`docs/requests.md` is made from it. Where one operation is sent in several ways, each way has its own entry.
"""

from __future__ import annotations

from .admin_calls import ADMIN_CALLS
from .call import Call, Cost, Stage, Whose
from .look_calls import IAM_CALLS, OUTSIDE_CALLS

__all__ = ["CALLS"]

_SIGNED = (Whose.CHECKED, Whose.ROLE)
_NO_LOOKS = "`--look-ups none`"
_NO_WRITE = "`--write-probe off`, or leave write out of `--needs`"


def _as_requester(operation: str, action: str, cost: Cost) -> Call:
    return Call(
        stage=Stage.SECOND_LOOK,
        service="s3",
        operation=operation,
        actions=(action,),
        whose=_SIGNED,
        how="with `x-amz-request-payer: requester`",
        when="The same request was refused without a reason, or List worked only so: the bucket may be one whose "
        "requesters pay.",
        cost=cost,
        leaves="as without it; such a bucket charges the request to your account",
        off=_NO_LOOKS,
    )


_BEFORE = (
    Call(
        stage=Stage.REGION,
        service="s3",
        operation="HeadBucket",
        actions=(),
        whose=(Whose.NOBODY,),
        when="The bucket's region is not known yet: S3 names it to anybody, even in a refusal. Decides no light.",
        cost=Cost.GET,
        off="name the region: `--region`, or in the setup",
    ),
)

_LOOKS = (Whose.CHECKED, Whose.CALLER)
_DO_NOT_BROWSE = "do not open it"

_SURVEY = (
    Call(
        stage=Stage.SURVEY,
        service="s3",
        operation="ListObjectsV2",
        actions=("s3:ListBucket",),
        whose=(Whose.CHECKED,),
        how="the prefix, at most 1,000 keys",
        when="There is a key that can list the folder: counts its images, videos and other files.",
        cost=Cost.LIST_OR_PUT,
        off="it is part of the setup; `check` never sends it",
    ),
    Call(
        stage=Stage.SURVEY,
        service="s3",
        operation="ListObjectsV2",
        actions=("s3:ListBucket",),
        whose=(Whose.CHECKED,),
        how="the prefix, from behind `.lightly/` on",
        when="The 1,000 keys end among what Lightly stored.",
        cost=Cost.LIST_OR_PUT,
        off="it is part of the setup; `check` never sends it",
    ),
    Call(
        stage=Stage.SURVEY,
        service="s3",
        operation="ListObjectsV2",
        actions=("s3:ListBucket",),
        whose=(Whose.CHECKED,),
        how="the prefix, with `x-amz-expected-bucket-owner`",
        when="The keys did not end there, and the account of the key is known: whether the bucket belongs to it.",
        cost=Cost.LIST_OR_PUT,
        off="it is part of the setup; `check` never sends it",
    ),
    Call(
        stage=Stage.SURVEY,
        service="s3",
        operation="ListBuckets",
        actions=("s3:ListAllMyBuckets",),
        whose=_LOOKS,
        how="1,000 names at a time",
        when="You look for a folder and open the list of buckets.",
        cost=Cost.LIST_OR_PUT,
        off=_DO_NOT_BROWSE,
    ),
    Call(
        stage=Stage.SURVEY,
        service="s3",
        operation="HeadBucket",
        actions=(),
        whose=(Whose.NOBODY,),
        when="You open a bucket whose region the list of buckets did not name.",
        cost=Cost.GET,
        off=_DO_NOT_BROWSE,
    ),
    Call(
        stage=Stage.SURVEY,
        service="s3",
        operation="ListObjectsV2",
        actions=("s3:ListBucket",),
        whose=_LOOKS,
        how="one level with a delimiter, 1,000 names at a time",
        when="You look for a folder: for the one that you begin at, for each that you open, and for those above one "
        "that is not there.",
        cost=Cost.LIST_OR_PUT,
        off=_DO_NOT_BROWSE,
    ),
)

_PROBES = (
    Call(
        stage=Stage.PROBES,
        service="s3",
        operation="ListObjectsV2",
        actions=("s3:ListBucket",),
        whose=_SIGNED,
        how="the prefix, at most 10 keys",
        when="List or Read is needed: Read is tried on an object that was listed.",
        cost=Cost.LIST_OR_PUT,
        off="it is the check",
    ),
    Call(
        stage=Stage.PROBES,
        service="s3",
        operation="GetObject",
        actions=("s3:GetObject",),
        whose=_SIGNED,
        how="the first byte: `Range: bytes=0-0`",
        when="Read is needed, and an object with content was listed. An object under a KMS key also takes kms:Decrypt.",
        cost=Cost.GET,
        off="it is the check",
    ),
    Call(
        stage=Stage.PROBES,
        service="sts",
        operation="GetCallerIdentity",
        actions=(),
        whose=_SIGNED,
        when="Beside the probes, once for each key and server while the program runs: names who is checked.",
        cost=Cost.FREE,
        off=_NO_LOOKS,
    ),
    Call(
        stage=Stage.PROBES,
        service="s3",
        operation="CreateSession",
        actions=("s3express:CreateSession",),
        whose=_SIGNED,
        how="sent by AWS's library itself",
        when="The bucket is a directory bucket (S3 Express One Zone): before the first other request, and again every "
        "five minutes.",
        cost=Cost.EXPRESS,
        leaves="a session of five minutes",
        off="it is part of every request to such a bucket",
    ),
)

_WRITE = (
    Call(
        stage=Stage.WRITE,
        service="s3",
        operation="PutObject",
        actions=("s3:PutObject",),
        whose=_SIGNED,
        how="dry: a body of 40 bytes with a Content-MD5 that is not its own",
        when="Write is needed and `--write-probe` is `dry`, the default; not for a directory bucket, nor for a server "
        "that is known to have stored one. Whoever may write gets 400 BadDigest, whoever may not 403. With a KMS key "
        "configured the request names it, as Lightly's would.",
        cost=Cost.LIST_OR_PUT,
        leaves="nothing at AWS. A server that does not look at the digest stores the object: it is deleted at once, "
        "and that server remembered",
        off=_NO_WRITE,
    ),
    Call(
        stage=Stage.WRITE,
        service="s3",
        operation="PutObject",
        actions=("s3:PutObject",),
        whose=_SIGNED,
        how="real: an object of 40 bytes under a fresh name",
        when="Write is needed and `--write-probe real` is given, or you asked the app to prove Write. With a KMS key "
        "it takes kms:GenerateDataKey.",
        cost=Cost.LIST_OR_PUT,
        leaves="the object, where it may not be deleted; its old version, where the bucket is versioned. The light "
        "names it",
        off="do not ask for it",
    ),
    Call(
        stage=Stage.WRITE,
        service="s3",
        operation="GetObject",
        actions=("s3:GetObject",),
        whose=_SIGNED,
        how="the probe's own object",
        when="You asked the app to prove Write: what was stored is read back before it is deleted.",
        cost=Cost.GET,
        off="do not ask for it",
    ),
    Call(
        stage=Stage.WRITE,
        service="s3",
        operation="DeleteObject",
        actions=("s3:DeleteObject",),
        whose=_SIGNED,
        how="the probe's own object, no other",
        when="After a write that stored the probe's object, or whose answer was lost. Where S3 named its version, that "
        "one is deleted, which takes s3:DeleteObjectVersion; if that is refused, the object is at least hidden.",
        cost=Cost.FREE,
        leaves="in a versioned bucket a delete marker and the version, where the version may not be deleted",
        off="it follows a write that stored something",
    ),
    Call(
        stage=Stage.WRITE,
        service="s3",
        operation="CreateMultipartUpload",
        actions=("s3:PutObject",),
        whose=_SIGNED,
        how="under a fresh name; no part is ever sent",
        when="Write is needed and `--write-probe multipart` is given. With a KMS key it takes kms:GenerateDataKey.",
        cost=Cost.LIST_OR_PUT,
        leaves="an upload without parts, where it may not be aborted. The light names it",
        off="do not ask for it",
    ),
    Call(
        stage=Stage.WRITE,
        service="s3",
        operation="AbortMultipartUpload",
        actions=("s3:AbortMultipartUpload",),
        whose=_SIGNED,
        how="the upload just begun, no other",
        when="After CreateMultipartUpload.",
        cost=Cost.FREE,
        off="it follows CreateMultipartUpload",
    ),
)

_ROLES = (
    Call(
        stage=Stage.ROLE,
        service="sts",
        operation="AssumeRole",
        actions=("sts:AssumeRole",),
        whose=(Whose.CALLER,),
        how="with the external ID, as `bucketlight-check`",
        when="The dataset is reached by a role: if your own credentials may assume it, all else is asked as the role. "
        "For 12 hours, as Lightly does; once more for one hour where the caller is a role itself, or in us-east-1 "
        "where the region is switched off.",
        cost=Cost.FREE,
        leaves="a session, which ends by itself; its keys are kept in memory only",
        off="it is the check",
    ),
    Call(
        stage=Stage.ROLE,
        service="sts",
        operation="AssumeRole",
        actions=("sts:AssumeRole",),
        whose=(Whose.CALLER,),
        how="without the external ID, for one hour",
        when="After it worked with the external ID: the role should refuse whoever does not know that.",
        cost=Cost.FREE,
        leaves="where the role does not refuse, a session that is never used",
        off=_NO_LOOKS,
    ),
)

_SECOND_LOOK = (
    Call(
        stage=Stage.SECOND_LOOK,
        service="s3",
        operation="HeadBucket",
        actions=(),
        whose=(Whose.NOBODY,),
        when="The region was given, and an answer leaves open whether it is wrong or the bucket does not exist.",
        cost=Cost.GET,
        off=_NO_LOOKS,
    ),
    Call(
        stage=Stage.SECOND_LOOK,
        service="s3",
        operation="ListObjectsV2",
        actions=("s3:ListBucket",),
        whose=_SIGNED,
        how="the prefix, without a number of keys",
        when="List was refused: a policy may have a condition on the number (s3:max-keys).",
        cost=Cost.LIST_OR_PUT,
        off=_NO_LOOKS,
    ),
    Call(
        stage=Stage.SECOND_LOOK,
        service="s3",
        operation="ListObjectsV2",
        actions=("s3:ListBucket",),
        whose=_SIGNED,
        how="with a delimiter",
        when="List was refused: a policy may allow it under a condition that Lightly's own request does not meet.",
        cost=Cost.LIST_OR_PUT,
        off=_NO_LOOKS,
    ),
    _as_requester("ListObjectsV2", "s3:ListBucket", Cost.LIST_OR_PUT),
    _as_requester("GetObject", "s3:GetObject", Cost.GET),
    _as_requester("PutObject", "s3:PutObject", Cost.LIST_OR_PUT),
    _as_requester("CreateMultipartUpload", "s3:PutObject", Cost.LIST_OR_PUT),
    Call(
        stage=Stage.SECOND_LOOK,
        service="s3",
        operation="GetObject",
        actions=("s3:GetObject",),
        whose=_SIGNED,
        how="the first byte of two more objects",
        when="What was seen may lie in the one object: it is archived, was deleted meanwhile, is under a key of its "
        "own, or was refused without a reason.",
        cost=Cost.GET,
        off=_NO_LOOKS,
    ),
    Call(
        stage=Stage.SECOND_LOOK,
        service="s3",
        operation="PutObject",
        actions=("s3:PutObject",),
        whose=_SIGNED,
        how="dry, with a header that asks for encryption: AES256, then aws:kms",
        when="A dry write was refused, and no KMS key is configured: the bucket's policy may take only what names its "
        "encryption.",
        cost=Cost.LIST_OR_PUT,
        leaves="as the dry write",
        off=f"{_NO_LOOKS}, or `--write-probe off`",
    ),
)

CALLS: tuple[Call, ...] = (
    *_BEFORE,
    *_SURVEY,
    *_PROBES,
    *_WRITE,
    *_ROLES,
    *_SECOND_LOOK,
    *IAM_CALLS,
    *OUTSIDE_CALLS,
    *ADMIN_CALLS,
)
"""Every request, in the order of the stages."""
