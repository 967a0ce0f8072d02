"""The sandbox's Lightly platform, asked with plain HTTP: its calls, what it refuses, and its own verify."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from core.access import Secret, UserAccess
from core.sandbox import Sandbox
from core.sandbox.calls import Aws
from core.sandbox.world import LIGHTLY_ACCOUNT

OBJECT_ID = re.compile(r"[a-f0-9]{24}")


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


class Caller:
    """One user of the platform, over one connection."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.connection = http.client.HTTPConnection("127.0.0.1", box.platform.server.server_port, timeout=10)
        self._names = 0

    def __call__(self, method: str, path: str, body: object = None, **query: object) -> tuple[int, Any]:
        sent = {"token": self.box.token.reveal()} | {name: str(value) for name, value in query.items()}
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        self.connection.request(method, f"{path}?{urlencode(sent)}", body=data)
        response = self.connection.getresponse()
        text = response.read()
        return response.status, json.loads(text) if text else None

    def refused(self, method: str, path: str, body: object = None, **query: object) -> tuple[int, str]:
        status, answer = self(method, path, body, **query)
        assert set(answer) == {"code", "error", "requestId"}
        assert self.box.token.reveal() not in json.dumps(answer)
        return status, answer["code"]

    def dataset(self, **fields: object) -> str:
        self._names += 1
        status, answer = self("POST", "/v1/datasets", {"name": f"herd {time.time_ns()} {self._names}"} | fields)
        assert status == 201
        return str(answer["id"])

    def key_config(self, access: UserAccess, prefix: str | None = None, **fields: object) -> dict[str, object]:
        folder = self.box.prefix if prefix is None else prefix
        return {
            "type": "S3",
            "purpose": "INPUT_OUTPUT",
            "fullPath": f"s3://{self.box.bucket}/{folder}",
            "s3Region": self.box.region,
            "s3AccessKeyId": access.access_key_id,
            "s3SecretAccessKey": access.secret_access_key.reveal(),
        } | fields

    def role_config(self, arn: str, external_id: str) -> dict[str, object]:
        return {
            "type": "S3DelegatedAccess",
            "purpose": "INPUT",
            "fullPath": f"s3://{self.box.bucket}/{self.box.prefix}",
            "s3Region": self.box.region,
            "s3ARN": arn,
            "s3ExternalId": external_id,
        }

    def verified(self, config: dict[str, object]) -> dict[str, Any]:
        dataset = self.dataset()
        assert self("PUT", f"/v1/datasets/{dataset}/datasource", config) == (200, None)
        status, answer = self("GET", f"/v1/datasets/{dataset}/datasource/verify")
        assert status == 200
        return dict(answer)


@pytest.fixture
def call(running: Sandbox) -> Iterator[Caller]:
    caller = Caller(running)
    yield caller
    caller.connection.close()


@pytest.mark.parametrize("token", ["", "wrong", "ü"])
def test_a_wrong_token_is_refused_everywhere(call: Caller, token: str) -> None:
    for method, path in (("GET", "/v1/datasets"), ("POST", "/v1/datasets"), ("GET", "/v1/nowhere")):
        assert call.refused(method, path, token=token) == (401, "UNAUTHORIZED")


def test_the_versions_are_told_to_everybody(call: Caller) -> None:
    for which in ("minimum", "latest"):
        status, version = call("GET", f"/v1/versions/pip/{which}", token="")
        assert status == 200
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)


def test_a_path_that_is_not_there_is_not_found(call: Caller) -> None:
    assert call.refused("GET", "/v1/nowhere") == (404, "NOT_FOUND")
    assert call.refused("PATCH", "/v1/datasets") == (404, "NOT_FOUND")
    assert call.refused("GET", "/v1/datasets/not-an-id") == (404, "NOT_FOUND")


def test_a_new_dataset_has_all_that_the_api_promises(call: Caller) -> None:
    before = time.time_ns() // 1_000_000
    dataset = call.dataset(type="Videos", imgType="full", creator="USER_PIP")
    status, data = call("GET", f"/v1/datasets/{dataset}")
    assert status == 200
    assert OBJECT_ID.fullmatch(data["id"])
    assert OBJECT_ID.fullmatch(data["userId"])
    assert (data["id"], data["type"], data["imgType"], data["accessType"]) == (dataset, "Videos", "full", "WRITE")
    assert (data["nSamples"], data["sizeInBytes"], data["datasources"]) == (0, 0, [])
    assert re.fullmatch("0b[01]{6}", data["accessRole"])
    assert before <= data["createdAt"] <= data["lastModifiedAt"] <= time.time_ns() // 1_000_000


