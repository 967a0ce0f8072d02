"""The words of the check: states, viewpoints, lights, the evidence behind them, and the report of a run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..needs import Operation

__all__ = ["WORDS", "CheckReport", "Evidence", "Light", "LookUps", "Note", "ProbeMode", "State", "Viewpoint"]


class State(StrEnum):
    """What a light shows. Green and red are shown on proof only."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    UNKNOWN = "unknown"
    OFF = "off"
    UNCHECKED = "unchecked"
    CHECKING = "checking"


WORDS = {
    State.GREEN: "works",
    State.AMBER: "works, but",
    State.RED: "fails",
    State.UNKNOWN: "not proven",
    State.OFF: "not needed",
    State.UNCHECKED: "not checked",
    State.CHECKING: "checking",
}
"""What each state is called where a person reads it."""


class Viewpoint(StrEnum):
    """From where an operation was tried."""

    LOCAL = "local"
    PLATFORM = "platform"
    SIMULATED = "simulated"


class ProbeMode(StrEnum):
    """How Write may be tried (`--write-probe`)."""

    DRY = "dry"
    MULTIPART = "multipart"
    REAL = "real"
    OFF = "off"


class LookUps(StrEnum):
    """How far a check may look beyond the three probes (`--look-ups`)."""

    NONE = "none"
    PREFIX = "prefix"
    IAM = "iam"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was asked and what came back. No key of the user's data is in it.

    `how` says in which way the call was tried, where there are several ("a dry run: nothing was stored"). `said` is
    the reason in the server's own words, where its message gives one.
    """

    call: str
    how: str | None = None
    status: int | None = None
    code: str | None = None
    request_id: str | None = None
    message: str | None = None
    said: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """The state of one operation from one viewpoint. `elapsed_ms` is in milliseconds.

    `fix` is one sentence; `paste` is what it speaks of, exactly as it is to be pasted: a policy statement, a document,
    a command. `link` leads into AWS's documentation.
    """

    operation: Operation
    state: State
    required: bool
    viewpoint: Viewpoint = Viewpoint.LOCAL
    cause: str | None = None
    summary: str = ""
    fix: str | None = None
    paste: str | None = None
    link: str | None = None
    evidence: Evidence | None = None
    elapsed_ms: float | None = None

    @property
    def whole_fix(self) -> str | None:
        """The fix together with what is to be pasted."""
        return f"{self.fix}\n{self.paste}" if self.fix and self.paste else self.fix


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth saying that decides no light. `link` leads into AWS's documentation."""

    cause: str
    summary: str
    fix: str
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """The end of a check: one light for each operation, in the order list, read, write.

    `principal` is the ARN of who was checked, or None where the server does not tell. `region` is the one that
    answered. `simulated` is what IAM's policy simulator says, where it was asked. `stored_dry_write` is true where the
    server kept the object of a dry write: it is not to be probed so again.
    """

    run_id: int
    lights: tuple[Light, ...]
    principal: str | None = None
    region: str | None = None
    notes: tuple[Note, ...] = ()
    simulated: tuple[Light, ...] = ()
    stored_dry_write: bool = False
    elapsed_ms: float = 0.0

    def light(self, operation: Operation) -> Light:
        """Return the light of an operation."""
        return next(light for light in self.lights if light.operation is operation)
