"""What bucketlight would make in AWS, step by step, from what is wanted and what there is. Pure: it asks nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from ..access import AccessKind, Secret, mask_key_id
from ..aws.policy import PolicyError
from ..aws.statements import SESSION_SECONDS
from ..lightly.rules import external_id_problem
from .differences import changes_between, changes_version, external_id_of, is_ours, merged, same, statements_of
from .explain import not_seen
from .found import ADOPTED_BY, ADOPTED_FOR, Found, Ownership, PrincipalFound
from .plan_values import AwsPlan, Note, PlannedStep, StepKind
from .refusals import Refusal, RefusedError, refused
from .wanted import NamedPolicy, PolicyTooLongError, Wanted

__all__ = [
    "ESSENTIAL",
    "KEY_TAG",
    "MOST_KEYS",
    "NEW_EXTERNAL_ID",
    "AwsPlan",
    "Note",
    "PlannedStep",
    "StepKind",
    "plan_for",
    "with_trusted_id",
    "without_keyring",
]

KEY_TAG = "created-by bucketlight"
"""The value of the tag that bears a key's ID: IAM's console shows it as the key's description (IAM user guide,
managing access keys)."""

ESSENTIAL = frozenset(
    {
        "iam:GetUser",
        "iam:ListUserPolicies",
        "iam:GetUserPolicy",
        "iam:ListAccessKeys",
        "iam:GetRole",
        "iam:ListRolePolicies",
        "iam:GetRolePolicy",
    }
)
"""What has to be known of a user or role before anything of it is changed."""

NEW_EXTERNAL_ID = "new-external-id"
"""The cause of the note that a role's external ID is replaced."""

MOST_KEYS = 2
"""How many access keys a user can have (IAM user guide, quotas)."""


def with_trusted_id(wanted: Wanted, found: Found) -> Wanted:
    """Give a role that is there already the external ID that our statement demands: Lightly may have that one."""
    there = found.principal(wanted.access, wanted.name) if wanted.access is AccessKind.DELEGATED else None
    demanded = external_id_of(there.trust) if there else None
    return replace(wanted, external_id=Secret(demanded)) if demanded and not external_id_problem(demanded) else wanted


def plan_for(
    wanted: Sequence[Wanted], found: Found, *, adopt: bool = False, endpoint_url: str | None = None
) -> AwsPlan | Refusal:
    """Compare what is wanted with what there is, and say what has to be made.

    With `adopt`, a user or role of the name that bucketlight did not make gets our policy beside what it has; nothing
    that bears no Sid of ours is touched.
    """
    steps: list[PlannedStep] = []
    notes = [Note(cause="not-looked-at", sentence=each.sentence) for each in found.findings]
    try:
        _check_all(wanted, found)
        for each in wanted:
            made, noted = _for_one(each, found, adopt=adopt)
            steps += made
            notes += noted
    except RefusedError as error:
        return error.refusal
    notes += [
        Note(
            cause="bucket-owner-unknown",
            sentence=f"Whether the bucket {bucket.name} belongs to account {found.caller.account_id} is not known: "
            "this profile may not look at it. If it is another account's, the user or role cannot reach it.",
        )
        for bucket in found.buckets
        if bucket.ownership is Ownership.UNKNOWN
    ]
    for arn in dict.fromkeys(grant.kms_key_arn for each in wanted for grant in each.grants if grant.kms_key_arn):
        if (owner := arn.split(":")[4]) != found.caller.account_id:
            notes.append(
                Note(
                    cause="key-of-other-account",
                    sentence=f"The KMS key belongs to account {owner}: its own policy there has to allow the user or "
                    "role as well.",
                )
            )
    unseen = dict.fromkeys(each.networks.unseen for each in wanted if each.networks) if endpoint_url is None else {}
    notes += [Note(cause="private-address", sentence=sentence) for sentence in unseen if sentence]
    notes.sort(key=lambda note: note.cause != NEW_EXTERNAL_ID)  # what stops working comes first
    return AwsPlan(
        account_id=found.caller.account_id,
        account_alias=found.account_alias,
        caller_arn=found.caller.arn,
        partition=found.caller.partition,
        wanted=tuple(wanted),
        steps=tuple(steps),
        notes=tuple(notes),
        endpoint_url=endpoint_url,
    )


