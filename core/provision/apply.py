"""Making what a plan says, step by step, with a journal: whatever ends it wherever, the next run goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from ..access import DelegatedAccess, UserAccess
from ..aws.session import Clients
from ..store.secrets import SecretStore
from .asking import Administrator
from .journal import Journal, Task
from .making import Maker
from .plan_values import AwsPlan, Note, StepKind
from .progress import Progress, ProgressState, Teller
from .refusals import RefusedError, Stopped
from .spreading import key_answers, wait_until
from .stopping import check_account, check_going_on, guarded
from .waiting import RealWaiter, Waiter
from .wanted import Wanted

__all__ = ["WAITING", "Made", "Progress", "ProgressState", "apply"]

WAITING = "Wait until AWS knows everywhere what was made."
"""What follows the steps of a plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """All is there.

    Attributes:
        access: the key, or the role with its external ID, of each that was wanted. `secrets` holds it too.
        arns: the ARN of each user or role.
        works: whether AWS answered to all that was made, twice in a row; where not, it may still be spreading. True
            where nothing was made.
        steps: the sentences of what was done; empty where all was there already.
        notes: those of the plan.
    """

    access: Mapping[Wanted, UserAccess | DelegatedAccess]
    arns: Mapping[Wanted, str]
    works: bool
    steps: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def apply(
    plan: AwsPlan,
    administrator: UserAccess,
    *,
    secrets: SecretStore,
    journal: Journal,
    tell: Callable[[Progress], None] = lambda _: None,
    clients: Clients | None = None,
    waiter: Waiter | None = None,
) -> Made | Stopped:
    """Make what a plan says, and wait until it works (60 s at most).

    Each secret is kept in `secrets` at once, and no key is made where that does not work. What changed in AWS since
    the plan was made stops it. `clients` are such that `may_change`. Blocks; `waiter` ends it between two requests.
    """
    waiter = waiter or RealWaiter()
    teller = Teller(tell, total=len(plan.steps) + 1)
    run = _Run(plan, administrator, secrets, journal, teller, clients or Clients(may_change=True), waiter)
    return guarded(
        run.make,
        teller=teller,
        journal=journal,
        account_id=plan.account_id,
        names=[(each.access, each.name) for each in plan.wanted],
    )


@dataclass(frozen=True, slots=True)
class _Run:
    plan: AwsPlan
    administrator: UserAccess
    secrets: SecretStore
    journal: Journal
    teller: Teller
    clients: Clients
    waiter: Waiter

    def make(self) -> Made:
        plan = self.plan
        asked = Administrator(
            self.administrator,
            region=plan.wanted[0].grants[0].region,
            endpoint_url=plan.endpoint_url,
            clients=self.clients,
            waiter=self.waiter,
            asked_to_wait=self.teller.retrying,
        )
        now = check_account(asked, plan.account_id)
        access: dict[Wanted, UserAccess | DelegatedAccess] = {}
        arns: dict[Wanted, str] = {}
        with ExitStack() as locks:
            makers = {wanted: self._maker(wanted, asked, locks) for wanted in plan.wanted}
            try:
                for wanted, maker in makers.items():
                    self._begin(wanted, maker, now)
                for wanted, maker in makers.items():
                    access[wanted], arns[wanted] = self._do(wanted, maker)
            except RefusedError as error:
                for maker in makers.values():
                    maker.end_what_made_nothing(error)
                raise
            works = self._wait(makers, access)
            for maker in makers.values():
                maker.keys.end()
        return Made(
            access=access, arns=arns, works=works, steps=tuple(step.sentence for step in plan.steps), notes=plan.notes
        )

    def _maker(self, wanted: Wanted, asked: Administrator, locks: ExitStack) -> Maker:
        return Maker(
            account_id=self.plan.account_id,
            access=wanted.access,
            name=wanted.name,
            dataset=wanted.dataset,
            asked=asked,
            secrets=self.secrets,
            writer=locks.enter_context(self.journal.open(self.plan.account_id, wanted.access, wanted.name)),
            waiter=self.waiter,
        )

    def _begin(self, wanted: Wanted, maker: Maker, now: datetime) -> None:
        steps = self.plan.steps_of(wanted)
        if not steps:
            return
        maker.see_that_it_is_as_planned(steps)
        maker.begin(Task.MAKE, steps, at=now, endpoint_url=self.plan.endpoint_url, region=wanted.grants[0].region)
        kinds = {step.kind for step in steps}
        if StepKind.TRUST in kinds:
            maker.keys.probe_keyring()  # what is kept of a role that is there holds until AWS has another external ID
        if wanted.external_id is not None and StepKind.ROLE in kinds:
            maker.keep_role_to_be(wanted.arn(self.plan.account_id), wanted.external_id)

    def _do(self, wanted: Wanted, maker: Maker) -> tuple[UserAccess | DelegatedAccess, str]:
        trust_is_new = False
        for step in self.plan.steps_of(wanted):
            check_going_on(self.waiter)
            self.teller.start(step.sentence)
            maker.do(step)
            if wanted.external_id is not None and step.kind in {StepKind.ROLE, StepKind.TRUST}:
                trust_is_new = True
                maker.keep_role(wanted.arn(self.plan.account_id), wanted.external_id)
            self.teller.done()
        return maker.result(wanted, trust_is_new=trust_is_new)

    def _wait(self, makers: Mapping[Wanted, Maker], access: Mapping[Wanted, UserAccess | DelegatedAccess]) -> bool:
        """Wait for all that was made just now, or by a run that did not come to its end."""
        waited_for = {
            wanted: maker
            for wanted, maker in makers.items()
            if maker.writer.entry is not None and maker.writer.entry.task is not Task.DONE
        }
        if not waited_for:
            return True

        def works() -> bool:
            return all(self._answers(access[wanted], maker, wanted) for wanted, maker in waited_for.items())

        self.teller.start(WAITING)
        done = wait_until(works, waiter=self.waiter, not_yet=self.teller.not_yet)
        self.teller.done()
        return done

    def _answers(self, access: UserAccess | DelegatedAccess, maker: Maker, wanted: Wanted) -> bool:
        if isinstance(access, DelegatedAccess):
            return maker.is_there()
        return key_answers(
            access, region=wanted.grants[0].region, endpoint_url=self.plan.endpoint_url, clients=self.clients
        )
