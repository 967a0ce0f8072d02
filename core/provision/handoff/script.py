"""A bash script that makes one user or role with the AWS CLI, version 1 or 2, and may be run again.

It runs with the bash 3.2 of macOS as well: so it has no arrays. Every value stands in it in single quotes, and only at
its top.
"""

from __future__ import annotations

import json
from shlex import quote

from ...aws.policy import to_json
from ...aws.statements import SESSION_SECONDS
from ...external_id import EXTERNAL_ID_LETTERS, LONGEST_EXTERNAL_ID, SHORTEST_EXTERNAL_ID
from ..differences import OUR_SIDS
from ..wanted import CREATED_BY, Wanted
from .words import as_comment, is_role, sentences, shown

__all__ = ["script"]

_STAND_IN = "\x00"
_ANY_REGION = "us-east-1"
"""IAM has none, but the AWS CLI wants one. Where no region is known the partition is `aws`."""

_DATASET = "dataset"
_SIDS = "[{}.Statement][].[Sid || 'missing'][]"
"""The Sids of a document, of which a single statement may stand there without a list (IAM policy grammar)."""

_START = """\
set +x # a trace would show what is read below
set -euo pipefail
umask 077
"""

_TAKEN = """\
# No other program sees the external ID in its environment.
unset external_id # it may be one that is handed on
external_id=${EXTERNAL_ID-}
unset EXTERNAL_ID
"""

_SETTINGS = """\
export LC_ALL=C AWS_PAGER= AWS_CLI_AUTO_PROMPT=off AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION:-$region}
"""

_COMMON = """\
say() { printf '%s\\n' "$*"; }
fail() {
  printf '%s\\n' "$*" >&2
  trap - ERR
  exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'say "Stopped. What was made until here stays. Once the cause is gone, run this again: it goes on." >&2' ERR

# Who asks, and where.
command -v aws >/dev/null || fail "This needs the AWS CLI. AWS CloudShell has it."
aws sts get-caller-identity --query '[Account,Arn]' --output text >"$work/caller" ||
  fail "AWS does not say who you are. Sign in first, or name a profile: AWS_PROFILE=NAME bash $0"
read -r found_account found_arn <"$work/caller"
case $found_arn in
  *:root) fail "This is the root user of account $found_account. Sign in as somebody else: root makes nothing here." ;;
  "arn:$partition:"*) ;;
  *) fail "$found_arn is not of the partition $partition. Sign in there." ;;
esac
if [[ -n $account && $found_account != "$account" ]]; then
  fail "This is account $found_account, and the $kind belongs into account $account. Sign in there."
fi
history=$(aws configure get cli_history 2>/dev/null) || history=
if [[ $history = enabled ]]; then
  fail "The AWS CLI keeps a history of what is sent and answered here, and a secret would be in it." \\
    "Turn cli_history off in its configuration, or use AWS CloudShell. Nothing was changed."
fi
alias=$(aws iam list-account-aliases --query 'AccountAliases[0]' --output text 2>/dev/null) || alias=None
if [[ $alias = None ]]; then alias="no alias to be seen"; fi
say "Account: $found_account ($alias)"
say "You are: $found_arn"

# What is there.
if aws iam "get-$kind" "--$kind-name" "$name" --query "$our_tags" --output text >"$work/tags" 2>"$work/refusal"; then
  IFS=$'\\t' read -r found_tag found_dataset <"$work/tags"
  [[ $found_tag = "$created_by" ]] ||
    fail "There is a $kind $name already that was not made for this. Nothing was changed. Ask for another name."
  [[ $found_dataset = "$dataset" ]] ||
    fail "There is a $kind $name already, of another dataset: $found_dataset. Nothing was changed." \\
      "Ask for another name."
  there=yes
  say "Brings up to date: the $kind $name"
elif grep -q NoSuchEntity "$work/refusal"; then
  there=no
  say "Makes: the $kind $name"
else
  cat "$work/refusal" >&2
  fail "AWS does not say whether there is a $kind $name. Nothing was changed."
fi
say "$purpose"
"""

_OURS = """\
# A policy is replaced as a whole: what else stands in it would be lost.
only_ours() { # only_ours WHAT AWS-ARGUMENTS: the Sids of what they answer
  local what=$1 sid
  shift
  if ! aws "$@" --output text >"$work/sids" 2>"$work/refusal"; then
    if grep -q NoSuchEntity "$work/refusal"; then return; fi
    cat "$work/refusal" >&2
    fail "AWS does not show the $what of the $kind $name. Nothing was changed."
  fi
  for sid in $(cat "$work/sids"); do
    [[ $sid =~ $our_sids ]] ||
      fail "The $what of the $kind $name has a statement that was not made for this, and it would be lost:" \\
        "its Sid is $sid. Nothing was changed. Ask for another name."
  done
}
if [[ $there = yes ]]; then
"""

