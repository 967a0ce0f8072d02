"""`bucketlight check`: check permissions again, without the app."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import click

from .common import check_endpoint, common_options, fail, home_at, parse_location, platform_at, platform_named, remark
from .operations import parse_operations

if TYPE_CHECKING:
    from core.dataset import Dataset
    from core.location import S3Location
    from core.recheck import Result
    from core.store.paths import Home
    from core.store.secrets import SecretStore

__all__ = ["command"]

_INTERRUPTED = 130
"""The exit code of a program that SIGINT ended (128 + 2), as shells give it."""


@click.command(
    "check",
    epilog="""\b
Examples:
  bucketlight check                       every known dataset
  bucketlight check cows --explain        one of them, with fixes and evidence
  bucketlight check s3://bucket/folder/   a folder, with your AWS credentials
  bucketlight check s3://bucket/folder/ --needs list,read,write --format json

\b
Exit codes:
  0  every required operation works (be it with a warning)
  1  a required operation fails
  2  wrong usage or configuration, or nothing to check
  3  none fails, but a required one is not proven
  130  interrupted""",
)
@click.argument("what", nargs=-1, metavar="[DATASET or s3://URI ...]")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--needs", help="Operations to require of a URI, with commas.  [default: list,read]")
@click.option(
    "--write-probe",
    type=click.Choice(["dry", "multipart", "real", "off"]),
    default="dry",
    show_default=True,
    help="How Write is tried. Only real stores an object, and deletes it.",
)
@click.option(
    "--look-ups",
    type=click.Choice(["none", "prefix", "iam"]),
    default="prefix",
    show_default=True,
    help="What to ask beyond the lights: prefix asks who you are, and once more where a light is not green; "
    "iam also reads your own policies, asks the policy simulator, and notes what is too open.",
)
@click.option("--endpoint-url", metavar="URL", help="Another S3 server, for a URI.")
@click.option("--region", help="The bucket's region, for a URI.  [default: found by itself]")
@click.option("--profile", help="The AWS profile to use, for a URI.")
@click.option("--no-platform", is_flag=True, help="Do not ask the Lightly platform.")
@click.option(
    "--explain",
    is_flag=True,
    help="Show for every light what was asked and answered, what to paste, and where to read more.",
)
@common_options
def command(
    what: tuple[str, ...],
    form: str,
    needs: str | None,
    write_probe: str,
    look_ups: str,
    endpoint_url: str | None,
    region: str | None,
    profile: str | None,
    no_platform: bool,
    explain: bool,
    home: str | None,
    platform_url: str | None,
) -> None:
    """Check List, Read and Write again: of known datasets, or of a folder with your AWS credentials.

    Write is tried by a dry run, which AWS does not store; only --write-probe real stores an object, and deletes it.
    Lightly's own test, asked for known datasets, stores a small object of its own.
    """
    from core.dataset import Dataset
    from core.lights.check import Checker
    from core.lights.states import LookUps, ProbeMode
    from core.lights.target import CheckOptions
    from core.recheck import check_uri, client_for, exit_code, recheck, token_of
    from core.report import to_json, to_table
    from core.store.observations import Observations
    from core.store.secrets import MemorySecretStore

    folders = home_at(home)
    named = platform_named(platform_url)
    platform = platform_at(named) if named else None
    options = CheckOptions(write_probe=ProbeMode(write_probe), look_ups=LookUps(look_ups))
    checker = Checker(stored_dry_writes=Observations(folders))
    required = parse_operations("list,read" if needs is None else needs)
    endpoint = check_endpoint(endpoint_url)
    subjects = _subjects(what, folders, platform)
    if all(isinstance(subject, Dataset) for subject in subjects):
        _refuse_for_datasets({"needs": needs, "endpoint-url": endpoint_url, "region": region, "profile": profile})
    secrets: SecretStore = MemorySecretStore()
    if any(isinstance(subject, Dataset) for subject in subjects):
        secrets = _secrets()
    results: list[Result] = []
    # An exception could be swallowed on its way, in a callback of a library; nothing here needs tidying up.
    before = signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    try:
        for subject in subjects:
            if isinstance(subject, Dataset):
                token = partial(token_of, subject.platform_url, secrets, named=platform)
                client = None if no_platform else client_for(subject, token)
                results += recheck(subject, checker=checker, secrets=secrets, options=options, client=client)
            else:
                results.append(
                    check_uri(
                        subject,
                        checker=checker,
                        options=options,
                        required=required,
                        endpoint_url=endpoint,
                        region=region,
                        profile=profile,
                    )
                )
    finally:
        signal.signal(signal.SIGINT, before)
    found = tuple(results)
    click.echo(to_json(found, datetime.now(UTC)) if form == "json" else to_table(found, explain=explain), nl=False)
    raise SystemExit(exit_code(found))


def _subjects(what: tuple[str, ...], folders: Home, platform_url: str | None) -> list[Dataset | S3Location]:
    """Find out what is to be checked, in the order of the arguments."""
    from core.store.datasets import DatasetStore
    from core.store.errors import StoreError

    uris = [parse_location(text) if _looks_like_uri(text) else None for text in what]
    if what and all(uris):
        return [uri for uri in uris if uri is not None]
    try:
        known = DatasetStore(folders).load()
    except StoreError as error:
        fail(str(error))
    if not what:
        if not known:
            fail(
                "no dataset is known here. Set one up with `bucketlight setup`, or name a folder: s3://bucket/folder/."
            )
        there = [dataset for dataset in known if platform_url in {None, dataset.platform_url}]
        if not there:
            fail(f"no dataset of {platform_url} is known here. Leave --platform-url out to check every dataset.")
        return list(there)
    subjects: list[Dataset | S3Location] = []
    for text, uri in zip(what, uris, strict=True):
        if uri is not None:
            subjects.append(uri)
            continue
        named = [each for each in known if each.name == text and platform_url in {None, each.platform_url}]
        if not named:
            names = ", ".join(each.name for each in known) or "none"
            fail(f"no dataset named “{text}” is known here. Known: {names}. A folder is written s3://bucket/folder/.")
        subjects += named
    return subjects


def _refuse_for_datasets(options: dict[str, str | None]) -> None:
    """End where an option would change nothing: a dataset says itself what it needs and where it is."""
    given = [f"--{name}" for name, value in options.items() if value is not None]
    if given:
        fail(f"{', '.join(given)}: only for a folder, s3://bucket/folder/. A dataset has its own, from its setup.")


def _looks_like_uri(text: str) -> bool:
    return ":" in text or "/" in text


def _secrets() -> SecretStore:
    from core.store.secrets import open_secret_store

    opened = open_secret_store(may_prompt=False)
    if opened.problem:
        remark(opened.problem)
    return opened.store