def test_a_name_is_taken_once(call: Caller) -> None:
    call("POST", "/v1/datasets", {"name": "only one"})
    assert call.refused("POST", "/v1/datasets", {"name": "only one"}) == (400, "DATASET_NAME_EXISTS")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        {},
        {"name": "ab"},
        {"name": "-starts wrong"},
        {"name": "slash/inside"},
        {"name": "newline\n"},
        {"name": 7},
        {"name": "good name", "type": "Pictures"},
        {"name": "good name", "imgType": "huge"},
        {"name": "good name", "creator": "ME"},
        {"name": "good name", "parentDatasetId": "short"},
        {"name": "good name", "surprise": 1},
    ],
)
def test_a_dataset_that_the_api_does_not_take_is_refused(call: Caller, body: object) -> None:
    assert call.refused("POST", "/v1/datasets", body) == (400, "MALFORMED_REQUEST")


def test_a_parent_must_be_there(call: Caller) -> None:
    child = {"name": "child of nobody", "parentDatasetId": "0" * 24}
    assert call.refused("POST", "/v1/datasets", child) == (404, "DATASET_UNKNOWN")


def test_datasets_come_in_pages_oldest_first(call: Caller) -> None:
    made = [call.dataset() for _ in range(5)]
    _, everything = call("GET", "/v1/datasets")
    ids = [data["id"] for data in everything]
    assert ids[-5:] == made
    paged: list[str] = []
    while True:
        _, page = call("GET", "/v1/datasets", pageSize=2, pageOffset=len(paged))
        paged += [data["id"] for data in page]
        if len(page) < 2:
            break
    assert paged == ids
    for bad in ({"pageSize": -1}, {"pageOffset": "x"}, {"shared": "maybe"}):
        assert call.refused("GET", "/v1/datasets", **bad) == (400, "MALFORMED_REQUEST")


def test_a_dataset_is_found_by_its_name_or_a_part_of_it(call: Caller) -> None:
    wanted = call.dataset(name="Findable One")
    other = call.dataset(name="Findable One More")
    path = f"/v1/datasets/query/name/{quote('Findable One')}"
    assert [data["id"] for data in call("GET", path, exact="true")[1]] == [wanted]
    assert [data["id"] for data in call("GET", path)[1]] == [wanted, other]
    assert call("GET", "/v1/datasets/query/name/unheard-of") == (200, [])


def test_own_shared_and_team_datasets_are_lists_that_overlap(call: Caller) -> None:
    platform = call.box.platform
    own = call.dataset()
    shared = platform.add_colleagues_dataset("from a colleague", shared=True, team=False)
    both = platform.add_colleagues_dataset("of us all", shared=True, team=True)

    def ids(**query: object) -> set[str]:
        return {data["id"] for data in call("GET", "/v1/datasets", **query)[1]}

    assert ids() & {own, shared, both} == {own}
    assert ids(shared="true") == {shared, both}
    assert ids(getAssetsOfTeam="true") == {both}
    assert ids(getAssetsOfTeamInclusiveSelf="true") >= {own, both}


def test_a_dataset_is_renamed_and_deleted(call: Caller) -> None:
    dataset, name = call.dataset(), f"renamed {time.time_ns()}"
    path = f"/v1/datasets/{dataset}"
    assert call("PUT", path, {"name": name}) == (200, None)
    assert call("PUT", path, {"name": name}) == (200, None)
    assert call("GET", path)[1]["name"] == name
    assert call.refused("PUT", f"/v1/datasets/{call.dataset()}", {"name": name}) == (400, "DATASET_NAME_EXISTS")
    assert call("DELETE", path) == (200, None)
    for method, rest in (("GET", ""), ("DELETE", ""), ("GET", "/datasource"), ("GET", "/collaboration/access")):
        assert call.refused(method, path + rest) == (404, "DATASET_UNKNOWN")