def without_keyring(plan: AwsPlan, problem: str) -> AwsPlan:
    """Note in a plan that is only looked at that no keyring could be opened; `problem` says why, in a sentence."""
    sentence = (
        f"{problem} So what is kept on this machine was not looked at, and nothing can be made from here: AWS shows a "
        "key's secret once."
    )
    known = [note for note in plan.notes if note.cause != "other-key"]  # of no key is it known whether it is kept
    return replace(plan, notes=(*known, Note(cause="no-keyring", sentence=sentence)))


def _check_all(wanted: Sequence[Wanted], found: Found) -> None:
    """Refuse what stands against all of it, however it would be made."""
    account = found.caller.account_id
    for each in wanted:
        if each.partition != found.caller.partition:
            raise refused(
                "partition-mismatch",
                f"The bucket is in the partition {each.partition}, and the profile's account in "
                f"{found.caller.partition}.",
                "Name a profile of an account in the bucket's partition.",
            )
    for bucket in found.buckets:
        if bucket.ownership is Ownership.FOREIGN:
            raise refused(
                "bucket-foreign",
                f"The bucket {bucket.name} belongs to another account than {account}, where the profile makes users "
                "and roles.",
                "Name a profile of the bucket's account, or hand the plan to an administrator of that account.",
            )
        if bucket.ownership is Ownership.MISSING:
            raise refused(
                "no-such-bucket",
                f"There is no bucket named {bucket.name}.",
                "Correct the URI, or make the bucket first.",
            )
    twice = [
        name for (_, name), times in Counter((each.access, each.name.lower()) for each in wanted).items() if times > 1
    ]
    if twice:
        raise refused(
            "name-twice",
            f"Two of the same kind would have one name: {twice[0]}.",
            "Give one of them another name.",
        )
    if found.secrets_problem:
        raise refused(
            "secret-unavailable",
            f"No secret can be kept on this machine: {found.secrets_problem}",
            "Unlock the keyring, or make it possible to use one, before a key is made: AWS shows its secret once.",
        )


def _for_one(wanted: Wanted, found: Found, *, adopt: bool) -> tuple[list[PlannedStep], list[Note]]:
    kind, name = wanted.access.entity, wanted.name
    for finding in found.findings:
        if finding.call in ESSENTIAL and finding.about == f"{kind} {name}":
            raise RefusedError(not_seen(finding, what="the plan"))
    try:
        policy = wanted.policy()
    except PolicyError as error:
        cause = "policy-too-long" if isinstance(error, PolicyTooLongError) else "policy-impossible"
        raise refused(cause, str(error), "Change what is asked for, then look again.") from None
    there = found.principal(wanted.access, name)
    if there is None:
        return [*_new(wanted, policy)], []
    tags = _missing_tags(wanted, there, found, adopt=adopt)
    return [*_changes(wanted, there, policy, found, tags)], [*_notes(wanted, there, policy, found)]


def _new(wanted: Wanted, policy: NamedPolicy) -> Iterator[PlannedStep]:
    name = wanted.name
    under = f" under the path {wanted.path}" if wanted.path != "/" else ""
    bound = f", with the permissions boundary {wanted.boundary_arn}" if wanted.boundary_arn else ""
    step = partial(
        PlannedStep,
        access=wanted.access,
        principal=name,
        value=wanted.boundary_arn or "",
        path=wanted.path,
        tags=wanted.tags,
    )
    if wanted.access is AccessKind.USER:
        yield step(kind=StepKind.USER, sentence=f"Make the user {name}{under}{bound}; nobody signs in as it.")
    else:
        trust = wanted.trust()
        yield step(
            kind=StepKind.ROLE,
            sentence=f"Make the role {name}{under}{bound}; only Lightly's account assumes it, with the external ID, "
            "for up to 12 hours.",
            after=trust,
            changes=changes_between(None, trust),
        )
    yield _policy_step(wanted, None, policy)
    if wanted.access is AccessKind.USER:
        yield _key_step(wanted)


