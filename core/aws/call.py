"""What the catalogue says of a request: the values of an entry."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Call", "Cost", "Stage", "Whose"]


class Whose(StrEnum):
    """With whose credentials a request is signed."""

    NOBODY = "nothing: anybody may ask"
    CHECKED = "the checked key"
    ROLE = "the role's session"
    CALLER = "your own AWS credentials"
    ADMINISTRATOR = "the administrator's profile that you name"


class Cost(StrEnum):
    """What AWS charges for a request (Amazon S3 pricing, requests; IAM and STS are free)."""

    LIST_OR_PUT = "1 S3 request of the class LIST/PUT"
    GET = "1 S3 request of the class GET"
    EXPRESS = "1 request at the price of S3 Express"
    FREE = "free"


class Stage(StrEnum):
    """At what point a request goes out: of a check, all but the second."""

    REGION = "Before the check: where the bucket lies"
    SURVEY = "In the setup: what lies in the folder, and the way to it"
    PROBES = "The three lights"
    WRITE = "The three lights: what belongs to Write"
    ROLE = "Roles that Lightly assumes"
    SECOND_LOOK = "The second look, at a light that is not green"
    IAM = "The look at IAM, only when it is asked for"
    OUTSIDE = "Outside the folder, only after you agreed to it"
    PLAN = "Before anything is made in AWS: what there is, and whose it is"
    MAKE = "Making a user or a role, only after you agreed to the plan"
    UNDO = "Taking back, and changing keys: only after you agreed to it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request, in one of the ways in which it is sent.

    `operation` is botocore's name of it, and AWS's. `actions` are what IAM must allow for it to succeed (Service
    Authorization Reference); what only some objects or buckets need stands in `when`. `leaves` is what may remain of
    it, and `off` how it is switched off.
    """

    stage: Stage
    service: str
    operation: str
    actions: tuple[str, ...]
    whose: tuple[Whose, ...]
    when: str
    cost: Cost
    how: str = ""
    leaves: str = "nothing"
    off: str
