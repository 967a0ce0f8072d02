"""moto's S3, IAM and STS in this process, behind a loopback port, answering as AWS does.

What is put right inside moto is in `truth`; here is what is put right around it: requests without a signature, the
headers that every answer of S3 has, and connections that stay open.
"""

from __future__ import annotations

import html
import io
import re
import secrets
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from .server import Answer, HttpServer, Request
from .truth import answering, bucket_region, enforce, relax

__all__ = ["AwsServer"]

_CREDENTIAL = re.compile(r"AWS4-HMAC-SHA256\s+Credential=([^,]*),")
_REQUEST_ID = re.compile(rb"(?<=<RequestId>)[^<]*(?=</RequestId>)")
_XML = ("Content-Type", "application/xml")


class AwsServer:
    """S3, IAM and STS on one port. Every request is checked against the policies of who signed it.

    Attributes:
        server: the HTTP server, for its address and its count of connections.
    """

    def __init__(self, port: int = 0) -> None:
        """Load moto and serve.

        Raises:
            ImportError: where the extra `demo` is not installed.
            OSError: where the port is taken.
        """
        from moto.moto_server.werkzeug_app import create_backend_app

        self._applications: dict[str, Callable[..., Iterable[bytes]]] = {
            "s3": create_backend_app("s3"),
            "iam": create_backend_app("iam"),
            "sts": create_backend_app("sts"),
        }
        enforce()
        self._enforced = True
        try:
            self.server = HttpServer(self._answer, port)
        except OSError:
            self._relax()
            raise

    @property
    def url(self) -> str:
        """The address of all three services."""
        return self.server.url

    def close(self) -> None:
        """Stop serving. Closing twice is allowed."""
        self.server.close()
        self._relax()

    def _relax(self) -> None:
        if self._enforced:
            self._enforced = False
            relax()

    def _answer(self, request: Request) -> Answer:
        credential = _CREDENTIAL.match(request.header("Authorization") or "")
        scope = credential[1].split("/") if credential else []
        service = scope[-2].lower() if len(scope) >= 4 else "s3"
        if service not in self._applications:
            return _error(501, "NotImplemented", "The sandbox has S3, IAM and STS only.", service="s3")
        if credential and (problem := _credential_problem(scope)):
            code = "AuthorizationHeaderMalformed" if service == "s3" else "IncompleteSignature"
            return self._stamped(request, service, _error(400, code, problem, service=service))
        if not credential:
            return self._stamped(request, "s3", _anonymous(request))
        try:
            answer = _call(self._applications[service], request)
        except Exception:  # noqa: BLE001 - whatever breaks inside moto is a server error to the client, as it is with AWS
            answer = _error(500, "InternalError", "We encountered an internal error. Try again.", service=service)
        return self._stamped(request, service, answer)

    def _stamped(self, request: Request, service: str, answer: Answer) -> Answer:
        """Add what every answer of S3 bears: the request's id, and the bucket's region to what is asked of a bucket."""
        if service != "s3":
            return answer
        request_id = secrets.token_hex(8).upper()
        headers = [(name, value) for name, value in answer.headers if name.lower() != "x-amzn-requestid"]
        headers += [("x-amz-request-id", request_id), ("x-amz-id-2", secrets.token_urlsafe(48))]
        bucket, key = _place(request)
        region = None if key else bucket_region(bucket)
        if region and not any(name.lower() == "x-amz-bucket-region" for name, _ in headers):
            headers.append(("x-amz-bucket-region", region))
        body = answer.body
        if answer.status == 403 and not body:
            body = _error(403, "AccessDenied", "Access Denied", service="s3").body
            headers = [item for item in headers if item[0].lower() != "content-type"] + [_XML]
        return Answer(answer.status, _REQUEST_ID.sub(request_id.encode(), body), tuple(headers))


def _place(request: Request) -> tuple[str, str]:
    bucket, _, key = unquote(urlsplit(request.target).path).lstrip("/").partition("/")
    return bucket, key


def _anonymous(request: Request) -> Answer:
    """Answer a request that nobody signed: nothing here is public (S3 API reference, HeadBucket)."""
    bucket, _ = _place(request)
    if bucket and bucket_region(bucket) is None:
        return _error(404, "NoSuchBucket", "The specified bucket does not exist", service="s3")
    return _error(403, "AccessDenied", "Access Denied", service="s3")


def _credential_problem(scope: list[str]) -> str | None:
    """Say what is wrong with a credential: a slash in the key ID, mostly because key ID and secret were swapped."""
    if not scope[0]:
        return (
            "The authorization header is malformed; a non-empty Access Key (AKID) must be provided in the credential."
        )
    if len(scope) != 5:
        return (
            "The authorization header is malformed; the Credential is mal-formed; "
            'expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        )
    return None


def _error(status: int, code: str, message: str, *, service: str) -> Answer:
    error = f"<Code>{code}</Code><Message>{html.escape(message, quote=False)}</Message>"
    if service == "s3":
        text = f"<Error>{error}<RequestId></RequestId><HostId></HostId></Error>"
    else:
        text = f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId></RequestId></ErrorResponse>"
    return Answer(status, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode(), (_XML,))


def _call(application: Callable[..., Iterable[bytes]], request: Request) -> Answer:
    """Hand a request to a WSGI application (PEP 3333)."""
    url = urlsplit(request.target)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(url.path, "latin-1"),
        "QUERY_STRING": url.query,
        "REQUEST_URI": request.target,
        "RAW_URI": request.target,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "0",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        if "_" not in name and key != "TRANSFER_ENCODING":
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    environ["CONTENT_LENGTH"] = environ["HTTP_CONTENT_LENGTH"] = str(len(request.body))
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc_info: object = None) -> Callable[..., None]:
        started.append((status, headers))
        return lambda _data: None

    with answering():
        chunks = application(environ, start_response)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
    status, headers = started[-1]
    return Answer(int(status.split()[0]), body, tuple(headers))
