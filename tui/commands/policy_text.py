"""What `bucketlight policy` writes: from the options to the texts, each with the name of the file that it makes."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from core.access import AccessKind, Secret
from core.aws.account_rules import check_place
from core.aws.grants import Grant, Networks, grants_policy
from core.aws.policy import PolicyError, partition_of, to_json
from core.aws.policy_size import MANAGED, USER_INLINE, compact, fit, size
from core.aws.setup_policy import setup_policy
from core.aws.statements import bucket_policies, key_policy_statements, name_of, trust_policy, trust_problem

from .common import fail, parse_location, remark
from .granting import GrantOptions, grants_of, networks_of

if TYPE_CHECKING:
    from core.provision.wanted import Wanted

__all__ = ["Options", "write"]

Files = dict[str, str]
"""The name of each file, and its text."""

_PACK = None
"""The form that is none: everything, in a folder."""

_LONGEST_LINE = 4096
"""How much of the standard input is read for an external ID, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(GrantOptions):
    """The options as they were typed. `several`: there is a folder, so that there may be more than one file."""

    uri: str | None
    access: str | None
    dataset: str | None
    account_id: str | None
    bucket_account_id: str | None
    path: str
    boundary_arn: str | None
    principal: str | None
    template_url: str | None
    external_id: str | None
    for_setup: bool
    form: str | None
    several: bool

    @property
    def kind(self) -> AccessKind | None:
        """The access that is named, or None."""
        return {"user": AccessKind.USER, "role": AccessKind.DELEGATED}.get(self.access or "")


