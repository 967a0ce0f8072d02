"""What is allowed where follows from the same wishes by the same rules, whichever way they are said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import click
import pytest
from click.testing import CliRunner
from guide_walk import ELSEWHERE, MAKE_IT, NEEDS, PROFILE, URI, at

import tui.commands.provision_run
from core.access import Secret
from core.aws.granting import Place, WishError, check_wishes, grants_for
from core.aws.grants import Grant, Networks, grants_policy
from core.aws.policy import PolicyError, to_json
from core.guide.by_hand import policy_text
from core.guide.fields import Raw
from core.guide.state import Given, State
from core.guide.steps.credentials import purposes
from core.guide.steps.wanted import granted, wanted_of
from core.location import S3Location
from core.needs import OPERATIONS
from core.provision.wanted import Wanted
from tui.commands.granting import grants_of, networks_of
from tui.commands.policy import command as policy
from tui.commands.provision import command as provision

LIST, READ, WRITE = OPERATIONS
REGION = "eu-central-1"
FARM = S3Location.parse(URI)
NEAR, FAR = S3Location.parse("s3://datalake/lightly-output/"), S3Location.parse("s3://results/farm/")
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_KEY = KEY.replace("1234abcd", "9999abcd")
GIVEN = Given(
    external_id=Secret("lightly-canary-made-0123456789"), profiles=("default", PROFILE), today=date(2026, 11, 22)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person answers, in words that each front has."""

    writes: bool = True
    output: S3Location | None = None
    key: str | None = None
    output_key: str | None = None
    delete: bool = False
    only: bool = False
    network: str | None = None

    @property
    def options(self) -> list[str]:
        """The same on the command line."""
        valued = {
            "--needs": None if self.writes else "list,read",
            "--output-uri": self.output.uri if self.output else None,
            "--kms-key": self.key,
            "--output-kms-key": self.output_key,
            "--source-ip": self.network,
        }
        flags = {"--delete": self.delete, "--write-only-lightly": self.only}
        return [
            *(word for name, value in valued.items() if value for word in (name, value)),
            *(name for name, is_on in flags.items() if is_on),
        ]

    def state(self) -> State:
        """The same in the guide."""
        where: Raw = {**ELSEWHERE, "output_uri": self.output.uri} if self.output else {"where": "same"}
        limits: Raw = {
            "kms_key_arn": self.key or "",
            "output_kms_key_arn": self.output_key or "",
            "networks": self.network or "",
        }
        return at(
            "make",
            GIVEN,
            access=MAKE_IT,
            needs={**NEEDS, "thumbnails": self.writes, "delete": self.delete},
            output={**where, "lightly_folder_only": self.only},
            limits=limits,
        )


WISHES = {
    "all": Wish(),
    "only read": Wish(writes=False),
    "only read, with a key": Wish(writes=False, key=KEY),
    "delete": Wish(delete=True),
    "only under .lightly/": Wish(delete=True, only=True, key=KEY),
    "from a network": Wish(network="203.0.113.0/24"),
    "an output": Wish(output=NEAR),
    "an output elsewhere": Wish(output=FAR),
    "the input's key": Wish(output=NEAR, key=KEY),
    "the output's key": Wish(output=NEAR, output_key=OTHER_KEY),
    "two keys": Wish(output=FAR, key=KEY, output_key=OTHER_KEY),
    "an output, all of it": Wish(
        output=FAR, key=KEY, output_key=OTHER_KEY, delete=True, only=True, network="203.0.113.0/24"
    ),
}


@pytest.fixture
def provisioned(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[Grant, ...], Networks | None]]:
    """What `bucketlight provision` was asked for."""
    asked: list[tuple[tuple[Grant, ...], Networks | None]] = []

    def run(options: tui.commands.provision_run.Options) -> int:
        asked.append((grants_of(options, S3Location.parse(options.uri), find=lambda _: REGION), networks_of(options)))
        return 0

    monkeypatch.setattr(tui.commands.provision_run, "run", run)
    return asked


def in_guide(wish: Wish) -> Wanted:
    wanted = wanted_of(wish.state())
    assert not isinstance(wanted, str), wanted
    (only,) = wanted
    return only


@pytest.mark.parametrize("wish", WISHES.values(), ids=WISHES)
def test_the_same_answers_give_the_same_grants_on_every_way(
    wish: Wish, provisioned: list[tuple[tuple[Grant, ...], Networks | None]]
) -> None:
    wanted = in_guide(wish)
    arguments = [URI, "--dataset", "farm", "--access", "user", "--profile", "admin", *wish.options]
    ended = CliRunner().invoke(provision, arguments)
    assert ended.exit_code == 0, ended.output
    assert provisioned == [(wanted.grants, wanted.networks)]
    ended = CliRunner().invoke(policy, [URI, "--region", REGION, *wish.options])
    assert ended.stdout == to_json(grants_policy(wanted.grants, networks=wanted.networks)), ended.stderr


