"""What has to be taken back of what bucketlight made in AWS for a dataset, from what there is. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ..access import AccessKind, mask_key_id
from ..aws.statements import SESSION_SECONDS
from ..console import resource_name
from .differences import changes_between, is_ours, statements_of, without_ours
from .explain import not_seen
from .found import ADOPTED_BY, ADOPTED_FOR, Found, PrincipalFound
from .plan import ESSENTIAL, KEY_TAG
from .plan_values import Note, PlannedStep, StepKind, head_json, head_lines, note_lines, step_json, step_lines
from .refusals import Refusal, RefusedError, refused

__all__ = ["UndoPlan", "gone_lines", "our_part", "principals_of", "undo_plan_for", "without_keyring"]

_ESSENTIAL_TO_DELETE = frozenset(
    {"iam:ListAttachedUserPolicies", "iam:ListGroupsForUser", "iam:ListAttachedRolePolicies"}
)
"""What has to be known besides before a user or role is deleted whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPlan:
    """What will be taken back.

    `principals` are the users and roles that are concerned. `region` is one of the partition's, by which IAM is asked;
    None for the usual partition.
    """

    account_id: str
    account_alias: str | None
    caller_arn: str
    partition: str
    dataset: str
    principals: tuple[tuple[AccessKind, str], ...]
    steps: tuple[PlannedStep, ...]
    notes: tuple[Note, ...] = ()
    endpoint_url: str | None = None
    region: str | None = None

    @property
    def head(self) -> tuple[str, ...]:
        """The lines above it. The first four name account ID, alias, caller and partition."""
        return head_lines(self)

    def lines(self) -> tuple[str, ...]:
        """Say it in plain words, a line each, the head first."""
        steps = [*step_lines(self.steps)] or ["Nothing is left in AWS: only this machine still remembers it."]
        return (*self.head, "", *steps, *note_lines(self.notes))

    def to_json(self) -> dict[str, object]:
        """Return it as plain values, without any secret. The first keys name account ID, alias, caller, partition."""
        return {
            **head_json(self),
            "dataset": self.dataset,
            "steps": [step_json(step) for step in self.steps],
            "notes": [{"cause": note.cause, "sentence": note.sentence} for note in self.notes],
        }


def gone_lines(plan: UndoPlan) -> tuple[str, ...]:
    """Say what is gone after a plan was carried out, and what stays."""
    stay = {(step.access, step.principal) for step in plan.steps if step.kind is StepKind.REMOVE_TAGS}
    named = {each: f"the {each[0].entity} {each[1]}" for each in plan.principals}
    gone = [name for each, name in named.items() if each not in stay]
    return (
        *((f"What bucketlight made is gone: {', '.join(gone)}.",) if gone else ()),
        *(
            f"What bucketlight added is gone from {name}, which was there before and stays."
            for each, name in named.items()
            if each in stay
        ),
        "The dataset at Lightly and the files in the bucket stay.",
    )


def principals_of(dataset: str, named: str | None = None) -> tuple[tuple[AccessKind, str], ...]:
    """Name the users and roles that bucketlight may have made for a dataset: those to look at."""
    names = (named,) if named else (resource_name(dataset), resource_name(f"{dataset} output"))
    return tuple((kind, name) for name in names for kind in (AccessKind.USER, AccessKind.DELEGATED))


