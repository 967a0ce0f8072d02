"""Credentials that are not typed: from an AWS profile, or from the ordinary AWS credential chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, Self

from .. import __version__
from ..access import Secret, UserAccess
from .credential_problems import PROBLEMS, fill, problem_of, profile_option, redact

if TYPE_CHECKING:
    import botocore.session

__all__ = ["CredentialsError", "Refusal", "ambient_credentials"]

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


class _CodeWanted(Exception):  # noqa: N818 - a signal, not an error
    """A profile asks for an MFA code."""


def ambient_credentials(profile: str | None = None) -> UserAccess:
    """Return the credentials that the AWS command line would use here.

    Never prompts. Blocks while a profile fetches its credentials (a process, SSO, instance metadata).

    Raises:
        CredentialsError: always with a cause and a fix.
    """
    import botocore.session

    session = botocore.session.Session(profile=profile)
    session.user_agent_extra = f"bucketlight/{__version__}"
    try:
        _refuse_to_prompt(session)
        found = session.get_credentials()
        frozen = found.get_frozen_credentials() if found is not None else None
    except _CodeWanted:
        raise CredentialsError.because("mfa-needed", who=_who(profile)) from None
    except Exception as error:  # noqa: BLE001 - what a profile fetches from may answer anything (RuntimeError, KeyError)
        raise _explained(error, profile) from None
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise CredentialsError.because("no-credentials")
    token = Secret(frozen.token) if frozen.token else None
    return UserAccess(frozen.access_key, Secret(frozen.secret_key), token)


def _refuse_to_prompt(session: botocore.session.Session) -> None:
    def refuse(_text: str) -> NoReturn:
        raise _CodeWanted

    resolver = session.get_component("credential_provider")
    for provider in resolver.providers:
        if provider.METHOD == "assume-role":
            provider._prompter = refuse  # botocore has no public way to set it


def _who(profile: str | None) -> str:
    return f"The profile {profile}" if profile else "The AWS configuration of this machine"


def _explained(error: Exception, profile: str | None) -> CredentialsError:
    name = problem_of(error)
    # botocore puts what the program wrote behind its own words.
    said = str(error).partition("custom-process: ")[2] if name == "credential-process-failed/said" else ""
    refusal = _refusal(error)
    return CredentialsError.because(
        name,
        refusal=refusal,
        who=_who(profile),
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
