"""What `bucketlight provision` does: from the options to a plan, and from the plan to what is there."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from core.access import AccessKind, DelegatedAccess, Secret, UserAccess, mask_key_id
from core.aws.account_rules import check_place
from core.aws.grants import Grant, Networks
from core.aws.policy import PolicyError
from core.aws.region import find_region
from core.aws.session import Clients
from core.console import resource_name
from core.external_id import new_external_id
from core.lightly.rules import dataset_name_problem, external_id_problem
from core.location import S3Location
from core.provision.apply import Made, apply
from core.provision.found import Caller
from core.provision.journal import Journal
from core.provision.looking import identify, look
from core.provision.plan import plan_for, with_trusted_id, without_keyring
from core.provision.plan_values import AwsPlan
from core.provision.refusals import Refusal, Stopped
from core.provision.waiting import RealWaiter
from core.provision.wanted import Wanted, WantedError
from core.store.secrets import SecretStore, SecretUnavailableError

from .administrator import INTERRUPTED, STOPPED, agree, interruptible, open_keyring, read_administrator, refused, tell
from .common import USAGE, check_endpoint, fail, home_at, parse_location, remark
from .granting import GrantOptions, grants_of, networks_of
from .hints import error_text, refusal_text
from .taking_back import Means, offer_to_take_back

__all__ = ["Options", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(GrantOptions):
    """The options as they were typed."""

    uri: str
    dataset: str
    access: str
    profile: str
    name: str | None
    adopt: bool
    path: str
    boundary_arn: str | None
    external_id_file: str | None
    endpoint_url: str | None
    account: str | None
    dry_run: bool
    form: str
    home: str | None

    @property
    def kind(self) -> AccessKind:
        """The access that is made."""
        return AccessKind.DELEGATED if self.access == "role" else AccessKind.USER


def run(options: Options) -> int:
    """Plan, show the plan, carry it out where somebody agrees; return the exit code. What is refused ends it."""
    endpoint = check_endpoint(options.endpoint_url)
    given_id = _given_id(options)
    clients = Clients(may_change=True)
    grants, networks = _allowed(options, endpoint, clients)
    keyring = open_keyring(only_to_look=options.dry_run)
    means = Means(read_administrator(options.profile), keyring.store, Journal(home_at(options.home)), clients)
    caller = identify(means.administrator, region=grants[0].region, endpoint_url=endpoint, clients=clients)
    if isinstance(caller, Refusal):
        refused(caller)
    known_id = given_id or _kept_id(options, caller, keyring.store)
    wanted = _wanted(options, grants, networks, known_id)
    plan = _plan(options, wanted, caller, endpoint, means, id_is_known=known_id is not None)
    if keyring.problem:
        plan = without_keyring(plan, keyring.problem)
    if options.form == "text" or not options.dry_run:
        for line in plan.lines():
            click.echo(line, err=options.form == "json")
    if options.dry_run:
        _write(options, {"plan": plan.to_json(), "result": None})
        return 0
    if plan.steps or options.account is not None:
        agree(plan.account_id, options.account)
    return _carry_out(options, plan, means)


def _given_id(options: Options) -> Secret | None:
    """Look at what is asked of nobody, and read an external ID that was made elsewhere: a file's one line, or stdin."""
    file = options.external_id_file
    if problem := dataset_name_problem(options.dataset):
        fail(f"--dataset: {problem}")
    if file is None:
        return None
    if options.kind is AccessKind.USER:
        fail("--external-id-file: only a role has an external ID.")
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"--external-id-file: {file} cannot be read ({type(error).__name__}).")
    if problem := external_id_problem(text.strip()):
        fail(f"--external-id-file: {problem}")
    return Secret(text.strip())


def _allowed(options: Options, endpoint_url: str | None, clients: Clients) -> tuple[tuple[Grant, ...], Networks | None]:
    """Say what is allowed where, and from where. S3 is asked for regions last."""
    location = parse_location(options.uri)
    try:
        check_place(path=options.path, boundary_arn=options.boundary_arn)
        networks = networks_of(options)
        return grants_of(options, location, find=partial(_region_of, endpoint_url, clients)), networks
    except PolicyError as error:
        fail(error_text(error))


