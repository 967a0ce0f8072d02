"""The words that fill the table's sentences, and what there is to paste: all from what was asked and what came back."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from ..access import mask_key_id
from ..aws.credential_problems import fill
from ..aws.denial import Denial
from ..aws.policy import PolicyError, key_actions, key_statement, partition_of, statement_for
from ..aws.statements import (
    account_of,
    bucket_policy_statement,
    key_policy_statement,
    paste,
    trust_policy,
    trust_statement,
)
from ..needs import OPERATIONS, Operation
from .causes import Paste, Row
from .outcome import Outcome
from .target import Target

__all__ = ["Asked", "Words", "command_of", "fix_of", "is_access_point"]

_LONGEST_CODE = 80
_EXTERNAL_ID = "EXTERNAL-ID"
_STS = frozenset({"AssumeRole", "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", "GetSessionToken"})
_NAME = re.compile(r"\{(\w+)\}")
_ROLE = re.compile(r"arn:(aws[a-z-]*):iam::\d{12}:role/")
_TIMES = re.compile(r"Signature (?:expired|not yet current): (\d{8}T\d{6}Z).*?\((\d{8}T\d{6}Z) [-+] ", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked what where: what the words of a diagnosis are filled in from.

    `accepted` is true where the server is known to have taken the credentials, in this or another request. `age` is in
    seconds: since the key, the role or a policy was made or changed, where that is known.
    """

    target: Target
    region: str | None = None
    principal: str | None = None
    accepted: bool = False
    age: float | None = None


@dataclass(frozen=True, slots=True)
class Words(Mapping[str, str]):
    """The words by name, each made when it is asked for. `given` are those that the caller adds."""

    operation: Operation
    asked: Asked
    outcome: Outcome
    denial: Denial | None
    given: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.given[name] if name in self.given else _MADE[name](self)

    def __iter__(self) -> Iterator[str]:
        return iter({**_MADE, **self.given})

    def __len__(self) -> int:
        return len({**_MADE, **self.given})

    @property
    def principal(self) -> str | None:
        """The ARN of who was refused or checked, where that is known."""
        return self.denial.principal if self.denial else self.asked.principal

    @property
    def role_arn(self) -> str | None:
        """The role that is, or was to be, assumed."""
        role = self.asked.target.role
        if role is not None:
            return role.role_arn
        named = self.denial.resource if self.denial else None
        return named if self.denial and self.denial.action.startswith("sts:") else None

    @property
    def kms_key_arn(self) -> str | None:
        """The KMS key that AWS names, or that is configured."""
        named = self.denial.resource if self.denial and self.denial.action.startswith("kms:") else None
        return named or self.asked.target.kms_key_arn

    @property
    def action(self) -> str:
        """The action that was refused: as AWS names it, else the operation's own."""
        if self.denial is not None:
            return self.denial.action
        return "sts:AssumeRole" if self.outcome.call in _STS else self.operation.action

    @property
    def needed(self) -> Operation:
        """The operation whose statement allows that action."""
        return next((each for each in OPERATIONS if each.action == self.action), self.operation)

    @property
    def resource(self) -> str:
        """What the action is asked of: never the key of an object, which is the user's data."""
        if self.action.startswith("sts:"):
            return self.role_arn or "the role"
        if self.action.startswith("kms:"):
            return self.kms_key_arn or "the KMS key"
        location = self.asked.target.location
        if is_access_point(location.bucket):
            return f"the access point {location.bucket}"
        bucket = f"arn:{self.partition}:s3:::{location.bucket}"
        return bucket if self.needed is Operation.LIST else f"{bucket}/{location.prefix}*"

    @property
    def partition(self) -> str:
        """The partition that bucket and principal are in."""
        return partition_of(self.asked.region)

    @property
    def who(self) -> str:
        """Name the principal as people do."""
        if self.principal:
            account, _, name = self.principal.partition("::")[2].partition(":")
            return f"{name.replace('/', ' ', 1)} (account {account})" if account and name else self.principal
        if self.asked.target.role is not None and self.outcome.call not in _STS:
            return f"the role {_role_name(self.asked.target.role.role_arn)}"
        key_id = self.asked.target.access.access_key_id
        return f"the owner of {mask_key_id(key_id)}" if key_id else "the caller"

    @property
    def host(self) -> str:
        """Name the host that was asked, without a login that its address bears."""
        if self.asked.target.endpoint_url:
            return _netloc(self.asked.target.endpoint_url)
        service = "sts" if self.outcome.call in _STS else "s3"
        return f"{service}.{self.asked.region}.amazonaws.com" if self.asked.region else f"{service}.amazonaws.com"

    @property
    def provable_uri(self) -> str:
        """The URI, where a check of it alone proves what is open; empty where a role or a configured key is in play."""
        target = self.asked.target
        return "" if target.role is not None or target.kms_key_arn is not None else target.location.uri

    @property
    def code(self) -> str:
        """The code, or what stands for it."""
        outcome = self.outcome
        return (outcome.code or outcome.exception or f"HTTP {outcome.status}")[:_LONGEST_CODE]


