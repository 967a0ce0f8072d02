"""The check of a role: who may assume it from this machine is found out first, on a thread."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from typing import Protocol

from ..access import UserAccess
from ..aws.credentials import CredentialsError
from ..lights.check import Checker, unchecked_report
from ..lights.diagnosis import Diagnosis, from_credentials_error
from ..lights.events import CheckFinished, Event
from ..lights.judge import cannot_assume
from ..lights.target import CheckOptions, Target
from ..lights.threads import later

__all__ = ["RoleCheck"]


class _Cancellable(Protocol):
    def cancel(self) -> None: ...


class RoleCheck:
    """A check that is under way. It begins with `start`; events come on other threads, the last is `CheckFinished`."""

    def __init__(
        self,
        checker: Checker,
        target: Target,
        options: CheckOptions,
        on_event: Callable[[Event], None],
        ambient: Callable[[], UserAccess],
    ) -> None:
        self._checker = checker
        self._target = target
        self._options = options
        self._on_event = on_event
        self._ambient = ambient
        self._lock = threading.Lock()
        self._cancelled = False
        self._running: _Cancellable | None = None

    def start(self) -> RoleCheck:
        """Begin, and return at once."""
        threading.Thread(target=self._run, name="role-check", daemon=True).start()
        return self

    def cancel(self) -> None:
        """Give it up; no further event comes."""
        with self._lock:
            self._cancelled = True
            running = self._running
        if running is not None:
            running.cancel()

    def _run(self) -> None:
        began = time.monotonic()
        try:
            # A profile's process may hang: the deadline of the check holds for it as well.
            access = later("credentials", self._ambient)(self._options.deadline)
        except CredentialsError as error:
            # That this machine has no key at all is as it should be.
            problem = None if error.cause == "no-credentials" else from_credentials_error(error)
            self._unchecked(problem)
            return
        except TimeoutError:
            self._unchecked(from_credentials_error(CredentialsError.because("secret-unavailable/late")))
            return
        with self._lock:
            if self._cancelled:
                return
            target = dataclasses.replace(self._target, access=access)
            left = max(self._options.deadline - (time.monotonic() - began), 0.0)
            options = dataclasses.replace(self._options, deadline=left)
            self._running = self._checker.start(target, options, self._on_event)

    def _unchecked(self, problem: Diagnosis | None) -> None:
        diagnosis = cannot_assume(self._target, problem)
        with self._lock:
            cancelled = self._cancelled
        if not cancelled:
            self._on_event(CheckFinished(0, unchecked_report(self._target.required, diagnosis)))
