"""What IAM and a bucket's settings say of a principal's permissions, where it may ask for that.

A look-up that is refused, or fails, gives nothing: not everybody may read policies, and none of this decides a light.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from .evaluation import NamedPolicy
from .statements import role_session_arn_to_role

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_iam import IAMClient

__all__ = ["MAX_POLICIES", "Entity", "IamReader", "KeyFact", "RoleFact", "Simulation", "entity_of"]

MAX_POLICIES = 20
"""How many policies of a principal are read; one with more is rare (IAM quotas: 10 managed policies, 10 groups)."""

_UNREAD = NamedPolicy("what could not be read", None)


@dataclass(frozen=True, slots=True)
class Entity:
    """The user or role that a principal is; only these have policies of their own.

    `arn` is None for a role of which only a session is known: the session does not name the role's path.
    """

    kind: Literal["user", "role"]
    name: str
    arn: str | None


def entity_of(principal: str) -> Entity | None:
    """Read a principal's ARN; None for a root user, a federated one, and whatever is neither user nor role."""
    arn = role_session_arn_to_role(principal)
    kind, _, path = arn.partition(":iam:")[2].rpartition(":")[2].partition("/")
    name = path.rpartition("/")[2]
    if kind not in {"user", "role"} or not name:
        return None
    return Entity("user" if kind == "user" else "role", name, arn if arn == principal else None)


@dataclass(frozen=True, slots=True)
class Simulation:
    """What the policy simulator says of one action on one resource.

    `decision` is `allowed`, `implicitDeny` or `explicitDeny`. `missing` tells whether a policy looks at something that
    the simulation was not told. `sources` are the policies whose statements decided.
    """

    decision: str
    by_organization: bool = False
    by_boundary: bool = False
    missing: bool = False
    sources: tuple[str, ...] = ()
    status: int | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class KeyFact:
    """An access key of a user, without its secret: its ID, whether it is active, and when it was made."""

    access_key_id: str
    active: bool
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class RoleFact:
    """What IAM says of a role. `max_session` is in seconds. The trust policy holds external IDs in clear."""

    arn: str | None = None
    trust: object = field(default=None, repr=False)
    max_session: int | None = None


