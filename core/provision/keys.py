"""Making an access key so that none is ever lost: its secret is in one answer of AWS, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..access import AccessKind, Secret, UserAccess, mask_key_id
from ..store.secrets import SecretStore, SecretUnavailableError
from .asking import INTERRUPTED, Administrator, LostAnswerError
from .found import KeyFound
from .journal import Writer, leftovers
from .looking import Reader, shelved
from .plan import KEY_TAG, MOST_KEYS
from .refusals import Refusal, RefusedError, refused
from .waiting import Waiter

__all__ = ["KeyMaker", "keyring_asked", "no_keyring"]

_ROUNDS = 3
_LATE = (1.0, 2.0, 4.0, 8.0)
"""Seconds between the looks for a key whose answer was lost: a request can arrive late, and IAM's lists lag behind."""


@dataclass(frozen=True, slots=True)
class KeyMaker:
    """Makes and deletes access keys of one user, while the lock of its journal is held."""

    account_id: str
    user: str
    dataset: str
    asked: Administrator
    secrets: SecretStore
    writer: Writer
    waiter: Waiter

    def make(self) -> None:
        """Make a key and keep its secret, unless one works whose secret is kept. None is left that nobody has.

        Raises:
            RefusedError: where none was made.
            JournalError: where the journal cannot be written.
        """
        self.probe_keyring()
        for _ in range(_ROUNDS):
            keys, at = self._reader.keys(self.user)
            kept = self._kept()
            if kept and any(key.active and key.access_key_id == kept.access_key_id for key in keys):
                return  # made since the plan was, by another run of this machine
            keys = self._without_leftovers(keys)
            if len(keys) >= MOST_KEYS:
                raise RefusedError(_two_keys(self.user))
            self.writer.attempt(at, [key.access_key_id for key in keys])
            try:
                answer = self.asked.iam_once("create_access_key", f"user {self.user}", UserName=self.user)
                made = answer["AccessKey"]
                key = UserAccess(str(made["AccessKeyId"]), Secret(str(made["SecretAccessKey"])))
            except RefusedError:
                self.writer.refused()
                raise
            except (LostAnswerError, KeyError, TypeError):
                self._await_late_key([each.access_key_id for each in keys])
                continue
            self._keep(key)
            return
        raise RefusedError(
            Refusal(
                cause="no-answer",
                sentence=f"AWS did not answer when a key of the user {self.user} was to be made, {_ROUNDS} times.",
                fix="Look at the network of this machine, then run the same again: what AWS made unheard is deleted.",
                again=True,
            )
        )

    def _without_leftovers(self, keys: tuple[KeyFound, ...], *, unknown_is_left: bool = False) -> tuple[KeyFound, ...]:
        """Delete what a lost answer left behind, and return the other keys.

        Where it may not be looked up whether such a key was used it stays: then that is refused, or nothing is said.
        """
        gone: set[str] = set()
        for key_id in sorted(leftovers(self.writer.entry, keys, self._kept_of(keys))):
            deleted = self._delete_leftover(key_id)
            if deleted:
                gone.add(key_id)
            elif deleted is None and not unknown_is_left:
                raise RefusedError(_use_unknown(self.user, key_id))
        return tuple(key for key in keys if key.access_key_id not in gone)

    def _delete_leftover(self, key_id: str) -> bool | None:
        """Delete a key whose secret nobody has, and tell whether that is so; None where that is not known.

        That it is a user of ours, and the key nobody's, is looked at right before.
        """
        there = self._reader.known(AccessKind.USER, self.user)
        if there is None or not there.is_ours(self.dataset):
            raise refused(
                "changed-meanwhile",
                f"The user {self.user} bears our tags no longer, so none of its keys is deleted.",
                "Look at the user in IAM, then run the same again.",
            )
        used = True if there.tag(key_id) is not None else self._reader.was_used(self.user, key_id)
        if used is False:
            self.delete(key_id)
        return None if used is None else not used

    def delete(self, key_id: str) -> None:
        """Delete a key, where it is still there."""
        try:
            self.asked.iam("delete_access_key", f"user {self.user}", UserName=self.user, AccessKeyId=key_id)
        except RefusedError as error:
            if error.code != "NoSuchEntity":
                raise

    def end(self) -> None:
        """End the journal. Where an answer was lost it is looked once more for what that left behind."""
        entry = self.writer.entry
        if entry is None or all(each.key_id is not None for each in entry.attempts):
            self.writer.close()  # a role's, always
            return
        keys, now = self._reader.keys(self.user)
        self._without_leftovers(keys, unknown_is_left=True)
        self.writer.end(now)

    @property
    def _reader(self) -> Reader:
        return Reader(self.asked)

    def _kept(self) -> UserAccess | None:
        with keyring_asked():
            access = self.secrets.get_made(self.account_id, AccessKind.USER, self.user)
        return access if isinstance(access, UserAccess) else None

    def _kept_of(self, keys: Collection[KeyFound]) -> frozenset[str]:
        """Name those of the keys whose secrets are kept here: as the user's, or by a rotation under their own IDs."""
        kept = self._kept()
        with keyring_asked():
            on_shelf = shelved(self.secrets, self.account_id, self.user, [key.access_key_id for key in keys])
        return on_shelf | ({kept.access_key_id} if kept else set())

    def probe_keyring(self) -> None:
        """See that a secret can be kept, before there is one: AWS tells it once.

        Raises:
            RefusedError: where it cannot.
        """
        # No name in IAM has a slash in it.
        name, probe = f"{self.user}/probe", UserAccess("AKIAPROBEPROBEPROBE0", Secret("probe"))
        with keyring_asked():
            self._put(name, probe)
            self.secrets.delete_made(self.account_id, AccessKind.USER, name)

    def _put(self, name: str, key: UserAccess) -> None:
        self.secrets.put_made(self.account_id, AccessKind.USER, name, key)
        if self.secrets.get_made(self.account_id, AccessKind.USER, name) != key:
            raise ValueError("The keyring does not keep what it is given.")

    def _keep(self, key: UserAccess) -> None:
        try:
            self._put(self.user, key)
        except (SecretUnavailableError, ValueError) as error:
            self.delete(key.access_key_id)
            self.writer.refused()
            raise RefusedError(no_keyring(error)) from None
        self.writer.kept(key.access_key_id)
        tags = [{"Key": key.access_key_id, "Value": KEY_TAG}]
        self.asked.iam("tag_user", f"user {self.user}", fresh=True, UserName=self.user, Tags=tags)

    def _await_late_key(self, existing: Collection[str]) -> None:
        """Give a request whose answer was lost the time to arrive."""
        for seconds in _LATE:
            keys, _ = self._reader.keys(self.user)
            if any(key.access_key_id not in existing for key in keys):
                return
            if not self.waiter.wait(seconds):
                raise RefusedError(INTERRUPTED)


