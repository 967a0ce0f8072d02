"""`bucketlight setup`: the guided setup."""

from __future__ import annotations

import click

from .common import check_endpoint, common_options, open_app

__all__ = ["command"]


@click.command(
    "setup",
    epilog="""\b
Examples:
  bucketlight setup
  bucketlight setup --endpoint-url https://s3.example.com     another S3 server than AWS""",
)
@click.option("--endpoint-url", metavar="URL", help="Another S3 server than AWS.")
@common_options
def command(endpoint_url: str | None, home: str | None, platform_url: str | None) -> None:
    """Set up a bucket, step by step: from a folder in S3 to a dataset with three green lights."""
    open_app(home=home, platform_url=platform_url, start="setup", endpoint_url=check_endpoint(endpoint_url))
