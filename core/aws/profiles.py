"""The AWS profiles of this machine: which there are, and the credentials of one, also of one that wants an MFA code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..access import Secret, UserAccess
from .credentials import CodeWantedError, CredentialsError, explained, fetch_credentials, who_asks

__all__ = ["CodeWantedError", "Profile", "ProfileKind", "list_profiles", "read_profile"]

_CODE_LENGTH = 6  # STS API reference, AssumeRole, TokenCode
_STATIC = frozenset({"aws_access_key_id", "aws_secret_access_key"})
_SSO = frozenset({"sso_account_id", "sso_role_name"})
_MFA_LINK = "https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html"


class ProfileKind(StrEnum):
    """Where a profile's credentials come from: the one of its settings that botocore takes first."""

    KEYS = "keys"
    ROLE = "role"
    SSO = "sso"
    PROCESS = "process"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile of `~/.aws/config` or `~/.aws/credentials`, without its secrets.

    `mfa_serial` is the MFA device whose code `read_profile` will ask for, be it the profile's own or that of a role on
    its way; None where none is needed.
    """

    name: str
    kind: ProfileKind
    mfa_serial: str | None
    region: str | None


def list_profiles() -> tuple[Profile, ...]:
    """Return the profiles of this machine, in the order of its files. Sends nothing, keeps no secret.

    Raises:
        CredentialsError: `profile-invalid`, where a file cannot be read as one of AWS's.
    """
    profiles = _sections()
    return tuple(
        Profile(name, _kind(section), next(_devices(profiles, name), None), _text(section, "region"))
        for name, section in profiles.items()
    )


def read_profile(name: str, *, code: Secret | None = None) -> UserAccess:
    """Return the credentials of a profile. Nobody is asked for anything; `code` is what an MFA device shows.

    Blocks while the profile fetches its credentials (a role, a process, SSO).

    Raises:
        CodeWantedError: where a code is wanted and none was given, or it was not accepted.
        CredentialsError: for everything else, with a cause and a fix.
    """
    from botocore.exceptions import InvalidConfigError

    devices = tuple(_devices(_sections(name), name))
    if len(devices) > 1:
        raise _two_devices(name)
    asked = False

    def answer(_question: str) -> str:
        nonlocal asked
        if not devices:
            raise InvalidConfigError(error_msg="mfa_serial is empty")
        asked = True
        return _typed(code, devices[0])

    try:
        return fetch_credentials(name, answer)
    except CredentialsError as error:
        said = (error.refusal.message if asked and error.refusal else None) or ""
        # Both texts are recorded answers of STS; only the first is about the code alone.
        if "invalid MFA one time pass code" in said:
            raise CodeWantedError(devices[0], refused=True) from None
        if "unable to validate MFA code" in said:
            raise _unknown_device(name, devices[0], error) from None
        raise


def _typed(code: Secret | None, device: str) -> str:
    if code is None:
        raise CodeWantedError(device)
    digits = "".join(code.reveal().split())  # authenticators show two groups of three
    if len(digits) != _CODE_LENGTH or not (digits.isascii() and digits.isdigit()):
        raise CodeWantedError(device, refused=True)
    return digits


def _two_devices(name: str) -> CredentialsError:
    return CredentialsError(
        "mfa-needed",
        f"{who_asks(name)} asks for two MFA codes, one for each role on its way.",
        "Run `aws sts assume-role` for the first role, and put what it prints into a profile of its own.",
    )


def _unknown_device(name: str, device: str, error: CredentialsError) -> CredentialsError:
    return CredentialsError(
        "profile-invalid",
        f"{who_asks(name)} names the MFA device {device}, and AWS could not find the code to be one of it.",
        "Compare mfa_serial in ~/.aws/config with the device's ARN in the IAM console; if it is the same, wait for the "
        "next code and try again.",
        proven=False,
        link=_MFA_LINK,
        refusal=error.refusal,
    )


def _sections(profile: str | None = None) -> Mapping[str, Mapping[str, Any]]:
    import botocore.session

    try:
        profiles: Mapping[str, Mapping[str, Any]] = botocore.session.Session().full_config["profiles"]
    except Exception as error:  # noqa: BLE001 - files of the user: botocore meets what it does not expect
        raise explained(error, profile) from None
    return profiles


def _kind(section: Mapping[str, Any]) -> ProfileKind:
    if "web_identity_token_file" in section:
        return ProfileKind.OTHER
    if "role_arn" in section:
        return ProfileKind.ROLE
    if not _SSO.isdisjoint(section):
        return ProfileKind.SSO
    if not _STATIC.isdisjoint(section):
        return ProfileKind.KEYS
    return ProfileKind.PROCESS if "credential_process" in section else ProfileKind.OTHER


def _devices(profiles: Mapping[str, Mapping[str, Any]], name: str | None) -> Iterator[str]:
    """Follow a profile's roles to their source as botocore does, and name the MFA devices in the order it asks."""
    seen: set[str] = set()
    while name is not None and name not in seen:
        section = profiles.get(name, {})
        # A source with keys of its own is asked for nothing, even where it is a role beside that.
        if _kind(section) is not ProfileKind.ROLE or (seen and not _STATIC.isdisjoint(section)):
            return
        if device := _text(section, "mfa_serial"):
            yield device
        seen.add(name)
        name = _text(section, "source_profile")


def _text(section: Mapping[str, Any], key: str) -> str | None:
    # An indented block is a mapping (botocore.configloader).
    found = section.get(key)
    return found if isinstance(found, str) and found else None
