"""Daemon threads for calls that may block longer than anybody wants to wait.

A thread pool of the standard library is joined when the interpreter ends, so a hung call would hold the program.
These threads are daemons: the program ends without them.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

__all__ = ["DaemonThreads", "later"]

_Answer = TypeVar("_Answer")


class DaemonThreads:
    """At most `cap` daemon threads that run jobs in the order in which they came.

    A job must not raise: an exception in a daemon thread would vanish without a word.
    """

    def __init__(self, cap: int = 8, name: str = "bucketlight") -> None:
        self._cap = cap
        self._name = name
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._open = 0

    def run(self, job: Callable[[], None]) -> None:
        """Run a job soon: on a free thread, on a new one below the cap, else when a thread is free again."""
        with self._lock:
            self._open += 1
            self._jobs.put(job)
            if self._open <= self._threads or self._threads >= self._cap:
                return
            self._threads += 1
            number = self._threads
        threading.Thread(target=self._work, name=f"{self._name}-{number}", daemon=True).start()

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            with contextlib.suppress(Exception):  # a job must not raise; one that does shall not cost a thread
                job()
            del job  # a thread that waits must not keep a check, and its credentials, alive
            with self._lock:
                self._open -= 1


def later(name: str, work: Callable[[], _Answer]) -> Callable[[float], _Answer]:
    """Do what may hang on a daemon thread; wait for it with what is returned.

    That waits for so many seconds. It raises what the work raised, and TimeoutError where that takes longer.
    """
    box: queue.SimpleQueue[tuple[_Answer, None] | tuple[None, Exception]] = queue.SimpleQueue()

    def run() -> None:
        try:
            box.put((work(), None))
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            box.put((None, error))

    threading.Thread(target=run, name=name, daemon=True).start()

    def wait(seconds: float) -> _Answer:
        try:
            answer, error = box.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError(name) from None
        if error is not None:
            raise error
        return answer  # type: ignore[return-value]

    return wait
