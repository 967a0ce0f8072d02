"""The same answers on the screens and line by line: what would be saved is the same."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from walker import Walker, World

from core.access import AccessKind
from core.dataset import Dataset, Purpose
from core.guide import flow
from core.guide.existing import from_dataset
from core.guide.fields import Choice, SecretText, Text, Toggle
from core.guide.plan import Plan
from core.guide.state import State
from core.location import S3Location
from tui.app import BucketlightApp
from tui.engine import Setting, build_engine
from tui.plain.asking import Left, ask_all
from tui.plain.console import Console
from tui.plain.session import Session

Script = Mapping[str, Mapping[str, str | bool]]
"""What somebody answers: by the step, and the name of the field. What is missing stays as it is proposed."""


def _script(world: World, *, access: str, output: str) -> Script:
    """Answers for one of the four ways through the guide."""
    box = world.box
    other = box.world.output
    steps: dict[str, dict[str, str | bool]] = {
        "needs": {"thumbnails": True},
        "bucket": {"uri": world.uri},
        "access": {"access": access},
        "keys": {
            "access_key_id": box.writer.access_key_id,
            "secret_access_key": box.writer.secret_access_key.reveal(),
        },
        "role": {"role_arn": box.world.role_arn, "external_id": box.world.external_id.reveal()},
        "output": {"where": output},
        "limits": {"restricted": True},
        "dataset": {"name": world.name, "token": box.token.reveal()},
    }
    if output == "elsewhere":
        steps["output"] |= {
            "output_uri": f"s3://{box.world.output_bucket}/{box.world.output_prefix}",
            "credentials": "other",
            "output_access_key_id": other.access_key_id,
            "output_secret_access_key": other.secret_access_key.reveal(),
            "output_role_arn": box.world.role_arn,
            "output_external_id": box.world.external_id.reveal(),
        }
    return steps


async def _fill(walker: Walker, answers: Mapping[str, str | bool]) -> None:
    """Answer a step on the screen: point with the arrows, choose and turn with Space, paste into lines."""
    for shown in flow.view(walker.setup.state).fields:
        name = shown.name
        if name not in answers or not walker.box(name).display:
            continue
        wanted = answers[name]
        if isinstance(shown, Choice):
            await walker.go_to(name)
            values = [option.value for option in shown.options]
            by = values.index(str(wanted)) - values.index(str(walker.value(name)))
            await walker.press(*(["down"] * by if by > 0 else ["up"] * -by))
            await walker.press("space")
        elif isinstance(shown, Toggle):
            if walker.value(name) is not wanted:
                await walker.go_to(name)
                await walker.press("space")
        elif isinstance(shown, Text | SecretText):
            await walker.put(**{name: str(wanted)})
        assert walker.value(name) == wanted


async def on_screens(world: World, script: Script, app: BucketlightApp, dataset: Dataset | None = None) -> Plan:
    """Walk through the app up to Save; from home on, where a dataset is given: through its setup again."""
    async with app.run_test(size=(80, 24)) as pilot:
        walker = Walker(app, pilot)
        await walker.until(lambda: app.engine is not None, "the engine")
        if dataset is not None:
            await walker.until(lambda: bool(walker.rows()), "the dataset")
            await walker.press("enter")
        await walker.until(lambda: hasattr(walker.app.screen, "state"), "the setup")
        while True:
            step = walker.step
            await walker.at(step)
            if step == "save":
                return flow.plan(walker.setup.state)
            await _fill(walker, script.get(step, {}))
            before = walker.step
            for _ in range(3):  # what looks odd is gone on with
                await walker.press("enter")
                await walker.quiet()
                if walker.step != before:
                    break
            assert walker.step != before, "\n".join(walker.lines())


@dataclass
class Reader(io.TextIOBase):
    """Somebody who reads what is printed, and answers what is asked."""

    script: Script
    printed: io.StringIO
    session: Session | None = None
    _read: int = field(default=0)

    def isatty(self) -> bool:
        return False

    def readline(self, _size: int | None = -1) -> str:  # type: ignore[override]
        assert self.session is not None
        said = self.printed.getvalue()[self._read :]
        self._read = len(self.printed.getvalue())
        return f"{self._answer(said, said.rpartition(chr(10))[2])}\n"

    def _answer(self, said: str, prompt: str) -> str:
        assert self.session is not None
        state = self.session.state
        step = state.position.step
        if step == "save":
            return "leave"
        answers = self.script.get(step, {})
        for shown in flow.view(state).fields:
            if isinstance(shown, Choice) and prompt.startswith("Number"):
                if all(option.label in said for option in shown.options):
                    values = [option.value for option in shown.options]
                    return str(values.index(str(answers[shown.name])) + 1) if shown.name in answers else ""
            elif isinstance(shown, Toggle) and prompt.startswith(shown.label) and "y/n" in prompt:
                return ("y" if answers[shown.name] else "n") if shown.name in answers else ""
            elif isinstance(shown, Text | SecretText) and prompt.startswith(shown.label):
                hidden = isinstance(shown, SecretText) is ("not shown" in prompt)
                if hidden and shown.name in answers:
                    return str(answers[shown.name])
        return ""


def line_by_line(world: World, script: Script, setting: Setting, like: Dataset | None, edit: Dataset | None) -> Plan:
    """Answer the plain lines up to Save."""
    engine = build_engine(setting)
    engine.drop_draft()
    printed = io.StringIO()
    reader = Reader(script, printed)
    console = Console(reader, printed)  # type: ignore[arg-type]
    dataset = like or edit
    given = engine.given(dataset.platform_url if dataset else None)
    begin: State = (
        flow.start(given)
        if dataset is None
        else from_dataset(dataset, engine.kept(dataset).access, given, like=like is not None)
    )
    reader.session = Session(console, engine, begin, keeps=False)
    with pytest.raises(Left):
        ask_all(reader.session)
    reader.session.close()
    plan = flow.plan(reader.session.state)
    for secret in (world.box.writer.secret_access_key, world.box.token, world.box.world.external_id):
        assert secret.reveal() not in printed.getvalue()
    return plan


def _setting(world: World) -> Setting:
    return Setting(home=world.home, platform_url=world.box.lightly_url, endpoint_url=world.box.s3_url)


@pytest.mark.parametrize("output", ["same", "elsewhere"])
@pytest.mark.parametrize("access", ["user", "delegated"])
async def test_the_same_answers_give_equal_plans(world: World, access: str, output: str) -> None:
    script, setting = _script(world, access=access, output=output), _setting(world)
    made = world.creations()
    shown = await on_screens(world, script, BucketlightApp(setting, start="setup"))
    printed = line_by_line(world, script, setting, None, None)
    assert shown == printed
    assert shown.obstacle is None
    dataset = shown.dataset
    assert (dataset.name, dataset.needs.thumbnails, dataset.restricted) == (world.name, True, True)
    purposes = [each.purpose for each in dataset.datasources]
    assert purposes == ([Purpose.INPUT_OUTPUT] if output == "same" else [Purpose.INPUT, Purpose.LIGHTLY])
    kinds = {each.access for each in dataset.datasources}
    assert kinds == {AccessKind.USER if access == "user" else AccessKind.DELEGATED}
    assert world.creations() == made, "a plan makes nothing"


async def test_going_through_a_setup_again_gives_equal_plans(world: World) -> None:
    dataset = world.know(world.box.writer)
    script: Script = {"output": {"lightly_folder_only": True}, "limits": {"restricted": True}}
    shown = await on_screens(world, script, BucketlightApp(_setting(world)), dataset)
    printed = line_by_line(world, script, _setting(world), None, dataset)
    assert shown == printed
    assert shown.dataset == replace(dataset, needs=replace(dataset.needs, lightly_folder_only=True), restricted=True)


async def test_another_dataset_like_one_that_exists_gives_equal_plans(world: World, tmp_path: Path) -> None:
    dataset = world.know(world.box.writer)
    videos = S3Location(world.box.bucket, world.box.world.videos_prefix)
    script: Script = {
        "needs": {},
        "bucket": {"uri": videos.uri},
        "dataset": {"name": f"{world.name}-two"},
    }
    app = BucketlightApp(_setting(world), start="setup", like=dataset)
    shown = await on_screens(world, script, app)
    printed = line_by_line(world, script, _setting(world), dataset, None)
    assert shown == printed
    assert shown.dataset.name == f"{world.name}-two"
    assert shown.dataset.dataset_id is None
    (source,) = shown.dataset.datasources
    assert (source.location, source.access_key_id) == (videos, world.box.writer.access_key_id)
