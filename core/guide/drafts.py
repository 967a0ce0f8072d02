"""Drafts: what is kept of a setup that was left, without any secret. A type of their own, so that none slips in."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from datetime import date

import msgspec

from ..access import AccessKind, DelegatedAccess, Secret, UserAccess
from ..aws.account_rules import check_place
from ..aws.grants import Networks
from ..aws.policy import PolicyError
from ..location import LocationError, S3Location
from ..needs import InputType, Needs
from .facts import Facts, RegionFound
from .keys_source import KeysFrom, KeysSource
from .requests import FindRegion
from .state import Answers, Demanded, Given, Limits, Maker, Output, Position, State
from .steps import STEPS, steps_of
from .steps.bucket import region_of
from .steps.credentials import external_id_of, is_handed_over
from .steps.keys import public_key_id
from .steps.places import output_region_of

__all__ = [
    "Draft",
    "DraftError",
    "DraftLimits",
    "DraftNeeds",
    "DraftOutput",
    "from_draft",
    "to_draft",
    "with_external_id",
]

SCHEMA = 1

_MARK = 2
"""Bytes of a mark: one ID in 65,536 has the same, so that no ID can be found out from it."""
_UNKNOWN = "unknown"
"""In place of the mark of an external ID that was never known here: no other one has it."""


class DraftError(ValueError):
    """A draft that cannot be gone on with; the text says why and what to do."""


class DraftNeeds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The needs, as a draft holds them."""

    input_type: InputType
    object_level: bool
    thumbnails: bool
    delete: bool = False
    lightly_folder_only: bool = False


