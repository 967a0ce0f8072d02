"""One run of a check: sends the probes, gathers their outcomes, and ends in time."""

from __future__ import annotations

import dataclasses
import queue
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..access import UserAccess
from ..aws.region import find_region
from ..aws.session import Clients
from ..location import S3Location
from ..needs import Operation
from . import probes
from .diagnosis import is_retryable, row_for
from .events import Event, Identified, LightChanged
from .judge import Facts, judge, principal_of
from .outcome import ListedKey, Outcome, from_exception
from .states import CheckReport, Light, LookUps
from .target import CheckOptions, Target
from .threads import DaemonThreads
from .write import WriteMove

__all__ = ["Conductor", "Signals"]

_OBJECTS_TRIED = 3
_BACK_OFF = 0.4
_IDENTITY_GRACE = 1.5
_TELLING = 6
_ARCHIVE_CLASSES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
_ANOTHER_OBJECT = frozenset({"archived-object", "object-vanished"})


class Signals:
    """The way from the probes' threads to the conductor, and from outside: cancelled or not.

    `over` is set when the run has ended, for whatever reason: no further request of it goes out then.
    """

    def __init__(self) -> None:
        self.facts: queue.SimpleQueue[dict[str, Any] | Exception] = queue.SimpleQueue()
        self.cancelled = threading.Event()
        self.over = threading.Event()

    def cancel(self) -> None:
        """End the run now."""
        self.cancelled.set()
        self.over.set()
        self.facts.put({})


