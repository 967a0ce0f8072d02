"""What a check costs: time on a server of 100 ms a request, and processor time on one without delay."""

from __future__ import annotations

import contextlib
import http.client
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.access import Secret, UserAccess
from core.lights.check import Checker
from core.lights.states import CheckReport, State
from core.lights.target import CheckOptions, Target
from core.location import S3Location

from .measure import Series, header, show
from .server import BUCKET, PREFIX

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["check", "processor_time"]

_DELAY = 0.1
_REGION = "eu-central-1"
_ACCESS = UserAccess("AKIAIOSFODNN7BENCH00", Secret("bench"))


@contextlib.contextmanager
def _server(delay: float) -> Iterator[int]:
    """Serve in another process, so that neither time nor lock of the interpreter is shared; yields the port."""
    command = (sys.executable, str(Path(__file__).with_name("server.py")), str(delay))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()


def _target(port: int) -> Target:
    return Target(
        location=S3Location(BUCKET, PREFIX), access=_ACCESS, region=_REGION, endpoint_url=f"http://127.0.0.1:{port}"
    )


def _checked(checker: Checker, target: Target) -> CheckReport:
    report = checker.check(target, CheckOptions())
    if any(light.state is not State.GREEN for light in report.lights) or report.principal is None:
        raise AssertionError(f"not every light is green: {report}")
    return report


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _plain_client(port: int) -> S3Client:
    import boto3

    client: S3Client = boto3.session.Session().client(
        "s3",
        region_name=_REGION,
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=_ACCESS.access_key_id,
        aws_secret_access_key=_ACCESS.secret_access_key.reveal(),
    )
    return client


def _plain(client: S3Client) -> None:
    """Do what a script would: list, read and write, one after the other."""
    listed = client.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX, MaxKeys=10)
    client.get_object(Bucket=BUCKET, Key=listed["Contents"][0]["Key"])["Body"].read()
    client.put_object(Bucket=BUCKET, Key=f"{PREFIX}probe", Body=b"bench")


def _round_trips(number: int, connection: http.client.HTTPConnection) -> None:
    for _ in range(number):
        connection.request("GET", f"/{BUCKET}/{PREFIX}a.png")
        connection.getresponse().read()


def check(runs: int = 15) -> None:
    """A check of known region on warm connections, beside two round trips, and plain boto3 in sequence."""
    header("Check: list, read, write; 100 ms a request, region known, connections warm")
    ours: list[float] = []
    trips: list[float] = []
    plain: list[float] = []
    with _server(_DELAY) as port, contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        checker, target, client = Checker(), _target(port), _plain_client(port)
        first = _timed(lambda: _checked(checker, target))
        _round_trips(1, connection)
        _plain(client)
        for _ in range(runs):
            ours.append(_timed(lambda: _checked(checker, target)))
            trips.append(_timed(lambda: _round_trips(2, connection)))
            plain.append(_timed(lambda: _plain(client)))
    show(
        Series("bucketlight", ours),
        Series("two round trips", trips),
        Series("plain boto3, in sequence", plain),
        target="1.15 x two round trips",
    )
    print(f"  the first check, with its imports and handshakes: {first * 1000:.1f} ms")  # noqa: T201


def processor_time(checks: int = 50, rounds: int = 5) -> None:
    """Processor time of a warm check, all threads together, beside plain boto3's three calls."""
    header(f"Processor time of a warm check ({checks} checks a run)")
    with _server(0.0) as port:
        checker, target, client = Checker(), _target(port), _plain_client(port)
        ours, plain = [], []
        for number in range(rounds + 1):
            ours.append(_spent(checks, lambda: _checked(checker, target)))
            plain.append(_spent(checks, lambda: _plain(client)))
            if number == 0:
                ours.clear()
                plain.clear()
    show(Series("bucketlight", ours), Series("plain boto3, three calls", plain), target="10 ms")


def _spent(times: int, work: Callable[[], Any]) -> float:
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times
