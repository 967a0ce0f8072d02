"""The one thread that talks to the keyring.

A keyring bears one caller at a time, and may never answer: a locked collection whose dialog nobody sees, a service that
owns its name and is silent. So every call is made on one daemon thread, each with a time-out, and after a call that
did not come back the keyring counts as gone: the thread still hangs in it, and the process can end all the same.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from functools import cache
from typing import Generic, TypeVar

__all__ = ["NO_KEYRING", "KeyringThread", "SecretUnavailableError", "shared_thread"]

_Answer = TypeVar("_Answer")

_ELSEWHERE = "Secrets can come from environment variables instead (AWS_ACCESS_KEY_ID, LIGHTLY_TOKEN)."

NO_KEYRING = (
    "There is no keyring on this machine.",
    f"Install one, such as gnome-keyring or KWallet. {_ELSEWHERE}",
)
"""Reason and fix where there is no keyring at all."""


class SecretUnavailableError(Exception):
    """A secret cannot be had, or be put away, now. No secret is in it.

    Attributes:
        reason: why, in one plain sentence.
        fix: what to do about it.
    """

    def __init__(self, reason: str, fix: str) -> None:
        super().__init__(f"{reason} {fix}")
        self.reason = reason
        self.fix = fix


class KeyringThread:
    """Runs calls one after the other, on a daemon thread that starts with the first one."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._jobs: queue.SimpleQueue[_Job[object] | None] = queue.SimpleQueue()
        self._started = False
        self._gone = False

    def call(self, work: Callable[[], _Answer], timeout: float) -> _Answer:
        """Run `work` there and return its answer. `timeout` is in seconds, from when its turn comes.

        Raises:
            SecretUnavailableError: where it fails, does not return in time, or an earlier call did not.
        """
        job = _Job(work)
        with self._turn:  # whoever waits here is let through, or told that the keyring is gone, when the turn ends
            if self._gone:
                raise _silent()
            self._start()
            self._jobs.put(job)  # type: ignore[arg-type]  # the thread does not look at the answer
            if not job.done.wait(timeout):
                self._gone = True
                self._jobs.put(None)
                raise _silent()
        return job.answer()

    def _start(self) -> None:
        if not self._started:
            self._started = True
            threading.Thread(target=self._run, name="keyring", daemon=True).start()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()
            del job  # it holds secrets


@cache
def shared_thread() -> KeyringThread:
    """Return the one thread of this process."""
    return KeyringThread()


class _Job(Generic[_Answer]):
    """A call and what came of it. An exception stays on the thread: its text and frames could hold a secret."""

    def __init__(self, work: Callable[[], _Answer]) -> None:
        self._work = work
        self._answers: list[_Answer] = []
        self._failure = ("", "")
        self.done = threading.Event()

    def run(self) -> None:
        try:
            self._answers.append(self._work())
        except SecretUnavailableError as error:
            self._failure = (error.reason, error.fix)
        except Exception as error:  # noqa: BLE001  backends raise whatever they like; this is the border
            self._failure = _explain(error)
        finally:
            self.done.set()

    def answer(self) -> _Answer:
        if not self._answers:
            raise SecretUnavailableError(*self._failure)
        return self._answers[0]


def _silent() -> SecretUnavailableError:
    return SecretUnavailableError(
        "The keyring does not answer.",
        f"Unlock it (its dialog may be hidden) and start bucketlight again. {_ELSEWHERE}",
    )


def _explain(error: Exception) -> tuple[str, str]:
    """Say why a keyring failed and what to do. Only the kind of the error is looked at, never its text."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "NoKeyringError" in kinds:
        return NO_KEYRING
    if kinds & {"KeyringLocked", "InitError", "LockedException", "PromptDismissedException"}:
        return "The keyring is locked, or has no default collection.", f"Unlock it and try again. {_ELSEWHERE}"
    if kinds & {"ImportError", "AttributeError"} and "PYTHON_KEYRING_BACKEND" in os.environ:
        return (
            "The keyring named by PYTHON_KEYRING_BACKEND cannot be loaded.",
            "Correct that environment variable, or remove it.",
        )
    return (
        f"The keyring failed ({type(error).__name__}).",
        f"See whether its service is running, and try again. {_ELSEWHERE}",
    )
