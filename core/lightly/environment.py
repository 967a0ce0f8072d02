"""What the environment says about the way to the platform. It imports no network library."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from .rules import DEFAULT_PLATFORM_URL, check_platform_url, is_loopback

__all__ = ["ca_bundle_from_environment", "platform_url_from_environment", "proxy_from_environment"]

_PROXIES = ("ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")


def platform_url_from_environment(environment: Mapping[str, str] = os.environ) -> str:
    """Return the address in LIGHTLY_SERVER_LOCATION, or the platform's own where that is not set.

    Raises:
        ValueError: a sentence that names the variable, where it holds no address that may be used.
    """
    url = environment.get("LIGHTLY_SERVER_LOCATION", "").strip()
    if not url:
        return DEFAULT_PLATFORM_URL
    try:
        return check_platform_url(url)
    except ValueError as error:
        problem = str(error)
    raise ValueError(f"LIGHTLY_SERVER_LOCATION: {problem}")


def ca_bundle_from_environment(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the path of the CA bundle in LIGHTLY_CA_CERTS, or None."""
    return environment.get("LIGHTLY_CA_CERTS", "").strip() or None


def proxy_from_environment(url: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the proxy for an address: ALL_PROXY, else HTTPS_PROXY, else HTTP_PROXY; None for none.

    Loopback is never reached through a proxy, nor is a host that NO_PROXY names. The answer may hold a password.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxy = next((found for name in _PROXIES if (found := environment.get(name, "").strip())), None)
    if proxy is None or is_loopback(host):
        return None
    spared = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    return None if _is_spared(host, parts.netloc.lower(), spared) else proxy


def _is_spared(host: str, netloc: str, spared: str) -> bool:
    """Tell whether NO_PROXY names a host: itself, with its port, the end of its domain, or `*` for all."""
    names = [name.strip().lower().lstrip(".") for name in spared.split(",")]
    return any(name in {"*", host, netloc} or host.endswith(f".{name}") for name in names if name)
