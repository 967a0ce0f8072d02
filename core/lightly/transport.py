"""Requests to the platform: where the token is put in, and the only place that sees a URL which holds it.

No exception of `requests` or urllib3 leaves this module, since their texts hold the URL. Their place is taken by
an error of ours, raised where no frame holds the URL, the token or a body.
"""

from __future__ import annotations

import re
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, ReadTimeoutError

from .. import __version__
from ..access import Secret
from .errors import LightlyError, NotLightlyError, PlatformUnreachableError, ThrottledError
from .models import to_json
from .redaction import redact_logs
from .refusals import Answer, refusal
from .rules import check_platform_url

__all__ = ["MAX_ANSWER_BYTES", "Transport"]

MAX_ANSWER_BYTES = 8_000_000
"""The longest answer that is read, in bytes."""

_ATTEMPTS = 3
_FIRST_PAUSE = 0.5
_CHUNK = 65536

redact_logs()


class _TokenInQuery(AuthBase):
    """Puts the token where the platform reads it. That there is a callable keeps `requests` from reading .netrc."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.prepare_url(request.url, {"token": self._token.reveal()})
        return request


class _Session(requests.Session):
    """A session that sees no redirect: the base class reads and prepares the next request even unasked."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Name none; the answer with its Location is looked at by us."""


