"""What a person does in the AWS console: in order, and with every value ready to be copied."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access import Secret
from core.aws.policy import PolicyError, permission_policy, to_json
from core.console import (
    ByHand,
    Copyable,
    Instruction,
    key_policy_instructions,
    resource_name,
    role_instructions,
    role_steps,
    user_instructions,
    user_steps,
)
from core.location import S3Location
from core.needs import OPERATIONS, Operation

POLICY = to_json(permission_policy(S3Location("datalake", "projects/farm-animals/"), OPERATIONS))
EXTERNAL_ID = Secret("lightly-canary-of-the-external-id")
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = "arn:aws:iam::111122223333:role/Lightly-S3-farm-animals"
BOUNDARY = "arn:aws:iam::111122223333:policy/edge"
IAM_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)


def user() -> tuple[Instruction, ...]:
    return user_instructions(name="farm-animals", policy=POLICY)


def role() -> tuple[Instruction, ...]:
    return role_instructions(name="farm-animals", policy=POLICY, external_id=EXTERNAL_ID)


def values(steps: tuple[Instruction, ...]) -> dict[str, object]:
    return {each.label: each.value for step in steps for each in step.values}


def place_of(steps: tuple[Instruction, ...], words: str) -> int:
    """Return the number of the one step that says this."""
    [found] = [number for number, step in enumerate(steps) if words in step.text]
    return found


def test_a_user_gets_the_policy_a_tag_and_a_key_and_no_way_to_sign_in() -> None:
    steps = user()
    assert values(steps) == {
        "IAM console": "https://console.aws.amazon.com/iam/home",
        "Policy": POLICY,
        "Policy name": "Lightly-S3-farm-animals",
        "User name": "Lightly-S3-farm-animals",
        "Tag key": "created-by",
        "Tag value": "bucketlight",
    }
    order = [
        "Create user”. Enter",
        "Attach policies directly",
        "Add new tag",
        "Create inline policy”, and “JSON”",
        "Enter the policy's name",
        ".csv file",
    ]
    places = [place_of(steps, words) for words in order]
    assert places == sorted(places)
    assert "without a tick" in steps[place_of(steps, "AWS Management Console")].text
    assert "“Third-party service”" in steps[place_of(steps, "Create access key")].text


def test_a_role_trusts_lightlys_account_with_the_external_id_and_without_mfa() -> None:
    steps = role()
    assert values(steps) == {
        "IAM console": "https://console.aws.amazon.com/iam/home",
        "Policy": POLICY,
        "Policy name": "Lightly-S3-farm-animals",
        "Account ID": "916419735646",
        "External ID": EXTERNAL_ID,
        "Role name": "Lightly-S3-farm-animals",
        "Tag key": "created-by",
        "Tag value": "bucketlight",
        "Maximum session duration, in seconds": "43200",
    }
    assert "Leave “Require MFA” without a tick" in steps[place_of(steps, "Require external ID")].text


def test_a_made_role_gets_its_policy_and_a_longer_session_and_then_its_arn_is_copied() -> None:
    steps = role()
    order = ["Then “Create role”", "Create inline policy", "Enter the policy's name", "“12 hours”", "“ARN”"]
    made = place_of(steps, order[0])
    assert [place_of(steps, words) for words in order] == [*range(made, len(steps))]


def test_a_demanded_boundary_is_set_before_the_user_or_role_is_made() -> None:
    by_hand = ByHand(name="Lightly", policy=("Lightly", POLICY), boundary_arn=BOUNDARY)
    for steps, made in (
        (user_steps(by_hand), "Create user”."),
        (role_steps(by_hand, EXTERNAL_ID), "Then “Create role”"),
    ):
        place = place_of(steps, "Use a permissions boundary")
        assert steps[place].values == (Copyable("Permissions boundary", BOUNDARY),)
        assert max(number for number, step in enumerate(steps) if made in step.text) > place
    assert "boundary" not in "".join(step.text for step in (*user(), *role()))


def test_a_known_account_is_named_and_every_tag_is_there() -> None:
    tags = (("created-by", "bucketlight"), ("dataset", "farm-animals"))
    by_hand = ByHand(name="Lightly", policy=("one", POLICY), tags=tags, account_id="111122223333")
    steps = user_steps(by_hand)
    assert "in account 111122223333" in steps[0].text
    found = [each.value for step in steps for each in step.values if each.label.startswith("Tag")]
    assert found == ["created-by", "bucketlight", "dataset", "farm-animals"]


def test_the_external_id_is_in_no_text_and_no_repr() -> None:
    assert EXTERNAL_ID.reveal() not in repr(role()) + "".join(step.text for step in role())


@pytest.mark.parametrize(
    ("partition", "host"),
    [
        ("aws-cn", "console.amazonaws.cn"),
        ("aws-us-gov", "console.amazonaws-us-gov.com"),
        ("aws-eusc", "console.amazonaws-eusc.eu"),
        ("aws-iso", "console.aws.amazon.com"),
    ],
)
def test_another_partition_has_its_own_console_and_no_role_for_lightly(partition: str, host: str) -> None:
    steps = user_instructions(name="farm", policy=POLICY, partition=partition)
    assert values(steps)["IAM console"] == f"https://{host}/iam/home"
    [only] = role_instructions(name="farm", policy=POLICY, external_id=EXTERNAL_ID, partition=partition)
    assert f"cannot assume a role of {partition}" in only.text
    assert "access key" in only.text
    assert only.values == ()


def test_a_key_is_opened_to_the_principal_with_a_statement_for_its_own_policy() -> None:
    steps = key_policy_instructions(kms_key_arn=KEY, principal_arn=ROLE, operations=OPERATIONS)
    found = values(steps)
    assert found["KMS console"] == "https://console.aws.amazon.com/kms/home?region=eu-central-1"
    assert found["Key ID"] == "1234abcd-12ab-34cd-56ef-1234567890ab"
    assert json.loads(str(found["Statement"])) == {
        "Sid": "UseKeyViaS3",
        "Effect": "Allow",
        "Principal": {"AWS": ROLE},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}},
    }
    assert "arn:aws:iam::111122223333:root" in "".join(step.text for step in steps)


def test_listing_needs_no_key_so_there_is_nothing_to_do() -> None:
    assert key_policy_instructions(kms_key_arn=KEY, principal_arn=ROLE, operations=(Operation.LIST,)) == ()


def test_what_is_no_key_has_no_instructions() -> None:
    with pytest.raises(PolicyError, match="key ARN"):
        key_policy_instructions(kms_key_arn="alias/lake", principal_arn=ROLE, operations=OPERATIONS)


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        ("farm-animals", "Lightly-S3-farm-animals"),
        ("Farm animals 2", "Lightly-S3-Farm-animals-2"),
        ("Kühe & Schafe", "Lightly-S3-Kuhe-Schafe"),
        ("../..", "Lightly-S3-../..".replace("/", "-")),
        ("日本", "Lightly-S3"),
        ("", "Lightly-S3"),
    ],
)
def test_a_name_is_made_of_the_datasets(dataset: str, name: str) -> None:
    assert resource_name(dataset) == name


@given(st.text(max_size=200) | st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9 _-]{2,200}", fullmatch=True))
def test_iam_takes_every_name(dataset: str) -> None:
    assert IAM_NAME.fullmatch(resource_name(dataset))


def test_long_names_that_begin_alike_stay_apart() -> None:
    one, other = (resource_name("farm-animals-" * 20 + end) for end in ("1", "2"))
    assert one != other
    assert one[:50] == other[:50]


@given(st.text(max_size=100))
def test_whatever_the_dataset_is_called_every_step_has_words_and_every_value_a_label(dataset: str) -> None:
    for steps in (
        user_instructions(name=dataset, policy=POLICY),
        role_instructions(name=dataset, policy=POLICY, external_id=EXTERNAL_ID),
    ):
        for step in steps:
            assert step.text.isprintable()
            assert all(each.label and each.value for each in step.values)