def _policy_step(wanted: Wanted, before: PrincipalFound | None, policy: NamedPolicy) -> PlannedStep:
    there = before.policy(policy.name) if before else None
    after = merged(there, policy.document)
    what = "Change our statements in" if there else "Write"
    return PlannedStep(
        kind=StepKind.POLICY,
        access=wanted.access,
        principal=wanted.name,
        sentence=f"{what} the inline policy of the {wanted.access.entity} {wanted.name}.",
        value=policy.name,
        before=there,
        after=after,
        changes=changes_between(there, after),
    )


def _key_step(wanted: Wanted) -> PlannedStep:
    return PlannedStep(
        kind=StepKind.KEY,
        access=wanted.access,
        principal=wanted.name,
        sentence=f"Make an access key for the user {wanted.name}; its secret goes into this machine's keyring at once.",
    )


def _missing_tags(wanted: Wanted, there: PrincipalFound, found: Found, *, adopt: bool) -> tuple[tuple[str, str], ...]:
    """Say which tags it lacks, or refuse what is not ours."""
    kind = wanted.access.entity
    if not there.is_ours(wanted.dataset):
        if (other := there.serves) is not None:
            raise refused(
                "name-of-other-dataset",
                f"The {kind} {there.name} serves the dataset “{other}” already.",
                "Choose another name.",
            )
        if not adopt:
            raise refused(
                "name-exists",
                f"The {kind} {there.name} is there already, and bucketlight did not make it.",
                "Choose another name; or adopt it: it keeps what it has, and gets our policy.",
            )
        tags = (ADOPTED_BY, (ADOPTED_FOR, wanted.dataset))
        for key, value in tags:
            if (other := there.tag(key)) not in {None, value}:
                raise refused(
                    "tag-taken",
                    f"The {kind} {there.name} has the tag {key} of somebody else ({other}); bucketlight marks with it "
                    "what it adopts.",
                    "Choose another name; or remove that tag in the IAM console if nobody needs it.",
                )
        return tags
    # A key of ours that was kept, and whose description a run that broke off did not write any more.
    return tuple(
        (key.access_key_id, KEY_TAG)
        for key in there.keys
        if key.access_key_id in found.kept_keys and there.tag(key.access_key_id) is None
    )


def _changes(
    wanted: Wanted, there: PrincipalFound, policy: NamedPolicy, found: Found, tags: tuple[tuple[str, str], ...]
) -> Iterator[PlannedStep]:
    kind = wanted.access.entity
    step = partial(PlannedStep, access=wanted.access, principal=wanted.name)
    left = [key for key in there.keys if key.access_key_id in found.leftovers]
    for key in left:
        yield step(
            kind=StepKind.REMOVE_KEY,
            sentence=f"Delete the access key {mask_key_id(key.access_key_id)}: a run that broke off made it, and "
            "nobody has its secret.",
            value=key.access_key_id,
        )
    if tags:
        words = ", ".join(mask_key_id(name) if value == KEY_TAG else f"{name}: {value}" for name, value in tags)
        yield step(kind=StepKind.TAGS, sentence=f"Tag the {kind} {there.name} ({words}).", tags=tags)
    if wanted.boundary_arn and there.boundary_arn != wanted.boundary_arn:
        yield step(
            kind=StepKind.BOUNDARY,
            sentence=f"Set the permissions boundary of the {kind} {there.name} to {wanted.boundary_arn}"
            + (f" instead of {there.boundary_arn}." if there.boundary_arn else "."),
            value=wanted.boundary_arn,
            instead_of=there.boundary_arn or "",
        )
    if not same(there.policy(policy.name), merged(there.policy(policy.name), policy.document)):
        yield _policy_step(wanted, there, policy)
    if wanted.access is AccessKind.DELEGATED:
        yield from _role_changes(wanted, there)
    elif not any(key.active and key.access_key_id in found.kept_keys for key in there.keys):
        _check_keys(there, len(left))
        yield _key_step(wanted)


