"""The files of a hand-off: which there are, what they say, and that no secret is in them."""

from __future__ import annotations

import base64
import itertools
import json
import re
import shlex
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from handoff_cases import (
    ACCOUNT,
    BOUNDARY,
    CASES,
    EXTERNAL_ID,
    FULL_ROLE,
    FULL_USER,
    GOLDEN,
    KEY,
    ODD,
    OTHER,
    ROLE,
    USER,
    golden_packs,
    grant,
    prefixes,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from core.aws.grants import Grant, Networks
from core.aws.policy import PolicyError, to_json
from core.aws.statements import bucket_policies, key_policy_statement
from core.needs import OPERATIONS
from core.provision.handoff import EXTERNAL_ID_FILE, Format, HandoffError, about, pack, save, write
from core.provision.handoff.words import sentences, shown
from core.provision.wanted import Wanted

MESSAGE = "message-to-the-administrator.txt"
FILES = [
    MESSAGE,
    "lightly-aws-cli.sh",
    "lightly-cloudformation.json",
    "lightly-terraform.tf",
    "lightly-console.txt",
]


def flowing(text: str) -> str:
    """Return a text without its line breaks."""
    return " ".join(text.split())


def values_of(script: str) -> dict[str, str]:
    """Read the values at the top of a script as a POSIX shell does."""
    block = script[script.index("\nkind=") : script.index("\nexport LC_ALL")]
    return dict(each.split("=", 1) for each in shlex.split(block))


def test_a_pack_has_the_message_and_a_file_for_each_way() -> None:
    assert list(pack([USER])) == FILES
    assert list(pack([ROLE])) == FILES


@pytest.mark.parametrize("form", Format)
def test_what_is_written_alone_is_what_the_pack_holds(form: Format) -> None:
    assert write(ROLE, form, account_id=ACCOUNT) in pack([ROLE], account_id=ACCOUNT).values()


def test_the_message_counts_what_is_asked_for() -> None:
    for wanteds, said in (
        ([ROLE], "I ask you for an IAM role in"),
        ([ROLE, OTHER], "I ask you for two IAM roles in"),
        ([USER, OTHER], "I ask you for an IAM user and an IAM role in"),
    ):
        text = flowing(pack(wanteds)[MESSAGE])
        assert said in text
        assert ("The ARN of each role." in text) == (wanteds == [ROLE, OTHER])
        assert ("The access key, as the CSV file" in text) == (USER in wanteds)


def test_two_get_files_of_their_own_and_one_message() -> None:
    files = pack([ROLE, OTHER], account_id=ACCOUNT)
    assert list(files) == [
        MESSAGE,
        "lightly-input-aws-cli.sh",
        "lightly-input-cloudformation.json",
        "lightly-input-terraform.tf",
        "lightly-input-console.txt",
        "lightly-output-aws-cli.sh",
        "lightly-output-cloudformation.json",
        "lightly-output-terraform.tf",
        "lightly-output-console.txt",
    ]
    assert all(name in files[MESSAGE] for name in files if name != MESSAGE)
    assert OTHER.name in files["lightly-output-aws-cli.sh"]


@pytest.mark.parametrize("wanteds", [[], [USER, USER], [USER, OTHER, ROLE]])
def test_none_three_and_two_of_one_name_are_no_pack(wanteds: list[Wanted]) -> None:
    with pytest.raises(ValueError, match="of one user or role, or of two"):
        pack(wanteds)


def test_what_the_key_needs_is_a_file_of_its_own_whatever_else_is_demanded() -> None:
    wanted = replace(USER, grants=(grant(key=KEY),), path="/team/")
    for account, shown_as in ((ACCOUNT, ACCOUNT), (None, "ACCOUNT")):
        files = pack([wanted], account_id=account)
        assert "lightly-console.txt" not in files
        who = f"arn:aws:iam::{shown_as}:user/team/Lightly-S3-farm-animals"
        assert json.loads(files["key-policy.json"]) == key_policy_statement(OPERATIONS, who, region="eu-central-1")
        said = flowing(files[MESSAGE])
        assert f"- key-policy.json: for the KMS key {KEY}" in said
        assert ("put the ID of the account in place of ACCOUNT" in said) is (account is None)
    assert not [name for name in pack([USER], account_id=ACCOUNT) if "policy.json" in name]


def test_each_key_and_each_user_or_role_has_its_own() -> None:
    other = KEY.replace("1234abcd", "9999abcd")
    both = (grant(key=KEY), grant("results/", "lake-out", key=other))
    files = pack([replace(USER, grants=both)])
    assert {"key-policy.json", "key-policy-2.json"} <= set(files)
    assert f"key-policy-2.json: for the KMS key {other}" in flowing(files[MESSAGE])
    files = pack([FULL_ROLE, replace(OTHER, grants=(grant("results/", "lake-out", key=KEY),))], account_id=ACCOUNT)
    sids = [json.loads(files[name])["Sid"] for name in ("input-key-policy.json", "output-key-policy.json")]
    assert sids == ["UseKeyViaS3", "OutputUseKeyViaS3"]


def test_a_bucket_known_to_be_of_another_account_gets_its_policy() -> None:
    files = pack([FULL_USER], account_id="222233334444", bucket_account_id=ACCOUNT)
    due = bucket_policies(FULL_USER.grants, FULL_USER.arn("222233334444"), networks=FULL_USER.networks)
    assert [json.loads(files[name]) for name in ("bucket-policy.json", "bucket-policy-2.json")] == [*due.values()]
    assert "bucket-policy-2.json: for the bucket lake-out" in flowing(files[MESSAGE])
    for account, of_bucket in ((ACCOUNT, ACCOUNT), (ACCOUNT, None), (None, ACCOUNT)):
        assert "bucket-policy.json" not in pack([USER], account_id=account, bucket_account_id=of_bucket)


def test_every_file_of_a_pack_says_what_it_is() -> None:
    one = pack([FULL_USER], account_id="222233334444", bucket_account_id=ACCOUNT)
    two = pack([FULL_ROLE, OTHER], external_id=True)
    assert all(about(name) for name in (*one, *two))
    assert about("lightly-output-terraform.tf") == "output: a configuration for Terraform"
    assert about("input-key-policy.json").startswith("input: ")
    assert about("mine.txt") == ""


@pytest.mark.parametrize(
    ("grants", "said"),
    [
        ((grant(),), "limited to a folder in datalake"),
        ((grant(""),), "limited to the bucket datalake"),
        ((grant(), grant("results/")), "limited to a folder in datalake"),
        ((grant(), grant("", "out")), "limited to a folder in datalake and the bucket out"),
        ((grant(""), grant("results/")), "limited to the bucket datalake"),
    ],
)
def test_the_subject_says_what_it_is_limited_to(grants: tuple[Grant, ...], said: str) -> None:
    subject = pack([replace(USER, grants=grants)])[MESSAGE].splitlines()[0]
    assert subject == f"Subject: An IAM user for Lightly, {said}"


def test_the_message_says_that_a_stack_makes_it_new() -> None:
    assert "no role of that name may be there yet" in flowing(pack([ROLE])[MESSAGE])
    only_script = pack([replace(ROLE, grants=(grant("日本/"),))])
    assert "may be there yet" not in flowing(only_script[MESSAGE])


def test_a_private_network_is_remarked_on_in_the_message_and_in_the_script() -> None:
    files = pack([replace(USER, networks=Networks(source_ips=("10.0.0.0/8", "203.0.113.0/24")))])
    for text in (files[MESSAGE], files["lightly-aws-cli.sh"]):
        assert "AWS never sees a private address (10.0.0.0/8)" in flowing(text)
    assert "private" not in files[MESSAGE].replace("private address (10.0.0.0/8)", "")


def test_what_no_policy_can_be_written_for_is_said_and_no_pack_is_made() -> None:
    with pytest.raises(PolicyError, match="key ARN"):
        pack([replace(USER, grants=(grant(key="alias/lake"),))])


@pytest.mark.parametrize("name", [name for name, wanted in CASES.items() if wanted.trust()])
def test_the_external_id_is_in_no_file_in_no_writing(name: str) -> None:
    secret = EXTERNAL_ID.reveal()
    forms = (secret, base64.b64encode(secret.encode()).decode(), quote(secret, safe=""))
    for text in pack([CASES[name]], account_id=ACCOUNT).values():
        assert not any(form in text for form in forms)


def test_the_external_id_gets_a_file_of_its_own_only_when_that_is_asked_for() -> None:
    plain = pack([ROLE, OTHER])
    files = pack([ROLE, OTHER], external_id=True)
    assert files == plain | {
        EXTERNAL_ID_FILE: f"External ID of the role Lightly-S3-farm-animals: {EXTERNAL_ID.reveal()}\n"
        f"External ID of the role Lightly-S3-farm-animals-output: {EXTERNAL_ID.reveal()}\n"
    }
    assert pack([USER], external_id=True) == pack([USER])


def test_the_message_says_what_is_asked_why_how_and_what_to_hand_back() -> None:
    text = flowing(pack([FULL_ROLE], account_id=ACCOUNT)[MESSAGE])
    for said in (
        "Subject: An IAM role for Lightly, limited to a folder in datalake and lake-out",
        f"arn:aws:iam::{ACCOUNT}:role/lightly/team/Lightly-S3-farm-animals",
        "It may list and read files under s3://datalake/projects/farm-animals/.",
        "It may list, read, store and delete files under s3://lake-out/results/.",
        f"It may use the KMS key {KEY}, through S3 only.",
        "It may not reach another folder or change the settings of a bucket.",
        "from these networks only: 203.0.113.0/24 and vpc-0a1b2c3d.",
        f"Its permissions boundary is {BOUNDARY}.",
        "916419735646",
        "CAPABILITY_NAMED_IAM",
        "templateURL=TEMPLATE-URL",
        "You get the role's external ID from me in another way",
        "What I need back: - The ARN of the role.",
    ):
        assert said in text
    assert "The access key, as the CSV file" not in text


def test_the_message_of_a_user_says_how_the_key_comes_back_and_how_not() -> None:
    text = flowing(pack([USER])[MESSAGE])
    assert "in the AWS account of the bucket" in text
    assert "It may list, read and store files under s3://datalake/projects/farm-animals/." in text
    assert "It may not delete anything, reach another folder or change the settings of a bucket." in text
    assert "It does not belong into a mail, a chat or a ticket" in text
    assert "external ID" not in text


@pytest.mark.parametrize("name", CASES)
def test_every_text_is_in_the_words_of_the_house(name: str) -> None:
    for file, text in pack([CASES[name]], account_id=ACCOUNT).items():
        if file.endswith(".txt"):
            assert not re.search(r"\bplease\b|\binvalid\b|\boops\b", text, re.IGNORECASE)


def test_the_message_fits_a_terminal_where_no_word_is_longer() -> None:
    for line in pack([FULL_USER], account_id=ACCOUNT)[MESSAGE].splitlines():
        assert len(line) <= 80 or " " not in line.strip() or line.startswith("Subject:")


@pytest.mark.parametrize(
    ("operations", "more", "said"),
    [
        (OPERATIONS[:2], {}, "It may list and read files under s3://b/p/."),
        (
            OPERATIONS,
            {"lightly_folder_only": True, "delete": True},
            "It may list and read files under s3://b/p/. It may store and delete files under s3://b/p/.lightly/.",
        ),
        (OPERATIONS[:1], {"kms_key_arn": KEY}, "It may list files under s3://b/p/."),
    ],
)
def test_what_it_may_do_is_said_as_it_is_granted(
    operations: tuple[str, ...], more: dict[str, object], said: str
) -> None:
    wanted = replace(USER, grants=(replace(grant("p/", "b"), operations=operations, **more),))  # type: ignore[arg-type]
    *allowed, _ = sentences(wanted)
    assert " ".join(allowed) == said


def test_a_whole_bucket_keeps_it_from_other_buckets() -> None:
    assert "reach another bucket" in " ".join(sentences(CASES["whole-bucket"]))


@pytest.mark.parametrize("name", CASES)
def test_the_console_text_holds_the_policy_the_tags_and_the_boundary(name: str) -> None:
    wanted = replace(CASES[name], path="/")
    text = write(wanted, Format.CONSOLE, account_id=ACCOUNT)
    assert to_json(wanted.policy().document).strip() in text
    assert all(f"Tag key:  {key}\n    Tag value:  {value}" in text for key, value in wanted.tags)
    assert (f"Permissions boundary:  {BOUNDARY}" in text) == bool(wanted.boundary_arn)
    assert "User name:  Lightly-S3-farm-animals" in text or "Role name:  Lightly-S3-farm-animals" in text


def test_the_console_steps_are_numbered_without_a_gap() -> None:
    numbers = [int(found) for found in re.findall(r"^ ?(\d+)\. ", write(ROLE, Format.CONSOLE), re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 5


def test_the_steps_for_a_keys_policy_follow_once_where_the_account_is_known() -> None:
    wanted = replace(FULL_ROLE, path="/")
    text = write(wanted, Format.CONSOLE, account_id=ACCOUNT)
    assert text.count("Then the policy of the KMS key") == 1
    assert f'"AWS": "arn:aws:iam::{ACCOUNT}:role/Lightly-S3-farm-animals"' in flowing(text)
    assert "Then the policy of the KMS key" not in write(wanted, Format.CONSOLE)


def test_the_console_cannot_give_a_path_so_its_file_is_left_out_and_not_named() -> None:
    with pytest.raises(HandoffError, match="AWS CLI script"):
        write(FULL_USER, Format.CONSOLE)
    files = pack([FULL_USER])
    assert "lightly-console.txt" not in files
    assert "lightly-console.txt" not in files[MESSAGE]


def test_a_folder_that_only_the_script_can_name_leaves_the_templates_out() -> None:
    files = pack([replace(ROLE, grants=(grant("日本/"),))])
    assert list(files) == [MESSAGE, "lightly-aws-cli.sh", "lightly-console.txt"]
    assert "cloudformation.json" not in files[MESSAGE]
    assert ".tf" not in files[MESSAGE]


@pytest.mark.parametrize("name", CASES)
def test_the_script_holds_the_very_policies_that_are_wanted(name: str) -> None:
    wanted = CASES[name]
    values = values_of(write(wanted, Format.CLI, account_id=ACCOUNT))
    policy = wanted.policy()
    assert (values["policy_1_name"], json.loads(values["policy_1"])) == (policy.name, policy.document)
    assert {each["Key"]: each["Value"] for each in json.loads(values["tags"])} == dict(wanted.tags)
    if trust := wanted.trust():
        assert json.loads(values["trust_start"] + EXTERNAL_ID.reveal() + values["trust_end"]) == trust


@given(prefixes, st.text(max_size=20))
@settings(max_examples=40)
def test_bash_reads_the_script_whatever_folder_and_dataset_are_called(prefix: str, dataset: str) -> None:
    wanted = replace(ROLE, grants=(grant(prefix),), dataset=dataset)
    script = write(wanted, Format.CLI)
    done = subprocess.run(["bash", "-n"], input=script.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    values = values_of(script)
    assert json.loads(values["policy_1"]) == wanted.policy().document
    assert json.loads(values["tags"])[-1]["Value"] == dataset


@given(prefixes, st.text(max_size=20))
def test_no_name_gets_out_of_a_comment_or_onto_a_line_of_its_own(prefix: str, dataset: str) -> None:
    wanted = replace(USER, grants=(grant(prefix),), dataset=dataset, named=f"x\n{dataset}")
    comments = itertools.takewhile(
        lambda line: line != "set +x", write(wanted, Format.CLI).split(" # a trace")[0].split("\n")
    )
    assert all(line.startswith("#") for line in comments)
    message = pack([wanted])[MESSAGE]
    plain = pack([replace(USER, named="x")])[MESSAGE]
    assert [line for line in message.split("\n") if line in {"Hello,", "What I need back:"}] == [
        line for line in plain.split("\n") if line in {"Hello,", "What I need back:"}
    ]
    assert message.replace("\n", "").isprintable()


@given(st.text())
def test_what_is_shown_stays_on_its_line_and_does_nothing_to_a_terminal(text: str) -> None:
    assert shown(text).isprintable()


def test_what_cannot_be_seen_is_written_out() -> None:
    assert shown("a\u202eb\u200bc\x1b[31m Kühe 日本") == r"a\u202eb\u200bc\x1b[31m Kühe 日本"


def test_the_same_is_written_for_the_same() -> None:
    assert pack([FULL_ROLE, OTHER], account_id=ACCOUNT) == pack(
        [replace(FULL_ROLE), replace(OTHER)], account_id=ACCOUNT
    )


def test_a_pack_is_saved_for_one_pair_of_eyes_and_the_rest_of_the_folder_stays(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "hand-off"
    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("mine")
    files = pack([ROLE], external_id=True)
    saved = save(files, folder)
    assert [path.name for path in saved] == list(files)
    assert {path.name: path.read_text() for path in saved} == files
    assert {stat.S_IMODE(path.stat().st_mode) for path in saved} == {0o600}
    assert (folder / "mine.txt").read_text() == "mine"
    assert save(files, folder) == saved


@pytest.mark.parametrize("folder", golden_packs())
def test_the_files_are_as_they_were_agreed(folder: str) -> None:
    """Where a change is meant, `python tests/unit/handoff_cases.py` writes them anew."""
    agreed = {path.name: path.read_text() for path in (GOLDEN / folder).iterdir()}
    assert golden_packs()[folder] == agreed


def test_odd_folders_are_tried_in_every_form() -> None:
    for prefix in ODD:
        assert list(pack([replace(ROLE, grants=(grant(prefix),))])) == FILES