@contextmanager
def keyring_asked() -> Iterator[None]:
    """Turn a keyring's refusal, to give or to keep, into ours.

    Raises:
        RefusedError: where it refuses.
    """
    try:
        yield
    except (SecretUnavailableError, ValueError) as error:
        raise RefusedError(no_keyring(error)) from None


def no_keyring(error: Exception) -> Refusal:
    """Say that a secret cannot be kept."""
    reason, fix = (error.reason, error.fix) if isinstance(error, SecretUnavailableError) else (str(error), "")
    return Refusal(
        cause="secret-unavailable",
        sentence=f"The secret could not be kept, so nothing was made that needs one. {reason}",
        fix=fix or "Mend the keyring, then run the same again.",
    )


def _use_unknown(user: str, key_id: str) -> Refusal:
    return Refusal(
        cause="look-up-denied",
        sentence=f"The user {user} has the access key {mask_key_id(key_id)}, which a lost answer may have left behind. "
        "Whether somebody uses it may not be looked up, so it stays.",
        fix="Allow iam:GetAccessKeyLastUsed, or delete that key in the IAM console if nobody needs it; then run the "
        "same again.",
    )


def _two_keys(user: str) -> Refusal:
    return Refusal(
        cause="two-keys",
        sentence=f"The user {user} has two access keys already, and AWS gives no third one.",
        fix="Delete in the IAM console the one that is not used, then run the same again.",
    )
