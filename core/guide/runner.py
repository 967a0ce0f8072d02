"""The one runner of what the guide asks for: on daemon threads, with results posted as events."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from ..access import Secret, UserAccess
from ..lights.events import CheckFinished, Event, Identified, LightChanged
from ..lights.states import Light
from ..lights.target import CheckOptions, Target
from ..lights.threads import DaemonThreads
from ..location import S3Location
from ..survey import Survey
from .facts import (
    AwsMade,
    AwsPlanned,
    AwsStep,
    AwsStopped,
    Fact,
    Failed,
    KeysRead,
    NameLookedUp,
    RegionFound,
    TokenTried,
    WorkerRegistered,
)
from .fingerprint import fingerprint
from .flow import pending, wanted
from .keys_source import KeysSource
from .requests import (
    Check,
    FindRegion,
    LookAround,
    LookUpName,
    MakeAws,
    PlanAws,
    ReadKeys,
    RegisterWorker,
    Request,
    Save,
    TryToken,
)
from .saving import EffectError, Journal, SaveEffects, SaveProgress, save
from .state import State

__all__ = ["Effects", "Learned", "Runner", "RunnerEvent", "Running"]


class Running(Protocol):
    """A check that is under way."""

    def cancel(self) -> None:
        """Give it up; no further event comes."""


class Effects(SaveEffects, Protocol):
    """All that the guide does to the world. Look-ups may block; they say in their answers what went wrong."""

    def find_region(self, location: S3Location, endpoint_url: str | None) -> RegionFound:
        """Ask S3 for a bucket's region, without credentials."""

    def read_keys(self, source: KeysSource) -> KeysRead:
        """Read an access key from a file, a profile or the environment. It never asks on the terminal."""

    def look_around(
        self, location: S3Location, access: UserAccess, *, region: str, endpoint_url: str | None, account: str | None
    ) -> Survey:
        """Look at a sample of what lies in a folder."""

    def register_worker(self, platform_url: str, token: Secret, name: str) -> WorkerRegistered:
        """Register a Worker at the platform; one of that name gives its ID."""

    def plan_aws(self, request: PlanAws) -> AwsPlanned:
        """Look at what there is in AWS, and plan what is wanted. Nothing is changed."""

    def make_aws(self, request: MakeAws, on_step: Callable[[AwsStep], None]) -> AwsMade | AwsStopped:
        """Carry a plan in AWS out. `on_step` is called as each step begins."""

    def try_token(self, platform_url: str, token: Secret) -> TokenTried:
        """Try a token at the platform."""

    def look_up_name(self, platform_url: str, token: Secret, name: str) -> NameLookedUp:
        """Look for a dataset of that name."""

    def start_check(
        self,
        target: Target,
        on_event: Callable[[Event], None],
        *,
        automatic: bool,
        options: CheckOptions | None = None,
    ) -> Running:
        """Begin a check and return at once. Events come on another thread, the last is `CheckFinished`.

        `automatic`: nobody asked for it just now, so Write is not tried a second time. `options`: how to go about it,
        where somebody asked for more than the usual.
        """


@dataclass(frozen=True, slots=True)
class Learned:
    """A fact, or with a `Light`, `Identified` or `AwsStep` a part of one: to be handed to `learn`."""

    request: Request
    fact: Fact


RunnerEvent = Learned | SaveProgress


@dataclass(slots=True, eq=False)
class _Job:
    request: Request
    automatic: bool = False
    check: Running | None = field(default=None)
    begun: bool = field(default=False)
    ended: bool = field(default=False)
    answered: bool = field(default=False)

    @property
    def holds(self) -> bool:
        """Tell whether it stays, whatever is asked for now: something is being made in AWS."""
        return isinstance(self.request, MakeAws) and self.begun and not self.ended


def _silent(seconds: float) -> Failed:
    return Failed(f"No answer came within {seconds:.0f} seconds.")