def write(options: Options) -> Files:
    """Write what is asked for. What cannot be asked for ends the program.

    Raises:
        ValueError: where it cannot be written; the text says why.
    """
    if options.for_setup:
        return _for_setup(options)
    asked = _read(options)
    form = options.form or (_PACK if options.several else "json")
    if options.template_url is not None and form not in {_PACK, "cloudformation", "message"}:
        fail("--template-url is where the CloudFormation template will be: this form has no link to it.")
    if options.bucket_account_id is not None and form not in {_PACK, "cli", "message"}:
        fail("--bucket-account goes with --out FOLDER, --format cli and --format message: no other text asks for it.")
    if options.external_id is not None and (form not in {_PACK, "trust"} or asked.access is AccessKind.USER):
        fail("--external-id goes with --format trust, or with --access role --out FOLDER: no other text holds one.")
    match form:
        case None:
            return _pack(asked, options)
        case "json":
            return _policy(asked)
        case "trust":
            return _trust(asked, options)
        case "key-policy":
            return _key_policy(asked)
        case "bucket-policy":
            return _bucket_policy(asked)
        case _:
            return _handed_over(asked, form, options.template_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the options ask for. `access` is None where that is not given, `dataset` where the folder tells no name."""

    grants: tuple[Grant, ...]
    networks: Networks | None
    access: AccessKind | None
    dataset: str | None
    account_id: str | None
    bucket_account_id: str | None
    path: str
    boundary_arn: str | None
    principal: str | None

    def __post_init__(self) -> None:
        check_place(account_id=self.account_id, path=self.path, boundary_arn=self.boundary_arn)
        check_place(account_id=self.bucket_account_id)
        if self.bucket_account_id is not None and self.account_id is None:
            raise PolicyError("Where the bucket's account is named, name that of the user or role too: --account ID.")
        if self.principal is not None and (name_of(self.principal) or "root").partition("/")[0] not in {"user", "role"}:
            raise PolicyError("--principal takes the ARN of a user or a role, arn:aws:iam::ACCOUNT:user/NAME.")

    def wanted(self, external_id: Secret | None) -> Wanted:
        """Write down what is to be there: for a role with this external ID.

        Raises:
            PolicyError: where it has no name.
            WantedError: where it cannot be.
        """
        from core.provision.wanted import Wanted

        if self.dataset is None:
            raise PolicyError("Name the dataset with --dataset NAME: the folder's name makes none for user or role.")
        return Wanted(
            access=self.access or AccessKind.USER,
            dataset=self.dataset,
            grants=self.grants,
            external_id=external_id,
            networks=self.networks,
            path=self.path,
            boundary_arn=self.boundary_arn,
            made_on=datetime.now(UTC).date(),
        )


def _read(options: Options) -> Asked:
    from core.guide.steps.dataset import suggested_name
    from core.lightly.rules import dataset_name_problem

    if options.uri is None:
        fail("Name the folder: bucketlight policy s3://bucket/folder/. Try 'bucketlight policy --help' for help.")
    location = parse_location(options.uri)
    if options.dataset is not None and (problem := dataset_name_problem(options.dataset)):
        fail(f"--dataset: {problem}")
    networks = networks_of(options)
    if networks is not None and (unseen := networks.unseen):
        remark(f"{unseen} That does not hold for another S3 server.")
    return Asked(
        grants=grants_of(options, location),
        networks=networks,
        access=options.kind,
        dataset=options.dataset or suggested_name(location) or None,
        account_id=options.account_id,
        bucket_account_id=options.bucket_account_id,
        path=options.path,
        boundary_arn=options.boundary_arn,
        principal=options.principal,
    )


def _for_setup(options: Options) -> Files:
    others = {
        "--needs": options.needs,
        "--delete": options.delete,
        "--write-only-lightly": options.write_only_lightly,
        "--kms-key": options.kms_key,
        "--output-uri": options.output_uri,
        "--output-kms-key": options.output_kms_key,
        "--source-ip": options.source_ips,
        "--vpc": options.vpcs,
        "--dataset": options.dataset,
        "--bucket-account": options.bucket_account_id,
        "--principal": options.principal,
        "--template-url": options.template_url,
        "--external-id": options.external_id,
        "--format": options.form not in {None, "json"},
    }
    if given := [name for name, value in others.items() if value]:
        fail(
            f"--for-setup does not go with {', '.join(given)}. It takes the URI of a bucket, --region, --access, "
            "--account, --path and --boundary."
        )
    document = setup_policy(
        partition=partition_of(options.region),
        account_id=options.account_id,
        path=options.path,
        bucket=parse_location(options.uri).bucket if options.uri is not None else None,
        access=options.kind,
        boundary_arn=options.boundary_arn,
    )
    if options.boundary_arn is None:
        remark(
            "Whoever has this policy can give a user or role named Lightly-S3-* any right in the account: IAM cannot "
            "limit what an inline policy says. Only a permissions boundary does: name one with --boundary ARN. A "
            "managed policy of what `bucketlight policy s3://BUCKET/` writes can serve as one."
        )
    return {"setup-policy.json": to_json(document)}


def _pack(asked: Asked, options: Options) -> Files:
    """Write all that an administrator may need, in every form; a role's external ID stands in a file of its own."""
    from core.provision.handoff import pack

    external_id = _external_id(options) if asked.access is AccessKind.DELEGATED else None
    files = pack(
        [asked.wanted(external_id)],
        account_id=asked.account_id,
        bucket_account_id=asked.bucket_account_id,
        template_url=options.template_url,
        external_id=True,
    )
    if external_id is not None:
        remark("The external ID is saved beside the folder, in a file of its own. Send it apart from the rest.")
    return files


def _external_id(options: Options) -> Secret:
    """Get the external ID: made new, typed into this terminal, or the first line of the standard input.

    It is never an argument: other programs see those.
    """
    from core.external_id import new_external_id
    from core.lightly.rules import external_id_problem

    match options.external_id:
        case None | "new":
            remark("A new external ID was made. Lightly has to be given the same one.")
            return new_external_id()
        case "ask":
            if not sys.stdin.isatty():
                fail("--external-id ask needs a terminal. Use --external-id stdin, and write the ID there.")
            text = click.prompt("External ID", hide_input=True, err=True)
        case "stdin":
            text = sys.stdin.readline(_LONGEST_LINE)
        case _:  # it may be the ID itself: it is not repeated
            fail("--external-id takes new, ask or stdin. The ID itself is no argument: other programs see those.")
    if problem := external_id_problem(text.strip()):
        fail(problem)
    return Secret(text.strip())


def _policy(asked: Asked) -> Files:
    document = grants_policy(asked.grants, networks=asked.networks)
    of_user = asked.access is not AccessKind.DELEGATED
    if size(document) > (USER_INLINE if of_user else MANAGED):
        document = compact(document)
    parts = fit(document, MANAGED)
    if of_user and size(document) > USER_INLINE:
        remark(
            f"This is longer than a user's inline policies may be together ({USER_INLINE:,} characters): make a "
            f"managed policy of it ({MANAGED:,})."
        )
    return {f"policy{f'-{number}' if number > 1 else ''}.json": to_json(part) for number, part in enumerate(parts, 1)}


def _trust(asked: Asked, options: Options) -> Files:
    if asked.access is AccessKind.USER:
        raise PolicyError("A user has no trust policy: only a role is assumed. Leave --access user out.")
    partition = partition_of(asked.grants[0].region)
    if problem := trust_problem(partition):
        raise PolicyError(problem)
    return {"trust-policy.json": to_json(trust_policy(_external_id(options).reveal(), partition=partition))}


def _principal_of(asked: Asked) -> str:
    """Name whose access it is about: the given ARN, or the one that user or role will have in the given account."""
    if asked.principal:
        return asked.principal
    if asked.account_id is None:
        raise PolicyError("Say who is to be allowed: --principal ARN, or --account ID of who is made for it.")
    wanted = asked.wanted(Secret("not in this text") if asked.access is AccessKind.DELEGATED else None)
    return wanted.arn(asked.account_id)


def _key_policy(asked: Asked) -> Files:
    if not any(grant.kms_key_arn for grant in asked.grants):
        raise PolicyError("Name the key whose policy it is: --kms-key ARN.")
    statements = key_policy_statements(asked.grants, _principal_of(asked))
    if not statements:
        raise PolicyError("To list needs no key: the key's policy stays as it is.")
    remark("Add this to the statements that the key's policy has; they must stay, or nobody can manage the key.")
    return _numbered("key-policy-statement", [to_json(statement) for statement in statements.values()])


def _bucket_policy(asked: Asked) -> Files:
    documents = bucket_policies(asked.grants, _principal_of(asked), networks=asked.networks)
    remark("Where the bucket has a policy, add these statements to it: it is replaced as a whole.")
    return _numbered("bucket-policy", [to_json(document) for document in documents.values()])


def _handed_over(asked: Asked, form: str, template_url: str | None) -> Files:
    from core.external_id import new_external_id
    from core.provision.handoff import Format, quick_create_link, write
    from core.provision.handoff.formats import file_name

    is_role = asked.access is AccessKind.DELEGATED
    # No form holds the external ID: each asks for it where the role is made.
    wanted = asked.wanted(new_external_id() if is_role else None)
    text = write(
        wanted,
        Format(form),
        account_id=asked.account_id,
        bucket_account_id=asked.bucket_account_id,
        template_url=template_url,
    )
    if template_url is not None and form == Format.CLOUDFORMATION:
        remark(f"Once it is there, this page is filled in from it: {quick_create_link(wanted, template_url)}")
    if is_role:
        remark("The external ID is not in it: it is asked for where the role is made. With --out FOLDER one is made.")
    return {file_name(Format(form)): text}


def _numbered(name: str, texts: list[str]) -> Files:
    return {f"{name}{f'-{number}' if number > 1 else ''}.json": text for number, text in enumerate(texts, 1)}
