"""Drafts: what is kept of a setup that was left, without any secret. A type of their own, so that none slips in."""

from __future__ import annotations

import re
from dataclasses import replace

import msgspec

from ..access import Secret, UserAccess
from ..location import LocationError, S3Location
from ..needs import InputType, Needs
from .facts import Facts, RegionFound
from .requests import FindRegion
from .state import Answers, Given, Position, State
from .steps import STEPS
from .steps.bucket import region_of
from .steps.keys import public_key_id

__all__ = ["Draft", "DraftError", "DraftNeeds", "from_draft", "to_draft"]

SCHEMA = 1


class DraftError(ValueError):
    """A draft that cannot be gone on with; the text says why and what to do."""


class DraftNeeds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The needs, as a draft holds them."""

    input_type: InputType
    object_level: bool
    thumbnails: bool


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A setup without its secrets. `region` was typed, `region_found` was looked up."""

    schema: int
    position: str
    needs: DraftNeeds | None = None
    uri: str | None = None
    region: str | None = None
    region_found: str | None = None
    endpoint_url: str | None = None
    access_key_id: str | None = None
    name: str | None = None
    reuse_id: str | None = None


def to_draft(state: State) -> dict[str, object]:
    """Return what is kept of a state, as plain JSON values: no secret key, no session token, no Lightly token."""
    answers = state.answers
    draft = Draft(
        schema=SCHEMA,
        position=state.position.step,
        needs=_needs_of(answers.needs),
        uri=answers.location.uri if answers.location else None,
        region=answers.region,
        region_found=None if answers.region else region_of(state),
        endpoint_url=answers.given.endpoint_url,
        access_key_id=public_key_id(state),
        name=answers.name,
        reuse_id=answers.reuse_id,
    )
    plain: dict[str, object] = msgspec.to_builtins(draft)
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
        needs=Needs(kept.needs.input_type, kept.needs.object_level, kept.needs.thumbnails) if kept.needs else None,
        location=_location(kept.uri),
        region=kept.region or None,
        access=UserAccess(kept.access_key_id, Secret("")) if kept.access_key_id else None,
        name=kept.name,
        reuse_id=kept.reuse_id,
    )
    facts = Facts()
    if answers.location and kept.region_found and given.endpoint_url == kept.endpoint_url:
        facts = facts.adding(FindRegion(answers.location, given.endpoint_url), RegionFound(kept.region_found, True))
    return _placed(State(answers, facts, Position(STEPS[0].id)), kept.position)


def _needs_of(needs: Needs | None) -> DraftNeeds | None:
    return DraftNeeds(needs.input_type, needs.object_level, needs.thumbnails) if needs else None


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
    applying = [step for step in STEPS if step.applies(state)]
    for step in applying:
        missing = not step.answered(state.answers) or step.waiting(state) or step.problems(state)
        if step.id == position or missing:
            return replace(state, position=Position(step.id))
    return replace(state, position=Position(applying[0].id))
