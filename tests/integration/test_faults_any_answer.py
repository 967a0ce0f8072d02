"""Any bytes as an answer, through the real parser: no exception, nothing green, nothing red that the table lacks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from s3_faults import ROLE, Reply, S3Faults, calm, error, marked, sts_error
from watched_checks import ACCESS, target_at, watch

from core.access import DelegatedAccess, Secret, UserAccess
from core.lights.causes import ROWS
from core.lights.check import Checker
from core.lights.states import LookUps, ProbeMode, State
from core.lights.target import CheckOptions

CODES = sorted(frozenset().union(*(row.codes for row in ROWS if not row.retry)) | {"403", "Teapot", ""})
TAGS = st.sampled_from(["Error", "Code", "Message", "Region", "html", "ListBucketResult", "Name", "KeyCount", "Errors"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="<>&"), max_size=30)
XML = st.recursive(
    TEXTS,
    lambda inner: st.builds(lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", TAGS, st.lists(inner, max_size=4)),
)
BODIES = st.binary(max_size=200) | XML.map(str.encode) | XML.map(lambda xml: f"<?xml version='1.0'?>{xml}".encode())
HEADER_TEXTS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40).map(str.strip)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "x-amz-request-id",
            "Date",
            "x-amz-bucket-region",
            "Content-Type",
            "ETag",
            "Location",
            "Retry-After",
            "x-amz-server-side-encryption",
            "Content-Encoding",
            "x-amz-checksum-crc32",
            "x-amz-error-code",
        ]
    ),
    HEADER_TEXTS,
    max_size=4,
)
STATUSES = st.integers(200, 599) | st.sampled_from([200, 301, 307, 400, 403, 404, 416, 429, 500, 503])
ANY = st.builds(Reply, STATUSES, BODIES, HEADERS)
REFUSALS = st.builds(
    lambda code, status, text, headers: error(code, status, text, headers=headers),
    st.sampled_from(CODES),
    STATUSES.filter(lambda status: status >= 300),
    TEXTS,
    HEADERS,
)

NUMBERS = itertools.count()


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)
    monkeypatch.setattr("core.lights.legs._BACK_OFF", 0.001)


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker()


@pytest.fixture(scope="module")
def server() -> Iterator[S3Faults]:
    with S3Faults() as running:
        yield running


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reply=ANY | REFUSALS, mode=st.sampled_from(ProbeMode), region=st.sampled_from([None, "eu-central-1"]))
def test_whatever_answers_the_check_keeps_its_promises(
    checker: Checker, server: S3Faults, reply: Reply, mode: ProbeMode, region: str | None
) -> None:
    server.answer("*", reply)
    # `watch` holds the check to its promises: it ends, explains every light, and shows red with a known code only.
    # Each example has an address of its own: a server that once stored a dry run would not get another one.
    url = f"{server.url}/{next(NUMBERS)}"
    watched = watch(checker, target_at(url, region=region), CheckOptions(write_probe=mode))
    bears_the_marks = reply.status < 300 and {"x-amz-request-id", "ETag"} <= set(reply.headers)
    for light in watched.report.lights:
        assert light.state is not State.GREEN or bears_the_marks


def test_a_region_that_is_none_is_not_believed(checker: Checker, server: S3Faults) -> None:
    server.answer("*", server.world)
    for odd in ("{", "eu west", "-", "123", "x" * 64):
        server.answer("HeadBucket", Reply(200, headers=marked({"x-amz-bucket-region": odd})))
        assert watch(checker, target_at(server.url, region=None)).all_said == ("green", "green", "green")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reply=ANY | REFUSALS, call=st.sampled_from(["HeadBucket", "GetCallerIdentity"]))
def test_what_answers_the_side_questions_decides_no_light(
    checker: Checker, server: S3Faults, reply: Reply, call: str
) -> None:
    server.answer("*", server.world)
    server.answer(call, reply)
    # Who we are is asked once for each key, so each example has a key of its own.
    access = UserAccess(f"AKIA{next(NUMBERS):016}", ACCESS.secret_access_key, ACCESS.session_token)
    watched = watch(checker, target_at(server.url, region=None, access=access))
    server.answer(call, server.world)
    assert watched.all_said == ("green", "green", "green")


LIGHTLYS_ROLE = DelegatedAccess(ROLE, Secret("canary-external-id-0123456789"))
STS_REFUSALS = st.builds(
    sts_error,
    st.sampled_from(CODES),
    STATUSES.filter(lambda status: status >= 300),
    TEXTS | st.sampled_from([row.message.pattern for row in ROWS if row.message is not None and row.calls]),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reply=ANY | STS_REFUSALS)
def test_whatever_sts_answers_for_a_role_no_light_is_green_for_it(
    checker: Checker, server: S3Faults, reply: Reply
) -> None:
    server.answer("*", server.world)
    server.answer("AssumeRole", reply)
    access = UserAccess(f"AKIA{next(NUMBERS):016}", ACCESS.secret_access_key)
    target = target_at(server.url, access=access, role=LIGHTLYS_ROLE)
    watched = watch(checker, target, CheckOptions(look_ups=LookUps.NONE))
    assert {light.state for light in watched.report.lights} <= {State.RED, State.UNKNOWN}
    assert len({light.cause for light in watched.report.lights}) == 1
