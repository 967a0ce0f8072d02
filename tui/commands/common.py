"""What the commands share: the options that all of them take, and the way into the app."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from core.store.paths import Home

__all__ = [
    "USAGE",
    "check_endpoint",
    "common_options",
    "fail",
    "home_at",
    "home_option",
    "open_app",
    "parse_location",
    "platform_at",
    "platform_named",
    "platform_option",
    "remark",
    "require_terminal",
    "taken_everywhere",
]

USAGE = 2
"""The exit code for wrong usage or configuration, and for nothing to check."""

_F = TypeVar("_F", bound=Callable[..., Any])


def common_options(function: _F) -> _F:
    """Add `--home` and `--platform-url`. Given before the command's name they hold as well."""
    return home_option(platform_option(function))


def home_option(function: _F) -> _F:
    """Add `--home`, where something of the user's folders is read or written."""
    return click.option("--home", metavar="DIR", help="Keep configuration, history and drafts in DIR.")(function)


def platform_option(function: _F) -> _F:
    """Add `--platform-url`, where something is asked of the platform."""
    return click.option("--platform-url", metavar="URL", help="The Lightly platform's address.")(function)


def taken_everywhere(*names: str) -> Callable[[_F], _F]:
    """Take options that all commands take where they mean nothing: help does not show them, and no argument is made."""

    def add(function: _F) -> _F:
        for name in names:
            function = click.option(name, hidden=True, expose_value=False)(function)
        return function

    return add


def fail(problem: str) -> NoReturn:
    """End the program with a sentence on stderr."""
    remark(problem)
    raise SystemExit(USAGE)


def remark(sentence: str) -> None:
    """Say on stderr what is worth to know, and go on."""
    click.echo(f"bucketlight: {sentence}", err=True)


def _outer(index: int) -> str | None:
    context = click.get_current_context(silent=True)
    outer = context.find_root().obj if context is not None else None
    return outer[index] if isinstance(outer, tuple) else None


def home_at(given: str | None) -> Home:
    """Return the folders of this program: those below `--home`, else the platform's usual ones."""
    from core.store.paths import Home

    given = given or _outer(0)
    try:
        return Home.at(Path(given).expanduser().absolute()) if given else Home.default()
    except RuntimeError:
        fail(f"--home {given}: there is no such user here. Name a folder.")


def platform_named(given: str | None) -> str | None:
    """Return `--platform-url` as it was given after the command's name or before it, or None."""
    return given or _outer(1)


def platform_at(given: str | None) -> str:
    """Return the platform's address: the option's, else LIGHTLY_SERVER_LOCATION, else Lightly's own."""
    from core.lightly.environment import platform_url_from_environment
    from core.lightly.rules import check_platform_url

    given = platform_named(given)
    try:
        return check_platform_url(given) if given else platform_url_from_environment()
    except ValueError as error:
        fail(str(error))


def check_endpoint(url: str | None) -> str | None:
    """Take an S3 endpoint as it was typed: https, or http on this machine; no user name in it.

    Keys are signed for this host, so it must be one that the user named. The address is not repeated where it is
    refused: it may hold a password.
    """
    from core.address import check_address

    if url is None:
        return None
    try:
        return check_address(url)
    except ValueError:
        if "@" in url:
            fail("--endpoint-url names a user or holds an “@”: give it without. Keys come from your AWS credentials.")
        if url.strip().lower().startswith("http://"):
            fail("--endpoint-url starts with http://: use https://. Without it only this machine, 127.0.0.1, is asked.")
        fail("--endpoint-url is not understood: it looks like https://s3.example.com.")


def parse_location(text: str) -> Any:
    """Read an S3 URI of the command line, or end the program with what is wrong and what was probably meant."""
    from core.location import LocationError, S3Location

    try:
        return S3Location.parse(text)
    except LocationError as error:
        if error.usable is not None:
            remark(f"{error} It is used as it stands.")
            return error.usable
        meant = f" Write {error.suggestion}." if error.suggestion else ""
        fail(f"{text}: {error}{meant}")


def require_terminal(instead: str) -> None:
    """End the program, naming the command to use instead, where there is no terminal for an app."""
    # Textual reads from the first, and draws on the last.
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        fail(f"the app needs a terminal. {instead}")
    if os.environ.get("TERM", "") in {"", "dumb", "unknown"}:
        fail(f"this terminal (TERM={os.environ.get('TERM', '')}) cannot show the app. {instead}")


def open_app(*, home: str | None, platform_url: str | None, start: Literal["home", "setup"], **more: Any) -> NoReturn:
    """Run the app in this terminal, and end with its exit code."""
    require_terminal("Use `bucketlight check`, or `bucketlight policy`.")
    from ..run import run_app

    raise SystemExit(run_app(home=home_at(home), platform_url=platform_at(platform_url), start=start, **more))
