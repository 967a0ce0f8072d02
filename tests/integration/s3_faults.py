"""An S3 server on loopback that works, and answers what it is told to answer wrongly."""

from __future__ import annotations

import base64
import datetime
import hashlib
import ipaddress
import os
import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

import pytest
from serving import Serving

BUCKET = "datalake"
PREFIX = "projects/farm-animals/"
PERSON = "canary-maria-muster.jpg"
"""The name of an object: data of the user, which no report may show."""
KEY = PREFIX + PERSON
ARN = "arn:aws:iam::111122223333:user/lightly"
ROLE = "arn:aws:iam::111122223333:role/Lightly-S3-Integration"
SESSION_KEY = "ASIASESSIONEXAMPLE00"
"""The access key ID of the sessions that the server hands out for roles."""
REGION = "eu-central-1"
REQUEST_ID = "7B1F0C2E9A4D6358"
_LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Request:
    """A request that arrived. `connection` counts connections, so that keep-alive can be seen."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def call(self) -> str:
        """The name of the operation (S3 API reference; STS API reference)."""
        if b"Action=AssumeRole" in self.body:
            return "AssumeRole"
        if self.method == "POST":
            return "CreateMultipartUpload" if "uploads" in self.query else "GetCallerIdentity"
        if self.method == "DELETE":
            return "AbortMultipartUpload" if "uploadId" in self.query else "DeleteObject"
        if self.method == "GET" and "session" in self.query:
            return "CreateSession"
        if self.method == "GET":
            return "ListObjectsV2" if "list-type" in self.query else "GetObject"
        return {"HEAD": "HeadBucket", "PUT": "PutObject"}.get(self.method, self.method)

    @property
    def key(self) -> str:
        """The object's key, for a path-style address."""
        return self.path.lstrip("/").partition("/")[2]

    @property
    def signed_for(self) -> str | None:
        """The region in the signature's scope; None without a signature."""
        found = re.search(r"Credential=[^/]*/\d{8}/([^/]*)/", self.headers.get("authorization", ""))
        return found[1] if found else None


@dataclass(frozen=True)
class Reply:
    """What goes back.

    `until`: nothing before that event is set. `drop`: the connection is closed without an answer. `cut`: half of the
    body. `drip`: the first byte of the body, and nothing more until the server ends. `raw`: these bytes and no HTTP.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    until: threading.Event | None = None
    drop: bool = False
    cut: bool = False
    drip: bool = False
    raw: bytes | None = None


Answer = Reply | Callable[[Request], Reply]


def marked(headers: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return headers with the mark of S3."""
    return {"x-amz-request-id": REQUEST_ID, "Content-Type": "application/xml", **(headers or {})}


def error(
    code: str,
    status: int = 403,
    message: str | None = "as told",
    *,
    headers: Mapping[str, str] | None = None,
    until: threading.Event | None = None,
    **fields: str,
) -> Reply:
    """Refuse as S3 does (S3 API reference, REST error responses)."""
    said = "" if message is None else f"<Message>{escape(message)}</Message>"
    more = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>{said}{more}</Error>'
    return Reply(status, body.encode(), marked(headers), until=until)


def denied(action: str, because: str, resource: str = f"arn:aws:s3:::{BUCKET}") -> Reply:
    """Refuse in the words that AWS uses within an organization (IAM user guide, access denied error messages)."""
    return error(
        "AccessDenied", 403, f'User: {ARN} is not authorized to perform: {action} on resource: "{resource}" {because}'
    )


def page(status: int = 200, text: str = "<html><body><p>Welcome to the hotel<br></body></html>") -> Reply:
    """Answer as a captive portal does."""
    return Reply(status, text.encode(), {"Content-Type": "text/html"})


