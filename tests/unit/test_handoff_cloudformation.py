"""The CloudFormation template of a hand-off: read by cfn-lint, and deployed on moto's CloudFormation."""

from __future__ import annotations

import ast
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from cfnlint.api import lint  # type: ignore[import-untyped]
from handoff_cases import ACCOUNT, CASES, EXTERNAL_ID, ODD, ROLE, USER, grant, prefixes
from hypothesis import given
from moto import mock_aws

from core.provision.handoff import Format, HandoffError, quick_create_link, write
from core.provision.wanted import Wanted

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

REGION = "eu-central-1"


@pytest.fixture(scope="module")
def moto_here() -> Iterator[None]:
    """AWS in this process; nothing leaves it. It resets nothing: the sandbox of other tests may be open beside."""
    mock = mock_aws()
    mock.start(reset=False)
    yield
    mock.stop(remove_data=False)


@pytest.fixture
def aws(moto_here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """An AWS account of the test's own."""
    monkeypatch.setenv("MOTO_ACCOUNT_ID", f"{secrets.randbelow(10**12):012}")


def template(wanted: Wanted) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(write(wanted, Format.CLOUDFORMATION, account_id=ACCOUNT))
    return found


def deploy(wanted: Wanted) -> dict[str, str]:
    """Make the stack as the message says, and return its outputs."""
    stacks = boto3.client("cloudformation", region_name=REGION)
    given_values = [{"ParameterKey": "ExternalId", "ParameterValue": EXTERNAL_ID.reveal()}] if wanted.trust() else []
    stacks.create_stack(
        StackName="handed-over",
        TemplateBody=write(wanted, Format.CLOUDFORMATION),
        Parameters=given_values,
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    [stack] = stacks.describe_stacks(StackName="handed-over")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def of_role(iam: IAMClient, name: str) -> dict[str, object]:
    names = iam.list_role_policies(RoleName=name)["PolicyNames"]
    found = {each: iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in names}
    # moto keeps the policies of a stack's role as Python writes them, not as JSON.
    return {each: ast.literal_eval(text) if isinstance(text, str) else text for each, text in found.items()}


def tags(found: Any) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in found["Tags"]}


def has_line_break(wanted: Wanted) -> bool:
    return any("\n" in each.location.prefix for each in wanted.grants)


# Its pattern for the resource of a policy ends at a line break.
@pytest.mark.parametrize("name", [name for name, wanted in CASES.items() if not has_line_break(wanted)])
def test_cfn_lint_finds_nothing(name: str) -> None:
    found = lint(write(CASES[name], Format.CLOUDFORMATION, account_id=ACCOUNT), regions=[REGION])
    assert [str(each) for each in found] == []


@pytest.mark.parametrize("name", [name for name, wanted in CASES.items() if wanted.trust()])
def test_the_stack_makes_the_role_that_is_wanted(name: str, aws: None) -> None:
    wanted = CASES[name]
    outputs = deploy(wanted)
    iam = boto3.client("iam", region_name=REGION)
    role = iam.get_role(RoleName=wanted.name)["Role"]
    assert role["AssumeRolePolicyDocument"] == wanted.trust()
    assert role["MaxSessionDuration"] == 43_200
    assert role["Path"] == wanted.path
    assert tags(role).items() >= dict(wanted.tags).items()
    assert of_role(iam, wanted.name) == {wanted.policy().name: wanted.policy().document}
    assert outputs == {"RoleArn": role["Arn"]}


@pytest.mark.parametrize("name", [name for name, wanted in CASES.items() if not wanted.trust()])
def test_the_stack_makes_the_user_that_is_wanted_and_no_key(name: str, aws: None) -> None:
    wanted = CASES[name]
    outputs = deploy(wanted)
    iam = boto3.client("iam", region_name=REGION)
    user = iam.get_user(UserName=wanted.name)["User"]
    assert user["Path"] == wanted.path
    assert iam.list_access_keys(UserName=wanted.name)["AccessKeyMetadata"] == []
    assert outputs == {"UserName": wanted.name}


@pytest.mark.parametrize("name", CASES)
def test_policies_boundary_path_and_tags_stand_in_the_template(name: str) -> None:
    # moto's stack gives a user its name and path only, and a role no boundary that it shows: so they are read here.
    wanted = CASES[name]
    [resource] = template(wanted)["Resources"].values()
    found = resource["Properties"]
    assert {each["PolicyName"]: each["PolicyDocument"] for each in found["Policies"]} == {
        wanted.policy().name: wanted.policy().document
    }
    assert found.get("PermissionsBoundary") == wanted.boundary_arn
    assert found["Path"] == wanted.path
    assert tags(found) == dict(wanted.tags)


@given(prefixes)
def test_whatever_a_folder_is_called_its_policy_arrives_as_it_is(prefix: str) -> None:
    wanted = replace(ROLE, grants=(grant(prefix),))
    try:
        [role] = template(wanted)["Resources"].values()
    except HandoffError:
        assert max(prefix) > "\u00ff"
        return
    [policy] = role["Properties"]["Policies"]
    assert policy["PolicyDocument"] == wanted.policy().document


def test_the_external_id_is_a_parameter_that_is_not_shown() -> None:
    found = template(ROLE)
    parameter = found["Parameters"]["ExternalId"]
    assert parameter["NoEcho"] is True
    assert "Default" not in parameter
    assert re.fullmatch(parameter["AllowedPattern"], EXTERNAL_ID.reveal())
    assert EXTERNAL_ID.reveal() not in json.dumps(found)
    [statement] = found["Resources"]["LightlyRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}


def test_a_user_has_no_key_in_the_template_and_the_description_says_how_it_is_made() -> None:
    found = template(USER)
    assert [each["Type"] for each in found["Resources"].values()] == ["AWS::IAM::User"]
    assert "Create access key" in found["Description"]
    assert "Parameters" not in found


@pytest.mark.parametrize("name", CASES)
def test_the_template_is_ascii_and_small_enough_for_every_way_of_giving_it(name: str) -> None:
    text = write(CASES[name], Format.CLOUDFORMATION, account_id=ACCOUNT)
    assert text.isascii()
    assert len(text) <= 51_200  # CloudFormation API, CreateStack, TemplateBody
    assert len(json.loads(text)["Description"]) <= 1_024


@pytest.mark.parametrize("prefix", ["日本/", "{{resolve:ssm:name}}/"])
def test_names_that_cloudformation_would_change_are_refused_with_another_way(prefix: str) -> None:
    with pytest.raises(HandoffError, match="AWS CLI script"):
        write(replace(ROLE, grants=(grant(prefix),)), Format.CLOUDFORMATION)


def test_the_quick_create_link_has_the_place_for_the_templates_address_and_no_external_id() -> None:
    link = quick_create_link(ROLE)
    assert link == (
        "https://console.aws.amazon.com/cloudformation/home?region=eu-central-1#/stacks/create/review"
        "?templateURL=TEMPLATE-URL&stackName=Lightly-S3-farm-animals"
    )
    address = "https://templates.s3.eu-central-1.amazonaws.com/a b/lightly-cloudformation.json"
    filled = quick_create_link(ROLE, address)
    assert filled == link.replace(
        "TEMPLATE-URL",
        "https%3A%2F%2Ftemplates.s3.eu-central-1.amazonaws.com%2Fa%20b%2Flightly-cloudformation.json",
    )
    assert "ExternalId" not in filled


@pytest.mark.parametrize(
    ("region", "start"),
    [
        ("cn-north-1", "https://console.amazonaws.cn/cloudformation/home?region=cn-north-1#"),
        ("us-gov-west-1", "https://console.amazonaws-us-gov.com/cloudformation/home?region=us-gov-west-1#"),
        (None, "https://console.aws.amazon.com/cloudformation/home#"),
    ],
)
def test_the_link_leads_to_the_console_of_the_partition(region: str | None, start: str) -> None:
    wanted = replace(USER, grants=(replace(grant(), region=region),))
    assert quick_create_link(wanted).startswith(start)


@pytest.mark.parametrize(
    "address",
    [
        "http://templates.s3.amazonaws.com/a.json",
        "https://example.com/a.json",
        "https://s3.evilamazonaws.com/a.json",
        "https://s3.amazonaws.com.example.com/a.json",
        "a.json",
    ],
)
def test_a_template_elsewhere_than_in_s3_gets_no_link(address: str) -> None:
    with pytest.raises(HandoffError, match="from S3 only"):
        quick_create_link(ROLE, address)


@pytest.mark.parametrize(
    ("named", "stack"),
    [("team_a+b.c", "team-a-b-c"), ("7-eleven", "Lightly-7-eleven"), ("_", "Lightly")],
)
def test_a_stack_gets_a_name_that_cloudformation_takes(named: str, stack: str) -> None:
    assert quick_create_link(replace(ROLE, named=named)).endswith(f"&stackName={stack}")


def test_the_odd_folders_are_among_the_cases() -> None:
    assert {each.location.prefix for wanted in CASES.values() for each in wanted.grants} >= set(ODD)
