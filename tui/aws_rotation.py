"""Replacing the access key of a dataset, as a change on the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from core.guide.fields import Choice, Field, Option, Raw, Shown, Toggle

from .aws_changes import NO_KEYRING, ChangePlan, Ended, RefusedError, Told

if TYPE_CHECKING:
    from core.access import UserAccess
    from core.dataset import Dataset, Datasource
    from core.provision.rotation.administrator import KeyAdministrator
    from core.provision.rotation.journal import RotationJournal
    from core.provision.rotation.look import Asked
    from core.provision.rotation.outcome import Outcome, RotateEvent
    from core.provision.rotation.plan import RotatePlan
    from core.provision.rotation.record import Record
    from core.provision.rotation.world import World
    from core.provision.waiting import RealWaiter

    from .engine import Engine

__all__ = ["Rotation"]

_ANOTHER_KEY = "Enter or e at home opens its setup."
_IN_MEMORY = {
    "its secret goes into the keyring at once": "its secret stays in memory until this ends",
    "in the keyring and in": "in memory and in",
}
"""What a rotation says of the keyring, and what is true where secrets are in memory."""
_DELETE_NOW = "Delete the old key now"
_MAKE_ROOM = "Delete a deactivated key"
_SWITCHES = {
    "no-room": f"“{_MAKE_ROOM}” does that.",
    "old-key-used": f"Or delete it all the same: “{_DELETE_NOW}”.",
    "settles": f"Or delete it now: “{_DELETE_NOW}”.",
    "use-unknown": f"Once you know that nobody has it: “{_DELETE_NOW}”.",
}
"""What is to be switched on for what the core advises, by the cause."""
_NOTED = {"deleted-later": "k at home does that."}
"""The same for what the core notes in a plan."""
_CHANGED = "Something has changed meanwhile. Go back with Esc, and look at the plan again."


class Rotation:
    """The access key of a datasource is replaced by a new one."""

    title = "Replace the access key"
    question = "With which administrator's profile may the key be replaced?"
    consequence = "The old key stays until the new one is proven."
    help = """The key is replaced without a moment in which none works: a second one is made and proven, Lightly \
gets it, and only then the old one is deactivated. If anything fails, the old one is used again.

A day later the old key can be deleted: come here again. Whatever interrupts it, the same goes on.

