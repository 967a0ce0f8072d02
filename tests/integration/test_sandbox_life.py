"""How a sandbox begins and ends, alone, beside another, and as a program."""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from core.access import Secret, UserAccess
from core.sandbox import Sandbox, SandboxUnavailableError
from core.sandbox.calls import Aws, CallError

ROOT = Path(__file__).parents[2]
PROGRAM = "import sys; from core.sandbox import serve; sys.exit(serve(sys.stdout))"


def listed(box: Sandbox, access: UserAccess, bucket: str | None = None) -> list[str]:
    aws = Aws(box.s3_url, access, box.region)
    try:
        found = aws.s3("List", "GET", bucket or box.bucket, query={"list-type": "2", "prefix": box.prefix})
        return found.texts("Key")
    finally:
        aws.close()


def test_the_announcement_says_all_that_another_program_needs() -> None:
    with Sandbox() as box:
        told = box.announcement()
        assert list(told)[:5] == ["s3", "lightly", "token", "bucket", "prefix"]
        assert list(told)[5:] == ["region", "admin", "reader", "writer", "role", "output", "videos_prefix", "account"]
        assert told["s3"] == box.s3_url
        assert told["lightly"] == box.lightly_url
        assert all(url.startswith("http://127.0.0.1:") for url in (told["s3"], told["lightly"]))
        assert re.fullmatch(r"datalake-[0-9a-f]{8}", told["bucket"])
        assert (told["prefix"], told["region"]) == ("projects/farm-animals/", "eu-central-1")
        for who in ("admin", "reader", "writer"):
            assert set(told[who]) == {"access_key_id", "secret_access_key"}
            assert re.fullmatch(r"AKIA[A-Z0-9]{16}", told[who]["access_key_id"])
            assert len(told[who]["secret_access_key"]) == 40
        assert told["role"]["arn"] == f"arn:aws:iam::{box.world.account_id}:role/lightly-role"
        assert re.fullmatch(r"lightly-[0-9a-f]{32}", told["role"]["external_id"])
        assert set(told["output"]) == {"bucket", "prefix", "access_key_id", "secret_access_key"}
        assert re.fullmatch(r"lightly-output-[0-9a-f]{8}", told["output"]["bucket"])
        assert (told["output"]["prefix"], told["videos_prefix"]) == ("farm-output/", "projects/farm-videos/")
        json.dumps(told)


def test_no_secret_is_in_a_repr() -> None:
    with Sandbox() as box:
        told = box.announcement()
        keys = [told[who]["secret_access_key"] for who in ("admin", "reader", "writer", "output")]
        secrets = [told["token"], told["role"]["external_id"], *keys]
        shown = repr(box) + repr(box.world) + repr(vars(box)) + str(box.token) + repr(box.platform) + repr(box.aws)
        assert not [secret for secret in secrets if secret in shown]


def test_a_seed_makes_the_same_sandbox_again() -> None:
    told = []
    for _ in range(2):
        with Sandbox(seed=11) as box:
            told.append({name: value for name, value in box.announcement().items() if name not in {"s3", "lightly"}})
            aws = Aws(box.s3_url, box.reader, box.region)
            told[-1]["picture"] = aws.s3("Get", "GET", box.bucket, f"{box.prefix}cow/cow-01.png").body.hex()
            aws.close()
    assert told[0] == told[1]


def test_without_a_seed_every_sandbox_is_another() -> None:
    with Sandbox() as one, Sandbox() as two:
        for name in ("token", "bucket", "admin", "reader", "writer", "role", "output"):
            assert one.announcement()[name] != two.announcement()[name]


def test_two_sandboxes_stand_side_by_side_and_do_not_reach_into_each_other() -> None:
    with Sandbox() as one:
        with Sandbox() as two:
            gone = two.bucket
            for box, other in ((one, two), (two, one)):
                assert len(listed(box, box.reader)) == 43
                for stranger in (other.reader, other.admin):
                    with pytest.raises(CallError) as caught:
                        listed(box, stranger)
                    assert (caught.value.status, caught.value.code) == (403, "AccessDenied")
        assert len(listed(one, one.reader)) == 43
        with pytest.raises(CallError) as missing:
            listed(one, one.admin, gone)
        assert missing.value.code == "NoSuchBucket"


def test_a_closed_sandbox_has_freed_its_ports_and_ended_its_threads() -> None:
    before = set(threading.enumerate())
    box = Sandbox()
    box.start()
    ports = [box.aws.server.server_port, box.platform.server.server_port]
    key = box.reader
    assert len(listed(box, key)) == 43
    box.close()
    box.close()
    assert set(threading.enumerate()) <= before
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=10)
    with pytest.raises(RuntimeError, match="closed"):
        _ = box.bucket
    with Sandbox() as later, pytest.raises(CallError) as caught:
        listed(later, key)
    assert caught.value.code == "InvalidAccessKeyId"