_BUCKETS = """\
# Whose the buckets are: a user or role reaches those of its own account only, unless a bucket's policy lets it in.
if [[ -z $bucket_account ]]; then bucket_account=$found_account; fi
unseen=no
whose() { # whose BUCKET
  if aws s3api head-bucket --bucket "$1" --expected-bucket-owner "$bucket_account" >/dev/null 2>"$work/refusal"; then
    return
  elif grep -q '(404)' "$work/refusal"; then
    fail "There is no bucket $1. Nothing was changed. Ask which bucket is meant."
  elif ! grep -q '(403)' "$work/refusal"; then
    cat "$work/refusal" >&2
    fail "S3 does not say whose the bucket $1 is. Nothing was changed."
  elif aws s3api head-bucket --bucket "$1" >/dev/null 2>&1; then
    fail "The bucket $1 is not of account $bucket_account. Nothing was changed." \\
      "Sign in to the bucket's account, or ask for files in which that account is named."
  fi
  unseen=yes
  say "Whether the bucket $1 is of account $bucket_account is not known: you may not look at it." \\
    "If it is not, the $kind cannot reach it."
}
"""

_ASK = """\
if [[ $yes = yes && $unseen = yes && $unseen_bucket = no ]]; then
  fail "Nothing was changed. To go on without knowing that, leave --yes out, or add --unseen-bucket."
fi
if [[ $yes = no ]]; then
  answer=
  read -r -p 'Type yes to go on: ' answer || true
  [[ $answer = yes ]] || fail "Nothing was changed."
fi
"""

_EXTERNAL_ID = f"""\
# The external ID goes into a file that is gone in the end, and into no argument.
if [[ -z $external_id ]]; then
  read -r -s -p 'External ID (it is not shown): ' external_id || true
  say ""
fi
case $external_id in
  *[!{EXTERNAL_ID_LETTERS}]*)
    fail "An external ID has letters, digits, and _ + = , . @ : / - only. Nothing was changed."
    ;;
esac
if ((${{#external_id}} < {SHORTEST_EXTERNAL_ID} || ${{#external_id}} > {LONGEST_EXTERNAL_ID})); then
  fail "An external ID has {SHORTEST_EXTERNAL_ID} letters or more. You get it apart from this file. Nothing is changed."
fi
printf '%s%s%s' "$trust_start" "$external_id" "$trust_end" >"$work/trust.json"
unset external_id
"""

_KEY = """\
# The access key, only where it was asked for: --key FILE.
if [[ -z $key_file ]]; then
  say "Done: the user $name is as it should be. It has no access key from this script yet. To make one, run:"
  say "  bash $0 --key lightly-key.csv"
  exit 0
fi
keys=$(aws iam list-access-keys --user-name "$name" --query 'length(AccessKeyMetadata)' --output text)
[[ $keys = 0 ]] ||
  fail "The user $name has an access key already, and its secret is shown once only. No other was made." \\
    "Where that key is lost, delete it in the IAM console, then run this again."
(set -C && : >"$key_file") 2>/dev/null ||
  fail "The file $key_file is there already, or cannot be made. No key was made."
# Once: a second try after a lost answer would leave a key that nobody knows.
if ! AWS_MAX_ATTEMPTS=1 aws iam create-access-key --user-name "$name" \\
  --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text | {
  read -r key_id secret && printf 'Access key ID,Secret access key\\n%s,%s\\n' "$key_id" "$secret"
} >"$key_file"; then
  rm -f "$key_file"
  fail "No key came back. Look at the user's access keys in the IAM console: where one is there, delete it."
fi
say "Done: the user $name is as it should be, and its access key is in $key_file, which only you can read."
say "Hand that file over in a safe way, not by mail or chat. Then delete it here."
"""

_ARN = """\
say "Done: the role $name is as it should be. Hand back its ARN:"
aws iam get-role --role-name "$name" --query Role.Arn --output text
"""


def script(wanted: Wanted, *, account_id: str | None = None, bucket_account_id: str | None = None) -> str:
    """Write the script. It holds no secret.

    `account_id` is the account in which it makes them, where that is known, and `bucket_account_id` that of the
    buckets, where it is another one.

    Raises:
        PolicyError: where no policy can be written.
    """
    role = is_role(wanted)
    parts = [
        "#!/usr/bin/env bash\n" + _head(wanted) + _START,
        *([_TAKEN] if role else []),
        _values(wanted, account_id, bucket_account_id) + _SETTINGS,
        _options(role=role),
        _COMMON,
        _only_ours(wanted),
        _whose(wanted) + _ASK,
        *([_EXTERNAL_ID] if role else []),
        _changes(wanted),
        _ARN if role else _KEY,
    ]
    return "\n".join(parts)


def _head(wanted: Wanted) -> str:
    kind = wanted.access.entity
    more = (
        "The external ID is asked for, or taken from the environment variable EXTERNAL_ID."
        if is_role(wanted)
        else "An access key is made only with --key FILE: it is written to that file, which only you can read."
    )
    return as_comment(
        f"Makes the IAM {kind} {wanted.name} for Lightly, and what it may do in S3. Made by bucketlight.",
        f"Run it with bash, signed in to the AWS CLI as somebody who may make {kind}s; AWS CloudShell has both. It "
        "shows the account and asks before it changes anything; --yes leaves the question out. It may be run again.",
        more,
    )


