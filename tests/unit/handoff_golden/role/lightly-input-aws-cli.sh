#!/usr/bin/env bash
# Makes the IAM role Lightly-S3-farm-animals for Lightly, and what it may do
# in S3. Made by bucketlight.
# Run it with bash, signed in to the AWS CLI as somebody who may make roles;
# AWS CloudShell has both. It shows the account and asks before it changes
# anything; --yes leaves the question out. It may be run again.
# The external ID is asked for, or taken from the environment variable
# EXTERNAL_ID.
set +x # a trace would show what is read below
set -euo pipefail
umask 077

# No other program sees the external ID in its environment.
unset external_id # it may be one that is handed on
external_id=${EXTERNAL_ID-}
unset EXTERNAL_ID

kind=role
name=Lightly-S3-farm-animals
dataset=farm-animals
account=111122223333
bucket_account=''
partition=aws
region=eu-central-1
iam_path=/lightly/team/
created_by=bucketlight
our_tags='[Role.Tags[?Key=='"'"'created-by'"'"'].Value | [0], Role.Tags[?Key=='"'"'dataset'"'"'].Value | [0]]'
our_sids='^((Output[0-9]*)?((List|Read|Write|Delete)+Prefix[A-Za-z0-9]*|UseKeyViaS3)|LightlyAssumesThisRole)$'
tags='[{"Key": "created-by", "Value": "bucketlight"}, {"Key": "created-on", "Value": "2026-11-22"}, {"Key": "dataset", "Value": "farm-animals"}]'
purpose='  It may list and read files under s3://datalake/projects/farm-animals/.
  It may use the KMS key arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab, through S3 only.
  It may list, read, store and delete files under s3://lake-out/results/.
  It may not reach another folder or change the settings of a bucket.
  It reads and stores from these networks only: 203.0.113.0/24 and vpc-0a1b2c3d.
  Its permissions boundary is arn:aws:iam::111122223333:policy/edge/OfTheHouse.
  It is made under the path /lightly/team/.'
