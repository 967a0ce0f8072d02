"""What a run made that did not come to its end is shown, and taken back where somebody says so."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click

from core.access import UserAccess
from core.aws.session import Clients
from core.provision.journal import Entry, Journal, JournalError
from core.provision.plan_values import AwsPlan
from core.provision.refusals import Refusal, Stopped
from core.provision.rollback import roll_back, what_goes_back
from core.provision.waiting import RealWaiter
from core.store.secrets import SecretStore

from .administrator import interruptible, tell
from .common import remark
from .hints import refusal_text

__all__ = ["Means", "TakenBack", "offer_to_take_back"]

_QUESTION = "Take that back? Otherwise the same command goes on later"


@dataclass(frozen=True, slots=True)
class Means:
    """With what AWS is changed, and where that is written down."""

    administrator: UserAccess
    secrets: SecretStore
    journal: Journal
    clients: Clients


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The sentences of what was taken back. `interrupted`: somebody ended it on the way."""

    done: tuple[str, ...] = ()
    interrupted: bool = False


def offer_to_take_back(plan: AwsPlan, stopped: Stopped, means: Means, *, attended: bool) -> TakenBack:
    """Take back what was made, where somebody says so; unattended, where running it again would end the same."""
    if not stopped.made or stopped.refusal.cause == "interrupted":
        return TakenBack()
    click.echo("Made so far:", err=True)
    for thing in stopped.made:
        click.echo(f"  {thing}", err=True)
    asks = attended and sys.stdin.isatty()
    if stopped.refusal.again and not asks:
        return TakenBack()
    waiter = RealWaiter()
    try:
        with interruptible(waiter):
            entries = _entries(plan, means.journal)
            going = _goes_back(entries, means, waiter)
        if not waiter.wait(0.0):
            return TakenBack(interrupted=True)
        # Ctrl+C at the question itself ends the program, as at every other one.
        if not going or (asks and not click.confirm(_QUESTION, default=False, err=True)):
            return TakenBack()
        with interruptible(waiter):
            return _roll_back(entries, means, waiter)
    except JournalError as error:
        remark(str(error))
        return TakenBack()


def _entries(plan: AwsPlan, journal: Journal) -> tuple[Entry, ...]:
    found = (journal.read(plan.account_id, wanted.access, wanted.name) for wanted in plan.wanted)
    return tuple(entry for entry in found if entry is not None)


def _goes_back(entries: Sequence[Entry], means: Means, waiter: RealWaiter) -> bool:
    """Show what goes and what stays; tell whether anything goes."""
    goes_back = False
    for entry in entries:
        going = what_goes_back(
            entry,
            means.administrator,
            secrets=means.secrets,
            journal=means.journal,
            clients=means.clients,
            waiter=waiter,
        )
        if isinstance(going, Refusal):
            remark(refusal_text(going))
            return False
        goes_back = goes_back or bool(going.steps)
        for heading, sentences in (("To take it back:", going.steps), ("What stays:", going.stays)):
            for sentence in (heading, *(f"  {each}" for each in sentences)) if sentences else ():
                click.echo(sentence, err=True)
    return goes_back


def _roll_back(entries: Sequence[Entry], means: Means, waiter: RealWaiter) -> TakenBack:
    done: list[str] = []
    for entry in entries:
        outcome = roll_back(
            entry,
            means.administrator,
            secrets=means.secrets,
            journal=means.journal,
            tell=tell,
            clients=means.clients,
            waiter=waiter,
        )
        if isinstance(outcome, Stopped):
            remark(refusal_text(outcome.refusal))
            return TakenBack(tuple(done), interrupted=outcome.refusal.cause == "interrupted")
        done += outcome.steps
    return TakenBack(tuple(done))
