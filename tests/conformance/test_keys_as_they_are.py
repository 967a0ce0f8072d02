"""Names of objects and folders as people make them: whatever is in a key, the lights are right, and it stays secret."""

from __future__ import annotations

import dataclasses

import pytest
from cases import FOLDER, LIST, Case, Document, Server, document, on_bucket
from gateway import Gateway
from judgement import (
    TRIED_MODES,
    Observation,
    assert_every_light_explains_itself,
    assert_only_a_named_probe_was_left,
    assert_the_lights_are_due,
    observe,
    said_in,
    target_of,
)
from stage import Stage, set_up

from core.aws.policy import permission_policy
from core.lights.check import Checker
from core.lights.states import ProbeMode, State
from core.lights.target import CheckOptions
from core.location import MAX_KEY_BYTES, S3Location
from core.needs import OPERATIONS, Operation

pytestmark = pytest.mark.timeout(300)

NAMES = {
    "a blank": "kitten 1.jpg",
    "blanks around it": "  kitten.jpg ",
    "a plus sign": "kitten+1+ +.jpg",
    "two slashes": "kitten//1.jpg",
    "slashes before it": "//kitten.jpg",
    "a slash after it": "kitten/1.jpg/",
    "the folder above": "../kitten.jpg",
    "the folder above in its midst": "kitten/../1.jpg",
    "the folder itself": "./kitten/./1.jpg",
    "dots at its end": "kitten/..",
    "a tab": "kitten\t1.jpg",
    "percent signs": "kitten%2F1%20%zz%.jpg",
    "markup": "<kitten>&amp;\"'&#10;]]>.jpg",
    "the signs of a query": "kitten?list-type=2&prefix=x#y;z.jpg",
    "wildcards": "kitten*1?.jpg",
    "the signs of a shell": "kitten`id`$(id)|\\'~!{}[]^.jpg",
    "umlauts": "kitten-K\u00fche.jpg",
    "umlauts in two letters": "kitten-Ku\u0308he.jpg",
    "letters of four bytes": "kitten-\U0001f404\U00020000.jpg",
    "letters from right to left": "kitten-\u202e\u05d0\u05d1.jpg",
    "a byte order mark": "\ufeffkitten.jpg",
    "line breaks of Unicode": "kitten\u0085\u2028\u2029.jpg",
    "the delete character": "kitten\x7f\x9b.jpg",
}
LINE_BREAKS = {"line breaks": "kitten\n1.jpg\n", "carriage returns": "kitten\r\n1.jpg\r"}
"""The web server under the sandbox finds no way for these; S3 stores them."""
NOT_IN_XML = {"control characters": "kitten\x01\x1b[31m\x08.jpg", "no characters": "kitten\ufffe\uffff.jpg"}
"""XML 1.0 cannot hold these: they can be listed because botocore asks for keys that are encoded."""


def on_each_server(names: dict[str, str], **only_on_the_gateway: str) -> pytest.MarkDecorator:
    """Run a test for each name on both servers; for the further ones only on the gateway."""
    here = [("sandbox", kind, name, ()) for kind, name in names.items()]
    there = [("gateway", kind, name, (pytest.mark.rgw,)) for kind, name in (names | only_on_the_gateway).items()]
    rows = [
        pytest.param(server, name, marks=marks, id=f"{kind}-{server}") for server, kind, name, marks in here + there
    ]
    return pytest.mark.parametrize(("server", "name"), rows, indirect=["server"])


@pytest.fixture(scope="module")
def checker() -> Checker:
    """A checker for the whole module."""
    return Checker()


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    """Get one of the servers, which run for all tests."""
    found: Server = request.getfixturevalue(request.param)
    return found


def our_policy(server: Server, at: S3Location) -> Document:
    """Write the policy that we hand out. The gateway's release cannot read how it escapes wildcards."""
    if isinstance(server, Gateway) and set(at.prefix) & set("*?$"):
        return permission_policy(S3Location(at.bucket, ""), OPERATIONS)
    return permission_policy(at, OPERATIONS)


def in_the_key(server: Server, name: str) -> Case:
    """Make the case of an object of this name, in an ordinary folder."""
    return Case(name="any name", allows=OPERATIONS, policy=lambda at: our_policy(server, at), pictures=(name,))


def in_the_folder(server: Server, name: str) -> Case:
    """Make the case of an ordinary object, in a folder of this name."""
    return dataclasses.replace(in_the_key(server, "photo.png"), folder=f"{name}/")


def assert_all_is_right(observation: Observation) -> None:
    """Hold a check to all that is promised."""
    assert_the_lights_are_due(observation)
    assert_only_a_named_probe_was_left(observation)
    assert_every_light_explains_itself(observation)


