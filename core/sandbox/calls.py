"""Signed calls to the sandbox's AWS, made by hand: no SDK session, so nothing of the person's AWS setup is read."""

from __future__ import annotations

import http.client
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from ..access import Secret, UserAccess

__all__ = ["Aws", "CallError", "Reply", "access_key"]

_SAFE = "/-_.~"


@dataclass(frozen=True, slots=True)
class Reply:
    """What AWS answered."""

    status: int
    body: bytes

    def texts(self, tag: str) -> list[str]:
        """Return the texts of every element of that name, whatever its namespace; none where the body is no XML."""
        try:
            root = ET.fromstring(self.body)  # noqa: S314 - made by this process
        except ET.ParseError:
            return []
        return [element.text or "" for element in root.iter() if element.tag.rpartition("}")[2] == tag]

    def text(self, tag: str) -> str:
        """Return the text of the first element of that name, or an empty text."""
        return next(iter(self.texts(tag)), "")


class CallError(Exception):
    """A call that AWS refused."""

    def __init__(self, call: str, reply: Reply) -> None:
        self.status = reply.status
        self.code = reply.text("Code") or str(reply.status)
        super().__init__(f"{call}: {self.code}: {reply.text('Message') or 'no message'}")


class Aws:
    """S3, IAM and STS at one address, as one principal. It is for one thread; `close` ends its connection."""

    def __init__(self, url: str, access: UserAccess, region: str, *, timeout: float = 10.0) -> None:
        """`timeout` is in seconds, for each step of a call."""
        self._url = url
        self._access = access
        self._region = region
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def s3(
        self,
        call: str,
        method: str,
        bucket: str,
        key: str = "",
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Reply:
        """Make a call of S3, path-style. `call` names it in errors.

        Raises:
            CallError: when it is refused.
            OSError: when the server cannot be reached.
        """
        path = quote(f"/{bucket}/{key}" if key else f"/{bucket}", safe=_SAFE)
        return self._send("s3", call, method, path, query or {}, dict(headers or {}), body)

    def form(self, service: str, action: str, version: str, parameters: Mapping[str, str]) -> Reply:
        """Make a call of IAM or STS.

        Raises:
            CallError: when it is refused.
            OSError: when the server cannot be reached.
        """
        body = urlencode({"Action": action, "Version": version, **parameters}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._send(service, action, "POST", "/", {}, headers, body)

    def iam(self, action: str, **parameters: str) -> Reply:
        """Make a call of IAM; it raises what `form` raises."""
        return self.form("iam", action, "2010-05-08", parameters)

    def _send(
        self,
        service: str,
        call: str,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: dict[str, str],
        body: bytes,
    ) -> Reply:
        from botocore.auth import S3SigV4Auth, SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        target = path + ("?" + urlencode(query, quote_via=quote, safe=_SAFE[1:]) if query else "")
        request = AWSRequest(method=method, url=self._url + target, data=body, headers=headers)
        token = self._access.session_token
        credentials = Credentials(
            self._access.access_key_id, self._access.secret_access_key.reveal(), token.reveal() if token else None
        )
        (S3SigV4Auth if service == "s3" else SigV4Auth)(credentials, service, self._region).add_auth(request)
        self._connection.request(method, target, body=body, headers=dict(request.headers.items()))
        response = self._connection.getresponse()
        reply = Reply(response.status, response.read())
        if reply.status >= 300:
            raise CallError(call, reply)
        return reply


def access_key(reply: Reply) -> UserAccess:
    """Read the credentials that CreateAccessKey or AssumeRole answered with."""
    token = reply.text("SessionToken")
    return UserAccess(
        reply.text("AccessKeyId"), Secret(reply.text("SecretAccessKey")), Secret(token) if token else None
    )
