"""Clients of S3, STS and IAM that depend on nothing but what they are given, and send only what the catalogue lists.

Explicit keys must not fail because some profile, config file or variable of this machine is broken, and they must
not travel to an endpoint that such a file names. So the session sees neither the AWS config files nor the variables
that steer retries, profiles and endpoints. Proxy variables and `AWS_CA_BUNDLE` are honoured: they say how this
machine reaches the network.
"""

from __future__ import annotations

import os
import threading
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.loaders import Loader, create_loader

from .. import __version__
from ..access import UserAccess
from ..address import is_loopback
from .gate import refuse_unlisted

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

__all__ = ["CONNECT_TIMEOUT", "READ_TIMEOUT", "Clients", "iam_endpoint"]

CONNECT_TIMEOUT = 3.0
"""Seconds for each resolved address of a host (botocore counts per address)."""

READ_TIMEOUT = 7.0
"""Seconds between two pieces of an answer."""

_DEFAULT_REGION = "us-east-1"
_SEEN = frozenset({"ca_bundle"})
_AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu")


def iam_endpoint(url: str | None) -> str | None:
    """Return where IAM and STS answer beside an S3 server: at AWS's own addresses, None, or at that same server.

    A dataset may name an address of AWS's S3 (dualstack, FIPS, a VPC's endpoint): nobody but S3 answers there.
    """
    host = (urlsplit(url or "").hostname or "").rstrip(".")
    return None if host.endswith(_AWS_HOSTS) else url


def _session_variables() -> dict[str, tuple[None, None, object, None]]:
    """Take its name in the environment and in config files from every setting of botocore; its default stays."""
    settings = botocore.session.Session.SESSION_VARIABLES
    unseen = {name: (None, None, default, None) for name, (_, _, default, _) in settings.items() if name not in _SEEN}
    return unseen | {
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
        "ignore_configured_endpoint_urls": (None, None, True, None),
        "s3": (None, None, {}, None),
    }


@cache
def _loader() -> Loader:
    """Return what reads botocore's own descriptions of services; it keeps what it has read (100 ms) for the next."""
    return create_loader()


def _s3_config(endpoint_url: str | None, **more: Any) -> Config:
    return _config(endpoint_url, s3={"addressing_style": "path" if endpoint_url else "auto"}, **more)


def _config(endpoint_url: str | None, **more: Any) -> Config:
    options: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT,
        "read_timeout": READ_TIMEOUT,
        # One attempt: the check knows its deadline and which requests may be repeated, botocore does not.
        "retries": {"total_max_attempts": 1, "mode": "standard"},
        "ignore_configured_endpoint_urls": True,
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
        "user_agent_extra": f"bucketlight/{__version__}",
        "max_pool_connections": 8,
    }
    if endpoint_url and is_loopback(urlsplit(endpoint_url).hostname or ""):
        options["proxies"] = {}  # a proxy elsewhere cannot reach this machine's own servers
    return Config(**options, **more)


def _drop_expect(request: Any, **_: object) -> None:
    # Without "Expect: 100-continue" a small PutObject is one round trip, not two.
    del request.headers["Expect"]


def _refuse_unlisted(model: Any, *, signed: bool, may_change: bool, **_: object) -> None:
    refuse_unlisted(model.service_model.service_name, model.name, signed=signed, may_change=may_change)


def _stay_in_region(params: Any, **_: object) -> None:
    # botocore follows a redirect by itself, silently; the check wants to see it, and to say so.
    redirect = params["context"].get("s3_redirect")
    if isinstance(redirect, dict):
        redirect["redirected"] = True


class Clients:
    """Makes clients, and keeps them: a new one costs 10 ms and a handshake, a kept one neither.

    Safe to use from several threads. A client is kept for each credentials, region and endpoint. A call that is not in
    the catalogue (`calls`) raises `UnlistedCallError`, and nothing is sent. Only with `may_change` do the clients send
    what makes, changes or deletes something in IAM, and what is asked before that (`admin_calls`).
    """

    def __init__(self, *, may_change: bool = False) -> None:
        self._may_change = may_change
        self._lock = threading.Lock()
        self._session = botocore.session.Session(session_vars=_session_variables())
        self._session.register_component("data_loader", _loader())
        self._kept: dict[tuple[object, ...], Any] = {}

    def s3(self, access: UserAccess, *, region: str | None, endpoint_url: str | None = None) -> S3Client:
        """Return the S3 client of an access key. With `endpoint_url`, path-style and to that server only.

        Raises:
            botocore.exceptions.BotoCoreError: for a region or endpoint that cannot be one.
            ValueError: for an endpoint URL that cannot be one.
        """
        client: S3Client = self._client("s3", access, region, endpoint_url, _s3_config(endpoint_url))
        return client

    def sts(self, access: UserAccess, *, region: str | None, endpoint_url: str | None = None) -> STSClient:
        """Return the STS client of an access key: AWS's in that region, or another server's. See `iam_endpoint`."""
        endpoint_url = iam_endpoint(endpoint_url)
        client: STSClient = self._client("sts", access, region, endpoint_url, _config(endpoint_url))
        return client

    def iam(self, access: UserAccess, *, region: str | None, endpoint_url: str | None = None) -> IAMClient:
        """Return the IAM client of an access key. IAM is one for each partition: any region of it leads there.

        An `endpoint_url` of AWS's own S3 is passed over, see `iam_endpoint`.
        """
        endpoint_url = iam_endpoint(endpoint_url)
        client: IAMClient = self._client("iam", access, region, endpoint_url, _config(endpoint_url))
        return client

    def anonymous_s3(self, *, region: str | None = None, endpoint_url: str | None = None) -> S3Client:
        """Return an S3 client that signs nothing."""
        config = _s3_config(endpoint_url, signature_version=UNSIGNED)
        client: S3Client = self._client("s3", None, region, endpoint_url, config)
        return client

    def forget(self, access: UserAccess) -> None:
        """Keep no client of this access key any longer: a session's key is not used again."""
        with self._lock:
            self._kept = {key: client for key, client in self._kept.items() if key[1] != access}

    def _client(
        self, service: str, access: UserAccess | None, region: str | None, endpoint_url: str | None, config: Config
    ) -> Any:
        key = (service, access, region, endpoint_url)
        with self._lock:
            client = self._kept.get(key)
            if client is None:
                client = self._kept[key] = self._make(service, access, region or _DEFAULT_REGION, endpoint_url, config)
        return client

    def _make(
        self, service: Any, access: UserAccess | None, region: str, endpoint_url: str | None, config: Config
    ) -> Any:
        keys: dict[str, Any] = {}
        if access is not None:
            keys = {
                "aws_access_key_id": access.access_key_id,
                "aws_secret_access_key": access.secret_access_key.reveal(),
                "aws_session_token": access.session_token.reveal() if access.session_token else None,
            }
        client = self._session.create_client(
            service, region_name=region, endpoint_url=endpoint_url, config=config, **keys
        )
        # The last word before a request is signed and sent, also for those that botocore sends by itself.
        guard = partial(_refuse_unlisted, signed=access is not None, may_change=self._may_change)
        client.meta.events.register("before-call", guard)
        if service == "s3":
            client.meta.events.register("before-sign.s3.PutObject", _drop_expect)
            client.meta.events.register("before-call.s3", _stay_in_region)
        return client
