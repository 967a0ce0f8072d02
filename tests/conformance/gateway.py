"""A real S3 server for the tests: Ceph's RADOS Gateway with S3 and IAM, in memory, on free ports of 127.0.0.1.

What is particular about release 16.2: users are made by the gateway's admin API (IAM's CreateUser is not there),
account ids are empty (`arn:aws:iam:::user/NAME`), and error answers carry a Code without a Message.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlencode

import keeper
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from plain_s3 import Snapshot, begin_session, iam_client, policy_text, s3_client, snapshot

from core.access import Secret, UserAccess

PROGRAMS = ("ceph", "ceph-authtool", "ceph-mgr", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
PACKAGES = "ceph-common ceph-mgr ceph-mon ceph-osd radosgw"
REGION = "us-east-1"

_CONFIGURATION = """\
[global]
fsid = {fsid}
mon host = {monitor}
public network = 127.0.0.0/8
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 1073741824
mon allow pool size one = true
mon data avail warn = 2
mon data avail crit = 1
keyring = {directory}/keyring
run dir = {directory}/run
admin socket = {directory}/run/$name.asok
pid file = {directory}/run/$name.pid
log file = {directory}/log/$name.log
crash dir = {directory}
mon data = {directory}/mon
mgr data = {directory}/mgr
osd data = {directory}/osd
rgw data = {directory}/rgw
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
rgw enable usage log = false
rgw s3 auth use sts = true
rgw sts key = {sts_key}
"""

_IDENTITIES = (
    ("mon.", "--cap", "mon", "allow *"),
    ("client.admin", "--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *"),
    ("mgr.x", "--cap", "mon", "allow profile mgr", "--cap", "osd", "allow *"),
    ("osd.0", "--cap", "mon", "allow profile osd", "--cap", "osd", "allow *", "--cap", "mgr", "allow profile osd"),
    ("client.rgw", "--cap", "mon", "allow rwx", "--cap", "osd", "allow rwx", "--cap", "mgr", "allow rw"),
)


class GatewayError(RuntimeError):
    """The gateway did not start, or its admin API refused; the text holds what it said."""


def missing_programs() -> tuple[str, ...]:
    """Name the programs of the gateway that this machine lacks."""
    return tuple(name for name in PROGRAMS if shutil.which(name) is None)


@contextlib.contextmanager
def running_gateway() -> Iterator[Gateway]:
    """Start a gateway, and end it when the block is left or the process dies.

    Raises:
        GatewayError: where it does not start; the end of its log is in the text.
    """
    directory = Path(tempfile.mkdtemp(prefix="bucketlight-rgw-"))
    with subprocess.Popen(
        [sys.executable, keeper.__file__, str(directory)],
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the tests; the keeper acts when they let go of its standard input
    ):
        yield _start(directory)


def _start(directory: Path) -> Gateway:
    for name in ("log", "mgr", "mon", "osd", "rgw", "run"):
        (directory / name).mkdir()
    monitor_port, legacy_port, port = _free_ports(3)
    monitor = f"[v2:127.0.0.1:{monitor_port},v1:127.0.0.1:{legacy_port}]"
    fsid, osd = str(uuid.uuid4()), str(uuid.uuid4())
    (directory / "ceph.conf").write_text(
        _CONFIGURATION.format(directory=directory, fsid=fsid, monitor=monitor, port=port, sts_key=secrets.token_hex(8))
    )
    run = _Runner(directory)
    keyring, monmap = str(directory / "keyring"), str(directory / "monmap")
    for number, identity in enumerate(_IDENTITIES):
        create = ("--create-keyring",) if number == 0 else ()
        run("ceph-authtool", keyring, *create, "--gen-key", "-n", *identity, configured=False)
    run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", monitor, monmap, configured=False)
    run("ceph-mon", "-i", "a", "--mkfs", "--monmap", monmap, "--keyring", keyring)
    run("ceph-mon", "-i", "a")
    run("ceph", "--connect-timeout", "20", "osd", "new", osd, "0")
    run("ceph", "auth", "import", "-i", keyring)
    run("ceph-mgr", "-i", "x")
    run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
    run("ceph-osd", "-i", "0")
    _wait_for(lambda: "1 up" in run("ceph", "osd", "stat"), "the storage daemon")
    run("radosgw", "-n", "client.rgw")
    url = f"http://127.0.0.1:{port}"
    _wait_for(lambda: _answers(url), "the gateway")
    admin = UserAccess(_random_key_id(), Secret(secrets.token_hex(20)))
    keys = (f"--access-key={admin.access_key_id}", f"--secret={admin.secret_access_key.reveal()}")
    run(
        "radosgw-admin",
        "user",
        "create",
        "--uid=admin",
        "--display-name=admin",
        "--caps=users=*;user-policy=*;roles=*",
        *keys,
    )
    return Gateway(url, admin)


class _Runner:
    """Runs the programs of one gateway and logs what they print."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __call__(self, program: str, *arguments: str, configured: bool = True) -> str:
        command = [program]
        if configured:
            command += ["-c", f"{self._directory}/ceph.conf"]
        if configured and program in {"ceph-mon", "ceph-mgr", "ceph-osd", "radosgw"}:
            command += ["--setuser", "", "--setgroup", ""]
        # Output goes to files: a daemon would keep a pipe open and never let its reader go.
        errors = self._directory / "log" / "programs.log"
        with tempfile.TemporaryFile("w+") as output, errors.open("a") as log:
            done = subprocess.run([*command, *arguments], stdout=output, stderr=log, check=False, timeout=120)
            output.seek(0)
            text = output.read()
        if done.returncode:
            raise GatewayError(f"{program} ended with {done.returncode}: {errors.read_text()[-2000:]}")
        return text


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in sockets:
            listener.bind(("127.0.0.1", 0))
        return [int(listener.getsockname()[1]) for listener in sockets]


