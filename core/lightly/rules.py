"""What the platform takes: names, regions, ARNs, addresses. Pure rules, without a network.

Each `..._problem` gives None, or one sentence that says what to change. Source: the Lightly API's schema.
"""

from __future__ import annotations

import re

from ..address import check_address, is_loopback
from ..dataset import is_role_arn
from ..external_id import EXTERNAL_ID_LETTERS, LONGEST_EXTERNAL_ID, SHORTEST_EXTERNAL_ID

__all__ = [
    "DEFAULT_PLATFORM_URL",
    "REGIONS",
    "check_platform_url",
    "dataset_name_problem",
    "external_id_problem",
    "is_dataset_id",
    "is_loopback",
    "kms_key_problem",
    "platform_region",
    "region_problem",
    "role_arn_problem",
    "worker_name_problem",
]

DEFAULT_PLATFORM_URL = "https://api.lightly.ai"
"""Where the platform's REST API is."""

_REGION_NAMES = (
    "us-east-1 us-east-2 us-west-1 us-west-2 af-south-1 ap-east-1 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2"
    " ap-southeast-3 ap-southeast-4 ap-northeast-1 ap-northeast-2 ap-northeast-3 ca-central-1 cn-northwest-1"
    " eu-central-1 eu-central-2 eu-west-1 eu-west-2 eu-west-3 eu-south-1 eu-south-2 eu-north-1 me-south-1 me-central-1"
    " sa-east-1 us-gov-east us-gov-west"
)
REGIONS = frozenset(_REGION_NAMES.split())
"""The regions that the platform takes, as it spells them."""

_OWN_SPELLING = {"us-gov-east-1": "us-gov-east", "us-gov-west-1": "us-gov-west"}
_NAME_START = re.compile(r"[a-zA-Z0-9]")
_NOT_IN_NAME = re.compile(r"[^a-zA-Z0-9 _-]")
_DATASET_ID = re.compile(r"[a-f0-9]{24}")
_KMS_ARN = re.compile(r"arn:aws:kms:[a-zA-Z0-9-]*:[0-9]{12}:key.+")
_NOT_IN_EXTERNAL_ID = re.compile(f"[^{EXTERNAL_ID_LETTERS}]")


def dataset_name_problem(name: str) -> str | None:
    """Say what to change in a dataset's name, or None where the platform takes it."""
    if len(name) < 3:
        return "The dataset's name is too short: give it three characters or more."
    if not _NAME_START.match(name):
        return "The dataset's name has to start with a letter from A to Z or a digit."
    if found := _NOT_IN_NAME.search(name):
        shown = f"“{found[0]}”" if found[0].isprintable() else "a character that cannot be seen"
        return f"The dataset's name holds {shown}: use letters from A to Z, digits, blanks, “_” and “-”."
    return None


def is_dataset_id(text: str) -> bool:
    """Tell whether a text has the form of a dataset's ID, 24 lower-case hexadecimal digits."""
    return _DATASET_ID.fullmatch(text) is not None


def platform_region(aws_region: str) -> str:
    """Spell an AWS region as the platform does; most are the same."""
    return _OWN_SPELLING.get(aws_region, aws_region)


def region_problem(region: str) -> str | None:
    """Say that the platform takes no bucket in this AWS region, or None where it does."""
    if platform_region(region) in REGIONS:
        return None
    return (
        f"The Lightly platform takes no bucket in the region “{region}”: use a bucket in one that it takes, "
        "such as eu-central-1 or us-east-1."
    )


def role_arn_problem(arn: str) -> str | None:
    """Say what to change in the ARN of a role, or None where the platform takes it."""
    if not is_role_arn(arn):
        return "This is not the ARN of a role: it looks like arn:aws:iam::111122223333:role/NAME."
    if (partition := arn.split(":")[1]) != "aws":
        return (
            f"The Lightly platform takes only roles whose ARN begins with arn:aws:, and this one is of {partition}: "
            "use the access key of an IAM user there."
        )
    return None


def external_id_problem(external_id: str) -> str | None:
    """Say what to change in an external ID, or None where the platform and AWS take it. The ID is not repeated."""
    if _NOT_IN_EXTERNAL_ID.search(external_id) or len(external_id) < SHORTEST_EXTERNAL_ID:
        return "The external ID needs ten characters or more, of letters from A to Z, digits and “_+=,.@:/-”."
    if len(external_id) > LONGEST_EXTERNAL_ID:
        return f"The external ID is too long: AWS takes up to {LONGEST_EXTERNAL_ID:,} characters."
    return None


def kms_key_problem(arn: str) -> str | None:
    """Say what to change in the ARN of a KMS key, or None where the platform takes it."""
    if _KMS_ARN.fullmatch(arn):
        return None
    return "This is not the ARN of a KMS key: it looks like arn:aws:kms:eu-central-1:111122223333:key/ID."


def worker_name_problem(name: str) -> str | None:
    """Say what to change in the name of a Lightly Worker, or None where the platform takes it."""
    if len(name) < 3:
        return "The worker's name is too short: give it three characters or more."
    return None


def check_platform_url(url: str) -> str:
    """Return the platform's address in its plain form, without a slash at the end.

    Raises:
        ValueError: one sentence, where it is no address to send a token to. The address is not repeated.
    """
    return check_address(url, what="The platform's address", example=DEFAULT_PLATFORM_URL)
