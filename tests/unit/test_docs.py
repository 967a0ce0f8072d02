"""The documents say what is so: commands, options, files and packages that they name are there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest

from core import __version__
from tui.commands import cli

_ROOT = Path(__file__).resolve().parents[2]
_DOCUMENTS = sorted([*_ROOT.glob("*.md"), *(_ROOT / "docs").rglob("*.md")])
_README = (_ROOT / "README.md").read_text(encoding="utf-8")
_CONTRIBUTING = (_ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
_CI = (_ROOT / ".ci" / "run").read_text(encoding="utf-8")


def _marked(name: str) -> str:
    """Return what the README has in the code block between the marks of a name."""
    (block,) = re.findall(rf"<!-- {name} -->\n```bash\n(.*?)\n```\n<!-- /{name} -->", _README, re.DOTALL)
    return str(block)


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _links() -> list[tuple[str, str]]:
    """Give every link of the documents that leads to a file or a heading of ours."""
    return [
        (str(document.relative_to(_ROOT)), target)
        for document in _DOCUMENTS
        for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8"))
        if "://" not in target
    ]


def _commands() -> list[str]:
    """Give every use of `bucketlight` that the documents show, in blocks or between backticks."""
    found: set[str] = set()
    for document in _DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
        lines = [line.rpartition("&& ")[2] for block in blocks for line in block.splitlines()]
        lines += re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
        found |= {
            match[1].strip() for line in lines if (match := re.fullmatch(r"(?:\S*/)?(bucketlight\b(?!/).*)", line))
        }
    return sorted(found)


@pytest.mark.parametrize(("document", "target"), _links())
def test_a_link_leads_somewhere(document: str, target: str) -> None:
    path, _, heading = target.partition("#")
    file = (_ROOT / document).parent / path if path else _ROOT / document
    assert file.exists()
    if heading:
        headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
        assert heading in {_anchor(each) for each in headings}


@pytest.mark.parametrize("name", ["demo", "tests"])
def test_each_of_the_two_commands_is_one_line_and_the_helper_finds_it(name: str) -> None:
    command = _marked(name)
    assert len(command.splitlines()) == 1
    found = subprocess.run([str(_ROOT / ".ci" / "readme-command"), name], capture_output=True, text=True, check=True)
    assert found.stdout == command + "\n"


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert "command=$(in_the_copy .ci/readme-command tests)" in _CI
    assert 'bash -euo pipefail -c "$command"' in _CI
    every_test = " -m pytest -n 3 --dist loadgroup --no-loadscope-reorder"
    assert _marked("tests").endswith(every_test), "none is picked"


def test_the_demo_command_installs_what_the_demo_needs() -> None:
    assert "pip install -q '.[demo]' &&" in _marked("demo")
    assert _marked("demo").endswith("/bucketlight demo")


@pytest.mark.parametrize("script", [".ci/run", ".ci/readme-command"])
def test_a_script_can_be_run(script: str) -> None:
    assert os.access(_ROOT / script, os.X_OK)


@pytest.mark.parametrize("command", _commands())
def test_a_command_that_is_named_exists_with_these_options(command: str) -> None:
    _, *words = shlex.split(command, comments=True)
    context = click.Context(cli)
    found: click.Command = cli
    if words and not words[0].startswith("-"):
        named = cli.get_command(context, words[0])
        assert named is not None
        found = named
    known = {option for parameter in found.get_params(context) for option in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= known


def test_every_command_is_named_in_the_readme() -> None:
    assert all(f"bucketlight {name}" in _README for name in cli.list_commands(click.Context(cli)))


def test_the_exit_codes_are_those_that_check_tells() -> None:
    check = cli.get_command(click.Context(cli), "check")
    assert check is not None
    assert check.epilog is not None
    told = re.findall(r"^  (\d+)  \S", check.epilog, re.MULTILINE)
    assert re.findall(r"^\| (\d+) \|", _README, re.MULTILINE) == told != []


def test_the_system_packages_are_those_that_ci_installs() -> None:
    (packages,) = re.findall(r"^packages=\((.*)\)$", _CI, re.MULTILINE)
    (table,) = re.findall(r"\| tests \| Debian packages \|\n\| --- \| --- \|\n((?:\|.*\n)+)", _CONTRIBUTING)
    named = " ".join(row.split("|")[2].strip().strip("`") for row in table.splitlines())
    assert sorted(named.split()) == sorted(packages.split())


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:core|tui|tests|screenshots|docs|\.ci)/[\w./-]*)`", _CONTRIBUTING)))
)
def test_a_file_that_the_guide_for_contributors_names_exists(path: str) -> None:
    assert (_ROOT / path).exists()


def test_the_changelog_knows_this_version() -> None:
    changelog = (_ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(
        rf"^## \[{re.escape(__version__)}\]|^To become {re.escape(__version__)}\.$", changelog, re.MULTILINE
    )
