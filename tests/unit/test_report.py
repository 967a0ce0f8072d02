"""The report: JSON whose keys are a contract, and a table for people."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access import AccessKind
from core.dataset import Purpose
from core.lights.states import WORDS, Evidence, Light, Note, ProbeMode, State, Viewpoint
from core.location import S3Location
from core.needs import OPERATIONS, Operation
from core.recheck import Result, exit_code
from core.report import to_dict, to_json, to_table

NOON = datetime(2026, 11, 22, 12, 0, 0, 999, tzinfo=timezone(timedelta(hours=2)))
EVIDENCE = Evidence(
    call="PutObject",
    how="dry run: nothing was stored",
    status=403,
    code="AccessDenied",
    request_id="7B1F",
    message="no policy allows it",
)
EXPLAINED = {State.AMBER, State.RED, State.UNKNOWN}


def light(
    operation: Operation, state: State, viewpoint: Viewpoint = Viewpoint.LOCAL, *, required: bool = True
) -> Light:
    explained = state in EXPLAINED
    return Light(
        operation=operation,
        state=state,
        required=required,
        viewpoint=viewpoint,
        cause="access-denied" if explained else None,
        summary=f"{operation.capitalize()} is {state}.",
        fix="Allow it:" if explained else None,
        paste="{}" if explained else None,
        evidence=EVIDENCE if state is State.RED else None,
        elapsed_ms=41.2 if state is State.RED else None,
    )


def result(
    *states: State,
    required: tuple[Operation, ...] = OPERATIONS,
    platform: tuple[Light, ...] = (),
    **changes: object,
) -> Result:
    values: dict[str, object] = {
        "dataset": "farm-animals",
        "datasource": Purpose.INPUT,
        "location": S3Location("datalake", "projects/farm-animals/"),
        "region": "eu-central-1",
        "endpoint_url": None,
        "access": AccessKind.USER,
        "principal": "arn:aws:iam::111122223333:user/lightly",
        "write_probe": ProbeMode.DRY,
        "required": required,
        "local": tuple(light(o, s, required=o in required) for o, s in zip(OPERATIONS, states, strict=True)),
        "platform": platform,
        **changes,
    }
    return Result(**values)  # type: ignore[arg-type]


G, A, R, U, OFF = State.GREEN, State.AMBER, State.RED, State.UNKNOWN, State.OFF


def test_the_json_is_the_one_that_is_promised() -> None:
    note = Note("internal-error", "a note.", "Do this.")
    told = result(G, R, OFF, required=OPERATIONS[:2], notes=(note,))
    assert json.loads(to_json((told,), NOON)) == {
        "schema": 1,
        "checked_at": "2026-11-22T10:00:00Z",
        "results": [
            {
                "dataset": "farm-animals",
                "datasource": "INPUT",
                "uri": "s3://datalake/projects/farm-animals/",
                "region": "eu-central-1",
                "endpoint_url": None,
                "access": "user",
                "principal": "arn:aws:iam::111122223333:user/lightly",
                "write_probe": "dry",
                "restricted": False,
                "ok": False,
                "effective": {"list": "green", "read": "red", "write": "off"},
                "lights": [
                    {
                        "operation": "list",
                        "state": "green",
                        "required": True,
                        "viewpoint": "local",
                        "cause": None,
                        "summary": "List is green.",
                        "fix": None,
                        "paste": None,
                        "link": None,
                        "evidence": None,
                        "elapsed_ms": None,
                    },
                    {
                        "operation": "read",
                        "state": "red",
                        "required": True,
                        "viewpoint": "local",
                        "cause": "access-denied",
                        "summary": "Read is red.",
                        "fix": "Allow it:\n{}",
                        "paste": "{}",
                        "link": None,
                        "evidence": {
                            "call": "PutObject",
                            "how": "dry run: nothing was stored",
                            "status": 403,
                            "code": "AccessDenied",
                            "request_id": "7B1F",
                            "message": "no policy allows it",
                            "said": None,
                        },
                        "elapsed_ms": 41.2,
                    },
                    {
                        "operation": "write",
                        "state": "off",
                        "required": False,
                        "viewpoint": "local",
                        "cause": None,
                        "summary": "Write is off.",
                        "fix": None,
                        "paste": None,
                        "link": None,
                        "evidence": None,
                        "elapsed_ms": None,
                    },
                ],
                "notes": [{"cause": "internal-error", "summary": "a note.", "fix": "Do this."}],
            }
        ],
    }


def test_a_bare_uri_has_no_dataset_and_ambient_access() -> None:
    bare = result(
        G, G, OFF, dataset=None, datasource=None, access=AccessKind.AMBIENT, region=None, principal=None,
        endpoint_url="http://127.0.0.1:9000",
    )  # fmt: skip
    [told] = json.loads(to_json((bare,), NOON))["results"]
    assert (told["dataset"], told["datasource"], told["access"]) == (None, None, "ambient")
    assert (told["region"], told["principal"], told["endpoint_url"]) == (None, None, "http://127.0.0.1:9000")


def test_local_lights_come_first_and_each_viewpoint_in_order() -> None:
    verdict = tuple(light(operation, G, Viewpoint.PLATFORM) for operation in OPERATIONS)
    [told] = json.loads(to_json((result(G, G, G, platform=verdict),), NOON))["results"]
    assert [(each["viewpoint"], each["operation"]) for each in told["lights"]] == [
        (viewpoint, operation) for viewpoint in ("local", "platform") for operation in ("list", "read", "write")
    ]


def test_results_keep_their_order_and_the_json_ends_with_a_line() -> None:
    several = tuple(result(G, G, G, dataset=name) for name in ("zebra", "ant", "möwe"))
    text = to_json(several, NOON)
    assert [each["dataset"] for each in json.loads(text)["results"]] == ["zebra", "ant", "möwe"]
    assert text.endswith("}\n")
    assert text.isascii()  # whatever the terminal or the pipe can bear


def test_an_empty_report_is_a_report() -> None:
    assert to_dict((), NOON) == {"schema": 1, "checked_at": "2026-11-22T10:00:00Z", "results": []}
    assert to_table(()) == ""


@given(st.lists(st.sampled_from([G, A, R, U, OFF]), min_size=3, max_size=3), st.booleans())
def test_whatever_the_states_the_json_can_be_read_again(states: list[State], with_platform: bool) -> None:
    verdict = tuple(light(operation, R, Viewpoint.PLATFORM) for operation in OPERATIONS) if with_platform else ()
    told = result(*states, platform=verdict)
    assert json.loads(to_json((told,), NOON)) == json.loads(json.dumps(to_dict((told,), NOON.astimezone(UTC))))


@pytest.mark.parametrize("states", product([G, A, R, U], repeat=3), ids="-".join)
def test_the_exit_code_sums_up_what_is_required(states: tuple[State, ...]) -> None:
    due = 1 if R in states else 3 if U in states else 0
    assert exit_code((result(*states),)) == due
    assert result(*states).ok is (due == 0)


@pytest.mark.parametrize(
    ("several", "due"),
    [
        ((), 2),
        ((result(G, G, G), result(G, R, G)), 1),
        ((result(G, U, G), result(G, R, G)), 1),
        ((result(G, U, G), result(G, A, G)), 3),
        ((result(G, A, G), result(A, A, A)), 0),
        ((result(G, G, R, required=OPERATIONS[:2]),), 0),
        ((result(G, G, OFF, required=OPERATIONS[:2]),), 0),
        ((result(State.UNCHECKED, G, G),), 3),
        ((result(G, G, G, platform=(light(Operation.WRITE, R, Viewpoint.PLATFORM),)),), 1),
        ((result(G, G, G, platform=(light(Operation.WRITE, U, Viewpoint.PLATFORM),)),), 0),
    ],
    ids=[
        "nothing",
        "one-red",
        "red-outweighs",
        "not-proven",
        "warnings",
        "red-not-needed",
        "off",
        "unchecked",
        "platform-red",
        "platform-silent",
    ],
)
def test_the_exit_code_of_several_is_that_of_the_worst(several: tuple[Result, ...], due: int) -> None:
    assert exit_code(several) == due


@pytest.mark.parametrize("restricted", [False, True])
def test_the_platforms_red_counts_unless_access_is_restricted(restricted: bool) -> None:
    refused = (light(Operation.READ, R, Viewpoint.PLATFORM),)
    told = result(G, G, G, platform=refused, restricted=restricted)
    assert exit_code((told,)) == (0 if restricted else 1)
    [written] = json.loads(to_json((told,), NOON))["results"]
    assert (written["restricted"], written["ok"]) == (restricted, restricted)
    assert written["effective"]["read"] == ("green" if restricted else "red")
    assert written["lights"][-1]["state"] == "red", "what the platform found is still shown"
    assert told.decisive(Operation.READ) is (told.local[1] if restricted else refused[0])


def test_where_access_is_restricted_the_platforms_red_is_no_verdict_in_place_of_this_machines() -> None:
    unseen = tuple(dataclasses.replace(light(each, U), cause="only-lightly-can-assume") for each in OPERATIONS)
    verdict = tuple(light(each, R if each is Operation.READ else G, Viewpoint.PLATFORM) for each in OPERATIONS)
    told = result(U, U, U, local=unseen, platform=verdict, restricted=True)
    assert [told.effective(each) for each in OPERATIONS] == [G, U, G]
    assert exit_code((told,)) == 3


def test_a_local_red_counts_where_access_is_restricted() -> None:
    assert exit_code((result(G, R, G, restricted=True),)) == 1


def test_the_table_says_what_each_light_means_and_explains_what_is_not_plain() -> None:
    verdict = tuple(light(operation, G, Viewpoint.PLATFORM) for operation in OPERATIONS)
    told = result(G, A, U, platform=verdict)
    assert to_table((told,)) == (
        "farm-animals (INPUT)  s3://datalake/projects/farm-animals/  eu-central-1\n"
        "  arn:aws:iam::111122223333:user/lightly\n"
        "\n"
        "         from here     by Lightly\n"
        "  List   works         works\n"
        "  Read   works, but    works\n"
        "  Write  not proven    works\n"
        "\n"
        "  Read is amber.\n"
        "  Fix: Allow it:\n"
        "  {}\n"
        "\n"
        "  Write is unknown.\n"
        "  Fix: Allow it:\n"
        "  {}\n"
    )


def test_the_table_shows_the_evidence_of_every_light_when_asked() -> None:
    plain, explained = (to_table((result(G, G, R),), explain=explain) for explain in (False, True))
    assert "7B1F" not in plain
    assert "List is green." not in plain  # what works needs no words
    for words in ("PutObject", "403 AccessDenied, request id 7B1F", "no policy allows it", "access-denied"):
        assert words in explained
    assert "List is green." in explained


def test_the_table_names_what_is_not_known_and_whose_words_they_are() -> None:
    verdict = (light(Operation.LIST, U, Viewpoint.PLATFORM),)
    note = Note("internal-error", "a note.", "Do this.")
    told = result(U, G, OFF, principal=None, region=None, platform=verdict, notes=(note,), endpoint_url="http://h:9")
    table = to_table((told,))
    for words in ("region not known", "principal not known", "at http://h:9", "Lightly: List is unknown."):
        assert words in table
    assert "Note: a note.\n  Do this.\n" in table


def test_where_more_stands_about_a_note_is_said_to_whom_asks_for_all() -> None:
    note = Note("internal-error", "a note.", "Do this.", "https://docs.aws.amazon.com/x.html")
    plain, explained = (to_table((result(G, G, OFF, notes=(note,)),), explain=explain) for explain in (False, True))
    assert note.link is not None
    assert note.link not in plain
    assert f"Note: a note.\n  Do this.\n  More: {note.link}\n" in explained


def test_a_bare_uri_is_a_table_without_a_name_and_without_lightly() -> None:
    table = to_table((result(G, G, OFF, dataset=None, datasource=None),))
    assert table.startswith("s3://datalake/projects/farm-animals/  eu-central-1\n")
    assert "by Lightly" not in table
    assert all(line == line.rstrip() for line in table.splitlines())


def test_every_state_has_a_word_and_none_is_a_colour() -> None:
    assert set(WORDS) == set(State)
    assert len(set(WORDS.values())) == len(WORDS)
    assert not {"green", "amber", "red"} & set(" ".join(WORDS.values()).split())


def test_a_folders_name_cannot_steer_the_terminal_and_stays_whole_in_the_json() -> None:
    location = S3Location("datalake", "a\x1b[2J\nRead works/\u202e/")
    told = result(G, G, G, location=location)
    assert to_table((told,)).splitlines()[0].endswith("s3://datalake/a\\x1b[2J\\nRead works/\\u202e/  eu-central-1")
    assert json.loads(to_json((told,), NOON))["results"][0]["uri"] == location.uri


_TEXTS = st.text(max_size=20)


@given(uri=_TEXTS, said=_TEXTS, explain=st.booleans())
def test_whatever_is_told_the_table_is_lines_that_can_be_printed(uri: str, said: str, explain: bool) -> None:
    light_told = dataclasses.replace(
        light(Operation.LIST, R), summary=said, fix=said, evidence=dataclasses.replace(EVIDENCE, message=said, how=said)
    )
    told = result(
        R, G, G, location=S3Location("b", uri), principal=uri, region=uri, endpoint_url=uri, dataset=uri,
        local=(light_told, light(Operation.READ, G), light(Operation.WRITE, G)), notes=(Note("c", said, said),),
    )  # fmt: skip
    assert all(line.isprintable() for line in to_table((told,), explain=explain).split("\n"))
