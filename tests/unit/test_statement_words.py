"""A statement of a policy in words."""

from __future__ import annotations

import pytest

from core.provision.statement_words import statement_words

LIST = {"Sid": "ListPrefix", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::datalake"}


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (LIST, "s3:ListBucket on datalake"),
        (
            {**LIST, "Condition": {"StringLike": {"s3:prefix": ["projects/*", "projects"]}}},
            "s3:ListBucket on datalake, only projects/*, projects",
        ),
        (
            {**LIST, "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
            "s3:ListBucket on datalake, only from 203.0.113.0/24",
        ),
        (
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": "••••••••"}},
            },
            "sts:AssumeRole by arn:aws:iam::111122223333:root, only with the external ID",
        ),
        ({**LIST, "Effect": "Deny", "Resource": ["arn:aws-cn:s3:::a/*", "*"]}, "Deny s3:ListBucket on a/*, *"),
        (
            {**LIST, "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
            's3:ListBucket on datalake, if {"Bool": {"aws:SecureTransport": "true"}}',
        ),
        ({"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::b"}, "all but iam:* on all but b"),
    ],
)
def test_a_statement_is_said_in_words_and_what_is_unusual_as_it_is_written(
    statement: dict[str, object], said: str
) -> None:
    assert statement_words(statement) == said
