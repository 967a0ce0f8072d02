"""What works but is too open is noted by a check that may look at IAM; and by no other, and it changes no light."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from posture_stage import EXTERNAL_ID, LIGHTLY, MAY_LOOK, Account, Told, check, document, environment_of
from process_terminal import run

from core.access import AccessKind, CredentialSource, DelegatedAccess, Secret, SourceKind, UserAccess
from core.aws.grants import Grant
from core.aws.outside import look_outside
from core.aws.policy import permission_policy
from core.aws.session import Clients
from core.aws.statements import trust_statement
from core.dataset import Dataset, Datasource, Purpose
from core.lights.check import Checker
from core.lights.states import LookUps, State
from core.lights.target import CheckOptions
from core.location import S3Location
from core.needs import OPERATIONS, Needs
from core.posture.outside import posture_outside
from core.posture.rules import RULES
from core.recheck import recheck
from core.report import to_json, to_table
from core.sandbox import Sandbox
from core.store.secrets import MemorySecretStore


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with Sandbox() as box:
        yield Account(box)


def test_a_user_who_may_do_too_much_is_noted_and_no_light_changes(account: Account, tmp_path: Path) -> None:
    everything = {"Sid": "All", "Effect": "Allow", "Action": "s3:*", "Resource": [account.arn, f"{account.arn}/*"]}
    name, key = account.user(MAY_LOOK, everything)
    account.make_older(key, 100)
    account.key(name)
    plain, closer = check(account, tmp_path, key), check(account, tmp_path, key, "--look-ups", "iam")
    assert plain.causes == []
    assert set(closer.causes) >= {
        *("too-many-actions", "write-not-needed", "list-without-prefix"),
        *("old-access-key", "two-access-keys", "public-access-not-blocked"),
    }
    assert closer.states == plain.states == (0, {"list": "green", "read": "green", "write": "off"})
    for note in closer.result["notes"]:
        assert set(note) == {"cause", "summary", "fix"}
        assert note["cause"] in RULES
        assert key.access_key_id not in json.dumps(note)


def test_the_least_with_one_new_key_is_not_spoken_of(account: Account, tmp_path: Path) -> None:
    _, key = account.user(MAY_LOOK, *account.least)
    assert check(account, tmp_path, key, "--look-ups", "iam").causes == []


def test_who_may_not_look_hears_nothing(account: Account, tmp_path: Path) -> None:
    wide = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"}
    name, key = account.user(*account.least, wide)
    account.key(name)
    account.make_older(key, 100)
    assert check(account, tmp_path, key, "--look-ups", "iam").causes == []


def test_what_a_deny_takes_back_is_not_claimed(account: Account, tmp_path: Path) -> None:
    writing = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"{account.arn}/*"}
    deny = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}
    _, open_key = account.user(MAY_LOOK, *account.least, writing)
    _, closed_key = account.user(MAY_LOOK, *account.least, writing, deny)
    assert check(account, tmp_path, open_key, "--look-ups", "iam").causes == [
        "write-not-needed",
        "objects-without-prefix",
    ]
    assert check(account, tmp_path, closed_key, "--look-ups", "iam").causes == []


def test_writing_that_is_needed_is_not_too_much(account: Account, tmp_path: Path) -> None:
    statements = permission_policy(account.location, OPERATIONS)["Statement"]
    assert isinstance(statements, list)
    _, key = account.user(MAY_LOOK, *statements)
    told = check(account, tmp_path, key, "--look-ups", "iam", writes=True)
    assert (told.causes, told.states[0]) == ([], 0)


def test_an_administrators_keys_are_noted(account: Account, tmp_path: Path) -> None:
    told = check(account, tmp_path, account.box.admin, "--look-ups", "iam")
    assert told.causes[0] == "administrator-credentials"
    assert "administrator" in told.result["notes"][0]["summary"]
    assert not {"too-many-actions", "too-wide-resource", "write-not-needed"} & set(told.causes)


def test_ones_own_credentials_were_given_to_nobody_so_only_the_bucket_is_spoken_of(
    account: Account, tmp_path: Path
) -> None:
    bucket = account.bucket()
    account.make_older(account.box.admin, 100)
    told = run(
        *("check", f"s3://{bucket}/in/", "--endpoint-url", account.box.s3_url, "--look-ups", "iam", "--format", "json"),
        environment=environment_of(tmp_path, account.box.admin),
        cwd=tmp_path,
    )
    assert Told(told).causes == ["public-access-not-blocked"]


def test_a_bucket_whose_acl_is_public_is_noted_until_that_is_ignored(account: Account, tmp_path: Path) -> None:
    bucket = account.bucket()
    account.s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    told = run(
        *("check", f"s3://{bucket}/in/", "--endpoint-url", account.box.s3_url, "--look-ups", "iam", "--explain"),
        environment=environment_of(tmp_path, account.box.admin),
        cwd=tmp_path,
    )
    assert f"The ACL of the bucket {bucket} lets in everybody" in told.stdout
    assert f"  More: {RULES['public-acl'].link}\n" in told.stdout

    def of_bucket() -> list[str]:
        told = check(account, tmp_path, account.box.admin, "--look-ups", "iam", location=S3Location(bucket, "in/"))
        return [cause for cause in told.causes if cause.startswith("public")]

    assert of_bucket() == ["public-acl"]
    on: Any = {"BlockPublicAcls": True, "IgnorePublicAcls": True}
    account.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=on)
    assert of_bucket() == ["public-access-not-blocked"]


def test_an_old_key_of_a_dataset_is_to_be_replaced_by_rotation(account: Account, tmp_path: Path) -> None:
    _, key = account.user(MAY_LOOK, *account.least)
    account.make_older(key, 100)
    [note] = check(account, tmp_path, key, "--look-ups", "iam").result["notes"]
    assert note["fix"] == "Replace it: `bucketlight rotate farm`, or k in the app."


def test_a_key_that_lists_from_the_root_and_reads_the_neighbours_is_noted(account: Account, tmp_path: Path) -> None:
    bucket = account.bucket()
    account.s3.put_object(Bucket=bucket, Key="in-secret/x", Body=b"secret")
    listing = {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": f"arn:aws:s3:::{bucket}",
        "Condition": {"StringLike": {"s3:prefix": ["", "in/*"]}},
    }
    reading = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/in*"}
    _, key = account.user(MAY_LOOK, listing, reading)
    s3 = Clients().s3(key, region=account.box.region, endpoint_url=account.box.s3_url)
    assert "in-secret/x" in [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix="")["Contents"]]
    assert s3.head_object(Bucket=bucket, Key="in-secret/x")["ContentLength"] == 6
    told = check(account, tmp_path, key, "--look-ups", "iam", location=S3Location(bucket, "in/"))
    assert [cause for cause in told.causes if not cause.startswith("public-")] == [
        *("objects-without-prefix", "list-without-prefix")
    ]


def test_a_public_bucket_is_noted_until_that_is_blocked(account: Account, tmp_path: Path) -> None:
    bucket = account.bucket()
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    account.s3.put_bucket_policy(Bucket=bucket, Policy=document(everybody))
    _, key = account.user(
        MAY_LOOK,
        {"Effect": "Allow", "Action": ["s3:GetBucket*", "s3:GetEncryption*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"},
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetPublicAccessBlock"],
            "Resource": f"arn:aws:s3:::{bucket}*",
        },
    )

    def of_bucket() -> list[str]:
        told = check(account, tmp_path, key, "--look-ups", "iam", location=S3Location(bucket, "in/"))
        return [cause for cause in told.causes if cause.startswith("public")]

    assert of_bucket() == ["public-bucket"]
    on: Any = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    account.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=on)
    assert of_bucket() == []


def test_writing_for_the_output_is_needed_also_where_the_same_key_reads_the_input(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = f"{account.arn}/projects/*"
    writing = {"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": below}
    listing = {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": account.arn,
        "Condition": {"StringLike": {"s3:prefix": "projects/*"}},
    }
    _, key = account.user(MAY_LOOK, writing, listing)
    environment = CredentialSource(SourceKind.ENVIRONMENT)

    def notes(output: str) -> list[str]:
        def at(purpose: Purpose, prefix: str) -> Datasource:
            return Datasource(
                purpose=purpose,
                location=S3Location(account.box.bucket, prefix),
                region=account.box.region,
                access=AccessKind.USER,
                access_key_id=key.access_key_id,
                credentials=environment,
                endpoint_url=account.box.s3_url,
            )

        sources = (at(Purpose.INPUT, account.box.prefix), at(Purpose.LIGHTLY, output))
        dataset = Dataset(
            name="farm", dataset_id=None, needs=Needs(), platform_url="http://127.0.0.1", datasources=sources
        )
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key.access_key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key.secret_access_key.reveal())
        options = CheckOptions(look_ups=LookUps.IAM)
        results = recheck(dataset, checker=Checker(), secrets=MemorySecretStore(), options=options)
        return causes_of(results[0])

    assert notes("projects/") == []
    assert notes("projects/output/") == ["write-not-needed", "objects-without-prefix", "list-without-prefix"]


# A role


def told_of(account: Account, role_arn: str, who: UserAccess, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Any:
    """Check a dataset that Lightly reaches by a role; `who` is the key of this machine."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", who.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", who.secret_access_key.reveal())
    source = Datasource(
        purpose=Purpose.INPUT_OUTPUT,
        location=account.location,
        region=account.box.region,
        access=AccessKind.DELEGATED,
        access_key_id=None,
        credentials=CredentialSource(SourceKind.KEYRING),
        endpoint_url=account.box.s3_url,
        role_arn=role_arn,
    )
    dataset = Dataset(
        name="farm", dataset_id=None, needs=Needs(), platform_url="http://127.0.0.1", datasources=(source,)
    )
    secrets = MemorySecretStore()
    secrets.put_access(
        dataset.platform_url, dataset.name, {source.purpose: DelegatedAccess(role_arn, Secret(EXTERNAL_ID))}
    )
    [result] = recheck(
        dataset, checker=Checker(), secrets=secrets, options=CheckOptions(**{"look_ups": LookUps.IAM, **more})
    )
    shown = to_json((result,), datetime.now(UTC)) + to_table((result,), explain=True)
    assert EXTERNAL_ID not in shown
    return result


