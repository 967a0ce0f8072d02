"""What works but is too open: the words for each thing, by the stable id of its cause. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["KEY_DAYS", "MADE_UP", "RULES", "Rule", "Weakness", "weakness"]

KEY_DAYS = 90
"""After how many days an access key is better replaced (AWS Config, managed rule access-keys-rotated)."""

MADE_UP = ("0-nobody-has-this", "z-nobody-has-that")
"""Two names, or external IDs, of nothing and nobody. What takes both takes all but everything."""

_DOCS = "https://docs.aws.amazon.com"
_IAM = f"{_DOCS}/IAM/latest/UserGuide"
_S3 = f"{_DOCS}/AmazonS3/latest/userguide"

_CONFUSED_DEPUTY = f"{_IAM}/confused-deputy.html"
_TRUST = f"{_IAM}/reference_policies_elements_principal.html"
_BEST = f"{_IAM}/best-practices.html"
_KEYS = f"{_IAM}/id_credentials_access-keys.html"
_PUBLIC = f"{_S3}/access-control-block-public-access.html"
_LEAST = f"{_S3}/example-policies-s3.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that is too open: the sentence for it, what to do, and where AWS's documentation says more.

    `says` and `fix` hold names in braces.
    """

    cause: str
    says: str
    fix: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakness:
    """What was found to be too open, in words. No secret and no key of the user's data is in it."""

    cause: str
    summary: str
    fix: str
    link: str


