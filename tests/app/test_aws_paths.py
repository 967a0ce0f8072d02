"""What an administrator does in AWS, from the app: made, handed over, its key replaced, taken back."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rotation_stage import FastWaiter, Stage
from walker import Walker, World

import core.provision.apply
import core.provision.waiting
import core.store.secrets
from core.access import DelegatedAccess, UserAccess
from core.dataset import Purpose
from core.guide.steps.credentials import access_of
from core.provision.progress import Progress
from core.sandbox import Sandbox
from core.store.datasets import DatasetStore
from core.store.secrets import Opened
from tui.aws_change_view import Face
from tui.screens.aws_change import AwsChangeScreen
from tui.screens.diagnosis import DiagnosisScreen
from tui.screens.handoff import FileRow, HandoffFileScreen, HandoffScreen
from tui.screens.help import AskScreen
from tui.screens.home import HomeScreen
from tui.widgets.notes import Notes
from tui.widgets.secret_input import PlainInput

GREEN = {"list": "works", "read": "works", "write": "works"}
PROFILE = "sandbox-admin"
OTHER_ACCOUNT = "999999999999"


@pytest.fixture(autouse=True)
def _administrator(box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine have the profile of the sandbox's administrator, and one that may do nothing in IAM."""
    path = tmp_path / "aws"
    keys = {PROFILE: box.admin, "nobody": box.reader}
    path.write_text(
        "\n".join(
            f"[{name}]\naws_access_key_id = {key.access_key_id}\n"
            f"aws_secret_access_key = {key.secret_access_key.reveal()}\nregion = {box.region}\n"
            for name, key in keys.items()
        )
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))


class Waiter(FastWaiter):
    """Time that passes at once, in place of the real one."""

    def stop(self) -> None:
        self.stops = True


