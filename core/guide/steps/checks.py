"""What is asked of S3 for the confirmed answers: the checks of both places, and a look at what lies there."""

from __future__ import annotations

from ...access import DelegatedAccess, Secret, UserAccess
from ...aws.grants import Grant
from ...aws.statements import account_of
from ...dataset import Purpose
from ...lights.states import CheckReport, Light
from ...lights.states import State as LightState
from ...lights.target import Target
from ...location import S3Location
from ...needs import OPERATIONS, Needs, Operation
from ...survey import Survey
from ..requests import Check, LookAround
from ..state import Answers, State
from .bucket import region_of
from .credentials import access_of, is_separate, purposes
from .places import output_region_of

__all__ = [
    "check_request",
    "checked",
    "granted_beside",
    "input_purpose",
    "is_as_it_must",
    "kms_key_of",
    "look_request",
    "looked",
    "place_of",
    "required",
]

_NOBODY = UserAccess("", Secret(""))


def input_purpose(answers: Answers) -> Purpose:
    """Return the purpose of the datasource that is read from."""
    return purposes(answers)[0]


def required(answers: Answers, purpose: Purpose) -> tuple[Operation, ...]:
    """Name the operations that a datasource must allow (Lightly API, `purpose`)."""
    if purpose is Purpose.LIGHTLY:
        return OPERATIONS
    return OPERATIONS[:2] if is_separate(answers) else (answers.needs or Needs()).operations


def kms_key_of(answers: Answers, purpose: Purpose) -> str | None:
    """Return the ARN of the KMS key that encrypts a datasource, or None where no key of one's own does."""
    if answers.limits is None:
        return None
    return answers.limits.output_kms_key_arn if purpose is Purpose.LIGHTLY else answers.limits.kms_key_arn


def place_of(state: State, purpose: Purpose) -> tuple[S3Location, str] | None:
    """Return the folder of a datasource and its region, or None while one of them is not known."""
    output = state.answers.output
    if purpose is Purpose.LIGHTLY:
        location, region = (output.location if output else None), output_region_of(state)
    else:
        location, region = state.answers.location, region_of(state)
    return (location, region) if location and region else None


def check_request(state: State, purpose: Purpose | None = None) -> Check | None:
    """Return the check of a datasource, the input's where none is named; None while key or region is missing."""
    answers = state.answers
    purpose = purpose or input_purpose(answers)
    place, access = place_of(state, purpose), access_of(state, purpose)
    if place is None or access is None:
        return None
    needs = answers.needs or Needs()
    return Check(
        Target(
            location=place[0],
            access=_NOBODY if isinstance(access, DelegatedAccess) else access,
            region=place[1],
            endpoint_url=answers.given.endpoint_url,
            required=required(answers, purpose),
            kms_key_arn=kms_key_of(answers, purpose),
            write_elsewhere=purpose is Purpose.INPUT and is_separate(answers),
            role=access if isinstance(access, DelegatedAccess) else None,
            beside=granted_beside(state, purpose),
            delete=needs.delete,
            lightly_folder_only=needs.lightly_folder_only,
        ),
        options=state.asking,
    )


def granted_beside(state: State, purpose: Purpose) -> tuple[Grant, ...]:
    """Say what the credentials of a datasource are for elsewhere in this setup."""
    answers = state.answers
    place, access = place_of(state, purpose), access_of(state, purpose)
    if place is None or access is None:
        return ()
    output = answers.output.location if answers.output else None
    return tuple(
        # Its own region may not be found yet; a principal is of one partition, and no more is read from it here.
        Grant(
            location=location,
            operations=required(answers, other),
            region=place[1],
            kms_key_arn=kms_key_of(answers, other),
        )
        for other in purposes(answers)
        if other is not purpose
        and access_of(state, other) == access
        and (location := output if other is Purpose.LIGHTLY else answers.location)
    )


def checked(state: State, purpose: Purpose | None = None) -> CheckReport | None:
    """Return what the check of a datasource has found, the input's where none is named, or None."""
    request = check_request(state, purpose)
    return state.facts.get(request, CheckReport) if request else None


def is_as_it_must(light: Light) -> bool:
    """Tell whether nothing is wrong with a light that is not green: this machine cannot assume a role of Lightly's."""
    return light.cause == "only-lightly-can-assume"


def look_request(state: State, purpose: Purpose | None = None) -> LookAround | None:
    """Return the look at what lies in a folder: after its check, where List works with a key."""
    purpose = purpose or input_purpose(state.answers)
    place, access, report = place_of(state, purpose), access_of(state, purpose), checked(state, purpose)
    if place is None or not isinstance(access, UserAccess) or report is None:
        return None
    if report.light(Operation.LIST).state not in {LightState.GREEN, LightState.AMBER}:
        return None
    account = account_of(report.principal) if report.principal else None
    return LookAround(place[0], access, place[1], state.answers.given.endpoint_url, account)


def looked(state: State, purpose: Purpose | None = None) -> Survey | None:
    """Return what was seen in a folder, or None."""
    request = look_request(state, purpose)
    return state.facts.get(request, Survey) if request else None
