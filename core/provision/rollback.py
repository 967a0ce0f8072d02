"""Taking back what a run made that did not come to its end, and only that: looked at, shown, then done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..access import AccessKind, UserAccess, mask_key_id
from ..aws.session import Clients
from ..store.secrets import SecretStore
from .asking import Administrator
from .differences import is_ours, statements_of
from .explain import not_seen
from .found import RUN, Found, KeyFound, PrincipalFound
from .journal import ADOPTED, Entry, Journal, leftovers
from .looking import look_at
from .making import Maker
from .plan_values import PlannedStep, StepKind
from .progress import Progress, Teller
from .refusals import Refusal, RefusedError, Stopped
from .stopping import check_account, guarded
from .undo import take_back
from .undo_plan import our_part, undo_plan_for
from .waiting import RealWaiter, Waiter

__all__ = ["RollBack", "roll_back", "what_goes_back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBack:
    """What is taken back, or was, and what stays as the run left it; each is a sentence."""

    steps: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()


def what_goes_back(
    entry: Entry,
    administrator: UserAccess,
    *,
    secrets: SecretStore,
    journal: Journal,
    clients: Clients | None = None,
    waiter: Waiter | None = None,
) -> RollBack | Refusal:
    """Say what `roll_back` would do now. It changes nothing."""
    try:
        there, found = _look(entry, administrator, secrets, journal, clients, waiter or RealWaiter())
        steps = _steps(entry, there, found)
    except RefusedError as error:
        return error.refusal
    return RollBack(steps=tuple(step.sentence for step in steps), stays=tuple(_stays(entry, there, steps)))


def roll_back(
    entry: Entry,
    administrator: UserAccess,
    *,
    secrets: SecretStore,
    journal: Journal,
    tell: Callable[[Progress], None] = lambda _: None,
    clients: Clients | None = None,
    waiter: Waiter | None = None,
) -> RollBack | Stopped:
    """Take back what the runs of one entry of the journal made; return what was done.

    A user or role that was ours before, or that somebody else went on with, stays without the keys that these runs
    made; so does one that was adopted, without the statements that these runs put where none of ours stood before.
    """
    waiter, clients = waiter or RealWaiter(), clients or Clients(may_change=True)
    teller = Teller(tell, total=0)

    def work() -> RollBack:
        asked = Administrator(
            administrator,
            region=entry.region,
            endpoint_url=entry.endpoint_url,
            clients=clients,
            waiter=waiter,
            asked_to_wait=teller.retrying,
        )
        now = check_account(asked, entry.account_id)
        with journal.open(entry.account_id, entry.kind, entry.name) as writer:
            begun = writer.entry
            if begun is None:
                return RollBack()
            maker = Maker(begun.account_id, begun.kind, begun.name, begun.dataset, asked, secrets, writer, waiter)
            if begun.made:
                maker.look(fresh=True)  # what was made just now IAM may not know everywhere yet
            there, found = _look(begun, administrator, secrets, journal, clients, waiter)
            steps = _steps(begun, there, found)
            stays = tuple(_stays(begun, there, steps))
            if there is None or not there.is_ours(begun.dataset):
                if there is None and begun.created:
                    maker.forget()  # nothing is there that it would open
                writer.close()
                return RollBack(stays=stays)
            teller.total = len(steps)
            take_back(
                maker,
                steps,
                teller,
                at=now,
                # The external ID that the run gave to a role, where the role does not demand it any more.
                forget=maker.forget
                if entry.kind is AccessKind.DELEGATED and any(step.kind is StepKind.TRUST for step in steps)
                else None,
                endpoint_url=entry.endpoint_url,
                region=entry.region,
            )
            return RollBack(steps=tuple(step.sentence for step in steps), stays=stays)

    return guarded(work, teller=teller, journal=journal, account_id=entry.account_id, names=[(entry.kind, entry.name)])


def _look(
    entry: Entry,
    administrator: UserAccess,
    secrets: SecretStore,
    journal: Journal,
    clients: Clients | None,
    waiter: Waiter,
) -> tuple[PrincipalFound | None, Found]:
    found = look_at(
        administrator,
        ((entry.kind, entry.name),),
        secrets=secrets,
        journal=journal,
        region=entry.region,
        endpoint_url=entry.endpoint_url,
        clients=clients,
        waiter=waiter,
    )
    if isinstance(found, Refusal):
        raise RefusedError(found)
    if found.hidden:
        raise RefusedError(not_seen(found.hidden[0]))
    return found.principal(entry.kind, entry.name), found


def _steps(entry: Entry, there: PrincipalFound | None, found: Found) -> tuple[PlannedStep, ...]:
    if there is None or not there.is_ours(entry.dataset):
        return ()
    ours = [key for key in there.keys if _of_this_run(key, entry, found)]
    # Somebody else may have made it meanwhile, or have gone on with it: then it is theirs too.
    alone = len(ours) == len(there.keys) and entry.mark is not None and there.tag(RUN) == entry.mark
    if entry.created and alone:
        plan = undo_plan_for(entry.dataset, found, endpoint_url=entry.endpoint_url)
        if isinstance(plan, Refusal):
            raise RefusedError(plan)
        return plan.steps
    if ADOPTED in entry.made:
        return tuple(
            our_part(
                there,
                entry.dataset,
                [key.access_key_id for key in ours],
                policy=f"{StepKind.POLICY} {there.name}" in entry.fresh,
                trust=StepKind.TRUST in entry.fresh,
            )
        )
    return tuple(
        PlannedStep(
            kind=StepKind.REMOVE_KEY,
            access=AccessKind.USER,
            principal=entry.name,
            sentence=f"Delete the access key {mask_key_id(key.access_key_id)}, which the run made that broke off.",
            value=key.access_key_id,
        )
        for key in ours
    )


def _of_this_run(key: KeyFound, entry: Entry, found: Found) -> bool:
    """Tell whether these runs made a key: they kept it, or were about to write that down, or lost it."""
    made = {attempt.key_id for attempt in entry.attempts}
    kept = key.access_key_id in found.kept_keys and key.access_key_id in leftovers(entry, [key], ())
    return key.access_key_id in made or kept or key.access_key_id in found.leftovers


def _stays(entry: Entry, there: PrincipalFound | None, steps: tuple[PlannedStep, ...]) -> Iterator[str]:
    """Say what these runs changed and is not taken back: how it was before is not known any more."""
    if there is None:
        return
    about = f"{there.kind.entity} {there.name}"
    kinds = {step.kind for step in steps}
    if kinds & {StepKind.REMOVE_USER, StepKind.REMOVE_ROLE}:
        return
    if not there.is_ours(entry.dataset):
        yield f"The {about} stays as it is: it does not bear our tags."
        return
    made = {thing.partition(" ")[0] for thing in entry.made}
    if entry.created:
        yield f"The {about} stays: somebody else made it, or went on with it."
    if StepKind.BOUNDARY in made:
        yield f"The permissions boundary of the {about} stays as the run set it."
    if StepKind.SESSION in made:
        yield f"The longest session of the {about} stays 12 hours (43,200 seconds)."
    if StepKind.POLICY in made and not kinds & {StepKind.POLICY, StepKind.REMOVE_POLICY}:
        yield f"Our statements in the inline policy of the {about} stay as the run wrote them."
    if StepKind.TRUST in made and StepKind.TRUST not in kinds and any(map(is_ours, statements_of(there.trust))):
        yield f"Our statement in the trust policy of the {about} stays as the run wrote it."
