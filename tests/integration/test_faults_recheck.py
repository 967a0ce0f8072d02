"""A dataset is checked again: each datasource for itself, the platform beside them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from lightly_faults import FaultServer, Seen, api_error, as_json, page
from lightly_faults import Reply as PlatformReply
from s3_faults import BUCKET, PREFIX, REGION, Answer, S3Faults, calm, dead_port, error
from watched_checks import SECRET

from core.access import AccessKind, CredentialSource, Secret, SourceKind, UserAccess
from core.dataset import Dataset, Datasource, Purpose
from core.lightly.client import LightlyClient
from core.lights.check import Checker
from core.lights.events import CheckFinished, Event
from core.lights.states import ProbeMode, State
from core.lights.target import CheckOptions
from core.location import S3Location
from core.needs import OPERATIONS, Needs, Operation
from core.recheck import Result, check_uri, exit_code, recheck
from core.report import to_json, to_table
from core.store.secrets import MemorySecretStore

TOKEN = "canary-lightly-token"
DATASET_ID = "0123456789abcdef01234567"
KEY = UserAccess("AKIAIOSFODNN7EXAMPLE", Secret(SECRET))
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ALL_WORK: dict[str, object] = {"canRead": True, "canWrite": True, "canList": True, "canOverwrite": True}
NONE_WORKS: dict[str, object] = {
    "canRead": False,
    "canWrite": False,
    "canList": False,
    "canOverwrite": False,
    "errors": {"canRead": "Access Denied"},
}


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


def _secrets() -> MemorySecretStore:
    secrets = MemorySecretStore()
    secrets.put_access("https://platform.example.test", "farm-animals", dict.fromkeys(Purpose, KEY))
    return secrets


def _dataset(s3_url: str, *purposes: Purpose, needs: Needs | None = None) -> Dataset:
    return Dataset(
        name="farm-animals",
        dataset_id=DATASET_ID,
        needs=needs or Needs(thumbnails=True),
        platform_url="https://platform.example.test",
        datasources=tuple(
            Datasource(
                purpose=purpose,
                location=S3Location(BUCKET, PREFIX if purpose is not Purpose.LIGHTLY else "out/"),
                region=REGION,
                access=AccessKind.USER,
                access_key_id=KEY.access_key_id,
                credentials=CredentialSource(SourceKind.KEYRING),
                endpoint_url=s3_url,
            )
            for purpose in purposes
        ),
    )


def _recheck(
    dataset: Dataset,
    client: Callable[[], LightlyClient | None] | None = None,
    options: CheckOptions | None = None,
    on_event: Callable[[Purpose, Event], None] | None = None,
) -> tuple[Result, ...]:
    results = recheck(
        dataset,
        checker=Checker(),
        secrets=_secrets(),
        options=options or CheckOptions(),
        client=client,
        on_event=on_event,
    )
    told = repr(results) + to_json(results, NOW) + to_table(results, explain=True)
    for canary in (SECRET, TOKEN):
        assert canary not in told
    for result in results:
        for light in (*result.local, *result.platform):
            explained = light.state in {State.GREEN, State.OFF}
            assert (light.cause is None) == explained
            assert light.fix or light.state not in {State.RED, State.AMBER}
    return results


def _platform(url: str) -> Callable[[], LightlyClient]:
    return lambda: LightlyClient(url, Secret(TOKEN), wait=lambda _: False)


def _verdict(answer: dict[str, object]) -> Callable[[Seen], PlatformReply]:
    return lambda _: as_json(answer)


def test_an_input_beside_an_output_is_never_written_to() -> None:
    with S3Faults() as s3:
        source, output = _recheck(
            _dataset(s3.url, Purpose.INPUT, Purpose.LIGHTLY), options=CheckOptions(write_probe=ProbeMode.REAL)
        )
    assert [light.state for light in source.local] == ["green", "green", "off"]
    assert source.required == OPERATIONS[:2]
    assert output.local[2].state == "green"
    assert output.required == OPERATIONS
    assert s3.of("PutObject")
    assert all(request.key.startswith("out/") for request in s3.of("PutObject"))


@pytest.mark.parametrize("needs", [Needs(), Needs(thumbnails=True)], ids=["no-write", "write"])
def test_one_datasource_for_both_is_written_to_where_the_needs_say_so(needs: Needs) -> None:
    with S3Faults() as s3:
        [result] = _recheck(_dataset(s3.url, Purpose.INPUT_OUTPUT, needs=needs))
    assert result.required == needs.operations
    assert bool(s3.of("PutObject")) == (Operation.WRITE in needs.operations)


def test_the_platforms_verdict_is_shown_at_the_input_and_none_at_the_output() -> None:
    with S3Faults() as s3, FaultServer(_verdict(ALL_WORK)) as platform:
        source, output = _recheck(_dataset(s3.url, Purpose.INPUT, Purpose.LIGHTLY), _platform(platform.url))
    assert [(light.state, light.cause) for light in source.platform] == [
        ("green", None),
        ("green", None),
        ("off", None),
    ]
    assert {(light.state, light.cause) for light in output.platform} == {("unknown", "platform-untested")}
    # The output's folder is empty, so nothing can be read there; that is not the platform's to say.
    assert {operation: output.effective(operation).value for operation in OPERATIONS} == {
        "list": "green",
        "read": "unknown",
        "write": "green",
    }


def test_what_the_platform_refuses_is_red_with_a_fix() -> None:
    with S3Faults() as s3, FaultServer(_verdict(NONE_WORKS)) as platform:
        [result] = _recheck(_dataset(s3.url, Purpose.INPUT_OUTPUT), _platform(platform.url))
    assert {light.state for light in result.local} == {"green"}
    assert {(light.state, light.cause) for light in result.platform} == {("red", "platform-denies")}
    assert "Access Denied" in result.platform[1].summary
    assert exit_code((result,)) == 1


def test_the_platforms_verdict_counts_where_the_secret_cannot_be_had() -> None:
    with S3Faults() as s3, FaultServer(_verdict(ALL_WORK)) as platform:
        dataset = dataclasses.replace(_dataset(s3.url, Purpose.INPUT_OUTPUT), name="unknown-here")
        [result] = _recheck(dataset, _platform(platform.url))
    assert {light.cause for light in result.local} == {"secret-unavailable"}
    assert {result.effective(operation) for operation in OPERATIONS} == {State.GREEN}
    assert result.ok
    assert s3.seen == []


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (api_error("UNAUTHORIZED", 401), "platform-unauthorized"),
        (api_error("FORBIDDEN", 403), "platform-unauthorized"),
        (api_error("DATASET_UNKNOWN", 404), "platform-untested"),
        (api_error("INTERNAL", 500), "platform-unreachable"),
        (PlatformReply(drop=True), "platform-unreachable"),
        (page(), "platform-unreachable"),
        (as_json({"canRead": "yes"}), "platform-unreachable"),
    ],
    ids=["token", "forbidden", "no-dataset", "fault", "dropped", "portal", "nonsense"],
)
def test_a_platform_that_gives_no_verdict_proves_nothing(reply: PlatformReply, cause: str) -> None:
    with S3Faults() as s3, FaultServer(lambda _: reply) as platform:
        [result] = _recheck(_dataset(s3.url, Purpose.INPUT_OUTPUT), _platform(platform.url))
    assert {(light.state, light.cause) for light in result.platform} == {("unknown", cause)}
    assert result.ok


def test_a_platform_that_is_not_there_proves_nothing() -> None:
    with S3Faults() as s3, dead_port() as port:
        [result] = _recheck(_dataset(s3.url, Purpose.INPUT_OUTPUT), _platform(f"http://127.0.0.1:{port}"))
    assert {light.cause for light in result.platform} == {"platform-unreachable"}
    assert exit_code((result,)) == 0


def test_a_platform_that_is_silent_holds_a_check_up_no_longer_than_its_deadline() -> None:
    with S3Faults() as s3, FaultServer(lambda _: PlatformReply(hold=True)) as platform:
        [result] = _recheck(_dataset(s3.url, Purpose.INPUT_OUTPUT), _platform(platform.url), CheckOptions(deadline=1.5))
    assert {light.cause for light in result.platform} == {"platform-unreachable"}
    assert "in time" in result.platform[0].summary


def test_without_a_token_the_platform_is_not_asked_and_that_is_said() -> None:
    with S3Faults() as s3:
        [result] = _recheck(_dataset(s3.url, Purpose.INPUT_OUTPUT), lambda: None)
        [alone] = _recheck(_dataset(s3.url, Purpose.INPUT_OUTPUT))
    assert {light.cause for light in result.platform} == {"platform-unauthorized"}
    assert "LIGHTLY_TOKEN" in (result.platform[0].fix or "")
    assert alone.platform == ()


def test_events_say_of_which_datasource_they_are() -> None:
    heard: list[tuple[Purpose, Event]] = []
    with S3Faults() as s3:
        _recheck(
            _dataset(s3.url, Purpose.INPUT, Purpose.LIGHTLY),
            on_event=lambda purpose, event: heard.append((purpose, event)),
        )
    runs = {purpose: {event.run_id for other, event in heard if other is purpose} for purpose, _ in heard}
    assert runs.keys() == {Purpose.INPUT, Purpose.LIGHTLY}
    assert all(len(ids) == 1 for ids in runs.values())


def test_a_check_of_a_uri_uses_the_keys_that_awss_tools_would_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    with S3Faults() as s3:
        result = check_uri(
            S3Location(BUCKET, PREFIX),
            checker=Checker(),
            options=CheckOptions(),
            required=OPERATIONS[:2],
            endpoint_url=s3.url,
        )
    assert exit_code((result,)) == 0
    assert result.principal == "arn:aws:iam::111122223333:user/lightly"
    assert KEY.access_key_id in s3.of("ListObjectsV2")[0].headers["authorization"]
    [told] = json.loads(to_json((result,), NOW))["results"]
    assert (told["dataset"], told["access"], told["effective"]["write"]) == (None, "ambient", "off")
    assert SECRET not in to_json((result,), NOW)


def test_the_region_that_answered_is_the_one_in_the_report() -> None:
    script: dict[str, Answer] = {"*": error("AccessDenied", 403, "Access Denied")}
    with S3Faults(script) as s3:
        [result] = _recheck(_dataset(s3.url, Purpose.INPUT))
    assert result.region == REGION
    assert result.endpoint_url == s3.url


def test_a_dataset_without_an_id_is_not_asked_for() -> None:
    with S3Faults() as s3, FaultServer(_verdict(ALL_WORK)) as platform:
        dataset = dataclasses.replace(_dataset(s3.url, Purpose.INPUT), dataset_id=None)
        [result] = _recheck(dataset, _platform(platform.url))
    assert platform.seen == []
    assert result.platform == ()


def test_the_last_event_of_each_datasource_is_its_end() -> None:
    last: dict[Purpose, Event] = {}
    with S3Faults() as s3:
        _recheck(_dataset(s3.url, Purpose.INPUT, Purpose.LIGHTLY), on_event=last.__setitem__)
        assert set(last) == {Purpose.INPUT, Purpose.LIGHTLY}
    assert all(isinstance(event, CheckFinished) for event in last.values())
