"""Causes that lie in the bucket or the region."""

from __future__ import annotations

from ..states import State
from .row import ERRORS, S3, pattern, row

__all__ = ["PLACE"]

PLACE = (
    row(
        "no-such-bucket",
        State.RED,
        "there is no bucket named {bucket}.",
        "Correct the bucket's name; `aws s3 ls` lists the buckets of an account.",
        codes="NoSuchBucket",
        scope="all",
        link=ERRORS,
    ),
    row(
        "invalid-bucket-name",
        State.RED,
        "{bucket} cannot be the name of a bucket.",
        "Correct the bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens.",
        codes="InvalidBucketName",
        scope="all",
        link=f"{S3}/userguide/bucketnamingrules.html",
    ),
    row(
        "invalid-bucket-name",
        State.RED,
        "{bucket} cannot be the name of a bucket.",
        "Correct the bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens.",
        exceptions="ParamValidationError",
        message=pattern("invalid bucket name"),
        scope="all",
        link=f"{S3}/userguide/bucketnamingrules.html",
    ),
    row(
        "wrong-region",
        State.RED,
        "the bucket {bucket} is not in {region}.",
        "Change the region to the bucket's own{named_region}; the S3 console shows it under Properties.",
        codes="PermanentRedirect IllegalLocationConstraintException IncorrectEndpoint",
        scope="all",
        link=ERRORS,
    ),
    row(
        "wrong-region",
        State.RED,
        "the bucket {bucket} is not in {region}.",
        "Change the region to the bucket's own{named_region}; the S3 console shows it under Properties.",
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
    ),
    row(
        "invalid-region",
        State.RED,
        "“{region}” is no AWS region.",
        "Correct the region; it looks like eu-central-1.",
        exceptions="InvalidRegionError NoRegionError",
        scope="all",
    ),
)
