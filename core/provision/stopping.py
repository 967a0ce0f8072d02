"""What every change in AWS shares: the account is looked at first, and whatever ends it is said in one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

from ..access import AccessKind
from ..aws.statements import account_of
from ..store.errors import StoreError, StoreLockedError
from .asking import INTERRUPTED, Administrator, moment_of
from .interrupted import in_words
from .journal import Journal, JournalError
from .progress import Teller
from .refusals import Refusal, RefusedError, Stopped, refused
from .waiting import Waiter

__all__ = ["check_account", "check_going_on", "guarded"]

_Answer = TypeVar("_Answer")


def guarded(
    work: Callable[[], _Answer],
    *,
    teller: Teller,
    journal: Journal,
    account_id: str,
    names: Iterable[tuple[AccessKind, str]],
) -> _Answer | Stopped:
    """Do it, and say how it ended where it did not come to its end."""
    try:
        return work()
    except RefusedError as error:
        refusal = error.refusal
    except StoreLockedError as error:
        who = f" (process {error.holder})" if error.holder else ""
        refusal = Refusal(
            cause="locked",
            sentence=f"Another bucketlight{who} is making or taking back the same just now.",
            fix="Wait until it is done, then run the same again.",
            again=True,
        )
    except (StoreError, JournalError) as error:
        refusal = Refusal(cause="journal", sentence=str(error), fix="Mend that, then run the same again.")
    made: list[str] = []
    for kind, name in names:
        try:
            entry = journal.read(account_id, kind, name)
        except JournalError:
            continue
        made += in_words(kind, name, entry.made if entry else ())
    step = teller.sentence if teller.sentence != teller.last else None
    return Stopped(refusal=refusal, step=step or None, last=teller.last, made=tuple(made))


def check_account(asked: Administrator, account_id: str) -> datetime:
    """See that the credentials are of the account that the plan was made for, and return AWS's time.

    Raises:
        RefusedError: where they are not.
    """
    answer = asked.identity()
    arn = str(answer.get("Arn", ""))
    if account_of(arn) != account_id:
        raise refused(
            "other-account",
            f"These credentials are of account {account_of(arn) or 'unknown'}, and the plan is for account "
            f"{account_id}.",
            "Name the profile for which the plan was made, or make a new plan.",
        )
    return moment_of(answer, datetime.now(UTC))


def check_going_on(waiter: Waiter) -> None:
    """See that the person did not end it.

    Raises:
        RefusedError: where that is so.
    """
    if not waiter.wait(0):
        raise RefusedError(INTERRUPTED)
