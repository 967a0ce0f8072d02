"""One run of a check: sends the probes, gathers their outcomes, and ends in time."""

from __future__ import annotations

import dataclasses
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from ..aws.session import Clients
from ..needs import Operation
from . import probes
from .events import Event, Identified, LightChanged
from .judge import Facts, judge, notes_of, principal_of
from .legs import Legs, Signals
from .states import CheckReport, Light, LookUps
from .target import CheckOptions, Target
from .threads import DaemonThreads
from .write import WriteMove

__all__ = ["Conductor"]

_IDENTITY_GRACE = 1.5


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
    started: float = 0.0

    def conduct(self, threads: DaemonThreads) -> tuple[Facts, CheckReport]:
        """Run the check on these threads, until the last light is known or the deadline has passed."""
        try:
            return self._conduct(threads)
        finally:
            self.signals.over.set()

    def _conduct(self, threads: DaemonThreads) -> tuple[Facts, CheckReport]:
        self.started = time.monotonic()
        probe_key = probes.new_probe_key(self.target.location)
        facts = self._beginning()
        if facts.identity:
            self.emit(Identified(self.run_id, facts.identity))
        lights = self._show((), facts)
        legs = Legs(
            target=self.target,
            options=self.options,
            move=self.move,
            clients=self.clients,
            signals=self.signals,
            threads=threads,
            probe_key=probe_key,
            started=self.started,
            identify=not facts.identity_over,
            known_identity=self.known_identity,
        )
        legs.start(lists=facts.lists)
        facts, lights = self._gather(facts, lights)
        legs.forget()
        if not facts.settled:
            facts = dataclasses.replace(facts, ended="cancelled" if self.signals.cancelled.is_set() else "deadline")
        lights = self._show(lights, dataclasses.replace(facts, identity_over=True))
        told = {light.cause for light in lights}
        report = CheckReport(
            run_id=self.run_id,
            lights=lights,
            principal=principal_of(facts),
            region=facts.region,
            notes=tuple(note for note in notes_of(facts) if note.cause not in told),
            simulated=facts.iam.simulated if facts.iam else (),
            stored_dry_write=self.move is WriteMove.DRY and bool(facts.written and facts.written.stored),
            elapsed_ms=round((time.monotonic() - self.started) * 1000, 1),
        )
        return facts, report

    def _beginning(self) -> Facts:
        options, changed = self.options, self.options.changed_at
        return Facts(
            target=self.target,
            move=self.move,
            region=self.target.region,
            age=(datetime.now(UTC) - changed).total_seconds() if changed else None,
            identity=self.known_identity,
            read_over=Operation.READ not in self.target.required,
            identity_over=bool(self.known_identity) or options.look_ups is LookUps.NONE,
            iam_over=options.look_ups is not LookUps.IAM,
            open_over=self.target.role is None,
            remembered_write=self.remembered_write,
            waited=options.deadline,
        )

    def _gather(self, facts: Facts, lights: tuple[Light, ...]) -> tuple[Facts, tuple[Light, ...]]:
        """Take in what the probes find, as long as there is time and something to wait for."""
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
        return facts, lights

    def _show(self, shown: tuple[Light, ...], facts: Facts) -> tuple[Light, ...]:
        lights = judge(facts)
        for index, light in enumerate(lights):
            if index >= len(shown) or shown[index] != light:
                self.emit(LightChanged(self.run_id, light))
        return lights
