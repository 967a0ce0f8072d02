"""`bucketlight policy`: the least-privilege policy for a folder, or all that an administrator needs to make it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from .aws_options import grant_options, place_options
from .common import fail, taken_everywhere
from .hints import error_text

__all__ = ["command"]

_FORMS = ("json", "trust", "key-policy", "bucket-policy", "cloudformation", "terraform", "cli", "console", "message")


@click.command(
    "policy",
    epilog="""\b
Examples:
  bucketlight policy s3://datalake/projects/farm-animals/
  bucketlight policy s3://datalake/projects/farm-animals/ --needs list,read
  bucketlight policy s3://datalake/results/ --write-only-lightly --delete
  bucketlight policy s3://datalake/x/ --output-uri s3://results/x/
  bucketlight policy s3://datalake/x/ \\
      --kms-key arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab
  bucketlight policy s3://datalake/x/ --access role --format trust
  bucketlight policy s3://datalake/cows/ --access role --out for-our-admin
  bucketlight policy --for-setup --boundary arn:aws:iam::111122223333:policy/B

\b
Formats:
  json            the permission policy; the only text on the standard output
  trust           the trust policy of a role that Lightly's account assumes
  key-policy      the statement for the policy of the KMS key
  bucket-policy   the bucket's policy, for a user or role of another account
  cloudformation, terraform, cli, console
                  what an administrator makes it with; no secret is in it
  message         the message to the administrator""",
)
@click.argument("uri", metavar="[s3://URI]", required=False)
@grant_options
@click.option(
    "--region", metavar="REGION", help="The bucket's region; it decides the partition (aws, aws-cn, aws-us-gov)."
)
@click.option(
    "--access",
    type=click.Choice(["user", "role"]),
    help="Who gets it: an IAM user with an access key, or a role that Lightly assumes.  [default: user]",
)
@click.option(
    "--dataset", metavar="NAME", help="The dataset, after which user or role are named.  [default: the folder]"
)
@click.option("--account", "account_id", metavar="ID", help="The AWS account in which it is made.")
@click.option(
    "--bucket-account", "bucket_account_id", metavar="ID", help="The AWS account of the bucket, where it is another."
)
@place_options
@click.option("--principal", metavar="ARN", help="Who is let in by key-policy and bucket-policy, if there already.")
@click.option(
    "--template-url", metavar="URL", help="Where in S3 the CloudFormation template will be: the link that opens it."
)
@click.option(
    "--external-id",
    metavar="[new|ask|stdin]",
    help="Make a role's external ID, ask for it, or read it from stdin. It is never an argument.  [default: new]",
)
@click.option("--for-setup", is_flag=True, help="The policy of whoever lets bucketlight make users and roles.")
@click.option(
    "--format", "form", metavar="FORMAT", type=click.Choice(_FORMS), help="What to write, see below.  [default: json]"
)
@click.option("--out", "folder", metavar="FOLDER", help="Write files into FOLDER; without --format, all forms.")
@click.option("-o", "file", metavar="FILE", help="Write into FILE.")
@taken_everywhere("--home", "--platform-url")
def command(**given: Any) -> None:
    """Write the IAM policy that allows these operations under URI, and nothing else.

    In other formats: what an administrator needs to make the user or the role.
    """
    from .policy_text import Options, write

    folder, file = given.pop("folder"), given.pop("file")
    if folder is not None and file is not None:
        fail("--out names a folder and -o a file: give one of them.")
    try:
        files = write(Options(**given, several=folder is not None))
    except ValueError as error:
        fail(error_text(error))
    _give(files, folder, file)


def _give(files: Mapping[str, str], folder: str | None, file: str | None) -> None:
    """Print what was written, or save it; only the user can read the files."""
    if folder is None and len(files) > 1:
        fail(f"This makes {len(files)} files, {', '.join(files)}: name a folder for them with --out FOLDER.")
    if folder is None and file is None:
        click.echo("".join(files.values()), nl=False)
        return
    if file is not None:
        if Path(file).is_dir():
            fail(f"{file} is a folder: use --out {file}.")
        folder = str(Path(file).parent)
        files = {Path(file).name: text for text in files.values()}
    from core.provision.handoff import EXTERNAL_ID_FILE, save
    from core.store.errors import StoreError

    from ..handoff_files import beside

    try:
        target = Path(folder or ".")
        apart = {beside(target.resolve()).name: files[EXTERNAL_ID_FILE]} if EXTERNAL_ID_FILE in files else {}
        saved = save({name: text for name, text in files.items() if name != EXTERNAL_ID_FILE}, target)
        saved += save(apart, target.resolve().parent) if apart else ()
    except (StoreError, OSError) as error:
        fail(str(error))
    for path in saved:
        click.echo(f"Wrote {path}")
