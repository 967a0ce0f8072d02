"""`bucketlight setup`: the guided setup."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .common import (
    check_endpoint,
    common_options,
    fail,
    home_at,
    open_app,
    platform_at,
    platform_named,
    require_terminal,
)

if TYPE_CHECKING:
    from core.dataset import Dataset
    from core.store.paths import Home

    from ..plain.unattended import Answered

__all__ = ["command"]


@click.command(
    "setup",
    epilog="""\b
Examples:
  bucketlight setup
  bucketlight setup --plain                         line by line, for screen
                                                    readers and pipes
  bucketlight setup --like cows                     the next folder, with the
                                                    same answers
  bucketlight setup --endpoint-url https://s3.org   another S3 server than AWS
  bucketlight setup --from answers.yaml < secrets   without a person

\b
answers.yaml holds an answer where the default is not meant, by step:
  schema: 1
  needs: {input_type: Images, thumbnails: true}
  bucket: {uri: "s3://datalake/projects/farm-animals/"}
  access: {access: user}
  keys: {way: typed, access_key_id: AKIAIOSFODNN7EXAMPLE}
  dataset: {name: farm-animals}

\b
Instead of keys, an administrator's profile makes the user (or the role, with
access: delegated):
  access: {access: user, maker: make}
  make: {administrator_profile: admin, account: "111122223333"}

\b
The secrets come on standard input, NAME=value in each line:
  secret_access_key=…
  token=…
  code=…                   where an AWS profile wants an MFA code

\b
Exit codes of --plain and --from:
  0, 1, 3  everything is saved: as of `bucketlight check`
  0  you left, and the setup is kept
  1  making it in AWS or saving failed; the same command goes on from there
  1  everything is saved, but the Worker is not registered
  2  wrong usage, or an answer is missing: nothing was made
  130  interrupted""",
)
@click.option("--plain", is_flag=True, help="Ask line by line, without a screen.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Write and draw with ASCII alone.")
@click.option("--like", metavar="DATASET", help="Begin with the answers of a dataset that is known here.")
@click.option("--from", "answers", metavar="FILE", help="Take the answers from FILE, and the secrets from stdin.")
@click.option("--endpoint-url", metavar="URL", help="Another S3 server than AWS.")
@common_options
def command(
    plain: bool,
    ascii_only: bool,
    like: str | None,
    answers: str | None,
    endpoint_url: str | None,
    home: str | None,
    platform_url: str | None,
) -> None:
    """Set up a bucket, step by step: from a folder in S3 to a dataset with three green lights."""
    endpoint = check_endpoint(endpoint_url)
    if not plain and answers is None:
        require_terminal("Use `bucketlight setup --plain`.")
    folders = home_at(home)
    try:
        named = platform_at(platform_url) if platform_named(platform_url) else None
        dataset = _like(like, folders, named) if like is not None else None
        file = _answered(answers) if answers is not None else None
    except _UsageError as error:
        from ..plain.console import to_ascii

        fail(to_ascii(str(error)) if ascii_only else str(error))
    if not plain and file is None:
        open_app(
            home=home,
            platform_url=platform_url,
            start="setup",
            endpoint_url=endpoint,
            ascii_only=ascii_only,
            like=dataset,
        )
    from ..engine import Setting
    from ..plain.run import run_from_answers, run_plain

    setting = Setting(home=folders, platform_url=platform_at(platform_url), endpoint_url=endpoint, ascii=ascii_only)
    raise SystemExit(
        run_plain(setting, like=dataset) if file is None else run_from_answers(setting, file, like=dataset)
    )


class _UsageError(Exception):
    """The command cannot be carried out as it was given; the text says why."""


def _answered(path: str) -> Answered:
    """Read the answers of a file, and the secrets of standard input."""
    from core.store.errors import StoreError

    from ..plain.unattended import Answered
    from .answers import SecretsError, read_answers, read_secrets

    try:
        file = read_answers(Path(path).expanduser())
        if sys.stdin is not None and sys.stdin.isatty():
            raise _UsageError(
                "--from takes the secrets from standard input, not from a terminal: add `< FILE`, or a pipe before it."
            )
        secrets = read_secrets(sys.stdin or ())
    except UnicodeDecodeError:
        raise _UsageError("Standard input is not text in this terminal's encoding.") from None
    except (StoreError, SecretsError, RuntimeError) as error:
        raise _UsageError(str(error)) from None
    return Answered(groups=file.groups, secrets=secrets, accept_hints=file.accept_hints)


def _like(name: str, folders: Home, platform_url: str | None) -> Dataset:
    """Find the dataset of a name, at this platform where one is named.

    Raises:
        _UsageError: with the names that are most like it, or with the platforms that have one of this name each.
    """
    import difflib

    from core.store.datasets import DatasetStore
    from core.store.errors import StoreError

    try:
        known = DatasetStore(folders).load()
    except StoreError as error:
        raise _UsageError(str(error)) from None
    found = [each for each in known if each.name == name and platform_url in {None, each.platform_url}]
    if not found:
        names = {each.name.casefold(): each.name for each in known}
        near = [names[each] for each in difflib.get_close_matches(name.casefold(), names)]
        meant = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(names.values()) or 'none'}."
        raise _UsageError(f"--like: no dataset named “{name}” is known here. {meant}")
    if len(found) > 1:
        where = " and ".join(each.platform_url for each in found)
        raise _UsageError(f"--like: “{name}” is known at {where}. Say which one is meant: add --platform-url.")
    return found[0]
