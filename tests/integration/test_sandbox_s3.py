"""What plain boto3 meets in the sandbox's AWS: the answers that AWS gives."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import re
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
import sandbox_fixtures
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from core.access import Secret, UserAccess
from core.sandbox import Sandbox

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

WRONG_MD5 = base64.b64encode(bytes(16)).decode()
ISOLATED = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


box = sandbox_fixtures.box


def client(box: Sandbox, service: str, access: UserAccess | None) -> Any:
    session = boto3.Session(botocore_session=botocore.session.Session(session_vars=ISOLATED))
    config = Config(
        proxies={},
        retries={"total_max_attempts": 1},
        request_checksum_calculation="when_required",
        s3={"addressing_style": "path"},
        signature_version=None if access else UNSIGNED,
    )
    token = access.session_token if access else None
    return session.client(  # type: ignore[call-overload]
        service,
        endpoint_url=box.s3_url,
        region_name=box.region,
        aws_access_key_id=access.access_key_id if access else None,
        aws_secret_access_key=access.secret_access_key.reveal() if access else None,
        aws_session_token=token.reveal() if token else None,
        config=config,
    )


def s3(box: Sandbox, access: UserAccess | None) -> S3Client:
    made: S3Client = client(box, "s3", access)
    return made


@pytest.fixture(scope="module")
def reader(box: Sandbox) -> S3Client:
    return s3(box, box.reader)


@pytest.fixture(scope="module")
def writer(box: Sandbox) -> S3Client:
    return s3(box, box.writer)


@pytest.fixture(scope="module")
def admin(box: Sandbox) -> S3Client:
    return s3(box, box.admin)


@pytest.fixture(scope="module")
def iam(box: Sandbox) -> IAMClient:
    made: IAMClient = client(box, "iam", box.admin)
    return made


def refusal(call: Callable[[], object]) -> tuple[int, str, str]:
    """Make a call that must be refused: its HTTP status, code and message."""
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"].get("Message", "")


def new_user(box: Sandbox, iam: IAMClient, *statements: dict[str, Any]) -> UserAccess:
    name = f"user-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return UserAccess(key["AccessKeyId"], Secret(key["SecretAccessKey"]))


def everything(box: Sandbox, admin: S3Client) -> list[object]:
    """Take down all that the bucket holds: objects, versions, open uploads."""
    versions = admin.list_object_versions(Bucket=box.bucket)
    uploads = admin.list_multipart_uploads(Bucket=box.bucket)
    return [
        [(entry["Key"], entry["VersionId"], entry["ETag"]) for entry in versions.get("Versions", [])],
        [entry["Key"] for entry in versions.get("DeleteMarkers", [])],
        [entry["Key"] for entry in uploads.get("Uploads", [])],
    ]


def test_the_reader_lists_the_folder_and_what_is_below_it(box: Sandbox, reader: S3Client) -> None:
    listed = reader.list_objects_v2(Bucket=box.bucket, Prefix=box.prefix)
    assert (listed["Name"], listed["KeyCount"]) == (box.bucket, 43)
    assert tuple(entry["Key"] for entry in listed["Contents"]) == box.world.objects
    assert reader.list_objects_v2(Bucket=box.bucket, Prefix=f"{box.prefix}cow/")["KeyCount"] == 8


@pytest.mark.parametrize(
    "prefix",
    [
        pytest.param("projects/farm-animals-raw/", id="neighbour"),
        pytest.param("projects/farm-animals", id="no-slash"),
        pytest.param("projects/", id="parent"),
        pytest.param("projects/empty/", id="another"),
        pytest.param("", id="empty"),
        pytest.param(None, id="none"),
    ],
)
@pytest.mark.parametrize("version", ["1", "2"])
def test_the_reader_lists_nothing_else(box: Sandbox, reader: S3Client, prefix: str | None, version: str) -> None:
    call: Any = reader.list_objects_v2 if version == "2" else reader.list_objects
    arguments = {} if prefix is None else {"Prefix": prefix}
    status, code, message = refusal(lambda: call(Bucket=box.bucket, **arguments))
    assert (status, code) == (403, "AccessDenied")
    assert message == (
        f"User: arn:aws:iam::{box.world.account_id}:user/lightly-reader is not authorized to perform: s3:ListBucket "
        f'on resource: "arn:aws:s3:::{box.bucket}" because no identity-based policy allows the s3:ListBucket action'
    )


def test_the_administrator_finds_the_neighbour_and_nothing_in_the_empty_folder(box: Sandbox, admin: S3Client) -> None:
    assert admin.list_objects_v2(Bucket=box.bucket, Prefix=box.world.neighbour_prefix)["KeyCount"] == 2
    assert admin.list_objects_v2(Bucket=box.bucket, Prefix=box.world.empty_prefix)["KeyCount"] == 0


def test_the_films_are_read_by_the_reader_and_written_by_the_writer(
    box: Sandbox, reader: S3Client, writer: S3Client
) -> None:
    films = reader.list_objects_v2(Bucket=box.bucket, Prefix=box.world.videos_prefix, Delimiter="/")["Contents"]
    names = [entry["Key"].removeprefix(box.world.videos_prefix) for entry in films]
    assert names == ["cow-01.mp4", "hen-01.mp4", "horse-01.mp4"]
    for entry in films:
        film = reader.get_object(Bucket=box.bucket, Key=entry["Key"])
        assert film["ContentType"] == "video/mp4"
        assert film["Body"].read()[4:8] == b"ftyp"
    key = f"{box.world.videos_prefix}.lightly/frame.png"
    assert refusal(lambda: reader.put_object(Bucket=box.bucket, Key=key))[1] == "AccessDenied"
    assert writer.put_object(Bucket=box.bucket, Key=key)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_the_output_is_a_bucket_of_its_own_for_a_user_of_its_own(box: Sandbox, admin: S3Client) -> None:
    world = box.world
    output = s3(box, world.output)
    listed = output.list_objects_v2(Bucket=world.output_bucket, Prefix=world.output_prefix)
    assert [entry["Key"] for entry in listed["Contents"]] == [f"{world.output_prefix}README.txt"]
    assert output.get_object(Bucket=world.output_bucket, Key=f"{world.output_prefix}README.txt")["Body"].read()
    output.put_object(Bucket=world.output_bucket, Key=f"{world.output_prefix}.lightly/x", Body=b"x")
    assert admin.head_object(Bucket=world.output_bucket, Key=f"{world.output_prefix}.lightly/x")["ContentLength"] == 1
    for closed in (
        lambda: output.list_objects_v2(Bucket=world.output_bucket),
        lambda: output.put_object(Bucket=world.output_bucket, Key="elsewhere/x"),
        lambda: output.delete_object(Bucket=world.output_bucket, Key=f"{world.output_prefix}README.txt"),
        lambda: output.list_objects_v2(Bucket=box.bucket, Prefix=box.prefix),
        lambda: output.get_object(Bucket=box.bucket, Key=world.objects[0]),
        lambda: s3(box, box.writer).list_objects_v2(Bucket=world.output_bucket, Prefix=world.output_prefix),
    ):
        assert refusal(closed)[:2] == (403, "AccessDenied")


def test_every_object_can_be_read_whole_and_in_part(box: Sandbox, reader: S3Client) -> None:
    for key in box.world.objects:
        whole = reader.get_object(Bucket=box.bucket, Key=key)
        content = whole["Body"].read()
        assert content
        if key.endswith(".png"):
            assert whole["ContentType"] == "image/png"
            assert content.startswith(b"\x89PNG")
    part = reader.get_object(Bucket=box.bucket, Key=box.world.objects[0], Range="bytes=0-0")
    assert (part["ResponseMetadata"]["HTTPStatusCode"], len(part["Body"].read())) == (206, 1)


def test_the_files_beside_the_pictures_are_what_their_names_say(box: Sandbox, reader: S3Client) -> None:
    labels = json.loads(reader.get_object(Bucket=box.bucket, Key=f"{box.prefix}labels.json")["Body"].read())
    pictures = [key.removeprefix(box.prefix) for key in box.world.objects if key.endswith(".png")]
    assert sorted(entry["file"] for entry in labels) == pictures
    table = reader.get_object(Bucket=box.bucket, Key=f"{box.prefix}animals.csv")["Body"].read().decode()
    assert table.splitlines()[0] == "animal,pictures"


def test_the_reader_may_not_read_the_neighbours_files(box: Sandbox, reader: S3Client) -> None:
    key = f"{box.world.neighbour_prefix}scan-01.png"
    status, code, message = refusal(lambda: reader.get_object(Bucket=box.bucket, Key=key))
    assert (status, code) == (403, "AccessDenied")
    assert f's3:GetObject on resource: "arn:aws:s3:::{box.bucket}/{key}" because no identity-based' in message


def test_an_explicit_deny_is_named_as_one(box: Sandbox, iam: IAMClient) -> None:
    everything_allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    not_reading = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
    barred = s3(box, new_user(box, iam, everything_allowed, not_reading))
    barred.list_objects_v2(Bucket=box.bucket)
    status, code, message = refusal(lambda: barred.get_object(Bucket=box.bucket, Key=box.world.objects[0]))
    assert (status, code) == (403, "AccessDenied")
    assert message.endswith(f'{box.world.objects[0]}" with an explicit deny in an identity-based policy')


def test_a_question_mark_in_a_prefix_condition_stands_for_one_character(box: Sandbox, iam: IAMClient) -> None:
    condition = {"StringLike": {"s3:prefix": "projects/farm-animals?"}}
    statement = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*", "Condition": condition}
    narrow = s3(box, new_user(box, iam, statement))
    assert narrow.list_objects_v2(Bucket=box.bucket, Prefix=box.prefix)["KeyCount"] == 43
    assert refusal(lambda: narrow.list_objects_v2(Bucket=box.bucket, Prefix=box.prefix[:-1]))[0] == 403


def test_a_dry_write_of_the_writer_is_a_bad_digest_and_stores_nothing(
    box: Sandbox, writer: S3Client, admin: S3Client
) -> None:
    before = everything(box, admin)
    for key, body in (
        (f"{box.prefix}.lightly/dry", b""),
        (f"{box.prefix}.lightly/dry", b"x"),
        (box.world.objects[0], b""),
    ):
        put = refusal(lambda: writer.put_object(Bucket=box.bucket, Key=key, Body=body, ContentMD5=WRONG_MD5))  # noqa: B023
        assert put == (400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    assert everything(box, admin) == before


def test_a_malformed_digest_is_an_invalid_digest(box: Sandbox, writer: S3Client, admin: S3Client) -> None:
    before = everything(box, admin)
    for digest in ("nonsense", "AAAA"):
        put = refusal(lambda: writer.put_object(Bucket=box.bucket, Key=f"{box.prefix}k", ContentMD5=digest))  # noqa: B023
        assert put[:2] == (400, "InvalidDigest")
    assert everything(box, admin) == before


@pytest.mark.parametrize("digest", [WRONG_MD5, "nonsense"])
def test_a_dry_write_of_the_reader_is_denied_whatever_the_digest(box: Sandbox, reader: S3Client, digest: str) -> None:
    put = refusal(lambda: reader.put_object(Bucket=box.bucket, Key=f"{box.prefix}k", ContentMD5=digest))
    assert put[:2] == (403, "AccessDenied")
    assert put[2].endswith("because no identity-based policy allows the s3:PutObject action")


def test_a_write_with_the_right_digest_is_stored(box: Sandbox, writer: S3Client, admin: S3Client) -> None:
    key, body = f"{box.prefix}new", b"content"
    digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    writer.put_object(Bucket=box.bucket, Key=key, Body=body, ContentMD5=digest)
    assert admin.get_object(Bucket=box.bucket, Key=key)["Body"].read() == body
    assert refusal(lambda: writer.delete_object(Bucket=box.bucket, Key=key))[0] == 403
    admin.delete_object(Bucket=box.bucket, Key=key)


def test_the_writer_may_not_write_beside_the_folder(box: Sandbox, writer: S3Client) -> None:
    for key in (f"{box.world.neighbour_prefix}k", "k"):
        assert refusal(lambda: writer.put_object(Bucket=box.bucket, Key=key))[0] == 403  # noqa: B023


def test_an_aborted_upload_leaves_nothing(box: Sandbox, writer: S3Client, admin: S3Client) -> None:
    before = everything(box, admin)
    key = f"{box.prefix}.lightly/upload"
    upload = writer.create_multipart_upload(Bucket=box.bucket, Key=key)["UploadId"]
    assert everything(box, admin) != before
    writer.abort_multipart_upload(Bucket=box.bucket, Key=key, UploadId=upload)
    assert everything(box, admin) == before


def test_without_the_right_to_abort_an_upload_stays_open(box: Sandbox, iam: IAMClient, admin: S3Client) -> None:
    only_put = s3(box, new_user(box, iam, {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}))
    key = f"{box.prefix}open"
    upload = only_put.create_multipart_upload(Bucket=box.bucket, Key=key)["UploadId"]
    abort = refusal(lambda: only_put.abort_multipart_upload(Bucket=box.bucket, Key=key, UploadId=upload))
    assert abort[:2] == (403, "AccessDenied")
    assert key in everything(box, admin)[2]  # type: ignore[operator]
    admin.abort_multipart_upload(Bucket=box.bucket, Key=key, UploadId=upload)


def test_a_wrong_secret_and_an_unknown_key_are_told_apart(box: Sandbox) -> None:
    wrong = s3(box, UserAccess(box.reader.access_key_id, Secret("x" * 40)))
    unknown = s3(box, UserAccess("AKIAQQQQQQQQQQQQQQQQ", Secret("x" * 40)))
    for name, stranger in (("SignatureDoesNotMatch", wrong), ("InvalidAccessKeyId", unknown)):
        status, code, _ = refusal(lambda: stranger.list_objects_v2(Bucket=box.bucket, Prefix=box.prefix))  # noqa: B023
        assert (status, code) == (403, name)


def test_swapped_key_and_secret_are_a_malformed_credential(box: Sandbox) -> None:
    swapped = s3(box, UserAccess("abc/def+ghi", Secret(box.reader.access_key_id)))
    status, code, message = refusal(lambda: swapped.list_objects_v2(Bucket=box.bucket))
    assert (status, code) == (400, "AuthorizationHeaderMalformed")
    assert "Credential is mal-formed" in message


def test_a_bucket_that_is_not_there_is_missing_for_everybody_who_is_known(box: Sandbox) -> None:
    for access in (box.admin, box.reader):
        known = s3(box, access)
        missing = "no-such-bucket-here"
        assert refusal(lambda: known.list_objects_v2(Bucket=missing))[:2] == (404, "NoSuchBucket")  # noqa: B023
        assert refusal(lambda: known.get_object(Bucket=missing, Key="k"))[:2] == (404, "NoSuchBucket")  # noqa: B023
        put = refusal(lambda: known.put_object(Bucket=missing, Key="k", ContentMD5=WRONG_MD5))  # noqa: B023
        assert put[:2] == (404, "NoSuchBucket")
        assert refusal(lambda: known.head_bucket(Bucket=missing))[0] == 404  # noqa: B023


def test_a_prefix_limited_user_may_not_head_the_bucket(box: Sandbox, reader: S3Client, admin: S3Client) -> None:
    with pytest.raises(ClientError) as caught:
        reader.head_bucket(Bucket=box.bucket)
    answer = caught.value.response["ResponseMetadata"]
    assert (answer["HTTPStatusCode"], answer["HTTPHeaders"]["x-amz-bucket-region"]) == (403, "eu-central-1")
    assert admin.head_bucket(Bucket=box.bucket)["BucketRegion"] == "eu-central-1"


def test_an_anonymous_head_tells_the_region_and_nothing_else(box: Sandbox) -> None:
    nobody = s3(box, None)
    with pytest.raises(ClientError) as caught:
        nobody.head_bucket(Bucket=box.bucket)
    answer = caught.value.response["ResponseMetadata"]
    assert (answer["HTTPStatusCode"], answer["HTTPHeaders"]["x-amz-bucket-region"]) == (403, "eu-central-1")
    with pytest.raises(ClientError) as missing:
        nobody.head_bucket(Bucket="no-such-bucket-here")
    answer = missing.value.response["ResponseMetadata"]
    assert answer["HTTPStatusCode"] == 404
    assert "x-amz-bucket-region" not in answer["HTTPHeaders"]


def test_nobody_lists_reads_or_writes_without_a_signature(box: Sandbox, admin: S3Client) -> None:
    nobody, key, before = s3(box, None), box.world.objects[0], everything(box, admin)
    assert refusal(lambda: nobody.list_objects_v2(Bucket=box.bucket))[:2] == (403, "AccessDenied")
    assert refusal(lambda: nobody.get_object(Bucket=box.bucket, Key=key))[:2] == (403, "AccessDenied")
    assert refusal(lambda: nobody.put_object(Bucket=box.bucket, Key="k"))[:2] == (403, "AccessDenied")
    assert everything(box, admin) == before


def test_every_answer_has_a_request_id_of_its_own(box: Sandbox, reader: S3Client) -> None:
    listed = reader.list_objects_v2(Bucket=box.bucket, Prefix=box.prefix)["ResponseMetadata"]
    read = reader.get_object(Bucket=box.bucket, Key=box.world.objects[0])["ResponseMetadata"]
    with pytest.raises(ClientError) as caught:
        reader.put_object(Bucket=box.bucket, Key=f"{box.prefix}k")
    denied = caught.value.response["ResponseMetadata"]
    with pytest.raises(ClientError) as unsigned:
        s3(box, None).head_bucket(Bucket=box.bucket)
    answers = [listed, read, denied, unsigned.value.response["ResponseMetadata"]]
    ids = [answer["HTTPHeaders"]["x-amz-request-id"] for answer in answers]
    assert all(re.fullmatch("[0-9A-F]{16}", request_id) for request_id in ids)
    assert len(set(ids)) == len(ids)
    assert [answer["RequestId"] for answer in answers[:3]] == ids[:3]


def test_calls_of_one_client_share_a_connection_with_and_without_expect(box: Sandbox) -> None:
    plain, eager = s3(box, box.writer), s3(box, box.writer)

    def no_expect(request: Any, **_: object) -> None:
        del request.headers["Expect"]

    eager.meta.events.register("before-sign.s3.PutObject", no_expect)
    for one in (plain, eager):
        before = box.aws.server.connections
        for number in range(3):
            one.list_objects_v2(Bucket=box.bucket, Prefix=box.prefix, MaxKeys=1)
            one.get_object(Bucket=box.bucket, Key=box.world.objects[0], Range="bytes=0-0")["Body"].read()
            put = lambda: one.put_object(Bucket=box.bucket, Key=f"{box.prefix}k", Body=b"x", ContentMD5=WRONG_MD5)  # noqa: B023, E731
            assert refusal(put)[1] == "BadDigest", number
        assert box.aws.server.connections == before + 1


def test_other_services_are_not_there(box: Sandbox) -> None:
    kms = client(box, "kms", box.admin)
    assert refusal(kms.list_keys)[0] == 501


def test_the_way_to_change_moto_itself_is_closed(box: Sandbox) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", box.aws.server.server_port, timeout=10)
    for path in ("/moto-api/reset", "/moto-api/reset-auth"):
        connection.request("POST", path, body=b"1000")
        response = connection.getresponse()
        response.read()
        assert response.status in {403, 404}
    connection.close()
    assert s3(box, box.admin).list_objects_v2(Bucket=box.bucket, Prefix=box.prefix)["KeyCount"] == 43


def sts(box: Sandbox, access: UserAccess) -> STSClient:
    made: STSClient = client(box, "sts", access)
    return made


def new_role(box: Sandbox, iam: IAMClient, external_id: str | None, longest: int = 43_200) -> str:
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}} if external_id else {}
    principal = {"AWS": "arn:aws:iam::916419735646:root"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"} | condition
    name = f"role-{uuid.uuid4().hex[:8]}"
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, MaxSessionDuration=longest)["Role"]
    read = {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [read]})
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
    return role["Arn"]


def assume(box: Sandbox, access: UserAccess, role: str, **more: Any) -> UserAccess:
    keys = sts(box, access).assume_role(RoleArn=role, RoleSessionName="test", **more)["Credentials"]
    return UserAccess(keys["AccessKeyId"], Secret(keys["SecretAccessKey"]), Secret(keys["SessionToken"]))


def test_everybody_may_ask_who_they_are(box: Sandbox) -> None:
    told = sts(box, box.reader).get_caller_identity()
    assert told["Arn"] == f"arn:aws:iam::{box.world.account_id}:user/lightly-reader"
    stranger = UserAccess(box.reader.access_key_id, Secret("x" * 40))
    assert refusal(sts(box, stranger).get_caller_identity)[1] == "SignatureDoesNotMatch"
    unknown = UserAccess("AKIAQQQQQQQQQQQQQQQQ", Secret("x" * 40))
    assert refusal(sts(box, unknown).get_caller_identity)[1] == "InvalidClientTokenId"


def test_a_reader_may_make_nobody(box: Sandbox) -> None:
    made: IAMClient = client(box, "iam", box.reader)
    status, code, message = refusal(lambda: made.create_user(UserName="intruder"))
    assert (status, code) == (403, "AccessDenied")
    assert "iam:CreateUser on resource: arn:aws:iam::" in message
    assert message.endswith("because no identity-based policy allows the iam:CreateUser action")


def test_lightly_assumes_a_role_with_the_right_external_id(box: Sandbox, iam: IAMClient) -> None:
    role = new_role(box, iam, "right-one-123")
    session = assume(box, box.world.lightly, role, ExternalId="right-one-123", DurationSeconds=43_200)
    name = role.rpartition("/")[2]
    arn = f"arn:aws:sts::{box.world.account_id}:assumed-role/{name}/test"
    assert sts(box, session).get_caller_identity()["Arn"] == arn
    visitor = s3(box, session)
    assert visitor.list_objects_v2(Bucket=box.bucket, Prefix=box.prefix)["KeyCount"] == 43
    denied = refusal(lambda: visitor.put_object(Bucket=box.bucket, Key=f"{box.prefix}k"))
    assert denied[2].startswith(f"User: {arn} is not authorized to perform: s3:PutObject")


def test_the_role_of_the_world_does_what_the_writer_may_for_up_to_12_hours(box: Sandbox) -> None:
    role, right = box.world.role_arn, box.world.external_id.reveal()
    session = s3(box, assume(box, box.world.lightly, role, ExternalId=right, DurationSeconds=43_200))
    for prefix in (box.prefix, box.world.videos_prefix):
        assert session.list_objects_v2(Bucket=box.bucket, Prefix=prefix)["KeyCount"] >= 3
    session.put_object(Bucket=box.bucket, Key=f"{box.world.videos_prefix}.lightly/by-the-role")
    beside = refusal(lambda: session.list_objects_v2(Bucket=box.bucket, Prefix=box.world.neighbour_prefix))
    assert beside[:2] == (403, "AccessDenied")
    wrong = refusal(lambda: assume(box, box.world.lightly, role, ExternalId="lightly-of-somebody-else"))
    other = refusal(lambda: assume(box, box.writer, role, ExternalId=right))
    assert wrong[:2] == other[:2] == (403, "AccessDenied")
    longer = refusal(lambda: assume(box, box.world.lightly, role, ExternalId=right, DurationSeconds=43_201))
    assert longer[1] == "ValidationError"


@pytest.mark.parametrize("external_id", ["wrong-one-123", None])
def test_a_wrong_or_missing_external_id_is_refused_in_the_same_words(
    box: Sandbox, iam: IAMClient, external_id: str | None
) -> None:
    role = new_role(box, iam, "right-one-123")
    more = {"ExternalId": external_id} if external_id else {}
    status, code, message = refusal(lambda: assume(box, box.world.lightly, role, **more))
    assert (status, code) == (403, "AccessDenied")
    assert message.endswith(f"is not authorized to perform: sts:AssumeRole on resource: {role}")
    nowhere = role + "-not"
    assert refusal(lambda: assume(box, box.world.lightly, nowhere))[2].endswith(f"on resource: {nowhere}")


def test_a_role_that_wants_no_external_id_opens_without_one(box: Sandbox, iam: IAMClient) -> None:
    assert assume(box, box.world.lightly, new_role(box, iam, None)).session_token


def test_somebody_whom_the_role_does_not_trust_is_refused(box: Sandbox, iam: IAMClient) -> None:
    role = new_role(box, iam, "right-one-123")
    assert refusal(lambda: assume(box, box.admin, role, ExternalId="right-one-123"))[1] == "AccessDenied"


def test_a_session_longer_than_the_role_allows_is_refused(box: Sandbox, iam: IAMClient) -> None:
    role = new_role(box, iam, None, longest=3600)
    status, code, message = refusal(lambda: assume(box, box.world.lightly, role, DurationSeconds=43_200))
    assert (status, code) == (400, "ValidationError")
    assert "exceeds the MaxSessionDuration set for this role" in message


def test_a_session_key_without_its_token_is_unknown(box: Sandbox, iam: IAMClient) -> None:
    session = assume(box, box.world.lightly, new_role(box, iam, None))
    bare = s3(box, UserAccess(session.access_key_id, session.secret_access_key))
    assert refusal(lambda: bare.list_objects_v2(Bucket=box.bucket))[1] == "InvalidAccessKeyId"
    mistaken = s3(box, UserAccess(session.access_key_id, session.secret_access_key, Secret("other")))
    assert refusal(lambda: mistaken.list_objects_v2(Bucket=box.bucket))[1] == "InvalidToken"
