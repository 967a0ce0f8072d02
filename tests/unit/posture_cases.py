"""Policies that are too open, with what is said of them; and those near them, of which nothing is to be said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.aws.evaluation import NamedPolicy
from core.aws.grants import Grant
from core.location import S3Location
from core.needs import OPERATIONS
from core.posture.policies import posture_of_policies
from core.posture.rules import Weakness

__all__ = [
    "ARN",
    "BUCKET",
    "CONTEXT",
    "FINE",
    "FOLDER",
    "LEAST",
    "ONLY_HERE",
    "OPEN",
    "READING",
    "WRITING",
    "Statement",
    "allow",
    "causes",
    "deny",
    "found",
]

Statement = Mapping[str, object]

BUCKET = "arn:aws:s3:::datalake"
FOLDER = f"{BUCKET}/projects/farm/*"
ARN = "arn:aws:iam::111122223333:user/ann"
READING = Grant(location=S3Location("datalake", "projects/farm/"), operations=OPERATIONS[:2], region="eu-central-1")
WRITING = Grant(location=READING.location, operations=OPERATIONS, region="eu-central-1")
WHOLE = Grant(location=S3Location("datalake", ""), operations=OPERATIONS[:2], region="eu-central-1")
OUTPUT = Grant(location=S3Location("datalake", "projects/"), operations=OPERATIONS, region="eu-central-1")
CONTEXT = {"aws:SecureTransport": "true"}


def allow(action: object, resource: object, **more: object) -> Statement:
    return {"Sid": "It", "Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: object, resource: object, **more: object) -> Statement:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def found(*statements: Statement, grants: Sequence[Grant] = (WRITING,)) -> tuple[Weakness, ...]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return posture_of_policies([NamedPolicy("own", document)], grants, principal_arn=ARN, context=CONTEXT)


def causes(*statements: Statement, grants: Sequence[Grant] = (WRITING,)) -> list[str]:
    return [one.cause for one in found(*statements, grants=grants)]


ONLY_HERE = {"StringLike": {"s3:prefix": "projects/farm/*"}}
LEAST = (allow("s3:ListBucket", BUCKET, Condition=ONLY_HERE), allow("s3:GetObject", FOLDER))
NOT_ALL = {"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}
"""A condition of which nothing is known here."""

OPEN = {
    "everything": ("administrator-credentials", (allow("*", "*"),), (WRITING,)),
    "everything by pairs": ("administrator-credentials", (allow("*:*", ["*"]),), (READING,)),
    "all but nothing": (
        "administrator-credentials",
        ({"Effect": "Allow", "NotAction": "aws-portal:ViewBilling", "Resource": "*"},),
        (WRITING,),
    ),
    "everything, and no plain HTTP": (
        "administrator-credentials",
        (allow("*", "*"), deny("*", "*", Condition={"Bool": {"aws:SecureTransport": "false"}})),
        (WRITING,),
    ),
    "all of S3 on the folder": ("too-many-actions", (allow("s3:*", FOLDER),), (WRITING,)),
    "all of S3 in capitals": ("too-many-actions", (allow("S3:*", [BUCKET, f"{BUCKET}/*"]),), (WRITING,)),
    "all of S3 on the bucket": ("too-many-actions", (allow(["s3:Get*", "s3:*"], BUCKET),), (WHOLE,)),
    "all of S3 but deleting the bucket": (
        "too-many-actions",
        (allow("s3:*", [BUCKET, FOLDER]), deny("s3:DeleteBucket", BUCKET)),
        (WRITING,),
    ),
    "reading everywhere": ("too-wide-resource", (allow("s3:GetObject", "*"),), (WRITING,)),
    "reading in every bucket": ("too-wide-resource", (allow("s3:GetObject", "arn:aws:s3:::*"),), (WRITING,)),
    "this prefix in every bucket": (
        "too-wide-resource",
        (allow("s3:ListBucket", "*", Condition=ONLY_HERE),),
        (WRITING,),
    ),
    "every key": ("too-wide-resource", (allow("kms:Decrypt", "*"),), (WRITING,)),
    "every bucket but one": (
        "too-wide-resource",
        ({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::payroll/*"},),
        (WRITING,),
    ),
    "writing": ("write-not-needed", (*LEAST, allow("s3:PutObject", FOLDER)), (READING,)),
    "writing in the whole bucket": ("write-not-needed", (*LEAST, allow("s3:Put*", f"{BUCKET}/*")), (READING,)),
    "writing, though another bucket is for the output": (
        "write-not-needed",
        (*LEAST, allow("s3:PutObject", FOLDER)),
        (READING, Grant(location=S3Location("output", ""), operations=OPERATIONS)),
    ),
    "deleting": ("write-not-needed", (*LEAST, allow("s3:DeleteObject", FOLDER)), (READING,)),
    "writing by plain HTTP only is denied": (
        "write-not-needed",
        (
            *LEAST,
            allow("s3:PutObject", FOLDER),
            deny("s3:*", "*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
        ),
        (READING,),
    ),
    "reading in the whole bucket": (
        "objects-without-prefix",
        (*LEAST, allow("s3:GetObject", f"{BUCKET}/*")),
        (READING,),
    ),
    "reading in the whole of many buckets": (
        "objects-without-prefix",
        (*LEAST, allow("s3:GetObject", "arn:aws:s3:::datalake*/*")),
        (READING,),
    ),
    "storing in the whole bucket": (
        "objects-without-prefix",
        (*LEAST, allow("s3:PutObject", f"{BUCKET}/*")),
        (WRITING, OUTPUT),
    ),
    "everywhere, but for a Deny on other buckets": (
        "objects-without-prefix",
        (
            allow("s3:GetObject", "*"),
            {"Effect": "Deny", "Action": "s3:*", "NotResource": [BUCKET, f"{BUCKET}/*"]},
        ),
        (READING,),
    ),
    "listing": ("list-without-prefix", (allow("s3:ListBucket", BUCKET),), (WRITING,)),
    "listing by a wildcard": ("list-without-prefix", (allow("s3:List*", BUCKET),), (READING,)),
    "a prefix that is not asked for": (
        "list-without-prefix",
        (allow("s3:ListBucket", BUCKET, Condition={"StringLikeIfExists": {"s3:prefix": "projects/farm/*"}}),),
        (READING,),
    ),
    "any prefix": (
        "list-without-prefix",
        (allow("s3:ListBucket", BUCKET, Condition={"StringLike": {"s3:prefix": "*"}}),),
        (READING,),
    ),
    "listing from the root without a delimiter": (
        "list-without-prefix",
        (allow("s3:ListBucket", BUCKET, Condition={"StringLike": {"s3:prefix": ["", "projects/farm/*"]}}),),
        (READING,),
    ),
    "listing from the root, with a delimiter if there is one": (
        "list-without-prefix",
        (
            allow(
                "s3:ListBucket",
                BUCKET,
                Condition={"StringEquals": {"s3:prefix": ""}, "StringEqualsIfExists": {"s3:delimiter": "/"}},
            ),
        ),
        (READING,),
    ),
    "listing the folder above": (
        "list-without-prefix",
        (allow("s3:ListBucket", BUCKET, Condition={"StringLike": {"s3:prefix": ["projects/", "projects/farm/*"]}}),),
        (READING,),
    ),
    "listing all in the folder above": (
        "list-without-prefix",
        (allow("s3:ListBucket", BUCKET, Condition={"StringLike": {"s3:prefix": "projects/*"}}),),
        (READING,),
    ),
    "listing neighbours, for want of a slash": (
        "list-without-prefix",
        (allow("s3:ListBucket", BUCKET, Condition={"StringLike": {"s3:prefix": "projects/farm*"}}),),
        (READING,),
    ),
    "reading neighbours, for want of a slash": (
        "objects-without-prefix",
        (*LEAST, allow("s3:GetObject", f"{BUCKET}/projects/farm*")),
        (READING,),
    ),
    "writing to neighbours, for want of a slash": (
        "objects-without-prefix",
        (*LEAST, allow("s3:PutObject", f"{BUCKET}/projects/farm*")),
        (WRITING,),
    ),
    "reading in the folder above": (
        "objects-without-prefix",
        (*LEAST, allow("s3:GetObject", f"{BUCKET}/projects/*")),
        (READING,),
    ),
}

FINE: dict[str, tuple[tuple[Statement, ...], tuple[Grant, ...]]] = {
    "the least": (LEAST, (READING,)),
    "the least in one statement": ((allow(["s3:GetObject", "s3:PutObject"], FOLDER),), (WRITING,)),
    "nothing": ((), (READING,)),
    "everything, if MFA is fresh": ((allow("*", "*", Condition=NOT_ALL),), (WRITING,)),
    "all of S3 but much is denied": (
        (allow("s3:*", FOLDER), deny("s3:DeleteObject*", "*"), deny("s3:Put*Acl", "*")),
        (WRITING,),
    ),
    "all of S3 but a Deny that is not understood": (
        (allow("s3:*", [BUCKET, FOLDER]), deny("s3:*", "*", Condition=NOT_ALL)),
        (READING,),
    ),
    "all of S3 but what lists and reads": (
        (
            allow("s3:*", [BUCKET, f"{BUCKET}/*"]),
            {"Effect": "Deny", "NotAction": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"},
        ),
        (WHOLE,),
    ),
    "all that gets, and the tags": ((allow(["s3:Get*", "s3:PutObjectTagging"], FOLDER),), (READING,)),
    "all of S3 elsewhere": ((*LEAST, allow("s3:*", ["arn:aws:s3:::other", "arn:aws:s3:::other/*"])), (READING,)),
    "what has no resource": ((*LEAST, allow(["s3:ListAllMyBuckets", "iam:ListUsers"], "*")), (READING,)),
    "one folder in many buckets": (
        (*LEAST, allow("s3:GetObject", "arn:aws:s3:::datalake*/projects/farm/*")),
        (READING,),
    ),
    "everywhere but for a Deny elsewhere": (
        (
            allow("s3:GetObject", "*"),
            {"Effect": "Deny", "Action": "s3:*", "NotResource": [BUCKET, FOLDER]},
        ),
        (READING,),
    ),
    "reading the whole bucket, which is needed": ((allow("s3:GetObject", f"{BUCKET}/*"),), (WHOLE,)),
    "reading the whole bucket for another place": (
        (allow("s3:GetObject", f"{BUCKET}/*"),),
        (WRITING, WHOLE),
    ),
    "reading the whole bucket, but for a Deny on the rest": (
        (
            *LEAST,
            allow("s3:GetObject", f"{BUCKET}/*"),
            {"Effect": "Deny", "Action": "s3:*", "NotResource": [BUCKET, FOLDER]},
        ),
        (READING,),
    ),
    "reading in the whole bucket with a condition": (
        (*LEAST, allow("s3:GetObject", f"{BUCKET}/*", Condition=NOT_ALL)),
        (READING,),
    ),
    "every key of S3's own calls": (
        (*LEAST, allow("kms:Decrypt", "*", Condition={"StringEquals": {"kms:ViaService": "s3.eu-central-1.x"}})),
        (READING,),
    ),
    "writing where it is needed": ((*LEAST, allow(["s3:PutObject", "s3:DeleteObject"], FOLDER)), (WRITING,)),
    "writing for the output that holds the input": (
        (*LEAST, allow("s3:PutObject", f"{BUCKET}/projects/*")),
        (READING, OUTPUT),
    ),
    "writing next door": ((*LEAST, allow("s3:PutObject", f"{BUCKET}/projects/farm-raw/*")), (READING,)),
    "writing into a part of it": ((*LEAST, allow("s3:PutObject", f"{BUCKET}/projects/farm/.lightly/*")), (READING,)),
    "writing, and a Deny on a part": (
        (*LEAST, allow("s3:PutObject", FOLDER), deny("s3:PutObject", f"{BUCKET}/projects/farm/raw/*")),
        (READING,),
    ),
    "writing with a condition": ((*LEAST, allow("s3:PutObject", FOLDER, Condition=NOT_ALL)), (READING,)),
    "listing the whole bucket, which is needed": ((allow("s3:ListBucket", BUCKET),), (WHOLE,)),
    "listing the whole bucket for the output": ((allow("s3:ListBucket", BUCKET),), (READING, WHOLE)),
    "listing level by level": (
        (
            allow(
                "s3:ListBucket",
                BUCKET,
                Condition={"StringEquals": {"s3:prefix": ["", "projects/"], "s3:delimiter": "/"}},
            ),
        ),
        (READING,),
    ),
    "listing level by level, with any delimiter": (
        (
            *LEAST,
            allow(
                "s3:ListBucket",
                BUCKET,
                Condition={"StringEquals": {"s3:prefix": ["", "projects/"]}, "Null": {"s3:delimiter": "false"}},
            ),
        ),
        (READING,),
    ),
    "listing and reading in the folder above, which is the output": (
        (
            allow("s3:ListBucket", BUCKET, Condition={"StringLike": {"s3:prefix": "projects/*"}}),
            allow("s3:GetObject", f"{BUCKET}/projects/*"),
        ),
        (READING, OUTPUT),
    ),
    "one neighbour, which is the output": (
        (
            *LEAST,
            allow("s3:ListBucket", BUCKET, Condition={"StringLike": {"s3:prefix": "projects/farm-out/*"}}),
            allow(["s3:GetObject", "s3:PutObject"], f"{BUCKET}/projects/farm-out/*"),
        ),
        (READING, Grant(location=S3Location("datalake", "projects/farm-out/"), operations=OPERATIONS)),
    ),
    "listing from a network": (
        (allow("s3:ListBucket", BUCKET, Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),),
        (READING,),
    ),
    "a directory bucket": (
        (allow("s3express:*", "*"),),
        (Grant(location=S3Location("fast--euc1-az1--x-s3", "a/"), operations=OPERATIONS),),
    ),
    "no place": ((allow("*", "*"),), ()),
}