boundary=arn:aws:iam::111122223333:policy/edge/OfTheHouse
trust_start='{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "LightlyAssumesThisRole",
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::916419735646:root"
      },
      "Action": "sts:AssumeRole",
      "Condition": {
        "StringEquals": {
          "sts:ExternalId": "'
trust_end='"
        }
      }
    }
  ]
}
'
policy_1_name=Lightly-S3-farm-animals
policy_1='{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ListPrefix",
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::datalake",
      "Condition": {
        "StringLike": {
          "s3:prefix": "projects/farm-animals/*"
        }
      }
    },
    {
      "Sid": "ReadPrefix",
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::datalake/projects/farm-animals/*",
      "Condition": {
        "IpAddress": {
          "aws:SourceIp": "203.0.113.0/24"
        }
      }
    },
    {
      "Sid": "ReadPrefixFromVpc",
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::datalake/projects/farm-animals/*",
      "Condition": {
        "StringEquals": {
          "aws:SourceVpc": "vpc-0a1b2c3d"
        }
      }
    },
    {
      "Sid": "UseKeyViaS3",
      "Effect": "Allow",
      "Action": "kms:Decrypt",
      "Resource": "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      "Condition": {
        "StringEquals": {
          "kms:ViaService": "s3.eu-central-1.amazonaws.com"
        }
      }
    },
    {
      "Sid": "OutputListPrefix",
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::lake-out",
      "Condition": {
        "StringLike": {
          "s3:prefix": "results/*"
        }
      }
    },
    {
      "Sid": "OutputReadPrefix",
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::lake-out/results/*",
      "Condition": {
        "IpAddress": {
          "aws:SourceIp": "203.0.113.0/24"
        }
      }
    },
    {
      "Sid": "OutputReadPrefixFromVpc",
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::lake-out/results/*",
      "Condition": {
        "StringEquals": {
          "aws:SourceVpc": "vpc-0a1b2c3d"
        }
      }
    },
    {
      "Sid": "OutputWritePrefix",
      "Effect": "Allow",
      "Action": [
        "s3:PutObject",
        "s3:AbortMultipartUpload"
      ],
      "Resource": "arn:aws:s3:::lake-out/results/*",
      "Condition": {
        "IpAddress": {
          "aws:SourceIp": "203.0.113.0/24"
        }
      }
    },
    {
      "Sid": "OutputWritePrefixFromVpc",
      "Effect": "Allow",
      "Action": [
        "s3:PutObject",
        "s3:AbortMultipartUpload"
      ],
      "Resource": "arn:aws:s3:::lake-out/results/*",
      "Condition": {
        "StringEquals": {
          "aws:SourceVpc": "vpc-0a1b2c3d"
        }
      }
    },
    {
      "Sid": "OutputDeletePrefix",
      "Effect": "Allow",
      "Action": "s3:DeleteObject",
      "Resource": "arn:aws:s3:::lake-out/results/*",
      "Condition": {
        "IpAddress": {
          "aws:SourceIp": "203.0.113.0/24"
        }
      }
    },
    {
      "Sid": "OutputDeletePrefixFromVpc",
      "Effect": "Allow",
      "Action": "s3:DeleteObject",
      "Resource": "arn:aws:s3:::lake-out/results/*",
      "Condition": {
        "StringEquals": {
          "aws:SourceVpc": "vpc-0a1b2c3d"
        }
      }
    },
    {
      "Sid": "OutputUseKeyViaS3",
      "Effect": "Allow",
      "Action": [
        "kms:Decrypt",
        "kms:GenerateDataKey"
      ],
      "Resource": "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      "Condition": {
        "StringEquals": {
          "kms:ViaService": "s3.eu-central-1.amazonaws.com"
        }
      }
    }
  ]
}
'
bucket_1=datalake
bucket_2=lake-out
export LC_ALL=C AWS_PAGER= AWS_CLI_AUTO_PROMPT=off AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION:-$region}

yes=no unseen_bucket=no
while (($#)); do
  case $1 in
    --yes) yes=yes ;;
    --unseen-bucket) unseen_bucket=yes ;;
    *)
      printf '%s\n' "Usage: bash $0 [--yes [--unseen-bucket]]" >&2
      exit 2
      ;;
  esac
  shift
done

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s\n' "$*" >&2
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
  fail "The AWS CLI keeps a history of what is sent and answered here, and a secret would be in it." \
    "Turn cli_history off in its configuration, or use AWS CloudShell. Nothing was changed."
fi
alias=$(aws iam list-account-aliases --query 'AccountAliases[0]' --output text 2>/dev/null) || alias=None
if [[ $alias = None ]]; then alias="no alias to be seen"; fi
say "Account: $found_account ($alias)"
say "You are: $found_arn"

# What is there.
if aws iam "get-$kind" "--$kind-name" "$name" --query "$our_tags" --output text >"$work/tags" 2>"$work/refusal"; then
  IFS=$'\t' read -r found_tag found_dataset <"$work/tags"
  [[ $found_tag = "$created_by" ]] ||
    fail "There is a $kind $name already that was not made for this. Nothing was changed. Ask for another name."
  [[ $found_dataset = "$dataset" ]] ||
    fail "There is a $kind $name already, of another dataset: $found_dataset. Nothing was changed." \
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
      fail "The $what of the $kind $name has a statement that was not made for this, and it would be lost:" \
        "its Sid is $sid. Nothing was changed. Ask for another name."
  done
}
if [[ $there = yes ]]; then
  only_ours "trust policy" iam get-role --role-name "$name" --query "[Role.AssumeRolePolicyDocument.Statement][].[Sid || 'missing'][]"
  only_ours policy iam get-role-policy --role-name "$name" --policy-name "$policy_1_name" --query "[PolicyDocument.Statement][].[Sid || 'missing'][]"
fi

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
    fail "The bucket $1 is not of account $bucket_account. Nothing was changed." \
      "Sign in to the bucket's account, or ask for files in which that account is named."
  fi
  unseen=yes
  say "Whether the bucket $1 is of account $bucket_account is not known: you may not look at it." \
    "If it is not, the $kind cannot reach it."
}
whose "$bucket_1"
whose "$bucket_2"
if [[ $yes = yes && $unseen = yes && $unseen_bucket = no ]]; then
  fail "Nothing was changed. To go on without knowing that, leave --yes out, or add --unseen-bucket."
fi
if [[ $yes = no ]]; then
  answer=
  read -r -p 'Type yes to go on: ' answer || true
  [[ $answer = yes ]] || fail "Nothing was changed."
fi

# The external ID goes into a file that is gone in the end, and into no argument.
if [[ -z $external_id ]]; then
  read -r -s -p 'External ID (it is not shown): ' external_id || true
  say ""
fi
case $external_id in
  *[!A-Za-z0-9_+=,.@:/-]*)
    fail "An external ID has letters, digits, and _ + = , . @ : / - only. Nothing was changed."
    ;;
esac
if ((${#external_id} < 10 || ${#external_id} > 1224)); then
  fail "An external ID has 10 letters or more. You get it apart from this file. Nothing is changed."
fi
printf '%s%s%s' "$trust_start" "$external_id" "$trust_end" >"$work/trust.json"
unset external_id

# Each of these may be done again.
if [[ $there = no ]]; then
  aws iam create-role --role-name "$name" --path "$iam_path" --tags "$tags" --permissions-boundary "$boundary" --assume-role-policy-document "file://$work/trust.json" --max-session-duration 43200 >/dev/null
else
  aws iam update-assume-role-policy --role-name "$name" --policy-document "file://$work/trust.json"
  aws iam update-role --role-name "$name" --max-session-duration 43200 >/dev/null
  aws iam put-role-permissions-boundary --role-name "$name" --permissions-boundary "$boundary"
fi
aws iam put-role-policy --role-name "$name" --policy-name "$policy_1_name" --policy-document "$policy_1"

say "Done: the role $name is as it should be. Hand back its ARN:"
aws iam get-role --role-name "$name" --query Role.Arn --output text
