"""Cases about what a user's own policy says."""

from __future__ import annotations

from cases import (
    LIST,
    NEIGHBOUR,
    READ,
    WRITE,
    Case,
    Document,
    Pair,
    arns,
    below,
    deny,
    document,
    everything,
    everything_and,
    on_bucket,
    on_objects,
    statement,
)

from core.aws.policy import permission_policy
from core.location import S3Location
from core.needs import OPERATIONS


def _without_tidying(at: S3Location) -> Document:
    return document(on_bucket(at), on_objects(at, "GetObject PutObject DeleteObject"))


_GRANTS = (
    Case(
        name="may list and read",
        allows=(LIST, READ),
        policy=lambda at: document(on_bucket(at), on_objects(at, "GetObject")),
    ),
    Case(name="may write too, and tidy up", allows=OPERATIONS, policy=everything),
    Case(name="may write too, but not abort", allows=OPERATIONS, policy=_without_tidying),
    Case(
        name="may write too, but not delete",
        allows=OPERATIONS,
        policy=lambda at: everything_and(at, deny("DeleteObject", below(at))),
    ),
    Case(
        name="has our policy to list and read",
        allows=(LIST, READ),
        policy=lambda at: permission_policy(at, (LIST, READ)),
    ),
    Case(name="has our policy to write too", allows=OPERATIONS, policy=lambda at: permission_policy(at, OPERATIONS)),
    Case(name="has our policy to write only", allows=(WRITE,), policy=lambda at: permission_policy(at, (WRITE,))),
    Case(
        name="has our policy for the whole bucket",
        allows=OPERATIONS,
        policy=lambda at: permission_policy(S3Location(at.bucket, ""), OPERATIONS),
    ),
    Case(
        name="has our policy for a folder with letters beyond ASCII",
        allows=OPERATIONS,
        policy=lambda at: permission_policy(at, OPERATIONS),
        folder="Kühe & Schafe + 日本/",
    ),
    Case(name="checks the whole bucket", allows=OPERATIONS, policy=everything, folder=""),
    Case(
        name="may everything everywhere",
        allows=OPERATIONS,
        policy=lambda _: document({"Effect": "Allow", "Action": "*", "Resource": "*"}),
    ),
    Case(name="may nothing at all", allows=()),
    Case(name="may list only", allows=(LIST,), policy=lambda at: document(on_bucket(at))),
    Case(name="may read only", allows=(READ,), policy=lambda at: document(on_objects(at, "GetObject"))),
    Case(name="may write only", allows=(WRITE,), policy=lambda at: document(on_objects(at, "PutObject"))),
    Case(
        name="may write only where the probe goes",
        allows=(LIST, WRITE),
        policy=lambda at: document(
            on_bucket(at),
            statement("PutObject DeleteObject AbortMultipartUpload", f"{at.bucket}/{at.prefix}.lightly/*"),
        ),
    ),
    Case(
        name="may write, but not where Lightly does",
        allows=(LIST, READ),
        policy=lambda at: everything_and(at, deny("PutObject", f"{at.bucket}/{at.prefix}.lightly/*")),
        denies=(WRITE,),
    ),
    Case(name="has the wrong secret", allows=(), policy=_without_tidying, pair=Pair.WRONG_SECRET),
    Case(name="has a key nobody knows", allows=(), policy=_without_tidying, pair=Pair.UNKNOWN_KEY),
    Case(name="finds an empty prefix", allows=(LIST, WRITE), policy=_without_tidying, pictures=()),
    Case(name="finds only the folder's marker", allows=(LIST, WRITE), policy=_without_tidying, pictures=("",)),
    Case(
        name="finds only a marker it may not read",
        allows=(LIST,),
        policy=lambda at: document(on_bucket(at)),
        pictures=("",),
    ),
)

_DENIALS = (
    Case(
        name="is denied Write explicitly",
        allows=(LIST, READ),
        policy=lambda at: everything_and(at, deny("PutObject", below(at))),
        denies=(WRITE,),
    ),
    Case(
        name="is denied Read explicitly",
        allows=(LIST, WRITE),
        policy=lambda at: everything_and(at, deny("GetObject", below(at))),
        denies=(READ,),
    ),
    Case(
        name="is denied List explicitly",
        allows=(READ, WRITE),
        policy=lambda at: everything_and(at, deny("ListBucket", at.bucket)),
        denies=(LIST,),
    ),
    Case(
        name="is denied everything everywhere",
        allows=(),
        policy=lambda at: everything_and(at, {"Effect": "Deny", "Action": "*", "Resource": "*"}),
        denies=OPERATIONS,
    ),
    Case(
        name="is denied to read pictures",
        allows=(LIST, WRITE),
        policy=lambda at: everything_and(at, deny("GetObject", f"{at.bucket}/*.jpg")),
        denies=(READ,),
    ),
    Case(
        name="is denied to read what is not there",
        allows=OPERATIONS,
        policy=lambda at: everything_and(at, deny("GetObject", f"{at.bucket}/*.csv")),
    ),
    Case(
        name="is denied the neighbour",
        allows=OPERATIONS,
        policy=lambda at: everything_and(at, deny("GetObject PutObject", f"{at.bucket}/{NEIGHBOUR}*")),
    ),
    Case(
        name="is denied everything but to list and read",
        allows=(LIST, READ),
        policy=lambda at: everything_and(
            at,
            {
                "Effect": "Deny",
                "NotAction": ["s3:ListBucket", "s3:GetObject"],
                "Resource": arns(at.bucket, below(at)),
            },
        ),
        denies=(WRITE,),
        on_the_gateway=OPERATIONS,  # it takes no statement with NotAction for one that applies
    ),
    Case(
        name="is denied everything outside the folder, the bucket included",
        allows=(READ, WRITE),
        policy=lambda at: everything_and(at, {"Effect": "Deny", "Action": "s3:*", "NotResource": arns(below(at))}),
        denies=(LIST,),
    ),
    Case(
        name="is denied everything outside the folder and its bucket",
        allows=OPERATIONS,
        policy=lambda at: everything_and(
            at, {"Effect": "Deny", "Action": "s3:*", "NotResource": arns(at.bucket, below(at))}
        ),
    ),
)

