"""Replacing an access key by a new one, so that no dataset is without a working key at any moment.

What follows what stands in `record`. Here each step is carried out, written down before and after; whatever ends
the program in between, the next run goes on from there.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from typing import assert_never

from ...access import UserAccess, mask_key_id
from ...lights.propagation import Ended, Waiting
from ...store.errors import StoreError
from ..found import KeyFound
from ..journal import JournalError
from ..waiting import RealWaiter, Waiter
from .administrator import AnswerLostError, KeyAdministrator, KeysError, LeftError, TooManyKeysError
from .before import NotBegunError, see_what_works
from .journal import RotationJournal
from .outcome import NotYet, Outcome, Progress, Rotated, RotateEvent, Stopped, WentBack
from .places import Places
from .plan import RotatePlan, RotationRefusedError, is_stray
from .record import ASKED_FOR, Record, Step, next_step
from .words import holds, moment
from .world import World, WorldError

__all__ = ["forget", "rotate"]

_TRIES = 3
_LOOK_AGAIN = (1.0, 2.0, 4.0, 8.0)
"""Seconds after which it is looked whether a key was made whose answer was lost."""


class _FailedError(Exception):
    """A step did not succeed; forward it is a reason to go back. The text is for the screen."""


class _StandError(Exception):
    """Neither on nor back is safe now. The text is for the screen."""


def rotate(
    plan: RotatePlan,
    *,
    world: World,
    administrator: KeyAdministrator,
    journal: RotationJournal,
    on_event: Callable[[RotateEvent], None],
    waiter: Waiter | None = None,
) -> Outcome:
    """Carry a plan out, and return how it ended. Blocks for as long as it takes: some seconds, at most some minutes.

    To be called while the journal is `held`. `on_event` is called from this thread. `waiter` ends it between two
    requests. An interrupt passes through; what was done until then is written down.
    """
    waiter = waiter or RealWaiter()
    rotation = _Rotation(plan, world, administrator, journal, on_event, waiter)
    administrator.wait_with(waiter, rotation.asked_to_wait)
    return rotation.run()


def forget(record: Record, *, world: World, journal: RotationJournal) -> None:
    """Forget a rotation whose user is gone. To be called while the journal is `held`.

    Raises:
        StoreError, WorldError: where journal or keyring cannot be reached.
    """
    for key_id in (record.new_key, record.old_key):
        if key_id is not None:
            world.unshelve(record.owner, key_id)
    journal.remove(record)


class _Rotation:
    def __init__(
        self,
        plan: RotatePlan,
        world: World,
        administrator: KeyAdministrator,
        journal: RotationJournal,
        on_event: Callable[[RotateEvent], None],
        waiter: Waiter,
    ) -> None:
        self._goal = plan.goal
        self._goes_on = plan.goes_on
        self._record = plan.record
        self._world = world
        self._admin = administrator
        self._journal = journal
        self._on_event = on_event
        self._waiter = waiter
        self._step = Step.BEFORE

    def asked_to_wait(self, seconds: int) -> None:
        """Tell that AWS asks for patience."""
        self._on_event(NotYet(self._step, "AWS asks for patience.", seconds, seconds))

    def run(self) -> Outcome:
        try:
            self._start()
            while (step := next_step(self._record, self._goal)) is not None:
                self._sleep(0.0)
                self._do(step)
            return self._end()
        except (_StandError, NotBegunError, StoreError, JournalError, WorldError, LeftError) as error:
            return Stopped(self._record, str(error), holds(self._record))

    def _start(self) -> None:
        if not self._goes_on:
            self._on_event(Progress(Step.BEFORE, done=False))
            record = see_what_works(self._record, self._world)
            try:
                self._journal.save(record)
            except StoreError:
                with contextlib.suppress(WorldError):
                    self._world.unshelve(record.owner, record.old_key)
                raise
            self._record = record
            self._journal.take_late(record.owner)
            self._on_event(Progress(Step.BEFORE, done=True))
        self._write(self._record.heading(self._goal))

    def _do(self, step: Step) -> None:
        try:
            if step is Step.PLATFORM and step not in self._record.begun:
                # Where it does not even answer nothing was sent, so the way back does not need it.
                for place in self._places.at_platform():
                    self._world.platform_keys(place)
            self._step = step
            self._write(self._record.beginning(step))
            self._on_event(Progress(step, done=False))
            self._act(step)
        except (_FailedError, WorldError, KeysError) as error:
            # Once the old key may be deactivated or deleted it depends; on the way back there is no other way.
            if self._record.back is not None or step in {Step.DEACTIVATE, Step.DELETE_OLD}:
                raise _StandError(str(error)) from None
            self._write(self._record.turned(str(error)))
            return
        self._write(self._record.having(step))
        self._on_event(Progress(step, done=True))

    def _end(self) -> Outcome:
        record = self._record
        if record.back is None and Step.DELETE_OLD not in record.done:
            return Rotated(record, deleted=False)
        if record.asked:
            try:
                self._sweep()
            except (KeysError, _FailedError) as error:
                raise _StandError(f"A key may have been made of which nobody knows. {error}") from None
            self._journal.leave_late(record, self._admin.now())
        forget(record, world=self._world, journal=self._journal)
        return Rotated(record, deleted=True) if record.back is None else WentBack(record, record.back)

    def _write(self, record: Record) -> None:
        """Write it down, then believe it."""
        if record != self._record:
            self._journal.save(record)
            self._record = record

    def _act(self, step: Step) -> None:
        match step:
            case Step.BEFORE:
                raise AssertionError("it is not a step of the record")
            case Step.REMOVE_INACTIVE:
                self._remove_inactive()
            case Step.CREATE:
                self._create()
                self._admin.describe(self._record.owner.user_name, self._record.new_key or "")
            case Step.PROVE:
                self._wait(step, lambda: self._places.missing_here(self._new()))
            case Step.PLATFORM:
                self._places.tell_platform(self._new())
            case Step.VERIFY:
                self._wait(step, self._places.missing_there)
            case Step.LOCAL | Step.LOCAL_BACK:
                self._places.use_here(self._new() if step is Step.LOCAL else self._old())
            case Step.DEACTIVATE:
                self._deactivate()
            case Step.PROVE_ALONE:
                self._prove_alone()
            case Step.DELETE_OLD:
                self._refuse_if_used(self._record.old_key)
                self._delete(self._record.old_key)
            case Step.ACTIVATE:
                self._admin.set_active(self._record.owner.user_name, self._record.old_key, active=True)
            case Step.PROVE_AGAIN:
                self._prove_again()
            case Step.PLATFORM_BACK:
                self._places.tell_platform(self._old(), back=True)
            case Step.PROVE_OLD:
                self._wait(step, lambda: self._places.missing_here(self._old()) or self._places.missing_there())
            case Step.DELETE_NEW:
                self._delete_new()
            case _:
                assert_never(step)

    # The keys in AWS.

    def _remove_inactive(self) -> None:
        key_id = self._record.remove_first or ""
        keys = self._admin.keys(self._record.owner.user_name)
        if any(each.access_key_id == key_id and each.active for each in keys):
            raise _FailedError(f"The key {mask_key_id(key_id)} was activated meanwhile, so it is not deleted.")
        self._admin.delete(self._record.owner.user_name, key_id)

    def _create(self) -> None:
        user = self._record.owner.user_name
        for _ in range(_TRIES):
            asked = self._record.asked
            if (found := self._adopt()) is not None:
                # Its secret is here, so the last request is the one that was answered.
                self._write(dataclasses.replace(self._record, new_key=found, asked=asked[:-1]))
                return
            self._write(dataclasses.replace(self._record, asked=(*asked, self._admin.now())))
            try:
                made = self._admin.create(user)
            except AnswerLostError as error:
                self._await_late_key(str(error))
                continue
            except (KeysError, LeftError) as error:
                self._write(dataclasses.replace(self._record, asked=asked))
                if not isinstance(error, TooManyKeysError):
                    raise
                # One that was on its way has arrived meanwhile, or somebody made another one.
                self._await_late_key(str(error))
                continue
            try:
                self._world.shelve(self._record.owner, made)
            except WorldError as error:
                self._admin.delete(user, made.access_key_id)
                self._write(dataclasses.replace(self._record, asked=asked))
                raise _FailedError(str(error)) from None
            self._write(dataclasses.replace(self._record, new_key=made.access_key_id, asked=asked))
            return
        raise _FailedError("AWS's answers with the new key were lost, three times. Try again later.")

    def _adopt(self) -> str | None:
        """Return the key that this rotation made before, if its secret is in the keyring; delete one whose is not."""
        for key in self._unknown():
            key_id = key.access_key_id
            if self._world.shelved(self._record.owner, key_id) is not None:
                return key_id
            if not self._is_stray(key):
                raise _FailedError(
                    f"Somebody made another key for the user meanwhile: {mask_key_id(key_id)}, on "
                    f"{moment(key.created_at)}. Find out who uses it; it has to go before the old one can be replaced."
                )
            self._admin.delete(self._record.owner.user_name, key_id)
        return None

    def _unknown(self) -> tuple[KeyFound, ...]:
        keys = self._admin.keys(self._record.owner.user_name)
        return tuple(key for key in keys if key.access_key_id not in self._record.known)

    def _is_stray(self, key: KeyFound) -> bool:
        try:
            return is_stray(key, self._record, described=self._admin.described, last_use=self._admin.last_use)
        except RotationRefusedError as error:
            raise _StandError(str(error)) from None

    def _await_late_key(self, why: str) -> None:
        """Give a key the time to appear that is there, or may be."""
        for seconds in (0.0, *_LOOK_AGAIN):
            self._sleep(seconds)
            if self._unknown():
                return
        if not self._record.asked:
            raise _FailedError(
                f"{why} Somebody made another key for the user meanwhile. Look in the IAM console who uses it; it has "
                "to go before the old one can be replaced."
            )
        raise _StandError(
            f"{why} It is not known whether a key was made. Run the same again in a minute: it looks, and deletes a "
            "key that nobody knows."
        )

    def _deactivate(self) -> None:
        record = self._record
        if user := self._places.user_of(record.old_key):
            raise _FailedError(f"{user} uses the old key again: something changed it meanwhile. Go back to it.")
        self._admin.set_active(record.owner.user_name, record.old_key, active=False)

    def _prove_alone(self) -> None:
        self._wait(Step.PROVE_ALONE, lambda: self._places.missing_here(self._new()) or self._places.missing_there())
        self._write(dataclasses.replace(self._record, rests_since=self._admin.now()))

    def _prove_again(self) -> None:
        try:
            self._wait(Step.PROVE_AGAIN, lambda: self._places.missing_here(self._old()))
        except _FailedError as error:
            way = "Run the same again in some minutes"
            if self._record.back == ASKED_FOR:
                way += ", or do not go back: the new key is used everywhere, and stays"
            raise _FailedError(
                f"The old key is activated and does not work yet, so nothing was given it. {error} {way}."
            ) from None

    def _delete_new(self) -> None:
        record = self._record
        # IAM's lists lag behind: the new key is deleted whether it is listed yet or not.
        for key_id in (*((record.new_key,) if record.new_key else ()), *self._lost()):
            self._delete_unused(key_id)

    def _lost(self) -> tuple[str, ...]:
        """Name the keys that were asked for and are not written down as the new one."""
        record = self._record
        return tuple(
            key.access_key_id
            for key in self._unknown()
            if key.access_key_id != record.new_key
            and (self._world.shelved(record.owner, key.access_key_id) is not None or self._is_stray(key))
        )

    def _sweep(self) -> None:
        """Delete what arrived at last of what was asked for."""
        for key_id in self._lost():
            self._delete_unused(key_id)

    def _delete_unused(self, key_id: str) -> None:
        self._refuse_if_used(key_id)
        self._delete(key_id)
        self._world.unshelve(self._record.owner, key_id)

    def _delete(self, key_id: str) -> None:
        user = self._record.owner.user_name
        self._admin.forget_description(user, key_id)
        self._admin.delete(user, key_id)

    def _refuse_if_used(self, key_id: str) -> None:
        if user := self._places.user_of(key_id):
            raise _FailedError(f"The key {mask_key_id(key_id)} is still used by {user}, so it is not deleted.")

    @property
    def _places(self) -> Places:
        return Places(self._record, self._world)

    def _wait(self, step: Step, look: Callable[[], str | None]) -> None:
        """Try until nothing is missing twice in a row, for a minute at most."""
        waiting = Waiting.begin(self._waiter.now())
        while True:
            missing = look()
            now = self._waiter.now()
            outcome = waiting.after(passed=missing is None, now=now)
            if outcome is Ended.WORKS:
                return
            if not isinstance(outcome, Waiting):
                raise _FailedError(missing or "It worked the last time only, and a minute is over.")
            waiting = outcome
            if missing is not None:
                self._on_event(NotYet(step, missing, waiting.next_in(now), waiting.left(now)))
            self._sleep(waiting.due - now)

    def _sleep(self, seconds: float) -> None:
        if not self._waiter.wait(max(0.0, seconds)):
            raise LeftError

    # The keys themselves.

    def _old(self) -> UserAccess:
        return self._shelved(self._record.old_key)

    def _new(self) -> UserAccess:
        return self._shelved(self._record.new_key or "")

    def _shelved(self, key_id: str) -> UserAccess:
        found = self._world.shelved(self._record.owner, key_id)
        if found is None:
            raise _FailedError(f"The secret of the key {mask_key_id(key_id)} is not in the keyring any more.")
        return found
