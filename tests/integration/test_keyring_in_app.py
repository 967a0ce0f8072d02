"""A setup in the app with a real Secret Service: the secrets are in there afterwards, and nowhere else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import core

_MISSING = [
    name for name in ("gnome-keyring-daemon", "dbus-run-session", "secret-tool", "bash") if shutil.which(name) is None
]

pytestmark = [
    pytest.mark.keyring,
    pytest.mark.skipif(
        bool(_MISSING),
        reason=f"No Secret Service can be started: install gnome-keyring, dbus and libsecret-tools ({_MISSING}).",
    ),
]

HERE = Path(__file__).parent
WALK = HERE.parent / "app" / "support" / "keyring_walk.py"


def test_a_setup_keeps_its_secrets_in_the_secret_service_and_finds_them_there_another_day(tmp_path: Path) -> None:
    ours = ("AWS_", "LIGHTLY_", "PYTHON_KEYRING")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {"PYTHONPATH": str(Path(core.__file__).parents[1]), "AWS_EC2_METADATA_DISABLED": "true"}
    ended = subprocess.run(
        [str(HERE / "with_secret_service.sh"), sys.executable, str(WALK), str(tmp_path)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-4000:]
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["problem"] is None
    assert "keyring" in told["plan"].lower()
    assert "memory" not in told["plan"].lower()
    assert told["words"].count("works") == 3
    assert told["access_found"]
    assert told["token_found"]
    assert "datasets.yaml" in told["files"]
    assert told["in_clear"] == []
