"""Rotating a key on the sandbox: the whole way, what goes wrong on it, and the way back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sandbox_fixtures
from late_answers import LateAnswers
from rotation_stage import Stage, not_yet

from core.access import AccessKind, Secret, SourceKind, UserAccess, mask_key_id
from core.dataset import Dataset, Purpose
from core.provision.plan import KEY_TAG
from core.provision.rotation.journal import RotationJournal
from core.provision.rotation.outcome import NotYet, Progress, Rotated, RotateEvent, Stopped, WentBack
from core.provision.rotation.plan import RotationRefusedError
from core.provision.rotation.record import FORWARD, Record, Step
from core.sandbox import Sandbox
from core.store.errors import StoreError
from core.store.secrets import MemorySecretStore

BOTH = (Purpose.INPUT, Purpose.LIGHTLY)


box = sandbox_fixtures.rotation_box


@pytest.fixture
def stage(box: Sandbox, tmp_path: Path) -> Stage:
    return Stage(box, tmp_path, MemorySecretStore())


def other_key(stage: Stage) -> str:
    """The user's key that is not the first one."""
    (found,) = set(stage.user_keys()) - {stage.key.access_key_id}
    return found


def test_a_rotation_ends_with_the_new_key_everywhere_and_the_old_one_deactivated(stage: Stage) -> None:
    dataset = stage.dataset("farm animals")
    outcome = stage.run(dataset)
    assert isinstance(outcome, Rotated)
    assert not outcome.deleted
    new = other_key(stage)
    assert stage.user_keys() == {stage.key.access_key_id: "Inactive", new: "Active"}
    assert not stage.lists(stage.key)
    stage.check_settled(new, dataset)
    steps = [event.step for event in stage.events if isinstance(event, Progress) and event.done]
    wanted = [step for step in FORWARD if step not in {Step.REMOVE_INACTIVE, Step.DELETE_OLD}]
    assert steps == [Step.BEFORE, *wanted]


def test_what_else_the_platform_knows_of_the_datasource_stays_as_it_is(stage: Stage) -> None:
    dataset = stage.dataset("with a suffix")

    def seen() -> list[dict[str, object]]:
        found = stage.ask("GET", f"/v1/datasets/{dataset.dataset_id}/datasource/all")
        return [{name: value for name, value in each.items() if name != "s3AccessKeyId"} for each in found]

    before = seen()
    assert isinstance(stage.run(dataset), Rotated)
    assert seen() == before
    assert before[0]["thumbSuffix"] == ".lightly/thumbnails/[filename]_small.[extension]"


def test_every_dataset_of_this_machine_that_uses_the_key_gets_the_new_one(stage: Stage) -> None:
    datasets = [stage.dataset("one of them"), stage.dataset("the other", purposes=BOTH)]
    plan = stage.plan(datasets[0])
    assert "one of them (INPUT_OUTPUT), the other (INPUT, LIGHTLY)" in "\n".join(plan.lines())
    assert isinstance(stage.run(datasets[1]), Rotated)
    stage.check_settled(other_key(stage), *datasets)


def test_the_plan_names_account_caller_user_and_key_and_changes_nothing(stage: Stage) -> None:
    dataset = stage.dataset("only a plan")
    before = len(stage.box.platform.requests)
    plan = stage.plan(dataset)
    account, _, caller, _, server, user, *_ = plan.lines()
    assert stage.box.world.account_id in account
    assert "user/administrator" in caller
    assert stage.box.s3_url in server
    assert stage.user in user
    assert plan.steps[0] is Step.BEFORE
    assert plan.steps[-1] is Step.PROVE_ALONE
    assert stage.key.access_key_id not in "\n".join(plan.lines())
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}
    assert len(stage.box.platform.requests) == before
    assert stage.journal.load() == ()


