"""How the program starts: what it says, and when it says that it cannot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from process_terminal import COMMAND, MODULE, Terminal, bare_environment, run

import core

BOTH = pytest.mark.parametrize("start", [COMMAND, MODULE], ids=["bucketlight", "python -m tui"])


COMMANDS = ("setup", "check", "policy", "provision", "undo", "rotate", "demo")
MEANT: dict[str, tuple[str, ...]] = {"policy": (), "provision": ("--home DIR",), "undo": ("--home DIR",)}
"""The options of all commands that a command's help shows: those that mean something to it, else both."""


@BOTH
def test_the_version_is_told(start: Sequence[str], tmp_path: Path) -> None:
    ended = run("--version", environment=bare_environment(tmp_path), cwd=tmp_path, start=start)
    assert (ended.returncode, ended.stdout) == (0, f"bucketlight {core.__version__}\n")


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)], ids=" ".join)
@pytest.mark.parametrize("how", ["--help", "-h"])
def test_help_shows_examples(command: tuple[str, ...], how: str, tmp_path: Path) -> None:
    ended = run(*command, how, environment=bare_environment(tmp_path), cwd=tmp_path)
    assert ended.returncode == 0
    usage, _, examples = ended.stdout.partition("Examples:\n")
    assert usage.startswith(" ".join(("Usage: bucketlight", *command)))
    assert " ".join(("  bucketlight", *command)) in examples
    assert max(map(len, ended.stdout.splitlines())) <= 80
    shown = tuple(option for option in ("--home DIR", "--platform-url URL") if option in usage)
    assert shown == MEANT.get(" ".join(command), ("--home DIR", "--platform-url URL"))


def test_help_names_every_command(tmp_path: Path) -> None:
    ended = run("--help", environment=bare_environment(tmp_path), cwd=tmp_path)
    commands = ended.stdout.partition("Commands:\n")[2].partition("\n\n")[0]
    # What a line goes on with stands further in than the names.
    named = [line.split()[0] for line in commands.splitlines() if line.startswith("  ") and line[2] != " "]
    assert named == list(COMMANDS)


@pytest.mark.parametrize("command", [(name,) for name in COMMANDS], ids=" ".join)
def test_what_all_commands_take_is_taken_before_and_after_the_name(command: tuple[str, ...], tmp_path: Path) -> None:
    given = ("--home", str(tmp_path), "--platform-url", "http://127.0.0.1:9")
    for words in ((*given, *command, "--bogus"), (*command, *given, "--bogus")):
        ended = run(*words, environment=bare_environment(tmp_path), cwd=tmp_path)
        assert ended.returncode == 2
        assert re.search(r"No such option:? '?--bogus", ended.stderr)


@pytest.mark.parametrize("command", [("chekc",), ("check", "--bogus"), ("policy",), ("check", "--format", "yaml")])
def test_wrong_usage_ends_with_2_and_says_where_help_is(command: tuple[str, ...], tmp_path: Path) -> None:
    ended = run(*command, environment=bare_environment(tmp_path), cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "--help' for help." in ended.stderr


@BOTH
@pytest.mark.parametrize(
    ("command", "instead"),
    [
        ((), "bucketlight check"),
        (("setup",), "bucketlight setup --plain"),
        (("demo",), "bucketlight demo --serve"),
    ],
    ids=["app", "setup", "demo"],
)
def test_without_a_terminal_the_command_to_use_is_named(
    start: Sequence[str], command: tuple[str, ...], instead: str, tmp_path: Path
) -> None:
    ended = run(*command, environment=bare_environment(tmp_path), cwd=tmp_path, start=start)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "the app needs a terminal" in ended.stderr
    assert f"`{instead}`" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
def test_a_terminal_that_cannot_show_the_app_is_told(term: str, tmp_path: Path) -> None:
    with Terminal.running(COMMAND, environment=bare_environment(tmp_path, TERM=term), cwd=tmp_path) as terminal:
        assert terminal.end() == 2
        assert f"(TERM={term}) cannot show the app" in terminal.text
        assert "`bucketlight check`" in terminal.text
        assert "\x1b" not in terminal.text


def test_output_into_a_pipe_is_no_terminal(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with (
        out.open("wb") as file,
        Terminal.running(
            COMMAND, environment=bare_environment(tmp_path), cwd=tmp_path, stdout=file.fileno()
        ) as terminal,
    ):
        assert terminal.end() == 2
        assert "the app needs a terminal" in terminal.text
    assert out.read_bytes() == b""


def foreign_core(folder: Path, *, package: bool = True) -> Path:
    """Put something into a folder that is named as our package; it must not even be imported."""
    trap = 'raise RuntimeError("the wrong core was imported")\n'
    if package:
        (folder / "core").mkdir(parents=True)
        (folder / "core" / "__init__.py").write_text(trap, encoding="utf-8")
    else:
        folder.mkdir(parents=True)
        (folder / "core.py").write_text(trap, encoding="utf-8")
    return folder


@BOTH
@pytest.mark.parametrize("package", [True, False], ids=["package", "module"])
def test_another_core_on_the_path_is_noticed(start: Sequence[str], package: bool, tmp_path: Path) -> None:
    other = foreign_core(tmp_path / "other", package=package)
    environment = bare_environment(tmp_path, PYTHONPATH=str(other))
    ended = run("--version", environment=environment, cwd=tmp_path, start=start)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert str(other) in ended.stderr
    assert "unset PYTHONPATH" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_another_core_in_the_folder_is_noticed_by_the_module(tmp_path: Path) -> None:
    # `python -m` looks into the current folder first.
    folder = foreign_core(tmp_path / "project")
    ended = run("--version", environment=bare_environment(tmp_path), cwd=folder, start=MODULE)
    assert ended.returncode == 2
    assert str(folder) in ended.stderr
    assert "Traceback" not in ended.stderr


def test_another_core_in_the_folder_does_not_bother_the_command(tmp_path: Path) -> None:
    folder = foreign_core(tmp_path / "project")
    ended = run("--version", environment=bare_environment(tmp_path), cwd=folder, start=COMMAND)
    assert ended.returncode == 0


def test_a_folder_named_core_without_code_bothers_nobody(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    ended = run("--version", environment=bare_environment(tmp_path), cwd=tmp_path, start=MODULE)
    assert ended.returncode == 0
