"""A setup without a person: answers from a file go the same way; what a person would have to decide ends it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import pytest
from guide_walk import (
    DATASET_ID,
    EXTERNAL_ID,
    KEY_ID,
    OUTPUT_KEY_ID,
    OUTPUT_SECRET,
    ROLE_ARN,
    SECRET,
    TOKEN,
    URI,
    World,
    at,
)
from plain_walk import made_up_engine

from core.access import Secret, UserAccess
from core.dataset import Purpose
from core.guide import flow
from core.guide.facts import KeysRead, RegionFound
from core.guide.keys_source import KeysSource
from core.guide.state import Given
from core.location import S3Location
from tui.plain.console import Console
from tui.plain.session import Session
from tui.plain.unattended import Answered, StoppedError, answer_all

Groups = dict[str, Mapping[str, str | bool]]

GROUPS: Groups = {
    "needs": {"thumbnails": True},
    "bucket": {"uri": URI},
    "keys": {"access_key_id": KEY_ID},
    "dataset": {"name": "farm-animals"},
}
SECRETS = {"keys": {"secret_access_key": Secret(SECRET)}, "dataset": {"token": Secret(TOKEN)}}


class Unattended:
    """A run, with what it said."""

    def __init__(self, folder: Path, effects: World | None = None, given: Given | None = None) -> None:
        self.world = effects or World()
        self.engine = made_up_engine(folder, self.world)
        self._output = io.StringIO()
        console = Console(io.StringIO(), self._output)
        self.session = Session(console, self.engine, flow.start(given or self.engine.given()), keeps=False)

    def run(self, answered: Answered) -> str:
        try:
            answer_all(self.session, answered)
        finally:
            self.session.close()
        text = self._output.getvalue()
        assert SECRET not in text
        assert TOKEN not in text
        return text

    def stops(self, answered: Answered) -> StoppedError:
        with pytest.raises(StoppedError) as caught:
            self.run(answered)
        assert SECRET not in str(caught.value)
        return caught.value


def answered(*, accept_hints: bool = False, **groups: Mapping[str, str | bool]) -> Answered:
    return Answered(groups={**GROUPS, **groups}, secrets=SECRETS, accept_hints=accept_hints)


def test_everything_is_answered_and_saved(tmp_path: Path) -> None:
    run = Unattended(tmp_path)
    text = run.run(answered())
    assert flow.finished(run.session.state)
    assert [dataset.name for dataset in run.world.written] == ["farm-animals"]
    assert "Write works" in text.splitlines()
    assert "What is done, in this order:" in text
    assert run.engine.draft().draft is None


def test_what_is_made_is_what_the_guide_itself_makes(tmp_path: Path) -> None:
    run = Unattended(tmp_path)
    run.run(answered())
    (made,) = run.world.written
    plan = flow.plan(at("save"))
    assert made.datasources == plan.dataset.datasources
    assert made.needs == plan.dataset.needs


def test_a_role_goes_the_same_way(tmp_path: Path) -> None:
    groups: Groups = {**GROUPS, "access": {"access": "delegated"}, "role": {"role_arn": ROLE_ARN}}
    del groups["keys"]
    secrets = {"role": {"external_id": Secret(EXTERNAL_ID)}, "dataset": SECRETS["dataset"]}
    run = Unattended(tmp_path)
    assert EXTERNAL_ID not in run.run(Answered(groups=groups, secrets=secrets))
    (made,) = run.world.written
    assert made.datasources[0].role_arn == ROLE_ARN


def test_two_that_were_handed_over_go_the_same_way(tmp_path: Path) -> None:
    groups: Groups = {
        "access": {"access": "user", "maker": "hand-over"},
        "output": {"where": "elsewhere", "output_uri": "s3://results/farm/", "credentials": "made"},
        "keys": {**GROUPS["keys"], "own_output_access_key_id": OUTPUT_KEY_ID},
    }
    keys = {**SECRETS["keys"], "own_output_secret_access_key": Secret(OUTPUT_SECRET)}
    run = Unattended(tmp_path)
    assert OUTPUT_SECRET not in run.run(Answered(groups={**GROUPS, **groups}, secrets={**SECRETS, "keys": keys}))
    (made,) = run.world.written
    assert [source.access_key_id for source in made.datasources] == [KEY_ID, OUTPUT_KEY_ID]


def test_another_output_goes_the_same_way(tmp_path: Path) -> None:
    run = Unattended(tmp_path)
    output: dict[str, str | bool] = {"where": "elsewhere", "output_uri": "s3://results/farm/"}
    text = run.run(answered(output=output))
    (made,) = run.world.written
    assert [source.purpose for source in made.datasources] == [Purpose.INPUT, Purpose.LIGHTLY]
    assert {"Input: List works", "Output: Write works"} <= set(text.splitlines())


def test_a_region_that_is_given_is_not_looked_up(tmp_path: Path) -> None:
    run = Unattended(tmp_path)
    run.run(answered(bucket={"uri": URI, "region": "eu-central-1"}))
    assert "find_region" not in run.world.calls


def test_a_worker_is_registered(tmp_path: Path) -> None:
    run = Unattended(tmp_path)
    text = run.run(answered(next={"worker": "my-worker"}))
    assert run.world.calls.count("register_worker") == 1
    assert "LIGHTLY_WORKER_ID=1123456789abcdef01234567" in text


def test_a_missing_answer_ends_with_its_sentence_step_and_field_and_nothing_is_made(tmp_path: Path) -> None:
    run = Unattended(tmp_path)
    stopped = run.stops(answered(bucket={}))
    assert stopped.code == 2
    assert str(stopped).startswith("bucket.uri: ")
    assert run.world.calls == []


def test_a_missing_secret_is_named(tmp_path: Path) -> None:
    run = Unattended(tmp_path)
    stopped = run.stops(Answered(groups=GROUPS, secrets={"dataset": SECRETS["dataset"]}))
    assert (stopped.code, str(stopped).partition(":")[0]) == (2, "keys.secret_access_key")


def test_an_answer_that_is_no_option_names_the_options(tmp_path: Path) -> None:
    stopped = Unattended(tmp_path).stops(answered(needs={"input_type": "Pictures"}))
    assert str(stopped) == "needs.input_type: Write Images or Videos."


def test_an_option_is_taken_in_any_case(tmp_path: Path) -> None:
    run = Unattended(tmp_path)
    run.run(answered(needs={"input_type": "images", "thumbnails": True}))
    assert run.world.written


def test_what_looks_odd_ends_it_unless_the_file_accepts_that(tmp_path: Path) -> None:
    short = {"keys": {"secret_access_key": Secret("short/secret")}, "dataset": SECRETS["dataset"]}
    run = Unattended(tmp_path)
    stopped = run.stops(Answered(groups=GROUPS, secrets=short))
    assert stopped.code == 2
    assert str(stopped).startswith("keys.secret_access_key: ")
    assert "accept_hints: true" in str(stopped)
    assert "create" not in run.world.calls
    accepting = Unattended(tmp_path / "accepting")
    accepting.run(Answered(groups=GROUPS, secrets=short, accept_hints=True))
    assert accepting.world.written


def test_what_is_found_out_to_be_wrong_ends_it(tmp_path: Path) -> None:
    class Gone(World):
        def find_region(self, location: S3Location, endpoint_url: str | None) -> RegionFound:
            return RegionFound(None, False)

    stopped = Unattended(tmp_path, Gone()).stops(answered())
    assert stopped.code == 2
    assert str(stopped).startswith("bucket.uri: No bucket of the name datalake exists")


def test_a_dataset_that_exists_is_used_only_where_the_file_says_so(tmp_path: Path) -> None:
    world = World(datasets={"farm-animals": DATASET_ID})
    stopped = Unattended(tmp_path, world).stops(answered())
    assert str(stopped).startswith("dataset.name: Lightly has a dataset named farm-animals already.")
    using = Unattended(tmp_path / "using", World(datasets={"farm-animals": DATASET_ID}))
    using.run(answered(dataset={"name": "farm-animals", "reuse": True}))
    assert using.world.written[0].dataset_id == DATASET_ID
    assert "create" not in using.world.calls


@pytest.mark.parametrize(
    ("groups", "says"),
    [
        ({"role": {"role_arn": ROLE_ARN}}, "role: this step is not asked with the other answers."),
        ({"needs": {"thumbnails": False}, "output": {"where": "same"}}, "output: this step is not asked"),
        ({"keys": {"access_key_id": KEY_ID, "profile": "work"}}, "keys.profile: This is not asked"),
        ({"limits": {"output_kms_key_arn": "arn"}}, "limits.output_kms_key_arn: This is not asked"),
    ],
)
def test_an_answer_that_would_be_left_unread_ends_it_before_anything_is_made(
    groups: Groups, says: str, tmp_path: Path
) -> None:
    run = Unattended(tmp_path)
    stopped = run.stops(Answered(groups={**GROUPS, **groups}, secrets=SECRETS))
    assert stopped.code == 2
    assert says in str(stopped)
    assert "create" not in run.world.calls


@pytest.mark.parametrize(
    ("secrets", "says"),
    [
        ({"role": {"external_id": Secret(EXTERNAL_ID)}}, "role: this step is not asked with the other answers."),
        (
            {"output": {"output_secret_access_key": Secret(SECRET)}},
            "output.output_secret_access_key: This is not asked",
        ),
        ({"keys": {**SECRETS["keys"], "code": Secret("123456")}}, "keys.code: This is not asked"),
    ],
)
def test_a_secret_that_would_be_left_unread_ends_it_before_anything_is_made(
    secrets: Mapping[str, Mapping[str, Secret]], says: str, tmp_path: Path
) -> None:
    run = Unattended(tmp_path)
    stopped = run.stops(Answered(groups=GROUPS, secrets={**SECRETS, **secrets}))
    assert stopped.code == 2
    assert says in str(stopped)
    assert EXTERNAL_ID not in str(stopped)
    assert "create" not in run.world.calls


def test_temporary_keys_are_taken_with_their_session_token(tmp_path: Path) -> None:
    keys = {**SECRETS["keys"], "session_token": Secret("canary-session")}
    run = Unattended(tmp_path)
    stopped = run.stops(Answered(groups=GROUPS, secrets={**SECRETS, "keys": keys}))
    assert "session_token" not in str(stopped), "it is read; what stops it is that such keys are not saved"


class WithMfa(World):
    """A machine with a profile that wants an MFA code."""

    def read_keys(self, source: KeysSource) -> KeysRead:
        if source.code is None:
            return KeysRead(None, code_wanted="arn:aws:iam::111122223333:mfa/ada")
        return KeysRead(UserAccess(KEY_ID, Secret(SECRET)))


MFA: Groups = {**GROUPS, "keys": {"way": "profile", "profile": "work"}}


def test_an_mfa_code_comes_with_the_secrets(tmp_path: Path) -> None:
    run = Unattended(tmp_path, WithMfa(), Given(profiles=("work",)))
    run.run(Answered(groups=MFA, secrets={**SECRETS, "keys": {"code": Secret("123456")}}))
    assert run.world.written


def test_a_missing_mfa_code_is_named_with_the_way_to_give_it(tmp_path: Path) -> None:
    run = Unattended(tmp_path, WithMfa(), Given(profiles=("work",)))
    stopped = run.stops(Answered(groups=MFA, secrets={"dataset": SECRETS["dataset"]}))
    assert stopped.code == 2
    assert str(stopped) == (
        "keys.code: Enter the code that your MFA device shows now. It comes on standard input: code=…"
    )


def test_a_workers_name_that_cannot_be_taken_ends_it_before_anything_is_made(tmp_path: Path) -> None:
    run = Unattended(tmp_path)
    stopped = run.stops(answered(next={"worker": "ab"}))
    assert stopped.code == 2
    assert str(stopped).startswith("next.worker: ")
    assert "create" not in run.world.calls


def test_nobody_is_told_to_press_a_key_where_nobody_sits(tmp_path: Path) -> None:
    class Unreachable(World):
        def find_region(self, location: S3Location, endpoint_url: str | None) -> RegionFound:
            return RegionFound(None, None, "There is no network.")

    sentence = str(Unattended(tmp_path, Unreachable()).stops(answered()))
    assert "Run the same command again" in sentence
    assert "Press" not in sentence
    assert "Type" not in sentence


def test_a_save_that_fails_ends_with_1_and_goes_on_from_its_journal(tmp_path: Path) -> None:
    run = Unattended(tmp_path, World(failing={"secrets"}))
    stopped = run.stops(answered())
    assert stopped.code == 1
    assert "secrets failed." in str(stopped)
    assert "Done last: Set s3://datalake/projects/farm-animals/" in str(stopped)


def test_a_setup_that_somebody_left_is_not_touched(tmp_path: Path) -> None:
    engine = made_up_engine(tmp_path)
    engine.keep_draft(at("dataset"))
    before = engine.draft()
    Unattended(tmp_path).run(answered())
    assert before.draft is not None
    assert engine.draft() == before
