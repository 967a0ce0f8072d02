"""A folder with nothing in it, with one object, and with very many: the check does the same work."""

from __future__ import annotations

import queue
import re
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from cases import Case, Server, everything
from gateway import Gateway
from judgement import target_of
from relay import Request, relay
from sandbox_server import SandboxServer
from stage import Stage, set_up

from core.lights.check import Checker
from core.lights.states import CheckReport, State
from core.needs import OPERATIONS

pytestmark = pytest.mark.timeout(300)

MOST_KEYS = 10
"""The keys that one check asks for at most."""
VERY_MANY = 100_000
MORE_THAN_A_PAGE = 1_001
"""S3 lists a thousand keys at once. On the gateway this takes seconds, a hundred thousand would take minutes."""
LONGER = 600
"""Bytes by which the answers may differ that list the same number of keys: the place to go on at, request ids."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a check sent, what it was answered, and what it found. `goes_on`: the server has more keys to list."""

    calls: Counter[str]
    keys: int
    goes_on: bool
    received: int
    report: CheckReport


def work_of(stage: Stage) -> Work:
    """Check a folder, and watch what passes."""
    passed: queue.SimpleQueue[tuple[Request, bytes]] = queue.SimpleQueue()
    with relay(stage.server.url, after=lambda request, content: passed.put((request, content))) as url:
        report = Checker().check(replace(target_of(stage), endpoint_url=url))
    exchanges = [passed.get() for _ in range(passed.qsize())]
    return Work(
        calls=Counter(_call(request) for request, _ in exchanges),
        keys=sum(content.count(b"<Key>") for request, content in exchanges if request.lists),
        goes_on=any(b"<IsTruncated>true<" in content for _, content in exchanges),
        received=sum(len(content) for _, content in exchanges),
        report=report,
    )


def _call(request: Request) -> str:
    """Name a request without what is different each time: buckets, keys."""
    path, _, query = request.target.partition("?")
    parameters = re.sub(r"prefix=[^&]*", "prefix", query)
    return f"{request.method} {'object' if path.count('/') > 1 else 'bucket'} {parameters}"


def folder_of(server: Server, count: int, fill: Callable[[str, Iterable[str]], None]) -> Stage:
    """Set up a folder with this many objects."""
    stage = set_up(
        server, Case(name=f"finds {count} objects", allows=OPERATIONS, policy=everything, pictures=("0.jpg",))
    )
    fill(stage.location.bucket, (f"{stage.location.prefix}{number:06}.jpg" for number in range(1, count)))
    return stage


def assert_the_work_is_constant(server: Server, very_many: int, fill: Callable[[str, Iterable[str]], None]) -> None:
    empty = set_up(server, Case(name="finds nothing", allows=OPERATIONS, policy=everything, pictures=()))
    nothing, (one, ten, many) = work_of(empty), (work_of(folder_of(server, n, fill)) for n in (1, MOST_KEYS, very_many))
    assert (nothing.keys, one.keys, ten.keys, many.keys) == (0, 1, MOST_KEYS, MOST_KEYS)
    assert one.calls == ten.calls == many.calls
    assert [call for call, times in (one.calls - nothing.calls).items() for _ in range(times)] == ["GET object "]
    assert not nothing.calls - one.calls
    assert (nothing.goes_on, one.goes_on, ten.goes_on, many.goes_on) == (False, False, False, True)
    assert {light.state for light in many.report.lights} == {State.GREEN}
    assert abs(many.received - ten.received) < LONGER


def test_a_hundred_thousand_objects_are_no_more_work_than_ten(sandbox: SandboxServer) -> None:
    def fill(bucket: str, keys: Iterable[str]) -> None:
        """Put objects where moto keeps them: through its API it would take minutes."""
        from moto.s3.models import s3_backends

        partition, account = s3_backends.bucket_accounts[bucket]
        for key in keys:
            s3_backends[account][partition].put_object(bucket, key, b"picture")

    assert_the_work_is_constant(sandbox, VERY_MANY, fill)


@pytest.mark.rgw
def test_more_objects_than_a_page_are_no_more_work_than_ten(gateway: Gateway) -> None:
    def fill(bucket: str, keys: Iterable[str]) -> None:
        def put(key: str) -> None:
            gateway.s3.put_object(Bucket=bucket, Key=key, Body=b"picture")

        with ThreadPoolExecutor(10) as threads:
            list(threads.map(put, keys))

    assert_the_work_is_constant(gateway, MORE_THAN_A_PAGE, fill)
