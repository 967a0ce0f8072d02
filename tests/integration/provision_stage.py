"""The sandbox's AWS with a server in front of it that can refuse, throttle, or answer late; and a clock that runs."""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from core.access import AccessKind, CredentialSource, Secret, SourceKind, UserAccess
from core.aws.grants import Grant
from core.aws.session import Clients
from core.dataset import Dataset, Datasource, Purpose
from core.location import S3Location
from core.needs import OPERATIONS, Needs, Operation
from core.provision.apply import Made, apply
from core.provision.found import Found
from core.provision.journal import Journal
from core.provision.looking import look
from core.provision.plan import AwsPlan, plan_for
from core.provision.progress import Progress
from core.provision.refusals import Refusal, Stopped
from core.provision.wanted import Wanted
from core.sandbox.sandbox import Sandbox
from core.store.datasets import DatasetStore
from core.store.paths import Home
from core.store.secrets import MemorySecretStore, SecretStore

__all__ = ["EXTERNAL_ID", "Clock", "Front", "Stage", "error_body", "front_of", "wanted"]

EXTERNAL_ID = Secret("lightly-0123456789abcdef0123456789abcdef01234567")


class Clock:
    """A waiter whose time passes at once. It remembers how long it waited each time."""

    def __init__(self) -> None:
        self.time = 0.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> bool:
        self.time += max(0.0, seconds)
        if seconds > 0:
            self.waits.append(seconds)
        return True


@dataclass
class Front:
    """What stands before the sandbox. `rules` are asked in their order: the first that answers decides.

    A rule gets the action (`CreateUser`, or the method for S3) and a function that asks the sandbox; it returns status
    and body, or None. `asked` are the actions in the order in which they came. `date` is what the answers say for a
    date; the time of this machine where it is None.
    """

    url: str
    rules: list[Callable[[str, Callable[[], tuple[int, bytes]]], tuple[int, bytes] | None]] = field(
        default_factory=list
    )
    asked: list[str] = field(default_factory=list)
    date: str | None = None

    def refuse(self, action: str, status: int, code: str, message: str, *, times: int = 10**6) -> None:
        """Answer an action with an error of AWS's, so many times."""
        left = [times]

        def rule(asked: str, _: object) -> tuple[int, bytes] | None:
            if asked != action or not left[0]:
                return None
            left[0] -= 1
            return status, error_body(code, message)

        self.rules.append(rule)


