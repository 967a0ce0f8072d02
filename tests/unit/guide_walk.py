"""A walk through the guide for the tests: good answers, good facts, and a world that counts what is done to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from core.access import Secret, UserAccess
from core.dataset import Dataset
from core.guide.facts import Fact, FoundDataset, NameLookedUp, RegionFound, Saved, TokenTried, TokenVerdict
from core.guide.fields import Problems, Raw
from core.guide.flow import learn, pending, start, submit
from core.guide.requests import Check, FindRegion, LookUpName, Request, TryToken
from core.guide.saving import EffectError
from core.guide.state import Given, State
from core.lights.events import CheckFinished, Event, Identified, LightChanged
from core.lights.states import CheckReport, Light
from core.lights.states import State as LightState
from core.lights.target import CheckOptions, Target
from core.location import S3Location
from core.needs import OPERATIONS, InputType

KEY_ID = "AKIAIOSFODNN7CANARY1"
SECRET = "canarySecretKey/0123456789abcdefghijKLMN"
TOKEN = "canary-lightly-token-5f2a"
URI = "s3://datalake/projects/farm-animals/"
DATASET_ID = "0123456789abcdef01234567"

NEEDS: Raw = {"input_type": "Images", "object_level": False, "thumbnails": True}
BUCKET: Raw = {"uri": URI}
KEYS: Raw = {"access_key_id": KEY_ID, "secret_access_key": SECRET}
DATASET: Raw = {"name": "farm-animals", "token": TOKEN}
WALK: dict[str, Raw] = {"needs": NEEDS, "bucket": BUCKET, "keys": KEYS, "dataset": DATASET, "save": {}, "next": {}}

REGION = RegionFound("eu-central-1", True)
ACCEPTED = TokenTried(TokenVerdict.ACCEPTED)
FREE = NameLookedUp(None)


def taken(outcome: State | Problems) -> State:
    """Return the state of a submit that went well."""
    assert isinstance(outcome, State), dict(outcome)
    return outcome


def report(*, state: LightState = LightState.GREEN, principal: str | None = None) -> CheckReport:
    """Return the report of a check in which every light has the same state."""
    lights = tuple(Light(operation=operation, state=state, required=True) for operation in OPERATIONS)
    return CheckReport(run_id=1, lights=lights, principal=principal, region="eu-central-1")


def good_fact(request: Request) -> Fact:
    """Return the answer that lets the guide go on."""
    match request:
        case FindRegion():
            return REGION
        case TryToken():
            return ACCEPTED
        case LookUpName():
            return FREE
        case Check():
            return report()
        case _:
            return Saved(DATASET_ID)


def settle(state: State, answer: Callable[[Request], Fact] = good_fact) -> State:
    """Answer what is pending until nothing is."""
    while requests := pending(state):
        state = learn(state, requests[0], answer(requests[0]))
    return state


def at(step: str, given: Given | None = None, **changed: Raw) -> State:
    """Walk with good answers until a step is reached; a step named in `changed` is answered so instead."""
    state = start(given)
    while state.position.step != step:
        state = settle(taken(submit(state, changed.get(state.position.step, WALK[state.position.step]))))
    return state


@dataclass
class _Run:
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class World:
    """Effects that count, and fail where they are told to."""

    calls: list[str] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)
    datasets: dict[str, str] = field(default_factory=dict)
    adopted: list[bool] = field(default_factory=list)
    kept_tokens: list[Secret | None] = field(default_factory=list)
    written: list[Dataset] = field(default_factory=list)
    runs: list[_Run] = field(default_factory=list)
    automatic: list[bool] = field(default_factory=list)
    options: list[CheckOptions | None] = field(default_factory=list)
    on_check: Callable[[Callable[[Event], None]], None] | None = None

    def _do(self, call: str) -> None:
        self.calls.append(call)
        if call in self.failing:
            raise EffectError(f"{call} failed. Try again.")

    def find_region(self, location: S3Location, endpoint_url: str | None) -> RegionFound:
        self._do("find_region")
        return REGION

    def try_token(self, platform_url: str, token: Secret) -> TokenTried:
        self._do("try_token")
        return ACCEPTED

    def look_up_name(self, platform_url: str, token: Secret, name: str) -> NameLookedUp:
        self._do("look_up_name")
        return NameLookedUp(FoundDataset(self.datasets[name], "Images") if name in self.datasets else None)

    def start_check(
        self,
        target: Target,
        on_event: Callable[[Event], None],
        *,
        automatic: bool,
        options: CheckOptions | None = None,
    ) -> _Run:
        self._do("start_check")
        self.automatic.append(automatic)
        self.options.append(options)
        self.runs.append(run := _Run())
        if self.on_check:
            self.on_check(on_event)
        else:
            on_event(Identified(1, "arn:aws:iam::111122223333:user/lightly"))
            on_event(LightChanged(1, report().lights[0]))
            on_event(CheckFinished(1, report()))
        return run

    def create_dataset(self, platform_url: str, token: Secret, name: str, input_type: InputType, *, adopt: bool) -> str:
        self.adopted.append(adopt)
        self._do("create")
        self.datasets[name] = DATASET_ID
        return DATASET_ID

    def configure(self, dataset: Dataset, token: Secret, access: UserAccess, *, thumbnails: bool) -> None:
        self._do("configure")

    def store_secrets(self, dataset: Dataset, access: UserAccess, token: Secret | None) -> None:
        self.kept_tokens.append(token)
        self._do("secrets")

    def write_dataset(self, dataset: Dataset) -> None:
        self._do("file")
        self.written.append(dataset)

    def verify(self, dataset: Dataset, token: Secret) -> tuple[Light, ...]:
        self._do("verify")
        return report().lights


class MemoryJournal:
    """A journal that goes through JSON, as one in a file does."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.history: list[str] = []

    def load(self, key: str) -> dict[str, object] | None:
        found: dict[str, object] | None = json.loads(self.texts[key]) if key in self.texts else None
        return found

    def save(self, key: str, content: dict[str, object]) -> None:
        self.texts[key] = json.dumps(content)
        self.history.append(self.texts[key])

    def remove(self, key: str) -> None:
        self.texts.pop(key, None)