_MADE: Mapping[str, Callable[[Words], str]] = {
    "key": lambda words: mask_key_id(words.asked.target.access.access_key_id),
    "who": lambda words: words.who,
    "bucket": lambda words: words.asked.target.location.bucket,
    "uri": lambda words: words.asked.target.location.uri,
    "region": lambda words: words.asked.region or "the region used",
    "named_region": lambda words: words.outcome.region_named or "",
    "partition": lambda words: words.partition,
    "host": lambda words: words.host,
    "server": lambda words: words.host if words.asked.target.endpoint_url else "AWS",
    "action": lambda words: words.action,
    "resource": lambda words: words.resource,
    "policy": lambda words: (words.denial.policy_arn if words.denial else None) or "",
    "role": lambda words: words.role_arn or "the role",
    "role_arn": lambda words: words.role_arn or "",
    "role_name": lambda words: _role_name(words.role_arn or ""),
    "kms_key": lambda words: words.kms_key_arn or "",
    "kms_action": lambda words: "kms:GenerateDataKey" if words.operation is Operation.WRITE else "kms:Decrypt",
    "endpoint": lambda words: words.asked.target.endpoint_url or "",
    "provable_uri": lambda words: words.provable_uri,
    "code": lambda words: words.code,
    "raw": lambda words: f"{words.outcome.status} {words.code}" if words.outcome.status else words.code,
    "exception": lambda words: words.outcome.exception or words.code,
    "storage_class": lambda words: words.outcome.error_fields.get("StorageClass") or "an archive class",
    "skew": lambda words: _skew(words.outcome),
}


def is_access_point(bucket: str) -> bool:
    """Tell whether a bucket is named by an access point's alias or ARN (S3 user guide, access point aliases)."""
    return bucket.endswith("-s3alias") or (bucket.startswith("arn:") and ":accesspoint" in bucket)


def fix_of(row: Row, words: Words) -> tuple[str, str | None]:
    """Write a row's fix, and what it speaks of, to be pasted; None where there is nothing to paste.

    There is none for want of a name (the principal's, the key's), and where no statement would help: an Allow does not
    outweigh an explicit Deny, and one on an access point's alias grants nothing (S3 user guide, access point aliases).
    """
    pasted = command_of(row.command, words) if row.command else _statement(row, words)
    fix = row.fix if pasted is not None or row.fix_without_paste is None else row.fix_without_paste
    return fill(fix, words), pasted


def command_of(template: str, words: Mapping[str, str]) -> str | None:
    """Write a command for a shell: each word of the template stays one word, whatever its names are filled with.

    A word in brackets is left out where its name has nothing to say. There is no command where another name has
    nothing to say, or where a character could not be seen before the command is run.
    """
    made = []
    for word in template.split():
        if not word.startswith("[") and not all(words[name] for name in _NAME.findall(word)):
            return None
        made.append(fill(word, words))
    command = shlex.join(word for word in made if word)
    return command if command.isprintable() else None


def _statement(row: Row, words: Words) -> str | None:
    try:
        document = _document(row.paste, words) if row.paste else None
    except PolicyError:
        return None
    return paste(document) if document else None


def _document(kind: Paste, words: Words) -> Mapping[str, object] | None:
    location, region, principal = words.asked.target.location, words.asked.region, words.principal
    of_role = _ROLE.match(words.role_arn or "")
    if kind in {Paste.TRUST, Paste.TRUST_STATEMENT}:
        partition = of_role[1] if of_role else words.partition
        return (trust_policy if kind is Paste.TRUST else trust_statement)(_EXTERNAL_ID, partition=partition)
    if words.denial is not None and words.denial.explicit:
        return None
    if kind is Paste.ASSUME or words.action.startswith("sts:"):
        action = "sts:AssumeRole" if kind is Paste.ASSUME else words.action
        return _allow(action, words.role_arn) if words.role_arn and of_role else None
    if kind is Paste.KEY_POLICY:
        named = principal is not None and account_of(principal) is not None
        return key_policy_statement({words.operation}, principal, region=region) if principal and named else None
    if kind is Paste.KEY_USE or words.action.startswith("kms:"):
        key = words.kms_key_arn
        return key_statement(key, {words.operation}) if key and words.action in key_actions({words.operation}) else None
    if kind is Paste.SESSION:
        account = (account_of(principal) if principal else None) or "*"
        bucket = f"arn:{words.partition}:s3express:{region or '*'}:{account}:bucket/{location.bucket}"
        return _allow("s3express:CreateSession", bucket)
    if is_access_point(location.bucket):
        return None
    if kind is Paste.BUCKET:
        if principal is None or account_of(principal) is None:
            return None
        return bucket_policy_statement(words.needed, location, principal, region=region)
    return statement_for(words.needed, location, partition=words.partition)


def _allow(action: str, resource: str) -> dict[str, object]:
    sid = action.partition(":")[2]
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource}


def _role_name(role_arn: str) -> str:
    return role_arn.rpartition("/")[2]


def _netloc(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2] or url
    except ValueError:
        return url


def _skew(outcome: Outcome) -> str:
    """Say by how many minutes the clock is off, where the server tells its own time; else nothing."""
    told = _TIMES.search(outcome.message or "")
    server = outcome.error_fields.get("ServerTime") or (told[2] if told else None) or outcome.headers.get("date")
    asked = outcome.error_fields.get("RequestTime") or (told[1] if told else None)
    try:
        seconds = (_time(asked) - _time(server)).total_seconds() if asked and server else outcome.skew
        minutes = round(abs(seconds or 0.0) / 60)
    except (ValueError, TypeError, OverflowError):
        return ""
    return f"{minutes} minutes" if minutes else ""


def _time(text: str) -> datetime:
    if re.fullmatch(r"\d{8}T\d{6}Z", text):
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return datetime.fromisoformat(text) if text[0].isdigit() else parsedate_to_datetime(text)