class Runner:
    """Carries out what is pending, each request once. A look-up that takes longer than `patience` seconds has failed.

    `on_event` is called from several threads, must not block long and must not raise; it posts the event to whoever
    owns the state. There the state learns, and `follow` is called with the new one.
    """

    def __init__(
        self,
        effects: Effects,
        journal: Journal,
        on_event: Callable[[RunnerEvent], None],
        *,
        threads: int = 4,
        patience: float = 30.0,
    ) -> None:
        self._patience = patience
        self._effects = effects
        self._journal = journal
        self._on_event = on_event
        self._look_ups = DaemonThreads(threads, "guide")
        # One at a time, and never behind a look-up that hangs.
        self._saves = DaemonThreads(1, "save")
        # What is planned while something is still being made in AWS would be out of date.
        self._aws = DaemonThreads(1, "aws")
        self._lock = threading.Lock()
        self._jobs: dict[str, _Job] = {}
        self._checked: set[str] = set()
        self._closed = False

    def follow(self, state: State, *, asked: bool = False) -> None:
        """Begin what the state asks for and is not under way; give up what it asks for no more.

        A save goes on, and what is being made in AWS; that is not begun a second time while it is under way. To be
        called after every change of the state. `asked`: a person wants to know it anew.
        """
        valid = {fingerprint(request) for request in wanted(state) if not state.facts.has(request)}
        wants = {fingerprint(request): request for request in pending(state)}
        with self._lock:
            if self._closed:
                return
            stale = [
                self._jobs.pop(mark) for mark, job in list(self._jobs.items()) if mark not in valid and not job.holds
            ]
            new = {
                mark: _Job(request, automatic=mark in self._checked and not asked)
                for mark, request in wants.items()
                if mark not in self._jobs
            }
            self._jobs.update(new)
            self._checked.update(mark for mark, job in new.items() if isinstance(job.request, Check))
        for job in stale:
            if job.check and not job.ended:
                job.check.cancel()
        for mark, job in new.items():
            self._threads(job.request).run(partial(self._work, mark, job))

    def _threads(self, request: Request) -> DaemonThreads:
        if isinstance(request, PlanAws | MakeAws):
            return self._aws
        return self._saves if isinstance(request, Save) else self._look_ups

    def close(self) -> None:
        """Give everything up: no event comes any more.

        A save that has begun goes on, and what is being made in AWS; their journals know how far.
        """
        with self._lock:
            self._closed = True
            jobs = list(self._jobs.values())
            self._jobs.clear()
        for job in jobs:
            if job.check and not job.ended:
                job.check.cancel()

    def _work(self, mark: str, job: _Job) -> None:
        if not self._begins(mark, job):
            return
        timer = None
        if not isinstance(job.request, Check | Save | MakeAws):
            # Above the time-outs of the network: a server that drips never reaches those.
            timer = threading.Timer(self._patience, self._post, (mark, job, _silent(self._patience)))
            timer.daemon = True
            timer.start()
        try:
            fact = self._answer(mark, job)
        except EffectError as error:
            fact = Failed(str(error))
        except Exception as error:  # noqa: BLE001 - its text could quote a secret; its kind can be reported
            fact = Failed(f"This met a fault of bucketlight ({type(error).__name__}).")
        if timer is not None:
            timer.cancel()
        job.ended = job.ended or isinstance(job.request, MakeAws)
        if fact is not None:
            self._post(mark, job, fact)

    def _answer(self, mark: str, job: _Job) -> Fact | None:
        """Carry a request out. None for a check: its answer comes as an event."""
        request, effects = job.request, self._effects
        match request:
            case FindRegion():
                return effects.find_region(request.location, request.endpoint_url)
            case ReadKeys():
                return effects.read_keys(request.source)
            case LookAround():
                return effects.look_around(
                    request.location,
                    request.access,
                    region=request.region,
                    endpoint_url=request.endpoint_url,
                    account=request.account,
                )
            case RegisterWorker():
                return effects.register_worker(request.platform_url, request.token, request.name)
            case TryToken():
                return effects.try_token(request.platform_url, request.token)
            case LookUpName():
                return effects.look_up_name(request.platform_url, request.token, request.name)
            case Save():
                return save(request, effects, self._journal, self._tell)
            case PlanAws():
                return effects.plan_aws(request)
            case MakeAws():
                return effects.make_aws(request, partial(self._post, mark, job))
            case Check():
                self._check(mark, job, request)
                return None

    def _check(self, mark: str, job: _Job, request: Check) -> None:
        def on_event(event: Event) -> None:
            match event:
                case CheckFinished():
                    job.ended = True
                    self._post(mark, job, event.report)
                case LightChanged():
                    self._post(mark, job, event.light)
                case Identified():
                    self._post(mark, job, event)

        running = self._effects.start_check(request.target, on_event, automatic=job.automatic, options=request.options)
        with self._lock:
            job.check = running
            unwanted = self._jobs.get(mark) is not job and not job.ended
        if unwanted:
            running.cancel()

    def _begins(self, mark: str, job: _Job) -> bool:
        """Tell whether it is still wanted; a save always is."""
        with self._lock:
            job.begun = self._jobs.get(mark) is job or isinstance(job.request, Save)
            return job.begun

    def _post(self, mark: str, job: _Job, fact: Fact) -> None:
        """Post a fact, unless the state went on to other answers meanwhile. A save's end is always told.

        A request is answered once: what comes after that is dropped, as where patience ends in the same moment.
        """
        with self._lock:
            unwanted = self._jobs.get(mark) is not job and not isinstance(job.request, Save)
            dropped = self._closed or unwanted or job.answered
            job.answered |= not isinstance(fact, AwsStep | Light | Identified)
        if not dropped:
            self._on_event(Learned(job.request, fact))

    def _tell(self, progress: SaveProgress) -> None:
        with self._lock:
            closed = self._closed
        if not closed:
            self._on_event(progress)
