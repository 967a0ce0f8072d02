"""`bucketlight demo`: everything against a sandbox on this machine."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from .common import common_options, fail, require_terminal

__all__ = ["command"]

_ENDED = "--until-stdin-ends"
_PROFILE, _ADMINISTRATOR = "sandbox", "demo-administrator"


@click.command(
    "demo",
    epilog="""\b
Examples:
  bucketlight demo           set up the sandbox's bucket; Ctrl+T fills in
  bucketlight demo --serve   only the sandbox; its first line is JSON with
                             addresses and keys""",
)
@click.option("--serve", is_flag=True, help="Only the sandbox, until it is interrupted.")
@click.option(_ENDED, "until_stdin_ends", is_flag=True, hidden=True)
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with plain characters only.")
@common_options
def command(serve: bool, until_stdin_ends: bool, ascii_only: bool, home: str | None, platform_url: str | None) -> None:
    """Try it all on a sandbox: a small AWS and a small Lightly on this machine. No account, no token.

    Its keys and files lie in a temporary folder; when you leave, they are gone.
    """
    if serve:
        raise SystemExit(_serve(until_stdin_ends=until_stdin_ends))
    if home or platform_url:
        fail("the demo brings its own folder and its own platform: leave --home and --platform-url out.")
    require_terminal("Use `bucketlight demo --serve`.")
    raise SystemExit(_demo(ascii_only=ascii_only))


def _serve(*, until_stdin_ends: bool) -> int:
    from core.sandbox.sandbox import SandboxUnavailableError
    from core.sandbox.serve import serve

    if until_stdin_ends:
        # Whoever started this holds the other end: when that ends, however it ends, this does too.
        def watch() -> None:
            sys.stdin.buffer.read()
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=watch, daemon=True).start()
    try:
        return serve(sys.stdout)
    except SandboxUnavailableError as error:
        fail(str(error))


def _demo(*, ascii_only: bool) -> int:
    from core.store.paths import Home

    from ..engine import Demo
    from ..run import run_app

    click.echo("Starting a sandbox on this machine …")
    with _sandbox() as box, tempfile.TemporaryDirectory(prefix="bucketlight-demo-") as folder:
        keys = Path(folder) / "env"
        keys.touch(mode=0o600)

        def lend(access_key_id: str, secret_access_key: str) -> None:
            variables = {
                "AWS_ACCESS_KEY_ID": access_key_id,
                "AWS_SECRET_ACCESS_KEY": secret_access_key,
                "LIGHTLY_TOKEN": box["token"],
                "LIGHTLY_SERVER_LOCATION": box["lightly"],
            }
            lines = (f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
            keys.write_text("".join(lines), encoding="utf-8")

        lend(box["writer"]["access_key_id"], box["writer"]["secret_access_key"])
        where = shlex.quote(folder)
        profiles = _own_aws(Path(folder), box)
        demo = Demo(
            fill_ins=_fill_ins(box),
            # In a subshell, and read from a file: in nobody's arguments, and gone from the shell afterwards.
            check_command=f"(. {where}/env; bucketlight check --home {where})",
            lend=lend,
            profiles=profiles,
        )
        return run_app(
            home=Home.at(Path(folder)),
            platform_url=box["lightly"],
            start="home",
            endpoint_url=box["s3"],
            demo=demo,
            ascii_only=ascii_only,
        )


def _own_aws(folder: Path, box: dict[str, Any]) -> tuple[str, ...]:
    """Let this program see no other AWS credentials than the sandbox's: profiles of its own. Returns their names.

    One is the writer's, the other the administrator's, who may make users and roles there.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    path, profiles = folder / "aws", {_PROFILE: box["writer"], _ADMINISTRATOR: box["admin"]}
    path.touch(mode=0o600)
    sections = (
        f"[{name}]\naws_access_key_id = {key['access_key_id']}\n"
        f"aws_secret_access_key = {key['secret_access_key']}\nregion = {box['region']}\n"
        for name, key in profiles.items()
    )
    path.write_text("\n".join(sections), encoding="utf-8")
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(path)
    os.environ["AWS_CONFIG_FILE"] = str(folder / "no-aws-config")
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    return tuple(profiles)


def _fill_ins(box: dict[str, Any]) -> tuple[tuple[str, dict[str, str | bool]], ...]:
    """Return what Ctrl+T fills in, by the guide's names of the fields: some ways through the whole guide."""
    shared: dict[str, str | bool] = {
        "input_type": "Images",
        "thumbnails": True,
        "uri": f"s3://{box['bucket']}/{box['prefix']}",
        "region": "",
        "maker": "have",
        "way": "typed",
        "where": "same",
        "kms_key_arn": "",
        "output_kms_key_arn": "",
        "restricted": False,
        "name": "farm-animals",
        "token": box["token"],
        "reuse": True,
        "worker": "",
    }
    output = box["output"]
    elsewhere: dict[str, str | bool] = {
        "where": "elsewhere",
        "output_uri": f"s3://{output['bucket']}/{output['prefix']}",
        "output_region": "",
        "credentials": "other",
        "output_access_key_id": output["access_key_id"],
        "output_secret_access_key": output["secret_access_key"],
    }
    role: dict[str, str | bool] = {
        "access": "delegated",
        "no_keys": True,
        "role_arn": box["role"]["arn"],
        "another_external_id": True,
        "external_id": box["role"]["external_id"],
    }
    user: dict[str, str | bool] = {"access": "user", "no_keys": False}
    writer, reader = shared | user | box["writer"], shared | user | box["reader"]
    make: dict[str, str | bool] = {
        "maker": "make",
        "administrator_profile": _ADMINISTRATOR,
        "account": box["account"],
        "adopt": False,
    }
    return (
        ("a user who may also write", writer),
        ("a user who may only read", reader),
        ("a user who may only read, and another for the output", reader | elsewhere),
        ("a role that Lightly assumes", shared | role),
        ("a user that the sandbox's administrator makes", shared | user | make),
        ("a role that the sandbox's administrator makes", shared | role | make),
    )


@contextlib.contextmanager
def _sandbox() -> Iterator[dict[str, Any]]:
    """Run the sandbox in a process of its own: it shares no interpreter with the app, and ends with this one."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "tui", "demo", "--serve", _ENDED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=Path(__file__).resolve().parents[2],  # ours, not what a folder named tui where the user stands may hold
    )
    assert process.stdin is not None  # noqa: S101 - for the type checker
    assert process.stdout is not None  # noqa: S101
    try:
        line = process.stdout.readline()
        if not line:
            raise SystemExit(process.wait() or 2)
        yield json.loads(line)
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
