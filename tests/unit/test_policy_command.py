"""`bucketlight policy`: each option reaches the text, each form is written, and what is wrong is said in a sentence."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core.access import AccessKind
from core.aws.grants import Grant, Networks, grants_policy
from core.aws.policy import permission_policy, to_json
from core.aws.policy_size import MANAGED, USER_INLINE, compact, size
from core.aws.setup_policy import setup_policy
from core.aws.statements import bucket_policies, key_policy_statements, trust_policy
from core.location import S3Location
from core.needs import OPERATIONS
from core.provision.handoff import EXTERNAL_ID_FILE
from tui.commands.policy import command

URI = "s3://datalake/projects/farm-animals/"
FARM = S3Location.parse(URI)
OUT_URI = "s3://results/farm/"
OUT = S3Location.parse(OUT_URI)
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_KEY = KEY.replace("1234abcd", "9999abcd")
BOUNDARY = "arn:aws:iam::111122223333:policy/LightlyBoundary"
ANNA = "arn:aws:iam::444455556666:user/anna"
EXTERNAL_ID = "lightly-canary-0123456789"
HANDED_OVER = ["cloudformation", "terraform", "cli", "console", "message"]


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(command, arguments, input=stdin)


def document(*arguments: str, stdin: str | None = None) -> Any:
    ended = run(*arguments, stdin=stdin)
    assert ended.exit_code == 0, ended.stderr
    return json.loads(ended.stdout)


def refused(*arguments: str, stdin: str | None = None) -> str:
    """Run what is wrong usage: exit code 2, a sentence, and nothing on the standard output."""
    ended = run(*arguments, stdin=stdin)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith("bucketlight: ")
    assert "Traceback" not in ended.stderr
    return ended.stderr


# --- the permission policy ---


def test_without_options_it_is_the_bare_document_and_nothing_else() -> None:
    ended = run(URI)
    assert (ended.exit_code, ended.stderr) == (0, "")
    assert ended.stdout == to_json(permission_policy(FARM, OPERATIONS))
    assert run(URI, "--format", "json").stdout == ended.stdout


def test_input_and_output_are_one_policy_and_the_input_is_not_written_to() -> None:
    grants = [Grant(location=FARM, operations=OPERATIONS[:2]), Grant(location=OUT, operations=OPERATIONS)]
    assert document(URI, "--output-uri", OUT_URI) == grants_policy(grants)


def test_an_input_beside_an_output_is_never_written_to_and_that_is_said_where_it_was_asked_for() -> None:
    ended = run(URI, "--output-uri", OUT_URI, "--needs", "list,read,write")
    assert ended.stdout == run(URI, "--output-uri", OUT_URI).stdout
    assert f"Write is allowed in {OUT_URI} only" in ended.stderr
    grants = [Grant(location=FARM, operations=OPERATIONS[:1]), Grant(location=OUT, operations=OPERATIONS)]
    assert document(URI, "--output-uri", OUT_URI, "--needs", "list") == grants_policy(grants)


def test_the_options_that_mean_nothing_here_are_taken_and_not_shown() -> None:
    assert run("--home", "x", URI, "--platform-url", "https://example.com").stdout == run(URI).stdout
    assert not {"--home", "--platform-url"} & set(run("--help").stdout.split())


def test_what_is_stored_and_deleted_is_so_in_the_output() -> None:
    grants = [
        Grant(location=FARM, operations=OPERATIONS[:2]),
        Grant(location=OUT, operations=OPERATIONS, delete=True, lightly_folder_only=True),
    ]
    assert document(URI, "--output-uri", OUT_URI, "--delete", "--write-only-lightly") == grants_policy(grants)


def test_what_is_deleted_is_in_the_output_whatever_is_needed_of_the_input() -> None:
    found = document(URI, "--needs", "list,read", "--output-uri", OUT_URI, "--delete")
    assert [one["Resource"] for one in found["Statement"] if one["Action"] == "s3:DeleteObject"] == [
        "arn:aws:s3:::results/farm/*"
    ]


def test_each_folder_has_its_key() -> None:
    grants = [
        Grant(location=FARM, operations=OPERATIONS[:2], kms_key_arn=KEY),
        Grant(location=OUT, operations=OPERATIONS, kms_key_arn=OTHER_KEY),
    ]
    found = document(URI, "--kms-key", KEY, "--output-uri", OUT_URI, "--output-kms-key", OTHER_KEY)
    assert found == grants_policy(grants)


def test_the_keys_region_tells_the_partition() -> None:
    chinese = KEY.replace("arn:aws:", "arn:aws-cn:").replace("eu-central-1", "cn-north-1")
    assert document(URI, "--kms-key", chinese) == document(URI, "--kms-key", chinese, "--region", "cn-north-1")
    assert "arn:aws:" not in run(URI, "--kms-key", chinese).stdout


def test_networks_reach_the_document() -> None:
    networks = Networks(source_ips=("203.0.113.0/24", "2001:db8::/32"), vpcs=("vpc-0a1b2c3d",))
    found = document(URI, "--source-ip", "203.0.113.0/24", "--source-ip", "2001:db8::/32", "--vpc", "vpc-0a1b2c3d")
    assert found == grants_policy([Grant(location=FARM, operations=OPERATIONS)], networks=networks)


def test_a_private_range_is_remarked_on_since_aws_never_sees_it() -> None:
    ended = run(URI, "--source-ip", "10.0.0.0/8")
    assert ended.exit_code == 0
    assert "10.0.0.0/8" in ended.stderr
    assert "never sees a private address" in ended.stderr


def test_a_long_policy_of_a_user_is_what_provision_and_the_script_would_make_of_it() -> None:
    long = f"s3://datalake/{'x' * 600}/"
    ended = run(long)
    assert (ended.exit_code, ended.stderr) == (0, "")
    whole = permission_policy(S3Location.parse(long), OPERATIONS)
    assert size(whole) > USER_INLINE >= size(json.loads(ended.stdout))
    assert json.loads(ended.stdout) == compact(whole)
    script = run(long, "--format", "cli", "--dataset", "farm").stdout
    assert ended.stdout.strip() in script
    assert json.loads(run(long, "--access", "role").stdout) == whole


def test_a_policy_that_is_too_long_for_a_user_says_what_to_make_of_it() -> None:
    long = f"s3://datalake/{'x' * 900}/"
    ended = run(long)
    assert ended.exit_code == 0
    assert json.loads(ended.stdout) == compact(permission_policy(S3Location.parse(long), OPERATIONS))
    assert "managed policy" in ended.stderr
    assert run(long, "--access", "role").stderr == ""
    refused(long, "--format", "cli", "--dataset", "farm")


def test_one_that_is_too_long_for_any_policy_is_split_into_files(tmp_path: Path) -> None:
    endless = (f"s3://datalake/{'*' * 800}/", "--output-uri", f"s3://results/{'?' * 800}/")
    said = refused(*endless)
    assert "policy.json, policy-2.json" in said
    assert "--out FOLDER" in said
    ended = run(*endless, "--format", "json", "--out", str(tmp_path))
    assert ended.exit_code == 0
    parts = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("policy*.json"))]
    assert len(parts) > 1
    assert all(size(part) <= MANAGED for part in parts)


# --- the other forms ---


def test_the_trust_policy_has_a_new_external_id_each_time_and_says_so() -> None:
    ended = run(URI, "--format", "trust")
    found = json.loads(ended.stdout)
    made = found["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"]
    assert found == trust_policy(made)
    assert "A new external ID was made" in ended.stderr
    assert made not in ended.stderr
    assert run(URI, "--format", "trust").stdout != ended.stdout


def test_the_external_id_can_come_from_the_standard_input() -> None:
    found = document(
        URI, "--access", "role", "--format", "trust", "--external-id", "stdin", stdin=f" {EXTERNAL_ID}\nmore\n"
    )
    assert found == trust_policy(EXTERNAL_ID)


def test_the_external_id_is_never_an_argument() -> None:
    said = refused(URI, "--format", "trust", "--external-id", EXTERNAL_ID)
    assert "stdin" in said
    assert EXTERNAL_ID not in said


def test_to_be_asked_for_it_takes_a_terminal() -> None:
    assert "stdin" in refused(URI, "--format", "trust", "--external-id", "ask", stdin=EXTERNAL_ID)


@pytest.mark.parametrize("typed", ["", "short", "with a blank in it", "x" * 2000])
def test_an_external_id_that_nobody_takes_is_refused_and_not_repeated(typed: str) -> None:
    said = refused(URI, "--format", "trust", "--external-id", "stdin", stdin=typed)
    assert not typed or typed not in said


def test_the_key_policys_statement_names_who_uses_the_key() -> None:
    grant = Grant(location=FARM, operations=OPERATIONS, kms_key_arn=KEY)
    ended = run(URI, "--kms-key", KEY, "--format", "key-policy", "--principal", ANNA)
    assert json.loads(ended.stdout) == key_policy_statements([grant], ANNA)[KEY]
    assert "they must stay" in ended.stderr


def test_who_is_not_there_yet_is_named_by_the_account() -> None:
    found = document(URI, "--format", "bucket-policy", "--account", "111122223333", "--dataset", "Farm animals")
    assert found["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::111122223333:user/Lightly-S3-Farm-animals"}
    found = document(
        URI, "--format", "bucket-policy", "--account", "111122223333", "--access", "role", "--path", "/vendors/"
    )
    assert found["Statement"][0]["Principal"] == {
        "AWS": "arn:aws:iam::111122223333:role/vendors/Lightly-S3-farm-animals"
    }


def test_the_bucket_policy_is_a_document_for_each_bucket(tmp_path: Path) -> None:
    networks = Networks(source_ips=("203.0.113.0/24",))
    grants = [Grant(location=FARM, operations=OPERATIONS[:2]), Grant(location=OUT, operations=OPERATIONS)]
    due = list(bucket_policies(grants, ANNA, networks=networks).values())
    arguments = (URI, "--output-uri", OUT_URI, "--source-ip", "203.0.113.0/24", "--format", "bucket-policy")
    assert "2 files" in refused(*arguments, "--principal", ANNA).splitlines()[-1]
    ended = run(*arguments, "--principal", ANNA, "--out", str(tmp_path))
    assert ended.exit_code == 0
    assert [json.loads((tmp_path / name).read_text()) for name in ("bucket-policy.json", "bucket-policy-2.json")] == due


@pytest.mark.parametrize("form", HANDED_OVER)
@pytest.mark.parametrize("access", ["user", "role"])
def test_each_form_of_the_hand_off_is_written_and_names_what_was_asked(form: str, access: str) -> None:
    ended = run(URI, "--access", access, "--format", form, "--dataset", "farm", "--account", "111122223333")
    assert ended.exit_code == 0
    assert "Lightly-S3-farm" in ended.stdout
    assert "111122223333" in ended.stdout
    assert ("external ID" in ended.stderr) is (access == "role")


def test_a_form_that_cannot_hold_what_is_wanted_names_one_that_can() -> None:
    assert "AWS CLI script" in refused("s3://datalake/日本/", "--format", "terraform", "--dataset", "farm")
    refused(URI, "--path", "/v/", "--format", "console")
    assert run(URI, "--path", "/v/", "--format", "cli").exit_code == 0


@pytest.mark.parametrize("form", HANDED_OVER)
@pytest.mark.parametrize("uri", ["s3://lake/x/", "s3://lake/日本/", "s3://lake/犬/"])
def test_what_would_have_no_name_of_its_own_is_not_handed_over(uri: str, form: str, tmp_path: Path) -> None:
    assert "--dataset NAME" in refused(uri, "--format", form)
    assert "--dataset NAME" in refused(uri, "--out", str(tmp_path / "pack"))
    assert not (tmp_path / "pack").exists()
    assert "--dataset NAME" in refused(uri, "--format", "bucket-policy", "--account", "111122223333")
    assert run(uri, "--format", "bucket-policy", "--principal", ANNA).exit_code == 0
    assert run(uri).exit_code == 0
    assert run(uri, "--format", "cli", "--dataset", "farm").exit_code == 0


@pytest.mark.parametrize("form", ["json", *HANDED_OVER])
def test_a_private_range_is_remarked_on_in_every_form(form: str) -> None:
    assert "private address" in run(URI, "--source-ip", "10.0.0.0/8", "--format", form).stderr


TEMPLATE_URL = "https://our-templates.s3.eu-central-1.amazonaws.com/lightly.json"


@pytest.mark.parametrize("form", ["cloudformation", "message"])
def test_the_link_to_the_stack_is_whole_where_it_is_said_where_the_template_will_be(form: str) -> None:
    ended = run(URI, "--format", form, "--template-url", TEMPLATE_URL)
    assert ended.exit_code == 0
    said = ended.stderr if form == "cloudformation" else ended.stdout
    assert "create/review?templateURL=https%3A%2F%2Four-templates.s3.eu-central-1.amazonaws.com%2Flightly.json" in said
    assert "TEMPLATE-URL" not in ended.output
    assert "from S3 only" in refused(URI, "--format", form, "--template-url", "https://example.com/lightly.json")


def test_without_it_the_message_says_how_the_link_gets_whole() -> None:
    said = " ".join(run(URI, "--format", "message").stdout.split())
    assert "upload the template to a bucket of yours, and put the “Object URL”" in said
    assert "templateURL=TEMPLATE-URL" in said


# --- the pack ---


def test_what_a_key_and_a_bucket_of_another_account_need_is_in_the_pack(tmp_path: Path) -> None:
    arguments = (URI, "--kms-key", KEY, "--account", "222233334444", "--path", "/team/", "--out", str(tmp_path))
    ended = run(*arguments, "--bucket-account", "111122223333")
    assert ended.exit_code == 0, ended.stderr
    who = "arn:aws:iam::222233334444:user/team/Lightly-S3-farm-animals"
    key, bucket = (json.loads((tmp_path / f"{name}-policy.json").read_text()) for name in ("key", "bucket"))
    grant = Grant(location=FARM, operations=OPERATIONS, region="eu-central-1", kms_key_arn=KEY)
    assert key == key_policy_statements([grant], who)[KEY]
    assert bucket == bucket_policies([grant], who)["datalake"]
    message = (tmp_path / "message-to-the-administrator.txt").read_text()
    assert "key-policy.json" in message
    assert "bucket-policy.json" in message
    assert "bucket_account=111122223333\n" in (tmp_path / "lightly-aws-cli.sh").read_text()


def test_a_folder_gets_every_form_and_the_external_id_lies_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    ended = run(URI, "--access", "role", "--out", str(folder), "--external-id", "stdin", stdin=EXTERNAL_ID + "\n")
    assert ended.exit_code == 0, ended.stderr
    files = {path.name: path.read_text() for path in folder.iterdir()}
    apart = tmp_path / "bucketlight-external-id-pack.txt"
    assert len(files) == len(HANDED_OVER)
    assert not [name for name, text in files.items() if EXTERNAL_ID in text]
    assert EXTERNAL_ID in apart.read_text()
    assert "Send it apart" in ended.stderr
    assert EXTERNAL_ID not in ended.output
    written = [*(folder / name for name in files), apart]
    assert sorted(ended.stdout.splitlines()) == sorted(f"Wrote {path}" for path in written)
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}


def test_the_pack_of_a_user_holds_no_external_id(tmp_path: Path) -> None:
    ended = run(URI, "--out", str(tmp_path / "pack"))
    assert ended.exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"pack"}
    assert EXTERNAL_ID_FILE not in {path.name for path in (tmp_path / "pack").iterdir()}


def test_a_file_gets_the_text_that_would_be_printed(tmp_path: Path) -> None:
    file = tmp_path / "policy.txt"
    ended = run(URI, "-o", str(file))
    assert (ended.exit_code, ended.stdout) == (0, f"Wrote {file}\n")
    assert file.read_text() == run(URI).stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_where_none_can_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "is a folder" in refused(URI, "-o", str(tmp_path))
    refused(URI, "-o", str(tmp_path / "file" / "policy.json"))
    refused(URI, "--out", str(tmp_path / "file"))
    assert "give one of them" in refused(URI, "-o", str(tmp_path / "x"), "--out", str(tmp_path))


# --- the administrator's own policy ---


def test_the_administrators_policy_says_what_it_cannot_prevent_without_a_boundary() -> None:
    ended = run("--for-setup")
    assert json.loads(ended.stdout) == setup_policy()
    assert "--boundary" in ended.stderr
    bounded = run("--for-setup", "--boundary", BOUNDARY)
    assert (json.loads(bounded.stdout), bounded.stderr) == (setup_policy(boundary_arn=BOUNDARY), "")


def test_the_administrators_policy_is_narrowed_by_what_is_known() -> None:
    found = document(
        "--for-setup", URI, "--account", "111122223333", "--path", "/v/", "--access", "user", "--region", "cn-north-1"
    )
    assert found == setup_policy(
        partition="aws-cn", account_id="111122223333", path="/v/", bucket="datalake", access=AccessKind.USER
    )


# --- wrong usage ---


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Name the folder"),
        ((URI, "--needs", "everything"), "everything is no operation"),
        ((URI, "--output-uri", "results/farm/"), "Write s3://results/farm/."),
        ((URI, "--output-uri", URI), "Leave --output-uri out"),
        ((URI, "--output-kms-key", KEY), "--output-uri"),
        ((URI, "--needs", "list,read", "--delete"), "leave --delete out"),
        ((URI, "--needs", "read", "--write-only-lightly"), "leave --write-only-lightly out"),
        ((URI, "--needs", "write", "--output-uri", OUT_URI), "Add list or read to --needs"),
        ((URI, "--source-ip", "office"), "no IP range"),
        ((URI, "--source-ip", "203.0.113.9/24"), "write 203.0.113.0/24"),
        ((URI, "--vpc", "vpce-0a1b2c3d"), "no VPC's ID"),
        ((URI, "--kms-key", "alias/mine"), "key ARN"),
        ((URI, "--kms-key", KEY, "--region", "us-east-1"), "us-east-1"),
        ((URI, "--account", "12"), "twelve digits"),
        ((URI, "--path", "x"), "begins and ends with a slash"),
        ((URI, "--boundary", "Boundary"), "ARN of a policy"),
        ((URI, "--principal", "anna", "--format", "bucket-policy"), "ARN of a user or a role"),
        ((URI, "--principal", ANNA.replace("user/anna", "root")), "ARN of a user or a role"),
        ((URI, "--dataset", "x"), "--dataset: "),
        ((URI, "--format", "cli", "--bucket-account", "111122223333"), "--account ID"),
        ((URI, "--format", "cli", "--account", "1" * 12, "--bucket-account", "1"), "twelve digits"),
        ((URI, "--format", "trust", "--account", "1" * 12, "--bucket-account", "1" * 12), "--bucket-account goes with"),
        ((URI, "--format", "cli", "--template-url", "https://x.s3.amazonaws.com/y"), "no link to it"),
        ((URI, "--format", "trust", "--access", "user"), "has no trust policy"),
        ((URI, "--format", "trust", "--region", "cn-north-1"), "cannot assume a role of aws-cn"),
        ((URI, "--format", "cli", "--access", "role", "--region", "us-gov-west-1"), "cannot assume a role"),
        ((URI, "--format", "cli", "--external-id", "new"), "no other text holds one"),
        ((URI, "--format", "trust", "--access", "user", "--external-id", "new"), "no other text holds one"),
        ((URI, "--format", "bucket-policy"), "--principal ARN"),
        ((URI, "--format", "key-policy", "--principal", ANNA), "--kms-key ARN"),
        ((URI, "--format", "key-policy", "--kms-key", KEY, "--needs", "list", "--principal", ANNA), "needs no key"),
        (("s3://datalake/" + "日" * 300 + "/", "--format", "cli", "--dataset", "farm"), "a role instead of a user"),
        (("--for-setup", "--delete"), "does not go with --delete"),
        (("--for-setup", "--format", "trust"), "does not go with --format"),
        (("--for-setup", "--path", "x"), "begins and ends with a slash"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_sentence(arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(*arguments)


def test_a_form_that_there_is_not_ends_with_2() -> None:
    assert run(URI, "--format", "pulumi").exit_code == 2
