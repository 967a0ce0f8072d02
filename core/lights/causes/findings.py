"""What the check finds out by itself, from several answers or from none: the words for it, by name."""

from __future__ import annotations

from collections.abc import Mapping

from ..states import State
from .links import (
    CUSTOMER_KEYS,
    DENIALS,
    EXPLICIT,
    EXTERNAL_ID,
    FORBIDDEN,
    OBJECT_LOCK,
    OWNERSHIP,
    REQUESTER_PAYS,
    ROLES,
    ROOT,
    STS_REGIONS,
)
from .objects import unproven
from .roles import TOO_SHORT
from .row import Paste, Row, row

__all__ = ["FOUND"]

_MINUTE = "Check again in a minute."
_SAVE_AGAIN = "save the dataset again, so that Lightly gets the present key"


_ENDS: Mapping[str, Row] = {
    "cancelled": row("cancelled", State.UNKNOWN, "the check was given up.", "Check again."),
    "deadline": row(
        "read-timeout",
        State.UNKNOWN,
        "no answer came within {seconds} seconds.",
        "Look at the network between this machine and {host}, then check again.",
    ),
    "internal-error/own": row(
        "internal-error",
        State.UNKNOWN,
        "bucketlight itself failed ({exception}).",
        "Report it with this name; it is a bug of bucketlight.",
    ),
    "not-yet-propagated": row(
        "not-yet-propagated",
        State.UNKNOWN,
        "the key, role or policy was changed {seconds} seconds ago. AWS takes up to a minute to spread that.",
        _MINUTE,
    ),
}

_PLACE: Mapping[str, Row] = {
    "wrong-region/corrected": row(
        "wrong-region",
        State.AMBER,
        "in {region}: the region was given as {given}.",
        "Change the region to {region}.",
    ),
    "root-credentials": row(
        "root-credentials",
        State.AMBER,
        "with the keys of the account's root user. They open the whole account to whoever has them.",
        "Make an IAM user or a role for Lightly, then delete root's access key; the account's owner can.",
        link=ROOT,
    ),
    "requester-pays": row(
        "requester-pays",
        State.AMBER,
        "only for a requester who pays for it, and Lightly does not offer to.",
        "Switch Requester Pays off for {bucket} (Properties in the S3 console); the bucket's owner can.",
        link=REQUESTER_PAYS,
    ),
}

_READ: Mapping[str, Row] = {
    "nothing-to-read": row(
        "nothing-to-read",
        State.UNKNOWN,
        "{uri} holds no object with anything to read.",
        "Add a file, or correct the path.",
    ),
    "needs-list": row(
        "needs-list",
        State.UNKNOWN,
        "nothing could be listed, so there is no object to read.",
        "Mend List first, then check again.",
    ),
    "foreign-object-owner": row(
        "foreign-object-owner",
        State.AMBER,
        "not for every object: one was read, and another one was refused. "
        "Another account often owns it, or another KMS key encrypts it.",
        "Set Object Ownership of {bucket} to “Bucket owner enforced”; the bucket's owner can. "
        "Copy objects that stay refused onto themselves, as who may read them.",
        link=OWNERSHIP,
    ),
    "sse-c-object/some": row(
        "sse-c-object",
        State.AMBER,
        "not for every object: some are encrypted with a key that their writer sends along (SSE-C).",
        "Store those again with S3's own or a KMS key; who has the customer key can.",
        link=CUSTOMER_KEYS,
    ),
}

_WRITE: Mapping[str, Row] = {
    "write-unproven/off": unproven("it was not tried, as was asked for."),
    "write-unproven/no-dry-run": unproven("it was not tried, because a dry run would store an object here."),
    "write-unproven/kms": unproven("a dry run was accepted, but a KMS key is in play, which a dry run does not touch."),
    "write-unproven/unread": unproven("a dry run was accepted, but no object was read in time to rule out a KMS key."),
    "probe-may-be-left": row(
        "read-timeout",
        State.UNKNOWN,
        "the answer was lost, and the test object may be there: {key}.",
        "Check again, and delete {key} if it is there.",
    ),
    "probe-left-behind/object": row(
        "probe-left-behind",
        State.AMBER,
        "one test object could not be deleted: {key}.",
        "Delete {key}; someone with s3:DeleteObject can.",
        paste=Paste.COMMAND,
        command="aws s3api delete-object --bucket {bucket} --key={key} [--endpoint-url={endpoint}]",
    ),
    "probe-left-behind/version": row(
        "probe-left-behind",
        State.AMBER,
        "the bucket keeps versions: one of the test object {key} stays, hidden behind a delete marker.",
        "Delete all versions of {key}; someone with s3:DeleteObjectVersion can.",
    ),
    "probe-left-behind/upload": row(
        "probe-left-behind",
        State.AMBER,
        "an upload that was begun could not be taken back: {key}.",
        "Abort the upload of {key}; someone with s3:AbortMultipartUpload can.",
    ),
    "object-lock/left": row(
        "object-lock",
        State.AMBER,
        "Object Lock keeps the test object {key} until its time is over.",
        "Leave it; in governance mode someone with s3:BypassGovernanceRetention can delete it.",
        link=OBJECT_LOCK,
    ),
    "bucket-policy-denies/header": row(
        "bucket-policy-denies",
        State.RED,
        "the policy of {bucket} takes only writes that name their encryption, as `x-amz-server-side-encryption: "
        "{header}` does.",
        "Take that Deny out (S3 encrypts everything anyway), or except {who}; the bucket's owner can. "
        "With a KMS key in the dataset, Lightly sends the header.",
        link=FORBIDDEN,
    ),
}


