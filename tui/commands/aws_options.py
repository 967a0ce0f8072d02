"""The options that several commands about AWS have: spelled, shaped and said the same in each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["agreement_options", "endpoint_option", "grant_options", "place_options", "profile_option"]

_F = TypeVar("_F", bound=Callable[..., Any])


def _all(*options: Callable[[Any], Any]) -> Callable[[_F], _F]:
    """Add them so that help shows them in this order."""

    def add(function: _F) -> _F:
        for option in reversed(options):
            function = option(function)
        return function

    return add


def grant_options(function: _F) -> _F:
    """Add what says what is allowed where: the fields of `granting.GrantOptions`."""
    return _all(
        click.option(
            "--needs",
            metavar="LIST",
            help="Operations to allow, with commas. Beside an output, URI is never written to.  [default: "
            "list,read,write]",
        ),
        click.option("--delete", is_flag=True, help="Also allow to delete what Write may store. No light needs it."),
        click.option(
            "--write-only-lightly",
            is_flag=True,
            help="Write (and delete) in the folder .lightly/ only, under URI or the output.",
        ),
        click.option("--kms-key", metavar="ARN", help="The key that encrypts the folder."),
        click.option(
            "--output-uri",
            metavar="s3://URI",
            help="Another folder for all that is stored, with the same credentials: they may list, read and write "
            "there. With its own, name each folder by itself.",
        ),
        click.option("--output-kms-key", metavar="ARN", help="The key that encrypts that folder."),
        click.option(
            "--source-ip",
            "source_ips",
            metavar="CIDR",
            multiple=True,
            help="Read and write from this IP range only; List stays open. Give it again for more.",
        ),
        click.option(
            "--vpc", "vpcs", metavar="ID", multiple=True, help="The same for a VPC. With both, either is enough."
        ),
    )(function)


def place_options(function: _F) -> _F:
    """Add what the account demands of users and roles."""
    return _all(
        click.option(
            "--path", metavar="PATH", default="/", show_default=True, help="The IAM path that the account demands."
        ),
        click.option(
            "--boundary", "boundary_arn", metavar="ARN", help="The permissions boundary that the account demands."
        ),
    )(function)


def profile_option(function: _F) -> _F:
    """Add whose credentials change something."""
    return click.option("--profile", metavar="NAME", required=True, help="The administrator's AWS profile.")(function)


def endpoint_option(of: str) -> Callable[[_F], _F]:
    """Add where it is asked: another server than AWS, for `of`."""
    return click.option("--endpoint-url", metavar="URL", help=f"Another server than AWS, for {of}.")


def agreement_options(function: _F) -> _F:
    """Add how a plan is agreed to, and how it is written."""
    return _all(
        click.option("--account", metavar="ID", help="Agree to the plan by naming its account, instead of typing it."),
        click.option("--dry-run", is_flag=True, help="Show the plan, and change nothing."),
        click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True),
    )(function)