def undo_plan_for(
    dataset: str, found: Found, *, endpoint_url: str | None = None, region: str | None = None
) -> UndoPlan | Refusal:
    """Say what has to be taken back, from what `looking.look_at` found of `principals_of`.

    Refused where something that bucketlight did not make would go too, or stand without what it needs; and where it
    may not be seen of one of them whether it is there: what may not be seen is not gone.
    """
    ours = [each for each in found.principals if each.is_ours(dataset)]
    # A run that broke off may have taken all of it back, and not have forgotten its secret.
    gone = [(kind, name) for kind, name, of in found.begun if of == dataset and found.principal(kind, name) is None]
    if found.hidden:
        return not_seen(found.hidden[0], so=" So nothing is taken back.")
    if not ours and not gone:
        return _nothing(dataset, found)
    steps: list[PlannedStep] = []
    notes: list[Note] = []
    try:
        for there in ours:
            _check_all_was_seen(there, found, whole=there.made_by_us(dataset))
            if there.made_by_us(dataset):
                _check_nothing_foreign(there, found)
                steps += _all_of(there, found.kept_keys)
            else:
                steps += our_part(there, dataset, _ours(there, found), in_use=found.kept_keys)
                notes.append(Note(cause="adopted", sentence=_stays(there)))
    except RefusedError as error:
        return error.refusal
    return UndoPlan(
        account_id=found.caller.account_id,
        account_alias=found.account_alias,
        caller_arn=found.caller.arn,
        partition=found.caller.partition,
        dataset=dataset,
        principals=(*((each.kind, each.name) for each in ours), *gone),
        steps=tuple(steps),
        notes=(*notes, *(Note(cause="not-looked-at", sentence=each.sentence) for each in found.findings)),
        endpoint_url=endpoint_url,
        region=region,
    )


def without_keyring(plan: UndoPlan, problem: str) -> UndoPlan:
    """Note in a plan that is only looked at that no keyring could be opened; `problem` says why, in a sentence."""
    sentence = f"{problem} So what is kept on this machine was not looked at, and nothing can be taken back from here."
    return replace(plan, notes=(*plan.notes, Note(cause="no-keyring", sentence=sentence)))


def _nothing(dataset: str, found: Found) -> Refusal:
    others = [f"{each.kind.entity} {each.name}" for each in found.principals]
    if others:
        return Refusal(
            cause="not-ours",
            sentence=f"Bucketlight did not make the {' and the '.join(others)} for the dataset {dataset}: the tags do "
            "not say so.",
            fix="Take it back by hand in the IAM console, if it is not needed.",
        )
    return Refusal(
        cause="nothing-there",
        sentence=f"Account {found.caller.account_id} has no user or role that bucketlight made for the dataset "
        f"{dataset}.",
        fix="Look at the profile, and at the name of the dataset that it was made with.",
    )


def _check_all_was_seen(there: PrincipalFound, found: Found, *, whole: bool) -> None:
    """Refuse where something of it may not be looked at: then what is ours would stay, or what is not would go."""
    about = f"{there.kind.entity} {there.name}"
    for finding in found.findings:
        essential = finding.call in ESSENTIAL or (whole and finding.call in _ESSENTIAL_TO_DELETE)
        if essential and finding.about.lower() == about.lower():
            raise RefusedError(not_seen(finding, so=f" So nothing of the {about} is taken back."))


def _stays(there: PrincipalFound) -> str:
    """Say what stays of a user or role that was adopted."""
    kind = there.kind.entity
    said = f"The {kind} {there.name} was there before bucketlight: it stays, with all that is not ours."
    if there.boundary_arn:
        said += f" Its permissions boundary stays {there.boundary_arn}."
    if there.session_seconds == SESSION_SECONDS:
        said += " Its longest session stays 12 hours (43,200 seconds)."
    return said


def _ours(there: PrincipalFound, found: Found) -> tuple[str, ...]:
    """Name the keys of a user that bucketlight made: kept here, lost by a run of ours, or described as ours."""
    return tuple(
        key.access_key_id
        for key in there.keys
        if key.access_key_id in found.kept_keys | found.shelved | found.leftovers
        or there.tag(key.access_key_id) == KEY_TAG
    )


def _check_nothing_foreign(there: PrincipalFound, found: Found) -> None:
    kind, name = there.kind.entity, there.name
    what = f"The {kind} {name} "
    ours = _ours(there, found)
    if others := [mask_key_id(key.access_key_id) for key in there.keys if key.access_key_id not in ours]:
        raise refused(
            "other-key",
            f"{what}has an access key that bucketlight did not make ({', '.join(others)}): somebody may use it.",
            "Delete that key in the IAM console if nobody needs it, then run the same again.",
        )
    if others := [*there.other_policies, *there.attached, *(f"the group {group}" for group in there.groups)]:
        raise refused(
            "other-permissions",
            f"{what}has permissions that bucketlight did not give ({', '.join(others)}): it may be used for something "
            "else.",
            "Remove them in the IAM console if they are not needed, then run the same again.",
        )
    documents = [there.policy(name), there.trust]
    if any(not is_ours(statement) for document in documents for statement in statements_of(document)):
        raise refused(
            "other-statements",
            f"{what}has statements in its policies that bucketlight did not write: it may be used for something else.",
            "Remove them in the IAM console if they are not needed, then run the same again.",
        )


