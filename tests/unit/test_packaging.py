"""What is handed out: the wheel, the sdist, and the lock file."""

from __future__ import annotations

import email.message
import email.parser
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from core import __version__

_ROOT = Path(__file__).resolve().parents[2]
_PROJECT: dict[str, Any] = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_LOCK = (_ROOT / "requirements.lock").read_text(encoding="utf-8")


def _build(kind: str, into: Path) -> Path:
    command = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", str(into), str(_ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = into.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return zipfile.ZipFile(_build("wheel", tmp_path_factory.mktemp("wheel")))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    with tarfile.open(_build("sdist", tmp_path_factory.mktemp("sdist"))) as archive:
        return {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}


def _files(*folders: str) -> set[str]:
    """Name the files below these folders, without what Python compiled."""
    found = (path for folder in folders for path in (_ROOT / folder).rglob("*") if path.is_file())
    return {path.relative_to(_ROOT).as_posix() for path in found if "__pycache__" not in path.parts}


def _metadata(wheel: zipfile.ZipFile) -> email.message.Message:
    text = wheel.read(f"bucketlight-{__version__}.dist-info/METADATA").decode()
    return email.parser.HeaderParser().parsestr(text)


def _locked() -> dict[str, list[str]]:
    """Give the versions that the lock file has of each distribution; more than one where Python's version decides."""
    versions: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", _LOCK, re.MULTILINE):
        versions.setdefault(name, []).append(version)
    return versions


def _wanted() -> list[Requirement]:
    """Give every requirement that the lock file is made from."""
    project, groups = _PROJECT["project"], _PROJECT["dependency-groups"]
    lists = (project["dependencies"], *project["optional-dependencies"].values(), *groups.values())
    return [Requirement(text) for each in lists for text in each]


def test_the_version_stands_in_core_and_nowhere_else(wheel: zipfile.ZipFile) -> None:
    assert "version" not in _PROJECT["project"]
    assert _metadata(wheel)["Version"] == __version__
    repeated = [
        name
        for name in _files("core", "tui")
        if name.endswith(".py") and f'"{__version__}"' in (_ROOT / name).read_text(encoding="utf-8")
    ]
    assert repeated == ["core/__init__.py"]


def test_the_wheel_holds_exactly_core_and_tui(wheel: zipfile.ZipFile) -> None:
    about_itself = f"bucketlight-{__version__}.dist-info/"
    assert {name for name in wheel.namelist() if not name.startswith(about_itself)} == _files("core", "tui")


def test_the_wheel_holds_what_is_no_python(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert {"core/py.typed", "tui/py.typed"} <= set(names)
    assert any(name.endswith(".tcss") for name in names)


def test_the_wheel_brings_one_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    about_itself = f"bucketlight-{__version__}.dist-info"
    commands = wheel.read(f"{about_itself}/entry_points.txt").decode().split("\n")
    assert [line for line in commands if line] == ["[console_scripts]", "bucketlight = tui.entry:main"]
    assert wheel.read(f"{about_itself}/licenses/LICENSE") == (_ROOT / "LICENSE").read_bytes()


def test_only_the_extra_demo_asks_for_moto(wheel: zipfile.ZipFile) -> None:
    required = [Requirement(text) for text in _metadata(wheel).get_all("Requires-Dist", [])]
    moto = [each for each in required if each.name == "moto"]
    assert [(each.extras, str(each.marker)) for each in moto] == [({"server"}, 'extra == "demo"')]
    assert all(each.marker is None for each in required if each.name != "moto")


def test_the_sdist_holds_what_its_tests_and_documents_need(sdist: set[str]) -> None:
    tests = {name for name in _files("tests", "screenshots") if not name.endswith((".pyc", ".orig"))}
    documents = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"}
    ours = {"pyproject.toml", "requirements.lock", ".ci/run", ".ci/readme-command"}
    assert _files("core", "tui") | tests | documents | ours <= sdist


@pytest.mark.parametrize("requirement", _wanted(), ids=str)
def test_the_lock_file_has_what_is_required_in_a_version_that_fits(requirement: Requirement) -> None:
    versions = _locked()[canonicalize_name(requirement.name)]
    assert all(requirement.specifier.contains(version) for version in versions)


def test_every_line_of_the_lock_file_has_hashes_and_none_names_a_place() -> None:
    blocks = re.split(r"\n(?=\S)", _LOCK.strip())
    assert len(blocks) > len(_wanted())
    for block in blocks:
        pin, *hashes = block.replace("\\\n", "\n").splitlines()
        assert "==" in pin, block
        assert hashes, block
        assert all(re.fullmatch(r"\s+--hash=sha256:[0-9a-f]{64}\s*", line) for line in hashes), block
    assert "://" not in _LOCK


def test_the_lock_file_is_made_from_all_groups_and_extras() -> None:
    contributing = (_ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^uv pip compile .*$", contributing, re.MULTILINE)
    assert set(re.findall(r"--extra (\S+)", command)) == set(_PROJECT["project"]["optional-dependencies"])
    assert set(re.findall(r"--group (\S+)", command)) == set(_PROJECT["dependency-groups"])
    assert command.endswith(" -o requirements.lock")
