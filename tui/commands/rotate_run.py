"""What `bucketlight rotate` does: from the options to a plan, and from the plan to another key."""

from __future__ import annotations

import json
from dataclasses import dataclass

import click

from core.access import mask_key_id
from core.aws.session import Clients, iam_endpoint
from core.dataset import Dataset, Purpose
from core.lights.check import Checker
from core.provision.rotation.administrator import KeyAdministrator
from core.provision.rotation.ended import Ending, ended, forgotten
from core.provision.rotation.journal import RotationJournal
from core.provision.rotation.look import Asked, plan_rotation, source_of
from core.provision.rotation.outcome import Outcome, Progress, Rotated, RotateEvent, Stopped, WentBack
from core.provision.rotation.plan import RotatePlan, RotationRefusedError, UserGoneError
from core.provision.rotation.record import Record
from core.provision.rotation.run import forget, rotate
from core.provision.rotation.words import command_for, sentence, where
from core.provision.rotation.world import World, WorldError
from core.provision.waiting import RealWaiter
from core.store.datasets import DatasetStore
from core.store.errors import StoreError
from core.store.observations import Observations
from core.store.paths import Home

from .administrator import INTERRUPTED, STOPPED, agree, interruptible, open_keyring, read_administrator
from .common import check_endpoint, fail, home_at, platform_at, platform_named
from .hints import error_text, note_hints