class IamReader:
    """Reads policies, and what else IAM knows of a principal.

    `stopped` is asked before each request: none goes out after a yes, nor after an answer that was not IAM's, or none.
    """

    def __init__(self, client: IAMClient, stopped: Callable[[], bool]) -> None:
        self._client = client
        self._stopped = stopped
        self._lost = False
        self._whole = True
        self._roles: dict[str, RoleFact] = {}

    def policies(self, entity: Entity) -> tuple[NamedPolicy, ...]:
        """Read the policies of a user, with those of its groups, or of a role.

        `MAX_POLICIES` at most, and of each list only the first page. Where one could not be read, or is beyond that,
        another stands at the end whose document is None: so whoever reasons about them knows that these are not all.
        """
        found: list[NamedPolicy] = []
        self._whole = True
        for policy in self._each(entity):
            if len(found) == MAX_POLICIES:
                self._whole = False
                break
            found.append(policy)
        return (*found, *([] if self._whole or not found else [_UNREAD]))

    def _each(self, entity: Entity) -> Iterator[NamedPolicy]:
        iam, name = self._client, entity.name
        if entity.kind == "role":
            for policy in self._names("PolicyNames", iam.list_role_policies, RoleName=name):
                yield from self._inline(policy, iam.get_role_policy, RoleName=name, PolicyName=policy)
            yield from self._attached(iam.list_attached_role_policies, RoleName=name)
            return
        for policy in self._names("PolicyNames", iam.list_user_policies, UserName=name):
            yield from self._inline(policy, iam.get_user_policy, UserName=name, PolicyName=policy)
        yield from self._attached(iam.list_attached_user_policies, UserName=name)
        for item in _items(self._ask(iam.list_groups_for_user, UserName=name, MaxItems=MAX_POLICIES), "Groups"):
            group = item.get("GroupName")
            for policy in self._names("PolicyNames", iam.list_group_policies, GroupName=group):
                yield from self._inline(policy, iam.get_group_policy, GroupName=group, PolicyName=policy)
            yield from self._attached(iam.list_attached_group_policies, GroupName=group)

    def _names(self, field: str, call: Callable[..., Any], **names: Any) -> list[str]:
        listed = self._ask(call, **names, MaxItems=MAX_POLICIES).get(field)
        return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []

    def _inline(self, name: str, call: Callable[..., Any], **names: Any) -> Iterator[NamedPolicy]:
        document = self._ask(call, **names).get("PolicyDocument")
        if document is not None:
            yield NamedPolicy(name, document)

    def _attached(self, call: Callable[..., Any], **names: Any) -> Iterator[NamedPolicy]:
        for item in _items(self._ask(call, **names, MaxItems=MAX_POLICIES), "AttachedPolicies"):
            arn = item.get("PolicyArn")
            policy = self._ask(self._client.get_policy, PolicyArn=arn).get("Policy")
            version = policy.get("DefaultVersionId") if isinstance(policy, Mapping) else None
            if version is None:
                continue
            read = self._ask(self._client.get_policy_version, PolicyArn=arn, VersionId=version).get("PolicyVersion")
            document = read.get("Document") if isinstance(read, Mapping) else None
            if document is not None:
                yield NamedPolicy(str(item.get("PolicyName") or arn), document)

    def role(self, name: str) -> RoleFact:
        """Look a role up, once: its ARN, path and all, its trust policy, and how long its sessions may be."""
        if name not in self._roles:
            role = self._ask(self._client.get_role, RoleName=name).get("Role")
            self._roles[name] = _role_fact(role) if isinstance(role, Mapping) else RoleFact()
        return self._roles[name]

    def keys(self, user: str) -> tuple[KeyFact, ...]:
        """Look up the access keys of a user; none where that may not be asked."""
        listed = _items(self._ask(self._client.list_access_keys, UserName=user), "AccessKeyMetadata")
        return tuple(_key_fact(item) for item in listed if isinstance(item.get("AccessKeyId"), str))

    def simulate(
        self, source_arn: str, action: str, resource: str, context: Iterable[tuple[str, str, str]]
    ) -> Simulation | None:
        """Ask the policy simulator of one action on one resource; each entry of `context` is a key, value and type.

        It knows identity policies, boundaries and service control policies; it knows neither the bucket's policy nor
        that of a session (IAM API reference, SimulatePrincipalPolicy).
        """
        answer = self._ask(
            self._client.simulate_principal_policy,
            PolicySourceArn=source_arn,
            ActionNames=[action],
            ResourceArns=[resource],
            ContextEntries=[
                {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": kind}
                for key, value, kind in context
            ],
        )
        results = [item for item in _items(answer, "EvaluationResults") if item.get("EvalActionName") == action]
        if len(results) != 1:
            return None
        return _simulation(results[0], answer.get("ResponseMetadata", {}))

    def _ask(self, call: Callable[..., Any], **parameters: Any) -> Mapping[str, Any]:
        """Send one request; nothing where it does not succeed."""
        from botocore.exceptions import ClientError

        answer: object = None
        if not self._lost and not self._stopped():
            try:
                answer = call(**parameters)
            except ClientError as error:
                self._lost = not _is_refusal(error)
            except Exception:  # noqa: BLE001 - no connection, or no IAM there: another request would do no better
                self._lost = True
        if not isinstance(answer, Mapping) or answer.get("IsTruncated"):
            self._whole = False
        return answer if isinstance(answer, Mapping) else {}


def _is_refusal(error: ClientError) -> bool:
    """Tell whether IAM itself said no. A page of a proxy has no code but the number of its status."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = str(error.response.get("Error", {}).get("Code", ""))
    return status < 500 and not code.isdigit()


def _role_fact(role: Mapping[str, Any]) -> RoleFact:
    arn, trust, longest = (role.get(name) for name in ("Arn", "AssumeRolePolicyDocument", "MaxSessionDuration"))
    return RoleFact(
        arn=arn if isinstance(arn, str) else None,
        trust=trust,
        max_session=longest if isinstance(longest, int) else None,
    )


def _key_fact(item: Mapping[str, Any]) -> KeyFact:
    created = item.get("CreateDate")
    known = isinstance(created, datetime) and created.tzinfo is not None
    return KeyFact(str(item["AccessKeyId"]), item.get("Status") == "Active", created if known else None)


def _items(answer: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    listed = answer.get(field)
    return [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []


def _simulation(result: Mapping[str, Any], metadata: Mapping[str, Any]) -> Simulation:
    """Read an evaluation: what is said of the one resource stands in its own part, or above it, or in both."""
    parts = [result, *_items(result, "ResourceSpecificResults")]

    def refused(detail: str, field: str) -> bool:
        found = [part[detail] for part in parts if isinstance(part.get(detail), Mapping)]
        return any(each.get(field) is False for each in found)

    sources = [str(each.get("SourcePolicyId", "")) for part in parts for each in _items(part, "MatchedStatements")]
    return Simulation(
        decision=str(result.get("EvalDecision", "")),
        by_organization=refused("OrganizationsDecisionDetail", "AllowedByOrganizations"),
        by_boundary=refused("PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary"),
        missing=any(part.get("MissingContextValues") for part in parts),
        sources=tuple(dict.fromkeys(source for source in sources if source)),
        status=metadata.get("HTTPStatusCode"),
        request_id=metadata.get("RequestId"),
    )
