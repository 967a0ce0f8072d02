"""The command that a note names as its fix: run as it stands, it writes the policy that is enough, and no less."""

from __future__ import annotations

import json
import re
import shlex

import pytest
from click.testing import CliRunner
from posture_cases import ARN, CONTEXT, FOLDER, LEAST, READING, allow, found

from core.aws.evaluation import NamedPolicy
from core.aws.grants import Grant, Networks, grants_policy
from core.aws.policy import partition_of
from core.location import S3Location
from core.needs import OPERATIONS, Operation
from core.posture.enough import command_for
from core.posture.policies import posture_of_policies
from tui.commands.policy import command as policy_command


def written_by(command: str) -> object:
    """Run a command line of ours, and read the policy that it prints."""
    program, name, *words = shlex.split(command)
    assert (program, name) == ("bucketlight", "policy")
    ran = CliRunner().invoke(policy_command, words)
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def test_the_policy_and_its_statement_are_named_and_the_fix_can_be_run() -> None:
    [one] = found(*LEAST, allow("s3:PutObject", FOLDER), grants=(READING,))
    assert one.summary.startswith("Policy own (statement It) allows s3:PutObject under s3://datalake/projects/farm/")
    assert one.link.startswith("https://docs.aws.amazon.com/")
    [command] = re.findall("`(bucketlight [^`]+)`", one.fix)
    assert written_by(command) == grants_policy([READING])


KEYS = {
    "eu-central-1": "arn:aws:kms:eu-central-1:111122223333:key/0a1b",
    "cn-north-1": "arn:aws-cn:kms:cn-north-1:111122223333:key/0a1b",
    "us-gov-west-1": "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/0a1b",
}


@pytest.mark.parametrize("region", KEYS)
@pytest.mark.parametrize("operations", [OPERATIONS[:2], OPERATIONS, OPERATIONS[2:]])
@pytest.mark.parametrize("networks", [None, Networks(source_ips=("203.0.113.0/24",), vpcs=("vpc-0a1b2c3d",))])
@pytest.mark.parametrize("more", [{}, {"delete": True}, {"lightly_folder_only": True}, {"with_key": True}])
def test_the_command_writes_the_policy_of_the_grant(
    region: str, operations: tuple[Operation, ...], networks: Networks | None, more: dict[str, bool]
) -> None:
    options = dict(more)
    key = KEYS[region] if options.pop("with_key", False) else None
    grant = Grant(
        location=S3Location("datalake", "it's/a folder $HOME/*/"),
        operations=operations,
        region=region,
        kms_key_arn=key,
        delete=options.get("delete", False) and Operation.WRITE in operations,
        lightly_folder_only=options.get("lightly_folder_only", False) and Operation.WRITE in operations,
    )
    wanted = grants_policy([grant], networks=networks)
    assert written_by(command_for(grant, networks)) == wanted
    partition = f"arn:{partition_of(region)}:"
    everything = {"Sid": "More", "Effect": "Allow", "Action": "s3:*", "Resource": f"{partition}s3:::datalake/*"}
    there = [NamedPolicy("own", wanted), NamedPolicy("more", {"Version": "2012-10-17", "Statement": [everything]})]
    weak = posture_of_policies(there, [grant], principal_arn=ARN, context=CONTEXT)
    commands = {command for one in weak for command in re.findall("`(bucketlight [^`]+)`", one.fix)}
    assert len(commands) == 1, "each fix names the same command"
    assert written_by(commands.pop()) == wanted, "networks that the policy names stay"


def test_networks_that_no_command_takes_are_left_out() -> None:
    odd = allow("s3:GetObject", FOLDER, Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})
    [one] = found(odd, allow("s3:PutObject", FOLDER), grants=(READING,))
    assert "--source-ip" not in one.fix
