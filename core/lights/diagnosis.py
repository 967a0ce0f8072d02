"""From an outcome to a cause, a sentence and a fix. Pure: the table is in `causes`, the facts come from the caller."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from ..access import mask_key_id
from ..aws.policy import PolicyError, partition_of, statement_for
from ..location import S3Location
from ..needs import Operation
from .causes import BROKEN_OFF, DEFAULT, NOT_S3, ROWS, Row
from .outcome import Outcome
from .states import Evidence, Light, State
from .target import Target

__all__ = ["Asked", "Diagnosis", "diagnose", "evidence_of", "is_retryable", "light_of", "row_for"]

_NUMBER = re.compile(r"\d{3}")
_RESOURCE = re.compile(r"on resource:(?:.*(?=\sbecause\s|\swith an explicit deny\s)|.*$)", re.DOTALL)
_LONGEST_CODE = 80
_DIGEST_CODES = frozenset({"BadDigest", "InvalidDigest"})
_VERDICTS = {
    State.GREEN: "works",
    State.AMBER: "works, but",
    State.RED: "fails:",
    State.UNKNOWN: "is not proven:",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked what where: what the words of a diagnosis are filled in from.

    `accepted` is true where the server is known to have taken the credentials, in this or another request.
    """

    target: Target
    region: str | None = None
    principal: str | None = None
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A verdict: the state, the stable id of the cause (None for green), the words after the verdict, and the fix.

    `decides_all` is true where what was seen (credentials, place, network) holds for the other lights too.
    """

    state: State
    cause: str | None
    says: str
    fix: str | None = None
    decides_all: bool = False


def row_for(outcome: Outcome, operation: Operation, target: Target, *, accepted: bool = False) -> Row:
    """Find the row of the table that fits an outcome that is no success."""
    if outcome.status is not None and outcome.code is None:
        # A success without S3's marks, or a refusal in XML that is not S3's.
        return NOT_S3
    for row in ROWS:
        if row.accepted in {None, accepted} and _fits(row, outcome, operation, target):
            return row
    if outcome.code in _DIGEST_CODES and outcome.request_id is None:
        return NOT_S3
    if outcome.code is not None and _NUMBER.fullmatch(outcome.code):
        # A number in place of a code: the body was not S3's XML (a page of a proxy or a portal), or not all of it.
        return BROKEN_OFF if outcome.request_id and (outcome.status or 0) >= 500 else NOT_S3
    return DEFAULT


def _fits(row: Row, outcome: Outcome, operation: Operation, target: Target) -> bool:
    if row.codes and outcome.code not in row.codes:
        return False
    if row.exceptions and (outcome.code is not None or outcome.exception not in row.exceptions):
        return False
    if row.message is not None and not row.message.search(outcome.message or outcome.detail or ""):
        return False
    if row.operations and operation not in row.operations:
        return False
    if row.server != "any" and (row.server == "other") != bool(target.endpoint_url):
        return False
    if row.bare and (outcome.message or "BucketName" in outcome.error_fields):
        return False
    return row.temporary_key is None or row.temporary_key == _lacks_token(target)


def _lacks_token(target: Target) -> bool:
    return target.access.access_key_id.startswith("ASIA") and target.access.session_token is None


def is_retryable(outcome: Outcome, operation: Operation, target: Target) -> bool:
    """Tell whether what happened often passes by itself, so that the request may be repeated."""
    return not outcome.ok and row_for(outcome, operation, target).retry


def diagnose(operation: Operation, outcome: Outcome, asked: Asked) -> Diagnosis:
    """Say why a probe did not succeed.

    Nothing is red that the table does not know: an unknown answer is `internal-error`, not proven.
    """
    row = row_for(outcome, operation, asked.target, accepted=asked.accepted)
    words = _words(operation, outcome, asked)
    return Diagnosis(
        row.state, row.cause, _fill(row.says, words), _fill(row.fix, words), decides_all=row.scope == "all"
    )


def _fill(template: str, words: Mapping[str, Callable[[], str]]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: words[found[1]](), template)


def _words(operation: Operation, outcome: Outcome, asked: Asked) -> dict[str, Callable[[], str]]:
    target = asked.target
    location = target.location
    partition = partition_of(asked.region)
    resource = f"arn:{partition}:s3:::{location.bucket}"
    if operation is not Operation.LIST:
        resource = f"{resource}/{location.prefix}*"
    raw = (outcome.code or outcome.exception or f"HTTP {outcome.status}")[:_LONGEST_CODE]
    return {
        "key": lambda: mask_key_id(target.access.access_key_id),
        "who": lambda: _who(asked),
        "bucket": lambda: location.bucket,
        "region": lambda: asked.region or "the region used",
        "named_region": lambda: f", {outcome.region_named}" if outcome.region_named else "",
        "host": lambda: _host(asked),
        "server": lambda: _netloc(target.endpoint_url) if target.endpoint_url else "AWS",
        "action": lambda: operation.action,
        "resource": lambda: resource,
        "statement": lambda: _statement(operation, location, partition),
        "code": lambda: raw,
        "raw": lambda: f"{outcome.status} {raw}" if outcome.status else raw,
        "exception": lambda: outcome.exception or raw,
        "storage_class": lambda: outcome.error_fields.get("StorageClass", "an archive class"),
        "skew": lambda: _skew(outcome),
    }


def _statement(operation: Operation, location: S3Location, partition: str) -> str:
    try:
        statement = statement_for(operation, location, partition=partition)
    except PolicyError as error:
        return str(error)
    # Valid JSON, a line for each element; who and what it allows go together.
    sid, effect, *rest = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in statement.items())
    return "{" + ",\n ".join((f"{sid}, {effect}", *rest)) + "}"


def _who(asked: Asked) -> str:
    if asked.principal:
        account, _, name = asked.principal.partition("::")[2].partition(":")
        return f"{name.replace('/', ' ', 1)} (account {account})" if account and name else asked.principal
    return f"the owner of {mask_key_id(asked.target.access.access_key_id)}"


def _host(asked: Asked) -> str:
    if asked.target.endpoint_url:
        return _netloc(asked.target.endpoint_url)
    return f"s3.{asked.region}.amazonaws.com" if asked.region else "s3.amazonaws.com"


def _netloc(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2] or url
    except ValueError:
        return url


def _skew(outcome: Outcome) -> str:
    """Say by how many minutes the clock is off, where the server tells its own time; else nothing."""
    server = outcome.error_fields.get("ServerTime") or outcome.headers.get("date")
    asked = outcome.error_fields.get("RequestTime")
    try:
        ours = datetime.strptime(asked, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if asked else datetime.now(UTC)
        theirs = (
            datetime.fromisoformat(server) if server and server[0].isdigit() else parsedate_to_datetime(server or "")
        )
        minutes = round(abs((ours - theirs).total_seconds()) / 60)
    except (ValueError, TypeError, OverflowError):
        return ""
    return f"{minutes} minutes " if minutes else ""


def evidence_of(outcome: Outcome) -> Evidence:
    """Keep what may be shown of an outcome: no key of the user's data, no message longer than a paragraph."""
    message = outcome.message if outcome.call != "GetObject" else _without_resource(outcome.message)
    return Evidence(
        call=outcome.call,
        status=outcome.status,
        code=outcome.code[:_LONGEST_CODE] if outcome.code else outcome.exception if outcome.status is None else None,
        request_id=outcome.request_id,
        message=message[:500] if message else None,
    )


def _without_resource(message: str | None) -> str | None:
    # AWS's sentence names the object's key, which is the user's data, and may itself hold such words as these.
    return _RESOURCE.sub("on that object", message or "") or None


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
        evidence=evidence_of(outcome) if outcome is not None else None,
        elapsed_ms=round(outcome.elapsed_ms, 1) if outcome is not None else None,
    )
