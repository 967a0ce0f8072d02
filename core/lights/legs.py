"""What runs on the probes' threads: the requests of one check in their order, and a second look where one failed."""

from __future__ import annotations

import queue
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..access import UserAccess
from ..aws.region import find_region
from ..aws.session import Clients
from ..aws.statements import SESSION_SECONDS
from ..location import S3Location
from ..needs import Operation
from . import probes, second_look
from .diagnosis import is_retryable, row_for
from .outcome import Outcome, from_exception
from .states import LookUps, State
from .target import CheckOptions, Target
from .threads import DaemonThreads
from .write import WriteMove

__all__ = ["Legs", "Signals"]

_BACK_OFF = 0.4
_TELLING = 6
_CHAINED_SESSION = 3_600
"""Seconds for which a role may assume another one (IAM user guide, role chaining)."""


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
class Legs:
    """The requests of one run. What they find goes into `signals.facts`, by the names of `judge.Facts`."""

    target: Target
    options: CheckOptions
    move: WriteMove
    clients: Clients
    signals: Signals
    threads: DaemonThreads
    probe_key: str
    started: float
    identify: bool
    known_identity: str | None = None
    _access: UserAccess = field(init=False)
    _where: tuple[str | None] | None = field(init=False, default=None)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._access = self.target.access

    def forget(self) -> None:
        """Forget the session of a role, which was for this run only."""
        if self._access is not self.target.access:
            self.clients.forget(self._access)

    def start(self, *, lists: bool) -> None:
        """Begin on the threads."""
        self._run(lambda: self._begin(lists=lists))

    def _run(self, job: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                job()
            except Exception as error:  # noqa: BLE001 - in a daemon thread it would vanish; the conductor raises it
                self.signals.facts.put(error)

        self.threads.run(guarded)

    def _tell(self, **facts: Any) -> None:
        self.signals.facts.put(facts)

    @property
    def _looks(self) -> bool:
        return self.options.look_ups is not LookUps.NONE

    def _begin(self, *, lists: bool) -> None:
        if self.signals.over.is_set():
            return  # it waited for a thread until the run had ended
        region = self.target.region
        if region is None:
            region = find_region(
                self.target.location, endpoint_url=self.target.endpoint_url, clients=self.clients
            ).region
            self._tell(region=region)
        if self.target.role is not None and not self._assume(region):
            if self.options.look_ups is LookUps.IAM:
                # Only Lightly gets in, as it should be; but IAM may tell what the role is like.
                self._look_at_iam(self.target.role.role_arn, region)
            return
        if self.move.asks:
            self._run(lambda: self._write(region))
        if self.identify or self.options.look_ups is LookUps.IAM:
            self._run(lambda: self._identify(region))
        if lists:
            self._list_then_read(region)

    # The role

    def _assume(self, region: str | None) -> bool:
        """Become the role; tell whether that was granted."""
        outcome, session, used = self._assume_for(SESSION_SECONDS, region)
        if self._passes_by_itself(Operation.LIST, outcome):
            self.signals.over.wait(_BACK_OFF)
            outcome, session, used = self._assume_for(SESSION_SECONDS, region)
        again = second_look.assume_again(outcome)
        if again is second_look.AssumeAgain.AN_HOUR:
            outcome, session, _ = self._assume_for(_CHAINED_SESSION, region)
        elif again is second_look.AssumeAgain.ELSEWHERE:
            outcome, session, used = self._assume_for(SESSION_SECONDS, "us-east-1")
        self._tell(assumed=outcome, assumed_how=again)
        if session is None:
            self._tell(identity_over=True)
            return False
        self._access = session
        if self._looks:
            self._run(lambda: self._assume_openly(used))
        else:
            self._tell(open_over=True)
        return True

    def _assume_for(
        self, seconds: int, region: str | None, *, external_id: bool = True
    ) -> tuple[Outcome, UserAccess | None, str | None]:
        role = self.target.role
        assert role is not None  # noqa: S101 - asked only with a role
        session: UserAccess | None = None

        def send(client: Any) -> Outcome:
            nonlocal session
            outcome, session = probes.assume_role(client, role, seconds, external_id=external_id)
            return outcome.without((*_secret_texts(self.target.access), role.external_id.reveal()))

        return self._send("AssumeRole", partial(self._sts, self.target.access, region), send), session, region

    def _assume_openly(self, region: str | None) -> None:
        """Try the role without its external ID: a role that lets one in so can be misused through Lightly."""
        outcome, _, _ = self._assume_for(_CHAINED_SESSION, region, external_id=False)
        self._tell(opened=outcome.ok, open_over=True)

    # List and Read

    def _list_then_read(self, region: str | None) -> None:
        listed, region = self._list(region, probes.A_FEW)
        more: Mapping[str, Any] = {}
        if self._wants_a_look(Operation.LIST, listed):
            self._tell(listed=listed, listed_over=False)
            if second_look.may_be_requester_pays(listed):
                paid, _ = self._list(region, {**probes.A_FEW, **second_look.AS_REQUESTER})
                if paid.ok:
                    listed, more = paid, second_look.AS_REQUESTER
                    self._tell(pays=True)
            if not listed.ok:
                # Lightly names no number of keys; a policy may have a condition on that one.
                plain, _ = self._list(region, {})
                listed = plain if plain.ok else listed
            if not listed.ok:
                narrower, _ = self._list(region, {**probes.A_FEW, "Delimiter": "/"})
                self._tell(listed_with_delimiter=narrower.ok)
        wanted = Operation.READ in self.target.required and listed.ok
        candidates = second_look.candidates(listed.keys) if wanted else []
        self._tell(listed=listed, listed_over=True, region=region, read_over=not candidates)
        if candidates:
            self._read([candidate.key for candidate in candidates], region, more)

    def _list(self, region: str | None, more: Mapping[str, Any]) -> tuple[Outcome, str | None]:
        location = self.target.location
        return self._ask(
            Operation.LIST, "ListObjectsV2", region, lambda client: probes.list_objects(client, location, more)
        )

    def _read(self, keys: list[str], region: str | None, more: Mapping[str, Any]) -> None:
        location = self.target.location
        tried: list[Outcome] = []
        for key in keys:

            def read_it(client: Any, key: str = key) -> Outcome:
                return probes.read_byte(client, location, key, more).without(_names_of(location, key))

            outcome, region = self._ask(Operation.READ, "GetObject", region, read_it)
            tried.append(outcome)
            if outcome.ok or not (self._looks and self._is_of_one_object(outcome)):
                break
            self._tell(read=outcome)  # for the case that no other answer comes
        best = second_look.telling(tried, lambda outcome: row_for(outcome, Operation.READ, self.target).state)
        others = [each for each in tried[:-1] if self._is_refusal(each)] if best.ok else []
        self._tell(read=best, read_of_another=others[0] if others else None, read_over=True)

    def _is_of_one_object(self, outcome: Outcome) -> bool:
        return outcome.bare or second_look.is_of_one_object(row_for(outcome, Operation.READ, self.target).cause)

    def _is_refusal(self, outcome: Outcome) -> bool:
        """Tell whether an object was refused for a reason that stays, though another one could be read."""
        row = row_for(outcome, Operation.READ, self.target)
        return row.state in {State.RED, State.AMBER} and row.cause != "archived-object"

    # Write

    def _write(self, region: str | None) -> None:
        more = probes.encryption(self.target.kms_key_arn)
        if self.move is not WriteMove.DRY:
            self._tell(probe_key=self.probe_key)
        written, used = self._try(region, more)
        # A check that nobody asked for tries Write once, and not in several ways.
        look = self._wants_a_look(Operation.WRITE, written) and not self.options.automatic
        corrected = {} if used == region else {"region": used}
        region = used
        self._tell(written=written, written_over=not look, **corrected)
        if not look:
            return
        if second_look.may_be_requester_pays(written):
            paid, _ = self._try(region, {**more, **second_look.AS_REQUESTER})
            if paid.ok or second_look.is_dry_success(self.move, paid):
                self._tell(written=paid, written_over=True, pays=True)
                return
        if second_look.may_demand_encryption(written, self.move, self.target):
            for header in second_look.ENCRYPTIONS:
                encrypted, _ = self._try(region, {"ServerSideEncryption": header})
                if encrypted.ok:  # a server that stores dry writes: it is told, and not asked again
                    self._tell(written=encrypted, written_with=header)
                    break
                if second_look.is_dry_success(self.move, encrypted):
                    self._tell(written_with=header)
                    break
        self._tell(written_over=True)

    def _try(self, region: str | None, more: Mapping[str, Any]) -> tuple[Outcome, str | None]:
        sends: dict[WriteMove, Callable[..., Outcome]] = {
            WriteMove.DRY: probes.write_dry,
            WriteMove.REAL: partial(probes.write_real, read_back=self.options.read_back),
            WriteMove.MULTIPART: probes.write_multipart,
        }
        send = sends[self.move]
        location, key = self.target.location, self.probe_key
        return self._ask(
            Operation.WRITE,
            "CreateMultipartUpload" if self.move is WriteMove.MULTIPART else "PutObject",
            region,
            lambda client: send(client, location, key, more),
            repeat=self.move is WriteMove.DRY,  # what stores something is not begun twice
        )

    # Who

    def _identify(self, region: str | None) -> None:
        arn = self.known_identity
        if arn is None and not self.signals.over.is_set():
            outcome = self._send("GetCallerIdentity", partial(self._sts, self._access, region), probes.identify)
            arn = outcome.detail if outcome.proof else None
            # Who we are decides no light.
            self._tell(identity=arn, identity_over=True)
        if self.options.look_ups is LookUps.IAM:
            self._look_at_iam(arn, region)

    def _look_at_iam(self, arn: str | None, region: str | None) -> None:
        from .iam_look import look_at_iam

        found = None
        if arn is not None and not self.signals.over.is_set():
            # With a role it is asked as who assumed it: the role itself seldom may read IAM.
            caller = self.target.access
            found = look_at_iam(self.clients, caller, arn, self.target, region, stopped=self.signals.over.is_set)
        self._tell(iam=found, iam_over=True)

    # One request

    def _wants_a_look(self, operation: Operation, outcome: Outcome) -> bool:
        """Tell whether a second look may say more: the operation was refused, and not the credentials as a whole."""
        return self._looks and outcome.denied and row_for(outcome, operation, self.target).scope == "operation"

    def _ask(
        self,
        operation: Operation,
        call: str,
        region: str | None,
        send: Callable[[Any], Outcome],
        *,
        repeat: bool = True,
    ) -> tuple[Outcome, str | None]:
        """Send a probe; once more in the bucket's own region, or after what passes by itself, in time."""
        corrected = False
        while True:
            outcome = self._send(call, partial(self._s3, region), send)
            if not outcome.ok and not corrected:
                named = outcome.region_named or self._region_of_bucket(outcome)
                if named and named != region:
                    region, corrected = named, True
                    continue
            if not repeat or not self._passes_by_itself(operation, outcome):
                return outcome, region
            repeat = False
            self.signals.over.wait(_BACK_OFF)

    def _passes_by_itself(self, operation: Operation, outcome: Outcome) -> bool:
        """Tell whether a request is worth repeating: what happened often passes, and there is time for it."""
        used = time.monotonic() - self.started + _BACK_OFF + outcome.elapsed_ms / 1000
        return used < self.options.deadline and is_retryable(outcome, operation, self.target)

    def _region_of_bucket(self, outcome: Outcome) -> str | None:
        """Ask where the bucket is, once in a run, where an answer leaves that in doubt."""
        if not self._looks or self.target.region is None or not second_look.may_be_elsewhere(outcome, self.target):
            return None
        with self._lock:
            if self._where is None and not self.signals.over.is_set():
                found = find_region(self.target.location, endpoint_url=self.target.endpoint_url, clients=self.clients)
                self._where = (found.region,)
            return self._where[0] if self._where else None

    def _s3(self, region: str | None) -> Any:
        return self.clients.s3(self._access, region=region, endpoint_url=self.target.endpoint_url)

    def _sts(self, access: UserAccess, region: str | None) -> Any:
        return self.clients.sts(access, region=region, endpoint_url=self.target.endpoint_url)

    def _send(self, call: str, make: Callable[[], Any], send: Callable[[Any], Outcome]) -> Outcome:
        if self.signals.over.is_set():
            return Outcome(call=call)
        try:
            client = make()
        except Exception as error:  # noqa: BLE001 - a region or endpoint that cannot be one
            return from_exception(call, error)
        return send(client).without(_secret_texts(self._access))


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
