"""The whole hand-off: which files there are, and how they get into a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...store.files import make_folder, write_text
from ..wanted import Wanted
from .byhand import instructions
from .formats import EXTERNAL_ID_FILE, Format, HandoffError, Policy, file_name, policy_file_name
from .message import Attached, message
from .others import bucket_texts, key_texts
from .script import script
from .stack import template
from .terraform import configuration
from .words import shown

__all__ = ["pack", "save", "write"]

_PARTS = (("",), ("input", "output"))
_MADE = (Format.CLI, Format.CLOUDFORMATION, Format.TERRAFORM, Format.CONSOLE)


def write(
    wanted: Wanted,
    format: Format,  # noqa: A002 - what the command line calls it
    *,
    account_id: str | None = None,
    bucket_account_id: str | None = None,
    template_url: str | None = None,
) -> str:
    """Write one form of the hand-off of one user or role. The same `wanted` gives the same text.

    `account_id` is the account in which it is to be made, where that is known, and `bucket_account_id` that of the
    buckets, where that is another one. `template_url` is where in S3 the CloudFormation template will be. There is no
    secret in the text: neither the external ID nor, as no form makes one unasked, an access key.

    Raises:
        HandoffError: where this form cannot hold what is wanted; the text says which can. Also for a `template_url`
            from which CloudFormation reads no template.
        PolicyError: where no policy can be written.
    """
    match format:
        case Format.CLOUDFORMATION:
            return template(wanted, account_id=account_id)
        case Format.TERRAFORM:
            return configuration(wanted, account_id=account_id)
        case Format.CLI:
            return script(wanted, account_id=account_id, bucket_account_id=bucket_account_id)
        case Format.CONSOLE:
            return instructions(wanted, account_id=account_id)
        case Format.MESSAGE:
            files = pack(
                [wanted], account_id=account_id, bucket_account_id=bucket_account_id, template_url=template_url
            )
            return files[file_name(Format.MESSAGE)]


def pack(
    wanteds: Sequence[Wanted],
    *,
    account_id: str | None = None,
    bucket_account_id: str | None = None,
    template_url: str | None = None,
    external_id: bool = False,
) -> dict[str, str]:
    """Write the files of a hand-off: file name to text, the message first.

    Of one user or role, or of two: then the first is the input's, and the second the output's. A form that cannot hold
    what is wanted is left out, and the message does not name it; the script can hold everything. Where KMS keys are
    used, there is what their policies need, and so for the buckets where they are known to be of another account
    (`bucket_account_id`). `template_url` goes with one user or role: see `write`.

    The external ID is in none of the files. With `external_id` there is one file more, `EXTERNAL_ID_FILE`, with it
    alone: it is to reach the administrator in another way than the rest.

    Raises:
        HandoffError: for a `template_url` from which CloudFormation reads no template.
        PolicyError: where no policy can be written.
        ValueError: for no or more than two of them, for two of the same name, and for two with one `template_url`.
    """
    if not 1 <= len(wanteds) <= len(_PARTS) or len({wanted.name for wanted in wanteds}) < len(wanteds):
        raise ValueError("a hand-off is of one user or role, or of two with names of their own")
    if template_url is not None and len(wanteds) > 1:
        raise ValueError("one template makes one user or role")
    texts: dict[str, str] = {}
    attached: list[Attached] = []
    for wanted, part in zip(wanteds, _PARTS[len(wanteds) - 1], strict=True):
        names: dict[Format, str] = {}
        for form in _MADE:
            try:
                text = write(wanted, form, account_id=account_id, bucket_account_id=bucket_account_id)
            except HandoffError:
                continue
            names[form] = file_name(form, part)
            texts[names[form]] = text
        keys = key_texts(wanted, part, account_id=account_id)
        buckets = bucket_texts(wanted, account_id=account_id, bucket_account_id=bucket_account_id)
        of_keys = _named(Policy.KEY, keys, part, texts)
        attached.append(Attached(names, of_keys, _named(Policy.BUCKET, buckets, part, texts)))
    said = message(wanteds, attached, account_id=account_id, template_url=template_url)
    found = {file_name(Format.MESSAGE): said, **texts}
    if external_id and (secrets := _external_ids(wanteds)):
        found[EXTERNAL_ID_FILE] = secrets
    return found


def save(files: Mapping[str, str], folder: Path) -> tuple[Path, ...]:
    """Save a pack into a folder, which is made where it is missing. Only the user can read the files (0600).

    A file of the same name is replaced; others in the folder stay as they are.

    Raises:
        StoreError: where a file cannot be written.
        OSError: where the folder cannot be made.
    """
    make_folder(folder)
    saved = []
    for name, text in files.items():
        write_text(folder / name, text)
        saved.append(folder / name)
    return tuple(saved)


def _named(policy: Policy, found: Mapping[str, str], part: str, texts: dict[str, str]) -> dict[str, str]:
    """Put what such policies get among the texts, each in a file of its own; return whose the files are."""
    names = {policy_file_name(policy, part, number): whose for number, whose in enumerate(found, 1)}
    texts |= {name: found[whose] for name, whose in names.items()}
    return names


def _external_ids(wanteds: Sequence[Wanted]) -> str:
    return "".join(
        f"External ID of the role {shown(wanted.name)}: {wanted.external_id.reveal()}\n"
        for wanted in wanteds
        if wanted.external_id
    )