__all__ = ["Options", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options as they were typed."""

    dataset: str
    profile: str
    purpose: str | None
    finish: bool
    back: bool
    delete_old: bool
    delete_inactive: bool
    endpoint_url: str | None
    account: str | None
    dry_run: bool
    form: str
    home: str | None
    platform_url: str | None

    @property
    def asked(self) -> Asked:
        """How far to go, and what may be deleted."""
        return Asked(
            finish=self.finish, delete_old=self.delete_old, back=self.back, delete_inactive=self.delete_inactive
        )


def run(options: Options) -> int:
    """Plan, show the plan, carry it out where somebody agrees; return the exit code. What is refused ends it."""
    if options.back and (options.finish or options.delete_old):
        fail("--back does the opposite of --finish and --delete-old. Give one of them.")
    endpoint = check_endpoint(options.endpoint_url)
    folders = home_at(options.home)
    named = platform_named(options.platform_url)
    platform = platform_at(named) if named else None
    dataset = _dataset(options.dataset, folders, platform)
    purpose = Purpose(options.purpose.upper()) if options.purpose else None
    journal = RotationJournal(folders)
    try:
        with journal.held():
            records = journal.load()
            source = source_of(dataset, purpose, records)
            world = _world(folders, platform)
            administrator = KeyAdministrator(
                Clients(may_change=True),
                read_administrator(options.profile),
                region=source.region,
                endpoint_url=iam_endpoint(endpoint or source.endpoint_url),
            )
            try:
                plan = plan_rotation(
                    dataset, purpose, options.asked, world=world, administrator=administrator, journal=journal
                )
            except UserGoneError as gone:
                if options.dry_run:
                    raise
                return _forget(options, gone, world, journal)
            return _carry_out(options, plan, world, administrator, journal, again=where(endpoint))
    except (RotationRefusedError, StoreError, WorldError) as error:
        fail(error_text(error))


def _world(folders: Home, platform: str | None) -> World:
    return World(
        datasets=DatasetStore(folders),
        secrets=open_keyring(only_to_look=False).store,
        checker=Checker(stored_dry_writes=Observations(folders)),
        platform_url=platform,
    )


def _dataset(name: str, folders: Home, platform_url: str | None) -> Dataset:
    try:
        known = DatasetStore(folders).load()
    except StoreError as error:
        fail(str(error))
    found = [each for each in known if each.name == name and platform_url in {None, each.platform_url}]
    if not found:
        names = ", ".join(each.name for each in known) or "none"
        fail(f"no dataset named “{name}” is known here. Known: {names}.")
    if len(found) > 1:
        fail(f"{name} is known on {len(found)} platforms. Name one with --platform-url.")
    return found[0]


def _forget(options: Options, gone: UserGoneError, world: World, journal: RotationJournal) -> int:
    """Forget a rotation that cannot go on, after the account was agreed to."""
    record = gone.record
    click.echo(f"Account    {record.owner.account_id}\n{gone}", err=True)
    agree(record.owner.account_id, options.account)
    forget(record, world=world, journal=journal)
    ending = forgotten(record)
    lines = (f"{ending.headline} {ending.lines[0]}", *ending.lines[1:], "Run `bucketlight setup` for that.")
    _tell_end(options, None, ending, lines, _of_keys(record))
    return 0 if ending.well else STOPPED


def _carry_out(
    options: Options,
    plan: RotatePlan,
    world: World,
    administrator: KeyAdministrator,
    journal: RotationJournal,
    *,
    again: tuple[str, ...],
) -> int:
    for line in (*plan.lines(), *note_hints(plan.notes)):
        click.echo(line, err=options.form == "json")
    if options.dry_run:
        if options.form == "json":
            _write_json(plan, {"state": "dry-run"})
        return 0
    if plan.steps:
        agree(plan.account_id, options.account)
    waiter = RealWaiter()
    with interruptible(waiter):
        outcome = rotate(
            plan,
            world=world,
            administrator=administrator,
            journal=journal,
            on_event=_Told(plan).tell,
            waiter=waiter,
        )
    ending = ended(outcome, plan.goal)
    on = _how_to_go_on(outcome, command_for(plan.dataset, "--profile", options.profile, *again))
    _tell_end(options, plan, ending, (*ending.lines, *on), _of_keys(outcome.record) | _of_outcome(outcome))
    if isinstance(outcome, Stopped) and not waiter.wait(0.0):
        return INTERRUPTED
    return 0 if ending.well else STOPPED


class _Told:
    """Tells on stderr what is under way, so that stdout holds the result alone."""

    def __init__(self, plan: RotatePlan) -> None:
        self._record = plan.record
        self._missing = ""

    def tell(self, event: RotateEvent) -> None:
        """Tell it in a line."""
        if isinstance(event, Progress):
            self._missing = ""
            text = "  done" if event.done else sentence(event.step, self._record)
        elif event.missing == self._missing:
            return  # a line for each try says nothing more
        else:
            self._missing = event.missing
            text = f"  not yet: {event.missing} ({event.left} s left)"
        click.echo(text, err=True)


def _how_to_go_on(outcome: Outcome, command: str) -> tuple[str, ...]:
    """Name the commands that may follow."""
    if isinstance(outcome, Stopped):
        return (f"The same command goes on: {command}",)
    if isinstance(outcome, Rotated) and not outcome.deleted:
        return f"Delete it after a day: {command} --finish", f"If something still needs it: {command} --back"
    return ()


def _of_keys(record: Record) -> dict[str, object]:
    new = mask_key_id(record.new_key) if record.new_key else None
    return {"old_key": mask_key_id(record.old_key), "new_key": new}


def _of_outcome(outcome: Outcome) -> dict[str, object]:
    match outcome:
        case Rotated():
            since = outcome.record.rests_since
            return {"rests_since": since.isoformat() if since else None}
        case WentBack():
            return {"reason": outcome.reason}
    return {"reason": outcome.reason, "holds": outcome.holds}


def _tell_end(
    options: Options, plan: RotatePlan | None, ending: Ending, lines: tuple[str, ...], result: dict[str, object]
) -> None:
    if options.form == "json":
        _write_json(plan, result | {"state": ending.state})
    else:
        for line in lines:
            click.echo(line)


def _write_json(plan: RotatePlan | None, outcome: dict[str, object]) -> None:
    told = {"schema": 1, "plan": plan.to_json() if plan else None, "outcome": outcome}
    click.echo(json.dumps(told, indent=1))
