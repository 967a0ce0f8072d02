"""Taking back what bucketlight made in AWS for a dataset, as a change on the screen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from core.guide.fields import Field, Raw, Text

from .aws_changes import NO_KEYRING, ChangePlan, Ended, RefusedError, Told

if TYPE_CHECKING:
    from core.access import UserAccess
    from core.dataset import Dataset, Datasource
    from core.provision.progress import Progress
    from core.provision.undo import UndoPlan
    from core.provision.waiting import RealWaiter

    from .engine import Engine

__all__ = ["TakingBack", "shown_steps"]

_AGAIN = "Enter or e at home sets it up again."
_ONLY_HERE = "Forget what this machine still keeps of it; nothing is left in AWS."


class TakingBack:
    """The user or role that was made in AWS for a dataset is deleted."""

    title = "Undo what was made in AWS"
    question = "With which administrator's profile may it be taken back?"
    consequence = "Lightly cannot reach the folder any more then. The files in the bucket stay."
    help = """This deletes the user or role that bucketlight made in AWS for the dataset, with its key and policy, and \
nothing else: what bucketlight did not make stays.

The dataset at Lightly and the files in the bucket stay as they are.

Esc while it runs stops it between two requests; the same once more goes on."""

    def __init__(self, engine: Engine, dataset: Dataset, datasource: Datasource) -> None:
        self._engine = engine
        self._dataset = dataset
        self._source = datasource

    def fields(self) -> tuple[Field, ...]:
        """Ask after what user or role was named, or what it is called."""
        note = "the dataset's name when it was made"
        other = "only where it has a name of its own"
        return (
            Text(name="made_name", label="Named after", value=self._dataset.name, note=note),
            Text(name="principal", label="User or role", value="", placeholder="lightly-reader", note=other),
        )

    def plan(self, administrator: UserAccess, raw: Raw) -> ChangePlan:
        """See `Change`."""
        from core.aws.session import Clients, iam_endpoint
        from core.provision.journal import Journal
        from core.provision.looking import look_at
        from core.provision.refusals import Refusal
        from core.provision.undo import principals_of, undo_plan_for

        engine = self._engine
        secrets = engine.secrets
        if engine.secrets_problem:
            raise RefusedError(NO_KEYRING)
        endpoint_url = iam_endpoint(self._source.endpoint_url)
        name = str(raw.get("made_name") or "").strip() or self._dataset.name
        found = look_at(
            administrator,
            principals_of(name, str(raw.get("principal") or "").strip() or None),
            secrets=secrets,
            journal=Journal(engine.setting.home),
            region=self._source.region,
            endpoint_url=endpoint_url,
            clients=Clients(may_change=True),
        )
        plan = (
            found
            if isinstance(found, Refusal)
            else undo_plan_for(name, found, endpoint_url=endpoint_url, region=self._source.region)
        )
        if isinstance(plan, Refusal):
            raise RefusedError(f"{plan.sentence} {plan.fix}")
        return ChangePlan(
            account_id=plan.account_id,
            head=plan.head,
            steps=shown_steps(plan),
            notes=tuple(note.sentence for note in plan.notes),
            carry_out=partial(self._undo, administrator, plan),
        )

    def _undo(
        self, administrator: UserAccess, plan: UndoPlan, tell: Callable[[Told], None], waiter: RealWaiter
    ) -> Ended:
        from core.aws.session import Clients
        from core.provision.journal import Journal
        from core.provision.refusals import Stopped
        from core.provision.rotation.journal import RotationJournal
        from core.provision.undo import undo
        from core.provision.undo_plan import gone_lines

        outcome = undo(
            plan,
            administrator,
            secrets=self._engine.secrets,
            journal=Journal(self._engine.setting.home),
            rotations=RotationJournal(self._engine.setting.home),
            tell=lambda event: tell(_undo_told(event)),
            clients=Clients(may_change=True),
            waiter=waiter,
        )
        if isinstance(outcome, Stopped):
            done = f"Done last: {outcome.last}" if outcome.last else "Nothing was taken back."
            why, left = outcome.refusal, outcome.refusal.cause == "interrupted"
            lines = (done, "u goes on.") if left else (f"{why.sentence} {why.fix}", done, "u goes on.")
            return Ended("Stopped.", lines, well=False)
        return Ended("It is taken back.", (*gone_lines(plan), _AGAIN), well=True)


def shown_steps(plan: UndoPlan) -> tuple[str, ...]:
    """Say what is done. Where nothing is left in AWS there still is something to agree to."""
    return tuple(step.sentence for step in plan.steps) or (_ONLY_HERE,)


def _undo_told(event: Progress) -> Told:
    from core.provision.progress import ProgressState

    match event.state:
        case ProgressState.RETRYING:
            said = f"{event.sentence.rstrip('.')} (AWS asks for patience, again in {event.next_in or 0} s)"
        case ProgressState.NOT_YET:
            said = f"{event.sentence.rstrip('.')} (not yet, {event.left or 0} s left)"
        case _:
            said = event.sentence
    return Told(event.number - 1, said, event.state is ProgressState.DONE)