def _region_of(endpoint_url: str | None, clients: Clients, location: S3Location) -> str:
    found = find_region(location, endpoint_url=endpoint_url, clients=clients)
    if found.exists is False:
        fail(f"There is no bucket named {location.bucket}. Correct the URI, or make the bucket first.")
    if found.region is None:
        fail(f"The region of {location.bucket} was not found ({found.problem}). Give it with --region.")
    return found.region


def _kept_id(options: Options, caller: Caller, secrets: SecretStore) -> Secret | None:
    """Return the external ID of a role that is kept on this machine, or None."""
    name = options.name or resource_name(options.dataset)
    try:
        kept = secrets.get_made(caller.account_id, options.kind, name)
    except SecretUnavailableError as error:
        fail(str(error))
    return kept.external_id if isinstance(kept, DelegatedAccess) else None


def _wanted(
    options: Options, grants: tuple[Grant, ...], networks: Networks | None, external_id: Secret | None
) -> Wanted:
    try:
        return Wanted(
            access=options.kind,
            dataset=options.dataset,
            grants=grants,
            external_id=(external_id or new_external_id()) if options.kind is AccessKind.DELEGATED else None,
            networks=networks,
            path=options.path,
            boundary_arn=options.boundary_arn,
            made_on=datetime.now(UTC).date(),
            named=options.name,
        )
    except WantedError as error:
        fail(str(error))


def _plan(
    options: Options, wanted: Wanted, caller: Caller, endpoint_url: str | None, means: Means, *, id_is_known: bool
) -> AwsPlan:
    found = look(
        means.administrator,
        [wanted],
        secrets=means.secrets,
        journal=means.journal,
        caller=caller,
        endpoint_url=endpoint_url,
        clients=means.clients,
    )
    if isinstance(found, Refusal):
        refused(found)
    if not id_is_known:
        wanted = with_trusted_id(wanted, found)
    plan = plan_for([wanted], found, adopt=options.adopt, endpoint_url=endpoint_url)
    if isinstance(plan, Refusal):
        refused(plan)
    return plan


def _carry_out(options: Options, plan: AwsPlan, means: Means) -> int:
    waiter = RealWaiter()
    with interruptible(waiter):
        outcome = apply(
            plan,
            means.administrator,
            secrets=means.secrets,
            journal=means.journal,
            tell=tell,
            clients=means.clients,
            waiter=waiter,
        )
    if not isinstance(outcome, Stopped):
        _say_made(options, plan, outcome, means.secrets)
        return 0
    remark(refusal_text(outcome.refusal))
    back = offer_to_take_back(plan, outcome, means, attended=options.account is None)
    _write(options, {"plan": plan.to_json(), "result": outcome.to_json() | {"taken_back": list(back.done)}})
    if back.interrupted or outcome.refusal.cause == "interrupted":
        return INTERRUPTED
    return STOPPED if outcome.made else USAGE


def _say_made(options: Options, plan: AwsPlan, made: Made, secrets: SecretStore) -> None:
    principals: list[dict[str, object]] = []
    for wanted, access in made.access.items():
        key = mask_key_id(access.access_key_id) if isinstance(access, UserAccess) else None
        principals.append(
            {
                "kind": "user" if key else "role",
                "arn": made.arns[wanted],
                "access_key_id": key,
                "secret": secrets.description,
                "works": made.works,
            }
        )
        if options.form == "text":
            click.echo()
            click.echo(f"{'User' if key else 'Role'}       {made.arns[wanted]}")
            if key:
                click.echo(f"Key        {key}")
            click.echo(f"{'Secret' if key else 'Ext. ID'}    {secrets.description}")
            if not made.works:
                click.echo("Not yet    AWS is still spreading it. Try the lights in a minute.")
    _write(options, {"plan": plan.to_json(), "result": {"steps": list(made.steps), "principals": principals}})


def _write(options: Options, value: dict[str, object]) -> None:
    if options.form == "json":
        click.echo(json.dumps({"schema": 1, **value}, indent=1, ensure_ascii=False))