def test_a_day_later_the_old_key_is_deleted_and_nothing_is_left_to_remember(stage: Stage) -> None:
    dataset = stage.dataset("finished")
    stage.run(dataset)
    stage.day_goes_by()
    outcome = stage.run(dataset, finish=True)
    assert isinstance(outcome, Rotated)
    assert outcome.deleted
    assert list(stage.user_keys().values()) == ["Active"]
    stage.check_settled(next(iter(stage.user_keys())), dataset)
    assert stage.journal.load() == ()
    owner = outcome.record.owner
    assert stage.world().shelved(owner, stage.key.access_key_id) is None
    assert outcome.record.new_key in stage.user_keys()
    assert stage.world().shelved(owner, outcome.record.new_key) is None


def test_before_a_day_is_over_the_old_key_is_deleted_only_where_that_is_asked_for(stage: Stage) -> None:
    dataset = stage.dataset("too early")
    stage.run(dataset)
    with pytest.raises(RotationRefusedError, match="Try again after"):
        stage.plan(dataset, finish=True)
    assert isinstance(stage.run(dataset, delete_old=True), Rotated)
    assert stage.key.access_key_id not in stage.user_keys()


def test_the_day_is_counted_by_the_clock_of_aws(box: Sandbox, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with LateAnswers(box.s3_url, "late", faulty=0, ahead=timedelta(days=3)) as proxy:
        stage = Stage(box, tmp_path, MemorySecretStore(), aws_url=proxy.url)
        dataset = stage.dataset(request.node.name[:40])
        outcome = stage.run(dataset)
        assert isinstance(outcome, Rotated)
        since = outcome.record.rests_since
        assert since is not None
        assert outcome.record.asked == (), "it is known what came of every request"
        for each in (outcome.record.began_at, since):
            assert timedelta(days=2) < each - datetime.now(UTC) < timedelta(days=4)
        with pytest.raises(RotationRefusedError, match="Try again after"):
            stage.plan(dataset, finish=True)


def test_the_old_key_can_be_deleted_in_the_same_run_where_that_is_asked_for(stage: Stage) -> None:
    dataset = stage.dataset("at once")
    outcome = stage.run(dataset, delete_old=True)
    assert isinstance(outcome, Rotated)
    assert outcome.deleted
    assert stage.key.access_key_id not in stage.user_keys()


def test_a_rotation_that_rests_says_so_and_is_not_begun_a_second_time(stage: Stage) -> None:
    dataset = stage.dataset("resting")
    stage.run(dataset)
    assert stage.plan(dataset).steps == ()
    with pytest.raises(RotationRefusedError, match="Delete the old one; then this can begin anew"):
        stage.plan(dataset, now=datetime.now(UTC) + timedelta(days=2))


def test_somebody_can_go_back_to_the_old_key_after_all(stage: Stage) -> None:
    dataset = stage.dataset("back again", purposes=BOTH)
    stage.run(dataset)
    left = 5
    old = stage.key.access_key_id

    def not_known_at_first(key_id: str) -> bool:
        nonlocal left
        left -= key_id == old
        return key_id == old and left >= 0

    not_yet.append(not_known_at_first)
    try:
        outcome = stage.run(dataset, back=True, on_event=lambda _: stage.check_working(dataset))
    finally:
        not_yet.clear()
    assert left < 0
    assert isinstance(outcome, WentBack)
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}
    stage.check_settled(stage.key.access_key_id, dataset)
    assert stage.journal.load() == ()


def test_an_old_key_that_somebody_deleted_by_hand_ends_the_rotation_and_there_is_no_way_back(stage: Stage) -> None:
    dataset = stage.dataset("deleted by hand")
    stage.run(dataset)
    stage.iam("DeleteAccessKey", UserName=stage.user, AccessKeyId=stage.key.access_key_id)
    with pytest.raises(RotationRefusedError, match="no way back"):
        stage.plan(dataset, back=True)
    assert isinstance(stage.run(dataset, finish=True), Rotated)
    stage.check_settled(next(iter(stage.user_keys())), dataset)
    assert stage.journal.load() == ()


def test_a_key_that_was_deactivated_and_deleted_can_be_followed_by_the_next_rotation(stage: Stage) -> None:
    dataset = stage.dataset("twice")
    stage.run(dataset, delete_old=True)
    again = stage.datasets.get("twice")
    assert again is not None
    outcome = stage.run(again, delete_old=True)
    assert isinstance(outcome, Rotated)
    stage.check_settled(next(iter(stage.user_keys())), dataset)


