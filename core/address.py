"""Addresses of servers that secrets are sent to, or requests signed for: https, or http on this machine."""

from __future__ import annotations

import ipaddress
import re

__all__ = ["check_address", "is_loopback"]

# One expression for the whole address, so that no second parser can read another host out of it.
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_URL = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>(?:/[a-zA-Z0-9._~-]+)*)/*",
    re.IGNORECASE,
)


def is_loopback(host: str) -> bool:
    """Tell whether a host, without brackets, is this machine: `localhost` or a loopback address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_address(url: str, *, what: str = "The address", example: str = "https://s3.example.com") -> str:
    """Return the address of a server in its plain form, without a slash at the end. `what` begins the sentences.

    Raises:
        ValueError: one sentence, where it is not https (http is for loopback only), names a user, a query or a
            fragment, or its host is not plain ASCII. The address is not repeated: it may hold a password.
    """
    found = _URL.fullmatch(url.strip())
    if found is None:
        if "@" in url:
            raise ValueError(f"{what} names a user or holds an “@”: give it without.")
        raise ValueError(f"{what} is not understood: it looks like {example}.")
    host = found["host"].lower()
    if host.startswith("["):
        try:
            ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            raise ValueError(f"{what} names a host that is no IPv6 address: correct it.") from None
    port = found["port"]
    if port is not None and not 0 < int(port) < 65536:
        raise ValueError(f"{what} has a port that cannot be: use one from 1 to 65535.")
    if any(part in {".", ".."} for part in found["path"].split("/")):
        raise ValueError(f"{what} has a path with dots: give the path that they stand for.")
    scheme = found["scheme"].lower()
    if scheme == "http" and not is_loopback(host.strip("[]")):
        raise ValueError(f"{what} starts with http://: use https://, or what is sent can be read on the way.")
    return f"{scheme}://{host}{f':{int(port)}' if port else ''}{found['path']}"
