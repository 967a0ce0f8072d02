"""How Write is tried: the whole table of the one function that decides it, and what answers mean."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access import Secret, UserAccess
from core.lights.diagnosis import Asked
from core.lights.outcome import Outcome
from core.lights.states import ProbeMode, State
from core.lights.target import Target
from core.lights.write import WriteMove, WriteSituation, decide_write, judge_write
from core.location import S3Location

ORDINARY = S3Location("datalake", "a/")
DIRECTORY = S3Location("datalake--euw3-az1--x-s3", "a/")
ACCESS = UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("x" * 40))
ASKED = Asked(Target(location=ORDINARY, access=ACCESS, endpoint_url="http://127.0.0.1:9"), "eu-central-1")
AT_AWS = Asked(Target(location=ORDINARY, access=ACCESS), "eu-central-1")
KEY = "a/.lightly/bucketlight-probe-1"


def due(mode: ProbeMode, situation: WriteSituation) -> WriteMove:
    """The same decision, written down as a table that is read from the top."""
    table = (
        (not situation.required, WriteMove.NOT_NEEDED),
        (situation.write_elsewhere, WriteMove.NOT_NEEDED),
        (mode is ProbeMode.OFF, WriteMove.SWITCHED_OFF),
        (situation.automatic and situation.tried_before, WriteMove.REMEMBERED),
        (mode is ProbeMode.MULTIPART, WriteMove.MULTIPART),
        (mode is ProbeMode.REAL, WriteMove.REAL),
        (situation.location.is_directory_bucket, WriteMove.NO_DRY_RUN),
        (situation.server_stores_dry_writes, WriteMove.NO_DRY_RUN),
    )
    return next((move for applies, move in table if applies), WriteMove.DRY)


@pytest.mark.parametrize("mode", ProbeMode)
@pytest.mark.parametrize("flags", product((False, True), repeat=5), ids=lambda flags: "".join("ny"[f] for f in flags))
@pytest.mark.parametrize("location", [ORDINARY, DIRECTORY], ids=["ordinary", "directory"])
def test_every_situation_has_its_move(mode: ProbeMode, flags: tuple[bool, ...], location: S3Location) -> None:
    required, elsewhere, automatic, before, stores = flags
    situation = WriteSituation(
        location=location,
        required=required,
        write_elsewhere=elsewhere,
        automatic=automatic,
        tried_before=before,
        server_stores_dry_writes=stores,
    )
    assert decide_write(mode, situation) is due(mode, situation)


SITUATIONS = st.builds(
    WriteSituation,
    location=st.sampled_from([ORDINARY, DIRECTORY]),
    required=st.booleans(),
    write_elsewhere=st.booleans(),
    automatic=st.booleans(),
    tried_before=st.booleans(),
    server_stores_dry_writes=st.booleans(),
)


@given(st.sampled_from(ProbeMode), SITUATIONS)
def test_no_request_goes_out_where_none_may(mode: ProbeMode, situation: WriteSituation) -> None:
    move = decide_write(mode, situation)
    if not situation.required or situation.write_elsewhere or mode is ProbeMode.OFF:
        assert not move.asks
    if situation.automatic and situation.tried_before:
        assert not move.asks
    if situation.location.is_directory_bucket or situation.server_stores_dry_writes:
        assert move is not WriteMove.DRY
    if move.asks:
        assert move.value == mode.value  # nothing stronger than what was asked for


def test_a_refused_digest_is_leave_to_write() -> None:
    outcome = Outcome(call="PutObject", status=400, code="BadDigest", request_id="1")
    verdict = judge_write(WriteMove.DRY, outcome, ASKED, kms=False)
    assert (verdict.state, verdict.cause) == (State.GREEN, None)


def test_the_other_name_of_a_refused_digest_counts_on_other_servers_only() -> None:
    # Amazon S3 says InvalidDigest of a digest that is none; ours is well-formed. Garage says it of a wrong one.
    outcome = Outcome(call="PutObject", status=400, code="InvalidDigest", request_id="1")
    assert judge_write(WriteMove.DRY, outcome, ASKED, kms=False).state is State.GREEN
    assert judge_write(WriteMove.DRY, outcome, AT_AWS, kms=False).state is State.UNKNOWN


def test_a_refused_digest_without_the_mark_of_s3_proves_nothing() -> None:
    outcome = Outcome(call="PutObject", status=400, code="BadDigest")
    verdict = judge_write(WriteMove.DRY, outcome, ASKED, kms=False)
    assert (verdict.state, verdict.cause) == (State.UNKNOWN, "not-s3")


@pytest.mark.parametrize("move", [WriteMove.REAL, WriteMove.MULTIPART])
def test_a_refused_digest_proves_nothing_where_none_was_sent(move: WriteMove) -> None:
    outcome = Outcome(call="PutObject", status=400, code="BadDigest", request_id="1")
    assert judge_write(move, outcome, ASKED, kms=False).state is State.UNKNOWN


@pytest.mark.parametrize("status", [None, 200, 403, 409, 500])
def test_a_refused_digest_with_another_status_proves_nothing(status: int | None) -> None:
    outcome = Outcome(call="PutObject", status=status, code="BadDigest")
    assert judge_write(WriteMove.DRY, outcome, ASKED, kms=False).state is State.UNKNOWN


def test_with_kms_in_play_a_dry_run_proves_nothing_and_the_fix_proves_it() -> None:
    outcome = Outcome(call="PutObject", status=400, code="BadDigest", request_id="1")
    verdict = judge_write(WriteMove.DRY, outcome, ASKED, kms=True)
    assert (verdict.state, verdict.cause) == (State.UNKNOWN, "write-unproven")
    assert "--write-probe real" in (verdict.paste or "")


@pytest.mark.parametrize("move", [WriteMove.SWITCHED_OFF, WriteMove.NO_DRY_RUN, WriteMove.DRY, WriteMove.REAL])
def test_what_was_not_tried_is_not_proven(move: WriteMove) -> None:
    verdict = judge_write(move, None, ASKED, kms=False)
    assert (verdict.state, verdict.cause) == (State.UNKNOWN, "write-unproven")


@pytest.mark.parametrize(
    ("move", "more", "word"),
    [
        (WriteMove.REAL, {"stored": True}, "s3:DeleteObject"),
        (WriteMove.DRY, {"stored": True}, "s3:DeleteObject"),
        (WriteMove.MULTIPART, {"upload_id": "u"}, "s3:AbortMultipartUpload"),
    ],
)
def test_what_was_left_behind_is_named_with_who_may_remove_it(
    move: WriteMove, more: dict[str, object], word: str
) -> None:
    outcome = Outcome(call="PutObject", status=200, proof=True, left_behind=KEY, **more)  # type: ignore[arg-type]
    verdict = judge_write(move, outcome, ASKED, kms=False)
    assert (verdict.state, verdict.cause) == (State.AMBER, "probe-left-behind")
    assert KEY in verdict.says
    assert KEY in (verdict.fix or "")
    assert word in (verdict.fix or "")


@given(st.sampled_from(list(WriteMove)), st.integers(100, 599) | st.none(), st.booleans())
def test_no_answer_without_proof_is_green(move: WriteMove, status: int | None, kms: bool) -> None:
    outcome = Outcome(call="PutObject", status=status, proof=False)
    assert judge_write(move, outcome, ASKED, kms=kms).state is State.UNKNOWN
