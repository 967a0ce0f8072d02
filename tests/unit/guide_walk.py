"""A walk through the guide for the tests: good answers, good facts, and a world that counts what is done to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from core.access import Access, AccessKind, DelegatedAccess, Secret, UserAccess
from core.dataset import Dataset, Datasource, Purpose
from core.guide.facts import (
    AwsMade,
    AwsPlanned,
    AwsStep,
    AwsStopped,
    Fact,
    FoundDataset,
    KeysRead,
    NameLookedUp,
    RegionFound,
    Saved,
    TokenTried,
    TokenVerdict,
    WorkerRegistered,
)
from core.guide.fields import Problems, Raw
from core.guide.flow import back, learn, pending, start, submit, view
from core.guide.keys_source import KeysSource
from core.guide.requests import (
    Check,
    FindRegion,
    LookAround,
    LookUpName,
    MakeAws,
    PlanAws,
    ReadKeys,
    RegisterWorker,
    Request,
    TryToken,
)
from core.guide.saving import EffectError
from core.guide.state import Given, State
from core.guide.steps.checks import check_request
from core.lights.events import CheckFinished, Event, Identified, LightChanged
from core.lights.states import CheckReport, Light
from core.lights.states import State as LightState
from core.lights.target import CheckOptions, Target
from core.location import S3Location
from core.needs import OPERATIONS, InputType
from core.provision.wanted import Wanted
from core.survey import Survey

KEY_ID = "AKIAIOSFODNN7CANARY1"
SECRET = "canarySecretKey/0123456789abcdefghijKLMN"
TOKEN = "canary-lightly-token-5f2a"
URI = "s3://datalake/projects/farm-animals/"
DATASET_ID = "0123456789abcdef01234567"

NEEDS: Raw = {"input_type": "Images", "object_level": False, "thumbnails": True}
BUCKET: Raw = {"uri": URI}
ACCESS: Raw = {"access": "user"}
KEYS: Raw = {"access_key_id": KEY_ID, "secret_access_key": SECRET}
ROLE_ARN = "arn:aws:iam::111122223333:role/Lightly-S3-farm-animals"
EXTERNAL_ID = "lightly-canary-external-id-77"
DELEGATED: Raw = {"access": "delegated"}
MAKE_IT: Raw = {**ACCESS, "maker": "make"}
HAND_IT: Raw = {**ACCESS, "maker": "hand-over"}
ROLE: Raw = {"role_arn": ROLE_ARN, "external_id": EXTERNAL_ID}
ACCOUNT = "111122223333"
PROFILE = "demo-administrator"
MAKE: Raw = {"administrator_profile": PROFILE}
AGREED: Raw = {**MAKE, "account": ACCOUNT}
MADE_KEY_ID = "AKIAIOSFODNN7CANARY3"
MADE_SECRET = "canaryMadeKey00/0123456789abcdefghijKLMN"
OUTPUT: Raw = {"where": "same"}
ELSEWHERE: Raw = {"where": "elsewhere", "output_uri": "s3://datalake/lightly-output/", "credentials": "same"}
OUTPUT_KEY_ID = "AKIAIOSFODNN7CANARY2"
OUTPUT_SECRET = "canaryOutputKey/0123456789abcdefghijKLMN"
OTHER_KEYS: Raw = {
    **ELSEWHERE,
    "credentials": "other",
    "output_access_key_id": OUTPUT_KEY_ID,
    "output_secret_access_key": OUTPUT_SECRET,
}
OUTPUT_ROLE_ARN = "arn:aws:iam::111122223333:role/Lightly-S3-farm-animals-output"
OWN_OUTPUT: Raw = {**ELSEWHERE, "credentials": "made"}
LIMITS: Raw = {"kms_key_arn": "", "restricted": False}
DATASET: Raw = {"name": "farm-animals", "token": TOKEN}
WALK: dict[str, Raw] = {
    "needs": NEEDS,
    "bucket": BUCKET,
    "access": ACCESS,
    "keys": KEYS,
    "role": ROLE,
    "output": OUTPUT,
    "limits": LIMITS,
    "make": AGREED,
    "dataset": DATASET,
    "save": {},
    "next": {},
}

WORKER_ID = "1123456789abcdef01234567"
SURVEY = Survey(images=40, total_bytes=12_400_000)
REGION = RegionFound("eu-central-1", True)
ACCEPTED = TokenTried(TokenVerdict.ACCEPTED)
FREE = NameLookedUp(None)


def access_made(wanted: Wanted) -> Access:
    """Return what is made for one that was wanted."""
    if wanted.access is AccessKind.DELEGATED and wanted.external_id:
        return DelegatedAccess(f"arn:aws:iam::{ACCOUNT}:role/{wanted.name}", wanted.external_id)
    return UserAccess(MADE_KEY_ID, Secret(MADE_SECRET))


def planned_for(request: PlanAws, *, differences: tuple[str, ...] = ()) -> AwsPlanned:
    """Return a plan in which all of it has to be made."""
    return AwsPlanned(
        account_id=ACCOUNT,
        head=(f"Account {ACCOUNT}", "Alias none", "Caller arn:aws:iam::111122223333:user/admin", "Partition aws"),
        steps=tuple(f"Make {wanted.name}" for wanted in request.wanted),
        differences=differences,
        adopts=bool(differences),
    )


def made_for(request: MakeAws) -> AwsMade:
    """Return that all of it was made."""
    wanted = request.asked.wanted
    return AwsMade(tuple(map(access_made, wanted)), tuple(f"Made {each.name}" for each in wanted))


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
        case ReadKeys():
            return KeysRead(UserAccess(KEY_ID, Secret(SECRET)))
        case LookAround():
            return SURVEY
        case RegisterWorker():
            return WorkerRegistered(WORKER_ID)
        case PlanAws():
            return planned_for(request)
        case MakeAws():
            return made_for(request)
        case _:
            return Saved(DATASET_ID)


def settle(state: State, answer: Callable[[Request], Fact] = good_fact) -> State:
    """Answer what is pending until nothing is."""
    while requests := pending(state):
        state = learn(state, requests[0], answer(requests[0]))
    return state


def at(step: str, given: Given | None = None, **changed: Raw) -> State:
    """Walk with good answers until a step is reached; a step named in `changed` is answered so instead."""
    return onward(start(given), step, **changed)


def onward(state: State, step: str, **changed: Raw) -> State:
    """Walk on from a state, as `at` does. What looks odd, or is to be read, is submitted once more."""
    while state.position.step != step:
        before = state.position.step
        raw = changed.get(before, WALK[before])
        state = settle(taken(submit(state, raw)))
        while view(state).hints or (before == state.position.step == "make" and not view(state).problems):
            state = settle(taken(submit(state, raw)))
        assert state.position.step != before, (before, dict(view(state).problems), dict(view(state).hints))
    return state


def back_at(state: State, step: str) -> State:
    """Go back until a step is reached."""
    while state.position.step != step:
        before = state
        state = back(state)
        assert state != before, f"{step} does not come before"
    return state


def refused(outcome: State | Problems) -> Problems:
    """Return the problems of a submit that was not taken."""
    assert isinstance(outcome, Problems)
    return outcome


def check_of(state: State, purpose: Purpose | None = None) -> Check:
    """Return the check that a state's answers ask for."""
    request = check_request(state, purpose)
    assert request is not None
    return request


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
    kept_access: list[dict[Purpose, Access]] = field(default_factory=list)
    configured: list[tuple[Purpose, Access]] = field(default_factory=list)
    written: list[Dataset] = field(default_factory=list)
    runs: list[_Run] = field(default_factory=list)
    automatic: list[bool] = field(default_factory=list)
    options: list[CheckOptions | None] = field(default_factory=list)
    on_check: Callable[[Callable[[Event], None]], None] | None = None
    plans: list[PlanAws] = field(default_factory=list)
    on_make: Callable[[MakeAws], AwsMade | AwsStopped] | None = None

    def _do(self, call: str) -> None:
        self.calls.append(call)
        if call in self.failing:
            raise EffectError(f"{call} failed. Try again.")

    def find_region(self, location: S3Location, endpoint_url: str | None) -> RegionFound:
        self._do("find_region")
        return REGION

    def read_keys(self, source: KeysSource) -> KeysRead:
        self._do("read_keys")
        return KeysRead(UserAccess(KEY_ID, Secret(SECRET)))

    def look_around(
        self, location: S3Location, access: UserAccess, *, region: str, endpoint_url: str | None, account: str | None
    ) -> Survey:
        self._do("look_around")
        return SURVEY

    def register_worker(self, platform_url: str, token: Secret, name: str) -> WorkerRegistered:
        self._do("register_worker")
        return WorkerRegistered(WORKER_ID)

    def plan_aws(self, request: PlanAws) -> AwsPlanned:
        self._do("plan_aws")
        self.plans.append(request)
        return planned_for(request)

    def make_aws(self, request: MakeAws, on_step: Callable[[AwsStep], None]) -> AwsMade | AwsStopped:
        self._do("make_aws")
        for number, sentence in enumerate(request.planned.steps, 1):
            on_step(AwsStep(number, len(request.planned.steps), sentence))
        return self.on_make(request) if self.on_make else made_for(request)

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

    def configure(
        self, dataset: Dataset, source: Datasource, token: Secret, access: Access, *, thumbnails: bool
    ) -> None:
        self.configured.append((source.purpose, access))
        self._do("output" if source.purpose is Purpose.LIGHTLY else "configure")

    def store_secrets(self, dataset: Dataset, access: Mapping[Purpose, Access], token: Secret | None) -> None:
        self.kept_access.append(dict(access))
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
