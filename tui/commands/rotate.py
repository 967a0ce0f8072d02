"""`bucketlight rotate`: replace the access key of a dataset, without a moment in which none works."""

from __future__ import annotations

from typing import Any

import click

from .aws_options import agreement_options, profile_option
from .common import common_options

__all__ = ["command"]


@click.command(
    "rotate",
    epilog="""\b
Examples:
  bucketlight rotate cows --profile admin            then the old one rests
  bucketlight rotate cows --profile admin --dry-run  only show what would come
  bucketlight rotate cows --profile admin --finish   a day later: delete it
  bucketlight rotate cows --profile admin --back     use the old key again

\b
Whatever interrupts it, the same command goes on. Exit codes:
  0  done
  1  stopped, or gone back: it says why, and which key is used
  2  wrong usage or configuration: nothing was changed
  130  interrupted""",
)
@click.argument("dataset")
@profile_option
@click.option(
    "--purpose",
    type=click.Choice(["INPUT", "LIGHTLY", "INPUT_OUTPUT"], case_sensitive=False),
    help="Which datasource's key, where the dataset has two.",
)
@click.option("--finish", is_flag=True, help="Delete the old key of a rotation, a day later, if nobody uses it.")
@click.option("--back", is_flag=True, help="Go back to the old key, and delete the new one.")
@click.option("--delete-old", is_flag=True, help="Delete the old key in this run, without waiting.")
@click.option("--delete-inactive", is_flag=True, help="Delete a deactivated second key of the user, to make room.")
@click.option(
    "--endpoint-url", metavar="URL", help="Where IAM and STS answer.  [default: the dataset's own server, or AWS]"
)
@agreement_options
@common_options
def command(**given: Any) -> None:
    """Replace the access key of DATASET: a new one is made and proven before the old one is deactivated.

    Every dataset of this machine that uses the key gets the new one. If anything fails, the old key is used again.
    """
    from .rotate_run import Options, run

    raise SystemExit(run(Options(**given)))