_WORDING = (
    Case(
        name="may everything but write, by NotAction",
        allows=(LIST, READ),
        policy=lambda at: document(
            {"Effect": "Allow", "NotAction": "s3:PutObject", "Resource": arns(at.bucket, below(at))}
        ),
        on_the_gateway=(),  # as above
    ),
    Case(
        name="may use everything but the neighbour, by NotResource",
        allows=OPERATIONS,
        policy=lambda at: document(
            {
                "Effect": "Allow",
                "Action": ["s3:ListBucket", "s3:GetObject", "s3:PutObject"],
                "NotResource": arns(f"{at.bucket}/{NEIGHBOUR}*"),
            }
        ),
    ),
    Case(
        name="may use everything but the folder, by NotResource",
        allows=(LIST,),
        policy=lambda at: document(
            {
                "Effect": "Allow",
                "Action": ["s3:ListBucket", "s3:GetObject", "s3:PutObject"],
                "NotResource": arns(below(at)),
            }
        ),
    ),
    Case(
        name="has actions in letters of any case",
        allows=OPERATIONS,
        policy=lambda at: document(
            {
                "Effect": "Allow",
                "Action": ["S3:listbucket", "s3:GETOBJECT", "s3:putobject"],
                "Resource": arns(at.bucket, below(at)),
            }
        ),
    ),
    Case(
        name="is denied an action in small letters",
        allows=(LIST, READ),
        policy=lambda at: everything_and(at, deny("putobject", below(at))),
        denies=(WRITE,),
    ),
    Case(
        name="has actions with wildcards",
        allows=OPERATIONS,
        policy=lambda at: document(on_bucket(at, "List*"), on_objects(at, "Get* ?utObject")),
    ),
    Case(
        name="has resources with wildcards",
        allows=OPERATIONS,
        policy=lambda at: document(on_bucket(at), statement("GetObject PutObject", f"{at.bucket}/*/farm?animals/*")),
    ),
    Case(
        name="has actions that sound alike",
        allows=(),
        policy=lambda at: document(
            on_bucket(at, "ListBucketVersions ListBucketMultipartUploads GetBucketLocation"),
            on_objects(at, "GetObjectVersion GetObjectAcl PutObjectAcl DeleteObject"),
        ),
    ),
)

_PLACES = (
    Case(
        name="has the policy of a neighbour",
        allows=(),
        policy=lambda at: permission_policy(S3Location(at.bucket, NEIGHBOUR), OPERATIONS),
    ),
    Case(
        name="has the policy of another bucket",
        allows=(),
        policy=lambda at: permission_policy(S3Location("another-bucket", at.prefix), OPERATIONS),
    ),
    Case(
        name="was granted ListBucket on objects",
        allows=(READ, WRITE),
        policy=lambda at: document(statement("ListBucket GetObject PutObject", f"{at.bucket}/*")),
    ),
    Case(
        name="has the folder in letters of another case",
        allows=(LIST,),
        policy=lambda at: document(
            on_bucket(at), statement("GetObject PutObject", f"{at.bucket}/{at.prefix.title()}*")
        ),
    ),
    Case(
        name="has the folder without its slash",  # too much, but enough
        allows=OPERATIONS,
        policy=lambda at: document(
            on_bucket(at), statement("GetObject PutObject", f"{at.bucket}/{at.prefix.rstrip('/')}*")
        ),
    ),
    Case(
        name="has the folder without a star",
        allows=(LIST,),
        policy=lambda at: document(on_bucket(at), statement("GetObject PutObject", f"{at.bucket}/{at.prefix}")),
    ),
    Case(
        name="has the bucket without a star",
        allows=(LIST,),
        policy=lambda at: document(statement("ListBucket GetObject PutObject", at.bucket)),
    ),
    Case(
        name="has a slash before the folder",
        allows=(LIST,),
        policy=lambda at: document(on_bucket(at), statement("GetObject PutObject", f"{at.bucket}//{at.prefix}*")),
    ),
    Case(
        name="may read the subfolder only",
        allows=(LIST,),
        policy=lambda at: document(on_bucket(at), statement("GetObject", f"{at.bucket}/{at.prefix}cows/*")),
    ),
)

IDENTITY_CASES = (*_GRANTS, *_DENIALS, *_WORDING, *_PLACES)