def _keys(there: PrincipalFound, keys: Sequence[str], in_use: Collection[str]) -> Iterator[PlannedStep]:
    deactivated = {key.access_key_id for key in there.keys if not key.active}
    for key in keys:
        named = f"{mask_key_id(key)} (in use)" if key in in_use else mask_key_id(key)
        yield PlannedStep(
            kind=StepKind.REMOVE_KEY,
            access=there.kind,
            principal=there.name,
            sentence=f"Delete the access key {mask_key_id(key)} (deactivated) of the user {there.name}."
            if key in deactivated
            else f"Delete the access key {named} of the user {there.name}: whoever uses it, Lightly too, is locked "
            "out.",
            value=key,
        )


def _removed_policy(there: PrincipalFound) -> PlannedStep:
    before = there.policy(there.name)
    return PlannedStep(
        kind=StepKind.REMOVE_POLICY,
        access=there.kind,
        principal=there.name,
        sentence=f"Delete the inline policy of the {there.kind.entity} {there.name}.",
        value=there.name,
        before=before,
        changes=changes_between(before, None),
    )


def _all_of(there: PrincipalFound, in_use: Collection[str]) -> Iterator[PlannedStep]:
    yield from _keys(there, [key.access_key_id for key in there.keys], in_use)
    if there.policy(there.name) is not None:
        yield _removed_policy(there)
    yield PlannedStep(
        kind=StepKind.REMOVE_ROLE if there.kind is AccessKind.DELEGATED else StepKind.REMOVE_USER,
        access=there.kind,
        principal=there.name,
        sentence=f"Delete the {there.kind.entity} {there.name}.",
    )


def our_part(
    there: PrincipalFound,
    dataset: str,
    keys: Sequence[str],
    *,
    policy: bool = True,
    trust: bool = True,
    in_use: Collection[str] = (),
) -> Iterator[PlannedStep]:
    """Say how what is ours is taken from a user or role that was adopted: these keys, the statements, the tags.

    `in_use` are the keys that this machine keeps for the user.

    Raises:
        RefusedError: where a role would trust nobody any more.
    """
    kind = there.kind.entity
    step = partial(PlannedStep, access=there.kind, principal=there.name)
    yield from _keys(there, keys, in_use)
    before = there.policy(there.name) if policy else None
    after = without_ours(before) if before else None
    if before is not None and after is None:
        yield _removed_policy(there)
    elif after is not None and after != before:
        yield step(
            kind=StepKind.POLICY,
            sentence=f"Take our statements out of the inline policy of the {kind} {there.name}.",
            value=there.name,
            before=before,
            after=after,
            changes=changes_between(before, after),
        )
    if trust and there.trust is not None and any(is_ours(each) for each in statements_of(there.trust)):
        left = without_ours(there.trust)
        if left is None:
            raise refused(
                "only-our-trust",
                f"The role {there.name} was there before bucketlight, and trusts nobody but Lightly's account now; a "
                "role has to trust somebody.",
                "Delete the role in the IAM console, or let it trust somebody else, then run the same again.",
            )
        yield step(
            kind=StepKind.TRUST,
            sentence=f"Take our statement out of the trust policy of the role {there.name}: Lightly cannot assume it "
            "any more.",
            before=there.trust,
            after=left,
            changes=changes_between(there.trust, left),
        )
    tags = (ADOPTED_BY, (ADOPTED_FOR, dataset), *((key, KEY_TAG) for key in keys if there.tag(key) == KEY_TAG))
    yield step(kind=StepKind.REMOVE_TAGS, sentence=f"Take our tags from the {kind} {there.name}.", tags=tags)