def test_a_datasource_comes_back_without_its_secret(call: Caller) -> None:
    dataset, config = call.dataset(), call.key_config(call.box.writer, thumbSuffix=".lightly/[filename].[extension]")
    path = f"/v1/datasets/{dataset}/datasource"
    assert call("PUT", path, config) == (200, None)
    status, shown = call("GET", path)
    assert status == 200
    assert set(shown.pop("s3SecretAccessKey")) == {"*"}
    assert shown == {name: value for name, value in config.items() if name != "s3SecretAccessKey"}
    assert len(call("GET", f"/v1/datasets/{dataset}")[1]["datasources"]) == 1


def test_an_external_id_is_masked_too(call: Caller) -> None:
    path = f"/v1/datasets/{call.dataset()}/datasource"
    call("PUT", path, call.role_config("arn:aws:iam::111122223333:role/Lightly", "known-to-two-only"))
    assert "known-to-two-only" not in json.dumps(call("GET", path)[1])


def test_each_purpose_has_its_datasource(call: Caller) -> None:
    path = f"/v1/datasets/{call.dataset()}/datasource"
    assert call.refused("GET", path) == (404, "DATASET_DATASOURCE_UNKNOWN")
    assert call.refused("GET", path + "/verify") == (404, "DATASET_DATASOURCE_UNKNOWN")
    for purpose in ("INPUT", "LIGHTLY"):
        call("PUT", path, call.key_config(call.box.reader, purpose=purpose))
    assert [config["purpose"] for config in call("GET", path + "/all")[1]] == ["INPUT", "LIGHTLY"]
    assert call("GET", path, purpose="LIGHTLY")[1]["purpose"] == "LIGHTLY"
    assert call.refused("GET", path, purpose="INPUT_OUTPUT") == (404, "DATASET_DATASOURCE_UNKNOWN")
    assert call.refused("GET", path, purpose="OTHER") == (400, "MALFORMED_REQUEST")
    call("PUT", path, call.key_config(call.box.writer, purpose="INPUT"))
    assert len(call("GET", path + "/all")[1]) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"type": "S4"},
        {"purpose": "OUTPUT"},
        {"fullPath": "datalake/x"},
        {"fullPath": "s3://"},
        {"fullPath": "https://datalake.s3.amazonaws.com/x"},
        {"s3Region": "eu-central-9"},
        {"s3Region": "us-gov-west-1"},
        {"s3AccessKeyId": ""},
        {"s3SecretAccessKey": None},
        {"s3ServerSideEncryptionKMSKey": "alias/mine"},
        {"thumbSuffix": 3},
        {"s3ARN": "arn:aws:iam::111122223333:role/x"},
        {"surprise": True},
    ],
)
def test_a_datasource_that_the_api_does_not_take_is_refused(call: Caller, change: dict[str, object]) -> None:
    path = f"/v1/datasets/{call.dataset()}/datasource"
    assert call.refused("PUT", path, call.key_config(call.box.reader) | change) == (400, "MALFORMED_REQUEST")


@pytest.mark.parametrize(
    "change",
    [
        {"s3ExternalId": "too-short"},
        {"s3ExternalId": "has a blank in it"},
        {"s3ARN": "arn:aws:iam::111122223333:user/x"},
        {"s3ARN": "arn:aws:iam::1111:role/x"},
        {"s3AccessKeyId": "AKIA"},
    ],
)
def test_a_role_that_the_api_does_not_take_is_refused(call: Caller, change: dict[str, object]) -> None:
    config = call.role_config("arn:aws:iam::111122223333:role/x", "long-enough-1") | change
    path = f"/v1/datasets/{call.dataset()}/datasource"
    assert call.refused("PUT", path, config) == (400, "MALFORMED_REQUEST")


def test_a_refused_datasource_is_not_told_back(call: Caller) -> None:
    config = call.key_config(UserAccess("AKIA", Secret("canary-of-a-secret"))) | {"s3Region": "nowhere"}
    _, answer = call("PUT", f"/v1/datasets/{call.dataset()}/datasource", config)
    assert "canary-of-a-secret" not in json.dumps(answer)


def test_a_kms_key_and_a_path_without_slash_are_taken(call: Caller) -> None:
    key = "arn:aws:kms:eu-central-1:111122223333:key/12345678"
    config = call.key_config(call.box.reader, call.box.prefix[:-1], s3ServerSideEncryptionKMSKey=key)
    answer = call.verified(config)
    assert (answer["canList"], answer["canRead"]) == (True, True)


