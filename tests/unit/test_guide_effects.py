"""The guide against the sandbox, with its real effects: from nothing to a dataset whose lights are right."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.access import Secret, UserAccess
from core.dataset import Purpose
from core.guide.effects import RealEffects
from core.guide.facts import NameLookedUp, RegionFound, Saved, TokenVerdict
from core.guide.fields import Problems, Raw
from core.guide.flow import learn, plan, start, submit, view
from core.guide.journal import FileJournal
from core.guide.runner import Learned, Runner, RunnerEvent
from core.guide.saving import DatasetGoneError, EffectError
from core.guide.state import Given, State
from core.guide.steps.onward import saved_of
from core.guide.strip import principal, strip
from core.lightly.client import LightlyClient
from core.lights.check import Checker
from core.lights.states import State as LightState
from core.location import S3Location
from core.needs import InputType
from core.sandbox import Sandbox
from core.store.datasets import DatasetStore
from core.store.paths import Home
from core.store.secrets import MemorySecretStore

WAIT = 60.0


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


class Front:
    """A front end without a screen: it answers each step and lets the runner do the rest."""

    def __init__(self, box: Sandbox, home: Home) -> None:
        self.secrets = MemorySecretStore()
        self.datasets = DatasetStore(home)
        self.effects = RealEffects(checker=Checker(), secrets=self.secrets, datasets=self.datasets)
        self.journal = FileJournal(home)
        self.events: queue.Queue[RunnerEvent] = queue.Queue()
        self.runner = Runner(self.effects, self.journal, self.events.put)
        self.state = start(Given(platform_url=box.lightly_url, endpoint_url=box.s3_url, ours=self.journal.made()))

    def answer(self, raw: Raw) -> State | Problems:
        """Submit, and wait until the step is left or something is wrong."""
        outcome = submit(self.state, raw)
        if isinstance(outcome, Problems):
            return outcome
        self.become(outcome)
        while view(self.state).waiting:
            self.learn()
        return self.state

    def learn(self) -> None:
        event = self.events.get(timeout=WAIT)
        if isinstance(event, Learned):
            self.become(learn(self.state, event.request, event.fact))

    def become(self, state: State) -> None:
        self.state = state
        self.runner.follow(state)

    def walk(self, box: Sandbox, access: UserAccess, name: str, *, thumbnails: bool) -> None:
        self.answer({"input_type": "Images", "thumbnails": thumbnails})
        self.answer({"uri": S3Location(box.bucket, box.prefix).uri})
        self.answer({"access_key_id": access.access_key_id, "secret_access_key": access.secret_access_key.reveal()})
        self.answer({"name": name, "token": box.token.reveal()})


def client(box: Sandbox) -> LightlyClient:
    return LightlyClient(box.lightly_url, box.token)


def test_a_walk_ends_in_a_dataset_on_the_platform_with_green_lights(box: Sandbox, tmp_path: Path) -> None:
    front = Front(box, Home.at(tmp_path))
    front.walk(box, box.writer, "farm-animals", thumbnails=True)
    assert front.state.position.step == "save", dict(view(front.state).problems)
    front.answer({})
    assert front.state.position.step == "next", dict(view(front.state).problems)
    # Who it is may be known a moment after the lights are.
    while LightState.CHECKING in {light.state for light in strip(front.state)} or not principal(front.state):
        front.learn()
    assert {light.state for light in strip(front.state)} == {LightState.GREEN}
    saved = saved_of(front.state)
    assert isinstance(saved, Saved)
    assert {light.state for light in saved.verdict} == {LightState.GREEN}
    with client(box) as platform:
        found = platform.find_dataset("farm-animals")
        assert found is not None
        assert found.id == saved.dataset_id
        (source,) = platform.datasources(found.id)
    assert (source.purpose, source.full_path) == ("INPUT_OUTPUT", S3Location(box.bucket, box.prefix).uri)
    (dataset,) = front.datasets.load()
    assert dataset.dataset_id == saved.dataset_id
    assert front.secrets.get_access(box.lightly_url, "farm-animals") == {Purpose.INPUT_OUTPUT: box.writer}
    assert front.secrets.get_token(box.lightly_url) == box.token
    assert front.journal.made() == ()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert box.writer.secret_access_key.reveal() not in text
            assert box.token.reveal() not in text


def test_what_stands_in_the_way_is_said_and_going_on_makes_no_second_dataset(box: Sandbox, tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    home.datasets_file.write_text("datasets: [\n")
    front = Front(box, home)
    front.walk(box, box.reader, "cattle", thumbnails=False)
    front.answer({})
    assert "datasets.yaml" in view(front.state).problems[""].sentence
    with client(box) as platform:
        made = platform.find_dataset("cattle")
    assert made is not None
    assert front.journal.made() == (made.id,)
    home.datasets_file.unlink()
    # Another run of the program: it knows of the dataset from the journal, and takes it unasked.
    front = Front(box, home)
    front.walk(box, box.reader, "cattle", thumbnails=False)
    front.answer({})
    assert front.state.position.step == "next", dict(view(front.state).problems)
    (dataset,) = front.datasets.load()
    assert dataset.dataset_id == made.id


def test_an_existing_dataset_is_offered(box: Sandbox, tmp_path: Path) -> None:
    with client(box) as platform:
        made = platform.create_dataset("sheep", InputType.IMAGES)
    front = Front(box, Home.at(tmp_path))
    front.walk(box, box.reader, "sheep", thumbnails=False)
    assert "already" in view(front.state).problems["name"].sentence
    front.answer({"name": "sheep", "reuse": True})
    front.answer({})
    saved = saved_of(front.state)
    assert isinstance(saved, Saved)
    assert saved.dataset_id == made.dataset_id


def test_an_unfinished_creation_is_taken_only_with_the_right_type(box: Sandbox, tmp_path: Path) -> None:
    effects = Front(box, Home.at(tmp_path)).effects
    made = effects.create_dataset(box.lightly_url, box.token, "goats", InputType.IMAGES, adopt=False)
    assert effects.create_dataset(box.lightly_url, box.token, "goats", InputType.IMAGES, adopt=True) == made
    for input_type, adopt in [(InputType.IMAGES, False), (InputType.VIDEOS, True)]:
        with pytest.raises(EffectError, match="goats"):
            effects.create_dataset(box.lightly_url, box.token, "goats", input_type, adopt=adopt)


def test_a_dataset_deleted_meanwhile_is_told_apart(box: Sandbox, tmp_path: Path) -> None:
    front = Front(box, Home.at(tmp_path))
    front.walk(box, box.reader, "geese", thumbnails=False)
    dataset = replace(plan(front.state).dataset, dataset_id="f" * 24)
    with pytest.raises(DatasetGoneError):
        front.effects.configure(dataset, box.token, box.reader, thumbnails=False)


def test_bad_look_ups_are_answers_not_errors(box: Sandbox, tmp_path: Path) -> None:
    effects = Front(box, Home.at(tmp_path)).effects
    assert effects.find_region(S3Location("no-such-bucket-here", ""), box.s3_url).exists is not True
    assert effects.find_region(S3Location(box.bucket, ""), box.s3_url) == RegionFound(box.region, True)
    nobody = "http://127.0.0.1:9"
    assert effects.find_region(S3Location(box.bucket, ""), nobody).exists is None
    assert effects.try_token(box.lightly_url, Secret("wrong")).verdict is TokenVerdict.REFUSED
    assert effects.try_token(box.lightly_url, box.token).verdict is TokenVerdict.ACCEPTED
    out_of_reach = effects.look_up_name(box.lightly_url, Secret("wrong"), "farm")
    assert out_of_reach.problem
    assert effects.look_up_name(box.lightly_url, box.token, "nobody has this") == NameLookedUp(None)
