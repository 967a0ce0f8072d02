"""Credentials that are not typed: from an AWS profile, or from the ordinary AWS credential chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from ..access import Secret, UserAccess

if TYPE_CHECKING:
    import botocore.session

__all__ = ["CredentialsError", "ambient_credentials"]


class CredentialsError(Exception):
    """There are no credentials to be had.

    Attributes:
        cause: the stable id: `no-credentials`, `partial-credentials`, `profile-invalid`, `sso-login-expired`,
            `credential-process-failed`, `mfa-needed` or `secret-unavailable`.
        fix: what to do, in one sentence.
    """

    def __init__(self, cause: str, summary: str, fix: str) -> None:
        super().__init__(summary)
        self.cause = cause
        self.fix = fix


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
    try:
        _refuse_to_prompt(session)
        found = session.get_credentials()
        frozen = found.get_frozen_credentials() if found is not None else None
    except _CodeWanted:
        raise CredentialsError(
            "mfa-needed",
            f"The profile {profile or 'in use'} asks for an MFA code, and this command does not ask for one.",
            "Run `aws sts get-session-token` with the code, put what it prints into the environment, and check again.",
        ) from None
    except Exception as error:  # noqa: BLE001 - what a profile fetches from may answer anything (RuntimeError, KeyError)
        _explain(error, profile)
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise CredentialsError(
            "no-credentials",
            "No AWS credentials were found: no variables, no profile, no role of this machine.",
            "Name a profile with --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        )
    token = Secret(frozen.token) if frozen.token else None
    return UserAccess(frozen.access_key, Secret(frozen.secret_key), token)


def _refuse_to_prompt(session: botocore.session.Session) -> None:
    def refuse(_text: str) -> NoReturn:
        raise _CodeWanted

    resolver = session.get_component("credential_provider")
    for provider in resolver.providers:
        if provider.METHOD == "assume-role":
            provider._prompter = refuse  # botocore has no public way to set it


def _explain(error: Exception, profile: str | None) -> NoReturn:
    name = type(error).__name__
    who = f"The profile {profile}" if profile else "The AWS configuration of this machine"
    if name == "PartialCredentialsError":
        raise CredentialsError(
            "partial-credentials",
            f"{who} holds half of an access key.",
            "Enter the half that is missing: an access key ID and its secret belong together.",
        ) from None
    if name in {"SSOTokenLoadError", "UnauthorizedSSOTokenError", "TokenRetrievalError", "LoginRefreshRequired"}:
        suffix = f" --profile {profile}" if profile else ""
        raise CredentialsError(
            "sso-login-expired", f"{who} needs a new login.", f"Run `aws sso login{suffix}`, then check again."
        ) from None
    if name in {"CredentialRetrievalError", "FileNotFoundError", "JSONDecodeError"}:
        raise CredentialsError(
            "credential-process-failed",
            f"{who} could not fetch its credentials ({name}).",
            "Run the profile's credential_process by hand, and mend what it reports.",
        ) from None
    if name in {"ProfileNotFound", "ConfigParseError", "InvalidConfigError"}:
        raise CredentialsError(
            "profile-invalid",
            f"{who} cannot be used: {name}.",
            "Correct the profile in ~/.aws/config, or name another one; `aws configure list-profiles` lists them.",
        ) from None
    raise CredentialsError(
        "secret-unavailable",
        f"{who} gave no credentials ({name}).",
        "Run `aws sts get-caller-identity` to see what AWS's own tool says.",
    ) from None
