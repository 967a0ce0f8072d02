"""The guide against the sandbox, with its real effects: from nothing to a dataset whose lights are right."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.access import DelegatedAccess, Secret, UserAccess
from core.aws.credentials import CredentialsError
from core.dataset import Purpose
from core.guide.effects import RealEffects
from core.guide.facts import KeysRead, NameLookedUp, RegionFound, Saved, TokenVerdict
from core.guide.fields import Problems, Raw
from core.guide.flow import learn, plan, start, submit, view
from core.guide.journal import FileJournal
from core.guide.keys_source import KeysFrom, KeysSource
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


def nobody_here() -> UserAccess:
    raise CredentialsError.because("no-credentials")


def typed(access: UserAccess) -> dict[str, str]:
    return {"access_key_id": access.access_key_id, "secret_access_key": access.secret_access_key.reveal()}


class Front:
    """A front end without a screen: it answers each step and lets the runner do the rest."""

    def __init__(self, box: Sandbox, home: Home, ambient: Callable[[], UserAccess] | None = None) -> None:
        self.secrets = MemorySecretStore()
        self.datasets = DatasetStore(home)
        self.effects = RealEffects(
            checker=Checker(), secrets=self.secrets, datasets=self.datasets, ambient=ambient or nobody_here
        )
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
        self.answer({"access": "user"})
        self.answer(typed(access))
        if thumbnails:
            self.answer({"where": "same"})
        self.answer({})
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


def test_a_role_is_left_to_lightly_whose_own_test_is_green(box: Sandbox, tmp_path: Path) -> None:
    front = Front(box, Home.at(tmp_path))
    front.answer({"input_type": "Images", "thumbnails": True})
    front.answer({"uri": S3Location(box.bucket, box.prefix).uri})
    front.answer({"access": "delegated"})
    external_id = box.world.external_id
    front.answer({"role_arn": box.world.role_arn, "external_id": external_id.reveal()})
    front.answer({"where": "same"})
    front.answer({"kms_key_arn": ""})
    front.answer({"name": "ponies", "token": box.token.reveal()})
    front.answer({})
    assert front.state.position.step == "next", dict(view(front.state).problems)
    while LightState.CHECKING in {light.state for light in strip(front.state)}:
        front.learn()
    assert {light.cause for light in strip(front.state)} == {"only-lightly-can-assume"}
    saved = saved_of(front.state)
    assert saved is not None
    assert {light.state for light in saved.verdict} == {LightState.GREEN}
    role = DelegatedAccess(box.world.role_arn, external_id)
    assert front.secrets.get_access(box.lightly_url, "ponies") == {Purpose.INPUT_OUTPUT: role}
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert external_id.reveal() not in path.read_text()


def test_two_places_with_two_keys_become_two_datasources(box: Sandbox, tmp_path: Path) -> None:
    front = Front(box, Home.at(tmp_path))
    front.answer({"input_type": "Images", "thumbnails": True})
    front.answer({"uri": S3Location(box.bucket, box.prefix).uri})
    front.answer({"access": "user"})
    front.answer(typed(box.reader))
    output: Raw = {
        "where": "elsewhere",
        "output_uri": S3Location(box.bucket, "lightly-output/").uri,
        "credentials": "other",
        **{f"output_{name}": value for name, value in typed(box.admin).items()},
    }
    front.answer(output)
    # Nothing lies there, and that is said before it is gone on with.
    assert "create it in the S3 console" in view(front.state).problems[""].sentence
    assert {light.state for light in strip(front.state)} >= {LightState.GREEN}
    front.answer(output)
    front.answer({"kms_key_arn": "", "output_kms_key_arn": ""})
    front.answer({"name": "donkeys", "token": box.token.reveal()})
    front.answer({})
    saved = saved_of(front.state)
    assert isinstance(saved, Saved), dict(view(front.state).problems)
    with client(box) as platform:
        sources = {source.purpose: source.full_path for source in platform.datasources(saved.dataset_id)}
    assert sources == {
        "INPUT": S3Location(box.bucket, box.prefix).uri,
        "LIGHTLY": S3Location(box.bucket, "lightly-output/").uri,
    }
    assert front.secrets.get_access(box.lightly_url, "donkeys") == {
        Purpose.INPUT: box.reader,
        Purpose.LIGHTLY: box.admin,
    }


def test_a_role_that_this_machines_keys_may_not_assume_is_no_red(box: Sandbox, tmp_path: Path) -> None:
    front = Front(box, Home.at(tmp_path), ambient=lambda: box.reader)
    front.answer({"input_type": "Images", "thumbnails": False})
    front.answer({"uri": S3Location(box.bucket, box.prefix).uri})
    front.answer({"access": "delegated"})
    front.answer({"role_arn": box.world.role_arn, "external_id": box.world.external_id.reveal()})
    while LightState.CHECKING in {light.state for light in strip(front.state)}:
        front.learn()
    assert {light.cause for light in strip(front.state) if light.required} == {"only-lightly-can-assume"}


def test_a_key_is_read_from_a_file_and_from_the_environment(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    effects = Front(box, Home.at(tmp_path)).effects
    key_id, secret = box.reader.access_key_id, box.reader.secret_access_key.reveal()
    path = tmp_path / "accessKeys.csv"
    path.write_text(f"\ufeffAccess key ID,Secret access key\r\n{key_id},{secret}\r\n", encoding="utf-8")
    assert effects.read_keys(KeysSource(KeysFrom.FILE, str(path))) == KeysRead(box.reader)
    path.write_text("nothing")
    for name in (str(path), str(tmp_path / "none.csv")):
        found = effects.read_keys(KeysSource(KeysFrom.FILE, name))
        assert found.access is None
        assert found.problem
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    assert "AWS_ACCESS_KEY_ID is not set" in (effects.read_keys(KeysSource(KeysFrom.ENVIRONMENT)).problem or "")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key_id)
    assert "AWS_SECRET_ACCESS_KEY is not set" in (effects.read_keys(KeysSource(KeysFrom.ENVIRONMENT)).problem or "")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    assert effects.read_keys(KeysSource(KeysFrom.ENVIRONMENT)) == KeysRead(box.reader)


def test_a_key_is_read_from_a_profile_and_a_profile_with_mfa_asks_for_its_code(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    effects = Front(box, Home.at(tmp_path)).effects
    key_id, secret = box.reader.access_key_id, box.reader.secret_access_key.reveal()
    device = "arn:aws:iam::111122223333:mfa/ada"
    config = tmp_path / "config"
    config.write_text(
        f"[profile lightly]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n"
        "[profile guarded]\nrole_arn = arn:aws:iam::111122223333:role/guarded\nsource_profile = lightly\n"
        f"mfa_serial = {device}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    assert effects.read_keys(KeysSource(KeysFrom.PROFILE, "lightly")) == KeysRead(box.reader)
    assert effects.read_keys(KeysSource(KeysFrom.PROFILE, "guarded")) == KeysRead(None, code_wanted=device)
    assert "nobody" in (effects.read_keys(KeysSource(KeysFrom.PROFILE, "nobody")).problem or "")


def test_what_lies_in_a_folder_is_looked_at(box: Sandbox, tmp_path: Path) -> None:
    effects = Front(box, Home.at(tmp_path)).effects
    seen = effects.look_around(
        S3Location(box.bucket, box.prefix), box.reader, region=box.region, endpoint_url=box.s3_url, account=None
    )
    assert seen.images
    assert seen.problem is None


def test_a_worker_is_registered_once_and_a_refusal_is_said(box: Sandbox, tmp_path: Path) -> None:
    effects = Front(box, Home.at(tmp_path)).effects
    made = effects.register_worker(box.lightly_url, box.token, "barn")
    assert made.worker_id
    assert made.problem is None
    refused = effects.register_worker(box.lightly_url, Secret("wrong"), "barn")
    assert refused.worker_id is None
    assert refused.problem


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
        front.effects.configure(dataset, dataset.datasources[0], box.token, box.reader, thumbnails=False)


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


def test_secrets_that_are_not_kept_any_more_are_forgotten(box: Sandbox, tmp_path: Path) -> None:
    session = Front(box, Home.at(tmp_path))
    session.walk(box, box.writer, "forgotten", thumbnails=True)
    dataset = plan(session.state).dataset
    session.effects.store_secrets(dataset, {Purpose.INPUT_OUTPUT: box.writer}, None)
    assert session.secrets.get_access(box.lightly_url, "forgotten") == {Purpose.INPUT_OUTPUT: box.writer}
    session.effects.store_secrets(dataset, {}, None)
    assert session.secrets.get_access(box.lightly_url, "forgotten") == {}
