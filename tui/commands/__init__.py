"""The command line: one module a command, imported when the command is used."""

from __future__ import annotations

import importlib

import click

from core import __version__

from .common import common_options, open_app

__all__ = ["cli", "run"]

_COMMANDS = {
    "setup": ("setup", "Set up a bucket, step by step."),
    "check": ("check", "Check permissions again, without the app."),
    "policy": ("policy", "Write the least-privilege policy for a folder."),
    "provision": ("provision", "Make the user or the role in AWS, with an administrator's profile."),
    "undo": ("undo", "Take back what was made in AWS for a dataset."),
    "rotate": ("rotate", "Replace a dataset's access key, without a gap."),
    "demo": ("demo", "Try it all on a sandbox: no AWS account, no token."),
}


class _Commands(click.Group):
    """A group that imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f".{_COMMANDS[cmd_name][0]}", __package__)
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  bucketlight demo                         try it, without an account
  bucketlight setup                        connect a bucket
  bucketlight check                        check every known dataset again
  bucketlight check s3://bucket/folder/    check a folder with your own key""",
)
@click.version_option(__version__, prog_name="bucketlight", message="%(prog)s %(version)s")
@common_options
@click.pass_context
def cli(context: click.Context, home: str | None, platform_url: str | None) -> None:
    """Connect an S3 bucket to the Lightly platform, and see List, Read and Write turn green.

    Without a command: the app, with every known dataset and its lights.
    """
    if context.invoked_subcommand is None:
        open_app(home=home, platform_url=platform_url, start="home")
    else:
        context.obj = (home, platform_url)


def run() -> int:
    """Run what the command line of this process says, and return the exit code.

    Raises:
        KeyboardInterrupt: after Ctrl+C. Click alone would end with 1, which here means that an operation fails.
    """
    try:
        code = cli.main(prog_name="bucketlight", standalone_mode=False)
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return code if isinstance(code, int) else 0
