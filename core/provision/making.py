"""One user or role: each step of a plan, done in IAM and written into the journal."""

from __future__ import annotations

import contextlib
import json
import re
import secrets as random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..access import AccessKind, DelegatedAccess, Secret, UserAccess
from ..aws.statements import SESSION_SECONDS
from ..store.secrets import SecretStore
from .asking import Administrator
from .differences import is_ours, merged, same, statements_of
from .found import ADOPTED_BY, RUN, PrincipalFound
from .journal import ADOPTED, Entry, Task, Writer
from .keys import KeyMaker, keyring_asked, no_keyring
from .looking import Reader
from .plan_values import PlannedStep, StepKind
from .refusals import Refusal, RefusedError
from .waiting import Waiter
from .wanted import Wanted

__all__ = ["Maker"]

CHANGED = "changed-meanwhile"
"""The cause where AWS is not as it was when the plan was made."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Does the steps of one user or role, while the lock of its journal is held.

    Every method raises `RefusedError` where AWS or the keyring refuses, and `JournalError` where nothing can be written
    down; then the step was not done.
    """

    account_id: str
    access: AccessKind
    name: str
    dataset: str
    asked: Administrator
    secrets: SecretStore
    writer: Writer
    waiter: Waiter

    @property
    def about(self) -> str:
        """Name it: `user NAME`."""
        return f"{self.access.entity} {self.name}"

    @property
    def keys(self) -> KeyMaker:
        """Return what makes and deletes keys of this user."""
        return KeyMaker(self.account_id, self.name, self.dataset, self.asked, self.secrets, self.writer, self.waiter)

    def _send(self, kind: StepKind, *, fresh: bool = False, **parameters: Any) -> Mapping[str, Any]:
        method = re.sub(r"\B(?=[A-Z])", "_", kind.call(self.access)).lower()
        name = f"{self.access.entity.capitalize()}Name"
        return self.asked.iam(method, self.about, fresh=fresh, **{name: self.name}, **parameters)

    def look(self, *, fresh: bool = False) -> PrincipalFound | None:
        """Look at the user or role itself; None where it is known not to be there. See `Reader.known`."""
        return Reader(self.asked).known(self.access, self.name, fresh=fresh)

    def see_that_it_is_as_planned(self, steps: Sequence[PlannedStep]) -> None:
        """Look, before anything is done, whether a user or role still has to be made, or still is ours to change.

        A plan may have waited long for somebody's yes.
        """
        creates = _creates(steps)
        there = self.look(fresh=not creates)
        if creates and there is not None and not self._is_from_this_run(there):
            raise RefusedError(_changed(f"The {self.about} came to be since the plan was made."))
        if creates:
            return
        if there is None:
            raise RefusedError(_changed(f"The {self.about} is no longer there."))
        adopts = any(ADOPTED_BY in step.tags for step in steps)
        if not adopts and not there.is_ours(self.dataset):
            raise RefusedError(_changed(f"The {self.about} bears our tags no longer."))
        for step in steps:
            self._check_tags(step, there)
            self._check_boundary(step, there)

    def begin(
        self, task: Task, steps: Sequence[PlannedStep], *, at: datetime, endpoint_url: str | None, region: str | None
    ) -> None:
        """Write down what is about to be done, and when by AWS's clock. What an earlier run did not end stays.

        What one for another dataset of the same name in IAM did not end is refused, where it made something.
        """
        entry = self.writer.entry
        if entry is not None and entry.task is not Task.DONE and entry.dataset != self.dataset:
            if task is Task.MAKE and entry.made:
                raise RefusedError(_begun_for_another(self.about, entry.dataset))
            entry = replace(entry, task=Task.DONE)
        if entry is None or entry.task is Task.DONE:
            entry = Entry(
                account_id=self.account_id,
                kind=self.access,
                name=self.name,
                dataset=self.dataset,
                task=task,
                began_at=at,
                endpoint_url=endpoint_url,
                region=region,
                mark=random.token_hex(8),
                attempts=entry.attempts if entry else (),
            )
        fresh = dict.fromkeys((*entry.fresh, *(_token(step) for step in steps if _is_fresh(step))))
        self.writer.write(replace(entry, task=task, created=entry.created or _creates(steps), fresh=tuple(fresh)))

    def do(self, step: PlannedStep) -> None:
        """Do one step."""
        match step.kind:
            case StepKind.USER | StepKind.ROLE:
                self._create(step)
            case StepKind.TAGS:
                self._tag(step)
            case StepKind.BOUNDARY:
                self._bound(step)
            case StepKind.SESSION:
                self._send(step.kind, fresh=True, MaxSessionDuration=SESSION_SECONDS)
            case StepKind.POLICY | StepKind.REMOVE_POLICY:
                self._policy(step)
            case StepKind.TRUST:
                self._trust(step)
            case StepKind.KEY:
                self.keys.make()
            case StepKind.REMOVE_KEY:
                self._remove_key(step)
            case StepKind.REMOVE_TAGS:
                self._send(step.kind, TagKeys=[key for key, _ in step.tags])
            case StepKind.REMOVE_USER | StepKind.REMOVE_ROLE:
                self._delete(step.kind)
        self.writer.made(_token(step), last=step.sentence)

    def keep_role_to_be(self, arn: str, external_id: Secret) -> None:
        """Keep the external ID of a role before there is one that demands it.

        What is kept of that name already is left: it holds until AWS has another external ID, and may be another run's.
        """
        entry, kept = self.writer.entry, self._kept()
        if entry is not None and kept is None:
            self.writer.write(replace(entry, kept=True))
            self.keep_role(arn, external_id)
        elif kept != DelegatedAccess(arn, external_id):
            self.keys.probe_keyring()

    def keep_role(self, arn: str, external_id: Secret) -> DelegatedAccess:
        """Keep a role's ARN with the external ID that it demands, unless that is kept already."""
        access = DelegatedAccess(arn, external_id)
        with keyring_asked():
            if self._kept() != access:
                self.secrets.put_made(self.account_id, self.access, self.name, access)
        return access

    def _kept(self) -> UserAccess | DelegatedAccess | None:
        with keyring_asked():
            return self.secrets.get_made(self.account_id, self.access, self.name)

    def result(self, wanted: Wanted, *, trust_is_new: bool) -> tuple[UserAccess | DelegatedAccess, str]:
        """Return the access, and the ARN. With `trust_is_new`, this run gave a role its trust policy just now."""
        there = self.look(fresh=True)
        if there is None:
            raise RefusedError(_changed(f"The {self.about} is no longer there."))
        if wanted.external_id is not None:
            if not trust_is_new and not same(there.trust, merged(there.trust, wanted.trust() or {})):
                raise RefusedError(_changed(f"The trust policy of the {self.about} was changed by somebody meanwhile."))
            return self.keep_role(there.arn, wanted.external_id), there.arn
        access = self._kept()
        if not isinstance(access, UserAccess):
            raise RefusedError(no_keyring(ValueError(f"The keyring holds no key of the user {self.name}.")))
        return access, there.arn

    def is_there(self) -> bool:
        """Tell whether IAM knows it."""
        try:
            return self.look() is not None
        except RefusedError:
            return False

    def see_that_it_is_ours(self) -> bool:
        """Look at the tags once more, right before something is taken back. False where it is known to be gone."""
        entry = self.writer.entry
        # What was made just now IAM may not know everywhere yet.
        there = self.look(fresh=entry is not None and entry.task is Task.MAKE and bool(entry.made))
        if there is not None and not there.is_ours(self.dataset):
            raise RefusedError(_changed(f"The {self.about} bears our tags no longer, so nothing of it is taken back."))
        return there is not None

    def end_what_made_nothing(self, error: RefusedError) -> None:
        """End the journal after a refusal, where it is known that there is nothing of this run; else it stands."""
        entry = self.writer.entry
        if entry is None or entry.made or (error.refusal.again and error.refusal.cause != CHANGED):
            return
        with contextlib.suppress(RefusedError):
            there = self.look(fresh=error.unheard) if entry.created else None
            if there is not None and self._bears_our_mark(there):
                return
            if entry.kept:
                self.forget()
            self.writer.end(entry.began_at)

    def _bears_our_mark(self, there: PrincipalFound) -> bool:
        """Tell whether what is there was made by a request of this journal: none but its own bear its mark."""
        entry = self.writer.entry
        return entry is not None and entry.mark is not None and there.tag(RUN) == entry.mark

    def _is_from_this_run(self, there: PrincipalFound) -> bool:
        """Tell whether this run may go on with what is there: it was made for the same, and the answer was lost."""
        entry = self.writer.entry
        same_task = entry is not None and (entry.task, entry.dataset) == (Task.MAKE, self.dataset)
        return same_task and self._bears_our_mark(there)

    def _create(self, step: PlannedStep) -> None:
        entry = self.writer.entry
        tags = (*step.tags, *(((RUN, entry.mark),) if entry and entry.mark else ()))
        more: dict[str, Any] = {"Path": step.path, "Tags": _as_tags(tags)}
        if step.value:
            more["PermissionsBoundary"] = step.value
        if step.after is not None:
            more |= {"AssumeRolePolicyDocument": _compact(step.after), "MaxSessionDuration": SESSION_SECONDS}
        try:
            self._send(step.kind, **more)
        except RefusedError as error:
            if error.code != "EntityAlreadyExists":
                raise
            # An answer that was lost, of this run or of one before it, or somebody who was faster.
            there = self.look(fresh=True)
            if there is None or not self._is_from_this_run(there) or not same(there.trust, step.after):
                raise RefusedError(_changed(f"The {self.about} came to be since the plan was made.")) from None

    def _tag(self, step: PlannedStep) -> None:
        self._check_tags(step, self.look(fresh=True))
        self._send(step.kind, fresh=True, Tags=_as_tags(step.tags))

    def _bound(self, step: PlannedStep) -> None:
        self._check_boundary(step, self.look(fresh=True))
        self._send(step.kind, PermissionsBoundary=step.value)

    def _check_tags(self, step: PlannedStep, there: PrincipalFound | None) -> None:
        """See that a tag which is to be added has no other value, and nobody else's is adopted."""
        if step.kind is not StepKind.TAGS:
            return
        taken = [key for key, value in step.tags if there is not None and there.tag(key) not in {None, value}]
        foreign = ADOPTED_BY in step.tags and there is not None and there.serves not in {None, self.dataset}
        if there is None or taken or foreign:
            raise RefusedError(_changed(f"The tags of the {self.about} were changed by somebody meanwhile."))

    def _check_boundary(self, step: PlannedStep, there: PrincipalFound | None) -> None:
        """See that a boundary which is to be replaced is the one that the plan named."""
        if step.kind is not StepKind.BOUNDARY:
            return
        if there is None or (there.boundary_arn or "") not in {step.instead_of, step.value}:
            raise RefusedError(
                _changed(f"The permissions boundary of the {self.about} was changed by somebody meanwhile.")
            )

    def _policy(self, step: PlannedStep) -> None:
        there = Reader(self.asked).policy(self.access, self.name, step.value)
        if not same(there, step.before) and not same(there, step.after):
            raise RefusedError(
                _changed(f"The policy {step.value} of the {self.about} was changed by somebody meanwhile.")
            )
        if step.kind is StepKind.POLICY:
            document = _compact(step.after or {})
            self._send(step.kind, fresh=True, PolicyName=step.value, PolicyDocument=document)
        elif there is not None:
            with _gone_is_well():
                self._send(step.kind, PolicyName=step.value)

    def _trust(self, step: PlannedStep) -> None:
        there = self.look()
        if there is None or not (same(there.trust, step.before) or same(there.trust, step.after)):
            raise RefusedError(_changed(f"The trust policy of the {self.about} was changed by somebody meanwhile."))
        self._send(step.kind, PolicyDocument=_compact(step.after or {}))

    def _remove_key(self, step: PlannedStep) -> None:
        self.see_that_it_is_ours()
        self.keys.delete(step.value)
        self.forget(step.value)

    def _delete(self, kind: StepKind) -> None:
        self.see_that_it_is_ours()
        with _gone_is_well():
            self._send(kind)
        self.forget()

    def forget(self, key_id: str | None = None) -> None:
        """Take a secret out of the keyring: of a key that is no more, or of whatever is no more."""
        kept = self._kept()
        with keyring_asked():
            if key_id is None or (isinstance(kept, UserAccess) and kept.access_key_id == key_id):
                self.secrets.delete_made(self.account_id, self.access, self.name)

    def forget_shelved(self, key_ids: Collection[str]) -> None:
        """Take out of the keyring what a rotation of these keys kept there beside the user's key."""
        with keyring_asked():
            for key_id in sorted(key_ids):
                self.secrets.delete_made(self.account_id, self.access, f"{self.name}/{key_id}")