@pytest.fixture
def stage(box: Sandbox, tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A dataset whose key may be replaced, known to `world`."""
    monkeypatch.setattr(core.provision.waiting, "RealWaiter", Waiter)
    stage = Stage(box, tmp_path, world.secrets)
    world.folder = tmp_path / "home"
    stage.dataset(world.name)
    return stage


async def to_make(world: World, walker: Walker, access: str = "user") -> None:
    """Go to the step Make, with the name of this test."""
    await world.to_access(walker)
    await walker.choose("access", access)
    await walker.choose("maker", "make")
    await walker.confirm("output")
    await walker.confirm("limits")
    await walker.confirm("make")
    await walker.choose("administrator_profile", PROFILE)
    await walker.put(made_name=world.name)


async def to_plan(world: World, walker: Walker, access: str = "user") -> None:
    await to_make(world, walker, access)
    await walker.press("enter")
    await walker.until(lambda: "account" in walker.fields(), "the plan")


async def to_made(world: World, walker: Walker, access: str = "user") -> None:
    await to_plan(world, walker, access)
    await walker.put(account=world.box.world.account_id)
    await walker.press("enter")
    await walker.sees("It is made.")


async def save(world: World, walker: Walker) -> None:
    """From the step Dataset to the end."""
    await walker.at("dataset")
    await world.to_save_from_dataset(walker)
    await walker.confirm("next")


@pytest.mark.parametrize("access", ["user", "delegated"])
async def test_what_is_missing_in_aws_is_made_and_the_lights_turn_green(world: World, access: str) -> None:
    async with world.running() as walker:
        await to_made(world, walker, access)
        assert walker.shows(f"Lightly-S3-{world.name}")
        made = access_of(walker.setup.state, Purpose.INPUT_OUTPUT)
        assert isinstance(made, UserAccess if access == "user" else DelegatedAccess)
        await walker.press("enter")
        await save(world, walker)
        await walker.until(lambda: walker.lights() == GREEN, "green lights")
    saved = DatasetStore(world.home).get(world.name, world.box.lightly_url)
    assert saved is not None
    assert saved.dataset_id is not None


async def test_the_plan_names_the_account_and_nothing_is_made_for_another_one(world: World) -> None:
    async with world.running() as walker:
        await to_plan(world, walker)
        assert walker.shows(world.box.world.account_id)
        await walker.press("enter")
        assert "Type the account ID" in walker.problem("account")
        await walker.put(account=OTHER_ACCOUNT)
        await walker.press("enter")
        assert world.box.world.account_id in walker.problem("account")
        await walker.press("enter", "enter")
        assert walker.setup.state.answers.made is None
        assert walker.setup.state.position.step == "make"


async def test_a_profile_that_may_not_look_is_refused_with_what_to_do(world: World) -> None:
    async with world.running() as walker:
        await to_make(world, walker)
        await walker.choose("administrator_profile", "nobody")
        await walker.press("enter")
        await walker.until(lambda: bool(walker.trouble()), "why not")
        assert "account" not in walker.fields()


async def test_the_account_is_in_view_while_it_is_typed_however_long_the_plan_is(world: World) -> None:
    async with world.running() as walker:
        await to_plan(world, walker)
        await walker.sees("Down for more")
        line = walker.box("account").query_one(PlainInput)
        assert line.has_focus
        for keys in ((), ("pagedown", "pagedown"), ("9", "enter")):
            await walker.press(*keys)
            assert walker.is_in_view(line)
            assert walker.shows(f"of {world.box.world.account_id}")
        assert "not the account" in walker.problem("account")
        assert walker.is_in_view(walker.box("account"))


async def test_what_is_being_made_is_marked_step_by_step_and_goes_on_when_somebody_goes_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, begun = threading.Event(), threading.Event()
    apply = core.provision.apply.apply

    def slow(*args: object, tell: Callable[[Progress], None], **options: object) -> object:
        def told(progress: Progress) -> None:
            tell(progress)
            if progress.number == 2:
                begun.set()
                go_on.wait()

        return apply(*args, tell=told, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(core.provision.apply, "apply", slow)
    async with world.running() as walker:
        await to_plan(world, walker)
        await walker.put(account=world.box.world.account_id)
        await walker.press("enter")
        try:
            await walker.until(begun.is_set, "the second step")
            await walker.sees("✓ Make the user")
            assert walker.shows("… Write the inline policy")
            assert walker.shows("· Wait until AWS knows everywhere what was made.")
            assert "account" not in walker.fields()
            assert walker.lines()[-1].strip().startswith("Esc back (it goes on)")
            await walker.press("enter", "escape")
            await walker.until(lambda: walker.step == "limits", "the step before")
            assert walker.said() == "It goes on being made in AWS. Enter shows how far."
            await walker.press("enter")
            await walker.until(lambda: walker.step == "make", "the step Make")
            await walker.sees("… Write the inline policy")
        finally:
            go_on.set()
        await walker.sees("It is made.")
        assert walker.shows(f"To take it back: bucketlight undo {world.name}, or u in the app.")
        assert walker.lines()[-1].strip().startswith("Enter next")


async def test_why_no_key_is_made_without_a_keyring_is_in_view_and_so_is_every_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.store.secrets, "open_secret_store", lambda **_: Opened(world.secrets, "There is none."))
    async with world.running() as walker:
        await world.to_access(walker)
        await walker.fill(maker="make", no_keys=True)
        await walker.press("enter")
        assert "needs a keyring" in walker.problem("maker")
        assert walker.is_in_view(walker.box("maker").query_one(".message"))
        for name in ("access", "no_keys", "maker"):
            assert walker.is_in_view(walker.box(name))


async def test_the_rail_follows_who_is_marked_to_make_it(world: World) -> None:
    async with world.running() as walker:
        await world.to_access(walker)
        assert walker.shows("next: Keys")
        await walker.choose("maker", "make")
        assert walker.shows("next: Output")
        await walker.choose("maker", "have")
        await walker.choose("access", "delegated")
        assert walker.shows("next: Role")


async def hand_over(world: World, walker: Walker) -> None:
    """Go to the step Role of a setup that is handed over, and open the files."""
    await world.to_access(walker)
    await walker.choose("access", "delegated")
    await walker.choose("maker", "hand-over")
    await walker.confirm("output")
    await walker.confirm("limits")
    await walker.confirm("role")
    assert not walker.shows("Waiting for the administrator since")
    await walker.press("enter")
    await walker.until(lambda: isinstance(walker.screen, HandoffScreen), "the files")
    await walker.sees("Hand the message over")


async def test_a_setup_is_handed_over_left_and_ends_with_the_roles_arn(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    async with world.running() as walker:
        await hand_over(world, walker)
        await walker.press("s")
        assert walker.shows(" files in ")
        await walker.press("escape")
        await walker.at("role")
        await walker.sees("Waiting for the administrator since")
        await walker.press("q")
    packs = list(folder.iterdir())
    assert len(packs) == 1
    assert packs[0].stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in packs[0].iterdir()} == {0o600}
    async with world.running(start="home") as walker:
        await walker.sees("waits for the administrator since")
        await walker.press("n")
        await walker.until(lambda: isinstance(walker.screen, AskScreen), "the question")
        await walker.press("tab", "enter") if walker.screen.focused is None else await walker.press("enter")
        await walker.at("role")
        await walker.paste(f'role_arn = "{world.box.world.role_arn}"')
        assert walker.value("role_arn") == world.box.world.role_arn
        await walker.fill(another_external_id=True, external_id=world.box.world.external_id.reveal())
        await walker.press("enter")
        assert "is named Lightly-S3-farm-animals" in walker.hint("role_arn")
        await walker.press("enter")
        await save(world, walker)
    assert DatasetStore(world.home).get(world.name, world.box.lightly_url) is not None


async def test_the_outputs_own_is_handed_over_too_and_both_keys_come_back(world: World) -> None:
    box, other = world.box, world.box.world.output
    async with world.running() as walker:
        await world.to_access(walker)
        await walker.choose("maker", "hand-over")
        await walker.confirm("output")
        await walker.choose("where", "elsewhere")
        await walker.put(output_uri=f"s3://{box.world.output_bucket}/{box.world.output_prefix}")
        await walker.choose("credentials", "made")
        await walker.confirm("limits")
        await walker.confirm("keys")
        await walker.screen.run_action("handoff")
        await walker.until(lambda: isinstance(walker.screen, HandoffScreen), "the files")
        await walker.sees("Hand the message over")
        names = {row.file_name for row in walker.screen.query(FileRow)}
        assert {"lightly-input-aws-cli.sh", "lightly-output-aws-cli.sh"} <= names
        await walker.press("escape")
        await walker.at("keys")
        for field, access in (("access_key_id", box.writer), ("own_output_access_key_id", other)):
            await walker.go_to(field)
            secret = access.secret_access_key.reveal()
            await walker.paste(f"Access key ID,Secret access key\n{access.access_key_id},{secret}\n")
            assert walker.value(field) == access.access_key_id
        await walker.press("enter")
        await walker.at("dataset")
        state = walker.setup.state
        assert (access_of(state, Purpose.INPUT), access_of(state, Purpose.LIGHTLY)) == (box.writer, other)
        await save(world, walker)
    saved = DatasetStore(world.home).get(world.name, box.lightly_url)
    assert saved is not None
    ids = [each.access_key_id for each in saved.datasources]
    assert ids == [box.writer.access_key_id, other.access_key_id]


async def test_another_setup_is_begun_and_the_one_that_waits_is_kept_and_offered_again(world: World) -> None:
    async with world.running() as walker:
        await hand_over(world, walker)
        await walker.press("escape")
        made = walker.setup.state.answers.given.external_id
        await walker.press("ctrl+q")
    async with world.running(start="home") as walker:
        await walker.sees("waits for the administrator since")
        await walker.press("n")
        await walker.until(lambda: isinstance(walker.screen, AskScreen), "the question")
        assert walker.shows("this one is kept, and offered again")
        await walker.press("down", "enter")
        await walker.at("needs")
        assert walker.setup.state.answers.given.external_id != made
        await walker.press("ctrl+q")
    async with world.running(start="home") as walker:
        await walker.sees("waits for the administrator since")
        await walker.press("n")
        await walker.until(lambda: isinstance(walker.screen, AskScreen), "the question")
        await walker.press("enter")
        await walker.at("role")
        await walker.until(lambda: walker.setup.ready, "the keyring")
        assert walker.setup.state.answers.given.external_id == made


async def test_saving_the_files_twice_replaces_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    async with world.running() as walker:
        await hand_over(world, walker)
        await walker.press("s")
        first = {path: path.read_text() for path in folder.rglob("*") if path.is_file()}
        await walker.press("s")
    assert len(list(folder.iterdir())) == 2
    assert all(path.read_text() == text for path, text in first.items())


async def test_the_external_id_is_in_no_file_until_it_is_asked_for(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    async with world.running() as walker:
        await hand_over(world, walker)
        made = walker.app.screen_stack[-2]
        secret = made.state.answers.external_id or made.state.answers.given.external_id  # type: ignore[attr-defined]
        await walker.press("s")
        texts = [path.read_text() for path in folder.rglob("*") if path.is_file()]
        assert not any(secret.reveal() in text for text in texts)
        await walker.press("x")
        names = [row.file_name for row in walker.screen.query(FileRow)]
        assert names[-1] == "send-apart-external-id.txt"
        await walker.press(*["down"] * (len(names) - 1), "enter")
        await walker.until(lambda: isinstance(walker.screen, HandoffFileScreen), "the file")
        assert walker.shows(secret.reveal())
        await walker.press("escape", "s")
        apart = [path for path in folder.iterdir() if path.is_file()]
        assert [path.name.partition("-id-")[0] for path in apart] == ["bucketlight-external"]
        files = (path for path in folder.rglob("*") if path.is_file())
        assert [path for path in files if secret.reveal() in path.read_text()] == apart
        assert walker.shows("External ID apart: ")
        assert walker.shows("x leave it out")
        await walker.press("x")
        assert len(walker.screen.query(FileRow)) == len(names) - 1
        assert walker.shows("x external ID")


async def test_what_x_added_is_not_gone_without_a_word(world: World) -> None:
    async with world.running() as walker:
        await hand_over(world, walker)
        await walker.press("x", "escape")
        await walker.at("role")
        assert "left out" in walker.said()
        assert not walker.shows("Waiting for the administrator since"), "nothing was handed out"
        await walker.press("h")
        await walker.until(lambda: isinstance(walker.screen, HandoffScreen), "the files")
        assert walker.shows("x external ID")


async def test_in_the_demo_it_is_said_that_nothing_outlasts_it(world: World) -> None:
    async with world.running(demo=world.demo([])) as walker:
        await hand_over(world, walker)
        assert walker.shows("q ends the demo")
        assert not walker.shows("Leave with q")


async def test_a_file_can_be_read_and_copied(world: World) -> None:
    async with world.running() as walker:
        await hand_over(world, walker)
        await walker.press("enter")
        await walker.until(lambda: isinstance(walker.screen, HandoffFileScreen), "the file")
        await walker.sees("Subject:")
        await walker.press("c")
        assert walker.app.clipboard.startswith("Subject:")
        await walker.press("escape")
        assert isinstance(walker.screen, HandoffScreen)


# From home.


def change(walker: Walker) -> AwsChangeScreen:
    assert isinstance(walker.screen, AwsChangeScreen)
    return walker.screen


async def open_change(walker: Walker, key: str) -> None:
    await walker.until(lambda: bool(walker.rows()), "the dataset")
    await walker.press(key)
    await walker.until(lambda: isinstance(walker.screen, AwsChangeScreen), "the change")
    await walker.until(lambda: "profile" in walker.fields(), "the profiles")
    await walker.choose("profile", PROFILE)


async def until_face(walker: Walker, face: Face) -> None:
    await walker.until(lambda: change(walker).state.face is face and not change(walker).state.waiting, face)


async def test_the_key_of_a_dataset_is_replaced_from_home(world: World, stage: Stage) -> None:
    async with world.running(start="home") as walker:
        await open_change(walker, "k")
        await walker.press("enter")
        await until_face(walker, Face.PLAN)
        assert walker.shows(world.box.world.account_id)
        assert len(stage.user_keys()) == 1
        await walker.sees("its secret stays in memory until this ends")  # there is no keyring here
        assert walker.is_in_view(walker.box("account"))
        await walker.put(account=world.box.world.account_id)
        await walker.press("enter")
        await until_face(walker, Face.ENDED)
        assert walker.shows("The key is replaced.")
        assert sorted(stage.user_keys().values()) == ["Active", "Inactive"]
        await walker.press("enter")
        assert isinstance(walker.screen, HomeScreen)
        await walker.until(lambda: "is deactivated since" in walker.row_words()[0], "what is left to do")
        await open_change(walker, "k")
        assert walker.value("way") == "finish"
        await walker.choose("way", "back")
        await walker.press("enter")
        await until_face(walker, Face.PLAN)
        await walker.put(account=world.box.world.account_id)
        await walker.press("enter")
        await until_face(walker, Face.ENDED)
        assert walker.shows("The old key is used again.")
        await walker.press("enter")
        await walker.until(lambda: "deactivated" not in walker.row_words()[0], "that nothing is left")
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}


async def test_the_old_key_is_deleted_before_its_day_is_over_only_where_that_is_switched_on(
    world: World, stage: Stage
) -> None:
    dataset = stage.datasets.get(world.name)
    assert dataset is not None
    stage.run(dataset)
    async with world.running(start="home") as walker:
        await open_change(walker, "k")
        await walker.press("enter")
        await walker.until(lambda: bool(walker.trouble()), "why not yet")
        assert walker.trouble().endswith("UTC. Or delete it now: “Delete the old key now”.")
        await walker.fill(now=True)
        await walker.press("enter")
        await until_face(walker, Face.PLAN)
        await walker.put(account=world.box.world.account_id)
        await walker.press("enter")
        await until_face(walker, Face.ENDED)
        assert walker.shows("is deleted.")
    (new,) = stage.user_keys()
    assert new != stage.key.access_key_id


async def test_what_has_a_name_of_its_own_is_taken_back_by_that_name(world: World, stage: Stage) -> None:
    tags = {
        "Tags.member.1.Key": "created-by",
        "Tags.member.1.Value": "bucketlight",
        "Tags.member.2.Key": "dataset",
        "Tags.member.2.Value": world.name,
    }
    stage.iam("CreateUser", UserName="another-name", **tags)
    async with world.running(start="home") as walker:
        await open_change(walker, "u")
        await walker.press("enter")
        await walker.until(lambda: "has no user or role" in walker.trouble(), "that nothing is there")
        await walker.put(principal="another-name")
        await walker.press("enter")
        await until_face(walker, Face.PLAN)
        assert walker.shows("Delete the user another-name.")
        await walker.put(account=world.box.world.account_id)
        await walker.press("enter")
        await until_face(walker, Face.ENDED)
        assert walker.shows("the user another-name.")


async def test_a_rotation_whose_user_is_gone_is_forgotten_once_that_is_agreed_to(world: World, stage: Stage) -> None:
    dataset = stage.datasets.get(world.name)
    assert dataset is not None
    stage.run(dataset)
    for key_id in stage.user_keys():
        stage.iam("DeleteAccessKey", UserName=stage.user, AccessKeyId=key_id)
    stage.iam("DeleteUserPolicy", UserName=stage.user, PolicyName="main")
    stage.iam("DeleteUser", UserName=stage.user)
    async with world.running(start="home") as walker:
        await open_change(walker, "k")
        await walker.press("enter")
        await until_face(walker, Face.PLAN)
        assert walker.shows("is not in AWS any more")
        assert len(stage.journal.load()) == 1
        await walker.put(account=world.box.world.account_id)
        await walker.press("enter")
        await until_face(walker, Face.ENDED)
        assert walker.shows("The rotation is forgotten.")
    assert stage.journal.load() == ()


async def test_a_wrong_account_changes_no_key(world: World, stage: Stage) -> None:
    async with world.running(start="home") as walker:
        await open_change(walker, "k")
        await walker.press("enter")
        await until_face(walker, Face.PLAN)
        await walker.press("enter")
        assert "Type the account ID" in walker.problem("account")
        await walker.put(account=OTHER_ACCOUNT)
        await walker.press("enter")
        assert world.box.world.account_id in walker.problem("account")
        assert change(walker).state.face is Face.PLAN
        await walker.press("escape")
        await until_face(walker, Face.ASK)
        await walker.press("escape")
        assert isinstance(walker.screen, HomeScreen)
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}


async def test_a_profile_that_may_not_is_told_so(world: World, stage: Stage) -> None:
    async with world.running(start="home") as walker:
        await open_change(walker, "k")
        await walker.choose("profile", "nobody")
        await walker.press("enter")
        await walker.until(lambda: bool(walker.trouble()), "why not")
        assert change(walker).state.face is Face.ASK
    assert len(stage.user_keys()) == 1


async def test_a_dataset_with_a_role_has_no_key_to_replace(world: World, stage: Stage) -> None:
    store = DatasetStore(world.home)
    known = store.load()[0]
    source = known.datasources[0]
    role = replace(source, access=source.access.DELEGATED, access_key_id=None, role_arn=world.box.world.role_arn)
    store.save(replace(known, datasources=(role,)))
    async with world.running(start="home") as walker:
        await walker.until(lambda: bool(walker.rows()), "the dataset")
        await walker.press("k")
        assert "no key to replace" in walker.said()


async def test_what_was_made_is_taken_back_from_home(world: World) -> None:
    async with world.running() as walker:
        await to_made(world, walker)
        await walker.press("enter")
        await save(world, walker)
        await walker.press("enter")
        await walker.until(lambda: isinstance(walker.screen, HomeScreen), "home")
        await open_change(walker, "u")
        await walker.press("enter")
        await until_face(walker, Face.PLAN)
        assert walker.shows(f"Delete the user Lightly-S3-{world.name}")
        await walker.put(account=re.sub(r"(\d{4})", r"\1-", world.box.world.account_id).strip("-"))
        await walker.press("enter")
        await until_face(walker, Face.ENDED)
        assert walker.shows("It is taken back.")
        await walker.press("enter")
        await open_change(walker, "u")
        await walker.press("enter")
        await walker.until(lambda: bool(walker.trouble()), "that nothing is there")


# Outside of the folder.


async def test_whether_a_key_reaches_more_than_its_folder_is_tried_only_when_somebody_agrees(world: World) -> None:
    world.know(world.box.admin)
    async with world.running(start="home") as walker:
        await walker.until(lambda: bool(walker.rows()), "the dataset")
        await walker.press("w")
        await walker.until(lambda: isinstance(walker.screen, DiagnosisScreen), "the diagnosis")
        asked = len(world.s3_requests)
        await walker.press("t")
        await walker.sees("Try outside of the folder")
        assert walker.shows("ListObjectsV2")
        await walker.press("escape")
        assert len(world.s3_requests) == asked
        await walker.press("t")
        await walker.press("enter")
        await walker.until(lambda: "More than the folder is open" in walker.said(), "the notes")
        assert len(world.s3_requests) > asked
        [notes] = walker.screen.query(Notes)
        assert world.box.bucket in str(notes.render())
        await walker.press("escape")
        await walker.until(lambda: bool(walker.rows()) and walker.shows("! "), "the note at home")


async def test_a_key_that_reaches_its_folder_alone_is_told_so(world: World) -> None:
    world.know(world.box.writer)
    async with world.running(start="home") as walker:
        await walker.until(lambda: bool(walker.rows()), "the dataset")
        await walker.press("w")
        await walker.until(lambda: isinstance(walker.screen, DiagnosisScreen), "the diagnosis")
        await walker.press("t")
        await walker.press("enter")
        await walker.until(lambda: "is refused, as it should be" in walker.said(), "the end")