class Transport:
    """Sends requests to one platform with one token; several threads may use it at once.

    Raises:
        ValueError: a sentence, for an address, a token or a CA bundle that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        token: Secret,
        *,
        connect_timeout: float,
        read_timeout: float,
        retry_budget: float,
        ca_bundle: str | None,
        proxy: str | None,
        max_bytes: int,
        wait: Callable[[float], bool] | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not token:
            raise ValueError("There is no token: copy it from Preferences in the Lightly web app.")
        if ca_bundle is not None and not Path(ca_bundle).exists():
            raise ValueError(f"The CA bundle {ca_bundle} does not exist: correct LIGHTLY_CA_CERTS.")
        self.base_url = check_platform_url(base_url)
        self.host = urlsplit(self.base_url).netloc
        self._token = token
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._budget = retry_budget
        self._ca_bundle = ca_bundle
        self._proxy = proxy
        self._max_bytes = max_bytes
        self._closing = threading.Event()
        self.wait = self._closing.wait if wait is None else wait
        self._clock = clock
        self._local = threading.local()
        self._sessions: weakref.WeakSet[requests.Session] = weakref.WeakSet()
        self._lock = threading.Lock()

    def close(self) -> None:
        """Wake whoever waits for a retry, and close idle connections."""
        self._closing.set()
        with self._lock:
            for session in self._sessions:
                session.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: msgspec.Struct | None = None,
        secrets: tuple[Secret, ...] = (),
        about_dataset: bool = False,
        read_timeout: float | None = None,
    ) -> Answer:
        """Send a request and return its answer, whose status is 2xx.

        GET, PUT and DELETE are sent up to three times within the budget, where that may help; POST once.
        `secrets` are those of the body, so that an answer which repeats them is not shown.

        Raises:
            LightlyError: for everything else.
        """
        deadline = self._clock() + self._budget
        attempt = 0
        while True:
            attempt += 1
            outcome = self._once(
                method,
                path,
                query=query,
                body=body,
                deadline=deadline,
                read_timeout=self._read_timeout if read_timeout is None else read_timeout,
            )
            if isinstance(outcome, Answer):
                if outcome.succeeded:
                    return outcome
                known = (self._token, *secrets)
                outcome = refusal(self.host, outcome, about_dataset=about_dataset, secrets=known)
            outcome.attempts = attempt
            pause = self._pause(outcome, attempt)
            give_up = method == "POST" or not outcome.passing or attempt >= _ATTEMPTS
            if give_up or self._clock() + pause >= deadline or self.wait(pause):
                raise outcome

    @staticmethod
    def _pause(error: LightlyError, attempt: int) -> float:
        asked = error.retry_after if isinstance(error, ThrottledError) else None
        return float(max(_FIRST_PAUSE * 2 ** (attempt - 1), asked or 0.0))

    def _session(self) -> requests.Session:
        session = getattr(self._local, "session", None)
        if isinstance(session, requests.Session):
            return session
        session = _Session()
        # Nothing comes from the environment unasked: no .netrc, and only the proxy that the client was given.
        session.trust_env = False
        session.auth = _TokenInQuery(self._token)
        session.verify = self._ca_bundle or True
        session.proxies = {"http": self._proxy, "https": self._proxy} if self._proxy else {}
        session.headers.update(
            # Not compressed: so the cap on an answer's size is one on what is read, too.
            {"User-Agent": f"bucketlight/{__version__}", "Accept": "application/json", "Accept-Encoding": "identity"}
        )
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        adapter = HTTPAdapter(max_retries=0)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        self._local.session = session
        with self._lock:
            self._sessions.add(session)
        return session

    def _once(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None,
        body: msgspec.Struct | None,
        deadline: float,
        read_timeout: float,
    ) -> Answer | LightlyError:
        """Send once. Errors are returned: raised from here, their traceback would hold this frame."""
        left = max(deadline - self._clock(), 0.001)
        try:
            with self._session().request(
                method,
                self.base_url + path,
                params=query,
                data=None if body is None else to_json(body),
                headers=None if body is None else {"Content-Type": "application/json"},
                timeout=(min(self._connect_timeout, left), min(read_timeout, left)),
                allow_redirects=False,
                stream=True,
            ) as response:
                return self._read(response, deadline)
        except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
            return self._failure(error)

    def _read(self, response: requests.Response, deadline: float) -> Answer | LightlyError:
        """Read the body piece by piece as it comes: a server that drips bytes meets the deadline, not the socket's."""
        parts: list[bytes] = []
        size = 0
        while piece := response.raw.read1(_CHUNK, decode_content=False):
            parts.append(piece)
            size += len(piece)
            if size > self._max_bytes:
                response.close()
                return NotLightlyError(
                    f"{self.host} sends more than the Lightly platform would: check the platform's address.",
                    status=response.status_code,
                )
            if self._clock() >= deadline:
                response.close()
                return self._too_slow()
        return Answer(
            status=response.status_code,
            body=b"".join(parts),
            location=response.headers.get("Location"),
            retry_after=_seconds(response.headers.get("Retry-After")),
        )

    def _too_slow(self) -> PlatformUnreachableError:
        return PlatformUnreachableError(
            f"{self.host} took too long to answer: try again, and check the network if it stays so.", arrived=True
        )

    def _failure(self, error: Exception) -> PlatformUnreachableError:
        """Say what happened. Of the text of `error`, which holds the URL, nothing is kept."""
        host, kinds = self.host, requests.exceptions
        if isinstance(error, kinds.ProxyError):
            return PlatformUnreachableError(
                f"The proxy {self._proxy_host()} did not let the request to {host} through: "
                "check ALL_PROXY, HTTPS_PROXY and HTTP_PROXY.",
                arrived=False,
            )
        if isinstance(error, kinds.SSLError):
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                return PlatformUnreachableError(
                    f"The certificate of {host} is not trusted here: if your network inspects TLS, "
                    "set LIGHTLY_CA_CERTS to the file of its CA certificates.",
                    arrived=False,
                    passing=False,
                )
            return PlatformUnreachableError(
                f"No secure connection to {host} came about: check the network, the proxy and LIGHTLY_CA_CERTS.",
                arrived=True,
            )
        if isinstance(error, kinds.InvalidSchema | kinds.InvalidURL):
            # The proxy's: our own address was checked before.
            return PlatformUnreachableError(
                f"The proxy {self._proxy_host()} is of a kind that cannot be used here: "
                "give one that starts with http:// in ALL_PROXY or HTTPS_PROXY.",
                arrived=False,
                passing=False,
            )
        if isinstance(error, kinds.ConnectTimeout) or _never_connected(error):
            return PlatformUnreachableError(
                f"No connection to {host}: check the network, the VPN and the proxy, then try again.", arrived=False
            )
        if isinstance(error, kinds.Timeout | ReadTimeoutError | TimeoutError):
            return self._too_slow()
        return PlatformUnreachableError(
            f"The connection to {host} was cut before the answer was complete: try again.", arrived=True
        )

    def _proxy_host(self) -> str:
        host = urlsplit(self._proxy or "").netloc.rpartition("@")[2]
        return host or "on the way"


def _never_connected(error: Exception) -> bool:
    reason: object = error.args[0] if error.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    return isinstance(reason, NewConnectionError)


def _seconds(text: str | None) -> float | None:
    """Read Retry-After where it is a number of seconds; its other form, a date, is left aside (RFC 9110, 10.2.3)."""
    return float(text) if text and re.fullmatch(r"[0-9]{1,6}", text, re.ASCII) else None
