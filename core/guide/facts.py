"""What was found out: the answers to the guide's requests, each kept with the mark of the request it answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from ..access import UserAccess
from ..lights.events import Identified
from ..lights.states import CheckReport, Light
from ..needs import Operation
from ..survey import Survey
from .fingerprint import fingerprint

__all__ = [
    "Fact",
    "Facts",
    "Failed",
    "FoundDataset",
    "KeysRead",
    "NameLookedUp",
    "RegionFound",
    "SaveFailed",
    "Saved",
    "TokenTried",
    "TokenVerdict",
    "WorkerRegistered",
]


@dataclass(frozen=True, slots=True)
class RegionFound:
    """Where a bucket lies. `exists` is False on proof only; `problem` says in a few words why nothing is known."""

    region: str | None
    exists: bool | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class KeysRead:
    """An access key that was read from a file, a profile or the environment; `problem` says why there is none.

    `code_wanted` names the MFA device whose code is needed first; `code_refused` where the one given was not taken.
    """

    access: UserAccess | None
    problem: str | None = None
    code_wanted: str | None = None
    code_refused: bool = False


class TokenVerdict(StrEnum):
    """What became of a token that was tried."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class TokenTried:
    """What the platform said of a token; `problem` says in a few words why, where it was not accepted."""

    verdict: TokenVerdict
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class FoundDataset:
    """A dataset that the platform has. `input_type` is spelled as the platform spells it."""

    dataset_id: str
    input_type: str


@dataclass(frozen=True, slots=True)
class NameLookedUp:
    """The dataset that bears a name already, or None. `problem` is set where it could not be looked up."""

    found: FoundDataset | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """Everything is saved. `verdict` holds the platform's own lights, or is empty where `verify_problem` says why."""

    dataset_id: str
    verdict: tuple[Light, ...] = ()
    verify_problem: str | None = None


@dataclass(frozen=True, slots=True)
class SaveFailed:
    """Saving stopped.

    `last_done` is the sentence of the step that was done last, or None where none was; `dataset_id` is set once the
    dataset is there. `gone` is the ID of the dataset that was to be used, and that the platform has not for this token.
    """

    sentence: str
    last_done: str | None
    dataset_id: str | None = None
    gone: str | None = None


@dataclass(frozen=True, slots=True)
class WorkerRegistered:
    """The ID of a Worker at the platform; `problem` says why there is none."""

    worker_id: str | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A request could not be answered because of a fault of this program; `sentence` says what is known of it."""

    sentence: str


Fact = (
    RegionFound
    | KeysRead
    | Survey
    | TokenTried
    | NameLookedUp
    | CheckReport
    | Light
    | Identified
    | Saved
    | SaveFailed
    | WorkerRegistered
    | Failed
)

_F = TypeVar(
    "_F",
    RegionFound,
    KeysRead,
    Survey,
    TokenTried,
    NameLookedUp,
    CheckReport,
    Saved,
    SaveFailed,
    WorkerRegistered,
    Failed,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts by the fingerprint of their request. What is asked for with other answers is simply not found.

    `known` holds the answers, one a request; `passing` what a check says on its way to its answer.
    """

    known: tuple[tuple[str, Fact], ...] = ()
    passing: tuple[tuple[str, Light | Identified], ...] = ()

    def get(self, request: object, kind: type[_F]) -> _F | None:
        """Return the fact of that kind that answers the request, or None."""
        mark = fingerprint(request)
        return next((fact for known, fact in self.known if known == mark and isinstance(fact, kind)), None)

    def has(self, request: object) -> bool:
        """Tell whether the request is answered, well or badly."""
        mark = fingerprint(request)
        return any(known == mark for known, _ in self.known)

    def light(self, request: object, operation: Operation) -> Light | None:
        """Return what a running check has said of an operation so far, or None."""
        for fact in self._passing(request):
            if isinstance(fact, Light) and fact.operation is operation:
                return fact
        return None

    def principal(self, request: object) -> str | None:
        """Return who was checked, an ARN, as soon as a check has said so, or None."""
        if report := self.get(request, CheckReport):
            return report.principal
        return next((fact.principal for fact in self._passing(request) if isinstance(fact, Identified)), None)

    def _passing(self, request: object) -> list[Light | Identified]:
        mark = fingerprint(request)
        return [fact for known, fact in reversed(self.passing) if known == mark]

    def adding(self, request: object, fact: Fact) -> Facts:
        """Return these facts and one more. What comes on the way to an answer does not count after it."""
        mark = fingerprint(request)
        if not isinstance(fact, Light | Identified):
            return Facts((*self.without(request).known, (mark, fact)), self.without(request).passing)
        return self if self.has(request) else Facts(self.known, (*self.passing, (mark, fact)))

    def without(self, *requests: object) -> Facts:
        """Return these facts without what is known of the requests."""
        marks = {fingerprint(request) for request in requests}
        return Facts(
            tuple(pair for pair in self.known if pair[0] not in marks),
            tuple(pair for pair in self.passing if pair[0] not in marks),
        )

    def only(self, *requests: object) -> Facts:
        """Return what is known of these requests, and nothing else."""
        marks = {fingerprint(request) for request in requests}
        return Facts(
            tuple(pair for pair in self.known if pair[0] in marks),
            tuple(pair for pair in self.passing if pair[0] in marks),
        )