def error_body(code: str, message: str) -> bytes:
    return (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        "<RequestId>4a7c</RequestId></ErrorResponse>"
    ).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that hangs up, or is killed, is no news."""


@contextlib.contextmanager
def front_of(url: str) -> Iterator[Front]:
    """Serve in front of a server; what is not decided by a rule is passed on as it came."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            action = parse_qs(body.decode("latin-1")).get("Action", [self.command])[0]
            front.asked.append(action)
            headers: list[tuple[str, str]] = []

            def pass_on() -> tuple[int, bytes]:
                connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
                connection.request(self.command, self.path, body=body, headers=dict(self.headers.items()))
                answer = connection.getresponse()
                headers[:] = [each for each in answer.getheaders() if each[0].lower() in _KEPT]
                content = answer.read()
                connection.close()
                return answer.status, content

            decided = next((each for rule in front.rules if (each := rule(action, pass_on)) is not None), None)
            status, content = decided or pass_on()
            with contextlib.suppress(OSError):  # who asked may be gone
                self.send_response(status)
                for name, value in headers or [("Content-Type", "text/xml")]:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _any  # noqa: N815 - http.server's names

        def date_time_string(self, timestamp: float | None = None) -> str:
            return front.date or super().date_time_string(timestamp)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    front = Front(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield front
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


_KEPT = frozenset({"content-type", "x-amz-request-id", "x-amz-bucket-region", "location"})


def wanted(
    box: Sandbox,
    dataset: str,
    access: AccessKind = AccessKind.USER,
    *,
    operations: tuple[Operation, ...] = OPERATIONS,
    bucket: str | None = None,
    prefix: str | None = None,
    **more: Any,
) -> Wanted:
    """Make up what is wanted for the sandbox's pictures."""
    location = S3Location(bucket or box.bucket, box.prefix if prefix is None else prefix)
    return Wanted(
        access=access,
        dataset=dataset,
        grants=(Grant(location=location, operations=operations, region=box.region),),
        external_id=EXTERNAL_ID if access is AccessKind.DELEGATED else None,
        made_on=more.pop("made_on", date(2026, 11, 22)),
        **more,
    )


@dataclass
class Stage:
    """One machine: a home, a keyring and an administrator, before the sandbox's AWS."""

    box: Sandbox
    home: Home
    url: str
    secrets: SecretStore = field(default_factory=MemorySecretStore)
    administrator: UserAccess | None = None
    clock: Clock = field(default_factory=Clock)
    events: list[Progress] = field(default_factory=list)
    watch: Callable[[], None] = lambda: None

    @classmethod
    def at(cls, box: Sandbox, folder: Path, *, url: str | None = None, **more: Any) -> Stage:
        return cls(box, Home.at(folder), url or box.s3_url, **more)

    @property
    def journal(self) -> Journal:
        return Journal(self.home)

    @property
    def admin(self) -> UserAccess:
        return self.administrator or self.box.admin

    def look(self, *what: Wanted) -> Found | Refusal:
        return look(
            self.admin, what, secrets=self.secrets, journal=self.journal, endpoint_url=self.url, waiter=self.clock
        )

    def plan(self, *what: Wanted, adopt: bool = False) -> AwsPlan | Refusal:
        found = self.look(*what)
        return found if isinstance(found, Refusal) else plan_for(what, found, adopt=adopt, endpoint_url=self.url)

    def planned(self, *what: Wanted, adopt: bool = False) -> AwsPlan:
        plan = self.plan(*what, adopt=adopt)
        assert isinstance(plan, AwsPlan), plan
        return plan

    def apply(self, plan: AwsPlan, *, clients: Clients | None = None) -> Made | Stopped:
        return apply(
            plan,
            self.admin,
            secrets=self.secrets,
            journal=self.journal,
            tell=self._told,
            clients=clients,
            waiter=self.clock,
        )

    def _told(self, event: Progress) -> None:
        self.events.append(event)
        self.watch()

    def make(self, *what: Wanted, adopt: bool = False) -> Made:
        made = self.apply(self.planned(*what, adopt=adopt))
        assert isinstance(made, Made), made
        return made

    def stop(self, *what: Wanted, adopt: bool = False) -> Stopped:
        stopped = self.apply(self.planned(*what, adopt=adopt))
        assert isinstance(stopped, Stopped), stopped
        return stopped

    def iam(self, method: str, **parameters: Any) -> Any:
        """Ask the sandbox's IAM as the administrator, past the server in front of it and past our own gate."""
        return getattr(_plain_iam(self.box.s3_url, self.box.admin), method)(**parameters)

    def keys(self, user: str) -> list[str]:
        listed = self.iam("list_access_keys", UserName=user)["AccessKeyMetadata"]
        return [str(key["AccessKeyId"]) for key in listed]

    def users(self) -> set[str]:
        return {str(user["UserName"]) for user in self.iam("list_users")["Users"]}

    def kept_key(self, user: str) -> str | None:
        account = self.box.world.account_id
        access = self.secrets.get_made(account, AccessKind.USER, user)
        return access.access_key_id if isinstance(access, UserAccess) else None

    def knows(self, name: str, *servers: str | None) -> None:
        """Let the machine know a dataset with a datasource at each of these servers; None is AWS."""
        sources = tuple(
            Datasource(
                purpose=purpose,
                location=S3Location(self.box.bucket, self.box.prefix),
                region=self.box.region,
                access=AccessKind.USER,
                access_key_id="AKIAIOSFODNN7EXAMPLE",
                credentials=CredentialSource(SourceKind.KEYRING),
                endpoint_url=server,
            )
            for purpose, server in zip((Purpose.INPUT, Purpose.LIGHTLY), servers, strict=False)
        )
        url = self.box.lightly_url
        known = Dataset(name=name, dataset_id=None, needs=Needs(), platform_url=url, datasources=sources)
        DatasetStore(self.home).save(known)

    def unfinished(self) -> int:
        return len(self.journal.unfinished())


@cache
def _plain_iam(url: str, access: UserAccess) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        "iam",
        region_name="eu-central-1",
        endpoint_url=url,
        aws_access_key_id=access.access_key_id,
        aws_secret_access_key=access.secret_access_key.reveal(),
        config=Config(proxies={}),
    )
