"""How long a check takes under each fault, and how soon the app is gone when it is left during that check."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from s3_faults import (
    Reply,
    S3Faults,
    dead_port,
    error,
    full_port,
    marked,
    page,
    self_signed,
    silent_port,
)

from core.access import Secret, UserAccess
from core.lights.check import Checker
from core.lights.states import LookUps
from core.lights.target import CheckOptions, Target
from core.location import S3Location

from .measure import header
from .starting import quit_while_checking

__all__ = ["faults"]

_ACCESS = UserAccess("AKIAIOSFODNN7BENCH00", Secret("bench"))
_BARE = error("AccessDenied", 403, "Access Denied")
_NEVER = Reply(until=threading.Event())
_LOOP = Reply(301, b"", marked({"Location": "/"}))
_SCRIPTS: dict[str, Reply] = {
    "works": Reply(raw=b""),
    "every call hangs": _NEVER,
    "bodies drip": Reply(200, b"<ListBucketResult>" * 10, marked(), drip=True),
    "bodies are cut": Reply(200, b"<ListBucketResult>" * 10, marked(), cut=True),
    "connections are dropped": Reply(drop=True),
    "no HTTP at all": Reply(raw=b"220 mail.example.com ESMTP\r\n"),
    "captive portal, HTML": page(),
    "captive portal, nothing": Reply(),
    "redirect to itself": _LOOP,
    "proxy wants a login": page(407),
    "throttled": error("SlowDown", 503),
    "server error": error("InternalError", 500),
    "refused, no reason": _BARE,
    "wrong secret": error("SignatureDoesNotMatch", 403),
    "no such bucket": error("NoSuchBucket", 404),
}


@contextlib.contextmanager
def _port(make: Callable[[], AbstractContextManager[int]]) -> Iterator[str]:
    with make() as port:
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def _scripted(name: str) -> Iterator[str]:
    script = {} if name == "works" else {"*": _SCRIPTS[name]}
    with S3Faults(script) as server:
        yield server.url


@contextlib.contextmanager
def _untrusted() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, S3Faults(tls=self_signed(Path(folder))) as server:
        yield server.url


def _places() -> dict[str, Callable[[], AbstractContextManager[str]]]:
    scripted = {name: (lambda name=name: _scripted(name)) for name in _SCRIPTS}
    return {
        **scripted,
        "nobody listens": lambda: _port(dead_port),
        "silent port": lambda: _port(silent_port),
        "packets are dropped": lambda: _port(full_port),
        "untrusted certificate": _untrusted,
    }


def faults() -> None:
    """Print, for each fault, the time of a check with every look-up that is usual, and the time to quit during it."""
    header("Under each fault: the check (deadline 15 s), and quitting the app during it (target 500 ms)")
    slowest = latest = 0.0
    for name, place in _places().items():
        with place() as url:
            checked = _checked(url)
        with place() as url, tempfile.TemporaryDirectory() as folder:
            # Some of these checks are over before a key can be pressed; then the app is quit just after one.
            home = Path(folder) / "home"
            gone = quit_while_checking(home, Path(folder), url, 1, lambda terminal: terminal.wait_for(b"checking"))
        slowest, latest = max(slowest, checked), max(latest, gone)
        print(f"  {name:<28} check {checked * 1000:8.0f} ms   quit {gone * 1000:6.0f} ms")  # noqa: T201
    print(f"  slowest check {slowest:.1f} s, slowest quit {latest * 1000:.0f} ms")  # noqa: T201


def _checked(url: str) -> float:
    target = Target(
        location=S3Location("datalake", "projects/farm-animals/"),
        access=_ACCESS,
        region="eu-central-1",
        endpoint_url=url,
    )
    start = time.monotonic()
    Checker().check(target, CheckOptions(look_ups=LookUps.PREFIX))
    return time.monotonic() - start
