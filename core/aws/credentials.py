"""Credentials that are not typed: from an AWS profile, or from the ordinary AWS credential chain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, Self

from .. import __version__
from ..access import Secret, UserAccess
from .credential_problems import PROBLEMS, fill, problem_of, profile_option, redact

if TYPE_CHECKING:
    import botocore.session

__all__ = [
    "CodeWantedError",
    "CredentialsError",
    "Refusal",
    "ambient_credentials",
    "explained",
    "fetch_credentials",
    "who_asks",
]

_NOT_PROVEN = frozenset({"secret-unavailable", "mfa-needed"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """What AWS said to a request for credentials: the call, and its answer's status, code and message.

    Or what botocore said, before it asked: then `exception` names what was raised, and `message` is its text.
    """

    call: str
    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    exception: str | None = None


class CredentialsError(Exception):
    """There are no credentials to be had.

    Attributes:
        cause: the stable id: `no-credentials`, `partial-credentials`, `profile-invalid`, `sso-login-expired`,
            `credential-process-failed`, `mfa-needed` or `secret-unavailable`.
        fix: what to do, in one sentence.
        proven: whether nothing can work like this; else it is only not known.
        link: where AWS's documentation says more, or None.
        refusal: what AWS said, where a profile was to assume a role (or the like) and was refused.
    """

    def __init__(
        self,
        cause: str,
        summary: str,
        fix: str,
        *,
        proven: bool | None = None,
        link: str | None = None,
        refusal: Refusal | None = None,
    ) -> None:
        super().__init__(summary)
        self.cause = cause
        self.fix = fix
        self.proven = cause not in _NOT_PROVEN if proven is None else proven
        self.link = link
        self.refusal = refusal

    @classmethod
    def because(cls, name: str, *, refusal: Refusal | None = None, **words: str) -> Self:
        """Make the error of a reason in `credential_problems.PROBLEMS`, with the words that it wants."""
        problem = PROBLEMS[name]
        return cls(
            problem.cause,
            fill(problem.summary, words),
            fill(problem.fix, words),
            proven=problem.proven,
            link=problem.link,
            refusal=refusal,
        )


class CodeWantedError(Exception):
    """A profile asks for the code of an MFA device.

    Attributes:
        mfa_serial: the device, by its ARN or its serial number; None where nobody looked for it.
        refused: whether a code was given and was none that counts: AWS refused it, or it is not six digits.
    """

    def __init__(self, mfa_serial: str | None = None, *, refused: bool = False) -> None:
        super().__init__("The MFA code was not accepted." if refused else "An MFA code is wanted.")
        self.mfa_serial = mfa_serial
        self.refused = refused


def ambient_credentials(profile: str | None = None) -> UserAccess:
    """Return the credentials that the AWS command line would use here.

    Never prompts. Blocks while a profile fetches its credentials (a process, SSO, instance metadata).

    Raises:
        CredentialsError: always with a cause and a fix.
    """

    def refuse(_text: str) -> NoReturn:
        raise CodeWantedError

    try:
        return fetch_credentials(profile, refuse)
    except CodeWantedError:
        raise CredentialsError.because("mfa-needed", who=who_asks(profile)) from None


def fetch_credentials(profile: str | None, prompter: Callable[[str], str]) -> UserAccess:
    """Return the credentials of a profile, or of the ordinary chain; `prompter` answers where an MFA code is asked for.

    botocore's own prompter reads from the terminal, and is never used. What `prompter` gets is botocore's question.
    Blocks while a profile fetches its credentials.

    Raises:
        CredentialsError: always with a cause and a fix.
        CodeWantedError: where `prompter` raised it.
    """
    import botocore.session

    session = botocore.session.Session(profile=profile)
    session.user_agent_extra = f"bucketlight/{__version__}"
    try:
        _prompt_by(prompter, session)
        found = session.get_credentials()
        frozen = found.get_frozen_credentials() if found is not None else None
    except CodeWantedError:
        raise
    except Exception as error:  # noqa: BLE001 - what a profile fetches from may answer anything (RuntimeError, KeyError)
        raise explained(error, profile) from None
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise CredentialsError.because("no-credentials")
    token = Secret(frozen.token) if frozen.token else None
    return UserAccess(frozen.access_key, Secret(frozen.secret_key), token)


def _prompt_by(prompter: Callable[[str], str], session: botocore.session.Session) -> None:
    resolver = session.get_component("credential_provider")
    for provider in resolver.providers:
        if provider.METHOD == "assume-role":
            provider._prompter = prompter  # botocore has no public way to set it


def who_asks(profile: str | None) -> str:
    """Name a profile, or the configuration of this machine, as sentences begin."""
    return f"The profile {profile}" if profile else "The AWS configuration of this machine"


def explained(error: Exception, profile: str | None) -> CredentialsError:
    """Say why there are no credentials, from what was raised while they, or their configuration, were fetched."""
    name = problem_of(error)
    # botocore puts what the program wrote behind its own words.
    said = str(error).partition("custom-process: ")[2] if name == "credential-process-failed/said" else ""
    refusal = _refusal(error)
    return CredentialsError.because(
        name,
        refusal=refusal,
        who=who_asks(profile),
        option=profile_option(profile),
        error=(refusal.code if refusal else None) or type(error).__name__,
        said=redact(said).rstrip("."),
    )


def _refusal(error: Exception) -> Refusal | None:
    if type(error).__name__ == "ParamValidationError":
        # The one request with parameters of a profile's own.
        return Refusal(call="AssumeRole", message=str(error), exception="ParamValidationError")
    answer = getattr(error, "response", None)
    if not isinstance(answer, Mapping) or not isinstance(answer.get("Error"), Mapping):
        return None
    fields, metadata = answer["Error"], answer.get("ResponseMetadata") or {}
    return Refusal(
        call=str(getattr(error, "operation_name", "")),
        status=metadata.get("HTTPStatusCode"),
        code=fields.get("Code"),
        message=fields.get("Message"),
        request_id=metadata.get("RequestId"),
    )
