"""`bucketlight policy`: the least-privilege policy for a folder."""

from __future__ import annotations

import click

from .common import common_options, fail, parse_location

__all__ = ["command"]


@click.command(
    "policy",
    epilog="""\b
Examples:
  bucketlight policy s3://datalake/projects/farm-animals/
  bucketlight policy s3://datalake/projects/farm-animals/ --needs list,read
  bucketlight policy s3://datalake/results/ --write-only-lightly --delete
  bucketlight policy s3://datalake/x/ --kms-key arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab""",
)
@click.argument("uri")
@click.option("--needs", default="list,read,write", show_default=True, help="Operations to allow, with commas.")
@click.option("--delete", is_flag=True, help="Also allow to delete what Write may store. No light needs it.")
@click.option("--write-only-lightly", is_flag=True, help="Write (and delete) in the folder .lightly/ under URI only.")
@click.option("--kms-key", metavar="ARN", help="The key that encrypts the folder.")
@click.option("--region", help="The bucket's region; it decides the partition (aws, aws-cn, aws-us-gov).")
@click.option("--format", "form", type=click.Choice(["json"]), default="json", show_default=True)
@common_options
def command(
    uri: str,
    needs: str,
    delete: bool,
    write_only_lightly: bool,
    kms_key: str | None,
    region: str | None,
    form: str,
    home: str | None,
    platform_url: str | None,
) -> None:
    """Write the IAM policy that allows these operations under URI, and nothing else."""
    from core.aws.policy import PolicyError, permission_policy, to_json

    from .operations import parse_operations

    del form, home, platform_url  # one format so far; nothing is kept or asked
    location = parse_location(uri)
    try:
        document = permission_policy(
            location,
            parse_operations(needs),
            kms_key_arn=kms_key,
            region=region,
            delete=delete,
            lightly_folder_only=write_only_lightly,
        )
    except PolicyError as error:
        fail(str(error))
    click.echo(to_json(document), nl=False)