def test_where_room_was_made_and_no_key_could_be_it_says_that_the_deactivated_one_is_gone(stage: Stage) -> None:
    dataset = stage.dataset("room for nothing")
    stage.iam("CreateAccessKey", UserName=stage.user)
    second = other_key(stage)
    stage.iam("UpdateAccessKey", UserName=stage.user, AccessKeyId=second, Status="Inactive")

    def leave() -> None:
        stage.waiter.stops = True

    outcome = stage.run(dataset, on_event=at_step(Step.REMOVE_INACTIVE, leave, done=True), delete_inactive=True)
    assert isinstance(outcome, Stopped)
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}
    assert outcome.holds.startswith(f"The deactivated key {mask_key_id(second)} of the user is deleted;")


def test_with_two_active_keys_it_is_not_begun(stage: Stage) -> None:
    dataset = stage.dataset("two active")
    stage.iam("CreateAccessKey", UserName=stage.user)
    with pytest.raises(RotationRefusedError, match=r"two access keys.*active: find out who uses it"):
        stage.plan(dataset)


def test_a_deactivated_second_key_is_deleted_only_where_that_is_asked_for(stage: Stage) -> None:
    dataset = stage.dataset("one inactive")
    stage.iam("CreateAccessKey", UserName=stage.user)
    second = other_key(stage)
    stage.iam("UpdateAccessKey", UserName=stage.user, AccessKeyId=second, Status="Inactive")
    with pytest.raises(RotationRefusedError, match="let it be deleted first"):
        stage.plan(dataset)
    assert isinstance(stage.run(dataset, delete_inactive=True), Rotated)
    assert second not in stage.user_keys()
    assert len(stage.user_keys()) == 2


def test_where_nothing_works_with_the_old_key_none_is_made(stage: Stage) -> None:
    dataset = stage.dataset("nothing works")
    stage.allow([{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::elsewhere"}])
    outcome = stage.run(dataset)
    assert isinstance(outcome, Stopped)
    assert "Nothing works" in outcome.reason
    assert "Nothing was changed" in outcome.holds
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}
    assert stage.journal.load() == ()


def at_step(step: Step, act: Callable[[], None], *, done: bool = False) -> Callable[[RotateEvent], None]:
    """Do something once, when a step begins or is done."""
    acted: list[bool] = []

    def on_event(event: RotateEvent) -> None:
        if event == Progress(step, done=done) and not acted:
            acted.append(True)
            act()

    return on_event


def test_a_new_key_that_may_not_do_all_that_the_old_one_can_is_deleted_again(stage: Stage) -> None:
    dataset = stage.dataset("not permitted")
    statements = stage.policy(stage.box.bucket, stage.box.prefix)

    def forbid() -> None:
        stage.allow(statements[:1])

    outcome = stage.run(dataset, on_event=at_step(Step.CREATE, forbid, done=True))
    assert isinstance(outcome, WentBack)
    assert "Read" in outcome.reason
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}
    assert stage.used_at_platform(dataset) == {stage.key.access_key_id}
    assert stage.used_here(dataset) == {stage.key.access_key_id}
    assert next(event.step for event in stage.events if isinstance(event, NotYet)) is Step.PROVE
    assert stage.waiter.seconds >= 60
    assert stage.journal.load() == ()


def test_while_iam_spreads_the_new_key_it_waits(stage: Stage) -> None:
    dataset = stage.dataset("spreads slowly")
    not_yet.append(
        lambda key_id: key_id != stage.key.access_key_id and key_id in stage.user_keys() and stage.waiter.seconds < 7
    )
    try:
        outcome = stage.run(dataset)
    finally:
        not_yet.clear()
    assert isinstance(outcome, Rotated)
    waited = [(event.step, event.next_in) for event in stage.events if isinstance(event, NotYet)]
    assert waited == [(Step.PROVE, 1), (Step.PROVE, 2), (Step.PROVE, 4)]
    stage.check_settled(other_key(stage), dataset)


def test_a_wrong_token_is_noticed_before_a_key_is_made(stage: Stage) -> None:
    dataset = stage.dataset("wrong token")
    stage.secrets.put_token(stage.box.lightly_url, Secret("0" * 40))
    outcome = stage.run(dataset)
    assert isinstance(outcome, Stopped)
    assert "token" in outcome.reason
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}
    stage.check_settled(stage.key.access_key_id, dataset)