def _read_in(cause: str, link: str, paste: Paste | None = Paste.IDENTITY) -> Row:
    """Make the row of a refusal whose reason was read in a policy: {detail} and {change} come from there."""
    return row(
        cause,
        State.RED,
        "{detail}.",
        "{change} An IAM administrator of that account can.",
        paste=paste,
        link=link,
    )


_POLICIES: Mapping[str, Row] = {
    "list-condition-mismatch": _read_in("list-condition-mismatch", DENIALS),
    "list-granted-on-objects": _read_in("list-granted-on-objects", DENIALS),
    "denied-identity-policy/near": _read_in("denied-identity-policy", DENIALS),
    "explicit-deny-identity-policy/named": _read_in("explicit-deny-identity-policy", EXPLICIT, None),
}

_ROLES: Mapping[str, Row] = {
    "only-lightly-can-assume": row(
        "only-lightly-can-assume",
        State.UNKNOWN,
        "{role} is made for Lightly's account, and this machine may not assume it. That is as it should be.",
        "Let Lightly test it: save the dataset, then check again. "
        "If Lightly is refused, compare the role's trust policy with this, which needs your external ID.",
        paste=Paste.TRUST,
        link=EXTERNAL_ID,
    ),
    "external-id-not-required": row(
        "external-id-not-required",
        State.AMBER,
        "{role} lets this caller in without an external ID. "
        "If the statement for Lightly's account lacks it too, another customer of Lightly could name your role.",
        "See that the statement of its trust policy for Lightly's account reads so, with your external ID; other "
        "statements stay as they are. An IAM administrator of its account can.",
        paste=Paste.TRUST_STATEMENT,
        link=EXTERNAL_ID,
    ),
    "role-chaining-limit": row(
        "role-chaining-limit",
        State.AMBER,
        "it was tried for an hour only, since the caller is a role itself. Lightly asks for 12 hours.",
        "Look up that the role's maximum session duration is 12 hours: IAM > Roles.",
        link=ROLES,
    ),
    "max-session-too-short": TOO_SHORT,
    "sts-region-disabled": row(
        "sts-region-disabled",
        State.AMBER,
        "the role's account has switched STS off in the bucket's region; another region gave the session.",
        "Activate STS for the bucket's region in IAM > Account settings; an administrator of the role's account can.",
        link=STS_REGIONS,
    ),
}

_SIMULATED: Mapping[str, Row] = {
    "simulation-incomplete": row(
        "simulation-incomplete",
        State.UNKNOWN,
        "a policy of {who} looks at something that the simulator was not told.",
        "Go by the light of this machine, which really tried it.",
    ),
}

_PLATFORM: Mapping[str, Row] = {
    "platform-denies": row(
        "platform-denies",
        State.RED,
        "Lightly tried it, without success.[ It says: {said}]",
        "Look at what only Lightly meets: conditions on IP address or VPC, or a key that was changed on one side; "
        "for a role its trust policy, external ID and maximum session duration. "
        f"If nothing fits, {_SAVE_AGAIN}.",
        link=FORBIDDEN,
    ),
    "platform-unreachable": row("platform-unreachable", State.UNKNOWN, "{why}", _MINUTE),
    "platform-unauthorized": row(
        "platform-unauthorized",
        State.UNKNOWN,
        "{why}",
        "Get a token in Lightly's web app, under Preferences, and set LIGHTLY_TOKEN.",
    ),
    "platform-untested": row(
        "platform-untested",
        State.UNKNOWN,
        "Lightly's own test does not say what it finds at a separate output.",
        "Go by the light of this machine.",
    ),
}

FOUND: Mapping[str, Row] = {**_ENDS, **_PLACE, **_READ, **_WRITE, **_POLICIES, **_ROLES, **_SIMULATED, **_PLATFORM}
"""Rows that are not recognised in one answer, by the name that `diagnosis.found` takes."""