class DraftOutput(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where Lightly writes, as a draft holds it: without `uri` in the input's folder. `own` credentials or the same.

    `made`: its credentials are made with those of the input.
    """

    uri: str | None = None
    region: str | None = None
    region_found: str | None = None
    own: bool = False
    made: bool = False
    access_key_id: str | None = None
    role_arn: str | None = None
    own_external_id: bool = False
    accepted: bool = False


class DraftLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """KMS keys, and whether access is limited to a network; to which one where that is known."""

    kms_key_arn: str | None = None
    output_kms_key_arn: str | None = None
    restricted: bool = False
    source_ips: tuple[str, ...] = ()
    vpcs: tuple[str, ...] = ()


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A setup without its secrets. `region` was typed, `region_found` was looked up.

    `editing` names the dataset whose setup is gone through again, and `editing_at` the platform that it is at.
    `maker` says who makes user or role, `administrator` is the profile for that. `made_name` and `made_on` are fixed:
    what was made is found again by them. `iam_path` and `boundary_arn` are demanded by the organisation. `begun`: a
    plan was agreed to. A hand-over waits since `made_on`.
    """

    schema: int
    position: str
    needs: DraftNeeds | None = None
    uri: str | None = None
    region: str | None = None
    region_found: str | None = None
    endpoint_url: str | None = None
    access_kind: AccessKind | None = None
    maker: Maker | None = None
    administrator: str | None = None
    made_name: str | None = None
    made_on: date | None = None
    iam_path: str | None = None
    boundary_arn: str | None = None
    begun: bool = False
    access_key_id: str | None = None
    keys_from: KeysFrom | None = None
    keys_name: str | None = None
    stays: bool = False
    role_arn: str | None = None
    external_id_mark: str | None = None
    output: DraftOutput | None = None
    limits: DraftLimits | None = None
    name: str | None = None
    reuse_id: str | None = None
    editing: str | None = None
    editing_at: str | None = None


def to_draft(state: State) -> dict[str, object]:
    """Return what is kept of a state, as plain JSON values: no secret key, no external ID, no token of any kind."""
    answers = state.answers
    source, limits, editing = answers.keys_source, answers.limits, answers.given.editing
    draft = Draft(
        schema=SCHEMA,
        position=state.position.step,
        needs=_needs_of(answers.needs),
        uri=answers.location.uri if answers.location else None,
        region=answers.region,
        region_found=None if answers.region else region_of(state),
        endpoint_url=answers.given.endpoint_url,
        access_kind=answers.access_kind,
        maker=answers.maker,
        administrator=answers.administrator.name if answers.administrator else None,
        made_name=answers.made_name,
        made_on=answers.made_on,
        iam_path=answers.demanded.path if answers.demanded else None,
        boundary_arn=answers.demanded.boundary_arn if answers.demanded else None,
        begun=answers.agreed is not None or answers.made is not None,
        access_key_id=public_key_id(state, answers.access),
        keys_from=source.way if source else None,
        keys_name=source.name if source else None,
        stays=answers.stays,
        role_arn=answers.role_arn,
        external_id_mark=_mark_of(answers),
        output=_output_of(state),
        limits=_limits_of(limits),
        name=answers.name,
        reuse_id=answers.reuse_id,
        editing=editing.name if editing else None,
        editing_at=editing.platform_url if editing else None,
    )
    plain: dict[str, object] = json.loads(json.dumps(msgspec.to_builtins(draft)))  # as it is read back: no tuples
    return plain


def from_draft(draft: dict[str, object], given: Given | None = None) -> State:
    """Go on with a draft: the state at the step where it was left, or at the first that lacks an answer.

    Keys and token are to be entered again; only the key ID is known. What is given on this run's command line stands
    above what the draft says.

    Raises:
        DraftError: a draft that was damaged, or that a newer version wrote.
    """
    if isinstance(schema := draft.get("schema"), int) and schema > SCHEMA:
        raise DraftError("A newer version of bucketlight left this setup. Go on with that version, or start anew.")
    try:
        kept = msgspec.convert(draft, Draft)
    except msgspec.ValidationError as error:
        field = re.search(r"\$\.([a-z_.]+)", str(error))
        at = f" at {field[1]}" if field else ""
        raise DraftError(f"The setup that was left cannot be read{at}. Start anew.") from None
    if kept.schema != SCHEMA:
        raise DraftError("The setup that was left cannot be read at schema. Start anew.")
    given = given or Given()
    given = replace(given, endpoint_url=given.endpoint_url or kept.endpoint_url)
    answers = Answers(
        given=given,
        needs=_needs(kept.needs),
        location=_location(kept.uri),
        region=kept.region or None,
        access=UserAccess(kept.access_key_id, Secret("")) if kept.access_key_id else None,
        access_kind=kept.access_kind if kept.access_kind is not AccessKind.AMBIENT else None,
        maker=kept.maker,
        administrator=KeysSource(KeysFrom.PROFILE, kept.administrator) if kept.administrator else None,
        made_name=kept.made_name,
        made_on=kept.made_on,
        waits=kept.maker is Maker.HAND_OVER and kept.made_on is not None,
        demanded=_demanded(kept),
        agreed="" if kept.begun else None,
        keys_source=_keys_source(kept),
        stays=kept.stays,
        role_arn=kept.role_arn,
        external_id_mark=kept.external_id_mark,
        output=_output(kept.output),
        limits=_limits(kept.limits),
        name=kept.name,
        reuse_id=kept.reuse_id,
    )
    answers = with_external_id(answers)
    facts = Facts()
    if answers.location and kept.region_found and given.endpoint_url == kept.endpoint_url:
        facts = facts.adding(FindRegion(answers.location, given.endpoint_url), RegionFound(kept.region_found, True))
    there, output = (answers.output.location if answers.output else None), kept.output
    if there and output and output.region_found and given.endpoint_url == kept.endpoint_url:
        facts = facts.adding(FindRegion(there, given.endpoint_url), RegionFound(output.region_found, True))
    return _placed(State(answers, facts, Position(STEPS[0].id)), kept.position)


def with_external_id(answers: Answers) -> Answers:
    """Tell whether what is given holds the external ID of the role that was answered; else it is to be entered again.

    Another one is never used in its place: the role would not know it.
    """
    given = answers.given
    other = bool(given.external_id and answers.external_id_mark) and (
        answers.external_id_mark != _mark(answers.role_arn, given.external_id)
    )
    bound = answers.role_arn is not None or is_handed_over(answers)
    lost = bound and not answers.external_id and (given.external_id_is_new or other)
    return replace(answers, external_id_lost=lost)


def _mark_of(answers: Answers) -> str | None:
    known = external_id_of(answers)
    if answers.external_id_lost:
        return answers.external_id_mark or _UNKNOWN
    if known is None or (answers.role_arn is None and not is_handed_over(answers)):
        return answers.external_id_mark
    return _mark(answers.role_arn, known)


def _mark(role_arn: str | None, external_id: Secret | None) -> str | None:
    """Return a mark that differs where the external IDs of a role differ. One handed over has no ARN yet."""
    if external_id is None:
        return None
    salted = f"{role_arn or ''}\n{external_id.reveal()}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(salted, digest_size=_MARK).hexdigest()


def _keys_source(kept: Draft) -> KeysSource | None:
    if kept.keys_from is None or kept.keys_from is KeysFrom.TYPED:
        return None
    return KeysSource(kept.keys_from, kept.keys_name or "")


def _demanded(kept: Draft) -> Demanded | None:
    if kept.iam_path is None and kept.boundary_arn is None:
        return None
    demanded = Demanded(path=kept.iam_path or "/", boundary_arn=kept.boundary_arn)
    try:
        check_place(path=demanded.path, boundary_arn=demanded.boundary_arn)
    except PolicyError:
        raise DraftError("The setup that was left cannot be read at iam_path or boundary_arn. Start anew.") from None
    return demanded


def _needs_of(needs: Needs | None) -> DraftNeeds | None:
    if needs is None:
        return None
    return DraftNeeds(needs.input_type, needs.object_level, needs.thumbnails, needs.delete, needs.lightly_folder_only)


def _needs(kept: DraftNeeds | None) -> Needs | None:
    if kept is None:
        return None
    return Needs(
        input_type=kept.input_type,
        object_level=kept.object_level,
        thumbnails=kept.thumbnails,
        delete=kept.delete,
        lightly_folder_only=kept.lightly_folder_only,
    )


def _limits_of(limits: Limits | None) -> DraftLimits | None:
    if limits is None:
        return None
    return DraftLimits(
        kms_key_arn=limits.kms_key_arn,
        output_kms_key_arn=limits.output_kms_key_arn,
        restricted=limits.restricted,
        source_ips=limits.networks.source_ips if limits.networks else (),
        vpcs=limits.networks.vpcs if limits.networks else (),
    )


def _limits(kept: DraftLimits | None) -> Limits | None:
    if kept is None:
        return None
    try:
        networks = Networks(source_ips=kept.source_ips, vpcs=kept.vpcs) if kept.source_ips or kept.vpcs else None
    except PolicyError:
        raise DraftError("The setup that was left cannot be read at limits. Start anew.") from None
    return Limits(
        kms_key_arn=kept.kms_key_arn,
        output_kms_key_arn=kept.output_kms_key_arn,
        restricted=kept.restricted,
        networks=networks,
    )


def _output_of(state: State) -> DraftOutput | None:
    output = state.answers.output
    if output is None:
        return None
    own = output.access
    return DraftOutput(
        uri=output.location.uri if output.location else None,
        region=output.region,
        region_found=None if output.region else output_region_of(state),
        own=own is not None,
        made=output.made,
        access_key_id=public_key_id(state, own) if isinstance(own, UserAccess) else None,
        role_arn=own.role_arn if isinstance(own, DelegatedAccess) else None,
        own_external_id=isinstance(own, DelegatedAccess) and (bool(own.external_id) or output.external_id_lost),
        accepted=output.accepted,
    )


def _output(kept: DraftOutput | None) -> Output | None:
    if kept is None:
        return None
    own: UserAccess | DelegatedAccess | None = None
    if kept.own:
        # An external ID of its own is asked for again, like a secret key.
        own = (
            DelegatedAccess(kept.role_arn, Secret(""))
            if kept.role_arn
            else UserAccess(kept.access_key_id or "", Secret(""))
        )
    return Output(
        location=_location(kept.uri),
        region=kept.region,
        access=own,
        made=kept.made,
        external_id_lost=kept.own_external_id and isinstance(own, DelegatedAccess),
        accepted=kept.accepted,
    )


def _location(uri: str | None) -> S3Location | None:
    if uri is None:
        return None
    try:
        return S3Location.parse(uri)
    except LocationError as error:
        if error.usable:
            return error.usable
    raise DraftError("The setup that was left cannot be read at uri. Start anew.")


def _placed(state: State, position: str) -> State:
    """Stand at the named step, or at an earlier one where an answer or a fact is missing."""
    applying = [step for step in steps_of(state.answers) if step.applies(state)]
    for step in applying:
        missing = not step.answered(state.answers) or step.waiting(state) or step.problems(state)
        if step.id == position or missing:
            return replace(state, position=Position(step.id))
    return replace(state, position=Position(applying[0].id))