@dataclass(slots=True)
class Conductor:
    """Conducts one run. `known_identity` is the caller's memory of who these credentials are."""

    run_id: int
    target: Target
    options: CheckOptions
    move: WriteMove
    clients: Clients
    signals: Signals
    emit: Callable[[Event], None]
    known_identity: str | None = None
    remembered_write: Light | None = None
    probe_key: str = ""
    started: float = 0.0

    def conduct(self, threads: DaemonThreads) -> tuple[Facts, CheckReport]:
        """Run the check on these threads, until the last light is known or the deadline has passed."""
        try:
            return self._conduct(threads)
        finally:
            self.signals.over.set()

    def _conduct(self, threads: DaemonThreads) -> tuple[Facts, CheckReport]:
        self.started = time.monotonic()
        self.probe_key = probes.new_probe_key(self.target.location)
        facts = Facts(
            target=self.target,
            move=self.move,
            region=self.target.region,
            identity=self.known_identity,
            read_over=Operation.READ not in self.target.required,
            identity_over=bool(self.known_identity) or self.options.look_ups is LookUps.NONE,
            remembered_write=self.remembered_write,
            probe_key=self.probe_key if self.move in {WriteMove.REAL, WriteMove.MULTIPART} else None,
            waited=self.options.deadline,
        )
        if self.known_identity:
            self.emit(Identified(self.run_id, self.known_identity))
        lights = self._show((), facts)
        identify = not facts.identity_over
        lists = facts.lists
        self._run(threads, lambda: self._begin(threads, lists=lists, identify=identify))
        patience = self.options.deadline
        while (left := patience - (time.monotonic() - self.started)) > 0 and not self.signals.cancelled.is_set():
            if facts.settled and facts.identity_over:
                break
            try:
                fact = self.signals.facts.get(timeout=left)
            except queue.Empty:
                break
            if isinstance(fact, Exception):
                raise fact
            facts = dataclasses.replace(facts, **fact)
            if fact.get("identity"):
                self.emit(Identified(self.run_id, fact["identity"]))
            lights = self._show(lights, facts)
            if facts.settled:
                patience = min(patience, time.monotonic() - self.started + _IDENTITY_GRACE)
        if not facts.settled:
            facts = dataclasses.replace(facts, ended="cancelled" if self.signals.cancelled.is_set() else "deadline")
            lights = self._show(lights, facts)
        report = CheckReport(
            run_id=self.run_id,
            lights=lights,
            principal=principal_of(facts),
            region=facts.region,
            stored_dry_write=self.move is WriteMove.DRY and bool(facts.written and facts.written.stored),
            elapsed_ms=round((time.monotonic() - self.started) * 1000, 1),
        )
        return facts, report

    def _show(self, shown: tuple[Light, ...], facts: Facts) -> tuple[Light, ...]:
        lights = judge(facts)
        for index, light in enumerate(lights):
            if index >= len(shown) or shown[index] != light:
                self.emit(LightChanged(self.run_id, light))
        return lights

    def _run(self, threads: DaemonThreads, job: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                job()
            except Exception as error:  # noqa: BLE001 - in a daemon thread it would vanish; the conductor raises it
                self.signals.facts.put(error)

        threads.run(guarded)

    # What follows runs on the probes' threads. It only reads the conductor, and puts facts into the queue.

    def _begin(self, threads: DaemonThreads, *, lists: bool, identify: bool) -> None:
        region = self.target.region
        if region is None:
            region = find_region(
                self.target.location, endpoint_url=self.target.endpoint_url, clients=self.clients
            ).region
            self.signals.facts.put({"region": region})
        if self.move.asks:
            self._run(threads, lambda: self._write(region))
        if identify:
            self._run(threads, lambda: self._identify(region))
        if lists:
            self._list_then_read(region)

    def _list_then_read(self, region: str | None) -> None:
        location = self.target.location
        listed, region = self._ask(
            Operation.LIST, "ListObjectsV2", region, lambda client: probes.list_objects(client, location)
        )
        read: Outcome | None = None
        wanted = Operation.READ in self.target.required and listed.ok
        candidates = _candidates(listed.keys) if wanted else []
        self.signals.facts.put({"listed": listed, "region": region, "read_over": not candidates})
        if not candidates:
            return
        for candidate in candidates:

            def read_it(client: Any, candidate: ListedKey = candidate) -> Outcome:
                outcome = probes.read_byte(client, location, candidate)
                return outcome.without(_names_of(location, candidate.key))

            read, region = self._ask(Operation.READ, "GetObject", region, read_it)
            if read.ok or row_for(read, Operation.READ, self.target).cause not in _ANOTHER_OBJECT:
                break
        self.signals.facts.put({"read": read, "read_over": True})

    def _write(self, region: str | None) -> None:
        location, kms = self.target.location, self.target.kms_key_arn
        send = {
            WriteMove.DRY: probes.write_dry,
            WriteMove.REAL: probes.write_real,
            WriteMove.MULTIPART: probes.write_multipart,
        }[self.move]
        key = self.probe_key
        outcome, _ = self._ask(
            Operation.WRITE,
            "PutObject",
            region,
            lambda client: send(client, location, key, kms),
            repeat=self.move is not WriteMove.MULTIPART,
        )
        self.signals.facts.put({"written": outcome})

    def _identify(self, region: str | None) -> None:
        if self.signals.over.is_set():
            return
        arn: str | None = None
        try:
            client = self.clients.sts(self.target.access, region=region, endpoint_url=self.target.endpoint_url)
            outcome = probes.identify(client).without(_secret_texts(self.target.access))
            arn = outcome.detail if outcome.proof else None
        except Exception:  # noqa: BLE001 - who we are decides no light
            arn = None
        self.signals.facts.put({"identity": arn, "identity_over": True})

    def _ask(
        self,
        operation: Operation,
        call: str,
        region: str | None,
        send: Callable[[Any], Outcome],
        *,
        repeat: bool = True,
    ) -> tuple[Outcome, str | None]:
        """Send a probe; once more in the region that the answer names, or after what passes by itself, in time."""
        corrected = False
        while True:
            outcome = self._send(call, region, send)
            named = outcome.region_named
            if not outcome.ok and named and named != region and not corrected:
                region, corrected = named, True
                continue
            used = time.monotonic() - self.started + _BACK_OFF + outcome.elapsed_ms / 1000
            if not repeat or used >= self.options.deadline or not is_retryable(outcome, operation, self.target):
                return outcome, region
            repeat = False
            self.signals.over.wait(_BACK_OFF)

    def _send(self, call: str, region: str | None, send: Callable[[Any], Outcome]) -> Outcome:
        if self.signals.over.is_set():
            return Outcome(call=call)
        try:
            client = self.clients.s3(self.target.access, region=region, endpoint_url=self.target.endpoint_url)
        except Exception as error:  # noqa: BLE001 - a region or endpoint that cannot be one
            return from_exception(call, error)
        return send(client).without(_secret_texts(self.target.access))


def _secret_texts(access: UserAccess) -> tuple[str, ...]:
    """List what a server that echoes a request must not bring into a report."""
    held = (each.reveal() for each in (access.secret_access_key, access.session_token) if each)
    return tuple(text for text in held if len(text) >= _TELLING)


def _names_of(location: S3Location, key: str) -> tuple[str, ...]:
    """List how a server may name an object of the user's data; a very short key only together with its bucket."""
    forms = dict.fromkeys((key, urllib.parse.quote(key), urllib.parse.quote_plus(key)))
    return (
        *(f"{location.bucket}/{form}" for form in forms),
        *(form for form in forms if len(key) >= _TELLING),
    )


def _candidates(keys: tuple[ListedKey, ...]) -> list[ListedKey]:
    """Choose the listed objects that can prove Read: with a byte in them; those that are not archived come first."""
    full = [item for item in keys if item.size]
    return sorted(full, key=lambda item: item.storage_class in _ARCHIVE_CLASSES)[:_OBJECTS_TRIED]
