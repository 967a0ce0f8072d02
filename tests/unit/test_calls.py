"""The catalogues of calls: what they say is whole, and agrees with AWS's own models."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import ServiceModel

from core.aws.call import Call, Cost, Stage, Whose
from core.aws.calls import CALLS
from core.aws.gate import UnlistedCallError, allowed_operations, refuse_unlisted
from core.lightly.calls import CALLS as LIGHTLY_CALLS

ADMINISTRATORS = {Stage.PLAN, Stage.MAKE, Stage.UNDO}

each_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.stage.name}-{call.operation}-{call.how}")


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.Session().get_service_model(service)


@each_call
def test_an_operation_is_named_as_aws_names_it(call: Call) -> None:
    assert call.operation in _model(call.service).operation_names


@each_call
def test_only_write_and_roles_may_change_anything(call: Call) -> None:
    method = _model(call.service).operation_model(call.operation).http["method"]
    asks_only = method in {"GET", "HEAD"} or call.service in {"iam", "sts"}
    assert asks_only or call.stage in {Stage.WRITE, Stage.SECOND_LOOK}
    if call.service == "iam" and call.stage not in {Stage.MAKE, Stage.UNDO}:
        assert re.match("List|Get|Simulate", call.operation)


@each_call
def test_what_administrators_send_is_said_to_be_theirs_but_for_the_question_whose_key_it_is(call: Call) -> None:
    asks_whose = call.operation == "GetCallerIdentity" and call.whose == (Whose.CHECKED,)
    if call.stage in ADMINISTRATORS:
        assert call.whose == (Whose.ADMINISTRATOR,) or asks_whose
    else:
        assert Whose.ADMINISTRATOR not in call.whose
    if call.stage in {Stage.MAKE, Stage.UNDO} and not asks_whose:
        assert call.service == "iam"
        assert not re.match("Get|List|Simulate", call.operation)


@each_call
def test_what_only_looks_is_free_or_costs_a_get(call: Call) -> None:
    if call.stage is Stage.PLAN:
        assert call.cost in {Cost.FREE, Cost.GET}
        assert not call.operation.startswith(("Create", "Put", "Update", "Delete", "Tag", "Untag"))


@each_call
def test_only_a_client_made_for_it_sends_what_administrators_send(call: Call) -> None:
    allowed = allowed_operations(signed=True).get(call.service, frozenset())
    elsewhere = {
        each.operation for each in CALLS if each.stage not in ADMINISTRATORS and Whose.NOBODY not in each.whose
    }
    if call.stage in ADMINISTRATORS:
        assert (call.operation in allowed) == (call.operation in elsewhere)
        refuse_unlisted(call.service, call.operation, signed=True, may_change=True)


@each_call
def test_every_entry_says_when_and_how_to_switch_it_off(call: Call) -> None:
    assert call.when.endswith(".")
    assert all(not text.endswith(".") for text in (call.how, call.leaves, call.off))
    assert call.leaves
    assert call.off


@each_call
def test_actions_belong_to_the_service_or_to_directory_buckets(call: Call) -> None:
    assert {action.partition(":")[0] for action in call.actions} <= {call.service, "s3express"}
    assert (call.service == "iam") <= (call.actions == (f"iam:{call.operation}",))


@each_call
def test_only_the_question_for_the_region_is_not_signed(call: Call) -> None:
    assert (Whose.NOBODY in call.whose) == (call.operation == "HeadBucket" and call.stage is not Stage.PLAN)


@each_call
def test_what_lies_in_a_folder_is_looked_at_with_a_key_and_never_with_a_role(call: Call) -> None:
    assert (call.stage is Stage.SURVEY) <= (Whose.ROLE not in call.whose)


@each_call
def test_iam_and_sts_are_free_and_so_is_a_delete(call: Call) -> None:
    free = call.service in {"iam", "sts"} or call.operation in {"DeleteObject", "AbortMultipartUpload"}
    assert (call.cost is Cost.FREE) == free


def test_the_look_at_iam_is_off_unless_it_is_asked_for() -> None:
    for call in CALLS:
        assert (call.stage is Stage.IAM) == ("`--look-ups iam`" in call.off)
        assert (call.service == "iam") <= (call.stage is Stage.IAM or call.stage in ADMINISTRATORS)


def test_the_entries_of_a_stage_stand_together() -> None:
    stages = [call.stage for call in CALLS]
    assert sorted(stages, key=list(Stage).index) == stages
    assert set(stages) == set(Stage)


def _methods_called() -> set[str]:
    """Name what is called on something, or named to be called, where checks and the setup send requests."""
    core = Path(__file__).resolve().parents[2] / "core"
    folders = [core / name for name in ("aws", "lights", "posture", "survey")]
    texts = [file.read_text(encoding="utf-8") for folder in folders for file in folder.rglob("*.py")]
    return {name for text in texts for name in re.findall(r"(?:\.|[\"'])([a-z][a-z0-9_]+)\b", text)}


def test_every_entry_of_checks_and_of_the_setup_is_sent_by_some_code() -> None:
    # That administrators' entries are sent is seen where they are: in the recorded runs of test_calls_sent.py.
    by_the_library = {"CreateSession"}
    called = _methods_called()
    entries = {call.operation for call in CALLS if call.stage not in ADMINISTRATORS}
    assert {operation for operation in entries if xform_name(operation) not in called} == by_the_library


def test_no_entry_stands_twice() -> None:
    marks = [(call.stage, call.service, call.operation, call.how) for call in CALLS]
    assert len(set(marks)) == len(marks)


def test_what_is_not_signed_may_ask_for_nothing_but_the_region() -> None:
    assert allowed_operations(signed=False) == {"s3": frozenset({"HeadBucket"})}
    assert allowed_operations(signed=False, may_change=True) == {"s3": frozenset({"HeadBucket"})}
    refuse_unlisted("s3", "HeadBucket", signed=False)
    with pytest.raises(UnlistedCallError, match="s3 HeadBucket"):
        refuse_unlisted("s3", "HeadBucket", signed=True)
    refuse_unlisted("s3", "HeadBucket", signed=True, may_change=True)


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("s3", "DeleteBucket"),
        ("s3", "DeleteObjects"),
        ("s3", "ListParts"),
        ("s3", "PutBucketPolicy"),
        ("iam", "AttachUserPolicy"),
        ("iam", "CreateLoginProfile"),
        ("iam", "CreatePolicyVersion"),
        ("ec2", "RunX"),
    ],
)
def test_what_is_not_in_the_catalogue_is_refused(service: str, operation: str) -> None:
    for signed in (True, False):
        for may_change in (True, False):
            with pytest.raises(UnlistedCallError):
                refuse_unlisted(service, operation, signed=signed, may_change=may_change)


@pytest.mark.parametrize("operation", ["CreateUser", "CreateAccessKey", "PutUserPolicy", "DeleteUser", "GetUser"])
def test_a_client_of_a_check_changes_nothing_in_iam(operation: str) -> None:
    with pytest.raises(UnlistedCallError):
        refuse_unlisted("iam", operation, signed=True)
    refuse_unlisted("iam", operation, signed=True, may_change=True)


def test_every_entry_of_the_platform_says_when_and_how_to_switch_it_off() -> None:
    for call in LIGHTLY_CALLS:
        assert call.when.endswith(".")
        assert call.off
        assert call.leaves
        assert call.sends
