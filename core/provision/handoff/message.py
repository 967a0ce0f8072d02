"""The message to the administrator: what is asked, why, what is attached, and what to hand back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...aws.statements import LIGHTLY_ACCOUNT
from ..wanted import Wanted
from .formats import Format
from .others import ACCOUNT
from .stack import CAPABILITY, quick_create_link, upload_link
from .words import is_role, sentences, shown, wrapped

__all__ = ["Attached", "message"]

_KEY_BACK = (
    "The access key{of_each}, as the CSV file that the AWS console offers or the script writes. Whoever has it has "
    "what the user may do. So hand it over with the password manager or the encrypted way that we use for such "
    "things. It does not belong into a mail, a chat or a ticket, and neither does a picture of it."
)
_ARN_BACK = "The ARN of {each} role. It is no secret: a mail will do."
_EXTERNAL_ID = (
    "You get {each} role's external ID from me in another way, not with this message and its files. It has to be "
    "entered exactly: without it nobody can use the role, Lightly included. Treat it like a "
    "passphrase; do not send it back."
)
_USER_WHY = (
    "Lightly (lightly.ai) keeps the user's access key and signs its requests with it. Nobody signs in to the console "
    "as this user. CloudFormation and Terraform would keep the key's secret, so their files make no key: it is made "
    "by hand afterwards, and each of the files says how."
)
_ROLE_WHY = (
    f"Lightly (lightly.ai) assumes the role from its own AWS account, {LIGHTLY_ACCOUNT}, and only with an external ID. "
    "So there is no access key. Lightly asks for sessions of 12 hours, and the role allows them."
)

_NOT_YET = (
    "CloudFormation and Terraform make it new: no {kind} of that name may be there yet. The script brings up to date "
    "what it made itself, and stops at any other."
)
_TO_KEYS = (
    "The files there are encrypted with a KMS key. Its policy may have to let in who uses it: where it does not leave "
    "that to IAM, or where the key is of another account. Then, once that user or role is there, this is added to it:"
)
_TO_BUCKETS = (
    "The bucket is of another account: its own policy has to let in who reads or stores there. Once that user or role "
    "is there, this is added to it:"
)
_NO_ACCOUNT = f"In these files put the ID of the account in place of {ACCOUNT}."

_FILLED_IN = "Or open this page, which reads it from S3 and is filled in:"
_TO_FILL_IN = (
    "Or let this link open a page that is filled in: upload the template to a bucket of yours, and put the “Object "
    "URL” that S3 shows for it in place of TEMPLATE-URL:"
)
_EXTERNAL_ID_ASKED = "It asks for the external ID."
_KEY_MADE = "With --key lightly-key.csv it makes the access key as well, in that file."


@dataclass(frozen=True, slots=True)
class Attached:
    """The names of the files that go with one user or role.

    Attributes:
        forms: what it is made with.
        keys: what the policies of KMS keys get, file name to the key's ARN.
        buckets: what the policies of buckets get, file name to bucket.
    """

    forms: Mapping[Format, str]
    keys: Mapping[str, str] = field(default_factory=dict)
    buckets: Mapping[str, str] = field(default_factory=dict)


def message(
    wanteds: Sequence[Wanted],
    files: Sequence[Attached],
    *,
    account_id: str | None = None,
    template_url: str | None = None,
) -> str:
    """Write the message. `files` are those that are attached, for each user or role.

    It begins with a line for the subject. It holds no secret.

    Raises:
        HandoffError: where CloudFormation reads no template from `template_url`.
    """
    roles = [is_role(wanted) for wanted in wanteds]
    each = "the" if sum(roles) == 1 else "each"
    parts = [
        f"Subject: {_subject(wanteds)}",
        "Hello,",
        wrapped(_request(wanteds, account_id)),
        *(_described(wanted, account_id) for wanted in wanteds),
    ]
    if any(roles):
        parts.append(wrapped(_ROLE_WHY))
    if not all(roles):
        parts.append(wrapped(_USER_WHY))
    for wanted, attached in zip(wanteds, files, strict=True):
        parts.append(_ways(wanted, attached.forms, template_url, several=len(wanteds) > 1))
    parts += _policies(_TO_KEYS, [each.keys for each in files], "the KMS key", has_account=account_id is not None)
    parts += _policies(_TO_BUCKETS, [each.buckets for each in files], "the bucket", has_account=True)
    if any(roles):
        parts.append(wrapped(_EXTERNAL_ID.format(each=each)))
    back = [_ARN_BACK.format(each=each)] if any(roles) else []
    if not all(roles):
        back.append(_KEY_BACK.format(of_each=" of each user" if roles.count(False) > 1 else ""))
    parts.append("\n".join(["What I need back:", *(wrapped(one, "  - ") for one in back)]))
    parts.append(wrapped(_later(wanteds)))
    parts.append("Thank you. Ask me whatever is unclear.")
    return "\n\n".join(parts) + "\n"


def _subject(wanteds: Sequence[Wanted]) -> str:
    kinds = " and ".join(dict.fromkeys(f"an IAM {wanted.access.entity}" for wanted in wanteds))
    locations = [grant.location for wanted in wanteds for grant in wanted.grants]
    whole = dict.fromkeys(shown(each.bucket) for each in locations if not each.prefix)
    folders = dict.fromkeys(name for each in locations if (name := shown(each.bucket)) not in whole)
    places = [*([f"a folder in {' and '.join(folders)}"] if folders else []), *(f"the bucket {each}" for each in whole)]
    return f"{kinds[0].upper()}{kinds[1:]} for Lightly, limited to {' and '.join(places)}"


def _request(wanteds: Sequence[Wanted], account_id: str | None) -> str:
    where = f"AWS account {account_id}" if account_id else "the AWS account of the bucket"
    kinds = [wanted.access.entity for wanted in wanteds]
    counted = {kind: "an" if kinds.count(kind) == 1 else "two" for kind in kinds}
    what = " and ".join(f"{count} IAM {kind}{'s' * (count == 'two')}" for kind, count in counted.items())
    return (
        f"I connect the dataset {shown(wanteds[0].dataset)} to Lightly (lightly.ai), which reads its files from S3. "
        f"For that I ask you for {what} in {where}, with as few permissions as will do:"
    )


def _described(wanted: Wanted, account_id: str | None) -> str:
    name = wanted.arn(account_id) if account_id else f"{wanted.access.entity} {wanted.name}"
    return "\n".join([f"  {shown(name)}", *(wrapped(each, "    ", "      ") for each in sentences(wanted))])


def _ways(wanted: Wanted, names: Mapping[Format, str], template_url: str | None, *, several: bool) -> str:
    of_which = f" of {shown(wanted.name)}" if several else ""
    lines = [wrapped(f"The files{of_which} make the same in different ways. Choose the one that suits you:")]
    if name := names.get(Format.CLI):
        more = _EXTERNAL_ID_ASKED if is_role(wanted) else _KEY_MADE
        lines.append(
            wrapped(
                f"{name}: a script for the AWS CLI. Run bash {name}, on your machine or in AWS CloudShell. It shows "
                f"the account and asks before it changes anything. {more}",
                "  - ",
            )
        )
    if name := names.get(Format.CLOUDFORMATION):
        lines += [
            wrapped(
                f"{name}: a CloudFormation template. Upload it on this page, and acknowledge that it names what it "
                f"makes in IAM ({CAPABILITY}):",
                "  - ",
            ),
            f"    {upload_link(wanted)}",
            wrapped(_FILLED_IN if template_url else _TO_FILL_IN, "    "),
            f"    {quick_create_link(wanted, template_url)}",
        ]
    if name := names.get(Format.TERRAFORM):
        lines.append(wrapped(f"{name}: for Terraform. Give it a folder of its own.", "  - "))
    if name := names.get(Format.CONSOLE):
        lines.append(wrapped(f"{name}: the steps by hand in the AWS console.", "  - "))
    if Format.CLOUDFORMATION in names or Format.TERRAFORM in names:
        lines.append(wrapped(_NOT_YET.format(kind=wanted.access.entity)))
    return "\n".join(lines)


def _policies(start: str, files: Sequence[Mapping[str, str]], whose: str, *, has_account: bool) -> list[str]:
    """Name what the policies of others get, and whose those are."""
    lines = [wrapped(f"{file}: for {whose} {shown(name)}", "  - ") for each in files for file, name in each.items()]
    if not lines:
        return []
    return ["\n".join([wrapped(start), *lines, *([] if has_account else [wrapped(_NO_ACCOUNT)])])]


def _later(wanteds: Sequence[Wanted]) -> str:
    it = "It is" if len(wanteds) == 1 else "They are"
    rest = "" if all(map(is_role, wanteds)) else " The access key is deleted first."
    return (
        f"{it} tagged created-by: bucketlight. To take everything back, delete the stack, run terraform destroy, or "
        f"delete in IAM what was made.{rest}"
    )
