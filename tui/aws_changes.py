"""Changes that an administrator makes in AWS for a dataset that is there: what is asked, planned, done and said.

Everything here that asks AWS or the keyring blocks: it is called on a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from core.access import Secret
from core.guide.fields import Field, Raw

if TYPE_CHECKING:
    from core.access import UserAccess
    from core.provision.waiting import RealWaiter

__all__ = [
    "NO_KEYRING",
    "Change",
    "ChangePlan",
    "CodeWanted",
    "Ended",
    "RefusedError",
    "Told",
    "read_administrator",
]

NO_KEYRING = "No keyring can be used here, and without one a key could be lost. Nothing was done."
"""Why nothing is changed where secrets would stay in memory alone."""


class RefusedError(Exception):
    """Nothing is begun. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """The profile asks for the code of an MFA device; `note` names it."""

    note: str
    refused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePlan:
    """What is going to be done, to be read and agreed to.

    Attributes:
        account_id: what is to be typed.
        head: account, caller and the like, a line each.
        steps: what is done, in this order.
        notes: what to know before.
        carry_out: does it, tells of the steps, and returns how it ended; raises `RefusedError` where it is not begun.
    """

    account_id: str
    head: tuple[str, ...]
    steps: tuple[str, ...]
    notes: tuple[str, ...] = ()
    carry_out: Callable[[Callable[[Told], None], RealWaiter], Ended] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Told:
    """A step of a plan is under way or done: `index` of it; None for one that the plan does not have."""

    index: int | None
    sentence: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: the first sentence, and what there is now. `well`: all of it was done."""

    headline: str
    lines: tuple[str, ...]
    well: bool


class Change(Protocol):
    """One kind of change: it is planned, and the plan carries out itself."""

    @property
    def title(self) -> str:
        """What it is called on top of the screen."""

    @property
    def question(self) -> str:
        """What is asked first, of the profile."""

    @property
    def consequence(self) -> str:
        """What agreeing to the plan brings, in a line."""

    @property
    def help(self) -> str:
        """More about it; Textual's markup."""

    def fields(self) -> tuple[Field, ...]:
        """Return what there is to be asked beside the profile."""

    def plan(self, administrator: UserAccess, raw: Raw) -> ChangePlan:
        """Look at what there is.

        Raises:
            RefusedError: where it is not begun.
        """


def read_administrator(profile: str, code: Secret | None) -> UserAccess | CodeWanted:
    """Read the credentials of a profile.

    Raises:
        RefusedError: where there are none.
    """
    from core.aws.credentials import CodeWantedError, CredentialsError
    from core.aws.profiles import read_profile

    try:
        return read_profile(profile, code=code)
    except CodeWantedError as wanted:
        return CodeWanted(f"of {wanted.mfa_serial or 'your device'}", wanted.refused)
    except CredentialsError as error:
        raise RefusedError(f"{error} {error.fix}") from None
