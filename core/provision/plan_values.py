"""The values of a plan, and how a plan is said: in plain words, and in JSON. Neither holds a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from ..access import AWS_KEY_ID, AccessKind, mask_key_id
from .differences import Change, Kind
from .statement_words import statement_words
from .wanted import Wanted

__all__ = [
    "AwsPlan",
    "Note",
    "PlannedStep",
    "StepKind",
    "head_json",
    "head_lines",
    "note_lines",
    "step_json",
    "step_lines",
]

_SIGNS = {Kind.ADDED: "+", Kind.CHANGED: "~", Kind.REMOVED: "-", Kind.KEPT: "="}


class StepKind(StrEnum):
    """What a step does. The lower ones take back, or make way."""

    USER = "create-user"
    ROLE = "create-role"
    TAGS = "tag"
    BOUNDARY = "set-boundary"
    SESSION = "set-session"
    TRUST = "set-trust"
    POLICY = "put-policy"
    KEY = "create-key"
    REMOVE_KEY = "delete-key"
    REMOVE_POLICY = "delete-policy"
    REMOVE_TAGS = "untag"
    REMOVE_USER = "delete-user"
    REMOVE_ROLE = "delete-role"

    def call(self, access: AccessKind) -> str:
        """Name the action of IAM that it takes, `PutUserPolicy`: most are one for users and another for roles."""
        return _CALLS[self].format(access.entity.capitalize())


_CALLS = {
    StepKind.USER: "CreateUser",
    StepKind.ROLE: "CreateRole",
    StepKind.TAGS: "Tag{}",
    StepKind.BOUNDARY: "Put{}PermissionsBoundary",
    StepKind.SESSION: "UpdateRole",
    StepKind.TRUST: "UpdateAssumeRolePolicy",
    StepKind.POLICY: "Put{}Policy",
    StepKind.KEY: "CreateAccessKey",
    StepKind.REMOVE_KEY: "DeleteAccessKey",
    StepKind.REMOVE_POLICY: "Delete{}Policy",
    StepKind.REMOVE_TAGS: "Untag{}",
    StepKind.REMOVE_USER: "DeleteUser",
    StepKind.REMOVE_ROLE: "DeleteRole",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One step: one change in IAM.

    Attributes:
        principal: the name of the user or role; `access` says which of the two.
        sentence: what it does, in plain words.
        changes: for a policy, each statement that is added, changed, removed or kept. External IDs are dots.
        before: the document as it was when the plan was made, and `after` as it will be. Not to be shown: a trust
            policy holds an external ID.
        value: what else the step needs: the policy's name, the key's ID, the boundary's ARN; empty where nothing.
        instead_of: the boundary that there was when the plan was made; empty where there was none.
        path: the IAM path of what is made.
        tags: the tags that it adds, or takes away.
    """

    kind: StepKind
    access: AccessKind
    principal: str
    sentence: str
    changes: tuple[Change, ...] = ()
    before: Mapping[str, object] | None = field(default=None, repr=False)
    after: Mapping[str, object] | None = field(default=None, repr=False)
    value: str = ""
    instead_of: str = ""
    path: str = "/"
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def call(self) -> str:
        """The action that it takes, `iam:CreateUser`."""
        return f"iam:{self.kind.call(self.access)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something to know before agreeing to a plan: a stable id, and a sentence or two."""

    cause: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsPlan:
    """What will be made. Without steps, everything is there already.

    Attributes:
        account_alias: the account's name for people, or None.
        caller_arn: the administrator.
        wanted: the users and roles; their steps follow each other in `steps`, in the same order.
        endpoint_url: another server than AWS, or None.
    """

    account_id: str
    account_alias: str | None
    caller_arn: str
    partition: str
    wanted: tuple[Wanted, ...]
    steps: tuple[PlannedStep, ...]
    notes: tuple[Note, ...] = ()
    endpoint_url: str | None = None

    def steps_of(self, wanted: Wanted) -> tuple[PlannedStep, ...]:
        """Return the steps that one user or role takes."""
        return tuple(step for step in self.steps if (step.access, step.principal) == (wanted.access, wanted.name))

    @property
    def head(self) -> tuple[str, ...]:
        """The lines above it. The first four name account ID, alias, caller and partition."""
        return head_lines(self)

    def lines(self) -> tuple[str, ...]:
        """Say it in plain words, a line each, the head first."""
        steps = [*step_lines(self.steps)] or ["Everything is there already: nothing will be made."]
        return (*self.head, "", *steps, *note_lines(self.notes))

    def to_json(self) -> dict[str, object]:
        """Return it as plain values, without any secret. The first keys name account ID, alias, caller, partition."""
        return {
            **head_json(self),
            "principals": [
                {
                    "kind": each.access.entity,
                    "name": each.name,
                    "dataset": each.dataset,
                    "path": each.path,
                    "boundary": each.boundary_arn,
                    "folders": [grant.location.uri for grant in each.grants],
                }
                for each in self.wanted
            ],
            "steps": [step_json(step) for step in self.steps],
            "notes": [{"cause": note.cause, "sentence": note.sentence} for note in self.notes],
        }


