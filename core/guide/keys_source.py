"""Where an access key is read from, where it is not typed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ..access import Secret

__all__ = ["KeysFrom", "KeysSource"]


class KeysFrom(StrEnum):
    """The ways in which an access key comes into the setup."""

    TYPED = "typed"
    FILE = "file"
    PROFILE = "profile"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class KeysSource:
    """A file, an AWS profile, or the environment. `name` is the path or the profile; `code` an MFA code."""

    way: KeysFrom
    name: str = field(default="", repr=False)  # a secret may stand there, in the wrong field
    code: Secret | None = None
