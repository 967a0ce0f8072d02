"""From an outcome to a cause, a sentence and a fix. Pure: the table is in `causes`, the facts come from the caller."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from ..access import Secret, UserAccess
from ..aws.credential_problems import fill
from ..aws.credentials import CredentialsError
from ..aws.denial import Denial, parse_denial
from ..location import S3Location
from ..needs import Operation
from .causes import BROKEN_OFF, DEFAULT, FOUND, NOT_S3, ROWS, Row
from .outcome import Outcome
from .propagation import LASTS, OF_POLICIES
from .states import Evidence, Light, State
from .target import Target
from .words import Asked, Words, fix_of, is_access_point

__all__ = [
    "Asked",
    "Diagnosis",
    "diagnose",
    "evidence_of",
    "found",
    "from_credentials_error",
    "is_retryable",
    "light_of",
    "row_for",
]

_NUMBER = re.compile(r"\d{3}")
_ADDRESS = re.compile(r"\bs3[.-](?:dualstack\.)?([a-z0-9_-]+)\.amazonaws\.", re.IGNORECASE)
_LONGEST_CODE = 80
_PROBE = "/.lightly/bucketlight-probe-"
_SAYS_NO_NAME = frozenset(
    {
        "access denied",
        "access denied because object protected by object lock",
        "all access to this object has been disabled",
        "an explicit deny",
        "object protected by object lock",
        "request has expired",
        "service is unable to handle request",
        "the aws access key id you provided does not exist in our records",
        (
            "the ciphertext refers to a customer master key that does not exist, does not exist in this region, or you "
            "are not allowed to access"
        ),
        "the difference between the request time and the current time is too large",
        (
            "the object was stored using a form of server side encryption. the correct parameters must be provided to "
            "retrieve the object"
        ),
        "the operation is not valid for the object's storage class",
        "the provided token has expired",
        "the provided token is malformed or otherwise invalid",
        (
            "the request signature we calculated does not match the signature you provided. check your key and signing "
            "method"
        ),
        "the requested range is not satisfiable",
        (
            "the resource does not exist in this region, no resource-based policies allow access, or a resource-based "
            "policy explicitly denies access"
        ),
        "the specified bucket does not exist",
        "the specified key does not exist",
        "the specified method is not allowed against this resource",
        "we encountered an internal error. please try again",
    }
)
"""What S3 says word for word, of whatever object (S3 API reference, error responses): without case and full stop."""

_DIGEST_CODES = frozenset({"BadDigest", "InvalidDigest"})
_VERDICTS = {
    State.GREEN: "works",
    State.AMBER: "works, but",
    State.RED: "fails:",
    State.UNKNOWN: "is not proven:",
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A verdict: the state, the stable id of the cause (None for green), the words after the verdict, and the fix.

    `paste` is what the fix speaks of, exactly as it is to be pasted; `link` leads into AWS's documentation.
    `decides_all` is true where what was seen (credentials, place, network) holds for the other lights too.
    """

    state: State
    cause: str | None
    says: str
    fix: str | None = None
    paste: str | None = None
    link: str | None = None
    decides_all: bool = False


def row_for(outcome: Outcome, operation: Operation, target: Target, *, accepted: bool = False) -> Row:
    """Find the row of the table that fits an outcome that is no success."""
    if outcome.status is not None and outcome.code is None:
        # A success without S3's marks, or a refusal in XML that is not S3's.
        return NOT_S3
    denial = parse_denial(outcome.message)
    for row in ROWS:
        if row.accepted in {None, accepted} and _fits(row, outcome, denial, operation, target):
            return row
    if outcome.code in _DIGEST_CODES and outcome.request_id is None:
        return NOT_S3
    if outcome.code is not None and _NUMBER.fullmatch(outcome.code):
        # A number in place of a code: the body was not S3's XML (a page of a proxy or a portal), or not all of it.
        return BROKEN_OFF if outcome.request_id and (outcome.status or 0) >= 500 else NOT_S3
    return DEFAULT


def _fits(row: Row, outcome: Outcome, denial: Denial | None, operation: Operation, target: Target) -> bool:
    """Try the criteria that are given, those first that sort out most."""
    if row.codes or row.exceptions:
        of_code = outcome.code is not None and outcome.code in row.codes
        of_exception = outcome.code is None and outcome.exception in row.exceptions
        if not (of_code or of_exception):
            return False
    if row.calls and outcome.call not in row.calls:
        return False
    if row.operations and operation not in row.operations:
        return False
    if row.message is not None and not row.message.search(outcome.message or outcome.detail or ""):
        return False
    return _fits_denial(row, denial) and _fits_target(row, outcome, target)


def _fits_denial(row: Row, denial: Denial | None) -> bool:
    if row.layers and (denial.layer if denial else None) not in row.layers:
        return False
    if row.explicit is not None and row.explicit != (denial is not None and denial.explicit):
        return False
    return row.service is None or (denial is not None and denial.action.startswith(f"{row.service}:"))


def _fits_target(row: Row, outcome: Outcome, target: Target) -> bool:
    if row.server != "any" and (row.server == "other") != bool(target.endpoint_url):
        return False
    if row.directory_bucket not in {None, target.location.is_directory_bucket}:
        return False
    if row.access_point not in {None, is_access_point(target.location.bucket)}:
        return False
    if row.delegated not in {None, target.role is not None}:
        return False
    if row.bare and (outcome.message or "BucketName" in outcome.error_fields):
        return False
    if row.known_region is not None and row.known_region != _is_known_region(outcome):
        return False
    return row.temporary_key is None or row.temporary_key == _lacks_token(target)


