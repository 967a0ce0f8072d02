"""What the guide wants to be found out or done: plain values, carried out by the runner."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..access import Secret, UserAccess
from ..lights.events import Identified
from ..lights.states import CheckReport, Light
from ..lights.target import CheckOptions, Target
from ..location import S3Location
from .facts import Fact, Failed, NameLookedUp, RegionFound, Saved, SaveFailed, TokenTried
from .plan import Plan

__all__ = ["Check", "FindRegion", "LookUpName", "Request", "Save", "TryToken", "fits"]


@dataclass(frozen=True, slots=True)
class FindRegion:
    """Ask the S3 server in which region the bucket lies, without credentials. Answered by `RegionFound`."""

    location: S3Location
    endpoint_url: str | None


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

    `options` say how to go about it, where not as usual: what is found answers the same question, so they are no part
    of its fingerprint.
    """

    target: Target
    options: CheckOptions | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Save:
    """Carry out a plan. Answered by `Saved` or `SaveFailed`. It is not cancelled once it has begun."""

    plan: Plan
    access: UserAccess
    token: Secret


Request = FindRegion | TryToken | LookUpName | Check | Save

_ANSWERS: dict[type, tuple[type, ...]] = {
    FindRegion: (RegionFound,),
    TryToken: (TokenTried,),
    LookUpName: (NameLookedUp,),
    Check: (Light, Identified, CheckReport),
    Save: (Saved, SaveFailed),
}


def fits(request: Request, fact: Fact) -> bool:
    """Tell whether a fact is of the kind that answers the request; a fault of ours may befall any of them."""
    return isinstance(fact, (Failed, *_ANSWERS[type(request)]))
