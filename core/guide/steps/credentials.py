"""What each datasource is reached with, from the answers and from what was read."""

from __future__ import annotations

from ...access import Access, AccessKind, CredentialSource, DelegatedAccess, Secret, SourceKind, UserAccess
from ...dataset import Purpose
from ...needs import Needs, Operation
from ..facts import KeysRead
from ..fields import Problem
from ..keys_source import KeysFrom
from ..plan import SecretsHome
from ..requests import ReadKeys
from ..state import Answers, Maker, State

__all__ = [
    "access_of",
    "credential_source",
    "external_id_of",
    "hands_over_output",
    "is_delegated",
    "is_handed_over",
    "is_separate",
    "keys_of",
    "maker_of",
    "making_refused",
    "purposes",
    "read_keys",
    "role_of",
    "writes",
]


def writes(answers: Answers) -> bool:
    """Tell whether Write is needed."""
    return Operation.WRITE in (answers.needs or Needs()).operations


def is_separate(answers: Answers) -> bool:
    """Tell whether Lightly writes to another place than it reads from."""
    return writes(answers) and answers.output is not None and answers.output.location is not None


def is_delegated(answers: Answers) -> bool:
    """Tell whether Lightly assumes a role."""
    return answers.access_kind is AccessKind.DELEGATED


def maker_of(answers: Answers) -> Maker:
    """Tell who makes user or role."""
    return answers.maker or Maker.HAVE


def hands_over_output(answers: Answers) -> bool:
    """Tell whether the output has a user or role of its own, which is handed over with that of the input."""
    output = answers.output
    return maker_of(answers) is Maker.HAND_OVER and is_separate(answers) and output is not None and output.made


def making_refused(answers: Answers) -> Problem | None:
    """Say why no access key may be made here, or None: without a keyring its only secret is easily lost."""
    given, makes_key = answers.given, maker_of(answers) is Maker.MAKE and not is_delegated(answers)
    if not makes_key or given.secrets_problem is None or given.secrets_home is not SecretsHome.MEMORY:
        return None
    return Problem("Make it for me needs a keyring: a key could be lost. Choose Delegated access, or Hand it over.")


def _is_made(answers: Answers) -> bool:
    return maker_of(answers) is Maker.MAKE


def _made(answers: Answers, purpose: Purpose) -> Access | None:
    """Return what was made for a datasource, or None while nothing was."""
    if answers.made is None:
        return None
    own = purpose is Purpose.LIGHTLY and answers.output is not None and answers.output.made
    return answers.made.access[-1] if own else answers.made.access[0]


def purposes(answers: Answers) -> tuple[Purpose, ...]:
    """Name the datasources that these answers make (Lightly API, `purpose`)."""
    if is_separate(answers):
        return (Purpose.INPUT, Purpose.LIGHTLY)
    return (Purpose.INPUT_OUTPUT,) if writes(answers) else (Purpose.INPUT,)


def read_keys(state: State) -> ReadKeys | None:
    """Return the request that reads the access key from where the answers say it lies, or None."""
    source = state.answers.keys_source
    typed_here = not is_delegated(state.answers) and not _is_made(state.answers)
    return ReadKeys(source) if source and typed_here else None


def keys_of(state: State) -> UserAccess | None:
    """Return the access key: typed, read or made. None while there is none, or only its ID."""
    if _is_made(state.answers):
        made = _made(state.answers, Purpose.INPUT)
        return made if isinstance(made, UserAccess) else None
    request = read_keys(state)
    if request is not None:
        read = state.facts.get(request, KeysRead)
        return read.access if read else None
    typed = state.answers.access
    return typed if typed and typed.secret_access_key else None


def external_id_of(answers: Answers) -> Secret | None:
    """Return the external ID: the one that was typed, else the one that was made for this setup.

    None where the role has one already that is not known here; one that is made now has that of this setup.
    """
    if answers.external_id:
        return answers.external_id
    return None if answers.external_id_lost and not _is_made(answers) else answers.given.external_id


def is_handed_over(answers: Answers) -> bool:
    """Tell whether a role may have been handed over already, with the external ID of then."""
    return is_delegated(answers) and maker_of(answers) is Maker.HAND_OVER and answers.made_on is not None


def role_of(state: State) -> DelegatedAccess | None:
    """Return the role with its external ID."""
    if _is_made(state.answers):
        made = _made(state.answers, Purpose.INPUT)
        return made if isinstance(made, DelegatedAccess) else None
    external_id = external_id_of(state.answers)
    if state.answers.role_arn is None or not external_id:
        return None
    return DelegatedAccess(state.answers.role_arn, external_id)


def access_of(state: State, purpose: Purpose) -> Access | None:
    """Return what a datasource is reached with, or None while that is not known."""
    output = state.answers.output
    is_made = _is_made(state.answers)
    if purpose is Purpose.LIGHTLY and output and (own := output.access) and not (is_made and output.made):
        if isinstance(own, UserAccess):
            return own if own.secret_access_key else None
        if output.external_id_lost:
            return None
        external_id = own.external_id or external_id_of(state.answers)
        return DelegatedAccess(own.role_arn, external_id) if external_id else None
    if is_made:
        return _made(state.answers, purpose)
    if purpose is Purpose.LIGHTLY and hands_over_output(state.answers):
        return None
    return role_of(state) if is_delegated(state.answers) else keys_of(state)


def credential_source(answers: Answers, purpose: Purpose) -> CredentialSource:
    """Say where the credentials of a datasource stay. What is not in a profile or the environment is in the keyring.

    A role that is gone through again stays with the profile by which this machine tries it.
    """
    source = answers.keys_source
    own = purpose is Purpose.LIGHTLY and answers.output is not None and answers.output.access is not None
    if is_delegated(answers) and not own and not _is_made(answers):
        before = answers.given.editing.datasources if answers.given.editing else ()
        same = (each.credentials for each in before if each.role_arn and each.role_arn == answers.role_arn)
        return next(same, CredentialSource(SourceKind.KEYRING))
    if own or source is None or _is_made(answers):
        return CredentialSource(SourceKind.KEYRING)
    if source.way is KeysFrom.PROFILE and answers.stays:
        return CredentialSource(SourceKind.PROFILE, source.name)
    if source.way is KeysFrom.ENVIRONMENT and answers.stays:
        return CredentialSource(SourceKind.ENVIRONMENT)
    return CredentialSource(SourceKind.KEYRING)
