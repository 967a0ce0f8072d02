"""The diagnosis: what stands there, what is handed on, and what it offers to do. With lights that are made up."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from made_up import AMBER, BY_LIGHTLY, COMMAND, GREEN, RED, STATEMENT, UNPROVEN, Subject, seen_with
from walker import Walker

from core.aws.call import Stage
from core.aws.calls import CALLS
from core.lights import probes
from core.lights.states import Light, LookUps, Note, ProbeMode, State, Viewpoint
from core.needs import Operation
from tui.diagnosed import fix_text
from tui.screens.consent import PROBE_SIZE, ConsentScreen
from tui.screens.diagnosis import DiagnosisScreen
from tui.widgets.keybar import KeyBar
from tui.widgets.notes import Notes
from tui.widgets.paste import Paste

EMPTY = Light(
    operation=Operation.READ,
    state=State.UNKNOWN,
    required=True,
    cause="nothing-to-read",
    summary="Read is not proven: s3://datalake/projects/farm-animals/ holds no object with anything to read.",
    fix="Add a file, or correct the path.",
)
UNREACHABLE = replace(RED, state=State.UNKNOWN, cause="endpoint-unreachable")
SIMULATED = Light(
    operation=Operation.WRITE,
    state=State.RED,
    required=True,
    viewpoint=Viewpoint.SIMULATED,
    summary="Write fails: the policy simulator says so.",
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def labels(walker: Walker) -> str:
    """What the key bar shows."""
    return walker.lines()[-1]


# What stands there


async def test_it_says_what_where_who_and_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Subject(seen_with(RED)).shown(tmp_path, monkeypatch) as walker:
        lines = walker.lines()
        assert lines[0].split("  ")[0].strip() == "Why Write fails"
        assert lines[0].rstrip().endswith("farm-animals")
        assert lines[1].strip().startswith("INPUT_OUTPUT  s3://datalake/projects/farm-animals/")
        assert lines[1].rstrip().endswith("eu-central-1")
        assert "> Write" in lines[3]
        assert "> List" not in lines[3]
        assert lines[4].split() == [
            *["user/lightly-farm-animals,", "key", "AKIA…7Q2F", "from", "this", "machine"],
            *["10:42:07", "UTC"],
        ]


async def test_verdict_fix_paste_and_evidence_follow_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Subject(seen_with(RED)).shown(tmp_path, monkeypatch, size=(80, 40)) as walker:
        text = walker.text()
        assert RED.evidence is not None
        parts = (
            RED.summary,
            f"Fix: {RED.fix}",
            '"Sid": "WritePrefix"',
            "Evidence",
            "asked PutObject, dry run: nothing was stored",
            "answered 403 AccessDenied, request id 7B1F0C2E9A4D6358",
            f"AWS says “{RED.evidence.said}”",
            "cause denied-identity-policy",
            "more https://docs.aws.amazon.com/",
        )
        places = [text.find(part) for part in parts]
        assert -1 not in places
        assert places == sorted(places)


@pytest.mark.parametrize("size", [(60, 40), (80, 24), (120, 40)])
async def test_what_is_to_be_pasted_can_be_taken_off_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    compact = replace(RED, paste=json.dumps(json.loads(STATEMENT)))
    async with Subject(seen_with(compact)).shown(tmp_path, monkeypatch, size=size) as walker:
        region = walker.screen.query_one(Paste).region
        shown = [line[region.x : region.right] for line in walker.lines()[region.y : region.bottom]]
        assert json.loads("\n".join(shown)) == json.loads(STATEMENT)


async def test_a_text_longer_than_the_screen_says_so_until_its_end_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Subject(seen_with(RED)).shown(tmp_path, monkeypatch) as walker:
        await walker.sees("Down for more")
        await walker.press("end")
        await walker.until(lambda: not walker.shows("Down for more"), "the end of the hint")
        assert walker.shows("cause denied-identity-policy")


async def test_a_text_that_fits_has_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Subject(seen_with(UNPROVEN)).shown(tmp_path, monkeypatch) as walker:
        assert not walker.shows("Down for more")


@pytest.mark.parametrize(
    ("light", "words"),
    [
        (RED, "Why Write fails"),
        (BY_LIGHTLY, "Why Write fails at Lightly"),
        (AMBER, "Write works, but"),
        (UNPROVEN, "Why Write is not proven"),
        (GREEN, "Write works"),
        (replace(GREEN, state=State.OFF, required=False), "Write is not needed"),
        (replace(GREEN, state=State.CHECKING), "Checking Write"),
    ],
)
async def test_the_head_says_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, light: Light, words: str
) -> None:
    async with Subject(seen_with(light)).shown(tmp_path, monkeypatch) as walker:
        assert walker.lines()[0].split("   ")[0].strip() == words


async def test_where_lightly_decides_it_says_what_is_seen_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Subject(seen_with(BY_LIGHTLY, others=(GREEN,))).shown(tmp_path, monkeypatch) as walker:
        assert walker.shows("tried by Lightly itself")
        assert walker.shows(f"from here {GREEN.summary}")


async def test_what_lightly_sees_otherwise_is_said_and_what_it_sees_alike_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(BY_LIGHTLY, state=State.GREEN, summary="Write works: Lightly tried it.")
    async with Subject(seen_with(RED, others=(other,))).shown(tmp_path, monkeypatch, size=(80, 40)) as walker:
        assert walker.shows("by Lightly Write works: Lightly tried it.")
    async with Subject(seen_with(RED, others=(BY_LIGHTLY,))).shown(tmp_path, monkeypatch, size=(80, 40)) as walker:
        assert not walker.shows("by Lightly")


async def test_what_was_simulated_is_always_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Subject(seen_with(RED, others=(SIMULATED,))).shown(tmp_path, monkeypatch, size=(80, 40)) as walker:
        assert walker.shows(f"simulated {SIMULATED.summary}")


async def test_a_note_stands_above_the_evidence_with_the_mark_of_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = Note("root-credentials", "This is the root user's key.", "Make a user for Lightly.")
    seen = replace(seen_with(GREEN), notes=(note,))
    async with Subject(seen).shown(tmp_path, monkeypatch) as walker:
        assert walker.shows(f"! {note.summary} {note.fix}")
        [notes] = walker.screen.query(Notes)
        assert notes.region.bottom <= walker.screen.query_one("#evidence-head").region.y
        assert "$warning" in notes.render().markup


# What is handed on


@pytest.mark.parametrize(
    ("light", "text"), [(RED, STATEMENT), (AMBER, COMMAND), (EMPTY, EMPTY.fix), (BY_LIGHTLY, BY_LIGHTLY.fix)]
)
async def test_only_what_is_to_be_pasted_is_copied_and_else_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, light: Light, text: str
) -> None:
    async with Subject(seen_with(light)).shown(tmp_path, monkeypatch, operation=light.operation) as walker:
        assert "c copy fix" in labels(walker)
        await walker.press("c")
        assert walker.app.clipboard == text
        assert "clipboard" in walker.said()


async def test_where_there_is_no_fix_nothing_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Subject(seen_with(GREEN)).shown(tmp_path, monkeypatch) as walker:
        assert not is_offered(walker, "copy")
        await walker.press("c")
        assert walker.app.clipboard == ""
        assert "no fix" in walker.said()


async def test_all_of_it_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    subject = Subject(seen_with(RED, others=(SIMULATED,)))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        await walker.press("s")
        assert "Saved" in walker.said()
    (path,) = here.iterdir()
    text = path.read_text(encoding="utf-8")
    assert text == fix_text(subject.seen, RED)
    assert STATEMENT in text, "what is to be pasted stands there as it is"
    assert RED.fix is not None
    assert RED.link is not None
    assert RED.evidence is not None
    for part in (
        *("farm-animals", "s3://datalake/projects/farm-animals/", "eu-central-1", "10:42:07 UTC"),
        *(RED.summary, RED.fix, RED.link, RED.evidence.said, RED.evidence.request_id, SIMULATED.summary),
    ):
        assert part is not None
        assert part in text


# What is offered


@pytest.mark.parametrize(
    ("light", "offered"),
    [
        (RED, {"f", "l"}),
        (replace(RED, state=State.UNKNOWN, cause="not-yet-propagated"), {"f", "l"}),
        (replace(RED, cause="no-such-bucket"), set()),
        (UNREACHABLE, set()),
        (UNPROVEN, {"p"}),
        (GREEN, {"p", "l"}),
        (AMBER, {"l"}),
        (EMPTY, {"p"}),
        (BY_LIGHTLY, set()),
    ],
)
async def test_only_what_may_help_this_light_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, light: Light, offered: set[str]
) -> None:
    async with Subject(seen_with(light)).shown(tmp_path, monkeypatch, operation=light.operation) as walker:
        shown = {key for key, action in (("f", "fixed"), ("l", "closer"), ("p", "prove")) if is_offered(walker, action)}
        assert shown == offered
        for key in {"f", "l", "p"} - offered:
            if key == "p" and light.state is not State.RED:
                continue  # Write is not known to fail: whoever asks may prove it
            await walker.press(key)
            assert isinstance(walker.screen, DiagnosisScreen)
            assert walker.said()


def is_offered(walker: Walker, action: str) -> bool:
    return bool(walker.screen.query_one(KeyBar).query_one(f"#key-{action}").display)


async def test_a_write_that_is_not_needed_is_not_proved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    off = replace(GREEN, state=State.OFF, required=False)
    async with Subject(seen_with(off, EMPTY)).shown(tmp_path, monkeypatch, operation=Operation.READ) as walker:
        assert not is_offered(walker, "prove")
        await walker.press("p")
        assert isinstance(walker.screen, DiagnosisScreen)


async def test_every_action_that_is_offered_is_among_all_actions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Subject(seen_with(RED)).shown(tmp_path, monkeypatch) as walker:
        await walker.press("ctrl+o")
        for words in ("f I fixed it", "l Look closer", "c Copy fix", "s Save fix", "r Check again"):
            assert walker.shows(words)
        assert not walker.shows("Prove it")
    async with Subject(seen_with(AMBER)).shown(tmp_path, monkeypatch) as walker:
        await walker.press("ctrl+o")
        assert walker.shows("p Prove it")
        assert not walker.shows("I fixed it")


async def test_help_tells_each_of_these_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Subject(seen_with(RED)).shown(tmp_path, monkeypatch) as walker:
        await walker.press("question_mark")
        for key in ("c copies", "s saves", "f does so", "p proves", "l also reads"):
            assert walker.shows(key), key


@pytest.mark.parametrize(("light", "action"), [(RED, "fixed"), (RED, "closer"), (UNPROVEN, "prove")])
async def test_each_is_also_a_label_that_tab_reaches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, light: Light, action: str
) -> None:
    subject = Subject(seen_with(light))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        await walker.tab_to(lambda: walker.screen.focused is walker.screen.query_one(f"#key-{action}"))
        await walker.press("enter")
        assert subject.asked or isinstance(walker.screen, ConsentScreen)


# Proving, and looking closer


async def test_before_write_is_proved_it_is_told_what_happens_and_what_may_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = Subject(seen_with(UNPROVEN))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        await walker.press("p")
        for words in (
            "PutObject, GetObject, DeleteObject",
            "s3://datalake/projects/farm-animals/.lightly/",
            f"{PROBE_SIZE} bytes",
            "deleted at once",
            "Without s3:DeleteObject the object stays",
            "least-privilege policy of bucketlight lacks that action",
            "versioned bucket",
            "Object Lock",
        ):
            assert walker.shows(words), words
        assert subject.asked == []
        await walker.press("enter")
        (options,) = subject.asked
        assert options is not None
        assert options.write_probe is ProbeMode.REAL
        assert options.read_back
        assert options.look_ups is LookUps.PREFIX


def test_the_size_that_is_told_is_the_size_that_is_stored() -> None:
    assert len(probes._BODY) == PROBE_SIZE


def test_the_calls_that_are_told_are_those_of_a_real_write() -> None:
    written = {call.operation for call in CALLS if call.stage is Stage.WRITE}
    assert {"PutObject", "GetObject", "DeleteObject"} <= written


async def test_before_a_closer_look_every_call_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = Subject(seen_with(RED))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        await walker.press("l")
        for call in CALLS:
            if call.stage is Stage.IAM:
                assert walker.shows(call.operation), call
        assert walker.shows("only read")
        assert subject.asked == []
        await walker.press("enter")
        (options,) = subject.asked
        assert options is not None
        assert options.look_ups is LookUps.IAM
        assert options.write_probe is ProbeMode.DRY


@pytest.mark.parametrize(
    ("key", "before", "after", "sentence"),
    [
        ("p", UNPROVEN, GREEN, "Write is proven"),
        ("p", UNPROVEN, AMBER, ""),
        ("l", RED, RED, "Nothing more"),
        (
            "l",
            RED,
            replace(RED, summary="Write fails: the statement WritePrefix names another key."),
            "Looked closer",
        ),
    ],
)
async def test_what_came_of_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, before: Light, after: Light, sentence: str
) -> None:
    subject = Subject(seen_with(before))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        screen = walker.screen
        assert isinstance(screen, DiagnosisScreen)
        await walker.press(key, "enter")
        assert walker.said() == ""
        subject.answer(screen, after)
        await walker.pilot.pause()
        assert (sentence in walker.said()) if sentence else (walker.said() == "")


@pytest.mark.parametrize(("key", "light"), [("p", UNPROVEN), ("l", RED)])
@pytest.mark.parametrize("way", [("escape",), ("b",), ("q",), ("tab", "enter")])
async def test_whoever_leaves_it_has_asked_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, light: Light, way: tuple[str, ...]
) -> None:
    subject = Subject(seen_with(light))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        await walker.press(key, *way)
        assert isinstance(walker.screen, DiagnosisScreen)
        assert subject.asked == []


@pytest.mark.parametrize(("key", "light"), [("p", UNPROVEN), ("l", RED)])
async def test_a_check_that_is_under_way_does_not_pass_for_the_one_that_was_agreed_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, light: Light
) -> None:
    subject = Subject(replace(seen_with(light), busy=True))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        await walker.press(key)
        assert isinstance(walker.screen, DiagnosisScreen)
        assert "under way" in walker.said()
        subject.seen = seen_with(light)
        await walker.press(key)
        subject.seen = replace(subject.seen, busy=True)
        await walker.press("enter")
        assert subject.asked == []
        assert "under way" in walker.said()


@pytest.mark.parametrize(("key", "light"), [("p", UNPROVEN), ("l", RED)])
async def test_in_the_smallest_terminal_both_choices_are_in_view_and_the_text_scrolls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, light: Light
) -> None:
    async with Subject(seen_with(light)).shown(tmp_path, monkeypatch, size=(60, 20)) as walker:
        await walker.press(key)
        assert walker.is_in_view(walker.screen.query_one("#yes"))
        assert walker.is_in_view(walker.screen.query_one("#no"))
        last = walker.screen.query(".may").last()
        await walker.press(*["down"] * 12)
        await walker.until(lambda: walker.is_in_view(last), "the end of the text")


# Not yet


NOT_YET = replace(RED, state=State.UNKNOWN, cause="not-yet-propagated")


async def waiting(subject: Subject, walker: Walker) -> DiagnosisScreen:
    """Press f, and let the first try say: not yet."""
    screen = walker.screen
    assert isinstance(screen, DiagnosisScreen)
    await walker.press("f")
    subject.answer(screen, NOT_YET)
    await walker.pilot.pause()
    return screen


async def test_after_a_fix_it_checks_at_once_and_only_by_a_dry_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = Subject(seen_with(RED))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        await walker.press("f")
        (options,) = subject.asked
        assert options is not None
        assert options.write_probe is ProbeMode.DRY
        assert options.changed_at == subject.clock.clocks().day()
        assert not options.automatic


async def test_the_countdown_ticks_until_the_next_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = Subject(seen_with(RED))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        screen = await waiting(subject, walker)
        assert walker.shows("Not yet: IAM may take a minute to spread a change.")
        assert walker.shows("next try in 1 s, 60 s left")
        subject.clock.seconds += 1
        screen.not_yet.tick()
        await walker.sees("checking, 59 s left")
        assert len(subject.asked) == 2
        subject.answer(screen, NOT_YET)
        await walker.sees("next try in 2 s, 59 s left")
        subject.clock.seconds += 1
        screen.not_yet.tick()
        await walker.sees("next try in 1 s, 58 s left")
        assert len(subject.asked) == 2
        first, second = subject.asked
        assert first == second, "the moment of the fix stays the same"


async def test_while_it_waits_the_fix_stays_in_view_and_can_be_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = Subject(seen_with(RED))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        screen = walker.screen
        assert isinstance(screen, DiagnosisScreen)
        await walker.press("f")
        subject.answer(screen, replace(NOT_YET, fix="Check again in a minute.", paste=None))
        await walker.sees(f"Fix: {RED.fix}")
        assert walker.shows('"Sid": "WritePrefix"')
        await walker.press("c")
        assert walker.app.clipboard == STATEMENT
        await walker.press("escape")
        await walker.sees("Fix: Check again in a minute.")


async def test_while_it_is_checked_again_the_words_stay_and_the_strip_says_checking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = Subject(seen_with(RED))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        screen = walker.screen
        assert isinstance(screen, DiagnosisScreen)
        subject.seen = seen_with(replace(RED, state=State.CHECKING, summary="", fix=None, paste=None, evidence=None))
        screen.renew()
        await walker.sees("Checking Write")
        assert walker.lights()["write"] == "checking"
        assert walker.shows(RED.summary)
        assert walker.shows(f"Fix: {RED.fix}")


async def test_two_tries_in_a_row_that_work_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = Subject(seen_with(RED))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        screen = await waiting(subject, walker)
        subject.clock.seconds += 1
        screen.not_yet.tick()
        subject.answer(screen, GREEN)
        await walker.sees("It works now. One more try, to be sure.")
        assert subject.worked == []
        subject.clock.seconds += 2
        screen.not_yet.tick()
        subject.answer(screen, GREEN)
        await walker.pilot.pause()
        assert subject.worked == [True]
        assert "two checks in a row" in walker.said()
        assert not screen.not_yet.waits
        assert walker.shows("10:42:07 UTC")


async def test_after_a_minute_it_ends_and_says_what_to_compare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = Subject(seen_with(RED))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        screen = await waiting(subject, walker)
        subject.clock.seconds += 60
        screen.not_yet.tick()
        assert len(subject.asked) == 2
        subject.answer(screen, RED)
        await walker.pilot.pause()
        assert "A minute is over" in walker.said()
        assert not screen.not_yet.waits
        subject.clock.seconds += 60
        screen.not_yet.tick()
        assert len(subject.asked) == 2


async def test_a_check_that_was_not_asked_for_by_the_schedule_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = Subject(seen_with(RED))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        screen = await waiting(subject, walker)
        for _ in range(3):
            subject.answer(screen, GREEN)
        assert screen.not_yet.waits


@pytest.mark.parametrize("key", ["f", "escape"])
async def test_f_or_esc_stops_it_and_the_screen_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    subject = Subject(seen_with(RED))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        screen = await waiting(subject, walker)
        assert "f stop" in labels(walker)
        await walker.press(key)
        assert walker.screen is screen
        assert not screen.not_yet.waits
        subject.clock.seconds += 10
        screen.not_yet.tick()
        assert len(subject.asked) == 1
        assert not walker.shows("Not yet:")
        await walker.press("escape")
        assert walker.home


async def test_leaving_the_screen_stops_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = Subject(seen_with(RED))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        screen = await waiting(subject, walker)
        await walker.app.pop_screen()
        await walker.until(lambda: not screen.is_attached, "the screen to go")
        subject.clock.seconds += 10
        screen.not_yet.tick()
        assert len(subject.asked) == 1


async def test_proving_or_looking_closer_ends_the_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = Subject(seen_with(RED))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        screen = await waiting(subject, walker)
        await walker.press("l", "enter")
        assert not screen.not_yet.waits
        assert len(subject.asked) == 2


async def test_the_timer_ticks_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tui.not_yet import NotYet

    subject = Subject(seen_with(RED))
    async with subject.shown(tmp_path, monkeypatch) as walker:
        monkeypatch.setattr(NotYet, "EVERY", 0.01)
        await waiting(subject, walker)
        subject.clock.seconds += 1
        await walker.until(lambda: len(subject.asked) == 2, "the second try")
