"""The access keys of an IAM user, as an administrator reads and changes them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ...access import Secret, UserAccess, mask_key_id
from ..asking import Administrator, LostAnswerError, moment_of
from ..found import ADOPTED_BY, Caller, KeyFound, LastUse
from ..looking import Reader
from ..plan import KEY_TAG
from ..refusals import RefusedError
from ..waiting import RealWaiter, Waiter
from ..wanted import CREATED_BY

if TYPE_CHECKING:
    from ...aws.session import Clients
    from ..refusals import Refusal

__all__ = ["AnswerLostError", "KeyAdministrator", "KeysError", "LeftError", "TooManyKeysError"]

_CUT_OFF = timedelta(seconds=1)
"""What HTTP's Date may leave out: of two moments the later one is not to seem the earlier one."""


class KeysError(Exception):
    """A request that did not succeed. The text is a sentence or two for the screen, without a secret.

    `gone`: there is no such user or key.
    """

    def __init__(self, sentence: str, *, gone: bool = False) -> None:
        super().__init__(sentence)
        self.gone = gone


class TooManyKeysError(KeysError):
    """The user has two keys, the most that AWS allows (IAM quotas)."""


class AnswerLostError(KeysError):
    """A key may have been made, and the answer did not come."""


class LeftError(Exception):
    """The person ended it while AWS was to be asked once more; that request was not carried out."""

    def __init__(self) -> None:
        super().__init__("It was left before its end.")


class KeyAdministrator:
    """Reads and changes the keys of IAM users with an administrator's credentials.

    `clients` are such that may change something. `endpoint_url` is None for AWS. Requests that may be repeated are
    repeated where AWS asks for patience or does not answer. Every method may raise `LeftError`.
    """

    def __init__(
        self,
        clients: Clients,
        access: UserAccess,
        *,
        region: str,
        endpoint_url: str | None,
        waiter: Waiter | None = None,
    ) -> None:
        self._clients = clients
        self._region = region
        self.endpoint_url = endpoint_url
        self.access = access
        self._ahead = timedelta(0)
        self.wait_with(waiter or RealWaiter())

    def wait_with(self, waiter: Waiter, asked_to_wait: Callable[[int], None] = lambda _: None) -> None:
        """Wait with this from now on between two tries. `asked_to_wait` is told the seconds until the next one."""
        self._waiter = waiter
        self._asked_to_wait = asked_to_wait

    def now(self) -> datetime:
        """Return the time by AWS's clock, at most a second late; by this machine's until AWS has answered."""
        return datetime.now(UTC) + self._ahead

    def identity(self, access: UserAccess | None = None) -> Caller:
        """Ask whose a key is: the administrator's own, or another one.

        Raises:
            KeysError: where there is no answer, or the key is not taken.
        """
        signer = access or self.access
        with _said(signer), _understood("GetCallerIdentity"):
            answer = self._asked(signer).identity()
            self._heard(answer)
            arn = str(answer["Arn"])
            return Caller(arn=arn, account_id=str(answer["Account"]), partition=arn.split(":")[1])

    def alias(self) -> str | None:
        """Return the account's alias; None where it has none, or it may not be read."""
        try:
            with _said(self.access):
                return Reader(self._asked()).alias()
        except KeysError:
            return None

    def keys(self, user_name: str) -> tuple[KeyFound, ...]:
        """Return the user's keys.

        Raises:
            KeysError: where they cannot be read.
        """
        with _said(self.access), _understood("ListAccessKeys"):
            keys, at = Reader(self._asked()).keys(user_name, fresh=False)
            self._set_clock(at)
            return keys

    def last_use(self, key_id: str) -> LastUse | None:
        """Return when a key was used last; None where that cannot be read."""
        try:
            answer = self._send("get_access_key_last_used", f"key {mask_key_id(key_id)}", AccessKeyId=key_id)
        except KeysError:
            return None
        found = answer.get("AccessKeyLastUsed")
        if not isinstance(found, Mapping):
            return None
        at = found.get("LastUsedDate")
        # Where it never was used, service and region are "N/A".
        return LastUse(at, found.get("ServiceName"), found.get("Region")) if at else LastUse(None)

    def create(self, user_name: str) -> UserAccess:
        """Make a key, with a single request: there is no way to repeat it without making two.

        Only what AWS certainly did not carry out is sent again.

        Raises:
            TooManyKeysError: the user has two.
            AnswerLostError: it is not known whether one was made.
            KeysError: none was made.
        """
        with _said(self.access):
            try:
                answer = self._asked().iam_once("create_access_key", f"user {user_name}", UserName=user_name)
                self._heard(answer)
                key = answer["AccessKey"]
                return UserAccess(str(key["AccessKeyId"]), Secret(str(key["SecretAccessKey"])))
            except (LostAnswerError, LookupError, TypeError, ValueError):
                raise AnswerLostError(
                    "No answer came to CreateAccessKey, or one that is not AWS's (a login page of the network, a "
                    "proxy)."
                ) from None

    def set_active(self, user_name: str, key_id: str, *, active: bool) -> None:
        """Activate a key, or deactivate it; one that is deleted is as good as deactivated.

        Raises:
            KeysError: where it is not known to be done.
        """
        status = "Active" if active else "Inactive"
        try:
            self._send("update_access_key", f"user {user_name}", UserName=user_name, AccessKeyId=key_id, Status=status)
        except KeysError as error:
            if active or not error.gone:
                raise

    def delete(self, user_name: str, key_id: str) -> None:
        """Delete a key, where there is one.

        Raises:
            KeysError: where it is not known to be done.
        """
        try:
            self._send("delete_access_key", f"user {user_name}", UserName=user_name, AccessKeyId=key_id)
        except KeysError as error:
            if not error.gone:
                raise

    def describe(self, user_name: str, key_id: str) -> None:
        """Describe a key as one that bucketlight made, as `provision` does, where the user is one of ours.

        That serves `undo`, and is left out where it may not be done.
        """
        with contextlib.suppress(KeysError):
            tags = self._tags(user_name)
            if not tags.keys().isdisjoint({CREATED_BY[0], ADOPTED_BY[0]}) and tags.get(key_id) != KEY_TAG:
                tag = [{"Key": key_id, "Value": KEY_TAG}]
                self._send("tag_user", f"user {user_name}", UserName=user_name, Tags=tag)

    def described(self, user_name: str) -> frozenset[str] | None:
        """Name the keys that somebody described, bucketlight on another machine or the console; None where unreadable.

        A key of ours is described once its secret is kept.
        """
        try:
            return frozenset(self._tags(user_name))
        except KeysError:
            return None

    def forget_description(self, user_name: str, key_id: str) -> None:
        """Take away the description of a key that is deleted; it is left out where it may not be done."""
        with contextlib.suppress(KeysError):
            if self._tags(user_name).get(key_id) == KEY_TAG:
                self._send("untag_user", f"user {user_name}", UserName=user_name, TagKeys=[key_id])

    def _tags(self, user_name: str) -> dict[str, str]:
        answer = self._send("get_user", f"user {user_name}", UserName=user_name)
        with _understood("GetUser"):
            return {str(tag["Key"]): str(tag["Value"]) for tag in answer["User"].get("Tags", ())}

    def _send(self, method: str, about: str, **parameters: Any) -> Mapping[str, Any]:
        with _said(self.access):
            answer = self._asked().iam(method, about, **parameters)
        self._heard(answer)
        return answer

    def _asked(self, signer: UserAccess | None = None) -> Administrator:
        return Administrator(
            signer or self.access,
            region=self._region,
            endpoint_url=self.endpoint_url,
            clients=self._clients,
            waiter=self._waiter,
            asked_to_wait=self._asked_to_wait,
        )

    def _heard(self, answer: Mapping[str, Any]) -> None:
        self._set_clock(moment_of(answer, datetime.now(UTC)))

    def _set_clock(self, at: datetime) -> None:
        self._ahead = at - datetime.now(UTC) + _CUT_OFF