def keys_below(box: Sandbox, prefix: str) -> list[str]:
    aws = Aws(box.s3_url, box.admin, box.region)
    try:
        return aws.s3("List", "GET", box.bucket, query={"list-type": "2", "prefix": prefix}).texts("Key")
    finally:
        aws.close()


def test_verify_finds_that_the_writer_can_do_all_and_leaves_what_it_may_not_delete(call: Caller) -> None:
    assert call.verified(call.key_config(call.box.writer)) == {
        "canList": True,
        "canRead": True,
        "canWrite": True,
        "canOverwrite": True,
    }
    assert keys_below(call.box, call.box.prefix + ".lightly/")


def test_verify_deletes_what_it_wrote_where_it_may(call: Caller) -> None:
    config = call.key_config(call.box.admin, call.box.world.neighbour_prefix)
    assert call.verified(config)["canOverwrite"] is True
    assert not keys_below(call.box, call.box.world.neighbour_prefix + ".lightly/")


def test_verify_finds_that_the_reader_cannot_write_and_says_why(call: Caller) -> None:
    answer = call.verified(call.key_config(call.box.reader))
    errors = answer.pop("errors")
    assert answer == {"canList": True, "canRead": True, "canWrite": False, "canOverwrite": False}
    assert set(errors) == {"canWrite", "canOverwrite"}
    assert "no identity-based policy allows the s3:PutObject action" in errors["canWrite"]


@pytest.mark.parametrize(
    ("key_id", "code"), [(None, "SignatureDoesNotMatch"), ("AKIAQQQQQQQQQQQQQQQQ", "InvalidAccessKeyId")]
)
def test_verify_finds_that_wrong_credentials_can_do_nothing(call: Caller, key_id: str | None, code: str) -> None:
    secret = Secret("a-secret-that-is-not-right")
    answer = call.verified(call.key_config(UserAccess(key_id or call.box.reader.access_key_id, secret)))
    errors = answer.pop("errors")
    assert answer == dict.fromkeys(("canList", "canRead", "canWrite", "canOverwrite"), False)
    assert all(code in errors[name] for name in ("canList", "canWrite", "canOverwrite"))
    assert "a-secret-that-is-not-right" not in json.dumps(errors)


def test_verify_finds_nothing_to_read_in_an_empty_folder(call: Caller) -> None:
    for _ in range(2):
        answer = call.verified(call.key_config(call.box.admin, call.box.world.empty_prefix))
        assert (answer["canList"], answer["canRead"], answer["canWrite"]) == (True, False, True)
        assert set(answer["errors"]) == {"canRead"}
    assert not keys_below(call.box, call.box.world.empty_prefix)


def test_verify_of_a_bucket_that_is_not_there_names_that(call: Caller) -> None:
    answer = call.verified(call.key_config(call.box.admin) | {"fullPath": "s3://no-such-bucket-here/x/"})
    assert "NoSuchBucket" in answer["errors"]["canList"]