@on_each_server(NAMES, **LINE_BREAKS, **NOT_IN_XML)
def test_an_object_of_any_name_is_listed_and_read(checker: Checker, server: Server, name: str) -> None:
    stage = set_up(server, in_the_key(server, name))
    assert stage.truth.operations == set(OPERATIONS)
    assert_all_is_right(observe(checker, stage, ProbeMode.DRY))


@on_each_server(NAMES, **LINE_BREAKS, **NOT_IN_XML)
def test_a_refusal_keeps_the_name_of_an_object_to_itself(checker: Checker, server: Server, name: str) -> None:
    case = dataclasses.replace(in_the_key(server, name), policy=lambda at: document(on_bucket(at)))
    stage = set_up(server, case)
    assert stage.truth.operations == {LIST}
    observation = observe(checker, stage, ProbeMode.DRY)
    assert observation.report.light(Operation.READ).state is State.RED
    assert_all_is_right(observation)
    assert "kitten" not in said_in(observation.report)


@on_each_server(NAMES, **LINE_BREAKS)
def test_a_folder_of_any_name_is_checked_as_it_is(checker: Checker, server: Server, name: str) -> None:
    stage = set_up(server, in_the_folder(server, name))
    assert stage.truth.operations == set(OPERATIONS)
    for mode in TRIED_MODES:
        assert_all_is_right(observe(checker, stage, mode))


@on_each_server(NAMES, **LINE_BREAKS)
def test_a_folder_of_any_name_that_is_refused_is_red(checker: Checker, server: Server, name: str) -> None:
    stage = set_up(server, dataclasses.replace(in_the_folder(server, name), policy=None))
    assert stage.truth.operations == set()
    assert_all_is_right(observe(checker, stage, ProbeMode.DRY))


def elsewhere(
    checker: Checker, stage: Stage, folder: str, mode: ProbeMode
) -> dict[Operation, tuple[State, str | None]]:
    """Check another folder of the stage's bucket, and look at each light's state and cause."""
    target = dataclasses.replace(target_of(stage), location=S3Location(stage.location.bucket, folder))
    before = stage.server.snapshot(stage.location.bucket)
    report = checker.check(target, CheckOptions(write_probe=mode))
    assert stage.server.snapshot(stage.location.bucket) == before
    return {light.operation: (light.state, light.cause) for light in report.lights}


@on_each_server({"k": "k", "an umlaut": "\u00fc", "a letter of four bytes": "\U0001f404"})
def test_the_longest_key_there_is_can_be_read(checker: Checker, server: Server, name: str) -> None:
    room = MAX_KEY_BYTES - len(FOLDER)
    times, rest = divmod(room, len(name.encode()))
    stage = set_up(server, in_the_key(server, name * times + "k" * rest))
    assert max(len(key.encode()) for _, key, *_ in server.snapshot(stage.location.bucket)) == MAX_KEY_BYTES
    assert_all_is_right(observe(checker, stage, ProbeMode.DRY))


@pytest.mark.rgw  # the sandbox takes keys of any length
@pytest.mark.parametrize("mode", TRIED_MODES, ids=str)
def test_a_folder_that_leaves_no_room_for_what_lightly_stores_is_red_for_write(
    checker: Checker, gateway: Gateway, mode: ProbeMode
) -> None:
    stage = set_up(gateway, dataclasses.replace(in_the_key(gateway, "photo.png"), folder=""))
    folder = "\u00fc" * ((MAX_KEY_BYTES - len("/1.jpg")) // 2) + "/"
    gateway.s3.put_object(Bucket=stage.location.bucket, Key=folder + "1.jpg", Body=b"picture")
    assert elsewhere(checker, stage, folder, mode) == {
        Operation.LIST: (State.GREEN, None),
        Operation.READ: (State.GREEN, None),
        Operation.WRITE: (State.RED, "key-too-long"),
    }


@pytest.mark.rgw
@pytest.mark.parametrize("name", NOT_IN_XML.values(), ids=NOT_IN_XML.keys())
def test_a_folder_that_the_gateway_fails_to_list_is_not_shown_as_refused(
    checker: Checker, gateway: Gateway, name: str
) -> None:
    stage = set_up(gateway, dataclasses.replace(in_the_key(gateway, "1.jpg"), folder=""))
    gateway.s3.put_object(Bucket=stage.location.bucket, Key=f"{name}/1.jpg", Body=b"picture")
    assert elsewhere(checker, stage, f"{name}/", ProbeMode.DRY) == {
        Operation.LIST: (State.UNKNOWN, "server-error"),
        Operation.READ: (State.UNKNOWN, "server-error"),
        Operation.WRITE: (State.GREEN, None),
    }
