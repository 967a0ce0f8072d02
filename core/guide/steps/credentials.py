"""What each datasource is reached with, from the answers and from what was read."""

from __future__ import annotations

from ...access import Access, AccessKind, CredentialSource, DelegatedAccess, Secret, SourceKind, UserAccess
from ...dataset import Purpose
from ...needs import Needs, Operation
from ..facts import KeysRead
from ..keys_source import KeysFrom
from ..requests import ReadKeys
from ..state import Answers, State

__all__ = [
    "access_of",
    "credential_source",
    "external_id_of",
    "is_delegated",
    "is_separate",
    "keys_of",
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


def purposes(answers: Answers) -> tuple[Purpose, ...]:
    """Name the datasources that these answers make (Lightly API, `purpose`)."""
    if is_separate(answers):
        return (Purpose.INPUT, Purpose.LIGHTLY)
    return (Purpose.INPUT_OUTPUT,) if writes(answers) else (Purpose.INPUT,)


def read_keys(state: State) -> ReadKeys | None:
    """Return the request that reads the access key from where the answers say it lies, or None."""
    source = state.answers.keys_source
    return ReadKeys(source) if source and not is_delegated(state.answers) else None


def keys_of(state: State) -> UserAccess | None:
    """Return the access key: typed or read. None while there is none, or only its ID."""
    request = read_keys(state)
    if request is not None:
        read = state.facts.get(request, KeysRead)
        return read.access if read else None
    typed = state.answers.access
    return typed if typed and typed.secret_access_key else None


def external_id_of(answers: Answers) -> Secret | None:
    """Return the external ID: the one that was typed, else the one that was made for this setup.

    None where the role has one already that is not known here.
    """
    if answers.external_id:
        return answers.external_id
    return None if answers.external_id_lost else answers.given.external_id


def role_of(state: State) -> DelegatedAccess | None:
    """Return the role with its external ID."""
    external_id = external_id_of(state.answers)
    if state.answers.role_arn is None or not external_id:
        return None
    return DelegatedAccess(state.answers.role_arn, external_id)


def access_of(state: State, purpose: Purpose) -> Access | None:
    """Return what a datasource is reached with, or None while that is not known."""
    output = state.answers.output
    if purpose is Purpose.LIGHTLY and output and output.access:
        own = output.access
        if isinstance(own, UserAccess):
            return own if own.secret_access_key else None
        if output.external_id_lost:
            return None
        external_id = own.external_id or external_id_of(state.answers)
        return DelegatedAccess(own.role_arn, external_id) if external_id else None
    return role_of(state) if is_delegated(state.answers) else keys_of(state)


def credential_source(answers: Answers, purpose: Purpose) -> CredentialSource:
    """Say where the credentials of a datasource stay. What is not in a profile or the environment is in the keyring.

    A role that is gone through again stays with the profile by which this machine tries it.
    """
    source = answers.keys_source
    own = purpose is Purpose.LIGHTLY and answers.output is not None and answers.output.access is not None
    if is_delegated(answers) and not own:
        before = answers.given.editing.datasources if answers.given.editing else ()
        same = (each.credentials for each in before if each.role_arn and each.role_arn == answers.role_arn)
        return next(same, CredentialSource(SourceKind.KEYRING))
    if own or source is None:
        return CredentialSource(SourceKind.KEYRING)
    if source.way is KeysFrom.PROFILE and answers.stays:
        return CredentialSource(SourceKind.PROFILE, source.name)
    if source.way is KeysFrom.ENVIRONMENT and answers.stays:
        return CredentialSource(SourceKind.ENVIRONMENT)
    return CredentialSource(SourceKind.KEYRING)
