"""What is wanted in AWS, as it follows from the answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ...access import AccessKind
from ...aws.granting import Place, grants_for
from ...aws.grants import Grant
from ...aws.policy import PolicyError
from ...console import resource_name
from ...dataset import Purpose
from ...needs import Needs
from ...provision.wanted import Wanted, WantedError
from ..fields import Text
from ..fingerprint import fingerprint
from ..state import Answers, Limits, Maker, State
from .bucket import region_of
from .checks import kms_key_of, place_of
from .credentials import external_id_of, is_delegated, is_separate, maker_of, purposes
from .dataset import suggested_name
from .places import output_region_of

__all__ = [
    "fixed",
    "granted",
    "made_name_of",
    "made_on_of",
    "name_field",
    "not_limited",
    "unseen_networks",
    "wanted_mark",
    "wanted_of",
    "without_stale",
]

NOT_LIMITED = "The policy itself is limited to no network. For that name IP ranges or VPCs at Encryption."


def made_name_of(answers: Answers) -> str:
    """Return the dataset's name that user or role are named after: once fixed it stays. Empty where it is to be typed.

    One that is nobody's own would let the next setup take the place of what this one made.
    """
    return answers.made_name or answers.name or suggested_name(answers.location)


def name_field(answers: Answers) -> Text:
    """Return the field for that name."""
    name = made_name_of(answers)
    note = f"makes {resource_name(name)}" if name else "the dataset; user or role get its name"
    return Text(name="made_name", label="Named after", value=name, note=note)


def made_on_of(answers: Answers) -> date:
    """Return the day for the tags."""
    return answers.made_on or answers.given.today


def fixed(answers: Answers) -> Answers:
    """Fix name and day of what is to be made or handed over."""
    if maker_of(answers) is Maker.HAVE:
        return answers
    if maker_of(answers) is Maker.HAND_OVER and answers.external_id_lost and answers.made_on is None:
        # That of another role is not known. The one that is handed over is new, and has that of this setup.
        answers = replace(answers, role_arn=None, external_id_lost=False, external_id_mark=None)
    return replace(answers, made_name=made_name_of(answers) or None, made_on=made_on_of(answers))


def granted(state: State) -> dict[Purpose, Grant]:
    """Say what is allowed in each datasource's folder; empty while that of the input is not known.

    Raises:
        PolicyError: where nothing can be allowed there.
    """
    answers, output = state.answers, state.answers.output
    if answers.location is None:
        return {}
    source, *others = purposes(answers)
    needs = answers.needs or Needs()
    stored = (
        Place(
            location=output.location,
            region=output_region_of(state),
            kms_key_arn=kms_key_of(answers, Purpose.LIGHTLY),
        )
        if is_separate(answers) and output and output.location
        else None
    )
    grants = grants_for(
        Place(location=answers.location, region=region_of(state), kms_key_arn=kms_key_of(answers, source)),
        needs.operations,
        output=stored,
        delete=needs.delete,
        lightly_folder_only=needs.lightly_folder_only,
    )
    return dict(zip((source, *others), grants, strict=True))


def wanted_of(state: State) -> tuple[Wanted, ...] | str:
    """Return what is to be there, one for each principal, the input's first; or a sentence that says why not."""
    answers = state.answers
    if not all(place_of(state, purpose) for purpose in purposes(answers)):
        return "The region of a folder is not known. Go back to its step and enter it."
    try:
        grants = list(granted(state).values())
    except PolicyError as error:
        return str(error)
    name = made_name_of(answers)
    parts: list[tuple[str | None, list[Grant]]] = [(None, grants)]
    if _output_is_its_own(answers):
        # The name under which taking back looks for it, too.
        parts = [(None, grants[:1]), (resource_name(f"{name} output"), grants[1:])]
    elif answers.output and answers.output.access is not None:
        parts = [(None, grants[:1])]  # the output's credentials were typed
    try:
        found = tuple(_wanted(answers, name, each, tuple(some)) for each, some in parts if some)
        for each in found:
            each.policy()
    except (WantedError, PolicyError) as error:
        return str(error)
    return found


def wanted_mark(state: State) -> str | None:
    """Return the mark of what is wanted, or None where that cannot be said."""
    wanted = wanted_of(state)
    return None if isinstance(wanted, str) else fingerprint(wanted)


def not_limited(answers: Answers) -> tuple[str, ...]:
    """Say that access is from one network only, and what is made or handed over does not say from which.

    Or that it names one that AWS never sees.
    """
    limits = answers.limits or Limits()
    if maker_of(answers) is Maker.HAVE or not limits.restricted:
        return ()
    if limits.networks is None:
        return (NOT_LIMITED,)
    unseen = unseen_networks(answers, limits)
    return (unseen,) if unseen and maker_of(answers) is Maker.HAND_OVER else ()  # else the plan says it


def unseen_networks(answers: Answers, limits: Limits) -> str | None:
    """Say that a network has private addresses, which AWS never sees, or None. Another server may see them."""
    return limits.networks.unseen if limits.networks and answers.given.endpoint_url is None else None


def without_stale(state: State) -> State:
    """Let go of what was made for other answers than those at hand: it is looked for again, and put right."""
    made = state.answers.made
    if made is None or made.mark == wanted_mark(state):
        return state
    return replace(state, answers=replace(state.answers, made=None))


def _output_is_its_own(answers: Answers) -> bool:
    output = answers.output
    return maker_of(answers) is not Maker.HAVE and output is not None and output.made


def _wanted(answers: Answers, name: str, named: str | None, grants: tuple[Grant, ...]) -> Wanted:
    delegated = is_delegated(answers)
    external_id = external_id_of(answers) if delegated else None
    if delegated and external_id is None and answers.external_id_lost:
        raise WantedError(
            "The external ID that was handed over could not be kept on this machine. Enter the one that the role "
            "demands, or start anew to hand over another."
        )
    if delegated and external_id is None:
        raise WantedError("There is no external ID yet: the keyring is still being opened. Confirm again in a moment.")
    return Wanted(
        access=AccessKind.DELEGATED if delegated else AccessKind.USER,
        dataset=name,
        grants=grants,
        external_id=external_id,
        made_on=made_on_of(answers),
        networks=answers.limits.networks if answers.limits else None,
        path=answers.demanded.path if answers.demanded else "/",
        boundary_arn=answers.demanded.boundary_arn if answers.demanded else None,
        named=named,
    )
