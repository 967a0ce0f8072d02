"""The pictures in `screenshots/` are those of the app as it is: every step of the setup, home, diagnosis and help."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from process_terminal import bare_environment

import core

FOLDER = Path(__file__).parents[2] / "screenshots"


def test_the_pictures_are_those_of_the_app_as_it_is(tmp_path: Path) -> None:
    made = tmp_path / "made"
    environment = bare_environment(tmp_path, PYTHONPATH=str(Path(core.__file__).parents[1]))
    argv = [sys.executable, str(FOLDER / "make.py"), str(made)]
    ended = subprocess.run(argv, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-4000:]
    kept = {path.name: path.read_bytes() for path in FOLDER.glob("*.svg")}
    new = {path.name: path.read_bytes() for path in made.glob("*.svg")}
    assert sorted(kept) == sorted(new)
    others = [name for name in new if new[name] != kept[name]]
    assert others == [], "Run `python screenshots/make.py`, look at what changed, and keep it."