Esc while it runs stops it between two requests; what is then, stands on the screen."""

    def __init__(self, engine: Engine, dataset: Dataset, datasource: Datasource) -> None:
        self._engine = engine
        self._dataset = dataset
        self._purpose = datasource.purpose

    def fields(self) -> tuple[Field, ...]:
        """Ask how far to go, where a rotation is under way or rests; else whether room may be made."""
        from core.provision.rotation.journal import RotationJournal
        from core.provision.rotation.plan import RotationRefusedError, record_of
        from core.store.errors import StoreError

        try:
            record = record_of(self._dataset, self._purpose, RotationJournal(self._engine.setting.home).load())
        except (RotationRefusedError, StoreError):
            record = None  # planning says it, in its words
        if record is None:
            return (Toggle(name="inactive", label=_MAKE_ROOM, value=False, note="to make room for the new one"),)
        rests = record.rests
        options = (
            Option("finish", "Delete the old key", "a day later, if it is unused"),
            Option("on", "Go on", "with what was interrupted"),
            Option("back", "Go back", "to the old key; the new one goes"),
        )
        shown = tuple(option for option in options if option.value != ("on" if rests else "finish"))
        way = Choice(name="way", label="A rotation was begun", options=shown, value=shown[0].value)
        if not rests:
            return (way,)
        note = "before a day is over, or though it is used"
        now = Toggle(name="now", label=_DELETE_NOW, value=False, note=note, only_if=Shown("way", ("finish",)))
        return way, now

    def plan(self, administrator: UserAccess, raw: Raw) -> ChangePlan:
        """See `Change`."""
        from core.provision.rotation.journal import RotationJournal
        from core.provision.rotation.plan import RotationRefusedError, UserGoneError
        from core.provision.rotation.words import sentence
        from core.provision.rotation.world import WorldError
        from core.store.errors import StoreError

        world, journal = self._world(), RotationJournal(self._engine.setting.home)
        asked = _asked(raw)
        try:
            with journal.held():
                plan, _ = self._planned(administrator, asked, journal, world)
        except UserGoneError as gone:
            return ChangePlan(
                account_id=gone.record.owner.account_id,
                head=(f"Account    {gone.record.owner.account_id}", f"User       {gone.record.owner.user_name}"),
                steps=("Forget the rotation: its record, and the secrets that the keyring holds for it.",),
                notes=(str(gone),),
                carry_out=partial(self._forget, administrator, asked, gone.record),
            )
        except (RotationRefusedError, StoreError, WorldError) as error:
            raise _refused(error) from None
        return ChangePlan(
            account_id=plan.account_id,
            head=plan.head,
            steps=tuple(self._as_kept(sentence(step, plan.record)) for step in plan.steps),
            notes=tuple(" ".join(filter(None, (each.sentence, _NOTED.get(each.cause)))) for each in plan.notes),
            carry_out=partial(self._rotate, administrator, asked, plan),
        )

    def _rotate(
        self,
        administrator: UserAccess,
        asked: Asked,
        before: RotatePlan,
        tell: Callable[[Told], None],
        waiter: RealWaiter,
    ) -> Ended:
        """Plan it once more under the lock, and do it only where that is the same."""
        from core.provision.rotation.journal import RotationJournal
        from core.provision.rotation.plan import RotationRefusedError, UserGoneError
        from core.provision.rotation.run import rotate
        from core.provision.rotation.world import WorldError
        from core.store.errors import StoreError

        world, journal = self._world(), RotationJournal(self._engine.setting.home)
        try:
            with journal.held():
                plan, keys = self._planned(administrator, asked, journal, world)
                if plan.to_json() != before.to_json():
                    raise RefusedError(_CHANGED)
                outcome = rotate(
                    plan,
                    world=world,
                    administrator=keys,
                    journal=journal,
                    on_event=lambda event: tell(self._told(event, plan)),
                    waiter=waiter,
                )
        except UserGoneError:
            raise RefusedError(_CHANGED) from None
        except (RotationRefusedError, StoreError, WorldError) as error:
            raise _refused(error) from None
        return _ended(outcome, plan)

    def _forget(
        self,
        administrator: UserAccess,
        asked: Asked,
        before: Record,
        _tell: Callable[[Told], None],
        _waiter: RealWaiter,
    ) -> Ended:
        """See once more that the user is gone, and forget its rotation."""
        from core.provision.rotation.ended import forgotten
        from core.provision.rotation.journal import RotationJournal
        from core.provision.rotation.plan import RotationRefusedError, UserGoneError
        from core.provision.rotation.run import forget
        from core.provision.rotation.world import WorldError
        from core.store.errors import StoreError

        world, journal = self._world(), RotationJournal(self._engine.setting.home)
        try:
            with journal.held():
                try:
                    self._planned(administrator, asked, journal, world)
                except UserGoneError as gone:
                    if gone.record != before:
                        raise RefusedError(_CHANGED) from None
                    forget(before, world=world, journal=journal)
                else:
                    raise RefusedError(_CHANGED)
        except (RotationRefusedError, StoreError, WorldError) as error:
            raise _refused(error) from None
        ending = forgotten(before)
        return Ended(ending.headline, (*ending.lines, _ANOTHER_KEY), ending.well)

    def _as_kept(self, sentence: str) -> str:
        """Say where secrets go: in the demo they stay in memory."""
        from core.store.secrets import MemorySecretStore

        if not isinstance(self._engine.secrets, MemorySecretStore):
            return sentence
        for of_a_keyring, of_memory in _IN_MEMORY.items():
            sentence = sentence.replace(of_a_keyring, of_memory)
        return sentence

    def _told(self, event: RotateEvent, plan: RotatePlan) -> Told:
        told = _told(event, plan)
        return replace(told, sentence=self._as_kept(told.sentence))

    def _world(self) -> World:
        from core.provision.rotation.world import World

        engine = self._engine
        secrets = engine.secrets
        if engine.secrets_problem:
            raise RefusedError(NO_KEYRING)
        named = engine.setting.platform_url
        return World(datasets=engine.datasets, secrets=secrets, checker=engine.checker, platform_url=named)

    def _planned(
        self, administrator: UserAccess, asked: Asked, journal: RotationJournal, world: World
    ) -> tuple[RotatePlan, KeyAdministrator]:
        from core.aws.session import Clients, iam_endpoint
        from core.provision.rotation.administrator import KeyAdministrator
        from core.provision.rotation.look import plan_rotation, source_of

        records = journal.load()
        source = source_of(self._dataset, self._purpose, records)
        keys = KeyAdministrator(
            Clients(may_change=True),
            administrator,
            region=source.region,
            endpoint_url=iam_endpoint(source.endpoint_url),
        )
        plan = plan_rotation(self._dataset, self._purpose, asked, world=world, administrator=keys, journal=journal)
        return plan, keys


def _asked(raw: Raw) -> Asked:
    from core.provision.rotation.look import Asked

    way = raw.get("way")
    finish = way == "finish"
    return Asked(
        finish=finish,
        delete_old=finish and raw.get("now") is True,
        back=way == "back",
        delete_inactive=raw.get("inactive") is True,
    )


def _refused(error: Exception) -> RefusedError:
    """Say why it is not begun, and what to switch on where that helps."""
    return RefusedError(" ".join(filter(None, (str(error), _SWITCHES.get(getattr(error, "cause", ""))))))


def _told(event: RotateEvent, plan: RotatePlan) -> Told:
    from core.provision.rotation.outcome import NotYet
    from core.provision.rotation.words import sentence

    said = sentence(event.step, plan.record)
    index = plan.steps.index(event.step) if event.step in plan.steps else None
    if isinstance(event, NotYet):
        return Told(index, f"{said.rstrip('.')} (not yet: {event.missing.rstrip('.')}; {event.left} s left)")
    return Told(index, said, event.done)


def _ended(outcome: Outcome, plan: RotatePlan) -> Ended:
    from core.provision.rotation.administrator import LeftError
    from core.provision.rotation.ended import ended
    from core.provision.rotation.outcome import Rotated, Stopped

    ending = ended(outcome, plan.goal)
    lines = ending.lines
    if isinstance(outcome, Stopped):
        left = outcome.reason == str(LeftError())  # whoever stopped it need not be told so
        lines = ((outcome.holds,) if left else lines) + ("k goes on.",)
    elif isinstance(outcome, Rotated) and not outcome.deleted:
        lines = (*lines, "Come here again after a day to delete it, or sooner to go back to it.")
    return Ended(ending.headline, lines, ending.well)
