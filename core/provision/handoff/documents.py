"""What the tools between a document and IAM do to its text."""

from __future__ import annotations

import json
from collections.abc import Mapping

from .formats import HandoffError

__all__ = ["check_letters"]

_HIGHEST = "\u00ff"


def check_letters(document: Mapping[str, object], tool: str) -> None:
    r"""Refuse a policy with a letter above U+00FF for a tool that writes the policy's text anew, unescaped.

    IAM takes none in the text of a policy (IAM API reference, PutUserPolicy), and only an escaped one (`\u65e5`) gets
    through. CloudFormation hands over what it parsed; Terraform's provider for AWS parses and writes again.

    Raises:
        HandoffError: for such a policy.
    """
    if any(letter > _HIGHEST for letter in json.dumps(document, ensure_ascii=False)):
        raise HandoffError(
            f"The folder's name has letters that {tool} does not bring to IAM unharmed. Use the AWS CLI script, or the "
            "console."
        )
