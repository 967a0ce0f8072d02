"""What the guide wants to be found out or done: plain values, carried out by the runner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..access import Access, Secret, UserAccess
from ..dataset import Purpose
from ..lights.events import Identified
from ..lights.states import CheckReport, Light
from ..lights.target import CheckOptions, Target
from ..location import S3Location
from ..provision.wanted import Wanted
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
    Saved,
    SaveFailed,
    TokenTried,
    WorkerRegistered,
)
from .keys_source import KeysSource
from .plan import Plan

__all__ = [
    "Check",
    "FindRegion",
    "LookAround",
    "LookUpName",
    "MakeAws",
    "PlanAws",
    "ReadKeys",
    "RegisterWorker",
    "Request",
    "Save",
    "TryToken",
    "fits",
]


@dataclass(frozen=True, slots=True)
class FindRegion:
    """Ask the S3 server in which region the bucket lies, without credentials. Answered by `RegionFound`."""

    location: S3Location
    endpoint_url: str | None


@dataclass(frozen=True, slots=True)
class ReadKeys:
    """Read an access key from where it lies. Answered by `KeysRead`."""

    source: KeysSource


@dataclass(frozen=True, slots=True)
class LookAround:
    """Look at a sample of what lies in a folder. `account` is the principal's, where known. Answered by `Survey`."""

    location: S3Location
    access: UserAccess
    region: str
    endpoint_url: str | None
    account: str | None


@dataclass(frozen=True, slots=True)
class TryToken:
    """Try a token before it is kept. Answered by `TokenTried`."""

    platform_url: str
    token: Secret


@dataclass(frozen=True, slots=True)
class LookUpName:
    """Look for a dataset of that name. Answered by `NameLookedUp`."""

    platform_url: str
    token: Secret
    name: str


@dataclass(frozen=True, slots=True)
class Check:
    """Check the operations. Each `Light` is a fact on the way, the `CheckReport` is the answer.

    With a role in the target its `access` is empty: whoever may assume the role from this machine is found out first.

    `options` say how to go about it, where not as usual: what is found answers the same question, so they are no part
    of its fingerprint.
    """

    target: Target
    options: CheckOptions | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Save:
    """Carry out a plan. Answered by `Saved` or `SaveFailed`. It is not cancelled once it has begun.

    `access` holds what each datasource is reached with.
    """

    plan: Plan
    access: Mapping[Purpose, Access]
    token: Secret


@dataclass(frozen=True, slots=True)
class RegisterWorker:
    """Register a Worker of that name at the platform. Answered by `WorkerRegistered`."""

    platform_url: str
    token: Secret
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAws:
    """Look at what there is in AWS, as the administrator, and plan what is wanted. Answered by `AwsPlanned`."""

    wanted: tuple[Wanted, ...]
    administrator: UserAccess
    endpoint_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeAws:
    """Carry a plan in AWS out. Each `AwsStep` is a fact on the way; answered by `AwsMade` or `AwsStopped`.

    It is not cancelled once it has begun, and not begun a second time while it is under way.
    """

    asked: PlanAws
    planned: AwsPlanned


Request = FindRegion | ReadKeys | LookAround | TryToken | LookUpName | Check | Save | RegisterWorker | PlanAws | MakeAws

_ANSWERS: dict[type, tuple[type, ...]] = {
    FindRegion: (RegionFound,),
    ReadKeys: (KeysRead,),
    LookAround: (Survey,),
    TryToken: (TokenTried,),
    LookUpName: (NameLookedUp,),
    Check: (Light, Identified, CheckReport),
    Save: (Saved, SaveFailed),
    RegisterWorker: (WorkerRegistered,),
    PlanAws: (AwsPlanned,),
    MakeAws: (AwsStep, AwsMade, AwsStopped),
}


def fits(request: Request, fact: Fact) -> bool:
    """Tell whether a fact is of the kind that answers the request; a fault of ours may befall any of them."""
    return isinstance(fact, (Failed, *_ANSWERS[type(request)]))
