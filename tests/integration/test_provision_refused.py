"""AWS refuses an administrator something, asks for patience, or answers late: a sentence, a way on, nothing half."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sandbox_fixtures
from provision_stage import Clock, Front, Stage, error_body, wanted

import core.aws.session
from core.access import AccessKind, Secret, UserAccess
from core.aws.session import Clients
from core.provision.apply import Made
from core.provision.journal import Task
from core.provision.progress import ProgressState
from core.provision.refusals import Refusal, Stopped
from core.provision.rollback import RollBack, roll_back, what_goes_back
from core.sandbox.sandbox import Sandbox

SCP = (
    "User: arn:aws:sts::111122223333:assumed-role/Admin/ann is not authorized to perform: iam:CreateUser on resource: "
    "arn:aws:iam::111122223333:user/x with an explicit deny in a service control policy: "
    "arn:aws:organizations::999999999999:policy/o-1/service_control_policy/p-1"
)


box = sandbox_fixtures.box
front = sandbox_fixtures.front


@pytest.fixture
def stage(box: Sandbox, tmp_path: Path, front: Front) -> Stage:
    return Stage.at(box, tmp_path, url=front.url)


def _administrator(stage: Stage, name: str, *denied: str) -> UserAccess:
    """Make an administrator who may do all but this."""
    stage.iam("create_user", UserName=name)
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        *({"Effect": "Deny", "Action": action, "Resource": "*"} for action in denied),
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    stage.iam("put_user_policy", UserName=name, PolicyName="p", PolicyDocument=document)
    key = stage.iam("create_access_key", UserName=name)["AccessKey"]
    return UserAccess(key["AccessKeyId"], Secret(key["SecretAccessKey"]))


def _says_what_to_do(refusal: Refusal) -> None:
    assert refusal.sentence.endswith(".")
    assert refusal.fix.endswith(".")
    assert not {"please", "invalid", "oops", "!"} & set(refusal.sentence.lower().split())


def _roll_back(stage: Stage) -> RollBack:
    (entry,) = stage.journal.unfinished()
    shown = what_goes_back(entry, stage.box.admin, secrets=stage.secrets, journal=stage.journal, waiter=Clock())
    done = roll_back(entry, stage.box.admin, secrets=stage.secrets, journal=stage.journal, waiter=Clock())
    assert not isinstance(done, Stopped), done
    assert shown == done
    return done


def test_who_may_not_create_a_user_is_told_the_action_and_nothing_is_left(stage: Stage) -> None:
    stage.administrator = _administrator(stage, "no-create", "iam:CreateUser")
    what = wanted(stage.box, "not allowed")
    stopped = stage.stop(what)
    assert stopped.refusal.cause == "access-denied"
    assert "iam:CreateUser" in stopped.refusal.sentence
    assert "user no-create" in stopped.refusal.sentence
    assert "--for-setup" in stopped.refusal.fix
    assert (stopped.last, stopped.made) == (None, ())
    assert what.name not in stage.users()
    assert stage.unfinished() == 0
    _says_what_to_do(stopped.refusal)


def test_who_may_not_make_a_key_is_told_what_is_made_and_it_can_be_taken_back(stage: Stage) -> None:
    stage.administrator = _administrator(stage, "no-key", "iam:CreateAccessKey")
    what = wanted(stage.box, "no key")
    stopped = stage.stop(what)
    assert stopped.refusal.cause == "access-denied"
    assert "iam:CreateAccessKey" in stopped.refusal.sentence
    assert stopped.last is not None
    assert "inline policy" in stopped.last
    assert stopped.step is not None
    assert "access key" in stopped.step
    assert stopped.made == (f"the user {what.name}", f"our statements in the inline policy of the user {what.name}")
    assert len(_roll_back(stage).steps) == 2
    assert what.name not in stage.users()
    assert stage.unfinished() == 0


def test_and_another_administrator_goes_on_with_it(stage: Stage) -> None:
    stage.administrator = _administrator(stage, "no-key-2", "iam:CreateAccessKey")
    what = wanted(stage.box, "handed on")
    stage.stop(what)
    stage.administrator = None
    plan = stage.planned(what)
    assert [step.call for step in plan.steps] == ["iam:CreateAccessKey"]
    assert isinstance(stage.apply(plan), Made)
    assert stage.keys(what.name) == [stage.kept_key(what.name)]
    assert stage.unfinished() == 0


@pytest.mark.parametrize("denied", ["iam:GetUser", "iam:ListUserPolicies", "iam:GetUserPolicy", "iam:ListAccessKeys"])
def test_what_has_to_be_known_and_may_not_be_looked_at_refuses_the_plan(stage: Stage, denied: str) -> None:
    what = wanted(stage.box, f"hidden {denied[4:]}")
    stage.make(what)
    stage.administrator = _administrator(stage, f"blind-{denied[4:]}", denied)
    refused = stage.plan(what)
    assert isinstance(refused, Refusal)
    assert refused.cause == "look-up-denied"
    assert denied in refused.fix


def test_what_is_only_nice_to_know_and_may_not_be_looked_at_is_a_note(stage: Stage) -> None:
    what = wanted(stage.box, "half seen")
    stage.make(what)
    stage.administrator = _administrator(
        stage, "half-blind", "iam:ListAccountAliases", "iam:ListGroupsForUser", "iam:ListAttachedUserPolicies"
    )
    plan = stage.planned(what)
    assert plan.steps == ()
    assert [note.cause for note in plan.notes] == ["not-looked-at"] * 3


def test_a_service_control_policy_is_named_as_what_refuses(stage: Stage, front: Front) -> None:
    front.refuse("CreateUser", 403, "AccessDenied", SCP)
    stopped = stage.stop(wanted(stage.box, "scp"))
    assert stopped.refusal.cause == "service-control-policy"
    assert "p-1" in stopped.refusal.sentence
    assert "organization" in stopped.refusal.fix
    assert stage.unfinished() == 0
    _says_what_to_do(stopped.refusal)


@pytest.mark.parametrize("access", [AccessKind.USER, AccessKind.DELEGATED])
def test_a_name_that_came_to_be_after_the_plan_was_made_is_left_alone(stage: Stage, access: AccessKind) -> None:
    what = wanted(stage.box, f"came {access}", access)
    account = stage.box.world.account_id
    before = UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("of before"))
    stage.secrets.put_made(account, access, what.name, before)
    plan = stage.planned(what)
    if access is AccessKind.USER:
        stage.iam("create_user", UserName=what.name)
    else:
        stage.iam("create_role", RoleName=what.name, AssumeRolePolicyDocument=json.dumps(what.trust()))
    stopped = stage.apply(plan)
    assert isinstance(stopped, Stopped)
    assert stopped.refusal.cause == "changed-meanwhile"
    assert stopped.made == ()
    if access is AccessKind.USER:
        assert stage.keys(what.name) == []
    assert stage.unfinished() == 0
    assert stage.secrets.get_made(account, access, what.name) == before
    refused = stage.plan(what)
    assert isinstance(refused, Refusal)
    assert refused.cause == "name-exists"


def test_two_keys_that_are_there_already_are_named_and_nothing_is_made(stage: Stage, tmp_path: Path) -> None:
    what = wanted(stage.box, "two keys")
    stage.make(what)
    stage.iam("create_access_key", UserName=what.name)
    elsewhere = Stage.at(stage.box, tmp_path / "another machine")
    refused = elsewhere.plan(what)
    assert isinstance(refused, Refusal)
    assert refused.cause == "two-keys"
    assert all(f"{key[:4]}…{key[-4:]}" in refused.sentence for key in stage.keys(what.name))
    assert len(stage.keys(what.name)) == 2
    _says_what_to_do(refused)


def test_another_machine_gets_a_key_of_its_own_where_there_is_room(stage: Stage, tmp_path: Path) -> None:
    what = wanted(stage.box, "two machines")
    stage.make(what)
    elsewhere = Stage.at(stage.box, tmp_path / "another machine")
    plan = elsewhere.planned(what)
    assert [note.cause for note in plan.notes] == ["other-key"]
    elsewhere.apply(plan)
    assert set(stage.keys(what.name)) == {stage.kept_key(what.name), elsewhere.kept_key(what.name)}


def test_a_key_limit_that_shows_only_when_the_key_is_made_leaves_nothing_half(stage: Stage, front: Front) -> None:
    front.refuse("CreateAccessKey", 409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
    what = wanted(stage.box, "key quota")
    stopped = stage.stop(what)
    assert stopped.refusal.cause == "two-keys"
    assert stage.keys(what.name) == []
    _roll_back(stage)
    assert what.name not in stage.users()


def test_a_policy_that_is_longer_than_a_user_may_have_is_refused_before_anything_is_made(stage: Stage) -> None:
    refused = stage.plan(wanted(stage.box, "long", prefix="b" * 900 + "/"))
    assert isinstance(refused, Refusal)
    assert refused.cause == "policy-too-long"
    assert "2,048" in refused.sentence
    role = stage.plan(wanted(stage.box, "long", AccessKind.DELEGATED, prefix="b" * 900 + "/"))
    assert not isinstance(role, Refusal)


def test_a_policy_that_is_too_long_beside_what_is_there_says_how_to_go_on(stage: Stage, front: Front) -> None:
    front.refuse("PutUserPolicy", 409, "LimitExceeded", "Maximum policy size of 2048 bytes exceeded for user x")
    what = wanted(stage.box, "too much")
    stopped = stage.stop(what)
    assert stopped.refusal.cause == "policy-too-long"
    assert "choose a role" in stopped.refusal.fix
    assert _roll_back(stage).steps == (f"Delete the user {what.name}.",)


@pytest.mark.parametrize("action", ["CreateUser", "PutUserPolicy", "CreateAccessKey", "ListAccessKeys", "TagUser"])
def test_throttling_is_waited_out(stage: Stage, front: Front, action: str) -> None:
    front.refuse(action, 400, "Throttling", "Rate exceeded", times=3)
    what = wanted(stage.box, f"patient {action}")
    stage.make(what)
    assert [event.next_in for event in stage.events if event.state is ProgressState.RETRYING] == [1, 2, 4]
    assert stage.keys(what.name) == [stage.kept_key(what.name)]


@pytest.mark.parametrize("action", ["CreateUser", "CreateAccessKey"])
def test_throttling_without_end_is_given_up_and_the_next_run_goes_on(stage: Stage, front: Front, action: str) -> None:
    front.refuse(action, 400, "Throttling", "Rate exceeded", times=5)
    what = wanted(stage.box, f"impatient {action}")
    stopped = stage.stop(what)
    assert (stopped.refusal.cause, stopped.refusal.again) == ("throttled", True)
    assert stage.clock.waits == [1.0, 2.0, 4.0, 8.0]
    stage.make(what)
    assert stage.keys(what.name) == [stage.kept_key(what.name)]
    assert stage.unfinished() == 0


def test_what_iam_does_not_know_yet_after_it_was_made_is_asked_again(stage: Stage, front: Front) -> None:
    front.refuse("PutUserPolicy", 404, "NoSuchEntity", "The user with name x cannot be found.", times=2)
    stage.make(wanted(stage.box, "eventual"))
    assert stage.clock.waits[:2] == [1.0, 2.0]


def _late(front: Front, action: str, times: int, *, carried_out: bool = True) -> Callable[[], int]:
    """Let the sandbox do an action, and hold its answer back until nobody waits for it any more."""
    left = [times]
    gone = threading.Event()

    def rule(asked: str, pass_on: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes] | None:
        if asked != action or not left[0]:
            if asked == "ListAccessKeys":
                gone.set()
            return None
        left[0] -= 1
        gone.clear()
        answer = pass_on() if carried_out else (500, b"")
        gone.wait(30)  # whoever asked has given up, and looks what there is
        return answer

    front.rules.append(rule)
    return lambda: left[0]


@pytest.mark.parametrize("times", [1, 2])
def test_a_late_answer_of_create_access_key_makes_one_key_in_the_end(
    stage: Stage, front: Front, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    monkeypatch.setattr(core.aws.session, "READ_TIMEOUT", 0.5)
    left = _late(front, "CreateAccessKey", times)
    what = wanted(stage.box, f"late {times}")
    stage.make(what)
    assert left() == 0
    assert front.asked.count("CreateAccessKey") == times + 1
    assert front.asked.count("DeleteAccessKey") == times
    assert stage.keys(what.name) == [stage.kept_key(what.name)]
    assert stage.unfinished() == 0


def test_answers_that_never_come_end_with_no_key_and_the_next_run_makes_one(
    stage: Stage, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.aws.session, "READ_TIMEOUT", 0.5)
    _late(front, "CreateAccessKey", 3)
    what = wanted(stage.box, "never")
    stopped = stage.stop(what)
    assert (stopped.refusal.cause, stopped.refusal.again) == ("no-answer", True)
    plan = stage.planned(what)
    assert [step.call for step in plan.steps] == ["iam:DeleteAccessKey", "iam:CreateAccessKey"]
    stage.apply(plan)
    assert stage.keys(what.name) == [stage.kept_key(what.name)]


def test_a_request_that_arrives_when_another_was_made_long_since_leaves_no_second_key(
    stage: Stage, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.aws.session, "READ_TIMEOUT", 0.5)
    kept, arrived = threading.Event(), threading.Event()

    def rule(asked: str, pass_on: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes] | None:
        if asked == "TagUser":
            kept.set()
        if asked == "GetCallerIdentity" and kept.is_set():
            arrived.wait(30)
        if asked != "CreateAccessKey" or front.asked.count("CreateAccessKey") > 1:
            return None
        kept.wait(30)
        answer = pass_on()
        arrived.set()
        return answer

    front.rules.append(rule)
    what = wanted(stage.box, "overtaken")
    stage.make(what)
    assert arrived.is_set()
    assert stage.keys(what.name) == [stage.kept_key(what.name)]


def test_a_server_error_after_the_key_was_made_makes_one_key_in_the_end(stage: Stage, front: Front) -> None:
    left = [1]

    def rule(asked: str, pass_on: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes] | None:
        if asked != "CreateAccessKey" or not left[0]:
            return None
        left[0] -= 1
        pass_on()
        return 500, b""

    front.rules.append(rule)
    what = wanted(stage.box, "server error")
    stage.make(what)
    assert stage.keys(what.name) == [stage.kept_key(what.name)]


def test_a_lost_answer_of_create_user_is_no_name_that_exists(stage: Stage, front: Front) -> None:
    left = [1]

    def rule(asked: str, pass_on: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes] | None:
        if asked != "CreateUser" or not left[0]:
            return None
        left[0] -= 1
        pass_on()
        return 503, b""

    front.rules.append(rule)
    what = wanted(stage.box, "made unheard")
    stage.make(what)
    assert stage.keys(what.name) == [stage.kept_key(what.name)]


def test_a_key_that_somebody_else_made_meanwhile_is_never_deleted(stage: Stage, front: Front) -> None:
    # An answer is lost, so what there is afterwards may be of that request; but it is described, or was used.
    made: list[str] = []

    def rule(asked: str, _: object) -> tuple[int, bytes] | None:
        if asked != "CreateAccessKey" or made:
            return None
        key = stage.iam("create_access_key", UserName=what.name)["AccessKey"]
        made.append(key["AccessKeyId"])
        stage.iam("tag_user", UserName=what.name, Tags=[{"Key": key["AccessKeyId"], "Value": "for the shelter"}])
        return 500, error_body("InternalFailure", "lost")

    what = wanted(stage.box, "by hand")
    front.rules.append(rule)
    stage.make(what)
    assert set(stage.keys(what.name)) == {*made, stage.kept_key(what.name)}
    assert stage.planned(what).steps == ()
    assert "DeleteAccessKey" not in front.asked
    _roll_back_all(stage)
    assert made[0] in stage.keys(what.name)


def _roll_back_all(stage: Stage) -> None:
    for entry in stage.journal.unfinished():
        roll_back(entry, stage.box.admin, secrets=stage.secrets, journal=stage.journal, waiter=Clock())


def test_rolling_back_leaves_what_a_colleague_went_on_with(stage: Stage, tmp_path: Path) -> None:
    stage.administrator = _administrator(stage, "no-key-4", "iam:CreateAccessKey")
    what = wanted(stage.box, "colleague")
    stage.stop(what)
    colleague = Stage.at(stage.box, tmp_path / "another machine")
    colleague.make(what)
    assert _roll_back(stage).steps == ()
    assert stage.keys(what.name) == [colleague.kept_key(what.name)]
    assert stage.unfinished() == 0


def test_rolling_back_leaves_what_was_ours_before(stage: Stage) -> None:
    what = wanted(stage.box, "before")
    stage.make(what)
    stage.iam("delete_access_key", UserName=what.name, AccessKeyId=stage.kept_key(what.name))
    stage.administrator = _administrator(stage, "no-tag", "iam:TagUser")
    stopped = stage.stop(what)
    assert stopped.refusal.cause == "access-denied"
    assert len(stage.keys(what.name)) == 1
    assert len(_roll_back(stage).steps) == 1
    assert stage.keys(what.name) == []
    assert what.name in stage.users()
    assert stage.kept_key(what.name) is None


def test_while_one_run_makes_it_another_is_told_who_does(stage: Stage) -> None:
    what = wanted(stage.box, "at once")
    plan = stage.planned(what)
    with stage.journal.open(plan.account_id, what.access, what.name):
        stopped = stage.apply(plan)
    assert isinstance(stopped, Stopped)
    assert (stopped.refusal.cause, stopped.refusal.again) == ("locked", True)
    assert "process" in stopped.refusal.sentence
    assert what.name not in stage.users()
    assert isinstance(stage.apply(plan), Made)


def test_two_runs_at_once_make_one_user_with_one_key(stage: Stage, front: Front) -> None:
    what = wanted(stage.box, "both")
    plan = stage.planned(what)
    inside, go_on = threading.Event(), threading.Event()

    def rule(asked: str, _: object) -> tuple[int, bytes] | None:
        if asked == "CreateUser":
            inside.set()
            go_on.wait(30)
        return None

    front.rules.append(rule)
    outcomes: list[Made | Stopped] = []
    first = threading.Thread(target=lambda: outcomes.append(stage.apply(plan)))
    first.start()
    assert inside.wait(30)
    second = stage.apply(plan, clients=Clients(may_change=True))
    go_on.set()
    first.join()
    assert isinstance(second, Stopped)
    assert second.refusal.cause == "locked"
    assert isinstance(outcomes[0], Made)
    third = stage.apply(plan)
    assert isinstance(third, Stopped)
    assert third.refusal.cause == "changed-meanwhile"
    assert stage.make(what).access == outcomes[0].access
    assert stage.keys(what.name) == [stage.kept_key(what.name)]


def test_what_is_ended_by_the_person_goes_on_where_it_ended(stage: Stage) -> None:
    class Impatient(Clock):
        """Wants it to stop before the third step."""

        asked = 0

        def wait(self, seconds: float) -> bool:
            self.asked += 1
            return self.asked < 3

    stage.clock = Impatient()
    what = wanted(stage.box, "ended")
    stopped = stage.stop(what)
    assert stopped.refusal.cause == "interrupted"
    assert stopped.last is not None
    (entry,) = stage.journal.unfinished()
    assert (entry.task, entry.created, len(entry.made)) == (Task.MAKE, True, 2)
    stage.clock = Clock()
    assert [step.call for step in stage.planned(what).steps] == ["iam:CreateAccessKey"]
    stage.make(what)
    assert stage.keys(what.name) == [stage.kept_key(what.name)]


def test_expired_credentials_say_to_log_in_again(stage: Stage, front: Front) -> None:
    front.refuse("GetCallerIdentity", 403, "ExpiredToken", "The security token included in the request is expired")
    refused = stage.plan(wanted(stage.box, "expired"))
    assert isinstance(refused, Refusal)
    assert refused.cause == "credentials-expired"
    assert "Log in again" in refused.fix


def test_no_network_is_no_crash(box: Sandbox, tmp_path: Path) -> None:
    refused = Stage.at(box, tmp_path, url="http://127.0.0.1:9").plan(wanted(box, "offline"))
    assert isinstance(refused, Refusal)
    assert (refused.cause, refused.again) == ("no-answer", True)


def test_the_journal_holds_no_secret(stage: Stage) -> None:
    secrets: list[str] = []
    files: list[str] = []

    def look() -> None:
        files.extend(path.read_text() for path in stage.home.state.rglob("*") if path.is_file())

    stage.watch = look
    for access in AccessKind.USER, AccessKind.DELEGATED:
        made = stage.make(wanted(stage.box, "secrecy", access))
        for each in made.access.values():
            secret = each.secret_access_key if isinstance(each, UserAccess) else each.external_id
            secrets.append(secret.reveal())
        assert all(secret not in repr(made) for secret in secrets)
    assert any("attempts" in text for text in files)
    assert all(secret not in text for secret in secrets for text in files)
