"""The forms of a hand-off, the files that they are saved in and what each is, and what no form can hold."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

__all__ = ["EXTERNAL_ID_FILE", "Format", "HandoffError", "Policy", "about", "file_name", "policy_file_name"]

EXTERNAL_ID_FILE = "send-apart-external-id.txt"
"""The only file with a secret, and only where it was asked for."""


class HandoffError(ValueError):
    """What is wanted cannot be written down in this form; the text says why, and which form can."""


class Format(StrEnum):
    """A form in which what is wanted is handed over."""

    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"
    CLI = "cli"
    CONSOLE = "console"
    MESSAGE = "message"


class Policy(StrEnum):
    """A policy that is not of the user or role, and may have to let it in."""

    KEY = "key-policy"
    BUCKET = "bucket-policy"


_FILES: Mapping[Format, tuple[str, str]] = {
    Format.CLOUDFORMATION: ("lightly", "cloudformation.json"),
    Format.TERRAFORM: ("lightly", "terraform.tf"),
    Format.CLI: ("lightly", "aws-cli.sh"),
    Format.CONSOLE: ("lightly", "console.txt"),
    Format.MESSAGE: ("message", "to-the-administrator.txt"),
}
_PARTS = ("input", "output")
_ABOUT: Mapping[str, str] = {
    _FILES[Format.MESSAGE][1]: "the message: it says the rest",
    _FILES[Format.CLOUDFORMATION][1]: "a stack for CloudFormation",
    _FILES[Format.TERRAFORM][1]: "a configuration for Terraform",
    _FILES[Format.CLI][1]: "a script for the AWS command line",
    _FILES[Format.CONSOLE][1]: "the way by hand, in the console",
    Policy.KEY: "to add to the policy of the KMS key",
    Policy.BUCKET: "to add to the policy of the bucket",
    EXTERNAL_ID_FILE: "a secret: send it another way",
}


def file_name(form: Format, part: str = "") -> str:
    """Name the file of a form. `part` is `input` or `output` where there are two of what the form makes."""
    start, end = _FILES[form]
    return "-".join(filter(None, (start, part, end)))


def policy_file_name(policy: Policy, part: str = "", number: int = 1) -> str:
    """Name the file of what such a policy gets; `part` as for a form, `number` where there are several of them."""
    return "-".join(filter(None, (part, policy, str(number) if number > 1 else ""))) + ".json"


def about(name: str) -> str:
    """Say in a few words what a file of a hand-off is; empty for any other."""
    said = next((text for mark, text in _ABOUT.items() if mark in name), "")
    part = next((each for each in _PARTS if each in name.split("-")), "")
    return f"{part}: {said}" if part and said else said
