"""The guide makes user or role in the sandbox: from the first question to a dataset whose lights are green."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.access import DelegatedAccess, Secret, UserAccess
from core.aws.credentials import CredentialsError
from core.aws.session import Clients
from core.dataset import Purpose
from core.guide import flow
from core.guide.drafts import from_draft, to_draft
from core.guide.effects import RealEffects
from core.guide.facts import AwsStopped, Saved
from core.guide.fields import WHOLE_STEP, Info, Problems, Raw
from core.guide.journal import FileJournal
from core.guide.requests import MakeAws
from core.guide.runner import Learned, Runner, RunnerEvent
from core.guide.state import Given, State
from core.guide.steps.credentials import access_of
from core.guide.strip import strip
from core.lights.check import Checker
from core.lights.states import State as LightState
from core.provision.apply import WAITING
from core.provision.journal import Journal
from core.sandbox.sandbox import Sandbox
from core.store.datasets import DatasetStore
from core.store.paths import Home
from core.store.secrets import MemorySecretStore

WAIT = 60.0
PROFILE = "demo-administrator"
EXTERNAL_ID = "lightly-" + "0f" * 20
NAME = "Lightly-S3-farm-animals"


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        path = tmp_path / "aws"
        keys = {PROFILE: sandbox.admin, "reader": sandbox.reader}
        path.write_text(
            "\n".join(
                f"[{name}]\naws_access_key_id = {key.access_key_id}\n"
                f"aws_secret_access_key = {key.secret_access_key.reveal()}"
                for name, key in keys.items()
            )
        )
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
        yield sandbox


def _nobody() -> UserAccess:
    raise CredentialsError.because("no-credentials")


class Person:
    """Somebody at the guide, with everything real behind it but the keyring."""

    def __init__(self, box: Sandbox, folder: Path, secrets: MemorySecretStore | None = None) -> None:
        self.box = box
        self.home = Home.at(folder / "home")
        self.secrets = secrets or MemorySecretStore()
        self.given = Given(
            platform_url=box.lightly_url,
            endpoint_url=box.s3_url,
            external_id=Secret(EXTERNAL_ID),
            profiles=(PROFILE, "reader"),
        )
        effects = RealEffects(
            checker=Checker(),
            secrets=self.secrets,
            datasets=DatasetStore(self.home),
            ambient=_nobody,
            provisioning=Journal(self.home),
        )
        self.events: queue.Queue[RunnerEvent] = queue.Queue()
        self.runner = Runner(effects, FileJournal(self.home), self.events.put)
        self.state = flow.start(self.given)
        self.said: list[str] = []

    def answer(self, raw: Raw) -> None:
        taken = flow.submit(self.state, raw)
        assert not isinstance(taken, Problems), dict(taken)
        self.become(taken)
        while flow.pending(self.state):
            event = self.events.get(timeout=WAIT)
            if isinstance(event, Learned):
                self.become(flow.learn(self.state, event.request, event.fact))

    def become(self, state: State) -> None:
        self.state = state
        if waiting := flow.view(state).waiting:
            self.said.append(waiting)
        self.runner.follow(state)

    def to_the_plan(self, access: str, output: Raw | None = None, *, profile: str = PROFILE) -> None:
        self.answer({"input_type": "Images", "thumbnails": True})
        self.answer({"uri": f"s3://{self.box.bucket}/{self.box.prefix}"})
        self.answer({"access": access, "maker": "make"})
        self.answer(output or {"where": "same"})
        self.answer({})
        self.answer({"administrator_profile": profile})

    def agree(self) -> None:
        self.answer({"account": self.box.world.account_id})

    def to_the_end(self) -> None:
        self.answer({})
        self.answer({"name": "farm-animals", "token": self.box.token.reveal()})
        self.answer({})
        assert self.state.position.step == "next", dict(flow.view(self.state).problems)

    def lines(self, name: str) -> tuple[str, ...]:
        found = flow.view(self.state).field(name)
        assert isinstance(found, Info)
        return found.lines

    @property
    def keys(self) -> list[str]:
        iam = Clients().iam(self.box.admin, region=self.box.region, endpoint_url=self.box.s3_url)
        return [each["AccessKeyId"] for each in iam.list_access_keys(UserName=NAME)["AccessKeyMetadata"]]


def elsewhere(box: Sandbox, credentials: str) -> Raw:
    uri = f"s3://{box.world.output_bucket}/{box.world.output_prefix}"
    return {"where": "elsewhere", "output_uri": uri, "credentials": credentials}


@pytest.mark.parametrize("output", ["same", "made"])
def test_a_user_is_made_and_its_lights_are_green_before_anything_is_saved(
    box: Sandbox, tmp_path: Path, output: str
) -> None:
    person = Person(box, tmp_path)
    person.to_the_plan("user", elsewhere(box, output))
    assert person.lines("account_lines")[0].startswith(f"Account    {box.world.account_id} (alias ")
    assert any("user/administrator" in line for line in person.lines("account_lines"))
    assert any(f"Make the user {NAME}" in line for line in person.lines("steps"))
    person.agree()
    assert any(f"user/{NAME}" in line for line in person.lines("made"))
    assert any(said.startswith("1 of ") for said in person.said)
    for purpose in (Purpose.INPUT, Purpose.LIGHTLY):
        states = {light.state for light in strip(person.state, purpose) if light.required}
        assert states == {LightState.GREEN}, purpose
    person.to_the_end()
    assert [dataset.name for dataset in DatasetStore(person.home).load()] == ["farm-animals"]
    kept = person.secrets.get_access(box.lightly_url, "farm-animals")
    assert [access.access_key_id for access in kept.values() if isinstance(access, UserAccess)][:1] == person.keys


@pytest.mark.parametrize("output", ["same", "made"])
def test_a_role_is_made_and_lightly_can_assume_it_after_save(box: Sandbox, tmp_path: Path, output: str) -> None:
    person = Person(box, tmp_path)
    person.to_the_plan("delegated", elsewhere(box, output))
    person.agree()
    assert {light.cause for light in strip(person.state) if light.required} == {"only-lightly-can-assume"}
    person.to_the_end()
    saved = [fact for _, fact in person.state.facts.known if isinstance(fact, Saved)]
    assert [light.state for light in saved[0].verdict if light.required] == [LightState.GREEN] * 2
    kept = person.secrets.get_access(box.lightly_url, "farm-animals")
    assert all(isinstance(access, DelegatedAccess) for access in kept.values())


def test_going_on_after_it_was_made_finds_it_and_makes_no_second_key(box: Sandbox, tmp_path: Path) -> None:
    person = Person(box, tmp_path)
    person.to_the_plan("user")
    person.agree()
    made = person.keys
    later = Person(box, tmp_path, person.secrets)
    later.become(from_draft(json.loads(json.dumps(to_draft(person.state))), later.given))
    assert later.state.position.step == "make"
    later.answer({"administrator_profile": PROFILE})
    assert any("there already" in line for line in later.lines("made"))
    access = access_of(later.state, Purpose.INPUT_OUTPUT)
    assert isinstance(access, UserAccess)
    assert [access.access_key_id] == made == later.keys
    later.to_the_end()


def test_going_on_before_it_was_made_plans_the_same(box: Sandbox, tmp_path: Path) -> None:
    person = Person(box, tmp_path)
    person.to_the_plan("user")
    later = Person(box, tmp_path)
    later.become(from_draft(json.loads(json.dumps(to_draft(person.state))), later.given))
    later.answer({"administrator_profile": PROFILE})
    assert later.lines("steps") == person.lines("steps")
    later.agree()
    later.to_the_end()


def test_a_profile_that_may_not_make_it_is_said_and_another_one_makes_it(box: Sandbox, tmp_path: Path) -> None:
    person = Person(box, tmp_path)
    person.to_the_plan("user")
    person.answer({"administrator_profile": "reader"})
    assert flow.view(person.state).problems[WHOLE_STEP].sentence
    person.answer({"administrator_profile": PROFILE})
    person.agree()
    person.to_the_end()


def test_an_administrator_who_may_not_make_keys_stops_half_way_and_another_goes_on(
    box: Sandbox, tmp_path: Path
) -> None:
    iam = Clients(may_change=True).iam(box.admin, region=box.region, endpoint_url=box.s3_url)
    iam.create_user(UserName="half")
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:CreateAccessKey", "Resource": "*"},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName="half", PolicyName="half", PolicyDocument=document)
    key = iam.create_access_key(UserName="half")["AccessKey"]
    with (tmp_path / "aws").open("a") as file:
        file.write(f"\n[half]\naws_access_key_id = {key['AccessKeyId']}\n")
        file.write(f"aws_secret_access_key = {key['SecretAccessKey']}\n")
    person = Person(box, tmp_path)
    person.given = replace(person.given, profiles=(PROFILE, "half"))
    person.become(flow.start(person.given))
    person.to_the_plan("user", profile="half")
    person.agree()
    (stopped,) = [fact for _, fact in person.state.facts.known if isinstance(fact, AwsStopped)]
    assert stopped.last_done
    assert "Done last" in flow.view(person.state).problems[WHOLE_STEP].sentence
    assert person.keys == []
    later = Person(box, tmp_path, person.secrets)
    later.become(from_draft(json.loads(json.dumps(to_draft(person.state))), later.given))
    later.answer({"administrator_profile": PROFILE})
    assert len(later.lines("steps")) == 2, "only the key is left to make, and to wait"
    later.agree()
    assert len(later.keys) == 1
    later.to_the_end()


def test_where_something_of_the_name_came_meanwhile_it_stops_and_goes_on_after_a_new_plan(
    box: Sandbox, tmp_path: Path
) -> None:
    person = Person(box, tmp_path)
    person.to_the_plan("user")
    iam = Clients(may_change=True).iam(box.admin, region=box.region, endpoint_url=box.s3_url)
    iam.create_user(UserName=NAME)
    person.agree()
    assert [fact for _, fact in person.state.facts.known if isinstance(fact, AwsStopped)]
    assert person.state.position.step == "make"
    person.answer({"administrator_profile": PROFILE})
    assert flow.view(person.state).field("adopt"), "it is somebody else's"
    refused = flow.submit(person.state, {"account": box.world.account_id, "adopt": False})
    assert isinstance(refused, Problems)
    assert not [request for request in flow.wanted(person.state) if isinstance(request, MakeAws)]
    person.answer({"account": box.world.account_id, "adopt": True})
    person.to_the_end()


def test_the_plan_says_each_statement_that_is_granted(box: Sandbox, tmp_path: Path) -> None:
    person = Person(box, tmp_path)
    person.to_the_plan("user")
    said = person.lines("steps")
    place = f"{box.bucket}/{box.prefix}*"
    assert f"   + ListPrefix  s3:ListBucket on {box.bucket}, only {box.prefix}*" in said
    assert f"   + ReadPrefix  s3:GetObject on {place}" in said
    assert f"   + WritePrefix  s3:PutObject, s3:AbortMultipartUpload on {place}" in said
    assert said[-2].endswith("its secret stays in memory until this ends."), "there is no keyring here"
    assert said[-1] == f"{len([line for line in said if line[0].isdigit()])}. {WAITING}"


def test_the_plan_says_a_statement_that_is_changed_as_it_was_and_as_it_will_be(box: Sandbox, tmp_path: Path) -> None:
    person = Person(box, tmp_path)
    person.to_the_plan("user")
    person.agree()
    assert any("its secret is in memory until this ends." in line for line in person.lines("made"))
    while person.state.position.step != "output":
        person.become(flow.back(person.state))
    person.answer({"where": "same", "lightly_folder_only": True})
    person.answer({})
    person.answer({})
    said, place = person.lines("steps"), f"{box.bucket}/{box.prefix}"
    stored = "WritePrefix  s3:PutObject, s3:AbortMultipartUpload on"
    assert said.index(f"   - {stored} {place}*") < said.index(f"   + {stored} {place}.lightly/*")
    assert "   = ReadPrefix stays as it is" in said


def test_another_needs_changes_the_policy_of_what_was_made_and_no_key(box: Sandbox, tmp_path: Path) -> None:
    person = Person(box, tmp_path)
    person.to_the_plan("user")
    person.agree()
    made = person.keys
    while person.state.position.step != "needs":
        person.become(flow.back(person.state))
    person.answer({"input_type": "Images", "thumbnails": True, "delete": True})
    for raw in ({"uri": f"s3://{box.bucket}/{box.prefix}"}, {"access": "user"}, {"where": "same"}, {}, {}):
        person.answer(raw)
    assert any(line.startswith("   + DeletePrefix") for line in person.lines("steps"))
    assert flow.view(person.state).field("adopt") is None
    person.agree()
    assert any(line.startswith("Done now: Change our statements in") for line in person.lines("made"))
    assert person.keys == made
    person.to_the_end()