class World:
    """The bucket behind the server: what is in it, and how it takes writes."""

    def __init__(
        self,
        *,
        keys: Sequence[str] = (KEY,),
        ignores_md5: bool = False,
        region: str | None = None,
        external_id: str | None = None,
    ) -> None:
        self.objects = dict.fromkeys(keys, b"x" * 64)
        self.uploads: set[str] = set()
        self.ignores_md5 = ignores_md5
        self.region = region
        self.external_id = external_id

    def __call__(self, request: Request) -> Reply:
        """Answer as S3 does."""
        if self.region is not None and request.signed_for not in {None, self.region}:
            return wrong_region(self.region)(request)
        return getattr(self, f"_{request.call}", self._unknown)(request)

    def _unknown(self, _: Request) -> Reply:
        return error("NotImplemented", 501)

    def _HeadBucket(self, _: Request) -> Reply:
        return Reply(200, headers=marked({"x-amz-bucket-region": self.region} if self.region else None))

    def _ListObjectsV2(self, request: Request) -> Reply:
        found = [key for key in self.objects if key.startswith(request.query.get("prefix", ""))]
        items = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.objects[key])}</Size>"
            "<StorageClass>STANDARD</StorageClass></Contents>"
            for key in found
        )
        body = (
            f"<ListBucketResult><Name>{BUCKET}</Name><Prefix>{escape(request.query.get('prefix', ''))}</Prefix>"
            f"<KeyCount>{len(found)}</KeyCount><MaxKeys>10</MaxKeys><IsTruncated>false</IsTruncated>{items}"
            "</ListBucketResult>"
        )
        return Reply(200, body.encode(), marked())

    def _GetObject(self, request: Request) -> Reply:
        content = self.objects.get(request.key)
        if content is None:
            return error("NoSuchKey", 404, Key=request.key)
        ranged = "range" in request.headers
        return Reply(206 if ranged else 200, content[:1] if ranged else content, marked({"ETag": '"1"'}))

    def _PutObject(self, request: Request) -> Reply:
        claimed = request.headers.get("content-md5")
        if (
            claimed
            and not self.ignores_md5
            and claimed != base64.b64encode(hashlib.md5(request.body).digest()).decode()
        ):
            return error("BadDigest", 400, "The Content-MD5 you specified did not match what we received.")
        self.objects[request.key] = request.body
        return Reply(200, headers=marked({"ETag": '"2"'}))

    def _DeleteObject(self, request: Request) -> Reply:
        self.objects.pop(request.key, None)
        return Reply(204, headers=marked())

    def _CreateMultipartUpload(self, request: Request) -> Reply:
        self.uploads.add(request.key)
        body = (
            f"<InitiateMultipartUploadResult><Bucket>{BUCKET}</Bucket><Key>{request.key}</Key>"
            "<UploadId>upload-1</UploadId></InitiateMultipartUploadResult>"
        )
        return Reply(200, body.encode(), marked())

    def _AbortMultipartUpload(self, request: Request) -> Reply:
        self.uploads.discard(request.key)
        return Reply(204, headers=marked())

    def _GetCallerIdentity(self, _: Request) -> Reply:
        body = (
            '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
            f"<Arn>{ARN}</Arn><UserId>AIDA1</UserId><Account>111122223333</Account></GetCallerIdentityResult>"
            f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
        )
        return Reply(200, body.encode(), {"Content-Type": "text/xml"})

    def _AssumeRole(self, request: Request) -> Reply:
        fields = dict(parse_qsl(request.body.decode()))
        if self.external_id is not None and fields.get("ExternalId") != self.external_id:
            return sts_error(
                "AccessDenied", 403, f"User: {ARN} is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
            )
        body = (
            '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>'
            f"<AssumedRoleUser><Arn>{ROLE}</Arn><AssumedRoleId>AROA1:x</AssumedRoleId></AssumedRoleUser>"
            f"<Credentials><AccessKeyId>{SESSION_KEY}</AccessKeyId><SecretAccessKey>canary-of-session</SecretAccessKey>"
            "<SessionToken>canary-token-of-session</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>"
            f"</Credentials></AssumeRoleResult><ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>"
            "</AssumeRoleResponse>"
        )
        return Reply(200, body.encode(), {"Content-Type": "text/xml"})


def sts_error(code: str, status: int = 403, message: str = "as told") -> Reply:
    """Refuse as STS and IAM do (STS API reference, common errors)."""
    body = (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>{escape(message)}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    )
    return Reply(status, body.encode(), {"Content-Type": "text/xml"})