@pytest.mark.parametrize("step", [Step.CREATE, Step.PROVE])
def test_a_platform_that_refuses_later_leaves_everything_as_before(stage: Stage, step: Step) -> None:
    dataset = stage.dataset(f"refused after {step.value}")

    def revoke() -> None:
        stage.secrets.put_token(stage.box.lightly_url, Secret("0" * 40))

    outcome = stage.run(dataset, on_event=at_step(step, revoke))
    assert isinstance(outcome, WentBack)
    assert "token" in outcome.reason
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}
    stage.check_settled(stage.key.access_key_id, dataset)


def test_a_platform_that_is_gone_in_the_midst_leaves_both_keys_working_and_the_next_run_goes_back(stage: Stage) -> None:
    dataset = stage.dataset("gone in the midst")

    def revoke() -> None:
        stage.secrets.put_token(stage.box.lightly_url, Secret("0" * 40))

    outcome = stage.run(dataset, on_event=at_step(Step.VERIFY, revoke))
    assert isinstance(outcome, Stopped)
    assert "Both keys are active" in outcome.holds
    assert list(stage.user_keys().values()) == ["Active", "Active"]
    stage.check_working(dataset)
    stage.secrets.put_token(stage.box.lightly_url, stage.box.token)
    assert isinstance(stage.run(dataset), WentBack)
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}
    stage.check_settled(stage.key.access_key_id, dataset)


def test_what_fails_after_the_old_key_is_deactivated_activates_it_again(stage: Stage) -> None:
    dataset = stage.dataset("fails alone")

    def take_away() -> None:
        stage.iam("UpdateAccessKey", UserName=stage.user, AccessKeyId=other_key(stage), Status="Inactive")

    outcome = stage.run(dataset, on_event=at_step(Step.DEACTIVATE, take_away, done=True))
    assert isinstance(outcome, WentBack)
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}
    stage.check_settled(stage.key.access_key_id, dataset)


def test_a_key_that_something_uses_again_is_not_deactivated(stage: Stage) -> None:
    dataset = stage.dataset("changed meanwhile")

    def set_up_again() -> None:
        stage.tell_platform(dataset, dataset.datasources[0], stage.key)

    outcome = stage.run(dataset, on_event=at_step(Step.DEACTIVATE, set_up_again))
    assert isinstance(outcome, Stopped)
    assert "uses the old key again" in outcome.reason
    assert list(stage.user_keys().values()) == ["Active", "Active"]
    assert isinstance(stage.run(dataset, back=True), WentBack)
    stage.check_settled(stage.key.access_key_id, dataset)


def test_a_dataset_that_was_set_up_with_the_old_key_meanwhile_keeps_it_active(stage: Stage) -> None:
    first = stage.dataset("rotated")
    made: list[Dataset] = []
    outcome = stage.run(first, on_event=at_step(Step.VERIFY, lambda: made.append(stage.dataset("made meanwhile"))))
    assert isinstance(outcome, Stopped)
    assert "made meanwhile uses the old key" in outcome.reason
    assert list(stage.user_keys().values()) == ["Active", "Active"]
    stage.check_working(first, *made)
    assert isinstance(stage.run(first, back=True), WentBack)
    stage.check_settled(stage.key.access_key_id, first, *made)


def test_a_dataset_that_got_a_key_of_its_own_meanwhile_keeps_it(stage: Stage) -> None:
    first, second = stage.dataset("goes on"), stage.dataset("set up anew")
    third = stage.box.writer

    def set_up_anew() -> None:
        stage.secrets.put_access(second.platform_url, second.name, {Purpose.INPUT_OUTPUT: third})
        stage.tell_platform(second, second.datasources[0], third)
        source = dataclasses.replace(second.datasources[0], access_key_id=third.access_key_id)
        stage.datasets.save(dataclasses.replace(second, datasources=(source,)))

    assert isinstance(stage.run(first, on_event=at_step(Step.PROVE, set_up_anew)), Rotated)
    stage.check_settled(other_key(stage), first)
    stage.check_settled(third.access_key_id, second)


