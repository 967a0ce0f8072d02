"""What the commands share that change something in AWS: whose credentials, agreeing to a plan, telling what happens."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from .common import fail
from .hints import refusal_text

if TYPE_CHECKING:
    from core.access import Secret, UserAccess
    from core.provision.progress import Progress
    from core.provision.refusals import Refusal
    from core.provision.waiting import RealWaiter
    from core.store.secrets import Opened

__all__ = ["INTERRUPTED", "STOPPED", "agree", "interruptible", "open_keyring", "read_administrator", "refused", "tell"]

STOPPED = 1
"""The exit code where it ended half-way."""

INTERRUPTED = 130
"""The exit code of a program that SIGINT ended (128 + 2), as shells give it."""

_CODES = 3


def read_administrator(profile: str) -> UserAccess:
    """Read the administrator's profile; the code of an MFA device is asked for on the terminal."""
    from core.access import Secret
    from core.aws.credentials import CredentialsError
    from core.aws.profiles import CodeWantedError, read_profile

    code: Secret | None = None
    left = _CODES
    while True:
        try:
            return read_profile(profile, code=code)
        except CodeWantedError as wanted:
            if not sys.stdin.isatty():
                fail(f"the profile {profile} asks for an MFA code, and there is no terminal to type it in.")
            if wanted.refused:
                click.echo("The code was not accepted. Wait for the next one.", err=True)
            if not left:
                fail(f"{_CODES} codes were not accepted. Nothing was done.")
            left -= 1
            device = wanted.mfa_serial or "your device"
            code = Secret(click.prompt(f"MFA code of {device} (not shown)", hide_input=True, err=True))
        except CredentialsError as error:
            fail(f"{error} {error.fix}")


def open_keyring(*, only_to_look: bool) -> Opened:
    """Open the keyring. Where there is none nothing can be made; to look, memory does; its `problem` is to be said."""
    from core.store.secrets import open_secret_store

    opened = open_secret_store()
    if opened.problem and not only_to_look:
        fail(f"{opened.problem} Nothing was done.")
    return opened


def agree(account_id: str, given: str | None) -> None:
    """See that somebody means this account: its ID is typed, or was given."""
    if given is None:
        if not sys.stdin.isatty():
            fail(f"nothing was done. Agree to the plan with --account {account_id}.")
        # An exception could be swallowed on its way, in a callback of a library; nothing is begun yet.
        before = signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
        try:
            given = click.prompt("Type the account ID to go on", err=True, default="", show_default=False)
        finally:
            signal.signal(signal.SIGINT, before)
    if given.strip().replace("-", "") != account_id:
        fail(f"that is not the account of the plan, {account_id}. Nothing was done.")


def refused(refusal: Refusal) -> NoReturn:
    """End with why, and with the way on."""
    fail(refusal_text(refusal))


def tell(event: Progress) -> None:
    """Write a line on stderr for what is done, and for what is waited for."""
    match event.state.value:
        case "done":
            click.echo(f"  done  {event.sentence}", err=True)
        case "retrying":
            click.echo(f"  AWS asks for patience: once more in {event.next_in} s.", err=True)
        case "not yet":
            click.echo(f"  not yet: AWS is still spreading it. Once more in {event.next_in} s.", err=True)


@contextmanager
def interruptible(waiter: RealWaiter) -> Iterator[None]:
    """Let Ctrl+C end it between two requests; a second one ends it at once. The next run goes on after both."""
    asked = False

    def stop(*_: object) -> None:
        nonlocal asked
        if asked:
            os._exit(INTERRUPTED)
        asked = True
        waiter.stop()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
