"""The program in a real terminal: tmux at 80x24, everything typed, everything read from the screen."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from process_terminal import bare_environment

import core
from tui.screens.setup import SetupScreen

SOURCE = Path(core.__file__).parents[1]
PATIENCE = 60.0
"""Seconds after which a wait has failed; nothing here comes near it."""

DOTS = "•" * 8
GREEN = ("works", "works", "works")
UNCHECKED = ("not checked", "not checked", "not checked")

pytestmark = pytest.mark.tmux


@pytest.fixture(autouse=True)
def _tmux_is_there() -> None:
    if shutil.which("tmux") is None:
        sentence = "tmux is not installed: apt-get install tmux"
        if os.environ.get("BUCKETLIGHT_REQUIRE_TMUX") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)


def until(done: Callable[[], bool], what: Callable[[], str]) -> None:
    """Wait for a condition that nobody announces."""
    end, tick = time.monotonic() + PATIENCE, threading.Event()
    while not done():
        if time.monotonic() > end:
            raise AssertionError(what())
        tick.wait(0.02)


class Window:
    """A shell in a window of a private tmux server."""

    def __init__(self, socket: str, target: str, environment: dict[str, str]) -> None:
        self._socket = socket
        self._target = target
        self._environment = environment

    @classmethod
    @contextlib.contextmanager
    def opened(cls, environment: dict[str, str], cwd: Path) -> Iterator[Window]:
        """Start a server with one window, 80x24; at the end both are gone."""
        window = cls(f"bucketlight-{secrets.token_hex(6)}", "0", environment)
        shell = ["bash", "--norc", "--noprofile"]
        window._run("new-session", "-d", "-s", "0", "-x", "80", "-y", "24", "-c", str(cwd), *shell)
        try:
            window._run("set-option", "-g", "status", "off")
            window._run("resize-window", "-t", "0", "-x", "80", "-y", "24")
            window.wait_for("$ ")
            yield window
        finally:
            window._run("kill-server")

    def another(self, cwd: Path) -> Window:
        """Open a second window beside this one."""
        name = secrets.token_hex(3)
        self._run("new-window", "-d", "-n", name, "-c", str(cwd), "bash", "--norc", "--noprofile")
        window = Window(self._socket, f"0:{name}", self._environment)
        window.wait_for("$ ")
        return window

    def _run(self, *command: str) -> str:
        argv = ["tmux", "-L", self._socket, "-f", "/dev/null", *command]
        return subprocess.run(argv, env=self._environment, capture_output=True, text=True, check=True).stdout

    def lines(self, *more: str) -> list[str]:
        return self._run("capture-pane", "-p", "-t", self._target, *more).splitlines()

    def text(self) -> str:
        return "\n".join(self.lines())

    def joined(self) -> str:
        """The screen's words with single blanks, so that what is wrapped can be looked for."""
        return " ".join(self.text().split())

    def wait_for(self, *texts: str) -> None:
        """Wait until all of these stand on the screen."""
        until(lambda: all(text in self.joined() + " " for text in texts), lambda: f"{texts}:\n{self.text()}")

    def wait_for_prompt(self) -> None:
        """Wait until the shell asks for the next command."""
        until(lambda: self.text().rstrip().endswith("\n$"), lambda: f"no prompt:\n{self.text()}")

    def cursor_row(self) -> int:
        return int(self._run("display-message", "-p", "-t", self._target, "#{cursor_y}"))

    def wait_for_cursor_at(self, label: str) -> None:
        """Wait until the cursor is in the field with this label."""

        def is_there() -> bool:
            lines = self.lines()
            rows = [row for row, line in enumerate(lines) if label in line]
            return self.cursor_row() in rows

        until(is_there, lambda: f"no cursor at {label}, but in line {self.cursor_row()}:\n{self.text()}")

    def press(self, *keys: str) -> None:
        self._run("send-keys", "-t", self._target, *keys)

    def press_when_read(self, key: str) -> None:
        """Press a key as somebody does who has looked at the plan: sooner it is not taken."""
        threading.Event().wait(SetupScreen.PLAN_STANDS)
        self.press(key)

    def type(self, text: str) -> None:
        self._run("send-keys", "-t", self._target, "-l", "--", text)

    def fill(self, label: str, text: str) -> None:
        """Type into the field with this label; what stood there is selected, and goes."""
        self.wait_for_cursor_at(label)
        self.type(text)

    def lights(self) -> tuple[str, ...]:
        line = next((line for line in self.lines() if re.search(r"\bList .*\bRead .*\bWrite ", line)), "")
        words = re.search(r"List +\S (.+?) +Read +\S (.+?) +Write +\S (.+?) *$", line)
        return words.groups() if words else ()

    def wait_for_lights(self, *states: str) -> None:
        until(lambda: self.lights() == states, lambda: f"{states}, but {self.lights()}:\n{self.text()}")

    def run(self, command: str) -> None:
        self.type(command)
        self.press("Enter")

    def exit_code(self) -> int:
        """Ask the shell, which is back at its prompt, how the last command ended."""
        mark = secrets.token_hex(4)
        self.run(f'echo "{mark[:4]}""{mark[4:]} $?"')
        self.wait_for(f"{mark} ")
        found = re.search(rf"{mark} (\d+)", self.text())
        assert found is not None
        return int(found[1])

    def record(self, path: Path) -> None:
        """Write everything that the programs write to the terminal into a file too."""
        self._run("pipe-pane", "-t", self._target, "-O", f"cat > {shlex.quote(str(path))}")

    def process(self) -> int:
        return int(self._run("display-message", "-p", "-t", self._target, "#{pane_pid}"))


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, Any]]:
    """A sandbox in a process of its own; its first line of output says all about it."""
    argv = [sys.executable, "-m", "tui", "demo", "--serve"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(SOURCE)}) as box:
        assert box.stdout is not None
        try:
            announced: dict[str, Any] = json.loads(box.stdout.readline())
            yield announced
        finally:
            box.terminate()


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    programs = tmp_path / "bin"
    programs.mkdir()
    command = programs / "bucketlight"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tui "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    folder = tempfile.mkdtemp(prefix="bl-", dir="/tmp")
    environment = bare_environment(tmp_path, PYTHONPATH=str(SOURCE), TMPDIR=folder, PS1="$ ")
    environment["PATH"] = f"{programs}:{environment['PATH']}"
    try:
        with Window.opened(environment, tmp_path) as opened:
            yield opened
    finally:
        shutil.rmtree(folder)