def _role_changes(wanted: Wanted, there: PrincipalFound) -> Iterator[PlannedStep]:
    step = partial(PlannedStep, access=wanted.access, principal=wanted.name)
    trust = merged(there.trust, wanted.trust() or {})
    if not same(there.trust, trust):
        yield step(
            kind=StepKind.TRUST,
            sentence=f"Give the role {there.name} a new external ID. A dataset that uses this role now stops working "
            "until it is saved with the new one."
            if _replaces_id(wanted, there)
            else f"Change our statement in the trust policy of the role {there.name}: Lightly's account assumes it, "
            "with the external ID.",
            before=there.trust,
            after=trust,
            changes=changes_between(there.trust, trust),
        )
    if (there.session_seconds or 0) < SESSION_SECONDS:
        yield step(
            kind=StepKind.SESSION,
            sentence=f"Set the longest session of the role {there.name} to 12 hours (43,200 seconds).",
        )


def _replaces_id(wanted: Wanted, there: PrincipalFound) -> bool:
    """Tell whether the role demands another external ID already."""
    before, new = external_id_of(there.trust), wanted.external_id
    return before is not None and new is not None and before != new.reveal()


def _check_keys(there: PrincipalFound, left: int) -> None:
    """Refuse where the user has no room for another key."""
    if len(there.keys) - left < MOST_KEYS:
        return
    named = " and ".join(
        f"{mask_key_id(key.access_key_id)} ({'active' if key.active else 'inactive'}, made {key.created_at:%Y-%m-%d})"
        for key in there.keys
    )
    raise refused(
        "two-keys",
        f"The user {there.name} has two access keys already, {named}; their secrets are not kept on this machine, and "
        "AWS gives no third one.",
        "Delete in the IAM console the one that is not used, then look again; or take the secret of the other from "
        "where it is kept.",
    )


def _notes(wanted: Wanted, there: PrincipalFound, policy: NamedPolicy, found: Found) -> Iterator[Note]:
    kind, name = wanted.access.entity, there.name
    if wanted.access is AccessKind.DELEGATED and _replaces_id(wanted, there):
        yield Note(
            cause=NEW_EXTERNAL_ID,
            sentence=f"The role {name} gets a new external ID: a dataset that uses it now stops working until it is "
            "saved with the new one.",
        )
    documents = (
        (f"inline policy {policy.name}", there.policy(policy.name), policy.document),
        ("trust policy", there.trust, wanted.trust() or {}),
    )
    for what, before, new in documents:
        foreign = [str(each.get("Sid") or "one without a Sid") for each in statements_of(before) if not is_ours(each)]
        if changes_version(before, new):
            yield Note(
                cause="policy-version",
                sentence=f"The {what} of the {kind} {name} gets the version 2012-10-17, which our statements need: in "
                "the others, what is written as ${...} is a variable then. Look whether they mean that.",
            )
        if foreign:
            yield Note(
                cause="other-statements",
                sentence=f"The {what} of the {kind} {name} has statements that bucketlight did not write "
                f"({', '.join(foreign)}). They stay as they are: look whether they allow more than is needed.",
            )
    others = [*there.other_policies, *there.attached, *(f"the group {group}" for group in there.groups)]
    if others:
        yield Note(
            cause="other-permissions",
            sentence=f"The {kind} {name} has other permissions, which stay as they are: {', '.join(others)}.",
        )
    if there.path != wanted.path:
        yield Note(cause="other-path", sentence=f"The {kind} {name} has the path {there.path}, and keeps it.")
    known = found.kept_keys | found.shelved | found.leftovers
    if unknown := [mask_key_id(key.access_key_id) for key in there.keys if key.access_key_id not in known]:
        yield Note(
            cause="other-key",
            sentence=f"The user {name} has an access key whose secret is not kept on this machine "
            f"({', '.join(unknown)}). It stays.",
        )