def test_verify_assumes_a_role_and_fails_with_another_external_id(call: Caller) -> None:
    aws = Aws(call.box.s3_url, call.box.admin, call.box.region)
    condition = {"StringEquals": {"sts:ExternalId": "known-to-two-only"}}
    principal = {"AWS": f"arn:aws:iam::{LIGHTLY_ACCOUNT}:root"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}
    allowed = {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": "*"}
    made = aws.iam(
        "CreateRole",
        RoleName="Lightly-S3-Integration",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        MaxSessionDuration="43200",
    )
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    aws.iam("PutRolePolicy", RoleName="Lightly-S3-Integration", PolicyName="p", PolicyDocument=document)
    aws.close()
    arn = made.text("Arn")
    right = call.verified(call.role_config(arn, "known-to-two-only"))
    assert (right["canList"], right["canRead"], right["canWrite"]) == (True, True, False)
    wrong = call.verified(call.role_config(arn, "known-to-nobody"))
    assert not any(wrong[name] for name in ("canList", "canRead", "canWrite", "canOverwrite"))
    assert f"sts:AssumeRole on resource: {arn}" in wrong["errors"]["canList"]


def test_verify_covers_the_role_of_the_world(call: Caller) -> None:
    world = call.box.world
    config = call.role_config(world.role_arn, world.external_id.reveal()) | {"purpose": "INPUT_OUTPUT"}
    for prefix in (world.prefix, world.videos_prefix):
        answer = call.verified(config | {"fullPath": f"s3://{world.bucket}/{prefix}"})
        assert answer == dict.fromkeys(("canList", "canRead", "canWrite", "canOverwrite"), True)


@pytest.mark.parametrize("with_role", [False, True], ids=["key", "role"])
def test_a_dataset_has_an_input_and_an_output_of_its_own_and_verify_looks_at_the_input(
    call: Caller, with_role: bool
) -> None:
    world = call.box.world
    role = call.role_config(world.role_arn, world.external_id.reveal())
    source = role if with_role else call.key_config(world.reader, purpose="INPUT")
    output = call.key_config(
        world.output, purpose="LIGHTLY", fullPath=f"s3://{world.output_bucket}/{world.output_prefix}"
    )
    dataset = call.dataset()
    path = f"/v1/datasets/{dataset}/datasource"
    for config in (source, output):
        assert call("PUT", path, config) == (200, None)
    _, shown = call("GET", f"{path}/all")
    assert [(each["purpose"], each["fullPath"]) for each in shown] == [
        ("INPUT", f"s3://{world.bucket}/{world.prefix}"),
        ("LIGHTLY", f"s3://{world.output_bucket}/{world.output_prefix}"),
    ]
    assert world.external_id.reveal() not in json.dumps(shown)
    assert len(call("GET", f"/v1/datasets/{dataset}")[1]["datasources"]) == 2
    assert call("GET", path, purpose="LIGHTLY")[1]["s3AccessKeyId"] == world.output.access_key_id
    _, answer = call("GET", f"{path}/verify")
    assert (answer["canList"], answer["canRead"], answer["canWrite"]) == (True, True, with_role)


def test_sharing_replaces_the_list(call: Caller) -> None:
    path = f"/v1/datasets/{call.dataset()}/collaboration/access"
    assert call("GET", path) == (200, [])
    status, first = call("POST", path, {"accessType": "WRITE", "users": ["ada@example.com"], "creator": "USER_PIP"})
    assert status == 201
    _, second = call("POST", path, {"accessType": "WRITE", "users": ["bob@example.com"], "teams": ["barn"]})
    assert first == second
    _, (access,) = call("GET", path)
    assert (access["users"], access["teams"], access["accessType"]) == (["bob@example.com"], ["barn"], "WRITE")
    assert {"id", "owner", "createdAt", "lastModifiedAt"} <= set(access)


@pytest.mark.parametrize(
    "body",
    [{"users": []}, {"accessType": "READ", "users": []}, {"accessType": "WRITE", "users": ["nobody"]}],
)
def test_a_sharing_that_the_api_does_not_take_is_refused(call: Caller, body: object) -> None:
    path = f"/v1/datasets/{call.dataset()}/collaboration/access"
    assert call.refused("POST", path, body) == (400, "MALFORMED_REQUEST")


def test_a_worker_of_the_same_name_is_the_same_worker(call: Caller) -> None:
    body = {"name": "barn-1", "workerType": "FULL", "labels": ["gpu"]}
    status, first = call("POST", "/v1/docker/worker", body)
    assert status == 201
    assert call("POST", "/v1/docker/worker", body)[1] == first
    _, workers = call("GET", "/v1/docker/worker")
    (worker,) = [worker for worker in workers if worker["id"] == first["id"]]
    assert (worker["name"], worker["workerType"], worker["state"], worker["labels"]) == (
        "barn-1",
        "FULL",
        "OFFLINE",
        ["gpu"],
    )
    for bad in ({"name": "ab"}, {"workerType": "HALF"}, {"labels": "gpu"}, {"brandNew": 1}):
        assert call.refused("POST", "/v1/docker/worker", body | bad) == (400, "MALFORMED_REQUEST")


def test_requests_are_remembered_without_the_token(call: Caller) -> None:
    already = len(call.box.platform.requests)
    call("GET", "/v1/datasets", pageSize=1)
    call("GET", "/v1/datasets", token="wrong")
    records = call.box.platform.requests[already:]
    assert [(record.method, record.path, record.status) for record in records] == [
        ("GET", "/v1/datasets", 200),
        ("GET", "/v1/datasets", 401),
    ]
    assert call.box.token.reveal() not in repr(call.box.platform.requests)
