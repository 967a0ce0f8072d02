"""`bucketlight provision`: make the user or the role for a folder in AWS, with an administrator's profile."""

from __future__ import annotations

from typing import Any

import click

from .aws_options import agreement_options, endpoint_option, grant_options, place_options, profile_option
from .common import home_option, taken_everywhere

__all__ = ["command"]


@click.command(
    "provision",
    epilog="""\b
Examples:
  bucketlight provision s3://datalake/farm/ --dataset farm --access user \\
      --profile admin --dry-run
  bucketlight provision s3://datalake/farm/ --dataset farm --access role \\
      --profile admin
  bucketlight provision s3://datalake/farm/ --dataset farm --access user \\
      --profile admin --account 111122223333 --format json

\b
Whatever ends it, the same command goes on where it ended.
`bucketlight undo DATASET` takes all back.
Exit codes:
  0  done, or all is there already
  1  stopped half-way: it says what is made
  2  refused, or wrong usage: nothing was made
  130  interrupted""",
)
@click.argument("uri", metavar="s3://URI")
@click.option("--dataset", required=True, metavar="NAME", help="The dataset's name; user or role are named after it.")
@click.option("--access", required=True, type=click.Choice(["user", "role"]), help="A user with a key, or a role.")
@profile_option
@grant_options
@click.option("--name", metavar="NAME", help="The user's or role's name.  [default: Lightly-S3-DATASET]")
@click.option("--adopt", is_flag=True, help="Use a user or role of that name that bucketlight did not make.")
@place_options
@click.option("--external-id-file", metavar="FILE", help="The role's external ID; - is stdin.  [default: a new one]")
@click.option("--region", metavar="REGION", help="The bucket's region.  [default: found by itself]")
@endpoint_option("S3, IAM and STS")
@agreement_options
@home_option
@taken_everywhere("--platform-url")
def command(**given: Any) -> None:
    """Make in AWS what Lightly needs to reach the folder at URI, and nothing beside it.

    The plan is shown first. It is carried out after the account's ID was typed. The secret goes into the keyring of
    this computer, and is never shown.
    """
    from .provision_run import Options, run

    raise SystemExit(run(Options(**given)))
