"""What is made in AWS, handed over, replaced and taken back, as it looks. The states are made up; nobody is asked.

`pytest tests/app/test_aws_snapshots.py --snapshot-update` takes the pictures anew.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from guide_walk import ACCOUNT, AGREED, HAND_IT, MADE_KEY_ID, MAKE, MAKE_IT, OWN_OUTPUT, made_for, settle, taken
from still import GIVEN, answering, at, setting, shown
from textual.pilot import Pilot
from walker import Walker

from core.access import UserAccess, mask_key_id
from core.guide.agreeing import head_in_short
from core.guide.facts import AwsMade, AwsPlanned, AwsStep, AwsStopped, Fact, KeysRead
from core.guide.fields import Choice, Field, Option, Raw, Shown, Text, Toggle
from core.guide.flow import handed_out, learn, pending, submit
from core.guide.plan import SecretsHome
from core.guide.requests import MakeAws, PlanAws, ReadKeys, Request
from core.guide.state import State
from core.provision.apply import WAITING
from core.provision.waiting import RealWaiter
from tui.app import BucketlightApp
from tui.aws_change_view import Face
from tui.aws_changes import ChangePlan, Ended, Told
from tui.aws_rotation import Rotation
from tui.aws_undo import TakingBack
from tui.screens.aws_change import AwsChangeScreen

Compare = Callable[..., bool]
Answer = Callable[[Request], Fact]
Before = Callable[[BucketlightApp, Pilot[int], Path], Awaitable[None]]

KNOWN = replace(GIVEN, today=date(2026, 11, 22), profiles=("default", "farm-admin"))
NO_KEYRING = replace(KNOWN, secrets_home=SecretsHome.MEMORY, secrets_problem="There is no keyring.")
PROFILE: Raw = {**MAKE, "administrator_profile": "farm-admin"}
AGREE: Raw = {**AGREED, "administrator_profile": "farm-admin"}
ROLE_BY_OTHERS: Raw = {"access": "delegated", "maker": "hand-over"}
ADMIN = "arn:aws:iam::111122223333:user/admins/maria"
USER = "Lightly-S3-farm-animals"
HEAD = (f"Account    {ACCOUNT}", "Alias      farm-production", f"Caller     {ADMIN}", "Partition  aws")
POLICY = f"Write the inline policy of the user {USER}."
GRANTED = """\
   + ListPrefix  s3:ListBucket on datalake, only projects/farm-animals/*
   + ReadPrefix  s3:GetObject on datalake/projects/farm-animals/*
   + WritePrefix  s3:PutObject, s3:AbortMultipartUpload on datalake/projects/farm-animals/*"""
STEPS = (
    f"Make the user {USER}; nobody signs in as it.",
    f"{POLICY}\n{GRANTED}",
    f"Make an access key for the user {USER}; its secret goes into this machine's keyring at once.",
    WAITING,
)
NOTE = "The bucket's policy names single principals. It may refuse the new user until it is named there."
DIFFERENCES = (f"The user {USER} is there already, and bucketlight did not make it.",)
CHANGED = """\
   - ListPrefix  s3:ListBucket on datalake
   + ListPrefix  s3:ListBucket on datalake, only projects/farm-animals/*
   = ReadPrefix stays as it is"""
ADOPTING = (
    f"Tag the user {USER} (adopted-by: bucketlight, adopted-for: farm-animals).",
    f"Change our statements in the inline policy of the user {USER}.\n{CHANGED}",
    *STEPS[2:],
)
MADE = (
    f"User arn:aws:iam::111122223333:user/{USER}, tagged created-by: bucketlight",
    f"Access key {mask_key_id(MADE_KEY_ID)}; its secret is kept on this machine.",
)


def planning(**changed: object) -> Answer:
    """Return what answers the plan with real words, and all else well."""
    well = answering()

    def answer(request: Request) -> Fact:
        if isinstance(request, PlanAws):
            plan = AwsPlanned(account_id=ACCOUNT, head=head_in_short(HEAD), steps=STEPS)
            return replace(plan, **changed)  # type: ignore[arg-type]
        if isinstance(request, MakeAws):
            return AwsMade(made_for(request).access, MADE)
        return well(request)

    return answer


def before_a_plan() -> State:
    return at("make", given=KNOWN, access=MAKE_IT)


def code_wanted() -> State:
    wanted = KeysRead(None, code_wanted="arn:aws:iam::111122223333:mfa/maria")
    well = answering()
    return settle(
        taken(submit(before_a_plan(), PROFILE)),
        lambda request: wanted if isinstance(request, ReadKeys) else well(request),
    )


def with_a_plan(**changed: object) -> State:
    return settle(taken(submit(before_a_plan(), PROFILE)), planning(**changed))


def running() -> State:
    """Agreed to, and at its second step."""
    state = taken(submit(with_a_plan(), AGREE))
    make = next(request for request in pending(state) if isinstance(request, MakeAws))
    return learn(state, make, AwsStep(2, 4, POLICY))


def ended(fact: Fact | None) -> State:
    answer = planning()
    state = taken(submit(with_a_plan(), AGREE))
    return settle(state, lambda request: fact if fact and isinstance(request, MakeAws) else answer(request))


STOPPED = AwsStopped(
    f"AWS refused iam:CreateAccessKey: {ADMIN} is not allowed to. Ask for that action, or choose another profile.",
    POLICY,
)


@dataclass(frozen=True)
class Step:
    """A state of the setup, what is filled in and pressed then; with `files` the hand-off is opened."""

    state: Callable[[], State]
    fill: Raw = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    files: bool = False

    async def show(self, app: BucketlightApp, pilot: Pilot[int], folder: Path) -> None:
        walker = Walker(app, pilot)
        await shown(walker, folder, self.state())
        await walker.fill(**self.fill)
        if self.files:
            await walker.screen.run_action("handoff")
            await pilot.pause()
        await walker.press(*self.keys)


class Change:
    """A change that looks like the real one, and asks nobody."""

    def __init__(self, like: type[Rotation] | type[TakingBack], fields: tuple[Field, ...]) -> None:
        self.title, self.question = like.title, like.question
        self.consequence, self.help = like.consequence, like.help
        self._fields = fields

    def fields(self) -> tuple[Field, ...]:
        return self._fields

    def plan(self, administrator: UserAccess, raw: Raw) -> ChangePlan:
        raise AssertionError("nobody is asked")


def not_carried_out(_tell: Callable[[Told], None], _waiter: RealWaiter) -> Ended:
    """Change nothing."""
    raise AssertionError("nothing is changed")


ROTATION = ChangePlan(
    carry_out=not_carried_out,
    account_id=ACCOUNT,
    head=(
        *HEAD,
        f"User       {USER}",
        "Key        AKIA…7Q2F, used last on 2026-11-22 09:14 UTC",
        "Used by    farm-animals (INPUT_OUTPUT)",
    ),
    steps=(
        "See what works with the present key, from here and by Lightly's own test.",
        f"Make a second key for the user {USER}; its secret goes into the keyring at once.",
        "Wait until the new key can do from here all that the present one can.",
        "Give Lightly the new key, secret included, for: farm-animals (INPUT_OUTPUT).",
        "Let Lightly test the new key.",
        "Use the new key on this machine: in the keyring and in datasets.yaml.",
        "Deactivate the old key AKIA…7Q2F.",
        "Test again from here and by Lightly. If anything fails, the old key is activated and used again.",
    ),
    notes=("The old key is deleted later, when it was unused for a day. k at home does that.",),
)
ROTATED = Ended(
    "The key is replaced.",
    (
        "Everything uses the new key AKIA…X4PA.",
        "The old key AKIA…7Q2F is deactivated since 2026-11-22 10:42 UTC.",
        "Come here again after a day to delete it, or sooner to go back to it.",
    ),
    well=True,
)
UNDO = ChangePlan(
    carry_out=not_carried_out,
    account_id=ACCOUNT,
    head=HEAD,
    steps=(
        f"Delete the access key AKIA…7Q2F (in use) of the user {USER}: whoever uses it, Lightly too, is locked out.",
        f"Delete the inline policy of the user {USER}.",
        f"Delete the user {USER}.",
    ),
)
UNDONE = Ended(
    "It is taken back.",
    (
        f"What bucketlight made is gone: the user {USER}.",
        "The dataset at Lightly and the files in the bucket stay.",
        "Enter or e at home sets it up again.",
    ),
    well=True,
)
ROOM: tuple[Field, ...] = (
    Toggle(
        name="inactive",
        label="Delete a deactivated key",
        value=False,
        note="to make room for the new one",
    ),
)
RESTS: tuple[Field, ...] = (
    Choice(
        name="way",
        label="A rotation was begun",
        options=(
            Option("finish", "Delete the old key", "a day later, if it is unused"),
            Option("back", "Go back", "to the old key; the new one goes"),
        ),
        value="finish",
    ),
    Toggle(
        name="now",
        label="Delete the old key now",
        value=False,
        note="before a day is over, or though it is used",
        only_if=Shown("way", ("finish",)),
    ),
)
NAMED: tuple[Field, ...] = (
    Text(name="made_name", label="Named after", value="farm-animals", note="the dataset's name when it was made"),
    Text(
        name="principal",
        label="User or role",
        value="",
        placeholder="lightly-reader",
        note="only where it has a name of its own",
    ),
)


@dataclass(frozen=True)
class OnTheWay:
    """A change from home, at one of its faces."""

    like: type[Rotation] | type[TakingBack]
    fields: tuple[Field, ...]
    plan: ChangePlan | None = None
    ended: Ended | None = None
    told: tuple[Told, ...] = ()
    keys: tuple[str, ...] = ()

    async def show(self, app: BucketlightApp, pilot: Pilot[int], folder: Path) -> None:
        del folder
        walker = Walker(app, pilot)
        subject = "farm-animals  INPUT_OUTPUT  s3://datalake/projects/farm-animals/"
        screen = AwsChangeScreen(Change(self.like, self.fields), subject=subject, profiles=lambda: KNOWN.profiles)
        await app.push_screen(screen)
        await walker.until(lambda: "profile" in walker.fields(), "the profiles")
        if self.plan:
            face = Face.RUNS if self.told else Face.PLAN
            screen.state = replace(screen.state, face=face, plan=self.plan)
        for told in self.told:
            screen.post_message(AwsChangeScreen.Progressed(told))
        if self.ended:
            screen.post_message(AwsChangeScreen.Over(self.ended))
        await pilot.pause()
        await screen.renew()
        await pilot.pause()
        await walker.press(*self.keys)


SEEN: dict[str, Step | OnTheWay] = {
    "access-with-maker": Step(partial(at, "access", given=KNOWN), {"maker": "make"}),
    "access-refused": Step(partial(at, "access", given=NO_KEYRING), {"maker": "make", "no_keys": True}, ("enter",)),
    "make": Step(before_a_plan),
    "make-demanded": Step(before_a_plan, {"demanded": True}),
    "make-code-wanted": Step(code_wanted),
    "make-plan": Step(with_a_plan),
    "make-plan-with-a-note": Step(partial(with_a_plan, notes=(NOTE,))),
    "make-plan-with-differences": Step(
        partial(with_a_plan, differences=DIFFERENCES, adopts=True, steps=ADOPTING), keys=("pagedown",)
    ),
    "make-wrong-account": Step(with_a_plan, {"account": "999999999999"}, ("enter",)),
    "make-running": Step(running),
    "make-made": Step(partial(ended, None)),
    "make-stopped": Step(partial(ended, STOPPED)),
    "handed-over": Step(partial(at, "role", given=KNOWN, access=ROLE_BY_OTHERS)),
    "handed-over-two-keys": Step(partial(at, "keys", given=KNOWN, access=HAND_IT, output=OWN_OUTPUT)),
    "handed-over-two-roles": Step(
        lambda: handed_out(at("role", given=KNOWN, access=ROLE_BY_OTHERS, output=OWN_OUTPUT))
    ),
    "handed-over-output": Step(partial(at, "output", given=KNOWN, access=HAND_IT), OWN_OUTPUT),
    "handoff": Step(partial(at, "role", given=KNOWN, access=ROLE_BY_OTHERS), files=True),
    "handoff-of-two-roles": Step(
        partial(at, "role", given=KNOWN, access=ROLE_BY_OTHERS, output=OWN_OUTPUT), keys=("x",), files=True
    ),
    "handoff-of-a-user": Step(partial(at, "keys", given=KNOWN, access=HAND_IT), files=True),
    "handoff-external-id": Step(partial(at, "role", given=KNOWN, access=ROLE_BY_OTHERS), keys=("x",), files=True),
    "handoff-file": Step(partial(at, "role", given=KNOWN, access=ROLE_BY_OTHERS), keys=("enter",), files=True),
    "rotate": OnTheWay(Rotation, ROOM),
    "rotate-that-rests": OnTheWay(Rotation, RESTS),
    "rotate-plan": OnTheWay(Rotation, ROOM, ROTATION),
    "rotate-wrong-account": OnTheWay(Rotation, ROOM, ROTATION, keys=("1", "2", "enter")),
    "rotate-running": OnTheWay(
        Rotation,
        ROOM,
        ROTATION,
        told=(
            Told(0, ROTATION.steps[0], done=True),
            Told(1, ROTATION.steps[1], done=True),
            Told(2, f"{ROTATION.steps[2].rstrip('.')} (not yet: Read does not work yet; 42 s left)"),
        ),
    ),
    "rotate-result": OnTheWay(Rotation, ROOM, ROTATION, ROTATED),
    "undo-plan": OnTheWay(TakingBack, NAMED, UNDO),
    "undo-result": OnTheWay(TakingBack, NAMED, UNDO, UNDONE),
}

OF_EACH_SCREEN = ("make-plan", "handoff", "handoff-file", "rotate-plan", "rotate-running")


@pytest.fixture
def app(tmp_path: Path) -> BucketlightApp:
    return BucketlightApp(setting(tmp_path))


async def show(app: BucketlightApp, pilot: Pilot[int], folder: Path, name: str) -> None:
    """Bring the app to what is to be seen."""
    await Walker(app, pilot).until(lambda: app.engine is not None, "the engine")
    await SEEN[name].show(app, pilot, folder)
    await pilot.pause()


@pytest.mark.parametrize("name", SEEN)
def test_it_looks_as_it_should(app: BucketlightApp, tmp_path: Path, snap_compare: Compare, name: str) -> None:
    assert snap_compare(app, run_before=lambda pilot: show(app, pilot, tmp_path, name))


@pytest.mark.parametrize("name", OF_EACH_SCREEN)
def test_a_wide_terminal_in_light_colours_looks_as_it_should(
    app: BucketlightApp, tmp_path: Path, snap_compare: Compare, name: str
) -> None:
    app.action_change_light()
    assert snap_compare(app, terminal_size=(120, 40), run_before=lambda pilot: show(app, pilot, tmp_path, name))


@pytest.mark.parametrize("name", OF_EACH_SCREEN)
def test_without_colours_it_looks_as_it_should(
    tmp_path: Path, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = BucketlightApp(setting(tmp_path))
    assert snap_compare(app, run_before=lambda pilot: show(app, pilot, tmp_path, name))


@pytest.mark.parametrize("name", ["handoff", "rotate-plan"])
def test_the_smallest_terminal_looks_as_it_should(
    app: BucketlightApp, tmp_path: Path, snap_compare: Compare, name: str
) -> None:
    assert snap_compare(app, terminal_size=(60, 20), run_before=lambda pilot: show(app, pilot, tmp_path, name))