def wrong_region(right: str) -> Callable[[Request], Reply]:
    """Refuse what is signed for another region than this one (S3 API reference, error responses)."""

    def answer(request: Request) -> Reply:
        used = request.signed_for or "none"
        return error(
            "AuthorizationHeaderMalformed",
            400,
            f"The authorization header is malformed; the region '{used}' is wrong; expecting '{right}'",
            Region=right,
        )

    return answer


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the tests."""


class S3Faults(Serving):
    """Runs while its `with` block does.

    `script` maps a call's name, or `*` for all, to what answers it: in turn, the last one from then on. Calls that it
    does not name are answered by `world`. `seen` holds what arrived, in order; `most_at_once` how many requests were
    unanswered at the same time.
    """

    def __init__(
        self,
        script: Mapping[str, Answer | Sequence[Answer]] | None = None,
        *,
        world: World | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.world = world or World()
        self.seen: list[Request] = []
        self.most_at_once = 0
        self._script = {
            call: [answers] if isinstance(answers, Reply) or callable(answers) else list(answers)
            for call, answers in (script or {}).items()
        }
        self._open = 0
        self._connections = 0
        self._changed = threading.Condition()
        server = _Server(("127.0.0.1", 0), self._handler())
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        self.port = int(server.server_address[1])
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        super().__init__(server)

    def answer(self, call: str, *answers: Answer) -> None:
        """Set what answers a call from now on, as `script` does."""
        with self._changed:
            self._script[call] = list(answers)

    def calls(self) -> list[str]:
        """Name the calls that arrived, in order."""
        return [request.call for request in self.seen]

    def of(self, call: str) -> list[Request]:
        """Return the requests of one call."""
        return [request for request in self.seen if request.call == call]

    def wait_for(self, call: str, count: int = 1) -> None:
        """Wait until so many requests of a call have arrived."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.of(call)) >= count, _LONGEST_WAIT), f"no {call} came"

    def _take(self, request: Request) -> Reply:
        with self._changed:
            self.seen.append(request)
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
            answers = self._script.get(request.call) or self._script.get("*")
            answer: Answer = self.world if not answers else answers.pop(0) if len(answers) > 1 else answers[0]
            self._changed.notify_all()
            return answer if isinstance(answer, Reply) else answer(request)

    def _done(self) -> None:
        with self._changed:
            self._open -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            number = 0

            def setup(self) -> None:
                super().setup()
                with outer._changed:
                    outer._connections += 1
                    self.number = outer._connections

            def _any(self) -> None:
                parts = urlsplit(self.path)
                request = Request(
                    self.command,
                    unquote(parts.path),
                    dict(parse_qsl(parts.query, keep_blank_values=True)),
                    {name.lower(): text for name, text in self.headers.items()},
                    self.rfile.read(int(self.headers.get("Content-Length", "0"))),
                    self.number,
                )
                reply = outer._take(request)
                if reply.until is not None:
                    reply.until.wait(_LONGEST_WAIT)
                outer._done()
                self._send(reply)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_CONNECT = _any  # noqa: N815

            def _send(self, reply: Reply) -> None:
                if reply.drop or reply.raw is not None:
                    self.close_connection = True
                    self.wfile.write(reply.raw or b"")
                    return
                self.send_response_only(reply.status)
                for name, text in reply.headers.items():
                    self.send_header(name, text)
                if reply.status not in {204, 304}:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if self.command == "HEAD":
                    return
                part = 1 if reply.drip else len(reply.body) // 2 if reply.cut else len(reply.body)
                self.wfile.write(reply.body[:part])
                self.wfile.flush()
                if reply.drip:
                    outer._ended.wait(_LONGEST_WAIT)
                if reply.drip or reply.cut:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
                """Keep quiet."""

        return Handler


@contextmanager
def dead_port() -> Iterator[int]:
    """Give a port on which nobody listens, and nobody will while the block lasts."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


@contextmanager
def silent_port() -> Iterator[int]:
    """Give a port that takes connections and never answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(64)
        yield int(taken.getsockname()[1])


@contextmanager
def full_port() -> Iterator[int]:
    """Give a port that takes no connection and refuses none: its queue is full, as behind a firewall that drops."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(taken.getsockname())
        try:
            yield int(taken.getsockname()[1])
        finally:
            for filler in fillers:
                filler.close()


def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no name resolve but those of this machine: what a machine without a network sees, and nothing leaves it."""
    resolve = socket.getaddrinfo

    def offline(host: object, *args: object, **more: object) -> object:
        if host not in {"127.0.0.1", "localhost"}:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", offline)


def self_signed(folder: Path) -> ssl.SSLContext:
    """Make a certificate for 127.0.0.1 that nobody trusts."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a stranger")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take everything out of the environment that steers AWS's libraries or the way to the network."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower() in {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