@pytest.mark.parametrize("wish", WISHES.values(), ids=WISHES)
def test_by_hand_each_folder_gets_the_policy_of_its_grant(wish: Wish) -> None:
    state = wish.state()
    given = granted(state)
    assert tuple(given.values()) == in_guide(wish).grants
    for purpose in purposes(state.answers):
        assert policy_text(state, purpose) == to_json(grants_policy([given[purpose]]))


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(writes=False, delete=True), "leave --delete out"),
        (Wish(writes=False, only=True), "leave --write-only-lightly out"),
        (Wish(output_key=KEY), "leave --output-kms-key out"),
        (Wish(output=FARM), "Leave --output-uri out"),
        (Wish(network="office"), "no IP range"),
        (Wish(key="alias/mine"), "key ARN"),
    ],
)
def test_what_would_mean_nothing_is_refused_in_the_same_words_by_both_commands(wish: Wish, said: str) -> None:
    arguments = [URI, "--dataset", "farm", "--access", "user", "--profile", "nobody", *wish.options]
    made = CliRunner().invoke(provision, [*arguments, "--region", REGION])
    written = CliRunner().invoke(policy, [URI, "--region", REGION, *wish.options])
    assert (made.exit_code, written.exit_code) == (2, 2)
    assert said in made.stderr
    assert made.stderr == written.stderr


def test_what_is_left_on_in_the_guide_and_means_nothing_allows_nothing() -> None:
    (grant,) = in_guide(Wish(writes=False, delete=True, only=True)).grants
    assert (grant.operations, grant.delete, grant.lightly_folder_only) == ((LIST, READ), False, False)


def test_an_input_beside_an_output_is_never_written_to() -> None:
    source, stored = grants_for(Place(location=FARM), output=Place(location=FAR), delete=True, lightly_folder_only=True)
    assert source == Grant(location=FARM, operations=(LIST, READ))
    assert stored == Grant(location=FAR, operations=OPERATIONS, delete=True, lightly_folder_only=True)


def test_what_is_stored_is_not_encrypted_with_the_inputs_key_unless_that_is_said() -> None:
    source, stored = grants_for(Place(location=FARM, kms_key_arn=KEY), output=Place(location=NEAR))
    assert (source.kms_key_arn, stored.kms_key_arn) == (KEY, None)


def test_a_region_is_that_of_the_bucket_else_that_of_its_key() -> None:
    source, stored = grants_for(Place(location=FARM, kms_key_arn=KEY), output=Place(location=NEAR))
    assert (source.region, stored.region) == (REGION, REGION)
    source, stored = grants_for(Place(location=FARM, region="us-east-1"), output=Place(location=FAR))
    assert (source.region, stored.region) == ("us-east-1", None)
    (only,) = grants_for(Place(location=FARM, region="us-east-1", kms_key_arn=KEY))
    assert only.region == "us-east-1", "the policy then says that the key is elsewhere"
    with pytest.raises(PolicyError, match="us-east-1"):
        grants_policy([only])


def test_operations_are_in_their_order_and_there_is_something_to_allow() -> None:
    assert grants_for(Place(location=FARM), {WRITE, LIST})[0].operations == (LIST, WRITE)
    with pytest.raises(WishError, match="nothing would be allowed") as refused:
        grants_for(Place(location=FARM), (WRITE,), output=Place(location=FAR))
    assert refused.value.cause == "nothing-in-input"


@pytest.mark.parametrize(
    ("wishes", "cause"),
    [
        ({"delete": True}, "delete-without-write"),
        ({"lightly_folder_only": True}, "folder-without-write"),
        ({"output_kms_key_arn": KEY}, "key-without-output"),
    ],
)
def test_a_wish_in_vain_has_a_cause_and_names_no_option(wishes: dict[str, object], cause: str) -> None:
    with pytest.raises(WishError) as refused:
        check_wishes((LIST, READ), has_output=False, **wishes)  # type: ignore[arg-type]
    assert refused.value.cause == cause
    assert "--" not in str(refused.value)
    check_wishes((LIST, READ), has_output=True, **wishes)  # type: ignore[arg-type]


def test_regions_are_asked_for_once_for_each_bucket_and_last(
    provisioned: list[tuple[tuple[Grant, ...], Networks | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[S3Location] = []

    def find(location: S3Location) -> str:
        asked.append(location)
        return "us-west-2"

    def run(options: tui.commands.provision_run.Options) -> int:
        provisioned.append((grants_of(options, FARM, find=find), None))
        return 0

    monkeypatch.setattr(tui.commands.provision_run, "run", run)
    common = [URI, "--dataset", "farm", "--access", "user", "--profile", "admin", "--output-uri"]
    for more in ([NEAR.uri], [FAR.uri], [FAR.uri, "--region", REGION], [URI]):
        CliRunner().invoke(provision, [*common, *more])
    assert asked == [FARM, FARM, FAR, FAR], "none for what is refused anyway"
    assert [[grant.region for grant in grants] for grants, _ in provisioned] == [
        ["us-west-2", "us-west-2"],
        ["us-west-2", "us-west-2"],
        [REGION, "us-west-2"],
    ]


def test_provision_and_policy_have_the_same_options_for_what_is_allowed_and_where() -> None:
    made, written = (
        {one.name: (one.opts, one.metavar, one.help) for one in each.params if isinstance(one, click.Option)}
        for each in (provision, policy)
    )
    shared = {"needs", "delete", "write_only_lightly", "kms_key", "output_uri", "output_kms_key", "source_ips", "vpcs"}
    for name in shared | {"path", "boundary_arn"}:
        assert made[name] == written[name]