def _values(wanted: Wanted, account_id: str | None, bucket_account_id: str | None) -> str:
    purpose = "\n".join(f"  {each}" for each in sentences(wanted))
    ours = (f"{wanted.access.entity.title()}.Tags[?Key=='{key}'].Value | [0]" for key in (CREATED_BY[0], _DATASET))
    tags = json.dumps([{"Key": key, "Value": value} for key, value in wanted.tags])
    found = {
        "kind": wanted.access.entity,
        "name": wanted.name,
        "dataset": shown(wanted.dataset),  # as it is: IAM takes nothing unprintable in a tag
        "account": account_id or "",
        "bucket_account": bucket_account_id or "",
        "partition": wanted.partition,
        "region": wanted.grants[0].region or _ANY_REGION,
        "iam_path": wanted.path,
        "created_by": CREATED_BY[1],
        "our_tags": f"[{', '.join(ours)}]",
        "our_sids": f"^({OUR_SIDS})$",
        "tags": tags,
        "purpose": purpose,
    }
    if wanted.boundary_arn:
        found["boundary"] = wanted.boundary_arn
    if trust := wanted.trust(_STAND_IN):
        before, after = to_json(trust).split(json.dumps(_STAND_IN)[1:-1])
        found |= {"trust_start": before, "trust_end": after}
    policy = wanted.policy()
    found |= {"policy_1_name": policy.name, "policy_1": to_json(policy.document)}
    found |= {f"bucket_{number}": bucket for number, bucket in enumerate(wanted.buckets, start=1)}
    return "".join(f"{name}={quote(value)}\n" for name, value in found.items())


def _options(*, role: bool) -> str:
    usage = f"bash $0 [--yes [--unseen-bucket]]{'' if role else ' [--key FILE]'}"
    key = """\
    --key)
      key_file=${2-}
      [[ -n $key_file ]] || { printf '%s\\n' "--key wants the name of a new file." >&2; exit 2; }
      [[ ! -e $key_file ]] || { printf '%s\\n' "$key_file is there already. Name a new file." >&2; exit 2; }
      shift
      ;;
"""
    return f"""\
yes=no unseen_bucket=no{"" if role else " key_file="}
while (($#)); do
  case $1 in
    --yes) yes=yes ;;
    --unseen-bucket) unseen_bucket=yes ;;
{"" if role else key}    *)
      printf '%s\\n' "Usage: {usage}" >&2
      exit 2
      ;;
  esac
  shift
done
"""


def _only_ours(wanted: Wanted) -> str:
    """Look at the policies that would be replaced, where there is a user or role already."""
    kind = wanted.access.entity
    lines = []
    if is_role(wanted):
        trust = _SIDS.format("Role.AssumeRolePolicyDocument")
        lines.append(f'  only_ours "trust policy" iam get-role --role-name "$name" --query "{trust}"\n')
    permissions = _SIDS.format("PolicyDocument")
    arguments = f'--{kind}-name "$name" --policy-name "$policy_1_name"'
    lines.append(f'  only_ours policy iam get-{kind}-policy {arguments} --query "{permissions}"\n')
    return "".join([_OURS, *lines, "fi\n"])


def _whose(wanted: Wanted) -> str:
    return _BUCKETS + "".join(f'whose "$bucket_{number}"\n' for number, _ in enumerate(wanted.buckets, start=1))


def _changes(wanted: Wanted) -> str:
    kind = wanted.access.entity
    lines = ["# Each of these may be done again.\n"]
    who = f'--{kind}-name "$name"'
    boundary = ' --permissions-boundary "$boundary"' if wanted.boundary_arn else ""
    trust = ' --assume-role-policy-document "file://$work/trust.json"' if is_role(wanted) else ""
    session = f" --max-session-duration {SESSION_SECONDS}" if is_role(wanted) else ""
    again = ""
    if is_role(wanted):
        again += f'  aws iam update-assume-role-policy {who} --policy-document "file://$work/trust.json"\n'
        again += f"  aws iam update-role {who}{session} >/dev/null\n"
    if boundary:
        again += f"  aws iam put-{kind}-permissions-boundary {who}{boundary}\n"
    made = f'  aws iam create-{kind} {who} --path "$iam_path" --tags "$tags"{boundary}{trust}{session} >/dev/null\n'
    if again:
        lines += ["if [[ $there = no ]]; then\n", made, "else\n", again, "fi\n"]
    else:
        lines += ["if [[ $there = no ]]; then\n", made, "fi\n"]
    lines.append(f'aws iam put-{kind}-policy {who} --policy-name "$policy_1_name" --policy-document "$policy_1"\n')
    return "".join(lines)