@contextlib.contextmanager
def _said(signer: UserAccess) -> Iterator[None]:
    """Say a refusal in the words of a rotation."""
    try:
        yield
    except RefusedError as error:
        if error.refusal.cause == "interrupted":
            raise LeftError from None
        raise _explained(error.refusal, error.code, signer) from None


def _explained(refusal: Refusal, code: str | None, signer: UserAccess) -> KeysError:
    call = refusal.evidence.call if refusal.evidence else "the request"
    match refusal.cause:
        case "access-denied":
            return KeysError(f"{refusal.sentence} Ask for that permission, or name another profile.")
        case "two-keys":
            return TooManyKeysError("The user has two access keys, the most that AWS allows.")
        case "credentials-expired":
            return KeysError(f"AWS does not take the key {mask_key_id(signer.access_key_id)} for {call} ({code}).")
    if code == "NoSuchEntity":
        return KeysError(f"AWS knows no such user or key ({call}).", gone=True)
    if refusal.again:
        heard = refusal.evidence is not None and refusal.evidence.status is not None
        way = "Try again in a minute." if heard else "Look at the network of this machine, then try again."
        return KeysError(f"{refusal.sentence} {way}")
    return KeysError(f"{refusal.sentence} {refusal.fix}")


@contextlib.contextmanager
def _understood(call: str) -> Iterator[None]:
    """Say that an answer lacks what AWS's have."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError):
        raise KeysError(
            f"Something answered {call} that is not AWS: look for a login page of the network, or a proxy."
        ) from None
