"""What the client asks of the platform and makes of its answers, at the socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest
from lightly_faults import FaultServer, Reply, Seen, api_error, as_json, in_turn, page

from core.access import AccessKind, CredentialSource, Secret, SourceKind, UserAccess
from core.dataset import Datasource, Purpose
from core.lightly.client import LightlyClient
from core.lightly.errors import (
    CreationUnknownError,
    DatasetUnknownError,
    DatasourceRefusedError,
    DatasourceUnknownError,
    ForbiddenError,
    LightlyError,
    NameExistsError,
    NotLightlyError,
    PlanInsufficientError,
    PlatformFaultError,
    PlatformUnreachableError,
    RequestRefusedError,
    ThrottledError,
    TokenRefusedError,
)
from core.lightly.models import UserKeyConfig, user_key_config
from core.location import S3Location
from core.needs import InputType

TOKEN = Secret("a-token")
KEY = "canary-secret-key"


def _id(number: int) -> str:
    return f"{number:024x}"


ID = _id(1)


def _dataset(number: int, name: str = "farm-animals") -> dict[str, object]:
    return {
        "id": _id(number),
        "name": name,
        "userId": "auth0|1",
        "type": "Images",
        "nSamples": 3,
        "sizeInBytes": 0,
        "createdAt": 1,
        "lastModifiedAt": 2,
    }


def _client(server: FaultServer, *, page_size: int = 1000) -> LightlyClient:
    return LightlyClient(server.url, TOKEN, page_size=page_size, wait=lambda _: False)


def _config() -> UserKeyConfig:
    datasource = Datasource(
        purpose=Purpose.INPUT,
        location=S3Location("datalake", "farm/"),
        region="eu-central-1",
        access=AccessKind.USER,
        access_key_id="AKIAEXAMPLE000000001",
        credentials=CredentialSource(SourceKind.KEYRING),
    )
    return user_key_config(datasource, UserAccess("AKIAEXAMPLE000000001", Secret(KEY)), thumbnails=False)


class Shelf:
    """The datasets of one user: what a platform remembers. `on_post` replies after the dataset is on the shelf."""

    def __init__(self, *, keep: bool = True, on_post: Callable[[int], Reply]) -> None:
        self.names: list[str] = []
        self.keep = keep
        self.on_post = on_post

    def __call__(self, seen: Seen) -> Reply:
        if seen.method == "POST":
            if self.keep:
                self.names.append(json.loads(seen.body)["name"])
            return self.on_post(len(self.names))
        found = [_dataset(at, name) for at, name in enumerate(self.names, start=1) if seen.path.endswith(f"/{name}")]
        return as_json(found)


def test_the_token_travels_in_the_query_and_the_user_agent_names_us() -> None:
    with FaultServer(in_turn(as_json([]))) as server:
        _client(server).try_token()
    assert server.seen[0].path == "/v1/datasets"
    assert server.seen[0].query["token"] == "a-token"
    assert server.seen[0].query["pageSize"] == "1"
    assert server.seen[0].headers["user-agent"].startswith("bucketlight/")
    assert "authorization" not in server.seen[0].headers
    assert len(server.seen) == 1


CODES: list[tuple[str, int, type[LightlyError], str]] = [
    ("BAD_REQUEST", 400, RequestRefusedError, "BAD_REQUEST"),
    ("MALFORMED_REQUEST", 400, RequestRefusedError, "MALFORMED_REQUEST"),
    ("CONFLICT", 409, RequestRefusedError, "try again"),
    ("UNAUTHORIZED", 401, TokenRefusedError, "copy the token again"),
    ("JWT_INVALID", 401, TokenRefusedError, "copy the token again"),
    ("JWT_MALFORMED", 401, TokenRefusedError, "copy the token again"),
    ("USER_NOT_KNOWN", 401, TokenRefusedError, "copy the token again"),
    ("USER_ACCOUNT_DEACTIVATED", 403, TokenRefusedError, "deactivated"),
    ("USER_ACCOUNT_BLOCKED", 403, TokenRefusedError, "blocked"),
    ("FORBIDDEN", 403, ForbiddenError, "administrator"),
    ("ACCESS_CONTROL_UNKNOWN", 404, ForbiddenError, "share it with you"),
    ("TEAM_ACCOUNT_PLAN_INSUFFICIENT", 403, PlanInsufficientError, "plan"),
    ("NOT_FOUND", 404, DatasetUnknownError, "no such dataset"),
    ("DATASET_UNKNOWN", 404, DatasetUnknownError, "no such dataset"),
    ("DATASET_NAME_EXISTS", 409, RequestRefusedError, "another name"),
    ("DATASET_AT_MAX_CAPACITY", 400, RequestRefusedError, "full"),
    ("DATASET_DATASOURCE_UNKNOWN", 404, DatasourceUnknownError, "no datasource"),
    ("DATASET_DATASOURCE_CREDENTIALS_ERROR", 400, DatasourceRefusedError, "credentials"),
    ("DATASET_DATASOURCE_INVALID", 400, DatasourceRefusedError, "region"),
    ("DATASET_DATASOURCE_ILLEGAL_ACTION", 400, DatasourceRefusedError, "new dataset"),
    ("A_NEW_CODE", 401, TokenRefusedError, "copy the token again"),
    ("A_NEW_CODE", 403, ForbiddenError, "administrator"),
    ("A_NEW_CODE", 418, RequestRefusedError, "A_NEW_CODE"),
]


@pytest.mark.parametrize(("code", "status", "kind", "advice"), CODES)
def test_each_code_of_the_platform_has_its_error_and_advice(
    code: str, status: int, kind: type[LightlyError], advice: str
) -> None:
    with FaultServer(in_turn(api_error(code, status))) as server, pytest.raises(LightlyError) as caught:
        _client(server).verify(ID)
    error = caught.value
    assert type(error) is kind
    assert advice in str(error)
    assert str(error) == error.message
    assert str(error).endswith(".")
    assert (error.code, error.status, error.request_id, error.said) == (code, status, "req-7", "as told")
    assert len(server.seen) == 1


def test_a_refused_token_says_who_refused_and_where_to_get_one() -> None:
    with FaultServer(in_turn(api_error("UNAUTHORIZED", 401))) as server, pytest.raises(TokenRefusedError) as caught:
        _client(server).try_token()
    assert f"127.0.0.1:{server.port} refuses the token" in str(caught.value)
    assert "Preferences" in str(caught.value)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_that_is_not_the_platforms_says_nothing_about_the_token(status: int) -> None:
    with FaultServer(in_turn(page(status=status))) as server, pytest.raises(NotLightlyError) as caught:
        _client(server).try_token()
    assert str(status) in str(caught.value)
    assert caught.value.status == status


def test_three_lists_that_overlap_are_read_page_by_page_and_merged_by_id() -> None:
    lists = {"own": [1, 2, 3, 4], "shared": [4, 5, 2], "team": [6, 1, 7, 3, 8]}

    def answer(seen: Seen) -> Reply:
        which = "team" if "getAssetsOfTeam" in seen.query else "shared" if seen.query["shared"] == "true" else "own"
        start, size = int(seen.query["pageOffset"]), int(seen.query["pageSize"])
        return as_json([_dataset(number, f"set {number}") for number in lists[which][start : start + size]])

    with FaultServer(answer) as server:
        found = _client(server, page_size=2).list_datasets()
    assert [dataset.id for dataset in found] == [_id(number) for number in (1, 2, 3, 4, 5, 6, 7, 8)]
    # A page that is not full is the last; four in pages of two need a third, empty one.
    assert len(server.seen) == 3 + 2 + 3


def test_a_server_that_does_not_page_is_not_asked_for_ever() -> None:
    with FaultServer(in_turn(as_json([_dataset(1), _dataset(2)]))) as server:
        found = _client(server, page_size=2).list_datasets()
    assert len(found) == 2
    assert len(server.seen) == 6


def test_fields_that_are_new_do_no_harm() -> None:
    dataset = {**_dataset(1), "brandNew": {"a": [1]}, "accessRole": "0b111111"}
    with FaultServer(in_turn(as_json([dataset]))) as server:
        assert _client(server).list_datasets()[0].name == "farm-animals"


def test_a_dataset_is_found_by_its_exact_name_among_own_then_shared_then_team() -> None:
    def answer(seen: Seen) -> Reply:
        assert seen.path == "/v1/datasets/query/name/Farm animals"
        assert seen.query["exact"] == "true"
        if "getAssetsOfTeam" in seen.query:
            return as_json([_dataset(9, "Farm animals 2"), _dataset(3, "Farm animals")])
        return as_json([_dataset(8, "farm animals")])

    with FaultServer(answer) as server:
        found = _client(server).find_dataset("Farm animals")
    assert found is not None
    assert found.id == _id(3)
    assert len(server.seen) == 3


def test_a_name_that_nobody_can_have_is_not_asked_for() -> None:
    with FaultServer(in_turn(as_json([]))) as server:
        assert _client(server).find_dataset("../users") is None
    assert server.seen == []


def test_a_dataset_is_looked_for_and_then_made() -> None:
    shelf = Shelf(on_post=lambda number: as_json({"id": _id(number), "brandNew": 1}, 201))
    with FaultServer(shelf) as server:
        made = _client(server).create_dataset("farm-animals", InputType.VIDEOS)
    assert made.dataset_id == ID
    assert not made.answer_lost
    assert [seen.method for seen in server.seen] == ["GET", "POST"]
    assert json.loads(server.seen[1].body) == {"name": "farm-animals", "type": "Videos", "creator": "USER_PIP"}


def test_a_name_that_the_user_has_is_not_made_again() -> None:
    shelf = Shelf(on_post=lambda number: as_json({"id": _id(number)}, 201))
    shelf.names.append("farm-animals")
    with FaultServer(shelf) as server, pytest.raises(NameExistsError) as caught:
        _client(server).create_dataset("farm-animals", InputType.IMAGES)
    assert caught.value.existing_id == ID
    assert server.count("POST") == 0


def test_a_name_taken_meanwhile_is_told_with_the_id_it_has() -> None:
    # Somebody else was quicker: the dataset is there when the POST arrives.
    shelf = Shelf(on_post=lambda _: api_error("DATASET_NAME_EXISTS", 409))
    with FaultServer(shelf) as server, pytest.raises(NameExistsError) as caught:
        _client(server).create_dataset("farm-animals", InputType.IMAGES)
    assert caught.value.existing_id == ID
    assert caught.value.request_id == "req-7"
    assert "farm-animals" in str(caught.value)


def test_a_name_taken_by_a_dataset_that_cannot_be_seen_has_no_id() -> None:
    shelf = Shelf(keep=False, on_post=lambda _: api_error("DATASET_NAME_EXISTS", 409))
    with FaultServer(shelf) as server, pytest.raises(NameExistsError) as caught:
        _client(server).create_dataset("farm-animals", InputType.IMAGES)
    assert caught.value.existing_id is None


def test_a_name_that_the_platform_refuses_is_not_sent() -> None:
    with FaultServer(in_turn(as_json([]))) as server, pytest.raises(ValueError, match="“/”"):
        _client(server).create_dataset("farm/animals", InputType.IMAGES)
    assert server.seen == []


LOST = {
    "connection closed": Reply(drop=True),
    "body cut": Reply(201, b'{"id": "000000000000000000000001"}', cut=True),
    "fault 500": api_error("INTERNAL", 500),
    "fault 503 without JSON": page(status=503),
    "timed out at the server": api_error("TIMEOUT", 408),
    "created, but not understood": Reply(201, b"{}"),
    "created, but empty": Reply(204),
}


@pytest.mark.parametrize("reply", LOST.values(), ids=LOST.keys())
def test_a_dataset_whose_answer_was_lost_is_found_and_made_once(reply: Reply) -> None:
    with FaultServer(Shelf(on_post=lambda _: reply)) as server:
        made = _client(server).create_dataset("farm-animals", InputType.IMAGES)
    assert made.dataset_id == ID
    assert made.answer_lost
    assert server.count("POST") == 1


def test_a_dataset_whose_answer_did_not_come_in_time_is_found_and_made_once() -> None:
    with FaultServer(Shelf(on_post=lambda _: Reply(hold=True))) as server:
        client = LightlyClient(server.url, TOKEN, read_timeout=0.3, wait=lambda _: False)
        assert client.create_dataset("farm-animals", InputType.IMAGES).answer_lost
        assert server.count("POST") == 1


@pytest.mark.parametrize("reply", LOST.values(), ids=LOST.keys())
def test_a_creation_nobody_knows_of_is_neither_repeated_nor_called_failed(reply: Reply) -> None:
    shelf = Shelf(keep=False, on_post=lambda _: reply)
    with FaultServer(shelf) as server, pytest.raises(CreationUnknownError, match="did not say whether"):
        _client(server).create_dataset("farm-animals", InputType.IMAGES)
    assert server.count("POST") == 1
    assert server.count("GET") == 4


def test_a_platform_still_at_work_after_a_lost_answer_is_asked_again() -> None:
    shelf = Shelf(keep=False, on_post=lambda _: Reply(drop=True))
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        shelf.names[:] = ["farm-animals"]
        return False

    with FaultServer(shelf) as server:
        made = LightlyClient(server.url, TOKEN, wait=wait).create_dataset("farm-animals", InputType.IMAGES)
    assert made.dataset_id == ID
    assert len(waited) == 1
    assert server.count("POST") == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (api_error("TEAM_ACCOUNT_PLAN_INSUFFICIENT", 403), PlanInsufficientError),
        (api_error("THROTTLED", 429), ThrottledError),
        (Reply(302, headers={"Location": "https://portal.example/"}), NotLightlyError),
    ],
)
def test_a_creation_that_was_refused_is_not_looked_for_and_not_sent_again(
    reply: Reply, kind: type[LightlyError]
) -> None:
    with FaultServer(Shelf(keep=False, on_post=lambda _: reply)) as server, pytest.raises(kind):
        _client(server).create_dataset("farm-animals", InputType.IMAGES)
    assert [seen.method for seen in server.seen] == ["GET", "POST"]


def test_a_worker_is_registered_with_its_labels() -> None:
    with FaultServer(in_turn(as_json({"id": _id(7), "brandNew": 1}, 201))) as server:
        assert _client(server).register_worker("barn-1", ("gpu", "barn")) == _id(7)
    assert [(seen.method, seen.path) for seen in server.seen] == [("POST", "/v1/docker/worker")]
    assert json.loads(server.seen[0].body) == {
        "name": "barn-1",
        "workerType": "FULL",
        "labels": ["gpu", "barn"],
        "creator": "USER_PIP",
    }


@pytest.mark.parametrize("reply", LOST.values(), ids=LOST.keys())
def test_a_worker_whose_answer_was_lost_is_registered_again_because_it_stays_the_same(reply: Reply) -> None:
    with FaultServer(in_turn(reply, as_json({"id": _id(7)}, 201))) as server:
        assert _client(server).register_worker("barn-1") == _id(7)
    assert server.count("POST", "/worker") == 2
    assert server.seen[0].body == server.seen[1].body


def test_a_worker_whose_answer_is_lost_each_time_is_not_known_to_be_registered() -> None:
    with FaultServer(in_turn(api_error("INTERNAL", 500))) as server, pytest.raises(PlatformFaultError):
        _client(server).register_worker("barn-1")
    assert server.count("POST") == 3


def test_a_client_that_is_closed_does_not_register_again() -> None:
    with FaultServer(in_turn(Reply(drop=True))) as server:
        client = LightlyClient(server.url, TOKEN, wait=lambda _: True)
        with pytest.raises(PlatformUnreachableError):
            client.register_worker("barn-1")
    assert server.count("POST") == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (api_error("TEAM_ACCOUNT_PLAN_INSUFFICIENT", 403), PlanInsufficientError),
        (api_error("UNAUTHORIZED", 401), TokenRefusedError),
        (api_error("THROTTLED", 429), ThrottledError),
    ],
)
def test_a_worker_that_was_refused_is_not_sent_again(reply: Reply, kind: type[LightlyError]) -> None:
    with FaultServer(in_turn(reply)) as server, pytest.raises(kind):
        _client(server).register_worker("barn-1")
    assert server.count("POST") == 1


def test_a_workers_name_that_the_platform_refuses_is_not_sent() -> None:
    with FaultServer(in_turn(as_json({"id": _id(7)}))) as server, pytest.raises(ValueError, match="three characters"):
        _client(server).register_worker("ab")
    assert server.seen == []


def test_a_datasource_is_put_with_its_secret_in_the_body_only() -> None:
    with FaultServer(in_turn(Reply(200))) as server:
        _client(server).configure_datasource(ID, _config())
    assert server.seen[0].method == "PUT"
    assert server.seen[0].path == f"/v1/datasets/{ID}/datasource"
    assert server.seen[0].headers["content-type"] == "application/json"
    assert json.loads(server.seen[0].body)["s3SecretAccessKey"] == KEY
    assert KEY not in str(server.seen[0].query)


@pytest.mark.parametrize("reply", [Reply(204), Reply(200, b"\n"), as_json({"ok": True}), as_json(None)])
def test_an_empty_answer_or_some_json_is_enough_where_none_is_expected(reply: Reply) -> None:
    with FaultServer(in_turn(reply)) as server:
        _client(server).configure_datasource(ID, _config())
        _client(server).delete_dataset(ID)
    assert [seen.method for seen in server.seen] == ["PUT", "DELETE"]


def test_datasources_come_back_without_their_secrets() -> None:
    one = {
        "type": "S3",
        "purpose": "INPUT",
        "fullPath": "s3://datalake/farm/",
        "s3Region": "eu-central-1",
        "s3AccessKeyId": "AKIAEXAMPLE000000001",
        "s3SecretAccessKey": "****masked****",
        "brandNew": True,
    }
    with FaultServer(in_turn(as_json([one]))) as server:
        (found,) = _client(server).datasources(ID)
    assert server.seen[0].path == f"/v1/datasets/{ID}/datasource/all"
    assert (found.purpose, found.full_path, found.region) == ("INPUT", "s3://datalake/farm/", "eu-central-1")
    assert "masked" not in repr(found)


def test_a_dataset_without_a_datasource_has_none_to_show() -> None:
    with FaultServer(in_turn(api_error("DATASET_DATASOURCE_UNKNOWN", 404))) as server:
        assert _client(server).datasources(ID) == ()


def test_verify_tells_what_the_platform_can_do_and_its_words_for_the_rest() -> None:
    answer = {
        "canRead": True,
        "canWrite": False,
        "canList": True,
        "canOverwrite": False,
        "errors": {"canWrite": "Access\nDenied", "canOverwrite": "x" * 900},
    }
    with FaultServer(in_turn(as_json(answer))) as server:
        found = _client(server).verify(ID)
    assert (found.can_list, found.can_read, found.can_write, found.can_overwrite) == (True, True, False, False)
    assert found.errors["write"] == "Access Denied"
    assert set(found.errors) == {"write", "overwrite"}
    assert len(found.errors["overwrite"]) == 200


@pytest.mark.parametrize("answer", [{}, [], {"canRead": "yes", "canWrite": 1, "canList": 1, "canOverwrite": 1}, None])
def test_a_verdict_that_is_not_clear_is_none(answer: object) -> None:
    with FaultServer(in_turn(as_json(answer))) as server, pytest.raises(NotLightlyError):
        _client(server).verify(ID)


def test_deleting_what_is_not_there_says_so() -> None:
    with FaultServer(in_turn(api_error("DATASET_UNKNOWN", 404))) as server, pytest.raises(DatasetUnknownError):
        _client(server).delete_dataset(ID)


def test_deleting_succeeds_when_only_the_first_answer_was_lost() -> None:
    with FaultServer(in_turn(Reply(drop=True), api_error("DATASET_UNKNOWN", 404))) as server:
        _client(server).delete_dataset(ID)
    assert server.count("DELETE") == 2


def test_an_id_that_is_none_never_becomes_part_of_an_address() -> None:
    with FaultServer(in_turn(as_json([]))) as server:
        with pytest.raises(DatasetUnknownError, match="no ID"):
            _client(server).delete_dataset("../../v1/users")
    assert server.seen == []


def test_several_threads_share_a_client() -> None:
    names = [f"set {number}" for number in range(8)]
    found: dict[str, str] = {}

    def answer(seen: Seen) -> Reply:
        name = seen.path.rpartition("/")[2]
        return as_json([_dataset(names.index(name) + 1, name)])

    with FaultServer(answer) as server, _client(server) as client:

        def look(name: str) -> None:
            for _ in range(5):
                dataset = client.find_dataset(name)
                found[name] = dataset.id if dataset else ""

        threads = [threading.Thread(target=look, args=(name,), daemon=True) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == {name: _id(at) for at, name in enumerate(names, start=1)}
    assert len(server.seen) == 40


def test_a_fault_of_the_platform_is_called_its_own() -> None:
    with FaultServer(in_turn(api_error("INTERNAL", 500))) as server, pytest.raises(PlatformFaultError) as caught:
        _client(server).list_datasets()
    assert (caught.value.code, caught.value.status, caught.value.attempts) == ("INTERNAL", 500, 3)
