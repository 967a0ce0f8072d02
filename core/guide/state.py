"""The state of a setup: what was answered, what was found out, and where the person stands. Immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

from ..access import Access, AccessKind, DelegatedAccess, Secret, UserAccess
from ..aws.grants import Networks
from ..dataset import Dataset
from ..lightly.rules import DEFAULT_PLATFORM_URL
from ..lights.target import CheckOptions
from ..location import S3Location
from ..needs import Needs
from .facts import Facts
from .fields import Problem
from .keys_source import KeysSource
from .plan import SecretsHome

__all__ = [
    "Answers",
    "Demanded",
    "Given",
    "Hints",
    "Limits",
    "Made",
    "Maker",
    "Output",
    "Place",
    "Position",
    "State",
    "TokenSource",
]


def _today() -> date:
    return datetime.now(UTC).date()


class TokenSource(StrEnum):
    """Where a Lightly token was found without asking."""

    KEYRING = "keyring"
    ENVIRONMENT = "environment"


class Maker(StrEnum):
    """Who makes what Lightly reaches the bucket with. Drafts and answer files hold these words."""

    HAVE = "have"
    MAKE = "make"
    HAND_OVER = "hand-over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What stood before the first question: from the command line and the machine.

    Attributes:
        platform_url: base URL of the Lightly platform.
        endpoint_url: an S3 server that the user named, or None for AWS. It is shown.
        token: a Lightly token that is known already, and `token_from` where from.
        secrets_home: where secrets can be kept here.
        secrets_problem: why that is not the keyring, in sentences, where it is not.
        datasets_path: the file that datasets are written to, as it is shown.
        ours: ids of datasets that a save of this setup made; they are gone on with, unasked.
        external_id: one that was made for this setup, for a role; the same again when it is gone on with.
        external_id_is_new: it was made just now: a role that is there already cannot know it.
        profiles: the names of the AWS profiles of this machine.
        environment_keys: whether the environment holds an access key.
        editing: the dataset whose setup is gone through again, or None for a new one.
        check_command: how to check again from another terminal, where that is not `bucketlight check NAME`.
        today: the day, in UTC, for the tags of what is made.
    """

    platform_url: str = DEFAULT_PLATFORM_URL
    endpoint_url: str | None = None
    token: Secret | None = None
    token_from: TokenSource | None = None
    secrets_home: SecretsHome = SecretsHome.KEYRING
    secrets_problem: str | None = None
    datasets_path: str = "datasets.yaml"
    ours: tuple[str, ...] = ()
    external_id: Secret | None = None
    external_id_is_new: bool = False
    profiles: tuple[str, ...] = ()
    environment_keys: bool = False
    editing: Dataset | None = None
    check_command: str | None = None
    today: date = field(default_factory=_today)


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, and its region where that was typed."""

    location: S3Location
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where Lightly writes. Without `location` in the input's folder itself.

    `access` is None where the input's credentials serve there as well; a role without an external ID has the input's.
    `made`: a user or role of its own is made or handed over for it, with that of the input; what was handed over and
    came back is its `access`.
    `external_id_lost`: it had its own, which is to be entered again. `accepted`: what was found out about the place was
    seen, and is gone on with. `left`: the other place that was entered before the input's folder was chosen.
    """

    location: S3Location | None = None
    region: str | None = None
    access: UserAccess | DelegatedAccess | None = field(default=None, repr=False)
    made: bool = False
    external_id_lost: bool = False
    accepted: bool = False
    left: Place | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What was made in AWS: the access to the input, and to the output where that has its own.

    `mark` is the fingerprint of what it was made for, `lines` say what there is now. `seen` once a person has read it.
    """

    mark: str
    access: tuple[Access, ...] = field(repr=False)
    lines: tuple[str, ...] = ()
    seen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Demanded:
    """What an organisation demands of users and roles: an IAM path, and the ARN of a permissions boundary."""

    path: str = "/"
    boundary_arn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What stands in the way of a plain request: encryption with a KMS key, and access from certain networks only.

    `networks` are those that what is made or handed over is limited to; None where they are not known.
    """

    kms_key_arn: str | None = None
    output_kms_key_arn: str | None = None
    restricted: bool = False
    networks: Networks | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What was confirmed so far. None where the step was not confirmed yet.

    `region` is set only where it was typed. `token` only where one was typed; the known one is in `given`.
    `reuse_id` names the dataset of the platform that the person agreed to use. The secret of `access` is empty where
    only the key ID is known, from a draft. With `keys_source` the key is read from there, and `access` is not used;
    with `stays` it stays there, and is not kept in the keyring. `external_id` is one that was typed in place of the
    one given; with `external_id_lost` the role has one that is not known here, and is to be entered. In a setup
    that was left, `external_id_mark` tells its external ID from another one. `worker` is the name under which a Worker
    is registered.

    `maker` says who makes user or role; None counts as `Maker.HAVE`. `administrator` is the profile to make it with.
    `made_name` is the dataset's name that it is named after and `made_on` the day for its tags: both stay the same
    once they were fixed, which for a hand-over is the day from which it waits: it `waits` once files of it were copied
    or saved, or the setup was left. `demanded` is what the organisation
    demands of what is made or handed over, where it does. `agreed` is the mark of the plan
    that was agreed to last (empty from a draft), `made` what came of it.
    """

    given: Given = Given()
    needs: Needs | None = None
    location: S3Location | None = None
    region: str | None = None
    # Kept out of the repr: after an accepted swap the key ID is a secret.
    access: UserAccess | None = field(default=None, repr=False)
    access_kind: AccessKind | None = None
    maker: Maker | None = None
    administrator: KeysSource | None = None
    made_name: str | None = None
    made_on: date | None = None
    waits: bool = False
    demanded: Demanded | None = None
    agreed: str | None = None
    made: Made | None = None
    keys_source: KeysSource | None = None
    stays: bool = False
    role_arn: str | None = None
    external_id: Secret | None = None
    external_id_lost: bool = False
    external_id_mark: str | None = None
    output: Output | None = None
    limits: Limits | None = None
    name: str | None = None
    token: Secret | None = None
    reuse_id: str | None = None
    worker: str | None = None


@dataclass(frozen=True, slots=True)
class Hints:
    """Answers that can be taken but look odd: the same once more and they are."""

    answers: Answers = field(repr=False)
    problems: Mapping[str, Problem]


@dataclass(frozen=True, slots=True)
class Position:
    """Where the person stands: the id of a step.

    `confirmed` is true while the step has been submitted and waits for what is looked up. `hints` are what it was
    submitted with last, where that looked odd.
    """

    step: str
    confirmed: bool = False
    hints: Hints | None = None


@dataclass(frozen=True, slots=True)
class State:
    """The whole setup at one moment.

    `asking` says how the check that was asked for goes about it, where not as usual. It holds for that one check.
    """

    answers: Answers
    facts: Facts
    position: Position
    asking: CheckOptions | None = None
