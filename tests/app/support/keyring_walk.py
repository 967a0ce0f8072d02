"""Run beside a Secret Service: a setup with the real keyring, then what is to be found of its secrets, as JSON.

`python keyring_walk.py FOLDER`: the program's folder is made below FOLDER.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from walker import World, open_real_keyring

import core.store.secrets
from core.sandbox import Sandbox
from core.store.keyring_backend import USER
from tui.screens.setup import SetupScreen


def looked_up(service: str) -> str:
    """Ask the Secret Service with its own tool."""
    argv = ["secret-tool", "lookup", "service", service, "username", USER]
    return subprocess.run(argv, capture_output=True, text=True, check=False).stdout


def places(folders: list[Path], *secrets: str) -> list[str]:
    """Return the files that hold a secret in clear."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(secret.encode() in path.read_bytes() for secret in secrets)]


async def walk(world: World) -> dict[str, object]:
    """Set a bucket up; then start again, as another day, and check it."""
    async with world.running() as walker:
        await walker.at("needs")
        problem = walker.app.engine.secrets_problem if walker.app.engine else "no engine"
        await world.to_save(walker)
        plan = " ".join(walker.plan_lines())
        await walker.confirm("next")
    async with world.running(start="home") as walker:
        await walker.until(lambda: bool(walker.rows()), "the dataset")
        await walker.press("r")
        await walker.until(lambda: walker.rows()[0].principal is not None, "the check")
        words = walker.row_words()[0]
        await walker.press("n")
        await world.to_dataset(walker)
        await walker.put(name=f"{world.name}-2")
        await walker.press("enter")
        await walker.at("save")
    return {"problem": problem, "plan": plan, "words": words}


def main(folder: Path) -> dict[str, object]:
    """Walk, and tell what came of it."""
    with Sandbox() as box, pytest.MonkeyPatch.context() as patch:
        world = World(box, folder / "bucketlight", "kept-in-the-keyring", patch)
        patch.setattr(core.store.secrets, "open_secret_store", open_real_keyring)
        patch.setattr(SetupScreen, "PLAN_STANDS", 0.0)
        told = asyncio.run(walk(world))
        host = urlsplit(box.lightly_url).netloc
        secret, token = box.writer.secret_access_key.reveal(), box.token.reveal()
        told["access_found"] = secret in looked_up(f"bucketlight/{host}/dataset/{world.name}")
        told["token_found"] = looked_up(f"bucketlight/{host}/token") == token
        told["files"] = sorted(path.name for path in world.folder.rglob("*") if path.is_file())
        told["in_clear"] = places([folder, Path(os.environ["HOME"])], secret, token)
    return told


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))  # noqa: T201