def removed_here(stage: Stage, dataset: Dataset) -> None:
    stage.datasets.remove(dataset.name, dataset.platform_url)
    stage.secrets.delete_access(dataset.platform_url, dataset.name)


def test_a_dataset_that_is_removed_everywhere_meanwhile_is_passed_over(stage: Stage) -> None:
    first, second = stage.dataset("stays here"), stage.dataset("is removed")

    def remove() -> None:
        removed_here(stage, second)
        stage.ask("DELETE", f"/v1/datasets/{second.dataset_id}")

    assert isinstance(stage.run(first, on_event=at_step(Step.PROVE, remove)), Rotated)
    stage.check_settled(other_key(stage), first)


@pytest.mark.parametrize("step", [Step.CREATE, Step.PLATFORM, Step.VERIFY, Step.LOCAL, Step.DEACTIVATE])
def test_a_dataset_that_is_removed_here_alone_gets_the_new_key_at_lightly(stage: Stage, step: Step) -> None:
    first, second = stage.dataset(f"stays {step}"), stage.dataset(f"goes {step}", purposes=BOTH)
    outcome = stage.run(first, on_event=at_step(step, lambda: removed_here(stage, second), done=True))
    assert isinstance(outcome, Rotated)
    new = other_key(stage)
    stage.check_settled(new, first)
    assert stage.used_at_platform(second) == {new}
    assert stage.works_at_platform(second)
    assert isinstance(stage.run(first, back=True), WentBack)
    assert stage.used_at_platform(second) == {stage.key.access_key_id}
    assert stage.works_at_platform(second)
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}


def test_a_dataset_that_is_set_up_anew_meanwhile_keeps_a_working_key_under_both_of_its_ids(stage: Stage) -> None:
    first, second = stage.dataset("stays as it is"), stage.dataset("set up twice")
    anew: list[Dataset] = []

    def set_up_anew() -> None:
        anew.append(stage.dataset("set up twice again"))
        stage.datasets.remove(anew[0].name, anew[0].platform_url)
        stage.datasets.save(dataclasses.replace(second, dataset_id=anew[0].dataset_id))

    assert isinstance(stage.run(first, on_event=at_step(Step.PROVE, set_up_anew)), Rotated)
    for dataset in (second, *anew):
        assert stage.used_at_platform(dataset) == {other_key(stage)}
        assert stage.works_at_platform(dataset)


def test_where_nothing_can_be_written_down_no_secret_stays_in_the_keyring(stage: Stage) -> None:
    dataset = stage.dataset("full disk")

    class Full(RotationJournal):
        def save(self, record: Record) -> None:
            raise StoreError(Path("record"), "No space left on device.")

    stage.journal = Full(stage.home)
    outcome = stage.run(dataset)
    assert isinstance(outcome, Stopped)
    assert "No space left" in outcome.reason
    assert stage.world().shelved(outcome.record.owner, stage.key.access_key_id) is None
    stage.check_settled(stage.key.access_key_id, dataset)


def test_the_key_of_a_user_that_bucketlight_made_is_replaced_there_too(stage: Stage) -> None:
    dataset, account = stage.dataset("made here"), stage.box.world.account_id
    stage.secrets.put_made(account, AccessKind.USER, stage.user, stage.key)
    stage.run(dataset)
    made = stage.secrets.get_made(account, AccessKind.USER, stage.user)
    assert made is not None
    assert getattr(made, "access_key_id", None) == other_key(stage)


def test_somebody_who_gives_up_while_it_waits_can_go_on_later(stage: Stage) -> None:
    dataset = stage.dataset("given up")
    stage.waiter.stops = True
    outcome = stage.run(dataset)
    assert isinstance(outcome, Stopped)
    stage.check_working(dataset)
    stage.waiter.stops = False
    assert isinstance(stage.run(dataset), Rotated)
    assert len(stage.user_keys()) == 2
    stage.check_settled(other_key(stage), dataset)


