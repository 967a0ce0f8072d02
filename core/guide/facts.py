"""What was found out: the answers to the guide's requests, each kept with the mark of the request it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from ..access import Access, UserAccess
from ..lights.events import Identified
from ..lights.states import CheckReport, Light
from ..needs import Operation
from ..survey import Survey
from .fingerprint import fingerprint

if TYPE_CHECKING:
    from ..provision.plan import AwsPlan

__all__ = [
    "AwsMade",
    "AwsPlanned",
    "AwsStep",
    "AwsStopped",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsPlanned:
    """What would be made in AWS; or `problem` says why nothing can be, with what to do.

    Attributes:
        account_id: the account in which it would be made.
        head: lines that name account ID, alias, caller and partition.
        steps: what would be done, in order, in plain words, and in lines below it what happens to each statement of a
            policy; empty where all of it is there already.
        differences: what is there already and would be changed; the steps say how.
        adopts: whether some of it was not made by bucketlight: only with the person's consent it is changed.
        notes: what else should be known before.
        plan: the plan itself.
    """

    account_id: str = ""
    head: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    adopts: bool = False
    notes: tuple[str, ...] = ()
    problem: str | None = None
    plan: AwsPlan | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class AwsStep:
    """A step of what is being made in AWS was begun, or waits; `number` counts from 1 to `total`."""

    number: int
    total: int
    sentence: str


@dataclass(frozen=True, slots=True)
class AwsMade:
    """All of it is there: the access for each that was wanted, in their order, and lines that say what there is."""

    access: tuple[Access, ...] = field(repr=False)
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AwsStopped:
    """Making it stopped. `last_done` is the sentence of the step that was done last, or None where none was.

    `unclear`: whether the one after that was done is not known.
    """

    sentence: str
    last_done: str | None = None
    unclear: bool = False


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
    | AwsPlanned
    | AwsStep
    | AwsMade
    | AwsStopped
    | Failed
)

Passing = Light | Identified | AwsStep
"""What is said on the way to an answer."""

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
    AwsPlanned,
    AwsMade,
    AwsStopped,
    Failed,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts by the fingerprint of their request. What is asked for with other answers is simply not found.

    `known` holds the answers, one a request; `passing` what is said on the way to an answer.
    """

    known: tuple[tuple[str, Fact], ...] = ()
    passing: tuple[tuple[str, Passing], ...] = ()

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

    def step(self, request: object) -> AwsStep | None:
        """Return the step in AWS that was begun last, or None."""
        return next((fact for fact in self._passing(request) if isinstance(fact, AwsStep)), None)

    def _passing(self, request: object) -> list[Passing]:
        mark = fingerprint(request)
        return [fact for known, fact in reversed(self.passing) if known == mark]

    def adding(self, request: object, fact: Fact) -> Facts:
        """Return these facts and one more. What comes on the way to an answer does not count after it."""
        mark = fingerprint(request)
        if not isinstance(fact, Light | Identified | AwsStep):
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
