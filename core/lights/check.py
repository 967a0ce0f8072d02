"""The permission check: probes on daemon threads, one deadline above them, lights as they become known.

List and then Read run on one thread, so that they share a connection; Write, and the question who we are, run beside
them. So a check of known region on warm connections takes two round trips.
"""

from __future__ import annotations

import dataclasses
import itertools
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from ..needs import Operation
from .diagnosis import Asked, Diagnosis, found
from .events import CheckFinished, Event
from .judge import without_credentials
from .states import CheckReport, Light, Note, State
from .target import CheckOptions, Target
from .threads import DaemonThreads
from .write import WriteMove, WriteSituation, decide_write

if TYPE_CHECKING:
    from ..aws.session import Clients
    from .legs import Signals

__all__ = ["CheckRun", "Checker", "StoredDryWrites", "unchecked_report"]


class StoredDryWrites(Protocol):
    """Remembers the servers that stored a dry write, so that none is sent there again unasked."""

    def stores_dry_writes(self, endpoint: str) -> bool:
        """Tell whether this server is known to have stored one."""

    def remember_stored_dry_write(self, endpoint: str) -> None:
        """Keep in mind that this server stored one."""


class _InMemory:
    def __init__(self) -> None:
        self._endpoints: set[str] = set()

    def stores_dry_writes(self, endpoint: str) -> bool:
        return endpoint in self._endpoints

    def remember_stored_dry_write(self, endpoint: str) -> None:
        self._endpoints.add(endpoint)


class CheckRun:
    """A check that is under way in the background."""

    def __init__(self, run_id: int, signals: Signals) -> None:
        self.run_id = run_id
        self._signals = signals
        self._done = threading.Event()
        self._report: CheckReport | None = None

    def cancel(self) -> None:
        """Give the run up: open lights become unknown, no further event comes."""
        self._signals.cancel()

    def result(self, timeout: float | None = None) -> CheckReport:
        """Wait for the report, for at most `timeout` seconds.

        Raises:
            TimeoutError: when it is not there by then.
        """
        if not self._done.wait(timeout) or self._report is None:
            raise TimeoutError("the check is still under way")
        return self._report

    def finish(self, report: CheckReport) -> None:
        """Hand the report over to whoever waits."""
        self._report = report
        self._done.set()


class Checker:
    """Runs checks, one or a thousand, over one set of threads and one set of clients. Safe to use from any thread."""

    def __init__(self, *, stored_dry_writes: StoredDryWrites | None = None, threads: int = 8) -> None:
        self._threads = DaemonThreads(threads, "check")
        self._stored = stored_dry_writes or _InMemory()
        self._stored_here = _InMemory()
        self._run_ids = itertools.count(1)
        self._lock = threading.Lock()
        self._clients: Clients | None = None
        self._written: dict[object, Light] = {}
        self._identities: dict[object, str] = {}

    def clients(self) -> Clients:
        """Return the clients that all checks share; the first call imports botocore."""
        from ..aws.session import Clients

        with self._lock:
            if self._clients is None:
                self._clients = Clients()
            return self._clients

    def check(
        self, target: Target, options: CheckOptions | None = None, on_event: Callable[[Event], None] | None = None
    ) -> CheckReport:
        """Check a target and wait for the end: about `options.deadline` seconds at most. Raises for no finding."""
        run, conduct = self._prepare(target, options or CheckOptions(), on_event)
        conduct()
        return run.result(0)

    def start(
        self, target: Target, options: CheckOptions | None = None, on_event: Callable[[Event], None] | None = None
    ) -> CheckRun:
        """Check a target in the background. Events come on a thread of the checker; the last is `CheckFinished`."""
        run, conduct = self._prepare(target, options or CheckOptions(), on_event)
        threading.Thread(target=conduct, name=f"check-run-{run.run_id}", daemon=True).start()
        return run

    def _prepare(
        self, target: Target, options: CheckOptions, on_event: Callable[[Event], None] | None
    ) -> tuple[CheckRun, Callable[[], None]]:
        from .legs import Signals

        signals = Signals()
        run = CheckRun(next(self._run_ids), signals)

        def emit(event: Event) -> None:
            if on_event is not None and not signals.cancelled.is_set():
                on_event(event)

        def conduct() -> None:
            try:
                report = self._conduct(run.run_id, target, options, signals, emit)
            except Exception as error:  # noqa: BLE001 - a bug of ours must not leave a person waiting
                report = _broken(run.run_id, target, error)
            run.finish(report)
            emit(CheckFinished(run.run_id, report))

        return run, conduct

    def _conduct(
        self, run_id: int, target: Target, options: CheckOptions, signals: Signals, emit: Callable[[Event], None]
    ) -> CheckReport:
        from .conductor import Conductor

        who = (target.access, target.role, target.endpoint_url)
        tried = (*who, target.location, target.kms_key_arn)
        server = target.endpoint_url or "aws"
        move = decide_write(
            options.write_probe,
            WriteSituation(
                location=target.location,
                required=Operation.WRITE in target.required,
                write_elsewhere=target.write_elsewhere,
                automatic=options.automatic,
                tried_before=tried in self._written,
                # AWS looks at the digest; other servers may not.
                server_stores_dry_writes=bool(target.endpoint_url)
                and (self._stored_here.stores_dry_writes(server) or self._stored.stores_dry_writes(server)),
            ),
        )
        conductor = Conductor(
            run_id=run_id,
            target=target,
            options=options,
            move=move,
            clients=self.clients(),
            signals=signals,
            emit=emit,
            known_identity=self._identities.get(who),
            remembered_write=self._written.get(tried),
        )
        facts, report = conductor.conduct(self._threads)
        if facts.identity:
            self._identities[who] = facts.identity
        if report.stored_dry_write:
            report = self._remember(server, report)
        write = report.light(Operation.WRITE)
        told = write.state is not State.UNKNOWN or write.cause == "write-unproven"  # else no answer of S3's came
        if facts.written is not None and move is not WriteMove.REMEMBERED and told:
            self._written[tried] = write
        return report

    def _remember(self, server: str, report: CheckReport) -> CheckReport:
        """Remember that a server stored a dry write; what cannot be written down is said, and known for this run."""
        self._stored_here.remember_stored_dry_write(server)
        try:
            self._stored.remember_stored_dry_write(server)
        except Exception as error:  # noqa: BLE001 - a full disk must not take the lights away
            note = Note(
                "internal-error",
                f"this server stores dry runs, and that could not be written down ({type(error).__name__}).",
                "Use --write-probe off for it, until bucketlight can write to its folder again.",
            )
            return dataclasses.replace(report, notes=(*report.notes, note))
        return report


def unchecked_report(required: tuple[Operation, ...], diagnosis: Diagnosis) -> CheckReport:
    """Make the report of a check that could not begin for want of credentials, with the reason."""
    return CheckReport(run_id=0, lights=without_credentials(required, diagnosis))


def _broken(run_id: int, target: Target, error: Exception) -> CheckReport:
    verdict = found("internal-error/own", Operation.LIST, Asked(target), exception=type(error).__name__)
    return CheckReport(run_id=run_id, lights=without_credentials(target.required, verdict))
