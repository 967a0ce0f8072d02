"""The look at IAM: what the policies, the simulator and the bucket's settings say beyond what the probes found.

Only where it was asked for (`--look-ups iam`). It takes seconds, and permissions that few have: whatever is refused is
left out, silently.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..access import UserAccess
from ..aws.bucket_policy import bucket_policy_denies
from ..aws.bucket_settings import BucketSettings, bucket_settings, default_key
from ..aws.credential_problems import fill
from ..aws.denial import Denial
from ..aws.granted import Finding, explain
from ..aws.iam import Entity, IamReader, Simulation, entity_of
from ..aws.policy import partition_of
from ..needs import OPERATIONS, Operation
from ..posture.bucket import posture_of_bucket
from ..posture.keys import posture_of_keys
from ..posture.policies import posture_of_policies, posture_of_principal
from ..posture.rules import Weakness
from ..posture.trust import posture_of_role
from .causes.denied import DENIED
from .causes.findings import FOUND
from .outcome import Outcome
from .states import Evidence, Light, Note, State, Viewpoint
from .target import Target
from .words import Asked, Words, fix_of

if TYPE_CHECKING:
    from ..aws.session import Clients

__all__ = ["IamFindings", "look_at_iam", "simulated_light"]

_CALL = "SimulatePrincipalPolicy"
_MADE_UP = {Operation.READ: "bucketlight-made-up-name", Operation.WRITE: ".lightly/bucketlight-made-up-name"}
"""The objects that the simulator is asked about. Lightly writes below `.lightly/`."""

_LONGEST = 80
_SECURE = "aws:SecureTransport"
_VERDICTS = {State.RED: "fails in IAM's simulator:", State.UNKNOWN: "is not proven by IAM's simulator:"}

_INCOMPLETE = FOUND["simulation-incomplete"]
"""For what the simulator cannot settle, or says in a word that is not known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IamFindings:
    """What could be found out. No secret and no key of the user's data is in it.

    `findings` say why an operation is not granted, by the principal's own policies. `simulated` are the lights of IAM's
    policy simulator, in the order list, read, write; empty where it gave no answer. `kms_key` is the KMS key that the
    bucket uses by default. `bucket_policy` says which statements of the bucket's policy may deny an operation. `notes`
    say what works but is too open: in the bucket, and in what was given to Lightly.
    """

    findings: Mapping[Operation, Finding] = field(default_factory=dict)
    simulated: tuple[Light, ...] = ()
    kms_key: str | None = None
    bucket_policy: Mapping[Operation, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def look_at_iam(
    clients: Clients,
    access: UserAccess,
    principal: str,
    target: Target,
    region: str | None,
    *,
    stopped: Callable[[], bool],
) -> IamFindings:
    """Ask S3 about the bucket's settings and IAM about a principal, all with this key. Never raises.

    `stopped` is asked before each request. At most twenty policies are read, and of each list the first page. A root
    user and a federated one have no policies of their own, so of those only the bucket is looked at; a directory bucket
    has other actions than these, and is not looked at.
    """
    try:
        return _look(clients, access, Asked(target, region, principal), stopped)
    except Exception:  # noqa: BLE001 - a client that cannot be made, or an answer of an odd shape: nothing is known then
        return IamFindings()


def _look(clients: Clients, access: UserAccess, asked: Asked, stopped: Callable[[], bool]) -> IamFindings:
    target, location, region = asked.target, asked.target.location, asked.region
    principal = asked.principal or ""
    context = _context(asked)
    if location.is_directory_bucket:
        return IamFindings()
    key, settings = None, BucketSettings()
    if not stopped():
        s3 = clients.s3(access, region=region, endpoint_url=target.endpoint_url)
        key = default_key(s3, location.bucket, stopped)
        settings = bucket_settings(s3, location.bucket, stopped)
    text = settings.policy
    denies = {
        operation: bucket_policy_denies(_parsed(text), operation, location, principal, region=region, context=context)
        for operation in (target.required if text else ())
    }
    weak: list[Weakness] = [*(posture_of_principal(principal) if target.given else ())]
    findings: dict[Operation, Finding | None] = {}
    simulated: tuple[Light, ...] = ()
    entity = entity_of(principal)
    if entity is not None and not stopped():
        reader = IamReader(clients.iam(access, region=region, endpoint_url=target.endpoint_url), stopped)
        if policies := reader.policies(entity):
            findings = {
                operation: explain(
                    policies, operation, location, region=region, principal_arn=principal, context=context
                )
                for operation in target.required
            }
            if target.given:
                grants = (target.grant(region), *target.beside)
                weak += posture_of_policies(policies, grants, principal_arn=principal, context=context)
        weak += _of_role_or_keys(reader, entity, target) if target.given else ()
        simulated = _simulate(reader, entity, asked, context)
    weak += posture_of_bucket(
        location, settings, partition=partition_of(region), plain_http=context[_SECURE] == "false"
    )
    return IamFindings(
        findings={operation: _shown(found) for operation, found in findings.items() if found is not None},
        simulated=simulated,
        kms_key=_printable(key) if key else None,
        bucket_policy={operation: _printable(said) for operation, said in denies.items() if said is not None},
        notes=tuple(Note(one.cause, one.summary, one.fix, one.link) for one in weak),
    )


def _of_role_or_keys(reader: IamReader, entity: Entity, target: Target) -> tuple[Weakness, ...]:
    """Look at the keys of a user, or at whom a role trusts that is made for Lightly."""
    if entity.kind == "user":
        return posture_of_keys(entity.name, reader.keys(entity.name), datetime.now(UTC), dataset=target.dataset)
    if _named_role(entity, target) is None:
        return ()  # a role of one's own, which Lightly never assumes
    role = reader.role(entity.name)
    return posture_of_role(role.arn or entity.name, role.trust, role.max_session)


def _shown(finding: Finding) -> Finding:
    """Take out what cannot be printed: names and statements are a server's words, and must not steer a terminal."""
    return dataclasses.replace(
        finding,
        policy=_printable(finding.policy),
        sid=_printable(finding.sid) if finding.sid else None,
        found=_printable(finding.found),
        should_be=_printable(finding.should_be) if finding.should_be else None,
        detail=_printable(finding.detail),
        change=_printable(finding.change),
    )


def _parsed(text: str | None) -> object:
    try:
        return json.loads(text or "")
    except (ValueError, RecursionError):
        return None


def _context(asked: Asked) -> dict[str, str]:
    """Name the condition keys whose values every request of ours settles (IAM user guide, global condition keys)."""
    plain = (asked.target.endpoint_url or "").startswith("http:")
    context = {_SECURE: "false" if plain else "true"}
    if asked.region is not None:
        context["aws:RequestedRegion"] = asked.region
    return context


def _simulate(reader: IamReader, entity: Entity, asked: Asked, context: Mapping[str, str]) -> tuple[Light, ...]:
    """Ask the simulator of each required operation, until it does not answer."""
    source = entity.arn or _named_role(entity, asked.target) or reader.role(entity.name).arn
    lights: dict[Operation, Light] = {}
    for operation in asked.target.required if source else ():
        entries = [(key, value, _type_of(value)) for key, value in context.items()]
        if operation is Operation.LIST:
            entries.append(("s3:prefix", asked.target.location.prefix, "string"))
        said = reader.simulate(source or "", operation.action, _resource(operation, asked), entries)
        if said is None:
            break
        lights[operation] = simulated_light(operation, said, asked)
    if not lights:
        return ()
    off = {operation: _off(operation) for operation in OPERATIONS if operation not in asked.target.required}
    return tuple(found for operation in OPERATIONS if (found := lights.get(operation) or off.get(operation)))


def _type_of(value: str) -> str:
    return "boolean" if value in {"true", "false"} else "string"


def _named_role(entity: Entity, target: Target) -> str | None:
    """Give the ARN of the target's role, which has its path, where a session is one of that role."""
    arn = target.role.role_arn if target.role else ""
    return arn if entity.kind == "role" and arn.rpartition("/")[2] == entity.name else None


def _resource(operation: Operation, asked: Asked) -> str:
    location = asked.target.location
    bucket = f"arn:{partition_of(asked.region)}:s3:::{location.bucket}"
    return bucket if operation is Operation.LIST else f"{bucket}/{location.prefix}{_MADE_UP[operation]}"


def _off(operation: Operation) -> Light:
    return Light(
        operation=operation,
        state=State.OFF,
        required=False,
        viewpoint=Viewpoint.SIMULATED,
        summary=f"{operation.value.capitalize()} is not needed.",
    )


def _printable(text: str) -> str:
    """Put a blank in the place of whatever cannot be printed."""
    return "".join(each if each.isprintable() else " " for each in text)


def simulated_light(operation: Operation, said: Simulation, asked: Asked) -> Light:
    """Turn what the simulator says of a required operation into a light.

    It sees neither the bucket's policy nor a session's, so its green is not that of a probe: it is a viewpoint of its
    own, and decides nothing.
    """
    name = operation.value.capitalize()
    evidence = Evidence(
        call=_CALL,
        how=f"{operation.action} on the bucket"
        if operation is Operation.LIST
        else f"{operation.action}, a made-up name",
        status=said.status,
        code=_printable(said.decision)[:_LONGEST] or None,
        request_id=_printable(said.request_id or "")[:_LONGEST] or None,
    )
    cause = _cause(said)
    if cause is None:
        state, says = State.GREEN, f"{name} works in IAM's simulator, which does not know the bucket's policy."
        return _light(operation, state, evidence, summary=says)
    rows = (_INCOMPLETE, *DENIED)
    found = next(each for each in rows if each.cause == cause and operation in (each.operations or OPERATIONS))
    policy = next((source for source in said.sources if source.startswith("arn:")), None)
    denial = Denial(
        asked.principal or "",
        operation.action,
        explicit=said.decision == "explicitDeny",
        policy_arn=policy and _printable(policy),
    )
    words = Words(operation, asked, Outcome(call=_CALL), denial if asked.principal else None, {})
    fix, pasted = fix_of(found, words)
    return _light(
        operation,
        found.state,
        evidence,
        cause=cause,
        summary=f"{name} {_VERDICTS[found.state]} {fill(found.says, words)}",
        fix=fix,
        paste=pasted,
        link=found.link,
    )


def _cause(said: Simulation) -> str | None:
    """Name the layer that refuses, the one farthest from the principal first; None for what is allowed."""
    if said.missing or said.decision not in {"allowed", "implicitDeny", "explicitDeny"}:
        return _INCOMPLETE.cause
    if said.decision == "allowed":
        return None
    if said.by_organization:
        return "service-control-policy"
    if said.by_boundary:
        return "permissions-boundary"
    return "explicit-deny-identity-policy" if said.decision == "explicitDeny" else "denied-identity-policy"


def _light(
    operation: Operation,
    state: State,
    evidence: Evidence,
    *,
    summary: str,
    cause: str | None = None,
    fix: str | None = None,
    paste: str | None = None,
    link: str | None = None,
) -> Light:
    return Light(
        operation=operation,
        state=state,
        required=True,
        viewpoint=Viewpoint.SIMULATED,
        cause=cause,
        summary=summary,
        fix=fix,
        paste=paste,
        link=link,
        evidence=evidence,
    )