def refused(stage: Stage, dataset: Dataset) -> str:
    with pytest.raises(RotationRefusedError) as caught:
        stage.plan(dataset)
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}
    return str(caught.value)


def test_a_key_of_a_profile_or_of_the_environment_is_not_rotated(stage: Stage) -> None:
    profile = stage.dataset("by profile", source=SourceKind.PROFILE)
    assert "comes from the AWS profile lightly" in refused(stage, profile)
    environment = stage.dataset("by environment", source=SourceKind.ENVIRONMENT)
    assert "comes from environment variables" in refused(stage, environment)


def test_a_key_that_another_dataset_gets_from_a_profile_is_not_rotated_either(stage: Stage) -> None:
    dataset = stage.dataset("by keyring")
    stage.dataset("the same by profile", source=SourceKind.PROFILE)
    assert "The key of the same by profile comes from the AWS profile" in refused(stage, dataset)


def test_an_administrator_with_the_very_key_is_refused(stage: Stage) -> None:
    dataset = stage.dataset("own key")
    stage.admin_access = stage.key
    assert "the very key that is replaced" in refused(stage, dataset)


def test_an_administrator_who_may_not_list_keys_is_told_which_permission_lacks(stage: Stage) -> None:
    dataset = stage.dataset("no right")
    stage.admin_access = stage.box.reader
    assert "may not do iam:ListAccessKeys" in refused(stage, dataset)


def test_an_administrator_of_another_account_is_refused(stage: Stage) -> None:
    dataset = stage.dataset("foreign")
    stage.admin_access = stage.box.world.lightly
    assert "The profile is of account 916419735646" in refused(stage, dataset)


def test_a_keyring_without_the_key_is_noticed_before_anything(stage: Stage) -> None:
    dataset = stage.dataset("no secret here")
    stage.secrets.delete_access(dataset.platform_url, dataset.name)
    assert "The keyring does not hold the key" in refused(stage, dataset)


def test_a_platform_with_another_key_than_this_machine_is_set_right_first(stage: Stage) -> None:
    dataset = stage.dataset("another key there")
    stage.tell_platform(dataset, dataset.datasources[0], stage.box.writer)
    outcome = stage.run(dataset)
    assert isinstance(outcome, Stopped)
    assert "Lightly has another key" in outcome.reason
    assert stage.user_keys() == {stage.key.access_key_id: "Active"}


def test_no_secret_is_written_to_a_file(stage: Stage) -> None:
    dataset = stage.dataset("secrecy")
    outcome = stage.run(dataset)
    new = stage.secrets.get_access(dataset.platform_url, dataset.name)[Purpose.INPUT_OUTPUT]
    assert isinstance(outcome, Rotated)
    text = "".join(path.read_text() for path in stage.folder.rglob("*") if path.is_file())
    assert outcome.record.new_key
    assert outcome.record.new_key in text
    assert isinstance(new, UserAccess)
    for secret in (stage.key.secret_access_key, new.secret_access_key, stage.box.token):
        assert secret.reveal() not in text
        assert secret.reveal() not in repr(outcome)


def test_the_key_of_a_user_that_bucketlight_made_is_described_as_ours_for_undo(stage: Stage) -> None:
    dataset = stage.dataset("described")
    tags = {"created-by": "bucketlight", stage.key.access_key_id: KEY_TAG}
    numbered = enumerate(tags.items(), 1)
    fields = {
        f"Tags.member.{number}.{name}": text
        for number, (key, value) in numbered
        for name, text in (("Key", key), ("Value", value))
    }
    stage.iam("TagUser", UserName=stage.user, **fields)

    def described() -> set[str]:
        answer = stage.iam("GetUser", UserName=stage.user)
        return {key for key, value in zip(answer.texts("Key"), answer.texts("Value"), strict=True) if value == KEY_TAG}

    stage.run(dataset)
    assert described() == set(stage.user_keys())
    stage.day_goes_by()
    stage.run(dataset, finish=True)
    assert described() == {other_key(stage)}


def test_the_user_of_somebody_else_gets_no_tag_of_ours(stage: Stage) -> None:
    stage.run(stage.dataset("not ours"))
    assert stage.iam("GetUser", UserName=stage.user).texts("Key") == []