def _wait_for(ready: Callable[[], bool], what: str, seconds: float = 60) -> None:
    pause, end = threading.Event(), time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise GatewayError(f"{what} did not come up within {seconds:.0f} seconds")
        pause.wait(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _random_key_id() -> str:
    return "AKIA" + secrets.token_hex(8).upper()


class Gateway:
    """A running gateway and its administrator.

    Attributes:
        url: the address of S3, IAM and the admin API.
        region: what to sign with; the gateway takes any.
        explains: false, its refusals carry a Code only.
        admin: the keys of the administrator, who owns every bucket that `make_bucket` makes.
        s3: plain boto3 as the administrator.
        iam: plain boto3 as the administrator.
    """

    def __init__(self, url: str, admin: UserAccess) -> None:
        self.url = url
        self.region = REGION
        self.explains = False
        self.admin = admin
        self.s3 = s3_client(url, REGION, admin)
        self.iam = iam_client(url, REGION, admin)

    def make_user(self, name: str) -> UserAccess:
        """Make a user without any permission and return its access key."""
        access = UserAccess(_random_key_id(), Secret(secrets.token_hex(20)))
        self._administer(
            "PUT",
            "user",
            {
                "uid": name,
                "display-name": name,
                "access-key": access.access_key_id,
                "secret-key": access.secret_access_key.reveal(),
            },
        )
        return access

    def arn_of(self, user: str) -> str:
        """Name a user as policies do."""
        return f"arn:aws:iam:::user/{user}"

    def put_policy(self, user: str, document: Mapping[str, object]) -> None:
        """Give a user this identity policy, in place of the one it had."""
        self.iam.put_user_policy(UserName=user, PolicyName="case", PolicyDocument=policy_text(document))

    def make_role(self, name: str, user: str) -> str:
        """Make a role that this user may assume, without any permission, and return its ARN."""
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": [self.arn_of(user)]}, "Action": ["sts:AssumeRole"]}],
        }
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy_text(trust))
        return made["Role"]["Arn"]

    def put_role_policy(self, role: str, document: Mapping[str, object]) -> None:
        """Give a role this identity policy, in place of the one it had."""
        self.iam.put_role_policy(RoleName=role, PolicyName="case", PolicyDocument=policy_text(document))

    def assume(self, access: UserAccess, role_arn: str, document: Mapping[str, object] | None) -> UserAccess:
        """Begin a session of a role, with a policy of its own or none."""
        return begin_session(self.url, self.region, access, role_arn, document)

    def make_bucket(self, bucket: str, *, versioned: bool = False) -> None:
        """Make a bucket that belongs to the administrator."""
        self.s3.create_bucket(Bucket=bucket)
        if versioned:
            self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def put_bucket_policy(self, bucket: str, document: Mapping[str, object]) -> None:
        """Give a bucket this policy, in place of the one it had."""
        self.s3.put_bucket_policy(Bucket=bucket, Policy=policy_text(document))

    def snapshot(self, bucket: str) -> Snapshot:
        """Read everything in a bucket, as the administrator."""
        return snapshot(self.s3, bucket)

    def _administer(self, method: str, resource: str, parameters: Mapping[str, str]) -> None:
        """Call the gateway's admin API (Ceph's documentation, RADOS Gateway admin operations)."""
        request = AWSRequest(method, f"{self.url}/admin/{resource}?{urlencode({**parameters, 'format': 'json'})}")
        credentials = Credentials(self.admin.access_key_id, self.admin.secret_access_key.reveal())
        S3SigV4Auth(credentials, "s3", self.region).add_auth(request)
        prepared = urllib.request.Request(str(request.url), method=method, headers=dict(request.headers.items()))
        try:
            with urllib.request.urlopen(prepared, timeout=30) as answer:
                json.load(answer)
        except urllib.error.HTTPError as error:
            raise GatewayError(f"{method} {resource}: {error.code} {error.read().decode()}") from None