def ask(box: dict[str, Any], path: str, **query: str) -> Any:
    """Ask the platform, without any code of the program's."""
    words = "&".join(f"{name}={quote(value)}" for name, value in {**query, "token": box["token"]}.items())
    with urllib.request.urlopen(f"{box['lightly']}{path}?{words}") as answer:
        return json.load(answer)


CONTROLS = {
    "Needs": ("Images", "Videos", "Object-level workflow", "Thumbnails", "Delete"),
    "Bucket": ("S3 URI of the folder", "Look for the folder in your buckets"),
    "Access": ("User access", "Delegated access", "No long-lived keys"),
    "Keys": ("Type or paste it", "From a file", "Access key ID", "Secret access key", "in the AWS console"),
    "Role": ("Role ARN", "External ID", "To paste in AWS", "in the AWS console"),
    "Output": ("The same folder", "Another place", "Only under .lightly/"),
    "Encryption": ("KMS key ARN", "Only from my network"),
    "Dataset": ("Dataset name", "Lightly token", "Images", "Videos", "Thumbnails"),
    "Save": ("What is done, in this order",),
    "Next": ("What works now", "Register a Worker"),
}
"""What can be done in each step: all of it is seen at 80x24, without scrolling."""


def at_step(window: Window, number: int, title: str, *, of: int = 9) -> None:
    """Wait for a step, and see every control of it, the keys included."""
    ways_on = {"Save": "Enter save", "Next": "Enter home"}
    back = "Esc back"
    window.wait_for(f"Step {number} of {of} {title}", *CONTROLS[title], ways_on.get(title, "Enter next"), back)
    assert len(window.lines()) == 24


def to_access(window: Window, uri: str) -> None:
    """From the first step, which is shown, to the third: images with thumbnails."""
    at_step(window, 1, "Needs", of=8)
    for switch in ("Object-level", "Thumbnails"):
        window.press("Tab")
        window.wait_for(f"> [ ] {switch}")
    window.press("Space")
    window.wait_for("[x] Thumbnails")
    window.press("Enter")
    at_step(window, 2, "Bucket")
    window.wait_for_lights(*UNCHECKED)
    window.fill("S3 URI", uri)
    window.press("Enter")
    at_step(window, 3, "Access")