_ALL = (
    Rule(
        cause="trust-without-external-id",
        says="The trust policy of {role} lets Lightly's account in without asking for your external ID ({statement}): "
        "another customer of Lightly could name your role.",
        fix="Add the Condition StringEquals on sts:ExternalId there, with your external ID alone; "
        "an IAM administrator can.",
        link=_CONFUSED_DEPUTY,
    ),
    Rule(
        cause="trust-anyone",
        says="The trust policy of {role} names `*` as Principal ({statement}): no AWS account is left out.",
        fix="Name Lightly's account alone there, {lightly}, with your external ID; an IAM administrator can.",
        link=_TRUST,
    ),
    Rule(
        cause="trust-foreign-account",
        says="The trust policy of {role} also names {accounts} ({statement}), which is neither the role's own account "
        "nor Lightly's.",
        fix="Remove that account there, unless you know what it is for; an IAM administrator can.",
        link=_TRUST,
    ),
    Rule(
        cause="trust-foreign-on-condition",
        says="The trust policy of {role} also names {accounts}, under a condition ({statement}). It is neither the "
        "role's own account nor Lightly's.",
        fix="Remove that account there, unless you know what it and the condition are for; an IAM administrator can.",
        link=_TRUST,
    ),
    Rule(
        cause="trust-foreign-only",
        says="The trust policy of {role} names {accounts} ({statement}), and nowhere Lightly's: Lightly is not trusted "
        "at all.",
        fix="Name Lightly's account there instead, {lightly}, with your external ID; an IAM administrator can.",
        link=_TRUST,
    ),
    Rule(
        cause="trust-others",
        says="The trust policy of {role} lets in more than Lightly, on no condition: {others} ({statement}).",
        fix="Remove that, or name single users or roles there; an IAM administrator can.",
        link=_TRUST,
    ),
    Rule(
        cause="assume-role-mfa",
        says="The trust policy of {role} asks Lightly for an MFA code ({statement}), which no service can give.",
        fix="Take {keys} out of the Condition there: the external ID protects the role; an IAM administrator can.",
        link=f"{_IAM}/id_credentials_mfa_configure-api-require.html",
    ),
    Rule(
        cause="max-session-too-short",
        says="{role} allows sessions of {seconds} seconds at most; Lightly asks for 12 hours (43200).",
        fix="Set the role's maximum session duration to 12 hours; an IAM administrator can.",
        link=f"{_IAM}/id_roles_update-role-settings.html",
    ),
    Rule(
        cause="too-many-actions",
        says="{statement} allows much more of S3 than Lightly needs, {actions} among it.",
        fix="Narrow it to what is enough: `{command}` writes that for this folder. An IAM administrator can.",
        link=_LEAST,
    ),
    Rule(
        cause="too-wide-resource",
        says="{statement} allows {action} far beyond {bucket}: its {element} is {resource}.",
        fix="Narrow it to what is enough: `{command}` writes that for this folder. An IAM administrator can.",
        link=_LEAST,
    ),
    Rule(
        cause="write-not-needed",
        says="{statement} allows {actions} under {uri}, where reading is enough.",
        fix="Take that out: `{command}` writes what is enough for this folder. An IAM administrator can.",
        link=_BEST,
    ),
    Rule(
        cause="list-without-prefix",
        says="{statement} lets List see {where}, and not only {uri}.",
        fix="Allow s3:ListBucket in a statement of its own instead, with the Condition {condition}; "
        "an IAM administrator can.",
        link=f"{_DOCS}/AmazonS3/latest/userguide/amazon-s3-policy-keys.html",
    ),
    Rule(
        cause="objects-without-prefix",
        says="{statement} allows {actions} in {where}, and not only under {uri}.",
        fix="Narrow its Resource to {objects}; `{command}` writes what is enough. An IAM administrator can.",
        link=_LEAST,
    ),
    Rule(
        cause="administrator-credentials",
        says="{who} has an administrator's permissions: {statement} allows every action on everything.",
        fix="Give Lightly a user or a role of its own, with the policy that `{command}` writes; "
        "an IAM administrator can.",
        link=_BEST,
    ),
    Rule(
        cause="root-credentials",
        says="These are the keys of the account's root user. They open the whole account to whoever has them.",
        fix="Make an IAM user or a role for Lightly, then delete root's access key; the account's owner can.",
        link=f"{_IAM}/id_root-user.html",
    ),
    Rule(
        cause="old-access-key",
        says=f"The access key {{key}} of {{who}} is {{days}} days old; after {KEY_DAYS} a key is better replaced.",
        fix="Replace it: {how}.",
        link=_KEYS,
    ),
    Rule(
        cause="two-access-keys",
        says="{who} has {number} active access keys: {keys}. One is enough, except while a key is being replaced.",
        fix="Deactivate the key that nobody uses (IAM shows when each was last used), and delete it a few days later.",
        link=_KEYS,
    ),
    Rule(
        cause="public-bucket",
        says="The policy of the bucket {bucket} lets the public in, and the bucket's settings do not restrict that.",
        fix="Switch all of Block Public Access on for {bucket} (Permissions in the S3 console); "
        "the bucket's owner can.",
        link=_PUBLIC,
    ),
    Rule(
        cause="public-acl",
        says="The ACL of the bucket {bucket} lets in {public}, and the bucket's settings do not ignore that.",
        fix="Switch all of Block Public Access on for {bucket} (Permissions in the S3 console); "
        "the bucket's owner can.",
        link=_PUBLIC,
    ),
    Rule(
        cause="public-access-not-blocked",
        says="The settings of the bucket {bucket} do not block all public access: {missing} off. Unless it is on "
        "for the whole account, a policy or an ACL can open the bucket to anybody.",
        fix="Switch all of Block Public Access on for {bucket} (Permissions in the S3 console); "
        "the bucket's owner can.",
        link=_PUBLIC,
    ),
    Rule(
        cause="plain-http-allowed",
        says="No statement of the policy of the bucket {bucket} refuses everybody's requests without TLS in {uri}.",
        fix="Add a statement that denies s3:* to everybody where aws:SecureTransport is false; "
        "the bucket's owner can. Lightly always uses TLS.",
        link=f"{_S3}/security-best-practices.html",
    ),
    Rule(
        cause="list-outside-prefix",
        says="List works outside {uri} too: {places} could be listed.",
        fix="Limit s3:ListBucket to the folder, as the policy does that `{command}` writes; an IAM administrator can.",
        link=_LEAST,
    ),
    Rule(
        cause="read-outside-prefix",
        says="Read works outside {uri} too: an object beside it could be read.",
        fix="Limit s3:GetObject to the folder: `{command}` writes a policy that does. An IAM administrator can.",
        link=_LEAST,
    ),
)

RULES: Mapping[str, Rule] = {rule.cause: rule for rule in _ALL}
"""Every rule by its cause, in the order in which what they find is shown."""


def weakness(cause: str, **words: str) -> Weakness:
    """Fill in a rule. What cannot be printed is a blank: names are a server's words, and must not steer a terminal.

    Raises:
        KeyError: where a name of the rule is not filled in, or there is no such rule.
    """
    rule = RULES[cause]
    seen = {name: "".join(each if each.isprintable() else " " for each in text) for name, text in words.items()}
    return Weakness(
        cause=cause, summary=_capital(rule.says.format_map(seen)), fix=rule.fix.format_map(seen), link=rule.link
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
