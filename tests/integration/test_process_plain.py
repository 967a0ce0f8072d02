"""`bucketlight setup` without a screen, as a process: through a pipe, in a terminal, and without a person."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from process_terminal import COMMAND, PATIENCE, Terminal, bare_environment, run
from slow_keyring import environment_for

from core.store.datasets import DatasetStore
from core.store.paths import Home

Box = dict[str, Any]
Answers = Mapping[str, str]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A sandbox in a process of its own; its first line of output says all about it."""
    folder = tmp_path_factory.mktemp("sandbox")
    argv = (*COMMAND, "demo", "--serve")
    environment = bare_environment(folder, TMPDIR=str(folder))
    with subprocess.Popen(argv, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def ask(box: Box, path: str, **query: str) -> Any:
    """Ask the platform, without any code of the program's."""
    words = "&".join(f"{name}={quote(value)}" for name, value in {**query, "token": box["token"]}.items())
    with urllib.request.urlopen(f"{box['lightly']}{path}?{words}") as answer:
        return json.load(answer)


def uri(box: Box) -> str:
    return f"s3://{box['bucket']}/{box['prefix']}"


def where(box: Box, folder: Path) -> tuple[str, ...]:
    return ("--endpoint-url", box["s3"], "--platform-url", box["lightly"], "--home", str(folder / "home"))


def secrets_of(box: Box) -> list[str]:
    keys = [box[who]["secret_access_key"] for who in ("admin", "reader", "writer", "output")]
    return [*keys, box["token"], box["role"]["external_id"]]


def is_clean(box: Box, text: str) -> bool:
    """Tell whether a text holds no secret, and nothing that steers a terminal."""
    assert not [secret for secret in secrets_of(box) if secret in text]
    return all(each == "\n" or each.isprintable() for each in text)


def user_answers(box: Box, name: str, who: str = "writer") -> dict[str, str]:
    return {
        "Thumbnails (the web app": "y",
        "S3 URI": uri(box),
        "Access key ID": box[who]["access_key_id"],
        "Secret access key": box[who]["secret_access_key"],
        "Dataset name": name,
        "Lightly token": box["token"],
        "Type save": "save",
    }


class Piped:
    """A program between two pipes. Each question is answered when it stands there; what has no answer gets none."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.text = ""
        self._over = False
        self._letters: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        while letter := self.process.stdout.read(1):
            self._letters.put(letter)
        self._letters.put("")

    def question(self) -> str | None:
        """Wait for the next question; None at the end of the output."""
        while self._letter():
            last = self.text.rpartition("\n")[2]
            if last.endswith(("]: ", "): ", "save: ")) and not last.startswith(" "):
                return last
        return None

    def _letter(self) -> str:
        letter = "" if self._over else self._letters.get(timeout=PATIENCE)
        self.text += letter
        self._over = not letter
        return letter

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def answer(self, answers: Answers, *, until: str | None = None) -> str | None:
        """Answer every question, up to one that begins so: that one is returned."""
        while (question := self.question()) is not None:
            if until is not None and question.startswith(until):
                return question
            self.say(next((answers[begin] for begin in answers if question.startswith(begin)), ""))
        return None

    def end(self) -> int:
        """Read what is left, and wait for the end."""
        while self._letter():
            pass
        return self.process.wait(PATIENCE)


@contextmanager
def piped(box: Box, folder: Path, *more: str, **environment: str) -> Iterator[Piped]:
    with subprocess.Popen(
        (*COMMAND, "setup", "--plain", *where(box, folder), *more),
        env=bare_environment(folder, **environment),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield Piped(process)
        finally:
            if process.poll() is None:
                process.kill()


def is_at_the_platform(box: Box, name: str) -> dict[str, Any]:
    """Return the datasource of a dataset, as the platform has it."""
    (dataset,) = ask(box, f"/v1/datasets/query/name/{quote(name)}", exact="true")
    source: dict[str, Any] = ask(box, f"/v1/datasets/{dataset['id']}/datasource")
    return source


def test_through_a_pipe_from_the_first_question_to_the_saved_dataset(box: Box, tmp_path: Path) -> None:
    with piped(box, tmp_path) as plain:
        plain.answer(user_answers(box, "through a pipe"))
        assert plain.end() == 0, plain.text
    assert {"List works", "Read works", "Write works"} <= set(plain.text.splitlines())
    assert is_clean(box, plain.text)
    source = is_at_the_platform(box, "through a pipe")
    assert source["fullPath"].rstrip("/") == uri(box).rstrip("/")
    assert (source["purpose"], source["s3AccessKeyId"]) == ("INPUT_OUTPUT", box["writer"]["access_key_id"])
    (dataset,) = DatasetStore(Home.at(tmp_path / "home")).load()
    assert dataset.name == "through a pipe"


def test_the_role_path_through_a_pipe(box: Box, tmp_path: Path) -> None:
    answers = {
        **user_answers(box, "with a role"),
        "Number [1]": "",
        "No long-lived keys": "y",
        "Role ARN": box["role"]["arn"],
        "External ID": box["role"]["external_id"],
    }
    with piped(box, tmp_path) as plain:
        plain.answer(answers, until="No long-lived")
        plain.say("back")
        plain.answer(answers, until="Number")
        plain.say("delegated")
        plain.answer(answers)
        code = plain.end()
    assert is_clean(box, plain.text)
    assert "Step 9 of 9: Next" in plain.text
    assert code == 0, "what this machine cannot try is proven by Lightly's own test"
    assert is_at_the_platform(box, "with a role")["s3ARN"] == box["role"]["arn"]


def test_a_key_that_may_not_write_is_saved_and_ends_with_1(box: Box, tmp_path: Path) -> None:
    with piped(box, tmp_path) as plain:
        plain.answer(user_answers(box, "may only read", "reader"), until="Lightly token")
        plain.say("why")
        plain.answer(user_answers(box, "may only read", "reader"))
        assert plain.end() == 1
    lines = plain.text.splitlines()
    assert any(line.startswith("Write fails: ") for line in lines)
    assert any("s3:PutObject" in line for line in lines)
    assert "Cause: denied-identity-policy" in lines
    assert is_clean(box, plain.text)


def test_with_ascii_everything_is_ascii(box: Box, tmp_path: Path) -> None:
    with piped(box, tmp_path, "--ascii", TERM="dumb") as plain:
        plain.answer(user_answers(box, "in ascii"), until="Type save")
        assert plain.text.isascii()
        plain.say("leave")
        assert plain.end() == 0


def test_a_setup_that_was_cut_off_is_gone_on_with(box: Box, tmp_path: Path) -> None:
    with piped(box, tmp_path) as plain:
        plain.answer(user_answers(box, "cut off"), until="Lightly token")
        assert plain.process.stdin is not None
        plain.process.stdin.close()
        assert plain.end() == 2
        assert plain.text.splitlines()[-1].startswith("There is no more input. The setup is kept")
    with piped(box, tmp_path) as plain:
        plain.answer({**user_answers(box, "cut off"), "Go on where it was left?": "y"})
        assert plain.end() == 0, plain.text
    assert "Step 2 of" not in plain.text
    assert is_at_the_platform(box, "cut off")


@pytest.mark.parametrize("way", ["end", "SIGTERM"])
def test_an_external_id_that_was_typed_is_the_one_that_is_gone_on_with(way: str, box: Box, tmp_path: Path) -> None:
    keyring = environment_for(tmp_path / "keyring.json")
    answers = {**user_answers(box, "own external id"), "Role ARN": box["role"]["arn"]}
    own = box["role"]["external_id"]
    with piped(box, tmp_path, **keyring) as plain:
        plain.answer(answers, until="No long-lived")
        plain.say("back")
        plain.answer(answers, until="Number")
        plain.say("delegated")
        plain.answer(answers, until="External ID")
        plain.say(own)
        plain.answer(answers, until="Number")
        if way == "end":
            assert plain.process.stdin is not None
            plain.process.stdin.close()
        else:
            plain.process.send_signal(signal.SIGTERM)
        assert plain.end() == 2
        assert is_clean(box, plain.text)
    with piped(box, tmp_path, **keyring) as plain:
        plain.answer({"Go on where it was left?": "y"}, until="Role ARN")
        plain.say("show")
        assert plain.question() is not None
        assert own in plain.text
    (draft,) = (tmp_path / "home").rglob("setup-*.json")
    assert own not in draft.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 2), ("SIGHUP", 2)])
def test_a_signal_keeps_the_setup(name: str, code: int, box: Box, tmp_path: Path) -> None:
    with piped(box, tmp_path) as plain:
        plain.answer(user_answers(box, "never saved"), until="Lightly token")
        plain.process.send_signal(signal.Signals[name])
        assert plain.end() == code
        assert "The setup is kept" in plain.text
        assert "Traceback" not in plain.text
    (draft,) = (tmp_path / "home").rglob("setup-*.json")
    assert box["writer"]["secret_access_key"] not in draft.read_text(encoding="utf-8")


def test_a_reader_that_goes_away_keeps_the_setup(box: Box, tmp_path: Path) -> None:
    with piped(box, tmp_path) as plain:
        plain.answer(user_answers(box, "unread"), until="Lightly token")
    with subprocess.Popen(
        (*COMMAND, "setup", "--plain", *where(box, tmp_path)),
        env=bare_environment(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, err = process.communicate(b"y\n", timeout=PATIENCE)
        assert process.returncode == 2
        assert b"Traceback" not in err
    assert list((tmp_path / "home").rglob("setup-*.json"))


ACCESS_THAT_IS_THERE = (("Number [1]: ", ""), ("No long-lived", ""), ("Number [1]: ", ""))
"""What is asked of the access, answered with the first of each choice: a user, whose key is there already."""


def in_terminal(
    box: Box, folder: Path, act: Callable[[Terminal], None], *more: str, term: str = "dumb"
) -> tuple[int, str]:
    with Terminal.running(
        (*COMMAND, "setup", "--plain", *where(box, folder), *more),
        environment=bare_environment(folder, TERM=term),
        cwd=folder,
    ) as terminal:
        act(terminal)
        code = terminal.end()
        assert terminal.has_line_mode()
        return code, terminal.text


def in_turn(terminal: Terminal, *turns: tuple[str, str]) -> None:
    """Answer each of these questions when it stands there, one after the other."""
    counts: dict[str, int] = {}
    for question, answer in turns:
        counts[question] = counts.get(question, 0) + 1
        terminal.wait_for(question.encode(), times=counts[question])
        terminal.press(f"{answer}\n".encode())


def test_in_a_terminal_the_secrets_are_typed_without_echo(box: Box, tmp_path: Path) -> None:
    def act(terminal: Terminal) -> None:
        in_turn(
            terminal,
            *(
                ("Number [1]: ", ""),
                ("Object-level", ""),
                ("Thumbnails (", "y"),
                ("Delete (", ""),
                ("S3 URI", uri(box)),
            ),
            *ACCESS_THAT_IS_THERE,
            ("Number [1]: ", ""),
            ("Access key ID (", box["writer"]["access_key_id"]),
            ("Secret access key (", box["writer"]["secret_access_key"]),
            *(("Number [1]: ", ""), ("Only under", ""), ("KMS key", ""), ("Only from my network", "")),
            ("Dataset name", "in a terminal"),
            ("Lightly token (", box["token"]),
            *(("Number [1]: ", ""), ("Thumbnails (the Lightly Worker", ""), ("Type save", "save"), ("Register", "")),
        )

    code, text = in_terminal(box, tmp_path, act)
    assert code == 0, text
    assert is_clean(box, text.replace("\r\n", "\n"))
    assert "Write works" in text
    assert is_at_the_platform(box, "in a terminal")["purpose"] == "INPUT_OUTPUT"


def test_what_is_pasted_together_is_not_shown(box: Box, tmp_path: Path) -> None:
    writer = box["writer"]

    def act(terminal: Terminal) -> None:
        in_turn(
            terminal,
            *(("Number [1]: ", ""), ("Object-level", ""), ("Thumbnails (", ""), ("Delete (", ""), ("S3 URI", uri(box))),
            *ACCESS_THAT_IS_THERE,
            ("Number [1]: ", "paste"),
        )
        terminal.wait_for(b"What you paste is not shown.")
        keys = f"aws_access_key_id={writer['access_key_id']}\naws_secret_access_key={writer['secret_access_key']}\n\n"
        terminal.press(keys.encode())
        terminal.wait_for(b"List works")
        in_turn(terminal, ("KMS key", "leave"))

    code, text = in_terminal(box, tmp_path, act)
    assert code == 0, text
    assert is_clean(box, text.replace("\r\n", "\n"))
    assert "Taken: Access key ID, Secret access key." in text


def test_ctrl_c_while_a_secret_is_typed_gives_the_echo_back(box: Box, tmp_path: Path) -> None:
    def act(terminal: Terminal) -> None:
        in_turn(
            terminal,
            *(("Number [1]: ", ""), ("Object-level", ""), ("Thumbnails (", ""), ("Delete (", ""), ("S3 URI", uri(box))),
            *ACCESS_THAT_IS_THERE,
            ("Number [1]: ", ""),
            ("Access key ID (", box["writer"]["access_key_id"]),
        )
        terminal.wait_for(b"Secret access key (")
        terminal.press(b"half a secret\x03")

    code, text = in_terminal(box, tmp_path, act)
    assert code == 130
    assert "half a secret" not in text
    assert "The setup is kept" in text


def test_a_closed_terminal_keeps_the_setup(box: Box, tmp_path: Path) -> None:
    with Terminal.running(
        (*COMMAND, "setup", "--plain", *where(box, tmp_path)), environment=bare_environment(tmp_path), cwd=tmp_path
    ) as terminal:
        in_turn(terminal, ("Number [1]: ", ""), ("Object-level", ""), ("Thumbnails (", ""), ("Delete (", ""))
        terminal.wait_for(b"S3 URI")
        terminal.close()
        assert terminal.process.wait(PATIENCE) == 2
    assert list((tmp_path / "home").rglob("setup-*.json"))


# Without a person


def answers_file(folder: Path, box: Box, name: str, **more: str) -> Path:
    groups = {
        "needs": "{thumbnails: true}",
        "bucket": f'{{uri: "{uri(box)}"}}',
        "keys": f"{{access_key_id: {box['writer']['access_key_id']}}}",
        "dataset": f'{{name: "{name}"}}',
        **more,
    }
    path = folder / "answers.yaml"
    path.write_text("schema: 1\n" + "".join(f"{step}: {group}\n" for step, group in groups.items()), encoding="utf-8")
    return path


def secrets_text(box: Box) -> str:
    return f"# both\nsecret_access_key={box['writer']['secret_access_key']}\n\ntoken={box['token']}\n"


def unattended(box: Box, folder: Path, *more: str, given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (*COMMAND, "setup", *where(box, folder), *more),
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=bare_environment(folder, TERM="dumb"),
        cwd=folder,
        timeout=2 * PATIENCE,
        check=False,
    )


def test_without_a_person_from_a_file_and_secrets_on_standard_input(box: Box, tmp_path: Path) -> None:
    path = answers_file(tmp_path, box, "without a person")
    ended = unattended(box, tmp_path, "--from", str(path), given=secrets_text(box))
    assert (ended.returncode, ended.stderr) == (0, ""), ended
    assert is_clean(box, ended.stdout)
    assert "Write works" in ended.stdout.splitlines()
    assert is_at_the_platform(box, "without a person")["s3AccessKeyId"] == box["writer"]["access_key_id"]
    (dataset,) = DatasetStore(Home.at(tmp_path / "home")).load()
    assert dataset.datasources[0].location.uri == uri(box)


def test_without_a_person_a_role(box: Box, tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text(
        f"schema: 1\nneeds: {{thumbnails: true}}\nbucket: {{uri: {uri(box)}}}\naccess: {{access: delegated}}\n"
        f"role: {{role_arn: {box['role']['arn']}}}\ndataset: {{name: role without a person}}\n",
        encoding="utf-8",
    )
    given = f"external_id={box['role']['external_id']}\ntoken={box['token']}\n"
    ended = unattended(box, tmp_path, "--from", str(path), "--ascii", given=given)
    assert ended.returncode == 0, ended
    assert is_clean(box, ended.stdout)
    assert ended.stdout.isascii()
    assert is_at_the_platform(box, "role without a person")["s3ARN"] == box["role"]["arn"]


def test_without_a_person_a_missing_answer_makes_nothing(box: Box, tmp_path: Path) -> None:
    path = answers_file(tmp_path, box, "never made")
    ended = unattended(box, tmp_path, "--from", str(path), given=f"token={box['token']}\n")
    assert ended.returncode == 2
    assert ended.stdout.splitlines()[-1].startswith("keys.secret_access_key: ")
    assert ask(box, "/v1/datasets/query/name/never%20made", exact="true") == []


def test_a_refused_file_and_refused_secrets_end_with_2_and_one_sentence(box: Box, tmp_path: Path) -> None:
    path = answers_file(tmp_path, box, "refused", keys=f"{{secret_access_key: {box['writer']['secret_access_key']}}}")
    ended = unattended(box, tmp_path, "--from", str(path), given="")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"{path}, line 4, keys.secret_access_key: A secret does not stand in this file." in ended.stderr
    assert is_clean(box, ended.stderr)
    path = answers_file(tmp_path, box, "refused")
    ended = unattended(box, tmp_path, "--from", str(path), given=f"{box['token']}\n")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Line 1 of standard input is not NAME=value" in ended.stderr
    assert is_clean(box, ended.stderr)


def test_secrets_are_not_taken_from_a_terminal(box: Box, tmp_path: Path) -> None:
    path = answers_file(tmp_path, box, "typed")
    with Terminal.running(
        (*COMMAND, "setup", "--from", str(path), *where(box, tmp_path)),
        environment=bare_environment(tmp_path),
        cwd=tmp_path,
    ) as terminal:
        assert terminal.end() == 2
        assert "not from a terminal" in terminal.text


def test_another_dataset_like_one_that_is_known(box: Box, tmp_path: Path) -> None:
    path = answers_file(tmp_path, box, "the first")
    assert unattended(box, tmp_path, "--from", str(path), given=secrets_text(box)).returncode == 0
    answers = {**user_answers(box, "the second"), "S3 URI": f"s3://{box['bucket']}/{box['videos_prefix']}"}
    with piped(box, tmp_path, "--like", "the first") as plain:
        plain.answer(answers)
        assert plain.end() in {0, 3}, plain.text
    assert "Step 2 of" in plain.text
    assert "Step 1 of" not in plain.text
    assert is_at_the_platform(box, "the second")["fullPath"].rstrip("/").endswith("farm-videos")


def test_a_name_that_is_not_known_gets_the_nearest_ones(box: Box, tmp_path: Path) -> None:
    path = answers_file(tmp_path, box, "farm-animals")
    assert unattended(box, tmp_path, "--from", str(path), given=secrets_text(box)).returncode == 0
    ended = unattended(box, tmp_path, "--like", "Farm-animal", "--plain", given="")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "no dataset named “Farm-animal” is known here. Did you mean farm-animals?" in ended.stderr


def test_of_namesakes_at_two_platforms_the_one_is_taken_that_is_named(box: Box, tmp_path: Path) -> None:
    path = answers_file(tmp_path, box, "farm-one")
    assert unattended(box, tmp_path, "--from", str(path), given=secrets_text(box)).returncode == 0
    store = DatasetStore(Home.at(tmp_path / "home"))
    (known,) = store.load()
    store.save(replace(known, platform_url="https://api.lightly.example"))
    nameless = ("--home", str(tmp_path / "home"), "--plain", "--like", "farm-one")
    ended = run("setup", *nameless, environment=bare_environment(tmp_path), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"is known at {box['lightly']} and https://api.lightly.example." in ended.stderr
    assert "add --platform-url" in ended.stderr
    named = (*nameless, "--platform-url", f"{box['lightly']}/")
    ended = run("setup", *named, environment=bare_environment(tmp_path), cwd=tmp_path)
    assert ended.stdout.endswith(
        "There is no more input. The setup is kept, without its secrets: `bucketlight setup --plain` goes on with it.\n"
    ), ended


def test_what_is_wrong_is_said_in_ascii_too(box: Box, tmp_path: Path) -> None:
    ended = unattended(box, tmp_path, "--plain", "--ascii", "--like", "nowhere", given="")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == 'bucketlight: --like: no dataset named "nowhere" is known here. Known: none.\n'


def test_a_closed_input_is_none(box: Box, tmp_path: Path) -> None:
    ended = subprocess.run(
        ("sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, "setup", "--plain", *where(box, tmp_path)),
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=bare_environment(tmp_path),
        cwd=tmp_path,
        timeout=2 * PATIENCE,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (2, "")
    assert ended.stdout.endswith("There is no more input.\n")


@pytest.mark.parametrize("term", ["dumb", "xterm-256color"])
def test_without_a_terminal_the_plain_setup_is_named(term: str, tmp_path: Path) -> None:
    ended = run("setup", environment=bare_environment(tmp_path, TERM=term), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Use `bucketlight setup --plain`." in ended.stderr


def test_in_a_terminal_that_cannot_show_the_app_the_plain_setup_is_named(tmp_path: Path) -> None:
    with Terminal.running(
        (*COMMAND, "setup"), environment=bare_environment(tmp_path, TERM="dumb"), cwd=tmp_path
    ) as terminal:
        assert terminal.end() == 2
        assert "`bucketlight setup --plain`" in terminal.text


_TELL = """
import os, sys
os._exit = sys.exit  # so that what was loaded can be told at the end
from tui.entry import main
sys.argv = ["bucketlight", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
import json
sys.stderr.write("\\n" + json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.mark.parametrize("way", ["--plain", "--from"])
def test_no_screen_is_loaded(way: str, box: Box, tmp_path: Path) -> None:
    more = ("--plain",) if way == "--plain" else ("--from", str(answers_file(tmp_path, box, f"loads no screen {way}")))
    lines = "\n\n\n\n" + uri(box) + "\n" if way == "--plain" else secrets_text(box)
    ended = subprocess.run(
        (sys.executable, "-c", _TELL, "setup", *more, *where(box, tmp_path)),
        input=lines,
        capture_output=True,
        text=True,
        env=bare_environment(tmp_path) | {"PATH": os.environ.get("PATH", os.defpath)},
        cwd=tmp_path,
        timeout=2 * PATIENCE,
        check=True,
    )
    loaded = set(json.loads(ended.stderr.splitlines()[-1]))
    assert "Step 3 of" in ended.stdout, "else the setup was not made"
    assert {"tui", "core"} <= loaded
    assert not {"textual", "rich"} & loaded
