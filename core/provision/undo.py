"""Taking back what bucketlight made in AWS for a dataset, and only that: looked at, shown, then done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ..access import AccessKind, UserAccess
from ..aws.session import Clients
from ..store.secrets import SecretStore
from .asking import Administrator
from .journal import Journal, Task
from .looking import Reader
from .making import Maker
from .plan_values import PlannedStep, StepKind
from .progress import Progress, Teller
from .refusals import Stopped
from .rotation.journal import RotationJournal
from .stopping import check_account, check_going_on, guarded
from .undo_plan import UndoPlan, principals_of, undo_plan_for
from .waiting import RealWaiter, Waiter

__all__ = ["UndoPlan", "Undone", "principals_of", "take_back", "undo", "undo_plan_for"]

_ENDING = frozenset({StepKind.REMOVE_USER, StepKind.REMOVE_ROLE, StepKind.REMOVE_TAGS})
"""After these it is not ours any more, and nothing is looked for in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """All was taken back: the sentences of what was done."""

    steps: tuple[str, ...]


def undo(
    plan: UndoPlan,
    administrator: UserAccess,
    *,
    secrets: SecretStore,
    journal: Journal,
    rotations: RotationJournal | None = None,
    tell: Callable[[Progress], None] = lambda _: None,
    clients: Clients | None = None,
    waiter: Waiter | None = None,
) -> Undone | Stopped:
    """Take back what a plan says. Whose user or role it is, is looked at again right before.

    Where it ends half-way, the same again goes on: what is gone is not looked for. The `rotations` of the keys of a
    user that is deleted are forgotten. `clients` are such that `may_change`.
    """
    waiter = waiter or RealWaiter()
    teller = Teller(tell, total=len(plan.steps))

    def work() -> Undone:
        asked = Administrator(
            administrator,
            region=plan.region,
            endpoint_url=plan.endpoint_url,
            clients=clients or Clients(may_change=True),
            waiter=waiter,
            asked_to_wait=teller.retrying,
        )
        now = check_account(asked, plan.account_id)
        for access, name in plan.principals:
            Reader(asked).known(access, name)  # what may not be seen stops it before anything goes
        for access, name in plan.principals:
            with journal.open(plan.account_id, access, name) as writer:
                maker = Maker(plan.account_id, access, name, plan.dataset, asked, secrets, writer, waiter)
                steps = [step for step in plan.steps if (step.access, step.principal) == (access, name)]
                stays = any(step.kind is StepKind.REMOVE_TAGS for step in steps)
                take_back(
                    maker,
                    steps,
                    teller,
                    at=now,
                    forget=partial(_forget, maker, None if stays else rotations),
                    endpoint_url=plan.endpoint_url,
                    region=plan.region,
                )
        return Undone(steps=tuple(step.sentence for step in plan.steps))

    return guarded(work, teller=teller, journal=journal, account_id=plan.account_id, names=plan.principals)


def _forget(maker: Maker, rotations: RotationJournal | None) -> None:
    """Forget what is kept of a user or role, and what the rotations of its keys wrote down and kept."""
    maker.forget()
    if rotations is None or maker.access is not AccessKind.USER:
        return
    with rotations.held():
        for record in rotations.load():
            owner = record.owner
            if (owner.account_id, owner.user_name.lower()) == (maker.account_id, maker.name.lower()):
                maker.forget_shelved(record.ours)
                rotations.remove(record)


def take_back(
    maker: Maker,
    steps: Sequence[PlannedStep],
    teller: Teller,
    *,
    at: datetime,
    forget: Callable[[], None] | None,
    endpoint_url: str | None,
    region: str | None,
) -> None:
    """Do the steps that take one user or role back, and forget its journal. See `Maker` for what it raises.

    What is kept of it in the keyring goes with the key, the user or the role; the rest is forgotten by `forget`.
    """
    there = maker.see_that_it_is_ours()
    maker.begin(Task.UNDO, steps, at=at, endpoint_url=endpoint_url, region=region)
    for step in steps:
        check_going_on(maker.waiter)
        teller.start(step.sentence)
        maker.do(step)
        teller.done()
    if not there:
        maker.forget()
    if forget is not None:
        forget()
    if not there or any(step.kind in _ENDING for step in steps):
        maker.writer.close()
    else:
        maker.keys.end()