class _OnAccount(Protocol):
    """What every plan says of the account that it changes."""

    @property
    def account_id(self) -> str: ...
    @property
    def account_alias(self) -> str | None: ...
    @property
    def caller_arn(self) -> str: ...
    @property
    def partition(self) -> str: ...
    @property
    def endpoint_url(self) -> str | None: ...


def head_lines(plan: _OnAccount) -> tuple[str, ...]:
    """Write the lines that stand above every plan."""
    return (
        f"Account    {plan.account_id}",
        f"Alias      {plan.account_alias or 'none known'}",
        f"Caller     {plan.caller_arn}",
        f"Partition  {plan.partition}",
        *((f"Server     {plan.endpoint_url}",) if plan.endpoint_url else ()),
    )


def head_json(plan: _OnAccount) -> dict[str, object]:
    """Return the same as plain values."""
    return {
        "account_id": plan.account_id,
        "account_alias": plan.account_alias,
        "caller": plan.caller_arn,
        "partition": plan.partition,
        "endpoint_url": plan.endpoint_url,
    }


def step_lines(steps: tuple[PlannedStep, ...]) -> Iterator[str]:
    """Say each step, and below it what happens to each statement."""
    for number, step in enumerate(steps, start=1):
        yield f"{number}. {step.sentence}"
        for change in step.changes:
            yield f"   {_SIGNS[change.kind]} {_statement(change)}"


def note_lines(notes: tuple[Note, ...]) -> Iterator[str]:
    """Say the notes, below an empty line."""
    if notes:
        yield ""
    for note in notes:
        yield f"Note: {note.sentence}"


def _statement(change: Change) -> str:
    sid = change.sid or "(no Sid)"
    if change.kind is Kind.KEPT:
        return f"{sid} stays as it is"
    if change.kind is Kind.CHANGED and change.before == change.after:
        return f"{sid}: external ID replaced"  # the one thing that is not shown
    return f"{sid}  {statement_words(change.after or change.before or {})}"


def _masked(text: str) -> str:
    """Shorten what is an access key ID: it is no secret, and still not shown whole."""
    return mask_key_id(text) if AWS_KEY_ID.fullmatch(text) else text


def step_json(step: PlannedStep) -> dict[str, object]:
    """Return a step as plain values, without its documents: `changes` tell what is in them."""
    return {
        "kind": step.kind.value,
        "principal": step.principal,
        "call": step.call,
        "sentence": step.sentence,
        "value": _masked(step.value) or None,
        "tags": {_masked(key): value for key, value in step.tags},
        "changes": [
            {
                "kind": change.kind.value,
                "sid": change.sid,
                "before": dict(change.before) if change.before else None,
                "after": dict(change.after) if change.after else None,
            }
            for change in step.changes
        ],
    }
