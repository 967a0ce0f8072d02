"""Reading what there is in AWS with an administrator's credentials. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from ..access import AccessKind, UserAccess
from ..aws.region import region_in
from ..aws.session import Clients
from ..aws.statements import account_of, is_root
from ..store.secrets import SecretStore, SecretUnavailableError
from .asking import Administrator, moment_of
from .explain import not_seen
from .found import BucketFound, Caller, Finding, Found, KeyFound, Ownership, PrincipalFound
from .journal import Journal, JournalError, leftovers
from .refusals import Refusal, RefusedError
from .waiting import RealWaiter, Waiter
from .wanted import NamedPolicy, Wanted

__all__ = ["Reader", "identify", "look", "look_at", "shelved"]

_NOT_AWS = Refusal(
    cause="no-answer",
    sentence="What answered was not AWS.",
    fix="Look at the network of this machine, then run the same again.",
    again=True,
)
_DENIED = frozenset({"access-denied", "permissions-boundary", "resource-control-policy", "service-control-policy"})


def identify(
    administrator: UserAccess,
    *,
    region: str | None = None,
    endpoint_url: str | None = None,
    clients: Clients | None = None,
    waiter: Waiter | None = None,
) -> Caller | Refusal:
    """Ask AWS who an administrator is. The root user is refused, with the cause `root-credentials`."""
    asked = Administrator(
        administrator,
        region=region,
        endpoint_url=endpoint_url,
        clients=clients or Clients(may_change=True),
        waiter=waiter or RealWaiter(),
    )
    try:
        arn = str(asked.identity().get("Arn", ""))
    except RefusedError as error:
        return error.refusal
    account = account_of(arn)
    if account is None:
        return Refusal(
            cause="no-answer",
            sentence="The answer to the question who you are was not AWS's.",
            fix="Look at the network of this machine, or at the address of the server, then run the same again.",
            again=True,
        )
    if is_root(arn):
        return Refusal(
            cause="root-credentials",
            sentence=f"These are credentials of the root user of account {account}, whom no policy limits.",
            fix="Name the profile of a user or role that may administer IAM, and delete the root user's access keys.",
        )
    return Caller(arn=arn, account_id=account, partition=arn.split(":")[1])


def look(
    administrator: UserAccess,
    wanted: Sequence[Wanted],
    *,
    secrets: SecretStore,
    journal: Journal,
    caller: Caller | None = None,
    endpoint_url: str | None = None,
    clients: Clients | None = None,
    waiter: Waiter | None = None,
) -> Found | Refusal:
    """Read all that a plan is made from: the account, the buckets, and the users and roles of these names.

    `caller` is what `identify` answered, where that was asked already. What may not be looked up is a finding.
    Blocks: it asks AWS, and the keyring for the IDs of the keys that are kept.
    """
    buckets = {grant.location.bucket: grant.region for each in wanted for grant in each.grants}
    return look_at(
        administrator,
        tuple((each.access, each.name) for each in wanted),
        buckets=tuple(buckets.items()),
        secrets=secrets,
        journal=journal,
        caller=caller,
        region=next((each.grants[0].region for each in wanted), None),
        endpoint_url=endpoint_url,
        clients=clients,
        waiter=waiter,
    )


def look_at(
    administrator: UserAccess,
    principals: Sequence[tuple[AccessKind, str]],
    *,
    secrets: SecretStore,
    journal: Journal,
    buckets: Sequence[tuple[str, str | None]] = (),
    caller: Caller | None = None,
    region: str | None = None,
    endpoint_url: str | None = None,
    clients: Clients | None = None,
    waiter: Waiter | None = None,
) -> Found | Refusal:
    """Read what there is of users and roles by their names; `buckets` are names with their regions. See `look`."""
    clients, waiter = clients or Clients(may_change=True), waiter or RealWaiter()
    who = caller or identify(administrator, region=region, endpoint_url=endpoint_url, clients=clients, waiter=waiter)
    if isinstance(who, Refusal):
        return who
    asked = Administrator(administrator, region=region, endpoint_url=endpoint_url, clients=clients, waiter=waiter)
    reader = Reader(asked)
    try:
        looked_at = [reader.principal(kind, name) for kind, name in principals]
        there = [found for found in looked_at if isinstance(found, PrincipalFound)]
        kept, on_shelf, problem = _kept(secrets, who.account_id, principals, there)
        entries = [
            entry for kind, name in principals if (entry := journal.read(who.account_id, kind, name)) is not None
        ]
        left = {
            key
            for entry in entries
            for each in there
            if (each.kind, each.name.lower()) == (entry.kind, entry.name.lower())
            for key in sorted(leftovers(entry, each.keys, kept | on_shelf, [tag for tag, _ in each.tags]))
            if reader.was_used(each.name, key) is False
        }
        return Found(
            caller=who,
            account_alias=reader.alias(),
            buckets=tuple(reader.bucket(name, where, who.account_id) for name, where in buckets),
            principals=tuple(there),
            kept_keys=kept,
            shelved=on_shelf,
            leftovers=frozenset(left),
            begun=tuple((entry.kind, entry.name, entry.dataset) for entry in entries),
            secrets_problem=problem,
            findings=tuple(reader.findings),
        )
    except RefusedError as error:
        return error.refusal
    except JournalError as error:
        return Refusal(cause="journal", sentence=str(error), fix="Then run the same again.")


def _kept(
    secrets: SecretStore,
    account_id: str,
    principals: Sequence[tuple[AccessKind, str]],
    there: Sequence[PrincipalFound],
) -> tuple[frozenset[str], frozenset[str], str | None]:
    """Name the keys whose secrets are kept, those that a rotation keeps, and what stands against reading them."""
    found: set[str] = set()
    on_shelf: set[str] = set()
    try:
        for kind, name in principals:
            access = secrets.get_made(account_id, kind, name)
            if isinstance(access, UserAccess):
                found.add(access.access_key_id)
        for each in there:
            on_shelf |= shelved(secrets, account_id, each.name, [key.access_key_id for key in each.keys])
    except SecretUnavailableError as error:
        return frozenset(found), frozenset(on_shelf), str(error)
    return frozenset(found), frozenset(on_shelf), None


def shelved(secrets: SecretStore, account_id: str, user: str, key_ids: Iterable[str]) -> frozenset[str]:
    """Name those of a user's keys that a rotation keeps in the keyring, each under its own ID.

    Raises:
        SecretUnavailableError: where the keyring cannot be read.
    """
    return frozenset(
        key_id for key_id in key_ids if secrets.get_made(account_id, AccessKind.USER, f"{user}/{key_id}") is not None
    )


class Reader:
    """Reads users, roles and buckets. What may not be read goes into `findings`; any other fault is raised."""

    def __init__(self, asked: Administrator) -> None:
        self._asked = asked
        self.findings: list[Finding] = []

    def alias(self) -> str | None:
        """Return the account's alias, or None."""
        return next((str(each) for each in self._listed("list_account_aliases", "account", "AccountAliases")), None)

    def bucket(self, name: str, region: str | None, account_id: str) -> BucketFound:
        """Find out whose a bucket is.

        A refusal alone says nothing. But where the bucket answers when nobody in particular has to own it, and not
        when this account has to, it is another one's (S3 user guide, verifying bucket ownership).
        """
        with_owner = self._head(name, region, account_id)
        if with_owner in {Ownership.OK, Ownership.MISSING}:
            return BucketFound(name=name, ownership=with_owner)
        anyhow = self._head(name, region, None)
        proven = anyhow is Ownership.OK and with_owner is Ownership.FOREIGN
        return BucketFound(name=name, ownership=Ownership.FOREIGN if proven else Ownership.UNKNOWN)

    def _head(self, name: str, region: str | None, owner: str | None) -> Ownership:
        for _ in range(2):
            try:
                self._asked.head_bucket(name, region, owner)
                return Ownership.OK
            except RefusedError as error:
                seen = error.refusal.evidence
                if seen is None or seen.status is None:
                    raise
                if seen.status == 404:
                    return Ownership.MISSING
                if seen.status == 403:
                    return Ownership.FOREIGN
                elsewhere = region_in(seen.region)
                if elsewhere is None or elsewhere == region:
                    return Ownership.UNKNOWN
                region = elsewhere
        return Ownership.UNKNOWN

    def principal(self, kind: AccessKind, name: str) -> PrincipalFound | Finding | None:
        """Read a user or role with all that it has; None where it is not there, a finding where it may not be seen."""
        itself = self._itself(kind, name)
        if itself is None or isinstance(itself, Finding):
            return itself
        word = kind.entity
        about, own = f"{word} {name}", _own(word, name)
        names = self._listed(f"list_{word}_policies", about, "PolicyNames", **own)
        ours: list[NamedPolicy] = []
        with self._noted(about):
            ours = [
                NamedPolicy(each, document)
                for each in names
                if each == name and (document := self.policy(kind, name, each)) is not None
            ]
        keys: tuple[KeyFound, ...] = ()
        groups: list[Any] = []
        if kind is AccessKind.USER:
            with self._noted(about):
                keys, _ = self.keys(name)
            groups = self._listed("list_groups_for_user", about, "Groups", **own)
        attached = self._listed(f"list_attached_{word}_policies", about, "AttachedPolicies", **own)
        return PrincipalFound(
            **_common(kind, itself, name),
            policies=tuple(ours),
            other_policies=tuple(each for each in names if each != name),
            attached=tuple(str(each.get("PolicyArn")) for each in attached),
            groups=tuple(str(each.get("GroupName")) for each in groups),
            keys=keys,
        )

    def known(self, kind: AccessKind, name: str, *, fresh: bool = False) -> PrincipalFound | None:
        """Look at a user or role itself, without its policies and keys; None where it is known not to be there.

        `fresh` says that it may have been made just now: where IAM does not know it yet, it is asked again.

        Raises:
            RefusedError: where it may not be seen, too.
        """
        itself = self._itself(kind, name, fresh=fresh)
        if isinstance(itself, Finding):
            raise RefusedError(not_seen(itself))
        return None if itself is None else PrincipalFound(**_common(kind, itself, name))

    def _itself(self, kind: AccessKind, name: str, *, fresh: bool = False) -> Mapping[str, Any] | Finding | None:
        word, found = kind.entity, None
        about, own = f"{word} {name}", _own(word, name)
        before = len(self.findings)
        with self._noted(about):
            try:
                found = self._asked.iam(f"get_{word}", about, fresh=fresh, **own).get(word.capitalize())
            except RefusedError as error:
                if error.code == "NoSuchEntity":
                    return None
                raise
            if not isinstance(found, Mapping):
                raise RefusedError(_NOT_AWS)
        return found if isinstance(found, Mapping) else self.findings[before]

    def keys(self, name: str, *, fresh: bool = True) -> tuple[tuple[KeyFound, ...], datetime]:
        """Read the access keys of a user, and when AWS answered. `fresh`: the user may have been made just now.

        Raises:
            RefusedError: where they may not be read, too.
        """
        answer = self._asked.iam("list_access_keys", f"user {name}", fresh=fresh, UserName=name)
        keys = tuple(
            KeyFound(
                access_key_id=str(each["AccessKeyId"]),
                active=each.get("Status") == "Active",
                created_at=each["CreateDate"].astimezone(UTC),
            )
            for each in answer.get("AccessKeyMetadata", ())
        )
        return keys, moment_of(answer, datetime.now(UTC))

    def was_used(self, name: str, key_id: str) -> bool | None:
        """Tell whether a key of a user was ever used (IAM API, AccessKeyLastUsed); None where that is not known."""
        about, found = f"user {name}", None
        with self._noted(about):
            try:
                found = self._asked.iam("get_access_key_last_used", about, AccessKeyId=key_id).get("AccessKeyLastUsed")
            except RefusedError as error:
                if error.code != "NoSuchEntity":
                    raise
        return bool(found.get("LastUsedDate")) if isinstance(found, Mapping) else None

    def policy(self, kind: AccessKind, name: str, policy: str) -> Mapping[str, object] | None:
        """Read an inline policy of a user or role; None where it is not there."""
        word = kind.entity
        own = _own(word, name)
        try:
            document = self._asked.iam(f"get_{word}_policy", f"{word} {name}", **own, PolicyName=policy).get(
                "PolicyDocument"
            )
        except RefusedError as error:
            if error.code == "NoSuchEntity":
                return None
            raise
        return document if isinstance(document, Mapping) else None

    def _listed(self, method: str, about: str, field: str, **names: Any) -> list[Any]:
        found: list[Any] = []
        with self._noted(about):
            found += self._asked.iam_pages(method, about, field, **names)
        return found

    @contextmanager
    def _noted(self, about: str) -> Iterator[None]:
        """Make a finding of a refusal by a policy."""
        try:
            yield
        except RefusedError as error:
            if error.refusal.cause not in _DENIED or error.refusal.evidence is None:
                raise
            call = f"iam:{error.refusal.evidence.call}"
            why = error.refusal.sentence
            self.findings.append(
                Finding(call=call, about=about, sentence=f"The {about} was not looked at: {why}", why=why)
            )


def _own(word: str, name: str) -> dict[str, Any]:
    """Name a user or role as IAM's requests do."""
    return {f"{word.capitalize()}Name": name}


def _common(kind: AccessKind, value: Mapping[str, Any], name: str) -> dict[str, Any]:
    boundary, trust = value.get("PermissionsBoundary"), value.get("AssumeRolePolicyDocument")
    return {
        "kind": kind,
        "name": str(value.get("UserName") or value.get("RoleName") or name),
        "arn": str(value.get("Arn", "")),
        "path": str(value.get("Path", "/")),
        "created_at": value["CreateDate"].astimezone(UTC),
        "tags": tuple((str(each["Key"]), str(each["Value"])) for each in value.get("Tags", ())),
        "boundary_arn": boundary.get("PermissionsBoundaryArn") if isinstance(boundary, Mapping) else None,
        "trust": trust if isinstance(trust, Mapping) else None,
        "session_seconds": value.get("MaxSessionDuration"),
    }
