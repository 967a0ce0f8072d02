"""What is imported when, and by whom: start-up time and the layers are features."""

from __future__ import annotations

import ast
import importlib
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import core
import tui

_SLOW = ("boto3", "botocore", "requests", "urllib3", "keyring", "moto", "yaml")
_SCREENS = ("textual", "rich", "click", "tui")

_TELL = "import json, sys; sys.stderr.write('\\n' + json.dumps(sorted(sys.modules)))"

_COMMAND = f"""
import os, sys
os._exit = sys.exit  # so that what was loaded can be told at the end
from tui.entry import main
sys.argv = ["bucketlight", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
{_TELL}
"""

_EVERY_MODULE = f"""
import importlib, pkgutil, core
for found in pkgutil.walk_packages(core.__path__, "core."):
    importlib.import_module(found.name)
{_TELL}
"""

_FIRST_FRAME = """
import asyncio, json, sys, threading
from pathlib import Path
import tui.engine
from core.store.paths import Home
from tui.app import BucketlightApp

# What is built after the first frame is not built at all here, so that nothing of it can be in the way.
tui.engine.build_engine = lambda setting: threading.Event().wait()

async def main():
    setting = tui.engine.Setting(home=Home.at(Path(sys.argv[1])), platform_url="https://api.lightly.ai")
    app = BucketlightApp(setting)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        names = sorted(sys.modules)
        shown = "bucketlight" in app.export_screenshot()
    sys.stderr.write("\\n" + json.dumps(names if shown else ["no name was shown"]))

asyncio.run(main())
"""


def loaded(code: str, *arguments: str, folder: Path) -> frozenset[str]:
    """Run code in a fresh interpreter, in an empty folder; the names of the modules that it loaded, as it told them."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
    }
    ended = subprocess.run(
        (sys.executable, "-c", code, *arguments),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    names: list[str] = json.loads(ended.stderr.splitlines()[-1])
    assert "sys" in names, ended.stderr
    return frozenset(names)


def of(packages: tuple[str, ...], names: frozenset[str]) -> list[str]:
    """Pick what belongs to these packages."""
    return sorted(name for name in names if name.partition(".")[0] in packages)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("check", "--help"),
        ("policy", "--help"),
        ("policy", "s3://datalake/projects/"),
        ("demo", "--help"),
        ("setup", "--help"),
    ],
    ids=" ".join,
)
def test_help_and_policy_load_neither_a_screen_nor_a_network_library(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    names = loaded(_COMMAND, *arguments, folder=tmp_path)
    assert "click" in names
    assert of(("textual", "rich", *_SLOW), names) == []


def test_a_check_that_is_really_made_loads_no_screen(tmp_path: Path) -> None:
    # Port 9 of loopback: nobody listens there, so each probe ends at once.
    names = loaded(
        _COMMAND,
        *("check", "s3://datalake/projects/", "--region", "eu-central-1", "--endpoint-url", "http://127.0.0.1:9"),
        *("--home", str(tmp_path)),
        folder=tmp_path,
    )
    assert "botocore" in names, "the check was not made"
    assert of(("textual", "rich"), names) == []


def test_the_module_of_the_check_command_loads_no_screen_and_no_network_library(tmp_path: Path) -> None:
    names = loaded(f"import tui.commands.check\n{_TELL}", folder=tmp_path)
    assert "tui.commands.check" in names
    assert of(("textual", "rich", *_SLOW), names) == []


def test_the_first_frame_needs_nothing_slow(tmp_path: Path) -> None:
    names = loaded(_FIRST_FRAME, str(tmp_path / "home"), folder=tmp_path)
    assert "tui.screens.home" in names
    assert of(_SLOW, names) == []


def test_the_first_frame_does_not_load_the_setup(tmp_path: Path) -> None:
    names = loaded(_FIRST_FRAME, str(tmp_path / "home"), folder=tmp_path)
    assert not {"tui.screens.setup", "core.guide", "core.sandbox", "core.store.dataset_file"} & names


def test_the_core_loads_no_screen_and_no_command_line(tmp_path: Path) -> None:
    names = loaded(_EVERY_MODULE, folder=tmp_path)
    assert {"core.recheck", "core.guide.flow", "core.sandbox.serve", "core.lightly.client"} <= names
    assert of(_SCREENS, names) == []


# What follows reads the source.


def sources(package: ModuleType) -> Iterator[tuple[str, Path]]:
    """Every module of a package, by its dotted name, with its file."""
    assert package.__file__ is not None
    root = Path(package.__file__).parent
    for path in sorted(root.rglob("*.py")):
        parts = (package.__name__, *path.relative_to(root).with_suffix("").parts)
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(name: str, path: Path) -> Iterator[tuple[str, bool]]:
    """Every module that a module imports anywhere in it, by its absolute name; and whether it is written relatively."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, False
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *(node.module.split(".") if node.module else [])])
            yield base, bool(node.level)
            for alias in node.names:
                yield f"{base}.{alias.name}", bool(node.level)


def all_imports() -> Iterator[tuple[str, str, bool]]:
    for package in (core, tui):
        for name, path in sources(package):
            for imported, relative in imports(name, path):
                yield name, imported, relative


def test_the_reading_of_imports_sees_each_form(tmp_path: Path) -> None:
    path = tmp_path / "here.py"
    path.write_text("import a.b\nfrom c import d\nfrom . import e\nfrom ..f import g\n", encoding="utf-8")
    assert set(imports("top.sub.here", path)) == {
        *{("a.b", False), ("c", False), ("c.d", False)},
        *{("top.sub", True), ("top.sub.e", True), ("top.f", True), ("top.f.g", True)},
    }


def test_imports_inside_a_package_are_relative() -> None:
    wrong = {
        (name, imported)
        for name, imported, relative in all_imports()
        if not relative and imported.partition(".")[0] == name.partition(".")[0]
    }
    assert wrong == set()


def test_the_core_names_no_screen_and_no_command_line() -> None:
    wrong = {
        (name, imported)
        for name, imported, _ in all_imports()
        if name.partition(".")[0] == "core" and imported.partition(".")[0] in _SCREENS
    }
    assert wrong == set()


def test_only_the_demo_knows_the_sandbox() -> None:
    users = {
        name
        for name, imported, _ in all_imports()
        if f"{imported}.".startswith("core.sandbox.") and not f"{name}.".startswith("core.sandbox.")
    }
    assert users == {"tui.commands.demo"}


@pytest.mark.parametrize("package", [core, tui], ids=["core", "tui"])
def test_every_module_with_public_names_lists_them(package: ModuleType) -> None:
    wrong = []
    for name, path in sources(package):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        public = {
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_")
        }
        listed = [
            node
            for node in tree.body
            if isinstance(node, ast.Assign) and any(getattr(to, "id", "") == "__all__" for to in node.targets)
        ]
        if public and not listed:
            wrong.append(name)
    assert wrong == []


@pytest.mark.parametrize("package", [core, tui], ids=["core", "tui"])
def test_what_a_module_lists_is_there(package: ModuleType) -> None:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if found.name == "tui.__main__":
            continue  # importing it runs the program
        module = importlib.import_module(found.name)
        missing = [name for name in getattr(module, "__all__", ()) if not hasattr(module, name)]
        assert missing == [], found.name
