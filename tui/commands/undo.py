"""`bucketlight undo`: take back what bucketlight made in AWS for a dataset."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from .administrator import INTERRUPTED, STOPPED, agree, interruptible, open_keyring, read_administrator, refused, tell
from .aws_options import agreement_options, profile_option
from .common import USAGE, check_endpoint, fail, home_at, home_option, remark, taken_everywhere
from .hints import refusal_text

if TYPE_CHECKING:
    from core.dataset import Dataset
    from core.provision.refusals import Stopped
    from core.provision.undo import UndoPlan
    from core.store.paths import Home

    from .taking_back import Means

__all__ = ["command"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options as they were typed."""

    dataset: str
    profile: str
    name: str | None
    region: str | None
    endpoint_url: str | None
    account: str | None
    dry_run: bool
    form: str
    home: str | None


@click.command(
    "undo",
    epilog="""\b
Examples:
  bucketlight undo farm-animals --profile admin --dry-run
  bucketlight undo farm-animals --profile admin

\b
Whatever ends it, the same command goes on where it ended. Exit codes:
  0  done
  1  stopped half-way
  2  refused, or wrong usage: nothing was taken back
  130  interrupted""",
)
@click.argument("dataset")
@profile_option
@click.option(
    "--name",
    metavar="NAME",
    help="The user's or role's name.  [default: both Lightly-S3-DATASET and Lightly-S3-DATASET-output]",
)
@click.option("--region", metavar="REGION", help="A region of the account's partition, outside of the usual one.")
@click.option(
    "--endpoint-url", metavar="URL", help="Where IAM and STS answer.  [default: the dataset's own server, or AWS]"
)
@agreement_options
@home_option
@taken_everywhere("--platform-url")
def command(**given: Any) -> None:
    """Delete the user or role that bucketlight made in AWS for DATASET, with its key; nothing else is touched.

    What will go is shown first. It goes after the account's ID was typed. Lightly cannot reach the folder any more.
    """
    raise SystemExit(_run(Options(**given)))


def _run(options: Options) -> int:
    from core.aws.session import Clients
    from core.provision.journal import Journal
    from core.provision.undo_plan import without_keyring

    from .taking_back import Means

    folders = home_at(options.home)
    options = _with_its_server(options, folders)
    keyring = open_keyring(only_to_look=options.dry_run)
    means = Means(read_administrator(options.profile), keyring.store, Journal(folders), Clients(may_change=True))
    plan = _plan(options, means)
    if keyring.problem:
        plan = without_keyring(plan, keyring.problem)
    if options.form == "text" or not options.dry_run:
        for line in plan.lines():
            click.echo(line, err=options.form == "json")
    result, code = None, 0
    if not options.dry_run:
        agree(plan.account_id, options.account)
        result, code = _carry_out(options, plan, means, folders)
    if options.form == "json":
        told = {"schema": 1, "plan": plan.to_json(), "result": result}
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
    return code


def _with_its_server(options: Options, folders: Home) -> Options:
    """Put in where the dataset is, for what was not typed: the screen asks there too."""
    from core.aws.session import iam_endpoint

    sources = [source for each in _known(options.dataset, folders) for source in each.datasources]
    servers = {iam_endpoint(source.endpoint_url): source.region for source in sources}
    endpoint = check_endpoint(options.endpoint_url)
    if endpoint is None and len(servers) > 1:
        named = " and at ".join(sorted(each or "AWS" for each in servers))
        fail(f"{options.dataset} is at {named}. Name the server of the account with --endpoint-url.")
    at = iam_endpoint(endpoint) if endpoint else next(iter(servers), None)
    return replace(options, endpoint_url=at, region=options.region or servers.get(at))


def _known(dataset: str, folders: Home) -> list[Dataset]:
    """Return what is known here under that name: nothing, where the file cannot be read."""
    from core.store.datasets import DatasetStore
    from core.store.errors import StoreError

    try:
        return [each for each in DatasetStore(folders).load() if each.name == dataset]
    except StoreError:
        return []


def _plan(options: Options, means: Means) -> UndoPlan:
    from core.provision.looking import look_at
    from core.provision.refusals import Refusal
    from core.provision.undo import principals_of, undo_plan_for

    found = look_at(
        means.administrator,
        principals_of(options.dataset, options.name),
        secrets=means.secrets,
        journal=means.journal,
        region=options.region,
        endpoint_url=options.endpoint_url,
        clients=means.clients,
    )
    if isinstance(found, Refusal):
        refused(found)
    plan = undo_plan_for(options.dataset, found, endpoint_url=options.endpoint_url, region=options.region)
    if isinstance(plan, Refusal):
        refused(plan)
    return plan


def _carry_out(options: Options, plan: UndoPlan, means: Means, folders: Home) -> tuple[dict[str, object], int]:
    """Do it and say how it ended: for JSON, and as the exit code."""
    from core.provision.refusals import Stopped
    from core.provision.rotation.journal import RotationJournal
    from core.provision.undo import undo
    from core.provision.undo_plan import gone_lines
    from core.provision.waiting import RealWaiter

    waiter = RealWaiter()
    with interruptible(waiter):
        outcome = undo(
            plan,
            means.administrator,
            secrets=means.secrets,
            journal=means.journal,
            rotations=RotationJournal(folders),
            tell=tell,
            clients=means.clients,
            waiter=waiter,
        )
    if isinstance(outcome, Stopped):
        return outcome.to_json(), _say_stopped(outcome)
    if options.form == "text":
        click.echo()
        for line in gone_lines(plan):
            click.echo(line)
    _remind(options.dataset, folders)
    return {"steps": list(outcome.steps)}, 0


def _say_stopped(stopped: Stopped) -> int:
    remark(refusal_text(stopped.refusal))
    if stopped.refusal.cause == "interrupted":
        return INTERRUPTED
    return STOPPED if stopped.last else USAGE


def _remind(dataset: str, folders: Home) -> None:
    """Say that the dataset is still set up here, where it is: nothing of that was touched."""
    if _known(dataset, folders):
        click.echo(f"The dataset {dataset} stays known here and at Lightly, and cannot be reached now.", err=True)