def test_a_closed_sandbox_can_be_started_again() -> None:
    box = Sandbox()
    for _ in range(2):
        with box:
            assert len(listed(box, box.writer)) == 43


def test_beside_a_sandbox_moto_is_as_lenient_as_it_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox() as box:
        anybodys = mock_aws()
        anybodys.start(reset=False)
        monkeypatch.setenv("MOTO_ACCOUNT_ID", f"{secrets.randbelow(10**12):012}")
        try:
            iam = boto3.client("iam", region_name="eu-central-1")
            iam.create_user(UserName="nobody-may-this")
            iam.create_access_key(UserName="nobody-may-this")
            iam.delete_user(UserName="nobody-may-this")
        finally:
            monkeypatch.delenv("MOTO_ACCOUNT_ID")
            anybodys.stop(remove_data=False)
        assert len(listed(box, box.writer)) == 43
        with pytest.raises(CallError):
            listed(box, UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("nobody's")))


def test_moto_gets_back_each_method_that_was_replaced() -> None:
    program = """
from moto.core.authorization import ActionAuthenticatorMixin
from moto.iam.access_control import IAMRequestBase, IAMUserAccessKey
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse
from moto.s3.responses import S3Response
from moto.sts.responses import TokenResponse
from moto import settings
from core.sandbox import Sandbox
owners = (ActionAuthenticatorMixin, IAMRequestBase, IAMUserAccessKey)
owners += (IAMBackend, IamResponse, S3Response, TokenResponse)
methods = lambda owner: {name: each for name, each in vars(owner).items() if callable(each)}
seen = lambda: (*map(methods, owners), settings.INITIAL_NO_AUTH_ACTION_COUNT)
before = seen()
with Sandbox():
    with Sandbox():
        assert seen() != before
    assert seen() != before
assert seen() == before
with Sandbox():
    assert seen() != before
assert seen() == before
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_port_that_is_taken_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for choice in ({"s3_port": port}, {"lightly_port": port}):
            with pytest.raises(SandboxUnavailableError, match="cannot open its port"):
                Sandbox(**choice).start()
    with Sandbox(s3_port=port) as box:
        assert box.s3_url == f"http://127.0.0.1:{port}"


def test_without_the_extra_the_sandbox_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moto.moto_server.werkzeug_app", None)
    with pytest.raises(SandboxUnavailableError, match=r"bucketlight\[demo\]"):
        Sandbox().start()


def test_importing_the_sandbox_loads_no_moto_and_no_boto3() -> None:
    check = (
        "import sys, core.sandbox; print(sorted({'moto', 'boto3', 'botocore', 'flask', 'requests'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


class Program:
    """The sandbox as a child process, in a temporary folder of its own and an odd AWS environment."""

    def __init__(self, folder: Path) -> None:
        broken = folder / "config"
        broken.write_text("[profile half\nthis is no configuration")
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        odd = {
            "TMPDIR": str(self.temporary),
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_PROFILE": "nope",
            "AWS_CONFIG_FILE": str(broken),
            "AWS_SHARED_CREDENTIALS_FILE": str(broken),
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "AWS_CA_BUNDLE": "/nowhere.pem",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "ALL_PROXY": "socks5://127.0.0.1:9",
            "LIGHTLY_TOKEN": "the-persons-own",
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | odd
        self.before = {path.name for path in folder.iterdir()}
        self.folder = folder
        self.child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def first_line(self) -> str:
        assert self.child.stdout
        return self.child.stdout.readline()

    def stop(self, number: int) -> tuple[str, str, int]:
        self.child.send_signal(number)
        try:
            out, err = self.child.communicate(timeout=60)
        finally:
            self.child.kill()
        return out, err, self.child.returncode


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0), (signal.SIGHUP, 0)], ids=["INT", "TERM", "HUP"]
)
def test_the_program_serves_until_it_is_told_to_stop_and_leaves_nothing(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    program = Program(tmp_path)
    told = json.loads(program.first_line())
    idle = socket.create_connection(("127.0.0.1", int(told["s3"].rpartition(":")[2])), timeout=10)
    out, err, returned = program.stop(number)
    assert (out, err, returned) == ("", "", code)
    assert idle.recv(1) == b""
    idle.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(told["lightly"].rpartition(":")[2])), timeout=10)
    assert not list(program.temporary.iterdir())
    assert {path.name for path in tmp_path.iterdir()} == program.before


def test_serving_a_stream_that_broke_closes_the_sandbox() -> None:
    from core.sandbox import serve

    class Broken(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    before, handler = set(threading.enumerate()), signal.getsignal(signal.SIGTERM)
    with pytest.raises(BrokenPipeError):
        serve(Broken())
    assert set(threading.enumerate()) <= before
    assert signal.getsignal(signal.SIGTERM) is handler