def fill_key(window: Window, key: dict[str, str]) -> None:
    """In the step of the keys, which is shown: type an access key."""
    window.press("Tab")
    window.fill("Access key ID", key["access_key_id"])
    window.press("Tab")
    window.fill("Secret access key", key["secret_access_key"])
    window.wait_for(DOTS)


def fill_dataset(window: Window, name: str, token: str) -> None:
    """In the step of the dataset, which is shown: type its name and the token."""
    window.fill("Dataset name", name)
    window.press("Tab")
    window.fill("Lightly token", token)
    window.wait_for(DOTS)


def begin(window: Window, served: dict[str, Any], home: Path) -> None:
    where = f"--endpoint-url {served['s3']} --platform-url {served['lightly']} --home {shlex.quote(str(home))}"
    window.run(f"clear; echo was here before; bucketlight setup {where}")


def datasources(served: dict[str, Any], name: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the one dataset of this name that the platform has, and its datasources by purpose."""
    (dataset,) = ask(served, f"/v1/datasets/query/name/{quote(name)}", exact="true")
    found = ask(served, f"/v1/datasets/{dataset['id']}/datasource/all")
    return dataset, {each["purpose"]: each for each in found}


def test_a_bucket_is_set_up_by_typing_alone_from_the_first_screen_to_the_saved_dataset(
    served: dict[str, Any], window: Window, tmp_path: Path
) -> None:
    uri = f"s3://{served['bucket']}/{served['prefix']}"
    home = tmp_path / "home"
    begin(window, served, home)
    to_access(window, uri)
    window.press("Enter")

    at_step(window, 4, "Keys")
    window.wait_for(served["region"])
    assert window.lights() == UNCHECKED
    fill_key(window, served["writer"])
    window.press("Enter")

    at_step(window, 5, "Output")
    window.wait_for_lights(*GREEN)
    window.wait_for("user/lightly-writer")
    window.press("Enter")
    at_step(window, 6, "Encryption")
    window.press("Enter")

    at_step(window, 7, "Dataset")
    window.wait_for("What lies there")
    fill_dataset(window, "typed in tmux", served["token"])
    window.press("Enter")

    at_step(window, 8, "Save")
    assert window.lights() == GREEN
    assert ask(served, "/v1/datasets/query/name/typed%20in%20tmux", exact="true") == []
    window.press_when_read("Enter")

    at_step(window, 9, "Next")
    window.wait_for("typed in tmux is saved")
    window.wait_for_lights(*GREEN)
    dataset, sources = datasources(served, "typed in tmux")
    source = sources["INPUT_OUTPUT"]
    assert len(sources) == 1
    assert dataset["type"] == "Images"
    assert source["fullPath"].rstrip("/") == uri.rstrip("/")
    assert (source["type"], source["purpose"], source["s3Region"]) == ("S3", "INPUT_OUTPUT", served["region"])
    assert source["s3AccessKeyId"] == served["writer"]["access_key_id"]
    verdict = ask(served, f"/v1/datasets/{dataset['id']}/datasource/verify")
    assert [verdict[name] for name in ("canList", "canRead", "canWrite")] == [True] * 3

    window.press("C-q")
    window.wait_for_prompt()
    assert window.lines()[0] == "was here before"
    assert window.exit_code() == 0
    assert "Step 9" not in window.text()
    text = (home / "datasets.yaml").read_text(encoding="utf-8")
    assert "typed in tmux" in text
    assert dataset["id"] in text
    for path in home.rglob("*"):
        if path.is_file():
            assert served["writer"]["secret_access_key"].encode() not in path.read_bytes()


def test_a_role_with_an_output_elsewhere_is_set_up_by_typing_alone(
    served: dict[str, Any], window: Window, tmp_path: Path
) -> None:
    uri, output = f"s3://{served['bucket']}/{served['prefix']}", f"s3://{served['bucket']}/{served['videos_prefix']}"
    begin(window, served, tmp_path / "home")
    to_access(window, uri)
    window.press("Down")
    window.wait_for("> ( ) Delegated access", "Enter choose")
    window.press("Space")
    window.wait_for("(•) Delegated access")
    window.press("Enter")

    at_step(window, 4, "Role")
    window.fill("Role ARN", served["role"]["arn"])
    window.press("Tab")
    window.fill("External ID", served["role"]["external_id"])
    window.wait_for(DOTS)
    window.press("Enter")

    at_step(window, 5, "Output")
    window.press("Down")
    window.press("Enter")
    window.wait_for("(•) Another place", "S3 URI of the output", "The same credentials", "Others")
    window.press("Tab")
    window.fill("S3 URI of the output", output)
    window.press("Enter")

    at_step(window, 6, "Encryption")
    window.wait_for("Key of the output")
    window.press("Enter")
    at_step(window, 7, "Dataset")
    fill_dataset(window, "a role in tmux", served["token"])
    window.press("Enter")
    at_step(window, 8, "Save")
    window.press_when_read("Enter")
    at_step(window, 9, "Next")
    window.wait_for("a role in tmux is saved")

    dataset, sources = datasources(served, "a role in tmux")
    assert set(sources) == {"INPUT", "LIGHTLY"}
    assert sources["INPUT"]["fullPath"].rstrip("/") == uri.rstrip("/")
    assert sources["LIGHTLY"]["fullPath"].rstrip("/") == output.rstrip("/")
    assert {each["s3ARN"] for each in sources.values()} == {served["role"]["arn"]}
    verdict = ask(served, f"/v1/datasets/{dataset['id']}/datasource/verify")
    assert [verdict[name] for name in ("canList", "canRead")] == [True] * 2
    window.press("C-q")
    window.wait_for_prompt()
    assert served["role"]["external_id"] not in "\n".join(window.lines("-S", "-"))


def test_the_app_killed_at_each_of_the_nine_steps_goes_on_where_it_was(
    served: dict[str, Any], window: Window, tmp_path: Path
) -> None:
    """Each run goes on from where the last one was killed, up to the next step. The secrets are typed again."""
    home, uri = tmp_path / "home", f"s3://{served['bucket']}/{served['prefix']}"
    titles = ("Needs", "Bucket", "Access", "Keys", "Output", "Encryption", "Dataset", "Save", "Next")
    for number, title in enumerate(titles):
        begin(window, served, home)
        first = 0
        if number > 1:
            first = min(number - 1, titles.index("Keys"))
            window.wait_for("was left before it was done", "Go on where it was left")
            window.press("Enter")
        for at, each in enumerate(titles[first : number + 1], first):
            at_step(window, at + 1, each, of=8 if number < 2 and not at else 9)
            if at == first:
                window.wait_for("No keyring can be used")
            if each == title:
                break
            if each == "Needs":
                for _ in range(2):
                    window.press("Tab")
                window.wait_for("> [ ] Thumbnails")
                window.press("Space")
                window.wait_for("[x] Thumbnails")
            elif each == "Bucket":
                window.fill("S3 URI", uri)
            elif each == "Keys":
                fill_key(window, served["writer"])
            elif each == "Dataset":
                window.wait_for("What lies there")
                fill_dataset(window, "killed in tmux", served["token"])
            if each == "Save":
                window.press_when_read("Enter")
            else:
                window.press("Enter")
        (process,) = [pid for pid, command in children(window.process()).items() if "-m tui setup" in command]
        os.kill(process, signal.SIGKILL)
        window.wait_for("Killed")
        window.run("reset")
        window.wait_for("$ ")
    _, sources = datasources(served, "killed in tmux")
    assert set(sources) == {"INPUT_OUTPUT"}
    assert sources["INPUT_OUTPUT"]["fullPath"].rstrip("/") == uri.rstrip("/")
    assert sources["INPUT_OUTPUT"]["s3AccessKeyId"] == served["writer"]["access_key_id"]


def children(process: int) -> dict[int, str]:
    """Return every process below this one, with its command line."""
    listed = subprocess.run(["ps", "-e", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    table = [line.split(maxsplit=2) for line in listed.splitlines()]
    found: dict[int, str] = {}
    below = {process}
    while below:
        below = {int(pid) for pid, parent, *_ in table if int(parent) in below}
        found |= {int(pid): " ".join(args) for pid, _, *args in table if int(pid) in below}
    return found


def test_the_demo_goes_from_one_command_to_three_green_lights_and_leaves_nothing_behind(
    window: Window, tmp_path: Path
) -> None:
    window.run("clear; echo was here before; bucketlight demo")
    window.wait_for("Set that bucket up")
    window.press("n")
    for number, title in enumerate(("Needs", "Bucket", "Access", "Keys", "Output", "Encryption", "Dataset"), 1):
        window.wait_for(f"Step {number} of", title, *CONTROLS[title], "Ctrl+T fill in")
        window.press("C-t")
        if shown := {"Needs": "[x] Thumbnails", "Bucket": "projects/farm-animals/", "Keys": DOTS}.get(title):
            window.wait_for(shown)
        if title == "Dataset":
            window.wait_for(DOTS)
        window.press("Enter")
    window.wait_for("Step 8 of 9")
    window.wait_for_lights(*GREEN)
    window.press_when_read("Enter")
    window.wait_for("Step 9 of 9")
    window.wait_for_lights(*GREEN)

    lines = iter(window.lines())
    assert any("Check it again" in line for line in lines), window.text()
    # Up to the next heading; the last column is the scrollbar's.
    command = " ".join(line[:78].strip() for line in itertools.takewhile(lambda line: line.startswith("   "), lines))
    found = re.search(r"bucketlight check --home ([^\s)]+)", command)
    assert found is not None, command
    folder = Path(found[1])
    assert folder.is_dir()
    second = window.another(tmp_path)
    second.run(f"clear; {command}")
    second.wait_for("farm-animals (INPUT_OUTPUT)", "by Lightly")
    assert second.exit_code() == 0
    assert second.joined().count("works") >= 6

    below = children(window.process())
    assert any("--serve" in args for args in below.values()), below
    window.press("C-q")
    window.wait_for_prompt()
    assert window.lines()[0] == "was here before"
    assert window.exit_code() == 0
    assert not folder.exists()
    assert list(folder.parent.iterdir()) == []
    until(lambda: not [pid for pid in below if Path(f"/proc/{pid}").exists()], lambda: str(below))


CRASHING = """
import sys
from pathlib import Path
from core.store.paths import Home
from tui.app import BucketlightApp
from tui.run import run_app

def crash(app):
    screen, engine = app.screen, app.engine
    a_local = "in-a-" + "local"
    raise RuntimeError("forced")

BucketlightApp.action_help = crash
home, s3, lightly = sys.argv[1:]
raise SystemExit(run_app(home=Home.at(Path(home)), platform_url=lightly, endpoint_url=s3, start="setup"))
"""


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_crash_gives_the_terminal_back_and_shows_neither_secrets_nor_local_variables(
    served: dict[str, Any], window: Window, tmp_path: Path, confirmed: bool
) -> None:
    secret: str = served["writer"]["secret_access_key"]
    script, record = tmp_path / "crashing.py", tmp_path / "record"
    script.write_text(CRASHING, encoding="utf-8")
    window.record(record)
    arguments = [sys.executable, str(script), str(tmp_path / "home"), served["s3"], served["lightly"]]
    window.run(f"clear; {shlex.join(arguments)}")
    at_step(window, 1, "Needs", of=8)
    window.press("Enter")
    at_step(window, 2, "Bucket", of=8)
    window.fill("S3 URI", f"s3://{served['bucket']}/{served['prefix']}")
    window.press("Enter")
    at_step(window, 3, "Access", of=8)
    window.press("Enter")
    at_step(window, 4, "Keys", of=8)
    fill_key(window, {**served["writer"], "secret_access_key": secret})
    if confirmed:
        window.press("Enter")
        at_step(window, 5, "Encryption", of=8)
        window.wait_for_lights("works", "works", "not needed")
        window.press("Enter")
        at_step(window, 6, "Dataset", of=8)
        window.wait_for_cursor_at("Dataset name")
        window.press("Tab")
        window.fill("Lightly token", served["token"])
        window.wait_for(DOTS)
    window.press("F1")
    window.wait_for("RuntimeError: forced")
    assert window.exit_code() == 1
    assert "Step " not in window.text()
    until(lambda: b"forced" in record.read_bytes(), lambda: "no record")
    written = record.read_bytes() + "\n".join(window.lines("-S", "-")).encode()
    assert b"in-a-local" not in written
    # The console wraps and draws frames around: without those, a secret would stand in one piece.
    unframed = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]|[\x00-\x20]|\xe2[\x94\x95].", b"", written)
    for text in (secret, served["token"]):
        encoded = base64.b64encode(text.encode()).decode().rstrip("=")
        for form in (text, encoded, quote(text, safe="")):
            assert form.encode() not in written
            assert form.encode() not in unframed