def causes_of(result: Any) -> list[str]:
    return [note.cause for note in result.notes if not note.cause.startswith("public-")]


def test_a_role_that_trusts_too_many_for_too_short_is_noted_though_only_lightly_gets_in(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = account.role(
        {"Effect": "Allow", "Principal": LIGHTLY, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        seconds=3600,
    )
    result = told_of(account, role, account.box.admin, monkeypatch)
    assert {light.cause for light in result.local if light.required} == {"only-lightly-can-assume"}
    assert causes_of(result) == [
        *("trust-without-external-id", "trust-foreign-account", "trust-others", "max-session-too-short")
    ]
    assert causes_of(told_of(account, role, account.box.admin, monkeypatch, look_ups=LookUps.PREFIX)) == []


def test_a_role_as_we_make_it_is_not_spoken_of(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    role = account.role(trust_statement(EXTERNAL_ID))
    result = told_of(account, role, account.box.admin, monkeypatch)
    assert causes_of(result) == []
    assert [light.state for light in result.local] == [State.UNKNOWN, State.UNKNOWN, State.OFF]


def test_a_role_that_this_machine_may_assume_too_is_looked_at_as_well(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = {"Effect": "Allow", "Principal": {"AWS": account.box.world.account_id}, "Action": "sts:AssumeRole"}
    wide = {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": "*"}
    role = account.role(trust_statement(EXTERNAL_ID), ours, statements=(wide,))
    result = told_of(account, role, account.box.admin, monkeypatch)
    assert causes_of(result) == ["too-wide-resource", "list-without-prefix", "trust-others"]


def test_who_may_not_look_at_the_role_hears_nothing(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    role = account.role({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}, seconds=3600)
    _, key = account.user({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
    assert told_of(account, role, key, monkeypatch).notes == ()


# Outside the folder


def outside(account: Account, key: UserAccess, *, over: bool = False) -> list[str]:
    client = Clients().s3(key, region=account.box.region, endpoint_url=account.box.s3_url)
    found = look_outside(client, account.location, lambda: over)
    grant = Grant(location=account.location, operations=OPERATIONS[:2], region=account.box.region)
    weak = posture_outside(grant, found)
    assert not any(name in repr(found) + repr(weak) for name in ("scan-0", ".png"))
    return [one.cause for one in weak]


def test_a_key_that_reaches_outside_of_the_folder_is_found_by_trying(account: Account) -> None:
    _, wide = account.user({"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": "*"})
    _, lists = account.user({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"})
    _, least = account.user(*account.least)
    account.s3.put_object(Bucket=account.box.bucket, Key="a-first-one.txt", Body=b"x")
    assert outside(account, wide) == ["list-outside-prefix", "read-outside-prefix"]
    assert outside(account, lists) == ["list-outside-prefix"]
    assert outside(account, least) == []
    assert outside(account, wide, over=True) == []


def test_an_object_of_the_output_is_not_taken_for_one_outside(account: Account) -> None:
    _, wide = account.user({"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": "*"})
    client = Clients().s3(wide, region=account.box.region, endpoint_url=account.box.s3_url)
    account.s3.put_object(Bucket=account.box.bucket, Key="a-first-output/one.txt", Body=b"x")
    listed = client.list_objects_v2(Bucket=account.box.bucket, MaxKeys=10)["Contents"]
    folders = {each["Key"].partition("/")[0] for each in listed}
    assert "a-first-output" in folders
    beside = [Grant(location=S3Location(account.box.bucket, folder), operations=OPERATIONS) for folder in folders]
    assert look_outside(client, account.location).read is True
    assert look_outside(client, account.location, beside=beside).read is None


def test_what_is_no_answer_of_s3_proves_nothing(account: Account) -> None:
    key = account.box.reader
    client = Clients().s3(key, region=account.box.region, endpoint_url="http://127.0.0.1:9")
    found = look_outside(client, account.location)
    assert (found.listed, found.refused, found.read) == ((), (), None)