@contextlib.contextmanager
def _gone_is_well() -> Iterator[None]:
    """Let pass that what is deleted is gone already: an answer may have been lost."""
    try:
        yield
    except RefusedError as error:
        if error.code != "NoSuchEntity":
            raise


def _creates(steps: Sequence[PlannedStep]) -> bool:
    return any(step.kind in {StepKind.USER, StepKind.ROLE} for step in steps)


def _as_tags(tags: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags]


def _token(step: PlannedStep) -> str:
    if step.kind is StepKind.TAGS and ADOPTED_BY in step.tags:
        return ADOPTED
    return f"{step.kind.value} {step.value}" if step.value else step.kind.value


def _is_fresh(step: PlannedStep) -> bool:
    """Tell whether a step puts statements of ours where none stood."""
    return step.kind in {StepKind.POLICY, StepKind.TRUST} and not any(map(is_ours, statements_of(step.before)))


def _compact(document: Mapping[str, object]) -> str:
    """Write a document as IAM stores it: white space only costs length."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=True)


def _changed(sentence: str) -> Refusal:
    return Refusal(
        cause=CHANGED,
        sentence=sentence,
        fix="Run the same again: it looks afresh at what there is.",
        again=True,
    )


def _begun_for_another(about: str, dataset: str) -> Refusal:
    return Refusal(
        cause="name-of-other-dataset",
        sentence=f"The {about} was begun for the dataset “{dataset}”, whose name is the same in IAM, and not ended.",
        fix=f"Take back what was made for “{dataset}”, or make it to its end; or choose another name.",
    )