def _lacks_token(target: Target) -> bool:
    return target.access.access_key_id.startswith("ASIA") and target.access.session_token is None


def _is_known_region(outcome: Outcome) -> bool:
    """Tell whether the region in the address that was asked is one of AWS's; true where the address names none."""
    address = _ADDRESS.search(outcome.detail or "")
    return address is None or address[1].lower() in _regions()


@lru_cache(maxsize=1)
def _regions() -> frozenset[str]:
    """List the regions that botocore knows: a file of its package, nothing is asked."""
    import botocore.session

    session = botocore.session.Session()
    partitions = session.get_available_partitions()
    return frozenset().union(*(session.get_available_regions("s3", partition) for partition in partitions))


def is_retryable(outcome: Outcome, operation: Operation, target: Target) -> bool:
    """Tell whether what happened often passes by itself, so that the request may be repeated."""
    return not outcome.ok and row_for(outcome, operation, target).retry


def diagnose(operation: Operation, outcome: Outcome, asked: Asked) -> Diagnosis:
    """Say why a probe did not succeed.

    Nothing is red that the table does not know: an unknown answer is `internal-error`, not proven. Nor is a refusal
    that a change of the last minute may explain.
    """
    row = row_for(outcome, operation, asked.target, accepted=asked.accepted)
    words = Words(operation, asked, outcome, parse_denial(outcome.message), {})
    if row.state is State.RED and row.cause in OF_POLICIES and asked.age is not None and asked.age < LASTS:
        spreading = found("not-yet-propagated", operation, asked, seconds=f"{max(asked.age, 0.0):.0f}")
        return replace(spreading, decides_all=row.scope == "all")
    return _verdict(row, words)


def found(name: str, operation: Operation, asked: Asked, **words: str) -> Diagnosis:
    """Give the verdict for what the check found out by itself (`causes.FOUND`), with the words that its row wants."""
    outcome = Outcome(call="")
    return _verdict(FOUND[name], Words(operation, asked, outcome, None, words))


def _verdict(row: Row, words: Words) -> Diagnosis:
    fix, pasted = fix_of(row, words)
    return Diagnosis(
        row.state,
        row.cause,
        fill(row.says, words),
        fix,
        paste=pasted,
        link=row.link,
        decides_all=row.scope == "all",
    )


def from_credentials_error(error: CredentialsError) -> Diagnosis:
    """Say why there are no credentials: in the error's own words, or, where AWS refused a profile's role, in ours."""
    refusal = error.refusal
    if refusal is not None and (refusal.code or refusal.exception):
        outcome = Outcome(
            call=refusal.call,
            status=refusal.status,
            code=refusal.code,
            message=refusal.message,
            exception=refusal.exception,
            request_id=refusal.request_id,
        )
        nobody = Target(location=S3Location("", ""), access=UserAccess("", Secret("")))
        verdict = diagnose(Operation.LIST, outcome, Asked(nobody))
        if verdict.decides_all or (refusal.call.startswith("AssumeRole") and verdict.cause != DEFAULT.cause):
            return verdict
    state = State.RED if error.proven else State.UNKNOWN
    return Diagnosis(state, error.cause, str(error), error.fix, link=error.link, decides_all=True)


def evidence_of(outcome: Outcome) -> Evidence:
    """Keep what may be shown of an outcome: no key of the user's data, no message longer than a paragraph.

    What answers to a try with one of the user's objects may name it in any form: whole, in part, or changed. So its
    message is shown only where it says what S3 says of any object, and of a refusal the reason, in AWS's own words.
    """
    denial = parse_denial(outcome.message)
    hides = outcome.call == "GetObject" or _names_an_object(denial)
    message = None if hides and not _says_no_name(outcome.message) else outcome.message
    said = denial.reason if denial else None
    if hides and denial and denial.layer is None and not _says_no_name(said):
        said = None
    return Evidence(
        call=outcome.call,
        how=outcome.how,
        status=outcome.status,
        code=outcome.code[:_LONGEST_CODE] if outcome.code else outcome.exception if outcome.status is None else None,
        request_id=outcome.request_id,
        message=message[:500] if message else None,
        said=said,
    )


def _says_no_name(said: str | None) -> bool:
    return " ".join((said or "").split()).rstrip(".").casefold() in _SAYS_NO_NAME


def _names_an_object(denial: Denial | None) -> bool:
    """Tell whether a refusal names an object that is not the probe's own."""
    resource = (denial.resource if denial else None) or ""
    return ":s3:::" in resource and "/" in resource and _PROBE not in resource


def light_of(operation: Operation, diagnosis: Diagnosis, *, required: bool, outcome: Outcome | None = None) -> Light:
    """Make the light of a verdict: its summary is the name, the verdict and what was seen, in one sentence or two."""
    name = operation.value.capitalize()
    verdict = _VERDICTS[diagnosis.state]
    says = f": {diagnosis.says}" if diagnosis.state is State.GREEN else f" {diagnosis.says}"
    return Light(
        operation=operation,
        state=diagnosis.state,
        required=required,
        cause=diagnosis.cause,
        summary=f"{name} {verdict}{says}",
        fix=diagnosis.fix,
        paste=diagnosis.paste,
        link=diagnosis.link,
        evidence=evidence_of(outcome) if outcome is not None else None,
        elapsed_ms=round(outcome.elapsed_ms, 1) if outcome is not None else None,
    )
