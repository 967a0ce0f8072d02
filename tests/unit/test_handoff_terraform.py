"""The Terraform of a hand-off, read by parsers that are not ours."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import hcl2
import pytest
from handoff_cases import ACCOUNT, BOUNDARY, CASES, EXTERNAL_ID, FULL_ROLE, ODD, ROLE, USER, grant, prefixes
from hypothesis import assume, given
from hypothesis import strategies as st

from core.provision.handoff import Format, HandoffError, write
from core.provision.handoff.hcl import Expression, quoted, value
from core.provision.wanted import Wanted

TERRAFORM = shutil.which("terraform")
_ESCAPE = re.compile(r"\\(?:u(?P<four>[0-9a-fA-F]{4})|U(?P<eight>[0-9a-fA-F]{8})|(?P<one>.))|(?P<doubled>\$\$\{|%%\{)")


def text_of(literal: str) -> str:
    """Read a quoted text as the HCL specification says. A template in it would not be a text, and fails."""
    assert literal[0] == literal[-1] == '"', literal
    inner = literal[1:-1]
    assert not re.search(r"\$\{|%\{", _ESCAPE.sub("-", inner)), f"a template in {literal}"

    def plain(found: re.Match[str]) -> str:
        if number := found["four"] or found["eight"]:
            return chr(int(number, 16))
        if one := found["one"]:
            return {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}[one]
        return found[0][1:]

    return _ESCAPE.sub(plain, inner)


def decoded(what: Any) -> Any:
    """Turn what python-hcl2 gives, in which texts are still quoted, into what Terraform would see."""
    match what:
        case dict():
            return {
                (text_of(name) if name.startswith('"') else name): decoded(inner)
                for name, inner in what.items()
                if name != "__is_block__"
            }
        case list():
            return [decoded(each) for each in what]
        case str() if what.startswith('"'):
            return text_of(what)
        case str() if found := re.fullmatch(r"\$\{jsonencode\((.*)\)\}", what, re.DOTALL):
            return decoded(hcl2.loads(f"x = {found[1]}\n")["x"])
    return what


def read(wanted: Wanted, *, account_id: str | None = ACCOUNT) -> dict[str, Any]:
    found: dict[str, Any] = hcl2.loads(write(wanted, Format.TERRAFORM, account_id=account_id))
    return found


def resources(wanted: Wanted) -> dict[str, dict[str, Any]]:
    """Return the resources, `TYPE.LABEL` to arguments."""
    return {
        f"{text_of(kind)}.{text_of(label)}": decoded(body)
        for each in read(wanted)["resource"]
        for kind, labelled in each.items()
        for label, body in labelled.items()
    }


@pytest.mark.parametrize("name", CASES)
def test_terraform_reads_the_very_policies_that_are_wanted(name: str) -> None:
    wanted = CASES[name]
    found = [body for kind, body in resources(wanted).items() if "_policy." in kind]
    assert [(each["name"], each["policy"]) for each in found] == [(wanted.policy().name, wanted.policy().document)]


@given(prefixes)
def test_whatever_a_folder_is_called_its_policy_arrives_as_it_is(prefix: str) -> None:
    assume(not re.search(r"%\{[^}]*$", prefix))  # python-hcl2 takes a doubled sign for one only before a closed brace
    wanted = replace(USER, grants=(grant(prefix),))
    try:
        found = resources(wanted)
    except HandoffError:
        assert max(prefix) > "\u00ff"
        return
    assert found["aws_iam_user_policy.lightly"]["policy"] == wanted.policy().document


@given(st.text() | st.text(st.sampled_from('$%{}\\"n~u')))
def test_any_text_is_read_as_that_text_and_never_as_a_template(text: str) -> None:
    assert text_of(quoted(text)) == text
    assert "\n" not in quoted(text)


def test_a_dollar_before_a_doubled_one_is_written_by_its_number() -> None:
    assert quoted("${x} %{y} $${z} $5 100%") == r'"$${x} %%{y} \u0024$${z} $5 100%"'


def test_a_role_trusts_lightly_with_the_variable_for_its_external_id() -> None:
    role = resources(FULL_ROLE)["aws_iam_role.lightly"]
    trust = FULL_ROLE.trust()
    assert trust is not None
    assert role == {
        "name": "Lightly-S3-farm-animals",
        "path": "/lightly/team/",
        "permissions_boundary": BOUNDARY,
        "max_session_duration": 43_200,
        "assume_role_policy": json.loads(json.dumps(trust).replace(EXTERNAL_ID.reveal(), "${var.external_id}")),
        "tags": dict(FULL_ROLE.tags),
    }


def test_the_external_id_is_a_sensitive_variable_and_the_comment_says_that_the_state_holds_it() -> None:
    text = write(ROLE, Format.TERRAFORM)
    [variable] = [each['"external_id"'] for each in read(ROLE)["variable"]]
    assert variable["sensitive"] is True
    assert "default" not in variable
    assert EXTERNAL_ID.reveal() not in text
    assert "kept in Terraform's state" in " ".join(text.replace("\n#", "").split())


def test_a_user_gets_no_access_key_and_the_comment_says_how_to_make_it() -> None:
    found = resources(USER)
    assert set(found) == {"aws_iam_user.lightly", "aws_iam_user_policy.lightly"}
    assert "variable" not in read(USER)
    assert "Create access key" in " ".join(write(USER, Format.TERRAFORM).replace("\n#", "").split())


def test_the_outputs_are_the_roles_arn_or_the_users_name() -> None:
    [role], [user] = read(ROLE)["output"], read(USER)["output"]
    assert role['"role_arn"']["value"] == "${aws_iam_role.lightly.arn}"
    assert user['"user_name"']["value"] == "${aws_iam_user.lightly.name}"


def test_terraform_is_kept_to_the_account_and_the_region_that_are_known() -> None:
    [known] = decoded(read(USER)["provider"])
    assert known["aws"] == {"region": "eu-central-1", "allowed_account_ids": [ACCOUNT]}
    nowhere = replace(USER, grants=(replace(grant(), region=None),))
    [unknown] = decoded(read(nowhere, account_id=None)["provider"])
    assert unknown["aws"] == {}


def test_letters_that_iam_takes_only_escaped_are_refused_with_another_way() -> None:
    with pytest.raises(HandoffError, match="AWS CLI script"):
        write(replace(ROLE, grants=(grant("日本/"),)), Format.TERRAFORM)


def test_what_hcl_has_no_form_for_is_a_defect() -> None:
    with pytest.raises(TypeError, match="float"):
        value(1.5)
    assert (
        value({"for": [], "a-b": {}, "c": Expression("var.d")}) == '{\n  "for" = []\n  "a-b" = {}\n  c     = var.d\n}'
    )


@pytest.mark.program("terraform")
@pytest.mark.parametrize("prefix", [*ODD, "%{open/", "${open/", "$%{/"])
def test_terraform_itself_writes_the_policy_and_the_trust_that_are_wanted(prefix: str, tmp_path: Path) -> None:
    assert TERRAFORM is not None
    wanted = replace(ROLE, grants=(grant(prefix),))
    text = write(wanted, Format.TERRAFORM)
    assert subprocess.run([TERRAFORM, "fmt", "-check", "-"], input=text.encode(), check=False).returncode == 0
    # Without its provider Terraform evaluates no resource: their arguments become local values.
    variable = text[text.index('variable "') : text.index('resource "')]
    trust = text[text.index("assume_role_policy = ") : text.index("  tags = {")]
    policy = text[text.index("  policy = ") : text.index('output "')].rstrip().removesuffix("}")
    (tmp_path / "main.tf").write_text(f"{variable}\nlocals {{\n  {trust}\n{policy}\n}}\n")
    both = "base64encode(local.policy), base64encode(nonsensitive(local.assume_role_policy))"
    found = subprocess.run(
        [TERRAFORM, "console"],
        cwd=tmp_path,
        input=f'join(" ", [{both}])\n',
        env={**os.environ, "TF_VAR_external_id": EXTERNAL_ID.reveal(), "CHECKPOINT_DISABLE": "1"},
        text=True,
        capture_output=True,
        check=True,
    ).stdout
    documents = [json.loads(base64.b64decode(each)) for each in found.strip().strip('"').split()]
    assert documents == [wanted.policy().document, wanted.trust()]
