"""How a principal proves itself to AWS, and where its secret is kept."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn

__all__ = [
    "AWS_KEY_ID",
    "Access",
    "AccessKind",
    "CredentialSource",
    "DelegatedAccess",
    "Secret",
    "SourceKind",
    "UserAccess",
    "is_key_id",
    "mask_key_id",
]

_DOTS = "••••••••"


class Secret:
    """A text that must not be seen: its repr, str and format are dots of a fixed width.

    It cannot be pickled or copied out by accident; only `reveal` gives the text, at the one call that needs it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({_DOTS})"

    def __str__(self) -> str:
        return _DOTS

    def __format__(self, spec: str) -> str:
        return _DOTS

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled")


class AccessKind(StrEnum):
    """How Lightly (or, for `AMBIENT`, only this machine) reaches a bucket."""

    USER = "user"
    DELEGATED = "delegated"
    AMBIENT = "ambient"

    @property
    def entity(self) -> str:
        """What IAM calls what it takes: `user`, or `role` for `DELEGATED`."""
        return "role" if self is AccessKind.DELEGATED else "user"


class SourceKind(StrEnum):
    """Where the credentials of a datasource come from."""

    KEYRING = "keyring"
    PROFILE = "profile"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class CredentialSource:
    """Where credentials come from: the OS keyring, a named AWS profile, or the environment's AWS variables."""

    kind: SourceKind
    profile: str | None = None

    def __post_init__(self) -> None:
        if (self.kind is SourceKind.PROFILE) != bool(self.profile):
            raise ValueError("a profile source has a profile name, the others have none")

    def __str__(self) -> str:
        return f"profile {self.profile}" if self.profile else str(self.kind)

    @classmethod
    def parse(cls, text: str) -> CredentialSource:
        """Read `keyring`, `environment` or `profile NAME`, the forms that `str` writes.

        Raises:
            ValueError: for everything else.
        """
        word, _, name = text.strip().partition(" ")
        return cls(SourceKind(word), name.strip() or None)


@dataclass(frozen=True, slots=True)
class UserAccess:
    """An access key: what an IAM user, or a temporary session, signs its requests with."""

    access_key_id: str = field(repr=False)  # a secret may stand there, in the wrong field
    secret_access_key: Secret
    session_token: Secret | None = None


@dataclass(frozen=True, slots=True)
class DelegatedAccess:
    """A role that Lightly's AWS account assumes, with the external ID that its trust policy demands."""

    role_arn: str
    external_id: Secret


Access = UserAccess | DelegatedAccess
"""How Lightly reaches a datasource."""

AWS_KEY_ID = re.compile(r"(AKIA|ASIA)[A-Z0-9]{16}")
"""The access key IDs that AWS hands out: of a user, and of a temporary session (IAM user guide, unique identifiers)."""

_OTHER_KEY_ID = re.compile(r"[A-Z0-9]{16,32}")


def is_key_id(text: str, *, of_aws: bool) -> bool:
    """Tell whether a text surely is an access key ID, by its shape. What is not may be a secret in the wrong field.

    Other servers take any text; IDs that a machine made are capitals and digits there (Ceph does so), secrets are not.
    """
    return bool((AWS_KEY_ID if of_aws else _OTHER_KEY_ID).fullmatch(text))


def mask_key_id(access_key_id: str) -> str:
    """Shorten an access key ID to what may be shown: its first and last four characters.

    Of what is too short for that, or too long to be a key ID, nothing is shown.
    """
    if not 12 <= len(access_key_id) <= 32:
        return "…"
    return f"{access_key_id[:4]}…{access_key_id[-4:]}"
