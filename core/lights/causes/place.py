"""Causes that lie in the bucket or the region."""

from __future__ import annotations

from ...aws.denial import Layer
from ..states import State
from .links import ACCESS_POINTS, BUCKET_NAMES, DIRECTORY_BUCKETS, ERRORS
from .row import Paste, pattern, row

__all__ = ["PLACE"]

_NAME = "Correct the bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens."
_REGION = "Change the region to the bucket's own[, {named_region}]; the S3 console shows it under Properties."

PLACE = (
    row(
        "no-such-bucket",
        State.RED,
        "there is no bucket named {bucket} in the partition {partition}.",
        "Correct the bucket's name; `aws s3 ls` lists the buckets of an account. "
        "Buckets in China and GovCloud are found from a region there only.",
        codes="NoSuchBucket",
        scope="all",
        server="aws",
        link=ERRORS,
    ),
    row(
        "no-such-bucket",
        State.RED,
        "there is no bucket named {bucket} at {host}.",
        "Correct the bucket's name or the endpoint; `aws s3 ls --endpoint-url URL` lists the buckets there.",
        codes="NoSuchBucket",
        scope="all",
        link=ERRORS,
    ),
    row(
        "invalid-bucket-name",
        State.RED,
        "{bucket} cannot be the name of a bucket.",
        _NAME,
        codes="InvalidBucketName",
        scope="all",
        link=BUCKET_NAMES,
    ),
    row(
        "invalid-bucket-name",
        State.RED,
        "{bucket} cannot be the name of a bucket.",
        _NAME,
        exceptions="ParamValidationError",
        message=pattern("invalid bucket name"),
        scope="all",
        link=BUCKET_NAMES,
    ),
    row(
        "wrong-region",
        State.RED,
        "the bucket {bucket} is not in {region}.",
        _REGION,
        codes="PermanentRedirect IllegalLocationConstraintException IncorrectEndpoint EndpointNotFound",
        scope="all",
        link=ERRORS,
    ),
    row(
        "wrong-region",
        State.RED,
        "the bucket {bucket} is not in {region}.",
        _REGION,
        codes="AuthorizationHeaderMalformed",
        message=pattern(r"\bregion\b"),
        scope="all",
        link=ERRORS,
    ),
    row(
        "endpoint-unreachable",
        State.UNKNOWN,
        "S3 is still making the bucket's address known.",
        "Check again in a few minutes.",
        codes="TemporaryRedirect Redirect",
        scope="all",
        retry=True,
        link=ERRORS,
    ),
    row(
        "invalid-region",
        State.RED,
        "“{region}” is no AWS region.",
        "Correct the region; it looks like eu-central-1.",
        exceptions="InvalidRegionError NoRegionError",
        scope="all",
    ),
    row(
        "invalid-region",
        State.RED,
        "AWS has no region named “{region}”, and its S3 has no address.",
        "Correct the region; it looks like eu-central-1.",
        exceptions="EndpointConnectionError",
        server="aws",
        known_region=False,
        scope="all",
    ),
    row(
        "access-point-invalid",
        State.RED,
        "the access point {bucket} is not there, or is another account's ({code}).",
        "Correct the access point's alias, or name the bucket itself.",
        codes="InvalidAccessPoint NoSuchAccessPoint InvalidAccessPointAliasError",
        scope="all",
        link=ACCESS_POINTS,
    ),
    row(
        "access-point-invalid",
        State.RED,
        "the access point is of another partition or region than the one asked.",
        "Choose the access point's own region, or name the bucket itself.",
        exceptions="UnsupportedS3AccesspointConfigurationError UnsupportedS3ArnError InvalidS3UsEast1RegionalEndpoint",
        scope="all",
        link=ACCESS_POINTS,
    ),
    row(
        "access-point-invalid",
        State.UNKNOWN,
        "a multi-Region access point takes signatures that this installation cannot make.",
        "Name the bucket itself, or add what is missing and check again:",
        exceptions="MissingDependencyException",
        scope="all",
        paste=Paste.COMMAND,
        command="python3 -m pip install botocore[crt]",
        link=ACCESS_POINTS,
    ),
    row(
        "directory-bucket",
        State.RED,
        "{who} may not open a session on the directory bucket {bucket} (s3express:CreateSession).",
        "Add this statement to a policy of {who}; an IAM administrator of that account can.",
        codes="AccessDenied",
        directory_bucket=True,
        scope="all",
        paste=Paste.SESSION,
        fix_without_paste="Let the policies of {who} allow s3express:CreateSession on {bucket}, and none deny it; "
        "an IAM administrator of that account can.",
        link=DIRECTORY_BUCKETS,
    ),
    row(
        "access-point-invalid",
        State.RED,
        "the access point {bucket} refuses {action} to {who}. "
        "Its own policy and the bucket's policy must both allow it, and it may be open to one VPC only.",
        "Allow {action} to {who} in both policies, on the access point's ARN (objects: `.../object/*`); "
        "the bucket's owner can.",
        codes="AccessDenied",
        access_point=True,
        explicit=False,
        layers=(None, Layer.RESOURCE),
        link=ACCESS_POINTS,
    ),
    row(
        "wrong-bucket-owner",
        State.RED,
        "the account that was named as the owner of {bucket} cannot be one.",
        "Correct the owner's account ID: it has 12 digits.",
        codes="InvalidBucketOwnerAWSAccountID",
        scope="all",
        link=ERRORS,
    ),
    row(
        "key-too-long",
        State.RED,
        "the name of the folder is too long for the objects in it: a key has 1,024 bytes at most.",
        "Choose a folder with a shorter path.",
        codes="KeyTooLongError InvalidObjectName",
        link=ERRORS,
    ),
)
